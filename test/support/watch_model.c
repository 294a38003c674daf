/* SPDX-License-Identifier: ISC */
/* A naive model of the policy of liveness. See watch_model.h. */
#include "watch_model.h"

static ikl_time wait_of(const struct watch_model *model, uint32_t n)
{
    return model->schedule->waits[n < model->schedule->n_waits ? n : model->schedule->n_waits - 1u];
}

/* Of the last wait after a late tick, or instead of a verdict. */
static ikl_time wait_again(const struct watch_model *model)
{
    return model->schedule->again != 0 ? model->schedule->again : wait_of(model, model->schedule->tries - 1u);
}

static ikl_time sum_of_waits(const struct watch_model *model, uint32_t last)
{
    ikl_time sum = 0;

    for (uint32_t n = 0; n <= last; n++) {
        sum += wait_of(model, n);
    }
    return sum;
}

static bool is_off(const struct watch_model *model)
{
    return model->policy == IKL_LIVENESS_OFF;
}

ikl_time watch_model_deadline(const struct watch_model *model)
{
    ikl_time look = model->heard + model->interval;

    if (model->out) {
        return model->deadline;
    }
    if (is_off(model)) {
        return IKL_NEVER;
    }
    if (model->policy == IKL_LIVENESS_PERIODIC || model->exact) {
        return look > model->look ? look : model->look;
    }
    while (look < model->look) {
        look += model->interval;
    }
    return look;
}

static enum ikl_watch_decision watch_model_send(struct watch_model *model, uint32_t attempt, ikl_time deadline,
                                                ikl_time now)
{
    model->attempt = attempt;
    model->sends += model->blocked ? 0 : 1;
    model->blocked = false;
    model->sent = now;
    model->resent = false;
    model->deadline = deadline > now ? deadline : now + 1;
    return IKL_WATCH_SEND_AGAIN;
}

void watch_model_rest(struct watch_model *model, ikl_time look)
{
    model->out = model->asked = model->exact = false;
    model->look = look;
}

enum ikl_watch_decision watch_model_ask(struct watch_model *model, ikl_time now)
{
    model->asked = model->exact = true;
    model->look = now + 1000;
    return IKL_WATCH_PROBE;
}

static bool is_wanted(const struct watch_model *model, ikl_time now)
{
    uint32_t intervals = model->at_least / model->interval;

    if (model->policy == IKL_LIVENESS_PERIODIC || (model->traffic != 0 && model->traffic > model->heard)) {
        return true;
    }
    if (intervals == 0) {
        intervals = 1;
    }
    return model->at_least != 0 && now - model->heard >= intervals * model->interval;
}

static enum ikl_watch_decision watch_model_verdict(struct watch_model *model, ikl_time now)
{
    bool late = now > model->deadline + WATCH_MODEL_SLACK;
    ikl_time heard = model->heard < now ? model->heard : now;
    uint32_t last = model->schedule->tries - 1u;

    if (heard > model->sent && !model->again) {
        ikl_time base = late ? now : heard;

        model->again = true;
        for (uint32_t k = 0; k <= last; k++) {
            if (base + sum_of_waits(model, k) > now) {
                return watch_model_send(model, k, base + sum_of_waits(model, k), now);
            }
        }
        return watch_model_send(model, 0, now + wait_of(model, 0), now);
    }
    if (late && !model->extended) {
        model->extended = true;
        return watch_model_send(model, model->attempt < last ? model->attempt : last, now + wait_again(model), now);
    }
    return IKL_WATCH_GIVE_UP;
}

bool watch_model_blocked(struct watch_model *model, ikl_time now)
{
    if (!model->out || (!model->blocked && model->blocked_waits >= model->schedule->tries)) {
        return false;
    }
    if (!model->blocked) {
        model->blocked = true;
        model->own_wait = model->deadline - model->sent;
        model->deadline = now + wait_of(model, model->blocked_waits);
    }
    return true;
}

void watch_model_left(struct watch_model *model, ikl_time now)
{
    if (model->blocked) {
        model->blocked = false;
        model->sent = now;
        model->deadline = now + model->own_wait;
    }
}

static enum ikl_watch_decision watch_model_try_again(struct watch_model *model, ikl_time now)
{
    if (++model->blocked_waits >= model->schedule->tries) {
        watch_model_left(model, now);
    } else {
        model->deadline = now + wait_of(model, model->blocked_waits);
    }
    return IKL_WATCH_SEND_AGAIN;
}

