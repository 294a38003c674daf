/* SPDX-License-Identifier: ISC */
/* ikeping answers an authenticated peer: a rekey of the IKE SA, and what it announces. */
#include "asked.h"

#include "examples/ikeping/providers.h"
#include "support/test.h"

#include <sodium.h>

static void a_rekey_without_the_payloads_it_needs_ends_the_ike_sa_at_both_ends(void **state)
{
    struct payload_list list;
    struct asked asked;

    (void)state;
    asked_start(&asked, "", "");
    payload_list_init(&list);
    asked_ask(&asked, IKL_CREATE_CHILD_SA, &list);
    asked_assert_error(&asked, IKL_NOTIFY_INVALID_SYNTAX);
    world_run(&asked.world, 2000);
    assert_int_equal(ikl_endpoint_n_sas(asked.world.ends[INITIATOR].ikeping.endpoint), 0);
    assert_int_equal(ikl_endpoint_n_sas(asked.world.ends[RESPONDER].ikeping.endpoint), 0);
    (void)world_clear(&asked.world);
}

static void an_exchange_that_is_not_known_is_refused_and_the_ike_sa_stays(void **state)
{
    struct payload_list list;
    struct asked asked;

    (void)state;
    asked_start(&asked, "", "");
    payload_list_init(&list);
    asked_ask(&asked, IKL_IKE_AUTH, &list);
    assert_int_equal(asked.response.first_payload, IKL_PAYLOAD_NONE);
    asked_ask(&asked, 200, &list);
    assert_int_equal(asked.response.first_payload, IKL_PAYLOAD_NONE);
    asked_ask(&asked, IKL_IKE_FOLLOWUP_KE, &list);
    asked_assert_error(&asked, IKL_NOTIFY_STATE_NOT_FOUND);
    asked_assert_goes_on(&asked);
    (void)world_clear(&asked.world);
}

static void what_is_announced_gets_an_empty_answer(void **state)
{
    struct payload_list list;
    struct asked asked;

    (void)state;
    asked_start(&asked, "", "");
    payload_list_init(&list);
    payload_list_notify(&list, IKL_NOTIFY_ADDITIONAL_TS_POSSIBLE, (struct ikl_octets){NULL, 0});
    asked_ask(&asked, IKL_INFORMATIONAL, &list);
    assert_int_equal(asked.response.first_payload, IKL_PAYLOAD_NONE);
    asked_assert_goes_on(&asked);
    (void)world_clear(&asked.world);
}

/* What the peer knows of a rekey that it has begun. */
struct begun {
    struct dh_key *key;
    uint64_t spi;
    uint8_t nonce[32];
    struct proposal proposal;
};

/* A request to rekey the IKE SA with this proposal, and a KE payload of this group. */
static void compose(struct begun *begun, struct payload_list *list, const char *proposal, uint16_t group)
{
    struct proposal_list parsed;
    struct ikl_ke ke;

    assert_true(proposals_parse(&parsed, proposal));
    *begun = (struct begun){.proposal = parsed.proposals[0]};
    randombytes_buf(&begun->spi, sizeof(begun->spi));
    randombytes_buf(begun->nonce, sizeof(begun->nonce));
    assert_int_equal(dh_key_new(&begun->key, group), IKL_OK);
    ke = (struct ikl_ke){.method = group, .data = dh_key_public(begun->key)};
    payload_list_init(list);
    asked_add_offer(list, IKL_PROTOCOL_IKE, begun->spi, &begun->proposal);
    init_message_add_key(list, &ke, (struct ikl_octets){begun->nonce, sizeof(begun->nonce)});
}

