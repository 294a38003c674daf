/* SPDX-License-Identifier: ISC */
/* ikelive keyed hash: for tables whose keys strangers choose. */
#ifndef IKL_KEYED_HASH_H
#define IKL_KEYED_HASH_H

#include <ikelive/base.h>

/* SipHash-2-4: without the key nobody can find octets that collide. The same number everywhere. */
uint64_t ikl_keyed_hash(const uint64_t key[2], const uint8_t *data, size_t len);

#endif
