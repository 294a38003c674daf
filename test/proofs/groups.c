/* SPDX-License-Identifier: ISC */
/* Beside the list of its IKE SA a Child SA is in one list at most: that of the Delete of ours that names it, or, while
 * a message is handled that ends it, that of those that are marked. Whoever joins is last in line; whoever leaves is in
 * no list, or last in that of our Delete again, which still names it; no other changes its place. Its monitor rests
 * before it joins one, and goes on when it is in none.
 *
 * bounds: two Child SAs of one IKE SA, and one Delete of ours
 * each: -DCLAIM -DMARK
 * long: -DRELEASE -DMARK_CLAIMED -DUNMARK
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 4
 * fault: -DMARK lib/sa/child.c s/link_of(endpoint, head->previous, list)->next = index;//
 * fault: -DMARK lib/sa/child.c /^void ikl_sa_mark_child/,/^}/s/^ *leave_group(sa->endpoint, child);//
 * fault: -DUNMARK lib/sa/child.c s/if (!child->claimed) {/if (true) {/
 * fault: -DCLAIM lib/sa/child.c s/^ *child->deleted_by = own->self;//
 * fault: -DRELEASE lib/sa/child.c s/} else if (child->monitored) {/} else if (false) {/ */
#include "slabs.h"

#include "sa/child.c"

enum group { FREE, CLAIMED, MARKED };

static struct ikl_child children[2], were[2];
static struct ikl_own_request own;
static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static bool rests[2]; /* the monitor of one that has some */

void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    if (slab == &endpoint.children) {
        prove(index <= 1);
        return index == 0 ? &children[0] : &children[1];
    }
    prove(index == 0);
    return slab == &endpoint.sas ? (void *)&sa : (void *)&own;
}

static uint32_t index_of(const struct ikl_child *child)
{
    prove(child == &children[0] || child == &children[1]);
    return child == &children[0] ? 0 : 1;
}

void ikl_monitoring_rest(struct ikl_sa *which, struct ikl_child *child)
{
    prove(which == &sa && child->monitored);
    rests[index_of(child)] = true;
}

void ikl_monitoring_wake(struct ikl_sa *which, struct ikl_child *child)
{
    prove(which == &sa && child->monitored && !child->claimed && !child->marked);
    rests[index_of(child)] = false;
}

static enum group group_in(const struct ikl_child *child)
{
    return child->marked ? MARKED : child->claimed ? CLAIMED : FREE;
}

static bool is_in(uint32_t index, enum group group)
{
    return group_in(&children[index]) == group;
}

/* A list has just those that belong there; returns the first of two. */
static uint32_t check_list(uint32_t first, enum group group)
{
    uint32_t second = first ^ 1u;

    if (!is_in(0, group) && !is_in(1, group)) {
        prove(first == IKL_NONE);
        return IKL_NONE;
    }
    prove(first <= 1 && is_in(first, group));
    if (is_in(second, group)) {
        prove(children[first].in_group.next == second && children[first].in_group.previous == second);
        prove(children[second].in_group.next == IKL_NONE && children[second].in_group.previous == first);
        return first;
    }
    prove(children[first].in_group.next == IKL_NONE && children[first].in_group.previous == first);
    return IKL_NONE;
}

static void link_alone(uint32_t index, uint32_t *list)
{
    children[index].in_group = (struct ikl_link){.next = IKL_NONE, .previous = index};
    *list = index;
}

static void link_both(uint32_t first, uint32_t *list)
{
    uint32_t second = first ^ 1u;

    children[first].in_group = (struct ikl_link){.next = second, .previous = second};
    children[second].in_group = (struct ikl_link){.next = IKL_NONE, .previous = first};
    *list = first;
}

static void have_any_lists(void)
{
    uint32_t *lists[] = {[CLAIMED] = &own.first_child, [MARKED] = &endpoint.first_marked};

    sa.endpoint = &endpoint;
    own.first_child = endpoint.first_marked = endpoint.first_gone = IKL_NONE;
    for (uint32_t n = 0; n < 2; n++) {
        children[n].self = n;
        children[n].owner = 1;
        children[n].monitored = nondet_bool();
        children[n].claimed = nondet_bool();
        children[n].marked = nondet_bool();
        rests[n] = group_in(&children[n]) != FREE;
        if (group_in(&children[n]) != FREE) {
            link_alone(n, lists[group_in(&children[n])]);
        }
    }
    if (group_in(&children[0]) != FREE && group_in(&children[0]) == group_in(&children[1])) {
        link_both(nondet_bool() ? 1 : 0, lists[group_in(&children[0])]);
    }
    were[0] = children[0];
    were[1] = children[1];
}

/* The group that one was in; where it has to be; and whether it may have joined. */
#if defined(CLAIM)
static enum group expect(uint32_t index)
{
    return index == 1 ? CLAIMED : group_in(&were[0]);
}

static void happen(void)
{
    suppose(group_in(&children[1]) == FREE);
    ikl_sa_claim_child(&sa, &children[1], &own);
    prove(children[1].deleted_by == own.self && own.self == 0);
}
#elif defined(RELEASE)
static enum group expect(uint32_t index)
{
    return group_in(&were[index]) == CLAIMED ? FREE : group_in(&were[index]);
}

static void happen(void)
{
    ikl_sa_release_claimed(&sa, &own);
}
#elif defined(MARK)
static enum group expect(uint32_t index)
{
    return index == 1 ? MARKED : group_in(&were[0]);
}

static void happen(void)
{
    ikl_sa_mark_child(&sa, &children[1]);
}
#elif defined(MARK_CLAIMED)
static enum group expect(uint32_t index)
{
    return group_in(&were[index]) == CLAIMED ? MARKED : group_in(&were[index]);
}

static void happen(void)
{
    ikl_sa_mark_claimed(&sa, &own);
}
#else
static enum group expect(uint32_t index)
{
    return group_in(&were[index]) != MARKED ? group_in(&were[index]) : were[index].claimed ? CLAIMED : FREE;
}

static void happen(void)
{
    ikl_sa_unmark_children(&sa);
}
#endif

/* Who was there is before who has joined. */
static void check_order(uint32_t first, enum group group)
{
    if (first != IKL_NONE && group_in(&were[first]) != group) {
        prove(group_in(&were[first ^ 1u]) != group);
    }
}

int main(void)
{
    uint32_t first;

    children[0].deleted_by = children[1].deleted_by = 0;
#if defined(CLAIM)
    children[1].deleted_by = 1;
#endif
    have_any_lists();
    happen();
    for (uint32_t n = 0; n < 2; n++) {
        prove(group_in(&children[n]) == expect(n) && !children[n].gone && children[n].owner == 1);
        prove(!children[n].monitored || rests[n] == (expect(n) != FREE));
    }
    first = check_list(own.first_child, CLAIMED);
    check_order(first, CLAIMED);
    first = check_list(endpoint.first_marked, MARKED);
    check_order(first, MARKED);
    return 0;
}
