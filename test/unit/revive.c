/* SPDX-License-Identifier: ISC */
/* The revival of one tunnel keeps the promises of its header. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/revive.h>

enum { START = 100000 };

/* Three quick attempts, then waits of 1.5, 2.25, ... 10 s. */
static const struct ikl_revive_config usual = {
    .policy = IKL_REVIVE_AT_ONCE, .first = 1000, .cap = 10000, .steady = 60000, .factor = 1500, .quick = 3};

static struct ikl_revival down_with(const struct ikl_revive_config *config)
{
    struct ikl_revival revival = {0};

    ikl_revival_down(&revival, config, START, 0);
    return revival;
}

static struct ikl_revival down(void)
{
    return down_with(&usual);
}

static ikl_time deadline(const struct ikl_revival *revival)
{
    ikl_time deadline = ikl_revival_deadline(revival);

    return deadline != IKL_NEVER ? deadline - START : IKL_NEVER;
}

static enum ikl_revival_decision tick(struct ikl_revival *revival, ikl_time now)
{
    return ikl_revival_tick(revival, START + now);
}

static enum ikl_revival_decision failed(struct ikl_revival *revival, ikl_time now)
{
    return ikl_revival_failed(revival, &usual, START + now, 0);
}

static enum ikl_revival_decision want(struct ikl_revival *revival, ikl_time now)
{
    return ikl_revival_wanted(revival, &usual, START + now);
}

static void a_tunnel_that_is_up_has_no_deadline_and_needs_nothing(void **state)
{
    struct ikl_revival revival = {0};

    (void)state;
    assert_true(ikl_revival_deadline(&revival) == IKL_NEVER);
    assert_int_equal(tick(&revival, 1000000), IKL_REVIVAL_NOTHING);
    assert_int_equal(want(&revival, 1000000), IKL_REVIVAL_NOTHING);
    assert_int_equal(failed(&revival, 1000000), IKL_REVIVAL_NOTHING);
    assert_int_equal(revival.state, IKL_REVIVAL_UP);
}

static void the_first_attempt_is_due_at_once_and_quick_ones_follow(void **state)
{
    static const ikl_time waits[] = {1000, 1000, 1000, 1500, 2250, 3375, 5063, 7595, 10000, 10000, 10000};
    struct ikl_revival revival = down();
    ikl_time now = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        assert_true(deadline(&revival) == now);
        assert_true(now == 0 || tick(&revival, now - 1) == IKL_REVIVAL_NOTHING);
        assert_int_equal(tick(&revival, now), IKL_REVIVAL_TRY);
        assert_int_equal(revival.state, IKL_REVIVAL_TRYING);
        now += 400; /* so long it takes to fail */
        assert_int_equal(failed(&revival, now), IKL_REVIVAL_NOTHING);
        assert_int_equal(revival.failed, i + 1);
        now += waits[i];
    }
}

static void while_an_attempt_runs_nothing_begins_another(void **state)
{
    struct ikl_revival revival = down(), before;

    (void)state;
    assert_int_equal(tick(&revival, 0), IKL_REVIVAL_TRY);
    before = revival;
    assert_true(ikl_revival_deadline(&revival) == IKL_NEVER);
    assert_int_equal(tick(&revival, 1000000), IKL_REVIVAL_NOTHING);
    assert_int_equal(want(&revival, 1000000), IKL_REVIVAL_NOTHING);
    ikl_revival_down(&revival, &usual, START + 1000000, 0);
    assert_memory_equal(&revival, &before, sizeof(before));
}

static void one_that_is_down_already_cannot_go_down(void **state)
{
    struct ikl_revival revival = down(), before = revival;

    (void)state;
    ikl_revival_down(&revival, &usual, START + 500, 0);
    assert_memory_equal(&revival, &before, sizeof(before));
}

static void traffic_makes_an_attempt_at_once(void **state)
{
    struct ikl_revival revival = down();

    (void)state;
    for (int i = 0; i < 8; i++) {
        ikl_time now = deadline(&revival);

        assert_int_equal(tick(&revival, now), IKL_REVIVAL_TRY);
        (void)failed(&revival, now + 400);
    }
    /* the last one began 7.9 s ago, the next is due in 100 ms */
    assert_int_equal(want(&revival, deadline(&revival) - 100), IKL_REVIVAL_TRY);
}

