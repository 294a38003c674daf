/* SPDX-License-Identifier: ISC */
/* ikeping: what it says of Child SAs. */
#include "report_child.h"

#include "json.h"
#include "report_line.h"

#include <inttypes.h>

static void json_spis(const struct report *report, uint32_t spi_in, uint32_t spi_out)
{
    char spi[9];

    (void)snprintf(spi, sizeof(spi), "%08" PRIx32, spi_in);
    json_string(report->out, "spi_in", spi);
    (void)snprintf(spi, sizeof(spi), "%08" PRIx32, spi_out);
    json_string(report->out, "spi_out", spi);
}

static void tell(struct report *report, const char *event, const char *peer, const char *words,
                 const struct report_child *child)
{
    if (report->json) {
        report_object(report, event, peer);
        json_string(report->out, "mode", child->mode);
        json_string(report->out, "proposal", child->proposal);
        json_spis(report, child->spi_in, child->spi_out);
        json_string(report->out, "ours", child->ours);
        json_string(report->out, "theirs", child->theirs);
        json_end(report->out);
    } else {
        report_say(report, peer, "%s: %s, %s with %s, %s, SPI %08" PRIx32 " %08" PRIx32, words, child->mode,
                   child->ours, child->theirs, child->proposal, child->spi_in, child->spi_out);
    }
}

void report_child(struct report *report, const char *peer, const struct report_child *child)
{
    tell(report, "child", peer, "Child SA established", child);
}

void report_child_rekeyed(struct report *report, const char *peer, const struct report_child *child)
{
    tell(report, "child_rekeyed", peer, "Child SA rekeyed by the peer", child);
}

void report_child_rekeyed_by_us(struct report *report, const char *peer, const struct report_child *child)
{
    tell(report, "child_rekeyed_by_us", peer, "Child SA rekeyed by us", child);
}

void report_child_refused(struct report *report, const char *peer, const char *why)
{
    if (report->json) {
        report_object(report, "child_refused", peer);
        json_string(report->out, "reason", why);
        json_end(report->out);
    } else {
        report_say(report, peer, "no Child SA: %s", why);
    }
}

void report_child_down(struct report *report, const char *peer, uint32_t spi_in, uint32_t spi_out, const char *reason)
{
    if (report->json) {
        report_object(report, "child_down", peer);
        json_string(report->out, "reason", reason);
        json_spis(report, spi_in, spi_out);
        json_end(report->out);
    } else {
        report_say(report, peer, "Child SA down: %s, SPI %08" PRIx32 " %08" PRIx32, reason, spi_in, spi_out);
    }
}
