/* SPDX-License-Identifier: ISC */
/* ikelive sa: the monitored Child SAs of an endpoint in the order in which they are due, so that what is not due costs
 * nothing. They are in the slots of levels, in lists that run through the Child SAs themselves.
 *
 * A slot of level 0 is 1 ms long, and each level has slots that are eight times as long as those of the level below.
 * Every level is a ring that begins with the slot at the position. A Child SA is put at the end of its slot in the
 * lowest level that reaches as far as the time when it is due: so a slot is at most a quarter as long as that is away.
 *
 * A slot of level 0 stands for its own time. Every other one has a note of a time that none of its Child SAs is before,
 * and when that has come the slot is opened. If all in it are in order, as they are when they have one interval, they
 * become the run, from which they are taken one by one. Only one slot at a time can be the run. Any other is handed
 * down: each that is in it is put where it now belongs, in a lower level. Few are in one slot, so that takes little
 * time at once; within a limit on the work the rest waits, as the position waits for it. None is handed down more often
 * than there are levels, and for the usual intervals once or twice.
 *
 * Only the low half of a time is kept. It is enough because all times are within the reach of the highest level, for
 * which a position that is far behind now is moved there and all are put into order anew. */
#include "dues.h"

#include "memory/arena.h"

#include <string.h>

