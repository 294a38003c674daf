/* SPDX-License-Identifier: ISC */
/* What single callbacks find, and what becomes of what they call. That anything may be called anywhere is
 * any_call_in_any_callback.c's. */
#include "support/asking.h"
#include "support/peer.h"
#include "support/story.h"
#include "support/test.h"
#include "support/twin.h"

#include <ikelive/monitor.h>

static const char *const suite = ASKING_SUITE;

enum { N_CHILDREN = 3, N_SAS = 3 };

static int try_what_is_not_allowed(struct host *host, struct event *event)
{
    struct snapshot before = snapshot_of(host), after;
    size_t n_events = host->n_events;
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.message_id = STORY_FRESH}, suite, datagram);

    assert_int_equal(ikl_endpoint_receive(host->endpoint, ikl_sa_path(host->sa), datagram, len, host->now + 1),
                     IKL_ERR_REENTRANT);
    assert_int_equal(ikl_endpoint_advance(host->endpoint, host->now + 1000000), IKL_ERR_REENTRANT);
    assert_int_equal(ikl_endpoint_free(host->endpoint), IKL_ERR_REENTRANT);
    after = snapshot_of(host);
    assert_same_state(&before, &after);
    assert_int_equal(host->n_events, n_events);
    if (event->kind == EVENT_SENT) { /* in what is called while deciding they are counted */
        assert_int_equal(after.counters.reentrant, before.counters.reentrant + 3);
        after.counters.reentrant = before.counters.reentrant;
    }
    assert_same_counters(&before.counters, &after.counters);
    return IKL_OK;
}

static void receive_advance_and_free_are_refused_inside_callbacks_and_nothing_has_happened(void **state)
{
    struct host host, twin;

    (void)state;
    story_begin(&host, suite);
    story_begin(&twin, suite);
    host.on_event = try_what_is_not_allowed;
    story_end(&host, suite);
    story_end(&twin, suite);
    for (int kind = 0; kind < EVENT_UNMATCHED; kind++) {
        assert_true(host_count(&host, (enum event_kind)kind) > 0); /* from inside each of them */
    }
    assert_same_events(&host, &twin);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_count(&host, EVENT_UNMATCHED), 1);
    host_clear(&host);
    host_clear(&twin);
}

static int talk_to_another_endpoint(struct host *host, struct event *event)
{
    struct host *other = host->context;

    return event->kind == EVENT_SENT ? host_receive(other, event) : IKL_OK;
}

/* Inside `send` too. */
static void another_endpoint_may_be_called(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    pair.a.on_event = talk_to_another_endpoint;
    pair.a.context = &pair.b;
    assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_OK);
    assert_int_equal(host_count(&pair.b, EVENT_SENT), 1);
    pair.a.on_event = NULL;
    pair_clear(&pair);
}

static struct ikl_sa *make_sa(struct host *host, uint32_t n)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa = NULL;

    test_sa_config(&config, &keys, suite, true, n);
    assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_OK);
    return sa;
}

static int free_in_the_first_report(struct host *host, struct event *event)
{
    if (event->kind == EVENT_CHILD_DOWN) {
        ikl_sa_free(host->sa);
        ikl_sa_free(host->sa);
    }
    /* from then on: the handle is valid, and what is being reported goes on */
    if (event->kind == EVENT_CHILD_DOWN || event->kind == EVENT_DOWN) {
        assert_int_equal(host_info(host).established, 0);
        assert_int_equal(host_info(host).state, event->kind == EVENT_DOWN ? IKL_SA_DEAD : IKL_SA_DYING);
        assert_ptr_equal(ikl_sa_user(host->sa), host);
    }
    return IKL_OK;
}

static void a_handle_freed_inside_a_callback_is_valid_until_the_outermost_call_returns(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, N_CHILDREN, NULL);
    host.on_event = free_in_the_first_report;
    ikl_sa_close(host.sa, 0);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), N_CHILDREN);
    assert_int_equal(host_count(&host, EVENT_STATE), 2);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

/* All are due at once; the first that is told of ends the others. */
static int end_all_others(struct host *host, struct event *event)
{
    struct ikl_sa **sas = host->context;

    for (size_t i = 0; event->kind == EVENT_ATTEMPT && i < N_SAS; i++) {
        if (sas[i] != event->sa && ikl_sa_state(sas[i]) == IKL_SA_ESTABLISHED) {
            ikl_sa_close(sas[i], host->now);
            ikl_sa_free(sas[i]);
        }
    }
    return IKL_OK;
}

static void an_ike_sa_that_is_ended_while_it_is_due_does_nothing_more(void **state)
{
    struct ikl_sa *sas[N_SAS];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    for (uint32_t i = 0; i < N_SAS; i++) {
        sas[i] = make_sa(&host, i);
    }
    host.context = sas;
    host.on_event = end_all_others;
    host_advance(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_count(&host, EVENT_DOWN), 2);
    host_clear(&host);
}

