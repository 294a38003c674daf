/* SPDX-License-Identifier: ISC */
/* Promises about fragments when something is in the way: no room, other messages meanwhile, losses, malice. */
#include "support/asking.h"
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/fragments.h"
#include "support/test.h"
#include "support/test_random.h"
#include "support/twin.h"

static const char *const suite = ASKING_SUITE;

enum { LONG = 1000, PIECE = 250, TOTAL = 4 };

static uint32_t window;

static void with_window(struct ikl_sa_config *config)
{
    with_fragmentation(config);
    config->ids.own_window = window;
    config->ids.peer_window = window;
}

static void one_ike_sa(struct host *host, uint32_t both_windows)
{
    window = both_windows;
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 1, with_window);
}

/* A request of the peer's for the host. Each has octets of its own while there are few. */
static struct peer_message long_request(uint32_t message_id)
{
    static uint8_t octets[LONG];

    fragments_fill(octets, LONG);
    return (struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA,
                                 .message_id = message_id,
                                 .first_payload = IKL_PAYLOAD_VENDOR_ID,
                                 .plaintext = {octets, LONG}};
}

static struct peer_message long_response(uint32_t message_id)
{
    struct peer_message message = long_request(message_id);

    message.response = true;
    message.exchange_type = IKL_INFORMATIONAL;
    return message;
}

static int hear(struct host *host, struct peer_message message)
{
    return peer_send(host, suite, &message);
}

static struct peer_message short_request(uint32_t message_id)
{
    return (struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA, .message_id = message_id};
}

/* Whose host is not asked. */
static void with_fickle_provider_alone(struct ikl_endpoint_config *config)
{
    with_fickle_provider(config);
    config->callbacks.peer_request = NULL;
}

static void without_room_a_fragment_is_dropped_and_what_is_there_stays(void **state)
{
    struct peer_message whole = long_request(0);
    struct snapshot before, after;
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa(&host, 1);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_OK);
    drain_pool(&drain, &host);
    before = snapshot_of(&host);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 2), IKL_ERR_NO_BUFFER);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_ERR_FRAGMENT);
    after = snapshot_of(&host);
    assert_same_state(&before, &after);
    assert_int_equal(after.counters.no_buffer, 1);
    refill_pool(&drain, &host);
    for (uint16_t number = 2; number <= TOTAL; number++) {
        assert_int_equal(hear_fragment(&host, &whole, PIECE, number), IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    host_clear(&host);
}

/* Although it has to be stored again until the one before it comes. */
static void the_room_of_its_fragments_is_enough_for_a_message_that_must_wait(void **state)
{
    struct peer_message whole = long_request(1);
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa(&host, 2);
    for (uint16_t number = 1; number < TOTAL; number++) {
        assert_int_equal(hear_fragment(&host, &whole, PIECE, number), IKL_OK);
    }
    drain_pool_to(&drain, &host, 3);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, TOTAL), IKL_OK);
    refill_pool(&drain, &host);
    assert_int_equal(hear(&host, short_request(0)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 2);
    host_clear(&host);
}

