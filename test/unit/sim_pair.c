/* SPDX-License-Identifier: ISC */
/* IKE SAs that the test kit establishes: whatever they are to be, the two ends understand each other. */
#include "support/providers.h"
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

static const char *const suites[] = {"chacha20poly1305-prfsha256", "chacha20poly1305-prfsha512",
                                     "aes256gcm16-prfsha256", "aes256-sha256", "aes128-sha512"};

/* True when a provider that is built here has the suite. */
static bool is_there(const char *name, const struct ikl_provider *const *providers, size_t n)
{
    struct ikl_suite suite;

    assert_int_equal(ikl_suite_parse(&suite, name), IKL_OK);
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher;
        const struct ikl_prf *prf;

        if (providers[i]->cipher(&suite, &cipher) == IKL_OK && providers[i]->prf(suite.prf, &prf) == IKL_OK) {
            return true;
        }
    }
    return false;
}

static void ike_sas_of_every_suite_understand_each_other(void **state)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n = test_providers(providers), tried = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(suites); i++) {
        struct ikl_sim_host_config host = {
            .size = sizeof(host),
            .endpoint = {.size = sizeof(host.endpoint), .providers = providers, .n_providers = n}};
        struct ikl_sim_sa_config sa = {.size = sizeof(sa), .suite = suites[i]};
        struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &host, .b = &host, .sa = &sa};
        struct ikl_sim *sim = sim_new(i);
        struct ikl_sim_pair pair;

        if (!is_there(suites[i], providers, n)) {
            assert_true(ikl_sim_add_pair(sim, &config, &pair) != IKL_OK);
        } else {
            pair = sim_pair(sim, &config);
            sim_run_until(sim, seconds(100));
            assert_int_equal(ikl_sim_count(sim, IKL_SIM_ALIVE, pair.sa_a, 0), 20);
            assert_int_equal(ikl_sim_count(sim, IKL_SIM_ALIVE, pair.sa_b, 0), 20);
            tried++;
        }
        sim_free(sim);
    }
    assert_true(tried >= 2);
}

static void child_sas_face_each_other_and_no_two_have_the_same_spi(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = 3};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .sa = &sa};
    struct ikl_sim_pair pair = sim_pair(sim, &config);
    struct ikl_sa *second;
    struct ikl_child *a = ikl_sa_first_child(pair.sa_a), *b = ikl_sa_first_child(pair.sa_b);

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(ikl_child_protocol(a), IKL_PROTOCOL_ESP);
        assert_int_equal(ikl_child_spi_in(a), 0xa0000001u + i);
        assert_int_equal(ikl_child_spi_in(b), 0xb0000001u + i);
        assert_int_equal(ikl_child_spi_out(a), ikl_child_spi_in(b));
        assert_int_equal(ikl_child_spi_out(b), ikl_child_spi_in(a));
        a = ikl_sa_next_child(pair.sa_a, a);
        b = ikl_sa_next_child(pair.sa_b, b);
    }
    assert_null(a);
    assert_null(b);
    assert_int_equal(ikl_sim_add_sa(pair.link, &sa, NULL, &second), IKL_OK);
    assert_int_equal(ikl_child_spi_in(ikl_sa_first_child(second)), 0xb0000004u);
    sim_free(sim);
}

static void schedule_idle_time_and_policy_are_as_stated(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .schedule = ikl_schedule_by_name("android"), .idle = 2000};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .sa = &sa};
    struct ikl_sim_pair pair = sim_pair(sim, &config), quiet;

    (void)state;
    sim_cut_at(pair.link, 0);
    sim_run_until(sim, seconds(20));
    assert_down(pair.sa_a, IKL_DOWN_TIMEOUT, 2000 + 15500);
    assert_down(pair.sa_b, IKL_DOWN_TIMEOUT, 2000 + 15500);
    sa.liveness = IKL_LIVENESS_OFF;
    quiet = sim_pair(sim, &config);
    sim_cut_at(quiet.link, 0);
    sim_run_until(sim, seconds(4000));
    assert_sends(quiet.sa_a, 0, 0);
    assert_up(quiet.sa_a);
    sim_free(sim);
}

