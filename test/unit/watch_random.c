/* SPDX-License-Identifier: ISC */
/* Whatever happens, the watch over an IKE SA decides as a naive model of the policy does. */
#include "support/test.h"

#include "support/test_random.h"
#include "support/watch_model.h"

#include <ikelive/watch.h>

enum { SLACK = WATCH_MODEL_SLACK, STEPS = 300, SEEDS = 3000 };

/* Both, side by side. */
struct pair {
    struct test_random random;
    struct watch_model model;
    struct ikl_watch watch;
    struct ikl_schedule schedules[3];
    ikl_time now;
    uint32_t id;
};

static uint32_t below(struct pair *pair, uint32_t n)
{
    return (uint32_t)test_random_below(&pair->random, n);
}

static void draw_schedule(struct pair *pair, struct ikl_schedule *schedule)
{
    memset(schedule, 0, sizeof(*schedule));
    schedule->n_waits = (uint16_t)(1 + below(pair, 4));
    schedule->tries = (uint16_t)(schedule->n_waits + below(pair, 3));
    for (uint16_t i = 0; i < schedule->n_waits; i++) {
        schedule->waits[i] = 1 + below(pair, 5000);
    }
    schedule->again = below(pair, 2) * below(pair, 5001);
}

static void set_policy(struct pair *pair)
{
    static const enum ikl_liveness_policy policies[] = {
        IKL_LIVENESS_PERIODIC, IKL_LIVENESS_PERIODIC, IKL_LIVENESS_ON_DEMAND, IKL_LIVENESS_ON_DEMAND, IKL_LIVENESS_OFF};
    struct watch_model *model = &pair->model;

    model->policy = policies[below(pair, COUNT_OF(policies))];
    model->interval = 1 + below(pair, 4000);
    model->at_least = below(pair, 2) * below(pair, 20000);
    ikl_watch_set_policy(&pair->watch, model->policy, model->interval, model->at_least);
}

static void set_schedule(struct pair *pair)
{
    pair->model.schedule = &pair->schedules[below(pair, COUNT_OF(pair->schedules))];
    ikl_watch_set_schedule(&pair->watch, pair->model.schedule);
}

static void pair_init(struct pair *pair, uint64_t seed)
{
    memset(pair, 0, sizeof(*pair));
    pair->random.state = seed;
    for (size_t i = 0; i < COUNT_OF(pair->schedules); i++) {
        draw_schedule(pair, &pair->schedules[i]);
    }
    pair->now = pair->model.heard = 1 + below(pair, 1u << 30);
    pair->model.suspect_after = 1;
    ikl_watch_init(&pair->watch, pair->now);
    set_policy(pair);
    set_schedule(pair);
}

/* On time, or a little later, or too late, or before anything is due. */
static void let_time_pass(struct pair *pair)
{
    ikl_time deadline = watch_model_deadline(&pair->model);

    if (deadline != IKL_NEVER && deadline > pair->now && below(pair, 3) != 0) {
        pair->now = deadline;
    }
    if (below(pair, 2) == 0) {
        pair->now += below(pair, below(pair, 2) == 0 ? SLACK + 2 : 3000);
    }
}

static void tick_both(struct pair *pair)
{
    enum ikl_watch_decision decision = watch_model_tick(&pair->model, pair->now);

    assert_int_equal(ikl_watch_tick(&pair->watch, pair->now, SLACK, 0), decision);
    if (decision == IKL_WATCH_GIVE_UP) {
        assert_true(ikl_watch_dropped(&pair->watch, pair->model.id, pair->now));
        watch_model_rest(&pair->model, pair->now + 1);
    }
}

static void end_both(struct pair *pair, bool answered)
{
    struct watch_model *model = &pair->model;
    uint32_t id = below(pair, 4) != 0 ? model->id : model->id + 1;
    bool awaited = model->out && id == model->id;

    if (answered) {
        assert_int_equal(ikl_watch_answered(&pair->watch, id, pair->now), awaited);
    } else {
        assert_int_equal(ikl_watch_dropped(&pair->watch, id, pair->now), awaited);
    }
    if (awaited) {
        watch_model_rest(model, answered ? 0 : pair->now + 1);
    }
    if (awaited && answered) {
        watch_model_hear(model, pair->now);
        model->suspect = false;
    }
}

static void put_off_both(struct pair *pair)
{
    ikl_time deadline = watch_model_deadline(&pair->model);
    ikl_time until = (deadline != IKL_NEVER ? deadline : pair->now) + below(pair, 1000);

    if (until >= 500) {
        until -= 500;
    }
    watch_model_put_off(&pair->model, until);
    ikl_watch_put_off(&pair->watch, until);
}

static void hint_both(struct pair *pair)
{
    struct watch_model *model = &pair->model;
    bool asks = !model->out && !(model->asked && pair->now < model->look);

    assert_int_equal(ikl_watch_hinted(&pair->watch, pair->now),
                     asks ? watch_model_ask(model, pair->now) : IKL_WATCH_NOTHING);
}

static void traffic_on_both(struct pair *pair)
{
    struct watch_model *model = &pair->model;
    ikl_time at = pair->now + below(pair, 1000) - (pair->now > 900 ? 900 : 0);
    ikl_time seen = at < pair->now ? at : pair->now;

    if (below(pair, 2) == 0) {
        watch_model_hear(model, seen);
        ikl_watch_traffic_heard(&pair->watch, at, pair->now);
    } else {
        model->traffic = seen > model->traffic ? seen : model->traffic;
        ikl_watch_traffic_sent(&pair->watch, at, pair->now);
    }
}

