/* SPDX-License-Identifier: ISC */
/* ikelive odds: what the functions share that say how often a schedule is wrong. */
#ifndef IKL_ODDS_H
#define IKL_ODDS_H

#include <stdbool.h>

#define IKL_MS_PER_YEAR (365.25 * 86400 * 1000)
#define IKL_MAX_YEARS 1e9

/* The probability that a request and its answer do not both arrive: 1 - (1 - loss)^2, without a difference of numbers
 * close to 1. */
static inline double ikl_no_round_trip(double loss)
{
    return loss * (2 - loss);
}

/* NaN is no such number. */
static inline bool ikl_is_loss(double loss)
{
    return loss >= 0 && loss < 1;
}

/* A time that a rate is asked for; NaN is none. */
static inline bool ikl_is_years(double years)
{
    return years > 0 && years <= IKL_MAX_YEARS;
}

#endif
