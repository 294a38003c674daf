/* SPDX-License-Identifier: ISC */
/* ikelive selectors: the Traffic Selector payloads, TSi and TSr (RFC 7296 §3.13). */
#ifndef IKELIVE_SELECTORS_H
#define IKELIVE_SELECTORS_H

#include <ikelive/message.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One traffic selector. In a range of IPv4 (IPv6) addresses `start` and `end` have 4 (16) octets and `other` is empty;
 * in a selector of any other type `start` and `end` are empty and the ports 0. Whether a range is empty, start above
 * end, is not looked at: ports have special pairs (OPAQUE is 65535 to 0), and what to do with an empty range is for who
 * narrows. */
struct ikl_selector {
    uint8_t type;     /* enum ikl_ts_type or another number */
    uint8_t protocol; /* IP protocol, 0 for any; in other types the octet that is there */
    uint16_t start_port;
    uint16_t end_port;
    struct ikl_octets start;
    struct ikl_octets end;
    struct ikl_octets other; /* what follows the Selector Length in a selector that is no range of addresses */
};

/* Walks the selectors of a TSi or TSr payload. */
struct ikl_selectors {
    struct ikl_reader reader; /* what is left */
    int status;               /* IKL_OK while there is more; then IKL_ERR_END or the error */
    uint8_t left;             /* selectors to come */
};

/* A walk over the TSi or TSr payload with this body. */
IKL_API struct ikl_selectors ikl_selectors(struct ikl_octets body);

/* Gives the next selector, a view. IKL_ERR_END at the end. Errors, instead of the selector that they are about:
 * IKL_ERR_TRUNCATED when it runs past the end; IKL_ERR_MALFORMED when its length is not that of its type or too short
 * for any, or when it is the last by number and octets are left after it. A payload without selectors is
 * IKL_ERR_MALFORMED. After an error every further call gives the same error. RESERVED fields are ignored. */
IKL_MUST_USE IKL_API int ikl_selectors_next(struct ikl_selectors *selectors, struct ikl_selector *out);

/* The same, but skips selectors that are no ranges of IPv4 or IPv6 addresses. */
IKL_MUST_USE IKL_API int ikl_selectors_next_range(struct ikl_selectors *selectors, struct ikl_selector *out);

/* True for a range of IPv4 or IPv6 addresses. */
IKL_API bool ikl_selector_is_range(const struct ikl_selector *selector);

/* Walks the whole payload: IKL_OK, or the first error. */
IKL_MUST_USE IKL_API int ikl_selectors_check(struct ikl_octets body);

/* Appends the body of a payload with `n` selectors. Errors: IKL_ERR_INVALID, and nothing written, when there are none
 * or more than 255, when in one of them something is given that its type does not have or an address of another length,
 * and when the body would be longer than IKL_MAX_BODY; IKL_ERR_NO_BUFFER when the writer has failed, for want of room
 * here or before. */
IKL_MUST_USE IKL_API int ikl_selectors_write(struct ikl_writer *writer, const struct ikl_selector *selectors, size_t n);

#ifdef __cplusplus
}
#endif
#endif
