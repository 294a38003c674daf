/* SPDX-License-Identifier: ISC */
/* ikelive sim: a made-up world in which a host that embeds ikelive is tested: hosts, the links between them, a clock
 * and a source of randomness. An hour passes in milliseconds, and the same way in every run. A library of its own,
 * ikelive-sim; ikelive itself does not need it. For tests: nothing in it is secret or random.
 *
 *     ikl_sim_new(&sim, &(struct ikl_sim_config){.size = sizeof(struct ikl_sim_config), .seed = 1});
 *     ikl_sim_add_pair(sim, NULL, &pair);                two hosts, a link, an IKE SA established between them
 *     ikl_sim_cut_at(pair.link, 60000);
 *     ikl_sim_run_until(sim, 400000);
 *     ikl_sim_find(sim, IKL_SIM_DOWN, pair.sa_a, 0)->about.down.at == 379000
 *     ikl_sim_free(sim);
 *
 * <ikelive/sim_cmocka.h> says such things as assertions. What a world does follows from its seed, its configs and the
 * calls made, on every architecture; and so does its trace: the record of all that crossed a link or was called back.
 *
 * Within one millisecond things happen in this order: what was scheduled (functions whose names end in _at), in the
 * order in which it was scheduled; then datagrams arrive, in the order in which they were sent; then each host whose
 * turn it is gets the time (ikl_endpoint_advance), in the order in which the hosts were added; then what has arrived
 * since. A host gets the time at most once in a millisecond.
 *
 * Functions that take a time `at` schedule something. If `at` is now or in the past it happens before they return or,
 * when they are called inside a callback or by a scheduled call, as the first thing when the world goes on.
 *
 * All functions may be called from any callback of a host's, except where it is said. Any function that changes a world
 * may allocate. Those that return nothing note a failure in the world, and the functions that run it return it. A world
 * with all its hosts is used by one thread at a time; different worlds share nothing. Calls to an endpoint in a world
 * are the host's as ever: their `now` is ikl_sim_host_now. */
#ifndef IKELIVE_SIM_H
#define IKELIVE_SIM_H

#include <ikelive/endpoint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_sim;      /* a world */
struct ikl_sim_host; /* somebody in it */
struct ikl_sim_link; /* what joins two of them */
struct ikl_sim_record;

/* A chance, for the fields that hold one: they count millionths. */
#define IKL_SIM_PERCENT(n) ((uint32_t)((n)*10000))

/* The world. */

/* Zero means the default wherever there is one. */
struct ikl_sim_config {
    size_t size;                           /* sizeof(struct ikl_sim_config) */
    uint64_t seed;                         /* all chance comes from it */
    ikl_time start;                        /* the time at first */
    const struct ikl_allocator *allocator; /* copied; for endpoints too, unless their config has one; null:
                                              ikl_default_allocator */
    /* Told of each record when it is made; may be null. Must not call the library. */
    void (*observe)(void *user, const struct ikl_sim_record *record);
    void *user;  /* for `observe` */
    bool forget; /* records are told to `observe` and go into the hash, but are not kept */
};

/* Makes a world with nobody in it. Calls ikl_init. Errors: IKL_ERR_INVALID when config->size is wrong or the start is
 * IKL_NEVER; IKL_ERR_NO_MEMORY; IKL_ERR_CRYPTO. */
IKL_MUST_USE IKL_API int ikl_sim_new(struct ikl_sim **out, const struct ikl_sim_config *config);

/* Frees the world: each endpoint with ikl_endpoint_free, reports to the hosts' callbacks included; then all the rest.
 * Null is allowed. Not from inside a callback: then it does nothing. */
IKL_API void ikl_sim_free(struct ikl_sim *sim);

/* The time in the world. */
IKL_API ikl_time ikl_sim_now(const struct ikl_sim *sim);

/* Runs the world up to and including the millisecond `until`; then the time is `until`. Errors: IKL_ERR_NO_MEMORY when
 * memory ran out, now or before; the first error of a host's that could not be made again after a reboot; IKL_ERR_BUSY
 * when hosts without end answer each other over links without delay, so that time stands still; IKL_ERR_REENTRANT from
 * inside a callback. After an error you can only look at the world and free it.
 */
