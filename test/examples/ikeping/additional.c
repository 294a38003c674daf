/* SPDX-License-Identifier: ISC */
/* ikeping does additional key exchanges before IKE_AUTH, in both roles (RFC 9242, RFC 9370). */
#include "world.h"

#include "support/test.h"

enum { AT_EXCHANGE_TYPE = 18, AT_FLAGS = 19, AT_MESSAGE_ID = 23, MOST = 8 };

static const char two[] = "--additional x448,ecp384", one[] = "--additional x448";

/* All but X25519 are libcrypto's. */
static void need_libcrypto(void)
{
    if (!dh_group_available(DH_X448)) {
        skip();
    }
}

static void assert_established(struct world *world)
{
    assert_int_equal(world_count(world, INITIATOR, "established as "), 1);
    assert_int_equal(world_count(world, RESPONDER, "established as "), 1);
    world_run(world, 3000);
    assert_true(world_count(world, INITIATOR, " answered: ") >= 3);
    assert_int_equal(world_clear(world), EXIT_ALIVE);
}

static void start(struct world *world, const char *initiator, const char *responder,
                  bool (*passes)(struct world *world, struct sent *sent))
{
    world_init(world, initiator, responder);
    world->passes = passes;
    world_connect(world);
    world_run(world, 1000);
}

static void each_is_an_exchange_before_ike_auth(void **state)
{
    static const uint8_t types[] = {IKL_IKE_SA_INIT, IKL_IKE_INTERMEDIATE, IKL_IKE_INTERMEDIATE, IKL_IKE_AUTH};
    struct world world;

    (void)state;
    need_libcrypto();
    start(&world, two, two, NULL);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        for (size_t j = 2 * i; j <= 2 * i + 1; j++) {
            assert_int_equal(world.sent[j].octets[AT_EXCHANGE_TYPE], types[i]);
            assert_int_equal(world.sent[j].octets[AT_MESSAGE_ID], i);
            assert_int_equal(world.sent[j].from, j % 2 == 0 ? INITIATOR : RESPONDER);
        }
    }
    assert_int_equal(world_count(&world, INITIATOR, "-x25519-ke1_x448-ke2_ecp384, PSK"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "-x25519-ke1_x448-ke2_ecp384, PSK"), 1);
    assert_established(&world);
}

static void ed25519_proves_them_too(void **state)
{
    struct world world;

    (void)state;
    need_libcrypto();
    world_init(&world, one, one);
    world_use_ed25519(&world);
    world_connect(&world);
    world_run(&world, 0);
    assert_int_equal(world_count(&world, INITIATOR, "-ke1_x448, Ed25519"), 1);
    assert_established(&world);
}

static void seven_go_one_after_another(void **state)
{
    static const char seven[] = "--additional x448,ecp256,ecp384,ecp521,modp1536,modp2048,modp3072";
    struct world world;

    (void)state;
    need_libcrypto();
    start(&world, seven, seven, NULL);
    assert_int_equal(world_count_sent(&world, INITIATOR, IKL_IKE_INTERMEDIATE), 7);
    assert_established(&world);
}

static size_t lost; /* of the datagrams, for loses_one */

static bool loses_one(struct world *world, struct sent *sent)
{
    (void)sent;
    return world->n_delivered != lost + 1;
}

static void whatever_is_lost_once_is_made_good(void **state)
{
    (void)state;
    need_libcrypto();
    for (lost = 0; lost < MOST; lost++) {
        struct world world;

        world_init(&world, "--schedule 1x5 --additional x448,ecp384", two);
        world.passes = loses_one;
        world_connect(&world);
        world_run(&world, 5000);
        assert_true(world_count(&world, INITIATOR, "retransmission 1 of") >= 1);
        assert_established(&world);
    }
}

static void large_ones_go_out_in_fragments(void **state)
{
    static const char options[] = "--mtu 400 --additional modp4096";
    struct world world;

    (void)state;
    need_libcrypto();
    start(&world, options, options, NULL);
    assert_true(world_count_sent(&world, INITIATOR, IKL_IKE_INTERMEDIATE) > 1);
    assert_true(world_count_sent(&world, RESPONDER, IKL_IKE_INTERMEDIATE) > 1);
    assert_established(&world);
}

static void rfc_9242_behind_a_nat_they_go_to_the_other_port(void **state)
{
    struct world world;

    (void)state;
    need_libcrypto();
    start(&world, "--nat-t --additional x448", one, NULL);
    for (size_t i = 0; i < 4; i++) { /* IKE_SA_INIT, then the exchange after it */
        assert_true(world.sent[i].path.encapsulated == (i >= 2));
    }
    assert_established(&world);
}

static void assert_not_established(struct world *world, int end, const char *why)
{
    world_run(world, 3000);
    assert_int_equal(world_count(world, end, why), 1);
    assert_int_equal(world_count(world, INITIATOR, "established as "), 0);
    assert_int_equal(world_count(world, RESPONDER, "established as "), 0);
    assert_int_equal(world_clear(world), EXIT_NOT_ESTABLISHED);
}

static void both_ends_want_the_same_or_there_is_no_ike_sa(void **state)
{
    static const char *const options[][2] = {
        {one, ""}, {"", one}, {one, two}, {two, one}, {one, "--additional ecp384"}};

    (void)state;
    need_libcrypto();
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        struct world world;

        start(&world, options[i][0], options[i][1], NULL);
        assert_not_established(&world, INITIATOR, "NO_PROPOSAL_CHOSEN");
    }
}

static int silenced; /* for hides_support */

