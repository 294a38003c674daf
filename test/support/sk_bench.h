/* SPDX-License-Identifier: ISC */
/* What the tests of SK and SKF payloads share: ciphers with keys, and something to seal. */
#ifndef TEST_SK_BENCH_H
#define TEST_SK_BENCH_H

#include <ikelive/crypto.h>

enum { SK_ROOM = 2048, SK_MAX_PLAIN = 600 };

/* A cipher with key state, and what to seal with it. Each cipher has one key state, which lives as long as the program.
 */
struct sk_bench {
    const struct ikl_cipher *cipher;
    const void *state;
    uint8_t iv[IKL_MAX_IV];
    uint8_t plaintext[SK_MAX_PLAIN];
    struct ikl_sealing what;
};

extern const uint8_t sk_zeros[70000];

/* How many ciphers there are here: 0 is the toy, 1 ChaCha20-Poly1305 of test_provider, the others are those that the
 * other suites have, of every provider. */
size_t sk_ciphers(void);

/* A message around the first `plaintext_len` octets of bench->plaintext. */
void sk_set_up(struct sk_bench *bench, size_t which, size_t plaintext_len);

/* Seals bench->what, which must succeed; gives the length. */
size_t sk_seal(const struct sk_bench *bench, uint8_t *out, size_t size);

/* Sets up and seals 6 octets, in an SK payload or as fragment 2 of 3. */
size_t sk_seal_short(struct sk_bench *bench, size_t which, bool fragment, uint8_t *out);

int sk_open(const struct sk_bench *bench, const uint8_t *datagram, size_t len, uint8_t *plaintext, size_t size,
            struct ikl_opened *out);

void sk_assert_all(const uint8_t *data, size_t len, uint8_t value);

#endif
