/* SPDX-License-Identifier: ISC */
/* ikeping: proposals for an IKE SA: a suite and a key exchange method each, by name and in SA payloads (RFC 7296 §2.7,
 * §3.3). */
#ifndef IKEPING_PROPOSALS_H
#define IKEPING_PROPOSALS_H

#include <ikelive/crypto.h>
#include <ikelive/payloads.h>

struct proposal {
    struct ikl_suite suite;
    uint16_t group;                          /* transform ID of the key exchange method */
    uint16_t additional[IKL_MAX_ADDITIONAL]; /* those of additional key exchanges, in their order (RFC 9370) */
    size_t n_additional;
};

enum { PROPOSALS_MAX = 16, PROPOSAL_NAME_SIZE = 200 };

/* In order of preference. */
struct proposal_list {
    struct proposal proposals[PROPOSALS_MAX];
    size_t n;
};

/* Parses "aes256gcm16-prfsha256-x25519,aes256-sha256-modp1536". False when a name is none, when this build lacks one of
 * its algorithms, or when there are too many. */
bool proposals_parse(struct proposal_list *out, const char *names);

/* Says what `names`, which cannot be parsed, must be instead, and which of them is wrong. Stands until the next call.
 */
const char *proposals_words(const char *names);

/* Parses "x448,ecp384": key exchange methods that this build has, each once, at most IKL_MAX_ADDITIONAL. False when
 * they are none. */
bool proposals_parse_additional(struct proposal *out, const char *names);

/* Says what those must be instead. Stands until the next call of this or of proposals_words. */
const char *proposals_additional_words(void);

/* Gives each of a list the additional key exchanges of `with`. Those that have one of these methods anyway are left
 * out, as none is used twice. */
void proposals_add(struct proposal_list *list, const struct proposal *with);

/* All that this build has of what a gateway is likely to want. */
void proposals_default(struct proposal_list *out);

/* Writes the name, always terminated. */
void proposal_name(const struct proposal *proposal, char *text, size_t size);

/* Appends the body of an SA payload that offers the list in an initial exchange. Errors: those of ikl_write_proposal.
 */
IKL_MUST_USE int proposals_write_offer(struct ikl_writer *writer, const struct proposal_list *list);

/* A proposal taken from an offer. */
struct choice {
    struct proposal proposal;
    uint8_t number; /* in the offer */
    uint64_t spi;   /* the peer's, in a rekey; else 0 */
};

/* Appends the body of an SA payload that accepts a choice, with our SPI in a rekey, else 0. */
IKL_MUST_USE int proposals_write_choice(struct ikl_writer *writer, const struct choice *choice, uint64_t own_spi);

/* Chooses from the body of an SA payload what is in the list too: the first proposal whose key exchange method is that
 * of the KE payload, `group`, else the first one; with `rekey` each has an SPI. False when nothing can be chosen. */
bool proposals_choose(struct choice *out, const struct proposal_list *list, struct ikl_octets offer, uint16_t group,
                      bool rekey);

/* Reads the body of an SA payload that accepts one of the list. False when it accepts something else. */
bool proposals_read_accepted(struct proposal *out, const struct proposal_list *list, struct ikl_octets body);

/* The same in a rekey, where one was offered: gives the peer's SPI. */
bool proposals_read_rekeyed(uint64_t *spi, const struct proposal *offered, struct ikl_octets body);

/* Whether a proposal of the list has this key exchange method. */
bool proposals_have_group(const struct proposal_list *list, uint16_t group);

#endif
