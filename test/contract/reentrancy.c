/* Promises about callbacks: from inside one everything may be called but three functions, and whatever is called, each
 * thing is still reported once.
 * SPDX-License-Identifier: ISC */
#include "support/peer.h"
#include "support/story.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { N_KINDS = EVENT_UNMATCHED + 1, N_CHILDREN = 3, DELETED_CHILD = 1 };

static int try_what_is_not_allowed(struct host *host, struct event *event)
{
    struct snapshot before = snapshot_of(host), after;
    size_t n_events = host->n_events;
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.message_id = STORY_FRESH}, suite, datagram);

    (void)event;
    assert_int_equal(ikl_endpoint_receive(host->endpoint, ikl_sa_path(host->sa), datagram, len, host->now + 1),
                     IKL_ERR_REENTRANT);
    assert_int_equal(ikl_endpoint_advance(host->endpoint, host->now + 1000000), IKL_ERR_REENTRANT);
    assert_int_equal(ikl_endpoint_free(host->endpoint), IKL_ERR_REENTRANT);
    after = snapshot_of(host);
    assert_same_state(&before, &after);
    assert_same_counters(&before.counters, &after.counters);
    assert_int_equal(host->n_events, n_events);
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

/* Whatever the outermost call is, not only receive and advance. */
static void they_are_refused_inside_callbacks_of_every_function(void **state)
{
    struct peer_message request = {.exchange = IKL_CREATE_CHILD_SA};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, N_CHILDREN, NULL);
    assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
    host.on_event = try_what_is_not_allowed;
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

static int talk_to_another_endpoint(struct host *host, struct event *event)
{
    struct host *other = host->context;

    return event->kind == EVENT_SENT ? host_receive(other, event) : IKL_OK;
}

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

/* What a callback does, and how much of it is to be expected in the reports. */
struct drama {
    enum event_kind when; /* in the first callback of this kind */
    void (*act)(struct host *host);
    struct ikl_sa *other;
    struct ikl_path path;
    size_t made, added, removed; /* IKE SAs made, Child SAs added, and taken out again */
    bool acted, freed;
};

static struct drama *drama_of(struct host *host)
{
    return host->context;
}

static struct ikl_sa *make_sa(struct host *host, uint32_t n)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa = NULL;

    test_sa_config(&config, &keys, suite, true, n);
    assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_OK);
    drama_of(host)->made++;
    return sa;
}

static void do_close(struct host *host)
{
    ikl_sa_close(host->sa, host->now);
}

static void do_free(struct host *host)
{
    ikl_sa_free(host->sa);
    ikl_sa_free(host->sa);
    drama_of(host)->freed = true;
}

static void do_close_and_free(struct host *host)
{
    do_close(host);
    do_free(host);
}

static void do_probe(struct host *host)
{
    bool open = ikl_sa_state(host->sa) == IKL_SA_ESTABLISHED;
    int result = ikl_sa_probe(host->sa, host->now);

    assert_true(open ? result == IKL_OK || result == IKL_ERR_BUSY : result == IKL_ERR_CLOSING);
}

static void do_add_child(struct host *host)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_AH, .spi_in = 0xa1, .spi_out = 0xb1};

    if (ikl_sa_add_child(host->sa, &config, NULL) == IKL_OK) {
        drama_of(host)->added++;
    }
}

static void do_remove_children(struct host *host)
{
    struct ikl_child *child;

    while ((child = ikl_sa_first_child(host->sa)) != NULL && ikl_sa_remove_child(host->sa, child) == IKL_OK) {
        drama_of(host)->removed++;
    }
}

static void do_make_another(struct host *host)
{
    uint64_t spi = 0;

    assert_int_equal(ikl_endpoint_new_spi(host->endpoint, &spi), IKL_OK);
    assert_null(ikl_endpoint_find(host->endpoint, spi));
    (void)make_sa(host, 2);
}

