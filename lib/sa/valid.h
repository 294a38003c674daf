/* SPDX-License-Identifier: ISC */
/* ikelive sa, for tests and proofs alone: what holds of each IKE SA between two calls, whatever has happened to it. */
#ifndef IKL_SA_VALID_H
#define IKL_SA_VALID_H

#include "history.h"
#include "keying.h"
#include "monitored.h"
#include "monitoring.h"
#include "policy/valid.h"
#include "remembered.h"
#include "syncing.h"

/* A request that waits for an answer has a valid run that is out, and a Message ID that the window awaits, but for that
 * of RFC 6311 which brings the windows in step, with Message ID 0. */
static inline bool ikl_sa_request_is_valid(const struct ikl_sa *sa, const struct ikl_request *request)
{
    return request->state != IKL_REQUEST_SENT ||
           (ikl_run_is_out(&request->run) && ikl_run_is_valid(&request->run) &&
            (request->kind == IKL_REQUEST_SYNC || ikl_send_window_awaits(&sa->send_window, request->run.message_id)));
}

/* Something of a request in the list is to be told. */
static inline bool ikl_request_is_untold(const struct ikl_request *request)
{
    return request->attempt_untold || request->outcome_untold || request->given_up;
}

/* A request in the list. One of the host's has its outcome once it has ended, or was cancelled after it was sent; no
 * other has one. What has ended holds nothing, and is there only to be told. */
static inline bool ikl_request_is_listed(const struct ikl_request *request)
{
    bool has_ended = request->state == IKL_REQUEST_ENDED, is_host = request->kind == IKL_REQUEST_HOST;

    return request->state > IKL_REQUEST_IDLE && request->state <= IKL_REQUEST_ENDED &&
           (is_host || request->kind == IKL_REQUEST_DELETE_CHILDREN) && request->ended <= IKL_OUTCOME_SKIPPED &&
           (is_host || !request->silenced) && (!request->outcome_untold || request->silenced) &&
           (request->state != IKL_REQUEST_QUEUED || !request->silenced) &&
           (!has_ended ||
            ((request->silenced || !is_host) && request->stored == IKL_NONE && ikl_request_is_untold(request)));
}

/* The probe holds nothing but while it was sent; when it has ended it is there to be told. */
static inline bool ikl_sa_probe_is_valid(const struct ikl_sa *sa)
{
    const struct ikl_request *probe = &sa->probe;

    return probe->state <= IKL_REQUEST_ENDED && probe->state != IKL_REQUEST_QUEUED && probe->kind <= IKL_REQUEST_SYNC &&
           !probe->outcome_untold && (probe->state == IKL_REQUEST_SENT || probe->stored == IKL_NONE) &&
           (probe->state != IKL_REQUEST_ENDED || ikl_request_is_untold(probe)) && ikl_sa_request_is_valid(sa, probe);
}

/* A request in the list may be out with this Message ID beside the probe: behind a liveness check, which goes out when
 * nothing else is; before our Delete of the IKE SA, behind which nothing goes out; not while the windows are brought in
 * step. */
static inline bool ikl_sa_probe_leaves(const struct ikl_sa *sa, uint32_t message_id)
{
    const struct ikl_request *probe = &sa->probe;

    if (probe->state != IKL_REQUEST_SENT) {
        return true;
    }
    if (probe->kind == IKL_REQUEST_PROBE) {
        return probe->run.message_id < message_id;
    }
    return probe->kind == IKL_REQUEST_DELETE_SA && probe->run.message_id > message_id;
}

/* Those that were sent have Message IDs in order, none twice, and those that wait for room in the window come after
 * them. */
