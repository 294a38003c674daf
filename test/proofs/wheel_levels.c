/* SPDX-License-Identifier: ISC */
/* From any valid levels of a wheel: what is started goes where it may be, in the lowest level that may have its time;
 * so it is last in line. Two timers share a slot only when their times have one number there. When the position moves,
 * the ends of the levels stay valid, and each timer stays where it may be; handed down, it is where it may be below. No
 * search finds a time that is after that of a timer.
 *
 * bounds: 3 levels of 8 slots, the highest for 128 ms; times below 1024 ms; -DPLACE: all
 * each: -DPLACE -DMOVE
 * long: -DSEARCH -DHAND_DOWN
 * cbmc: -DIKL_SMALL_WORD --unwind 5 --unwindset suppose_notes.0:17
 * fault: lib/policy/wheel/slots.h s/(unsigned)(time >= wheel->ends\[0\])/1u/
 * fault: -DMOVE lib/policy/wheel/wheel.c s/step(wheel, level)) + 2/step(wheel, level)) + 3/
 * fault: -DSEARCH lib/policy/wheel/wheel.c s/if (begins < wheel->ends/if (begins <= 8 + wheel->ends/
 * fault: -DHAND_DOWN lib/policy/wheel/wheel.c s/level - 1, number + 1)/level - 1, number + 2)/ */
#include "proof.h"

#include "policy/wheel/valid.h"
#include "policy/wheel/wheel.c"

#ifdef HAND_DOWN
enum { LOWEST = 1 }; /* of the levels that it is proved of */
#else
enum { LOWEST = 0 };
#endif

enum { LEVELS = 3, WIDTH = 8, STEP = 2, ABOVE = (LEVELS - 1) * WIDTH /* slots above level 0 */ };

/* What times have of bits. */
static ikl_time any_time(void)
{
#ifdef PLACE
    return nondet_u64();
#else
    return nondet_u16() & 1023;
#endif
}

static struct ikl_wheel wheel;
static ikl_word bits[LEVELS], words[1], odd[1];
static ikl_time earliest[ABOVE];
static struct ikl_wheel_link links[LEVELS * WIDTH + 1];
static uint32_t comes_up[1];

static void suppose_levels(void)
{
    wheel = (struct ikl_wheel){.position = any_time(),
                               .now = any_time(),
                               .before = any_time(),
                               .settled = any_time(),
                               .occupied = nondet_u8() & 7,
                               .top = LEVELS - 1,
                               .ahead = nondet_bool(),
                               .bits = bits,
                               .words = words,
                               .earliest = earliest,
                               .links = links,
                               .odd = odd,
                               .far = odd,
                               .comes_up = comes_up,
                               .timers = LEVELS * WIDTH,
                               .running = 1};
    ikl_wheel_forget_first(&wheel);
    words[0] = nondet_bool();
    for (unsigned level = 0; level < LEVELS; level++) {
        wheel.level[level] = (struct ikl_wheel_level){level * WIDTH, WIDTH - 1, level * STEP, nondet_bool()};
        wheel.handed[level] = level + 1 < LEVELS ? any_time() : UINT64_MAX;
        wheel.ends[level] = level + 1 < LEVELS ? any_time() : IKL_NEVER;
        bits[level] = nondet_u8();
        suppose(ikl_level_words_are_valid(&wheel, level));
    }
    suppose(ikl_wheel_times_are_valid(&wheel) && ikl_level_ends_are_valid(&wheel));
}

/* A timer in a level may come up at this time. */
static void suppose_timer(unsigned level, ikl_time time)
{
    suppose(ikl_level_may_have(&wheel, level, time) && ikl_bit(bits, ikl_wheel_slot(&wheel, level, time)));
}

#if defined(PLACE)
static void prove_level(unsigned level)
{
    ikl_time time = any_time(), other = any_time();
    unsigned lowest;

    suppose(time != IKL_NEVER && time >= wheel.position);
    suppose((time >> (LEVELS - 1) * STEP) - ikl_level_lowest(&wheel, LEVELS - 1) < WIDTH || time < wheel.ends[1]);
    lowest = ikl_wheel_level_for(&wheel, time);
    prove(lowest < LEVELS && (lowest != level || ikl_level_may_have(&wheel, level, time)));
    prove(lowest >= level || !ikl_level_may_have(&wheel, level, time));
    prove(!ikl_level_may_have(&wheel, level, time) || !ikl_level_may_have(&wheel, level, other) ||
          ikl_wheel_slot(&wheel, level, time) != ikl_wheel_slot(&wheel, level, other) ||
          time >> level * STEP == other >> level * STEP);
}
#elif defined(MOVE)
static void prove_level(unsigned level)
{
    ikl_time time = any_time(), to = any_time();

    suppose_timer(level, time);
    suppose(to >= wheel.position && to <= time && to <= wheel.now);
    move_to(&wheel, to);
    prove(ikl_wheel_times_are_valid(&wheel) && ikl_level_ends_are_valid(&wheel));
    prove(wheel.position == to && ikl_level_may_have(&wheel, level, time));
}
#elif defined(HAND_DOWN)
/* The only timer of the first slot that was not handed down to the level below, where no list is looked at but that of
 * the timer's slot, which is empty. */
static void prove_level(unsigned level)
{
    ikl_time time = any_time();
    uint32_t slot = ikl_wheel_slot(&wheel, level, time), node = wheel.timers, below;

    suppose_timer(level, time);
    below = ikl_wheel_slot(&wheel, level - 1, time);
    comes_up[0] = (uint32_t)time;
    links[slot] = (struct ikl_wheel_link){node, node};
    links[node] = (struct ikl_wheel_link){slot, slot};
    links[below] = (struct ikl_wheel_link){below, below};
    suppose(!ikl_bit(bits, below) && time >> level * STEP == wheel.handed[level - 1] && can_hand_down(&wheel, level));
    prove(hand_down(&wheel, level, nondet_bool() ? 1 : UINT32_MAX) == 1);
    prove(ikl_wheel_times_are_valid(&wheel) && ikl_level_ends_are_valid(&wheel));
    prove(ikl_level_may_have(&wheel, level - 1, time) && ikl_bit(bits, below) && !ikl_bit(bits, slot));
    prove(links[slot].next == slot && links[slot].prev == slot);
    prove(links[below].next == node && links[below].prev == node);
    prove(links[node].next == below && links[node].prev == below);
    prove(level == 1 || *ikl_slot_earliest(&wheel, below) == time);
}
#else
static void suppose_notes(void)
{
    for (uint32_t slot = WIDTH; slot < LEVELS * WIDTH; slot++) {
        earliest[slot - WIDTH] = any_time();
        suppose(!ikl_bit(bits, slot) || ikl_slot_note_is_valid(&wheel, slot / WIDTH, slot));
    }
}

static void prove_level(unsigned level)
{
    ikl_time time = any_time();
    struct first first;

    suppose_notes();
    suppose_timer(level, time);
    suppose(level == 0 || time >= *ikl_slot_earliest(&wheel, ikl_wheel_slot(&wheel, level, time)));
    first = search(&wheel);
    prove(first.time <= time);
    prove(first.level != 0 || ikl_bit(bits, ikl_wheel_slot(&wheel, 0, first.time)));
}
#endif

int main(void)
{
    unsigned level = nondet_u8() & 3;

    suppose_levels();
    if (level == 0 && LOWEST == 0) {
        prove_level(0);
    } else if (level == 1) {
        prove_level(1);
    } else {
        prove_level(2);
    }
    return 0;
}