IKL_MUST_USE IKL_API int ikl_sim_run_until(struct ikl_sim *sim, ikl_time until);

/* The same for `ms` from now. */
IKL_MUST_USE IKL_API int ikl_sim_run_for(struct ikl_sim *sim, uint64_t ms);

/* Goes on to the next millisecond in which anything is to happen, and lets that happen. Errors: IKL_ERR_END when
 * nothing will ever happen again; those of ikl_sim_run_until. */
IKL_MUST_USE IKL_API int ikl_sim_step(struct ikl_sim *sim);

/* Schedules a call of the test's own. */
IKL_API void ikl_sim_call_at(struct ikl_sim *sim, ikl_time at, void (*call)(void *user, struct ikl_sim *sim),
                             void *user);

/* A random number for the test's own use, from a stream that nothing else draws from. */
IKL_API uint64_t ikl_sim_random(struct ikl_sim *sim);

/* Hosts. */

/* How a host keeps time and sends. */
struct ikl_sim_manners {
    uint32_t tick;         /* it gets the time at multiples of this many ms; 0: exactly at each deadline */
    uint32_t late;         /* each tick comes up to this many ms late, evenly at random */
    uint32_t send_failure; /* chance that a send fails */
};

/* Zero means the default wherever there is one. */
struct ikl_sim_host_config {
    size_t size;      /* sizeof(struct ikl_sim_host_config) */
    const char *name; /* in traces and scripts; copied, up to 15 octets; null: "a", "b", ... in the order of adding */
    /* As for ikl_endpoint_new, with the host's own callbacks and `user`, and two differences. `send` and `send_batch`
     * may be null; when they are not, they are called first, and what they report as sent goes on its way. `random` may
     * be null, which is a source that follows from the seed. All zero: an endpoint with the defaults and no callbacks.
     */
    union {
        struct ikl_endpoint_config endpoint;
        uint64_t endpoint_room[96]; /* it grows */
    };
    /* There is no endpoint of the world's making: the host is what the functions below say. */
    bool no_endpoint;
    struct ikl_address address; /* family 0: 10.0.0.1 and so on, port 500, or 4500 on links with UDP encapsulation */
    struct ikl_sim_manners manners;
    ikl_time clock; /* what the host's clock shows more than the world's */

    /* The host's own event handling, in place of the endpoint's three functions; all may be null. `user` is the
     * endpoint's. Not called while the host sleeps, stalls or is off. */
    int (*receive)(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now);
    int (*advance)(void *user, ikl_time now);
    ikl_time (*next_deadline)(void *user);
    /* The host starts again after a reboot, with a new endpoint that has no IKE SAs; may be null. */
    void (*boot)(void *user, struct ikl_sim_host *host, ikl_time now);
};

/* Adds a host, with a new endpoint; null for `config` means all defaults. It lives as long as the world. Calls the
 * host's `random` when it has one. Errors: IKL_ERR_INVALID when config->size is wrong, or there is no endpoint and no
 * `receive`; IKL_ERR_BUSY when the name is taken; what ikl_endpoint_new returns; IKL_ERR_REENTRANT from inside a
 * callback. */
IKL_MUST_USE IKL_API int ikl_sim_add_host(struct ikl_sim *sim, const struct ikl_sim_host_config *config,
                                          struct ikl_sim_host **out);

/* The endpoint that the world has made for the host; null when there is none, and while the host is off. The callbacks
 * in it are the world's, which record and then call the host's, so ikl_endpoint_user of it is not config.user but the
 * struct ikl_sim_host. */
IKL_API struct ikl_endpoint *ikl_sim_host_endpoint(const struct ikl_sim_host *host);

/* The host with this name, or null. */
IKL_API struct ikl_sim_host *ikl_sim_find_host(const struct ikl_sim *sim, const char *name);

