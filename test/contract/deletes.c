/* SPDX-License-Identifier: ISC */
/* Deletes of ours, of an IKE SA and of Child SAs, alone and crossing the peer's (RFC 7296 §1.4.1, §2.25). */
#include "support/host.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { CHILDREN = 3, WAIT = 10000 };

static void begin(struct pair *pair)
{
    pair_init(pair, suite, CHILDREN, NULL, NULL);
}

static const struct event *down_of(const struct host *host)
{
    assert_int_equal(host_count(host, EVENT_DOWN), 1);
    return host_event((struct host *)host, EVENT_DOWN, 0);
}

static void assert_all_down(const struct host *host, enum ikl_down_reason reason, ikl_time at)
{
    const struct event *down = down_of(host);

    assert_int_equal(down->down.reason, reason);
    assert_int_equal(down->at, at);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), CHILDREN);
    for (const struct event *later = down + 1; later < host->events + host->n_events; later++) {
        assert_int_equal(later->kind, EVENT_UNMATCHED); /* what crossed its end */
    }
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
    assert_int_equal(ikl_endpoint_next_deadline(host->endpoint), IKL_NEVER);
}

static void a_graceful_close_sends_a_delete_and_goes_down_with_its_answer(void **state)
{
    static const uint8_t delete_sa[] = {IKL_PAYLOAD_NONE, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened;
    struct pair pair;

    (void)state;
    begin(&pair);
    assert_int_equal(ikl_sa_delete(pair.a.sa, WAIT, 0), IKL_OK);
    assert_int_equal(ikl_sa_state(pair.a.sa), IKL_SA_DELETING);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN), 0);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 1);
    opened = peer_open(host_event(&pair.a, EVENT_SENT, 0), suite, plaintext);
    assert_int_equal(opened.first_payload, IKL_PAYLOAD_DELETE);
    assert_int_equal(opened.plaintext.len, sizeof(delete_sa));
    assert_memory_equal(opened.plaintext.data, delete_sa, sizeof(delete_sa));
    pair_deliver(&pair);
    assert_all_down(&pair.a, IKL_DOWN_CLOSED, 0);
    assert_all_down(&pair.b, IKL_DOWN_PEER_DELETED, 0);
    pair_clear(&pair);
}

static void a_delete_that_nobody_answers_is_waited_for_as_long_as_was_said(void **state)
{
    struct pair pair;

    (void)state;
    begin(&pair);
    pair.cut = true;
    assert_int_equal(ikl_sa_delete(pair.a.sa, WAIT, 0), IKL_OK);
    pair_run(&pair, WAIT - 1, 0);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN), 0);
    /* it is retransmitted meanwhile like any request: at 0, 1, 3, 7 s */
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 4);
    pair_run(&pair, WAIT, 0);
    assert_all_down(&pair.a, IKL_DOWN_CLOSED, WAIT);
    pair_clear(&pair);
}

static void a_delete_whose_schedule_runs_out_first_closes_too(void **state)
{
    struct pair pair;

    (void)state;
    begin(&pair);
    pair.cut = true;
    assert_int_equal(ikl_sa_delete(pair.a.sa, 1000000, 0), IKL_OK);
    pair_run(&pair, 319000, 0);
    assert_all_down(&pair.a, IKL_DOWN_CLOSED, 319000);
    assert_int_equal(host_counters(&pair.a).timeouts, 0);
    pair_clear(&pair);
}

