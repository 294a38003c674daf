/* SPDX-License-Identifier: ISC */
/* ikeping: a session: what we have with one peer. */
#include "session.h"

#include "check.h"
#include "keylog.h"
#include "move.h"
#include "rekey_answer.h"
#include "rekey_own.h"
#include "repeats.h"
#include "succession.h"
#include "takeover.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long the peer may take to answer our Delete, or the IKE_AUTH request before it. */
enum { DELETE_TIME = 2000, HISTORY_SIZE = 4096 };

/* Does what is due: sends a liveness check, or gives a handshake up. */
static void tick(void *owner);

struct session *session_new(struct ikeping *ikeping, const struct ikl_path *path, struct gateway *gateway)
{
    struct session *session = calloc(1, sizeof(*session));
    const struct settings *settings = ikeping->settings;

    if (session == NULL || !timers_add(&ikeping->timers, &session->timer, tick, session)) {
        free(session);
        return NULL;
    }
    session->ikeping = ikeping;
    session->gateway = gateway;
    session->initiator = gateway != NULL;
    session->tally = gateway != NULL ? &gateway->tally : &ikeping->tally;
    session->remote_id = gateway != NULL ? gateway->config.remote_id : &settings->remote_id;
    session->credentials = gateway != NULL ? gateway->config.credentials : ikeping->credentials;
    session->local = credentials_identity(session->credentials, &settings->id, &path->local);
    session->schedule = gateway != NULL ? revival_schedule(gateway) : &settings->schedule;
    session->checks = gateway != NULL ? gateway->tally.sent : 0;
    session->deadline = IKL_NEVER;
    session->next_check = IKL_NEVER;
    session->takeover = session->rekey_at = session->reauth_at = IKL_NEVER;
    (void)ikl_address_text(&path->remote, session->peer, sizeof(session->peer));
    session->next = ikeping->sessions;
    if (session->next != NULL) {
        session->next->previous = session;
    }
    ikeping->sessions = session;
    session_touch(session);
    return session;
}

void session_touch(struct session *session)
{
    if (!session->touched) {
        session->touched = true;
        session->next_touched = session->ikeping->touched;
        session->ikeping->touched = session;
    }
}

/* When there is something to do for it. */
static ikl_time deadline_of(const struct session *session)
{
    ikl_time regular = ikl_time_earlier(session->next_check, ikl_time_earlier(session->rekey_at, session->reauth_at));

    return ikl_time_earlier(ikl_time_earlier(session->deadline, session->takeover), regular);
}

static void count_half_open(struct session *session)
{
    bool half_open = !session->initiator && (session->phase == SESSION_CONNECTING || session->phase == SESSION_REFUSED);

    if (half_open != session->half_open) {
        session->half_open = half_open;
        session->ikeping->n_half_open += half_open ? 1 : (unsigned)-1;
    }
}

static void settle_one(struct session *session)
{
    struct gateway *gateway = session->gateway;

    move_finish(session);
    mobike_settle(session);
    count_half_open(session);
    if (gateway != NULL && !gateway->closing && gateway_is_done(gateway)) {
        gateway_close(gateway, "there were enough checks");
    }
    timers_set(&session->ikeping->timers, &session->timer, deadline_of(session));
    if (gateway != NULL) {
        gateway_set_timer(gateway);
    }
    if (session->phase == SESSION_OVER && session->n_sas == 0 && !session->touched) {
        session_drop(session);
    }
}

void session_settle(struct ikeping *ikeping)
{
    struct session *session;

    while ((session = ikeping->touched) != NULL) {
        ikeping->touched = session->next_touched;
        session->touched = false;
        settle_one(session);
    }
}

struct ikl_sa_config session_sa_config(struct session *session, const struct ikl_path *path)
{
    const struct settings *settings = session->ikeping->settings;
    struct ikl_path with_mtu = *path;

    if (with_mtu.mtu == 0) {
        with_mtu.mtu = settings->mtu;
    }
    return (struct ikl_sa_config){
        .size = sizeof(struct ikl_sa_config),
        .user = session,
        .path = with_mtu,
        .liveness = session->initiator ? IKL_LIVENESS_OFF : IKL_LIVENESS_PERIODIC,
        .idle = settings->interval,
        .schedule = session->schedule,
        .trim = settings->trim,
        .round_trip_sends = settings->round_trip_sends,
        .roaming = true, /* NAT detection may find a NAT later */
        .follow_peer = path->reliable && !session->initiator,
    };
}

