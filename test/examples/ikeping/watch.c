/* SPDX-License-Identifier: ISC */
/* ikeping watches: a check an interval, retransmissions, loss, recovery, death, and how the program ends. */
#define _POSIX_C_SOURCE 200809L
#include "world.h"

#include "support/test.h"

static bool cut; /* the network, for passes_unless_cut */

static bool passes_unless_cut(struct world *world, struct sent *sent)
{
    (void)world;
    (void)sent;
    return !cut;
}

static void start(struct world *world, const char *initiator_options, const char *responder_options)
{
    world_init(world, initiator_options, responder_options);
    cut = false;
    world->passes = passes_unless_cut;
    world_connect(world);
    world_run(world, 0);
    assert_int_equal(world_count(world, INITIATOR, "established"), 1);
}

static struct ikeping *initiator(struct world *world)
{
    return &world->ends[INITIATOR].ikeping;
}

static void a_check_goes_out_every_interval(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--interval 2.5", "");
    world_run(&world, 10000);
    assert_int_equal(world_count(&world, INITIATOR, " answered: Message ID "), 5);
    assert_int_equal(world_count(&world, INITIATOR, "    7.500  check 4 answered: Message ID 5, 0.000 ms\n"), 1);
    assert_int_equal(world_tally(&world, INITIATOR)->sent, 5);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void with_a_count_it_ends_after_so_many(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--count 3", "");
    world_run(&world, 1999);
    assert_false(ikeping_is_over(initiator(&world)));
    world_run(&world, 1);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_tally(&world, INITIATOR)->sent, 3);
    assert_int_equal(world_count(&world, INITIATOR, "deleting the IKE SA"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "down: closed, the Delete was answered"), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_peer_that_is_gone_is_declared_dead_when_the_schedule_ends(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1,2,4", "");
    world_run(&world, 500);
    cut = true;
    world_run(&world, 7499); /* the check at 1 s, and seven seconds of waits */
    assert_int_equal(world_count(&world, INITIATOR, "down:"), 0);
    assert_int_equal(
        world_count(&world, INITIATOR, "    2.000  check 2: retransmission 1 of Message ID 3, next wait 2 s\n"), 1);
    assert_int_equal(
        world_count(&world, INITIATOR, "    4.000  check 2: retransmission 2 of Message ID 3, gives up in 4 s\n"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "lost: no answer"), 1);
    world_run(&world, 1);
    assert_int_equal(world_count(&world, INITIATOR, "    8.000  down: timeout, 8.000 s after the last sign of life\n"),
                     1);
    assert_true(ikeping_is_over(initiator(&world)));
    /* with what had happened before */
    assert_true(world_count(&world, INITIATOR, "retransmitted") >= 2);
    assert_int_equal(world_tally(&world, INITIATOR)->retransmissions, 2);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

/* The answer to the first check came at once. */
static void a_check_whose_answer_is_overdue_is_sent_again_before_its_schedule(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1,2,4 --round-trip-sends", "");
    world_run(&world, 500);
    cut = true;
    world_run(&world, 7500);
    assert_int_equal(world_count(&world, INITIATOR,
                                 "    1.100  check 2: retransmission 1 of Message ID 3, as the answer is overdue, next "
                                 "wait 0.9 s\n"),
                     1);
    assert_int_equal(world_count(&world, INITIATOR,
                                 "    1.300  check 2: retransmission 2 of Message ID 3, as the answer is overdue, next "
                                 "wait 0.7 s\n"),
                     1);
    assert_int_equal(
        world_count(&world, INITIATOR, "    2.000  check 2: retransmission 3 of Message ID 3, next wait 2 s\n"), 1);
    assert_int_equal(
        world_count(&world, INITIATOR, "    4.000  check 2: retransmission 4 of Message ID 3, gives up in 4 s\n"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "    8.000  down: timeout, 8.000 s after the last sign of life\n"),
                     1);
    assert_int_equal(world_tally(&world, INITIATOR)->retransmissions, 4);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void with_the_last_wait_trimmed_a_peer_that_is_gone_is_declared_dead_sooner(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1,2,4 --trim", "");
    world_run(&world, 500);
    cut = true;
    world_run(&world, 4500);
    assert_int_equal(
        world_count(&world, INITIATOR, "    4.000  check 2: retransmission 2 of Message ID 3, gives up in 1 s\n"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "    5.000  down: timeout, 5.000 s after the last sign of life\n"),
                     1);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static bool passes_but_answers(struct world *world, struct sent *sent)
{
    (void)world;
    return !cut || sent->from == INITIATOR || (sent->octets[19] & IKL_FLAG_RESPONSE) == 0;
}

/* Its own checks arrive, its answers do not. */
static void start_with_one_that_talks(struct world *world, const char *options, uint64_t ms)
{
    start(world, options, "--interval 0.7");
    world_run(world, 500);
    world->passes = passes_but_answers;
    cut = true;
    world_run(world, ms);
}

static void a_peer_that_talks_but_does_not_answer_is_said_to_do_so(void **state)
{
    struct world world;

    (void)state;
    start_with_one_that_talks(&world, "--schedule 1,2,4", 20000);
    assert_true(world_count(&world, INITIATOR, ", since the peer was heard, next wait ") >= 1);
    assert_int_equal(world_count(&world, INITIATOR, "the last sign of life, for the peer talks but does not answer\n"),
                     1);
    /* nobody is promised an end that evidence puts off */
    assert_in_range(world_count(&world, INITIATOR, "gives up in"), 0, 1);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
    start_with_one_that_talks(&world, "--json --schedule 1,2,4", 20000);
    assert_true(world_count(&world, INITIATOR, "\"cause\":\"evidence\"") >= 1);
    assert_int_equal(world_count(&world, INITIATOR, "\"heard_since_last_send\":true"), 1);
    (void)world_clear(&world);
}

/* The check that is sent again since the peer was heard is answered in the end. */
static void what_was_heard_during_one_check_does_not_matter_to_the_next(void **state)
{
    struct world world;
    size_t promised;

    (void)state;
    start_with_one_that_talks(&world, "--schedule 1,2,4", 5000);
    assert_true(world_count(&world, INITIATOR, ", since the peer was heard, next wait ") >= 1);
    cut = false;
    world_run(&world, 5000);
    assert_int_equal(world_count(&world, INITIATOR, "check 2 answered"), 1);
    promised = world_count(&world, INITIATOR, "gives up in 4 s");
    world.passes = passes_unless_cut;
    cut = true;
    world_run(&world, 5000);
    assert_int_equal(world_count(&world, INITIATOR, "gives up in 4 s"), promised + 1);
    (void)world_clear(&world);
}

static void a_peer_that_comes_back_in_time_is_recovered(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1,2,4 --count 5", "");
    world_run(&world, 500);
    cut = true;
    world_run(&world, 3000);
    cut = false;
    world_run(&world, 500);
    assert_int_equal(
        world_count(&world, INITIATOR, "check 2 answered: Message ID 3, 3000.000 ms after the first of 3 sends\n"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "recovered: the peer answers again"), 1);
    world_run(&world, 5000);
    assert_int_equal(world_tally(&world, INITIATOR)->answered, 5);
    /* of an answer to a repeated check nobody knows which send it is for */
    assert_int_equal(world_tally(&world, INITIATOR)->n, 4);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_gateway_that_closes_the_ike_sa_makes_the_exit_status_1(void **state)
{
    struct world world;

    (void)state;
    start(&world, "", "");
    world_run(&world, 1500);
    ikeping_interrupt(&world.ends[RESPONDER].ikeping, world.now);
    world_run(&world, 0);
    assert_int_equal(world_count(&world, INITIATOR, "down: deleted by peer"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "down: closed, the Delete was answered"), 1);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_true(ikeping_is_over(&world.ends[RESPONDER].ikeping));
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void a_peer_that_deletes_it_before_the_count_leaves_checks_unanswered(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--count 100", "");
    world_run(&world, 1500);
    ikeping_interrupt(&world.ends[RESPONDER].ikeping, world.now);
    world_run(&world, 0);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void an_interrupt_deletes_the_ike_sa(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--count 100", "");
    world_run(&world, 1500);
    ikeping_interrupt(initiator(&world), world.now);
    assert_false(ikeping_is_over(initiator(&world)));
    world_run(&world, 0);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_count(&world, INITIATOR, "down: closed, the Delete was answered"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "down: deleted by peer"), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_delete_that_is_not_answered_is_not_waited_for_long(void **state)
{
    struct world world;

    (void)state;
    start(&world, "", "");
    world_run(&world, 1500);
    cut = true;
    ikeping_interrupt(initiator(&world), world.now);
    world_run(&world, 1999);
    assert_false(ikeping_is_over(initiator(&world)));
    world_run(&world, 1);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_count(&world, INITIATOR, "down: closed, the Delete was not answered"), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

/* Only what was sent can be unanswered. */
static void a_delete_that_was_never_sent_is_not_called_unanswered(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--interval 0.5", "");
    world_run(&world, 400);
    cut = true;
    world_run(&world, 200);
    /* it waits behind the check that is outstanding */
    ikeping_interrupt(initiator(&world), world.now);
    world_run(&world, 2000);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_count(&world, INITIATOR, "down: closed, the Delete was not sent\n"), 1);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void json_says_of_a_delete_only_what_is_so(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--json --interval 0.5", "");
    world_run(&world, 400);
    cut = true;
    world_run(&world, 200);
    ikeping_interrupt(initiator(&world), world.now);
    world_run(&world, 2000);
    assert_int_equal(world_count(&world, INITIATOR, "\"reason\":\"closed\",\"delete_sent\":false,\"silence\""), 1);
    (void)world_clear(&world);
    start(&world, "--json", "");
    cut = true;
    ikeping_interrupt(initiator(&world), world.now);
    world_run(&world, 2000);
    assert_int_equal(world_count(&world, INITIATOR, "\"delete_sent\":true,\"delete_answered\":false,\"silence\""), 1);
    (void)world_clear(&world);
    start(&world, "--json", "");
    ikeping_interrupt(&world.ends[RESPONDER].ikeping, world.now);
    world_run(&world, 0);
    assert_int_equal(world_count(&world, INITIATOR, "\"reason\":\"deleted by peer\",\"silence\""), 1);
    (void)world_clear(&world);
}

static void a_second_interrupt_ends_it_at_once(void **state)
{
    struct world world;

    (void)state;
    start(&world, "", "");
    world_run(&world, 1500);
    cut = true;
    ikeping_interrupt(initiator(&world), world.now);
    assert_false(ikeping_is_over(initiator(&world)));
    ikeping_interrupt(initiator(&world), world.now);
    assert_true(ikeping_is_over(initiator(&world)));
    (void)world_clear(&world);
}

static void an_interrupt_while_a_check_is_unanswered_is_no_success(void **state)
{
    struct world world;

    (void)state;
    start(&world, "", "");
    world_run(&world, 500);
    cut = true;
    world_run(&world, 1000);
    ikeping_interrupt(initiator(&world), world.now);
    world_run(&world, 3000);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void a_responder_checks_peers_that_are_silent(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--interval 60", "--interval 2 --count 5");
    world_run(&world, 8500);
    assert_int_equal(world_count(&world, RESPONDER, "check 4 answered"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "the peer's liveness check was answered"), 4);
    world_run(&world, 2000);
    /* the fifth was the last */
    assert_true(ikeping_is_over(&world.ends[RESPONDER].ikeping));
    assert_int_equal(world_count(&world, INITIATOR, "down: deleted by peer"), 1);
    (void)world_clear(&world);
}

static void a_responder_goes_on_after_a_peer_was_declared_dead(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--interval 60", "--interval 2 --schedule 1x3");
    cut = true;
    world_run(&world, 5000);
    assert_int_equal(world_count(&world, RESPONDER, "down: timeout"), 1);
    assert_false(ikeping_is_over(&world.ends[RESPONDER].ikeping));
    assert_int_equal(world.ends[RESPONDER].ikeping.status, EXIT_DEAD);
    (void)world_clear(&world);
}

static void the_summary_says_what_was_counted(void **state)
{
    struct world world;
    struct report report;
    char *text;
    size_t len;

    (void)state;
    start(&world, "--count 4", "");
    world_run(&world, 5000);
    report = world.ends[INITIATOR].report;
    report.audible = report.out = open_memstream(&text, &len);
    report_summary(&report, "gateway", 1, world_tally(&world, INITIATOR));
    fclose(report.audible);
    assert_string_equal(text, "--- gateway\n"
                              "4 checks sent, 4 answered, 0 retransmissions; 0 of the peer's checks answered\n"
                              "lost 0 % of the checks, 0 % of their sends\n"
                              "round trip min/avg/max/stddev 0.000/0.000/0.000/0.000 ms\n"
                              "round trip p50/p95/p99 0.000/0.000/0.000 ms\n");
    free(text);
    (void)world_clear(&world);
}

static void json_is_an_object_a_line(void **state)
{
    struct world world;
    char *line, *rest;
    size_t n = 0;

    (void)state;
    start(&world, "--json --count 2 --schedule 1,2 --id quo\"te\\.example", "");
    world_run(&world, 1500);
    fflush(world.ends[INITIATOR].report.out);
    rest = world.ends[INITIATOR].text;
    for (line = strtok_r(rest, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        assert_int_equal(strncmp(line, "{\"event\":\"", 10), 0);
        assert_int_equal(line[strlen(line) - 1], '}');
        if (strstr(line, "\"event\":\"established\"") != NULL) {
            assert_non_null(strstr(line, "\"local_identity\":\"quo\\\"te\\\\x5c.example\""));
        }
        n++;
    }
    assert_int_equal(n, 5); /* established, two checks, closing, down */
    (void)world_clear(&world);
}

TESTS_OF(watch)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_goes_out_every_interval),
        cmocka_unit_test(with_a_count_it_ends_after_so_many),
        cmocka_unit_test(a_peer_that_is_gone_is_declared_dead_when_the_schedule_ends),
        cmocka_unit_test(a_check_whose_answer_is_overdue_is_sent_again_before_its_schedule),
        cmocka_unit_test(with_the_last_wait_trimmed_a_peer_that_is_gone_is_declared_dead_sooner),
        cmocka_unit_test(a_peer_that_talks_but_does_not_answer_is_said_to_do_so),
        cmocka_unit_test(what_was_heard_during_one_check_does_not_matter_to_the_next),
        cmocka_unit_test(a_peer_that_comes_back_in_time_is_recovered),
        cmocka_unit_test(a_gateway_that_closes_the_ike_sa_makes_the_exit_status_1),
        cmocka_unit_test(a_peer_that_deletes_it_before_the_count_leaves_checks_unanswered),
        cmocka_unit_test(an_interrupt_deletes_the_ike_sa),
        cmocka_unit_test(a_delete_that_is_not_answered_is_not_waited_for_long),
        cmocka_unit_test(a_delete_that_was_never_sent_is_not_called_unanswered),
        cmocka_unit_test(json_says_of_a_delete_only_what_is_so),
        cmocka_unit_test(a_second_interrupt_ends_it_at_once),
        cmocka_unit_test(an_interrupt_while_a_check_is_unanswered_is_no_success),
        cmocka_unit_test(a_responder_checks_peers_that_are_silent),
        cmocka_unit_test(a_responder_goes_on_after_a_peer_was_declared_dead),
        cmocka_unit_test(the_summary_says_what_was_counted),
        cmocka_unit_test(json_is_an_object_a_line),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
