/* SPDX-License-Identifier: ISC */
/* ikl_sa_migrate: what belongs to an endpoint, its schedule, path groups and time, and an IKE SA that comes to it. */
#include "support/asking.h"
#include "support/fickle_cipher.h"
#include "support/monitored.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/rekeyed.h"
#include "support/sharing.h"
#include "support/test.h"
#include "support/test_allocator.h"
#include "support/toy_sa.h"

#include "memory/slab.h"

static const char *const suite = MOVER_SUITE;

static const struct ikl_schedule quick = {.waits = {100, 100}, .n_waits = 2, .tries = 2};

static void with_quick_schedule(struct ikl_endpoint_config *config)
{
    config->schedule = &quick;
}

static void the_schedule_of_its_endpoint_becomes_that_of_the_other(void **state)
{
    struct host host;
    struct ikl_endpoint *other;

    (void)state;
    host_init(&host, "a", 0, with_quick_schedule);
    host_sa(&host, suite, true, 0, NULL);
    ask(&host, 1);
    other = mover_endpoint(&host, NULL);
    host_move(&host, &other);
    host_advance(&host, 100);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.wait, 2000);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    host_clear(&host);
}

static struct {
    unsigned begun, over;
    ikl_time heard; /* before the last of them */
} outages;

static void on_outage(void *user, const struct ikl_outage *outage)
{
    (void)user;
    outages.begun += outage->over ? 0 : 1;
    outages.over += outage->over ? 1 : 0;
    outages.heard = outage->heard;
}

static uint32_t hold = 600000;

static void with_outages(struct ikl_endpoint_config *config)
{
    config->callbacks.outage = on_outage;
    config->outage_after = 6000;
    config->outage_least = 1;
    config->outage_hold = hold;
}

static struct host *begin_with_outages(struct mover *mover)
{
    memset(&outages, 0, sizeof(outages));
    mover_init(mover, with_outages);
    host_sa(&mover->host, suite, true, 0, NULL);
    return &mover->host;
}

/* Returns when it begins; time goes on to 100000. */
static ikl_time run_into_the_outage(struct host *host)
{
    ikl_time begins = 0;

    for (ikl_time now = 0; now <= 100000; now += 1000) {
        begins = outages.begun == 0 ? now : begins;
        host_advance(host, now);
    }
    assert_int_equal(outages.begun, 1);
    return begins;
}

static void an_outage_of_its_path_group_goes_on_where_it_moves_to(void **state)
{
    struct mover mover;
    struct host *host;

    (void)state;
    host = begin_with_outages(&mover);
    (void)run_into_the_outage(host);
    mover_move(&mover);
    assert_int_equal(outages.begun, 2);
    for (ikl_time now = 101000; now <= 500000; now += 1000) {
        host_advance(host, now);
    }
    assert_int_equal(host_count(host, EVENT_DOWN), 0);
    assert_int_equal(answer(host, 0), IKL_OK);
    assert_int_equal(outages.over, 1);
    mover_clear(&mover);
}

/* An IKE SA of the other endpoint, made at 0, which hears its peer then or now. */
static struct ikl_sa *hear_there(struct mover *mover, ikl_time at)
{
    struct ikl_endpoint *from = mover->host.endpoint;
    ikl_time now = mover->host.now;
    struct ikl_sa *there;

    mover->host.endpoint = mover->other;
    mover->host.now = 0;
    there = sharing_sa(&mover->host, 1, false, 1);
    mover->host.now = at;
    assert_int_equal(peer_send(&mover->host, suite, &(struct peer_message){.sa = 1}), IKL_OK);
    mover->host.endpoint = from;
    mover->host.now = now;
    return there;
}

static void an_outage_goes_on_among_ike_sas_that_have_heard_nothing_since(void **state)
{
    struct mover mover;

    (void)state;
    (void)run_into_the_outage(begin_with_outages(&mover));
    (void)hear_there(&mover, 0);
    mover_move(&mover);
    assert_int_equal(outages.begun, 2);
    mover_clear(&mover);
}