int session_new_sa(struct session *session, const struct ikl_sa_config *config, struct ikl_sa **out)
{
    int error = IKL_ERR_NO_MEMORY;

    if (session->n_sas < SESSION_SAS) {
        error = ikl_sa_new(out, session->ikeping->endpoint, config, ikeping_now(session->ikeping));
    }
    if (error == IKL_OK) {
        session->sas[session->n_sas++] = *out;
    }
    if (error == IKL_ERR_INVALID) {
        fprintf(stderr, "ikeping: ikl_sa_new: %s\n", ikl_sa_config_error(session->ikeping->endpoint, config));
    }
    return error;
}

int session_install_keys(struct session *session, uint64_t spi_r, const struct ikl_protection *protection)
{
    struct ikeping *ikeping = session->ikeping;
    int error = ikl_sa_install_keys(session->sa, spi_r, protection, ikeping_now(ikeping));
    const char *field = error == IKL_ERR_INVALID ? ikl_protection_error(ikeping->endpoint, protection) : NULL;

    if (field != NULL) {
        fprintf(stderr, "ikeping: ikl_sa_install_keys: %s\n", field);
    }
    return error;
}

struct handshake_terms session_terms(const struct ikeping *ikeping, const struct identity *remote_id,
                                     const struct credentials *credentials)
{
    return (struct handshake_terms){
        .proposals = &ikeping->settings->proposals,
        .credentials = credentials,
        .remote_id = remote_id,
        .insists = child_is_a_must(ikeping->settings),
    };
}

int session_change_keys(struct session *session)
{
    const struct ikl_protection protection = session_protection(session);
    int error = ikl_sa_change_keys(session->sa, &protection, ikeping_now(session->ikeping));

    if (error == IKL_OK) {
        session_log_keys(session, ikl_sa_spi_i(session->sa), ikl_sa_spi_r(session->sa));
    }
    return error;
}

struct ikl_protection session_protection(const struct session *session)
{
    return (struct ikl_protection){
        .suite = session->handshake.proposal.suite,
        .keys = &session->handshake.keys,
        .iv_source = IKL_IV_FRESH_KEYS,
        .fragmentation = session->handshake.fragmentation,
    };
}

bool session_respond(struct session *session, struct ikl_sa *sa, uint32_t message_id, const struct payload_list *list)
{
    if (list->error == IKL_OK &&
        ikl_sa_respond(sa, message_id, list->payloads, list->n, ikeping_now(session->ikeping)) == IKL_OK) {
        return true;
    }
    session_end(session, sa, "a request of the peer's could not be answered");
    return false;
}

void session_respond_error(struct session *session, struct ikl_sa *sa, uint32_t message_id, uint16_t type,
                           struct ikl_octets data)
{
    struct payload_list list;

    payload_list_init(&list);
    payload_list_notify(&list, type, data);
    (void)session_respond(session, sa, message_id, &list);
}

void session_log_keys(const struct session *session, uint64_t spi_i, uint64_t spi_r)
{
    FILE *keylog = session->ikeping->keylog;

    if (keylog != NULL &&
        !keylog_write(keylog, spi_i, spi_r, &session->handshake.proposal.suite, &session->handshake.keys)) {
        perror("ikeping: key log");
    }
}

const char *session_nat(bool here, bool there)
{
    return here && there ? "NAT at both ends" : here ? "NAT at our end" : there ? "NAT at the peer's end" : "no NAT";
}

static const char *nat_text(const struct session *session)
{
    const struct ikl_path *path = move_path(session);

    if (path->reliable) {
        return "TCP";
    }
    return path->encapsulated && !session->nat_here && !session->nat_there
               ? "UDP encapsulation"
               : session_nat(session->nat_here, session->nat_there);
}

void session_report(const struct session *session,
                    void (*report)(struct report *report, const char *peer, const struct report_sa *sa))
{
    const struct ikeping *ikeping = session->ikeping;
    char local[IDENTITY_TEXT_SIZE], remote[IDENTITY_TEXT_SIZE], proposal[PROPOSAL_NAME_SIZE];
    struct report_sa sa = {
        .initiator = session->initiator,
        .local_identity = local,
        .remote_identity = remote,
        .proposal = proposal,
        .authentication = credentials_text(session->credentials),
        .nat = nat_text(session),
        .spi_i = ikl_sa_spi_i(session->sa),
        .spi_r = ikl_sa_spi_r(session->sa),
        .ms = (double)(ikeping->now - session->handshake.started) / 1e6,
    };

    identity_text(&session->local, local, sizeof(local));
    identity_text(&session->remote, remote, sizeof(remote));
    proposal_name(&session->handshake.proposal, proposal, sizeof(proposal));
    report(ikeping->report, session->peer, &sa);
}

