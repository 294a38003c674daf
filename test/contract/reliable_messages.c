/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/path.h> and <ikelive/sa.h> about reliable paths, connections such as TCP (RFC 9329): messages
 * are not fragmented there, and nobody sends NAT keepalives. */
#include "support/connected.h"
#include "support/fragments.h"
#include "support/test.h"

enum { LONG = 3000 };

static void nothing_is_fragmented(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 5, .len = LONG}, NULL), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_true(host_event(&host, EVENT_SENT, 0)->len > LONG);
    host_clear(&host);
}

static void small_messages(struct ikl_endpoint_config *config)
{
    config->max_message = 1500;
}

/* Around the payloads come header, SK payload, IV, pad length and tag: less than 60 octets. */
static void not_even_what_the_endpoint_makes_no_larger(void **state)
{
    struct host host;
    uint32_t n = 0;
    int result;

    (void)state;
    connected_begin(&host, small_messages, connected);
    while ((result = asking_try(&host, &(struct asking){.mark = 5, .len = 1400 + n}, NULL)) == IKL_OK) {
        assert_int_equal(answer(&host, n), IKL_OK);
        n++;
    }
    assert_int_equal(result, IKL_ERR_INVALID);
    assert_true(n > 30 && n < 60);
    for (size_t i = 0; i < host_count(&host, EVENT_SENT); i++) {
        assert_int_equal(host_event(&host, EVENT_SENT, i)->datagram[16], IKL_PAYLOAD_SK);
    }
    host_clear(&host);
}

/* RFC 9329 §7.5. */
static void fragments_that_come_are_put_together_all_the_same(void **state)
{
    struct peer_message whole = {.exchange_type = IKL_CREATE_CHILD_SA, .first_payload = IKL_PAYLOAD_VENDOR_ID};
    uint8_t octets[LONG];
    struct host host;

    (void)state;
    fragments_fill(octets, sizeof(octets));
    whole.plaintext = (struct ikl_octets){octets, sizeof(octets)};
    connected_begin(&host, NULL, connected);
    assert_int_equal(hear_fragments(&host, &whole, LONG / 3), IKL_OK);
    assert_true(host_event(&host, EVENT_PEER_REQUEST, 0)->path.reliable);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->len, LONG);
    assert_memory_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->datagram, octets, LONG);
    host_clear(&host);
}

static void the_network_cannot_narrow_it(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, connected);
    assert_int_equal(ikl_sa_hint_mtu(host.sa, 600, 0), IKL_ERR_INVALID);
    host_clear(&host);
}

static void the_longest_message_is_what_a_length_field_says(void **state)
{
    struct ikl_path path = {.reliable = true, .mtu = 600};

    (void)state;
    assert_int_equal(ikl_path_max_message(&path), 65533);
    path.encapsulated = true;
    assert_int_equal(ikl_path_max_message(&path), 65529);
}

static void a_stream_is_another_path_than_udp_between_the_same_ports(void **state)
{
    struct ikl_path stream = {.reliable = true}, udp = {.reliable = false};

    (void)state;
    assert_false(ikl_path_same(&stream, &udp));
    udp.reliable = true;
    assert_true(ikl_path_same(&stream, &udp));
}

static void behind_a_nat(struct ikl_sa_config *config)
{
    connected(config);
    config->liveness = IKL_LIVENESS_OFF;
    config->path.behind_nat = config->path.encapsulated = true;
}

static void there_are_no_nat_keepalives(void **state)
{
    struct host host;

    (void)state;
    connected_begin(&host, NULL, behind_a_nat);
    host_run_until(&host, 100000);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_clear(&host);
}

static void marked(struct ikl_sa_config *config)
{
    connected(config);
    config->path.encapsulated = true;
}

static void a_nat_keepalive_that_comes_is_no_sign_of_life(void **state)
{
    static const uint8_t keepalive[] = {0xff};
    struct host host;

    (void)state;
    connected_begin(&host, NULL, marked);
    host_run_until(&host, 4000);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, ikl_sa_path(host.sa), keepalive, 1, 4000), IKL_ERR_KEEPALIVE);
    connected_assert_down(&host, DOWN_AT, 1);
    host_clear(&host);
}

TESTS_OF(reliable_messages)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_fragmented),
        cmocka_unit_test(not_even_what_the_endpoint_makes_no_larger),
        cmocka_unit_test(fragments_that_come_are_put_together_all_the_same),
        cmocka_unit_test(the_network_cannot_narrow_it),
        cmocka_unit_test(the_longest_message_is_what_a_length_field_says),
        cmocka_unit_test(a_stream_is_another_path_than_udp_between_the_same_ports),
        cmocka_unit_test(there_are_no_nat_keepalives),
        cmocka_unit_test(a_nat_keepalive_that_comes_is_no_sign_of_life),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
