/* SPDX-License-Identifier: ISC */
/* ikeping: the host of an endpoint. */
#include "ikeping.h"

#include "check.h"
#include "crash.h"
#include "move.h"
#include "providers.h"
#include "rekey.h"
#include "rekey_own.h"
#include "session.h"
#include "status_line.h"
#include "table.h"
#include "takeover.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A library that keeps time in milliseconds, and round trips that take microseconds. */
static const uint64_t NS_IN_MS = 1000000;

/* Of the endpoint, with no gateway and for each. When none of them answers, each has an IKE_SA_INIT request
 * outstanding, and all of these together may have a quarter of the pool: 960 octets each. */
enum { POOL_BLOCKS = 1024, POOL_BLOCKS_EACH = 32, MAX_REQUESTS = 64 };

/* With certificates IKE_AUTH is longer: the longest message, 0 for what the endpoint has by default, and how many times
 * as many blocks. */
enum { LONG_MESSAGE = 16384, LONG_MESSAGE_POOLS = 4 };

enum { MAX_MESSAGE = 4096, STATUS_INTERVAL = 200, CONNECT_SPACING = 2 }; /* ms, but the first */

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

/* The session of an IKE SA that something has happened to. */
static struct session *touched(struct ikl_sa *sa)
{
    struct session *session = ikl_sa_user(sa);

    session_touch(session);
    return session;
}

/* The same if the IKE SA is not one that was replaced or given up, else null. */
static struct session *session_of(struct ikl_sa *sa)
{
    struct session *session = touched(sa);

    return session->sa == sa ? session : NULL;
}

static void on_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    struct session *session = touched(sa);

    (void)user;
    check_take_attempt(session, sa, attempt);
    if (session->sa == sa) {
        mobike_take_attempt(session, attempt);
    }
    if (session->ikeping->settings->init) {
        init_ping_take_attempt(session->gateway, attempt);
    }
    if (session->phase == SESSION_CLOSING && session->sa == sa && !attempt->liveness &&
        attempt->send_result == IKL_OK) {
        session->delete_sent = true;
    }
}

static void on_alive(void *user, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct session *session = touched(sa);

    (void)user;
    check_take_answer(session, sa, alive);
    if (session->sa == sa) {
        mobike_take_answer(session);
    }
    if (!alive->liveness && session->phase == SESSION_CLOSING && session->sa == sa) {
        session->delete_answered = true;
    }
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct session *session = touched(sa);

    (void)user;
    if (mobike_take_outcome(session, outcome)) {
        return;
    }
    if (outcome->exchange_type == IKL_CREATE_CHILD_SA || outcome->exchange_type == IKL_IKE_FOLLOWUP_KE) {
        rekey_own_take_outcome(session, sa, outcome);
    } else if (session->sa == sa && session->initiator) {
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
    struct session *session = touched(sa);

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

    if (session != NULL && session->gateway != NULL && session->gateway->session == session) {
        session->gateway->lost = change->reachability == IKL_REACHABILITY_SUSPECT;
    }
    if (session != NULL && session->phase == SESSION_ESTABLISHED && change->reachability != IKL_REACHABILITY_DOWN) {
        report_reachability(ikeping->report, session->peer, change->reachability == IKL_REACHABILITY_SUSPECT);
    }
}

static void on_address(void *user, struct ikl_sa *sa, const struct ikl_path *path)
{
    (void)user;
    move_take_address(touched(sa), sa, path);
}

static void on_synced(void *user, struct ikl_sa *sa, const struct ikl_synced *synced)
{
    struct session *session = touched(sa);
    const struct ikeping *ikeping = user;

    report_synced(ikeping->report, session->peer, synced);
    check_synced(session, sa);
}

static void on_peer_deletes(void *user, struct ikl_sa *sa)
{
    (void)user;
    rekey_own_peer_deletes(touched(sa), sa);
}

static void on_child_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    (void)user;
    child_take_down(touched(sa), sa, child, down);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    (void)user;
    session_sa_down(touched(sa), sa, down);
    ikl_sa_free(sa);
}

static void on_unmatched(void *user, const struct ikl_path *path, const struct ikl_header *header,
                         const uint8_t *datagram, size_t len)
{
    handshake_take_unmatched(user, path, header, (struct ikl_octets){datagram, len});
}

