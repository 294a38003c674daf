/* SPDX-License-Identifier: ISC */
/* ikeping gives tokens of quick crash detection and takes them, in both roles (RFC 6290). */
#include "world.h"

#include "support/test.h"

static bool has_token(struct world *world, int end)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    assert_int_equal(ikl_sa_query(world_session(world, end)->sa, &info), IKL_OK);
    return info.has_token;
}

static void an_end_has_the_token_of_the_other_when_both_want_it(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        struct world world;

        world_init(&world, i % 2 != 0 ? "--qcd" : "", i / 2 != 0 ? "--qcd" : "");
        world_connect(&world);
        world_run(&world, 1000);
        assert_true(has_token(&world, INITIATOR) == (i == 3));
        assert_true(has_token(&world, RESPONDER) == (i == 3));
        assert_int_equal(world_clear(&world), EXIT_ALIVE);
    }
}

static void assert_lost_by(int loser, int other)
{
    struct world world;

    world_init(&world, "--qcd --interval 5", "--qcd --interval 3");
    world_connect(&world);
    world_run(&world, 1000);
    ikl_sa_close(world_session(&world, loser)->sa, ikeping_now(&world.ends[loser].ikeping));
    world_run(&world, 6000);
    assert_int_equal(world_count(&world, other, "down: peer crashed"), 1);
    assert_int_equal(world_count(&world, other, "a token was shown"), 0);
    (void)world_clear(&world);
}

static void whoever_loses_its_ike_sa_shows_its_token(void **state)
{
    (void)state;
    assert_lost_by(RESPONDER, INITIATOR);
    assert_lost_by(INITIATOR, RESPONDER);
}

/* INVALID_IKE_SPI and a token of zeros, for the initiator's IKE SA. */
static void give_wrong_token(struct world *world)
{
    const struct ikl_sa *sa = world_session(world, INITIATOR)->sa;
    struct ikl_path path = world_path_back();
    struct ikl_header header = {.spi_i = ikl_sa_spi_i(sa),
                                .spi_r = ikl_sa_spi_r(sa),
                                .next_payload = IKL_PAYLOAD_NOTIFY,
                                .exchange_type = IKL_INFORMATIONAL,
                                .flags = IKL_FLAG_RESPONSE};
    static const uint8_t notifications[8 + 8 + IKL_MIN_TOKEN] = {IKL_PAYLOAD_NOTIFY,
                                                                 0,
                                                                 0,
                                                                 8,
                                                                 0,
                                                                 0,
                                                                 0,
                                                                 IKL_NOTIFY_INVALID_IKE_SPI,
                                                                 IKL_PAYLOAD_NONE,
                                                                 0,
                                                                 0,
                                                                 8 + IKL_MIN_TOKEN,
                                                                 IKL_PROTOCOL_IKE,
                                                                 0,
                                                                 IKL_NOTIFY_QUICK_CRASH_DETECTION >> 8,
                                                                 IKL_NOTIFY_QUICK_CRASH_DETECTION & 0xff};
    uint8_t octets[IKL_HEADER_LEN + sizeof(notifications)];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    ikl_header_write(&writer, &header);
    ikl_write_octets(&writer, notifications, sizeof(notifications));
    ikl_header_patch(&writer, 0, IKL_PAYLOAD_NOTIFY);
    world_give(world, INITIATOR, &path, octets, writer.len);
}

static void a_token_that_is_not_the_peers_is_reported_and_proves_nothing(void **state)
{
    static const struct {
        const char *options, *said;
    } rows[] = {{"--qcd", "a token was shown that is not the peer's"}, {"--qcd --json", "\"token_refused\""}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world world;

        world_init(&world, rows[i].options, "--qcd");
        world_connect(&world);
        world_run(&world, 1000);
        give_wrong_token(&world);
        give_wrong_token(&world);
        assert_int_equal(world_count(&world, INITIATOR, rows[i].said), 2);
        world_run(&world, 3000);
        assert_int_equal(world_count(&world, INITIATOR, "down"), 0);
        assert_int_equal(world_clear(&world), EXIT_ALIVE);
    }
}

TESTS_OF(crash)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_has_the_token_of_the_other_when_both_want_it),
        cmocka_unit_test(whoever_loses_its_ike_sa_shows_its_token),
        cmocka_unit_test(a_token_that_is_not_the_peers_is_reported_and_proves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
