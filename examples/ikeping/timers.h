/* SPDX-License-Identifier: ISC */
/* ikeping: timers of sessions and gateways, in a wheel of the library's. */
#ifndef IKEPING_TIMERS_H
#define IKEPING_TIMERS_H

#include <ikelive/wheel.h>

/* Its owner has it. */
struct timer {
    uint32_t number;
    void (*expire)(void *owner);
    void *owner;
};

struct timers {
    struct ikl_wheel *wheel;
    struct timer **timers; /* by number */
    uint32_t *vacant;      /* numbers that nobody has */
    uint32_t room, n_vacant;
};

/* False when there is no memory. */
bool timers_open(struct timers *timers, ikl_time now);

/* Frees all but the timers. */
void timers_close(struct timers *timers);

/* Gives a timer its number; it does not run. False when there is no memory. */
bool timers_add(struct timers *timers, struct timer *timer, void (*expire)(void *owner), void *owner);

void timers_remove(struct timers *timers, const struct timer *timer);

/* It expires in the first timers_run at or after `deadline`; IKL_NEVER stops it. */
void timers_set(struct timers *timers, const struct timer *timer, ikl_time deadline);

/* Calls `expire` of those that are due. Each may set and remove any. */
void timers_run(struct timers *timers, ikl_time now);

/* When timers_run has something to do. */
ikl_time timers_deadline(const struct timers *timers);

#endif
