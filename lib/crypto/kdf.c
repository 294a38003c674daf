/* SPDX-License-Identifier: ISC */
/* ikelive kdf: prf+, SKEYSEED, the keys of an IKE SA and of a Child SA (RFC 7296 §2.13, §2.14, §2.17, §2.18; RFC 9370
 * §2.2.4). */
#include "check.h"
#include "sized.h"

#include <string.h>

enum {
    MAX_SEED_PARTS = 6,
    MAX_SECRETS = 3 + IKL_MAX_ADDITIONAL, /* what follows SK_d: g^ir, Ni, Nr, SK(1), SK(2), ... */
    MAX_BLOCKS = 255,                     /* the block counter is one octet */
    MIN_NONCE = 16,                       /* §3.9 */
    MAX_NONCE = 256,
    MAX_KEYMAT = 3 * IKL_MAX_PRF + 2 * IKL_MAX_INTEG_KEY + 2 * IKL_MAX_ENCR_KEY
};

static bool is_nonce(struct ikl_octets nonce)
{
    return nonce.len >= MIN_NONCE && nonce.len <= MAX_NONCE;
}

static bool are_secrets(const struct ikl_octets *secrets, size_t n)
{
    if (n > IKL_MAX_ADDITIONAL || (n != 0 && secrets == NULL)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (secrets[i].len == 0) {
            return false;
        }
    }
    return true;
}

/* False when the size, a nonce or an additional secret of the input is out of range. */
static bool take(struct ikl_kdf_input *input, const struct ikl_kdf_input *given)
{
    return ikl_sized_take(input, sizeof(*input), given, IKL_END_OF(struct ikl_kdf_input, spi_r)) &&
           is_nonce(input->ni) && is_nonce(input->nr) && are_secrets(input->additional, input->n_additional);
}

/* g^ir | Ni | Nr | SK(1) | ... SK(n). Returns how many parts that is. */
static size_t list_secrets(struct ikl_octets parts[static MAX_SECRETS], const struct ikl_kdf_input *input)
{
    parts[0] = input->shared_secret;
    parts[1] = input->ni;
    parts[2] = input->nr;
    for (size_t i = 0; i < input->n_additional; i++) {
        parts[3 + i] = input->additional[i];
    }
    return 3 + input->n_additional;
}

static bool is_prf_key(struct ikl_octets key)
{
    return key.len != 0 && key.len <= IKL_MAX_PRF;
}

static int compute(const struct ikl_prf *prf, struct ikl_octets key, const struct ikl_octets *parts, size_t n,
                   uint8_t *out)
{
    struct ikl_prf_input input = {
        .size = sizeof(input), .key = key.data, .key_len = key.len, .parts = parts, .n_parts = n};

    return prf->compute(&input, out);
}

/* T(n) = prf(K, T(n-1) | S | n). Each block is written to `out` after the one before; only the last one, if it does not
 * fit whole, takes a detour. */
static int next_block(const struct ikl_prf *prf, struct ikl_octets key, struct ikl_octets *parts, size_t n,
                      uint8_t *out, size_t room)
{
    uint8_t block[IKL_MAX_PRF];
    int result;

    if (room >= prf->len) {
        return compute(prf, key, parts, n, out);
    }
    result = compute(prf, key, parts, n, block);
    if (result == IKL_OK) {
        memcpy(out, block, room);
    }
    ikl_wipe(block, sizeof(block));
    return result;
}

static int prf_plus(const struct ikl_prf *prf, struct ikl_octets key, const struct ikl_octets *seed, size_t n,
                    uint8_t *out, size_t out_len)
{
    struct ikl_octets parts[MAX_SECRETS + 2] = {{NULL, 0}};
    uint8_t count = 1;

    if (ikl_prf_check(prf) != IKL_OK || out_len > (size_t)MAX_BLOCKS * prf->len) {
        return IKL_ERR_INVALID;
    }
    for (size_t i = 0; i < n; i++) {
        parts[1 + i] = seed[i];
    }
    parts[1 + n] = (struct ikl_octets){&count, 1};
    for (size_t done = 0; done < out_len; done += prf->len) {
        int result = next_block(prf, key, parts, n + 2, out + done, out_len - done);

        if (result != IKL_OK) {
            ikl_wipe(out, out_len);
            return result;
        }
        parts[0] = (struct ikl_octets){out + done, prf->len};
        count++;
    }
    return IKL_OK;
}

int ikl_prf_plus(const struct ikl_prf *prf, const struct ikl_prf_input *given, uint8_t *out, size_t out_len)
{
    struct ikl_prf_input input;

    if (!ikl_sized_take(&input, sizeof(input), given, sizeof(input)) || input.n_parts > MAX_SEED_PARTS) {
        return IKL_ERR_INVALID;
    }
    return prf_plus(prf, (struct ikl_octets){input.key, input.key_len}, input.parts, input.n_parts, out, out_len);
}

static int compute_skeyseed(const struct ikl_prf *prf, struct ikl_octets key, const struct ikl_octets *parts, size_t n,
                            uint8_t *out)
{
    int result = compute(prf, key, parts, n, out);

    if (result != IKL_OK) {
        ikl_wipe(out, prf->len);
    }
    return result;
}

