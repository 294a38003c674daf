/* SPDX-License-Identifier: ISC */
/* ikelive wheel: timers on absolute milliseconds, in levels of slots.
 *
 * Levels. Level 0 has slots of 1 ms. Each level above has fewer and longer slots; two of them are as long as the whole
 * level below. A level numbers its slots from time 0 on and uses its array as a ring. Level 0 holds the times from the
 * position to its end, level 1 those from there to its own end, and so on; the last level has no end. A level ends
 * where the level above has its first slot that was not handed down.
 *
 * Handing down. A level takes over the next slot of the level above as soon as it has room for that slot's time, that
 * is, when the first time that the level holds is in the slot before, or later. Its end then moves on by this slot. If
 * the slot has timers, they first move into the level below, from head to tail. This may take several steps. The end
 * moves with the last step, so a timer that is started meanwhile joins the tail of the slot above. Positions and ends
 * only move forward, so a level that has room keeps it.
 *
 * Order. The timers of one time form one line through the levels: a timer in a lower level was started before one in a
 * higher level, and in a slot the head was started before the tail. A start adds to the end of the line, because no
 * higher level has timers for that time. Handing down moves the head of a slot to the tail of one below, so the line
 * stays as it is. A slot of level 0 before the end of level 0 holds the whole line, and only such a slot expires, from
 * its head. So timers expire by deadline, and by start where deadlines are equal, whenever they were handed down.
 *
 * The first timer. Look at the first occupied slot of the lowest level that has timers. If it begins before the end of
 * that level, all timers above are later. If not, the level above may still have earlier ones, because it has not
 * handed all of that time down: look there too. The earliest time is that of one of these slots. A slot of level 0
 * stands for its own time. Every other slot has a note of a time that none of its timers is before: the time of one of
 * them, or of one that has since been handed down, stopped or pushed.
 *
 * The wheel searches for the first timer once and remembers it. A start with an earlier time replaces it. The wheel
 * forgets it whenever it may have changed otherwise: when its slot or any slot above level 0 becomes empty, and when an
 * end moves. When the slot of the first timer loses its last timer, the next occupied slot has the new first one, if it
 * is before the end of level 0.
 *
 * Settled. An end can change only when a slot is handed down, or when the position leaves its slot of level 1. Until
 * then a run that finds nothing due only moves the position, and hands down ahead of need if there is work left.
 *
 * Expiry. If the earliest time is after `now`, nothing is due. Otherwise the position moves to that time, as no timer
 * is before it. If the search ended in level 0, the head of the slot expires. If it ended above, it found the first
 * slot of a level that was not handed down, and the level below has room for it: the slot begins at or before the
 * position, or part of it has been handed down. The wheel hands all of it down, each timer at most once a level, and
 * searches again. This corrects a note that was too early, so such a note wakes the host only once.
 *
 * Work. A slot with very many timers takes long to hand down. So the wheel begins as soon as there is room, with some
 * timers each millisecond: enough to finish in time even if every timer is in that slot. A host that slept instead
 * finds the work undone; the wheel then does it in several calls, each within a limit.
 *
 * Push. A push only notes the new deadline. The timer stays in its slot; when that slot comes up, it starts again with
 * the new deadline. */
#include "wheel.h"

#include "out_of_line.h"

enum { MOST_AHEAD = 16384 }; /* timers handed down ahead of need in one run, which takes some 100 µs */

/* A slot has lost its last timer, which may have been the first of all. */
IKL_OUT_OF_LINE static void slot_emptied(struct ikl_wheel *wheel, uint32_t slot)
{
    uint32_t mask = wheel->level[0].mask;

    if (slot > mask) {
        ikl_slot_mark_empty(wheel, slot, ikl_slot_level(wheel, slot));
        ikl_wheel_forget_first(wheel);
        return;
    }
    ikl_slot_mark_empty(wheel, slot, 0);
    if (slot == ((uint32_t)wheel->first & mask)) {
        ikl_wheel_forget_first(wheel);
    }
}

/* Takes a running timer out of its slot. The slot's note of its earliest time may now be too early. */
static inline void slot_remove(struct ikl_wheel *wheel, uint32_t timer)
{
    struct ikl_wheel_link link = wheel->links[wheel->timers + timer];

    wheel->links[link.next].prev = link.prev;
    wheel->links[link.prev].next = link.next;
    if (link.next == link.prev) { /* both are the slot: this was its only timer */
        slot_emptied(wheel, link.next);
    }
}

