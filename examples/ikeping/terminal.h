/* SPDX-License-Identifier: ISC */
/* ikeping: the terminal that standard output may be. */
#ifndef IKEPING_TERMINAL_H
#define IKEPING_TERMINAL_H

#include <stdbool.h>

struct terminal_size {
    int rows, columns;
};

/* Standard output is a terminal that can erase a line. */
bool terminal_is_there(void);

/* How large it is at present; 24 rows of 80 columns where it does not say. */
struct terminal_size terminal_size(void);

#endif
