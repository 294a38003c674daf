/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: a shard as one gateway sees it: whether it is ours, and until when.
 *
 * Ours means that we may send. It ends by the clock alone, before anybody else can claim the shard: a gateway that was
 * stopped, or cannot reach the store, falls silent without being told. */
#ifndef CLUSTER_SHARD_H
#define CLUSTER_SHARD_H

#include "store.h"

struct shard {
    struct store *store;
    uint32_t number;
    bool home;        /* claimed as soon as it is free; others only when their holder is gone */
    bool stubborn;    /* FOR AN EXPERIMENT: does not fall silent */
    bool ours;        /* claimed, and not lost yet */
    bool seen_held;   /* by another */
    bool unanswered;  /* the store could not be asked the last time, or has not answered */
    uint64_t epoch;   /* if ours */
    uint64_t tried;   /* the highest epoch that we tried to take: never again */
    ikl_time until;   /* when our lease ends */
    ikl_time due;     /* when to ask the store again */
    ikl_time waiting; /* since when we wait for it */
};

/* What has become of it. */
enum shard_news {
    SHARD_AS_BEFORE,
    SHARD_TAKEN, /* it is ours now, with this epoch; somebody may have been there before */
    SHARD_LOST   /* it is not ours any more: drop all that belongs to it, and say nothing to anybody */
};

void shard_init(struct shard *shard, struct store *store, uint32_t number, bool home, ikl_time now);

/* Looks at the clock, and asks the store when it is time to. To be called after each sleep, before anything else, and
 * again by `due`. */
enum shard_news shard_step(struct shard *shard, ikl_time now);

/* May we send for it now? */
bool shard_may_send(const struct shard *shard, ikl_time now);

/* A write was refused: the shard is somebody else's. */
void shard_refused(struct shard *shard);

#endif
