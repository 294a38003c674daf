/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: IVs and empty messages, in line, because each liveness check and each answer needs one. */
#ifndef IKL_SA_PROTECT_H
#define IKL_SA_PROTECT_H

#include "keying.h"

#include "crypto/empty.h"
#include "out_of_line.h"

#include <string.h>

/* protect.c */

/* An IV that is not counted: from `random` or `next_iv`. IKL_ERR_EXHAUSTED when it is and the last was used. */
int ikl_sa_uncounted_iv(struct ikl_sa *sa, uint8_t *iv);
/* As ikl_sa_seal, whatever the draft has. */
int ikl_sa_seal_text(struct ikl_sa *sa, const struct ikl_draft *draft, const uint8_t *iv, size_t *len);

/* Writes the next IV; it is used up whatever happens to the message. */
IKL_SHARED int ikl_sa_next_iv(struct ikl_sa *sa, uint8_t *iv);

/* The header of the draft's message, up to the type of its first payload and its length. */
static inline struct ikl_header ikl_sa_header_of(const struct ikl_sa *sa, const struct ikl_draft *draft)
{
    return (struct ikl_header){.spi_i = sa->spi_i,
                               .spi_r = sa->spi_r,
                               .exchange_type = draft->exchange_type,
                               .flags = (uint8_t)((sa->original_initiator ? IKL_FLAG_INITIATOR : 0u) |
                                                  (draft->response ? IKL_FLAG_RESPONSE : 0u)),
                               .message_id = draft->message_id};
}

/* Seals the draft, in one piece, with this IV into the endpoint's message buffer. */
IKL_SHARED_IN_LINE int ikl_sa_seal(struct ikl_sa *sa, const struct ikl_draft *draft, const uint8_t *iv, size_t *len);

/* Seals a liveness check. It is never fragmented, and its contents are known: its IV is enough to make it again. */
IKL_SHARED_IN_LINE int ikl_sa_seal_probe(struct ikl_sa *sa, uint32_t message_id, size_t *len);

#if IKL_DEFINES
IKL_SHARED int ikl_sa_next_iv(struct ikl_sa *sa, uint8_t *iv)
{
    const struct ikl_cipher *cipher = ikl_sa_cipher(sa);
    size_t zeros = cipher->iv_len - sizeof(sa->iv.next);

    if (!cipher->counter_iv || sa->iv.next >= sa->iv_end) { /* an end of 0: they come from `next_iv` */
        return ikl_sa_uncounted_iv(sa, iv);
    }
    if (zeros != 0) {
        memset(iv, 0, zeros);
    }
    ikl_store_u64(iv + zeros, sa->iv.next++);
    return IKL_OK;
}

IKL_SHARED_IN_LINE int ikl_sa_seal(struct ikl_sa *sa, const struct ikl_draft *draft, const uint8_t *iv, size_t *len)
{
    const struct ikl_cipher *cipher = ikl_sa_cipher(sa);
    struct ikl_header header;

    if (draft->first_payload != IKL_PAYLOAD_NONE || cipher->block_len > 1) {
        return ikl_sa_seal_text(sa, draft, iv, len);
    }
    header = ikl_sa_header_of(sa, draft);
    return ikl_sk_seal_empty(cipher, ikl_sa_send_key(sa), &header, iv, ikl_endpoint_message(sa->endpoint),
                             sa->endpoint->max_message, len);
}

IKL_SHARED_IN_LINE int ikl_sa_seal_probe(struct ikl_sa *sa, uint32_t message_id, size_t *len)
{
    struct ikl_draft probe = {.exchange_type = IKL_INFORMATIONAL, .message_id = message_id};

    return ikl_sa_seal(sa, &probe, sa->probe_iv, len);
}
#endif

#endif
