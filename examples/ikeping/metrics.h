/* SPDX-License-Identifier: ISC */
/* ikeping --metrics: figures as OpenMetrics text, for who asks at a port of the loopback interface. */
#ifndef IKEPING_METRICS_H
#define IKEPING_METRICS_H

#include "ikeping.h"

enum { METRICS_REASON_SIZE = 128 };

struct metrics;

/* Whether this build has it: it takes libmicrohttpd. */
bool metrics_are_available(void);

/* Answers at 127.0.0.1 and this port; 0: a free one. Null when that fails, with the reason in words. */
struct metrics *metrics_open(const struct ikeping *ikeping, uint16_t port, char why[METRICS_REASON_SIZE]);

void metrics_close(struct metrics *metrics);

/* What to watch: it is readable when metrics_run has something to do. */
int metrics_fd(const struct metrics *metrics);

/* When metrics_run has to be called at the latest, in ms; IKL_NEVER: not by itself. */
ikl_time metrics_deadline(const struct metrics *metrics, ikl_time now);

/* Reads, answers and writes what can be at once. It never waits. */
void metrics_run(struct metrics *metrics);

/* Writes the figures: the library's counters, and of each gateway whether it is up and what was counted. False when
 * there is no memory. */
bool metrics_write(FILE *out, const struct ikeping *ikeping);

#endif