static void rfc_16_crossing_deletes_of_the_ike_sa_are_answered_and_leave_one_outcome(void **state)
{
    struct pair pair;

    (void)state;
    begin(&pair);
    assert_int_equal(ikl_sa_delete(pair.a.sa, WAIT, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete(pair.b.sa, WAIT, 0), IKL_OK);
    pair_deliver(&pair);
    assert_all_down(&pair.a, IKL_DOWN_CLOSED, 0);
    assert_all_down(&pair.b, IKL_DOWN_CLOSED, 0);
    /* each sent its Delete; b's came first to a, who answered and was gone for b's answer */
    assert_in_range(host_count(&pair.a, EVENT_SENT), 2, 2);
    assert_int_equal(host_counters(&pair.a).peer_deletes + host_counters(&pair.b).peer_deletes, 0);
    pair_clear(&pair);
}

static int request(struct host *host, void *context)
{
    struct ikl_request_options options = {.size = sizeof(options), .context = context};

    return ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, &options, host->now, NULL);
}

static void a_graceful_close_lets_sent_requests_finish_and_ends_queued_ones(void **state)
{
    int first = 1, second = 2;
    struct pair pair;
    const char *full;
    char text[4096];

    (void)state;
    begin(&pair);
    assert_int_equal(request(&pair.a, &first), IKL_OK);
    assert_int_equal(request(&pair.a, &second), IKL_OK);
    assert_int_equal(ikl_sa_delete(pair.a.sa, WAIT, 0), IKL_OK);
    assert_int_equal(host_count(&pair.a, EVENT_OUTCOME), 1);
    assert_int_equal(host_event(&pair.a, EVENT_OUTCOME, 0)->outcome.kind, IKL_OUTCOME_SA_GONE);
    assert_ptr_equal(host_event(&pair.a, EVENT_OUTCOME, 0)->outcome.context, &second);
    (void)ikl_sa_history_text(pair.a.sa, 0, text, sizeof(text));
    full = strstr(text, "window full\n"); /* for the second request, and for the Delete */
    assert_non_null(full);
    assert_non_null(strstr(full + 1, "window full\n"));
    pair_deliver(&pair);
    assert_int_equal(host_event(&pair.a, EVENT_OUTCOME, 1)->outcome.kind, IKL_OUTCOME_ANSWERED);
    assert_ptr_equal(host_event(&pair.a, EVENT_OUTCOME, 1)->outcome.context, &first);
    assert_int_equal(host_count(&pair.a, EVENT_OUTCOME), 2);
    assert_all_down(&pair.a, IKL_DOWN_CLOSED, 0);
    assert_all_down(&pair.b, IKL_DOWN_PEER_DELETED, 0);
    pair_clear(&pair);
}

static void while_deleting_nothing_new_is_taken_and_no_liveness_check_is_sent(void **state)
{
    struct ikl_child_config child = {
        .size = sizeof(child), .protocol = IKL_PROTOCOL_ESP, .spi_in = 0x1234, .spi_out = 0x5678};
    struct pair pair;

    (void)state;
    begin(&pair);
    pair.cut = true;
    assert_int_equal(ikl_sa_delete(pair.a.sa, 100000, 0), IKL_OK);
    assert_int_equal(request(&pair.a, NULL), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_add_child(pair.a.sa, &child, NULL), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_delete(pair.a.sa, WAIT, 0), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, pair.a.children, 1, 0), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_ERR_STATE);
    pair_run(&pair, 90000, 0);
    assert_int_equal(host_counters(&pair.a).probes, 0);
    pair_clear(&pair);
}

static void rfc_16_a_child_sa_deleted_by_us_goes_down_with_the_answer(void **state)
{
    struct pair pair;

    (void)state;
    begin(&pair);
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, pair.a.children, 2, 0), IKL_OK);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), 0);
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, pair.a.children + 1, 1, 0), IKL_ERR_BUSY);
    pair_deliver(&pair);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), 2);
    assert_int_equal(host_count(&pair.b, EVENT_CHILD_DOWN), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(host_event(&pair.a, EVENT_CHILD_DOWN, i)->down.reason, IKL_DOWN_CLOSED);
        assert_int_equal(host_event(&pair.b, EVENT_CHILD_DOWN, i)->down.reason, IKL_DOWN_PEER_DELETED);
    }
    assert_int_equal(host_info(&pair.a).n_children, 1);
    assert_int_equal(host_info(&pair.b).n_children, 1);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN), 0);
    pair_clear(&pair);
}