static void windows_and_fragmentation_are_as_stated(void **state)
{
    static const uint8_t octets[1500];
    const struct ikl_payload large = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, sizeof(octets)}};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .window = 3, .fragmentation = true};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .sa = &sa};
    struct ikl_sim_pair pair = sim_pair(sim, &config);

    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ikl_sa_request(pair.sa_a, IKL_INFORMATIONAL, &large, 1, NULL, 0, NULL), IKL_OK);
    }
    /* three of them, in four fragments each */
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_SENT, pair.sa_a, 0), 12);
    sim_run_until(sim, 0);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_OUTCOME, pair.sa_a, 0), 4);
    sim_free(sim);
}

static void both_ends_may_be_connecting_and_the_hosts_go_on(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .connecting = true};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .sa = &sa};
    struct ikl_sim_pair pair = sim_pair(sim, &config);
    struct ikl_sa_info a = {.size = sizeof(a)}, b = {.size = sizeof(b)};

    (void)state;
    assert_int_equal(ikl_sa_state(pair.sa_a), IKL_SA_CONNECTING);
    assert_int_equal(ikl_sa_query(pair.sa_a, &a), IKL_OK);
    assert_int_equal(ikl_sa_query(pair.sa_b, &b), IKL_OK);
    assert_int_equal(a.next_request, 1);
    assert_int_equal(a.next_expected, 0);
    assert_int_equal(b.next_request, 0);
    assert_int_equal(b.next_expected, 1);
    assert_int_equal(ikl_sa_request(pair.sa_a, IKL_IKE_AUTH, NULL, 0, NULL, 0, NULL), IKL_OK);
    sim_run_until(sim, 0);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_OUTCOME, pair.sa_a, 0), 1);
    sim_free(sim);
}

static void prepare(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    unsigned *calls = user;

    assert_int_equal(config->original_initiator, *calls == 0);
    assert_string_equal(ikl_sim_host_name(host), *calls == 0 ? "a" : "b");
    config->idle = *calls == 0 ? 1000 : 3000;
    config->user = calls;
    (*calls)++;
}

static void each_of_the_two_may_be_changed_before_it_is_made(void **state)
{
    unsigned calls = 0;
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .prepare = prepare, .user = &calls};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .sa = &sa};
    struct ikl_sim_pair pair = sim_pair(sim, &config);

    (void)state;
    assert_int_equal(calls, 2);
    assert_ptr_equal(ikl_sa_user(pair.sa_a), &calls);
    sim_cut_at(pair.link, 0);
    sim_run_until(sim, seconds(10));
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_ATTEMPT, pair.sa_a, 0)->at, 1000);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_ATTEMPT, pair.sa_b, 0)->at, 3000);
    sim_free(sim);
}

static void keys_and_spis_follow_from_the_seed(void **state)
{
    struct ikl_sim *sims[] = {sim_new(1), sim_new(1), sim_new(2)};
    uint64_t spis[3], hashes[3];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ikl_sim_pair pair = sim_pair(sims[i], NULL);

        spis[i] = ikl_sa_spi_i(pair.sa_a);
        sim_run_until(sims[i], seconds(5));
        hashes[i] = ikl_sim_hash(sims[i]);
        sim_free(sims[i]);
    }
    assert_true(spis[0] == spis[1] && spis[0] != spis[2]);
    assert_true(hashes[0] == hashes[1] && hashes[0] != hashes[2]);
}

static int no_random(void *user, uint8_t *out, size_t len)
{
    unsigned *left = user;

    memset(out, (int)*left, len);
    return (*left)-- > 1 ? IKL_OK : IKL_ERR_CRYPTO;
}

