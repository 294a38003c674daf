/* SPDX-License-Identifier: ISC */
/* Promises about requests of the host's: any exchange, sent or queued in order, each on its schedule. */
#include "support/asking.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = ASKING_SUITE;

enum { TRIES = 10 };

static void one_ike_sa(struct host *host, sa_change change)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 1, change);
}

/* The payloads inside, as ikl_chain_write writes them. */
static void assert_inside(const struct event *sent, uint8_t exchange_type, uint32_t message_id,
                          const struct ikl_payload *payloads, size_t n)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM], expected[HOST_MAX_DATAGRAM];
    struct ikl_writer writer = ikl_writer(expected, sizeof(expected));
    struct ikl_opened opened = peer_open(sent, suite, plaintext);

    assert_int_equal(ikl_chain_write(&writer, payloads, n), IKL_OK);
    assert_int_equal(opened.header.exchange_type, exchange_type);
    assert_int_equal(opened.header.flags, IKL_FLAG_INITIATOR);
    assert_int_equal(opened.header.message_id, message_id);
    assert_int_equal(opened.first_payload, ikl_chain_first(payloads, n));
    assert_int_equal(opened.plaintext.len, writer.len);
    assert_memory_equal(plaintext, expected, writer.len);
}

static void any_exchange_and_any_payloads_are_sent_as_the_host_says(void **state)
{
    static const uint8_t exchanges[] = {IKL_INFORMATIONAL, IKL_IKE_AUTH, IKL_CREATE_CHILD_SA, 1, 240, 255};
    static const uint8_t body[300] = {1, 2, 3};
    static const struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_NOTIFY, .body = {body, 4}},
                                                  {.type = IKL_PAYLOAD_VENDOR_ID, .body = {NULL, 0}},
                                                  {.type = 200, .critical = true, .body = {body, sizeof(body)}},
                                                  {.type = IKL_PAYLOAD_NOTIFY, .body = {body, 4}}};
    struct host host;
    uint32_t id = 0;

    (void)state;
    one_ike_sa(&host, NULL);
    for (size_t i = 0; i < COUNT_OF(exchanges); i++) {
        for (size_t n = 0; n <= COUNT_OF(payloads); n++, id++) {
            struct peer_message response = {.response = true, .exchange_type = exchanges[i], .message_id = id};
            const struct ikl_attempt *attempt;

            host_forget(&host);
            assert_int_equal(ikl_sa_request(host.sa, exchanges[i], payloads, n, NULL, host.now, NULL), IKL_OK);
            assert_inside(host_event(&host, EVENT_SENT, 0), exchanges[i], id, payloads, n);
            attempt = &host_event(&host, EVENT_ATTEMPT, 0)->attempt;
            assert_int_equal(attempt->exchange_type, exchanges[i]);
            assert_int_equal(attempt->message_id, id);
            assert_int_equal(attempt->retransmission, 0);
            assert_int_equal(attempt->wait, 1000);
            assert_false(attempt->liveness);
            assert_int_equal(peer_send(&host, suite, &response), IKL_OK);
        }
    }
    host_clear(&host);
}

/* What the host does to them afterwards shows in no send: not of one that was sent, nor of one that was queued. */
static void the_payloads_are_copied(void **state)
{
    static const uint8_t original[30] = "the octets at the time";
    uint8_t body[sizeof(original)];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    const struct ikl_payload as_it_was = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {original, sizeof(original)}};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    memcpy(body, original, sizeof(body));
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    memset(body, 0xff, sizeof(body));
    payload.type = IKL_PAYLOAD_NOTIFY;
    host_advance(&host, 1000);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_inside(host_event(&host, EVENT_SENT, i), IKL_INFORMATIONAL, i == 2, &as_it_was, 1);
    }
    host_clear(&host);
}

static void rfc_07_one_request_is_outstanding_while_the_peer_allows_no_more(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    for (uint8_t mark = 0; mark < 5; mark++) {
        (void)ask(&host, mark);
        assert_int_equal(host_count(&host, EVENT_SENT), 1);
        assert_int_equal(host_info(&host).queued, mark);
    }
    for (uint32_t id = 0; id < 5; id++) {
        assert_int_equal(host_count(&host, EVENT_SENT), id + 1);
        assert_int_equal(asked(&host, id), id); /* in the order they were made */
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, id)->attempt.message_id, id);
        assert_int_equal(host_info(&host).outstanding, 1);
        assert_int_equal(host_info(&host).outstanding_id, id);
        assert_int_equal(answer(&host, id), IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    assert_int_equal(host_info(&host).outstanding, 0);
    host_clear(&host);
}

