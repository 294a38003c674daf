/* SPDX-License-Identifier: ISC */
/* ikelive keyed hash: libsodium's SipHash-2-4. Its key and its result are numbers with the lowest octet first, so they
 * are the same on every processor. */
#include "keyed_hash.h"

#include <sodium.h>

static void store(uint8_t *at, uint64_t number)
{
    for (unsigned i = 0; i < sizeof(number); i++) {
        at[i] = (uint8_t)(number >> (8 * i));
    }
}

static uint64_t load(const uint8_t *at)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < sizeof(number); i++) {
        number |= (uint64_t)at[i] << (8 * i);
    }
    return number;
}

uint64_t ikl_keyed_hash(const uint64_t key[2], const uint8_t *data, size_t len)
{
    uint8_t hash[crypto_shorthash_BYTES], octets[crypto_shorthash_KEYBYTES];

    store(octets, key[0]);
    store(octets + sizeof(key[0]), key[1]);
    (void)crypto_shorthash(hash, data, len, octets);
    return load(hash);
}
