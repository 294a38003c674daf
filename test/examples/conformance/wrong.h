/* SPDX-License-Identifier: ISC */
/* The deliberately wrong peer, for the files of its faults. */
#ifndef TEST_CONFORMANCE_WRONG_H
#define TEST_CONFORMANCE_WRONG_H

#include "../ikeping/end.h"
#include "wrong_peer.h"

#include "examples/ikeping/conformance/tester.h"

enum { WRONG_MAX_SAS = 256, WRONG_MAX_QUEUE = 64, WRONG_TOTALS = 4 };

/* An IKE SA that it has keys of. */
struct wrong_sa {
    uint64_t spi_i, spi_r;
    struct ikl_suite suite;
    struct ikl_keys keys;
    uint32_t next;        /* Message ID of the tester's first request without a response */
    bool by_rekey;        /* it came from one */
    struct ikl_path home; /* where the tester's IKE_AUTH request came from */
    bool deleted;         /* by the tester; for a fault */
};

/* On its way in or out. */
struct wrong_datagram {
    struct ikl_path path; /* the peer's */
    size_t len;
    uint8_t octets[WRONG_MAX_DATAGRAM]; /* with non-ESP marker */
};

/* What is in it. */
struct wrong_message {
    struct ikl_octets octets; /* from the header on */
    struct ikl_header header; /* of Length 0: it cannot be read */
    struct wrong_sa *sa;      /* whose it is; null: none that is known */
    bool opened;              /* it is protected and authentic, and this is what was inside: */
    struct ikl_opened inside;
    uint8_t plaintext[WRONG_MAX_DATAGRAM];
};

/* What a fault remembers of the fragments of the tester's last request. */
struct wrong_fragments {
    const struct wrong_sa *sa;
    uint32_t message_id;
    uint16_t first_number;       /* of the one that came first */
    uint32_t came[WRONG_TOTALS]; /* of each small Total Fragments the numbers that came, a bit each */
};

struct wrong_peer {
    struct end end;
    enum wrong_side side;
    const struct wrong_fault *fault;
    uint64_t now; /* ms */
    struct wrong_sa sas[WRONG_MAX_SAS];
    size_t n_sas;
    struct wrong_datagram queue[WRONG_MAX_QUEUE]; /* sent and not taken, in order */
    size_t n_queue;
    bool took_early;           /* a request came before the one before it */
    struct wrong_message came; /* the last */
    bool asks;                 /* a request of its own waits for its answer: */
    uint32_t asked_id;
    enum tester_asked asked;
    bool has_rekeyed;           /* of its own accord */
    unsigned n_asked;           /* how often it was sent before */
    struct wrong_datagram kept; /* see wrong_seal_once; or a fragment that came, for a fault */
    bool crossed;               /* as the fault has it */
    uint32_t spi;               /* of a Child SA of the tester's, for a fault to remember */
    bool has_moved;             /* by a message that must not move it, to: */
    struct ikl_path moved;
    struct wrong_fragments fragments;
};

/* Called for each datagram that goes in, before anything else has seen it, or for each that comes out: it may change
 * the datagram, or do something more. False loses it. */
typedef bool wrong_hook(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message);

/* A request of the peer's and one of the tester's, which comes before the answer to the first. */
struct wrong_crossing {
    enum tester_asked peers, testers;
    uint16_t refusal; /* where the fault is to refuse */
    uint8_t nonces;   /* or that octets of this value begin the nonce of the tester's */
};

struct wrong_fault {
    const char *check, *text;
    wrong_hook *takes, *sends; /* or null */
    uint8_t exchange_type;     /* for these, where they are for several kinds */
    struct wrong_crossing crossing;
    /* What the fault is about, for the hooks of wrong_hooks.c. */
    bool (*when)(const struct wrong_peer *peer, const struct wrong_message *message);
};

/* Those of one file. */
struct wrong_faults {
    const struct wrong_fault *faults;
    size_t n;
};

extern const struct wrong_faults repeats_faults, message_ids_faults, unprotected_faults, forged_faults, payloads_faults,
    encrypted_faults, fragments_faults, deletes_faults, rekeys_faults, init_faults, cookies_faults, moves_faults,
    asks_faults, crossings_faults, clients_faults;

/* What the files of faults need. */

/* The IKE SA with these SPIs; null when there is none. */
struct wrong_sa *wrong_find_sa(struct wrong_peer *peer, uint64_t spi_i, uint64_t spi_r);

/* A request or a response of this exchange that is protected and authentic. */
bool wrong_is_request(const struct wrong_message *message, uint8_t exchange_type);
bool wrong_is_response(const struct wrong_message *message, uint8_t exchange_type);

/* What a request asks for, of either side. */
enum tester_asked wrong_asked(const struct wrong_message *message);

/* Answers a protected request of the tester's, with no payloads where the list is null. */
void wrong_answer(struct wrong_peer *peer, const struct wrong_datagram *to, const struct wrong_message *message,
                  const struct payload_list *list);

/* Answers it with one notification, where the right peer thinks that it was a liveness check. */
void wrong_answer_instead(struct wrong_peer *peer, const struct wrong_datagram *to, const struct wrong_message *message,
                          uint16_t type, struct ikl_octets data);

/* Protects a message anew, with other payloads. */
void wrong_seal(struct wrong_datagram *datagram, const struct wrong_message *message, uint8_t first,
                struct ikl_octets plaintext);

/* The same, with these payloads, in place of what the peer sends; when it sends that again, so is this, as it was. */
void wrong_seal_once(struct wrong_peer *peer, struct wrong_datagram *datagram, const struct wrong_message *message,
                     const struct payload_list *list);

/* The body of the first payload of this type; without `data` when there is none. */
struct ikl_octets wrong_find(const struct wrong_message *message, uint8_t type);

/* Whether this response answers the message that came last. */
bool wrong_answers_last(const struct wrong_peer *peer, const struct wrong_message *message);

/* Whether it answers a CREATE_CHILD_SA request that it has answered before. */
bool wrong_is_repeated_create(const struct wrong_peer *peer, const struct wrong_message *message);

/* Sends a datagram. */
void wrong_send(struct wrong_peer *peer, const struct wrong_datagram *datagram);

/* Gives it to the peer that does all as it should. */
void wrong_give(struct wrong_peer *peer, const struct wrong_datagram *datagram);

/* Forgets all IKE SAs, without a word. */
void wrong_forget(struct wrong_peer *peer);

/* Sends a response that is not protected, with one notification. */
void wrong_answer_plain(struct wrong_peer *peer, const struct wrong_datagram *to, const struct wrong_message *message,
                        uint16_t type);

/* Whether a message has a payload of this type first, inside SK where it is protected. */
bool wrong_begins_with(const struct wrong_message *message, uint8_t type);

/* Hooks of what goes in, for faults with `when`. Each answers it with nothing, refuses it with INVALID_SYNTAX, loses
 * it, takes it for an empty request, or forgets all IKE SAs. */
wrong_hook wrong_answers, wrong_refuses, wrong_loses, wrong_takes_as_empty, wrong_forgets;

#endif