bool ikeping_open(struct ikeping *ikeping, uint64_t now)
{
    bool long_messages = settings_have_certificates(ikeping->settings);
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
                      .peer_deletes = on_peer_deletes,
                      .child_down = on_child_down,
                      .down = on_down,
                      .unmatched = on_unmatched,
                      .synced = on_synced},
        .user = ikeping,
        .providers = providers,
        .n_providers = n_providers,
        .max_message = long_messages ? LONG_MESSAGE : 0,
        .pool_blocks =
            (POOL_BLOCKS + POOL_BLOCKS_EACH * (uint32_t)ikeping->n_expected) * (long_messages ? LONG_MESSAGE_POOLS : 1),
        .max_requests = MAX_REQUESTS + (uint32_t)ikeping->n_expected,
    };
    int error;

    set_now(ikeping, now);
    ikeping->touched = NULL;
    ikeping->ends_at = ikeping->settings->deadline != 0
                           ? ikl_time_after(ikeping_now(ikeping), ikeping->settings->deadline)
                           : IKL_NEVER;
    randombytes_buf(ikeping->cookie_secret, sizeof(ikeping->cookie_secret));
    if (!timers_open(&ikeping->timers, ikeping_now(ikeping))) {
        fprintf(stderr, "ikeping: no memory for timers\n");
        return false;
    }
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

bool ikeping_connect(struct ikeping *ikeping, const struct gateway_config *config, uint64_t now)
{
    struct gateway *gateway;
    ikl_time due;

    set_now(ikeping, now);
    due = ikl_time_later(ikeping->next_connect, ikeping_now(ikeping));
    gateway = gateway_new(ikeping, config, due);
    if (gateway == NULL) {
        return false;
    }
    ikeping->next_connect = due + CONNECT_SPACING;
    if (due == ikeping_now(ikeping)) {
        gateway_connect(gateway);
        session_settle(ikeping);
    }
    return true;
}

void ikeping_cannot_connect(struct ikeping *ikeping, const char *host, const char *why, uint64_t now)
{
    set_now(ikeping, now);
    report_failed(ikeping->report, host, why);
    if (!gateway_add_failed(ikeping, host, why)) {
        ikeping->status = EXIT_NOT_ESTABLISHED; /* the summary will be without it */
    }
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
    session_settle(ikeping);
    report_counted(ikeping, path, datagram, len);
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
            session_touch(session);
        }
    }
    session_settle(ikeping);
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
    for (struct gateway *gateway = ikeping->gateways; gateway != NULL; gateway = gateway->next) {
        gateway->config.plain = gateway->config.encapsulated = *path;
    }
    for (struct session *session = ikeping->sessions; session != NULL; session = session->next) {
        session_reconnected(session, path);
        session_touch(session);
    }
    session_settle(ikeping);
}

/* No more IKE SAs, and an end to those there are. */
static void begin_closing(struct ikeping *ikeping, const char *why)
{
    ikeping->closing = true;
    ikeping->ends_at = IKL_NEVER;
    for (struct gateway *gateway = ikeping->gateways; gateway != NULL; gateway = gateway->next) {
        gateway_close(gateway, why);
    }
    for (struct session *session = ikeping->sessions; session != NULL; session = session->next) {
        if (session->gateway == NULL) {
            session_interrupt(session, false, why);
        }
    }
}

void ikeping_interrupt(struct ikeping *ikeping, uint64_t now)
{
    static const char why[] = "interrupted";

    set_now(ikeping, now);
    if (ikeping->closing) {
        for (struct session *session = ikeping->sessions; session != NULL; session = session->next) {
            session_interrupt(session, true, why);
        }
    } else {
        ikeping->interrupted = true;
        begin_closing(ikeping, why);
    }
    session_settle(ikeping);
}

/* A responder has made the checks that were asked for. */
static bool is_enough(const struct ikeping *ikeping)
{
    return ikeping->settings->count != 0 && ikeping->tally.answered >= ikeping->settings->count;
}

/* All that was counted. */
static struct tally add_up(const struct ikeping *ikeping)
{
    struct tally tally = ikeping->tally;

    for (const struct gateway *gateway = ikeping->gateways; gateway != NULL; gateway = gateway->next) {
        tally_add(&tally, &gateway->tally);
    }
    return tally;
}

/* Whom statistics are about; null: all peers. */
static const char *find_subject(const struct ikeping *ikeping)
{
    return ikeping->n_gateways == 1 ? ikeping->gateways->address : NULL;
}

void ikeping_show_statistics(struct ikeping *ikeping, uint64_t now)
{
    struct tally tally = add_up(ikeping);
    const char *subject = find_subject(ikeping);

    set_now(ikeping, now);
    report_statistics(ikeping->report, subject != NULL ? subject : "*", &tally);
}

/* How it goes. The table, which takes more time than the line, changes so often and no oftener. */
static void show(struct ikeping *ikeping)
{
    struct report *report = ikeping->report;

    if (!report->table) {
        status_line_show(ikeping);
    } else if (ikeping->next_table <= ikeping_now(ikeping)) {
        ikeping->next_table = ikeping_now(ikeping) + STATUS_INTERVAL;
        if (!report->table_shown) {
            report->table_shown = true;
            table_begin(report->audible);
        }
        table_draw(report->audible, ikeping, terminal_size());
    }
}

