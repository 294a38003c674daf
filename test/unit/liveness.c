/* The liveness policy keeps the promises of its header.
 * SPDX-License-Identifier: ISC */
#include "support/test.h"

#include <ikelive/liveness.h>

enum { START = 10000, IDLE = 3000 };

static struct ikl_liveness begin(enum ikl_liveness_policy policy)
{
    struct ikl_liveness liveness;

    ikl_liveness_init(&liveness, policy, IDLE, START);
    return liveness;
}

static struct ikl_liveness periodic(void)
{
    return begin(IKL_LIVENESS_PERIODIC);
}

/* The first moment at which a probe is due is this one, whatever was sent. */
static void assert_due(const struct ikl_liveness *liveness, ikl_time due)
{
    static const ikl_time sent[] = {0, START, START + IDLE, IKL_NEVER};

    for (size_t i = 0; i < COUNT_OF(sent); i++) {
        assert_true(ikl_liveness_due(liveness, START) == due);
        assert_true(ikl_liveness_due(liveness, due + 7 * IDLE) == due);
        assert_int_equal(ikl_liveness_decide(liveness, sent[i], due - 1), IKL_LIVENESS_WAIT);
        assert_int_equal(ikl_liveness_decide(liveness, sent[i], due), IKL_LIVENESS_PROBE);
        assert_int_equal(ikl_liveness_decide(liveness, sent[i], due + 1), IKL_LIVENESS_PROBE);
        assert_int_equal(ikl_liveness_decide(liveness, sent[i], IKL_NEVER - 1), IKL_LIVENESS_PROBE);
    }
}

static void assert_never_due(const struct ikl_liveness *liveness)
{
    assert_true(ikl_liveness_due(liveness, START) == IKL_NEVER);
    assert_true(ikl_liveness_due(liveness, START + 100 * IDLE) == IKL_NEVER);
    assert_int_equal(ikl_liveness_decide(liveness, START, START), IKL_LIVENESS_WAIT);
    assert_int_equal(ikl_liveness_decide(liveness, START + 99, IKL_NEVER - 1), IKL_LIVENESS_WAIT);
    assert_int_equal(ikl_liveness_decide(liveness, IKL_NEVER, IKL_NEVER - 1), IKL_LIVENESS_WAIT);
}

static void the_beginning_counts_as_the_latest_evidence(void **state)
{
    struct ikl_liveness liveness;

    (void)state;
    memset(&liveness, 0xa5, sizeof(liveness));
    ikl_liveness_init(&liveness, IKL_LIVENESS_PERIODIC, IDLE, START);
    assert_true(liveness.heard == START);
    assert_int_equal(liveness.idle, IDLE);
    assert_int_equal(liveness.outstanding, 0);
    assert_int_equal(liveness.policy, IKL_LIVENESS_PERIODIC);
    assert_due(&liveness, START + IDLE);
}

static void an_idle_interval_of_0_means_the_default_of_5_seconds(void **state)
{
    struct ikl_liveness liveness;

    (void)state;
    ikl_liveness_init(&liveness, IKL_LIVENESS_PERIODIC, 0, START);
    assert_int_equal(liveness.idle, 5000);
    assert_due(&liveness, START + 5000);
}

static void an_idle_interval_may_be_anything_else(void **state)
{
    static const uint32_t intervals[] = {1, 2, 86400000, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(intervals); i++) {
        struct ikl_liveness liveness;

        ikl_liveness_init(&liveness, IKL_LIVENESS_PERIODIC, intervals[i], START);
        assert_due(&liveness, START + (ikl_time)intervals[i]);
    }
}

static void with_the_policy_off_no_probe_is_ever_due(void **state)
{
    struct ikl_liveness liveness = begin(IKL_LIVENESS_OFF);

    (void)state;
    assert_int_equal(liveness.policy, IKL_LIVENESS_OFF);
    assert_never_due(&liveness);
    ikl_liveness_heard(&liveness, START + 1);
    assert_never_due(&liveness);
}

static void with_the_policy_off_requests_still_time_out(void **state)
{
    struct ikl_liveness liveness = begin(IKL_LIVENESS_OFF);

    (void)state;
    ikl_liveness_request_sent(&liveness);
    assert_int_equal(ikl_liveness_request_gave_up(&liveness), IKL_LIVENESS_DEAD);
}

