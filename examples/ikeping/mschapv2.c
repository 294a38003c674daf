/* SPDX-License-Identifier: ISC */
/* ikeping: MS-CHAPv2, by libcrypto. */
#include "mschapv2.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/sha.h>
#include <string.h>

enum { HASH_LEN = 16, DES_KEY_LEN = 7, DES_BLOCK = 8, START_KEY_LEN = 16, PAD_LEN = 40 };

/* MD4 and DES, and where they come from: a context of their own, so that nothing else sees the legacy provider. */
struct legacy {
    OSSL_LIB_CTX *context;
    OSSL_PROVIDER *provider;
    EVP_MD *md4;
    EVP_CIPHER *des;
};

static bool legacy_open(struct legacy *legacy)
{
    *legacy = (struct legacy){.context = OSSL_LIB_CTX_new()};
    legacy->provider = legacy->context != NULL ? OSSL_PROVIDER_load(legacy->context, "legacy") : NULL;
    if (legacy->provider != NULL) {
        legacy->md4 = EVP_MD_fetch(legacy->context, "MD4", NULL);
        legacy->des = EVP_CIPHER_fetch(legacy->context, "DES-ECB", NULL);
    }
    ERR_clear_error();
    return legacy->md4 != NULL && legacy->des != NULL;
}

static void legacy_close(struct legacy *legacy)
{
    EVP_MD_free(legacy->md4);
    EVP_CIPHER_free(legacy->des);
    if (legacy->provider != NULL) {
        OSSL_PROVIDER_unload(legacy->provider);
    }
    OSSL_LIB_CTX_free(legacy->context);
}

bool mschapv2_is_available(void)
{
    struct legacy legacy;
    bool available = legacy_open(&legacy);

    legacy_close(&legacy);
    return available;
}

/* MD4 of the password in UTF-16, which is little-endian here (RFC 2759 §8.3). */
static bool hash_password(const struct legacy *legacy, struct ikl_octets password, uint8_t hash[HASH_LEN])
{
    uint8_t *text = NULL;
    int len = 0;
    bool done;

    if (OPENSSL_utf82uni((const char *)password.data, (int)password.len, &text, &len) == NULL) {
        return false;
    }
    len -= 2; /* libcrypto ends it with a NUL */
    for (int i = 0; i < len; i += 2) {
        uint8_t high = text[i];

        text[i] = text[i + 1];
        text[i + 1] = high;
    }
    done = EVP_Digest(text, (size_t)len, hash, NULL, legacy->md4, NULL) == 1;
    OPENSSL_clear_free(text, (size_t)len + 2);
    return done;
}

/* Makes of 56 bits a key of DES, which has a bit of parity beside each seven (RFC 2759 §8.6). */
static void spread(const uint8_t *seven, uint8_t key[DES_BLOCK])
{
    uint64_t bits = 0;

    for (int i = 0; i < DES_KEY_LEN; i++) {
        bits = bits << 8 | seven[i];
    }
    for (int i = 0; i < DES_BLOCK; i++) {
        key[i] = (uint8_t)(bits >> (49 - 7 * i) << 1 & 0xfe);
    }
}

static bool encrypt(const struct legacy *legacy, const uint8_t *seven, const uint8_t *challenge, uint8_t *out)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t key[DES_BLOCK];
    int len;
    bool done;

    spread(seven, key);
    done = context != NULL && EVP_EncryptInit_ex2(context, legacy->des, key, NULL, NULL) == 1 &&
           EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
           EVP_EncryptUpdate(context, out, &len, challenge, DES_BLOCK) == 1;
    EVP_CIPHER_CTX_free(context);
    OPENSSL_cleanse(key, sizeof(key));
    return done;
}

/* NT-Response (§8.5): the challenge, encrypted by each third of the hash of the password. */
static bool respond(const struct legacy *legacy, const uint8_t hash[HASH_LEN], const uint8_t *challenge, uint8_t *out)
{
    uint8_t padded[3 * DES_KEY_LEN] = {0};
    bool done = true;

    memcpy(padded, hash, HASH_LEN);
    for (size_t i = 0; i < 3; i++) {
        done = done && encrypt(legacy, padded + DES_KEY_LEN * i, challenge, out + DES_BLOCK * i);
    }
    OPENSSL_cleanse(padded, sizeof(padded));
    return done;
}