/* Traffic each millisecond of 10 s, while each attempt is refused at once. Returns how many there are. */
static int flood(struct ikl_revival *revival, const struct ikl_revive_config *config)
{
    int attempts = 0;

    for (ikl_time now = START; now < START + 10000; now++) {
        if (ikl_revival_wanted(revival, config, now) == IKL_REVIVAL_TRY) {
            attempts++;
            (void)!ikl_revival_failed(revival, config, now, 0);
        }
    }
    return attempts;
}

static void a_flood_of_traffic_makes_no_flood_of_attempts(void **state)
{
    struct ikl_revival revival = down();

    (void)state;
    assert_int_equal(flood(&revival, &usual), 10);
    assert_true(deadline(&revival) == 10000); /* what came too early makes one as soon as it may */
}

static void nor_does_it_where_the_tunnel_is_given_up_after_each_attempt(void **state)
{
    struct ikl_revive_config config = usual;
    struct ikl_revival revival;

    (void)state;
    config.tries = 1;
    revival = down_with(&config);
    assert_int_equal(flood(&revival, &config), 10);
    assert_true(deadline(&revival) == 10000);
}

static void on_traffic_only_traffic_makes_attempts(void **state)
{
    struct ikl_revive_config config = usual;
    struct ikl_revival revival;

    (void)state;
    config.policy = IKL_REVIVE_ON_TRAFFIC;
    revival = down_with(&config);
    assert_true(ikl_revival_deadline(&revival) == IKL_NEVER);
    assert_int_equal(tick(&revival, 1000000), IKL_REVIVAL_NOTHING);
    assert_int_equal(ikl_revival_wanted(&revival, &config, START + 5), IKL_REVIVAL_TRY);
    assert_int_equal(ikl_revival_failed(&revival, &config, START + 300, 0), IKL_REVIVAL_NOTHING);
    assert_true(ikl_revival_deadline(&revival) == IKL_NEVER);
    assert_int_equal(ikl_revival_wanted(&revival, &config, START + 301), IKL_REVIVAL_NOTHING);
    assert_true(deadline(&revival) == 1005);
    assert_int_equal(tick(&revival, 1005), IKL_REVIVAL_TRY);
    revival = down_with(&config);
    assert_int_equal(ikl_revival_wanted(&revival, &config, IKL_NEVER), IKL_REVIVAL_TRY);
}

static void never_is_never(void **state)
{
    struct ikl_revive_config config = usual;
    struct ikl_revival revival;

    (void)state;
    config.policy = IKL_REVIVE_NEVER;
    revival = down_with(&config);
    assert_true(ikl_revival_deadline(&revival) == IKL_NEVER);
    assert_int_equal(ikl_revival_wanted(&revival, &config, START + 1000), IKL_REVIVAL_NOTHING);
    assert_int_equal(tick(&revival, 1000000), IKL_REVIVAL_NOTHING);
}

static void a_tunnel_that_was_steady_begins_anew(void **state)
{
    struct ikl_revival revival = down();
    ikl_time now = 0;

    (void)state;
    for (int i = 0; i < 6; i++) {
        now = deadline(&revival);
        (void)!tick(&revival, now);
        (void)failed(&revival, now);
    }
    now = deadline(&revival);
    assert_int_equal(tick(&revival, now), IKL_REVIVAL_TRY);
    ikl_revival_up(&revival, START + now + 50);
    assert_int_equal(revival.state, IKL_REVIVAL_UP);
    ikl_revival_down(&revival, &usual, START + now + 50 + 60000, 0);
    assert_int_equal(revival.failed, 0);
    assert_false(revival.tried);
    assert_true(deadline(&revival) == now + 50 + 60000);
}

static void one_that_was_not_goes_on_where_it_was(void **state)
{
    static const ikl_time waits[] = {1000, 1000, 1000, 1500, 2250};
    struct ikl_revival revival = down();
    ikl_time now = 0;

    (void)state;
    /* the peer takes it down 100 ms after each success */
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        assert_true(deadline(&revival) == now);
        assert_int_equal(tick(&revival, now), IKL_REVIVAL_TRY);
        ikl_revival_up(&revival, START + now + 10);
        now += 10 + 100;
        ikl_revival_down(&revival, &usual, START + now, 0);
        now += waits[i];
    }
    (void)!tick(&revival, now);
    ikl_revival_up(&revival, START + now);
    ikl_revival_down(&revival, &usual, START + now + 59999, 0);
    assert_true(deadline(&revival) == now + 59999 + 3375);
}

