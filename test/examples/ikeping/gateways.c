/* SPDX-License-Identifier: ISC */
/* ikeping --file: many gateways in one run, each with an IKE SA, a tally and an end of its own. */
#define _POSIX_C_SOURCE 200809L
#include "examples/ikeping/metrics.h"
#include "world.h"

#include "support/test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint8_t cut; /* the gateway whose datagrams get lost: the last octet of its address; 0: none */

static bool passes_unless_cut(struct world *world, struct sent *sent)
{
    const struct ikl_address *gateway = sent->from == INITIATOR ? &sent->path.remote : &sent->path.local;

    (void)world;
    return cut == 0 || gateway->ip[3] != cut;
}

static struct ikeping *initiator(struct world *world)
{
    return &world->ends[INITIATOR].ikeping;
}

/* Adds the gateway 192.0.2.LAST; what it needs to be called is borrowed. */
static void add(struct world *world, uint8_t last, const struct identity *remote_id)
{
    struct gateway_config gateway = world_gateway(world);

    gateway.plain.remote.ip[3] = gateway.encapsulated.remote.ip[3] = last;
    gateway.remote_id = remote_id;
    assert_true(ikeping_connect(initiator(world), &gateway, world->now));
}

static const struct identity any;

static void start(struct world *world, const char *options)
{
    world_init(world, options, "--interval 1000");
    world->ends[INITIATOR].report.names_peers = true;
    cut = 0;
    world->passes = passes_unless_cut;
    for (uint8_t last = 11; last <= 13; last++) {
        add(world, last, &any);
    }
}

static const struct gateway *gateway(struct world *world, size_t n)
{
    const struct gateway *found = initiator(world)->gateways;

    while (n-- > 0) {
        found = found->next;
    }
    return found;
}

