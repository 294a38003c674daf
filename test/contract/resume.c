/* SPDX-License-Identifier: ISC */
/* Promises about IKE_SESSION_RESUME, which takes the place of IKE_SA_INIT (RFC 5723). */
#include "support/beginning.h"
#include "support/peer.h"
#include "support/test.h"

static const uint8_t ticket[24] = {0, 0, 0x40, 0x1d, 7}, cookie[8] = {0, 0, 0x40, 0x06, 9}, nonce[32] = {5};

static const struct ikl_payload with_cookie[] = {
    {.type = IKL_PAYLOAD_NOTIFY, .body = {cookie, sizeof(cookie)}},
    {.type = IKL_PAYLOAD_NONCE, .body = {nonce, sizeof(nonce)}},
    {.type = IKL_PAYLOAD_NOTIFY, .body = {ticket, sizeof(ticket)}},
};

static void resume(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_begin(host, NULL);
    assert_int_equal(ikl_sa_request(host->sa, IKL_IKE_SESSION_RESUME, &with_cookie[1], 2, NULL, 0, NULL), IKL_OK);
}

static void assert_first_request(const struct event *sent)
{
    struct ikl_header header;

    assert_int_equal(ikl_header_read(&header, sent->datagram, sent->len), IKL_OK);
    assert_int_equal(header.exchange_type, IKL_IKE_SESSION_RESUME);
    assert_int_equal(header.message_id, 0);
    assert_int_equal(header.spi_r, 0);
    assert_int_equal(header.flags, IKL_FLAG_INITIATOR);
}

static void the_first_request_may_resume_a_session(void **state)
{
    static const struct beginning_message acceptance = {.exchange_type = IKL_IKE_SESSION_RESUME};
    struct host host;

    (void)state;
    resume(&host);
    assert_first_request(host_event(&host, EVENT_SENT, 0));
    assert_int_equal(ikl_sa_request(host.sa, IKL_IKE_SA_INIT, with_cookie, 1, NULL, 0, NULL), IKL_ERR_BUSY);
    host_advance(&host, 1000);
    assert_first_request(host_event(&host, EVENT_SENT, 1));
    assert_int_equal(beginning_hear(&host, &acceptance), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_INIT_RESPONSE)->exchange_type, IKL_IKE_SESSION_RESUME);
    assert_int_equal(beginning_install(&host), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_OUTCOME)->outcome.exchange_type, IKL_IKE_SESSION_RESUME);
    assert_int_equal(ikl_sa_request(host.sa, IKL_IKE_SESSION_RESUME, NULL, 0, NULL, 1000, NULL), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_request(host.sa, IKL_IKE_AUTH, NULL, 0, NULL, 1000, NULL), IKL_OK);
    assert_int_equal(host_info(&host).next_request, 2);
    host_clear(&host);
}

static void a_response_of_the_other_exchange_answers_neither(void **state)
{
    static const struct beginning_message of_init = {.exchange_type = IKL_IKE_SA_INIT},
                                          of_resume = {.exchange_type = IKL_IKE_SESSION_RESUME};
    struct host host;

    (void)state;
    resume(&host);
    assert_int_equal(beginning_hear(&host, &of_init), IKL_ERR_UNSOLICITED);
    host_clear(&host);
    host_init(&host, "a", 0, NULL);
    host_begin(&host, NULL);
    (void)begin(&host, 7);
    assert_int_equal(beginning_hear(&host, &of_resume), IKL_ERR_UNSOLICITED);
    assert_int_equal(host_count(&host, EVENT_INIT_RESPONSE), 0);
    assert_int_equal(host_counters(&host).unsolicited, 1);
    host_clear(&host);
}

static struct ikl_init_response offered;
static uint8_t answered[HOST_MAX_DATAGRAM];

static void keep(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    (void)user;
    (void)sa;
    offered = *response;
    memcpy(answered, response->request.data, response->request.len);
}

static void with_keep(struct ikl_endpoint_config *config)
{
    config->callbacks.init_response = keep;
}

/* An acceptance has a nonce and nothing else, so it answers the request with the cookie. */
static void after_a_cookie_it_is_sent_again_and_an_acceptance_answers_that(void **state)
{
    static const struct beginning_message wants_cookie = {
        .exchange_type = IKL_IKE_SESSION_RESUME, .payloads = with_cookie, .n = 1};
    static const struct beginning_message acceptance = {.exchange_type = IKL_IKE_SESSION_RESUME};
    const struct event *sent;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_keep);
    host_begin(&host, NULL);
    assert_int_equal(ikl_sa_request(host.sa, IKL_IKE_SESSION_RESUME, &with_cookie[1], 2, NULL, 0, NULL), IKL_OK);
    assert_int_equal(beginning_hear(&host, &wants_cookie), IKL_OK);
    assert_int_equal(ikl_sa_restart(host.sa, with_cookie, 3, 0), IKL_OK);
    assert_first_request(host_event(&host, EVENT_SENT, 1));
    assert_int_equal(ikl_sa_restart(host.sa, &with_cookie[1], 1, 0), IKL_OK);
    assert_int_equal(beginning_hear(&host, &acceptance), IKL_OK);
    assert_int_equal(offered.n_requests, 3);
    sent = host_event(&host, EVENT_SENT, 1);
    assert_int_equal(offered.request.len, sent->len);
    assert_memory_equal(answered, sent->datagram, sent->len);
    host_clear(&host);
}

TESTS_OF(resume)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_request_may_resume_a_session),
        cmocka_unit_test(a_response_of_the_other_exchange_answers_neither),
        cmocka_unit_test(after_a_cookie_it_is_sent_again_and_an_acceptance_answers_that),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
