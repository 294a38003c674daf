/* SPDX-License-Identifier: ISC */
/* Whatever happens to a monitor, its verdicts are those that its header promises. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/monitor.h>

enum { SLACK = 100, STEPS = 400, SEEDS = 2000 };

/* A monitor, and what a naive observer knows of it. */
struct world {
    struct test_random random;
    struct ikl_monitor_config config;
    struct ikl_monitor monitor;
    ikl_time now;
    ikl_time answered; /* the latest answer that was believed, or traffic; the end of the grace */
    bool ever;         /* there was an answer, or traffic */
    uint32_t downs, renewals, renewals_of_this_down, told;
    ikl_time renewed;
};

static uint32_t below(struct world *world, uint32_t n)
{
    return (uint32_t)test_random_below(&world->random, n);
}

static void draw_config(struct world *world)
{
    struct ikl_monitor_config *config = &world->config;

    *config = (struct ikl_monitor_config){.interval = 200 + below(world, 3000),
                                          .threshold = (uint8_t)(1 + below(world, 5)),
                                          .recover = (uint8_t)(1 + below(world, 4)),
                                          .grace = below(world, 2) * below(world, 20000),
                                          .renew_after = below(world, 2) * below(world, 30000),
                                          .damp_changes = (uint8_t)below(world, 4),
                                          .damp_period = below(world, 60000),
                                          .need = (uint8_t)below(world, 4),
                                          .probes_only = below(world, 4) == 0};
    config->damp_recover = (uint8_t)(config->recover + below(world, 20));
    config->timeout = 1 + below(world, config->interval);
    assert_null(ikl_monitor_config_error(config));
}

static void world_init(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof(*world));
    world->random.state = seed;
    draw_config(world);
    world->now = below(world, 1u << 30);
    world->answered = world->now + world->config.grace;
    ikl_monitor_begin(&world->monitor, &world->config, world->now, (uint32_t)test_random(&world->random));
}

static ikl_time deadline(const struct world *world)
{
    return ikl_monitor_deadline(&world->monitor, &world->config);
}

static void note_renewal(struct world *world)
{
    assert_int_equal(world->monitor.state, IKL_MONITOR_DOWN);
    assert_int_equal(++world->renewals_of_this_down, 1);
    if (world->renewals != 0) {
        assert_true(world->now - world->renewed >= world->config.renew_after);
    }
    world->renewals++;
    world->renewed = world->now;
}

/* What a call decided is possible after what was before. */
static void note(struct world *world, const struct ikl_monitor *before, unsigned todo)
{
    const struct ikl_monitor *monitor = &world->monitor;
    bool went_down = monitor->state == IKL_MONITOR_DOWN && before->state != IKL_MONITOR_DOWN;
    uint32_t steps = monitor->generation - before->generation;

    assert_int_equal((todo & IKL_MONITOR_CHANGED) != 0, steps != 0);
    assert_true(monitor->state == before->state || steps != 0);
    assert_int_equal((todo & IKL_MONITOR_PROBE) != 0, monitor->probe != before->probe);
    if (went_down) {
        assert_true(world->ever);
        world->downs++;
        world->renewals_of_this_down = 0;
    }
    if ((todo & IKL_MONITOR_RENEW) != 0) {
        note_renewal(world);
    }
    if ((todo & IKL_MONITOR_UNANSWERED) != 0) {
        assert_int_equal(before->state, IKL_MONITOR_UNPROVEN);
        assert_int_equal(++world->told, 1);
    }
    if ((todo & IKL_MONITOR_DAMPED) != 0) {
        assert_true(went_down);
    }
    assert_true(monitor->state == IKL_MONITOR_UNPROVEN || world->ever);
    assert_true(deadline(world) != IKL_NEVER);
}

static void tick(struct world *world, bool may_send)
{
    struct ikl_monitor before = world->monitor;
    unsigned todo = ikl_monitor_tick(&world->monitor, &world->config, world->now, SLACK, may_send);

    note(world, &before, todo);
    assert_true(deadline(world) > world->now || (!may_send && !world->monitor.out));
}

static void answer(struct world *world, uint16_t probe, uint32_t target)
{
    struct ikl_monitor before = world->monitor, after;
    unsigned todo = ikl_monitor_answered(&world->monitor, &world->config, probe, target, world->now);

    after = world->monitor;
    if (after.credited && !before.credited) {
        world->ever = true;
        world->answered = ikl_time_later(world->answered, world->now);
    }
    note(world, &before, todo);
    if (probe != before.probe || target >= IKL_MONITOR_MAX_TARGETS) {
        assert_int_equal(after.late + after.foreign, before.late + before.foreign + 1);
        after.late = before.late;
        after.foreign = before.foreign;
        assert_memory_equal(&after, &before, sizeof(after));
    }
}

static void traffic(struct world *world)
{
    ikl_time ago = below(world, 500), at = world->now > ago ? world->now - ago : 0;

    if (below(world, 2) == 0) {
        ikl_monitor_heard(&world->monitor, at, world->now);
        if (!world->config.probes_only) {
            world->ever = true;
            world->answered = ikl_time_later(world->answered, at);
        }
    } else {
        ikl_monitor_sent(&world->monitor, at, world->now);
    }
}

