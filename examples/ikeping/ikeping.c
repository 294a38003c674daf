/* SPDX-License-Identifier: ISC */
/* ikeping: the host of an endpoint. */
#include "ikeping.h"

#include "check.h"
#include "crash.h"
#include "move.h"
#include "providers.h"
#include "rekey.h"
#include "session.h"
#include "takeover.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* A library that keeps time in milliseconds, and round trips that take microseconds. */
static const uint64_t NS_IN_MS = 1000000;

enum { MAX_MESSAGE = 4096, STATUS_INTERVAL = 200 };

ikl_time ikeping_now(const struct ikeping *ikeping)
{
    return ikeping->now / NS_IN_MS;
}

static void set_now(struct ikeping *ikeping, uint64_t now)
{
    ikeping->now = now;
    ikeping->report->now = now;
}

static int on_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    randombytes_buf(out, len);
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct ikeping *ikeping = user;

    (void)sa;
    ikeping->sent = ikeping->now;
    return ikeping->send(ikeping->user, path, datagram, len);
}

void ikeping_send_message(struct ikeping *ikeping, const struct ikl_path *path, struct ikl_octets message)
{
    uint8_t datagram[IKL_NON_ESP_MARKER_LEN + MAX_MESSAGE];
    struct ikl_writer writer = ikl_writer(datagram, sizeof(datagram));

    if (path->encapsulated) {
        ikl_write_zeros(&writer, IKL_NON_ESP_MARKER_LEN);
    }
    ikl_write_octets(&writer, message.data, message.len);
    if (!writer.failed) {
        (void)ikeping->send(ikeping->user, path, datagram, writer.len);
    }
}

/* The session of an IKE SA, if it is not one that was replaced or given up. */
static struct session *session_of(struct ikl_sa *sa)
{
    struct session *session = ikl_sa_user(sa);

    return session->sa == sa ? session : NULL;
}

static void on_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    struct session *session = ikl_sa_user(sa);

    (void)user;
    check_take_attempt(session, sa, attempt);
    if (session->phase == SESSION_CLOSING && session->sa == sa && !attempt->liveness &&
        attempt->send_result == IKL_OK) {
        session->delete_sent = true;
    }
}

/* All checks that were asked for are done. */
static bool is_enough(const struct ikeping *ikeping)
{
    return ikeping->settings->count != 0 && ikeping->tally.answered >= ikeping->settings->count;
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct session *session = ikl_sa_user(sa);

    (void)user;
    check_take_answer(session, sa, alive);
    if (!alive->liveness && session->phase == SESSION_CLOSING && session->sa == sa) {
        session->delete_answered = true;
    }
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct session *session = session_of(sa);

    (void)user;
    if (session != NULL && session->initiator) {
        handshake_take_outcome(session, outcome);
    }
}

static void on_init_response(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    struct session *session = session_of(sa);

    (void)user;
    if (session != NULL) {
        handshake_take_init_response(session, response);
    }
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct session *session = ikl_sa_user(sa);

    (void)user;
    if (session->phase == SESSION_CONNECTING || session->phase == SESSION_REFUSED) {
        handshake_take_request(session, request);
    } else {
        rekey_take_request(session, sa, request);
    }
}

static void on_reachability(void *user, struct ikl_sa *sa, const struct ikl_reachability_change *change)
{
    const struct session *session = session_of(sa);
    struct ikeping *ikeping = user;

    if (session != NULL && session->phase == SESSION_ESTABLISHED && change->reachability != IKL_REACHABILITY_DOWN) {
        report_reachability(ikeping->report, session->peer, change->reachability == IKL_REACHABILITY_SUSPECT);
    }
}

static void on_address(void *user, struct ikl_sa *sa, const struct ikl_path *path)
{
    (void)user;
    move_take_address(ikl_sa_user(sa), sa, path);
}

static void on_synced(void *user, struct ikl_sa *sa, const struct ikl_synced *synced)
{
    struct session *session = ikl_sa_user(sa);
    const struct ikeping *ikeping = user;

    report_synced(ikeping->report, session->peer, synced);
    check_synced(session, sa);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    (void)user;
    session_sa_down(ikl_sa_user(sa), sa, down);
    ikl_sa_free(sa);
}

static void on_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                         const uint8_t *datagram, size_t len)
{
    handshake_take_unmatched(user, path, header, (struct ikl_octets){datagram, len});
}

