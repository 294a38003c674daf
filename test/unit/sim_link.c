/* SPDX-License-Identifier: ISC */
/* Links in the simulated world: what they do to datagrams, cuts, and which link leads where. */
#include "support/listener.h"
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

enum { MANY = 20000 };

static void send_many(struct ends *ends)
{
    for (int i = 0; i < MANY; i++) {
        ends_send(ends, &ends->a, (uint8_t)i);
    }
    sim_run_for(ends->sim, seconds(10));
}

/* A tenth of MANY, give or take five sigma. */
static void assert_a_tenth(size_t n)
{
    assert_in_range(n, MANY / 10 - 212, MANY / 10 + 212);
}

static void a_link_without_weather_carries_everything_at_once_and_in_order(void **state)
{
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 0});
    for (uint8_t i = 0; i < 10; i++) {
        ends_send(&ends, &ends.a, i);
        ends_send(&ends, &ends.b, (uint8_t)(100 + i));
    }
    assert_int_equal(ends.a.n + ends.b.n, 0);
    sim_run_until(ends.sim, 0);
    assert_int_equal(ends.a.n, 10);
    assert_int_equal(ends.b.n, 10);
    for (uint8_t i = 0; i < 10; i++) {
        assert_int_equal(ends.b.heard[i].first, i);
        assert_int_equal(ends.a.heard[i].first, 100 + i);
    }
    sim_free(ends.sim);
}

static void loss_is_as_frequent_as_stated(void **state)
{
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.loss = IKL_SIM_PERCENT(10)});
    send_many(&ends);
    assert_a_tenth(MANY - ends.b.n);
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_LOST, NULL, 0), MANY - ends.b.n);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 0)->about.loss, IKL_SIM_LOSS_CHANCE);
    sim_free(ends.sim);
}

static void duplication_is_as_frequent_as_stated(void **state)
{
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.duplication = IKL_SIM_PERCENT(10)});
    send_many(&ends);
    assert_a_tenth(ends.b.n - MANY);
    sim_free(ends.sim);
}

static void reordering_is_as_frequent_as_stated_and_holds_back_for_as_long(void **state)
{
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.reordering = IKL_SIM_PERCENT(10), .delay = 10, .hold = 250});
    send_many(&ends);
    assert_a_tenth(ikl_sim_count(ends.sim, IKL_SIM_HELD, NULL, 0));
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_DELIVERED, NULL, 260),
                     ikl_sim_count(ends.sim, IKL_SIM_HELD, NULL, 0));
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_DELIVERED, NULL, 11),
                     ikl_sim_count(ends.sim, IKL_SIM_DELIVERED, NULL, 260));
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_DELIVERED, NULL, 261), 0);
    sim_free(ends.sim);
}

static unsigned bits_in(unsigned octet)
{
    unsigned n = 0;

    for (; octet != 0; octet &= octet - 1) {
        n++;
    }
    return n;
}

static void corruption_is_as_frequent_as_stated_and_changes_one_bit(void **state)
{
    struct ends ends;
    size_t changed;
    unsigned seen = 0;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.corruption = IKL_SIM_PERCENT(10)});
    send_many(&ends);
    changed = ikl_sim_count(ends.sim, IKL_SIM_CORRUPTED, NULL, 0);
    assert_a_tenth(changed);
    for (size_t i = 0; i < 200; i++) {
        const struct ikl_sim_record *record = ikl_sim_find(ends.sim, IKL_SIM_CORRUPTED, NULL, i);
        uint8_t before = (uint8_t)(record->datagram - 1);
        unsigned difference = (unsigned)(before ^ record->octets.data[0]);

        assert_int_equal(record->octets.len, 2);
        assert_int_equal(bits_in(difference) + bits_in(record->octets.data[1]), 1);
        seen |= difference | (unsigned)record->octets.data[1] << 8;
    }
    assert_int_equal(seen, 0xffff);
    /* the one that was sent is not touched */
    for (size_t i = 0; i < MANY; i += 100) {
        assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_SENT, NULL, i)->octets.data[1], 0);
    }
    sim_free(ends.sim);
}

