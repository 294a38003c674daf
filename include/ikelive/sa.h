/* SPDX-License-Identifier: ISC */
/* ikelive sa: one IKE SA with its Child SAs, from the first packet or from a hand-over to its end (RFC 7296 §1.2-1.4,
 * §2.1-2.4, §2.8).
 *
 * An IKE SA belongs to an endpoint (<ikelive/endpoint.h>), which feeds it datagrams and time and carries its callbacks.
 * What is told about an IKE SA is in <ikelive/report.h>.
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
 * It ends when a request runs out of tries, a Delete of it is answered or comes from the peer, INVALID_SYNTAX is sent
 * or received (§2.21.3), its Message IDs or IVs are used up, or ikl_sa_close or ikl_sa_free is called.
 *
 * Unless a function says otherwise: it allocates nothing; it may be called from any callback of the endpoint that is
 * told, while inside a leaf it is refused when it would change anything (see struct ikl_callbacks); functions that take
 * `now` may call the leaves `send`, `random` and `next_iv`, have `attempt` and `exhaustion` told, and count a `now`
 * that lies before an earlier one as that earlier one (see ikl_endpoint_advance). What a function is said to call
 * back is told before it returns; when it is called inside a callback, after that one has returned. A `now` of
 * IKL_NEVER is refused and counted: nothing happens, and what has a result says IKL_ERR_INVALID. All functions of one
 * endpoint and its SAs must be called by one thread at a time. */
#ifndef IKELIVE_SA_H
#define IKELIVE_SA_H

#include <ikelive/crypto.h>
#include <ikelive/path.h>
#include <ikelive/schedule.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_endpoint;
struct ikl_sa;
struct ikl_child;

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

/* Where initialisation vectors come from when the cipher only needs them never to repeat (AEADs). There is no default:
 * a repeated IV under one key gives the key stream and the authentication key away. What is counted needs IVs of 8
 * octets at least: on the wire the count is the last 8 octets of the IV, the most significant first, behind zeros. So a
 * host that counted IVs itself the same way, n of them from 0, hands over with IKL_IV_FIRST and iv_first n. */
enum ikl_iv_source {
    IKL_IV_UNSTATED = 0,
    IKL_IV_FRESH_KEYS, /* our sending key has sealed nothing yet: IVs are counted from 0. Refused when a Message ID
                          above 0 says otherwise, unless the IKE SA is `connecting`: there IKE_SA_INIT has used one,
                          and IKE_INTERMEDIATE, which may have changed the keys, some more. A host that sealed
                          IKE_AUTH itself must not say it there either */
    IKL_IV_FIRST,      /* the host vouches that [iv_first, iv_first + 2^48) is unused under our sending key */
    IKL_IV_CALLBACK    /* the host's `next_iv` gives each IV */
};

/* How messages are protected. */
struct ikl_protection {
    struct ikl_suite suite;      /* no provider needs its PRF here: the keys are derived */
    const struct ikl_keys *keys; /* copied as far as needed: SK_ei, SK_er, SK_ai, SK_ar */
    enum ikl_iv_source iv_source;
    uint64_t iv_first; /* with IKL_IV_FIRST */
    /* With IKL_IV_CALLBACK: writes `len` octets that were never an IV under this key, never the same twice. IKL_OK or
     * an error, which the operation that needed the IV returns. A leaf: see struct ikl_callbacks. */
    int (*next_iv)(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len);
    bool fragmentation; /* both sides sent IKEV2_FRAGMENTATION_SUPPORTED (RFC 7383 §2.3) */
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
    uint32_t peer_window;   /* the peer's SET_WINDOW_SIZE, at most IKL_WINDOW_MAX: of a larger one state that; 0
                               means 1 */
    uint32_t own_window;    /* what we announced or will announce, at most IKL_WINDOW_MAX; 0 means 1 */
    uint32_t reserved[2];
};

