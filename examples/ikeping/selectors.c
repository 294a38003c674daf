/* SPDX-License-Identifier: ISC */
/* ikeping: traffic selectors of a Child SA. */
#define _POSIX_C_SOURCE 200809L
#include "selectors.h"

#include <ikelive/registry.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAST_PORT = 65535 };

/* Reads an address that ends at `end`; gives its length, 0 when it is none. */
static size_t parse_address(uint8_t *ip, const char *text, const char *end)
{
    char address[INET6_ADDRSTRLEN];
    size_t len = (size_t)(end - text);

    if (len >= sizeof(address)) {
        return 0;
    }
    memcpy(address, text, len);
    address[len] = '\0';
    if (inet_pton(AF_INET, address, ip) == 1) {
        return 4;
    }
    return inet_pton(AF_INET6, address, ip) == 1 ? 16 : 0;
}

/* Widens the range, which is one address, to the prefix of so many bits. False: there is more in the range. */
static bool widen(struct address_range *range, unsigned bits)
{
    for (size_t i = 0; i < range->len; i++) {
        unsigned fixed = bits >= 8 * (i + 1) ? 8 : bits <= 8 * i ? 0 : bits - (unsigned)(8 * i);
        uint8_t host = (uint8_t)(0xff >> fixed);

        if ((range->start[i] & host) != 0) {
            return false;
        }
        range->end[i] |= host;
    }
    return true;
}

static bool parse_prefix(struct address_range *range, const char *bits)
{
    char *end;
    unsigned long n = strtoul(bits, &end, 10);

    memcpy(range->end, range->start, range->len);
    return bits[0] >= '0' && bits[0] <= '9' && *end == '\0' && n <= 8 * range->len && widen(range, (unsigned)n);
}

bool selectors_parse(struct selectors *selectors, const char *text)
{
    struct address_range range = {.len = 0};
    const char *end = text + strcspn(text, "/-");
    bool right;

    range.len = parse_address(range.start, text, end);
    if (range.len == 0 || selectors->n == SELECTORS_MAX) {
        return false;
    }
    if (*end == '-') {
        right = parse_address(range.end, end + 1, end + strlen(end)) == range.len &&
                memcmp(range.start, range.end, range.len) <= 0;
    } else if (*end == '/') {
        right = parse_prefix(&range, end + 1);
    } else {
        memcpy(range.end, range.start, range.len);
        right = true;
    }
    if (right) {
        selectors->ranges[selectors->n++] = range;
    }
    return right;
}

struct selectors selectors_of(const struct ikl_address *address)
{
    struct selectors selectors = {.n = 1};
    struct address_range *range = &selectors.ranges[0];

    range->len = address->family == 4 ? 4 : 16;
    memcpy(range->start, address->ip, range->len);
    memcpy(range->end, address->ip, range->len);
    return selectors;
}

int selectors_write(struct ikl_writer *writer, const struct selectors *selectors)
{
    struct ikl_selector written[SELECTORS_MAX];

    for (size_t i = 0; i < selectors->n; i++) {
        const struct address_range *range = &selectors->ranges[i];

        written[i] = (struct ikl_selector){
            .type = range->len == 4 ? IKL_TS_IPV4_ADDR_RANGE : IKL_TS_IPV6_ADDR_RANGE,
            .end_port = LAST_PORT,
            .start = {range->start, range->len},
            .end = {range->end, range->len},
        };
    }
    return ikl_selectors_write(writer, written, selectors->n);
}

/* What both ranges have; false: nothing. */
static bool intersect(struct address_range *out, const struct address_range *a, const struct address_range *b)
{
    if (a->len != b->len) {
        return false;
    }
    *out = *a;
    if (memcmp(out->start, b->start, a->len) < 0) {
        memcpy(out->start, b->start, a->len);
    }
    if (memcmp(out->end, b->end, a->len) > 0) {
        memcpy(out->end, b->end, a->len);
    }
    return memcmp(out->start, out->end, a->len) <= 0;
}

static void add(struct selectors *selectors, const struct address_range *range)
{
    if (selectors->n < SELECTORS_MAX) {
        selectors->ranges[selectors->n++] = *range;
    }
}

static void add_common(struct selectors *out, const struct address_range *range, const struct selectors *limit)
{
    struct address_range common;

    if (limit->n == 0 && memcmp(range->start, range->end, range->len) <= 0) {
        add(out, range);
    }
    for (size_t i = 0; i < limit->n; i++) {
        if (intersect(&common, range, &limit->ranges[i])) {
            add(out, &common);
        }
    }
}

static struct address_range range_of(const struct ikl_selector *selector)
{
    struct address_range range = {.len = selector->start.len};

    memcpy(range.start, selector->start.data, range.len);
    memcpy(range.end, selector->end.data, range.len);
    return range;
}

bool selectors_narrow(struct selectors *out, struct ikl_octets body, const struct selectors *limit)
{
    struct ikl_selectors walk = ikl_selectors(body);
    struct ikl_selector selector;

    out->n = 0;
    while (ikl_selectors_next_range(&walk, &selector) == IKL_OK) {
        struct address_range range = range_of(&selector);

        add_common(out, &range, limit);
    }
    return walk.status == IKL_ERR_END && out->n != 0;
}

static bool is_within(const struct address_range *range, const struct selectors *limit)
{
    struct address_range common;

    for (size_t i = 0; i < limit->n; i++) {
        if (intersect(&common, range, &limit->ranges[i]) && memcmp(common.start, range->start, range->len) == 0 &&
            memcmp(common.end, range->end, range->len) == 0) {
            return true;
        }
    }
    return false;
}

bool selectors_within(struct ikl_octets body, const struct selectors *limit)
{
    struct ikl_selectors walk = ikl_selectors(body);
    struct ikl_selector selector;

    while (ikl_selectors_next(&walk, &selector) == IKL_OK) {
        struct address_range range;

        if (!ikl_selector_is_range(&selector)) {
            return false;
        }
        range = range_of(&selector);
        if (!is_within(&range, limit)) {
            return false;
        }
    }
    return walk.status == IKL_ERR_END;
}

/* How many bits of all addresses of the range are the same, if it is a prefix; else more than there can be. */
static unsigned prefix_bits(const struct address_range *range)
{
    struct address_range wide = *range;

    for (unsigned bits = 0; bits <= 8 * range->len; bits++) {
        memcpy(wide.end, range->start, range->len);
        if (widen(&wide, bits) && memcmp(wide.end, range->end, range->len) == 0) {
            return bits;
        }
    }
    return UINT8_MAX;
}

static void range_text(const struct address_range *range, char *text, size_t size)
{
    int family = range->len == 4 ? AF_INET : AF_INET6;
    char start[INET6_ADDRSTRLEN], end[INET6_ADDRSTRLEN];
    unsigned bits = prefix_bits(range);

    (void)inet_ntop(family, range->start, start, sizeof(start));
    (void)inet_ntop(family, range->end, end, sizeof(end));
    if (bits <= 8 * range->len) {
        (void)snprintf(text, size, "%s/%u", start, bits);
    } else {
        (void)snprintf(text, size, "%s-%s", start, end);
    }
}

void selectors_text(const struct selectors *selectors, char *text, size_t size)
{
    char one[2 * INET6_ADDRSTRLEN];
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < selectors->n && len < size; i++) {
        range_text(&selectors->ranges[i], one, sizeof(one));
        len += (size_t)snprintf(text + len, size - len, "%s%s", i == 0 ? "" : ",", one);
    }
}
