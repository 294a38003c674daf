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

/* text.c: to people. */
void text_outcome(FILE *out, const struct outcome *outcome);
void text_end(FILE *out, const struct outcomes *outcomes);

#endif
