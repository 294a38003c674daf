/* SPDX-License-Identifier: ISC */
/* ikelive sa: the list of our requests: those sent, in the order of Message IDs, then those queued, in order. */
#include "sa.h"

#include "cannot_fail.h"

enum { TABLE_PARTS = 8, LEAST_SHARE = 8 };

/* Puts it at the end of the list, which is looked for behind one of the list, or null. */
static void append(struct ikl_sa *sa, struct ikl_own_request *behind, uint32_t index)
{
    uint32_t *link = behind != NULL ? &behind->next : &sa->first_request;

    while (*link != IKL_NONE) {
        link = &ikl_request_at(sa->endpoint, *link)->next;
    }
    *link = index;
}

struct ikl_own_request *ikl_sa_add_request(struct ikl_sa *sa, struct ikl_own_request *behind,
                                           enum ikl_request_kind kind, uint8_t exchange_type, uint8_t first_payload)
{
    uint32_t index = ikl_slab_take(&sa->endpoint->requests);
    struct ikl_own_request *own = ikl_request_at(sa->endpoint, index);

    *own = (struct ikl_own_request){
        .request = {.run = {.schedule = sa->probe.run.schedule,
                            .message_id = IKL_MESSAGE_ID_NONE,
                            .first_sent = IKL_NEVER},
                    .stored = IKL_NONE,
                    .kind = (unsigned)kind & 7u,
                    .state = IKL_REQUEST_QUEUED,
                    .exchange_type = exchange_type},
        .next = IKL_NONE,
        .earlier = IKL_NONE,
        .first_child = IKL_NONE,
        .self = index,
        .first_payload = first_payload,
    };
    sa->endpoint->n_requests++;
    append(sa, behind, index);
    return own;
}

void ikl_sa_resume_request(struct ikl_sa *sa, const struct ikl_outstanding_request *from, uint8_t exchange_type,
                           ikl_time now)
{
    struct ikl_own_request *own = ikl_sa_add_request(sa, NULL, IKL_REQUEST_HOST, exchange_type, IKL_PAYLOAD_NONE);
    struct ikl_run *run = &own->request.run;

    /* What cannot be resumed was refused before. */
    ikl_cannot_fail(
        ikl_run_resume(run, run->schedule, from->message_id, from->first_sent, from->attempt, from->deadline));
    if (ikl_run_take_over(run, now)) {
        sa->endpoint->counters.future_times++;
    }
    ikl_run_set_reliable(run, sa->path.reliable);
    own->context = from->context;
    own->request.stored = ikl_sa_store_body(sa, from->datagram.data, from->datagram.len, IKL_BODY_OWED);
    own->request.state = IKL_REQUEST_SENT;
}

uint32_t ikl_sa_count_requests(const struct ikl_sa *sa)
{
    uint32_t n = 0;

    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        n++;
    }
    return n;
}

static uint32_t at_least(uint32_t value, uint32_t least)
{
    return value > least ? value : least;
}

/* Whether an IKE SA may have one more request in the table: one that has a request already leaves the last part of the
 * table to those that have none. */
static bool is_within_share(const struct ikl_sa *sa)
{
    const struct ikl_endpoint *endpoint = sa->endpoint;
    uint32_t part = endpoint->max_requests / TABLE_PARTS;
    uint32_t n = ikl_sa_count_requests(sa);

    return n < at_least(at_least(part, LEAST_SHARE), sa->send_window.size) &&
           endpoint->n_requests < endpoint->max_requests - (n != 0 ? part : 0);
}

struct ikl_own_request *ikl_sa_try_request(struct ikl_sa *sa, enum ikl_request_kind kind, uint8_t exchange_type,
                                           uint8_t first_payload)
{
    return is_within_share(sa) ? ikl_sa_add_request(sa, NULL, kind, exchange_type, first_payload) : NULL;
}

static void unlink_own(struct ikl_sa *sa, const struct ikl_own_request *own)
{
    uint32_t *link = &sa->first_request;

    while (*link != own->self) {
        link = &ikl_request_at(sa->endpoint, *link)->next;
    }
    *link = own->next;
}

void ikl_sa_move_request(struct ikl_sa *from, struct ikl_sa *to, struct ikl_own_request *own)
{
    unlink_own(from, own);
    own->next = IKL_NONE;
    ikl_request_follow(&own->request, to->probe.run.schedule);
    append(to, NULL, own->self);
}

void ikl_sa_follow_schedule(struct ikl_sa *sa, const struct ikl_schedule *schedule)
{
    ikl_request_follow(&sa->probe, schedule);
    for (struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        ikl_request_follow(&own->request, schedule);
    }
}

void ikl_sa_let_go(struct ikl_sa *sa, struct ikl_own_request *own)
{
    ikl_sa_release_claimed(sa, own);
    ikl_sa_forget_earlier(sa, own);
    ikl_sa_drop_body(sa, own->request.stored);
    own->request.stored = IKL_NONE;
}

void ikl_sa_forget_request(struct ikl_sa *sa, struct ikl_own_request *own)
{
    ikl_sa_let_go(sa, own);
    unlink_own(sa, own);
    sa->endpoint->n_requests--;
    ikl_slab_give(&sa->endpoint->requests, own->self);
}

