/* SPDX-License-Identifier: ISC */
/* Promises about what IntAuth takes of the peer's IKE_INTERMEDIATE messages: the octets that the peer authenticated. */
#include "support/asking.h"
#include "support/changing.h"
#include "support/peer.h"
#include "support/providers.h"
#include "support/test.h"

enum { UNKNOWN_PAYLOAD = 200, AT_VERSION = 17, AT_FLAGS = 19, SK_HEADERS = IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN };

static const uint8_t payloads[] = {0, 0, 0, 12, 0, IKL_KE_ML_KEM_768, 0, 0, 1, 2, 3, 4};
static const struct ikl_octets plaintext = {payloads, sizeof(payloads)};
static const uint8_t key[32] = {5};

/* What the last event's message came to. */
static uint8_t told[IKL_MAX_PRF];
static struct ikl_int_auth of_event;
static unsigned n_told, n_null;

static const struct ikl_prf *prf(void)
{
    const struct ikl_prf *found;

    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_256, &found), IKL_OK);
    return found;
}

static void take(const struct ikl_int_auth *int_auth)
{
    if (int_auth == NULL) {
        n_null++;
        return;
    }
    assert_int_equal(ikl_int_auth(prf(), (struct ikl_octets){key, sizeof(key)}, int_auth, told), IKL_OK);
    of_event = *int_auth;
    n_told++;
}

static int takes(struct host *host, struct event *event)
{
    (void)host;
    if (event->kind == EVENT_PEER_REQUEST) {
        take(event->int_auth);
    } else if (event->kind == EVENT_OUTCOME) {
        take(event->outcome.int_auth);
    }
    return IKL_OK;
}

static void start(struct pair *pair, sa_change on_sas)
{
    changing_init(pair, NULL, on_sas);
    pair->a.on_event = pair->b.on_event = takes;
    n_told = n_null = 0;
}

static struct peer_message intermediate(bool from_initiator, uint32_t message_id)
{
    return (struct peer_message){.from_initiator = from_initiator,
                                 .response = !from_initiator,
                                 .exchange_type = IKL_IKE_INTERMEDIATE,
                                 .message_id = message_id,
                                 .first_payload = IKL_PAYLOAD_KE,
                                 .plaintext = plaintext};
}

/* Fields that nobody uses today. */
static void use_reserved_fields(uint8_t *front)
{
    front[AT_VERSION] |= 5;
    front[AT_FLAGS] |= 0xd7; /* Version, and all that has no meaning */
    front[IKL_HEADER_LEN + 1] = 0x7f;
}

static void use_reserved_fields_behind_a_payload(uint8_t *front)
{
    use_reserved_fields(front);
    front[IKL_HEADER_LEN + 1] = 0; /* of that payload */
    front[SK_HEADERS + 1] = 0x7f;
}

/* IntAuth by the octets of a message, whose SK payload begins `before` octets behind the header. */
static void expect(const uint8_t *datagram, size_t before)
{
    uint8_t front[64], expected[IKL_MAX_PRF];
    const struct ikl_octets parts[] = {{front, SK_HEADERS + before}, plaintext};
    const struct ikl_prf_input input = {
        .size = sizeof(input), .key = key, .key_len = sizeof(key), .parts = parts, .n_parts = COUNT_OF(parts)};
    size_t len = SK_HEADERS + before + plaintext.len;

    memcpy(front, datagram, SK_HEADERS + before);
    front[26] = front[SK_HEADERS + before - 2] = 0;
    front[27] = (uint8_t)len;
    front[SK_HEADERS + before - 1] = (uint8_t)(IKL_PAYLOAD_HEADER_LEN + plaintext.len);
    assert_int_equal(prf()->compute(&input, expected), IKL_OK);
    assert_memory_equal(told, expected, prf()->len);
}

static void give(struct host *to, const struct peer_message *message, bool behind)
{
    size_t before = behind ? IKL_PAYLOAD_HEADER_LEN : 0;
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = behind ? peer_seal_behind(message, ASKING_SUITE, UNKNOWN_PAYLOAD, false, datagram)
                        : peer_seal(message, ASKING_SUITE, datagram);

    peer_alter(message, ASKING_SUITE, before, behind ? use_reserved_fields_behind_a_payload : use_reserved_fields,
               datagram, len);
    assert_int_equal(peer_deliver(to, datagram, len), IKL_OK);
    assert_int_equal(n_told, 1);
    expect(datagram, before);
}