static void delay_and_jitter_are_kept_so_that_datagrams_overtake_each_other(void **state)
{
    struct ends ends;
    bool overtaken = false;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 100, .jitter = 50});
    for (uint8_t i = 0; i < MAX_HEARD; i++) {
        ends_send(&ends, &ends.a, i);
    }
    sim_run_until(ends.sim, 1000);
    assert_int_equal(ends.b.n, MAX_HEARD);
    assert_in_range(ends.b.heard[0].at, 100, 110);
    assert_in_range(ends.b.heard[MAX_HEARD - 1].at, 140, 150);
    for (size_t i = 1; i < MAX_HEARD; i++) {
        overtaken = overtaken || ends.b.heard[i].first < ends.b.heard[i - 1].first;
    }
    assert_true(overtaken);
    sim_free(ends.sim);
}

static void what_is_too_big_with_its_headers_is_lost(void **state)
{
    static const uint8_t octets[1300];
    struct ends ends;
    struct ikl_path path;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.mtu = 1280});
    path = ikl_sim_path(ends.link, ends.a.host);
    assert_int_equal(ikl_sim_send(ends.a.host, &path, octets, 1280 - 28), IKL_OK);
    assert_int_equal(ikl_sim_send(ends.a.host, &path, octets, 1280 - 27), IKL_OK);
    sim_run_until(ends.sim, 0);
    assert_int_equal(ends.b.n, 1);
    assert_int_equal(ends.b.heard[0].len, 1280 - 28);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 0)->about.loss, IKL_SIM_LOSS_TOO_BIG);
    sim_free(ends.sim);
}

static void ipv6_headers_are_longer(void **state)
{
    static const uint8_t octets[1300];
    struct ikl_sim_link_config config = {.size = sizeof(config),
                                         .weather = {.mtu = 1280},
                                         .address_a = {.ip = {0x20, 1, [15] = 1}, .family = 6},
                                         .address_b = {.ip = {0x20, 1, [15] = 2}, .family = 6}};
    struct ends ends;
    struct ikl_path path;

    (void)state;
    ends_begin_with(&ends, &config);
    path = ikl_sim_path(ends.link, ends.a.host);
    assert_int_equal(path.local.family, 6);
    assert_int_equal(path.local.port, 500);
    assert_int_equal(ikl_sim_send(ends.a.host, &path, octets, 1280 - 48), IKL_OK);
    assert_int_equal(ikl_sim_send(ends.a.host, &path, octets, 1280 - 47), IKL_OK);
    sim_run_until(ends.sim, 0);
    assert_int_equal(ends.b.n, 1);
    sim_free(ends.sim);
}

static void weather_changes_when_it_is_said_and_where(void **state)
{
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 0});
    ikl_sim_set_weather_at(ends.link, ends.a.host, 100, &(struct ikl_sim_weather){.delay = 7});
    ikl_sim_set_weather_at(ends.link, NULL, 200, &(struct ikl_sim_weather){.delay = 9});
    sim_run_until(ends.sim, 100);
    ends_send(&ends, &ends.a, 1);
    ends_send(&ends, &ends.b, 2);
    sim_run_until(ends.sim, 200);
    ends_send(&ends, &ends.a, 3);
    ends_send(&ends, &ends.b, 4);
    sim_run_until(ends.sim, 300);
    assert_int_equal(ends.b.heard[0].at, 107);
    assert_int_equal(ends.a.heard[0].at, 100);
    assert_int_equal(ends.b.heard[1].at, 209);
    assert_int_equal(ends.a.heard[1].at, 209);
    sim_free(ends.sim);
}

