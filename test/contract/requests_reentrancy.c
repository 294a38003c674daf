/* Promises about requests when callbacks interfere: whatever is called from inside whichever callback, every request
 * has one outcome, nothing is reported of an IKE SA that was reported down, and what is sent twice is the same.
 * SPDX-License-Identifier: ISC */
#include "support/asking.h"
#include "support/drain.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = ASKING_SUITE;

enum { MAX_ASKED = 100, MAX_ACTS = 12, FLAGS = 19, MESSAGE_ID = 20, MARGIN = 10 };

/* One IKE SA to which everything happens, and another. */
struct drama {
    enum event_kind when;
    void (*act)(struct host *host);
    bool every; /* in every callback of this kind, not only the first */
    size_t acts;
    bool freed;
    struct ikl_sa *other;
    struct ikl_path path;
    uint8_t n_asked; /* requests accepted, marked from 0 */
    struct ikl_outgoing *requests[MAX_ASKED];
    struct ikl_sa *owners[MAX_ASKED];
};

static struct drama *drama_of(struct host *host)
{
    return host->context;
}

static void ask_of(struct host *host, struct ikl_sa *sa)
{
    struct drama *drama = drama_of(host);
    uint8_t mark = drama->n_asked;
    struct ikl_request_options options = {.size = sizeof(options), .context = asking_context(mark)};
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {&mark, 1}};

    assert_true(mark < MAX_ASKED);
    drama->owners[mark] = sa;
    drama->n_asked++; /* before, because callbacks may ask as well */
    if (ikl_sa_request(sa, IKL_INFORMATIONAL, &payload, 1, &options, host->now, &drama->requests[mark]) != IKL_OK) {
        drama->owners[mark] = NULL;
    }
}

static void do_ask(struct host *host)
{
    ask_of(host, host->sa);
}

static void do_ask_of_the_other(struct host *host)
{
    ask_of(host, drama_of(host)->other);
}

static bool has_outcome(struct host *host, uint8_t mark)
{
    for (size_t i = 0; i < host_count(host, EVENT_OUTCOME); i++) {
        if (outcome(host, i)->context == asking_context(mark)) {
            return true;
        }
    }
    return false;
}

static void do_cancel_all(struct host *host)
{
    struct drama *drama = drama_of(host);

    for (uint8_t mark = 0; mark < drama->n_asked; mark++) {
        if (drama->owners[mark] != NULL && drama->requests[mark] != NULL && !has_outcome(host, mark)) {
            ikl_sa_cancel(drama->owners[mark], drama->requests[mark], host->now);
        }
    }
}

static void do_establish(struct host *host)
{
    assert_int_equal(ikl_sa_established(host->sa, host->now), IKL_OK);
}

static void do_close(struct host *host)
{
    ikl_sa_close(host->sa, host->now);
}

static void do_free(struct host *host)
{
    ikl_sa_free(host->sa);
    drama_of(host)->freed = true; /* the handle is good until the outermost call returns */
}

static void do_delete(struct host *host)
{
    int result = ikl_sa_delete(host->sa, 5000, host->now);

    assert_true(result == IKL_OK || result == IKL_ERR_CLOSING || result == IKL_ERR_NO_BUFFER);
}

static void do_delete_a_child(struct host *host)
{
    struct ikl_child *child = ikl_sa_first_child(host->sa);

    if (child != NULL) {
        (void)(ikl_sa_delete_children(host->sa, &child, 1, host->now) == IKL_OK);
    }
}

static void do_widen_the_window(struct host *host)
{
    ikl_sa_peer_window(host->sa, 8, host->now);
}

static void do_respond(struct host *host)
{
    for (uint32_t id = 0; id < 8; id++) {
        int result = ikl_sa_respond(host->sa, id, NULL, 0, host->now);

        assert_true(result == IKL_OK || result == IKL_ERR_NOT_FOUND || result == IKL_ERR_CLOSING ||
                    result == IKL_ERR_NO_BUFFER);
    }
}

static void do_probe(struct host *host)
{
    int result = ikl_sa_probe(host->sa, host->now);

    assert_true(result == IKL_OK || result == IKL_ERR_BUSY || result == IKL_ERR_CLOSING || result == IKL_ERR_NO_BUFFER);
}

static void do_move(struct host *host)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.remote.port++;
    (void)(ikl_sa_set_path(host->sa, &path, host->now) == IKL_OK);
}

/* Queued requests move to the other IKE SA. */
static void do_replace(struct host *host)
{
    struct drama *drama = drama_of(host);

    if (ikl_sa_replace(host->sa, drama->other, true, 5000, host->now) == IKL_OK) {
        for (uint8_t mark = 0; mark < drama->n_asked; mark++) {
            drama->owners[mark] = NULL; /* so that none is cancelled with the wrong one */
        }
    }
}

