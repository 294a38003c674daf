/* SPDX-License-Identifier: ISC */
/* How hosts behave in the simulated world: failed sends, ticks, late ticks, absence, and their clocks. */
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

/* One where only the first host probes. */
static void only_a_probes(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    (void)user;
    config->liveness = strcmp(ikl_sim_host_name(host), "a") == 0 ? IKL_LIVENESS_PERIODIC : IKL_LIVENESS_OFF;
}

static struct ikl_sim_pair pair_with(struct ikl_sim *sim, const struct ikl_sim_manners *manners)
{
    struct ikl_sim_host_config a = {.size = sizeof(a), .manners = *manners};
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .prepare = only_a_probes};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &a, .sa = &sa};

    return sim_pair(sim, &config);
}

static void stated_sends_fail_and_those_after_them_do_not(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_sim_manners){.tick = 0});

    (void)state;
    ikl_sim_fail_sends_at(pair.a, seconds(4), 3);
    sim_run_until(sim, seconds(300));
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_SEND_FAILED, NULL, 0), 3);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SEND_FAILED, NULL, 0)->result, IKL_ERR_NO_BUFFER);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SENT, pair.sa_a, 0)->at, seconds(5 + 1 + 2 + 4));
    assert_up(pair.sa_a);
    sim_free(sim);
}

static void sends_that_would_block_do_so_until_the_host_says_that_it_can_send(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_sim_manners){.tick = 0});

    (void)state;
    ikl_sim_block_sends_at(pair.a, seconds(4), 2000);
    ikl_sim_block_sends_at(pair.a, seconds(5), 2400);
    sim_run_until(sim, seconds(8));
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SEND_FAILED, NULL, 0)->at, seconds(5));
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SEND_FAILED, NULL, 0)->result, IKL_ERR_BLOCKED);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SENT, pair.sa_a, 0)->at, 7400);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_WRITABLE, NULL, 0)->at, 7400);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_WRITABLE, NULL, 0), 1);
    assert_up(pair.sa_a);
    sim_free(sim);
}

static void a_host_that_is_away_when_it_can_send_again_says_so_when_it_is_back(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_sim_manners){.tick = 0});

    (void)state;
    ikl_sim_block_sends_at(pair.a, seconds(5), 500);
    ikl_sim_sleep_at(pair.a, 5200, 2000);
    sim_run_until(sim, seconds(8));
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_WRITABLE, NULL, 0)->at, 7200);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SENT, pair.sa_a, 0)->at, 7200);
    ikl_sim_block_sends_at(pair.a, seconds(10), 5000);
    ikl_sim_reboot_at(pair.a, seconds(11), 1000);
    sim_run_until(sim, seconds(20));
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_WRITABLE, NULL, 0), 1);
    sim_free(sim);
}

static void sends_fail_as_often_as_chance_has_it(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    size_t failed, sent;

    (void)state;
    (void)pair_with(sim, &(struct ikl_sim_manners){.send_failure = IKL_SIM_PERCENT(20)});
    sim_run_until(sim, seconds(5 * 10000));
    failed = ikl_sim_count(sim, IKL_SIM_SEND_FAILED, NULL, 0);
    sent = ikl_sim_count(sim, IKL_SIM_ATTEMPT, NULL, 0);
    /* within five sigma */
    assert_in_range(failed, sent / 5 - sent / 50, sent / 5 + sent / 50);
    sim_free(sim);
}

static void a_host_without_manners_gets_the_time_at_each_deadline_exactly(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_sim_manners){.tick = 0});

    (void)state;
    sim_cut_at(pair.link, 0);
    sim_run_until(sim, seconds(20));
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SENT, pair.sa_a, 3)->at, 12000);
    sim_free(sim);
}

static void a_host_that_ticks_does_all_at_multiples_of_its_tick(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_sim_manners){.tick = 70});

    (void)state;
    sim_cut_at(pair.link, seconds(60));
    sim_run_until(sim, seconds(400));
    for (size_t i = 0; i < ikl_sim_n_records(sim); i++) {
        const struct ikl_sim_record *record = ikl_sim_record_at(sim, i);

        assert_true(record->event == IKL_SIM_CUT || record->at % 70 == 0);
    }
    assert_down_by(pair.sa_a, IKL_DOWN_TIMEOUT, seconds(384) + 140);
    sim_free(sim);
}

static void late_ticks_are_late_by_chance_and_never_by_more_than_stated(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_sim_manners){.late = 50});
    const struct ikl_sim_record *sent;
    ikl_time due = 5000;
    unsigned on_time = 0, at_worst = 0;

    (void)state;
    sim_run_until(sim, seconds(5000));
    for (size_t i = 0; (sent = ikl_sim_find(sim, IKL_SIM_SENT, pair.sa_a, i)) != NULL; i++) {
        assert_in_range(sent->at, due, due + 50);
        on_time += sent->at == due ? 1 : 0;
        at_worst += sent->at == due + 50 ? 1 : 0;
        due = sent->at + 5000;
    }
    assert_true(on_time > 0 && at_worst > 0);
    sim_free(sim);
}

