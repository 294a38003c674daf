/* SPDX-License-Identifier: ISC */
/* The small stack, 150 lines: the same exchanges with the library at depth 2: it has the Message IDs, the requests, the
 * responses and the keys, and seals and opens the messages. */
#include "exchange.h"

#include <ikelive/endpoint.h>

#include <sodium.h>
#include <stdlib.h>

/* A daemon has one endpoint for all its IKE SAs; this one has one IKE SA. */
struct exchange {
    struct daemon *daemon;
    struct ikl_endpoint *endpoint;
    struct ikl_sa *sa;
    struct ikl_child *child; /* whose ESP is a sign of life */
    ikl_time now;            /* of the latest call, which callbacks answer in */
};

static int on_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    randombytes_buf(out, len);
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct exchange *exchange = user;

    (void)sa;
    (void)path;
    daemon_send(exchange->daemon, datagram, len);
    return IKL_OK;
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct exchange *exchange = user;
    const struct message message = {.exchange_type = request->exchange_type,
                                    .message_id = request->message_id,
                                    .first_payload = request->first_payload,
                                    .payloads = request->plaintext};
    uint8_t payloads[MESSAGE_MAX], first_payload = IKL_PAYLOAD_NONE;
    size_t len = daemon_execute(exchange->daemon, &message, payloads, &first_payload);

    /* without room for it now, the peer asks again */
    (void)!ikl_sa_respond_chain(sa, request->message_id, first_payload, (struct ikl_octets){payloads, len},
                                exchange->now);
}

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct exchange *exchange = user;
    const struct message message = {.is_response = true,
                                    .exchange_type = outcome->exchange_type,
                                    .message_id = outcome->message_id,
                                    .first_payload = outcome->first_payload,
                                    .payloads = outcome->plaintext};

    (void)sa;
    if (outcome->kind == IKL_OUTCOME_ANSWERED) {
        daemon_answered(exchange->daemon, &message);
    }
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct exchange *exchange = user;

    (void)sa;
    if (down->reason == IKL_DOWN_TIMEOUT) {
        daemon_peer_is_dead(exchange->daemon);
    }
}

static int hand_over(struct exchange *exchange, const struct exchange_setup *setup, ikl_time now)
{
    uint32_t ours = setup->is_initiator ? 2 : 0, theirs = setup->is_initiator ? 0 : 2;
    const struct ikl_endpoint_config endpoint = {.size = sizeof(endpoint),
                                                 .callbacks = {.size = sizeof(endpoint.callbacks),
                                                               .random = on_random,
                                                               .send = on_send,
                                                               .peer_request = on_peer_request,
                                                               .outcome = on_outcome,
                                                               .down = on_down},
                                                 .user = exchange};
    const struct ikl_sa_config sa = {
        .size = sizeof(sa),
        .spi_i = setup->spi_i,
        .spi_r = setup->spi_r,
        .original_initiator = setup->is_initiator,
        .protection = {.suite = setup->suite, .keys = setup->keys, .iv_source = IKL_IV_FIRST, .iv_first = 1},
        .ids = {.stated = true, .next_request = ours, .unanswered = ours, .next_expected = theirs},
        .liveness = setup->checks ? IKL_LIVENESS_PERIODIC : IKL_LIVENESS_OFF,
    };
    const struct ikl_child_config child = {
        .size = sizeof(child), .protocol = IKL_PROTOCOL_ESP, .spi_in = 0x1001, .spi_out = 0x1002};
    int error = ikl_endpoint_new(&exchange->endpoint, &endpoint, now);

    error = error == IKL_OK ? ikl_sa_new(&exchange->sa, exchange->endpoint, &sa, now) : error;
    return error == IKL_OK ? ikl_sa_add_child(exchange->sa, &child, &exchange->child) : error;
}

struct exchange *exchange_open(const struct exchange_setup *setup, ikl_time now)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));

    if (exchange == NULL || hand_over(exchange, setup, now) != IKL_OK) {
        abort();
    }
    exchange->daemon = setup->daemon;
    return exchange;
}

void exchange_close(struct exchange *exchange)
{
    ikl_endpoint_free(exchange->endpoint);
    free(exchange);
}

void exchange_request(struct exchange *exchange, uint8_t exchange_type, uint8_t first_payload,
                      struct ikl_octets payloads, ikl_time now)
{
    (void)!ikl_sa_request_chain(exchange->sa, exchange_type, first_payload, payloads, NULL, now, NULL);
}

void exchange_receive(struct exchange *exchange, const uint8_t *datagram, size_t len, ikl_time now)
{
    const struct ikl_path path = {.tag = 0};

    exchange->now = now;
    ikl_endpoint_receive(exchange->endpoint, &path, datagram, len, now);
}

void exchange_heard_esp(struct exchange *exchange, ikl_time now)
{
    ikl_child_heard(exchange->child, now);
}

ikl_time exchange_deadline(const struct exchange *exchange)
{
    return ikl_endpoint_next_deadline(exchange->endpoint);
}

void exchange_tick(struct exchange *exchange, ikl_time now)
{
    exchange->now = now;
    ikl_endpoint_advance(exchange->endpoint, now);
}
