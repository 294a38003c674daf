/* SPDX-License-Identifier: ISC */
/* ikelive endpoint: many IKE SAs behind one table of SPIs and one timer wheel. Feed it datagrams and time; it calls the
 * host back.
 *
 *     for (;;) {
 *         wait until a datagram is readable or ikl_endpoint_next_deadline(endpoint);
 *         while (a datagram is there) { ikl_endpoint_receive(endpoint, &path, datagram, len, now()); }
 *         ikl_endpoint_advance(endpoint, now());
 *     }
 *
 * After `send` said IKL_ERR_BLOCKED, the loop also waits until the socket is writable, and then calls
 * ikl_endpoint_writable(endpoint, now()).
 *
 * Feed pending datagrams before you call ikl_endpoint_advance, or an answer that has already arrived comes too late. An
 * endpoint and its IKE SAs are used by one thread at a time; different endpoints share nothing. */
#ifndef IKELIVE_ENDPOINT_H
#define IKELIVE_ENDPOINT_H

#include <ikelive/report.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_token_maker;
struct ikl_synced;

/* A datagram on its way out, in a batch. */
struct ikl_outbound {
    struct ikl_sa *sa; /* or null, as in `send` */
    struct ikl_path path;
    const uint8_t *datagram; /* valid until the callback returns */
    size_t len;
    int result; /* IKL_OK; for the callback to set */
};

/* A path group without any sign of life: our own uplink is dead, rather than so many peers. */
struct ikl_outage {
    uint16_t group;
    bool over;      /* something was heard again */
    ikl_time heard; /* the last sign of life before it, or the first after it */
    uint32_t n_sas; /* IKE SAs of the group that are not DEAD */
};

/* What the endpoint calls. A pointer given to a callback is valid until the callback returns, unless the callback's
 * comment says otherwise. `user` is the endpoint's. There are two kinds.
 *
 * Leaves are `random`, `send`, `send_batch`, `last_esp`, `monitor_probe`, `next_iv` of struct ikl_protection, and
 * `lives_elsewhere` of struct ikl_token_maker. The library calls them in the middle of a decision, for what has to
 * happen at once. They do not nest. Inside a leaf nothing of the same endpoint changes: a function that would change
 * anything returns IKL_ERR_REENTRANT, unless it fails for another reason; one without a result does nothing; both are
 * counted in `reentrant`. You may call functions that only look, ikl_child_heard, ikl_child_sent, ikl_sa_sent_esp, and
 * those that only store a `user` or a context.
 *
 * All others are told. They are called when the outermost call into the library has decided and everything is
 * consistent again: ikl_endpoint_advance tells after each IKE SA, and of monitors at its end;
 * ikl_endpoint_receive_batch tells after each datagram. Inside them every function may be called except
 * ikl_endpoint_receive, ikl_endpoint_receive_batch, ikl_endpoint_advance and ikl_endpoint_free of the same endpoint,
 * which return IKL_ERR_REENTRANT and are not counted.
 * What is called there decides, sends, and returns its result at once. What it has to tell is told after the callback
 * has returned, and before the same outermost call returns. So telling never nests. A callback says what was decided;
 * ikl_sa_state says what is, which may be further on.
 *
 * IKE SAs come in the order in which each first had something to tell. The facts about one IKE SA come in this order:
 *
 *     attempt        by Message ID
 *     address
 *     alive
 *     outcome        as the requests were made
 *     init_response
 *     peer_request   and each `outcome` that was decided inside these
 *     synced
 *     peer_deletes
 *     state          as they were entered
 *     reachability
 *     outage         of its path group
 *     exhaustion
 *     monitor        of each Child SA, as they were added
 *     child_down     as they ended; those that are left when the IKE SA goes, as they were added
 *     state          with IKL_SA_DEAD
 *     down
 *
 * A fact decided meanwhile is told in its place if that is still to come, else in another round, after the other IKE
 * SAs. `down` waits until there is nothing else: no callback with this handle is told after it. (Only datagrams that
 * wait for `send_batch` may still have it.)
 *
 * `attempt`, `alive`, `outcome`, each `state`, `child_down` and `down` are told whatever happens meanwhile, also after
 * ikl_sa_free. `address`, `init_response`, `peer_request`, `synced`, `peer_deletes`, and `exhaustion` are not told any
 * more once the IKE SA is DYING, `monitor` once it is not ESTABLISHED or the Child SA is gone. `reachability` and
 * `outage` are levels: they are told when they differ from what was told last, so that of several changes the last one
 * is told, or none.
 *
 * An IKE SA is DYING as soon as its end is decided, and becomes DEAD just before `down`. However it ends, its end is
 * told in the order above: `outcome` of each request that is left; `state` with IKL_SA_DYING; `reachability` with
 * IKL_REACHABILITY_DOWN (none for a REKEYED IKE SA); `child_down` of each Child SA; `state` with IKL_SA_DEAD; `down`. A
 * host that frees its object in one of these calls ikl_sa_set_user, ikl_child_set_user and ikl_sa_set_context there, so
 * that the later ones do not find it. The handle of an IKE SA that was freed stays valid until the outermost call
 * returns.
 *
 * A socket that would block. IKL_ERR_BLOCKED from `send` costs no attempt:
 *   - A blocked request of ours waits, the whole message even if some of its fragments have left, and goes out as the
 *     same octets: with ikl_endpoint_writable, or at the latest when a wait of its schedule has passed, of all waits
 *     from the beginning; so a host that never calls ikl_endpoint_writable loses only time. It counts as sent only
 *     then: `attempt` is told, and its wait begins, with a first send its schedule. Until then nothing else of that
 *     request is sent, so never more than one send of it waits, and what claims to answer a first send is
 *     IKL_ERR_UNSOLICITED.
 *   - No verdict falls over a request that waits. It may wait for as long as its schedule lasts, all its sends
 *     together (ikl_run_blocked): when that is over, blocked sends are failed sends, `attempt` tells IKL_ERR_BLOCKED,
 *     and a peer that cannot be asked is given up within twice ikl_schedule_total.
 *   - `wait` of ikl_sa_delete and ikl_sa_replace counts from the call all the same.
 *   - Everything else is lost, as on the network, and counted: responses, which the peer asks for again by repeating
 *     its request, and NAT keepalives, the next of which comes after 1000 ms or config.keepalive.
 * `send` is called for whatever is due, blocked or not: a host with several sockets says for each path whether its
 * socket would block. */
