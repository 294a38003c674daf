/* SPDX-License-Identifier: ISC */
/* Where a struct is refused, a function names the first field that is wrong, by the very check that refuses it. */
#include "support/host.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";
static const struct ikl_schedule empty_schedule = {.n_waits = 0};

/* Makes one field wrong. */
#define SPOIL(kind, name, change)                                                                                      \
    static void name(struct kind *config)                                                                              \
    {                                                                                                                  \
        config->change;                                                                                                \
    }

SPOIL(ikl_endpoint_config, e_size, size = 0)
SPOIL(ikl_endpoint_config, e_callbacks, callbacks.size = 0)
SPOIL(ikl_endpoint_config, e_random, callbacks.random = NULL)
SPOIL(ikl_endpoint_config, e_send, callbacks.send = NULL)
SPOIL(ikl_endpoint_config, e_no_batch, send_batch = 4)
SPOIL(ikl_endpoint_config, e_batch, send_batch = 1025)
SPOIL(ikl_endpoint_config, e_max_message, max_message = 1279)
SPOIL(ikl_endpoint_config, e_long_message, max_message = 65001)
SPOIL(ikl_endpoint_config, e_history, history_events = 1025)
SPOIL(ikl_endpoint_config, e_prefix_bits, spi_prefix_bits = 33)
SPOIL(ikl_endpoint_config, e_prefix, spi_prefix = 1)
SPOIL(ikl_endpoint_config, e_spread, idle_spread = 901)
SPOIL(ikl_endpoint_config, e_groups, path_groups = 65537)
SPOIL(ikl_endpoint_config, e_own_blocks, own_blocks = 65536)
SPOIL(ikl_endpoint_config, e_schedule, schedule = &empty_schedule)

static void e_provider(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider none = {.size = sizeof(none)};
    static const struct ikl_provider *const providers[] = {&ikl_provider_sodium, &none};

    config->providers = providers;
    config->n_providers = 2;
}

SPOIL(ikl_endpoint_config, e_no_suites, n_reserve_suites = 1)

static void e_null_provider(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *const providers[] = {NULL};

    config->providers = providers;
    config->n_providers = 1;
}

static void e_suites(struct ikl_endpoint_config *config)
{
    static const struct ikl_suite nobodys = {.encr = 4711};

    config->reserve_suites = &nobodys;
    config->n_reserve_suites = 1;
}

static void e_second_suite(struct ikl_endpoint_config *config)
{
    static struct ikl_suite suites[] = {{0}, {.encr = 4711}};

    assert_int_equal(ikl_suite_parse(&suites[0], suite), IKL_OK);
    config->reserve_suites = suites;
    config->n_reserve_suites = 2;
}

static const struct {
    const char *name;
    void (*spoil)(struct ikl_endpoint_config *config);
} endpoints[] = {{"size", e_size},
                 {"callbacks.size", e_callbacks},
                 {"callbacks.random", e_random},
                 {"callbacks.send", e_send},
                 {"callbacks.send_batch", e_no_batch},
                 {"send_batch", e_batch},
                 {"max_message", e_max_message},
                 {"max_message", e_long_message},
                 {"history_events", e_history},
                 {"spi_prefix_bits", e_prefix_bits},
                 {"spi_prefix", e_prefix},
                 {"idle_spread", e_spread},
                 {"path_groups", e_groups},
                 {"own_blocks", e_own_blocks},
                 {"schedule", e_schedule},
                 {"providers", e_provider},
                 {"providers", e_null_provider},
                 {"reserve_suites", e_suites},
                 {"reserve_suites", e_second_suite},
                 {"reserve_suites", e_no_suites}};

static void the_first_wrong_field_of_an_endpoints_config_is_named(void **state)
{
    struct host host = {.name = "a"};
    struct ikl_endpoint_config config = host_config(&host);

    (void)state;
    assert_null(ikl_endpoint_config_error(&config));
    for (size_t i = 0; i < COUNT_OF(endpoints); i++) {
        struct ikl_endpoint *endpoint;
        bool is_unknown = endpoints[i].spoil == e_suites || endpoints[i].spoil == e_second_suite;

        config = host_config(&host);
        endpoints[i].spoil(&config);
        assert_string_equal(ikl_endpoint_config_error(&config), endpoints[i].name);
        assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), is_unknown ? IKL_ERR_UNSUPPORTED : IKL_ERR_INVALID);
    }
}

