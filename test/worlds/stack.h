/* SPDX-License-Identifier: ISC */
/* A small IKEv2 stack, for hosts of the simulated world: what an embedder writes around the library, without
 * IKE_SA_INIT and without cryptography of its own. It connects, with two additional key exchanges as large as those of
 * ML-KEM, the secrets of which are made up; it makes requests, answers those of others, rekeys IKE SAs and Child SAs,
 * decides simultaneous rekeys by their nonces, says INVALID_IKE_SPI for what it does not know, and frees its IKE SAs
 * inside `down`.
 *
 * What it does when it is told to, as a line of a script says it ("at 5 a rekey"):
 *     request [OCTETS]   a request of the test's, INFORMATIONAL, which the laws know of
 *     probe              a liveness check
 *     delete, close      of the IKE SA
 *     delete-child       of its first Child SA
 *     rekey              of the IKE SA
 *     rekey-child        of its first Child SA, as when a monitor asks for new keys
 *     hostile [N]        so many acts of hostile peers (hostile.h), 10 by default; an honest one succeeds after each
 * What cannot be done, since the IKE SA is going down or does it already, is left undone. */
#ifndef WORLDS_STACK_H
#define WORLDS_STACK_H

#include "contents.h"
#include "hostile.h"
#include "laws.h"

#include <ikelive/sim.h>

enum { STACK_MAX_SAS = 16, STACK_MAX_ENDS = 256, STACK_MAX_DELETES = 8, STACK_WAIT = 20000 };

/* What the laws know of an IKE SA, from when it is first heard of. */
struct stack_end {
    uint64_t spi_i, spi_r;
    struct laws_end law;
};

/* A rekey of an IKE SA that is going on at our end, and perhaps the peer's of the same one. */
struct stack_rekey {
    bool asked; /* ours was sent and has not ended */
    struct ikl_sa *old;
    uint64_t spi;
    uint8_t nonce[CONTENTS_NONCE_LEN];
    struct ikl_sa *by_peer; /* what the peer's rekey made */
    uint8_t peer_nonces[2][CONTENTS_NONCE_LEN];
};

/* The same of a Child SA. */
struct stack_child_rekey {
    bool asked;
    struct ikl_sa *sa;
    struct ikl_child *old; /* null: gone meanwhile */
    uint32_t spi;
    uint8_t nonce[CONTENTS_NONCE_LEN];
    struct ikl_child *by_peer;
    bool peer_asked;
    uint8_t peer_nonces[2][CONTENTS_NONCE_LEN];
};

/* An IKE SA that is CONNECTING, with the keys that it has now. */
struct stack_connecting {
    struct ikl_sa *sa; /* null: there is none */
    struct ikl_keys keys;
    uint32_t changes;
    uint8_t int_auth[2][IKL_MAX_PRF]; /* of the initiator's messages, and the responder's */
};

struct stack {
    struct laws *laws;
    struct laws_host law;
    size_t n_ends;
    struct ikl_sim_host *host;
    struct ikl_sa *sas[STACK_MAX_SAS]; /* all that are not down */
    size_t n_sas;
    struct ikl_sa *sa; /* the latest that is neither replaced nor deleted; null: none */
    const struct ikl_schedule *schedule;
    uint32_t idle;
    bool fragmentation, trim, round_trip_sends;
    struct stack_rekey rekey;
    struct stack_child_rekey child_rekey;
    struct stack_connecting connecting;
    const struct ikl_child *deleting[STACK_MAX_DELETES]; /* by Deletes of ours */
    bool has_hostiles;
    struct contents_payloads payloads; /* from here on: large, and need not be cleared */
    struct hostiles hostiles;
    struct stack_end ends[STACK_MAX_ENDS];
};

/* `stack` and `laws` must live as long as the world. Gives the config callbacks, the stack as their user, and `boot`.
 */
void stack_init(struct stack *stack, struct laws *laws, struct ikl_sim_host_config *config);