static void better_weather_does_not_change_the_luck_of_later_datagrams(void **state)
{
    struct ends one, other;

    (void)state;
    ends_begin(&one, &(struct ikl_sim_weather){.loss = IKL_SIM_PERCENT(30)});
    ends_begin(&other, &(struct ikl_sim_weather){.delay = 3, .jitter = 5, .duplication = IKL_SIM_PERCENT(50)});
    for (uint8_t i = 0; i < 50; i++) {
        ends_send(&one, &one.a, i);
        ends_send(&other, &other.a, i);
    }
    ikl_sim_set_weather_at(other.link, NULL, 0, &(struct ikl_sim_weather){.loss = IKL_SIM_PERCENT(30)});
    sim_run_until(one.sim, 50);
    sim_run_until(other.sim, 50);
    one.b.n = other.b.n = 0;
    for (uint8_t i = 50; i < 100; i++) {
        ends_send(&one, &one.a, i);
        ends_send(&other, &other.a, i);
    }
    sim_run_until(one.sim, 50);
    sim_run_until(other.sim, 50);
    assert_in_range(one.b.n, 20, 49);
    assert_int_equal(one.b.n, other.b.n);
    for (size_t i = 0; i < one.b.n; i++) {
        assert_int_equal(one.b.heard[i].first, other.b.heard[i].first);
    }
    sim_free(one.sim);
    sim_free(other.sim);
}

static void stated_fates_come_true_letter_by_letter(void **state)
{
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 5, .hold = 50});
    ikl_sim_set_fates(ends.link, NULL, ".x2h+c?");
    for (uint8_t i = 0; i < 8; i++) {
        ends_send(&ends, i % 2 == 0 ? &ends.a : &ends.b, i);
    }
    assert_int_equal(ikl_sim_fates_used(ends.link), 7);
    sim_run_until(ends.sim, 5);
    /* 0 arrived, 2 twice, 4 once so far, 6 */
    assert_int_equal(ends.b.n, 5);
    assert_int_equal(ends.b.heard[1].first, 2);
    assert_int_equal(ends.b.heard[2].first, 2);
    assert_int_equal(ends.b.heard[3].first, 4);
    /* 1 was lost, 3 is held, 5 was changed, 7 has no fate */
    assert_int_equal(ends.a.n, 2);
    assert_true(ends.a.heard[0].first != 5 || ends.a.heard[0].second != 0);
    assert_int_equal(ends.a.heard[1].first, 7);
    sim_run_until(ends.sim, 55);
    assert_int_equal(ends.a.n, 3);
    assert_int_equal(ends.a.heard[2].first, 3);
    assert_int_equal(ends.b.n, 6);
    assert_int_equal(ends.b.heard[5].first, 4);
    sim_free(ends.sim);
}

static void fates_may_be_stated_for_one_host_and_stand_above_the_weather(void **state)
{
    struct listener stranger;
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.loss = IKL_SIM_PERCENT(100)});
    ikl_sim_set_fates(ends.link, ends.b.host, "..");
    for (uint8_t i = 0; i < 6; i++) {
        ends_send(&ends, i % 2 == 0 ? &ends.a : &ends.b, i);
    }
    sim_run_until(ends.sim, 0);
    assert_int_equal(ends.b.n, 0);
    assert_int_equal(ends.a.n, 2);
    assert_int_equal(ends.a.heard[1].first, 3);
    assert_int_equal(ikl_sim_fates_used(ends.link), 0);
    /* others than the two ends have no say, and empty fates are none */
    listener_add(ends.sim, &stranger);
    ikl_sim_set_fates(ends.link, stranger.host, "....");
    ikl_sim_set_fates(ends.link, NULL, "");
    ends_send(&ends, &ends.a, 6);
    sim_run_until(ends.sim, 1);
    assert_int_equal(ends.b.n, 0);
    sim_free(ends.sim);
}

static void a_cut_loses_what_is_sent_and_what_would_arrive(void **state)
{
    struct ends ends;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 10});
    sim_cut_at(ends.link, 100);
    sim_restore_at(ends.link, 200);
    for (ikl_time at = 85; at <= 215; at += 5) {
        sim_run_until(ends.sim, at);
        ends_send(&ends, &ends.a, (uint8_t)at);
    }
    sim_run_until(ends.sim, 300);
    /* sent at 85; then those sent from 200 on */
    assert_int_equal(ends.b.n, 1 + 4);
    assert_int_equal(ends.b.heard[0].first, 85);
    assert_int_equal(ends.b.heard[1].first, 200);
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_LOST, NULL, 0), 22);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 0)->about.loss, IKL_SIM_LOSS_CUT);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 0)->at, 100);
    sim_free(ends.sim);
}