static inline bool ikl_sa_requests_are_valid(const struct ikl_sa *sa)
{
    uint64_t next = 0;
    bool has_queued = false;

    if (!ikl_sa_probe_is_valid(sa)) {
        return false;
    }
    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        const struct ikl_request *request = &own->request;

        if (!ikl_request_is_listed(request)) {
            return false;
        }
        if (request->state == IKL_REQUEST_QUEUED) {
            has_queued = true;
        }
        if (request->state == IKL_REQUEST_SENT) {
            if (has_queued || request->run.message_id < next || !ikl_sa_request_is_valid(sa, request) ||
                !ikl_sa_probe_leaves(sa, request->run.message_id)) {
                return false;
            }
            next = (uint64_t)request->run.message_id + 1;
        }
    }
    return true;
}

/* The bit of a request that was sent in our window. */
static inline uint32_t ikl_sa_bit_of(const struct ikl_sa *sa, const struct ikl_request *request)
{
    return request->state == IKL_REQUEST_SENT
               ? ikl_window_bit((request->run.message_id - sa->send_window.unanswered) & 31u)
               : 0;
}

/* What is in our window was answered, or is awaited by a request: else it would stay shut. */
static inline bool ikl_sa_all_is_awaited(const struct ikl_sa *sa)
{
    uint32_t sent = ikl_sa_bit_of(sa, &sa->probe);
    uint32_t reach = sa->send_window.next - sa->send_window.unanswered;

    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        sent |= ikl_sa_bit_of(sa, &own->request);
    }
    return !ikl_sa_may(sa, IKL_SA_END) || ikl_sa_is_syncing(sa) ||
           (sa->send_window.answered | sent) == (reach < 32 ? ikl_window_bit(reach & 31u) - 1 : UINT32_MAX);
}

/* Each Child SA knows whose it is and which is before it, the first one the last; none has gone. */
static inline bool ikl_sa_children_are_valid(const struct ikl_sa *sa)
{
    const struct ikl_child *first = ikl_sa_first_child(sa), *child = first, *next;

    for (; child != NULL; child = next) {
        next = ikl_sa_next_child(sa, child);
        if (child->owner != sa->self + 1 || child->gone ||
            (next != NULL ? next : first)->in_sa.previous != child->self) {
            return false;
        }
    }
    return true;
}

/* Whether a Delete of ours names this Child SA, which the IKE SA has, or its heir when there is one. */
static inline bool ikl_sa_claims(const struct ikl_sa *sa, const struct ikl_own_request *own,
                                 const struct ikl_child *child)
{
    return own->request.kind == IKL_REQUEST_DELETE_CHILDREN && own->request.state != IKL_REQUEST_ENDED &&
           child->claimed && !child->marked && !child->gone && child->deleted_by == own->self &&
           child->owner == (sa->heir != IKL_NONE ? sa->heir : sa->self) + 1;
}

/* The Child SAs that our Deletes name know of that, and which is before them. */
static inline bool ikl_sa_claims_are_valid(const struct ikl_sa *sa)
{
    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        const struct ikl_child *first = ikl_sa_first_claimed(sa, own), *child = first, *next;

        for (; child != NULL; child = next) {
            next = ikl_sa_next_in_group(sa, child);
            if (!ikl_sa_claims(sa, own, child) || (next != NULL ? next : first)->in_group.previous != child->self) {
                return false;
            }
        }
    }
    return true;
}

/* While the windows are brought in step ours is shut, whatever its Message IDs are. */
static inline bool ikl_sa_windows_are_valid(const struct ikl_sa *sa)
{
    const struct ikl_send_window *window = &sa->send_window;
    bool is_shut = window->size >= 1 && window->size <= IKL_WINDOW_MAX &&
                   (uint32_t)(window->next - window->unanswered) == window->size;

    return (ikl_sa_is_syncing(sa) ? is_shut : ikl_send_window_is_valid(window)) &&
           ikl_receive_window_is_valid(&sa->receive_window);
}

/* Those in its list of forebears have it as their heir. */
static inline bool ikl_sa_heads_forebears(const struct ikl_sa *heir)
{
    for (uint32_t index = heir->first_forebear; index != IKL_NONE;) {
        const struct ikl_sa *forebear = ikl_slab_at(&heir->endpoint->sas, index);

        if (forebear->heir != heir->self) {
            return false;
        }
        index = forebear->next_forebear;
    }
    return true;
}