/* The peer, which gets no answer, sends all of it again. */
static void a_message_in_fragments_that_cannot_be_answered_is_taken_when_all_of_it_comes_again(void **state)
{
    struct peer_message whole = long_request(0);
    struct host host;

    (void)state;
    fickle_reset(true, true);
    host_init(&host, "a", 0, with_fickle_provider_alone);
    host_sa(&host, suite, true, 1, with_fragmentation);
    fickle.seal_result = IKL_ERR_CRYPTO;
    for (uint16_t number = 1; number < TOTAL; number++) {
        assert_int_equal(hear_fragment(&host, &whole, PIECE, number), IKL_OK);
    }
    assert_int_equal(hear_fragment(&host, &whole, PIECE, TOTAL), IKL_ERR_CRYPTO);
    assert_true(pool_is_whole(&host));
    assert_int_equal(host_info(&host).next_expected, 0);
    fickle.seal_result = IKL_OK;
    assert_int_equal(hear_fragments(&host, &whole, PIECE), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void request_and_response_are_put_together_side_by_side(void **state)
{
    struct peer_message request = long_request(0), response = long_response(0);
    struct host host;

    (void)state;
    one_ike_sa(&host, 1);
    (void)ask(&host, 1);
    for (uint16_t number = 1; number <= TOTAL; number++) {
        assert_int_equal(hear_fragment(&host, &request, PIECE, number), IKL_OK);
        assert_int_equal(hear_fragment(&host, &response, PIECE, (uint16_t)(TOTAL + 1 - number)), IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    assert_int_equal(outcome_of(&host, 1)->kind, IKL_OUTCOME_ANSWERED);
    host_clear(&host);
}

/* It is the whole answer that stops it. */
static void retransmission_goes_on_while_an_answer_is_incomplete(void **state)
{
    struct peer_message response = long_response(0);
    struct host host;

    (void)state;
    one_ike_sa(&host, 1);
    (void)ask(&host, 1);
    for (uint16_t number = 1; number < TOTAL; number++) {
        assert_int_equal(hear_fragment(&host, &response, PIECE, number), IKL_OK);
    }
    host_advance(&host, 1000);
    host_advance(&host, 3000);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(hear_fragment(&host, &response, PIECE, TOTAL), IKL_OK);
    assert_int_equal(outcome_of(&host, 1)->kind, IKL_OUTCOME_ANSWERED);
    assert_int_equal(outcome_of(&host, 1)->sends, 3);
    host_advance(&host, 7000);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    host_clear(&host);
}

static void an_answer_that_never_becomes_whole_does_not_keep_the_ike_sa_alive(void **state)
{
    struct peer_message response = long_response(0);
    struct host host;

    (void)state;
    one_ike_sa(&host, 1);
    (void)ask(&host, 1);
    while (ikl_sa_state(host.sa) == IKL_SA_ESTABLISHED) {
        int result = hear_fragment(&host, &response, PIECE, 1);

        assert_true(result == IKL_OK || result == IKL_ERR_FRAGMENT);
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    }
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 319000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.last_evidence, 0);
    host_clear(&host);
}

/* Of a window's messages the one with the lowest Message ID is put together first. */
static void a_lower_message_id_comes_first(void **state)
{
    struct peer_message first = long_request(0), second = long_request(1);
    struct host host;

    (void)state;
    one_ike_sa(&host, 2);
    assert_int_equal(hear_fragment(&host, &second, PIECE, 1), IKL_OK);
    assert_int_equal(hear_fragment(&host, &first, PIECE, 2), IKL_OK); /* takes its place */
    assert_int_equal(hear_fragment(&host, &second, PIECE, 2), IKL_ERR_FRAGMENT);
    for (uint16_t number = 1; number <= TOTAL; number++) {
        assert_int_equal(hear_fragment(&host, &first, PIECE, number), number == 2 ? IKL_ERR_FRAGMENT : IKL_OK);
    }
    assert_int_equal(hear_fragments(&host, &second, PIECE), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 2);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 1)->message_id, 1);
    host_clear(&host);
}

/* The peer had second thoughts, or repeats it as a whole: what is left of the fragments is in nobody's way. */
static void a_message_that_comes_in_one_piece_after_all_does_not_block_the_next(void **state)
{
    struct peer_message whole = long_request(0), response = long_response(0);
    struct host host;

    (void)state;
    one_ike_sa(&host, 1);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_OK);
    assert_int_equal(hear(&host, whole), IKL_OK);
    whole.message_id = 1;
    assert_int_equal(hear_fragments(&host, &whole, PIECE), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 2);
    (void)ask(&host, 1);
    (void)ask(&host, 2);
    assert_int_equal(hear_fragment(&host, &response, PIECE, 1), IKL_OK);
    assert_int_equal(hear(&host, response), IKL_OK);
    response.message_id = 1;
    assert_int_equal(hear_fragments(&host, &response, PIECE), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 2);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static void fragments_outside_the_window_are_refused_as_whole_messages_are(void **state)
{
    struct peer_message whole = long_request(2);
    struct host host;

    (void)state;
    one_ike_sa(&host, 1);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_ERR_WINDOW);
    for (uint32_t id = 0; id < 2; id++) {
        assert_int_equal(hear(&host, short_request(id)), IKL_OK);
    }
    whole.message_id = 0;
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_ERR_STALE);
    whole = long_response(0);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_ERR_UNSOLICITED);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static void what_is_malformed_inside_shows_when_it_is_whole(void **state)
{
    static const uint8_t invalid_syntax[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_INVALID_SYNTAX};
    uint8_t octets[LONG], plaintext[HOST_MAX_DATAGRAM];
    struct peer_message whole = long_request(0);
    struct ikl_opened opened;
    struct host host;

    (void)state;
    one_ike_sa(&host, 1);
    memcpy(octets, whole.plaintext.data, LONG);
    octets[3]++; /* one octet more than there are */
    whole.plaintext.data = octets;
    assert_int_equal(hear_fragments(&host, &whole, PIECE), IKL_OK);
    opened = peer_open(host_event(&host, EVENT_SENT, 0), suite, plaintext);
    assert_int_equal(opened.plaintext.len, sizeof(invalid_syntax));
    assert_memory_equal(plaintext, invalid_syntax, sizeof(invalid_syntax));
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PROTOCOL);
    host_clear(&host);
    one_ike_sa(&host, 1);
    (void)ask(&host, 1);
    whole.response = true;
    whole.exchange_type = IKL_INFORMATIONAL;
    assert_int_equal(hear_fragments(&host, &whole, PIECE), IKL_OK);
    assert_int_equal(outcome_of(&host, 1)->status, IKL_ERR_TRUNCATED);
    host_clear(&host);
}

