/* SPDX-License-Identifier: ISC */
/* ikeping: signatures in AUTH payloads, by libcrypto. */
#include "signature.h"

#include "certificates_own.h"

#include <ikelive/registry.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

/* How a key signs. */
struct scheme {
    uint8_t method;    /* enum ikl_auth_method */
    uint16_t hash;     /* the bit of its hash algorithm; 0: the method has one of its own */
    int key;           /* type of the key; libcrypto's number */
    const char *curve; /* of the key; null: any */
    int digest;        /* NID_undef: what is signed is not hashed */
    bool pss;          /* RSASSA-PSS, with a salt as long as the hash and MGF1 of the same hash (RFC 7427 §A.4) */
};

/* In the order in which they are chosen. Of ECDSA first the hash that is as long as the curve; RSASSA-PSS before the
 * older one (RFC 8247 §3.2). */
static const struct scheme schemes[] = {
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_IDENTITY, EVP_PKEY_ED25519, NULL, NID_undef, false},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_IDENTITY, EVP_PKEY_ED448, NULL, NID_undef, false},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_256, EVP_PKEY_EC, "prime256v1", NID_sha256, false},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_384, EVP_PKEY_EC, "secp384r1", NID_sha384, false},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_512, EVP_PKEY_EC, "secp521r1", NID_sha512, false},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_256, EVP_PKEY_EC, NULL, NID_sha256, false},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_384, EVP_PKEY_EC, NULL, NID_sha384, false},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_512, EVP_PKEY_EC, NULL, NID_sha512, false},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_256, EVP_PKEY_RSA, NULL, NID_sha256, true},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_384, EVP_PKEY_RSA, NULL, NID_sha384, true},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_512, EVP_PKEY_RSA, NULL, NID_sha512, true},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_256, EVP_PKEY_RSA, NULL, NID_sha256, false},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_384, EVP_PKEY_RSA, NULL, NID_sha384, false},
    {IKL_AUTH_DIGITAL_SIGNATURE, SIGNATURE_SHA2_512, EVP_PKEY_RSA, NULL, NID_sha512, false},
    {IKL_AUTH_ECDSA_256, 0, EVP_PKEY_EC, "prime256v1", NID_sha256, false},
    {IKL_AUTH_ECDSA_384, 0, EVP_PKEY_EC, "secp384r1", NID_sha384, false},
    {IKL_AUTH_ECDSA_521, 0, EVP_PKEY_EC, "secp521r1", NID_sha512, false},
    {IKL_AUTH_RSA, 0, EVP_PKEY_RSA, NULL, NID_sha1, false},
};

enum { N_SCHEMES = sizeof(schemes) / sizeof(schemes[0]), ALGORITHM_MAX = 128 };

static bool is_of_curve(const EVP_PKEY *key, const char *curve)
{
    char name[32];

    return EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) == 1 && strcmp(name, curve) == 0;
}

static bool is_for_key(const struct scheme *scheme, const EVP_PKEY *key)
{
    return EVP_PKEY_get_base_id(key) == scheme->key && (scheme->curve == NULL || is_of_curve(key, scheme->curve));
}

/* Null: there is none for this key and such a peer. */
static const struct scheme *choose(const EVP_PKEY *key, uint16_t hashes)
{
    for (size_t i = 0; i < N_SCHEMES; i++) {
        bool suits = hashes == 0 ? schemes[i].hash == 0 : (schemes[i].hash & hashes) != 0;

        if (suits && is_for_key(&schemes[i], key)) {
            return &schemes[i];
        }
    }
    return NULL;
}

bool signature_is_possible(const struct certificates *certificates, uint16_t hashes)
{
    return choose(certificates->key, hashes) != NULL &&
           EVP_PKEY_get_size(certificates->key) <= SIGNATURE_DATA_MAX - ALGORITHM_MAX - 1;
}

