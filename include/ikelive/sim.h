/* SPDX-License-Identifier: ISC */
/* ikelive sim: a simulated world for testing a host that embeds ikelive: hosts, the links between them, a clock and a
 * source of randomness. An hour passes in milliseconds, and every run is the same. A library of its own, ikelive-sim;
 * ikelive itself does not need it. For tests: nothing in it is secret or random.
 *
 *     ikl_sim_new(&sim, &(struct ikl_sim_config){.size = sizeof(struct ikl_sim_config), .seed = 1});
 *     ikl_sim_add_pair(sim, NULL, &pair);                two hosts, a link, an IKE SA established between them
 *     ikl_sim_cut_at(pair.link, 60000);
 *     ikl_sim_run_until(sim, 400000);
 *     ikl_sim_find(sim, IKL_SIM_DOWN, pair.sa_a, 0)->about.down.at == 379000
 *     ikl_sim_free(sim);
 *
 * <ikelive/sim_cmocka.h> has assertions for this. The seed, the configs and the calls determine what a world does, on
 * every architecture; and so they determine its trace, the record of all that crossed a link or was called back: see
 * <ikelive/sim_trace.h>, which this includes.
 *
 * Within one millisecond things happen in this order: what was scheduled (by functions whose names end in _at), in the
 * order it was scheduled; then datagrams arrive, in the order they were sent; then each host that is due gets the time
 * (ikl_endpoint_advance), in the order the hosts were added; then what has arrived since. A host gets the time at most
 * once in a millisecond.
 *
 * A function that takes a time `at` schedules something. If `at` is now or past, it happens before the function
 * returns; called inside a callback or a scheduled call, it happens first when the world goes on.
 *
 * All functions may be called from any callback of a host, except where the comment says otherwise. Any function that
 * changes a world may allocate. One that returns nothing notes a failure in the world, and the functions that run the
 * world return it. One thread at a time uses a world with all its hosts; different worlds share nothing. The host calls
 * its endpoint as ever, with the `now` of ikl_sim_host_now. */
#ifndef IKELIVE_SIM_H
#define IKELIVE_SIM_H

#include <ikelive/endpoint.h>
#include <ikelive/sim_trace.h>
#include <ikelive/snapshot.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_sim;      /* a world */
struct ikl_sim_host; /* a host in it */
struct ikl_sim_link; /* what joins two of them */

/* A chance in percent, for fields that count millionths. */
#define IKL_SIM_PERCENT(n) ((uint32_t)((n)*10000))

/* The world. */

/* Zero means the default wherever there is one. */
struct ikl_sim_config {
    size_t size;                           /* sizeof(struct ikl_sim_config) */
    uint64_t seed;                         /* all chance comes from it */
    ikl_time start;                        /* the time at the beginning */
    const struct ikl_allocator *allocator; /* copied; for endpoints too, unless their config has one; null:
                                              ikl_default_allocator */
    /* Called with each new record; may be null. Must not call the library. */
    void (*observe)(void *user, const struct ikl_sim_record *record);
    void *user;  /* for `observe` */
    bool forget; /* records are told to `observe` and go into the hash, but are not kept */
};

/* Makes an empty world. Calls ikl_init. Errors: IKL_ERR_INVALID when config->size is wrong or the start is IKL_NEVER;
 * IKL_ERR_NO_MEMORY; IKL_ERR_CRYPTO. */
IKL_MUST_USE IKL_API int ikl_sim_new(struct ikl_sim **out, const struct ikl_sim_config *config);

/* Frees the world: first each endpoint with ikl_endpoint_free, which reports to the hosts' callbacks, then the rest.
 * Null is allowed. Does nothing inside a callback. */
IKL_API void ikl_sim_free(struct ikl_sim *sim);

/* The time in the world. */
IKL_API ikl_time ikl_sim_now(const struct ikl_sim *sim);

