/* SPDX-License-Identifier: ISC */
/* What is inside the tunnels of a simulated world: probes are answered, and tunnels fail by themselves. */
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

static const struct ikl_monitor_config monitor = {
    .interval = 1000, .timeout = 400, .renew_after = 60000, .threshold = 3, .recover = 2};

enum { WORST = 3 * 1000 + 400, DELAY = 20 };

/* A pair of which each end monitors its Child SA. */
static struct ikl_sim_pair monitored(struct ikl_sim *sim)
{
    struct ikl_sim_host_config host = {.size = sizeof(host),
                                       .endpoint = {.size = sizeof(struct ikl_endpoint_config), .monitor = &monitor}};
    struct ikl_sim_link_config link = {.size = sizeof(link), .weather = {.delay = DELAY}};
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = 1};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &host, .b = &host, .link = &link, .sa = &sa};

    host.endpoint.callbacks.size = sizeof(host.endpoint.callbacks);
    return sim_pair(sim, &config);
}

static enum ikl_monitor_state state_of(const struct ikl_sa *sa)
{
    return (enum ikl_monitor_state)ikl_child_monitor(sa, ikl_sa_first_child(sa))->state;
}

/* When it was told last that this is the state; IKL_NEVER: it was not. */
static ikl_time told(const struct ikl_sim *sim, const struct ikl_sa *sa, enum ikl_monitor_state state)
{
    const struct ikl_sim_record *record;
    ikl_time at = IKL_NEVER;

    for (size_t n = 0; (record = ikl_sim_find(sim, IKL_SIM_MONITOR, sa, n)) != NULL; n++) {
        at = record->about.monitor.change.state == state ? record->at : at;
    }
    return at;
}

static void probes_are_answered_after_a_round_trip(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = monitored(sim);

    (void)state;
    sim_run_until(sim, seconds(10));
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_UP);
    assert_int_equal(state_of(pair.sa_b), IKL_MONITOR_UP);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_MONITOR, NULL, 0), 2);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_MONITOR, pair.sa_a, 0)->about.monitor.protocol, IKL_PROTOCOL_ESP);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_MONITOR_PROBE, pair.sa_a, 0)->about.monitor.protocol, IKL_PROTOCOL_ESP);
    assert_true(told(sim, pair.sa_a, IKL_MONITOR_UP) ==
                ikl_sim_find(sim, IKL_SIM_MONITOR_PROBE, pair.sa_a, 0)->at + 2 * DELAY);
    sim_free(sim);
}

static void tunnels_that_die_do_so_while_ike_lives(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = monitored(sim);

    (void)state;
    ikl_sim_kill_tunnels_at(pair.link, 10100);
    ikl_sim_mend_tunnels_at(pair.link, seconds(60));
    sim_run_until(sim, seconds(50));
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_DOWN);
    assert_int_equal(state_of(pair.sa_b), IKL_MONITOR_DOWN);
    assert_in_range(told(sim, pair.sa_a, IKL_MONITOR_DOWN), 10100, 10100 + WORST);
    assert_up(pair.sa_a);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_MONITOR, pair.sa_a, 2)->about.monitor.change.finding,
                     IKL_FINDING_DATA_PATH_DEAD);
    sim_run_until(sim, seconds(63));
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_UP);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_TUNNELS_DEAD, NULL, 10100), 1);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_TUNNELS_ALIVE, NULL, seconds(60)), 1);
    sim_free(sim);
}

static void a_tunnel_that_is_dead_one_way_answers_no_probe_of_either_end(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = monitored(sim);

    (void)state;
    ikl_sim_kill_tunnels_one_way_at(pair.link, pair.a, seconds(10));
    sim_run_until(sim, seconds(20));
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_DOWN);
    assert_int_equal(state_of(pair.sa_b), IKL_MONITOR_DOWN);
    assert_up(pair.sa_a);
    ikl_sim_mend_tunnels_at(pair.link, seconds(20));
    sim_run_until(sim, seconds(30));
    assert_int_equal(state_of(pair.sa_b), IKL_MONITOR_UP);
    sim_free(sim);
}

