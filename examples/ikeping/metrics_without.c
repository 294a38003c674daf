/* SPDX-License-Identifier: ISC */
/* ikeping without libmicrohttpd: there is no --metrics, which the command line says. */
#include "metrics.h"

bool metrics_are_available(void)
{
    return false;
}

struct metrics *metrics_open(const struct ikeping *ikeping, uint16_t port, char why[METRICS_REASON_SIZE])
{
    (void)ikeping;
    (void)port;
    (void)snprintf(why, METRICS_REASON_SIZE, "this build is without libmicrohttpd");
    return NULL;
}

void metrics_close(struct metrics *metrics)
{
    (void)metrics;
}

int metrics_fd(const struct metrics *metrics)
{
    (void)metrics;
    return -1;
}

ikl_time metrics_deadline(const struct metrics *metrics, ikl_time now)
{
    (void)metrics;
    (void)now;
    return IKL_NEVER;
}

void metrics_run(struct metrics *metrics)
{
    (void)metrics;
}
