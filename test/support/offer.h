/* SPDX-License-Identifier: ISC */
/* A config that hands over an IKE SA in mid-life, with everything that can come along. */
#ifndef TEST_OFFER_H
#define TEST_OFFER_H

#include "host.h"

enum { OFFER_FIRST = 4, OFFER_OUTSTANDING = 3, OFFER_REMEMBERED = 8 };

/* The config of the original initiator and the octets that it points to. Message IDs OFFER_FIRST and so on are
 * outstanding under a window of 5, next retransmitted at 100100 and so on; the response OFFER_REMEMBERED is
 * remembered. */
struct offer {
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_outstanding_request outstanding[OFFER_OUTSTANDING];
    struct ikl_remembered_response remembered[1];
    uint8_t requests[OFFER_OUTSTANDING][HOST_MAX_DATAGRAM];
    uint8_t response[HOST_MAX_DATAGRAM];
};

/* `offer` must not move afterwards. */
void offer_fill(struct offer *offer, const char *suite);

#endif
