/* SPDX-License-Identifier: ISC */
/* The small stack, 181 lines: the same exchanges with the library at depth 1: messages, queue and responses are the
 * stack's, and a watch says when to send a request, when to check the peer and when to give it up. */
#include "exchange.h"

#include <ikelive/watch.h>

#include <stdlib.h>
#include <string.h>

enum { SLACK = 100, QUEUE = 8 };

struct queued {
    uint8_t exchange_type, first_payload;
    size_t len;
    uint8_t payloads[MESSAGE_MAX];
};

struct exchange {
    struct daemon *daemon;
    struct keying keying;
    /* our requests */
    uint32_t next_request;
    size_t request_len;
    uint8_t request[MESSAGE_MAX];
    struct queued queue[QUEUE];
    size_t n_queued;
    /* the peer's */
    uint32_t next_expected;
    size_t response_len;
    uint8_t response[MESSAGE_MAX];
    /* liveness */
    struct ikl_watch watch;
};

struct exchange *exchange_open(const struct exchange_setup *setup, ikl_time now)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));

    if (exchange == NULL) {
        abort();
    }
    exchange->daemon = setup->daemon;
    exchange->keying =
        (struct keying){.spi_i = setup->spi_i, .spi_r = setup->spi_r, .is_initiator = setup->is_initiator, .sealed = 1};
    keying_open(&exchange->keying, &setup->suite, setup->keys);
    exchange->next_request = setup->is_initiator ? 2 : 0;
    exchange->next_expected = setup->is_initiator ? 0 : 2;
    ikl_watch_init(&exchange->watch, now);
    if (!setup->checks) {
        ikl_watch_set_policy(&exchange->watch, IKL_LIVENESS_OFF, 0, 0);
    }
    return exchange;
}

void exchange_close(struct exchange *exchange)
{
    keying_close(&exchange->keying);
    free(exchange);
}

static void start(struct exchange *exchange, uint8_t exchange_type, uint8_t first_payload, struct ikl_octets payloads,
                  ikl_time now)
{
    const struct message message = {
        .exchange_type = exchange_type,
        .message_id = exchange->next_request,
        .first_payload = first_payload,
        .payloads = payloads,
    };

    if (ikl_watch_sent(&exchange->watch, message.message_id, now, SLACK, 0) == IKL_OK) {
        exchange->next_request++;
        exchange->request_len = message_seal(&exchange->keying, &message, exchange->request);
        daemon_send(exchange->daemon, exchange->request, exchange->request_len);
    }
}

void exchange_request(struct exchange *exchange, uint8_t exchange_type, uint8_t first_payload,
                      struct ikl_octets payloads, ikl_time now)
{
    struct queued *queued = &exchange->queue[exchange->n_queued];

    if (!ikl_run_is_out(&exchange->watch.run)) {
        start(exchange, exchange_type, first_payload, payloads, now);
    } else if (exchange->n_queued < QUEUE && payloads.len <= sizeof(queued->payloads)) {
        queued->exchange_type = exchange_type;
        queued->first_payload = first_payload;
        queued->len = payloads.len;
        memcpy(queued->payloads, payloads.data, payloads.len);
        exchange->n_queued++;
    }
}

/* Does what the watch says. */
static void act(struct exchange *exchange, enum ikl_watch_decision decision, ikl_time now)
{
    switch (decision) {
    case IKL_WATCH_PROBE:
        start(exchange, IKL_INFORMATIONAL, IKL_PAYLOAD_NONE, (struct ikl_octets){NULL, 0}, now);
        break;
    case IKL_WATCH_SEND_AGAIN:
        daemon_send(exchange->daemon, exchange->request, exchange->request_len);
        break;
    case IKL_WATCH_GIVE_UP:
        daemon_peer_is_dead(exchange->daemon);
        break;
    case IKL_WATCH_NOTHING:
        break;
    }
}

static void start_next(struct exchange *exchange, ikl_time now)
{
    struct queued *first = exchange->queue;

    if (exchange->n_queued > 0) {
        start(exchange, first->exchange_type, first->first_payload, (struct ikl_octets){first->payloads, first->len},
              now);
        memmove(first, first + 1, --exchange->n_queued * sizeof(*first));
    }
}

static void take_response(struct exchange *exchange, const struct message *response, ikl_time now)
{
    if (ikl_watch_answered(&exchange->watch, response->message_id, now)) {
        daemon_answered(exchange->daemon, response);
        start_next(exchange, now);
    }
}

static void take_request(struct exchange *exchange, const struct message *request, ikl_time now)
{
    uint8_t payloads[MESSAGE_MAX];
    struct message response = {
        .is_response = true,
        .exchange_type = request->exchange_type,
        .message_id = request->message_id,
    };

    if (request->message_id == exchange->next_expected) {
        exchange->next_expected++;
        act(exchange, ikl_watch_heard(&exchange->watch, now, 0), now);
        response.payloads.data = payloads;
        response.payloads.len = daemon_execute(exchange->daemon, request, payloads, &response.first_payload);
        exchange->response_len = message_seal(&exchange->keying, &response, exchange->response);
    } else if (request->message_id != exchange->next_expected - 1 || exchange->response_len == 0) {
        return;
    }
    daemon_send(exchange->daemon, exchange->response, exchange->response_len);
}

void exchange_receive(struct exchange *exchange, const uint8_t *datagram, size_t len, ikl_time now)
{
    uint8_t plaintext[MESSAGE_MAX];
    struct message message;

    if (!message_open(&exchange->keying, datagram, len, plaintext, &message)) {
        return;
    }
    if (message.is_response) {
        take_response(exchange, &message, now);
    } else {
        take_request(exchange, &message, now);
    }
}

void exchange_heard_esp(struct exchange *exchange, ikl_time now)
{
    ikl_watch_traffic_heard(&exchange->watch, now, now);
}

ikl_time exchange_deadline(const struct exchange *exchange)
{
    return ikl_watch_deadline(&exchange->watch);
}

void exchange_tick(struct exchange *exchange, ikl_time now)
{
    act(exchange, ikl_watch_tick(&exchange->watch, now, SLACK, 0), now);
}
