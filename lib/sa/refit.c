/* SPDX-License-Identifier: ISC */
/* ikelive sa: sends a message again along a narrower path: opens it with the key that sealed it, and seals it in
 * smaller fragments (RFC 7383 §2.5.2). */
#include "keying.h"

#include "crypto/check.h"

/* Opens one datagram of a body to the end of the draft. */
static int open_stored(struct ikl_sa *sa, uint32_t body, size_t offset, size_t draft_len, struct ikl_opened *opened)
{
    struct ikl_endpoint *endpoint = sa->endpoint;
    uint8_t *message = ikl_endpoint_message(endpoint);
    size_t len = ikl_sa_stored_len(sa, body, offset);

    ikl_pool_read(&endpoint->pool, body, offset, message, len);
    return ikl_sk_open(ikl_sa_cipher(sa), ikl_sa_send_key(sa), message, len, endpoint->draft + draft_len,
                       endpoint->max_message + IKL_PADDING_ROOM - draft_len, opened);
}

/* Whether datagram number `n`, from 0, is the message or its next fragment. */
static bool continues(const struct ikl_opened *opened, uint16_t n, uint16_t total)
{
    return n == 0 ? opened->fragment_number <= 1 : opened->fragment_number == n + 1 && opened->fragment_total == total;
}

/* Opens all datagrams of a body, one after the other, into the endpoint's draft buffer. A host may have handed over a
 * body that is sealed with an unknown key, or is out of order. */
static int reopen(struct ikl_sa *sa, uint32_t body, struct ikl_draft *draft, uint16_t *n)
{
    size_t len = ikl_pool_len(&sa->endpoint->pool, body);
    struct ikl_opened opened = {.fragment_total = 0};

    *draft = (struct ikl_draft){.plaintext.data = sa->endpoint->draft};
    *n = 0;
    for (size_t offset = 0; offset < len; offset += opened.header.length) {
        uint16_t total = opened.fragment_total;
        int result = open_stored(sa, body, offset, draft->plaintext.len, &opened);

        if (result != IKL_OK) {
            return result;
        }
        if (!continues(&opened, *n, total)) {
            return IKL_ERR_FRAGMENT;
        }
        draft->first_payload = *n == 0 ? opened.first_payload : draft->first_payload;
        draft->plaintext.len += opened.plaintext.len;
        (*n)++;
    }
    draft->exchange_type = opened.header.exchange_type;
    draft->response = (opened.header.flags & IKL_FLAG_RESPONSE) != 0;
    draft->message_id = opened.header.message_id;
    return opened.fragment_number == opened.fragment_total ? IKL_OK : IKL_ERR_FRAGMENT;
}

/* Puts a body aside while another takes its room, and brings it back. */
static bool put_aside(struct ikl_sa *sa, uint32_t body, size_t len)
{
    struct ikl_endpoint *endpoint = sa->endpoint;

    if (len > ikl_endpoint_aside_size(endpoint->max_message)) {
        return false;
    }
    ikl_pool_read(&endpoint->pool, body, 0, endpoint->aside, len);
    return true;
}

static void bring_back(struct ikl_sa *sa, uint32_t body, size_t len)
{
    ikl_pool_write(&sa->endpoint->pool, body, 0, sa->endpoint->aside, len);
}

/* Replaces a body with the draft, sealed as the packing says; the body stays as it is when that fails. */
static void replace(struct ikl_sa *sa, const struct ikl_draft *draft, const struct ikl_packing *packing,
                    uint32_t *stored)
{
    size_t len = ikl_pool_len(&sa->endpoint->pool, *stored);

    if (!ikl_sa_has_body_room(sa, packing->len, ikl_sa_body_blocks(sa, *stored)) || !put_aside(sa, *stored, len)) {
        return;
    }
    ikl_sa_drop_body(sa, *stored);
    *stored = IKL_NONE;
    if (ikl_sa_seal_stored(sa, draft, packing, stored) != IKL_OK) {
        *stored = ikl_sa_take_body(sa, len, IKL_BODY_OWED);
        bring_back(sa, *stored, len);
    }
}

static void refragment(struct ikl_sa *sa, const struct ikl_path *path, uint32_t *stored)
{
    struct ikl_draft draft;
    struct ikl_packing packing;
    uint16_t n_before;

    if (reopen(sa, *stored, &draft, &n_before) == IKL_OK &&
        ikl_sa_pack_anew(sa, path, draft.plaintext.len, n_before, &packing) == IKL_OK) {
        replace(sa, &draft, &packing, stored);
    }
    ikl_wipe(sa->endpoint->draft, sa->endpoint->max_message + IKL_PADDING_ROOM);
}

static bool is_too_large(const struct ikl_sa *sa, uint32_t body, size_t most)
{
    size_t len = ikl_pool_len(&sa->endpoint->pool, body);

    for (size_t offset = 0, here; offset < len; offset += here) {
        here = ikl_sa_stored_len(sa, body, offset);
        if (here > most) {
            return true;
        }
    }
    return false;
}

void ikl_sa_refit(struct ikl_sa *sa, const struct ikl_path *path, uint32_t *stored)
{
    if (sa->fragmentation && is_too_large(sa, *stored, ikl_sa_largest(sa, path))) {
        refragment(sa, path, stored);
    }
}
