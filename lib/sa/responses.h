/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the peer's requests, and our responses. */
#ifndef IKL_SA_RESPONSES_H
#define IKL_SA_RESPONSES_H

#include "keys.h"

struct ikl_request;

/* A message of the peer's, on its way from the datagram to whoever takes it. */
struct ikl_message {
    const struct ikl_path *path;
    struct ikl_octets datagram;   /* as it came; none when it came in fragments, or waited for its turn */
    struct ikl_opened opened;     /* at first only the header; of one that came in fragments, the whole */
    struct ikl_request *answered; /* a response: to this request of ours */
    bool fresh;                   /* a request that was not received before */
    uint64_t hash;                /* of the datagram, when it waited; 0 when it came in fragments */
};

/* It has no payloads, as a liveness check and the answer to one. */
static inline bool ikl_message_is_empty(const struct ikl_message *message)
{
    return message->opened.first_payload == IKL_PAYLOAD_NONE && message->opened.plaintext.len == 0 &&
           message->opened.critical == IKL_PAYLOAD_NONE;
}

enum ikl_response_state {
    IKL_RESPONSE_NONE,    /* no request yet */
    IKL_RESPONSE_WAITING, /* a request with a lower Message ID has not arrived; `stored` is the plaintext, or IKL_NONE:
                           that took too long, and the peer has to send it again */
    IKL_RESPONSE_PENDING, /* the host has the request */
    IKL_RESPONSE_GIVEN    /* remembered */
};

/* A request of the peer's and our response to it. An IKE SA has as many as its window is wide. */
struct ikl_response {
    uint32_t message_id;
    uint32_t next;
    /* In the pool, or IKL_NONE: the response is made again from iv and body. While PENDING: the Delete payloads that go
     * before the host's, or they are in `body`. */
    uint32_t stored;
    uint32_t path; /* where the response goes when that is not the IKE SA's path: in the pool, or IKL_NONE */
    union {
        struct {
            uint8_t iv[IKL_MAX_IV];
            uint8_t body[IKL_SMALL_BODY];
        }; /* while GIVEN or PENDING without a body in the pool */
        struct {
            union {
                struct {
                    uint32_t older, newer; /* in the endpoint's list of borrowed responses */
                };
                uint8_t hash[8]; /* while WAITING: of the request's struct ikl_message */
            };
            uint32_t sa;      /* whose it is; IKL_NONE: not in the list */
            uint8_t at[8];    /* when it was sent; while WAITING, when it is forgotten */
            uint8_t critical; /* while WAITING: of the request's struct ikl_message */
        } kept;               /* while WAITING, or GIVEN with a body in the pool */
    };
    uint8_t body_len;
    uint8_t first_payload;
    uint8_t exchange_type;
    uint8_t state; /* enum ikl_response_state */
};

/* remembered.c */

int ikl_sa_reserve_responses(struct ikl_endpoint *endpoint, uint32_t n);
/* Takes `n` of them, which were reserved. */
void ikl_sa_take_responses(struct ikl_sa *sa, uint32_t n);
void ikl_sa_release_responses(struct ikl_sa *sa);
/* Takes all responses along; the room was reserved. */
void ikl_sa_carry_answers(struct ikl_sa *from, struct ikl_sa *to);
/* The response for this Message ID, or null; for a new request, the one to use, as it is or emptied. */
struct ikl_response *ikl_sa_find_response(const struct ikl_sa *sa, uint32_t message_id);
struct ikl_response *ikl_sa_free_response(const struct ikl_sa *sa);
/* The one for this Message ID, or else that one. */
struct ikl_response *ikl_sa_response_among(const struct ikl_sa *sa, uint32_t message_id);
struct ikl_response *ikl_sa_new_response(struct ikl_sa *sa, uint32_t message_id);
/* Gives back what it holds in the pool. */
void ikl_sa_drop_stored_answer(struct ikl_sa *sa, struct ikl_response *response);
/* Forgets what it holds; it stays in the list. */
void ikl_sa_empty_response(struct ikl_sa *sa, struct ikl_response *response);
/* Whether a request waited too long for its turn: it was received, but has to come again. */
bool ikl_sa_waits_for(const struct ikl_sa *sa, uint32_t message_id);
/* The response in the pool was sent at `now`. */
void ikl_sa_remember(struct ikl_sa *sa, struct ikl_response *response, ikl_time now);
/* Forgets the oldest response in borrowed blocks that is old enough, of any IKE SA; one of this IKE SA. False when
 * there is none. */
bool ikl_sa_forget_old_response(struct ikl_sa *sa);
bool ikl_sa_forget_own_response(struct ikl_sa *sa);

