/* SPDX-License-Identifier: ISC */
/* INVALID_SYNTAX inside SK, sent or received, is the end of the IKE SA at both ends (RFC 7296 §2.21.3); other errors
 * are told. */
#include "support/asking.h"
#include "support/beginning.h"
#include "support/drain.h"
#include "support/fragments.h"
#include "support/peer.h"
#include "support/test.h"

enum { N_CHILDREN = 2, WINDOW = 4 };

static const char *const suite = ASKING_SUITE;

static const uint8_t invalid_syntax[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_INVALID_SYNTAX};
static const uint8_t temporary_failure[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_TEMPORARY_FAILURE};
static const uint8_t critical_payload[] = {0, 0, 0, 9, 0, 0, 0, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, 42};
/* a status, an error, INVALID_SYNTAX behind them */
static const uint8_t behind_others[] = {
    IKL_PAYLOAD_NOTIFY,           0, 0, 8, 0, 0, 0x40, 0, IKL_PAYLOAD_NOTIFY,       0, 0, 8, 0, 0, 0,
    IKL_NOTIFY_TEMPORARY_FAILURE, 0, 0, 0, 8, 0, 0,    0, IKL_NOTIFY_INVALID_SYNTAX};

static void with_window(struct ikl_sa_config *config)
{
    config->ids.own_window = WINDOW;
}

static void connecting(struct ikl_sa_config *config)
{
    config->connecting = true;
}

static void one_ike_sa(struct host *host, sa_change change)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, N_CHILDREN, change);
}

static struct peer_message with(uint8_t first, const uint8_t *inside, size_t len)
{
    return (struct peer_message){.first_payload = first, .plaintext = {inside, len}};
}

static int answer_with(struct host *host, uint32_t message_id, uint8_t first, const uint8_t *inside, size_t len)
{
    struct peer_message message = with(first, inside, len);

    message.response = true;
    message.message_id = message_id;
    return peer_send(host, suite, &message);
}

static bool comes_before(const struct event *a, const struct event *b)
{
    return a < b;
}

/* Child SAs first, then the IKE SA; nothing goes out any more. */
static void assert_ended(struct host *host, enum ikl_down_reason reason)
{
    size_t sent = host_count(host, EVENT_SENT);

    assert_int_equal(host_count(host, EVENT_DOWN), 1);
    assert_int_equal(host_event(host, EVENT_DOWN, 0)->down.reason, reason);
    assert_int_equal(host_event(host, EVENT_DOWN, 0)->down.sends, 0);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), N_CHILDREN);
    for (size_t i = 0; i < N_CHILDREN; i++) {
        assert_int_equal(host_event(host, EVENT_CHILD_DOWN, i)->down.reason, reason);
        assert_true(comes_before(host_event(host, EVENT_CHILD_DOWN, i), host_event(host, EVENT_DOWN, 0)));
    }
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
    assert_int_equal(ikl_endpoint_next_deadline(host->endpoint), IKL_NEVER);
    assert_int_equal(host_count(host, EVENT_SENT), sent);
}

/* The last that was sent is the error answer, before anything was reported down. */
static void assert_error_answer_came_first(struct host *host)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    const struct event *sent = host_last(host, EVENT_SENT);
    struct ikl_opened opened = peer_open(sent, suite, plaintext);

    assert_int_equal(opened.first_payload, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(opened.plaintext.len, sizeof(invalid_syntax));
    assert_memory_equal(opened.plaintext.data, invalid_syntax, sizeof(invalid_syntax));
    assert_true(comes_before(sent, host_event(host, EVENT_CHILD_DOWN, 0)));
}

struct malformed {
    uint8_t exchange_type, first;
    uint8_t inside[12];
    size_t len;
};

