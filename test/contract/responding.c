/* SPDX-License-Identifier: ISC */
/* Promises about responding: every request is answered once, and its answer repeated, octet for octet, to whoever holds
 * the keys and asks again. */
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

/* Inside SK: a Notify payload INITIAL_CONTACT. */
static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};

static void one_ike_sa(struct host *host, endpoint_change change)
{
    host_init(host, "a", 0, change);
    host_sa(host, suite, true, 1, NULL);
}

static struct peer_message empty_request(uint32_t message_id)
{
    return (struct peer_message){.message_id = message_id};
}

/* One that the library does not answer itself. */
static struct peer_message host_request(uint32_t message_id)
{
    return (struct peer_message){
        .message_id = message_id, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {notify, sizeof(notify)}};
}

static int give(struct host *host, struct peer_message message)
{
    return peer_send(host, suite, &message);
}

static void assert_response(const struct event *sent, uint8_t exchange_type, uint32_t message_id, uint8_t first_payload,
                            const uint8_t *inside, size_t len)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened = peer_open(sent, suite, plaintext);

    assert_int_equal(opened.header.exchange_type, exchange_type);
    assert_int_equal(opened.header.flags, IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE);
    assert_int_equal(opened.header.message_id, message_id);
    assert_int_equal(opened.first_payload, first_payload);
    assert_int_equal(opened.plaintext.len, len);
    if (len != 0) {
        assert_memory_equal(opened.plaintext.data, inside, len);
    }
}

static void assert_same_datagram(const struct event *a, const struct event *b)
{
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->datagram, b->datagram, a->len);
}

static struct ikl_path elsewhere(const struct host *host)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.remote.ip[3] = 99;
    path.remote.port = 4500;
    path.tag = 7;
    path.encapsulated = true;
    return path;
}

static int give_from(struct host *host, const struct ikl_path *path, struct peer_message message)
{
    uint8_t datagram[4 + HOST_MAX_DATAGRAM] = {0};
    size_t len = peer_seal(&message, suite, datagram + 4);

    return path->encapsulated ? ikl_endpoint_receive(host->endpoint, path, datagram, len + 4, host->now)
                              : ikl_endpoint_receive(host->endpoint, path, datagram + 4, len, host->now);
}

static void rfc_15_an_empty_informational_is_answered_by_the_library_itself(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    for (uint32_t id = 0; id < 5; id++) {
        assert_int_equal(give(&host, empty_request(id)), IKL_OK);
        assert_response(host_last(&host, EVENT_SENT), IKL_INFORMATIONAL, id, IKL_PAYLOAD_NONE, NULL, 0);
        assert_memory_equal(&host_last(&host, EVENT_SENT)->path, ikl_sa_path(host.sa), sizeof(struct ikl_path));
    }
    assert_int_equal(host.n_events, 5); /* and the host hears nothing of it */
    assert_int_equal(host_info(&host).counters.requests, 5);
    assert_int_equal(host_counters(&host).accepted, 5);
    host_clear(&host);
}

static void rfc_17_the_response_goes_back_to_where_the_request_came_from(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    path = elsewhere(&host);
    assert_int_equal(give_from(&host, &path, empty_request(0)), IKL_OK);
    assert_memory_equal(&host_last(&host, EVENT_SENT)->path, &path, sizeof(path));
    assert_memory_equal(host_last(&host, EVENT_SENT)->datagram, "\0\0\0\0", 4); /* behind the non-ESP marker */
    assert_response(host_last(&host, EVENT_SENT), IKL_INFORMATIONAL, 0, IKL_PAYLOAD_NONE, NULL, 0);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK); /* our requests do not follow */
    assert_memory_equal(&host_last(&host, EVENT_SENT)->path, ikl_sa_path(host.sa), sizeof(path));
    host_clear(&host);
}

static void a_later_answer_of_the_hosts_goes_back_to_where_the_request_came_from(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    path = elsewhere(&host);
    assert_int_equal(give_from(&host, &path, host_request(0)), IKL_OK);
    memset(&path, 0xee, sizeof(path));
    path = elsewhere(&host);
    host_advance(&host, 3000);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 3000), IKL_OK);
    assert_memory_equal(&host_last(&host, EVENT_SENT)->path, &path, sizeof(path));
    assert_response(host_last(&host, EVENT_SENT), IKL_INFORMATIONAL, 0, IKL_PAYLOAD_NONE, NULL, 0);
    host_clear(&host);
}

