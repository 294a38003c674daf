/* SPDX-License-Identifier: ISC */
/* ikelive keyed hash without libsodium: no cryptography, but the values of two polynomials over a prime field, whose
 * coefficients are three octets each, and the length. Two inputs of up to n octets that were chosen without the key,
 * the points, collide in one of them with a probability of (n / 3 + 2) / (2^31 - 1) at most. */
#include "keyed_hash.h"

#define PRIME UINT64_C(0x7fffffff)

enum { PIECE = 3 };

static uint64_t piece_of(const uint8_t *data, size_t len)
{
    uint64_t piece = 0;

    for (size_t i = 0; i < len && i < PIECE; i++) {
        piece = piece << 8 | data[i];
    }
    return piece;
}

static uint64_t value_at(uint64_t point, const uint8_t *data, size_t len)
{
    uint64_t value = 1;

    for (size_t at = 0; at < len; at += PIECE) {
        value = (value * point + piece_of(data + at, len - at)) % PRIME;
    }
    return (value * point + len) % PRIME;
}

uint64_t ikl_keyed_hash(const uint64_t key[2], const uint8_t *data, size_t len)
{
    uint64_t values = value_at(key[0] % PRIME, data, len) << 31 | value_at(key[1] % PRIME, data, len);
    uint64_t spread = values * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 by the golden ratio: its high bits depend on all */

    return spread ^ spread >> 32;
}