static int close_in(struct host *host, struct event *event)
{
    if (event->kind == *(const enum event_kind *)host->context) {
        ikl_sa_close(host->sa, host->now);
    }
    return IKL_OK;
}

static void a_request_whose_attempt_closes_the_ike_sa_was_made_and_has_its_outcome_on_return(void **state)
{
    static enum event_kind kind = EVENT_ATTEMPT;
    struct ikl_request *out = NULL;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    host.context = &kind;
    host.on_event = close_in;
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 1}, &out), IKL_OK);
    assert_int_equal(outcome_of(&host, 1)->kind, IKL_OUTCOME_SA_GONE);
    assert_ptr_equal(outcome_of(&host, 1)->request, out);
    host_clear(&host);
}

static void hear_answer_from_elsewhere(struct host *host, struct ikl_octets inside)
{
    struct ikl_path path = *ikl_sa_path(host->sa);
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len =
        peer_seal(&(struct peer_message){.response = true, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = inside},
                  suite, datagram);

    path.remote.port = 4501;
    assert_int_equal(ikl_endpoint_receive(host->endpoint, &path, datagram, len, host->now), IKL_OK);
}

/* The answer was there, so that is the outcome, and it comes before the IKE SA is reported down. */
static void an_answer_whose_report_closes_the_ike_sa_is_an_answer_all_the_same(void **state)
{
    static enum event_kind kinds[] = {EVENT_ADDRESS, EVENT_REACHABILITY, EVENT_ALIVE, EVENT_OUTCOME};
    static const uint8_t inside[] = {0, 0, 0, 8, 0, 0, 0x40, 0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const struct event *event;
        struct host host;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, 1, NULL);
        (void)ask(&host, 1);
        (void)ask(&host, 2);
        host_advance(&host, 1000); /* SUSPECT */
        host.context = &kinds[i];
        host.on_event = close_in;
        hear_answer_from_elsewhere(&host, (struct ikl_octets){inside, sizeof(inside)});
        event = host_event(&host, EVENT_OUTCOME, 0);
        assert_int_equal(event->outcome.kind, IKL_OUTCOME_ANSWERED);
        assert_int_equal(event->outcome.status, IKL_OK);
        assert_int_equal(event->len, sizeof(inside));
        assert_memory_equal(event->datagram, inside, sizeof(inside));
        assert_int_equal(outcome_of(&host, 2)->kind, IKL_OUTCOME_SA_GONE);
        assert_int_equal(host_count(&host, EVENT_DOWN), 1);
        assert_ptr_equal(host_event(&host, EVENT_DOWN, 0), &host.events[host.n_events - 1]);
        host_clear(&host);
    }
}

static int delete_the_second_child(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ALIVE && event->alive.message_id == 0) {
        assert_int_equal(ikl_sa_delete_children(host->sa, &host->children[1], 1, host->now), IKL_OK);
    }
    return IKL_OK;
}

/* Although the second request may lie where the first one lay. */
static void a_delete_that_is_made_while_the_answer_to_another_is_reported_ends_its_own_child_sa_alone(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 2, NULL);
    assert_int_equal(ikl_sa_delete_children(host.sa, &host.children[0], 1, 0), IKL_OK);
    host.on_event = delete_the_second_child;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->spi_in, 0xa0000001u);
    assert_int_equal(answer(&host, 1), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 2);
    host_clear(&host);
}