static void do_make_and_free_another(struct host *host)
{
    ikl_sa_free(make_sa(host, 2));
}

static void do_end_the_other(struct host *host)
{
    ikl_sa_close(drama_of(host)->other, host->now);
    ikl_sa_free(drama_of(host)->other);
}

static void do_probe_the_other(struct host *host)
{
    int result = ikl_sa_probe(drama_of(host)->other, host->now);

    assert_true(result == IKL_OK || result == IKL_ERR_BUSY || result == IKL_ERR_CLOSING);
}

static void do_respond(struct host *host)
{
    int result = ikl_sa_respond(host->sa, 2, NULL, 0, host->now);

    assert_true(result == IKL_OK || result == IKL_ERR_NOT_FOUND || result == IKL_ERR_CLOSING);
}

static void do_ask(struct host *host)
{
    struct snapshot snapshot = snapshot_of(host);
    char text[4096];

    assert_true(ikl_sa_describe(host->sa, host->now, text, sizeof(text)) > 0);
    assert_int_equal(snapshot.info.state, ikl_sa_state(host->sa));
    assert_ptr_equal(ikl_endpoint_user(host->endpoint), host);
    assert_ptr_equal(ikl_sa_user(host->sa), host);
}

static int act_once(struct host *host, struct event *event)
{
    struct drama *drama = drama_of(host);

    if (event->kind == drama->when && !drama->acted && (event->sa == host->sa || event->kind == EVENT_UNMATCHED)) {
        drama->acted = true;
        drama->act(host);
    }
    return IKL_OK;
}

static void hear(struct host *host, const struct peer_message *message)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(message, suite, datagram);

    (void)ikl_endpoint_receive(host->endpoint, &drama_of(host)->path, datagram, len, host->now);
}

static void hear_noise(struct host *host)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.message_id = 0}, suite, datagram);

    datagram[0] ^= 1; /* an unknown SPI */
    (void)ikl_endpoint_receive(host->endpoint, &drama_of(host)->path, datagram, len, host->now);
}

/* Something of everything, so that every callback is called at least once unless the IKE SA ends before. */
static void play(struct host *host)
{
    static const uint8_t delete[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 1 + DELETED_CHILD};

    hear(host, &(struct peer_message){.message_id = 0});
    hear_noise(host);
    hear(host, &(struct peer_message){.message_id = 0});
    hear(host, &(struct peer_message){
                   .message_id = 1, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete, sizeof(delete)}});
    host_advance(host, 5000);
    host_advance(host, 6000);
    hear(host, &(struct peer_message){.response = true, .message_id = 0});
    hear(host, &(struct peer_message){.exchange = IKL_CREATE_CHILD_SA, .message_id = 2});
    hear(host, &(struct peer_message){.exchange = IKL_CREATE_CHILD_SA, .message_id = 2});
    host_run_to_the_end(host);
}

static void assert_each_thing_was_reported_once(struct host *host)
{
    const struct drama *drama = drama_of(host);

    if (!drama->freed) {
        assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
    }
    assert_int_equal(ikl_endpoint_n_sas(host->endpoint), 0);
    assert_int_equal(ikl_endpoint_free(host->endpoint), IKL_OK);
    host->endpoint = NULL;
    assert_int_equal(host_count(host, EVENT_DOWN), drama->made);
    assert_int_equal(host_count(host, EVENT_STATE), 2 * drama->made);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), drama->added - drama->removed);
}

static void run_drama(enum event_kind when, void (*act)(struct host *host))
{
    struct drama drama = {.when = when, .act = act, .made = 1, .added = N_CHILDREN};
    struct host host;

    host_init(&host, "a", 0, NULL);
    host.context = &drama;
    host_sa(&host, suite, true, N_CHILDREN, NULL);
    drama.path = *ikl_sa_path(host.sa);
    drama.other = make_sa(&host, 1);
    host.on_event = act_once;
    play(&host);
    assert_true(drama.acted);
    assert_each_thing_was_reported_once(&host);
    host_clear(&host);
}

