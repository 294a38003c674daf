/* SPDX-License-Identifier: ISC */
/* Two hosts that connect and change their keys on the way, each exchange with payloads of a length of its own. */
#ifndef TEST_CHANGING_H
#define TEST_CHANGING_H

#include "host.h"

/* A pair that is CONNECTING with the first keys of ASKING_SUITE, with fragmentation and paths of 1280 octets. `on_sas`
 * may be null. */
void changing_init(struct pair *pair, endpoint_change on_endpoints, sa_change on_sas);

/* The n-th keys of an IKE SA: those of 0 are test_keys. */
struct ikl_protection changing_protection(struct ikl_keys *keys, unsigned n);

/* A host takes the n-th keys. */
int change_keys(struct host *host, unsigned n);

/* The initiator asks with one KE payload in so many octets; the responder answers so. */
void changing_ask(struct pair *pair, uint8_t exchange_type, size_t len);
int changing_answer(struct host *host, uint32_t message_id, size_t len);

/* A whole exchange of IKE_INTERMEDIATE, with messages of these lengths, which arrive at once. */
void changing_exchange(struct pair *pair, size_t request_len, size_t response_len);

/* That, and then both ends take the n-th keys. */
void changing_step(struct pair *pair, unsigned n, size_t request_len, size_t response_len);

#endif
