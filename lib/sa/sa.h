/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the structs of an IKE SA and what its files call of each other.
 *
 * From the top down; a file calls only those below it:
 *
 *   calls.c           the host's calls: each begins, has it decided, and leaves
 *   call.c            the two halves of a call: it decides, then it tells
 *   report.c          telling the host what was decided: the only file that calls it back, but for the leaves
 *
 *   handover.c        ikl_sa_new: from keys and Message IDs to a live IKE SA
 *   timer.c           what is due next, and doing it
 *   rekey.c           one IKE SA takes the place of another
 *   incoming.c        datagrams: judge, open, hand on
 *   peer_requests.c   the peer's requests: in order, and again
 *   self_answer.c     what the library answers itself
 *   peer_delete.c     Delete payloads of the peer's
 *   answered.c        answers to our requests, and what they end
 *   initiate.c        the way from IKE_SA_INIT to ESTABLISHED
 *   responses.c       responses to the peer's requests
 *   move.c            the path becomes another one
 *   hint.c            unprotected signs of trouble
 *   retransmission.c  requests of ours that go out again, or are given up
 *   own_delete.c      our Deletes
 *   probe.c           liveness checks
 *   request.c         requests of the host's: made, queued, cancelled
 *   errors.c          errors inside SK, and the one that ends the IKE SA
 *   settings.c        what the host changes of a live one
 *
 *   teardown.c        the way down and out
 *   bury.c            what is left of an IKE SA that the peer deleted
 *   repeats.c         responses that go out, the first time or again
 *   outgoing.c        a request of ours on its way
 *   requests.c        the list of our requests
 *   init_requests.c   the IKE_SA_INIT requests sent so far, and which of them a response answers
 *   reassembly.c      fragments of the peer's messages
 *   evidence.c        signs of life
 *   refit.c           fragments made anew for a narrower path
 *   protect.c         IVs, sealing into the endpoint's buffers, fragments
 *
 *   bodies.c          bodies of messages in the pool; what gives way when there is no room
 *   remembered.c      the peer's requests and our responses that are kept
 *   partial.c         messages that have not arrived in whole
 *   child.c           Child SAs; child_table.c: by SPI
 *   heirs.c           which IKE SA took the place of which
 *   state.c           the states, as a table
 *   share.c           what an IKE SA may take of the pool, counted
 *   reachability.c    UP, SUSPECT, DOWN
 *   path.c            where datagrams go, and when a keepalive is due
 *   keying.c          cipher state and the source of IVs, taken and wiped
 *   alarm.c           the timer, set
 *   history.c         the last events
 *   marks.c           what a decision notes for when all are made
 *   names.c           what states and reasons are called
 *   query.c, describe.c, address.c   numbers and text for operators
 *
 * The struct is kept small: everything that only some IKE SAs need is in the endpoint's slabs and pool. */
#ifndef IKL_SA_INTERNAL_H
#define IKL_SA_INTERNAL_H

#include "endpoint/shared.h"
#include "share.h"
#include "state.h"

#include <ikelive/watch.h>

enum ikl_outgoing_kind {
    IKL_OUTGOING_PROBE,     /* a liveness check of the library's own */
    IKL_OUTGOING_DELETE_SA, /* in the place of the probe */
    IKL_OUTGOING_HOST,      /* this and the next: a struct ikl_own_request */
    IKL_OUTGOING_DELETE_CHILDREN
};

enum ikl_outgoing_state {
    IKL_OUTGOING_IDLE,   /* the probe, while there is none */
    IKL_OUTGOING_QUEUED, /* waits for room in the peer's window; `stored` is the plaintext */
    IKL_OUTGOING_SENT,   /* `stored` is the sealed datagrams, or IKL_NONE: it is made again from its IV */
    IKL_OUTGOING_ENDED   /* stays in its list until all is told */
};

/* How far our Delete of the IKE SA has come. */
enum ikl_delete_state {
    IKL_DELETE_NONE,
    IKL_DELETE_HELD,   /* that of a REKEYED IKE SA, until it is time for it */
    IKL_DELETE_QUEUED, /* waits for room in the peer's window, and for the end of a liveness check */
    IKL_DELETE_SENT
};

enum { IKL_SMALL_BODY = 12 }; /* octets of plaintext that a message can be made again from */

/* A request of ours. */
struct ikl_outgoing {
    struct ikl_run run;  /* of the probe while IDLE: when it may begin, if it came too early for the endpoint's pace */
    uint32_t stored;     /* in the pool, or IKL_NONE */
    int32_t send_result; /* of the latest attempt */
    unsigned kind : 2;   /* enum ikl_outgoing_kind */
    unsigned state : 3;  /* enum ikl_outgoing_state */
    unsigned cause : 2;  /* enum ikl_attempt_cause of the latest attempt */
    unsigned ended : 2;  /* enum ikl_outcome_kind, once that is decided */
    unsigned silenced : 1; /* it is decided */
    unsigned attempt_untold : 1;
    unsigned outcome_untold : 1;
    unsigned given_up : 1;     /* the verdict is about it: it stays until that is told */
    unsigned own_schedule : 1; /* the host gave it one, which is not the IKE SA's to change */
    unsigned exchange_type : 8;
    uint32_t wait; /* of our Delete of a REKEYED IKE SA, while it is HELD: ms from when it is sent to `until` */
};

/* A request of the host's, or our Delete of Child SAs. */
struct ikl_own_request {
    struct ikl_outgoing outgoing; /* first: the host's handle is a pointer to it */
    void *context;
    uint32_t self;          /* index in the slab */
    uint32_t next;          /* the next one in the slab, or IKL_NONE */
    uint32_t plaintext_len; /* while QUEUED */
    uint32_t earlier;       /* the IKE_SA_INIT requests that it took the place of, in the pool, or IKL_NONE */
    uint32_t first_child;   /* of the Child SAs that it deletes */
    uint8_t first_payload;
    uint8_t small_len; /* octets of `small`; for a request without a body in the pool */
    uint8_t iv[IKL_MAX_IV];
    uint8_t small[IKL_SMALL_BODY];
};

