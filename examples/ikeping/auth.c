/* SPDX-License-Identifier: ISC */
/* ikeping: the AUTH payload. */
#include "auth.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

enum { N_SIGNED = 4 };

/* Authentication Data of a digital signature begins with the algorithm: a length and a DER object (RFC 7427 §3), here
 * that of Ed25519 (RFC 8420 §2). */
static const uint8_t ed25519_prefix[] = {0x07, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};

static int compute(const struct ikl_prf *prf, struct ikl_octets key, const struct ikl_octets *parts, size_t n,
                   uint8_t *out)
{
    struct ikl_prf_input input = {
        .size = sizeof(input), .key = key.data, .key_len = key.len, .parts = parts, .n_parts = n};

    return prf->compute(&input, out);
}

/* What is signed: a message, a nonce, a MAC of an identity, and IntAuth. `mac` is where the MAC goes. */
static int make_signed(const struct auth_claim *claim, uint8_t *mac, struct ikl_octets *parts)
{
    int error = compute(claim->prf, (struct ikl_octets){claim->sk_p, claim->prf->len}, &claim->identity, 1, mac);

    parts[0] = claim->message;
    parts[1] = claim->nonce;
    parts[2] = (struct ikl_octets){mac, claim->prf->len};
    parts[3] = claim->int_auth;
    return error;
}

/* prf(prf(Shared Secret, "Key Pad for IKEv2"), <signed octets>) */
static int compute_psk(const struct credentials *credentials, const struct auth_claim *claim, uint8_t *out)
{
    static const char pad[] = "Key Pad for IKEv2";
    const struct ikl_octets padding = {(const uint8_t *)pad, strlen(pad)};
    const struct ikl_prf *prf = claim->prf;
    struct ikl_octets parts[N_SIGNED];
    uint8_t mac[IKL_MAX_PRF], key[IKL_MAX_PRF];
    int error = make_signed(claim, mac, parts);

    if (error == IKL_OK) {
        error = compute(prf, (struct ikl_octets){credentials->psk, credentials->psk_len}, &padding, 1, key);
    }
    if (error == IKL_OK) {
        error = compute(prf, (struct ikl_octets){key, prf->len}, parts, N_SIGNED, out);
    }
    ikl_wipe(key, sizeof(key));
    return error;
}

/* What is signed in one piece, as libsodium wants it. The caller frees it. */
static int join_signed(const struct auth_claim *claim, uint8_t **out, size_t *len)
{
    struct ikl_octets parts[N_SIGNED];
    uint8_t mac[IKL_MAX_PRF];
    int error = make_signed(claim, mac, parts);
    uint8_t *joined;

    if (error != IKL_OK) {
        return error;
    }
    *len = parts[0].len + parts[1].len + parts[2].len + parts[3].len;
    joined = malloc(*len);
    if (joined == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    for (size_t i = 0, at = 0; i < N_SIGNED; at += parts[i++].len) {
        if (parts[i].len != 0) {
            memcpy(joined + at, parts[i].data, parts[i].len);
        }
    }
    *out = joined;
    return IKL_OK;
}

static int sign(const struct credentials *credentials, const struct auth_claim *claim, uint8_t *signature)
{
    uint8_t *joined = NULL;
    size_t len = 0;
    int error = join_signed(claim, &joined, &len);

    if (error == IKL_OK) {
        (void)crypto_sign_detached(signature, NULL, joined, len, credentials->secret);
    }
    free(joined);
    return error;
}

static int verify(const struct credentials *credentials, const struct auth_claim *claim, const uint8_t *signature)
{
    uint8_t *joined = NULL;
    size_t len = 0;
    int error = join_signed(claim, &joined, &len);

    if (error == IKL_OK && crypto_sign_verify_detached(signature, joined, len, credentials->peer_public) != 0) {
        error = IKL_ERR_FORGED;
    }
    free(joined);
    return error;
}

int auth_write(struct ikl_writer *writer, const struct credentials *credentials, const struct auth_claim *claim)
{
    uint8_t data[sizeof(ed25519_prefix) + crypto_sign_BYTES];
    struct ikl_auth auth = {.data = {data, 0}};
    int error;

    _Static_assert(sizeof(data) >= IKL_MAX_PRF, "a MAC has room too");
    if (credentials->kind == CREDENTIALS_PSK) {
        auth.method = IKL_AUTH_SHARED_KEY;
        auth.data.len = claim->prf->len;
        error = compute_psk(credentials, claim, data);
    } else {
        auth.method = IKL_AUTH_DIGITAL_SIGNATURE;
        auth.data.len = sizeof(data);
        memcpy(data, ed25519_prefix, sizeof(ed25519_prefix));
        error = sign(credentials, claim, data + sizeof(ed25519_prefix));
    }
    return error == IKL_OK ? ikl_auth_write(writer, &auth) : error;
}

static int check_psk(const struct ikl_auth *auth, const struct credentials *credentials, const struct auth_claim *claim)
{
    uint8_t expected[IKL_MAX_PRF];
    int error = compute_psk(credentials, claim, expected);

    if (error == IKL_OK &&
        (auth->data.len != claim->prf->len || !ikl_equal(auth->data.data, expected, claim->prf->len))) {
        error = IKL_ERR_FORGED;
    }
    return error;
}

static int check_ed25519(const struct ikl_auth *auth, const struct credentials *credentials,
                         const struct auth_claim *claim)
{
    if (auth->data.len < sizeof(ed25519_prefix) ||
        memcmp(auth->data.data, ed25519_prefix, sizeof(ed25519_prefix)) != 0) {
        return IKL_ERR_UNSUPPORTED;
    }
    if (auth->data.len != sizeof(ed25519_prefix) + crypto_sign_BYTES) {
        return IKL_ERR_FORGED;
    }
    return verify(credentials, claim, auth->data.data + sizeof(ed25519_prefix));
}

int auth_check(struct ikl_octets body, const struct credentials *credentials, const struct auth_claim *claim)
{
    struct ikl_auth auth;
    int error = ikl_auth_read(&auth, body);

    if (error != IKL_OK) {
        return error;
    }
    if (credentials->kind == CREDENTIALS_PSK && auth.method == IKL_AUTH_SHARED_KEY) {
        return check_psk(&auth, credentials, claim);
    }
    if (credentials->kind == CREDENTIALS_ED25519 && auth.method == IKL_AUTH_DIGITAL_SIGNATURE) {
        return check_ed25519(&auth, credentials, claim);
    }
    return IKL_ERR_UNSUPPORTED;
}
