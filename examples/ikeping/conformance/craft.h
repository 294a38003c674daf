/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: what checks put into messages. */
#ifndef IKEPING_CONFORMANCE_CRAFT_H
#define IKEPING_CONFORMANCE_CRAFT_H

#include "tester.h"

/* A payload type that nobody knows: RFC 7296 §3.2 leaves 54 to 127 to the future. */
enum { CRAFT_UNKNOWN_TYPE = 113 };

/* Adds a payload of that type. */
void craft_add_unknown(struct payload_list *list, bool critical);

#endif