static int replace_now(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ALIVE) {
        assert_int_equal(ikl_sa_replace(host->sa, host->context, true, 1000, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void a_child_sa_whose_delete_was_answered_does_not_move_to_a_replacement_any_more(void **state)
{
    struct ikl_sa *other;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 2, NULL);
    other = make_sa(&host, 1);
    assert_int_equal(ikl_sa_delete_children(host.sa, &host.children[0], 1, 0), IKL_OK);
    host.context = other;
    host.on_event = replace_now;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_ptr_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->sa, host.sa);
    assert_ptr_equal(ikl_sa_first_child(other), host.children[1]);
    assert_null(ikl_sa_next_child(other, host.children[1]));
    host.on_event = NULL;
    host_clear(&host);
}

static struct {
    struct host *host;
    size_t asked;
} drawing;

static int random_that_calls_back(void *user, uint8_t *out, size_t len)
{
    struct host *host = drawing.host;
    uint64_t spi;

    (void)user;
    memset(out, 0x5a, len);
    if (host != NULL) {
        drawing.asked++;
        assert_int_equal(ikl_endpoint_new_spi(host->endpoint, &spi), IKL_ERR_REENTRANT);
        assert_int_equal(ikl_sa_probe(host->sa, host->now), IKL_ERR_REENTRANT);
        assert_int_equal(ikl_endpoint_free(host->endpoint), IKL_ERR_REENTRANT);
        ikl_sa_close(host->sa, host->now);
    }
    return IKL_OK;
}

static void with_random_that_calls_back(struct ikl_endpoint_config *config)
{
    config->callbacks.random = random_that_calls_back;
}

static void random_is_a_leaf_while_an_spi_is_drawn_and_no_longer(void **state)
{
    struct host host;
    uint64_t spi = 0;

    (void)state;
    memset(&drawing, 0, sizeof(drawing));
    host_init(&host, "a", 0, with_random_that_calls_back);
    host_sa(&host, suite, true, 1, NULL);
    drawing.host = &host;
    assert_int_equal(ikl_endpoint_new_spi(host.endpoint, &spi), IKL_OK);
    assert_int_equal(spi, 0x5a5a5a5a5a5a5a5au);
    assert_int_equal(drawing.asked, 1);
    assert_int_equal(host_counters(&host).reentrant, 4);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    drawing.host = NULL;
    assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
    host_clear(&host);
}

static void with_random_that_calls_back_and_monitors(struct ikl_endpoint_config *config)
{
    with_random_that_calls_back(config);
    config->monitor = ikl_monitor_panos();
    config->idle_spread = 500;
}

static void and_while_a_child_sa_is_added(void **state)
{
    struct host host;

    (void)state;
    memset(&drawing, 0, sizeof(drawing));
    host_init(&host, "a", 0, with_random_that_calls_back_and_monitors);
    host_sa(&host, suite, true, 0, NULL);
    drawing.host = &host;
    host_add_children(&host, true, 1);
    assert_int_equal(drawing.asked, 1);
    assert_int_equal(host_counters(&host).reentrant, 4);
    drawing.host = NULL;
    assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
    host_clear(&host);
}

static void with_a_window(struct ikl_sa_config *config)
{
    config->ids.own_window = config->ids.peer_window = 2;
}

static int call_inside_send(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT) {
        assert_int_equal(ikl_sa_probe(event->sa, host->now), IKL_ERR_REENTRANT);
    }
    return IKL_OK;
}

/* Ends a scene in which one datagram was sent while the host called back. */
static void assert_refused_inside_send(struct host *host)
{
    assert_int_equal(host_counters(host).reentrant, 1);
    host->on_event = NULL;
    host_clear(host);
}

/* Requests that wait for their turn, the end by a Delete of the peer's, and our Deletes of Child SAs that moved. */
static void send_is_a_leaf_in_what_is_decided_between_callbacks_too(void **state)
{
    static const uint8_t with_more[] = {IKL_PAYLOAD_VENDOR_ID, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0, 0, 0, 0, 5, 1};
    const struct peer_message delete = {.first_payload = IKL_PAYLOAD_DELETE, .plaintext = {with_more, 13}};
    const struct peer_message create = {.exchange_type = IKL_CREATE_CHILD_SA};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, with_a_window);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 1}), IKL_OK);
    host.on_event = call_inside_send;
    assert_int_equal(peer_send(&host, suite, &create), IKL_OK);
    assert_refused_inside_send(&host);

    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    host.on_event = call_inside_send;
    assert_int_equal(peer_send(&host, suite, &delete), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    assert_refused_inside_send(&host);

    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(host.sa, make_sa(&host, 1), true, 1000, 0), IKL_OK);
    host.on_event = call_inside_send;
    ikl_sa_close(host.sa, 0);
    assert_refused_inside_send(&host);
}

static int ask_on_both(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ALIVE) {
        assert_int_equal(ikl_sa_request(host->context, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
        assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    }
    return IKL_OK;
}

/* Attempts are told before `alive`: one that is decided inside it waits until the other IKE SA's was told. */
static void what_is_decided_after_its_place_is_told_after_the_other_ike_sas(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    host.context = make_sa(&host, 1);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    host_forget(&host);
    host.on_event = ask_on_both;
    assert_int_equal(answer(&host, 0), IKL_OK);
    host.on_event = NULL;
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 2);
    assert_ptr_equal(host_event(&host, EVENT_ATTEMPT, 0)->sa, host.context);
    assert_ptr_equal(host_event(&host, EVENT_ATTEMPT, 1)->sa, host.sa);
    host_clear(&host);
}

static int free_both(struct host *host, struct event *event)
{
    if (event->kind == EVENT_PEER_REQUEST) {
        ikl_sa_free(host->context);
        ikl_sa_free(host->sa);
    }
    return IKL_OK;
}