static void manners_change_when_it_is_said(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_sim_manners){.tick = 0});

    (void)state;
    ikl_sim_set_manners_at(pair.a, 7000, &(struct ikl_sim_manners){.tick = 3000});
    sim_run_until(sim, 12000);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SENT, pair.sa_a, 0)->at, 5000);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SENT, pair.sa_a, 1)->at, 12000);
    sim_free(sim);
}

static void a_host_that_sleeps_gets_neither_time_nor_datagrams(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_sim_manners){.tick = 0});

    (void)state;
    sim_sleep_at(pair.a, 4000, 10000);
    sim_sleep_at(pair.b, 13000, 2000);
    sim_run_until(sim, 16000);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SENT, pair.sa_a, 0)->at, 14000);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_LOST, NULL, 0)->about.loss, IKL_SIM_LOSS_ABSENT);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_DELIVERED, NULL, 0)->at, 15000);
    sim_free(sim);
}

static void a_host_that_hangs_finds_its_datagrams_afterwards_and_before_the_time(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_sim_manners){.tick = 0});

    (void)state;
    sim_stall_at(pair.a, 5000, 60000); /* after it has sent its probe */
    ikl_sim_set_weather_at(pair.link, NULL, 0, &(struct ikl_sim_weather){.delay = 10});
    sim_run_until(sim, 5009);
    sim_stall_at(pair.a, 0, 60000);
    sim_run_until(sim, seconds(64));
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_ALIVE, pair.sa_a, 0), 0);
    sim_run_until(sim, seconds(70));
    /* no retransmission: the answer was there first */
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_ALIVE, pair.sa_a, 0)->about.alive.sends, 1);
    sim_free(sim);
}

static void a_host_may_be_absent_for_ever(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_sim_manners){.tick = 0});

    (void)state;
    sim_sleep_at(pair.b, 0, IKL_NEVER);
    sim_run_until(sim, seconds(1000000));
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_AWAKE, NULL, 0), 0);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_DELIVERED, NULL, 0), 0);
    sim_free(sim);
}

static void absence_ends_when_the_longest_of_several_does(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_with(sim, &(struct ikl_sim_manners){.tick = 0});

    (void)state;
    sim_reboot_at(pair.b, 1000, 10000);
    sim_sleep_at(pair.b, 2000, 1000);
    sim_stall_at(pair.b, 3000, 20000);
    sim_run_until(sim, 22999);
    assert_null(ikl_sim_host_endpoint(pair.b));
    sim_run_until(sim, 23000);
    assert_non_null(ikl_sim_host_endpoint(pair.b));
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_AWAKE, NULL, 0), 1);
    sim_free(sim);
}

static void a_host_s_clock_may_show_another_time_and_be_set(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_host_config a = {.size = sizeof(a), .clock = 1000000};
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .prepare = only_a_probes};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &a, .sa = &sa};
    struct ikl_sim_pair pair = sim_pair(sim, &config);

    (void)state;
    sim_run_until(sim, 5000);
    assert_int_equal(ikl_sim_host_now(pair.a), 1005000);
    assert_int_equal(ikl_sim_host_now(pair.b), 5000);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SENT, pair.sa_a, 0)->at, 5000);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_ALIVE, pair.sa_a, 0)->about.alive.first_sent, 1005000);
    /* back: its deadline is later by as much, and the library counts it */
    ikl_sim_set_clock_at(pair.a, 6000, -1000);
    sim_run_until(sim, 11000);
    assert_int_equal(ikl_sim_host_now(pair.a), 1010000);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SENT, pair.sa_a, 1)->at, 11000);
    ikl_sim_set_clock_at(pair.a, 12000, 3000);
    sim_run_until(sim, 13000);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SENT, pair.sa_a, 2)->at, 13000);
    ikl_sim_set_clock_at(pair.a, 13000, -5000000);
    assert_int_equal(ikl_sim_host_now(pair.a), 0);
    sim_free(sim);
}

TESTS_OF(sim_manners)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stated_sends_fail_and_those_after_them_do_not),
        cmocka_unit_test(sends_that_would_block_do_so_until_the_host_says_that_it_can_send),
        cmocka_unit_test(a_host_that_is_away_when_it_can_send_again_says_so_when_it_is_back),
        cmocka_unit_test(sends_fail_as_often_as_chance_has_it),
        cmocka_unit_test(a_host_without_manners_gets_the_time_at_each_deadline_exactly),
        cmocka_unit_test(a_host_that_ticks_does_all_at_multiples_of_its_tick),
        cmocka_unit_test(late_ticks_are_late_by_chance_and_never_by_more_than_stated),
        cmocka_unit_test(manners_change_when_it_is_said),
        cmocka_unit_test(a_host_that_sleeps_gets_neither_time_nor_datagrams),
        cmocka_unit_test(a_host_that_hangs_finds_its_datagrams_afterwards_and_before_the_time),
        cmocka_unit_test(a_host_may_be_absent_for_ever),
        cmocka_unit_test(absence_ends_when_the_longest_of_several_does),
        cmocka_unit_test(a_host_s_clock_may_show_another_time_and_be_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
