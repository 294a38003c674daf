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

static int sign_ed25519(const struct credentials *credentials, const struct auth_claim *claim, uint8_t *signature)
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

static int verify_ed25519(const struct credentials *credentials, const struct auth_claim *claim,
                          const uint8_t *signature)
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

static int write_psk(struct ikl_writer *writer, const struct credentials *credentials, const struct auth_claim *claim)
{
    uint8_t mac[IKL_MAX_PRF];
    int error = compute_psk(credentials, claim, mac);

    return error != IKL_OK ? error
                           : ikl_auth_write(writer, &(struct ikl_auth){.method = IKL_AUTH_SHARED_KEY,
                                                                       .data = {mac, claim->prf->len}});
}

static int write_ed25519(struct ikl_writer *writer, const struct credentials *credentials,
                         const struct auth_claim *claim)
{
    uint8_t data[sizeof(ed25519_prefix) + crypto_sign_BYTES];
    int error;

    memcpy(data, ed25519_prefix, sizeof(ed25519_prefix));
    error = sign_ed25519(credentials, claim, data + sizeof(ed25519_prefix));
    return error != IKL_OK ? error
                           : ikl_auth_write(writer, &(struct ikl_auth){.method = IKL_AUTH_DIGITAL_SIGNATURE,
                                                                       .data = {data, sizeof(data)}});
}

static int write_signature(struct ikl_writer *writer, const struct credentials *credentials,
                           const struct auth_claim *claim)
{
    uint8_t data[SIGNATURE_DATA_MAX], *joined = NULL;
    struct ikl_auth auth;
    size_t len = 0;
    int error = join_signed(claim, &joined, &len);

    if (error == IKL_OK) {
        error = signature_make(credentials->certificates, claim->hashes, (struct ikl_octets){joined, len}, data, &auth);
    }
    free(joined);
    return error == IKL_OK ? ikl_auth_write(writer, &auth) : error;
}

int auth_write(struct ikl_writer *writer, const struct credentials *credentials, const struct auth_claim *claim)
{
    switch (credentials->own) {
    case CREDENTIALS_PSK:
        return write_psk(writer, credentials, claim);
    case CREDENTIALS_ED25519:
        return write_ed25519(writer, credentials, claim);
    case CREDENTIALS_CERTIFICATE:
        return write_signature(writer, credentials, claim);
    case CREDENTIALS_EAP:
        break;
    }
    return IKL_ERR_UNSUPPORTED;
}

uint16_t auth_hashes(const struct credentials *credentials)
{
    if (credentials->own == CREDENTIALS_CERTIFICATE || credentials->peers == CREDENTIALS_CERTIFICATE) {
        return SIGNATURE_SHA2_256 | SIGNATURE_SHA2_384 | SIGNATURE_SHA2_512 | SIGNATURE_IDENTITY;
    }
    return credentials->peers == CREDENTIALS_ED25519 ? SIGNATURE_IDENTITY : 0;
}

bool auth_is_possible(const struct credentials *credentials, uint16_t hashes)
{
    switch (credentials->own) {
    case CREDENTIALS_PSK:
    case CREDENTIALS_EAP: /* it comes to a key that both have */
        return true;
    case CREDENTIALS_ED25519:
        return (hashes & SIGNATURE_IDENTITY) != 0;
    case CREDENTIALS_CERTIFICATE:
        break;
    }
    return signature_is_possible(credentials->certificates, hashes);
}

bool auth_is_alike(struct ikl_octets body, const struct credentials *credentials)
{
    struct ikl_auth auth;

    if (ikl_auth_read(&auth, body) != IKL_OK) {
        return false;
    }
    switch (credentials->peers) {
    case CREDENTIALS_PSK:
        return auth.method == IKL_AUTH_SHARED_KEY;
    case CREDENTIALS_ED25519:
        return auth.method == IKL_AUTH_DIGITAL_SIGNATURE;
    case CREDENTIALS_EAP: /* no peer of ours */
    case CREDENTIALS_CERTIFICATE:
        break;
    }
    return auth.method == IKL_AUTH_DIGITAL_SIGNATURE || auth.method == IKL_AUTH_RSA ||
           (auth.method >= IKL_AUTH_ECDSA_256 && auth.method <= IKL_AUTH_ECDSA_521);
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
    return verify_ed25519(credentials, claim, auth->data.data + sizeof(ed25519_prefix));
}

static int check_signature(const struct ikl_auth *auth, const struct auth_claim *claim)
{
    uint8_t *joined = NULL;
    size_t len = 0;
    int error = join_signed(claim, &joined, &len);

    if (error == IKL_OK) {
        error = signature_check(claim->key, auth, claim->hashes == 0, (struct ikl_octets){joined, len});
    }
    free(joined);
    return error;
}

int auth_check(struct ikl_octets body, const struct credentials *credentials, const struct auth_claim *claim)
{
    struct ikl_auth auth;
    int error = ikl_auth_read(&auth, body);

    if (error != IKL_OK) {
        return error;
    }
    if (!auth_is_alike(body, credentials)) {
        return IKL_ERR_UNSUPPORTED;
    }
    switch (credentials->peers) {
    case CREDENTIALS_PSK:
        return check_psk(&auth, credentials, claim);
    case CREDENTIALS_ED25519:
        return check_ed25519(&auth, credentials, claim);
    case CREDENTIALS_EAP:
    case CREDENTIALS_CERTIFICATE:
        break;
    }
    return check_signature(&auth, claim);
}
