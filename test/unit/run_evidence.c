/* SPDX-License-Identifier: ISC */
/* The run of an outstanding request keeps what its header promises of peers that are heard and of moves: see the policy
 * at the top of watch.c. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/watch.h>

enum { SLACK = 100, START = 10000, SECOND = 1000 };

/* Waits of 1, 2, 4 and 4 s: 11 s in all. */
static const struct ikl_schedule four = {.waits = {1000, 2000, 4000}, .n_waits = 3, .tries = 4};

static struct ikl_run begin(void)
{
    struct ikl_run run;

    ikl_run_begin(&run, &four, 7, START, START, SLACK, 0);
    return run;
}

/* In the last wait, which ends at START + 11 s; 4 sends. */
static struct ikl_run begin_last(void)
{
    struct ikl_run run = begin();

    while (!ikl_run_is_last(&run)) {
        assert_int_equal(ikl_run_tick(&run, 0, run.deadline, SLACK, 0), IKL_RUN_SEND);
    }
    assert_true(run.deadline == START + 11 * SECOND);
    return run;
}

static enum ikl_run_step hear(struct ikl_run *run, ikl_time at)
{
    return ikl_run_heard(run, START + at, 0);
}

/* Ticks at the deadline until it is given up; returns when, counted from START. */
static ikl_time given_up(struct ikl_run *run)
{
    while (ikl_run_tick(run, 0, run->deadline, SLACK, 0) == IKL_RUN_SEND) {
    }
    return run->deadline - START;
}

static void a_silent_peer_is_given_up_at_exactly_the_total(void **state)
{
    (void)state;
    for (size_t i = 0; ikl_schedule_name(i) != NULL; i++) {
        const struct ikl_schedule *schedule = ikl_schedule_by_name(ikl_schedule_name(i));
        struct ikl_run run;
        uint32_t sends = 1;

        ikl_run_begin(&run, schedule, 7, START, START, SLACK, 0);
        while (ikl_run_tick(&run, START, run.deadline, SLACK, 0) == IKL_RUN_SEND) {
            sends++;
        }
        assert_true(run.deadline - START == ikl_schedule_total(schedule));
        assert_int_equal(sends, schedule->tries);
        assert_int_equal(run.sends, schedule->tries);
    }
    assert_int_equal(ikl_schedule_total(ikl_schedule_default()), 319000);
}

static void a_peer_that_is_heard_in_a_wait_gets_the_request_once_more_in_it(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    assert_int_equal(ikl_run_tick(&run, 0, START + 1000, SLACK, 0), IKL_RUN_SEND);
    assert_int_equal(hear(&run, 1999), IKL_RUN_WAIT); /* within the first wait after the send */
    assert_int_equal(hear(&run, 2000), IKL_RUN_SEND);
    assert_true(run.deadline == START + 3000); /* the schedule runs on */
    assert_int_equal(run.attempt, 1);
    assert_int_equal(run.sends, 3);
    assert_true(ikl_run_last_sent(&run) == START + 2000);
    assert_int_equal(hear(&run, 2999), IKL_RUN_WAIT);
    assert_int_equal(ikl_run_tick(&run, 0, START + 3000, SLACK, 0), IKL_RUN_SEND);
    assert_int_equal(hear(&run, 4000), IKL_RUN_SEND); /* a new wait */
    assert_int_equal(hear(&run, 6999), IKL_RUN_WAIT);
    assert_true(given_up(&run) == 11 * SECOND);
    assert_int_equal(run.sends, 6);
}

static void a_wait_that_is_over_belongs_to_the_tick(void **state)
{
    struct ikl_run run = begin(), before = run;

    (void)state;
    assert_int_equal(hear(&run, 1000), IKL_RUN_WAIT);
    assert_int_equal(hear(&run, 50000), IKL_RUN_WAIT);
    assert_memory_equal(&run, &before, sizeof(run));
    run = begin_last();
    assert_int_equal(hear(&run, 11000), IKL_RUN_WAIT);
    assert_false(run.again);
}

