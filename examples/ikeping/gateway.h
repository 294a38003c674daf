/* SPDX-License-Identifier: ISC */
/* ikeping: a gateway that we connect to: where it is, what we have with it, and how it went. */
#ifndef IKEPING_GATEWAY_H
#define IKEPING_GATEWAY_H

#include "identity.h"
#include "init_ping.h"
#include "revival.h"
#include "tally.h"
#include "timers.h"

#include <ikelive/path.h>

struct credentials;
struct ikeping;
struct session;

enum { GATEWAY_ADDRESS_SIZE = 64, GATEWAY_WHY_SIZE = 128 };

enum exit_status { EXIT_ALIVE = 0, EXIT_DEAD = 1, EXIT_USAGE = 2, EXIT_NOT_ESTABLISHED = 3 };

/* From the one that is most trouble to the one that is least. */
enum gateway_state {
    GATEWAY_FAILED,     /* there could be no IKE SA */
    GATEWAY_DOWN,       /* the IKE SA went down; perhaps it is being connected again */
    GATEWAY_LOST,       /* a check is unanswered */
    GATEWAY_CONNECTING, /* for the first time */
    GATEWAY_UP,
    GATEWAY_ENDED /* by us */
};

/* How a gateway is reached, and how both sides prove who they are. The pointers are borrowed. */
struct gateway_config {
    struct ikl_path plain, encapsulated;   /* before and after NAT detection */
    const struct identity *remote_id;      /* that it must have; of type 0: any */
    const struct credentials *credentials; /* ours, and the gateway's */
    struct ikl_address redirected_from;    /* the gateway that has sent us here; of family 0: nobody has */
};

/* What came of REDIRECT notifications: see redirect.h. */
struct redirection {
    struct gateway_config home; /* the way to the gateway that was asked for, if somebody did */
    ikl_time first;             /* when the first of those that are counted came */
    unsigned n;
};

struct gateway {
    struct gateway *next;
    size_t number; /* in order, from 0 on */
    struct ikeping *ikeping;
    struct gateway_config config;
    char address[GATEWAY_ADDRESS_SIZE]; /* where it is at present, as text */
    struct session *session;            /* the last one that was begun; null: there is none any more */
    struct session *successor;          /* one that is to take its place; or null: see succession.h */
    struct gateway_config before;       /* what is gone back to when that fails */
    struct redirection redirection;
    struct revival revival;
    struct init_ping init_ping;
    struct tally tally;
    struct timer timer;
    ikl_time first_attempt; /* when it is due; IKL_NEVER: it has begun */
    bool closing;           /* no new IKE SAs with it */
    bool lost;              /* the last check is unanswered */
    enum exit_status status;
    char why[GATEWAY_WHY_SIZE]; /* there is no IKE SA with it; empty: there was always one */
};

/* Adds one, of which the first attempt is due at `first_attempt`. Null when there is no memory. */
struct gateway *gateway_new(struct ikeping *ikeping, const struct gateway_config *config, ikl_time first_attempt);

/* Adds one that there is no way to, by its name. It has failed. False when there is no memory. */
bool gateway_add_failed(struct ikeping *ikeping, const char *host, const char *why);

/* Begins an IKE SA with it. */
void gateway_connect(struct gateway *gateway);

/* Begins a session, which `as` becomes: null when there is no memory. What else fails at once is told as what fails
 * later. */
void gateway_begin(struct gateway *gateway, struct session **as);

/* There has been an established IKE SA, which is checked at once. */
bool gateway_was_up(const struct gateway *gateway);

/* There could be no IKE SA: reports why. That is the end, unless it revives. */
void gateway_not_established(struct gateway *gateway, const char *why);

/* The IKE SA went down, and nobody here wanted that. */
void gateway_died(struct gateway *gateway, const char *why);

/* No more IKE SAs with it, and an end to the one there is; `why` is said of a handshake that ends so. */
void gateway_close(struct gateway *gateway, const char *why);

/* The checks that were asked for are done. */
bool gateway_is_done(const struct gateway *gateway);

/* There will be no more attempts. */
bool gateway_is_given_up(const struct gateway *gateway);

enum gateway_state gateway_state(const struct gateway *gateway);

/* "up" and such, at most 10 letters. */
const char *gateway_state_name(enum gateway_state state);

/* Checks without an answer, but one that has just been sent. */
uint64_t gateway_unanswered(const struct gateway *gateway);

/* All of them, those first that are most trouble: by state, then by how many checks were not answered, then as they
 * were added. The caller frees it. Null when there is no memory. */
const struct gateway **gateway_rank(const struct ikeping *ikeping);

/* Sets its timer, after anything has changed. */
void gateway_set_timer(struct gateway *gateway);

/* How it went, when all is over. */
enum exit_status gateway_status(const struct gateway *gateway);

/* Frees all gateways. Their sessions must be gone. */
void gateway_drop_all(struct ikeping *ikeping);

#endif
