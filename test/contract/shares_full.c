/* SPDX-License-Identifier: ISC */
/* Promises about the pool where it is full, and about what it is made of. */
#include "support/asking.h"
#include "support/beginning.h"
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/peer.h"
#include "support/shares_check.h"
#include "support/test.h"
#include "support/test_allocator.h"

#include "sa/sa.h"

static const char *const suite = ASKING_SUITE;

enum { TEN_MINUTES = 600000, START = 1000, LARGE = 2600, SEALED = 3, WINDOW = 4 };

static const uint8_t octets[LARGE];

static void wide(struct ikl_sa_config *config)
{
    config->protection.fragmentation = true;
    config->liveness = IKL_LIVENESS_OFF;
    config->ids.own_window = config->ids.peer_window = WINDOW;
}

static void quiet(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_OFF;
}

static void without_own_blocks(struct ikl_endpoint_config *config)
{
    config->own_blocks = IKL_NO_OWN_BLOCKS;
}

/* The peer's next request, which is answered with so many octets of payloads. */
static void answer_with(struct host *host, uint32_t message_id, size_t len)
{
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, len - IKL_PAYLOAD_HEADER_LEN}};
    struct peer_message message = {.exchange_type = IKL_CREATE_CHILD_SA, .message_id = message_id};

    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, message_id, &payload, len != 0 ? 1 : 0, host->now), IKL_OK);
}

static int ask_with(struct host *host, size_t len)
{
    return asking_try(host, &(struct asking){.mark = 1, .len = len}, NULL);
}

static int repeat(struct host *host, uint32_t message_id)
{
    return peer_send(host, suite,
                     &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA, .message_id = message_id});
}

static void an_ike_sa_that_has_its_share_forgets_old_responses_of_its_own(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", START, without_own_blocks);
    host_sa(&host, suite, true, 0, wide);
    answer_with(&host, 0, 0); /* needs no block, so it is never forgotten */
    answer_with(&host, 1, LARGE);
    answer_with(&host, 2, LARGE);
    assert_int_equal(ask_with(&host, LARGE), IKL_ERR_NO_BUFFER);
    host_advance(&host, START + TEN_MINUTES - 1);
    assert_int_equal(ask_with(&host, LARGE), IKL_ERR_NO_BUFFER);
    host_advance(&host, START + TEN_MINUTES);
    assert_int_equal(ask_with(&host, LARGE), IKL_OK);
    assert_int_equal(repeat(&host, 0), IKL_OK);
    assert_int_equal(repeat(&host, 1), IKL_ERR_STALE);
    assert_int_equal(repeat(&host, 2), IKL_OK);
    host_clear(&host);
}

/* Nothing was borrowed for it. */
static void an_old_response_in_its_own_blocks_is_forgotten_when_nothing_can_be_borrowed(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    host_init(&host, "a", START, NULL);
    host_sa(&host, suite, true, 0, quiet);
    answer_with(&host, 0, 400);
    drain_pool(&drain, &host);
    assert_int_equal(ask_with(&host, 400), IKL_ERR_NO_BUFFER);
    host_advance(&host, START + TEN_MINUTES);
    assert_int_equal(ask_with(&host, 400), IKL_OK);
    assert_int_equal(repeat(&host, 0), IKL_ERR_STALE);
    refill_pool(&drain, &host);
    host_clear(&host);
}

static void with_fickle_provider_and_no_own_blocks(struct ikl_endpoint_config *config)
{
    with_fickle_provider(config);
    without_own_blocks(config);
    config->callbacks.peer_request = NULL;
}

/* With all of the three blocks for sealed messages in use. */
static void a_short_answer_takes_the_block_of_the_one_that_a_new_request_has_the_peer_forget(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    fickle_reset(false, true);
    host_init(&host, "a", 0, with_fickle_provider_and_no_own_blocks);
    host_sa(&host, suite, true, 2, quiet);
    ikl_sa_peer_window(host.sa, 2, 0);
    drain_pool_to(&drain, &host, SEALED);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children + 1, 1, 0), IKL_OK);
    for (uint32_t id = 0; id < 5; id++) {
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
        assert_int_equal(pool_room(&host), 0);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 2 + 5);
    refill_pool(&drain, &host);
    host_clear(&host);
}

/* A wider window is the host's wish, and its to pay for. */
static void beyond_its_three_blocks_a_short_answer_that_must_be_kept_sealed_is_not_given(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    fickle_reset(false, true);
    host_init(&host, "a", 0, with_fickle_provider_and_no_own_blocks);
    host_sa(&host, suite, true, 0, wide);
    drain_pool_to(&drain, &host, SEALED);
    for (uint32_t id = 0; id < WINDOW; id++) {
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = id}),
                         id < SEALED ? IKL_OK : IKL_ERR_NO_BUFFER);
    }
    refill_pool(&drain, &host);
    for (uint32_t id = SEALED; id < 3 * WINDOW; id++) { /* the peer has these three forgotten, one after the other */
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
        assert_null(shares_check(host.endpoint));
    }
    host_clear(&host);
}