/* Runs the world up to and including the millisecond `until`; then the time is `until`. Errors: IKL_ERR_NO_MEMORY when
 * memory ran out, now or before; the first error of a host that could not be made again after a reboot; IKL_ERR_BUSY
 * when hosts answer each other without end over links without delay, so that time stands still; IKL_ERR_REENTRANT from
 * inside a callback. After an error you can only look at the world and free it. */
IKL_MUST_USE IKL_API int ikl_sim_run_until(struct ikl_sim *sim, ikl_time until);

/* The same for `ms` from now. */
IKL_MUST_USE IKL_API int ikl_sim_run_for(struct ikl_sim *sim, uint64_t ms);

/* Goes on to the next millisecond in which anything happens, and lets it happen. Errors: IKL_ERR_END when nothing will
 * ever happen again; those of ikl_sim_run_until. */
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
     * be null: randomness then follows from the seed. All zero: an endpoint with the defaults and no callbacks. */
    union {
        struct ikl_endpoint_config endpoint;
        uint64_t endpoint_room[96]; /* it grows */
    };
    /* The world makes no endpoint: the host consists of the functions below. */
    bool no_endpoint;
    struct ikl_address address; /* family 0: 10.0.0.1 and so on, port 500, or 4500 on links with UDP encapsulation */
    struct ikl_sim_manners manners;
    ikl_time clock; /* how far the host's clock is ahead of the world's */

    /* The host's own event handling, in place of the endpoint's functions; all may be null. `user` is the
     * endpoint's. Not called while the host sleeps, stalls or is off. */
    int (*receive)(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now);
    int (*advance)(void *user, ikl_time now);
    ikl_time (*next_deadline)(void *user);
    /* The host starts again, with a new endpoint: after a reboot it has no IKE SAs, after a restart those that were
     * restored. May be null. */
    void (*boot)(void *user, struct ikl_sim_host *host, ikl_time now);
    /* In place of ikl_endpoint_writable, as those above; may be null. See ikl_sim_block_sends_at. */
    int (*writable)(void *user, ikl_time now);
    /* The endpoint makes tokens of quick crash detection (<ikelive/crash.h>), of a secret that follows from the seed
     * and outlives reboots; unless endpoint.token_maker is set. */
    bool tokens;
    /* Another member of the host's cluster has taken this IKE SA over: see ikl_sim_take_over_at. May be null. */
    void (*took_over)(void *user, struct ikl_sim_host *host, struct ikl_sa *sa, ikl_time now);
    /* The host, the first of a stream link, has opened its connection anew: `path` is the new one. May be null: then
     * the world calls ikl_sa_reconnected for the IKE SAs that ikl_sim_add_sa has made along that link. `user` is the
     * endpoint's. */
    void (*reconnected)(void *user, struct ikl_sim_host *host, const struct ikl_path *path, ikl_time now);
    /* An IKE SA is about to be restored: see ikl_sim_restart_at. `options` is what ikl_sa_restore will get, for the
     * host to change; options->user is that of the IKE SA. May be null. */
    void (*restoring)(void *user, struct ikl_sim_host *host, struct ikl_restore_options *options);
    /* This IKE SA was restored; may be null. */
    void (*restored)(void *user, struct ikl_sim_host *host, struct ikl_sa *sa, ikl_time now);
};

/* Adds a host, with a new endpoint; null for `config` means all defaults. It lives as long as the world. Calls the
 * host's `random` when it has one. Errors: IKL_ERR_INVALID when config->size is wrong, or there is no endpoint and no
 * `receive`; IKL_ERR_BUSY when the name is taken; what ikl_endpoint_new returns; IKL_ERR_REENTRANT from inside a
 * callback. */
IKL_MUST_USE IKL_API int ikl_sim_add_host(struct ikl_sim *sim, const struct ikl_sim_host_config *config,
                                          struct ikl_sim_host **out);

