/* SPDX-License-Identifier: ISC */
/* A test host whose IKE SA measures how long its peer takes to answer liveness checks. */
#ifndef MEASURED_H
#define MEASURED_H

#include "host.h"

extern const char *const measured_suite;

/* At time 0, with one IKE SA as the original initiator. */
void measured_begin(struct host *host, sa_change change);

/* The peer answers at the host's present time. */
void measured_answer(struct host *host, uint32_t message_id);

/* To the next liveness check; returns its Message ID. */
uint32_t measured_to_check(struct host *host);

/* So many liveness checks, each answered after so many ms. */
void measured_answer_checks(struct host *host, ikl_time ms, int n);

#endif