enum ikl_answer_state {
    IKL_ANSWER_NONE,    /* no request yet */
    IKL_ANSWER_WAITING, /* a request with a lower Message ID has not arrived; `stored` is the plaintext, or IKL_NONE:
                           that took too long, and the peer has to send it again */
    IKL_ANSWER_PENDING, /* the host has the request */
    IKL_ANSWER_GIVEN    /* remembered */
};

/* A request of the peer's and our response to it. An IKE SA has as many as its window is wide. */
struct ikl_answer {
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
    uint8_t exchange;
    uint8_t state; /* enum ikl_answer_state */
};

/* A message of the peer's of which some fragments have arrived. */
struct ikl_reassembly {
    ikl_time expires;
    uint32_t message_id;
    uint32_t first_piece; /* in the pool, in order of number */
    uint32_t octets;      /* of plaintext so far */
    uint16_t total;       /* 0: nothing is being put together */
    uint16_t n_pieces;
    uint32_t older, newer; /* in the endpoint's list of these */
    uint32_t sa;           /* whose it is */
    uint8_t first_payload;
    uint8_t exchange;
    uint8_t critical; /* type of a payload before SKF that is unknown and critical, or IKL_PAYLOAD_NONE */
    bool listed;
};

/* What only some IKE SAs need. */
struct ikl_extra {
    ikl_time keepalive_due; /* unless ESP puts it off: the interval after the last datagram along the path */
    ikl_time path_since;    /* when the path became what it is; 0: from the beginning */
    ikl_time sent_esp;      /* by the host's account; IKL_NEVER: never */
    struct ikl_reassembly request, response;
};

struct ikl_history {
    uint16_t n, next;
    struct ikl_event events[];
};

/* In a list that begins somewhere else: the next index in the slab, IKL_NONE at the end, and the previous one, which is
 * the last one for the first. */
struct ikl_link {
    uint32_t next, previous;
};

struct ikl_child {
    void *user;
    ikl_time heard; /* IKL_NEVER: never */
    uint32_t spi_in, spi_out;
    uint32_t self;              /* index in the slab */
    uint32_t owner;             /* one more than the index of its IKE SA; 0: it is gone */
    struct ikl_link in_sa;      /* all of an IKE SA, in the order they were added */
    struct ikl_link in_group;   /* those that are marked, or else those that a Delete of ours names */
    uint32_t next_in, next_out; /* in child_table.c */
    uint32_t deleted_by;        /* our request that deletes it, in the slab; IKL_NONE */
    uint8_t protocol;
    uint8_t reason;    /* enum ikl_down_reason, once it is gone */
    bool marked : 1;   /* what is being handled ends it */
    bool gone : 1;     /* nobody finds it any more; it is told */
    bool named : 1;    /* and our SPI belongs in the answer */
    bool replaced : 1; /* another took its place */
};

/* Kinds of facts, in the order in which they are told. */
enum ikl_fact {
    IKL_FACT_HAND_ON = 1 << 0, /* nothing to tell: Deletes of Child SAs that moved are to go where those are */
    IKL_FACT_ATTEMPT = 1 << 1, /* of requests of ours */
    IKL_FACT_IN_HAND = 1 << 2, /* what came with the datagram that was received */
    IKL_FACT_OUTCOME = 1 << 3, /* of requests of ours */
    IKL_FACT_PEER_DELETES = 1 << 4,
    IKL_FACT_STATE = 1 << 5,
    IKL_FACT_REACHABILITY = 1 << 6,
    IKL_FACT_OUTAGE = 1 << 7, /* of the path group */
    IKL_FACT_EXHAUSTION = 1 << 8,
    IKL_FACT_CHILD_DOWN = 1 << 9, /* of Child SAs */
    IKL_FACT_DOWN = 1 << 10
};

/* What was decided about an IKE SA and is not told yet. What a fact is about has the rest of it: a request, a Child SA,
 * the path group, the endpoint's hand. So no list grows, and nothing is allocated. */
struct ikl_marks {
    uint32_t next;           /* the next IKE SA with marks, in the slab */
    uint16_t facts;          /* enum ikl_fact */
    uint8_t states;          /* bit n: state n was entered */
    uint8_t exhaustions : 4; /* bit n: enum ikl_exhaustion */
    uint8_t reason : 4;      /* enum ikl_down_reason, once it ends */
    bool listed : 1;
    bool due : 1;  /* not a fact: something may be due earlier than the timer says */
    uint8_t moves; /* to other paths, in the outermost call with this number */
    uint16_t call;
};

struct ikl_sa {
    struct ikl_endpoint *endpoint;
    void *user;
    uint64_t spi_i, spi_r;
    union {
        uint64_t next; /* the next IV of a counted sequence */
        int (*callback)(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len);
    } iv;
    uint64_t iv_end; /* one past the last counted IV; 0: not counted */
    const struct ikl_sa_labels *labels;
    ikl_time established;
    ikl_time last_message; /* the latest fresh authenticated message */
    struct ikl_idle idle;
    union {
        ikl_time until; /* when our Delete is no longer waited for; while it is HELD: when it is sent even if the peer's
                           own did not come */
        ikl_time ended; /* when the end of the IKE SA was decided */
    };
    struct ikl_marks marks;
    uint32_t heir; /* of a REKEYED one: what took its place, in the slab; IKL_NONE when that is gone */
    struct ikl_send_window send_window;
    struct ikl_receive_window receive_window;
    /* here, so that neither a mass outage nor our Delete needs memory; has the schedule of the IKE SA */
    struct ikl_outgoing probe;
    uint8_t probe_iv[IKL_MAX_IV];
    struct ikl_sa_counters counters;
    struct ikl_path path;
    uint8_t state; /* enum ikl_sa_state */
    uint8_t suspect_after;
    uint32_t generation; /* of the reachability */
    union {
        uint32_t repeats_own; /* limits on repeated responses, see answer.c */
        uint32_t next_freed;  /* once freed, when nothing is repeated any more: the next freed IKE SA */
    };
    uint32_t repeats_other;
    uint32_t self;          /* index in the slab, and the timer */
    uint32_t keys;          /* index of both key states, or IKL_NONE: none yet, or wiped */
    uint32_t first_request; /* but the probe: those sent, in order of Message ID, then those queued, in order */
    uint32_t first_answer;
    uint32_t first_child;
    union {
        uint32_t first_forebear; /* REKEYED IKE SAs whose place this one took, in the slab */
        uint32_t next_forebear;  /* of a REKEYED one: the next that has the same heir */
    };
    uint32_t held;   /* blocks of the pool, but those counted in `sealed` */
    uint32_t extra;  /* or IKL_NONE */
    uint16_t group;  /* index in the endpoint */
    uint16_t keying; /* index in the endpoint; also once the keys are wiped; IKL_NO_KEYING before there are any */
    uint16_t prf;    /* of the suite, which is known by its name only */
    uint8_t reachability : 2;
    uint8_t sealed : 2;   /* blocks taken of the three that it owns when its cipher is not deterministic */
    bool owns_sealed : 1; /* it is not */
    bool original_initiator : 1;
    bool fragmentation : 1;
    bool follow_peer : 1;
    bool early_requests : 1;
    bool freed : 1;
    bool resend : 1;   /* what is outstanding goes out with the next tick, by the host's word */
    bool narrowed : 1; /* the path has taken larger datagrams than it takes now */
    bool told_ids : 1, told_peer_ids : 1, told_ivs : 1; /* `exhaustion` was called */
};