/* There are to be no IKE SAs any more. */
static bool is_closing(const struct session *session)
{
    return session->gateway != NULL ? session->gateway->closing : session->ikeping->closing;
}

void session_established(struct session *session)
{
    ikl_time now = ikeping_now(session->ikeping);
    bool succeeds = succession_is(session) && !is_closing(session);

    if (ikl_sa_established(session->sa, now) != IKL_OK) {
        return; /* it went down meanwhile, which is reported */
    }
    session->phase = SESSION_ESTABLISHED;
    session->deadline = IKL_NEVER;
    handshake_free_keys(&session->handshake);
    session_report(session, succeeds ? report_reauthenticated : report_established);
    if (succeeds) {
        succession_take(session);
    }
    takeover_established(session);
    rekey_own_later(session);
    succession_later(session);
    if (session->initiator) {
        revival_sa_up(session->gateway);
    }
    if (is_closing(session)) {
        session_close(session);
    } else if (session->initiator) {
        session->next_check = now;
    }
}

void session_refuse(struct session *session, const char *why)
{
    struct ikeping *ikeping = session->ikeping;

    session->phase = SESSION_REFUSED;
    if (succession_is(session)) {
        succession_failed(session, why);
    } else if (session->initiator) {
        gateway_not_established(session->gateway, why);
    } else {
        report_refused(ikeping->report, session->peer, why);
    }
}

void session_abandon(struct session *session)
{
    struct ikl_sa *sa = session->sa;

    session->phase = SESSION_OVER;
    session->sa = NULL;
    ikl_sa_free(sa);
}

void session_end(struct session *session, struct ikl_sa *sa, const char *why)
{
    if (session->sa == sa) {
        session->why = why;
    }
    ikl_sa_close(sa, ikeping_now(session->ikeping));
}

bool session_awaits_proof(const struct session *session)
{
    return session->initiator && session->phase == SESSION_CONNECTING && ikl_sa_spi_r(session->sa) != 0;
}

void session_interrupt(struct session *session, bool again, const char *why)
{
    struct handshake *handshake = &session->handshake;

    session_touch(session);
    if (!again && session_awaits_proof(session)) {
        session->deadline = ikl_time_after(ikeping_now(session->ikeping), DELETE_TIME);
        (void)snprintf(handshake->doubt, sizeof(handshake->doubt), "%s", why);
        return;
    }
    if (session->initiator && session->phase == SESSION_CONNECTING) {
        session_refuse(session, why);
    }
    if (again && session->sa != NULL) {
        ikl_sa_close(session->sa, ikeping_now(session->ikeping));
    } else if (session->phase != SESSION_OVER && session->phase != SESSION_CLOSING) {
        session_close(session);
    }
}

void session_close(struct session *session)
{
    session->next_check = session->takeover = session->rekey_at = session->reauth_at = IKL_NEVER;
    if (session->phase != SESSION_ESTABLISHED) {
        session_abandon(session);
        return;
    }
    session->phase = SESSION_CLOSING;
    if (!session->retired) {
        report_closing(session->ikeping->report, session->peer);
    }
    if (ikl_sa_delete(session->sa, DELETE_TIME, ikeping_now(session->ikeping)) != IKL_OK) {
        session_end(session, session->sa, "the Delete could not be made");
    }
}

void session_retire(struct session *session)
{
    session->retired = true;
    session_touch(session);
    session_close(session);
}

/* A handshake takes too long, or was refused long enough ago. */
static void end_handshake(struct session *session)
{
    session->deadline = IKL_NEVER;
    if (session->initiator && session->phase == SESSION_CONNECTING) {
        session_refuse(session, session->handshake.doubt);
    }
    session_abandon(session);
}

static void tick(void *owner)
{
    struct session *session = owner;
    ikl_time now = ikeping_now(session->ikeping);

    session_touch(session);
    takeover_tick(session);
    rekey_own_tick(session);
    succession_tick(session);
    if (session->deadline <= now) {
        end_handshake(session);
    } else if (session->next_check <= now) {
        /* where a request is outstanding, that is the check, and its answer says when the next one is due */
        session->next_check = IKL_NEVER;
        if (ikl_sa_probe(session->sa, now) != IKL_OK) {
            session->next_check = ikl_time_after(now, session->ikeping->settings->interval);
        }
    }
}

