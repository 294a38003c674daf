/* SPDX-License-Identifier: ISC */
/* ikelive int_auth: what IKE_AUTH authenticates of the IKE_INTERMEDIATE messages before it (RFC 9242 §3.3.2). */
#include "check.h"
#include "sized.h"

#include "message/header.h"

#include <string.h>

enum { N_PARTS = 5 };

static bool take(struct ikl_int_auth *message, const struct ikl_int_auth *given)
{
    return ikl_sized_take(message, sizeof(*message), given, sizeof(*message)) &&
           message->plaintext.len <= IKL_MAX_BODY && message->unprotected.len <= IKL_MAX_BODY;
}

/* Both lengths count the plaintext, but no IV, padding and ICV. */
static void write_headers(const struct ikl_int_auth *message, uint8_t *out)
{
    struct ikl_writer writer = ikl_writer(out, IKL_INT_AUTH_HEADERS);
    struct ikl_header header = message->header;

    if (message->unprotected.len == 0) {
        header.next_payload = IKL_PAYLOAD_SK;
    }
    header.length = (uint32_t)(IKL_INT_AUTH_HEADERS + message->unprotected.len + message->plaintext.len);
    ikl_header_write(&writer, &header);
    out[IKL_HEADER_VERSION] |= header.minor & 0x0f;
    out[IKL_HEADER_FLAGS] = header.flags;
    ikl_write_u8(&writer, message->first_payload);
    ikl_write_u8(&writer, message->reserved);
    ikl_write_u16(&writer, (uint16_t)(IKL_PAYLOAD_HEADER_LEN + message->plaintext.len));
}

int ikl_int_auth_headers(const struct ikl_int_auth *given, uint8_t out[IKL_INT_AUTH_HEADERS])
{
    struct ikl_int_auth message;

    if (!take(&message, given)) {
        return IKL_ERR_INVALID;
    }
    write_headers(&message, out);
    return IKL_OK;
}

int ikl_int_auth(const struct ikl_prf *prf, struct ikl_octets sk_p, const struct ikl_int_auth *given, uint8_t *out)
{
    struct ikl_int_auth message;
    uint8_t headers[IKL_INT_AUTH_HEADERS], computed[IKL_MAX_PRF];
    struct ikl_octets parts[N_PARTS];
    struct ikl_prf_input input = {.size = sizeof(input), .key = sk_p.data, .key_len = sk_p.len, .parts = parts};
    int result;

    if (!take(&message, given) || sk_p.len == 0 || sk_p.len > IKL_MAX_PRF || ikl_prf_check(prf) != IKL_OK) {
        return IKL_ERR_INVALID;
    }
    write_headers(&message, headers);
    parts[0] = message.previous;
    parts[1] = (struct ikl_octets){headers, IKL_HEADER_LEN};
    parts[2] = message.unprotected;
    parts[3] = (struct ikl_octets){headers + IKL_HEADER_LEN, IKL_PAYLOAD_HEADER_LEN};
    parts[4] = message.plaintext;
    input.n_parts = N_PARTS;
    result = prf->compute(&input, computed);
    if (result == IKL_OK) {
        memcpy(out, computed, prf->len);
    } else {
        ikl_wipe(out, prf->len);
    }
    ikl_wipe(computed, sizeof(computed));
    return result;
}
