/* SPDX-License-Identifier: ISC */
/* ikeping --init: what it says. */
#ifndef IKEPING_REPORT_INIT_H
#define IKEPING_REPORT_INIT_H

#include "report.h"

/* An answer to IKE_SA_INIT. */
struct report_init {
    uint64_t number;
    uint8_t version;  /* of IKE: 0x20 is 2.0 */
    const char *what; /* the proposal that was accepted, or why none was */
    const char *nat;  /* null: nothing was accepted */
    bool cookie;      /* it wanted a cookie first */
    uint32_t sends;
    double ms; /* since the first of them */
};

void report_init(struct report *report, const char *peer, const struct report_init *answer);
void report_init_failed(struct report *report, const char *peer, uint64_t number, const char *why);

#endif
