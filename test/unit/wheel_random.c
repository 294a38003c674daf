/* SPDX-License-Identifier: ISC */
/* Whatever is done to it, the wheel does what the obvious model does. */
#include "support/test.h"

#include "support/test_allocator.h"
#include "support/test_random.h"
#include "support/wheel_check.h"
#include "support/wheel_model.h"

enum { HOUR = 3600000, MOST_TIMERS = 4000 };

/* A wheel and the model side by side. */
struct pair {
    struct test_random random;
    struct test_allocator memory;
    struct ikl_wheel *wheel;
    struct wheel_model model;
    struct wheel_model_timer list[MOST_TIMERS];
    bool in_herds;    /* most deadlines are close to `herd`, and time goes in small steps */
    ikl_time herd;    /* changes now and then */
    uint32_t early;   /* runs at the next deadline that expired nothing */
    uint32_t excuses; /* timers that were stopped, started afresh or pushed while they ran */
};

static uint64_t below(struct pair *pair, uint64_t n)
{
    return test_random_below(&pair->random, n);
}

static uint32_t any_timer(struct pair *pair)
{
    return (uint32_t)below(pair, ikl_wheel_capacity(pair->wheel));
}

/* Of every size, most often of such as meet at, or near, the ends of slots and levels. */
static uint64_t any_distance(struct pair *pair)
{
    uint64_t slot = UINT64_C(1) << below(pair, 63);

    switch (below(pair, 7)) {
    case 0:
        return below(pair, 2);
    case 1:
        return below(pair, 64);
    case 2:
        return below(pair, 5000);
    case 3:
        return slot * below(pair, 70) - 2 + below(pair, 4);
    case 4:
        return test_random_magnitude(&pair->random);
    case 5:
        return 1000 * below(pair, 400);
    default:
        return below(pair, HOUR);
    }
}

/* Mostly after the position, sometimes before it, once in `rarely` close to the end of time; never IKL_NEVER. */
static ikl_time any_time(struct pair *pair, uint64_t rarely)
{
    ikl_time position = pair->model.position;
    uint64_t distance = any_distance(pair);

    if (below(pair, rarely) == 0) {
        return IKL_NEVER - 1 - distance % 5000;
    }
    if (pair->in_herds && below(pair, 20) != 0) {
        return ikl_time_earlier(ikl_time_after(pair->herd, below(pair, 2000) / (1 + below(pair, 100))), IKL_NEVER - 1);
    }
    if (below(pair, 12) == 0) {
        return distance < position ? position - distance : 0;
    }
    return ikl_time_after(position, distance);
}

static void compare_one(const struct pair *pair, uint32_t timer)
{
    assert_int_equal(ikl_wheel_deadline(pair->wheel, timer), wheel_model_deadline(&pair->model, timer));
}

static void compare_all(const struct pair *pair)
{
    static ikl_time deadlines[MOST_TIMERS];
    uint32_t capacity = ikl_wheel_capacity(pair->wheel);

    for (uint32_t timer = 0; timer < capacity; timer++) {
        deadlines[timer] = IKL_NEVER;
    }
    for (uint32_t i = 0; i < pair->model.running; i++) {
        deadlines[pair->list[i].timer] = pair->list[i].deadline;
    }
    for (uint32_t timer = 0; timer < capacity; timer++) {
        assert_int_equal(ikl_wheel_deadline(pair->wheel, timer), deadlines[timer]);
    }
}

static void compare(const struct pair *pair)
{
    const struct ikl_wheel *wheel = pair->wheel;
    ikl_time next = ikl_wheel_next_deadline(wheel);

    assert_int_equal(ikl_wheel_running(wheel), pair->model.running);
    assert_int_equal(ikl_wheel_position(wheel), pair->model.position);
    assert_true(next >= pair->model.now);
    assert_true(next <= ikl_time_later(wheel_model_comes_up(&pair->model), pair->model.now));
    assert_true(next <= ikl_time_later(wheel_model_earliest(&pair->model), pair->model.now));
    assert_int_equal(next == IKL_NEVER, pair->model.running == 0);
}

