/* SPDX-License-Identifier: ISC */
/* What wheels do because they have slots: how wide they are, how much memory that takes, how timers
 * are moved, and when they wake early for it. */
#include "support/test.h"

#include "support/test_random.h"
#include "support/wheel_fixture.h"

static void the_width_follows_the_capacity_unless_it_is_given(void **state)
{
    static const uint32_t widths[][2] = {{0, 256},       {1024, 256},    {1025, 512},         {20000, 8192},
                                         {32769, 16384}, {65536, 16384}, {1000 * 1000, 16384}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(widths); i++) {
        struct fixture f;

        make(&f, widths[i][0], 0);
        assert_int_equal(ikl_wheel_width(f.wheel), widths[i][1]);
        end(&f);
        make(&f, 0, 0);
        assert_int_equal(ikl_wheel_reserve(f.wheel, widths[i][0]), IKL_OK);
        assert_int_equal(ikl_wheel_width(f.wheel), widths[i][1]);
        end(&f);
    }
    for (uint32_t width = IKL_WHEEL_MIN_WIDTH; width <= IKL_WHEEL_MAX_WIDTH; width *= 2) {
        struct fixture f;

        make_wide(&f, 3, width, 0);
        assert_int_equal(ikl_wheel_reserve(f.wheel, 100000), IKL_OK);
        assert_int_equal(ikl_wheel_width(f.wheel), width);
        end(&f);
    }
}

static void the_memory_of_a_wheel_is_what_its_header_says(void **state)
{
    static const uint32_t capacities[] = {0, 64, 1000, 100000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct fixture f;

        make(&f, capacities[i], 0);
        assert_true(4 * f.memory.outstanding <= 97 * (size_t)capacities[i] + 36 * ikl_wheel_width(f.wheel) + 4 * 14000);
        end(&f);
    }
}

/* A run without limits. Returns how many timers expired and were moved. */
static struct ikl_wheel_work work_of_run(struct ikl_wheel *wheel, ikl_time now)
{
    struct ikl_wheel_work left = {UINT32_MAX, UINT32_MAX};

    while (ikl_wheel_expire_within(wheel, now, &left) != IKL_NO_TIMER) {
    }
    return (struct ikl_wheel_work){UINT32_MAX - left.expire, UINT32_MAX - left.move};
}

struct tally {
    uint32_t starts, moves;
};

/* A hundred timers of a wheel this wide are started for up to `ahead` ms ahead, whenever they do not run, and the wheel
 * runs in many steps of less than `step` ms. */
static struct tally start_and_run(struct test_random *random, uint32_t width, uint32_t ahead, uint32_t step)
{
    struct tally tally = {0, 0};
    struct fixture f;

    make_wide(&f, 100, width, 12345);
    for (uint32_t i = 0; i < 5000; i++) {
        ikl_time position = ikl_wheel_position(f.wheel);

        if (ikl_wheel_deadline(f.wheel, i % 100) == IKL_NEVER) {
            start(f.wheel, i % 100, position + (i % 7 == 0 ? ahead : test_random_below(random, ahead)));
            tally.starts++;
        }
        tally.moves += work_of_run(f.wheel, position + test_random_below(random, step)).move;
    }
    end(&f);
    return tally;
}

static void timers_for_up_to_half_the_width_ahead_are_never_moved(void **state)
{
    struct test_random random = {6};

    (void)state;
    for (uint32_t width = IKL_WHEEL_MIN_WIDTH; width <= IKL_WHEEL_MAX_WIDTH; width *= 4) {
        struct tally tally = start_and_run(&random, width, width / 2, width / 50 + 2);

        assert_true(tally.starts > 1000);
        assert_int_equal(tally.moves, 0);
    }
}

static void timers_for_up_to_16_times_the_width_ahead_are_moved_once_at_most(void **state)
{
    struct test_random random = {7};

    (void)state;
    for (uint32_t width = IKL_WHEEL_MIN_WIDTH; width <= IKL_WHEEL_MAX_WIDTH; width *= 4) {
        struct tally tally = start_and_run(&random, width, 16 * width, width / 4);

        assert_true(tally.starts > 1000);
        assert_true(tally.moves > 500);
        assert_true(tally.moves <= tally.starts);
    }
}

