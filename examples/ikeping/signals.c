/* SPDX-License-Identifier: ISC */
/* ikeping: signals that are read, not handled. */
#define _GNU_SOURCE
#include "signals.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>
#include <unistd.h>

static bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

int signals_open(const int *numbers, size_t n)
{
    sigset_t signals;
    int opened;

    sigemptyset(&signals);
    for (size_t i = 0; i < n; i++) {
        if (numbers[i] != SIGHUP || !is_ignored(SIGHUP)) { /* as it is below nohup */
            sigaddset(&signals, numbers[i]);
        }
    }
    opened = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (opened >= 0 && sigprocmask(SIG_BLOCK, &signals, NULL) != 0) {
        close(opened);
        opened = -1;
    }
    return opened;
}