/* Our SPI: the one that the peer's messages are found by. */
static inline uint64_t ikl_sa_own_spi(const struct ikl_sa *sa)
{
    return sa->original_initiator ? sa->spi_i : sa->spi_r;
}

/* DYING or DEAD: everything of it is gone but the handle. */
static inline bool ikl_sa_is_gone(const struct ikl_sa *sa)
{
    return sa->state >= IKL_SA_DYING;
}

/* It was to end anyhow: by our Delete, or because another took its place. */
static inline bool ikl_sa_is_ours_to_end(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_DELETING || sa->state == IKL_SA_REKEYED;
}

/* Why it goes down when nothing worse happened: closed, or rekeyed before. */
static inline enum ikl_down_reason ikl_sa_closing_reason(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_REKEYED ? IKL_DOWN_REKEYED : IKL_DOWN_CLOSED;
}

/* Our Delete of it; none once it has ended. */
static inline enum ikl_delete_state ikl_sa_delete_state(const struct ikl_sa *sa)
{
    if (!ikl_sa_is_ours_to_end(sa)) {
        return IKL_DELETE_NONE;
    }
    return sa->probe.kind == IKL_OUTGOING_DELETE_SA ? IKL_DELETE_SENT
           : sa->state == IKL_SA_REKEYED            ? IKL_DELETE_HELD
                                                    : IKL_DELETE_QUEUED;
}

/* It has requests of ours, or is to be deleted: something may wait for its turn. */
static inline bool ikl_sa_has_plans(const struct ikl_sa *sa)
{
    return sa->first_request != IKL_NONE || ikl_sa_delete_state(sa) != IKL_DELETE_NONE;
}

/* A request of ours was sent and is not answered. */
static inline bool ikl_sa_is_waiting(const struct ikl_sa *sa)
{
    return sa->send_window.next != sa->send_window.unanswered;
}

static inline bool ikl_sa_has_keys(const struct ikl_sa *sa)
{
    return sa->keys != IKL_NONE;
}

/* The decisions of the host's calls (calls.c), each in the file of its concept. */

int ikl_decide_new(struct ikl_sa **out, struct ikl_endpoint *endpoint, const struct ikl_sa_config *config,
                   ikl_time now);
int ikl_decide_restart(struct ikl_sa *sa, const struct ikl_payload *payloads, size_t n, ikl_time now);
int ikl_decide_install_keys(struct ikl_sa *sa, uint64_t spi_r, const struct ikl_protection *protection, ikl_time now);
int ikl_decide_established(struct ikl_sa *sa, ikl_time now);
void ikl_decide_peer_window(struct ikl_sa *sa, uint32_t size, ikl_time now);
int ikl_decide_request(struct ikl_sa *sa, uint8_t exchange, const struct ikl_payload *payloads, size_t n,
                       const struct ikl_request_options *options, ikl_time now, struct ikl_outgoing **out);
void ikl_decide_cancel(struct ikl_sa *sa, struct ikl_outgoing *request);
int ikl_decide_respond(struct ikl_sa *sa, uint32_t message_id, const struct ikl_payload *payloads, size_t n,
                       ikl_time now);
int ikl_decide_probe(struct ikl_sa *sa, ikl_time now);
int ikl_decide_hint(struct ikl_sa *sa, enum ikl_hint hint, ikl_time now);
int ikl_decide_hint_mtu(struct ikl_sa *sa, uint16_t mtu, ikl_time now);
int ikl_decide_resend(struct ikl_sa *sa, ikl_time now);
int ikl_decide_set_path(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now);
int ikl_decide_set_liveness(struct ikl_sa *sa, enum ikl_liveness_policy policy, uint32_t idle, uint32_t at_least);
int ikl_decide_delete_children(struct ikl_sa *sa, struct ikl_child *const *children, size_t n, ikl_time now);
int ikl_decide_delete(struct ikl_sa *sa, uint32_t wait, ikl_time now);
int ikl_decide_replace(struct ikl_sa *sa, struct ikl_sa *replacement, bool we_delete, uint32_t wait, ikl_time now);
void ikl_decide_close(struct ikl_sa *sa, ikl_time now);

/* keying.c */

/* Checks what can be checked before anything is taken, and finds the cipher; without an endpoint only what needs none.
 */
struct ikl_fault ikl_sa_check_protection(const struct ikl_endpoint *endpoint, const struct ikl_protection *protection,
                                         const struct ikl_cipher **out);
/* Makes room for keys of it. */
int ikl_sa_reserve_keys(struct ikl_endpoint *endpoint, const struct ikl_suite *suite, const struct ikl_cipher *cipher,
                        uint16_t *keying);
/* Takes key state and IV source; the room was reserved. */
int ikl_sa_take_keys(struct ikl_sa *sa, uint16_t keying, const struct ikl_protection *protection);
void ikl_sa_wipe_keys(struct ikl_sa *sa);
const struct ikl_cipher *ikl_sa_cipher(const struct ikl_sa *sa);
const void *ikl_sa_send_key(const struct ikl_sa *sa);
const void *ikl_sa_receive_key(const struct ikl_sa *sa);

