/* SPDX-License-Identifier: ISC */
/* Behaviours of other IKEv2 stacks that went wrong and must not here. */
#include "support/asking.h"
#include "support/beginning.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = ASKING_SUITE;

enum { LENGTH = 24, SK_LENGTH = 30, SK_BODY = 32, DOWN_AT = 324000 };

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 1, NULL);
}

static int hear(struct host *host, const struct peer_message *message)
{
    return peer_send(host, suite, message);
}

/* One that remembered the last message of either direction in the same place answered no retransmission any more. */
static void our_liveness_check_does_not_evict_the_response_the_peer_may_still_ask_for(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(hear(&host, &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
    host_advance(&host, 5000);
    host_advance(&host, 6000);
    assert_int_equal(answer(&host, 0), IKL_OK);
    host_advance(&host, 11000);
    assert_int_equal(hear(&host, &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    assert_memory_equal(host_event(&host, EVENT_SENT, 4)->datagram, host_event(&host, EVENT_SENT, 0)->datagram,
                        host_event(&host, EVENT_SENT, 0)->len);
    host_clear(&host);
}

/* It wrapped, or was believed. */
static void a_huge_length_field_is_refused(void **state)
{
    static const uint8_t lengths[][4] = {
        {0xff, 0xff, 0xff, 0xff}, {0xff, 0xff, 0xff, 0xfc}, {0x80, 0, 0, 0}, {0x7f, 0xff, 0xff, 0xff}, {0, 1, 0, 0},
        {0, 0, 0xff, 0xff}};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.message_id = 0}, suite, datagram);
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        uint8_t copy[HOST_MAX_DATAGRAM];

        memcpy(copy, datagram, len);
        memcpy(copy + LENGTH, lengths[i], 4);
        assert_int_equal(peer_deliver(&host, copy, len), IKL_ERR_LENGTH);
        memcpy(copy, datagram, len);
        memcpy(copy + SK_LENGTH, lengths[i], 2); /* that of the SK payload */
        assert_true(peer_deliver(&host, copy, len) < IKL_OK);
    }
    assert_int_equal(host.n_events, 0);
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_OK);
    host_clear(&host);
}

/* The length of what is inside was computed below zero. */
static void an_sk_payload_shorter_than_its_own_header_is_refused(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (uint8_t length = 0; length < 29; length++) {
        for (size_t rest = 0; rest < 30; rest++) {
            uint8_t datagram[HOST_MAX_DATAGRAM];

            (void)peer_seal(&(struct peer_message){.message_id = 0}, suite, datagram);
            datagram[SK_LENGTH] = 0;
            datagram[SK_LENGTH + 1] = length;
            datagram[LENGTH + 2] = 0;
            datagram[LENGTH + 3] = (uint8_t)(SK_BODY + rest);
            assert_true(peer_deliver(&host, datagram, SK_BODY + rest) < IKL_OK);
        }
    }
    assert_int_equal(host.n_events, 0);
    host_clear(&host);
}

/* As much padding as there can be is good; one octet more than there is text is not. */
static void a_pad_length_of_255_is_accepted_where_it_is_true(void **state)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};
    uint8_t text[sizeof(notify) + 256] = {0}, datagram[HOST_MAX_DATAGRAM];
    struct peer_message message = {.plaintext = {text, 256}};
    struct host host;
    size_t len;

    (void)state;
    one_ike_sa(&host);
    text[255] = 255;
    len = peer_seal_text(&message, suite, datagram);
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1); /* an empty INFORMATIONAL */
    memcpy(text, notify, sizeof(notify));
    memset(text + sizeof(notify), 0xaa, 255); /* padding may hold anything */
    text[sizeof(text) - 1] = 255;
    message =
        (struct peer_message){.message_id = 1, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {text, sizeof(text)}};
    len = peer_seal_text(&message, suite, datagram);
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->len, sizeof(notify));
    assert_memory_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->datagram, notify, sizeof(notify));
    message = (struct peer_message){.message_id = 2, .plaintext = {text + sizeof(text) - 255, 255}};
    len = peer_seal_text(&message, suite, datagram);
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_ERR_MALFORMED);
    host_clear(&host);
}

/* Giving up with the last retransmission leaves the peer no time to answer it. */
static void the_last_wait_runs_in_full(void **state)
{
    (void)state;
    for (size_t n = 0; ikl_schedule_name(n) != NULL; n++) {
        const struct ikl_schedule *schedule = ikl_schedule_by_name(ikl_schedule_name(n));
        ikl_time end = ikl_schedule_total(schedule);
        struct host host;

        one_ike_sa(&host);
        assert_int_equal(asking_try(&host, &(struct asking){.mark = 1, .schedule = schedule}, NULL), IKL_OK);
        while (ikl_endpoint_next_deadline(host.endpoint) < end) {
            host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
        }
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), end);
        assert_int_equal(host_count(&host, EVENT_SENT), schedule->tries);
        host_advance(&host, end - 1);
        assert_int_equal(host_count(&host, EVENT_DOWN), 0);
        assert_int_equal(answer(&host, 0), IKL_OK); /* in the last millisecond */
        host_advance(&host, end);
        assert_int_equal(host_count(&host, EVENT_DOWN), 0);
        assert_int_equal(outcome_of(&host, 1)->kind, IKL_OUTCOME_ANSWERED);
        host_clear(&host);
    }
}

