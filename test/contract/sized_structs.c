/* SPDX-License-Identifier: ISC */
/* Structs that begin with their size grow without breaking: programs older and newer than the library play against it,
 * for every such struct. */
#include "support/crash.h"
#include "support/providers.h"
#include "support/test.h"

#include <ikelive/sim.h>

#include <string.h>

enum { ROOM = 1024, WORD = sizeof(size_t) };

/* A struct as a program of some version hands it over: the octets of the one known here, and more behind them. */
union program {
    uint8_t octets[ROOM];
    size_t size;
    uint64_t align;
};

static const char *const suite = "chacha20poly1305-prfsha256";
static struct host host;

/* What is done with a struct of each kind; whether it was taken. */
static bool make_endpoint(const void *config)
{
    struct ikl_endpoint *endpoint;
    int result = ikl_endpoint_new(&endpoint, config, 0);

    assert_true((result == IKL_OK) == (ikl_endpoint_config_error(config) == NULL));
    if (result == IKL_OK) {
        assert_int_equal(ikl_endpoint_free(endpoint), IKL_OK);
    }
    return result == IKL_OK;
}

static bool make_sa(const void *config)
{
    struct ikl_sa *sa;
    int result = ikl_sa_new(&sa, host.endpoint, config, 0);

    assert_true((result == IKL_OK) == (ikl_sa_config_error(host.endpoint, config) == NULL));
    if (result == IKL_OK) {
        ikl_sa_free(sa);
    }
    return result == IKL_OK;
}

static bool make_labelled_sa(const void *labels)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;
    char text[2048];

    test_sa_config(&config, &keys, suite, true, 1);
    config.labels = labels;
    if (ikl_sa_new(&sa, host.endpoint, &config, 0) != IKL_OK) {
        return false;
    }
    assert_true(ikl_sa_describe(sa, 0, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "IKE SA gateway ("));
    ikl_sa_free(sa);
    return true;
}

static bool add_child(const void *config)
{
    struct ikl_child *child;
    int result = ikl_sa_add_child(host.sa, config, &child);

    assert_true((result == IKL_OK) == (ikl_child_config_error(config) == NULL));
    return result == IKL_OK && ikl_sa_remove_child(host.sa, child) == IKL_OK;
}

static bool make_request(const void *options)
{
    struct ikl_request *request;
    int result = ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, options, 0, &request);

    assert_true((result == IKL_OK) == (ikl_request_options_error(options) == NULL));
    return result == IKL_OK;
}

static bool dump(const void *options)
{
    static const uint8_t datagram[28];
    char text[256];

    return ikl_message_dump(datagram, sizeof(datagram), options, text, sizeof(text)) >= 0;
}

static bool take_cipher(const void *cipher)
{
    return ikl_cipher_error(cipher) == NULL;
}

static bool take_provider(const void *provider)
{
    return ikl_provider_error(provider) == NULL;
}

static bool take_maker(const void *maker)
{
    return ikl_token_maker_error(maker) == NULL;
}

static bool make_world(const void *config)
{
    struct ikl_sim *sim;

    if (ikl_sim_new(&sim, config) != IKL_OK) {
        return false;
    }
    ikl_sim_free(sim);
    return true;
}

static struct ikl_sim *world(void)
{
    static const struct ikl_sim_config config = {.size = sizeof(config)};
    struct ikl_sim *sim;

    assert_int_equal(ikl_sim_new(&sim, &config), IKL_OK);
    return sim;
}

static bool add_host(const void *config)
{
    struct ikl_sim *sim = world();
    struct ikl_sim_host *added;
    bool taken = ikl_sim_add_host(sim, config, &added) == IKL_OK;

    ikl_sim_free(sim);
    return taken;
}

static bool add_link(const void *config)
{
    struct ikl_sim *sim = world();
    struct ikl_sim_host *a, *b;
    struct ikl_sim_link *link;
    bool taken;

    assert_int_equal(ikl_sim_add_host(sim, NULL, &a), IKL_OK);
    assert_int_equal(ikl_sim_add_host(sim, NULL, &b), IKL_OK);
    taken = ikl_sim_add_link(a, b, config, &link) == IKL_OK;
    ikl_sim_free(sim);
    return taken;
}

static bool add_pair(const void *config)
{
    struct ikl_sim *sim = world();
    struct ikl_sim_pair pair;
    bool taken = ikl_sim_add_pair(sim, config, &pair) == IKL_OK;

    ikl_sim_free(sim);
    return taken;
}

static bool add_pair_with_sa(const void *sa)
{
    struct ikl_sim_pair_config config = {.size = sizeof(config), .sa = sa};

    return add_pair(&config);
}

static bool play(const void *config)
{
    struct ikl_sim *sim = world();
    bool taken = ikl_sim_play(sim, "host a\n", config, NULL) == IKL_OK;

    ikl_sim_free(sim);
    return taken;
}