/* The keys of the new IKE SA, from the response, and the responder's SPI. */
static uint64_t derive(const struct asked *asked, const struct begun *begun, struct ikl_keys *keys)
{
    const struct ikl_suite *suite = &begun->proposal.suite;
    const struct ikl_prf *old_prf = providers_prf(&asked->session->handshake.proposal.suite);
    struct ikl_octets sa = payload_find(asked->response.first_payload, asked->response.plaintext, IKL_PAYLOAD_SA);
    struct ikl_octets body = payload_find(asked->response.first_payload, asked->response.plaintext, IKL_PAYLOAD_KE);
    struct ikl_octets nr = payload_find(asked->response.first_payload, asked->response.plaintext, IKL_PAYLOAD_NONCE);
    struct ikl_octets sk_d = {asked->session->handshake.keys.sk_d, asked->session->handshake.keys.prf_len};
    uint8_t shared[DH_MAX_LEN], skeyseed[IKL_MAX_PRF];
    struct ikl_kdf_input input = {
        .size = sizeof(input),
        .ni = {begun->nonce, sizeof(begun->nonce)},
        .nr = nr,
        .shared_secret = {shared, 0},
        .spi_i = begun->spi,
    };
    struct ikl_proposals walk = ikl_proposals(sa, IKL_SA_ACCEPTED);
    struct ikl_proposal accepted;
    struct ikl_reader spi;
    struct ikl_ke ke;

    assert_int_equal(ikl_proposals_next(&walk, &accepted), IKL_OK);
    assert_int_equal(accepted.spi.len, 8);
    spi = ikl_reader(accepted.spi.data, accepted.spi.len);
    input.spi_r = ikl_read_u64(&spi);
    assert_int_equal(ikl_ke_read(&ke, body), IKL_OK);
    assert_int_equal(dh_key_agree(begun->key, ke.data, shared, &input.shared_secret.len), IKL_OK);
    assert_int_equal(ikl_skeyseed_rekey(old_prf, sk_d, &input, skeyseed), IKL_OK);
    assert_int_equal(
        ikl_keys_derive(keys, providers_find(suite), suite, (struct ikl_octets){skeyseed, old_prf->len}, &input),
        IKL_OK);
    return input.spi_r;
}

/* The peer puts the new IKE SA in the place of the old one, and deletes that. */
static void replace(struct asked *asked, const struct begun *begun)
{
    struct session *session = asked->session;
    struct ikl_sa_config config = session_sa_config(session, ikl_sa_path(session->sa));
    struct ikl_sa *old = session->sa;
    struct ikl_keys keys;

    config.spi_i = begun->spi;
    config.spi_r = derive(asked, begun, &keys);
    config.original_initiator = true;
    config.ids = (struct ikl_message_ids){.stated = true};
    config.protection =
        (struct ikl_protection){.suite = begun->proposal.suite, .keys = &keys, .iv_source = IKL_IV_FRESH_KEYS};
    assert_int_equal(session_new_sa(session, &config, &session->sa), IKL_OK);
    assert_int_equal(ikl_sa_replace(old, session->sa, true, 1000, ikeping_now(session->ikeping)), IKL_OK);
    session->handshake.keys = keys;
    session->handshake.proposal = begun->proposal;
}

/* The IKE SA is rekeyed with this proposal, and checked on. */
static void rekey(struct asked *asked, const char *proposal)
{
    struct session *responder = world_session(&asked->world, RESPONDER);
    size_t before = world_count(&asked->world, RESPONDER, "rekeyed by the peer");
    struct payload_list list;
    struct begun begun;
    struct proposal_list parsed;

    assert_true(proposals_parse(&parsed, proposal));
    compose(&begun, &list, proposal, parsed.proposals[0].group);
    asked_ask(asked, IKL_CREATE_CHILD_SA, &list);
    assert_int_equal(world_count(&asked->world, RESPONDER, "rekeyed by the peer"), before + 1);
    replace(asked, &begun);
    dh_key_free(begun.key);
    assert_int_equal(ikl_sa_spi_i(responder->sa), begun.spi);
    assert_memory_equal(responder->handshake.keys.sk_d, asked->session->handshake.keys.sk_d,
                        responder->handshake.keys.prf_len);
    asked_assert_goes_on(asked);
    /* the old one is gone on both sides, without having taken anything with it */
    assert_int_equal(ikl_endpoint_n_sas(asked->world.ends[RESPONDER].ikeping.endpoint), 1);
    assert_int_equal(world_count(&asked->world, RESPONDER, "down:"), 0);
    assert_int_equal(responder->n_sas, 1);
}