/* Puts a timer that is in no slot into the one that comes up at its deadline. */
static IKL_IN_LINE void put(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    unsigned level = ikl_wheel_level_for(wheel, deadline);

    ikl_slot_append(wheel, timer, level, deadline);
    ikl_timer_note(wheel, timer, deadline);
    if (deadline < wheel->first) {
        wheel->first = deadline;
        wheel->first_level = level;
    }
}

/* Stops a running timer. */
static void halt(struct ikl_wheel *wheel, uint32_t timer)
{
    slot_remove(wheel, timer);
    ikl_timer_make_plain(wheel, timer);
    wheel->links[wheel->timers + timer].next = IKL_STOPPED;
    wheel->running--;
}

static inline bool is_running(const struct ikl_wheel *wheel, uint32_t timer)
{
    return timer < wheel->capacity && ikl_timer_runs(wheel, timer);
}

bool ikl_wheel_stop(struct ikl_wheel *wheel, uint32_t timer)
{
    if (!is_running(wheel, timer)) {
        return false;
    }
    halt(wheel, timer);
    return true;
}

/* Starts a running timer again. */
IKL_OUT_OF_LINE static int start_again(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    slot_remove(wheel, timer);
    ikl_timer_make_plain(wheel, timer);
    put(wheel, timer, deadline);
    return IKL_OK;
}

int ikl_wheel_start(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    if (timer >= wheel->capacity || deadline == IKL_NEVER) {
        return IKL_ERR_INVALID;
    }
    deadline = ikl_time_later(deadline, wheel->position);
    if (ikl_timer_runs(wheel, timer)) {
        return start_again(wheel, timer, deadline);
    }
    wheel->running++;
    put(wheel, timer, deadline);
    return IKL_OK;
}

bool ikl_wheel_push(struct ikl_wheel *wheel, uint32_t timer, ikl_time deadline)
{
    if (!is_running(wheel, timer) || deadline == IKL_NEVER) {
        return false;
    }
    if (deadline > ikl_timer_deadline(wheel, timer)) {
        ikl_timer_note_odd(wheel, timer, ikl_timer_comes_up(wheel, timer), deadline);
    }
    return true;
}

ikl_time ikl_wheel_deadline(const struct ikl_wheel *wheel, uint32_t timer)
{
    return is_running(wheel, timer) ? ikl_timer_deadline(wheel, timer) : IKL_NEVER;
}

/* The first bit that is set at or after bit `from`, in a ring of `n` words, a power of two. At least one is set. */
static uint32_t first_bit(const ikl_word *words, uint32_t n, uint32_t from)
{
    ikl_word bits = words[from / IKL_WORD] >> from % IKL_WORD;
    uint32_t word = from / IKL_WORD;

    if (bits != 0) {
        return from + ikl_lowest_bit(bits);
    }
    do {
        word = (word + 1) & (n - 1);
    } while (words[word] == 0);
    return word * IKL_WORD + ikl_lowest_bit(words[word]);
}

/* The same for the slots of level 0, of which there may be very many. The word of `from`, which is the position, has no
 * timer before that unless it is the only word: level 0 ends where the half of it that the position is in begins
 * again. */
static uint32_t first_bit_of_level_0(const struct ikl_wheel *wheel, uint32_t from)
{
    ikl_word bits = wheel->bits[from / IKL_WORD] >> from % IKL_WORD;
    uint32_t n = wheel->level[0].mask / (IKL_WORD * IKL_WORD) + 1; /* of `words` */
    uint32_t word;

    if (bits != 0) {
        return from + ikl_lowest_bit(bits);
    }
    word = first_bit(wheel->words, n, from / IKL_WORD);
    return word * IKL_WORD + ikl_lowest_bit(wheel->bits[word]);
}

/* The number of the first occupied slot of a level that has timers. */
static uint64_t first_number(const struct ikl_wheel *wheel, unsigned level)
{
    const struct ikl_wheel_level *at = &wheel->level[level];
    uint64_t lowest = level == 0 ? wheel->position : wheel->handed[level - 1];
    uint32_t from = (uint32_t)lowest & at->mask;
    uint32_t slot = level == 0 ? first_bit_of_level_0(wheel, from)
                               : first_bit(&wheel->bits[at->first / IKL_WORD], at->mask / IKL_WORD + 1, from);

    return lowest + ((slot - from) & at->mask);
}

/* The earliest time at which any timer can come up, IKL_NEVER when none runs, and the level that decided. */
struct first {
    ikl_time time;
    unsigned level;
};

static struct first search(const struct ikl_wheel *wheel)
{
    struct first first = {IKL_NEVER, 0};

