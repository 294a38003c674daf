/* SPDX-License-Identifier: ISC */
/* Promises about time: late and never early, in order, whatever the ticks; clocks that jump, sleep and run
 * backwards. */
#include "support/peer.h"
#include "support/test.h"
#include "support/test_random.h"
#include "support/twin.h"

#include <ikelive/wheel.h>

static const char *const suite = "chacha20poly1305-prfsha256";

enum { HOUR = 3600000, N_SAS = 6 };

static struct ikl_sa *another_sa(struct host *host, uint32_t n, uint32_t idle)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;

    test_sa_config(&config, &keys, suite, true, n);
    config.idle = idle;
    assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_OK);
    return sa;
}

static void without_liveness(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_OFF;
}

static void slack_of_250(struct ikl_endpoint_config *config)
{
    config->tick_slack = 250;
}

static void one_ike_sa(struct host *host, endpoint_change change)
{
    host_init(host, "a", 0, change);
    host_sa(host, suite, true, 1, NULL);
}

static ikl_time wake(struct host *host)
{
    ikl_time next = ikl_endpoint_next_deadline(host->endpoint);

    host_advance(host, next);
    return next;
}

static void nothing_is_done_before_its_deadline_and_all_at_it(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    while (ikl_endpoint_next_deadline(host.endpoint) != IKL_NEVER) {
        ikl_time deadline = ikl_endpoint_next_deadline(host.endpoint);

        host_forget(&host);
        host_advance(&host, deadline - 1);
        assert_int_equal(host.n_events, 0);
        host_advance(&host, deadline);
        assert_int_not_equal(host.n_events, 0);
    }
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

/* IKE SAs number 1 to N_SAS, started in that order; which of them sends when. */
static void assert_order(ikl_time step)
{
    static const uint32_t idle[N_SAS] = {700, 300, 500, 300, 700, 500}, order[N_SAS] = {1, 3, 2, 5, 0, 4};
    struct ikl_sa *sas[N_SAS];
    struct host host;

    host_init(&host, "a", 0, NULL);
    for (uint32_t i = 0; i < N_SAS; i++) {
        sas[i] = another_sa(&host, i + 1, idle[i]);
    }
    while (host.now < 1000) {
        host_advance(&host, host.now + step);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), N_SAS);
    for (size_t i = 0; i < N_SAS; i++) {
        assert_ptr_equal(host_event(&host, EVENT_SENT, i)->sa, sas[order[i]]);
    }
    host_clear(&host);
}

static void ike_sas_act_in_order_of_deadline_and_then_of_start_whatever_the_step(void **state)
{
    (void)state;
    assert_order(1);
    assert_order(7);
    assert_order(1000);
}

/* Starts the same timers, all due within an hour. */
static struct ikl_wheel *wheel_of(uint32_t n_timers)
{
    struct test_random random = {1};
    struct ikl_wheel *wheel;

    assert_int_equal(ikl_wheel_new(&wheel, NULL, n_timers, 0), IKL_OK);
    for (uint32_t i = 0; i < n_timers; i++) {
        assert_int_equal(ikl_wheel_start(wheel, i, test_random_below(&random, HOUR)), IKL_OK);
    }
    return wheel;
}

static void one_jump_of_an_hour_equals_3600000_steps_of_1_ms(void **state)
{
    enum { N_TIMERS = 5000 };
    struct ikl_wheel *jumps = wheel_of(N_TIMERS), *steps = wheel_of(N_TIMERS);
    uint32_t expired = 0;

    (void)state;
    for (ikl_time now = 1; now <= HOUR; now++) {
        uint32_t timer;

        while ((timer = ikl_wheel_expire(steps, now)) != IKL_NO_TIMER) {
            assert_int_equal(ikl_wheel_expire(jumps, HOUR), timer);
            expired++;
        }
    }
    assert_int_equal(ikl_wheel_expire(jumps, HOUR), IKL_NO_TIMER);
    assert_int_equal(expired, N_TIMERS);
    ikl_wheel_free(jumps);
    ikl_wheel_free(steps);
}