/* The endpoint that the world has made for the host; null when there is none, and while the host is off. Its callbacks
 * are the world's: they record, then call the host's. So its ikl_endpoint_user is the struct ikl_sim_host, not
 * config.user. */
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

/* What the host's clock shows: the `now` for every call that the host makes. */
IKL_API ikl_time ikl_sim_host_now(const struct ikl_sim_host *host);

/* Sends a datagram for the host: for the `send` of an endpoint that the world did not make. Returns IKL_OK,
 * IKL_ERR_BLOCKED while the host's sends would block, or IKL_ERR_NO_BUFFER when they are failing. */
IKL_API int ikl_sim_send(struct ikl_sim_host *host, const struct ikl_path *path, const uint8_t *datagram, size_t len);

/* Fills `len` octets from the host's source of randomness: for the `random` of such an endpoint. */
IKL_API void ikl_sim_host_random(struct ikl_sim_host *host, uint8_t *out, size_t len);

/* The host changes its manners. */
IKL_API void ikl_sim_set_manners_at(struct ikl_sim_host *host, ikl_time at, const struct ikl_sim_manners *manners);

/* The host hangs for `ms`: it gets no time, and datagrams wait for it. Then they arrive, and it gets the time. */
IKL_API void ikl_sim_stall_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms);

/* The host sleeps for `ms`: it gets no time, and datagrams to it are lost. */
IKL_API void ikl_sim_sleep_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms);

/* The host loses everything and tells nobody, not even its own callbacks; the IKE SAs and Child SAs of its endpoint are
 * no longer valid. After `ms` it starts again with a new endpoint, and `boot` is called. A host whose endpoint the
 * world did not make only sleeps, as with ikl_sim_sleep_at, and `boot` is called at the end. */
IKL_API void ikl_sim_reboot_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms);

/* The host's process ends without a word to anybody, as with ikl_sim_reboot_at, and after `ms` another one goes on.
 * Just before the end a snapshot is taken of each IKE SA (<ikelive/snapshot.h>). The new endpoint restores them, in a
 * later epoch and knowing how old they are: requests, responses, Child SAs and monitors are as they were, but all
 * handles are new. This is done for IKE SAs of the world's making that are ESTABLISHED, REKEYED or DELETING, but not
 * for those that began CONNECTING, were taken over, or are on another endpoint. The others are lost, unless `boot`
 * restores them.
 *
 * `user` of the IKE SA and its Child SAs and the contexts of requests stay; the schedule and the monitors are those of
 * the IKE SA's config; everything else comes from `restoring`. Then `restored` is called for each, the latest IKE SA
 * first, and after that `boot`. A reboot meanwhile loses the snapshots; another restart keeps them. Where the host has
 * kept keys itself, it did so in epoch 0. When ikl_sa_restore reports an error, the functions that run the world return
 * it. A host whose endpoint the world did not make only sleeps, and `boot` is called at the end. */
IKL_API void ikl_sim_restart_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms);

/* Another member of the host's cluster takes over: the established IKE SAs of the world's making that have `syncs`, did
 * not begin CONNECTING and are still on the endpoint of its making are lost, without a word to anybody, and made anew
 * with Message IDs that are `behind` requests old, or begin at 0. The new ones have the same keys, Child SAs, path and
 * `user`, and initialisation vectors of their own. They synchronise (<ikelive/sync.h>), knowing how old they are, and
 * `took_over` is called for each, then `established` of a script. */
IKL_API void ikl_sim_take_over_at(struct ikl_sim_host *host, ikl_time at, uint32_t behind);

/* The host's next `n` sends fail. */
IKL_API void ikl_sim_fail_sends_at(struct ikl_sim_host *host, ikl_time at, uint32_t n);

/* For `ms` the host's sends would block: they fail with IKL_ERR_BLOCKED. Then the host says that it can send again
 * (`writable` of its config), as soon as it is awake. Blocking again meanwhile prolongs it; a reboot ends it. */
