/* SPDX-License-Identifier: ISC */
/* ikeping: what the two sides prove who they are with: a pre-shared key, or an Ed25519 key each. */
#ifndef IKEPING_CREDENTIALS_H
#define IKEPING_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PSK_MAX = 1024, ED25519_SECRET_LEN = 64, ED25519_PUBLIC_LEN = 32, TOKEN_SECRET_MAX = 256 };

enum credentials_kind { CREDENTIALS_PSK, CREDENTIALS_ED25519 };

struct credentials {
    enum credentials_kind kind;
    size_t psk_len;
    uint8_t psk[PSK_MAX];
    uint8_t secret[ED25519_SECRET_LEN];      /* ours, as libsodium has it */
    uint8_t peer_public[ED25519_PUBLIC_LEN]; /* the peer's */
    size_t token_secret_len;
    uint8_t token_secret[TOKEN_SECRET_MAX]; /* of our tokens: see crash.h */
};

/* Reads a pre-shared key: the octets of the file without the newline at its end. False, said on stderr, when the file
 * cannot be read, is empty, or may be read by others. */
bool credentials_read_psk(struct credentials *out, const char *path);

/* Reads Ed25519 keys in PEM: ours as "PRIVATE KEY" (RFC 8410, PKCS #8), the peer's as "PUBLIC KEY". False, said on
 * stderr, when a file cannot be read or holds something else, or our key may be read by others. */
bool credentials_read_ed25519(struct credentials *out, const char *secret_path, const char *public_path);

void credentials_wipe(struct credentials *credentials);

#endif
