/* SPDX-License-Identifier: ISC */
/* Bad input: each piece an error code, a counter, and no change of state. Whether anything changed is told by a twin
 * that never saw it: what the IKE SA does afterwards must be the same, octet for octet and millisecond for
 * millisecond. */
#include "support/peer.h"
#include "support/story.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { NEXT_PAYLOAD = 16, VERSION = 17, LENGTH = 24, SK_LENGTH = 30, BODY = 32, MAX_DATAGRAM = 8192 };

struct datagram {
    uint8_t octets[MAX_DATAGRAM];
    size_t len;
    bool encapsulated; /* it arrives on a path with UDP encapsulation */
};

/* How a datagram is refused: the error, the endpoint's counter of the cause, and whether it had reached the IKE SA,
 * which then counts it as well. */
struct refusal {
    int error;
    size_t counter;
    bool reached;
};

#define COUNTED_AS(name) offsetof(struct ikl_endpoint_counters, name)

static const struct refusal truncated = {IKL_ERR_TRUNCATED, COUNTED_AS(malformed), false},
                            truncated_inside = {IKL_ERR_TRUNCATED, COUNTED_AS(malformed), true},
                            wrong_length = {IKL_ERR_LENGTH, COUNTED_AS(malformed), false},
                            wrong_version = {IKL_ERR_VERSION, COUNTED_AS(malformed), false},
                            malformed_header = {IKL_ERR_MALFORMED, COUNTED_AS(malformed), false},
                            malformed = {IKL_ERR_MALFORMED, COUNTED_AS(malformed), true},
                            too_long = {IKL_ERR_NO_BUFFER, COUNTED_AS(no_buffer), true},
                            unknown_spi = {IKL_ERR_UNKNOWN_SPI, COUNTED_AS(unmatched), false},
                            wrong_flags = {IKL_ERR_FLAGS, COUNTED_AS(wrong_flags), true},
                            unprotected = {IKL_ERR_UNPROTECTED, COUNTED_AS(unprotected), true},
                            forged = {IKL_ERR_FORGED, COUNTED_AS(forged), true},
                            stale = {IKL_ERR_STALE, COUNTED_AS(stale), true},
                            beyond_window = {IKL_ERR_WINDOW, COUNTED_AS(out_of_window), true},
                            unsolicited = {IKL_ERR_UNSOLICITED, COUNTED_AS(unsolicited), true},
                            keepalive = {IKL_ERR_KEEPALIVE, COUNTED_AS(keepalives), false},
                            not_ike = {IKL_ERR_NOT_IKE, COUNTED_AS(not_ike), false};

static void put_u32(uint8_t *at, size_t value)
{
    for (size_t i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> 8 * (3 - i));
    }
}

static void put_u16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void assert_counted(struct ikl_endpoint_counters before, const struct ikl_endpoint_counters *after,
                           size_t counter)
{
    before.received++;
    (*(uint64_t *)((char *)&before + counter))++;
    assert_same_counters(&before, after);
}

static void give(struct host *host, const struct datagram *datagram, const struct refusal *refusal)
{
    struct snapshot before = snapshot_of(host), after;
    struct ikl_path path = *ikl_sa_path(host->sa);
    struct datagram copy = *datagram;

    path.encapsulated = datagram->encapsulated;
    assert_int_equal(ikl_endpoint_receive(host->endpoint, &path, copy.octets, copy.len, host->now), refusal->error);
    after = snapshot_of(host);
    assert_memory_equal(datagram->octets, copy.octets, copy.len);
    assert_same_state(&before, &after);
    assert_int_equal(after.info.counters.dropped, before.info.counters.dropped + (refusal->reached ? 1 : 0));
    assert_counted(before.counters, &after.counters, refusal->counter);
    assert_int_equal(host_count(host, EVENT_UNMATCHED), refusal->error == IKL_ERR_UNKNOWN_SPI ? 1 : 0);
}

static void assert_refused(const struct datagram *datagram, const struct refusal *refusal)
{
    struct host host, twin;

    story_begin(&host, suite);
    story_begin(&twin, suite);
    give(&host, datagram, refusal);
    story_end(&host, suite);
    story_end(&twin, suite);
    assert_same_events(&host, &twin);
    host_clear(&host);
    host_clear(&twin);
}

static void seal(struct datagram *out, const struct peer_message *message)
{
    memset(out, 0, sizeof(*out));
    out->len = peer_seal(message, suite, out->octets);
}

/* What would be accepted at the pause of the story. Nearly everything is tried with a request and a response. */
static struct peer_message acceptable(bool response)
{
    return (struct peer_message){.response = response,
                                 .message_id = response ? (uint32_t)STORY_OUTSTANDING : (uint32_t)STORY_FRESH};
}

