/* SPDX-License-Identifier: ISC */
/* Promises about outcomes: every request of the host's ends once, and the host hears how. */
#include "support/asking.h"
#include "support/drain.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = ASKING_SUITE;

enum { LONG = 3000 };

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, 2, NULL);
}

static int say(struct host *host, const struct peer_message *message)
{
    return peer_send(host, suite, message);
}

static void an_answer_ends_a_request_with_what_is_inside(void **state)
{
    static const uint8_t inside[] = {IKL_PAYLOAD_VENDOR_ID, 0, 0, 8, 0, 0, 0x40, 0, 0, 0, 0, 6, 1, 2};
    struct peer_message response = {.response = true,
                                    .exchange_type = IKL_CREATE_CHILD_SA,
                                    .first_payload = IKL_PAYLOAD_NOTIFY,
                                    .plaintext = {inside, sizeof(inside)}};
    struct ikl_request *request = NULL;
    const struct event *event;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host_advance(&host, 100);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 9, .exchange_type = IKL_CREATE_CHILD_SA}, &request),
                     IKL_OK);
    host_advance(&host, 1100);
    host.now = 1200;
    assert_int_equal(say(&host, &response), IKL_OK);
    event = host_event(&host, EVENT_OUTCOME, 0);
    assert_int_equal(event->at, 1200);
    assert_int_equal(event->outcome.kind, IKL_OUTCOME_ANSWERED);
    assert_ptr_equal(event->outcome.request, request);
    assert_ptr_equal(event->outcome.context, asking_context(9));
    assert_int_equal(event->outcome.exchange_type, IKL_CREATE_CHILD_SA);
    assert_int_equal(event->outcome.message_id, 0);
    assert_int_equal(event->outcome.sends, 2);
    assert_int_equal(event->outcome.first_sent, 100);
    assert_int_equal(event->outcome.status, IKL_OK);
    assert_int_equal(event->outcome.first_payload, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(event->len, sizeof(inside));
    assert_memory_equal(event->datagram, inside, sizeof(inside));
    assert_true(host_event(&host, EVENT_ALIVE, 0) < event); /* first the news that the peer is alive */
    assert_int_equal(host_event(&host, EVENT_ALIVE, 0)->alive.sends, 2);
    assert_int_equal(say(&host, &response), IKL_ERR_UNSOLICITED);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 1);
    host_clear(&host);
}

static int ask_long_again(struct host *host, struct event *event)
{
    if (event->kind == EVENT_OUTCOME) {
        *(int *)host->context = asking_try(host, &(struct asking){.mark = 3, .len = LONG}, NULL);
    }
    return IKL_OK;
}

/* Although the host may still ask for what the outcome says of it. */
static void a_request_holds_no_memory_any_more_when_its_outcome_is_told(void **state)
{
    int result = IKL_ERR_STATE;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 1, .len = LONG}, NULL), IKL_OK);
    while (asking_try(&host, &(struct asking){.mark = 2, .len = LONG}, NULL) == IKL_OK) {
    }
    host.context = &result;
    host.on_event = ask_long_again;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(result, IKL_OK);
    host.on_event = NULL;
    host_clear(&host);
}

/* It is authentic, so the request has ended; the host hears what is wrong with the payloads. */
static void a_malformed_answer_ends_a_request_with_a_status_that_says_so(void **state)
{
    static const uint8_t short_length[] = {0, 0, 0, 3}, beyond[] = {0, 0, 0, 9, 1, 2, 3, 4},
                         critical[] = {0, 0x80, 0, 4}, left_over[] = {0, 0, 0, 4, 0};
    static const struct {
        uint8_t first;
        struct ikl_octets inside;
        int status;
    } cases[] = {{IKL_PAYLOAD_NOTIFY, {short_length, 4}, IKL_ERR_MALFORMED},
                 {IKL_PAYLOAD_NOTIFY, {beyond, 8}, IKL_ERR_TRUNCATED},
                 {IKL_PAYLOAD_NOTIFY, {beyond, 3}, IKL_ERR_TRUNCATED},
                 {IKL_PAYLOAD_NOTIFY, {NULL, 0}, IKL_ERR_TRUNCATED},
                 {IKL_PAYLOAD_NONE, {beyond, 1}, IKL_ERR_MALFORMED},
                 {IKL_PAYLOAD_NOTIFY, {left_over, 5}, IKL_ERR_MALFORMED},
                 {IKL_PAYLOAD_SK, {left_over, 4}, IKL_ERR_MALFORMED},
                 {201, {critical, 4}, IKL_ERR_CRITICAL}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct peer_message response = {
            .response = true, .first_payload = cases[i].first, .plaintext = cases[i].inside};
        struct host host;

        one_ike_sa(&host);
        (void)ask(&host, 1);
        (void)ask(&host, 2);
        assert_int_equal(say(&host, &response), IKL_OK);
        assert_int_equal(outcome_of(&host, 1)->kind, IKL_OUTCOME_ANSWERED);
        assert_int_equal(outcome_of(&host, 1)->status, cases[i].status);
        assert_int_equal(host_info(&host).outstanding_id, 1); /* and things go on */
        assert_int_equal(asked(&host, 1), 2);
        host_clear(&host);
    }
}