struct ikl_callbacks {
    size_t size; /* sizeof(struct ikl_callbacks) */

    /* Required: fills `len` octets with cryptographically secure randomness. IKL_OK or an error. A leaf. With
     * libsodium: randombytes_buf. */
    int (*random)(void *user, uint8_t *out, size_t len);

    /* Required, unless send_batch is given: sends `datagram` (non-ESP marker included where the path has one) along
     * `path`. A leaf. IKL_OK; IKL_ERR_BLOCKED when the socket would block, see below; or another error, which is
     * counted: the request's schedule goes on unchanged. `sa` is null for the answer to a repeated Delete, whose IKE SA
     * is gone, see ikl_endpoint_receive; and for one that shows tokens, see struct ikl_token_maker. */
    int (*send)(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len);

    /* Instead of `send`, with config.send_batch: sends `n` datagrams, in order, as with sendmmsg. A leaf. Called when
     * so many are waiting, and with the rest when all is told, before the outermost call into the library returns. Set
     * an error in the `result` of each datagram that could not be sent; it is counted like an error of `send`, but
     * `attempt` says IKL_OK all the same. Set IKL_ERR_BLOCKED in those that the socket did not take any more: they are
     * not kept, and count as blocked as with `send`, but their `attempt` was told already and is not told again. For a
     * message in fragments the result of the last one counts. */
    void (*send_batch)(void *user, struct ikl_outbound *datagrams, size_t n);

    /* The rest may be null. */

