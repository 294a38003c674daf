/* SPDX-License-Identifier: ISC */
/* ikeping --mobike: an IKE SA moves with its addresses (RFC 4555). */
#define _POSIX_C_SOURCE 200809L
#include "world.h"

#include "support/test.h"

#include <string.h>

/* The network: addresses are 192.0.2.N. */
static struct {
    uint8_t ours[2]; /* of the initiator, by preference */
    unsigned n_ours;
    uint8_t net;        /* our addresses begin with this octet */
    uint8_t cut_ours;   /* nothing goes from or to this address; 0: none */
    uint8_t cut_theirs; /* likewise of the responder's */
    bool silent;        /* the responder's answers get lost */
    uint8_t spoof;      /* what the initiator sends comes from here; 0: from where it is */
    uint8_t theirs;     /* what the responder sends comes from here; 0: likewise */
} net;

static bool locate(void *user, unsigned n, const struct ikl_address *remote, bool encapsulated, struct ikl_path *out)
{
    (void)user;
    if (n >= net.n_ours) {
        return false;
    }
    *out = world_path(encapsulated);
    out->local.ip[0] = net.net;
    out->local.ip[3] = net.ours[n];
    out->remote = *remote;
    return true;
}

static bool is_ours(uint8_t last)
{
    return last == net.ours[0] || (net.n_ours == 2 && last == net.ours[1]) || last == net.spoof;
}

static bool passes(struct world *world, struct sent *sent)
{
    bool by_us = sent->from == INITIATOR;
    uint8_t ours, theirs;

    if (by_us && net.spoof != 0) {
        sent->path.local.ip[3] = net.spoof;
    }
    if (!by_us && net.theirs != 0) {
        sent->path.local.ip[3] = net.theirs;
    }
    ours = by_us ? sent->path.local.ip[3] : sent->path.remote.ip[3];
    theirs = by_us ? sent->path.remote.ip[3] : sent->path.local.ip[3];
    return ours != net.cut_ours && theirs != net.cut_theirs && (is_ours(ours) || world->behind_nat) &&
           (by_us || !net.silent);
}

static void start_along(struct world *world, uint8_t first, const char *options, const char *responder_options)
{
    struct ikl_path plain = world_path(false), encapsulated = world_path(true);

    memset(&net, 0, sizeof(net));
    net.net = 192;
    net.ours[0] = first;
    net.n_ours = 1;
    world_init(world, options, responder_options);
    world->ends[INITIATOR].ikeping.locate = locate;
    world->passes = passes;
    plain.local.ip[3] = encapsulated.local.ip[3] = first;
    world_connect_along(world, &plain, &encapsulated);
    world_run(world, 500);
}

static void start(struct world *world, const char *options, const char *responder_options)
{
    start_along(world, 1, options, responder_options);
}

static size_t says(const struct world *world, const char *text)
{
    return world_count(world, INITIATOR, text);
}

static const struct ikl_path *path_of(struct world *world, int end)
{
    return ikl_sa_path(world_session(world, end)->sa);
}

static const char moves[] = "  we move: from 192.0.2.7:";
static const char known[] = "  the peer knows where we are: ";

static void who_has_another_address_says_so_and_checks_go_on(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --interval 1", "--mobike");
    assert_int_equal(says(&world, "  MOBIKE: addresses may change\n"), 1);
    net.ours[0] = 7;
    world_run(&world, 3000);
    assert_int_equal(says(&world, moves), 1);
    assert_int_equal(says(&world, known), 1);
    assert_int_equal(world_count(&world, RESPONDER, "  moved: the peer is at 192.0.2.7:"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "  the peer answers where it is now: 192.0.2.7:"), 1);
    assert_int_equal(path_of(&world, INITIATOR)->local.ip[3], 7);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[3], 7);
    assert_int_equal(world_tally(&world, INITIATOR)->answered, 4);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void both_sides_have_to_agree(void **state)
{
    static const char *const options[][2] = {{"--mobike --interval 1", ""}, {"--interval 1", "--mobike"}};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct world world;

        start(&world, options[i][0], options[i][1]);
        assert_int_equal(world_count(&world, i, "  the peer has no MOBIKE: addresses have to stay\n"), 1);
        assert_int_equal(says(&world, "MOBIKE: addresses may"), 0);
        net.ours[0] = 7;
        world_run(&world, 3000);
        assert_int_equal(says(&world, "we move"), 0);
        (void)world_clear(&world);
    }
}

