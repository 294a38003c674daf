/* SPDX-License-Identifier: ISC */
/* ikeping: the terminal that standard output may be. */
#define _DEFAULT_SOURCE /* struct winsize */
#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEFAULT_ROWS = 24, DEFAULT_COLUMNS = 80 };

bool terminal_is_there(void)
{
    const char *terminal = getenv("TERM");

    return isatty(STDOUT_FILENO) == 1 && terminal != NULL && terminal[0] != '\0' && strcmp(terminal, "dumb") != 0;
}

struct terminal_size terminal_size(void)
{
    struct winsize size = {.ws_col = 0};

    (void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    return (struct terminal_size){size.ws_row > 1 ? size.ws_row : DEFAULT_ROWS,
                                  size.ws_col > 1 ? size.ws_col : DEFAULT_COLUMNS};
}
