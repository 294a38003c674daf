/* SPDX-License-Identifier: ISC */
/* A path lived twice: at the depth of the policy, and by real IKE SAs in a made-up world. */
#ifndef WAITS_REAL_H
#define WAITS_REAL_H

#include "life.h"

/* How many events (a send, an answer, a verdict) there were until `until`, the same in both and at the same times; 0
 * when they differ, which is said on stderr. */
size_t real_agrees(const struct path *path, const struct life_manner *manner, uint64_t seed, ikl_time until);

/* Whether a life on this path is the same when nothing is left out of it. Chance must lose nothing on it. */
bool real_skips_exactly(const struct path *path, const struct life_manner *manner, uint64_t seed, ikl_time until);

#endif