/* How an IKE SA is made. Zero means the default wherever there is one. */
struct ikl_sa_config {
    size_t size;             /* sizeof(struct ikl_sa_config) */
    void *user;              /* the host's, given back by ikl_sa_user */
    uint64_t spi_i, spi_r;   /* neither is 0, except spi_r of an IKE SA without keys */
    bool original_initiator; /* we initiated this IKE SA; after a rekey: we initiated that rekey (§2.18) */
    /* The IKE SA is not authenticated yet: it begins CONNECTING and sends no liveness checks. Without keys it is ours
     * to initiate: its first request is an unprotected IKE_SA_INIT, and `ids` need not be stated (both begin at 0). */
    bool connecting;
    /* While CONNECTING requests of every exchange are taken. Without this only IKE_AUTH, IKE_INTERMEDIATE and GSA_AUTH
     * are: others, as INFORMATIONAL with or without Delete and CREATE_CHILD_SA, are dropped (IKL_ERR_EARLY), since they
     * must not come before the peer is authenticated and would use up the Message ID of IKE_AUTH (§1.1, §1.4). */
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
    /* The retransmission of an outstanding request that makes the peer SUSPECT: 0 means 1, the first; 255 means never.
     * Other numbers count too. */
    uint8_t suspect_after;
    /* The path follows the peer to the address that a fresh authenticated message came from (§2.23). Not with MOBIKE
     * (RFC 4555 §3.8), and not where we are behind a NAT ourselves. Its MTU stays, unless the path that was given to
     * ikl_endpoint_receive has one. */
    bool follow_peer;
    uint16_t path_group; /* IKE SAs that share an uplink, below the endpoint's config.path_groups */
    /* Fragments, NAT keepalives and the on-demand policy need memory of their own. It is set aside when
     * `protection.fragmentation`, `path.behind_nat` or IKL_LIVENESS_ON_DEMAND asks for it, and when this is set, for an
     * IKE SA that may come to it later. */
    bool roaming;

    const struct ikl_sa_labels *labels; /* borrowed while the IKE SA lives; may be null */

    /* With IKL_LIVENESS_ON_DEMAND: ms without evidence after which a liveness check goes out though nothing was sent,
     * counted in whole idle intervals, see ikl_idle_set; 0: never. */
    uint32_t at_least;
};

/* Makes an IKE SA. The host owns the handle and ends it with ikl_sa_free. Allocates. The idle interval begins at `now`.
 * A request still outstanding comes along in the config and is retransmitted on its schedule; responses remembered come
 * along and are repeated on request.
 * Errors: IKL_ERR_INVALID: an SPI is 0, `iv_source` or `ids` is not stated, IDs and outstanding requests do not match,
 * a datagram is not one or more IKE messages with these SPIs, that Message ID and our role, a schedule or size is
 * wrong, a provider says of the cipher what cannot be; IKL_ERR_BUSY: the endpoint has an IKE SA with our SPI;
 * IKL_ERR_UNSUPPORTED, IKL_ERR_NO_AES: no provider of the endpoint has the suite; IKL_ERR_NO_MEMORY; IKL_ERR_STATE
 * while the endpoint is being freed; what the cipher's `init` reports. Calls nothing back. */
IKL_MUST_USE IKL_API int ikl_sa_new(struct ikl_sa **out, struct ikl_endpoint *endpoint,
                                    const struct ikl_sa_config *config, ikl_time now);

/* The first field that keeps ikl_sa_new from taking the config, as "ids.stated", "protection.keys" or
 * "outstanding.datagram"; null when none does. Static strings. With `endpoint` null only what needs none is checked.
 * "protection.suite" also when no provider has it. */
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

/* The peer is authenticated: CONNECTING becomes ESTABLISHED and the idle interval begins. Calls `state` back. Errors:
 * IKL_ERR_STATE unless it is CONNECTING and has keys. */
IKL_MUST_USE IKL_API int ikl_sa_established(struct ikl_sa *sa, ikl_time now);

/* The peer announced its window with SET_WINDOW_SIZE, authenticated (§2.3). A window never shrinks. Queued requests go
 * out if there is room now; if no Message ID is left for them the IKE SA goes down with IKL_DOWN_EXHAUSTED, and calls
 * back all that ikl_sa_close calls back. Does nothing when it is DYING or DEAD. */
IKL_API void ikl_sa_peer_window(struct ikl_sa *sa, uint32_t size, ikl_time now);

/* Ends the handle; null is allowed. An IKE SA that is not DEAD is first closed as ikl_sa_close does, reports included,
 * at the endpoint's latest time. The handle stays valid until the outermost call into the library returns, be it this
 * one or the one that called the callback in which this is called; what was decided is told to its end; freeing twice
 * inside a callback is harmless until then. */
