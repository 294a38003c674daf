/* SPDX-License-Identifier: ISC */
/* Promises about endings: each thing is reported once, Child SAs first, and nothing is begun any more. */
#include "support/peer.h"
#include "support/test.h"

#include <stdlib.h>

static const char *const suite = "chacha20poly1305-prfsha256";

enum { N_CHILDREN = 3 };

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, N_CHILDREN, NULL);
}

static void end_by_timeout(struct host *host)
{
    host_run_to_the_end(host);
}

static void end_by_delete(struct host *host)
{
    static const uint8_t request[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    struct peer_message message = {.first_payload = IKL_PAYLOAD_DELETE, .plaintext = {request, sizeof(request)}};

    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
}

static void end_by_close(struct host *host)
{
    ikl_sa_close(host->sa, host->now);
}

static void end_by_free(struct host *host)
{
    ikl_sa_free(host->sa);
}

static void end_by_free_of_the_endpoint(struct host *host)
{
    assert_int_equal(ikl_endpoint_free(host->endpoint), IKL_OK);
    host->endpoint = NULL;
}

static const struct {
    void (*end)(struct host *host);
    enum ikl_down_reason reason;
} endings[] = {{end_by_timeout, IKL_DOWN_TIMEOUT},
               {end_by_delete, IKL_DOWN_PEER_DELETED},
               {end_by_close, IKL_DOWN_CLOSED},
               {end_by_free, IKL_DOWN_CLOSED},
               {end_by_free_of_the_endpoint, IKL_DOWN_CLOSED}};

/* What the host hears of an end, from the first change of state on. */
static void assert_reports(struct host *host, enum ikl_down_reason reason)
{
    const struct event *event = host_event(host, EVENT_STATE, 0);

    assert_int_equal(host_count(host, EVENT_STATE), 2);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), N_CHILDREN);
    assert_int_equal(host_count(host, EVENT_DOWN), 1);
    assert_ptr_equal(event + N_CHILDREN + 4, host->events + host->n_events);
    assert_int_equal(event->state, IKL_SA_DYING);
    event++;
    assert_int_equal(event->kind, EVENT_REACHABILITY);
    assert_int_equal(event->reachability.reachability, IKL_REACHABILITY_DOWN);
    assert_int_equal(event->reachability.at, host->now);
    for (uint32_t i = 0; i < N_CHILDREN; i++) {
        event++;
        assert_int_equal(event->kind, EVENT_CHILD_DOWN);
        assert_int_equal(event->spi_in, 0xa0000001 + i);
        assert_int_equal(event->down.reason, reason);
        assert_int_equal(event->down.at, host->now);
    }
    event++;
    assert_int_equal(event->kind, EVENT_STATE);
    assert_int_equal(event->state, IKL_SA_DEAD);
    event++;
    assert_int_equal(event->kind, EVENT_DOWN);
    assert_int_equal(event->down.reason, reason);
    assert_int_equal(event->down.at, host->now);
    assert_int_equal(event->down.last_evidence, reason == IKL_DOWN_TIMEOUT ? 1000 : host->now);
}

static void down_is_reported_once_for_each_child_sa_and_then_once_for_the_ike_sa(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        struct host host;

        one_ike_sa(&host);
        host_advance(&host, 1000);
        ikl_child_heard(host.children[1], 1000);
        endings[i].end(&host);
        assert_reports(&host, endings[i].reason);
        if (host.endpoint != NULL) {
            host_run_to_the_end(&host);
            assert_reports(&host, endings[i].reason);
        }
        host_clear(&host);
    }
}

