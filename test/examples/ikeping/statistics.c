/* SPDX-License-Identifier: ISC */
/* ikeping counts: percentiles, losses, statistics while it runs; and how its user wants to be told. */
#define _POSIX_C_SOURCE 200809L
#include "world.h"

#include "support/test.h"

#include <limits.h>

static unsigned n_lost, first_lost, last_lost; /* datagrams of the initiator, from 1 on */

static bool passes_unless_lost(struct world *world, struct sent *sent)
{
    (void)world;
    if (sent->from == INITIATOR) {
        n_lost++;
        return n_lost < first_lost || n_lost > last_lost;
    }
    return true;
}

/* Begins with the handshake, of two datagrams; those from `first` to `last` get lost. */
static void start(struct world *world, const char *options, unsigned first, unsigned last)
{
    world_init(world, options, "");
    n_lost = 0;
    first_lost = first;
    last_lost = last;
    world->passes = passes_unless_lost;
    world_connect(world);
    world_run(world, 0);
}

static struct ikeping *initiator(struct world *world)
{
    return &world->ends[INITIATOR].ikeping;
}

static bool is_near(double ms, double wanted)
{
    return ms >= wanted && ms <= wanted * (1 + 1.0 / TALLY_IN_DOUBLING);
}

static void percentiles_are_a_class_wide_at_most(void **state)
{
    static const double scales[] = {0.001, 0.03, 1, 700, 20000};

    (void)state;
    for (size_t s = 0; s < COUNT_OF(scales); s++) {
        struct tally tally = {.n = 0};

        assert_true(tally_percentile(&tally, 50) == 0);
        for (unsigned i = 1; i <= 1000; i++) {
            tally_add_round_trip(&tally, i * scales[s]);
        }
        assert_true(is_near(tally_percentile(&tally, 50), 500 * scales[s]));
        assert_true(is_near(tally_percentile(&tally, 95), 950 * scales[s]));
        assert_true(is_near(tally_percentile(&tally, 99), 990 * scales[s]));
        assert_true(tally_percentile(&tally, 100) == 1000 * scales[s]);
    }
}

static void percentiles_stay_between_the_smallest_and_the_largest(void **state)
{
    static const double times[] = {0, 1e-9, 0.0004, 3, 1e9};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        struct tally tally = {.n = 0};

        tally_add_round_trip(&tally, times[i]);
        assert_true(tally_percentile(&tally, 0) == times[i] && tally_percentile(&tally, 50) == times[i]);
    }
}

static void losses_are_of_checks_and_of_their_sends(void **state)
{
    struct world world;

    (void)state;
    /* the second check is answered when it is sent for the third time, the fourth never */
    start(&world, "--schedule 1,1,1 --interval 1", 4, 5);
    world_run(&world, 3500);
    first_lost = 0;
    last_lost = UINT_MAX;
    world_run(&world, 10000);
    assert_int_equal(world_tally(&world, INITIATOR)->sent, 4);
    assert_int_equal(world_tally(&world, INITIATOR)->answered, 3);
    assert_int_equal(world_tally(&world, INITIATOR)->sends, 8);
    assert_true(tally_lost_checks(world_tally(&world, INITIATOR)) == 25);
    assert_true(tally_lost_sends(world_tally(&world, INITIATOR)) == 62.5);
    ikeping_show_statistics(initiator(&world), world.now);
    assert_int_equal(world_count(&world, INITIATOR, "lost 25 % of the checks, 62.5 % of their sends; "), 1);
    (void)world_clear(&world);
}

static void nothing_is_lost_before_there_is_anything(void **state)
{
    struct world world;

    (void)state;
    start(&world, "", 1, 1);
    ikeping_show_statistics(initiator(&world), world.now);
    assert_int_equal(world_count(&world, INITIATOR,
                                 "    0.000  0 checks sent, 0 answered, 0 retransmissions; 0 of the peer's checks "
                                 "answered; lost 0 % of the checks, 0 % of their sends\n"),
                     1);
    (void)world_clear(&world);
}

static void a_responder_s_statistics_are_of_its_peers_checks(void **state)
{
    struct world world;

    (void)state;
    start(&world, "", UINT_MAX, 0);
    world_run(&world, 1500);
    world.ends[RESPONDER].report.names_peers = true;
    ikeping_show_statistics(&world.ends[RESPONDER].ikeping, world.now);
    assert_int_equal(world_count(&world, RESPONDER,
                                 "    1.500  *  0 checks sent, 0 answered, 0 retransmissions; 2 of the peer's checks "
                                 "answered; lost 0 % of the checks, 0 % of their sends\n"),
                     1);
    (void)world_clear(&world);
}

