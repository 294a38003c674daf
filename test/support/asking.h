/* SPDX-License-Identifier: ISC */
/* Requests of a test host and the answers of its peer, which uses the suite ASKING_SUITE. */
#ifndef TEST_ASKING_H
#define TEST_ASKING_H

#include "host.h"

#define ASKING_SUITE "chacha20poly1305-prfsha256"

enum { ASKING_LEN = 40, ASKING_MARKS = 256 };

/* A request with one Vendor ID payload, in which every octet is the mark. Zero: an INFORMATIONAL of ASKING_LEN octets
 * with the default schedule. */
struct asking {
    uint8_t mark;
    uint8_t exchange_type;
    size_t len;
    const struct ikl_schedule *schedule;
};

/* Makes the request. Its context is asking_context(mark). */
int asking_try(struct host *host, const struct asking *asking, struct ikl_request **out);

/* An INFORMATIONAL with this mark, which must be accepted. */
struct ikl_request *ask(struct host *host, uint8_t mark);

void *asking_context(uint8_t mark);

/* The mark in the n-th datagram that the host sent, which must be one whole request made here. */
uint8_t asked(struct host *host, size_t n);

/* The peer answers with an empty message. */
int answer(struct host *host, uint32_t message_id);

/* The n-th outcome, from 0; and the one for this mark: there must be exactly one. */
const struct ikl_outcome *outcome(struct host *host, size_t n);
const struct ikl_outcome *outcome_of(struct host *host, uint8_t mark);

#endif