static void valid(struct datagram *out, bool response)
{
    struct peer_message message = acceptable(response);

    seal(out, &message);
}

#define FOR_REQUEST_AND_RESPONSE(response) for (int response = 0; response < 2; response++)

static void a_truncated_datagram_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        valid(&datagram, response);
        datagram.len = 0;
        assert_refused(&datagram, &truncated);
        datagram.len = IKL_HEADER_LEN - 1;
        assert_refused(&datagram, &truncated);
    }
}

static void a_truncated_datagram_whose_length_field_was_corrected_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        valid(&datagram, response);
        datagram.len--;
        put_u32(datagram.octets + LENGTH, datagram.len);
        assert_refused(&datagram, &truncated_inside);
    }
}

static void an_overlong_datagram_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        valid(&datagram, response);
        datagram.len++;
        assert_refused(&datagram, &wrong_length);
        put_u32(datagram.octets + LENGTH, datagram.len);
        assert_refused(&datagram, &malformed);
    }
}

static void a_message_longer_than_the_endpoint_handles_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        valid(&datagram, response);
        datagram.len = 4097;
        put_u32(datagram.octets + LENGTH, datagram.len);
        put_u16(datagram.octets + SK_LENGTH, datagram.len - IKL_HEADER_LEN);
        assert_refused(&datagram, &too_long);
    }
}

static void a_wrong_length_field_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        valid(&datagram, response);
        for (size_t i = 0; i < 4; i++) {
            const size_t wrong[] = {0, datagram.len - 1, datagram.len + 1, 0xffffffffu};

            put_u32(datagram.octets + LENGTH, wrong[i]);
            assert_refused(&datagram, &wrong_length);
        }
    }
}

static void a_wrong_major_version_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        valid(&datagram, response);
        for (uint8_t major = 0; major < 16; major++) {
            datagram.octets[VERSION] = (uint8_t)(major << 4);
            if (major != 2) {
                assert_refused(&datagram, &wrong_version);
            }
        }
    }
}

static void an_unknown_spi_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        for (size_t at = 0; at < 16; at += 5) {
            valid(&datagram, response);
            datagram.octets[at] ^= 0x40;
            assert_refused(&datagram, &unknown_spi);
        }
    }
}

static void a_zero_spi_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        valid(&datagram, response);
        memset(datagram.octets + 8, 0, 8);
        assert_refused(&datagram, &unknown_spi);
        memset(datagram.octets, 0, 8);
        assert_refused(&datagram, &malformed_header);
    }
}

/* Authentic, but the sender claims to be the original initiator, which we are. */
static void a_wrong_initiator_flag_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        struct peer_message message = acceptable(response);

        message.wrong_flags = IKL_FLAG_INITIATOR;
        seal(&datagram, &message);
        assert_refused(&datagram, &wrong_flags);
    }
}

/* The flag is missing where the peer is the original initiator. */
static void a_missing_initiator_flag_is_refused(void **state)
{
    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        const struct peer_message message = {
            .from_initiator = true, .response = response, .wrong_flags = IKL_FLAG_INITIATOR};
        struct host host;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, false, 0, NULL);
        assert_int_equal(peer_send(&host, suite, &message), IKL_ERR_FLAGS);
        assert_int_equal(host_counters(&host).wrong_flags, 1);
        assert_int_equal(host.n_events, 0);
        host_clear(&host);
    }
}

/* Our own messages come back to us, as they are and with the flag put right. */
static void a_reflected_message_is_refused(void **state)
{
    struct datagram datagram = {.len = 0};
    struct host host;

    (void)state;
    story_begin(&host, suite);
    for (size_t i = 0; i < host_count(&host, EVENT_SENT); i++) {
        const struct event *sent = host_event(&host, EVENT_SENT, i);

        memcpy(datagram.octets, sent->datagram, sent->len);
        datagram.len = sent->len;
        assert_refused(&datagram, &wrong_flags);
    }
    host_clear(&host);
    FOR_REQUEST_AND_RESPONSE(response)
    {
        struct peer_message message = acceptable(response);

        message.from_initiator = true;
        message.wrong_flags = IKL_FLAG_INITIATOR;
        seal(&datagram, &message);
        assert_refused(&datagram, &forged);
    }
}

static void a_forged_tag_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        valid(&datagram, response);
        datagram.octets[datagram.len - 1] ^= 1;
        assert_refused(&datagram, &forged);
        memset(datagram.octets + datagram.len - 16, 0, 16);
        assert_refused(&datagram, &forged);
    }
}

