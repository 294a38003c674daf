/* SPDX-License-Identifier: ISC */
/* ikeping: a gateway that we connect to. */
#include "gateway.h"

#include "session.h"

#include <stdio.h>
#include <stdlib.h>

static void on_timer(void *owner)
{
    struct gateway *gateway = owner;

    ikl_time now = ikeping_now(gateway->ikeping);

    if (gateway->first_attempt <= now || init_ping_deadline(gateway) <= now || revival_begins(gateway)) {
        gateway_connect(gateway);
    }
    gateway_set_timer(gateway);
}

struct gateway *gateway_new(struct ikeping *ikeping, const struct gateway_config *config, ikl_time first_attempt)
{
    struct gateway *gateway = calloc(1, sizeof(*gateway));

    if (gateway == NULL || !timers_add(&ikeping->timers, &gateway->timer, on_timer, gateway)) {
        free(gateway);
        return NULL;
    }
    gateway->ikeping = ikeping;
    gateway->config = *config;
    gateway->first_attempt = first_attempt;
    gateway->init_ping.next = IKL_NEVER;
    (void)ikl_address_text(&config->plain.remote, gateway->address, sizeof(gateway->address));
    *(ikeping->gateways == NULL ? &ikeping->gateways : &ikeping->last_gateway->next) = gateway;
    ikeping->last_gateway = gateway;
    gateway->number = ikeping->n_gateways++;
    gateway_set_timer(gateway);
    return gateway;
}

bool gateway_add_failed(struct ikeping *ikeping, const char *host, const char *why)
{
    struct gateway *gateway = gateway_new(ikeping, &(struct gateway_config){.remote_id = NULL}, IKL_NEVER);

    if (gateway == NULL) {
        return false;
    }
    (void)snprintf(gateway->address, sizeof(gateway->address), "%s", host);
    (void)snprintf(gateway->why, sizeof(gateway->why), "%s", why);
    gateway->status = EXIT_NOT_ESTABLISHED;
    gateway->closing = true;
    return true;
}

void gateway_connect(struct gateway *gateway)
{
    gateway->first_attempt = IKL_NEVER;
    if (gateway->ikeping->settings->init) {
        init_ping_begin(gateway);
    }
    gateway_begin(gateway, &gateway->session);
    if (gateway->session == NULL) {
        gateway_not_established(gateway, "no memory");
    }
}

/* Our address may be another one than the last time. */
static void locate(const struct gateway *gateway, struct ikl_path *path)
{
    const struct ikeping *ikeping = gateway->ikeping;
    struct ikl_path present;

    if (!path->reliable && ikeping->locate != NULL &&
        ikeping->locate(ikeping->user, 0, &path->remote, path->encapsulated, &present)) {
        *path = present;
    }
}

void gateway_begin(struct gateway *gateway, struct session **as)
{
    const struct ikl_path *path = &gateway->config.plain;
    struct session *session;
    const char *why;

    if (gateway_was_up(gateway)) {
        locate(gateway, &gateway->config.plain);
        locate(gateway, &gateway->config.encapsulated);
    }
    session = session_new(gateway->ikeping, path, gateway);

    *as = session;
    if (as == &gateway->session) {
        (void)ikl_address_text(&path->remote, gateway->address, sizeof(gateway->address));
    }
    if (session == NULL) {
        return;
    }
    session->handshake.encapsulated = gateway->config.encapsulated;
    if (!handshake_initiate(session, path, &why)) {
        session_refuse(session, why);
        session_abandon(session);
    }
}

bool gateway_was_up(const struct gateway *gateway)
{
    return gateway->tally.sent != 0;
}

void gateway_not_established(struct gateway *gateway, const char *why)
{
    (void)snprintf(gateway->why, sizeof(gateway->why), "%s", why);
    if (gateway->ikeping->settings->init) {
        init_ping_failed(gateway, why);
        return;
    }
    report_failed(gateway->ikeping->report, gateway->address, why);
    if (revival_attempt_failed(gateway)) {
        return;
    }
    if (gateway->status == EXIT_ALIVE) { /* else there was one that went down */
        gateway->status = gateway_was_up(gateway) ? EXIT_DEAD : EXIT_NOT_ESTABLISHED;
    }
    gateway->closing = true;
}

