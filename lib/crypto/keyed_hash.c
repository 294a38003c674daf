/* SPDX-License-Identifier: ISC */
/* ikelive keyed hash: SipHash-2-4 (Aumasson, Bernstein). Not from libsodium, so that tables need no provider. */
#include "keyed_hash.h"

enum { WORD = 8, ROUNDS = 2, LAST_ROUNDS = 4 };

struct lanes {
    uint64_t v[4];
};

static uint64_t turn(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static void mix(struct lanes *lanes, unsigned rounds)
{
    uint64_t *v = lanes->v;

    while (rounds-- > 0) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = turn(v[1], 13) ^ v[0];
        v[3] = turn(v[3], 16) ^ v[2];
        v[0] = turn(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = turn(v[1], 17) ^ v[2];
        v[3] = turn(v[3], 21) ^ v[0];
        v[2] = turn(v[2], 32);
    }
}

static void take(struct lanes *lanes, uint64_t word)
{
    lanes->v[3] ^= word;
    mix(lanes, ROUNDS);
    lanes->v[0] ^= word;
}

/* At most eight octets, the first one lowest. */
static uint64_t load(const uint8_t *data, size_t len)
{
    uint64_t word = 0;

    for (size_t i = 0; i < len; i++) {
        word |= (uint64_t)data[i] << (8 * i);
    }
    return word;
}

uint64_t ikl_keyed_hash(const uint64_t key[2], const uint8_t *data, size_t len)
{
    struct lanes lanes = {{key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                           key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)}};
    size_t whole = len / WORD * WORD;

    for (size_t at = 0; at < whole; at += WORD) {
        take(&lanes, load(data + at, WORD));
    }
    take(&lanes, load(data + whole, len - whole) | (uint64_t)len << 56);
    lanes.v[2] ^= 0xff;
    mix(&lanes, LAST_ROUNDS);
    return lanes.v[0] ^ lanes.v[1] ^ lanes.v[2] ^ lanes.v[3];
}
