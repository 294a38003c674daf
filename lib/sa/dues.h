/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the monitored Child SAs of an endpoint in the order in which they are due; taking the next one
 * and putting it back are in line, because each probe does so. dues.c says what the order is made of. */
#ifndef IKL_SA_DUES_H
#define IKL_SA_DUES_H

#include "bits.h"
#include "children.h"

enum {
    IKL_DUES_SLOTS = 64, /* of a level */
    IKL_DUES_LEVELS = 8,
    IKL_DUES_STEP = 3,         /* a slot is 2^this times as long as one of the level below */
    IKL_DUES_USUAL = 2,        /* the level of those that are due within some seconds */
    IKL_DUES_LEAP = 1 << 25,   /* ms that the position stays behind now at the most */
    IKL_DUES_REACH = 120000000 /* ms after the position when the last one is due: that and a day */
};

/* The lists of Child SAs are circular; these numbers stand for their heads. First those of the slots, level by level,
 * then that of the run. No Child SA has so high an index. */
#define IKL_DUES_HEAD (UINT32_C(1) << 31)
#define IKL_DUES_RUN (IKL_DUES_HEAD + IKL_DUES_LEVELS * IKL_DUES_SLOTS)

struct ikl_dues_list {
    uint32_t first, last; /* unless it is empty */
    uint32_t earliest;    /* the low half of a time that nothing in it is before; in slots above level 0 */
};

struct ikl_dues {
    ikl_time position; /* nothing is due before */
    ikl_time told;     /* the latest time that was told */
    ikl_time run;      /* nothing in the run is due before; IKL_NEVER: that is empty */
    ikl_time rest;     /* nothing in a slot */
    ikl_time opens;    /* nothing in a slot above level 0 */
    /* By level, bit n: slot n is not empty; and those in it are in order. */
    uint64_t used[IKL_DUES_LEVELS], sorted[IKL_DUES_LEVELS];
    struct ikl_dues_list lists[IKL_DUES_LEVELS * IKL_DUES_SLOTS + 1];
};

/* dues.c */

/* Makes it, with nothing in order, unless it is there already. IKL_ERR_NO_MEMORY. */
int ikl_dues_reserve(struct ikl_endpoint *endpoint);
/* What that takes of an arena. */
uint64_t ikl_dues_octets(void);
void ikl_dues_free(struct ikl_endpoint *endpoint);
/* One more. What is due later than the order reaches comes early. */
void ikl_dues_add(struct ikl_endpoint *endpoint, struct ikl_child *child, ikl_time at);
/* One fewer, if it is in order. */
void ikl_dues_remove(struct ikl_endpoint *endpoint, struct ikl_child *child);
/* A run of the endpoint begins: the position is not far behind `now` from here on. */
void ikl_dues_begin(struct ikl_endpoint *endpoint, ikl_time now);
/* As ikl_dues_take and ikl_dues_put in the general case. */
struct ikl_child *ikl_dues_search(struct ikl_endpoint *endpoint, ikl_time now, struct ikl_wheel_work *left);
void ikl_dues_place(struct ikl_endpoint *endpoint, struct ikl_child *child, ikl_time at);

static inline struct ikl_child *ikl_due_child(const struct ikl_endpoint *endpoint, uint32_t index)
{
    return ikl_slab_at_sized(&endpoint->children, index, sizeof(struct ikl_child));
}

static inline struct ikl_dues_list *ikl_dues_list(struct ikl_dues *dues, uint32_t head)
{
    return &dues->lists[head - IKL_DUES_HEAD];
}

/* The time from the position on that has this low half. */
static inline ikl_time ikl_due_time(const struct ikl_dues *dues, uint32_t low)
{
    return dues->position + (uint32_t)(low - (uint32_t)dues->position);
}

/* Whether one low half is of a time before the other's. */
static inline bool ikl_is_due_before(uint32_t a, uint32_t b)
{
    return (a - b) >> 31 != 0;
}

