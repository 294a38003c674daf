/* SPDX-License-Identifier: ISC */
/* Promises about the peer's requests when something is in the way: no room, no seal, other paths, callbacks that
 * interfere. */
#include "support/asking.h"
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = ASKING_SUITE;

static uint32_t window;
static bool follow;

static void with_window(struct ikl_sa_config *config)
{
    config->ids.own_window = window;
    config->follow_peer = follow;
}

static void one_ike_sa(struct host *host, endpoint_change change, uint32_t own_window)
{
    window = own_window;
    host_init(host, "a", 0, change);
    host_sa(host, suite, true, 1, with_window);
}

static struct peer_message for_host(uint32_t message_id)
{
    return (struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA, .message_id = message_id};
}

static struct peer_message probe(uint32_t message_id)
{
    return (struct peer_message){.message_id = message_id};
}

static int hear(struct host *host, struct peer_message message)
{
    return peer_send(host, suite, &message);
}

static int hear_from(struct host *host, const struct ikl_path *path, struct peer_message message)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];

    return ikl_endpoint_receive(host->endpoint, path, datagram, peer_seal(&message, suite, datagram), host->now);
}

static struct ikl_path from_port(const struct host *host, uint16_t port)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.remote.port = port;
    return path;
}

static uint32_t message_id_of(const struct event *sent)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];

    return peer_open(sent, suite, plaintext).header.message_id;
}

static void without_room_a_request_that_must_wait_is_as_if_it_had_not_come(void **state)
{
    struct snapshot before, after;
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, 3);
    before = snapshot_of(&host);
    drain_pool(&drain, &host);
    host.now = 100;
    assert_int_equal(hear(&host, for_host(1)), IKL_ERR_NO_BUFFER);
    refill_pool(&drain, &host);
    after = snapshot_of(&host);
    assert_same_state(&before, &after);
    assert_int_equal(after.counters.no_buffer, 1);
    assert_int_equal(hear(&host, for_host(1)), IKL_OK);
    assert_int_equal(hear(&host, for_host(0)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 2);
    host_clear(&host);
}

/* Room for where it came from is not enough. */
static void a_request_from_elsewhere_that_must_wait_takes_all_the_room_it_needs_or_none(void **state)
{
    struct ikl_path path;
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, 3);
    path = from_port(&host, 4501);
    for (size_t room = 0; room < 2; room++) {
        drain_pool_to(&drain, &host, room);
        assert_int_equal(hear_from(&host, &path, for_host(1)), IKL_ERR_NO_BUFFER);
        assert_int_equal(pool_room(&host), room);
        refill_pool(&drain, &host);
    }
    drain_pool_to(&drain, &host, 2);
    assert_int_equal(hear_from(&host, &path, for_host(1)), IKL_OK);
    refill_pool(&drain, &host);
    assert_int_equal(hear(&host, for_host(0)), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 1)->path.remote.port, 4501);
    host_clear(&host);
}