static void a_cut_one_way_leaves_the_other(void **state)
{
    struct ends ends;
    struct listener stranger;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 0});
    listener_add(ends.sim, &stranger);
    ikl_sim_cut_one_way_at(ends.link, stranger.host, 0);
    ikl_sim_cut_one_way_at(ends.link, ends.a.host, 0);
    ends_send(&ends, &ends.a, 1);
    ends_send(&ends, &ends.b, 2);
    sim_run_until(ends.sim, 0);
    assert_int_equal(ends.b.n, 0);
    assert_int_equal(ends.a.n, 1);
    sim_free(ends.sim);
}

static void a_link_that_cannot_be_is_refused(void **state)
{
    struct ikl_sim_link_config config = {.size = sizeof(config) - 1};
    struct ikl_sim_link *link;
    struct ends ends, others;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 0});
    ends_begin(&others, &(struct ikl_sim_weather){.delay = 0});
    assert_int_equal(ikl_sim_add_link(ends.a.host, ends.b.host, &config, &link), IKL_ERR_INVALID);
    assert_int_equal(ikl_sim_add_link(ends.a.host, ends.a.host, NULL, &link), IKL_ERR_INVALID);
    assert_int_equal(ikl_sim_add_link(ends.a.host, others.b.host, NULL, &link), IKL_ERR_INVALID);
    assert_int_equal(ikl_sim_add_link(ends.a.host, ends.b.host, NULL, &link), IKL_ERR_BUSY);
    assert_int_equal(ikl_sim_add_link(ends.b.host, ends.a.host, NULL, &link), IKL_ERR_BUSY);
    assert_ptr_equal(ikl_sim_find_link(ends.b.host, ends.a.host), ends.link);
    assert_null(ikl_sim_find_link(ends.a.host, ends.a.host));
    sim_free(ends.sim);
    sim_free(others.sim);
}

static void two_links_between_the_same_hosts_are_told_apart_by_their_addresses(void **state)
{
    struct ikl_sim_link_config config = {.size = sizeof(config),
                                         .address_a = {.ip = {192, 0, 2, 1}, .port = 600, .family = 4},
                                         .weather = {.delay = 3},
                                         .encapsulated = true,
                                         .path_mtu = 1400};
    struct ikl_sim_link *second;
    struct ends ends;
    struct ikl_path path;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 0});
    assert_int_equal(ikl_sim_add_link(ends.a.host, ends.b.host, &config, &second), IKL_OK);
    path = ikl_sim_path(second, ends.a.host);
    assert_int_equal(path.local.port, 600);
    assert_int_equal(path.remote.port, 4500);
    assert_int_equal(path.mtu, 1400);
    assert_true(path.encapsulated);
    assert_int_equal(ikl_sim_send(ends.a.host, &path, (const uint8_t *)"xy", 2), IKL_OK);
    sim_run_until(ends.sim, 3);
    assert_int_equal(ends.b.heard[0].at, 3);
    assert_int_equal(ends.b.heard[0].path.remote.port, 600);
    assert_true(ends.b.heard[0].path.encapsulated);
    sim_free(ends.sim);
}

