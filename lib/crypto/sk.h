/* SPDX-License-Identifier: ISC */
/* ikelive sk, inside: opens messages, in line, because each message of a peer is opened. */
#ifndef IKL_CRYPTO_SK_H
#define IKL_CRYPTO_SK_H

#include "octets.h"

#include "out_of_line.h"

#include <ikelive/crypto.h>

/* sk.c */

/* Finds the body of the SK or SKF payload, wherever it is, less its fixed fields. */
int ikl_sk_find_protected(struct ikl_opened *opened, struct ikl_octets *body, struct ikl_octets datagram);

/* The same: nearly every message is one SK payload, so no walk is needed. */
static inline int ikl_sk_find_body(struct ikl_opened *opened, struct ikl_octets *body, struct ikl_octets datagram)
{
    const uint8_t *payload = datagram.data + IKL_HEADER_LEN;
    size_t payload_len = datagram.len - IKL_HEADER_LEN;

    opened->fragment_number = 0;
    opened->fragment_total = 0;
    opened->critical = IKL_PAYLOAD_NONE;
    if (opened->header.next_payload != IKL_PAYLOAD_SK || payload_len < IKL_PAYLOAD_HEADER_LEN ||
        ikl_load_u16(payload + 2) != payload_len) {
        return ikl_sk_find_protected(opened, body, datagram);
    }
    opened->first_payload = payload[0];
    opened->reserved = payload[1];
    *body = (struct ikl_octets){payload + IKL_PAYLOAD_HEADER_LEN, payload_len - IKL_PAYLOAD_HEADER_LEN};
    return IKL_OK;
}

/* Splits what is left of the body into IV, text and ICV. */
static inline int ikl_sk_split(struct ikl_opened *opened, struct ikl_octets *text, const struct ikl_cipher *cipher,
                               struct ikl_octets body)
{
    size_t around_len = (size_t)cipher->iv_len + cipher->icv_len;

    if (body.len <= around_len) {
        return IKL_ERR_MALFORMED;
    }
    opened->iv = (struct ikl_octets){body.data, cipher->iv_len};
    *text = (struct ikl_octets){body.data + cipher->iv_len, body.len - around_len};
    opened->icv = (struct ikl_octets){text->data + text->len, cipher->icv_len};
    return cipher->block_len > 1 && text->len % cipher->block_len != 0 ? IKL_ERR_MALFORMED : IKL_OK;
}

/* Opens a datagram for a cipher that was checked; its header was read, by ikl_header_read, into `opened`. Errors as
 * ikl_message_open says; all else in `opened` is then undefined. */
IKL_SHARED int ikl_sk_open_read(const struct ikl_cipher *cipher, const void *state, struct ikl_octets datagram,
                                uint8_t *plaintext, size_t size, struct ikl_opened *opened);

#if IKL_DEFINES
IKL_SHARED int ikl_sk_open_read(const struct ikl_cipher *cipher, const void *state, struct ikl_octets datagram,
                                uint8_t *plaintext, size_t size, struct ikl_opened *opened)
{
    struct ikl_octets body;
    struct ikl_octets text;
    size_t padding_len;
    int result = ikl_sk_find_body(opened, &body, datagram);

    if (result == IKL_OK) {
        result = ikl_sk_split(opened, &text, cipher, body);
    }
    if (result == IKL_OK && text.len > size) {
        result = IKL_ERR_NO_BUFFER;
    }
    if (result == IKL_OK) {
        result = cipher->open(state, datagram.data, (size_t)(body.data - datagram.data), text.len, plaintext);
    }
    if (result != IKL_OK) {
        return result;
    }
    padding_len = plaintext[text.len - 1];
    if (padding_len >= text.len) {
        ikl_wipe(plaintext, text.len);
        return IKL_ERR_MALFORMED;
    }
    opened->plaintext = (struct ikl_octets){plaintext, text.len - 1 - padding_len};
    opened->padding = (struct ikl_octets){plaintext + opened->plaintext.len, padding_len};
    return IKL_OK;
}
#endif

#endif
