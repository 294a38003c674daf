/* SPDX-License-Identifier: ISC */
/* The run of an outstanding request keeps the rules and promises of its header. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/watch.h>

enum { SLACK = 100, START = 10000 };

/* Waits of 1, 2, 4 and 4 s. */
static const struct ikl_schedule four = {.waits = {1000, 2000, 4000}, .n_waits = 3, .tries = 4};

static struct ikl_run begin(void)
{
    struct ikl_run run;

    ikl_run_begin(&run, &four, 7, START, START, SLACK, 0);
    return run;
}

/* Ticks at `now`; afterwards the deadline, counted from START, must be this. */
static void assert_tick(struct ikl_run *run, ikl_time now, enum ikl_run_step step, ikl_time deadline)
{
    assert_int_equal(ikl_run_tick(run, 0, START + now, SLACK, 0), step);
    assert_true(run->deadline == START + deadline);
}

static void a_request_begins_with_its_first_wait(void **state)
{
    struct ikl_run run;

    (void)state;
    memset(&run, 0xa5, sizeof(run));
    ikl_run_begin(&run, &four, 0xfffffffe, START, START, SLACK, 0);
    assert_true(run.first_sent == START);
    assert_true(run.deadline == START + 1000);
    assert_true(run.message_id == 0xfffffffe);
    assert_int_equal(run.attempt, 0);
    assert_false(run.extended);
    assert_int_equal(run.sends, 1);
}

static void the_first_wait_counts_from_when_the_request_was_due_unless_that_is_too_long_ago(void **state)
{
    static const struct {
        ikl_time late, deadline;
    } rows[] = {{0, 1000}, {1, 999}, {SLACK, 900}, {SLACK + 1, 1000}, {START, 1000}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_run run;

        ikl_run_begin(&run, &four, 7, START - rows[i].late, START, SLACK, 0);
        assert_true(run.first_sent == START);
        assert_true(run.deadline == START + rows[i].deadline);
    }
}

static void a_request_sent_before_it_was_due_waits_from_when_it_was_sent(void **state)
{
    struct ikl_run run;

    (void)state;
    ikl_run_begin(&run, &four, 7, START + 500, START, SLACK, 0);
    assert_true(run.deadline == START + 1000);
    ikl_run_begin(&run, &four, 7, IKL_NEVER, START, SLACK, 0);
    assert_true(run.deadline == START + 1000);
}

static void ticks_on_time_follow_the_schedule_to_its_end(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    assert_tick(&run, 1000, IKL_RUN_SEND, 3000);
    assert_int_equal(run.attempt, 1);
    assert_int_equal(run.sends, 2);
    assert_tick(&run, 3000, IKL_RUN_SEND, 7000);
    assert_tick(&run, 7000, IKL_RUN_SEND, 11000);
    assert_int_equal(run.attempt, 3);
    assert_int_equal(run.sends, 4);
    assert_tick(&run, 11000, IKL_RUN_GIVE_UP, 11000);
    assert_int_equal(run.sends, 4);
    assert_true(run.first_sent == START);
    assert_int_equal(run.message_id, 7);
    assert_false(run.extended);
}

static void a_tick_before_the_deadline_changes_nothing(void **state)
{
    static const ikl_time early[] = {0, START, START + 1, START + 999};
    struct ikl_run run = begin();
    struct ikl_run before;

    (void)state;
    memcpy(&before, &run, sizeof(before));
    for (size_t i = 0; i < COUNT_OF(early); i++) {
        assert_int_equal(ikl_run_tick(&run, 0, early[i], SLACK, 0), IKL_RUN_WAIT);
        assert_memory_equal(&run, &before, sizeof(run));
    }
}

static void small_delays_do_not_add_up(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    assert_tick(&run, 1000 + SLACK, IKL_RUN_SEND, 3000);
    assert_tick(&run, 3000 + SLACK, IKL_RUN_SEND, 7000);
    assert_tick(&run, 7000 + 1, IKL_RUN_SEND, 11000);
    assert_tick(&run, 11000 + SLACK, IKL_RUN_GIVE_UP, 11000);
}

static void after_a_late_tick_the_next_wait_counts_from_that_tick(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    assert_tick(&run, 1000 + SLACK + 1, IKL_RUN_SEND, 3000 + SLACK + 1);
    assert_tick(&run, 3600000, IKL_RUN_SEND, 3604000);
    assert_int_equal(run.attempt, 2);
    assert_tick(&run, 3604000, IKL_RUN_SEND, 3608000);
    assert_tick(&run, 3608000, IKL_RUN_GIVE_UP, 3608000);
}

