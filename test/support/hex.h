/* SPDX-License-Identifier: ISC */
/* Octets as hexadecimal text. */
#ifndef TEST_HEX_H
#define TEST_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Decodes pairs of digits, with blanks anywhere between pairs. Returns how many octets they are; SIZE_MAX when the text
 * is something else or longer than `size` octets. `out` may be where `text` is. */
size_t hex_decode(uint8_t *out, size_t size, const char *text);

/* Writes 2 * len digits and a terminator. */
void hex_encode(char *out, const uint8_t *data, size_t len);

#endif
