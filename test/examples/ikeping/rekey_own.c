/* SPDX-License-Identifier: ISC */
/* ikeping --rekey: we rekey, and the peer may do so at the same time. */
#include "world.h"

#include "examples/ikeping/child_rekey.h"
#include "support/test.h"

#include <ikelive/registry.h>

static size_t count_children(const struct session *session)
{
    size_t n = 0;

    for (const struct ikl_child *child = ikl_sa_first_child(session->sa); child != NULL;
         child = ikl_sa_next_child(session->sa, child)) {
        n++;
    }
    return n;
}

/* Both ends have one and the same IKE SA, with so many Child SAs, and nothing was lost. */
static void assert_one(struct world *world, size_t n_children)
{
    const struct session *initiator = world_session(world, INITIATOR), *responder = world_session(world, RESPONDER);

    assert_int_equal(ikl_endpoint_n_sas(world->ends[INITIATOR].ikeping.endpoint), 1);
    assert_int_equal(ikl_endpoint_n_sas(world->ends[RESPONDER].ikeping.endpoint), 1);
    assert_int_equal(ikl_sa_spi_i(initiator->sa), ikl_sa_spi_i(responder->sa));
    assert_int_equal(ikl_sa_spi_r(initiator->sa), ikl_sa_spi_r(responder->sa));
    assert_int_equal(count_children(initiator), n_children);
    assert_int_equal(count_children(responder), n_children);
    if (n_children != 0) {
        assert_int_equal(ikl_child_spi_in(ikl_sa_first_child(initiator->sa)),
                         ikl_child_spi_out(ikl_sa_first_child(responder->sa)));
    }
}

/* Runs until it is quiet: 29 s, with rekeys each 10 s, so that the last old IKE SA has 9 s to go. */
static void start(struct world *world, const char *initiator_options, const char *responder_options)
{
    world_init(world, initiator_options, responder_options);
    world_connect(world);
    world_run(world, 100);
    assert_int_equal(world_session(world, INITIATOR)->phase, SESSION_ESTABLISHED);
}

static void either_end_rekeys_the_ike_sa_at_intervals(void **state)
{
    static const char *const options[2] = {"--rekey 10", ""};
    struct world world;

    (void)state;
    for (int end = 0; end < 2; end++) {
        start(&world, options[end], options[1 - end]);
        world_run(&world, 29000);
        assert_int_equal(world_count(&world, end, "  rekeyed by us: chacha20poly1305-prfsha256-x25519, SPI ") +
                             world_count(&world, end, ":500  rekeyed by us: "),
                         2);
        assert_int_equal(world_count(&world, 1 - end, "rekeyed by the peer: "), 2);
        assert_one(&world, 0);
        assert_int_equal(world_count(&world, INITIATOR, "retransmission"), 0);
        assert_true(world_tally(&world, INITIATOR)->answered >= 28);
        assert_int_equal(world_clear(&world), EXIT_ALIVE);
    }
}

static void the_child_sa_is_rekeyed_first(void **state)
{
    static const char *const options[2] = {"--rekey 10 --child tunnel", "--child tunnel"};
    struct world world;

    (void)state;
    for (int end = 0; end < 2; end++) {
        start(&world, options[end], options[1 - end]);
        world_run(&world, 29000);
        assert_int_equal(world_count(&world, end, "Child SA rekeyed by us: tunnel, "), 2);
        assert_int_equal(world_count(&world, 1 - end, "Child SA rekeyed by the peer: tunnel, "), 2);
        assert_int_equal(world_count(&world, end, "Child SA down: rekeyed, "), 2);
        assert_int_equal(world_count(&world, end, "  rekeyed by us: "), 2);
        assert_one(&world, 1);
        assert_int_equal(world_clear(&world), EXIT_ALIVE);
    }
}

/* Nonces are drawn, so either end wins. */
static void one_of_two_rekeys_at_the_same_time_stays(void **state)
{
    struct world world;
    size_t won[2] = {0, 0};

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        start(&world, "--rekey 10", "--rekey 10");
        world_run(&world, 9950);
        assert_int_equal(world_count_sent(&world, INITIATOR, IKL_CREATE_CHILD_SA), 2);
        assert_int_equal(world_count_sent(&world, RESPONDER, IKL_CREATE_CHILD_SA), 2);
        for (int end = 0; end < 2; end++) {
            won[end] += world_count(&world, end, "  rekeyed by us: ");
        }
        world_run(&world, 9000);
        assert_one(&world, 0);
        assert_int_equal(world_clear(&world), EXIT_ALIVE);
    }
    assert_int_equal(won[INITIATOR] + won[RESPONDER], 40);
    assert_true(won[INITIATOR] > 0 && won[RESPONDER] > 0);
}

static void one_of_two_child_sa_rekeys_at_the_same_time_stays(void **state)
{
    struct world world;

    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        start(&world, "--rekey 10 --child tunnel", "--rekey 10");
        world_run(&world, 9950);
        assert_int_equal(world_count(&world, INITIATOR, "Child SA rekeyed by "), 2);
        assert_int_equal(world_count(&world, RESPONDER, "Child SA rekeyed by "), 2);
        world_run(&world, 9000);
        assert_one(&world, 1);
        assert_int_equal(world_clear(&world), EXIT_ALIVE);
    }
}

