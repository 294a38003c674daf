/* SPDX-License-Identifier: ISC */
/* A gateway that goes on where another has ended. */
#include "town.h"

#include <ikelive/ikelive.h>

static struct town town;

static void peers_of_a_gateway_are_answered(void **state)
{
    town_init(&town, state);
    town_begin(&town);
    town_assert_answers(&town);
    assert_int_equal(town.n_synced, 0);
    assert_int_equal(town.sent[B], 0);
    town_clear(&town);
}

static void whoever_takes_over_goes_on_with_every_ike_sa(void **state)
{
    town_init(&town, state);
    town_begin(&town);
    town_assert_answers(&town);
    town_fail_over(&town, A, B);
    assert_int_equal(tenure_counts(town.tenures[B]).restored, PEERS);
    town_assert_answers(&town);
    assert_int_equal(town.n_synced, PEERS);
    assert_int_equal(tenure_counts(town.tenures[B]).unsynchronised, 0);
    town_clear(&town);
}

static void one_takeover_after_another_is_survived(void **state)
{
    town_init(&town, state);
    town_begin(&town);
    for (int i = 0; i < 3; i++) {
        town_fail_over(&town, A, B);
        town_assert_answers(&town);
        town_fail_over(&town, B, A);
        town_assert_answers(&town);
    }
    assert_int_equal(town.n_synced, 6 * PEERS);
    town_clear(&town);
}

/* The synchronisations of the first one reach the peers; its successor must begin above them all the same. */
static void a_gateway_that_ends_before_it_is_synchronised_is_succeeded(void **state)
{
    town_init(&town, state);
    town_begin(&town);
    town_fail_over(&town, A, B);
    town_fail_over(&town, B, A);
    town_assert_answers(&town);
    assert_true(town.n_synced > PEERS);
    town_clear(&town);
}

static void a_gateway_that_was_stopped_sends_nothing_any_more(void **state)
{
    uint32_t sent;

    town_init(&town, state);
    town_begin(&town);
    town.stopped[A] = true;
    town_wait_for(&town, B);
    town_run(&town, LEASE);
    town.stopped[A] = false;
    sent = town.sent[A];
    town_assert_answers(&town);
    assert_int_equal(town.sent[A], sent);
    assert_int_equal(town.n_synced, PEERS);
    town_clear(&town);
}

static void two_that_both_go_on_use_no_initialisation_vector_twice(void **state)
{
    uint32_t sent;

    town_init(&town, state);
    town.shards[A].stubborn = true;
    town_begin(&town);
    town_assert_answers(&town);
    town.stopped[A] = true;
    town_wait_for(&town, B);
    town.stopped[A] = false;
    sent = town.sent[A];
    town_assert_answers(&town);
    assert_true(town.sent[A] > sent);
    town_clear(&town);
}

static void a_rekeyed_ike_sa_is_taken_over(void **state)
{
    town_init(&town, state);
    town_begin(&town);
    town_rekey(&town);
    town_run(&town, 200);
    assert_int_equal(town.n_rekeyed, PEERS);
    assert_int_equal(tenure_counts(town.tenures[A]).sas, PEERS);
    town_fail_over(&town, A, B);
    assert_int_equal(tenure_counts(town.tenures[B]).restored, PEERS);
    town_rekey(&town);
    town_assert_answers(&town);
    assert_int_equal(town.n_rekeyed, 2 * PEERS);
    town_clear(&town);
}

/* A value of the store, to see whether it changes. */
struct value {
    size_t len;
    uint8_t octets[2048];
};

static bool keep_value(void *context, const char *key, const uint8_t *data, size_t len)
{
    struct value *value = context;

    (void)key;
    assert_true(len <= sizeof(value->octets));
    value->len = len;
    memcpy(value->octets, data, len);
    return false;
}

static struct value first_value(void)
{
    struct value value = {.len = 0};

    (void)store_read(town.stores.at[B], SHARD, keep_value, &value);
    return value;
}

static void nothing_is_written_for_liveness_checks(void **state)
{
    struct value before, after;

    town_init(&town, state);
    town_begin(&town);
    before = first_value();
    assert_true(before.len > SEAL_EXTRA);
    town_assert_answers(&town);
    after = first_value();
    assert_int_equal(after.len, before.len);
    assert_memory_equal(after.octets, before.octets, after.len);
    town_clear(&town);
}

