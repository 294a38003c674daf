/* SPDX-License-Identifier: ISC */
/* ikeping makes its IKE_SA_INIT request again, when a gateway asks for it or somebody pretends to be one, and signs the
 * request that was answered (RFC 7296 §2.6, §2.7, §2.15). */
#include "world.h"

#include "support/test.h"

static const char established[] = "established as ";

static void forge_cookie(struct world *world, uint8_t number)
{
    struct ikl_path path = world_path_back();
    const uint8_t cookie[16] = {number};

    world_forge(world, &path, IKL_NOTIFY_COOKIE, (struct ikl_octets){cookie, sizeof(cookie)});
}

static void assert_established(struct world *world)
{
    assert_int_equal(world_count(world, INITIATOR, established), 1);
    assert_int_equal(world_count(world, RESPONDER, established), 1);
    world_run(world, 3000);
    assert_true(world_tally(world, INITIATOR)->answered >= 3);
}

static void nobody_can_make_it_restart_for_ever(void **state)
{
    struct ikl_path path = world_path_back();
    uint8_t cookie[16] = {1};
    struct world world;

    (void)state;
    world_init(&world, "--schedule 1x3", "");
    world_connect(&world);
    for (size_t i = 0; i < 50; i++) {
        cookie[0]++;
        world_forge(&world, &path, IKL_NOTIFY_COOKIE, (struct ikl_octets){cookie, sizeof(cookie)});
    }
    assert_in_range(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 2, 10);
    (void)world_clear(&world);
}

static bool loses_requests; /* IKE_SA_INIT requests after the first `arriving` */
static size_t arriving;

static bool loses_later_requests(struct world *world, struct sent *sent)
{
    size_t n = 0;

    for (size_t i = 0; i < world->n_delivered; i++) {
        n += world->sent[i].from == INITIATOR && world->sent[i].octets[18] == IKL_IKE_SA_INIT ? 1 : 0;
    }
    return !loses_requests || sent->from == RESPONDER || sent->octets[18] != IKL_IKE_SA_INIT || n <= arriving;
}

static void start(struct world *world, const char *options, size_t arrive)
{
    world_init(world, options, "");
    world->passes = loses_later_requests;
    loses_requests = true;
    arriving = arrive;
    world_connect(world);
}

/* The gateway has answered the request with the first cookie; the one with the second is lost. */
static void a_second_other_cookie_does_not_make_it_sign_the_wrong_request(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1x5", 2);
    world.n_delivered = 1; /* the first request is lost */
    arriving = 2;
    forge_cookie(&world, 1);
    forge_cookie(&world, 2);
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 3);
    world_run(&world, 0);
    assert_established(&world);
    assert_int_equal(world_count(&world, INITIATOR, "once more"), 0);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_late_duplicate_of_a_cookie_is_ignored(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1x5", 9);
    world.n_delivered = 1;
    forge_cookie(&world, 1);
    forge_cookie(&world, 1);
    forge_cookie(&world, 1);
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 2);
    world_run(&world, 0);
    assert_established(&world);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

/* The gateway has answered the request without a cookie. */
static void a_forged_cookie_costs_a_second_beginning_at_most(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1x5", 1);
    forge_cookie(&world, 1);
    world_deliver(&world);
    assert_int_equal(world_count(&world, INITIATOR, "false cookie: once more"), 1);
    loses_requests = false;
    world_run(&world, 1000);
    assert_established(&world);
    assert_int_equal(world_count(&world, INITIATOR, "could not establish"), 0);
    assert_int_equal(world_session(&world, INITIATOR)->n_sas, 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_secret_that_is_wrong_is_not_tried_for_ever(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--schedule 1x5", 1);
    world.ends[INITIATOR].credentials.psk[0] ^= 1;
    forge_cookie(&world, 1);
    world_deliver(&world);
    loses_requests = false;
    forge_cookie(&world, 1);
    world_run(&world, 5000);
    assert_int_equal(world_count(&world, INITIATOR, "once more"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "the gateway says AUTHENTICATION_FAILED"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
    /* without a cookie there is nothing to guess */
    world_init(&world, "", "");
    world.ends[INITIATOR].credentials.psk[0] ^= 1;
    world_connect(&world);
    world_run(&world, 1000);
    assert_int_equal(world_count(&world, INITIATOR, "once more"), 0);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

/* Somebody asks for another method of ours before the gateway's own answer to the first request. */
static void a_forged_wish_for_another_method_does_not_keep_the_real_answer_from_being_taken(void **state)
{
    static const uint8_t ecp_256[] = {0, DH_ECP_256};
    struct ikl_path path = world_path_back();
    struct world world;

    (void)state;
    if (!dh_group_available(DH_ECP_256)) {
        skip();
    }
    start(&world, "--schedule 1x5 --proposal chacha20poly1305-prfsha256-x25519,chacha20poly1305-prfsha256-ecp256", 1);
    world_forge(&world, &path, IKL_NOTIFY_INVALID_KE_PAYLOAD, (struct ikl_octets){ecp_256, sizeof(ecp_256)});
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 2);
    world_run(&world, 0);
    assert_established(&world);
    assert_int_equal(world_count(&world, INITIATOR, "chacha20poly1305-prfsha256-x25519"), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

TESTS_OF(restarts)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_can_make_it_restart_for_ever),
        cmocka_unit_test(a_second_other_cookie_does_not_make_it_sign_the_wrong_request),
        cmocka_unit_test(a_late_duplicate_of_a_cookie_is_ignored),
        cmocka_unit_test(a_forged_cookie_costs_a_second_beginning_at_most),
        cmocka_unit_test(a_secret_that_is_wrong_is_not_tried_for_ever),
        cmocka_unit_test(a_forged_wish_for_another_method_does_not_keep_the_real_answer_from_being_taken),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
