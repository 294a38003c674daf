/* SPDX-License-Identifier: ISC */
/* The judge of the outage example: what it lets pass, and that it sees everything that it is there to see. */
#include "support/test.h"

#include "examples/support/verdict.h"

enum { IDLE = 5000, SLACK = 100, CHILDREN = 2 };

static struct ikl_schedule schedule; /* 1, 2, 4 s */

/* A story that the schedule allows: established at 0, a probe answered at once, then silence to the end. */
struct story {
    struct verdict verdict;
    ikl_time now;
    uint32_t sends;
};

static void begin(struct story *story)
{
    *story = (struct story){.now = 0};
    verdict_begin(&story->verdict, &schedule, IDLE, SLACK, CHILDREN);
    verdict_established(&story->verdict, 0);
}

/* An advance at `now`, `before` ms after the one before it. */
static struct verdict_tick tick(ikl_time now, ikl_time before)
{
    return (struct verdict_tick){.before = now - before, .now = now};
}

static void send_with(struct story *story, struct verdict_tick when, uint32_t retransmission, uint32_t wait, int result)
{
    const struct ikl_attempt attempt = {.retransmission = retransmission, .wait = wait, .send_result = result};

    verdict_datagram(&story->verdict);
    verdict_attempt(&story->verdict, &attempt, when);
    story->now = when.now;
    story->sends = retransmission + 1;
}

static void send_at(struct story *story, ikl_time now, uint32_t retransmission, uint32_t wait)
{
    send_with(story, tick(now, 1), retransmission, wait, IKL_OK);
}

static void answer(struct story *story, ikl_time now, uint32_t sends)
{
    const struct ikl_alive alive = {.sends = sends};

    verdict_alive(&story->verdict, &alive, now);
}

static void child_down(struct story *story, enum ikl_down_reason reason)
{
    const struct ikl_down down = {.reason = reason};

    verdict_child_down(&story->verdict, &down);
}

static struct ikl_down timeout(const struct story *story, ikl_time last_evidence)
{
    return (struct ikl_down){.reason = IKL_DOWN_TIMEOUT, .sends = story->sends, .last_evidence = last_evidence};
}

static void down_at(struct story *story, struct verdict_tick when, struct ikl_down down)
{
    verdict_down(&story->verdict, &down, when);
}

/* Up to the last wait, which ends at 17000. */
static void tell_until_last_wait(struct story *story)
{
    begin(story);
    send_at(story, 5000, 0, 1000);
    answer(story, 5000, 1);
    send_at(story, 10000, 0, 1000);
    send_at(story, 11000, 1, 2000);
    send_at(story, 13000, 2, 4000);
}

static void tell_until_children_are_down(struct story *story)
{
    tell_until_last_wait(story);
    child_down(story, IKL_DOWN_TIMEOUT);
    child_down(story, IKL_DOWN_TIMEOUT);
}

static void assert_kept(const struct story *story)
{
    assert_null(story->verdict.fault);
    assert_true(verdict_kept(&story->verdict));
}

static void assert_fault(const struct story *story, const char *fault)
{
    assert_non_null(story->verdict.fault);
    assert_string_equal(story->verdict.fault, fault);
    assert_false(verdict_kept(&story->verdict));
}

static void a_story_on_time_is_kept(void **state)
{
    struct story story;

    (void)state;
    tell_until_children_are_down(&story);
    verdict_advanced(&story.verdict, 16999);
    verdict_sleep(&story.verdict, 17000);
    down_at(&story, tick(17000, 1), timeout(&story, 5000));
    verdict_advanced(&story.verdict, 17000);
    verdict_sleep(&story.verdict, IKL_NEVER);
    assert_kept(&story);
}

static void lateness_within_the_slack_does_not_add_up(void **state)
{
    struct story story;

    (void)state;
    begin(&story);
    send_with(&story, tick(5100, 200), 0, 1000, IKL_OK);
    send_with(&story, tick(6100, 101), 1, 2000, IKL_OK);
    assert_kept(&story);
    verdict_advanced(&story.verdict, 8000); /* not 8100 or 8200 */
    assert_fault(&story, "something that was due did not happen");
}

static void after_more_than_the_slack_the_wait_counts_from_the_send(void **state)
{
    struct story story;

    (void)state;
    begin(&story);
    send_with(&story, tick(5101, 500), 0, 1000, IKL_OK);
    verdict_advanced(&story.verdict, 6100);
    send_at(&story, 6101, 1, 2000);
    assert_kept(&story);
}