/* It has an heir, whose list it is in, or is the heir of those in its own. */
static inline bool ikl_sa_heirs_are_valid(const struct ikl_sa *sa)
{
    const struct ikl_sa *heir = ikl_sa_heir(sa);
    uint32_t index;

    if (heir == NULL) {
        return ikl_sa_heads_forebears(sa);
    }
    index = heir->first_forebear;
    while (index != sa->self && index != IKL_NONE) {
        index = ((const struct ikl_sa *)ikl_slab_at(&sa->endpoint->sas, index))->next_forebear;
    }
    return index == sa->self && heir->heir == IKL_NONE && ikl_sa_heads_forebears(heir) &&
           (heir->state == IKL_SA_ESTABLISHED || heir->state == IKL_SA_DELETING);
}

/* How many of its requests the verdict is about. */
static inline uint32_t ikl_sa_count_given_up(const struct ikl_sa *sa)
{
    uint32_t n = sa->probe.given_up;

    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        n += own->request.given_up;
    }
    return n;
}

/* While it lives there is no end to tell. */
static inline bool ikl_sa_goes_on(const struct ikl_sa *sa)
{
    return ikl_sa_count_given_up(sa) == 0 && !ikl_marks_has(&sa->marks, IKL_FACT_HAND_ON) &&
           !ikl_marks_has(&sa->marks, IKL_FACT_DOWN) && (!ikl_sa_is_syncing(sa) || ikl_sa_has_rare(sa, IKL_RARE_SYNC));
}

/* What is DYING waits for nothing any more: its requests have their outcomes, but for Deletes of Child SAs that are to
 * be handed on; a verdict is about one of them at most. */
static inline bool ikl_sa_has_ended(const struct ikl_sa *sa)
{
    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        if (own->request.state != IKL_REQUEST_ENDED && (sa->heir == IKL_NONE || !ikl_request_has_children(own))) {
            return false;
        }
    }
    return ikl_sa_count_given_up(sa) <= 1 && !ikl_sa_has_keys(sa) && sa->first_response == IKL_NONE &&
           sa->probe.state != IKL_REQUEST_SENT && (sa->heir != IKL_NONE || sa->first_forebear == IKL_NONE);
}

/* What is DEAD has nothing any more: its Child SAs went down before it, its requests have their outcomes, and its keys
 * are wiped. */
static inline bool ikl_sa_is_valid(const struct ikl_sa *sa)
{
    if (ikl_sa_state(sa) == IKL_SA_DEAD &&
        (sa->first_child != IKL_NONE || sa->first_request != IKL_NONE || sa->heir != IKL_NONE)) {
        return false;
    }
    return sa->state < IKL_SA_STATES && (ikl_sa_may(sa, IKL_SA_END) ? ikl_sa_goes_on(sa) : ikl_sa_has_ended(sa)) &&
           ikl_sa_windows_are_valid(sa) && ikl_idle_is_valid(&sa->idle) && ikl_round_trip_is_valid(&sa->round_trip) &&
           ikl_sa_requests_are_valid(sa) && ikl_sa_children_are_valid(sa) && ikl_sa_heirs_are_valid(sa);
}

/* A response is to a request that was received; of those that were handled all before were received too. A given one
 * goes where the IKE SA's path leads; what is free holds nothing. */
static inline bool ikl_sa_response_is_valid(const struct ikl_sa *sa, const struct ikl_response *response)
{
    enum ikl_arrival arrival = ikl_window_judge(&sa->receive_window, response->message_id);
    bool was_received = arrival == IKL_ARRIVAL_REPEATED || arrival == IKL_ARRIVAL_FORGOTTEN;

    switch (response->state) {
    case IKL_RESPONSE_NONE:
        return response->stored == IKL_NONE && response->path == IKL_NONE;
    case IKL_RESPONSE_WAITING:
        return was_received && (response->stored != IKL_NONE || response->path == IKL_NONE);
    case IKL_RESPONSE_PENDING:
        return response->message_id < sa->receive_window.lowest && response->body_len <= IKL_SMALL_BODY;
    default:
        return response->state == IKL_RESPONSE_GIVEN && response->message_id < sa->receive_window.lowest &&
               response->body_len <= IKL_SMALL_BODY && response->path == IKL_NONE;
    }
}

