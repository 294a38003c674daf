/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: what leaves a gateway for the store is sealed, since there are keys in it.
 *
 *     8 octets    the epoch of whoever wrote it, most significant first
 *     24 octets   a random nonce
 *     the rest    XChaCha20-Poly1305 of the octets; authenticated with it: shard, epoch, and its key in the store */
#ifndef CLUSTER_SEAL_H
#define CLUSTER_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEAL_KEY = 32, SEAL_EXTRA = 8 + 24 + 16 };

/* Where a value lies. */
struct seal_place {
    uint32_t shard;
    const char *name; /* its key in the store */
};

/* Writes len + SEAL_EXTRA octets. */
void seal(const uint8_t key[SEAL_KEY], const struct seal_place *place, uint64_t epoch, const uint8_t *octets,
          size_t len, uint8_t *out);

/* Writes len - SEAL_EXTRA octets, and the epoch of the writer. False when it is not what was sealed for this place. */
bool unseal(const uint8_t key[SEAL_KEY], const struct seal_place *place, const uint8_t *sealed, size_t len,
            uint8_t *out, uint64_t *epoch);

#endif
