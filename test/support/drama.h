/* SPDX-License-Identifier: ISC */
/* A world in which every callback of the library is called, and what must hold in it whatever is called inside of them:
 * what is called while the library decides changes nothing; what is told is told once, one after the other, in order,
 * and nothing is sent after an end. It is checked as it happens.
 *
 * There is one at a time, because a provider is not told whose it is. */
#ifndef TEST_DRAMA_H
#define TEST_DRAMA_H

#include <ikelive/ikelive.h>

/* Where the host can be when it calls the library. */
enum place {
    /* leaves, called while the library decides */
    IN_RANDOM,
    IN_SEND,
    IN_SEND_BATCH,
    IN_NEXT_IV,
    IN_LAST_ESP,
    IN_MONITOR_PROBE,
    IN_ALLOCATE,
    IN_CIPHER_FOR,
    IN_CIPHER_INIT,
    IN_CIPHER_SEAL,
    IN_CIPHER_OPEN,
    IN_CIPHER_CLEAR,
    IN_PRF,
    IN_LIVES_ELSEWHERE,
    IN_RESTORED_CHILD,
    /* told */
    IN_ATTEMPT,
    IN_ALIVE,
    IN_OUTCOME,
    IN_INIT_RESPONSE,
    IN_REQUEST,
    IN_SYNCED,
    IN_STATE,
    IN_REACHABILITY,
    IN_ADDRESS,
    IN_EXHAUSTION,
    IN_OUTAGE,
    IN_PEER_DELETES,
    IN_MONITOR,
    IN_CHILD_DOWN,
    IN_DOWN,
    IN_UNMATCHED,
    N_PLACES,
    FIRST_TOLD = IN_ATTEMPT
};

/* The IKE SAs that there are from the beginning. */
enum role {
    MAIN,   /* everything happens to it */
    OTHER,  /* as established, and idle */
    YOUNG,  /* without keys, its IKE_SA_INIT request is sent */
    COMING, /* with keys, not authenticated */
    N_ROLES
};

/* How it ends with MAIN. */
enum ending { BY_TIMEOUT, BY_PEERS_DELETE, BY_INVALID_SYNTAX, BY_EXHAUSTION, N_ENDINGS };

/* What calls say that have no result, and those that could not be made. */
enum { CALL_VOID = 1, CALL_NOT_MADE };

struct call {
    const char *name;
    int (*make)(enum role role);
    bool outermost; /* refused inside every callback */
    bool store;     /* a single store, allowed inside every callback */
};

enum { EACH_TIME = 99 }; /* as `skip`: in the first twelve callbacks of the kind, or forty of a leaf */

/* A run: in callbacks at this place, after so many of them, the call is made. */
struct plot {
    enum ending ending;
    bool batches;
    const struct call *op; /* called from outside first, and then little more; null: the whole play */
    enum role op_role;     /* of it */
    bool busy;             /* with requests outstanding and waiting */
    enum place place;
    size_t skip;
    const struct call *call; /* null: none */
    enum role role;
};

/* What there is to call; what means something in what is told only; and nothing. */
extern const struct call drama_calls[], drama_told_calls[], drama_nothing;
extern const size_t drama_n_calls, drama_n_told_calls;

extern struct drama {
    struct plot plot;
    struct ikl_endpoint *endpoint;
    ikl_time now;
    bool open;                     /* for calls inside callbacks: the endpoint is there, and is not being freed */
    struct ikl_sa *roles[N_ROLES]; /* null: freed */
    bool freed[N_ROLES];           /* in the call that is under way */
    size_t visited[N_PLACES];
    size_t visited_by_op[N_PLACES];
    size_t acts;    /* calls made inside callbacks */
    size_t refused; /* of them, with IKL_ERR_REENTRANT or without effect */
} drama;

/* Runs it and checks all. */
void drama_run(const struct plot *plot);

/* What calls need: they put what they made, and unmade, on record. */
struct ikl_sa *drama_make_sa(int *result);
int drama_request(struct ikl_sa *sa, uint8_t exchange_type);
int drama_request_chain(struct ikl_sa *sa, uint8_t exchange_type);
int drama_send_token(struct ikl_sa *sa);
void drama_requests_moved(struct ikl_sa *sa); /* to who knows where */
struct ikl_request *drama_open_request(struct ikl_sa *sa);
void drama_renew_contexts(struct ikl_sa *sa);
int drama_add_child(struct ikl_sa *sa);
int drama_remove_child(struct ikl_sa *sa, struct ikl_child *child);
void drama_note_child(struct ikl_child *child);     /* it was made otherwise */
uint32_t drama_waiting_id(const struct ikl_sa *sa); /* of the peer's latest request */
size_t drama_datagram(uint8_t *out);                /* fresh, for MAIN */
const struct ikl_path *drama_path(void);
struct ikl_protection drama_protection(struct ikl_keys *keys);

#endif
