/* SPDX-License-Identifier: ISC */
/* Endpoints of many IKE SAs: spread, pace, work limit, batches, SPI prefixes, a fixed budget. */
#include "support/herd.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_allocator.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static void spread_by_half(struct ikl_endpoint_config *config)
{
    config->idle_spread = 500;
}

static void spread_shortens_each_idle_time_by_its_own_share(void **state)
{
    ikl_time first = IKL_NEVER, last = 0;
    struct herd herd;

    (void)state;
    herd_begin(&herd, spread_by_half, NULL);
    herd.answered = true;
    herd_run(&herd, 5000);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), host_count(&herd.host, EVENT_ALIVE));
    for (size_t i = 0; i < HERD_SAS; i++) {
        const struct event *probe = NULL;

        for (size_t j = 0; j < herd.host.n_events && probe == NULL; j++) {
            if (herd.host.events[j].kind == EVENT_ATTEMPT && herd.host.events[j].sa == herd.sas[i]) {
                probe = &herd.host.events[j];
            }
        }
        assert_non_null(probe);
        assert_in_range(probe->at, 2500, 5000);
        first = ikl_time_earlier(first, probe->at);
        last = ikl_time_later(last, probe->at);
    }
    assert_true(last - first > 1000);
    herd_end(&herd);
}

static void ten_a_second(struct ikl_endpoint_config *config)
{
    config->probes_per_second = 10;
}

static void probes_beyond_the_pace_go_out_later_in_order_of_deadline_and_none_is_lost(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, ten_a_second, NULL);
    herd.answered = true;
    herd_run(&herd, 9000);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), HERD_SAS);
    for (size_t i = 0; i < HERD_SAS; i++) {
        const struct event *probe = host_event(&herd.host, EVENT_ATTEMPT, i);

        assert_ptr_equal(probe->sa, herd.sas[i]);
        assert_int_equal(probe->at, 5000 + 100 * i);
    }
    assert_int_equal(host_counters(&herd.host).probes_paced, HERD_SAS - 1);
    herd_end(&herd);
}

/* Deadlines 50 ms apart, at one probe in 100 ms: those put off keep their place before those that become due later. */
static void a_probe_that_was_put_off_keeps_its_place_before_later_deadlines(void **state)
{
    struct ikl_sa *sas[10];
    struct host host;

    (void)state;
    host_init(&host, "many", 0, ten_a_second);
    for (uint32_t i = 0; i < 10; i++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;

        test_sa_config(&config, &keys, suite, true, i);
        assert_int_equal(ikl_sa_new(&sas[i], host.endpoint, &config, 50 * i), IKL_OK);
    }
    host.now = 450;
    while (host_count(&host, EVENT_ATTEMPT) < 10) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    }
    for (size_t i = 0; i < 10; i++) {
        assert_ptr_equal(host_event(&host, EVENT_ATTEMPT, i)->sa, sas[i]);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, i)->at, 5000 + 100 * i);
    }
    host_clear(&host);
}

/* One hears something while its liveness check waits for its turn. */
static void begin_with_evidence(struct herd *herd)
{
    const struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2};
    struct ikl_child *child;

    herd_begin(herd, ten_a_second, NULL);
    assert_int_equal(ikl_sa_add_child(herd->sas[10], &config, &child), IKL_OK);
    herd->answered = true;
    herd_run(herd, 5200);
    ikl_child_heard(child, 5200);
}

static void evidence_takes_away_the_turn_of_a_probe_that_waits_for_it(void **state)
{
    struct herd herd;

    (void)state;
    begin_with_evidence(&herd);
    herd_run(&herd, 9000);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), HERD_SAS - 1);
    for (size_t i = 0; i < HERD_SAS - 1; i++) {
        assert_ptr_not_equal(host_event(&herd.host, EVENT_ATTEMPT, i)->sa, herd.sas[10]);
    }
    herd_run(&herd, 5200 + 5000 + 5000);
    assert_ptr_equal(host_event(&herd.host, EVENT_ATTEMPT, HERD_SAS - 1)->sa, herd.sas[0]);
    herd_end(&herd);
}