/* Seen from inside each report: the IKE SA cannot be found any more, will do nothing more, and refuses everything. */
static int look_around(struct host *host, struct event *event)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 0xa1, .spi_out = 0xb1};
    bool dead = ikl_sa_state(host->sa) == IKL_SA_DEAD;

    if (event->kind == EVENT_STATE || event->kind == EVENT_CHILD_DOWN || event->kind == EVENT_DOWN) {
        assert_null(ikl_endpoint_find(host->endpoint, ikl_sa_spi_i(host->sa)));
        assert_int_equal(ikl_endpoint_next_deadline(host->endpoint), IKL_NEVER);
        assert_int_equal(ikl_endpoint_n_sas(host->endpoint), dead ? 0 : 1);
        assert_int_equal(host_info(host).outstanding, 0);
        assert_int_equal(host_info(host).outstanding_deadline, IKL_NEVER);
        assert_int_equal(host_info(host).idle_deadline, IKL_NEVER);
        assert_int_equal(ikl_sa_probe(host->sa, host->now), IKL_ERR_STATE);
        assert_int_equal(ikl_sa_respond(host->sa, 0, NULL, 0, host->now), IKL_ERR_STATE);
        assert_int_equal(ikl_sa_add_child(host->sa, &config, NULL), IKL_ERR_STATE);
        assert_int_equal(ikl_sa_remove_child(host->sa, host->children[N_CHILDREN - 1]), IKL_ERR_STATE);
        ikl_sa_close(host->sa, host->now); /* does nothing */
    }
    return IKL_OK;
}

static void from_the_first_report_on_the_ike_sa_is_unlinked_and_refuses_everything(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        struct host host;

        one_ike_sa(&host);
        host_advance(&host, 1000);
        ikl_child_heard(host.children[1], 1000);
        host.on_event = look_around;
        endings[i].end(&host);
        assert_reports(&host, endings[i].reason);
        host_clear(&host);
    }
}

static void a_dead_ike_sa_refuses_everything_and_can_be_asked_until_it_is_freed(void **state)
{
    char text[4096];
    struct host host;

    (void)state;
    one_ike_sa(&host);
    ikl_sa_close(host.sa, 1000);
    host_forget(&host);
    look_around(&host, &(struct event){.kind = EVENT_DOWN});
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
    assert_int_equal(host_info(&host).state, IKL_SA_DEAD);
    assert_int_equal(host_info(&host).n_children, 0);
    assert_null(ikl_sa_first_child(host.sa));
    assert_true(ikl_sa_describe(host.sa, 2000, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "DEAD"));
    assert_ptr_equal(ikl_sa_user(host.sa), &host);
    ikl_sa_free(host.sa);
    assert_int_equal(host.n_events, 0); /* it was reported before */
    host_clear(&host);
}

static void close_says_nothing_to_the_peer(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    ikl_sa_close(host.sa, 700);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.at, 700);
    ikl_sa_close(host.sa, 800);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

static void free_closes_at_the_latest_time_of_the_endpoint(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host_advance(&host, 3210);
    ikl_sa_free(NULL);
    assert_int_equal(host.n_events, 0);
    ikl_sa_free(host.sa);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.at, 3210);
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 0);
    host_clear(&host);
}

static void freeing_the_endpoint_closes_every_ike_sa_that_is_left(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sas[100];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    for (uint32_t i = 0; i < COUNT_OF(sas); i++) {
        test_sa_config(&config, &keys, suite, true, i);
        assert_int_equal(ikl_sa_new(&sas[i], host.endpoint, &config, 0), IKL_OK);
    }
    ikl_sa_free(sas[0]);
    ikl_sa_free(sas[50]);
    ikl_sa_close(sas[99], 0);
    assert_int_equal(host_count(&host, EVENT_DOWN), 3);
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    host.endpoint = NULL;
    assert_int_equal(host_count(&host, EVENT_DOWN), 100);
    for (size_t i = 0; i < COUNT_OF(sas); i++) {
        size_t reports = 0;

        for (size_t j = 0; j < host.n_events; j++) {
            reports += host.events[j].kind == EVENT_DOWN && host.events[j].sa == sas[i] ? 1 : 0;
        }
        assert_int_equal(reports, 1);
    }
    host_clear(&host); /* frees null, which is allowed */
}

enum { N_SAS = 70 }; /* more than one chunk of the slab */

