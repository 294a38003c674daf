/* SPDX-License-Identifier: ISC */
/* ikeping: what a name and a password prove by MS-CHAPv2, and the key that comes of it (RFC 2759, RFC 3079). Its MD4
 * and DES are those of libcrypto's legacy provider. */
#ifndef IKEPING_MSCHAPV2_H
#define IKEPING_MSCHAPV2_H

#include <ikelive/base.h>

#include <stdbool.h>

enum {
    MSCHAPV2_CHALLENGE_LEN = 16,
    MSCHAPV2_RESPONSE_LEN = 24,
    MSCHAPV2_PROOF_LEN = 42, /* "S=" and 40 digits */
    MSCHAPV2_MSK_LEN = 64    /* of EAP-MSCHAPv2: both keys of 16 octets, and zeros */
};

struct mschapv2 {
    uint8_t response[MSCHAPV2_RESPONSE_LEN]; /* NT-Response */
    char proof[MSCHAPV2_PROOF_LEN + 1];      /* that the authenticator knows the password too */
    uint8_t msk[MSCHAPV2_MSK_LEN];
};

/* Whether this build has libcrypto, and this machine its legacy provider. */
bool mschapv2_is_available(void);

/* Computes all of it from the two challenges, the name as the peer gives it, and the password in UTF-8, or in Latin-1
 * when it is not UTF-8. False when libcrypto refuses. */
bool mschapv2_compute(struct mschapv2 *out, const uint8_t authenticator_challenge[MSCHAPV2_CHALLENGE_LEN],
                      const uint8_t peer_challenge[MSCHAPV2_CHALLENGE_LEN], struct ikl_octets name,
                      struct ikl_octets password);

#endif