/* SHA-1 of strings, one after another. */
static bool hash_all(const struct ikl_octets *parts, size_t n, uint8_t out[SHA_DIGEST_LENGTH])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context != NULL && EVP_DigestInit_ex2(context, EVP_sha1(), NULL) == 1;

    for (size_t i = 0; done && i < n; i++) {
        done = EVP_DigestUpdate(context, parts[i].data, parts[i].len) == 1;
    }
    done = done && EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    return done;
}

static struct ikl_octets text_of(const char *text)
{
    return (struct ikl_octets){(const uint8_t *)text, strlen(text)};
}

/* What the authenticator proves that it knows the password with (§8.7). */
static bool make_proof(struct mschapv2 *out, struct ikl_octets hash_hash, struct ikl_octets challenge)
{
    uint8_t digest[SHA_DIGEST_LENGTH];
    const struct ikl_octets inner[] = {
        hash_hash, {out->response, MSCHAPV2_RESPONSE_LEN}, text_of("Magic server to client signing constant")};
    const struct ikl_octets outer[] = {
        {digest, sizeof(digest)}, challenge, text_of("Pad to make it do more than one iteration")};
    bool done = hash_all(inner, 3, digest) && hash_all(outer, 3, digest);

    memcpy(out->proof, "S=", 3);
    for (size_t i = 0; i < sizeof(digest); i++) {
        static const char digits[] = "0123456789ABCDEF";

        out->proof[2 + 2 * i] = digits[digest[i] >> 4];
        out->proof[3 + 2 * i] = digits[digest[i] & 15];
    }
    out->proof[MSCHAPV2_PROOF_LEN] = '\0';
    return done;
}

/* One of the two keys (RFC 3079 §3.4). */
static bool make_start_key(const uint8_t *master, const char *magic, uint8_t *out)
{
    static const uint8_t first_pad[PAD_LEN];
    uint8_t second_pad[PAD_LEN], digest[SHA_DIGEST_LENGTH];
    const struct ikl_octets parts[] = {
        {master, START_KEY_LEN}, {first_pad, PAD_LEN}, text_of(magic), {second_pad, PAD_LEN}};
    bool done;

    memset(second_pad, 0xf2, PAD_LEN);
    done = hash_all(parts, 4, digest);
    memcpy(out, digest, START_KEY_LEN);
    OPENSSL_cleanse(digest, sizeof(digest));
    return done;
}

/* The MSK: the key that the peer sends with, and the one that it receives with. */
static bool make_msk(struct mschapv2 *out, struct ikl_octets hash_hash)
{
    uint8_t master[SHA_DIGEST_LENGTH];
    const struct ikl_octets parts[] = {
        hash_hash, {out->response, MSCHAPV2_RESPONSE_LEN}, text_of("This is the MPPE Master Key")};
    bool done =
        hash_all(parts, 3, master) &&
        make_start_key(master, "On the client side, this is the send key; on the server side, it is the receive key.",
                       out->msk) &&
        make_start_key(master, "On the client side, this is the receive key; on the server side, it is the send key.",
                       out->msk + START_KEY_LEN);

    memset(out->msk + 2 * START_KEY_LEN, 0, sizeof(out->msk) - 2 * START_KEY_LEN);
    OPENSSL_cleanse(master, sizeof(master));
    return done;
}

bool mschapv2_compute(struct mschapv2 *out, const uint8_t authenticator_challenge[MSCHAPV2_CHALLENGE_LEN],
                      const uint8_t peer_challenge[MSCHAPV2_CHALLENGE_LEN], struct ikl_octets name,
                      struct ikl_octets password)
{
    const struct ikl_octets challenges[] = {
        {peer_challenge, MSCHAPV2_CHALLENGE_LEN}, {authenticator_challenge, MSCHAPV2_CHALLENGE_LEN}, name};
    uint8_t challenge[SHA_DIGEST_LENGTH], hash[HASH_LEN], hash_hash[HASH_LEN];
    const struct ikl_octets twice = {hash_hash, HASH_LEN}, eight = {challenge, DES_BLOCK};
    struct legacy legacy;
    bool done = legacy_open(&legacy) && hash_all(challenges, 3, challenge) && hash_password(&legacy, password, hash) &&
                respond(&legacy, hash, challenge, out->response) &&
                EVP_Digest(hash, HASH_LEN, hash_hash, NULL, legacy.md4, NULL) == 1 && make_proof(out, twice, eight) &&
                make_msk(out, twice);

    legacy_close(&legacy);
    OPENSSL_cleanse(hash, sizeof(hash));
    OPENSSL_cleanse(hash_hash, sizeof(hash_hash));
    ERR_clear_error();
    return done;
}
