/* SPDX-License-Identifier: ISC */
/* Any IKE SA that is valid, with two requests besides the probe, two Child SAs and two other IKE SAs. For proofs that
 * are built as for size, where what headers have in line is in one file: theirs. In the place of one function is what
 * slab proves of it: each index has an item of its own. */
#ifndef HEIRS_H
#define HEIRS_H

#include "slabs.h"

#include "sa/valid.h"

static struct ikl_endpoint endpoint;
static struct ikl_sa ike_sa, heir, other; /* the latter two: the heir of both, or those whose heir it is */
static struct ikl_own_request first_request, second_request;
static struct ikl_child first_child, second_child;
static struct ikl_sa before;
static struct ikl_own_request first_before, second_before;
static bool is_forgotten[2]; /* a request is given back */

void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    if (slab == &endpoint.sas) {
        prove(index <= 2);
        return index == 0 ? &ike_sa : index == 1 ? &heir : &other;
    }
    prove(index <= 1);
    if (slab == &endpoint.requests) {
        prove(!is_forgotten[index]);
        return index == 0 ? &first_request : &second_request;
    }
    prove(slab == &endpoint.children);
    return index == 0 ? &first_child : &second_child;
}

static void forget_request(uint32_t index)
{
    prove(index <= 1 && !is_forgotten[index]);
    is_forgotten[index] = true;
}

static inline uint32_t none_or(uint32_t index)
{
    return nondet_bool() ? index : IKL_NONE;
}

static void have_any_requests(void)
{
    struct ikl_own_request request, other_request;

    first_request = request;
    first_request.self = 0;
    first_request.next = none_or(1);
    first_request.request.stored = none_or(0);
    second_request = other_request;
    second_request.self = 1;
    second_request.next = IKL_NONE;
    second_request.request.stored = none_or(1);
}

/* A list that has one of the Child SAs, or both, or neither. */
static void link_children(uint32_t *first, struct ikl_link *of_first, struct ikl_link *of_second, bool has_first,
                          bool has_second)
{
    *first = has_first ? 0 : has_second ? 1 : IKL_NONE;
    if (has_first) {
        *of_first = (struct ikl_link){.next = has_second ? 1 : IKL_NONE, .previous = has_second ? 1 : 0};
    }
    if (has_second) {
        *of_second = (struct ikl_link){.next = IKL_NONE, .previous = has_first ? 0 : 1};
    }
}

/* Those of one IKE SA. A Delete of ours may name one of them. */
static void have_any_children(uint32_t *list)
{
    struct ikl_child child, other_child;

    first_child = child;
    first_child.self = first_child.in_group.previous = 0;
    second_child = other_child;
    second_child.self = second_child.in_group.previous = 1;
    first_child.in_group.next = second_child.in_group.next = IKL_NONE;
    link_children(list, &first_child.in_sa, &second_child.in_sa, nondet_bool(), nondet_bool());
    first_request.first_child = none_or(0);
    second_request.first_child = none_or(1);
}

/* As in child.c. */
static struct ikl_child *child_at(uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&endpoint.children, index) : NULL;
}

struct ikl_child *ikl_sa_first_child(const struct ikl_sa *sa)
{
    return child_at(sa->first_child);
}

struct ikl_child *ikl_sa_next_child(const struct ikl_sa *sa, const struct ikl_child *child)
{
    (void)sa;
    return child_at(child->in_sa.next);
}

struct ikl_child *ikl_sa_first_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    (void)sa;
    return child_at(own->first_child);
}

struct ikl_child *ikl_sa_next_in_group(const struct ikl_sa *sa, const struct ikl_child *child)
{
    (void)sa;
    prove(child->in_group.next == IKL_NONE);
    return NULL;
}

/* The Delete names none any more. */
static void disclaim(const struct ikl_own_request *own)
{
    if (own == &first_request) {
        first_request.first_child = IKL_NONE;
        first_child.claimed = false;
    } else {
        second_request.first_child = IKL_NONE;
        second_child.claimed = false;
    }
}

void ikl_sa_release_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    prove(sa == &ike_sa);
    disclaim(own);
}

void ikl_sa_forget_earlier(struct ikl_sa *sa, struct ikl_own_request *own)
{
    prove(sa == &ike_sa);
    own->earlier = IKL_NONE;
}

/* Of the other two, the one is the heir of both, or of neither; or it is their heir. */
static void have_any_heirs(bool has_heir)
{
    bool is_behind = nondet_bool();
    struct ikl_sa any, any_other;

    heir = any;
    heir.endpoint = &endpoint;
    heir.self = 1;
    other = any_other;
    other.endpoint = &endpoint;
    other.self = 2;
    ike_sa.heir = has_heir ? 1 : IKL_NONE;
    if (has_heir) {
        heir.heir = IKL_NONE;
        heir.first_forebear = is_behind ? 2 : 0;
        other.heir = 1;
        other.next_forebear = is_behind ? 0 : IKL_NONE;
        ike_sa.next_forebear = is_behind ? IKL_NONE : none_or(2);
    } else {
        ike_sa.first_forebear = none_or(1);
        heir.heir = other.heir = 0;
        heir.next_forebear = none_or(2);
        other.next_forebear = IKL_NONE;
    }
}

static void have_any_ike_sa(void)
{
    struct ikl_sa sa;

    ike_sa = sa;
    ike_sa.endpoint = &endpoint;
    ike_sa.self = 0;
    ike_sa.first_request = none_or(0);
    ike_sa.probe.stored = none_or(2);
    endpoint.first_told = endpoint.last_told = IKL_NONE;
    endpoint.next_told = none_or(0);
    have_any_requests();
}

static void keep_before(void)
{
    before = ike_sa;
    first_before = first_request;
    second_before = second_request;
}

static bool has(const struct ikl_own_request *own)
{
    return before.first_request != IKL_NONE && (own == &first_request || first_before.next != IKL_NONE);
}

#endif
