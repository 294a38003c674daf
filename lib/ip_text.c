/* SPDX-License-Identifier: ISC */
/* ikelive ip text: IP addresses as text. */
#include "ip_text.h"

enum { IPV4_LEN = 4, IPV6_GROUPS = 8 };

static unsigned ipv6_group(const uint8_t *ip, size_t n)
{
    return (unsigned)(ip[2 * n] << 8 | ip[2 * n + 1]);
}

/* How many groups from the n-th on are 0. */
static unsigned zero_groups(const uint8_t *ip, unsigned n)
{
    unsigned count = 0;

    while (n + count < IPV6_GROUPS && ipv6_group(ip, n + count) == 0) {
        count++;
    }
    return count;
}

/* RFC 5952 §4: the first of the longest runs of two or more zero groups becomes "::". */
static void add_ipv6(struct ikl_text *text, const uint8_t *ip)
{
    unsigned run = IPV6_GROUPS, run_len = 1, n = 0;

    for (unsigned i = 0; i < IPV6_GROUPS; i++) {
        if (zero_groups(ip, i) > run_len) {
            run = i;
            run_len = zero_groups(ip, i);
        }
    }
    while (n < IPV6_GROUPS) {
        if (n == run) {
            ikl_text_add(text, "::");
            n += run_len;
        } else {
            ikl_text_add(text, "%s%x", n != 0 && n != run + run_len ? ":" : "", ipv6_group(ip, n));
            n++;
        }
    }
}

void ikl_text_add_ip(struct ikl_text *text, const uint8_t *ip, size_t len)
{
    if (len == IPV4_LEN) {
        ikl_text_add(text, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
    } else {
        add_ipv6(text, ip);
    }
}
