/* SPDX-License-Identifier: ISC */
/* A host's own provider. See toy_cipher.h. */
#include "toy_cipher.h"

#include "keyed.h"
#include "providers.h"

#include <stdlib.h>
#include <string.h>

enum { HASH_LEN = 32 };

/* `magic` is there to make the state need its alignment. */
struct toy_state {
    uint64_t magic;
    uint8_t encr_key[TOY_ENCR_KEY_LEN];
    uint8_t integ_key[TOY_INTEG_KEY_LEN];
};

static const uint64_t magic = UINT64_C(0x746f792063697068);

static int init_state(void *state, const struct ikl_cipher_init *keys)
{
    struct toy_state *toy = state;

    toy->magic = magic;
    memcpy(toy->encr_key, keys->encr_key, sizeof(toy->encr_key));
    memcpy(toy->integ_key, keys->integ_key, sizeof(toy->integ_key));
    return IKL_OK;
}

/* HMAC-SHA-256 of all that the toy does. */
static void compute(const uint8_t *key, size_t key_len, const struct ikl_octets *parts, size_t n, uint8_t *out)
{
    const struct ikl_prf *prf;

    if (test_provider->prf(IKL_PRF_HMAC_SHA2_256, &prf) != IKL_OK ||
        keyed_prf(prf, key, key_len, parts, n, out) != IKL_OK) {
        abort();
    }
}

static void compute_icv(const struct toy_state *toy, const uint8_t *message, size_t len, uint8_t *icv)
{
    const struct ikl_octets part = {message, len};
    uint8_t tag[HASH_LEN];

    compute(toy->integ_key, sizeof(toy->integ_key), &part, 1, tag);
    memcpy(icv, tag, TOY_ICV_LEN);
}

/* Adds the hash of the IV and of the number of each block. */
static void apply_stream(const struct toy_state *toy, const uint8_t *iv, const uint8_t *from, size_t len, uint8_t *to)
{
    uint8_t stream[HASH_LEN], number[2];
    const struct ikl_octets parts[] = {{iv, TOY_IV_LEN}, {number, sizeof(number)}};

    for (size_t i = 0; i < len; i++) {
        if (i % HASH_LEN == 0) {
            number[0] = (uint8_t)(i / HASH_LEN);
            number[1] = (uint8_t)(i / HASH_LEN >> 8);
            compute(toy->encr_key, sizeof(toy->encr_key), parts, 2, stream);
        }
        to[i] = (uint8_t)(from[i] ^ stream[i % HASH_LEN]);
    }
}

static int seal_text(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    const struct toy_state *toy = state;
    uint8_t *text = message + aad_len + TOY_IV_LEN;

    if (toy->magic != magic || text_len % TOY_BLOCK_LEN != 0) {
        return IKL_ERR_CRYPTO;
    }
    apply_stream(toy, message + aad_len, text, text_len, text);
    compute_icv(toy, message, aad_len + TOY_IV_LEN + text_len, text + text_len);
    return IKL_OK;
}

static int open_text(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    const struct toy_state *toy = state;
    const uint8_t *text = message + aad_len + TOY_IV_LEN;
    uint8_t icv[TOY_ICV_LEN];

    if (toy->magic != magic || text_len % TOY_BLOCK_LEN != 0) {
        return IKL_ERR_CRYPTO;
    }
    compute_icv(toy, message, aad_len + TOY_IV_LEN + text_len, icv);
    if (!ikl_equal(icv, text + text_len, sizeof(icv))) {
        return IKL_ERR_FORGED;
    }
    apply_stream(toy, message + aad_len, text, text_len, plaintext);
    return IKL_OK;
}

const struct ikl_cipher toy_cipher = {
    .size = sizeof(struct ikl_cipher),
    .name = "toy",
    .encr_key_len = TOY_ENCR_KEY_LEN,
    .integ_key_len = TOY_INTEG_KEY_LEN,
    .iv_len = TOY_IV_LEN,
    .icv_len = TOY_ICV_LEN,
    .block_len = TOY_BLOCK_LEN,
    .counter_iv = false,
    .deterministic = true,
    .state_size = sizeof(struct toy_state),
    .init = init_state,
    .seal = seal_text,
    .open = open_text,
};

static int find_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    if (suite->encr != IKL_ENCR_AES_CBC || suite->integ != IKL_INTEG_HMAC_SHA2_256_128) {
        return IKL_ERR_UNSUPPORTED;
    }
    *out = &toy_cipher;
    return IKL_OK;
}

static int find_prf(uint16_t id, const struct ikl_prf **out)
{
    return test_provider->prf(id, out);
}

const struct ikl_provider toy_provider = {
    .size = sizeof(struct ikl_provider),
    .name = "toy",
    .cipher = find_cipher,
    .prf = find_prf,
};