static void do_something(struct world *world)
{
    switch (below(world, 12)) {
    case 0:
        answer(world, (uint16_t)below(world, 70000), below(world, 20));
        break;
    case 1:
        answer(world, (uint16_t)(world->monitor.probe - 1), below(world, 3));
        break;
    case 2:
    case 3:
    case 4:
        answer(world, world->monitor.probe, below(world, 4));
        break;
    case 5:
        traffic(world);
        break;
    default:
        tick(world, below(world, 8) != 0);
        break;
    }
}

/* On time, or a little later, or too late, or before anything is due. */
static void let_time_pass(struct world *world)
{
    if (deadline(world) > world->now && below(world, 3) != 0) {
        world->now = deadline(world);
    }
    if (below(world, 3) == 0) {
        world->now += below(world, below(world, 2) == 0 ? SLACK + 2 : 3000);
    }
}

static void whatever_happens_every_decision_is_possible(void **state)
{
    uint32_t downs = 0, renewals = 0, told = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world world;

        world_init(&world, seed);
        for (int i = 0; i < STEPS; i++) {
            let_time_pass(&world);
            do_something(&world);
        }
        downs += world.downs;
        renewals += world.renewals;
        told += world.told;
    }
    assert_true(downs > SEEDS && renewals > SEEDS / 4 && told > 0);
}

/* From now on there is no answer, and ticks come on time. */
static void fall_silent(struct world *world, ikl_time until)
{
    while (deadline(world) < until && world->monitor.state != IKL_MONITOR_DOWN) {
        world->now = ikl_time_later(world->now, deadline(world));
        tick(world, true);
    }
}

static void whatever_came_before_a_dead_path_is_down_in_time(void **state)
{
    uint32_t down = 0, unproven = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world world;
        ikl_time worst;

        world_init(&world, seed);
        for (uint64_t i = 0; i < seed % 100; i++) {
            let_time_pass(&world);
            do_something(&world);
        }
        /* time may have passed since the answer without a tick: what was not asked meanwhile is asked now */
        world.answered = ikl_time_later(world.answered, world.now);
        worst = ikl_monitor_worst_detect(&world.config);
        fall_silent(&world, world.answered + worst + 1);
        if (world.monitor.state == IKL_MONITOR_UNPROVEN) {
            unproven++;
        } else {
            assert_int_equal(world.monitor.state, IKL_MONITOR_DOWN);
            assert_true(world.monitor.since <= world.answered + worst);
            down++;
        }
    }
    assert_true(down > SEEDS / 2 && unproven > 0);
}

static void a_path_that_dies_right_after_an_answer_is_down_after_the_worst_case_exactly(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world world;
        ikl_time answered;

        world_init(&world, seed);
        world.config.need = 1;
        while (world.now < world.answered || world.monitor.state == IKL_MONITOR_UNPROVEN) {
            world.now = deadline(&world);
            tick(&world, true);
            answer(&world, world.monitor.probe, 0);
        }
        answered = world.now;
        fall_silent(&world, IKL_NEVER);
        assert_true(world.now - answered == ikl_monitor_worst_detect(&world.config));
    }
}

/* A careless host: facts come in any order, with any times, and some never. */
static ikl_time any_time(struct world *world)
{
    switch (below(world, 12)) {
    case 0:
        return 0;
    case 1:
        return IKL_NEVER - below(world, 3);
    case 2:
        return test_random_magnitude(&world->random);
    default:
        world->now += below(world, 2000);
        return world->now;
    }
}

static unsigned do_anything(struct world *world)
{
    struct ikl_monitor *monitor = &world->monitor;
    ikl_time now = any_time(world);

    switch (below(world, 6)) {
    case 0:
        return ikl_monitor_answered(monitor, &world->config, (uint16_t)(monitor->probe - below(world, 2)),
                                    below(world, 20), now);
    case 1:
        ikl_monitor_heard(monitor, any_time(world), now);
        return 0;
    case 2:
        ikl_monitor_sent(monitor, any_time(world), now);
        return 0;
    default:
        return ikl_monitor_tick(monitor, &world->config, now, (uint32_t)test_random(&world->random),
                                below(world, 4) != 0);
    }
}

static void no_fact_and_no_time_leaves_a_monitor_without_a_deadline(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world world;
        ikl_time looked = 0;

        world_init(&world, seed);
        for (int i = 0; i < STEPS; i++) {
            (void)do_anything(&world);
            assert_true(deadline(&world) != IKL_NEVER);
            assert_true(!world.monitor.begun || world.monitor.at >= looked); /* time does not go back */
            looked = world.monitor.begun ? world.monitor.at : 0;
            if (below(&world, 10) == 0) {
                draw_config(&world);
            }
        }
    }
}

TESTS_OF(monitor_random)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_every_decision_is_possible),
        cmocka_unit_test(whatever_came_before_a_dead_path_is_down_in_time),
        cmocka_unit_test(a_path_that_dies_right_after_an_answer_is_down_after_the_worst_case_exactly),
        cmocka_unit_test(no_fact_and_no_time_leaves_a_monitor_without_a_deadline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
