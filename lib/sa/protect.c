/* SPDX-License-Identifier: ISC */
/* ikelive sa: from payloads to datagrams: initialisation vectors, sealing, sending. */
#include "protect.h"

#include "crypto/check.h"

#include "octets.h"

#include <string.h>

enum { LENGTH_OFFSET = 24 };

int ikl_sa_uncounted_iv(struct ikl_sa *sa, uint8_t *iv)
{
    size_t len = ikl_sa_cipher(sa)->iv_len;

    if (!ikl_sa_cipher(sa)->counter_iv) {
        return ikl_endpoint_random(sa->endpoint, iv, len);
    }
    return sa->iv_end == 0 ? sa->iv.callback(sa->endpoint->user, sa, iv, len) : IKL_ERR_EXHAUSTED;
}

/* Takes a chain that the host has encoded as it is, if a peer could read it. Whether the peer knows the critical
 * payloads is for the host and the peer. */
static int copy_chain(struct ikl_writer *writer, uint8_t first_payload, struct ikl_octets chain)
{
    int result = ikl_chain_check(first_payload, chain, true, NULL);

    if (result != IKL_OK && result != IKL_ERR_CRITICAL) {
        return result;
    }
    ikl_write_octets(writer, chain.data, chain.len);
    return writer->failed ? IKL_ERR_NO_BUFFER : IKL_OK;
}

static int write_content(struct ikl_writer *writer, const struct ikl_content *content)
{
    return content->n != 0 ? ikl_chain_write(writer, content->payloads, content->n)
                           : copy_chain(writer, content->first_payload, content->chain);
}

int ikl_sa_compose_behind(struct ikl_sa *sa, size_t offset, const struct ikl_content *content, struct ikl_octets *out)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    struct ikl_writer writer = ikl_writer(endpoint->draft + offset, endpoint->max_message - offset);

    if (write_content(&writer, content) != IKL_OK) {
        ikl_wipe(endpoint->draft, endpoint->max_message);
        return IKL_ERR_INVALID;
    }
    *out = (struct ikl_octets){endpoint->draft, offset + writer.len};
    return IKL_OK;
}

int ikl_sa_compose(struct ikl_sa *sa, const struct ikl_content *content, struct ikl_octets *out)
{
    return ikl_sa_compose_behind(sa, 0, content, out);
}

int ikl_sa_pack(const struct ikl_sa *sa, const struct ikl_path *path, size_t plaintext_len, struct ikl_packing *out)
{
    size_t whole = ikl_sa_has_keys(sa) ? ikl_sk_sealed_len(ikl_sa_cipher(sa), plaintext_len, false)
                                       : IKL_HEADER_LEN + plaintext_len;

    if (ikl_fragments_used(sa->fragmentation) && whole > ikl_sa_largest(sa, path) && !path->reliable) {
        return ikl_sa_pack_pieces(sa, path, plaintext_len, out);
    }
    *out = (struct ikl_packing){.len = whole};
    return whole <= sa->endpoint->max_message ? IKL_OK : IKL_ERR_INVALID;
}

/* Seals a part of the draft; `number` 0: all of it, not as a fragment. */
static int seal_piece(struct ikl_sa *sa, const struct ikl_draft *draft, struct ikl_octets plaintext, const uint8_t *iv,
                      uint16_t number, uint16_t total, size_t *len)
{
    uint8_t *message = ikl_endpoint_message(sa->endpoint);
    struct ikl_sealing what = {
        .header = ikl_sa_header_of(sa, draft),
        .first_payload = number <= 1 ? draft->first_payload : (uint8_t)IKL_PAYLOAD_NONE,
        .plaintext = plaintext,
        .iv = iv,
        .fragment_number = number,
        .fragment_total = total,
    };

    return ikl_sk_seal(ikl_sa_cipher(sa), ikl_sa_send_key(sa), &what, message, sa->endpoint->max_message, len);
}

int ikl_sa_seal_text(struct ikl_sa *sa, const struct ikl_draft *draft, const uint8_t *iv, size_t *len)
{
    return seal_piece(sa, draft, draft->plaintext, iv, 0, 0, len);
}

