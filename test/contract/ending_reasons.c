/* SPDX-License-Identifier: ISC */
/* Promises about ends that nobody asked for, and about what ends are called. */
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { N_CHILDREN = 3 };

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, N_CHILDREN, NULL);
}

static void near_the_last_message_id(struct ikl_sa_config *config)
{
    config->ids.next_request = config->ids.unanswered = IKL_MESSAGE_ID_LAST;
    config->ids.next_expected = IKL_MESSAGE_ID_LAST;
}

static void our_message_ids_never_wrap_and_the_ike_sa_closes_rather_than_reuse_one(void **state)
{
    const struct event *down;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, near_the_last_message_id);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.message_id, IKL_MESSAGE_ID_LAST);
    assert_int_equal(
        peer_send(&host, suite, &(struct peer_message){.response = true, .message_id = IKL_MESSAGE_ID_LAST}), IKL_OK);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_ERR_EXHAUSTED);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    host_run_to_the_end(&host);
    down = host_event(&host, EVENT_DOWN, 0);
    assert_int_equal(down->at, 5000);
    assert_int_equal(down->down.reason, IKL_DOWN_EXHAUSTED);
    assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->down.reason, IKL_DOWN_EXHAUSTED);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void the_peers_message_ids_never_wrap_either(void **state)
{
    static const uint32_t ids[] = {0, 1, IKL_MESSAGE_ID_NONE};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, near_the_last_message_id);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = IKL_MESSAGE_ID_LAST}), IKL_OK);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        assert_true(peer_send(&host, suite, &(struct peer_message){.message_id = ids[i]}) < IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = IKL_MESSAGE_ID_LAST}), IKL_OK);
    host_clear(&host);
}

static void the_reason_of_a_timeout_tells_which_request_was_given_up(void **state)
{
    const struct ikl_down *down;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host_advance(&host, 5000);
    host.now = 5001;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    host_run_to_the_end(&host);
    for (size_t i = 0; i <= N_CHILDREN; i++) {
        down = i < N_CHILDREN ? &host_event(&host, EVENT_CHILD_DOWN, i)->down : &host_event(&host, EVENT_DOWN, 0)->down;
        assert_int_equal(down->reason, IKL_DOWN_TIMEOUT);
        assert_int_equal(down->exchange_type, IKL_INFORMATIONAL);
        assert_int_equal(down->message_id, 1);
        assert_int_equal(down->sends, 10);
        assert_int_equal(down->first_sent, 10001);
        assert_int_equal(down->last_evidence, 5001);
        assert_int_equal(down->at, 10001 + 319000);
    }
    host_clear(&host);
}

static void window_of_2(struct ikl_sa_config *config)
{
    config->ids.own_window = 2;
}

/* The peer's Delete of the IKE SA comes first, and waits for that of a Child SA. */
static void what_two_deletes_in_one_call_end_is_told_in_the_order_of_an_end(void **state)
{
    static const uint8_t child[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 2};
    static const uint8_t all[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    static const enum event_kind order[] = {EVENT_OUTCOME,    EVENT_STATE,      EVENT_REACHABILITY, EVENT_CHILD_DOWN,
                                            EVENT_CHILD_DOWN, EVENT_CHILD_DOWN, EVENT_STATE,        EVENT_DOWN};
    const struct peer_message of_child = {.first_payload = IKL_PAYLOAD_DELETE, .plaintext = {child, sizeof(child)}};
    const struct peer_message of_all = {
        .message_id = 1, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {all, sizeof(all)}};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, N_CHILDREN, window_of_2);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &of_all), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &of_child), IKL_OK);
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        assert_int_equal(host.events[host.n_events - COUNT_OF(order) + i].kind, order[i]);
    }
    host_clear(&host);
}

static void states_and_reasons_have_names(void **state)
{
    (void)state;
    assert_string_equal(ikl_sa_state_name(IKL_SA_ESTABLISHED), "ESTABLISHED");
    assert_string_equal(ikl_sa_state_name(IKL_SA_DYING), "DYING");
    assert_string_equal(ikl_sa_state_name(IKL_SA_DEAD), "DEAD");
    assert_string_equal(ikl_down_reason_name(IKL_DOWN_TIMEOUT), "timeout");
    assert_string_equal(ikl_down_reason_name(IKL_DOWN_PEER_DELETED), "deleted by peer");
    assert_string_equal(ikl_down_reason_name(IKL_DOWN_CLOSED), "closed");
    assert_string_equal(ikl_down_reason_name(IKL_DOWN_EXHAUSTED), "exhausted");
}

static void a_delete_has_the_last_message_id_or_none(void **state)
{
    (void)state;
    for (int used = 0; used < 2; used++) {
        struct host host;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, 1, near_the_last_message_id);
        if (used != 0) {
            assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
        }
        assert_int_equal(ikl_sa_delete(host.sa, 1000, 0), used != 0 ? IKL_ERR_EXHAUSTED : IKL_OK);
        assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, IKL_MESSAGE_ID_LAST);
        assert_int_equal(ikl_sa_state(host.sa), used != 0 ? IKL_SA_ESTABLISHED : IKL_SA_DELETING);
        host_clear(&host);
    }
}

TESTS_OF(ending_reasons)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_message_ids_never_wrap_and_the_ike_sa_closes_rather_than_reuse_one),
        cmocka_unit_test(the_peers_message_ids_never_wrap_either),
        cmocka_unit_test(the_reason_of_a_timeout_tells_which_request_was_given_up),
        cmocka_unit_test(what_two_deletes_in_one_call_end_is_told_in_the_order_of_an_end),
        cmocka_unit_test(states_and_reasons_have_names),
        cmocka_unit_test(a_delete_has_the_last_message_id_or_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