/* Several IKE SAs; in each report of an end the host does something with all of them. */
struct neighbours {
    struct ikl_sa *sas[N_SAS];
    void (*act)(struct host *host, struct ikl_sa *sa);
    size_t downs[N_SAS];
};

static void look_at(struct host *host, struct ikl_sa *sa)
{
    struct ikl_sa_info info = {.size = sizeof(info)};
    char text[4096];

    assert_ptr_equal(ikl_sa_endpoint(sa), host->endpoint);
    assert_ptr_equal(ikl_sa_user(sa), host);
    assert_string_not_equal(ikl_sa_state_name(ikl_sa_state(sa)), "?");
    assert_int_equal(ikl_sa_query(sa, &info), IKL_OK);
    assert_int_equal(info.state, ikl_sa_state(sa));
    assert_true(ikl_sa_describe(sa, host->now, text, sizeof(text)) > 0);
}

static void read_history(struct host *host, struct ikl_sa *sa)
{
    struct ikl_event event;
    char text[4096];

    assert_true(ikl_sa_history_text(sa, host->now, text, sizeof(text)) >= 0);
    (void)ikl_sa_history(sa, &event, 1);
    (void)ikl_sa_path(sa);
}

static void close_it(struct host *host, struct ikl_sa *sa)
{
    ikl_sa_close(sa, host->now);
}

static void free_it(struct host *host, struct ikl_sa *sa)
{
    (void)host;
    ikl_sa_free(sa);
}

static void close_and_free(struct host *host, struct ikl_sa *sa)
{
    ikl_sa_close(sa, host->now);
    look_at(host, sa);
    ikl_sa_free(sa);
    look_at(host, sa);
}

static void delete_it(struct host *host, struct ikl_sa *sa)
{
    int result = ikl_sa_delete(sa, 1000, host->now);

    /* the pool is not made for so many at once */
    assert_true(result == IKL_OK || result == IKL_ERR_STATE || result == IKL_ERR_NO_BUFFER);
}

static int act_on_all(struct host *host, struct event *event)
{
    struct neighbours *neighbours = host->context;

    assert_int_equal(ikl_endpoint_free(host->endpoint), IKL_ERR_REENTRANT);
    for (size_t i = 0; i < N_SAS; i++) {
        if (neighbours->sas[i] == event->sa && event->kind == EVENT_DOWN) {
            neighbours->downs[i]++;
        }
    }
    if (event->kind == EVENT_DOWN || event->kind == EVENT_CHILD_DOWN) {
        for (size_t i = 0; i < N_SAS; i++) {
            neighbours->act(host, neighbours->sas[i]);
        }
    }
    return IKL_OK;
}

static void many_sas(struct host *host, struct neighbours *neighbours)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    host_init(host, "a", 0, NULL);
    for (uint32_t i = 0; i < N_SAS; i++) {
        test_sa_config(&config, &keys, suite, true, i);
        config.user = host;
        assert_int_equal(ikl_sa_new(&neighbours->sas[i], host->endpoint, &config, 0), IKL_OK);
        host->sa = neighbours->sas[i];
    }
    host_add_children(host, true, 1);
}

static void freeing_the_endpoint_closes_all_first_and_then_frees_all_whatever_callbacks_do(void **state)
{
    static void (*const acts[])(struct host * host, struct ikl_sa * sa) = {look_at, read_history,   close_it,
                                                                           free_it, close_and_free, delete_it};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        struct neighbours neighbours = {.act = acts[i]};
        struct host host;

        many_sas(&host, &neighbours);
        host.context = &neighbours;
        host.on_event = act_on_all;
        assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
        host.endpoint = NULL;
        for (size_t j = 0; j < N_SAS; j++) {
            assert_int_equal(neighbours.downs[j], 1);
        }
        assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
        host_clear(&host);
    }
}

/* What the host's objects are in these tests, all freed inside one callback. */
struct mine {
    int sa, children[N_CHILDREN], contexts[2];
};

