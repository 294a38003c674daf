/* SPDX-License-Identifier: ISC */
/* ikelive id: the Identification payloads (RFC 7296 §3.5; ID_NULL: RFC 7619). */
#include <ikelive/payloads.h>

#include "message/body.h"

#include <string.h>

enum { IPV4_LEN = 4, IPV6_LEN = 16 };

/* Names have a length and no terminator; a name that seems to end earlier to whoever prints or compares it is a
 * trap. */
static bool has_terminator(struct ikl_octets name)
{
    return name.len > 0 && (memchr(name.data, '\0', name.len) != NULL || memchr(name.data, '\r', name.len) != NULL ||
                            memchr(name.data, '\n', name.len) != NULL);
}

static bool is_valid(uint8_t type, struct ikl_octets data)
{
    switch (type) {
    case IKL_ID_IPV4_ADDR:
        return data.len == IPV4_LEN;
    case IKL_ID_IPV6_ADDR:
        return data.len == IPV6_LEN;
    case IKL_ID_FQDN:
    case IKL_ID_RFC822_ADDR:
        return !has_terminator(data);
    case IKL_ID_NULL:
        return data.len == 0;
    default:
        return true;
    }
}

int ikl_id_read(struct ikl_id *out, struct ikl_octets body)
{
    struct ikl_typed_body typed;

    if (ikl_typed_body_read(&typed, IKL_TYPE_AND_RESERVED_LEN, body) != IKL_OK) {
        return IKL_ERR_TRUNCATED;
    }
    if (!is_valid(typed.type, typed.rest)) {
        return IKL_ERR_MALFORMED;
    }
    *out = (struct ikl_id){.type = typed.type, .data = typed.rest};
    return IKL_OK;
}

int ikl_id_write(struct ikl_writer *writer, const struct ikl_id *id)
{
    if (!is_valid(id->type, id->data)) {
        return IKL_ERR_INVALID;
    }
    return ikl_typed_body_write(writer, IKL_TYPE_AND_RESERVED_LEN, id->type, id->data);
}