/* The last field of each is left at its default, so that an older program is one that does not have it. */
static struct ikl_endpoint_config endpoint_config;
static struct ikl_sa_config sa_config;
static struct ikl_keys keys;
static const struct ikl_sa_labels labels = {.size = sizeof(labels), .gateway = "gateway"};
static const struct ikl_child_config child = {
    .size = sizeof(child), .protocol = IKL_PROTOCOL_ESP, .spi_in = 1, .spi_out = 2};
static const struct ikl_request_options options = {.size = sizeof(options)};
static const struct ikl_dump dump_options = {.size = sizeof(dump_options)};
static struct ikl_cipher cipher;
static struct ikl_provider provider;
static const struct ikl_sim_config sim_config = {.size = sizeof(sim_config)};
static const struct ikl_sim_host_config host_of_sim = {.size = sizeof(host_of_sim)};
static const struct ikl_sim_link_config link_config = {.size = sizeof(link_config)};
static const struct ikl_sim_sa_config sim_sa = {.size = sizeof(sim_sa)};
static const struct ikl_sim_pair_config pair_config = {.size = sizeof(pair_config)};
static const struct ikl_sim_play_config play_config = {.size = sizeof(play_config)};

static const struct {
    const void *known;
    size_t size;
    bool (*use)(const void *given);
} inputs[] = {
    {&endpoint_config, sizeof(endpoint_config), make_endpoint},
    {&sa_config, sizeof(sa_config), make_sa},
    {&labels, sizeof(labels), make_labelled_sa},
    {&child, sizeof(child), add_child},
    {&options, sizeof(options), make_request},
    {&dump_options, sizeof(dump_options), dump},
    {&cipher, sizeof(cipher), take_cipher},
    {&provider, sizeof(provider), take_provider},
    {&crash_maker, sizeof(crash_maker), take_maker},
    {&sim_config, sizeof(sim_config), make_world},
    {&host_of_sim, sizeof(host_of_sim), add_host},
    {&link_config, sizeof(link_config), add_link},
    {&sim_sa, sizeof(sim_sa), add_pair_with_sa},
    {&pair_config, sizeof(pair_config), add_pair},
    {&play_config, sizeof(play_config), play},
};

/* The struct as a program would have it for which it has `size` octets. */
static union program *compiled(size_t i, size_t size, uint8_t behind)
{
    static union program program;

    memset(program.octets, behind, sizeof(program.octets));
    memcpy(program.octets, inputs[i].known, inputs[i].size < size ? inputs[i].size : size);
    program.size = size;
    return &program;
}

static void set_up(void)
{
    const struct ikl_suite wanted = {.encr = IKL_ENCR_CHACHA20_POLY1305};
    const struct ikl_cipher *found;

    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, NULL);
    endpoint_config = host_config(&host);
    test_sa_config(&sa_config, &keys, suite, true, 1);
    assert_int_equal(test_provider->cipher(&wanted, &found), IKL_OK);
    cipher = *found;
    cipher.clear = NULL;
    provider = *test_provider;
    provider.sha1 = NULL;
}

static void an_older_program_gets_the_default_for_what_it_lacks(void **state)
{
    (void)state;
    set_up();
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        assert_true(inputs[i].use(compiled(i, inputs[i].size, 0xee)));
        assert_true(inputs[i].use(compiled(i, inputs[i].size - WORD, 0xee))); /* what is behind it is not looked at */
    }
    host_clear(&host);
}

static void a_newer_program_is_taken_when_it_asks_for_nothing_new(void **state)
{
    (void)state;
    set_up();
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        for (size_t more = WORD; more <= 8 * WORD; more += WORD) {
            union program *program;

            assert_true(inputs[i].use(compiled(i, inputs[i].size + more, 0)));
            for (size_t j = 0; j < more; j++) { /* any octet of it */
                program = compiled(i, inputs[i].size + more, 0);
                program->octets[inputs[i].size + j] = 1;
                assert_false(inputs[i].use(program));
            }
        }
    }
    host_clear(&host);
}

static void what_is_no_size_of_any_version_is_refused(void **state)
{
    (void)state;
    set_up();
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        const size_t sizes[] = {0, 1, WORD, inputs[i].size - 1, inputs[i].size + 1, 8192, SIZE_MAX, SIZE_MAX - 7};

        for (size_t j = 0; j < COUNT_OF(sizes); j++) {
            union program *program = compiled(i, inputs[i].size, 0);

            program->size = sizes[j];
            assert_false(inputs[i].use(program));
        }
    }
    host_clear(&host);
}

static bool count_endpoint(void *out)
{
    return ikl_endpoint_query(host.endpoint, out) == IKL_OK;
}

static bool query_sa(void *out)
{
    return ikl_sa_query(host.sa, out) == IKL_OK;
}

