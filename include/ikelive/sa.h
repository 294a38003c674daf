/* ikelive sa: one IKE SA with its Child SAs: Message IDs, retransmission, repeated responses, protection, liveness,
 * teardown (RFC 7296 §1.4, §2.1-2.4).
 * SPDX-License-Identifier: ISC
 *
 * An IKE SA belongs to an endpoint (<ikelive/endpoint.h>), which feeds it datagrams and time and carries its callbacks.
 *
 *     ESTABLISHED --a request ran out of tries, a Delete, ikl_sa_close--> DYING --all reports made--> DEAD
 *
 * Unless a function says otherwise: it allocates nothing; it may be called from any callback of the endpoint; functions
 * that take `now` may call `send`, `attempt` and `random` back, and count a `now` that lies before an earlier one as
 * that earlier one. All functions of one endpoint and its SAs must be called by one thread at a time. */
#ifndef IKELIVE_SA_H
#define IKELIVE_SA_H

#include <ikelive/crypto.h>
#include <ikelive/exchange.h>
#include <ikelive/liveness.h>
#include <ikelive/window.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_endpoint;
struct ikl_sa;
struct ikl_child;

/* One end of a path. */
struct ikl_address {
    uint8_t ip[16]; /* IPv4 in the first 4 octets, the rest 0 */
    uint16_t port;  /* UDP port in host byte order */
    uint8_t family; /* 4, 6, or 0 when unknown */
    uint8_t reserved;
};

/* Between which addresses a datagram travels. The library compares and prints paths; it never interprets `tag`. */
struct ikl_path {
    struct ikl_address local, remote;
    uint16_t tag;      /* the host's: socket, interface, VRF */
    bool encapsulated; /* UDP encapsulation (port 4500): IKE messages carry the non-ESP marker (RFC 3948) */
    uint8_t reserved;
};

/* Writes "192.0.2.1:500" or "[2001:db8::1]:4500", always terminated when size > 0. Returns the length, as snprintf. */
IKL_API int ikl_address_text(const struct ikl_address *address, char *text, size_t size);

/* What an operator wants to read about an IKE SA. All strings are the host's, borrowed while the IKE SA lives; null is
 * shown as "-". Set `size` to sizeof(struct ikl_sa_labels). */
struct ikl_sa_labels {
    size_t size;
    const char *gateway;        /* name of the gateway in the host's configuration */
    const char *local_identity; /* IDi or IDr in text */
    const char *remote_identity;
    const char *authentication; /* "PSK", "RSA signature", ... */
    const char *proposal;       /* null: the suite's name */
    const char *nat;            /* what NAT detection found; null: derived from the path */
    uint32_t gateway_id;
};

/* Where initialisation vectors come from when the cipher only needs them never to repeat (AEADs). There is no default:
 * a repeated IV under one key gives the key stream and the authentication key away. What is counted needs IVs of 8
 * octets at least. */
enum ikl_iv_source {
    IKL_IV_UNSTATED = 0,
    IKL_IV_FRESH_KEYS, /* our sending key has sealed nothing yet: IVs are counted from 0 */
    IKL_IV_FIRST,      /* the host vouches that [iv_first, iv_first + 2^48) is unused under our sending key */
    IKL_IV_CALLBACK    /* the host's `next_iv` gives each IV */
};

/* A request of ours that was sent before the hand-over and is not answered. */
struct ikl_outstanding_request {
    uint32_t message_id;
    struct ikl_octets datagram; /* as sent, without non-ESP marker; copied */
    ikl_time first_sent;
    uint32_t attempt;  /* waits of the schedule that have ended: 0 when it was sent once */
    ikl_time deadline; /* when the current wait ends */
};

/* A response of ours that the peer may still ask for. */
struct ikl_remembered_response {
    uint32_t message_id;
    struct ikl_octets datagram; /* as sent, without non-ESP marker; copied */
};

/* Message IDs and windows at the time of the hand-over. There are no defaults: set `stated`. After IKE_AUTH without EAP
 * the original initiator has next_request 2 and next_expected 0, the responder 0 and 2; after a rekey both 0. */
