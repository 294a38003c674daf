/* SPDX-License-Identifier: ISC */
/* ikeping: how it goes, in the line below the events. */
#include "status_line.h"

#include "session.h"

#include <inttypes.h>
#include <stdio.h>

void status_line_describe(const struct gateway *gateway, char *text, size_t size)
{
    const struct session *session = gateway->session;
    struct ikl_sa_info info = {.size = sizeof(info)};
    ikl_time now = ikeping_now(gateway->ikeping);
    uint32_t next;
    double wait;

    if (revival_deadline(gateway) != IKL_NEVER) {
        wait = revival_deadline(gateway) > now ? (double)(revival_deadline(gateway) - now) / 1000 : 0;
        (void)snprintf(text, size, "connects again in %.1f s", wait);
        return;
    }
    text[0] = '\0';
    if (session == NULL || session->sa == NULL || ikl_sa_query(session->sa, &info) != IKL_OK) {
        return;
    }
    if (info.outstanding == 0 || info.outstanding_deadline < now) {
        (void)snprintf(text, size, "%s", ikl_sa_state_name(info.state));
        return;
    }
    next = info.outstanding_retransmissions + 1;
    wait = (double)(info.outstanding_deadline - now) / 1000;
    if (session->off_schedule || ikl_sa_path(session->sa)->reliable) {
        (void)snprintf(text, size, "waiting, the next step in %.1f s", wait);
    } else if (next < session->schedule->tries + session->overdue) {
        (void)snprintf(text, size, "waiting, retransmission %u in %.1f s", (unsigned)next, wait);
    } else {
        (void)snprintf(text, size, "waiting, gives up in %.1f s", wait);
    }
}

void status_line_show(const struct ikeping *ikeping)
{
    const struct gateway *gateway = ikeping->gateways;
    const struct tally *tally = gateway != NULL ? &gateway->tally : &ikeping->tally;
    char doing[80], text[240];

    if (gateway == NULL) {
        (void)snprintf(doing, sizeof(doing), "%u IKE SAs", (unsigned)ikl_endpoint_n_sas(ikeping->endpoint));
    } else {
        status_line_describe(gateway, doing, sizeof(doing));
    }
    (void)snprintf(text, sizeof(text), "%s%s%" PRIu64 " sent, %" PRIu64 " answered, %" PRIu64 " retransmissions; %s",
                   gateway != NULL ? gateway->address : "", gateway != NULL ? ": " : "", tally->sent, tally->answered,
                   tally->retransmissions, doing);
    report_status(ikeping->report, text);
}
