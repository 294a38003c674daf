/* SPDX-License-Identifier: ISC */
/* Promises about what goes out once more because the host says that the network is back. */
#include "support/asking.h"
#include "support/herd.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static void one_ike_sa(struct host *host, sa_change change)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 0, change);
}

static void what_is_outstanding_goes_out_now_and_no_wait_is_used_up(void **state)
{
    struct host host;
    char text[4096];

    (void)state;
    one_ike_sa(&host, NULL);
    host_run_until(&host, 6500);
    assert_int_equal(ikl_sa_resend(host.sa, 6500), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 3);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->at, 6500);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.cause, IKL_ATTEMPT_RESENT);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.wait, 1500);
    assert_memory_equal(host_last(&host, EVENT_SENT)->datagram, host_event(&host, EVENT_SENT, 0)->datagram,
                        host_last(&host, EVENT_SENT)->len);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 8000);
    assert_true(ikl_sa_history_text(host.sa, 6500, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "retransmitted, Message ID 0, number 2, by our word\n"));
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 324000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.sends, 11);
    host_clear(&host);
}

static void an_answer_has_time_to_come_before_the_verdict(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_run_until(&host, 323500);
    assert_int_equal(ikl_sa_resend(host.sa, 323500), IKL_OK);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) == 324500);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 324500);
    host_clear(&host);
}

static void window_of_4(struct ikl_sa_config *config)
{
    config->ids.peer_window = 4;
}

static void every_request_that_is_outstanding_goes_out_in_order(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, window_of_4);
    for (uint8_t mark = 0; mark < 5; mark++) { /* one of them queued */
        (void)ask(&host, mark);
    }
    host_forget(&host);
    assert_int_equal(ikl_sa_resend(host.sa, 100), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 4);
    for (uint32_t n = 0; n < 4; n++) {
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, n)->attempt.message_id, n);
    }
    host_clear(&host);
}

static int resend_once(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ATTEMPT && event->attempt.message_id == 0 &&
        event->attempt.cause == IKL_ATTEMPT_SCHEDULE) {
        assert_int_equal(ikl_sa_resend(host->sa, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void one_of_which_the_attempt_is_not_told_yet_is_left_out(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, window_of_4);
    (void)ask(&host, 0);
    (void)ask(&host, 1);
    host_forget(&host);
    host.on_event = resend_once;
    host_advance(&host, 1000); /* both are sent again; inside the first attempt only the first can be once more */
    host.on_event = NULL;
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->at, 1000);
    host_clear(&host);
}

static int resend_this_in_every_attempt(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ATTEMPT && host->n_events < 40) {
        assert_int_equal(ikl_sa_resend(host->sa, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void after_too_many_in_one_call_what_is_outstanding_goes_out_with_the_next_advance(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host.on_event = resend_this_in_every_attempt;
    (void)ask(&host, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 0);
    host_advance(&host, 0); /* it asks for more again */
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 1);
    host.on_event = NULL;
    host_advance(&host, 1);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.cause, IKL_ATTEMPT_RESENT);
    assert_true(ikl_endpoint_next_deadline(host.endpoint) >= 1000);
    host_clear(&host);
}

static void with_nothing_outstanding_or_no_time_or_no_ike_sa_nothing_goes_out(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(ikl_sa_resend(host.sa, 100), IKL_ERR_NOT_FOUND);
    (void)ask(&host, 1);
    assert_int_equal(ikl_sa_resend(host.sa, IKL_NEVER), IKL_ERR_INVALID);
    ikl_sa_close(host.sa, 100);
    assert_int_equal(ikl_sa_resend(host.sa, 100), IKL_ERR_STATE);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    host_clear(&host);
}

static void resend_all(struct herd *herd, uint32_t group)
{
    host_forget(&herd->host);
    assert_int_equal(ikl_endpoint_resend(herd->host.endpoint, group, herd->host.now), IKL_OK);
    assert_int_equal(host_count(&herd->host, EVENT_ATTEMPT), 0);
}

static void all_of_an_endpoint_go_out_with_the_next_advance(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, NULL, NULL);
    herd_run(&herd, 6500);
    resend_all(&herd, IKL_EVERY_PATH_GROUP);
    assert_true(ikl_endpoint_next_deadline(herd.host.endpoint) == 6500);
    host_advance(&herd.host, 6500);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), HERD_SAS);
    for (size_t i = 0; i < HERD_SAS; i++) {
        assert_int_equal(host_event(&herd.host, EVENT_ATTEMPT, i)->attempt.cause, IKL_ATTEMPT_RESENT);
    }
    assert_true(ikl_endpoint_next_deadline(herd.host.endpoint) == 8000);
    herd_end(&herd);
}

