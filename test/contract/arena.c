/* SPDX-License-Identifier: ISC */
/* An endpoint in an arena takes just the octets that are said beforehand, whatever its config. */
#include "support/crash.h"
#include "support/fickle_cipher.h"
#include "support/providers.h"
#include "support/test.h"
#include "support/test_random.h"

enum { MOST_SUITES = 10, CONFIGS = 300 };

static const char *const names[MOST_SUITES] = {
    "chacha20poly1305-prfsha256",
    "chacha20poly1305-prfsha512",
    "aes256gcm16-prfsha256",
    "aes128gcm16-prfsha256",
    "aes128-sha256",
    "aes256-sha512",
    "aes192ccm8-prfsha256",
    "aes128gcm12-prfsha256",
    "aes192-sha1-prfsha256",
    "aes256-sha384",
};

/* Those of them that the providers have here. */
static const char *taken_names[MOST_SUITES];

/* Of one of the suites that an endpoint has room for, each in its turn. */
static const char *next_name(const struct ikl_endpoint_config *config)
{
    static size_t turn;

    return config->n_reserve_suites > 1 ? taken_names[turn++ % config->n_reserve_suites] : names[0];
}

/* The config of a host whose memory is an arena of its own. */
static struct {
    const struct ikl_endpoint_config *config;
    const struct ikl_allocator *allocator;
} wanted;

static void in_the_arena(struct ikl_endpoint_config *config)
{
    struct ikl_callbacks callbacks = config->callbacks;
    void *user = config->user;

    *config = *wanted.config;
    config->callbacks = callbacks;
    config->user = user;
    config->allocator = wanted.allocator;
}

/* What the endpoint is asked to have room for, it has. */
static void fill(struct host *host, const struct ikl_endpoint_config *config)
{
    static const uint8_t token[IKL_TOKEN_LEN] = {1};
    uint32_t children = config->reserve_children != 0 ? config->reserve_children : config->reserve_sas;
    const char *name = next_name(config);

    for (uint32_t i = 0; i < config->reserve_sas; i++) {
        struct ikl_sa_config sa_config;
        struct ikl_keys keys;

        test_sa_config(&sa_config, &keys, name, true, i);
        sa_config.protection.fragmentation = i < config->reserve_extras;
        assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &sa_config, 0), IKL_OK);
        if (i < config->reserve_tokens) {
            assert_int_equal(crash_give(host->sa, token, sizeof(token), 0), IKL_OK);
        }
        if (i < config->reserve_syncs) {
            assert_int_equal(ikl_sa_agree_sync(host->sa, IKL_SYNC_MESSAGE_IDS, 0), IKL_OK);
        }
    }
    for (uint32_t i = 0; i < children && config->reserve_sas != 0; i++) {
        const struct ikl_child_config child = {
            .size = sizeof(child), .protocol = IKL_PROTOCOL_ESP, .spi_in = 2 * i + 1, .spi_out = 2 * i + 2};

        assert_int_equal(ikl_sa_add_child(host->sa, &child, NULL), IKL_OK);
    }
    host_advance(host, 5000);
    assert_int_equal(host_count(host, EVENT_SENT), config->reserve_sas);
}

static void check(const struct ikl_endpoint_config *config)
{
    struct ikl_endpoint *endpoint = NULL;
    struct ikl_endpoint_config short_of_one;
    uint8_t *memory;
    struct host host;
    size_t size;

    assert_int_equal(ikl_endpoint_arena_size(config, &size), IKL_OK);
    memory = malloc(size);
    assert_non_null(memory);

    short_of_one = *config;
    short_of_one.allocator = ikl_arena_allocator(memory, size - 1);
    assert_int_equal(ikl_endpoint_new(&endpoint, &short_of_one, 0), IKL_ERR_NO_MEMORY);
    assert_null(endpoint);

    wanted.config = config;
    wanted.allocator = ikl_arena_allocator(memory, size);
    host_init(&host, "a", 0, in_the_arena);
    fill(&host, config);
    host_clear(&host);
    free(memory);
}

