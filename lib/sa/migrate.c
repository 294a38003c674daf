/* SPDX-License-Identifier: ISC */
/* ikelive sa: moves an IKE SA to another endpoint, with all that it has. First come the checks, then room is made, and
 * nothing fails after that. What each part of an IKE SA takes along stands in the file of that part. */
#include "evidence.h"
#include "keying.h"
#include "syncing.h"

/* Its key state is of no use to another cipher, even one with the same algorithm. */
static int check_cipher(const struct ikl_sa *sa, const struct ikl_endpoint *to)
{
    const struct ikl_cipher *cipher;
    int result;

    if (!ikl_sa_has_keys(sa)) {
        return IKL_OK;
    }
    result = ikl_endpoint_cipher(to, ikl_sa_suite(sa), &cipher);
    return result != IKL_OK || cipher == ikl_sa_cipher(sa) ? result : IKL_ERR_UNSUPPORTED;
}

static int check(const struct ikl_sa *sa, const struct ikl_endpoint *to)
{
    if (!ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_STATE;
    }
    if (to->max_message < sa->endpoint->max_message || sa->group >= to->n_groups) {
        return IKL_ERR_INVALID;
    }
    if (sa->heir != IKL_NONE || sa->first_forebear != IKL_NONE || ikl_endpoint_find(to, ikl_sa_own_spi(sa)) != NULL) {
        return IKL_ERR_BUSY;
    }
    return check_cipher(sa, to);
}

/* Reserves room for keys, with the cipher that it has. */
static int reserve_keys(const struct ikl_sa *sa, struct ikl_endpoint *to, uint16_t *keying)
{
    const struct ikl_cipher *cipher;

    if (!ikl_sa_has_keys(sa)) {
        return ikl_share_reserve(to, ikl_share_of(to, NULL));
    }
    cipher = ikl_sa_cipher(sa);
    return ikl_sa_reserve_keys(to, ikl_sa_suite(sa), cipher, keying) == IKL_OK
               ? ikl_share_reserve(to, ikl_share_of(to, cipher))
               : IKL_ERR_NO_MEMORY;
}

static int reserve(const struct ikl_sa *sa, struct ikl_endpoint *to, uint16_t *keying)
{
    if (reserve_keys(sa, to, keying) != IKL_OK || ikl_sa_reserve_place(to) != IKL_OK ||
        ikl_sa_reserve_responses(to, sa->receive_window.size) != IKL_OK ||
        ikl_slab_reserve(&to->requests, ikl_sa_count_requests(sa)) != IKL_OK ||
        ikl_sa_reserve_copies(sa, to) != IKL_OK || ikl_sa_reserve_token(sa, to) != IKL_OK ||
        ikl_sa_reserve_sync(sa, to) != IKL_OK || ikl_key_change_reserve(sa, to, *keying) != IKL_OK ||
        ikl_beside_reserve_carry(&sa->endpoint->kept, &to->kept, ikl_sa_own_spi(sa)) != IKL_OK ||
        (sa->extra != IKL_NONE && ikl_slab_reserve(&to->extras, 1) != IKL_OK)) {
        return IKL_ERR_NO_MEMORY;
    }
    return IKL_OK;
}

/* Whether what it borrows is within its share there too. */
static bool is_within_share(const struct ikl_sa *sa, struct ikl_endpoint *to)
{
    struct ikl_sa there;

    ikl_sa_liken(&there, sa, to);
    there.held = 0; /* it does not count there yet */
    return ikl_share_allows(&there, sa->held) && ikl_share_has(&there, sa->held);
}

/* Makes its likeness there, which counts for its share. */
static struct ikl_sa *settle(struct ikl_sa *sa, struct ikl_endpoint *to)
{
    struct ikl_sa *there = ikl_sa_place(sa, to);

    ikl_sa_unmark(there);
    ikl_share_leave(sa);
    ikl_share_enter(there);
    return there;
}

static void withdraw(struct ikl_sa *sa)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    ikl_spi_table_remove(&endpoint->spis, ikl_sa_own_spi(sa), sa->self);
    ikl_wheel_stop(endpoint->wheel, sa->self);
    ikl_group_leave(endpoint, sa->group);
}

static void join_group(struct ikl_sa *sa, const struct ikl_endpoint *left, ikl_time now)
{
    ikl_sa_tell_group(sa, now);
    if (ikl_group_take_outage(sa->endpoint, sa->group, left)) {
        ikl_sa_mark(sa, IKL_FACT_OUTAGE);
    }
}

static struct ikl_sa *commit(struct ikl_sa *sa, struct ikl_endpoint *to, uint16_t keying, ikl_time now)
{
    struct ikl_sa *there = settle(sa, to);

    ikl_sa_carry_keys(sa, there, keying);
    ikl_key_change_carry(sa, there);
    ikl_history_carry(sa, there);
    ikl_sa_carry_extra(sa, there);
    ikl_sa_carry_token(sa, there);
    ikl_sa_carry_sync(sa, there);
    ikl_beside_carry(&sa->endpoint->kept, &to->kept, ikl_sa_own_spi(sa));
    ikl_sa_carry_answers(sa, there);
    ikl_sa_copy_children(sa, there);
    ikl_sa_carry_requests(sa, there);
    ikl_sa_carry_blocked(there);
    ikl_sa_forget_children(sa);
    withdraw(sa);
    ikl_sa_enroll(there);
    join_group(there, sa->endpoint, now);
    ikl_sa_release(sa);
    return there;
}

int ikl_decide_migrate(struct ikl_sa *sa, struct ikl_endpoint *to, ikl_time now, struct ikl_sa **out)
{
    uint16_t keying = IKL_NO_KEYING;
    int result = check(sa, to);

    if (result == IKL_OK) {
        result = reserve(sa, to, &keying);
    }
    if (result == IKL_OK && !is_within_share(sa, to)) {
        result = IKL_ERR_NO_BUFFER;
    }
    if (result == IKL_OK) {
        *out = commit(sa, to, keying, now);
    }
    return result;
}
