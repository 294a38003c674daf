/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/snapshot.h>: what an IKE SA that is restored has of the one that it was, whose peer notices
 * nothing. */
#include "support/asking.h"
#include "support/drain.h"
#include "support/hex.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/restorer.h"
#include "support/story.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = RESTORER_SUITE;

static struct restorer restorer;

/* Each epoch has other initialisation vectors: of what was sealed anew only the length is the same. */
static void forget_what_is_new(struct host *host, size_t from)
{
    for (size_t i = from; i < host->n_events; i++) {
        if (host->events[i].kind == EVENT_SENT) {
            memset(host->events[i].datagram, 0, host->events[i].len);
        }
    }
}

static void an_ike_sa_that_is_restored_lives_on_as_if_it_had_stayed(void **state)
{
    struct host stayed;
    struct snapshot before, after;
    size_t from;

    (void)state;
    story_begin(&stayed, suite);
    story_begin(&restorer.host, suite);
    restorer.other = mover_endpoint(&restorer.host, NULL);
    host_keep_keys(&restorer.host, suite);
    from = stayed.n_events;
    restorer_go_on(&restorer);
    before = snapshot_of(&stayed);
    after = snapshot_of(&restorer.host);
    assert_same_state(&before, &after);
    story_end(&stayed, suite);
    story_end(&restorer.host, suite);
    forget_what_is_new(&stayed, from);
    forget_what_is_new(&restorer.host, from);
    assert_same_events(&stayed, &restorer.host);
    host_clear(&stayed);
    restorer_clear(&restorer);
}

static void what_is_sent_again_is_what_was_sent_before(void **state)
{
    struct host *host = &restorer.host;
    const struct event *first;

    (void)state;
    restorer_begin(&restorer, 1, NULL);
    host_advance(host, 5000);
    first = host_last(host, EVENT_SENT);
    restorer_go_on(&restorer);
    host_advance(host, 6000);
    assert_int_equal(host_count(host, EVENT_SENT), 2);
    assert_int_equal(host_last(host, EVENT_SENT)->len, first->len);
    assert_memory_equal(host_last(host, EVENT_SENT)->datagram, first->datagram, first->len);
    restorer_clear(&restorer);
}

static void with_the_largest_windows(struct ikl_sa_config *config)
{
    config->ids.own_window = config->ids.peer_window = IKL_WINDOW_MAX;
}

static void a_window_of_32_that_is_full_goes_on(void **state)
{
    struct host *host = &restorer.host;

    (void)state;
    restorer_begin(&restorer, 0, with_the_largest_windows);
    for (uint8_t id = 0; id < IKL_WINDOW_MAX; id++) {
        (void)ask(host, (uint8_t)(id + 1));
    }
    assert_int_equal(answer(host, IKL_WINDOW_MAX - 1), IKL_OK);
    restorer_go_on(&restorer);
    assert_int_equal(host_info(host).outstanding, IKL_WINDOW_MAX - 1);
    for (uint32_t id = 0; id < IKL_WINDOW_MAX - 1; id++) {
        assert_int_equal(answer(host, id), IKL_OK);
    }
    assert_int_equal(host_count(host, EVENT_OUTCOME), IKL_WINDOW_MAX);
    assert_int_equal(host_info(host).outstanding, 0);
    restorer_clear(&restorer);
}

