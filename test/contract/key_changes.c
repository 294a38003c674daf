/* SPDX-License-Identifier: ISC */
/* Promises about keys that change while connecting: what both ends do. */
#include "support/asking.h"
#include "support/changing.h"
#include "support/fickle_cipher.h"
#include "support/test.h"

enum { SMALL = 0, LARGE = 1184 + 4, HUGE_ONE = 1568 + 4 };

static void a_pair(struct pair *pair)
{
    changing_init(pair, NULL, NULL);
}

static void both_ends_go_on_under_the_new_keys_and_message_ids_go_on(void **state)
{
    struct pair pair;

    (void)state;
    a_pair(&pair);
    changing_step(&pair, 1, LARGE, LARGE);
    changing_step(&pair, 2, HUGE_ONE, HUGE_ONE);
    changing_exchange(&pair, SMALL, SMALL); /* with other keys than these nothing would be taken */
    assert_int_equal(host_info(&pair.a).next_request, 4);
    assert_int_equal(host_info(&pair.b).next_expected, 4);
    assert_int_equal(ikl_sa_established(pair.a.sa, 0), IKL_OK);
    assert_int_equal(ikl_sa_established(pair.b.sa, 0), IKL_OK);
    host_advance(&pair.a, 5000);
    pair_deliver(&pair);
    assert_int_equal(host_info(&pair.a).counters.answered, 4);
    assert_int_equal(host_counters(&pair.a).forged + host_counters(&pair.b).forged, 0);
    pair_clear(&pair);
}

/* The IVs of the first messages under each keys are counted from 0, as with fresh keys. */
static void initialisation_vectors_come_from_the_source_of_the_new_keys(void **state)
{
    static const uint8_t zeros[8];
    struct pair pair;
    size_t sent;

    (void)state;
    a_pair(&pair);
    changing_step(&pair, 1, SMALL, SMALL);
    sent = host_count(&pair.a, EVENT_SENT);
    changing_step(&pair, 2, SMALL, SMALL);
    assert_memory_equal(host_event(&pair.a, EVENT_SENT, sent)->datagram + 32, zeros, sizeof(zeros));
    assert_memory_equal(host_event(&pair.b, EVENT_SENT, sent)->datagram + 32, zeros, sizeof(zeros));
    pair_clear(&pair);
}

/* What a repeated request gets is what it got, in as many datagrams. */
static void check_repeated(size_t request_len, size_t response_len)
{
    struct pair pair;
    size_t n_sent;

    a_pair(&pair);
    changing_step(&pair, 1, request_len, response_len);
    n_sent = host_count(&pair.b, EVENT_SENT);
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 0)), IKL_OK);
    assert_int_equal(host_count(&pair.b, EVENT_SENT), 2 * n_sent);
    for (size_t i = 0; i < n_sent; i++) {
        const struct event *first = host_event(&pair.b, EVENT_SENT, i),
                           *again = host_event(&pair.b, EVENT_SENT, n_sent + i);

        assert_int_equal(again->len, first->len);
        assert_memory_equal(again->datagram, first->datagram, first->len);
    }
    changing_step(&pair, 2, SMALL, SMALL);
    pair_clear(&pair);
}

static void a_request_from_before_that_comes_again_gets_its_response_octet_for_octet(void **state)
{
    static const size_t lengths[] = {SMALL, 2, 100, LARGE, HUGE_ONE, 3000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        for (size_t j = 0; j < COUNT_OF(lengths); j++) {
            check_repeated(lengths[i], lengths[j]);
        }
    }
}

/* Fragmenting it anew would take initialisation vectors under the former keys. */
static void that_response_stays_as_it_was_along_a_narrower_path(void **state)
{
    struct pair pair;
    struct ikl_path narrow;
    size_t n_sent;

    (void)state;
    a_pair(&pair);
    changing_step(&pair, 1, LARGE, 900);
    n_sent = host_count(&pair.b, EVENT_SENT);
    narrow = *ikl_sa_path(pair.b.sa);
    narrow.mtu = 576;
    assert_int_equal(ikl_sa_set_path(pair.b.sa, &narrow, 0), IKL_OK);
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 0)), IKL_OK);
    assert_int_equal(host_count(&pair.b, EVENT_SENT), 2 * n_sent);
    assert_memory_equal(host_last(&pair.b, EVENT_SENT)->datagram, host_event(&pair.b, EVENT_SENT, n_sent - 1)->datagram,
                        host_last(&pair.b, EVENT_SENT)->len);
    changing_step(&pair, 2, LARGE, LARGE);
    pair_clear(&pair);
}

