/* SPDX-License-Identifier: ISC */
/* ikeping: what it counts for the summary. */
#include "tally.h"

#include <math.h>
#include <stddef.h>

static const double US_IN_MS = 1000;

/* frexp gives a fraction from 0.5 on, so a doubling begins at each exponent from 1 on. */
static size_t class_of(double ms)
{
    int exponent;
    double fraction = frexp(fmax(ms * US_IN_MS, 1), &exponent);
    size_t class = (size_t)(exponent - 1) * TALLY_IN_DOUBLING + (size_t)((fraction - 0.5) * 2 * TALLY_IN_DOUBLING);

    return class < TALLY_CLASSES ? class : TALLY_CLASSES - 1;
}

/* Where the class ends, in ms. */
static double end_of(size_t class)
{
    double within = (double)(class % TALLY_IN_DOUBLING + 1) / TALLY_IN_DOUBLING;

    return ldexp(1 + within, (int)(class / TALLY_IN_DOUBLING)) / US_IN_MS;
}

void tally_add_round_trip(struct tally *tally, double ms)
{
    double difference = ms - tally->mean;

    tally->least = tally->n == 0 || ms < tally->least ? ms : tally->least;
    tally->most = ms > tally->most ? ms : tally->most;
    tally->n++;
    tally->mean += difference / (double)tally->n;
    tally->squares += difference * (ms - tally->mean);
    tally->classes[class_of(ms)]++;
}

double tally_deviation(const struct tally *tally)
{
    return tally->n != 0 ? sqrt(tally->squares / (double)tally->n) : 0;
}

double tally_percentile(const struct tally *tally, double percent)
{
    double wanted = ceil((double)tally->n * percent / 100);
    uint64_t before = 0;
    size_t class = 0;

    if (tally->n == 0) {
        return 0;
    }
    while (class < TALLY_CLASSES - 1 && (double)(before + tally->classes[class]) < wanted) {
        before += tally->classes[class ++];
    }
    return fmax(tally->least, fmin(tally->most, end_of(class)));
}

void tally_add(struct tally *tally, const struct tally *from)
{
    double n = (double)(tally->n + from->n), difference = from->mean - tally->mean;

    tally->sent += from->sent;
    tally->answered += from->answered;
    tally->sends += from->sends;
    tally->retransmissions += from->retransmissions;
    tally->superseded += from->superseded;
    tally->peer_checks += from->peer_checks;
    tally->tokens_refused += from->tokens_refused;
    if (from->n == 0) {
        return;
    }
    tally->least = tally->n == 0 ? from->least : fmin(tally->least, from->least);
    tally->most = fmax(tally->most, from->most);
    tally->squares += from->squares + difference * difference * (double)tally->n * (double)from->n / n;
    tally->mean += difference * (double)from->n / n;
    tally->n += from->n;
    for (size_t class = 0; class < TALLY_CLASSES; class ++) {
        tally->classes[class] += from->classes[class];
    }
}

bool tally_lacks(const struct tally *tally, uint64_t wanted)
{
    return tally->answered + tally->superseded < tally->sent || tally->answered < wanted;
}

static double percentage(uint64_t part, uint64_t whole)
{
    return whole != 0 ? 100 * (double)part / (double)whole : 0;
}

double tally_lost_checks(const struct tally *tally)
{
    return percentage(tally->sent - tally->answered - tally->superseded, tally->sent);
}

double tally_lost_sends(const struct tally *tally)
{
    return percentage(tally->sends - tally->answered - tally->superseded, tally->sends);
}