static void a_peer_that_is_heard_in_the_last_wait_gets_the_whole_schedule_once_more(void **state)
{
    struct ikl_run run = begin_last();

    (void)state;
    assert_int_equal(hear(&run, 7999), IKL_RUN_WAIT);
    assert_int_equal(hear(&run, 10999), IKL_RUN_SEND);
    assert_true(run.again);
    assert_int_equal(run.attempt, 0);
    assert_true(run.deadline == START + 11999);
    assert_true(given_up(&run) == 10999 + 11 * SECOND);
    assert_int_equal(run.sends, 8);
}

static void the_second_run_is_the_last(void **state)
{
    struct ikl_run run = begin_last();

    (void)state;
    assert_int_equal(hear(&run, 10000), IKL_RUN_SEND);
    while (!ikl_run_is_last(&run)) {
        assert_int_equal(ikl_run_tick(&run, 0, run.deadline, SLACK, 0), IKL_RUN_SEND);
    }
    assert_int_equal(hear(&run, 18000), IKL_RUN_SEND); /* once more, but the wait runs on */
    assert_int_equal(hear(&run, 20000), IKL_RUN_WAIT);
    assert_true(run.deadline == START + 21000);
    assert_int_equal(ikl_run_tick(&run, START + 20999, START + 21000, SLACK, 0), IKL_RUN_GIVE_UP);
}

static void evidence_that_is_looked_up_before_the_verdict_counts_the_second_run_from_it(void **state)
{
    static const struct {
        ikl_time evidence, deadline;
        uint32_t attempt;
    } rows[] = {
        {7001, 7001 + 7000, 2}, /* 4 s ago: the waits of 1 and 2 s are over */
        {8000, 8000 + 7000, 2}, /* 3 s ago: so they are */
        {8001, 8001 + 3000, 1}, /* 1 ms less */
        {10000, 10000 + 3000, 1}, {10001, 10001 + 1000, 0},
        {11000, 12000, 0},        {99999, 12000, 0}, /* the future is the present */
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_run run = begin_last();

        assert_int_equal(ikl_run_tick(&run, START + rows[i].evidence, START + 11000, SLACK, 0), IKL_RUN_SEND);
        assert_true(run.again);
        assert_int_equal(run.attempt, rows[i].attempt);
        assert_true(run.deadline == START + rows[i].deadline);
        assert_true(given_up(&run) == (rows[i].evidence < 11000 ? rows[i].evidence : 11000) + 11000);
    }
}

static void a_second_run_that_would_be_over_just_now_begins_now(void **state)
{
    struct ikl_run run = begin_last();

    (void)state;
    assert_int_equal(ikl_run_tick(&run, START + 7001, START + 7001 + 11000, 8000, 0), IKL_RUN_SEND);
    assert_int_equal(run.attempt, 0);
    assert_true(run.deadline == START + 7001 + 11000 + 1000);
}

static void evidence_from_before_the_last_send_is_no_evidence(void **state)
{
    struct ikl_run run = begin_last();

    (void)state;
    assert_int_equal(ikl_run_tick(&run, START + 7000, START + 11000, SLACK, 0), IKL_RUN_GIVE_UP);
}

static void in_a_late_tick_the_second_run_counts_from_that_tick(void **state)
{
    struct ikl_run run = begin_last();

    (void)state;
    assert_int_equal(ikl_run_tick(&run, START + 8000, START + 11101, SLACK, 0), IKL_RUN_SEND);
    assert_false(run.extended);
    assert_int_equal(run.attempt, 0);
    assert_true(run.deadline == START + 12101);
    assert_true(given_up(&run) == 11101 + 11000);
}

static void jitter_only_shortens_the_waits_of_a_second_run_and_after_a_move(void **state)
{
    static const struct ikl_schedule jittered = {.waits = {1000, 2000}, .n_waits = 2, .tries = 2, .jitter = 500};
    struct ikl_run run;

    (void)state;
    ikl_run_begin(&run, &jittered, 7, START, START, SLACK, 0);
    assert_int_equal(ikl_run_tick(&run, 0, START + 1000, SLACK, 0), IKL_RUN_SEND);
    assert_int_equal(ikl_run_tick(&run, START + 1001, START + 3000, SLACK, 1u << 31), IKL_RUN_SEND);
    assert_int_equal(run.attempt, 1);
    assert_true(run.deadline == START + 4001 - 500);
    assert_int_equal(ikl_run_moved(&run, false, START + 3100, 1u << 31), IKL_RUN_SEND);
    assert_true(run.deadline == START + 3100 + 750);
    assert_int_equal(ikl_run_resume(&run, &jittered, 7, START, 1, START + 5000), IKL_OK);
    assert_int_equal(ikl_run_heard(&run, START + 4500, 1u << 31), IKL_RUN_SEND);
    assert_true(run.deadline == START + 4500 + 750);
}

