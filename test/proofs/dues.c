/* SPDX-License-Identifier: ISC */
/* Wherever the monitored Child SAs of an endpoint are in order, with any lists of them: the level that one belongs in
 * reaches as far as the time when it is due, no lower one does, and its slot is no longer than a quarter of the time
 * until then. It is put in last in its slot. No time that is noted, of a slot, of all slots or of those above level 0,
 * is after that of one that is in them; a slot that is noted to be in order is. One that is taken out, or is first in
 * the run, leaves the others linked. None of level 0 is before the first that is found there.
 *
 * bounds: times below 2^33 ms; what is put in is due at 2^32 + 1000 ms, from any position; two others are looked at, of
 * which one may be its neighbour. How the first slot above level 0 is found and handed down, and how all are put into
 * order anew after a leap, is left out
 * each: -DPUT -DLEVEL -DNEAR -DOUT -DRUN
 * cbmc: --unwind 9
 * fault: -DPUT lib/sa/dues.h s/        dues->rest = ikl_time_earlier(dues->rest, at);//
 * fault: -DLEVEL lib/sa/dues.c s/>= IKL_DUES_SLOTS ? 1 : 0/> IKL_DUES_SLOTS ? 1 : 0/
 * fault: -DPUT lib/sa/dues.h s/child->due.at : list->earliest;/list->earliest : child->due.at;/
 * fault: -DPUT lib/sa/dues.h s/            dues->sorted\[level\] &= ~bit;//
 * fault: -DNEAR lib/sa/dues.c s/used << ((IKL_DUES_SLOTS - begin) % IKL_DUES_SLOTS)/0/
 * fault: -DOUT lib/sa/dues.c s/if (child->due.previous == child->due.next)/if (child->due.previous >= IKL_DUES_HEAD)/
 * fault: -DRUN lib/sa/dues.h s/        next->due.previous = IKL_DUES_RUN;// */
#include "proof.h"

#define ikl_slab_at_sized ikl_slab_at_in_chunks
#include "memory/slab.h"
#undef ikl_slab_at_sized
static void *ikl_slab_at_sized(const struct ikl_slab *slab, uint32_t index, size_t item_size);

#include "sa/dues.c"

enum { CHILD, NEIGHBOUR, OTHER, N };

static struct ikl_endpoint endpoint;
static struct ikl_dues *dues;
static struct ikl_child children[N];

static void *ikl_slab_at_sized(const struct ikl_slab *slab, uint32_t index, size_t item_size)
{
    prove(slab == &endpoint.children && item_size == sizeof(children[0]) && index < N);
    return &children[index];
}

/* Low halves of times begin anew in between. */
static ikl_time any_time(void)
{
    return nondet_u64() & ((UINT64_C(1) << 33) - 1);
}

static ikl_time any_time_or_never(void)
{
    return nondet_bool() ? IKL_NEVER : any_time();
}

static void suppose_dues(void)
{
    endpoint.dues = dues;
    dues->position = any_time();
    dues->run = any_time_or_never();
    dues->opens = any_time_or_never();
    dues->rest = any_time_or_never();
    suppose(dues->rest <= dues->opens);
    for (uint32_t i = 0; i < N; i++) {
        children[i].self = i;
    }
}

/* The ring of the level has the time. */
static bool is_in_reach(unsigned level, ikl_time at)
{
    unsigned shift = level * IKL_DUES_STEP;

    return at >= dues->position && (at >> shift) - (dues->position >> shift) < IKL_DUES_SLOTS;
}

#if defined(LEVEL)
static void happen(void)
{
    ikl_time at = any_time();
    unsigned level;

    suppose(at >= dues->position && at - dues->position <= IKL_DUES_REACH);
    level = level_for(dues, (uint32_t)(at - dues->position));
    prove(level < IKL_DUES_LEVELS && is_in_reach(level, at) && (level == 0 || !is_in_reach(level - 1, at)));
    prove(level == 0 || at - dues->position >= UINT64_C(4) << level * IKL_DUES_STEP);
    prove(ikl_due_time(dues, (uint32_t)at) == at);
}
#elif defined(NEAR)
static void happen(void)
{
    ikl_time at = any_time(), near = near_first(dues);

    prove((near == IKL_NEVER) == (dues->used[0] == 0));
    prove(near == IKL_NEVER || (is_in_reach(0, near) && (dues->used[0] >> near % IKL_DUES_SLOTS & 1) != 0));
    prove(!is_in_reach(0, at) || (dues->used[0] >> at % IKL_DUES_SLOTS & 1) == 0 || near <= at);
}
#elif defined(PUT)
/* What is noted of a slot is not after one that is in it. */
static bool is_noted(unsigned level, const struct ikl_dues_list *list, ikl_time at)
{
    return level == 0 || ikl_due_time(dues, list->earliest) <= at;
}