    /* One of our requests was sent, for the first time or again. */
    void (*attempt)(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt);
    /* A protected request of ours was answered; before `outcome`. (An answer to IKE_SA_INIT proves nothing.) */
    void (*alive)(void *user, struct ikl_sa *sa, const struct ikl_alive *alive);
    /* A request of the host ended. Told once for each. */
    void (*outcome)(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome);
    /* An unprotected response to our IKE_SA_INIT request: see struct ikl_init_response. */
    void (*init_response)(void *user, struct ikl_sa *sa, const struct ikl_init_response *response);
    /* A fresh request of the peer that the library does not answer itself: answer it with ikl_sa_respond, now or later.
     * The library answers empty INFORMATIONALs, and Deletes that hold nothing else and name only Child SAs that it
     * knows. A Delete that names others too, or comes with other payloads, is told here, before `child_down` for the
     * Child SAs that the library knows. These are gone already, and the library itself puts their paired SPIs before
     * the host's payloads in the response. The host adds the Deletes of its own paired SPIs, if the request names any
     * of its own (§1.4.1), and answers with no payload otherwise. A Delete of the IKE SA with other payloads is told
     * here too, before `peer_deletes`; when both have returned, it is answered with no payload, unless the host
     * answered it, and the IKE SA goes down. A badly formatted request gets INVALID_SYNTAX, and the IKE SA goes down
     * with IKL_DOWN_PROTOCOL (§2.21.3); one with an unknown critical payload, inside SK or before it, gets
     * UNSUPPORTED_CRITICAL_PAYLOAD and nothing else happens (§2.5). A REKEYED IKE SA answers IKE_FOLLOWUP_KE itself, as
     * below: what it would go on with was begun before the rekey. Without this callback the library answers
     * everything: INFORMATIONAL with what it has to say about its Deletes; CREATE_CHILD_SA with NO_ADDITIONAL_SAS, or
     * TEMPORARY_FAILURE from a REKEYED IKE SA; IKE_FOLLOWUP_KE with STATE_NOT_FOUND (RFC 9370 §2.2.4); IKE_AUTH of a
     * CONNECTING IKE SA with AUTHENTICATION_FAILED; any other exchange, known or not, with an empty response, which
     * refuses it without ending the IKE SA. It also answers a request whose turn comes when the IKE SA is DELETING, in
     * the same way but CREATE_CHILD_SA with TEMPORARY_FAILURE (§2.25). */
    void (*peer_request)(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request);
    /* The IKE SA changed its state. Once for each state that it enters. */
    void (*state)(void *user, struct ikl_sa *sa, enum ikl_sa_state state);
    /* The peer became UP, SUSPECT or DOWN. DOWN comes before `child_down` and `down`; a REKEYED IKE SA reports none.
     * Changes that are not told yet are told as one, or not at all when the peer is again what was told last. */
    void (*reachability)(void *user, struct ikl_sa *sa, const struct ikl_reachability_change *change);
    /* A fresh authenticated message came from another address than the IKE SA's path has. With config.follow_peer the
     * path has been changed to `path` before this call, else the host decides (ikl_sa_set_path). */
    void (*address)(void *user, struct ikl_sa *sa, const struct ikl_path *path);
    /* A liveness check or a verdict is due now: when was the last authenticated ESP or AH of this Child SA? Leave
     * `heard` and `sent` (IKL_NEVER for never; `sent` counts for IKL_LIVENESS_ON_DEMAND) as they are if you know
     * nothing newer. A leaf. */
    void (*last_esp)(void *user, struct ikl_sa *sa, struct ikl_child *child, ikl_time *heard, ikl_time *sent);
    /* Message IDs or IVs run out: rekey the IKE SA. Told once for each kind, config.exhaustion_margin before the end;
     * at the end the IKE SA goes down with IKL_DOWN_EXHAUSTED. */
    void (*exhaustion)(void *user, struct ikl_sa *sa, enum ikl_exhaustion what);
    /* No IKE SA of a path group hears anything any more, or one does again: see config.outage_after. */
    void (*outage)(void *user, const struct ikl_outage *outage);
    /* The peer has deleted an IKE SA that is CONNECTING or ESTABLISHED; it goes down when this returns. It is not too
     * late for ikl_sa_replace: after a simultaneous rekey the peer may know the outcome first, and delete the old IKE
     * SA before our own rekey is answered; the IKE SA that its rekey made then takes the place (§2.8.2). */
    void (*peer_deletes)(void *user, struct ikl_sa *sa);
    /* A Child SA is gone: deleted, or with its IKE SA. Once for each; the handle is valid until it returns. */
    void (*child_down)(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down);
    /* The IKE SA is gone; all its Child SAs were reported before. Once; the handle stays valid until ikl_sa_free. */
    void (*down)(void *user, struct ikl_sa *sa, const struct ikl_down *down);
    /* An IKE datagram, marker removed, that belongs to no IKE SA here and is not the repeated Delete that ended one: an
     * IKE_SA_INIT request, new or repeated (the host keeps its response to send that again), or noise, or the
     * INVALID_SPI of a peer that restarted and knows no IKE SA. That one may have any SPIs, even zero (§1.5): if `path`
     * is that of an IKE SA, ikl_sa_hint with IKL_HINT_INVALID_SPI checks whether its peer is alive. */
    void (*unmatched)(void *user, const struct ikl_path *path, const struct ikl_header *header, const uint8_t *datagram,
                      size_t len);
    /* Send a probe with this number through the Child SA now, to each target of its monitor. A leaf.
     * Called by ikl_endpoint_advance, when it is due, before anything of a monitor is told. So an answer that is there
     * at once is one to report when ikl_endpoint_advance has returned. */
    void (*monitor_probe)(void *user, struct ikl_sa *sa, struct ikl_child *child, uint16_t probe);
    /* The state of a monitored Child SA's path has changed, or its monitor asks for something. The state is a level, as
     * with `reachability`; the rest is told once. */
    void (*monitor)(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_monitor_change *change);
    /* Another member of a cluster took over, at the peer's side or ours, and both sides have agreed on Message IDs: see
     * <ikelive/sync.h>. */
    void (*synced)(void *user, struct ikl_sa *sa, const struct ikl_synced *synced);
};

#define IKL_NO_HISTORY UINT32_MAX
#define IKL_NO_OWN_BLOCKS UINT32_MAX