static void a_move_begins_the_schedule_again_wherever_it_was(void **state)
{
    (void)state;
    for (uint32_t attempt = 0; attempt < 4; attempt++) {
        struct ikl_run run;

        assert_int_equal(ikl_run_resume(&run, &four, 7, START, attempt, START + 1000), IKL_OK);
        assert_int_equal(ikl_run_moved(&run, false, START + 300, 0), IKL_RUN_SEND);
        assert_int_equal(run.attempt, 0);
        assert_int_equal(run.sends, attempt + 2);
        assert_true(run.first_sent == START);
        assert_true(given_up(&run) == 300 + 11 * SECOND);
    }
}

static void a_wait_that_leaves_just_enough_time_for_an_answer_is_no_new_chance(void **state)
{
    struct ikl_run run = begin_last();

    (void)state;
    ikl_run_reconnected(&run, START + 10000);
    assert_true(run.deadline == START + 11000);
    assert_int_equal(run.followed, 0);
    ikl_run_reconnected(&run, START + 10001);
    assert_true(run.deadline == START + 11001);
    assert_int_equal(run.followed, 1);
}

static void only_three_moves_of_the_peers_begin_the_schedule_again(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    for (ikl_time now = 0; now < 1000; now += 100) {
        assert_int_equal(ikl_run_moved(&run, true, START + now, 0), now < 300 ? IKL_RUN_SEND : IKL_RUN_WAIT);
    }
    assert_true(run.deadline == START + 1200);
    assert_int_equal(run.sends, 4);
    assert_int_equal(ikl_run_moved(&run, false, START + 1000, 0), IKL_RUN_SEND); /* ours */
}

