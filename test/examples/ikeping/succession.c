/* SPDX-License-Identifier: ISC */
/* ikeping --reauth: a new IKE SA takes the place of the old one (RFC 7296 §2.8.3). */
#define _POSIX_C_SOURCE 200809L
#include "world.h"

#include "support/test.h"

/* Which messages of an exchange are lost from now on. */
static struct {
    int from;
    uint8_t exchange_type; /* 0: none */
    bool deletes_old;      /* the gateway deletes the old IKE SA then */
    bool all;
} lost;

static bool passes(struct world *world, struct sent *sent)
{
    struct session *old = world_session(world, RESPONDER);
    struct ikl_header header;

    if (lost.all) {
        return false;
    }
    if (ikl_header_read(&header, sent->octets, sent->len) != IKL_OK || sent->from != lost.from ||
        header.exchange_type != lost.exchange_type) {
        return true;
    }
    if (lost.deletes_old) {
        lost.deletes_old = false;
        session_close(old->next);
    }
    return false;
}

static void start(struct world *world, const char *options, const char *responder_options)
{
    lost.exchange_type = 0;
    lost.deletes_old = lost.all = false;
    world_init(world, options, responder_options);
    world->passes = passes;
    world_connect(world);
    world_run(world, 500);
}

static void lose(int from, uint8_t exchange_type)
{
    lost.from = from;
    lost.exchange_type = exchange_type;
}

static size_t says(const struct world *world, const char *text)
{
    return world_count(world, INITIATOR, text);
}

