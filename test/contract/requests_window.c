/* SPDX-License-Identifier: ISC */
/* Promises about the peer's window: several requests outstanding at once, answered in any order. */
#include "support/asking.h"
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_random.h"

static const char *const suite = ASKING_SUITE;

/* An eighth is for one IKE SA. */
static void many_requests(struct ikl_endpoint_config *config)
{
    config->max_requests = 512;
}

static void one_ike_sa(struct host *host, sa_change change)
{
    host_init(host, "a", 0, many_requests);
    host_sa(host, suite, true, 1, change);
}

static void ask_for(struct host *host, uint8_t first, uint8_t n)
{
    for (uint8_t i = 0; i < n; i++) {
        (void)ask(host, (uint8_t)(first + i));
    }
}

static void rfc_07_a_wider_window_lets_queued_requests_out_and_never_more_than_it_allows(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    ask_for(&host, 0, 10);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    ikl_sa_peer_window(host.sa, 4, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 4);
    assert_int_equal(host_info(&host).outstanding, 4);
    assert_int_equal(host_info(&host).queued, 6);
    for (uint32_t id = 0; id < 4; id++) {
        assert_int_equal(asked(&host, id), id);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, id)->attempt.message_id, id);
    }
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    assert_int_equal(host_info(&host).outstanding, 4);
    host_clear(&host);
}

static void a_window_never_shrinks_and_has_32_requests_at_most(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    ask_for(&host, 0, 40);
    ikl_sa_peer_window(host.sa, 3, 0);
    ikl_sa_peer_window(host.sa, 2, 0);
    ikl_sa_peer_window(host.sa, 0, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 4);
    ikl_sa_peer_window(host.sa, UINT32_MAX, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 1 + IKL_WINDOW_MAX);
    host_clear(&host);
}

static void window_of_3(struct ikl_sa_config *config)
{
    config->ids.peer_window = 3;
}

/* The lowest one without an answer is where the window begins. */
static void answers_may_come_in_any_order(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, window_of_3);
    ask_for(&host, 0, 7);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(answer(&host, 2), IKL_OK);
    assert_int_equal(answer(&host, 1), IKL_OK);
    assert_int_equal(answer(&host, 1), IKL_ERR_UNSOLICITED);
    assert_int_equal(answer(&host, 3), IKL_ERR_UNSOLICITED);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(host_info(&host).outstanding, 1);
    assert_int_equal(host_info(&host).outstanding_id, 0);
    assert_int_equal(outcome(&host, 0)->message_id, 2);
    assert_int_equal(outcome(&host, 1)->message_id, 1);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 6);
    assert_int_equal(asked(&host, 3), 3);
    assert_int_equal(asked(&host, 5), 5);
    host_clear(&host);
}

/* One is due every 100 ms and each is sent again alone; then all in the same tick, each once. */
static void each_request_is_retransmitted_on_its_own_schedule(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, window_of_3);
    for (uint8_t i = 0; i < 3; i++) {
        host.now = i * 100u;
        (void)ask(&host, i);
    }
    for (uint8_t i = 0; i < 3; i++) {
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 1000u + i * 100u);
        host_advance(&host, 1000u + i * 100u);
        assert_int_equal(host_count(&host, EVENT_SENT), 4 + i);
        assert_int_equal(asked(&host, 3 + i), i);
    }
    host_advance(&host, 3200);
    assert_int_equal(host_count(&host, EVENT_SENT), 9);
    for (uint8_t i = 0; i < 3; i++) {
        assert_int_equal(asked(&host, 6 + i), i);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, 6 + i)->attempt.retransmission, 2);
        assert_memory_equal(host_event(&host, EVENT_SENT, 6 + i)->datagram, host_event(&host, EVENT_SENT, i)->datagram,
                            host_event(&host, EVENT_SENT, i)->len);
    }
    host_clear(&host);
}

static void one_a_second(struct ikl_endpoint_config *config)
{
    config->retransmissions_per_second = 1;
}

static void held_in_an_outage(struct ikl_endpoint_config *config)
{
    config->outage_after = 7000;
    config->outage_least = 1;
    config->outage_hold = 600000;
}