/* Answers of the library's, small and large ones of the host's. */
static void a_duplicate_request_gets_the_same_octets_again_and_is_not_delivered_again(void **state)
{
    static const uint8_t body[700] = {1, 2, 3};
    static const size_t lens[] = {4, 12, 13, 100, sizeof(body)};
    struct host host;
    uint32_t id = 0;

    (void)state;
    one_ike_sa(&host, NULL);
    for (size_t i = 0; i < COUNT_OF(lens); i++, id++) {
        struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, lens[i]}};
        struct event *first;

        host_forget(&host);
        assert_int_equal(give(&host, host_request(id)), IKL_OK);
        assert_int_equal(ikl_sa_respond(host.sa, id, &payload, 1, host.now), IKL_OK);
        first = host_last(&host, EVENT_SENT);
        host.now += 1000;
        for (size_t n = 1; n <= 3; n++) {
            assert_int_equal(give(&host, host_request(id)), IKL_OK);
            assert_same_datagram(host_last(&host, EVENT_SENT), first);
        }
        assert_int_equal(host_count(&host, EVENT_SENT), 4);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
        assert_int_equal(host_info(&host).counters.repeats, 3 * (i + 1));
        assert_int_equal(host_counters(&host).repeated, 3 * (i + 1));
        assert_int_equal(host_info(&host).counters.requests, i + 1);
        assert_int_equal(host_info(&host).last_evidence, host.now - 1000);
    }
    host_clear(&host);
}

static void a_repeated_response_goes_back_to_where_the_duplicate_came_from(void **state)
{
    struct ikl_path path;
    struct event *first, *again;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    path = elsewhere(&host);
    assert_int_equal(give(&host, empty_request(0)), IKL_OK);
    assert_int_equal(give_from(&host, &path, empty_request(0)), IKL_OK);
    first = host_event(&host, EVENT_SENT, 0);
    again = host_event(&host, EVENT_SENT, 1);
    assert_memory_equal(&again->path, &path, sizeof(path));
    assert_int_equal(again->len, first->len + 4);
    assert_memory_equal(again->datagram + 4, first->datagram, first->len);
    host_clear(&host);
}

static size_t repeat(struct host *host, const struct ikl_path *path, size_t n)
{
    size_t before = host_count(host, EVENT_SENT);

    for (size_t i = 0; i < n; i++) {
        int result = give_from(host, path, empty_request(0));

        assert_true(result == IKL_OK || result == IKL_ERR_RATE);
    }
    return host_count(host, EVENT_SENT) - before;
}

static void repeated_responses_are_limited_in_rate(void **state)
{
    struct host host;
    size_t burst;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(give(&host, empty_request(0)), IKL_OK);
    burst = repeat(&host, ikl_sa_path(host.sa), 100);
    assert_in_range(burst, 3, 20);
    assert_int_equal(host_counters(&host).rate_limited, 100 - burst);
    assert_int_equal(repeat(&host, ikl_sa_path(host.sa), 100), 0);
    host.now = 50;
    assert_in_range(repeat(&host, ikl_sa_path(host.sa), 100), 0, 1); /* little in little time */
    host.now = 1000;
    assert_in_range(repeat(&host, ikl_sa_path(host.sa), 100), 1, 20);
    host.now = 3000;
    assert_int_equal(repeat(&host, ikl_sa_path(host.sa), 100), burst); /* no more than before, however long it rests */
    host_clear(&host);
}

static void replays_from_elsewhere_do_not_use_up_what_the_peer_may_need(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    path = elsewhere(&host);
    assert_int_equal(give(&host, empty_request(0)), IKL_OK);
    assert_in_range(repeat(&host, &path, 1000), 3, 20);
    assert_in_range(repeat(&host, ikl_sa_path(host.sa), 100), 3, 20);
    host_clear(&host);
}

static void our_own_requests_never_evict_a_remembered_response(void **state)
{
    struct event *first;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(give(&host, empty_request(0)), IKL_OK);
    first = host_event(&host, EVENT_SENT, 0);
    for (uint32_t id = 0; id < 20; id++) {
        assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
        assert_int_equal(give(&host, (struct peer_message){.response = true, .message_id = id}), IKL_OK);
    }
    assert_int_equal(give(&host, empty_request(0)), IKL_OK);
    assert_same_datagram(host_last(&host, EVENT_SENT), first);
    host_clear(&host);
}