static void a_forged_repetition_gets_no_response_and_uses_up_no_rate(void **state)
{
    struct datagram datagram;

    (void)state;
    seal(&datagram, &(struct peer_message){.message_id = STORY_REMEMBERED});
    datagram.octets[datagram.len - 1] ^= 1;
    assert_refused(&datagram, &forged);
}

static void a_replayed_request_whose_response_is_forgotten_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    seal(&datagram, &(struct peer_message){.message_id = STORY_FORGOTTEN});
    assert_refused(&datagram, &stale);
}

/* The one thing a replay achieves: the remembered response once more. */
static void a_replayed_request_gets_the_remembered_response_and_changes_nothing(void **state)
{
    const struct event *first, *again;
    struct snapshot before, after;
    struct host host;
    size_t n_events;

    (void)state;
    story_begin(&host, suite);
    before = snapshot_of(&host);
    n_events = host.n_events;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = STORY_REMEMBERED}), IKL_OK);
    after = snapshot_of(&host);
    assert_int_equal(host.n_events, n_events + 1);
    first = host_event(&host, EVENT_SENT, STORY_REMEMBERED);
    again = &host.events[n_events];
    assert_int_equal(again->kind, EVENT_SENT);
    assert_int_equal(again->len, first->len);
    assert_memory_equal(again->datagram, first->datagram, first->len);
    before.info.counters.repeats++;
    before.counters.sent++;
    assert_same_state(&before, &after);
    assert_int_equal(after.info.counters.dropped, before.info.counters.dropped);
    assert_counted(before.counters, &after.counters, COUNTED_AS(repeated));
    host_clear(&host);
}

static void a_request_beyond_the_window_is_refused(void **state)
{
    static const uint32_t ids[] = {STORY_FRESH + 1, STORY_FRESH + 1000, IKL_MESSAGE_ID_LAST, IKL_MESSAGE_ID_NONE};
    struct datagram datagram;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        seal(&datagram, &(struct peer_message){.message_id = ids[i]});
        assert_refused(&datagram, &beyond_window);
    }
}

static void a_replayed_response_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    seal(&datagram, &(struct peer_message){.response = true, .message_id = STORY_ANSWERED});
    assert_refused(&datagram, &unsolicited);
}

static void a_response_nobody_asked_for_is_refused(void **state)
{
    static const uint32_t ids[] = {STORY_UNUSED, STORY_UNUSED + 1000, IKL_MESSAGE_ID_NONE};
    struct datagram datagram;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        seal(&datagram, &(struct peer_message){.response = true, .message_id = ids[i]});
        assert_refused(&datagram, &unsolicited);
    }
}

static void a_response_of_another_exchange_than_the_request_is_refused(void **state)
{
    struct peer_message message = acceptable(true);
    struct datagram datagram;

    (void)state;
    message.exchange_type = IKL_CREATE_CHILD_SA;
    seal(&datagram, &message);
    assert_refused(&datagram, &malformed);
}

/* An empty one is what an unprotected liveness check would be. */
static void an_unprotected_message_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        valid(&datagram, response);
        datagram.octets[NEXT_PAYLOAD] = IKL_PAYLOAD_NOTIFY;
        datagram.octets[IKL_HEADER_LEN] = IKL_PAYLOAD_NONE;
        assert_refused(&datagram, &unprotected);
        datagram.len = IKL_HEADER_LEN;
        datagram.octets[NEXT_PAYLOAD] = IKL_PAYLOAD_NONE;
        put_u32(datagram.octets + LENGTH, datagram.len);
        assert_refused(&datagram, &unprotected);
    }
}

/* Puts a Notify payload with any Length between the header and the SK payload. */
static void with_notify_before(struct datagram *out, bool response, size_t notify_length)
{
    uint8_t *at = out->octets + IKL_HEADER_LEN;

    valid(out, response);
    memmove(at + 8, at, out->len - IKL_HEADER_LEN);
    memset(at, 0, 8);
    at[0] = IKL_PAYLOAD_SK;
    put_u16(at + 2, notify_length);
    out->len += 8;
    out->octets[NEXT_PAYLOAD] = IKL_PAYLOAD_NOTIFY;
    put_u32(out->octets + LENGTH, out->len);
}

static void a_payload_chain_that_runs_past_the_end_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        with_notify_before(&datagram, response, 0xffff);
        assert_refused(&datagram, &truncated_inside);
        with_notify_before(&datagram, response, 3);
        assert_refused(&datagram, &malformed);
        with_notify_before(&datagram, response, 8); /* well-formed, but not what was sealed */
        assert_refused(&datagram, &forged);
        valid(&datagram, response);
        put_u16(datagram.octets + SK_LENGTH, datagram.len - IKL_HEADER_LEN + 1);
        assert_refused(&datagram, &truncated_inside);
    }
}

