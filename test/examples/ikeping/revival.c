/* SPDX-License-Identifier: ISC */
/* ikeping --revive: when its IKE SA goes down it connects again, by the pace of <ikelive/revive.h>. */
#define _POSIX_C_SOURCE 200809L
#include "world.h"

#include "support/test.h"

static bool cut; /* the network */

static bool passes_unless_cut(struct world *world, struct sent *sent)
{
    (void)world;
    (void)sent;
    return !cut;
}

static struct ikeping *initiator(struct world *world)
{
    return &world->ends[INITIATOR].ikeping;
}

static void start(struct world *world, const char *options)
{
    world_init(world, options, "");
    cut = false;
    world->passes = passes_unless_cut;
    world_connect(world);
    world_run(world, 0);
    assert_int_equal(world_count(world, INITIATOR, "established"), 1);
}

/* The network is cut half a second before a check, whose schedule is 1,2: three seconds later there is a verdict. */
static void lose(struct world *world)
{
    world_run(world, 500);
    cut = true;
    world_run(world, 3500);
    assert_int_equal(world_count(world, INITIATOR, "down: timeout"), 1);
}

static void after_a_verdict_it_connects_again_until_the_gateway_answers(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--revive --schedule 1,2");
    lose(&world);
    assert_int_equal(world_count(&world, INITIATOR, "    4.000  connecting again, attempt 1\n"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "established"), 1);
    world_run(&world, 20000);
    assert_false(ikeping_is_over(initiator(&world)));
    assert_true(world_count(&world, INITIATOR, "could not establish an IKE SA: timed out") >= 6);
    cut = false;
    world_run(&world, 3000);
    assert_int_equal(world_count(&world, INITIATOR, "established as "), 2);
    assert_int_equal(world_count(&world, INITIATOR, "up again: attempt "), 1);
    world_run(&world, 5000);
    assert_int_equal(world_count(&world, INITIATOR, "down:"), 1);
    (void)world_clear(&world);
}

static void attempts_have_the_pace_of_revive(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--revive --schedule 1,2");
    lose(&world);
    /* two seconds an attempt, and a wait of 0.9 to 1 s */
    assert_int_equal(world_count(&world, INITIATOR, "no answer to 2 sends of IKE_SA_INIT in 2 s"), 0);
    world_run(&world, 1999);
    assert_int_equal(world_count(&world, INITIATOR, "connecting again in "), 0);
    world_run(&world, 1);
    assert_int_equal(world_count(&world, INITIATOR, "no answer to 2 sends of IKE_SA_INIT in 2 s"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "    6.000  connecting again in "), 1);
    world_run(&world, 890);
    assert_int_equal(world_count(&world, INITIATOR, "attempt 2\n"), 0);
    world_run(&world, 110);
    assert_int_equal(world_count(&world, INITIATOR, "attempt 2\n"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "IKE_SA_INIT: retransmission 1 of Message ID 0, gives up in 1 s\n"),
                     1);
    (void)world_clear(&world);
}

/* An attempt is no more patient than its user; and what comes after IKE_SA_INIT has the user's schedule. */
static void only_the_first_request_of_an_attempt_is_hasty(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--revive --schedule 0.5");
    world_run(&world, 500);
    cut = true;
    world_run(&world, 1500);
    assert_int_equal(world_count(&world, INITIATOR, "no answer to 1 send of IKE_SA_INIT in 0.5 s"), 1);
    (void)world_clear(&world);
    start(&world, "--revive --schedule 4,5");
    world_run(&world, 500);
    cut = true;
    world_run(&world, 9500);
    cut = false;
    world_run(&world, 3500);
    assert_int_equal(world_count(&world, INITIATOR, "up again"), 1);
    cut = true;
    world_run(&world, 5000);
    assert_int_equal(world_count(&world, INITIATOR, "retransmission 1 of Message ID"), 3);
    assert_int_equal(world_count(&world, INITIATOR, "gives up in 5 s"), 2);
    (void)world_clear(&world);
}

