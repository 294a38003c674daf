/* SPDX-License-Identifier: ISC */
/* ikelive wheel: timers on absolute milliseconds, driven by the caller. Does not know what a timer is for.
 *
 * A hierarchical timing wheel: the lowest level has slots of 1 ms and is as wide as you like; each level above has
 * longer slots. Every level has a bitmap, and timers are linked by 32-bit index. A timer is a number below the
 * capacity; what it stands for is the caller's business (an index into the caller's own array).
 *
 *     ikl_wheel_start(wheel, 7, now + 5000);
 *     ...
 *     while ((timer = ikl_wheel_expire(wheel, now)) != IKL_NO_TIMER) { handle(timer); }
 *     sleep_until(ikl_wheel_next_deadline(wheel));
 *
 * Promises:
 *   - Late, never early: a timer expires in the first run of the loop above whose `now` is at or past its deadline.
 *   - Order: by deadline, then by start. The steps of `now` change neither which timers expire nor their order: one
 *     jump of an hour equals 3,600,000 steps of 1 ms. A deadline before the wheel's position counts as that position.
 *   - A pushed timer stays in its old slot; when that slot comes up it does not expire but restarts with the new
 *     deadline. Among timers with the same deadline it therefore comes after those started before its old deadline, and
 *     before those started after it.
 *   - Between two calls of ikl_wheel_expire the caller may start, stop and push any timer. A due timer that is stopped
 *     does not expire; one started at or before `now` expires in the same run, in order. The position during the run is
 *     the deadline of the timer that was last returned.
 *   - A `now` before an earlier one counts as that.
 *   - Start, stop and push are O(1); expiry moves each timer at most once a level, and there are at most 13 levels.
 *     `now` may jump any distance; the wheel does not walk it step by step.
 *   - Memory: at most 24 octets and a quarter for each timer of the capacity, 9 octets for each ms of the width, and
 *     14 kB.
 *
 * For hosts with few timers the library can be built with IKELIVE_WHEEL OFF: a binary heap then keeps these promises in
 * a fifth of the code, but for O(1): the time of a start, a stop and an expiry grows with the logarithm of how many
 * timers run. Memory is 32 octets for each timer of the capacity, at least one, and 72 octets. There are no slots, and
 * ikl_wheel_width is 0. */
#ifndef IKELIVE_WHEEL_H
#define IKELIVE_WHEEL_H

#include <ikelive/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_wheel;

#define IKL_NO_TIMER UINT32_MAX
#define IKL_WHEEL_MAX_TIMERS 0x7fffffffu
#define IKL_WHEEL_MIN_WIDTH 64u
#define IKL_WHEEL_MAX_WIDTH 65536u

/* Makes a wheel for timers 0 to capacity - 1, all stopped, at position `now`. The caller owns it and ends it with
 * ikl_wheel_free. `capacity` may be 0. Its width is 256, or more, up to 16384, so that it is no less than a
 * fourth of the capacity. `allocator` is copied; null means ikl_default_allocator. Allocates here. Errors:
 * IKL_ERR_NO_MEMORY; IKL_ERR_INVALID when capacity is above IKL_WHEEL_MAX_TIMERS or `now` is IKL_NEVER. */
IKL_MUST_USE IKL_API int ikl_wheel_new(struct ikl_wheel **out, const struct ikl_allocator *allocator, uint32_t capacity,
                                       ikl_time now);

/* The same with a width of the caller's: how many slots of 1 ms the first level has. No timer is moved before it
 * expires as long as all are started for at most half the width after the position, and none more than once as long as
 * that is at most 16 times the width. Errors as above; also IKL_ERR_INVALID when `width` is not a power of two from
 * IKL_WHEEL_MIN_WIDTH to IKL_WHEEL_MAX_WIDTH. */
IKL_MUST_USE IKL_API int ikl_wheel_new_wide(struct ikl_wheel **out, const struct ikl_allocator *allocator,
                                            uint32_t capacity, uint32_t width, ikl_time now);

