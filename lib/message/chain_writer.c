/* SPDX-License-Identifier: ISC */
/* ikelive chain writer: writes payloads one after another in place, and patches lengths and types in later. */
#include "message/body.h"

enum { LENGTH_AT = 2 };

struct ikl_chain_writer ikl_chain_writer(struct ikl_writer *writer)
{
    return (struct ikl_chain_writer){.writer = writer};
}

int ikl_payload_begin(struct ikl_chain_writer *chain, uint8_t type, bool critical)
{
    struct ikl_writer *writer = chain->writer;

    if (chain->type != IKL_PAYLOAD_NONE || !ikl_payload_writable(type)) {
        return IKL_ERR_INVALID;
    }
    chain->payload = writer->len;
    chain->type = type;
    ikl_payload_header_write(writer, type, critical, IKL_PAYLOAD_NONE, 0);
    return ikl_writer_status(writer);
}

int ikl_payload_end(struct ikl_chain_writer *chain)
{
    struct ikl_writer *writer = chain->writer;
    uint8_t type = chain->type;
    size_t len = writer->len - chain->payload;

    if (type == IKL_PAYLOAD_NONE) {
        return IKL_ERR_INVALID;
    }
    if (writer->failed) {
        return IKL_ERR_NO_BUFFER;
    }
    chain->type = IKL_PAYLOAD_NONE;
    if (len > IKL_PAYLOAD_HEADER_LEN + IKL_MAX_BODY) {
        writer->len = chain->payload;
        return IKL_ERR_INVALID;
    }
    ikl_patch_u16(writer, chain->payload + LENGTH_AT, (uint16_t)len);
    if (chain->first == IKL_PAYLOAD_NONE) {
        chain->first = type;
    } else {
        ikl_patch_u8(writer, chain->next_at, type);
    }
    chain->next_at = chain->payload;
    return IKL_OK;
}
