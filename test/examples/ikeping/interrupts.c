/* SPDX-License-Identifier: ISC */
/* ikeping is interrupted before its IKE SA is established. */
#include "world.h"

#include "support/test.h"

static bool loses_all(struct world *world, struct sent *sent)
{
    (void)world;
    (void)sent;
    return false;
}

static void an_interrupted_handshake_is_none(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world.passes = loses_all;
    world_connect(&world);
    world_run(&world, 500);
    ikeping_interrupt(&world.ends[INITIATOR].ikeping, world.now);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_count(&world, INITIATOR, "could not establish an IKE SA: interrupted"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static bool loses_proofs(struct world *world, struct sent *sent)
{
    (void)world;
    return sent->from != RESPONDER || sent->octets[18] != IKL_IKE_AUTH;
}

/* The first IKE_AUTH response that the gateway sends. */
static bool loses_first_proof(struct world *world, struct sent *sent)
{
    return sent->from != RESPONDER || sent->octets[18] != IKL_IKE_AUTH ||
           world_count_sent(world, RESPONDER, IKL_IKE_AUTH) > 1;
}

/* From here on the gateway has the IKE SA, and the initiator is interrupted. */
static void interrupt_without_proof(struct world *world)
{
    world_connect(world);
    world_run(world, 500);
    assert_int_equal(world_count(world, RESPONDER, "established as"), 1);
    assert_int_equal(world_count(world, INITIATOR, "established as"), 0);
    ikeping_interrupt(&world->ends[INITIATOR].ikeping, world->now);
    assert_false(ikeping_is_over(&world->ends[INITIATOR].ikeping));
}

static void a_handshake_that_is_interrupted_in_ike_auth_leaves_nothing_at_the_gateway(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--schedule 1,2", "");
    world.passes = loses_first_proof;
    interrupt_without_proof(&world);
    world_run(&world, 500);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_count(&world, INITIATOR, "deleting the IKE SA"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "down: closed, the Delete was answered"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "down: deleted by peer"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "the peer's liveness check was answered"), 0);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_proof_is_not_waited_for_long_after_an_interrupt(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world.passes = loses_proofs;
    interrupt_without_proof(&world);
    world_run(&world, 1999);
    assert_false(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    world_run(&world, 1);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_count(&world, INITIATOR, "could not establish an IKE SA: interrupted\n"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void a_second_interrupt_in_ike_auth_ends_it_at_once(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world.passes = loses_proofs;
    interrupt_without_proof(&world);
    ikeping_interrupt(&world.ends[INITIATOR].ikeping, world.now);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_count(&world, INITIATOR, "could not establish"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "could not establish an IKE SA: interrupted\n"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void a_gateway_that_refuses_after_an_interrupt_is_said_to_do_so(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--schedule 1,2", "");
    world.ends[INITIATOR].credentials.psk[0] ^= 1;
    world.passes = loses_first_proof;
    world_connect(&world);
    world_run(&world, 500);
    ikeping_interrupt(&world.ends[INITIATOR].ikeping, world.now);
    world_run(&world, 500);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_count(&world, INITIATOR, "could not establish"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "the gateway says AUTHENTICATION_FAILED"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

/* And what was sent with the false cookie. */
static bool loses_second_beginning(struct world *world, struct sent *sent)
{
    bool first = sent == &world->sent[0];

    return (sent->from == RESPONDER || sent->octets[18] != IKL_IKE_SA_INIT || first) && loses_first_proof(world, sent);
}

/* The gateway has answered the request without a cookie: its refusal may be due to the cookie. */
static void who_is_interrupted_does_not_begin_again(void **state)
{
    static const uint8_t cookie[] = "false";
    struct ikl_path path = world_path_back();
    struct world world;

    (void)state;
    world_init(&world, "--schedule 1x5", "");
    world.passes = loses_second_beginning;
    world_connect(&world);
    world_forge(&world, &path, IKL_NOTIFY_COOKIE, (struct ikl_octets){cookie, sizeof(cookie)});
    world_run(&world, 500);
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_AUTH), 1);
    ikeping_interrupt(&world.ends[INITIATOR].ikeping, world.now);
    world_run(&world, 500);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_count(&world, INITIATOR, "once more"), 0);
    assert_int_equal(world_count(&world, INITIATOR, "the gateway says AUTHENTICATION_FAILED"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

TESTS_OF(interrupts)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupted_handshake_is_none),
        cmocka_unit_test(a_handshake_that_is_interrupted_in_ike_auth_leaves_nothing_at_the_gateway),
        cmocka_unit_test(a_proof_is_not_waited_for_long_after_an_interrupt),
        cmocka_unit_test(a_second_interrupt_in_ike_auth_ends_it_at_once),
        cmocka_unit_test(a_gateway_that_refuses_after_an_interrupt_is_said_to_do_so),
        cmocka_unit_test(who_is_interrupted_does_not_begin_again),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