void gateway_died(struct gateway *gateway, const char *why)
{
    gateway->status = EXIT_DEAD;
    (void)snprintf(gateway->why, sizeof(gateway->why), "%s", why);
}

void gateway_close(struct gateway *gateway, const char *why)
{
    gateway->closing = true;
    gateway->first_attempt = IKL_NEVER;
    gateway_set_timer(gateway);
    if (gateway->session != NULL) {
        session_interrupt(gateway->session, false, why);
    }
    if (gateway->successor != NULL) {
        session_interrupt(gateway->successor, false, why);
    }
}

bool gateway_is_done(const struct gateway *gateway)
{
    uint64_t count = gateway->ikeping->settings->count;

    return count != 0 && gateway->tally.answered >= count;
}

bool gateway_is_given_up(const struct gateway *gateway)
{
    return gateway->first_attempt == IKL_NEVER && revival_deadline(gateway) == IKL_NEVER &&
           init_ping_deadline(gateway) == IKL_NEVER;
}

/* Of one that there is no established IKE SA with. */
static enum gateway_state state_without(const struct gateway *gateway)
{
    switch (gateway->status) {
    case EXIT_NOT_ESTABLISHED:
        return GATEWAY_FAILED;
    case EXIT_DEAD:
        return GATEWAY_DOWN;
    default:
        return gateway->closing ? GATEWAY_ENDED : GATEWAY_CONNECTING;
    }
}

enum gateway_state gateway_state(const struct gateway *gateway)
{
    bool up = gateway->session != NULL && gateway->session->phase == SESSION_ESTABLISHED;

    if (!up) {
        return state_without(gateway);
    }
    return gateway->lost ? GATEWAY_LOST : GATEWAY_UP;
}

const char *gateway_state_name(enum gateway_state state)
{
    static const char *const names[] = {
        [GATEWAY_FAILED] = "failed",         [GATEWAY_DOWN] = "down", [GATEWAY_LOST] = "lost",
        [GATEWAY_CONNECTING] = "connecting", [GATEWAY_UP] = "up",     [GATEWAY_ENDED] = "ended",
    };

    return names[state];
}

uint64_t gateway_unanswered(const struct gateway *gateway)
{
    const struct tally *tally = &gateway->tally;
    bool waiting = gateway->session != NULL && gateway->session->check_sa != NULL && !gateway->lost;

    return tally->sent - tally->answered - tally->superseded - (waiting ? 1 : 0);
}

static int compare(const void *a, const void *b)
{
    const struct gateway *left = *(const struct gateway *const *)a, *right = *(const struct gateway *const *)b;
    enum gateway_state left_state = gateway_state(left), right_state = gateway_state(right);

    if (left_state != right_state) {
        return left_state < right_state ? -1 : 1;
    }
    if (gateway_unanswered(left) != gateway_unanswered(right)) {
        return gateway_unanswered(left) > gateway_unanswered(right) ? -1 : 1;
    }
    return left->number < right->number ? -1 : 1;
}

const struct gateway **gateway_rank(const struct ikeping *ikeping)
{
    const struct gateway **ranked = calloc(ikeping->n_gateways + 1, sizeof(*ranked));
    size_t n = 0;

    if (ranked != NULL) {
        for (const struct gateway *gateway = ikeping->gateways; gateway != NULL; gateway = gateway->next) {
            ranked[n++] = gateway;
        }
        qsort(ranked, n, sizeof(*ranked), compare);
    }
    return ranked;
}

void gateway_set_timer(struct gateway *gateway)
{
    timers_set(&gateway->ikeping->timers, &gateway->timer,
               ikl_time_earlier(ikl_time_earlier(gateway->first_attempt, revival_deadline(gateway)),
                                init_ping_deadline(gateway)));
}

enum exit_status gateway_status(const struct gateway *gateway)
{
    return gateway->status == EXIT_ALIVE && tally_lacks(&gateway->tally, ikeping_wanted(gateway->ikeping))
               ? EXIT_DEAD
               : gateway->status;
}

void gateway_drop_all(struct ikeping *ikeping)
{
    while (ikeping->gateways != NULL) {
        struct gateway *next = ikeping->gateways->next;

        timers_remove(&ikeping->timers, &ikeping->gateways->timer);
        free(ikeping->gateways);
        ikeping->gateways = next;
    }
    ikeping->last_gateway = NULL;
    ikeping->n_gateways = 0;
}
