/* SPDX-License-Identifier: ISC */
/* What a wheel is, done the slow and obvious way: an unsorted list of running timers, searched from end to end. */
#include "wheel_model.h"

void wheel_model_init(struct wheel_model *model, struct wheel_model_timer *list, ikl_time now)
{
    *model = (struct wheel_model){.list = list, .position = now, .now = now};
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
    deadline = ikl_time_later(deadline, model->position);
    model->list[model->running++] = (struct wheel_model_timer){timer, deadline, deadline, model->starts++};
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

bool wheel_model_push(struct wheel_model *model, uint32_t timer, ikl_time deadline)
{
    uint32_t i = find(model, timer);

    if (i == model->running) {
        return false;
    }
    model->list[i].deadline = ikl_time_later(model->list[i].deadline, deadline);
    return true;
}

ikl_time wheel_model_deadline(const struct wheel_model *model, uint32_t timer)
{
    uint32_t i = find(model, timer);

    return i < model->running ? model->list[i].deadline : IKL_NEVER;
}

static bool is_before(const struct wheel_model_timer *a, const struct wheel_model_timer *b)
{
    return a->comes_up != b->comes_up ? a->comes_up < b->comes_up : a->start < b->start;
}

/* The next to be looked at; null when none runs. */
static const struct wheel_model_timer *next(const struct wheel_model *model)
{
    const struct wheel_model_timer *first = NULL;

    for (uint32_t i = 0; i < model->running; i++) {
        if (first == NULL || is_before(&model->list[i], first)) {
            first = &model->list[i];
        }
    }
    return first;
}

uint32_t wheel_model_next(const struct wheel_model *model)
{
    return model->running != 0 ? next(model)->timer : IKL_NO_TIMER;
}

ikl_time wheel_model_comes_up(const struct wheel_model *model)
{
    return model->running != 0 ? next(model)->comes_up : IKL_NEVER;
}

void wheel_model_put_off(struct wheel_model *model, uint32_t timer)
{
    wheel_model_start(model, timer, wheel_model_deadline(model, timer));
}

uint32_t wheel_model_expire(struct wheel_model *model, ikl_time now)
{
    model->now = ikl_time_later(model->now, ikl_time_earlier(now, IKL_NEVER - 1));
    while (wheel_model_comes_up(model) <= model->now) {
        const struct wheel_model_timer *first = next(model);
        uint32_t timer = first->timer;

        model->position = first->comes_up;
        if (first->deadline == first->comes_up) {
            wheel_model_stop(model, timer);
            return timer;
        }
        wheel_model_put_off(model, timer);
    }
    model->position = model->now;
    return IKL_NO_TIMER;
}

ikl_time wheel_model_earliest(const struct wheel_model *model)
{
    ikl_time earliest = IKL_NEVER;

    for (uint32_t i = 0; i < model->running; i++) {
        earliest = ikl_time_earlier(earliest, model->list[i].deadline);
    }
    return earliest;
}
