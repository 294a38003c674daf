/* Whatever a callback calls, each thing is still reported once: every act that a host may think of, in the first
 * callback of every kind.
 * SPDX-License-Identifier: ISC */
#include "support/peer.h"
#include "support/test.h"
#include "support/twin.h"

#include "endpoint/endpoint.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { N_KINDS = EVENT_EXHAUSTION + 1, N_CHILDREN = 3, WAIT = 1000, FOR_HOST = 3, MAX_SKIP = 4 };

/* What a callback does, and how much of it is to be expected in the reports. */
struct drama {
    enum event_kind when; /* in a callback of this kind */
    size_t skip;          /* how many of them are left alone before */
    void (*act)(struct host *host);
    struct ikl_sa *other;
    struct ikl_outgoing *request; /* of the host's, until its outcome */
    struct ikl_path path;
    size_t made, added, removed; /* IKE SAs made, Child SAs added, and taken out again */
    size_t requested;            /* requests of the host's */
    bool acted;
    bool freed, freed_other; /* the handles end with the outermost call */
    bool inside;             /* a callback */
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

static void request_of(struct host *host, struct ikl_sa *sa)
{
    static const uint8_t body[50];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct drama *drama = drama_of(host);
    struct ikl_outgoing *handle = NULL;
    size_t outcomes = host_count(host, EVENT_OUTCOME);

    if (ikl_sa_request(sa, IKL_INFORMATIONAL, &payload, 1, NULL, host->now, &handle) == IKL_OK) {
        drama->requested++;
        drama->request = host_count(host, EVENT_OUTCOME) == outcomes ? handle : NULL;
    }
}

static void do_nothing(struct host *host)
{
    (void)host;
}

static void do_close(struct host *host)
{
    ikl_sa_close(host->sa, host->now);
}

/* Inside a callback once more does no harm. */
static void do_free(struct host *host)
{
    struct drama *drama = drama_of(host);

    drama->freed = true;
    ikl_sa_free(host->sa);
    if (drama->inside) {
        ikl_sa_free(host->sa);
    }
}

static void do_close_and_free(struct host *host)
{
    do_close(host);
    if (!drama_of(host)->freed) {
        do_free(host);
    }
}

static void do_delete(struct host *host)
{
    (void)!ikl_sa_delete(host->sa, WAIT, host->now);
}

static void do_probe(struct host *host)
{
    (void)!ikl_sa_probe(host->sa, host->now);
}

static void do_hint(struct host *host)
{
    (void)ikl_sa_hint_mtu(host->sa, 0, host->now);
    (void)ikl_sa_hint(host->sa, IKL_HINT_ICMP, host->now);
}

static void do_request(struct host *host)
{
    for (size_t i = 0; i < 2 && !drama_of(host)->freed; i++) {
        request_of(host, host->sa);
    }
}

static void do_cancel(struct host *host)
{
    if (drama_of(host)->request != NULL) {
        ikl_sa_cancel(host->sa, drama_of(host)->request, host->now);
    }
}

static void do_respond(struct host *host)
{
    (void)!ikl_sa_respond(host->sa, FOR_HOST, NULL, 0, host->now);
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

static void do_delete_children(struct host *host)
{
    struct ikl_child *children[N_CHILDREN + 1];
    size_t n = 0;

    for (struct ikl_child *child = ikl_sa_first_child(host->sa); child != NULL;
         child = ikl_sa_next_child(host->sa, child)) {
        children[n++] = child;
    }
    (void)!ikl_sa_delete_children(host->sa, children, n, host->now);
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
    struct drama *drama = drama_of(host);

    if (!drama->freed_other) {
        drama->freed_other = true;
        ikl_sa_free(drama->other);
    }
}

static void do_probe_the_other(struct host *host)
{
    if (!drama_of(host)->freed_other) {
        (void)!ikl_sa_probe(drama_of(host)->other, host->now);
    }
}

static void do_request_of_the_other(struct host *host)
{
    if (!drama_of(host)->freed_other) {
        request_of(host, drama_of(host)->other);
        drama_of(host)->request = NULL; /* it is none of this IKE SA's */
    }
}

static void replace(struct host *host, struct ikl_sa *sa, struct ikl_sa *replacement, bool we_delete)
{
    if (!drama_of(host)->freed_other) {
        (void)!ikl_sa_replace(sa, replacement, we_delete, WAIT, host->now);
        drama_of(host)->request = NULL; /* it may have moved */
    }
}

static void do_replace(struct host *host)
{
    replace(host, host->sa, drama_of(host)->other, true);
}

static void do_replace_and_wait(struct host *host)
{
    replace(host, host->sa, drama_of(host)->other, false);
}

static void do_replace_the_other(struct host *host)
{
    replace(host, drama_of(host)->other, host->sa, true);
}

static void do_move(struct host *host)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.tag++;
    path.behind_nat = true;
    path.encapsulated = true;
    (void)!ikl_sa_set_path(host->sa, &path, host->now);
}

static void do_widen(struct host *host)
{
    ikl_sa_peer_window(host->sa, 4, host->now);
}

static void do_establish(struct host *host)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, suite, true, 0);
    (void)!ikl_sa_install_keys(host->sa, config.spi_r, &config.protection, host->now);
    if (!drama_of(host)->freed) {
        (void)!ikl_sa_established(host->sa, host->now);
    }
}