static void an_ike_sa_that_its_peer_deletes_leaves_the_store(void **state)
{
    town_init(&town, state);
    town_begin(&town);
    for (size_t i = 0; i < PEERS; i++) {
        assert_int_equal(ikl_sa_delete(town.peers[i].sa, 1000, stores_now()), IKL_OK);
    }
    town_run(&town, 500);
    assert_int_equal(town.n_down, PEERS);
    assert_int_equal(first_value().len, 0);
    assert_int_equal(tenure_counts(town.tenures[A]).sas, 0);
    town_clear(&town);
}

static void a_value_that_is_damaged_is_left_out(void **state)
{
    static const uint8_t damage[100] = {1};
    const struct store_change change = {"0300000000000000", damage, sizeof(damage)};

    town_init(&town, state);
    town_begin(&town);
    assert_int_equal(store_write(town.stores.at[A], SHARD, town.shards[A].epoch, &change, 1), STORE_DONE);
    town_fail_over(&town, A, B);
    assert_int_equal(tenure_counts(town.tenures[B]).restored, PEERS);
    assert_int_equal(tenure_counts(town.tenures[B]).refused, 1);
    town_assert_answers(&town);
    town_clear(&town);
}

#ifdef CLUSTER_ETCD
static void a_peer_hears_of_its_ike_sa_only_when_the_store_has_it(void **state)
{
    town_init(&town, state);
    town_run(&town, 100);
    fake_etcd_set_fate(town.stores.etcd, "/txn", FAKE_ETCD_LOSES_QUESTIONS);
    town_greet(&town);
    town_run(&town, 1000);
    assert_int_equal(tenure_counts(town.tenures[A]).sas, PEERS);
    assert_int_equal(town.sent[A], 0);
    fake_etcd_set_fate(town.stores.etcd, "", FAKE_ETCD_ANSWERS);
    town_run(&town, 200);
    assert_int_equal(town.sent[A], PEERS);
    town_assert_answers(&town);
    town_clear(&town);
}

static void a_rekey_is_in_the_store_before_it_is_answered(void **state)
{
    town_init(&town, state);
    town_begin(&town);
    fake_etcd_set_fate(town.stores.etcd, "/txn", FAKE_ETCD_LOSES_ANSWERS);
    town_rekey(&town);
    town_run(&town, 200);
    assert_int_equal(town.n_rekeyed, 0);
    fake_etcd_set_fate(town.stores.etcd, "", FAKE_ETCD_ANSWERS);
    town_fail_over(&town, A, B);
    assert_int_equal(tenure_counts(town.tenures[B]).restored, 2 * PEERS);
    town_assert_answers(&town);
    assert_int_equal(town.n_rekeyed, PEERS);
    assert_int_equal(tenure_counts(town.tenures[B]).sas, PEERS);
    town_clear(&town);
}

static void what_waits_for_the_store_is_dropped_with_the_lease(void **state)
{
    town_init(&town, state);
    town_run(&town, 100);
    fake_etcd_set_fate(town.stores.etcd, "", FAKE_ETCD_LOSES_QUESTIONS);
    town_greet(&town);
    town_run(&town, 2 * LEASE);
    assert_null(town.tenures[A]);
    fake_etcd_set_fate(town.stores.etcd, "", FAKE_ETCD_ANSWERS);
    town_run(&town, 2 * LEASE);
    assert_int_equal(town.sent[A] + town.sent[B], 0);
    town_clear(&town);
}
#endif

TESTS_OF(tenure)
{
    const struct CMUnitTest tests[] = {
        WITH_EVERY_STORE(peers_of_a_gateway_are_answered),
        WITH_EVERY_STORE(whoever_takes_over_goes_on_with_every_ike_sa),
        WITH_EVERY_STORE(one_takeover_after_another_is_survived),
        WITH_EVERY_STORE(a_gateway_that_ends_before_it_is_synchronised_is_succeeded),
        WITH_EVERY_STORE(a_gateway_that_was_stopped_sends_nothing_any_more),
        WITH_EVERY_STORE(two_that_both_go_on_use_no_initialisation_vector_twice),
        WITH_EVERY_STORE(a_rekeyed_ike_sa_is_taken_over),
        WITH_EVERY_STORE(nothing_is_written_for_liveness_checks),
        WITH_EVERY_STORE(an_ike_sa_that_its_peer_deletes_leaves_the_store),
        WITH_EVERY_STORE(a_value_that_is_damaged_is_left_out),
#ifdef CLUSTER_ETCD
        cmocka_unit_test_prestate(a_peer_hears_of_its_ike_sa_only_when_the_store_has_it, stores_in_etcd),
        cmocka_unit_test_prestate(a_rekey_is_in_the_store_before_it_is_answered, stores_in_etcd),
        cmocka_unit_test_prestate(what_waits_for_the_store_is_dropped_with_the_lease, stores_in_etcd),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