IKL_API void ikl_sa_free(struct ikl_sa *sa);

/* Moves the IKE SA to another endpoint of this process, as for a host that balances threads; no other thread may use
 * either of the two endpoints meanwhile. To its peer nothing has happened. From then on `to` receives its datagrams and
 * fires its timers, with the same `user`; the host sees to it that they get there.
 *
 * All moves: state and reachability, keys and the source of IVs, Message IDs and windows, requests of ours, sent and
 * queued, with their schedules and datagrams, the peer's requests and our responses, fragments of messages that have
 * not arrived in whole, Child SAs with their evidence, also those that are being deleted, the path, policies, labels,
 * counters, and as many of the latest events as `to` keeps. Requests move even where the table of `to` is full, and
 * count there. An IKE SA that has the schedule of its endpoint, or of whose path group there is an outage, has the
 * schedule of the other from then on, and finds the outage there: it goes on when that group has heard nothing since it
 * began. What the endpoints count stays with them, and so do tombstones; a Delete that waited for a lower Message ID
 * when the IKE SA moved leaves none.
 *
 * `*out` is the new handle. All old handles end: `sa` as if freed, without a report; of Child SAs, which are found
 * again in the same order; of requests, which are found again by their contexts (ikl_sa_find_context).
 *
 * The endpoints tell time on one clock: `to` is brought to the latest of `now` and of what either has been told, and
 * nothing is due earlier or later than it was. A `now` before what an endpoint has been told is counted there. What is
 * overdue fires with the next ikl_endpoint_advance of `to`.
 *
 * Allocates, in `to`. Calls nothing back but `outage` of `to`. Errors, and the IKE SA is where it was, its handles too:
 * IKL_ERR_REENTRANT inside any callback of either endpoint; IKL_ERR_INVALID when `to` is its endpoint, takes only
 * smaller messages (config.max_message) or has not its path group, or `now` is IKL_NEVER; IKL_ERR_STATE when it is
 * DEAD; IKL_ERR_BUSY when `to` has an IKE SA with our SPI, or ikl_sa_replace has made it one of two that are both
 * alive: it moves when either has ended; IKL_ERR_UNSUPPORTED, IKL_ERR_NO_AES when the providers of `to` do not have
 * this very cipher; IKL_ERR_NO_BUFFER when it borrows more blocks than the share allows there; IKL_ERR_NO_MEMORY. */
IKL_MUST_USE IKL_API int ikl_sa_migrate(struct ikl_sa *sa, struct ikl_endpoint *to, ikl_time now, struct ikl_sa **out);

/* Takes the IKE SA down at once, without a word to the peer: requests end as IKL_OUTCOME_SA_GONE, Child SAs and then
 * the IKE SA are reported down with IKL_DOWN_CLOSED (IKL_DOWN_REKEYED when it was REKEYED). When this returns it is
 * DEAD or, inside a callback, DYING. Does nothing when it is DYING or DEAD. Calls `outcome`, `state`, `reachability`,
 * `child_down` and `down` back. */
IKL_API void ikl_sa_close(struct ikl_sa *sa, ikl_time now);

/* Closes gracefully: sends a Delete for the IKE SA (behind the requests that are outstanding, and a liveness check;
 * queued ones end as IKL_OUTCOME_SA_GONE), becomes DELETING, and goes down with IKL_DOWN_CLOSED when the Delete is
 * answered, when the peer's own Delete crosses it, or `wait` ms from now, whichever comes first. A CONNECTING IKE SA
 * without keys is closed at once. Needs no memory: every IKE SA has what its Delete takes, whatever is full. Errors:
 * IKL_ERR_STATE unless it is CONNECTING or ESTABLISHED; IKL_ERR_EXHAUSTED, IKL_ERR_CRYPTO: nothing changed.
 * Calls `outcome`, `state`, and for the last case all that ikl_sa_close calls back. */
IKL_MUST_USE IKL_API int ikl_sa_delete(struct ikl_sa *sa, uint32_t wait, ikl_time now);