/* It counts for nothing that the other endpoint began later. */
static void an_outage_goes_on_where_there_was_no_ike_sa(void **state)
{
    struct ikl_endpoint *other;
    struct mover mover;
    struct host *host;

    (void)state;
    host = begin_with_outages(&mover);
    (void)run_into_the_outage(host);
    assert_int_equal(outages.heard, 0);
    other = mover_endpoint(host, with_outages);
    host_move(host, &other);
    host_advance(host, host->now);
    assert_int_equal(outages.begun, 2);
    assert_int_equal(outages.heard, 0);
    assert_int_equal(host_counters(host).outages, 1);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    mover_clear(&mover);
}

static void an_outage_is_over_among_ike_sas_that_have_heard_something_since(void **state)
{
    (void)state;
    for (int at_once = 0; at_once < 2; at_once++) {
        struct mover mover;
        ikl_time begins = run_into_the_outage(begin_with_outages(&mover));

        (void)hear_there(&mover, at_once != 0 ? begins : 100000);
        mover_move(&mover);
        assert_int_equal(outages.begun, 1);
        mover_clear(&mover);
    }
}

static void an_outage_that_is_known_there_is_not_told_again(void **state)
{
    struct mover mover;
    struct ikl_sa *second;

    (void)state;
    (void)begin_with_outages(&mover);
    second = sharing_sa(&mover.host, 1, false, 1);
    (void)run_into_the_outage(&mover.host);
    assert_int_equal(ikl_sa_migrate(second, mover.other, mover.host.now, &second), IKL_OK);
    assert_int_equal(outages.begun, 2);
    mover_move(&mover);
    assert_int_equal(outages.begun, 2);
    mover_clear(&mover);
}

static void an_endpoint_that_tells_no_outages_goes_on_with_none(void **state)
{
    struct ikl_endpoint *other;
    struct mover mover;
    struct host *host;

    (void)state;
    host = begin_with_outages(&mover);
    (void)run_into_the_outage(host);
    other = mover_endpoint(host, NULL);
    host_move(host, &other);
    assert_int_equal(outages.begun, 1);
    assert_int_equal(host_counters(host).outages, 0);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    mover_clear(&mover);
}

static void a_sign_of_life_that_moves_with_it_is_one_for_its_new_path_group(void **state)
{
    struct mover mover;
    struct host *host;

    (void)state;
    host = begin_with_outages(&mover);
    host->now = 20000;
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    mover_move(&mover);
    host_advance(host, 25000);
    host_advance(host, 25999);
    host_advance(host, 26000);
    assert_int_equal(outages.begun, 1);
    mover_clear(&mover);
    host = begin_with_outages(&mover);
    host->now = 21000;
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    mover_move(&mover);
    ask(host, 1);
    host_advance(host, 22000);
    assert_int_equal(outages.begun, 0);
    mover_clear(&mover);
}

static void a_sign_of_life_that_moves_with_it_counts_for_the_others_of_its_new_path_group(void **state)
{
    struct mover mover;
    struct ikl_sa *there;
    struct host *host;

    (void)state;
    host = begin_with_outages(&mover);
    there = hear_there(&mover, 0);
    host->now = 3000;
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    mover_move(&mover);
    assert_int_equal(ikl_sa_probe(there, 5000), IKL_OK);
    host_advance(host, 6000);
    assert_int_equal(host_counters(host).retransmissions, 1);
    assert_int_equal(outages.begun, 0);
    mover_clear(&mover);
}

static void both_endpoints_tell_time_on_one_clock(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;

    (void)state;
    mover_begin(&mover, 0, NULL);
    host_advance(host, 1000);
    assert_int_equal(ikl_endpoint_advance(mover.other, 3000), IKL_OK);
    mover_move(&mover); /* at 1000 */
    assert_int_equal(host_counters(host).clock_backward, 1);
    assert_int_equal(ikl_endpoint_next_deadline(host->endpoint), 5000);
    host->now = 4000;
    mover_move(&mover);
    assert_int_equal(ikl_endpoint_next_deadline(host->endpoint), 5000);
    host->now = 3500;
    mover_move(&mover); /* at 4000, which both have been told */
    ask(host, 1);
    assert_int_equal(host_last(host, EVENT_ATTEMPT)->attempt.wait, 1000);
    assert_int_equal(ikl_endpoint_next_deadline(host->endpoint), 5000);
    mover_clear(&mover);
}

