/* SPDX-License-Identifier: ISC */
/* Promises about the peer's requests: each is taken once, in the order of Message IDs, and answered when the host says
 * so. */
#include "support/asking.h"
#include "support/drain.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_random.h"
#include "support/twin.h"

static const char *const suite = ASKING_SUITE;

static uint32_t window;

static void with_window(struct ikl_sa_config *config)
{
    config->ids.own_window = window;
}

static void one_ike_sa(struct host *host, uint32_t own_window)
{
    window = own_window;
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 1, with_window);
}

/* One that the library leaves to the host. */
static int hear(struct host *host, uint32_t message_id)
{
    return peer_send(host, suite,
                     &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA, .message_id = message_id});
}

/* One that the library answers itself. */
static int hear_probe(struct host *host, uint32_t message_id)
{
    return peer_send(host, suite, &(struct peer_message){.message_id = message_id});
}

/* An answer by which it can be told. */
static int respond(struct host *host, uint32_t message_id)
{
    uint8_t body[30];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};

    memset(body, (int)message_id, sizeof(body));
    return ikl_sa_respond(host->sa, message_id, &payload, 1, host->now);
}

/* The Message ID of the n-th datagram sent, which must be a response. */
static uint32_t responded(struct host *host, size_t n)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened = peer_open(host_event(host, EVENT_SENT, n), suite, plaintext);

    assert_int_equal(opened.header.flags, IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE);
    return opened.header.message_id;
}

static void assert_same_datagram(struct host *host, size_t a, size_t b)
{
    const struct event *one = host_event(host, EVENT_SENT, a), *other = host_event(host, EVENT_SENT, b);

    assert_int_equal(one->len, other->len);
    assert_memory_equal(one->datagram, other->datagram, one->len);
}

static void rfc_02_a_response_is_sent_again_only_when_its_request_comes_again(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct peer_message message = {.exchange_type = IKL_CREATE_CHILD_SA};
    size_t len = peer_seal(&message, suite, datagram);
    struct host host;

    (void)state;
    one_ike_sa(&host, 1);
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_OK);
    assert_int_equal(respond(&host, 0), IKL_OK);
    host_advance(&host, 4999); /* no time makes it be sent again */
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    datagram[len - 1] ^= 1; /* nor a request that is not authentic */
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_ERR_FORGED);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    datagram[len - 1] ^= 1;
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_same_datagram(&host, 0, 1);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1); /* it is not processed again */
    host_clear(&host);
}

static void rfc_03_a_request_whose_response_was_forgotten_is_ignored(void **state)
{
    static const uint32_t windows[] = {1, 2, 7, IKL_WINDOW_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        struct snapshot before, after;
        struct host host;

        one_ike_sa(&host, windows[i]);
        for (uint32_t id = 0; id < 40; id++) {
            assert_int_equal(hear_probe(&host, id), IKL_OK);
        }
        host_forget(&host);
        before = snapshot_of(&host);
        for (uint32_t id = 0; id < 40 - windows[i]; id++) {
            assert_int_equal(hear_probe(&host, id), IKL_ERR_STALE);
        }
        after = snapshot_of(&host);
        assert_same_state(&before, &after);
        assert_int_equal(host.n_events, 0);
        assert_int_equal(after.counters.stale, 40 - windows[i]);
        host_clear(&host);
    }
}

/* With L the lowest ID not yet received, those from L to L + W - 1 are taken. */
static void rfc_04_as_many_requests_are_taken_as_the_window_is_wide(void **state)
{
    (void)state;
    for (uint32_t w = 1; w <= IKL_WINDOW_MAX; w++) {
        struct host host;

        one_ike_sa(&host, w);
        for (uint32_t id = 0; id < 5; id++) {
            assert_int_equal(hear_probe(&host, id), IKL_OK);
        }
        assert_int_equal(hear(&host, 5 + w), IKL_ERR_WINDOW);
        assert_int_equal(hear(&host, 5 + w + 1000), IKL_ERR_WINDOW);
        assert_int_equal(hear(&host, UINT32_MAX), IKL_ERR_WINDOW);
        for (uint32_t id = 5 + w - 1; id >= 5; id--) {
            assert_int_equal(hear(&host, id), IKL_OK);
        }
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), w);
        assert_int_equal(host_info(&host).next_expected, 5 + w);
        host_clear(&host);
    }
}

