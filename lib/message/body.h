/* SPDX-License-Identifier: ISC */
/* ikelive body: what the readers and writers of payload bodies share. */
#ifndef IKL_BODY_H
#define IKL_BODY_H

#include <ikelive/message.h>

/* True when `fixed_len` octets, which are few, and `len` more fit into a payload's body. */
static inline bool ikl_body_fits(size_t fixed_len, size_t len)
{
    return len <= IKL_MAX_BODY - fixed_len;
}

/* The result of a function that has written everything. */
static inline int ikl_writer_status(const struct ikl_writer *writer)
{
    return writer->failed ? IKL_ERR_NO_BUFFER : IKL_OK;
}

/* True when a payload of this type may be written into a chain: ikl_message_seal writes SK and SKF. */
bool ikl_payload_writable(uint8_t type);

/* Appends a generic payload header (§3.2). */
void ikl_payload_header_write(struct ikl_writer *writer, uint8_t type, bool critical, uint8_t next, size_t body_len);

/* Half of all payloads begin with one octet, a type or a count, followed by RESERVED octets. */
struct ikl_typed_body {
    uint8_t type;
    struct ikl_octets rest;
};

enum { IKL_TYPE_LEN = 1, IKL_TYPE_AND_RESERVED_LEN = 4 };

/* Reads a body that begins with a type in `fixed_len` octets, one of the lengths above. Errors: IKL_ERR_TRUNCATED. */
int ikl_typed_body_read(struct ikl_typed_body *out, size_t fixed_len, struct ikl_octets body);

/* Appends one. Errors: IKL_ERR_INVALID, and nothing written, when it is too long for a body; IKL_ERR_NO_BUFFER. */
int ikl_typed_body_write(struct ikl_writer *writer, size_t fixed_len, uint8_t type, struct ikl_octets rest);

#endif
