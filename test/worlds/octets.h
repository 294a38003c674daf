/* SPDX-License-Identifier: ISC */
/* Two hosts that share IKE SAs, driven by a stream of octets: what the fuzz target sa plays with, and what must hold in
 * it at all times. */
#ifndef WORLDS_OCTETS_H
#define WORLDS_OCTETS_H

#include "acts.h"
#include "hostile.h"

#include "support/test_allocator.h"

#include <ikelive/crash.h>
#include <ikelive/ikelive.h>

enum { WORLD_SPI_I = 0x1000, WORLD_SPI_R = 0x2000 }; /* of the IKE SA with the number 0 */
enum { WORLD_WIRE = 64, WORLD_DATAGRAM = 1600, WORLD_SAS = 8, WORLD_HOSTILES = 8, WORLD_HOSTILE_ACTS = 2 };

/* The octets that say what happens; when they are used up, zeros. */
struct stream {
    const uint8_t *at;
    size_t left;
};

uint8_t stream_u8(struct stream *stream);
/* At most `most`. */
uint32_t stream_number(struct stream *stream, uint32_t most);

struct wire_datagram {
    struct ikl_path path; /* the sender's */
    size_t len;
    uint8_t octets[WORLD_DATAGRAM];
};

struct world;

/* An IKE SA as the host sees it. */
struct world_sa {
    struct ikl_sa *sa; /* null: never made, or freed */
    uint32_t number;   /* which IKE SA the two hosts share */
    uint32_t changes;  /* of its keys, at this end */
    struct laws_end law;
};

struct world_host {
    struct world *world;
    struct ikl_endpoint *endpoint, *second; /* null: no IKE SA has moved yet */
    uint32_t pool_blocks;                   /* of each */
    struct ikl_endpoint *called;            /* the one that calls back, or receives */
    struct test_allocator memory;
    struct world_sa sas[WORLD_SAS];
    size_t n_sas;
    struct wire_datagram wire[WORLD_WIRE]; /* what was sent and has not arrived */
    size_t n_wire;
    uint32_t pending; /* the Message ID of the latest request that waits for an answer, and its IKE SA */
    struct world_sa *pending_sa;
    uint32_t pending_number; /* of the request that it is, UINT32_MAX when it has none */
    struct laws_host law;
    struct hostiles hostiles;
    size_t n_hostile_acts; /* up to WORLD_HOSTILE_ACTS: they take their time */
    uint32_t fail_sends;   /* so many of the next sends fail */
    uint8_t act;           /* what the next callback does; 0: nothing */
    bool touched;          /* since what its endpoint holds was last counted */
    bool in_callback;      /* what it does is done in a callback */
    bool in_leaf;          /* it is one that the library calls while it decides */
    uint64_t random;
    uint8_t secret[IKL_MIN_SECRET]; /* of its tokens */
};

struct world {
    struct stream stream;
    ikl_time now;
    struct world_host hosts[2];
    uint32_t next_number;
    uint8_t window;
    bool fragments, tokens, syncs, connects;
    struct asked asked[LAWS_REQUESTS];
    struct laws *laws;
};

#define WORLD_HOLDS(world, what) laws_hold((world)->laws, (what), #what)

void world_begin(struct world *world, const uint8_t *data, size_t size);

/* Does the next thing that the stream says. */
void world_step(struct world *world);

/* Frees everything and checks that everything was reported and given back. */
void world_end(struct world *world);

/* The keys that both ends have after so many changes. `keys` must live as long. */
struct ikl_protection world_protection(const struct world *world, uint32_t number, uint32_t changes,
                                       struct ikl_keys *keys);

/* Makes another IKE SA on both hosts; false when there is no room. */
bool world_add_sa(struct world *world);

/* The host's end of the IKE SA that the stream names; null when it has none or it is freed. */
struct world_sa *world_pick(struct world_host *host);

/* All of a host's, for what one of its endpoints is given or does. */
struct laws_sas world_sas(const struct world_host *host, struct ikl_endpoint *endpoint);

/* octets_host.c: the callbacks */

void world_host_begin(struct world_host *host, struct world *world, uint8_t seed);
/* The other one. */
struct world_host *world_other(const struct world_host *host);
/* A thing that a host may do at any time, in callbacks too; `what` says which. */
void world_act(struct world_host *host, uint8_t what);

/* octets_tokens.c: quick crash detection */

/* From now on an endpoint of the host's makes tokens. */
void world_make_tokens(const struct world_host *host, struct ikl_endpoint *endpoint);
/* The end of an IKE SA takes the token of its peer, unless it lacks the memory, as if it came inside SK. */
void world_give_token(struct world_host *maker, struct world_sa *taker, bool maker_initiates);
/* Whether a datagram shows tokens. That of an IKE SA which lives must not leave its host. */
bool world_is_shown(const struct wire_datagram *sent);
void world_check_shown(const struct world_host *host, struct ikl_octets datagram, bool encapsulated);
/* The peer of this end is said to have crashed, and so the other host must not have it any more. */
void world_check_crashed(const struct world_host *other, const struct world_sa *of);

#endif
