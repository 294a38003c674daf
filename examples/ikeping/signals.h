/* SPDX-License-Identifier: ISC */
/* ikeping: signals that are read, not handled. */
#ifndef IKEPING_SIGNALS_H
#define IKEPING_SIGNALS_H

#include <stddef.h>

/* Takes these signals from now on, but for a SIGHUP that is ignored. Gives the descriptor of signalfd(2) that they are
 * read from; -1 when that fails, with errno set. */
int signals_open(const int *numbers, size_t n);

#endif
