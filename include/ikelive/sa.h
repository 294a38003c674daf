/* SPDX-License-Identifier: ISC */
/* ikelive sa: one IKE SA with its Child SAs, from the first packet or from a hand-over to its end (RFC 7296 §1.2-1.4,
 * §2.1-2.4, §2.8).
 *
 * An IKE SA belongs to an endpoint (<ikelive/endpoint.h>), which feeds it datagrams and time and carries its callbacks.
 * What is told about an IKE SA is in <ikelive/report.h>; its Child SAs are in <ikelive/child.h>, which this includes.
 *
 *     CONNECTING --ikl_sa_established--> ESTABLISHED
 *     CONNECTING --ikl_sa_delete--> DELETING
 *     ESTABLISHED --ikl_sa_replace--> REKEYED
 *     ESTABLISHED --ikl_sa_delete--> DELETING
 *     CONNECTING --it ends--> DYING
 *     ESTABLISHED --it ends--> DYING
 *     REKEYED --it ends--> DYING
 *     DELETING --it ends--> DYING
 *     DYING --all that ended is told--> DEAD
 *
 * It ends when a request runs out of tries, its Delete is answered or comes from the peer, INVALID_SYNTAX is sent or
 * received (§2.21.3), its Message IDs or IVs are used up, or ikl_sa_close or ikl_sa_free is called.
 *
 * Unless a function says otherwise, it allocates nothing and may be called from any callback that is told; inside a
 * leaf it is refused if it would change anything (see struct ikl_callbacks). A function that takes `now` may call the
 * leaves `send`, `random` and `next_iv`, and may have `attempt` and `exhaustion` told. A `now` before an earlier one
 * counts as the earlier one (see ikl_endpoint_advance). A `now` of IKL_NEVER is refused and counted: nothing happens,
 * and a function with a result returns IKL_ERR_INVALID. What a function calls back is told before it returns or, if it
 * is called inside a callback, after that callback has returned. Only one thread at a time may call functions of an
 * endpoint and its IKE SAs. */
#ifndef IKELIVE_SA_H
#define IKELIVE_SA_H

#include <ikelive/child.h>
#include <ikelive/crypto.h>
#include <ikelive/path.h>
#include <ikelive/schedule.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_endpoint;
struct ikl_sa;

/* What an operator wants to read about an IKE SA. All strings are the host's, borrowed while the IKE SA lives; null is
 * shown as "-". Set `size` to sizeof(struct ikl_sa_labels). */
struct ikl_sa_labels {
    size_t size;
    const char *gateway;        /* name of the gateway in the host's configuration */
    const char *local_address;  /* null: the path's, as ikl_address_text writes it */
    const char *remote_address; /* likewise */
    const char *local_identity; /* IDi or IDr in text */
    const char *remote_identity;
    const char *authentication; /* "PSK", "RSA signature", ... */
    const char *proposal;       /* null: the suite's name */
    const char *nat;            /* what NAT detection found; null: derived from the path */
    uint32_t gateway_id;
    uint32_t serial; /* which IKE SA of this gateway it is, counting rekeys */
};

/* Where initialisation vectors come from, for ciphers that only need them never to repeat (AEADs). There is no default:
 * an IV that repeats under one key gives away the key stream and the authentication key. Counted IVs have at least 8
 * octets; on the wire the count is in the last 8, most significant first, after zeros. So a host that has counted n IVs
 * the same way, from 0, hands over with IKL_IV_FIRST and iv_first n. */
enum ikl_iv_source {
    IKL_IV_UNSTATED = 0,
    IKL_IV_FRESH_KEYS, /* our sending key has sealed nothing yet: IVs are counted from 0. Refused when a Message ID
                          above 0 says otherwise, unless the IKE SA is `connecting`: there IKE_SA_INIT has used a
                          Message ID, and IKE_INTERMEDIATE, which may have changed the keys, may have used more. A host
                          that sealed IKE_AUTH itself must not say it there either */
    IKL_IV_FIRST,      /* the host vouches that [iv_first, iv_first + 2^48) is unused under our sending key */
    IKL_IV_CALLBACK    /* the host's `next_iv` gives each IV */
};

/* How messages are protected. */
struct ikl_protection {
    struct ikl_suite suite;      /* its PRF needs no provider: the keys are derived already */
    const struct ikl_keys *keys; /* copied as far as needed: SK_ei, SK_er, SK_ai, SK_ar */
    enum ikl_iv_source iv_source;
    uint64_t iv_first; /* with IKL_IV_FIRST */
    /* With IKL_IV_CALLBACK: writes `len` octets that were never an IV under this key, never the same twice. IKL_OK or
     * an error, which the operation that needed the IV returns. A leaf: see struct ikl_callbacks. */
    int (*next_iv)(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len);
    /* Both sides sent IKEV2_FRAGMENTATION_SUPPORTED (RFC 7383 §2.3). IKL_ERR_UNSUPPORTED where the library was built
     * with IKELIVE_FRAGMENTS OFF. */
    bool fragmentation;
    uint64_t reserved[4];
};