static void each_has_a_handshake_two_milliseconds_after_the_one_before(void **state)
{
    struct world world;

    (void)state;
    start(&world, "");
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 1);
    world_run(&world, 1);
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 1);
    assert_int_equal(gateway_state(gateway(&world, 1)), GATEWAY_CONNECTING);
    world_run(&world, 1);
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 2);
    world_run(&world, 2);
    assert_int_equal(world_count(&world, INITIATOR, "    0.000  192.0.2.11:500  established as "), 1);
    assert_int_equal(world_count(&world, INITIATOR, "    0.002  192.0.2.12:500  established as "), 1);
    assert_int_equal(world_count(&world, INITIATOR, "    0.004  192.0.2.13:500  established as "), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void each_ends_after_its_own_checks(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--count 3 --schedule 1x10");
    world_run(&world, 500);
    cut = 12;
    world_run(&world, 2000);
    assert_int_equal(gateway(&world, 0)->tally.answered, 3);
    assert_int_equal(gateway(&world, 1)->tally.answered, 1);
    assert_int_equal(world_count(&world, INITIATOR, "192.0.2.11:500  down: closed, the Delete was answered"), 1);
    assert_int_equal(gateway_state(gateway(&world, 0)), GATEWAY_ENDED);
    assert_int_equal(gateway_state(gateway(&world, 1)), GATEWAY_LOST);
    assert_false(ikeping_is_over(initiator(&world)));
    cut = 0;
    world_run(&world, 2000);
    assert_int_equal(gateway(&world, 1)->tally.answered, 3);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void one_that_goes_down_ends_no_other(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1,1");
    world_run(&world, 500);
    cut = 13;
    world_run(&world, 4000);
    assert_int_equal(world_count(&world, INITIATOR, "192.0.2.13:500  down: timeout"), 1);
    assert_int_equal(gateway_state(gateway(&world, 2)), GATEWAY_DOWN);
    assert_int_equal(gateway_state(gateway(&world, 0)), GATEWAY_UP);
    assert_int_equal(gateway(&world, 0)->tally.answered, 5);
    assert_false(ikeping_is_over(initiator(&world)));
    ikeping_interrupt(initiator(&world), world.now);
    world_run(&world, 100);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void each_is_connected_to_again_by_itself(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1,1 --revive");
    world_run(&world, 500);
    cut = 12;
    world_run(&world, 4000);
    assert_int_equal(world_count(&world, INITIATOR, "192.0.2.12:500  connecting again, attempt 1\n"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "connecting again, attempt 1\n"), 1);
    assert_int_equal(gateway_state(gateway(&world, 1)), GATEWAY_DOWN);
    cut = 0;
    world_run(&world, 20000);
    assert_int_equal(world_count(&world, INITIATOR, "192.0.2.12:500  up again: "), 1);
    assert_int_equal(gateway_state(gateway(&world, 1)), GATEWAY_UP);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void each_may_have_an_identity_that_it_must_have(void **state)
{
    struct world world;
    struct identity right, wrong;

    (void)state;
    assert_true(identity_parse(&right, "b.example") && identity_parse(&wrong, "c.example"));
    start(&world, "");
    add(&world, 14, &right);
    add(&world, 15, &wrong);
    world_run(&world, 1000);
    assert_int_equal(gateway_state(gateway(&world, 3)), GATEWAY_UP);
    assert_int_equal(gateway_state(gateway(&world, 4)), GATEWAY_FAILED);
    assert_int_equal(world_count(&world, INITIATOR, "192.0.2.15:500  could not establish an IKE SA: "), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void one_without_a_way_to_it_is_said_and_the_others_go_on(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--count 1");
    ikeping_cannot_connect(initiator(&world), "nowhere.example", "no such name", world.now);
    world_run(&world, 1000);
    assert_int_equal(world_count(&world, INITIATOR, "nowhere.example  could not establish an IKE SA: no such name\n"),
                     1);
    assert_int_equal(world_count(&world, INITIATOR, "established as "), 3);
    assert_int_equal(ikeping_close(initiator(&world), "*"), EXIT_NOT_ESTABLISHED);
    assert_int_equal(world_count(&world, INITIATOR, " 0 checks sent, 0 answered, 0 retransmissions; no such name\n"),
                     1);
    assert_true(ikeping_open(initiator(&world), world.now));
    (void)world_clear(&world);
}

static void one_without_a_way_to_it_is_counted_among_the_others(void **state)
{
    struct world world;
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    start(&world, "--revive");
    ikeping_cannot_connect(initiator(&world), "\"no\\where\"", "no such name", world.now);
    world_run(&world, 1000);
    assert_int_equal(initiator(&world)->n_gateways, 4);
    assert_int_equal(gateway_state(gateway(&world, 3)), GATEWAY_FAILED);
    assert_string_equal(gateway(&world, 3)->why, "no such name");
    assert_true(metrics_write(out, initiator(&world)));
    fclose(out);
    assert_non_null(strstr(text, "\nikeping_gateway_up{number=\"4\",gateway=\"\\\"no\\\\where\\\"\"} 0\n"));
    free(text);
    ikeping_interrupt(initiator(&world), world.now);
    world_run(&world, 100);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void one_without_a_way_to_it_is_asked_nothing_with_init(void **state)
{
    struct world world;

    (void)state;
    world_init_without_credentials(&world, "--init --count 2 --interval 0.1", "");
    ikeping_cannot_connect(initiator(&world), "nowhere.example", "no such name", world.now);
    world_run(&world, 1000);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 0);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void the_end_counts_them_all_and_begins_with_the_worst(void **state)
{
    struct world world;
    const struct gateway **ranked;
    char *text, *at;
    size_t len;

    (void)state;
    start(&world, "--schedule 1,1 --count 4");
    world_run(&world, 500);
    cut = 13;
    world_run(&world, 6000);
    ranked = gateway_rank(initiator(&world));
    assert_ptr_equal(ranked[0], gateway(&world, 2));
    assert_ptr_equal(ranked[1], gateway(&world, 0));
    assert_ptr_equal(ranked[2], gateway(&world, 1));
    free(ranked);
    world.ends[INITIATOR].report.audible = open_memstream(&text, &len);
    assert_int_equal(ikeping_close(initiator(&world), "*"), EXIT_DEAD);
    fclose(world.ends[INITIATOR].report.audible);
    world.ends[INITIATOR].report.audible = world.ends[INITIATOR].report.out;
    at = strstr(text, "192.0.2.13:500        down       2 checks sent, 1 answered, 1 retransmissions; ");
    assert_ptr_equal(at, text);
    assert_non_null(strstr(at, " ms; timeout\n192.0.2.11:500 "));
    at = strstr(at, "192.0.2.11:500        ended      4 checks sent, 4 answered, 0 retransmissions; ");
    assert_non_null(at);
    at = strstr(at, "192.0.2.12:500        ended      4 ");
    assert_non_null(at);
    assert_non_null(strstr(at, "--- 3 gateways\n10 checks sent, 9 answered, 1 retransmissions; "));
    free(text);
    assert_true(ikeping_open(initiator(&world), world.now));
    (void)world_clear(&world);
}

static void metrics_have_the_library_s_figures_and_those_of_each(void **state)
{
    struct world world;
    char *text, *at;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    (void)state;
    start(&world, "--schedule 1,1");
    world_run(&world, 500);
    cut = 12;
    world_run(&world, 1700);
    assert_true(metrics_write(out, initiator(&world)));
    fclose(out);
    at = strstr(text, "# TYPE ikelive_sas gauge\n");
    assert_ptr_equal(at, text);
    at = strstr(at, "\nikelive_sas 3\n");
    assert_non_null(at);
    at = strstr(at, "# TYPE ikeping_gateway_up gauge\n"
                    "# HELP ikeping_gateway_up Whether there is an IKE SA and no check is overdue.\n"
                    "ikeping_gateway_up{number=\"1\",gateway=\"192.0.2.11:500\"} 1\n"
                    "ikeping_gateway_up{number=\"2\",gateway=\"192.0.2.12:500\"} 0\n"
                    "ikeping_gateway_up{number=\"3\",gateway=\"192.0.2.13:500\"} 1\n"
                    "# TYPE ikeping_gateway_checks_sent counter\n");
    assert_non_null(at);
    assert_non_null(strstr(at, "\nikeping_gateway_checks_sent_total{number=\"2\",gateway=\"192.0.2.12:500\"} 2\n"));
    assert_non_null(strstr(at, "\nikeping_gateway_checks_answered_total{number=\"2\",gateway=\"192.0.2.12:500\"} 1\n"));
    assert_non_null(strstr(at, "\nikeping_gateway_retransmissions_total{number=\"2\",gateway=\"192.0.2.12:500\"} 1\n"));
    assert_string_equal(strstr(text, "# EOF"), "# EOF\n");
    free(text);
    (void)world_clear(&world);
}

static void an_interrupt_ends_those_that_have_not_begun(void **state)
{
    struct world world;

    (void)state;
    start(&world, "");
    ikeping_interrupt(initiator(&world), world.now);
    world_run(&world, 5000);
    assert_true(ikeping_is_over(initiator(&world)));
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 1);
    (void)world_clear(&world);
}

static void a_tally_adds_up_as_if_all_had_been_counted_in_it(void **state)
{
    static const double times[] = {2, 4, 4, 4, 5, 5, 7, 9, 0.25, 1000};
    struct tally whole = {.n = 0}, parts[3] = {{.sent = 3, .answered = 2}, {.sent = 4, .retransmissions = 1}, {.n = 0}};
    struct tally sum = {.n = 0};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        tally_add_round_trip(&whole, times[i]);
        tally_add_round_trip(&parts[i % 2], times[i]);
    }
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        tally_add(&sum, &parts[i]);
    }
    assert_true(sum.n == whole.n && sum.least == whole.least && sum.most == whole.most);
    assert_true(fabs(sum.mean - whole.mean) < 1e-9);
    assert_true(fabs(tally_deviation(&sum) - tally_deviation(&whole)) < 1e-9);
    assert_memory_equal(sum.classes, whole.classes, sizeof(sum.classes));
    assert_true(sum.sent == 7 && sum.answered == 2 && sum.retransmissions == 1);
}

static struct timers timers;
static struct timer *expired[8];
static size_t n_expired;

static void note(void *owner)
{
    expired[n_expired++] = owner;
}

/* Runs again at once, and adds another one. */
static void restart(void *owner)
{
    static struct timer more;

    note(owner);
    if (n_expired == 1) {
        assert_true(timers_add(&timers, &more, note, &more));
        timers_set(&timers, &more, 10);
        timers_set(&timers, owner, 10);
    }
}

static void timers_expire_in_order_and_their_numbers_are_used_again(void **state)
{
    struct timer all[40];

    (void)state;
    assert_true(timers_open(&timers, 0));
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        assert_true(timers_add(&timers, &all[i], note, &all[i]));
        assert_int_equal(all[i].number, i);
    }
    n_expired = 0;
    timers_set(&timers, &all[20], 7);
    timers_set(&timers, &all[3], 5);
    timers_set(&timers, &all[4], 6);
    timers_set(&timers, &all[4], IKL_NEVER);
    assert_int_equal(timers_deadline(&timers), 5);
    timers_run(&timers, 4);
    assert_int_equal(n_expired, 0);
    timers_run(&timers, 7);
    assert_int_equal(n_expired, 2);
    assert_ptr_equal(expired[0], &all[3]);
    assert_ptr_equal(expired[1], &all[20]);
    timers_set(&timers, &all[7], 8);
    timers_remove(&timers, &all[7]);
    timers_run(&timers, 9);
    assert_int_equal(n_expired, 2);
    n_expired = 0;
    assert_true(timers_add(&timers, &all[7], restart, &all[7]));
    assert_int_equal(all[7].number, 7);
    timers_set(&timers, &all[7], 10);
    timers_run(&timers, 10);
    assert_int_equal(n_expired, 3);
    assert_int_equal(timers_deadline(&timers), IKL_NEVER);
    timers_close(&timers);
}

TESTS_OF(gateways)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_has_a_handshake_two_milliseconds_after_the_one_before),
        cmocka_unit_test(each_ends_after_its_own_checks),
        cmocka_unit_test(one_that_goes_down_ends_no_other),
        cmocka_unit_test(each_is_connected_to_again_by_itself),
        cmocka_unit_test(each_may_have_an_identity_that_it_must_have),
        cmocka_unit_test(one_without_a_way_to_it_is_said_and_the_others_go_on),
        cmocka_unit_test(one_without_a_way_to_it_is_counted_among_the_others),
        cmocka_unit_test(one_without_a_way_to_it_is_asked_nothing_with_init),
        cmocka_unit_test(the_end_counts_them_all_and_begins_with_the_worst),
        cmocka_unit_test(metrics_have_the_library_s_figures_and_those_of_each),
        cmocka_unit_test(an_interrupt_ends_those_that_have_not_begun),
        cmocka_unit_test(a_tally_adds_up_as_if_all_had_been_counted_in_it),
        cmocka_unit_test(timers_expire_in_order_and_their_numbers_are_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