static void do_end_the_other(struct host *host)
{
    ikl_sa_close(drama_of(host)->other, host->now);
}

static int act(struct host *host, struct event *event)
{
    struct drama *drama = drama_of(host);

    if (event->kind == drama->when && event->sa == host->sa && drama->acts < (drama->every ? MAX_ACTS : 1)) {
        drama->acts++;
        drama->act(host);
    }
    return IKL_OK;
}

/* What the host does of its own accord, while it can. */
static void unless_freed(struct host *host, void (*action)(struct host *host))
{
    if (!drama_of(host)->freed) {
        action(host);
    }
}

static void hear(struct host *host, const struct ikl_path *path, const struct peer_message *message)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(message, suite, datagram);

    (void)ikl_endpoint_receive(host->endpoint, path, datagram, len, host->now);
}

static void hear_answer(struct host *host, uint32_t message_id)
{
    hear(host, &drama_of(host)->path, &(struct peer_message){.response = true, .message_id = message_id});
}

static void hear_request(struct host *host, const struct ikl_path *path, uint32_t message_id)
{
    hear(host, path, &(struct peer_message){.exchange = IKL_CREATE_CHILD_SA, .message_id = message_id});
}

/* Something of everything, so that every callback is called at least once unless the IKE SA ends before. */
static void play(struct host *host)
{
    static const uint8_t delete[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 1};
    struct ikl_path elsewhere = drama_of(host)->path;
    uint32_t first = IKL_MESSAGE_ID_NONE - MARGIN - 2;

    elsewhere.remote.port = 4501;
    do_establish(host);
    for (size_t i = 0; i < 5; i++) {
        unless_freed(host, do_ask); /* two of them go out; Message IDs run out with the second */
    }
    host_advance(host, 1000); /* SUSPECT */
    hear_request(host, &elsewhere, 0);
    hear_answer(host, first + 1); /* UP */
    hear_answer(host, first);
    hear_request(host, &drama_of(host)->path, 1);
    hear_request(host, &drama_of(host)->path, 1);
    hear(host, &elsewhere,
         &(struct peer_message){
             .message_id = 2, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete, sizeof(delete)}});
    unless_freed(host, do_delete_a_child);
    hear(host, &elsewhere, &(struct peer_message){.response = true, .message_id = first + 2});
    hear_answer(host, first + 3);
    hear_answer(host, first + 4);
    hear_answer(host, first + 5);
    hear(host, &elsewhere, &(struct peer_message){.message_id = 3});
    host_run_to_the_end(host);
}

static void assert_one_outcome_each(struct host *host)
{
    struct drama *drama = drama_of(host);
    size_t n = 0;

    for (uint8_t mark = 0; mark < drama->n_asked; mark++) {
        if (has_outcome(host, mark)) {
            (void)outcome_of(host, mark); /* exactly one */
            n++;
        } else {
            assert_null(drama->requests[mark]); /* it was refused */
        }
    }
    assert_int_equal(host_count(host, EVENT_OUTCOME), n);
}

static void assert_nothing_after_down(const struct host *host)
{
    for (size_t i = 0; i < host->n_events; i++) {
        for (size_t j = i + 1; host->events[i].kind == EVENT_DOWN && j < host->n_events; j++) {
            assert_ptr_not_equal(host->events[j].sa, host->events[i].sa);
        }
    }
}

static bool same_message(const struct event *a, const struct event *b)
{
    return a->kind == EVENT_SENT && b->kind == EVENT_SENT && a->sa == b->sa &&
           a->datagram[FLAGS] == b->datagram[FLAGS] &&
           memcmp(a->datagram + MESSAGE_ID, b->datagram + MESSAGE_ID, 4) == 0;
}

static void assert_each_message_is_always_the_same(const struct host *host)
{
    for (size_t i = 0; i < host->n_events; i++) {
        for (size_t j = i + 1; j < host->n_events; j++) {
            const struct event *a = &host->events[i], *b = &host->events[j];

            if (same_message(a, b)) {
                assert_int_equal(a->len, b->len);
                assert_memory_equal(a->datagram, b->datagram, a->len);
            }
        }
    }
}

static void with_margin(struct ikl_endpoint_config *config)
{
    config->exhaustion_margin = MARGIN;
}

static void make_ike_sas(struct host *host, struct drama *drama)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&drama->other, host->endpoint, &config, 0), IKL_OK);
    test_sa_config(&config, &keys, suite, true, 0);
    config.connecting = true;
    config.ids.next_request = config.ids.unanswered = IKL_MESSAGE_ID_NONE - MARGIN - 2;
    config.ids.peer_window = 2;
    config.ids.own_window = 2;
    assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &config, 0), IKL_OK);
    host_add_children(host, true, 3);
    drama->path = *ikl_sa_path(host->sa);
}