IKL_API void ikl_sim_block_sends_at(struct ikl_sim_host *host, ikl_time at, uint64_t ms);

/* The host's clock is set forward by `ms`, or back when that is negative; not below 0. */
IKL_API void ikl_sim_set_clock_at(struct ikl_sim_host *host, ikl_time at, int64_t ms);

/* Links. */

/* What a link does to each datagram, independently of the others. */
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
    bool stream;                    /* a connection, see ikl_sim_break_at; `encapsulated` too */
    uint32_t reconnect; /* ms after which the first host opens it anew, and tries again when it cannot; 0: 1000 */
};

/* Joins two hosts; null for `config` means all defaults: every datagram arrives, and at once. Errors: IKL_ERR_INVALID
 * when config->size is wrong, or the hosts are the same or of different worlds; IKL_ERR_BUSY when there is a link
 * between these addresses; IKL_ERR_NO_MEMORY. */
IKL_MUST_USE IKL_API int ikl_sim_add_link(struct ikl_sim_host *a, struct ikl_sim_host *b,
                                          const struct ikl_sim_link_config *config, struct ikl_sim_link **out);

/* The first link between these hosts, or null. */
IKL_API struct ikl_sim_link *ikl_sim_find_link(const struct ikl_sim_host *a, const struct ikl_sim_host *b);

/* The path from a host at one end of the link to the other end, for its IKE SAs. All zero for any other host. */
IKL_API struct ikl_path ikl_sim_path(const struct ikl_sim_link *link, const struct ikl_sim_host *host);

/* Nothing crosses the link any more: what is sent, or would arrive, from then on is lost. */
IKL_API void ikl_sim_cut_at(struct ikl_sim_link *link, ikl_time at);

/* The same for what `from`, a host at one end of the link, sends: the other way stays as it is. */
IKL_API void ikl_sim_cut_one_way_at(struct ikl_sim_link *link, const struct ikl_sim_host *from, ikl_time at);

/* Both ways work again. */
IKL_API void ikl_sim_restore_at(struct ikl_sim_link *link, ikl_time at);

/* Stream links: connections, as those of TCP, that the first host has opened. The paths of the hosts are reliable, and
 * messages cross as octets, in pieces, that <ikelive/stream.h> makes messages of again. They arrive in the order in
 * which they were sent, and the fates and the weather only make them later: what would be lost or held back comes
 * `hold` ms later, and all behind it with it. Nothing is doubled or changed. What would arrive while the link is cut,
 * has an outage, or the receiver hangs or sleeps, arrives when that is over.
 *
 * The connection breaks when one of the hosts reboots, when the letter `b` is a fate (see ikl_sim_set_fates), and by
 * these calls. What is under way is lost then, and sends fail with IKL_ERR_STATE. After `reconnect` ms the first host
 * opens another, from the next port, unless the link is cut or has an outage or one of the hosts is absent: then it
 * tries again. It is told (`reconnected` of its config); the other host is not, and learns of it from what comes over
 * it: the IKE SA that ikl_sim_add_sa makes there follows its peer.
 *
 * From `at` on the connection is broken. Does nothing for other links, or when it is broken already. */
IKL_API void ikl_sim_break_at(struct ikl_sim_link *link, ikl_time at);

/* From `at` on it breaks as soon as `octets` more of those that `from` sends have arrived, with their lengths and the
 * prefix; 0: at once. */
IKL_API void ikl_sim_break_after_at(struct ikl_sim_link *link, const struct ikl_sim_host *from, ikl_time at,
                                    uint64_t octets);

/* Tunnels: Child SAs of IKE SAs along the link. A probe of a monitor (<ikelive/monitor.h>) whose host has no
 * `monitor_probe` of its own crosses the link as a datagram would, with the delay of its weather and no other part of
 * that; the other end answers it, unless it is absent, and the answer comes back likewise. It is lost when the Child SA
 * has moved to another IKE SA meanwhile.
 *
 * From `at` on nothing crosses the link inside tunnels, while IKE messages do; or nothing that `from` sends. */