/* The host whose IKE SA this is. Only for IKE SAs of an endpoint that a world has made. */
IKL_API struct ikl_sim_host *ikl_sim_host_of(const struct ikl_sa *sa);

IKL_API struct ikl_sim *ikl_sim_of(const struct ikl_sim_host *host);

/* config.endpoint.user */
IKL_API void *ikl_sim_host_user(const struct ikl_sim_host *host);

/* A string that lives as long as the host. */
IKL_API const char *ikl_sim_host_name(const struct ikl_sim_host *host);

/* What the host's clock shows: the `now` for every call that it makes. */
IKL_API ikl_time ikl_sim_host_now(const struct ikl_sim_host *host);

/* Sends a datagram as the host does: what the `send` of an endpoint not of the world's making calls. Returns IKL_OK, or
 * IKL_ERR_NO_BUFFER when the host's sends are failing. */
IKL_API int ikl_sim_send(struct ikl_sim_host *host, const struct ikl_path *path, const uint8_t *datagram, size_t len);

/* Fills `len` octets from the host's source of randomness: what `random` of such an endpoint calls. */
IKL_API void ikl_sim_host_random(struct ikl_sim_host *host, uint8_t *out, size_t len);

/* The host changes its manners. */
IKL_API void ikl_sim_set_manners_at(struct ikl_sim_host *host, ikl_time at, const struct ikl_sim_manners *manners);

/* The host hangs for `ms`: it gets no time, and datagrams wait for it. Then they arrive, and it gets the time. */
IKL_API void ikl_sim_stall_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms);

/* The host sleeps for `ms`: it gets no time, and datagrams to it are lost. */
IKL_API void ikl_sim_sleep_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms);

/* The host loses everything, and nobody is told, not even its own callbacks; IKE SAs and Child SAs of its endpoint are
 * no longer valid. After `ms` it starts again with a new endpoint, and `boot` is called. Not for a host without an
 * endpoint of the world's making: then it is like ikl_sim_sleep_at, with `boot` at the end. */
IKL_API void ikl_sim_reboot_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms);

/* The host's next `n` sends fail. */
IKL_API void ikl_sim_fail_sends_at(struct ikl_sim_host *host, ikl_time at, uint32_t n);

/* The host's clock is set forward by `ms`, or back when that is negative; not below 0. */
IKL_API void ikl_sim_set_clock_at(struct ikl_sim_host *host, ikl_time at, int64_t ms);

/* Links. */

/* What a link does to datagrams, each apart from what it did to others. */
struct ikl_sim_weather {
    uint32_t loss;        /* chance that it does not arrive */
    uint32_t duplication; /* chance that it arrives twice */
    uint32_t reordering;  /* chance that it is held back for `hold` ms */
    uint32_t corruption;  /* chance that one bit of it changes */
    uint32_t delay;       /* ms that it takes */
    uint32_t jitter;      /* up to this many ms more, evenly at random: so datagrams overtake each other */
    uint32_t hold;        /* ms; 0: 100 */
    uint16_t mtu;         /* octets of the largest IP packet that crosses, headers included; 0: any */
};

/* Zero means the default wherever there is one. */
struct ikl_sim_link_config {
    size_t size;                    /* sizeof(struct ikl_sim_link_config) */
    struct ikl_sim_weather weather; /* both ways */
    struct ikl_address address_a;   /* of the first host on this link; family 0: the host's */
    struct ikl_address address_b;   /* of the second */
    bool encapsulated;              /* UDP encapsulation: IKE messages carry the non-ESP marker */
    uint16_t path_mtu;              /* `mtu` in the hosts' paths: what they believe; 0: unknown */
};

/* Joins two hosts; null for `config` means all defaults: datagrams arrive at once and all of them. Errors:
 * IKL_ERR_INVALID when config->size is wrong, or the hosts are the same or of different worlds; IKL_ERR_BUSY when there
 * is a link between these addresses; IKL_ERR_NO_MEMORY. */
