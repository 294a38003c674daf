/* SPDX-License-Identifier: ISC */
/* ikeping: what it says of IKE SAs that move. */
#define _POSIX_C_SOURCE 200809L
#include "report_mobike.h"

#include "json.h"
#include "mobike.h"
#include "report_line.h"

#include <arpa/inet.h>
#include <string.h>

enum { ADDRESSES_SIZE = MOBIKE_ADDRESSES * (INET6_ADDRSTRLEN + 2) };

static void write_addresses(const struct mobike *mobike, char text[ADDRESSES_SIZE])
{
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < mobike->n_additional; i++) {
        const struct ikl_address *address = &mobike->additional[i];

        if (i > 0) {
            (void)snprintf(text + len, ADDRESSES_SIZE - len, ", ");
            len += 2;
        }
        (void)inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->ip, text + len,
                        (socklen_t)(ADDRESSES_SIZE - len));
        len += strlen(text + len);
    }
}

void report_mobike(struct report *report, const char *peer, const struct mobike *mobike)
{
    char addresses[ADDRESSES_SIZE];

    write_addresses(mobike, addresses);
    if (report->json) {
        report_object(report, "mobike", peer);
        json_bool(report->out, "agreed", mobike->agreed);
        json_string(report->out, "addresses", addresses);
        json_end(report->out);
    } else if (!mobike->agreed) {
        report_say(report, peer, "the peer has no MOBIKE: addresses have to stay");
    } else {
        report_say(report, peer, "MOBIKE: addresses may change%s%s%s", addresses[0] != '\0' ? "; the peer is at " : "",
                   addresses, addresses[0] != '\0' ? " too" : "");
    }
}

/* An event with one word to it, which follows the text. */
static void tell(struct report *report, const char *event, const char *peer, const char *name, const char *value,
                 const char *text)
{
    if (report->json) {
        report_object(report, event, peer);
        json_string(report->out, name, value);
        json_end(report->out);
    } else {
        report_say(report, peer, "%s%s", text, value);
    }
}

void report_moving(struct report *report, const char *peer, const char *local)
{
    if (report->json) {
        tell(report, "moving", peer, "local", local, "");
    } else {
        report_say(report, peer, "we move: from %s to %s now", local, peer);
    }
}

void report_updated(struct report *report, const char *peer, const char *nat)
{
    tell(report, "updated", peer, "nat", nat, "the peer knows where we are: ");
}

void report_update_refused(struct report *report, const char *peer, const char *why)
{
    tell(report, "update_refused", peer, "reason", why, "the peer does not take our addresses: ");
}

void report_routable(struct report *report, const char *peer)
{
    tell(report, "routable", peer, "address", peer, "the peer answers where it is now: ");
}
