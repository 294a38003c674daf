/* SPDX-License-Identifier: ISC */
/* ikeping: a session: what we have with one peer. Its IKE SA is another one after a rekey. */
#ifndef IKEPING_SESSION_H
#define IKEPING_SESSION_H

#include "child.h"
#include "handshake.h"
#include "ikeping.h"
#include "mobike.h"

enum session_phase {
    SESSION_CONNECTING,
    SESSION_REFUSED, /* one side does not accept the other; what is under way ends */
    SESSION_ESTABLISHED,
    SESSION_CLOSING, /* our Delete is under way */
    SESSION_OVER     /* it is freed when the running call ends */
};

struct rekey_answer;

/* So many IKE SAs at a time: a peer that rekeys faster than old ones go is refused. */
enum { SESSION_SAS = 8 };

struct session {
    struct session *next, *previous;
    struct session *next_touched;
    bool touched;   /* it is in the list of these */
    bool half_open; /* it is counted as one of a responder's that are not authenticated yet */
    struct ikeping *ikeping;
    struct gateway *gateway;          /* of the initiator; else null */
    struct tally *tally;              /* where its checks are counted: the gateway's, or that of all peers */
    const struct identity *remote_id; /* that the peer must have; of type 0: any */
    const struct credentials *credentials;
    struct timer timer;
    struct ikl_sa *sa;               /* null: there is none yet, or none any more */
    struct ikl_sa *sas[SESSION_SAS]; /* with those that were replaced and are not down yet */
    unsigned n_sas;
    enum session_phase phase;
    bool initiator;
    char peer[IKEPING_ADDRESS_SIZE];      /* its present address, as text */
    char elsewhere[IKEPING_ADDRESS_SIZE]; /* another one that it sent from, and was not followed to; may be empty */
    struct ikl_sa *moved_sa;              /* one whose peer was just heard from elsewhere; or null */
    struct ikl_path moved_to;             /* there */
    struct identity local, remote;
    bool nat_here, nat_there;
    struct mobike mobike;
    struct handshake handshake;
    struct rekey_answer *rekey_answer;   /* of the peer's rekey under way; or null */
    struct rekey_own *rekey_own;         /* ours under way; or null */
    struct child_rekey *child_rekey;     /* likewise of a Child SA */
    ikl_time rekey_at;                   /* when ours is due; else IKL_NEVER */
    ikl_time reauth_at;                  /* when a successor is due: see succession.h; else IKL_NEVER */
    bool children_rekeyed;               /* the IKE SA is next */
    struct child_offer child_offer;      /* in our IKE_AUTH request */
    const struct ikl_schedule *schedule; /* of our requests */
    ikl_time deadline;                   /* when CONNECTING or REFUSED must have ended; else IKL_NEVER */
    bool delete_sent, delete_answered;
    bool retired;         /* another session has taken its place: nothing is said of its end */
    const char *why;      /* we ended the IKE SA without a Delete; or null */
    char unreachable[80]; /* what the network said last; empty: nothing */

    /* Liveness checks. Those of the initiator go out at intervals, those of the responder when the library says so. */
    uint64_t checks;         /* how many were sent */
    uint64_t check_sent;     /* ns: when the last was, for the first time */
    struct ikl_sa *check_sa; /* the IKE SA that it was sent on; null: it was answered */
    ikl_time next_check;     /* IKL_NEVER while none is to be sent */
    bool syncs;              /* Message IDs can be synchronised: see takeover.h */
    ikl_time takeover;       /* when we play a takeover; IKL_NEVER: not any more */
    uint32_t overdue;        /* sends of the last request because its answer was overdue */
    bool off_schedule;       /* of the last request more was sent than its schedule and these say */
};

/* Adds a session with the peer at the other end of `path`, which is a gateway's or, with null, a responder's. Null when
 * there is no memory. */
struct session *session_new(struct ikeping *ikeping, const struct ikl_path *path, struct gateway *gateway);

/* Something has happened to it: when the running call ends, session_settle looks at it. */
void session_touch(struct session *session);

/* Sets the timers of those that were touched, and frees those that are over. */
void session_settle(struct ikeping *ikeping);

/* The config of an IKE SA of the session: what is the same for both roles. */
struct ikl_sa_config session_sa_config(struct session *session, const struct ikl_path *path);

/* Makes an IKE SA of the session. Errors: those of ikl_sa_new, which field of the config is wrong is printed;
 * IKL_ERR_NO_MEMORY when it has SESSION_SAS. */
IKL_MUST_USE int session_new_sa(struct session *session, const struct ikl_sa_config *config, struct ikl_sa **out);

/* Gives its IKE SA keys and the responder's SPI. Errors: those of ikl_sa_install_keys; the wrong field is printed. */
IKL_MUST_USE int session_install_keys(struct session *session, uint64_t spi_r, const struct ikl_protection *protection);

/* What is asked of peers. */
struct handshake_terms session_terms(const struct ikeping *ikeping, const struct identity *remote_id,
                                     const struct credentials *credentials);

/* Gives its IKE SA the handshake's new keys after an additional key exchange. Errors: those of ikl_sa_change_keys. */
IKL_MUST_USE int session_change_keys(struct session *session);

/* How messages of its IKE SA are protected, with the session's keys. */
struct ikl_protection session_protection(const struct session *session);

/* The session has keys: writes them to the key log. */
void session_log_keys(const struct session *session, uint64_t spi_i, uint64_t spi_r);

/* Where there are NATs, in words. */
const char *session_nat(bool here, bool there);

/* Reports the session's IKE SA, `report` being report_established or report_rekeyed. */
void session_report(const struct session *session,
                    void (*report)(struct report *report, const char *peer, const struct report_sa *sa));

/* Answers a request of the peer's on an IKE SA of the session. False when that cannot be done: then the IKE SA, of
 * which the peer cannot make use any more, is closed. */
bool session_respond(struct session *session, struct ikl_sa *sa, uint32_t message_id, const struct payload_list *list);

/* Answers it with an error notification and nothing else. */
void session_respond_error(struct session *session, struct ikl_sa *sa, uint32_t message_id, uint16_t type,
                           struct ikl_octets data);

/* Both sides are authenticated. */
void session_established(struct session *session);

/* There will be no established IKE SA: reports why. The initiator, and with it the program, is done when the one there
 * is has gone down. */
void session_refuse(struct session *session, const char *why);

/* There will be none and nothing is said about it: the IKE SA, if there is one, goes down at once. */
void session_abandon(struct session *session);

/* Ends an IKE SA of the session at once, and says why. */
void session_end(struct session *session, struct ikl_sa *sa, const char *why);

/* Deletes the IKE SA, or ends it at once where there is nothing to delete. */
void session_close(struct session *session);

/* The same, for another one has taken its place: nothing is said. */
void session_retire(struct session *session);

/* While IKE_AUTH is under way the gateway may have the IKE SA already: it has to be deleted there, which cannot be done
 * before the answer. */
bool session_awaits_proof(const struct session *session);

/* Ends it: a handshake that the gateway cannot have completed at once, another one with a Delete when the gateway has
 * proven who it is. With `again` it is not the first time, and all ends at once. `why` is said of a handshake. */
void session_interrupt(struct session *session, bool again, const char *why);

/* The connection that its IKE SAs are on is there again, as `path`. */
void session_reconnected(struct session *session, const struct ikl_path *path);

/* An IKE SA of the session is gone. */
void session_sa_down(struct session *session, struct ikl_sa *sa, const struct ikl_down *down);

/* Takes it out of the list of sessions, wipes and frees it. Its IKE SAs must be gone. */
void session_drop(struct session *session);

#endif
