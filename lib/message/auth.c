/* SPDX-License-Identifier: ISC */
/* ikelive auth: the Authentication payload (RFC 7296 §3.8). */
#include <ikelive/payloads.h>

#include "message/body.h"

int ikl_auth_read(struct ikl_auth *out, struct ikl_octets body)
{
    struct ikl_typed_body typed;

    if (ikl_typed_body_read(&typed, IKL_TYPE_AND_RESERVED_LEN, body) != IKL_OK) {
        return IKL_ERR_TRUNCATED;
    }
    *out = (struct ikl_auth){.method = typed.type, .data = typed.rest};
    return IKL_OK;
}

int ikl_auth_write(struct ikl_writer *writer, const struct ikl_auth *auth)
{
    return ikl_typed_body_write(writer, IKL_TYPE_AND_RESERVED_LEN, auth->method, auth->data);
}