static void a_first_connection_that_fails_is_the_end(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--revive --schedule 1,2", "");
    world.passes = passes_unless_cut;
    cut = true;
    world_connect(&world);
    world_run(&world, 3000);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_count(&world, INITIATOR, "connecting again"), 0);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void checks_are_counted_through(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--revive --schedule 1,2 --count 5");
    lose(&world);
    cut = false;
    world_run(&world, 10000);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_tally(&world, INITIATOR)->answered, 5);
    assert_int_equal(world_tally(&world, INITIATOR)->sent, 6);
    assert_int_equal(world_count(&world, INITIATOR, "check 1 answered"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "check 2 answered"), 0);
    assert_int_equal(world_count(&world, INITIATOR, "check 3 answered"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "down: closed, the Delete was answered"), 1);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void a_gateway_that_closes_the_ike_sa_is_connected_to_at_once(void **state)
{
    struct world world;
    struct ikl_sa *gateways;

    (void)state;
    start(&world, "--revive");
    world_run(&world, 1500);
    gateways = world_session(&world, RESPONDER)->sa;
    assert_int_equal(ikl_sa_delete(gateways, 1000, world.now / 1000000), IKL_OK);
    world_run(&world, 0);
    assert_int_equal(world_count(&world, INITIATOR, "down: deleted by peer"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "established as "), 2);
    assert_int_equal(world_count(&world, INITIATOR,
                                 "    1.500  up again: attempt 1 succeeded, 0.000 s after the IKE SA went down\n"),
                     1);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

/* A tunnel that was not up for long goes on as if the attempt had failed. */
static void a_gateway_that_closes_it_again_and_again_is_not_asked_at_once(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--revive");
    for (size_t i = 0; i < 3; i++) {
        struct ikl_sa *gateways = world_session(&world, RESPONDER)->sa;

        assert_int_equal(ikl_sa_delete(gateways, 1000, world.now / 1000000), IKL_OK);
        world_run(&world, 0);
        assert_int_equal(world_count(&world, INITIATOR, "established as "), i == 0 ? 2 : i + 1);
        world_run(&world, 1000);
        assert_int_equal(world_count(&world, INITIATOR, "established as "), i + 2);
    }
    assert_int_equal(world_count(&world, INITIATOR, "connecting again in "), 2);
    (void)world_clear(&world);
}

static void whoever_interrupts_it_between_attempts_or_in_one_ends_it(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--revive --schedule 1,2");
    lose(&world);
    world_run(&world, 2100); /* an attempt has failed, the next is due */
    assert_null(world_session(&world, INITIATOR));
    assert_false(ikeping_is_over(initiator(&world)));
    ikeping_interrupt(initiator(&world), world.now);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(ikeping_deadline(initiator(&world)), IKL_NEVER);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
    start(&world, "--revive --schedule 1,2");
    lose(&world);
    world_run(&world, 500);
    ikeping_interrupt(initiator(&world), world.now);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_count(&world, INITIATOR, "could not establish an IKE SA: interrupted"), 1);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

/* The gateway comes back with another secret, and then with the right one. */
static void a_gateway_that_refuses_is_asked_again(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--revive --schedule 1,2");
    lose(&world);
    world.ends[RESPONDER].credentials.psk[0] ^= 1;
    cut = false;
    world_run(&world, 10000);
    assert_true(world_count(&world, INITIATOR, "the gateway says AUTHENTICATION_FAILED") >= 2);
    assert_int_equal(world_count(&world, INITIATOR, "established as "), 1);
    world.ends[RESPONDER].credentials.psk[0] ^= 1;
    world_run(&world, 3000);
    assert_int_equal(world_count(&world, INITIATOR, "established as "), 2);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void without_the_option_nothing_is_revived(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1,2");
    lose(&world);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_count(&world, INITIATOR, "connecting again"), 0);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void what_it_does_is_said_in_json_too(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--revive --json --schedule 1,2", "");
    world.passes = passes_unless_cut;
    cut = false;
    world_connect(&world);
    world_run(&world, 500);
    cut = true;
    world_run(&world, 6000);
    assert_int_equal(world_count(&world, INITIATOR, "\"event\":\"connecting\""), 1);
    assert_int_equal(world_count(&world, INITIATOR, "\"attempt\":1}"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "\"event\":\"waiting\""), 1);
    cut = false;
    world_run(&world, 1000);
    assert_int_equal(world_count(&world, INITIATOR, "\"attempt\":2}"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "\"event\":\"revived\""), 1);
    assert_int_equal(world_count(&world, INITIATOR, "\"attempts\":2,\"down_for\":"), 1);
    (void)world_clear(&world);
}

static void the_status_line_says_when_it_connects(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--revive --schedule 1,2", "");
    world.ends[INITIATOR].report.terminal = true;
    world.passes = passes_unless_cut;
    cut = false;
    world_connect(&world);
    world_run(&world, 500);
    cut = true;
    world_run(&world, 6000);
    assert_true(world_count(&world, INITIATOR, "; connects again in 0.") >= 1);
    (void)world_clear(&world);
}

TESTS_OF(revival)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_verdict_it_connects_again_until_the_gateway_answers),
        cmocka_unit_test(attempts_have_the_pace_of_revive),
        cmocka_unit_test(only_the_first_request_of_an_attempt_is_hasty),
        cmocka_unit_test(a_first_connection_that_fails_is_the_end),
        cmocka_unit_test(checks_are_counted_through),
        cmocka_unit_test(a_gateway_that_closes_the_ike_sa_is_connected_to_at_once),
        cmocka_unit_test(a_gateway_that_closes_it_again_and_again_is_not_asked_at_once),
        cmocka_unit_test(whoever_interrupts_it_between_attempts_or_in_one_ends_it),
        cmocka_unit_test(a_gateway_that_refuses_is_asked_again),
        cmocka_unit_test(without_the_option_nothing_is_revived),
        cmocka_unit_test(what_it_does_is_said_in_json_too),
        cmocka_unit_test(the_status_line_says_when_it_connects),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