static void start_stop_or_push(struct pair *pair, unsigned starts_in_ten)
{
    uint32_t timer = any_timer(pair);
    bool running = wheel_model_deadline(&pair->model, timer) != IKL_NEVER;
    uint64_t choice = below(pair, 10);

    if (choice < starts_in_ten) {
        ikl_time deadline = any_time(pair, 10);

        assert_int_equal(ikl_wheel_start(pair->wheel, timer, deadline), IKL_OK);
        wheel_model_start(&pair->model, timer, deadline);
    } else if (choice % 2 == 0) {
        ikl_time deadline = any_time(pair, 10);

        assert_int_equal(ikl_wheel_push(pair->wheel, timer, deadline), wheel_model_push(&pair->model, timer, deadline));
    } else {
        assert_int_equal(ikl_wheel_stop(pair->wheel, timer), wheel_model_stop(&pair->model, timer));
    }
    pair->excuses += running;
    compare_one(pair, timer);
    compare(pair);
}

/* A limit has ended the run, or the run has just ended when the limit was reached. Lets the model catch up with how far
 * the wheel came, which is for the wheel to choose. */
static void follow(struct pair *pair, ikl_time now)
{
    const struct ikl_wheel *wheel = pair->wheel;
    uint32_t timer;

    pair->model.now = ikl_time_later(pair->model.now, now);
    assert_true(ikl_wheel_position(wheel) >= pair->model.position);
    assert_true(ikl_wheel_position(wheel) <= pair->model.now);
    while ((timer = wheel_model_next(&pair->model)) != IKL_NO_TIMER &&
           wheel_model_comes_up(&pair->model) <= ikl_wheel_position(wheel) &&
           wheel_comes_up(wheel, timer) > wheel_model_comes_up(&pair->model)) {
        pair->model.position = wheel_model_comes_up(&pair->model);
        wheel_model_put_off(&pair->model, timer);
    }
    assert_true(wheel_model_comes_up(&pair->model) >= ikl_wheel_position(wheel));
    pair->model.position = ikl_wheel_position(wheel);
    if (wheel_model_comes_up(&pair->model) <= pair->model.now) {
        assert_int_equal(ikl_wheel_next_deadline(wheel), pair->model.now);
    }
}

static bool is_used_up(const struct ikl_wheel_work *left)
{
    return left->expire == 0 || left->move == 0;
}

/* One call, with the rest of a limit. */
static uint32_t expire_one(struct pair *pair, ikl_time now, struct ikl_wheel_work *left)
{
    struct ikl_wheel_work before = *left;
    uint32_t timer = ikl_wheel_expire_within(pair->wheel, now, left);

    assert_int_equal(before.expire - left->expire, timer != IKL_NO_TIMER);
    assert_true(left->move <= before.move);
    if (timer == IKL_NO_TIMER && is_used_up(left)) {
        follow(pair, now);
    } else {
        assert_int_equal(timer, wheel_model_expire(&pair->model, now));
    }
    compare(pair);
    return timer;
}

/* Most runs end, some are left in the middle. */
static void run(struct pair *pair, ikl_time now, struct ikl_wheel_work left)
{
    uint32_t timer;

    do {
        timer = expire_one(pair, now, &left);
        if (timer != IKL_NO_TIMER && below(pair, 4) == 0) {
            start_stop_or_push(pair, 5);
        }
    } while (timer != IKL_NO_TIMER && below(pair, 200) != 0);
    if (timer == IKL_NO_TIMER && !is_used_up(&left)) {
        assert_true(ikl_wheel_next_deadline(pair->wheel) > now);
        assert_int_equal(ikl_wheel_position(pair->wheel), pair->model.now);
    }
}

/* The next `now`: with herds mostly a small step, sometimes half of the way, now and then close to the
 * first of them or among them. */
static ikl_time any_now(struct pair *pair)
{
    ikl_time position = pair->model.position;

    if (!pair->in_herds || below(pair, 1000) == 0) {
        return any_time(pair, 3000);
    }
    if (below(pair, 100) == 0) {
        return ikl_time_earlier(ikl_time_after(pair->herd, below(pair, 1000)), IKL_NEVER - 1);
    }
    if (below(pair, 50) == 0 && pair->herd > position + 40) {
        return pair->herd - below(pair, 40);
    }
    if (below(pair, 10) == 0 && pair->herd > position) {
        return position + (pair->herd - position) / 2;
    }
    return ikl_time_after(position, below(pair, 4));
}

static const struct ikl_wheel_work unlimited = {UINT32_MAX, UINT32_MAX};

static struct ikl_wheel_work any_work(struct pair *pair)
{
    struct ikl_wheel_work few = {(uint32_t)below(pair, 20), (uint32_t)below(pair, 20)};