static struct test_allocator memory;

static void with_many_own_blocks(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
    config->own_blocks = 200;
}

/* Fails each allocation of ikl_sa_new in turn; how many there are. */
static size_t new_sa_with_failures(struct host *host, uint32_t n)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    size_t failures = 0;
    int result;

    test_sa_config(&config, &keys, suite, true, n);
    config.protection.fragmentation = true; /* takes room of its own */
    do {
        test_allocator_fail(&memory, failures + 1);
        result = ikl_sa_new(&host->sa, host->endpoint, &config, 0);
        failures += result != IKL_OK ? 1 : 0;
        assert_true(result == IKL_OK || result == IKL_ERR_NO_MEMORY);
    } while (result != IKL_OK);
    return failures;
}

static void what_an_ike_sa_owns_is_allocated_with_it_or_there_is_none(void **state)
{
    struct host host;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, with_many_own_blocks);
    (void)new_sa_with_failures(&host, 0);
    assert_true(new_sa_with_failures(&host, 1) >= 2); /* what there is already is not asked for again */
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 2);
    host_clear(&host);
}

/* Its own 24 blocks and the 552 of the common pool are nine chunks, and what it owns with this cipher is beyond. */
static void with_full_chunks(struct ikl_endpoint_config *config)
{
    with_fickle_provider(config);
    config->allocator = &memory.allocator;
    config->own_blocks = 24;
}

static void keys_that_need_blocks_for_sealed_messages_are_installed_with_these_or_not_at_all(void **state)
{
    size_t failures = 0;
    struct host host;
    int result;

    (void)state;
    fickle_reset(false, true);
    test_allocator_init(&memory);
    host_init(&host, "a", 0, with_full_chunks);
    host_begin(&host, NULL);
    (void)begin(&host, 7);
    do {
        test_allocator_fail(&memory, failures + 1);
        result = beginning_install(&host);
        failures += result != IKL_OK ? 1 : 0;
        assert_true(result == IKL_OK || result == IKL_ERR_NO_MEMORY);
        assert_int_equal(host.endpoint->shares.owned, result == IKL_OK ? 24 + SEALED : 24);
    } while (result != IKL_OK);
    assert_true(failures >= 2); /* for the keys, and for the blocks */
    host_clear(&host);
}

static void a_common_pool_of_more_blocks_than_there_are_numbers_for_is_refused(void **state)
{
    struct ikl_endpoint_config config;
    struct ikl_endpoint *endpoint;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    config = host_config(&host);
    config.pool_blocks = UINT32_MAX;
    assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_ERR_NO_MEMORY);
    host_clear(&host);
}

static void a_fixed_budget_has_the_blocks_for_sealed_messages_too(void **state)
{
    enum { N = 100 };
    static struct ikl_suite suites[1];
    struct ikl_endpoint_config config;
    struct host host = {0};
    size_t allocations;

    (void)state;
    fickle_reset(false, true);
    test_allocator_init(&memory);
    assert_int_equal(ikl_suite_parse(&suites[0], suite), IKL_OK);
    host_init(&host, "a", 0, NULL);
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    config = host_config(&host);
    with_fickle_provider(&config);
    config.allocator = &memory.allocator;
    config.reserve_sas = N;
    config.fixed_budget = true;
    config.reserve_suites = suites;
    config.n_reserve_suites = 1;
    assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
    allocations = memory.allocations;
    for (uint32_t n = 0; n < N; n++) {
        struct ikl_sa_config sa_config;
        struct ikl_keys keys;

        test_sa_config(&sa_config, &keys, suite, true, n);
        assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &sa_config, 0), IKL_OK);
    }
    assert_true(host.endpoint->pool.blocks.n_free >= host.endpoint->shares.set_aside);
    assert_int_equal(memory.allocations, allocations);
    host_clear(&host);
}

TESTS_OF(shares_full)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_sa_that_has_its_share_forgets_old_responses_of_its_own),
        cmocka_unit_test(an_old_response_in_its_own_blocks_is_forgotten_when_nothing_can_be_borrowed),
        cmocka_unit_test(a_short_answer_takes_the_block_of_the_one_that_a_new_request_has_the_peer_forget),
        cmocka_unit_test(beyond_its_three_blocks_a_short_answer_that_must_be_kept_sealed_is_not_given),
        cmocka_unit_test(what_an_ike_sa_owns_is_allocated_with_it_or_there_is_none),
        cmocka_unit_test(keys_that_need_blocks_for_sealed_messages_are_installed_with_these_or_not_at_all),
        cmocka_unit_test(a_common_pool_of_more_blocks_than_there_are_numbers_for_is_refused),
        cmocka_unit_test(a_fixed_budget_has_the_blocks_for_sealed_messages_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