IKL_MUST_USE IKL_API int ikl_sim_add_link(struct ikl_sim_host *a, struct ikl_sim_host *b,
                                          const struct ikl_sim_link_config *config, struct ikl_sim_link **out);

/* The first link between these hosts, or null. */
IKL_API struct ikl_sim_link *ikl_sim_find_link(const struct ikl_sim_host *a, const struct ikl_sim_host *b);

/* The path that a host at one end of the link has to the other: for its IKE SAs. All zero for any other host. */
IKL_API struct ikl_path ikl_sim_path(const struct ikl_sim_link *link, const struct ikl_sim_host *host);

/* Nothing crosses the link any more: what is sent, or would arrive, from now on is lost. */
IKL_API void ikl_sim_cut_at(struct ikl_sim_link *link, ikl_time at);

/* The same for what `from`, a host at one end of the link, sends: the other way is left as it is. */
IKL_API void ikl_sim_cut_one_way_at(struct ikl_sim_link *link, const struct ikl_sim_host *from, ikl_time at);

/* Both ways are whole again. */
IKL_API void ikl_sim_restore_at(struct ikl_sim_link *link, ikl_time at);

/* The weather changes for what `from` sends from then on; null: for both hosts. */
IKL_API void ikl_sim_set_weather_at(struct ikl_sim_link *link, const struct ikl_sim_host *from, ikl_time at,
                                    const struct ikl_sim_weather *weather);

/* Sets the fate of the next datagrams that `from` sends over the link (null: that either host sends), one letter each,
 * in place of the chances in the weather; the weather's delay remains. Replaces what was stated before. Datagrams that
 * are too big or are sent while the link is cut use up their letters too.
 *     .  arrives              x  is lost              c  arrives with one bit changed
 *     2  arrives twice        h  is held back for `hold` ms, so that later ones overtake it
 *     +  arrives, and once more `hold` ms later
 * Any other letter counts as a dot. Copied. */
IKL_API void ikl_sim_set_fates(struct ikl_sim_link *link, const struct ikl_sim_host *from, const char *fates);

/* How many letters of those stated for both hosts have been used. */
IKL_API size_t ikl_sim_fates_used(const struct ikl_sim_link *link);

/* A NAT before `host`, on its end of the link: what it sends appears to come from `outside`, and what is sent to
 * `outside` arrives at it. Its path is behind a NAT from now on, and the other's leads to `outside`. With `lifetime`
 * (ms, 0: for ever) the mapping ends when the host has sent nothing for so long: then nothing arrives at it, and what
 * it sends next gets the next port. Does nothing for a host that is not at the link. */
IKL_API void ikl_sim_set_nat(struct ikl_sim_link *link, const struct ikl_sim_host *host,
                             const struct ikl_address *outside, uint64_t lifetime);

/* The NAT before `host` forgets its mapping and makes another, to `outside`, or, with null, to the next port. */
IKL_API void ikl_sim_rebind_at(struct ikl_sim_link *link, const struct ikl_sim_host *host, ikl_time at,
                               const struct ikl_address *outside);

/* The host has another address on this link, and no longer the one that it had. Its IKE SAs do not know: it can tell
 * them with ikl_sa_set_path. */
IKL_API void ikl_sim_move_at(struct ikl_sim_link *link, const struct ikl_sim_host *host, ikl_time at,
                             const struct ikl_address *address);

/* A datagram of an attacker's arrives at `to` along `path`, whose `local` is the host's. It crosses no link. Copied. */
IKL_API void ikl_sim_inject_at(struct ikl_sim_host *to, ikl_time at, const struct ikl_path *path,
                               const uint8_t *datagram, size_t len);

/* Established IKE SAs. */