/* The first queued one of these and those behind it. */
static struct ikl_own_request *queued_from(const struct ikl_sa *sa, struct ikl_own_request *own)
{
    while (own != NULL && own->request.state != IKL_REQUEST_QUEUED) {
        own = ikl_request_after(sa->endpoint, own);
    }
    return own;
}

struct ikl_own_request *ikl_sa_first_queued(const struct ikl_sa *sa)
{
    return queued_from(sa, ikl_request_at(sa->endpoint, sa->first_request));
}

struct ikl_own_request *ikl_sa_next_queued(const struct ikl_sa *sa, const struct ikl_own_request *own)
{
    return queued_from(sa, ikl_request_after(sa->endpoint, own));
}

struct ikl_own_request *ikl_sa_find_own(const struct ikl_sa *sa, const struct ikl_request *request)
{
    struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request);

    while (own != NULL && &own->request != request) {
        own = ikl_request_after(sa->endpoint, own);
    }
    return own;
}

static bool is_sent(const struct ikl_request *request)
{
    return request->state == IKL_REQUEST_SENT;
}

/* The first request from here on that was sent and has not ended, or null: after these there are only queued ones. */
static struct ikl_request *sent_in(const struct ikl_sa *sa, uint32_t index)
{
    struct ikl_own_request *own = ikl_request_at(sa->endpoint, index);

    while (own != NULL && !is_sent(&own->request)) {
        own = ikl_request_after(sa->endpoint, own);
    }
    return own != NULL ? &own->request : NULL;
}

/* Whether the probe comes before the list in the order of Message IDs. A liveness check goes out only when nothing is
 * outstanding, so it is the first; after our Delete of the IKE SA nothing goes out, so that is the last. */
static bool is_first(const struct ikl_request *probe, const struct ikl_request *own)
{
    return is_sent(probe) && (own == NULL || probe->kind == IKL_REQUEST_PROBE);
}

/* Walks all requests that were sent and have not ended, in that order. */
struct ikl_request *ikl_sa_first_sent(struct ikl_sa *sa)
{
    struct ikl_request *own = sent_in(sa, sa->first_request);

    return is_first(&sa->probe, own) ? &sa->probe : own;
}

struct ikl_request *ikl_sa_next_sent(struct ikl_sa *sa, const struct ikl_request *request)
{
    struct ikl_request *own;

    if (request == &sa->probe) {
        return request->kind == IKL_REQUEST_PROBE ? sent_in(sa, sa->first_request) : NULL;
    }
    own = sent_in(sa, ikl_own_of(request)->next);
    return own == NULL && is_sent(&sa->probe) && sa->probe.kind == IKL_REQUEST_DELETE_SA ? &sa->probe : own;
}

const struct ikl_request *ikl_sa_oldest(const struct ikl_sa *sa)
{
    const struct ikl_request *own = sent_in(sa, sa->first_request);

    return is_first(&sa->probe, own) ? &sa->probe : own;
}

struct ikl_request *ikl_sa_untold_attempt(struct ikl_sa *sa)
{
    struct ikl_own_request *own;

    if (sa->probe.attempt_untold && sa->probe.kind == IKL_REQUEST_PROBE) {
        return &sa->probe;
    }
    own = ikl_request_at(sa->endpoint, sa->first_request);
    while (own != NULL && !own->request.attempt_untold) {
        own = ikl_request_after(sa->endpoint, own);
    }
    return own != NULL ? &own->request : sa->probe.attempt_untold ? &sa->probe : NULL;
}

struct ikl_request *ikl_sa_untold_outcome(struct ikl_sa *sa)
{
    struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request);

    while (own != NULL && !own->request.outcome_untold) {
        own = ikl_request_after(sa->endpoint, own);
    }
    return own != NULL ? &own->request : NULL;
}

struct ikl_request *ikl_sa_given_up(struct ikl_sa *sa)
{
    struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request);

    while (own != NULL && !own->request.given_up) {
        own = ikl_request_after(sa->endpoint, own);
    }
    return own != NULL ? &own->request : sa->probe.given_up ? &sa->probe : NULL;
}

void ikl_sa_set_context(struct ikl_sa *sa, struct ikl_request *request, void *context)
{
    struct ikl_own_request *own = ikl_sa_find_own(sa, request);

    if (own != NULL) {
        own->context = context;
    }
}

struct ikl_request *ikl_sa_find_request(struct ikl_sa *sa, uint32_t message_id)
{
    struct ikl_request *found = ikl_sa_first_sent(sa);

    while (found != NULL && found->run.message_id != message_id) {
        found = ikl_sa_next_sent(sa, found);
    }
    return found != NULL && found->kind == IKL_REQUEST_HOST && !found->silenced ? found : NULL;
}

struct ikl_request *ikl_sa_find_context(struct ikl_sa *sa, const void *context)
{
    for (struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        if (own->context == context && own->request.kind == IKL_REQUEST_HOST && !own->request.silenced) {
            return &own->request;
        }
    }
    return NULL;
}