static void as_many_responses_as_the_window_has_places_are_there_again(void **state)
{
    (void)state;
    restorer_begin(&restorer, 0, with_the_largest_windows);
    for (uint32_t id = 0; id < IKL_WINDOW_MAX; id++) {
        assert_int_equal(peer_send(&restorer.host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
    }
    restorer_go_on(&restorer);
    restorer_clear(&restorer);
}

/* An eighth is for one IKE SA: more than the blocks that are allocated at once. */
static void with_a_large_pool(struct ikl_endpoint_config *config)
{
    config->pool_blocks = 1000;
}

/* The pool of the other endpoint has no block left. */
static void the_pool_grows_for_all_that_is_kept_of_messages(void **state)
{
    struct host *host = &restorer.host, there;
    struct drain drain;
    size_t n = 0;

    (void)state;
    restorer_begin_with(&restorer, suite, 0, with_a_large_pool, with_the_largest_windows);
    while (n < IKL_WINDOW_MAX && asking_try(host, &(struct asking){.mark = 1, .len = 3000}, NULL) == IKL_OK) {
        n++;
    }
    assert_int_not_equal(n, 0);
    there = *host;
    there.endpoint = restorer.other;
    drain_pool(&drain, &there);
    restorer_go_on(&restorer);
    host_advance(host, 1000);
    assert_int_equal(host_count(host, EVENT_SENT), 2 * n);
    for (size_t i = 0; i < n; i++) {
        const struct event *first = host_event(host, EVENT_SENT, i), *again = host_event(host, EVENT_SENT, n + i);

        assert_int_equal(again->len, first->len);
        assert_memory_equal(again->datagram, first->datagram, first->len);
    }
    refill_pool(&drain, host);
    restorer_clear(&restorer);
}

static void a_snapshot_of_one_child_sa_and_nothing_outstanding_has_400_octets_at_most(void **state)
{
    struct peer_message probe = {.message_id = 0};

    (void)state;
    restorer_begin(&restorer, 1, with_fragmentation);
    assert_int_equal(peer_send(&restorer.host, suite, &probe), IKL_OK);
    restorer_take(&restorer);
    assert_in_range(restorer.len, 200, 400);
    restorer_clear(&restorer);
}

static void counted_initialisation_vectors_go_on_in_the_range_of_the_epoch(void **state)
{
    struct host *host = &restorer.host;
    const uint8_t *iv;

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    restorer_take(&restorer);
    restorer_go_on_with(&restorer, &(struct ikl_restore_options){.size = sizeof(struct ikl_restore_options),
                                                                 .epoch = RESTORER_EPOCH + 0x0304});
    host_advance(host, 5000);
    iv = host_last(host, EVENT_SENT)->datagram + 28 + 4;
    assert_memory_equal(iv, ((uint8_t[]){0x03, 0x04, 0, 0, 0, 0, 0, 0}), 8);
    restorer_clear(&restorer);
}

/* With a Child SA, a liveness check that is outstanding, a response, and the keys of test_keys. */
static void take_a_known_one(void)
{
    restorer_begin(&restorer, 1, NULL);
    assert_int_equal(peer_send(&restorer.host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    host_advance(&restorer.host, 5000);
    restorer.host.now = 5200;
    restorer_take(&restorer);
}

static void the_octets_are_the_same_on_every_machine_and_for_ever(void **state)
{
    static const char known[] =
        "696b6c7300010000000001a1766e3eff01000000a81111111111110000222222222222000000000000000000070000000000"
        "00000701001c0000000000050001010001000000000000000100000000000000000100000001000000010000000001ffffff"
        "ffffffebb000001388000000ffffffffffffebb0ffffffffffffebb00401f4c00002010401f4c00002020000000000000001"
        "000000000000000000000001000000000000000000000000000000000000000000000000000000020000004a24004383d210"
        "61dfcd1dc4864e76b3d42992a691c7bd811c3951e61609126636e1ae3dc55a82fc43d4a147d8959cee19cd23ba7ebd549437"
        "847315835463711b17322f93f23959642cc5030000001b03a0000001b00000017fffffffffffffff00000000000000000000"
        "040000004f000025000001ffffffffffffff38000000000000032000000000000003e8000000010000000000000000000000"
        "00000000000000000000000000000000010000000000000000000000000000000000050000001c0100000000250000000000"
        "0000000000000000000000000000000000";
    uint8_t octets[512];
    size_t len = hex_decode(octets, sizeof(octets), known);

    (void)state;
    take_a_known_one();
    assert_int_equal(restorer.len, len);
    assert_memory_equal(restorer.octets, octets, len);
    restorer_go_on(&restorer);
    host_advance(&restorer.host, 6000);
    assert_memory_equal(host_event(&restorer.host, EVENT_SENT, 2)->datagram,
                        host_event(&restorer.host, EVENT_SENT, 1)->datagram,
                        host_event(&restorer.host, EVENT_SENT, 1)->len);
    restorer_clear(&restorer);
}

/* Although it has its cipher in common with another. */
static void a_snapshot_has_the_prf_of_its_ike_sa(void **state)
{
    enum { SA = 1, RECORD_HEADER = 5, SA_PRF = 39 };
    const char *other = "chacha20poly1305-prfsha512";
    struct ikl_sa_config config;
    struct ikl_keys keys;
    size_t len, at;

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    test_sa_config(&config, &keys, other, true, 1);
    assert_int_equal(ikl_sa_new(&restorer.host.sa, restorer.host.endpoint, &config, 0), IKL_OK);
    host_keep_keys(&restorer.host, other);
    restorer_take(&restorer);
    at = restorer_find(&restorer, SA, 0, &len) + RECORD_HEADER + SA_PRF;
    assert_int_equal(restorer.octets[at] << 8 | restorer.octets[at + 1], IKL_PRF_HMAC_SHA2_512);
    restorer_clear(&restorer);
}

TESTS_OF(snapshot)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_sa_that_is_restored_lives_on_as_if_it_had_stayed),
        cmocka_unit_test(what_is_sent_again_is_what_was_sent_before),
        cmocka_unit_test(a_window_of_32_that_is_full_goes_on),
        cmocka_unit_test(as_many_responses_as_the_window_has_places_are_there_again),
        cmocka_unit_test(the_pool_grows_for_all_that_is_kept_of_messages),
        cmocka_unit_test(a_snapshot_of_one_child_sa_and_nothing_outstanding_has_400_octets_at_most),
        cmocka_unit_test(a_snapshot_has_the_prf_of_its_ike_sa),
        cmocka_unit_test(the_octets_are_the_same_on_every_machine_and_for_ever),
        cmocka_unit_test(counted_initialisation_vectors_go_on_in_the_range_of_the_epoch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
