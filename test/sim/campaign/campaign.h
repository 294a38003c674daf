/* A made-up world at random, with hosts that do what hosts may do and attackers that do what they like, and what must
 * hold in it after every step.
 * SPDX-License-Identifier: ISC */
#ifndef CAMPAIGN_H
#define CAMPAIGN_H

#include "support/test_allocator.h"
#include "support/test_random.h"

#include <ikelive/ikelive.h>
#include <ikelive/sim.h>

enum {
    TICK_SLACK = 100, /* the endpoint's default */
    MAX_HOSTS = 3,
    MAX_ENDS = 32,
    MAX_REQUESTS = 512,
    MAX_WINDOW = 5,
    SENT = 16, /* more than requests that can be outstanding */
    CAPTURED = 16,
    CAPTURE_LEN = 2048,
    CORRUPTED = 256,
    IVS = 1 << 15,
    HOSTILES = 24
};

struct world;

/* A request that was sent. */
struct sent {
    uint32_t message_id;
    uint32_t sends, for_evidence, moves;
    ikl_time first_sent, last_sent; /* by its host's clock */
    bool answer_arrived;            /* the peer's, whole and unchanged */
};

/* A host. */
struct host {
    struct world *world;
    struct ikl_sim_host *sim_host;
    struct test_allocator memory;
    struct ikl_sim_manners manners;
    ikl_time allowance; /* ms that its absences and its clock may have added to a verdict */
    bool late;          /* it may have had a tick later than tick_slack */
    uint32_t children_up;
    size_t allocations; /* when it was last looked at */
};

/* One host's end of an IKE SA. */
struct end {
    struct host *host;
    struct ikl_sa *sa; /* null: not made, freed, or lost in a reboot */
    struct end *peer;
    const struct ikl_schedule *schedule;
    uint64_t spi_i, spi_r;
    uint32_t idle;
    enum ikl_liveness_policy liveness;
    bool making; /* its Child SAs do not count yet */
    bool down;
    bool silent;             /* its host answers no request at once */
    uint32_t requests_taken; /* one more than the highest Message ID that `request` delivered */
    struct sent sent[SENT];  /* by Message ID */
    struct ikl_keys keys;    /* what must not be found in released memory */
};

/* A hostile peer and the IKE SA that it has with a host. */
struct hostile {
    struct end end; /* the host's */
    bool connecting;
    uint64_t spi_i;
    uint64_t ivs; /* that it has used */
};

/* A request that a host has made. */
struct request {
    struct host *host;
    struct ikl_outgoing *handle; /* null once it has its outcome */
    struct end *end;
    uint8_t executed; /* how often it was delivered to the peer's `request` */
    uint8_t outcomes;
    bool lost; /* its host rebooted */
};

struct world {
    struct ikl_sim *sim;
    uint64_t seed;
    ikl_time until;
    struct host hosts[MAX_HOSTS];
    size_t n_hosts;
    struct ikl_sim_link *links[MAX_HOSTS];
    size_t n_links;
    struct end ends[MAX_ENDS];
    size_t n_ends;
    struct request requests[MAX_REQUESTS];
    size_t n_requests;
    bool has_hostiles;
    struct hostile hostiles[HOSTILES];
    struct test_random hostile_random;
    uint64_t hostile_spis;
    bool interferes; /* callbacks act */
    bool clocks_go_forward;
    bool acting; /* something that may allocate was done since the last step */
    bool trace;
    bool ended; /* it is being freed */
    /* datagrams that crossed, for attackers */
    struct {
        struct ikl_path path; /* the receiver's */
        struct host *to;
        size_t len;
        uint8_t octets[CAPTURE_LEN];
    } captured[CAPTURED];
    size_t n_captured;
    uint64_t corrupted[CORRUPTED]; /* numbers of datagrams that were changed */
    size_t n_corrupted;
    struct {
        uint64_t iv, datagram;
    } ivs[IVS];
    size_t n_ivs;
    uint64_t timeouts, attacks, rekeys, reboots, hostile_acts;
};

/* What a run did. */
struct tally {
    uint64_t worlds, steps, requests, timeouts, attacks, rekeys, reboots, hostile_acts;
    double sa_years;
    uint64_t hash;
};

/* How a world is let run: what happens in it must not depend on that. */
enum pace { PACE_STEPS, PACE_JUMPS, PACE_TICKS };

/* world.c */
uint64_t draw(struct world *world, uint64_t n); /* 0 to n - 1 */
bool chance(struct world *world, unsigned percent);
uint64_t run_world(uint64_t seed, bool trace, enum pace pace, struct tally *tally);
bool ticks_do_not_matter(uint64_t seed);

/* acts.c: what happens in a world */
bool add_ike_sa(struct world *world);
void act(struct world *world);
void act_in_callback(struct host *host);

/* hostile.c: what hostile peers do, and that an honest one succeeds */
void act_hostile(struct world *world);

/* host.c: a host's callbacks */
void host_callbacks(struct ikl_callbacks *callbacks);
void make_request(struct end *end, size_t len);

/* check.c */
#define CHECK(world, holds) ((holds) ? (void)0 : fail_world((world), #holds, __FILE__, __LINE__))
_Noreturn void fail_world(const struct world *world, const char *what, const char *file, int line);
void observe(void *user, const struct ikl_sim_record *record);
void check_down(struct end *end, const struct ikl_down *down);
void check_step(struct world *world);
void check_end(struct world *world);
void attack(struct world *world);

#endif