static void after_as_many_tries_it_is_given_up_until_somebody_wants_it(void **state)
{
    struct ikl_revive_config config = usual;
    struct ikl_revival revival;

    (void)state;
    config.tries = 2;
    revival = down_with(&config);
    (void)!tick(&revival, 0);
    assert_int_equal(ikl_revival_failed(&revival, &config, START + 10, 0), IKL_REVIVAL_NOTHING);
    (void)!tick(&revival, 1010);
    assert_int_equal(ikl_revival_failed(&revival, &config, START + 1020, 0), IKL_REVIVAL_GIVE_UP);
    assert_int_equal(revival.state, IKL_REVIVAL_GIVEN_UP);
    assert_int_equal(ikl_revival_failed(&revival, &config, START + 1021, 0), IKL_REVIVAL_NOTHING);
    assert_true(ikl_revival_deadline(&revival) == IKL_NEVER);
    assert_int_equal(tick(&revival, 1000000), IKL_REVIVAL_NOTHING);
    assert_int_equal(ikl_revival_wanted(&revival, &config, START + 1500), IKL_REVIVAL_NOTHING); /* too early */
    assert_true(deadline(&revival) == 2010);
    assert_int_equal(tick(&revival, 2010), IKL_REVIVAL_TRY);
    assert_int_equal(ikl_revival_failed(&revival, &config, START + 2020, 0), IKL_REVIVAL_NOTHING); /* counted anew */
}

static void a_peer_that_takes_it_down_again_and_again_is_given_up_when_an_attempt_fails(void **state)
{
    struct ikl_revive_config config = usual;
    struct ikl_revival revival;

    (void)state;
    config.tries = 3;
    revival = down_with(&config);
    for (int i = 0; i < 10; i++) {
        ikl_time now = ikl_revival_deadline(&revival);

        assert_int_equal(ikl_revival_tick(&revival, now), IKL_REVIVAL_TRY);
        ikl_revival_up(&revival, now + 10);
        ikl_revival_down(&revival, &config, now + 20, 0);
        assert_int_equal(revival.state, IKL_REVIVAL_WAITING);
    }
    assert_int_equal(ikl_revival_tick(&revival, ikl_revival_deadline(&revival)), IKL_REVIVAL_TRY);
    assert_int_equal(ikl_revival_failed(&revival, &config, IKL_NEVER, 0), IKL_REVIVAL_GIVE_UP);
}

/* The config may be another in every call; and however many fail, the next one comes. */
static void a_wait_is_never_shorter_than_the_first_one_of_the_config(void **state)
{
    struct ikl_revive_config longer = usual;
    struct ikl_revival revival = down();

    (void)state;
    for (uint32_t n = 0; n < 70000; n++) {
        ikl_time now = deadline(&revival);

        assert_int_equal(tick(&revival, now), IKL_REVIVAL_TRY);
        assert_int_equal(failed(&revival, now), IKL_REVIVAL_NOTHING);
    }
    assert_int_equal(revival.failed, UINT16_MAX);
    longer.first = 20000;
    longer.cap = 30000;
    for (uint32_t n = 0; n < 2; n++) {
        ikl_time now = deadline(&revival);

        assert_int_equal(tick(&revival, now), IKL_REVIVAL_TRY);
        assert_int_equal(ikl_revival_failed(&revival, &longer, START + now, 0), IKL_REVIVAL_NOTHING);
        assert_true(deadline(&revival) == now + (n == 0 ? 20000 : 30000));
    }
}

static void each_wait_is_longer_by_a_millisecond_at_least(void **state)
{
    const struct ikl_revive_config config = {.first = 1, .cap = 9, .factor = 1001};
    struct ikl_revival revival = down_with(&config);

    (void)state;
    for (uint32_t wait = 1; wait <= 9; wait++) {
        (void)!ikl_revival_tick(&revival, ikl_revival_deadline(&revival));
        (void)!ikl_revival_failed(&revival, &config, START, 0);
        assert_int_equal(revival.wait, wait);
    }
}

