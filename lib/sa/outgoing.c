/* ikelive sa: our requests. Sends, retransmits, probes, gives up; keeps the one timer of the IKE SA.
 * SPDX-License-Identifier: ISC */
#include "sa.h"

#include <string.h>

enum { PROBE_RETRY = 1000 }; /* ms until a liveness check that could not be made is tried again */

void ikl_outgoing_init(struct ikl_outgoing *outgoing)
{
    memset(outgoing, 0, sizeof(*outgoing));
    outgoing->stored = IKL_NONE;
    outgoing->next = IKL_NONE;
}

static struct ikl_outgoing *request_at(const struct ikl_sa *sa, uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&sa->endpoint->requests, index) : NULL;
}

const struct ikl_outgoing *ikl_sa_oldest(const struct ikl_sa *sa)
{
    const struct ikl_outgoing *request = request_at(sa, sa->first_request);

    if (!sa->probe.outstanding) {
        return request;
    }
    return request != NULL && request->run.message_id < sa->probe.run.message_id ? request : &sa->probe;
}

ikl_time ikl_sa_evidence(struct ikl_sa *sa, ikl_time now)
{
    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        if (child->heard != IKL_NEVER) {
            ikl_liveness_heard(&sa->liveness, ikl_time_earlier(child->heard, now));
        }
    }
    return sa->liveness.heard;
}

/* The earliest thing this IKE SA has to do. */
static ikl_time deadline_of(const struct ikl_sa *sa)
{
    ikl_time deadline = ikl_liveness_due(&sa->liveness);

    if (sa->probe.outstanding) {
        deadline = ikl_time_earlier(deadline, sa->probe.run.deadline);
    }
    for (const struct ikl_outgoing *request = request_at(sa, sa->first_request); request != NULL;
         request = request_at(sa, request->next)) {
        deadline = ikl_time_earlier(deadline, request->run.deadline);
    }
    return deadline;
}

/* Starts the timer, never in the tick at `now`. At the last time there is, where sums of times end, no later tick can
 * come: it stops. */
static void wake_at(struct ikl_sa *sa, ikl_time deadline, ikl_time now)
{
    deadline = ikl_time_later(deadline, ikl_time_after(now, 1));
    if (deadline == IKL_NEVER || deadline == now) {
        ikl_wheel_stop(sa->endpoint->wheel, sa->self);
    } else {
        (void)ikl_wheel_start(sa->endpoint->wheel, sa->self, deadline);
    }
}

void ikl_sa_rearm(struct ikl_sa *sa, ikl_time now)
{
    wake_at(sa, deadline_of(sa), now);
}

static bool is_closed(const struct ikl_sa *sa)
{
    return sa->state != IKL_SA_ESTABLISHED;
}

static void report_attempt(struct ikl_sa *sa, const struct ikl_outgoing *outgoing, int send_result)
{
    const struct ikl_exchange *run = &outgoing->run;
    struct ikl_attempt attempt = {.exchange = run->type,
                                  .message_id = run->message_id,
                                  .retransmission = ikl_exchange_sends(run) - 1,
                                  .wait = ikl_schedule_wait(run->schedule, run->attempt),
                                  .liveness = outgoing->liveness,
                                  .send_result = send_result};

    if (sa->endpoint->callbacks.attempt != NULL) {
        sa->endpoint->callbacks.attempt(sa->endpoint->user, sa, &attempt);
    }
}

/* The datagram of an outstanding request, in the endpoint's message buffer, as it was sent before. */
static int make_again(struct ikl_sa *sa, const struct ikl_outgoing *outgoing, size_t *len)
{
    struct ikl_draft draft = {.exchange = outgoing->run.type, .message_id = outgoing->run.message_id};

    if (outgoing->stored != IKL_NONE) {
        return ikl_sa_load(sa, outgoing->stored, len);
    }
    return ikl_sa_seal(sa, &draft, outgoing->iv, len);
}

