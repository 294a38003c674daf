/* SPDX-License-Identifier: ISC */
/* ikelive sa: IP addresses, checked and as text. */
#ifndef IKL_ADDRESS_H
#define IKL_ADDRESS_H

#include "text.h"

#include "out_of_line.h"

#include <ikelive/path.h>

#include <string.h>

/* True when the family is one of those that there are and `reserved` is 0. */
static inline bool ikl_is_address(const struct ikl_address *address)
{
    return (address->family == 4 || address->family == 6 || address->family == 0) && address->reserved == 0;
}

static inline bool ikl_is_path(const struct ikl_path *path)
{
#ifdef IKL_WITHOUT_STREAMS
    if (path->reliable) {
        return false;
    }
#endif
    return ikl_is_address(&path->local) && ikl_is_address(&path->remote);
}

/* As ikl_path_same. In line, because each message that was taken asks. Unused octets of an address are 0, and there are
 * none between the addresses, which are compared as one. */
IKL_SHARED bool ikl_is_same_path(const struct ikl_path *a, const struct ikl_path *b);

/* Appends what ikl_address_text writes. */
void ikl_text_add_address(struct ikl_text *text, const struct ikl_address *address);

#if IKL_DEFINES
IKL_SHARED bool ikl_is_same_path(const struct ikl_path *a, const struct ikl_path *b)
{
    return memcmp(a, b, offsetof(struct ikl_path, tag)) == 0 && a->tag == b->tag &&
           a->encapsulated == b->encapsulated && a->reliable == b->reliable;
}
#endif

#endif
