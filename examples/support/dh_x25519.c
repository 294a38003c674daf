/* SPDX-License-Identifier: ISC */
/* ikelive examples: X25519 (RFC 8031), from libsodium. */
#include "dh_method.h"

#include <sodium.h>

static bool generate(struct dh_key *key)
{
    randombytes_buf(key->secret.x25519, sizeof(key->secret.x25519));
    return crypto_scalarmult_base(key->public_value, key->secret.x25519) == 0;
}

/* libsodium refuses the points of small order, whose shared secret would be zero. */
static int agree(const struct dh_key *key, const uint8_t *peer_public, uint8_t *shared)
{
    return crypto_scalarmult(shared, key->secret.x25519, peer_public) == 0 ? IKL_OK : IKL_ERR_MALFORMED;
}

static void clear(struct dh_key *key)
{
    sodium_memzero(key->secret.x25519, sizeof(key->secret.x25519));
}

const struct dh_method dh_method_x25519 = {.generate = generate, .agree = agree, .clear = clear};
