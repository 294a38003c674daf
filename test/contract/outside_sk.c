/* SPDX-License-Identifier: ISC */
/* What stands outside SK: an unknown critical payload rejects the message that it is in (RFC 7296 §2.5), and a node
 * that knows no IKE SA tells of unknown ESP with SPIs that mean nothing (§1.5). */
#include "support/asking.h"
#include "support/peer.h"
#include "support/test.h"

#include <ikelive/payloads.h>

enum { UNKNOWN = 255, WINDOW = 4 };

static const char *const suite = ASKING_SUITE;

static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};
static const uint8_t unsupported[] = {0, 0, 0, 9, 0, 0, 0, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, UNKNOWN};

static void roomy(struct ikl_sa_config *config)
{
    with_fragmentation(config);
    config->ids.own_window = WINDOW;
}

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 1, roomy);
}

static int hear_behind(struct host *host, const struct peer_message *message, uint8_t type, bool critical)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];

    return peer_deliver(host, datagram, peer_seal_behind(message, suite, type, critical, datagram));
}

static void assert_refused(struct host *host)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened = peer_open(host_last(host, EVENT_SENT), suite, plaintext);

    assert_int_equal(opened.first_payload, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(opened.plaintext.len, sizeof(unsupported));
    assert_memory_equal(opened.plaintext.data, unsupported, sizeof(unsupported));
    assert_int_equal(host_count(host, EVENT_PEER_REQUEST), 0);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_ESTABLISHED);
}

