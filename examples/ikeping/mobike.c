/* SPDX-License-Identifier: ISC */
/* ikeping --mobike: what both sides do. */
#include "mobike.h"

#include "move.h"
#include "report_mobike.h"
#include "session.h"

#include <sodium.h>
#include <string.h>

static const struct ikl_octets no_data = {NULL, 0};

enum { NO_NATS_MAX = 36, COOKIE2_LEAST = 8, COOKIE2_MOST = 64 };

static size_t ip_len(const struct ikl_address *address)
{
    return address->family == 4 ? 4 : 16;
}

bool mobike_same_ip(const struct ikl_address *a, const struct ikl_address *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

/* The data of NO_NATS_ALLOWED in a message from `source` to `destination`. */
static size_t write_no_nats(uint8_t out[NO_NATS_MAX], const struct ikl_address *source,
                            const struct ikl_address *destination)
{
    struct ikl_writer writer = ikl_writer(out, NO_NATS_MAX);

    ikl_write_octets(&writer, source->ip, ip_len(source));
    ikl_write_octets(&writer, destination->ip, ip_len(destination));
    ikl_write_u16(&writer, source->port);
    ikl_write_u16(&writer, destination->port);
    return writer.len;
}

void mobike_add_ends(const struct session *session, struct payload_list *list)
{
    const struct ikl_path *path = ikl_sa_path(session->sa);
    uint8_t ends[NO_NATS_MAX];

    if (session->mobike.nat_detection) {
        init_message_add_nat_detection(list, ikl_sa_spi_i(session->sa), ikl_sa_spi_r(session->sa), path,
                                       session->ikeping->settings->nat_t);
    } else {
        payload_list_notify(list, IKL_NOTIFY_NO_NATS_ALLOWED,
                            (struct ikl_octets){ends, write_no_nats(ends, &path->local, &path->remote)});
    }
}

void mobike_add_addresses(const struct session *session, struct payload_list *list)
{
    const struct settings *settings = session->ikeping->settings;

    for (size_t i = 0; i < settings->n_locals; i++) {
        const struct ikl_address *local = &settings->locals[i];

        if (!mobike_same_ip(local, &ikl_sa_path(session->sa)->local)) {
            payload_list_notify(
                list, local->family == 4 ? IKL_NOTIFY_ADDITIONAL_IP4_ADDRESS : IKL_NOTIFY_ADDITIONAL_IP6_ADDRESS,
                (struct ikl_octets){local->ip, ip_len(local)});
        }
    }
}

void mobike_offer(const struct session *session, struct payload_list *list)
{
    if (session->ikeping->settings->mobike) {
        payload_list_notify(list, IKL_NOTIFY_MOBIKE_SUPPORTED, no_data);
        mobike_add_addresses(session, list);
        if (session->initiator && !session->mobike.nat_detection) {
            mobike_add_ends(session, list);
        }
    }
}

/* Takes an address of the peer's off a notification, if it is one. */
static void take_address(struct mobike *mobike, const struct ikl_notify *notify)
{
    uint8_t family = notify->type == IKL_NOTIFY_ADDITIONAL_IP4_ADDRESS   ? 4
                     : notify->type == IKL_NOTIFY_ADDITIONAL_IP6_ADDRESS ? 6
                                                                         : 0;
    struct ikl_address address = {.family = family};

    if (family != 0 && notify->data.len == ip_len(&address) && mobike->n_additional < MOBIKE_ADDRESSES) {
        memcpy(address.ip, notify->data.data, notify->data.len);
        mobike->additional[mobike->n_additional++] = address;
    }
}

/* Replaces what is known of the peer's other addresses. */
static void take_addresses(struct mobike *mobike, uint8_t first, struct ikl_octets payloads)
{
    struct ikl_chain chain = ikl_chain(first, payloads);
    struct ikl_payload payload;
    struct ikl_notify notify;

    mobike->n_additional = 0;
    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        if (payload.type == IKL_PAYLOAD_NOTIFY && ikl_notify_read(&notify, payload.body) == IKL_OK) {
            take_address(mobike, &notify);
        }
    }
}

