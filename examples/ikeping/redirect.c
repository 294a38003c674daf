/* SPDX-License-Identifier: ISC */
/* ikeping: REDIRECT. */
#include "redirect.h"

#include "session.h"
#include "succession.h"

#include <stdio.h>
#include <string.h>

/* GW Ident Type (RFC 5685 §9.2), and how long such an identity is; 0: any length. */
struct kind {
    uint8_t type, id_type;
    size_t len;
};

static const struct kind kinds[] = {{IKL_GATEWAY_IPV4, IKL_ID_IPV4_ADDR, 4},
                                    {IKL_GATEWAY_IPV6, IKL_ID_IPV6_ADDR, 16},
                                    {IKL_GATEWAY_FQDN, IKL_ID_FQDN, 0}};

static uint8_t id_type_of(uint8_t type, size_t len)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].type == type && len != 0 && (kinds[i].len == 0 || kinds[i].len == len)) {
            return kinds[i].id_type;
        }
    }
    return 0;
}

static const char unnamed[] = "a gateway that it does not name rightly";

/* What a REDIRECT notification says. */
struct redirect {
    char where[REDIRECT_TEXT_SIZE]; /* empty: it is not named rightly */
    struct ikl_octets nonce;        /* without `data`: there is none */
};

static struct redirect read_redirect(struct ikl_octets data)
{
    struct ikl_reader reader = ikl_reader(data.data, data.len);
    uint8_t type = ikl_read_u8(&reader);
    size_t len = ikl_read_u8(&reader);
    struct ikl_octets where = ikl_read_octets(&reader, len);
    struct identity gateway = {.type = reader.failed ? 0 : id_type_of(type, len), .len = len};
    struct redirect redirect = {.where = ""};
    char whole[IDENTITY_TEXT_SIZE];

    if (gateway.type != 0) {
        memcpy(gateway.data, where.data, len);
        identity_text(&gateway, whole, sizeof(whole));
        (void)snprintf(redirect.where, sizeof(redirect.where), "%.*s", REDIRECT_TEXT_SIZE - 1, whole);
        redirect.nonce = ikl_read_octets(&reader, reader.left);
    }
    return redirect;
}

void redirect_text(struct ikl_octets data, char *text, size_t size)
{
    struct redirect redirect = read_redirect(data);

    (void)snprintf(text, size, "%s", redirect.where[0] != '\0' ? redirect.where : unnamed);
}

void redirect_explain(struct ikl_octets data, char *text, size_t size)
{
    char where[REDIRECT_TEXT_SIZE];

    redirect_text(data, where, sizeof(where));
    (void)snprintf(text, size, "the gateway redirects us to %s (REDIRECT, RFC 5685), which --follow-redirect follows",
                   where);
}

void redirect_offer(const struct session *session, struct payload_list *list)
{
    const struct ikl_address *from = &session->gateway->config.redirected_from;
    uint8_t data[2 + sizeof(from->ip)];
    struct ikl_writer writer = ikl_writer(data, sizeof(data));
    uint8_t len = from->family == 4 ? 4 : 16;

    if (from->family == 0) {
        payload_list_notify(list, IKL_NOTIFY_REDIRECT_SUPPORTED, (struct ikl_octets){NULL, 0});
        return;
    }
    ikl_write_u8(&writer, from->family == 4 ? IKL_GATEWAY_IPV4 : IKL_GATEWAY_IPV6);
    ikl_write_u8(&writer, len);
    ikl_write_octets(&writer, from->ip, len);
    payload_list_notify(list, IKL_NOTIFY_REDIRECTED_FROM, (struct ikl_octets){data, writer.len});
}

bool redirect_answers(struct ikl_octets data, struct ikl_octets nonce)
{
    struct redirect redirect = read_redirect(data);

    return redirect.nonce.len == nonce.len && memcmp(redirect.nonce.data, nonce.data, nonce.len) == 0;
}

/* Whether one more may be followed. */
static bool count(struct redirection *redirection, ikl_time now)
{
    if (redirection->n == 0 || now - redirection->first >= REDIRECTS_PERIOD) {
        redirection->first = now;
        redirection->n = 0;
    }
    return ++redirection->n <= REDIRECTS_MOST;
}

/* Another handshake takes the place of this one. */
static void begin_elsewhere(struct session *session, const struct gateway_config *config)
{
    struct gateway *gateway = session->gateway;
    bool succeeds = succession_is(session);

    gateway->config = *config;
    gateway_begin(gateway, succeeds ? &gateway->successor : &gateway->session);
}

bool redirect_follow(struct session *session, struct ikl_octets data, char *why, size_t size)
{
    struct ikeping *ikeping = session->ikeping;
    struct gateway *gateway = session->gateway;
    struct redirection *redirection = &gateway->redirection;
    struct gateway_config config = gateway->config;
    struct redirect redirect = read_redirect(data);
    char reason[IKEPING_REASON_SIZE];

    if (session->phase == SESSION_ESTABLISHED && gateway->successor != NULL) {
        (void)snprintf(why, size, "redirected while another one is under way");
        return false;
    }
    if (redirect.where[0] == '\0') {
        (void)snprintf(why, size, "the gateway redirects us to %s", unnamed);
        return false;
    }
    if (!count(redirection, ikeping_now(ikeping))) {
        (void)snprintf(why, size, "we were redirected more than %d times in %d s, now to %s", REDIRECTS_MOST,
                       REDIRECTS_PERIOD / 1000, redirect.where);
        return false;
    }
    if (!ikeping->reach(ikeping->user, redirect.where, config.plain.remote.port, &config, reason)) {
        (void)snprintf(why, size, "redirected: %s", reason);
        return false;
    }
    if (gateway->config.redirected_from.family == 0) {
        redirection->home = gateway->config;
    }
    config.redirected_from = gateway->config.plain.remote;
    report_redirect(ikeping->report, session->peer, redirect.where, true);
    if (session->phase == SESSION_ESTABLISHED) {
        succession_begin(gateway, &config);
    } else {
        begin_elsewhere(session, &config);
    }
    return true;
}

void redirect_forget(struct gateway *gateway)
{
    if (gateway->config.redirected_from.family != 0) {
        gateway->config = gateway->redirection.home;
    }
}
