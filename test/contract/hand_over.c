/* SPDX-License-Identifier: ISC */
/* Promises about hand-over: nothing is guessed, and what is outstanding comes along. */
#include "support/drain.h"
#include "support/offer.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { EXCHANGE = 18 };

static void take(struct host *host, struct offer *offer)
{
    host_init(host, "a", 100000, NULL);
    offer_fill(offer, suite);
    assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &offer->config, host->now), IKL_OK);
}

static void hand_over_calls_nothing_back(void **state)
{
    struct offer offer;
    struct host host;
    uint8_t random;

    (void)state;
    host_init(&host, "a", 100000, NULL);
    offer_fill(&offer, suite);
    random = host.random;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &offer.config, host.now), IKL_OK);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(host.random, random);
    host_clear(&host);
}

static void requests_outstanding_are_retransmitted_octet_for_octet_at_their_deadlines(void **state)
{
    struct offer offer, copy;
    struct host host;

    (void)state;
    take(&host, &offer);
    copy = offer;
    memset(&offer, 0xff, sizeof(offer)); /* everything was copied */
    for (uint32_t i = 0; i < OFFER_OUTSTANDING; i++) {
        const struct event *sent;
        const struct ikl_attempt *attempt;

        assert_int_equal(host_info(&host).outstanding, OFFER_OUTSTANDING);
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 100100 + i);
        host_advance(&host, 100100 + i);
        sent = host_event(&host, EVENT_SENT, i);
        attempt = &host_event(&host, EVENT_ATTEMPT, i)->attempt;
        assert_int_equal(host_count(&host, EVENT_SENT), i + 1);
        assert_int_equal(sent->len, copy.outstanding[i].datagram.len);
        assert_memory_equal(sent->datagram, copy.requests[i], sent->len);
        assert_int_equal(attempt->exchange_type, copy.requests[i][EXCHANGE]);
        assert_int_equal(attempt->message_id, OFFER_FIRST + i);
        assert_int_equal(attempt->retransmission, i + 1);
        assert_int_equal(attempt->wait, 2000u << i);
        assert_false(attempt->liveness);
    }
    host_clear(&host);
}

/* The pool is full with what other IKE SAs have, so what comes along has blocks of its own. */
static void long_messages_that_come_along_have_room_whatever_there_is(void **state)
{
    enum { LEN = 3000 };
    static uint8_t inside[LEN] = {0, 0, LEN >> 8, LEN & 0xff};
    struct drain drain;
    struct offer offer;
    struct host host;

    (void)state;
    host_init(&host, "a", 100000, NULL);
    offer_fill(&offer, suite);
    for (uint32_t i = 0; i < OFFER_OUTSTANDING; i++) {
        const struct peer_message request = {.from_initiator = true,
                                             .message_id = OFFER_FIRST + i,
                                             .first_payload = IKL_PAYLOAD_VENDOR_ID,
                                             .plaintext = {inside, sizeof(inside)}};

        offer.outstanding[i].datagram.len = peer_seal(&request, suite, offer.requests[i]);
    }
    drain_pool(&drain, &host);
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &offer.config, host.now), IKL_OK);
    for (uint32_t i = 0; i < OFFER_OUTSTANDING; i++) {
        host_advance(&host, 100100 + i);
        assert_int_equal(host_event(&host, EVENT_SENT, i)->len, offer.outstanding[i].datagram.len);
        assert_memory_equal(host_event(&host, EVENT_SENT, i)->datagram, offer.requests[i],
                            offer.outstanding[i].datagram.len);
    }
    ikl_sa_free(host.sa);
    host.sa = NULL;
    refill_pool(&drain, &host);
    host_clear(&host);
}