static const struct malformed malformed[] = {
    {0, IKL_PAYLOAD_NOTIFY, {0, 0, 0, 3}, 4},                 /* shorter than a header */
    {0, IKL_PAYLOAD_NOTIFY, {0, 0, 0, 9}, 8},                 /* past the end */
    {0, IKL_PAYLOAD_NOTIFY, {41, 0, 0, 8, 0, 0, 0x40, 0}, 8}, /* another should follow */
    {0, IKL_PAYLOAD_NOTIFY, {0, 0, 0, 8, 0, 0, 0x40, 0, 'j', 'u', 'n', 'k'}, 12},
    {0, IKL_PAYLOAD_SK, {0, 0, 0, 8}, 8},   /* SK inside SK */
    {0, IKL_PAYLOAD_NONE, {1, 2, 3, 4}, 4}, /* no payload, but octets */
    {0, IKL_PAYLOAD_DELETE, {0, 0, 0, 8, IKL_PROTOCOL_IKE, 8, 0, 1}, 8},
    {0, IKL_PAYLOAD_DELETE, {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 2}, 12},
    {0, IKL_PAYLOAD_DELETE, {0, 0, 0, 12, 4, 4, 0, 1}, 12},
    {IKL_CREATE_CHILD_SA, IKL_PAYLOAD_NONCE, {0, 0, 0, 3}, 4},
    {IKL_IKE_AUTH, IKL_PAYLOAD_IDI, {0, 0, 0, 3}, 4},
    {IKL_IKE_FOLLOWUP_KE, IKL_PAYLOAD_KE, {0, 0, 0, 3}, 4},
    {200, IKL_PAYLOAD_NOTIFY, {0, 0, 0, 3}, 4},
};

static struct peer_message request_of(const struct malformed *what)
{
    struct peer_message message = with(what->first, what->inside, what->len);

    message.exchange_type = what->exchange_type;
    return message;
}

static void invalid_syntax_that_we_send_ends_the_ike_sa_children_first_the_answer_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        struct peer_message message = request_of(&malformed[i]);
        struct host host;

        one_ike_sa(&host, NULL);
        assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 0);
        assert_error_answer_came_first(&host);
        assert_ended(&host, IKL_DOWN_PROTOCOL);
        assert_int_equal(host_counters(&host).protocol_errors, 1);
        host_clear(&host);
    }
}

static void it_does_so_when_the_request_waited_for_its_turn(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        struct peer_message message = request_of(&malformed[i]);
        struct host host;

        one_ike_sa(&host, with_window);
        message.message_id = 1;
        assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
        assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
        assert_error_answer_came_first(&host);
        assert_ended(&host, IKL_DOWN_PROTOCOL);
        host_clear(&host);
    }
}

static void it_does_so_for_requests_that_come_in_fragments(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(malformed); i++) {
        struct peer_message message = request_of(&malformed[i]);
        struct host host;

        one_ike_sa(&host, with_fragmentation);
        for (uint16_t n = 1; n <= 2; n++) {
            struct peer_message piece = message;

            piece.fragment_number = n;
            piece.fragment_total = 2;
            piece.first_payload = n == 1 ? message.first_payload : IKL_PAYLOAD_NONE;
            piece.plaintext.data += n == 1 ? 0 : 2;
            piece.plaintext.len = n == 1 ? 2 : message.plaintext.len - 2;
            assert_int_equal(peer_send(&host, suite, &piece), IKL_OK);
        }
        assert_error_answer_came_first(&host);
        assert_ended(&host, IKL_DOWN_PROTOCOL);
        host_clear(&host);
    }
}

static void it_does_so_before_the_peer_is_authenticated(void **state)
{
    struct malformed auth = malformed[10];
    struct peer_message message = request_of(&auth);
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, N_CHILDREN, connecting);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_error_answer_came_first(&host);
    assert_ended(&host, IKL_DOWN_PROTOCOL);
    host_clear(&host);
}

/* What a host does in `peer_request`. */
static int respond_with_syntax(struct host *host, struct event *event)
{
    static const uint8_t status[] = {0, 0, 0x40, 0}, syntax[] = {0, 0, 0, IKL_NOTIFY_INVALID_SYNTAX};
    static const struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_NOTIFY, .body = {status, sizeof(status)}},
                                                  {.type = IKL_PAYLOAD_NOTIFY, .body = {syntax, sizeof(syntax)}}};

    if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(ikl_sa_respond(host->sa, event->message_id, payloads, 2, host->now), IKL_OK);
        assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DYING);
        assert_int_equal(ikl_sa_respond(host->sa, event->message_id, payloads, 2, host->now), IKL_ERR_STATE);
    }
    return IKL_OK;
}

