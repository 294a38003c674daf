/* SPDX-License-Identifier: ISC */
/* Promises about requests and responses whose payloads the host has encoded itself. */
#include "support/asking.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = ASKING_SUITE;

/* A notification and, behind it, a critical payload of a type that nobody knows. Written otherwise than the library
 * would: the reserved bits are set. */
static const uint8_t chain[] = {200, 0x7f, 0, 8, 0, 0, 0x40, 0, 0, 0x80, 0, 6, 1, 2};

/* Inside SK: a Notify payload INITIAL_CONTACT. */
static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};

static const struct broken {
    uint8_t first;
    uint8_t octets[12];
    size_t len;
} broken[] = {
    {IKL_PAYLOAD_NOTIFY, {0}, 0},                                      /* it is not there */
    {IKL_PAYLOAD_NOTIFY, {0, 0, 0}, 3},                                /* cut in its header */
    {IKL_PAYLOAD_NOTIFY, {0, 0, 0, 9, 0, 0, 0x40, 0}, 8},              /* longer than what there is */
    {IKL_PAYLOAD_NOTIFY, {0, 0, 0, 3, 0, 0, 0x40, 0}, 8},              /* shorter than its header */
    {IKL_PAYLOAD_NOTIFY, {0, 0, 0, 8, 0, 0, 0x40, 0, 1}, 9},           /* octets behind the last */
    {IKL_PAYLOAD_NOTIFY, {41, 0, 0, 8, 0, 0, 0x40, 0}, 8},             /* no payload behind the last */
    {IKL_PAYLOAD_NONE, {0, 0, 0, 8, 0, 0, 0x40, 0}, 8},                /* octets of no payload */
    {IKL_PAYLOAD_SK, {0, 0, 0, 8, 0, 0, 0x40, 0}, 8},                  /* protected twice */
    {IKL_PAYLOAD_SKF, {0, 0, 0, 8, 0, 0, 0x40, 0}, 8},                 /* a fragment */
    {IKL_PAYLOAD_NOTIFY, {46, 0, 0, 8, 0, 0, 0x40, 0, 0, 0, 0, 4}, 12} /* the same, behind another */
};

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 1, NULL);
}

static void assert_inside(const struct event *sent, uint32_t message_id, uint8_t first, const uint8_t *octets,
                          size_t len)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened;

    assert_non_null(sent);
    opened = peer_open(sent, suite, plaintext);
    assert_int_equal(opened.header.message_id, message_id);
    assert_int_equal(opened.first_payload, first);
    assert_int_equal(opened.plaintext.len, len);
    if (len != 0) {
        assert_memory_equal(opened.plaintext.data, octets, len);
    }
}

/* The peer asks something that is the host's to answer. */
static int ask_host(struct host *host, uint32_t message_id)
{
    return peer_send(host, suite,
                     &(struct peer_message){.message_id = message_id,
                                            .first_payload = IKL_PAYLOAD_NOTIFY,
                                            .plaintext = {notify, sizeof(notify)}});
}

static void a_request_goes_out_octet_for_octet_as_the_host_has_encoded_it(void **state)
{
    uint8_t octets[sizeof(chain)];
    struct ikl_octets mine = {octets, sizeof(octets)};
    struct ikl_request *request = NULL;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    memcpy(octets, chain, sizeof(octets));
    assert_int_equal(ikl_sa_request_chain(host.sa, 240, IKL_PAYLOAD_NOTIFY, mine, NULL, 0, &request), IKL_OK);
    assert_non_null(request);
    /* this one has to wait, and is copied too */
    assert_int_equal(ikl_sa_request_chain(host.sa, IKL_INFORMATIONAL, IKL_PAYLOAD_NOTIFY, mine, NULL, 0, NULL), IKL_OK);
    memset(octets, 0xff, sizeof(octets));
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_inside(host_event(&host, EVENT_SENT, 0), 0, IKL_PAYLOAD_NOTIFY, chain, sizeof(chain));
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.exchange_type, 240);
    assert_int_equal(
        peer_send(&host, suite, &(struct peer_message){.response = true, .exchange_type = 240, .message_id = 0}),
        IKL_OK);
    assert_int_equal(host_event(&host, EVENT_OUTCOME, 0)->outcome.kind, IKL_OUTCOME_ANSWERED);
    assert_inside(host_event(&host, EVENT_SENT, 1), 1, IKL_PAYLOAD_NOTIFY, chain, sizeof(chain));
    host_clear(&host);
}