    for (uint32_t levels = wheel->occupied; levels != 0; levels &= levels - 1) {
        unsigned level = ikl_lowest_bit(levels);
        ikl_time begins = first_number(wheel, level) << wheel->level[level].shift;
        ikl_time time = level == 0 ? begins : *ikl_slot_earliest(wheel, ikl_wheel_slot(wheel, level, begins));

        first = (struct first){ikl_time_earlier(first.time, time), level};
        if (begins < wheel->ends[level]) {
            break;
        }
    }
    return first;
}

/* What `search` finds or has found. */
static inline struct first known_first(const struct ikl_wheel *wheel)
{
    return wheel->first_level != IKL_WHEEL_LEVELS ? (struct first){wheel->first, wheel->first_level} : search(wheel);
}

static inline struct first find_first(struct ikl_wheel *wheel)
{
    struct first first = known_first(wheel);

    wheel->first = first.time;
    wheel->first_level = first.level;
    return first;
}

/* A slot of the level above is as long as 2^this of the level. */
static uint32_t step(const struct ikl_wheel *wheel, unsigned level)
{
    return wheel->level[level + 1].shift - wheel->level[level].shift;
}

/* The number of the first slot of the level above for which `level` has no room. */
static uint64_t room(const struct ikl_wheel *wheel, unsigned level)
{
    uint64_t lowest = level == 0 ? wheel->position : wheel->handed[level - 1];

    return (lowest >> step(wheel, level)) + 2;
}

/* The number of the first slot of the level above that was not handed down to `level`. */
static uint64_t supply(const struct ikl_wheel *wheel, unsigned level)
{
    return level + 1 == wheel->top ? UINT64_MAX : wheel->handed[level + 1] << step(wheel, level + 1);
}

