/* SPDX-License-Identifier: ISC */
/* ikeping: the key exchanges of one rekey: that of CREATE_CHILD_SA, then the additional ones in IKE_FOLLOWUP_KE (RFC
 * 9370 §2.2.4). */
#ifndef IKEPING_KEY_EXCHANGES_H
#define IKEPING_KEY_EXCHANGES_H

#include "../support/dh.h"
#include "payload_list.h"
#include "proposals.h"

/* Not to be copied, for it has views of itself. */
struct key_exchanges {
    uint8_t secrets[1 + IKL_MAX_ADDITIONAL][DH_MAX_LEN];
    struct ikl_octets views[1 + IKL_MAX_ADDITIONAL];
    size_t n; /* so far */
};

/* Whether one is yet to be done, after the first. */
bool key_exchanges_are_due(const struct key_exchanges *exchanges, const struct proposal *proposal);

/* Takes the peer's public value in answer to ours. Errors: those of dh_key_agree. */
IKL_MUST_USE int key_exchanges_take(struct key_exchanges *exchanges, const struct dh_key *key,
                                    struct ikl_octets theirs);

/* Answers the peer's public value with one of ours. Errors: those of dh_key_answer. */
IKL_MUST_USE int key_exchanges_answer(struct key_exchanges *exchanges, uint16_t method, struct ikl_octets theirs,
                                      struct dh_key **key);

/* Reads the peer's public value of the additional one whose turn it is, from the payloads of IKE_FOLLOWUP_KE. False
 * when there is none. */
bool key_exchanges_read(const struct key_exchanges *exchanges, const struct proposal *proposal, uint8_t first,
                        struct ikl_octets payloads, struct ikl_octets *theirs);

/* Begins such a message with our public value. A link may follow. */
void key_exchanges_compose(const struct dh_key *key, struct payload_list *list);
void key_exchanges_add_link(struct payload_list *list, struct ikl_octets link);

/* Puts all secrets where keys are derived from. */
void key_exchanges_give(const struct key_exchanges *exchanges, struct ikl_kdf_input *input);

#endif
