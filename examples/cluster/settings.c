/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: values of options. */
#include "settings.h"

#include "../support/options.h"

#include <stdio.h>
#include <string.h>

/* The first address of a list. How many characters it has; 0 when it is none. */
static size_t read_address(const char *text, struct ikl_address *out)
{
    struct ikl_address address = {.family = 4};
    unsigned parts[5];
    int len = 0;

    if (sscanf(text, "%3u.%3u.%3u.%3u:%5u%n", &parts[0], &parts[1], &parts[2], &parts[3], &parts[4], &len) != 5 ||
        parts[0] > 255 || parts[1] > 255 || parts[2] > 255 || parts[3] > 255 || parts[4] > 65535) {
        return 0;
    }
    for (size_t i = 0; i < 4; i++) {
        address.ip[i] = (uint8_t)parts[i];
    }
    address.port = (uint16_t)parts[4];
    *out = address;
    return (size_t)len;
}

size_t settings_addresses(const char *text, struct ikl_address *out, size_t max)
{
    if (strspn(text, "0123456789.:,") != strlen(text)) {
        return 0; /* sscanf would take signs and blanks */
    }
    for (size_t n = 0; n < max; n++) {
        size_t len = read_address(text, &out[n]);

        if (len == 0 || (text[len] != ',' && text[len] != '\0')) {
            return 0;
        }
        if (text[len] == '\0') {
            return n + 1;
        }
        text += len + 1;
    }
    return 0;
}

const char *settings_parse_address(const char *text, void *address)
{
    return settings_addresses(text, address, 1) == 1 ? NULL : "an IPv4 address and a port, ADDRESS:PORT";
}

const char *settings_parse_schedule(const char *text, void *schedule)
{
    return options_schedule(text, schedule);
}