static void evidence_puts_the_probe_off(void **state)
{
    struct ikl_liveness liveness = periodic();

    (void)state;
    ikl_liveness_heard(&liveness, START + 2999);
    assert_true(liveness.heard == START + 2999);
    assert_due(&liveness, START + 2999 + IDLE);
    ikl_liveness_heard(&liveness, START + 90000);
    assert_due(&liveness, START + 90000 + IDLE);
}

static void older_evidence_than_what_is_known_is_ignored(void **state)
{
    struct ikl_liveness liveness = periodic();

    (void)state;
    ikl_liveness_heard(&liveness, START + 500);
    ikl_liveness_heard(&liveness, START + 499);
    ikl_liveness_heard(&liveness, START + 500);
    ikl_liveness_heard(&liveness, 0);
    assert_true(liveness.heard == START + 500);
    assert_due(&liveness, START + 500 + IDLE);
}

static void while_a_request_is_outstanding_no_probe_is_due(void **state)
{
    struct ikl_liveness liveness = periodic();

    (void)state;
    ikl_liveness_request_sent(&liveness);
    assert_int_equal(liveness.outstanding, 1);
    assert_never_due(&liveness);
    ikl_liveness_request_sent(&liveness);
    assert_int_equal(liveness.outstanding, 2);
    ikl_liveness_request_answered(&liveness, START + 10);
    assert_int_equal(liveness.outstanding, 1);
    assert_never_due(&liveness);
    ikl_liveness_request_answered(&liveness, START + 20);
    assert_int_equal(liveness.outstanding, 0);
    assert_due(&liveness, START + 20 + IDLE);
}

static void a_request_that_was_sent_is_no_evidence(void **state)
{
    struct ikl_liveness liveness = periodic();

    (void)state;
    ikl_liveness_request_sent(&liveness);
    assert_true(liveness.heard == START);
}

static void evidence_while_a_request_is_outstanding_is_recorded_and_does_not_end_it(void **state)
{
    struct ikl_liveness liveness = periodic();

    (void)state;
    ikl_liveness_request_sent(&liveness);
    ikl_liveness_heard(&liveness, START + 700);
    assert_true(liveness.heard == START + 700);
    assert_int_equal(liveness.outstanding, 1);
    assert_never_due(&liveness);
    assert_int_equal(ikl_liveness_request_gave_up(&liveness), IKL_LIVENESS_DEAD);
    assert_true(liveness.heard == START + 700);
}

static void an_answer_is_evidence_unless_something_later_was_heard(void **state)
{
    struct ikl_liveness liveness = periodic();

    (void)state;
    ikl_liveness_request_sent(&liveness);
    ikl_liveness_request_answered(&liveness, START + 40);
    assert_true(liveness.heard == START + 40);
    ikl_liveness_request_sent(&liveness);
    ikl_liveness_heard(&liveness, START + 90);
    ikl_liveness_request_answered(&liveness, START + 80);
    assert_true(liveness.heard == START + 90);
}

static void giving_up_on_any_sent_request_is_the_verdict(void **state)
{
    struct ikl_liveness liveness = periodic();

    (void)state;
    ikl_liveness_request_sent(&liveness);
    ikl_liveness_request_sent(&liveness);
    assert_int_equal(ikl_liveness_request_gave_up(&liveness), IKL_LIVENESS_DEAD);
    assert_int_equal(liveness.outstanding, 1);
    assert_int_equal(ikl_liveness_request_gave_up(&liveness), IKL_LIVENESS_DEAD);
    assert_int_equal(liveness.outstanding, 0);
    assert_true(liveness.heard == START);
}

static void ends_without_a_request_do_not_count_below_none(void **state)
{
    struct ikl_liveness liveness = periodic();

    (void)state;
    ikl_liveness_request_answered(&liveness, START + 1);
    assert_int_equal(ikl_liveness_request_gave_up(&liveness), IKL_LIVENESS_DEAD);
    assert_int_equal(liveness.outstanding, 0);
    assert_due(&liveness, START + 1 + IDLE);
}