static ikl_time deadline_of(const struct ikl_sa *sa)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    assert_int_equal(ikl_sa_query(sa, &info), IKL_OK);
    return ikl_time_earlier(info.outstanding_deadline, info.idle_deadline);
}

/* Whatever happens to a few IKE SAs: host_advance checks that the next deadline lies ahead. */
static void the_next_deadline_is_never_later_than_the_earliest_thing_due(void **state)
{
    struct test_random random = {2};
    struct ikl_sa *sas[N_SAS];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    for (uint32_t i = 0; i < N_SAS; i++) {
        sas[i] = another_sa(&host, i, (uint32_t)(1000 + test_random_below(&random, 5000)));
    }
    host.sa = sas[0];
    host_add_children(&host, true, 1);
    for (size_t step = 0; step < 2000; step++) {
        struct ikl_sa_info info = host_info(&host);
        struct peer_message answer = {.response = true, .message_id = info.outstanding_id};

        host_forget(&host);
        host_advance(&host, host.now + test_random_below(&random, 3000));
        if (info.outstanding != 0 && test_random_below(&random, 2) == 0) {
            assert_int_equal(peer_send(&host, suite, &answer), IKL_OK);
        }
        ikl_child_heard(host.children[0], host.now);
        for (size_t i = 0; i < N_SAS; i++) {
            assert_true(ikl_endpoint_next_deadline(host.endpoint) <= deadline_of(sas[i]));
        }
    }
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 1); /* only the first had an answer */
    host_clear(&host);
}

static void each_piece_of_evidence_causes_at_most_one_early_wake(void **state)
{
    struct host host;
    size_t early = 0;

    (void)state;
    one_ike_sa(&host, NULL);
    for (ikl_time at = 1000; at <= 20000; at += 1000) {
        while (ikl_endpoint_next_deadline(host.endpoint) <= at) {
            (void)wake(&host);
            early++;
        }
        ikl_child_heard(host.children[0], at);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_in_range(early, 1, 20);
    (void)wake(&host); /* one for all the evidence since the last */
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(wake(&host), 25000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void an_answer_causes_at_most_one_early_wake(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 5000);
    host.now = 5020;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    host_forget(&host);
    if (ikl_endpoint_next_deadline(host.endpoint) < 10020) {
        (void)wake(&host);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(wake(&host), 10020);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void the_tick_slack_is_configurable_and_decides_where_a_wait_counts_from(void **state)
{
    static const struct {
        ikl_time tick, next;
    } cases[] = {{5000, 6000}, {5250, 6000}, {5251, 6251}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct host host;

        one_ike_sa(&host, slack_of_250);
        host_advance(&host, cases[i].tick);
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), cases[i].next);
        host_clear(&host);
    }
}

static void no_verdict_falls_in_an_advance_later_than_the_tick_slack(void **state)
{
    (void)state;
    for (ikl_time late = 0; late <= 500; late += 50) {
        struct host host;

        one_ike_sa(&host, slack_of_250);
        while (ikl_endpoint_next_deadline(host.endpoint) < 324000) {
            (void)wake(&host);
        }
        host_forget(&host);
        host_advance(&host, 324000 + late);
        assert_int_equal(host_count(&host, EVENT_DOWN), late <= 250 ? 1 : 0);
        assert_int_equal(host_count(&host, EVENT_SENT), late <= 250 ? 0 : 1);
        if (late > 250) {
            assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 324000 + late + 64000);
        }
        host_clear(&host);
    }
}

/* However late the ticks are: every wait runs in full, and as many sends are made as the schedule has. */
static void a_late_tick_never_burns_a_retry(void **state)
{
    struct test_random random = {3};

    (void)state;
    for (size_t run = 0; run < 50; run++) {
        struct host host;
        size_t n;

        one_ike_sa(&host, NULL);
        while (host_count(&host, EVENT_DOWN) == 0) {
            host_advance(&host, host.now + 1 + test_random_below(&random, 100000));
        }
        n = host_count(&host, EVENT_SENT);
        assert_in_range(n, 10, 11); /* 11 when the verdict would have been late */
        for (size_t i = 0; i < n; i++) {
            ikl_time sent = host_event(&host, EVENT_SENT, i)->at;
            ikl_time next = i + 1 < n ? host_event(&host, EVENT_SENT, i + 1)->at : host_event(&host, EVENT_DOWN, 0)->at;

            assert_true(next - sent >= host_event(&host, EVENT_ATTEMPT, i)->attempt.wait - 100);
        }
        host_clear(&host);
    }
}

static void late_retransmissions_and_verdicts_are_counted(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 5000);
    host_advance(&host, 6100);
    assert_int_equal(host_counters(&host).late_ticks, 0);
    host_advance(&host, 8101);
    assert_int_equal(host_counters(&host).late_ticks, 1);
    while (ikl_endpoint_next_deadline(host.endpoint) != IKL_NEVER) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint) + 100);
    }
    assert_int_equal(host_counters(&host).late_ticks, 1);
    host_clear(&host);
}