/* Whether one is in order, and due. */
static inline bool ikl_is_due(const struct ikl_endpoint *endpoint, const struct ikl_child *child, ikl_time now)
{
    return child->in_order && ikl_due_time(endpoint->dues, child->due.at) <= now;
}

/* Takes the first one of the run, which is not empty. */
static inline struct ikl_child *ikl_dues_take_run(struct ikl_endpoint *endpoint)
{
    struct ikl_dues *dues = endpoint->dues;
    struct ikl_dues_list *run = ikl_dues_list(dues, IKL_DUES_RUN);
    struct ikl_child *child = ikl_due_child(endpoint, run->first);

    dues->position = dues->run;
    run->first = child->due.next;
    if (run->first == IKL_DUES_RUN) {
        dues->run = IKL_NEVER;
    } else {
        struct ikl_child *next = ikl_due_child(endpoint, run->first);

        next->due.previous = IKL_DUES_RUN;
        dues->run = ikl_due_time(dues, next->due.at);
    }
    child->in_order = false;
    return child;
}

/* Takes the next one that is due; null: there is none, or it would take more work than is left to move others. */
static inline struct ikl_child *ikl_dues_take(struct ikl_endpoint *endpoint, ikl_time now, struct ikl_wheel_work *left)
{
    const struct ikl_dues *dues = endpoint->dues;

    return dues->run <= now && dues->run <= dues->rest ? ikl_dues_take_run(endpoint)
                                                       : ikl_dues_search(endpoint, now, left);
}

/* Puts it into its slot of a level. */
static inline void ikl_dues_append(struct ikl_endpoint *endpoint, struct ikl_child *child, unsigned level, ikl_time at)
{
    struct ikl_dues *dues = endpoint->dues;
    unsigned number = (uint32_t)at >> level * IKL_DUES_STEP & (IKL_DUES_SLOTS - 1);
    uint64_t bit = UINT64_C(1) << number;
    uint32_t head = IKL_DUES_HEAD + level * IKL_DUES_SLOTS + number;
    struct ikl_dues_list *list = ikl_dues_list(dues, head);

    child->due = (struct ikl_due){.at = (uint32_t)at, .next = head, .previous = head};
    child->in_order = true;
    if ((dues->used[level] & bit) == 0) {
        dues->used[level] |= bit;
        dues->sorted[level] |= bit;
        list->first = child->self;
        list->earliest = (uint32_t)at;
    } else {
        struct ikl_child *last = ikl_due_child(endpoint, list->last);

        child->due.previous = list->last;
        last->due.next = child->self;
        if (ikl_is_due_before(child->due.at, last->due.at)) {
            dues->sorted[level] &= ~bit;
            list->earliest = ikl_is_due_before(child->due.at, list->earliest) ? child->due.at : list->earliest;
        }
    }
    list->last = child->self;
    if (at < dues->opens) {
        dues->opens = level != 0 ? at : dues->opens;
        dues->rest = ikl_time_earlier(dues->rest, at);
    }
}

/* Puts one into order that was taken in this run of the endpoint, and is due again after now. */
static inline void ikl_dues_put(struct ikl_endpoint *endpoint, struct ikl_child *child, ikl_time at)
{
    enum { LEAST = IKL_DUES_SLOTS << IKL_DUES_STEP, MOST = (LEAST << IKL_DUES_STEP) - IKL_DUES_SLOTS };

    if (at - endpoint->dues->position - LEAST < MOST - LEAST) {
        ikl_dues_append(endpoint, child, IKL_DUES_USUAL, at);
    } else {
        ikl_dues_place(endpoint, child, at);
    }
}

/* When the first is due, but not before the latest time that was told; IKL_NEVER: there is none. It may be early after
 * one was removed or put off, once for each. */
static inline ikl_time ikl_dues_next(const struct ikl_endpoint *endpoint)
{
    const struct ikl_dues *dues = endpoint->dues;

    return dues != NULL ? ikl_time_later(ikl_time_earlier(dues->run, dues->rest), dues->told) : IKL_NEVER;
}

#endif