static void what_was_taken_over_with_times_that_cannot_be_gets_the_nearest_that_can(void **state)
{
    static const struct {
        ikl_time first_sent, deadline, is_first, is_deadline;
        bool future;
    } rows[] = {
        {START - 500, START + 2000, START - 500, START + 2000, false},
        {START, START, START, START, false},
        {START + 1, START + 2000, START, START + 2000, true},
        {START - 500, START + 2001, START - 500, START + 2000, true},
        {IKL_NEVER - 1, IKL_NEVER - 1, START, START + 2000, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_run run;

        assert_int_equal(ikl_run_resume(&run, &four, 7, rows[i].first_sent, 1, rows[i].deadline), IKL_OK);
        assert_int_equal(ikl_run_take_over(&run, START), rows[i].future);
        assert_true(run.first_sent == rows[i].is_first);
        assert_true(run.deadline == rows[i].is_deadline);
        assert_true(ikl_run_last_sent(&run) == START);
    }
}

static void a_resumed_request_counts_as_sent_when_its_wait_began_or_first(void **state)
{
    struct ikl_run run;

    (void)state;
    assert_int_equal(ikl_run_resume(&run, &four, 7, START, 2, START + 9000), IKL_OK);
    assert_true(ikl_run_last_sent(&run) == START + 5000);
    assert_int_equal(ikl_run_resume(&run, &four, 7, START, 2, START + 3000), IKL_OK);
    assert_true(ikl_run_last_sent(&run) == START);
    assert_int_equal(ikl_run_resume(&run, &four, 7, 0, 2, 3000), IKL_OK);
    assert_true(ikl_run_last_sent(&run) == 0);
}

static void a_send_is_put_off_but_never_brought_forward(void **state)
{
    struct ikl_run run = begin();

    (void)state;
    ikl_run_put_off(&run, START + 999);
    assert_true(run.deadline == START + 1000);
    ikl_run_put_off(&run, START + 1500);
    assert_true(run.deadline == START + 1500);
    assert_true(ikl_run_last_sent(&run) == START);
    assert_int_equal(ikl_run_tick(&run, 0, START + 1499, SLACK, 0), IKL_RUN_WAIT);
    assert_int_equal(ikl_run_tick(&run, 0, START + 1500, SLACK, 0), IKL_RUN_SEND);
}

/* Then it seems to have been sent later than it was, so evidence counts less: it is sent again later, not too often. */
static void a_send_put_off_by_more_than_49_days_counts_as_sent_at_most_49_days_before(void **state)
{
    struct ikl_run run = begin();
    ikl_time until = START + 2 * (ikl_time)UINT32_MAX;

    (void)state;
    ikl_run_put_off(&run, until);
    assert_true(run.deadline == until);
    assert_true(ikl_run_last_sent(&run) == until - UINT32_MAX);
    assert_int_equal(ikl_run_heard(&run, START + 5000, 0), IKL_RUN_WAIT);
    assert_int_equal(ikl_run_heard(&run, until - UINT32_MAX + 1000, 0), IKL_RUN_SEND);
    assert_int_equal(ikl_run_tick(&run, 0, until, SLACK, 0), IKL_RUN_SEND);
    assert_true(ikl_run_last_sent(&run) == until);
}

static void at_the_end_of_time_a_second_run_and_a_move_still_have_deadlines(void **state)
{
    struct ikl_run run;

    (void)state;
    assert_int_equal(ikl_run_resume(&run, &four, 7, 0, 3, IKL_NEVER - 5000), IKL_OK);
    assert_int_equal(ikl_run_heard(&run, IKL_NEVER - 5500, 0), IKL_RUN_SEND);
    assert_true(run.deadline == IKL_NEVER - 4500);
    assert_int_equal(ikl_run_moved(&run, false, IKL_NEVER - 10, 0), IKL_RUN_SEND);
    assert_true(run.deadline == IKL_NEVER - 1);
    assert_true(ikl_run_last_sent(&run) == IKL_NEVER - 10);
    assert_int_equal(ikl_run_resume(&run, &four, 7, 0, 3, IKL_NEVER - 500), IKL_OK);
    assert_int_equal(ikl_run_tick(&run, IKL_NEVER - 600, IKL_NEVER - 500, SLACK, 0), IKL_RUN_SEND);
    assert_true(run.deadline == IKL_NEVER - 1);
}

static void the_bounds_for_a_peer_that_talks_saturate(void **state)
{
    static const struct ikl_schedule longest = {
        .waits = {IKL_SCHEDULE_MAX_WAIT}, .n_waits = 1, .tries = IKL_SCHEDULE_MAX_TRIES};
    struct ikl_schedule to_never = {.waits = {61367295, IKL_SCHEDULE_MAX_WAIT}, .n_waits = 2, .tries = 50};

    (void)state;
    assert_int_equal(ikl_schedule_worst_unanswered(ikl_schedule_default(), 0), 638000);
    assert_int_equal(ikl_schedule_most_sends(ikl_schedule_default(), 0), 38);
    assert_int_equal(ikl_schedule_worst_unanswered(&four, 3), 5 * 11000);
    assert_int_equal(ikl_schedule_most_sends(&four, 3), 7 * 5);
    assert_true(ikl_schedule_worst_unanswered(&longest, UINT32_MAX) == IKL_NEVER - 1);
    assert_int_equal(ikl_schedule_total(&to_never), UINT32_MAX); /* 2^32 + 1 of which end at IKL_NEVER */
    assert_true(ikl_schedule_worst_unanswered(&to_never, UINT32_MAX) == IKL_NEVER - 1);
    to_never.waits[0]--;
    assert_true(ikl_schedule_worst_unanswered(&to_never, UINT32_MAX) == IKL_NEVER - 4294967297u);
    assert_true(ikl_schedule_most_sends(&longest, UINT32_MAX) == UINT64_C(131069) * 4294967297u);
}

/* A peer that does whatever may keep a run alive, and never answers. */
struct talker {
    struct ikl_schedule schedule;
    struct ikl_run run;
    struct test_random random;
    ikl_time now, began;
    ikl_time sign;     /* the latest sign of life, or move */
    ikl_time evidence; /* of its Child SAs */
    uint32_t moves, most_moves, sends;
    ikl_time late;  /* ticks come up to so many ms late */
    ikl_time pause; /* between what the peer does, up to so many ms; 0: it is silent */
    ikl_time until; /* then it falls silent */
};

static void talker_init(struct talker *talker, uint64_t seed)
{
    struct ikl_schedule *schedule = &talker->schedule;

    memset(talker, 0, sizeof(*talker));
    talker->random.state = seed;
    schedule->n_waits = (uint16_t)(1 + test_random_below(&talker->random, 6));
    schedule->tries = (uint16_t)(schedule->n_waits + test_random_below(&talker->random, 4));
    for (uint16_t i = 0; i < schedule->n_waits; i++) {
        schedule->waits[i] = (uint32_t)(1 + test_random_below(&talker->random, 64000));
    }
    schedule->again = (uint32_t)(test_random_below(&talker->random, 2) * test_random_below(&talker->random, 64001));
    talker->began = talker->now = test_random_below(&talker->random, 1u << 30);
    talker->sign = talker->now;
    talker->pause = test_random_below(&talker->random, 4) == 0 ? 0 : 1 + test_random_below(&talker->random, 9000);
    talker->until = test_random_below(&talker->random, 2) == 0
                        ? IKL_NEVER
                        : talker->now + test_random_below(&talker->random, 2 * ikl_schedule_total(schedule));
    talker->sends = 1;
    ikl_run_begin(&talker->run, schedule, 7, talker->now, talker->now, SLACK, 0);
}

static void count_step(struct talker *talker, enum ikl_run_step step)
{
    talker->sends += step == IKL_RUN_SEND ? 1 : 0;
    assert_int_equal(talker->run.sends, talker->sends);
    assert_true(ikl_run_last_sent(&talker->run) <= talker->now);
    assert_true(talker->run.deadline > talker->now || step == IKL_RUN_WAIT);
}

static void do_something(struct talker *talker)
{
    struct ikl_run *run = &talker->run;

    switch (test_random_below(&talker->random, 8)) {
    case 0:
        if (talker->moves < talker->most_moves) {
            bool followed = test_random_below(&talker->random, 2) == 0;
            enum ikl_run_step step = ikl_run_moved(run, followed, talker->now, 0);

            talker->moves += step == IKL_RUN_SEND ? 1 : 0;
            talker->sign = talker->now;
            count_step(talker, step);
        }
        break;
    case 1:
    case 2:
        talker->evidence = talker->sign = talker->now;
        break;
    default:
        talker->sign = talker->now;
        talker->evidence = talker->now;
        count_step(talker, ikl_run_heard(run, talker->now, 0));
        break;
    }
}

/* When the tick comes that is due at the deadline. */
static ikl_time tick_of(const struct talker *talker, ikl_time late)
{
    return ikl_time_later(talker->run.deadline + late, talker->now);
}

/* Runs to the verdict. */
static void run_to_verdict(struct talker *talker)
{
    enum ikl_run_step step = IKL_RUN_WAIT;
    ikl_time next = talker->now + 1;

    while (step != IKL_RUN_GIVE_UP) {
        ikl_time late = talker->late != 0 ? test_random_below(&talker->random, talker->late) : 0;

        while (talker->pause != 0 && next < talker->until && next <= tick_of(talker, late)) {
            talker->now = next;
            do_something(talker);
            next += 1 + test_random_below(&talker->random, talker->pause);
        }
        talker->now = tick_of(talker, late);
        step = ikl_run_tick(&talker->run, talker->evidence, talker->now, SLACK, 0);
        if (step != IKL_RUN_GIVE_UP) {
            count_step(talker, step);
        }
    }
}

enum { RUNS = 20000 };

static void whatever_a_peer_does_its_verdict_falls_within_the_bounds(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        struct talker talker;
        ikl_time total;

        talker_init(&talker, seed);
        talker.most_moves = (uint32_t)(seed % 5);
        run_to_verdict(&talker);
        total = ikl_schedule_total(&talker.schedule);
        assert_true(talker.now - talker.began <= ikl_schedule_worst_unanswered(&talker.schedule, talker.moves));
        assert_true(talker.sends <= ikl_schedule_most_sends(&talker.schedule, talker.moves));
        assert_true(talker.now - talker.sign <= total); /* at most the total after its last sign of life */
        if (talker.pause == 0) {
            assert_true(talker.now - talker.began == total);
            assert_int_equal(talker.sends, talker.schedule.tries);
        }
    }
}