static void what_the_library_fills_has_as_many_octets_as_its_size_says(void **state)
{
    static const struct {
        bool (*fill)(void *out);
        size_t size;
    } outputs[] = {{count_endpoint, sizeof(struct ikl_endpoint_counters)}, {query_sa, sizeof(struct ikl_sa_info)}};

    (void)state;
    set_up();
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    for (size_t i = 0; i < COUNT_OF(outputs); i++) {
        union program known = {.size = outputs[i].size}, program;

        assert_true(outputs[i].fill(&known));
        for (size_t size = 2 * WORD; size <= outputs[i].size + 8 * WORD; size += WORD) {
            memset(&program, 0xee, sizeof(program));
            program.size = size;
            assert_true(outputs[i].fill(&program));
            assert_int_equal(program.size, size);
            for (size_t j = WORD; j < sizeof(program); j++) {
                assert_int_equal(program.octets[j], j >= size ? 0xee : j >= outputs[i].size ? 0 : known.octets[j]);
            }
        }
        for (size_t size = 0; size < 2 * WORD; size++) {
            memset(&program, 0xee, sizeof(program));
            program.size = size;
            assert_false(outputs[i].fill(&program));
            assert_int_equal(program.octets[WORD], 0xee);
        }
    }
    host_clear(&host);
}

static void structs_by_value_inside_others_have_room(void **state)
{
    struct ikl_endpoint_config config;
    struct ikl_sim_host_config of_sim = {.size = sizeof(of_sim)};

    (void)state;
    set_up();
    /* older callbacks, without the last one; what a program has behind them in the room is not looked at */
    config = endpoint_config;
    config.callbacks.size -= sizeof(config.callbacks.monitor);
    config.callbacks_room[COUNT_OF(config.callbacks_room) - 1] = &host;
    assert_true(make_endpoint(&config));
    /* newer ones, which ask for nothing new, and for something */
    config = endpoint_config;
    memset(&config.callbacks_room[sizeof(config.callbacks) / sizeof(void *)], 0,
           sizeof(config.callbacks_room) - sizeof(config.callbacks));
    config.callbacks.size += 2 * sizeof(void *);
    assert_true(make_endpoint(&config));
    config.callbacks_room[sizeof(config.callbacks) / sizeof(void *) + 1] = &host;
    assert_false(make_endpoint(&config));
    assert_string_equal(ikl_endpoint_config_error(&config), "callbacks.size");
    config.callbacks.size = sizeof(config.callbacks_room) + sizeof(void *); /* more than there is room for */
    assert_string_equal(ikl_endpoint_config_error(&config), "callbacks.size");
    /* an older config of an endpoint in that of a simulated host, and a newer one */
    of_sim.endpoint = endpoint_config;
    of_sim.endpoint.size -= WORD;
    assert_true(add_host(&of_sim));
    memset(of_sim.endpoint_room, 0, sizeof(of_sim.endpoint_room));
    of_sim.endpoint = endpoint_config;
    of_sim.endpoint.size += WORD;
    assert_true(add_host(&of_sim));
    of_sim.endpoint_room[sizeof(of_sim.endpoint) / sizeof(uint64_t)] = 1;
    assert_false(add_host(&of_sim));
    /* what is reserved must be 0 */
    for (size_t i = 0; i < COUNT_OF(sa_config.protection.reserved); i++) {
        sa_config.protection.reserved[i] = 1;
        assert_string_equal(ikl_sa_config_error(host.endpoint, &sa_config), "protection.reserved");
        sa_config.protection.reserved[i] = 0;
    }
    for (size_t i = 0; i < COUNT_OF(sa_config.ids.reserved); i++) {
        sa_config.ids.reserved[i] = 1;
        assert_string_equal(ikl_sa_config_error(host.endpoint, &sa_config), "ids.reserved");
        sa_config.ids.reserved[i] = 0;
    }
    host_clear(&host);
}

/* Leaves octets where the library's next functions have their variables. */
static void litter(void)
{
    volatile uint8_t octets[8 * ROOM];

    for (size_t i = 0; i < sizeof(octets); i++) {
        octets[i] = 0xa5;
    }
}

/* Whatever lies on the stack, or in the caller's struct, which knows more than the library. */
static void room_for_fields_to_come_is_filled_with_zeros(void **state)
{
    const size_t room = offsetof(struct ikl_sa_info, counters) + sizeof(struct ikl_sa_counters);
    const size_t room_end = offsetof(struct ikl_sa_info, round_trip_samples);
    void (*volatile leave_octets)(void) = litter; /* whose variables become none of this function's */
    union program program;

    (void)state;
    set_up();
    memset(&program, 0xee, sizeof(program));
    program.size = sizeof(struct ikl_sa_info) + 4 * WORD;
    leave_octets();
    assert_true(query_sa(&program));
    for (size_t i = room; i < program.size; i++) {
        if (i < room_end || i >= sizeof(struct ikl_sa_info)) {
            assert_int_equal(program.octets[i], 0);
        }
    }
    assert_int_equal(program.octets[program.size], 0xee);
    host_clear(&host);
}

TESTS_OF(sized_structs)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_older_program_gets_the_default_for_what_it_lacks),
        cmocka_unit_test(a_newer_program_is_taken_when_it_asks_for_nothing_new),
        cmocka_unit_test(what_is_no_size_of_any_version_is_refused),
        cmocka_unit_test(what_the_library_fills_has_as_many_octets_as_its_size_says),
        cmocka_unit_test(structs_by_value_inside_others_have_room),
        cmocka_unit_test(room_for_fields_to_come_is_filled_with_zeros),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
