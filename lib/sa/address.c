/* SPDX-License-Identifier: ISC */
/* ikelive sa: addresses with their ports as text. */
#include "address.h"

#include "ip_text.h"

enum { IPV4_LEN = 4, IPV6_LEN = 16 };

void ikl_text_add_address(struct ikl_text *text, const struct ikl_address *address)
{
    if (address->family == 4) {
        ikl_text_add_ip(text, address->ip, IPV4_LEN);
        ikl_text_add(text, ":%u", address->port);
    } else if (address->family == 6) {
        ikl_text_add(text, "[");
        ikl_text_add_ip(text, address->ip, IPV6_LEN);
        ikl_text_add(text, "]:%u", address->port);
    } else {
        ikl_text_add(text, "-");
    }
}

int ikl_address_text(const struct ikl_address *address, char *out, size_t size)
{
    struct ikl_text text = ikl_text(out, size);

    ikl_text_add_address(&text, address);
    return ikl_text_len(&text);
}
