/* ikelive liveness: the policy of dead-peer detection. The policy itself is told in <ikelive/liveness.h>.
 * SPDX-License-Identifier: ISC */
#include <ikelive/liveness.h>

void ikl_liveness_init(struct ikl_liveness *liveness, enum ikl_liveness_policy policy, uint32_t idle, ikl_time now)
{
    liveness->heard = now;
    liveness->idle = idle != 0 ? idle : IKL_LIVENESS_DEFAULT_IDLE;
    liveness->outstanding = 0;
    liveness->policy = (uint8_t)policy;
}

void ikl_liveness_heard(struct ikl_liveness *liveness, ikl_time at)
{
    liveness->heard = ikl_time_later(liveness->heard, at);
}

void ikl_liveness_request_sent(struct ikl_liveness *liveness)
{
    liveness->outstanding++;
}

static void request_ended(struct ikl_liveness *liveness)
{
    if (liveness->outstanding != 0) {
        liveness->outstanding--;
    }
}

void ikl_liveness_request_answered(struct ikl_liveness *liveness, ikl_time at)
{
    request_ended(liveness);
    ikl_liveness_heard(liveness, at);
}

enum ikl_liveness_decision ikl_liveness_request_gave_up(struct ikl_liveness *liveness)
{
    request_ended(liveness);
    return IKL_LIVENESS_DEAD;
}

static bool may_probe(const struct ikl_liveness *liveness)
{
    return liveness->outstanding == 0 && liveness->policy != IKL_LIVENESS_OFF;
}

ikl_time ikl_liveness_due(const struct ikl_liveness *liveness, ikl_time now)
{
    ikl_time due = ikl_time_after(liveness->heard, liveness->idle);

    if (!may_probe(liveness)) {
        return IKL_NEVER;
    }
    if (liveness->policy == IKL_LIVENESS_ON_DEMAND && due < now) {
        uint64_t into = (now - liveness->heard) % liveness->idle;

        return into == 0 ? now : ikl_time_after(now, liveness->idle - into);
    }
    return due;
}

enum ikl_liveness_decision ikl_liveness_decide(const struct ikl_liveness *liveness, ikl_time sent, ikl_time now)
{
    bool wanted = liveness->policy != IKL_LIVENESS_ON_DEMAND || (sent != IKL_NEVER && sent > liveness->heard);

    if (!may_probe(liveness) || !wanted || now < ikl_time_after(liveness->heard, liveness->idle)) {
        return IKL_LIVENESS_WAIT;
    }
    return IKL_LIVENESS_PROBE;
}
