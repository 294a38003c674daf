/* Promises about the Deletes of the peer's: the library answers them itself, and reports each Child SA once (RFC 7296
 * §1.4.1).
 * SPDX-License-Identifier: ISC */
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { N_CHILDREN = 3, OUT = 0xb0, IN = 0xa0, AH = IKL_PROTOCOL_AH, ESP = IKL_PROTOCOL_ESP };

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, N_CHILDREN, NULL);
}

static int give(struct host *host, uint32_t message_id, uint8_t first_payload, const uint8_t *inside, size_t len)
{
    struct peer_message message = {
        .message_id = message_id, .first_payload = first_payload, .plaintext = {inside, len}};

    return peer_send(host, suite, &message);
}

static void assert_answer(struct host *host, uint8_t first_payload, const uint8_t *inside, size_t len)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened = peer_open(host_last(host, EVENT_SENT), suite, plaintext);

    assert_int_equal(opened.header.flags, IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE);
    assert_int_equal(opened.first_payload, first_payload);
    assert_int_equal(opened.plaintext.len, len);
    if (len != 0) {
        assert_memory_equal(opened.plaintext.data, inside, len);
    }
}

/* The Child SA with this SPI of ours was reported down once, deleted by the peer. */
static void assert_reported(struct host *host, size_t n, uint32_t spi_in)
{
    const struct event *down = host_event(host, EVENT_CHILD_DOWN, n);

    assert_non_null(down);
    assert_int_equal(down->spi_in, spi_in);
    assert_int_equal(down->down.reason, IKL_DOWN_PEER_DELETED);
    assert_int_equal(down->down.at, host->now);
}

static void a_delete_of_a_child_sa_is_answered_with_the_paired_spi(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 2};
    static const uint8_t answer[] = {0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 2};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host.now = 1500;
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_reported(&host, 0, 0xa0000002);
    assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->down.last_evidence, 1500);
    assert_int_equal(host_count(&host, EVENT_REQUEST), 0);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(host_info(&host).n_children, 2);
    assert_ptr_equal(ikl_sa_first_child(host.sa), host.children[0]);
    assert_ptr_equal(ikl_sa_next_child(host.sa, host.children[0]), host.children[2]);
    host_clear(&host);
}

static void one_request_may_delete_several_child_sas_of_both_protocols(void **state)
{
    static const uint8_t request[] = {IKL_PAYLOAD_DELETE, 0, 0, 16, ESP, 4, 0, 2, OUT, 0, 0, 3, OUT, 0, 0, 1,
                                      IKL_PAYLOAD_NONE,   0, 0, 12, AH,  4, 0, 1, OUT, 0, 0, 1};
    static const uint8_t answer[] = {IKL_PAYLOAD_DELETE, 0, 0, 16, ESP, 4, 0, 2, IN, 0, 0, 3, IN, 0, 0, 1,
                                     IKL_PAYLOAD_NONE,   0, 0, 12, AH,  4, 0, 1, IN, 0, 0, 1};
    struct ikl_child_config ah = {
        .size = sizeof(ah), .protocol = IKL_PROTOCOL_AH, .spi_in = 0xa0000001, .spi_out = 0xb0000001};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(ikl_sa_add_child(host.sa, &ah, NULL), IKL_OK);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 3);
    assert_reported(&host, 0, 0xa0000003); /* in the order in which the peer names them */
    assert_reported(&host, 1, 0xa0000001);
    assert_reported(&host, 2, 0xa0000001);
    assert_int_equal(host_info(&host).n_children, 1);
    host_clear(&host);
}

static void a_child_sa_that_is_named_twice_is_answered_and_reported_once(void **state)
{
    static const uint8_t request[] = {IKL_PAYLOAD_DELETE, 0, 0, 16, ESP, 4, 0, 2, OUT, 0, 0, 1, OUT, 0, 0, 1,
                                      IKL_PAYLOAD_NONE,   0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1};
    static const uint8_t answer[] = {0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 1};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

/* Our own SPI, a number nobody has, the other protocol, and none at all. */
static void a_delete_of_what_is_not_there_is_answered_empty(void **state)
{
    static const uint8_t requests[][12] = {{0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 1},
                                           {0, 0, 0, 12, ESP, 4, 0, 1, 1, 2, 3, 4},
                                           {0, 0, 0, 12, AH, 4, 0, 1, OUT, 0, 0, 1},
                                           {0, 0, 0, 8, ESP, 4, 0, 0}};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (uint32_t id = 0; id < COUNT_OF(requests); id++) {
        assert_int_equal(give(&host, id, IKL_PAYLOAD_DELETE, requests[id], requests[id][3]), IKL_OK);
        assert_answer(&host, IKL_PAYLOAD_NONE, NULL, 0);
    }
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    assert_int_equal(host_info(&host).n_children, N_CHILDREN);
    host_clear(&host);
}

static void a_repeated_delete_gets_the_same_answer_and_reports_nothing(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 2};
    const struct event *first, *again;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    }
    first = host_event(&host, EVENT_SENT, 0);
    again = host_event(&host, EVENT_SENT, 1);
    assert_int_equal(again->len, first->len);
    assert_memory_equal(again->datagram, first->datagram, first->len);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

static void a_child_sa_that_we_removed_before_is_not_in_the_answer(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 16, ESP, 4, 0, 2, OUT, 0, 0, 1, OUT, 0, 0, 2};
    static const uint8_t answer[] = {0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 1};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(ikl_sa_remove_child(host.sa, host.children[1]), IKL_OK);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

