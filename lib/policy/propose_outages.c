/* SPDX-License-Identifier: ISC */
/* ikelive propose outages: a schedule that seldom gives up a living peer on a path that has outages.
 *
 * Whether an outage causes a verdict depends most on the times of the first and the last send. So the last send is as
 * late as the time to detect allows, and the last wait is only as long as an answer takes. The sends between help
 * against short outages and single losses. Their waits double up to a cap; a lower cap makes room for one more send. */
#include "out_of_line.h"
#include "policy/chain.h"
#include "policy/doubling.h"
#include "policy/odds.h"

enum {
    LEAST_SENDS = 2, /* "repeated attempts" (RFC 7296 §2.4) */
    MOST_SENDS = IKL_SCHEDULE_MAX_WAITS
};

/* What the caller asks for; times in ms. */
struct wish {
    uint64_t span; /* from the first send to the last, at most longest_span() */
    uint32_t last; /* the last wait */
    uint32_t idle;
    double years;
    const struct ikl_habit *habit;
};

/* Fills `span` with `n` waits. Under the cap some ms remain, fewer than waits that have the cap: the last waits get one
 * more each. */
static void fill(uint32_t *waits, uint32_t n, uint64_t span)
{
    uint64_t first = span / n < IKL_USUAL_FIRST_WAIT ? span / n : IKL_USUAL_FIRST_WAIT;
    uint64_t cap = ikl_doubling_cap(first, n, span);
    uint64_t left = span - ikl_doubling_sum(first, n, cap);

    for (uint32_t i = 0; i < n; i++, first *= 2) {
        first = first < cap ? first : cap;
        waits[i] = (uint32_t)(first + (n - i <= left ? 1 : 0));
    }
}

/* How long the last wait is when it runs once more: long enough that the request is sent no more often than before. */
static uint32_t last_wait_again(const struct wish *wish, uint32_t longest)
{
    return wish->last < longest ? longest : wish->last;
}

static void make(const struct wish *wish, uint32_t sends, struct ikl_schedule *out)
{
    *out = (struct ikl_schedule){.n_waits = (uint16_t)sends, .tries = (uint16_t)sends};
    fill(out->waits, sends - 1, wish->span);
    out->waits[sends - 1] = wish->last;
    out->again = last_wait_again(wish, out->waits[sends - 2]);
}

/* The fewest sends, at most MOST_SENDS, that reach over the span when waits double from the usual first one. */
static uint32_t fewest_sends(uint64_t span)
{
    uint32_t sends = LEAST_SENDS;

    while (ikl_doubling_sum(IKL_USUAL_FIRST_WAIT, sends - 1, IKL_SCHEDULE_MAX_WAIT) < span) {
        sends++;
    }
    return sends;
}

static double a_year(const struct wish *wish, const struct ikl_schedule *schedule)
{
    double result = 0;

    (void)!ikl_schedule_false_down_outages(&result, schedule, wish->idle, wish->habit);
    return result;
}

/* Finds the first schedule that has few enough false verdicts; false when none has. `least` becomes the fewest a year
 * of any schedule tried, and stays as it is when there is no time for one. */
static bool search(const struct wish *wish, struct ikl_schedule *out, double *least)
{
    uint32_t fewest = fewest_sends(wish->span);

    for (uint32_t sends = fewest; sends <= MOST_SENDS && wish->span / (sends - 1) >= IKL_PROPOSED_MIN_WAIT; sends++) {
        double found;

        make(wish, sends, out);
        found = a_year(wish, out);
        *least = sends == fewest || found < *least ? found : *least;
        if (found * wish->years <= 1) {
            return true;
        }
    }
    return false;
}

static bool exists(const struct wish *wish)
{
    struct ikl_schedule ignored;
    double least;

    return search(wish, &ignored, &least);
}

static uint64_t longest_span(void)
{
    return ikl_doubling_sum(IKL_USUAL_FIRST_WAIT, MOST_SENDS - 1, IKL_SCHEDULE_MAX_WAIT);
}

/* The shortest span, longer than the caller's, for which there is a schedule; IKL_NEVER when there is none. */
static uint64_t least_span(struct wish wish)
{
    uint64_t too_short = wish.span, enough = longest_span();

    wish.span = enough;
    if (!exists(&wish)) {
        return IKL_NEVER;
    }
    while (enough - too_short > 1) {
        wish.span = too_short + (enough - too_short) / 2;
        if (exists(&wish)) {
            enough = wish.span;
        } else {
            too_short = wish.span;
        }
    }
    return enough;
}

/* Not every processor converts 64 bits to floating point. */
static double as_double(uint64_t ms)
{
    return (double)(uint32_t)(ms / 1000) * 1000 + (double)(uint32_t)(ms % 1000);
}

/* Counts outages that begin in the idle time and outlast the span: no send between helps against these. Out of line, so
 * that their chances lie on the stack only then. */
IKL_OUT_OF_LINE static double outages_that_last(const struct wish *wish)
{
    struct ikl_habit ending = *wish->habit;
    struct ikl_chain chain;
    struct ikl_passage idle, span;
    double sum = 0;

    ikl_chain_init(&chain, wish->habit);
    ikl_chain_pass(&chain, wish->idle, &idle);
    for (size_t i = 0; i < ending.n_kinds; i++) {
        ending.kinds[i].a_year = 0;
    }
    ikl_chain_init(&chain, &ending);
    ikl_chain_pass(&chain, as_double(wish->span), &span);
    for (size_t i = 1; i < chain.n; i++) {
        sum += idle.from[IKL_CHAIN_UP].of[i] * span.from[i].of[i];
    }
    return sum * (IKL_MS_PER_YEAR / wish->idle);
}

static void find_nearest(const struct wish *wish, double least, struct ikl_nearest *nearest)
{
    uint64_t span = least_span(*wish);

    nearest->detect = span != IKL_NEVER ? wish->idle + span + wish->last : IKL_NEVER;
    nearest->years = least > 0 ? (1 - 1e-12) / least : 0; /* rounded down */
    nearest->outages = outages_that_last(wish);
}

/* The last wait that ikl_schedule_trim would set. */
static uint32_t last_wait(uint32_t round_trip)
{
    uint64_t wait = (uint64_t)round_trip * 8;

    if (wait > IKL_SCHEDULE_MAX_WAIT) {
        return IKL_SCHEDULE_MAX_WAIT;
    }
    return wait > IKL_SCHEDULE_MIN_LAST_WAIT ? (uint32_t)wait : IKL_SCHEDULE_MIN_LAST_WAIT;
}

static uint64_t span_of(uint64_t time, uint32_t last)
{
    uint64_t span = time > last ? time - last : 0;

    return span < longest_span() ? span : longest_span();
}

int ikl_schedule_propose_outages(struct ikl_schedule *out, struct ikl_nearest *nearest, uint64_t detect, uint32_t idle,
                                 uint32_t round_trip, double years, const struct ikl_habit *habit)
{
    struct wish wish = {.last = last_wait(round_trip), .idle = idle, .years = years, .habit = habit};
    struct ikl_schedule schedule;
    double least = 0;

    if (idle == 0 || detect <= idle || !ikl_is_years(years) || ikl_habit_error(habit) != NULL) {
        return IKL_ERR_INVALID;
    }
    wish.span = span_of(detect - idle, wish.last);
    if (search(&wish, &schedule, &least)) {
        *out = schedule;
        return IKL_OK;
    }
    if (nearest != NULL) {
        find_nearest(&wish, least, nearest);
    }
    return IKL_ERR_NOT_FOUND;
}
