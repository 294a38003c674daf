/* SPDX-License-Identifier: ISC */
/* The same inputs and the same random octets have the same effect on every architecture: nothing that shows depends on
 * the order of octets in memory. */
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

/* Not a number that reads the same both ways. */
static int four_octets(void *user, uint8_t *out, size_t len)
{
    static const uint8_t octets[] = {0x20, 0x00, 0x00, 0xe0};

    (void)user;
    for (size_t i = 0; i < len; i++) {
        out[i] = octets[i % sizeof(octets)];
    }
    return IKL_OK;
}

static struct ikl_sim_pair pair_with(struct ikl_sim *sim, const struct ikl_endpoint_config *endpoint)
{
    struct ikl_sim_host_config a = {.size = sizeof(a), .endpoint = *endpoint};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &a};

    a.endpoint.size = sizeof(a.endpoint);
    a.endpoint.callbacks.size = sizeof(a.endpoint.callbacks);
    a.endpoint.callbacks.random = four_octets;
    return sim_pair(sim, &config);
}

static void jitter_reads_random_octets_as_a_big_endian_number(void **state)
{
    static const struct ikl_schedule schedule = {.waits = {10000}, .n_waits = 1, .tries = 3, .jitter = 500};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_endpoint_config){.schedule = &schedule});

    (void)state;
    sim_cut_at(pair.link, 0);
    sim_run_until(sim, seconds(30));
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_ATTEMPT, pair.sa_a, 1)->at,
                     5000 + ikl_schedule_jittered_wait(&schedule, 0, 0x200000e0));
    sim_free(sim);
}

static void the_spread_of_idle_times_does_too(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_endpoint_config){.idle = 8000, .idle_spread = 500});

    (void)state;
    sim_cut_at(pair.link, 0);
    sim_run_until(sim, seconds(8));
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_ATTEMPT, pair.sa_a, 0)->at, 8000 - 500);
    sim_free(sim);
}

TESTS_OF(determinism)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jitter_reads_random_octets_as_a_big_endian_number),
        cmocka_unit_test(the_spread_of_idle_times_does_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