static void with_window_of_four(struct ikl_sa_config *config)
{
    config->ids.own_window = 4;
    config->ids.peer_window = 4;
}

static void the_former_keys_last_for_one_exchange(void **state)
{
    struct pair pair;
    size_t next;

    (void)state;
    changing_init(&pair, NULL, with_window_of_four);
    changing_step(&pair, 1, SMALL, SMALL);
    changing_ask(&pair, IKL_IKE_INTERMEDIATE, SMALL);
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 0)), IKL_OK);
    next = host_count(&pair.a, EVENT_SENT) - 1;
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, next)), IKL_OK);
    /* the window remembers the first request, but nothing opens it any more */
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 0)), IKL_ERR_FORGED);
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, next)), IKL_ERR_PENDING);
    pair_clear(&pair);
}

static void with_early_requests(struct ikl_sa_config *config)
{
    config->early_requests = true;
}

/* It answered a request of the responder's before the change, and gets the answer to one of its own after it. */
static void those_of_the_initiator_last_until_its_next_request_is_answered(void **state)
{
    struct pair pair;

    (void)state;
    changing_init(&pair, NULL, with_early_requests);
    assert_int_equal(ikl_sa_request(pair.b.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    pair_deliver(&pair);
    changing_step(&pair, 1, SMALL, SMALL);
    assert_int_equal(host_receive(&pair.a, host_event(&pair.b, EVENT_SENT, 0)), IKL_OK);
    changing_exchange(&pair, SMALL, SMALL);
    assert_int_equal(host_receive(&pair.a, host_event(&pair.b, EVENT_SENT, 0)), IKL_ERR_FORGED);
    pair_clear(&pair);
}

static void with_early_requests_and_windows(struct ikl_sa_config *config)
{
    with_early_requests(config);
    with_window_of_four(config);
}

/* Responses on both sides of the change: what the former keys have sealed is forgotten with them, and only that. */
static void what_the_new_keys_have_sealed_is_remembered_when_the_former_ones_go(void **state)
{
    struct pair pair;
    const struct event *first, *again;

    (void)state;
    changing_init(&pair, NULL, with_early_requests_and_windows);
    assert_int_equal(ikl_sa_request(pair.b.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    pair_deliver(&pair);
    changing_step(&pair, 1, SMALL, SMALL);
    assert_int_equal(ikl_sa_request(pair.b.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    again = host_last(&pair.b, EVENT_SENT);
    pair_deliver(&pair);
    first = host_last(&pair.a, EVENT_SENT);
    assert_int_equal(host_info(&pair.b).counters.answered, 2);
    assert_int_equal(host_receive(&pair.a, host_event(&pair.b, EVENT_SENT, 0)), IKL_OK);
    changing_exchange(&pair, SMALL, SMALL);
    assert_int_equal(host_receive(&pair.a, host_event(&pair.b, EVENT_SENT, 0)), IKL_ERR_FORGED);
    assert_int_equal(host_receive(&pair.a, again), IKL_OK);
    assert_int_equal(host_last(&pair.a, EVENT_SENT)->len, first->len);
    assert_memory_equal(host_last(&pair.a, EVENT_SENT)->datagram, first->datagram, first->len);
    pair_clear(&pair);
}

static void they_end_when_the_ike_sa_is_established(void **state)
{
    struct pair pair;

    (void)state;
    a_pair(&pair);
    changing_step(&pair, 1, SMALL, SMALL);
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 0)), IKL_OK);
    assert_int_equal(ikl_sa_established(pair.b.sa, 0), IKL_OK);
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 0)), IKL_ERR_FORGED);
    assert_int_equal(change_keys(&pair.b, 2), IKL_ERR_STATE);
    pair_clear(&pair);
}

