/* SPDX-License-Identifier: ISC */
/* ikelive examples: MODP and ECP groups, X448 and ML-KEM, from libcrypto. */
#include "dh_method.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <string.h>

enum { MAX_ENCODED = DH_MAX_LEN + 1, UNCOMPRESSED = 4 };

static bool is_ecp(const struct dh_group *group)
{
    return strcmp(group->type, "EC") == 0;
}

static bool is_modp(const struct dh_group *group)
{
    return strcmp(group->type, "DH") == 0;
}

static bool is_x448(const struct dh_group *group)
{
    return strcmp(group->type, "X448") == 0;
}

/* libcrypto has an octet in front of an ECP point that says how it is encoded; IKE has not. */
static size_t prefix_len(const struct dh_group *group)
{
    return is_ecp(group) ? 1 : 0;
}

static bool get_public(struct dh_key *key)
{
    size_t prefix = prefix_len(key->group);
    uint8_t encoded[MAX_ENCODED];
    size_t len;

    if (EVP_PKEY_get_octet_string_param(key->secret.libcrypto, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, encoded,
                                        sizeof(encoded), &len) != 1 ||
        len != prefix + key->group->public_len || (prefix != 0 && encoded[0] != UNCOMPRESSED)) {
        return false;
    }
    memcpy(key->public_value, encoded + prefix, key->group->public_len);
    return true;
}

static bool set_name(EVP_PKEY_CTX *context, const struct dh_group *group)
{
    /* libcrypto reads the name only, but its parameters have no const */
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)group->libcrypto_name, 0),
        OSSL_PARAM_construct_end()};

    return group->libcrypto_name == NULL || EVP_PKEY_CTX_set_params(context, params) == 1;
}

static bool generate(struct dh_key *key)
{
    EVP_PKEY_CTX *context;
    EVP_PKEY *pair = NULL;
    bool done;

    ERR_set_mark();
    context = EVP_PKEY_CTX_new_from_name(NULL, key->group->type, NULL);
    done = context != NULL && EVP_PKEY_keygen_init(context) == 1 && set_name(context, key->group) &&
           EVP_PKEY_generate(context, &pair) == 1;
    key->secret.libcrypto = pair;
    done = done && get_public(key);
    if (!done) {
        EVP_PKEY_free(pair);
    }
    EVP_PKEY_CTX_free(context);
    ERR_pop_to_mark();
    return done;
}

/* The peer's public value as a key of our group; null when it is none. */
static EVP_PKEY *make_peer(const struct dh_key *key, const uint8_t *peer_public)
{
    size_t prefix = prefix_len(key->group);
    uint8_t encoded[MAX_ENCODED];
    EVP_PKEY *peer = EVP_PKEY_new();

    encoded[0] = UNCOMPRESSED;
    memcpy(encoded + prefix, peer_public, key->group->public_len);
    if (peer != NULL && EVP_PKEY_copy_parameters(peer, key->secret.libcrypto) == 1 &&
        EVP_PKEY_set1_encoded_public_key(peer, encoded, prefix + key->group->public_len) == 1) {
        return peer;
    }
    EVP_PKEY_free(peer);
    return NULL;
}

/* Is the peer's public value one that may be used: in range, in the right subgroup, on the curve? */
static bool is_usable(EVP_PKEY *peer)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, peer, NULL);
    bool usable = context != NULL && EVP_PKEY_public_check(context) == 1;

    EVP_PKEY_CTX_free(context);
    return usable;
}

static int derive(const struct dh_key *key, EVP_PKEY *peer, uint8_t *shared)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key->secret.libcrypto, NULL);
    unsigned padded = 1;
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &padded),
                                 OSSL_PARAM_construct_end()};
    size_t len = key->group->shared_len;
    bool done = context != NULL && EVP_PKEY_derive_init_ex(context, is_modp(key->group) ? params : NULL) == 1 &&
                EVP_PKEY_derive_set_peer(context, peer) == 1 && EVP_PKEY_derive(context, shared, &len) == 1 &&
                len == key->group->shared_len;

    EVP_PKEY_CTX_free(context);
    if (!done && is_x448(key->group)) {
        return IKL_ERR_MALFORMED; /* a point of small order, whose shared secret would be zero, passes the check */
    }
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}

static int agree(const struct dh_key *key, const uint8_t *peer_public, uint8_t *shared)
{
    EVP_PKEY *peer;
    int result = IKL_ERR_MALFORMED;

    ERR_set_mark();
    peer = make_peer(key, peer_public);
    if (peer != NULL && is_usable(peer)) {
        result = derive(key, peer, shared);
    }
    EVP_PKEY_free(peer);
    ERR_pop_to_mark();
    return result;
}

static void clear(struct dh_key *key)
{
    EVP_PKEY_free(key->secret.libcrypto);
    key->secret.libcrypto = NULL;
}

const struct dh_method dh_method_libcrypto = {.generate = generate, .agree = agree, .clear = clear};

/* libcrypto has ML-KEM from 3.5 on. */
static bool is_there(const struct dh_group *group)
{
    EVP_KEM *kem;

    ERR_set_mark();
    kem = EVP_KEM_fetch(NULL, group->type, NULL);
    ERR_pop_to_mark();
    EVP_KEM_free(kem);
    return kem != NULL;
}

/* A ciphertext that is no answer to our public value gives another secret, and no error. */
static int decapsulate(const struct dh_key *key, const uint8_t *ciphertext, uint8_t *shared)
{
    EVP_PKEY_CTX *context;
    size_t len = key->group->shared_len;
    bool done;

    ERR_set_mark();
    context = EVP_PKEY_CTX_new_from_pkey(NULL, key->secret.libcrypto, NULL);
    done = context != NULL && EVP_PKEY_decapsulate_init(context, NULL) == 1 &&
           EVP_PKEY_decapsulate(context, shared, &len, ciphertext, key->group->answer_len) == 1 &&
           len == key->group->shared_len;
    EVP_PKEY_CTX_free(context);
    ERR_pop_to_mark();
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}

static int encapsulate(struct dh_key *key, EVP_PKEY *peer, uint8_t *shared)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, peer, NULL);
    size_t ciphertext_len = key->group->answer_len, len = key->group->shared_len;
    bool done = context != NULL && EVP_PKEY_encapsulate_init(context, NULL) == 1 &&
                EVP_PKEY_encapsulate(context, key->public_value, &ciphertext_len, shared, &len) == 1 &&
                ciphertext_len == key->group->answer_len && len == key->group->shared_len;

    EVP_PKEY_CTX_free(context);
    return done ? IKL_OK : IKL_ERR_CRYPTO;
}

static int answer(struct dh_key *key, const uint8_t *peer_public, uint8_t *shared)
{
    EVP_PKEY *peer;
    int result = IKL_ERR_MALFORMED;

    ERR_set_mark();
    peer = EVP_PKEY_new_raw_public_key_ex(NULL, key->group->type, NULL, peer_public, key->group->public_len);
    if (peer != NULL) {
        result = encapsulate(key, peer, shared);
    }
    EVP_PKEY_free(peer);
    ERR_pop_to_mark();
    return result;
}

const struct dh_method dh_method_libcrypto_kem = {
    .generate = generate, .agree = decapsulate, .clear = clear, .is_there = is_there, .answer = answer};
