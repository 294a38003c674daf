/* Promises about callbacks: from inside one everything may be called but three functions.
 * SPDX-License-Identifier: ISC */
#include "support/peer.h"
#include "support/story.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { N_CHILDREN = 3 };

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
    struct ikl_sa *sas[3];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
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

/* Which IKE SA installs its keys, and that it does so while its IKE_SA_INIT request is sent for the second time. */
static int install_keys_while_retransmitting(struct host *host, struct event *event)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    if (event->kind == EVENT_SENT && event->sa == host->sa && host->now == 1000) {
        test_sa_config(&config, &keys, suite, true, 0);
        assert_int_equal(ikl_sa_install_keys(host->sa, config.spi_r, &config.protection, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void without_keys(struct ikl_sa_config *config)
{
    config->connecting = true;
    config->protection.keys = NULL;
    config->spi_r = 0;
}

/* The requests of all IKE SAs lie in one table, where the place of one that ended may be used again at once. */
static void a_request_that_ends_while_it_is_sent_again_leaves_those_of_other_ike_sas_alone(void **state)
{
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID};
    struct ikl_sa *first, *other;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    first = make_sa(&host, 1);
    other = make_sa(&host, 2);
    host_sa(&host, suite, true, 0, without_keys);
    assert_int_equal(ikl_sa_request(first, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_request(host.sa, IKL_IKE_SA_INIT, &payload, 1, NULL, 0, NULL), IKL_OK);
    ikl_sa_close(first, 0);
    assert_int_equal(ikl_sa_request(other, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    host_forget(&host);
    host.on_event = install_keys_while_retransmitting;
    host_advance(&host, 1000); /* both are due */
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_ptr_equal(host_event(&host, EVENT_SENT, 0)->sa, host.sa);
    assert_ptr_equal(host_event(&host, EVENT_SENT, 1)->sa, other);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1); /* the first ended before its attempt was told */
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
    struct ikl_sa_info info = {.size = sizeof(info)};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_nested_sends);
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
        cmocka_unit_test(a_handle_freed_inside_a_callback_is_valid_until_the_outermost_call_returns),
        cmocka_unit_test(an_ike_sa_that_is_ended_while_it_is_due_does_nothing_more),
        cmocka_unit_test(a_request_that_ends_while_it_is_sent_again_leaves_those_of_other_ike_sas_alone),
        cmocka_unit_test(sends_may_nest_four_deep_and_do_not_disturb_each_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
