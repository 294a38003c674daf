/* SPDX-License-Identifier: ISC */
/* ikeping: distinguished names, as in certificates, which are identities of type ID_DER_ASN1_DN. Where ikeping is built
 * without libcrypto it cannot make any, and takes those that are the same octets for the same. */
#ifndef IKEPING_DISTINGUISHED_NAME_H
#define IKEPING_DISTINGUISHED_NAME_H

#include <ikelive/base.h>

#include <stdbool.h>
#include <stddef.h>

/* Parses "C=DE, O=Example, CN=gateway": attributes in the order in which they are encoded, by their short names or
 * object identifiers; a comma in a value has a backslash in front. Gives the length in DER; 0 when it is none, or too
 * long. */
size_t distinguished_name_parse(uint8_t *out, size_t size, const char *text);

/* Whether two names in DER are the same, with no regard to case, to spaces that say nothing, and to how their letters
 * are encoded. What is no name is the same as nothing. */
bool distinguished_name_same(struct ikl_octets a, struct ikl_octets b);

/* Writes a name as text of printable ASCII, as it is parsed, cut where it does not fit. False when it is none. */
bool distinguished_name_text(struct ikl_octets name, char *text, size_t size);

#endif