/* A host that frees its objects in the first callback of this kind. */
struct freeing {
    enum event_kind in;
    bool freed;
    size_t later; /* callbacks after that */
    struct mine *mine;
    struct ikl_request *requests[2];
};

static void free_mine(struct host *host, struct freeing *freeing)
{
    ikl_sa_set_user(host->sa, NULL);
    for (struct ikl_child *child = ikl_sa_first_child(host->sa); child != NULL;
         child = ikl_sa_next_child(host->sa, child)) {
        ikl_child_set_user(child, NULL);
    }
    for (size_t i = 0; i < COUNT_OF(freeing->requests); i++) {
        ikl_sa_set_context(host->sa, freeing->requests[i], NULL);
    }
    free(freeing->mine);
    freeing->mine = NULL;
    freeing->freed = true;
}

static int free_inside(struct host *host, struct event *event)
{
    struct freeing *freeing = host->context;

    if (freeing->freed) {
        freeing->later++;
        assert_null(ikl_sa_user(host->sa));
        assert_null(event->child != NULL ? ikl_child_user(event->child) : NULL);
        assert_null(event->kind == EVENT_OUTCOME ? event->outcome.context : NULL);
    } else if (event->kind == freeing->in) {
        if (event->child != NULL) {
            ikl_child_set_user(event->child, NULL);
            assert_null(ikl_child_user(event->child));
        }
        free_mine(host, freeing);
    } else {
        *(int *)ikl_sa_user(host->sa) += 1; /* whatever is still told is still there */
    }
    return IKL_OK;
}

static void own_things(struct host *host, struct freeing *freeing)
{
    struct ikl_request_options options = {.size = sizeof(options)};

    freeing->mine = calloc(1, sizeof(*freeing->mine));
    assert_non_null(freeing->mine);
    ikl_sa_set_user(host->sa, &freeing->mine->sa);
    for (size_t i = 0; i < N_CHILDREN; i++) {
        ikl_child_set_user(host->children[i], &freeing->mine->children[i]);
        assert_ptr_equal(ikl_child_user(host->children[i]), &freeing->mine->children[i]);
    }
    for (size_t i = 0; i < COUNT_OF(freeing->requests); i++) { /* one sent, one queued */
        options.context = &freeing->mine->contexts[i];
        assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, &options, 0, &freeing->requests[i]),
                         IKL_OK);
    }
    assert_ptr_equal(ikl_sa_find_request(host->sa, 0), freeing->requests[0]);
    assert_null(ikl_sa_find_request(host->sa, 1));
}

static void a_host_that_frees_its_objects_in_any_callback_of_an_end_is_not_handed_them_again(void **state)
{
    /* in this order, the last one with nothing behind it */
    static const enum event_kind kinds[] = {EVENT_OUTCOME, EVENT_STATE, EVENT_REACHABILITY, EVENT_CHILD_DOWN,
                                            EVENT_DOWN};
    static const size_t later[] = {N_CHILDREN + 5, N_CHILDREN + 3, N_CHILDREN + 2, N_CHILDREN + 1, 0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(endings) * COUNT_OF(kinds); i++) {
        struct freeing freeing = {.in = kinds[i % COUNT_OF(kinds)]};
        bool timeout = endings[i / COUNT_OF(kinds)].end == end_by_timeout;
        struct host host;

        one_ike_sa(&host);
        own_things(&host, &freeing);
        host.context = &freeing;
        host.on_event = free_inside;
        endings[i / COUNT_OF(kinds)].end(&host);
        assert_true(freeing.freed);
        /* the peer of a timeout is SUSPECT at the first retransmission, and DOWN at the end */
        assert_true(freeing.later == later[i % COUNT_OF(kinds)] || (timeout && freeing.in == EVENT_REACHABILITY));
        host_clear(&host);
    }
}

static int set_in_alive(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ALIVE) {
        ikl_sa_set_context(host->sa, host->context, NULL);
        ikl_endpoint_set_user(host->endpoint, host); /* the same: the record goes on */
    }
    return IKL_OK;
}

