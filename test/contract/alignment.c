/* SPDX-License-Identifier: ISC */
/* Views may lie at any address: datagrams, bodies and messages that come along are given at odd ones, and nothing that
 * the host can see depends on it. (That nothing is read in a way the processor may refuse shows under a sanitizer.) */
#include "support/offer.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { OFFSETS = 8 };

/* Octets at an address that is `offset` beyond an aligned one. */
struct shifted {
    _Alignas(OFFSETS) uint8_t room[OFFSETS + HOST_MAX_DATAGRAM];
};

static uint8_t *shift(struct shifted *shifted, size_t offset, const uint8_t *data, size_t len)
{
    assert_true(len <= HOST_MAX_DATAGRAM);
    return memcpy(shifted->room + offset, data, len);
}

static int send_at(struct host *host, size_t offset, struct peer_message message)
{
    struct shifted datagram;
    uint8_t sealed[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&message, suite, sealed);

    return peer_deliver(host, shift(&datagram, offset, sealed, len), len);
}

/* What is outstanding and remembered comes along from odd addresses. */
static void hand_over(struct host *host, size_t offset, const struct offer *offer)
{
    struct shifted requests[OFFER_OUTSTANDING], response;
    struct ikl_outstanding_request outstanding[OFFER_OUTSTANDING];
    struct ikl_remembered_response remembered = offer->remembered[0];
    struct ikl_sa_config config = offer->config;

    for (size_t i = 0; i < OFFER_OUTSTANDING; i++) {
        outstanding[i] = offer->outstanding[i];
        outstanding[i].datagram.data = shift(&requests[i], offset, offer->requests[i], outstanding[i].datagram.len);
    }
    remembered.datagram.data = shift(&response, offset, offer->response, remembered.datagram.len);
    config.outstanding = outstanding;
    config.remembered = &remembered;
    host_init(host, "a", 100000, NULL);
    assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &config, host->now), IKL_OK);
    host_add_children(host, true, 2);
}

static void respond_at(struct host *host, size_t offset, uint32_t message_id)
{
    static const uint8_t body[300] = {1, 2, 3};
    struct shifted shifted;
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID,
                                  .body = {shift(&shifted, offset, body, sizeof(body)), sizeof(body)}};

    assert_int_equal(ikl_sa_respond(host->sa, message_id, &payload, 1, host->now), IKL_OK);
}

static void live(struct host *host, size_t offset, const struct offer *offer)
{
    static const uint8_t delete[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 1};
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};
    struct peer_message host_request = {
        .message_id = 9, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {notify, sizeof(notify)}};
    struct peer_message child_delete = {
        .message_id = 10, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete, sizeof(delete)}};

    hand_over(host, offset, offer);
    assert_int_equal(send_at(host, offset, (struct peer_message){.message_id = OFFER_REMEMBERED}), IKL_OK);
    assert_int_equal(send_at(host, offset, host_request), IKL_OK);
    respond_at(host, offset, 9);
    assert_int_equal(send_at(host, offset, host_request), IKL_OK);
    assert_int_equal(send_at(host, offset, child_delete), IKL_OK);
    assert_int_equal(send_at(host, offset, (struct peer_message){.message_id = 12}), IKL_ERR_WINDOW);
    host_advance(host, 100200);
    for (uint32_t i = 0; i < OFFER_OUTSTANDING; i++) {
        struct peer_message answer = {.response = true,
                                      .exchange_type = i == 1 ? IKL_INFORMATIONAL : IKL_CREATE_CHILD_SA,
                                      .message_id = OFFER_FIRST + i};

        assert_int_equal(send_at(host, offset, answer), IKL_OK);
    }
    while (ikl_endpoint_next_deadline(host->endpoint) != IKL_NEVER) {
        host_advance(host, ikl_endpoint_next_deadline(host->endpoint));
    }
}

static void octets_may_lie_at_any_address(void **state)
{
    struct host aligned;
    struct offer offer;

    (void)state;
    offer_fill(&offer, suite);
    live(&aligned, 0, &offer);
    assert_true(host_count(&aligned, EVENT_SENT) > 10);
    for (size_t offset = 1; offset < OFFSETS; offset++) {
        struct host shifted;

        live(&shifted, offset, &offer);
        assert_same_events(&shifted, &aligned);
        host_clear(&shifted);
    }
    host_clear(&aligned);
}

TESTS_OF(alignment)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(octets_may_lie_at_any_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