static void send_again(struct ikl_sa *sa, struct ikl_outgoing *outgoing)
{
    size_t len;
    int result = make_again(sa, outgoing, &len);

    sa->counters.retransmissions++;
    sa->endpoint->counters.retransmissions++;
    if (result == IKL_OK) {
        result = ikl_endpoint_transmit(sa->endpoint, sa, &sa->path, len);
    }
    if (!is_closed(sa) && outgoing->outstanding) {
        report_attempt(sa, outgoing, result);
    }
}

/* Keeps the sealed datagram where it could not be made again identically. */
static int keep(struct ikl_sa *sa, struct ikl_outgoing *outgoing, size_t len)
{
    outgoing->stored = IKL_NONE;
    if (sa->cipher->deterministic) {
        return IKL_OK;
    }
    outgoing->stored = ikl_pool_store(&sa->endpoint->pool, ikl_endpoint_message(sa->endpoint), len);
    return outgoing->stored != IKL_NONE ? IKL_OK : IKL_ERR_NO_BUFFER;
}

int ikl_sa_start_probe(struct ikl_sa *sa, ikl_time due, ikl_time now)
{
    struct ikl_draft draft = {.exchange = IKL_INFORMATIONAL, .message_id = sa->send_window.next};
    struct ikl_outgoing *probe = &sa->probe;
    uint32_t message_id;
    size_t len;
    int result;

    if (draft.message_id > IKL_MESSAGE_ID_LAST) {
        return IKL_ERR_EXHAUSTED;
    }
    result = ikl_sa_next_iv(sa, probe->iv);
    if (result == IKL_OK) {
        result = ikl_sa_seal(sa, &draft, probe->iv, &len);
    }
    if (result == IKL_OK) {
        result = keep(sa, probe, len);
    }
    if (result == IKL_OK) {
        result = ikl_send_window_take(&sa->send_window, &message_id);
    }
    if (result != IKL_OK) {
        return result;
    }
    probe->outstanding = true;
    probe->liveness = true;
    ikl_exchange_begin(&probe->run, sa->schedule, draft.exchange, message_id, due, now, sa->endpoint->tick_slack);
    ikl_liveness_request_sent(&sa->liveness);
    ikl_sa_rearm(sa, now);
    sa->counters.probes++;
    sa->endpoint->counters.probes++;
    result = ikl_endpoint_transmit(sa->endpoint, sa, &sa->path, len);
    if (!is_closed(sa)) {
        report_attempt(sa, probe, result);
    }
    return IKL_OK;
}

int ikl_sa_probe(struct ikl_sa *sa, ikl_time now)
{
    int result;

    if (is_closed(sa)) {
        return IKL_ERR_CLOSING;
    }
    if (sa->liveness.outstanding != 0) {
        return IKL_ERR_BUSY;
    }
    now = ikl_endpoint_clock(sa->endpoint, now);
    ikl_endpoint_enter(sa->endpoint);
    result = ikl_sa_start_probe(sa, now, now);
    ikl_endpoint_leave(sa->endpoint);
    return result;
}

/* Takes a request out of the list and gives it back to the slab. */
static void unlink_request(struct ikl_sa *sa, const struct ikl_outgoing *outgoing)
{
    uint32_t *link = &sa->first_request;
    uint32_t index;

    while (request_at(sa, *link) != outgoing) {
        link = &request_at(sa, *link)->next;
    }
    index = *link;
    *link = outgoing->next;
    ikl_slab_give(&sa->endpoint->requests, index);
}

static void forget(struct ikl_sa *sa, struct ikl_outgoing *outgoing)
{
    ikl_pool_drop(&sa->endpoint->pool, outgoing->stored);
    outgoing->stored = IKL_NONE;
    outgoing->outstanding = false;
    if (outgoing != &sa->probe) {
        unlink_request(sa, outgoing);
    }
}

void ikl_sa_drop_requests(struct ikl_sa *sa)
{
    forget(sa, &sa->probe);
    while (sa->first_request != IKL_NONE) {
        forget(sa, request_at(sa, sa->first_request));
    }
}