static void invalid_syntax_that_the_host_responds_with_ends_it_too(void **state)
{
    struct peer_message message = with(IKL_PAYLOAD_NOTIFY, temporary_failure, sizeof(temporary_failure));
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host.on_event = respond_with_syntax;
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_true(comes_before(host_event(&host, EVENT_SENT, 0), host_event(&host, EVENT_CHILD_DOWN, 0)));
    assert_ended(&host, IKL_DOWN_PROTOCOL);
    host_clear(&host);
}

static void it_ends_when_the_host_responds_later(void **state)
{
    static const uint8_t syntax[] = {0, 0, 0, IKL_NOTIFY_INVALID_SYNTAX};
    static const struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY, .body = {syntax, sizeof(syntax)}};
    struct peer_message message = with(IKL_PAYLOAD_NOTIFY, temporary_failure, sizeof(temporary_failure));
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    host_advance(&host, 1000);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 1000), IKL_OK);
    assert_error_answer_came_first(&host);
    assert_ended(&host, IKL_DOWN_PROTOCOL);
    host_clear(&host);
}

static void other_errors_that_the_host_responds_with_end_nothing(void **state)
{
    static const uint8_t failure[] = {0, 0, 0, IKL_NOTIFY_TEMPORARY_FAILURE}, syntax[] = {0, 0, 0, 7};
    static const struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_NOTIFY, .body = {failure, sizeof(failure)}},
                                                  {.type = IKL_PAYLOAD_VENDOR_ID, .body = {syntax, sizeof(syntax)}},
                                                  {.type = IKL_PAYLOAD_NOTIFY, .body = {syntax, 2}}}; /* too short */
    struct peer_message message = with(IKL_PAYLOAD_NOTIFY, temporary_failure, sizeof(temporary_failure));
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, payloads, 3, 0), IKL_OK);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    host_clear(&host);
}

struct syntax_answer {
    const uint8_t *inside;
    size_t len;
};

static const struct syntax_answer syntax_answers[] = {{invalid_syntax, sizeof(invalid_syntax)},
                                                      {behind_others, sizeof(behind_others)}};

static void invalid_syntax_that_answers_our_check_ends_the_ike_sa(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(syntax_answers); i++) {
        struct host host;

        one_ike_sa(&host, NULL);
        host_advance(&host, 5000);
        host_advance(&host, 6000); /* SUSPECT, and not UP in between */
        assert_int_equal(answer_with(&host, 0, IKL_PAYLOAD_NOTIFY, syntax_answers[i].inside, syntax_answers[i].len),
                         IKL_OK);
        assert_int_equal(host_count(&host, EVENT_ALIVE), 1);
        assert_int_equal(host_event(&host, EVENT_ALIVE, 0)->alive.error, IKL_NOTIFY_INVALID_SYNTAX);
        assert_int_equal(host_event(&host, EVENT_ALIVE, 0)->alive.status, IKL_OK);
        assert_int_equal(host_count(&host, EVENT_REACHABILITY), 2);
        assert_int_equal(host_event(&host, EVENT_REACHABILITY, 1)->reachability.reachability, IKL_REACHABILITY_DOWN);
        assert_ended(&host, IKL_DOWN_PROTOCOL);
        assert_int_equal(host_counters(&host).protocol_errors, 1);
        host_clear(&host);
    }
}

