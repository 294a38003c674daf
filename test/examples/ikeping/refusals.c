/* ikeping says why there is no IKE SA, and ends with 3.
 * SPDX-License-Identifier: ISC */
#include "world.h"

#include "support/test.h"

static const char failed[] = "could not establish an IKE SA: ";

/* Connects and runs for ten seconds, after which it must have failed, for this reason. */
static void assert_fails(struct world *world, const char *why)
{
    char line[256];

    (void)snprintf(line, sizeof(line), "%s%s", failed, why);
    world_connect(world);
    world_run(world, 10000);
    assert_true(ikeping_is_over(&world->ends[INITIATOR].ikeping));
    assert_int_equal(world_count(world, INITIATOR, failed), 1);
    assert_int_equal(world_count(world, INITIATOR, line), 1);
    assert_int_equal(world_count(world, INITIATOR, "established as"), 0);
    assert_int_equal(world_clear(world), EXIT_NOT_ESTABLISHED);
}

static void set_psk(struct world *world, int end, const char *psk)
{
    struct credentials *credentials = &world->ends[end].credentials;

    credentials->psk_len = strlen(psk);
    memcpy(credentials->psk, psk, credentials->psk_len);
}

static void a_wrong_psk_is_refused_by_the_gateway(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "", "");
    set_psk(&world, INITIATOR, "another secret");
    world_connect(&world);
    world_run(&world, 0);
    assert_int_equal(world_count(&world, RESPONDER, "refused: AUTHENTICATION_FAILED"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "established as"), 0);
    assert_int_equal(world_count(&world, INITIATOR, failed), 1);
    assert_int_equal(world_count(&world, INITIATOR, "the gateway says AUTHENTICATION_FAILED"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void a_wrong_ed25519_key_is_refused_by_the_gateway(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world_use_ed25519(&world);
    world.ends[INITIATOR].credentials.secret[0] ^= 1;
    assert_fails(&world, "the gateway says AUTHENTICATION_FAILED");
}

/* Once it has verified our key, the gateway's changes. */
static bool changes_key(struct world *world, struct sent *sent)
{
    (void)sent;
    if (world->n_sent == 3) { /* the IKE_AUTH request is on its way */
        world->ends[INITIATOR].credentials.peer_public[0] ^= 1;
    }
    return true;
}

static void a_gateway_with_a_wrong_key_is_refused_and_told(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world_use_ed25519(&world);
    world.passes = changes_key;
    world_connect(&world);
    world_run(&world, 2000);
    assert_int_equal(world_count(&world, INITIATOR, failed), 1);
    assert_int_equal(world_count(&world, INITIATOR, "the gateway cannot prove its identity"), 1);
    /* it had established the IKE SA already, and hears that there is none */
    assert_int_equal(world_count(&world, RESPONDER, "refused: AUTHENTICATION_FAILED: the peer does not accept us"), 1);
    assert_int_equal(ikl_endpoint_n_sas(world.ends[RESPONDER].ikeping.endpoint), 0);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void identities_must_be_those_that_were_asked_for(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--remote-id c.example", "");
    assert_fails(&world, "the gateway has another identity than --remote-id");
    world_init(&world, "", "--remote-id c.example");
    assert_fails(&world, "the gateway says AUTHENTICATION_FAILED");
    world_init(&world, "--remote-id b.example", "--remote-id c.example");
    assert_fails(&world, "the gateway says AUTHENTICATION_FAILED");
}

static void both_sides_must_prove_themselves_alike(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world_use_ed25519(&world);
    world.ends[RESPONDER].credentials.kind = CREDENTIALS_PSK;
    assert_fails(&world, "the gateway cannot verify Ed25519 signatures");
    world_init(&world, "", "");
    world_use_ed25519(&world);
    world.ends[INITIATOR].credentials.kind = CREDENTIALS_PSK;
    assert_fails(&world, "the gateway says NO_PROPOSAL_CHOSEN");
}

static void without_a_common_proposal_there_is_none(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--proposal chacha20poly1305-prfsha256-x25519", "--proposal chacha20poly1305-prfsha512-x25519");
    assert_fails(&world, "the gateway says NO_PROPOSAL_CHOSEN: it accepts none of our proposals");
}

static bool loses_all(struct world *world, struct sent *sent)
{
    (void)world;
    (void)sent;
    return false;
}

static void a_silent_gateway_times_out(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--schedule 1,2", "");
    world.passes = loses_all;
    assert_fails(&world, "timed out: no answer to 2 sends of IKE_SA_INIT in 3 s");
}

static bool loses_ike_auth(struct world *world, struct sent *sent)
{
    (void)world;
    return sent->octets[18] != IKL_IKE_AUTH;
}

static void a_gateway_that_falls_silent_times_out(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--schedule 1,2", "");
    world.passes = loses_ike_auth;
    assert_fails(&world, "timed out: no answer to 2 sends of IKE_AUTH in 3 s");
}

static void what_the_network_says_is_told(void **state)
{
    struct ikl_path path = world_path(false);
    struct world world;

    (void)state;
    world_init(&world, "--schedule 1,2", "");
    world.passes = loses_all;
    world_connect(&world);
    ikeping_unreachable(&world.ends[INITIATOR].ikeping, &path.remote, "Connection refused", world.now);
    /* that proves nothing: the schedule goes on */
    assert_false(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    world_run(&world, 10000);
    assert_int_equal(world_count(&world, INITIATOR, "the network says: Connection refused"), 2);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

/* Takes a Notify payload of the first IKE_SA_INIT response out of the chain's meaning: its type becomes a status that
 * nobody knows. */
static bool hides_childless(struct world *world, struct sent *sent)
{
    static const uint8_t type[] = {IKL_NOTIFY_CHILDLESS_IKEV2_SUPPORTED >> 8,
                                   IKL_NOTIFY_CHILDLESS_IKEV2_SUPPORTED & 0xff};

    (void)world;
    for (size_t i = 28; sent->from == RESPONDER && i + 2 <= sent->len; i++) {
        if (memcmp(sent->octets + i, type, sizeof(type)) == 0) {
            sent->octets[i] = 0xa0;
        }
    }
    return true;
}

static void a_gateway_must_have_childless_ike_sas(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world.passes = hides_childless;
    assert_fails(&world, "the gateway has no IKE SAs without Child SAs");
}

static void an_interrupted_handshake_is_none(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world.passes = loses_all;
    world_connect(&world);
    world_run(&world, 500);
    ikeping_interrupt(&world.ends[INITIATOR].ikeping, world.now);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_count(&world, INITIATOR, "could not establish an IKE SA: interrupted"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void a_refused_peer_gets_its_answer_again(void **state)
{
    struct world world;
    struct sent request, answer;

    (void)state;
    world_init(&world, "", "");
    set_psk(&world, INITIATOR, "another secret");
    world_connect(&world);
    world_run(&world, 0);
    assert_int_equal(world.n_sent, 4);
    request = world.sent[2];
    answer = world.sent[3];
    world_give(&world, RESPONDER, &request.path, request.octets, request.len);
    assert_int_equal(world.n_sent, 5);
    assert_int_equal(world.sent[4].len, answer.len);
    assert_memory_equal(world.sent[4].octets, answer.octets, answer.len);
    assert_int_equal(world_count(&world, RESPONDER, "refused"), 1);
    (void)world_clear(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_psk_is_refused_by_the_gateway),
        cmocka_unit_test(a_wrong_ed25519_key_is_refused_by_the_gateway),
        cmocka_unit_test(a_gateway_with_a_wrong_key_is_refused_and_told),
        cmocka_unit_test(identities_must_be_those_that_were_asked_for),
        cmocka_unit_test(both_sides_must_prove_themselves_alike),
        cmocka_unit_test(without_a_common_proposal_there_is_none),
        cmocka_unit_test(a_silent_gateway_times_out),
        cmocka_unit_test(a_gateway_that_falls_silent_times_out),
        cmocka_unit_test(what_the_network_says_is_told),
        cmocka_unit_test(a_gateway_must_have_childless_ike_sas),
        cmocka_unit_test(an_interrupted_handshake_is_none),
        cmocka_unit_test(a_refused_peer_gets_its_answer_again),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
