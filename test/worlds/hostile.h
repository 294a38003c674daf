/* SPDX-License-Identifier: ISC */
/* Peers that do their worst to an endpoint: they have keys, authenticated or not, and send what takes memory and never
 * what gives it back. What one of them can hold is bounded: whatever they do, an honest peer's rekey, request and
 * Delete succeed. That is the property of the shares; a world tries it after each of their acts. */
#ifndef WORLDS_HOSTILE_H
#define WORLDS_HOSTILE_H

#include "support/test_random.h"

#include <ikelive/ikelive.h>

enum { HOSTILE_MAX = 40, HOSTILE_MAX_ACTS = 16 };

enum hostile_kind { HOSTILE_UNAUTHENTICATED, HOSTILE_AUTHENTICATED, HOSTILE_BOTH };

/* One of them, and the IKE SA that it has with the host. */
struct hostile_peer {
    struct ikl_sa *sa; /* the host's end; null: it has not come yet */
    bool connecting;
    uint64_t spi_i;
    uint64_t ivs; /* that it has used */
    struct ikl_keys keys;
};

/* Those of one host, which says where it is, and when, before each call. All else is zero at first, but for `user`,
 * `n`, `kind`, the state of `random` and `last_spi`. */
struct hostiles {
    struct ikl_endpoint *endpoint;
    struct ikl_path path;
    ikl_time now;
    void *user; /* of their IKE SAs */
    /* How what they say gets to the endpoint; null: at once. */
    int (*say)(void *say_user, const struct ikl_path *path, const uint8_t *datagram, size_t len);
    void *say_user;
    size_t n;
    enum hostile_kind kind;
    uint32_t most_window; /* that the host lets them have, 0: IKL_WINDOW_MAX. An endpoint with a fixed budget has room
                             for 1 */
    struct test_random random;
    uint64_t last_spi;             /* that they used; those of different hosts differ */
    size_t acts[HOSTILE_MAX_ACTS]; /* how often each was done */
    const char *wrong;             /* what the host refused that must succeed; null: nothing */
    struct hostile_peer peers[HOSTILE_MAX];
};

/* One of them does something at random: tiny fragments, large ones, repeated, with other totals, of requests and
 * responses; requests out of order, half of them, unanswered, answered at length, from other addresses; it begins anew.
 */
void hostiles_act(struct hostiles *hostiles);

/* Whether an IKE SA with this responder's SPI is one of theirs, or of an honest peer's among them. */
bool hostile_has(uint64_t spi_r);

/* How many kinds of act there are. */
size_t hostile_n_acts(void);

/* The host has lost all it had. */
void hostiles_lose(struct hostiles *hostiles);

/* Their IKE SAs are closed and freed. */
void hostiles_end(struct hostiles *hostiles);

/* An honest peer comes, is asked, rekeys, checks, and is deleted, with messages of 480 octets. Null, or what did not
 * succeed. */
const char *honest_peer_lives(struct hostiles *hostiles);

/* The same with all of it under way at once: only where no authenticated peer is hostile. */
const char *honest_peer_lives_in_haste(struct hostiles *hostiles);

#endif