static void requests_outstanding_are_answered_in_any_order(void **state)
{
    static const uint32_t order[OFFER_OUTSTANDING] = {5, 4, 6};
    struct offer offer;
    struct host host;

    (void)state;
    take(&host, &offer);
    host.now = 100050;
    for (size_t i = 0; i < OFFER_OUTSTANDING; i++) {
        struct peer_message answer = {.response = true,
                                      .exchange_type = offer.requests[order[i] - OFFER_FIRST][EXCHANGE],
                                      .message_id = order[i]};
        const struct ikl_alive *alive;

        assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_ERR_BUSY);
        assert_int_equal(peer_send(&host, suite, &answer), IKL_OK);
        alive = &host_event(&host, EVENT_ALIVE, i)->alive;
        assert_int_equal(alive->message_id, order[i]);
        assert_int_equal(alive->exchange_type, answer.exchange_type);
        assert_int_equal(alive->sends, order[i] - OFFER_FIRST + 1);
        assert_int_equal(alive->first_sent, 50000 + order[i] - OFFER_FIRST);
        assert_false(alive->liveness);
        assert_int_equal(peer_send(&host, suite, &answer), IKL_ERR_UNSOLICITED);
    }
    assert_int_equal(host_info(&host).outstanding, 0);
    assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.message_id, 7);
    host_clear(&host);
}

static void giving_up_on_a_request_that_came_along_takes_the_ike_sa_down(void **state)
{
    const struct ikl_down *down;
    struct offer offer;
    struct host host;

    (void)state;
    take(&host, &offer);
    host_run_to_the_end(&host);
    down = &host_event(&host, EVENT_DOWN, 0)->down;
    assert_int_equal(down->reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(down->message_id, 6); /* the one whose schedule was the furthest */
    assert_int_equal(down->exchange_type, IKL_CREATE_CHILD_SA);
    assert_int_equal(down->sends, 10);
    assert_int_equal(down->first_sent, 50002);
    assert_int_equal(down->at, 100102 + 319000 - 7000);
    host_clear(&host);
}

static void query_shows_the_oldest_request_that_came_along(void **state)
{
    struct ikl_sa_info info;
    struct offer offer;
    struct host host;

    (void)state;
    take(&host, &offer);
    info = host_info(&host);
    assert_int_equal(info.outstanding, OFFER_OUTSTANDING);
    assert_int_equal(info.outstanding_exchange_type, IKL_CREATE_CHILD_SA);
    assert_int_equal(info.outstanding_id, OFFER_FIRST);
    assert_int_equal(info.outstanding_retransmissions, 0);
    assert_int_equal(info.outstanding_deadline, 100100);
    assert_int_equal(info.next_request, 7);
    assert_int_equal(info.next_expected, 9);
    assert_int_equal(info.established, 100000);
    assert_int_equal(info.last_evidence, 100000);
    host_clear(&host);
}

static void a_remembered_response_is_repeated_octet_for_octet(void **state)
{
    const struct event *sent;
    struct offer offer, copy;
    struct host host;

    (void)state;
    take(&host, &offer);
    copy = offer;
    memset(&offer, 0xff, sizeof(offer));
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 7}), IKL_ERR_STALE);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 8}), IKL_OK);
    sent = host_event(&host, EVENT_SENT, 0);
    assert_int_equal(sent->len, copy.remembered[0].datagram.len);
    assert_memory_equal(sent->datagram, copy.response, sent->len);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 9}), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 8}), IKL_ERR_STALE);
    host_clear(&host);
}

/* Role, next to send and next expected as they are after IKE_AUTH, after a rekey, and some time later. */
static void message_ids_go_on_from_where_the_host_says(void **state)
{
    static const struct {
        bool original_initiator;
        uint32_t next_request, next_expected;
    } cases[] = {{true, 2, 0}, {false, 0, 2}, {true, 0, 0}, {false, 0, 0}, {false, 70000, 0x80000000u}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct peer_message request = {.from_initiator = !cases[i].original_initiator};
        struct ikl_sa_config config;
        struct ikl_keys keys;
        struct host host;

        host_init(&host, "a", 0, NULL);
        test_sa_config(&config, &keys, suite, cases[i].original_initiator, 0);
        config.ids.next_request = config.ids.unanswered = cases[i].next_request;
        config.ids.next_expected = cases[i].next_expected;
        test_sealed_before(&config);
        assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
        assert_int_equal(host_info(&host).next_request, cases[i].next_request);
        assert_int_equal(host_info(&host).next_expected, cases[i].next_expected);
        assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.message_id, cases[i].next_request);
        if (cases[i].next_expected > 0) {
            request.message_id = cases[i].next_expected - 1;
            assert_int_equal(peer_send(&host, suite, &request), IKL_ERR_STALE);
        }
        request.message_id = cases[i].next_expected + 1;
        assert_int_equal(peer_send(&host, suite, &request), IKL_ERR_WINDOW);
        request.message_id = cases[i].next_expected;
        assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
        host_clear(&host);
    }
}

