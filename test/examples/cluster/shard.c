/* SPDX-License-Identifier: ISC */
/* When a gateway takes a shard, and when it falls silent. */
#include "examples/cluster/shard.h"

#include "stores.h"

#include <stdio.h>

struct gateways {
    struct stores stores;
    struct shard shards[GATEWAYS];
};

/* The shard is at home at A. */
static void init(struct gateways *gateways, void *const *state)
{
    stores_init(&gateways->stores, state);
    for (int i = 0; i < GATEWAYS; i++) {
        shard_init(&gateways->shards[i], gateways->stores.at[i], SHARD, i == A, stores_now());
    }
}

/* Lets a gateway turn for so long; returns its last news. */
static enum shard_news run(struct gateways *gateways, int gateway, uint32_t ms)
{
    struct shard *shard = &gateways->shards[gateway];
    enum shard_news last = SHARD_AS_BEFORE;

    for (uint32_t i = 0; i <= ms; i += 10) {
        enum shard_news news = shard_step(shard, stores_now());

        last = news != SHARD_AS_BEFORE ? news : last;
        if (i < ms) {
            stores_sleep(10);
        }
    }
    return last;
}

static bool may_send(const struct gateways *gateways, int gateway)
{
    return shard_may_send(&gateways->shards[gateway], stores_now());
}

/* Until the other gateway has it, never both: time passes for both. */
static uint32_t wait_for_takeover(struct gateways *gateways)
{
    uint32_t ms = 0;

    while (shard_step(&gateways->shards[B], stores_now()) != SHARD_TAKEN) {
        stores_sleep(10);
        ms += 10;
        assert_true(ms < 10 * LEASE);
    }
    assert_false(may_send(gateways, A));
    return ms;
}

static void a_shard_is_taken_by_its_own_gateway_at_once(void **state)
{
    struct gateways gateways;

    init(&gateways, state);
    assert_int_equal(run(&gateways, B, 0), SHARD_AS_BEFORE);
    assert_int_equal(run(&gateways, A, 0), SHARD_TAKEN);
    assert_int_equal(gateways.shards[A].epoch, 1);
    assert_true(may_send(&gateways, A));
    assert_false(may_send(&gateways, B));
    stores_clear(&gateways.stores);
}

static void a_holder_that_lives_keeps_its_shard(void **state)
{
    struct gateways gateways;

    init(&gateways, state);
    assert_int_equal(run(&gateways, A, 0), SHARD_TAKEN);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(run(&gateways, A, 10), SHARD_AS_BEFORE);
        assert_int_equal(run(&gateways, B, 0), SHARD_AS_BEFORE);
        assert_true(may_send(&gateways, A));
    }
    stores_clear(&gateways.stores);
}

static void a_shard_whose_holder_is_gone_is_taken_within_a_lease_and_a_bit(void **state)
{
    struct gateways gateways;
    uint32_t ms;

    init(&gateways, state);
    assert_int_equal(run(&gateways, A, 0), SHARD_TAKEN);
    run(&gateways, B, 0);
    ms = wait_for_takeover(&gateways);
    assert_in_range(ms, LEASE - LEASE / 4, LEASE + LEASE / 10);
    assert_int_equal(gateways.shards[B].epoch, 2);
    stores_clear(&gateways.stores);
}

static void a_gateway_that_was_stopped_is_silent_as_soon_as_it_goes_on(void **state)
{
    struct gateways gateways;

    init(&gateways, state);
    assert_int_equal(run(&gateways, A, 0), SHARD_TAKEN);
    run(&gateways, B, 0);
    wait_for_takeover(&gateways);
    assert_int_equal(shard_step(&gateways.shards[A], stores_now()), SHARD_LOST);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(run(&gateways, A, 0), SHARD_AS_BEFORE);
        assert_int_equal(run(&gateways, B, 10), SHARD_AS_BEFORE);
        assert_true(may_send(&gateways, B));
    }
    stores_clear(&gateways.stores);
}

static void a_free_shard_that_is_at_home_elsewhere_is_taken_after_a_lease(void **state)
{
    struct gateways gateways;
    uint32_t ms;

    init(&gateways, state);
    ms = wait_for_takeover(&gateways);
    assert_in_range(ms, LEASE / 2, LEASE + LEASE / 10);
    stores_clear(&gateways.stores);
}

