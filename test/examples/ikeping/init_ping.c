/* SPDX-License-Identifier: ISC */
/* ikeping --init: IKE_SA_INIT alone, without credentials. */
#include "world.h"

#include "examples/ikeping/providers.h"
#include "support/test.h"

static void start(struct world *world, const char *initiator_options, const char *responder_options)
{
    char options[256];

    (void)snprintf(options, sizeof(options), "--init %s", initiator_options);
    world_init_without_credentials(world, options, responder_options);
    world_connect(world);
}

static void every_answer_says_what_was_accepted_and_no_ike_sa_is_left(void **state)
{
    struct world world;

    (void)state;
    start(&world,
          "--count 3 --interval 2 --proposal chacha20poly1305-prfsha512-x25519,chacha20poly1305-prfsha256-x25519",
          "--proposal chacha20poly1305-prfsha256-x25519");
    world_run(&world, 3900);
    assert_int_equal(world_count(&world, INITIATOR, "answered: IKE 2.0, chacha20poly1305-prfsha256-x25519, "), 2);
    assert_false(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    world_run(&world, 200);
    assert_int_equal(world_count(&world, INITIATOR, "init 3 answered: IKE 2.0, chacha20poly1305-prfsha256-x25519, "),
                     1);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(ikl_endpoint_n_sas(world.ends[INITIATOR].ikeping.endpoint), 0);
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 3);
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_AUTH), 0);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_cookie_is_given_when_the_gateway_wants_one(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--count 17 --interval 0.1", "");
    world_run(&world, 3000);
    assert_int_equal(world_count(&world, INITIATOR, "init 17 answered: "), 1);
    assert_int_equal(world_count(&world, INITIATOR, ", after a cookie, "), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void another_key_exchange_method_is_given_when_the_gateway_wants_one(void **state)
{
    struct world world;

    (void)state;
    if (!dh_group_available(DH_ECP_256)) {
        skip();
    }
    start(&world, "--count 1 --proposal chacha20poly1305-prfsha256-ecp256,chacha20poly1305-prfsha256-x25519",
          "--proposal chacha20poly1305-prfsha256-x25519");
    world_run(&world, 1000);
    assert_int_equal(world_count(&world, INITIATOR, "init 1 answered: IKE 2.0, chacha20poly1305-prfsha256-x25519, "),
                     1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void who_says_no_has_answered(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--count 1 --proposal chacha20poly1305-prfsha512-x25519",
          "--proposal chacha20poly1305-prfsha256-x25519");
    world_run(&world, 1000);
    assert_int_equal(
        world_count(&world, INITIATOR,
                    "init 1 answered: IKE 2.0, the gateway says NO_PROPOSAL_CHOSEN: it accepts none of our "
                    "proposals, 0.000 ms\n"),
        1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static bool loses_all(struct world *world, struct sent *sent)
{
    (void)world;
    (void)sent;
    return false;
}

static void silence_is_told_each_time(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--count 2 --interval 5", "");
    world.passes = loses_all;
    world_run(&world, 8000);
    assert_int_equal(
        world_count(&world, INITIATOR, "init 1 not answered: timed out: no answer to 2 sends of IKE_SA_INIT in 2 s\n"),
        1);
    assert_int_equal(world_count(&world, INITIATOR, "init 2 not answered: "), 1);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static unsigned n_lost;

static bool loses_the_first(struct world *world, struct sent *sent)
{
    (void)world;
    (void)sent;
    return n_lost++ != 0;
}

static void an_answer_to_a_second_send_has_no_round_trip(void **state)
{
    struct world world;

    (void)state;
    n_lost = 0;
    start(&world, "--count 2 --interval 5", "");
    world.passes = loses_the_first;
    world_run(&world, 8000);
    assert_int_equal(world_count(&world, INITIATOR, ", 1000.000 ms after the first of 2 sends\n"), 1);
    assert_int_equal(world_tally(&world, INITIATOR)->n, 1);
    assert_int_equal(world_tally(&world, INITIATOR)->sends, 3);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void json_tells_of_each(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--count 2 --json --proposal chacha20poly1305-prfsha256-x25519", "");
    world_run(&world, 500);
    assert_int_equal(world_count(&world, INITIATOR, "\"event\":\"init_answered\""), 1);
    assert_int_equal(world_count(&world, INITIATOR,
                                 "\"init\":1,\"version\":\"2.0\",\"proposal\":\"chacha20poly1305-prfsha256-x25519\","),
                     1);
    assert_int_equal(world_count(&world, INITIATOR, "\"cookie\":false,\"sends\":1,\"rtt_ms\":0.000}"), 1);
    world.passes = loses_all;
    world_run(&world, 5000);
    assert_int_equal(world_count(&world, INITIATOR, "\"event\":\"init_unanswered\""), 1);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
    start(&world, "--count 1 --json --proposal chacha20poly1305-prfsha512-x25519",
          "--proposal chacha20poly1305-prfsha256-x25519");
    world_run(&world, 500);
    assert_int_equal(world_count(&world, INITIATOR,
                                 "\"init\":1,\"version\":\"2.0\",\"refusal\":\"the gateway says NO_PROPOSAL_CHOSEN"),
                     1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_nat_is_seen(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--count 1", "");
    world.behind_nat = true;
    world_run(&world, 500);
    assert_int_equal(
        world_count(&world, INITIATOR, providers_find_sha1() != NULL ? ", NAT at our end, " : ", no NAT detection, "),
        1);
    (void)world_clear(&world);
}

static void an_interrupt_ends_it(void **state)
{
    struct world world;

    (void)state;
    start(&world, "", "");
    world_run(&world, 1500);
    ikeping_interrupt(&world.ends[INITIATOR].ikeping, world.now);
    world_run(&world, 0);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
    /* and where one is outstanding that is not answered */
    start(&world, "", "");
    world.passes = loses_all;
    world_run(&world, 100);
    ikeping_interrupt(&world.ends[INITIATOR].ikeping, world.now);
    world_run(&world, 0);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_count(&world, INITIATOR, "init 1 not answered: interrupted\n"), 1);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

TESTS_OF(init_ping)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_says_what_was_accepted_and_no_ike_sa_is_left),
        cmocka_unit_test(a_cookie_is_given_when_the_gateway_wants_one),
        cmocka_unit_test(another_key_exchange_method_is_given_when_the_gateway_wants_one),
        cmocka_unit_test(who_says_no_has_answered),
        cmocka_unit_test(silence_is_told_each_time),
        cmocka_unit_test(an_answer_to_a_second_send_has_no_round_trip),
        cmocka_unit_test(json_tells_of_each),
        cmocka_unit_test(a_nat_is_seen),
        cmocka_unit_test(an_interrupt_ends_it),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