/* A request of ours that was sent before the hand-over and is not answered. */
struct ikl_outstanding_request {
    uint32_t message_id;
    struct ikl_octets datagram; /* as sent, without non-ESP marker; all fragments one after the other; copied */
    ikl_time first_sent;
    uint32_t attempt;  /* waits of the schedule that have ended: 0 when it was sent once */
    ikl_time deadline; /* when the current wait ends */
    void *context;     /* given back with the outcome */
};

/* A response of ours that the peer may still ask for. */
struct ikl_remembered_response {
    uint32_t message_id;
    struct ikl_octets datagram; /* as sent, without non-ESP marker; all fragments one after the other; copied */
};

/* Message IDs and windows at the time of the hand-over. There are no defaults: set `stated`.
 *
 *     handed over                                original initiator           responder
 *                                           next_request next_expected   next_request next_expected
 *     after IKE_SA_INIT, `connecting`                  1             0              0             1
 *     after IKE_AUTH without EAP                       2             0              0             2
 *     after the rekey that made it                     0             0              0             0
 *
 * With nothing outstanding `unanswered` is the same as next_request. In the first and the last row the keys have sealed
 * nothing, so use IKL_IV_FRESH_KEYS. The first is the best time to hand over: the library then protects IKE_AUTH. After
 * IKE_AUTH the host's own code has used IVs under these keys: use IKL_IV_FIRST or IKL_IV_CALLBACK. */
struct ikl_message_ids {
    bool stated;
    uint32_t next_request;  /* Message ID of our next request */
    uint32_t unanswered;    /* lowest Message ID of a request outstanding; next_request when there is none */
    uint32_t next_expected; /* lowest Message ID of the peer's not yet received */
    uint32_t peer_window;   /* the peer's SET_WINDOW_SIZE, or IKL_WINDOW_MAX if that is larger; 0 means 1 */
    uint32_t own_window;    /* what we announced or will announce, at most IKL_WINDOW_MAX; 0 means 1 */
    uint32_t reserved[2];
};

/* How an IKE SA is made. Zero means the default wherever there is one. */
struct ikl_sa_config {
    size_t size;             /* sizeof(struct ikl_sa_config) */
    void *user;              /* the host's, given back by ikl_sa_user */
    uint64_t spi_i, spi_r;   /* neither is 0, except spi_r of an IKE SA without keys */
    bool original_initiator; /* we initiated this IKE SA; after a rekey: we initiated that rekey (§2.18) */
    /* The IKE SA is not authenticated yet: it begins CONNECTING and sends no liveness checks. Without keys, we initiate
     * it: its first request is an unprotected IKE_SA_INIT or IKE_SESSION_RESUME, and `ids` need not be stated (both
     * begin at 0): not where the library was built with IKELIVE_INITIATION OFF. */
    bool connecting;
    /* While CONNECTING, take requests of every exchange. Otherwise the IKE SA takes only IKE_AUTH, IKE_INTERMEDIATE and
     * GSA_AUTH. It drops others, such as CREATE_CHILD_SA, and INFORMATIONAL with or without a Delete (IKL_ERR_EARLY):
     * they must not come before the peer is authenticated, and would use up the Message ID of IKE_AUTH (§1.1, §1.4). */
    bool early_requests;
    struct ikl_path path;
    struct ikl_protection protection; /* `keys` null: none yet, see ikl_sa_install_keys; only when connecting */

    struct ikl_message_ids ids;
    const struct ikl_outstanding_request *outstanding; /* exactly the requests in [unanswered, next_request) */
    size_t n_outstanding;
    const struct ikl_remembered_response *remembered; /* for requests in [next_expected - own_window, next_expected) */
    size_t n_remembered;

    enum ikl_liveness_policy liveness;
    uint32_t idle;                       /* ms without evidence before a probe; 0: the endpoint's; IKL_IDLE_OFF */
    const struct ikl_schedule *schedule; /* borrowed while the IKE SA lives; null: the endpoint's */
    /* Which retransmission of an outstanding request makes the peer SUSPECT; 0 means 1, the first; 255 means never. */
    uint8_t suspect_after;
    /* The path follows the peer to the address that a fresh authenticated message came from (§2.23). Do not set it with
     * MOBIKE (RFC 4555 §3.8), nor where we are behind a NAT ourselves. The path keeps its MTU, unless the path given to
     * ikl_endpoint_receive has one. */
    bool follow_peer;
    uint16_t path_group; /* IKE SAs that share an uplink, below the endpoint's config.path_groups */
    /* Fragments, NAT keepalives and the on-demand policy need memory of their own. It is set aside when
     * `protection.fragmentation`, `path.behind_nat` or IKL_LIVENESS_ON_DEMAND asks for it. Set this for an IKE SA that
     * may need it later. */
    bool roaming;

    const struct ikl_sa_labels *labels; /* borrowed while the IKE SA lives; may be null */

    /* With IKL_LIVENESS_ON_DEMAND: ms without evidence after which a liveness check goes out though nothing was sent,
     * counted in whole idle intervals, see ikl_idle_set; 0: never. */
    uint32_t at_least;