/* `replacement` takes the place of `sa` after an IKE SA rekey (§2.8, §2.18): Child SAs, their handles, evidence of life
 * and queued requests move to it, also Child SAs that are being deleted; requests that were sent finish on `sa`, which
 * becomes REKEYED: it sends no liveness checks, still answers, and when it goes down (IKL_DOWN_REKEYED) takes nothing
 * with it. A Delete of the peer's that arrives on `sa` finds the Child SAs where they are now, however often they moved
 * since, and is answered as ever (§1.4.1). Costs the same for each Child SA that moves. With `we_delete` (the rekey
 * was ours) its Delete is sent once its requests are finished; else the peer's Delete is awaited for `wait` ms and then
 * sent by us. It is closed at the latest `wait` ms after its Delete was sent. A Delete that cannot be made, because no
 * block of the pool is free for it or the cipher fails, is tried again every second, but for no longer than `wait` ms
 * in all; each failure is counted in `other`. Then, and when no Message ID or IV is left for it, the IKE SA goes down
 * without one. Errors: IKL_ERR_INVALID when both are the same or are of different endpoints; IKL_ERR_STATE unless both
 * are ESTABLISHED. Calls `state` back. */
IKL_MUST_USE IKL_API int ikl_sa_replace(struct ikl_sa *sa, struct ikl_sa *replacement, bool we_delete, uint32_t wait,
                                        ikl_time now);

/* The lowest of four nonces decides a simultaneous rekey (§2.8.1, §2.8.2): true when one of the exchange with nonces
 * `a_i` and `a_r` is lower than both of the other exchange, compared octet by octet, a prefix counting as lower: the SA
 * made by that exchange is the one to be closed by the peer that initiated it. */
IKL_API bool ikl_nonces_lose(struct ikl_octets a_i, struct ikl_octets a_r, struct ikl_octets b_i,
                             struct ikl_octets b_r);

enum ikl_sa_state {
    IKL_SA_CONNECTING,
    IKL_SA_ESTABLISHED,
    IKL_SA_REKEYED,  /* replaced; its requests finish, then it is deleted */
    IKL_SA_DELETING, /* our Delete is queued or sent */
    IKL_SA_DYING,    /* its end is decided and being told */
    IKL_SA_DEAD      /* all of that is told, `down` as the last */
};

IKL_API enum ikl_sa_state ikl_sa_state(const struct ikl_sa *sa);

/* "CONNECTING", "ESTABLISHED", "REKEYED", "DELETING", "DYING" or "DEAD". A static string. */
IKL_API const char *ikl_sa_state_name(enum ikl_sa_state state);

/* config.user of the IKE SA, or what ikl_sa_set_user put in its place. */
IKL_API void *ikl_sa_user(const struct ikl_sa *sa);

/* From now on ikl_sa_user gives `user`, also to the callbacks of a call that is under way: a host that frees its object
 * inside a callback sets null here, and what is reported later finds null. May be called in any state, DYING and DEAD
 * included, until the handle ends. One store. */
IKL_API void ikl_sa_set_user(struct ikl_sa *sa, void *user);

/* Another policy of liveness, counted from the latest sign of life: config.liveness, config.idle, config.at_least, as
 * when it was made. What is outstanding stays so, and is the liveness check. May allocate, for IKL_LIVENESS_ON_DEMAND
 * where the IKE SA was not made for it or `roaming`. Errors: IKL_ERR_INVALID when there is no such policy, or `now` is
 * IKL_NEVER; IKL_ERR_STATE when it is DYING or DEAD; IKL_ERR_NO_MEMORY; nothing changed. */
IKL_MUST_USE IKL_API int ikl_sa_set_liveness(struct ikl_sa *sa, enum ikl_liveness_policy policy, uint32_t idle,
                                             uint32_t at_least, ikl_time now);

/* Another schedule, borrowed while the IKE SA lives or until the next one; null: the endpoint's. For liveness checks,
 * Deletes, and requests that were given none of their own. Of one that is outstanding the wait that runs is not
 * touched: the schedule counts from the next send, and when it has no try left for the request, that is given up at the
 * end of this wait. Errors: IKL_ERR_INVALID when ikl_schedule_check refuses it; IKL_ERR_STATE when it is DYING or
 * DEAD; nothing changed. */
IKL_MUST_USE IKL_API int ikl_sa_set_schedule(struct ikl_sa *sa, const struct ikl_schedule *schedule);

