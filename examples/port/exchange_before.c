/* SPDX-License-Identifier: ISC */
/* The small stack, 189 lines: exchanges as such stacks have them: a timer for the request, a queue, the last response,
 * and a timer for a silent peer. */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

enum { IDLE = 5000, FIRST_WAIT = 1000, LONGEST_WAIT = 64000, TRIES = 10, QUEUE = 8 };

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
    bool is_outstanding;
    size_t request_len;
    uint8_t request[MESSAGE_MAX];
    unsigned tries;
    ikl_time wait, resend_at;
    struct queued queue[QUEUE];
    size_t n_queued;
    /* the peer's */
    uint32_t next_expected;
    size_t response_len;
    uint8_t response[MESSAGE_MAX];
    /* liveness */
    bool checks;
    ikl_time heard;
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
    exchange->checks = setup->checks;
    exchange->heard = now;
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
        .message_id = exchange->next_request++,
        .first_payload = first_payload,
        .payloads = payloads,
    };

    exchange->request_len = message_seal(&exchange->keying, &message, exchange->request);
    exchange->is_outstanding = true;
    exchange->tries = 1;
    exchange->wait = FIRST_WAIT;
    exchange->resend_at = now + FIRST_WAIT;
    daemon_send(exchange->daemon, exchange->request, exchange->request_len);
}

void exchange_request(struct exchange *exchange, uint8_t exchange_type, uint8_t first_payload,
                      struct ikl_octets payloads, ikl_time now)
{
    struct queued *queued = &exchange->queue[exchange->n_queued];

    if (!exchange->is_outstanding) {
        start(exchange, exchange_type, first_payload, payloads, now);
    } else if (exchange->n_queued < QUEUE && payloads.len <= sizeof(queued->payloads)) {
        queued->exchange_type = exchange_type;
        queued->first_payload = first_payload;
        queued->len = payloads.len;
        memcpy(queued->payloads, payloads.data, payloads.len);
        exchange->n_queued++;
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
    if (!exchange->is_outstanding || response->message_id != exchange->next_request - 1) {
        return;
    }
    exchange->is_outstanding = false;
    exchange->heard = now;
    daemon_answered(exchange->daemon, response);
    start_next(exchange, now);
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
        exchange->heard = now;
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
    exchange->heard = now;
}

ikl_time exchange_deadline(const struct exchange *exchange)
{
    if (exchange->is_outstanding) {
        return exchange->resend_at;
    }
    return exchange->checks ? exchange->heard + IDLE : IKL_NEVER;
}

static void send_again(struct exchange *exchange)
{
    if (exchange->tries == TRIES) {
        daemon_peer_is_dead(exchange->daemon);
        return;
    }
    exchange->tries++;
    exchange->wait = exchange->wait * 2 < LONGEST_WAIT ? exchange->wait * 2 : LONGEST_WAIT;
    exchange->resend_at += exchange->wait;
    daemon_send(exchange->daemon, exchange->request, exchange->request_len);
}

void exchange_tick(struct exchange *exchange, ikl_time now)
{
    if (now < exchange_deadline(exchange)) {
        return;
    }
    if (exchange->is_outstanding) {
        send_again(exchange);
    } else {
        start(exchange, IKL_INFORMATIONAL, IKL_PAYLOAD_NONE, (struct ikl_octets){NULL, 0}, now);
    }
}