/* A new liveness check with a new Message ID in place of the lost one is outside the peer's window for ever. */
static void a_lost_liveness_check_is_sent_again_with_the_same_message_id(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (ikl_time now = 5000; now < 60000; now += 500) {
        host_advance(&host, now);
    }
    for (size_t i = 0; i < host_count(&host, EVENT_SENT); i++) {
        uint8_t plaintext[HOST_MAX_DATAGRAM];

        assert_int_equal(peer_open(host_event(&host, EVENT_SENT, i), suite, plaintext).header.message_id, 0);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, i)->attempt.message_id, 0);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 6);
    assert_int_equal(host_info(&host).next_request, 1);
    assert_int_equal(answer(&host, 0), IKL_OK);
    host_advance(&host, host_info(&host).idle_deadline);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 1);
    host_clear(&host);
}

/* Each retransmission is answered by an attacker who has no keys. */
static void rfc_10_a_forged_response_does_not_stop_the_timer(void **state)
{
    uint8_t sealed[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.response = true}, suite, sealed);
    struct host host;

    (void)state;
    one_ike_sa(&host);
    sealed[len - 1] ^= 1;
    while (ikl_endpoint_next_deadline(host.endpoint) != IKL_NEVER) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
        if (ikl_sa_state(host.sa) == IKL_SA_ESTABLISHED && host_info(&host).outstanding != 0) {
            assert_int_equal(peer_deliver(&host, sealed, len), IKL_ERR_FORGED);
            assert_int_equal(beginning_hear(&host, &(struct beginning_message){.exchange_type = IKL_INFORMATIONAL}),
                             IKL_ERR_UNPROTECTED);
        }
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 10);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, DOWN_AT);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.last_evidence, 0);
    host_clear(&host);
}

/* Recorded once and played again whenever it might keep a dead peer alive. */
static void rfc_13_a_replayed_request_does_not_count_as_life(void **state)
{
    uint8_t sealed[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.message_id = 0}, suite, sealed);
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(peer_deliver(&host, sealed, len), IKL_OK);
    while (ikl_endpoint_next_deadline(host.endpoint) != IKL_NEVER) {
        ikl_time next = ikl_endpoint_next_deadline(host.endpoint);

        host.now = next - 1;
        assert_int_equal(peer_deliver(&host, sealed, len), IKL_OK); /* answered, and that is all */
        host_advance(&host, next);
    }
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, DOWN_AT);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.last_evidence, 0);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_TIMEOUT);
    host_clear(&host);
}

/* Anybody can send one: neither an answer to it nor a sign of life nor the end of a request. */
static void rfc_30_an_unprotected_empty_request_or_response_has_no_effect(void **state)
{
    static const struct ikl_payload nothing[1];
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host_advance(&host, 5000);
    for (uint32_t id = 0; id < 3; id++) {
        for (int request = 0; request < 2; request++) {
            struct snapshot before = snapshot_of(&host), after;
            size_t n_events = host.n_events;
            struct beginning_message message = {
                .request = request != 0, .exchange_type = IKL_INFORMATIONAL, .message_id = id, .payloads = nothing};

            assert_true(beginning_hear(&host, &message) < IKL_OK);
            after = snapshot_of(&host);
            assert_same_state(&before, &after);
            assert_int_equal(host.n_events, n_events);
        }
    }
    host_clear(&host);
}

/* A host that only watches. */
static void without_request_callback(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_request = NULL;
}

static void rfc_15_every_informational_request_is_answered(void **state)
{
    static const uint8_t status[] = {0, 0, 0, 8, 0, 0, 0xff, 0xff}, unknown[] = {0, 0, 0, 4};
    const struct peer_message messages[] = {
        {.message_id = 0},
        {.message_id = 1, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {status, sizeof(status)}},
        {.message_id = 2, .first_payload = 250, .plaintext = {unknown, sizeof(unknown)}},
        {.message_id = 3, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {unknown, 3}}}; /* truncated */
    struct host host;

    (void)state;
    host_init(&host, "a", 0, without_request_callback);
    host_sa(&host, suite, true, 0, NULL);
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        assert_int_equal(hear(&host, &messages[i]), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_SENT), i + 1);
    }
    host_clear(&host);
}

TESTS_OF(other_stacks)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_liveness_check_does_not_evict_the_response_the_peer_may_still_ask_for),
        cmocka_unit_test(a_huge_length_field_is_refused),
        cmocka_unit_test(an_sk_payload_shorter_than_its_own_header_is_refused),
        cmocka_unit_test(a_pad_length_of_255_is_accepted_where_it_is_true),
        cmocka_unit_test(the_last_wait_runs_in_full),
        cmocka_unit_test(a_lost_liveness_check_is_sent_again_with_the_same_message_id),
        cmocka_unit_test(rfc_10_a_forged_response_does_not_stop_the_timer),
        cmocka_unit_test(rfc_13_a_replayed_request_does_not_count_as_life),
        cmocka_unit_test(rfc_30_an_unprotected_empty_request_or_response_has_no_effect),
        cmocka_unit_test(rfc_15_every_informational_request_is_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
