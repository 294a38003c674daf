/* SPDX-License-Identifier: ISC */
/* The AEAD operations of libsodium that messages contain, alone: what the library is compared with. */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <stdint.h>

/* An empty INFORMATIONAL message of either AEAD suite. */
enum { BARE_AAD_LEN = 32, BARE_IV_LEN = 8, BARE_TEXT_LEN = 1, BARE_ICV_LEN = 16, BARE_KEY_LEN = 32, BARE_SALT_LEN = 4 };
enum {
    BARE_TEXT_AT = BARE_AAD_LEN + BARE_IV_LEN,
    BARE_ICV_AT = BARE_TEXT_AT + BARE_TEXT_LEN,
    BARE_MESSAGE_LEN = BARE_ICV_AT + BARE_ICV_LEN
};

/* The functions of libsodium that a suite rests on. */
struct bare_aead {
    const char *suite;
    int (*seal)(unsigned char *c, unsigned char *mac, unsigned long long *mac_len, const unsigned char *m,
                unsigned long long m_len, const unsigned char *ad, unsigned long long ad_len, const unsigned char *nsec,
                const unsigned char *nonce, const unsigned char *key);
    int (*open)(unsigned char *m, unsigned char *nsec, const unsigned char *c, unsigned long long c_len,
                const unsigned char *mac, const unsigned char *ad, unsigned long long ad_len,
                const unsigned char *nonce, const unsigned char *key);
};

/* ChaCha20-Poly1305, then AES-256-GCM. */
enum { BARE_AEADS = 2 };
extern const struct bare_aead bare_aeads[BARE_AEADS];

/* A message and what libsodium needs to seal or open it. */
struct bare_message {
    uint8_t octets[BARE_MESSAGE_LEN];
    uint8_t nonce[BARE_SALT_LEN + BARE_IV_LEN];
    uint8_t key[BARE_KEY_LEN];
};

/* 0, or not when libsodium refuses. */
int bare_seal(const struct bare_aead *aead, struct bare_message *message);
int bare_open(const struct bare_aead *aead, const struct bare_message *message);

#endif
