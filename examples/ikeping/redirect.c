/* SPDX-License-Identifier: ISC */
/* ikeping: REDIRECT. */
#include "redirect.h"

#include "identity.h"

#include <ikelive/message.h>

#include <stdio.h>
#include <string.h>

/* GW Ident Type (RFC 5685 §9.2), and how long such an identity is; 0: any length. */
struct kind {
    uint8_t type, id_type;
    size_t len;
};

static const struct kind kinds[] = {{1, IKL_ID_IPV4_ADDR, 4}, {2, IKL_ID_IPV6_ADDR, 16}, {3, IKL_ID_FQDN, 0}};

static uint8_t id_type_of(uint8_t type, size_t len)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].type == type && len != 0 && (kinds[i].len == 0 || kinds[i].len == len)) {
            return kinds[i].id_type;
        }
    }
    return 0;
}

void redirect_text(struct ikl_octets data, char *text, size_t size)
{
    struct ikl_reader reader = ikl_reader(data.data, data.len);
    uint8_t type = ikl_read_u8(&reader);
    size_t len = ikl_read_u8(&reader);
    struct ikl_octets where = ikl_read_octets(&reader, len);
    struct identity gateway = {.type = reader.failed ? 0 : id_type_of(type, len), .len = len};
    char whole[IDENTITY_TEXT_SIZE];

    if (gateway.type == 0) {
        (void)snprintf(text, size, "a gateway that it does not name rightly");
        return;
    }
    memcpy(gateway.data, where.data, len);
    identity_text(&gateway, whole, sizeof(whole));
    (void)snprintf(text, size, "%s", whole);
}

void redirect_explain(struct ikl_octets data, char *text, size_t size)
{
    char where[REDIRECT_TEXT_SIZE];

    redirect_text(data, where, sizeof(where));
    (void)snprintf(text, size, "the gateway redirects us to %s (REDIRECT, RFC 5685), which ikeping does not follow",
                   where);
}