static void keys_may_change_seven_times(void **state)
{
    struct pair pair;

    (void)state;
    a_pair(&pair);
    for (unsigned n = 1; n <= 7; n++) {
        changing_step(&pair, n, SMALL, SMALL);
    }
    changing_exchange(&pair, SMALL, SMALL);
    assert_int_equal(change_keys(&pair.a, 8), IKL_ERR_EXHAUSTED);
    assert_int_equal(change_keys(&pair.b, 8), IKL_ERR_EXHAUSTED);
    changing_exchange(&pair, SMALL, SMALL);
    pair_clear(&pair);
}

static void with_two_changes(struct ikl_endpoint_config *config)
{
    config->max_key_changes = 2;
}

static void or_as_often_as_the_config_says(void **state)
{
    struct pair pair;

    (void)state;
    changing_init(&pair, with_two_changes, NULL);
    changing_step(&pair, 1, SMALL, SMALL);
    changing_step(&pair, 2, SMALL, SMALL);
    changing_exchange(&pair, SMALL, SMALL);
    assert_int_equal(change_keys(&pair.a, 3), IKL_ERR_EXHAUSTED);
    pair_clear(&pair);
}

static int changes_at_outcome(struct host *host, struct event *event)
{
    if (event->kind == EVENT_OUTCOME) {
        assert_int_equal(change_keys(host, 1), IKL_OK);
        assert_int_equal(ikl_sa_request(host->sa, IKL_IKE_AUTH, NULL, 0, NULL, host->now, NULL), IKL_OK);
        host->on_event = NULL;
    }
    return IKL_OK;
}

static int changes_at_request(struct host *host, struct event *event)
{
    if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(ikl_sa_respond(host->sa, event->message_id, NULL, 0, host->now), IKL_OK);
        assert_int_equal(change_keys(host, 1), IKL_OK);
        host->on_event = NULL;
    }
    return IKL_OK;
}

static void keys_may_change_inside_the_callbacks_that_end_the_exchange(void **state)
{
    struct pair pair;

    (void)state;
    a_pair(&pair);
    pair.a.on_event = changes_at_outcome;
    pair.b.on_event = changes_at_request;
    changing_ask(&pair, IKL_IKE_INTERMEDIATE, LARGE);
    pair_deliver(&pair);
    assert_int_equal(host_last(&pair.b, EVENT_PEER_REQUEST)->exchange_type, IKL_IKE_AUTH);
    assert_int_equal(host_last(&pair.b, EVENT_PEER_REQUEST)->message_id, 2);
    pair_clear(&pair);
}

static void former_keys_are_wiped_when_nothing_needs_them_and_also_before_the_next_ones(void **state)
{
    struct pair pair;
    size_t before, each;

    (void)state;
    fickle_reset(true, true);
    changing_init(&pair, with_fickle_provider, NULL);
    before = fickle.clears;
    changing_step(&pair, 1, SMALL, SMALL);
    each = fickle.clears - before; /* of the initiator, which has no response to make again */
    assert_true(each != 0);
    changing_exchange(&pair, SMALL, SMALL);
    assert_int_equal(fickle.clears - before, 2 * each);
    assert_int_equal(change_keys(&pair.b, 2), IKL_OK);
    assert_int_equal(change_keys(&pair.a, 2), IKL_OK);
    pair.a.on_event = changes_at_outcome; /* where the responder still has the ones before */
    pair.b.on_event = changes_at_request;
    changing_ask(&pair, IKL_IKE_INTERMEDIATE, SMALL);
    pair_deliver(&pair);
    assert_int_equal(host_last(&pair.b, EVENT_PEER_REQUEST)->exchange_type, IKL_IKE_AUTH);
    pair_clear(&pair);
    assert_int_equal(fickle.clears, fickle.inits);
}

static void history_counters_and_description_say_that_keys_changed(void **state)
{
    struct ikl_event events[16];
    char text[4000];
    struct pair pair;
    size_t n;

    (void)state;
    a_pair(&pair);
    changing_step(&pair, 1, SMALL, SMALL);
    (void)ikl_sa_describe(pair.a.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "  key changes         1\n"));
    changing_step(&pair, 2, SMALL, SMALL);
    n = ikl_sa_history(pair.a.sa, events, COUNT_OF(events));
    assert_int_equal(events[n - 1].kind, IKL_EVENT_KEYS_CHANGED);
    assert_int_equal(events[n - 1].count, 2);
    assert_string_equal(ikl_event_name(IKL_EVENT_KEYS_CHANGED), "keys changed");
    (void)ikl_sa_history_text(pair.a.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "keys changed, change 1\n"));
    assert_non_null(strstr(text, "keys changed, change 2\n"));
    assert_int_equal(host_counters(&pair.a).key_changes, 2);
    (void)ikl_sa_describe(pair.a.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "  key changes         2\n"));
    assert_int_equal(ikl_sa_established(pair.a.sa, 0), IKL_OK);
    (void)ikl_sa_describe(pair.a.sa, 0, text, sizeof(text));
    assert_null(strstr(text, "key changes"));
    pair_clear(&pair);
}

