/* SPDX-License-Identifier: ISC */
/* ikeping: IKE_SA_INIT and IKE_AUTH, from either side (RFC 7296 §1.2, §2.6, §2.14, §2.15, §2.23; RFC 6023). What the
 * library does not do, for it begins where these exchanges end; but it carries them. What needs no session of ikeping's
 * is shared with examples/cluster. */
#ifndef IKEPING_HANDSHAKE_H
#define IKEPING_HANDSHAKE_H

#include "../support/dh.h"
#include "additional.h"
#include "auth.h"
#include "eap.h"
#include "identity.h"
#include "init_message.h"
#include "proposals.h"

#include <ikelive/report.h>

struct ikeping;
struct session;

enum { HANDSHAKE_NONCE_LEN = 32, HANDSHAKE_COOKIE_MAX = 64, HANDSHAKE_WHY_SIZE = 256 };

/* How far EAP has come, where we prove who we are by that. */
enum handshake_eap_stage { HANDSHAKE_EAP_NOT_BEGUN, HANDSHAKE_EAP_BEGUN, HANDSHAKE_EAP_OVER };

/* What is kept while it lasts. The messages are needed for AUTH, and the responder repeats its own. */
struct handshake {
    uint64_t started;                    /* ns */
    struct dh_key *key;                  /* our pair of the last request; one of: */
    struct dh_key *pairs[PROPOSALS_MAX]; /* one a key exchange method that was tried: a response may be late */
    size_t n_pairs;
    uint8_t nonce[HANDSHAKE_NONCE_LEN]; /* ours */
    uint8_t peer_nonce[IKL_MAX_NONCE];
    size_t peer_nonce_len;
    struct ikl_octets request, response; /* IKE_SA_INIT; the handshake owns both */
    /* what comes of it; those of a rekey take the place of the first two */
    struct proposal proposal;
    struct ikl_keys keys;
    bool fragmentation; /* both sides can */
    uint16_t hashes;    /* those of the peer; see signature.h */
    struct additional additional;
    enum handshake_eap_stage eap_stage;
    struct eap eap;
    /* the initiator's: */
    struct ikl_path encapsulated; /* where to go after NAT detection */
    uint8_t cookie[HANDSHAKE_COOKIE_MAX];
    size_t cookie_len;
    unsigned restarts;
    uint8_t version; /* of IKE, in the last answer to IKE_SA_INIT: 0x20 is 2.0 */
    bool guessed;    /* which request was answered */
    bool again;      /* a guess was wrong: this is the second beginning */
    bool doubted;    /* an unprotected message has said no, and `doubt` is what */
    char doubt[HANDSHAKE_WHY_SIZE];
};

void handshake_free(struct handshake *handshake);

/* Wipes the key pairs. */
void handshake_free_keys(struct handshake *handshake);

/* Makes `key` the one of this method, a new one where there is none. Errors: those of dh_key_new. */
IKL_MUST_USE int handshake_use_key(struct handshake *handshake, uint16_t group);

/* Keeps a copy of a message. False when there is no memory. */
bool handshake_keep(struct ikl_octets *kept, struct ikl_octets message);

/* Keeps a copy of the peer's nonce. */
void handshake_take_nonce(struct handshake *handshake, struct ikl_octets nonce);

/* Gives views of both nonces in order; `initiator` is what we are. */
void handshake_nonces(const struct handshake *handshake, bool initiator, struct ikl_octets *ni, struct ikl_octets *nr);

/* Derives the keys from the peer's public value; `initiator` is what we are. Errors: those of dh_key_agree and
 * ikl_keys_derive. */
IKL_MUST_USE int handshake_derive(struct handshake *handshake, bool initiator, struct ikl_octets peer_public,
                                  uint64_t spi_i, uint64_t spi_r);

/* Adds our AUTH payload, which vouches for `identity`, the body of our ID payload, behind the certificates that it is
 * made with, if it is. */
void handshake_prove(const struct handshake *handshake, bool initiator, const struct credentials *credentials,
                     struct ikl_octets identity, struct payload_list *list);

/* What is asked of a peer. */
struct handshake_terms {
    const struct proposal_list *proposals;
    const struct credentials *credentials; /* ours, and the peer's */
    const struct identity *remote_id;      /* of type 0: any */
    bool insists;                          /* as a responder: on a Child SA (RFC 6023) */
};

/* What becomes of the peer's identity and its proof. */
enum handshake_verdict {
    HANDSHAKE_PROVEN,
    HANDSHAKE_NO_IDENTITY,
    HANDSHAKE_WRONG_IDENTITY, /* malformed */
    HANDSHAKE_LONG_IDENTITY,  /* longer than IDENTITY_MAX */
    HANDSHAKE_NO_PROOF,
    HANDSHAKE_OTHER_PROOF, /* of another kind than it has to be */
    HANDSHAKE_WRONG_CERTIFICATE,
    HANDSHAKE_WRONG_PROOF,
    HANDSHAKE_OTHER_IDENTITY /* than --remote-id */
};

struct handshake_judgement {
    enum handshake_verdict verdict;
    const char *why;              /* what is wrong with its certificate; null when it is something else */
    const struct identity *other; /* the one that it has proven in place of --remote-id; borrowed, or null */
};

/* Looks at the ID, CERT and AUTH payloads of the peer's IKE_AUTH message, and gives the identity. */
struct handshake_judgement handshake_judge(const struct handshake *handshake, bool initiator,
                                           const struct handshake_terms *terms, uint8_t first,
                                           struct ikl_octets payloads, struct identity *remote);

/* Looks at the AUTH payload of a gateway that has proven its identity before, by the key that EAP has come to. */
struct handshake_judgement handshake_judge_key(const struct handshake *handshake, const struct credentials *credentials,
                                               const struct identity *remote, uint8_t first,
                                               struct ikl_octets payloads);

/* Says what a peer's error notification means. */
void handshake_explain(uint16_t notify, char *text, size_t size);

/* The rest is of sessions. */

/* other_version.c */

/* A message of another major version than 2: the other end may not speak IKEv2 at all. */
void handshake_take_other_version(struct ikeping *ikeping, const struct ikl_path *path, struct ikl_octets datagram);

/* handshake_initiator.c */

/* Begins: makes the IKE SA and sends the IKE_SA_INIT request. False when that cannot be done; `why` says why. */
bool handshake_initiate(struct session *session, const struct ikl_path *path, const char **why);

/* An IKE_SA_INIT response was offered. */
void handshake_take_init_response(struct session *session, const struct ikl_init_response *response);

/* The IKE_AUTH request, or the refusal of its response, has ended. */
void handshake_take_outcome(struct session *session, const struct ikl_outcome *outcome);

/* An unprotected message says that it is no use: so it will be said, unless something better comes soon. */
void handshake_doubt(struct session *session, const char *why);

/* handshake_responder.c */

/* A message for no IKE SA: perhaps a new peer. */
void handshake_take_unmatched(struct ikeping *ikeping, const struct ikl_path *path, const struct ikl_header *header,
                              struct ikl_octets message);

/* A request of a peer that is not authenticated yet. */
void handshake_take_request(struct session *session, const struct ikl_peer_request *request);

#endif
