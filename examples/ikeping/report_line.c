/* SPDX-License-Identifier: ISC */
/* ikeping: how a line of the report begins. */
#define _POSIX_C_SOURCE 200809L
#include "report_line.h"

#include "json.h"

#include <stdarg.h>
#include <time.h>

enum { DATE_SIZE = 32 };

static const uint64_t NS_IN_MS = 1000000, MS_IN_S = 1000;

const char report_erase_line[] = "\r\033[K";

struct report report_audible(const struct report *report)
{
    struct report audible = *report;

    audible.out = report->table_shown ? report->out : report->audible;
    return audible;
}

const char *report_whom(char whom[REPORT_WHOM_SIZE], const char *address, size_t n_gateways)
{
    if (n_gateways > 1) {
        (void)snprintf(whom, REPORT_WHOM_SIZE, "%zu gateways", n_gateways);
    } else {
        (void)snprintf(whom, REPORT_WHOM_SIZE, "%s", address);
    }
    return whom;
}

static double elapsed(const struct report *report)
{
    return (double)(report->now - report->started) / 1e9;
}

void report_begin_line(struct report *report)
{
    if (report->status_shown) {
        fputs(report_erase_line, report->out);
        report->status_shown = false;
    }
}

/* The present time as RFC 3339 writes it. */
static const char *write_date(const struct report *report, char *date, size_t size)
{
    uint64_t ms = (report->epoch + report->now - report->started) / NS_IN_MS;
    time_t seconds = (time_t)(ms / MS_IN_S);
    char fraction[8];
    struct tm utc;
    size_t len = gmtime_r(&seconds, &utc) != NULL ? strftime(date, size, "%Y-%m-%dT%H:%M:%S", &utc) : 0;

    (void)snprintf(fraction, sizeof(fraction), ".%03uZ", (unsigned)(ms % MS_IN_S));
    (void)snprintf(date + len, size - len, "%s", fraction);
    return date;
}

void report_say(struct report *report, const char *peer, const char *format, ...)
{
    char date[DATE_SIZE];
    va_list arguments;

    report_begin_line(report);
    if (report->timestamps) {
        fprintf(report->out, "%s  ", write_date(report, date, sizeof(date)));
    } else {
        fprintf(report->out, "%9.3f  ", elapsed(report));
    }
    if (report->names_peers) {
        fprintf(report->out, "%s  ", peer);
    }
    va_start(arguments, format);
    vfprintf(report->out, format, arguments);
    va_end(arguments);
    fputc('\n', report->out);
    fflush(report->out);
}

void report_object(const struct report *report, const char *event, const char *peer)
{
    char date[DATE_SIZE];

    json_begin(report->out, event);
    json_decimal(report->out, "time", elapsed(report), 6);
    if (report->timestamps) {
        json_string(report->out, "date", write_date(report, date, sizeof(date)));
    }
    json_string(report->out, "peer", peer);
}