static void receive_fires_no_timers(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host.now = HOUR;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_ERR_UNSOLICITED);
    assert_int_equal(peer_deliver(&host, NULL, 0), IKL_ERR_TRUNCATED);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 5000);
    host_clear(&host);
}

/* The answer lay in the socket while the host slept past the verdict. */
static void an_answer_that_is_fed_before_advance_comes_in_time(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    while (ikl_endpoint_next_deadline(host.endpoint) < 324000) {
        (void)wake(&host);
    }
    host.now = 324050;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    host_advance(&host, 324050);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    assert_int_equal(host_count(&host, EVENT_ALIVE), 1);
    host_clear(&host);
}

/* Every function that takes `now`, at a time before the latest; what it does counts from the latest. */
static void a_clock_that_goes_backwards_is_clamped_and_counted(void **state)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0x00};
    struct peer_message request = {.first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {notify, sizeof(notify)}};
    struct ikl_sa_info info = {.size = sizeof(info)};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    ikl_child_heard(host.children[0], 50000);
    host_advance(&host, 50000);
    assert_int_equal(host_counters(&host).clock_backward, 0);

    host.now = 10;
    assert_int_equal(ikl_endpoint_advance(host.endpoint, 49999), IKL_OK);
    assert_int_equal(host_counters(&host).clock_backward, 1);
    assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
    assert_int_equal(host_counters(&host).clock_backward, 2);
    assert_int_equal(host_info(&host).last_evidence, 50000);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
    assert_int_equal(host_counters(&host).clock_backward, 3);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(host_counters(&host).clock_backward, 4);
    assert_int_equal(host_info(&host).outstanding_deadline, 51000);
    assert_int_equal(ikl_sa_query(another_sa(&host, 1, 5000), &info), IKL_OK);
    assert_int_equal(host_counters(&host).clock_backward, 5);
    assert_int_equal(info.established, 50000);
    ikl_sa_close(host.sa, 7);
    assert_int_equal(host_counters(&host).clock_backward, 6);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.at, 50000);
    host_clear(&host);
}

static void no_clock_goes_back_before_its_endpoint_began(void **state)
{
    struct ikl_sa_info info = {.size = sizeof(info)};
    struct host host;

    (void)state;
    host_init(&host, "a", 50000, NULL);
    host.now = 49999;
    assert_int_equal(ikl_sa_query(another_sa(&host, 0, 5000), &info), IKL_OK);
    assert_int_equal(host_counters(&host).clock_backward, 1);
    assert_int_equal(info.established, 50000);
    host_clear(&host);
}

