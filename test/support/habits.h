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

/* As the table of the header prints numbers: at least two digits, and all before the point. */
static inline int decimals(double value)
{
    return value < 1 ? 2 : value < 9.95 ? 1 : 0;
}

#endif
