/* SPDX-License-Identifier: ISC */
/* A test host whose sends would block for a while. */
#ifndef BLOCKING_H
#define BLOCKING_H

#include "host.h"

/* One IKE SA with one Child SA. */
void blocking_begin(struct host *host, sa_change change);
/* Changes for it: requests may be outstanding four at a time; it is never checked and behind a NAT. */
void blocking_window_of_4(struct ikl_sa_config *config);
void blocking_nat(struct ikl_sa_config *config);
/* From now on sends would block. */
void blocking_start(struct host *host);
/* The host can send again, and says so. */
void blocking_end(struct host *host, ikl_time now);
/* A liveness check that is blocked since 5000. */
void blocking_check(struct host *host);
/* Attempt `n` was told at `at`, as this retransmission, and was sent. */
void blocking_assert_attempt(struct host *host, size_t n, ikl_time at, uint32_t retransmission);

#endif