static void what_is_overdue_fires_with_the_next_advance_there(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;

    (void)state;
    mover_begin(&mover, 0, NULL);
    host->now = 7000;
    mover_move(&mover);
    assert_int_equal(host->n_events, 0);
    assert_true(ikl_endpoint_next_deadline(host->endpoint) <= 7000);
    host_advance(host, 7000);
    assert_int_equal(host_count(host, EVENT_SENT), 1);
    mover_clear(&mover);
}

static int resend_on_and_on(struct host *host, struct event *event)
{
    return event->kind == EVENT_ATTEMPT ? ikl_sa_resend(host->sa, host->now) : IKL_OK;
}

/* After some number of other calls there, the call has the number that the last call had here. */
static void what_callbacks_have_sent_again_here_keeps_no_call_there_from_it(void **state)
{
    (void)state;
    for (unsigned later = 0; later < 20; later++) {
        struct mover mover;
        struct host *host = &mover.host;

        mover_begin(&mover, 0, NULL);
        host->on_event = resend_on_and_on;
        (void)ask(host, 1);
        assert_int_equal(host_count(host, EVENT_SENT), 5);
        host->on_event = NULL;
        mover_move(&mover);
        for (unsigned call = 0; call < later; call++) {
            assert_int_equal(ikl_sa_set_liveness(host->sa, IKL_LIVENESS_OFF, 0, 0, host->now), IKL_OK);
        }
        assert_int_equal(ikl_sa_resend(host->sa, host->now), IKL_OK);
        assert_int_equal(host_count(host, EVENT_SENT), 6);
        mover_clear(&mover);
    }
}

/* The verdict would fall while the outage holds it, and falls when that ends. */
static void it_holds_verdicts_there_until_it_would_have_ended_here(void **state)
{
    ikl_time downs[2];

    (void)state;
    hold = 320000;
    for (int moves = 0; moves < 2; moves++) {
        struct mover mover;
        struct host *host = begin_with_outages(&mover);

        (void)run_into_the_outage(host);
        if (moves != 0) {
            mover_move(&mover);
        }
        host_run_to_the_end(host);
        downs[moves] = host_last(host, EVENT_DOWN)->at;
        mover_clear(&mover);
    }
    hold = 600000;
    assert_int_equal(downs[0], downs[1]);
    assert_true(downs[0] > 5000 + 319000);
}

/* Where it was, it lay beside one that uses its keys the other way round. */
static void it_takes_a_free_place_and_the_keys_beside_it_stay_as_they_are(void **state)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_sa *gone, *beside;
    struct mover mover;
    struct host *host = &mover.host;

    (void)state;
    mover_init(&mover, NULL);
    gone = rekeyed_new_sa(host, true, 1);
    (void)rekeyed_new_sa(host, true, 2);
    host_sa(host, suite, true, 0, NULL);
    beside = rekeyed_new_sa(host, false, 3);
    mover_move(&mover);
    assert_int_equal(ikl_sa_migrate(beside, host->endpoint, 0, &beside), IKL_OK);
    ikl_sa_free(gone);
    mover_move(&mover);
    for (uint32_t n = 0; n <= 2; n += 2) {
        assert_int_equal(peer_send(host, suite, &(struct peer_message){.sa = n}), IKL_OK);
        (void)peer_open(host_last(host, EVENT_SENT), suite, plaintext);
    }
    mover_clear(&mover);
}

static void behind_nat(struct ikl_sa_config *config)
{
    config->path.encapsulated = config->path.behind_nat = true;
    config->liveness = IKL_LIVENESS_OFF;
}

