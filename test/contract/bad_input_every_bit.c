/* SPDX-License-Identifier: ISC */
/* Every bit of a valid request and of a valid response turned round, and both cut at every octet: nothing changes. */
#include "support/peer.h"
#include "support/providers.h"
#include "support/story.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suites[] = {"chacha20poly1305-prfsha256", "aes256gcm16-prfsha512"};

enum { LENGTH = 24 };

static bool is_available(const char *name)
{
    const struct ikl_cipher *cipher;
    struct ikl_suite suite;

    assert_int_equal(ikl_suite_parse(&suite, name), IKL_OK);
    return test_provider->cipher(&suite, &cipher) == IKL_OK;
}

/* What would be accepted at the pause of the story, with something inside. */
static size_t seal(const char *suite, bool response, uint8_t *out)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0x00};
    struct peer_message message = {.response = response,
                                   .message_id = response ? (uint32_t)STORY_OUTSTANDING : (uint32_t)STORY_FRESH,
                                   .first_payload = IKL_PAYLOAD_NOTIFY,
                                   .plaintext = {notify, sizeof(notify)}};

    return peer_seal(&message, suite, out);
}

static void assert_refused(struct host *host, const uint8_t *datagram, size_t len)
{
    struct snapshot before = snapshot_of(host), after;
    size_t n_events = host->n_events;

    assert_true(peer_deliver(host, datagram, len) < IKL_OK);
    after = snapshot_of(host);
    assert_same_state(&before, &after);
    assert_int_equal(after.counters.received, before.counters.received + 1);
    assert_int_equal(after.counters.accepted, before.counters.accepted);
    assert_int_equal(after.counters.sent, before.counters.sent);
    while (host->n_events > n_events) { /* nothing but `unmatched`, of which there would be too many to keep */
        assert_int_equal(host->events[--host->n_events].kind, EVENT_UNMATCHED);
    }
}

static void turn_every_bit(struct host *host, uint8_t *datagram, size_t len)
{
    for (size_t bit = 0; bit < len * 8; bit++) {
        datagram[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_refused(host, datagram, len);
        datagram[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static void cut_at_every_octet(struct host *host, uint8_t *datagram, size_t len)
{
    uint8_t cut[HOST_MAX_DATAGRAM];

    for (size_t n = 0; n < len; n++) {
        memcpy(cut, datagram, len);
        assert_refused(host, cut, n);
        cut[LENGTH + 3] = (uint8_t)n;
        assert_refused(host, cut, n);
    }
}

/* One host sees all of it; what it does afterwards is what its twin does. */
static void change_nothing(bool response, void (*spoil)(struct host *host, uint8_t *datagram, size_t len))
{
    for (size_t i = 0; i < COUNT_OF(suites); i++) {
        uint8_t datagram[HOST_MAX_DATAGRAM];
        struct host host, twin;

        if (!is_available(suites[i])) {
            continue;
        }
        story_begin(&host, suites[i]);
        story_begin(&twin, suites[i]);
        spoil(&host, datagram, seal(suites[i], response, datagram));
        story_end(&host, suites[i]);
        story_end(&twin, suites[i]);
        assert_same_events(&host, &twin);
        host_clear(&host);
        host_clear(&twin);
    }
}

static void no_turned_bit_of_a_request_changes_anything(void **state)
{
    (void)state;
    change_nothing(false, turn_every_bit);
}

static void no_turned_bit_of_a_response_changes_anything(void **state)
{
    (void)state;
    change_nothing(true, turn_every_bit);
}

static void no_truncation_of_a_request_changes_anything(void **state)
{
    (void)state;
    change_nothing(false, cut_at_every_octet);
}

static void no_truncation_of_a_response_changes_anything(void **state)
{
    (void)state;
    change_nothing(true, cut_at_every_octet);
}

/* Or the tests above would show nothing. */
static void what_was_spoiled_is_accepted_when_it_is_whole(void **state)
{
    (void)state;
    for (size_t response = 0; response < 2; response++) {
        uint8_t datagram[HOST_MAX_DATAGRAM];
        struct host host;
        size_t len;

        story_begin(&host, suites[0]);
        len = seal(suites[0], response != 0, datagram);
        assert_int_equal(peer_deliver(&host, datagram, len), IKL_OK);
        host_clear(&host);
    }
}

TESTS_OF(bad_input_every_bit)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_turned_bit_of_a_request_changes_anything),
        cmocka_unit_test(no_turned_bit_of_a_response_changes_anything),
        cmocka_unit_test(no_truncation_of_a_request_changes_anything),
        cmocka_unit_test(no_truncation_of_a_response_changes_anything),
        cmocka_unit_test(what_was_spoiled_is_accepted_when_it_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
