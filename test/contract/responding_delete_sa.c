/* SPDX-License-Identifier: ISC */
/* Promises about the Deletes of the peer's that name the IKE SA, contradict themselves, or come with other payloads
 * (RFC 7296 §1.4.1). */
#include "support/deleting.h"
#include "support/drain.h"
#include "support/test.h"

static const char *const suite = DELETING_SUITE;

static void a_delete_of_the_ike_sa_is_answered_empty_and_takes_everything_down(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    const struct event *down;
    struct host host;

    (void)state;
    deleting_init(&host);
    host.now = 2500;
    assert_int_equal(ikl_sa_probe(host.sa, 2500), IKL_OK); /* it may cross a request of ours */
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_NONE, NULL, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_true(host_last(&host, EVENT_SENT) < host_event(&host, EVENT_STATE, 0)); /* the answer before the end */
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), DELETING_CHILDREN);
    for (uint32_t i = 0; i < DELETING_CHILDREN; i++) {
        deleting_assert_reported(&host, i, 0xa0000001 + i);
    }
    down = host_event(&host, EVENT_DOWN, 0);
    assert_int_equal(down->down.reason, IKL_DOWN_PEER_DELETED);
    assert_int_equal(down->down.last_evidence, 2500);
    assert_int_equal(down->down.exchange_type, 0);
    assert_int_equal(down->down.message_id, 0);
    assert_int_equal(down->down.sends, 0);
    assert_int_equal(down->down.first_sent, 0);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_ERR_UNKNOWN_SPI);
    host_clear(&host);
}

/* One pair is kept without room in the pool; other messages are made before the host answers. */
static void the_pair_that_a_response_will_name_is_kept_until_the_host_answers(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 16, ESP, 4, 0, 2, OUT, 0, 0, 1, 1, 2, 3, 4};
    static const uint8_t pair[] = {0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 1};
    static const uint8_t octets[40] = {1};
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, sizeof(octets)}};
    struct drain drain;
    struct host host;

    (void)state;
    deleting_init(&host);
    drain_pool(&drain, &host);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    refill_pool(&drain, &host);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_DELETE, pair, sizeof(pair));
    host_clear(&host);
}

/* There is room for the pairs, but not for where the request came from. */
static void pairs_are_not_kept_when_a_request_cannot_be(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 20, ESP, 4, 0, 3, OUT, 0, 0, 1, OUT, 0, 0, 2, 1, 2, 3, 4};
    const struct peer_message message = {.first_payload = IKL_PAYLOAD_DELETE, .plaintext = {request, sizeof(request)}};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&message, suite, datagram);
    struct ikl_path path;
    struct drain drain;
    struct host host;

    (void)state;
    deleting_init(&host);
    path = *ikl_sa_path(host.sa);
    path.remote.port++;
    drain_pool_to(&drain, &host, 1);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 0), IKL_ERR_NO_BUFFER);
    assert_int_equal(pool_room(&host), 1);
    refill_pool(&drain, &host);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 0), IKL_OK);
    host_clear(&host);
}

static void a_delete_of_the_ike_sa_need_not_name_the_child_sas_and_may(void **state)
{
    static const uint8_t request[] = {
        IKL_PAYLOAD_DELETE, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1, IKL_PAYLOAD_NONE, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    struct host host;

    (void)state;
    deleting_init(&host);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_NONE, NULL, 0);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), DELETING_CHILDREN);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

/* Behind a good one: nothing is deleted, all goes down with the IKE SA. */
static void a_delete_that_contradicts_itself_ends_the_ike_sa(void **state)
{
    static const uint8_t bad[][12] = {{0, 0, 0, 8, IKL_PROTOCOL_IKE, 4, 0, 0},   /* an SPI size for the IKE SA */
                                      {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 1},   /* a count */
                                      {0, 0, 0, 12, ESP, 8, 0, 1, OUT},          /* a wrong SPI size */
                                      {0, 0, 0, 12, ESP, 4, 0, 2, OUT, 0, 0, 2}, /* fewer than it says */
                                      {0, 0, 0, 12, ESP, 4, 0, 0, OUT, 0, 0, 2}, /* more than it says */
                                      {0, 0, 0, 12, 77, 4, 0, 1, OUT, 0, 0, 2},  /* no such protocol */
                                      {0, 0, 0, 7, ESP, 4, 0}};                  /* cut off */
    static const uint8_t invalid_syntax[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_INVALID_SYNTAX};
    struct host host;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint8_t inside[24] = {IKL_PAYLOAD_DELETE, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1};

        deleting_init(&host);
        memcpy(inside + 12, bad[i], sizeof(bad[i]));
        assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_DELETE, inside, 12u + bad[i][3]), IKL_OK);
        deleting_assert_answer(&host, IKL_PAYLOAD_NOTIFY, invalid_syntax, sizeof(invalid_syntax));
        assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), DELETING_CHILDREN);
        for (size_t child = 0; child < DELETING_CHILDREN; child++) {
            assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, child)->down.reason, IKL_DOWN_PROTOCOL);
        }
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PROTOCOL);
        host_clear(&host);
    }
}