/* An IKE SA was established for it. */
void stack_established(struct stack *stack, struct ikl_sa *sa, const struct ikl_sim_sa_config *config);

/* What the laws know of the IKE SA; null when there are too many. */
struct laws_end *stack_end(struct stack *stack, uint64_t spi_i, uint64_t spi_r);

/* Its host has lost all it had. Its requests end with that, without an outcome. */
void stack_lose(struct stack *stack);

/* Its host's process ends. The next one gets the IKE SAs that are restored; rekeys that went on are forgotten. */
void stack_end_process(struct stack *stack);

/* Does what `words` say. IKL_ERR_NOT_FOUND when they say nothing that it can do. */
int stack_act(struct stack *stack, const char *const *words, size_t n);

/* The IKE SAs of hostile peers are freed, before the end is looked at. */
void stack_hostile_end(struct stack *stack);

/* What follows is for the files of the stack alone. */

/* The IKE SA is CONNECTING: the original initiator goes on. */
void stack_connect(struct stack *stack, struct ikl_sa *sa);
void stack_connect_asked(struct stack *stack, const struct ikl_peer_request *request);
void stack_connect_ended(struct stack *stack, const struct ikl_outcome *outcome);

ikl_time stack_now(const struct stack *stack);
void stack_forget_sa(struct stack *stack, const struct ikl_sa *sa);
void stack_add_sa(struct stack *stack, struct ikl_sa *sa);
/* Sends a CREATE_CHILD_SA request; its outcome comes with `context`. */
bool stack_ask(struct stack *stack, struct ikl_sa *sa, const struct contents *contents, void *context);
void stack_answer(struct stack *stack, struct ikl_sa *sa, uint32_t message_id, const struct contents *contents);
/* With this error, or with nothing when it is 0. */
void stack_refuse(struct stack *stack, struct ikl_sa *sa, uint32_t message_id, uint16_t error);
/* True when the exchange of `ours` (initiator's nonce, responder's nonce) loses against the other one. */
bool stack_loses(const uint8_t *our_i, const uint8_t *our_r, uint8_t peers[2][CONTENTS_NONCE_LEN]);

/* Hostile peers do so many things. Whether one of them has this IKE SA, or an honest one that comes between. */
void stack_hostile(struct stack *stack, size_t n);
bool stack_is_hostile(const struct stack *stack, const struct ikl_sa *sa);

void stack_rekey(struct stack *stack);
void stack_rekey_asked(struct stack *stack, struct ikl_sa *sa, uint32_t message_id, const struct contents *contents);
void stack_rekey_ended(struct stack *stack, const struct ikl_outcome *outcome, const struct contents *contents);
/* The peer deletes this IKE SA: whoever could inherit does. */
void stack_rekey_deleted(struct stack *stack, struct ikl_sa *sa);
void stack_rekey_forget(struct stack *stack, const struct ikl_sa *sa);

/* Gives the config what takes up IKE SAs that are restored. */
void stack_restarting(struct ikl_sim_host_config *config);

/* Sends a Delete for a Child SA, unless that is null. */
void stack_delete_child(struct stack *stack, struct ikl_sa *sa, struct ikl_child *child);
/* The peer deletes a Child SA that is not on this IKE SA. */
void stack_child_delete_asked(struct stack *stack, struct ikl_sa *sa, uint32_t message_id,
                              const struct contents *contents);
/* A Delete of ours for one of its Child SAs is not answered. */
bool stack_is_closing_a_child(const struct stack *stack, const struct ikl_sa *sa);
bool stack_is_deleting(const struct stack *stack, const struct ikl_child *child);
void stack_child_rekey(struct stack *stack, struct ikl_child *old);
void stack_child_rekey_asked(struct stack *stack, struct ikl_sa *sa, uint32_t message_id,
                             const struct contents *contents);
void stack_child_rekey_ended(struct stack *stack, const struct ikl_outcome *outcome, const struct contents *contents);
void stack_child_rekey_forget(struct stack *stack, const struct ikl_child *child);

#endif