/* repeats.c */

/* Keeps where a response goes, when that is not the IKE SA's path: a body, or IKL_NONE. IKL_ERR_NO_BUFFER. */
int ikl_sa_keep_path(struct ikl_sa *sa, const struct ikl_path *path, uint32_t *out);
struct ikl_path ikl_response_path(const struct ikl_sa *sa, const struct ikl_response *response);
/* The IKE SA's path is about to change: requests that are not answered yet keep the path they came along, so far as the
 * pool has room; the others will be answered along the new path. */
void ikl_sa_keep_paths(struct ikl_sa *sa);
/* Sends a response: what is stored, or else the `len` octets just sealed into the endpoint's message buffer. */
void ikl_sa_transmit_response(struct ikl_sa *sa, struct ikl_response *response, const struct ikl_path *path,
                              size_t len);
/* Sends the remembered response once more. */
int ikl_sa_repeat_response(struct ikl_sa *sa, struct ikl_response *response, const struct ikl_path *path, ikl_time now);
/* Remembers one that was given before the hand-over; the room was reserved. */
void ikl_sa_restore_response(struct ikl_sa *sa, const struct ikl_remembered_response *from, uint8_t exchange_type,
                             ikl_time now);
/* The response that was given to the request with this Message ID, which is remembered: in the endpoint's message
 * buffer, when it has no more than `most` octets; else none. */
struct ikl_octets ikl_sa_given_response(struct ikl_sa *sa, uint32_t message_id, size_t most);

/* responses.c */

/* The request is received: it counts for the window and as evidence. False when it waited for its turn and was accepted
 * then. The caller has yet to say where it came from (ikl_sa_heard_from). */
bool ikl_sa_accept(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now);
/* Seals, remembers and sends the response to a request that is being taken; it counts as received only when this
 * succeeds. */
int ikl_sa_answer_now(struct ikl_sa *sa, const struct ikl_message *request, uint8_t first_payload,
                      struct ikl_octets plaintext, ikl_time now);
/* The same with an error Notify; INVALID_SYNTAX then ends the IKE SA. */
int ikl_sa_answer_error(struct ikl_sa *sa, const struct ikl_message *request, uint16_t type, struct ikl_octets data,
                        ikl_time now);
/* Whether the host wants requests, and this IKE SA may still have some for it. */
bool ikl_sa_may_ask_host(const struct ikl_sa *sa);
/* Hands a request to the host, which answers with ikl_sa_respond, now or later, after the Delete payloads of `own`. The
 * Child SAs that are marked go down before. */
int ikl_sa_ask_host(struct ikl_sa *sa, const struct ikl_message *message, struct ikl_octets own, ikl_time now);
/* A Delete of the IKE SA waits for nobody: if the host was asked and has not answered, it gets an empty answer. */
void ikl_sa_answer_pending(struct ikl_sa *sa);

/* self_answer.c */

/* Answers a request in its turn, or asks the host to. */
int ikl_sa_handle_request(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now);

/* peer_requests.c */

ikl_time ikl_sa_waiting_deadline(const struct ikl_sa *sa);
void ikl_sa_expire_waiting(struct ikl_sa *sa, ikl_time now);
int ikl_sa_take_request(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now);
/* Handles requests that waited and whose turn has come, as long as nothing is in hand. */
void ikl_sa_take_turns(struct ikl_sa *sa, ikl_time now);
int ikl_sa_repeated(struct ikl_sa *sa, const struct ikl_path *path, uint32_t message_id, ikl_time now);

/* errors.c */

/* The type of the first error Notify in a chain, but INVALID_SYNTAX wherever that is; 0: none. */
uint16_t ikl_chain_error(uint8_t first, struct ikl_octets octets);
bool ikl_content_says_invalid_syntax(const struct ikl_content *content);
/* Whether a message is well-formed as a chain and has no unknown critical payload, the type of which goes to
 * `critical`; of an answer to a request that is not the host's, the payloads too. */
int ikl_sa_check_message(const struct ikl_message *message, uint8_t *critical);
int ikl_sa_check_answer(const struct ikl_message *message, bool of_host);
/* INVALID_SYNTAX went over the IKE SA, one way or the other: it ends. */
void ikl_sa_end_on_syntax(struct ikl_sa *sa, ikl_time now);

/* peer_delete.c */

bool ikl_chain_has_delete(uint8_t first, struct ikl_octets octets);
int ikl_sa_take_delete(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now);
/* The host knows that the peer deletes the IKE SA, which ends now; the reason depends on its state. */
void ikl_sa_end_deleted(struct ikl_sa *sa, ikl_time now);

#endif
