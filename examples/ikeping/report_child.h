/* SPDX-License-Identifier: ISC */
/* ikeping: what it says of Child SAs. */
#ifndef IKEPING_REPORT_CHILD_H
#define IKEPING_REPORT_CHILD_H

#include "report.h"

/* A Child SA, in words. */
struct report_child {
    const char *mode, *proposal;
    const char *ours, *theirs; /* traffic selectors */
    uint32_t spi_in, spi_out;
};

/* There is one. */
void report_child(struct report *report, const char *peer, const struct report_child *child);
/* The peer rekeyed one: this takes its place. */
void report_child_rekeyed(struct report *report, const char *peer, const struct report_child *child);
/* We did. */
void report_child_rekeyed_by_us(struct report *report, const char *peer, const struct report_child *child);
/* The gateway makes none. */
void report_child_refused(struct report *report, const char *peer, const char *why);
/* One is gone, and its IKE SA is not. */
void report_child_down(struct report *report, const char *peer, uint32_t spi_in, uint32_t spi_out, const char *reason);

#endif