static void a_context_set_when_the_answer_is_already_in_hand_is_the_one_given_back(void **state)
{
    struct ikl_request_options options = {.size = sizeof(options), .context = &options};
    struct ikl_request *request;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, &options, 0, &request), IKL_OK);
    host.context = request;
    host.on_event = set_in_alive;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_null(host_event(&host, EVENT_OUTCOME, 0)->outcome.context);
    ikl_sa_set_context(host.sa, request, &options); /* reported before: nothing happens */
    assert_null(ikl_sa_find_request(host.sa, 0));
    host_clear(&host);
}

/* The first that is answered is not the one whose context changes. */
static void a_context_set_while_another_answer_is_in_hand_is_given_back_later(void **state)
{
    struct ikl_request_options options = {.size = sizeof(options), .context = &options};
    struct ikl_request *requests[2];
    struct host host;

    (void)state;
    one_ike_sa(&host);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, &options, 0, &requests[i]), IKL_OK);
    }
    host.context = requests[1];
    host.on_event = set_in_alive;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_ptr_equal(host_event(&host, EVENT_OUTCOME, 0)->outcome.context, &options);
    host.on_event = NULL;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true, .message_id = 1}), IKL_OK);
    assert_null(host_event(&host, EVENT_OUTCOME, 1)->outcome.context);
    host_clear(&host);
}

static void only_a_request_of_the_hosts_whose_outcome_is_still_to_come_is_found(void **state)
{
    struct ikl_request *request;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_null(ikl_sa_find_request(host.sa, 0));
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, &request), IKL_OK);
    assert_ptr_equal(ikl_sa_find_request(host.sa, 1), request);
    ikl_sa_cancel(host.sa, request, 0);
    assert_null(ikl_sa_find_request(host.sa, 1));
    host_clear(&host);
}

static void the_user_of_an_endpoint_can_be_changed(void **state)
{
    struct host host, other;

    (void)state;
    one_ike_sa(&host);
    other = host;
    other.n_events = 0;
    ikl_endpoint_set_user(host.endpoint, &other);
    assert_ptr_equal(ikl_endpoint_user(host.endpoint), &other);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(host_count(&other, EVENT_DOWN), 1);
    host_clear(&host);
}

static int make_another(struct host *host, struct event *event)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;

    test_sa_config(&config, &keys, suite, true, 7);
    if (event->kind == EVENT_DOWN) {
        assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_ERR_STATE);
    }
    return IKL_OK;
}

static void no_ike_sa_is_made_while_the_endpoint_is_freed(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    host.on_event = make_another;
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    host.endpoint = NULL;
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

TESTS_OF(ending)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(down_is_reported_once_for_each_child_sa_and_then_once_for_the_ike_sa),
        cmocka_unit_test(from_the_first_report_on_the_ike_sa_is_unlinked_and_refuses_everything),
        cmocka_unit_test(a_dead_ike_sa_refuses_everything_and_can_be_asked_until_it_is_freed),
        cmocka_unit_test(close_says_nothing_to_the_peer),
        cmocka_unit_test(free_closes_at_the_latest_time_of_the_endpoint),
        cmocka_unit_test(freeing_the_endpoint_closes_every_ike_sa_that_is_left),
        cmocka_unit_test(freeing_the_endpoint_closes_all_first_and_then_frees_all_whatever_callbacks_do),
        cmocka_unit_test(a_host_that_frees_its_objects_in_any_callback_of_an_end_is_not_handed_them_again),
        cmocka_unit_test(a_context_set_when_the_answer_is_already_in_hand_is_the_one_given_back),
        cmocka_unit_test(a_context_set_while_another_answer_is_in_hand_is_given_back_later),
        cmocka_unit_test(only_a_request_of_the_hosts_whose_outcome_is_still_to_come_is_found),
        cmocka_unit_test(the_user_of_an_endpoint_can_be_changed),
        cmocka_unit_test(no_ike_sa_is_made_while_the_endpoint_is_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
