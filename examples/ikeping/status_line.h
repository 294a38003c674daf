/* SPDX-License-Identifier: ISC */
/* ikeping: how it goes, in the line below the events. */
#ifndef IKEPING_STATUS_LINE_H
#define IKEPING_STATUS_LINE_H

#include "gateway.h"

/* Shows it, or changes it. */
void status_line_show(const struct ikeping *ikeping);

/* What is being done about a gateway. */
void status_line_describe(const struct gateway *gateway, char *text, size_t size);

#endif