static void the_largest_numbers_of_an_endpoints_config_are_not_wrong(void **state)
{
    struct host host = {.name = "a"};
    struct ikl_endpoint_config config = host_config(&host);

    (void)state;
    config.max_message = 65000;
    config.history_events = 1024;
    config.spi_prefix_bits = 32;
    config.spi_prefix = UINT32_MAX;
    config.idle_spread = 900;
    config.path_groups = 65536;
    config.own_blocks = 65535;
    memset(config.callbacks_room, 0, sizeof(config.callbacks_room)); /* of a later version, which has more callbacks */
    config.callbacks = host_config(&host).callbacks;
    config.callbacks.size = sizeof(config.callbacks_room);
    assert_null(ikl_endpoint_config_error(&config));
}

SPOIL(ikl_sa_config, s_size, size = 0)
SPOIL(ikl_sa_config, s_schedule, schedule = &empty_schedule)
SPOIL(ikl_sa_config, s_liveness, liveness = (enum ikl_liveness_policy)3)
SPOIL(ikl_sa_config, s_local, path.local.family = 5)
SPOIL(ikl_sa_config, s_remote, path.remote.reserved = 1)
SPOIL(ikl_sa_config, s_group, path_group = 1)
SPOIL(ikl_sa_config, s_spi_i, spi_i = 0)
SPOIL(ikl_sa_config, s_spi_r, spi_r = 0)
SPOIL(ikl_sa_config, s_stated, ids.stated = false)
SPOIL(ikl_sa_config, s_next_request, ids.next_request = IKL_MESSAGE_ID_NONE)
SPOIL(ikl_sa_config, s_unanswered, ids.unanswered = 1)
SPOIL(ikl_sa_config, s_peer_window, ids.peer_window = IKL_WINDOW_MAX + 1)
SPOIL(ikl_sa_config, s_next_expected, ids.next_expected = IKL_MESSAGE_ID_NONE)
SPOIL(ikl_sa_config, s_own_window, ids.own_window = IKL_WINDOW_MAX + 1)
SPOIL(ikl_sa_config, s_keys, protection.keys = NULL)
SPOIL(ikl_sa_config, s_suite, protection.suite.encr = 4711)
SPOIL(ikl_sa_config, s_unstated_iv, protection.iv_source = IKL_IV_UNSTATED)
SPOIL(ikl_sa_config, s_next_iv, protection.iv_source = IKL_IV_CALLBACK)
SPOIL(ikl_sa_config, s_sealed, ids.next_expected = 1)
SPOIL(ikl_sa_config, s_remembered, n_remembered = 1)

static void s_labels(struct ikl_sa_config *config)
{
    static const struct ikl_sa_labels labels = {.size = 1};

    config->labels = &labels;
}

static void s_key_len(struct ikl_sa_config *config)
{
    static struct ikl_keys keys;

    keys = *config->protection.keys;
    keys.encr_key_len--;
    config->protection.keys = &keys;
}

static void s_integ_key_len(struct ikl_sa_config *config)
{
    static struct ikl_keys keys;

    keys = *config->protection.keys;
    keys.integ_key_len++;
    config->protection.keys = &keys;
}

static void s_iv_first(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_FIRST;
    config->protection.iv_first = UINT64_MAX;
}

static void s_outstanding(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_FIRST;
    config->ids.next_request = 1;
}

static void s_no_outstanding(struct ikl_sa_config *config)
{
    s_outstanding(config);
    config->n_outstanding = 1;
}

static void s_no_remembered(struct ikl_sa_config *config)
{
    config->n_remembered = 1;
    config->remembered = NULL;
}

static void s_begins_with_spi_r(struct ikl_sa_config *config)
{
    config->connecting = true;
    config->protection.keys = NULL;
}

static void s_begins_as_responder(struct ikl_sa_config *config)
{
    s_begins_with_spi_r(config);
    config->spi_r = 0;
    config->original_initiator = false;
}

static const struct {
    const char *name;
    void (*spoil)(struct ikl_sa_config *config);
    bool needs_endpoint;
} sas[] = {{"size", s_size, false},
           {"schedule", s_schedule, false},
           {"liveness", s_liveness, false},
           {"path.local", s_local, false},
           {"path.remote", s_remote, false},
           {"path_group", s_group, true},
           {"spi_i", s_spi_i, false},
           {"spi_r", s_spi_r, false},
           {"labels", s_labels, false},
           {"ids.stated", s_stated, false},
           {"ids.next_request", s_next_request, false},
           {"ids.unanswered", s_unanswered, false},
           {"ids.peer_window", s_peer_window, false},
           {"ids.next_expected", s_next_expected, false},
           {"ids.own_window", s_own_window, false},
           {"protection.keys", s_keys, false},
           {"protection.suite", s_suite, true},
           {"protection.iv_source", s_unstated_iv, true},
           {"protection.next_iv", s_next_iv, true},
           {"protection.iv_source", s_sealed, false},
           {"protection.keys.encr_key_len", s_key_len, true},
           {"protection.keys.integ_key_len", s_integ_key_len, true},
           {"protection.iv_first", s_iv_first, true},
           {"n_outstanding", s_outstanding, true},
           {"outstanding", s_no_outstanding, true},
           {"remembered.message_id", s_remembered, true},
           {"remembered", s_no_remembered, true},
           {"spi_r", s_begins_with_spi_r, false},
           {"original_initiator", s_begins_as_responder, false}};

