/* SPDX-License-Identifier: ISC */
/* ikeping agrees on takeovers, plays them, and goes on when its peer is taken over, in both roles (RFC 6311). */
#include "world.h"

#include "support/test.h"

static bool may_sync(struct world *world, int end)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    assert_int_equal(ikl_sa_query(world_session(world, end)->sa, &info), IKL_OK);
    return info.may_sync;
}

static void both_ends_agree_when_both_want_it(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct world world;

        world_init(&world, i % 2 != 0 ? "--sync" : "", i / 2 != 0 ? "--sync" : "");
        world_connect(&world);
        world_run(&world, 1000);
        assert_true(may_sync(&world, INITIATOR) == (i == 3));
        assert_true(may_sync(&world, RESPONDER) == (i == 3));
        assert_int_equal(world_clear(&world), EXIT_ALIVE);
    }
}

static void assert_taken_over(const char *initiator, const char *responder, int taken, const char *played)
{
    struct world world;

    world_init(&world, initiator, responder);
    world_connect(&world);
    world_run(&world, 20500);
    assert_int_equal(world_count(&world, taken, played), 1);
    assert_int_equal(world_count(&world, taken, "Message IDs are synchronised: our next Message ID is "), 1);
    assert_int_equal(world_count(&world, 1 - taken, "the peer was taken over: our next Message ID is "), 1);
    assert_true(world_count(&world, INITIATOR, " answered: ") >= 20);
    assert_int_equal(world_count(&world, INITIATOR, "down: "), 0);
    assert_int_equal(world_count(&world, RESPONDER, "down: "), 0);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void liveness_goes_on_whoever_is_taken_over(void **state)
{
    (void)state;
    assert_taken_over("--sync --takeover-after 5.5", "--sync", INITIATOR,
                      "taken over by ourselves, with Message IDs that are 6 requests old");
    assert_taken_over("--sync", "--sync --takeover-after 5.5", RESPONDER,
                      "taken over by ourselves, with Message IDs that are 0 requests old");
}

/* What the initiator sends before its peer is taken over is lost, as is sent to one that has crashed. */
static bool loses_check(struct world *world, struct sent *sent)
{
    return sent->from != INITIATOR || world->now < 5950 * 1000000ull || world->now > 6400 * 1000000ull;
}

static void a_check_that_is_outstanding_when_the_peer_is_taken_over_is_superseded(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--sync", "--sync --takeover-after 5.5");
    world.passes = loses_check;
    world_connect(&world);
    world_run(&world, 20500);
    assert_int_equal(world_count(&world, INITIATOR, "the peer was taken over: our next Message ID is "), 1);
    assert_int_equal(world_count(&world, INITIATOR, " superseded by a takeover\n"), 1);
    assert_true(world_count(&world, INITIATOR, " answered: ") >= 18);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_peer_that_does_not_want_it_sees_no_takeover(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--sync --takeover-after 2", "");
    world_connect(&world);
    world_run(&world, 5000);
    assert_int_equal(world_count(&world, INITIATOR, "taken over"), 0);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void it_is_said_in_json_too(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--sync --takeover-after 2.5 --json", "--sync --json");
    world_connect(&world);
    world_run(&world, 5000);
    assert_int_equal(world_count(&world, INITIATOR, "\"takeover\""), 1);
    assert_int_equal(world_count(&world, INITIATOR, "\"unknown_requests\":3"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "\"by_peer\":false"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "\"by_peer\":true"), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static bool loses_all(struct world *world, struct sent *sent)
{
    (void)world;
    (void)sent;
    return false;
}

/* Its answer is not to be missed: the takeover comes when it is there. */
static void a_takeover_waits_for_the_check_that_is_outstanding(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--sync --takeover-after 2.5", "--sync");
    world_connect(&world);
    world_run(&world, 1500);
    world.passes = loses_all;
    world_run(&world, 1500);
    assert_int_equal(world_count(&world, INITIATOR, "taken over"), 0);
    world.passes = NULL;
    world_run(&world, 5000);
    assert_int_equal(world_count(&world, INITIATOR, "taken over"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "down: "), 0);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

TESTS_OF(takeover)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_agree_when_both_want_it),
        cmocka_unit_test(liveness_goes_on_whoever_is_taken_over),
        cmocka_unit_test(a_check_that_is_outstanding_when_the_peer_is_taken_over_is_superseded),
        cmocka_unit_test(a_peer_that_does_not_want_it_sees_no_takeover),
        cmocka_unit_test(it_is_said_in_json_too),
        cmocka_unit_test(a_takeover_waits_for_the_check_that_is_outstanding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