void mobike_agree(struct session *session, uint8_t first, struct ikl_octets payloads)
{
    struct mobike *mobike = &session->mobike;

    if (session->ikeping->settings->mobike) {
        mobike->agreed = payload_find_notify(first, payloads, IKL_NOTIFY_MOBIKE_SUPPORTED, NULL);
        if (mobike->agreed) {
            take_addresses(mobike, first, payloads);
            mobike->accepted = *ikl_sa_path(session->sa);
        }
        report_mobike(session->ikeping->report, session->peer, mobike);
    }
}

static bool has(const struct ikl_peer_request *request, uint16_t type)
{
    return payload_find_notify(request->first_payload, request->plaintext, type, NULL);
}

/* An address that a host may send from. */
static bool is_unicast(const struct ikl_address *address)
{
    static const uint8_t none[16];

    if (memcmp(address->ip, none, sizeof(none)) == 0) {
        return false;
    }
    return address->family == 4 ? address->ip[0] < 224 : address->ip[0] != 0xff;
}

uint16_t mobike_fault(const struct ikl_peer_request *request)
{
    const struct ikl_path *path = request->path;
    uint8_t ends[NO_NATS_MAX];
    size_t len = write_no_nats(ends, &path->remote, &path->local);
    struct ikl_octets said;

    if (payload_find_notify(request->first_payload, request->plaintext, IKL_NOTIFY_NO_NATS_ALLOWED, &said) &&
        (said.len != len || memcmp(said.data, ends, len) != 0)) {
        return IKL_NOTIFY_UNEXPECTED_NAT_DETECTED;
    }
    return has(request, IKL_NOTIFY_UPDATE_SA_ADDRESSES) && !is_unicast(&path->remote)
               ? IKL_NOTIFY_UNACCEPTABLE_ADDRESSES
               : 0;
}

/* The initiator is where its update came from. */
static void take_update(struct session *session, const struct ikl_peer_request *request)
{
    const struct ikl_header header = {
        .spi_i = ikl_sa_spi_i(session->sa), .spi_r = ikl_sa_spi_r(session->sa), .next_payload = request->first_payload};
    struct ikl_path path = *request->path;
    struct init_message message;

    if (init_message_read(&message, &header, request->plaintext, &path) == IKL_OK && message.nat_detection) {
        session->nat_here = !message.no_nat_here;
        session->nat_there = !message.no_nat_there;
    }
    path.behind_nat = path.encapsulated && session->nat_here;
    session->mobike.pending = !ikl_path_same(&path, ikl_sa_path(session->sa));
    move_to(session, session->sa, &path);
}

/* Takes the peer's list of addresses: the one that we send to may be none of them any more. */
static void take_list(struct session *session, const struct ikl_peer_request *request)
{
    struct mobike *mobike = &session->mobike;
    const struct ikl_address *present = &ikl_sa_path(session->sa)->remote;

    take_addresses(mobike, request->first_payload, request->plaintext);
    mobike->heard_at = request->path->remote;
    mobike->gone = session->initiator && !mobike_same_ip(present, &mobike->heard_at);
    for (size_t i = 0; i < mobike->n_additional; i++) {
        mobike->gone = mobike->gone && !mobike_same_ip(present, &mobike->additional[i]);
    }
}

static void do_as_said(struct session *session, const struct ikl_peer_request *request)
{
    if (has(request, IKL_NOTIFY_UPDATE_SA_ADDRESSES) && !session->initiator) {
        take_update(session, request);
    }
    if (has(request, IKL_NOTIFY_ADDITIONAL_IP4_ADDRESS) || has(request, IKL_NOTIFY_ADDITIONAL_IP6_ADDRESS) ||
        has(request, IKL_NOTIFY_NO_ADDITIONAL_ADDRESSES)) {
        take_list(session, request);
    }
}

