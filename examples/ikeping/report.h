/* SPDX-License-Identifier: ISC */
/* ikeping: what it says, a line for each event: as text, or as JSON objects. On a terminal there is a status line below
 * them. */
#ifndef IKEPING_REPORT_H
#define IKEPING_REPORT_H

#include "picture.h"
#include "settings.h"
#include "tally.h"

#include <ikelive/report.h>
#include <ikelive/sync.h>

#include <stdio.h>

struct report {
    FILE *out;     /* of events; with --quiet, or a table, they get lost */
    FILE *audible; /* of what is said with --quiet too: the beginning, the end, and what was asked for */
    bool json;
    bool timestamps, bell; /* as in the settings */
    bool terminal;         /* there is a status line */
    bool responder;
    bool names_peers; /* there may be several */
    bool status_shown;
    bool table;              /* of many gateways, in place of events and status line */
    bool table_shown;        /* nothing else is said now */
    struct picture *picture; /* or null */
    uint64_t epoch;          /* ns since 1970: when `started` was */
    uint64_t started, now;   /* ns */
};

/* An IKE SA, in words. */
struct report_sa {
    bool initiator;
    const char *local_identity, *remote_identity, *proposal, *authentication, *nat;
    uint64_t spi_i, spi_r;
    double ms; /* from the first IKE_SA_INIT message on */
};

/* An established IKE SA is down. */
struct report_end {
    const struct ikl_down *down;
    bool deleting; /* we wanted to delete it */
    bool delete_sent, delete_answered;
    const char *why;     /* we ended it without a Delete; or null */
    const char *history; /* may be empty */
};

/* Reports to stdout. `now` is in ns, and so is `report.now`, which is set before anything is reported; `epoch` is the
 * same time in ns since 1970. With --quiet the report opens a file. */
struct report report_open(const struct settings *settings, uint64_t now, uint64_t epoch);

/* `n_gateways` is 1 where `address` says who the other end is. */
void report_start(const struct report *report, const struct settings *settings, const char *address, size_t n_gateways);
/* Which of the proposals Wireshark can open with the key log, and which not. */
void report_keylog(const struct report *report, const char *address, const struct proposal_list *proposals);
/* The gateway does not accept our proof, perhaps because somebody has forged a cookie: the handshake begins anew. */
void report_again(struct report *report, const char *peer);
void report_established(struct report *report, const char *peer, const struct report_sa *sa);
/* The same in the place of another one, after --reauth; or that came to nothing, and the other one stays. */
void report_reauthenticated(struct report *report, const char *peer, const struct report_sa *sa);
void report_successor_failed(struct report *report, const char *peer, const char *why);
/* The peer rekeyed it: this is the IKE SA that takes its place. */
void report_rekeyed(struct report *report, const char *peer, const struct report_sa *sa);

/* We did; or it came to nothing, as that of a Child SA may. */
void report_rekeyed_by_us(struct report *report, const char *peer, const struct report_sa *sa);
void report_rekey_failed(struct report *report, const char *peer, const char *why);

/* A liveness check was sent for the first time, which only a picture shows. */
void report_sent(const struct report *report, const struct ikl_attempt *attempt, bool last);
/* A liveness check was answered. `ms` is from its first send. */
void report_answered(struct report *report, const char *peer, uint64_t check, const struct ikl_alive *alive, double ms);
/* It will not be, `by` "a rekey" or "a takeover". */
void report_superseded(struct report *report, const char *peer, uint64_t check, const char *by);
/* A request was sent again; `check` is 0 when it is not a liveness check. */
void report_retransmission(struct report *report, const char *peer, uint64_t check, const struct ikl_attempt *attempt,
                           bool last);
/* A request is unanswered, or one is answered again. */
void report_reachability(struct report *report, const char *peer, bool suspect);
/* A liveness check of the peer's was answered. */
void report_peer_check(struct report *report, const char *peer);
/* A token was shown, and it is not the peer's: of somebody else, or of another secret than before. */
void report_token_refused(struct report *report, const char *peer);
/* An ICMP message or the network stack says that the peer cannot be reached. It proves nothing. */
void report_unreachable(struct report *report, const char *peer, const char *why);
/* A TCP connection is lost, or there again. */
void report_disconnected(struct report *report, const char *peer, const char *why);
void report_reconnected(struct report *report, const char *peer);

/* The peer is at another address than before, and is followed; or not, since we are behind a NAT. */
void report_moved(struct report *report, const char *peer, const char *before);
void report_elsewhere(struct report *report, const char *peer, const char *elsewhere);
/* The peer wants us to go to another gateway, and we go there or not. */
void report_redirect(struct report *report, const char *peer, const char *where, bool followed);

/* We play that another member takes over, which knows nothing of so many requests; Message IDs were synchronised. */
void report_takeover(struct report *report, const char *peer, uint32_t unknown);
void report_synced(struct report *report, const char *peer, const struct ikl_synced *synced);

/* We delete the IKE SA. */
void report_closing(struct report *report, const char *peer);
void report_down(struct report *report, const char *peer, const struct report_end *end);
/* There is none, and why: the responder refused a peer, the initiator has failed. */
void report_refused(struct report *report, const char *peer, const char *why);
void report_failed(struct report *report, const char *peer, const char *why);

/* Before and after an attempt to connect again, --revive: the next one is so many seconds away, begins, succeeds. */
void report_waiting(struct report *report, const char *peer, double seconds);
void report_attempt(struct report *report, const char *peer, uint32_t attempt);
void report_revived(struct report *report, const char *peer, uint32_t attempts, double down_for);

/* How it went with one of many gateways; `state` is what became of it, and `why` the reason, or empty. */
void report_gateway(struct report *report, const char *peer, const char *state, const char *why,
                    const struct tally *tally);

/* How it goes, and how it went. */
void report_statistics(struct report *report, const char *peer, const struct tally *tally);
void report_summary(struct report *report, const char *peer, size_t n_gateways, const struct tally *tally);

/* Shows or changes the status line. */
void report_status(struct report *report, const char *text);

#endif
