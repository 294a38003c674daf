/* SPDX-License-Identifier: ISC */
/* Addresses in the simulated world: NATs, hosts that move, and who is seen where. */
#include "support/listener.h"
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

static const struct ikl_address outside = {.ip = {203, 0, 113, 7}, .port = 40000, .family = 4};

static void behind_a_nat_a_host_is_seen_and_reached_at_another_address(void **state)
{
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 0});
    ikl_sim_set_nat(ends.link, ends.a.host, &outside, 0);
    assert_true(ikl_sim_path(ends.link, ends.a.host).behind_nat);
    assert_false(ikl_sim_path(ends.link, ends.b.host).behind_nat);
    assert_int_equal(ikl_sim_path(ends.link, ends.b.host).remote.port, 40000);
    ends_send(&ends, &ends.a, 1);
    ends_send(&ends, &ends.b, 2);
    sim_run_until(ends.sim, 0);
    assert_int_equal(ends.b.heard[0].path.remote.port, 40000);
    assert_memory_equal(ends.b.heard[0].path.remote.ip, outside.ip, 4);
    assert_int_equal(ends.a.heard[0].path.local.port, 500);
    sim_free(ends.sim);
}

static void after_a_rebinding_the_old_address_leads_nowhere(void **state)
{
    struct ikl_address elsewhere = {.ip = {203, 0, 113, 8}, .port = 1, .family = 4};
    struct ikl_path old;
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 10});
    ikl_sim_set_nat(ends.link, ends.a.host, &outside, 0);
    ikl_sim_rebind_at(ends.link, ends.a.host, 105, NULL);
    ikl_sim_rebind_at(ends.link, ends.a.host, 200, &elsewhere);
    sim_run_until(ends.sim, 100);
    old = ikl_sim_path(ends.link, ends.b.host);
    ends_send(&ends, &ends.b, 1); /* arrives too late */
    ends_send(&ends, &ends.a, 2); /* has left already */
    sim_run_until(ends.sim, 110);
    assert_int_equal(ends.a.n, 0);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 0)->about.loss, IKL_SIM_LOSS_NO_ADDRESS);
    assert_int_equal(ends.b.heard[0].path.remote.port, 40000);
    assert_int_equal(ikl_sim_send(ends.b.host, &old, (const uint8_t *)"xy", 2), IKL_OK);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 1)->about.loss, IKL_SIM_LOSS_NO_ROUTE);
    ends_send(&ends, &ends.a, 3);
    sim_run_until(ends.sim, 200);
    assert_int_equal(ends.b.heard[1].path.remote.port, 40001);
    ends_send(&ends, &ends.a, 4);
    sim_run_until(ends.sim, 210);
    assert_int_equal(ends.b.heard[2].path.remote.port, 1);
    sim_free(ends.sim);
}

static void a_mapping_ends_when_nothing_was_sent_for_its_lifetime(void **state)
{
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 0});
    ikl_sim_set_nat(ends.link, ends.a.host, &outside, 1000);
    for (ikl_time at = 1000; at <= 5000; at += 1000) {
        sim_run_until(ends.sim, at);
        ends_send(&ends, &ends.a, 1);
    }
    sim_run_until(ends.sim, 6000);
    ends_send(&ends, &ends.b, 2);
    sim_run_until(ends.sim, 6001);
    assert_int_equal(ends.a.n, 1);
    assert_int_equal(ends.b.heard[4].path.remote.port, 40000);
    ends_send(&ends, &ends.b, 3);
    sim_run_until(ends.sim, 6002);
    assert_int_equal(ends.a.n, 1);
    ends_send(&ends, &ends.a, 4);
    sim_run_until(ends.sim, 6003);
    assert_int_equal(ends.b.heard[5].path.remote.port, 40001);
    sim_free(ends.sim);
}

static void a_host_that_moves_is_no_longer_where_it_was(void **state)
{
    struct ikl_address new_address = {.ip = {198, 51, 100, 1}, .port = 500, .family = 4};
    struct ends ends;
    struct ikl_path old;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 10});
    old = ikl_sim_path(ends.link, ends.a.host);
    ends_send(&ends, &ends.b, 1);
    ikl_sim_move_at(ends.link, ends.a.host, 5, &new_address);
    sim_run_until(ends.sim, 10);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 0)->about.loss, IKL_SIM_LOSS_NO_ADDRESS);
    assert_int_equal(ikl_sim_send(ends.a.host, &old, (const uint8_t *)"xy", 2), IKL_OK);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 1)->about.loss, IKL_SIM_LOSS_NO_ROUTE);
    ends_send(&ends, &ends.a, 3);
    ends_send(&ends, &ends.b, 4);
    sim_run_until(ends.sim, 20);
    assert_memory_equal(ends.b.heard[0].path.remote.ip, new_address.ip, 4);
    assert_int_equal(ends.a.n, 1);
    sim_free(ends.sim);
}

static void what_an_attacker_injects_arrives_along_the_path_that_it_says(void **state)
{
    struct ends ends;
    struct ikl_path path;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.loss = IKL_SIM_PERCENT(100)});
    path = ikl_sim_path(ends.link, ends.b.host);
    path.remote.port = 666;
    ikl_sim_inject_at(ends.b.host, 50, &path, (const uint8_t *)"xy", 2);
    sim_run_until(ends.sim, 49);
    assert_int_equal(ends.b.n, 0);
    sim_run_until(ends.sim, 50);
    assert_int_equal(ends.b.n, 1);
    assert_int_equal(ends.b.heard[0].path.remote.port, 666);
    assert_null(ikl_sim_find(ends.sim, IKL_SIM_DELIVERED, NULL, 0)->link);
    sim_sleep_at(ends.b.host, 60, 10);
    ikl_sim_inject_at(ends.b.host, 65, &path, (const uint8_t *)"xy", 2);
    sim_run_until(ends.sim, 100);
    assert_int_equal(ends.b.n, 1);
    sim_free(ends.sim);
}

static void nobody_else_is_at_a_link(void **state)
{
    static const struct ikl_path nowhere;
    struct listener stranger;
    struct ikl_path path;
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 0});
    listener_add(ends.sim, &stranger);
    path = ikl_sim_path(ends.link, stranger.host);
    assert_memory_equal(&path, &nowhere, sizeof(path));
    ikl_sim_set_nat(ends.link, stranger.host, &outside, 0);
    ikl_sim_move_at(ends.link, stranger.host, 0, &outside);
    assert_null(ikl_sim_find_link(ends.a.host, stranger.host));
    assert_int_equal(ikl_sim_n_records(ends.sim), 0);
    sim_free(ends.sim);
}

TESTS_OF(sim_address)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behind_a_nat_a_host_is_seen_and_reached_at_another_address),
        cmocka_unit_test(after_a_rebinding_the_old_address_leads_nowhere),
        cmocka_unit_test(a_mapping_ends_when_nothing_was_sent_for_its_lifetime),
        cmocka_unit_test(a_host_that_moves_is_no_longer_where_it_was),
        cmocka_unit_test(what_an_attacker_injects_arrives_along_the_path_that_it_says),
        cmocka_unit_test(nobody_else_is_at_a_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
