/* SPDX-License-Identifier: ISC */
/* ikelive sa: the monitored Child SAs of an IKE SA in the order in which they are due: a pairing heap through the Child
 * SAs themselves, so that what is not due costs nothing. A Child SA that joins another list leaves it by making it
 * stale; then it is gathered anew before it is used.
 *
 * Only the low half of a time is kept: the times in a heap are less than two days apart. */
#include "monitored.h"

static struct ikl_child *child_at(const struct ikl_sa *sa, uint32_t index)
{
    return ikl_slab_at(&sa->endpoint->children, index);
}

static bool is_before(const struct ikl_child *a, const struct ikl_child *b)
{
    return b->due.at - a->due.at - 1 < IKL_DUE_PAST - 1;
}

/* Makes one heap of two, which are not empty. */
static struct ikl_child *merge(struct ikl_child *a, struct ikl_child *b)
{
    struct ikl_child *first = is_before(b, a) ? b : a, *second = first == a ? b : a;

    second->due.next = first->due.first;
    first->due.first = second->self;
    return first;
}

/* Makes heaps of pairs of those in the list, in the opposite order. */
static uint32_t merge_pairs(const struct ikl_sa *sa, uint32_t list)
{
    uint32_t pairs = IKL_NONE;

    while (list != IKL_NONE) {
        struct ikl_child *heap = child_at(sa, list);

        list = heap->due.next;
        if (list != IKL_NONE) {
            struct ikl_child *other = child_at(sa, list);

            list = other->due.next;
            heap = merge(heap, other);
        }
        heap->due.next = pairs;
        pairs = heap->self;
    }
    return pairs;
}

/* Makes one heap of it and those in the list. */
static struct ikl_child *merge_all(const struct ikl_sa *sa, struct ikl_child *heap, uint32_t list)
{
    while (list != IKL_NONE) {
        struct ikl_child *other = child_at(sa, list);

        list = other->due.next;
        heap = merge(heap, other);
    }
    return heap;
}

void ikl_dues_begin(struct ikl_sa *sa)
{
    sa->first_due = IKL_NONE;
}

void ikl_dues_add(struct ikl_sa *sa, struct ikl_child *child, ikl_time at)
{
    child->due = (struct ikl_due){.at = (uint32_t)at, .first = IKL_NONE, .next = IKL_NONE};
    sa->first_due = sa->first_due != IKL_NONE ? merge(child_at(sa, sa->first_due), child)->self : child->self;
}

void ikl_dues_put_off(struct ikl_sa *sa, ikl_time at)
{
    struct ikl_child *child = child_at(sa, sa->first_due);
    uint32_t pairs = merge_pairs(sa, child->due.first);

    child->due = (struct ikl_due){.at = (uint32_t)at, .first = IKL_NONE, .next = IKL_NONE};
    sa->first_due = merge_all(sa, child, pairs)->self;
}