/* Zero means the default wherever there is one. */
struct ikl_sim_sa_config {
    size_t size;                         /* sizeof(struct ikl_sim_sa_config) */
    const char *suite;                   /* as ikl_suite_parse takes it; null: "chacha20poly1305-prfsha256" */
    uint32_t n_children;                 /* Child SAs, ESP */
    const struct ikl_schedule *schedule; /* of both; borrowed while the IKE SAs live; null: each endpoint's */
    uint32_t idle;                       /* of both; ms; 0: each endpoint's */
    enum ikl_liveness_policy liveness;   /* of both */
    uint32_t window;                     /* of both: requests that may be outstanding at once; 0: 1 */
    bool fragmentation;                  /* both have agreed to it (RFC 7383) */
    /* Called for each of the two before it is made, to change what it likes; may be null. Keys, SPIs and path are as
     * the two need them to understand each other. A host without an endpoint of the world's making makes its IKE SA
     * here, with ikl_sa_new and this config. */
    void (*prepare)(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config);
    void *user; /* for `prepare` */
};

/* Makes an IKE SA, established, between the hosts of a link: one at each end, the first host the original initiator.
 * Its keys are derived from nonces and a secret that follow from the seed; Message IDs begin at 0; Child SA number n,
 * from 0, is the n-th of ikl_sa_first_child at both ends. The hosts own the IKE SAs. Null for `config` means all
 * defaults; `sa_a` or `sa_b` may be null. Errors: IKL_ERR_INVALID when config->size is wrong, a host has no endpoint,
 * or the suite does not parse; IKL_ERR_UNSUPPORTED, IKL_ERR_NO_AES when no provider of the first host's has it; what
 * ikl_sa_new and ikl_sa_add_child return. */
IKL_MUST_USE IKL_API int ikl_sim_add_sa(struct ikl_sim_link *link, const struct ikl_sim_sa_config *config,
                                        struct ikl_sa **sa_a, struct ikl_sa **sa_b);

/* Two hosts that are joined. */
struct ikl_sim_pair_config {
    size_t size;                            /* sizeof(struct ikl_sim_pair_config) */
    const struct ikl_sim_host_config *a;    /* the original initiator; null: all defaults */
    const struct ikl_sim_host_config *b;    /* the other one */
    const struct ikl_sim_link_config *link; /* null: all defaults */
    const struct ikl_sim_sa_config *sa;     /* null: all defaults */
};

struct ikl_sim_pair {
    struct ikl_sim_host *a, *b;
    struct ikl_sim_link *link;
    struct ikl_sa *sa_a, *sa_b;
};

/* ikl_sim_add_host twice, ikl_sim_add_link, ikl_sim_add_sa. Null for `config` means all defaults. After an error the
 * world may hold some of it. */
IKL_MUST_USE IKL_API int ikl_sim_add_pair(struct ikl_sim *sim, const struct ikl_sim_pair_config *config,
                                          struct ikl_sim_pair *out);

/* Scripts. */

/* What a script needs of the test that plays it. All of it may be null. */
struct ikl_sim_play_config {
    size_t size; /* sizeof(struct ikl_sim_play_config) */
    void *user;  /* given to all of these */
    /* A host is going to be added: gives it callbacks and whatever else it should have. The name is in the config. */
    void (*host)(void *user, struct ikl_sim_host_config *config);
    /* An IKE SA of this host's was established by a line of the script, which said `config`. Its schedule lives as long
     * as the world. */
    void (*established)(void *user, struct ikl_sim_host *host, struct ikl_sa *sa,
                        const struct ikl_sim_sa_config *config);
    /* The host is to do what `words` say, `n` of them, without its name: "request", "4". Not IKL_OK stops the world. */
    int (*act)(void *user, struct ikl_sim_host *host, const char *const *words, size_t n);
};

/* Where a script is wrong. */
struct ikl_sim_script_error {
    unsigned line;    /* from 1 */
    const char *what; /* in words; a static string */
};

