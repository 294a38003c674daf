/* SPDX-License-Identifier: ISC */
/* The story the library exists for: an idle IKE SA is probed, retransmitted to, and torn down on schedule. */
#include "support/host.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";
static const ikl_time sends_at[] = {5000, 6000, 8000, 12000, 20000, 36000, 68000, 132000, 196000, 260000};
static const ikl_time down_at = 324000;
enum { SENDS = 10, CHILDREN = 3 };

/* Every action in the first tick at or after its deadline. */
static ikl_time in_ticks(ikl_time deadline, ikl_time tick)
{
    return tick == 0 ? deadline : (deadline + tick - 1) / tick * tick;
}

static void check_sends(struct host *host, ikl_time tick)
{
    const struct event *first = host_event(host, EVENT_SENT, 0);

    assert_int_equal(host_count(host, EVENT_SENT), SENDS);
    assert_int_equal(host_count(host, EVENT_ATTEMPT), SENDS);
    for (size_t i = 0; i < SENDS; i++) {
        const struct event *sent = host_event(host, EVENT_SENT, i);
        const struct ikl_attempt *attempt = &host_event(host, EVENT_ATTEMPT, i)->attempt;

        assert_int_equal(sent->at, in_ticks(sends_at[i], tick));
        assert_int_equal(sent->len, first->len);
        assert_memory_equal(sent->datagram, first->datagram, first->len);
        assert_int_equal(attempt->retransmission, i);
        assert_int_equal(attempt->exchange_type, IKL_INFORMATIONAL);
        assert_true(attempt->liveness);
        assert_int_equal(attempt->wait, (i + 1 < SENDS ? sends_at[i + 1] : down_at) - sends_at[i]);
    }
}

