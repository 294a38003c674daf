/* SPDX-License-Identifier: ISC */
/* ikeping's table of many gateways. */
#define _POSIX_C_SOURCE 200809L
#include "examples/ikeping/table.h"

#include "support/test.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

static bool cut; /* whatever belongs to the gateway 192.0.2.12 gets lost */

static bool passes_unless_cut(struct world *world, struct sent *sent)
{
    const struct ikl_address *gateway = sent->from == INITIATOR ? &sent->path.remote : &sent->path.local;

    (void)world;
    return !cut || gateway->ip[3] != 12;
}

static struct ikeping *initiator(struct world *world)
{
    return &world->ends[INITIATOR].ikeping;
}

/* 192.0.2.11 and so on; the last one has another identity than it must have. */
static void start(struct world *world, const char *options, uint8_t n)
{
    static struct identity wrong, any;

    world_init(world, options, "--interval 1000");
    cut = false;
    world->passes = passes_unless_cut;
    assert_true(identity_parse(&wrong, "c.example"));
    for (uint8_t i = 0; i < n; i++) {
        struct gateway_config gateway = world_gateway(world);

        gateway.plain.remote.ip[3] = gateway.encapsulated.remote.ip[3] = (uint8_t)(11 + i);
        gateway.remote_id = i == n - 1 ? &wrong : &any;
        assert_true(ikeping_connect(initiator(world), &gateway, world->now));
    }
}

/* What a terminal of this size shows. */
static void assert_shows(struct world *world, int rows, int columns, const char *wanted)
{
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    table_draw(out, initiator(world), (struct terminal_size){rows, columns});
    fclose(out);
    assert_string_equal(text, wanted);
    free(text);
}

#define HEADING "gateway               state        checks lost %    avg ms    p95 ms    max ms\033[K\n"

static void those_first_that_are_most_trouble(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1,1 --revive", 4);
    world_run(&world, 500);
    cut = true;
    world_run(&world, 1600);
    assert_shows(&world, 24, 150,
                 "\033[H4 gateways, 2 s: 1 failed, 0 down, 1 lost, 0 connecting, 2 up, 0 ended\033[K\n" HEADING
                 "192.0.2.14:500        failed            0    0.0     0.000     0.000     0.000  "
                 "the gateway has another identity than --remote-id: b.example\033[K\n"
                 "192.0.2.12:500        lost              2   50.0     0.000     0.000     0.000  "
                 "waiting, gives up in 0.9 s\033[K\n"
                 "192.0.2.11:500        up                3    0.0     0.000     0.000     0.000  \033[K\n"
                 "192.0.2.13:500        up                3    0.0     0.000     0.000     0.000  \033[K\033[J");
    world_run(&world, 3000);
    assert_shows(&world, 6, 60,
                 "\033[H4 gateways, 5 s: 1 failed, 1 down, 0 lost, 0 connecting, 2 \033[K\n"
                 "gateway               state        checks lost %    avg ms \033[K\n"
                 "192.0.2.14:500        failed            0    0.0     0.000 \033[K\n"
                 "192.0.2.12:500        down              2   50.0     0.000 \033[K\n"
                 "192.0.2.11:500        up                6    0.0     0.000 \033[K\n"
                 "and 1 more\033[K\033[J");
    (void)world_clear(&world);
}

static void a_terminal_with_hardly_a_row_shows_a_heading(void **state)
{
    struct world world;

    (void)state;
    start(&world, "", 2);
    for (int rows = 2; rows <= 3; rows++) {
        assert_shows(&world, rows, 11, "\033[H2 gateways\033[K\ngateway   \033[K\nand 2 more\033[K\033[J");
    }
    (void)world_clear(&world);
}

static void a_check_that_was_just_sent_is_not_lost(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1,1", 3);
    world_run(&world, 500);
    cut = true;
    world_run(&world, 600);
    assert_shows(&world, 24, 80,
                 "\033[H3 gateways, 1 s: 1 failed, 0 down, 0 lost, 0 connecting, 2 up, 0 ended\033[K\n" HEADING
                 "192.0.2.13:500        failed            0    0.0     0.000     0.000     0.000 \033[K\n"
                 "192.0.2.11:500        up                2    0.0     0.000     0.000     0.000 \033[K\n"
                 "192.0.2.12:500        up                2    0.0     0.000     0.000     0.000 \033[K\033[J");
    (void)world_clear(&world);
}

/* Drawn at most so often, and at once when the terminal has another size; not a word besides until it ends. */
static void it_is_drawn_in_place_of_all_else(void **state)
{
    struct world world;
    size_t drawn;

    (void)state;
    world_init(&world, "", "");
    world.ends[INITIATOR].report.terminal = world.ends[INITIATOR].report.table = true;
    world_connect(&world);
    world_run(&world, 10);
    assert_int_equal(world_count(&world, INITIATOR, "\033[?1049h\033[?25l\033[H"), 1);
    drawn = world_count(&world, INITIATOR, "\033[H");
    assert_int_equal(drawn, 1);
    world_run(&world, 1000);
    assert_in_range(world_count(&world, INITIATOR, "\033[H"), 6, 7);
    drawn = world_count(&world, INITIATOR, "\033[H");
    ikeping_redraw(initiator(&world), world.now);
    ikeping_turn(initiator(&world), world.now);
    assert_int_equal(world_count(&world, INITIATOR, "\033[H"), drawn + 1);
    ikeping_show_statistics(initiator(&world), world.now);
    (void)world_clear(&world);
}

TESTS_OF(table)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_first_that_are_most_trouble),
        cmocka_unit_test(a_terminal_with_hardly_a_row_shows_a_heading),
        cmocka_unit_test(a_check_that_was_just_sent_is_not_lost),
        cmocka_unit_test(it_is_drawn_in_place_of_all_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