static void a_response_of_another_exchange_is_ignored(void **state)
{
    struct peer_message response = {.response = true, .exchange_type = IKL_CREATE_CHILD_SA};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)ask(&host, 1);
    assert_int_equal(say(&host, &response), IKL_ERR_MALFORMED);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 0);
    assert_int_equal(host_info(&host).outstanding, 1);
    assert_int_equal(host_info(&host).last_message, 0);
    host_advance(&host, 1000); /* retransmission goes on */
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(outcome_of(&host, 1)->kind, IKL_OUTCOME_ANSWERED);
    host_clear(&host);
}

static void pass_on(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct ikl_chain chain = ikl_chain(outcome->first_payload, outcome->plaintext);
    struct ikl_payload payloads[2];
    struct host *host = user;

    if (outcome->message_id == 0) {
        assert_int_equal(ikl_chain_next(&chain, &payloads[0]), IKL_OK);
        assert_int_equal(ikl_sa_request(sa, IKL_CREATE_CHILD_SA, payloads, 1, NULL, host->now, NULL), IKL_OK);
    }
}

static void with_pass_on(struct ikl_endpoint_config *config)
{
    config->callbacks.outcome = pass_on;
}

static void views_of_an_answer_may_be_passed_straight_to_a_request(void **state)
{
    static const uint8_t inside[] = {0, 0, 0, 9, 1, 2, 3, 4, 5};
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_pass_on);
    host_sa(&host, suite, true, 0, NULL);
    (void)ask(&host, 1);
    assert_int_equal(say(&host, &(struct peer_message){.response = true,
                                                       .first_payload = IKL_PAYLOAD_VENDOR_ID,
                                                       .plaintext = {inside, sizeof(inside)}}),
                     IKL_OK);
    opened = peer_open(host_event(&host, EVENT_SENT, 1), suite, plaintext);
    assert_int_equal(opened.header.exchange_type, IKL_CREATE_CHILD_SA);
    assert_int_equal(opened.plaintext.len, sizeof(inside));
    assert_memory_equal(plaintext, inside, sizeof(inside));
    host_clear(&host);
}

