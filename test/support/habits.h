/* SPDX-License-Identifier: ISC */
/* The habits of <ikelive/schedule.h>. */
#ifndef TEST_HABITS_H
#define TEST_HABITS_H

#include <ikelive/schedule.h>

enum { N_HABITS = 4, HABITS_IDLE = 5000 };

struct named_habit {
    const char *name;
    struct ikl_habit habit;
};

extern const struct named_habit named_habits[N_HABITS];

#endif