IKL_API void ikl_sim_kill_tunnels_at(struct ikl_sim_link *link, ikl_time at);
IKL_API void ikl_sim_kill_tunnels_one_way_at(struct ikl_sim_link *link, const struct ikl_sim_host *from, ikl_time at);

/* Tunnels work again, both ways. */
IKL_API void ikl_sim_mend_tunnels_at(struct ikl_sim_link *link, ikl_time at);

/* The weather changes for what `from` sends from then on; null: for both hosts. */
IKL_API void ikl_sim_set_weather_at(struct ikl_sim_link *link, const struct ikl_sim_host *from, ikl_time at,
                                    const struct ikl_sim_weather *weather);

/* Outages that a link has by itself, again and again. */

#define IKL_SIM_YEAR UINT64_C(31557600000) /* ms: 365.25 days */
#define IKL_SIM_LONGEST_OUTAGE IKL_SIM_YEAR
#define IKL_SIM_OUTAGE_KINDS 8 /* at most, of one link */

/* How the lengths of outages of a kind are distributed. */
enum ikl_sim_spread {
    IKL_SIM_EXPONENTIAL, /* `shape` is not looked at */
    IKL_SIM_LOG_NORMAL,  /* `shape` is sigma, the deviation of the logarithm: at most 4000 */
    IKL_SIM_PARETO       /* `shape` is the exponent of the tail: above 1000, at most 100000 */
};

struct ikl_sim_outage_kind {
    enum ikl_sim_spread spread;
    uint32_t mean;   /* ms that one lasts on average, at least 1 */
    uint32_t shape;  /* thousandths */
    uint32_t a_year; /* how many there are on average in a year, at least 1 */
};

/* The outages of a link: its habit. */
struct ikl_sim_outages {
    size_t size;  /* sizeof(struct ikl_sim_outages) */
    bool holding; /* datagrams are not lost: a modem holds them, and delivers them afterwards */
    uint32_t n;   /* kinds; 0: there are no outages */
    struct ikl_sim_outage_kind kinds[IKL_SIM_OUTAGE_KINDS];
};

/* From `at` on the link has outages of these kinds, both ways and one at a time; null: none any more. They come at
 * random: from the end of one to the beginning of the next the time is exponentially distributed, at least 1 ms. Each
 * lasts from 1 ms to IKL_SIM_LONGEST_OUTAGE, rounded to whole milliseconds. What is sent during an outage, or would
 * arrive, is lost; with `holding`, what would arrive during an outage arrives when that is over, in the order in which
 * it was sent. An outage that has begun takes its course when the habit changes. Cuts and weather stand beside.
 *
 * The outages follow from the world's seed, the order in which its links were added, the time `at` and the kinds alone:
 * they are the same whatever crosses the link, and whether it holds or loses that. Copied. Errors: IKL_ERR_INVALID when
 * outages->size is wrong, `n` is above IKL_SIM_OUTAGE_KINDS, a number is out of range, or the outages would fill the
 * year; IKL_ERR_NO_MEMORY. */
IKL_MUST_USE IKL_API int ikl_sim_set_outages_at(struct ikl_sim_link *link, ikl_time at,
                                                const struct ikl_sim_outages *outages);

/* Sets the fate of the next datagrams that `from` sends over the link (null: that either host sends), one letter each.
 * A letter takes the place of the chances in the weather; the weather's delay remains. Replaces the letters set before.
 * A datagram that is too big, or is sent while the link is cut or has an outage, uses up its letter too.
 *     .  arrives              x  is lost              c  arrives with one bit changed
 *     2  arrives twice        h  is held back for `hold` ms, so that later ones overtake it
 *     +  arrives, and once more `hold` ms later
 *     b  over a stream link: the connection breaks when half of it has arrived
 * Any other letter counts as a dot. Copied. */
