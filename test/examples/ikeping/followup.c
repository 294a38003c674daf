/* SPDX-License-Identifier: ISC */
/* Rekeys of the IKE SA that have additional key exchanges, each in an IKE_FOLLOWUP_KE exchange (RFC 9370 §2.2.4):
 * ikeping answers them, and with --rekey begins them. */
#include "asked.h"

#include "examples/ikeping/providers.h"
#include "examples/ikeping/rekey_answer.h"
#include "support/test.h"

#include <sodium.h>

enum { LINK_MAX = 64, ADDITIONAL = 2 };

static const char options[] = "--additional x448,ecp384";

/* A rekey that the peer has begun. */
struct rekey {
    struct choice choice; /* with the peer's SPI */
    uint8_t nonce[32];
    struct dh_key *key; /* of the exchange under way */
    uint8_t secrets[1 + ADDITIONAL][DH_MAX_LEN];
    struct ikl_octets views[1 + ADDITIONAL];
    size_t n;
    uint8_t link[LINK_MAX];
    size_t link_len; /* 0: the last response had none */
    uint64_t spi_r;
    uint8_t nonce_r[IKL_MAX_NONCE];
    size_t nonce_r_len;
};

static bool can(void)
{
    return dh_group_available(DH_X448);
}

static struct ikl_octets found(const struct asked *asked, uint8_t type)
{
    return payload_find(asked->response.first_payload, asked->response.plaintext, type);
}

/* Takes the responder's public value and its link, if there is one. */
static void take(const struct asked *asked, struct rekey *rekey)
{
    struct ikl_octets *secret = &rekey->views[rekey->n], link = {NULL, 0};
    struct ikl_ke ke;

    assert_int_equal(ikl_ke_read(&ke, found(asked, IKL_PAYLOAD_KE)), IKL_OK);
    assert_int_equal(ke.method, dh_key_group(rekey->key));
    secret->data = rekey->secrets[rekey->n];
    assert_int_equal(dh_key_agree(rekey->key, ke.data, rekey->secrets[rekey->n], &secret->len), IKL_OK);
    rekey->n++;
    dh_key_free(rekey->key);
    rekey->key = NULL;
    (void)payload_find_notify(asked->response.first_payload, asked->response.plaintext,
                              IKL_NOTIFY_ADDITIONAL_KEY_EXCHANGE, &link);
    assert_true(link.len <= LINK_MAX);
    rekey->link_len = link.len;
    if (link.len != 0) {
        memcpy(rekey->link, link.data, link.len);
    }
}

/* CREATE_CHILD_SA, which is accepted. */
static void begin(struct asked *asked, struct rekey *rekey)
{
    struct ikl_proposals walk;
    struct ikl_proposal accepted;
    struct payload_list list;
    struct ikl_octets nonce;
    struct ikl_reader spi;
    struct ikl_ke ke;

    *rekey = (struct rekey){.choice = {.proposal = asked->session->handshake.proposal, .number = 1}};
    randombytes_buf(rekey->nonce, sizeof(rekey->nonce));
    randombytes_buf(&rekey->choice.spi, sizeof(rekey->choice.spi));
    assert_int_equal(rekey->choice.proposal.n_additional, ADDITIONAL);
    assert_int_equal(dh_key_new(&rekey->key, rekey->choice.proposal.group), IKL_OK);
    ke = (struct ikl_ke){.method = rekey->choice.proposal.group, .data = dh_key_public(rekey->key)};
    payload_list_init(&list);
    payload_list_end(
        &list, proposals_write_choice(payload_list_begin(&list, IKL_PAYLOAD_SA), &rekey->choice, rekey->choice.spi));
    init_message_add_key(&list, &ke, (struct ikl_octets){rekey->nonce, sizeof(rekey->nonce)});
    asked_ask(asked, IKL_CREATE_CHILD_SA, &list);
    walk = ikl_proposals(found(asked, IKL_PAYLOAD_SA), IKL_SA_ACCEPTED);
    assert_int_equal(ikl_proposals_next(&walk, &accepted), IKL_OK);
    spi = ikl_reader(accepted.spi.data, accepted.spi.len);
    rekey->spi_r = ikl_read_u64(&spi);
    assert_int_equal(ikl_nonce_read(&nonce, found(asked, IKL_PAYLOAD_NONCE)), IKL_OK);
    rekey->nonce_r_len = nonce.len;
    memcpy(rekey->nonce_r, nonce.data, nonce.len);
    take(asked, rekey);
}

