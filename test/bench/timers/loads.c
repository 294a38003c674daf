/* SPDX-License-Identifier: ISC */
/* What is done with timers while it is measured. */
#include "loads.h"

#include "support/measure.h"
#include "support/test_random.h"

#include <stdlib.h>

enum { FEWEST_OPS = 200000, HOUR = 3600000 };
enum { WARM_UP_STEP = 7919 }; /* a prime */
enum { OWN_AHEAD = 3000 };    /* ms: to start all of them takes the libraries a while */

bool load_init(struct load *load, uint32_t n)
{
    uint32_t ops = n > FEWEST_OPS ? n : FEWEST_OPS;

    *load = (struct load){n, ops, malloc(ops * sizeof(*load->timers)), malloc(ops * sizeof(*load->delays)), 0};
    if (load->timers == NULL || load->delays == NULL) {
        load_clear(load);
        return false;
    }
    load_shuffle(load);
    return true;
}

void load_clear(struct load *load)
{
    free(load->timers);
    free(load->delays);
    *load = (struct load){.timers = NULL};
}

void load_shuffle(struct load *load)
{
    struct test_random random = {++load->seed};

    for (uint32_t i = 0; i < load->ops; i++) {
        load->delays[i] = 1 + (uint32_t)test_random_below(&random, LOADS_LONGEST_DELAY);
        load->timers[i] = (uint32_t)test_random_below(&random, load->n);
    }
    for (uint32_t i = 0; i < load->n; i++) {
        uint32_t j = (uint32_t)test_random_below(&random, (uint64_t)i + 1);

        load->timers[i] = load->timers[j];
        load->timers[j] = i;
    }
}

static double ns_each(uint64_t begin, uint64_t end, uint32_t n)
{
    return (double)(end - begin) / n;
}

void load_start_all(const struct load *load, const struct timers_kind *kind, void *timers)
{
    for (uint32_t i = 0; i < load->n; i++) {
        kind->start(timers, load->timers[i], load->delays[i]);
    }
}

static void start_and_stop(const struct load *load, const struct timers_kind *kind, void *timers, bool alone)
{
    for (uint32_t i = 0; alone && i < load->ops; i++) {
        kind->stop(timers, load->timers[i]);
        kind->start(timers, load->timers[i], load->delays[i]);
        bench_barrier();
    }
    for (uint32_t i = 0; !alone && i < load->ops; i++) {
        kind->stop(timers, load->timers[i]);
        kind->start(timers, load->timers[i], load->delays[i]);
    }
}

/* So that what fits into the caches is there. In another order than what is measured, or neighbours in lists would be
 * those that come next to each other. */
static void warm_up(const struct load *load, const struct timers_kind *kind, void *timers)
{
    for (uint32_t i = 0; i < load->ops; i++) {
        uint32_t at = (uint32_t)((uint64_t)i * WARM_UP_STEP % load->ops);

        kind->stop(timers, load->timers[at]);
        kind->start(timers, load->timers[at], load->delays[at]);
    }
}

double load_start_stop(const struct load *load, const struct timers_kind *kind, void *timers, bool alone)
{
    uint64_t begin;

    warm_up(load, kind, timers);
    begin = bench_cpu_clock();
    start_and_stop(load, kind, timers, alone);
    return ns_each(begin, bench_cpu_clock(), load->ops);
}

static void note(struct course *course, uint32_t timer)
{
    course->digest = course->digest * 31 + timer;
}

static void step(const struct timers_kind *kind, void *timers, struct course *course, uint64_t now)
{
    uint32_t timer;

    course->now = now;
    while ((timer = kind->expire(timers, now)) != TIMERS_NONE) {
        note(course, timer);
    }
}

double load_second(const struct load *load, const struct timers_kind *kind, void *timers, struct course *course,
                   uint32_t ahead, float *steps)
{
    uint64_t begin;

    for (uint32_t i = 0; i < load->n; i++) {
        kind->start(timers, load->timers[i], ahead + 1 + load->delays[i] % LOADS_SECOND);
    }
    begin = bench_cpu_clock();
    for (uint32_t i = 0; i < ahead + LOADS_SECOND; i++) {
        uint64_t step_begin = steps != NULL ? bench_cpu_clock() : 0;

        step(kind, timers, course, course->now + 1);
        if (steps != NULL) {
            steps[i] = (float)(bench_cpu_clock() - step_begin);
        }
    }
    return ns_each(begin, bench_cpu_clock(), load->n);
}

double load_own_second(const struct load *load, const struct timers_kind *kind, void *timers, double *longest)
{
    uint32_t expired = kind->turn(timers); /* also lets it take notice of the time */
    uint32_t all = expired + load->n;
    uint64_t busy = 0;

    *longest = 0;
    for (uint32_t i = 0; i < load->n; i++) {
        kind->start(timers, load->timers[i], OWN_AHEAD + 1 + load->delays[i] % LOADS_SECOND);
    }
    while (expired < all) {
        uint64_t begin = bench_cpu_clock();
        uint32_t before = expired;
        uint64_t took;

        expired = kind->turn(timers);
        took = bench_cpu_clock() - begin;
        busy += expired != before ? took : 0;
        *longest = (double)took > *longest ? (double)took : *longest;
    }
    return (double)busy / load->n;
}

double load_jump(const struct load *load, const struct timers_kind *kind, void *timers, struct course *course)
{
    struct test_random random = {load->seed};
    uint64_t begin;

    for (uint32_t i = 0; i < load->n; i++) {
        kind->start(timers, load->timers[i], 1 + (uint32_t)test_random_below(&random, HOUR));
    }
    begin = bench_cpu_clock();
    step(kind, timers, course, course->now + HOUR);
    return ns_each(begin, bench_cpu_clock(), load->n);
}

double load_rearm(const struct load *load, const struct timers_kind *kind, void *timers, struct course *course)
{
    uint64_t begin = bench_cpu_clock();
    uint32_t expired = 0;

    while (expired < load->n) {
        uint32_t timer;

        course->now = kind->next_deadline(timers);
        while ((timer = kind->expire(timers, course->now)) != TIMERS_NONE) {
            note(course, timer);
            kind->start(timers, timer, load->delays[expired++ % load->n]);
        }
    }
    return ns_each(begin, bench_cpu_clock(), expired);
}