static void set_both(struct pair *pair)
{
    static const uint8_t after[] = {0, 1, 2, 3, 255};
    uint8_t suspect_after = after[below(pair, COUNT_OF(after))];

    switch (below(pair, 3)) {
    case 0:
        set_policy(pair);
        break;
    case 1:
        set_schedule(pair);
        break;
    default:
        pair->model.suspect_after = suspect_after != 0 ? suspect_after : 1;
        ikl_watch_set_suspect_after(&pair->watch, suspect_after);
        break;
    }
}

static void block_both(struct pair *pair)
{
    assert_int_equal(ikl_watch_blocked(&pair->watch, pair->now), watch_model_blocked(&pair->model, pair->now));
}

static void unblock_both(struct pair *pair)
{
    ikl_watch_left(&pair->watch, pair->now);
    watch_model_left(&pair->model, pair->now);
}

static void do_something(struct pair *pair)
{
    bool followed = below(pair, 2) == 0;

    switch (below(pair, 28)) {
    case 0:
    case 1:
        end_both(pair, true);
        break;
    case 2:
        end_both(pair, false);
        break;
    case 3:
    case 4:
    case 5:
        pair->id++;
        assert_int_equal(ikl_watch_sent(&pair->watch, pair->id, pair->now, SLACK, 0),
                         watch_model_sent(&pair->model, pair->id, pair->now) ? IKL_OK : IKL_ERR_BUSY);
        break;
    case 6:
    case 7:
        assert_int_equal(ikl_watch_heard(&pair->watch, pair->now, 0), watch_model_heard(&pair->model, pair->now));
        break;
    case 8:
        assert_int_equal(ikl_watch_moved(&pair->watch, followed, pair->now, 0),
                         watch_model_moved(&pair->model, followed, pair->now));
        break;
    case 9:
        assert_int_equal(ikl_watch_resend(&pair->watch, pair->now), watch_model_resend(&pair->model, pair->now));
        break;
    case 10:
        assert_int_equal(ikl_watch_held(&pair->watch, pair->now), watch_model_held(&pair->model, pair->now));
        break;
    case 11:
        put_off_both(pair);
        break;
    case 12:
        hint_both(pair);
        break;
    case 13:
    case 14:
        traffic_on_both(pair);
        break;
    case 15:
        set_both(pair);
        break;
    case 16:
    case 17:
        block_both(pair);
        break;
    case 18:
        unblock_both(pair);
        break;
    default:
        tick_both(pair);
        break;
    }
}

static void assert_same(const struct pair *pair)
{
    const struct ikl_watch *watch = &pair->watch;
    const struct watch_model *model = &pair->model;

    assert_true(ikl_watch_deadline(watch) == watch_model_deadline(model));
    assert_int_equal(ikl_run_is_out(&watch->run), model->out);
    assert_int_equal(watch->suspect, model->suspect);
    assert_int_equal(ikl_watch_heard_since_send(watch), model->out && !model->blocked && model->heard > model->sent);
    if (model->out) {
        assert_int_equal(watch->run.blocked, model->blocked);
        assert_int_equal(watch->run.sends, model->sends);
        assert_int_equal(watch->run.attempt, model->attempt);
        assert_true(model->blocked || ikl_run_last_sent(&watch->run) == model->sent);
    }
}

static void the_watch_decides_as_a_naive_model_does(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct pair pair;

        pair_init(&pair, seed);
        for (int i = 0; i < STEPS; i++) {
            let_time_pass(&pair);
            do_something(&pair);
            assert_same(&pair);
        }
    }
}

static ikl_time silence(struct ikl_watch *watch, ikl_time now)
{
    for (;; now = ikl_watch_deadline(watch)) {
        switch (ikl_watch_tick(watch, now, SLACK, 0)) {
        case IKL_WATCH_PROBE:
            assert_int_equal(ikl_watch_sent(watch, 1, now, SLACK, 0), IKL_OK);
            break;
        case IKL_WATCH_GIVE_UP:
            return now;
        case IKL_WATCH_SEND_AGAIN:
        case IKL_WATCH_NOTHING:
            break;
        }
        assert_true(ikl_watch_deadline(watch) > now);
    }
}

static void whatever_came_before_a_silent_peer_is_given_up_in_time(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct pair pair;
        ikl_time from, most;

        pair_init(&pair, seed);
        for (uint64_t i = 0; i < seed % 100; i++) {
            let_time_pass(&pair);
            do_something(&pair);
        }
        ikl_watch_left(&pair.watch, pair.now);
        ikl_watch_set_policy(&pair.watch, IKL_LIVENESS_PERIODIC, 1000, 0);
        from = ikl_time_later(ikl_watch_deadline(&pair.watch), pair.now);
        most = ikl_schedule_total(pair.watch.run.schedule);
        if (from > ikl_watch_deadline(&pair.watch)) {
            most += pair.watch.run.schedule->again; /* that tick may be late */
        }
        /* at its worst a request in its last wait, with a sign of life after its last send */
        assert_true(silence(&pair.watch, from) - from <= most);
    }
}

TESTS_OF(watch_random)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_watch_decides_as_a_naive_model_does),
        cmocka_unit_test(whatever_came_before_a_silent_peer_is_given_up_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
