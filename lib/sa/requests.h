/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: our requests, from the call to the outcome. */
#ifndef IKL_SA_REQUESTS_H
#define IKL_SA_REQUESTS_H

#include "keys.h"

#include "out_of_line.h"

#include <ikelive/watch.h>

struct ikl_message;

enum ikl_request_kind {
    IKL_REQUEST_PROBE,     /* a liveness check of the library's own */
    IKL_REQUEST_DELETE_SA, /* in the place of the probe */
    IKL_REQUEST_SYNC,      /* likewise */
    IKL_REQUEST_HOST,      /* this and the next: a struct ikl_own_request */
    IKL_REQUEST_DELETE_CHILDREN
};

enum ikl_request_state {
    IKL_REQUEST_IDLE,   /* the probe, while there is none */
    IKL_REQUEST_QUEUED, /* waits for room in the peer's window; `stored` is the plaintext */
    IKL_REQUEST_SENT,   /* `stored` is the sealed datagrams, or IKL_NONE: it is made again from its IV */
    IKL_REQUEST_ENDED   /* stays in its list until all is told */
};

/* How far our Delete of the IKE SA has come. */
enum ikl_delete_state {
    IKL_DELETE_NONE,
    IKL_DELETE_HELD,   /* that of a REKEYED IKE SA, until it is time for it */
    IKL_DELETE_QUEUED, /* waits for room in the peer's window, and for the end of a liveness check */
    IKL_DELETE_SENT
};

/* A request of ours. */
struct ikl_request {
    struct ikl_run run;  /* of the probe while IDLE: when it may begin, if it came too early for the endpoint's pace */
    uint32_t stored;     /* in the pool, or IKL_NONE */
    int32_t send_result; /* of the latest attempt */
    unsigned kind : 3;   /* enum ikl_request_kind */
    unsigned state : 3;  /* enum ikl_request_state */
    unsigned cause : 3;  /* enum ikl_attempt_cause of the latest attempt */
    unsigned ended : 3;  /* enum ikl_outcome_kind, once that is decided */
    unsigned silenced : 1; /* it is decided */
    unsigned attempt_untold : 1;
    unsigned outcome_untold : 1;
    unsigned given_up : 1;     /* the verdict is about it: it stays until that is told */
    unsigned own_schedule : 1; /* the host gave it one, which is not the IKE SA's to change */
    unsigned counted : 1;      /* the blocked send was told already, because a batch took it at first */
    unsigned exchange_type : 8;
    uint32_t wait; /* of our Delete of a REKEYED IKE SA, while it is HELD: ms from when it is sent to `until` */
};

