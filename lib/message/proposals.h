/* SPDX-License-Identifier: ISC */
/* ikelive proposals: what the reader and the writer of the SA payload share (RFC 7296 §3.3). */
#ifndef IKL_MESSAGE_PROPOSALS_H
#define IKL_MESSAGE_PROPOSALS_H

#include <ikelive/payloads.h>

/* The lengths of a substructure's common beginning, and of all fixed fields of a proposal, a transform, an
 * attribute. */
enum { IKL_SUBSTRUCTURE_LEN = 4, IKL_PROPOSAL_LEN = 8, IKL_TRANSFORM_LEN = 8, IKL_ATTRIBUTE_LEN = 4 };

/* Last Substruc. */
enum { IKL_LAST = 0, IKL_MORE_PROPOSALS = 2, IKL_MORE_TRANSFORMS = 3 };

/* The bit beside an attribute's type that says TV. */
enum { IKL_ATTRIBUTE_FORMAT = 0x8000 };

/* Whether a proposal for this protocol may have an SPI of `len` octets; for unknown protocols any that can be written.
 */
bool ikl_proposal_spi_fits(uint8_t protocol, size_t len);

/* Whether an attribute may have this form: a type that is known as fixed has no TLV form. */
bool ikl_attribute_form_fits(uint16_t type, bool fixed);

/* Notes that a transform of this type came; false when one came before. */
static inline bool ikl_transform_type_is_new(uint32_t *types, uint8_t type)
{
    uint32_t bit = UINT32_C(1) << type % 32;
    bool is_new = (types[type / 32] & bit) == 0;

    types[type / 32] |= bit;
    return is_new;
}

#endif
