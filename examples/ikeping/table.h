/* SPDX-License-Identifier: ISC */
/* ikeping: many gateways in a table on a terminal, those first that are most trouble. It is drawn in place, on the
 * terminal's other screen. */
#ifndef IKEPING_TABLE_H
#define IKEPING_TABLE_H

#include "gateway.h"
#include "terminal.h"

#include <stdio.h>

/* Goes over to the other screen, and back. */
void table_begin(FILE *out);
void table_end(FILE *out);

/* Draws it, in at most that many rows and columns. */
void table_draw(FILE *out, const struct ikeping *ikeping, struct terminal_size size);

#endif
