/* SPDX-License-Identifier: ISC */
/* Any IKE SA that is valid and lives, with two requests besides the probe, which may have ended, or one with
 * ONE_REQUEST; no Child SA and no heir.
 *
 * It is built as for size, where what headers have in line is in one file: the proof that includes this. In the place
 * of ikl_slab_at it has what slab proves of it: each index has an item of its own. */
#ifndef IKE_SA_H
#define IKE_SA_H

#include "slabs.h"

#include "sa/valid.h"

#include "paths.h"

static struct ikl_endpoint endpoint;
static struct ikl_sa ike_sa;
static struct ikl_own_request first_request, second_request;

/* As they were. */
static struct ikl_sa before;
static struct ikl_own_request first_before, second_before;

/* What the proof has in other slabs. */
static void *item_of(const struct ikl_slab *slab, uint32_t index);

void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    if (slab != &endpoint.requests) {
        return item_of(slab, index);
    }
    prove(index <= 1);
    return index == 0 ? &first_request : &second_request;
}

static bool is_same(const void *a, const void *b, size_t len)
{
    bool same = true;

    for (size_t i = 0; i < len / sizeof(uint64_t); i++) {
        same = same && ((const uint64_t *)a)[i] == ((const uint64_t *)b)[i];
    }
    return same;
}

/* For what is valid. */
struct ikl_child *ikl_sa_first_child(const struct ikl_sa *sa)
{
    (void)sa;
    return NULL;
}

struct ikl_child *ikl_sa_next_child(const struct ikl_sa *sa, const struct ikl_child *child)
{
    (void)sa;
    (void)child;
    prove(false);
    return NULL;
}

static void have_any_ike_sa(void)
{
    struct ikl_sa sa;
    struct ikl_own_request request, other_request;

    endpoint.first_told = IKL_NONE;
    first_request = request;
#ifdef ONE_REQUEST
    first_request.next = IKL_NONE;
#else
    first_request.next = 1;
#endif
    second_request = other_request;
    second_request.next = IKL_NONE;
    ike_sa = sa;
    ike_sa.endpoint = &endpoint;
    ike_sa.path = any_path();
    ike_sa.first_request = 0;
    ike_sa.first_child = ike_sa.heir = ike_sa.first_forebear = IKL_NONE;
    suppose(ike_sa.state < IKL_SA_DYING && ikl_sa_is_valid(&ike_sa));
    before = ike_sa;
    first_before = first_request;
    second_before = second_request;
}

#endif