static void of_a_request_every_octet_counts_that_the_peer_authenticated(void **state)
{
    (void)state;
    for (int behind = 0; behind < 2; behind++) {
        struct peer_message message = intermediate(true, 1);
        struct pair pair;

        start(&pair, NULL);
        give(&pair.b, &message, behind != 0);
        pair_clear(&pair);
    }
}

static void of_a_response_too(void **state)
{
    (void)state;
    for (int behind = 0; behind < 2; behind++) {
        struct peer_message message = intermediate(false, 1);
        struct pair pair;

        start(&pair, NULL);
        changing_ask(&pair, IKL_IKE_INTERMEDIATE, 0);
        give(&pair.a, &message, behind != 0);
        pair_clear(&pair);
    }
}

/* Gives one half of the message. */
static void give_fragment(struct host *to, uint16_t number, uint8_t *datagram)
{
    struct peer_message message = intermediate(true, 1);
    size_t half = plaintext.len / 2, len;

    message.fragment_number = number;
    message.fragment_total = 2;
    message.first_payload = number == 1 ? IKL_PAYLOAD_KE : IKL_PAYLOAD_NONE;
    message.plaintext = (struct ikl_octets){payloads + (number - 1u) * half, half};
    len = peer_seal(&message, ASKING_SUITE, datagram);
    if (number == 1) {
        peer_alter(&message, ASKING_SUITE, 0, use_reserved_fields, datagram, len);
    }
    assert_int_equal(peer_deliver(to, datagram, len), IKL_OK);
}

static void rfc_9242_of_fragments_the_fields_of_the_first_count(void **state)
{
    (void)state;
    for (uint16_t first = 1; first <= 2; first++) {
        uint8_t datagrams[2][HOST_MAX_DATAGRAM];
        struct pair pair;

        start(&pair, NULL);
        give_fragment(&pair.b, first, datagrams[first - 1]);
        assert_int_equal(n_told, 0);
        give_fragment(&pair.b, 3 - first, datagrams[2 - first]);
        assert_int_equal(n_told, 1);
        datagrams[0][16] = IKL_PAYLOAD_SK;
        expect(datagrams[0], 0);
        pair_clear(&pair);
    }
}

static void with_window_of_two(struct ikl_sa_config *config)
{
    config->ids.own_window = config->ids.peer_window = 2;
}

static void of_a_request_that_waited_for_its_turn_no_unusual_fields_are_told(void **state)
{
    struct peer_message first = intermediate(true, 1), second = intermediate(true, 2);
    uint8_t datagram[HOST_MAX_DATAGRAM], usual[HOST_MAX_DATAGRAM];
    struct pair pair;
    size_t len;

    (void)state;
    start(&pair, with_window_of_two);
    len = peer_seal(&second, ASKING_SUITE, usual);
    memcpy(datagram, usual, len);
    peer_alter(&second, ASKING_SUITE, 0, use_reserved_fields, datagram, len);
    assert_int_equal(peer_deliver(&pair.b, datagram, len), IKL_OK);
    assert_int_equal(n_told, 0);
    assert_int_equal(peer_send(&pair.b, ASKING_SUITE, &first), IKL_OK);
    assert_int_equal(changing_answer(&pair.b, 1, 0), IKL_OK);
    host_advance(&pair.b, 1);
    assert_int_equal(n_told, 2);
    expect(usual, 0);
    assert_int_equal(of_event.header.minor, 0);
    assert_int_equal(of_event.header.flags, IKL_FLAG_INITIATOR);
    assert_int_equal(of_event.reserved, 0);
    pair_clear(&pair);
}

static void other_exchanges_have_no_int_auth(void **state)
{
    struct pair pair;

    (void)state;
    start(&pair, NULL);
    changing_ask(&pair, IKL_IKE_AUTH, 100);
    pair_deliver(&pair);
    assert_int_equal(changing_answer(&pair.b, 1, 0), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(n_told, 0);
    assert_int_equal(n_null, 2);
    pair_clear(&pair);
}

TESTS_OF(int_auth)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_request_every_octet_counts_that_the_peer_authenticated),
        cmocka_unit_test(of_a_response_too),
        cmocka_unit_test(rfc_9242_of_fragments_the_fields_of_the_first_count),
        cmocka_unit_test(of_a_request_that_waited_for_its_turn_no_unusual_fields_are_told),
        cmocka_unit_test(other_exchanges_have_no_int_auth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
