/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: keys, and what is sealed with them. */
#ifndef IKL_SA_KEYS_H
#define IKL_SA_KEYS_H

#include "endpoint/shared.h"

enum { IKL_SMALL_BODY = 12 }; /* the most plaintext that a message can be made again from */

/* keying.c */

/* Checks what can be checked before anything is taken, and finds the cipher; without an endpoint, checks only what
   needs none. */
struct ikl_fault ikl_sa_check_protection(const struct ikl_endpoint *endpoint, const struct ikl_protection *protection,
                                         const struct ikl_cipher **out);
/* Makes room for keys of it. */
int ikl_sa_reserve_keys(struct ikl_endpoint *endpoint, const struct ikl_suite *suite, const struct ikl_cipher *cipher,
                        uint16_t *keying);
/* Takes key state and IV source; the room was reserved. */
int ikl_sa_take_keys(struct ikl_sa *sa, uint16_t keying, const struct ikl_protection *protection);
void ikl_sa_wipe_keys(struct ikl_sa *sa);

/* Where IVs come from. */
union ikl_iv_source_state {
    uint64_t next; /* the next IV of a counted sequence */
    int (*callback)(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len);
};

/* Keys of an IKE SA besides those in use. */
struct ikl_other_keys {
    uint32_t keys; /* index of both key states, or IKL_NONE */
    union ikl_iv_source_state iv;
    uint64_t iv_end;
};

/* Makes room for so many keys besides those in use. */
int ikl_sa_reserve_other_keys(struct ikl_endpoint *endpoint, uint16_t keying, uint32_t n);
/* Makes others, for which room was reserved: of the suite that the IKE SA has. */
int ikl_sa_make_other_keys(struct ikl_sa *sa, const struct ikl_protection *protection, struct ikl_other_keys *out);
/* These come into use, and those that were take their place. */
void ikl_sa_swap_keys(struct ikl_sa *sa, struct ikl_other_keys *other);
void ikl_sa_wipe_other_keys(struct ikl_sa *sa, struct ikl_other_keys *other);
/* Counted IVs end there, if they would not end before. */
void ikl_sa_limit_ivs(struct ikl_sa *sa, uint64_t end);
/* Takes the keys to an endpoint where room for keys of this cipher was reserved. Here and in the other files: `from` is
 * the IKE SA, `to` its likeness there, which has all that is in the struct. */
void ikl_sa_carry_keys(struct ikl_sa *from, struct ikl_sa *to, uint16_t keying);
/* Once those in use are there; there are others. */
void ikl_sa_carry_other_keys(struct ikl_sa *from, struct ikl_sa *to, struct ikl_other_keys *other);

/* protect.c */

/* What is to be sealed. */
struct ikl_draft {
    uint8_t exchange_type;
    bool response;
    uint32_t message_id;
    uint8_t first_payload;
    struct ikl_octets plaintext;
};

/* The draft of a response. */
static inline struct ikl_draft ikl_response_to(uint8_t exchange_type, uint32_t message_id, uint8_t first_payload,
                                               struct ikl_octets plaintext)
{
    return (struct ikl_draft){.exchange_type = exchange_type,
                              .response = true,
                              .message_id = message_id,
                              .first_payload = first_payload,
                              .plaintext = plaintext};
}

/* What the host wants inside a message: payloads, or a chain of them that is encoded already. */
struct ikl_content {
    const struct ikl_payload *payloads;
    size_t n;
    uint8_t first_payload; /* with either */
    struct ikl_octets chain;
};

static inline struct ikl_content ikl_content_of(const struct ikl_payload *payloads, size_t n)
{
    return (struct ikl_content){.payloads = payloads, .n = n, .first_payload = ikl_chain_first(payloads, n)};
}

static inline struct ikl_content ikl_content_of_chain(uint8_t first_payload, struct ikl_octets chain)
{
    return (struct ikl_content){.first_payload = first_payload, .chain = chain};
}

/* How a message goes out. */
struct ikl_packing {
    size_t len;        /* of all datagrams together */
    size_t piece;      /* octets of plaintext in each fragment but the last */
    uint16_t n_pieces; /* 0: in one piece, not fragmented */
};

/* Writes payloads into the endpoint's draft buffer. Whoever calls it wipes them there after use. */
int ikl_sa_compose(struct ikl_sa *sa, const struct ikl_content *content, struct ikl_octets *out);
/* The same after `offset` octets that are there already and belong to the message. */
int ikl_sa_compose_behind(struct ikl_sa *sa, size_t offset, const struct ikl_content *content, struct ikl_octets *out);

/* Packs a message for `path`. IKL_ERR_INVALID when so much plaintext fits no message. */
int ikl_sa_pack(const struct ikl_sa *sa, const struct ikl_path *path, size_t plaintext_len, struct ikl_packing *out);

/* Seals the draft into a new body of the pool, as the packing says; without keys it is written unprotected. */
int ikl_sa_seal_stored(struct ikl_sa *sa, const struct ikl_draft *draft, const struct ikl_packing *packing,
                       uint32_t *stored);

/* The length of the datagram at `offset` of a body. */
size_t ikl_sa_stored_len(const struct ikl_sa *sa, uint32_t body, size_t offset);

/* Sends the datagrams in a body. What `send` returned when it first failed, or IKL_OK. */
int ikl_sa_transmit_stored(struct ikl_sa *sa, const struct ikl_path *path, uint32_t body);

#endif