/* The parameters of RSASSA-PSS (RFC 4055 §3.1). */
static ASN1_STRING *make_pss(const EVP_MD *digest)
{
    RSA_PSS_PARAMS *pss = RSA_PSS_PARAMS_new();
    ASN1_STRING *hash = NULL, *packed = NULL;
    bool made = pss != NULL && (pss->hashAlgorithm = X509_ALGOR_new()) != NULL &&
                (pss->maskGenAlgorithm = X509_ALGOR_new()) != NULL && (pss->saltLength = ASN1_INTEGER_new()) != NULL;

    if (made) {
        made = X509_ALGOR_set0(pss->hashAlgorithm, OBJ_nid2obj(EVP_MD_get_type(digest)), V_ASN1_NULL, NULL) == 1;
        hash = made ? ASN1_item_pack(pss->hashAlgorithm, ASN1_ITEM_rptr(X509_ALGOR), NULL) : NULL;
        made = hash != NULL &&
               X509_ALGOR_set0(pss->maskGenAlgorithm, OBJ_nid2obj(NID_mgf1), V_ASN1_SEQUENCE, hash) == 1 &&
               ASN1_INTEGER_set(pss->saltLength, EVP_MD_get_size(digest)) == 1;
    }
    if (made) {
        packed = ASN1_item_pack(pss, ASN1_ITEM_rptr(RSA_PSS_PARAMS), NULL);
    } else if (hash != NULL) {
        ASN1_STRING_free(hash);
    }
    RSA_PSS_PARAMS_free(pss);
    return packed;
}

/* Sets the algorithm and its parameters: PKCS #1 has a NULL there, ECDSA and EdDSA have nothing (RFC 7427 §A). */
static bool set_algorithm(X509_ALGOR *algorithm, const struct scheme *scheme)
{
    const EVP_MD *digest = EVP_get_digestbynid(scheme->digest);
    ASN1_STRING *pss = scheme->pss ? make_pss(digest) : NULL;
    int nid = scheme->key; /* where nothing is hashed */

    if (scheme->pss) {
        return pss != NULL && X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE, pss) == 1;
    }
    return (scheme->digest == NID_undef || OBJ_find_sigid_by_algs(&nid, scheme->digest, scheme->key) == 1) &&
           X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid), scheme->key == EVP_PKEY_RSA ? V_ASN1_NULL : V_ASN1_UNDEF,
                           NULL) == 1;
}

/* What the data of a Digital Signature begins with: the length of an AlgorithmIdentifier, and that in DER (RFC 7427
 * §3). Gives its length; 0 when it cannot be made. */
static size_t write_algorithm(const struct scheme *scheme, uint8_t out[ALGORITHM_MAX])
{
    X509_ALGOR *algorithm = X509_ALGOR_new();
    uint8_t *at = out + 1;
    int len = 0;

    if (algorithm != NULL && set_algorithm(algorithm, scheme)) {
        len = i2d_X509_ALGOR(algorithm, NULL);
        len = len < ALGORITHM_MAX ? i2d_X509_ALGOR(algorithm, &at) : 0;
    }
    X509_ALGOR_free(algorithm);
    out[0] = (uint8_t)len;
    return len > 0 ? (size_t)len + 1 : 0;
}

/* Null: what is signed is not hashed. */
static const EVP_MD *digest_of(const struct scheme *scheme)
{
    return scheme->digest != NID_undef ? EVP_get_digestbynid(scheme->digest) : NULL;
}

static bool set_padding(EVP_PKEY_CTX *context, const struct scheme *scheme)
{
    if (scheme->key != EVP_PKEY_RSA) {
        return true;
    }
    return EVP_PKEY_CTX_set_rsa_padding(context, scheme->pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
           (!scheme->pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

/* A signature as ECDSA of the older methods has it: both numbers, each as long as the curve (RFC 4754 §7). */
static bool to_numbers(uint8_t *signature, size_t *len, size_t each)
{
    const uint8_t *at = signature;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)*len);
    bool done = pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, (int)each) > 0 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + each, (int)each) > 0;

    ECDSA_SIG_free(pair);
    *len = 2 * each;
    return done;
}

/* And back, as libcrypto has it. Gives its length; 0 when it cannot be made. */
static size_t from_numbers(struct ikl_octets numbers, uint8_t *out, size_t size)
{
    size_t each = numbers.len / 2;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(numbers.data, (int)each, NULL), *s = BN_bin2bn(numbers.data + each, (int)each, NULL);
    int len = 0;

    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        len = i2d_ECDSA_SIG(pair, NULL);
        len = len > 0 && (size_t)len <= size ? i2d_ECDSA_SIG(pair, &out) : 0;
    } else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(pair);
    return len > 0 ? (size_t)len : 0;
}