static struct ikl_outgoing *find_request(struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_outgoing *request;

    if (sa->probe.outstanding && sa->probe.run.message_id == message_id) {
        return &sa->probe;
    }
    request = request_at(sa, sa->first_request);
    while (request != NULL && request->run.message_id != message_id) {
        request = request_at(sa, request->next);
    }
    return request;
}

int ikl_sa_answered(struct ikl_sa *sa, const struct ikl_header *header, ikl_time now)
{
    struct ikl_outgoing *request = find_request(sa, header->message_id);
    struct ikl_alive alive;

    if (request == NULL || request->run.type != header->exchange) {
        return IKL_ERR_MALFORMED;
    }
    alive = (struct ikl_alive){.exchange = header->exchange,
                               .message_id = header->message_id,
                               .sends = ikl_exchange_sends(&request->run),
                               .first_sent = request->run.first_sent,
                               .liveness = request->liveness};
    forget(sa, request);
    ikl_send_window_answered(&sa->send_window, header->message_id);
    ikl_liveness_request_answered(&sa->liveness, now);
    sa->counters.answered++;
    sa->endpoint->counters.answered++;
    ikl_sa_rearm(sa, now);
    if (sa->endpoint->callbacks.alive != NULL) {
        sa->endpoint->callbacks.alive(sa->endpoint->user, sa, &alive);
    }
    return IKL_OK;
}

static void count_late(struct ikl_sa *sa, ikl_time deadline, ikl_time now)
{
    if (now > ikl_time_after(deadline, sa->endpoint->tick_slack)) {
        sa->endpoint->counters.late_ticks++;
    }
}

/* One outstanding request at `now`. False when the IKE SA has gone down. */
static bool tick_request(struct ikl_sa *sa, struct ikl_outgoing *outgoing, ikl_time now)
{
    ikl_time deadline = outgoing->run.deadline;

    switch (ikl_exchange_tick(&outgoing->run, now, sa->endpoint->tick_slack)) {
    case IKL_EXCHANGE_WAIT:
        return true;
    case IKL_EXCHANGE_SEND:
        count_late(sa, deadline, now);
        send_again(sa, outgoing);
        return !is_closed(sa);
    case IKL_EXCHANGE_GIVE_UP:
        break;
    }
    count_late(sa, deadline, now);
    if (ikl_liveness_request_gave_up(&sa->liveness) == IKL_LIVENESS_DEAD) {
        struct ikl_exchange given_up = outgoing->run;

        sa->endpoint->counters.timeouts++;
        ikl_sa_end(sa, IKL_DOWN_TIMEOUT, &given_up, now);
    }
    return false;
}

/* All outstanding requests at `now`, the oldest first. False when the IKE SA has gone down. */
static bool tick_requests(struct ikl_sa *sa, ikl_time now)
{
    uint32_t index = sa->first_request;

    while (index != IKL_NONE) {
        struct ikl_outgoing *request = request_at(sa, index);
        uint32_t next = request->next;

        if (!tick_request(sa, request, now)) {
            return false;
        }
        index = next;
    }
    return !sa->probe.outstanding || tick_request(sa, &sa->probe, now);
}

/* A liveness check that could not be made is tried again later; without IVs or Message IDs there will be none. */
static void probe_failed(struct ikl_sa *sa, int error, ikl_time now)
{
    if (error == IKL_ERR_EXHAUSTED) {
        ikl_sa_end(sa, IKL_DOWN_EXHAUSTED, NULL, now);
        return;
    }
    sa->endpoint->counters.other++;
    wake_at(sa, ikl_time_after(now, PROBE_RETRY), now);
}

void ikl_sa_tick(struct ikl_sa *sa, ikl_time now)
{
    if (!tick_requests(sa, now)) {
        return;
    }
    ikl_sa_evidence(sa, now);
    if (ikl_liveness_decide(&sa->liveness, now) == IKL_LIVENESS_PROBE) {
        int result = ikl_sa_start_probe(sa, ikl_liveness_due(&sa->liveness), now);

        if (result != IKL_OK) {
            probe_failed(sa, result, now);
        }
        return;
    }
    ikl_sa_rearm(sa, now);
}