/* protect.c */

/* What is to be sealed. */
struct ikl_draft {
    uint8_t exchange;
    bool response;
    uint32_t message_id;
    uint8_t first_payload;
    struct ikl_octets plaintext;
};

/* How a message goes out. */
struct ikl_packing {
    size_t len;        /* of all datagrams together */
    size_t piece;      /* octets of plaintext in each fragment but the last */
    uint16_t n_pieces; /* 0: in one piece, not fragmented */
};

/* Writes the next IV; it is used up whatever happens to the message. */
int ikl_sa_next_iv(struct ikl_sa *sa, uint8_t *iv);

/* Writes payloads into the endpoint's draft buffer. Whoever calls it wipes them there after use. */
int ikl_sa_compose(struct ikl_sa *sa, const struct ikl_payload *payloads, size_t n, struct ikl_octets *out);
/* The same behind `offset` octets that are there already and belong to the whole. */
int ikl_sa_compose_behind(struct ikl_sa *sa, size_t offset, const struct ikl_payload *payloads, size_t n,
                          struct ikl_octets *out);

/* For a message that is to go along `path`. IKL_ERR_INVALID when so much plaintext fits no message. */
int ikl_sa_pack(const struct ikl_sa *sa, const struct ikl_path *path, size_t plaintext_len, struct ikl_packing *out);

/* The same for one that went out before, in `n_before` datagrams, and now needs more: the peer tells the fragments of
 * both apart by the larger total (RFC 7383 §2.5.2). */
int ikl_sa_pack_anew(const struct ikl_sa *sa, const struct ikl_path *path, size_t plaintext_len, uint16_t n_before,
                     struct ikl_packing *out);

/* The octets of the largest message to send along `path`. */
size_t ikl_sa_largest(const struct ikl_sa *sa, const struct ikl_path *path);

/* Seals the draft, in one piece, with this IV into the endpoint's message buffer. */
int ikl_sa_seal(struct ikl_sa *sa, const struct ikl_draft *draft, const uint8_t *iv, size_t *len);

/* Seals the draft into a new body of the pool, as the packing says; without keys it is written unprotected. */
int ikl_sa_seal_stored(struct ikl_sa *sa, const struct ikl_draft *draft, const struct ikl_packing *packing,
                       uint32_t *stored);

/* How long the datagram is that begins at `offset` of a body. */
size_t ikl_sa_stored_len(const struct ikl_sa *sa, uint32_t body, size_t offset);

/* A message so small that it can be made again from its plaintext and its IV. */
bool ikl_sa_is_small(const struct ikl_sa *sa, const struct ikl_draft *draft);

/* Sends the datagrams in a body. What `send` returned when it first failed, or IKL_OK. */
int ikl_sa_transmit_stored(struct ikl_sa *sa, const struct ikl_path *path, uint32_t body);

/* Sends what is in the endpoint's message buffer. */
int ikl_sa_transmit(struct ikl_sa *sa, const struct ikl_path *path, size_t len);

/* refit.c */

/* A message that is about to go out again along `path`: when one of its datagrams is too large for that, puts smaller
 * fragments in its place, each with an IV of its own (RFC 7383 §2.5.2). Else, and when that fails, all is as before. */
void ikl_sa_refit(struct ikl_sa *sa, const struct ikl_path *path, uint32_t *stored);

/* requests.c */

struct ikl_own_request *ikl_sa_request_at(const struct ikl_sa *sa, uint32_t index);
/* Puts it at the end of the list; takes it out of it. */
void ikl_sa_append_request(struct ikl_sa *sa, uint32_t index);
void ikl_sa_unlink_request(struct ikl_sa *sa, const struct ikl_own_request *own);
/* A request at the end of the list, whatever the IKE SA's share is; the room was reserved. */
struct ikl_own_request *ikl_sa_add_request(struct ikl_sa *sa, enum ikl_outgoing_kind kind, uint8_t exchange,
                                           uint8_t first_payload);
/* The same within its share of the table; null when that has no room. */
struct ikl_own_request *ikl_sa_try_request(struct ikl_sa *sa, enum ikl_outgoing_kind kind, uint8_t exchange,
                                           uint8_t first_payload);
/* Takes a request out of the list and gives back what it holds; Child SAs that it was to delete are as before. */
void ikl_sa_forget_request(struct ikl_sa *sa, struct ikl_own_request *own);
/* Gives that back alone. */
void ikl_sa_let_go(struct ikl_sa *sa, struct ikl_own_request *own);
/* Of any but the probe. */
static inline const struct ikl_own_request *ikl_own_of(const struct ikl_outgoing *outgoing)
{
    return (const struct ikl_own_request *)outgoing;
}
/* The one with this handle that is in the list, or null. */
struct ikl_own_request *ikl_sa_find_own(const struct ikl_sa *sa, const struct ikl_outgoing *request);
/* The first one that is not sent yet, or null. */
struct ikl_own_request *ikl_sa_first_queued(const struct ikl_sa *sa);
/* All that were sent and have not ended, the probe too, in the order of Message IDs. */
struct ikl_outgoing *ikl_sa_first_sent(struct ikl_sa *sa);
struct ikl_outgoing *ikl_sa_next_sent(struct ikl_sa *sa, const struct ikl_outgoing *outgoing);
/* The oldest outstanding request, or null. */
const struct ikl_outgoing *ikl_sa_oldest(const struct ikl_sa *sa);
struct ikl_outgoing *ikl_sa_find_sent(struct ikl_sa *sa, uint32_t message_id);
/* One with something to tell, in order, or null. */
struct ikl_outgoing *ikl_sa_untold_attempt(struct ikl_sa *sa);
struct ikl_outgoing *ikl_sa_untold_outcome(struct ikl_sa *sa);
/* The one that the verdict is about, or null. */
struct ikl_outgoing *ikl_sa_given_up(struct ikl_sa *sa);

/* request.c */