/* A response is remembered until a request with an ID that is higher by W arrives. */
static void rfc_04_a_response_is_remembered_until_a_request_one_window_ahead_arrives(void **state)
{
    (void)state;
    for (uint32_t w = 1; w <= IKL_WINDOW_MAX; w++) {
        struct host host;

        one_ike_sa(&host, w);
        for (uint32_t id = 0; id < w; id++) {
            assert_int_equal(hear(&host, id), IKL_OK);
            assert_int_equal(respond(&host, id), IKL_OK);
        }
        for (uint32_t id = 0; id < w; id++) {
            host.now += 1000; /* the rate of repeated responses is limited */
            assert_int_equal(hear(&host, id), IKL_OK);
            assert_same_datagram(&host, w + id, id);
        }
        assert_int_equal(hear(&host, w), IKL_OK);
        assert_int_equal(hear(&host, 0), IKL_ERR_STALE);
        if (w > 1) {
            host.now += 1000;
            assert_int_equal(hear(&host, 1), IKL_OK);
        }
        host_clear(&host);
    }
}

static void rfc_08_requests_of_the_peer_are_handled_while_ours_are_outstanding(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, 1);
    (void)ask(&host, 1);
    (void)ask(&host, 2);
    assert_int_equal(hear(&host, 0), IKL_OK);
    assert_int_equal(respond(&host, 0), IKL_OK);
    assert_int_equal(responded(&host, 1), 0);
    assert_int_equal(hear_probe(&host, 1), IKL_OK);
    assert_int_equal(responded(&host, 2), 1);
    assert_int_equal(host_info(&host).outstanding, 1);
    assert_int_equal(host_info(&host).queued, 1);
    host_clear(&host);
}

/* INVALID_MESSAGE_ID, which may be sent, is not. */
static void rfc_09_a_request_beyond_the_window_is_not_processed(void **state)
{
    struct snapshot before, after;
    struct host host;

    (void)state;
    one_ike_sa(&host, 3);
    assert_int_equal(hear_probe(&host, 0), IKL_OK);
    host_forget(&host);
    before = snapshot_of(&host);
    for (uint32_t id = 4; id < 50; id++) {
        assert_int_equal(hear(&host, id), IKL_ERR_WINDOW);
    }
    after = snapshot_of(&host);
    assert_same_state(&before, &after);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(after.counters.out_of_window, 46);
    assert_int_equal(hear(&host, 1), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1); /* none of them was kept */
    host_clear(&host);
}

static void a_request_after_a_gap_is_delivered_when_the_gap_is_filled(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, 4);
    host.now = 100;
    assert_int_equal(hear(&host, 3), IKL_OK);
    assert_int_equal(hear(&host, 1), IKL_OK);
    assert_int_equal(hear_probe(&host, 2), IKL_OK);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(host_info(&host).next_expected, 0);
    assert_int_equal(host_info(&host).last_message, 100); /* but it is a sign of life */
    assert_int_equal(host_info(&host).counters.requests, 3);
    host.now = 200;
    assert_int_equal(hear(&host, 1), IKL_ERR_PENDING); /* which its repetition is not */
    assert_int_equal(host_info(&host).last_message, 100);
    assert_int_equal(hear(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 3);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->message_id, 0);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 1)->message_id, 1);
    assert_true(host_event(&host, EVENT_SENT, 0) >
                host_event(&host, EVENT_PEER_REQUEST, 1)); /* the library's in turn too */
    assert_int_equal(responded(&host, 0), 2);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 2)->message_id, 3);
    assert_int_equal(host_info(&host).next_expected, 4);
    assert_int_equal(host_info(&host).counters.requests, 4);
    host_clear(&host);
}

