/* SPDX-License-Identifier: ISC */
/* The laws see verdicts that come too early, or after too many sends. */
#include "watching.h"

#include "support/test.h"

/* Sends a request in all tries of a schedule, a second each. */
static void send_all_tries(struct laws *laws, struct laws_end *end, bool liveness)
{
    for (uint32_t i = 0; i < end->schedule->tries; i++) {
        laws_attempt(laws, end,
                     &(struct ikl_attempt){.message_id = 7, .retransmission = i, .wait = 1000, .liveness = liveness},
                     i * 1000);
    }
}

/* What the laws say of a teardown by timeout. */
static const char *verdict(ikl_time at, bool answered, ikl_time heard)
{
    static const uint32_t waits[] = {1000, 1000, 1000};
    struct ikl_schedule schedule;
    struct laws *laws = new_laws();
    struct laws_host host = {.ticks_exactly = true};
    struct laws_end end = {.host = &host, .schedule = &schedule};
    struct ikl_down down = {.reason = IKL_DOWN_TIMEOUT, .message_id = 7, .sends = 3, .at = at, .last_evidence = heard};

    assert_int_equal(ikl_schedule_from_list(&schedule, waits, 3, 0), IKL_OK);
    send_all_tries(laws, &end, false);
    if (answered) {
        laws_answer_arrived(&end, 7);
    }
    down.heard_since_last_send = heard > 2000;
    laws_down(laws, &end, &down, at);
    return laws->wrong;
}

static void a_verdict_that_comes_too_early_or_though_the_peer_answered_or_was_heard_is_wrong(void **state)
{
    static const char early[] = "an IKE SA was given up before its schedule ran out, or though it was answered";

    (void)state;
    assert_null(verdict(3000, false, 0));
    assert_string_equal(verdict(2999, false, 0), early);
    assert_string_equal(verdict(3000, true, 0), early);
    assert_string_equal(verdict(3000, false, 2500), "an IKE SA was given up though its peer was heard");
}

/* The same on a reliable path, of a request that was sent twice, the second time for this cause. */
static const char *reliable_verdict(ikl_time at, enum ikl_attempt_cause cause, ikl_time heard)
{
    static const struct ikl_schedule schedule = {{1000, 1000, 1000}, 3, 3, 0, 0};
    struct laws *laws = new_laws();
    struct laws_host host = {.ticks_exactly = true};
    struct laws_end end = {.host = &host, .schedule = &schedule, .reliable = true, .trim = true};
    struct ikl_down down = {.reason = IKL_DOWN_TIMEOUT, .message_id = 7, .sends = 2, .at = at, .last_evidence = heard};

    laws_attempt(laws, &end, &(struct ikl_attempt){.message_id = 7, .wait = 3000}, 0);
    laws_attempt(laws, &end, &(struct ikl_attempt){.message_id = 7, .retransmission = 1, .wait = 1000, .cause = cause},
                 2000);
    down.heard_since_last_send = heard > 2000;
    laws_down(laws, &end, &down, at);
    return laws->wrong;
}

static void on_a_reliable_path_a_verdict_comes_after_all_waits_and_few_sends(void **state)
{
    (void)state;
    assert_null(reliable_verdict(3000, IKL_ATTEMPT_RECONNECTED, 0));
    assert_null(reliable_verdict(3000, IKL_ATTEMPT_RESENT, 0));
    assert_string_equal(reliable_verdict(2999, IKL_ATTEMPT_RECONNECTED, 0),
                        "an IKE SA was given up before its schedule ran out, or though it was answered");
    assert_string_equal(reliable_verdict(3000, IKL_ATTEMPT_SCHEDULE, 0),
                        "a request was sent more often than it may be");
    assert_string_equal(reliable_verdict(3000, IKL_ATTEMPT_RECONNECTED, 2500),
                        "an IKE SA was given up though its peer was heard");
    assert_null(reliable_verdict(5500, IKL_ATTEMPT_RECONNECTED, 2500));
}

