/* SPDX-License-Identifier: ISC */
/* What every kind of store promises. */
#include "stores.h"

#include <stdio.h>

static void a_shard_begins_without_an_epoch_and_a_holder(void **state)
{
    struct stores stores;
    struct store_shard shard;

    stores_init(&stores, state);
    shard = stores_look(&stores, A);
    assert_int_equal(shard.epoch, 0);
    assert_false(shard.held);
    assert_null(stores_get(&stores, A, "key"));
    stores_clear(&stores);
}

static void a_claimed_shard_is_held_and_nobody_else_gets_it(void **state)
{
    struct stores stores;
    struct store_shard seen, shard;

    stores_init(&stores, state);
    seen = stores_look(&stores, B);
    assert_int_equal(stores_claim(&stores, A, 0), STORE_DONE);
    shard = stores_look(&stores, B);
    assert_int_equal(shard.epoch, 1);
    assert_true(shard.held);
    assert_int_equal(store_claim(stores.at[B], SHARD, &shard, 2, &stores.until), STORE_REFUSED);
    assert_int_equal(store_claim(stores.at[B], SHARD, &seen, 1, &stores.until), STORE_REFUSED);
    assert_int_equal(store_claim(stores.at[B], SHARD, &seen, 2, &stores.until), STORE_REFUSED);
    assert_int_equal(stores_look(&stores, A).epoch, 1);
    stores_clear(&stores);
}

static void an_epoch_that_is_not_higher_is_refused(void **state)
{
    struct stores stores;
    struct store_shard seen;

    stores_init(&stores, state);
    assert_int_equal(stores_claim(&stores, A, 6), STORE_DONE);
    assert_int_equal(store_release(stores.at[A], SHARD, 7), STORE_DONE);
    seen = stores_look(&stores, B);
    assert_int_equal(seen.epoch, 7);
    assert_int_equal(store_claim(stores.at[B], SHARD, &seen, 7, &stores.until), STORE_REFUSED);
    assert_int_equal(store_claim(stores.at[B], SHARD, &seen, 8, &stores.until), STORE_DONE);
    stores_clear(&stores);
}

static void a_lease_ends_for_its_holder_before_anybody_else_can_claim(void **state)
{
    struct stores stores;

    stores_init(&stores, state);
    stores_hold(&stores, A);
    assert_true(stores.until <= stores_now() + LEASE - LEASE / 16);
    assert_true(stores.until > stores_now() + LEASE / 2);
    assert_true(stores_look(&stores, B).held);
    stores_sleep(LEASE - 1);
    assert_true(stores_look(&stores, B).held);
    stores_sleep(1);
    assert_false(stores_look(&stores, B).held);
    assert_int_equal(stores_claim(&stores, B, 0), STORE_DONE);
    assert_int_equal(stores_look(&stores, B).epoch, 2);
    stores_clear(&stores);
}

static void a_renewed_lease_goes_on(void **state)
{
    struct stores stores;
    uint64_t epoch;

    stores_init(&stores, state);
    epoch = stores_hold(&stores, A);
    for (int i = 0; i < 5; i++) {
        assert_true(stores_look(&stores, B).held);
        stores_sleep(LEASE / 2);
        assert_int_equal(store_renew(stores.at[A], SHARD, epoch, &stores.until), STORE_DONE);
        assert_int_equal(stores.until, stores_now() + store_lease(stores.at[A]));
    }
    stores_sleep(LEASE / 2);
    assert_true(stores_look(&stores, B).held);
    stores_clear(&stores);
}

static void a_lease_that_has_run_out_is_not_renewed(void **state)
{
    struct stores stores;
    uint64_t epoch;
    ikl_time until;

    stores_init(&stores, state);
    epoch = stores_hold(&stores, A);
    until = stores.until;
    stores_sleep(LEASE);
    assert_int_equal(store_renew(stores.at[A], SHARD, epoch, &stores.until), STORE_REFUSED);
    assert_int_equal(stores.until, until);
    stores_clear(&stores);
}

static void whoever_was_succeeded_can_neither_renew_nor_write_nor_release(void **state)
{
    struct stores stores;
    uint64_t epoch;

    stores_init(&stores, state);
    epoch = stores_hold(&stores, A);
    assert_int_equal(stores_put(&stores, A, epoch, "key", "old"), STORE_DONE);
    stores_look(&stores, B);
    stores_sleep(LEASE);
    stores_hold(&stores, B);
    assert_int_equal(store_renew(stores.at[A], SHARD, epoch, &stores.until), STORE_REFUSED);
    assert_int_equal(stores_put(&stores, A, epoch, "key", "new"), STORE_REFUSED);
    store_release(stores.at[A], SHARD, epoch);
    assert_true(stores_look(&stores, A).held);
    assert_string_equal(stores_get(&stores, B, "key"), "old");
    stores_clear(&stores);
}

