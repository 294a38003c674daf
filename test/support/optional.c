/* SPDX-License-Identifier: ISC */
/* See optional.h. */
#include "optional.h"

#include "test.h"
#include "test_allocator.h"

static struct test_allocator memory;

static void in_our_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

void optional_finds_no_memory(const struct optional *optional)
{
    struct host host;
    size_t n = 0;
    int result;

    test_allocator_init(&memory);
    host_init(&host, "a", 0, in_our_memory);
    host_sa(&host, OPTIONAL_SUITE, true, 1, NULL);
    do {
        test_allocator_fail(&memory, ++n);
        result = optional->use(host.sa);
        assert_int_equal(optional->is_used(&host), result == IKL_OK);
    } while (result == IKL_ERR_NO_MEMORY);
    assert_int_equal(result, IKL_OK);
    assert_true(n > 2);
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

void optional_is_not_reserved(const struct optional *optional)
{
    struct ikl_endpoint_config config;
    struct ikl_endpoint *endpoint;
    struct host host;
    size_t n = 0;
    int result;

    test_allocator_init(&memory);
    host_init(&host, "a", 0, NULL);
    config = host_config(&host);
    config.allocator = &memory.allocator;
    optional->reserve_one(&config);
    do {
        test_allocator_fail(&memory, ++n);
        result = ikl_endpoint_new(&endpoint, &config, 0);
        assert_true(result == IKL_OK || memory.outstanding == 0);
    } while (result == IKL_ERR_NO_MEMORY);
    assert_int_equal(result, IKL_OK);
    assert_int_equal(ikl_endpoint_free(endpoint), IKL_OK);
    host_clear(&host);
}

void optional_stays(const struct optional *optional)
{
    struct ikl_endpoint_config config;
    struct ikl_endpoint *other;
    struct ikl_sa *moved;
    struct host host;
    size_t n = 0;
    int result;

    test_allocator_init(&memory);
    host_init(&host, "a", 0, NULL);
    host_sa(&host, OPTIONAL_SUITE, true, 1, NULL);
    assert_int_equal(optional->use(host.sa), IKL_OK);
    config = host_config(&host);
    config.allocator = &memory.allocator;
    do {
        assert_true(optional->is_used(&host));
        assert_int_equal(ikl_endpoint_new(&other, &config, 0), IKL_OK); /* anew: what was reserved there stays */
        test_allocator_fail(&memory, ++n);
        result = ikl_sa_migrate(host.sa, other, 0, &moved);
        memory.fail_at = 0;
        if (result != IKL_OK) {
            assert_int_equal(ikl_endpoint_free(other), IKL_OK);
        }
    } while (result == IKL_ERR_NO_MEMORY);
    assert_int_equal(result, IKL_OK);
    assert_true(n > 2);
    host.sa = moved;
    assert_true(optional->is_used(&host));
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

void optional_has_a_budget(const struct optional *optional)
{
    struct ikl_suite suite;
    struct host host;

    assert_int_equal(ikl_suite_parse(&suite, OPTIONAL_SUITE), IKL_OK);
    for (uint32_t reserved = 0; reserved < 2; reserved++) {
        struct ikl_endpoint_config config;

        host_init(&host, "a", 0, NULL);
        config = host_config(&host);
        config.fixed_budget = true;
        config.reserve_sas = 1;
        config.reserve_suites = &suite;
        config.n_reserve_suites = 1;
        if (reserved == 1) {
            optional->reserve_one(&config);
        }
        assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
        assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
        host_sa(&host, OPTIONAL_SUITE, true, 1, NULL);
        assert_int_equal(optional->use(host.sa), reserved == 0 ? IKL_ERR_NO_MEMORY : IKL_OK);
        host_clear(&host);
    }
}

void optional_comes_within_a_budget(const struct optional *optional)
{
    enum { SAS = 14 }; /* as many as the smallest table of SPIs has room for */
    struct ikl_suite suite;
    struct ikl_endpoint_config config;
    struct ikl_endpoint *other;
    struct host host;

    assert_int_equal(ikl_suite_parse(&suite, OPTIONAL_SUITE), IKL_OK);
    host_init(&host, "a", 0, NULL);
    config = host_config(&host);
    config.fixed_budget = true;
    config.reserve_sas = SAS;
    config.reserve_suites = &suite;
    config.n_reserve_suites = 1;
    optional->reserve_one(&config);
    assert_int_equal(ikl_endpoint_new(&other, &config, 0), IKL_OK);
    for (uint32_t i = 0; i < SAS; i++) {
        struct ikl_sa_config sa_config;
        struct ikl_keys keys;
        struct ikl_sa *sa;

        test_sa_config(&sa_config, &keys, OPTIONAL_SUITE, true, i);
        assert_int_equal(ikl_sa_new(&sa, host.endpoint, &sa_config, 0), IKL_OK);
        assert_int_equal(optional->use(sa), IKL_OK);
        assert_int_equal(ikl_sa_migrate(sa, other, 0, &sa), IKL_OK);
    }
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    host_clear(&host);
}

void optional_takes_at_most(const struct optional *optional, size_t octets)
{
    enum { SAS = 448 }; /* seven eighths of a table of SPIs */
    struct ikl_sa *sas[SAS];
    struct host host;
    size_t before;

    test_allocator_init(&memory);
    host_init(&host, "a", 0, in_our_memory);
    for (uint32_t i = 0; i < SAS; i++) {
        struct ikl_sa_config config;
        struct ikl_keys keys;

        test_sa_config(&config, &keys, OPTIONAL_SUITE, true, i);
        assert_int_equal(ikl_sa_new(&sas[i], host.endpoint, &config, 0), IKL_OK);
    }
    before = memory.outstanding;
    for (uint32_t i = 0; i < SAS; i++) {
        assert_int_equal(optional->use(sas[i]), IKL_OK);
    }
    assert_in_range(memory.outstanding - before, 1, SAS * octets);
    host_clear(&host);
}