/* config.follow_peer, from the next message on. One store, in any state. */
IKL_API void ikl_sa_set_follow_peer(struct ikl_sa *sa, bool follow);

/* config.labels: borrowed while the IKE SA lives or until the next ones; may be null. In any state. Errors:
 * IKL_ERR_INVALID when the size is no size of labels. */
IKL_MUST_USE IKL_API int ikl_sa_set_labels(struct ikl_sa *sa, const struct ikl_sa_labels *labels);

/* The network is back: every request of ours that is outstanding goes out before the call returns, with
 * IKL_ATTEMPT_RESENT. No wait of its schedule is used up: the one that runs goes on, but ends no earlier than the first
 * wait of the schedule from now, so that an answer has time to come. One that has gone out and of which `attempt` is
 * not told yet, as may be inside a callback, is left out. For all IKE SAs see ikl_endpoint_resend. Errors:
 * IKL_ERR_NOT_FOUND when nothing is outstanding; IKL_ERR_STATE when it is DYING or DEAD; IKL_ERR_INVALID when `now`
 * is IKL_NEVER. */
IKL_MUST_USE IKL_API int ikl_sa_resend(struct ikl_sa *sa, ikl_time now);

/* The endpoint it belongs to. */
IKL_API struct ikl_endpoint *ikl_sa_endpoint(const struct ikl_sa *sa);

/* SPI of the IKE SA's initiator and responder; the responder's is 0 until it is known. */
IKL_API uint64_t ikl_sa_spi_i(const struct ikl_sa *sa);
IKL_API uint64_t ikl_sa_spi_r(const struct ikl_sa *sa);

/* The path that our requests take. */
IKL_API const struct ikl_path *ikl_sa_path(const struct ikl_sa *sa);

/* Moves the IKE SA to another path, as when an address of ours changed or after MOBIKE's UPDATE_SA_ADDRESSES (RFC
 * 4555): from now on requests, retransmissions of outstanding ones and keepalives go there. A path that is another one
 * (ikl_path_same) is a new chance (RFC 4555 §3.5): every request that is outstanding goes out along it before the call
 * returns, and its schedule begins again; one that has gone out and of which `attempt` is not told yet, as may be
 * inside a callback, goes there when it is next due, and so does each after four moves in one outermost call. Followed
 * moves of the peer's (config.follow_peer) do the same three times a request; after that its schedule runs on, along
 * the new path. Behind a NAT a keepalive goes out with the next ikl_endpoint_advance, unless something else did before.
 * Where fragmentation is agreed and the path takes no datagram as large as those of an outstanding request, that is
 * fragmented anew, in more fragments than before and with new initialisation vectors, when it is next sent (RFC 7383
 * §2.5.2); likewise a remembered response when it is repeated along a narrower path. Else, and when the pool has no
 * room for the larger total, a retransmission is identical to the first send. May allocate, when the new path is behind
 * a NAT and the IKE SA was not made `roaming`. Errors: IKL_ERR_INVALID when `path` is none, see struct ikl_path;
 * IKL_ERR_NO_MEMORY, IKL_ERR_STATE; nothing changed. */
IKL_MUST_USE IKL_API int ikl_sa_set_path(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now);

/* Why the peer may be in trouble, from a source that proves nothing (§2.4). */
enum ikl_hint {
    IKL_HINT_INVALID_IKE_SPI, /* an unprotected notification */
    IKL_HINT_INVALID_SPI,     /* an unprotected notification */
    IKL_HINT_ICMP,            /* destination unreachable or such */
    IKL_HINT_UNREACHABLE,     /* the network stack said so when sending */
    IKL_HINT_TOO_LONG         /* a packet was too big for a link: ikl_sa_hint_mtu */
};

/* Tells of a hint that the host came by; not inside `send`, which may be where it shows (IKL_ERR_REENTRANT). At most it
 * causes one liveness check now, if none is outstanding and the endpoint's limit on hints and its probes_per_second
 * allow; it never fails the IKE SA and uses no attempt. (An unprotected notification that arrives through
 * ikl_endpoint_receive with the SPIs of the IKE SA is taken as a hint without this call.) Returns IKL_OK when a
 * liveness check was sent, IKL_ERR_BUSY when a request is outstanding, IKL_ERR_RATE when the limit is reached,
 * IKL_ERR_STATE unless it is ESTABLISHED, or what ikl_sa_probe returns. */