static void check_teardown(struct host *host, ikl_time at)
{
    const struct event *down = host_event(host, EVENT_DOWN, 0);

    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), CHILDREN);
    assert_int_equal(host_count(host, EVENT_DOWN), 1);
    for (size_t i = 0; i < CHILDREN; i++) {
        const struct event *child = host_event(host, EVENT_CHILD_DOWN, i);

        assert_true(child < down);
        assert_int_equal(child->at, at);
        assert_int_equal(child->spi_in, 0xa0000001u + i);
        assert_int_equal(child->down.reason, IKL_DOWN_TIMEOUT);
    }
    assert_ptr_equal(down, &host->events[host->n_events - 1]);
    assert_int_equal(down->at, at);
    assert_int_equal(down->down.at, at);
    assert_int_equal(down->down.reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(down->down.exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(down->down.message_id, 0);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
    assert_int_equal(ikl_endpoint_next_deadline(host->endpoint), IKL_NEVER);
}

static void run_reference_outage(ikl_time tick)
{
    struct pair pair;
    struct host *a = &pair.a;

    pair_init(&pair, suite, CHILDREN, NULL, NULL);
    ikl_sa_close(pair.b.sa, 0); /* the peer is gone and says nothing */
    host_forget(&pair.b);
    pair_run(&pair, 400000, tick);
    check_sends(a, tick);
    check_teardown(a, in_ticks(down_at, tick));
    assert_int_equal(host_event(a, EVENT_DOWN, 0)->down.last_evidence, 0);
    assert_int_equal(host_event(a, EVENT_DOWN, 0)->down.sends, SENDS);
    assert_int_equal(host_event(a, EVENT_DOWN, 0)->down.first_sent, in_ticks(5000, tick));
    assert_int_equal(host_count(&pair.b, EVENT_SENT), 0);
    pair_clear(&pair);
}

static void the_reference_outage_is_kept_to_the_millisecond_from_deadline_to_deadline(void **state)
{
    (void)state;
    run_reference_outage(0);
}

static void the_reference_outage_is_kept_to_the_millisecond_in_ticks_of_1_ms(void **state)
{
    (void)state;
    run_reference_outage(1);
}

static void ticks_of_70_ms_make_each_action_late_by_less_than_a_tick_and_lateness_does_not_add_up(void **state)
{
    (void)state;
    run_reference_outage(70);
}

static void worst_detect_is_what_the_outage_takes(void **state)
{
    (void)state;
    assert_int_equal(ikl_schedule_worst_detect(ikl_schedule_default(), 5000), down_at);
}

static void ikl_advance_to(struct pair *pair, ikl_time now)
{
    host_advance(&pair->a, now);
    host_advance(&pair->b, now);
}

/* The peer dies; the host sleeps for an hour from `asleep_at` on. Then the last wait, at least, runs once more. */
static void a_host_that_slept_declares_a_dead_peer_dead_only_after_a_further_try(void **state)
{
    (void)state;
    for (ikl_time asleep_at = 500; asleep_at < down_at; asleep_at += 1500) {
        ikl_time awake_at = asleep_at + 3600000;
        const struct event *down, *last;
        struct pair pair;

        pair_init(&pair, suite, 1, NULL, NULL);
        pair.cut = true;
        pair_run(&pair, asleep_at, 0);
        host_forget(&pair.a);
        ikl_advance_to(&pair, awake_at);
        assert_int_equal(ikl_sa_state(pair.a.sa), IKL_SA_ESTABLISHED);
        assert_int_equal(host_count(&pair.a, EVENT_SENT), 1);
        assert_int_equal(host_event(&pair.a, EVENT_SENT, 0)->at, awake_at);
        pair_run(&pair, awake_at + 400000, 0);
        down = host_event(&pair.a, EVENT_DOWN, 0);
        last = host_last(&pair.a, EVENT_SENT);
        assert_non_null(down);
        assert_int_equal(down->at - last->at, 64000);
        pair_clear(&pair);
    }
}

/* The peer lives; only the host slept, and so did not hear it. */
static void a_host_that_slept_recovers_when_the_peer_lives(void **state)
{
    (void)state;
    for (ikl_time asleep_at = 500; asleep_at < down_at; asleep_at += 1500) {
        ikl_time awake_at = asleep_at + 3600000;
        struct pair pair;

        pair_init(&pair, suite, 1, NULL, NULL);
        pair.cut = true;
        pair_run(&pair, asleep_at, 0);
        host_forget(&pair.a);
        host_forget(&pair.b);
        pair.cut = false;
        ikl_advance_to(&pair, awake_at);
        pair_deliver(&pair);
        assert_int_equal(host_count(&pair.a, EVENT_ALIVE), 1);
        pair_run(&pair, awake_at + 400000, 0);
        assert_int_equal(ikl_sa_state(pair.a.sa), IKL_SA_ESTABLISHED);
        assert_int_equal(host_count(&pair.a, EVENT_DOWN), 0);
        pair_clear(&pair);
    }
}

static void the_last_wait_is_extended_once_only(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, NULL, NULL);
    pair.cut = true;
    pair_run(&pair, 300000, 0);
    ikl_advance_to(&pair, 1000000);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN), 0);
    assert_int_equal(host_event(&pair.a, EVENT_SENT, SENDS)->at, 1000000);
    ikl_advance_to(&pair, 2000000);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN), 1);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), SENDS + 1);
    pair_clear(&pair);
}

static void a_tick_within_the_slack_counts_from_the_deadline_and_a_later_one_from_the_send(void **state)
{
    static const struct {
        ikl_time tick, next;
    } cases[] = {{5000, 6000}, {5100, 6000}, {5101, 6101}, {9000, 10000}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct pair pair;

        pair_init(&pair, suite, 0, NULL, NULL);
        host_advance(&pair.a, cases[i].tick);
        assert_int_equal(host_count(&pair.a, EVENT_SENT), 1);
        assert_int_equal(ikl_endpoint_next_deadline(pair.a.endpoint), cases[i].next);
        pair_clear(&pair);
    }
}

static void a_request_is_sent_at_most_once_in_an_advance(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, NULL, NULL);
    pair.cut = true;
    for (ikl_time now = 100000; now < 2000000; now += 100000) {
        size_t before = host_count(&pair.a, EVENT_SENT);

        host_advance(&pair.a, now);
        assert_in_range(host_count(&pair.a, EVENT_SENT), before, before + 1);
    }
    pair_clear(&pair);
}