static uint32_t draw(struct test_random *random, uint32_t below)
{
    return (uint32_t)test_random_below(random, below);
}

/* Of a host that is not there otherwise. */
static struct ikl_endpoint_config base_config(const struct ikl_suite *suites, size_t n)
{
    static const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    static struct host nobody;
    struct ikl_endpoint_config config = host_config(&nobody);

    config.fixed_budget = true;
    config.providers = providers;
    config.n_providers = test_providers(providers);
    config.reserve_suites = suites;
    config.n_reserve_suites = n;
    return config;
}

/* Those of the suites that the providers have here. */
static size_t take_suites(struct ikl_suite *suites)
{
    size_t n = 0, size;

    for (size_t i = 0; i < MOST_SUITES; i++) {
        struct ikl_endpoint_config config = base_config(&suites[n], 1);

        assert_int_equal(ikl_suite_parse(&suites[n], names[i]), IKL_OK);
        if (ikl_endpoint_arena_size(&config, &size) == IKL_OK) {
            taken_names[n++] = names[i];
        }
    }
    return n;
}

static void an_endpoint_of_any_config_takes_just_what_is_said_and_has_what_was_asked_for(void **state)
{
    struct ikl_suite suites[MOST_SUITES] = {{0}};
    size_t n_suites = take_suites(suites);
    struct test_random random = {7};

    (void)state;
    for (size_t i = 0; i < CONFIGS; i++) {
        struct ikl_endpoint_config config = base_config(suites, 1 + draw(&random, (uint32_t)n_suites));

        config.reserve_sas = draw(&random, 200);
        config.reserve_children = draw(&random, 2) != 0 ? config.reserve_sas + draw(&random, 200) : 0;
        config.reserve_extras = draw(&random, 2) != 0 ? draw(&random, 100) : 0;
        config.max_requests = draw(&random, 2) != 0 ? draw(&random, 300) : 0;
        config.max_message = 1280 + draw(&random, 3000);
        config.pool_blocks = draw(&random, 3000);
        config.own_blocks = draw(&random, 3) != 0 ? draw(&random, 9) : IKL_NO_OWN_BLOCKS;
        config.history_events = draw(&random, 3) != 0 ? draw(&random, 40) : IKL_NO_HISTORY;
        config.path_groups = draw(&random, 5);
        config.reserve_tokens = draw(&random, 2) != 0 ? draw(&random, 200) : 0;
        config.reserve_syncs = draw(&random, 2) != 0 ? draw(&random, 200) : 0;
        config.reserve_key_changes = draw(&random, 2) != 0 ? draw(&random, 200) : 0;
        config.monitor = draw(&random, 3) == 0 ? ikl_monitor_panos() : NULL;
        check(&config);
    }
}

static void an_endpoint_without_child_sas_takes_nothing_for_their_monitors(void **state)
{
    struct ikl_endpoint_config config = base_config(NULL, 0);

    (void)state;
    config.monitor = ikl_monitor_panos();
    check(&config);
}

static void send_nothing(void *user, struct ikl_outbound *datagrams, size_t n)
{
    (void)user;
    (void)datagrams;
    (void)n;
}

static void batches_are_counted(void **state)
{
    struct ikl_endpoint_config config = base_config(NULL, 0);
    size_t without, with;

    (void)state;
    assert_int_equal(ikl_endpoint_arena_size(&config, &without), IKL_OK);
    for (uint32_t n = 1; n <= 1024; n *= 4) {
        uint8_t *memory;
        struct ikl_endpoint *endpoint;

        config.send_batch = n;
        config.callbacks.send_batch = send_nothing;
        assert_int_equal(ikl_endpoint_arena_size(&config, &with), IKL_OK);
        assert_true(with > without);
        memory = malloc(with);
        assert_non_null(memory);
        config.allocator = ikl_arena_allocator(memory, with - 1);
        assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_ERR_NO_MEMORY);
        config.allocator = ikl_arena_allocator(memory, with);
        assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_OK);
        assert_int_equal(ikl_endpoint_free(endpoint), IKL_OK);
        free(memory);
    }
}

