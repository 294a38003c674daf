/* SPDX-License-Identifier: ISC */
/* A watch over one IKE SA, whose times count from START. */
#ifndef TEST_WATCHING_H
#define TEST_WATCHING_H

#include "test.h"

#include <ikelive/watch.h>

enum { SLACK = 100, START = 10000, ID = 7 };

/* Waits of 1, 2, 4 and 4 s. */
static const struct ikl_schedule four = {.waits = {1000, 2000, 4000}, .n_waits = 3, .tries = 4};
static const struct ikl_schedule slow = {.waits = {30000}, .n_waits = 1, .tries = 6};

static inline struct ikl_watch begin(void)
{
    struct ikl_watch watch;

    ikl_watch_init(&watch, START);
    ikl_watch_set_schedule(&watch, &four);
    return watch;
}

static inline struct ikl_watch on_demand(void)
{
    struct ikl_watch watch = begin();

    ikl_watch_set_policy(&watch, IKL_LIVENESS_ON_DEMAND, 3000, 0);
    return watch;
}

/* A request that was sent at `now`. */
static inline struct ikl_watch begin_sent(ikl_time now)
{
    struct ikl_watch watch = begin();

    assert_int_equal(ikl_watch_sent(&watch, ID, START + now, SLACK, 0), IKL_OK);
    return watch;
}

static inline enum ikl_watch_decision tick(struct ikl_watch *watch, ikl_time now)
{
    return ikl_watch_tick(watch, START + now, SLACK, 0);
}

static inline ikl_time deadline(const struct ikl_watch *watch)
{
    ikl_time deadline = ikl_watch_deadline(watch);

    return deadline != IKL_NEVER ? deadline - START : IKL_NEVER;
}

static inline void begin_again(struct ikl_watch *watch, ikl_time now)
{
    assert_int_equal(ikl_watch_sent(watch, ID, START + now, SLACK, 0), IKL_OK);
}

#endif
