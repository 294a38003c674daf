/* SPDX-License-Identifier: ISC */
/* A socket that is full costs ikeping no attempt. */
#include "world.h"

#include "support/test.h"

static struct ikl_endpoint_counters counters_of(const struct world *world)
{
    struct ikl_endpoint_counters counters = {.size = sizeof(counters)};

    assert_int_equal(ikl_endpoint_query(world->ends[INITIATOR].ikeping.endpoint, &counters), IKL_OK);
    return counters;
}

/* The socket of the initiator takes datagrams again, and it is told so. */
static void unblock(struct world *world)
{
    world->full[INITIATOR] = false;
    ikeping_writable(&world->ends[INITIATOR].ikeping, world->now);
    world_deliver(world);
}

static void what_a_full_socket_did_not_take_goes_out_when_it_is_writable(void **state)
{
    struct world world;
    uint64_t answered;

    (void)state;
    world_init(&world, "", "");
    world.full[INITIATOR] = true;
    world_connect(&world);
    assert_int_equal(world.n_sent, 0);
    unblock(&world);
    assert_int_equal(world_count(&world, INITIATOR, "established as "), 1);
    world_run(&world, 3000);
    answered = world_tally(&world, INITIATOR)->answered;
    world.full[INITIATOR] = true;
    world_run(&world, 1500);
    assert_int_equal(world_tally(&world, INITIATOR)->answered, answered);
    unblock(&world);
    assert_int_equal(world_tally(&world, INITIATOR)->answered, answered + 1);
    assert_true(counters_of(&world).blocked >= 2);
    assert_int_equal(counters_of(&world).send_failures, 0);
    assert_int_equal(counters_of(&world).retransmissions, 0);
    (void)world_clear(&world);
}

TESTS_OF(full)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_full_socket_did_not_take_goes_out_when_it_is_writable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
