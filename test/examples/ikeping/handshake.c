/* SPDX-License-Identifier: ISC */
/* ikeping establishes IKE SAs: with every proposal and both kinds of credentials, through losses, NATs, cookies and
 * messages that anybody may have made. */
#include "world.h"

#include "support/test.h"

static const char established[] = "established as ", failed[] = "could not establish";

static void assert_established(struct world *world)
{
    assert_int_equal(world_count(world, INITIATOR, established), 1);
    assert_int_equal(world_count(world, RESPONDER, established), 1);
    assert_int_equal(world_session(world, INITIATOR)->phase, SESSION_ESTABLISHED);
    assert_int_equal(world_session(world, RESPONDER)->phase, SESSION_ESTABLISHED);
}

static void every_proposal_is_established_and_checked(void **state)
{
    struct proposal_list list;
    char name[PROPOSAL_NAME_SIZE], options[40 + PROPOSAL_NAME_SIZE];
    struct world world;

    (void)state;
    proposals_default(&list);
    assert_true(list.n >= 1);
    for (size_t i = 0; i < list.n; i++) {
        proposal_name(&list.proposals[i], name, sizeof(name));
        (void)snprintf(options, sizeof(options), "--count 3 --proposal %s", name);
        world_init(&world, options, "");
        world_connect(&world);
        world_run(&world, 0);
        assert_established(&world);
        assert_int_equal(world_count(&world, INITIATOR, name), 1);
        world_run(&world, 5000);
        assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
        assert_int_equal(world_count(&world, INITIATOR, "check 3 answered"), 1);
        assert_int_equal(world_count(&world, INITIATOR, "down: closed, the Delete was answered"), 1);
        assert_int_equal(world_count(&world, RESPONDER, "the peer's liveness check was answered"), 3);
        assert_int_equal(world_count(&world, RESPONDER, "down: deleted by peer"), 1);
        assert_int_equal(world_clear(&world), EXIT_ALIVE);
    }
}

static void ed25519_keys_prove_both_identities(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--remote-id b.example", "--remote-id a.example");
    world_use_ed25519(&world);
    world_connect(&world);
    world_run(&world, 0);
    assert_established(&world);
    assert_int_equal(world_count(&world, INITIATOR, "as a.example with b.example"), 1);
    assert_int_equal(world_count(&world, INITIATOR, ", Ed25519,"), 1);
    (void)world_clear(&world);
}

/* Loses the first datagram of each kind of message. */
static bool loses_first(struct world *world, struct sent *sent)
{
    size_t same = 0;

    for (size_t i = 0; i < world->n_delivered; i++) {
        const struct sent *earlier = &world->sent[i];

        same += earlier->from == sent->from && earlier->len == sent->len &&
                        memcmp(earlier->octets, sent->octets, sent->len) == 0
                    ? 1
                    : 0;
    }
    return same > 1; /* itself counts */
}

static void what_is_lost_is_sent_again_and_answered_alike(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--schedule 1x9", "");
    world.passes = loses_first;
    world_connect(&world);
    world_run(&world, 5000);
    assert_established(&world);
    /* lost, answered but the answer lost, answered again with the same octets, and no second IKE SA was made of it */
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 3);
    assert_int_equal(world_count_sent(&world, RESPONDER, IKL_IKE_SA_INIT), 2);
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_AUTH), 3);
    assert_int_equal(world_count_sent(&world, RESPONDER, IKL_IKE_AUTH), 2);
    assert_null(world_session(&world, RESPONDER)->next);
    assert_int_equal(world_count(&world, INITIATOR, "IKE_SA_INIT: retransmission 2"), 1);
    /* the summary counts these too, and a check that was sent again */
    assert_int_equal(world_tally(&world, INITIATOR)->retransmissions, 5);
    (void)world_clear(&world);
}

static void a_responder_that_wants_another_group_gets_it(void **state)
{
    struct world world;

    (void)state;
    if (!dh_group_available(DH_ECP_256)) {
        skip();
    }
    world_init(&world, "--proposal chacha20poly1305-prfsha256-x25519,chacha20poly1305-prfsha256-ecp256",
               "--proposal chacha20poly1305-prfsha256-ecp256");
    world_connect(&world);
    world_run(&world, 0);
    assert_established(&world);
    assert_int_equal(world_count(&world, INITIATOR, "prfsha256-ecp256"), 1);
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 2);
    (void)world_clear(&world);
}

