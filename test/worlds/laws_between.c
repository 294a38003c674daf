/* SPDX-License-Identifier: ISC */
/* What must hold in every world between its steps: of time, windows and memory. See laws.h. */
#include "laws.h"

#include "endpoint/shared.h"
#include "support/shares_check.h"

static struct ikl_sa_info info_of(struct laws *laws, const struct ikl_sa *sa)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    laws_hold(laws, ikl_sa_query(sa, &info) == IKL_OK, "an IKE SA tells nothing of itself");
    return info;
}

static void check_in_time(struct laws *laws, const struct laws_end *end, const struct ikl_sa_info *info, ikl_time now)
{
    const struct laws_host *host = end->host;
    ikl_time most = ikl_schedule_worst_detect(end->schedule, end->idle) + host->allowance +
                    host->lateness * (end->schedule->tries + 2u);

    if (host->lateness > LAWS_TICK_SLACK || host->late) {
        /* a verdict that would be late runs the last wait again, and a second run counts from the late tick */
        most += 2 * (uint64_t)ikl_schedule_wait(end->schedule, end->schedule->tries - 1u);
    }
    if (info->state == IKL_SA_ESTABLISHED && end->liveness == IKL_LIVENESS_PERIODIC) {
        laws_hold(laws, now <= info->last_evidence + most, "an IKE SA is up whose peer was not heard for too long");
    }
}

ikl_time laws_latest(const struct ikl_endpoint *endpoint, ikl_time now)
{
    return ikl_time_later(now, endpoint->now);
}

static void check_deadline(struct laws *laws, const struct laws_end *end, const struct ikl_sa_info *info,
                           const struct ikl_endpoint *endpoint, ikl_time now)
{
    ikl_time next = ikl_endpoint_next_deadline(endpoint), turn = laws_latest(endpoint, now) + 1 + end->host->turn;

    laws_hold(laws, next <= ikl_time_later(info->outstanding_deadline, turn),
              "the next deadline is later than that of a request");
    laws_hold(laws, next <= ikl_time_later(info->idle_deadline, turn) || end->liveness != IKL_LIVENESS_PERIODIC,
              "the next deadline is later than that of a liveness check");
    if (end->host->ticks_exactly && !end->host->late) {
        laws_hold(laws, next >= now, "the next deadline is in the past");
    }
}

void laws_check_end(struct laws *laws, const struct laws_end *end, const struct ikl_sa *sa, ikl_time now)
{
    struct ikl_sa_info info = info_of(laws, sa);

    check_in_time(laws, end, &info, now);
    check_deadline(laws, end, &info, ikl_sa_endpoint(sa), now);
}

/* Another end of the same peer's begins with what this one has measured, if it uses that, measured nothing itself, and
 * the path is the same. */
static void hand_on_round_trip(struct laws *laws, const struct laws_end *end, const struct ikl_sa *sa,
                               struct laws_end *to, const struct ikl_sa *replacement)
{
    struct ikl_sa_info info = info_of(laws, replacement);

    if ((end->trim || end->round_trip_sends) && (to->trim || to->round_trip_sends) && to->round_trip.samples == 0 &&
        ikl_path_same(ikl_sa_path(sa), ikl_sa_path(replacement))) {
        to->round_trip = end->round_trip;
        laws_hold(laws, (info.round_trip_samples != 0) == (to->round_trip.samples != 0),
                  "an IKE SA does not know the round trips of the one that it replaced");
    }
}

int laws_replace(struct laws *laws, const struct laws_end *end, struct ikl_sa *sa, struct laws_end *to,
                 struct ikl_sa *replacement, bool we_delete, uint32_t wait, ikl_time now)
{
    int result = ikl_sa_replace(sa, replacement, we_delete, wait, now);

    if (result == IKL_OK && !end->down && !to->down) { /* a callback may have ended either */
        hand_on_round_trip(laws, end, sa, to, replacement);
    }
    return result;
}

void laws_check_windows(struct laws *laws, const struct ikl_sa *sa, const struct ikl_sa *peer, uint32_t window)
{
    struct ikl_sa_info info = info_of(laws, sa), other = info_of(laws, peer);
    uint32_t unanswered = info.outstanding != 0 ? info.outstanding_id : info.next_request;

    laws_hold(laws, unanswered <= other.next_expected, "a request was answered that was not received");
    laws_hold(laws, other.next_expected <= info.next_request, "a request was received that was not sent");
    laws_hold(laws, info.next_request - unanswered <= window, "more requests are outstanding than the window allows");
}

void laws_check_progress(struct laws *laws, const struct ikl_endpoint *endpoint, ikl_time now)
{
    laws_hold(laws, ikl_endpoint_next_deadline(endpoint) > now, "time makes no progress");
}

void laws_check_allocations(struct laws *laws, struct laws_host *host, const struct test_allocator *memory,
                            bool may_allocate)
{
    laws_hold(laws, may_allocate || memory->allocations == host->allocations, "a packet or a timer allocated");
    host->allocations = memory->allocations;
}

void laws_check_shares(struct laws *laws, const struct ikl_endpoint *endpoint)
{
    const char *wrong = endpoint != NULL ? shares_check(endpoint) : NULL;

    if (endpoint != NULL && wrong == NULL && laws->n_looks++ % LAWS_TABLES_EVERY == 0) {
        wrong = shares_check_tables(endpoint);
    }
    laws_hold(laws, wrong == NULL, wrong);
}

void laws_check_children(struct laws *laws, const struct laws_host *host)
{
    laws_hold(laws, host->children_up == 0, "a Child SA never went down");
}

void laws_check_memory(struct laws *laws, const struct test_allocator *memory)
{
    laws_hold(laws, memory->outstanding == 0, "not everything that was allocated was given back");
    laws_hold(laws, memory->betrayed == 0, "a key is in memory that was given back");
}
