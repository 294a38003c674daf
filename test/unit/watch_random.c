/* SPDX-License-Identifier: ISC */
/* Whatever happens, the watch over an IKE SA decides as a naive model of the policy does. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/watch.h>

enum { SLACK = 100, STEPS = 300, SEEDS = 3000 };

/* The policy once more, by counting: no arithmetic is saved, nothing is shared with the library but the waits. */
struct model {
    enum ikl_liveness_policy policy;
    uint32_t interval, at_least;
    const struct ikl_schedule *schedule;
    ikl_time heard, traffic; /* `traffic` of 0: nothing was sent */
    bool out, asked, suspect;
    uint8_t suspect_after;
    /* while nothing is out: the next look is at `look`, or on demand at the first interval from there on, `exact` or
     * not */
    ikl_time look;
    bool exact;
    /* while a request is out */
    uint32_t id, attempt, sends, followed;
    ikl_time sent, deadline;
    bool again, extended, resent;
    bool blocked; /* the latest send has not left: `deadline` is when it is tried again */
    uint32_t blocked_waits;
    ikl_time own_wait; /* that of the send that is blocked */
};

static ikl_time wait_of(const struct model *model, uint32_t n)
{
    return model->schedule->waits[n < model->schedule->n_waits ? n : model->schedule->n_waits - 1u];
}

/* Of the last wait after a late tick, or instead of a verdict. */
static ikl_time wait_again(const struct model *model)
{
    return model->schedule->again != 0 ? model->schedule->again : wait_of(model, model->schedule->tries - 1u);
}

static ikl_time sum_of_waits(const struct model *model, uint32_t last)
{
    ikl_time sum = 0;

    for (uint32_t n = 0; n <= last; n++) {
        sum += wait_of(model, n);
    }
    return sum;
}

static bool is_off(const struct model *model)
{
    return model->policy == IKL_LIVENESS_OFF;
}

static ikl_time model_deadline(const struct model *model)
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

static enum ikl_watch_decision model_send(struct model *model, uint32_t attempt, ikl_time deadline, ikl_time now)
{
    model->attempt = attempt;
    model->sends += model->blocked ? 0 : 1;
    model->blocked = false;
    model->sent = now;
    model->resent = false;
    model->deadline = deadline > now ? deadline : now + 1;
    return IKL_WATCH_SEND_AGAIN;
}

static void model_rest(struct model *model, ikl_time look)
{
    model->out = model->asked = model->exact = false;
    model->look = look;
}

static enum ikl_watch_decision model_ask(struct model *model, ikl_time now)
{
    model->asked = model->exact = true;
    model->look = now + 1000;
    return IKL_WATCH_PROBE;
}

static bool is_wanted(const struct model *model, ikl_time now)
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

static enum ikl_watch_decision model_verdict(struct model *model, ikl_time now)
{
    bool late = now > model->deadline + SLACK;
    ikl_time heard = model->heard < now ? model->heard : now;
    uint32_t last = model->schedule->tries - 1u;

    if (heard > model->sent && !model->again) {
        ikl_time base = late ? now : heard;

        model->again = true;
        for (uint32_t k = 0; k <= last; k++) {
            if (base + sum_of_waits(model, k) > now) {
                return model_send(model, k, base + sum_of_waits(model, k), now);
            }
        }
        return model_send(model, 0, now + wait_of(model, 0), now);
    }
    if (late && !model->extended) {
        model->extended = true;
        return model_send(model, model->attempt < last ? model->attempt : last, now + wait_again(model), now);
    }
    return IKL_WATCH_GIVE_UP;
}

static bool model_blocked(struct model *model, ikl_time now)
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

static void model_left(struct model *model, ikl_time now)
{
    if (model->blocked) {
        model->blocked = false;
        model->sent = now;
        model->deadline = now + model->own_wait;
    }
}