static void a_cancelled_request_that_is_queued_is_removed(void **state)
{
    struct ikl_request *requests[4];
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (uint8_t mark = 0; mark < 4; mark++) {
        requests[mark] = ask(&host, mark);
    }
    host_advance(&host, 10);
    ikl_sa_cancel(host.sa, requests[2], 10);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 1); /* before the call returns */
    assert_int_equal(outcome(&host, 0)->kind, IKL_OUTCOME_CANCELLED);
    assert_ptr_equal(outcome(&host, 0)->context, asking_context(2));
    assert_ptr_equal(outcome(&host, 0)->request, requests[2]);
    assert_int_equal(outcome(&host, 0)->exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(outcome(&host, 0)->message_id, IKL_MESSAGE_ID_NONE);
    assert_int_equal(outcome(&host, 0)->sends, 0);
    assert_int_equal(outcome(&host, 0)->first_sent, IKL_NEVER);
    assert_int_equal(host_info(&host).queued, 2);
    for (uint32_t id = 0; id < 3; id++) {
        assert_int_equal(answer(&host, id), IKL_OK); /* no Message ID was used for it */
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(asked(&host, 1), 1);
    assert_int_equal(asked(&host, 2), 3);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 4);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

/* The first answer comes, and in its outcome the host cancels one and deletes the IKE SA. */
static int cancel_and_delete(struct host *host, struct event *event)
{
    if (event->kind == EVENT_OUTCOME && event->outcome.kind == IKL_OUTCOME_ANSWERED) {
        ikl_sa_cancel(host->sa, host->context, host->now);
        assert_int_equal(ikl_sa_delete(host->sa, 1000, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void of_a_cancelled_request_that_is_queued_nothing_else_is_told_when_the_ike_sa_is_deleted(void **state)
{
    static const enum ikl_outcome_kind expected[] = {IKL_OUTCOME_ANSWERED, IKL_OUTCOME_SA_GONE, IKL_OUTCOME_CANCELLED,
                                                     IKL_OUTCOME_SA_GONE};
    struct ikl_request *requests[5];
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (uint8_t mark = 0; mark < 5; mark++) {
        requests[mark] = ask(&host, mark);
    }
    host.context = requests[3];
    host.on_event = cancel_and_delete;
    assert_int_equal(answer(&host, 0), IKL_OK); /* the second one is sent */
    assert_int_equal(host_count(&host, EVENT_OUTCOME), COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(outcome(&host, i)->kind, expected[i]);
    }
    assert_int_equal(host_info(&host).queued, 1); /* our Delete */
    host_clear(&host);
}

static void of_a_cancelled_request_that_was_sent_only_the_outcome_is_silenced(void **state)
{
    struct ikl_request *request;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    request = ask(&host, 1);
    (void)ask(&host, 2);
    host_advance(&host, 1000);
    host.now = 1500;
    ikl_sa_cancel(host.sa, request, 1500);
    assert_int_equal(outcome_of(&host, 1)->kind, IKL_OUTCOME_CANCELLED);
    assert_int_equal(outcome_of(&host, 1)->message_id, 0);
    assert_int_equal(outcome_of(&host, 1)->sends, 2);
    assert_int_equal(outcome_of(&host, 1)->first_sent, 0);
    assert_int_equal(host_info(&host).outstanding, 1);
    host_advance(&host, 3000); /* it is sent again as if nothing had been said */
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(asked(&host, 2), 1);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 2)->attempt.retransmission, 2);
    assert_int_equal(answer(&host, 0), IKL_OK); /* and answered, which the host hears of as a sign of life */
    assert_int_equal(host_count(&host, EVENT_ALIVE), 1);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 1);
    assert_int_equal(asked(&host, 3), 2);
    host_clear(&host);
}

static void giving_up_on_a_cancelled_request_takes_the_ike_sa_down_all_the_same(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    ikl_sa_cancel(host.sa, ask(&host, 1), 0);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 10);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 1);
    assert_int_equal(outcome_of(&host, 1)->kind, IKL_OUTCOME_CANCELLED);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.at, 319000);
    host_clear(&host);
}

static void a_request_is_cancelled_once(void **state)
{
    struct ikl_request *sent, *queued;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    sent = ask(&host, 1);
    queued = ask(&host, 2);
    for (size_t i = 0; i < 3; i++) {
        ikl_sa_cancel(host.sa, sent, 0);
        ikl_sa_cancel(host.sa, queued, 0);
    }
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 2);
    assert_int_equal(outcome_of(&host, 1)->kind, IKL_OUTCOME_CANCELLED);
    host_clear(&host);
}

static void a_request_is_cancelled_with_the_ike_sa_that_has_it(void **state)
{
    struct ikl_request *sent, *queued;
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *replacement;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    sent = ask(&host, 1);
    (void)ask(&host, 2);
    queued = ask(&host, 3);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&replacement, host.endpoint, &config, 0), IKL_OK);
    ikl_sa_cancel(replacement, queued, 0);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 0);
    assert_int_equal(ikl_sa_replace(host.sa, replacement, false, 1000, 0), IKL_OK);
    ikl_sa_cancel(host.sa, queued, 0);
    ikl_sa_cancel(replacement, sent, 0);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 0);
    ikl_sa_cancel(replacement, queued, 0);
    ikl_sa_cancel(host.sa, sent, 0);
    assert_int_equal(outcome_of(&host, 3)->kind, IKL_OUTCOME_CANCELLED);
    assert_int_equal(outcome_of(&host, 1)->kind, IKL_OUTCOME_CANCELLED);
    host_clear(&host);
}

static void end_by_timeout(struct host *host)
{
    host_run_to_the_end(host);
}