/* Sends it with this plaintext, or queues it. After an error it is gone again. */
int ikl_sa_submit(struct ikl_sa *sa, struct ikl_own_request *own, struct ikl_octets plaintext, ikl_time now);
/* A small one, sealed again into the endpoint's message buffer. */
int ikl_sa_make_request_again(struct ikl_sa *sa, const struct ikl_own_request *own, size_t *len);
/* Sends queued requests while the window is open. */
void ikl_sa_pump_requests(struct ikl_sa *sa, ikl_time now);
/* Appends to another IKE SA's list what is not sent yet. */
void ikl_sa_move_queued(struct ikl_sa *from, struct ikl_sa *to);
/* One that was sent begins anew, with this plaintext, as the last of another IKE SA's queue. After an error it is where
 * it was, and cannot be sent any more. */
int ikl_sa_requeue(struct ikl_sa *from, struct ikl_sa *to, struct ikl_own_request *own, struct ikl_octets plaintext);
/* Ends what is not sent yet as IKL_OUTCOME_SA_GONE. */
void ikl_sa_end_queued(struct ikl_sa *sa);

/* outgoing.c */

/* For the next wait of the request's schedule. */
uint32_t ikl_outgoing_jitter(const struct ikl_sa *sa, const struct ikl_outgoing *outgoing);
/* A request has been sealed as `outgoing->stored` says: takes the Message ID, starts the schedule. Returns what the
 * window says. */
int ikl_outgoing_begin(struct ikl_sa *sa, struct ikl_outgoing *outgoing, ikl_time due, ikl_time now);
/* The first send of a request that has begun: what is stored, or what is in the endpoint's message buffer. */
void ikl_outgoing_transmit(struct ikl_sa *sa, struct ikl_outgoing *outgoing);
void ikl_outgoing_transmit_made(struct ikl_sa *sa, struct ikl_outgoing *outgoing, size_t len);
/* It was sent, which is to be told. */
void ikl_outgoing_note(struct ikl_sa *sa, struct ikl_outgoing *outgoing, enum ikl_attempt_cause cause, int result);
/* It ends like this: to be told if it is the host's. It is in its list until all of it is told, but waits for nothing
 * and holds no memory of the pool. */
void ikl_outgoing_end(struct ikl_sa *sa, struct ikl_outgoing *outgoing, enum ikl_outcome_kind how);
/* The host no longer wants it. One that was sent goes on all the same. */
void ikl_outgoing_cancel(struct ikl_sa *sa, struct ikl_outgoing *outgoing);
/* Takes one that has ended out of its list, when all of it is told. */
void ikl_outgoing_tidy(struct ikl_sa *sa, struct ikl_outgoing *outgoing);
/* What is told of it. */
struct ikl_attempt ikl_outgoing_attempt(const struct ikl_outgoing *outgoing);
struct ikl_outcome ikl_outgoing_outcome(const struct ikl_outgoing *outgoing);

/* retransmission.c */

/* What is due of those that were sent, in the order of Message IDs. False when a verdict ended the IKE SA. */
bool ikl_sa_tick_sent(struct ikl_sa *sa, ikl_time now);
/* A fresh authenticated message was taken: the oldest request that is outstanding may go out once more. */
void ikl_outgoing_heard(struct ikl_sa *sa, ikl_time now);
/* What is outstanding goes out once more, by the host's word. */
void ikl_outgoing_resend(struct ikl_sa *sa, ikl_time now);
/* The path is another one: what is outstanding goes out along it, as ikl_run_moved says. */
void ikl_outgoing_moved(struct ikl_sa *sa, bool followed, ikl_time now);

/* answered.c */

/* An authenticated message of the peer's, in one piece. */
struct ikl_message {
    const struct ikl_path *path;
    struct ikl_header header;
    uint8_t first_payload;
    uint8_t critical; /* type of a payload before SK that is unknown and critical, or IKL_PAYLOAD_NONE */
    struct ikl_octets plaintext;
    struct ikl_octets datagram; /* as it came; none when it came in fragments, or waited for its turn */
    uint64_t hash;              /* of the datagram, when it waited; 0 when it came in fragments */
};
/* The answer to a request of ours, which ikl_sa_find_sent finds. */
void ikl_sa_answered(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now);

/* probe.c */

int ikl_sa_start_probe(struct ikl_sa *sa, ikl_time due, ikl_time now);
/* Sends our Delete of the IKE SA; no liveness check is outstanding. After an error it is not sent. */
int ikl_sa_start_delete(struct ikl_sa *sa, ikl_time now);
/* The datagram of either in the endpoint's message buffer, as it was sent before. */
int ikl_sa_make_probe_again(struct ikl_sa *sa, size_t *len);
ikl_time ikl_sa_probe_turn(const struct ikl_sa *sa);
/* Looks at the idle time, and probes when it is over. */
void ikl_sa_tick_liveness(struct ikl_sa *sa, ikl_time now);

/* evidence.c */

/* A fresh authenticated message was accepted. */
void ikl_sa_heard(struct ikl_sa *sa, uint32_t message_id, ikl_time now);
/* Asks the host about the traffic of each Child SA. */
void ikl_sa_pull_evidence(struct ikl_sa *sa);
/* The latest evidence of the IKE SA and its Child SAs becomes that of the IKE SA, and is returned. What a Child SA
 * heard in the future it heard at present. */
ikl_time ikl_sa_evidence(struct ikl_sa *sa, ikl_time now);
/* The same, and nothing changes. */
ikl_time ikl_sa_latest_evidence(const struct ikl_sa *sa, ikl_time now);
/* The traffic of the Child SAs is a sign of life for the path group too. */
void ikl_sa_tell_group(struct ikl_sa *sa, ikl_time now);

/* alarm.c */

/* The IKE SA wakes at this time; IKL_NEVER: not any more. In an advance never at the advance's own time, so that it
 * ends. */
void ikl_sa_set_alarm(struct ikl_sa *sa, ikl_time deadline, ikl_time now);
/* The same, when that is earlier. */
void ikl_sa_wake_by(struct ikl_sa *sa, ikl_time deadline, ikl_time now);

/* timer.c */

/* Starts the timer for what is due next. */
void ikl_sa_rearm(struct ikl_sa *sa, ikl_time now);
void ikl_sa_tick(struct ikl_sa *sa, ikl_time now);
/* Has what is outstanding sent again by a tick, at `turn` at the latest. */
void ikl_sa_resend_by(struct ikl_sa *sa, ikl_time turn, ikl_time now);

/* incoming.c */

