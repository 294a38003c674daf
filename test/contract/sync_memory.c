/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/sync.h> about the memory that the synchronisation of Message IDs takes. */
#include "support/syncing.h"
#include "support/test.h"
#include "support/test_allocator.h"

static struct test_allocator memory;

static void in_our_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

static int agree(struct ikl_sa *sa)
{
    return ikl_sa_agree_sync(sa, IKL_SYNC_MESSAGE_IDS, 0);
}

static void out_of_memory_nothing_is_agreed_on(void **state)
{
    struct host host;
    size_t n = 0;
    int result;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, in_our_memory);
    host_sa(&host, SYNCING_SUITE, true, 1, NULL);
    do {
        test_allocator_fail(&memory, ++n);
        result = agree(host.sa);
        assert_int_equal(host_info(&host).may_sync, result == IKL_OK);
    } while (result == IKL_ERR_NO_MEMORY);
    assert_int_equal(result, IKL_OK);
    assert_true(n > 2);
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

static void an_endpoint_without_memory_for_what_is_reserved_is_not_made(void **state)
{
    struct ikl_endpoint_config config;
    struct ikl_endpoint *endpoint;
    struct host host;
    size_t n = 0;
    int result;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, NULL);
    config = host_config(&host);
    config.allocator = &memory.allocator;
    config.reserve_syncs = 1;
    do {
        test_allocator_fail(&memory, ++n);
        result = ikl_endpoint_new(&endpoint, &config, 0);
        assert_true(result == IKL_OK || memory.outstanding == 0);
    } while (result == IKL_ERR_NO_MEMORY);
    assert_int_equal(result, IKL_OK);
    assert_int_equal(ikl_endpoint_free(endpoint), IKL_OK);
    host_clear(&host);
}

static void an_ike_sa_for_which_there_is_no_memory_elsewhere_stays(void **state)
{
    struct ikl_endpoint_config config;
    struct ikl_endpoint *other;
    struct ikl_sa *moved;
    struct host host;
    size_t n = 0;
    int result;

    (void)state;
    test_allocator_init(&memory);
    syncing_begin(&host, NULL, NULL);
    config = host_config(&host);
    config.allocator = &memory.allocator;
    do {
        assert_true(host_info(&host).may_sync);
        assert_int_equal(ikl_endpoint_new(&other, &config, 0), IKL_OK); /* anew: what was reserved there stays */
        test_allocator_fail(&memory, ++n);
        result = ikl_sa_migrate(host.sa, other, 0, &moved);
        memory.fail_at = 0;
        if (result != IKL_OK) {
            assert_int_equal(ikl_endpoint_free(other), IKL_OK);
        }
    } while (result == IKL_ERR_NO_MEMORY);
    assert_int_equal(result, IKL_OK);
    host.sa = moved;
    assert_true(host_info(&host).may_sync);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

static void with_a_fixed_budget_as_many_can_be_synchronised_as_were_reserved(void **state)
{
    struct ikl_suite parsed;
    struct host host;

    (void)state;
    assert_int_equal(ikl_suite_parse(&parsed, SYNCING_SUITE), IKL_OK);
    for (uint32_t n = 0; n < 2; n++) {
        struct ikl_endpoint_config config;

        host_init(&host, "a", 0, NULL);
        config = host_config(&host);
        config.fixed_budget = true;
        config.reserve_sas = 1;
        config.reserve_syncs = n;
        config.reserve_suites = &parsed;
        config.n_reserve_suites = 1;
        assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
        assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
        host_sa(&host, SYNCING_SUITE, true, 1, NULL);
        assert_int_equal(agree(host.sa), n == 0 ? IKL_ERR_NO_MEMORY : IKL_OK);
        host_clear(&host);
    }
}

static void an_ike_sa_without_it_takes_nothing_and_one_with_it_160_octets_at_most(void **state)
{
    enum { SAS = 448 }; /* seven eighths of a table of SPIs */
    struct ikl_sa *sas[SAS];
    struct host host;
    size_t before;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, in_our_memory);
    for (uint32_t i = 0; i < SAS; i++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;

        test_sa_config(&config, &keys, SYNCING_SUITE, true, i);
        assert_int_equal(ikl_sa_new(&sas[i], host.endpoint, &config, 0), IKL_OK);
    }
    before = memory.outstanding;
    for (uint32_t i = 0; i < SAS; i++) {
        assert_int_equal(agree(sas[i]), IKL_OK);
    }
    assert_true(memory.outstanding - before <= SAS * 160);
    host_clear(&host);
}

static void nothing_of_it_is_left_when_the_ike_sa_ends(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(ikl_sa_sync(host.sa, NULL, 0), IKL_OK);
    ikl_sa_close(host.sa, 0);
    assert_false(host_info(&host).may_sync);
    ikl_sa_free(host.sa);
    host_sa(&host, SYNCING_SUITE, true, 0, NULL); /* the same SPIs */
    assert_false(host_info(&host).may_sync);
    assert_false(host_info(&host).syncing);
    host_clear(&host);
}

TESTS_OF(sync_memory)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_memory_nothing_is_agreed_on),
        cmocka_unit_test(an_endpoint_without_memory_for_what_is_reserved_is_not_made),
        cmocka_unit_test(an_ike_sa_for_which_there_is_no_memory_elsewhere_stays),
        cmocka_unit_test(with_a_fixed_budget_as_many_can_be_synchronised_as_were_reserved),
        cmocka_unit_test(an_ike_sa_without_it_takes_nothing_and_one_with_it_160_octets_at_most),
        cmocka_unit_test(nothing_of_it_is_left_when_the_ike_sa_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
