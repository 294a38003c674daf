/* ikeping answers an authenticated peer: an IKE SA rekey is accepted, a Child SA is not.
 * SPDX-License-Identifier: ISC */
#include "world.h"

#include "examples/ikeping/providers.h"
#include "support/test.h"

#include <sodium.h>

/* The initiator's end is the peer here: the test makes its requests. */
struct asked {
    struct world world;
    struct session *session;
    uint8_t plaintext[WORLD_MAX_DATAGRAM];
    struct ikl_opened response; /* to the last request */
};

static void start(struct asked *asked, const char *initiator_options, const char *responder_options)
{
    world_init(&asked->world, initiator_options, responder_options);
    world_connect(&asked->world);
    world_run(&asked->world, 100);
    asked->session = world_session(&asked->world, INITIATOR);
    assert_int_equal(asked->session->phase, SESSION_ESTABLISHED);
}

static void open_response(struct asked *asked, const struct sent *sent)
{
    const struct ikl_suite *suite = &asked->session->proposal.suite;
    const struct ikl_keys *keys = &asked->session->keys;
    const struct ikl_cipher *cipher;
    uint8_t *state;

    assert_int_equal(providers_find(suite)->cipher(suite, &cipher), IKL_OK);
    state = malloc(cipher->state_size);
    assert_int_equal(cipher->init(state, keys->sk_er, keys->sk_ar), IKL_OK);
    assert_int_equal(ikl_message_open(cipher, state, sent->octets, sent->len, asked->plaintext,
                                      sizeof(asked->plaintext), &asked->response),
                     IKL_OK);
    if (cipher->clear != NULL) {
        cipher->clear(state);
    }
    free(state);
}

/* Sends a request, which must be answered, and opens the response. */
static void ask(struct asked *asked, uint8_t exchange, const struct payload_list *list)
{
    struct world *world = &asked->world;
    size_t before = world->n_sent;

    assert_int_equal(list->error, IKL_OK);
    assert_int_equal(ikl_sa_request(asked->session->sa, exchange, list->payloads, list->n, NULL,
                                    ikeping_now(&world->ends[INITIATOR].ikeping), NULL),
                     IKL_OK);
    world_deliver(world);
    assert_true(world->n_sent >= before + 2);
    assert_int_equal(world->sent[before + 1].from, RESPONDER);
    open_response(asked, &world->sent[before + 1]);
    assert_int_equal(asked->response.header.exchange, exchange);
}