/* Who was the original initiator is what the host says; flags, keys and the SPI that is ours follow from it. */
static void the_role_decides_flags_keys_and_which_spi_is_ours(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        bool original_initiator = i == 0;
        uint8_t plaintext[HOST_MAX_DATAGRAM];
        struct ikl_opened opened;
        struct host host;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, original_initiator, 0, NULL);
        assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
        opened = peer_open(host_event(&host, EVENT_SENT, 0), suite, plaintext); /* with SK_ei or SK_er by the flag */
        assert_int_equal(opened.header.flags, original_initiator ? IKL_FLAG_INITIATOR : 0);
        assert_int_equal(opened.header.spi_i, ikl_sa_spi_i(host.sa));
        assert_int_equal(opened.header.spi_r, ikl_sa_spi_r(host.sa));
        assert_ptr_equal(ikl_endpoint_find(host.endpoint, ikl_sa_spi_i(host.sa)), original_initiator ? host.sa : NULL);
        assert_ptr_equal(ikl_endpoint_find(host.endpoint, ikl_sa_spi_r(host.sa)), original_initiator ? NULL : host.sa);
        host_clear(&host);
    }
}

static void the_idle_interval_begins_at_the_hand_over(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 1000, NULL);
    host.now = 7777;
    host_sa(&host, suite, true, 0, NULL);
    assert_int_equal(host_info(&host).established, 7777);
    assert_int_equal(host_info(&host).last_evidence, 7777);
    assert_int_equal(host_info(&host).idle_deadline, 12777);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 12777);
    host_clear(&host);
}

static void idle_of_3_s(struct ikl_sa_config *config)
{
    config->idle = 3000;
}

static void the_ike_sa_may_have_an_idle_interval_of_its_own(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, idle_of_3_s);
    host_advance(&host, 2999);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_advance(&host, 3000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void what_was_handed_over_can_be_asked_for(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    test_sa_config(&config, &keys, suite, true, 3);
    config.user = &keys;
    config.path.tag = 55;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
    assert_ptr_equal(ikl_sa_user(host.sa), &keys);
    assert_ptr_equal(ikl_sa_endpoint(host.sa), host.endpoint);
    assert_int_equal(ikl_sa_spi_i(host.sa), config.spi_i);
    assert_int_equal(ikl_sa_spi_r(host.sa), config.spi_r);
    assert_memory_equal(ikl_sa_path(host.sa), &config.path, sizeof(config.path));
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    host_clear(&host);
}

TESTS_OF(hand_over)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_over_calls_nothing_back),
        cmocka_unit_test(requests_outstanding_are_retransmitted_octet_for_octet_at_their_deadlines),
        cmocka_unit_test(long_messages_that_come_along_have_room_whatever_there_is),
        cmocka_unit_test(requests_outstanding_are_answered_in_any_order),
        cmocka_unit_test(giving_up_on_a_request_that_came_along_takes_the_ike_sa_down),
        cmocka_unit_test(query_shows_the_oldest_request_that_came_along),
        cmocka_unit_test(a_remembered_response_is_repeated_octet_for_octet),
        cmocka_unit_test(message_ids_go_on_from_where_the_host_says),
        cmocka_unit_test(the_role_decides_flags_keys_and_which_spi_is_ours),
        cmocka_unit_test(the_idle_interval_begins_at_the_hand_over),
        cmocka_unit_test(the_ike_sa_may_have_an_idle_interval_of_its_own),
        cmocka_unit_test(what_was_handed_over_can_be_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