struct ikl_message_ids {
    bool stated;
    uint32_t next_request;  /* Message ID of our next request */
    uint32_t unanswered;    /* lowest Message ID of a request outstanding; next_request when there is none */
    uint32_t next_expected; /* lowest Message ID of the peer's not yet received */
    uint32_t peer_window;   /* the peer's SET_WINDOW_SIZE; 0 means 1 */
    uint32_t own_window;    /* what we announced; 0 means 1 */
};

/* How an IKE SA is handed over. Zero means the default wherever there is one. */
struct ikl_sa_config {
    size_t size;             /* sizeof(struct ikl_sa_config) */
    void *user;              /* the host's, given back by ikl_sa_user */
    uint64_t spi_i, spi_r;   /* neither is 0 */
    bool original_initiator; /* we initiated this IKE SA; after a rekey: we initiated that rekey (§2.18) */
    struct ikl_path path;

    struct ikl_suite suite;
    const struct ikl_keys *keys; /* copied as far as needed: SK_ei, SK_er, SK_ai, SK_ar */
    enum ikl_iv_source iv_source;
    uint64_t iv_first; /* with IKL_IV_FIRST */
    /* With IKL_IV_CALLBACK: writes `len` octets that were never an IV under this key, never the same twice. IKL_OK or
     * an error, which the operation that needed the IV returns. Must not call the library. */
    int (*next_iv)(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len);

    struct ikl_message_ids ids;
    const struct ikl_outstanding_request *outstanding; /* exactly the requests in [unanswered, next_request) */
    size_t n_outstanding;
    const struct ikl_remembered_response *remembered; /* for requests in [next_expected - own_window, next_expected) */
    size_t n_remembered;

    enum ikl_liveness_policy liveness;
    uint32_t idle;                       /* ms without evidence before a probe; 0: the endpoint's */
    const struct ikl_schedule *schedule; /* borrowed while the IKE SA lives; null: the endpoint's */

    const struct ikl_sa_labels *labels; /* borrowed while the IKE SA lives; may be null */
    uint32_t serial;                    /* which IKE SA of this gateway it is, counting rekeys; for ikl_sa_describe */
};

/* Hands an established IKE SA over to the library. The host owns the handle and ends it with ikl_sa_free. Allocates
 * here, nowhere later. The idle interval begins at `now`. A request still outstanding comes along in the config and is
 * retransmitted on its schedule; responses remembered come along and are repeated on request.
 * Errors: IKL_ERR_INVALID: an SPI is 0, `iv_source` or `ids` is not stated, IDs and outstanding requests do not match,
 * a datagram is not an IKE message with these SPIs, that Message ID and our role, a schedule or size is wrong;
 * IKL_ERR_BUSY: the endpoint has an IKE SA with our SPI; IKL_ERR_UNSUPPORTED, IKL_ERR_NO_AES: no provider of the
 * endpoint has the suite; IKL_ERR_CLOSING: the endpoint is being freed; IKL_ERR_NO_MEMORY; what the cipher's `init`
 * reports. Calls nothing back. */
IKL_MUST_USE IKL_API int ikl_sa_new(struct ikl_sa **out, struct ikl_endpoint *endpoint,
                                    const struct ikl_sa_config *config, ikl_time now);

/* Ends the handle; null is allowed. An IKE SA that is not DEAD is first closed as ikl_sa_close does, reports included,
 * at the endpoint's latest time. From inside a callback the handle stays valid until the outermost call into the
 * library returns, and what is being reported is reported to its end; freeing twice is harmless until then. */
IKL_API void ikl_sa_free(struct ikl_sa *sa);

/* Takes the IKE SA down at once, without a word to the peer: requests end as "SA gone", Child SAs and then the IKE SA
 * are reported down with IKL_DOWN_CLOSED. Does nothing when it is DYING or DEAD. Calls `response`, `state`,
 * `child_down` and `down` back. */
IKL_API void ikl_sa_close(struct ikl_sa *sa, ikl_time now);

enum ikl_sa_state { IKL_SA_ESTABLISHED, IKL_SA_DYING, IKL_SA_DEAD };

IKL_API enum ikl_sa_state ikl_sa_state(const struct ikl_sa *sa);

/* "ESTABLISHED", "DYING" or "DEAD". A static string. */
IKL_API const char *ikl_sa_state_name(enum ikl_sa_state state);

