/* SPDX-License-Identifier: ISC */
/* ikelive header, inside: the IKE header where the room for it was checked already. */
#ifndef IKL_HEADER_INTERNAL_H
#define IKL_HEADER_INTERNAL_H

#include <ikelive/message.h>

/* Reads the fields of the IKL_HEADER_LEN octets at `datagram`, whatever they are. */
void ikl_header_load(struct ikl_header *out, const uint8_t *datagram);

/* Writes the header's IKL_HEADER_LEN octets to `out`, as ikl_header_write does. */
void ikl_header_store(uint8_t *out, const struct ikl_header *header);

#endif
