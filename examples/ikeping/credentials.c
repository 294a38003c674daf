/* SPDX-License-Identifier: ISC */
/* ikeping: what the two sides prove who they are with. */
#define _POSIX_C_SOURCE 200809L
#include "credentials.h"

#include "private_file.h"

#include <sodium.h>
#include <string.h>

_Static_assert(ED25519_SECRET_LEN == crypto_sign_SECRETKEYBYTES && ED25519_PUBLIC_LEN == crypto_sign_PUBLICKEYBYTES,
               "the sizes of Ed25519 are libsodium's");

enum { MAX_PEM = 4096, SEED_LEN = crypto_sign_SEEDBYTES };

/* All of the DER in front of the 32 octets of the key (RFC 8410 §4, §7). */
static const uint8_t secret_prefix[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                        0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
static const uint8_t public_prefix[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

bool credentials_read_psk(struct credentials *out, const char *path)
{
    out->own = out->peers = CREDENTIALS_PSK;
    if (!private_file_read(path, true, out->psk, sizeof(out->psk), &out->psk_len)) {
        return false;
    }
    if (out->psk_len > 0 && out->psk[out->psk_len - 1] == '\n') {
        out->psk_len--;
    }
    if (out->psk_len == 0) {
        fprintf(stderr, "ikeping: %s: there is no key in it\n", path);
        return false;
    }
    return true;
}

bool credentials_read_password(struct credentials *out, const char *path)
{
    if (!credentials_read_psk(out, path)) {
        return false;
    }
    out->own = CREDENTIALS_EAP;
    return true;
}

/* Decodes what is between the lines of a PEM file; true when it is `prefix` and a key. */
static bool decode(const char *pem, const char *label, const uint8_t *prefix, size_t prefix_len, uint8_t *key)
{
    char begin[48], end[48];
    const char *first, *last;
    uint8_t der[128];
    size_t len = 0;
    bool decoded;

    (void)snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
    (void)snprintf(end, sizeof(end), "-----END %s-----", label);
    first = strstr(pem, begin);
    last = first != NULL ? strstr(first, end) : NULL;
    if (last == NULL) {
        return false;
    }
    first += strlen(begin);
    decoded = sodium_base642bin(der, sizeof(der), first, (size_t)(last - first), "\r\n", &len, NULL,
                                sodium_base64_VARIANT_ORIGINAL) == 0 &&
              len == prefix_len + SEED_LEN && memcmp(der, prefix, prefix_len) == 0;
    if (decoded) {
        memcpy(key, der + prefix_len, SEED_LEN);
    }
    sodium_memzero(der, sizeof(der));
    return decoded;
}

static bool read_key(const char *path, bool secret, uint8_t *key)
{
    char pem[MAX_PEM + 1];
    size_t len;
    bool done = private_file_read(path, secret, (uint8_t *)pem, MAX_PEM, &len);

    if (done) {
        pem[len] = '\0';
        done = secret ? decode(pem, "PRIVATE KEY", secret_prefix, sizeof(secret_prefix), key)
                      : decode(pem, "PUBLIC KEY", public_prefix, sizeof(public_prefix), key);
        if (!done) {
            fprintf(stderr, "ikeping: %s: there is no Ed25519 %s key in PEM in it\n", path,
                    secret ? "private" : "public");
        }
    }
    sodium_memzero(pem, sizeof(pem));
    return done;
}

bool credentials_read_ed25519(struct credentials *out, const char *secret_path, const char *public_path)
{
    uint8_t seed[SEED_LEN], own_public[ED25519_PUBLIC_LEN];
    bool done = read_key(secret_path, true, seed) && read_key(public_path, false, out->peer_public);

    out->own = out->peers = CREDENTIALS_ED25519;
    if (done) {
        (void)crypto_sign_seed_keypair(own_public, out->secret, seed);
    }
    sodium_memzero(seed, sizeof(seed));
    return done;
}

bool credentials_have_eap_tls(const struct credentials *credentials)
{
    return credentials->own == CREDENTIALS_EAP && credentials->psk_len == 0;
}

bool credentials_read_certificates(struct credentials *out, const char *own_file, const char *key_file,
                                   const char *authorities_file)
{
    out->certificates = certificates_read(own_file, key_file, authorities_file);
    out->own = own_file != NULL ? CREDENTIALS_CERTIFICATE : out->own;
    out->peers = authorities_file != NULL ? CREDENTIALS_CERTIFICATE : out->peers;
    return out->certificates != NULL;
}

struct identity credentials_identity(const struct credentials *credentials, const struct identity *given,
                                     const struct ikl_address *local)
{
    struct identity identity = *given;

    if (identity.type == 0 && credentials->own == CREDENTIALS_CERTIFICATE) {
        identity = certificates_subject(credentials->certificates);
    }
    return identity.type != 0 ? identity : identity_of_address(local);
}

const char *credentials_text(const struct credentials *credentials)
{
    static const char *const alike[] = {
        [CREDENTIALS_PSK] = "PSK", [CREDENTIALS_ED25519] = "Ed25519", [CREDENTIALS_CERTIFICATE] = "certificate"};

    if (credentials->own == credentials->peers) {
        return alike[credentials->own];
    }
    if (credentials->own == CREDENTIALS_EAP) {
        return credentials_have_eap_tls(credentials) ? "EAP-TLS, the peer by certificate"
                                                     : "EAP-MSCHAPv2, the peer by certificate";
    }
    return credentials->own == CREDENTIALS_PSK ? "PSK, the peer by certificate" : "certificate, the peer by PSK";
}

void credentials_wipe(struct credentials *credentials)
{
    certificates_free(credentials->certificates);
    sodium_memzero(credentials, sizeof(*credentials));
}