static enum ikl_watch_decision model_try_again(struct model *model, ikl_time now)
{
    if (++model->blocked_waits >= model->schedule->tries) {
        model_left(model, now);
    } else {
        model->deadline = now + wait_of(model, model->blocked_waits);
    }
    return IKL_WATCH_SEND_AGAIN;
}

static enum ikl_watch_decision model_tick_out(struct model *model, ikl_time now)
{
    bool late = now > model->deadline + SLACK;
    uint32_t next = model->attempt + 1u;
    enum ikl_watch_decision decision;

    if (model->blocked) {
        decision = model_try_again(model, now);
    } else if (late && next + 1u == model->schedule->tries) {
        decision = model_send(model, next, now + wait_again(model), now);
    } else if (next < model->schedule->tries) {
        decision = model_send(model, next, (late ? now : model->deadline) + wait_of(model, next), now);
    } else {
        decision = model_verdict(model, now);
    }
    if (decision == IKL_WATCH_SEND_AGAIN && model->suspect_after != 255 &&
        model->attempt + (model->extended ? 1u : 0u) >= model->suspect_after) {
        model->suspect = true;
    }
    return decision;
}

static enum ikl_watch_decision model_tick(struct model *model, ikl_time now)
{
    if (now < model_deadline(model)) {
        return IKL_WATCH_NOTHING;
    }
    if (model->out) {
        return model_tick_out(model, now);
    }
    if (is_wanted(model, now)) {
        return model_ask(model, now);
    }
    model_rest(model, now + 1);
    return IKL_WATCH_NOTHING;
}

static bool model_sent(struct model *model, uint32_t id, ikl_time now)
{
    ikl_time due = model->asked ? model->heard + model->interval : now;

    if (model->out) {
        return false;
    }
    if (due > now || now - due > SLACK) {
        due = now;
    }
    model_rest(model, 0);
    model->out = true;
    model->id = id;
    model->sends = model->followed = 0;
    model->again = model->extended = model->blocked = false;
    model->blocked_waits = 0;
    (void)model_send(model, 0, due + wait_of(model, 0), now);
    return true;
}

static void model_hear(struct model *model, ikl_time at)
{
    if (at > model->heard) {
        model->heard = at;
        if (!model->out) {
            model_rest(model, 0);
        }
    }
}

static enum ikl_watch_decision model_heard(struct model *model, ikl_time now)
{
    model_hear(model, now);
    if (!model->out || model->blocked || now >= model->deadline || now < model->sent + wait_of(model, 0)) {
        return IKL_WATCH_NOTHING;
    }
    if (model->attempt + 1u >= model->schedule->tries && !model->again) {
        model->again = true;
        return model_send(model, 0, now + wait_of(model, 0), now);
    }
    if (model->resent) {
        return IKL_WATCH_NOTHING;
    }
    model->resent = true;
    model->sends++;
    model->sent = now;
    return IKL_WATCH_SEND_AGAIN;
}

static enum ikl_watch_decision model_moved(struct model *model, bool followed, ikl_time now)
{
    if (!model->out || (followed && ++model->followed > 3)) {
        return IKL_WATCH_NOTHING;
    }
    return model_send(model, 0, now + wait_of(model, 0), now);
}

static enum ikl_watch_decision model_held(struct model *model, ikl_time now)
{
    uint32_t last = model->schedule->tries - 1u, attempt = model->attempt < last ? model->attempt : last;
    uint32_t sends = model->sends;

    if (!model->out) {
        return IKL_WATCH_NOTHING;
    }
    (void)model_send(model, attempt, now + wait_again(model), now);
    model->sends = sends;
    return IKL_WATCH_SEND_AGAIN;
}

static enum ikl_watch_decision model_resend(struct model *model, ikl_time now)
{
    if (!model->out) {
        return IKL_WATCH_NOTHING;
    }
    model->sends += model->blocked ? 0 : 1;
    model_left(model, now);
    model->sent = now;
    if (model->deadline < now + wait_of(model, 0)) {
        model->deadline = now + wait_of(model, 0);
    }
    return IKL_WATCH_SEND_AGAIN;
}

