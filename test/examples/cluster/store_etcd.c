/* SPDX-License-Identifier: ISC */
/* What the store does when etcd's answers are lost. */
#include "stores.h"

static const enum fake_etcd_fate ambiguous[] = {FAKE_ETCD_LOSES_ANSWERS, FAKE_ETCD_LOSES_QUESTIONS, FAKE_ETCD_FAILS,
                                                FAKE_ETCD_TALKS_NONSENSE, FAKE_ETCD_SAYS_NOTHING};

static void an_epoch_whose_claim_was_not_answered_is_burnt(void **state)
{
    for (size_t i = 0; i < COUNT_OF(ambiguous); i++) {
        struct stores stores;

        stores_init(&stores, state);
        fake_etcd_set_fate(stores.etcd, "/txn", ambiguous[i]);
        assert_int_equal(stores_claim(&stores, A, 0), STORE_UNKNOWN);
        fake_etcd_set_fate(stores.etcd, "", FAKE_ETCD_ANSWERS);
        assert_int_equal(stores_look(&stores, A).epoch, ambiguous[i] == FAKE_ETCD_LOSES_ANSWERS ? 1 : 0);
        assert_int_equal(stores_put(&stores, B, 1, "key", "value"), STORE_REFUSED);
        assert_int_equal(stores_claim(&stores, A, 1), STORE_DONE);
        assert_int_equal(stores_look(&stores, A).epoch, 2);
        stores_clear(&stores);
    }
}

static void a_claim_that_etcd_did_but_did_not_say_ends_with_its_lease(void **state)
{
    struct stores stores;

    stores_init(&stores, state);
    fake_etcd_set_fate(stores.etcd, "/txn", FAKE_ETCD_LOSES_ANSWERS);
    assert_int_equal(stores_claim(&stores, A, 0), STORE_UNKNOWN);
    fake_etcd_set_fate(stores.etcd, "", FAKE_ETCD_ANSWERS);
    assert_int_equal(store_renew(stores.at[A], SHARD, 1, &stores.until), STORE_REFUSED);
    assert_int_equal(stores_claim(&stores, B, 0), STORE_REFUSED);
    stores_sleep(LEASE);
    assert_int_equal(stores_claim(&stores, B, 0), STORE_DONE);
    assert_int_equal(stores_look(&stores, B).epoch, 2);
    stores_clear(&stores);
}

static void a_claim_without_a_lease_is_no_claim(void **state)
{
    struct stores stores;

    stores_init(&stores, state);
    for (size_t i = 0; i < COUNT_OF(ambiguous); i++) {
        fake_etcd_set_fate(stores.etcd, "/grant", ambiguous[i]);
        assert_int_equal(stores_claim(&stores, A, 0), STORE_FAILED);
    }
    fake_etcd_set_fate(stores.etcd, "", FAKE_ETCD_ANSWERS);
    assert_int_equal(stores_look(&stores, A).epoch, 0);
    stores_clear(&stores);
}

static void a_renewal_that_was_not_answered_prolongs_nothing_for_its_holder(void **state)
{
    for (size_t i = 0; i < COUNT_OF(ambiguous); i++) {
        struct stores stores;
        uint64_t epoch;
        ikl_time until;

        stores_init(&stores, state);
        epoch = stores_hold(&stores, A);
        until = stores.until;
        stores_sleep(LEASE / 2);
        fake_etcd_set_fate(stores.etcd, "/keepalive", ambiguous[i]);
        assert_int_equal(store_renew(stores.at[A], SHARD, epoch, &stores.until), STORE_UNKNOWN);
        assert_int_equal(stores.until, until);
        fake_etcd_set_fate(stores.etcd, "", FAKE_ETCD_ANSWERS);
        assert_int_equal(store_renew(stores.at[A], SHARD, epoch, &stores.until), STORE_DONE);
        assert_int_equal(stores.until, until + LEASE / 2);
        stores_clear(&stores);
    }
}

static void changes_that_were_not_answered_can_be_written_again(void **state)
{
    struct stores stores;
    uint64_t epoch;

    stores_init(&stores, state);
    epoch = stores_hold(&stores, A);
    for (size_t i = 0; i < COUNT_OF(ambiguous); i++) {
        fake_etcd_set_fate(stores.etcd, "", ambiguous[i]);
        assert_int_equal(stores_put(&stores, A, epoch, "key", "value"), STORE_UNKNOWN);
    }
    fake_etcd_set_fate(stores.etcd, "", FAKE_ETCD_ANSWERS);
    assert_int_equal(stores_put(&stores, A, epoch, "key", "value"), STORE_DONE);
    assert_string_equal(stores_get(&stores, A, "key"), "value");
    stores_clear(&stores);
}

