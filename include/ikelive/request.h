/* SPDX-License-Identifier: ISC */
/* ikelive request: requests of ours and of the peer's, and their responses (RFC 7296 §2.1-2.3; RFC 7383).
 *
 * The IKE SA owns Message IDs, windows, protection, fragments, retransmission and repeated responses; the host says
 * what is in the messages. Every function may be called from any callback of the endpoint that is told; those that
 * take `now` may call `send`, `random` and `next_iv`, and have `attempt` and `exhaustion` told (<ikelive/sa.h> says
 * when); none allocates: bodies are kept in the endpoint's pool. */
#ifndef IKELIVE_REQUEST_H
#define IKELIVE_REQUEST_H

#include <ikelive/sa.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A request of ours, from ikl_sa_request to its outcome. */
struct ikl_outgoing;

/* How a request is made. Null, or zero in a field, means the default. */
struct ikl_request_options {
    size_t size;                         /* sizeof(struct ikl_request_options) */
    const struct ikl_schedule *schedule; /* borrowed until the outcome; null: the IKE SA's */
    void *context;                       /* given back with the outcome */
};

/* The first field that makes ikl_sa_request say IKL_ERR_INVALID: "size" or "schedule"; null when none does. */
IKL_API const char *ikl_request_options_error(const struct ikl_request_options *options);

/* Sends a request with `n` payloads, or queues it when the peer's window is full (§2.3); queued requests are sent in
 * the order they were made. `exchange` is any exchange type. The payloads are copied. The handle `out` may be null; it
 * is valid until the outcome was reported. In a CONNECTING IKE SA without keys the only request is an unprotected
 * IKE_SA_INIT.
 * Errors: IKL_ERR_INVALID when the payloads do not fit a message, the schedule is wrong, or IKE_SA_INIT and keys do
 * not go together; IKL_ERR_BUSY for a second request without keys; IKL_ERR_NO_BUFFER when the pool or the table of
 * requests is full, or the IKE SA has its share of either (see config.max_requests); IKL_ERR_CLOSING unless it is
 * CONNECTING or ESTABLISHED; IKL_ERR_EXHAUSTED, IKL_ERR_CRYPTO. Nothing has changed then, except that an
 * initialisation vector may be used up. A failed `send` is no error: the attempt is used and the schedule goes
 * on. */
IKL_MUST_USE IKL_API int ikl_sa_request(struct ikl_sa *sa, uint8_t exchange, const struct ikl_payload *payloads,
                                        size_t n, const struct ikl_request_options *options, ikl_time now,
                                        struct ikl_outgoing **out);

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
IKL_API void ikl_sa_cancel(struct ikl_sa *sa, struct ikl_outgoing *request, ikl_time now);

/* The outcome of this request will give `context` back in place of the one that it was made with: for a host that frees
 * what that points to, inside a callback or not. `sa` is the IKE SA that has the request now; for a request of another
 * one, or whose outcome was reported, nothing happens. */
IKL_API void ikl_sa_set_context(struct ikl_sa *sa, struct ikl_outgoing *request, void *context);

/* The request of the host's with this Message ID that was sent and whose outcome is not decided, or null: the handle of
 * one that was handed over outstanding. */
IKL_API struct ikl_outgoing *ikl_sa_find_request(struct ikl_sa *sa, uint32_t message_id);

/* How a request of ours ended. */
enum ikl_outcome_kind {
    IKL_OUTCOME_ANSWERED,
    IKL_OUTCOME_TIMED_OUT, /* its schedule ran out; the IKE SA goes down */
    IKL_OUTCOME_CANCELLED, /* by ikl_sa_cancel */
    IKL_OUTCOME_SA_GONE    /* the IKE SA went down or is being deleted */
};

/* "answered", "timed out", "cancelled" or "IKE SA gone". A static string. */
IKL_API const char *ikl_outcome_name(enum ikl_outcome_kind kind);