static void a_released_shard_is_free_at_once(void **state)
{
    struct stores stores;
    uint64_t epoch;

    stores_init(&stores, state);
    epoch = stores_hold(&stores, A);
    assert_true(stores_look(&stores, B).held);
    assert_int_equal(store_release(stores.at[A], SHARD, epoch), STORE_DONE);
    assert_int_equal(stores_put(&stores, A, epoch, "key", "value"), STORE_REFUSED);
    assert_false(stores_look(&stores, B).held);
    assert_int_equal(stores_claim(&stores, B, 0), STORE_DONE);
    stores_clear(&stores);
}

static void a_gateway_that_has_crashed_waits_for_its_own_lease(void **state)
{
    struct stores stores;

    stores_init(&stores, state);
    stores_hold(&stores, A);
    stores_restart(&stores, A);
    assert_true(stores_look(&stores, A).held);
    assert_int_equal(stores_claim(&stores, A, 0), STORE_REFUSED);
    stores_sleep(LEASE);
    assert_int_equal(stores_claim(&stores, A, 0), STORE_DONE);
    assert_int_equal(stores_look(&stores, A).epoch, 2);
    stores_clear(&stores);
}

static void values_can_be_replaced_and_removed_together(void **state)
{
    const struct store_change changes[] = {{"a", NULL, 0}, {"b", (const uint8_t *)"new", 3}, {"gone", NULL, 0}};
    struct stores stores;
    uint64_t epoch;

    stores_init(&stores, state);
    epoch = stores_hold(&stores, A);
    assert_int_equal(stores_put(&stores, A, epoch, "a", "one"), STORE_DONE);
    assert_int_equal(stores_put(&stores, A, epoch, "b", "two"), STORE_DONE);
    assert_int_equal(stores_put(&stores, A, epoch, "ab", "three"), STORE_DONE);
    assert_int_equal(store_write(stores.at[A], SHARD, epoch, changes, COUNT_OF(changes)), STORE_DONE);
    assert_null(stores_get(&stores, B, "a"));
    assert_string_equal(stores_get(&stores, B, "b"), "new");
    assert_string_equal(stores_get(&stores, B, "ab"), "three");
    stores_clear(&stores);
}

static void nothing_is_written_with_another_epoch(void **state)
{
    struct stores stores;
    uint64_t epoch;

    stores_init(&stores, state);
    epoch = stores_hold(&stores, A);
    assert_int_equal(stores_put(&stores, A, epoch + 1, "key", "value"), STORE_REFUSED);
    assert_int_equal(stores_put(&stores, B, epoch, "key", "value"), STORE_REFUSED);
    assert_null(stores_get(&stores, A, "key"));
    stores_clear(&stores);
}

static void keys_and_values_that_cannot_be_are_refused(void **state)
{
    static uint8_t data[STORE_VALUE + 1];
    struct store_change change = {"key", data, sizeof(data)};
    struct store_change many[STORE_CHANGES + 1];
    struct stores stores;
    uint64_t epoch;

    stores_init(&stores, state);
    epoch = stores_hold(&stores, A);
    assert_int_equal(store_write(stores.at[A], SHARD, epoch, &change, 1), STORE_FAILED);
    change.len = STORE_VALUE;
    assert_int_equal(store_write(stores.at[A], SHARD, epoch, &change, 1), STORE_DONE);
    assert_int_equal(stores_put(&stores, A, epoch, "", "value"), STORE_FAILED);
    assert_int_equal(stores_put(&stores, A, epoch, "../key", "value"), STORE_FAILED);
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        many[i] = (struct store_change){"many", data, 1};
    }
    assert_int_equal(store_write(stores.at[A], SHARD, epoch, many, COUNT_OF(many)), STORE_FAILED);
    stores_clear(&stores);
}

static bool count_all(void *context, const char *key, const uint8_t *data, size_t len)
{
    unsigned *seen = context;
    unsigned number = (unsigned)strtoul(key, NULL, 10);

    assert_int_equal(len, 1);
    assert_int_equal(data[0], number);
    seen[number]++;
    return true;
}

static bool count_two(void *context, const char *key, const uint8_t *data, size_t len)
{
    (void)key;
    (void)data;
    (void)len;
    return ++*(int *)context < 2;
}