static void a_host_that_slept_uses_one_try_however_long_it_slept(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    assert_tick(&run, 1000000, IKL_RUN_SEND, 1002000);
    assert_int_equal(run.attempt, 1);
    assert_tick(&run, 1000000, IKL_RUN_WAIT, 1002000);
}

static void a_wait_never_ends_in_the_tick_that_began_it(void **state)
{
    struct ikl_run run;

    (void)state;
    ikl_run_begin(&run, &four, 7, START, START + 1000, 5000, 0);
    assert_true(run.deadline == START + 1001);
    assert_int_equal(ikl_run_tick(&run, 0, START + 1000, 5000, 0), IKL_RUN_WAIT);
    /* the wait of 2 s would have ended by now */
    assert_int_equal(ikl_run_tick(&run, 0, START + 4000, 5000, 0), IKL_RUN_SEND);
    assert_true(run.deadline == START + 4001);
    assert_int_equal(ikl_run_tick(&run, 0, START + 4000, 5000, 0), IKL_RUN_WAIT);
    assert_int_equal(ikl_run_tick(&run, 0, START + 4001, 5000, 0), IKL_RUN_SEND);
}

static void no_verdict_falls_in_a_late_tick_and_the_last_wait_runs_again_once(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    assert_tick(&run, 1000, IKL_RUN_SEND, 3000);
    assert_tick(&run, 3000, IKL_RUN_SEND, 7000);
    assert_tick(&run, 7000, IKL_RUN_SEND, 11000);
    assert_tick(&run, 11000 + SLACK + 1, IKL_RUN_SEND, 15000 + SLACK + 1);
    assert_true(run.extended);
    assert_int_equal(run.attempt, 3);
    assert_int_equal(run.sends, 5);
    assert_tick(&run, 15000 + SLACK, IKL_RUN_WAIT, 15000 + SLACK + 1);
    assert_tick(&run, 99000, IKL_RUN_GIVE_UP, 15000 + SLACK + 1);
    assert_int_equal(run.sends, 5);
}

static void the_verdict_after_an_extended_wait_may_be_on_time_too(void **state)
{
    struct ikl_run run;

    (void)state;
    assert_int_equal(ikl_run_resume(&run, &four, 7, START, 3, START + 1000), IKL_OK);
    assert_tick(&run, 5000, IKL_RUN_SEND, 9000);
    assert_int_equal(run.sends, 5);
    assert_tick(&run, 9000, IKL_RUN_GIVE_UP, 9000);
}

static void without_slack_every_tick_that_is_late_at_all_is_too_late(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    assert_int_equal(ikl_run_tick(&run, 0, START + 1000, 0, 0), IKL_RUN_SEND);
    assert_true(run.deadline == START + 3000);
    assert_int_equal(ikl_run_tick(&run, 0, START + 3001, 0, 0), IKL_RUN_SEND);
    assert_true(run.deadline == START + 7001);
}

static void a_request_is_resumed_where_it_was(void **state)
{
    struct ikl_run run;

    (void)state;
    memset(&run, 0xa5, sizeof(run));
    assert_int_equal(ikl_run_resume(&run, &four, 9, START - 50, 2, START + 7000), IKL_OK);
    assert_true(run.first_sent == START - 50);
    assert_true(run.deadline == START + 7000);
    assert_int_equal(run.message_id, 9);
    assert_int_equal(run.attempt, 2);
    assert_false(run.extended);
    assert_int_equal(run.sends, 3);
    assert_tick(&run, 6999, IKL_RUN_WAIT, 7000);
    assert_tick(&run, 7000, IKL_RUN_SEND, 11000);
    assert_tick(&run, 11000, IKL_RUN_GIVE_UP, 11000);
}

static void a_request_is_resumed_at_any_attempt_of_its_schedule_and_no_other(void **state)
{
    static const uint32_t beyond[] = {4, 5, 65535, 65536, 65539, UINT32_MAX};
    struct ikl_run run, before;

    (void)state;
    for (uint32_t attempt = 0; attempt < 4; attempt++) {
        assert_int_equal(ikl_run_resume(&run, &four, 9, START, attempt, START), IKL_OK);
        assert_int_equal(run.attempt, attempt);
    }
    memset(&run, 0xa5, sizeof(run));
    memset(&before, 0xa5, sizeof(before));
    for (size_t i = 0; i < COUNT_OF(beyond); i++) {
        assert_int_equal(ikl_run_resume(&run, &four, 9, START, beyond[i], START), IKL_ERR_INVALID);
        assert_memory_equal(&run, &before, sizeof(run));
    }
}

