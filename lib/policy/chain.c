/* SPDX-License-Identifier: ISC */
/* ikelive chain: the probability that a path is up, or down, after some time.
 *
 * That is the exponential of a matrix, computed by uniformisation: in each of very short steps the path either stays in
 * its state or leaves it, so the matrix is a sum of powers of one whose entries are not negative. It is summed up for
 * a time that is short against all rates, then squared until it is that of the whole time. Nothing is subtracted
 * anywhere, so every probability is as exact as a number can be, however small it is. */
#include "policy/chain.h"

#include "policy/odds.h"

enum { TERMS = 20 }; /* of the sum; later terms are below 1e-21 of any probability */

static const double SHORT = 0.5; /* the most changes of state expected in the time that is summed up */

/* The sum of all rates but those that leave `state`, without a subtraction. */
static double sum_of_others(const struct ikl_chain *chain, size_t state)
{
    double sum = 0;

    for (size_t i = 1; i < chain->n; i++) {
        sum += state != IKL_CHAIN_UP ? chain->begins[i] : 0;
        sum += state != i ? chain->ends[i] : 0;
    }
    return sum;
}

void ikl_chain_init(struct ikl_chain *chain, const struct ikl_habit *habit)
{
    *chain = (struct ikl_chain){.n = 1 + habit->n_kinds};
    for (size_t i = 1; i < chain->n; i++) {
        chain->begins[i] = habit->kinds[i - 1].a_year / IKL_MS_PER_YEAR;
        chain->ends[i] = 1 / habit->kinds[i - 1].mean;
        chain->all += chain->begins[i] + chain->ends[i];
    }
    for (size_t i = 0; i < chain->n; i++) {
        chain->stays[i] = sum_of_others(chain, i);
    }
}

/* Adds one more term to the sum. */
static void next_term(const struct ikl_chain *chain, struct ikl_chances *term, double scale)
{
    double up = term->of[IKL_CHAIN_UP];
    double back = up * chain->stays[IKL_CHAIN_UP];

    for (size_t i = 1; i < chain->n; i++) {
        back += term->of[i] * chain->ends[i];
        term->of[i] = (up * chain->begins[i] + term->of[i] * chain->stays[i]) * scale;
    }
    term->of[IKL_CHAIN_UP] = back * scale;
}

/* Whatever happens, the path is in some state, so the chances add up to 1. */
static void normalise(struct ikl_chances *chances, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += chances->of[i];
    }
    for (size_t i = 0; i < n; i++) {
        chances->of[i] /= sum;
    }
}

static struct ikl_chances sum_up(const struct ikl_chain *chain, size_t from, double ms)
{
    struct ikl_chances term = {{0}}, sum;

    term.of[from] = 1;
    sum = term;
    for (unsigned k = 1; k <= TERMS; k++) {
        next_term(chain, &term, ms / k);
        for (size_t i = 0; i < chain->n; i++) {
            sum.of[i] += term.of[i];
        }
    }
    normalise(&sum, chain->n);
    return sum;
}

static void square(struct ikl_passage *passage, size_t n)
{
    const struct ikl_passage half = *passage;

    for (size_t i = 0; i < n; i++) {
        passage->from[i] = ikl_chances_after(&half.from[i], &half, n);
        normalise(&passage->from[i], n);
    }
}

void ikl_chain_pass(const struct ikl_chain *chain, double ms, struct ikl_passage *out)
{
    unsigned squarings = 0;

    while (chain->all * ms > SHORT) {
        ms /= 2;
        squarings++;
    }
    for (size_t i = 0; i < chain->n; i++) {
        out->from[i] = sum_up(chain, i, ms);
    }
    for (; squarings > 0; squarings--) {
        square(out, chain->n);
    }
}

struct ikl_chances ikl_chances_after(const struct ikl_chances *chances, const struct ikl_passage *passage, size_t n)
{
    struct ikl_chances after = {{0}};

    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            after.of[j] += chances->of[i] * passage->from[i].of[j];
        }
    }
    return after;
}