static void what_waits_is_delivered_as_it_came(void **state)
{
    static const uint8_t inside[] = {IKL_PAYLOAD_VENDOR_ID, 0, 0, 8, 0, 0, 0x40, 0, 0, 0, 0, 6, 1, 2};
    const struct peer_message message = {.exchange_type = 240,
                                         .message_id = 1,
                                         .first_payload = IKL_PAYLOAD_NOTIFY,
                                         .plaintext = {inside, sizeof(inside)}};
    const struct event *request;
    struct host host;

    (void)state;
    one_ike_sa(&host, 2);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(hear_probe(&host, 0), IKL_OK);
    request = host_event(&host, EVENT_PEER_REQUEST, 0);
    assert_int_equal(request->exchange_type, 240);
    assert_int_equal(request->message_id, 1);
    assert_int_equal(request->first_payload, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(request->len, sizeof(inside));
    assert_memory_equal(request->datagram, inside, sizeof(inside));
    assert_int_equal(respond(&host, 1), IKL_OK);
    assert_false(pool_is_whole(&host)); /* the response is kept, the request no longer */
    assert_int_equal(hear_probe(&host, 2), IKL_OK);
    assert_int_equal(hear_probe(&host, 3), IKL_OK);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

/* A Delete of everything that overtakes another request ends nothing before its turn. */
static void a_delete_waits_for_its_turn(void **state)
{
    static const uint8_t delete[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    struct host host;

    (void)state;
    one_ike_sa(&host, 2);
    assert_int_equal(peer_send(&host, suite,
                               &(struct peer_message){.message_id = 1,
                                                      .first_payload = IKL_PAYLOAD_DELETE,
                                                      .plaintext = {delete, sizeof(delete)}}),
                     IKL_OK);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(hear_probe(&host, 0), IKL_OK);
    assert_int_equal(responded(&host, 0), 0);
    assert_int_equal(responded(&host, 1), 1);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PEER_DELETED);
    host_clear(&host);
}

static void the_host_answers_in_any_order_and_whenever_it_likes(void **state)
{
    static const uint32_t order[] = {2, 0, 3, 1};
    struct host host;

    (void)state;
    one_ike_sa(&host, 4);
    for (uint32_t id = 0; id < 4; id++) {
        assert_int_equal(hear(&host, id), IKL_OK);
        assert_int_equal(hear(&host, id), IKL_ERR_PENDING);
    }
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        host_advance(&host, host.now + 700);
        assert_int_equal(respond(&host, order[i]), IKL_OK);
        assert_int_equal(responded(&host, i), order[i]);
        assert_int_equal(respond(&host, order[i]), IKL_ERR_NOT_FOUND);
    }
    assert_int_equal(host_counters(&host).pending, 4);
    for (uint32_t id = 0; id < 4; id++) {
        assert_int_equal(hear(&host, order[id]), IKL_OK);
        assert_same_datagram(&host, 4 + id, id);
    }
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 4);
    host_clear(&host);
}

/* The peer that goes on has no use for it any more. */
static void an_answer_that_the_peer_no_longer_waits_for_finds_no_request(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, 1);
    assert_int_equal(hear(&host, 0), IKL_OK);
    assert_int_equal(hear(&host, 1), IKL_OK);
    assert_int_equal(respond(&host, 0), IKL_ERR_NOT_FOUND);
    assert_int_equal(respond(&host, 1), IKL_OK);
    host_clear(&host);
}

/* What the window says, slowly and obviously. */
struct model {
    uint32_t window;
    bool received[400], delivered[400], answered[400];
};

static uint32_t lowest_missing(const struct model *model)
{
    uint32_t id = 0;

    while (model->received[id]) {
        id++;
    }
    return id;
}

static uint32_t one_beyond(const struct model *model)
{
    uint32_t beyond = 0;

    for (uint32_t id = 0; id < COUNT_OF(model->received); id++) {
        beyond = model->received[id] ? id + 1 : beyond;
    }
    return beyond;
}

static int expected(const struct model *model, uint32_t id)
{
    if (model->received[id] && one_beyond(model) - id > model->window) {
        return IKL_ERR_STALE;
    }
    if (model->received[id]) {
        return model->answered[id] ? IKL_OK : IKL_ERR_PENDING;
    }
    return id < lowest_missing(model) + model->window ? IKL_OK : IKL_ERR_WINDOW;
}