static void put(unsigned level, ikl_time at)
{
    unsigned number = (unsigned)(at >> level * IKL_DUES_STEP) % IKL_DUES_SLOTS;
    uint32_t head = IKL_DUES_HEAD + level * IKL_DUES_SLOTS + number, first;
    struct ikl_dues_list *list = ikl_dues_list(dues, head);
    bool was_used = is_used(dues, head), is_beside = nondet_bool(), is_above = level != 0;
    bool was_sorted = !was_used || (dues->sorted[level] >> number & 1) != 0, is_sorted;
    ikl_time last = any_time(), other = any_time();

    suppose(dues->rest <= other && (dues->opens <= other || !is_above));
    if (was_used) {
        list->last = NEIGHBOUR;
        children[NEIGHBOUR].due.at = (uint32_t)last;
        suppose(is_in_reach(level, last) && last >> level * IKL_DUES_STEP == at >> level * IKL_DUES_STEP);
        suppose(is_noted(level, list, last) && is_in_reach(level, ikl_due_time(dues, list->earliest)));
        suppose(!is_beside || (is_in_reach(level, other) && is_noted(level, list, other)));
        suppose(!is_beside || !was_sorted || other <= last);
    }
    first = list->first;
    ikl_dues_append(&endpoint, &children[CHILD], level, at);
    is_sorted = (dues->sorted[level] >> number & 1) != 0;
    prove(children[CHILD].in_order && children[CHILD].due.at == (uint32_t)at && children[CHILD].due.next == head);
    prove(children[CHILD].due.previous == (was_used ? NEIGHBOUR : head) && list->last == CHILD);
    prove(was_used ? list->first == first && children[NEIGHBOUR].due.next == CHILD : list->first == CHILD);
    prove(is_used(dues, head) && is_sorted == (was_sorted && (!was_used || last <= at)));
    prove(!was_used || !is_beside || !is_sorted || other <= at);
    prove(is_noted(level, list, at) && (!was_used || is_noted(level, list, last)));
    prove(!was_used || !is_beside || is_noted(level, list, other));
    prove(dues->rest <= at && dues->rest <= other && dues->rest <= dues->opens);
    prove(!is_above || (dues->opens <= at && dues->opens <= other));
}

static void happen(void)
{
    const ikl_time at = (UINT64_C(1) << 32) + 1000;
    unsigned right;

    suppose(dues->position <= at && at - dues->position <= IKL_DUES_REACH);
    right = level_for(dues, (uint32_t)(at - dues->position));
    for (unsigned level = 0; level < IKL_DUES_LEVELS; level++) {
        if (level == right) {
            put(level, at);
        }
    }
}
#elif defined(OUT)
static void take_from(uint32_t head)
{
    uint32_t previous = nondet_bool() ? NEIGHBOUR : head, next = nondet_bool() ? OTHER : head;
    bool is_alone = previous == head && next == head;
    ikl_time run = dues->run;

    children[CHILD].due.previous = previous;
    children[CHILD].due.next = next;
    suppose(is_used(dues, head));
    take_out(&endpoint, &children[CHILD]);
    prove(!children[CHILD].in_order && is_used(dues, head) == !is_alone);
    prove((previous == head ? ikl_dues_list(dues, head)->first : children[NEIGHBOUR].due.next) == next);
    prove((next == head ? ikl_dues_list(dues, head)->last : children[OTHER].due.previous) == previous);
    prove(dues->run == (is_alone && head == IKL_DUES_RUN ? IKL_NEVER : run));
}

static void happen(void)
{
    if (nondet_bool()) {
        take_from(IKL_DUES_RUN);
    } else {
        take_from(IKL_DUES_HEAD + IKL_DUES_SLOTS + 1);
    }
}
#else
static void happen(void)
{
    struct ikl_dues_list *list = ikl_dues_list(dues, IKL_DUES_RUN);
    ikl_time run = dues->run, next = any_time();
    bool is_last = nondet_bool();

    suppose(dues->position <= run && run != IKL_NEVER && run <= next && next - run <= UINT32_MAX);
    list->first = CHILD;
    children[CHILD].due.next = is_last ? IKL_DUES_RUN : NEIGHBOUR;
    children[NEIGHBOUR].due.at = (uint32_t)next;
    prove(ikl_dues_take_run(&endpoint) == &children[CHILD] && !children[CHILD].in_order);
    prove(dues->position == run && dues->run == (is_last ? IKL_NEVER : next));
    prove(is_last || (list->first == NEIGHBOUR && children[NEIGHBOUR].due.previous == IKL_DUES_RUN));
}
#endif

int main(void)
{
    struct ikl_dues any;

    dues = &any;
    suppose_dues();
    happen();
    return 0;
}