static void after_a_rekey_it_moves_as_well(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --interval 1 --rekey 1.2", "--mobike");
    world_run(&world, 1000);
    assert_int_equal(says(&world, "rekeyed by us"), 1);
    net.ours[0] = 7;
    world_run(&world, 3000);
    assert_int_equal(says(&world, known), 1);
    assert_int_equal(says(&world, "down"), 0);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[3], 7);
    (void)world_clear(&world);
}

static void who_authenticates_again_begins_at_the_new_address(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --interval 1 --reauth 4", "--mobike");
    net.ours[0] = 7;
    world_run(&world, 5000);
    assert_int_equal(says(&world, "authenticated again"), 1);
    assert_int_equal(says(&world, moves), 1);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[3], 7);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void when_nothing_comes_through_another_address_of_ours_is_tried(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --local 192.0.2.1,192.0.2.7 --interval 1 --schedule 0.5x8", "--mobike");
    assert_int_equal(world_count(&world, RESPONDER, "MOBIKE: addresses may change; the peer is at 192.0.2.7 too\n"), 1);
    net.ours[1] = 7;
    net.n_ours = 2;
    net.cut_ours = 1;
    world_run(&world, 4000);
    assert_int_equal(says(&world, moves), 1);
    assert_int_equal(says(&world, "we move"), 1);
    assert_int_equal(says(&world, known), 1);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[3], 7);
    assert_true(world_tally(&world, INITIATOR)->answered >= 3);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void when_nothing_comes_through_another_address_of_the_peers_is_tried(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --interval 1 --schedule 0.5x8", "--mobike --local 192.0.2.3,2001:db8::3");
    assert_int_equal(says(&world, "MOBIKE: addresses may change; the peer is at 192.0.2.3, 2001:db8::3 too\n"), 1);
    net.cut_theirs = 2;
    world_run(&world, 4000);
    assert_int_equal(says(&world, "  we move: from 192.0.2.1:"), 1);
    assert_int_equal(says(&world, known), 1);
    assert_int_equal(path_of(&world, INITIATOR)->remote.ip[3], 3);
    assert_int_equal(path_of(&world, RESPONDER)->local.ip[3], 3);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

/* Each pair of addresses has three sends, then the first one has the schedule to its end. */
static void a_gateway_that_is_silent_everywhere_is_declared_dead(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --local 192.0.2.1,192.0.2.7 --interval 1 --schedule 0.5x8", "--mobike --local 192.0.2.3");
    net.ours[1] = 7;
    net.n_ours = 2;
    net.silent = true;
    world_run(&world, 9000);
    assert_int_equal(says(&world, "we move"), 4);
    assert_int_equal(says(&world, "we move: from 192.0.2.1:"), 2);
    assert_int_equal(says(&world, "down: timeout"), 1);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void who_moves_again_meanwhile_says_so_again(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --interval 1 --schedule 0.4x20", "--mobike");
    net.ours[0] = 7;
    net.silent = true;
    world_run(&world, 700);
    net.ours[0] = 8;
    world_run(&world, 600);
    net.silent = false;
    world_run(&world, 2000);
    assert_int_equal(says(&world, "we move"), 2);
    assert_int_equal(says(&world, known), 1);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[3], 8);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

/* Only what has seen the question can answer it. */
static void an_answer_without_our_cookie_ends_the_ike_sa(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --interval 1", "--mobike");
    world_session(&world, RESPONDER)->mobike.agreed = false;
    net.ours[0] = 7;
    world_run(&world, 2000);
    assert_int_equal(says(&world, "  down: closed, the answer to our COOKIE2 has another one, or none\n"), 1);
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

static void an_address_that_the_gateway_does_not_want_is_left_again(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --interval 1", "--mobike");
    net.net = 224;
    net.ours[0] = 1; /* which still works, unlike what the system says */
    world_run(&world, 1000);
    assert_int_equal(
        says(&world, "the peer does not take our addresses: the gateway says UNACCEPTABLE_ADDRESSES: it does not want"),
        1);
    assert_int_equal(path_of(&world, INITIATOR)->local.ip[0], 192);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[0], 192);
    net.net = 192;
    world_run(&world, 2000);
    assert_int_equal(says(&world, "we move"), 2); /* there and back */
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

/* As where neither can detect a NAT. */
static void start_without_nat_detection(struct world *world)
{
    start(world, "--mobike --interval 1", "--mobike");
    world_session(world, INITIATOR)->mobike.nat_detection = false;
    world_session(world, RESPONDER)->mobike.nat_detection = false;
}

static void without_nat_detection_there_must_be_no_nat(void **state)
{
    struct world world;

    (void)state;
    start_without_nat_detection(&world);
    net.ours[0] = 7;
    world_run(&world, 1000);
    assert_int_equal(says(&world, known), 1);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[3], 7);
    (void)world_clear(&world);
    /* one that is there all the same is noticed by three requests, of which an attacker might have changed one */
    start_without_nat_detection(&world);
    world.behind_nat = true;
    net.ours[0] = 7;
    world_run(&world, 1000);
    assert_int_equal(says(&world, known), 0);
    assert_int_equal(says(&world, "the peer does not take our addresses: the gateway says UNEXPECTED_NAT_DETECTED"), 1);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[3], 1);
    (void)world_clear(&world);
}

static void a_peer_is_only_where_it_says_that_it_is(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --interval 1", "--mobike");
    net.spoof = 9;
    world_run(&world, 2000);
    assert_int_equal(path_of(&world, RESPONDER)->remote.ip[3], 1);
    assert_int_equal(world_count(&world, RESPONDER, "moved"), 0);
    assert_int_equal(world_tally(&world, INITIATOR)->answered, 3);
    (void)world_clear(&world);
}

static void a_gateway_that_leaves_its_address_is_gone_after(void **state)
{
    static const uint8_t there[] = {192, 0, 2, 3}, elsewhere[] = {192, 0, 2, 2};
    struct world world;

    (void)state;
    start(&world, "--mobike --interval 1", "--mobike");
    /* it is where we send to, and elsewhere too */
    world_notify(&world, RESPONDER, IKL_NOTIFY_ADDITIONAL_IP4_ADDRESS, (struct ikl_octets){there, sizeof(there)});
    world_run(&world, 100);
    assert_int_equal(world_session(&world, INITIATOR)->mobike.n_additional, 1);
    assert_int_equal(says(&world, "we move"), 0);
    net.theirs = 3;
    world_notify(&world, RESPONDER, IKL_NOTIFY_ADDITIONAL_IP4_ADDRESS,
                 (struct ikl_octets){elsewhere, sizeof(elsewhere)});
    world_run(&world, 100);
    assert_int_equal(says(&world, "we move"), 0);
    /* it is not any more */
    world_notify(&world, RESPONDER, IKL_NOTIFY_NO_ADDITIONAL_ADDRESSES, (struct ikl_octets){NULL, 0});
    world_run(&world, 100);
    assert_int_equal(says(&world, "we move: from 192.0.2.1:"), 1);
    assert_int_equal(path_of(&world, INITIATOR)->remote.ip[3], 3);
    assert_int_equal(world_session(&world, INITIATOR)->mobike.n_additional, 0);
    assert_int_equal(says(&world, known), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void who_has_no_address_left_stays_and_waits(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --interval 1 --schedule 0.5x8", "--mobike");
    net.n_ours = 0;
    net.ours[0] = 0;
    world_run(&world, 1500);
    assert_int_equal(says(&world, "we move"), 0);
    net.n_ours = 1;
    net.ours[0] = 7;
    world_run(&world, 2000);
    assert_int_equal(says(&world, moves), 1);
    assert_int_equal(says(&world, known), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void json_tells_of_it(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--mobike --interval 1 --json", "--mobike --json");
    net.ours[0] = 7;
    world_run(&world, 2000);
    assert_int_equal(says(&world, "{\"event\":\"mobike\","), 1);
    assert_int_equal(says(&world, "{\"event\":\"moving\","), 1);
    assert_int_equal(says(&world, "{\"event\":\"updated\","), 1);
    assert_int_equal(world_count(&world, RESPONDER, "{\"event\":\"routable\","), 1);
    (void)world_clear(&world);
}

TESTS_OF(mobike)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_another_address_says_so_and_checks_go_on),
        cmocka_unit_test(both_sides_have_to_agree),
        cmocka_unit_test(after_a_rekey_it_moves_as_well),
        cmocka_unit_test(who_authenticates_again_begins_at_the_new_address),
        cmocka_unit_test(when_nothing_comes_through_another_address_of_ours_is_tried),
        cmocka_unit_test(when_nothing_comes_through_another_address_of_the_peers_is_tried),
        cmocka_unit_test(a_gateway_that_is_silent_everywhere_is_declared_dead),
        cmocka_unit_test(who_moves_again_meanwhile_says_so_again),
        cmocka_unit_test(an_answer_without_our_cookie_ends_the_ike_sa),
        cmocka_unit_test(an_address_that_the_gateway_does_not_want_is_left_again),
        cmocka_unit_test(without_nat_detection_there_must_be_no_nat),
        cmocka_unit_test(a_peer_is_only_where_it_says_that_it_is),
        cmocka_unit_test(a_gateway_that_leaves_its_address_is_gone_after),
        cmocka_unit_test(who_has_no_address_left_stays_and_waits),
        cmocka_unit_test(json_tells_of_it),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