static bool never(void *context, const char *key, const uint8_t *data, size_t len)
{
    (void)context;
    (void)key;
    (void)data;
    (void)len;
    fail();
    return false;
}

static void looking_and_reading_fail_without_an_answer(void **state)
{
    struct stores stores;
    struct store_shard shard;

    stores_init(&stores, state);
    for (size_t i = 0; i < COUNT_OF(ambiguous); i++) {
        fake_etcd_set_fate(stores.etcd, "", ambiguous[i]);
        assert_int_equal(store_look(stores.at[A], SHARD, &shard), STORE_FAILED);
        assert_int_equal(store_read(stores.at[A], SHARD, never, NULL), STORE_FAILED);
    }
    stores_clear(&stores);
}

static void answers_that_cannot_be_are_not_believed(void **state)
{
    struct stores stores;
    struct store_shard shard;

    stores_init(&stores, state);
    fake_etcd_set_fate(stores.etcd, "", FAKE_ETCD_NAMES_NO_KEY);
    assert_int_equal(store_look(stores.at[A], SHARD, &shard), STORE_FAILED);
    assert_int_equal(store_read(stores.at[A], SHARD, never, NULL), STORE_FAILED);
    fake_etcd_set_fate(stores.etcd, "", FAKE_ETCD_PROMISES_MORE);
    assert_int_equal(store_read(stores.at[A], SHARD, never, NULL), STORE_FAILED);
    stores_clear(&stores);
}

static void what_etcd_refuses_was_not_done(void **state)
{
    struct stores stores;
    uint64_t epoch;

    stores_init(&stores, state);
    epoch = stores_hold(&stores, A);
    fake_etcd_set_fate(stores.etcd, "", FAKE_ETCD_REFUSES);
    assert_int_equal(stores_put(&stores, A, epoch, "key", "value"), STORE_REFUSED);
    assert_int_equal(store_renew(stores.at[A], SHARD, epoch, &stores.until), STORE_FAILED);
    fake_etcd_set_fate(stores.etcd, "", FAKE_ETCD_ANSWERS);
    assert_null(stores_get(&stores, A, "key"));
    stores_clear(&stores);
}

static void a_member_that_is_not_there_is_passed_over(void **state)
{
    struct stores stores;
    struct store_config config = {.self = "another", .lease = LEASE, .patience = 60000, .clock = stores_now};
    struct store_shard shard;
    char where[128];
    struct store *store;

    stores_init(&stores, state);
    strcpy(where, "http://127.0.0.1:1,");
    strcat(where, fake_etcd_url(stores.etcd));
    config.where = where;
    store = store_open_etcd(&config);
    assert_int_equal(store_look(store, SHARD, &shard), STORE_FAILED);
    assert_int_equal(store_look(store, SHARD, &shard), STORE_DONE);
    assert_int_equal(store_claim(store, SHARD, &shard, 1, &stores.until), STORE_DONE);
    store_close(store);
    stores_clear(&stores);
}

TESTS_OF(store_etcd)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(an_epoch_whose_claim_was_not_answered_is_burnt, stores_in_etcd),
        cmocka_unit_test_prestate(a_claim_that_etcd_did_but_did_not_say_ends_with_its_lease, stores_in_etcd),
        cmocka_unit_test_prestate(a_claim_without_a_lease_is_no_claim, stores_in_etcd),
        cmocka_unit_test_prestate(a_renewal_that_was_not_answered_prolongs_nothing_for_its_holder, stores_in_etcd),
        cmocka_unit_test_prestate(changes_that_were_not_answered_can_be_written_again, stores_in_etcd),
        cmocka_unit_test_prestate(looking_and_reading_fail_without_an_answer, stores_in_etcd),
        cmocka_unit_test_prestate(answers_that_cannot_be_are_not_believed, stores_in_etcd),
        cmocka_unit_test_prestate(what_etcd_refuses_was_not_done, stores_in_etcd),
        cmocka_unit_test_prestate(a_member_that_is_not_there_is_passed_over, stores_in_etcd),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
