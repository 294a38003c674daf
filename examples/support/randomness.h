/* SPDX-License-Identifier: ISC */
/* ikelive examples: random octets, secure or repeatable. */
#ifndef EXAMPLES_RANDOMNESS_H
#define EXAMPLES_RANDOMNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct randomness {
    bool repeatable;
    uint64_t seed, drawn; /* only when repeatable */
};

/* What every real host uses: libsodium's randombytes_buf. */
struct randomness randomness_secure(void);

/* FOR DEMONSTRATION ONLY: the same octets for the same seed, so that a run can be repeated. Whoever knows the seed
 * knows every key that is made from it. */
struct randomness randomness_repeatable(uint64_t seed);

/* Fills `len` octets. */
void randomness_fill(struct randomness *randomness, uint8_t *out, size_t len);

/* True with this probability. */
bool randomness_chance(struct randomness *randomness, double probability);

#endif
