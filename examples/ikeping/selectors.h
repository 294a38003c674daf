/* SPDX-License-Identifier: ISC */
/* ikeping: traffic selectors of a Child SA (RFC 7296 §2.9, §3.13): ranges of addresses, any protocol and port. */
#ifndef IKEPING_SELECTORS_H
#define IKEPING_SELECTORS_H

#include <ikelive/path.h>
#include <ikelive/payloads.h>

enum { SELECTORS_MAX = 8, SELECTORS_TEXT_SIZE = 256 };

/* The addresses from `start` to `end`, both of them too. */
struct address_range {
    size_t len; /* octets of an address: 4 or 16 */
    uint8_t start[16], end[16];
};

/* One side's. Without any it stands for all addresses. */
struct selectors {
    struct address_range ranges[SELECTORS_MAX];
    size_t n;
};

/* Adds "192.0.2.7", "192.0.2.0/24" or "192.0.2.1-192.0.2.9", or the same in IPv6. False when the text is none of these,
 * or there are too many. */
bool selectors_parse(struct selectors *selectors, const char *text);

/* The one address. */
struct selectors selectors_of(const struct ikl_address *address);

/* Appends the body of a TSi or TSr payload; there must be one range at least. Errors: those of ikl_selectors_write. */
IKL_MUST_USE int selectors_write(struct ikl_writer *writer, const struct selectors *selectors);

/* Reads the body of a TSi or TSr payload, as far as it is within `limit`: each range is narrowed to what the limit has
 * of it, and other kinds of selectors, or more ranges than there is room for, are left out. False when it is malformed,
 * or when nothing is left. */
bool selectors_narrow(struct selectors *out, struct ikl_octets body, const struct selectors *limit);

/* Whether the body of a TSi or TSr payload is well-formed and has nothing but ranges that lie within `limit`. */
bool selectors_within(struct ikl_octets body, const struct selectors *limit);

/* Writes "192.0.2.0/24", "192.0.2.1-192.0.2.9", several joined by commas; always terminated. */
void selectors_text(const struct selectors *selectors, char *text, size_t size);

#endif