IKL_API int ikl_sa_hint(struct ikl_sa *sa, enum ikl_hint hint, ikl_time now);

/* Tells that a packet was too big for a link, whose MTU is `mtu` octets, IP header included; 0 when the network did not
 * say (ikl_sa_hint with IKL_HINT_TOO_LONG is the same). From then on the path has this MTU, but never less than one
 * whose MTU is unknown, 576 or for IPv6 1280, since anybody can say so: what is outstanding is fragmented anew when it
 * is next sent (RFC 7383 §2.5.2). Sends nothing, and no MTU grows by it: only ikl_sa_set_path says a larger one.
 * Calls nothing back. Errors, and the MTU is as before: IKL_ERR_INVALID when the path has none that is larger;
 * IKL_ERR_UNSUPPORTED without fragmentation; IKL_ERR_STATE when the IKE SA is DYING or DEAD. */
IKL_API int ikl_sa_hint_mtu(struct ikl_sa *sa, uint16_t mtu, ikl_time now);

/* A Child SA as the library needs to know it. */
struct ikl_child_config {
    size_t size;      /* sizeof(struct ikl_child_config) */
    void *user;       /* the host's, given back by ikl_child_user */
    uint8_t protocol; /* IKL_PROTOCOL_ESP or IKL_PROTOCOL_AH */
    uint32_t spi_in;  /* our SPI: in ESP that we receive; not 0 */
    uint32_t spi_out; /* the peer's SPI: in ESP that we send; not 0 */
    /* The Child SA of the same IKE SA that this one takes over from after a rekey (§1.3.3), or null. It stays until it
     * is deleted or goes with its IKE SA, and is then reported down with IKL_DOWN_REKEYED, whatever the reason. */
    struct ikl_child *replaces;
};

/* Adds a Child SA. The handle belongs to the IKE SA and is valid until ikl_sa_remove_child or until the callback
 * `child_down` for it returns. Allocates: a Child SA takes 68 to 72 octets. To add, to find and to remove one, and to
 * handle a Delete that names it, costs the same at any number of Child SAs, except that now and then adding one makes
 * room for as many again as there are. `out` may be null. Errors: IKL_ERR_INVALID; IKL_ERR_BUSY when the IKE SA has
 * a Child SA with this protocol and spi_in or spi_out; IKL_ERR_NOT_FOUND when `replaces` is none of its Child SAs;
 * IKL_ERR_NO_MEMORY; IKL_ERR_STATE unless it is CONNECTING or ESTABLISHED. */
IKL_MUST_USE IKL_API int ikl_sa_add_child(struct ikl_sa *sa, const struct ikl_child_config *config,
                                          struct ikl_child **out);

/* The first field that makes ikl_sa_add_child say IKL_ERR_INVALID: "spi_in", ...; null when none does. A static string.
 */
IKL_API const char *ikl_child_config_error(const struct ikl_child_config *config);

/* Removes a Child SA that the host has ended itself; nothing is reported or sent, and what it heard stays evidence.
 * Errors: IKL_ERR_STATE when the IKE SA is DYING or DEAD; IKL_ERR_NOT_FOUND for one that has ended, until
 * `child_down` for it returns. */
IKL_API int ikl_sa_remove_child(struct ikl_sa *sa, struct ikl_child *child);

/* Deletes Child SAs: sends one INFORMATIONAL request with their SPIs, as ikl_sa_request would, and reports each down
 * (IKL_DOWN_CLOSED, or IKL_DOWN_REKEYED when it was replaced) when that is answered, or when the peer's own Delete
 * crosses it. Should ikl_sa_replace move them before, they move with their Delete: its answer on the old IKE SA counts,
 * and if the old one ends without it, the Delete is sent once more on the replacement. Costs the same for each Child SA
 * at any number of them. Errors: IKL_ERR_NOT_FOUND when one is none of this IKE SA's; IKL_ERR_BUSY when one is being
 * deleted already or named twice; IKL_ERR_INVALID when `n` is 0, or more SPIs of 4 octets than fit a message (of
 * config.max_message octets; ever more than 16,300 do not): delete them in several calls; those of ikl_sa_request.
 * Nothing has changed then. */