static void an_unknown_critical_payload_before_sk_rejects_the_request(void **state)
{
    static const uint8_t exchanges[] = {IKL_INFORMATIONAL, IKL_CREATE_CHILD_SA, IKL_IKE_AUTH, 200};
    static const uint8_t delete_sa[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (uint32_t id = 0; id < 2 * COUNT_OF(exchanges); id++) {
        struct peer_message message = {.message_id = id, .exchange_type = exchanges[id / 2]};

        if (id % 2 != 0) {
            message.first_payload = IKL_PAYLOAD_DELETE;
            message.plaintext = (struct ikl_octets){delete_sa, sizeof(delete_sa)};
        }
        assert_int_equal(hear_behind(&host, &message, UNKNOWN, true), IKL_OK);
        assert_refused(&host);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 2 * COUNT_OF(exchanges));
    host_clear(&host);
}

static void it_does_so_when_the_request_waited_for_its_turn_and_when_it_is_repeated(void **state)
{
    struct peer_message second = {.message_id = 1}, first = {.message_id = 0};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(hear_behind(&host, &second, UNKNOWN, true), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(peer_send(&host, suite, &first), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_refused(&host);
    assert_int_equal(hear_behind(&host, &second, UNKNOWN, true), IKL_OK);
    assert_refused(&host);
    host_clear(&host);
}

static void it_does_so_in_any_fragment(void **state)
{
    (void)state;
    for (uint16_t with = 1; with <= 2; with++) {
        struct host host;

        one_ike_sa(&host);
        for (uint16_t n = 1; n <= 2; n++) {
            struct peer_message piece = {.fragment_number = n,
                                         .fragment_total = 2,
                                         .first_payload = n == 1 ? IKL_PAYLOAD_NOTIFY : IKL_PAYLOAD_NONE,
                                         .plaintext = {notify + (n == 1 ? 0 : 4), 4}};

            assert_int_equal(hear_behind(&host, &piece, n == with ? UNKNOWN : IKL_PAYLOAD_VENDOR_ID, true), IKL_OK);
        }
        assert_refused(&host);
        host_clear(&host);
    }
}

static void an_answer_with_one_is_said_to_have_it(void **state)
{
    struct peer_message message = {.response = true};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)ask(&host, 1);
    assert_int_equal(hear_behind(&host, &message, UNKNOWN, true), IKL_OK);
    assert_int_equal(outcome_of(&host, 1)->status, IKL_ERR_CRITICAL);
    assert_int_equal(host_event(&host, EVENT_ALIVE, 0)->alive.status, IKL_ERR_CRITICAL);
    host_clear(&host);
}

/* Known ones are, whatever their mark, and so are unknown ones without it: authenticated, but ignored. */
static void other_payloads_before_sk_are_ignored(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (uint32_t id = 0; id < 3; id++) {
        struct peer_message message = {.message_id = id};

        assert_int_equal(hear_behind(&host, &message, id == 0 ? UNKNOWN : IKL_PAYLOAD_DELETE, id == 2), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_SENT), id + 1);
    }
    assert_int_equal(host_counters(&host).peer_probes, 3);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    host_clear(&host);
}

struct unprotected {
    uint64_t spi_i, spi_r;
    uint8_t exchange_type;
    uint16_t type;
    bool critical; /* an unknown critical payload follows */
    bool marked;   /* the notification is marked critical, which means nothing for a known payload (§2.5) */
};

static int hear_unprotected(struct host *host, const struct unprotected *what)
{
    static const uint8_t spi[] = {0xde, 0xad, 0xbe, 0xef};
    struct ikl_notify contents = {.type = what->type, .data = {spi, sizeof(spi)}};
    uint8_t datagram[HOST_MAX_DATAGRAM], body[32];
    struct ikl_writer writer = ikl_writer(datagram, sizeof(datagram)), of_body = ikl_writer(body, sizeof(body));
    struct ikl_payload payloads[2] = {{.type = IKL_PAYLOAD_NOTIFY, .critical = what->marked},
                                      {.type = UNKNOWN, .critical = true}};

    assert_int_equal(ikl_notify_write(&of_body, &contents), IKL_OK);
    payloads[0].body = (struct ikl_octets){body, of_body.len};
    ikl_header_write(&writer, &(struct ikl_header){.spi_i = what->spi_i,
                                                   .spi_r = what->spi_r,
                                                   .exchange_type = what->exchange_type,
                                                   .flags = IKL_FLAG_INITIATOR});
    assert_int_equal(ikl_chain_write(&writer, payloads, what->critical ? 2 : 1), IKL_OK);
    datagram[IKL_HEADER_LEN + 1] = what->marked ? 0x80 : 0; /* the library never marks a known one */
    ikl_header_patch(&writer, 0, IKL_PAYLOAD_NOTIFY);
    return peer_deliver(host, datagram, writer.len);
}

static void an_unprotected_invalid_spi_without_ike_spis_is_given_to_unmatched(void **state)
{
    static const uint64_t spis[] = {0, 0x0102030405060708u};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (size_t i = 0; i < 4; i++) {
        struct unprotected what = {spis[i % 2], spis[i / 2], IKL_INFORMATIONAL, IKL_NOTIFY_INVALID_SPI, false, i == 2};

        assert_int_equal(hear_unprotected(&host, &what), IKL_ERR_UNKNOWN_SPI);
        assert_int_equal(host_count(&host, EVENT_UNMATCHED), i + 1);
        assert_true(ikl_path_same(&host_last(&host, EVENT_UNMATCHED)->path, ikl_sa_path(host.sa)));
    }
    assert_int_equal(host_counters(&host).unmatched, 4);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_clear(&host);
}

static void nothing_else_may_have_an_initiators_spi_of_zero(void **state)
{
    static const struct unprotected others[] = {
        {0, 0, IKL_IKE_SA_INIT, IKL_NOTIFY_INVALID_SPI, false, false},
        {0, 0, IKL_CREATE_CHILD_SA, IKL_NOTIFY_INVALID_SPI, false, false},
        {0, 0, IKL_INFORMATIONAL, IKL_NOTIFY_INVALID_IKE_SPI, false, false},
        {0, 0, IKL_INFORMATIONAL, IKL_NOTIFY_INITIAL_CONTACT, false, false},
        {0, 0, IKL_INFORMATIONAL, IKL_NOTIFY_INVALID_SPI, true, false},
    };
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(hear_unprotected(&host, &others[i]), IKL_ERR_MALFORMED);
    }
    assert_int_equal(host_counters(&host).malformed, COUNT_OF(others));
    assert_int_equal(host_count(&host, EVENT_UNMATCHED), 0);
    host_clear(&host);
}

static void a_hint_with_an_unknown_critical_payload_is_none(void **state)
{
    struct unprotected what = {
        .exchange_type = IKL_INFORMATIONAL, .type = IKL_NOTIFY_INVALID_IKE_SPI, .critical = true};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    what.spi_i = ikl_sa_spi_i(host.sa);
    what.spi_r = ikl_sa_spi_r(host.sa);
    assert_true(hear_unprotected(&host, &what) < IKL_OK);
    assert_int_equal(host_counters(&host).hints, 0);
    what.critical = false;
    assert_true(hear_unprotected(&host, &what) < IKL_OK);
    assert_int_equal(host_counters(&host).hints, 1);
    host_clear(&host);
}

TESTS_OF(outside_sk)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_critical_payload_before_sk_rejects_the_request),
        cmocka_unit_test(it_does_so_when_the_request_waited_for_its_turn_and_when_it_is_repeated),
        cmocka_unit_test(it_does_so_in_any_fragment),
        cmocka_unit_test(an_answer_with_one_is_said_to_have_it),
        cmocka_unit_test(other_payloads_before_sk_are_ignored),
        cmocka_unit_test(an_unprotected_invalid_spi_without_ike_spis_is_given_to_unmatched),
        cmocka_unit_test(nothing_else_may_have_an_initiators_spi_of_zero),
        cmocka_unit_test(a_hint_with_an_unknown_critical_payload_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