static void without_randomness_there_is_no_spi(void **state)
{
    unsigned calls = 1 + 1; /* the endpoint needs one */
    struct ikl_sim_host_config a = {
        .size = sizeof(a),
        .endpoint = {.size = sizeof(a.endpoint),
                     .user = &calls,
                     .callbacks = {.size = sizeof(a.endpoint.callbacks), .random = no_random}}};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &a};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair;

    (void)state;
    assert_int_equal(ikl_sim_add_pair(sim, &config, &pair), IKL_ERR_CRYPTO);
    sim_free(sim);
}

static int no_aes(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    (void)suite;
    (void)out;
    return IKL_ERR_NO_AES;
}

static int no_prf(uint16_t id, const struct ikl_prf **out)
{
    (void)id;
    (void)out;
    return IKL_ERR_UNSUPPORTED;
}

static void the_most_telling_refusal_of_the_providers_is_returned(void **state)
{
    struct ikl_provider without_aes = *test_provider, without_prf = *test_provider;
    const struct ikl_provider *const providers[] = {&without_prf, &without_aes};
    struct ikl_sim_host_config host = {
        .size = sizeof(host), .endpoint = {.size = sizeof(host.endpoint), .providers = providers, .n_providers = 1}};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &host, .b = &host};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair;

    (void)state;
    without_aes.cipher = no_aes;
    without_prf.prf = no_prf;
    assert_int_equal(ikl_sim_add_pair(sim, &config, &pair), IKL_ERR_UNSUPPORTED);
    host.endpoint.n_providers = 2;
    assert_int_equal(ikl_sim_add_pair(sim, &config, &pair), IKL_ERR_NO_AES);
    sim_free(sim);
}

static void spoil(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    (void)host;
    config->ids.stated = user != NULL;
}

static void what_cannot_be_made_is_refused_and_leaves_no_ike_sa(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, NULL);
    struct ikl_sim_sa_config sa = {.size = sizeof(sa) - 1};
    struct ikl_sim_pair_config config = {.size = sizeof(config) - 1};

    (void)state;
    assert_int_equal(ikl_sim_add_sa(pair.link, &sa, NULL, NULL), IKL_ERR_INVALID);
    sa = (struct ikl_sim_sa_config){.size = sizeof(sa), .suite = "rot13"};
    assert_int_equal(ikl_sim_add_sa(pair.link, &sa, NULL, NULL), IKL_ERR_INVALID);
    sa.suite = "aes256-sha256";
    assert_int_equal(ikl_sim_add_sa(pair.link, &sa, NULL, NULL), IKL_ERR_UNSUPPORTED);
    sa = (struct ikl_sim_sa_config){.size = sizeof(sa), .prepare = spoil};
    assert_int_equal(ikl_sim_add_sa(pair.link, &sa, NULL, NULL), IKL_ERR_INVALID);
    sim_reboot_at(pair.b, 0, 1000);
    assert_int_equal(ikl_sim_add_sa(pair.link, NULL, NULL, NULL), IKL_ERR_INVALID);
    assert_int_equal(ikl_endpoint_n_sas(ikl_sim_host_endpoint(pair.a)), 1);
    assert_int_equal(ikl_sim_add_pair(sim, &config, &pair), IKL_ERR_INVALID);
    sim_free(sim);
}

TESTS_OF(sim_pair)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ike_sas_of_every_suite_understand_each_other),
        cmocka_unit_test(child_sas_face_each_other_and_no_two_have_the_same_spi),
        cmocka_unit_test(schedule_idle_time_and_policy_are_as_stated),
        cmocka_unit_test(windows_and_fragmentation_are_as_stated),
        cmocka_unit_test(both_ends_may_be_connecting_and_the_hosts_go_on),
        cmocka_unit_test(each_of_the_two_may_be_changed_before_it_is_made),
        cmocka_unit_test(keys_and_spis_follow_from_the_seed),
        cmocka_unit_test(without_randomness_there_is_no_spi),
        cmocka_unit_test(the_most_telling_refusal_of_the_providers_is_returned),
        cmocka_unit_test(what_cannot_be_made_is_refused_and_leaves_no_ike_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