    return below(pair, 2) == 0 ? unlimited : few;
}

/* As a host does that sleeps until there is something to do. */
static void run_at_next_deadline(struct pair *pair)
{
    ikl_time now = ikl_wheel_next_deadline(pair->wheel);
    struct ikl_wheel_work left = unlimited;

    if (now == IKL_NEVER) {
        return;
    }
    if (expire_one(pair, now, &left) == IKL_NO_TIMER) {
        assert_true(++pair->early <= pair->excuses);
    } else {
        run(pair, now, any_work(pair));
    }
}

static void reserve(struct pair *pair)
{
    uint32_t capacity = ikl_wheel_capacity(pair->wheel);
    uint32_t more = below(pair, 3) == 0 ? capacity / 2 : 1;

    if (capacity + capacity / 2 < MOST_TIMERS) {
        assert_int_equal(ikl_wheel_reserve(pair->wheel, capacity + more), IKL_OK);
    }
    compare_all(pair);
    compare(pair);
}

static void begin(struct pair *pair, uint64_t seed, uint32_t capacity)
{
    ikl_time now;
    uint32_t width;

    memset(pair, 0, sizeof(*pair));
    pair->random.state = seed;
    test_allocator_init(&pair->memory);
    now = test_random_magnitude(&pair->random);
    if (below(pair, 10) == 0) {
        now = IKL_NEVER - 1 - now;
    }
    width = UINT32_C(32) << below(pair, 7);
    if (width == 32) {
        assert_int_equal(ikl_wheel_new(&pair->wheel, &pair->memory.allocator, capacity, now), IKL_OK);
    } else {
        assert_int_equal(ikl_wheel_new_wide(&pair->wheel, &pair->memory.allocator, capacity, width, now), IKL_OK);
    }
    wheel_model_init(&pair->model, pair->list, now);
}

static void end(struct pair *pair)
{
    wheel_check(pair->wheel);
    ikl_wheel_free(pair->wheel);
    assert_int_equal(pair->memory.outstanding, 0);
}

static void any_step(struct pair *pair)
{
    uint64_t choice = below(pair, 100);

    if (choice < 70) {
        start_stop_or_push(pair, 7);
    } else if (choice < 90) {
        run(pair, any_now(pair), any_work(pair));
    } else if (choice < 98 && !pair->in_herds) {
        run_at_next_deadline(pair);
    } else if (choice >= 98) {
        reserve(pair);
    }
}

static void random_run(uint64_t seed, uint32_t capacity)
{
    static struct pair pair;

    begin(&pair, seed, capacity);
    for (uint32_t step = 0; step < 1500; step++) {
        any_step(&pair);
        if (step % 50 == 0) {
            wheel_check(pair.wheel);
        }
    }
    end(&pair);
}

/* The herds come up one after the other. */
static void random_run_in_herds(uint64_t seed, uint32_t capacity)
{
    static struct pair pair;

    begin(&pair, seed, capacity);
    pair.in_herds = true;
    for (uint32_t herd = 0; herd < 6; herd++) {
        pair.herd = ikl_time_after(pair.model.position, any_distance(&pair));
        for (uint32_t i = 0; i < capacity; i++) {
            start_stop_or_push(&pair, 9);
        }
        for (uint32_t step = 0; step < 1000; step++) {
            any_step(&pair);
            if (step % 20 == 0) {
                wheel_check(pair.wheel);
            }
        }
    }
    end(&pair);
}

static void whatever_is_done_the_wheel_does_what_the_model_does(void **state)
{
    enum { FIRST_SEED = 1000, RUNS = 400 };

    (void)state;
    print_message("seeds %d to %d\n", FIRST_SEED, FIRST_SEED + RUNS - 1);
    for (uint64_t seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
        random_run(seed, 1 + (uint32_t)seed % 50);
    }
}

static void so_it_does_with_many_timers_at_almost_the_same_time(void **state)
{
    enum { FIRST_SEED = 5000, RUNS = 10 };

    (void)state;
    print_message("seeds %d to %d\n", FIRST_SEED, FIRST_SEED + RUNS - 1);
    for (uint64_t seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
        random_run_in_herds(seed, 1000);
    }
}

TESTS_OF(wheel_random)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_done_the_wheel_does_what_the_model_does),
        cmocka_unit_test(so_it_does_with_many_timers_at_almost_the_same_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