IKL_MUST_USE IKL_API int ikl_sa_delete_children(struct ikl_sa *sa, struct ikl_child *const *children, size_t n,
                                                ikl_time now);

/* config.user of the Child SA, or what ikl_child_set_user put in its place, as ikl_sa_set_user does; also inside
 * `child_down` for this very Child SA. One store. */
IKL_API void *ikl_child_user(const struct ikl_child *child);
IKL_API void ikl_child_set_user(struct ikl_child *child, void *user);
IKL_API uint8_t ikl_child_protocol(const struct ikl_child *child);
IKL_API uint32_t ikl_child_spi_in(const struct ikl_child *child);
IKL_API uint32_t ikl_child_spi_out(const struct ikl_child *child);

/* The Child SAs of an IKE SA in the order they were added; null after the last. A Child SA that ended by itself is no
 * longer among them, even while `child_down` is still to be told; those that end with their IKE SA stay among them
 * until it is told. */
IKL_API struct ikl_child *ikl_sa_first_child(const struct ikl_sa *sa);
IKL_API struct ikl_child *ikl_sa_next_child(const struct ikl_sa *sa, const struct ikl_child *child);

/* The Child SA with this protocol and inbound SPI, or null; the one with this outbound SPI, which is how the peer names
 * it in REKEY_SA and in a Delete. Costs the same at any number of Child SAs. */
IKL_API struct ikl_child *ikl_sa_find_child(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi_in);
IKL_API struct ikl_child *ikl_sa_find_child_out(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi_out);

/* Authenticated inbound ESP or AH of a Child SA at `at`: evidence of life. One store: nothing is re-armed. One older
 * than what is known is ignored. If `at` is in the future (from another clock, say), the library replaces it by the
 * endpoint's present when it looks at it, and counts it in `future_times`: so it is evidence once, and later true times
 * count again. */
IKL_API void ikl_child_heard(struct ikl_child *child, ikl_time at);

/* The latest `at` given to ikl_child_heard or `last_esp`, or what became of it; IKL_NEVER when there was none. */
IKL_API ikl_time ikl_child_last_heard(const struct ikl_child *child);

/* ESP or AH was sent to the peer at `at`, by any Child SA. One store. IKL_LIVENESS_ON_DEMAND needs it, and it saves NAT
 * keepalives when that was after the IKE SA's last move. Ignored for an IKE SA that uses neither. A time in the future
 * is treated as by ikl_child_heard. */
IKL_API void ikl_sa_sent_esp(struct ikl_sa *sa, ikl_time at);

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
 * outcome was reported. In a CONNECTING IKE SA without keys the only request is an unprotected IKE_SA_INIT. When
 * `attempt`, told before this returns, has the IKE SA closed, the outcome is told before this returns too: then `*out`
 * is only to be compared, although this returns IKL_OK.
 * Errors: IKL_ERR_INVALID when the payloads do not fit a message, or the schedule is wrong; IKL_ERR_STATE unless it is
 * CONNECTING or ESTABLISHED, for IKE_SA_INIT when it has keys, and for all else while it has none; IKL_ERR_BUSY for a
 * second request without keys; IKL_ERR_NO_BUFFER when the pool or the table of requests is full, or the IKE SA has its
 * share of either (see config.max_requests); IKL_ERR_EXHAUSTED, IKL_ERR_CRYPTO. Nothing has changed then, except that
 * an initialisation vector may be used up. A failed `send` is no error: the attempt is used and the schedule goes on.
 */
IKL_MUST_USE IKL_API int ikl_sa_request(struct ikl_sa *sa, uint8_t exchange_type, const struct ikl_payload *payloads,
                                        size_t n, const struct ikl_request_options *options, ikl_time now,
                                        struct ikl_request **out);

/* The same with payloads that are encoded already: `chain` is what goes inside SK, or behind the header of an
 * IKE_SA_INIT request, and begins with a payload of type `first_payload`; IKL_PAYLOAD_NONE and no octets for none. It
 * is copied, and sent octet for octet. Errors also: IKL_ERR_INVALID when it is no well-formed chain, or has an SK or
 * SKF payload in it: see ikl_chain_check. What is in the payloads is not looked at. */
