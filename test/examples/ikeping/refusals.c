/* SPDX-License-Identifier: ISC */
/* ikeping says why there is no IKE SA, and ends with 3. */
#include "world.h"

#include "examples/ikeping/gateway_fault.h"
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
    assert_fails(&world, "the gateway has another identity than --remote-id: b.example\n");
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
    world.ends[RESPONDER].credentials.own = world.ends[RESPONDER].credentials.peers = CREDENTIALS_PSK;
    assert_fails(&world, "the gateway cannot verify signatures by our key");
    world_init(&world, "", "");
    world_use_ed25519(&world);
    world.ends[INITIATOR].credentials.own = world.ends[INITIATOR].credentials.peers = CREDENTIALS_PSK;
    assert_fails(&world, "the gateway says NO_PROPOSAL_CHOSEN");
}

/* What is said of a gateway whose IKE_AUTH response has this AUTH payload. */
static void assert_other_proof(uint8_t method, const char *words)
{
    uint8_t octets[64], proof[4] = {0};
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    struct payload_list list;
    char text[HANDSHAKE_WHY_SIZE];

    payload_list_init(&list);
    payload_list_end(&list, ikl_auth_write(payload_list_begin(&list, IKL_PAYLOAD_AUTH),
                                           &(struct ikl_auth){.method = method, .data = {proof, sizeof(proof)}}));
    assert_int_equal(ikl_chain_write(&writer, list.payloads, list.n), IKL_OK);
    gateway_fault(&(struct handshake_judgement){.verdict = HANDSHAKE_OTHER_PROOF}, IKL_PAYLOAD_AUTH,
                  (struct ikl_octets){octets, writer.len}, text, sizeof(text));
    assert_string_equal(text, words);
}

