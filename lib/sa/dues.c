/* SPDX-License-Identifier: ISC */
/* ikelive sa: the monitored Child SAs of an IKE SA in the order in which they are due, so that what is not due costs
 * nothing. Two structures run through the Child SAs themselves. A Child SA that is due after all in the queue goes to
 * its end: with one interval for all, that is each that was looked at. Any other goes into a pairing heap. The first of
 * all is the first of one of the two.
 *
 * Of a Child SA in the queue, `first` is the one before it; before the head is the tail. The last of those beside each
 * other in the heap has the one above them as `next`.
 *
 * Only the low half of a time is kept: the times in order are less than two days apart. */
#include "monitored.h"

#include "out_of_line.h"

enum { MOST_BESIDE = 64 };

static struct ikl_child *child_at(const struct ikl_sa *sa, uint32_t index)
{
    return ikl_slab_at(&sa->endpoint->children, index);
}

static void set_place(struct ikl_child *child, enum ikl_due_place place)
{
    child->due_place = (uint8_t)place & 3u;
}

void ikl_dues_begin(struct ikl_sa *sa)
{
    sa->dues = (struct ikl_dues){.queue = IKL_NONE, .heap = IKL_NONE};
    sa->monitors_stale = false;
}

/* Puts it at the end of the queue, unless that has a later one. */
static bool append(struct ikl_sa *sa, struct ikl_child *child)
{
    struct ikl_child *head, *tail;

    if (sa->dues.queue == IKL_NONE) {
        sa->dues.queue = child->due.first = child->self;
        return true;
    }
    head = child_at(sa, sa->dues.queue);
    tail = child_at(sa, head->due.first);
    if (ikl_is_due_before(child, tail)) {
        return false;
    }
    tail->due.next = child->self;
    child->due.first = tail->self;
    head->due.first = child->self;
    return true;
}

static void take_from_queue(struct ikl_sa *sa, const struct ikl_child *child)
{
    uint32_t next = child->due.next, before = child->due.first;

    if (sa->dues.queue == child->self) {
        sa->dues.queue = next;
    } else {
        child_at(sa, before)->due.next = next;
    }
    if (next != IKL_NONE) {
        child_at(sa, next)->due.first = before;
    } else if (sa->dues.queue != IKL_NONE) {
        child_at(sa, sa->dues.queue)->due.first = before;
    }
}

/* Makes one heap of two, which are not empty. */
static struct ikl_child *merge(struct ikl_child *a, struct ikl_child *b)
{
    struct ikl_child *first = ikl_is_due_before(b, a) ? b : a, *second = first == a ? b : a;
    bool is_only = first->due.first == IKL_NONE;

    set_place(second, is_only ? IKL_DUE_LAST_IN_HEAP : IKL_DUE_IN_HEAP);
    second->due.next = is_only ? first->self : first->due.first;
    first->due.first = second->self;
    return first;
}

/* The first of those below it, and the next one beside it; or IKL_NONE. */
static uint32_t beside(const struct ikl_child *child)
{
    return child->due_place == IKL_DUE_IN_HEAP ? child->due.next : IKL_NONE;
}

/* Makes heaps of pairs of those in the list, in the opposite order: a list that ends with IKL_NONE. */
static uint32_t merge_pairs(const struct ikl_sa *sa, uint32_t list)
{
    uint32_t pairs = IKL_NONE;

    while (list != IKL_NONE) {
        struct ikl_child *heap = child_at(sa, list);

        list = beside(heap);
        if (list != IKL_NONE) {
            struct ikl_child *other = child_at(sa, list);

            list = beside(other);
            heap = merge(heap, other);
        }
        heap->due.next = pairs;
        pairs = heap->self;
    }
    return pairs;
}

/* Makes one heap of those below it: that, or IKL_NONE. */
static uint32_t merge_below(const struct ikl_sa *sa, const struct ikl_child *child)
{
    uint32_t pairs = merge_pairs(sa, child->due.first), heap = IKL_NONE;

    while (pairs != IKL_NONE) {
        struct ikl_child *other = child_at(sa, pairs);

        pairs = other->due.next;
        heap = heap != IKL_NONE ? merge(child_at(sa, heap), other)->self : other->self;
    }
    return heap;
}

