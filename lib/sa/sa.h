/* ikelive sa, inside: the structs of an IKE SA and what its files call of each other.
 * SPDX-License-Identifier: ISC
 *
 *   handover.c  ikl_sa_new: from keys and Message IDs to a live IKE SA
 *   protect.c   IVs, sealing into the endpoint's buffer
 *   outgoing.c  our requests: send, retransmit, probe, what an answer ends; the one timer
 *   incoming.c  datagrams: judge, open, hand on
 *   answer.c    the peer's requests: answer, remember, repeat
 *   delete.c    Delete payloads of the peer's
 *   child.c     Child SAs
 *   teardown.c  the way down and out
 *   describe.c  text for operators
 * The struct is kept small: everything that only some IKE SAs need is in the endpoint's slabs and pool. */
#ifndef IKL_SA_INTERNAL_H
#define IKL_SA_INTERNAL_H

#include "endpoint/endpoint.h"

/* A request of ours that was sent and is not answered. */
struct ikl_outgoing {
    struct ikl_exchange run;
    uint8_t iv[IKL_MAX_IV]; /* an empty request is made again from it, unless stored */
    uint32_t stored;        /* the datagram in the pool, or IKL_NONE */
    uint32_t next;          /* the next one in the slab, or IKL_NONE */
    bool outstanding;
    bool liveness; /* an empty liveness check of the library's own */
};

enum ikl_answer_state {
    IKL_ANSWER_NONE,    /* no request yet */
    IKL_ANSWER_PENDING, /* the host has the request */
    IKL_ANSWER_GIVEN    /* remembered */
};

enum { IKL_SMALL_BODY = 16 }; /* octets of plaintext that an answer can be made again from */

/* The latest request of the peer's and our response to it. */
struct ikl_answer {
    uint32_t message_id;
    uint32_t stored; /* the datagram in the pool, or IKL_NONE: made again from iv and body */
    uint32_t path;   /* where the response goes when that is not the IKE SA's path: in the pool, or IKL_NONE */
    uint8_t iv[IKL_MAX_IV];
    uint8_t body[IKL_SMALL_BODY];
    uint8_t body_len;
    uint8_t first_payload;
    uint8_t exchange;
    uint8_t state; /* enum ikl_answer_state */
};

struct ikl_child {
    void *user;
    ikl_time heard; /* IKL_NEVER: never */
    uint32_t spi_in, spi_out;
    uint32_t self; /* index in the slab */
    uint32_t next;
    uint8_t protocol;
    bool deleted; /* a Delete of the peer's names it */
};

struct ikl_sa {
    struct ikl_endpoint *endpoint;
    void *user;
    uint64_t spi_i, spi_r;
    const struct ikl_cipher *cipher;
    uint8_t *send_key, *receive_key; /* cipher state, in the endpoint's slab */
    union {
        uint64_t next; /* the next IV of a counted sequence */
        int (*callback)(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len);
    } iv;
    uint64_t iv_end; /* one past the last counted IV; 0: not counted */
    const struct ikl_schedule *schedule;
    const struct ikl_sa_labels *labels;
    struct ikl_liveness liveness;
    ikl_time established;
    ikl_time repeat_own, repeat_other; /* limits on repeated responses, see answer.c */
    struct ikl_send_window send_window;
    struct ikl_receive_window receive_window;
    struct ikl_outgoing probe; /* here, so that a mass outage needs no memory */
    struct ikl_answer answer;
    struct ikl_sa_counters counters;
    struct ikl_path path;
    uint32_t self;          /* index in the slab, and the timer */
    uint32_t keys;          /* index of both key states */
    uint32_t first_request; /* other requests outstanding, in order of Message ID */
    uint32_t first_child;
    uint32_t next_freed;
    uint32_t serial;
    struct ikl_suite suite;
    uint8_t state; /* enum ikl_sa_state */
    bool original_initiator;
    bool freed;
};

/* Our SPI: the one that the peer's messages are found by. */
uint64_t ikl_sa_own_spi(const struct ikl_sa *sa);

/* protect.c */

/* What is to be sealed. */
struct ikl_draft {
    uint8_t exchange;
    bool response;
    uint32_t message_id;
    uint8_t first_payload;
    struct ikl_octets plaintext;
};

/* Writes the next IV; it is used up whatever happens to the message. */
int ikl_sa_next_iv(struct ikl_sa *sa, uint8_t *iv);

/* Seals the draft with this IV into the endpoint's message buffer. */
int ikl_sa_seal(struct ikl_sa *sa, const struct ikl_draft *draft, const uint8_t *iv, size_t *len);

/* Puts a stored datagram into the endpoint's message buffer. */
int ikl_sa_load(struct ikl_sa *sa, uint32_t stored, size_t *len);

/* Where plaintext for the next message can be written so that sealing does not move it; `size` octets, as many as can
 * be sealed. */
uint8_t *ikl_sa_plaintext_room(struct ikl_sa *sa, size_t *size);

/* outgoing.c */

void ikl_outgoing_init(struct ikl_outgoing *outgoing);
int ikl_sa_start_probe(struct ikl_sa *sa, ikl_time due, ikl_time now);
int ikl_sa_answered(struct ikl_sa *sa, const struct ikl_header *header, ikl_time now);
void ikl_sa_tick(struct ikl_sa *sa, ikl_time now);
void ikl_sa_rearm(struct ikl_sa *sa, ikl_time now);
/* The oldest outstanding request, or null. */
const struct ikl_outgoing *ikl_sa_oldest(const struct ikl_sa *sa);
/* Forgets all requests; the IKE SA is going down. */
void ikl_sa_drop_requests(struct ikl_sa *sa);
/* Makes the latest evidence of the IKE SA and its Child SAs known to liveness, and returns it. */
ikl_time ikl_sa_evidence(struct ikl_sa *sa, ikl_time now);

/* incoming.c */

int ikl_sa_receive(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *header,
                   const uint8_t *datagram, size_t len, ikl_time now);

/* answer.c */

int ikl_sa_take_request(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_opened *opened, ikl_time now);
int ikl_sa_repeat_answer(struct ikl_sa *sa, const struct ikl_path *path, uint32_t message_id, ikl_time now);
void ikl_sa_drop_answer(struct ikl_sa *sa);
/* Seals, remembers and sends the response to the request that is being taken. The request counts as received only when
 * this succeeds. */
int ikl_sa_answer_now(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *request,
                      uint8_t first_payload, struct ikl_octets plaintext, ikl_time now);

/* The same with an error Notify. */
int ikl_sa_answer_error(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *request, uint16_t type,
                        ikl_time now);

/* delete.c */

bool ikl_chain_has_delete(uint8_t first, struct ikl_octets octets);
int ikl_sa_take_delete(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_opened *opened, ikl_time now);

/* child.c */

struct ikl_child *ikl_sa_find_child_out(const struct ikl_sa *sa, uint8_t protocol, uint32_t spi_out);
/* Takes a Child SA out of the list; its evidence stays with the IKE SA. */
void ikl_sa_unlink_child(struct ikl_sa *sa, struct ikl_child *child);
/* Unlinks, reports and frees a Child SA. */
void ikl_sa_child_down(struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down);

/* teardown.c */

/* ESTABLISHED -> DYING -> DEAD with all reports. `given_up`: the request that ran out of tries, or null. */
void ikl_sa_end(struct ikl_sa *sa, enum ikl_down_reason reason, const struct ikl_exchange *given_up, ikl_time now);
/* Gives the memory of a DEAD IKE SA back. */
void ikl_sa_release(struct ikl_sa *sa);

#endif