/* No response behind this one is to the same request. */
static inline bool ikl_sa_response_is_only(const struct ikl_sa *sa, const struct ikl_response *response)
{
    const struct ikl_response *other = response;

    if (response->state == IKL_RESPONSE_NONE) {
        return true;
    }
    while ((other = ikl_sa_next_response(sa, other)) != NULL) {
        if (other->state != IKL_RESPONSE_NONE && other->message_id == response->message_id) {
            return false;
        }
    }
    return true;
}

/* An IKE SA that has not ended has as many responses as its window is wide, each to another request. */
static inline bool ikl_sa_responses_are_valid(const struct ikl_sa *sa)
{
    uint32_t n = 0;

    for (const struct ikl_response *response = ikl_sa_first_response(sa); response != NULL;
         response = ikl_sa_next_response(sa, response)) {
        if (!ikl_sa_response_is_valid(sa, response) || !ikl_sa_response_is_only(sa, response)) {
            return false;
        }
        n++;
    }
    return n == (ikl_sa_may(sa, IKL_SA_END) ? sa->receive_window.size : 0);
}

/* Of counted IVs, those from the next one to the end are left. */
static inline bool ikl_sa_ivs_are_valid(const struct ikl_sa *sa)
{
    return !ikl_sa_has_keys(sa) || !ikl_sa_cipher(sa)->counter_iv || sa->iv_end == 0 || sa->iv.next <= sa->iv_end;
}

/* What is to go out, perhaps again, is kept; or it is small, and sealed to the same octets each time. */
static inline bool ikl_sa_request_is_kept(const struct ikl_sa *sa, const struct ikl_request *request)
{
    return (request->state != IKL_REQUEST_QUEUED && request->state != IKL_REQUEST_SENT) ||
           request->stored != IKL_NONE || (ikl_sa_has_keys(sa) && ikl_sa_cipher(sa)->deterministic);
}

/* One that lives can send all that it has to; while its window is shut to bring the windows in step, a request for that
 * is out. */
static inline bool ikl_sa_can_send(const struct ikl_sa *sa)
{
    for (const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request); own != NULL;
         own = ikl_request_after(sa->endpoint, own)) {
        if (!ikl_sa_request_is_kept(sa, &own->request) || own->small_len > IKL_SMALL_BODY) {
            return false;
        }
    }
    return ikl_sa_ivs_are_valid(sa) && ikl_sa_request_is_kept(sa, &sa->probe) &&
           (!ikl_sa_is_syncing(sa) || sa->probe.state == IKL_REQUEST_SENT);
}

/* One that lives without keys has just begun: we initiate it, and nothing has happened but that one request of the
 * host's, which makes an IKE SA, went out with Message ID 0. */
static inline bool ikl_sa_beginning_is_valid(const struct ikl_sa *sa)
{
    const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request);
    const struct ikl_request *request = own != NULL ? &own->request : NULL;
    bool has_begun =
        own == NULL ||
        (own->next == IKL_NONE && request->state == IKL_REQUEST_SENT && request->kind == IKL_REQUEST_HOST &&
         request->run.message_id == 0 && request->stored != IKL_NONE &&
         (request->exchange_type == IKL_IKE_SA_INIT || request->exchange_type == IKL_IKE_SESSION_RESUME));

    return !ikl_sa_may(sa, IKL_SA_END) || ikl_sa_has_keys(sa) ||
           (sa->state == IKL_SA_CONNECTING && sa->original_initiator && sa->spi_r == 0 && has_begun &&
            sa->probe.state == IKL_REQUEST_IDLE && sa->rare == 0 && sa->receive_window.beyond == 0 &&
            sa->send_window.unanswered == 0 && sa->send_window.next == (own != NULL ? 1 : 0));
}

