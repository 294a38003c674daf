/* SPDX-License-Identifier: ISC */
/* ikeping --init. */
#include "init_ping.h"

#include "report_init.h"
#include "session.h"

#include <stdio.h>

static const uint64_t NS_IN_MS = 1000000;

void init_ping_begin(struct gateway *gateway)
{
    struct init_ping *ping = &gateway->init_ping;

    ping->number++;
    ping->began = ikeping_now(gateway->ikeping);
    ping->next = IKL_NEVER;
    gateway->tally.sent++;
}

void init_ping_take_attempt(struct gateway *gateway, const struct ikl_attempt *attempt)
{
    struct init_ping *ping = &gateway->init_ping;

    gateway->tally.sends++;
    if (attempt->retransmission == 0) {
        ping->sent = gateway->ikeping->sent;
        ping->sends = 0;
    }
    ping->sends++;
}

/* They begin at intervals, or when the one before has an end; after the last one there is none. */
static void finish(struct gateway *gateway)
{
    struct init_ping *ping = &gateway->init_ping;
    ikl_time due = ikl_time_after(ping->began, gateway->ikeping->settings->interval);

    if (gateway->ikeping->settings->count != 0 && ping->number >= gateway->ikeping->settings->count) {
        gateway->closing = true;
    }
    ping->next = ikl_time_later(due, ikeping_now(gateway->ikeping));
}

static void take(struct session *session, const struct report_init *answer)
{
    struct gateway *gateway = session->gateway;
    const struct init_ping *ping = &gateway->init_ping;
    struct report_init told = *answer;

    told.number = ping->number;
    told.version = session->handshake.version;
    told.cookie = session->handshake.cookie_len != 0;
    told.sends = ping->sends;
    told.ms = (double)(session->ikeping->now - ping->sent) / (double)NS_IN_MS;
    gateway->tally.answered++;
    if (ping->sends == 1) {
        tally_add_round_trip(&gateway->tally, told.ms);
    }
    report_init(session->ikeping->report, session->peer, &told);
    finish(gateway);
    session_abandon(session);
}

void init_ping_take_answer(struct session *session, const struct init_message *message)
{
    char proposal[PROPOSAL_NAME_SIZE] = "a proposal that was not offered";

    if (proposals_read_accepted(&session->handshake.proposal, &session->ikeping->settings->proposals,
                                message->proposals)) {
        proposal_name(&session->handshake.proposal, proposal, sizeof(proposal));
    }
    take(session, &(struct report_init){.what = proposal,
                                        .nat = message->nat_detection
                                                   ? session_nat(!message->no_nat_here, !message->no_nat_there)
                                                   : "no NAT detection"});
}

void init_ping_take_refusal(struct session *session, const char *why)
{
    take(session, &(struct report_init){.what = why});
}

void init_ping_failed(struct gateway *gateway, const char *why)
{
    report_init_failed(gateway->ikeping->report, gateway->address, gateway->init_ping.number, why);
    finish(gateway);
}

ikl_time init_ping_deadline(const struct gateway *gateway)
{
    return gateway->ikeping->settings->init && !gateway->closing ? gateway->init_ping.next : IKL_NEVER;
}
