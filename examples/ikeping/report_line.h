/* SPDX-License-Identifier: ISC */
/* ikeping: how a line of the report begins. For the files that write them. */
#ifndef IKEPING_REPORT_LINE_H
#define IKEPING_REPORT_LINE_H

#include "report.h"

/* Makes a terminal forget the line that the cursor is in. */
extern const char report_erase_line[];

/* A report that writes with --quiet too, but not while there is a table. */
struct report report_audible(const struct report *report);

enum { REPORT_WHOM_SIZE = 80 };

/* Who the other end is, in words. */
const char *report_whom(char whom[REPORT_WHOM_SIZE], const char *address, size_t n_gateways);

/* Takes the status line away, if there is one. */
void report_begin_line(struct report *report);

/* A line of text about a peer. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void report_say(struct report *report, const char *peer, const char *format, ...);

/* Begins a JSON object about a peer; json_end ends it. */
void report_object(const struct report *report, const char *event, const char *peer);

#endif
