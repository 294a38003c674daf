/* SPDX-License-Identifier: ISC */
/* Time and medians for benchmarks. */
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

/* Lets what was begun before be done before what comes after is begun, as far as loads are concerned: without it a
 * processor works at several turns of a loop at once, and hides how long each waits for memory. */
static inline void bench_barrier(void)
{
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
    __asm__ volatile("lfence" ::: "memory");
#elif defined(__GNUC__) && defined(__aarch64__)
    __asm__ volatile("dsb ld\n\tisb" ::: "memory");
#elif defined(__GNUC__)
    __sync_synchronize();
#endif
}

#endif
