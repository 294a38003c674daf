/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/snapshot.h>: what no message shows is there again: counters, what was measured, what is known of
 * the path, sends that would block; and an operator reads of it. */
#include "support/blocking.h"
#include "support/changing.h"
#include "support/mover.h"
#include "support/narrow.h"
#include "support/peer.h"
#include "support/restorer.h"
#include "support/syncing.h"
#include "support/test.h"

#include "octets.h"

#include <stdlib.h>

static const char *const suite = RESTORER_SUITE;

static struct restorer restorer;

static struct host *const host = &restorer.host;

static void with_all_measured(struct ikl_sa_config *config)
{
    config->round_trip_sends = config->trim = config->follow_peer = true;
    config->idle = 7000;
    config->suspect_after = 2;
}

/* Each answer comes later than the one before, and the last one does not come. */
static void measure(void)
{
    for (uint32_t id = 0; id < 4; id++) {
        assert_int_equal(ikl_sa_probe(host->sa, host->now), IKL_OK);
        host_advance(host, host->now + 20 + 10 * id);
        assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = id, .response = true}), IKL_OK);
    }
    host_advance(host, host->now + 7000);
    host_advance(host, host->now + 3000);
}

static void assert_same_counters(const struct ikl_sa_counters *a, const struct ikl_sa_counters *b)
{
    assert_int_equal(a->probes, b->probes);
    assert_int_equal(a->retransmissions, b->retransmissions);
    assert_int_equal(a->answered, b->answered);
    assert_int_equal(a->requests, b->requests);
    assert_int_equal(a->repeats, b->repeats);
    assert_int_equal(a->dropped, b->dropped);
    assert_int_equal(a->send_failures, b->send_failures);
}

static void what_was_counted_and_measured_is_there_again(void **state)
{
    struct ikl_sa_info before, after;

    (void)state;
    restorer_begin(&restorer, 1, with_all_measured);
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_not_equal(peer_send(host, suite, &(struct peer_message){.message_id = 9}), IKL_OK);
    measure();
    before = host_info(host);
    assert_int_equal(before.counters.probes, 5);
    assert_int_equal(before.counters.repeats, 1);
    assert_int_equal(before.counters.dropped, 1);
    assert_int_equal(before.round_trip_samples, 4);
    restorer_go_on(&restorer);
    after = host_info(host);
    assert_same_counters(&before.counters, &after.counters);
    assert_int_equal(after.round_trip_samples, before.round_trip_samples);
    assert_int_equal(after.round_trip, before.round_trip);
    assert_int_equal(after.round_trip_deviation, before.round_trip_deviation);
    assert_int_equal(after.round_trip_largest, before.round_trip_largest);
    assert_int_equal(after.round_trip_last, before.round_trip_last);
    assert_int_equal(after.worst_detect, before.worst_detect);
    assert_int_equal(after.reachability, before.reachability);
    assert_int_equal(after.generation, before.generation);
    assert_int_equal(after.last_evidence, before.last_evidence);
    assert_int_equal(after.outstanding_deadline, before.outstanding_deadline);
    restorer_clear(&restorer);
}

/* The network has said that the path is narrower, and what is outstanding goes out in smaller fragments. */
static void a_path_that_has_become_narrower_is_known_to_be(void **state)
{
    size_t n;

    (void)state;
    narrow_begins = narrow_path(1500, 4, false);
    restorer_begin_with(&restorer, suite, 1, with_more_room, on_narrow_path);
    narrow_ask(host, NARROW_LONG);
    n = host_count(host, EVENT_SENT);
    assert_int_equal(ikl_sa_hint_mtu(host->sa, 900, 0), IKL_OK);
    restorer_go_on(&restorer);
    assert_int_equal(ikl_sa_path(host->sa)->mtu, 900);
    host_advance(host, 1000);
    assert_true(assert_fits(host, n, ikl_sa_path(host->sa), NARROW_LONG) > n);
    restorer_clear(&restorer);
}

static void what_could_not_be_sent_goes_out_when_the_host_can_send(void **state)
{
    (void)state;
    restorer_begin(&restorer, 1, NULL);
    blocking_start(host);
    assert_int_equal(ikl_sa_probe(host->sa, 0), IKL_OK);
    assert_int_equal(host_count(host, EVENT_ATTEMPT), 0);
    restorer_go_on(&restorer);
    blocking_end(host, 400);
    blocking_assert_attempt(host, 0, 400, 0);
    assert_int_equal(host_count(host, EVENT_SENT), 2);
    restorer_clear(&restorer);
}

static bool is_described(const char *line)
{
    char text[4096];

    assert_true(ikl_sa_describe(host->sa, host->now, text, sizeof(text)) > 0);
    return strstr(text, line) != NULL;
}