int ikl_sa_receive(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *header,
                   const uint8_t *datagram, size_t len, ikl_time now);

/* initiate.c */

int ikl_sa_offer_init_response(struct ikl_sa *sa, const struct ikl_path *path, const struct ikl_header *header,
                               const uint8_t *datagram, size_t len);

/* init_requests.c */

/* `stored` becomes the IKE_SA_INIT request that is outstanding; the one before is remembered. IKL_ERR_NO_BUFFER. */
int ikl_sa_replace_init(struct ikl_sa *sa, struct ikl_own_request *own, uint32_t stored);
/* Says which request a response answers. False when none of them. */
bool ikl_sa_match_init_response(const struct ikl_sa *sa, const struct ikl_own_request *own,
                                struct ikl_init_response *response);
void ikl_sa_forget_earlier(struct ikl_sa *sa, struct ikl_own_request *own);

/* reassembly.c */

/* Keeps a fragment. `*complete` when it was the last one: `message` then is the whole. */
int ikl_sa_take_fragment(struct ikl_sa *sa, const struct ikl_opened *opened, ikl_time now, struct ikl_message *message,
                         bool *complete);

/* partial.c */

/* How a fragment is kept in the pool: this, then its plaintext. */
struct ikl_piece {
    uint32_t next;
    uint16_t number;
};

struct ikl_piece ikl_piece_at(const struct ikl_sa *sa, uint32_t body);
/* Into the list of those of CONNECTING IKE SAs. */
void ikl_partial_list(struct ikl_sa *sa, struct ikl_reassembly *reassembly);
/* Blocks of the pool that its pieces hold; and giving them back. */
uint32_t ikl_partial_blocks(const struct ikl_sa *sa, const struct ikl_reassembly *reassembly);
void ikl_partial_reset(struct ikl_sa *sa, struct ikl_reassembly *reassembly);
ikl_time ikl_sa_reassembly_deadline(const struct ikl_sa *sa);
void ikl_sa_expire_fragments(struct ikl_sa *sa, ikl_time now);
void ikl_sa_drop_fragments(struct ikl_sa *sa);

/* A fragmented message of another CONNECTING IKE SA that has not arrived in whole is dropped, the oldest. False when
 * there is none. */
bool ikl_sa_forget_partial(struct ikl_sa *sa);
/* It is authenticated: what has come of its messages stays. */
void ikl_sa_keep_partials(struct ikl_sa *sa);

/* remembered.c */

static inline struct ikl_answer *ikl_answer_at(const struct ikl_endpoint *endpoint, uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&endpoint->answers, index) : NULL;
}

static inline struct ikl_answer *ikl_sa_first_answer(const struct ikl_sa *sa)
{
    return ikl_answer_at(sa->endpoint, sa->first_answer);
}

static inline struct ikl_answer *ikl_sa_next_answer(const struct ikl_sa *sa, const struct ikl_answer *answer)
{
    return ikl_answer_at(sa->endpoint, answer->next);
}

/* It waited for its turn for too long: neither what it said is kept any more nor where it came from. */
static inline bool ikl_answer_is_overdue(const struct ikl_answer *answer)
{
    return answer->state == IKL_ANSWER_WAITING && answer->stored == IKL_NONE;
}

int ikl_sa_reserve_answers(struct ikl_endpoint *endpoint, uint32_t n);
/* Takes `n` of them, which were reserved. */
void ikl_sa_take_answers(struct ikl_sa *sa, uint32_t n);
void ikl_sa_release_answers(struct ikl_sa *sa);
/* The one for this Message ID, or null; for a request that is new, the one to use for it, as it is or emptied. */
struct ikl_answer *ikl_sa_find_answer(const struct ikl_sa *sa, uint32_t message_id);
struct ikl_answer *ikl_sa_free_answer(const struct ikl_sa *sa);
struct ikl_answer *ikl_sa_new_answer(struct ikl_sa *sa, uint32_t message_id);
/* Forgets what it holds; it stays in the list. */
void ikl_sa_empty_answer(struct ikl_sa *sa, struct ikl_answer *answer);
/* A request that waited too long for its turn: it was received, but has to come again. */
bool ikl_sa_waits_for(const struct ikl_sa *sa, uint32_t message_id);
/* The response in the pool was sent at `now`. */
void ikl_sa_remember(struct ikl_sa *sa, struct ikl_answer *answer, ikl_time now);
/* What is stored is about to go. */
void ikl_sa_unlist_response(struct ikl_sa *sa, struct ikl_answer *answer);
/* Forgets the oldest response that is old enough and was borrowed for, of any IKE SA; one of this IKE SA. False when
 * there is none. */
bool ikl_sa_forget_old_response(struct ikl_sa *sa);
bool ikl_sa_forget_own_response(struct ikl_sa *sa);

/* repeats.c */

/* Keeps where a response goes, when that is not the IKE SA's path: a body, or IKL_NONE. IKL_ERR_NO_BUFFER. */
int ikl_sa_keep_path(struct ikl_sa *sa, const struct ikl_path *path, uint32_t *out);
struct ikl_path ikl_answer_path(const struct ikl_sa *sa, const struct ikl_answer *answer);
/* The IKE SA's path is about to change: requests that are not answered yet keep the one they came along. Those for
 * which the pool has no room do not, and will be answered along the new path. */
void ikl_sa_keep_paths(struct ikl_sa *sa);
struct ikl_draft ikl_response_to(uint8_t exchange, uint32_t message_id, uint8_t first_payload,
                                 struct ikl_octets plaintext);
/* Sends a response: what is stored, or else the `len` octets just sealed into the endpoint's message buffer. */
void ikl_sa_transmit_response(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_path *path, size_t len);
/* The remembered response, once more. */
int ikl_sa_repeat_response(struct ikl_sa *sa, struct ikl_answer *answer, const struct ikl_path *path, ikl_time now);
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
/* The host wants requests, and this IKE SA still has some for it. */
bool ikl_sa_may_ask_host(const struct ikl_sa *sa);
/* Hands a request to the host, who answers with ikl_sa_respond, now or later, behind the Delete payloads of `own`. The
 * Child SAs that are marked go down before. */
