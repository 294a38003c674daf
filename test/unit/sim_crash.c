/* SPDX-License-Identifier: ISC */
/* Hosts of the test kit that make tokens of quick crash detection, which outlive their reboots. */
#include "support/test.h"

#include <ikelive/crash.h>
#include <ikelive/sim_cmocka.h>

enum { IDLE = 5000 };

static struct ikl_sim_pair pair_of(struct ikl_sim *sim, bool a_makes, bool b_makes)
{
    struct ikl_sim_host_config a = {.size = sizeof(a), .tokens = a_makes}, b = {.size = sizeof(b), .tokens = b_makes};
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = 2};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &a, .b = &b, .sa = &sa};

    return sim_pair(sim, &config);
}

static bool has_token(const struct ikl_sa *sa)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    assert_int_equal(ikl_sa_query(sa, &info), IKL_OK);
    return info.has_token;
}

static void an_end_has_the_token_of_a_host_that_makes_them(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct ikl_sim *sim = sim_new(1);
        struct ikl_sim_pair pair = pair_of(sim, i % 2 != 0, i / 2 != 0);

        assert_true(has_token(pair.sa_a) == (i / 2 != 0));
        assert_true(has_token(pair.sa_b) == (i % 2 != 0));
        sim_free(sim);
    }
}

/* Whenever it boots: at the next send after that, which is 1, 2, 4 ... s after the one before. */
static void a_reboot_is_noticed_at_the_next_retransmission(void **state)
{
    static const struct {
        ikl_time off, noticed;
    } rows[] = {{0, IDLE},
                {IDLE - 1, IDLE},
                {IDLE + 1, IDLE + 1000},
                {IDLE + 1001, IDLE + 3000},
                {IDLE + 3001, 12000},
                {IDLE + 100000, IDLE + 127000},
                {IDLE + 250000, IDLE + 255000}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_sim *sim = sim_new(1);
        struct ikl_sim_pair pair = pair_of(sim, false, true);

        sim_reboot_at(pair.b, 0, rows[i].off);
        sim_run_until(sim, seconds(400));
        assert_down(pair.sa_a, IKL_DOWN_CRASHED, rows[i].noticed);
        assert_children_down(pair.sa_a, 2, IKL_DOWN_CRASHED);
        sim_free(sim);
    }
}

static void without_tokens_the_schedule_has_to_end(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_of(sim, true, false);

    (void)state;
    sim_reboot_at(pair.b, 0, 0);
    sim_run_until(sim, seconds(400));
    assert_down(pair.sa_a, IKL_DOWN_TIMEOUT, IDLE + 319000);
    sim_free(sim);
}

static void each_host_has_a_secret_of_its_own(void **state)
{
    uint8_t tokens[2][IKL_TOKEN_LEN];
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_of(sim, true, true);

    (void)state;
    assert_int_equal(ikl_endpoint_token(ikl_sim_host_endpoint(pair.a), 1, 2, true, tokens[0]), IKL_OK);
    assert_int_equal(ikl_endpoint_token(ikl_sim_host_endpoint(pair.b), 1, 2, true, tokens[1]), IKL_OK);
    assert_memory_not_equal(tokens[0], tokens[1], IKL_TOKEN_LEN);
    sim_free(sim);
}

static void a_host_may_have_a_maker_of_its_own(void **state)
{
    static const uint8_t octets[IKL_MIN_SECRET] = {1};
    const struct ikl_octets secret = {octets, sizeof(octets)};
    const struct ikl_token_maker maker = {.size = sizeof(maker), .secrets = &secret, .n_secrets = 1};
    struct ikl_sim_host_config config = {.size = sizeof(config), .tokens = true};
    uint8_t token[IKL_TOKEN_LEN], expected[IKL_TOKEN_LEN];
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_host *host;
    const struct ikl_prf *prf;

    (void)state;
    config.endpoint.size = sizeof(config.endpoint);
    config.endpoint.callbacks.size = sizeof(config.endpoint.callbacks);
    config.endpoint.token_maker = &maker;
    assert_int_equal(ikl_sim_add_host(sim, &config, &host), IKL_OK);
    assert_int_equal(ikl_provider_sodium.prf(IKL_PRF_HMAC_SHA2_256, &prf), IKL_OK);
    assert_int_equal(ikl_token_make(prf, secret, 1, 2, false, expected), IKL_OK);
    assert_int_equal(ikl_endpoint_token(ikl_sim_host_endpoint(host), 1, 2, false, token), IKL_OK);
    assert_memory_equal(token, expected, sizeof(token));
    sim_free(sim);
}

