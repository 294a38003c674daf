/* SPDX-License-Identifier: ISC */
/* Whatever message is to be kept sealed: it is cut into pieces that hold all of its plaintext, once and in order; each
 * is sealed with an IV of its own, which was never used before and is not left for another; they fill the body that was
 * taken for them. What fails leaves no body. Counted IVs end: after the last one nothing is sealed.
 *
 * Put in by contract: the cipher as sk_seal proves, the pool as its own proof says, and how a message is packed. Left
 * out: an empty message, and what is sent without keys.
 *
 * bounds: 3 fragments at most, plaintexts of up to 255 octets; all ciphers with blocks of 1, 8 or 16, and IVs of 8
 *     octets. -DGIVEN: IVs that `next_iv` or `random` gives
 * each: -DCOUNTED
 * long: -DGIVEN
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 5
 * fault: lib/sa/protect.h s/sa->iv.next++/sa->iv.next/
 * fault: lib/sa/protect.h s/sa->iv.next >= sa->iv_end/sa->iv.next > sa->iv_end/
 * fault: lib/sa/protect.c s/plaintext.len -= n \* packing->piece/plaintext.len -= packing->piece/
 * fault: lib/sa/protect.c s/^ *ikl_sa_drop_body(sa, body);//
 * fault: -DGIVEN lib/sa/protect.c s/result = ikl_sa_next_iv(sa, iv);/result = n == 0 ? ikl_sa_next_iv(sa, iv) : 0;/ */
#include "slabs.h"

#include "sa/valid.h"

#include "sa/protect.c"

enum { MOST = 255, ROOM = 1023, PIECES = 3 };

static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static struct ikl_keying keying;
static struct ikl_cipher cipher;
static uint8_t key_states[2], plaintext[MOST], message[IKL_NON_ESP_MARKER_LEN + 1];
static struct ikl_draft draft;
static struct ikl_packing packing;
static bool has_body;
static size_t body_len, n_written, n_covered, n_sealed, last_len;
static uint64_t next; /* counted IVs below this were used; of others: the latest that was given */
static bool is_given; /* nothing was sealed with that yet */

void *ikl_slab_at(const struct ikl_slab *slab, uint32_t index)
{
    prove(slab == &keying.states && index == sa.keys);
    return key_states;
}

/* With the shortest padding. */
size_t ikl_sk_sealed_len(const struct ikl_cipher *with, size_t len, bool fragment)
{
    size_t text_len = with->block_len == 1 ? len + 1 : (len | (with->block_len - 1u)) + 1;

    return IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN + (fragment ? 4u : 0u) + with->iv_len + text_len + with->icv_len;
}

/* IVs that are not counted: each is another. */
static int give_iv(uint8_t *iv, size_t len)
{
    prove(len == cipher.iv_len);
    iv[0] = (uint8_t)++next;
    is_given = nondet_bool();
    return is_given ? IKL_OK : IKL_ERR_CRYPTO;
}

static int next_iv(void *user, struct ikl_sa *which, uint8_t *iv, size_t len)
{
    (void)user;
    prove(which == &sa);
    return give_iv(iv, len);
}

int ikl_endpoint_random(const struct ikl_endpoint *of, uint8_t *out, size_t len)
{
    prove(of == &endpoint);
    return give_iv(out, len);
}

/* Nothing was sealed with this IV, nor is it left. */
static void use_iv(const uint8_t *iv)
{
#if defined(COUNTED)
    uint64_t number = ikl_load_u64(iv);

    prove(number >= next && number < sa.iv.next && number < sa.iv_end);
    next = number + 1;
#else
    prove(is_given && iv[0] == next);
    is_given = false;
#endif
}

/* The next piece of the draft. */
static void cover(struct ikl_octets piece)
{
    prove(n_covered == 0 || piece.data == draft.plaintext.data + n_covered);
    n_covered += piece.len;
    n_sealed++;
    prove(n_covered <= draft.plaintext.len);
}

/* As sk_seal proves. */
int ikl_sk_seal(const struct ikl_cipher *with, const void *state, const struct ikl_sealing *what, uint8_t *out,
                size_t size, size_t *len)
{
    bool fragment = packing.n_pieces != 0;

    prove(with == &cipher && state == key_states && what->header.message_id == draft.message_id);
    prove(out == ikl_endpoint_message(&endpoint) && size == endpoint.max_message && what->padding == NULL);
    use_iv(what->iv);
    cover(what->plaintext);
    prove(what->fragment_total == packing.n_pieces && what->fragment_number == (fragment ? n_sealed : 0));
    prove(what->first_payload == (n_sealed == 1 ? draft.first_payload : IKL_PAYLOAD_NONE));
    *len = last_len = ikl_sk_sealed_len(&cipher, what->plaintext.len, fragment);
    prove(*len <= size);
    return nondet_bool() ? IKL_OK : IKL_ERR_CRYPTO;
}