/* The only payload of the response is a Notify with this type. */
static void assert_error(const struct asked *asked, uint16_t type)
{
    assert_int_equal(payload_find_error(asked->response.first_payload, asked->response.plaintext), type);
    assert_int_equal(asked->response.first_payload, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(asked->response.plaintext.data[0], IKL_PAYLOAD_NONE);
}

/* The session must go on as if nothing had been asked. */
static void assert_goes_on(struct asked *asked)
{
    uint64_t answered = asked->world.ends[INITIATOR].ikeping.tally.answered;

    world_run(&asked->world, 2000);
    assert_true(asked->world.ends[INITIATOR].ikeping.tally.answered > answered);
    assert_int_equal(world_session(&asked->world, RESPONDER)->phase, SESSION_ESTABLISHED);
}

static void add_offer(struct payload_list *list, uint8_t protocol, uint64_t spi, const struct proposal *proposal)
{
    struct ikl_writer *writer = payload_list_begin(list, IKL_PAYLOAD_SA);
    struct ikl_proposals_writer proposals = ikl_offer_writer(writer);
    uint8_t octets[8];
    struct ikl_writer spi_writer = ikl_writer(octets, sizeof(octets));
    int error;

    if (protocol == IKL_PROTOCOL_IKE) {
        ikl_write_u64(&spi_writer, spi);
    } else {
        ikl_write_u32(&spi_writer, (uint32_t)spi);
    }
    error = ikl_write_proposal(&proposals, protocol, (struct ikl_octets){octets, spi_writer.len});
    if (error == IKL_OK) {
        error = ikl_write_transform(&proposals, IKL_TRANSFORM_ENCR, proposal->suite.encr, proposal->suite.key_bits);
    }
    if (error == IKL_OK && protocol == IKL_PROTOCOL_IKE) {
        error = ikl_write_transform(&proposals, IKL_TRANSFORM_PRF, proposal->suite.prf, 0);
    }
    if (error == IKL_OK && protocol == IKL_PROTOCOL_IKE) {
        error = ikl_write_transform(&proposals, IKL_TRANSFORM_KE, proposal->group, 0);
    }
    payload_list_end(list, error);
}

static void a_child_sa_is_not_accepted(void **state)
{
    struct proposal esp = {.suite = {.encr = IKL_ENCR_CHACHA20_POLY1305}};
    struct payload_list list;
    struct asked asked;

    (void)state;
    start(&asked, "", "");
    payload_list_init(&list);
    add_offer(&list, IKL_PROTOCOL_ESP, 0x1234, &esp);
    ask(&asked, IKL_CREATE_CHILD_SA, &list);
    assert_error(&asked, IKL_NOTIFY_NO_ADDITIONAL_SAS);
    assert_goes_on(&asked);
    (void)world_clear(&asked.world);
}

static void what_is_not_understood_is_said_to_be_so(void **state)
{
    struct payload_list list;
    struct asked asked;

    (void)state;
    start(&asked, "", "");
    payload_list_init(&list);
    ask(&asked, IKL_CREATE_CHILD_SA, &list);
    assert_error(&asked, IKL_NOTIFY_INVALID_SYNTAX);
    ask(&asked, IKL_IKE_AUTH, &list);
    assert_error(&asked, IKL_NOTIFY_INVALID_SYNTAX);
    assert_goes_on(&asked);
    (void)world_clear(&asked.world);
}

static void what_is_announced_gets_an_empty_answer(void **state)
{
    struct payload_list list;
    struct asked asked;

    (void)state;
    start(&asked, "", "");
    payload_list_init(&list);
    payload_list_notify(&list, IKL_NOTIFY_ADDITIONAL_TS_POSSIBLE, (struct ikl_octets){NULL, 0});
    ask(&asked, IKL_INFORMATIONAL, &list);
    assert_int_equal(asked.response.first_payload, IKL_PAYLOAD_NONE);
    assert_goes_on(&asked);
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
    add_offer(list, IKL_PROTOCOL_IKE, begun->spi, &begun->proposal);
    init_message_add_key(list, &ke, (struct ikl_octets){begun->nonce, sizeof(begun->nonce)});
}

/* The keys of the new IKE SA, from the response, and the responder's SPI. */
static uint64_t derive(const struct asked *asked, const struct begun *begun, struct ikl_keys *keys)
{
    const struct ikl_suite *suite = &begun->proposal.suite;
    const struct ikl_prf *old_prf = providers_prf(&asked->session->proposal.suite);
    struct ikl_octets sa = payload_find(asked->response.first_payload, asked->response.plaintext, IKL_PAYLOAD_SA);
    struct ikl_octets body = payload_find(asked->response.first_payload, asked->response.plaintext, IKL_PAYLOAD_KE);
    struct ikl_octets nr = payload_find(asked->response.first_payload, asked->response.plaintext, IKL_PAYLOAD_NONCE);
    struct ikl_octets ni = {begun->nonce, sizeof(begun->nonce)};
    struct ikl_octets sk_d = {asked->session->keys.sk_d, asked->session->keys.prf_len};
    uint8_t shared[DH_MAX_LEN], skeyseed[IKL_MAX_PRF];
    struct ikl_octets secret = {shared, 0};
    struct ikl_proposals walk = ikl_proposals(sa, IKL_SA_ACCEPTED);
    struct ikl_proposal accepted;
    struct ikl_reader spi;
    struct ikl_ke ke;
    uint64_t spi_r;

    assert_int_equal(ikl_proposals_next(&walk, &accepted), IKL_OK);
    assert_int_equal(accepted.spi.len, 8);
    spi = ikl_reader(accepted.spi.data, accepted.spi.len);
    spi_r = ikl_read_u64(&spi);
    assert_int_equal(ikl_ke_read(&ke, body), IKL_OK);
    assert_int_equal(dh_key_agree(begun->key, ke.data, shared, &secret.len), IKL_OK);
    assert_int_equal(ikl_skeyseed_rekey(old_prf, sk_d, secret, ni, nr, skeyseed), IKL_OK);
    assert_int_equal(ikl_keys_derive(keys, providers_find(suite), suite, (struct ikl_octets){skeyseed, old_prf->len},
                                     ni, nr, begun->spi, spi_r),
                     IKL_OK);
    return spi_r;
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
    session->keys = keys;
    session->proposal = begun->proposal;
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
    ask(asked, IKL_CREATE_CHILD_SA, &list);
    assert_int_equal(world_count(&asked->world, RESPONDER, "rekeyed by the peer"), before + 1);
    replace(asked, &begun);
    dh_key_free(begun.key);
    assert_int_equal(ikl_sa_spi_i(responder->sa), begun.spi);
    assert_memory_equal(responder->keys.sk_d, asked->session->keys.sk_d, responder->keys.prf_len);
    assert_goes_on(asked);
    /* the old one is gone on both sides, without having taken anything with it */
    assert_int_equal(ikl_endpoint_n_sas(asked->world.ends[RESPONDER].ikeping.endpoint), 1);
    assert_int_equal(world_count(&asked->world, RESPONDER, "down:"), 0);
    assert_int_equal(responder->n_sas, 1);
}

static void a_rekey_is_accepted_and_liveness_goes_on(void **state)
{
    struct asked asked;

    (void)state;
    start(&asked, "", "--interval 0.3");
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
    start(&asked, "--proposal chacha20poly1305-prfsha256-x25519", options);
    /* SKEYSEED is made with the old PRF, and in the next rekey the new one is the old one */
    rekey(&asked, "chacha20poly1305-prfsha512-x25519");
    assert_int_equal(world_session(&asked.world, RESPONDER)->proposal.suite.prf, IKL_PRF_HMAC_SHA2_512);
    rekey(&asked, "chacha20poly1305-prfsha256-x25519");
    assert_int_equal(world_session(&asked.world, RESPONDER)->proposal.suite.prf, IKL_PRF_HMAC_SHA2_256);
    assert_int_equal(world_clear(&asked.world), EXIT_ALIVE);
}

static void a_rekey_with_nothing_in_common_is_refused(void **state)
{
    struct payload_list list;
    struct begun begun;
    struct asked asked;

    (void)state;
    start(&asked, "", "--proposal chacha20poly1305-prfsha256-x25519");
    compose(&begun, &list, "chacha20poly1305-prfsha512-x25519", DH_X25519);
    ask(&asked, IKL_CREATE_CHILD_SA, &list);
    assert_error(&asked, IKL_NOTIFY_NO_PROPOSAL_CHOSEN);
    assert_goes_on(&asked);
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
    start(&asked, "", "--proposal chacha20poly1305-prfsha256-x25519");
    compose(&begun, &list, "chacha20poly1305-prfsha256-x25519", DH_ECP_256);
    ask(&asked, IKL_CREATE_CHILD_SA, &list);
    assert_error(&asked, IKL_NOTIFY_INVALID_KE_PAYLOAD);
    assert_int_equal(plaintext->data[plaintext->len - 1], DH_X25519);
    assert_goes_on(&asked);
    dh_key_free(begun.key);
    (void)world_clear(&asked.world);
}

static void a_rekey_with_an_unusable_public_value_is_refused(void **state)
{
    struct payload_list list;
    struct begun begun;
    struct asked asked;

    (void)state;
    start(&asked, "", "");
    compose(&begun, &list, "chacha20poly1305-prfsha256-x25519", DH_X25519);
    memset((uint8_t *)(uintptr_t)list.payloads[1].body.data + 4, 0, 32);
    ask(&asked, IKL_CREATE_CHILD_SA, &list);
    assert_error(&asked, IKL_NOTIFY_INVALID_SYNTAX);
    assert_goes_on(&asked);
    assert_int_equal(world_session(&asked.world, RESPONDER)->n_sas, 1);
    dh_key_free(begun.key);
    (void)world_clear(&asked.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_sa_is_not_accepted),
        cmocka_unit_test(what_is_not_understood_is_said_to_be_so),
        cmocka_unit_test(what_is_announced_gets_an_empty_answer),
        cmocka_unit_test(a_rekey_is_accepted_and_liveness_goes_on),
        cmocka_unit_test(a_rekey_may_change_the_algorithms),
        cmocka_unit_test(a_rekey_with_nothing_in_common_is_refused),
        cmocka_unit_test(a_rekey_with_a_key_of_another_group_is_told_the_right_one),
        cmocka_unit_test(a_rekey_with_an_unusable_public_value_is_refused),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
