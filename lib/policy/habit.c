/* SPDX-License-Identifier: ISC */
/* ikelive habit: how often a schedule gives up a peer that is alive, on a path that has outages. */
#include "policy/chain.h"
#include "policy/odds.h"

#include "field.h"

/* Written so that NaN is out of range. */
static bool is_within(double value, double least, double most)
{
    return value >= least && value <= most;
}

const char *ikl_habit_error(const struct ikl_habit *habit)
{
    if (!is_within(habit->loss, 0, 1)) {
        return IKL_FIELD("loss");
    }
    if (habit->n_kinds > IKL_HABIT_MAX_KINDS) {
        return IKL_FIELD("n_kinds");
    }
    for (size_t i = 0; i < habit->n_kinds; i++) {
        if (!is_within(habit->kinds[i].mean, IKL_HABIT_MIN_MEAN, IKL_HABIT_MAX_MEAN)) {
            return IKL_FIELD("kinds.mean");
        }
        if (!is_within(habit->kinds[i].a_year, 0, IKL_HABIT_MAX_A_YEAR)) {
            return IKL_FIELD("kinds.a_year");
        }
    }
    return NULL;
}

/* A request on its way. */
struct request {
    const struct ikl_chain *chain;
    double fails; /* the probability that a send fails while the path is up */
    struct ikl_chances unanswered;
    struct ikl_passage passage; /* of the latest wait */
    uint32_t wait;
};

static void pass(struct request *request, uint32_t wait)
{
    if (wait != request->wait) {
        ikl_chain_pass(request->chain, wait, &request->passage);
        request->wait = wait;
    }
    request->unanswered = ikl_chances_after(&request->unanswered, &request->passage, request->chain->n);
}

/* Sends the request. Returns the probability that no earlier send was answered. */
static double send(struct request *request)
{
    double sum = 0;

    request->unanswered.of[IKL_CHAIN_UP] *= request->fails;
    for (size_t i = 0; i < request->chain->n; i++) {
        sum += request->unanswered.of[i];
    }
    return sum;
}

/* An answer shows that the path is up. Then the idle time passes, a request goes out, and an answer or a verdict ends
 * it. Gives how often a year this happens, and with what probability it ends in a verdict. */
static double verdicts_a_year(const struct ikl_chain *chain, const struct ikl_schedule *schedule, uint32_t idle,
                              double loss)
{
    struct request request = {.chain = chain, .fails = ikl_no_round_trip(loss), .unanswered = {{[IKL_CHAIN_UP] = 1}}};
    double unanswered = 1, takes = idle;
    uint32_t wait = idle;

    for (uint32_t attempt = 0; attempt < schedule->tries; attempt++) {
        pass(&request, wait);
        unanswered = send(&request);
        wait = ikl_schedule_wait(schedule, attempt);
        takes += wait * unanswered;
    }
    return unanswered * (IKL_MS_PER_YEAR / takes);
}

int ikl_schedule_false_down_outages(double *a_year, const struct ikl_schedule *schedule, uint32_t idle,
                                    const struct ikl_habit *habit)
{
    struct ikl_chain chain;

    if (idle == 0 || ikl_habit_error(habit) != NULL) {
        return IKL_ERR_INVALID;
    }
    ikl_chain_init(&chain, habit);
    *a_year = verdicts_a_year(&chain, schedule, idle, habit->loss);
    return IKL_OK;
}