static void model_put_off(struct model *model, ikl_time until)
{
    if (until <= model_deadline(model)) {
        return;
    }
    if (model->out) {
        model->deadline = until;
    } else {
        model->look = until;
        model->exact = true;
    }
}

/* Both, side by side. */
struct pair {
    struct test_random random;
    struct model model;
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
    struct model *model = &pair->model;

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
    ikl_time deadline = model_deadline(&pair->model);

    if (deadline != IKL_NEVER && deadline > pair->now && below(pair, 3) != 0) {
        pair->now = deadline;
    }
    if (below(pair, 2) == 0) {
        pair->now += below(pair, below(pair, 2) == 0 ? SLACK + 2 : 3000);
    }
}

static void tick_both(struct pair *pair)
{
    enum ikl_watch_decision decision = model_tick(&pair->model, pair->now);

    assert_int_equal(ikl_watch_tick(&pair->watch, pair->now, SLACK, 0), decision);
    if (decision == IKL_WATCH_GIVE_UP) {
        assert_true(ikl_watch_dropped(&pair->watch, pair->model.id, pair->now));
        model_rest(&pair->model, pair->now + 1);
    }
}

static void end_both(struct pair *pair, bool answered)
{
    struct model *model = &pair->model;
    uint32_t id = below(pair, 4) != 0 ? model->id : model->id + 1;
    bool awaited = model->out && id == model->id;

    if (answered) {
        assert_int_equal(ikl_watch_answered(&pair->watch, id, pair->now), awaited);
    } else {
        assert_int_equal(ikl_watch_dropped(&pair->watch, id, pair->now), awaited);
    }
    if (awaited) {
        model_rest(model, answered ? 0 : pair->now + 1);
    }
    if (awaited && answered) {
        model_hear(model, pair->now);
        model->suspect = false;
    }
}

static void put_off_both(struct pair *pair)
{
    ikl_time deadline = model_deadline(&pair->model);
    ikl_time until = (deadline != IKL_NEVER ? deadline : pair->now) + below(pair, 1000);

    if (until >= 500) {
        until -= 500;
    }
    model_put_off(&pair->model, until);
    ikl_watch_put_off(&pair->watch, until);
}

static void hint_both(struct pair *pair)
{
    struct model *model = &pair->model;
    bool asks = !model->out && !(model->asked && pair->now < model->look);

    assert_int_equal(ikl_watch_hinted(&pair->watch, pair->now), asks ? model_ask(model, pair->now) : IKL_WATCH_NOTHING);
}

static void traffic_on_both(struct pair *pair)
{
    struct model *model = &pair->model;
    ikl_time at = pair->now + below(pair, 1000) - (pair->now > 900 ? 900 : 0);
    ikl_time seen = at < pair->now ? at : pair->now;

    if (below(pair, 2) == 0) {
        model_hear(model, seen);
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
    assert_int_equal(ikl_watch_blocked(&pair->watch, pair->now), model_blocked(&pair->model, pair->now));
}

static void unblock_both(struct pair *pair)
{
    ikl_watch_left(&pair->watch, pair->now);
    model_left(&pair->model, pair->now);
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
                         model_sent(&pair->model, pair->id, pair->now) ? IKL_OK : IKL_ERR_BUSY);
        break;
    case 6:
    case 7:
        assert_int_equal(ikl_watch_heard(&pair->watch, pair->now, 0), model_heard(&pair->model, pair->now));
        break;
    case 8:
        assert_int_equal(ikl_watch_moved(&pair->watch, followed, pair->now, 0),
                         model_moved(&pair->model, followed, pair->now));
        break;
    case 9:
        assert_int_equal(ikl_watch_resend(&pair->watch, pair->now), model_resend(&pair->model, pair->now));
        break;
    case 10:
        assert_int_equal(ikl_watch_held(&pair->watch, pair->now), model_held(&pair->model, pair->now));
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
    const struct model *model = &pair->model;

    assert_true(ikl_watch_deadline(watch) == model_deadline(model));
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
