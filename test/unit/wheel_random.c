/* Whatever is done to it, the wheel does what the obvious model does.
 * SPDX-License-Identifier: ISC */
#include "support/test.h"

#include "support/test_allocator.h"
#include "support/test_random.h"
#include "support/wheel_model.h"

enum { HOUR = 3600000 };

/* A wheel and the model side by side. */
struct pair {
    struct test_random random;
    struct test_allocator memory;
    struct ikl_wheel *wheel;
    struct wheel_model model;
    struct wheel_model_timer list[256];
};

static uint32_t any_timer(struct pair *pair)
{
    return (uint32_t)test_random_below(&pair->random, ikl_wheel_capacity(pair->wheel));
}

static uint64_t any_distance(struct pair *pair)
{
    switch (test_random_below(&pair->random, 6)) {
    case 0:
        return test_random_below(&pair->random, 2);
    case 1:
        return test_random_below(&pair->random, 64);
    case 2:
        return test_random_below(&pair->random, 5000);
    case 3:
        return 64 * test_random_below(&pair->random, 5);
    case 4:
        return test_random_magnitude(&pair->random);
    default:
        return test_random_below(&pair->random, HOUR);
    }
}

/* Mostly after the position, sometimes before it, once in `rarely` close to the end of time; never IKL_NEVER. */
static ikl_time any_time(struct pair *pair, uint64_t rarely)
{
    ikl_time position = pair->model.position;
    uint64_t distance = any_distance(pair);

    if (test_random_below(&pair->random, rarely) == 0) {
        return IKL_NEVER - 1 - distance % 5000;
    }
    if (test_random_below(&pair->random, 12) == 0) {
        return distance < position ? position - distance : 0;
    }
    return ikl_time_after(position, distance);
}

static void compare_one(const struct pair *pair, uint32_t timer)
{
    assert_int_equal(ikl_wheel_deadline(pair->wheel, timer), wheel_model_deadline(&pair->model, timer));
}

static void compare(const struct pair *pair)
{
    const struct ikl_wheel *wheel = pair->wheel;
    ikl_time next = ikl_wheel_next_deadline(wheel);

    assert_int_equal(ikl_wheel_running(wheel), pair->model.running);
    assert_int_equal(ikl_wheel_position(wheel), pair->model.position);
    assert_true(next <= wheel_model_earliest(&pair->model));
    assert_int_equal(next == IKL_NEVER, pair->model.running == 0);
}

static void start_or_stop(struct pair *pair, unsigned starts_in_ten)
{
    uint32_t timer = any_timer(pair);

    if (test_random_below(&pair->random, 10) < starts_in_ten) {
        ikl_time deadline = any_time(pair, 10);

        assert_int_equal(ikl_wheel_start(pair->wheel, timer, deadline), IKL_OK);
        wheel_model_start(&pair->model, timer, deadline);
    } else {
        assert_int_equal(ikl_wheel_stop(pair->wheel, timer), wheel_model_stop(&pair->model, timer));
    }
    compare_one(pair, timer);
    compare(pair);
}

/* Most runs end, some are left in the middle. */
static void run(struct pair *pair)
{
    ikl_time now = any_time(pair, 3000);
    uint32_t timer;

    do {
        timer = ikl_wheel_expire(pair->wheel, now);
        assert_int_equal(timer, wheel_model_expire(&pair->model, now));
        compare(pair);
        if (timer != IKL_NO_TIMER && test_random_below(&pair->random, 4) == 0) {
            start_or_stop(pair, 5);
        }
    } while (timer != IKL_NO_TIMER && test_random_below(&pair->random, 200) != 0);
    if (timer == IKL_NO_TIMER) {
        assert_true(ikl_wheel_next_deadline(pair->wheel) > now);
    }
}

static void reserve(struct pair *pair)
{
    uint32_t capacity = ikl_wheel_capacity(pair->wheel);

    if (capacity < 150) {
        assert_int_equal(ikl_wheel_reserve(pair->wheel, capacity + 1), IKL_OK);
    }
    for (uint32_t timer = 0; timer < ikl_wheel_capacity(pair->wheel); timer++) {
        compare_one(pair, timer);
    }
    compare(pair);
}

static void random_run(uint64_t seed)
{
    struct pair pair = {.random = {seed}};
    ikl_time now = test_random_magnitude(&pair.random);

    test_allocator_init(&pair.memory);
    assert_int_equal(
        ikl_wheel_new(&pair.wheel, &pair.memory.allocator, 1 + (uint32_t)test_random_below(&pair.random, 50), now),
        IKL_OK);
    wheel_model_init(&pair.model, pair.list, now);
    for (uint32_t step = 0; step < 1500; step++) {
        uint64_t choice = test_random_below(&pair.random, 100);

        if (choice < 70) {
            start_or_stop(&pair, 8);
        } else if (choice < 98) {
            run(&pair);
        } else {
            reserve(&pair);
        }
    }
    ikl_wheel_free(pair.wheel);
    assert_int_equal(pair.memory.outstanding, 0);
}

static void whatever_is_done_the_wheel_does_what_the_model_does(void **state)
{
    enum { FIRST_SEED = 1000, RUNS = 400 };

    (void)state;
    print_message("seeds %d to %d\n", FIRST_SEED, FIRST_SEED + RUNS - 1);
    for (uint64_t seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
        random_run(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_done_the_wheel_does_what_the_model_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