static void a_clock_that_goes_backwards_fires_nothing_and_postpones_nothing(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 4000);
    for (ikl_time back = 4000; back-- > 0;) {
        assert_int_equal(ikl_endpoint_advance(host.endpoint, back), IKL_OK);
    }
    assert_int_equal(host.n_events, 0);
    assert_int_equal(wake(&host), 5000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void the_same_time_twice_is_no_step_backwards(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 5000);
    host_advance(&host, 5000);
    assert_int_equal(host_counters(&host).clock_backward, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

/* An IKE SA made shortly before the end of time, with the last times there are. */
static void sums_of_times_saturate_below_never(void **state)
{
    static const ikl_time last = IKL_NEVER - 1;
    struct host host;

    (void)state;
    host_init(&host, "a", last - 1000, NULL);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), last);
    ikl_child_heard(host.children[0], IKL_NEVER);
    assert_int_equal(ikl_child_last_heard(host.children[0]), last);
    host_advance(&host, last - 1);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(ikl_endpoint_advance(host.endpoint, last), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    assert_int_equal(host_count(&host, EVENT_SENT), 1); /* a later one would never come */
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    assert_int_equal(ikl_endpoint_advance(host.endpoint, last), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    host_clear(&host);
}

static int no_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    (void)user;
    (void)sa;
    (void)iv;
    (void)len;
    return IKL_ERR_CRYPTO;
}

static void without_ivs(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = no_iv;
}

/* A liveness check that cannot be made is tried again a second later, but there is no later than this. */
static void an_advance_ends_at_the_last_time_there_is(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", IKL_NEVER - 1000, NULL);
    host_sa(&host, suite, true, 0, without_ivs);
    assert_int_equal(ikl_endpoint_advance(host.endpoint, IKL_NEVER - 1), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    assert_int_equal(host.n_events, 0);
    host_clear(&host);
}

static void evidence_moves_no_timer_which_looks_when_it_expires(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    ikl_child_heard(host.children[0], 3000);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 5000);
    host.now = 4000;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = false}), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 5000);
    host_forget(&host);
    assert_int_equal(wake(&host), 5000);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(wake(&host), 9000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void nothing_is_due_ever_while_there_is_nothing_to_do(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    host_sa(&host, suite, true, 0, without_liveness);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    assert_int_equal(host_info(&host).idle_deadline, IKL_NEVER);
    host_advance(&host, HOUR);
    assert_int_equal(host.n_events, 0);
    host_clear(&host);
}

/* Two requests, both overdue when the answer to one arrives: the other is still due, now. */
static void window_of_2(struct ikl_sa_config *config)
{
    config->ids.peer_window = 2;
}

static void what_is_overdue_when_an_answer_arrives_stays_due_at_once(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, window_of_2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    }
    host.now = 1050;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) <= 1050);
    host_advance(&host, 1050);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    host_clear(&host);
}

TESTS_OF(time)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_overdue_when_an_answer_arrives_stays_due_at_once),
        cmocka_unit_test(nothing_is_done_before_its_deadline_and_all_at_it),
        cmocka_unit_test(ike_sas_act_in_order_of_deadline_and_then_of_start_whatever_the_step),
        cmocka_unit_test(one_jump_of_an_hour_equals_3600000_steps_of_1_ms),
        cmocka_unit_test(the_next_deadline_is_never_later_than_the_earliest_thing_due),
        cmocka_unit_test(each_piece_of_evidence_causes_at_most_one_early_wake),
        cmocka_unit_test(an_answer_causes_at_most_one_early_wake),
        cmocka_unit_test(the_tick_slack_is_configurable_and_decides_where_a_wait_counts_from),
        cmocka_unit_test(no_verdict_falls_in_an_advance_later_than_the_tick_slack),
        cmocka_unit_test(a_late_tick_never_burns_a_retry),
        cmocka_unit_test(late_retransmissions_and_verdicts_are_counted),
        cmocka_unit_test(receive_fires_no_timers),
        cmocka_unit_test(an_answer_that_is_fed_before_advance_comes_in_time),
        cmocka_unit_test(a_clock_that_goes_backwards_is_clamped_and_counted),
        cmocka_unit_test(no_clock_goes_back_before_its_endpoint_began),
        cmocka_unit_test(a_clock_that_goes_backwards_fires_nothing_and_postpones_nothing),
        cmocka_unit_test(the_same_time_twice_is_no_step_backwards),
        cmocka_unit_test(sums_of_times_saturate_below_never),
        cmocka_unit_test(an_advance_ends_at_the_last_time_there_is),
        cmocka_unit_test(evidence_moves_no_timer_which_looks_when_it_expires),
        cmocka_unit_test(nothing_is_due_ever_while_there_is_nothing_to_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