/* Plays a script: a world in words, one thing a line. What a script says is all that can be said in C, so a test that
 * makes its worlds at random can make scripts, and print the one that failed. S are seconds with up to three decimals,
 * P is a percentage ("0.5%"), A and B are names of hosts; what is in brackets may be left out, in any order.
 *
 *     host A [tick S] [late S] [send-failure P] [clock S]
 *     link A B [WEATHER] [encapsulated] [path-mtu N] [fates LETTERS]
 *     nat A B [lifetime S]               before A, on its link to B
 *     sa A B [suite NAME] [children N] [schedule NAME-OR-LIST] [idle S] [liveness periodic|on-demand|off] [window N]
 *            [fragmentation]
 *     cut A B        restore A B         cut-one-way A B (what A sends)
 *     weather A B [WEATHER]              weather-one-way A B [WEATHER] (for what A sends)
 *     rebind A B                         the NAT before A, on its link to B
 *     move A B                           A has another address on its link to B
 *     manners A [tick S] [late S] [send-failure P]
 *     stall A S      sleep A S           reboot A S
 *     fail-sends A N                     clock A S (S may be negative)
 *     note WORDS
 *     A WORDS                            for `act`; a line of the test's own
 *     at S ...                           any of those from `sa` on, at that time of the world
 *     run S                              until that time of the world
 *     # a comment
 *
 * WEATHER is [loss P] [duplication P] [reordering P] [corruption P] [delay S] [jitter S] [hold S] [mtu N].
 *
 * Lines have up to 500 octets and 40 words. Hosts get names as they are added; a link is the first between its hosts.
 * `config`, copied, may be null, and so may `error`, which is filled when the script is wrong. Errors: IKL_ERR_INVALID
 * when config->size or a line is wrong; what the function behind a line returns; those of ikl_sim_run_until. The lines
 * before were played. */
IKL_MUST_USE IKL_API int ikl_sim_play(struct ikl_sim *sim, const char *script, const struct ikl_sim_play_config *config,
                                      struct ikl_sim_script_error *error);

/* The trace. */

/* What a record is of. */
enum ikl_sim_event {
    IKL_SIM_SENT,        /* `host` sent a datagram */
    IKL_SIM_SEND_FAILED, /* its send failed: `result` */
    IKL_SIM_LOST,        /* a datagram of `host`'s was lost: about.loss */
    IKL_SIM_DUPLICATED,  /* it will arrive twice */
    IKL_SIM_HELD,        /* it is held back */
    IKL_SIM_CORRUPTED,   /* it was changed: `octets` is what is left of it */
    IKL_SIM_DELIVERED,   /* a datagram reached `host` along about.path */
    IKL_SIM_REFUSED,     /* and was refused: `result` is what ikl_endpoint_receive returned; not for IKL_OK */
    /* what was called back, of `sa` */
    IKL_SIM_ATTEMPT,
    IKL_SIM_ALIVE,
    IKL_SIM_OUTCOME,
    IKL_SIM_INIT_RESPONSE,
    IKL_SIM_PEER_REQUEST,
    IKL_SIM_STATE,
    IKL_SIM_REACHABILITY,
    IKL_SIM_ADDRESS,
    IKL_SIM_EXHAUSTION,
    IKL_SIM_OUTAGE,
    IKL_SIM_PEER_DELETES,
    IKL_SIM_CHILD_DOWN,
    IKL_SIM_DOWN,
    IKL_SIM_UNMATCHED,
    /* what the script of the world did */
    IKL_SIM_CUT, /* of `link`; what is sent by `host`, or by both when that is null */
    IKL_SIM_RESTORED,
    IKL_SIM_WEATHER,
    IKL_SIM_REBOUND, /* the NAT before `host`: about.path.local is what is seen of it now */
    IKL_SIM_MOVED,   /* `host`: about.path.local is its address now */
    IKL_SIM_MANNERS,
    IKL_SIM_STALLED,
    IKL_SIM_SLEPT,
    IKL_SIM_REBOOTED,
    IKL_SIM_CLOCK_SET,
    IKL_SIM_SENDS_FAIL,
    IKL_SIM_AWAKE, /* from one of those that made it absent */
    IKL_SIM_NOTE   /* ikl_sim_note */
};

/* "sent", "lost", ... A static string. */
IKL_API const char *ikl_sim_event_name(enum ikl_sim_event event);

