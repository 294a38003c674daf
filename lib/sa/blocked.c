/* SPDX-License-Identifier: ISC */
/* ikelive sa: requests of ours that the host could not send, because sending would have blocked. policy/run.c says what
 * this does to their schedule. */
#include "alarm.h"
#include "attempts.h"
#include "event.h"
#include "message/header.h"
#include "sent.h"

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

/* False when the request may not wait: then its send has failed. */
static bool has_to_wait(struct ikl_sa *sa, struct ikl_request *request, ikl_time now)
{
    if (!ikl_run_blocked(&request->run, now)) {
        return false;
    }
    await_writable(sa);
    return true;
}

static void count(struct ikl_sa *sa, const struct ikl_request *request, ikl_time now)
{
    if (request->run.first_sent == IKL_NEVER || ikl_run_is_first(&request->run)) {
        ikl_request_count_first(sa, request, now);
    } else {
        ikl_request_count_again(sa, request, now);
    }
}

void ikl_request_note_otherwise(struct ikl_sa *sa, struct ikl_request *request, bool told, ikl_time now)
{
    int result = request->send_result;

    if (result == IKL_ERR_BLOCKED && has_to_wait(sa, request, now)) {
        request->counted = told;
        told = true;
    } else if (!ikl_batch_is_used(&sa->endpoint->batch)) {
        ikl_run_left(&request->run, now);
    }
    if (!told) {
        count(sa, request, now);
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

/* A message in fragments has left when its last one has. */
static bool is_last_of_message(const struct ikl_header *header, const uint8_t *fragment_header)
{
    return header->next_payload != IKL_PAYLOAD_SKF ||
           ikl_load_u16(fragment_header + 4) == ikl_load_u16(fragment_header + 6);
}

/* The request of ours whose last datagram this is; null when it is none. */
static struct ikl_request *request_in(struct ikl_sa *sa, const uint8_t *datagram)
{
    struct ikl_header header;

    ikl_header_load(&header, datagram);
    if ((header.flags & IKL_FLAG_RESPONSE) != 0 || !is_last_of_message(&header, datagram + IKL_HEADER_LEN)) {
        return NULL;
    }
    return ikl_sa_find_sent(sa, header.message_id);
}

void ikl_sa_batch_said(struct ikl_sa *sa, const uint8_t *datagram, bool blocked, ikl_time now)
{
    struct ikl_request *request = request_in(sa, datagram);

    if (request == NULL || (!blocked && !request->run.blocked) || (blocked && !has_to_wait(sa, request, now))) {
        return;
    }
    if (blocked) {
        request->counted = true;
    } else {
        ikl_run_left(&request->run, now);
    }
    ikl_sa_wake_by(sa, request->run.deadline, now);
}
