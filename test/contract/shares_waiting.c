/* SPDX-License-Identifier: ISC */
/* Promises about the pool: a request that waits for one with a lower Message ID is not kept for ever. */
#include "support/drain.h"
#include "support/fragments.h"
#include "support/sharing.h"
#include "support/test.h"

#include "sa/sa.h"

static void with_3000_ms(struct ikl_endpoint_config *config)
{
    config->reassembly_time = 3000;
}

static void requests_waiting_for_a_lower_message_id_expire_like_fragments_and_are_taken_when_they_come_again(
    void **state)
{
    struct peer_message probe = {.message_id = 0};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = sharing_sa(&host, 0, false, 4);
    host.now = 100;
    for (uint32_t id = 1; id < 4; id++) {
        struct peer_message message = sharing_request(id);

        assert_int_equal(peer_send(&host, SHARING_SUITE, &message), IKL_OK);
    }
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 3100);
    host_advance(&host, 3099);
    assert_false(pool_is_whole(&host));
    host_advance(&host, 3100);
    assert_true(pool_is_whole(&host));
    assert_int_equal(peer_send(&host, SHARING_SUITE, &probe), IKL_OK); /* the one that was missing */
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 0);
    for (uint32_t id = 4; id-- > 1;) {
        struct peer_message message = sharing_request(id);

        assert_int_equal(peer_send(&host, SHARING_SUITE, &message), IKL_OK);
    }
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, i)->message_id, 1 + i);
    }
    host_clear(&host);
}

static uint32_t window;

static void with_window(struct ikl_sa_config *config)
{
    config->ids.own_window = window;
}

/* In the smallest window in which one can wait, too, and of an IKE SA that has nothing else to do. */
static void a_request_that_waits_expires_in_a_window_of_any_size(void **state)
{
    (void)state;
    for (window = 2; window <= IKL_WINDOW_MAX; window *= 2) {
        struct host host;

        host_init(&host, "a", 0, with_3000_ms);
        host_sa(&host, SHARING_SUITE, true, 0, with_window);
        host.now = 100;
        assert_int_equal(peer_send(&host, SHARING_SUITE, &(struct peer_message){.message_id = 1}), IKL_OK);
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 3100);
        assert_false(pool_is_whole(&host));
        host_advance(&host, 3100);
        assert_true(pool_is_whole(&host));
        host_clear(&host);
    }
}

static void a_request_that_waited_too_long_is_no_sign_of_life_when_it_comes_again(void **state)
{
    struct peer_message message = sharing_request(1);
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = sharing_sa(&host, 0, false, 4);
    assert_int_equal(peer_send(&host, SHARING_SUITE, &message), IKL_OK);
    host_advance(&host, 3000);
    host.now = 9000;
    assert_int_equal(peer_send(&host, SHARING_SUITE, &message), IKL_OK);
    assert_int_equal(host_info(&host).last_evidence, 0);
    host_clear(&host);
}

/* Anybody who recorded it can bring it again, in the last wait too. */
static void nor_does_it_then_put_off_a_verdict_or_count_as_fresh(void **state)
{
    struct peer_message message = sharing_request(1);
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = sharing_sa(&host, 0, false, 4);
    assert_int_equal(peer_send(&host, SHARING_SUITE, &message), IKL_OK);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    while (host.now < 260000) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint) < 260000
                                ? ikl_endpoint_next_deadline(host.endpoint)
                                : 260000);
    }
    host_forget(&host);
    assert_int_equal(peer_send(&host, SHARING_SUITE, &message), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    assert_int_equal(host_counters(&host).evidence_resends, 0);
    assert_int_equal(host_info(&host).counters.requests, 1);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 319000);
    host_clear(&host);
}

/* The peer can have that done as often as it likes. */
static void nothing_is_kept_of_a_request_that_waited_too_long_when_the_ike_sa_moves(void **state)
{
    struct peer_message message = sharing_request(1);
    struct host host;
    struct ikl_path path;

    (void)state;
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = sharing_sa(&host, 0, false, 4);
    path = *ikl_sa_path(host.sa);
    for (uint32_t i = 1; i < 20; i++) {
        assert_int_equal(peer_send(&host, SHARING_SUITE, &message), IKL_OK);
        host_advance(&host, host.now + 3000);
        assert_int_equal(host.sa->held, 0);
        path.remote.port++;
        assert_int_equal(ikl_sa_set_path(host.sa, &path, host.now), IKL_OK);
        assert_int_equal(host.sa->held, 0);
    }
    assert_int_equal(peer_send(&host, SHARING_SUITE, &message), IKL_OK);
    ikl_sa_close(host.sa, host.now);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

/* What it says is done all the same. */
static void a_delete_that_waited_too_long_ends_a_child_sa_and_is_no_evidence(void **state)
{
    static const uint8_t delete_child[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 1};
    struct peer_message message = {
        .message_id = 1, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete_child, sizeof(delete_child)}};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = sharing_sa(&host, 0, false, 4);
    host_add_children(&host, true, 1);
    assert_int_equal(peer_send(&host, SHARING_SUITE, &message), IKL_OK);
    host_advance(&host, 3000);
    host.now = 5000;
    assert_int_equal(peer_send(&host, SHARING_SUITE, &(struct peer_message){.message_id = 0}), IKL_OK);
    host.now = 9000;
    assert_int_equal(peer_send(&host, SHARING_SUITE, &message), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->down.at, 9000);
    assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->down.last_evidence, 5000);
    host_clear(&host);
}

static void a_request_in_fragments_that_waited_too_long_is_taken_when_it_comes_again(void **state)
{
    static uint8_t octets[1500];
    struct peer_message whole = {
        .exchange_type = IKL_CREATE_CHILD_SA, .message_id = 1, .first_payload = IKL_PAYLOAD_VENDOR_ID};
    struct peer_message probe = {.message_id = 0};
    struct host host;

    (void)state;
    fragments_fill(octets, sizeof(octets));
    whole.plaintext = (struct ikl_octets){octets, sizeof(octets)};
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = sharing_sa(&host, 0, false, 4);
    assert_int_equal(hear_fragments(&host, &whole, 400), IKL_OK);
    host_advance(&host, 3000);
    assert_true(pool_is_whole(&host));
    assert_int_equal(peer_send(&host, SHARING_SUITE, &probe), IKL_OK);
    assert_int_equal(hear_fragments(&host, &whole, 400), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->len, sizeof(octets));
    host_clear(&host);
}

TESTS_OF(shares_waiting)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            requests_waiting_for_a_lower_message_id_expire_like_fragments_and_are_taken_when_they_come_again),
        cmocka_unit_test(a_request_that_waits_expires_in_a_window_of_any_size),
        cmocka_unit_test(a_request_that_waited_too_long_is_no_sign_of_life_when_it_comes_again),
        cmocka_unit_test(nor_does_it_then_put_off_a_verdict_or_count_as_fresh),
        cmocka_unit_test(nothing_is_kept_of_a_request_that_waited_too_long_when_the_ike_sa_moves),
        cmocka_unit_test(a_delete_that_waited_too_long_ends_a_child_sa_and_is_no_evidence),
        cmocka_unit_test(a_request_in_fragments_that_waited_too_long_is_taken_when_it_comes_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
