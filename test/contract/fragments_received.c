/* SPDX-License-Identifier: ISC */
/* Promises about the peer's messages in fragments (RFC 7383 §2.6): put together in any order, once, within bounds. */
#include "support/asking.h"
#include "support/drain.h"
#include "support/fragments.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = ASKING_SUITE;

enum { LONG = 1000, PIECE = 250, TOTAL = 4 };

static uint8_t octets[HOST_MAX_DATAGRAM];

static uint32_t window = 1;

static void with_window(struct ikl_sa_config *config)
{
    with_fragmentation(config);
    config->ids.own_window = window;
    config->ids.peer_window = window;
}

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 1, with_window);
}

static struct peer_message request_of(uint32_t message_id, size_t len)
{
    fragments_fill(octets, len);
    return (struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA,
                                 .message_id = message_id,
                                 .first_payload = IKL_PAYLOAD_VENDOR_ID,
                                 .plaintext = {octets, len}};
}

static struct peer_message response_of(uint32_t message_id, size_t len)
{
    struct peer_message message = request_of(message_id, len);

    message.response = true;
    message.exchange_type = IKL_INFORMATIONAL;
    return message;
}

/* Delivered once, as a whole. */
static void assert_delivered(const struct event *event, size_t len)
{
    uint8_t expected[HOST_MAX_DATAGRAM];

    assert_non_null(event);
    fragments_fill(expected, len);
    assert_int_equal(event->kind == EVENT_OUTCOME ? event->outcome.first_payload : event->first_payload,
                     IKL_PAYLOAD_VENDOR_ID);
    assert_int_equal(event->len, len);
    assert_memory_equal(event->datagram, expected, len);
}

/* The n-th of the orders of TOTAL fragments. */
static void permute(size_t n, uint16_t *order)
{
    for (uint16_t i = 0; i < TOTAL; i++) {
        size_t at = n % (i + 1u);

        n /= i + 1u;
        memmove(order + at + 1, order + at, (i - at) * sizeof(*order));
        order[at] = (uint16_t)(i + 1);
    }
}

static void run_order(const uint16_t *order, bool response)
{
    struct peer_message whole;
    struct host host;

    one_ike_sa(&host);
    (void)ask(&host, 1);
    whole = response ? response_of(0, LONG) : request_of(0, LONG);
    for (size_t i = 0; i < TOTAL; i++) {
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST) + host_count(&host, EVENT_OUTCOME), 0);
        assert_int_equal(host_info(&host).last_message, 0); /* a part of a message is no message */
        host.now = 10 * (i + 1);
        assert_int_equal(hear_fragment(&host, &whole, PIECE, order[i]), IKL_OK);
        assert_int_equal(host_counters(&host).fragments, i + 1);
    }
    assert_delivered(host_last(&host, response ? EVENT_OUTCOME : EVENT_PEER_REQUEST), LONG);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST) + host_count(&host, EVENT_OUTCOME), 1);
    assert_int_equal(host_info(&host).last_message, 40);
    assert_int_equal(host_counters(&host).reassembled, 1);
    assert_int_equal(host_counters(&host).accepted, 1);
    ikl_sa_close(host.sa, host.now);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static void a_message_is_put_together_whatever_the_order_of_its_fragments(void **state)
{
    uint16_t order[TOTAL + 1];

    (void)state;
    for (size_t n = 0; n < 24; n++) {
        permute(n, order);
        run_order(order, false);
        run_order(order, true);
    }
}

static void it_may_be_cut_anywhere(void **state)
{
    static const size_t pieces[] = {1, 2, 3, 7, 100, 119, 120, 121, 254};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        size_t len = pieces[i] < 5 ? 40 : 255;
        struct peer_message whole;
        struct host host;

        one_ike_sa(&host);
        whole = request_of(0, len);
        assert_int_equal(hear_fragments(&host, &whole, pieces[i]), IKL_OK);
        assert_delivered(host_event(&host, EVENT_PEER_REQUEST, 0), len);
        assert_true(pool_is_whole(&host));
        host_clear(&host);
    }
}

static void a_message_of_one_fragment_is_a_message(void **state)
{
    struct peer_message whole;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    whole = request_of(0, 100);
    assert_int_equal(hear_fragment(&host, &whole, 100, 1), IKL_OK);
    assert_delivered(host_event(&host, EVENT_PEER_REQUEST, 0), 100);
    host_clear(&host);
}

static void rfc_31_fragments_are_refused_unless_both_sides_support_them(void **state)
{
    struct peer_message whole;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    whole = request_of(0, LONG);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_ERR_UNSUPPORTED);
    assert_true(pool_is_whole(&host));
    assert_int_equal(host_counters(&host).other, 1);
    assert_int_equal(host_info(&host).counters.dropped, 1);
    host_clear(&host);
}

/* Refused, and of what was there nothing has changed. */
static void assert_refused(struct host *host, const struct peer_message *fragment, int error)
{
    struct snapshot before = snapshot_of(host), after;
    size_t room = pool_room(host);

    assert_int_equal(peer_send(host, suite, fragment), error);
    after = snapshot_of(host);
    assert_same_state(&before, &after);
    assert_int_equal(pool_room(host), room);
    assert_int_equal(after.counters.fragments, before.counters.fragments);
}

