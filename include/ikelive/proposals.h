/* SPDX-License-Identifier: ISC */
/* ikelive proposals: the SA payload (RFC 7296 §3.3): proposals of transforms of attributes.
 *
 * Each level is a walk that gives views of the payload and looks at what it passes: a walk that ends with IKL_ERR_END
 * has found lengths, counts and last-markers in agreement on its level and, for transforms, on the level below it.
 * After an error every further call gives the same error. RESERVED fields are ignored on receipt and written as 0. */
#ifndef IKELIVE_PROPOSALS_H
#define IKELIVE_PROPOSALS_H

#include <ikelive/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who wrote the SA payload. */
enum ikl_sa_payload {
    IKL_SA_OFFER,   /* the initiator of the exchange: one or more proposals, numbered from 1 without gaps */
    IKL_SA_ACCEPTED /* the responder: one proposal, with the number it had in the offer and one transform of a type */
};

struct ikl_proposal {
    uint8_t number;               /* from 1 */
    uint8_t protocol;             /* enum ikl_protocol or another number */
    uint8_t n_transforms;         /* at least 1 */
    bool accepted;                /* from an accepted payload: ikl_transforms refuses a second transform of a type */
    struct ikl_octets spi;        /* IKE: 8 octets, or none in the initial exchange; AH and ESP: 4 octets */
    struct ikl_octets transforms; /* for ikl_transforms */
};

/* Walks the proposals of an SA payload. */
struct ikl_proposals {
    struct ikl_reader reader; /* what is left */
    int status;               /* IKL_OK while there is more; then IKL_ERR_END or the error */
    uint16_t number;          /* that the next proposal must have; 0: any but 0 */
};

/* A walk over the SA payload with this body. */
IKL_API struct ikl_proposals ikl_proposals(struct ikl_octets body, enum ikl_sa_payload kind);

/* Gives the next proposal. IKL_ERR_END at the end. Errors, instead of the proposal that they are about:
 * IKL_ERR_TRUNCATED when it runs past the end or its fields run past its own; IKL_ERR_MALFORMED when its length is too
 * short for its fixed fields, its last-marker does not say whether something follows, its number is wrong for the kind
 * of payload, it is not the only one of an accepted payload, its SPI has a length that its protocol does not have, or
 * it has no transforms. An SA payload without proposals is IKL_ERR_TRUNCATED. */
IKL_MUST_USE IKL_API int ikl_proposals_next(struct ikl_proposals *proposals, struct ikl_proposal *out);

struct ikl_transform {
    uint8_t type;                 /* enum ikl_transform_type or another number */
    uint16_t id;                  /* what it means depends on the type */
    uint16_t key_bits;            /* value of the Key Length attribute; 0 when there is none */
    struct ikl_octets attributes; /* for ikl_attributes: all of them, Key Length too */
};

/* Walks the transforms of a proposal. */
struct ikl_transforms {
    struct ikl_reader reader; /* what is left */
    int status;               /* IKL_OK while there is more; then IKL_ERR_END or the error */
    uint8_t left;             /* transforms to come */
    bool accepted;            /* no type may come twice */
    uint32_t types[8];        /* a bit for each type that came */
};

/* A walk over the transforms of a proposal that ikl_proposals_next gave. */
IKL_API struct ikl_transforms ikl_transforms(const struct ikl_proposal *proposal);

/* Gives the next transform. IKL_ERR_END at the end. Errors, instead of the transform that they are about:
 * IKL_ERR_TRUNCATED when it runs past the end or an attribute runs past its end; IKL_ERR_MALFORMED when its length is
 * too short for its fixed fields, its last-marker or the number of transforms does not say whether something follows,
 * or it has two Key Length attributes or one that ikl_attributes_next refuses. */
IKL_MUST_USE IKL_API int ikl_transforms_next(struct ikl_transforms *transforms, struct ikl_transform *out);