/* One that lost its turn to evidence takes a new one when it is due again, as all others do. */
static void no_turn_is_left_of_a_probe_that_was_not_needed(void **state)
{
    struct herd herd;

    (void)state;
    begin_with_evidence(&herd);
    herd_run(&herd, 14999);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), 2 * HERD_SAS - 1);
    for (size_t i = 1; i < 2 * HERD_SAS - 1; i++) {
        assert_true(host_event(&herd.host, EVENT_ATTEMPT, i)->at >=
                    host_event(&herd.host, EVENT_ATTEMPT, i - 1)->at + 100);
    }
    herd_end(&herd);
}

static void twenty_retransmissions_a_second(struct ikl_endpoint_config *config)
{
    config->retransmissions_per_second = 20;
}

static void retransmissions_have_a_pace_of_their_own_and_no_attempt_is_skipped(void **state)
{
    struct herd herd;
    size_t n[HERD_SAS] = {0};

    (void)state;
    herd_begin(&herd, twenty_retransmissions_a_second, NULL);
    herd_run(&herd, 8000); /* probes at 5 s, retransmissions from 6 s on, 50 ms apart */
    assert_int_equal(host_counters(&herd.host).probes, HERD_SAS);
    assert_int_equal(host_counters(&herd.host).retransmissions, HERD_SAS + 1);
    for (size_t i = 0; i < HERD_SAS; i++) {
        assert_int_equal(host_event(&herd.host, EVENT_ATTEMPT, HERD_SAS + i)->at, 6000 + 50 * i);
    }
    assert_int_equal(host_counters(&herd.host).retransmissions_paced, HERD_SAS - 1);
    herd_run(&herd, 400000);
    assert_int_equal(host_count(&herd.host, EVENT_DOWN), HERD_SAS);
    for (size_t i = 0; i < herd.host.n_events; i++) {
        for (size_t j = 0; j < HERD_SAS; j++) {
            n[j] += herd.host.events[i].kind == EVENT_ATTEMPT && herd.host.events[i].sa == herd.sas[j] ? 1 : 0;
        }
    }
    for (size_t j = 0; j < HERD_SAS; j++) {
        assert_int_equal(n[j], 10);
    }
    herd_end(&herd);
}

static void three_a_call(struct ikl_endpoint_config *config)
{
    config->work_limit = 3;
}

static void with_a_work_limit_what_is_left_is_due_at_once_and_order_is_unchanged(void **state)
{
    struct herd herd;
    unsigned calls = 0;

    (void)state;
    herd_begin(&herd, three_a_call, NULL);
    herd.host.now = 5000;
    do {
        assert_int_equal(ikl_endpoint_next_deadline(herd.host.endpoint), 5000);
        assert_int_equal(ikl_endpoint_advance(herd.host.endpoint, 5000), IKL_OK);
        calls++;
        assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), calls * 3 < HERD_SAS ? calls * 3 : HERD_SAS);
    } while (host_count(&herd.host, EVENT_ATTEMPT) < HERD_SAS);
    assert_int_equal(ikl_endpoint_advance(herd.host.endpoint, 5000), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(herd.host.endpoint), 6000);
    for (size_t i = 0; i < HERD_SAS; i++) {
        assert_ptr_equal(host_event(&herd.host, EVENT_ATTEMPT, i)->sa, herd.sas[i]);
    }
    herd_end(&herd);
}

#ifdef TEST_WHEEL
static void one_a_call(struct ikl_endpoint_config *config)
{
    config->work_limit = 1;
}

/* A host that has slept finds the timers of 40 IKE SAs in one slot, of which a call may move 32. */
static void a_work_limit_limits_how_many_timers_a_call_moves_too(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, one_a_call, NULL);
    herd.host.now = 5000;
    assert_int_equal(ikl_endpoint_advance(herd.host.endpoint, 5000), IKL_OK);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), 0);
    for (size_t i = 0; i < HERD_SAS; i++) {
        assert_int_equal(ikl_endpoint_next_deadline(herd.host.endpoint), 5000);
        assert_int_equal(ikl_endpoint_advance(herd.host.endpoint, 5000), IKL_OK);
        assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), i + 1);
    }
    herd_end(&herd);
}

static size_t n_quiet;

static void quiet_but_for_the_last(struct ikl_sa_config *config)
{
    config->liveness = n_quiet != 0 ? IKL_LIVENESS_OFF : IKL_LIVENESS_PERIODIC;
    n_quiet -= n_quiet != 0 ? 1 : 0;
}