static void end_by_close(struct host *host)
{
    ikl_sa_close(host->sa, host->now);
}

static void end_by_free(struct host *host)
{
    ikl_sa_free(host->sa);
}

static void end_by_the_peers_delete(struct host *host)
{
    static const uint8_t delete[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};

    assert_int_equal(
        say(host, &(struct peer_message){.first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete, sizeof(delete)}}),
        IKL_OK);
}

static void end_by_our_delete(struct host *host)
{
    assert_int_equal(ikl_sa_delete(host->sa, 3000, host->now), IKL_OK);
    host_run_to_the_end(host);
}

/* However an IKE SA ends: requests end first, then it is reported down, and nothing comes after that. */
static void requests_end_before_their_ike_sa_is_reported_down(void **state)
{
    static void (*const ends[])(struct host *) = {end_by_timeout, end_by_close, end_by_free, end_by_the_peers_delete,
                                                  end_by_our_delete};
    enum { N = 4 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        const struct event *last;
        struct host host;

        one_ike_sa(&host);
        ikl_sa_peer_window(host.sa, 2, 0);
        for (uint8_t mark = 0; mark < N; mark++) {
            (void)ask(&host, mark);
        }
        ends[i](&host);
        assert_int_equal(host_count(&host, EVENT_OUTCOME), N);
        for (uint8_t mark = 0; mark < N; mark++) {
            bool timed_out = mark == 0 && ends[i] == end_by_timeout;
            uint32_t id = mark < 2 ? mark : IKL_MESSAGE_ID_NONE;

            assert_int_equal(outcome_of(&host, mark)->kind, timed_out ? IKL_OUTCOME_TIMED_OUT : IKL_OUTCOME_SA_GONE);
            assert_int_equal(outcome_of(&host, mark)->message_id, id);
        }
        last = host_event(&host, EVENT_OUTCOME, N - 1);
        assert_true(last < host_event(&host, EVENT_CHILD_DOWN, 0));
        assert_true(last < host_event(&host, EVENT_DOWN, 0));
        assert_true(pool_is_whole(&host));
        assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
        host.endpoint = NULL;
        assert_int_equal(host_count(&host, EVENT_OUTCOME), N);
        host_clear(&host);
    }
}

static void without_outcome(struct ikl_endpoint_config *config)
{
    config->callbacks.outcome = NULL;
}

static void a_host_that_does_not_want_to_hear_of_outcomes_can_ask_all_the_same(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, without_outcome);
    host_sa(&host, suite, true, 1, NULL);
    for (uint8_t mark = 0; mark < 4; mark++) {
        (void)ask(&host, mark);
    }
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ALIVE), 1);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.message_id, 1);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static void without_alive(struct ikl_endpoint_config *config)
{
    config->callbacks.alive = NULL;
}

static void a_host_that_does_not_want_to_hear_of_signs_of_life_hears_how_its_requests_are_answered(void **state)
{
    static const uint8_t inside[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_NO_PROPOSAL_CHOSEN};
    struct peer_message response = {
        .response = true, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {inside, sizeof(inside)}};
    const struct event *event;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, without_alive);
    host_sa(&host, suite, true, 0, NULL);
    (void)ask(&host, 1);
    assert_int_equal(say(&host, &response), IKL_OK);
    event = host_event(&host, EVENT_OUTCOME, 0);
    assert_int_equal(event->outcome.error, IKL_NOTIFY_NO_PROPOSAL_CHOSEN);
    assert_int_equal(event->outcome.first_payload, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(event->len, sizeof(inside));
    assert_memory_equal(event->datagram, inside, sizeof(inside));
    host_clear(&host);
}

/* As in any response, only one proposal may be accepted. */
static void the_answer_to_a_liveness_check_is_malformed_with_two_proposals(void **state)
{
    static const uint8_t two[] = {0, 0,  0, 36, 2, 0,  0, 16, 1, 1, 0, 1, 0, 0, 0, 8, 1, 0,
                                  0, 28, 0, 0,  0, 16, 2, 1,  0, 1, 0, 0, 0, 8, 1, 0, 0, 28},
                         one[] = {0, 0, 0, 20, 0, 0, 0, 16, 1, 1, 0, 1, 0, 0, 0, 8, 1, 0, 0, 28};
    static const struct {
        struct ikl_octets inside;
        int status;
    } cases[] = {{{one, sizeof(one)}, IKL_OK}, {{two, sizeof(two)}, IKL_ERR_MALFORMED}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct host host;

        one_ike_sa(&host);
        assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
        assert_int_equal(say(&host, &(struct peer_message){.response = true,
                                                           .first_payload = IKL_PAYLOAD_SA,
                                                           .plaintext = cases[i].inside}),
                         IKL_OK);
        assert_int_equal(host_event(&host, EVENT_ALIVE, 0)->alive.status, cases[i].status);
        host_clear(&host);
    }
}

