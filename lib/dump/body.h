/* SPDX-License-Identifier: ISC */
/* ikelive dump, inside: what is inside a payload. */
#ifndef IKL_DUMP_BODY_H
#define IKL_DUMP_BODY_H

#include "dump/lines.h"

/* Ends the line of a payload and writes the lines of its contents. */
void ikl_dump_body(const struct ikl_dumping *dumping, const struct ikl_payload *payload);

#endif