/* What late ticks may add beside their lateness. */
static uint64_t most_added(const struct ikl_schedule *schedule, uint32_t moves)
{
    uint64_t again = ikl_schedule_wait_again(schedule, 0);

    return again > ikl_schedule_wait(schedule, schedule->tries - 1u) ? again * (3 + moves) : again;
}

static void late_ticks_add_how_late_they_are_and_the_last_wait_again(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        struct talker talker;
        uint64_t most;

        talker_init(&talker, seed);
        talker.most_moves = (uint32_t)(seed % 5);
        talker.late = 1 + seed % 1000;
        run_to_verdict(&talker);
        most =
            ikl_schedule_worst_unanswered(&talker.schedule, talker.moves) + most_added(&talker.schedule, talker.moves);
        assert_true(talker.now - talker.began <= most + talker.late * talker.sends);
        assert_true(talker.sends <= ikl_schedule_most_sends(&talker.schedule, talker.moves) + 2);
    }
}

/* The bounds are not idle: peers are found that come close to them. */
static void there_are_peers_that_come_close_to_the_bounds(void **state)
{
    struct talker talker;
    ikl_time total;

    (void)state;
    talker_init(&talker, 1);
    talker.schedule = *ikl_schedule_default();
    talker.pause = 500;
    talker.until = IKL_NEVER;
    ikl_run_begin(&talker.run, &talker.schedule, 7, talker.now, talker.now, SLACK, 0);
    run_to_verdict(&talker);
    total = ikl_schedule_total(&talker.schedule);
    /* heard just after the last send: the second run begins there; and once more in each wait but the first */
    assert_in_range(talker.now - talker.began, 2 * total - 64000, 2 * total);
    assert_in_range(talker.sends, 30, 38);
}