static void one_a_second(struct ikl_endpoint_config *config)
{
    config->retransmissions_per_second = 1;
}

static void a_forged_answer_brings_no_turn_forward(void **state)
{
    const struct peer_message forged = {.sa = HERD_SAS - 1, .response = true};
    uint8_t octets[HOST_MAX_DATAGRAM];
    struct herd herd;
    size_t len;

    (void)state;
    herd_begin(&herd, one_a_second, NULL);
    herd_run(&herd, 5500);
    resend_all(&herd, IKL_EVERY_PATH_GROUP);
    len = peer_seal(&forged, suite, octets);
    octets[len - 1] ^= 1;
    assert_int_equal(ikl_endpoint_receive(herd.host.endpoint, ikl_sa_path(herd.sas[HERD_SAS - 1]), octets, len, 5500),
                     IKL_ERR_FORGED);
    host_advance(&herd.host, 5500);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), 1);
    herd_end(&herd);
}

static int resend_in_every_attempt(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ATTEMPT) {
        assert_int_equal(ikl_endpoint_resend(host->endpoint, IKL_EVERY_PATH_GROUP, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void inside_a_callback_they_go_out_with_a_later_advance(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, NULL, NULL);
    herd_run(&herd, 5000);
    host_forget(&herd.host);
    herd.host.on_event = resend_in_every_attempt;
    host_advance(&herd.host, 6000);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), HERD_SAS);
    assert_true(ikl_endpoint_next_deadline(herd.host.endpoint) == 6001);
    host_advance(&herd.host, 6001);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), 2 * HERD_SAS);
    herd.host.on_event = NULL;
    herd_end(&herd);
}

static void those_that_wait_for_nothing_are_left_alone(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, NULL, NULL);
    herd_run(&herd, 1000);
    ikl_sa_free(herd.sas[3]);
    ikl_sa_close(herd.sas[4], 1000);
    resend_all(&herd, IKL_EVERY_PATH_GROUP);
    host_advance(&herd.host, 1000);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), 0);
    assert_true(ikl_endpoint_next_deadline(herd.host.endpoint) == 5000);
    herd_end(&herd);
}

static void three_groups(struct ikl_endpoint_config *config)
{
    config->path_groups = 3;
}

static void every_other_in_group_2(struct ikl_sa_config *config)
{
    config->path_group = config->spi_i % 2 == 0 ? 2 : 1;
}

static void only_those_of_the_path_group_go_out(void **state)
{
    struct herd herd;
    uint32_t n = 0;

    (void)state;
    herd_begin(&herd, three_groups, every_other_in_group_2);
    herd_run(&herd, 6500);
    for (size_t i = 0; i < HERD_SAS; i++) {
        n += ikl_sa_spi_i(herd.sas[i]) % 2 == 0 ? 1 : 0;
    }
    assert_in_range(n, 1, HERD_SAS - 1);
    resend_all(&herd, 2);
    host_advance(&herd.host, 6500);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), n);
    for (size_t i = 0; i < n; i++) {
        assert_true(ikl_sa_spi_i(host_event(&herd.host, EVENT_ATTEMPT, i)->sa) % 2 == 0);
    }
    resend_all(&herd, 0); /* nobody is in it */
    host_advance(&herd.host, 6500);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), 0);
    assert_int_equal(ikl_endpoint_resend(herd.host.endpoint, 3, 6500), IKL_ERR_INVALID);
    assert_int_equal(ikl_endpoint_resend(herd.host.endpoint, 2, IKL_NEVER), IKL_ERR_INVALID);
    herd_end(&herd);
}

static void ten_at_once(struct ikl_endpoint_config *config)
{
    config->work_limit = 10;
}

static void the_work_limit_spreads_them_over_calls(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, ten_at_once, NULL);
    herd_run(&herd, 6500);
    resend_all(&herd, IKL_EVERY_PATH_GROUP);
    for (size_t n = 10; n <= HERD_SAS; n += 10) {
        assert_int_equal(ikl_endpoint_advance(herd.host.endpoint, 6500), IKL_OK);
        assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), n);
    }
    herd_end(&herd);
}

static void hundred_a_second(struct ikl_endpoint_config *config)
{
    config->retransmissions_per_second = 100;
}

static void the_pace_of_retransmissions_spreads_them(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, hundred_a_second, NULL);
    herd_run(&herd, 6900); /* the first retransmissions, from 6,000 to 6,390 */
    resend_all(&herd, IKL_EVERY_PATH_GROUP);
    herd_run(&herd, 7500);
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), HERD_SAS);
    for (size_t i = 0; i < HERD_SAS; i++) {
        assert_int_equal(host_event(&herd.host, EVENT_ATTEMPT, i)->at, 6900 + 10 * i);
        assert_int_equal(host_event(&herd.host, EVENT_ATTEMPT, i)->attempt.cause, IKL_ATTEMPT_RESENT);
    }
    herd_end(&herd);
}