static void a_verdict_that_comes_too_late_needs_one_more_send(void **state)
{
    struct story story;

    (void)state;
    tell_until_last_wait(&story);
    send_with(&story, tick(20000, 7000), 3, 4000, IKL_OK);
    child_down(&story, IKL_DOWN_TIMEOUT);
    child_down(&story, IKL_DOWN_TIMEOUT);
    down_at(&story, tick(30000, 9000), timeout(&story, 5000));
    assert_kept(&story);

    tell_until_children_are_down(&story);
    down_at(&story, tick(20000, 7000), timeout(&story, 5000));
    assert_fault(&story, "the IKE SA went down in an advance that was itself too late");
}

static void overdue_at(struct story *story, ikl_time now, uint32_t retransmission, uint32_t wait)
{
    const struct ikl_attempt attempt = {
        .retransmission = retransmission, .wait = wait, .cause = IKL_ATTEMPT_OVERDUE, .liveness = true};

    verdict_datagram(&story->verdict);
    verdict_attempt(&story->verdict, &attempt, tick(now, 1));
    story->sends = retransmission + 1;
}

static void a_check_that_is_overdue_is_sent_again_when_that_is_asked_for_and_the_rest_stays(void **state)
{
    struct story story;

    (void)state;
    begin(&story);
    story.verdict.round_trip_sends = true;
    send_at(&story, 5000, 0, 1000);
    overdue_at(&story, 5100, 1, 900);
    overdue_at(&story, 5300, 2, 700);
    send_at(&story, 6000, 3, 2000);
    answer(&story, 6000, 4);
    send_at(&story, 11000, 0, 1000);
    overdue_at(&story, 11100, 1, 900);
    send_at(&story, 12000, 2, 2000);
    send_at(&story, 14000, 3, 4000);
    child_down(&story, IKL_DOWN_TIMEOUT);
    child_down(&story, IKL_DOWN_TIMEOUT);
    down_at(&story, tick(18000, 1), timeout(&story, 6000));
    assert_kept(&story);

    begin(&story);
    send_at(&story, 5000, 0, 1000);
    overdue_at(&story, 5100, 1, 900);
    assert_fault(&story, "a request was overdue that could not be");

    begin(&story);
    story.verdict.round_trip_sends = true;
    send_at(&story, 5000, 0, 1000);
    overdue_at(&story, 5100, 1, 1000);
    assert_fault(&story, "what was overdue has changed the schedule");
}

/* Answers take 200 ms. */
static void tell_trimmed_until_last_wait(struct story *story)
{
    begin(story);
    story->verdict.trim = true;
    send_at(story, 5000, 0, 1000);
    verdict_alive(&story->verdict, &(struct ikl_alive){.sends = 1, .first_sent = 5000}, 5200);
    send_at(story, 10200, 0, 1000);
    send_at(story, 11200, 1, 2000);
}

static void the_last_wait_goes_by_the_round_trips_when_that_is_asked_for_but_not_after_a_late_advance(void **state)
{
    struct ikl_schedule room;
    struct story story;

    (void)state;
    tell_trimmed_until_last_wait(&story);
    assert_int_equal(ikl_schedule_total(verdict_schedule(&story.verdict, &room)), 4600);
    send_at(&story, 13200, 2, 1600);
    child_down(&story, IKL_DOWN_TIMEOUT);
    child_down(&story, IKL_DOWN_TIMEOUT);
    down_at(&story, tick(14800, 1), timeout(&story, 5200));
    assert_kept(&story);

    tell_trimmed_until_last_wait(&story);
    send_with(&story, tick(13400, 300), 2, 4000, IKL_OK);
    assert_kept(&story);

    tell_trimmed_until_last_wait(&story);
    send_at(&story, 13200, 2, 4000);
    assert_fault(&story, "a wait is not the schedule's");
}

static void what_is_early_or_missed_an_advance_is_a_fault(void **state)
{
    struct story story;

    (void)state;
    begin(&story);
    send_at(&story, 4999, 0, 1000);
    assert_fault(&story, "something happened before its deadline");

    begin(&story);
    send_with(&story, tick(5002, 1), 0, 1000, IKL_OK);
    assert_fault(&story, "something did not happen in the first advance at its deadline");

    begin(&story);
    verdict_advanced(&story.verdict, 5000);
    assert_fault(&story, "something that was due did not happen");

    begin(&story);
    verdict_sleep(&story.verdict, 5001);
    assert_fault(&story, "the library let the loop sleep past a deadline");

    tell_until_children_are_down(&story);
    down_at(&story, tick(16999, 1), timeout(&story, 5000));
    assert_fault(&story, "something happened before its deadline");
}

