/* SPDX-License-Identifier: ISC */
/* A provider for machines where no library of algorithms is there. See stand_in.h. */
#include "stand_in.h"

#include <string.h>

enum { LANES = 4, HASH_LEN = 8 * LANES, KEY_LEN = 36, IV_LEN = 8, ICV_LEN = 16 };

struct stand_in_state {
    uint64_t lanes[LANES]; /* the key taken in */
};

static void absorb(uint64_t lanes[LANES], const uint8_t *data, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        for (size_t i = 0; i < LANES; i++) {
            lanes[i] = (lanes[i] ^ data[at]) * UINT64_C(0x9e3779b97f4a7c15);
            lanes[i] ^= lanes[i] >> 29;
        }
    }
}

static void begin(uint64_t lanes[LANES], const uint8_t *key, size_t len)
{
    for (size_t i = 0; i < LANES; i++) {
        lanes[i] = i + 1;
    }
    absorb(lanes, key, len);
}

static void write_out(const uint64_t lanes[LANES], uint8_t out[HASH_LEN])
{
    for (size_t i = 0; i < HASH_LEN; i++) {
        out[i] = (uint8_t)(lanes[i / 8] >> (8 * (i % 8)));
    }
}

static int init_state(void *state, const struct ikl_cipher_init *keys)
{
    struct stand_in_state *own = state;

    begin(own->lanes, keys->encr_key, KEY_LEN);
    return IKL_OK;
}

static void compute_icv(const struct stand_in_state *state, const uint8_t *message, size_t len, uint8_t *icv)
{
    struct stand_in_state at = *state;
    uint8_t hash[HASH_LEN];

    absorb(at.lanes, message, len);
    write_out(at.lanes, hash);
    memcpy(icv, hash, ICV_LEN);
}

/* Adds the hash of the IV and of the number of each block. */
static void apply_stream(const struct stand_in_state *state, const uint8_t *iv, const uint8_t *from, size_t len,
                         uint8_t *to)
{
    uint8_t stream[HASH_LEN];

    for (size_t i = 0; i < len; i++) {
        if (i % HASH_LEN == 0) {
            const uint8_t number[] = {(uint8_t)(i / HASH_LEN), (uint8_t)(i / HASH_LEN >> 8)};
            struct stand_in_state at = *state;

            absorb(at.lanes, iv, IV_LEN);
            absorb(at.lanes, number, sizeof(number));
            write_out(at.lanes, stream);
        }
        to[i] = (uint8_t)(from[i] ^ stream[i % HASH_LEN]);
    }
}

static int seal_text(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    uint8_t *text = message + aad_len + IV_LEN;

    apply_stream(state, message + aad_len, text, text_len, text);
    compute_icv(state, message, aad_len + IV_LEN + text_len, text + text_len);
    return IKL_OK;
}

static int open_text(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    const uint8_t *text = message + aad_len + IV_LEN;
    uint8_t icv[ICV_LEN];

    compute_icv(state, message, aad_len + IV_LEN + text_len, icv);
    if (!ikl_equal(icv, text + text_len, sizeof(icv))) {
        return IKL_ERR_FORGED;
    }
    apply_stream(state, message + aad_len, text, text_len, plaintext);
    return IKL_OK;
}

static const struct ikl_cipher cipher = {
    .size = sizeof(struct ikl_cipher),
    .name = "stand-in",
    .encr_key_len = KEY_LEN,
    .iv_len = IV_LEN,
    .icv_len = ICV_LEN,
    .block_len = 1,
    .counter_iv = true,
    .deterministic = true,
    .state_size = sizeof(struct stand_in_state),
    .init = init_state,
    .seal = seal_text,
    .open = open_text,
};

static int compute_prf(const struct ikl_prf_input *input, uint8_t *out)
{
    uint64_t lanes[LANES];

    begin(lanes, input->key, input->key_len);
    for (size_t i = 0; i < input->n_parts; i++) {
        absorb(lanes, input->parts[i].data, input->parts[i].len);
    }
    write_out(lanes, out);
    return IKL_OK;
}

static const struct ikl_prf prf = {
    .size = sizeof(struct ikl_prf), .name = "stand-in", .len = HASH_LEN, .compute = compute_prf};

static int find_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    *out = &cipher;
    return suite->encr == IKL_ENCR_CHACHA20_POLY1305 ? IKL_OK : IKL_ERR_UNSUPPORTED;
}

static int find_prf(uint16_t id, const struct ikl_prf **out)
{
    *out = &prf;
    return id == IKL_PRF_HMAC_SHA2_256 ? IKL_OK : IKL_ERR_UNSUPPORTED;
}

const struct ikl_provider stand_in_provider = {
    .size = sizeof(struct ikl_provider), .name = "stand-in", .cipher = find_cipher, .prf = find_prf};