    /* Measure how long the peer takes to answer liveness checks, and send one that is not answered in time again before
     * its schedule does, up to three times: see ikl_run_add_sends. The schedule's sends and the verdict stay where they
     * are; the peer is SUSPECT from the first of these sends on (unless suspect_after says a later one). What was
     * measured is in struct ikl_sa_info. Where retransmissions_per_second leaves no turn such sends are left out. */
    bool round_trip_sends; /* like `trim`, IKL_ERR_INVALID where the library was built with IKELIVE_ROUND_TRIPS OFF */

    /* Measure how long the peer takes to answer liveness checks, and trim the last wait of each check by that, as
     * ikl_round_trip_trim says: a dead peer is given up sooner. The wait stays as listed after a late tick, while
     * `outage_hold` keeps the peer, and until something was measured, at first and after a move. See ikl_schedule_trim
     * for what that costs, and where not to use it. `attempt` tells each wait, struct ikl_sa_info the worst case. */
    bool trim;
};

/* Makes an IKE SA. The host owns the handle and ends it with ikl_sa_free. Allocates. The idle interval begins at `now`.
 * Outstanding requests come along in the config and are retransmitted on their schedules; remembered responses come
 * along and are repeated when the peer repeats its request. Errors: IKL_ERR_INVALID: an SPI is 0, `iv_source` or `ids`
 * is not stated, IDs and outstanding requests do not match, a datagram is not one or more IKE messages with these SPIs,
 * that Message ID and our role, a schedule or size is wrong, or a provider's cipher breaks its rules
 * (ikl_cipher_error); IKL_ERR_BUSY: the endpoint has an IKE SA with our SPI; IKL_ERR_UNSUPPORTED, IKL_ERR_NO_AES: no
 * provider of the endpoint has the suite; IKL_ERR_NO_MEMORY; IKL_ERR_STATE while the endpoint is being freed; what the
 * cipher's `init` reports. Calls nothing back. */
IKL_MUST_USE IKL_API int ikl_sa_new(struct ikl_sa **out, struct ikl_endpoint *endpoint,
                                    const struct ikl_sa_config *config, ikl_time now);

/* The first field for which ikl_sa_new refuses the config, such as "ids.stated", "protection.keys" or
 * "outstanding.datagram"; null when there is none. Static strings, as those of ikl_endpoint_config_error. With a null
 * `endpoint` it checks only what needs none. "protection.suite" also when no provider has it. */
IKL_API const char *ikl_sa_config_error(const struct ikl_endpoint *endpoint, const struct ikl_sa_config *config);

/* The same for ikl_sa_install_keys: "protection.iv_source", ... */
IKL_API const char *ikl_protection_error(const struct ikl_endpoint *endpoint, const struct ikl_protection *protection);

/* Gives keys and the responder's SPI to an IKE SA that we initiate, once its IKE_SA_INIT response is accepted: that
 * request ends as answered, and every message from now on is protected. Usually called inside `init_response`;
 * `outcome` is then told next. Allocates. Calls `outcome` back. Errors: IKL_ERR_STATE unless it is CONNECTING without
 * keys and its IKE_SA_INIT request is outstanding; IKL_ERR_INVALID when spi_r is 0, or `protection` is not stated in
 * full; IKL_ERR_UNSUPPORTED, IKL_ERR_NO_AES, IKL_ERR_NO_MEMORY, what the cipher's `init` reports. */
IKL_MUST_USE IKL_API int ikl_sa_install_keys(struct ikl_sa *sa, uint64_t spi_r, const struct ikl_protection *protection,
                                             ikl_time now);

/* The keys change while the IKE SA is CONNECTING, at both ends, after an IKE_INTERMEDIATE exchange with an additional
 * key exchange (RFC 9242, RFC 9370): ikl_keys_change derives them. The initiator calls this in the `outcome` of its
 * request or later, before its next one; the responder once ikl_sa_respond has given the response. Whatever is sent
 * from now on, and what the peer sends that is new, is protected with `protection`, whose suite and `fragmentation` are
 * those of the keys before. Message IDs go on; initialisation vectors come from the new source.
 *
 * A request from before that comes again is opened with the keys of then, and its response goes out again as it was,
 * octet for octet. That lasts for one exchange: with the first new request of the peer's, or answer to one of ours,
 * under the new keys, the former keys are wiped, and the responses that they have sealed are forgotten. So they are in
 * ikl_sa_established, and at the end of the IKE SA. Fragments of a message that is not whole are dropped, and counted
 * in `fragments_dropped`: no message is put together from fragments under different keys. A message under any other
 * keys than these is IKL_ERR_FORGED, and changes nothing.
 *
 * Allocates. Calls nothing back. Errors, and nothing has changed: IKL_ERR_STATE unless it is CONNECTING with keys, and
 * an exchange after IKE_SA_INIT has gone through under these; IKL_ERR_BUSY while a request of ours is outstanding or
 * one of the peer's waits for its answer; IKL_ERR_EXHAUSTED when they have changed config.max_key_changes times or
 * more; IKL_ERR_INVALID when the suite or `fragmentation` is another, or `protection` is not stated in full;
 * IKL_ERR_NO_MEMORY, what the cipher's `init` reports; IKL_ERR_UNSUPPORTED where the library was built with
 * IKELIVE_KEY_CHANGES OFF. */
