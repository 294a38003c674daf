/* SPDX-License-Identifier: ISC */
/* The operations whose cost is counted under a profiler.
 *
 * Every operation is done inside a function of its own, count_NAME, and called through a table, so that a profiler can
 * be told where to count. Nothing differs from run to run: no clock, no randomness, no input. */
#ifndef BENCH_OPERATIONS_H
#define BENCH_OPERATIONS_H

#include "facing.h"

/* Does each operation in turn for all IKE SAs of `config`, whose spacing is 1, `rounds` times, then prints the name of
 * each and how often it was done; with `crowd`, which is a multiple of config->n, also those of so many monitored Child
 * SAs at a time. False, and a word on stderr, when one did something else. */
bool operations_run(const struct facing_config *config, uint32_t crowd, uint32_t rounds);

#endif