static void run_drama(enum event_kind when, void (*action)(struct host *host), bool every)
{
    struct drama drama = {.when = when, .act = action, .every = every};
    struct host host;

    host_init(&host, "a", 0, with_margin);
    make_ike_sas(&host, &drama);
    host.context = &drama;
    host.on_event = act;
    play(&host);
    assert_true(drama.acts > 0);
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 0);
    assert_int_equal(host_count(&host, EVENT_DOWN), 2);
    assert_true(pool_is_whole(&host));
    assert_one_outcome_each(&host);
    assert_nothing_after_down(&host);
    assert_each_message_is_always_the_same(&host);
    host_clear(&host);
}

static void every_act_in_every_callback(bool every)
{
    static const enum event_kind kinds[] = {EVENT_SENT,    EVENT_ATTEMPT,      EVENT_ALIVE,   EVENT_REQUEST,
                                            EVENT_STATE,   EVENT_REACHABILITY, EVENT_ADDRESS, EVENT_EXHAUSTION,
                                            EVENT_OUTCOME, EVENT_CHILD_DOWN,   EVENT_DOWN};
    static void (*const acts[])(struct host *) = {
        do_ask,  do_ask_of_the_other, do_cancel_all, do_close,   do_free,          do_delete,
        do_move, do_delete_a_child,   do_respond,    do_replace, do_end_the_other, do_widen_the_window,
        do_probe};

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        for (size_t j = 0; j < COUNT_OF(acts); j++) {
            run_drama(kinds[i], acts[j], every);
        }
    }
}

static void whatever_the_first_callback_of_a_kind_calls_every_request_has_one_outcome(void **state)
{
    (void)state;
    every_act_in_every_callback(false);
}

static void whatever_every_callback_of_a_kind_calls_every_request_has_one_outcome(void **state)
{
    (void)state;
    every_act_in_every_callback(true);
}

static int close_in(struct host *host, struct event *event)
{
    if (event->kind == *(const enum event_kind *)host->context) {
        ikl_sa_close(host->sa, host->now);
    }
    return IKL_OK;
}

/* The answer was there, so that is the outcome, and it comes before the IKE SA is reported down. */
static void an_answer_whose_report_closes_the_ike_sa_is_an_answer_all_the_same(void **state)
{
    static const enum event_kind kinds[] = {EVENT_ADDRESS, EVENT_REACHABILITY, EVENT_ALIVE, EVENT_OUTCOME};
    static const uint8_t inside[] = {0, 0, 0, 8, 0, 0, 0x40, 0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct drama drama = {.n_asked = 0};
        const struct event *event;
        struct ikl_path path;
        struct host host;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, 1, NULL);
        (void)ask(&host, 1);
        (void)ask(&host, 2);
        host_advance(&host, 1000); /* SUSPECT */
        path = *ikl_sa_path(host.sa);
        path.remote.port = 4501;
        drama.when = kinds[i];
        host.context = &drama.when;
        host.on_event = close_in;
        hear(&host, &path,
             &(struct peer_message){
                 .response = true, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {inside, sizeof(inside)}});
        event = host_event(&host, EVENT_OUTCOME, 0);
        assert_int_equal(event->outcome.kind, IKL_OUTCOME_ANSWERED);
        assert_int_equal(event->outcome.status, IKL_OK);
        assert_int_equal(event->len, sizeof(inside));
        assert_memory_equal(event->datagram, inside, sizeof(inside));
        assert_int_equal(outcome_of(&host, 2)->kind, IKL_OUTCOME_SA_GONE);
        assert_int_equal(host_count(&host, EVENT_DOWN), 1);
        assert_nothing_after_down(&host);
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

/* Although the second request lies where the first one lay. */
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
        assert_int_equal(ikl_sa_replace(host->sa, drama_of(host)->other, true, 1000, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void a_child_sa_whose_delete_was_answered_does_not_move_to_a_replacement_any_more(void **state)
{
    struct drama drama = {.n_asked = 0};
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 2, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&drama.other, host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete_children(host.sa, &host.children[0], 1, 0), IKL_OK);
    host.context = &drama;
    host.on_event = replace_now;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_ptr_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->sa, host.sa);
    assert_ptr_equal(ikl_sa_first_child(drama.other), host.children[1]);
    assert_null(ikl_sa_next_child(drama.other, host.children[1]));
    host.on_event = NULL;
    host_clear(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_the_first_callback_of_a_kind_calls_every_request_has_one_outcome),
        cmocka_unit_test(whatever_every_callback_of_a_kind_calls_every_request_has_one_outcome),
        cmocka_unit_test(an_answer_whose_report_closes_the_ike_sa_is_an_answer_all_the_same),
        cmocka_unit_test(a_delete_that_is_made_while_the_answer_to_another_is_reported_ends_its_own_child_sa_alone),
        cmocka_unit_test(a_child_sa_whose_delete_was_answered_does_not_move_to_a_replacement_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