/* Writes the message without protection, for IKE_SA_INIT. */
static int write_plain(struct ikl_sa *sa, const struct ikl_draft *draft, size_t *len)
{
    uint8_t *message = ikl_endpoint_message(sa->endpoint);
    struct ikl_writer writer = ikl_writer(message, sa->endpoint->max_message);
    struct ikl_header header = ikl_sa_header_of(sa, draft);

    header.next_payload = draft->first_payload;
    header.length = (uint32_t)(IKL_HEADER_LEN + draft->plaintext.len);
    ikl_header_write(&writer, &header);
    ikl_write_octets(&writer, draft->plaintext.data, draft->plaintext.len);
    *len = writer.len; /* there was room: ikl_sa_pack has seen to that */
    return IKL_OK;
}

/* Makes one datagram of the message in the endpoint's message buffer. */
static int make_piece(struct ikl_sa *sa, const struct ikl_draft *draft, const struct ikl_packing *packing, size_t n,
                      size_t *len)
{
    struct ikl_octets plaintext = draft->plaintext;
    uint8_t iv[IKL_MAX_IV];
    int result;

    if (!ikl_sa_has_keys(sa)) {
        return write_plain(sa, draft, len);
    }
    result = ikl_sa_next_iv(sa, iv);
    if (result != IKL_OK) {
        return result;
    }
    if (packing->n_pieces == 0) {
        return ikl_sa_seal(sa, draft, iv, len);
    }
    plaintext.data += n * packing->piece;
    plaintext.len -= n * packing->piece;
    if (n + 1 < packing->n_pieces) {
        plaintext.len = packing->piece;
    }
    return seal_piece(sa, draft, plaintext, iv, (uint16_t)(n + 1), packing->n_pieces, len);
}

/* Writes all datagrams one after the other into a body that has room for them. */
static int fill(struct ikl_sa *sa, const struct ikl_draft *draft, const struct ikl_packing *packing, uint32_t body)
{
    size_t n_datagrams = packing->n_pieces != 0 ? packing->n_pieces : 1;
    size_t offset = 0;

    for (size_t n = 0; n < n_datagrams; n++) {
        size_t len;
        int result = make_piece(sa, draft, packing, n, &len);

        if (result != IKL_OK) {
            return result;
        }
        ikl_pool_write(&sa->endpoint->pool, body, offset, ikl_endpoint_message(sa->endpoint), len);
        offset += len;
    }
    return IKL_OK;
}

int ikl_sa_seal_stored(struct ikl_sa *sa, const struct ikl_draft *draft, const struct ikl_packing *packing,
                       uint32_t *stored)
{
    bool small = draft->plaintext.len <= IKL_SMALL_BODY;
    uint32_t body = ikl_sa_take_body(sa, packing->len, small ? IKL_BODY_SMALL : IKL_BODY);
    int result;

    if (body == IKL_NONE) {
        return IKL_ERR_NO_BUFFER;
    }
    result = fill(sa, draft, packing, body);
    if (result != IKL_OK) {
        ikl_sa_drop_body(sa, body);
        return result;
    }
    *stored = body;
    return IKL_OK;
}

size_t ikl_sa_stored_len(const struct ikl_sa *sa, uint32_t body, size_t offset)
{
    uint8_t length[4]; /* in the header */

    ikl_pool_read(&sa->endpoint->pool, body, offset + LENGTH_OFFSET, length, sizeof(length));
    return ikl_load_u32(length);
}

int ikl_sa_transmit_stored(struct ikl_sa *sa, const struct ikl_path *path, uint32_t body)
{
    const struct ikl_pool *pool = &sa->endpoint->pool;
    size_t len = ikl_pool_len(pool, body);
    size_t offset = 0;
    int first_failure = IKL_OK;

    while (offset < len) {
        size_t here = ikl_sa_stored_len(sa, body, offset);
        int result;

        ikl_pool_read(pool, body, offset, ikl_endpoint_message(sa->endpoint), here);
        result = ikl_endpoint_transmit(sa->endpoint, sa, path, here);
        if (result == IKL_ERR_BLOCKED) {
            return result; /* all of it is sent again later */
        }
        first_failure = first_failure != IKL_OK ? first_failure : result;
        offset += here;
    }
    return first_failure;
}
