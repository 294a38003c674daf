/* Time and medians for benchmarks.
 * SPDX-License-Identifier: ISC */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds on a monotonic clock. */
uint64_t bench_clock(void);

/* The median of `n` values, n at least 1; sorts them. */
double bench_median(double *values, size_t n);

#endif
