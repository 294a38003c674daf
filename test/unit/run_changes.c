/* SPDX-License-Identifier: ISC */
/* The run of an outstanding request keeps what its header promises when the caller ends it, sends once more, puts off,
 * or takes another schedule. */
#include "support/test.h"

#include <ikelive/watch.h>

enum { SLACK = 100, START = 10000 };

/* Waits of 1, 2, 4 and 4 s. */
static const struct ikl_schedule four = {.waits = {1000, 2000, 4000}, .n_waits = 3, .tries = 4};
static const struct ikl_schedule slow = {.waits = {30000}, .n_waits = 1, .tries = 6};
static const struct ikl_schedule two = {.waits = {500, 700}, .n_waits = 2, .tries = 2};

static struct ikl_run begin(void)
{
    struct ikl_run run;

    ikl_run_begin(&run, &four, 7, START, START, SLACK, 0);
    return run;
}

static struct ikl_run resume(uint32_t attempt, ikl_time deadline)
{
    struct ikl_run run;

    assert_int_equal(ikl_run_resume(&run, &four, 7, START, attempt, START + deadline), IKL_OK);
    return run;
}

static enum ikl_run_step tick(struct ikl_run *run, ikl_time now)
{
    return ikl_run_tick(run, 0, START + now, SLACK, 0);
}

static void all_zero_is_a_run_that_is_not_out(void **state)
{
    const struct ikl_run none = {0};

    (void)state;
    assert_false(ikl_run_is_out(&none));
}

static void a_run_is_out_from_its_beginning_to_its_end(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    assert_true(ikl_run_is_out(&run));
    assert_int_equal(tick(&run, 1000), IKL_RUN_SEND);
    assert_true(ikl_run_is_out(&run));
    ikl_run_end(&run);
    assert_false(ikl_run_is_out(&run));
    assert_ptr_equal(run.schedule, &four);
    assert_true(run.deadline == 0);
    run = resume(2, 3000);
    assert_true(ikl_run_is_out(&run));
}

static void whoever_neither_ends_nor_holds_what_was_given_up_is_told_the_same_again(void **state)
{
    struct ikl_run run = resume(3, 1000), before = run;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tick(&run, 1000), IKL_RUN_GIVE_UP);
        assert_memory_equal(&run, &before, sizeof(run));
    }
}

static void a_send_of_the_callers_own_uses_no_wait_up_and_leaves_time_for_an_answer(void **state)
{
    static const struct {
        ikl_time now, deadline;
    } rows[] = {{0, 3000}, {1500, 3000}, {2000, 3000}, {2001, 3001}, {2999, 3999}, {5000, 6000}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_run run = resume(1, 3000);

        ikl_run_resend(&run, START + rows[i].now);
        assert_int_equal(run.sends, 3);
        assert_int_equal(run.attempt, 1);
        assert_true(run.deadline == START + rows[i].deadline);
        assert_true(ikl_run_last_sent(&run) == START + rows[i].now);
        assert_int_equal(tick(&run, rows[i].deadline), IKL_RUN_SEND);
        assert_int_equal(run.attempt, 2);
    }
}

static void a_run_that_was_put_off_says_so_until_the_next_send(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    ikl_run_put_off(&run, START + 1000);
    assert_false(run.put_off);
    ikl_run_put_off(&run, START + 1001);
    assert_true(run.put_off);
    assert_int_equal(tick(&run, 1000), IKL_RUN_WAIT);
    assert_true(run.put_off);
    assert_int_equal(tick(&run, 1001), IKL_RUN_SEND);
    assert_false(run.put_off);
    ikl_run_put_off(&run, START + 5000);
    assert_int_equal(ikl_run_heard(&run, START + 4000, 0), IKL_RUN_SEND);
    assert_false(run.put_off);
    ikl_run_put_off(&run, START + 6000);
    assert_int_equal(ikl_run_moved(&run, false, START + 5500, 0), IKL_RUN_SEND);
    assert_false(run.put_off);
    ikl_run_put_off(&run, START + 8000);
    ikl_run_resend(&run, START + 6000);
    assert_false(run.put_off);
}