int ikl_dues_reserve(struct ikl_endpoint *endpoint)
{
    struct ikl_dues *dues = endpoint->dues;

    if (dues != NULL) {
        return IKL_OK;
    }
    dues = endpoint->allocator.allocate(endpoint->allocator.user, sizeof(*dues));
    if (dues == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    memset(dues, 0, sizeof(*dues)); /* the position too: ikl_dues_begin has it follow */
    dues->run = dues->rest = dues->opens = IKL_NEVER;
    endpoint->dues = dues;
    return IKL_OK;
}

uint64_t ikl_dues_octets(void)
{
    return ikl_arena_piece(sizeof(struct ikl_dues));
}

void ikl_dues_free(struct ikl_endpoint *endpoint)
{
    if (endpoint->dues != NULL) {
        endpoint->allocator.release(endpoint->allocator.user, endpoint->dues, sizeof(*endpoint->dues));
    }
}

/* The lowest level whose ring reaches so many ms beyond the position. */
static unsigned level_for(const struct ikl_dues *dues, uint32_t away)
{
    unsigned level = (ikl_highest_bit(away | UINT32_C(1) << IKL_DUES_STEP) - IKL_DUES_STEP) / IKL_DUES_STEP;
    unsigned shift = level * IKL_DUES_STEP;
    uint32_t begun = (uint32_t)dues->position & ((UINT32_C(1) << shift) - 1);

    return level + ((away + begun) >> shift >= IKL_DUES_SLOTS ? 1 : 0);
}

void ikl_dues_place(struct ikl_endpoint *endpoint, struct ikl_child *child, ikl_time at)
{
    const struct ikl_dues *dues = endpoint->dues;

    at = ikl_time_earlier(at, ikl_time_after(dues->position, IKL_DUES_REACH));
    ikl_dues_append(endpoint, child, level_for(dues, (uint32_t)(at - dues->position)), at);
}

/* The first slot of a level, as a number from 0 on; the level is not empty. */
static unsigned first_slot(const struct ikl_dues *dues, unsigned level)
{
    unsigned begin = dues->position >> level * IKL_DUES_STEP & (IKL_DUES_SLOTS - 1);
    uint64_t used = dues->used[level];

    used = used >> begin | used << ((IKL_DUES_SLOTS - begin) % IKL_DUES_SLOTS);
    return (begin + ikl_lowest_bit(used)) % IKL_DUES_SLOTS;
}

/* The slot above level 0 that is to be opened first, and when. */
static uint32_t find_opening(struct ikl_dues *dues)
{
    uint32_t found = IKL_DUES_HEAD;

    dues->opens = IKL_NEVER;
    for (unsigned level = 1; level < IKL_DUES_LEVELS; level++) {
        if (dues->used[level] != 0) {
            uint32_t head = IKL_DUES_HEAD + level * IKL_DUES_SLOTS + first_slot(dues, level);
            ikl_time at = ikl_due_time(dues, ikl_dues_list(dues, head)->earliest);

            found = at < dues->opens ? head : found;
            dues->opens = ikl_time_earlier(dues->opens, at);
        }
    }
    return found;
}

/* When the first in level 0 is due; IKL_NEVER: there is none. */
static ikl_time near_first(const struct ikl_dues *dues)
{
    if (dues->used[0] == 0) {
        return IKL_NEVER;
    }
    return dues->position + (first_slot(dues, 0) - (unsigned)dues->position) % IKL_DUES_SLOTS;
}

/* Makes one the next of the other; either may be the head of their list. */
static void join(struct ikl_endpoint *endpoint, uint32_t previous, uint32_t next)
{
    if (previous >= IKL_DUES_HEAD) {
        ikl_dues_list(endpoint->dues, previous)->first = next;
    } else {
        ikl_due_child(endpoint, previous)->due.next = next;
    }
    if (next >= IKL_DUES_HEAD) {
        ikl_dues_list(endpoint->dues, next)->last = previous;
    } else {
        ikl_due_child(endpoint, next)->due.previous = previous;
    }
}

static bool is_used(const struct ikl_dues *dues, uint32_t head)
{
    uint32_t slot = head - IKL_DUES_HEAD;

    return head == IKL_DUES_RUN ? dues->run != IKL_NEVER
                                : (dues->used[slot / IKL_DUES_SLOTS] >> slot % IKL_DUES_SLOTS & 1) != 0;
}

static void set_empty(struct ikl_dues *dues, uint32_t head)
{
    uint32_t slot = head - IKL_DUES_HEAD;

    if (head == IKL_DUES_RUN) {
        dues->run = IKL_NEVER;
    } else {
        dues->used[slot / IKL_DUES_SLOTS] &= ~(UINT64_C(1) << slot % IKL_DUES_SLOTS);
    }
}

static void take_out(struct ikl_endpoint *endpoint, struct ikl_child *child)
{
    child->in_order = false;
    join(endpoint, child->due.previous, child->due.next);
    if (child->due.previous == child->due.next) {
        set_empty(endpoint->dues, child->due.next);
    }
}

/* Takes the first out of a slot that is not empty. */
static struct ikl_child *take_first(struct ikl_endpoint *endpoint, uint32_t head)
{
    struct ikl_child *child = ikl_due_child(endpoint, ikl_dues_list(endpoint->dues, head)->first);

    take_out(endpoint, child);
    return child;
}

/* Moves a list that is not empty to the end of another one, of which it is known whether it is. */
static void move_list(struct ikl_endpoint *endpoint, uint32_t from, uint32_t to, bool to_is_empty)
{
    struct ikl_dues_list *list = ikl_dues_list(endpoint->dues, from);

    join(endpoint, to_is_empty ? to : ikl_dues_list(endpoint->dues, to)->last, list->first);
    join(endpoint, list->last, to);
    set_empty(endpoint->dues, from);
}

/* Hands down a slot, as far as the work goes that may be done. False when that is not all. */
static bool hand_down(struct ikl_endpoint *endpoint, uint32_t head, struct ikl_wheel_work *left)
{
    struct ikl_dues *dues = endpoint->dues;

    while (is_used(dues, head)) {
        struct ikl_child *child;

        if (left->move == 0) {
            return false;
        }
        left->move--;
        child = take_first(endpoint, head);
        ikl_dues_place(endpoint, child, ikl_due_time(dues, child->due.at));
    }
    return true;
}

/* Makes a slot the run, if that can be; else hands it down. */
static bool open_slot(struct ikl_endpoint *endpoint, uint32_t head, struct ikl_wheel_work *left)
{
    struct ikl_dues *dues = endpoint->dues;
    uint32_t slot = head - IKL_DUES_HEAD;

    if (dues->run != IKL_NEVER || (dues->sorted[slot / IKL_DUES_SLOTS] >> slot % IKL_DUES_SLOTS & 1) == 0) {
        return hand_down(endpoint, head, left);
    }
    dues->run = ikl_due_time(dues, ikl_due_child(endpoint, ikl_dues_list(dues, head)->first)->due.at);
    move_list(endpoint, head, IKL_DUES_RUN, true);
    return true;
}

/* Opens the slot whose time has come. False when the work may not be done. */
static bool open_next(struct ikl_endpoint *endpoint, struct ikl_wheel_work *left)
{
    struct ikl_dues *dues = endpoint->dues;
    ikl_time opens = dues->opens;
    uint32_t head = find_opening(dues);

    if (dues->opens != opens) { /* what it stood for is gone */
        return true;
    }
    dues->position = opens;
    if (!open_slot(endpoint, head, left)) {
        return false;
    }
    (void)find_opening(dues);
    return true;
}

/* Takes the first of level 0, which is due at that time. */
static struct ikl_child *take_near(struct ikl_endpoint *endpoint, ikl_time at)
{
    endpoint->dues->position = at;
    return take_first(endpoint, IKL_DUES_HEAD + at % IKL_DUES_SLOTS);
}

struct ikl_child *ikl_dues_search(struct ikl_endpoint *endpoint, ikl_time now, struct ikl_wheel_work *left)
{
    struct ikl_dues *dues = endpoint->dues;

    for (;;) {
        ikl_time near = near_first(dues);

        dues->rest = ikl_time_earlier(near, dues->opens);
        if (dues->run <= now && dues->run <= dues->rest) {
            return ikl_dues_take_run(endpoint);
        }
        if (dues->rest > now) {
            dues->position = now;
            return NULL;
        }
        if (near < dues->opens) {
            return take_near(endpoint, near);
        }
        if (!open_next(endpoint, left)) {
            return NULL;
        }
    }
}

/* What in a list is due before `now` is due then. */
static void keep_from(const struct ikl_endpoint *endpoint, uint32_t head, ikl_time now)
{
    const struct ikl_dues *dues = endpoint->dues;

    for (uint32_t index = dues->lists[head - IKL_DUES_HEAD].first; index < IKL_DUES_HEAD;) {
        struct ikl_child *child = ikl_due_child(endpoint, index);

        child->due.at = (uint32_t)ikl_time_later(ikl_due_time(dues, child->due.at), now);
        index = child->due.next;
    }
}

/* Makes `now` the position, and puts all into order anew. */
static void begin_anew(struct ikl_endpoint *endpoint, ikl_time now)
{
    struct ikl_dues *dues = endpoint->dues;

    for (uint32_t head = IKL_DUES_HEAD; head <= IKL_DUES_RUN; head++) {
        if (is_used(dues, head)) {
            keep_from(endpoint, head, now);
        }
    }
    for (uint32_t head = IKL_DUES_HEAD; head < IKL_DUES_RUN; head++) {
        if (is_used(dues, head)) {
            move_list(endpoint, head, IKL_DUES_RUN, dues->run == IKL_NEVER);
            dues->run = now;
        }
    }
    dues->position = now;
    dues->rest = dues->opens = IKL_NEVER;
    while (dues->run != IKL_NEVER) {
        struct ikl_child *child = take_first(endpoint, IKL_DUES_RUN);

        ikl_dues_place(endpoint, child, ikl_due_time(dues, child->due.at));
    }
}

void ikl_dues_begin(struct ikl_endpoint *endpoint, ikl_time now)
{
    struct ikl_dues *dues = endpoint->dues;

    dues->told = now;
    if (now - dues->position > IKL_DUES_LEAP) {
        begin_anew(endpoint, now);
    }
}

void ikl_dues_add(struct ikl_endpoint *endpoint, struct ikl_child *child, ikl_time at)
{
    ikl_dues_begin(endpoint, endpoint->now);
    ikl_dues_place(endpoint, child, at);
}

void ikl_dues_remove(struct ikl_endpoint *endpoint, struct ikl_child *child)
{
    if (child->in_order) {
        take_out(endpoint, child);
    }
}
