/* SPDX-License-Identifier: ISC */
/* A Child SA that goes down is out of the list of its IKE SA, of the table, and of the Delete of ours or of the peer's
 * that names it, each once, and no other Child SA is. It is to be told, with the reason, which is a rekey when another
 * took its place; it is the first of its IKE SA to tell, until its place is given back, once.
 *
 * bounds: two Child SAs, of which one goes; no other has gone
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 3
 * fault: lib/sa/child.c /^static void unlink_child/,/^}/s/^ *leave_group.*;$//
 * fault: lib/sa/child.c s/child->replaced ? IKL_DOWN_REKEYED : reason/reason/
 * fault: lib/sa/child.c s/link->previous, list)->next = link->next;/link->previous, list)->next = index;/
 * fault: lib/sa/child.c s/^ *take_out(sa->endpoint, IN_SA, &sa->first_child, child->self);// */
#include "slabs.h"

#include "sa/child.c"
#include "sa/valid.h"

static struct ikl_child children[2];
static struct ikl_own_request own;
static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static unsigned n_removed, n_marked, n_given;

/* As slab proves. */
void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    if (slab == &endpoint.children) {
        prove(index <= 1);
        return index == 0 ? &children[0] : &children[1];
    }
    prove(index == 0);
    return slab == &endpoint.sas ? (void *)&sa : (void *)&own;
}

void ikl_child_table_remove(struct ikl_endpoint *of, struct ikl_child *child)
{
    prove(of == &endpoint && child->owner == 1);
    n_removed++;
}

void ikl_sa_mark(struct ikl_sa *which, enum ikl_fact fact)
{
    prove(which == &sa && fact == IKL_FACT_CHILD_DOWN);
    n_marked++;
}

void ikl_monitoring_rest(struct ikl_sa *which, struct ikl_child *child)
{
    (void)child;
    prove(which == &sa);
}

void ikl_slab_give(struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.children && !children[index].paired);
    n_given++;
}

void ikl_slab_give_pair(struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &endpoint.children && children[index].paired);
    n_given++;
}

/* Both are in the list of the IKE SA. One group has the one that goes, or both, before or behind it. */
static void have_any_children(uint32_t gone)
{
    unsigned group = nondet_u8() % 3; /* none, marked, claimed */
    bool has_other = nondet_bool();
    uint32_t *first = group == 1 ? &endpoint.first_marked : &own.first_child, other = 1 - gone;
    struct ikl_child any, any_other;

    children[0] = any;
    children[1] = any_other;
    endpoint.first_marked = endpoint.first_gone = own.first_child = IKL_NONE;
    sa.first_child = 0;
    for (uint32_t i = 0; i < 2; i++) {
        children[i].self = i;
        children[i].owner = 1;
        children[i].gone = false;
        children[i].marked = group == 1 && (i == gone || has_other);
        children[i].claimed = children[i].marked ? nondet_bool() : group == 2 && (i == gone || has_other);
        children[i].deleted_by = 0;
        children[i].in_sa = (struct ikl_link){.next = i == 0 ? 1 : IKL_NONE, .previous = 1 - i};
    }
    if (group != 0 && !has_other) {
        *first = gone;
        children[gone].in_group = (struct ikl_link){.next = IKL_NONE, .previous = gone};
    } else if (group != 0) {
        *first = nondet_bool() ? gone : other;
        children[*first].in_group = (struct ikl_link){.next = 1 - *first, .previous = 1 - *first};
        children[1 - *first].in_group = (struct ikl_link){.next = IKL_NONE, .previous = *first};
    }
}

static void prove_gone(struct ikl_child *child, const struct ikl_child *was, enum ikl_down_reason reason)
{
    const struct ikl_child *other = &children[1 - child->self];
    uint32_t in_group = other->marked || other->claimed ? other->self : IKL_NONE;

    prove(child->gone && n_removed == 1 && n_marked == 1);
    prove(ikl_child_reason(child) == (was->replaced ? IKL_DOWN_REKEYED : reason));
    prove(sa.first_child == other->self && ikl_sa_children_are_valid(&sa) && !other->gone);
    prove((other->marked ? endpoint.first_marked : own.first_child) == in_group);
    prove((other->marked ? own.first_child : endpoint.first_marked) == IKL_NONE);
    prove(in_group == IKL_NONE || (other->in_group.next == IKL_NONE && other->in_group.previous == other->self));
    prove(ikl_sa_first_gone(&sa) == child && !ikl_sa_has_child(&sa, child));
    ikl_sa_release_gone(&sa, child);
    prove(n_given == 1 && ikl_sa_first_gone(&sa) == NULL && sa.first_child == other->self);
}

int main(void)
{
    uint32_t gone = nondet_bool() ? 1 : 0;
    enum ikl_down_reason reason = (enum ikl_down_reason)(nondet_u8() % (IKL_DOWN_CRASHED + 1));
    struct ikl_child was;

    endpoint.children.n_chunks = 1;
    endpoint.next_told = nondet_bool() ? gone : IKL_NONE;
    endpoint.now = nondet_u64();
    suppose(endpoint.now != IKL_NEVER);
    sa.endpoint = &endpoint;
    have_any_children(gone);
    was = children[gone];
    ikl_sa_child_gone(&sa, &children[gone], reason);
    prove_gone(&children[gone], &was, reason);
    prove(endpoint.next_told != gone);
    return 0;
}