static void on_demand_a_probe_is_due_only_when_something_was_sent_since_the_last_evidence(void **state)
{
    struct ikl_liveness liveness = begin(IKL_LIVENESS_ON_DEMAND);

    (void)state;
    assert_int_equal(ikl_liveness_decide(&liveness, IKL_NEVER, START + IDLE), IKL_LIVENESS_WAIT);
    assert_int_equal(ikl_liveness_decide(&liveness, START - 1, START + IDLE), IKL_LIVENESS_WAIT);
    assert_int_equal(ikl_liveness_decide(&liveness, START, START + IDLE), IKL_LIVENESS_WAIT);
    assert_int_equal(ikl_liveness_decide(&liveness, START + 1, START + IDLE), IKL_LIVENESS_PROBE);
    assert_int_equal(ikl_liveness_decide(&liveness, START + 1, START + IDLE - 1), IKL_LIVENESS_WAIT);
    ikl_liveness_heard(&liveness, START + 1);
    assert_int_equal(ikl_liveness_decide(&liveness, START + 1, START + 99 * IDLE), IKL_LIVENESS_WAIT);
    assert_int_equal(ikl_liveness_decide(&liveness, START + 2, START + 1 + IDLE), IKL_LIVENESS_PROBE);
    ikl_liveness_request_sent(&liveness);
    assert_never_due(&liveness);
}

static void on_demand_the_next_decision_is_a_whole_number_of_intervals_after_the_last_evidence(void **state)
{
    static const struct {
        ikl_time now, due;
    } rows[] = {
        {0, IDLE},
        {IDLE - 1, IDLE},
        {IDLE, IDLE},
        {IDLE + 1, 2 * IDLE},
        {2 * IDLE - 1, 2 * IDLE},
        {2 * IDLE, 2 * IDLE},
        {1000 * (ikl_time)IDLE + 1, 1001 * (ikl_time)IDLE},
    };
    struct ikl_liveness liveness = begin(IKL_LIVENESS_ON_DEMAND);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_true(ikl_liveness_due(&liveness, START + rows[i].now) == START + rows[i].due);
    }
    ikl_liveness_heard(&liveness, START + 500);
    assert_true(ikl_liveness_due(&liveness, START + 500 + IDLE + 1) == START + 500 + 2 * IDLE);
    assert_true(ikl_liveness_due(&liveness, 0) == START + 500 + IDLE);
}

static void a_due_time_saturates_below_never(void **state)
{
    static const enum ikl_liveness_policy policies[] = {IKL_LIVENESS_PERIODIC, IKL_LIVENESS_ON_DEMAND};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        struct ikl_liveness liveness = begin(policies[i]);

        ikl_liveness_heard(&liveness, IKL_NEVER - 10);
        assert_true(ikl_liveness_due(&liveness, IKL_NEVER - 10) == IKL_NEVER - 1);
    }
}

static void deciding_changes_nothing(void **state)
{
    struct ikl_liveness liveness = periodic();
    struct ikl_liveness before;

    (void)state;
    memcpy(&before, &liveness, sizeof(before));
    assert_due(&liveness, START + IDLE);
    assert_memory_equal(&liveness, &before, sizeof(liveness));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_beginning_counts_as_the_latest_evidence),
        cmocka_unit_test(an_idle_interval_of_0_means_the_default_of_5_seconds),
        cmocka_unit_test(an_idle_interval_may_be_anything_else),
        cmocka_unit_test(with_the_policy_off_no_probe_is_ever_due),
        cmocka_unit_test(with_the_policy_off_requests_still_time_out),
        cmocka_unit_test(evidence_puts_the_probe_off),
        cmocka_unit_test(older_evidence_than_what_is_known_is_ignored),
        cmocka_unit_test(while_a_request_is_outstanding_no_probe_is_due),
        cmocka_unit_test(a_request_that_was_sent_is_no_evidence),
        cmocka_unit_test(evidence_while_a_request_is_outstanding_is_recorded_and_does_not_end_it),
        cmocka_unit_test(an_answer_is_evidence_unless_something_later_was_heard),
        cmocka_unit_test(giving_up_on_any_sent_request_is_the_verdict),
        cmocka_unit_test(ends_without_a_request_do_not_count_below_none),
        cmocka_unit_test(on_demand_a_probe_is_due_only_when_something_was_sent_since_the_last_evidence),
        cmocka_unit_test(on_demand_the_next_decision_is_a_whole_number_of_intervals_after_the_last_evidence),
        cmocka_unit_test(a_due_time_saturates_below_never),
        cmocka_unit_test(deciding_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
