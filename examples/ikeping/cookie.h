/* SPDX-License-Identifier: ISC */
/* ikeping: cookies: a peer that is asked for one has to show that it receives what is sent to its address, before any
 * memory or Diffie-Hellman is spent on it (RFC 7296 §2.6). */
#ifndef IKEPING_COOKIE_H
#define IKEPING_COOKIE_H

#include <ikelive/path.h>

enum { COOKIE_LEN = 16, COOKIE_SECRET_LEN = 32 };

/* Writes the cookie of a peer at the other end of `path`, which only holders of the secret can make. */
void cookie_make(uint8_t *out, const uint8_t *secret, const struct ikl_path *path, uint64_t spi_i,
                 struct ikl_octets nonce);

#endif