static void a_forged_refusal_does_not_keep_the_real_answer_from_being_taken(void **state)
{
    struct ikl_path path = world_path_back();
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world_connect(&world);
    world_forge(&world, &path, IKL_NOTIFY_NO_PROPOSAL_CHOSEN, (struct ikl_octets){NULL, 0});
    assert_int_equal(world_count(&world, INITIATOR, failed), 0);
    world_run(&world, 2000);
    assert_established(&world);
    assert_int_equal(world_count(&world, INITIATOR, failed), 0);
    (void)world_clear(&world);
}

static void a_refusal_from_elsewhere_is_ignored(void **state)
{
    struct ikl_path path = world_path_back();
    struct world world;

    (void)state;
    world_init(&world, "--schedule 1x3", "");
    world_connect(&world);
    path.local.ip[3] = 77;
    world_forge(&world, &path, IKL_NOTIFY_NO_PROPOSAL_CHOSEN, (struct ikl_octets){NULL, 0});
    world.n_delivered = world.n_sent; /* the request is lost */
    world_run(&world, 700);
    assert_int_equal(world_count(&world, INITIATOR, failed), 0);
    world_run(&world, 500);
    assert_established(&world);
    (void)world_clear(&world);
}

static void a_group_that_was_not_offered_is_not_used(void **state)
{
    static const uint8_t modp_1024[] = {0, 2};
    struct ikl_path path = world_path_back();
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world_connect(&world);
    world_forge(&world, &path, IKL_NOTIFY_INVALID_KE_PAYLOAD, (struct ikl_octets){modp_1024, sizeof(modp_1024)});
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_SA_INIT), 1);
    world_run(&world, 0);
    assert_established(&world);
    (void)world_clear(&world);
}

static size_t damaged_message, damaged_octet; /* for damages_one */

/* Changes an octet of one message. */
static bool damages_one(struct world *world, struct sent *sent)
{
    if (world->n_delivered == damaged_message + 1 && damaged_octet < sent->len) {
        sent->octets[damaged_octet] ^= 0x81;
    }
    return true;
}

/* The first messages are not protected, so anybody may change them. Then there may be no IKE SA, or one on both sides,
 * but never one on the initiator's side alone, and nothing worse. */
static void damaged_messages_do_no_harm(void **state)
{
    struct world world;
    size_t len = 1;

    (void)state;
    for (damaged_message = 0; damaged_message < 4; damaged_message++, len = 1) {
        for (damaged_octet = 0; damaged_octet < len; damaged_octet++) {
            world_init(&world, "--proposal chacha20poly1305-prfsha256-x25519 --schedule 1,1 --count 1", "");
            world.passes = damages_one;
            world_connect(&world);
            world_run(&world, 5000);
            len = world.n_sent > damaged_message ? world.sent[damaged_message].len : len;
            assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
            if (world_count(&world, INITIATOR, established) != 0) {
                assert_int_equal(world_count(&world, RESPONDER, established), 1);
            }
            (void)world_clear(&world);
        }
        assert_true(len > 60);
    }
}

/* An IKE_SA_INIT request of yet another peer, who never goes on. */
static void knock(struct world *world, uint8_t number)
{
    struct sent *first = &world->sent[0];
    uint8_t octets[WORLD_MAX_DATAGRAM];
    struct ikl_path path = first->path;

    memcpy(octets, first->octets, first->len);
    octets[7] ^= number; /* in its SPI */
    path.local.ip[3] = number;
    world_give(world, RESPONDER, &path, octets, first->len);
}

static void when_many_knock_a_new_peer_needs_a_cookie_and_gets_one(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world_connect(&world);
    for (uint8_t i = 100; i < 140; i++) {
        knock(&world, i);
    }
    /* for those without a cookie no IKE SA is made */
    assert_int_equal(ikl_endpoint_n_sas(world.ends[RESPONDER].ikeping.endpoint), 16);
    world.n_delivered = 0;
    for (size_t i = 1; i < world.n_sent; i++) {
        world.sent[i].len = 0; /* those answers go elsewhere */
    }
    world_run(&world, 0);
    assert_int_equal(world_count(&world, INITIATOR, established), 1);
    assert_int_equal(world_count(&world, RESPONDER, established), 1);
    assert_int_equal(world_session(&world, INITIATOR)->handshake.cookie_len, COOKIE_LEN);
    /* peers that do not go on are forgotten */
    world_run(&world, 31000);
    assert_int_equal(ikl_endpoint_n_sas(world.ends[RESPONDER].ikeping.endpoint), 1);
    (void)world_clear(&world);
}