/* None of the list was sent and waits for its answer. */
static inline bool ikl_sa_list_is_not_out(const struct ikl_sa *sa)
{
    const struct ikl_own_request *own = ikl_request_at(sa->endpoint, sa->first_request);

    while (own != NULL && own->request.state != IKL_REQUEST_SENT) {
        own = ikl_request_after(sa->endpoint, own);
    }
    return own == NULL;
}

/* While Message IDs are being synchronised, that was agreed on; nothing else is out, and no number is below what was
 * asked for. */
static inline bool ikl_sa_sync_is_valid(const struct ikl_sa *sa)
{
    const struct ikl_sync *sync = ikl_sa_sync_of(sa);

    return (sync != NULL) == ikl_sa_has_rare(sa, IKL_RARE_SYNC) &&
           (!ikl_sa_may(sa, IKL_SA_END) || !ikl_sa_is_syncing(sa) ||
            (ikl_sa_may_sync(sa) && ikl_sa_list_is_not_out(sa) && sync->ours.ids.send <= sa->send_window.next &&
             sync->ours.ids.receive <= sa->receive_window.beyond));
}

/* Keys that have changed do so until the IKE SA is ESTABLISHED. The former ones are wiped when an exchange is complete
 * with those that followed them. */
static inline bool ikl_sa_key_change_is_valid(const struct ikl_sa *sa)
{
    const struct ikl_key_change *change = ikl_sa_beside(sa, &sa->endpoint->key_changes);
    bool has_former = ikl_sa_has_rare(sa, IKL_RARE_FORMER_KEYS);

    if (change == NULL) {
        return !has_former;
    }
    return change->n != 0 && (sa->state == IKL_SA_CONNECTING || sa->state == IKL_SA_DELETING) &&
           has_former == (change->former.keys != IKL_NONE) &&
           (!has_former || (sa->original_initiator ? sa->send_window.unanswered <= change->own_id
                                                   : sa->receive_window.lowest <= change->peer_id));
}

static inline bool ikl_event_counts_from_0(uint8_t kind)
{
    return kind == IKL_EVENT_TRIMMED || kind == IKL_EVENT_RETRANSMITTED;
}

static inline bool ikl_event_has_detail(uint8_t kind)
{
    return kind == IKL_EVENT_RETRANSMITTED || kind == IKL_EVENT_REFUSED || kind == IKL_EVENT_HINTED ||
           kind == IKL_EVENT_REACHABILITY || kind == IKL_EVENT_STATE || kind == IKL_EVENT_MONITOR;
}

/* An event has happened at least once, or what it counts is a round trip in ms, or the number of a retransmission: 0
 * when the first send was taken over and blocked. It has a detail only where its kind has one. */
static inline bool ikl_sa_history_is_valid(const struct ikl_sa *sa)
{
    const struct ikl_endpoint *endpoint = sa->endpoint;
    const struct ikl_history *history =
        endpoint->history_events != 0 ? ikl_slab_at(&endpoint->histories, sa->self) : NULL;

    for (uint32_t i = 0; history != NULL && i < history->n; i++) {
        const struct ikl_event *event = &history->events[i];

        if ((event->count == 0 && !ikl_event_counts_from_0(event->kind)) ||
            (event->detail != 0 && !ikl_event_has_detail(event->kind))) {
            return false;
        }
    }
    return true;
}

/* Each Child SA has a valid monitor, or none, or has handed it on. */
static inline bool ikl_sa_monitors_are_valid(const struct ikl_sa *sa)
{
    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        const struct ikl_monitoring *monitoring = ikl_monitoring_of(sa, child);

        if (monitoring != NULL && monitoring->config != NULL && !ikl_monitor_is_valid(&monitoring->monitor)) {
            return false;
        }
    }
    return true;
}

#endif