static int ask_once(struct host *host, struct event *event)
{
    if (event->kind == EVENT_OUTCOME && event->outcome.context == asking_context(0)) {
        (void)ask(host, 2);
    }
    return IKL_OK;
}

/* There is room already when the outcome is reported, and yet those made earlier go first. */
static void a_request_made_while_others_are_reported_goes_behind_those_that_wait(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    (void)ask(&host, 0);
    (void)ask(&host, 1);
    host.on_event = ask_once;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(answer(&host, 1), IKL_OK);
    assert_int_equal(asked(&host, 1), 1);
    assert_int_equal(asked(&host, 2), 2);
    host_clear(&host);
}

static void a_request_waits_for_the_answer_to_a_liveness_check(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 5000);
    (void)ask(&host, 7);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_advance(&host, 6000);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(asked(&host, 2), 7);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 2)->attempt.message_id, 1);
    host_clear(&host);
}

static void no_liveness_check_goes_out_beside_a_request_or_waits_behind_it(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    (void)ask(&host, 0);
    (void)ask(&host, 1);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_ERR_BUSY);
    assert_int_equal(host_info(&host).idle_deadline, IKL_NEVER);
    for (ikl_time now = 0; now <= 30000; now += 500) {
        host_advance(&host, now);
    }
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(answer(&host, 1), IKL_OK);
    for (size_t i = 0; i < host_count(&host, EVENT_ATTEMPT); i++) {
        assert_false(host_event(&host, EVENT_ATTEMPT, i)->attempt.liveness);
    }
    assert_int_equal(host_info(&host).counters.probes, 0);
    assert_int_equal(host_info(&host).outstanding, 0);
    assert_int_equal(host_info(&host).idle_deadline, 35000); /* the answer was the latest evidence */
    host_advance(&host, 34999);
    assert_int_equal(host_info(&host).counters.probes, 0);
    host_advance(&host, 35000);
    assert_int_equal(host_info(&host).counters.probes, 1);
    host_clear(&host);
}

/* The one that ran out of tries tells what was asked and since when. */
static void rfc_05_giving_up_on_a_request_takes_the_ike_sa_and_its_child_sas_down(void **state)
{
    const struct ikl_down *down;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 700);
    assert_int_equal(asking_try(&host, &(struct asking){.exchange_type = IKL_CREATE_CHILD_SA}, NULL), IKL_OK);
    host_run_to_the_end(&host);
    down = &host_event(&host, EVENT_DOWN, 0)->down;
    assert_int_equal(host_count(&host, EVENT_SENT), TRIES);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(down->reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(down->at, 700 + 319000);
    assert_int_equal(down->exchange_type, IKL_CREATE_CHILD_SA);
    assert_int_equal(down->message_id, 0);
    assert_int_equal(down->sends, TRIES);
    assert_int_equal(down->first_sent, 700);
    assert_int_equal(outcome(&host, 0)->kind, IKL_OUTCOME_TIMED_OUT);
    host_clear(&host);
}

static void encapsulated(struct ikl_sa_config *config)
{
    config->path.encapsulated = true;
}

static void assert_identical_retransmissions(sa_change change, bool queued, size_t len)
{
    size_t first = queued ? 1 : 0;
    struct host host;

    one_ike_sa(&host, change);
    if (queued) {
        (void)ask(&host, 1);
    }
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 2, .len = len}, NULL), IKL_OK);
    if (queued) {
        assert_int_equal(answer(&host, 0), IKL_OK);
    }
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), first + TRIES);
    assert_int_equal(asked(&host, first), 2);
    for (size_t i = first; i < first + TRIES; i++) {
        const struct event *again = host_event(&host, EVENT_SENT, i), *as = host_event(&host, EVENT_SENT, first);

        assert_int_equal(again->len, as->len);
        assert_memory_equal(again->datagram, as->datagram, as->len);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, i)->attempt.retransmission, i - first);
    }
    host_clear(&host);
}

