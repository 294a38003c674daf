/* SPDX-License-Identifier: ISC */
/* ikelive proposals writer: writes the SA payload (RFC 7296 §3.3), patching lengths, counts and last-markers as it
 * goes. */
#include "message/body.h"
#include "message/proposals.h"

/* The offsets of the fields of a substructure. */
enum { LAST_SUBSTRUC = 0, LENGTH = 2, N_TRANSFORMS = 7 };

enum { MAX_PROPOSALS = UINT8_MAX, MAX_TRANSFORMS = UINT8_MAX, MAX_ATTRIBUTE_TYPE = 0x7fff };

struct ikl_proposals_writer ikl_offer_writer(struct ikl_writer *writer)
{
    return (struct ikl_proposals_writer){
        .writer = writer,
        .start = writer->len,
        .end = writer->len,
        .number = 1,
    };
}

struct ikl_proposals_writer ikl_accepted_writer(struct ikl_writer *writer, uint8_t number)
{
    struct ikl_proposals_writer proposals = ikl_offer_writer(writer);

    proposals.number = number;
    proposals.accepted = true;
    return proposals;
}

/* True when `len` octets more, not too many for a body, may be appended: nobody else wrote meanwhile, and the body does
 * not become too long. */
static bool can_append(const struct ikl_proposals_writer *proposals, size_t len)
{
    const struct ikl_writer *writer = proposals->writer;

    return (writer->failed || writer->len == proposals->end) && ikl_body_fits(len, proposals->end - proposals->start);
}

static void patch_length(struct ikl_proposals_writer *proposals, size_t substructure)
{
    ikl_patch_u16(proposals->writer, substructure + LENGTH, (uint16_t)(proposals->writer->len - substructure));
}

static int finish(struct ikl_proposals_writer *proposals)
{
    proposals->end = proposals->writer->len;
    return ikl_writer_status(proposals->writer);
}

static void write_substructure(struct ikl_writer *writer, size_t len)
{
    ikl_write_u8(writer, IKL_LAST);
    ikl_write_u8(writer, 0);
    ikl_write_u16(writer, (uint16_t)len);
}

static bool may_follow(const struct ikl_proposals_writer *proposals)
{
    if (proposals->n_proposals == 0) {
        return proposals->number != 0;
    }
    return proposals->n_transforms > 0 && proposals->n_proposals < MAX_PROPOSALS && !proposals->accepted;
}

int ikl_write_proposal(struct ikl_proposals_writer *proposals, uint8_t protocol, struct ikl_octets spi)
{
    struct ikl_writer *writer = proposals->writer;
    size_t at = proposals->end;

    if (!may_follow(proposals) || !ikl_proposal_spi_fits(protocol, spi.len) ||
        !can_append(proposals, IKL_PROPOSAL_LEN + spi.len)) {
        return IKL_ERR_INVALID;
    }
    if (proposals->n_proposals > 0) {
        ikl_patch_u8(writer, proposals->proposal + LAST_SUBSTRUC, IKL_MORE_PROPOSALS);
    }
    write_substructure(writer, IKL_PROPOSAL_LEN + spi.len);
    ikl_write_u8(writer, (uint8_t)proposals->number);
    ikl_write_u8(writer, protocol);
    ikl_write_u8(writer, (uint8_t)spi.len);
    ikl_write_u8(writer, 0);
    ikl_write_octets(writer, spi.data, spi.len);
    proposals->proposal = at;
    proposals->number++;
    proposals->n_proposals++;
    proposals->n_transforms = 0;
    return finish(proposals);
}

int ikl_write_transform(struct ikl_proposals_writer *proposals, uint8_t type, uint16_t id, uint16_t key_bits)
{
    struct ikl_writer *writer = proposals->writer;
    size_t len = IKL_TRANSFORM_LEN + (key_bits != 0 ? IKL_ATTRIBUTE_LEN : 0u);
    size_t at = proposals->end;

    if (proposals->n_proposals == 0 || proposals->n_transforms == MAX_TRANSFORMS || !can_append(proposals, len) ||
        (proposals->accepted && !ikl_transform_type_is_new(proposals->types, type))) {
        return IKL_ERR_INVALID;
    }
    if (proposals->n_transforms > 0) {
        ikl_patch_u8(writer, proposals->transform + LAST_SUBSTRUC, IKL_MORE_TRANSFORMS);
    }
    write_substructure(writer, len);
    ikl_write_u8(writer, type);
    ikl_write_u8(writer, 0);
    ikl_write_u16(writer, id);
    if (key_bits != 0) {
        ikl_write_u16(writer, IKL_ATTRIBUTE_FORMAT | IKL_ATTRIBUTE_KEY_LENGTH);
        ikl_write_u16(writer, key_bits);
    }
    proposals->transform = at;
    proposals->n_transforms++;
    proposals->has_key_length = key_bits != 0;
    patch_length(proposals, proposals->proposal);
    ikl_patch_u8(writer, proposals->proposal + N_TRANSFORMS, (uint8_t)proposals->n_transforms);
    return finish(proposals);
}

static bool is_valid(const struct ikl_proposals_writer *proposals, const struct ikl_attribute *attribute)
{
    bool is_key_length = attribute->type == IKL_ATTRIBUTE_KEY_LENGTH;

    return attribute->type <= MAX_ATTRIBUTE_TYPE && ikl_attribute_form_fits(attribute->type, attribute->fixed) &&
           (attribute->fixed ? attribute->data.len == 0 : attribute->value == 0) &&
           (!is_key_length || !proposals->has_key_length);
}

int ikl_write_attribute(struct ikl_proposals_writer *proposals, const struct ikl_attribute *attribute)
{
    struct ikl_writer *writer = proposals->writer;

    if (proposals->n_transforms == 0 || !is_valid(proposals, attribute) ||
        !ikl_body_fits(IKL_ATTRIBUTE_LEN, attribute->data.len) ||
        !can_append(proposals, IKL_ATTRIBUTE_LEN + attribute->data.len)) {
        return IKL_ERR_INVALID;
    }
    ikl_write_u16(writer, (uint16_t)(attribute->type | (attribute->fixed ? IKL_ATTRIBUTE_FORMAT : 0)));
    ikl_write_u16(writer, attribute->fixed ? attribute->value : (uint16_t)attribute->data.len);
    ikl_write_octets(writer, attribute->data.data, attribute->data.len);
    if (attribute->type == IKL_ATTRIBUTE_KEY_LENGTH) {
        proposals->has_key_length = true;
    }
    patch_length(proposals, proposals->transform);
    patch_length(proposals, proposals->proposal);
    return finish(proposals);
}