/* Three requests with the same waits, until just before `until`; then the host advances to `now`, once. */
static void advance_with_three(struct host *host, endpoint_change change, ikl_time until, ikl_time now)
{
    host_init(host, "a", 0, change);
    host_sa(host, suite, true, 1, window_of_3);
    ask_for(host, 0, 3);
    host_run_until(host, until - 1);
    host_forget(host);
    host_advance(host, now);
}

static void what_is_due_at_the_same_time_is_done_for_every_request_in_one_call(void **state)
{
    struct host host;

    (void)state;
    advance_with_three(&host, NULL, 319000, 400000); /* too late for a verdict */
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    host_clear(&host);
    advance_with_three(&host, held_in_an_outage, 319000, 319000);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(host_counters(&host).held, 3);
    host_clear(&host);
    advance_with_three(&host, one_a_second, 1000, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_counters(&host).retransmissions_paced, 2);
    host_clear(&host);
    advance_with_three(&host, NULL, 1000, 1000);
    host.send_result = IKL_ERR_BLOCKED;
    host_advance(&host, 3000);
    assert_int_equal(host_counters(&host).blocked, 3);
    host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    assert_int_equal(host_counters(&host).blocked, 6);
    host_clear(&host);
}

static void the_first_request_that_runs_out_of_tries_ends_the_others(void **state)
{
    static const uint32_t waits[] = {1000, 1000};
    struct ikl_schedule quick;
    struct host host;

    (void)state;
    assert_int_equal(ikl_schedule_from_list(&quick, waits, COUNT_OF(waits), 0), IKL_OK);
    one_ike_sa(&host, window_of_3);
    (void)ask(&host, 0);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 1, .schedule = &quick}, NULL), IKL_OK);
    (void)ask(&host, 2);
    (void)ask(&host, 3);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 2000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.message_id, 1);
    for (uint8_t mark = 0; mark < 4; mark++) {
        assert_int_equal(outcome_of(&host, mark)->kind, mark == 1 ? IKL_OUTCOME_TIMED_OUT : IKL_OUTCOME_SA_GONE);
    }
    host_clear(&host);
}

/* There would be room in the window. */
static void no_liveness_check_goes_out_beside_a_request_in_a_wide_window(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, window_of_3);
    (void)ask(&host, 0);
    for (ikl_time now = 0; now <= 60000; now += 1000) {
        host_advance(&host, now);
    }
    assert_int_equal(ikl_sa_probe(host.sa, 60000), IKL_ERR_BUSY);
    assert_int_equal(host_info(&host).counters.probes, 0);
    host_clear(&host);
}

static void the_window_of_an_ike_sa_that_is_gone_does_not_matter(void **state)
{
    struct host host;
    size_t n_events;

    (void)state;
    one_ike_sa(&host, NULL);
    ask_for(&host, 0, 2);
    ikl_sa_close(host.sa, 0);
    n_events = host.n_events;
    ikl_sa_peer_window(host.sa, 8, 0);
    assert_int_equal(host.n_events, n_events);
    host_clear(&host);
}

static void at_the_last_message_id(struct ikl_sa_config *config)
{
    config->ids.next_request = config->ids.unanswered = IKL_MESSAGE_ID_LAST - 1;
}

/* There is room for a request, and no Message ID. */
static void rfc_06_a_wider_window_is_of_no_use_when_message_ids_have_run_out(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, at_the_last_message_id);
    ask_for(&host, 0, 3);
    ikl_sa_peer_window(host.sa, 2, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    ikl_sa_peer_window(host.sa, 3, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_EXHAUSTED);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 3);
    host_clear(&host);
}

/* What the window says, slowly and obviously. */
struct model {
    uint32_t window, sent, asked;
    bool answered[ASKING_MARKS];
};

static uint32_t lowest_unanswered(const struct model *model)
{
    uint32_t id = 0;

    while (id < model->sent && model->answered[id]) {
        id++;
    }
    return id;
}

static void let_out(struct model *model)
{
    while (model->sent < model->asked && model->sent < lowest_unanswered(model) + model->window) {
        model->sent++;
    }
}