static void whatever_a_callback_calls_each_thing_is_reported_once(void **state)
{
    static void (*const acts[])(struct host *) = {
        do_close,           do_free,         do_close_and_free,        do_probe,         do_add_child,
        do_remove_children, do_make_another, do_make_and_free_another, do_end_the_other, do_probe_the_other,
        do_respond,         do_ask};

    (void)state;
    for (int kind = 0; kind < N_KINDS; kind++) {
        for (size_t i = 0; i < COUNT_OF(acts); i++) {
            run_drama((enum event_kind)kind, acts[i]);
        }
    }
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

/* All are due at once; the first to be sent ends the others. */
static int end_all_others(struct host *host, struct event *event)
{
    struct ikl_sa **sas = host->context;

    for (size_t i = 0; event->kind == EVENT_SENT && i < 3; i++) {
        if (sas[i] != event->sa && ikl_sa_state(sas[i]) == IKL_SA_ESTABLISHED) {
            ikl_sa_close(sas[i], host->now);
            ikl_sa_free(sas[i]);
        }
    }
    return IKL_OK;
}

static void an_ike_sa_that_is_ended_while_it_is_due_does_nothing_more(void **state)
{
    struct drama drama = {.made = 0};
    struct ikl_sa *sas[3];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host.context = &drama;
    for (uint32_t i = 0; i < 3; i++) {
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

enum { N_NESTED = 6, SEND_LEVELS = 4 };

static struct {
    struct ikl_sa *sas[N_NESTED];
    int results[N_NESTED];
    size_t level;
} nested;

/* Sends from inside `send`; what is being sent must not change meanwhile. */
static int send_nested(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    uint8_t copy[HOST_MAX_DATAGRAM];
    struct ikl_path path_copy = *path;

    (void)user;
    assert_ptr_equal(sa, nested.sas[nested.level]);
    memcpy(copy, datagram, len);
    nested.level++;
    nested.results[nested.level] = ikl_sa_probe(nested.sas[nested.level], 0);
    nested.level--;
    assert_memory_equal(datagram, copy, len);
    assert_memory_equal(path, &path_copy, sizeof(path_copy));
    return IKL_OK;
}

static void with_nested_sends(struct ikl_endpoint_config *config)
{
    config->callbacks.send = send_nested;
}

static void sends_may_nest_four_deep_and_do_not_disturb_each_other(void **state)
{
    struct drama drama = {.made = 0};
    struct ikl_sa_info info = {.size = sizeof(info)};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_nested_sends);
    host.context = &drama;
    for (uint32_t i = 0; i < N_NESTED; i++) {
        nested.sas[i] = make_sa(&host, i);
    }
    assert_int_equal(ikl_sa_probe(nested.sas[0], 0), IKL_OK);
    for (size_t i = 1; i < SEND_LEVELS; i++) {
        assert_int_equal(nested.results[i], IKL_OK);
    }
    assert_int_equal(nested.results[SEND_LEVELS], IKL_ERR_NO_BUFFER);
    assert_int_equal(ikl_sa_query(nested.sas[SEND_LEVELS], &info), IKL_OK);
    assert_int_equal(info.next_request, 0);
    assert_int_equal(host_counters(&host).sent, SEND_LEVELS);
    host_clear(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(receive_advance_and_free_are_refused_inside_callbacks_and_nothing_has_happened),
        cmocka_unit_test(they_are_refused_inside_callbacks_of_every_function),
        cmocka_unit_test(another_endpoint_may_be_called),
        cmocka_unit_test(whatever_a_callback_calls_each_thing_is_reported_once),
        cmocka_unit_test(a_handle_freed_inside_a_callback_is_valid_until_the_outermost_call_returns),
        cmocka_unit_test(an_ike_sa_that_is_ended_while_it_is_due_does_nothing_more),
        cmocka_unit_test(sends_may_nest_four_deep_and_do_not_disturb_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