IKL_API void ikl_sim_set_fates(struct ikl_sim_link *link, const struct ikl_sim_host *from, const char *fates);

/* How many of the letters set for both hosts have been used. */
IKL_API size_t ikl_sim_fates_used(const struct ikl_sim_link *link);

/* Puts a NAT in front of `host`, at its end of the link: what the host sends appears to come from `outside`, and what
 * is sent to `outside` arrives at the host. From now on the host's path is behind a NAT, and the other's path leads to
 * `outside`. The mapping ends when the host has sent nothing for `lifetime` ms (0: never): then nothing arrives at the
 * host, and what it sends next gets the next port. Does nothing for a host that is not at the link. */
IKL_API void ikl_sim_set_nat(struct ikl_sim_link *link, const struct ikl_sim_host *host,
                             const struct ikl_address *outside, uint64_t lifetime);

/* The NAT in front of `host` forgets its mapping and makes another, to `outside`, or, with null, to the next port. */
IKL_API void ikl_sim_rebind_at(struct ikl_sim_link *link, const struct ikl_sim_host *host, ikl_time at,
                               const struct ikl_address *outside);

/* The host's address on this link changes. Its IKE SAs do not know; the host can tell them with ikl_sa_set_path. */
IKL_API void ikl_sim_move_at(struct ikl_sim_link *link, const struct ikl_sim_host *host, ikl_time at,
                             const struct ikl_address *address);

/* An attacker's datagram arrives at `to` along `path`, whose `local` is the host's. It crosses no link. Copied. */
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
    /* Called for each of the two IKE SAs before it is made, to change the config; may be null. Keys, SPIs and path are
     * set, so that the two understand each other. A host whose endpoint the world did not make makes its IKE SA here,
     * with ikl_sa_new and this config. */
    void (*prepare)(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config);
    void *user;                               /* for `prepare` */
    const struct ikl_monitor_config *monitor; /* of all its Child SAs; borrowed while they live, and those that replace
                                                 them; null: each endpoint's */
    bool trim;                                /* of both */
    bool round_trip_sends;                    /* of both */
    bool syncs; /* both have agreed on synchronisation of Message IDs and replay counters (<ikelive/sync.h>) */
    /* Both are CONNECTING, as after IKE_SA_INIT: Message ID 1 of the original initiator is next. The hosts go on from
     * there, with IKE_INTERMEDIATE or IKE_AUTH, and call ikl_sa_established. */
    bool connecting;
};

/* Makes an established IKE SA between the hosts of a link, one end at each; the first host is the original initiator.
 * Its keys are derived from nonces and a secret that follow from the seed; Message IDs begin at 0; Child SA number n,
 * from 0, is the n-th of ikl_sa_first_child at both ends. An end whose host makes tokens of quick crash detection has
 * given its token to the other. The hosts own the IKE SAs. Null for `config` means all defaults; `sa_a` or `sa_b` may
 * be null. Errors: IKL_ERR_INVALID when config->size is wrong, a host has no endpoint, or the suite does not parse;
 * IKL_ERR_UNSUPPORTED, IKL_ERR_NO_AES when no provider of the first host's has it; what ikl_sa_new and ikl_sa_add_child
 * return. */
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

/* Calls ikl_sim_add_host twice, ikl_sim_add_link and ikl_sim_add_sa. Null for `config` means all defaults. After an
 * error the world may hold a part of the pair. */
IKL_MUST_USE IKL_API int ikl_sim_add_pair(struct ikl_sim *sim, const struct ikl_sim_pair_config *config,
                                          struct ikl_sim_pair *out);

/* Scripts. */

