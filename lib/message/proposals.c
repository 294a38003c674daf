/* SPDX-License-Identifier: ISC */
/* ikelive proposals: reads the SA payload (RFC 7296 §3.3). */
#include <ikelive/payloads.h>

#include "message/proposals.h"
#include "message/walk.h"

enum { FIRST_NUMBER = 1, ATTRIBUTE_TYPE_MASK = 0x7fff };

/* Reads the beginning of a proposal or a transform: Last Substruc, RESERVED, length. `part` is the rest of it. */
static int read_substructure(struct ikl_reader *reader, uint8_t more, struct ikl_reader *part)
{
    uint8_t marker = ikl_read_u8(reader);
    uint16_t length;

    (void)ikl_read_u8(reader);
    length = ikl_read_u16(reader);
    if (reader->failed) {
        return IKL_ERR_TRUNCATED;
    }
    if (length < IKL_SUBSTRUCTURE_LEN) {
        return IKL_ERR_MALFORMED;
    }
    *part = ikl_read_part(reader, (size_t)(length - IKL_SUBSTRUCTURE_LEN));
    if (reader->failed) {
        return IKL_ERR_TRUNCATED;
    }
    return marker == (reader->left > 0 ? more : IKL_LAST) ? IKL_OK : IKL_ERR_MALFORMED;
}

struct ikl_proposals ikl_proposals(struct ikl_octets body, enum ikl_sa_payload kind)
{
    return (struct ikl_proposals){
        .reader = ikl_reader(body.data, body.len),
        .number = kind == IKL_SA_OFFER ? FIRST_NUMBER : 0,
    };
}

bool ikl_proposal_spi_fits(uint8_t protocol, size_t len)
{
    switch (protocol) {
    case IKL_PROTOCOL_IKE:
        return len == 0 || len == 8;
    case IKL_PROTOCOL_AH:
    case IKL_PROTOCOL_ESP:
        return len == 4;
    default:
        return len <= UINT8_MAX;
    }
}

/* Whether the proposal has the right number, and nothing follows it where it must be the only one. */
static bool is_in_place(const struct ikl_proposals *proposals, uint8_t number)
{
    return proposals->number != 0 ? number == proposals->number : number != 0 && proposals->reader.left == 0;
}

static int read_proposal(struct ikl_proposals *proposals, struct ikl_proposal *out)
{
    struct ikl_reader part;
    size_t spi_size;
    int result = read_substructure(&proposals->reader, IKL_MORE_PROPOSALS, &part);

    if (result != IKL_OK) {
        return result;
    }
    if (part.left < IKL_PROPOSAL_LEN - IKL_SUBSTRUCTURE_LEN) {
        return IKL_ERR_MALFORMED;
    }
    out->number = ikl_read_u8(&part);
    out->protocol = ikl_read_u8(&part);
    spi_size = ikl_read_u8(&part);
    out->n_transforms = ikl_read_u8(&part);
    out->accepted = proposals->number == 0;
    out->spi = ikl_read_octets(&part, spi_size);
    out->transforms = ikl_read_octets(&part, part.left);
    if (part.failed) {
        return IKL_ERR_TRUNCATED;
    }
    if (!is_in_place(proposals, out->number) || !ikl_proposal_spi_fits(out->protocol, spi_size) ||
        out->n_transforms == 0) {
        return IKL_ERR_MALFORMED;
    }
    return proposals->reader.left > 0 ? IKL_OK : IKL_ERR_END;
}

int ikl_proposals_next(struct ikl_proposals *proposals, struct ikl_proposal *out)
{
    struct ikl_proposal proposal;

    if (proposals->status != IKL_OK) {
        return proposals->status;
    }
    proposals->status = read_proposal(proposals, &proposal);
    if (!ikl_walk_has_item(proposals->status)) {
        return proposals->status;
    }
    if (proposals->number != 0) {
        proposals->number++;
    }
    *out = proposal;
    return IKL_OK;
}

struct ikl_transforms ikl_transforms(const struct ikl_proposal *proposal)
{
    return (struct ikl_transforms){
        .reader = ikl_reader(proposal->transforms.data, proposal->transforms.len),
        .left = proposal->n_transforms,
        .accepted = proposal->accepted,
    };
}

