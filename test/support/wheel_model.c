/* What a wheel is, done the slow and obvious way: an unsorted list of running timers, searched from end to end.
 * SPDX-License-Identifier: ISC */
#include "wheel_model.h"

void wheel_model_init(struct wheel_model *model, struct wheel_model_timer *list, ikl_time now)
{
    *model = (struct wheel_model){.list = list, .position = now};
}

/* Where in the list; `running` when it is not there. */
static uint32_t find(const struct wheel_model *model, uint32_t timer)
{
    uint32_t i = 0;

    while (i < model->running && model->list[i].timer != timer) {
        i++;
    }
    return i;
}

void wheel_model_start(struct wheel_model *model, uint32_t timer, ikl_time deadline)
{
    wheel_model_stop(model, timer);
    if (deadline < model->position) {
        deadline = model->position;
    }
    model->list[model->running++] = (struct wheel_model_timer){timer, deadline, model->starts++};
}

bool wheel_model_stop(struct wheel_model *model, uint32_t timer)
{
    uint32_t i = find(model, timer);

    if (i == model->running) {
        return false;
    }
    model->list[i] = model->list[--model->running];
    return true;
}

ikl_time wheel_model_deadline(const struct wheel_model *model, uint32_t timer)
{
    uint32_t i = find(model, timer);

    return i < model->running ? model->list[i].deadline : IKL_NEVER;
}

static bool comes_before(const struct wheel_model_timer *a, const struct wheel_model_timer *b)
{
    return a->deadline != b->deadline ? a->deadline < b->deadline : a->start < b->start;
}

/* The next to expire; some timer runs. */
static struct wheel_model_timer next(const struct wheel_model *model)
{
    struct wheel_model_timer first = model->list[0];

    for (uint32_t i = 1; i < model->running; i++) {
        if (comes_before(&model->list[i], &first)) {
            first = model->list[i];
        }
    }
    return first;
}

uint32_t wheel_model_expire(struct wheel_model *model, ikl_time now)
{
    if (now == IKL_NEVER) {
        now = IKL_NEVER - 1;
    }
    if (now < model->position) {
        now = model->position;
    }
    if (wheel_model_earliest(model) <= now) {
        struct wheel_model_timer first = next(model);

        model->position = first.deadline;
        wheel_model_stop(model, first.timer);
        return first.timer;
    }
    model->position = now;
    return IKL_NO_TIMER;
}

ikl_time wheel_model_earliest(const struct wheel_model *model)
{
    return model->running != 0 ? next(model).deadline : IKL_NEVER;
}