static void a_refused_write_loses_the_shard_until_it_is_taken_again(void **state)
{
    struct gateways gateways;

    init(&gateways, state);
    assert_int_equal(run(&gateways, A, 0), SHARD_TAKEN);
    shard_refused(&gateways.shards[A]);
    assert_false(may_send(&gateways, A));
    assert_int_equal(shard_step(&gateways.shards[A], stores_now()), SHARD_LOST);
    assert_int_equal(shard_step(&gateways.shards[A], stores_now()), SHARD_AS_BEFORE);
    assert_int_equal(run(&gateways, A, LEASE / 10), SHARD_TAKEN);
    assert_int_equal(gateways.shards[A].epoch, 2);
    stores_clear(&gateways.stores);
}

static void a_stubborn_gateway_goes_on(void **state)
{
    struct gateways gateways;

    init(&gateways, state);
    gateways.shards[A].stubborn = true;
    assert_int_equal(run(&gateways, A, 0), SHARD_TAKEN);
    stores_sleep(2 * LEASE);
    assert_int_equal(run(&gateways, A, LEASE), SHARD_AS_BEFORE);
    shard_refused(&gateways.shards[A]);
    assert_true(may_send(&gateways, A));
    stores_clear(&gateways.stores);
}

#ifdef CLUSTER_ETCD
static void no_epoch_is_tried_twice(void **state)
{
    struct gateways gateways;

    init(&gateways, state);
    fake_etcd_set_fate(gateways.stores.etcd, "/txn", FAKE_ETCD_LOSES_ANSWERS);
    assert_int_equal(run(&gateways, A, LEASE / 2), SHARD_AS_BEFORE);
    assert_false(may_send(&gateways, A));
    assert_true(gateways.shards[A].unanswered);
    assert_true(gateways.shards[A].tried > 3);
    fake_etcd_set_fate(gateways.stores.etcd, "", FAKE_ETCD_ANSWERS);
    assert_int_equal(run(&gateways, A, LEASE / 10), SHARD_TAKEN);
    assert_int_equal(gateways.shards[A].epoch, gateways.shards[A].tried);
    assert_false(gateways.shards[A].unanswered);
    stores_clear(&gateways.stores);
}

static void a_gateway_that_cannot_reach_the_store_falls_silent_before_another_takes_over(void **state)
{
    struct gateways gateways;

    init(&gateways, state);
    assert_int_equal(run(&gateways, A, 0), SHARD_TAKEN);
    run(&gateways, B, 0);
    fake_etcd_set_fate(gateways.stores.etcd, "/keepalive", FAKE_ETCD_LOSES_QUESTIONS);
    assert_int_equal(run(&gateways, A, LEASE / 2), SHARD_AS_BEFORE);
    assert_true(gateways.shards[A].unanswered);
    assert_int_equal(run(&gateways, A, LEASE / 2 - LEASE / 16), SHARD_LOST);
    assert_false(may_send(&gateways, A));
    assert_int_equal(run(&gateways, B, LEASE / 16 + LEASE / 10), SHARD_TAKEN);
    stores_clear(&gateways.stores);
}
#endif

TESTS_OF(shard)
{
    const struct CMUnitTest tests[] = {
        WITH_EVERY_STORE(a_shard_is_taken_by_its_own_gateway_at_once),
        WITH_EVERY_STORE(a_holder_that_lives_keeps_its_shard),
        WITH_EVERY_STORE(a_shard_whose_holder_is_gone_is_taken_within_a_lease_and_a_bit),
        WITH_EVERY_STORE(a_gateway_that_was_stopped_is_silent_as_soon_as_it_goes_on),
        WITH_EVERY_STORE(a_free_shard_that_is_at_home_elsewhere_is_taken_after_a_lease),
        WITH_EVERY_STORE(a_refused_write_loses_the_shard_until_it_is_taken_again),
        WITH_EVERY_STORE(a_stubborn_gateway_goes_on),
#ifdef CLUSTER_ETCD
        cmocka_unit_test_prestate(no_epoch_is_tried_twice, stores_in_etcd),
        cmocka_unit_test_prestate(a_gateway_that_cannot_reach_the_store_falls_silent_before_another_takes_over,
                                  stores_in_etcd),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
