/* ikelive wheel: timers on absolute milliseconds, driven by the caller. Does not know what a timer is for.
 * SPDX-License-Identifier: ISC
 *
 * A hierarchical timing wheel: 11 levels of 64 slots, a bitmap a level, timers linked by 32-bit index. A timer is a
 * number below the capacity; what it stands for is the caller's business (an index into the caller's own array).
 *
 *     ikl_wheel_start(wheel, 7, now + 5000);
 *     ...
 *     while ((timer = ikl_wheel_expire(wheel, now)) != IKL_NO_TIMER) { handle(timer); }
 *     sleep_until(ikl_wheel_next_deadline(wheel));
 *
 * Promises:
 *   - Late, never early: a timer expires in the first run of the loop above whose `now` is at or past its deadline.
 *   - Order: by deadline, then by start. The same timers in the same order whatever the steps of `now`: one jump of an
 *     hour equals 3,600,000 steps of 1 ms. A deadline before the wheel's position counts as that position.
 *   - Between two calls of ikl_wheel_expire anything may be started and stopped. A due timer that is stopped does not
 *     expire; one started at or before `now` expires in the same run, in order. The position during the run is the
 *     deadline of the timer that was last returned.
 *   - A `now` below the wheel's position counts as the position.
 *   - Start and stop are O(1); expiry moves each timer at most once a level. Any jump of `now` is allowed and is not
 *     walked step by step. */
#ifndef IKELIVE_WHEEL_H
#define IKELIVE_WHEEL_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_wheel;

#define IKL_NO_TIMER UINT32_MAX
#define IKL_WHEEL_MAX_TIMERS 0x7fffffffu

/* Makes a wheel for timers 0 to capacity - 1, all stopped, at position `now`. The caller owns it and ends it with
 * ikl_wheel_free. `capacity` may be 0. `allocator` is copied; null means ikl_default_allocator. Allocates here.
 * Errors: IKL_ERR_NO_MEMORY; IKL_ERR_INVALID when capacity is above IKL_WHEEL_MAX_TIMERS or `now` is IKL_NEVER. */
IKL_MUST_USE IKL_API int ikl_wheel_new(struct ikl_wheel **out, const struct ikl_allocator *allocator, uint32_t capacity,
                                       ikl_time now);

/* Frees the wheel. Null is allowed. */
IKL_API void ikl_wheel_free(struct ikl_wheel *wheel);

/* Raises the capacity to at least `capacity`, by half at least, so that many small raises cost O(1) a timer; never
 * lowers it. Running timers keep running, in order. Allocates, copies, and releases the old memory. Errors:
 * IKL_ERR_NO_MEMORY, IKL_ERR_INVALID as above; the wheel is then as it was. */
IKL_MUST_USE IKL_API int ikl_wheel_reserve(struct ikl_wheel *wheel, uint32_t capacity);

/* How many timers there can be. */
IKL_API uint32_t ikl_wheel_capacity(const struct ikl_wheel *wheel);

/* Starts `timer`, or starts it afresh when it runs (it then counts as started now). O(1).
 * Errors: IKL_ERR_INVALID when timer >= capacity or deadline is IKL_NEVER. */
IKL_API int ikl_wheel_start(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline);

/* Stops `timer`. True when it was running; a timer beyond the capacity is not running. O(1). */
IKL_API bool ikl_wheel_stop(struct ikl_wheel *wheel, uint32_t timer);

/* The deadline of `timer`: the one it was started with, or the position at that time if that was later; IKL_NEVER when
 * it is not running. */
IKL_API ikl_time ikl_wheel_deadline(const struct ikl_wheel *wheel, uint32_t timer);

/* Stops and returns the next timer that is due at `now`, IKL_NO_TIMER when there is none; in that case the position
 * becomes `now`. A `now` of IKL_NEVER counts as IKL_NEVER - 1. Call it until it returns IKL_NO_TIMER. */
IKL_API uint32_t ikl_wheel_expire(struct ikl_wheel *wheel, ikl_time now);

/* When to call ikl_wheel_expire next; IKL_NEVER when no timer runs. Never later than the earliest running deadline, and
 * above `now` once a run of the loop with that `now` has ended. It is earlier than the earliest deadline only because
 * of timers that were stopped or started afresh, at most one early wake each. O(1). */
IKL_API ikl_time ikl_wheel_next_deadline(const struct ikl_wheel *wheel);

/* The position: every timer with an earlier deadline has expired. */
IKL_API ikl_time ikl_wheel_position(const struct ikl_wheel *wheel);

/* How many timers run. */
IKL_API uint32_t ikl_wheel_running(const struct ikl_wheel *wheel);

/* How many octets of memory the wheel holds. */
IKL_API size_t ikl_wheel_memory(const struct ikl_wheel *wheel);

#ifdef __cplusplus
}
#endif
#endif