static void a_new_ike_sa_takes_the_place_of_the_old_one_and_checks_go_on(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--reauth 5 --interval 1", "");
    world_run(&world, 12000);
    assert_int_equal(says(&world, "  established as a.example with b.example: "), 1);
    assert_int_equal(says(&world, "  authenticated again as a.example with b.example: "), 2);
    assert_int_equal(says(&world, "down"), 0);
    assert_int_equal(says(&world, "deleting"), 0);
    assert_int_equal(world_count(&world, RESPONDER, "  established as"), 3);
    assert_int_equal(world_count(&world, RESPONDER, "  down: deleted by peer"), 2);
    assert_true(world_tally(&world, INITIATOR)->answered >= 12);
    assert_int_equal(world_tally(&world, INITIATOR)->answered, world_tally(&world, INITIATOR)->sent);
    assert_null(world_session(&world, INITIATOR)->next);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void json_tells_of_it(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--reauth 5 --interval 1 --json --schedule 0.5,0.5", "");
    world_run(&world, 5000);
    assert_int_equal(says(&world, "{\"event\":\"reauthenticated\","), 1);
    lose(INITIATOR, IKL_IKE_SA_INIT);
    world_run(&world, 6000);
    assert_int_equal(says(&world, "{\"event\":\"successor_failed\","), 1);
    (void)world_clear(&world);
}

static void a_rekey_puts_the_next_authentication_neither_off_nor_forward(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--reauth 5 --rekey 2 --interval 1", "");
    world_run(&world, 4400);
    assert_int_equal(says(&world, "rekeyed by us"), 2);
    assert_int_equal(says(&world, "authenticated again"), 0);
    world_run(&world, 200);
    assert_int_equal(says(&world, "authenticated again"), 1);
    (void)world_clear(&world);
}

static void a_check_that_is_outstanding_is_superseded(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--reauth 5 --interval 1 --schedule 30", "");
    world_run(&world, 4000);
    lose(INITIATOR, IKL_INFORMATIONAL);
    world_run(&world, 1000);
    assert_int_equal(says(&world, "check 6 superseded by a new IKE SA"), 1);
    assert_int_equal(world_tally(&world, INITIATOR)->superseded, 1);
    (void)world_clear(&world);
}

static void until_the_new_one_is_there_the_old_one_is_watched(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--reauth 5 --interval 1 --schedule 0.5,0.5", "");
    lose(INITIATOR, IKL_IKE_SA_INIT);
    world_run(&world, 9000);
    assert_int_equal(says(&world,
                          "  a new IKE SA in the place of this one could not be established: timed out: no answer to 2 "
                          "sends of IKE_SA_INIT in 1 s"),
                     1);
    assert_int_equal(world_tally(&world, INITIATOR)->answered, 10);
    /* and it is tried again, as long after that */
    lost.exchange_type = 0;
    world_run(&world, 3000);
    assert_int_equal(says(&world, "authenticated again"), 1);
    assert_int_equal(says(&world, "down"), 0);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void who_authenticates_again_does_not_say_initial_contact(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--reauth 5 --initial-contact", "");
    world_run(&world, 6000);
    assert_int_equal(says(&world, "authenticated again"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "INITIAL_CONTACT"), 0);
    assert_int_equal(world_count(&world, RESPONDER, "  down: deleted by peer"), 1);
    (void)world_clear(&world);
}

static void an_interrupt_ends_both(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--reauth 5", "");
    lose(RESPONDER, IKL_IKE_AUTH);
    world_run(&world, 5000);
    assert_non_null(world_session(&world, INITIATOR)->next);
    ikeping_interrupt(&world.ends[INITIATOR].ikeping, world.now);
    world_run(&world, 2500);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(says(&world, "down: closed, the Delete was answered"), 1);
    assert_int_equal(says(&world, "could not be established"), 0);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

/* With this one the gateway has both when we are interrupted, and they are deleted there. */
static void who_is_interrupted_deletes_the_new_one_too(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--reauth 5 --schedule 1x20", "");
    lose(RESPONDER, IKL_IKE_AUTH);
    world_run(&world, 5000);
    ikeping_interrupt(&world.ends[INITIATOR].ikeping, world.now);
    lost.exchange_type = 0;
    world_run(&world, 2500);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_count(&world, RESPONDER, "  down: deleted by peer"), 2);
    (void)world_clear(&world);
}

static void when_the_old_one_dies_the_new_one_is_given_up(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--reauth 5 --interval 1 --schedule 2,2", "");
    world_run(&world, 3000);
    lost.all = true;
    world_run(&world, 6000);
    assert_int_equal(says(&world, "  down: timeout"), 1);
    assert_int_equal(says(&world, "could not"), 0);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

/* Some gateways delete the old IKE SA of an identity by themselves, perhaps before the new one is there for us. */
static void start_replaced(struct world *world, const char *options)
{
    start(world, options, "");
    lose(RESPONDER, IKL_IKE_AUTH);
    lost.deletes_old = true;
    world_run(world, 4600);
    assert_int_equal(world_count(world, RESPONDER, "deleting the IKE SA"), 1);
}

static void a_gateway_may_delete_the_old_one_because_of_the_new_one(void **state)
{
    struct world world;

    (void)state;
    start_replaced(&world, "--reauth 5 --interval 1 --schedule 0.5x20");
    lost.exchange_type = 0;
    world_run(&world, 3000);
    assert_int_equal(says(&world, "  established as"), 2);
    assert_int_equal(says(&world, "down"), 0);
    assert_true(world_tally(&world, INITIATOR)->answered >= 7);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void it_is_down_when_the_new_one_does_not_come_either(void **state)
{
    struct world world;

    (void)state;
    start_replaced(&world, "--reauth 5 --interval 1 --schedule 0.5,0.5");
    world_run(&world, 3000);
    assert_int_equal(says(&world, "could not establish an IKE SA: timed out: no answer to 2 sends of IKE_AUTH"), 1);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_clear(&world), EXIT_DEAD);
    /* and with --revive that is not the end */
    start_replaced(&world, "--reauth 5 --interval 1 --schedule 0.5,0.5 --revive");
    lost.exchange_type = 0;
    lose(RESPONDER, IKL_IKE_AUTH);
    world_run(&world, 1500);
    lost.exchange_type = 0;
    world_run(&world, 5000);
    assert_int_equal(says(&world, "up again: attempt "), 1);
    assert_int_equal(says(&world, "  established as"), 2);
    (void)world_clear(&world);
}

TESTS_OF(succession)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_ike_sa_takes_the_place_of_the_old_one_and_checks_go_on),
        cmocka_unit_test(json_tells_of_it),
        cmocka_unit_test(a_rekey_puts_the_next_authentication_neither_off_nor_forward),
        cmocka_unit_test(a_check_that_is_outstanding_is_superseded),
        cmocka_unit_test(until_the_new_one_is_there_the_old_one_is_watched),
        cmocka_unit_test(who_authenticates_again_does_not_say_initial_contact),
        cmocka_unit_test(an_interrupt_ends_both),
        cmocka_unit_test(who_is_interrupted_deletes_the_new_one_too),
        cmocka_unit_test(when_the_old_one_dies_the_new_one_is_given_up),
        cmocka_unit_test(a_gateway_may_delete_the_old_one_because_of_the_new_one),
        cmocka_unit_test(it_is_down_when_the_new_one_does_not_come_either),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
