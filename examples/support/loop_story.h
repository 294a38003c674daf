/* SPDX-License-Identifier: ISC */
/* ikelive examples: what happens in the examples of event loops, which are about nothing but the loop: two hosts share
 * an IKE SA; the first checks that the second is alive; after three answers the second forgets the IKE SA, and the
 * first takes it down when its schedule ends. */
#ifndef EXAMPLES_LOOP_STORY_H
#define EXAMPLES_LOOP_STORY_H

#include "hand_over.h"

struct loop_story {
    struct randomness randomness;
    struct ikl_schedule schedule;
    struct host hosts[HAND_OVER_ENDS];
    struct ikl_sa *sas[HAND_OVER_ENDS];
    unsigned answers;
    bool over; /* the first host's IKE SA is down */
};

/* Opens sockets and endpoints. False, said on stderr, when that fails. */
bool loop_story_open(struct loop_story *story);

/* Ends both hosts. The exit status of the program: 0 when it is over. */
int loop_story_close(struct loop_story *story);

#endif
