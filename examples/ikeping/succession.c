/* SPDX-License-Identifier: ISC */
/* ikeping: a new IKE SA in the place of another one. */
#include "succession.h"

#include "check.h"
#include "session.h"

#include <string.h>

bool succession_is(const struct session *session)
{
    return session->gateway != NULL && session->gateway->successor == session;
}

void succession_later(struct session *session)
{
    uint32_t after = session->ikeping->settings->reauth;

    session->reauth_at =
        after != 0 && session->initiator ? ikl_time_after(ikeping_now(session->ikeping), after) : IKL_NEVER;
}

void succession_begin(struct gateway *gateway, const struct gateway_config *config)
{
    if (gateway->successor == NULL) {
        gateway->before = gateway->config;
        gateway->config = *config;
        gateway_begin(gateway, &gateway->successor);
    }
    if (gateway->successor == NULL) { /* there was no memory, or what has failed was told */
        gateway->config = gateway->before;
        succession_later(gateway->session);
    }
}

void succession_tick(struct session *session)
{
    if (session->reauth_at <= ikeping_now(session->ikeping) && session->phase == SESSION_ESTABLISHED) {
        session->reauth_at = IKL_NEVER;
        succession_begin(session->gateway, &session->gateway->config);
    }
}

/* The session is the gateway's from now on. */
static void take_place(struct session *session)
{
    struct gateway *gateway = session->gateway;

    check_give_up(gateway->session, "a new IKE SA");
    gateway->session = session;
    gateway->successor = NULL;
    gateway->lost = false;
    session->checks = gateway->tally.sent;
    memcpy(gateway->address, session->peer, sizeof(gateway->address));
}

void succession_take(struct session *session)
{
    struct session *old = session->gateway->session;

    take_place(session);
    session_retire(old);
}

void succession_failed(struct session *session, const char *why)
{
    struct gateway *gateway = session->gateway;

    gateway->successor = NULL;
    gateway->config = gateway->before;
    if (!gateway->closing) {
        report_successor_failed(gateway->ikeping->report, gateway->address, why);
        succession_later(gateway->session);
        session_touch(gateway->session);
    }
}

bool succession_inherits(struct session *old, const struct ikl_down *down)
{
    struct gateway *gateway = old->gateway;
    struct session *successor = gateway != NULL && gateway->session == old ? gateway->successor : NULL;

    if (successor == NULL || gateway->closing) {
        return false;
    }
    if (down->reason == IKL_DOWN_PEER_DELETED && session_awaits_proof(successor)) {
        take_place(successor);
        return true;
    }
    gateway->successor = NULL;
    gateway->config = gateway->before;
    session_abandon(successor);
    return false;
}
