/* SPDX-License-Identifier: ISC */
/* ikelive ke: the Key Exchange payload (RFC 7296 §3.4). */
#include <ikelive/payloads.h>

#include "message/body.h"

enum { FIXED_LEN = 4 };

/* MODP: as long as the prime. ECP and brainpool: both coordinates. Curve25519 and Curve448: one. Other methods are not
 * checked: ML-KEM, where initiator and responder send different lengths, and those for private use. */
static const uint16_t lengths[] = {
    [IKL_KE_MODP_768] = 96,         [IKL_KE_MODP_1024] = 128,        [IKL_KE_MODP_1536] = 192,
    [IKL_KE_MODP_2048] = 256,       [IKL_KE_MODP_3072] = 384,        [IKL_KE_MODP_4096] = 512,
    [IKL_KE_MODP_6144] = 768,       [IKL_KE_MODP_8192] = 1024,       [IKL_KE_ECP_256] = 64,
    [IKL_KE_ECP_384] = 96,          [IKL_KE_ECP_521] = 132,          [IKL_KE_MODP_1024_160] = 128,
    [IKL_KE_MODP_2048_224] = 256,   [IKL_KE_MODP_2048_256] = 256,    [IKL_KE_ECP_192] = 48,
    [IKL_KE_ECP_224] = 56,          [IKL_KE_BRAINPOOL_P224R1] = 56,  [IKL_KE_BRAINPOOL_P256R1] = 64,
    [IKL_KE_BRAINPOOL_P384R1] = 96, [IKL_KE_BRAINPOOL_P512R1] = 128, [IKL_KE_CURVE25519] = 32,
    [IKL_KE_CURVE448] = 56,
};

size_t ikl_ke_len(uint16_t method)
{
    return method < sizeof(lengths) / sizeof(lengths[0]) ? lengths[method] : 0;
}

static bool is_valid(const struct ikl_ke *ke)
{
    size_t len = ikl_ke_len(ke->method);

    return len == 0 || ke->data.len == len;
}

int ikl_ke_read(struct ikl_ke *out, struct ikl_octets body)
{
    struct ikl_reader reader = ikl_reader(body.data, body.len);
    struct ikl_ke ke;

    ke.method = ikl_read_u16(&reader);
    (void)ikl_read_u16(&reader); /* RESERVED */
    ke.data = ikl_read_octets(&reader, reader.left);
    if (reader.failed) {
        return IKL_ERR_TRUNCATED;
    }
    if (!is_valid(&ke)) {
        return IKL_ERR_MALFORMED;
    }
    *out = ke;
    return IKL_OK;
}

int ikl_ke_write(struct ikl_writer *writer, const struct ikl_ke *ke)
{
    if (!is_valid(ke) || !ikl_body_fits(FIXED_LEN, ke->data.len)) {
        return IKL_ERR_INVALID;
    }
    ikl_write_u16(writer, ke->method);
    ikl_write_u16(writer, 0);
    ikl_write_octets(writer, ke->data.data, ke->data.len);
    return ikl_writer_status(writer);
}
