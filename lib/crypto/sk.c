/* SPDX-License-Identifier: ISC */
/* ikelive sk: the SK payload (RFC 7296 §3.14) and the SKF payload (RFC 7383 §2.5), sealed and opened.
 *
 *     header | ... | generic payload header | fragment fields (SKF) | IV | payloads, padding, Pad Length | ICV
 *     '------------------ authenticated -----------------------'         '---------- encrypted --------' */
#include "sk.h"
#include "check.h"
#include "empty.h"

#include "message/header.h"
#include "octets.h"

#include <string.h>

enum { FRAGMENT_FIELDS_LEN = 4, MAX_PAYLOAD_LEN = UINT16_MAX };

/* Where the parts of a message to be sealed lie. */
struct layout {
    size_t aad_len;
    size_t padding_len;
    size_t text_len; /* payloads, padding, Pad Length */
    size_t len;      /* the whole message */
};

/* The shortest padding that makes payloads, padding and Pad Length a multiple of the block. */
static size_t shortest_padding(const struct ikl_cipher *cipher, size_t plaintext_len)
{
    size_t over = cipher->block_len > 1 ? (plaintext_len + 1) % cipher->block_len : 0;

    return over == 0 ? 0 : cipher->block_len - over;
}

/* False when the payload would be longer than its Length field can hold. */
static bool lay_out(struct layout *out, const struct ikl_cipher *cipher, size_t plaintext_len, size_t padding_len,
                    bool fragment)
{
    size_t fixed_len = IKL_PAYLOAD_HEADER_LEN + (fragment ? (size_t)FRAGMENT_FIELDS_LEN : 0);
    size_t around_len = fixed_len + cipher->iv_len + padding_len + 1 + cipher->icv_len;

    out->aad_len = IKL_HEADER_LEN + fixed_len;
    out->padding_len = padding_len;
    out->text_len = plaintext_len + padding_len + 1;
    out->len = IKL_HEADER_LEN + around_len + plaintext_len;
    return plaintext_len <= MAX_PAYLOAD_LEN && around_len + plaintext_len <= MAX_PAYLOAD_LEN;
}

size_t ikl_sk_sealed_len(const struct ikl_cipher *cipher, size_t plaintext_len, bool fragment)
{
    struct layout layout;
    bool fits = lay_out(&layout, cipher, plaintext_len, shortest_padding(cipher, plaintext_len), fragment);

    return fits ? layout.len : SIZE_MAX;
}

/* An SK payload has number and total 0; fragments are numbered from 1 to the total. */
static bool fragment_numbers_agree(uint16_t number, uint16_t total)
{
    return number == 0 ? total == 0 : number <= total;
}

static int plan(struct layout *out, const struct ikl_cipher *cipher, const struct ikl_sealing *what)
{
    size_t padding_len = what->padding != NULL ? what->padding_len : shortest_padding(cipher, what->plaintext.len);

    if (!fragment_numbers_agree(what->fragment_number, what->fragment_total) ||
        (what->padding == NULL && what->padding_len != 0) ||
        !lay_out(out, cipher, what->plaintext.len, padding_len, what->fragment_number != 0) ||
        (cipher->block_len > 1 && out->text_len % cipher->block_len != 0)) {
        return IKL_ERR_INVALID;
    }
    return IKL_OK;
}

/* The text goes first: the payloads may lie where the header will be. */
static void write_text(const struct ikl_sealing *what, const struct layout *layout, uint8_t *text)
{
    size_t plaintext_len = what->plaintext.len;

    if (plaintext_len != 0 && what->plaintext.data != text) {
        memmove(text, what->plaintext.data, plaintext_len);
    }
    if (layout->padding_len != 0 && what->padding != NULL) {
        memcpy(text + plaintext_len, what->padding, layout->padding_len);
    } else if (layout->padding_len != 0) {
        memset(text + plaintext_len, 0, layout->padding_len);
    }
    text[plaintext_len + layout->padding_len] = (uint8_t)layout->padding_len;
}

/* Writes the headers, the fragment fields and the IV; there is room for them. */
static void write_front(const struct ikl_sealing *what, const struct layout *layout, size_t iv_len, uint8_t *out)
{
    bool fragment = what->fragment_number != 0;
    uint8_t *fields = out + IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN;

    ikl_sk_write_headers(&what->header, fragment ? IKL_PAYLOAD_SKF : IKL_PAYLOAD_SK, what->first_payload, layout->len,
                         out);
    if (fragment) {
        ikl_store_u16(fields, what->fragment_number);
        ikl_store_u16(fields + 2, what->fragment_total);
    }
    memcpy(out + layout->aad_len, what->iv, iv_len);
}