uint32_t ikl_sa_take_body(struct ikl_sa *which, size_t len, enum ikl_body_use use)
{
    prove(which == &sa && !has_body && len == packing.len);
    prove(use == (draft.plaintext.len <= IKL_SMALL_BODY ? IKL_BODY_SMALL : IKL_BODY));
    has_body = nondet_bool();
    body_len = len;
    return has_body ? 0 : IKL_NONE;
}

void ikl_sa_drop_body(struct ikl_sa *which, uint32_t body)
{
    prove(which == &sa && has_body && body == 0);
    has_body = false;
}

void ikl_pool_write(struct ikl_pool *pool, uint32_t body, size_t offset, const uint8_t *data, size_t len)
{
    prove(pool == &endpoint.pool && has_body && body == 0);
    prove(data == ikl_endpoint_message(&endpoint) && len <= endpoint.max_message);
    prove(offset == n_written && len <= body_len - offset);
    prove(len == last_len);
    n_written += len;
}

void ikl_wipe(void *memory, size_t len)
{
    prove(memory == ikl_endpoint_message(&endpoint) && len == endpoint.max_message);
}

static void have_any_keys(void)
{
    struct ikl_cipher any;

    endpoint.keyings = &keying;
    endpoint.message = message;
    endpoint.max_message = (uint32_t)any_up_to(ROOM);
    sa = (struct ikl_sa){.endpoint = &endpoint};

    cipher = any;
    cipher.counter_iv = nondet_bool();
    cipher.iv_len = 8;
    suppose(cipher.icv_len >= 1 && cipher.icv_len <= IKL_MAX_ICV);
    suppose(cipher.block_len == 1 || cipher.block_len == 8 || cipher.block_len == 16);
    keying.cipher = &cipher;
#if defined(COUNTED)
    suppose(cipher.counter_iv);
    sa.iv.next = next = nondet_u64();
    sa.iv_end = nondet_u64();
    suppose(sa.iv_end != 0 && ikl_sa_ivs_are_valid(&sa));
#else
    if (cipher.counter_iv) {
        sa.iv.callback = next_iv;
    } else {
        sa.iv.next = nondet_u64();
        sa.iv_end = nondet_u64();
    }
#endif
}

/* As ikl_sa_pack says: the pieces hold all of the plaintext, and the last one some of it. */
static void pack_any(void)
{
    size_t left = draft.plaintext.len;

    packing = (struct ikl_packing){.piece = any_up_to(MOST), .n_pieces = (uint16_t)any_up_to(PIECES)};
    for (unsigned n = 1; n < packing.n_pieces; n++) {
        suppose(packing.piece < left);
        packing.len += ikl_sk_sealed_len(&cipher, packing.piece, true);
        left -= packing.piece;
    }
    suppose(packing.n_pieces == 0 || left <= packing.piece);
    packing.len += ikl_sk_sealed_len(&cipher, left, packing.n_pieces != 0);
    suppose(packing.n_pieces != 0 || packing.len <= endpoint.max_message);
    suppose(packing.n_pieces == 0 || ikl_sk_sealed_len(&cipher, packing.piece, true) <= endpoint.max_message);
}

int main(void)
{
    uint64_t left;
    uint32_t stored = IKL_NONE;
    int result;

    have_any_keys();
    left = sa.iv_end - sa.iv.next;
    draft = (struct ikl_draft){.exchange_type = nondet_u8(),
                               .response = nondet_bool(),
                               .message_id = nondet_u32(),
                               .first_payload = IKL_PAYLOAD_NOTIFY,
                               .plaintext = {plaintext, any_up_to(MOST)}};
    pack_any();
    result = ikl_sa_seal_stored(&sa, &draft, &packing, &stored);
    prove(has_body == (result == IKL_OK) && stored == (result == IKL_OK ? 0 : IKL_NONE));
    if (result == IKL_OK) {
        prove(n_written == body_len && n_covered == draft.plaintext.len);
        prove(n_sealed == (packing.n_pieces != 0 ? packing.n_pieces : 1));
    }
#if defined(COUNTED)
    prove(ikl_sa_ivs_are_valid(&sa) && sa.iv.next >= next);
    prove(n_sealed <= left && (result != IKL_ERR_EXHAUSTED || sa.iv.next == sa.iv_end));
#else
    (void)left;
#endif
    return 0;
}
