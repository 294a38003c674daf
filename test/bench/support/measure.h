/* Time and medians for benchmarks.
 * SPDX-License-Identifier: ISC */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds on a monotonic clock. */
uint64_t bench_clock(void);

/* Nanoseconds of processor time that this thread has used: what others do meanwhile does not count. */
uint64_t bench_cpu_clock(void);

/* The median of `n` values, n at least 1; sorts them. */
double bench_median(double *values, size_t n);

#endif