int ikl_sa_ask_host(struct ikl_sa *sa, const struct ikl_message *message, struct ikl_octets own, ikl_time now);
/* A Delete of the IKE SA waits for nobody: when the host was asked and has not answered, it is answered empty. */
void ikl_sa_answer_pending(struct ikl_sa *sa);

/* peer_requests.c */

ikl_time ikl_sa_waiting_deadline(const struct ikl_sa *sa);
void ikl_sa_expire_waiting(struct ikl_sa *sa, ikl_time now);
int ikl_sa_take_request(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now);
/* Handles requests that waited and whose turn has come, as long as nothing is in hand. */
void ikl_sa_take_turns(struct ikl_sa *sa, ikl_time now);
int ikl_sa_repeated(struct ikl_sa *sa, const struct ikl_path *path, uint32_t message_id, ikl_time now);

/* self_answer.c */

/* Answers a request in its turn, or asks the host to. */
int ikl_sa_handle_request(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now);

/* errors.c */

/* The type of the first error Notify in a chain, of INVALID_SYNTAX wherever it is; 0: none. */
uint16_t ikl_chain_error(uint8_t first, struct ikl_octets octets);
bool ikl_payloads_say_invalid_syntax(const struct ikl_payload *payloads, size_t n);
/* Whether a message is well-formed as a chain and has no unknown critical payload, the type of which goes to
 * `critical`; of an answer to a request that is not the host's, the payloads too. */
int ikl_sa_check_message(const struct ikl_message *message, uint8_t *critical);
int ikl_sa_check_answer(const struct ikl_message *message, bool of_host);
/* INVALID_SYNTAX went over the IKE SA, one way or the other: it ends. */
void ikl_sa_end_on_syntax(struct ikl_sa *sa, ikl_time now);

/* peer_delete.c */

bool ikl_chain_has_delete(uint8_t first, struct ikl_octets octets);
int ikl_sa_take_delete(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now);
/* The host knows that the peer deletes the IKE SA: it ends, by what it is now. */
void ikl_sa_end_deleted(struct ikl_sa *sa, ikl_time now);

/* own_delete.c */

/* Sends what waits for its turn while the window is open: queued requests, then our Delete of the IKE SA. */
void ikl_sa_pump(struct ikl_sa *sa, ikl_time now);
/* Sends the Delete of a REKEYED IKE SA when it is time for it. */
void ikl_sa_tick_held(struct ikl_sa *sa, ikl_time now);
/* When a Delete that there is has to be looked at, but for its schedule. */
ikl_time ikl_sa_delete_deadline(const struct ikl_sa *sa, ikl_time now);
/* The IKE SA has ended: our Deletes of Child SAs, which moved to its heir, go on there. */
void ikl_sa_hand_on(struct ikl_sa *sa, ikl_time now);
/* The beginning of a Delete payload, up to its SPIs. */
void ikl_write_delete_header(struct ikl_writer *writer, uint8_t next_payload, uint8_t protocol, size_t n_spis);

/* heirs.c */

/* The IKE SA that has the Child SAs of one that is, or was, REKEYED; null when there is none, or it is gone. */
struct ikl_sa *ikl_sa_heir(const struct ikl_sa *sa);
void ikl_sa_add_forebear(struct ikl_sa *heir, struct ikl_sa *forebear);
/* Whose heir the old one was gets the new one. */
void ikl_sa_move_forebears(struct ikl_sa *from, struct ikl_sa *to);
/* A REKEYED IKE SA goes away; an IKE SA that took the place of others does. */
void ikl_sa_leave_heir(struct ikl_sa *sa);
void ikl_sa_disown_forebears(struct ikl_sa *sa);

/* child.c */

bool ikl_sa_has_child(const struct ikl_sa *sa, const struct ikl_child *child);
/* A Child SA of one IKE SA becomes the last one of another. */
void ikl_sa_move_child(struct ikl_sa *from, struct ikl_sa *to, struct ikl_child *child);
/* A Child SA goes down: nobody finds it any more, and it is to be told. One that was replaced was rekeyed, whatever the
 * reason. */
void ikl_sa_child_gone(struct ikl_sa *sa, struct ikl_child *child, enum ikl_down_reason reason);
/* The first one to tell, or null; and when it was told. */
struct ikl_child *ikl_sa_first_gone(const struct ikl_sa *sa);
void ikl_sa_release_gone(const struct ikl_sa *sa, struct ikl_child *child);
/* Our request deletes it; nothing deletes it any more. */
void ikl_sa_claim_child(const struct ikl_sa *sa, struct ikl_child *child, struct ikl_own_request *own);
void ikl_sa_release_child(const struct ikl_sa *sa, struct ikl_child *child);
/* Those that it claimed are as before; or become marked. */
void ikl_sa_release_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own);
void ikl_sa_mark_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own);
/* What is being handled, a message for `sa`, ends the Child SA. Each mark leads to its end soon, or is taken back. */
void ikl_sa_mark_child(const struct ikl_sa *sa, struct ikl_child *child);
void ikl_sa_unmark_children(const struct ikl_sa *sa);
/* Those that are marked, or that one Delete of ours names, in the order they were. */
struct ikl_child *ikl_sa_first_marked(const struct ikl_sa *sa);
struct ikl_child *ikl_sa_first_claimed(const struct ikl_sa *sa, const struct ikl_own_request *own);
struct ikl_child *ikl_sa_next_in_group(const struct ikl_sa *sa, const struct ikl_child *child);
/* The marked Child SAs go down, of whichever IKE SA they are. */
void ikl_sa_marked_down(struct ikl_sa *sa, enum ikl_down_reason reason);

/* child_table.c */

/* Makes room for `n` Child SAs in all. IKL_ERR_NO_MEMORY: the table is as it was. */
int ikl_child_table_reserve(struct ikl_endpoint *endpoint, uint32_t n);
void ikl_child_table_clear(struct ikl_endpoint *endpoint);
/* Room was reserved. Its owner does not change while it is in the table. */
void ikl_child_table_add(struct ikl_endpoint *endpoint, struct ikl_child *child);
void ikl_child_table_remove(struct ikl_endpoint *endpoint, struct ikl_child *child);

/* path.c */