static void do_restart(struct host *host)
{
    (void)!ikl_sa_restart(host->sa, NULL, 0, host->now);
}

static void do_ask(struct host *host)
{
    struct snapshot snapshot = snapshot_of(host);
    struct ikl_event history[4];
    char text[8192];

    assert_true(ikl_sa_describe(host->sa, host->now, text, sizeof(text)) > 0);
    assert_true(ikl_sa_history_text(host->sa, host->now, text, sizeof(text)) >= 0);
    assert_in_range(ikl_sa_history(host->sa, history, 4), 0, 4);
    assert_int_equal(snapshot.info.state, ikl_sa_state(host->sa));
    assert_ptr_equal(ikl_endpoint_user(host->endpoint), host);
}

static int act_once(struct host *host, struct event *event)
{
    struct drama *drama = drama_of(host);

    if (event->kind == EVENT_OUTCOME && event->outcome.request == drama->request) {
        drama->request = NULL;
    }
    if (event->kind == drama->when && !drama->acted && (event->sa == host->sa || event->kind == EVENT_UNMATCHED) &&
        drama->skip-- == 0) {
        drama->acted = true;
        drama->inside = true;
        drama->act(host);
        drama->inside = false;
    }
    return IKL_OK;
}

static void hear_along(struct host *host, const struct ikl_path *path, struct peer_message message)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&message, suite, datagram);

    (void)ikl_endpoint_receive(host->endpoint, path, datagram, len, host->now);
}

static void hear(struct host *host, struct peer_message message)
{
    hear_along(host, &drama_of(host)->path, message);
}

static void hear_from_elsewhere(struct host *host, struct peer_message message)
{
    struct ikl_path path = drama_of(host)->path;

    path.remote.port++;
    hear_along(host, &path, message);
}

static void hear_noise(struct host *host)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.message_id = 0}, suite, datagram);

    datagram[0] ^= 1; /* an unknown SPI */
    (void)ikl_endpoint_receive(host->endpoint, &drama_of(host)->path, datagram, len, host->now);
}

static void hear_answers(struct host *host)
{
    for (uint32_t id = 0; id < 4; id++) {
        hear(host, (struct peer_message){.response = true, .message_id = id});
    }
}

/* Something of everything, so that every callback is called at least once unless the IKE SA ends before. */
static void play(struct host *host)
{
    static const uint8_t delete[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 2};
    struct peer_message for_host = {.exchange = IKL_CREATE_CHILD_SA, .message_id = FOR_HOST};

    hear(host, (struct peer_message){.message_id = 0});
    hear_noise(host);
    hear(host, (struct peer_message){.message_id = 0});
    hear_from_elsewhere(host, (struct peer_message){.message_id = 1});
    hear(host, (struct peer_message){
                   .message_id = 2, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete, sizeof(delete)}});
    host_advance(host, 5000);
    host_advance(host, 6000);
    hear_answers(host);
    for (size_t i = 0; i < 3 && !drama_of(host)->freed; i++) {
        request_of(host, host->sa); /* the first is sent, the others wait for it */
    }
    hear(host, for_host);
    hear(host, for_host);
    host_advance(host, 7000);
    hear_answers(host);
    host_run_to_the_end(host);
}

