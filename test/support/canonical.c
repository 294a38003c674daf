/* SPDX-License-Identifier: ISC */
/* What a message should look like when it is written again. See canonical.h. */
#include "canonical.h"

#include <stdbool.h>
#include <string.h>

static size_t length_at(const uint8_t *at)
{
    return (size_t)at[0] << 8 | at[1];
}

/* Last Substruc, RESERVED, length, Transform Type, RESERVED, ID, attributes. */
static void clear_transforms(uint8_t *at, const uint8_t *end)
{
    for (; at < end; at += length_at(at + 2)) {
        at[1] = 0;
        at[5] = 0;
    }
}

/* Last Substruc, RESERVED, length, number, protocol, SPI Size, number of transforms, SPI, transforms. */
static void clear_proposals(uint8_t *at, const uint8_t *end)
{
    for (; at < end; at += length_at(at + 2)) {
        at[1] = 0;
        clear_transforms(at + 8 + at[6], at + length_at(at + 2));
    }
}

/* Reserved bit and type, length, value; behind a type and RESERVED octets. */
static void clear_configuration(uint8_t *at, const uint8_t *end)
{
    memset(at + 1, 0, 3);
    for (at += 4; at < end; at += 4 + length_at(at + 2)) {
        at[0] &= 0x7f;
    }
}

static void clear_body(uint8_t type, uint8_t *at, const uint8_t *end)
{
    switch (type) {
    case 33: /* SA */
        clear_proposals(at, end);
        break;
    case 34: /* KE: group, RESERVED */
        memset(at + 2, 0, 2);
        break;
    case 35: /* IDi, IDr, AUTH, TSi, TSr: type or count, RESERVED */
    case 36:
    case 39:
    case 44:
    case 45:
        memset(at + 1, 0, 3);
        break;
    case 41: /* Notify: a protocol without SPI means nothing */
        at[0] = at[1] != 0 ? at[0] : 0;
        break;
    case 47: /* CP */
        clear_configuration(at, end);
        break;
    default:
        break;
    }
}

/* The payload types of RFC 7296 and RFC 7383, on which the Critical bit means nothing. */
static bool is_known(uint8_t type)
{
    return (type >= 33 && type <= 48) || type == 53;
}

void canonical_chain(uint8_t first, uint8_t *octets, size_t len)
{
    uint8_t *at = octets;
    uint8_t type = first;

    while (at < octets + len) {
        size_t payload_len = length_at(at + 2);

        at[1] &= is_known(type) ? 0 : 0x80;
        clear_body(type, at + 4, at + payload_len);
        type = at[0];
        at += payload_len;
    }
}

void canonical_message(uint8_t *datagram, size_t len)
{
    datagram[17] &= 0xf0; /* minor version */
    datagram[19] &= 0x28; /* Initiator and Response */
    canonical_chain(datagram[16], datagram + 28, len - 28);
}