/* The part of a nonce that SKEYSEED is keyed with. */
static size_t key_part(const struct ikl_prf *prf, struct ikl_octets nonce)
{
    size_t most = ikl_sized_has(prf, IKL_END_OF(struct ikl_prf, nonce_len)) ? prf->nonce_len : 0;

    return most != 0 && most < nonce.len ? most : nonce.len;
}

int ikl_skeyseed(const struct ikl_prf *prf, const struct ikl_kdf_input *given, uint8_t *out)
{
    struct ikl_kdf_input input;
    uint8_t nonces[2 * MAX_NONCE];
    size_t i_len, r_len;

    if (!take(&input, given) || input.shared_secret.len == 0 || ikl_prf_check(prf) != IKL_OK) {
        return IKL_ERR_INVALID;
    }
    i_len = key_part(prf, input.ni);
    r_len = key_part(prf, input.nr);
    memcpy(nonces, input.ni.data, i_len);
    memcpy(nonces + i_len, input.nr.data, r_len);
    return compute_skeyseed(prf, (struct ikl_octets){nonces, i_len + r_len}, &input.shared_secret, 1, out);
}

int ikl_skeyseed_rekey(const struct ikl_prf *prf, struct ikl_octets old_sk_d, const struct ikl_kdf_input *given,
                       uint8_t *out)
{
    struct ikl_octets parts[MAX_SECRETS];
    struct ikl_kdf_input input;

    if (!take(&input, given) || input.shared_secret.len == 0 || !is_prf_key(old_sk_d) || ikl_prf_check(prf) != IKL_OK) {
        return IKL_ERR_INVALID;
    }
    return compute_skeyseed(prf, old_sk_d, parts, list_secrets(parts, &input), out);
}

static int find_algorithms(const struct ikl_provider *provider, const struct ikl_suite *suite,
                           const struct ikl_cipher **cipher, const struct ikl_prf **prf)
{
    int result = ikl_provider_cipher(provider, suite, cipher);

    return result == IKL_OK ? ikl_provider_prf(provider, suite->prf, prf) : result;
}

/* Copies the next `len` octets of the key material and returns what follows. */
static const uint8_t *hand_out(uint8_t *key, const uint8_t *keymat, size_t len)
{
    memcpy(key, keymat, len);
    return keymat + len;
}

static void divide(struct ikl_keys *out, const struct ikl_cipher *cipher, const struct ikl_prf *prf,
                   const uint8_t *keymat)
{
    memset(out, 0, sizeof(*out));
    out->prf_len = prf->len;
    out->integ_key_len = (uint8_t)cipher->integ_key_len;
    out->encr_key_len = (uint8_t)cipher->encr_key_len;
    keymat = hand_out(out->sk_d, keymat, prf->len);
    keymat = hand_out(out->sk_ai, keymat, cipher->integ_key_len);
    keymat = hand_out(out->sk_ar, keymat, cipher->integ_key_len);
    keymat = hand_out(out->sk_ei, keymat, cipher->encr_key_len);
    keymat = hand_out(out->sk_er, keymat, cipher->encr_key_len);
    keymat = hand_out(out->sk_pi, keymat, prf->len);
    (void)hand_out(out->sk_pr, keymat, prf->len);
}

static void put_spi(uint8_t *at, uint64_t spi)
{
    for (size_t i = 0; i < sizeof(spi); i++) {
        at[i] = (uint8_t)(spi >> (56 - 8 * i));
    }
}

/* prf+(SKEYSEED, Ni | Nr | SPIi | SPIr) */
static int keymat_of_ike_sa(const struct ikl_prf *prf, struct ikl_octets skeyseed, const struct ikl_kdf_input *given,
                            uint8_t *keymat, size_t len)
{
    struct ikl_kdf_input input;
    uint8_t spis[16];

    if (!take(&input, given) || !is_prf_key(skeyseed)) {
        return IKL_ERR_INVALID;
    }
    put_spi(spis, input.spi_i);
    put_spi(spis + 8, input.spi_r);
    return prf_plus(prf, skeyseed, (struct ikl_octets[]){input.ni, input.nr, {spis, sizeof(spis)}}, 3, keymat, len);
}

int ikl_keys_derive(struct ikl_keys *out, const struct ikl_provider *provider, const struct ikl_suite *suite,
                    struct ikl_octets skeyseed, const struct ikl_kdf_input *input)
{
    const struct ikl_cipher *cipher;
    const struct ikl_prf *prf;
    uint8_t keymat[MAX_KEYMAT];
    int result = find_algorithms(provider, suite, &cipher, &prf);

    if (result == IKL_OK) {
        result = keymat_of_ike_sa(prf, skeyseed, input, keymat,
                                  3u * prf->len + 2u * cipher->integ_key_len + 2u * cipher->encr_key_len);
    }
    if (result == IKL_OK) {
        divide(out, cipher, prf, keymat);
    } else {
        ikl_wipe(out, sizeof(*out));
    }
    ikl_wipe(keymat, sizeof(keymat));
    return result;
}

int ikl_child_keymat(const struct ikl_prf *prf, struct ikl_octets sk_d, const struct ikl_kdf_input *given, uint8_t *out,
                     size_t out_len)
{
    struct ikl_octets parts[MAX_SECRETS];
    struct ikl_kdf_input input;

    if (!take(&input, given) || !is_prf_key(sk_d)) {
        return IKL_ERR_INVALID;
    }
    return prf_plus(prf, sk_d, parts, list_secrets(parts, &input), out, out_len);
}