static enum ikl_watch_decision watch_model_tick_out(struct watch_model *model, ikl_time now)
{
    bool late = now > model->deadline + WATCH_MODEL_SLACK;
    uint32_t next = model->attempt + 1u;
    enum ikl_watch_decision decision;

    if (model->blocked) {
        decision = watch_model_try_again(model, now);
    } else if (late && next + 1u == model->schedule->tries) {
        decision = watch_model_send(model, next, now + wait_again(model), now);
    } else if (next < model->schedule->tries) {
        decision = watch_model_send(model, next, (late ? now : model->deadline) + wait_of(model, next), now);
    } else {
        decision = watch_model_verdict(model, now);
    }
    if (decision == IKL_WATCH_SEND_AGAIN && model->suspect_after != 255 &&
        model->attempt + (model->extended ? 1u : 0u) >= model->suspect_after) {
        model->suspect = true;
    }
    return decision;
}

enum ikl_watch_decision watch_model_tick(struct watch_model *model, ikl_time now)
{
    if (now < watch_model_deadline(model)) {
        return IKL_WATCH_NOTHING;
    }
    if (model->out) {
        return watch_model_tick_out(model, now);
    }
    if (is_wanted(model, now)) {
        return watch_model_ask(model, now);
    }
    watch_model_rest(model, now + 1);
    return IKL_WATCH_NOTHING;
}

bool watch_model_sent(struct watch_model *model, uint32_t id, ikl_time now)
{
    ikl_time due = model->asked ? model->heard + model->interval : now;

    if (model->out) {
        return false;
    }
    if (due > now || now - due > WATCH_MODEL_SLACK) {
        due = now;
    }
    watch_model_rest(model, 0);
    model->out = true;
    model->id = id;
    model->sends = model->followed = 0;
    model->again = model->extended = model->blocked = false;
    model->blocked_waits = 0;
    (void)watch_model_send(model, 0, due + wait_of(model, 0), now);
    return true;
}

void watch_model_hear(struct watch_model *model, ikl_time at)
{
    if (at > model->heard) {
        model->heard = at;
        if (!model->out) {
            watch_model_rest(model, 0);
        }
    }
}

enum ikl_watch_decision watch_model_heard(struct watch_model *model, ikl_time now)
{
    watch_model_hear(model, now);
    if (!model->out || model->blocked || now >= model->deadline || now < model->sent + wait_of(model, 0)) {
        return IKL_WATCH_NOTHING;
    }
    if (model->attempt + 1u >= model->schedule->tries && !model->again) {
        model->again = true;
        return watch_model_send(model, 0, now + wait_of(model, 0), now);
    }
    if (model->resent) {
        return IKL_WATCH_NOTHING;
    }
    model->resent = true;
    model->sends++;
    model->sent = now;
    return IKL_WATCH_SEND_AGAIN;
}

enum ikl_watch_decision watch_model_moved(struct watch_model *model, bool followed, ikl_time now)
{
    if (!model->out || (followed && ++model->followed > 3)) {
        return IKL_WATCH_NOTHING;
    }
    return watch_model_send(model, 0, now + wait_of(model, 0), now);
}

enum ikl_watch_decision watch_model_held(struct watch_model *model, ikl_time now)
{
    uint32_t last = model->schedule->tries - 1u, attempt = model->attempt < last ? model->attempt : last;
    uint32_t sends = model->sends;

    if (!model->out) {
        return IKL_WATCH_NOTHING;
    }
    (void)watch_model_send(model, attempt, now + wait_again(model), now);
    model->sends = sends;
    return IKL_WATCH_SEND_AGAIN;
}

enum ikl_watch_decision watch_model_resend(struct watch_model *model, ikl_time now)
{
    if (!model->out) {
        return IKL_WATCH_NOTHING;
    }
    model->sends += model->blocked ? 0 : 1;
    watch_model_left(model, now);
    model->sent = now;
    if (model->deadline < now + wait_of(model, 0)) {
        model->deadline = now + wait_of(model, 0);
    }
    return IKL_WATCH_SEND_AGAIN;
}

void watch_model_put_off(struct watch_model *model, ikl_time until)
{
    if (until <= watch_model_deadline(model)) {
        return;
    }
    if (model->out) {
        model->deadline = until;
    } else {
        model->look = until;
        model->exact = true;
    }
}
