/* SPDX-License-Identifier: ISC */
/* Every message of the recorded sessions parses, down to the last attribute, and is written again octet by octet. */
#include "support/test.h"

#include "support/canonical.h"
#include "support/rewrite.h"
#include "support/session_file.h"
#include "support/session_folder.h"

#include <ikelive/payloads.h>

enum { ROOM = 70000 };

/* How often each payload type was seen. */
static size_t seen[UINT8_MAX + 1];

static void check_payloads(uint8_t first, struct ikl_octets octets, bool response)
{
    struct ikl_chain chain = ikl_chain(first, octets);
    struct ikl_payload payload;
    int status;

    while ((status = ikl_chain_next(&chain, &payload)) == IKL_OK) {
        assert_int_equal(ikl_payload_check(&payload, response), IKL_OK);
        seen[payload.type]++;
    }
    assert_int_equal(status, IKL_ERR_END);
}

static void assert_same(const struct ikl_writer *writer, struct ikl_octets recorded)
{
    assert_false(writer->failed);
    assert_int_equal(writer->len, recorded.len);
    if (recorded.len > 0) {
        assert_memory_equal(writer->data, recorded.data, recorded.len);
    }
}

static void check_inside(const struct session_message *message)
{
    static uint8_t out[ROOM];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    uint8_t first = (uint8_t)message->first_payload;
    bool response = (message->flags & IKL_FLAG_RESPONSE) != 0;

    check_payloads(first, message->plaintext, response);
    assert_int_equal(rewrite_chain(&writer, &first, message->plaintext, response), IKL_OK);
    assert_int_equal(first, message->first_payload);
    assert_same(&writer, message->plaintext);
}

static void check_unprotected(const struct session_message *message)
{
    static uint8_t out[ROOM];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_octets datagram = message->datagram;

    check_payloads(datagram.data[16], (struct ikl_octets){datagram.data + 28, datagram.len - 28},
                   (message->flags & IKL_FLAG_RESPONSE) != 0);
    assert_int_equal(rewrite_message(&writer, datagram.data, datagram.len), IKL_OK);
    assert_same(&writer, datagram);
}

/* The chain outside of a protected message has an SK payload at its end. */
static void check_outside(const struct session_message *message)
{
    struct ikl_octets datagram = message->datagram;
    struct ikl_header header;

    assert_int_equal(ikl_header_read(&header, datagram.data, datagram.len), IKL_OK);
    check_payloads(header.next_payload, (struct ikl_octets){datagram.data + 28, datagram.len - 28},
                   (message->flags & IKL_FLAG_RESPONSE) != 0);
}

static void check_session(const char *path, void *user)
{
    struct session session;
    char reason[80];

    (void)user;
    if (!session_read(&session, path, reason, sizeof(reason))) {
        fail_msg("%s: %s", path, reason);
    }
    for (size_t i = 0; i < session.n_messages; i++) {
        if (session.messages[i].iv.data == NULL) {
            check_unprotected(&session.messages[i]);
        } else {
            check_outside(&session.messages[i]);
            check_inside(&session.messages[i]);
        }
    }
    session_free(&session);
}

static void recorded_messages_parse_completely_and_are_written_again_identically(void **state)
{
    static const uint8_t expected[] = {
        IKL_PAYLOAD_SA,     IKL_PAYLOAD_KE,     IKL_PAYLOAD_IDI, IKL_PAYLOAD_IDR, IKL_PAYLOAD_AUTH, IKL_PAYLOAD_NONCE,
        IKL_PAYLOAD_NOTIFY, IKL_PAYLOAD_DELETE, IKL_PAYLOAD_TSI, IKL_PAYLOAD_TSR, IKL_PAYLOAD_SK,
    };

    (void)state;
    assert_true(session_each(VECTORS "/sessions", check_session, NULL) > 0);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_true(seen[expected[i]] > 0);
    }
}

/* What peers send is canonical already, so that sessions say nothing about what is not. */
static void what_is_ignored_on_receipt_is_written_as_0(void **state)
{
    uint8_t message[] = {0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 33, 0x2f, 34, 0xff, 0, 0, 0, 0, 0, 0, 0, 64,
                         /* SA in a response */
                         41, 0xff, 0, 20, 0, 0xff, 0, 16, 9, 1, 0, 1, 0, 0xff, 0, 8, 2, 0xff, 0, 5,
                         /* Notify about the IKE SA */
                         200, 0xff, 0, 8, 1, 0, 64, 0,
                         /* unknown and critical */
                         200, 0xff, 0, 4, 0, 0x7f, 0, 4};
    uint8_t out[sizeof(message)];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));

    (void)state;
    assert_int_equal(rewrite_message(&writer, message, sizeof(message)), IKL_OK);
    canonical_message(message, sizeof(message));
    assert_int_equal(message[17], 0x20);
    assert_int_equal(message[19], 0x28);
    assert_int_equal(message[28 + 1], 0);
    assert_int_equal(message[28 + 5], 0);
    assert_int_equal(message[28 + 13], 0);
    assert_int_equal(message[28 + 17], 0);
    assert_int_equal(message[48 + 4], 0);
    assert_int_equal(message[56 + 1], 0x80);
    assert_int_equal(message[60 + 1], 0);
    assert_int_equal(writer.len, sizeof(message));
    assert_memory_equal(out, message, sizeof(message));
}

TESTS_OF(message_sessions)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_messages_parse_completely_and_are_written_again_identically),
        cmocka_unit_test(what_is_ignored_on_receipt_is_written_as_0),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