/* There was never an IKE SA, because the gateway does not answer. */
static void fail_by_silence(struct session *session, const struct ikl_down *down)
{
    char why[256];
    double waited = (double)(down->at - down->first_sent) / 1000;
    const char *exchange = ikl_exchange_name(down->exchange_type);

    if (down->reason == IKL_DOWN_TIMEOUT) {
        (void)snprintf(why, sizeof(why), "timed out: no answer to %u send%s of %s in %.10g s%s%s",
                       (unsigned)down->sends, down->sends == 1 ? "" : "s", exchange, waited,
                       session->unreachable[0] != '\0' ? "; the network says: " : "", session->unreachable);
    } else {
        (void)snprintf(why, sizeof(why), "the IKE SA went down: %s", ikl_down_reason_name(down->reason));
    }
    session_refuse(session, why);
}

/* Nobody who pings wants the IKE SA to end before he says so. A responder's peers come and go. */
static bool is_failure(const struct session *session, const struct ikl_down *down)
{
    bool wanted = down->reason == IKL_DOWN_CLOSED && session->why == NULL;

    return down->reason == IKL_DOWN_TIMEOUT || (session->initiator && session->phase == SESSION_ESTABLISHED && !wanted);
}

static void report_end(struct session *session, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct ikeping *ikeping = session->ikeping;
    char history[HISTORY_SIZE] = "";
    struct report_end end = {
        .down = down,
        .deleting = session->phase == SESSION_CLOSING,
        .delete_sent = session->delete_sent,
        .delete_answered = session->delete_answered,
        .why = session->why,
        .history = history,
    };

    if (is_failure(session, down)) {
        if (session->gateway != NULL) {
            gateway_died(session->gateway, ikl_down_reason_name(down->reason));
        } else {
            ikeping->status = EXIT_DEAD;
        }
    }
    if (down->reason == IKL_DOWN_TIMEOUT) {
        (void)ikl_sa_history_text(sa, ikeping_now(ikeping), history, sizeof(history));
    }
    report_down(ikeping->report, session->peer, &end);
}

void session_reconnected(struct session *session, const struct ikl_path *path)
{
    session->handshake.encapsulated = *path;
    for (unsigned i = session->n_sas; i-- > 0;) {
        struct ikl_sa *sa = i < session->n_sas ? session->sas[i] : NULL; /* one may go down meanwhile */

        if (sa != NULL && ikl_sa_reconnected(sa, path, ikeping_now(session->ikeping)) == IKL_OK && sa == session->sa) {
            report_reconnected(session->ikeping->report, session->peer);
        }
    }
}

static void remove_sa(struct session *session, const struct ikl_sa *sa)
{
    unsigned i = 0;

    while (session->sas[i] != sa) {
        i++;
    }
    session->sas[i] = session->sas[--session->n_sas];
}

void session_sa_down(struct session *session, struct ikl_sa *sa, const struct ikl_down *down)
{
    remove_sa(session, sa);
    session->moved_sa = session->moved_sa == sa ? NULL : session->moved_sa;
    check_sa_down(session, sa);
    rekey_own_sa_down(session, sa);
    if (session->sa != sa) {
        return;
    }
    session->next_check = session->takeover = session->rekey_at = session->reauth_at = IKL_NEVER;
    if (session->retired || succession_inherits(session, down)) {
        session->phase = SESSION_OVER;
    } else if (session->phase == SESSION_ESTABLISHED || session->phase == SESSION_CLOSING) {
        report_end(session, sa, down);
        if (session->initiator) {
            revival_sa_down(session->gateway);
        }
    } else if (session->phase == SESSION_CONNECTING && session->initiator) {
        fail_by_silence(session, down);
    }
    session->phase = SESSION_OVER;
    session->sa = NULL;
}

void session_drop(struct session *session)
{
    struct ikeping *ikeping = session->ikeping;

    repeats_remove(ikeping, &session->handshake);
    timers_remove(&ikeping->timers, &session->timer);
    *(session->previous != NULL ? &session->previous->next : &ikeping->sessions) = session->next;
    if (session->next != NULL) {
        session->next->previous = session->previous;
    }
    if (session->gateway != NULL && session->gateway->session == session) {
        session->gateway->session = NULL;
    }
    if (succession_is(session)) {
        session->gateway->successor = NULL;
    }
    handshake_free(&session->handshake);
    rekey_answer_forget(session);
    rekey_own_forget(session);
    sodium_memzero(session, sizeof(*session));
    free(session);
}