static void a_rekey_is_accepted_and_liveness_goes_on(void **state)
{
    struct asked asked;

    (void)state;
    asked_start(&asked, "", "--interval 0.3");
    rekey(&asked, "chacha20poly1305-prfsha256-x25519");
    assert_true(world_count(&asked.world, RESPONDER, " answered: Message ID ") >= 4);
    assert_int_equal(world_clear(&asked.world), EXIT_ALIVE);
}

static void a_rekey_may_change_the_algorithms(void **state)
{
    static const char list[] = "chacha20poly1305-prfsha256-x25519,chacha20poly1305-prfsha512-x25519";
    struct asked asked;
    char options[160];

    (void)state;
    (void)snprintf(options, sizeof(options), "--proposal %s", list);
    asked_start(&asked, "--proposal chacha20poly1305-prfsha256-x25519", options);
    /* SKEYSEED is made with the old PRF, and in the next rekey the new one is the old one */
    rekey(&asked, "chacha20poly1305-prfsha512-x25519");
    assert_int_equal(world_session(&asked.world, RESPONDER)->handshake.proposal.suite.prf, IKL_PRF_HMAC_SHA2_512);
    rekey(&asked, "chacha20poly1305-prfsha256-x25519");
    assert_int_equal(world_session(&asked.world, RESPONDER)->handshake.proposal.suite.prf, IKL_PRF_HMAC_SHA2_256);
    assert_int_equal(world_clear(&asked.world), EXIT_ALIVE);
}

static void a_rekey_with_nothing_in_common_is_refused(void **state)
{
    struct payload_list list;
    struct begun begun;
    struct asked asked;

    (void)state;
    asked_start(&asked, "", "--proposal chacha20poly1305-prfsha256-x25519");
    compose(&begun, &list, "chacha20poly1305-prfsha512-x25519", DH_X25519);
    asked_ask(&asked, IKL_CREATE_CHILD_SA, &list);
    asked_assert_error(&asked, IKL_NOTIFY_NO_PROPOSAL_CHOSEN);
    asked_assert_goes_on(&asked);
    dh_key_free(begun.key);
    (void)world_clear(&asked.world);
}

static void a_rekey_with_a_key_of_another_group_is_told_the_right_one(void **state)
{
    struct payload_list list;
    struct begun begun;
    struct asked asked;
    const struct ikl_octets *plaintext = &asked.response.plaintext;

    (void)state;
    if (!dh_group_available(DH_ECP_256)) {
        skip();
    }
    asked_start(&asked, "", "--proposal chacha20poly1305-prfsha256-x25519");
    compose(&begun, &list, "chacha20poly1305-prfsha256-x25519", DH_ECP_256);
    asked_ask(&asked, IKL_CREATE_CHILD_SA, &list);
    asked_assert_error(&asked, IKL_NOTIFY_INVALID_KE_PAYLOAD);
    assert_int_equal(plaintext->data[plaintext->len - 1], DH_X25519);
    asked_assert_goes_on(&asked);
    dh_key_free(begun.key);
    (void)world_clear(&asked.world);
}

static void a_rekey_with_an_unusable_public_value_is_refused(void **state)
{
    struct payload_list list;
    struct begun begun;
    struct asked asked;

    (void)state;
    asked_start(&asked, "", "");
    compose(&begun, &list, "chacha20poly1305-prfsha256-x25519", DH_X25519);
    memset((uint8_t *)(uintptr_t)list.payloads[1].body.data + 4, 0, 32);
    asked_ask(&asked, IKL_CREATE_CHILD_SA, &list);
    asked_assert_error(&asked, IKL_NOTIFY_NO_PROPOSAL_CHOSEN);
    asked_assert_goes_on(&asked);
    assert_int_equal(world_session(&asked.world, RESPONDER)->n_sas, 1);
    dh_key_free(begun.key);
    (void)world_clear(&asked.world);
}

static bool cut; /* for loses_answers_and_deletes */
static int asking;

/* Loses what the peer answers to checks, and what it deletes. */
static bool loses_answers_and_deletes(struct world *world, struct sent *sent)
{
    (void)world;
    return !cut || sent->from != asking || sent->octets[18] != IKL_INFORMATIONAL;
}

static struct ikeping *asked_ikeping(struct asked *asked)
{
    return &asked->world.ends[1 - asked->peer].ikeping;
}