static void a_path_that_leads_nowhere_loses_what_is_sent_along_it(void **state)
{
    struct ends ends;
    struct ikl_path path;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.delay = 0});
    path = ikl_sim_path(ends.link, ends.a.host);
    path.remote.port = 9;
    assert_int_equal(ikl_sim_send(ends.a.host, &path, (const uint8_t *)"xy", 2), IKL_OK);
    path = ikl_sim_path(ends.link, ends.a.host);
    path.local.port = 9;
    assert_int_equal(ikl_sim_send(ends.a.host, &path, (const uint8_t *)"xy", 2), IKL_OK);
    /* an address that the host leaves to the system is its own */
    path.local.family = 0;
    assert_int_equal(ikl_sim_send(ends.a.host, &path, (const uint8_t *)"xy", 2), IKL_OK);
    sim_run_until(ends.sim, 0);
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_LOST, NULL, 0), 2);
    assert_int_equal(ikl_sim_find(ends.sim, IKL_SIM_LOST, NULL, 1)->about.loss, IKL_SIM_LOSS_NO_ROUTE);
    assert_int_equal(ends.b.n, 1);
    sim_free(ends.sim);
}

static void empty_datagrams_are_carried_and_cannot_be_changed(void **state)
{
    struct ends ends;
    struct ikl_path path;

    (void)state;
    ends_begin(&ends, &(struct ikl_sim_weather){.corruption = IKL_SIM_PERCENT(100)});
    path = ikl_sim_path(ends.link, ends.a.host);
    assert_int_equal(ikl_sim_send(ends.a.host, &path, NULL, 0), IKL_OK);
    sim_run_until(ends.sim, 0);
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_CORRUPTED, NULL, 0), 0);
    assert_int_equal(ikl_sim_count(ends.sim, IKL_SIM_DELIVERED, NULL, 0), 1);
    sim_free(ends.sim);
}

static void one_host_may_have_links_to_many(void **state)
{
    struct ikl_sim *sim = sim_new(9);
    struct listener hub, spokes[8];
    struct ikl_sim_link *links[8];

    (void)state;
    listener_add(sim, &hub);
    for (uint8_t i = 0; i < 8; i++) {
        struct ends ends = {.sim = sim};

        listener_add(sim, &spokes[i]);
        assert_int_equal(ikl_sim_add_link(hub.host, spokes[i].host, NULL, &links[i]), IKL_OK);
        ends.link = links[i];
        ends_send(&ends, &hub, i);
        ends_send(&ends, &spokes[i], (uint8_t)(10 + i));
    }
    sim_run_until(sim, 0);
    assert_int_equal(hub.n, 8);
    for (uint8_t i = 0; i < 8; i++) {
        assert_int_equal(spokes[i].n, 1);
        assert_int_equal(spokes[i].heard[0].first, i);
        assert_int_equal(hub.heard[i].first, 10 + i);
    }
    sim_free(sim);
}

TESTS_OF(sim_link)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_without_weather_carries_everything_at_once_and_in_order),
        cmocka_unit_test(loss_is_as_frequent_as_stated),
        cmocka_unit_test(duplication_is_as_frequent_as_stated),
        cmocka_unit_test(reordering_is_as_frequent_as_stated_and_holds_back_for_as_long),
        cmocka_unit_test(corruption_is_as_frequent_as_stated_and_changes_one_bit),
        cmocka_unit_test(delay_and_jitter_are_kept_so_that_datagrams_overtake_each_other),
        cmocka_unit_test(what_is_too_big_with_its_headers_is_lost),
        cmocka_unit_test(ipv6_headers_are_longer),
        cmocka_unit_test(weather_changes_when_it_is_said_and_where),
        cmocka_unit_test(better_weather_does_not_change_the_luck_of_later_datagrams),
        cmocka_unit_test(stated_fates_come_true_letter_by_letter),
        cmocka_unit_test(fates_may_be_stated_for_one_host_and_stand_above_the_weather),
        cmocka_unit_test(a_cut_loses_what_is_sent_and_what_would_arrive),
        cmocka_unit_test(a_cut_one_way_leaves_the_other),
        cmocka_unit_test(a_link_that_cannot_be_is_refused),
        cmocka_unit_test(two_links_between_the_same_hosts_are_told_apart_by_their_addresses),
        cmocka_unit_test(a_path_that_leads_nowhere_loses_what_is_sent_along_it),
        cmocka_unit_test(empty_datagrams_are_carried_and_cannot_be_changed),
        cmocka_unit_test(one_host_may_have_links_to_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