/* Asks for the next exchange, with a key pair of this method. */
static void ask(struct asked *asked, struct rekey *rekey, uint16_t method, struct ikl_octets link)
{
    struct payload_list list;
    struct ikl_ke ke;

    dh_key_free(rekey->key);
    assert_int_equal(dh_key_new(&rekey->key, method), IKL_OK);
    ke = (struct ikl_ke){.method = method, .data = dh_key_public(rekey->key)};
    payload_list_init(&list);
    payload_list_end(&list, ikl_ke_write(payload_list_begin(&list, IKL_PAYLOAD_KE), &ke));
    if (link.len != 0) {
        payload_list_end(&list, ikl_key_exchange_link_write(payload_list_begin(&list, IKL_PAYLOAD_NOTIFY), link));
    }
    asked_ask(asked, IKL_IKE_FOLLOWUP_KE, &list);
}

static struct ikl_octets link_of(const struct rekey *rekey)
{
    return (struct ikl_octets){rekey->link, rekey->link_len};
}

static void go_on(struct asked *asked, struct rekey *rekey)
{
    ask(asked, rekey, rekey->choice.proposal.additional[rekey->n - 1], link_of(rekey));
    take(asked, rekey);
}

/* The peer's side of the new IKE SA, which takes the place of the old one. */
static void end(struct asked *asked, struct rekey *rekey)
{
    struct session *session = asked->session;
    struct handshake *handshake = &session->handshake;
    const struct ikl_suite *suite = &rekey->choice.proposal.suite;
    const struct ikl_prf *prf = providers_prf(suite);
    struct ikl_sa_config config = session_sa_config(session, ikl_sa_path(session->sa));
    struct ikl_sa *old = session->sa;
    uint8_t skeyseed[IKL_MAX_PRF];
    const struct ikl_kdf_input input = {.size = sizeof(input),
                                        .ni = {rekey->nonce, sizeof(rekey->nonce)},
                                        .nr = {rekey->nonce_r, rekey->nonce_r_len},
                                        .shared_secret = rekey->views[0],
                                        .spi_i = rekey->choice.spi,
                                        .spi_r = rekey->spi_r,
                                        .additional = rekey->views + 1,
                                        .n_additional = ADDITIONAL};

    assert_int_equal(rekey->n, 1 + ADDITIONAL);
    assert_int_equal(rekey->link_len, 0);
    assert_int_equal(
        ikl_skeyseed_rekey(prf, (struct ikl_octets){handshake->keys.sk_d, handshake->keys.prf_len}, &input, skeyseed),
        IKL_OK);
    assert_int_equal(ikl_keys_derive(&handshake->keys, providers_find(suite), suite,
                                     (struct ikl_octets){skeyseed, prf->len}, &input),
                     IKL_OK);
    config.spi_i = rekey->choice.spi;
    config.spi_r = rekey->spi_r;
    config.original_initiator = true;
    config.ids = (struct ikl_message_ids){.stated = true};
    config.protection = session_protection(session);
    assert_int_equal(session_new_sa(session, &config, &session->sa), IKL_OK);
    assert_int_equal(ikl_sa_replace(old, session->sa, true, 1000, ikeping_now(session->ikeping)), IKL_OK);
}

static size_t count_rekeys(struct asked *asked)
{
    return world_count(&asked->world, RESPONDER, "rekeyed by the peer");
}

static void clear(struct asked *asked, struct rekey *rekey)
{
    dh_key_free(rekey->key);
    (void)world_clear(&asked->world);
}

static void a_rekey_ends_with_the_last_of_its_key_exchanges(void **state)
{
    struct rekey rekey;
    struct asked asked;

    (void)state;
    if (!can()) {
        skip();
    }
    asked_start(&asked, options, options);
    for (size_t i = 0; i < 2; i++) { /* the second in the IKE SA that the first has made */
        begin(&asked, &rekey);
        assert_int_not_equal(rekey.link_len, 0);
        go_on(&asked, &rekey);
        assert_int_not_equal(rekey.link_len, 0);
        assert_int_equal(count_rekeys(&asked), i);
        go_on(&asked, &rekey);
        assert_int_equal(count_rekeys(&asked), i + 1);
        end(&asked, &rekey);
        assert_memory_equal(world_session(&asked.world, RESPONDER)->handshake.keys.sk_d,
                            asked.session->handshake.keys.sk_d, asked.session->handshake.keys.prf_len);
        asked_assert_goes_on(&asked);
        assert_int_equal(world_session(&asked.world, RESPONDER)->n_sas, 1);
    }
    clear(&asked, &rekey);
}

