/* SPDX-License-Identifier: ISC */
/* ikelive example, 82 lines: how to test a host. Its own callbacks run in a simulated world, in virtual time, against a
 * peer that the test kit makes.
 *
 * README shows a piece of this file. Link with ikelive-sim and cmocka. A test that fails shows the end of the trace:
 * what was sent, lost, delivered and called back, and when. */
#include <ikelive/sim_cmocka.h>

enum { TUNNELS = 3 };

/* The host under test: it has a route for as long as it has a tunnel. */
struct my_host {
    unsigned tunnels;
    bool has_route;
};

static void on_child_down(void *user, struct ikl_sa *sa, struct ikl_child *child, const struct ikl_down *down)
{
    struct my_host *host = user;

    (void)sa;
    (void)child;
    (void)down;
    host->tunnels--;
    host->has_route = host->tunnels != 0;
}

/* The host and a peer, an IKE SA and its Child SAs established between them. */
static struct ikl_sim_pair connect_to_peer(struct ikl_sim *sim, struct my_host *host)
{
    struct ikl_callbacks callbacks = {.size = sizeof(callbacks), .child_down = on_child_down};
    struct ikl_sim_host_config mine = {
        .size = sizeof(mine),
        .endpoint = {.size = sizeof(mine.endpoint), .callbacks = callbacks, .user = host},
    };
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = TUNNELS};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &mine, .sa = &sa};

    *host = (struct my_host){.tunnels = TUNNELS, .has_route = true};
    return sim_pair(sim, &config);
}

static void a_dead_peer_costs_the_route(void **state)
{
    struct my_host host;
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = connect_to_peer(sim, &host);

    (void)state;
    sim_cut_at(pair.link, seconds(60));
    sim_run_until(sim, seconds(400));
    assert_children_down(pair.sa_a, TUNNELS, IKL_DOWN_TIMEOUT);
    assert_down_by(pair.sa_a, IKL_DOWN_TIMEOUT, seconds(60 + 5 + 319));
    assert_sends(pair.sa_a, seconds(60), 10);
    assert_false(host.has_route);
    sim_free(sim);
}

static void a_peer_that_comes_back_in_time_does_not(void **state)
{
    struct my_host host;
    struct ikl_sim *sim = sim_new(2);
    struct ikl_sim_pair pair = connect_to_peer(sim, &host);

    (void)state;
    sim_cut_at(pair.link, seconds(60));
    sim_restore_at(pair.link, seconds(300));
    sim_run_until(sim, seconds(3600));
    assert_up(pair.sa_a);
    assert_true(host.has_route);
    sim_free(sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dead_peer_costs_the_route),
        cmocka_unit_test(a_peer_that_comes_back_in_time_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
