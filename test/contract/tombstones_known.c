/* SPDX-License-Identifier: ISC */
/* Promises about a Delete that comes again: of which IKE SAs it is known, and of which it is not (RFC 7296 §2.1). */
#include "support/fragments.h"
#include "support/grave.h"
#include "support/test.h"

#include "octets.h"

#include "sa/sa.h"

static const char *const suite = GRAVE_SUITE;

enum { WAIT = 100000 };

static void an_ike_sa_that_was_deleted_otherwise_is_not_known(void **state)
{
    static const uint8_t malformed[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 4, 0, 1};
    struct peer_message message = grave_delete_of(0);
    struct grave grave;

    (void)state;
    message.plaintext.data = malformed;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 0, NULL);
    grave_end_by(&grave, &message); /* by INVALID_SYNTAX */
    grave_assert_forgotten(&grave);
    /* the next IKE SA in its place */
    host_sa(&grave.host, suite, true, 0, NULL);
    assert_int_equal(peer_send(&grave.host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    ikl_sa_close(grave.host.sa, 0);
    host_forget(&grave.host);
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
}

static void a_delete_that_came_in_fragments_is_not_known(void **state)
{
    struct peer_message whole = grave_delete_of(0), fragment;
    struct grave grave;

    (void)state;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 0, with_fragmentation);
    assert_int_equal(hear_fragment(&grave.host, &whole, 4, 1), IKL_OK);
    fragment = fragment_of(&whole, 4, 2);
    grave_end_by(&grave, &fragment);
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
}

/* What the host answers to a Delete that holds more. */
static struct {
    size_t len; /* of the body of a Vendor ID payload */
    uint16_t notify;
    bool close;
} reply;

static int reply_to_it(struct host *host, struct event *event)
{
    static const uint8_t body[HOST_MAX_DATAGRAM];
    const uint8_t notify[] = {0, 0, (uint8_t)(reply.notify >> 8), (uint8_t)reply.notify};
    struct ikl_payload vendor = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, reply.len}};
    struct ikl_payload error = {.type = IKL_PAYLOAD_NOTIFY, .body = {notify, sizeof(notify)}};

    if (event->kind == EVENT_PEER_REQUEST && reply.close) {
        ikl_sa_close(host->sa, host->now);
    } else if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(
            ikl_sa_respond(host->sa, event->message_id, reply.notify != 0 ? &error : &vendor, 1, host->now), IKL_OK);
    }
    return IKL_OK;
}

/* A Delete with a Vendor ID payload. */
static struct peer_message delete_with_more(void)
{
    static const uint8_t both[] = {IKL_PAYLOAD_VENDOR_ID, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0, 0, 0, 0, 5, 1};
    struct peer_message message = grave_delete_of(0);

    message.plaintext = (struct ikl_octets){both, sizeof(both)};
    return message;
}

static void dig_with_more(struct grave *grave, int (*on_event)(struct host *host, struct event *event))
{
    struct peer_message message = delete_with_more();

    host_init(&grave->host, "a", 0, NULL);
    host_sa(&grave->host, suite, true, 0, NULL);
    assert_int_equal(ikl_sa_request(grave->host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    grave->host.on_event = on_event;
    grave_end_by(grave, &message);
}

static void an_answer_of_the_hosts_is_known_up_to_96_octets(void **state)
{
    (void)state;
    for (size_t len = 0; len < 50; len++) {
        struct grave grave;

        reply.len = len;
        dig_with_more(&grave, reply_to_it);
        if (grave.answer.len <= 96) {
            assert_int_equal(grave_repeat(&grave), IKL_OK);
            grave_assert_answered(&grave, 1);
        } else {
            assert_false(ikl_tombstones_has(grave.host.endpoint->tombstones, ikl_load_u64(grave.request), 0));
            grave_assert_forgotten(&grave);
        }
        grave_fill_in(&grave);
    }
    reply.len = 0;
}

static int reply_and_check_another(struct host *host, struct event *event)
{
    int result = reply_to_it(host, event);

    if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(ikl_sa_probe(host->context, host->now), IKL_OK);
    }
    return result;
}

static void an_answer_is_known_though_another_message_is_made_before_the_end(void **state)
{
    struct peer_message message = delete_with_more();
    struct ikl_sa_config another;
    struct ikl_keys keys;
    struct ikl_sa *checked;
    struct grave grave;

    (void)state;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 0, NULL);
    test_sa_config(&another, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&checked, grave.host.endpoint, &another, 0), IKL_OK);
    grave.host.context = checked;
    grave.host.on_event = reply_and_check_another;
    reply.len = 20;
    grave.path = *ikl_sa_path(grave.host.sa);
    grave.len = peer_seal(&message, suite, grave.request);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    reply.len = 0;
    grave.answer = *host_event(&grave.host, EVENT_SENT, 0);
    host_forget(&grave.host);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    grave_fill_in(&grave);
}