static void rfc_32_a_fragment_is_checked_before_it_is_stored(void **state)
{
    struct peer_message whole, fragment;
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    whole = request_of(0, LONG);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_OK);
    fragment = fragment_of(&whole, PIECE, 2);
    len = peer_seal(&fragment, suite, datagram);
    for (size_t i = 28; i < len; i += 5) { /* any octet of the payload, the fragment fields included */
        datagram[i] ^= 1;
        assert_true(peer_deliver(&host, datagram, len) < IKL_OK);
        datagram[i] ^= 1;
    }
    datagram[33] = 0; /* fragment number 0, then 5 of 4 */
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_ERR_MALFORMED);
    datagram[33] = 5;
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_ERR_MALFORMED);
    assert_int_equal(host_counters(&host).fragments, 1);
    for (uint16_t number = 2; number <= TOTAL; number++) {
        assert_int_equal(hear_fragment(&host, &whole, PIECE, number), IKL_OK);
    }
    assert_delivered(host_event(&host, EVENT_PEER_REQUEST, 0), LONG);
    host_clear(&host);
}

static void rfc_32_a_repeated_fragment_is_dropped(void **state)
{
    struct peer_message whole, again;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    whole = request_of(0, LONG);
    for (uint16_t number = TOTAL; number > 1; number--) {
        assert_int_equal(hear_fragment(&host, &whole, PIECE, number), IKL_OK);
        for (uint16_t known = TOTAL; known >= number; known--) {
            again = fragment_of(&whole, PIECE, known);
            assert_refused(&host, &again, IKL_ERR_FRAGMENT);
        }
    }
    assert_int_equal(host_counters(&host).fragments_dropped, 6);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_OK);
    assert_delivered(host_event(&host, EVENT_PEER_REQUEST, 0), LONG);
    host_clear(&host);
}

/* The sender has found smaller fragments necessary (§2.5.2); what is late of the larger ones is of no use. */
static void rfc_32_a_larger_total_begins_anew_and_a_smaller_one_is_dropped(void **state)
{
    struct peer_message whole, old;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    whole = request_of(0, LONG);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 2), IKL_OK);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_OK);
    assert_int_equal(hear_fragment(&host, &whole, 200, 4), IKL_OK);
    old = fragment_of(&whole, PIECE, 3);
    assert_refused(&host, &old, IKL_ERR_FRAGMENT);
    for (uint16_t number = 1; number <= 5; number++) {
        assert_int_equal(hear_fragment(&host, &whole, 200, number), number == 4 ? IKL_ERR_FRAGMENT : IKL_OK);
    }
    assert_delivered(host_event(&host, EVENT_PEER_REQUEST, 0), LONG);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static void a_fragment_of_another_exchange_does_not_belong(void **state)
{
    struct peer_message whole, other;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    whole = request_of(0, LONG);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_OK);
    other = fragment_of(&whole, PIECE, 2);
    other.exchange_type = IKL_INFORMATIONAL;
    assert_refused(&host, &other, IKL_ERR_FRAGMENT);
    (void)ask(&host, 1);
    whole = response_of(0, LONG);
    other = fragment_of(&whole, PIECE, 1);
    other.exchange_type = IKL_CREATE_CHILD_SA;
    assert_refused(&host, &other, IKL_ERR_MALFORMED);
    host_clear(&host);
}

/* Also of each fragment of ours, and the request is not put together again. */
static void rfc_33_the_response_is_repeated_for_fragment_1_alone(void **state)
{
    static const uint8_t body[LONG * 2];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct peer_message whole;
    struct host host;
    size_t len;

    (void)state;
    one_ike_sa(&host);
    whole = request_of(0, LONG);
    assert_int_equal(hear_fragments(&host, &whole, PIECE), IKL_OK);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_ERR_PENDING);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 2), IKL_ERR_FRAGMENT);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_OK);
    assert_int_equal(open_fragments(&host, 0, plaintext, &len), 2);
    for (uint16_t number = 2; number <= TOTAL; number++) {
        assert_int_equal(hear_fragment(&host, &whole, PIECE, number), IKL_ERR_FRAGMENT);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 4);
    for (size_t i = 0; i < 2; i++) {
        assert_memory_equal(host_event(&host, EVENT_SENT, i + 2)->datagram, host_event(&host, EVENT_SENT, i)->datagram,
                            host_event(&host, EVENT_SENT, i)->len);
    }
    assert_int_equal(host_counters(&host).repeated, 1);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    assert_int_equal(host_counters(&host).fragments, TOTAL);
    host_clear(&host);
}

static void responses_of_16k(struct ikl_endpoint_config *config)
{
    config->pool_blocks = 640;
}

