/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: what came of each check. */
#ifndef IKEPING_CONFORMANCE_OUTCOME_H
#define IKEPING_CONFORMANCE_OUTCOME_H

#include "tester.h"

#include <stdio.h>

struct check;

/* One of the two datagrams that show a failure. */
struct shown {
    bool sent;  /* by the tester */
    double at;  /* s since the check began */
    char *text; /* dissected; null: there is none. The outcome owns it */
};

struct outcome {
    const struct check *check;
    const char *area;
    char number[24]; /* "4.2" */
    enum verdict verdict;
    char why[TESTER_WHY_SIZE]; /* empty when it passed */
    struct measured measured;
    struct shown shown[2];
    double seconds; /* it took */
};

/* All of a run. */
struct outcomes {
    const char *peer;
    struct outcome *each;
    size_t n;
    size_t passed, failed, unclear;
};

void outcome_clear(struct outcome *outcome);

/* The verdict in one word: "pass", "fail" or "unclear". */
const char *outcome_word(enum verdict verdict);

/* What a JSON object and a test suite say of one of the two datagrams: when it was sent or received, and its contents.
 * To be freed; null when there is none, or no memory. */
char *outcome_shown(const struct shown *shown);

/* text.c: to people. */
void text_outcome(FILE *out, const struct outcome *outcome);
void text_end(FILE *out, const struct outcomes *outcomes);

/* json_lines.c: an object a line, as events.schema.json describes them. `time` is in s since the start. */
void json_outcome(FILE *out, double time, const char *peer, const struct outcome *outcome);
void json_outcomes_end(FILE *out, double time, const struct outcomes *outcomes);

/* junit.c: all of it, as XML that continuous integration reads. */
void junit_write(FILE *out, const struct outcomes *outcomes);

#endif
