/* SPDX-License-Identifier: ISC */
/* ikelive selectors: the Traffic Selector payloads (RFC 7296 §3.13). */
#include <ikelive/payloads.h>

#include "message/body.h"
#include "message/walk.h"

enum { FIXED_LEN = 4, PORTS_LEN = 4, MAX_SELECTORS = UINT8_MAX };

/* Octets of an address in a selector of this type; 0 when it is not a range of addresses. */
static size_t address_len(uint8_t type)
{
    switch (type) {
    case IKL_TS_IPV4_ADDR_RANGE:
        return 4;
    case IKL_TS_IPV6_ADDR_RANGE:
        return 16;
    default:
        return 0;
    }
}

bool ikl_selector_is_range(const struct ikl_selector *selector)
{
    return address_len(selector->type) != 0;
}

struct ikl_selectors ikl_selectors(struct ikl_octets body)
{
    struct ikl_typed_body typed;
    int result = ikl_typed_body_read(&typed, IKL_TYPE_AND_RESERVED_LEN, body);

    if (result != IKL_OK) {
        return (struct ikl_selectors){.status = result};
    }
    return (struct ikl_selectors){
        .reader = ikl_reader(typed.rest.data, typed.rest.len),
        .status = typed.type > 0 ? IKL_OK : IKL_ERR_MALFORMED,
        .left = typed.type,
    };
}

/* Reads what follows the Selector Length. */
static void read_rest(struct ikl_selector *selector, struct ikl_reader *part)
{
    size_t len = address_len(selector->type);

    if (len == 0) {
        selector->other = ikl_read_octets(part, part->left);
        return;
    }
    selector->start_port = ikl_read_u16(part);
    selector->end_port = ikl_read_u16(part);
    selector->start = ikl_read_octets(part, len);
    selector->end = ikl_read_octets(part, len);
}

static int read_selector(struct ikl_selectors *selectors, struct ikl_selector *out)
{
    struct ikl_reader part;
    uint16_t length;

    *out = (struct ikl_selector){.type = ikl_read_u8(&selectors->reader)};
    out->protocol = ikl_read_u8(&selectors->reader);
    length = ikl_read_u16(&selectors->reader);
    if (selectors->reader.failed) {
        return IKL_ERR_TRUNCATED;
    }
    if (length < FIXED_LEN) {
        return IKL_ERR_MALFORMED;
    }
    part = ikl_read_part(&selectors->reader, (size_t)(length - FIXED_LEN));
    if (selectors->reader.failed) {
        return IKL_ERR_TRUNCATED;
    }
    read_rest(out, &part);
    if (part.failed || part.left > 0) {
        return IKL_ERR_MALFORMED;
    }
    if (selectors->left > 1) {
        return IKL_OK;
    }
    return selectors->reader.left == 0 ? IKL_ERR_END : IKL_ERR_MALFORMED;
}

int ikl_selectors_next(struct ikl_selectors *selectors, struct ikl_selector *out)
{
    struct ikl_selector selector;

    if (selectors->status != IKL_OK) {
        return selectors->status;
    }
    selectors->status = read_selector(selectors, &selector);
    if (!ikl_walk_has_item(selectors->status)) {
        return selectors->status;
    }
    selectors->left--;
    *out = selector;
    return IKL_OK;
}

int ikl_selectors_next_range(struct ikl_selectors *selectors, struct ikl_selector *out)
{
    struct ikl_selector selector;
    int status;

    do {
        status = ikl_selectors_next(selectors, &selector);
    } while (status == IKL_OK && !ikl_selector_is_range(&selector));
    if (status == IKL_OK) {
        *out = selector;
    }
    return status;
}

int ikl_selectors_check(struct ikl_octets body)
{
    struct ikl_selectors selectors = ikl_selectors(body);
    struct ikl_selector selector;
    int status;

    do {
        status = ikl_selectors_next(&selectors, &selector);
    } while (status == IKL_OK);
    return ikl_walk_result(status);
}

static bool is_valid(const struct ikl_selector *selector)
{
    size_t len = address_len(selector->type);

    if (len != 0) {
        return selector->start.len == len && selector->end.len == len && selector->other.len == 0;
    }
    return selector->start_port == 0 && selector->end_port == 0 && selector->start.len == 0 && selector->end.len == 0 &&
           ikl_body_fits(FIXED_LEN, selector->other.len);
}

/* The Selector Length of a valid selector. */
static size_t selector_len(const struct ikl_selector *selector)
{
    size_t ports_len = ikl_selector_is_range(selector) ? (size_t)PORTS_LEN : 0;

    return FIXED_LEN + ports_len + selector->start.len + selector->end.len + selector->other.len;
}

static void write_selector(struct ikl_writer *writer, const struct ikl_selector *selector)
{
    ikl_write_u8(writer, selector->type);
    ikl_write_u8(writer, selector->protocol);
    ikl_write_u16(writer, (uint16_t)selector_len(selector));
    if (ikl_selector_is_range(selector)) {
        ikl_write_u16(writer, selector->start_port);
        ikl_write_u16(writer, selector->end_port);
    }
    ikl_write_octets(writer, selector->start.data, selector->start.len);
    ikl_write_octets(writer, selector->end.data, selector->end.len);
    ikl_write_octets(writer, selector->other.data, selector->other.len);
}

int ikl_selectors_write(struct ikl_writer *writer, const struct ikl_selector *selectors, size_t n)
{
    size_t len = 0;

    if (n == 0 || n > MAX_SELECTORS) {
        return IKL_ERR_INVALID;
    }
    for (size_t i = 0; i < n; i++) {
        if (!is_valid(&selectors[i])) {
            return IKL_ERR_INVALID;
        }
        len += selector_len(&selectors[i]);
    }
    if (!ikl_body_fits(IKL_TYPE_AND_RESERVED_LEN, len)) {
        return IKL_ERR_INVALID;
    }
    ikl_write_u8(writer, (uint8_t)n);
    ikl_write_zeros(writer, IKL_TYPE_AND_RESERVED_LEN - IKL_TYPE_LEN);
    for (size_t i = 0; i < n; i++) {
        write_selector(writer, &selectors[i]);
    }
    return ikl_writer_status(writer);
}