/* An empty response is 57 octets long; one with a Delete is longer. */
static void rfc_16_a_delete_that_crosses_ours_is_answered_without_the_spi_that_we_sent_already(void **state)
{
    enum { EMPTY_LEN = 57 };
    struct pair pair;

    (void)state;
    begin(&pair);
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, pair.a.children, 1, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete_children(pair.b.sa, pair.b.children, 1, 0), IKL_OK);
    pair_deliver(&pair);
    for (size_t i = 0; i < 2; i++) {
        struct host *host = i == 0 ? &pair.a : &pair.b;

        assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 1);
        assert_int_equal(host_event(host, EVENT_CHILD_DOWN, 0)->down.reason, IKL_DOWN_PEER_DELETED);
        assert_int_equal(host_count(host, EVENT_SENT), 2);
        assert_int_equal(host_event(host, EVENT_SENT, 1)->len, EMPTY_LEN);
        assert_int_equal(host_info(host).n_children, CHILDREN - 1);
        assert_int_equal(ikl_sa_state(host->sa), IKL_SA_ESTABLISHED);
    }
    pair_clear(&pair);
}

static void a_delete_of_a_child_sa_that_is_queued_still_names_it_in_the_answer_to_the_peers(void **state)
{
    enum { EMPTY_LEN = 57 };
    struct pair pair;

    (void)state;
    begin(&pair);
    assert_int_equal(request(&pair.a, NULL), IKL_OK); /* fills the window */
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, pair.a.children, 1, 0), IKL_OK);
    host_event(&pair.a, EVENT_SENT, 0)->delivered = true; /* lost */
    assert_int_equal(ikl_sa_delete_children(pair.b.sa, pair.b.children, 1, 0), IKL_OK);
    pair_deliver(&pair);
    assert_true(host_event(&pair.a, EVENT_SENT, 1)->len > EMPTY_LEN);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), 1);
    pair_run(&pair, 3000, 0);
    /* our own Delete went out afterwards, names what the peer no longer has, and changes nothing more */
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), 1);
    assert_int_equal(host_count(&pair.b, EVENT_CHILD_DOWN), 1);
    assert_int_equal(host_info(&pair.a).n_children, CHILDREN - 1);
    pair_clear(&pair);
}

static void deleting_child_sas_refuses_what_is_none_of_them(void **state)
{
    struct ikl_child *none = NULL, *one_of_each[2];
    struct pair pair;

    (void)state;
    begin(&pair);
    one_of_each[0] = pair.a.children[0];
    one_of_each[1] = pair.b.children[0];
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, pair.a.children, 0, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, &none, 1, 0), IKL_ERR_NOT_FOUND);
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, pair.b.children, 1, 0), IKL_ERR_NOT_FOUND);
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, one_of_each, 2, 0), IKL_ERR_NOT_FOUND);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 0);
    pair_clear(&pair);
}

static int free_when_dying(struct host *host, struct event *event)
{
    if (event->kind == EVENT_STATE && event->state == IKL_SA_DELETING) {
        ikl_sa_free(host->sa);
    }
    return IKL_OK;
}

static void a_delete_in_a_request_of_the_hosts_own_ends_nothing_here(void **state)
{
    static const uint8_t body[] = {IKL_PROTOCOL_IKE, 0, 0, 0};
    const struct ikl_payload delete = {.type = IKL_PAYLOAD_DELETE, .body = {body, sizeof(body)}};
    struct pair pair;

    (void)state;
    begin(&pair);
    assert_int_equal(ikl_sa_request(pair.a.sa, IKL_INFORMATIONAL, &delete, 1, NULL, 0, NULL), IKL_OK);
    pair_deliver(&pair);
    assert_all_down(&pair.b, IKL_DOWN_PEER_DELETED, 0);
    assert_int_equal(host_event(&pair.a, EVENT_OUTCOME, 0)->outcome.kind, IKL_OUTCOME_ANSWERED);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN) + host_count(&pair.a, EVENT_CHILD_DOWN), 0);
    assert_int_equal(ikl_sa_state(pair.a.sa), IKL_SA_ESTABLISHED);
    pair_clear(&pair);
}

