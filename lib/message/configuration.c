/* SPDX-License-Identifier: ISC */
/* ikelive configuration: the Configuration payload (RFC 7296 §3.15). */
#include <ikelive/payloads.h>

#include "message/body.h"
#include "message/walk.h"

enum { ATTRIBUTE_LEN = 4, MAX_ATTRIBUTE_TYPE = 0x7fff };

int ikl_cfg_read(struct ikl_cfg *out, struct ikl_octets body)
{
    struct ikl_typed_body typed;

    if (ikl_typed_body_read(&typed, IKL_TYPE_AND_RESERVED_LEN, body) != IKL_OK) {
        return IKL_ERR_TRUNCATED;
    }
    *out = (struct ikl_cfg){.type = typed.type, .attributes = typed.rest};
    return IKL_OK;
}

struct ikl_cfg_attributes ikl_cfg_attributes(const struct ikl_cfg *cfg)
{
    return (struct ikl_cfg_attributes){
        .reader = ikl_reader(cfg->attributes.data, cfg->attributes.len),
        .status = cfg->attributes.len > 0 ? IKL_OK : IKL_ERR_END,
    };
}

static int read_attribute(struct ikl_reader *reader, struct ikl_cfg_attribute *out)
{
    out->type = ikl_read_u16(reader) & MAX_ATTRIBUTE_TYPE;
    out->value = ikl_read_octets(reader, ikl_read_u16(reader));
    if (reader->failed) {
        return IKL_ERR_TRUNCATED;
    }
    return reader->left > 0 ? IKL_OK : IKL_ERR_END;
}

int ikl_cfg_attributes_next(struct ikl_cfg_attributes *attributes, struct ikl_cfg_attribute *out)
{
    struct ikl_cfg_attribute attribute;

    if (attributes->status != IKL_OK) {
        return attributes->status;
    }
    attributes->status = read_attribute(&attributes->reader, &attribute);
    if (!ikl_walk_has_item(attributes->status)) {
        return attributes->status;
    }
    *out = attribute;
    return IKL_OK;
}

int ikl_cfg_check(struct ikl_octets body)
{
    struct ikl_cfg_attributes attributes;
    struct ikl_cfg_attribute attribute;
    struct ikl_cfg cfg;
    int status = ikl_cfg_read(&cfg, body);

    if (status != IKL_OK) {
        return status;
    }
    attributes = ikl_cfg_attributes(&cfg);
    do {
        status = ikl_cfg_attributes_next(&attributes, &attribute);
    } while (status == IKL_OK);
    return ikl_walk_result(status);
}

/* The length of a body with these attributes; when it is too long, any length that is too long. */
static size_t body_len(const struct ikl_cfg_attribute *attributes, size_t n)
{
    size_t len = IKL_TYPE_AND_RESERVED_LEN;

    for (size_t i = 0; i < n && len <= IKL_MAX_BODY; i++) {
        if (attributes[i].value.len > IKL_MAX_BODY) {
            return SIZE_MAX;
        }
        len += ATTRIBUTE_LEN + attributes[i].value.len;
    }
    return len;
}

int ikl_cfg_write(struct ikl_writer *writer, uint8_t type, const struct ikl_cfg_attribute *attributes, size_t n)
{
    if (!ikl_body_fits(0, body_len(attributes, n))) {
        return IKL_ERR_INVALID;
    }
    for (size_t i = 0; i < n; i++) {
        if (attributes[i].type > MAX_ATTRIBUTE_TYPE) {
            return IKL_ERR_INVALID;
        }
    }
    ikl_write_u8(writer, type);
    ikl_write_zeros(writer, IKL_TYPE_AND_RESERVED_LEN - IKL_TYPE_LEN);
    for (size_t i = 0; i < n; i++) {
        ikl_write_u16(writer, attributes[i].type);
        ikl_write_u16(writer, (uint16_t)attributes[i].value.len);
        ikl_write_octets(writer, attributes[i].value.data, attributes[i].value.len);
    }
    return ikl_writer_status(writer);
}