/* What only some IKE SAs have, or null; and making it: IKL_ERR_NO_MEMORY. */
struct ikl_extra *ikl_sa_extra(const struct ikl_sa *sa);
int ikl_sa_allocate_extra(struct ikl_sa *sa);
/* A datagram went out along `path`: when that is the IKE SA's, it keeps the NAT mapping alive. */
void ikl_sa_note_sent(struct ikl_sa *sa, const struct ikl_path *path);
/* A keepalive could not be sent, which shows later than it was due. */
void ikl_sa_keepalive_failed(struct ikl_sa *sa);
/* What the host said of ESP that it sent in the future becomes the present, so that it saves keepalives for no longer.
 * Of an IKE SA that has an extra. */
void ikl_sa_look_at_sent(struct ikl_sa *sa, ikl_time now);
ikl_time ikl_sa_keepalive_deadline(const struct ikl_sa *sa);
/* The MTU that a message goes by when nobody said one. */
uint16_t ikl_path_default_mtu(const struct ikl_path *path);
/* The network says that no larger packet passes; 0: it does not say which does. Never below the default MTU: anybody
 * can say so. IKL_ERR_INVALID when the path takes no larger one by what is known. */
int ikl_sa_narrow(struct ikl_sa *sa, uint16_t mtu);

/* move.c */

/* A fresh authenticated message came along this path. */
void ikl_sa_heard_from(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now);

/* hint.c */

/* An unprotected INVALID_SPI, as a node sends it that knows no IKE SA (RFC 7296 §1.5). */
bool ikl_is_invalid_spi(const struct ikl_header *header, const uint8_t *datagram, size_t len);
/* True when the datagram is an unprotected notification that is no more than a hint; it has then been taken. */
bool ikl_sa_take_hint(struct ikl_sa *sa, const struct ikl_header *header, const uint8_t *datagram, size_t len,
                      ikl_time now);

/* query.c */

uint32_t ikl_sa_count_children(const struct ikl_sa *sa);
/* When the next liveness check is due; IKL_NEVER while none can be. */
ikl_time ikl_sa_next_probe(const struct ikl_sa *sa, ikl_time evidence);

/* reachability.c */

void ikl_sa_set_reachability(struct ikl_sa *sa, enum ikl_reachability reachability, ikl_time now);
/* A request went out again, because a wait ended. */
void ikl_sa_suspect(struct ikl_sa *sa, const struct ikl_outgoing *outgoing, ikl_time now);

/* settings.c */

bool ikl_is_liveness_policy(enum ikl_liveness_policy policy);
bool ikl_are_labels(const struct ikl_sa_labels *labels);
/* The one that an IKE SA gets for which the host wants this one; 0: the endpoint's. */
uint32_t ikl_sa_idle_interval(const struct ikl_endpoint *endpoint, uint32_t idle);

/* history.c */

size_t ikl_history_size(uint32_t n_events);
void ikl_history_reset(struct ikl_sa *sa);
void ikl_history_add(struct ikl_sa *sa, enum ikl_event_kind kind, uint32_t message_id, int detail, ikl_time now);
/* A request went out once more, for the `n`-th time. */
void ikl_history_add_send(struct ikl_sa *sa, uint32_t message_id, uint32_t n, enum ikl_attempt_cause cause,
                          ikl_time now);
/* The same with a count of its own instead of how many in a row. */
void ikl_history_add_counted(struct ikl_sa *sa, enum ikl_event_kind kind, uint32_t message_id, uint32_t count,
                             ikl_time now);
/* All events, the oldest first, until the next one is added. */
const struct ikl_event *ikl_history_in_order(struct ikl_sa *sa, size_t *n);

/* state.c */

/* What the table says of this in the present state. */
bool ikl_sa_may(const struct ikl_sa *sa, enum ikl_sa_input input);
/* Goes where the table says; nowhere when that is an error. */
void ikl_sa_enter(struct ikl_sa *sa, enum ikl_sa_input input, ikl_time now);

/* bury.c */

/* The hash of a request by which it is known again when its IKE SA is gone; 0: it is not. */
uint64_t ikl_sa_hash_request(const struct ikl_sa *sa, const struct ikl_message *request);
/* The request is the peer's Delete of the IKE SA, which ends before the outermost call does. */
void ikl_sa_note_delete(struct ikl_sa *sa, const struct ikl_message *request);
/* It ends: when the peer has deleted it, a tombstone gets the answer. */
void ikl_sa_bury(struct ikl_sa *sa, enum ikl_down_reason reason, ikl_time now);

/* teardown.c */

/* To DYING: everything of it ends but the handle, and is told. `given_up`: the request that ran out of tries, or null.
 */
void ikl_sa_end(struct ikl_sa *sa, enum ikl_down_reason reason, struct ikl_outgoing *given_up, ikl_time now);
/* What there is to tell of the end, but for the events. */
struct ikl_down ikl_sa_verdict(struct ikl_sa *sa);
/* To DEAD, when all but that is told. */
void ikl_sa_finish(struct ikl_sa *sa, ikl_time now);
/* The host lets go of the handle: closed, and released when the outermost call is over. */
void ikl_sa_abandon(struct ikl_sa *sa, ikl_time now);
/* Gives the memory of a DEAD IKE SA back. */
void ikl_sa_release(struct ikl_sa *sa);

/* marks.c */

/* Notes that there is something to tell. */
void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact);
/* It is DYING: what matters only to an IKE SA that lives is not told any more. */
void ikl_sa_drop_facts(struct ikl_sa *sa);
/* The endpoint's hand, emptied, for what this call received for the IKE SA. */
struct ikl_hand *ikl_sa_take_hand(struct ikl_sa *sa);
/* The IKE SA's sequence numbers after one was used: warns when they run out. */
void ikl_sa_watch_exhaustion(struct ikl_sa *sa);

/* call.c */

/* A step of the IKE SA in a call that began with ikl_endpoint_begin is decided: starts its timer and, in the outermost
 * call, tells the host. */
void ikl_sa_leave(struct ikl_sa *sa, ikl_time now);

/* report.c */

static inline bool ikl_has_to_tell(const struct ikl_endpoint *endpoint)
{
    return endpoint->first_told != IKL_NONE || endpoint->unmatched.path != NULL;
}

/* Tells all that is decided, in the outermost call. */
void ikl_report(struct ikl_endpoint *endpoint, ikl_time now);

#endif