static void its_next_keepalive_is_due_when_it_was(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;
    ikl_time due;

    (void)state;
    mover_begin(&mover, 0, behind_nat);
    host_advance(host, 5000);
    due = ikl_endpoint_next_deadline(host->endpoint);
    assert_true(due > 5000 && due != IKL_NEVER);
    mover_move(&mover);
    assert_true(ikl_endpoint_next_deadline(host->endpoint) == due);
    mover_clear(&mover);
}

static void with_two_ciphers(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *const providers[] = {&toy_provider, &fickle_provider};

    config->providers = providers;
    config->n_providers = COUNT_OF(providers);
}

/* Another IKE SA, with the other cipher. */
static void use_the_other(const struct host *host)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;

    toy_sa_config(&config, &keys, 7);
    assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_OK);
}

/* Here its cipher is the second in use, there it is the first, and nobody takes its place. */
static void its_cipher_is_in_use_there_whatever_came_before_and_comes_after(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;

    (void)state;
    fickle_reset(true, true);
    mover_init(&mover, with_two_ciphers);
    use_the_other(host);
    host_sa(host, suite, true, 0, NULL);
    mover_move(&mover);
    use_the_other(host);
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    mover_clear(&mover);
}

static struct test_allocator memory;

static void with_counted_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

static void it_takes_no_more_memory_there_than_if_it_had_been_made_there(void **state)
{
    size_t taken[2];

    (void)state;
    for (int moves = 0; moves < 2; moves++) {
        struct ikl_endpoint *other;
        struct ikl_child *child;
        struct host host;

        test_allocator_init(&memory);
        host_init(&host, "a", 0, moves != 0 ? NULL : with_counted_memory);
        other = mover_endpoint(&host, moves != 0 ? with_counted_memory : NULL);
        host_sa(&host, suite, true, 0, with_fragmentation);
        for (uint32_t n = 1; n <= IKL_SLAB_CHUNK; n++) { /* there is room for no more without another piece */
            assert_int_equal(monitored_add_child(&host, NULL, n, &child), IKL_OK);
        }
        if (moves != 0) {
            host_move(&host, &other);
        }
        taken[moves] = memory.outstanding;
        assert_int_equal(ikl_endpoint_free(other), IKL_OK);
        host_clear(&host);
    }
    assert_int_equal(taken[0], taken[1]);
}

TESTS_OF(migrate_endpoints)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schedule_of_its_endpoint_becomes_that_of_the_other),
        cmocka_unit_test(an_outage_of_its_path_group_goes_on_where_it_moves_to),
        cmocka_unit_test(it_holds_verdicts_there_until_it_would_have_ended_here),
        cmocka_unit_test(an_outage_goes_on_among_ike_sas_that_have_heard_nothing_since),
        cmocka_unit_test(an_outage_goes_on_where_there_was_no_ike_sa),
        cmocka_unit_test(an_outage_is_over_among_ike_sas_that_have_heard_something_since),
        cmocka_unit_test(an_outage_that_is_known_there_is_not_told_again),
        cmocka_unit_test(an_endpoint_that_tells_no_outages_goes_on_with_none),
        cmocka_unit_test(a_sign_of_life_that_moves_with_it_is_one_for_its_new_path_group),
        cmocka_unit_test(a_sign_of_life_that_moves_with_it_counts_for_the_others_of_its_new_path_group),
        cmocka_unit_test(both_endpoints_tell_time_on_one_clock),
        cmocka_unit_test(what_callbacks_have_sent_again_here_keeps_no_call_there_from_it),
        cmocka_unit_test(it_takes_a_free_place_and_the_keys_beside_it_stay_as_they_are),
        cmocka_unit_test(its_next_keepalive_is_due_when_it_was),
        cmocka_unit_test(its_cipher_is_in_use_there_whatever_came_before_and_comes_after),
        cmocka_unit_test(it_takes_no_more_memory_there_than_if_it_had_been_made_there),
        cmocka_unit_test(what_is_overdue_fires_with_the_next_advance_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
