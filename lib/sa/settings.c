/* SPDX-License-Identifier: ISC */
/* ikelive sa: what the host may change about a live IKE SA. Outstanding requests stay outstanding. */
#include "sa.h"

#include "sized.h"

bool ikl_is_liveness_policy(enum ikl_liveness_policy policy)
{
    return (unsigned)policy <= IKL_LIVENESS_OFF;
}

bool ikl_are_labels(const struct ikl_sa_labels *labels)
{
    return labels == NULL || ikl_sized_fits(labels, sizeof(*labels), IKL_END_OF(struct ikl_sa_labels, gateway));
}

/* Shorter than what was asked for, by its own share of the spread. */
uint32_t ikl_sa_idle_interval(const struct ikl_endpoint *endpoint, uint32_t idle)
{
    uint64_t spread;

    idle = idle != 0 ? idle : endpoint->idle;
    spread = (uint64_t)idle * endpoint->idle_spread / 1000;
    return spread != 0 && idle != IKL_IDLE_OFF ? idle - (uint32_t)(spread * ikl_endpoint_random_number(endpoint) >> 32)
                                               : idle;
}

int ikl_decide_set_liveness(struct ikl_sa *sa, enum ikl_liveness_policy policy, uint32_t idle, uint32_t at_least)
{
    int result = IKL_OK;

    if (!ikl_is_liveness_policy(policy)) {
        return IKL_ERR_INVALID;
    }
    if (!ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_STATE;
    }
    if (policy == IKL_LIVENESS_ON_DEMAND && sa->extra == IKL_NONE) {
        result = ikl_sa_allocate_extra(sa);
    }
    if (result == IKL_OK) {
        ikl_idle_set(&sa->idle, policy, ikl_sa_idle_interval(sa->endpoint, idle), at_least);
    }
    return result;
}

int ikl_sa_set_schedule(struct ikl_sa *sa, const struct ikl_schedule *schedule)
{
    if (schedule != NULL && ikl_schedule_check(schedule) != IKL_OK) {
        return IKL_ERR_INVALID;
    }
    if (!ikl_sa_may(sa, IKL_SA_MAY_ACT)) {
        return IKL_ERR_STATE;
    }
    if (ikl_endpoint_in_leaf(sa->endpoint)) {
        return IKL_ERR_REENTRANT;
    }
    ikl_sa_follow_schedule(sa, schedule != NULL ? schedule : sa->endpoint->schedule);
    return IKL_OK;
}

void ikl_sa_set_follow_peer(struct ikl_sa *sa, bool follow)
{
    sa->follow_peer = follow;
}

int ikl_sa_set_labels(struct ikl_sa *sa, const struct ikl_sa_labels *labels)
{
    if (!ikl_are_labels(labels)) {
        return IKL_ERR_INVALID;
    }
    sa->labels = labels;
    return IKL_OK;
}