static void the_kind_of_a_proof_of_another_kind_is_said(void **state)
{
    (void)state;
    assert_other_proof(IKL_AUTH_RSA,
                       "the gateway proves its identity in another way than it has to: by RSA Digital Signature");
    assert_other_proof(200, "the gateway proves its identity in another way than it has to");
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
    ikeping_unreachable(&world.ends[INITIATOR].ikeping, &path.remote, "Connection refused", 0, world.now);
    /* that proves nothing: the schedule goes on */
    assert_false(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    world_run(&world, 10000);
    assert_int_equal(world_count(&world, INITIATOR, "the network says: Connection refused"), 2);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void a_gateway_that_insists_on_a_child_sa_is_refused_when_there_shall_be_none(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, "--child none", "--child tunnel");
    assert_fails(&world, "the gateway has no IKE SAs without Child SAs");
}

/* Gives the initiator this answer to its IKE_SA_INIT request, which is lost, as often as it comes. */
static struct ikl_octets forged; /* the payloads of it; without them it is a header alone */
static uint8_t forged_first, forged_version;

static bool answers_with_forged(struct world *world, struct sent *sent)
{
    uint8_t octets[512];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    struct ikl_path back = {.local = sent->path.remote, .remote = sent->path.local};

    if (sent->from == RESPONDER || sent->octets[18] != IKL_IKE_SA_INIT) {
        return false;
    }
    ikl_header_write(&writer, &(struct ikl_header){.spi_i = ikl_sa_spi_i(world_session(world, INITIATOR)->sa),
                                                   .exchange_type = IKL_IKE_SA_INIT,
                                                   .flags = IKL_FLAG_RESPONSE});
    ikl_write_octets(&writer, forged.data, forged.len);
    ikl_header_patch(&writer, 0, forged_first);
    octets[17] = forged_version;
    world_give(world, INITIATOR, &back, octets, writer.len);
    return false;
}

/* The gateway answers with one notification. */
static void assert_notify_fails(uint16_t type, const void *data, size_t len, const char *why)
{
    struct payload_list list;
    uint8_t octets[400];
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
    struct world world;

    payload_list_init(&list);
    payload_list_notify(&list, type, (struct ikl_octets){data, len});
    assert_int_equal(ikl_chain_write(&writer, list.payloads, list.n), IKL_OK);
    forged = (struct ikl_octets){octets, writer.len};
    forged_first = IKL_PAYLOAD_NOTIFY;
    forged_version = 0x20;
    world_init(&world, "", "");
    world.passes = answers_with_forged;
    assert_fails(&world, why);
}

static void a_gateway_that_redirects_is_said_to_do_so_and_where_to(void **state)
{
    static const uint8_t v4[] = {1, 4, 192, 0, 2, 9};
    static const uint8_t v6[] = {2, 16, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
    static const uint8_t name[] = {3, 9, 'g', '.', 'e', 'x', 0x1b, 'm', 'p', 'l', 'e', 1, 2, 3, 4}; /* and a nonce */
    static const uint8_t short_v4[] = {1, 3, 192, 0, 2}, cut_off[] = {3, 9, 'g'}, unknown[] = {9, 1, 'x'};
    static const char wrong[] = "the gateway redirects us to a gateway that it does not name rightly";

    (void)state;
    assert_notify_fails(
        IKL_NOTIFY_REDIRECT, v4, sizeof(v4),
        "the gateway redirects us to 192.0.2.9 (REDIRECT, RFC 5685), which --follow-redirect follows\n");
    assert_notify_fails(IKL_NOTIFY_REDIRECT, v6, sizeof(v6), "the gateway redirects us to 2001:db8::9 (REDIRECT");
    assert_notify_fails(IKL_NOTIFY_REDIRECT, name, sizeof(name), "the gateway redirects us to g.ex\\x1bmple (REDIRECT");
    assert_notify_fails(IKL_NOTIFY_REDIRECT, short_v4, sizeof(short_v4), wrong);
    assert_notify_fails(IKL_NOTIFY_REDIRECT, cut_off, sizeof(cut_off), wrong);
    assert_notify_fails(IKL_NOTIFY_REDIRECT, unknown, sizeof(unknown), wrong);
    assert_notify_fails(IKL_NOTIFY_REDIRECT, NULL, 0, wrong);
}

static void a_gateway_that_answers_in_another_ike_version_is_said_to_do_so(void **state)
{
    struct world world;

    (void)state;
    for (uint8_t version = 0; version < 16; version++) {
        if (version == 2) {
            continue;
        }
        char why[80];

        forged = (struct ikl_octets){NULL, 0};
        forged_first = 11; /* a notification, in version 1 */
        forged_version = (uint8_t)(version << 4);
        (void)snprintf(why, sizeof(why), "the gateway answers in IKE version %u, we speak version 2\n", version);
        world_init(&world, "", "");
        world.passes = answers_with_forged;
        assert_fails(&world, why);
    }
}

static void init_says_in_which_version_the_answer_is(void **state)
{
    struct world world;

    (void)state;
    forged = (struct ikl_octets){NULL, 0};
    forged_version = 0x13;
    world_init_without_credentials(&world, "--init --count 1", "");
    world.passes = answers_with_forged;
    world_connect(&world);
    world_run(&world, 100);
    assert_int_equal(
        world_count(&world, INITIATOR,
                    "init 1 answered: IKE 1.3, the gateway answers in IKE version 1, we speak version 2, "),
        1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

/* Anybody can say that. */
static void a_forged_answer_in_another_version_does_no_harm(void **state)
{
    struct world world;

    (void)state;
    forged = (struct ikl_octets){NULL, 0};
    forged_version = 0x10;
    world_init(&world, "--schedule 1x3", "");
    world_connect(&world);
    (void)answers_with_forged(&world, &world.sent[0]);
    world_run(&world, 2000);
    assert_int_equal(world_count(&world, INITIATOR, "established as"), 1);
    (void)answers_with_forged(&world, &world.sent[0]);
    world_run(&world, 2000);
    assert_int_equal(world_count(&world, INITIATOR, "version"), 0);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_peer_of_ike_version_1_is_refused_in_words(void **state)
{
    struct ikl_path path = world_path(false);
    uint8_t octets[64] = {1, 2, 3, 4, 5, 6, 7, 8, [16] = 1, [17] = 0x10, [18] = 2, [27] = 64};
    struct world world;

    (void)state;
    world_init(&world, "", "");
    world_give(&world, RESPONDER, &path, octets, sizeof(octets));
    assert_int_equal(world_count(&world, RESPONDER, "refused: the peer speaks IKE version 1, we speak version 2\n"), 1);
    /* noise is no peer */
    octets[27] = 63;
    world_give(&world, RESPONDER, &path, octets, sizeof(octets));
    world_give(&world, RESPONDER, &path, octets, 20);
    assert_int_equal(world_count(&world, RESPONDER, "refused"), 1);
    (void)world_clear(&world);
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

TESTS_OF(refusals)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_psk_is_refused_by_the_gateway),
        cmocka_unit_test(a_wrong_ed25519_key_is_refused_by_the_gateway),
        cmocka_unit_test(a_gateway_with_a_wrong_key_is_refused_and_told),
        cmocka_unit_test(identities_must_be_those_that_were_asked_for),
        cmocka_unit_test(both_sides_must_prove_themselves_alike),
        cmocka_unit_test(the_kind_of_a_proof_of_another_kind_is_said),
        cmocka_unit_test(without_a_common_proposal_there_is_none),
        cmocka_unit_test(a_silent_gateway_times_out),
        cmocka_unit_test(a_gateway_that_falls_silent_times_out),
        cmocka_unit_test(what_the_network_says_is_told),
        cmocka_unit_test(a_gateway_that_insists_on_a_child_sa_is_refused_when_there_shall_be_none),
        cmocka_unit_test(a_gateway_that_redirects_is_said_to_do_so_and_where_to),
        cmocka_unit_test(a_gateway_that_answers_in_another_ike_version_is_said_to_do_so),
        cmocka_unit_test(init_says_in_which_version_the_answer_is),
        cmocka_unit_test(a_forged_answer_in_another_version_does_no_harm),
        cmocka_unit_test(a_peer_of_ike_version_1_is_refused_in_words),
        cmocka_unit_test(a_refused_peer_gets_its_answer_again),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