static void who_synchronises_begins_anew_and_an_answer_to_another_is_none(void **state)
{
    static const struct ikl_schedule schedule = {{1000, 1000, 1000}, 3, 3, 0, 0};
    struct laws *laws = new_laws();
    struct laws_host host = {.ticks_exactly = true};
    struct laws_end end = {.host = &host, .schedule = &schedule};
    struct ikl_down down = {.reason = IKL_DOWN_TIMEOUT, .message_id = 0, .sends = 3, .at = 3000};

    (void)state;
    end.sent[0] = (struct laws_sent){.sends = 9, .answer_arrived = true}; /* of the life before */
    laws_syncs(laws, &end);
    assert_true(end.syncing && laws->has_takeovers && host.allowance == 3000);
    laws_synced(&end, true);
    assert_true(end.syncing);
    for (uint32_t i = 0; i < 3; i++) {
        laws_attempt(laws, &end, &(struct ikl_attempt){.message_id = 0, .retransmission = i, .wait = 1000}, i * 1000);
        laws_answer_arrived(&end, 0);
    }
    laws_down(laws, &end, &down, 3000);
    assert_null(laws->wrong);
    laws_synced(&end, false);
    assert_false(end.syncing);
}

/* What the laws say of a teardown by timeout at `at` by an IKE SA that trims, whose latest check was answered after so
 * many sends and ms. */
static const char *trimmed_verdict(bool liveness, uint32_t sends, ikl_time ms, ikl_time at)
{
    static const struct ikl_schedule schedule = {{1000, 1000, 64000}, 3, 3, 0, 0};
    struct laws *laws = new_laws();
    struct laws_host host = {.ticks_exactly = true};
    struct laws_end end = {.host = &host, .schedule = &schedule, .trim = true};
    struct ikl_down down = {.reason = IKL_DOWN_TIMEOUT, .message_id = 7, .sends = 3, .at = at};

    laws_alive(laws, &end, &(struct ikl_alive){.sends = 1, .liveness = true}, 1);
    laws_alive(laws, &end, &(struct ikl_alive){.sends = sends, .liveness = true}, ms);
    laws_alive(laws, &end, &(struct ikl_alive){.sends = 1}, 3000);
    send_all_tries(laws, &end, liveness);
    laws_down(laws, &end, &down, at);
    return laws->wrong;
}

static void a_verdict_that_comes_before_the_trimmed_wait_may_end_is_wrong(void **state)
{
    static const char early[] = "an IKE SA was given up before its schedule ran out, or though it was answered";

    (void)state;
    assert_null(trimmed_verdict(true, 1, 20, 3000));
    assert_string_equal(trimmed_verdict(true, 1, 20, 2999), early);
    assert_null(trimmed_verdict(true, 1, 500, 6000));
    assert_string_equal(trimmed_verdict(true, 1, 500, 5999), early);
    /* what is no sample does not say how long the wait may be; other requests wait as listed */
    assert_string_equal(trimmed_verdict(true, 2, 20, 65999), early);
    assert_null(trimmed_verdict(true, 2, 20, 66000));
    assert_string_equal(trimmed_verdict(false, 1, 20, 65999), early);
}

static void an_answer_is_no_sample_when_another_send_was_blocked_meanwhile(void **state)
{
    struct laws *laws = new_laws();
    struct laws_end end = {.trim = true};

    (void)state;
    for (uint32_t id = 7; id <= 8; id++) {
        laws_attempt(laws, &end, &(struct ikl_attempt){.message_id = id, .wait = 1000, .liveness = true}, 0);
    }
    laws_blocked(&end, 7);
    laws_alive(laws, &end, &(struct ikl_alive){.message_id = 7, .sends = 1, .liveness = true}, 2000);
    assert_int_equal(end.round_trip.samples, 0);
    laws_alive(laws, &end, &(struct ikl_alive){.message_id = 8, .sends = 1, .liveness = true}, 2000);
    assert_int_equal(end.round_trip.samples, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_verdict_that_comes_too_early_or_though_the_peer_answered_or_was_heard_is_wrong),
        cmocka_unit_test(a_verdict_that_comes_before_the_trimmed_wait_may_end_is_wrong),
        cmocka_unit_test(on_a_reliable_path_a_verdict_comes_after_all_waits_and_few_sends),
        cmocka_unit_test(who_synchronises_begins_anew_and_an_answer_to_another_is_none),
        cmocka_unit_test(an_answer_is_no_sample_when_another_send_was_blocked_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