/* As a host does whose peer says INITIAL_CONTACT; requests that wait for their turn are looked for after that. */
static void several_ike_sas_may_be_freed_inside_one_callback(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "b", 0, NULL);
    host_sa(&host, suite, true, 1, with_a_window);
    host.context = make_sa(&host, 1);
    host.on_event = free_both;
    assert_int_equal(
        peer_send(&host, suite, &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA, .message_id = 0}), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_DOWN), 2);
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 0);
    host.sa = NULL;
    host_clear(&host);
}

/* Makes a request and has it sent again, in whatever is told. */
static int ask_and_send_again(struct host *host, struct event *event)
{
    if (event->kind != EVENT_SENT && event->kind != EVENT_ATTEMPT && ikl_sa_state(event->sa) == IKL_SA_ESTABLISHED) {
        assert_int_equal(ikl_sa_request(event->sa, IKL_INFORMATIONAL, NULL, 0, NULL, host->now, NULL), IKL_OK);
        assert_int_equal(ikl_sa_resend(event->sa, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void without_attempt(struct ikl_endpoint_config *config)
{
    config->callbacks.attempt = NULL;
}

/* The next event that is no attempt. */
static const struct event *but_attempts(const struct host *host, size_t *i)
{
    while (*i < host->n_events && host->events[*i].kind == EVENT_ATTEMPT) {
        ++*i;
    }
    return *i < host->n_events ? &host->events[(*i)++] : NULL;
}

static void assert_same_but_attempts(const struct host *a, const struct host *b)
{
    const struct event *one, *other;
    size_t i = 0, k = 0;

    do {
        one = but_attempts(a, &i);
        other = but_attempts(b, &k);
        assert_int_equal(one != NULL, other != NULL);
        if (one != NULL) {
            assert_int_equal(one->kind, other->kind);
            assert_int_equal(one->at, other->at);
            assert_int_equal(one->len, other->len);
            assert_memory_equal(one->datagram, other->datagram, one->len);
        }
    } while (one != NULL);
}

static void window_of_2(struct ikl_sa_config *config)
{
    config->ids.peer_window = 2;
}

/* The story at a host that is made by `change`: a request of the peer's, and two of ours that are always due together.
 * Nobody answers. */
static void tell(struct host *host, endpoint_change change, int (*act)(struct host *, struct event *))
{
    struct peer_message asks = {.message_id = 0};

    host_init(host, "a", 0, change);
    host_sa(host, suite, true, N_CHILDREN, window_of_2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    }
    host->on_event = act;
    assert_int_equal(peer_send(host, suite, &asks), IKL_OK);
    host_run_to_the_end(host);
}

static void a_host_without_attempt_sees_all_else_as_one_that_has_it(void **state)
{
    int (*const acts[])(struct host *, struct event *) = {NULL, ask_and_send_again};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        struct host hosts[2];

        tell(&hosts[0], NULL, acts[i]);
        tell(&hosts[1], without_attempt, acts[i]);
        assert_true(host_count(&hosts[0], EVENT_ATTEMPT) != 0);
        assert_int_equal(host_count(&hosts[1], EVENT_ATTEMPT), 0);
        assert_int_equal(host_count(&hosts[1], EVENT_DOWN), 1);
        assert_same_but_attempts(&hosts[0], &hosts[1]);
        host_clear(&hosts[0]);
        host_clear(&hosts[1]);
    }
}

TESTS_OF(inside_callbacks)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receive_advance_and_free_are_refused_inside_callbacks_and_nothing_has_happened),
        cmocka_unit_test(another_endpoint_may_be_called),
        cmocka_unit_test(several_ike_sas_may_be_freed_inside_one_callback),
        cmocka_unit_test(a_handle_freed_inside_a_callback_is_valid_until_the_outermost_call_returns),
        cmocka_unit_test(an_ike_sa_that_is_ended_while_it_is_due_does_nothing_more),
        cmocka_unit_test(a_request_whose_attempt_closes_the_ike_sa_was_made_and_has_its_outcome_on_return),
        cmocka_unit_test(an_answer_whose_report_closes_the_ike_sa_is_an_answer_all_the_same),
        cmocka_unit_test(a_delete_that_is_made_while_the_answer_to_another_is_reported_ends_its_own_child_sa_alone),
        cmocka_unit_test(a_child_sa_whose_delete_was_answered_does_not_move_to_a_replacement_any_more),
        cmocka_unit_test(random_is_a_leaf_while_an_spi_is_drawn_and_no_longer),
        cmocka_unit_test(and_while_a_child_sa_is_added),
        cmocka_unit_test(what_is_decided_after_its_place_is_told_after_the_other_ike_sas),
        cmocka_unit_test(send_is_a_leaf_in_what_is_decided_between_callbacks_too),
        cmocka_unit_test(a_host_without_attempt_sees_all_else_as_one_that_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