static void the_longest_schedule_is_counted_to_its_end(void **state)
{
    static const struct ikl_schedule longest = {.waits = {1}, .n_waits = 1, .tries = IKL_SCHEDULE_MAX_TRIES};
    struct ikl_run run;

    (void)state;
    ikl_run_begin(&run, &longest, 7, 0, 0, SLACK, 0);
    for (uint32_t now = 1; now < IKL_SCHEDULE_MAX_TRIES; now++) {
        assert_int_equal(ikl_run_tick(&run, 0, now, SLACK, 0), IKL_RUN_SEND);
        assert_int_equal(run.sends, now + 1);
    }
    assert_int_equal(ikl_run_tick(&run, 0, IKL_SCHEDULE_MAX_TRIES + SLACK + 1, SLACK, 0), IKL_RUN_SEND);
    assert_int_equal(run.sends, IKL_SCHEDULE_MAX_TRIES + 1);
    assert_int_equal(ikl_run_tick(&run, 0, run.deadline, SLACK, 0), IKL_RUN_GIVE_UP);
}

/* Not even a peer that is heard again and again wraps it. */
static void the_number_of_sends_stays_at_its_most(void **state)
{
    static const uint32_t most = (1u << 22) - 1;
    struct ikl_run run = begin();

    (void)state;
    run.sends = (most - 1) & most;
    assert_tick(&run, 1000, IKL_RUN_SEND, 3000);
    assert_int_equal(run.sends, most);
    assert_tick(&run, 3000, IKL_RUN_SEND, 7000);
    assert_int_equal(run.sends, most);
}

static void jitter_shortens_every_wait_as_the_schedule_says(void **state)
{
    static const struct ikl_schedule jittered = {.waits = {1000, 2000}, .n_waits = 2, .tries = 2, .jitter = 500};
    struct ikl_run run;

    (void)state;
    ikl_run_begin(&run, &jittered, 7, START, START, SLACK, 1u << 31);
    assert_true(run.deadline == START + 750);
    assert_int_equal(ikl_run_tick(&run, 0, START + 750, SLACK, 1u << 30), IKL_RUN_SEND);
    assert_true(run.deadline == START + 750 + 1750);
    assert_int_equal(ikl_run_tick(&run, 0, START + 9000, SLACK, 1u << 31), IKL_RUN_SEND);
    assert_true(run.deadline == START + 9000 + 1500);
}

static void instead_of_giving_up_the_last_wait_can_begin_again_and_is_not_counted(void **state)
{
    struct ikl_run run;

    (void)state;
    assert_int_equal(ikl_run_resume(&run, &four, 7, START, 3, START + 1000), IKL_OK);
    for (ikl_time now = 1000; now <= 9000; now += 4000) {
        assert_tick(&run, now, IKL_RUN_GIVE_UP, now);
        ikl_run_hold(&run, START + now);
        assert_true(run.deadline == START + now + 4000);
        assert_int_equal(run.sends, 4);
        assert_true(run.first_sent == START);
        assert_tick(&run, now, IKL_RUN_WAIT, now + 4000);
    }
}

static void at_the_end_of_time_a_wait_still_has_a_deadline(void **state)
{
    struct ikl_run run;

    (void)state;
    ikl_run_begin(&run, &four, 7, IKL_NEVER - 10, IKL_NEVER - 10, SLACK, 0);
    assert_true(run.deadline == IKL_NEVER - 1);
    assert_int_equal(ikl_run_tick(&run, 0, IKL_NEVER - 2, SLACK, 0), IKL_RUN_WAIT);
    assert_int_equal(ikl_run_tick(&run, 0, IKL_NEVER - 1, SLACK, 0), IKL_RUN_SEND);
}

/* One request in a random run: its schedule, and what its latest wait was shortened by. */
struct random_run {
    struct ikl_schedule schedule;
    struct ikl_run value;
    uint32_t slack, random;
};