static const struct tally *asked_tally(const struct asked *asked)
{
    return world_tally(&asked->world, 1 - asked->peer);
}

/* A check of the end that is asked is outstanding, because its answer was lost, when the peer rekeys; the peer's Delete
 * of the old IKE SA is lost too. */
static void rekey_during_a_check(struct asked *asked, int peer, const char *options)
{
    struct payload_list list;
    struct begun begun;
    char checking[64];

    (void)snprintf(checking, sizeof(checking), "--interval 1 %s", options);
    asked_start_with(asked, peer, peer == INITIATOR ? "--interval 60" : checking, peer == INITIATOR ? checking : "");
    world_run(&asked->world, 600);
    asking = peer;
    cut = true;
    asked->world.passes = loses_answers_and_deletes;
    world_run(&asked->world, 400);
    assert_int_equal(asked_tally(asked)->sent, asked_tally(asked)->answered + 1);
    compose(&begun, &list, "chacha20poly1305-prfsha256-x25519", DH_X25519);
    asked_ask(asked, IKL_CREATE_CHILD_SA, &list);
    replace(asked, &begun);
    dh_key_free(begun.key);
}

/* Checks go on, and nothing counts as lost. */
static void assert_superseded(struct asked *asked, const char *text)
{
    world_run(&asked->world, 12500);
    assert_int_equal(world_count(&asked->world, 1 - asked->peer, text), 1);
    assert_int_equal(asked_tally(asked)->superseded, 1);
    assert_int_equal(asked_tally(asked)->sent, asked_tally(asked)->answered + 1);
    assert_true(asked_tally(asked)->answered > 3);
    /* nobody is told of a check that was ended */
    assert_int_equal(world_count(&asked->world, 1 - asked->peer, "INFORMATIONAL"), 0);
}

static void a_check_that_is_outstanding_when_the_peer_rekeys_ends_as_superseded(void **state)
{
    struct asked asked;

    (void)state;
    for (int peer = 0; peer < 2; peer++) {
        rekey_during_a_check(&asked, peer, "");
        /* it may still be answered, until the next one is due */
        world_run(&asked.world, 500);
        assert_int_equal(asked_tally(&asked)->superseded, 0);
        world_run(&asked.world, 1500);
        assert_int_equal(asked_tally(&asked)->superseded, 1);
        cut = false;
        assert_superseded(&asked, " superseded by a rekey\n");
        ikeping_interrupt(asked_ikeping(&asked), asked.world.now);
        world_run(&asked.world, 0);
        assert_int_equal(ikeping_close(asked_ikeping(&asked), "peer"), EXIT_ALIVE);
        assert_int_equal(world_count(&asked.world, 1 - peer, "1 check superseded\n"), 1);
        assert_int_equal(ikeping_open(asked_ikeping(&asked), asked.world.now), true);
        (void)world_clear(&asked.world);
    }
}

static void json_tells_of_a_superseded_check(void **state)
{
    struct asked asked;

    (void)state;
    for (int peer = 0; peer < 2; peer++) {
        rekey_during_a_check(&asked, peer, "--json");
        cut = false;
        assert_superseded(&asked, "\"event\":\"superseded\"");
        (void)ikeping_close(asked_ikeping(&asked), "peer");
        assert_int_equal(world_count(&asked.world, 1 - peer, "\"superseded\":1}"), 1);
        assert_int_equal(ikeping_open(asked_ikeping(&asked), asked.world.now), true);
        (void)world_clear(&asked.world);
    }
}

static void a_check_that_is_answered_on_the_old_ike_sa_counts(void **state)
{
    struct sent *late;
    struct asked asked;

    (void)state;
    rekey_during_a_check(&asked, RESPONDER, "");
    late = &asked.world.sent[0];
    for (size_t i = 0; i < asked.world.n_sent; i++) {
        const struct sent *sent = &asked.world.sent[i];

        if (sent->from == RESPONDER && sent->octets[18] == IKL_INFORMATIONAL &&
            (sent->octets[19] & IKL_FLAG_RESPONSE)) {
            late = &asked.world.sent[i];
        }
    }
    world_give(&asked.world, INITIATOR, &late->path, late->octets, late->len);
    cut = false;
    world_run(&asked.world, 12500);
    assert_int_equal(asked_tally(&asked)->superseded, 0);
    assert_int_equal(asked_tally(&asked)->sent, asked_tally(&asked)->answered);
    assert_true(asked_tally(&asked)->answered >= 13);
    assert_int_equal(world_clear(&asked.world), EXIT_ALIVE);
}

