/* SPDX-License-Identifier: ISC */
/* ikelive nonce: the Nonce payload (RFC 7296 §3.9). */
#include <ikelive/payloads.h>

#include "message/body.h"

static bool is_valid(struct ikl_octets nonce)
{
    return nonce.len >= IKL_MIN_NONCE && nonce.len <= IKL_MAX_NONCE;
}

int ikl_nonce_read(struct ikl_octets *out, struct ikl_octets body)
{
    if (!is_valid(body)) {
        return IKL_ERR_MALFORMED;
    }
    *out = body;
    return IKL_OK;
}

int ikl_nonce_write(struct ikl_writer *writer, struct ikl_octets nonce)
{
    if (!is_valid(nonce)) {
        return IKL_ERR_INVALID;
    }
    ikl_write_octets(writer, nonce.data, nonce.len);
    return ikl_writer_status(writer);
}
