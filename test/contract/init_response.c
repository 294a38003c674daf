/* SPDX-License-Identifier: ISC */
/* What the host learns from a response to its IKE_SA_INIT request: both messages that IKE_AUTH signs. */
#include "support/host.h"
#include "support/test.h"

enum { MARKER = IKL_NON_ESP_MARKER_LEN, BIG_NONCE = 200 };

static const uint8_t nonce[BIG_NONCE] = {1, 2, 3}, cookie[] = {9, 9, 9};
static const struct ikl_payload first_try[] = {{.type = IKL_PAYLOAD_NONCE, .body = {nonce, sizeof(nonce)}}};
static const struct ikl_payload second_try[] = {{.type = IKL_PAYLOAD_VENDOR_ID, .body = {cookie, sizeof(cookie)}},
                                                {.type = IKL_PAYLOAD_NONCE, .body = {nonce, sizeof(nonce)}}};

/* The views of a response, compared while they live. */
struct views {
    const struct event *request;
    struct ikl_octets response;
    unsigned calls;
};

static struct views expected;

static void compare(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    size_t marker = ikl_sa_path(sa)->encapsulated ? MARKER : 0;

    (void)user;
    expected.calls++;
    assert_int_equal(response->request.len, expected.request->len - marker);
    assert_memory_equal(response->request.data, expected.request->datagram + marker, response->request.len);
    assert_int_equal(response->datagram.len, expected.response.len);
    assert_memory_equal(response->datagram.data, expected.response.data, response->datagram.len);
}

static void compare_views(struct ikl_endpoint_config *config)
{
    config->callbacks.init_response = compare;
}

static void start(struct host *host, const struct ikl_path *path)
{
    struct ikl_sa_config config = {
        .size = sizeof(config), .spi_i = 0x1122, .original_initiator = true, .connecting = true, .path = *path};

    host_init(host, "initiator", 0, compare_views);
    assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_request(host->sa, IKL_IKE_SA_INIT, first_try, 1, NULL, 0, NULL), IKL_OK);
}

/* The responder's answer to the latest request arrives, which must be offered with that request. */
static void answer(struct host *host)
{
    uint8_t datagram[MARKER + IKL_HEADER_LEN] = {0};
    const struct ikl_path *path = ikl_sa_path(host->sa);
    size_t marker = path->encapsulated ? MARKER : 0;
    struct ikl_writer writer = ikl_writer(datagram + marker, IKL_HEADER_LEN);
    unsigned before = expected.calls;

    ikl_header_write(&writer, &(struct ikl_header){.spi_i = 0x1122,
                                                   .spi_r = 0x3344,
                                                   .exchange_type = IKL_IKE_SA_INIT,
                                                   .flags = IKL_FLAG_RESPONSE,
                                                   .length = IKL_HEADER_LEN});
    expected.request = host_event(host, EVENT_SENT, host_count(host, EVENT_SENT) - 1);
    expected.response = (struct ikl_octets){datagram + marker, writer.len};
    assert_int_equal(ikl_endpoint_receive(host->endpoint, path, datagram, marker + writer.len, host->now), IKL_OK);
    assert_int_equal(expected.calls, before + 1);
}

static void the_request_is_given_with_its_response(void **state)
{
    struct host host;

    (void)state;
    start(&host, &(struct ikl_path){.mtu = 0});
    answer(&host);
    host_clear(&host);
}

static void it_is_given_without_non_esp_marker(void **state)
{
    struct host host;

    (void)state;
    start(&host, &(struct ikl_path){.encapsulated = true});
    answer(&host);
    host_clear(&host);
}

static void after_a_restart_it_is_the_latest_request(void **state)
{
    struct host host;

    (void)state;
    start(&host, &(struct ikl_path){.mtu = 0});
    answer(&host);
    assert_int_equal(ikl_sa_restart(host.sa, second_try, 2, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    answer(&host);
    host_advance(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    answer(&host);
    host_clear(&host);
}

TESTS_OF(init_response)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_given_with_its_response),
        cmocka_unit_test(it_is_given_without_non_esp_marker),
        cmocka_unit_test(after_a_restart_it_is_the_latest_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
