/* SPDX-License-Identifier: ISC */
/* ikeping: what the two sides prove who they are with: a pre-shared key, an Ed25519 key each, or certificates. */
#ifndef IKEPING_CREDENTIALS_H
#define IKEPING_CREDENTIALS_H

#include "certificates.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PSK_MAX = 1024, ED25519_SECRET_LEN = 64, ED25519_PUBLIC_LEN = 32, TOKEN_SECRET_MAX = 256 };

enum credentials_kind { CREDENTIALS_PSK, CREDENTIALS_ED25519, CREDENTIALS_CERTIFICATE, CREDENTIALS_EAP };

struct credentials {
    enum credentials_kind own, peers; /* what we prove who we are with, and what the peer does */
    size_t psk_len;
    uint8_t psk[PSK_MAX];                    /* the password, where we prove who we are by EAP */
    uint8_t secret[ED25519_SECRET_LEN];      /* ours, as libsodium has it */
    uint8_t peer_public[ED25519_PUBLIC_LEN]; /* the peer's */
    struct certificates *certificates;       /* null: none */
    size_t token_secret_len;
    uint8_t token_secret[TOKEN_SECRET_MAX]; /* of our tokens: see crash.h */
};

/* Reads a pre-shared key: the octets of the file without the newline at its end. False, said on stderr, when the file
 * cannot be read, is empty, or may be read by others. */
bool credentials_read_psk(struct credentials *out, const char *path);

/* Reads Ed25519 keys in PEM: ours as "PRIVATE KEY" (RFC 8410, PKCS #8), the peer's as "PUBLIC KEY". False, said on
 * stderr, when a file cannot be read or holds something else, or our key may be read by others. */
bool credentials_read_ed25519(struct credentials *out, const char *secret_path, const char *public_path);

/* Reads the password of EAP, as a pre-shared key is read. */
bool credentials_read_password(struct credentials *out, const char *path);

/* Whether we prove who we are by EAP-TLS, with our certificate; by EAP there is a password else. */
bool credentials_have_eap_tls(const struct credentials *credentials);

/* Reads certificates; see certificates_read. Those of ours, and those of authorities, take the place of what was read
 * before for this side. */
bool credentials_read_certificates(struct credentials *out, const char *own_file, const char *key_file,
                                   const char *authorities_file);

/* Who we are with these: `given`, or when that is of type 0 the subject of our certificate, or our address. */
struct identity credentials_identity(const struct credentials *credentials, const struct identity *given,
                                     const struct ikl_address *local);

/* Says in words what both are: "PSK", or "certificate, the peer by PSK". */
const char *credentials_text(const struct credentials *credentials);

void credentials_wipe(struct credentials *credentials);

#endif