/* Makes one heap of the IKE SA's and this one. */
static void add_heap(struct ikl_sa *sa, struct ikl_child *heap)
{
    sa->dues.heap = sa->dues.heap != IKL_NONE ? merge(child_at(sa, sa->dues.heap), heap)->self : heap->self;
}

/* Takes it, with those below it, from the one above it. False when that has too many others below it. */
static bool cut(const struct ikl_sa *sa, const struct ikl_child *child)
{
    const struct ikl_child *last = child;
    struct ikl_child *above, *before;
    int n = 0;

    while (last->due_place == IKL_DUE_IN_HEAP && n++ < MOST_BESIDE) {
        last = child_at(sa, last->due.next);
    }
    if (last->due_place == IKL_DUE_IN_HEAP) {
        return false;
    }
    above = child_at(sa, last->due.next);
    if (above->due.first == child->self) {
        above->due.first = beside(child);
        return true;
    }
    before = child_at(sa, above->due.first);
    while (before->due.next != child->self && n++ < MOST_BESIDE) {
        before = child_at(sa, before->due.next);
    }
    if (before->due.next != child->self) {
        return false;
    }
    before->due.next = child->due.next;
    before->due_place = child->due_place;
    return true;
}

static bool take_from_heap(struct ikl_sa *sa, const struct ikl_child *child)
{
    uint32_t below;

    if (sa->dues.heap == child->self) {
        sa->dues.heap = merge_below(sa, child);
        return true;
    }
    if (!cut(sa, child)) {
        return false;
    }
    below = merge_below(sa, child);
    if (below != IKL_NONE) {
        add_heap(sa, child_at(sa, below));
    }
    return true;
}

static void add(struct ikl_sa *sa, struct ikl_child *child, ikl_time at)
{
    child->due = (struct ikl_due){.at = (uint32_t)at, .first = IKL_NONE, .next = IKL_NONE};
    if (append(sa, child)) {
        set_place(child, IKL_DUE_IN_QUEUE);
    } else {
        set_place(child, IKL_DUE_IN_HEAP);
        add_heap(sa, child);
    }
}

/* False when that would take too long. */
static bool take_out(struct ikl_sa *sa, const struct ikl_child *child)
{
    if (child->due_place == IKL_DUE_NOWHERE) {
        return true;
    }
    if (child->due_place == IKL_DUE_IN_QUEUE) {
        take_from_queue(sa, child);
        return true;
    }
    return take_from_heap(sa, child);
}

/* Only an IKE SA that is ESTABLISHED has room for the order. */
static bool has_order(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_ESTABLISHED && !sa->monitors_stale;
}

void ikl_dues_add(struct ikl_sa *sa, struct ikl_child *child, ikl_time at)
{
    if (has_order(sa)) {
        add(sa, child, at);
    }
}

void ikl_dues_remove(struct ikl_sa *sa, struct ikl_child *child)
{
    if (has_order(sa) && !take_out(sa, child)) {
        sa->monitors_stale = true;
    }
    set_place(child, IKL_DUE_NOWHERE);
}

/* The head of the queue, which now has another time, becomes its tail. False when the tail is later. */
static bool turn_queue(struct ikl_sa *sa, struct ikl_child *child)
{
    struct ikl_child *tail = child_at(sa, child->due.first);
    uint32_t next = child->due.next;

    if (next == IKL_NONE) {
        return true;
    }
    if (ikl_is_due_before(child, tail)) {
        return false;
    }
    tail->due.next = child->self;
    child->due.next = IKL_NONE;
    child_at(sa, next)->due.first = child->self;
    sa->dues.queue = next;
    return true;
}

IKL_OUT_OF_LINE static void move_first(struct ikl_sa *sa, struct ikl_child *child, ikl_time at)
{
    (void)take_out(sa, child); /* the first is taken out at once */
    add(sa, child, at);
}

void ikl_dues_put_off(struct ikl_sa *sa, struct ikl_child *child, ikl_time at)
{
    child->due.at = (uint32_t)at;
    if (child->due_place != IKL_DUE_IN_QUEUE || !turn_queue(sa, child)) {
        move_first(sa, child, at);
    }
}
