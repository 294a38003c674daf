/* SPDX-License-Identifier: ISC */
/* ikelive sa: the two halves of a call into the library: it decides, then it tells.
 *
 * Deciding changes state, sends, and notes facts as marks. It calls the host only for what it needs at once, the
 * leaves: `random`, `send`, `send_batch`, `next_iv`, `last_esp`, `monitor_probe`, the allocator, providers; inside
 * them nothing may change. When the state is whole again, the outermost call tells the marked facts (report.c). Inside
 * a callback that is told, every call only decides; the outermost one goes on telling until nothing is left. */
#include "call.h"
#include "sa.h"

#include <string.h>

static struct ikl_sa *sa_at(const struct ikl_endpoint *endpoint, uint32_t index)
{
    return ikl_slab_at(&endpoint->sas, index);
}

/* The endpoint's clock stands still while the host's clock is behind. Counts for how long, by the host's clock. */
static void fall_behind(struct ikl_endpoint *endpoint, ikl_time now)
{
    endpoint->counters.clock_backward++;
    if (endpoint->behind != IKL_NEVER && now > endpoint->behind) {
        endpoint->counters.clock_clamped += now - endpoint->behind;
    }
    endpoint->behind = now;
}

static void catch_up(struct ikl_endpoint *endpoint)
{
    endpoint->counters.clock_clamped += endpoint->now - endpoint->behind;
    endpoint->behind = IKL_NEVER;
}

int ikl_endpoint_set_odd_clock(struct ikl_endpoint *endpoint, ikl_time *now)
{
    if (*now == IKL_NEVER) {
        endpoint->counters.clock_refused++;
        return IKL_ERR_INVALID;
    }
    if (*now < endpoint->now) {
        fall_behind(endpoint, *now);
        *now = endpoint->now;
        return IKL_OK;
    }
    catch_up(endpoint);
    endpoint->now = *now;
    return IKL_OK;
}

int ikl_endpoint_begin(struct ikl_endpoint *endpoint, ikl_time *now)
{
    return ikl_call_begin(endpoint, now);
}

/* Gives back what the host has freed. */
static void release_freed(struct ikl_endpoint *endpoint)
{
    while (endpoint->first_freed != IKL_NONE) {
        struct ikl_sa *sa = sa_at(endpoint, endpoint->first_freed);

        endpoint->first_freed = sa->next_freed;
        ikl_sa_release(sa);
    }
}

void ikl_endpoint_finish(struct ikl_endpoint *endpoint, ikl_time now)
{
    if (ikl_has_to_tell(endpoint)) {
        ikl_call_tell(endpoint, now);
    }
    if (!ikl_batch_is_empty(&endpoint->batch)) {
        ikl_batch_flush(endpoint);
    }
    release_freed(endpoint);
}

void ikl_endpoint_leave(struct ikl_endpoint *endpoint, ikl_time now)
{
    ikl_call_leave(endpoint, now);
}

void ikl_sa_leave(struct ikl_sa *sa, ikl_time now)
{
    ikl_sa_rearm(sa, now);
    ikl_endpoint_leave(sa->endpoint, now);
}