static void hear_one(struct host *host, struct model *model, uint32_t id)
{
    size_t n_sent = host_count(host, EVENT_SENT);
    int result = expected(model, id);
    bool repeated = model->received[id];

    host->now += 200; /* so that no repetition comes too soon */
    assert_int_equal(hear(host, id), result);
    model->received[id] = repeated || result == IKL_OK;
    for (uint32_t i = 0; i < lowest_missing(model); i++) {
        if (!model->delivered[i]) {
            model->delivered[i] = true;
            assert_int_equal(host_last(host, EVENT_PEER_REQUEST)->message_id, lowest_missing(model) - 1);
        }
    }
    assert_int_equal(host_count(host, EVENT_PEER_REQUEST), lowest_missing(model));
    assert_int_equal(host_count(host, EVENT_SENT), n_sent + (repeated && result == IKL_OK ? 1 : 0));
}

static void answer_one(struct host *host, struct model *model, uint32_t id)
{
    bool waits = model->delivered[id] && !model->answered[id];
    int result = respond(host, id);

    if (waits && one_beyond(model) - id <= model->window) {
        assert_int_equal(result, IKL_OK);
    } else if (!waits) {
        assert_int_equal(result, IKL_ERR_NOT_FOUND);
    } /* otherwise the peer no longer waits for it: it may be gone or not */
    if (result == IKL_OK) {
        model->answered[id] = true;
        assert_int_equal(responded(host, host_count(host, EVENT_SENT) - 1), id);
    }
}

static void run_window(struct test_random *random, uint32_t own_window)
{
    enum { N = 150, STEPS = 1500 };
    static struct model model;
    struct host host;

    model = (struct model){.window = own_window};
    one_ike_sa(&host, own_window);
    for (size_t step = 0; step < STEPS && lowest_missing(&model) < N; step++) {
        uint32_t lowest = lowest_missing(&model);
        uint32_t from = lowest > own_window + 2 ? lowest - own_window - 2 : 0;
        uint32_t id = from + (uint32_t)test_random_below(random, 2 * own_window + 4);

        if (test_random_below(random, 3) == 0) {
            answer_one(&host, &model, id);
        } else {
            hear_one(&host, &model, id);
        }
    }
    assert_in_range(lowest_missing(&model), 50, N + IKL_WINDOW_MAX);
    for (uint32_t id = 0; id < lowest_missing(&model); id++) {
        assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, id)->message_id, id); /* in order, each once */
    }
    ikl_sa_close(host.sa, host.now);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static void every_window_does_what_the_obvious_model_does(void **state)
{
    static const uint32_t windows[] = {1, 2, 3, 5, 8, 16, 31, IKL_WINDOW_MAX};
    struct test_random random = {2};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(windows); i++) {
        run_window(&random, windows[i]);
    }
}

TESTS_OF(peer_requests)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_02_a_response_is_sent_again_only_when_its_request_comes_again),
        cmocka_unit_test(rfc_03_a_request_whose_response_was_forgotten_is_ignored),
        cmocka_unit_test(rfc_04_as_many_requests_are_taken_as_the_window_is_wide),
        cmocka_unit_test(rfc_04_a_response_is_remembered_until_a_request_one_window_ahead_arrives),
        cmocka_unit_test(rfc_08_requests_of_the_peer_are_handled_while_ours_are_outstanding),
        cmocka_unit_test(rfc_09_a_request_beyond_the_window_is_not_processed),
        cmocka_unit_test(a_request_after_a_gap_is_delivered_when_the_gap_is_filled),
        cmocka_unit_test(what_waits_is_delivered_as_it_came),
        cmocka_unit_test(a_delete_waits_for_its_turn),
        cmocka_unit_test(the_host_answers_in_any_order_and_whenever_it_likes),
        cmocka_unit_test(an_answer_that_the_peer_no_longer_waits_for_finds_no_request),
        cmocka_unit_test(every_window_does_what_the_obvious_model_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