/* The pool keeps message bodies in blocks of 128 octets, 120 of them for the body: our requests until they are answered
 * or given up, responses until the peer's next request (with a window, W requests later), the peer's fragments and its
 * requests out of order for at most config.reassembly_time. Liveness checks, and requests and responses of at most 12
 * octets of payloads (our Delete of the IKE SA or of one Child SA, most error notifications), need no block; if the
 * cipher is not deterministic, three blocks of each IKE SA are reserved for these.
 *
 * What one peer can hold is bounded, so that it cannot take the pool from the others. M, the blocks of one largest
 * message, is 2 * max_message / 120, rounded up: 69 for 4096 octets. The common pool has C = pool_blocks blocks, at
 * least 8 * M: 552. The shares:
 *   - an IKE SA has config.own_blocks for itself once it is ESTABLISHED;
 *   - it borrows at most C / 8 blocks of the common pool, or M if that is more;
 *   - a CONNECTING one borrows at most M, and all of those together at most C / 4. When they want more, the fragments
 *     of the CONNECTING IKE SA whose message has been incomplete for longest are dropped;
 *   - a response in borrowed blocks that was sent ten minutes ago or earlier is forgotten when there is no other room;
 *     if its request is repeated after that, it is ignored (RFC 7296 §2.1).
 * So unauthenticated peers, however many there are and whatever they do, leave three quarters of the common pool free;
 * and with the default of four own blocks every other IKE SA has room for a message of 480 octets, whatever
 * authenticated peers do. An IKE SA that asks for more than its share gets IKL_ERR_NO_BUFFER.
 *
 * Own blocks are allocated in ikl_sa_new (with config.reserve_sas at once, in ikl_endpoint_new), never while packets
 * are handled: 128 octets each, so 512 octets an IKE SA by default; once allocated, they stay for later IKE SAs.
 * ikl_endpoint_pool_blocks says how large the common pool must be for messages of a given length. */

/* The table of requests has config.max_requests places for the host's requests that are queued or outstanding, Deletes
 * of Child SAs among them. Liveness checks and our Deletes of IKE SAs take no place in it: every IKE SA has one of its
 * own for these. No IKE SA can take the whole table: with P = max_requests / 8, rounded down, each has at most P
 * requests, or 8, or as many as its peer's window is wide, whichever is most; and an IKE SA that has one already leaves
 * the last P places to those that have none. So with 8 * n places each of n IKE SAs can always make a request, whatever
 * the others do. Requests that ikl_sa_replace or a hand-over brings count, but are not refused. The table is allocated
 * in ikl_endpoint_new, except for requests that are handed over. */

/* Zero means the default wherever there is one. */
struct ikl_endpoint_config {
    size_t size; /* sizeof(struct ikl_endpoint_config) */
    union {
        struct ikl_callbacks callbacks; /* copied */
        void *callbacks_room[32];       /* for callbacks to come */
    };
    void *user;                                  /* given to every callback */
    const struct ikl_allocator *allocator;       /* copied; null: ikl_default_allocator */
    const struct ikl_provider *const *providers; /* asked in order; borrowed; null: ikl_provider_sodium alone */
    size_t n_providers;
    const struct ikl_schedule *schedule; /* borrowed; null: ikl_schedule_default() */
    uint32_t idle;                       /* ms; 0: IKL_LIVENESS_DEFAULT_IDLE */
    uint32_t tick_slack;                 /* ms; 0: 100. How late a tick may be and still count as on time */
    uint32_t max_message;                /* longest IKE message handled, 1280 to 65000 octets; 0: 4096 */
    uint32_t pool_blocks;                /* blocks of the common pool, 128 octets each; fewer than those of eight
                                            messages of max_message octets count as that many: see above */
    uint32_t max_requests;               /* requests queued or outstanding at once; 0: 64. See above */
    uint32_t reserve_sas;                /* IKE SAs (with one Child SA each) to allocate for at once; 0: none */
    uint32_t history_events;             /* events remembered for each IKE SA, 16 octets each, at most 1024; 0: 16;
                                            IKL_NO_HISTORY: none */
    uint32_t hints_per_minute;           /* liveness checks that hints may cause, over all IKE SAs; 0: 60 */
    uint32_t keepalive;                  /* ms without a datagram along an IKE SA's path before a NAT keepalive goes
                                            out; 0: 20000 (RFC 3948 §4); after a failed send it is tried again in
                                            1000 */
    uint32_t reassembly_time;            /* ms for which an unfinished fragmented message, or a request whose turn has
                                            not come, is kept; then the peer has to send it again; 0: 15000 */
    /* For many IKE SAs. All of this is off by default. */
    uint64_t spi_prefix;     /* our SPIs begin with these bits, to steer datagrams to threads or machines by SPI */
    uint8_t spi_prefix_bits; /* how many, at most 32: the lowest bits of `spi_prefix` */
    bool fixed_budget;       /* allocate everything in ikl_endpoint_new, by the `reserve_` numbers and pool_blocks, and
                                nothing later */
    uint32_t reserve_children;              /* Child SAs; 0: as many as reserve_sas */
    uint32_t reserve_extras;                /* IKE SAs with fragmentation, NAT keepalives, on-demand policy; 0: none */
    const struct ikl_suite *reserve_suites; /* for each of these suites, key state for reserve_sas IKE SAs */
    size_t n_reserve_suites;
    uint32_t work_limit;        /* IKE SAs and monitors that one ikl_endpoint_advance handles, and for each it moves at
                                   most 32 timers; what is left is due at once; 0: all */
    uint16_t idle_spread;       /* thousandths, at most 900: each IKE SA's idle time is shortened at random by up to
                                   this share, so that those made together do not probe together */
    uint32_t probes_per_second; /* liveness checks beyond that go out later, in order of deadline */
    uint32_t retransmissions_per_second; /* retransmissions beyond that likewise; their next wait counts from then */
    uint32_t path_groups;                /* how many path groups there are: config.path_group of an IKE SA is below it;
                                            0: 1; at most 65536 */
    uint32_t outage_after; /* ms without a message on any IKE SA of a path group after which `outage` is called, once a
                              request of one of them goes unanswered; 0: it never is. Only 0 where the library was
                              built with IKELIVE_OUTAGES OFF */
    uint32_t outage_least; /* with fewer IKE SAs a group has no outage; 0: 8 */
    uint32_t outage_hold;  /* ms from the beginning of an outage in which no IKE SA of the group is given up: instead
                              the request is sent again and its last wait begins again; 0: report only */
    uint32_t send_batch;   /* datagrams collected for `send_batch`, at most 1024; 0: `send` is called for each. Only 0
                              where the library was built with IKELIVE_BATCHES OFF */

