/* SPDX-License-Identifier: ISC */
/* The life of an IKE SA, told in two halves. Between them it has everything that a bad datagram could spoil: a request
 * outstanding and retransmitted, a response remembered, Child SAs of which one was heard, evidence of some age. The
 * second half shows whether anything was spoiled. */
#ifndef TEST_STORY_H
#define TEST_STORY_H

#include "host.h"

/* Where the first half ends: the original initiator at time STORY_PAUSE. */
enum {
    STORY_PAUSE = 14300,
    STORY_FORGOTTEN = 0, /* a request of the peer's whose response is forgotten */
    STORY_REMEMBERED,    /* the latest request of the peer's, answered */
    STORY_FRESH,         /* the peer's next request */
    STORY_ANSWERED = 0,  /* a request of ours that was answered */
    STORY_OUTSTANDING,   /* the one that is outstanding */
    STORY_UNUSED         /* our next request */
};

void story_begin(struct host *host, const char *suite);

/* The peer repeats its latest request until the rate runs out, answers ours, asks something, gets its response, and
 * dies. Ends with the IKE SA down. */
void story_end(struct host *host, const char *suite);

#endif