/* Everything that an IKE SA takes of these was given back when it went down. */
static void assert_all_free(const struct ikl_slab *slab)
{
    assert_int_equal(slab->n_free, slab->n_chunks * IKL_SLAB_CHUNK);
}

static void assert_nothing_is_kept(const struct ikl_endpoint *endpoint)
{
    assert_int_equal(endpoint->n_sas, 0);
    assert_int_equal(ikl_wheel_running(endpoint->wheel), 0);
    assert_all_free(&endpoint->children);
    assert_all_free(&endpoint->requests);
    assert_all_free(&endpoint->answers);
    assert_all_free(&endpoint->pool.blocks);
    assert_all_free(&endpoint->keyings[0].states);
}

/* States follow each other in the order of their numbers. */
static void assert_states_go_forward(const struct host *host, const struct ikl_sa *sa)
{
    int latest = -1;

    for (size_t i = 0; i < host->n_events; i++) {
        if (host->events[i].kind == EVENT_STATE && host->events[i].sa == sa) {
            assert_true((int)host->events[i].state > latest);
            latest = (int)host->events[i].state;
        }
    }
}

/* The end of all dramas: whatever there was is down. */
static void assert_each_thing_was_reported_once(struct host *host)
{
    const struct drama *drama = drama_of(host);
    size_t dying = 0, dead = 0;

    assert_nothing_is_kept(host->endpoint);
    if (!drama->freed) {
        assert_states_go_forward(host, host->sa);
    }
    for (size_t i = 0; i < host->n_events; i++) {
        dying += host->events[i].kind == EVENT_STATE && host->events[i].state == IKL_SA_DYING ? 1 : 0;
        dead += host->events[i].kind == EVENT_STATE && host->events[i].state == IKL_SA_DEAD ? 1 : 0;
    }
    assert_int_equal(dying, drama->made);
    assert_int_equal(dead, drama->made);
    assert_int_equal(host_count(host, EVENT_DOWN), drama->made);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), drama->added - drama->removed);
    assert_int_equal(host_count(host, EVENT_OUTCOME), drama->requested);
    assert_int_equal(ikl_endpoint_free(host->endpoint), IKL_OK);
    host->endpoint = NULL;
}

static void tell_everything(struct ikl_endpoint_config *config)
{
    config->exhaustion_margin = UINT32_MAX;
}

static void run_drama(enum event_kind when, size_t skip, void (*act)(struct host *host))
{
    struct drama drama = {.when = when, .skip = skip, .act = act, .made = 1, .added = N_CHILDREN};
    struct host host;

    host_init(&host, "a", 0, tell_everything);
    host.context = &drama;
    host_sa(&host, suite, true, N_CHILDREN, NULL);
    drama.path = *ikl_sa_path(host.sa);
    drama.other = make_sa(&host, 1);
    host.on_event = act_once;
    play(&host);
    assert_true(drama.acted || skip != 0);
    assert_each_thing_was_reported_once(&host);
    host_clear(&host);
}

static void (*const acts[])(struct host *) = {do_nothing,
                                              do_close,
                                              do_free,
                                              do_close_and_free,
                                              do_delete,
                                              do_probe,
                                              do_hint,
                                              do_request,
                                              do_cancel,
                                              do_respond,
                                              do_add_child,
                                              do_remove_children,
                                              do_delete_children,
                                              do_make_another,
                                              do_make_and_free_another,
                                              do_end_the_other,
                                              do_probe_the_other,
                                              do_request_of_the_other,
                                              do_replace,
                                              do_replace_and_wait,
                                              do_replace_the_other,
                                              do_move,
                                              do_widen,
                                              do_establish,
                                              do_restart,
                                              do_ask};

static void whatever_a_callback_calls_each_thing_is_reported_once(void **state)
{
    (void)state;
    for (int kind = 0; kind < N_KINDS; kind++) {
        for (size_t i = 0; kind != EVENT_INIT_RESPONSE && i < COUNT_OF(acts); i++) {
            for (size_t skip = 0; skip < MAX_SKIP; skip++) {
                run_drama((enum event_kind)kind, skip, acts[i]);
            }
        }
    }
}

/* `op` is called, which calls back; in the first callback of one kind `act` is called; then life goes on. `busy`: with
 * a request outstanding and one that waits for it. */