    uint32_t exhaustion_margin; /* Message IDs or IVs left when `exhaustion` is called; 0: 65536. It never is where the
                                   library was built with IKELIVE_EXHAUSTION OFF */
    uint32_t own_blocks;        /* blocks of the pool that each IKE SA has for itself, at most 65535; 0: 4;
                                   IKL_NO_OWN_BLOCKS: none, where memory matters more */
    const struct ikl_monitor_config *monitor; /* of every Child SA that does not say otherwise; borrowed; null: none.
                                                 With fixed_budget there are monitors only if this is given */
    uint32_t monitor_probes_per_second;       /* probes through Child SAs beyond that go out later */
    /* Quick crash detection, see <ikelive/crash.h>. */
    const struct ikl_token_maker *token_maker; /* copied; null: the endpoint makes no tokens */
    uint32_t reserve_tokens;                   /* IKE SAs whose peer's token is kept; 0: none. With fixed_budget no
                                                  more can be kept */
    uint32_t reserve_syncs; /* IKE SAs whose Message IDs can be synchronised, see <ikelive/sync.h>; 0: none. Likewise */
    /* Keys that change while connecting, see ikl_sa_change_keys. */
    uint32_t max_key_changes;     /* how often those of one IKE SA may; 0: 7, which RFC 9370 has use for */
    uint32_t reserve_key_changes; /* CONNECTING IKE SAs with changed keys; 0: none. With fixed_budget the keys of no
                                     more can change at once */
};

/* Makes an endpoint; the host owns it and ends it with ikl_endpoint_free. Allocates. Calls `random`. Errors:
 * IKL_ERR_INVALID when a required callback is missing or a number is out of range; IKL_ERR_NO_MEMORY; IKL_ERR_CRYPTO
 * when `random` fails; what ikl_sa_new says of a suite, for `reserve_suites`. */
IKL_MUST_USE IKL_API int ikl_endpoint_new(struct ikl_endpoint **out, const struct ikl_endpoint_config *config,
                                          ikl_time now);

/* The first field for which ikl_endpoint_new refuses the config, such as "callbacks.send" or "max_message"; null when
 * there is none. Static strings; always "field" where the library was built with IKELIVE_NAMES OFF. Asks providers for
 * the suites to be reserved. */
IKL_API const char *ikl_endpoint_config_error(const struct ikl_endpoint_config *config);

/* The config.pool_blocks that lets each of `n_sas` IKE SAs have `window` responses remembered and one request of ours
 * outstanding, each with `len` octets of payloads, while unauthenticated peers take their quarter and one message of
 * max_message octets arrives in fragments:
 *
 *     max(8 * M, 8 * n, 4 / 3 * (n_sas * max(0, n - own_blocks) + M) + 1)
 *
 * with b = (len + 128 + len / 3) / 120 rounded up, the blocks of such a message in fragments of 576 octets too, and n =
 * (window + 1) * b, what an IKE SA needs. Reads size, max_message and own_blocks of `config`. At most UINT32_MAX; 0
 * when config->size is wrong. */
IKL_API uint32_t ikl_endpoint_pool_blocks(const struct ikl_endpoint_config *config, uint32_t n_sas, size_t len,
                                          uint32_t window);