static void every_ike_sa_of_a_connection_is_reconnected(void **state)
{
    struct ikl_path again = world_path(false);
    struct payload_list list;
    struct begun begun;
    struct asked asked;
    struct session *session;
    struct ikl_sa *old;

    (void)state;
    again.reliable = true;
    again.tag = 9;
    asked_start_with(&asked, RESPONDER, "--tcp --interval 60", "--tcp");
    asking = RESPONDER;
    cut = true;
    asked.world.passes = loses_answers_and_deletes;
    session = world_session(&asked.world, INITIATOR);
    old = session->sa;
    compose(&begun, &list, "chacha20poly1305-prfsha256-x25519", DH_X25519);
    asked_ask(&asked, IKL_CREATE_CHILD_SA, &list);
    replace(&asked, &begun);
    world_run(&asked.world, 100);
    assert_int_equal(session->n_sas, 2);
    assert_true(session->sa != old);
    ikeping_reconnected(asked_ikeping(&asked), &again, asked.world.now);
    assert_int_equal(ikl_sa_path(old)->tag, 9);
    assert_int_equal(ikl_sa_path(session->sa)->tag, 9);
    assert_int_equal(world_count(&asked.world, INITIATOR, "connected again"), 1);
    cut = false;
    dh_key_free(begun.key);
    (void)world_clear(&asked.world);
}

static void a_peer_that_rekeys_faster_than_old_ike_sas_go_is_refused(void **state)
{
    struct payload_list list;
    struct begun begun;
    struct asked asked;

    (void)state;
    asked_start(&asked, "", "");
    asking = INITIATOR;
    cut = true;
    asked.world.passes = loses_answers_and_deletes;
    for (unsigned n = 1; n < SESSION_SAS; n++) {
        compose(&begun, &list, "chacha20poly1305-prfsha256-x25519", DH_X25519);
        asked_ask(&asked, IKL_CREATE_CHILD_SA, &list);
        replace(&asked, &begun);
        dh_key_free(begun.key);
        assert_int_equal(world_session(&asked.world, RESPONDER)->n_sas, n + 1);
    }
    compose(&begun, &list, "chacha20poly1305-prfsha256-x25519", DH_X25519);
    asked_ask(&asked, IKL_CREATE_CHILD_SA, &list);
    assert_int_not_equal(payload_find_error(asked.response.first_payload, asked.response.plaintext), 0);
    assert_int_equal(world_session(&asked.world, RESPONDER)->n_sas, SESSION_SAS);
    cut = false;
    dh_key_free(begun.key);
    (void)world_clear(&asked.world);
}

TESTS_OF(rekey)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rekey_without_the_payloads_it_needs_ends_the_ike_sa_at_both_ends),
        cmocka_unit_test(an_exchange_that_is_not_known_is_refused_and_the_ike_sa_stays),
        cmocka_unit_test(what_is_announced_gets_an_empty_answer),
        cmocka_unit_test(a_rekey_is_accepted_and_liveness_goes_on),
        cmocka_unit_test(a_rekey_may_change_the_algorithms),
        cmocka_unit_test(a_check_that_is_outstanding_when_the_peer_rekeys_ends_as_superseded),
        cmocka_unit_test(json_tells_of_a_superseded_check),
        cmocka_unit_test(a_check_that_is_answered_on_the_old_ike_sa_counts),
        cmocka_unit_test(every_ike_sa_of_a_connection_is_reconnected),
        cmocka_unit_test(a_peer_that_rekeys_faster_than_old_ike_sas_go_is_refused),
        cmocka_unit_test(a_rekey_with_nothing_in_common_is_refused),
        cmocka_unit_test(a_rekey_with_a_key_of_another_group_is_told_the_right_one),
        cmocka_unit_test(a_rekey_with_an_unusable_public_value_is_refused),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