static void a_delete_of_the_ike_sa_is_answered_empty_and_takes_everything_down(void **state)
{
    static const uint8_t request[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    const struct event *down;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host.now = 2500;
    assert_int_equal(ikl_sa_probe(host.sa, 2500), IKL_OK); /* it may cross a request of ours */
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_NONE, NULL, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_true(host_last(&host, EVENT_SENT) < host_event(&host, EVENT_STATE, 0)); /* the answer before the end */
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), N_CHILDREN);
    for (uint32_t i = 0; i < N_CHILDREN; i++) {
        assert_reported(&host, i, 0xa0000001 + i);
    }
    down = host_event(&host, EVENT_DOWN, 0);
    assert_int_equal(down->down.reason, IKL_DOWN_PEER_DELETED);
    assert_int_equal(down->down.last_evidence, 2500);
    assert_int_equal(down->down.exchange, 0);
    assert_int_equal(down->down.message_id, 0);
    assert_int_equal(down->down.sends, 0);
    assert_int_equal(down->down.first_sent, 0);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_ERR_UNKNOWN_SPI);
    host_clear(&host);
}

static void a_delete_of_the_ike_sa_need_not_name_the_child_sas_and_may(void **state)
{
    static const uint8_t request[] = {
        IKL_PAYLOAD_DELETE, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1, IKL_PAYLOAD_NONE, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_NONE, NULL, 0);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), N_CHILDREN);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

/* Behind a good one: nothing is deleted, all goes down with the IKE SA. */
static void a_delete_that_contradicts_itself_ends_the_ike_sa(void **state)
{
    static const uint8_t bad[][12] = {{0, 0, 0, 8, IKL_PROTOCOL_IKE, 4, 0, 0},   /* an SPI size for the IKE SA */
                                      {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 1},   /* a count */
                                      {0, 0, 0, 12, ESP, 8, 0, 1, OUT},          /* a wrong SPI size */
                                      {0, 0, 0, 12, ESP, 4, 0, 2, OUT, 0, 0, 2}, /* fewer than it says */
                                      {0, 0, 0, 12, ESP, 4, 0, 0, OUT, 0, 0, 2}, /* more than it says */
                                      {0, 0, 0, 12, 77, 4, 0, 1, OUT, 0, 0, 2},  /* no such protocol */
                                      {0, 0, 0, 7, ESP, 4, 0}};                  /* cut off */
    static const uint8_t invalid_syntax[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_INVALID_SYNTAX};
    struct host host;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        uint8_t inside[24] = {IKL_PAYLOAD_DELETE, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1};

        one_ike_sa(&host);
        memcpy(inside + 12, bad[i], sizeof(bad[i]));
        assert_int_equal(give(&host, 0, IKL_PAYLOAD_DELETE, inside, 12u + bad[i][3]), IKL_OK);
        assert_answer(&host, IKL_PAYLOAD_NOTIFY, invalid_syntax, sizeof(invalid_syntax));
        assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), N_CHILDREN);
        for (size_t child = 0; child < N_CHILDREN; child++) {
            assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, child)->down.reason, IKL_DOWN_PROTOCOL);
        }
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PROTOCOL);
        host_clear(&host);
    }
}

/* A Delete in the middle of a rekey is the host's business. */
static void a_delete_in_another_exchange_goes_to_the_host(void **state)
{
    static const uint8_t inside[] = {0, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1};
    struct peer_message message = {
        .exchange = IKL_CREATE_CHILD_SA, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {inside, sizeof(inside)}};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_REQUEST), 1);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    host_clear(&host);
}

static void a_delete_is_found_behind_other_payloads(void **state)
{
    static const uint8_t request[] = {
        IKL_PAYLOAD_DELETE, 0, 0, 8, 0, 0, 0x40, 0, IKL_PAYLOAD_NOTIFY, 0, 0, 12, ESP, 4, 0, 1, OUT, 0, 0, 1,
        IKL_PAYLOAD_NONE,   0, 0, 8, 0, 0, 0x40, 0};
    static const uint8_t answer[] = {0, 0, 0, 12, ESP, 4, 0, 1, IN, 0, 0, 1};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(give(&host, 0, IKL_PAYLOAD_NOTIFY, request, sizeof(request)), IKL_OK);
    assert_answer(&host, IKL_PAYLOAD_DELETE, answer, sizeof(answer));
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delete_of_a_child_sa_is_answered_with_the_paired_spi),
        cmocka_unit_test(one_request_may_delete_several_child_sas_of_both_protocols),
        cmocka_unit_test(a_child_sa_that_is_named_twice_is_answered_and_reported_once),
        cmocka_unit_test(a_delete_of_what_is_not_there_is_answered_empty),
        cmocka_unit_test(a_repeated_delete_gets_the_same_answer_and_reports_nothing),
        cmocka_unit_test(a_child_sa_that_we_removed_before_is_not_in_the_answer),
        cmocka_unit_test(a_delete_of_the_ike_sa_is_answered_empty_and_takes_everything_down),
        cmocka_unit_test(a_delete_of_the_ike_sa_need_not_name_the_child_sas_and_may),
        cmocka_unit_test(a_delete_that_contradicts_itself_ends_the_ike_sa),
        cmocka_unit_test(a_delete_in_another_exchange_goes_to_the_host),
        cmocka_unit_test(a_delete_is_found_behind_other_payloads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