TESTS_OF(run_evidence)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_peer_is_given_up_at_exactly_the_total),
        cmocka_unit_test(a_peer_that_is_heard_in_a_wait_gets_the_request_once_more_in_it),
        cmocka_unit_test(a_wait_that_is_over_belongs_to_the_tick),
        cmocka_unit_test(a_peer_that_is_heard_in_the_last_wait_gets_the_whole_schedule_once_more),
        cmocka_unit_test(the_second_run_is_the_last),
        cmocka_unit_test(evidence_that_is_looked_up_before_the_verdict_counts_the_second_run_from_it),
        cmocka_unit_test(a_second_run_that_would_be_over_just_now_begins_now),
        cmocka_unit_test(evidence_from_before_the_last_send_is_no_evidence),
        cmocka_unit_test(in_a_late_tick_the_second_run_counts_from_that_tick),
        cmocka_unit_test(jitter_only_shortens_the_waits_of_a_second_run_and_after_a_move),
        cmocka_unit_test(a_move_begins_the_schedule_again_wherever_it_was),
        cmocka_unit_test(a_wait_that_leaves_just_enough_time_for_an_answer_is_no_new_chance),
        cmocka_unit_test(only_three_moves_of_the_peers_begin_the_schedule_again),
        cmocka_unit_test(what_was_taken_over_with_times_that_cannot_be_gets_the_nearest_that_can),
        cmocka_unit_test(a_resumed_request_counts_as_sent_when_its_wait_began_or_first),
        cmocka_unit_test(a_send_is_put_off_but_never_brought_forward),
        cmocka_unit_test(a_send_put_off_by_more_than_49_days_counts_as_sent_at_most_49_days_before),
        cmocka_unit_test(at_the_end_of_time_a_second_run_and_a_move_still_have_deadlines),
        cmocka_unit_test(the_bounds_for_a_peer_that_talks_saturate),
        cmocka_unit_test(whatever_a_peer_does_its_verdict_falls_within_the_bounds),
        cmocka_unit_test(late_ticks_add_how_late_they_are_and_the_last_wait_again),
        cmocka_unit_test(there_are_peers_that_come_close_to_the_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