/* Without quick attempts the first wait is `first`, and no longer because of waits that no longer count. */
static void what_no_longer_counts_makes_no_wait_longer(void **state)
{
    struct ikl_revive_config config = usual;
    struct ikl_revival revival;

    (void)state;
    config.quick = 0;
    config.tries = 5;
    revival = down_with(&config);
    for (int i = 0; i < 5; i++) {
        (void)!ikl_revival_tick(&revival, ikl_revival_deadline(&revival));
        (void)!ikl_revival_failed(&revival, &config, START, 0);
    }
    assert_int_equal(revival.state, IKL_REVIVAL_GIVEN_UP);
    assert_int_equal(revival.wait, 3375);
    assert_int_equal(ikl_revival_wanted(&revival, &config, START + 60000), IKL_REVIVAL_TRY);
    assert_int_equal(revival.wait, 0);
    assert_int_equal(ikl_revival_failed(&revival, &config, START + 60000, 0), IKL_REVIVAL_NOTHING);
    assert_true(deadline(&revival) == 61000);
}

static void given_up_it_can_come_up_by_the_peer(void **state)
{
    struct ikl_revive_config config = usual;
    struct ikl_revival revival;

    (void)state;
    config.tries = 1;
    revival = down_with(&config);
    (void)!tick(&revival, 0);
    assert_int_equal(ikl_revival_failed(&revival, &config, START + 10, 0), IKL_REVIVAL_GIVE_UP);
    ikl_revival_up(&revival, START + 20);
    assert_int_equal(revival.state, IKL_REVIVAL_UP);
    assert_true(revival.since == START + 20);
    ikl_revival_up(&revival, START + 30); /* that is no news */
    assert_true(revival.since == START + 20);
}

static void jitter_only_shortens_and_the_same_number_gives_the_same_wait(void **state)
{
    static const struct {
        uint32_t random;
        ikl_time wait;
    } rows[] = {{0, 1000}, {1u << 31, 900}, {UINT32_MAX, 801}};
    struct ikl_revive_config config = usual;

    (void)state;
    config.jitter = 200;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_revival revival = down_with(&config);

        (void)!tick(&revival, 0);
        assert_int_equal(ikl_revival_failed(&revival, &config, START, rows[i].random), IKL_REVIVAL_NOTHING);
        assert_true(deadline(&revival) == rows[i].wait);
        assert_int_equal(revival.wait, 1000); /* so that the waits grow as configured */
    }
}

static void an_attempt_can_be_put_off(void **state)
{
    struct ikl_revival revival = down();

    (void)state;
    ikl_revival_put_off(&revival, START + 500);
    assert_true(deadline(&revival) == 500);
    ikl_revival_put_off(&revival, START + 400); /* not to an earlier time */
    assert_true(deadline(&revival) == 500);
    assert_int_equal(tick(&revival, 499), IKL_REVIVAL_NOTHING);
    assert_int_equal(want(&revival, 499), IKL_REVIVAL_TRY);
    ikl_revival_put_off(&revival, START + 700); /* there was no turn for it */
    assert_int_equal(revival.state, IKL_REVIVAL_WAITING);
    assert_int_equal(revival.failed, 0);
    assert_int_equal(tick(&revival, 700), IKL_REVIVAL_TRY);
    ikl_revival_up(&revival, START + 710);
    ikl_revival_put_off(&revival, START + 800);
    assert_int_equal(revival.state, IKL_REVIVAL_UP);
}

static void a_clock_that_goes_back_is_taken_to_stand_still(void **state)
{
    struct ikl_revival revival = down();

    (void)state;
    assert_int_equal(ikl_revival_tick(&revival, 0), IKL_REVIVAL_TRY);
    assert_int_equal(ikl_revival_failed(&revival, &usual, 0, 0), IKL_REVIVAL_NOTHING);
    assert_true(deadline(&revival) == 1000);
    assert_int_equal(tick(&revival, 1000), IKL_REVIVAL_TRY);
    ikl_revival_up(&revival, 5);
    assert_true(revival.since == START + 1000);
    ikl_revival_down(&revival, &usual, 5, 0);
    assert_true(revival.since == START + 1000);
}