/* With the 32nd the call is at its limit, and handles no IKE SA. */
static void a_call_moves_32_timers_for_each_ike_sa_that_it_may_handle(void **state)
{
    (void)state;
    for (size_t n = 31; n <= 32; n++) {
        struct herd herd;

        n_quiet = HERD_SAS - n;
        herd_begin(&herd, one_a_call, quiet_but_for_the_last);
        herd.host.now = 5000;
        assert_int_equal(ikl_endpoint_advance(herd.host.endpoint, 5000), IKL_OK);
        assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), n < 32 ? 1 : 0);
        herd_end(&herd);
    }
}
#endif

static uint32_t limit;

static void limited(struct ikl_endpoint_config *config)
{
    config->work_limit = limit;
}

static void a_work_limit_may_be_any_number(void **state)
{
    static const uint32_t limits[] = {UINT32_MAX, UINT32_MAX / 32 + 1};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct herd herd;

        limit = limits[i];
        herd_begin(&herd, limited, NULL);
        assert_int_equal(ikl_endpoint_advance(herd.host.endpoint, 5000), IKL_OK);
        assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), HERD_SAS);
        herd_end(&herd);
    }
}

/* A host whose `send_batch` records what it gets. */
static struct {
    unsigned calls;
    size_t n, most;
    size_t fail_from;
} batches;

static void on_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    (void)user;
    batches.calls++;
    batches.most = n > batches.most ? n : batches.most;
    for (size_t i = 0; i < n; i++) {
        struct ikl_header header;

        assert_non_null(datagrams[i].sa);
        assert_int_equal(ikl_header_read(&header, datagrams[i].datagram, datagrams[i].len), IKL_OK);
        assert_true(header.spi_i == ikl_sa_spi_i(datagrams[i].sa)); /* not the octets of another one */
        assert_int_equal(datagrams[i].result, IKL_OK);
        if (batches.n++ >= batches.fail_from) {
            datagrams[i].result = IKL_ERR_NO_BUFFER;
        }
    }
}

static void batches_of_16(struct ikl_endpoint_config *config)
{
    config->callbacks.send = NULL;
    config->callbacks.send_batch = on_batch;
    config->send_batch = 16;
}

/* How many of the IKE SA's messages could not be sent, by its history. */
static uint32_t failures_of(const struct ikl_sa *sa)
{
    struct ikl_event events[16];
    size_t n = ikl_sa_history(sa, events, COUNT_OF(events));
    uint32_t failures = 0;

    for (size_t i = 0; i < n; i++) {
        failures += events[i].kind == IKL_EVENT_SEND_FAILED ? events[i].count : 0;
    }
    return failures;
}

static void datagrams_are_collected_into_batches_and_failures_counted(void **state)
{
    struct herd herd;

    (void)state;
    memset(&batches, 0, sizeof(batches));
    batches.fail_from = 30;
    herd_begin(&herd, batches_of_16, NULL);
    host_advance(&herd.host, 5000);
    assert_int_equal(batches.calls, 3); /* 16, 16, and 8 before the call returns */
    assert_int_equal(batches.most, 16);
    assert_int_equal(batches.n, HERD_SAS);
    assert_int_equal(host_counters(&herd.host).send_failures, HERD_SAS - 30);
    assert_int_equal(host_counters(&herd.host).sent, HERD_SAS);
    for (size_t i = 0; i < HERD_SAS; i++) {
        assert_int_equal(failures_of(herd.sas[i]), i < batches.fail_from ? 0 : 1);
    }
    herd_end(&herd);
}

static void a_batch_of_datagrams_is_taken_in_order_with_a_result_for_each(void **state)
{
    uint8_t octets[3][HOST_MAX_DATAGRAM];
    struct ikl_inbound datagrams[3];
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, NULL, NULL);
    for (uint32_t i = 0; i < 3; i++) {
        datagrams[i] = (struct ikl_inbound){.path = ikl_sa_path(pair.a.sa), .datagram = octets[i], .result = 1};
        datagrams[i].len = peer_seal(&(struct peer_message){.message_id = i}, suite, octets[i]);
    }
    octets[1][40] ^= 1;
    assert_int_equal(ikl_endpoint_receive_batch(pair.a.endpoint, datagrams, 3, 0), IKL_OK);
    assert_int_equal(datagrams[0].result, IKL_OK);
    assert_int_equal(datagrams[1].result, IKL_ERR_FORGED);
    assert_int_equal(datagrams[2].result, IKL_ERR_WINDOW); /* the one before it is missing */
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 1);
    pair_clear(&pair);
}