static void an_answer_that_the_host_leaves_to_the_library_is_known(void **state)
{
    struct grave grave;

    (void)state;
    dig_with_more(&grave, NULL);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    grave_fill_in(&grave);
}

static void what_was_not_answered_or_by_invalid_syntax_is_not_known(void **state)
{
    struct grave grave;

    (void)state;
    reply.close = true;
    dig_with_more(&grave, reply_to_it);
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
    reply.close = false;
    reply.notify = IKL_NOTIFY_INVALID_SYNTAX;
    dig_with_more(&grave, reply_to_it);
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
    reply.notify = 0;
}

static void with_window_2(struct ikl_sa_config *config)
{
    config->ids.own_window = 2;
}

static void with_window_2_and_fragmentation(struct ikl_sa_config *config)
{
    with_fragmentation(config);
    with_window_2(config);
}

static void a_delete_that_waited_for_its_turn_is_known(void **state)
{
    struct peer_message message = grave_delete_of(0), probe = {.message_id = 0};
    struct grave grave;

    (void)state;
    message.message_id = 1;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 0, with_window_2);
    grave.path = *ikl_sa_path(grave.host.sa);
    grave.len = peer_seal(&message, suite, grave.request);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    assert_int_equal(ikl_sa_state(grave.host.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(peer_send(&grave.host, suite, &probe), IKL_OK);
    assert_int_equal(ikl_sa_state(grave.host.sa), IKL_SA_DEAD);
    grave.answer = *host_last(&grave.host, EVENT_SENT);
    host_forget(&grave.host);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    grave_fill_in(&grave);
}

static void a_delete_that_waited_and_came_in_fragments_is_not_known(void **state)
{
    struct peer_message whole = grave_delete_of(0), probe = {.message_id = 0};
    struct grave grave;

    (void)state;
    whole.message_id = 1;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 0, with_window_2_and_fragmentation);
    assert_int_equal(hear_fragments(&grave.host, &whole, 4), IKL_OK);
    grave_end_by(&grave, &probe);
    grave_assert_forgotten(&grave);
    grave_fill_in(&grave);
}

static void deletes_that_are_not_known_take_no_place_of_one_that_is(void **state)
{
    enum { PLACES = 64 };
    struct grave grave;

    (void)state;
    grave_dig(&grave, NULL, NULL);
    for (uint32_t n = 1; n <= PLACES; n++) {
        struct peer_message whole = grave_delete_of(n);
        struct ikl_sa_config config;
        struct ikl_keys keys;

        test_sa_config(&config, &keys, suite, true, n);
        with_fragmentation(&config);
        assert_int_equal(ikl_sa_new(&grave.host.sa, grave.host.endpoint, &config, 0), IKL_OK);
        assert_int_equal(hear_fragments(&grave.host, &whole, 4), IKL_OK);
        assert_int_equal(ikl_sa_state(grave.host.sa), IKL_SA_DEAD);
        host_forget(&grave.host);
    }
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    grave_fill_in(&grave);
}

static void a_rekeyed_ike_sa_that_the_peer_deletes_is_known(void **state)
{
    struct peer_message message = grave_delete_of(0);
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *heir;
    struct grave grave;

    (void)state;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 1, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&heir, grave.host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(grave.host.sa, heir, false, WAIT, 0), IKL_OK);
    grave_end_by(&grave, &message);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    grave_fill_in(&grave);
}

static void an_ike_sa_that_both_delete_is_known(void **state)
{
    struct peer_message message = grave_delete_of(0);
    struct grave grave;

    (void)state;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 1, NULL);
    assert_int_equal(ikl_sa_delete(grave.host.sa, WAIT, 0), IKL_OK);
    grave_end_by(&grave, &message);
    assert_int_equal(grave_repeat(&grave), IKL_OK);
    grave_assert_answered(&grave, 1);
    grave_fill_in(&grave);
}

TESTS_OF(tombstones_known)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_sa_that_was_deleted_otherwise_is_not_known),
        cmocka_unit_test(a_delete_that_came_in_fragments_is_not_known),
        cmocka_unit_test(an_answer_of_the_hosts_is_known_up_to_96_octets),
        cmocka_unit_test(an_answer_is_known_though_another_message_is_made_before_the_end),
        cmocka_unit_test(an_answer_that_the_host_leaves_to_the_library_is_known),
        cmocka_unit_test(what_was_not_answered_or_by_invalid_syntax_is_not_known),
        cmocka_unit_test(a_delete_that_waited_for_its_turn_is_known),
        cmocka_unit_test(a_delete_that_waited_and_came_in_fragments_is_not_known),
        cmocka_unit_test(deletes_that_are_not_known_take_no_place_of_one_that_is),
        cmocka_unit_test(a_rekeyed_ike_sa_that_the_peer_deletes_is_known),
        cmocka_unit_test(an_ike_sa_that_both_delete_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