static void an_ike_sa_freed_while_it_becomes_deleting_is_reported_down_once(void **state)
{
    struct pair pair;

    (void)state;
    begin(&pair);
    assert_int_equal(request(&pair.a, NULL), IKL_OK);
    assert_int_equal(request(&pair.a, NULL), IKL_OK);
    pair.a.on_event = free_when_dying;
    assert_int_equal(ikl_sa_delete(pair.a.sa, WAIT, 0), IKL_OK);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN), 1);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), CHILDREN);
    assert_int_equal(host_count(&pair.a, EVENT_OUTCOME), 2);
    assert_int_equal(ikl_endpoint_n_sas(pair.a.endpoint), 0);
    pair_clear(&pair);
}

/* A request to create anything meets an IKE SA that is being deleted. */
static void create_child_sa_gets_temporary_failure_while_deleting(void **state)
{
    struct ikl_payload nonce = {.type = IKL_PAYLOAD_NONCE, .body = {(const uint8_t *)"0123456789abcdef", 16}};
    const struct event *answered;
    struct ikl_notify notify;
    struct ikl_payload payload;
    struct ikl_chain chain;
    struct pair pair;

    (void)state;
    begin(&pair);
    assert_int_equal(ikl_sa_delete(pair.b.sa, WAIT, 0), IKL_OK);
    host_event(&pair.b, EVENT_SENT, 0)->delivered = true; /* lost */
    assert_int_equal(ikl_sa_request(pair.a.sa, IKL_CREATE_CHILD_SA, &nonce, 1, NULL, 0, NULL), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(host_count(&pair.b, EVENT_PEER_REQUEST), 0);
    answered = host_event(&pair.a, EVENT_OUTCOME, 0);
    assert_int_equal(answered->outcome.kind, IKL_OUTCOME_ANSWERED);
    chain = ikl_chain(answered->outcome.first_payload, (struct ikl_octets){answered->datagram, answered->len});
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
    assert_int_equal(ikl_notify_read(&notify, payload.body), IKL_OK);
    assert_int_equal(notify.type, IKL_NOTIFY_TEMPORARY_FAILURE);
    pair_clear(&pair);
}

TESTS_OF(deletes)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_graceful_close_sends_a_delete_and_goes_down_with_its_answer),
        cmocka_unit_test(a_delete_that_nobody_answers_is_waited_for_as_long_as_was_said),
        cmocka_unit_test(a_delete_whose_schedule_runs_out_first_closes_too),
        cmocka_unit_test(rfc_16_crossing_deletes_of_the_ike_sa_are_answered_and_leave_one_outcome),
        cmocka_unit_test(a_graceful_close_lets_sent_requests_finish_and_ends_queued_ones),
        cmocka_unit_test(while_deleting_nothing_new_is_taken_and_no_liveness_check_is_sent),
        cmocka_unit_test(rfc_16_a_child_sa_deleted_by_us_goes_down_with_the_answer),
        cmocka_unit_test(rfc_16_a_delete_that_crosses_ours_is_answered_without_the_spi_that_we_sent_already),
        cmocka_unit_test(a_delete_of_a_child_sa_that_is_queued_still_names_it_in_the_answer_to_the_peers),
        cmocka_unit_test(deleting_child_sas_refuses_what_is_none_of_them),
        cmocka_unit_test(a_delete_in_a_request_of_the_hosts_own_ends_nothing_here),
        cmocka_unit_test(an_ike_sa_freed_while_it_becomes_deleting_is_reported_down_once),
        cmocka_unit_test(create_child_sa_gets_temporary_failure_while_deleting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