IKL_MUST_USE IKL_API int ikl_sa_change_keys(struct ikl_sa *sa, const struct ikl_protection *protection, ikl_time now);

/* The peer is authenticated: CONNECTING becomes ESTABLISHED and the idle interval begins. Calls `state` back. Errors:
 * IKL_ERR_STATE unless it is CONNECTING and has keys. */
IKL_MUST_USE IKL_API int ikl_sa_established(struct ikl_sa *sa, ikl_time now);

/* The peer announced its window with SET_WINDOW_SIZE, authenticated (§2.3). A window never shrinks. Queued requests go
 * out if there is room now; if no Message ID is left for them the IKE SA goes down with IKL_DOWN_EXHAUSTED, and calls
 * back all that ikl_sa_close calls back. Does nothing when it is DYING or DEAD. */
IKL_API void ikl_sa_peer_window(struct ikl_sa *sa, uint32_t size, ikl_time now);

/* Ends the handle; null is allowed. An IKE SA that is not DEAD is first closed as by ikl_sa_close, reports included, at
 * the endpoint's latest time. The handle stays valid until the outermost call into the library returns: this one, or
 * the one whose callback calls this. Whatever was decided is still told. Until then it is harmless to free the IKE SA
 * again inside a callback. */
IKL_API void ikl_sa_free(struct ikl_sa *sa);

/* Moves the IKE SA to another endpoint of this process, for a host that balances threads; no other thread may use
 * either endpoint meanwhile. The peer notices nothing. From then on `to` fires its timers, and the host gives its
 * datagrams to `to`. Its `user` stays the same.
 *
 * Everything moves: state and reachability; keys and the source of IVs; Message IDs and windows; our requests, sent and
 * queued, with their schedules and datagrams; the peer's requests and our responses; fragments of incomplete messages;
 * Child SAs with their evidence, including those that are being deleted; the path, policies, labels, counters, and as
 * many of the latest events as `to` keeps. Requests move even if the table of `to` is full, and count there. An IKE SA
 * with its endpoint's schedule has the schedule of `to` from then on. An outage of its path group goes on in `to`, if
 * that group has heard nothing since the outage began. Each endpoint keeps its counters and its tombstones; a Delete
 * that waited for a lower Message ID when the IKE SA moved leaves no tombstone.
 *
 * `*out` is the new handle. All old handles end without a report: `sa` as if freed; those of Child SAs, which you find
 * again in the same order; those of requests, which you find again by their contexts (ikl_sa_find_context).
 *
 * Both endpoints use one clock. The time of `to` becomes the latest of `now` and the times that either endpoint was
 * given, and nothing is due earlier or later than it was. An endpoint that was given a later time than `now` counts
 * that. Whatever is overdue fires with the next ikl_endpoint_advance of `to`.
 *
 * Allocates, in `to`. Calls nothing back but `outage` of `to`. After an error the IKE SA and its handles are where they
 * were. Errors: IKL_ERR_REENTRANT inside any callback of either endpoint; IKL_ERR_INVALID when `to` is its own
 * endpoint, takes only smaller messages (config.max_message) or lacks its path group, or `now` is IKL_NEVER;
 * IKL_ERR_STATE when it is DEAD; IKL_ERR_BUSY when `to` has an IKE SA with our SPI, or while both IKE SAs of an
 * ikl_sa_replace live, of which it is one: it can move when either has ended; IKL_ERR_UNSUPPORTED, IKL_ERR_NO_AES when
 * the providers of `to` do not have this very cipher; IKL_ERR_NO_BUFFER when it borrows more blocks than the share
 * allows there; IKL_ERR_NO_MEMORY. IKL_ERR_UNSUPPORTED also where the library was built with IKELIVE_MIGRATION OFF. */
IKL_MUST_USE IKL_API int ikl_sa_migrate(struct ikl_sa *sa, struct ikl_endpoint *to, ikl_time now, struct ikl_sa **out);

/* Takes the IKE SA down at once, without a word to the peer: requests end as IKL_OUTCOME_SA_GONE, Child SAs and then
 * the IKE SA are reported down with IKL_DOWN_CLOSED (IKL_DOWN_REKEYED when it was REKEYED). When this returns it is
 * DEAD or, inside a callback, DYING. Does nothing when it is DYING or DEAD. Calls `outcome`, `state`, `reachability`,
 * `child_down` and `down` back. */
IKL_API void ikl_sa_close(struct ikl_sa *sa, ikl_time now);

