/* SPDX-License-Identifier: ISC */
/* The sentences of <ikelive/sa.h> about Child SAs. */
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { ESP = IKL_PROTOCOL_ESP, AH = IKL_PROTOCOL_AH };

static struct ikl_child_config child_config(uint8_t protocol, uint32_t spi_in, uint32_t spi_out)
{
    return (struct ikl_child_config){
        .size = sizeof(struct ikl_child_config), .protocol = protocol, .spi_in = spi_in, .spi_out = spi_out};
}

static int add(struct host *host, uint8_t protocol, uint32_t spi_in, uint32_t spi_out)
{
    struct ikl_child_config config = child_config(protocol, spi_in, spi_out);

    return ikl_sa_add_child(host->sa, &config, NULL);
}

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 0, NULL);
}

static void what_was_added_can_be_asked_for(void **state)
{
    struct ikl_child_config config = child_config(AH, 0x01020304, 0xfffffffe);
    struct ikl_child *child = NULL;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    config.user = &config;
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &child), IKL_OK);
    assert_ptr_equal(ikl_child_user(child), &config);
    assert_int_equal(ikl_child_protocol(child), AH);
    assert_int_equal(ikl_child_spi_in(child), 0x01020304);
    assert_int_equal(ikl_child_spi_out(child), 0xfffffffe);
    assert_int_equal(ikl_child_last_heard(child), IKL_NEVER);
    assert_int_equal(host_info(&host).n_children, 1);
    assert_int_equal(host.n_events, 0);
    host_clear(&host);
}

static void child_sas_are_walked_in_the_order_they_were_added(void **state)
{
    enum { N = 100 };
    struct ikl_child *children[N], *at;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_null(ikl_sa_first_child(host.sa));
    for (uint32_t i = 0; i < N; i++) {
        struct ikl_child_config config = child_config(ESP, 1000 - i, 2000 + i);

        assert_int_equal(ikl_sa_add_child(host.sa, &config, &children[i]), IKL_OK);
    }
    for (uint32_t i = 0; i < N; i += 3) {
        assert_int_equal(ikl_sa_remove_child(host.sa, children[i]), IKL_OK);
    }
    at = ikl_sa_first_child(host.sa);
    for (uint32_t i = 0; i < N; i++) {
        if (i % 3 != 0) {
            assert_ptr_equal(at, children[i]);
            at = ikl_sa_next_child(host.sa, at);
        }
    }
    assert_null(at);
    assert_int_equal(host_info(&host).n_children, N - (N + 2) / 3);
    host_clear(&host);
}

static void a_config_that_is_wrong_is_refused(void **state)
{
    struct ikl_child_config config = child_config(ESP, 1, 2);
    struct ikl_child *child = (struct ikl_child *)&config; /* must be left alone */
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(add(&host, ESP, 0, 2), IKL_ERR_INVALID);
    assert_int_equal(add(&host, ESP, 1, 0), IKL_ERR_INVALID);
    assert_int_equal(add(&host, IKL_PROTOCOL_IKE, 1, 2), IKL_ERR_INVALID);
    assert_int_equal(add(&host, IKL_PROTOCOL_NONE, 1, 2), IKL_ERR_INVALID);
    assert_int_equal(add(&host, 4, 1, 2), IKL_ERR_INVALID);
    config.size++;
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &child), IKL_ERR_INVALID);
    assert_ptr_equal(child, &config);
    assert_int_equal(host_info(&host).n_children, 0);
    host_clear(&host);
}

/* The SPIs of one direction are all different; those of AH and ESP have nothing to do with each other. */
static void an_spi_that_another_child_sa_of_the_protocol_has_is_refused(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(add(&host, ESP, 10, 20), IKL_OK);
    assert_int_equal(add(&host, ESP, 10, 21), IKL_ERR_BUSY);
    assert_int_equal(add(&host, ESP, 11, 20), IKL_ERR_BUSY);
    assert_int_equal(add(&host, ESP, 10, 20), IKL_ERR_BUSY);
    assert_int_equal(host_info(&host).n_children, 1);
    assert_int_equal(add(&host, AH, 10, 20), IKL_OK);
    assert_int_equal(add(&host, ESP, 20, 10), IKL_OK); /* the same numbers in the other direction */
    assert_int_equal(host_info(&host).n_children, 3);
    host_clear(&host);
}