/* Or both ends would wait for each other (§2.3). */
static void a_request_is_answered_while_ours_is_outstanding(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(give(&host, empty_request(0)), IKL_OK);
    assert_response(host_last(&host, EVENT_SENT), IKL_INFORMATIONAL, 0, IKL_PAYLOAD_NONE, NULL, 0);
    host_clear(&host);
}

static void a_request_outside_the_window_is_dropped_and_counted(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    for (uint32_t id = 0; id < 3; id++) {
        assert_int_equal(give(&host, empty_request(id)), IKL_OK);
    }
    host_forget(&host);
    assert_int_equal(give(&host, empty_request(4)), IKL_ERR_WINDOW);
    assert_int_equal(give(&host, empty_request(1)), IKL_ERR_STALE);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(host_counters(&host).out_of_window, 1);
    assert_int_equal(host_counters(&host).stale, 1);
    assert_int_equal(host_info(&host).counters.dropped, 2);
    host_clear(&host);
}

static void everything_else_goes_to_the_host(void **state)
{
    static const uint8_t exchanges[] = {IKL_INFORMATIONAL, IKL_CREATE_CHILD_SA, IKL_IKE_AUTH, 200};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    for (uint32_t id = 0; id < COUNT_OF(exchanges); id++) {
        struct peer_message message = host_request(id);
        const struct event *request;

        message.exchange_type = exchanges[id];
        assert_int_equal(give(&host, message), IKL_OK);
        request = host_event(&host, EVENT_PEER_REQUEST, id);
        assert_int_equal(request->exchange_type, exchanges[id]);
        assert_int_equal(request->message_id, id);
        assert_int_equal(request->len, sizeof(notify));
        assert_memory_equal(request->datagram, notify, sizeof(notify));
        assert_int_equal(host_count(&host, EVENT_SENT), id);
        assert_int_equal(ikl_sa_respond(host.sa, id, NULL, 0, 0), IKL_OK);
        assert_response(host_last(&host, EVENT_SENT), exchanges[id], id, IKL_PAYLOAD_NONE, NULL, 0);
    }
    host_clear(&host);
}

/* An empty request of any other exchange means something to the host, not to the library. */
static void an_empty_request_of_another_exchange_goes_to_the_host(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(give(&host, (struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_clear(&host);
}

static void a_duplicate_of_a_request_that_the_host_has_not_answered_gets_nothing(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(give(&host, host_request(0)), IKL_OK);
    assert_true(give(&host, host_request(0)) < IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_advance(&host, 1000);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 1000), IKL_OK);
    assert_int_equal(give(&host, host_request(0)), IKL_OK);
    assert_same_datagram(host_event(&host, EVENT_SENT, 0), host_event(&host, EVENT_SENT, 1));
    host_clear(&host);
}

static void an_answer_needs_a_request_that_waits_for_it(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_ERR_NOT_FOUND);
    assert_int_equal(give(&host, empty_request(0)), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_ERR_NOT_FOUND);
    assert_int_equal(give(&host, host_request(1)), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_ERR_NOT_FOUND);
    assert_int_equal(ikl_sa_respond(host.sa, 2, NULL, 0, 0), IKL_ERR_NOT_FOUND);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(ikl_sa_respond(host.sa, 1, NULL, 0, 0), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 1, NULL, 0, 0), IKL_ERR_NOT_FOUND);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    host_clear(&host);
}

static void messages_of_2048(struct ikl_endpoint_config *config)
{
    config->max_message = 2048;
}

static void payloads_that_do_not_fit_a_message_are_refused_and_others_can_follow(void **state)
{
    /* around the body: the IKE header, the SK payload with its IV, ICV and Pad Length, and a generic header */
    enum { LARGEST = 2048 - 28 - (4 + 8 + 16 + 1) - 4 };
    static const uint8_t body[LARGEST + 1];
    static const struct ikl_payload bad[] = {{.type = IKL_PAYLOAD_NONE},
                                             {.type = IKL_PAYLOAD_SK},
                                             {.type = IKL_PAYLOAD_SKF},
                                             {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, LARGEST + 1}}};
    struct ikl_payload largest = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, LARGEST}};
    struct host host;

    (void)state;
    one_ike_sa(&host, messages_of_2048);
    assert_int_equal(give(&host, host_request(0)), IKL_OK);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(ikl_sa_respond(host.sa, 0, &bad[i], 1, 0), IKL_ERR_INVALID);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &largest, 1, 0), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_SENT)->len, 2048);
    host_clear(&host);
}