/* Octets of a number of ECDSA; 0 where signatures are not pairs of numbers. */
static size_t number_len(const struct scheme *scheme, const EVP_PKEY *key)
{
    bool pair = scheme->key == EVP_PKEY_EC && scheme->method != IKL_AUTH_DIGITAL_SIGNATURE;

    return pair ? ((size_t)EVP_PKEY_get_bits(key) + 7) / 8 : 0;
}

static bool sign(EVP_PKEY *key, const struct scheme *scheme, struct ikl_octets text, uint8_t *out, size_t *len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding = NULL;
    bool done = context != NULL && EVP_DigestSignInit(context, &padding, digest_of(scheme), NULL, key) == 1 &&
                set_padding(padding, scheme) && EVP_DigestSign(context, out, len, text.data, text.len) == 1;

    EVP_MD_CTX_free(context);
    return done && (number_len(scheme, key) == 0 || to_numbers(out, len, number_len(scheme, key)));
}

int signature_make(const struct certificates *certificates, uint16_t hashes, struct ikl_octets text,
                   uint8_t data[SIGNATURE_DATA_MAX], struct ikl_auth *out)
{
    const struct scheme *scheme = choose(certificates->key, hashes);
    size_t before = 0, len;
    bool done;

    if (!signature_is_possible(certificates, hashes)) {
        return IKL_ERR_UNSUPPORTED;
    }
    if (scheme->method == IKL_AUTH_DIGITAL_SIGNATURE) {
        before = write_algorithm(scheme, data);
        if (before == 0) {
            return IKL_ERR_NO_MEMORY;
        }
    }
    len = SIGNATURE_DATA_MAX - before;
    done = sign(certificates->key, scheme, text, data + before, &len);
    ERR_clear_error();
    *out = (struct ikl_auth){.method = scheme->method, .data = {data, before + len}};
    return done ? IKL_OK : IKL_ERR_NO_MEMORY;
}

static bool verify(EVP_PKEY *key, const struct scheme *scheme, struct ikl_octets text, struct ikl_octets signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding = NULL;
    bool right = context != NULL && EVP_DigestVerifyInit(context, &padding, digest_of(scheme), NULL, key) == 1 &&
                 set_padding(padding, scheme) &&
                 EVP_DigestVerify(context, signature.data, signature.len, text.data, text.len) == 1;

    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return right;
}

/* The scheme of the peer's signature, which goes to `signature`; null when it is none for this key. Each algorithm has
 * one encoding. */
static const struct scheme *recognise(const EVP_PKEY *key, const struct ikl_auth *auth, bool legacy,
                                      struct ikl_octets *signature)
{
    for (size_t i = 0; i < N_SCHEMES; i++) {
        const struct scheme *scheme = &schemes[i];
        uint8_t algorithm[ALGORITHM_MAX];
        size_t len = 0;

        if (scheme->method != auth->method || !is_for_key(scheme, key) || (scheme->digest == NID_sha1 && !legacy)) {
            continue;
        }
        if (scheme->method == IKL_AUTH_DIGITAL_SIGNATURE) {
            len = write_algorithm(scheme, algorithm);
            if (len == 0 || auth->data.len < len || memcmp(auth->data.data, algorithm, len) != 0) {
                continue;
            }
        }
        *signature = (struct ikl_octets){auth->data.data + len, auth->data.len - len};
        return scheme;
    }
    return NULL;
}

int signature_check(EVP_PKEY *key, const struct ikl_auth *auth, bool legacy, struct ikl_octets text)
{
    struct ikl_octets signature;
    const struct scheme *scheme = recognise(key, auth, legacy, &signature);
    uint8_t pair[256];

    if (scheme == NULL) {
        return IKL_ERR_UNSUPPORTED;
    }
    if (number_len(scheme, key) != 0) {
        if (signature.len != 2 * number_len(scheme, key)) {
            return IKL_ERR_FORGED;
        }
        signature = (struct ikl_octets){pair, from_numbers(signature, pair, sizeof(pair))};
    }
    return verify(key, scheme, text, signature) ? IKL_OK : IKL_ERR_FORGED;
}