static void an_operator_reads_the_epoch_and_what_was_agreed_on(void **state)
{
    (void)state;
    restorer_begin(&restorer, 1, NULL);
    assert_true(is_described("\n  epoch               7\n"));
    assert_false(is_described("\n  Message IDs"));
    syncing_agree(host->sa);
    restorer_go_on(&restorer);
    assert_true(is_described("\n  epoch               8, of keys of 7\n"));
    assert_true(is_described("\n  Message IDs         can be synchronised\n"));
    assert_int_equal(ikl_sa_sync(host->sa, NULL, 0), IKL_OK);
    assert_true(is_described("\n  Message IDs         are being synchronised\n"));
    restorer_clear(&restorer);
}

static int results[4];

static int try_inside(struct host *which, struct event *event)
{
    const struct ikl_restore_options options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    struct ikl_keys keys;
    struct ikl_sa *sa;
    size_t len;

    if (event->kind == EVENT_SENT) {
        test_keys(&keys, suite);
        results[0] = ikl_sa_keep_keys(which->sa, &keys, RESTORER_EPOCH);
        results[1] = ikl_sa_snapshot(which->sa, restorer.octets, sizeof(restorer.octets), &len, which->now);
        results[2] = ikl_sa_restore(which->endpoint, (struct ikl_octets){restorer.octets, restorer.len}, &options,
                                    which->now, &sa);
    }
    return IKL_OK;
}

static void inside_a_leaf_nothing_is_kept_written_or_restored(void **state)
{
    (void)state;
    restorer_begin(&restorer, 1, NULL);
    restorer_take(&restorer);
    host->on_event = try_inside;
    assert_int_equal(ikl_sa_probe(host->sa, 0), IKL_OK);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(results[i], IKL_ERR_REENTRANT);
    }
    assert_int_equal(host_counters(host).snapshots, 1);
    assert_int_equal(host_counters(host).restores_refused, 0);
    restorer_clear(&restorer);
}

/* The end of its own IKE SA is told. */
static int restore_while_freed(struct host *which, struct event *event)
{
    const struct ikl_restore_options options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    struct ikl_sa *sa;

    if (event->kind == EVENT_DOWN) {
        results[3] = ikl_sa_restore(which->endpoint, (struct ikl_octets){restorer.octets, restorer.len}, &options,
                                    which->now, &sa);
    }
    return IKL_OK;
}

static void while_an_endpoint_is_freed_nothing_is_restored(void **state)
{
    (void)state;
    restorer_begin(&restorer, 1, NULL);
    restorer_take(&restorer);
    host->on_event = restore_while_freed;
    assert_int_equal(ikl_endpoint_free(host->endpoint), IKL_OK);
    assert_int_equal(results[3], IKL_ERR_STATE);
    host->endpoint = restorer.other;
    restorer.other = mover_endpoint(host, NULL);
    restorer_clear(&restorer);
}

static struct ikl_sa *successor;

/* The end of the IKE SA is told, and its SPIs are free: it goes on at once. */
static int go_on_in_down(struct host *which, struct event *event)
{
    const struct ikl_restore_options options = restorer_options(&restorer, RESTORER_EPOCH + 1);

    if (event->kind == EVENT_DOWN && event->sa == which->sa) {
        assert_int_equal(ikl_sa_restore(which->endpoint, (struct ikl_octets){restorer.octets, restorer.len}, &options,
                                        which->now, &successor),
                         IKL_OK);
    }
    return IKL_OK;
}

static bool describes(const struct ikl_sa *sa, const char *words)
{
    char text[8192];

    assert_in_range(ikl_sa_describe(sa, host->now, text, sizeof(text)), 1, sizeof(text) - 1);
    return strstr(text, words) != NULL;
}

static void one_that_has_ended_has_nothing_of_another_with_its_spis(void **state)
{
    static const uint8_t chain[] = {IKL_PAYLOAD_NONE, 0, 0, 24, 1, 0, 0x40, 0x23, [23] = 7};
    uint64_t epoch;

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    syncing_agree(host->sa);
    assert_int_equal(ikl_sa_take_token(host->sa, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){chain, sizeof(chain)}, 0),
                     IKL_OK);
    restorer_take(&restorer);
    host->on_event = go_on_in_down;
    ikl_sa_close(host->sa, host->now);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
    assert_int_equal(ikl_sa_epoch(host->sa, &epoch), IKL_ERR_NOT_FOUND);
    assert_false(host_info(host).may_sync);
    assert_false(host_info(host).has_token);
    assert_false(describes(host->sa, "epoch"));
    assert_false(describes(host->sa, "token"));
    assert_false(describes(host->sa, "synchronised"));
    ikl_sa_free(host->sa);
    host->sa = successor;
    assert_int_equal(ikl_sa_epoch(host->sa, &epoch), IKL_OK);
    assert_int_equal(epoch, RESTORER_EPOCH + 1);
    assert_true(host_info(host).may_sync);
    assert_true(host_info(host).has_token);
    assert_true(describes(host->sa, "epoch"));
    assert_true(describes(host->sa, "token"));
    assert_true(describes(host->sa, "synchronised"));
    restorer_clear(&restorer);
}

