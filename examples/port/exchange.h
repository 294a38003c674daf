/* SPDX-License-Identifier: ISC */
/* The small stack: the exchanges of an IKE SA after IKE_AUTH. They have requests sent until they are answered, the
 * peer's answered once however often they come, and a silent peer checked and found dead.
 *
 * exchange_before.c is what such stacks usually have; exchange_watch.c does the same with the library at depth 1,
 * exchange_sa.c at depth 2. The rest of the stack, daemon.c, cannot tell which of them it has. */
#ifndef PORT_EXCHANGE_H
#define PORT_EXCHANGE_H

#include "message.h"

struct exchange;
struct daemon;

/* What IKE_AUTH has left. */
struct exchange_setup {
    struct daemon *daemon;
    uint64_t spi_i, spi_r;
    bool is_initiator; /* who has made one request after IKE_SA_INIT, and sealed it; the responder has sealed one too */
    struct ikl_suite suite;
    const struct ikl_keys *keys;
    bool checks; /* that a silent peer is alive */
};

struct exchange *exchange_open(const struct exchange_setup *setup, ikl_time now);
void exchange_close(struct exchange *exchange);

/* Sends a request, or keeps it until those before it are answered. */
void exchange_request(struct exchange *exchange, uint8_t exchange_type, uint8_t first_payload,
                      struct ikl_octets payloads, ikl_time now);

/* A datagram has come; authenticated ESP has come. */
void exchange_receive(struct exchange *exchange, const uint8_t *datagram, size_t len, ikl_time now);
void exchange_heard_esp(struct exchange *exchange, ikl_time now);

/* When exchange_tick has something to do. */
ikl_time exchange_deadline(const struct exchange *exchange);
void exchange_tick(struct exchange *exchange, ikl_time now);

/* What the daemon does for its exchanges. None of these may close the exchange. */
void daemon_send(struct daemon *daemon, const uint8_t *datagram, size_t len);
/* Carries a request out, and writes the payloads of the answer, their length and the type of the first. */
size_t daemon_execute(struct daemon *daemon, const struct message *request, uint8_t *out, uint8_t *first_payload);
void daemon_answered(struct daemon *daemon, const struct message *response);
void daemon_peer_is_dead(struct daemon *daemon);

#endif
