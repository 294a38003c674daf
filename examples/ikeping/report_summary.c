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

void report_gateway(struct report *report, const char *peer, const char *state, const struct tally *tally)
{
    struct report audible = report_audible(report);

    if (report->json) {
        report_object(&audible, "gateway", peer);
        json_string(audible.out, "state", state);
        write_members(&audible, tally);
        return;
    }
    report_begin_line(report);
    fprintf(audible.out,
            "%-21s %-10s %" PRIu64 " checks sent, %" PRIu64 " answered, %" PRIu64 " retransmissions; round trip "
            "min/avg/p95/max %.3f/%.3f/%.3f/%.3f ms\n",
            peer, state, tally->sent, tally->answered, tally->retransmissions, tally->least, tally->mean,
            tally_percentile(tally, 95), tally->most);
}

void report_statistics(struct report *report, const char *peer, const struct tally *tally)
{
    struct report audible = report_audible(report);

    if (report->json) {
        report_object(&audible, "statistics", peer);
        write_members(&audible, tally);
        return;
    }
    report_say(&audible, peer,
               "%" PRIu64 " checks sent, %" PRIu64 " answered, %" PRIu64
               " retransmissions; lost %.3g %% of the checks, "
               "%.3g %% of their sends; round trip min/avg/p95/max %.3f/%.3f/%.3f/%.3f ms",
               tally->sent, tally->answered, tally->retransmissions, tally_lost_checks(tally), tally_lost_sends(tally),
               tally->least, tally->mean, tally_percentile(tally, 95), tally->most);
    report->status_shown = audible.status_shown;
}

void report_summary(struct report *report, const char *peer, size_t n_gateways, const struct tally *tally)
{
    char whom[REPORT_WHOM_SIZE];
    struct report audible = report_audible(report);

    if (report->json) {
        report_object(&audible, "summary", peer);
        write_members(&audible, tally);
        return;
    }
    report_begin_line(report);
    fprintf(audible.out, "--- %s\n", report_whom(whom, peer, n_gateways));
    fprintf(audible.out,
            "%" PRIu64 " checks sent, %" PRIu64 " answered, %" PRIu64 " retransmissions; %" PRIu64
            " of the peer's checks answered\n",
            tally->sent, tally->answered, tally->retransmissions, tally->peer_checks);
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
