/* SPDX-License-Identifier: ISC */
/* ikeping follows a peer that has moved: messages go to where its last fresh authenticated one came from (RFC 7296
 * §2.23). */
#define _POSIX_C_SOURCE 200809L
#include "world.h"

#include "examples/ikeping/providers.h"
#include "support/test.h"

enum { NEW_ADDRESS = 77 };

static int mover;  /* the end that moves, for moves */
static bool moved; /* it has */

/* Where a message of the mover comes from. What goes to its old address does not arrive. */
static bool moves(struct world *world, struct sent *sent)
{
    (void)world;
    if (moved && sent->from == mover) {
        sent->path.local.ip[3] = NEW_ADDRESS;
    }
    return !moved || sent->from == mover || sent->path.remote.ip[3] == NEW_ADDRESS;
}

/* The mover's old address still takes what is sent to it. */
static bool answers_from_elsewhere(struct world *world, struct sent *sent)
{
    (void)world;
    if (sent->from == mover) {
        sent->path.local.ip[3] = NEW_ADDRESS;
    }
    return true;
}

static void start(struct world *world, int who, const char *options, const char *responder_options)
{
    mover = who;
    moved = false;
    world_init(world, options, responder_options);
    world->passes = moves;
    world_connect(world);
    world_run(world, 500);
    assert_int_equal(world_count(world, INITIATOR, "established"), 1);
}

/* The mover moves and is heard of, because it checks. */
static void move(struct world *world)
{
    moved = true;
    world_run(world, 5000);
}

static const struct ikl_path *path_of(struct world *world, int end)
{
    return ikl_sa_path(world_session(world, end)->sa);
}

static void a_gateway_that_moved_is_followed_and_told_of(void **state)
{
    struct world world;

    (void)state;
    start(&world, RESPONDER, "--interval 0.6", "--interval 1");
    move(&world);
    assert_int_equal(path_of(&world, INITIATOR)->remote.ip[3], NEW_ADDRESS);
    assert_int_equal(
        world_count(&world, INITIATOR, "  moved: the peer is at 192.0.2.77:500 now, it was at 192.0.2.2:500\n"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "moved:"), 1);
    /* the check that went to where it was is not left to its schedule */
    assert_int_equal(world_count(&world, INITIATOR, ", along the new path, next wait 1 s\n"), 1);
    assert_true(world_tally(&world, INITIATOR)->answered > 2);
    assert_string_equal(world.ends[INITIATOR].ikeping.gateways->address, "192.0.2.77:500");
    /* the summary says where it is */
    ikeping_interrupt(&world.ends[INITIATOR].ikeping, world.now);
    world_run(&world, 0);
    assert_int_equal(ikeping_close(&world.ends[INITIATOR].ikeping, "192.0.2.2:500"), EXIT_ALIVE);
    assert_int_equal(world_count(&world, INITIATOR, "--- 192.0.2.77:500\n"), 1);
    assert_true(ikeping_open(&world.ends[INITIATOR].ikeping, world.now));
    (void)world_clear(&world);
}

static void a_client_that_moved_is_followed_and_told_of(void **state)
{
    struct world world;

    (void)state;
    start(&world, INITIATOR, "--interval 1", "");
    move(&world);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[3], NEW_ADDRESS);
    assert_int_equal(world_count(&world, RESPONDER,
                                 "  moved: the peer is at 192.0.2.77:500 now, it was at "
                                 "192.0.2.1:500\n"),
                     1);
    /* it is checked and heard at its new address */
    ikeping_interrupt(&world.ends[RESPONDER].ikeping, world.now);
    world_run(&world, 0);
    assert_int_equal(world_count(&world, RESPONDER, "  down: closed, the Delete was answered"), 1);
    (void)world_clear(&world);
}

