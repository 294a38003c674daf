/* SPDX-License-Identifier: ISC */
/* Requests for an IKE SA that nobody knows, which a maker of tokens may answer. */
#ifndef TEST_LOST_H
#define TEST_LOST_H

#include "host.h"

#define LOST_SPI_I UINT64_C(0x0102030405060708)
#define LOST_SPI_R UINT64_C(0x1112131415161718)

struct lost {
    struct ikl_header header;
    struct ikl_octets payloads;
};

/* An INFORMATIONAL request of the initiator, protected by the look of it. */
struct lost lost_request(void);

/* Where it comes from and goes to. */
struct ikl_path lost_path(void);

/* Hands it to the host; what receiving it returns. */
int lost_ask(struct host *host, const struct lost *lost);

/* Asks, and asserts that there is no answer, or returns the answer. */
void lost_assert_silent(struct host *host, const struct lost *lost);
struct event *lost_assert_shown(struct host *host, const struct lost *lost);

#endif