static void invalid_syntax_that_answers_the_host_ends_it_after_the_outcome(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    (void)ask(&host, 1);
    (void)ask(&host, 2); /* is queued */
    assert_int_equal(answer_with(&host, 0, IKL_PAYLOAD_NOTIFY, invalid_syntax, sizeof(invalid_syntax)), IKL_OK);
    assert_int_equal(outcome_of(&host, 1)->kind, IKL_OUTCOME_ANSWERED);
    assert_int_equal(outcome_of(&host, 1)->error, IKL_NOTIFY_INVALID_SYNTAX);
    assert_int_equal(outcome_of(&host, 2)->kind, IKL_OUTCOME_SA_GONE);
    assert_int_equal(outcome_of(&host, 2)->error, 0);
    assert_true(comes_before(host_event(&host, EVENT_OUTCOME, 0), host_event(&host, EVENT_CHILD_DOWN, 0)));
    assert_ended(&host, IKL_DOWN_PROTOCOL);
    host_clear(&host);
}

static void invalid_syntax_that_answers_ike_auth_ends_it_too(void **state)
{
    struct peer_message message = with(IKL_PAYLOAD_NOTIFY, invalid_syntax, sizeof(invalid_syntax));
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, N_CHILDREN, connecting);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 1, .exchange_type = IKL_IKE_AUTH}, NULL), IKL_OK);
    message.exchange_type = IKL_IKE_AUTH;
    message.response = true;
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(outcome_of(&host, 1)->error, IKL_NOTIFY_INVALID_SYNTAX);
    assert_ended(&host, IKL_DOWN_PROTOCOL);
    host_clear(&host);
}

static void a_delete_of_child_sas_that_is_not_understood_takes_all_down(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, 0), IKL_OK);
    assert_int_equal(answer_with(&host, 0, IKL_PAYLOAD_NOTIFY, invalid_syntax, sizeof(invalid_syntax)), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->down.reason, IKL_DOWN_CLOSED);
    assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, 1)->down.reason, IKL_DOWN_PROTOCOL);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PROTOCOL);
    host_clear(&host);
}

/* Whoever deletes an IKE SA, or has replaced it, learns what it was waiting for. */
static void an_ike_sa_that_is_being_deleted_goes_down_as_closed_all_the_same(void **state)
{
    struct peer_message message = request_of(&malformed[0]);
    struct host host;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        one_ike_sa(&host, NULL);
        assert_int_equal(ikl_sa_delete(host.sa, 10000, 0), IKL_OK);
        assert_int_equal(i == 0 ? peer_send(&host, suite, &message)
                                : answer_with(&host, 0, IKL_PAYLOAD_NOTIFY, invalid_syntax, sizeof(invalid_syntax)),
                         IKL_OK);
        assert_ended(&host, IKL_DOWN_CLOSED);
        assert_int_equal(host_counters(&host).protocol_errors, 0);
        host_clear(&host);
    }
}

/* The host frees the IKE SA itself when it is told of the answer. It has ended by then. */
static int close_at_once(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ALIVE || event->kind == EVENT_OUTCOME) {
        ikl_sa_free(host->sa);
    }
    return IKL_OK;
}

static void a_host_that_ends_it_too_is_told_once(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    (void)ask(&host, 1);
    host.on_event = close_at_once;
    assert_int_equal(answer_with(&host, 0, IKL_PAYLOAD_NOTIFY, invalid_syntax, sizeof(invalid_syntax)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PROTOCOL);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 1);
    host_clear(&host);
}

struct flawed {
    uint8_t first;
    const uint8_t *inside;
    size_t len;
    int status;
    uint16_t error;
};

