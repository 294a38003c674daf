/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: what checks expect of the peer. Each gives whether it was so. When not, the check has failed:
 * what the tester sent last, and `seen`, which may be null, are kept to show it. Once there is a verdict of failure, or
 * that the tester cannot tell, it stays, and nothing that is expected is so. */
#ifndef IKEPING_CONFORMANCE_EXPECT_H
#define IKEPING_CONFORMANCE_EXPECT_H

#include "tester.h"

/* `why` says what is wrong when it does not hold. */
bool expect(struct tester *tester, bool holds, const struct message *seen, const char *why);

/* A request, sent until it is answered, gets a response. */
bool expect_answer(struct tester *tester, const struct datagram *request, struct message *response);

/* The next request, which takes a Message ID, is sealed from this draft, and gets a response. */
bool expect_answer_to(struct tester *tester, struct draft *draft, struct message *response);

/* An INFORMATIONAL request of these payloads, which are not well-formed, gets an error. `why` says what is wrong if it
 * does not. */
bool expect_malformed(struct tester *tester, uint8_t first, struct ikl_octets chain, const char *why);

/* Both are the same, octet for octet. */
bool expect_same(struct tester *tester, const struct message *first, const struct message *second);

/* No protected response with this Message ID comes while it is quiet. `why` says what is wrong if one does. */
bool expect_no_answer(struct tester *tester, uint8_t exchange_type, uint32_t message_id, const char *why);

/* A request that is wrong has no effect: it gets no protected response, and the right one, of the same Message ID,
 * still gets one. */
bool expect_dropped(struct tester *tester, const struct datagram *wrong, const struct datagram *right);

/* The IKE SA is as alive as before: the next request, an empty INFORMATIONAL, is answered. */
bool expect_alive(struct tester *tester);

/* deletes.c: a Delete of the tester's Child SA is answered with the SPI of its other direction. */
bool expect_child_deleted(struct tester *tester);

/* deletes.c: the response has no Delete payload. */
bool expect_no_delete(struct tester *tester, const struct message *response);

/* The message has this notification; `data` may be null. */
bool expect_notify(struct tester *tester, const struct message *message, uint16_t type, struct ikl_octets *data);

#endif
