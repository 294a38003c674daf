/* SPDX-License-Identifier: ISC */
/* ikelive typed body: payload bodies that begin with a type and RESERVED octets. */
#include "message/body.h"

int ikl_typed_body_read(struct ikl_typed_body *out, size_t fixed_len, struct ikl_octets body)
{
    struct ikl_reader reader = ikl_reader(body.data, body.len);
    struct ikl_typed_body typed;

    typed.type = ikl_read_u8(&reader);
    (void)ikl_read_octets(&reader, fixed_len - IKL_TYPE_LEN);
    typed.rest = ikl_read_octets(&reader, reader.left);
    if (reader.failed) {
        return IKL_ERR_TRUNCATED;
    }
    *out = typed;
    return IKL_OK;
}

int ikl_typed_body_write(struct ikl_writer *writer, size_t fixed_len, uint8_t type, struct ikl_octets rest)
{
    if (!ikl_body_fits(fixed_len, rest.len)) {
        return IKL_ERR_INVALID;
    }
    ikl_write_u8(writer, type);
    ikl_write_zeros(writer, fixed_len - IKL_TYPE_LEN);
    ikl_write_octets(writer, rest.data, rest.len);
    return ikl_writer_status(writer);
}