/* Closes gracefully: sends a Delete for the IKE SA, after the requests and the liveness check that are outstanding
 * (queued requests end as IKL_OUTCOME_SA_GONE), becomes DELETING, and goes down with IKL_DOWN_CLOSED when the Delete is
 * answered, when the peer's own Delete crosses it, or `wait` ms from now, whichever comes first. A CONNECTING IKE SA
 * without keys is closed at once. Needs no memory: every IKE SA keeps what its Delete takes, whatever else is full.
 * Errors: IKL_ERR_STATE unless it is CONNECTING or ESTABLISHED; IKL_ERR_EXHAUSTED, IKL_ERR_CRYPTO: nothing changed.
 * Calls `outcome` and `state` back; when it closes at once, all that ikl_sa_close calls back. */
IKL_MUST_USE IKL_API int ikl_sa_delete(struct ikl_sa *sa, uint32_t wait, ikl_time now);

/* `replacement` takes the place of `sa` after an IKE SA rekey (§2.8, §2.18). Child SAs move to it with their handles
 * and evidence of life, even those that are being deleted, and so do queued requests. With round_trip_sends or trim the
 * replacement begins with the round trips that were measured on `sa`, if both have the same path (ikl_path_same) and it
 * has measured none itself. Requests that were sent finish on `sa`, which becomes REKEYED: it sends no liveness checks,
 * still answers, and takes nothing with it when it goes down (IKL_DOWN_REKEYED). When the peer's Delete arrives on
 * `sa`, it finds the Child SAs where they are now, however often they have moved since, and is answered as ever
 * (§1.4.1). Each Child SA that moves costs the same. With `we_delete` (the rekey was ours) the Delete of `sa` is sent
 * once its requests are finished; otherwise it is sent after `wait` ms, if the peer's Delete has not come by then. `sa`
 * is closed at the latest `wait` ms after its Delete was sent. A Delete that cannot be made, because no block of the
 * pool is free for it or the cipher fails, is tried again every second, for at most `wait` ms in all; each failure is
 * counted in `other`. After that, and when no Message ID or IV is left for it, the IKE SA goes down without a Delete.
 * Errors: IKL_ERR_INVALID when both are the same or belong to different endpoints; IKL_ERR_STATE unless both are
 * ESTABLISHED. Calls `state` back. */
IKL_MUST_USE IKL_API int ikl_sa_replace(struct ikl_sa *sa, struct ikl_sa *replacement, bool we_delete, uint32_t wait,
                                        ikl_time now);

/* The lowest of four nonces decides a simultaneous rekey (§2.8.1, §2.8.2). True when `a_i` or `a_r` is lower than both
 * nonces of the other exchange, compared octet by octet, a prefix being lower: whoever initiated the exchange with
 * `a_i` and `a_r` then closes the SA that it made. */
IKL_API bool ikl_nonces_lose(struct ikl_octets a_i, struct ikl_octets a_r, struct ikl_octets b_i,
                             struct ikl_octets b_r);

enum ikl_sa_state {
    IKL_SA_CONNECTING,
    IKL_SA_ESTABLISHED,
    IKL_SA_REKEYED,  /* replaced; its requests finish, then it is deleted */
    IKL_SA_DELETING, /* our Delete is queued or sent */
    IKL_SA_DYING,    /* its end is decided and being told */
    IKL_SA_DEAD      /* all of that is told, `down` last */
};

IKL_API enum ikl_sa_state ikl_sa_state(const struct ikl_sa *sa);

/* "CONNECTING", "ESTABLISHED", "REKEYED", "DELETING", "DYING" or "DEAD". A static string. */
IKL_API const char *ikl_sa_state_name(enum ikl_sa_state state);

/* config.user of the IKE SA, or what ikl_sa_set_user put in its place. */
IKL_API void *ikl_sa_user(const struct ikl_sa *sa);

/* From now on ikl_sa_user returns `user`, also in the callbacks of a call that is under way: a host that frees its
 * object inside a callback sets null here, and later reports find null. May be called in any state, DYING and DEAD
 * included, until the handle ends. One store. */
IKL_API void ikl_sa_set_user(struct ikl_sa *sa, void *user);

/* Changes the liveness policy, counted from the latest sign of life, with the meaning of config.liveness, config.idle
 * and config.at_least. An outstanding request stays outstanding and serves as the liveness check. May allocate for
 * IKL_LIVENESS_ON_DEMAND, unless the IKE SA was made for it or `roaming`. Errors, and nothing changed: IKL_ERR_INVALID
 * when there is no such policy, or `now` is IKL_NEVER; IKL_ERR_STATE when it is DYING or DEAD; IKL_ERR_NO_MEMORY. */
IKL_MUST_USE IKL_API int ikl_sa_set_liveness(struct ikl_sa *sa, enum ikl_liveness_policy policy, uint32_t idle,
                                             uint32_t at_least, ikl_time now);

/* Changes the schedule of liveness checks, Deletes, and requests that have none of their own; null: the endpoint's. It
 * is borrowed while the IKE SA lives or until the next change. The current wait of an outstanding request stays as it
 * is: the new schedule counts from the next send, and if it has no try left for the request, the request is given up at
 * the end of the current wait. Errors, and nothing changed: IKL_ERR_INVALID when ikl_schedule_check refuses it;
 * IKL_ERR_STATE when the IKE SA is DYING or DEAD. */