static void an_arena_serves_one_endpoint_after_the_other(void **state)
{
    struct ikl_suite suites[MOST_SUITES] = {{0}};
    struct ikl_endpoint_config config = base_config(suites, take_suites(suites));
    uint8_t *memory;
    size_t size;

    (void)state;
    assert_int_equal(ikl_endpoint_arena_size(&config, &size), IKL_OK);
    memory = malloc(size);
    assert_non_null(memory);
    config.allocator = ikl_arena_allocator(memory, size);
    for (size_t i = 0; i < 3; i++) {
        struct ikl_endpoint *endpoint;

        assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_OK);
        assert_int_equal(ikl_endpoint_free(endpoint), IKL_OK);
    }
    free(memory);
}

/* Requests and responses cannot be sealed again as they were, so each IKE SA owns blocks for them. */
static void a_cipher_that_is_not_deterministic_takes_more(void **state)
{
    const struct ikl_suite suite = {.encr = IKL_ENCR_CHACHA20_POLY1305, .prf = IKL_PRF_HMAC_SHA2_256};
    struct ikl_endpoint_config config = base_config(&suite, 1);
    size_t sizes[2];

    (void)state;
    with_fickle_provider(&config);
    config.reserve_sas = 100;
    for (size_t deterministic = 0; deterministic < 2; deterministic++) {
        fickle_reset(deterministic != 0, true);
        assert_int_equal(ikl_endpoint_arena_size(&config, &sizes[deterministic]), IKL_OK);
        check(&config);
    }
    assert_true(sizes[0] > sizes[1]);
}

static void it_takes_as_much_whatever_other_suite_there_is_room_for(void **state)
{
    const struct ikl_suite chacha = {.encr = IKL_ENCR_CHACHA20_POLY1305, .prf = IKL_PRF_HMAC_SHA2_256};
    static const struct ikl_provider *providers[1 + TEST_MAX_PROVIDERS] = {&fickle_provider};
    struct ikl_suite suites[MOST_SUITES] = {{0}};
    struct ikl_suite another;
    size_t n_providers = 1 + test_providers(providers + 1), sizes[2];

    (void)state;
    another = suites[take_suites(suites) - 1];
    fickle_reset(false, true);
    for (size_t i = 0; i < 2; i++) {
        const struct ikl_suite both[] = {i == 0 ? chacha : another, i == 0 ? another : chacha};
        struct ikl_endpoint_config config = base_config(both, 2);

        config.providers = providers;
        config.n_providers = n_providers;
        config.reserve_sas = 100;
        assert_int_equal(ikl_endpoint_arena_size(&config, &sizes[i]), IKL_OK);
        check(&config);
    }
    assert_int_equal(sizes[0], sizes[1]);
}

static void a_suite_that_is_named_again_takes_no_more(void **state)
{
    struct ikl_suite suites[MOST_SUITES] = {{0}};
    size_t n = take_suites(suites), sizes[2];
    const struct ikl_suite again[] = {suites[0], suites[n - 1], suites[n - 1], suites[0]};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ikl_endpoint_config config = base_config(again, i == 0 ? 2 : COUNT_OF(again));

        config.reserve_sas = 100;
        assert_int_equal(ikl_endpoint_arena_size(&config, &sizes[i]), IKL_OK);
    }
    assert_int_equal(sizes[0], sizes[1]);
}

