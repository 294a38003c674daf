/* SPDX-License-Identifier: ISC */
/* ikeping: cookies. */
#include "cookie.h"

#include <ikelive/payloads.h>

#include <sodium.h>

void cookie_make(uint8_t *out, const uint8_t *secret, const struct ikl_path *path, uint64_t spi_i,
                 struct ikl_octets nonce)
{
    uint8_t octets[IKL_MAX_NONCE + 32];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    ikl_write_u64(&writer, spi_i);
    ikl_write_u8(&writer, path->remote.family);
    ikl_write_octets(&writer, path->remote.ip, sizeof(path->remote.ip));
    ikl_write_u16(&writer, path->remote.port);
    ikl_write_octets(&writer, nonce.data, nonce.len);
    (void)crypto_generichash(out, COOKIE_LEN, octets, writer.len, secret, COOKIE_SECRET_LEN);
}