static void a_script_says_it_in_a_word(void **state)
{
    static const char script[] = "host a\nhost b tokens\nlink a b\nsa a b children 1\n"
                                 "at 6.5 reboot b 2\nat 3 cut a b\nat 8 restore a b\nrun 60\n";
    struct ikl_sim *sim = sim_new(1);
    const struct ikl_sim_record *down;

    (void)state;
    assert_int_equal(ikl_sim_play(sim, script, NULL, NULL), IKL_OK);
    down = ikl_sim_find(sim, IKL_SIM_DOWN, NULL, 0);
    assert_non_null(down);
    assert_int_equal(down->about.down.reason, IKL_DOWN_CRASHED);
    assert_int_equal(down->at, 12000); /* sent at 5, 6 and 8 s, while b is off */
    sim_free(sim);
}

static int seal_nothing(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    return ikl_provider_sodium.cipher(suite, out);
}

static unsigned prfs_asked_for;

/* Keys are derived with it, and then it has no more. */
static int find_prf_at_first(uint16_t id, const struct ikl_prf **out)
{
    return prfs_asked_for++ < 3 ? ikl_provider_sodium.prf(id, out) : IKL_ERR_UNSUPPORTED;
}

static const struct ikl_provider forgetful = {
    .size = sizeof(forgetful), .name = "forgetful", .cipher = seal_nothing, .prf = find_prf_at_first};

static void forget(struct ikl_sim_host_config *host)
{
    static const struct ikl_provider *const providers[] = {&forgetful};

    host->endpoint.size = sizeof(host->endpoint);
    host->endpoint.callbacks.size = sizeof(host->endpoint.callbacks);
    host->endpoint.providers = providers;
    host->endpoint.n_providers = 1;
}

/* Keys are derived by the first host, which asks once before it keeps a token. */
static void a_token_that_cannot_be_kept_makes_no_ike_sa(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct ikl_sim_host_config hosts[2] = {{.size = sizeof(hosts[0])}, {.size = sizeof(hosts[1])}};
        struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &hosts[0], .b = &hosts[1]};
        struct ikl_sim *sim = sim_new(1);
        struct ikl_sim_pair pair;

        forget(&hosts[i]);
        hosts[1 - i].tokens = true;
        prfs_asked_for = i == 0 ? 2 : 3;
        assert_int_equal(ikl_sim_add_pair(sim, &config, &pair), IKL_ERR_UNSUPPORTED);
        assert_int_equal(ikl_endpoint_n_sas(ikl_sim_host_endpoint(ikl_sim_find_host(sim, "a"))), 0);
        assert_int_equal(ikl_endpoint_n_sas(ikl_sim_host_endpoint(ikl_sim_find_host(sim, "b"))), 0);
        sim_free(sim);
    }
}

TESTS_OF(sim_crash)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_has_the_token_of_a_host_that_makes_them),
        cmocka_unit_test(a_reboot_is_noticed_at_the_next_retransmission),
        cmocka_unit_test(without_tokens_the_schedule_has_to_end),
        cmocka_unit_test(each_host_has_a_secret_of_its_own),
        cmocka_unit_test(a_host_may_have_a_maker_of_its_own),
        cmocka_unit_test(a_script_says_it_in_a_word),
        cmocka_unit_test(a_token_that_cannot_be_kept_makes_no_ike_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
