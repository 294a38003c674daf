/* SPDX-License-Identifier: ISC */
/* Kinds of timers behind one face, so that each does the same work called in the same way. */
#ifndef BENCH_TIMERS_H
#define BENCH_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#define TIMERS_NONE UINT32_MAX

/* Times are in milliseconds, from 0 when the timers are made. */
struct timers_kind {
    const char *name;
    void *(*make)(uint32_t n); /* timers 0 to n - 1, all stopped; null when there is no memory */
    void (*clear)(void *timers);
    void (*start)(void *timers, uint32_t timer, uint32_t delay); /* one that is stopped; from the present time on */
    void (*stop)(void *timers, uint32_t timer);                  /* one that runs */
    /* Makes `now` the present and stops and returns a timer that is due; TIMERS_NONE when there is none. Null for kinds
     * that have a clock of their own, or do not expire. */
    uint32_t (*expire)(void *timers, uint64_t now);
    uint64_t (*next_deadline)(const void *timers); /* null where `expire` is */
    /* One turn of an event loop by its own clock. Returns how many timers have expired since they were made. Null for
     * kinds that have no clock. */
    uint32_t (*turn)(void *timers);
};

extern const struct timers_kind timers_wheel;
extern const struct timers_kind timers_heap;
extern const struct timers_kind timers_floor; /* no more than links: see floor.c */

extern const struct timers_kind timers_libevent, timers_libuv, timers_libev; /* each where the library is there */

/* Those of the libraries that were found when this was built; null at the end. */
extern const struct timers_kind *const timers_of_libraries[];

#endif