static void behind_a_nat_everything_after_ike_sa_init_is_encapsulated(void **state)
{
    struct world world;

    (void)state;
    if (!dh_group_available(DH_ECP_256)) {
        skip(); /* without libcrypto there is no SHA-1, and no NAT detection */
    }
    world_init(&world, "--count 2", "");
    world.behind_nat = true;
    world_connect(&world);
    world_run(&world, 0);
    assert_established(&world);
    assert_int_equal(world_count(&world, INITIATOR, "NAT at our end"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "NAT at the peer's end"), 1);
    assert_false(world.sent[1].path.encapsulated);
    for (size_t i = 2; i < world.n_sent; i++) {
        assert_true(world.sent[i].path.encapsulated);
    }
    assert_true(ikl_sa_path(world_session(&world, INITIATOR)->sa)->behind_nat);
    /* the responder's own requests go to where IKE_AUTH came from */
    assert_int_equal(ikl_sa_path(world_session(&world, RESPONDER)->sa)->remote.port, 14500);
    world_run(&world, 2000);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_nat_can_be_pretended_by_either_side(void **state)
{
    struct world world;

    (void)state;
    if (!dh_group_available(DH_ECP_256)) {
        skip();
    }
    for (int pretender = 0; pretender < 2; pretender++) {
        world_init(&world, pretender == INITIATOR ? "--nat-t" : "", pretender == RESPONDER ? "--nat-t" : "");
        world_connect(&world);
        world_run(&world, 0);
        assert_established(&world);
        assert_true(ikl_sa_path(world_session(&world, INITIATOR)->sa)->encapsulated);
        assert_true(ikl_sa_path(world_session(&world, RESPONDER)->sa)->encapsulated);
        assert_int_equal(world_count(&world, 1 - pretender, "NAT at the peer's end"), 1);
        assert_int_equal(world_count(&world, pretender, ", UDP encapsulation,"), 1);
        (void)world_clear(&world);
    }
}

static void without_a_nat_nothing_is_encapsulated(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world_connect(&world);
    world_run(&world, 3000);
    assert_established(&world);
    assert_int_equal(world_count(&world, INITIATOR, "no NAT"), 1);
    for (size_t i = 0; i < world.n_sent; i++) {
        assert_false(world.sent[i].path.encapsulated);
    }
    (void)world_clear(&world);
}

static void a_responder_has_several_peers_at_once(void **state)
{
    struct world world;
    struct ikl_path other = world_path(false), encapsulated = world_path(true);

    (void)state;
    world_init(&world, "", "");
    world_connect(&world);
    other.local.port = 501;
    world_connect_along(&world, &other, &encapsulated);
    world_run(&world, 2000);
    assert_int_equal(world_count(&world, RESPONDER, established), 2);
    assert_int_equal(ikl_endpoint_n_sas(world.ends[RESPONDER].ikeping.endpoint), 2);
    (void)world_clear(&world);
}

TESTS_OF(handshake)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_proposal_is_established_and_checked),
        cmocka_unit_test(ed25519_keys_prove_both_identities),
        cmocka_unit_test(what_is_lost_is_sent_again_and_answered_alike),
        cmocka_unit_test(a_responder_that_wants_another_group_gets_it),
        cmocka_unit_test(a_forged_refusal_does_not_keep_the_real_answer_from_being_taken),
        cmocka_unit_test(a_refusal_from_elsewhere_is_ignored),
        cmocka_unit_test(a_group_that_was_not_offered_is_not_used),
        cmocka_unit_test(damaged_messages_do_no_harm),
        cmocka_unit_test(when_many_knock_a_new_peer_needs_a_cookie_and_gets_one),
        cmocka_unit_test(behind_a_nat_everything_after_ike_sa_init_is_encapsulated),
        cmocka_unit_test(a_nat_can_be_pretended_by_either_side),
        cmocka_unit_test(without_a_nat_nothing_is_encapsulated),
        cmocka_unit_test(a_responder_has_several_peers_at_once),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