static void the_first_wrong_field_of_an_ike_sas_config_is_named(void **state)
{
    static const struct ikl_remembered_response nothing = {.message_id = 7};
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    test_sa_config(&config, &keys, suite, true, 0);
    assert_null(ikl_sa_config_error(host.endpoint, &config));
    assert_null(ikl_sa_config_error(NULL, &config));
    for (size_t i = 0; i < COUNT_OF(sas); i++) {
        const char *without;

        test_sa_config(&config, &keys, suite, true, 0);
        config.remembered = &nothing;
        sas[i].spoil(&config);
        assert_string_equal(ikl_sa_config_error(host.endpoint, &config), sas[i].name);
        without = ikl_sa_config_error(NULL, &config);
        assert_string_equal(without != NULL ? without : "", sas[i].needs_endpoint ? "" : sas[i].name);
        assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0),
                         sas[i].spoil == s_suite ? IKL_ERR_UNSUPPORTED : IKL_ERR_INVALID);
    }
    host_clear(&host);
}

static void the_first_wrong_field_of_a_protection_is_named(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    test_sa_config(&config, &keys, suite, true, 0);
    assert_null(ikl_protection_error(host.endpoint, &config.protection));
    config.protection.iv_source = IKL_IV_CALLBACK;
    assert_string_equal(ikl_protection_error(host.endpoint, &config.protection), "protection.next_iv");
    config.protection.keys = NULL;
    assert_string_equal(ikl_protection_error(host.endpoint, &config.protection), "protection.keys");
    host_clear(&host);
}

static void the_first_wrong_field_of_a_child_sas_config_is_named(void **state)
{
    struct ikl_child_config config = {.size = sizeof(config)};

    (void)state;
    assert_string_equal(ikl_child_config_error(&config), "protocol");
    config.protocol = IKL_PROTOCOL_AH;
    assert_string_equal(ikl_child_config_error(&config), "spi_in");
    config.spi_in = 1;
    assert_string_equal(ikl_child_config_error(&config), "spi_out");
    config.spi_out = 1;
    assert_null(ikl_child_config_error(&config));
    config.size = 0;
    assert_string_equal(ikl_child_config_error(&config), "size");
}

static void the_first_wrong_field_of_request_options_is_named(void **state)
{
    struct ikl_request_options options = {.size = sizeof(options)};

    (void)state;
    assert_null(ikl_request_options_error(NULL)); /* the defaults */
    assert_null(ikl_request_options_error(&options));
    options.schedule = &empty_schedule;
    assert_string_equal(ikl_request_options_error(&options), "schedule");
    options.size = 0;
    assert_string_equal(ikl_request_options_error(&options), "size");
}

static void the_first_wrong_field_of_a_schedule_is_named(void **state)
{
    struct ikl_schedule schedule = *ikl_schedule_default();

    (void)state;
    assert_null(ikl_schedule_error(&schedule));
    schedule.waits[schedule.n_waits - 1] = 0;
    assert_string_equal(ikl_schedule_error(&schedule), "waits");
    schedule.jitter = IKL_SCHEDULE_MAX_JITTER + 1;
    assert_string_equal(ikl_schedule_error(&schedule), "jitter");
    schedule.tries = 0;
    assert_string_equal(ikl_schedule_error(&schedule), "tries");
    schedule.n_waits = 0;
    assert_string_equal(ikl_schedule_error(&schedule), "n_waits");
    assert_int_equal(ikl_schedule_check(&schedule), IKL_ERR_INVALID);
}

TESTS_OF(wrong_fields)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_wrong_field_of_an_endpoints_config_is_named),
        cmocka_unit_test(the_largest_numbers_of_an_endpoints_config_are_not_wrong),
        cmocka_unit_test(the_first_wrong_field_of_an_ike_sas_config_is_named),
        cmocka_unit_test(the_first_wrong_field_of_a_protection_is_named),
        cmocka_unit_test(the_first_wrong_field_of_a_child_sas_config_is_named),
        cmocka_unit_test(the_first_wrong_field_of_request_options_is_named),
        cmocka_unit_test(the_first_wrong_field_of_a_schedule_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
