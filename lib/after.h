/* SPDX-License-Identifier: ISC */
/* ikelive after: a build for size has ikl_time_after once, and calls it; any other has it in line, as hosts have. */
#ifndef IKL_AFTER_H
#define IKL_AFTER_H

#include <ikelive/base.h>

#ifdef __OPTIMIZE_SIZE__
ikl_time ikl_after(ikl_time time, uint64_t delay);
#define ikl_time_after(time, delay) ikl_after(time, delay)
#endif

#endif