/* How large an arena (ikl_arena_allocator) must be for ikl_endpoint_new with this config: just so large, when it begins
 * at an octet that is aligned for any type; one octet less, and ikl_endpoint_new is IKL_ERR_NO_MEMORY. With
 * `fixed_budget` nothing is allocated later, so that is all an endpoint needs. What providers take from elsewhere is
 * not in it. `allocator` does not matter, and no callback is called. Errors: as ikl_endpoint_new, also
 * IKL_ERR_NO_MEMORY when no memory is so large; then `out` is undefined. IKELIVE_BUDGET OFF leaves it out. */
IKL_MUST_USE IKL_API int ikl_endpoint_arena_size(const struct ikl_endpoint_config *config, size_t *out);

/* Closes every remaining IKE SA as ikl_sa_close does, reports included, then frees all of them and the endpoint. All
 * handles, of IKE SAs that were closed or freed meanwhile too, stay valid until the last callback has returned, so a
 * callback may look at, close or free any IKE SA of the endpoint. Null is allowed. Errors: IKL_ERR_REENTRANT from
 * inside a callback; nothing has then happened. */
IKL_API int ikl_endpoint_free(struct ikl_endpoint *endpoint);

/* Takes one UDP payload that arrived along `path` (`local` is ours). On a path with UDP encapsulation the non-ESP
 * marker is removed. Fires no timers. IKL_OK when it was a fresh authenticated message, a repeated request that got its
 * remembered response, a fragment that was stored, a response that was offered to `init_response`, or the peer's token,
 * which ended the IKE SA (<ikelive/crash.h>); any IKL_ERR_ code says why the datagram changed nothing, and is counted.
 * (When it was the last fragment of a message that then could not be taken, the fragments before it are forgotten.)
 * Allocates nothing. May call any callback. `datagram` may be reused once the call returns and is never written to.
 * Errors also: IKL_ERR_REENTRANT from inside a callback; IKL_ERR_INVALID when `now` is IKL_NEVER, or `path` is invalid,
 * see struct ikl_path.
 *
 * When the peer's Delete has ended an IKE SA and the answer is lost, the Delete comes again. For 320 s it gets the same
 * answer, octet for octet, at most ten times, along the path that it came along; that is no sign of life, and is
 * counted in `repeated` and `repeated_deletes`. Only the identical Delete gets it, and only if it came in one piece and
 * its answer has at most 96 octets, as any without payloads. An endpoint keeps such answers for the latest max(64,
 * min(4096, config.reserve_sas / 16)) IKE SAs, in 128 octets each and at most 19 more to find it by, which
 * ikl_endpoint_new allocates; it forgets one when ikl_sa_new gets the same SPI of ours again. An IKE SA that ended by
 * INVALID_SYNTAX leaves nothing. */
IKL_API int ikl_endpoint_receive(struct ikl_endpoint *endpoint, const struct ikl_path *path, const uint8_t *datagram,
                                 size_t len, ikl_time now);

/* The same for a datagram whose non-ESP marker a socket or a demultiplexer has removed already: all of it is the IKE
 * message, whatever it begins with. On a path without UDP encapsulation both calls do the same. What is sent along the
 * path has the marker all the same. */
IKL_API int ikl_endpoint_receive_stripped(struct ikl_endpoint *endpoint, const struct ikl_path *path,
                                          const uint8_t *datagram, size_t len, ikl_time now);

/* A datagram that arrived, in a batch. */
struct ikl_inbound {
    const struct ikl_path *path;
    const uint8_t *datagram;
    size_t len;
    int result;    /* what ikl_endpoint_receive would have returned */
    bool stripped; /* its non-ESP marker is gone already: see ikl_endpoint_receive_stripped */
};

/* Takes `n` datagrams, as from recvmmsg, in order, each as ikl_endpoint_receive does. IKL_OK, or IKL_ERR_REENTRANT from
 * inside a callback, or IKL_ERR_INVALID when `now` is IKL_NEVER: then nothing was taken. */
IKL_API int ikl_endpoint_receive_batch(struct ikl_endpoint *endpoint, struct ikl_inbound *datagrams, size_t n,
                                       ikl_time now);

/* The network is back, for one path group or IKL_EVERY_PATH_GROUP: every outstanding request goes out, as ikl_sa_resend
 * says, with the next calls of ikl_endpoint_advance (inside one, with a later one). config.work_limit and
 * config.retransmissions_per_second spread them; if something else is due before for an IKE SA, its requests go out
 * with that. Looks at every IKE SA. Errors: IKL_ERR_INVALID when the endpoint has no such group or `now` is IKL_NEVER;
 * IKL_ERR_REENTRANT while the library decides. */
#define IKL_EVERY_PATH_GROUP UINT32_MAX
IKL_MUST_USE IKL_API int ikl_endpoint_resend(struct ikl_endpoint *endpoint, uint32_t group, ikl_time now);