IKL_MUST_USE IKL_API int ikl_sa_set_schedule(struct ikl_sa *sa, const struct ikl_schedule *schedule);

/* Changes config.follow_peer, from the next message on. One store, in any state. */
IKL_API void ikl_sa_set_follow_peer(struct ikl_sa *sa, bool follow);

/* Changes config.labels, in any state; may be null. They are borrowed while the IKE SA lives or until the next change.
 * Errors: IKL_ERR_INVALID when the size is wrong. */
IKL_MUST_USE IKL_API int ikl_sa_set_labels(struct ikl_sa *sa, const struct ikl_sa_labels *labels);

/* The network is back: every outstanding request of ours goes out before the call returns, with IKL_ATTEMPT_RESENT.
 * This uses up no wait of its schedule: the current wait goes on, but ends no earlier than the first wait of the
 * schedule from now, so that an answer has time to come. Inside a callback, a request whose last `attempt` is not told
 * yet is left out, and so is one on a reliable path: see ikl_sa_reconnected. After four calls of ikl_sa_resend,
 * ikl_sa_reconnected and ikl_sa_set_path in one outermost call all of them go out with the next ikl_endpoint_advance,
 * and inside one with a later one. For all IKE SAs see ikl_endpoint_resend. Errors: IKL_ERR_NOT_FOUND when nothing is
 * outstanding; IKL_ERR_STATE when it is DYING or DEAD; IKL_ERR_INVALID when `now` is IKL_NEVER. */
IKL_MUST_USE IKL_API int ikl_sa_resend(struct ikl_sa *sa, ikl_time now);

/* The endpoint it belongs to. */
IKL_API struct ikl_endpoint *ikl_sa_endpoint(const struct ikl_sa *sa);

/* SPI of the IKE SA's initiator and responder; the responder's is 0 until it is known. */
IKL_API uint64_t ikl_sa_spi_i(const struct ikl_sa *sa);
IKL_API uint64_t ikl_sa_spi_r(const struct ikl_sa *sa);

/* The path that our requests take. */
IKL_API const struct ikl_path *ikl_sa_path(const struct ikl_sa *sa);

/* Moves the IKE SA to another path, for instance when our address changed, or after MOBIKE's UPDATE_SA_ADDRESSES (RFC
 * 4555). From now on requests, retransmissions and keepalives go there. A different path (ikl_path_same) is a new
 * chance (RFC 4555 §3.5): every outstanding request goes out along it before the call returns, and its schedule begins
 * again. Inside a callback, a request whose last `attempt` is not told yet goes there when it is next due, and so does
 * every request after four moves, reconnections or ikl_sa_resend in one outermost call. Moves that follow the peer
 * (config.follow_peer) do the same three times a request; after that its schedule runs on, along the new path. Behind a
 * NAT a keepalive goes out with the next ikl_endpoint_advance, unless something else went out before. Where
 * fragmentation is agreed and the path is too narrow for the datagrams of an outstanding request, the next send
 * fragments it anew, in more fragments than before and with new initialisation vectors (RFC 7383 §2.5.2); the same
 * holds for a remembered response that is repeated along a narrower path. Otherwise, and when the pool has no room for
 * the larger total, a retransmission is identical to the first send. May allocate, when the new path is behind a NAT
 * and the IKE SA was not made `roaming`. Errors, and nothing changed: IKL_ERR_INVALID when `path` is invalid, see
 * struct ikl_path; IKL_ERR_NO_MEMORY, IKL_ERR_STATE. */
IKL_MUST_USE IKL_API int ikl_sa_set_path(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now);

/* The reliable path of the IKE SA broke and is there again, as `path`, which may have other addresses and another tag:
 * what was on it may be lost (RFC 9329 §6.1, §6.2). Every outstanding request goes out along it once before the call
 * returns, with IKL_ATTEMPT_RECONNECTED, and its wait goes on: ikl_run_reconnected says how long. Inside a callback, a
 * request whose last `attempt` is not told yet goes there when the current wait of its schedule ends, and so does every
 * request after four of these, moves or ikl_sa_resend in one outermost call. That is for who opens connections. Who
 * accepts them sets config.follow_peer: then the same happens when a fresh authenticated message of the peer's comes
 * over another connection, however often, and it puts the verdict off no longer. To and from a path that is not
 * reliable, and to a reliable one after a change of networks, move with ikl_sa_set_path: that is a new chance (RFC 9329
 * §7.1). Errors, and nothing changed: IKL_ERR_INVALID when `path` is invalid, or it or the path that the IKE SA has is
 * not reliable, or `now` is IKL_NEVER; IKL_ERR_STATE when it is DYING or DEAD. */
IKL_MUST_USE IKL_API int ikl_sa_reconnected(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now);

/* Why the peer may be in trouble, from a source that proves nothing (§2.4). */
enum ikl_hint {
    IKL_HINT_INVALID_IKE_SPI, /* an unprotected notification */
    IKL_HINT_INVALID_SPI,     /* an unprotected notification */
    IKL_HINT_ICMP,            /* destination unreachable or the like */
    IKL_HINT_UNREACHABLE,     /* the network stack said so when sending */
    IKL_HINT_TOO_LONG         /* a packet was too big for a link: ikl_sa_hint_mtu */
};

