/* SPDX-License-Identifier: ISC */
/* The end of test hosts. Apart from them for programs that cannot see inside the library. */
#include "host.h"
#include "shares_check.h"

#include <stdlib.h>

void host_clear(struct host *host)
{
    host->on_event = NULL;
    if (host->endpoint != NULL && !host->tampered) {
        const char *wrong = shares_check(host->endpoint);

        host_must(wrong == NULL, wrong);
    }
    host_must(ikl_endpoint_free(host->endpoint) == IKL_OK, "ikl_endpoint_free");
    free(host->events);
}

void pair_clear(struct pair *pair)
{
    host_clear(&pair->a);
    host_clear(&pair->b);
}
