/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/crash.h> about the memory that the tokens of peers take, and what is left in it. */
#include "support/crash.h"
#include "support/providers.h"
#include "support/test.h"
#include "support/test_allocator.h"

static const char *const suite = CRASH_SUITE;

static struct test_allocator memory;

static void in_our_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

static void out_of_memory_no_token_is_kept(void **state)
{
    static const uint8_t token[IKL_TOKEN_LEN] = {1};
    struct host host;
    size_t n = 0;
    int result;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, in_our_memory);
    host_sa(&host, suite, true, 1, NULL);
    do {
        test_allocator_fail(&memory, ++n);
        result = crash_give(host.sa, token, sizeof(token), 0);
        assert_int_equal(host_info(&host).has_token, result == IKL_OK);
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
    config.reserve_tokens = 1;
    do {
        test_allocator_fail(&memory, ++n);
        result = ikl_endpoint_new(&endpoint, &config, 0);
        assert_true(result == IKL_OK || memory.outstanding == 0);
    } while (result == IKL_ERR_NO_MEMORY);
    assert_int_equal(result, IKL_OK);
    assert_int_equal(ikl_endpoint_free(endpoint), IKL_OK);
    host_clear(&host);
}

static void an_ike_sa_whose_token_finds_no_memory_elsewhere_stays_with_it(void **state)
{
    struct ikl_endpoint_config config;
    struct ikl_endpoint *other;
    struct ikl_sa *moved;
    struct host host;
    size_t n = 0;
    int result;

    (void)state;
    test_allocator_init(&memory);
    (void)crash_one_sa(&host);
    config = host_config(&host);
    config.allocator = &memory.allocator;
    do {
        assert_true(host_info(&host).has_token);
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
    assert_true(host_info(&host).has_token);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

static void with_a_fixed_budget(struct ikl_endpoint_config *config)
{
    config->fixed_budget = true;
    config->reserve_sas = 1;
}

static void with_room_for_a_token(struct ikl_endpoint_config *config)
{
    with_a_fixed_budget(config);
    config->reserve_tokens = 1;
}

static void with_a_fixed_budget_as_many_tokens_are_kept_as_were_reserved(void **state)
{
    static const uint8_t token[IKL_TOKEN_LEN] = {1};
    struct ikl_suite parsed;
    struct host host;

    (void)state;
    assert_int_equal(ikl_suite_parse(&parsed, suite), IKL_OK);
    for (int i = 0; i < 2; i++) {
        struct ikl_endpoint_config config;

        host_init(&host, "a", 0, NULL);
        config = host_config(&host);
        (i == 0 ? with_a_fixed_budget : with_room_for_a_token)(&config);
        config.reserve_suites = &parsed;
        config.n_reserve_suites = 1;
        assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
        assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
        host_sa(&host, suite, true, 1, NULL);
        assert_int_equal(crash_give(host.sa, token, sizeof(token), 0), i == 0 ? IKL_ERR_NO_MEMORY : IKL_OK);
        host_clear(&host);
    }
}

static void neither_the_token_nor_its_digest_is_left_when_the_ike_sa_ends(void **state)
{
    uint8_t spis[16], digest[IKL_TOKEN_LEN];
    struct ikl_octets part;
    struct ikl_prf_input input = {
        .size = sizeof(input), .key = spis, .key_len = sizeof(spis), .parts = &part, .n_parts = 1};
    struct ikl_writer writer = ikl_writer(spis, sizeof(spis));
    const struct ikl_prf *good;
    struct crash_token token;
    struct host host;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, in_our_memory);
    host_sa(&host, suite, true, 1, NULL);
    token = crash_token_of(host.sa, 0);
    part = (struct ikl_octets){token.octets, sizeof(token.octets)};
    ikl_write_u64(&writer, ikl_sa_spi_i(host.sa));
    ikl_write_u64(&writer, ikl_sa_spi_r(host.sa));
    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_256, &good), IKL_OK);
    assert_int_equal(good->compute(&input, digest), IKL_OK);
    assert_int_equal(crash_give(host.sa, token.octets, sizeof(token.octets), 0), IKL_OK);
    assert_int_equal(test_allocator_find(&memory, token.octets, sizeof(token.octets)), 0);
    assert_int_equal(test_allocator_find(&memory, digest, sizeof(digest)), 1);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(test_allocator_find(&memory, digest, sizeof(digest)), 0);
    assert_false(host_info(&host).has_token);
    host_clear(&host);
}

static void an_ike_sa_without_a_token_takes_nothing_and_one_with_it_80_octets_at_most(void **state)
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

        test_sa_config(&config, &keys, suite, true, i);
        assert_int_equal(ikl_sa_new(&sas[i], host.endpoint, &config, 0), IKL_OK);
    }
    before = memory.outstanding;
    for (uint32_t i = 0; i < SAS; i++) {
        struct crash_token token = crash_token_of(sas[i], 0);

        assert_int_equal(crash_give(sas[i], token.octets, sizeof(token.octets), 0), IKL_OK);
    }
    assert_true(memory.outstanding - before <= SAS * 80);
    host_clear(&host);
}

TESTS_OF(crash_memory)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_memory_no_token_is_kept),
        cmocka_unit_test(an_endpoint_without_memory_for_what_is_reserved_is_not_made),
        cmocka_unit_test(an_ike_sa_whose_token_finds_no_memory_elsewhere_stays_with_it),
        cmocka_unit_test(with_a_fixed_budget_as_many_tokens_are_kept_as_were_reserved),
        cmocka_unit_test(neither_the_token_nor_its_digest_is_left_when_the_ike_sa_ends),
        cmocka_unit_test(an_ike_sa_without_a_token_takes_nothing_and_one_with_it_80_octets_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
