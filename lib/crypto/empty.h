/* SPDX-License-Identifier: ISC */
/* ikelive empty: seals a message with nothing inside, in line, because most messages are empty. */
#ifndef IKL_CRYPTO_EMPTY_H
#define IKL_CRYPTO_EMPTY_H

#include "message/header.h"
#include "octets.h"

#include <ikelive/crypto.h>

/* Writes the header and the generic payload header; there is room for them. */
static inline void ikl_sk_write_headers(const struct ikl_header *header, uint8_t type, uint8_t first_payload,
                                        size_t len, uint8_t *out)
{
    struct ikl_header whole = *header;
    uint8_t *at = out + IKL_HEADER_LEN;

    whole.next_payload = type;
    whole.length = (uint32_t)len;
    ikl_header_store(out, &whole);
    ikl_store_u32(at, (uint32_t)first_payload << 24 | (uint16_t)(len - IKL_HEADER_LEN));
}

/* All AEADs have IVs of 8 octets: a move instead of a call. */
static inline void ikl_sk_copy_iv(uint8_t *to, const uint8_t *iv, size_t len)
{
    if (len == sizeof(uint64_t)) {
        memcpy(to, iv, sizeof(uint64_t));
    } else {
        memcpy(to, iv, len);
    }
}

/* What ikl_sk_seal does for an empty message in one piece and a cipher without padding: all parts are at fixed
   offsets. There is room for it wherever an endpoint seals. */
static inline int ikl_sk_seal_empty(const struct ikl_cipher *cipher, const void *state, const struct ikl_header *header,
                                    const uint8_t *iv, uint8_t *out, size_t size, size_t *len)
{
    enum { AAD_LEN = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN };
    size_t whole = AAD_LEN + (size_t)cipher->iv_len + 1 + cipher->icv_len;
    int result;

    ikl_sk_write_headers(header, IKL_PAYLOAD_SK, IKL_PAYLOAD_NONE, whole, out);
    ikl_sk_copy_iv(out + AAD_LEN, iv, cipher->iv_len);
    out[AAD_LEN + cipher->iv_len] = 0; /* Pad Length */
    *len = whole;
    result = cipher->seal(state, out, AAD_LEN, 1);
    if (result != IKL_OK) {
        ikl_wipe(out, size);
    }
    return result;
}

#endif
