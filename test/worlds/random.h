/* SPDX-License-Identifier: ISC */
/* A simulated world at random, with hosts that do what hosts may do and attackers that do what they like, and what must
 * hold in it after every step. */
#ifndef WORLDS_RANDOM_H
#define WORLDS_RANDOM_H

#include "acts.h"
#include "hostile.h"
#include "watch.h"

#include "support/test_allocator.h"

#include <ikelive/ikelive.h>
#include <ikelive/sim.h>

enum {
    MAX_HOSTS = 3,
    MAX_ENDS = LAWS_SAS,
    MAX_WINDOW = 5,
    MAX_GROUPS = 3,
    CAPTURED = 16,
    CAPTURE_LEN = 2048,
    HOSTILES = 24, /* of each host */
    BURST = 60
};

struct world;
struct host;

/* Kinds of things that happen, by which a world has them or not: the first worlds of failed_seeds.txt, which are older,
 * have none. */
enum kind {
    KIND_MOVES = 15,
    KIND_TOKENS = 21,
    KIND_STORES = 67,
    KIND_TAKEOVERS = 89,
    KIND_STREAMS = 108,
    KIND_CHANGES = 124,
    KIND_INITS = 130,
    KIND_PACE = 134
};

/* What is counted. */
enum count {
    COUNT_STEPS,
    COUNT_REQUESTS,
    COUNT_CROSSINGS, /* requests that came while one of ours was outstanding */
    COUNT_LOSSES,    /* of datagrams */
    COUNT_TIMEOUTS,
    COUNT_REKEYS,
    COUNT_REBOOTS,
    COUNT_INITS,        /* IKE SAs that began with their first packet, and have keys */
    COUNT_RESUMPTIONS,  /* of them with IKE_SESSION_RESUME */
    COUNT_CONNECTED,    /* IKE SAs that began CONNECTING, and are ESTABLISHED */
    COUNT_KEY_CHANGES,  /* at either end */
    COUNT_FOLLOWUPS,    /* IKE_FOLLOWUP_KE exchanges of rekeys */
    COUNT_BREAKS,       /* of connections */
    COUNT_OUTAGES,      /* of path groups, noticed */
    COUNT_TAKEOVERS,    /* of IKE SAs */
    COUNT_RESTORES,     /* of IKE SAs, as they were */
    COUNT_OLD_RESTORES, /* with what had happened since left out */
    COUNT_MIGRATIONS,
    COUNT_ATTACKS,
    COUNT_HOSTILE_ACTS,
    COUNT_TUNNELS_DOWN,
    COUNT_TUNNEL_REKEYS,
    COUNT_TOKENS_SHOWN,
    COUNT_CRASHES,
    N_COUNTS
};

/* "timeouts", ... */
extern const char *const count_names[N_COUNTS];
bool count_is_of_faults(enum count count); /* of what went wrong or came in between, not of what hosts did */

/* One host's end of an IKE SA. */
struct end {
    struct host *host;
    struct ikl_sa *sa; /* null: not made, freed, or lost in a reboot */
    struct end *peer;
    struct laws_end law;
    uint64_t spi_i, spi_r;
    bool hostile;  /* or of an honest peer among hostile ones: all is done at once */
    bool must_end; /* its peer's token has arrived */
    struct {
        uint32_t target, done; /* how often the keys change before it is established, and have done so */
        struct ikl_suite suite;
        bool fragmentation;
    } changes;
    struct {
        uint32_t number;              /* of its first request, for the laws */
        uint8_t exchange_type;        /* IKE_SA_INIT or IKE_SESSION_RESUME */
        bool is_one;                  /* it began with that */
        bool asks_cookie, has_cookie; /* the responder before it answers; the initiator has it */
    } init;
    uint16_t group;
    bool syncs;      /* synchronisation was agreed on */
    uint64_t before; /* the number of the last datagram before it synchronised */
    struct {
        bool is_one;
        uint32_t message_id, number;
    } unanswered[MAX_WINDOW]; /* the peer's requests that its host could not answer */
    struct ikl_keys keys;     /* what must not be found in released memory */
};

/* What a host that has lost everything gets from its store. */
enum restore { RESTORE_NOTHING, RESTORE_ALL, RESTORE_OLD };