static int cancel_when_the_path_changes(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ADDRESS) {
        ikl_sa_cancel(host->sa, host->context, host->now);
    }
    return IKL_OK;
}

/* It has the place that the answered one had, and is cancelled while the host is told what else has come. */
static void a_request_that_ends_otherwise_has_nothing_of_an_earlier_answer(void **state)
{
    static const uint8_t inside[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_NO_PROPOSAL_CHOSEN};
    struct peer_message response = {
        .response = true, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {inside, sizeof(inside)}};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    const struct ikl_request *first;
    struct ikl_path path;
    struct host host;
    size_t len;

    (void)state;
    one_ike_sa(&host);
    first = ask(&host, 1);
    path = host_last(&host, EVENT_SENT)->path;
    path.remote.port++;
    assert_int_equal(say(&host, &response), IKL_OK);
    host.context = ask(&host, 2);
    assert_ptr_equal(host.context, first);
    host.on_event = cancel_when_the_path_changes;
    len = peer_seal(&(struct peer_message){.message_id = 0}, suite, datagram);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, host.now), IKL_OK);
    assert_int_equal(outcome_of(&host, 2)->kind, IKL_OUTCOME_CANCELLED);
    assert_int_equal(outcome_of(&host, 2)->error, 0);
    assert_int_equal(outcome_of(&host, 2)->first_payload, IKL_PAYLOAD_NONE);
    assert_int_equal(outcome_of(&host, 2)->plaintext.len, 0);
    host_clear(&host);
}

static void outcomes_have_names(void **state)
{
    (void)state;
    assert_string_equal(ikl_outcome_name(IKL_OUTCOME_ANSWERED), "answered");
    assert_string_equal(ikl_outcome_name(IKL_OUTCOME_TIMED_OUT), "timed out");
    assert_string_equal(ikl_outcome_name(IKL_OUTCOME_CANCELLED), "cancelled");
    assert_string_equal(ikl_outcome_name(IKL_OUTCOME_SA_GONE), "IKE SA gone");
    assert_string_equal(ikl_outcome_name((enum ikl_outcome_kind)99), "?");
}

TESTS_OF(requests_outcomes)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_ends_a_request_with_what_is_inside),
        cmocka_unit_test(a_request_holds_no_memory_any_more_when_its_outcome_is_told),
        cmocka_unit_test(a_malformed_answer_ends_a_request_with_a_status_that_says_so),
        cmocka_unit_test(a_response_of_another_exchange_is_ignored),
        cmocka_unit_test(views_of_an_answer_may_be_passed_straight_to_a_request),
        cmocka_unit_test(a_cancelled_request_that_is_queued_is_removed),
        cmocka_unit_test(of_a_cancelled_request_that_is_queued_nothing_else_is_told_when_the_ike_sa_is_deleted),
        cmocka_unit_test(of_a_cancelled_request_that_was_sent_only_the_outcome_is_silenced),
        cmocka_unit_test(giving_up_on_a_cancelled_request_takes_the_ike_sa_down_all_the_same),
        cmocka_unit_test(a_request_is_cancelled_once),
        cmocka_unit_test(a_request_is_cancelled_with_the_ike_sa_that_has_it),
        cmocka_unit_test(requests_end_before_their_ike_sa_is_reported_down),
        cmocka_unit_test(a_host_that_does_not_want_to_hear_of_outcomes_can_ask_all_the_same),
        cmocka_unit_test(a_host_that_does_not_want_to_hear_of_signs_of_life_hears_how_its_requests_are_answered),
        cmocka_unit_test(a_request_that_ends_otherwise_has_nothing_of_an_earlier_answer),
        cmocka_unit_test(the_answer_to_a_liveness_check_is_malformed_with_two_proposals),
        cmocka_unit_test(outcomes_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