/* Finds the Key Length, and checks all attributes. */
static int find_key_length(struct ikl_transform *transform)
{
    struct ikl_attributes attributes = ikl_attributes(transform);
    struct ikl_attribute attribute;
    bool found = false;
    int status;

    transform->key_bits = 0;
    while ((status = ikl_attributes_next(&attributes, &attribute)) == IKL_OK) {
        if (attribute.type == IKL_ATTRIBUTE_KEY_LENGTH) {
            if (found) {
                return IKL_ERR_MALFORMED;
            }
            found = true;
            transform->key_bits = attribute.value;
        }
    }
    return ikl_walk_result(status);
}

static int read_transform(struct ikl_transforms *transforms, struct ikl_transform *out)
{
    struct ikl_reader part;
    int result = read_substructure(&transforms->reader, IKL_MORE_TRANSFORMS, &part);

    if (result != IKL_OK) {
        return result;
    }
    if (part.left < IKL_TRANSFORM_LEN - IKL_SUBSTRUCTURE_LEN ||
        (transforms->left > 1) != (transforms->reader.left > 0)) {
        return IKL_ERR_MALFORMED;
    }
    out->type = ikl_read_u8(&part);
    (void)ikl_read_u8(&part); /* RESERVED */
    out->id = ikl_read_u16(&part);
    out->attributes = ikl_read_octets(&part, part.left);
    if (transforms->accepted && !ikl_transform_type_is_new(transforms->types, out->type)) {
        return IKL_ERR_MALFORMED;
    }
    result = find_key_length(out);
    if (result != IKL_OK) {
        return result;
    }
    return transforms->left > 1 ? IKL_OK : IKL_ERR_END;
}

int ikl_transforms_next(struct ikl_transforms *transforms, struct ikl_transform *out)
{
    struct ikl_transform transform;

    if (transforms->status != IKL_OK) {
        return transforms->status;
    }
    transforms->status = read_transform(transforms, &transform);
    if (!ikl_walk_has_item(transforms->status)) {
        return transforms->status;
    }
    transforms->left--;
    *out = transform;
    return IKL_OK;
}

struct ikl_attributes ikl_attributes(const struct ikl_transform *transform)
{
    return (struct ikl_attributes){
        .reader = ikl_reader(transform->attributes.data, transform->attributes.len),
        .status = transform->attributes.len > 0 ? IKL_OK : IKL_ERR_END,
    };
}

bool ikl_attribute_form_fits(uint16_t type, bool fixed)
{
    return type != IKL_ATTRIBUTE_KEY_LENGTH || fixed;
}

static int read_attribute(struct ikl_reader *reader, struct ikl_attribute *out)
{
    uint16_t word = ikl_read_u16(reader);
    uint16_t value_or_len = ikl_read_u16(reader);

    out->type = word & ATTRIBUTE_TYPE_MASK;
    out->fixed = (word & IKL_ATTRIBUTE_FORMAT) != 0;
    out->value = out->fixed ? value_or_len : 0;
    out->data = ikl_read_octets(reader, out->fixed ? 0 : value_or_len);
    if (reader->failed) {
        return IKL_ERR_TRUNCATED;
    }
    if (!ikl_attribute_form_fits(out->type, out->fixed)) {
        return IKL_ERR_MALFORMED;
    }
    return reader->left > 0 ? IKL_OK : IKL_ERR_END;
}

int ikl_attributes_next(struct ikl_attributes *attributes, struct ikl_attribute *out)
{
    struct ikl_attribute attribute;

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

static int check_transforms(const struct ikl_proposal *proposal)
{
    struct ikl_transforms transforms = ikl_transforms(proposal);
    struct ikl_transform transform;
    int status;

    do {
        status = ikl_transforms_next(&transforms, &transform);
    } while (status == IKL_OK);
    return ikl_walk_result(status);
}

int ikl_proposals_check(struct ikl_octets body, enum ikl_sa_payload kind)
{
    struct ikl_proposals proposals = ikl_proposals(body, kind);
    struct ikl_proposal proposal;
    int status;

    while ((status = ikl_proposals_next(&proposals, &proposal)) == IKL_OK) {
        status = check_transforms(&proposal);
        if (status != IKL_OK) {
            return status;
        }
    }
    return ikl_walk_result(status);
}
