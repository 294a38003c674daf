/* SPDX-License-Identifier: ISC */
/* ikeping --init: what it says. */
#include "report_init.h"

#include "json.h"
#include "report_line.h"

#include <inttypes.h>

enum { VERSION_SIZE = 8 };

static void report_init_json(const struct report *report, const char *peer, const struct report_init *answer,
                             const char *version)
{
    report_object(report, "init_answered", peer);
    json_whole(report->out, "init", answer->number);
    json_string(report->out, "version", version);
    json_string(report->out, answer->nat != NULL ? "proposal" : "refusal", answer->what);
    if (answer->nat != NULL) {
        json_string(report->out, "nat", answer->nat);
    }
    json_bool(report->out, "cookie", answer->cookie);
    json_whole(report->out, "sends", answer->sends);
    json_decimal(report->out, "rtt_ms", answer->ms, 3);
    json_end(report->out);
}

void report_init(struct report *report, const char *peer, const struct report_init *answer)
{
    char version[VERSION_SIZE], sends[48] = "";

    (void)snprintf(version, sizeof(version), "%u.%u", answer->version >> 4, answer->version & 0xFu);
    if (report->json) {
        report_init_json(report, peer, answer, version);
        return;
    }
    if (answer->sends != 1) {
        (void)snprintf(sends, sizeof(sends), " after the first of %" PRIu32 " sends", answer->sends);
    }
    report_say(report, peer, "init %" PRIu64 " answered: IKE %s, %s%s%s%s, %.3f ms%s", answer->number, version,
               answer->what, answer->nat != NULL ? ", " : "", answer->nat != NULL ? answer->nat : "",
               answer->cookie ? ", after a cookie" : "", answer->ms, sends);
}

void report_init_failed(struct report *report, const char *peer, uint64_t number, const char *why)
{
    if (report->json) {
        report_object(report, "init_unanswered", peer);
        json_whole(report->out, "init", number);
        json_string(report->out, "reason", why);
        json_end(report->out);
    } else {
        report_say(report, peer, "init %" PRIu64 " not answered: %s", number, why);
    }
}