static void an_encoded_request_may_be_empty(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(
        ikl_sa_request_chain(host.sa, IKL_INFORMATIONAL, IKL_PAYLOAD_NONE, (struct ikl_octets){NULL, 0}, NULL, 0, NULL),
        IKL_OK);
    assert_inside(host_event(&host, EVENT_SENT, 0), 0, IKL_PAYLOAD_NONE, NULL, 0);
    host_clear(&host);
}

static void what_is_no_well_formed_chain_makes_no_request(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        struct ikl_octets octets = {broken[i].octets, broken[i].len};
        struct snapshot before = snapshot_of(&host), after;

        assert_int_equal(ikl_sa_request_chain(host.sa, IKL_INFORMATIONAL, broken[i].first, octets, NULL, 0, NULL),
                         IKL_ERR_INVALID);
        after = snapshot_of(&host);
        assert_same_state(&before, &after);
        assert_same_counters(&before.counters, &after.counters);
        assert_int_equal(host_count(&host, EVENT_SENT), 0);
    }
    host_clear(&host);
}

static void a_response_goes_out_octet_for_octet_as_the_host_has_encoded_it(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(ask_host(&host, 0), IKL_OK);
    assert_int_equal(ikl_sa_respond_chain(host.sa, 0, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){chain, sizeof(chain)}, 0),
                     IKL_OK);
    assert_inside(host_last(&host, EVENT_SENT), 0, IKL_PAYLOAD_NOTIFY, chain, sizeof(chain));
    host_advance(&host, 1000);
    assert_int_equal(ask_host(&host, 0), IKL_OK); /* the repeated request gets it again */
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_inside(host_last(&host, EVENT_SENT), 0, IKL_PAYLOAD_NOTIFY, chain, sizeof(chain));
    host_clear(&host);
}

/* What a host does in `peer_request`. */
static void give_back(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    assert_int_equal(ikl_sa_respond_chain(sa, request->message_id, request->first_payload, request->plaintext,
                                          ((struct host *)user)->now),
                     IKL_OK);
}

static void with_echo(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_request = give_back;
}

static void the_payloads_of_a_request_may_be_given_back_as_its_response(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_echo);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(ask_host(&host, 0), IKL_OK);
    assert_inside(host_last(&host, EVENT_SENT), 0, IKL_PAYLOAD_NOTIFY, notify, sizeof(notify));
    host_clear(&host);
}

static void what_is_no_well_formed_chain_answers_nothing_and_another_can_follow(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(ask_host(&host, 0), IKL_OK);
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        struct ikl_octets octets = {broken[i].octets, broken[i].len};

        assert_int_equal(ikl_sa_respond_chain(host.sa, 0, broken[i].first, octets, 0), IKL_ERR_INVALID);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
    assert_inside(host_last(&host, EVENT_SENT), 0, IKL_PAYLOAD_NONE, NULL, 0);
    host_clear(&host);
}

static void a_chain_that_fits_no_message_is_refused(void **state)
{
    static uint8_t octets[5000] = {0, 0, sizeof(octets) >> 8, sizeof(octets) & 0xff};
    struct ikl_octets large = {octets, sizeof(octets)};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(ikl_sa_request_chain(host.sa, IKL_INFORMATIONAL, IKL_PAYLOAD_VENDOR_ID, large, NULL, 0, NULL),
                     IKL_ERR_INVALID);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_clear(&host);
}

static void invalid_syntax_in_an_encoded_response_ends_the_ike_sa_too(void **state)
{
    static const uint8_t syntax[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_INVALID_SYNTAX};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(ask_host(&host, 0), IKL_OK);
    assert_int_equal(
        ikl_sa_respond_chain(host.sa, 0, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){syntax, sizeof(syntax)}, 0), IKL_OK);
    assert_inside(host_last(&host, EVENT_SENT), 0, IKL_PAYLOAD_NOTIFY, syntax, sizeof(syntax));
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PROTOCOL);
    host_clear(&host);
}

TESTS_OF(encoded)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_that_fits_no_message_is_refused),
        cmocka_unit_test(a_request_goes_out_octet_for_octet_as_the_host_has_encoded_it),
        cmocka_unit_test(an_encoded_request_may_be_empty),
        cmocka_unit_test(what_is_no_well_formed_chain_makes_no_request),
        cmocka_unit_test(a_response_goes_out_octet_for_octet_as_the_host_has_encoded_it),
        cmocka_unit_test(the_payloads_of_a_request_may_be_given_back_as_its_response),
        cmocka_unit_test(what_is_no_well_formed_chain_answers_nothing_and_another_can_follow),
        cmocka_unit_test(invalid_syntax_in_an_encoded_response_ends_the_ike_sa_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