static void an_answer_that_is_an_error_or_malformed_is_said_to_be_so_and_ends_nothing(void **state)
{
    static const uint8_t
        cut[] = {0, 0, 0, 2},
        critical[] = {0, 0x80, 0, 4}, bad_notify[] = {0, 0, 0, 8, 0, 9, 0, 7},
        bad_delete[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 4, 0, 0}, status_only[] = {0, 0, 0, 8, 0, 0, 64, 0},
        reserved[] = {0, 0, 0, 8, 0, 0, 0, 0},
        two_errors[] = {
            IKL_PAYLOAD_NOTIFY,           0, 0, 8, 0, 0, 0, IKL_NOTIFY_TEMPORARY_FAILURE, 0, 0, 0, 8, 0, 0, 0,
            IKL_NOTIFY_CHILD_SA_NOT_FOUND};
    static const struct flawed flawed[] = {
        {IKL_PAYLOAD_NOTIFY, cut, sizeof(cut), IKL_ERR_MALFORMED, 0},
        {200, critical, sizeof(critical), IKL_ERR_CRITICAL, 0},
        {IKL_PAYLOAD_NOTIFY, bad_notify, sizeof(bad_notify), IKL_ERR_TRUNCATED, 0},
        {IKL_PAYLOAD_DELETE, bad_delete, sizeof(bad_delete), IKL_ERR_MALFORMED, 0},
        {IKL_PAYLOAD_NOTIFY, temporary_failure, sizeof(temporary_failure), IKL_OK, IKL_NOTIFY_TEMPORARY_FAILURE},
        {IKL_PAYLOAD_NOTIFY, critical_payload, sizeof(critical_payload), IKL_OK,
         IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD},
        {IKL_PAYLOAD_NOTIFY, status_only, sizeof(status_only), IKL_OK, 0},
        {IKL_PAYLOAD_NOTIFY, reserved, sizeof(reserved), IKL_OK, 0},
        {IKL_PAYLOAD_NOTIFY, two_errors, sizeof(two_errors), IKL_OK, IKL_NOTIFY_TEMPORARY_FAILURE},
        {IKL_PAYLOAD_NONE, NULL, 0, IKL_OK, 0},
    };
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    for (uint32_t i = 0; i < COUNT_OF(flawed); i++) {
        assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
        assert_int_equal(answer_with(&host, i, flawed[i].first, flawed[i].inside, flawed[i].len), IKL_OK);
        assert_int_equal(host_event(&host, EVENT_ALIVE, i)->alive.status, flawed[i].status);
        assert_int_equal(host_event(&host, EVENT_ALIVE, i)->alive.error, flawed[i].error);
    }
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    host_clear(&host);
}

static void unsupported_critical_payload_is_not_fatal_either_way(void **state)
{
    static const uint8_t critical[] = {0, 0x80, 0, 4};
    struct peer_message message = with(200, critical, sizeof(critical));
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    (void)ask(&host, 1);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(answer_with(&host, 0, IKL_PAYLOAD_NOTIFY, critical_payload, sizeof(critical_payload)), IKL_OK);
    assert_int_equal(outcome_of(&host, 1)->error, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    host_clear(&host);
}

static void it_has_a_name_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(ikl_down_reason_name(IKL_DOWN_PROTOCOL), "protocol error");
}

TESTS_OF(protocol_errors)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invalid_syntax_that_we_send_ends_the_ike_sa_children_first_the_answer_before),
        cmocka_unit_test(it_does_so_when_the_request_waited_for_its_turn),
        cmocka_unit_test(it_does_so_for_requests_that_come_in_fragments),
        cmocka_unit_test(it_does_so_before_the_peer_is_authenticated),
        cmocka_unit_test(invalid_syntax_that_the_host_responds_with_ends_it_too),
        cmocka_unit_test(it_ends_when_the_host_responds_later),
        cmocka_unit_test(other_errors_that_the_host_responds_with_end_nothing),
        cmocka_unit_test(invalid_syntax_that_answers_our_check_ends_the_ike_sa),
        cmocka_unit_test(invalid_syntax_that_answers_the_host_ends_it_after_the_outcome),
        cmocka_unit_test(invalid_syntax_that_answers_ike_auth_ends_it_too),
        cmocka_unit_test(a_delete_of_child_sas_that_is_not_understood_takes_all_down),
        cmocka_unit_test(an_ike_sa_that_is_being_deleted_goes_down_as_closed_all_the_same),
        cmocka_unit_test(a_host_that_ends_it_too_is_told_once),
        cmocka_unit_test(an_answer_that_is_an_error_or_malformed_is_said_to_be_so_and_ends_nothing),
        cmocka_unit_test(unsupported_critical_payload_is_not_fatal_either_way),
        cmocka_unit_test(it_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