static void an_ike_sa_that_moves_takes_its_former_keys_along(void **state)
{
    struct pair pair;
    struct host other;
    struct ikl_sa *sa;

    (void)state;
    a_pair(&pair);
    changing_step(&pair, 1, LARGE, LARGE);
    host_init(&other, "other", 0, NULL);
    assert_int_equal(ikl_sa_migrate(pair.b.sa, other.endpoint, 0, &sa), IKL_OK);
    other.sa = sa;
    ikl_sa_set_user(sa, &other);
    assert_int_equal(host_receive(&other, host_event(&pair.a, EVENT_SENT, 0)), IKL_OK);
    assert_memory_equal(host_event(&other, EVENT_SENT, 0)->datagram, host_event(&pair.b, EVENT_SENT, 0)->datagram,
                        host_event(&other, EVENT_SENT, 0)->len);
    assert_int_equal(change_keys(&other, 2), IKL_ERR_STATE); /* not twice after one exchange */
    changing_ask(&pair, IKL_IKE_INTERMEDIATE, SMALL);
    assert_int_equal(host_receive(&other, host_last(&pair.a, EVENT_SENT)), IKL_OK);
    assert_int_equal(ikl_sa_respond(sa, 2, NULL, 0, 0), IKL_OK);
    assert_int_equal(change_keys(&other, 2), IKL_OK);
    assert_int_equal(ikl_sa_migrate(pair.a.sa, other.endpoint, 0, &pair.a.sa), IKL_OK);
    host_clear(&other);
    pair.b.sa = pair.a.sa = NULL;
    pair_clear(&pair);
}

static void where_fewer_changes_are_allowed_one_that_had_more_has_no_others(void **state)
{
    struct pair pair;
    struct host other;

    (void)state;
    a_pair(&pair);
    for (unsigned n = 1; n <= 3; n++) {
        changing_step(&pair, n, SMALL, SMALL);
    }
    changing_exchange(&pair, SMALL, SMALL);
    host_init(&other, "other", 0, with_two_changes);
    assert_int_equal(ikl_sa_migrate(pair.a.sa, other.endpoint, 0, &pair.a.sa), IKL_OK);
    assert_int_equal(change_keys(&pair.a, 4), IKL_ERR_EXHAUSTED);
    host_clear(&other);
    pair.a.sa = NULL;
    pair_clear(&pair);
}

TESTS_OF(key_changes)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_go_on_under_the_new_keys_and_message_ids_go_on),
        cmocka_unit_test(initialisation_vectors_come_from_the_source_of_the_new_keys),
        cmocka_unit_test(a_request_from_before_that_comes_again_gets_its_response_octet_for_octet),
        cmocka_unit_test(that_response_stays_as_it_was_along_a_narrower_path),
        cmocka_unit_test(the_former_keys_last_for_one_exchange),
        cmocka_unit_test(those_of_the_initiator_last_until_its_next_request_is_answered),
        cmocka_unit_test(what_the_new_keys_have_sealed_is_remembered_when_the_former_ones_go),
        cmocka_unit_test(they_end_when_the_ike_sa_is_established),
        cmocka_unit_test(keys_may_change_seven_times),
        cmocka_unit_test(or_as_often_as_the_config_says),
        cmocka_unit_test(keys_may_change_inside_the_callbacks_that_end_the_exchange),
        cmocka_unit_test(former_keys_are_wiped_when_nothing_needs_them_and_also_before_the_next_ones),
        cmocka_unit_test(history_counters_and_description_say_that_keys_changed),
        cmocka_unit_test(an_ike_sa_that_moves_takes_its_former_keys_along),
        cmocka_unit_test(where_fewer_changes_are_allowed_one_that_had_more_has_no_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
