/* SPDX-License-Identifier: ISC */
/* ikelive sa: IP addresses, checked and as text. */
#ifndef IKL_ADDRESS_H
#define IKL_ADDRESS_H

#include "text.h"

#include <ikelive/path.h>

/* True when the family is one of those that there are and `reserved` is 0. */
static inline bool ikl_is_address(const struct ikl_address *address)
{
    return (address->family == 4 || address->family == 6 || address->family == 0) && address->reserved == 0;
}

static inline bool ikl_is_path(const struct ikl_path *path)
{
    return ikl_is_address(&path->local) && ikl_is_address(&path->remote);
}

/* Appends what ikl_address_text writes. */
void ikl_text_add_address(struct ikl_text *text, const struct ikl_address *address);

#endif