/* No longer than any message may be, and no more than 255 fragments. */
static void rfc_34_what_is_stored_of_a_message_is_bounded(void **state)
{
    struct peer_message fragment;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, responses_of_16k);
    host_sa(&host, suite, true, 1, with_window);
    fragment = request_of(0, 1000);
    fragment.fragment_total = 255;
    for (uint16_t number = 1; number <= 4; number++) {
        fragment.fragment_number = number;
        assert_int_equal(peer_send(&host, suite, &fragment), IKL_OK);
    }
    fragment.fragment_number = 5;
    assert_refused(&host, &fragment, IKL_ERR_FRAGMENT);
    fragment.plaintext.len = 96;
    assert_int_equal(peer_send(&host, suite, &fragment), IKL_OK);
    fragment.fragment_number = 6;
    fragment.plaintext.len = 1;
    assert_refused(&host, &fragment, IKL_ERR_FRAGMENT);
    fragment.fragment_total = 256;
    assert_refused(&host, &fragment, IKL_ERR_FRAGMENT);
    fragment.fragment_total = UINT16_MAX;
    assert_refused(&host, &fragment, IKL_ERR_FRAGMENT);
    host_clear(&host);
}

static void after_3_s(struct ikl_endpoint_config *config)
{
    config->reassembly_time = 3000;
}

static void rfc_34_an_unfinished_message_is_forgotten_after_a_time(void **state)
{
    struct peer_message whole;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, after_3_s);
    host_sa(&host, suite, true, 1, with_window);
    host.now = 100;
    whole = request_of(0, LONG);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_OK);
    host.now = 3000;
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 2), IKL_OK); /* which does not prolong it */
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 3100);
    host_advance(&host, 3099);
    assert_false(pool_is_whole(&host));
    host_advance(&host, 3100);
    assert_true(pool_is_whole(&host));
    assert_int_equal(host_counters(&host).fragments_dropped, 2);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 3), IKL_OK);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 4), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 0);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 2), IKL_OK);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_OK);
    assert_delivered(host_event(&host, EVENT_PEER_REQUEST, 0), LONG);
    host_clear(&host);
}

static void while_connecting(struct ikl_sa_config *config)
{
    with_fragmentation(config);
    config->connecting = true;
}

static void what_came_of_a_message_before_the_peer_was_authenticated_still_counts(void **state)
{
    struct peer_message whole = request_of(0, LONG);
    struct host host;

    (void)state;
    whole.exchange_type = IKL_IKE_AUTH;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, while_connecting);
    for (uint16_t number = 1; number < TOTAL; number++) {
        assert_int_equal(hear_fragment(&host, &whole, PIECE, number), IKL_OK);
    }
    assert_int_equal(ikl_sa_established(host.sa, 0), IKL_OK);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, TOTAL), IKL_OK);
    assert_delivered(host_last(&host, EVENT_PEER_REQUEST), LONG);
    assert_int_equal(host_counters(&host).reassembled, 1);
    host_clear(&host);
}

static void unfinished_messages_go_with_the_ike_sa(void **state)
{
    struct peer_message request, response;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)ask(&host, 1);
    request = request_of(0, LONG);
    assert_int_equal(hear_fragment(&host, &request, PIECE, 2), IKL_OK);
    response = response_of(0, LONG);
    assert_int_equal(hear_fragment(&host, &response, PIECE, 1), IKL_OK);
    assert_int_equal(hear_fragment(&host, &response, PIECE, 4), IKL_OK);
    ikl_sa_close(host.sa, 0);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static void that_time_is_15_s_where_the_host_says_nothing(void **state)
{
    struct peer_message whole;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, with_window);
    whole = request_of(0, LONG);
    assert_int_equal(hear_fragment(&host, &whole, PIECE, 1), IKL_OK);
    host_advance(&host, 14999);
    assert_int_equal(host_counters(&host).fragments_dropped, 0);
    host_advance(&host, 15000);
    assert_int_equal(host_counters(&host).fragments_dropped, 1);
    host_clear(&host);
}

TESTS_OF(fragments_received)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_put_together_whatever_the_order_of_its_fragments),
        cmocka_unit_test(it_may_be_cut_anywhere),
        cmocka_unit_test(a_message_of_one_fragment_is_a_message),
        cmocka_unit_test(rfc_31_fragments_are_refused_unless_both_sides_support_them),
        cmocka_unit_test(rfc_32_a_fragment_is_checked_before_it_is_stored),
        cmocka_unit_test(rfc_32_a_repeated_fragment_is_dropped),
        cmocka_unit_test(rfc_32_a_larger_total_begins_anew_and_a_smaller_one_is_dropped),
        cmocka_unit_test(a_fragment_of_another_exchange_does_not_belong),
        cmocka_unit_test(rfc_33_the_response_is_repeated_for_fragment_1_alone),
        cmocka_unit_test(rfc_34_what_is_stored_of_a_message_is_bounded),
        cmocka_unit_test(rfc_34_an_unfinished_message_is_forgotten_after_a_time),
        cmocka_unit_test(that_time_is_15_s_where_the_host_says_nothing),
        cmocka_unit_test(unfinished_messages_go_with_the_ike_sa),
        cmocka_unit_test(what_came_of_a_message_before_the_peer_was_authenticated_still_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