static void statistics_have_the_same_members_as_the_summary(void **state)
{
    static const char members[] =
        ",\"peer\":\"192.0.2.2:500\",\"sent\":2,\"answered\":2,\"retransmissions\":0,\"peer_checks\":0,"
        "\"min_ms\":0.000,\"avg_ms\":0.000,\"max_ms\":0.000,\"stddev_ms\":0.000,"
        "\"p50_ms\":0.000,\"p95_ms\":0.000,\"p99_ms\":0.000,"
        "\"lost_checks_percent\":0.000,\"lost_sends_percent\":0.000,\"superseded\":0}\n";
    struct world world;

    (void)state;
    start(&world, "--json", UINT_MAX, 0);
    world_run(&world, 1500);
    ikeping_show_statistics(initiator(&world), world.now);
    assert_int_equal(world_count(&world, INITIATOR, "{\"event\":\"statistics\",\"time\":1.500000"), 1);
    report_summary(initiator(&world)->report, "192.0.2.2:500", 1, world_tally(&world, INITIATOR));
    assert_int_equal(world_count(&world, INITIATOR, members), 2);
    (void)world_clear(&world);
}

static void a_deadline_ends_it_however_many_were_answered(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--deadline 2.5", UINT_MAX, 0);
    world_run(&world, 2499);
    assert_false(ikeping_is_over(initiator(&world)));
    world_run(&world, 1);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_tally(&world, INITIATOR)->answered, 3);
    assert_int_equal(world_count(&world, INITIATOR, "down: closed, the Delete was answered"), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void too_few_answers_at_the_deadline_are_a_failure(void **state)
{
    struct world world;

    (void)state;
    start(&world, "-w 2.5 -c 4", UINT_MAX, 0);
    world_run(&world, 2500);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_clear(&world), EXIT_DEAD);
    start(&world, "-w 2.5 -c 3", UINT_MAX, 0);
    world_run(&world, 2500);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_deadline_before_the_gateway_answers_is_said(void **state)
{
    struct world world;

    (void)state;
    start(&world, "-w 1.5", 1, UINT_MAX);
    world_run(&world, 1500);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_count(&world, INITIATOR, "could not establish an IKE SA: the deadline has come\n"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void the_bell_rings_when_something_changes(void **state)
{
    struct world world;

    (void)state;
    start(&world, "-a --schedule 1,1,1 --revive", 4, 4);
    world_run(&world, 500);
    assert_int_equal(world_count(&world, INITIATOR, "\a"), 0);
    world_run(&world, 2000);
    assert_int_equal(world_count(&world, INITIATOR, "\a"), 2);
    assert_int_equal(world_count(&world, INITIATOR, "\a    2.000  recovered"), 1);
    first_lost = 0;
    last_lost = UINT_MAX;
    world_run(&world, 10000);
    assert_int_equal(world_count(&world, INITIATOR, "\a"), 4); /* lost and down */
    last_lost = 0;
    world_run(&world, 20000);
    assert_int_equal(world_count(&world, INITIATOR, "up again"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "\a"), 5);
    ikeping_interrupt(initiator(&world), world.now);
    world_run(&world, 3000);
    assert_int_equal(world_count(&world, INITIATOR, "\a"), 5); /* nothing but what the user wanted */
    (void)world_clear(&world);
}

static void timestamps_are_dates(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "-D", "");
    world.ends[INITIATOR].report.epoch = 951782399999000000; /* the 28th of February of a leap year ends in 1 ms */
    world_connect(&world);
    world_run(&world, 1000);
    assert_int_equal(world_count(&world, INITIATOR, "2000-02-28T23:59:59.999Z  check 1 answered: "), 1);
    assert_int_equal(world_count(&world, INITIATOR, "\n2000-02-29T00:00:00.999Z  check 2 answered: "), 1);
    (void)world_clear(&world);
    world_init(&world, "-D --json", "");
    world_connect(&world);
    world_run(&world, 0);
    assert_int_equal(world_count(&world, INITIATOR, "\"time\":0.000000,\"date\":\"1970-01-01T00:00:00.000Z\","), 2);
    (void)world_clear(&world);
}

TESTS_OF(statistics)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_a_class_wide_at_most),
        cmocka_unit_test(percentiles_stay_between_the_smallest_and_the_largest),
        cmocka_unit_test(losses_are_of_checks_and_of_their_sends),
        cmocka_unit_test(nothing_is_lost_before_there_is_anything),
        cmocka_unit_test(a_responder_s_statistics_are_of_its_peers_checks),
        cmocka_unit_test(statistics_have_the_same_members_as_the_summary),
        cmocka_unit_test(a_deadline_ends_it_however_many_were_answered),
        cmocka_unit_test(too_few_answers_at_the_deadline_are_a_failure),
        cmocka_unit_test(a_deadline_before_the_gateway_answers_is_said),
        cmocka_unit_test(the_bell_rings_when_something_changes),
        cmocka_unit_test(timestamps_are_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