void ikeping_redraw(struct ikeping *ikeping, uint64_t now)
{
    set_now(ikeping, now);
    ikeping->next_table = 0;
}

void ikeping_turn(struct ikeping *ikeping, uint64_t now)
{
    set_now(ikeping, now);
    if (ikeping->settings->responder && !ikeping->closing && is_enough(ikeping)) {
        begin_closing(ikeping, "there were enough checks");
    }
    if (ikeping->ends_at <= ikeping_now(ikeping)) {
        begin_closing(ikeping, "the deadline has come");
    }
    ikl_endpoint_advance(ikeping->endpoint, ikeping_now(ikeping));
    session_settle(ikeping);
    timers_run(&ikeping->timers, ikeping_now(ikeping));
    session_settle(ikeping);
    if (ikeping->report->terminal && !ikeping_is_over(ikeping)) {
        show(ikeping);
    }
}

void ikeping_writable(struct ikeping *ikeping, uint64_t now)
{
    set_now(ikeping, now);
    (void)!ikl_endpoint_writable(ikeping->endpoint, ikeping_now(ikeping)); /* fails only where it must not be called */
    session_settle(ikeping);
}

ikl_time ikeping_deadline(const struct ikeping *ikeping)
{
    ikl_time deadline =
        ikl_time_earlier(ikl_endpoint_next_deadline(ikeping->endpoint), timers_deadline(&ikeping->timers));

    deadline = ikl_time_earlier(deadline, ikeping->ends_at);
    if (ikeping->report->terminal) {
        deadline = ikl_time_earlier(deadline, ikeping_now(ikeping) + STATUS_INTERVAL);
    }
    return deadline;
}

bool ikeping_is_over(const struct ikeping *ikeping)
{
    const struct session *session = ikeping->sessions;
    const struct gateway *gateway = ikeping->gateways;

    while (session != NULL && session->phase == SESSION_OVER) {
        session = session->next;
    }
    if (session != NULL) {
        return false;
    }
    while (gateway != NULL && gateway_is_given_up(gateway)) {
        gateway = gateway->next;
    }
    return gateway == NULL && (ikeping->closing || !ikeping->settings->responder);
}

uint64_t ikeping_wanted(const struct ikeping *ikeping)
{
    return ikeping->interrupted ? 0 : ikeping->settings->count;
}

/* A gateway that was lost outweighs one that there was no IKE SA with. */
static enum exit_status find_status(const struct ikeping *ikeping)
{
    enum exit_status worst = ikeping->status;

    if (worst == EXIT_ALIVE &&
        tally_lacks(&ikeping->tally, ikeping->settings->responder ? ikeping_wanted(ikeping) : 0)) {
        worst = EXIT_DEAD;
    }
    for (const struct gateway *gateway = ikeping->gateways; gateway != NULL; gateway = gateway->next) {
        enum exit_status status = gateway_status(gateway);

        worst = status == EXIT_DEAD || worst == EXIT_ALIVE ? status : worst;
    }
    return worst;
}

/* How it went with each of many. Of those that are trouble it is said why. */
static void report_gateways(const struct ikeping *ikeping)
{
    const struct gateway **ranked = gateway_rank(ikeping);

    for (size_t i = 0; ranked != NULL && i < ikeping->n_gateways && ikeping->report->names_peers; i++) {
        enum gateway_state state = gateway_state(ranked[i]);

        report_gateway(ikeping->report, ranked[i]->address, gateway_state_name(state),
                       state == GATEWAY_FAILED || state == GATEWAY_DOWN ? ranked[i]->why : "", &ranked[i]->tally);
    }
    free(ranked);
}

enum exit_status ikeping_close(struct ikeping *ikeping, const char *peer)
{
    struct tally tally = add_up(ikeping);
    const char *subject = find_subject(ikeping);

    if (ikeping->report->table_shown) {
        ikeping->report->table_shown = false;
        table_end(ikeping->report->audible);
    }
    ikeping->status = find_status(ikeping);
    report_gateways(ikeping);
    report_summary(ikeping->report, subject != NULL ? subject : peer, ikeping->n_gateways, &tally);
    (void)ikl_endpoint_free(ikeping->endpoint);
    while (ikeping->sessions != NULL) {
        session_drop(ikeping->sessions);
    }
    gateway_drop_all(ikeping);
    timers_close(&ikeping->timers);
    sodium_memzero(ikeping->cookie_secret, sizeof(ikeping->cookie_secret));
    return ikeping->status;
}