/* Passes on a hint that the host got; not inside `send`, even if that is where it shows (IKL_ERR_REENTRANT). A hint
 * causes at most one liveness check now, if no request is outstanding and the endpoint's limit on hints and its
 * probes_per_second allow it. It never fails the IKE SA and uses no attempt. (An unprotected notification that arrives
 * through ikl_endpoint_receive with the SPIs of the IKE SA is taken as a hint without this call.) Returns IKL_OK when a
 * liveness check was sent, IKL_ERR_BUSY when a request is outstanding, IKL_ERR_RATE when the limit is reached,
 * IKL_ERR_STATE unless it is ESTABLISHED, or what ikl_sa_probe returns; IKL_ERR_UNSUPPORTED, like ikl_sa_hint_mtu,
 * where the library was built with IKELIVE_HINTS OFF. */
IKL_API int ikl_sa_hint(struct ikl_sa *sa, enum ikl_hint hint, ikl_time now);

/* Says that a packet was too big for a link with an MTU of `mtu` octets, IP header included; 0 when the network did not
 * say (ikl_sa_hint with IKL_HINT_TOO_LONG is the same). From then on the path has this MTU, but at least 576, for IPv6
 * 1280, as with an unknown MTU, since anybody can forge such a report. Outstanding requests are fragmented anew when
 * they are next sent (RFC 7383 §2.5.2). Sends nothing, and never raises the MTU: only ikl_sa_set_path does. Calls
 * nothing back. Errors, and the MTU is as before: IKL_ERR_INVALID when the path's MTU is not larger;
 * IKL_ERR_UNSUPPORTED without fragmentation; IKL_ERR_STATE when the IKE SA is DYING or DEAD. */
IKL_API int ikl_sa_hint_mtu(struct ikl_sa *sa, uint16_t mtu, ikl_time now);

/* Sends a liveness check now, whatever the policy and the idle time. IKL_ERR_BUSY when a request is outstanding: that
 * is a liveness check already. Other errors: IKL_ERR_STATE unless it is ESTABLISHED; IKL_ERR_EXHAUSTED,
 * IKL_ERR_CRYPTO, IKL_ERR_NO_BUFFER. A failed `send` is not an error here: the attempt is used and the schedule goes
 * on. */
IKL_MUST_USE IKL_API int ikl_sa_probe(struct ikl_sa *sa, ikl_time now);

/* Requests of ours and of the peer's, and their responses (§2.1-2.3; RFC 7383).
 *
 * The IKE SA owns Message IDs, windows, protection, fragments, retransmission and repeated responses; the host decides
 * what the messages contain. Bodies are kept in the endpoint's pool. */

/* A request of ours, from ikl_sa_request to its outcome. */
struct ikl_request;

/* How a request is made. Null, or zero in a field, means the default. */
struct ikl_request_options {
    size_t size;                         /* sizeof(struct ikl_request_options) */
    const struct ikl_schedule *schedule; /* borrowed until the outcome; null: the IKE SA's */
    void *context;                       /* given back with the outcome */
};

/* The first field that makes ikl_sa_request say IKL_ERR_INVALID: "size" or "schedule"; null when none does, as for
 * options that are null. */
IKL_API const char *ikl_request_options_error(const struct ikl_request_options *options);

/* Sends a request with `n` payloads, or queues it when the peer's window is full (§2.3); queued requests are sent in
 * the order they were made. `exchange_type` is one of enum ikl_exchange_type, IKL_INFORMATIONAL or IKL_CREATE_CHILD_SA
 * for instance, or any other number. The payloads are copied. The handle `out` may be null; it is valid until the
 * outcome has been reported. In a CONNECTING IKE SA without keys the only request is an unprotected IKE_SA_INIT, or
 * IKE_SESSION_RESUME in its place (RFC 5723): what is said of the one in this header goes for the other. If the
 * host closes the IKE SA inside `attempt`, which is told before this returns, the outcome is told before this returns
 * too: `*out` is then only to be compared, although this returns IKL_OK. Errors: IKL_ERR_INVALID when the payloads do
 * not fit a message, or the schedule is wrong; IKL_ERR_STATE unless it is CONNECTING or ESTABLISHED, for those two
 * when it has keys, and for every other exchange while it has none; IKL_ERR_BUSY for a second request without keys;
 * IKL_ERR_NO_BUFFER when the pool or the table of requests is full, or the IKE SA has its share of either (see
 * config.max_requests); IKL_ERR_EXHAUSTED, IKL_ERR_CRYPTO. Nothing has changed then, except that an initialisation
 * vector may be used up. A failed `send` is no error: the attempt is used and the schedule goes on. A Delete in the
 * payloads is not looked at, and what it names lives on here when it is answered: call ikl_sa_delete or
 * ikl_sa_delete_children instead. */