/* Why a datagram was lost. */
enum ikl_sim_loss {
    IKL_SIM_LOSS_CHANCE,     /* by the weather or the stated fate */
    IKL_SIM_LOSS_CUT,        /* the link is cut */
    IKL_SIM_LOSS_TOO_BIG,    /* for the MTU of the link */
    IKL_SIM_LOSS_NO_ROUTE,   /* no link of the host's leads between these addresses */
    IKL_SIM_LOSS_NO_ADDRESS, /* nobody has the address any more that it was sent to */
    IKL_SIM_LOSS_ABSENT      /* the host it was for sleeps or is off */
};

/* "chance", "cut", ... A static string. */
IKL_API const char *ikl_sim_loss_name(enum ikl_sim_loss loss);

/* One line of the trace. It lives as long as the world, or, when records are not kept, until `observe` returns; but a
 * pointer inside of `about` to what a callback was given is null. */
struct ikl_sim_record {
    ikl_time at; /* the world's time */
    enum ikl_sim_event event;
    int result;
    const struct ikl_sim_host *host; /* whose it is; null: the world's */
    const struct ikl_sim_link *link; /* that the datagram crossed or was to cross; null: none */
    const struct ikl_sa *sa;         /* only to be compared: it may be freed; null: none */
    uint64_t spi_i, spi_r;           /* its SPIs then */
    uint64_t datagram;               /* number of the datagram, from 1; what became of it has the same; 0: none */
    struct ikl_octets octets;        /* the datagram; the plaintext of a request or an outcome; the text of a note */
    union {
        struct ikl_path path; /* IKL_SIM_SENT, _SEND_FAILED, _DELIVERED, _ADDRESS, _UNMATCHED, _REBOUND, _MOVED */
        enum ikl_sim_loss loss;
        struct ikl_attempt attempt;
        struct ikl_alive alive;
        struct ikl_outcome outcome;
        struct ikl_peer_request peer_request;
        enum ikl_sa_state state;
        struct ikl_reachability_change reachability;
        enum ikl_exhaustion exhaustion;
        struct ikl_outage outage;
        struct {
            uint8_t protocol;
            uint32_t spi_in, spi_out;
            struct ikl_down down;
        } child_down;
        struct ikl_down down;
        int64_t number; /* IKL_SIM_STALLED, _SLEPT, _REBOOTED: ms; _CLOCK_SET: ms; _SENDS_FAIL: sends */
    } about;
};

/* How many records there are. */
IKL_API size_t ikl_sim_n_records(const struct ikl_sim *sim);

/* Record `n`, from 0; null when there are not so many, or records are not kept. */
IKL_API const struct ikl_sim_record *ikl_sim_record_at(const struct ikl_sim *sim, size_t n);

/* The n-th record, from 0, of this event, of this IKE SA unless that is null; null when there are not so many. */
IKL_API const struct ikl_sim_record *ikl_sim_find(const struct ikl_sim *sim, enum ikl_sim_event event,
                                                  const struct ikl_sa *sa, size_t n);

/* How many records there are of this event, of this IKE SA unless that is null, from the time `since` on. */
IKL_API size_t ikl_sim_count(const struct ikl_sim *sim, enum ikl_sim_event event, const struct ikl_sa *sa,
                             ikl_time since);

/* Writes a record as one line without its end, always terminated when size > 0. Returns the length it has, as snprintf
 * does. An IKE SA is shown as the last four digits of its initiator's SPI; contents of messages are not shown. */
IKL_API int ikl_sim_record_text(const struct ikl_sim_record *record, char *text, size_t size);

/* Puts a line of the test's own into the trace; `host` may be null. Copied. */
IKL_API void ikl_sim_note(struct ikl_sim *sim, const struct ikl_sim_host *host, const char *text);

/* A hash of the whole trace so far, kept or not: two worlds with the same hash did the same. It is a function of what
 * the records say, not of memory: the same on every architecture. It does not depend on how often hosts were given the
 * time, only on what came of it. It may change with a new version of the library. */
IKL_API uint64_t ikl_sim_hash(const struct ikl_sim *sim);

#ifdef __cplusplus
}
#endif
#endif