bool ikeping_open(struct ikeping *ikeping, uint64_t now)
{
    struct ikl_endpoint_config config = {
        .size = sizeof(config),
        .callbacks = {.size = sizeof(config.callbacks),
                      .random = on_random,
                      .send = on_send,
                      .attempt = on_attempt,
                      .alive = on_alive,
                      .outcome = on_outcome,
                      .init_response = on_init_response,
                      .peer_request = on_peer_request,
                      .reachability = on_reachability,
                      .address = on_address,
                      .down = on_down,
                      .unmatched = on_unmatched,
                      .synced = on_synced},
        .user = ikeping,
        .providers = providers,
        .n_providers = n_providers,
        .pool_blocks = 1024,
    };
    int error;

    set_now(ikeping, now);
    ikeping->ends_at = ikeping->settings->deadline != 0
                           ? ikl_time_after(ikeping_now(ikeping), ikeping->settings->deadline)
                           : IKL_NEVER;
    randombytes_buf(ikeping->cookie_secret, sizeof(ikeping->cookie_secret));
    error = ikl_endpoint_new(&ikeping->endpoint, &config, ikeping_now(ikeping));
    if (error != IKL_OK) {
        fprintf(stderr, "ikeping: ikl_endpoint_new: %s\n",
                error == IKL_ERR_INVALID ? ikl_endpoint_config_error(&config) : ikl_error_name(error));
        return false;
    }
    error = crash_begin(ikeping);
    if (error != IKL_OK) {
        fprintf(stderr, "ikeping: ikl_endpoint_set_token_maker: %s\n", ikl_error_name(error));
    }
    return error == IKL_OK;
}

/* Frees the sessions that are over. */
static void reap(struct ikeping *ikeping)
{
    struct session **link = &ikeping->sessions;

    while (*link != NULL) {
        struct session *session = *link;

        if (session->phase == SESSION_OVER && session->n_sas == 0) {
            *link = session->next;
            session_drop(session);
        } else {
            link = &session->next;
        }
    }
}

void ikeping_not_established(struct ikeping *ikeping)
{
    if (revival_attempt_failed(ikeping)) {
        return;
    }
    if (ikeping->status == EXIT_ALIVE) { /* else there was one before */
        ikeping->status = EXIT_NOT_ESTABLISHED;
    }
    ikeping->closing = true;
}

static void begin_session(struct ikeping *ikeping)
{
    const struct ikl_path *path = &ikeping->plain;
    struct session *session;
    const char *why = "no memory";

    (void)ikl_address_text(&path->remote, ikeping->gateway, sizeof(ikeping->gateway));
    session = session_new(ikeping, path, true);
    if (session != NULL) {
        session->handshake.encapsulated = ikeping->encapsulated;
        if (!handshake_initiate(session, path, &why)) {
            session_refuse(session, why);
            session_abandon(session);
        }
    } else {
        report_failed(ikeping->report, ikeping->gateway, why);
        ikeping_not_established(ikeping);
    }
}

void ikeping_connect(struct ikeping *ikeping, const struct ikl_path *path, const struct ikl_path *encapsulated,
                     uint64_t now)
{
    set_now(ikeping, now);
    ikeping->plain = *path;
    ikeping->encapsulated = *encapsulated;
    begin_session(ikeping);
}

/* The session that a datagram belongs to; null when that is not known. */
static struct session *find_session(const struct ikeping *ikeping, const struct ikl_path *path, const uint8_t *datagram,
                                    size_t len)
{
    size_t marker = path->encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    struct ikl_header header;
    struct ikl_sa *sa;

    if (len < marker || ikl_header_read(&header, datagram + marker, len - marker) != IKL_OK) {
        return NULL;
    }
    sa = ikl_endpoint_find(ikeping->endpoint, (header.flags & IKL_FLAG_INITIATOR) != 0 ? header.spi_r : header.spi_i);
    return sa != NULL ? ikl_sa_user(sa) : NULL;
}

/* What a datagram was that the endpoint has counted, and called nothing back for. */
static void report_counted(struct ikeping *ikeping, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};
    const struct session *session = find_session(ikeping, path, datagram, len);
    const char *peer = session != NULL ? session->peer : "-";

    if (ikl_endpoint_query(ikeping->endpoint, &counters) != IKL_OK) {
        return;
    }
    if (counters.peer_probes != ikeping->tally.peer_checks) {
        ikeping->tally.peer_checks = counters.peer_probes;
        report_peer_check(ikeping->report, peer);
    }
    if (counters.tokens_refused != ikeping->tally.tokens_refused) {
        ikeping->tally.tokens_refused = counters.tokens_refused;
        report_token_refused(ikeping->report, peer);
    }
}