static void rfc_01_a_retransmitted_request_is_identical_bit_for_bit(void **state)
{
    static const size_t lens[] = {1, 12, 100, 1100};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        assert_identical_retransmissions(NULL, false, lens[i]);
        assert_identical_retransmissions(NULL, true, lens[i]);
        assert_identical_retransmissions(encapsulated, false, lens[i]);
    }
}

/* The wait of a queued one begins when it is sent. Liveness checks keep the IKE SA's schedule. */
static void a_request_may_have_a_schedule_of_its_own(void **state)
{
    static const uint32_t waits[] = {300, 700, 500};
    struct ikl_schedule own;
    struct host host;

    (void)state;
    assert_int_equal(ikl_schedule_from_list(&own, waits, COUNT_OF(waits), 4), IKL_OK);
    one_ike_sa(&host, NULL);
    host_advance(&host, 5000); /* a liveness check */
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.wait, 1000);
    assert_int_equal(asking_try(&host, &(struct asking){.schedule = &own}, NULL), IKL_OK);
    host_advance(&host, 6000);
    assert_int_equal(answer(&host, 0), IKL_OK);
    host_forget(&host);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->at, 6300);
    assert_int_equal(host_event(&host, EVENT_SENT, 1)->at, 7000);
    assert_int_equal(host_event(&host, EVENT_SENT, 2)->at, 7500);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 1)->attempt.wait, 500);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 8000);
    assert_int_equal(outcome(&host, 0)->sends, 4);
    host_clear(&host);
}

/* Its own stays with it; one without takes that of the IKE SA that it moves to. */
static void a_queued_request_that_moves_keeps_a_schedule_of_its_own(void **state)
{
    static const uint32_t waits[] = {333}, others[] = {444};
    struct ikl_schedule own, of_replacement;
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *replacement;
    struct host host;

    (void)state;
    assert_int_equal(ikl_schedule_from_list(&own, waits, 1, 1), IKL_OK);
    assert_int_equal(ikl_schedule_from_list(&of_replacement, others, 1, 1), IKL_OK);
    one_ike_sa(&host, NULL);
    (void)ask(&host, 1);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 2, .schedule = &own}, NULL), IKL_OK);
    (void)ask(&host, 3);
    test_sa_config(&config, &keys, suite, true, 1);
    config.schedule = &of_replacement;
    config.ids.peer_window = 2;
    assert_int_equal(ikl_sa_new(&replacement, host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(host.sa, replacement, false, 1000, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 3);
    assert_ptr_equal(host_event(&host, EVENT_ATTEMPT, 1)->sa, replacement);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 1)->attempt.wait, 333);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 2)->attempt.wait, 444);
    host_clear(&host);
}

static void the_jitter_of_its_schedule_only_shortens_its_waits(void **state)
{
    static const uint32_t waits[] = {1000, 2000, 4000};
    struct ikl_schedule own;
    struct host host;
    bool shorter = false;

    (void)state;
    assert_int_equal(ikl_schedule_from_list(&own, waits, COUNT_OF(waits), 0), IKL_OK);
    own.jitter = 500;
    one_ike_sa(&host, NULL);
    host.random = 0x77;
    assert_int_equal(asking_try(&host, &(struct asking){.schedule = &own}, NULL), IKL_OK);
    host_run_to_the_end(&host);
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        const struct ikl_attempt *attempt = &host_event(&host, EVENT_ATTEMPT, i)->attempt;
        const struct event *next =
            host_event(&host, i + 1 < COUNT_OF(waits) ? EVENT_SENT : EVENT_DOWN, i + 1 < COUNT_OF(waits) ? i + 1 : 0);

        assert_in_range(attempt->wait, waits[i] / 2, waits[i]);
        assert_int_equal(next->at - host_event(&host, EVENT_SENT, i)->at, attempt->wait);
        shorter = shorter || attempt->wait < waits[i];
    }
    assert_true(shorter);
    host_clear(&host);
}