static void a_request_without_the_right_link_finds_no_rekey(void **state)
{
    struct rekey rekey, former;
    struct asked asked;
    uint8_t wrong[LINK_MAX];

    (void)state;
    if (!can()) {
        skip();
    }
    asked_start(&asked, options, options);
    begin(&asked, &rekey);
    former = rekey;
    memcpy(wrong, rekey.link, rekey.link_len);
    wrong[0] ^= 1;
    ask(&asked, &rekey, DH_X448, (struct ikl_octets){wrong, rekey.link_len});
    asked_assert_error(&asked, IKL_NOTIFY_STATE_NOT_FOUND);
    ask(&asked, &rekey, DH_X448, (struct ikl_octets){rekey.link, rekey.link_len - 1});
    asked_assert_error(&asked, IKL_NOTIFY_STATE_NOT_FOUND);
    ask(&asked, &rekey, DH_X448, (struct ikl_octets){NULL, 0});
    asked_assert_error(&asked, IKL_NOTIFY_STATE_NOT_FOUND);
    go_on(&asked, &rekey); /* the rekey goes on all the same; a link is good once */
    ask(&asked, &rekey, DH_ECP_384, link_of(&former));
    asked_assert_error(&asked, IKL_NOTIFY_STATE_NOT_FOUND);
    former = rekey;
    go_on(&asked, &rekey);
    end(&asked, &rekey);
    asked_assert_goes_on(&asked);
    ask(&asked, &rekey, DH_ECP_384, link_of(&former)); /* it is over, and the IKE SA is another */
    asked_assert_error(&asked, IKL_NOTIFY_STATE_NOT_FOUND);
    asked_assert_goes_on(&asked);
    clear(&asked, &rekey);
}

static void a_rekey_that_is_begun_takes_the_place_of_one_that_was(void **state)
{
    struct rekey first, second;
    struct asked asked;

    (void)state;
    if (!can()) {
        skip();
    }
    asked_start(&asked, options, options);
    begin(&asked, &first);
    begin(&asked, &second);
    ask(&asked, &first, DH_X448, link_of(&first));
    asked_assert_error(&asked, IKL_NOTIFY_STATE_NOT_FOUND);
    dh_key_free(first.key);
    go_on(&asked, &second);
    go_on(&asked, &second);
    end(&asked, &second);
    asked_assert_goes_on(&asked);
    clear(&asked, &second);
}

static void a_public_value_that_may_not_be_used_ends_the_rekey_alone(void **state)
{
    static const uint8_t zeros[56];
    const struct ikl_ke ke = {.method = DH_X448, .data = {zeros, sizeof(zeros)}};
    struct payload_list list;
    struct rekey rekey;
    struct asked asked;

    (void)state;
    if (!can()) {
        skip();
    }
    asked_start(&asked, options, options);
    begin(&asked, &rekey);
    payload_list_init(&list);
    payload_list_end(&list, ikl_ke_write(payload_list_begin(&list, IKL_PAYLOAD_KE), &ke));
    payload_list_end(&list,
                     ikl_key_exchange_link_write(payload_list_begin(&list, IKL_PAYLOAD_NOTIFY), link_of(&rekey)));
    asked_ask(&asked, IKL_IKE_FOLLOWUP_KE, &list);
    asked_assert_error(&asked, IKL_NOTIFY_NO_PROPOSAL_CHOSEN);
    ask(&asked, &rekey, DH_X448, link_of(&rekey));
    asked_assert_error(&asked, IKL_NOTIFY_STATE_NOT_FOUND);
    assert_int_equal(count_rekeys(&asked), 0);
    asked_assert_goes_on(&asked);
    clear(&asked, &rekey);
}

static void a_key_exchange_of_another_method_ends_the_ike_sa_at_both_ends(void **state)
{
    struct rekey rekey;
    struct asked asked;

    (void)state;
    if (!can()) {
        skip();
    }
    asked_start(&asked, options, options);
    begin(&asked, &rekey);
    ask(&asked, &rekey, DH_ECP_384, link_of(&rekey));
    asked_assert_error(&asked, IKL_NOTIFY_INVALID_SYNTAX);
    world_run(&asked.world, 2000);
    assert_int_equal(ikl_endpoint_n_sas(asked.world.ends[RESPONDER].ikeping.endpoint), 0);
    clear(&asked, &rekey);
}

