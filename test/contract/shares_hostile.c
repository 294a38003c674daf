/* SPDX-License-Identifier: ISC */
/* Promises about the pool: whatever hostile peers do, an honest one's rekey, request and Delete succeed. */
#include "support/drain.h"
#include "support/shares_check.h"
#include "support/sharing.h"
#include "support/test.h"

#include "worlds/hostile.h"

static void time_passes(struct host *host, struct test_random *random)
{
    if (test_random_below(random, 12) == 0) {
        host_advance(host, host->now + test_random_below(random, test_random_below(random, 10) == 0 ? 20000 : 300));
    }
}

static void run_hostile(size_t n, enum hostile_kind kind, uint64_t seed, const char *(*live)(struct hostiles *hostiles),
                        size_t steps)
{
    static struct hostiles hostiles;
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    host_init(&host, "a", 1000, NULL);
    test_sa_config(&config, &keys, SHARING_SUITE, true, 0);
    hostiles = (struct hostiles){.endpoint = host.endpoint, .n = n, .kind = kind, .random.state = seed};
    hostiles.path = config.path;
    for (size_t step = 0; step < steps; step++) {
        time_passes(&host, &hostiles.random);
        hostiles.now = host.now;
        hostiles_act(&hostiles);
        assert_null(shares_check(host.endpoint));
        assert_null(live(&hostiles));
        assert_null(shares_check(host.endpoint));
        host_forget(&host);
    }
    for (size_t act = 0; act < hostile_n_acts(); act++) {
        assert_true(hostiles.acts[act] > 0);
    }
    hostiles_end(&hostiles);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static void whatever_peers_without_authentication_do_an_honest_rekey_request_and_delete_succeed(void **state)
{
    static const size_t numbers[] = {1, 2, 5, 12, HOSTILE_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        for (uint64_t seed = 1; seed <= 2; seed++) {
            run_hostile(numbers[i], HOSTILE_UNAUTHENTICATED, seed,
                        seed % 2 != 0 ? honest_peer_lives : honest_peer_lives_in_haste, 250);
        }
    }
}

static void whatever_authenticated_peers_do_an_honest_request_rekey_and_delete_of_480_octets_succeed(void **state)
{
    static const size_t numbers[] = {1, 2, 9, HOSTILE_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        for (uint64_t seed = 1; seed <= 2; seed++) {
            run_hostile(numbers[i], HOSTILE_AUTHENTICATED, seed, honest_peer_lives, 250);
        }
    }
}

TESTS_OF(shares_hostile)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_peers_without_authentication_do_an_honest_rekey_request_and_delete_succeed),
        cmocka_unit_test(whatever_authenticated_peers_do_an_honest_request_rekey_and_delete_of_480_octets_succeed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