IKL_MUST_USE IKL_API int ikl_sa_request_chain(struct ikl_sa *sa, uint8_t exchange_type, uint8_t first_payload,
                                              struct ikl_octets chain, const struct ikl_request_options *options,
                                              ikl_time now, struct ikl_request **out);

/* Replaces the outstanding IKE_SA_INIT request by one with other payloads, after COOKIE or INVALID_KE_PAYLOAD (§2.6,
 * §1.3): the same initiator's SPI and Message ID 0, sent at once, its schedule from the beginning. Up to three earlier
 * requests are remembered in the pool until the exchange ends, so that late responses are told apart: see struct
 * ikl_init_response. Usually called inside `init_response`. When it is called again before `attempt` was told, that is
 * told of the last send alone. Errors: IKL_ERR_NOT_FOUND when no IKE_SA_INIT request is outstanding; those of
 * ikl_sa_request. */
IKL_MUST_USE IKL_API int ikl_sa_restart(struct ikl_sa *sa, const struct ikl_payload *payloads, size_t n, ikl_time now);

/* Gives a request up. A queued one is removed. Of one that was sent only the outcome is silenced: a Message ID cannot
 * be skipped, so it is retransmitted until it is answered, and if it never is, the IKE SA goes down all the same.
 * Either way IKL_OUTCOME_CANCELLED is told, before the call returns or, inside a callback, after that has returned.
 * `sa` is the IKE SA that has the request now (ikl_sa_replace moves queued ones); for a request of another one, or
 * whose outcome is decided, told or not, nothing happens. */
IKL_API void ikl_sa_cancel(struct ikl_sa *sa, struct ikl_request *request, ikl_time now);

/* The outcome of this request will give `context` back in place of the one that it was made with: for a host that frees
 * what that points to, inside a callback or not. `sa` is the IKE SA that has the request now; for a request of another
 * one, or whose outcome was reported, nothing happens. */
IKL_API void ikl_sa_set_context(struct ikl_sa *sa, struct ikl_request *request, void *context);

/* The request of the host's with this Message ID that was sent and whose outcome is not decided, or null: the handle of
 * one that was handed over outstanding. */
IKL_API struct ikl_request *ikl_sa_find_request(struct ikl_sa *sa, uint32_t message_id);

/* The first request of the host's, in the order they were made, that has this context and whose outcome is not decided,
 * sent or queued; or null. */
IKL_API struct ikl_request *ikl_sa_find_context(struct ikl_sa *sa, const void *context);

/* Answers a request that the `peer_request` callback delivered, with `n` payloads inside SK; n may be 0. May be called
 * inside that callback or later. Of a Delete, the paired SPIs of Child SAs that the library knows go before them. The
 * response is remembered and repeated when the peer repeats its request, and goes to where the request came from last
 * (§2.11); the pool in endpoint.h says when it may be forgotten. When one of the payloads is the notification
 * INVALID_SYNTAX, which ends the IKE SA at the peer, it ends here too once the response was sent (IKL_DOWN_PROTOCOL,
 * §2.21.3): all that ikl_sa_close calls back is called back, and a repeated request gets no answer. So say
 * INVALID_SYNTAX of a request that is badly formatted only, never of one that is merely not wanted. Errors:
 * IKL_ERR_NOT_FOUND when no request with this Message ID waits for an answer; IKL_ERR_NO_BUFFER when the endpoint's
 * pool has no room, or the IKE SA has its share of it: call again later; IKL_ERR_INVALID when the payloads do not fit a
 * message; IKL_ERR_STATE when the IKE SA is DYING or DEAD; IKL_ERR_EXHAUSTED, IKL_ERR_CRYPTO. */
IKL_MUST_USE IKL_API int ikl_sa_respond(struct ikl_sa *sa, uint32_t message_id, const struct ikl_payload *payloads,
                                        size_t n, ikl_time now);

/* The same with payloads that are encoded already, as in ikl_sa_request_chain; the request's own `first_payload` and
 * `plaintext` may be given. Errors also: IKL_ERR_INVALID when `chain` is no well-formed chain, or has an SK or SKF
 * payload in it; the request then still waits for its answer. */
IKL_MUST_USE IKL_API int ikl_sa_respond_chain(struct ikl_sa *sa, uint32_t message_id, uint8_t first_payload,
                                              struct ikl_octets chain, ikl_time now);

#ifdef __cplusplus
}
#endif
#endif
