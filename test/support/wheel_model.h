/* SPDX-License-Identifier: ISC */
/* What a wheel is, done the slow and obvious way: an unsorted list of running timers, searched from end to end. */
#ifndef TEST_WHEEL_MODEL_H
#define TEST_WHEEL_MODEL_H

#include <ikelive/wheel.h>

struct wheel_model_timer {
    uint32_t timer;
    ikl_time comes_up; /* when it is looked at */
    ikl_time deadline; /* later than that when it was pushed */
    uint64_t start;    /* which start of all it was */
};

struct wheel_model {
    struct wheel_model_timer *list;
    uint32_t running;
    uint64_t starts;
    ikl_time position;
    ikl_time now; /* the latest that was told */
};

/* `list` has room for every timer. */
void wheel_model_init(struct wheel_model *model, struct wheel_model_timer *list, ikl_time now);

/* Same meaning as the functions of the wheel. */
void wheel_model_start(struct wheel_model *model, uint32_t timer, ikl_time deadline);
bool wheel_model_stop(struct wheel_model *model, uint32_t timer);
bool wheel_model_push(struct wheel_model *model, uint32_t timer, ikl_time deadline);
ikl_time wheel_model_deadline(const struct wheel_model *model, uint32_t timer);
uint32_t wheel_model_expire(struct wheel_model *model, ikl_time now);

/* The part of wheel_model_expire that a limit on work cut short has in common with the whole: the timer that is looked
 * at next, IKL_NO_TIMER when none runs; and looking at it when it was pushed. */
uint32_t wheel_model_next(const struct wheel_model *model);
void wheel_model_put_off(struct wheel_model *model, uint32_t timer);

/* The earliest deadline, and the earliest time at which a timer is looked at; exactly. */
ikl_time wheel_model_earliest(const struct wheel_model *model);
ikl_time wheel_model_comes_up(const struct wheel_model *model);

#endif