static size_t count_records(const uint8_t *octets, size_t len, uint8_t type)
{
    size_t n = 0;

    for (size_t at = 16; at < len; at += 5 + ikl_load_u32(octets + at + 1)) {
        n += octets[at] == type;
    }
    return n;
}

/* How many responses the snapshot of an IKE SA has that is deleted before it was established, under the keys of 1. */
static size_t count_responses_of(struct ikl_sa *sa)
{
    enum { RESPONSE = 5 };
    struct ikl_keys keys;
    size_t len;

    assert_int_equal(ikl_sa_delete(sa, 9000, 0), IKL_OK);
    (void)changing_protection(&keys, 1);
    assert_int_equal(ikl_sa_keep_keys(sa, &keys, RESTORER_EPOCH), IKL_OK);
    assert_int_equal(ikl_sa_snapshot(sa, restorer.octets, sizeof(restorer.octets), &len, 0), IKL_OK);
    return count_records(restorer.octets, len, RESPONSE);
}

static void with_early_requests_and_windows(struct ikl_sa_config *config)
{
    config->early_requests = true;
    config->ids.own_window = config->ids.peer_window = 4;
}

static void ask_initiator(struct pair *pair)
{
    assert_int_equal(ikl_sa_request(pair->b.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    pair_deliver(pair);
}

/* Sealed with the present keys, it would use an initialisation vector of theirs again. */
static void a_response_that_former_keys_have_sealed_is_left_out(void **state)
{
    struct pair pair;

    (void)state;
    changing_init(&pair, NULL, NULL);
    changing_step(&pair, 1, 0, 0);
    assert_int_equal(count_responses_of(pair.b.sa), 0);
    pair_clear(&pair);
    changing_init(&pair, NULL, with_early_requests_and_windows);
    ask_initiator(&pair);
    changing_step(&pair, 1, 0, 0);
    ask_initiator(&pair); /* the former keys are there still */
    assert_int_equal(count_responses_of(pair.a.sa), 1);
    pair_clear(&pair);
    changing_init(&pair, NULL, with_early_requests_and_windows);
    changing_step(&pair, 1, 0, 0);
    changing_exchange(&pair, 0, 0);
    changing_exchange(&pair, 0, 0); /* the former keys are gone, and what they sealed with them */
    assert_int_equal(count_responses_of(pair.b.sa), 2);
    pair_clear(&pair);
}

static struct {
    bool armed;
    int result;
} leaf;

static void *allocate(void *user, size_t size)
{
    (void)user;
    if (leaf.armed) {
        leaf.armed = false;
        leaf.result = ikl_sa_probe(host->sa, host->now);
    }
    return malloc(size);
}

static void release(void *user, void *memory, size_t size)
{
    (void)user;
    (void)size;
    free(memory);
}

static void with_own_allocator(struct ikl_endpoint_config *config)
{
    static const struct ikl_allocator own = {.allocate = allocate, .release = release};

    config->allocator = &own;
}

static void while_keys_are_kept_the_allocator_is_a_leaf(void **state)
{
    (void)state;
    host_init(host, "a", 0, with_own_allocator);
    host_sa(host, suite, true, 0, NULL);
    leaf.armed = true;
    host_keep_keys(host, suite);
    assert_false(leaf.armed);
    assert_int_equal(leaf.result, IKL_ERR_REENTRANT);
    assert_int_equal(host_count(host, EVENT_SENT), 0);
    host_clear(host);
}

TESTS_OF(snapshot_kept)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_counted_and_measured_is_there_again),
        cmocka_unit_test(a_path_that_has_become_narrower_is_known_to_be),
        cmocka_unit_test(what_could_not_be_sent_goes_out_when_the_host_can_send),
        cmocka_unit_test(an_operator_reads_the_epoch_and_what_was_agreed_on),
        cmocka_unit_test(inside_a_leaf_nothing_is_kept_written_or_restored),
        cmocka_unit_test(while_keys_are_kept_the_allocator_is_a_leaf),
        cmocka_unit_test(while_an_endpoint_is_freed_nothing_is_restored),
        cmocka_unit_test(one_that_has_ended_has_nothing_of_another_with_its_spis),
        cmocka_unit_test(a_response_that_former_keys_have_sealed_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