static void a_peer_behind_a_nat_is_followed(void **state)
{
    struct world world;

    (void)state;
    if (providers_find_sha1() == NULL) {
        skip();
    }
    start(&world, INITIATOR, "--nat-t --interval 1", "");
    assert_true(world_session(&world, RESPONDER)->nat_there);
    move(&world);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[3], NEW_ADDRESS);
    assert_int_equal(world_count(&world, RESPONDER, "moved: the peer is at 192.0.2.77:4500 now"), 1);
    (void)world_clear(&world);
}

/* Somebody on the way could send us anywhere with one packet that he changed. */
static void behind_a_nat_nobody_is_followed_and_it_is_said_once(void **state)
{
    struct ikl_path before;
    struct world world;

    (void)state;
    if (providers_find_sha1() == NULL) {
        skip();
    }
    mover = RESPONDER;
    moved = false;
    world_init(&world, "--interval 60", "--interval 1");
    world.passes = moves;
    world.behind_nat = true;
    world_connect(&world);
    world_run(&world, 500);
    assert_true(world_session(&world, INITIATOR)->nat_here);
    before = *path_of(&world, INITIATOR);
    move(&world);
    assert_true(ikl_path_same(&before, path_of(&world, INITIATOR)));
    assert_int_equal(world_count(&world, INITIATOR, "moved: "), 0);
    assert_int_equal(world_count(&world, INITIATOR,
                                 "the peer sends from 192.0.2.77:4500 too: it is not followed, since we are behind a "
                                 "NAT\n"),
                     1);
    (void)world_clear(&world);
}

/* Its answer tells of the move; nothing else is outstanding then. */
static void a_check_that_is_answered_from_elsewhere_is_not_sent_again(void **state)
{
    struct world world;

    (void)state;
    mover = RESPONDER;
    moved = false;
    world_init(&world, "--interval 1", "--interval 60");
    world.passes = moves;
    world_connect(&world);
    world_run(&world, 1500);
    moved = true;
    world.passes = answers_from_elsewhere;
    world_run(&world, 3000);
    assert_int_equal(world_count(&world, INITIATOR, "moved: the peer is at 192.0.2.77:500 now"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "retransmission"), 0);
    assert_int_equal(world_tally(&world, INITIATOR)->answered, 5);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_replayed_message_moves_nobody(void **state)
{
    struct sent *last;
    struct world world;
    struct ikl_path path;

    (void)state;
    start(&world, RESPONDER, "--interval 1", "");
    world_run(&world, 3000);
    for (size_t i = 0; i < world.n_sent; i++) {
        last = &world.sent[i];
        path = last->path;
        path.local.ip[3] = NEW_ADDRESS;
        world_give(&world, 1 - last->from, &path, last->octets, last->len);
    }
    assert_int_equal(world_count(&world, INITIATOR, "moved"), 0);
    assert_int_equal(world_count(&world, RESPONDER, "moved"), 0);
    assert_int_equal(path_of(&world, INITIATOR)->remote.ip[3], 2);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[3], 1);
    (void)world_clear(&world);
}

static void json_tells_of_a_move(void **state)
{
    struct world world;

    (void)state;
    start(&world, RESPONDER, "--json --interval 2", "--interval 1");
    move(&world);
    assert_int_equal(world_count(&world, INITIATOR, "\"peer\":\"192.0.2.77:500\",\"before\":\"192.0.2.2:500\"}"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "{\"event\":\"moved\",\"time\":"), 1);
    (void)world_clear(&world);
}

TESTS_OF(move)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gateway_that_moved_is_followed_and_told_of),
        cmocka_unit_test(a_client_that_moved_is_followed_and_told_of),
        cmocka_unit_test(a_peer_behind_a_nat_is_followed),
        cmocka_unit_test(behind_a_nat_nobody_is_followed_and_it_is_said_once),
        cmocka_unit_test(a_check_that_is_answered_from_elsewhere_is_not_sent_again),
        cmocka_unit_test(a_replayed_message_moves_nobody),
        cmocka_unit_test(json_tells_of_a_move),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