void mobike_answer(struct session *session, struct ikl_sa *sa, const struct ikl_peer_request *request,
                   struct payload_list *list)
{
    uint16_t fault = mobike_fault(request);
    struct ikl_octets cookie;

    if (!session->mobike.agreed) {
        return;
    }
    if (fault != 0) {
        payload_list_notify(list, fault, no_data);
    } else if (sa == session->sa) {
        do_as_said(session, request);
    }
    if (has(request, IKL_NOTIFY_NAT_DETECTION_SOURCE_IP)) {
        init_message_add_nat_detection(list, ikl_sa_spi_i(sa), ikl_sa_spi_r(sa), request->path,
                                       session->ikeping->settings->nat_t);
    }
    if (payload_find_notify(request->first_payload, request->plaintext, IKL_NOTIFY_COOKIE2, &cookie) &&
        cookie.len >= COOKIE2_LEAST && cookie.len <= COOKIE2_MOST) {
        payload_list_notify(list, IKL_NOTIFY_COOKIE2, cookie);
    }
}

/* Asks the peer, which has to have seen the question to answer it. */
static void ask(struct session *session)
{
    struct mobike *mobike = &session->mobike;
    struct ikl_request_options options = {.size = sizeof(options), .context = mobike};
    struct payload_list list;

    randombytes_buf(mobike->cookie, sizeof(mobike->cookie));
    payload_list_init(&list);
    if (session->initiator) {
        mobike_add_update(session, &list);
    }
    payload_list_notify(&list, IKL_NOTIFY_COOKIE2, (struct ikl_octets){mobike->cookie, sizeof(mobike->cookie)});
    mobike->pending = false;
    mobike->asked = session->sa;
    mobike->asked_along = *ikl_sa_path(session->sa);
    if (list.error != IKL_OK || ikl_sa_request(session->sa, IKL_INFORMATIONAL, list.payloads, list.n, &options,
                                               ikeping_now(session->ikeping), NULL) != IKL_OK) {
        mobike->asked = NULL;
        mobike->pending = true; /* there may be room for it later */
    }
}

void mobike_settle(struct session *session)
{
    struct mobike *mobike = &session->mobike;

    if (!mobike->agreed || session->sa == NULL || session->phase != SESSION_ESTABLISHED) {
        return;
    }
    if (session->initiator) {
        mobike_move(session);
    }
    if (mobike->pending && mobike->asked == NULL && session->sa != NULL) {
        ask(session);
    }
}

static bool has_our_cookie(const struct mobike *mobike, const struct ikl_outcome *outcome)
{
    struct ikl_octets cookie;

    return payload_find_notify(outcome->first_payload, outcome->plaintext, IKL_NOTIFY_COOKIE2, &cookie) &&
           cookie.len == sizeof(mobike->cookie) && ikl_equal(cookie.data, mobike->cookie, cookie.len);
}

bool mobike_take_outcome(struct session *session, const struct ikl_outcome *outcome)
{
    struct mobike *mobike = &session->mobike;
    const struct ikl_sa *asked = mobike->asked;

    if (outcome->context != mobike) {
        return false;
    }
    mobike->asked = NULL;
    if (outcome->kind != IKL_OUTCOME_ANSWERED || outcome->status != IKL_OK || session->phase != SESSION_ESTABLISHED) {
        return true;
    }
    if (!has_our_cookie(mobike, outcome)) {
        session_end(session, session->sa, "the answer to our COOKIE2 has another one, or none");
    } else if (asked != session->sa || !ikl_path_same(&mobike->asked_along, ikl_sa_path(session->sa))) {
        mobike->pending = true; /* it was asked elsewhere */
    } else if (session->initiator) {
        mobike_take_update(session, outcome);
    } else {
        report_routable(session->ikeping->report, session->peer);
    }
    return true;
}