/* What a script needs from the test that plays it. Every field may be null. */
struct ikl_sim_play_config {
    size_t size; /* sizeof(struct ikl_sim_play_config) */
    void *user;  /* given to all of these */
    /* Called before a host is added, to give it callbacks and whatever else it should have. The name is in the
     * config. */
    void (*host)(void *user, struct ikl_sim_host_config *config);
    /* A line of the script, which said `config`, has established an IKE SA of this host, or made it CONNECTING. Its
     * schedule lives as long as the world. */
    void (*established)(void *user, struct ikl_sim_host *host, struct ikl_sa *sa,
                        const struct ikl_sim_sa_config *config);
    /* The host must do what the `n` words say, its name not among them: "request", "4". Any result but IKL_OK stops the
     * world. */
    int (*act)(void *user, struct ikl_sim_host *host, const char *const *words, size_t n);
};

/* Where a script is wrong. */
struct ikl_sim_script_error {
    unsigned line;    /* from 1 */
    const char *what; /* in words; a static string */
};

/* Plays a script: a world in words, one thing a line. A script can say all that C can, so a test that makes its worlds
 * at random can make scripts, and print the one that failed. S stands for seconds with up to three decimals, P for a
 * percentage ("0.5%"), A and B for names of hosts. Words in brackets may be left out, and may come in any order.
 *
 *     host A [tick S] [late S] [send-failure P] [clock S] [tokens]
 *     link A B [WEATHER] [encapsulated] [path-mtu N] [fates LETTERS] [stream] [reconnect S]
 *     nat A B [lifetime S]               before A, on its link to B
 *     monitor NAME [interval S] [timeout S] [grace S] [threshold N] [recover N] [renew-after S] [damp-changes N]
 *             [damp-period S] [damp-recover N] [need N] [probes-only]
 *                                        for `sa`; what is left out is as in "panos", which is there without a line
 *     sa A B [suite NAME] [children N] [schedule NAME-OR-LIST] [idle S] [liveness periodic|on-demand|off] [window N]
 *            [fragmentation] [monitor NAME] [trim] [round-trip-sends] [syncs]
 *            [connecting]
 *     cut A B        restore A B         cut-one-way A B (what A sends)
 *     break A B                          break-after A B N (octets of what A sends)
 *     kill-tunnels A B                   kill-tunnels-one-way A B (what A sends)
 *     mend-tunnels A B
 *     weather A B [WEATHER]              weather-one-way A B [WEATHER] (for what A sends)
 *     outages A B [exponential MEAN N] [log-normal MEAN SHAPE N] [pareto MEAN SHAPE N] [holding]
 *                                        each as often as there are kinds; MEAN in S, N a year, SHAPE as 1.5
 *     rebind A B                         the NAT before A, on its link to B
 *     move A B                           A has another address on its link to B
 *     manners A [tick S] [late S] [send-failure P]
 *     stall A S      sleep A S           reboot A S
 *     restart A S                        with a snapshot of its IKE SAs
 *     takeover A N                       by a member of its cluster that is N requests behind
 *     fail-sends A N                     block-sends A S
 *     clock A S                          S may be negative
 *     note WORDS
 *     A WORDS                            for `act`; a line of the test's own
 *     at S ...                           any of those from `sa` on, at that time of the world
 *     run S                              until that time of the world
 *     # a comment
 *
 * WEATHER is [loss P] [duplication P] [reordering P] [corruption P] [delay S] [jitter S] [hold S] [mtu N].
 *
 * A line has up to 500 octets and 40 words. Two hosts name the first link between them. `config` is copied and may be
 * null. `error` is filled when the script is wrong, and may be null too. Errors: IKL_ERR_INVALID when config->size or a
 * line is wrong; what the function behind a line returns; those of ikl_sim_run_until. The lines before the wrong one
 * were played. */
IKL_MUST_USE IKL_API int ikl_sim_play(struct ikl_sim *sim, const char *script, const struct ikl_sim_play_config *config,
                                      struct ikl_sim_script_error *error);

#ifdef __cplusplus
}
#endif
#endif