/* What the host said about the MTU of the IKE SA's path holds there; elsewhere it is what the datagram's path says. */
static void a_response_fits_the_path_that_it_takes(void **state)
{
    static const uint8_t body[LONG];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct peer_message request = short_request(0);
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_path path;
    struct host host;
    size_t len;

    (void)state;
    one_ike_sa(&host, 1);
    path = *ikl_sa_path(host.sa);
    path.mtu = 700;
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 0), IKL_OK);
    assert_int_equal(hear(&host, request), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->len, 700 - 28);
    host_forget(&host);
    path.remote.port = 4501;
    path.mtu = 0;
    request.message_id = 1;
    len = peer_seal(&request, suite, datagram);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 0), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 1, &payload, 1, 0), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->len, IKL_DEFAULT_MTU_IPV4 - 28);
    host_forget(&host);
    path.mtu = 400;
    request.message_id = 2;
    len = peer_seal(&request, suite, datagram);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 0), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 2, &payload, 1, 0), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->len, 400 - 28);
    host_clear(&host);
}

static void add_many_children(struct host *host, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct ikl_child_config config = {.size = sizeof(config),
                                          .protocol = IKL_PROTOCOL_ESP,
                                          .spi_in = 0xc0000000u + i,
                                          .spi_out = 0xd0000000u + i};

        assert_int_equal(ikl_sa_add_child(host->sa, &config, NULL), IKL_OK);
    }
}

/* The response to a Delete of many Child SAs, along a path of which the datagram's own MTU says nothing. */
static void a_response_of_the_librarys_fits_the_path_too(void **state)
{
    enum { N = 150, DELETE_LEN = 8 + 4 * N };
    uint8_t delete[DELETE_LEN] = {0, 0, DELETE_LEN >> 8, DELETE_LEN & 0xff, IKL_PROTOCOL_ESP, 4, 0, N};
    uint8_t datagram[HOST_MAX_DATAGRAM], plaintext[HOST_MAX_DATAGRAM];
    struct peer_message request = {.first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete, sizeof(delete)}};
    struct ikl_path path;
    struct host host;
    size_t len;

    (void)state;
    one_ike_sa(&host, 1);
    path = *ikl_sa_path(host.sa);
    path.mtu = 576;
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 0), IKL_OK);
    add_many_children(&host, N);
    for (size_t i = 0; i < N; i++) {
        delete[8 + 4 * i] = 0xd0;
        delete[8 + 4 * i + 3] = (uint8_t)i;
    }
    path.mtu = 0;
    len = peer_seal(&request, suite, datagram);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), N);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->len, 576 - 28);
    assert_int_equal(open_fragments(&host, 0, plaintext, &len), 2);
    assert_int_equal(len, DELETE_LEN);
    host_clear(&host);
}

/* Something goes wrong with a fragment on its way, or an attacker has a hand in it. */
static void disturb(struct host *host, const struct peer_message *whole, size_t piece, struct test_random *random)
{
    uint16_t total = fragments_total(whole, piece);
    struct peer_message fragment = fragment_of(whole, piece, (uint16_t)(1 + test_random_below(random, total)));
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len;

    if (total > 1 && test_random_below(random, 4) == 0) {
        fragment.fragment_total--; /* of a smaller total */
        fragment.fragment_number = 1;
    }
    len = peer_seal(&fragment, suite, datagram);
    datagram[test_random_below(random, len)] ^= (uint8_t)(1 + test_random_below(random, 255));
    (void)peer_deliver(host, datagram, len);
    if (test_random_below(random, 50) == 0) {
        host_advance(host, host->now + 15000); /* time runs out for what is unfinished */
    }
}

/* Fragments in any order, some lost, some twice; the peer sends all of them again until the message has arrived. */
static void send_somehow(struct host *host, const struct peer_message *whole, struct test_random *random)
{
    size_t piece = 1 + LONG / 10 + (size_t)test_random_below(random, LONG);
    uint16_t total = fragments_total(whole, piece);

    while (host_info(host).next_expected <= whole->message_id) {
        uint16_t number = (uint16_t)(1 + test_random_below(random, total));

        if (test_random_below(random, 3) != 0) {
            int result = hear_fragment(host, whole, piece, number);

            assert_true(result == IKL_OK || result == IKL_ERR_FRAGMENT);
        }
        disturb(host, whole, piece, random);
    }
}

