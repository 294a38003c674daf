/* SPDX-License-Identifier: ISC */
/* ikelive sim: how long an outage lasts, and how long it is until the next. With integers alone, so that it is the same
 * on every processor.
 *
 * Numbers with a fraction are fixed-point, in units of 2^-32. An evenly distributed 64-bit number becomes an
 * exponentially distributed one by its logarithm, two of them a normally distributed one (Box and Muller). */
#include "bits.h"
#include "inside.h"

static const uint64_t ONE = UINT64_C(1) << 32;
static const uint64_t LN_2 = 2977044472;    /* ln 2 */
static const uint64_t LOG2_E = 6196328019;  /* 1 / ln 2 */
static const uint64_t HALF_PI = 6746518852; /* pi / 2 */

enum { FINE = 10, THOUSAND = 1000 }; /* lengths have FINE bits behind the whole ms while they are computed */

/* a * b, of which one has a fraction; the product must fit. */
static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t a_whole = a >> 32, b_whole = b >> 32, a_part = a & (ONE - 1), b_part = b & (ONE - 1);

    return (a_whole * b_whole << 32) + a_whole * b_part + a_part * b_whole + (a_part * b_part >> 32);
}

/* The logarithm to the base 2 of a whole number above 0: squaring what is left of it doubles that logarithm, and so
 * brings out one bit after the other. */
static uint64_t log2_of(uint64_t number)
{
    unsigned whole = ikl_highest_bit(number);
    uint64_t left = number << (63 - whole) >> 32; /* from 1 to 2, in units of 2^-31 */
    uint64_t log = whole;

    for (int bit = 0; bit < 32; bit++) {
        left = left * left >> 31;
        log = log << 1 | left >> 32;
        left >>= left >> 32;
    }
    return log;
}

/* e to the power of x, which is from 0 to 1: its series. */
static uint64_t exp_of(uint64_t x)
{
    uint64_t sum = ONE, term = ONE;

    for (uint64_t n = 1; term != 0; n++) {
        term = times(term, x) / n;
        sum += term;
    }
    return sum;
}

/* The cosine of x, which is from 0 to pi / 2: its series. The terms are added and subtracted in turn. */
static uint64_t cos_of(uint64_t x)
{
    uint64_t square = times(x, x), plus = ONE, minus = 0, term = ONE;

    for (uint64_t n = 1; term != 0; n++) {
        term = times(term, square) / ((2 * n - 1) * (2 * n));
        *(n % 2 == 1 ? &minus : &plus) += term;
    }
    return plus > minus ? plus - minus : 0;
}

static uint64_t whole_root_of(uint64_t number)
{
    uint64_t root = 0;

    for (uint64_t bit = UINT64_C(1) << 31; bit != 0; bit >>= 1) {
        if ((root + bit) * (root + bit) <= number) {
            root += bit;
        }
    }
    return root;
}

/* -log2 of an evenly distributed number from 0 to 1. At most 64. */
static uint64_t draw_log2(struct ikl_sim_stream *stream)
{
    return 64 * ONE - log2_of(ikl_sim_draw(stream) | 1);
}

/* length * 2^(up - down); as much as there is room for. */
static uint64_t scale(uint64_t length, uint64_t up, uint64_t down)
{
    bool grows = up > down;
    uint64_t by = grows ? up - down : down - up;
    uint64_t times_two = grows ? by >> 32 : (by + ONE - 1) >> 32;
    uint64_t rest = grows ? by & (ONE - 1) : (times_two << 32) - by;

    length = times(length, exp_of(times(rest, LN_2)));
    if (times_two >= 64) {
        return grows ? UINT64_MAX : 0;
    }
    if (!grows) {
        return length >> times_two;
    }
    return length <= UINT64_MAX >> times_two ? length << times_two : UINT64_MAX;
}

static uint64_t draw_exponential(struct ikl_sim_stream *stream, uint64_t mean)
{
    return times(mean, times(draw_log2(stream), LN_2));
}

/* Of these the logarithm is normally distributed: its deviation is a length in one direction of the plane, whose square
 * is exponentially distributed, seen at an angle that is evenly distributed. */
static uint64_t draw_log_normal(struct ikl_sim_stream *stream, uint64_t mean, uint64_t sigma)
{
    uint64_t square = 2 * times(draw_log2(stream), LN_2), draw = ikl_sim_draw(stream);
    uint64_t length = whole_root_of(square << 24) << 4;
    uint64_t deviation = times(times(sigma, times(length, cos_of(times(draw >> 32, HALF_PI)))), LOG2_E);
    uint64_t shift = times(times(sigma, sigma) / 2, LOG2_E);

    return (draw & 1) != 0 ? scale(mean, deviation, shift) : scale(mean, 0, deviation + shift);
}

static uint64_t draw_pareto(struct ikl_sim_stream *stream, uint64_t mean, uint64_t shape)
{
    return scale(mean * (shape - THOUSAND) / shape, draw_log2(stream) * THOUSAND / shape, 0);
}

/* In whole ms. */
static uint64_t round_length(uint64_t length)
{
    uint64_t ms = (length >> FINE) + (length >> (FINE - 1) & 1);

    ms = ms < IKL_SIM_LONGEST_OUTAGE ? ms : IKL_SIM_LONGEST_OUTAGE;
    return ms != 0 ? ms : 1;
}

uint64_t ikl_sim_draw_pause(struct ikl_sim_stream *stream, uint64_t ms, uint64_t n)
{
    return round_length(draw_exponential(stream, (ms << FINE) / n));
}

uint64_t ikl_sim_draw_outage(struct ikl_sim_stream *stream, const struct ikl_sim_outage_kind *kind)
{
    uint64_t mean = (uint64_t)kind->mean << FINE;

    switch (kind->spread) {
    case IKL_SIM_LOG_NORMAL:
        return round_length(draw_log_normal(stream, mean, kind->shape * ONE / THOUSAND));
    case IKL_SIM_PARETO:
        return round_length(draw_pareto(stream, mean, kind->shape));
    default:
        return round_length(draw_exponential(stream, mean));
    }
}