static void a_failed_send_uses_its_attempt_and_the_schedule_goes_on(void **state)
{
    struct host host, twin;

    (void)state;
    one_ike_sa(&host, NULL);
    one_ike_sa(&twin, NULL);
    host.send_result = -77;
    (void)ask(&host, 1);
    (void)ask(&twin, 1);
    host_run_to_the_end(&host);
    host_run_to_the_end(&twin);
    assert_int_equal(host_count(&host, EVENT_SENT), TRIES);
    for (size_t i = 0; i < TRIES; i++) {
        const struct event *sent = host_event(&host, EVENT_SENT, i), *as = host_event(&twin, EVENT_SENT, i);

        assert_int_equal(sent->at, as->at);
        assert_memory_equal(sent->datagram, as->datagram, as->len);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, i)->attempt.send_result, -77);
    }
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, host_event(&twin, EVENT_DOWN, 0)->at);
    assert_int_equal(host_info(&host).counters.send_failures, TRIES);
    host_clear(&host);
    host_clear(&twin);
}

static void query_and_history_show_what_is_outstanding_and_what_waits(void **state)
{
    struct ikl_event events[16];
    struct ikl_sa_info info;
    struct host host;
    size_t n, n_full = 0;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(asking_try(&host, &(struct asking){.exchange_type = IKL_CREATE_CHILD_SA}, NULL), IKL_OK);
    (void)ask(&host, 1);
    (void)ask(&host, 2);
    host_advance(&host, 1000);
    host_advance(&host, 3000);
    info = host_info(&host);
    assert_int_equal(info.outstanding, 1);
    assert_int_equal(info.queued, 2);
    assert_int_equal(info.outstanding_exchange_type, IKL_CREATE_CHILD_SA);
    assert_int_equal(info.outstanding_id, 0);
    assert_int_equal(info.outstanding_retransmissions, 2);
    assert_int_equal(info.outstanding_deadline, 7000);
    assert_int_equal(info.next_request, 1);
    n = ikl_sa_history(host.sa, events, COUNT_OF(events));
    for (size_t i = 0; i < n; i++) {
        n_full += events[i].kind == IKL_EVENT_WINDOW_FULL ? 1 : 0;
    }
    assert_int_equal(n_full, 2);
    assert_int_equal(events[0].kind, IKL_EVENT_REQUESTED);
    assert_int_equal(events[0].message_id, 0);
    host_clear(&host);
}

static int say(struct host *host, const struct peer_message *message)
{
    return peer_send(host, suite, message);
}

/* Each side counts its own requests. */
static void rfc_06_message_ids_of_the_two_directions_are_independent(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    for (uint32_t id = 0; id < 3; id++) {
        (void)ask(&host, (uint8_t)id);
        assert_int_equal(host_info(&host).next_request, id + 1);
        assert_int_equal(host_info(&host).next_expected, 0);
        assert_int_equal(answer(&host, id), IKL_OK);
    }
    assert_int_equal(say(&host, &(struct peer_message){.message_id = 3}), IKL_ERR_WINDOW);
    assert_int_equal(say(&host, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(host_info(&host).next_request, 3);
    assert_int_equal(host_info(&host).next_expected, 1);
    host_clear(&host);
}

TESTS_OF(requests)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_exchange_and_any_payloads_are_sent_as_the_host_says),
        cmocka_unit_test(the_payloads_are_copied),
        cmocka_unit_test(rfc_07_one_request_is_outstanding_while_the_peer_allows_no_more),
        cmocka_unit_test(a_request_made_while_others_are_reported_goes_behind_those_that_wait),
        cmocka_unit_test(a_request_waits_for_the_answer_to_a_liveness_check),
        cmocka_unit_test(no_liveness_check_goes_out_beside_a_request_or_waits_behind_it),
        cmocka_unit_test(rfc_05_giving_up_on_a_request_takes_the_ike_sa_and_its_child_sas_down),
        cmocka_unit_test(rfc_01_a_retransmitted_request_is_identical_bit_for_bit),
        cmocka_unit_test(a_request_may_have_a_schedule_of_its_own),
        cmocka_unit_test(a_queued_request_that_moves_keeps_a_schedule_of_its_own),
        cmocka_unit_test(the_jitter_of_its_schedule_only_shortens_its_waits),
        cmocka_unit_test(a_failed_send_uses_its_attempt_and_the_schedule_goes_on),
        cmocka_unit_test(query_and_history_show_what_is_outstanding_and_what_waits),
        cmocka_unit_test(rfc_06_message_ids_of_the_two_directions_are_independent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