/* Moves the end of a level on, to the slot of the level above with this number, unless it is there or after it. */
static void move_end(struct ikl_wheel *wheel, unsigned level, uint64_t number)
{
    uint32_t shift = wheel->level[level + 1].shift;

    if (wheel->handed[level] < number) {
        wheel->handed[level] = number;
        wheel->ends[level] = number <= UINT64_MAX >> shift ? number << shift : IKL_NEVER;
    }
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Moves the end of a level as far as it has room, over slots that are empty. */
static void settle_level(struct ikl_wheel *wheel, unsigned level)
{
    uint64_t most = smaller(room(wheel, level), supply(wheel, level));

    if (wheel->handed[level] >= most) {
        return;
    }
    move_end(wheel, level, wheel->level[level + 1].used != 0 ? smaller(most, first_number(wheel, level + 1)) : most);
    wheel->ahead = wheel->ahead || wheel->handed[level] != most;
}

void ikl_wheel_settle(struct ikl_wheel *wheel)
{
    uint32_t shift = wheel->level[1].shift;

    ikl_wheel_forget_first(wheel);
    for (unsigned level = 0; wheel->ends[level] < wheel->position; level++) { /* nothing is before the position */
        move_end(wheel, level, wheel->position >> wheel->level[level + 1].shift);
    }
    wheel->ahead = false;
    for (unsigned level = wheel->top; level-- > 0;) {
        settle_level(wheel, level);
    }
    wheel->settled = ((wheel->position >> shift) + 1) << shift;
    if (wheel->settled == 0) {
        wheel->settled = IKL_NEVER;
    }
}

/* Moves the position on; nothing is before `position`. */
static void move_to(struct ikl_wheel *wheel, ikl_time position)
{
    wheel->position = position;
    if (position >= wheel->settled) {
        ikl_wheel_settle(wheel);
    }
}

/* Whether the first slot of `level` that is not handed down has timers and could be. */
static bool can_hand_down(const struct ikl_wheel *wheel, unsigned level)
{
    uint64_t number = wheel->handed[level - 1];
    uint32_t slot = ikl_slot_of_number(wheel, level, number);

    return wheel->links[slot].next != slot && number < room(wheel, level - 1) && number < supply(wheel, level - 1);
}

/* Puts a timer that comes up at a time with this low half into its slot of the level below. */
static inline void put_below(struct ikl_wheel *wheel, unsigned level, uint32_t timer)
{
    if (level == 1) { /* nearly always */
        ikl_slot_append_near(wheel, timer, wheel->comes_up[timer]);
    } else {
        ikl_slot_append(wheel, timer, level - 1, ikl_timer_comes_up(wheel, timer));
    }
}

/* Hands down that slot, or as much of it as `most` timers. Returns how many. */
static uint32_t hand_down(struct ikl_wheel *wheel, unsigned level, uint32_t most)
{
    uint64_t number = wheel->handed[level - 1];
    uint32_t slot = ikl_slot_of_number(wheel, level, number);
    uint32_t node = wheel->links[slot].next;
    uint32_t scout = most >= wheel->running ? wheel->links[slot].prev : slot;
    uint32_t moved;

    for (moved = 0; node != slot && moved < most; moved++) {
        uint32_t timer = node - wheel->timers;

        scout = ikl_wheel_send_scout(wheel, scout, node);
        node = wheel->links[node].next;
        put_below(wheel, level, timer);
    }
    wheel->links[slot].next = node;
    if (node != slot) {
        wheel->links[node].prev = slot;
    } else {
        wheel->links[slot].prev = slot;
        ikl_slot_mark_empty(wheel, slot, level);
        move_end(wheel, level - 1, number + 1);
        ikl_wheel_settle(wheel);
    }
    return moved;
}

/* How many timers a run may hand down ahead of need when it ends, for the time that has passed. */
static uint32_t most_ahead(struct ikl_wheel *wheel, const struct ikl_wheel_work *left)
{
    uint64_t each_ms = (wheel->running >> (wheel->level[1].shift - 1)) + 1; /* all within a fourth of level 0 */
    uint64_t elapsed = smaller(wheel->now - wheel->before, MOST_AHEAD);

    wheel->before = wheel->now;
    return (uint32_t)smaller(smaller(elapsed * each_ms, MOST_AHEAD), left->move);
}

/* Ends a run: if there is work left, hands down ahead of need as many timers as it may. */
static void prepare(struct ikl_wheel *wheel, struct ikl_wheel_work *left)
{
    uint32_t levels = wheel->occupied & ~UINT32_C(1);
    uint32_t may = most_ahead(wheel, left);
    uint32_t most = may;

    while (most != 0 && levels != 0) {
        unsigned level = ikl_lowest_bit(levels);

        if (can_hand_down(wheel, level)) {
            most -= hand_down(wheel, level, most);
        } else {
            levels &= levels - 1;
        }
    }
    left->move -= may - most;
    wheel->ahead = wheel->ahead && (most == 0 || most != may); /* what it stood for was stopped */
}

/* As ikl_wheel_take when the timer may have been pushed: returns it, or puts it off and returns IKL_NO_TIMER. */
static uint32_t take_any(struct ikl_wheel *wheel, struct ikl_wheel_work *left, uint32_t slot)
{
    uint32_t node = wheel->links[slot].next;
    uint32_t timer = node - wheel->timers;
    ikl_time deadline = ikl_timer_deadline(wheel, timer);

    ikl_timer_make_plain(wheel, timer);
    if (deadline <= wheel->position) {
        return ikl_wheel_take(wheel, left, slot);
    }
    left->move--;
    ikl_wheel_halt_first(wheel, slot, node);
    (void)ikl_wheel_start(wheel, timer, deadline);
    return IKL_NO_TIMER;
}

uint32_t ikl_wheel_search_due(struct ikl_wheel *wheel, struct ikl_wheel_work *left)
{
    ikl_time now = wheel->now;

    for (;;) {
        struct first first = find_first(wheel);

        if (first.time > now) {
            move_to(wheel, now);
            prepare(wheel, left);
            return IKL_NO_TIMER;
        }
        if (left->expire == 0 || left->move == 0) {
            return IKL_NO_TIMER;
        }
        move_to(wheel, first.time);
        if (first.level == 0) {
            uint32_t timer = take_any(wheel, left, ikl_slot_of_number(wheel, 0, first.time));

            if (timer != IKL_NO_TIMER) {
                return timer;
            }
        } else if (can_hand_down(wheel, first.level)) {
            left->move -= hand_down(wheel, first.level, left->move);
        } else { /* what was left of slots before it was stopped */
            ikl_wheel_settle(wheel);
        }
    }
}

uint32_t ikl_wheel_expire_within(struct ikl_wheel *wheel, ikl_time now, struct ikl_wheel_work *left)
{
    return ikl_wheel_take_due(wheel, now, left);
}

uint32_t ikl_wheel_expire(struct ikl_wheel *wheel, ikl_time now)
{
    struct ikl_wheel_work left = {UINT32_MAX, UINT32_MAX};

    return ikl_wheel_expire_within(wheel, now, &left);
}

ikl_time ikl_wheel_next_deadline(const struct ikl_wheel *wheel)
{
    return wheel->running != 0 ? ikl_time_later(known_first(wheel).time, wheel->now) : IKL_NEVER;
}

ikl_time ikl_wheel_position(const struct ikl_wheel *wheel)
{
    return wheel->position;
}

uint32_t ikl_wheel_running(const struct ikl_wheel *wheel)
{
    return wheel->running;
}