static void a_child_sa_is_found_by_protocol_and_our_spi(void **state)
{
    struct ikl_child_config config = child_config(ESP, 10, 20);
    struct ikl_child *child;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &child), IKL_OK);
    assert_ptr_equal(ikl_sa_find_child(host.sa, ESP, 10), child);
    assert_null(ikl_sa_find_child(host.sa, AH, 10));
    assert_null(ikl_sa_find_child(host.sa, ESP, 20));
    assert_int_equal(ikl_sa_remove_child(host.sa, child), IKL_OK);
    assert_null(ikl_sa_find_child(host.sa, ESP, 10));
    host_clear(&host);
}

static void removing_a_child_sa_reports_and_sends_nothing_and_frees_its_spis(void **state)
{
    struct ikl_child_config config = child_config(ESP, 10, 20);
    struct ikl_child *child;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(ikl_sa_add_child(host.sa, &config, &child), IKL_OK);
    assert_int_equal(ikl_sa_remove_child(host.sa, child), IKL_OK);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(host_info(&host).n_children, 0);
    assert_int_equal(add(&host, ESP, 10, 20), IKL_OK);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

static int try_to_remove(struct host *host, struct event *event)
{
    int *result = host->context;

    if (event->kind == EVENT_CHILD_DOWN) {
        *result = ikl_sa_remove_child(host->sa, host->children[0]);
    }
    return IKL_OK;
}

static void a_child_sa_cannot_be_removed_while_it_is_reported_down(void **state)
{
    static const uint8_t delete[] = {0, 0, 0, 12, ESP, 4, 0, 1, 0xb0, 0, 0, 1};
    struct peer_message message = {.first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete, sizeof(delete)}};
    int result = IKL_OK;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host_add_children(&host, true, 1);
    host.on_event = try_to_remove;
    host.context = &result;
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(result, IKL_ERR_NOT_FOUND);
    host_clear(&host);
}

static int ask_about_child(struct host *host, struct event *event)
{
    const struct ikl_child *child = host->children[0];

    if (event->kind == EVENT_CHILD_DOWN) {
        assert_int_equal(ikl_child_spi_in(child), 0xa0000001);
        assert_int_equal(ikl_child_spi_out(child), 0xb0000001);
        assert_int_equal(ikl_child_protocol(child), ESP);
        assert_int_equal(ikl_child_last_heard(child), 1234);
        assert_int_equal(host_info(host).n_children, 0); /* it is gone already, but for its handle */
    }
    return IKL_OK;
}

static void the_handle_is_valid_until_child_down_returns(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host_add_children(&host, true, 1);
    ikl_child_heard(host.children[0], 1234);
    host.on_event = ask_about_child;
    ikl_sa_close(host.sa, 2000);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

static void a_child_sa_of_another_ike_sa_is_not_found(void **state)
{
    struct host host, other;

    (void)state;
    one_ike_sa(&host);
    one_ike_sa(&other);
    host_add_children(&host, true, 1);
    host_add_children(&other, true, 1);
    assert_int_equal(ikl_sa_remove_child(host.sa, other.children[0]), IKL_ERR_NOT_FOUND);
    for (uint32_t i = 0; i < 100; i++) { /* more than this endpoint has room for yet */
        struct ikl_child_config config = child_config(ESP, 1000 + i, 2000 + i);
        struct ikl_child *child;

        assert_int_equal(ikl_sa_add_child(other.sa, &config, &child), IKL_OK);
        assert_int_equal(ikl_sa_remove_child(host.sa, child), IKL_ERR_NOT_FOUND);
    }
    assert_int_equal(host_info(&host).n_children, 1);
    host_clear(&host);
    host_clear(&other);
}

static void hearing_of_a_child_sa_does_nothing_but_remember_it(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host_add_children(&host, true, 1);
    for (ikl_time at = 0; at < 10000; at++) {
        ikl_child_heard(host.children[0], at);
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 5000);
    }
    assert_int_equal(ikl_child_last_heard(host.children[0]), 9999);
    assert_int_equal(host.n_events, 0);
    host_clear(&host);
}

TESTS_OF(child_sas)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_can_be_asked_for),
        cmocka_unit_test(child_sas_are_walked_in_the_order_they_were_added),
        cmocka_unit_test(a_config_that_is_wrong_is_refused),
        cmocka_unit_test(an_spi_that_another_child_sa_of_the_protocol_has_is_refused),
        cmocka_unit_test(a_child_sa_is_found_by_protocol_and_our_spi),
        cmocka_unit_test(removing_a_child_sa_reports_and_sends_nothing_and_frees_its_spis),
        cmocka_unit_test(a_child_sa_cannot_be_removed_while_it_is_reported_down),
        cmocka_unit_test(the_handle_is_valid_until_child_down_returns),
        cmocka_unit_test(a_child_sa_of_another_ike_sa_is_not_found),
        cmocka_unit_test(hearing_of_a_child_sa_does_nothing_but_remember_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
