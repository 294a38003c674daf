/* SPDX-License-Identifier: ISC */
/* ikelive configuration: the Configuration payload, CP (RFC 7296 §3.15). */
#ifndef IKELIVE_CONFIGURATION_H
#define IKELIVE_CONFIGURATION_H

#include <ikelive/message.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ikl_cfg {
    uint8_t type;                 /* enum ikl_cfg_type or another number */
    struct ikl_octets attributes; /* for ikl_cfg_attributes; may be empty */
};

/* Reads the fixed part of a Configuration payload's body. RESERVED fields are ignored. Errors: IKL_ERR_TRUNCATED. */
IKL_MUST_USE IKL_API int ikl_cfg_read(struct ikl_cfg *out, struct ikl_octets body);

struct ikl_cfg_attribute {
    uint16_t type;           /* enum ikl_cfg_attribute_type or another number; 15 bits */
    struct ikl_octets value; /* as long as the peer made it, whatever the type: look before reading */
};

/* Walks the attributes of a Configuration payload. */
struct ikl_cfg_attributes {
    struct ikl_reader reader; /* what is left */
    int status;               /* IKL_OK while there is more; then IKL_ERR_END or the error */
};

/* A walk over the attributes of a payload that ikl_cfg_read gave. */
IKL_API struct ikl_cfg_attributes ikl_cfg_attributes(const struct ikl_cfg *cfg);

/* Gives the next attribute, a view. IKL_ERR_END at the end. IKL_ERR_TRUNCATED, instead of the attribute that runs past
 * the end and on every further call. The reserved bit beside the type is ignored. */
IKL_MUST_USE IKL_API int ikl_cfg_attributes_next(struct ikl_cfg_attributes *attributes, struct ikl_cfg_attribute *out);

/* Walks the whole payload with this body: IKL_OK, or the first error. */
IKL_MUST_USE IKL_API int ikl_cfg_check(struct ikl_octets body);

/* Appends the body of a payload with `n` attributes, which may be none. Errors: IKL_ERR_INVALID, and nothing written,
 * when a type has more than 15 bits or the body would be longer than IKL_MAX_BODY; IKL_ERR_NO_BUFFER when the writer
 * has failed, for want of room here or before. */
IKL_MUST_USE IKL_API int ikl_cfg_write(struct ikl_writer *writer, uint8_t type,
                                       const struct ikl_cfg_attribute *attributes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
