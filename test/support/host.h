/* SPDX-License-Identifier: ISC */
/* A host for tests: an endpoint with one IKE SA, virtual time, and a record of everything that was called back. Two of
 * them facing each other make a pair. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include <ikelive/ikelive.h>

#ifndef HOST_MAX_EVENTS
#define HOST_MAX_EVENTS 4096
#endif

enum { HOST_MAX_DATAGRAM = 4096, HOST_MAX_CHILDREN = 8 };

enum event_kind {
    EVENT_SENT, /* a datagram was given to `send` */
    EVENT_ATTEMPT,
    EVENT_ALIVE,
    EVENT_PEER_REQUEST,
    EVENT_STATE,
    EVENT_CHILD_DOWN,
    EVENT_DOWN,
    EVENT_UNMATCHED,
    EVENT_OUTCOME,
    EVENT_INIT_RESPONSE,
    EVENT_REACHABILITY,
    EVENT_ADDRESS,
    EVENT_EXHAUSTION,
    EVENT_MONITOR,
    EVENT_MONITOR_PROBE,
    EVENT_SYNCED
};

struct event {
    enum event_kind kind;
    ikl_time at; /* the host's virtual time */
    struct ikl_sa *sa;
    /* what was sent or came, and along which path; of EVENT_PEER_REQUEST and EVENT_OUTCOME the payloads inside SK */
    struct ikl_path path;
    size_t len;
    uint8_t datagram[HOST_MAX_DATAGRAM];
    bool delivered;
    /* what else there is to the kind of event; views in it are gone, for they lived until the callback returned */
    struct ikl_attempt attempt;
    struct ikl_alive alive;
    struct ikl_down down;
    struct ikl_outcome outcome;
    struct ikl_reachability_change reachability;
    enum ikl_exhaustion exhaustion;
    enum ikl_sa_state state;
    struct ikl_monitor_change monitor;
    struct ikl_synced synced;
    uint16_t probe; /* of EVENT_MONITOR_PROBE */
    uint32_t message_id;
    uint8_t exchange_type;
    uint8_t first_payload;
    const struct ikl_int_auth *int_auth; /* of EVENT_PEER_REQUEST, only inside the callback */
    uint32_t spi_in;
    struct ikl_child *child; /* of EVENT_CHILD_DOWN, EVENT_MONITOR and EVENT_MONITOR_PROBE; the first only inside the
                                callback */
};

struct host {
    const char *name;
    struct ikl_endpoint *endpoint;
    struct ikl_sa *sa;
    struct ikl_child *children[HOST_MAX_CHILDREN];
    ikl_time now;
    uint8_t random; /* next octet of a counting "random" source */
    int random_result;
    int send_result;
    bool tampered; /* the test wrote where only the library does: what is held is not checked */
    int (*on_event)(struct host *host, struct event *event); /* called in every callback; null: nothing */
    void *context;                                           /* for on_event */
    size_t n_events;
    struct event *events;           /* HOST_MAX_EVENTS of them */
    uint8_t kinds[HOST_MAX_EVENTS]; /* of each, once more: events are large, and are often counted */
};

/* What tests change about an endpoint or an IKE SA before it is made; null: nothing. */
typedef void (*endpoint_change)(struct ikl_endpoint_config *config);
typedef void (*sa_change)(struct ikl_sa_config *config);
void with_fragmentation(struct ikl_sa_config *config);

/* The config of an endpoint that records every callback in `host`. */
struct ikl_endpoint_config host_config(struct host *host);

/* Makes the endpoint at time `now`, every callback recorded. */
void host_init(struct host *host, const char *name, ikl_time now, endpoint_change change);
/* Or else the program ends and says what is wrong. */
void host_must(bool condition, const char *what);

/* Its end: what its IKE SAs hold was counted right, and they are valid (shares_check.h). */
void host_clear(struct host *host);

/* The keys that all test IKE SAs of a suite have, and the config of one end of the IKE SA with number `n`. `keys` must
 * live until ikl_sa_new was called. Window 1, IDs from 0, fresh keys, no Child SAs. */
void test_keys(struct ikl_keys *keys, const char *suite);
void test_sa_config(struct ikl_sa_config *config, struct ikl_keys *keys, const char *suite, bool original_initiator,
                    uint32_t n);

/* Message IDs above 0 say that the keys have sealed something: vouches for the IVs in place of IKL_IV_FRESH_KEYS. */
void test_sealed_before(struct ikl_sa_config *config);

/* Hands the IKE SA over, after test_sealed_before, with `n_children` Child SAs whose SPIs face those of the peer. */
void host_sa(struct host *host, const char *suite, bool original_initiator, uint32_t n_children, sa_change change);
void host_add_children(struct host *host, bool original_initiator, uint32_t n_children);

/* Feeds time and datagrams. */
void host_advance(struct host *host, ikl_time now);
void host_run_until(struct host *host, ikl_time until); /* from deadline to deadline, and then it is `until` */
void host_run_to_the_end(struct host *host);            /* from deadline to deadline until nothing is due any more */
int host_receive(struct host *host, const struct event *sent); /* a datagram that the peer sent, path turned round */

/* The n-th event of a kind, from 0; null when there are fewer. The last one. How many there are. Forgets all events. */
struct event *host_event(struct host *host, enum event_kind kind, size_t n);
struct event *host_last(struct host *host, enum event_kind kind);
size_t host_count(const struct host *host, enum event_kind kind);
void host_forget(struct host *host);

struct ikl_endpoint_counters host_counters(const struct host *host);
struct ikl_sa_info host_info(const struct host *host);

/* Two hosts facing each other: `a` is the original initiator. */
struct pair {
    struct host a, b;
    bool cut; /* nothing is delivered any more; what is sent meanwhile is lost */
};

void pair_init(struct pair *pair, const char *suite, uint32_t n_children, endpoint_change on_endpoints,
               sa_change on_sas);
void pair_clear(struct pair *pair);

/* Delivers what was sent until nothing is under way, at the hosts' present time. */
void pair_deliver(struct pair *pair);

/* Runs both hosts until `until`, in ticks of `tick` ms; 0: from deadline to deadline. Delivery takes no time. */
void pair_run(struct pair *pair, ikl_time until, ikl_time tick);

#endif
