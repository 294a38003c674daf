/* SPDX-License-Identifier: ISC */
/* ikelive sa: one IKE SA takes the place of another (RFC 7296 §1.3.2, §2.8, §2.18). */
#include "address.h"
#include "evidence.h"
#include "trim.h"

#include <string.h>

/* Compares octet by octet; a prefix is lower. */
static int compare(struct ikl_octets a, struct ikl_octets b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common != 0 ? memcmp(a.data, b.data, common) : 0;

    if (order != 0 || a.len == b.len) {
        return order;
    }
    return a.len < b.len ? -1 : 1;
}

static struct ikl_octets lower(struct ikl_octets a, struct ikl_octets b)
{
    return compare(a, b) <= 0 ? a : b;
}

bool ikl_nonces_lose(struct ikl_octets a_i, struct ikl_octets a_r, struct ikl_octets b_i, struct ikl_octets b_r)
{
    return compare(lower(a_i, a_r), lower(b_i, b_r)) < 0;
}

static int check(const struct ikl_sa *sa, const struct ikl_sa *replacement)
{
    if (sa == replacement || sa->endpoint != replacement->endpoint) {
        return IKL_ERR_INVALID;
    }
    return ikl_sa_may(sa, IKL_SA_REPLACE) && ikl_sa_may(replacement, IKL_SA_REPLACE) ? IKL_OK : IKL_ERR_STATE;
}

/* Moves all Child SAs, even those with a Delete under way: its answer comes on the old IKE SA, and finds them. */
static void move_children(struct ikl_sa *from, struct ikl_sa *to)
{
    struct ikl_child *child = ikl_sa_first_child(from);

    while (child != NULL) {
        struct ikl_child *next = ikl_sa_next_child(from, child);

        ikl_sa_move_child(from, to, child);
        child = next;
    }
}

/* The peer is the same, and along the same path as far away. What the replacement has measured itself counts more. */
static void hand_on_round_trip(const struct ikl_sa *from, struct ikl_sa *to)
{
    if (ikl_sa_measures(to) && to->round_trip.samples == 0 && ikl_is_same_path(&from->path, &to->path)) {
        to->round_trip = from->round_trip;
        to->last_round_trip = from->last_round_trip;
    }
}

static void replace(struct ikl_sa *sa, struct ikl_sa *replacement, bool we_delete, uint32_t wait, ikl_time now)
{
    ikl_idle_heard(&replacement->idle, ikl_sa_evidence(sa, now));
    hand_on_round_trip(sa, replacement);
    move_children(sa, replacement);
    ikl_sa_move_queued(sa, replacement);
    ikl_sa_move_forebears(sa, replacement);
    ikl_sa_add_forebear(replacement, sa);
    ikl_sa_hold_delete(sa, we_delete, wait, now);
    ikl_sa_enter(sa, IKL_SA_REPLACE, now);
    ikl_sa_tick_held(sa, now);
    ikl_sa_pump(replacement, now);
    ikl_sa_rearm(replacement, now);
}

int ikl_decide_replace(struct ikl_sa *sa, struct ikl_sa *replacement, bool we_delete, uint32_t wait, ikl_time now)
{
    int result = check(sa, replacement);

    if (result == IKL_OK) {
        replace(sa, replacement, we_delete, wait, now);
    }
    return result;
}