static void what_is_in_a_tunnel_when_it_dies_is_lost(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = monitored(sim);

    (void)state;
    ikl_sim_kill_tunnels_at(pair.link, DELAY / 2); /* the first probe is on its way */
    ikl_sim_mend_tunnels_at(pair.link, seconds(1) + DELAY + DELAY / 2);
    sim_run_until(sim, seconds(1) + DELAY); /* the second one was never sent */
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_UNPROVEN);
    ikl_sim_kill_tunnels_at(pair.link, seconds(2) + DELAY + DELAY / 2); /* the answer to the third is */
    sim_run_until(sim, seconds(10));
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_UNPROVEN);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_MONITOR, pair.sa_a, 0), 1); /* nobody answers */
    sim_free(sim);
}

static void a_link_that_is_cut_carries_no_tunnels(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = monitored(sim);

    (void)state;
    sim_cut_at(pair.link, seconds(10));
    sim_run_until(sim, seconds(20));
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_DOWN);
    sim_free(sim);
}

static void a_host_that_sleeps_answers_no_probe_and_gets_no_answer(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = monitored(sim);

    (void)state;
    sim_sleep_at(pair.b, seconds(10), seconds(10));
    sim_run_until(sim, seconds(19));
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_DOWN);
    assert_int_equal(state_of(pair.sa_b), IKL_MONITOR_UP);
    sim_run_until(sim, seconds(30));
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_UP);
    sim_free(sim);
}

static void a_child_sa_that_is_gone_gets_no_answer(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = monitored(sim);

    (void)state;
    sim_run_until(sim, DELAY);
    assert_int_equal(ikl_sa_remove_child(pair.sa_a, ikl_sa_first_child(pair.sa_a)), IKL_OK);
    ikl_sa_free(pair.sa_b);
    sim_run_until(sim, seconds(1));
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_MONITOR, NULL, 0), 0);
    sim_free(sim);
}

static void a_script_says_each_in_one_line(void **state)
{
    static const char script[] = "at 10 kill-tunnels a b\nat 20 mend-tunnels a b\nat 30 kill-tunnels-one-way b a\n";
    static const char *const wrong[] = {"kill-tunnels a b c\n", "mend-tunnels a b 1\n", "kill-tunnels-one-way a b a\n"};
    struct ikl_sim_script_error error;
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = monitored(sim);

    (void)state;
    assert_int_equal(ikl_sim_play(sim, script, NULL, &error), IKL_OK);
    sim_run_until(sim, seconds(19));
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_DOWN);
    sim_run_until(sim, seconds(29));
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_UP);
    sim_run_until(sim, seconds(39));
    assert_int_equal(state_of(pair.sa_a), IKL_MONITOR_DOWN);
    assert_ptr_equal(ikl_sim_find(sim, IKL_SIM_TUNNELS_DEAD, NULL, 1)->host, pair.b);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(ikl_sim_play(sim, wrong[i], NULL, &error), IKL_ERR_INVALID);
        assert_int_equal(error.line, 1);
    }
    sim_free(sim);
}

TESTS_OF(sim_tunnel)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probes_are_answered_after_a_round_trip),
        cmocka_unit_test(tunnels_that_die_do_so_while_ike_lives),
        cmocka_unit_test(a_tunnel_that_is_dead_one_way_answers_no_probe_of_either_end),
        cmocka_unit_test(what_is_in_a_tunnel_when_it_dies_is_lost),
        cmocka_unit_test(a_link_that_is_cut_carries_no_tunnels),
        cmocka_unit_test(a_host_that_sleeps_answers_no_probe_and_gets_no_answer),
        cmocka_unit_test(a_child_sa_that_is_gone_gets_no_answer),
        cmocka_unit_test(a_script_says_each_in_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