static void without_room_in_the_pool_nothing_changes_and_the_answer_can_be_given_later(void **state)
{
    static const uint8_t body[100];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(give(&host, host_request(0)), IKL_OK);
    drain_pool(&drain, &host);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_ERR_NO_BUFFER);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    refill_pool(&drain, &host);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_OK);
    assert_int_equal(give(&host, host_request(0)), IKL_OK);
    assert_same_datagram(host_event(&host, EVENT_SENT, 0), host_event(&host, EVENT_SENT, 1));
    host_clear(&host);
}

static void echo_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct ikl_chain chain = ikl_chain(request->first_payload, request->plaintext);
    struct ikl_payload payloads[4];
    size_t n = 0;

    while (ikl_chain_next(&chain, &payloads[n]) == IKL_OK) {
        n++;
    }
    assert_int_equal(ikl_sa_respond(sa, request->message_id, payloads, n, ((struct host *)user)->now), IKL_OK);
}

static void with_echo(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_request = echo_request;
}

static void views_of_a_request_may_be_passed_straight_to_respond(void **state)
{
    static const uint8_t two[] = {IKL_PAYLOAD_VENDOR_ID,
                                  0,
                                  0,
                                  8,
                                  0,
                                  0,
                                  0x40,
                                  0,
                                  0,
                                  0,
                                  0,
                                  24,
                                  1,
                                  2,
                                  3,
                                  4,
                                  5,
                                  6,
                                  7,
                                  8,
                                  9,
                                  10,
                                  11,
                                  12,
                                  13,
                                  14,
                                  15,
                                  16,
                                  17,
                                  18,
                                  19,
                                  20};
    struct host host;

    (void)state;
    one_ike_sa(&host, with_echo);
    assert_int_equal(give(&host, (struct peer_message){.first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {two, 32}}),
                     IKL_OK);
    assert_response(host_last(&host, EVENT_SENT), IKL_INFORMATIONAL, 0, IKL_PAYLOAD_NOTIFY, two, 32);
    assert_int_equal(give(&host, host_request(1)), IKL_OK);
    assert_response(host_last(&host, EVENT_SENT), IKL_INFORMATIONAL, 1, IKL_PAYLOAD_NOTIFY, notify, sizeof(notify));
    host_clear(&host);
}

static void without_request_callback(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_request = NULL;
}

static void a_host_without_request_callback_never_stalls_its_peer(void **state)
{
    static const uint8_t no_additional_sas[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_NO_ADDITIONAL_SAS};
    struct peer_message message = host_request(1);
    struct host host;

    (void)state;
    one_ike_sa(&host, without_request_callback);
    assert_int_equal(give(&host, host_request(0)), IKL_OK);
    assert_response(host_last(&host, EVENT_SENT), IKL_INFORMATIONAL, 0, IKL_PAYLOAD_NONE, NULL, 0);
    message.exchange_type = IKL_CREATE_CHILD_SA;
    assert_int_equal(give(&host, message), IKL_OK);
    assert_response(host_last(&host, EVENT_SENT), IKL_CREATE_CHILD_SA, 1, IKL_PAYLOAD_NOTIFY, no_additional_sas, 8);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    host_clear(&host);
}

/* INVALID_SYNTAX would (RFC 7296 §2.21.3). */
static void an_exchange_that_nobody_handles_is_answered_with_nothing_that_makes_the_peer_delete(void **state)
{
    static const uint8_t state_not_found[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_STATE_NOT_FOUND};
    static const uint8_t others[] = {IKL_IKE_AUTH, IKL_IKE_INTERMEDIATE, IKL_IKE_SA_INIT, IKL_GSA_INBAND_REKEY, 45, 200,
                                     255};
    struct peer_message message = host_request(0);
    struct host host;

    (void)state;
    one_ike_sa(&host, without_request_callback);
    message.exchange_type = IKL_IKE_FOLLOWUP_KE;
    assert_int_equal(give(&host, message), IKL_OK);
    assert_response(host_last(&host, EVENT_SENT), IKL_IKE_FOLLOWUP_KE, 0, IKL_PAYLOAD_NOTIFY, state_not_found, 8);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        message.exchange_type = others[i];
        message.message_id++;
        assert_int_equal(give(&host, message), IKL_OK);
        assert_response(host_last(&host, EVENT_SENT), others[i], message.message_id, IKL_PAYLOAD_NONE, NULL, 0);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 1 + COUNT_OF(others));
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    host_clear(&host);
}