int ikl_sk_seal(const struct ikl_cipher *cipher, const void *state, const struct ikl_sealing *what, uint8_t *out,
                size_t size, size_t *len)
{
    struct layout layout;
    int result = plan(&layout, cipher, what);

    if (result == IKL_OK && layout.len > size) {
        result = IKL_ERR_NO_BUFFER;
    }
    if (result == IKL_OK) {
        write_text(what, &layout, out + layout.aad_len + cipher->iv_len);
        write_front(what, &layout, cipher->iv_len, out);
        result = cipher->seal(state, out, layout.aad_len, layout.text_len);
    }
    if (result == IKL_OK) {
        *len = layout.len;
    }
    if (result != IKL_OK) {
        ikl_wipe(out, size);
    }
    return result;
}

/* Walks to the SK or SKF payload; the view is that payload's body. */
static int walk_to_protected(struct ikl_opened *opened, bool *fragment, struct ikl_octets *body,
                             const uint8_t *datagram, size_t len)
{
    struct ikl_octets payloads = {datagram + IKL_HEADER_LEN, len - IKL_HEADER_LEN};
    struct ikl_chain chain = ikl_chain(opened->header.next_payload, payloads);
    struct ikl_payload payload;
    int result;

    do {
        result = ikl_chain_next(&chain, &payload);
        if (result == IKL_OK && payload.critical && !ikl_payload_known(payload.type) &&
            opened->critical == IKL_PAYLOAD_NONE) {
            opened->critical = payload.type;
        }
    } while (result == IKL_OK && payload.type != IKL_PAYLOAD_SK && payload.type != IKL_PAYLOAD_SKF);
    if (result != IKL_OK) {
        return result == IKL_ERR_END ? IKL_ERR_UNPROTECTED : result;
    }
    opened->first_payload = ikl_chain_inner(&chain);
    *fragment = payload.type == IKL_PAYLOAD_SKF;
    *body = payload.body;
    opened->reserved = body->data[1 - IKL_PAYLOAD_HEADER_LEN];
    return IKL_OK;
}

/* Reads the fragment fields at the beginning of an SKF payload's body, and cuts them off. */
static int take_fragment_fields(struct ikl_opened *opened, struct ikl_octets *body)
{
    struct ikl_reader reader = ikl_reader(body->data, body->len);

    opened->fragment_number = ikl_read_u16(&reader);
    opened->fragment_total = ikl_read_u16(&reader);
    if (opened->fragment_number == 0 || !fragment_numbers_agree(opened->fragment_number, opened->fragment_total)) {
        return IKL_ERR_MALFORMED;
    }
    *body = (struct ikl_octets){reader.at, reader.left};
    return IKL_OK;
}

int ikl_sk_find_protected(struct ikl_opened *opened, struct ikl_octets *body, struct ikl_octets datagram)
{
    bool fragment;
    int result = walk_to_protected(opened, &fragment, body, datagram.data, datagram.len);

    return result == IKL_OK && fragment ? take_fragment_fields(opened, body) : result;
}

int ikl_sk_open(const struct ikl_cipher *cipher, const void *state, const uint8_t *datagram, size_t len,
                uint8_t *plaintext, size_t size, struct ikl_opened *out)
{
    struct ikl_opened opened;
    int result = ikl_header_read(&opened.header, datagram, len);

    if (result == IKL_OK) {
        result = ikl_sk_open_read(cipher, state, (struct ikl_octets){datagram, len}, plaintext, size, &opened);
    }
    if (result == IKL_OK) {
        *out = opened;
    }
    return result;
}

size_t ikl_message_sealed_len(const struct ikl_cipher *cipher, size_t plaintext_len, bool fragment)
{
    return ikl_cipher_check(cipher) == IKL_OK ? ikl_sk_sealed_len(cipher, plaintext_len, fragment) : SIZE_MAX;
}

int ikl_message_seal(const struct ikl_cipher *cipher, const void *state, const struct ikl_sealing *what, uint8_t *out,
                     size_t size, size_t *len)
{
    if (ikl_cipher_check(cipher) != IKL_OK) {
        ikl_wipe(out, size);
        return IKL_ERR_INVALID;
    }
    return ikl_sk_seal(cipher, state, what, out, size, len);
}

int ikl_message_open(const struct ikl_cipher *cipher, const void *state, const uint8_t *datagram, size_t len,
                     uint8_t *plaintext, size_t size, struct ikl_opened *out)
{
    return ikl_cipher_check(cipher) == IKL_OK ? ikl_sk_open(cipher, state, datagram, len, plaintext, size, out)
                                              : IKL_ERR_INVALID;
}
