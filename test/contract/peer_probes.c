/* SPDX-License-Identifier: ISC */
/* The peer's liveness checks are counted: nothing else tells a host of them, for the library answers them itself. */
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

/* Inside SK: a Notify payload INITIAL_CONTACT. */
static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};

static void give(struct host *host, uint32_t message_id, uint8_t first_payload, struct ikl_octets plaintext)
{
    struct peer_message message = {.message_id = message_id, .first_payload = first_payload, .plaintext = plaintext};

    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
}

static void only_fresh_empty_requests_are_counted(void **state)
{
    const struct ikl_octets none = {NULL, 0};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(host_counters(&host).peer_probes, 0);
    give(&host, 0, IKL_PAYLOAD_NONE, none);
    give(&host, 1, IKL_PAYLOAD_NONE, none);
    assert_int_equal(host_counters(&host).peer_probes, 2);
    give(&host, 1, IKL_PAYLOAD_NONE, none); /* repeated */
    give(&host, 2, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){notify, sizeof(notify)});
    assert_int_equal(host_counters(&host).peer_probes, 2);
    host_clear(&host);
}

TESTS_OF(peer_probes)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_fresh_empty_requests_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
