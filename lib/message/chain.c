/* SPDX-License-Identifier: ISC */
/* ikelive chain: payloads one after another, each naming the type of the next (RFC 7296 §3.2). */
#include <ikelive/message.h>

#include "message/body.h"
#include "octets.h"

enum { CRITICAL_BIT = 0x80 };

bool ikl_payload_known(uint8_t type)
{
    return (type >= IKL_PAYLOAD_SA && type <= IKL_PAYLOAD_EAP) || type == IKL_PAYLOAD_SKF;
}

static bool encrypts(uint8_t type)
{
    return type == IKL_PAYLOAD_SK || type == IKL_PAYLOAD_SKF;
}

struct ikl_chain ikl_chain(uint8_t first, struct ikl_octets octets)
{
    int at_end = octets.len == 0 ? IKL_ERR_END : IKL_ERR_MALFORMED;

    return (struct ikl_chain){.reader = {.at = octets.data, .left = octets.len},
                              .status = first == IKL_PAYLOAD_NONE ? at_end : IKL_OK,
                              .next = first};
}

/* Reads one payload. IKL_OK when there are more, IKL_ERR_END when it is the last, or an error and nothing in `out`. */
static int read_payload(struct ikl_chain *chain, struct ikl_payload *out)
{
    struct ikl_octets generic = ikl_read_octets(&chain->reader, IKL_PAYLOAD_HEADER_LEN);
    uint8_t type = chain->next;
    struct ikl_octets body;
    uint16_t length;
    bool last;

    if (chain->reader.failed) {
        return IKL_ERR_TRUNCATED;
    }
    length = ikl_load_u16(generic.data + 2);
    if (length < IKL_PAYLOAD_HEADER_LEN) {
        return IKL_ERR_MALFORMED;
    }
    body = ikl_read_octets(&chain->reader, (size_t)(length - IKL_PAYLOAD_HEADER_LEN));
    if (chain->reader.failed) {
        return IKL_ERR_TRUNCATED;
    }
    chain->next = generic.data[0];
    last = chain->next == IKL_PAYLOAD_NONE || encrypts(type);
    if (last && chain->reader.left != 0) {
        return IKL_ERR_MALFORMED;
    }
    out->type = type;
    out->critical = (generic.data[1] & CRITICAL_BIT) != 0;
    out->body = body;
    return last ? IKL_ERR_END : IKL_OK;
}

int ikl_chain_next(struct ikl_chain *chain, struct ikl_payload *out)
{
    if (chain->status != IKL_OK) {
        return chain->status;
    }
    chain->status = read_payload(chain, out);
    return chain->status == IKL_ERR_END ? IKL_OK : chain->status;
}

uint8_t ikl_chain_inner(const struct ikl_chain *chain)
{
    return chain->next;
}

int ikl_chain_check(uint8_t first, struct ikl_octets octets, bool inside_sk, uint8_t *critical_type)
{
    struct ikl_chain chain = ikl_chain(first, octets);
    struct ikl_payload payload;
    uint8_t refused = IKL_PAYLOAD_NONE;
    int status;

    while ((status = ikl_chain_next(&chain, &payload)) == IKL_OK) {
        if (inside_sk && encrypts(payload.type)) {
            return IKL_ERR_MALFORMED;
        }
        if (payload.critical && !ikl_payload_known(payload.type) && refused == IKL_PAYLOAD_NONE) {
            refused = payload.type;
        }
    }
    if (status != IKL_ERR_END) {
        return status;
    }
    if (refused == IKL_PAYLOAD_NONE) {
        return IKL_OK;
    }
    if (critical_type != NULL) {
        *critical_type = refused;
    }
    return IKL_ERR_CRITICAL;
}

bool ikl_payload_writable(uint8_t type)
{
    return type != IKL_PAYLOAD_NONE && !encrypts(type);
}

void ikl_payload_header_write(struct ikl_writer *writer, uint8_t type, bool critical, uint8_t next, size_t body_len)
{
    ikl_write_u8(writer, next);
    ikl_write_u8(writer, critical && !ikl_payload_known(type) ? CRITICAL_BIT : 0);
    ikl_write_u16(writer, (uint16_t)(IKL_PAYLOAD_HEADER_LEN + body_len));
}

int ikl_chain_write(struct ikl_writer *writer, const struct ikl_payload *payloads, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!ikl_payload_writable(payloads[i].type) || !ikl_body_fits(0, payloads[i].body.len)) {
            return IKL_ERR_INVALID;
        }
    }
    for (size_t i = 0; i < n; i++) {
        const struct ikl_payload *payload = &payloads[i];

        ikl_payload_header_write(writer, payload->type, payload->critical, ikl_chain_first(payload + 1, n - i - 1),
                                 payload->body.len);
        ikl_write_octets(writer, payload->body.data, payload->body.len);
    }
    return ikl_writer_status(writer);
}

uint8_t ikl_chain_first(const struct ikl_payload *payloads, size_t n)
{
    return n > 0 ? payloads[0].type : IKL_PAYLOAD_NONE;
}