static void connecting(struct ikl_sa_config *config)
{
    config->connecting = true;
}

static void a_host_without_request_callback_authenticates_nobody(void **state)
{
    static const uint8_t failed[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_AUTHENTICATION_FAILED};
    struct peer_message message = host_request(0);
    struct host host;

    (void)state;
    host_init(&host, "a", 0, without_request_callback);
    host_sa(&host, suite, true, 1, connecting);
    message.exchange_type = IKL_IKE_AUTH;
    assert_int_equal(give(&host, message), IKL_OK);
    assert_response(host_last(&host, EVENT_SENT), IKL_IKE_AUTH, 0, IKL_PAYLOAD_NOTIFY, failed, sizeof(failed));
    host_clear(&host);
}

static void a_request_with_an_unknown_critical_payload_is_rejected_as_a_whole(void **state)
{
    static const uint8_t inside[] = {201, 0, 0, 8, 0, 0, 0x40, 0, 202, 0x80, 0, 4, 0, 0x80, 0, 4};
    static const uint8_t unsupported[] = {0, 0, 0, 9, 0, 0, 0, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, 201};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(
        give(&host, (struct peer_message){.first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {inside, sizeof(inside)}}),
        IKL_OK);
    assert_response(host_last(&host, EVENT_SENT), IKL_INFORMATIONAL, 0, IKL_PAYLOAD_NOTIFY, unsupported, 9);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 0);
    host_clear(&host);
}

static void a_response_that_could_not_be_sent_is_remembered_all_the_same(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host.send_result = -1;
    assert_int_equal(give(&host, empty_request(0)), IKL_OK);
    host.send_result = IKL_OK;
    assert_int_equal(give(&host, empty_request(0)), IKL_OK);
    assert_same_datagram(host_event(&host, EVENT_SENT, 0), host_event(&host, EVENT_SENT, 1));
    assert_int_equal(host_counters(&host).send_failures, 1);
    host_clear(&host);
}

TESTS_OF(responding)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_15_an_empty_informational_is_answered_by_the_library_itself),
        cmocka_unit_test(rfc_17_the_response_goes_back_to_where_the_request_came_from),
        cmocka_unit_test(a_later_answer_of_the_hosts_goes_back_to_where_the_request_came_from),
        cmocka_unit_test(a_duplicate_request_gets_the_same_octets_again_and_is_not_delivered_again),
        cmocka_unit_test(a_repeated_response_goes_back_to_where_the_duplicate_came_from),
        cmocka_unit_test(repeated_responses_are_limited_in_rate),
        cmocka_unit_test(replays_from_elsewhere_do_not_use_up_what_the_peer_may_need),
        cmocka_unit_test(our_own_requests_never_evict_a_remembered_response),
        cmocka_unit_test(a_request_is_answered_while_ours_is_outstanding),
        cmocka_unit_test(a_request_outside_the_window_is_dropped_and_counted),
        cmocka_unit_test(everything_else_goes_to_the_host),
        cmocka_unit_test(an_empty_request_of_another_exchange_goes_to_the_host),
        cmocka_unit_test(a_duplicate_of_a_request_that_the_host_has_not_answered_gets_nothing),
        cmocka_unit_test(an_answer_needs_a_request_that_waits_for_it),
        cmocka_unit_test(payloads_that_do_not_fit_a_message_are_refused_and_others_can_follow),
        cmocka_unit_test(without_room_in_the_pool_nothing_changes_and_the_answer_can_be_given_later),
        cmocka_unit_test(views_of_a_request_may_be_passed_straight_to_respond),
        cmocka_unit_test(a_host_without_request_callback_never_stalls_its_peer),
        cmocka_unit_test(an_exchange_that_nobody_handles_is_answered_with_nothing_that_makes_the_peer_delete),
        cmocka_unit_test(a_host_without_request_callback_authenticates_nobody),
        cmocka_unit_test(a_request_with_an_unknown_critical_payload_is_rejected_as_a_whole),
        cmocka_unit_test(a_response_that_could_not_be_sent_is_remembered_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