static const uint8_t notify[1224] = {0, 0, 0x04, 0xc8, 0, 0, 0x40};

/* Each has its result, and what they are about is told in order. */
static void all_datagrams_of_a_batch_are_told(void **state)
{
    uint8_t octets[2][HOST_MAX_DATAGRAM];
    struct ikl_inbound datagrams[2];
    struct ikl_sa *sas[2];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    for (uint32_t i = 0; i < 2; i++) {
        const struct peer_message message = {
            .sa = i, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {notify, sizeof(notify)}};
        struct ikl_sa_config config;
        struct ikl_keys keys;

        test_sa_config(&config, &keys, suite, true, i);
        assert_int_equal(ikl_sa_new(&sas[i], host.endpoint, &config, 0), IKL_OK);
        datagrams[i] = (struct ikl_inbound){.path = ikl_sa_path(sas[i]), .datagram = octets[i]};
        datagrams[i].len = peer_seal(&message, suite, octets[i]);
    }
    assert_int_equal(ikl_endpoint_receive_batch(host.endpoint, datagrams, 2, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(datagrams[i].result, IKL_OK);
        assert_ptr_equal(host_event(&host, EVENT_PEER_REQUEST, i)->sa, sas[i]);
    }
    host_clear(&host);
}

static uint32_t longest;

static void with_longest(struct ikl_endpoint_config *config)
{
    config->max_message = longest;
}

static void a_message_may_be_as_long_as_the_longest(void **state)
{
    const struct peer_message message = {.first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {notify, sizeof(notify)}};
    uint8_t octets[HOST_MAX_DATAGRAM];
    uint32_t len = (uint32_t)peer_seal(&message, suite, octets);

    (void)state;
    for (longest = len - 1; longest <= len; longest++) {
        struct host host;

        host_init(&host, "a", 0, with_longest);
        host_sa(&host, suite, true, 0, NULL);
        assert_int_equal(peer_send(&host, suite, &message), longest == len ? IKL_OK : IKL_ERR_NO_BUFFER);
        host_clear(&host);
    }
}

static uint8_t prefix_bits;

static uint64_t prefix_of(unsigned bits)
{
    return UINT32_C(0xabcdef97) >> (32 - bits);
}

static void prefix(struct ikl_endpoint_config *config)
{
    config->spi_prefix = prefix_of(prefix_bits);
    config->spi_prefix_bits = prefix_bits;
}

static void spis_of_ours_begin_with_the_prefix_and_are_random_behind_it(void **state)
{
    uint64_t spis[2];
    struct host host;

    (void)state;
    for (prefix_bits = 1; prefix_bits <= 32; prefix_bits++) {
        host_init(&host, "a", 0, prefix);
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(ikl_endpoint_new_spi(host.endpoint, &spis[i]), IKL_OK);
            assert_true(spis[i] >> (64 - prefix_bits) == prefix_of(prefix_bits));
        }
        assert_true(spis[0] << prefix_bits != spis[1] << prefix_bits);
        host_clear(&host);
    }
}

static struct test_allocator budget;

static void fixed(struct ikl_endpoint_config *config)
{
    static struct ikl_suite suites[1];

    assert_int_equal(ikl_suite_parse(&suites[0], suite), IKL_OK);
    config->allocator = &budget.allocator;
    config->fixed_budget = true;
    config->reserve_sas = 64;
    config->reserve_suites = suites;
    config->n_reserve_suites = 1;
}