static void begin_run(struct random_run *run, struct test_random *random, ikl_time now)
{
    struct ikl_schedule *schedule = &run->schedule;

    memset(run, 0, sizeof(*run));
    schedule->n_waits = (uint16_t)(1 + test_random_below(random, 4));
    schedule->tries = (uint16_t)(schedule->n_waits + test_random_below(random, 3));
    schedule->jitter = (uint16_t)(test_random_below(random, 2) * test_random_below(random, 901));
    for (uint16_t i = 0; i < schedule->n_waits; i++) {
        schedule->waits[i] = (uint32_t)(1 + test_random_below(random, 500));
    }
    schedule->again = (uint32_t)(test_random_below(random, 2) * test_random_below(random, 501));
    run->slack = (uint32_t)test_random_below(random, 300);
    ikl_run_begin(&run->value, schedule, 7, now, now, run->slack, (uint32_t)test_random(random));
}

/* What the rules say of one tick, looked at from outside. */
static void check_step(const struct random_run *run, const struct ikl_run *before, enum ikl_run_step step, ikl_time now)
{
    const struct ikl_run *after = &run->value;
    bool late = now > before->deadline && now - before->deadline > run->slack;
    bool last = before->attempt + 1u == run->schedule.tries;
    bool again = late && before->attempt + 2u >= run->schedule.tries;
    ikl_time from = late ? now : before->deadline;

    if (now < before->deadline) {
        assert_int_equal(step, IKL_RUN_WAIT);
    } else if (last && (!late || before->extended)) {
        assert_int_equal(step, IKL_RUN_GIVE_UP);
        assert_int_equal(after->sends, before->sends);
    } else {
        assert_int_equal(step, IKL_RUN_SEND);
        assert_int_equal(after->sends, before->sends + 1);
        assert_int_equal(after->attempt, before->attempt + (last ? 0 : 1));
        from += again ? ikl_schedule_wait_again(&run->schedule, run->random)
                      : ikl_schedule_jittered_wait(&run->schedule, after->attempt, run->random);
        assert_true(after->deadline == ikl_time_later(from, now + 1));
    }
}

static void whenever_the_ticks_come_the_rules_are_kept(void **state)
{
    struct test_random random = {20};

    (void)state;
    for (int n = 0; n < 3000; n++) {
        ikl_time now = test_random_magnitude(&random) / 2;
        enum ikl_run_step step = IKL_RUN_WAIT;
        struct random_run run;

        begin_run(&run, &random, now);
        while (step != IKL_RUN_GIVE_UP) {
            struct ikl_run before = run.value;

            now += test_random_below(&random, n % 2 == 0 ? 50 : 1000);
            run.random = (uint32_t)test_random(&random);
            step = ikl_run_tick(&run.value, 0, now, run.slack, run.random);
            check_step(&run, &before, step, now);
        }
        assert_int_equal(run.value.sends, run.schedule.tries + (run.value.extended ? 1 : 0));
    }
}

TESTS_OF(run)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_begins_with_its_first_wait),
        cmocka_unit_test(the_first_wait_counts_from_when_the_request_was_due_unless_that_is_too_long_ago),
        cmocka_unit_test(a_request_sent_before_it_was_due_waits_from_when_it_was_sent),
        cmocka_unit_test(ticks_on_time_follow_the_schedule_to_its_end),
        cmocka_unit_test(a_tick_before_the_deadline_changes_nothing),
        cmocka_unit_test(small_delays_do_not_add_up),
        cmocka_unit_test(after_a_late_tick_the_next_wait_counts_from_that_tick),
        cmocka_unit_test(a_host_that_slept_uses_one_try_however_long_it_slept),
        cmocka_unit_test(a_wait_never_ends_in_the_tick_that_began_it),
        cmocka_unit_test(no_verdict_falls_in_a_late_tick_and_the_last_wait_runs_again_once),
        cmocka_unit_test(the_verdict_after_an_extended_wait_may_be_on_time_too),
        cmocka_unit_test(without_slack_every_tick_that_is_late_at_all_is_too_late),
        cmocka_unit_test(a_request_is_resumed_where_it_was),
        cmocka_unit_test(a_request_is_resumed_at_any_attempt_of_its_schedule_and_no_other),
        cmocka_unit_test(the_longest_schedule_is_counted_to_its_end),
        cmocka_unit_test(the_number_of_sends_stays_at_its_most),
        cmocka_unit_test(jitter_shortens_every_wait_as_the_schedule_says),
        cmocka_unit_test(instead_of_giving_up_the_last_wait_can_begin_again_and_is_not_counted),
        cmocka_unit_test(at_the_end_of_time_a_wait_still_has_a_deadline),
        cmocka_unit_test(whenever_the_ticks_come_the_rules_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
