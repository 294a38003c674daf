/* SPDX-License-Identifier: ISC */
/* ikelive doubling: waits that double from a first one up to a cap. */
#ifndef IKL_DOUBLING_H
#define IKL_DOUBLING_H

#include <stdint.h>

enum { IKL_USUAL_FIRST_WAIT = 1000 }; /* ms */

/* The sum of `n` such waits. */
uint64_t ikl_doubling_sum(uint64_t first, uint32_t n, uint64_t cap);

/* The longest first wait, from `first` on, with which `n` waits that double all the way fit into `time`. */
uint64_t ikl_doubling_first(uint64_t first, uint32_t n, uint64_t time);

/* The highest cap with which `n` waits that begin with `first` fit into `time`; all of them being `first` does. */
uint64_t ikl_doubling_cap(uint64_t first, uint32_t n, uint64_t time);

#endif