void ikeping_receive(struct ikeping *ikeping, const struct ikl_path *path, const uint8_t *datagram, size_t len,
                     uint64_t now)
{
    struct ikl_path with_mtu = *path;

    with_mtu.mtu = ikeping->settings->mtu; /* what is answered goes back along it */
    set_now(ikeping, now);
    /* An error says why the datagram changed nothing, and the endpoint counts it. */
    if (ikl_endpoint_receive(ikeping->endpoint, &with_mtu, datagram, len, ikeping_now(ikeping)) == IKL_ERR_VERSION) {
        handshake_take_other_version(ikeping, path, (struct ikl_octets){datagram, len});
    }
    for (struct session *session = ikeping->sessions; session != NULL; session = session->next) {
        move_finish(session);
    }
    report_counted(ikeping, path, datagram, len);
    reap(ikeping);
}

static bool same_address(const struct ikl_address *a, const struct ikl_address *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

void ikeping_unreachable(struct ikeping *ikeping, const struct ikl_address *remote, const char *why, uint16_t mtu,
                         uint64_t now)
{
    set_now(ikeping, now);
    for (struct session *session = ikeping->sessions; session != NULL; session = session->next) {
        if (session->sa != NULL && same_address(&ikl_sa_path(session->sa)->remote, remote)) {
            (void)snprintf(session->unreachable, sizeof(session->unreachable), "%s", why);
            report_unreachable(ikeping->report, session->peer, why);
            if (mtu != 0) {
                (void)ikl_sa_hint_mtu(session->sa, mtu, ikeping_now(ikeping));
            } else {
                (void)ikl_sa_hint(session->sa, IKL_HINT_ICMP, ikeping_now(ikeping));
            }
        }
    }
}

void ikeping_disconnected(struct ikeping *ikeping, const struct ikl_path *path, const char *why, uint64_t now)
{
    set_now(ikeping, now);
    for (struct session *session = ikeping->sessions; session != NULL; session = session->next) {
        if (session->sa != NULL && session->phase == SESSION_ESTABLISHED &&
            ikl_path_same(ikl_sa_path(session->sa), path)) {
            report_disconnected(ikeping->report, session->peer, why);
        }
    }
}

void ikeping_reconnected(struct ikeping *ikeping, const struct ikl_path *path, uint64_t now)
{
    set_now(ikeping, now);
    ikeping->plain = ikeping->encapsulated = *path;
    for (struct session *session = ikeping->sessions; session != NULL; session = session->next) {
        session_reconnected(session, path);
    }
}

/* No more IKE SAs, and an end to those there are. */
static void begin_closing(struct ikeping *ikeping, const char *why)
{
    ikeping->closing = true;
    ikeping->why_closing = why;
    ikeping->ends_at = IKL_NEVER;
    for (struct session *session = ikeping->sessions; session != NULL; session = session->next) {
        session_interrupt(session, false);
    }
}

void ikeping_interrupt(struct ikeping *ikeping, uint64_t now)
{
    set_now(ikeping, now);
    if (ikeping->closing) {
        for (struct session *session = ikeping->sessions; session != NULL; session = session->next) {
            session_interrupt(session, true);
        }
    } else {
        ikeping->interrupted = true;
        begin_closing(ikeping, "interrupted");
    }
}

void ikeping_show_statistics(struct ikeping *ikeping, uint64_t now)
{
    set_now(ikeping, now);
    report_statistics(ikeping->report, ikeping->gateway[0] != '\0' ? ikeping->gateway : "-", &ikeping->tally);
}

/* What an initiator is doing. */
static void describe(const struct ikeping *ikeping, char *text, size_t size)
{
    const struct session *session = ikeping->sessions;
    struct ikl_sa_info info = {.size = sizeof(info)};
    ikl_time now = ikeping_now(ikeping);
    uint32_t next;
    double wait;

    if (revival_deadline(ikeping) != IKL_NEVER) {
        wait = revival_deadline(ikeping) > now ? (double)(revival_deadline(ikeping) - now) / 1000 : 0;
        (void)snprintf(text, size, "connects again in %.1f s", wait);
        return;
    }
    text[0] = '\0';
    if (session == NULL || session->sa == NULL || ikl_sa_query(session->sa, &info) != IKL_OK) {
        return;
    }
    if (info.outstanding == 0 || info.outstanding_deadline < now) {
        (void)snprintf(text, size, "%s", ikl_sa_state_name(info.state));
        return;
    }
    next = info.outstanding_retransmissions + 1;
    wait = (double)(info.outstanding_deadline - now) / 1000;
    if (session->off_schedule || ikl_sa_path(session->sa)->reliable) {
        (void)snprintf(text, size, "waiting, the next step in %.1f s", wait);
    } else if (next < session->schedule->tries + session->overdue) {
        (void)snprintf(text, size, "waiting, retransmission %u in %.1f s", (unsigned)next, wait);
    } else {
        (void)snprintf(text, size, "waiting, gives up in %.1f s", wait);
    }
}

/* How it goes, for the status line. */
static void show_status(const struct ikeping *ikeping)
{
    const struct tally *tally = &ikeping->tally;
    char doing[80], text[240];

    if (ikeping->settings->responder) {
        (void)snprintf(doing, sizeof(doing), "%u IKE SAs", (unsigned)ikl_endpoint_n_sas(ikeping->endpoint));
    } else {
        describe(ikeping, doing, sizeof(doing));
    }
    (void)snprintf(text, sizeof(text), "%s%s%" PRIu64 " sent, %" PRIu64 " answered, %" PRIu64 " retransmissions; %s",
                   ikeping->gateway, ikeping->settings->responder ? "" : ": ", tally->sent, tally->answered,
                   tally->retransmissions, doing);
    report_status(ikeping->report, text);
}

void ikeping_turn(struct ikeping *ikeping, uint64_t now)
{
    set_now(ikeping, now);
    if (is_enough(ikeping) && !ikeping->closing) {
        begin_closing(ikeping, "there were enough checks");
    }
    if (ikeping->ends_at <= ikeping_now(ikeping)) {
        begin_closing(ikeping, "the deadline has come");
    }
    ikl_endpoint_advance(ikeping->endpoint, ikeping_now(ikeping));
    for (struct session *session = ikeping->sessions; session != NULL; session = session->next) {
        takeover_tick(session);
        session_tick(session);
    }
    if (revival_begins(ikeping)) {
        begin_session(ikeping);
    }
    reap(ikeping);
    if (ikeping->report->terminal && !ikeping_is_over(ikeping)) {
        show_status(ikeping);
    }
}

void ikeping_writable(struct ikeping *ikeping, uint64_t now)
{
    set_now(ikeping, now);
    (void)!ikl_endpoint_writable(ikeping->endpoint, ikeping_now(ikeping)); /* fails only where it must not be called */
}

ikl_time ikeping_deadline(const struct ikeping *ikeping)
{
    ikl_time deadline = ikl_time_earlier(ikl_endpoint_next_deadline(ikeping->endpoint), revival_deadline(ikeping));

    for (const struct session *session = ikeping->sessions; session != NULL; session = session->next) {
        deadline = ikl_time_earlier(deadline, session_deadline(session));
    }
    deadline = ikl_time_earlier(deadline, ikeping->ends_at);
    if (ikeping->report->terminal) {
        deadline = ikl_time_earlier(deadline, ikeping_now(ikeping) + STATUS_INTERVAL);
    }
    return deadline;
}

bool ikeping_is_over(const struct ikeping *ikeping)
{
    const struct session *session = ikeping->sessions;

    while (session != NULL && session->phase == SESSION_OVER) {
        session = session->next;
    }
    return session == NULL && revival_deadline(ikeping) == IKL_NEVER &&
           (ikeping->closing || !ikeping->settings->responder);
}

/* Checks that were sent, or asked for, and not answered. */
static bool is_something_missing(const struct ikeping *ikeping)
{
    return ikeping->tally.answered + ikeping->tally.superseded < ikeping->tally.sent ||
           (ikeping->settings->count != 0 && !is_enough(ikeping) && !ikeping->interrupted);
}

enum exit_status ikeping_close(struct ikeping *ikeping, const char *peer)
{
    if (ikeping->status == EXIT_ALIVE && is_something_missing(ikeping)) {
        ikeping->status = EXIT_DEAD;
    }
    (void)ikl_endpoint_free(ikeping->endpoint);
    while (ikeping->sessions != NULL) {
        struct session *next = ikeping->sessions->next;

        session_drop(ikeping->sessions);
        ikeping->sessions = next;
    }
    report_summary(ikeping->report, ikeping->gateway[0] != '\0' ? ikeping->gateway : peer, &ikeping->tally);
    sodium_memzero(ikeping->cookie_secret, sizeof(ikeping->cookie_secret));
    return ikeping->status;
}