static void with_a_fixed_budget_nothing_is_allocated_later_and_creation_fails_cleanly_when_full(void **state)
{
    struct ikl_sa *sas[65], *another;
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;
    size_t before;

    (void)state;
    test_allocator_init(&budget);
    host_init(&host, "a", 0, fixed);
    before = budget.allocations;
    for (uint32_t i = 0; i < 64; i++) {
        test_sa_config(&config, &keys, suite, true, i);
        assert_int_equal(ikl_sa_new(&sas[i], host.endpoint, &config, 0), IKL_OK);
    }
    test_sa_config(&config, &keys, suite, true, 64);
    assert_int_equal(ikl_sa_new(&another, host.endpoint, &config, 0), IKL_ERR_NO_MEMORY);
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 64);
    host_advance(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_SENT), 64);
    ikl_sa_free(sas[7]); /* makes room for another */
    assert_int_equal(ikl_sa_new(&another, host.endpoint, &config, 5000), IKL_OK);
    assert_int_equal(budget.allocations, before);
    host_clear(&host);
    assert_int_equal(budget.outstanding, 0);
}

static void three_groups(struct ikl_endpoint_config *config)
{
    config->path_groups = 3;
}

static void too_many_prefix_bits(struct ikl_endpoint_config *config)
{
    config->spi_prefix_bits = 33;
}

static void prefix_that_does_not_fit(struct ikl_endpoint_config *config)
{
    config->spi_prefix_bits = 4;
    config->spi_prefix = 16;
}

static void too_much_spread(struct ikl_endpoint_config *config)
{
    config->idle_spread = 901;
}

static void too_many_groups(struct ikl_endpoint_config *config)
{
    config->path_groups = 65537;
}

static void batch_without_callback(struct ikl_endpoint_config *config)
{
    config->send_batch = 1;
}

static void batch_too_large(struct ikl_endpoint_config *config)
{
    config->callbacks.send_batch = on_batch;
    config->send_batch = 1025;
}

static void numbers_out_of_range_are_refused(void **state)
{
    static const endpoint_change changes[] = {too_many_prefix_bits, prefix_that_does_not_fit, too_much_spread,
                                              too_many_groups,      batch_without_callback,   batch_too_large};
    struct ikl_sa_config sa_config;
    struct ikl_endpoint *endpoint;
    struct ikl_keys keys;
    struct ikl_sa *sa;
    struct host host;

    (void)state;
    memset(&host, 0, sizeof(host));
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct ikl_endpoint_config config = host_config(&host);

        changes[i](&config);
        assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_ERR_INVALID);
    }
    host_init(&host, "a", 0, three_groups);
    test_sa_config(&sa_config, &keys, suite, true, 0);
    sa_config.path_group = 3;
    assert_int_equal(ikl_sa_new(&sa, host.endpoint, &sa_config, 0), IKL_ERR_INVALID);
    host_clear(&host);
}

TESTS_OF(herds)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spread_shortens_each_idle_time_by_its_own_share),
        cmocka_unit_test(probes_beyond_the_pace_go_out_later_in_order_of_deadline_and_none_is_lost),
        cmocka_unit_test(evidence_takes_away_the_turn_of_a_probe_that_waits_for_it),
        cmocka_unit_test(no_turn_is_left_of_a_probe_that_was_not_needed),
        cmocka_unit_test(a_probe_that_was_put_off_keeps_its_place_before_later_deadlines),
        cmocka_unit_test(retransmissions_have_a_pace_of_their_own_and_no_attempt_is_skipped),
        cmocka_unit_test(with_a_work_limit_what_is_left_is_due_at_once_and_order_is_unchanged),
#ifdef TEST_WHEEL
        cmocka_unit_test(a_work_limit_limits_how_many_timers_a_call_moves_too),
        cmocka_unit_test(a_call_moves_32_timers_for_each_ike_sa_that_it_may_handle),
#endif
        cmocka_unit_test(a_work_limit_may_be_any_number),
        cmocka_unit_test(datagrams_are_collected_into_batches_and_failures_counted),
        cmocka_unit_test(a_batch_of_datagrams_is_taken_in_order_with_a_result_for_each),
        cmocka_unit_test(all_datagrams_of_a_batch_are_told),
        cmocka_unit_test(a_message_may_be_as_long_as_the_longest),
        cmocka_unit_test(spis_of_ours_begin_with_the_prefix_and_are_random_behind_it),
        cmocka_unit_test(with_a_fixed_budget_nothing_is_allocated_later_and_creation_fails_cleanly_when_full),
        cmocka_unit_test(numbers_out_of_range_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
