/* SPDX-License-Identifier: ISC */
/* The life of an IKE SA on a path, at the depth of the policy: struct ikl_watch is asked, nothing is encrypted.
 *
 * A check costs nothing to leave out when it is answered: the watch is after it as before, only later. So time jumps to
 * the next check that an outage may touch, or whose first send or answer is lost by chance. That is exact: how many
 * checks pass before that is drawn as chance makes it, and what is not drawn has no memory. */
#ifndef WAITS_LIFE_H
#define WAITS_LIFE_H

#include "path.h"

#include "sim/inside.h"

#include <ikelive/watch.h>

enum { LIFE_IDLE = 5000, LIFE_TALK = 5000, LIFE_SETUP = 1000 };

/* How an IKE SA lives. */
struct life_manner {
    const struct ikl_schedule *schedule;
    bool trims; /* its last wait, by what it has measured */
    bool sends; /* what is overdue, see ikl_run_add_sends */
    bool talks; /* the peer: every LIFE_TALK ms it sends something that is no answer */
};

/* How long after the death of the peer. */
struct life_death {
    uint64_t suspect; /* it was suspect from then on */
    uint64_t down;    /* it was given up; 0: there was no IKE SA when it died */
};

enum life_event { LIFE_SENT, LIFE_ANSWERED, LIFE_DOWN };

/* Told of each event; nothing is left out then. `datagram` is told of each datagram, the requester's (end 0) or the
 * answerer's (1), whether chance loses it, what the peer says by itself left out; `heard` of that, when it arrives. */
struct life_listener {
    void (*event)(void *user, enum life_event event, ikl_time at);
    void (*datagram)(void *user, int end, bool lost);
    void (*heard)(void *user, ikl_time at);
    void *user;
};

struct life {
    const struct path *path;
    const struct life_listener *listener; /* or null */
    struct life_manner manner;
    struct ikl_sim_stream chance;
    struct ikl_watch watch;
    ikl_time now;
    ikl_time dead;      /* when the peer dies */
    ikl_time answer;    /* when the answer arrives that comes first; IKL_NEVER: none is on its way */
    ikl_time answered;  /* when it was sent */
    ikl_time talk_sent; /* when the peer sends its next message; IKL_NEVER: it does not talk */
    ikl_time talk;      /* when that arrives */
    size_t next;        /* index of the outage at or after now */
    uint32_t message_id;
    uint64_t between;     /* checks, or messages, between losses: on average, in 1024ths; 0: none is lost */
    ikl_time established; /* when this IKE SA was made */
    uint64_t lived;       /* ms that those before it lived */
    bool lost;            /* the next request or its answer is lost by chance */
    uint64_t datagrams;   /* requests and answers */
    uint32_t downs; /* each is followed by a new IKE SA, LIFE_SETUP ms after that or after the end of the outage */
};

void life_begin(struct life *life, const struct path *path, const struct life_manner *manner, uint64_t seed,
                const struct life_listener *listener);

/* Lives until just before `until`. */
void life_until(struct life *life, ikl_time until);

/* What happens when the peer dies at `at`; `life` has been lived until then. */
struct life_death life_die(const struct life *life, ikl_time at);

#endif
