/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: sealed values. */
#include "seal.h"

#include "store.h"

#include <ikelive/message.h>

#include <sodium.h>
#include <string.h>

enum { NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, BESIDE = 4 + 8 + STORE_KEY };

/* What is authenticated but not stored with it. */
static struct ikl_octets beside(const struct seal_place *place, uint64_t epoch, uint8_t out[BESIDE])
{
    struct ikl_writer writer = ikl_writer(out, BESIDE);

    ikl_write_u32(&writer, place->shard);
    ikl_write_u64(&writer, epoch);
    ikl_write_octets(&writer, (const uint8_t *)place->name, strlen(place->name));
    return (struct ikl_octets){out, writer.len};
}

void seal(const uint8_t key[SEAL_KEY], const struct seal_place *place, uint64_t epoch, const uint8_t *octets,
          size_t len, uint8_t *out)
{
    uint8_t room[BESIDE];
    struct ikl_octets with = beside(place, epoch, room);
    struct ikl_writer writer = ikl_writer(out, 8);

    ikl_write_u64(&writer, epoch);
    randombytes_buf(out + 8, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + 8 + NONCE, NULL, octets, len, with.data, with.len, NULL, out + 8,
                                               key);
}

bool unseal(const uint8_t key[SEAL_KEY], const struct seal_place *place, const uint8_t *sealed, size_t len,
            uint8_t *out, uint64_t *epoch)
{
    struct ikl_reader reader = ikl_reader(sealed, len);
    uint8_t room[BESIDE];
    struct ikl_octets with;

    if (len < SEAL_EXTRA || strlen(place->name) >= STORE_KEY) {
        return false;
    }
    *epoch = ikl_read_u64(&reader);
    with = beside(place, *epoch, room);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed + 8 + NONCE, len - 8 - NONCE, with.data,
                                                      with.len, sealed + 8, key) == 0;
}