struct ikl_attribute {
    uint16_t type;          /* enum ikl_attribute_type or another number; 15 bits */
    bool fixed;             /* TV form, with `value`; else TLV form, with `data` */
    uint16_t value;         /* 0 in TLV form */
    struct ikl_octets data; /* empty in TV form */
};

/* Walks the attributes of a transform. */
struct ikl_attributes {
    struct ikl_reader reader; /* what is left */
    int status;               /* IKL_OK while there is more; then IKL_ERR_END or the error */
};

/* A walk over the attributes of a transform that ikl_transforms_next gave. */
IKL_API struct ikl_attributes ikl_attributes(const struct ikl_transform *transform);

/* Gives the next attribute. IKL_ERR_END at the end. Errors, instead of the attribute that they are about:
 * IKL_ERR_TRUNCATED when it runs past the end; IKL_ERR_MALFORMED when it is a Key Length in TLV form (§3.3.5). */
IKL_MUST_USE IKL_API int ikl_attributes_next(struct ikl_attributes *attributes, struct ikl_attribute *out);

/* Walks the whole SA payload, every level of it: IKL_OK, or the first error. */
IKL_MUST_USE IKL_API int ikl_proposals_check(struct ikl_octets body, enum ikl_sa_payload kind);

/* Writes the body of an SA payload: a proposal, its transforms, the next proposal, and so on. Lengths, counts and
 * last-markers are patched with every call, so that the body is whole whenever every proposal has a transform. Nothing
 * else may be written to the writer meanwhile. Fields are the library's. */
struct ikl_proposals_writer {
    struct ikl_writer *writer;
    size_t start;          /* of the body */
    size_t end;            /* where the last call left the writer */
    size_t proposal;       /* where the last proposal begins */
    size_t transform;      /* where the last transform begins */
    uint16_t number;       /* of the next proposal */
    uint16_t n_proposals;  /* written */
    uint16_t n_transforms; /* written, of the last proposal */
    bool accepted;         /* there is to be one proposal only, with one transform of a type */
    bool has_key_length;   /* the last transform has the attribute */
    uint32_t types[8];     /* a bit for each type of transform written, of an accepted proposal */
};

/* An offer that begins where `writer`, which must outlive it, has got to. */
IKL_API struct ikl_proposals_writer ikl_offer_writer(struct ikl_writer *writer);

/* An accepted proposal with the number that it had in the offer; the same otherwise. */
IKL_API struct ikl_proposals_writer ikl_accepted_writer(struct ikl_writer *writer, uint8_t number);

/* Errors of the three functions below: IKL_ERR_INVALID, and nothing written, for what is said there, for what
 * ikl_proposals_check would refuse, for a body longer than IKL_MAX_BODY, and when something else was written meanwhile;
 * IKL_ERR_NO_BUFFER when the writer has failed, for want of room here or before. */

/* Appends a proposal without transforms. IKL_ERR_INVALID also when the proposal before it has none, it would be number
 * 256, or the second one accepted. */
IKL_MUST_USE IKL_API int ikl_write_proposal(struct ikl_proposals_writer *proposals, uint8_t protocol,
                                            struct ikl_octets spi);

/* Appends a transform to the last proposal, with a Key Length attribute unless `key_bits` is 0. IKL_ERR_INVALID also
 * when there is no proposal or it has 255 transforms. */
IKL_MUST_USE IKL_API int ikl_write_transform(struct ikl_proposals_writer *proposals, uint8_t type, uint16_t id,
                                             uint16_t key_bits);

/* Appends an attribute to the last transform. IKL_ERR_INVALID also when the last proposal has no transform, the type
 * has more than 15 bits, `data` is not empty in TV form or `value` is not 0 in TLV form. */
IKL_MUST_USE IKL_API int ikl_write_attribute(struct ikl_proposals_writer *proposals,
                                             const struct ikl_attribute *attribute);

#ifdef __cplusplus
}
#endif
#endif
