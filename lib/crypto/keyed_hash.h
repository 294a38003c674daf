/* SPDX-License-Identifier: ISC */
/* ikelive keyed hash: for tables whose keys strangers choose. */
#ifndef IKL_KEYED_HASH_H
#define IKL_KEYED_HASH_H

#include <ikelive/base.h>

/* Without the key nobody can tell which octets collide. SipHash-2-4 of libsodium, the same number everywhere; without
 * libsodium a hash that is good for tables only. */
uint64_t ikl_keyed_hash(const uint64_t key[2], const uint8_t *data, size_t len);

#endif
