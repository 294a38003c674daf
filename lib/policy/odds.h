/* SPDX-License-Identifier: ISC */
/* ikelive odds: what the functions share that say how often a schedule is wrong. */
#ifndef IKL_ODDS_H
#define IKL_ODDS_H

#define IKL_MS_PER_YEAR (365.25 * 86400 * 1000)
#define IKL_MAX_YEARS 1e9

/* The probability that a request and its answer do not both arrive: 1 - (1 - loss)^2, without a difference of numbers
 * close to 1. */
static inline double ikl_no_round_trip(double loss)
{
    return loss * (2 - loss);
}

#endif