/* In every call some of them are moved, so that none has to move them all. */
static void no_call_has_much_to_do_while_time_goes_in_steps_of_1_ms(void **state)
{
    static const uint32_t delays[] = {2000, 9000, 100000};
    enum { TIMERS = 20000, AT_ONCE = 10 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(delays); i++) {
        struct fixture f;

        make_wide(&f, TIMERS, 1024, 0);
        for (uint32_t timer = 0; timer < TIMERS; timer++) {
            start(f.wheel, timer, delays[i] + timer / AT_ONCE % 1000);
        }
        for (ikl_time now = 1; now < delays[i] + 1000; now++) {
            uint32_t running = ikl_wheel_running(f.wheel);

            struct ikl_wheel_work work = work_of_run(f.wheel, now);

            assert_true(work.expire <= 2 * AT_ONCE);
            assert_true(work.move <= running / (1024 / 4) + 1);
        }
        assert_int_equal(ikl_wheel_running(f.wheel), 0);
        end(&f);
    }
}

static void a_call_at_the_same_time_moves_nothing_more(void **state)
{
    enum { TIMERS = 1000 };
    struct fixture f;
    uint32_t moves = 0;
    ikl_time now;

    (void)state;
    make_wide(&f, TIMERS, 1024, 0);
    for (uint32_t timer = 0; timer < TIMERS; timer++) {
        start(f.wheel, timer, 9000);
    }
    for (now = 1; moves == 0; now++) {
        moves = work_of_run(f.wheel, now).move;
    }
    assert_true(moves < TIMERS);
    assert_int_equal(work_of_run(f.wheel, now - 1).move, 0);
    assert_true(work_of_run(f.wheel, now).move > 0);
    end(&f);
}

/* Timers 0 to `n` - 1 for `deadline`, of which `handed_down` are no longer where they were started. */
static void start_and_hand_down_some(struct ikl_wheel *wheel, uint32_t n, ikl_time deadline, uint32_t handed_down)
{
    struct ikl_wheel_work left = {1, handed_down};

    start(wheel, n, deadline - 1);
    for (uint32_t timer = 0; timer < n; timer++) {
        start(wheel, timer, deadline);
    }
    assert_true(ikl_wheel_stop(wheel, n));
    assert_int_equal(ikl_wheel_expire_within(wheel, deadline - 1, &left), IKL_NO_TIMER);
    assert_int_equal(left.move, 0);
}

