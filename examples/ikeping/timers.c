/* SPDX-License-Identifier: ISC */
/* ikeping: timers of sessions and gateways. */
#include "timers.h"

#include <stdlib.h>

enum { FIRST_ROOM = 16 };

bool timers_open(struct timers *timers, ikl_time now)
{
    *timers = (struct timers){.wheel = NULL};
    return ikl_wheel_new(&timers->wheel, NULL, 0, now) == IKL_OK;
}

void timers_close(struct timers *timers)
{
    ikl_wheel_free(timers->wheel);
    free(timers->timers);
    free(timers->vacant);
    *timers = (struct timers){.wheel = NULL};
}

/* More numbers, of which the least is taken first. */
static bool grow(struct timers *timers)
{
    uint32_t room = timers->room != 0 ? 2 * timers->room : FIRST_ROOM;
    struct timer **grown = realloc(timers->timers, room * sizeof(struct timer *));
    uint32_t *vacant;

    if (grown == NULL) {
        return false;
    }
    timers->timers = grown;
    vacant = realloc(timers->vacant, room * sizeof(*vacant));
    if (vacant == NULL) {
        return false;
    }
    timers->vacant = vacant;
    if (ikl_wheel_reserve(timers->wheel, room) != IKL_OK) {
        return false;
    }
    for (uint32_t number = room; number > timers->room; number--) {
        vacant[timers->n_vacant++] = number - 1;
    }
    timers->room = room;
    return true;
}

bool timers_add(struct timers *timers, struct timer *timer, void (*expire)(void *owner), void *owner)
{
    if (timers->n_vacant == 0 && !grow(timers)) {
        return false;
    }
    *timer = (struct timer){timers->vacant[--timers->n_vacant], expire, owner};
    timers->timers[timer->number] = timer;
    return true;
}

void timers_remove(struct timers *timers, const struct timer *timer)
{
    (void)ikl_wheel_stop(timers->wheel, timer->number);
    timers->vacant[timers->n_vacant++] = timer->number;
}

void timers_set(struct timers *timers, const struct timer *timer, ikl_time deadline)
{
    if (deadline == IKL_NEVER) {
        (void)ikl_wheel_stop(timers->wheel, timer->number);
    } else if (deadline != ikl_wheel_deadline(timers->wheel, timer->number)) {
        (void)ikl_wheel_start(timers->wheel, timer->number, deadline);
    }
}

void timers_run(struct timers *timers, ikl_time now)
{
    uint32_t number;

    while ((number = ikl_wheel_expire(timers->wheel, now)) != IKL_NO_TIMER) {
        timers->timers[number]->expire(timers->timers[number]->owner);
    }
}

ikl_time timers_deadline(const struct timers *timers)
{
    return ikl_wheel_next_deadline(timers->wheel);
}
