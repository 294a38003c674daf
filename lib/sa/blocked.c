/* SPDX-License-Identifier: ISC */
/* ikelive sa: requests of ours that the host could not send, because sending would have blocked. policy/run.c says what
 * this does to their schedule. */
#include "alarm.h"
#include "attempts.h"
#include "event.h"

/* The endpoint tries the IKE SAs that wait in the order of their indices, round and round, so that each gets its share.
 * An index before the first one therefore comes last. */
static void remember(struct ikl_blocked *blocked, uint32_t index)
{
    uint32_t n = UINT32_MAX;

    if (blocked->n == 0) {
        blocked->from = index;
    }
    if (index >= blocked->from) {
        n = index - blocked->from + 1;
    }
    blocked->n = n > blocked->n ? n : blocked->n;
}

static void await_writable(struct ikl_sa *sa)
{
    remember(&sa->endpoint->blocked, sa->self);
    sa->endpoint->has_blocked = true;
}

bool ikl_request_has_to_wait(struct ikl_sa *sa, struct ikl_request *request, ikl_time now)
{
    if (!ikl_run_blocked(&request->run, now)) {
        return false;
    }
    await_writable(sa);
    return true;
}

void ikl_request_note_otherwise(struct ikl_sa *sa, struct ikl_request *request, bool told, ikl_time now)
{
    int result = request->send_result;

    if (result == IKL_ERR_BLOCKED && ikl_request_has_to_wait(sa, request, now)) {
        request->counted = told;
        told = true;
    } else if (!ikl_batch_is_used(&sa->endpoint->batch)) {
        ikl_run_left(&request->run, now);
    }
    if (!told) {
        ikl_request_count(sa, request, now);
        ikl_request_is_to_tell(sa, request);
    }
    if (result != IKL_OK) {
        ikl_history_add_failure(sa, result, now);
    }
}

void ikl_sa_carry_blocked(struct ikl_sa *sa)
{
    const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request);

    while (own != NULL && !own->request.run.blocked) {
        own = ikl_request_at(sa->endpoint, own->next);
    }
    if (own != NULL || sa->probe.run.blocked) {
        await_writable(sa);
    }
}
