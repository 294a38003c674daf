/* ikelive sa: initialisation vectors, and sealing into the endpoint's message buffer.
 * SPDX-License-Identifier: ISC */
#include "sa.h"

#include <string.h>

int ikl_sa_next_iv(struct ikl_sa *sa, uint8_t *iv)
{
    const struct ikl_callbacks *callbacks = &sa->endpoint->callbacks;
    size_t len = sa->cipher->iv_len;
    uint64_t counter;

    if (!sa->cipher->counter_iv) {
        return callbacks->random(sa->endpoint->user, iv, len) == IKL_OK ? IKL_OK : IKL_ERR_CRYPTO;
    }
    if (sa->iv_end == 0) {
        return sa->iv.callback(sa->endpoint->user, sa, iv, len);
    }
    if (sa->iv.next == sa->iv_end) {
        return IKL_ERR_EXHAUSTED;
    }
    counter = sa->iv.next++;
    memset(iv, 0, len);
    for (size_t i = 0; i < sizeof(counter) && i < len; i++) {
        iv[len - 1 - i] = (uint8_t)(counter >> (8 * i));
    }
    return IKL_OK;
}

int ikl_sa_seal(struct ikl_sa *sa, const struct ikl_draft *draft, const uint8_t *iv, size_t *len)
{
    uint8_t *message = ikl_endpoint_message(sa->endpoint);
    struct ikl_sealing what = {
        .header = {.spi_i = sa->spi_i,
                   .spi_r = sa->spi_r,
                   .exchange = draft->exchange,
                   .flags = (uint8_t)((sa->original_initiator ? IKL_FLAG_INITIATOR : 0u) |
                                      (draft->response ? IKL_FLAG_RESPONSE : 0u)),
                   .message_id = draft->message_id},
        .first_payload = draft->first_payload,
        .plaintext = draft->plaintext,
        .iv = iv,
    };

    if (message == NULL) {
        return IKL_ERR_NO_BUFFER;
    }
    return ikl_message_seal(sa->cipher, sa->send_key, &what, message, sa->endpoint->max_message, len);
}

int ikl_sa_load(struct ikl_sa *sa, uint32_t stored, size_t *len)
{
    uint8_t *message = ikl_endpoint_message(sa->endpoint);

    if (message == NULL) {
        return IKL_ERR_NO_BUFFER;
    }
    *len = ikl_pool_len(&sa->endpoint->pool, stored);
    ikl_pool_load(&sa->endpoint->pool, stored, message);
    return IKL_OK;
}

uint8_t *ikl_sa_plaintext_room(struct ikl_sa *sa, size_t *size)
{
    size_t before = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN + sa->cipher->iv_len;
    size_t text = sa->endpoint->max_message - before - sa->cipher->icv_len;
    uint8_t *message = ikl_endpoint_message(sa->endpoint);

    if (message == NULL) {
        return NULL;
    }
    if (sa->cipher->block_len > 1) {
        text -= text % sa->cipher->block_len;
    }
    *size = text - 1; /* the Pad Length */
    return message + before;
}
