/* SPDX-License-Identifier: ISC */
/* ikelive cert: the Certificate and Certificate Request payloads (RFC 7296 §3.6, §3.7). */
#include <ikelive/payloads.h>

#include "message/body.h"

int ikl_cert_read(struct ikl_cert *out, struct ikl_octets body)
{
    struct ikl_typed_body typed;

    if (ikl_typed_body_read(&typed, IKL_TYPE_LEN, body) != IKL_OK) {
        return IKL_ERR_TRUNCATED;
    }
    *out = (struct ikl_cert){.encoding = typed.type, .data = typed.rest};
    return IKL_OK;
}

int ikl_cert_write(struct ikl_writer *writer, const struct ikl_cert *cert)
{
    return ikl_typed_body_write(writer, IKL_TYPE_LEN, cert->encoding, cert->data);
}

int ikl_certreq_read(struct ikl_certreq *out, struct ikl_octets body)
{
    struct ikl_typed_body typed;

    if (ikl_typed_body_read(&typed, IKL_TYPE_LEN, body) != IKL_OK) {
        return IKL_ERR_TRUNCATED;
    }
    *out = (struct ikl_certreq){.encoding = typed.type, .authorities = typed.rest};
    return IKL_OK;
}

struct ikl_octets ikl_certreq_authority(const struct ikl_certreq *request, size_t n)
{
    if (n >= request->authorities.len / IKL_AUTHORITY_LEN) {
        return (struct ikl_octets){.data = NULL};
    }
    return (struct ikl_octets){request->authorities.data + n * IKL_AUTHORITY_LEN, IKL_AUTHORITY_LEN};
}

int ikl_certreq_write(struct ikl_writer *writer, const struct ikl_certreq *request)
{
    return ikl_typed_body_write(writer, IKL_TYPE_LEN, request->encoding, request->authorities);
}