static void reading_tells_every_value_once(void **state)
{
    unsigned seen[20] = {0};
    struct stores stores;
    int two = 0;
    uint64_t epoch;

    stores_init(&stores, state);
    epoch = stores_hold(&stores, A);
    for (uint8_t i = 0; i < COUNT_OF(seen); i++) {
        char key[16];
        const struct store_change change = {key, &i, 1};

        (void)snprintf(key, sizeof(key), "%d", i);
        assert_int_equal(store_write(stores.at[A], SHARD, epoch, &change, 1), STORE_DONE);
    }
    assert_int_equal(store_read(stores.at[B], SHARD, count_all, seen), STORE_DONE);
    for (size_t i = 0; i < COUNT_OF(seen); i++) {
        assert_int_equal(seen[i], 1);
    }
    assert_int_equal(store_read(stores.at[B], SHARD, count_two, &two), STORE_REFUSED);
    assert_int_equal(two, 2);
    stores_clear(&stores);
}

static void shards_have_nothing_to_do_with_each_other(void **state)
{
    struct stores stores;
    struct store_shard other;
    uint64_t epoch;

    stores_init(&stores, state);
    epoch = stores_hold(&stores, A);
    assert_int_equal(stores_put(&stores, A, epoch, "key", "value"), STORE_DONE);
    assert_int_equal(store_look(stores.at[B], SHARD + 1, &other), STORE_DONE);
    assert_int_equal(other.epoch, 0);
    assert_int_equal(store_claim(stores.at[B], SHARD + 1, &other, 1, &stores.until), STORE_DONE);
    assert_int_equal(store_release(stores.at[B], SHARD + 1, 1), STORE_DONE);
    assert_true(stores_look(&stores, B).held);
    assert_string_equal(stores_get(&stores, B, "key"), "value");
    stores_clear(&stores);
}

static struct stores *slow;

/* A clock that is looked at just before a long sleep, in which another gateway takes the shard. */
static ikl_time look_and_sleep(void)
{
    ikl_time now = stores_now();

    if (slow != NULL) {
        stores_sleep(LEASE);
        stores_hold(slow, A);
        slow = NULL;
    }
    return now;
}

static void a_gateway_that_sleeps_while_it_looks_gives_a_new_holder_its_lease(void **state)
{
    struct store_config config = {.self = "slow", .lease = LEASE, .patience = 60000, .clock = look_and_sleep};
    struct stores stores;
    struct store_shard shard;
    struct store *store;

    stores_init(&stores, state);
    config.where = stores.folder;
    store = store_open_folder(&config);
    assert_non_null(store);
    slow = &stores;
    assert_int_equal(store_look(store, SHARD, &shard), STORE_DONE);
    assert_int_equal(store_claim(store, SHARD, &shard, 7, &stores.until), STORE_REFUSED);
    assert_int_equal(store_look(store, SHARD, &shard), STORE_DONE);
    assert_true(shard.held);
    store_close(store);
    stores_clear(&stores);
}

TESTS_OF(store)
{
    const struct CMUnitTest tests[] = {
        WITH_EVERY_STORE(a_shard_begins_without_an_epoch_and_a_holder),
        WITH_EVERY_STORE(a_claimed_shard_is_held_and_nobody_else_gets_it),
        WITH_EVERY_STORE(an_epoch_that_is_not_higher_is_refused),
        WITH_EVERY_STORE(a_lease_ends_for_its_holder_before_anybody_else_can_claim),
        WITH_EVERY_STORE(a_renewed_lease_goes_on),
        WITH_EVERY_STORE(a_lease_that_has_run_out_is_not_renewed),
        WITH_EVERY_STORE(whoever_was_succeeded_can_neither_renew_nor_write_nor_release),
        WITH_EVERY_STORE(a_released_shard_is_free_at_once),
        WITH_EVERY_STORE(a_gateway_that_has_crashed_waits_for_its_own_lease),
        WITH_EVERY_STORE(values_can_be_replaced_and_removed_together),
        WITH_EVERY_STORE(nothing_is_written_with_another_epoch),
        WITH_EVERY_STORE(keys_and_values_that_cannot_be_are_refused),
        WITH_EVERY_STORE(reading_tells_every_value_once),
        WITH_EVERY_STORE(shards_have_nothing_to_do_with_each_other),
        cmocka_unit_test(a_gateway_that_sleeps_while_it_looks_gives_a_new_holder_its_lease),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