/* A host. */
struct host {
    struct world *world;
    struct ikl_sim_host *sim_host;
    struct ikl_endpoint *second; /* beside the one of the test kit's making; null: IKE SAs have not moved yet */
    struct laws_host law;
    struct test_allocator memory;
    struct hostiles hostiles;
    uint32_t outage_hold; /* ms in which an outage holds verdicts */
    struct {
        bool is_out;
        ikl_time since;     /* by the host's clock */
    } outages[MAX_GROUPS];  /* of its path groups, as long as it has one endpoint */
    enum restore restores;  /* while it is off, or as it starts */
    ikl_time blocked_until; /* by the time of the world: its sends would block */
    struct end hostile_end; /* of all that they have */
};

struct world {
    struct ikl_sim *sim;
    struct laws *laws;
    struct watch watch;
    uint64_t seed;
    uint32_t stretch; /* how many times longer than in other worlds everything is that its hosts do by themselves */
    ikl_time until;
    uint64_t lived; /* ms that its IKE SAs have lived, together */
    struct host hosts[MAX_HOSTS];
    size_t n_hosts;
    struct ikl_sim_link *links[MAX_HOSTS];
    size_t n_links;
    struct end ends[MAX_ENDS];
    size_t n_ends;
    struct asked asked[LAWS_REQUESTS];
    bool has_hostiles;
    bool interferes; /* callbacks act */
    bool migrates;   /* IKE SAs move between the two endpoints of a host */
    struct test_random moves;
    bool has_monitors; /* tunnels are monitored, and fail by themselves */
    struct test_random tunnels;
    struct ikl_monitor_config monitor, other_monitor;
    uint64_t last_datagram;  /* the number of the one that was sent last */
    uint64_t last_delivered; /* and of the one that was delivered */
    bool has_pace;           /* endpoints spread their work, and send in batches; IKE SAs have path groups */
    struct test_random pace;
    uint32_t path_groups;
    bool has_inits; /* IKE SAs begin with their first packet */
    struct test_random inits;
    bool has_changes; /* keys change, before IKE SAs are established and after their rekeys */
    struct test_random changes;
    bool has_streams; /* some links are connections, which break */
    struct test_random streams;
    bool has_takeovers; /* other members of clusters take IKE SAs over */
    struct test_random takeovers;
    bool has_stores; /* hosts keep snapshots, and restore them */
    struct test_random stores;
    uint64_t epoch;
    bool has_tokens; /* hosts make tokens of quick crash detection */
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
    uint64_t counts[N_COUNTS];
};

/* What a run did. */
struct tally {
    uint64_t worlds, counts[N_COUNTS];
    double sa_years;
    uint64_t hash;
};

/* How a world is let run: what happens in it must not depend on that. But one of weeks or months is another: it has as
 * many acts, and long quiet times between them. */
enum pace { PACE_STEPS, PACE_JUMPS, PACE_TICKS, PACE_WEEKS, PACE_MONTHS };

struct length {
    const char *name; /* of an option of the campaign, and of a line of seeds */
    enum pace pace;
    uint32_t stretch; /* how many times longer than others such a world is */
};

enum { N_LONG = 2 };
extern const struct length long_ones[N_LONG];

/* random.c */
uint64_t draw(struct world *world, uint64_t n); /* 0 to n - 1 */
bool chance(struct world *world, unsigned percent);
uint32_t stretch_idle(const struct world *world, uint64_t idle); /* ms; what comes of them in a world of weeks */
/* Half of the worlds have this kind of thing. It draws from numbers of its own, so that another kind leaves it as it
 * is. */
bool draw_kind(const struct world *world, enum kind kind, struct test_random *random);
uint64_t run_world(uint64_t seed, bool trace, enum pace pace, struct tally *tally);
bool ticks_do_not_matter(uint64_t seed);

/* random_acts.c: what happens in a world */
bool add_ike_sa(struct world *world, bool connecting);
void guard_keys(const struct end *end); /* they must not be found in released memory */
void rekey(struct end *end);            /* both ends at once */
void act(struct world *world);
void ask(struct end *end); /* a request */
/* For a rekey with so many key exchanges behind it. False when it was not made. */
bool ask_for(struct end *end, uint8_t exchange_type, uint32_t followups);
void act_in_callback(struct host *host, const struct ikl_sa *sa); /* which it is about */

/* random_host.c: a host's callbacks */
void host_callbacks(struct ikl_callbacks *callbacks);

/* random_migrate.c: a host with two endpoints, and IKE SAs that move between them */
void host_handling(struct ikl_sim_host_config *config);
struct ikl_endpoint *host_endpoint_for(const struct host *host, const struct ikl_path *path,
                                       struct ikl_octets datagram);