/* config.user of the IKE SA. */
IKL_API void *ikl_sa_user(const struct ikl_sa *sa);

/* The endpoint it belongs to. */
IKL_API struct ikl_endpoint *ikl_sa_endpoint(const struct ikl_sa *sa);

/* SPI of the IKE SA's initiator and responder. */
IKL_API uint64_t ikl_sa_spi_i(const struct ikl_sa *sa);
IKL_API uint64_t ikl_sa_spi_r(const struct ikl_sa *sa);

/* The path that our requests take. */
IKL_API const struct ikl_path *ikl_sa_path(const struct ikl_sa *sa);

/* A Child SA as the library needs to know it. */
struct ikl_child_config {
    size_t size;      /* sizeof(struct ikl_child_config) */
    void *user;       /* the host's, given back by ikl_child_user */
    uint8_t protocol; /* IKL_PROTOCOL_ESP or IKL_PROTOCOL_AH */
    uint32_t spi_in;  /* our SPI: in ESP that we receive; not 0 */
    uint32_t spi_out; /* the peer's SPI: in ESP that we send; not 0 */
};

/* Adds a Child SA. The handle belongs to the IKE SA and is valid until ikl_sa_remove_child or until the callback
 * `child_down` for it returns. Allocates. `out` may be null. Errors: IKL_ERR_INVALID; IKL_ERR_BUSY when the IKE SA has
 * a Child SA with this protocol and spi_in or spi_out; IKL_ERR_NO_MEMORY; IKL_ERR_CLOSING. */
IKL_MUST_USE IKL_API int ikl_sa_add_child(struct ikl_sa *sa, const struct ikl_child_config *config,
                                          struct ikl_child **out);

/* Removes a Child SA that the host has ended itself; nothing is reported or sent, and what it heard stays evidence.
 * Errors: IKL_ERR_CLOSING; IKL_ERR_NOT_FOUND inside `child_down` for this very Child SA. */
IKL_API int ikl_sa_remove_child(struct ikl_sa *sa, struct ikl_child *child);

IKL_API void *ikl_child_user(const struct ikl_child *child);
IKL_API uint8_t ikl_child_protocol(const struct ikl_child *child);
IKL_API uint32_t ikl_child_spi_in(const struct ikl_child *child);
IKL_API uint32_t ikl_child_spi_out(const struct ikl_child *child);

/* The first Child SA, and the one after `child`; null at the end. In the order in which they were added. */
IKL_API struct ikl_child *ikl_sa_first_child(const struct ikl_sa *sa);
IKL_API struct ikl_child *ikl_sa_next_child(const struct ikl_sa *sa, const struct ikl_child *child);

/* Authenticated inbound ESP or AH of this Child SA arrived at `at`: evidence of life (§2.4). One store; nothing else
 * happens until the idle timer looks. An older time than the latest known is ignored; one that lies in the future when
 * the timer looks counts as the timer's time. */
IKL_API void ikl_child_heard(struct ikl_child *child, ikl_time at);

/* The latest `at` given to ikl_child_heard, IKL_NEVER when there was none. */
IKL_API ikl_time ikl_child_last_heard(const struct ikl_child *child);

/* Sends a liveness check now, whatever the policy and the idle time. IKL_ERR_BUSY when a request is outstanding: that
 * is a liveness check already. Other errors: IKL_ERR_CLOSING, IKL_ERR_EXHAUSTED, IKL_ERR_CRYPTO, IKL_ERR_NO_BUFFER. A
 * failed `send` is not an error here: the attempt is used and the schedule goes on. */
IKL_MUST_USE IKL_API int ikl_sa_probe(struct ikl_sa *sa, ikl_time now);

/* Answers a request that the `request` callback delivered, with `n` payloads inside SK; n may be 0. May be called
 * inside that callback or later. The response is remembered and repeated when the peer repeats its request. Errors:
 * IKL_ERR_NOT_FOUND when no request with this Message ID waits for an answer; IKL_ERR_NO_BUFFER when the endpoint's
 * pool has no room: call again later; IKL_ERR_INVALID when the payloads do not fit a message; IKL_ERR_CLOSING,
 * IKL_ERR_EXHAUSTED, IKL_ERR_CRYPTO. */