static uint32_t count_outstanding(const struct model *model)
{
    uint32_t n = 0;

    for (uint32_t id = 0; id < model->sent; id++) {
        n += model->answered[id] ? 0 : 1;
    }
    return n;
}

/* An answer to a request at random; when it has one already nothing happens. */
static void answer_any(struct host *host, struct model *model, struct test_random *random)
{
    uint32_t id = (uint32_t)test_random_below(random, model->sent + 1);
    bool awaited = id < model->sent && !model->answered[id];

    assert_int_equal(answer(host, id), awaited ? IKL_OK : IKL_ERR_UNSOLICITED);
    model->answered[id] = model->answered[id] || awaited;
}

static void assert_as_modelled(struct host *host, const struct model *model)
{
    assert_int_equal(host_count(host, EVENT_SENT), model->sent);
    assert_int_equal(host_info(host).outstanding, count_outstanding(model));
    assert_int_equal(host_info(host).queued, model->asked - model->sent);
    assert_int_equal(host_info(host).next_request, model->sent);
}

static void run_window(struct test_random *random, uint32_t window)
{
    enum { N = 120 };
    struct model model = {.window = window};
    struct host host;

    one_ike_sa(&host, NULL);
    ikl_sa_peer_window(host.sa, window, 0);
    while (lowest_unanswered(&model) < N) {
        if (model.asked < N && model.asked - model.sent < 20 && test_random_below(random, 2) == 0) {
            (void)ask(&host, (uint8_t)model.asked++);
        } else {
            answer_any(&host, &model, random);
        }
        let_out(&model);
        assert_as_modelled(&host, &model);
    }
    assert_int_equal(host_count(&host, EVENT_OUTCOME), N);
    for (uint8_t mark = 0; mark < N; mark++) {
        assert_int_equal(asked(&host, mark), mark);
        assert_int_equal(outcome_of(&host, mark)->kind, IKL_OUTCOME_ANSWERED);
        assert_int_equal(outcome_of(&host, mark)->message_id, mark);
    }
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static void every_window_does_what_the_obvious_model_does(void **state)
{
    struct test_random random = {1};

    (void)state;
    for (uint32_t window = 1; window <= IKL_WINDOW_MAX; window++) {
        run_window(&random, window);
    }
}

/* It is tried again after a second. */
static void nothing_forged_puts_off_a_queued_request_that_could_not_be_sealed(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct host host;
    size_t len;

    (void)state;
    fickle_reset(true, true);
    host_init(&host, "a", 0, with_fickle_provider);
    host_sa(&host, suite, true, 0, NULL);
    (void)ask(&host, 1);
    (void)ask(&host, 2);
    fickle.seal_result = IKL_ERR_CRYPTO;
    assert_int_equal(answer(&host, 0), IKL_OK);
    fickle.seal_result = IKL_OK;
    len = peer_seal(&(struct peer_message){.message_id = 0}, suite, datagram);
    datagram[len - 1] ^= 1;
    host_advance(&host, 500);
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_ERR_FORGED);
    host_advance(&host, 999);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_advance(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    host_clear(&host);
}

TESTS_OF(requests_window)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_07_a_wider_window_lets_queued_requests_out_and_never_more_than_it_allows),
        cmocka_unit_test(a_window_never_shrinks_and_has_32_requests_at_most),
        cmocka_unit_test(answers_may_come_in_any_order),
        cmocka_unit_test(each_request_is_retransmitted_on_its_own_schedule),
        cmocka_unit_test(what_is_due_at_the_same_time_is_done_for_every_request_in_one_call),
        cmocka_unit_test(the_first_request_that_runs_out_of_tries_ends_the_others),
        cmocka_unit_test(no_liveness_check_goes_out_beside_a_request_in_a_wide_window),
        cmocka_unit_test(rfc_06_a_wider_window_is_of_no_use_when_message_ids_have_run_out),
        cmocka_unit_test(the_window_of_an_ike_sa_that_is_gone_does_not_matter),
        cmocka_unit_test(every_window_does_what_the_obvious_model_does),
        cmocka_unit_test(nothing_forged_puts_off_a_queued_request_that_could_not_be_sealed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