/* The host can send again, after IKL_ERR_BLOCKED: blocked requests go out, one IKE SA after the other, until `send`
 * says IKL_ERR_BLOCKED once more; call this again then. They have waited already, so config.work_limit and
 * config.retransmissions_per_second do not hold them up. May be called at any time, and costs nothing when no send is
 * blocked; otherwise it looks once at each IKE SA from the first to the last with a blocked send, or at all, when it
 * goes on at the beginning. Afterwards the loop goes on as ever. Errors: IKL_ERR_INVALID when `now` is IKL_NEVER;
 * IKL_ERR_REENTRANT while the library decides. */
IKL_MUST_USE IKL_API int ikl_endpoint_writable(struct ikl_endpoint *endpoint, ikl_time now);

/* Does all that is due at `now`: retransmits, probes, gives up. Allocates nothing. May call any callback but
 * `peer_request`, `alive`, `init_response`, `address` and `unmatched`. Afterwards ikl_endpoint_next_deadline() > now,
 * or == now when config.work_limit left something to do, whatever callbacks do. Errors: IKL_ERR_REENTRANT from inside a
 * callback; IKL_ERR_INVALID when `now` is IKL_NEVER.
 *
 * Time, here and wherever a function takes `now`: a clock that leaps ahead is believed, for a host may have slept. A
 * `now` before the latest one counts as the latest, and as a backward clock. So when the host corrects a wrong reading
 * far ahead, the endpoint's time stands still until the host's has caught up: meanwhile no timer fires and a dead peer
 * is not noticed, but what arrives is still answered. `clock_clamped` counts for how long; when it keeps growing, make
 * the endpoint anew. A `now` of IKL_NEVER is no time: nothing happens and it is counted. */
IKL_API int ikl_endpoint_advance(struct ikl_endpoint *endpoint, ikl_time now);

/* When to call ikl_endpoint_advance next; IKL_NEVER when nothing will ever be due. Never later than the earliest thing
 * due. After an answer or evidence arrived it may be earlier: at most one early wake each. */
IKL_API ikl_time ikl_endpoint_next_deadline(const struct ikl_endpoint *endpoint);

/* An unused random SPI for a new IKE SA of ours, behind config.spi_prefix; never 0. Calls `random`. Errors:
 * IKL_ERR_CRYPTO; IKL_ERR_REENTRANT inside a leaf. */
IKL_MUST_USE IKL_API int ikl_endpoint_new_spi(struct ikl_endpoint *endpoint, uint64_t *spi);

/* The IKE SA with this SPI of ours, or null. */
IKL_API struct ikl_sa *ikl_endpoint_find(const struct ikl_endpoint *endpoint, uint64_t our_spi);

/* How many IKE SAs there are that are not DEAD. */
IKL_API uint32_t ikl_endpoint_n_sas(const struct ikl_endpoint *endpoint);

/* config.user of the endpoint, or what ikl_endpoint_set_user put in its place. */
IKL_API void *ikl_endpoint_user(const struct ikl_endpoint *endpoint);

/* From now on every callback gets `user`, those of a call that is under way included. One store. */
IKL_API void ikl_endpoint_set_user(struct ikl_endpoint *endpoint, void *user);

/* Round trips are counted by how many ms they took: at most 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, and
 * more. */
#define IKL_ROUND_TRIP_CLASSES 13

