/* SPDX-License-Identifier: ISC */
/* Hosts in the simulated world that take their events, or make their endpoint, themselves. */
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

/* A host that handles its events itself: it has a timer beside the endpoint's and counts what it is given. */
struct looping_host {
    struct ikl_sim_host *host;
    ikl_time timer;
    unsigned received, advanced, rang, writable;
};

static int loop_receive(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now)
{
    struct looping_host *loop = user;

    loop->received++;
    return ikl_endpoint_receive(ikl_sim_host_endpoint(loop->host), path, datagram, len, now);
}

static int loop_advance(void *user, ikl_time now)
{
    struct looping_host *loop = user;

    loop->advanced++;
    if (now >= loop->timer) {
        loop->rang++;
        loop->timer += 700;
    }
    return ikl_endpoint_advance(ikl_sim_host_endpoint(loop->host), now);
}

static ikl_time loop_next_deadline(void *user)
{
    struct looping_host *loop = user;

    return ikl_time_earlier(loop->timer, ikl_endpoint_next_deadline(ikl_sim_host_endpoint(loop->host)));
}

static int loop_writable(void *user, ikl_time now)
{
    struct looping_host *loop = user;

    loop->writable++;
    return ikl_endpoint_writable(ikl_sim_host_endpoint(loop->host), now);
}

static void a_host_s_own_event_handling_takes_the_place_of_the_world_s(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct looping_host loop = {.timer = 700};
    struct ikl_sim_host_config config = {.size = sizeof(config),
                                         .endpoint = {.user = &loop},
                                         .receive = loop_receive,
                                         .advance = loop_advance,
                                         .next_deadline = loop_next_deadline,
                                         .writable = loop_writable};
    struct ikl_sim_host *peer;
    struct ikl_sim_link *link;
    struct ikl_sa *sa;

    (void)state;
    assert_int_equal(ikl_sim_add_host(sim, &config, &loop.host), IKL_OK);
    assert_int_equal(ikl_sim_add_host(sim, NULL, &peer), IKL_OK);
    assert_int_equal(ikl_sim_add_link(loop.host, peer, NULL, &link), IKL_OK);
    assert_int_equal(ikl_sim_add_sa(link, NULL, &sa, NULL), IKL_OK);
    sim_run_until(sim, 70000);
    assert_int_equal(loop.rang, 100);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_ALIVE, sa, 0), 14);
    assert_int_equal(loop.received, 28);
    assert_true(loop.advanced >= 112);
    assert_int_equal(loop.writable, 0);
    ikl_sim_block_sends_at(loop.host, 70000, 3000);
    sim_run_until(sim, 80000);
    assert_int_equal(loop.writable, 1);
    sim_free(sim);
}

/* A host that makes its endpoint itself, as in production, and only sends and draws from the world. */
struct own_endpoint {
    struct ikl_sim_host *host;
    struct ikl_endpoint *endpoint;
    struct ikl_sa *sa;
};

static int wired_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)sa;
    return ikl_sim_send(((struct own_endpoint *)user)->host, path, datagram, len);
}

static int wired_random(void *user, uint8_t *out, size_t len)
{
    ikl_sim_host_random(((struct own_endpoint *)user)->host, out, len);
    return IKL_OK;
}

static int wired_receive(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now)
{
    return ikl_endpoint_receive(((struct own_endpoint *)user)->endpoint, path, datagram, len, now);
}

static int wired_advance(void *user, ikl_time now)
{
    return ikl_endpoint_advance(((struct own_endpoint *)user)->endpoint, now);
}

static ikl_time wired_next_deadline(void *user)
{
    return ikl_endpoint_next_deadline(((struct own_endpoint *)user)->endpoint);
}

/* Makes the host's end of the IKE SA, as its code would at the end of IKE_AUTH. */
static void hand_over(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    struct own_endpoint *own = user;

    if (host == own->host) {
        assert_int_equal(ikl_sa_new(&own->sa, own->endpoint, config, ikl_sim_host_now(host)), IKL_OK);
    }
}

static void a_host_may_make_its_endpoint_itself(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct own_endpoint own = {.host = NULL};
    struct ikl_sim_host_config config = {.size = sizeof(config),
                                         .no_endpoint = true,
                                         .endpoint = {.user = &own},
                                         .receive = wired_receive,
                                         .advance = wired_advance,
                                         .next_deadline = wired_next_deadline};
    struct ikl_endpoint_config endpoint = {
        .size = sizeof(endpoint),
        .user = &own,
        .callbacks = {.size = sizeof(endpoint.callbacks), .send = wired_send, .random = wired_random}};
    struct ikl_sim_sa_config sa = {.size = sizeof(sa)};
    struct ikl_sa *a, *b;
    struct ikl_sim_host *peer;
    struct ikl_sim_link *link;

    (void)state;
    assert_int_equal(ikl_sim_add_host(sim, &config, &own.host), IKL_OK);
    assert_null(ikl_sim_host_endpoint(own.host));
    assert_int_equal(ikl_endpoint_new(&own.endpoint, &endpoint, ikl_sim_host_now(own.host)), IKL_OK);
    assert_int_equal(ikl_sim_add_host(sim, NULL, &peer), IKL_OK);
    assert_int_equal(ikl_sim_add_link(own.host, peer, NULL, &link), IKL_OK);
    assert_int_equal(ikl_sim_add_sa(link, &sa, NULL, NULL), IKL_ERR_INVALID);
    sa.prepare = hand_over;
    sa.user = &own;
    assert_int_equal(ikl_sim_add_sa(link, &sa, &a, &b), IKL_OK);
    assert_null(a);
    sim_run_until(sim, seconds(3600));
    assert_int_equal(ikl_sa_state(own.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_ALIVE, b, 0), 720);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_SENT, NULL, 0), 4 * 720);
    sim_free(sim);
    assert_int_equal(ikl_endpoint_free(own.endpoint), IKL_OK);
}

TESTS_OF(sim_own_handling)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_s_own_event_handling_takes_the_place_of_the_world_s),
        cmocka_unit_test(a_host_may_make_its_endpoint_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