static const char rekeying[] = "--rekey 10 --additional x448,ecp384";

static void start(struct world *world, const char *initiator_options, const char *responder_options)
{
    world_init(world, initiator_options, responder_options);
    world_connect(world);
    world_run(world, 100);
    assert_int_equal(world_session(world, INITIATOR)->phase, SESSION_ESTABLISHED);
}

/* Both ends have one and the same IKE SA, with the same keys. */
static void assert_one(struct world *world)
{
    const struct session *initiator = world_session(world, INITIATOR), *responder = world_session(world, RESPONDER);

    assert_int_equal(initiator->n_sas, 1);
    assert_int_equal(responder->n_sas, 1);
    assert_int_equal(ikl_sa_spi_i(initiator->sa), ikl_sa_spi_i(responder->sa));
    assert_int_equal(ikl_sa_spi_r(initiator->sa), ikl_sa_spi_r(responder->sa));
    assert_memory_equal(initiator->handshake.keys.sk_d, responder->handshake.keys.sk_d,
                        initiator->handshake.keys.prf_len);
}

static void either_end_rekeys_with_them(void **state)
{
    const char *const both[2] = {rekeying, options};
    struct world world;

    (void)state;
    if (!can()) {
        skip();
    }
    for (int end = 0; end < 2; end++) {
        start(&world, both[end], both[1 - end]);
        world_run(&world, 29000);
        assert_int_equal(world_count(&world, end, "  rekeyed by us: "), 2);
        assert_int_equal(world_count(&world, 1 - end, "rekeyed by the peer: "), 2);
        assert_int_equal(world_count_sent(&world, end, IKL_IKE_FOLLOWUP_KE), 4);
        assert_one(&world);
        assert_int_equal(world_count(&world, INITIATOR, "retransmission"), 0);
        assert_int_equal(world_clear(&world), EXIT_ALIVE);
    }
}

/* Nonces are drawn, so either end wins. */
static void one_of_two_rekeys_with_them_at_the_same_time_stays(void **state)
{
    struct world world;
    size_t won[2] = {0, 0};

    (void)state;
    if (!can()) {
        skip();
    }
    for (unsigned i = 0; i < 20; i++) {
        start(&world, rekeying, rekeying);
        world_run(&world, 9950);
        for (int end = 0; end < 2; end++) {
            assert_int_equal(world_count_sent(&world, end, IKL_IKE_FOLLOWUP_KE), 4); /* two requests, two responses */
            won[end] += world_count(&world, end, "  rekeyed by us: ");
        }
        world_run(&world, 9000);
        assert_one(&world);
        assert_int_equal(world_clear(&world), EXIT_ALIVE);
    }
    assert_int_equal(won[INITIATOR] + won[RESPONDER], 20);
    assert_true(won[INITIATOR] > 0 && won[RESPONDER] > 0);
}

/* The responder does not know any more what it was asked before. */
static bool forgets(struct world *world, struct sent *sent)
{
    if (sent->from == INITIATOR && sent->octets[18] == IKL_IKE_FOLLOWUP_KE) {
        rekey_answer_forget(world_session(world, RESPONDER));
    }
    return true;
}

static void a_rekey_that_the_peer_has_forgotten_is_tried_again(void **state)
{
    struct world world;

    (void)state;
    if (!can()) {
        skip();
    }
    start(&world, rekeying, options);
    world.passes = forgets;
    world_run(&world, 15000);
    assert_int_equal(world_count(&world, INITIATOR, "our rekey came to nothing: the gateway says STATE_NOT_FOUND"), 1);
    world.passes = NULL;
    world_run(&world, 14000);
    assert_int_equal(world_count(&world, INITIATOR, "  rekeyed by us: "), 1);
    assert_one(&world);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

TESTS_OF(followup)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rekey_ends_with_the_last_of_its_key_exchanges),
        cmocka_unit_test(a_request_without_the_right_link_finds_no_rekey),
        cmocka_unit_test(a_rekey_that_is_begun_takes_the_place_of_one_that_was),
        cmocka_unit_test(a_public_value_that_may_not_be_used_ends_the_rekey_alone),
        cmocka_unit_test(a_key_exchange_of_another_method_ends_the_ike_sa_at_both_ends),
        cmocka_unit_test(either_end_rekeys_with_them),
        cmocka_unit_test(one_of_two_rekeys_with_them_at_the_same_time_stays),
        cmocka_unit_test(a_rekey_that_the_peer_has_forgotten_is_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