/* The one from elsewhere needs room for where it came from. */
static void without_room_a_request_from_elsewhere_waits_for_its_repetition(void **state)
{
    struct ikl_path path;
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, 1);
    path = from_port(&host, 4501);
    drain_pool(&drain, &host);
    assert_int_equal(hear_from(&host, &path, for_host(0)), IKL_ERR_NO_BUFFER);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(host_info(&host).next_expected, 0);
    refill_pool(&drain, &host);
    assert_int_equal(hear_from(&host, &path, for_host(0)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    host_clear(&host);
}

static void a_request_whose_response_cannot_be_sealed_is_as_if_it_had_not_come(void **state)
{
    struct snapshot before, after;
    struct host host;

    (void)state;
    fickle_reset(true, true);
    one_ike_sa(&host, with_fickle_provider, 1);
    before = snapshot_of(&host);
    fickle.seal_result = IKL_ERR_CRYPTO;
    host.now = 100;
    assert_int_equal(hear(&host, probe(0)), IKL_ERR_CRYPTO);
    after = snapshot_of(&host);
    assert_same_state(&before, &after);
    assert_int_equal(host.n_events, 0);
    fickle.seal_result = IKL_OK;
    assert_int_equal(hear(&host, probe(0)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void a_repeated_response_that_cannot_be_sealed_is_not_counted_as_repeated(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(true, true);
    one_ike_sa(&host, with_fickle_provider, 1);
    assert_int_equal(hear(&host, probe(0)), IKL_OK);
    fickle.seal_result = IKL_ERR_CRYPTO;
    assert_int_equal(hear(&host, probe(0)), IKL_ERR_CRYPTO);
    assert_int_equal(host_counters(&host).repeated, 0);
    assert_int_equal(host_info(&host).counters.repeats, 0);
    fickle.seal_result = IKL_OK;
    assert_int_equal(hear(&host, probe(0)), IKL_OK);
    assert_int_equal(host_counters(&host).repeated, 1);
    assert_memory_equal(host_event(&host, EVENT_SENT, 1)->datagram, host_event(&host, EVENT_SENT, 0)->datagram,
                        host_event(&host, EVENT_SENT, 0)->len);
    host_clear(&host);
}

/* 1 has come before 0 and cannot be answered when 0 is there; 2 and 3 must not overtake it, nor may it be forgotten for
 * 4. When the peer repeats it they all have their turn. */
static void no_request_overtakes_one_that_could_not_be_answered_yet(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(true, true);
    one_ike_sa(&host, with_fickle_provider, 3);
    assert_int_equal(hear(&host, probe(1)), IKL_OK);
    fickle.seal_result = IKL_ERR_CRYPTO;
    assert_int_equal(hear(&host, for_host(0)), IKL_OK);
    assert_int_equal(host_info(&host).next_expected, 2);
    assert_int_equal(hear(&host, for_host(2)), IKL_OK);
    assert_int_equal(hear(&host, for_host(3)), IKL_OK);
    assert_int_equal(hear(&host, for_host(4)), IKL_ERR_NO_BUFFER);
    assert_int_equal(hear(&host, probe(1)), IKL_ERR_PENDING);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    fickle.seal_result = IKL_OK;
    assert_int_equal(hear(&host, probe(1)), IKL_ERR_PENDING); /* a repetition tries again */
    assert_int_equal(message_id_of(host_event(&host, EVENT_SENT, 0)), 1);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 3);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 1)->message_id, 2);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 2)->message_id, 3);
    assert_int_equal(hear(&host, for_host(4)), IKL_OK);
    host_clear(&host);
}

/* Each along the path that its own request took, also when it waited for its turn. */
static void rfc_17_each_response_goes_back_to_where_its_request_came_from(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, 4);
    for (uint32_t id = 4; id-- > 0;) {
        struct ikl_path path = from_port(&host, (uint16_t)(600 + id));

        path.tag = (uint16_t)id;
        assert_int_equal(hear_from(&host, &path, id == 2 ? probe(id) : for_host(id)), IKL_OK);
    }
    for (uint32_t id = 0; id < 4; id++) {
        if (id != 2) {
            assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, id > 2 ? id - 1 : id)->path.remote.port, 600 + id);
            assert_int_equal(ikl_sa_respond(host.sa, id, NULL, 0, 0), IKL_OK);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        const struct event *sent = host_event(&host, EVENT_SENT, i);

        assert_int_equal(sent->path.remote.port, 600 + message_id_of(sent));
        assert_int_equal(sent->path.tag, message_id_of(sent));
    }
    host_clear(&host);
}

static void assert_answered_to(struct host *host, uint32_t message_id, uint16_t port)
{
    assert_int_equal(ikl_sa_respond(host->sa, message_id, NULL, 0, host->now), IKL_OK);
    assert_int_equal(message_id_of(host_last(host, EVENT_SENT)), message_id);
    assert_int_equal(host_last(host, EVENT_SENT)->path.remote.port, port);
}

static void a_pending_request_repeated_from_a_new_address_is_answered_there(void **state)
{
    struct ikl_path moved;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, 4);
    assert_int_equal(hear(&host, for_host(0)), IKL_OK);
    assert_int_equal(hear(&host, for_host(2)), IKL_OK); /* waits for its turn */
    moved = from_port(&host, 4501);
    assert_int_equal(hear_from(&host, &moved, for_host(0)), IKL_ERR_PENDING);
    assert_int_equal(hear_from(&host, &moved, for_host(2)), IKL_ERR_PENDING);
    moved = from_port(&host, 4502);
    assert_int_equal(hear_from(&host, &moved, for_host(2)), IKL_ERR_PENDING);
    assert_answered_to(&host, 0, 4501);
    assert_int_equal(hear(&host, for_host(1)), IKL_OK);
    assert_int_equal(hear_from(&host, &moved, for_host(1)), IKL_ERR_PENDING);
    assert_int_equal(hear(&host, for_host(1)), IKL_ERR_PENDING); /* and back again */
    assert_answered_to(&host, 1, 500);
    assert_answered_to(&host, 2, 4502);
    assert_int_equal(host_count(&host, EVENT_ADDRESS), 0); /* a repetition moves nobody */
    host_clear(&host);
}