static void as_many_ike_sas_as_there_are_timers_for_have_a_size(void **state)
{
    struct ikl_endpoint_config config = base_config(NULL, 0);
    size_t size;

    (void)state;
    config.reserve_sas = IKL_WHEEL_MAX_TIMERS - 63; /* of a last chunk of 64 there would be one too many */
    assert_int_equal(ikl_endpoint_arena_size(&config, &size), IKL_ERR_NO_MEMORY);
    config.reserve_sas--;
    assert_int_equal(ikl_endpoint_arena_size(&config, &size), SIZE_MAX > UINT32_MAX ? IKL_OK : IKL_ERR_NO_MEMORY);
}

static void what_makes_no_endpoint_has_no_size(void **state)
{
    const struct ikl_suite nobodys[] = {{.encr = 65535}};
    struct ikl_endpoint_config config = base_config(nobodys, 1);
    struct ikl_suite one[1];
    size_t size;
    int result;

    (void)state;
    assert_int_equal(ikl_suite_parse(&one[0], names[0]), IKL_OK);
    assert_int_equal(ikl_endpoint_arena_size(&config, &size), IKL_ERR_UNSUPPORTED);
    config.n_reserve_suites = 0;
    config.max_message = 1;
    assert_int_equal(ikl_endpoint_arena_size(&config, &size), IKL_ERR_INVALID);
    config.max_message = 0;
    config.reserve_sas = UINT32_MAX;
    assert_int_equal(ikl_endpoint_arena_size(&config, &size), IKL_ERR_NO_MEMORY);
    config = base_config(one, 1);
    config.reserve_sas = 1;
    config.reserve_key_changes = UINT32_MAX;
    result = ikl_endpoint_arena_size(&config, &size);
    assert_true(result == IKL_OK ? (uint64_t)size > UINT32_MAX : result == IKL_ERR_NO_MEMORY);
    config.size = 0;
    assert_int_equal(ikl_endpoint_arena_size(&config, &size), IKL_ERR_INVALID);
}

static unsigned finds; /* of a provider that finds its cipher so many times */

static int find_cipher_at_times(const struct ikl_suite *asked, const struct ikl_cipher **out)
{
    if (finds == 0) {
        return IKL_ERR_UNSUPPORTED;
    }
    finds--;
    return test_provider->cipher(asked, out);
}

static void a_suite_that_its_provider_no_longer_finds_has_no_size(void **state)
{
    static const struct ikl_provider provider = {
        .size = sizeof(provider), .name = "forgetful", .cipher = find_cipher_at_times};
    const struct ikl_provider *const providers[] = {&provider};
    const struct ikl_suite suite = {.encr = IKL_ENCR_CHACHA20_POLY1305, .prf = IKL_PRF_HMAC_SHA2_256};
    struct ikl_endpoint_config config = base_config(&suite, 1);
    unsigned enough = 0;
    size_t size;
    int result;

    (void)state;
    config.providers = providers;
    config.n_providers = COUNT_OF(providers);
    do {
        finds = enough++;
        result = ikl_endpoint_arena_size(&config, &size);
        assert_true(result == IKL_OK || result == IKL_ERR_UNSUPPORTED);
    } while (result != IKL_OK);
    assert_true(enough > 2);
}

TESTS_OF(arena)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_of_any_config_takes_just_what_is_said_and_has_what_was_asked_for),
        cmocka_unit_test(an_endpoint_without_child_sas_takes_nothing_for_their_monitors),
        cmocka_unit_test(batches_are_counted),
        cmocka_unit_test(an_arena_serves_one_endpoint_after_the_other),
        cmocka_unit_test(a_cipher_that_is_not_deterministic_takes_more),
        cmocka_unit_test(it_takes_as_much_whatever_other_suite_there_is_room_for),
        cmocka_unit_test(a_suite_that_is_named_again_takes_no_more),
        cmocka_unit_test(as_many_ike_sas_as_there_are_timers_for_have_a_size),
        cmocka_unit_test(what_makes_no_endpoint_has_no_size),
        cmocka_unit_test(a_suite_that_its_provider_no_longer_finds_has_no_size),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
