/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/crash.h> about the memory that the tokens of peers take, and what is left in it. */
#include "support/crash.h"
#include "support/optional.h"
#include "support/providers.h"
#include "support/test.h"
#include "support/test_allocator.h"

static int use(struct ikl_sa *sa)
{
    struct crash_token token = crash_token_of(sa, 0);

    return crash_give(sa, token.octets, sizeof(token.octets), 0);
}

static bool is_used(struct host *host)
{
    return host_info(host).has_token;
}

static void reserve_one(struct ikl_endpoint_config *config)
{
    config->reserve_tokens = 1;
}

static const struct optional token_of_the_peer = {use, is_used, reserve_one};

static void out_of_memory_no_token_is_kept(void **state)
{
    (void)state;
    optional_finds_no_memory(&token_of_the_peer);
}

static void an_endpoint_without_memory_for_what_is_reserved_is_not_made(void **state)
{
    (void)state;
    optional_is_not_reserved(&token_of_the_peer);
}

static void an_ike_sa_whose_token_finds_no_memory_elsewhere_stays_with_it(void **state)
{
    (void)state;
    optional_stays(&token_of_the_peer);
}

static void with_a_fixed_budget_as_many_tokens_are_kept_as_were_reserved(void **state)
{
    (void)state;
    optional_has_a_budget(&token_of_the_peer);
}

static void with_a_fixed_budget_as_many_tokens_come_from_elsewhere_as_there_is_room_for(void **state)
{
    (void)state;
    optional_comes_within_a_budget(&token_of_the_peer);
}

static struct test_allocator memory;

static void in_our_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
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
    host_sa(&host, CRASH_SUITE, true, 1, NULL);
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
    (void)state;
    optional_takes_at_most(&token_of_the_peer, 80);
}

TESTS_OF(crash_memory)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_memory_no_token_is_kept),
        cmocka_unit_test(an_endpoint_without_memory_for_what_is_reserved_is_not_made),
        cmocka_unit_test(an_ike_sa_whose_token_finds_no_memory_elsewhere_stays_with_it),
        cmocka_unit_test(with_a_fixed_budget_as_many_tokens_are_kept_as_were_reserved),
        cmocka_unit_test(with_a_fixed_budget_as_many_tokens_come_from_elsewhere_as_there_is_room_for),
        cmocka_unit_test(neither_the_token_nor_its_digest_is_left_when_the_ike_sa_ends),
        cmocka_unit_test(an_ike_sa_without_a_token_takes_nothing_and_one_with_it_80_octets_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