/* INTERMEDIATE_EXCHANGE_SUPPORTED of one end becomes a notification that nobody knows. */
static bool hides_support(struct world *world, struct sent *sent)
{
    static const uint8_t notify[] = {0, 0, IKL_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED >> 8,
                                     IKL_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED & 0xff};

    (void)world;
    for (size_t i = 0; sent->from == silenced && i + sizeof(notify) <= sent->len; i++) {
        if (memcmp(sent->octets + i, notify, sizeof(notify)) == 0) {
            sent->octets[i + 2] = 0xff;
        }
    }
    return true;
}

static void a_peer_without_ike_intermediate_has_none(void **state)
{
    struct world world;

    (void)state;
    need_libcrypto();
    silenced = INITIATOR;
    start(&world, one, one, hides_support);
    assert_not_established(&world, RESPONDER, "the peer has no IKE_INTERMEDIATE for additional key exchanges");
    silenced = RESPONDER;
    start(&world, one, one, hides_support);
    assert_not_established(&world, INITIATOR,
                           "the gateway accepts additional key exchanges, but has no IKE_INTERMEDIATE");
}

/* For interferes: what happens to the session of one end before a message of this exchange and direction arrives. */
static struct {
    uint8_t exchange_type;
    bool response;
    int end;
    void (*harm)(struct session *session);
} interference;

static bool interferes(struct world *world, struct sent *sent)
{
    bool response = (sent->octets[AT_FLAGS] & IKL_FLAG_RESPONSE) != 0;

    if (sent->octets[AT_EXCHANGE_TYPE] == interference.exchange_type && response == interference.response) {
        interference.harm(world_session(world, interference.end));
    }
    return true;
}

static void interfere(struct world *world, const char *options, uint8_t exchange_type, bool response, int end,
                      void (*harm)(struct session *session))
{
    interference.exchange_type = exchange_type;
    interference.response = response;
    interference.end = end;
    interference.harm = harm;
    start(world, options, options, interferes);
}

static void want_another(struct session *session)
{
    session->handshake.proposal.additional[0] = DH_ECP_521;
}

static void a_public_value_of_another_method_is_refused(void **state)
{
    struct world world;

    (void)state;
    need_libcrypto();
    interfere(&world, one, IKL_IKE_INTERMEDIATE, false, RESPONDER, want_another);
    assert_int_equal(world_count(&world, INITIATOR, "INVALID_SYNTAX"), 1);
    assert_not_established(&world, RESPONDER, "INVALID_SYNTAX: the peer's IKE_INTERMEDIATE request has no usable");
    interfere(&world, one, IKL_IKE_INTERMEDIATE, true, INITIATOR, want_another);
    assert_not_established(&world, INITIATOR, "the gateway's IKE_INTERMEDIATE response has no usable public value");
}

static void change_one_octet(struct session *session)
{
    session->handshake.additional.int_auth[1] ^= 1;
}

static void change_the_last_octet(struct session *session)
{
    session->handshake.additional.int_auth[2 * session->handshake.keys.prf_len + 3] ^= 1;
}

static void what_was_exchanged_is_proven_in_ike_auth(void **state)
{
    static void (*const harms[])(struct session * session) = {change_one_octet, change_the_last_octet};

    (void)state;
    need_libcrypto();
    for (size_t i = 0; i < COUNT_OF(harms); i++) {
        struct world world;

        interfere(&world, two, IKL_IKE_AUTH, false, RESPONDER, harms[i]);
        assert_not_established(&world, RESPONDER, "AUTHENTICATION_FAILED: the peer cannot prove its identity");
        interfere(&world, two, IKL_IKE_AUTH, true, INITIATOR, harms[i]);
        world_run(&world, 3000);
        assert_int_equal(world_count(&world, INITIATOR, "the gateway cannot prove its identity"), 1);
        assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
    }
}

static void want_none(struct session *session)
{
    session->handshake.proposal.n_additional = 0;
}

static void want_more(struct session *session)
{
    session->handshake.proposal.n_additional = 2;
}

static void exchanges_that_were_not_agreed_on_are_refused(void **state)
{
    struct world world;

    (void)state;
    need_libcrypto();
    interfere(&world, one, IKL_IKE_INTERMEDIATE, false, RESPONDER, want_none);
    assert_not_established(&world, INITIATOR, "AUTHENTICATION_FAILED");
    interfere(&world, one, IKL_IKE_AUTH, false, RESPONDER, want_more); /* IKE_AUTH comes too early */
    assert_not_established(&world, INITIATOR, "AUTHENTICATION_FAILED");
}

static void a_takeover_counts_their_message_ids(void **state)
{
    struct world world;

    (void)state;
    need_libcrypto();
    start(&world, "--sync --takeover-after 2 --additional x448,ecp384", "--sync --additional x448,ecp384", NULL);
    world_run(&world, 4000);
    assert_int_equal(world_count(&world, INITIATOR, "Message IDs are synchronised: our next Message ID is "), 1);
    assert_established(&world);
}

TESTS_OF(additional)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_an_exchange_before_ike_auth),
        cmocka_unit_test(ed25519_proves_them_too),
        cmocka_unit_test(seven_go_one_after_another),
        cmocka_unit_test(whatever_is_lost_once_is_made_good),
        cmocka_unit_test(large_ones_go_out_in_fragments),
        cmocka_unit_test(rfc_9242_behind_a_nat_they_go_to_the_other_port),
        cmocka_unit_test(both_ends_want_the_same_or_there_is_no_ike_sa),
        cmocka_unit_test(a_peer_without_ike_intermediate_has_none),
        cmocka_unit_test(a_public_value_of_another_method_is_refused),
        cmocka_unit_test(what_was_exchanged_is_proven_in_ike_auth),
        cmocka_unit_test(exchanges_that_were_not_agreed_on_are_refused),
        cmocka_unit_test(a_takeover_counts_their_message_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
