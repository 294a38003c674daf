/* SPDX-License-Identifier: ISC */
/* ikeping: connecting again after an IKE SA went down (--revive), by the pace of <ikelive/revive.h>. */
#ifndef IKEPING_REVIVAL_H
#define IKEPING_REVIVAL_H

#include <ikelive/revive.h>
#include <ikelive/schedule.h>

#include <stdint.h>

struct gateway;

struct revival {
    struct ikl_revival tunnel;
    uint64_t down_since; /* ns */
    uint32_t attempts;   /* since then */
};

/* The IKE SA went down, and nobody here wanted that. */
void revival_sa_down(struct gateway *gateway);

/* An IKE SA is established. */
void revival_sa_up(struct gateway *gateway);

/* An attempt failed. False when there will be no other: then it was the first connection, or we do not revive. */
bool revival_attempt_failed(struct gateway *gateway);

/* True when an attempt is due: it begins with this. */
bool revival_begins(struct gateway *gateway);

/* When revival_begins may be true; IKL_NEVER while no attempt is due. */
ikl_time revival_deadline(const struct gateway *gateway);

/* The schedule of the IKE_SA_INIT request. */
const struct ikl_schedule *revival_schedule(const struct gateway *gateway);

#endif
