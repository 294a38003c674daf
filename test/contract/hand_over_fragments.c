/* SPDX-License-Identifier: ISC */
/* Promises about the hand-over of messages in fragments, and of several remembered responses. */
#include "support/asking.h"
#include "support/drain.h"
#include "support/fragments.h"
#include "support/test.h"

static const char *const suite = ASKING_SUITE;

enum { LONG = 3000, N = 3, LENGTH = 24, IVS_USED = 1000 };

/* The datagrams of a message, one after the other. */
struct kept {
    uint8_t octets[N * HOST_MAX_DATAGRAM];
    size_t len;
};

/* What an IKE SA sends; then it is taken over. */
struct past {
    struct kept request, response;
    struct ikl_outstanding_request outstanding;
    struct ikl_remembered_response remembered;
    struct ikl_sa_config config;
    struct ikl_keys keys;
};

static void keep(struct kept *kept, struct host *host, size_t n)
{
    kept->len = 0;
    for (size_t i = n; i < n + N; i++) {
        const struct event *sent = host_event(host, EVENT_SENT, i);

        memcpy(kept->octets + kept->len, sent->datagram, sent->len);
        kept->len += sent->len;
    }
}

static void make_past(struct past *past)
{
    static const uint8_t body[LONG];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct host host;

    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, with_fragmentation);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 6, .len = LONG}, NULL), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_OK);
    keep(&past->request, &host, 0);
    keep(&past->response, &host, N);
    host_clear(&host);
    test_sa_config(&past->config, &past->keys, suite, true, 0);
    past->config.protection.fragmentation = true;
    past->config.protection.iv_source = IKL_IV_FIRST;
    past->config.protection.iv_first = IVS_USED;
    past->config.ids = (struct ikl_message_ids){.stated = true, .next_request = 1, .next_expected = 1};
    past->outstanding = (struct ikl_outstanding_request){
        .datagram = {past->request.octets, past->request.len}, .deadline = 1000, .context = asking_context(6)};
    past->remembered = (struct ikl_remembered_response){.datagram = {past->response.octets, past->response.len}};
    past->config.outstanding = &past->outstanding;
    past->config.n_outstanding = 1;
    past->config.remembered = &past->remembered;
    past->config.n_remembered = 1;
}

static void take_over(struct host *host, struct past *past)
{
    make_past(past);
    host_init(host, "a", 0, NULL);
    assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &past->config, 0), IKL_OK);
}

static void assert_sent_as(struct host *host, size_t n, const struct kept *kept)
{
    size_t offset = 0;

    for (size_t i = n; i < n + N; i++) {
        const struct event *sent = host_event(host, EVENT_SENT, i);

        assert_memory_equal(sent->datagram, kept->octets + offset, sent->len);
        offset += sent->len;
    }
    assert_int_equal(offset, kept->len);
}

static void all_fragments_of_a_request_come_along_and_are_retransmitted(void **state)
{
    static struct past past;
    struct host host;

    (void)state;
    take_over(&host, &past);
    host_advance(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), N);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_sent_as(&host, 0, &past.request);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(outcome_of(&host, 6)->kind, IKL_OUTCOME_ANSWERED);
    assert_int_equal(outcome_of(&host, 6)->sends, 2);
    host_clear(&host);
}

static void all_fragments_of_a_response_come_along_and_are_repeated(void **state)
{
    static struct past past;
    struct host host;

    (void)state;
    take_over(&host, &past);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), N);
    assert_sent_as(&host, 0, &past.response);
    host_clear(&host);
}

/* Both are in borrowed blocks: host_clear looks at the list of these. */
static void a_response_that_comes_along_leaves_that_of_another_ike_sa_where_it_is(void **state)
{
    static const uint8_t body[LONG];
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    const struct peer_message request = {.sa = 1, .exchange_type = IKL_CREATE_CHILD_SA};
    static struct past past;
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    make_past(&past);
    host_init(&host, "a", 0, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    config.protection.fragmentation = true;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_OK);
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &past.config, 0), IKL_OK);
    host_clear(&host);
}

/* In each datagram of them, not only in the first. */
static void what_is_wrong_with_any_fragment_is_refused(void **state)
{
    static const size_t at[] = {0, 8, 17, 19, 20, 23, LENGTH, LENGTH + 3};
    static struct past past;
    struct host host;

    (void)state;
    make_past(&past);
    host_init(&host, "a", 0, NULL);
    for (size_t i = 0; i < COUNT_OF(at); i++) {
        struct kept *messages[] = {&past.request, &past.response};

        for (size_t j = 0; j < 2; j++) {
            uint8_t *second = messages[j]->octets + 1252; /* MTU less IP and UDP headers */
            uint8_t change = at[i] == 19 ? IKL_FLAG_RESPONSE : 0x40;

            second[at[i]] ^= change;
            assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &past.config, 0), IKL_ERR_INVALID);
            second[at[i]] ^= change;
        }
    }
    past.outstanding.datagram.len--;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &past.config, 0), IKL_ERR_INVALID);
    past.outstanding.datagram.len++;
    past.remembered.datagram.len -= LENGTH;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &past.config, 0), IKL_ERR_INVALID);
    past.remembered.datagram.len += LENGTH;
    assert_true(pool_is_whole(&host));
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &past.config, 0), IKL_OK);
    host_clear(&host);
}

