/* SPDX-License-Identifier: ISC */
/* How often the named schedules give up living peers on paths that have outages. */
#ifndef TEST_FALSE_DOWN_OUTAGES_H
#define TEST_FALSE_DOWN_OUTAGES_H

#include <stdbool.h>
#include <stdint.h>

/* Holds ikl_schedule_false_down_outages against watches of peers on such paths, where verdicts are frequent enough, and
 * prints both, and the table of <ikelive/schedule.h>. False when a sample is more than three sigma away. */
bool check_outages(uint64_t seed, bool brief);

#endif
