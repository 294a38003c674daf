/* SPDX-License-Identifier: ISC */
/* A peer of ikeping's that makes requests. */
#ifndef TEST_IKEPING_ASKED_H
#define TEST_IKEPING_ASKED_H

#include "world.h"

/* One end is the peer here: the test makes its requests, and the other end is asked. */
struct asked {
    struct world world;
    int peer;
    struct session *session; /* the peer's */
    uint8_t plaintext[WORLD_MAX_DATAGRAM];
    struct ikl_opened response; /* to the last request */
};

/* Both ends are established; `peer` is the one that makes requests. asked_start: that is the initiator. */
void asked_start_with(struct asked *asked, int peer, const char *initiator_options, const char *responder_options);
void asked_start(struct asked *asked, const char *initiator_options, const char *responder_options);

/* Sends a request, which must be answered, and opens the response. */
void asked_ask(struct asked *asked, uint8_t exchange_type, const struct payload_list *list);

/* The only payload of the response is a Notify with this type. */
void asked_assert_error(const struct asked *asked, uint16_t type);

/* The session must go on as if nothing had been asked. */
void asked_assert_goes_on(struct asked *asked);

/* Adds an SA payload that offers one proposal. */
void asked_add_offer(struct payload_list *list, uint8_t protocol, uint64_t spi, const struct proposal *proposal);

#endif
