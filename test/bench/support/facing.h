/* SPDX-License-Identifier: ISC */
/* Two endpoints that face each other with many IKE SAs, in memory and in virtual time. One of them probes.
 *
 * With a spacing of 1, IKE SA number i does everything i ms after IKE SA 0, so that every call of ikl_endpoint_advance
 * has one IKE SA due; with a spacing of 0 all are due in the same call. Neither endpoint has an optional callback. */
#ifndef BENCH_FACING_H
#define BENCH_FACING_H

#include <ikelive/ikelive.h>

enum { FACING_MAX_DATAGRAM = 128 };

struct facing_datagram {
    size_t len;
    uint8_t octets[FACING_MAX_DATAGRAM];
};

/* One of the endpoints. */
struct facing_side {
    struct ikl_endpoint *endpoint;
    struct ikl_path path;         /* what it receives came along it */
    struct facing_datagram *sent; /* in order, since the other side was last given them */
    uint32_t n_sent, room;
    uint64_t random; /* state of its random source */
    void *user;      /* the program's */
};

struct facing_config {
    const char *suite;
    const struct ikl_provider *provider; /* of both endpoints; null: the default */
    uint32_t n;                          /* IKE SAs, each with one Child SA */
    uint32_t spacing;
    ikl_time period; /* not 0: the IKE SAs are made evenly within so many ms instead, and the caller keeps the time */
    uint32_t work_limit;                                           /* of the prober */
    const struct ikl_allocator *prober_allocator, *peer_allocator; /* null: the default */
    uint32_t reserve; /* IKE SAs that the endpoints make room for at their start */
    uint32_t history_events;
    const struct ikl_monitor_config *monitor; /* of the prober's Child SAs; null: none */
    bool own_blocks; /* each IKE SA has its four blocks of the pool; else none, as where memory matters */
    /* Not 0: datagrams go so many at a time to `send_batch`, with the struct facing_side as its `user`, and not to
     * `sent`; and along `paths`, the prober's and the peer's. */
    uint32_t batch;
    void (*send_batch)(void *user, struct ikl_outbound *datagrams, size_t n);
    struct ikl_path paths[2];
};

struct facing {
    struct facing_side prober, peer;
    struct ikl_child **children; /* the prober's, of IKE SA 0, 1, ... */
    struct facing_config config;
    struct ikl_keys keys; /* the same for all IKE SAs; the prober is their original initiator */
    ikl_time now;         /* when IKE SA 0 did the latest thing */
};

/* False, and a word on stderr, when something fails; facing_clear is due in either case. */
bool facing_init(struct facing *facing, const struct facing_config *config);
void facing_clear(struct facing *facing);

/* Advances the prober to `wait` ms after the latest thing each IKE SA did, and through all deadlines before that. */
void facing_advance(struct facing *facing, ikl_time wait);

/* Gives the peer what the prober sent: it answers, or repeats its answer. */
void facing_answer(struct facing *facing);

/* Gives the prober what the peer sent. */
void facing_accept(struct facing *facing);

/* Loses what this side sent. */
void facing_lose(struct facing_side *side);

#endif
