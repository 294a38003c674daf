/* SPDX-License-Identifier: ISC */
/* Whether a wheel is as its source says it always is. */
#include "wheel_check.h"

#include "policy/wheel/slots.h"
#include "test.h"

/* The number of the slot of `level` for `time`. */
static uint64_t number_of(const struct ikl_wheel *wheel, unsigned level, ikl_time time)
{
    return time >> wheel->level[level].shift;
}

static void check_ends(const struct ikl_wheel *wheel)
{
    for (unsigned level = 0; level < wheel->top; level++) {
        uint64_t lowest = (level == 0 ? wheel->position : wheel->handed[level - 1]) >>
                          (wheel->level[level + 1].shift - wheel->level[level].shift);

        assert_true(wheel->handed[level] >= number_of(wheel, level + 1, wheel->position));
        assert_true(wheel->handed[level] <= lowest + 2);
        if (wheel->ends[level] != IKL_NEVER) {
            assert_int_equal(number_of(wheel, level + 1, wheel->ends[level]), wheel->handed[level]);
            assert_int_equal(wheel->ends[level] % (UINT64_C(1) << wheel->level[level + 1].shift), 0);
        }
    }
    assert_int_equal(wheel->ends[wheel->top], IKL_NEVER);
    assert_true(UINT64_MAX >> wheel->level[wheel->top].shift <= wheel->level[wheel->top].mask);
}

/* That a timer may be in this slot of `level`: no time shares it with another one, and it is in line. */
static void check_timer(const struct ikl_wheel *wheel, uint32_t timer, unsigned level, uint32_t slot)
{
    ikl_time comes_up = ikl_timer_comes_up(wheel, timer);

    assert_true(ikl_timer_runs(wheel, timer));
    assert_true(comes_up >= wheel->position);
    assert_true(comes_up <= ikl_wheel_deadline(wheel, timer));
    assert_int_equal(ikl_wheel_slot(wheel, level, comes_up), slot);
    if (level == 0) {
        assert_true(comes_up - wheel->position <= wheel->level[0].mask);
    } else {
        assert_true(number_of(wheel, level, comes_up) - wheel->handed[level - 1] <= wheel->level[level].mask);
        assert_true(*ikl_slot_earliest(wheel, slot) <= comes_up);
        assert_true(*ikl_slot_earliest(wheel, slot) >= wheel->position);
    }
    if (ikl_wheel_level_for(wheel, comes_up) != level) {
        assert_int_equal(ikl_wheel_level_for(wheel, comes_up), level + 1);
        assert_int_equal(number_of(wheel, level + 1, comes_up), wheel->handed[level]);
    }
}

/* Returns how many timers are in it. */
static uint32_t check_slot(const struct ikl_wheel *wheel, unsigned level, uint32_t slot)
{
    uint32_t n = 0;

    for (uint32_t node = wheel->links[slot].next, before = slot; node != slot; node = wheel->links[node].next) {
        assert_true(node >= wheel->timers && node - wheel->timers < wheel->capacity);
        assert_int_equal(wheel->links[node].prev, before);
        assert_true(++n <= wheel->running);
        check_timer(wheel, node - wheel->timers, level, slot);
        before = node;
    }
    return n;
}

static bool bit(const ikl_word *words, uint32_t n)
{
    return (words[n / IKL_WORD] >> n % IKL_WORD & 1) != 0;
}

/* Returns how many timers are in the level. */
static uint32_t check_level(const struct ikl_wheel *wheel, unsigned level)
{
    const struct ikl_wheel_level *at = &wheel->level[level];
    uint32_t used = 0;
    uint32_t n = 0;

    for (uint32_t slot = at->first; slot <= at->first + at->mask; slot++) {
        uint32_t in_slot = check_slot(wheel, level, slot);

        assert_int_equal(ikl_slot_level(wheel, slot), level);
        assert_int_equal(bit(wheel->bits, slot), in_slot != 0);
        used += slot % IKL_WORD == 0 && wheel->bits[slot / IKL_WORD] != 0;
        n += in_slot;
    }
    assert_int_equal(at->used, used);
    assert_int_equal(wheel->occupied >> level & 1, n != 0);
    return n;
}

static void check_words(const struct ikl_wheel *wheel)
{
    for (uint32_t word = 0; word <= wheel->level[0].mask / IKL_WORD; word++) {
        assert_int_equal(bit(wheel->words, word), wheel->bits[word] != 0);
    }
}

void wheel_check(const struct ikl_wheel *wheel)
{
    uint32_t running = 0;
    uint32_t n = 0;

    check_ends(wheel);
    check_words(wheel);
    for (unsigned level = 0; level <= wheel->top; level++) {
        n += check_level(wheel, level);
    }
    assert_int_equal(n, wheel->running);
    for (uint32_t timer = 0; timer < wheel->capacity; timer++) {
        running += ikl_timer_runs(wheel, timer);
    }
    assert_int_equal(running, wheel->running);
}

ikl_time wheel_comes_up(const struct ikl_wheel *wheel, uint32_t timer)
{
    return ikl_timer_comes_up(wheel, timer);
}