static void it_does_so_when_the_ike_sa_has_moved_meanwhile(void **state)
{
    struct ikl_path moved;
    struct host host;

    (void)state;
    follow = true;
    one_ike_sa(&host, NULL, 4);
    follow = false;
    assert_int_equal(hear(&host, for_host(0)), IKL_OK);
    assert_int_equal(hear(&host, for_host(2)), IKL_OK); /* waits for its turn */
    moved = from_port(&host, 4501);
    assert_int_equal(hear_from(&host, &moved, for_host(1)), IKL_OK); /* the peer has moved */
    assert_int_equal(ikl_sa_path(host.sa)->remote.port, 4501);
    moved.remote.port = 4502;
    assert_int_equal(ikl_sa_set_path(host.sa, &moved, 0), IKL_OK); /* and so have we */
    assert_int_equal(hear_from(&host, &moved, for_host(3)), IKL_OK);
    assert_answered_to(&host, 0, 500);
    assert_answered_to(&host, 1, 4501);
    assert_answered_to(&host, 2, 500);
    assert_answered_to(&host, 3, 4502);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_SENT)->path.remote.port, 4502);
    host_clear(&host);
}

/* The pool has no room to remember the old path: better there than nowhere. */
static void without_room_a_response_follows_the_ike_sa(void **state)
{
    struct ikl_path moved;
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, 1);
    assert_int_equal(hear(&host, for_host(0)), IKL_OK);
    moved = from_port(&host, 4502);
    drain_pool(&drain, &host);
    assert_int_equal(ikl_sa_set_path(host.sa, &moved, 0), IKL_OK);
    refill_pool(&drain, &host);
    assert_answered_to(&host, 0, 4502);
    host_clear(&host);
}

