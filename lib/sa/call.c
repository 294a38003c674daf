/* SPDX-License-Identifier: ISC */
/* ikelive sa: the two halves of a call into the library: it decides, then it tells.
 *
 * Deciding changes state, sends, and notes facts as marks. It calls the host only for what it needs at once, the
 * leaves: `random`, `send`, `send_batch`, `next_iv`, `last_esp`, the allocator, providers; inside them nothing may
 * change. When the state is whole again, the outermost call tells the marked facts (report.c). Inside a callback that
 * is told, every call only decides; the outermost one goes on telling until nothing is left. */
#include "sa.h"

#include <string.h>

static struct ikl_sa *sa_at(const struct ikl_endpoint *endpoint, uint32_t index)
{
    return ikl_slab_at(&endpoint->sas, index);
}

bool ikl_endpoint_in_leaf(struct ikl_endpoint *endpoint)
{
    if (!endpoint->deciding) {
        return false;
    }
    endpoint->counters.reentrant++;
    return true;
}

int ikl_endpoint_begin(struct ikl_endpoint *endpoint, ikl_time *now)
{
    if (ikl_endpoint_in_leaf(endpoint)) {
        return IKL_ERR_REENTRANT;
    }
    if (*now == IKL_NEVER) {
        endpoint->counters.clock_refused++;
        return IKL_ERR_INVALID;
    }
    *now = ikl_endpoint_clock(endpoint, *now);
    if (endpoint->depth++ == 0) {
        endpoint->call++;
    }
    endpoint->deciding = true;
    return IKL_OK;
}

int ikl_endpoint_begin_outermost(struct ikl_endpoint *endpoint, ikl_time *now)
{
    return endpoint->depth != 0 && !endpoint->deciding ? IKL_ERR_REENTRANT : ikl_endpoint_begin(endpoint, now);
}

static void release_freed(struct ikl_endpoint *endpoint)
{
    while (endpoint->first_freed != IKL_NONE) {
        struct ikl_sa *sa = sa_at(endpoint, endpoint->first_freed);

        endpoint->first_freed = sa->next_freed;
        ikl_sa_release(sa);
    }
}

void ikl_endpoint_leave(struct ikl_endpoint *endpoint, ikl_time now)
{
    if (endpoint->depth == 1) {
        if (ikl_has_to_tell(endpoint)) {
            ikl_report(endpoint, now);
        }
        if (endpoint->batch.n != 0) {
            ikl_batch_flush(endpoint);
        }
        release_freed(endpoint);
    }
    endpoint->deciding = false;
    endpoint->depth--;
}

void ikl_sa_leave(struct ikl_sa *sa, ikl_time now)
{
    ikl_sa_rearm(sa, now);
    ikl_endpoint_leave(sa->endpoint, now);
}

void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    sa->marks.facts |= (uint16_t)fact;
    if (sa->marks.listed) {
        return;
    }
    sa->marks.listed = true;
    sa->marks.next = IKL_NONE;
    if (endpoint->first_told == IKL_NONE) {
        endpoint->first_told = sa->self;
    } else {
        sa_at(endpoint, endpoint->last_told)->marks.next = sa->self;
    }
    endpoint->last_told = sa->self;
}

struct ikl_hand *ikl_sa_take_hand(struct ikl_sa *sa)
{
    struct ikl_hand *hand = &sa->endpoint->hand;

    if (hand->sa != sa) {
        hand->sa = sa;
        hand->has_address = hand->has_alive = hand->has_init_response = hand->has_request = false;
        hand->answered = NULL;
        hand->secret_len = 0;
    }
    ikl_sa_mark(sa, IKL_FACT_IN_HAND);
    return hand;
}

void ikl_sa_drop_facts(struct ikl_sa *sa)
{
    struct ikl_hand *hand = &sa->endpoint->hand;

    sa->marks.facts &= (uint16_t) ~(IKL_FACT_PEER_DELETES | IKL_FACT_EXHAUSTION);
    sa->marks.exhaustions = 0;
    if (hand->sa == sa) {
        hand->has_address = hand->has_init_response = hand->has_request = false;
    }
}