/* Makes it when there is none. */
struct ikl_endpoint *second_endpoint(struct host *host);
bool migrate(struct end *end, struct ikl_endpoint *to);
void migrate_somebody(struct world *world);
/* All that it has is on the endpoint of the test kit's making: true unless one could not move. */
bool come_home(struct host *host);
void end_second_endpoint(struct host *host);

/* random_tunnels.c: monitors, and what befalls what is inside tunnels */
void draw_monitor(struct world *world);
void befall_tunnels(struct world *world);
/* What a host does that is told of a monitor. */
void act_on_monitor(struct end *end, struct ikl_child *child, const struct ikl_monitor_change *change);

/* random_restore.c: snapshots, and hosts that go on with them elsewhere */
void draw_stores(struct world *world);
void restoring(struct ikl_sim_host_config *config);
/* An IKE SA begins, or has changed so that an older snapshot is of no use; it ends; the host loses its store. */
void begin_keeping(struct end *end);
void keep(struct end *end);
void forget(const struct end *end);
void forget_kept(const struct host *host);
void befall_stores(struct world *world);

/* random_changes.c: keys that change while an IKE SA connects, and key exchanges that follow a rekey */
void draw_changes(struct world *world);
bool draw_connecting(struct world *world);
void connect_ends(struct end *ends);
void draw_targets(struct end *ends);
void connect_answered(struct end *end, const struct ikl_outcome *outcome);
void connect_asked(struct end *end, const struct ikl_peer_request *request);
void befall_changes(struct world *world);
void rekey_answered(struct end *end, const struct asked *asked);

void make_keys(struct ikl_keys *keys, uint64_t spi, uint32_t n); /* that an IKE SA has after so many changes */

/* random_pace.c: endpoints that spread what is due, and gather what they send */
void draw_pace(struct world *world);
void pace_endpoint(struct world *world, struct ikl_endpoint_config *config);
void pace_laws(struct laws_host *law, const struct ikl_endpoint_config *config);
uint16_t draw_path_group(struct world *world);
void note_outage(struct host *host, const struct ikl_outage *outage);
void forget_outages(struct host *host);
void check_held(const struct end *end); /* it was given up */

/* random_init.c: IKE SAs from the first packet on */
void draw_inits(struct world *world);
void begin_inits(struct world *world);
void init_answered(struct end *end, const struct ikl_init_response *response);
void init_asked(struct host *host, const struct ikl_path *path, const struct ikl_header *header,
                struct ikl_octets message);

/* random_stream.c: connections, which break and are opened again */
void draw_streams(struct world *world);
void draw_stream(struct world *world, struct ikl_sim_link_config *config);
void reconnecting(struct ikl_sim_host_config *config);
void befall_streams(struct world *world);

/* random_takeover.c: other members of a cluster, which synchronise Message IDs */
void draw_takeovers(struct world *world);
void befall_takeovers(struct world *world);
void taking_over(struct ikl_sim_host_config *config);
/* The host's IKE SAs are gone that are taken over now, without a word. */
void lose_taken_over(struct world *world, const struct ikl_sim_host *sim_host);
/* An IKE SA is made for an end that there was: true, and the config is as it was; or a new one is. */
bool make_anew(struct world *world, const struct ikl_sim_host *sim_host, struct ikl_sa_config *config);
void check_refused(struct world *world, const struct ikl_sim_record *record);

/* random_crash.c: tokens of quick crash detection */
void draw_tokens(struct world *world);
/* A datagram was sent; one arrives, and what that must lead to is looked at after the step. */
void check_shown(struct world *world, const struct ikl_sim_record *record);
void note_shown(struct world *world, const struct ikl_sim_record *record);
bool is_corrupted(const struct world *world, uint64_t datagram); /* by the weather */
void check_crashes(struct world *world);
/* The IKE SA ended because the peer has lost its state. */
void check_crashed(struct world *world, const struct end *end);

/* random_check.c: the laws are told what happens */
struct end *find_end(struct world *world, const struct ikl_sim_host *host, uint64_t spi_i, uint64_t spi_r);
#define CHECK(world, holds) laws_hold((world)->laws, (holds), #holds)
void begin_watching(struct world *world);
void observe(void *user, const struct ikl_sim_record *record);
void check_step(struct world *world);
void check_end(struct world *world);
void attack(struct world *world);

#endif
