/* SPDX-License-Identifier: ISC */
/* What is tried with every fate of its first messages: a story, and how it must end whatever these fates are. */
#ifndef SIM_EXHAUSTIVE_SCENARIOS_H
#define SIM_EXHAUSTIVE_SCENARIOS_H

#include "worlds/scripted.h"

struct scenario {
    const char *name;
    const char *script;                        /* in which %s stands for the fates */
    const char *(*check)(struct world *world); /* null, or what is wrong with the end, beside what world_check says */
};

extern const struct scenario scenarios[];
extern const size_t n_scenarios;

#endif
