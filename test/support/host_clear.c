/* SPDX-License-Identifier: ISC */
/* The end of test hosts. Apart from them for programs that cannot see inside the library. */
#include "host.h"
#include "shares_check.h"

#include <stdlib.h>

/* Whether no more datagrams were counted, by what became of them, than were received. Left out are `other` and
 * `fragments_dropped`, which count other things too. */
static bool is_counted_once(const struct host *host)
{
    struct ikl_endpoint_counters c = host_counters(host);

    return c.accepted + c.repeated + c.offered + (c.fragments - c.reassembled) + c.keepalives + c.not_ike +
               c.malformed + c.unmatched + c.wrong_flags + c.unprotected + c.forged + c.stale + c.out_of_window +
               c.unsolicited + c.rate_limited + c.pending + c.early + c.no_buffer <=
           c.received;
}

void host_clear(struct host *host)
{
    host->on_event = NULL;
    if (host->endpoint != NULL && !host->tampered) {
        const char *wrong = shares_check(host->endpoint);

        host_must(wrong == NULL, wrong);
        host_must(is_counted_once(host), "a datagram is counted twice");
    }
    host_must(ikl_endpoint_free(host->endpoint) == IKL_OK, "ikl_endpoint_free");
    free(host->events);
}

void pair_clear(struct pair *pair)
{
    host_clear(&pair->a);
    host_clear(&pair->b);
}