static void an_sk_payload_that_is_not_the_last_is_refused(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        valid(&datagram, response);
        memcpy(datagram.octets + datagram.len, (const uint8_t[]){0, 0, 0, 8, 0, 0, 0x40, 0}, 8);
        datagram.len += 8;
        put_u32(datagram.octets + LENGTH, datagram.len);
        assert_refused(&datagram, &malformed);
    }
}

/* Nothing; less than its own header; IV and ICV without the Pad Length. */
static void an_sk_payload_too_short_for_the_cipher_is_refused(void **state)
{
    static const size_t bodies[] = {0, 0, 24}, lengths[] = {4, 2, 28};
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        for (size_t i = 0; i < COUNT_OF(bodies); i++) {
            valid(&datagram, response);
            datagram.len = BODY + bodies[i];
            put_u16(datagram.octets + SK_LENGTH, lengths[i]);
            put_u32(datagram.octets + LENGTH, datagram.len);
            assert_refused(&datagram, &malformed);
        }
    }
}

static void a_pad_length_larger_than_the_plaintext_is_refused(void **state)
{
    static const uint8_t text[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 255};
    struct datagram datagram = {.len = 0};

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        struct peer_message message = acceptable(response);

        message.plaintext = (struct ikl_octets){text, 1};
        datagram.len = peer_seal_text(&message, suite, datagram.octets);
        assert_refused(&datagram, &malformed);
        message.plaintext = (struct ikl_octets){text, sizeof(text)};
        datagram.len = peer_seal_text(&message, suite, datagram.octets);
        assert_refused(&datagram, &malformed);
    }
}

static void what_is_not_ike_on_a_path_with_udp_encapsulation_is_told_apart(void **state)
{
    struct datagram datagram;

    (void)state;
    FOR_REQUEST_AND_RESPONSE(response)
    {
        valid(&datagram, response);
        datagram.encapsulated = true;
        assert_refused(&datagram, &not_ike); /* no marker: an ESP packet */
        memset(datagram.octets, 0, 4);
        datagram.len = 4;
        assert_refused(&datagram, &truncated);
        datagram.len = 3;
        assert_refused(&datagram, &not_ike);
        datagram.len = 0;
        assert_refused(&datagram, &not_ike);
        datagram.len = 1;
        assert_refused(&datagram, &not_ike);
        datagram.octets[0] = 0xff;
        assert_refused(&datagram, &keepalive);
    }
}

TESTS_OF(bad_input)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_truncated_datagram_is_refused),
        cmocka_unit_test(a_truncated_datagram_whose_length_field_was_corrected_is_refused),
        cmocka_unit_test(an_overlong_datagram_is_refused),
        cmocka_unit_test(a_message_longer_than_the_endpoint_handles_is_refused),
        cmocka_unit_test(a_wrong_length_field_is_refused),
        cmocka_unit_test(a_wrong_major_version_is_refused),
        cmocka_unit_test(an_unknown_spi_is_refused),
        cmocka_unit_test(a_zero_spi_is_refused),
        cmocka_unit_test(a_wrong_initiator_flag_is_refused),
        cmocka_unit_test(a_missing_initiator_flag_is_refused),
        cmocka_unit_test(a_reflected_message_is_refused),
        cmocka_unit_test(a_forged_tag_is_refused),
        cmocka_unit_test(a_forged_repetition_gets_no_response_and_uses_up_no_rate),
        cmocka_unit_test(a_replayed_request_whose_response_is_forgotten_is_refused),
        cmocka_unit_test(a_replayed_request_gets_the_remembered_response_and_changes_nothing),
        cmocka_unit_test(a_request_beyond_the_window_is_refused),
        cmocka_unit_test(a_replayed_response_is_refused),
        cmocka_unit_test(a_response_nobody_asked_for_is_refused),
        cmocka_unit_test(a_response_of_another_exchange_than_the_request_is_refused),
        cmocka_unit_test(an_unprotected_message_is_refused),
        cmocka_unit_test(a_payload_chain_that_runs_past_the_end_is_refused),
        cmocka_unit_test(an_sk_payload_that_is_not_the_last_is_refused),
        cmocka_unit_test(an_sk_payload_too_short_for_the_cipher_is_refused),
        cmocka_unit_test(a_pad_length_larger_than_the_plaintext_is_refused),
        cmocka_unit_test(what_is_not_ike_on_a_path_with_udp_encapsulation_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
