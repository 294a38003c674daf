/* SPDX-License-Identifier: ISC */
/* ikelive sa: IP addresses as text. */
#ifndef IKL_ADDRESS_H
#define IKL_ADDRESS_H

#include "text.h"

#include <ikelive/path.h>

/* Appends what ikl_address_text writes. */
void ikl_text_add_address(struct ikl_text *text, const struct ikl_address *address);

#endif
