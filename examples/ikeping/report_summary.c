/* SPDX-License-Identifier: ISC */
/* ikeping: what it says of all that was counted. */
#include "json.h"
#include "report_line.h"

#include <inttypes.h>

static void write_members(const struct report *report, const struct tally *tally)
{
    json_whole(report->out, "sent", tally->sent);
    json_whole(report->out, "answered", tally->answered);
    json_whole(report->out, "retransmissions", tally->retransmissions);
    json_whole(report->out, "peer_checks", tally->peer_checks);
    if (tally->n != 0) {
        json_decimal(report->out, "min_ms", tally->least, 3);
        json_decimal(report->out, "avg_ms", tally->mean, 3);
        json_decimal(report->out, "max_ms", tally->most, 3);
        json_decimal(report->out, "stddev_ms", tally_deviation(tally), 3);
        json_decimal(report->out, "p50_ms", tally_percentile(tally, 50), 3);
        json_decimal(report->out, "p95_ms", tally_percentile(tally, 95), 3);
        json_decimal(report->out, "p99_ms", tally_percentile(tally, 99), 3);
    }
    json_decimal(report->out, "lost_checks_percent", tally_lost_checks(tally), 3);
    json_decimal(report->out, "lost_sends_percent", tally_lost_sends(tally), 3);
    json_whole(report->out, "superseded", tally->superseded);
    json_end(report->out);
}

enum { SENT_SIZE = 112, ROUND_TRIPS_SIZE = 128 };

/* What was sent, in words. */
static const char *sent_text(char text[SENT_SIZE], const struct tally *tally)
{
    (void)snprintf(text, SENT_SIZE, "%" PRIu64 " checks sent, %" PRIu64 " answered, %" PRIu64 " retransmissions",
                   tally->sent, tally->answered, tally->retransmissions);
    return text;
}

/* What ends a line about it: the round trips, where there are some. */
static const char *round_trips_text(char text[ROUND_TRIPS_SIZE], const struct tally *tally)
{
    text[0] = '\0';
    if (tally->n != 0) {
        (void)snprintf(text, ROUND_TRIPS_SIZE, "; round trip min/avg/p95/max %.3f/%.3f/%.3f/%.3f ms", tally->least,
                       tally->mean, tally_percentile(tally, 95), tally->most);
    }
    return text;
}

void report_gateway(struct report *report, const char *peer, const char *state, const char *why,
                    const struct tally *tally)
{
    struct report audible = report_audible(report);
    char sent[SENT_SIZE], round_trips[ROUND_TRIPS_SIZE];

    if (report->json) {
        report_object(&audible, "gateway", peer);
        json_string(audible.out, "state", state);
        if (why[0] != '\0') {
            json_string(audible.out, "reason", why);
        }
        write_members(&audible, tally);
        return;
    }
    report_begin_line(report);
    fprintf(audible.out, "%-21s %-10s %s%s%s%s\n", peer, state, sent_text(sent, tally),
            round_trips_text(round_trips, tally), why[0] != '\0' ? "; " : "", why);
}

void report_statistics(struct report *report, const char *peer, const struct tally *tally)
{
    struct report audible = report_audible(report);
    char sent[SENT_SIZE], round_trips[ROUND_TRIPS_SIZE];

    if (report->json) {
        report_object(&audible, "statistics", peer);
        write_members(&audible, tally);
        return;
    }
    report_say(&audible, peer,
               "%s; %" PRIu64 " of the peer's checks answered; lost %.3g %% of the checks, %.3g %% of their sends%s",
               sent_text(sent, tally), tally->peer_checks, tally_lost_checks(tally), tally_lost_sends(tally),
               round_trips_text(round_trips, tally));
    report->status_shown = audible.status_shown;
}

void report_summary(struct report *report, const char *peer, size_t n_gateways, const struct tally *tally)
{
    char whom[REPORT_WHOM_SIZE], sent[SENT_SIZE];
    struct report audible = report_audible(report);

    if (report->json) {
        report_object(&audible, "summary", peer);
        write_members(&audible, tally);
        return;
    }
    report_begin_line(report);
    fprintf(audible.out, "--- %s\n", report_whom(whom, peer, n_gateways));
    fprintf(audible.out, "%s; %" PRIu64 " of the peer's checks answered\n", sent_text(sent, tally), tally->peer_checks);
    if (tally->superseded != 0) {
        fprintf(audible.out, "%" PRIu64 " check%s superseded\n", tally->superseded, tally->superseded == 1 ? "" : "s");
    }
    if (tally->sends != 0) {
        fprintf(audible.out, "lost %.3g %% of the checks, %.3g %% of their sends\n", tally_lost_checks(tally),
                tally_lost_sends(tally));
    }
    if (tally->n != 0) {
        fprintf(audible.out, "round trip min/avg/max/stddev %.3f/%.3f/%.3f/%.3f ms\n", tally->least, tally->mean,
                tally->most, tally_deviation(tally));
        fprintf(audible.out, "round trip p50/p95/p99 %.3f/%.3f/%.3f ms\n", tally_percentile(tally, 50),
                tally_percentile(tally, 95), tally_percentile(tally, 99));
    }
    fflush(audible.out);
}