static int probe_at_once(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ADDRESS) {
        assert_int_equal(ikl_sa_probe(host->sa, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void what_the_host_sends_about_a_new_address_does_not_get_into_the_response(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, 1);
    path = from_port(&host, 4501);
    host.on_event = probe_at_once;
    assert_int_equal(hear_from(&host, &path, probe(0)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->path.remote.port, 4501);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->datagram[19], IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE);
    assert_int_equal(message_id_of(host_event(&host, EVENT_SENT, 0)), 0);
    assert_int_equal(host_event(&host, EVENT_SENT, 1)->path.remote.port, 500);
    assert_int_equal(host_event(&host, EVENT_SENT, 1)->datagram[19], IKL_FLAG_INITIATOR);
    host_clear(&host);
}

static int close_at_the_first(struct host *host, struct event *event)
{
    if (event->kind == EVENT_PEER_REQUEST) {
        ikl_sa_close(host->sa, host->now);
    }
    return IKL_OK;
}

static void a_host_that_closes_while_requests_wait_hears_of_no_more(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, 4);
    for (uint32_t id = 4; id-- > 1;) {
        assert_int_equal(hear(&host, for_host(id)), IKL_OK);
    }
    host.on_event = close_at_the_first;
    assert_int_equal(hear(&host, for_host(0)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    assert_ptr_equal(host_last(&host, EVENT_DOWN), &host.events[host.n_events - 1]);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

/* Answers the others first, asks something itself, and answers this one last. */
static int answer_backwards(struct host *host, struct event *event)
{
    if (event->kind == EVENT_PEER_REQUEST && event->message_id == 3) {
        (void)ask(host, 9);
        for (uint32_t id = 4; id-- > 0;) {
            assert_int_equal(ikl_sa_respond(host->sa, id, NULL, 0, host->now), IKL_OK);
        }
    }
    return IKL_OK;
}

static void any_request_may_be_answered_inside_the_callback_for_another(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, 4);
    host.on_event = answer_backwards;
    for (uint32_t id = 4; id-- > 0;) {
        assert_int_equal(hear(&host, for_host(id)), IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 5);
    assert_int_equal(asked(&host, 0), 9);
    for (uint32_t id = 0; id < 4; id++) {
        assert_int_equal(message_id_of(host_event(&host, EVENT_SENT, 4 - id)), id);
    }
    host_clear(&host);
}

static void without_request_callback(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_request = NULL;
}

static void without_request_callback_what_waits_is_answered_by_the_library_in_turn(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, without_request_callback, 3);
    assert_int_equal(hear(&host, probe(2)), IKL_OK);
    assert_int_equal(hear(&host, for_host(1)), IKL_OK);
    assert_int_equal(hear(&host, for_host(0)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    for (uint32_t id = 0; id < 3; id++) {
        uint8_t plaintext[HOST_MAX_DATAGRAM];
        struct ikl_opened opened = peer_open(host_event(&host, EVENT_SENT, id), suite, plaintext);

        assert_int_equal(opened.header.message_id, id);
        assert_int_equal(opened.first_payload, id == 2 ? IKL_PAYLOAD_NONE : IKL_PAYLOAD_NOTIFY);
    }
    host_clear(&host);
}

/* The peer is to ask the one that took its place (§2.25.2). */
static void without_request_callback_a_replaced_ike_sa_fails_for_now(void **state)
{
    static const uint8_t temporary_failure[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_TEMPORARY_FAILURE};
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *replacement;
    struct host host;

    (void)state;
    one_ike_sa(&host, without_request_callback, 1);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&replacement, host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(host.sa, replacement, false, 1000, 0), IKL_OK);
    assert_int_equal(hear(&host, for_host(0)), IKL_OK);
    assert_int_equal(peer_open(host_event(&host, EVENT_SENT, 0), suite, plaintext).plaintext.len, 8);
    assert_memory_equal(plaintext, temporary_failure, 8);
    host_clear(&host);
}

/* What a cipher would not seal to the same octets again is kept. */
static void a_repeated_response_is_identical_even_where_sealing_is_not(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(false, true);
    one_ike_sa(&host, with_fickle_provider, 2);
    assert_int_equal(hear(&host, probe(1)), IKL_OK);
    assert_int_equal(hear(&host, for_host(0)), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
    assert_int_equal(fickle.seals, 2);
    assert_int_equal(hear(&host, probe(1)), IKL_OK);
    assert_int_equal(hear(&host, for_host(0)), IKL_OK);
    assert_int_equal(fickle.seals, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(host_event(&host, EVENT_SENT, 2 + i)->datagram, host_event(&host, EVENT_SENT, i)->datagram,
                            host_event(&host, EVENT_SENT, i)->len);
    }
    host_clear(&host);
}

/* The peer may not have the response to 0 when 1, which waited for it, is answered. */
static void without_room_a_response_does_not_go_for_that_to_a_request_that_waited(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    fickle_reset(false, true);
    one_ike_sa(&host, with_fickle_provider, 2);
    assert_int_equal(hear(&host, probe(1)), IKL_OK);
    drain_pool_to(&drain, &host, 1);
    assert_int_equal(hear(&host, probe(0)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(hear(&host, probe(0)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(message_id_of(host_last(&host, EVENT_SENT)), 0);
    refill_pool(&drain, &host);
    assert_int_equal(hear(&host, probe(1)), IKL_ERR_PENDING);
    assert_int_equal(message_id_of(host_last(&host, EVENT_SENT)), 1);
    host_clear(&host);
}

TESTS_OF(peer_requests_trouble)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_room_a_request_that_must_wait_is_as_if_it_had_not_come),
        cmocka_unit_test(a_request_from_elsewhere_that_must_wait_takes_all_the_room_it_needs_or_none),
        cmocka_unit_test(without_room_a_request_from_elsewhere_waits_for_its_repetition),
        cmocka_unit_test(a_request_whose_response_cannot_be_sealed_is_as_if_it_had_not_come),
        cmocka_unit_test(a_repeated_response_that_cannot_be_sealed_is_not_counted_as_repeated),
        cmocka_unit_test(no_request_overtakes_one_that_could_not_be_answered_yet),
        cmocka_unit_test(rfc_17_each_response_goes_back_to_where_its_request_came_from),
        cmocka_unit_test(a_pending_request_repeated_from_a_new_address_is_answered_there),
        cmocka_unit_test(it_does_so_when_the_ike_sa_has_moved_meanwhile),
        cmocka_unit_test(without_room_a_response_follows_the_ike_sa),
        cmocka_unit_test(what_the_host_sends_about_a_new_address_does_not_get_into_the_response),
        cmocka_unit_test(a_host_that_closes_while_requests_wait_hears_of_no_more),
        cmocka_unit_test(any_request_may_be_answered_inside_the_callback_for_another),
        cmocka_unit_test(without_request_callback_what_waits_is_answered_by_the_library_in_turn),
        cmocka_unit_test(without_request_callback_a_replaced_ike_sa_fails_for_now),
        cmocka_unit_test(a_repeated_response_is_identical_even_where_sealing_is_not),
        cmocka_unit_test(without_room_a_response_does_not_go_for_that_to_a_request_that_waited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