/* Told once for every request of the host's. Views live until the callback returns. */
struct ikl_outcome {
    enum ikl_outcome_kind kind;
    const struct ikl_outgoing *request; /* only to be compared: no longer valid after the callback */
    void *context;
    uint8_t exchange;
    uint32_t message_id; /* IKL_MESSAGE_ID_NONE when it was never sent */
    uint32_t sends;      /* how often it was sent */
    ikl_time first_sent; /* IKL_NEVER when it never was */
    /* with IKL_OUTCOME_ANSWERED, the response: */
    int status;                  /* of its payloads: see struct ikl_alive */
    uint16_t error;              /* type of its first error notification, or 0: see struct ikl_alive */
    uint8_t first_payload;       /* for ikl_chain */
    struct ikl_octets plaintext; /* for ikl_chain */
};

/* A response to our IKE_SA_INIT request. It is not protected: anybody may have made it. The request goes on being
 * retransmitted until the host calls ikl_sa_install_keys or ikl_sa_restart. Views live until the callback returns.
 *
 * After ikl_sa_restart a response may still be late and answer an earlier request. All have the same SPI and Message
 * ID, so the four latest that differ are told apart by their content: a responder accepts the key exchange method that
 * it was sent, and asks neither for that method nor for the cookie that it was sent. A response that so answers none of
 * them is dropped (IKL_ERR_UNSOLICITED). Where several remain, `n_requests` > 1, `request` is the likeliest: of a
 * refusal the latest; of an acceptance the first one with a cookie that was asked for with its key exchange method,
 * else the first with any cookie, else the first. That is a guess: when the responder then refuses our AUTH payload,
 * begin anew with another SPI. A COOKIE or INVALID_KE_PAYLOAD without `outstanding` is a late one that was heeded
 * already: do nothing (§2.6, §2.21.1). */
struct ikl_init_response {
    struct ikl_header header;
    struct ikl_octets payloads; /* for ikl_chain, with header.next_payload; well-formed as a chain */
    struct ikl_octets datagram; /* the whole message, which the responder's AUTH payload signs (§2.15) */
    struct ikl_octets request;  /* the request that it answers, as it was sent, which ours signs; no non-ESP marker */
    uint32_t n_requests;        /* how many requests it may answer; 1: `request` is certain */
    bool outstanding;           /* the request that is outstanding now is one of them */
    const struct ikl_path *path;
};

/* A request of the peer's, authenticated, new, and in the order of Message IDs. Views live until the callback returns
 * and may be passed to ikl_sa_respond and ikl_sa_request. */
struct ikl_request {
    uint8_t exchange;
    uint32_t message_id;
    uint8_t first_payload;       /* for ikl_chain: type of the first payload inside SK */
    struct ikl_octets plaintext; /* for ikl_chain: the payloads; well-formed as a chain */
    const struct ikl_path *path; /* where it came from, and where the response goes (§2.11) */
};

/* Answers a request that the `request` callback delivered, with `n` payloads inside SK; n may be 0. May be called
 * inside that callback or later. Of a Delete, the paired SPIs of Child SAs that the library knows go before them. The
 * response is remembered and repeated when the peer repeats its request, and goes to where the request came from last
 * (§2.11); the pool in endpoint.h says when it may be forgotten. When one of the payloads is the notification
 * INVALID_SYNTAX, which ends the IKE SA at the peer, it ends here too once the response was sent (IKL_DOWN_PROTOCOL,
 * §2.21.3): all that ikl_sa_close calls back is called back, and a repeated request gets no answer. So say
 * INVALID_SYNTAX of a request that is badly formatted only, never of one that is merely not wanted. Errors:
 * IKL_ERR_NOT_FOUND when no request with this Message ID waits for an answer; IKL_ERR_NO_BUFFER when the endpoint's
 * pool has no room, or the IKE SA has its share of it: call again later; IKL_ERR_INVALID when the payloads do not fit a
 * message; IKL_ERR_CLOSING when the IKE SA is DYING or DEAD; IKL_ERR_EXHAUSTED, IKL_ERR_CRYPTO. */
IKL_MUST_USE IKL_API int ikl_sa_respond(struct ikl_sa *sa, uint32_t message_id, const struct ikl_payload *payloads,
                                        size_t n, ikl_time now);

#ifdef __cplusplus
}
#endif
#endif