static void a_time_of_never_is_the_last_time_before_it(void **state)
{
    struct ikl_revival revival = {0};

    (void)state;
    ikl_revival_down(&revival, &usual, IKL_NEVER, 0);
    assert_true(ikl_revival_deadline(&revival) == IKL_NEVER - 1);
    assert_int_equal(ikl_revival_tick(&revival, IKL_NEVER), IKL_REVIVAL_TRY);
    assert_int_equal(ikl_revival_failed(&revival, &usual, IKL_NEVER, 0), IKL_REVIVAL_NOTHING);
    assert_true(ikl_revival_deadline(&revival) == IKL_NEVER - 1);
    assert_int_equal(ikl_revival_wanted(&revival, &usual, IKL_NEVER), IKL_REVIVAL_TRY);
    ikl_revival_put_off(&revival, IKL_NEVER);
    assert_true(ikl_revival_deadline(&revival) == IKL_NEVER - 1);
    (void)!ikl_revival_tick(&revival, IKL_NEVER);
    ikl_revival_up(&revival, IKL_NEVER);
    assert_true(revival.since == IKL_NEVER - 1);
}

static void what_is_out_of_range_is_named(void **state)
{
    static const struct {
        const char *name;
        struct ikl_revive_config config;
    } rows[] = {
        {"policy", {.policy = (enum ikl_revive_policy)3, .first = 1, .cap = 1, .factor = 1000}},
        {"cap", {.first = 1, .cap = IKL_REVIVE_MAX_TIME + 1, .factor = 1000}},
        {"first", {.first = 0, .cap = 1, .factor = 1000}},
        {"first", {.first = 2, .cap = 1, .factor = 1000}},
        {"steady", {.first = 1, .cap = 1, .steady = IKL_REVIVE_MAX_TIME + 1, .factor = 1000}},
        {"factor", {.first = 1, .cap = 1, .factor = 999}},
        {"jitter", {.first = 1, .cap = 1, .factor = 1000, .jitter = IKL_REVIVE_MAX_JITTER + 1}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_string_equal(ikl_revive_config_error(&rows[i].config), rows[i].name);
    }
    assert_null(ikl_revive_config_error(&usual));
    assert_null(ikl_revive_config_error(ikl_revive_default()));
    assert_null(ikl_revive_config_error(&(struct ikl_revive_config){.policy = IKL_REVIVE_NEVER,
                                                                    .first = IKL_REVIVE_MAX_TIME,
                                                                    .cap = IKL_REVIVE_MAX_TIME,
                                                                    .steady = IKL_REVIVE_MAX_TIME,
                                                                    .factor = UINT16_MAX,
                                                                    .jitter = IKL_REVIVE_MAX_JITTER,
                                                                    .quick = UINT16_MAX,
                                                                    .tries = UINT16_MAX}));
}

static void the_default_is_that_of_the_header(void **state)
{
    const struct ikl_revive_config *config = ikl_revive_default();

    (void)state;
    assert_int_equal(config->policy, IKL_REVIVE_AT_ONCE);
    assert_int_equal(config->first, 1000);
    assert_int_equal(config->cap, 10 * 60000);
    assert_int_equal(config->steady, 60000);
    assert_int_equal(config->factor, 1100);
    assert_int_equal(config->jitter, 100);
    assert_int_equal(config->quick, 20);
    assert_int_equal(config->tries, 0);
    assert_null(ikl_revive_config_error(config));
}

static void states_have_names(void **state)
{
    (void)state;
    assert_string_equal(ikl_revival_state_name(IKL_REVIVAL_UP), "UP");
    assert_string_equal(ikl_revival_state_name(IKL_REVIVAL_WAITING), "WAITING");
    assert_string_equal(ikl_revival_state_name(IKL_REVIVAL_TRYING), "TRYING");
    assert_string_equal(ikl_revival_state_name(IKL_REVIVAL_GIVEN_UP), "GIVEN UP");
    assert_string_equal(ikl_revival_state_name((enum ikl_revival_state)4), "?");
}

/* After the end of an outage that lasts `outage` ms with attempts that take a second to fail: when the next one
 * begins. */
static ikl_time attempt_after(ikl_time outage, uint32_t random)
{
    const struct ikl_revive_config *config = ikl_revive_default();
    struct ikl_revival revival = down_with(config);
    ikl_time now;

    while ((now = deadline(&revival)) < outage) {
        assert_int_equal(tick(&revival, now), IKL_REVIVAL_TRY);
        assert_int_equal(ikl_revival_failed(&revival, config, START + now + 1000, random), IKL_REVIVAL_NOTHING);
    }
    return now - outage;
}

static void an_outage_is_prolonged_by_little(void **state)
{
    struct test_random random = {7};

    (void)state;
    for (int i = 0; i < 20000; i++) {
        ikl_time outage = 1 + test_random_below(&random, i % 2 == 0 ? 38000 : 7200000);
        ikl_time waited = attempt_after(outage, (uint32_t)test_random(&random));

        assert_true(waited <= 2000 || (outage > 38000 && waited <= outage / 10));
    }
}

/* Facts in any order, at any time: there is an attempt due, or one runs, or none is wanted; and no number of facts
 * makes two at a time. */
static void whatever_happens_no_two_attempts_run_at_a_time(void **state)
{
    struct test_random random = {1};

    (void)state;
    for (int seed = 0; seed < 2000; seed++) {
        struct ikl_revive_config config = usual;
        struct ikl_revival revival = {0};
        ikl_time now = test_random_magnitude(&random);
        bool running = false;

        config.policy = (enum ikl_revive_policy)test_random_below(&random, 3);
        config.tries = (uint16_t)test_random_below(&random, 4);
        for (int i = 0; i < 200; i++) {
            enum ikl_revival_decision decision = IKL_REVIVAL_NOTHING;

            now = ikl_time_after(now, test_random_below(&random, 3000));
            switch (test_random_below(&random, 6)) {
            case 0:
                ikl_revival_down(&revival, &config, now, (uint32_t)test_random(&random));
                break;
            case 1:
                ikl_revival_up(&revival, now);
                running = false;
                break;
            case 2:
                decision = ikl_revival_failed(&revival, &config, now, (uint32_t)test_random(&random));
                running = false;
                break;
            case 3:
                decision = ikl_revival_wanted(&revival, &config, now);
                break;
            default:
                decision = ikl_revival_tick(&revival, now);
                break;
            }
            assert_false(running && decision == IKL_REVIVAL_TRY);
            running |= decision == IKL_REVIVAL_TRY;
            assert_int_equal(running, revival.state == IKL_REVIVAL_TRYING);
            assert_true(revival.state != IKL_REVIVAL_WAITING || config.policy != IKL_REVIVE_AT_ONCE ||
                        ikl_revival_deadline(&revival) != IKL_NEVER);
        }
    }
}

TESTS_OF(revive)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tunnel_that_is_up_has_no_deadline_and_needs_nothing),
        cmocka_unit_test(the_first_attempt_is_due_at_once_and_quick_ones_follow),
        cmocka_unit_test(while_an_attempt_runs_nothing_begins_another),
        cmocka_unit_test(one_that_is_down_already_cannot_go_down),
        cmocka_unit_test(traffic_makes_an_attempt_at_once),
        cmocka_unit_test(a_flood_of_traffic_makes_no_flood_of_attempts),
        cmocka_unit_test(nor_does_it_where_the_tunnel_is_given_up_after_each_attempt),
        cmocka_unit_test(on_traffic_only_traffic_makes_attempts),
        cmocka_unit_test(never_is_never),
        cmocka_unit_test(a_tunnel_that_was_steady_begins_anew),
        cmocka_unit_test(one_that_was_not_goes_on_where_it_was),
        cmocka_unit_test(after_as_many_tries_it_is_given_up_until_somebody_wants_it),
        cmocka_unit_test(a_peer_that_takes_it_down_again_and_again_is_given_up_when_an_attempt_fails),
        cmocka_unit_test(a_wait_is_never_shorter_than_the_first_one_of_the_config),
        cmocka_unit_test(each_wait_is_longer_by_a_millisecond_at_least),
        cmocka_unit_test(what_no_longer_counts_makes_no_wait_longer),
        cmocka_unit_test(given_up_it_can_come_up_by_the_peer),
        cmocka_unit_test(jitter_only_shortens_and_the_same_number_gives_the_same_wait),
        cmocka_unit_test(an_attempt_can_be_put_off),
        cmocka_unit_test(a_clock_that_goes_back_is_taken_to_stand_still),
        cmocka_unit_test(a_time_of_never_is_the_last_time_before_it),
        cmocka_unit_test(what_is_out_of_range_is_named),
        cmocka_unit_test(the_default_is_that_of_the_header),
        cmocka_unit_test(states_have_names),
        cmocka_unit_test(an_outage_is_prolonged_by_little),
        cmocka_unit_test(whatever_happens_no_two_attempts_run_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