IKL_MUST_USE IKL_API int ikl_sa_respond(struct ikl_sa *sa, uint32_t message_id, const struct ikl_payload *payloads,
                                        size_t n, ikl_time now);

/* Why an IKE SA or a Child SA went down. */
enum ikl_down_reason {
    IKL_DOWN_TIMEOUT,      /* a request of ours ran out of tries: the peer is dead (§2.4) */
    IKL_DOWN_PEER_DELETED, /* the peer deleted it (§1.4.1) */
    IKL_DOWN_CLOSED,       /* the host closed or freed it */
    IKL_DOWN_EXHAUSTED     /* Message IDs or IVs are used up: closed rather than reused (§2.2) */
};

/* "timeout", "deleted by peer", ... A static string. */
IKL_API const char *ikl_down_reason_name(enum ikl_down_reason reason);

/* What is told with `down` and `child_down`. */
struct ikl_down {
    enum ikl_down_reason reason;
    ikl_time at;            /* when it was decided */
    ikl_time last_evidence; /* the last fresh proof of life, from the IKE SA or any of its Child SAs */
    /* with IKL_DOWN_TIMEOUT, the request that was given up; else 0 */
    uint8_t exchange;
    uint32_t message_id;
    uint32_t sends;
    ikl_time first_sent;
};

/* A send of one of our requests. */
struct ikl_attempt {
    uint8_t exchange;
    uint32_t message_id;
    uint32_t retransmission; /* 0: the first send */
    uint32_t wait;           /* ms until the next retransmission or, after the last one, until giving up */
    bool liveness;           /* it is an empty liveness check of the library's own */
    int send_result;         /* what the `send` callback returned */
};

/* A request of ours was answered. */
struct ikl_alive {
    uint8_t exchange;
    uint32_t message_id;
    uint32_t sends; /* how often the request had been sent */
    ikl_time first_sent;
    bool liveness;
};

/* A request of the peer's, authenticated and new. Views live until the callback returns. */
struct ikl_request {
    uint8_t exchange;
    uint32_t message_id;
    uint8_t first_payload;       /* for ikl_chain: type of the first payload inside SK */
    struct ikl_octets plaintext; /* for ikl_chain: the payloads; well-formed as a chain */
};

/* What one IKE SA counts. Counters wrap. */
struct ikl_sa_counters {
    uint32_t probes;          /* liveness checks sent, first sends only */
    uint32_t retransmissions; /* of any request of ours */
    uint32_t answered;        /* requests of ours that were answered */
    uint32_t requests;        /* fresh requests of the peer's */
    uint32_t repeats;         /* repeated requests of the peer's that got the remembered response */
    uint32_t dropped;         /* datagrams for this IKE SA that changed nothing */
    uint32_t send_failures;   /* sends that the host reported as failed */
};

/* What there is to know about an IKE SA, for the host's own programs. Set `size` before the call. */
struct ikl_sa_info {
    size_t size; /* sizeof(struct ikl_sa_info) */
    enum ikl_sa_state state;
    ikl_time established;   /* `now` of ikl_sa_new */
    ikl_time last_evidence; /* IKE SA and Child SAs; `established` when there was none since */
    uint32_t next_request;  /* Message ID of our next request */
    uint32_t next_expected; /* lowest Message ID of the peer's not yet received */
    uint32_t outstanding;   /* requests of ours outstanding; the oldest of them: */
    uint8_t outstanding_exchange;
    uint32_t outstanding_id;
    uint32_t outstanding_retransmissions;
    ikl_time outstanding_deadline; /* IKL_NEVER when none is outstanding */
    ikl_time idle_deadline;        /* when the next probe is due; IKL_NEVER while none can be */
    uint32_t n_children;
    struct ikl_sa_counters counters;
};

/* Fills `out`. Errors: IKL_ERR_INVALID when out->size is not a size this or an earlier version had. */
IKL_MUST_USE IKL_API int ikl_sa_query(const struct ikl_sa *sa, struct ikl_sa_info *out);

/* Writes what a "show IKE SA" command shows, several lines ended by '\n', always terminated when size > 0; never keys.
 * Octets of the labels outside printable ASCII are escaped. Returns the length it has, as snprintf does. */
IKL_API int ikl_sa_describe(const struct ikl_sa *sa, ikl_time now, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