static unsigned n_lost;

/* Answers of the responder's to rekeys, as long as there are some to lose. */
static bool loses_answers(struct world *world, struct sent *sent)
{
    bool is_answer = sent->from == RESPONDER && sent->octets[18] == IKL_CREATE_CHILD_SA &&
                     (sent->octets[19] & IKL_FLAG_RESPONSE) != 0;

    (void)world;
    if (is_answer && n_lost > 0) {
        n_lost--;
        return false;
    }
    return true;
}

static void an_answer_that_comes_late_changes_nothing(void **state)
{
    struct world world;

    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        n_lost = 1 + i % 3;
        start(&world, "--rekey 30 --schedule 0.5x8", i % 2 == 0 ? "--rekey 30" : "");
        world.passes = loses_answers;
        world_run(&world, 58000);
        assert_one(&world, 0);
        assert_int_equal(world_clear(&world), EXIT_ALIVE);
    }
}

static void a_rekey_that_is_refused_is_tried_again(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--rekey 10", "");
    assert_true(proposals_parse(&world.ends[RESPONDER].settings.proposals, "chacha20poly1305-prfsha512-x25519"));
    world_run(&world, 21000);
    assert_int_equal(world_count(&world, INITIATOR, "our rekey came to nothing: the gateway says NO_PROPOSAL_CHOSEN"),
                     2);
    assert_one(&world, 0);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_child_sa_rekey_that_is_refused_keeps_nothing_from_being_rekeyed(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--rekey 10 --child tunnel --json", "");
    world.ends[RESPONDER].settings.child = CHILD_NONE;
    world_run(&world, 19000);
    assert_int_equal(world_count(&world, INITIATOR, "\"event\":\"rekey_failed\""), 1);
    assert_int_equal(world_count(&world, INITIATOR, "\"event\":\"rekeyed_by_us\""), 1);
    assert_one(&world, 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void an_end_that_dies_during_a_rekey_leaves_nothing_behind(void **state)
{
    struct world world;

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        start(&world, "--rekey 10 --schedule 0.5x8", "--rekey 10 --schedule 0.5x8");
        n_lost = 1000;
        world.passes = loses_answers;
        world_run(&world, 18900);
        assert_true(ikl_endpoint_n_sas(world.ends[INITIATOR].ikeping.endpoint) <= 1);
        (void)world_clear(&world);
    }
}

static bool loses_rekey_answers(struct world *world, struct sent *sent)
{
    (void)world;
    return n_lost == 0 || sent->from != RESPONDER || sent->octets[18] != IKL_CREATE_CHILD_SA;
}

static void an_interrupt_during_a_rekey_ends_it(void **state)
{
    struct world world;

    (void)state;
    n_lost = 1;
    start(&world, "--rekey 10 --schedule 0.5x8", "");
    world.passes = loses_rekey_answers;
    world_run(&world, 10100);
    ikeping_interrupt(&world.ends[INITIATOR].ikeping, world.now);
    n_lost = 0;
    world_run(&world, 5000);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    (void)world_clear(&world);
}

/* The initiator's Delete of the Child SA that it has rekeyed is lost, and now the responder rekeys that Child SA. */
static bool loses_delete_of_child_and_rekeys_it(struct world *world, struct sent *sent)
{
    bool is_delete = sent->from == INITIATOR && sent->octets[18] == IKL_INFORMATIONAL && n_lost != 0;

    if (is_delete) {
        n_lost--;
        assert_true(child_rekey_begin(world_session(world, RESPONDER)));
    }
    return !is_delete;
}

static void a_rekey_of_a_child_sa_that_is_being_deleted_gets_temporary_failure(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--rekey 10 --interval 60 --child tunnel", "--interval 60 --child tunnel");
    n_lost = 1;
    world.passes = loses_delete_of_child_and_rekeys_it;
    world_run(&world, 29000);
    assert_int_equal(n_lost, 0);
    assert_int_equal(world_count(&world, RESPONDER, "our rekey came to nothing: the gateway says TEMPORARY_FAILURE"),
                     1);
    assert_int_equal(world_count(&world, INITIATOR, "Child SA rekeyed by the peer"), 0);
    assert_one(&world, 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

TESTS_OF(rekey_own)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(either_end_rekeys_the_ike_sa_at_intervals),
        cmocka_unit_test(the_child_sa_is_rekeyed_first),
        cmocka_unit_test(one_of_two_rekeys_at_the_same_time_stays),
        cmocka_unit_test(one_of_two_child_sa_rekeys_at_the_same_time_stays),
        cmocka_unit_test(an_answer_that_comes_late_changes_nothing),
        cmocka_unit_test(a_rekey_that_is_refused_is_tried_again),
        cmocka_unit_test(a_child_sa_rekey_that_is_refused_keeps_nothing_from_being_rekeyed),
        cmocka_unit_test(an_interrupt_during_a_rekey_ends_it),
        cmocka_unit_test(a_rekey_of_a_child_sa_that_is_being_deleted_gets_temporary_failure),
        cmocka_unit_test(an_end_that_dies_during_a_rekey_leaves_nothing_behind),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