/* Each of as many as the window is wide, once, in any order, or some of them. */
static void responses_are_remembered_for_a_whole_window(void **state)
{
    static uint8_t datagrams[4][HOST_MAX_DATAGRAM];
    struct ikl_remembered_response remembered[4];
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    for (uint32_t id = 0; id < 4; id++) {
        struct peer_message response = {.from_initiator = true, .response = true, .message_id = 6 + id};

        remembered[3 - id] = (struct ikl_remembered_response){
            .message_id = 6 + id, .datagram = {datagrams[id], peer_seal(&response, suite, datagrams[id])}};
    }
    host_init(&host, "a", 0, NULL);
    test_sa_config(&config, &keys, suite, true, 0);
    config.ids.own_window = 3;
    config.protection.iv_source = IKL_IV_FIRST;
    config.protection.iv_first = IVS_USED;
    config.ids.next_expected = 10;
    config.remembered = remembered;
    config.n_remembered = 4; /* 6 is forgotten */
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_ERR_INVALID);
    config.n_remembered = 3;
    remembered[1].message_id = 9; /* twice */
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_ERR_INVALID);
    remembered[1].datagram = remembered[0].datagram;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_ERR_INVALID);
    remembered[1] = (struct ikl_remembered_response){.message_id = 8, .datagram = {datagrams[2], 57}};
    remembered[2] = remembered[1];
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_ERR_INVALID);
    remembered[2] = (struct ikl_remembered_response){.message_id = 7, .datagram = {datagrams[1], 57}};
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
    for (uint32_t id = 7; id < 10; id++) {
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
        assert_memory_equal(host_last(&host, EVENT_SENT)->datagram, datagrams[id - 6],
                            host_last(&host, EVENT_SENT)->len);
    }
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 6}), IKL_ERR_STALE);
    host_clear(&host);
}

/* Gives the datagrams that were kept `n` times, one after the other, in `out`. */
static void repeat(struct kept *kept, struct ikl_octets *datagrams, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(out + i * kept->len, kept->octets, kept->len);
    }
    *datagrams = (struct ikl_octets){out, n * kept->len};
}

static void with_little_room(struct ikl_endpoint_config *config)
{
    config->max_message = 1280;
}

static void what_comes_along_may_be_as_long_as_a_message_may_be(void **state)
{
    enum { MOST = 1280, AROUND = 57 }; /* what else a message has than payloads */
    uint8_t inside[MOST - AROUND + 1] = {0}, datagram[HOST_MAX_DATAGRAM];
    struct ikl_remembered_response remembered = {.message_id = 0};
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_little_room);
    test_sa_config(&config, &keys, suite, true, 0);
    config.protection.iv_source = IKL_IV_FIRST;
    config.protection.iv_first = IVS_USED;
    config.ids.next_expected = 1;
    config.remembered = &remembered;
    config.n_remembered = 1;
    for (size_t over = 2; over-- > 0;) {
        struct peer_message response = {
            .from_initiator = true, .response = true, .plaintext = {inside, MOST - AROUND + over}};

        remembered.datagram = (struct ikl_octets){datagram, peer_seal(&response, suite, datagram)};
        assert_int_equal(remembered.datagram.len, MOST + over);
        assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), over != 0 ? IKL_ERR_INVALID : IKL_OK);
    }
    host_clear(&host);
}

/* So often that there would be no room for them in what the endpoint has for all. */
static void however_much_comes_along_there_is_room_for_all_of_it(void **state)
{
    enum { TIMES = 12, ALL = TIMES * N };
    static uint8_t octets[2][TIMES * (LONG + N * 100)];
    static struct past past;
    struct host host;

    (void)state;
    make_past(&past);
    assert_true(past.request.len <= sizeof(octets[0]) / TIMES && past.response.len <= sizeof(octets[0]) / TIMES);
    repeat(&past.request, &past.outstanding.datagram, octets[0], TIMES);
    repeat(&past.response, &past.remembered.datagram, octets[1], TIMES);
    host_init(&host, "a", 0, with_little_room);
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &past.config, 0), IKL_OK);
    host_advance(&host, 1000);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2 * ALL);
    for (size_t i = 0; i < ALL; i += N) {
        assert_sent_as(&host, i, &past.request);
        assert_sent_as(&host, ALL + i, &past.response);
    }
    ikl_sa_free(host.sa); /* it held more than a peer could have made it hold */
    host_clear(&host);
}

TESTS_OF(hand_over_fragments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fragments_of_a_request_come_along_and_are_retransmitted),
        cmocka_unit_test(all_fragments_of_a_response_come_along_and_are_repeated),
        cmocka_unit_test(a_response_that_comes_along_leaves_that_of_another_ike_sa_where_it_is),
        cmocka_unit_test(what_is_wrong_with_any_fragment_is_refused),
        cmocka_unit_test(what_comes_along_may_be_as_long_as_a_message_may_be),
        cmocka_unit_test(however_much_comes_along_there_is_room_for_all_of_it),
        cmocka_unit_test(responses_are_remembered_for_a_whole_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