static void the_first_send_can_be_put_off_too(void **state)
{
    struct ikl_run run = {0};

    (void)state;
    ikl_run_put_off(&run, START);
    assert_true(run.deadline == START);
    assert_true(run.put_off);
    assert_false(ikl_run_is_out(&run));
    ikl_run_put_off(&run, START - 1);
    assert_true(run.deadline == START);
    ikl_run_begin(&run, &four, 7, START, START, SLACK, 0);
    assert_false(run.put_off);
    assert_true(ikl_run_last_sent(&run) == START);
}

static void another_schedule_counts_from_the_next_send(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    run.schedule = &slow;
    assert_int_equal(tick(&run, 999), IKL_RUN_WAIT);
    assert_int_equal(tick(&run, 1000), IKL_RUN_SEND);
    assert_true(run.deadline == START + 31000);
    run.schedule = &four;
    assert_int_equal(tick(&run, 30999), IKL_RUN_WAIT);
    assert_int_equal(tick(&run, 31000), IKL_RUN_SEND);
    assert_true(run.deadline == START + 35000);
}

static void a_schedule_that_has_no_try_left_gives_up_at_the_end_of_the_wait(void **state)
{
    (void)state;
    for (uint32_t attempt = 1; attempt < 4; attempt++) {
        struct ikl_run run = resume(attempt, 3000);

        run.schedule = &two;
        assert_true(ikl_run_is_last(&run));
        assert_int_equal(tick(&run, 2999), IKL_RUN_WAIT);
        assert_int_equal(tick(&run, 3000), IKL_RUN_GIVE_UP);
        /* late, or held: the last wait that it has */
        ikl_run_hold(&run, START + 3000);
        assert_true(run.deadline == START + 3700);
        assert_int_equal(tick(&run, 9000), IKL_RUN_SEND);
        assert_true(run.deadline == START + 9700);
        assert_int_equal(tick(&run, 9700), IKL_RUN_GIVE_UP);
    }
}

static void the_peer_becomes_suspect_with_the_retransmission_that_is_said(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    assert_false(ikl_run_is_suspicious(&run, 1));
    assert_int_equal(tick(&run, 1000), IKL_RUN_SEND);
    assert_true(ikl_run_is_suspicious(&run, 1));
    assert_false(ikl_run_is_suspicious(&run, 2));
    assert_int_equal(tick(&run, 3000), IKL_RUN_SEND);
    assert_true(ikl_run_is_suspicious(&run, 1));
    assert_true(ikl_run_is_suspicious(&run, 2));
    assert_false(ikl_run_is_suspicious(&run, 3));
    run = resume(3, 1000);
    assert_false(ikl_run_is_suspicious(&run, 4));
    assert_int_equal(tick(&run, 5000), IKL_RUN_SEND); /* the last wait runs again, as the tick was late */
    assert_true(ikl_run_is_suspicious(&run, 4));
    assert_false(ikl_run_is_suspicious(&run, 5));
}

static void with_suspect_never_no_retransmission_makes_the_peer_suspect(void **state)
{
    static const struct ikl_schedule many = {.waits = {1}, .n_waits = 1, .tries = 300};
    struct ikl_run run;

    (void)state;
    assert_int_equal(ikl_run_resume(&run, &many, 7, START, 299, START), IKL_OK);
    assert_true(ikl_run_is_suspicious(&run, 254));
    assert_false(ikl_run_is_suspicious(&run, IKL_SUSPECT_NEVER));
}

TESTS_OF(run_changes)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_zero_is_a_run_that_is_not_out),
        cmocka_unit_test(a_run_is_out_from_its_beginning_to_its_end),
        cmocka_unit_test(whoever_neither_ends_nor_holds_what_was_given_up_is_told_the_same_again),
        cmocka_unit_test(a_send_of_the_callers_own_uses_no_wait_up_and_leaves_time_for_an_answer),
        cmocka_unit_test(a_run_that_was_put_off_says_so_until_the_next_send),
        cmocka_unit_test(the_first_send_can_be_put_off_too),
        cmocka_unit_test(another_schedule_counts_from_the_next_send),
        cmocka_unit_test(a_schedule_that_has_no_try_left_gives_up_at_the_end_of_the_wait),
        cmocka_unit_test(the_peer_becomes_suspect_with_the_retransmission_that_is_said),
        cmocka_unit_test(with_suspect_never_no_retransmission_makes_the_peer_suspect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