/* How large an arena (ikl_arena_allocator) must be for ikl_wheel_new with this capacity: just so large, when it begins
 * at an octet that is aligned for any type. SIZE_MAX when no arena can be. */
IKL_API size_t ikl_wheel_arena_size(uint32_t capacity);

/* Frees the wheel. Null is allowed. */
IKL_API void ikl_wheel_free(struct ikl_wheel *wheel);

/* Raises the capacity to at least `capacity`, by an eighth at least, so that many small raises cost O(1) a timer; never
 * lowers it. A width that ikl_wheel_new chose is chosen anew. Running timers keep running, in order. Allocates, copies,
 * and releases the old memory. Errors: IKL_ERR_NO_MEMORY, IKL_ERR_INVALID as above; the wheel is then as it was. */
IKL_MUST_USE IKL_API int ikl_wheel_reserve(struct ikl_wheel *wheel, uint32_t capacity);

/* How many timers there can be. */
IKL_API uint32_t ikl_wheel_capacity(const struct ikl_wheel *wheel);

/* How many slots the first level has. */
IKL_API uint32_t ikl_wheel_width(const struct ikl_wheel *wheel);

/* Starts `timer`, or starts it afresh when it runs (it then counts as started now). O(1).
 * Errors: IKL_ERR_INVALID when timer >= capacity or deadline is IKL_NEVER. */
IKL_API int ikl_wheel_start(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline);

/* Moves the deadline of `timer` to `deadline`, if that is later than the timer's own; else nothing changes. Costs
 * little more than a store, because the timer stays in its slot: the promises above say what that means for its order.
 * True when the timer runs; false, and nothing has changed, when it does not, when timer >= capacity or deadline is
 * IKL_NEVER. O(1). */
IKL_API bool ikl_wheel_push(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline);

/* Stops `timer`. True when it was running; a timer beyond the capacity is not running. O(1). */
IKL_API bool ikl_wheel_stop(struct ikl_wheel *wheel, uint32_t timer);

/* The deadline of `timer`: the one it was started with, or the position at that time if that was later, or a later one
 * it was pushed to since; IKL_NEVER when it is not running. */
IKL_API ikl_time ikl_wheel_deadline(const struct ikl_wheel *wheel, uint32_t timer);

/* Stops and returns the next timer that is due at `now`, IKL_NO_TIMER when there is none; in that case the position
 * becomes `now`, and a few timers are moved that will be due later. A `now` of IKL_NEVER counts as IKL_NEVER - 1. Call
 * it until it returns IKL_NO_TIMER. */
IKL_API uint32_t ikl_wheel_expire(struct ikl_wheel *wheel, ikl_time now);

/* How much a run may still do. */
struct ikl_wheel_work {
    uint32_t expire; /* timers that expire */
    uint32_t move; /* timers that are only moved, as upper levels hand them down or because they were pushed: each takes
                      some 10 to 100 ns */
};

/* The same within limits: each timer that expires or moves is subtracted from *left, and once one of its numbers is 0
 * this returns IKL_NO_TIMER, whatever is due. What is left over is due at once: ikl_wheel_next_deadline is then `now`,
 * and the next run goes on where this one ended, in the same order. When nothing is due the run ends as without a
 * limit, whatever *left says.
 *
 *     struct ikl_wheel_work left = {1000, 10000};
 *     while ((timer = ikl_wheel_expire_within(wheel, now, &left)) != IKL_NO_TIMER) { handle(timer); } */
IKL_API uint32_t ikl_wheel_expire_within(struct ikl_wheel *wheel, ikl_time now, struct ikl_wheel_work *left);

/* When to call ikl_wheel_expire next; IKL_NEVER when no timer runs. Never later than the earliest running deadline
 * unless that is before the latest `now`, which it then is; above `now` once a run of the loop with that `now` has
 * ended, and equal to it while work is left. It is earlier than the earliest deadline only because of timers that were
 * stopped, started afresh or pushed, at most one early wake each. O(1). */
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