/* What an endpoint counts. Set `size` before the call. */
struct ikl_endpoint_counters {
    size_t size;                    /* sizeof(struct ikl_endpoint_counters) */
    uint64_t received;              /* datagrams given to ikl_endpoint_receive */
    uint64_t accepted;              /* of these: fresh and authenticated */
    uint64_t repeated;              /* of these: repeated requests that got the remembered response */
    uint64_t sent;                  /* datagrams given to `send` */
    uint64_t send_failures;         /* of these: reported as failed */
    uint64_t probes;                /* liveness checks sent for the first time */
    uint64_t retransmissions;       /* of any request of ours */
    uint64_t answered;              /* requests of ours that were answered */
    uint64_t timeouts;              /* IKE SAs taken down because a request ran out of tries */
    uint64_t peer_probes;           /* the peers' liveness checks answered: empty INFORMATIONALs, repeats not counted */
    uint64_t peer_deletes;          /* IKE SAs taken down by the peer's Delete */
    uint64_t protocol_errors;       /* IKE SAs taken down by INVALID_SYNTAX, sent or received */
    uint64_t offered;               /* IKE_SA_INIT responses given to `init_response` */
    uint64_t keepalives_sent;       /* NAT keepalives */
    uint64_t fragments;             /* fragments stored for reassembly */
    uint64_t reassembled;           /* messages put together from fragments */
    uint64_t hints;                 /* hints taken notice of */
    uint64_t hints_limited;         /* of these: above the limit */
    uint64_t suspects;              /* times that a peer became SUSPECT */
    uint64_t probes_paced;          /* liveness checks that went out later because of probes_per_second */
    uint64_t retransmissions_paced; /* likewise */
    uint64_t outages;               /* of path groups */
    uint64_t held;                  /* times that an outage kept a request from being given up */
    uint64_t clock_backward;        /* calls whose `now` was before an earlier one */
    uint64_t late_ticks;            /* retransmissions and verdicts that were due more than tick_slack before */
    /* datagrams that changed nothing, by cause */
    uint64_t keepalives;        /* IKL_ERR_KEEPALIVE */
    uint64_t not_ike;           /* IKL_ERR_NOT_IKE */
    uint64_t malformed;         /* IKL_ERR_TRUNCATED, _MALFORMED, _LENGTH, _VERSION, _CRITICAL */
    uint64_t unmatched;         /* IKL_ERR_UNKNOWN_SPI */
    uint64_t wrong_flags;       /* IKL_ERR_FLAGS */
    uint64_t unprotected;       /* IKL_ERR_UNPROTECTED */
    uint64_t forged;            /* IKL_ERR_FORGED */
    uint64_t stale;             /* IKL_ERR_STALE */
    uint64_t out_of_window;     /* IKL_ERR_WINDOW */
    uint64_t unsolicited;       /* IKL_ERR_UNSOLICITED */
    uint64_t rate_limited;      /* IKL_ERR_RATE */
    uint64_t pending;           /* IKL_ERR_PENDING */
    uint64_t early;             /* IKL_ERR_EARLY */
    uint64_t fragments_dropped; /* IKL_ERR_FRAGMENT, and unfinished messages whose time ran out or that gave way */
    uint64_t no_buffer;         /* IKL_ERR_NO_BUFFER: the pool, a share of it, or the scratch buffer was too small */
    uint64_t other;             /* any other error */
    /* more */
    uint64_t evidence_resends; /* sends of requests because their peer was heard: see ikl_run_heard */
    uint64_t future_times;     /* times the host gave for what has happened that were still to come */
    uint64_t clock_refused;    /* calls whose `now` was IKL_NEVER: they did nothing */
    uint64_t clock_clamped;    /* ms of the host's time that passed while `now` was before an earlier one */
    uint64_t reentrant;        /* calls that a leaf refused: see struct ikl_callbacks */
    uint64_t repeated_deletes; /* of `repeated`: Deletes whose IKE SA had ended by them: see ikl_endpoint_receive */
    uint64_t blocked;          /* of `sent`: those that the host answered with IKL_ERR_BLOCKED */
    /* of the monitors of Child SAs */
    uint64_t monitor_probes;       /* probes that the host was asked for */
    uint64_t monitor_probes_paced; /* times that one waited because of monitor_probes_per_second */
    uint64_t monitor_late;         /* answers that came too late or twice; of each monitor the first 65535 */
    uint64_t monitor_foreign;      /* answers to no probe of ours; likewise */
    uint64_t monitor_downs;        /* times that one went DOWN */
    uint64_t monitor_recoveries;   /* times that one was UP again */
    uint64_t monitor_renewals;     /* times that new keys were asked for */
    uint64_t data_paths_dead;      /* of `monitor_downs`: while the peer was not suspect */
    uint64_t ike_paths_dead;       /* times that a peer became suspect while the path of a Child SA of its was UP */
    /* of liveness checks that were measured, of all IKE SAs: with round_trip_sends or trim */
    uint64_t round_trips[IKL_ROUND_TRIP_CLASSES]; /* how many took so long, each counted once */
    uint64_t round_trips_ms;                      /* ms that all of them took */
    /* of quick crash detection */
    uint64_t tokens_shown;   /* answers that showed tokens, to requests for IKE SAs that are not known */
    uint64_t tokens_limited; /* such answers that a limit on their rate left out */
    uint64_t tokens_refused; /* unprotected messages with tokens that proved nothing */
    uint64_t crashes;        /* IKE SAs taken down because the peer's token proved that it had lost them */
    uint64_t reconnections;  /* times that a reliable path was there again: see ikl_sa_reconnected */
    /* of the synchronisation of Message IDs */
    uint64_t syncs;         /* times that we took over, and the peer agreed to our Message IDs */
    uint64_t peer_syncs;    /* times that a peer took over, and we agreed to its Message IDs */
    uint64_t syncs_refused; /* authenticated messages of this exchange that changed nothing */
    uint64_t key_changes;   /* times that the keys of CONNECTING IKE SAs changed: see ikl_sa_change_keys */
    /* of <ikelive/snapshot.h> */
    uint64_t snapshots;        /* that were taken */
    uint64_t restored;         /* IKE SAs made of one */
    uint64_t restores_refused; /* snapshots of which none was made */
};

/* Fills as many octets of `out` as its size says. Errors: IKL_ERR_INVALID when the size is wrong. */
IKL_MUST_USE IKL_API int ikl_endpoint_query(const struct ikl_endpoint *endpoint, struct ikl_endpoint_counters *out);

#ifdef __cplusplus
}
#endif
#endif
