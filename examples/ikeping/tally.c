/* SPDX-License-Identifier: ISC */
/* ikeping: what it counts for the summary. */
#include "tally.h"

#include <math.h>

void tally_add_round_trip(struct tally *tally, double ms)
{
    double difference = ms - tally->mean;

    tally->least = tally->n == 0 || ms < tally->least ? ms : tally->least;
    tally->most = ms > tally->most ? ms : tally->most;
    tally->n++;
    tally->mean += difference / (double)tally->n;
    tally->squares += difference * (ms - tally->mean);
}

double tally_deviation(const struct tally *tally)
{
    return tally->n != 0 ? sqrt(tally->squares / (double)tally->n) : 0;
}