/* A request of the host's, or our Delete of Child SAs. */
struct ikl_own_request {
    struct ikl_request request; /* first: the host's handle is a pointer to it */
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

/* carry.c */

/* Takes all requests along, the probe too, after the Child SAs; the room was reserved. */
void ikl_sa_carry_requests(struct ikl_sa *from, struct ikl_sa *to);

/* requests.c */

/* The one with this index in the slab, or null. */
IKL_SHARED struct ikl_own_request *ikl_request_at(const struct ikl_endpoint *endpoint, uint32_t index);

/* The one after it in the list, or null. */
static inline struct ikl_own_request *ikl_request_after(const struct ikl_endpoint *endpoint,
                                                        const struct ikl_own_request *own)
{
    return ikl_request_at(endpoint, own->next);
}

/* It is our Delete of Child SAs that are still there. */
static inline bool ikl_request_has_children(const struct ikl_own_request *own)
{
    return own->first_child != IKL_NONE;
}

/* The host was told of its latest attempt; of its outcome. */
static inline void ikl_request_attempt_told(struct ikl_request *request)
{
    request->attempt_untold = 0;
}

static inline void ikl_request_outcome_told(struct ikl_request *request)
{
    request->outcome_untold = 0;
}

/* The verdict is about it, until that is told. */
static inline void ikl_request_set_given_up(struct ikl_request *request, bool given_up)
{
    request->given_up = given_up;
}

/* The host gives it a schedule of its own. */
static inline void ikl_request_set_schedule(struct ikl_request *request, const struct ikl_schedule *schedule)
{
    request->run.schedule = schedule;
    request->own_schedule = true;
}

/* The IKE SA has this schedule: so has a request that the host gave none. */
static inline void ikl_request_follow(struct ikl_request *request, const struct ikl_schedule *schedule)
{
    if (!request->own_schedule) {
        request->run.schedule = schedule;
    }
}

/* When a liveness check that came too early for the endpoint's pace may go out; 0 when none did. */
static inline ikl_time ikl_request_turn(const struct ikl_request *probe)
{
    return probe->state == IKL_REQUEST_IDLE ? probe->run.deadline : 0;
}

/* One that the list of `from` has is now the last one of `to`. */
void ikl_sa_move_request(struct ikl_sa *from, struct ikl_sa *to, struct ikl_own_request *own);
/* Adds a request at the end of the list, whatever its share of the table is; the room was reserved. The end is looked
 * for behind one of the list, or null. */
struct ikl_own_request *ikl_sa_add_request(struct ikl_sa *sa, struct ikl_own_request *behind,
                                           enum ikl_request_kind kind, uint8_t exchange_type, uint8_t first_payload);
/* Adds a request at the end of the list; null when its share of the table has no room. */
struct ikl_own_request *ikl_sa_try_request(struct ikl_sa *sa, enum ikl_request_kind kind, uint8_t exchange_type,
                                           uint8_t first_payload);
/* Adds one that was sent before the hand-over, whose room was reserved. */
void ikl_sa_resume_request(struct ikl_sa *sa, const struct ikl_outstanding_request *from, uint8_t exchange_type,
                           ikl_time now);
uint32_t ikl_sa_count_requests(const struct ikl_sa *sa);
/* All of them follow this schedule, the probe too. */
void ikl_sa_follow_schedule(struct ikl_sa *sa, const struct ikl_schedule *schedule);
/* Takes a request out of the list and gives back what it holds; Child SAs that it would have deleted are as before. */
void ikl_sa_forget_request(struct ikl_sa *sa, struct ikl_own_request *own);
/* Only gives back what it holds. */
void ikl_sa_let_go(struct ikl_sa *sa, struct ikl_own_request *own);
/* Of any but the probe. */
static inline const struct ikl_own_request *ikl_own_of(const struct ikl_request *request)
{
    return (const struct ikl_own_request *)request;
}
/* The request with this handle in the list, or null. */
struct ikl_own_request *ikl_sa_find_own(const struct ikl_sa *sa, const struct ikl_request *request);
/* The first one that is not sent yet, or null; the next one behind another. */
struct ikl_own_request *ikl_sa_first_queued(const struct ikl_sa *sa);
struct ikl_own_request *ikl_sa_next_queued(const struct ikl_sa *sa, const struct ikl_own_request *own);
/* Walk all requests that were sent and have not ended, the probe too, in the order of Message IDs. */
struct ikl_request *ikl_sa_first_sent(struct ikl_sa *sa);
struct ikl_request *ikl_sa_next_sent(struct ikl_sa *sa, const struct ikl_request *request);
/* The oldest outstanding request, or null. */
const struct ikl_request *ikl_sa_oldest(const struct ikl_sa *sa);
/* One with something to tell, in order, or null. */
struct ikl_request *ikl_sa_untold_attempt(struct ikl_sa *sa);
struct ikl_request *ikl_sa_untold_outcome(struct ikl_sa *sa);
/* The one that the verdict is about, or null. */
struct ikl_request *ikl_sa_given_up(struct ikl_sa *sa);

/* host_requests.c */

/* Sends it with this plaintext, or queues it. After an error it is gone again. */
int ikl_sa_submit(struct ikl_sa *sa, struct ikl_own_request *own, struct ikl_octets plaintext, ikl_time now);
/* Seals a small request again into the endpoint's message buffer. */
int ikl_sa_make_request_again(struct ikl_sa *sa, const struct ikl_own_request *own, size_t *len);
/* Sends queued requests while the window is open. */
void ikl_sa_pump_requests(struct ikl_sa *sa, ikl_time now);
/* Moves what is not sent yet to another IKE SA's list. */
void ikl_sa_move_queued(struct ikl_sa *from, struct ikl_sa *to);
/* A request that was sent begins anew, with this plaintext, at the end of another IKE SA's queue. After an error it is
 * where it was, and cannot be sent any more. */
int ikl_sa_requeue(struct ikl_sa *from, struct ikl_sa *to, struct ikl_own_request *own, struct ikl_octets plaintext);
/* Ends what is not sent yet as IKL_OUTCOME_SA_GONE. */
void ikl_sa_end_queued(struct ikl_sa *sa);

/* init_requests.c */

/* `stored` becomes the IKE_SA_INIT request that is outstanding; the one before is remembered. IKL_ERR_NO_BUFFER. */
int ikl_sa_replace_init(struct ikl_sa *sa, struct ikl_own_request *own, uint32_t stored);
/* Says which request a response answers. False when none of them. */
bool ikl_sa_match_init_response(const struct ikl_sa *sa, const struct ikl_own_request *own,
                                struct ikl_init_response *response);
void ikl_sa_forget_earlier(struct ikl_sa *sa, struct ikl_own_request *own);
/* Takes the earlier requests along with `own`, which is there already. */
void ikl_sa_carry_earlier(const struct ikl_sa *from, const struct ikl_sa *to, struct ikl_own_request *own);

/* blocked.c */

/* Notes a send that is unlike others: it waited, or has not left, or a batch may not take it. */
void ikl_request_note_otherwise(struct ikl_sa *sa, struct ikl_request *request, bool told, ikl_time now);
/* A send was blocked, so the request waits. False when it may not: then its send has failed. */
bool ikl_request_has_to_wait(struct ikl_sa *sa, struct ikl_request *request, ikl_time now);
/* Takes what `send_batch` said of a datagram of the IKE SA; non-ESP marker removed. */
void ikl_sa_batch_said(struct ikl_sa *sa, const uint8_t *datagram, bool blocked, ikl_time now);
/* The IKE SA has come from another endpoint, with its requests. */
void ikl_sa_carry_blocked(struct ikl_sa *sa);

/* request.c */

/* It waits for its turn, as if it had never been sent. */
void ikl_request_queue(struct ikl_request *request);
/* Ends a request like this; that will be told if it is the host's. It stays in its list until all of it is told, but
 * waits for nothing and holds no memory of the pool. */
void ikl_request_end(struct ikl_sa *sa, struct ikl_request *request, enum ikl_outcome_kind how);
/* Cancels a request for the host. One that was sent goes on all the same. */
void ikl_request_cancel(struct ikl_sa *sa, struct ikl_request *request);
/* Takes a request that has ended out of its list, when all of it is told. */
void ikl_request_tidy(struct ikl_sa *sa, struct ikl_request *request);
/* What is told of it. */
struct ikl_attempt ikl_request_attempt(const struct ikl_sa *sa, const struct ikl_request *request);
struct ikl_outcome ikl_request_outcome(const struct ikl_request *request);

/* retransmission.c */

/* Does what is due for a request that was sent. False when a verdict ended the IKE SA. */
bool ikl_request_tick(struct ikl_sa *sa, struct ikl_request *request, ikl_time now);
/* Does what is due for sent requests, in the order of Message IDs. False when a verdict ended the IKE SA. */
bool ikl_sa_tick_sent(struct ikl_sa *sa, ikl_time now);
/* A fresh authenticated message was taken: the oldest request that is outstanding may go out once more. */
void ikl_request_heard(struct ikl_sa *sa, ikl_time now);
/* Tries blocked sends again, up to the first that is still blocked. */
void ikl_request_writable(struct ikl_sa *sa, ikl_time now);
/* Outstanding requests go out once more, because the host says so. */
void ikl_request_resend(struct ikl_sa *sa, ikl_time now);
/* The path has changed: outstanding requests go out along it, as ikl_run_moved says; unless they may `leave` now, with
 * their schedule, which is never that of a reliable path then. */
void ikl_request_moved(struct ikl_sa *sa, bool followed, bool leave, ikl_time now);
/* The reliable path is there again: outstanding requests go out along it, as ikl_run_reconnected says; unless they may
 * `leave` now, with their schedule, likewise. */
void ikl_request_reconnected(struct ikl_sa *sa, bool leave, ikl_time now);

/* own_delete.c */

/* Makes a Delete of Child SAs again, for another IKE SA or the same, and queues it there. False when that fails: then
 * its Child SAs, which `holder` has, end without the peer. */
bool ikl_sa_delete_again(struct ikl_sa *from, struct ikl_own_request *own, struct ikl_sa *to, struct ikl_sa *holder);

/* sync_skip.c */

/* The Message IDs of those that were sent are skipped: they end, and Deletes of ours are to go out again. */
void ikl_sa_skip_sent(struct ikl_sa *sa, ikl_time now);

/* answered.c */

/* Takes the answer to one that was sent. */
void ikl_sa_answered(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now);
/* What waited for an answer may go out. */
void ikl_sa_go_on(struct ikl_sa *sa, ikl_time now);

#if IKL_DEFINES
IKL_SHARED struct ikl_own_request *ikl_request_at(const struct ikl_endpoint *endpoint, uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&endpoint->requests, index) : NULL;
}
#endif

#endif
