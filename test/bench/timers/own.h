/* SPDX-License-Identifier: ISC */
/* What only the wheel does. */
#ifndef BENCH_OWN_H
#define BENCH_OWN_H

#include "loads.h"

#include <ikelive/wheel.h>

/* As many IKE SAs as timers, as far as memory goes: evidence of life is noted in one, in one store. */
struct sas;
struct sas *own_sas(uint32_t n); /* free it; null when there is no memory */

/* ns for that store to any of them, and for pushing the deadline of any timer; all timers run. */
double own_store(const struct load *load, struct sas *sas, uint64_t at);
double own_push(const struct load *load, struct ikl_wheel *wheel, uint64_t at);

/* ns for ikl_wheel_next_deadline. */
double own_next_deadline(const struct ikl_wheel *wheel);

/* All timers are started for random times within one second, `ahead` ms away; then the host sleeps until there is
 * something to do, and expires at most `limit` at once and moves four times as many. Gives the longest call in ns, and
 * returns the ns a timer of all.
 */
double own_sleep(const struct load *load, struct ikl_wheel *wheel, uint32_t ahead, uint32_t limit, double *longest);

#endif