static void timers_keep_their_order_when_the_wheel_grows_while_they_are_moved(void **state)
{
    struct fixture f;

    (void)state;
    make(&f, 10, 0);
    start_and_hand_down_some(f.wheel, 9, 300, 5);
    assert_int_equal(ikl_wheel_reserve(f.wheel, 2000), IKL_OK);
    assert_int_equal(ikl_wheel_width(f.wheel), 512);
    start(f.wheel, 9, 300);
    ASSERT_EXPIRES(f.wheel, 300, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    end(&f);
}

static void a_timer_started_while_earlier_ones_are_moved_does_not_hide_them(void **state)
{
    struct fixture f;

    (void)state;
    make_wide(&f, 4, 64, 0);
    start_and_hand_down_some(f.wheel, 2, 1032, 1);
    assert_true(ikl_wheel_stop(f.wheel, 1));
    start(f.wheel, 3, 1035);
    assert_int_equal(ikl_wheel_next_deadline(f.wheel), 1032);
    ASSERT_EXPIRES(f.wheel, 2000, 0, 3);
    end(&f);
}

static void a_timer_is_not_early_when_those_between_were_stopped_while_they_were_moved(void **state)
{
    struct fixture f;

    (void)state;
    make_wide(&f, 4, 64, 0);
    start_and_hand_down_some(f.wheel, 2, 1032, 1);
    assert_true(ikl_wheel_stop(f.wheel, 1));
    start(f.wheel, 3, 4072);
    ASSERT_EXPIRES(f.wheel, 1032, 0);
    for (ikl_time now = 1033; now < 4072; now++) {
        assert_none_expires(f.wheel, now);
    }
    ASSERT_EXPIRES(f.wheel, 4072, 3);
    end(&f);
}

static void a_timer_that_is_stopped_causes_at_most_one_early_wake(void **state)
{
    enum { TIMERS = 200 };
    struct test_random random = {3};
    uint32_t early_in_all = 0;

    (void)state;
    for (uint32_t round = 0; round < 300; round++) {
        struct fixture f;
        uint32_t stops = 0;
        uint32_t early = 0;
        uint64_t span = 1 + test_random_magnitude(&random) / TIMERS;

        make(&f, TIMERS, test_random_below(&random, 1000000));
        for (uint32_t i = 0; i < TIMERS; i++) {
            start(f.wheel, i, ikl_wheel_position(f.wheel) + test_random_below(&random, span));
        }
        while (ikl_wheel_running(f.wheel) != 0) {
            ikl_time now = ikl_wheel_next_deadline(f.wheel);

            early += ikl_wheel_expire(f.wheel, now) == IKL_NO_TIMER;
            while (ikl_wheel_expire(f.wheel, now) != IKL_NO_TIMER) {
            }
            assert_true(ikl_wheel_next_deadline(f.wheel) > now);
            stops += ikl_wheel_stop(f.wheel, (uint32_t)test_random_below(&random, TIMERS));
            assert_true(early <= stops);
        }
        early_in_all += early;
        end(&f);
    }
    assert_true(early_in_all > 0);
}

static void a_timer_started_afresh_causes_at_most_one_early_wake(void **state)
{
    struct fixture f;
    uint32_t wakes = 0;

    (void)state;
    make(&f, 2, 0);
    start(f.wheel, 1, 4000 + HOUR);
    for (uint32_t i = 0; i < 1000; i++) {
        start(f.wheel, 0, 3000 + HOUR + i);
    }
    assert_true(ikl_wheel_next_deadline(f.wheel) <= HOUR + 3999);
    while (ikl_wheel_expire(f.wheel, ikl_wheel_next_deadline(f.wheel)) == IKL_NO_TIMER) {
        wakes++;
    }
    assert_int_equal(ikl_wheel_position(f.wheel), HOUR + 3999);
    assert_int_equal(wakes, 1);
    end(&f);
}

static void a_limit_on_moves_takes_more_calls(void **state)
{
    struct fixture f;
    uint32_t calls;

    (void)state;
    make(&f, 100, 0);
    for (uint32_t timer = 0; timer < 100; timer++) {
        start(f.wheel, timer, HOUR + timer);
    }
    for (calls = 0; ikl_wheel_running(f.wheel) > 0; calls++) {
        struct ikl_wheel_work left = {1000, 2};

        while (ikl_wheel_expire_within(f.wheel, 2 * HOUR, &left) != IKL_NO_TIMER) {
        }
    }
    assert_true(calls > 100 / 2);
    end(&f);
}

/* As many in each millisecond as that takes. */
static void a_full_slot_is_moved_ahead_of_need_within_a_fourth_of_the_width(void **state)
{
    enum { WIDTH = 1024, EACH = 8, TIMERS = EACH * WIDTH / 4 - 1, LIMIT = 100000 };
    uint32_t moved = 0, calls = 0;
    struct fixture f;

    (void)state;
    make_wide(&f, TIMERS, WIDTH, 0);
    for (uint32_t timer = 0; timer < TIMERS; timer++) {
        start(f.wheel, timer, 2 * WIDTH);
    }
    for (ikl_time now = 1; moved < TIMERS; now++) {
        struct ikl_wheel_work left = {LIMIT, LIMIT};

        assert_int_equal(ikl_wheel_expire_within(f.wheel, now, &left), IKL_NO_TIMER);
        assert_true(LIMIT - left.move <= EACH);
        moved += LIMIT - left.move;
        calls += left.move != LIMIT;
    }
    assert_int_equal(calls, WIDTH / 4);
    end(&f);
}

TESTS_OF(wheel_slots)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_width_follows_the_capacity_unless_it_is_given),
        cmocka_unit_test(the_memory_of_a_wheel_is_what_its_header_says),
        cmocka_unit_test(timers_for_up_to_half_the_width_ahead_are_never_moved),
        cmocka_unit_test(timers_for_up_to_16_times_the_width_ahead_are_moved_once_at_most),
        cmocka_unit_test(a_full_slot_is_moved_ahead_of_need_within_a_fourth_of_the_width),
        cmocka_unit_test(no_call_has_much_to_do_while_time_goes_in_steps_of_1_ms),
        cmocka_unit_test(a_call_at_the_same_time_moves_nothing_more),
        cmocka_unit_test(timers_keep_their_order_when_the_wheel_grows_while_they_are_moved),
        cmocka_unit_test(a_timer_started_while_earlier_ones_are_moved_does_not_hide_them),
        cmocka_unit_test(a_timer_is_not_early_when_those_between_were_stopped_while_they_were_moved),
        cmocka_unit_test(a_timer_that_is_stopped_causes_at_most_one_early_wake),
        cmocka_unit_test(a_timer_started_afresh_causes_at_most_one_early_wake),
        cmocka_unit_test(a_limit_on_moves_takes_more_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
