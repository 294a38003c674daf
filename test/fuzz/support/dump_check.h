/* SPDX-License-Identifier: ISC */
/* What must hold for the text of any octets. */
#ifndef FUZZ_DUMP_CHECK_H
#define FUZZ_DUMP_CHECK_H

#include <ikelive/dump.h>

/* The text is lines of printable ASCII and as long as was said; cut to `room`, it is the beginning of that, terminated.
 * Returns whether it says that something is wrong. */
bool check_dump(const uint8_t *datagram, size_t len, const struct ikl_dump *options, size_t room);

#endif
