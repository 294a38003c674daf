/* SPDX-License-Identifier: ISC */
/* ikeping: REDIRECT, with which a gateway sends a client to another one (RFC 5685). ikeping never asks for that and
 * does not follow, for it is this gateway that it watches; but it says where to. */
#ifndef IKEPING_REDIRECT_H
#define IKEPING_REDIRECT_H

#include <ikelive/base.h>

enum { REDIRECT_TEXT_SIZE = 128 };

/* Writes where a REDIRECT notification sends to: an address, or a name of printable ASCII, cut where it is too long.
 * Always terminated. */
void redirect_text(struct ikl_octets data, char *text, size_t size);

/* Writes why there is no IKE SA with a gateway that redirects. */
void redirect_explain(struct ikl_octets data, char *text, size_t size);

#endif