static void run_inside(bool busy, void (*op)(struct host *host), enum event_kind when, void (*act)(struct host *host),
                       bool *acted)
{
    struct drama drama = {.when = when, .act = act, .made = 1, .added = N_CHILDREN};
    struct host host;

    host_init(&host, "a", 0, NULL);
    host.context = &drama;
    host_sa(&host, suite, true, N_CHILDREN, NULL);
    drama.path = *ikl_sa_path(host.sa);
    drama.other = make_sa(&host, 1);
    if (busy) {
        do_request(&host);
    }
    host.on_event = act_once;
    op(&host);
    *acted = drama.acted;
    drama.acted = true; /* no more of that */
    hear_answers(&host);
    host_advance(&host, 1000);
    hear_answers(&host);
    host_run_to_the_end(&host);
    assert_each_thing_was_reported_once(&host);
    host_clear(&host);
}

static void run_all_inside(bool busy, void (*op)(struct host *host))
{
    for (int kind = 0; kind < N_KINDS; kind++) {
        bool acted;

        run_inside(busy, op, (enum event_kind)kind, do_nothing, &acted);
        for (size_t i = 0; acted && i < COUNT_OF(acts); i++) {
            run_inside(busy, op, (enum event_kind)kind, acts[i], &acted);
        }
    }
}

static void whatever_is_called_inside_whatever_each_thing_is_reported_once(void **state)
{
    (void)state;
    for (size_t op = 0; op < COUNT_OF(acts); op++) {
        run_all_inside(false, acts[op]);
        run_all_inside(true, acts[op]);
    }
}

static void without_keys(struct ikl_sa_config *config)
{
    config->connecting = true;
    config->protection.keys = NULL;
    config->spi_r = 0;
}

/* The unprotected answer to our IKE_SA_INIT request. */
static void hear_init_response(struct host *host)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];

    (void)peer_seal(&(struct peer_message){.response = true, .exchange = IKL_IKE_SA_INIT}, suite, datagram);
    datagram[16] = IKL_PAYLOAD_NONE;
    datagram[26] = 0;
    datagram[27] = IKL_HEADER_LEN;
    (void)ikl_endpoint_receive(host->endpoint, &drama_of(host)->path, datagram, IKL_HEADER_LEN, host->now);
}

static void play_from_the_first_packet(struct host *host)
{
    if (ikl_sa_request(host->sa, IKL_IKE_SA_INIT, NULL, 0, NULL, 0, NULL) == IKL_OK) {
        drama_of(host)->requested++;
    }
    host_advance(host, 1000);
    host_advance(host, 3000);
    hear_init_response(host);
    hear_init_response(host);
    if (!drama_of(host)->freed) {
        do_establish(host);
    }
    hear(host, (struct peer_message){.message_id = 0});
    host_run_to_the_end(host);
}

static void run_connecting_drama(enum event_kind when, size_t skip, void (*act)(struct host *host))
{
    struct drama drama = {.when = when, .skip = skip, .act = act, .made = 1};
    struct host host;

    host_init(&host, "a", 0, tell_everything);
    host.context = &drama;
    host_sa(&host, suite, true, 0, without_keys);
    drama.path = *ikl_sa_path(host.sa);
    drama.other = make_sa(&host, 1);
    host.on_event = act_once;
    play_from_the_first_packet(&host);
    assert_true(drama.acted || skip != 0);
    if (!drama.freed) {
        ikl_sa_free(host.sa); /* one that is CONNECTING with keys waits for its host */
    }
    assert_each_thing_was_reported_once(&host);
    host_clear(&host);
}

static void whatever_a_callback_calls_on_the_way_up_each_thing_is_reported_once(void **state)
{
    static const enum event_kind kinds[] = {EVENT_SENT,          EVENT_ATTEMPT,      EVENT_OUTCOME,   EVENT_STATE,
                                            EVENT_INIT_RESPONSE, EVENT_REACHABILITY, EVENT_EXHAUSTION};

    (void)state;
    for (size_t kind = 0; kind < COUNT_OF(kinds); kind++) {
        for (size_t i = 0; i < COUNT_OF(acts); i++) {
            for (size_t skip = 0; skip < MAX_SKIP; skip++) {
                run_connecting_drama(kinds[kind], skip, acts[i]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_a_callback_calls_each_thing_is_reported_once),
        cmocka_unit_test(whatever_is_called_inside_whatever_each_thing_is_reported_once),
        cmocka_unit_test(whatever_a_callback_calls_on_the_way_up_each_thing_is_reported_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