static void an_answered_peer_is_probed_every_five_seconds_and_never_torn_down(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 3, NULL, NULL);
    pair_run(&pair, 3600000, 0);
    /* both probe at the same time: each request is evidence for the other as well */
    assert_int_equal(host_count(&pair.a, EVENT_ALIVE), 720);
    assert_int_equal(host_count(&pair.a, EVENT_ATTEMPT), 720);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN) + host_count(&pair.b, EVENT_DOWN), 0);
    assert_int_equal(host_counters(&pair.a).retransmissions, 0);
    pair_clear(&pair);
}

static void a_peer_that_comes_back_before_the_end_is_kept(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 3, NULL, NULL);
    pair.cut = true;
    pair_run(&pair, 259999, 0);
    pair.cut = false;
    pair_run(&pair, 400000, 0);
    assert_int_equal(host_event(&pair.a, EVENT_ALIVE, 0)->at, 260000);
    assert_int_equal(host_event(&pair.a, EVENT_ALIVE, 0)->alive.sends, SENDS);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN) + host_count(&pair.b, EVENT_DOWN), 0);
    pair_clear(&pair);
}

/* Whatever comes unprotected while requests go unanswered: the IKE SA fails at the same moment, not before. */
static void rfc_10_nothing_unprotected_makes_an_ike_sa_fail_or_keeps_it_from_failing(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    pair.cut = true;
    for (ikl_time now = 5000; now < down_at; now += 500) {
        struct ikl_header header = {.spi_i = ikl_sa_spi_i(pair.a.sa),
                                    .spi_r = ikl_sa_spi_r(pair.a.sa),
                                    .exchange_type = IKL_INFORMATIONAL,
                                    .flags = IKL_FLAG_RESPONSE,
                                    .length = IKL_HEADER_LEN};
        uint8_t octets[IKL_HEADER_LEN];
        struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

        ikl_header_write(&writer, &header);
        pair_run(&pair, now, 0);
        assert_int_equal(ikl_endpoint_receive(pair.a.endpoint, ikl_sa_path(pair.a.sa), octets, sizeof(octets), now),
                         IKL_ERR_UNPROTECTED);
        (void)ikl_sa_hint(pair.a.sa, IKL_HINT_ICMP, now);
        assert_int_equal(ikl_sa_state(pair.a.sa), IKL_SA_ESTABLISHED);
    }
    pair_run(&pair, 400000, 0);
    assert_int_equal(host_event(&pair.a, EVENT_DOWN, 0)->at, down_at);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), SENDS);
    pair_clear(&pair);
}

static void rfc_11_failure_is_concluded_from_repeated_unanswered_requests_over_a_time_out(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    pair.cut = true;
    pair_run(&pair, down_at - 1, 0);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), SENDS);
    assert_int_equal(ikl_sa_state(pair.a.sa), IKL_SA_ESTABLISHED);
    pair_run(&pair, down_at, 0);
    assert_int_equal(host_event(&pair.a, EVENT_DOWN, 0)->down.reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(host_event(&pair.a, EVENT_DOWN, 0)->down.sends, SENDS);
    pair_clear(&pair);
}

TESTS_OF(outage)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_outage_is_kept_to_the_millisecond_from_deadline_to_deadline),
        cmocka_unit_test(the_reference_outage_is_kept_to_the_millisecond_in_ticks_of_1_ms),
        cmocka_unit_test(ticks_of_70_ms_make_each_action_late_by_less_than_a_tick_and_lateness_does_not_add_up),
        cmocka_unit_test(rfc_10_nothing_unprotected_makes_an_ike_sa_fail_or_keeps_it_from_failing),
        cmocka_unit_test(rfc_11_failure_is_concluded_from_repeated_unanswered_requests_over_a_time_out),
        cmocka_unit_test(worst_detect_is_what_the_outage_takes),
        cmocka_unit_test(a_host_that_slept_declares_a_dead_peer_dead_only_after_a_further_try),
        cmocka_unit_test(a_host_that_slept_recovers_when_the_peer_lives),
        cmocka_unit_test(the_last_wait_is_extended_once_only),
        cmocka_unit_test(a_tick_within_the_slack_counts_from_the_deadline_and_a_later_one_from_the_send),
        cmocka_unit_test(a_request_is_sent_at_most_once_in_an_advance),
        cmocka_unit_test(an_answered_peer_is_probed_every_five_seconds_and_never_torn_down),
        cmocka_unit_test(a_peer_that_comes_back_before_the_end_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