static void of_an_ike_sa_for_which_something_is_due_before_they_go_out_with_that(void **state)
{
    struct herd herd;

    (void)state;
    herd_begin(&herd, hundred_a_second, NULL);
    herd_run(&herd, 7995);
    resend_all(&herd, IKL_EVERY_PATH_GROUP); /* until 8,385, and from 8,000 on each of them has a wait that ends */
    herd_run(&herd, 8500);
    for (size_t i = 0; i < host_count(&herd.host, EVENT_ATTEMPT); i++) {
        assert_int_equal(host_event(&herd.host, EVENT_ATTEMPT, i)->attempt.cause, IKL_ATTEMPT_RESENT);
    }
    assert_int_equal(host_count(&herd.host, EVENT_ATTEMPT), HERD_SAS);
    herd_end(&herd);
}

static void without_attempt(struct ikl_endpoint_config *config)
{
    config->callbacks.attempt = NULL;
}

/* Makes a request, and then has everything sent again. */
static int ask_and_resend(struct host *host, struct event *event)
{
    if (event->kind == EVENT_OUTCOME && event->outcome.kind == IKL_OUTCOME_ANSWERED) {
        assert_int_equal(ikl_sa_request(event->sa, IKL_INFORMATIONAL, NULL, 0, NULL, host->now, NULL), IKL_OK);
        assert_int_equal(ikl_sa_resend(event->sa, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void what_was_sent_in_the_same_call_is_left_out_by_hosts_without_attempt_too(void **state)
{
    const endpoint_change changes[] = {NULL, without_attempt};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        struct peer_message answer = {.response = true};
        struct host host;

        host_init(&host, "a", 0, changes[i]);
        host_sa(&host, suite, true, 0, NULL);
        host.on_event = ask_and_resend;
        assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, host.now, NULL), IKL_OK);
        host_forget(&host);
        assert_int_equal(peer_send(&host, suite, &answer), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_SENT), 1);
        assert_int_equal(ikl_sa_resend(host.sa, host.now), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_SENT), 2);
        host.on_event = NULL;
        host_clear(&host);
    }
}

static void without_being_told(struct ikl_endpoint_config *config)
{
    config->callbacks.attempt = NULL;
}

/* Two send at once, so that there is more than one thing to tell. */
static void a_host_that_is_told_of_no_attempt_has_each_sent_again(void **state)
{
    struct ikl_sa_config config;
    struct ikl_sa *sas[2];
    struct ikl_keys keys;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, without_being_told);
    for (uint32_t i = 0; i < COUNT_OF(sas); i++) {
        test_sa_config(&config, &keys, suite, true, i);
        assert_int_equal(ikl_sa_new(&sas[i], host.endpoint, &config, 0), IKL_OK);
    }
    host_advance(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    for (uint32_t i = 0; i < COUNT_OF(sas); i++) {
        assert_int_equal(ikl_sa_resend(sas[i], host.now), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_SENT), 3 + i);
    }
    host_clear(&host);
}

TESTS_OF(resend)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_outstanding_goes_out_now_and_no_wait_is_used_up),
        cmocka_unit_test(an_answer_has_time_to_come_before_the_verdict),
        cmocka_unit_test(every_request_that_is_outstanding_goes_out_in_order),
        cmocka_unit_test(one_of_which_the_attempt_is_not_told_yet_is_left_out),
        cmocka_unit_test(what_was_sent_in_the_same_call_is_left_out_by_hosts_without_attempt_too),
        cmocka_unit_test(after_too_many_in_one_call_what_is_outstanding_goes_out_with_the_next_advance),
        cmocka_unit_test(with_nothing_outstanding_or_no_time_or_no_ike_sa_nothing_goes_out),
        cmocka_unit_test(all_of_an_endpoint_go_out_with_the_next_advance),
        cmocka_unit_test(a_forged_answer_brings_no_turn_forward),
        cmocka_unit_test(inside_a_callback_they_go_out_with_a_later_advance),
        cmocka_unit_test(those_that_wait_for_nothing_are_left_alone),
        cmocka_unit_test(only_those_of_the_path_group_go_out),
        cmocka_unit_test(the_work_limit_spreads_them_over_calls),
        cmocka_unit_test(the_pace_of_retransmissions_spreads_them),
        cmocka_unit_test(of_an_ike_sa_for_which_something_is_due_before_they_go_out_with_that),
        cmocka_unit_test(a_host_that_is_told_of_no_attempt_has_each_sent_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
