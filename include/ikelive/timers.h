/* SPDX-License-Identifier: ISC */
/* ikelive timers: one timer for each object of the host's, in a wheel that grows with them. For a stack that takes the
 * policy alone and has a watch in each of its IKE SAs:
 *
 *     ikl_timers_add(timers, sa, &sa->timer)                                 when an IKE SA is made
 *     ikl_timers_set(timers, sa->timer, ikl_watch_deadline(&sa->watch))      when its watch has been told something
 *     ikl_timers_remove(timers, sa->timer)                                   when it goes
 *
 *     while ((sa = ikl_timers_expire(timers, now)) != NULL) { look_at(sa); }
 *     sleep_until(ikl_timers_next_deadline(timers));
 *
 * Before it is added a timer is IKL_NO_TIMER, not 0, which may be that of another object. Only adding can fail. Order
 * and lateness are those of <ikelive/wheel.h>: never early, by deadline, whatever the step. Between two calls of
 * ikl_timers_expire the host may add, set and remove any timer. */
#ifndef IKELIVE_TIMERS_H
#define IKELIVE_TIMERS_H

#include <ikelive/wheel.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_timers;

/* Makes timers, with none in it, at time `now`. The caller owns them and ends them with ikl_timers_free. `allocator` is
 * copied; null means ikl_default_allocator. Allocates here. Errors: IKL_ERR_NO_MEMORY; IKL_ERR_INVALID when `now` is
 * IKL_NEVER. */
IKL_MUST_USE IKL_API int ikl_timers_new(struct ikl_timers **out, const struct ikl_allocator *allocator, ikl_time now);

/* The same with room for so many timers: until there are more, adding one allocates nothing. Errors: also
 * IKL_ERR_INVALID when `room` is above IKL_WHEEL_MAX_TIMERS. */
IKL_MUST_USE IKL_API int ikl_timers_new_with_room(struct ikl_timers **out, const struct ikl_allocator *allocator,
                                                  uint32_t room, ikl_time now);

/* How large an arena (ikl_arena_allocator) must be for ikl_timers_new_with_room: just so large, when it begins at an
 * octet that is aligned for any type; then no more can be added. SIZE_MAX when no arena can be. */
IKL_API size_t ikl_timers_arena_size(uint32_t room);

/* Frees all, but no object. Null is allowed. */
IKL_API void ikl_timers_free(struct ikl_timers *timers);

/* Adds a timer, not set, that stands for `object`. Its number goes into *timer: below IKL_WHEEL_MAX_TIMERS, and free
 * for another when it is removed. Allocates when there are more than there is room for: 16 at first, then an eighth
 * more. Errors: IKL_ERR_NO_MEMORY; IKL_ERR_INVALID when `object` is null or there are IKL_WHEEL_MAX_TIMERS. */
IKL_MUST_USE IKL_API int ikl_timers_add(struct ikl_timers *timers, void *object, uint32_t *timer);

/* Sets the timer to a deadline, in place of the one that it has; with IKL_NEVER it has none. Nothing happens when there
 * is no such timer. Allocates nothing; O(1), and little more than a store when the deadline becomes a later one. */
IKL_API void ikl_timers_set(struct ikl_timers *timers, uint32_t timer, ikl_time deadline);

/* Takes the timer away. Nothing happens when there is no such timer: IKL_NO_TIMER never is one. */
IKL_API void ikl_timers_remove(struct ikl_timers *timers, uint32_t timer);

/* The object of the next timer that is due at `now`, whose timer then has no deadline; null when there is none. Call it
 * until it returns null. */
IKL_API void *ikl_timers_expire(struct ikl_timers *timers, ikl_time now);

/* When to call ikl_timers_expire next; IKL_NEVER when no timer is set. As ikl_wheel_next_deadline says. */
IKL_API ikl_time ikl_timers_next_deadline(const struct ikl_timers *timers);

/* The deadline of a timer; IKL_NEVER when it has none or is none. */
IKL_API ikl_time ikl_timers_deadline(const struct ikl_timers *timers, uint32_t timer);

/* How many timers there are, set or not. */
IKL_API uint32_t ikl_timers_count(const struct ikl_timers *timers);

#ifdef __cplusplus
}
#endif
#endif