IKL_MUST_USE IKL_API int ikl_sa_request(struct ikl_sa *sa, uint8_t exchange_type, const struct ikl_payload *payloads,
                                        size_t n, const struct ikl_request_options *options, ikl_time now,
                                        struct ikl_request **out);

/* The same with payloads that are encoded already: `chain` goes inside SK, or after the header of an IKE_SA_INIT
 * request, and begins with a payload of type `first_payload`; for no payloads, IKL_PAYLOAD_NONE and no octets. It is
 * copied, and sent octet for octet. Errors also: IKL_ERR_INVALID when it is not a well-formed chain, or has an SK or
 * SKF payload in it: see ikl_chain_check. The contents of the payloads are not checked. */
IKL_MUST_USE IKL_API int ikl_sa_request_chain(struct ikl_sa *sa, uint8_t exchange_type, uint8_t first_payload,
                                              struct ikl_octets chain, const struct ikl_request_options *options,
                                              ikl_time now, struct ikl_request **out);

/* Replaces the outstanding IKE_SA_INIT request with one that has other payloads, after COOKIE or INVALID_KE_PAYLOAD
 * (§2.6, §1.3): the same initiator's SPI and Message ID 0, sent at once, its schedule from the beginning. Up to three
 * earlier requests are remembered in the pool until the exchange ends, so that late responses are told apart: see
 * struct ikl_init_response. Usually called inside `init_response`. If it is called again before `attempt` was told,
 * `attempt` is told of the last send only. Errors: IKL_ERR_NOT_FOUND when no IKE_SA_INIT request is outstanding; those
 * of ikl_sa_request. */
IKL_MUST_USE IKL_API int ikl_sa_restart(struct ikl_sa *sa, const struct ikl_payload *payloads, size_t n, ikl_time now);

/* Cancels a request. A queued one is removed. One that was sent only loses its outcome: a Message ID cannot be skipped,
 * so the request is retransmitted until it is answered, and if it never is, the IKE SA goes down all the same. Either
 * way IKL_OUTCOME_CANCELLED is told, before the call returns or, inside a callback, after that callback has returned.
 * `sa` is the IKE SA that has the request now (ikl_sa_replace moves queued ones). Does nothing when the request belongs
 * to another IKE SA, or its outcome is decided, told or not. */
IKL_API void ikl_sa_cancel(struct ikl_sa *sa, struct ikl_request *request, ikl_time now);

/* The outcome of this request will give `context` back instead of the one it was made with; for a host that frees what
 * the old one points to, inside a callback or not. `sa` is the IKE SA that has the request now. Does nothing when the
 * request belongs to another IKE SA, or its outcome was reported. */
IKL_API void ikl_sa_set_context(struct ikl_sa *sa, struct ikl_request *request, void *context);

/* The host's request with this Message ID that was sent and whose outcome is not decided, or null. This gives the
 * handle of a request that was handed over outstanding. */
IKL_API struct ikl_request *ikl_sa_find_request(struct ikl_sa *sa, uint32_t message_id);

/* The first of the host's requests, in the order they were made, that has this context and whose outcome is not
 * decided, sent or queued; or null. */
IKL_API struct ikl_request *ikl_sa_find_context(struct ikl_sa *sa, const void *context);

/* Answers a request that the `peer_request` callback delivered, with `n` payloads inside SK; n may be 0. May be called
 * inside that callback or later. When the request is a Delete, the paired SPIs of Child SAs that the library knows go
 * before them. The response is remembered and repeated when the peer repeats its request, and goes to where the request
 * came from last (§2.11); the pool in endpoint.h says when it may be forgotten. If one of the payloads is the
 * notification INVALID_SYNTAX, which ends the IKE SA at the peer, it ends here too once the response is sent
 * (IKL_DOWN_PROTOCOL, §2.21.3): all that ikl_sa_close calls back is called back, and a repeated request gets no answer.
 * So answer INVALID_SYNTAX only to a badly formatted request, never to one that you merely do not want. Errors:
 * IKL_ERR_NOT_FOUND when no request with this Message ID waits for an answer; IKL_ERR_NO_BUFFER when the endpoint's
 * pool has no room, or the IKE SA has its share of it: call again later; IKL_ERR_INVALID when the payloads do not fit a
 * message; IKL_ERR_STATE when the IKE SA is DYING or DEAD; IKL_ERR_EXHAUSTED, IKL_ERR_CRYPTO. */
IKL_MUST_USE IKL_API int ikl_sa_respond(struct ikl_sa *sa, uint32_t message_id, const struct ikl_payload *payloads,
                                        size_t n, ikl_time now);

/* The same with payloads that are encoded already, as in ikl_sa_request_chain; the request's own `first_payload` and
 * `plaintext` may be given. Errors also: IKL_ERR_INVALID when `chain` is not a well-formed chain, or has an SK or SKF
 * payload in it; the request then still waits for its answer. */
IKL_MUST_USE IKL_API int ikl_sa_respond_chain(struct ikl_sa *sa, uint32_t message_id, uint8_t first_payload,
                                              struct ikl_octets chain, ikl_time now);

#ifdef __cplusplus
}
#endif
#endif
