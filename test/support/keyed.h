/* SPDX-License-Identifier: ISC */
/* Ciphers and PRFs called with what they need, where the struct that it comes in is not what is tested. */
#ifndef TEST_KEYED_H
#define TEST_KEYED_H

#include <ikelive/crypto.h>

static inline int keyed_init(const struct ikl_cipher *cipher, void *state, const uint8_t *encr_key,
                             const uint8_t *integ_key)
{
    struct ikl_cipher_init keys = {
        .size = sizeof(keys), .encr_key = encr_key, .integ_key = integ_key, .cipher = cipher};

    return cipher->init(state, &keys);
}

static inline struct ikl_prf_input keyed_input(const uint8_t *key, size_t key_len, const struct ikl_octets *parts,
                                               size_t n_parts)
{
    return (struct ikl_prf_input){
        .size = sizeof(struct ikl_prf_input), .key = key, .key_len = key_len, .parts = parts, .n_parts = n_parts};
}

static inline int keyed_prf(const struct ikl_prf *prf, const uint8_t *key, size_t key_len,
                            const struct ikl_octets *parts, size_t n_parts, uint8_t *out)
{
    struct ikl_prf_input input = keyed_input(key, key_len, parts, n_parts);

    return prf->compute(&input, out);
}

static inline int keyed_prf_plus(const struct ikl_prf *prf, const uint8_t *key, size_t key_len,
                                 const struct ikl_octets *seed, size_t n, uint8_t *out, size_t out_len)
{
    struct ikl_prf_input input = keyed_input(key, key_len, seed, n);

    return ikl_prf_plus(prf, &input, out, out_len);
}

#endif
