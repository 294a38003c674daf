/* SPDX-License-Identifier: ISC */
/* A test in C++: sim_cmocka.h links as it does in C. */
#include <ikelive/sim_cmocka.h>

static void a_dead_peer_is_given_up(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, nullptr);

    (void)state;
    sim_cut_at(pair.link, seconds(60));
    sim_run_until(sim, seconds(400));
    assert_down(pair.sa_a, IKL_DOWN_TIMEOUT, seconds(379));
    sim_free(sim);
}

int main()
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_dead_peer_is_given_up)};

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
