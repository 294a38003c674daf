/* SPDX-License-Identifier: ISC */
/* ikelive eap: the EAP payload (RFC 7296 §3.16). */
#include <ikelive/payloads.h>

#include "message/body.h"

enum { HEADER_LEN = 4, TYPE_LEN = 1 };

static bool has_type(uint8_t code)
{
    return code == IKL_EAP_REQUEST || code == IKL_EAP_RESPONSE;
}

int ikl_eap_read(struct ikl_eap *out, struct ikl_octets body)
{
    struct ikl_reader reader = ikl_reader(body.data, body.len);
    struct ikl_eap eap = {.type = 0};
    uint16_t length;

    eap.code = ikl_read_u8(&reader);
    eap.identifier = ikl_read_u8(&reader);
    length = ikl_read_u16(&reader);
    if (has_type(eap.code)) {
        eap.type = ikl_read_u8(&reader);
        eap.data = ikl_read_octets(&reader, reader.left);
    }
    if (reader.failed) {
        return IKL_ERR_TRUNCATED;
    }
    if (reader.left > 0 || length != body.len) {
        return IKL_ERR_MALFORMED;
    }
    *out = eap;
    return IKL_OK;
}

int ikl_eap_write(struct ikl_writer *writer, const struct ikl_eap *eap)
{
    size_t len = HEADER_LEN + (has_type(eap->code) ? TYPE_LEN + eap->data.len : 0);

    if (!ikl_body_fits(HEADER_LEN + TYPE_LEN, eap->data.len) ||
        (!has_type(eap->code) && (eap->type != 0 || eap->data.len != 0))) {
        return IKL_ERR_INVALID;
    }
    ikl_write_u8(writer, eap->code);
    ikl_write_u8(writer, eap->identifier);
    ikl_write_u16(writer, (uint16_t)len);
    if (has_type(eap->code)) {
        ikl_write_u8(writer, eap->type);
        ikl_write_octets(writer, eap->data.data, eap->data.len);
    }
    return ikl_writer_status(writer);
}