static void policy_off(struct ikl_sa_config *config)
{
    with_fragmentation(config);
    config->liveness = IKL_LIVENESS_OFF;
}

static void whatever_happens_on_the_way_each_message_arrives_once_and_as_it_was(void **state)
{
    enum { N = 150 };
    struct peer_message whole = long_request(0);
    struct test_random random = {3};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, policy_off);
    for (uint32_t id = 0; id < N; id++) {
        whole.message_id = id;
        send_somehow(&host, &whole, &random);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
        assert_int_equal(host_last(&host, EVENT_PEER_REQUEST)->message_id, id);
        assert_int_equal(host_last(&host, EVENT_PEER_REQUEST)->len, LONG);
        assert_memory_equal(host_last(&host, EVENT_PEER_REQUEST)->datagram, whole.plaintext.data, LONG);
        host_forget(&host);
    }
    assert_int_equal(host_counters(&host).reassembled, N);
    ikl_sa_close(host.sa, host.now);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

/* Answers every request with as much as it was asked. */
static int echo(struct host *host, struct event *event)
{
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID,
                                  .body = {event->datagram + IKL_PAYLOAD_HEADER_LEN, ASKING_LEN}};

    if (event->kind == EVENT_PEER_REQUEST) {
        payload.body.len = event->len - IKL_PAYLOAD_HEADER_LEN;
        assert_int_equal(ikl_sa_respond(host->sa, event->message_id, &payload, 1, host->now), IKL_OK);
    }
    return IKL_OK;
}

/* Loses every n-th datagram. */
static void lose(struct host *host, size_t n)
{
    for (size_t i = n - 1; i < host->n_events; i += n) {
        host->events[i].delivered = true;
    }
}

static void two_hosts_with_fragments_both_ways_understand_each_other(void **state)
{
    (void)state;
    for (size_t loss = 2; loss < 8; loss++) {
        struct pair pair;

        pair_init(&pair, suite, 1, NULL, with_fragmentation);
        pair.b.on_event = echo;
        for (uint8_t mark = 0; mark < 3; mark++) {
            assert_int_equal(asking_try(&pair.a, &(struct asking){.mark = mark, .len = 1200}, NULL), IKL_OK);
        }
        lose(&pair.a, loss);
        pair_run(&pair, 4000, 0);
        assert_int_equal(host_count(&pair.b, EVENT_PEER_REQUEST), 3);
        for (uint8_t mark = 0; mark < 3; mark++) {
            const struct event *event = host_event(&pair.a, EVENT_OUTCOME, mark);

            assert_ptr_equal(event->outcome.context, asking_context(mark));
            assert_int_equal(event->outcome.kind, IKL_OUTCOME_ANSWERED);
            assert_int_equal(event->len, IKL_PAYLOAD_HEADER_LEN + 1200);
            assert_int_equal(event->datagram[IKL_PAYLOAD_HEADER_LEN], mark);
        }
        pair_clear(&pair);
    }
}

TESTS_OF(fragments_trouble)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_room_a_fragment_is_dropped_and_what_is_there_stays),
        cmocka_unit_test(the_room_of_its_fragments_is_enough_for_a_message_that_must_wait),
        cmocka_unit_test(a_message_in_fragments_that_cannot_be_answered_is_taken_when_all_of_it_comes_again),
        cmocka_unit_test(request_and_response_are_put_together_side_by_side),
        cmocka_unit_test(retransmission_goes_on_while_an_answer_is_incomplete),
        cmocka_unit_test(an_answer_that_never_becomes_whole_does_not_keep_the_ike_sa_alive),
        cmocka_unit_test(a_lower_message_id_comes_first),
        cmocka_unit_test(a_message_that_comes_in_one_piece_after_all_does_not_block_the_next),
        cmocka_unit_test(fragments_outside_the_window_are_refused_as_whole_messages_are),
        cmocka_unit_test(what_is_malformed_inside_shows_when_it_is_whole),
        cmocka_unit_test(a_response_fits_the_path_that_it_takes),
        cmocka_unit_test(a_response_of_the_librarys_fits_the_path_too),
        cmocka_unit_test(whatever_happens_on_the_way_each_message_arrives_once_and_as_it_was),
        cmocka_unit_test(two_hosts_with_fragments_both_ways_understand_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
