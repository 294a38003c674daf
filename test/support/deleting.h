/* SPDX-License-Identifier: ISC */
/* A host that answers the Deletes of its peer, which gives it messages of any content. */
#ifndef TEST_DELETING_H
#define TEST_DELETING_H

#include "peer.h"

#define DELETING_SUITE "chacha20poly1305-prfsha256"

/* The first octets of the peer's SPIs and of ours, and how a Delete names the protocols. */
enum { DELETING_CHILDREN = 3, OUT = 0xb0, IN = 0xa0, AH = IKL_PROTOCOL_AH, ESP = IKL_PROTOCOL_ESP };

/* With one IKE SA. */
void deleting_init(struct host *host);

/* The peer's request, with these payloads inside. */
int deleting_give(struct host *host, uint32_t message_id, uint8_t first_payload, const uint8_t *inside, size_t len);

/* The host's latest message is a response with these payloads inside. */
void deleting_assert_answer(struct host *host, uint8_t first_payload, const uint8_t *inside, size_t len);

/* The n-th Child SA to be reported down has this SPI of ours, and was deleted by the peer. */
void deleting_assert_reported(struct host *host, size_t n, uint32_t spi_in);

/* An endpoint without a callback for requests. */
void deleting_nobody_to_ask(struct ikl_endpoint_config *config);

#endif