static void a_send_that_is_not_the_schedules_is_a_fault(void **state)
{
    struct story story;

    (void)state;
    begin(&story);
    send_at(&story, 5000, 0, 1001);
    assert_fault(&story, "a wait is not the schedule's");

    begin(&story);
    send_at(&story, 5000, 1, 1000);
    assert_fault(&story, "the retransmissions are miscounted");

    begin(&story);
    send_with(&story, tick(5000, 1), 0, 1000, IKL_ERR_NO_BUFFER);
    assert_fault(&story, "a datagram could not be sent");

    begin(&story);
    verdict_datagram(&story.verdict);
    send_at(&story, 5000, 0, 1000);
    assert_fault(&story, "something was sent that the schedule does not know");

    tell_until_last_wait(&story);
    send_at(&story, 17000, 3, 4000);
    assert_fault(&story, "a request was sent more often than the schedule has tries");

    begin(&story);
    send_at(&story, 5000, 0, 1000);
    answer(&story, 5000, 2);
    assert_fault(&story, "the sends of an answered request are miscounted");
}

static void a_wrong_teardown_is_a_fault(void **state)
{
    struct story story;
    struct ikl_down down;

    (void)state;
    tell_until_last_wait(&story);
    child_down(&story, IKL_DOWN_TIMEOUT);
    down_at(&story, tick(17000, 1), timeout(&story, 5000));
    assert_fault(&story, "the IKE SA went down before its Child SAs");

    begin(&story);
    child_down(&story, IKL_DOWN_TIMEOUT);
    child_down(&story, IKL_DOWN_TIMEOUT);
    send_at(&story, 5000, 0, 1000);
    down_at(&story, tick(6000, 1), timeout(&story, 0));
    assert_fault(&story, "the IKE SA went down before the schedule had run out");

    tell_until_last_wait(&story);
    child_down(&story, IKL_DOWN_PEER_DELETED);
    assert_fault(&story, "a Child SA went down for another reason than a timeout");

    tell_until_children_are_down(&story);
    child_down(&story, IKL_DOWN_TIMEOUT);
    assert_fault(&story, "a Child SA went down twice");

    tell_until_children_are_down(&story);
    down = timeout(&story, 5000);
    down.reason = IKL_DOWN_EXHAUSTED;
    down_at(&story, tick(17000, 1), down);
    assert_fault(&story, "the IKE SA went down for another reason than a timeout");

    tell_until_children_are_down(&story);
    down = timeout(&story, 5000);
    down.sends++;
    down_at(&story, tick(17000, 1), down);
    assert_fault(&story, "the sends of the unanswered request are miscounted");

    tell_until_children_are_down(&story);
    down_at(&story, tick(17000, 1), timeout(&story, 5001));
    assert_fault(&story, "the last evidence of life is not the last answer");
}

static void what_happens_after_the_teardown_is_a_fault(void **state)
{
    struct story story;

    (void)state;
    tell_until_children_are_down(&story);
    down_at(&story, tick(17000, 1), timeout(&story, 5000));
    assert_kept(&story);
    verdict_datagram(&story.verdict);
    assert_fault(&story, "something was sent after the IKE SA went down");

    tell_until_children_are_down(&story);
    down_at(&story, tick(17000, 1), timeout(&story, 5000));
    down_at(&story, tick(17000, 1), timeout(&story, 5000));
    assert_fault(&story, "the IKE SA went down twice");

    tell_until_children_are_down(&story);
    down_at(&story, tick(17000, 1), timeout(&story, 5000));
    child_down(&story, IKL_DOWN_TIMEOUT);
    assert_fault(&story, "a Child SA went down after its IKE SA");
}

static void the_first_fault_is_the_one_that_is_told(void **state)
{
    struct story story;

    (void)state;
    begin(&story);
    verdict_fault(&story.verdict, "one");
    verdict_fault(&story.verdict, "two");
    assert_fault(&story, "one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_story_on_time_is_kept),
        cmocka_unit_test(lateness_within_the_slack_does_not_add_up),
        cmocka_unit_test(after_more_than_the_slack_the_wait_counts_from_the_send),
        cmocka_unit_test(a_verdict_that_comes_too_late_needs_one_more_send),
        cmocka_unit_test(a_check_that_is_overdue_is_sent_again_when_that_is_asked_for_and_the_rest_stays),
        cmocka_unit_test(the_last_wait_goes_by_the_round_trips_when_that_is_asked_for_but_not_after_a_late_advance),
        cmocka_unit_test(what_is_early_or_missed_an_advance_is_a_fault),
        cmocka_unit_test(a_send_that_is_not_the_schedules_is_a_fault),
        cmocka_unit_test(a_wrong_teardown_is_a_fault),
        cmocka_unit_test(what_happens_after_the_teardown_is_a_fault),
        cmocka_unit_test(the_first_fault_is_the_one_that_is_told),
    };

    if (ikl_schedule_parse(&schedule, "1,2,4") != IKL_OK) {
        return EXIT_FAILURE;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