/* A Delete in the middle of a rekey is the host's business. */
static void a_delete_in_another_exchange_goes_to_the_host(void **state)
{
    static const uint8_t inside[] = {0, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1};
    struct peer_message message = {.exchange_type = IKL_CREATE_CHILD_SA,
                                   .first_payload = IKL_PAYLOAD_DELETE,
                                   .plaintext = {inside, sizeof(inside)}};
    struct host host;

    (void)state;
    deleting_init(&host);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    host_clear(&host);
}

static void what_else_is_in_a_message_with_a_delete_reaches_the_host(void **state)
{
    static const uint8_t request[] = {
        IKL_PAYLOAD_DELETE, 0, 0, 8, 0, 0, 0x40, 0, IKL_PAYLOAD_NOTIFY, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1,
        IKL_PAYLOAD_NONE,   0, 0, 8, 0, 0, 0x40, 0};
    static const uint8_t answer[] = {0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 1};
    struct host host;

    (void)state;
    deleting_init(&host);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->first_payload, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->len, sizeof(request));
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    host_clear(&host);
    host_init(&host, "a", 0, deleting_nobody_to_ask);
    host_sa(&host, suite, true, DELETING_CHILDREN, NULL);
    assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
    deleting_assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    host_clear(&host);
}

static int respond_with_a_vendor_id(struct host *host, struct event *event)
{
    static const uint8_t octets[] = {77};
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, sizeof(octets)}};

    if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(ikl_sa_respond(event->sa, event->message_id, &payload, 1, host->now), IKL_OK);
    }
    return IKL_OK;
}

/* The host is told, may answer, and is not waited for. */
static void what_else_is_in_a_delete_of_the_ike_sa_reaches_the_host_before_it_goes_down(void **state)
{
    static const uint8_t request[] = {IKL_PAYLOAD_DELETE, 0, 0, 8, 0, 0, 0x40, 0, IKL_PAYLOAD_NONE, 0, 0, 8,
                                      IKL_PROTOCOL_IKE,   0, 0, 0};
    static const uint8_t answer[] = {0, 0, 0, 5, 77};

    (void)state;
    for (int answers = 0; answers < 2; answers++) {
        struct host host;

        deleting_init(&host);
        host.on_event = answers != 0 ? respond_with_a_vendor_id : NULL;
        assert_int_equal(deleting_give(&host, 0, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
        assert_int_equal(host_count(&host, EVENT_SENT), 1);
        deleting_assert_answer(&host, answers != 0 ? IKL_PAYLOAD_VENDOR_ID : IKL_PAYLOAD_NONE, answer,
                               answers != 0 ? sizeof(answer) : 0);
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PEER_DELETED);
        assert_true(host_event(&host, EVENT_PEER_REQUEST, 0) < host_event(&host, EVENT_STATE, 0));
        host_clear(&host);
    }
}

static void with_a_window_of_4(struct ikl_sa_config *config)
{
    config->ids.stated = true;
    config->ids.own_window = 4;
    config->ids.peer_window = 1;
}

/* Another request, or one of another exchange, goes with the IKE SA. */
static void of_what_the_host_has_to_answer_the_delete_alone_is_answered_for_it(void **state)
{
    static const uint8_t vendor_id[] = {0, 0, 0, 5, 7};
    static const uint8_t request[] = {IKL_PAYLOAD_DELETE, 0, 0, 8, 0, 0, 0x40, 0, IKL_PAYLOAD_NONE, 0, 0, 8,
                                      IKL_PROTOCOL_IKE,   0, 0, 0};
    struct peer_message create = {.exchange_type = IKL_CREATE_CHILD_SA};
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, DELETING_CHILDREN, with_a_window_of_4);
    assert_int_equal(peer_send(&host, suite, &create), IKL_OK);
    assert_int_equal(deleting_give(&host, 1, IKL_PAYLOAD_VENDOR_ID, vendor_id, sizeof(vendor_id)), IKL_OK);
    assert_int_equal(deleting_give(&host, 2, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 3);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(peer_open(host_event(&host, EVENT_SENT, 0), suite, plaintext).header.message_id, 2);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PEER_DELETED);
    host_clear(&host);
}

TESTS_OF(responding_delete_sa)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delete_of_the_ike_sa_is_answered_empty_and_takes_everything_down),
        cmocka_unit_test(the_pair_that_a_response_will_name_is_kept_until_the_host_answers),
        cmocka_unit_test(pairs_are_not_kept_when_a_request_cannot_be),
        cmocka_unit_test(a_delete_of_the_ike_sa_need_not_name_the_child_sas_and_may),
        cmocka_unit_test(a_delete_that_contradicts_itself_ends_the_ike_sa),
        cmocka_unit_test(a_delete_in_another_exchange_goes_to_the_host),
        cmocka_unit_test(what_else_is_in_a_message_with_a_delete_reaches_the_host),
        cmocka_unit_test(what_else_is_in_a_delete_of_the_ike_sa_reaches_the_host_before_it_goes_down),
        cmocka_unit_test(of_what_the_host_has_to_answer_the_delete_alone_is_answered_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
