/* SPDX-License-Identifier: ISC */
/* ikeping's Child SAs: made in IKE_AUTH, or by the peer later. */
#include "asked.h"

#include "support/test.h"

#include <ikelive/registry.h>

#include <sodium.h>

static void start(struct world *world, const char *initiator_options, const char *responder_options)
{
    world_init(world, initiator_options, responder_options);
    world_connect(world);
    world_run(world, 2500);
    assert_int_equal(world_session(world, INITIATOR)->phase, SESSION_ESTABLISHED);
    assert_true(world_tally(world, INITIATOR)->answered >= 2);
}

/* What both ends say once. */
static void assert_told(struct world *world, const char *initiator, const char *responder)
{
    assert_int_equal(world_count(world, INITIATOR, initiator), 1);
    assert_int_equal(world_count(world, RESPONDER, responder), 1);
}

static void assert_none(const struct world *world)
{
    for (int end = 0; end < 2; end++) {
        assert_null(ikl_sa_first_child(world->ends[end].ikeping.sessions->sa));
        assert_int_equal(world_count(world, end, "Child SA established"), 0);
    }
}

static void a_gateway_that_insists_gets_a_child_sa_and_others_get_none(void **state)
{
    struct world world;

    (void)state;
    start(&world, "", "--child tunnel");
    assert_told(&world, "Child SA established: tunnel, 192.0.2.1/32 with 192.0.2.2/32, ENCR_AES_GCM_16-256, SPI ",
                "Child SA established: tunnel, 192.0.2.2/32 with 192.0.2.1/32, ENCR_AES_GCM_16-256, SPI ");
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
    start(&world, "", "");
    assert_none(&world);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_child_sa_has_the_mode_that_was_asked_for_if_the_gateway_agrees(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--child transport", "");
    assert_told(&world, "established: transport, ", "established: transport, ");
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
    start(&world, "--child transport", "--child tunnel");
    assert_told(&world, "established: tunnel, ", "established: tunnel, ");
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
    start(&world, "--child tunnel", "--child transport");
    assert_told(&world, "established: tunnel, ", "established: tunnel, ");
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void both_ends_know_its_spis(void **state)
{
    const struct ikl_child *child, *other;
    struct world world;

    (void)state;
    start(&world, "--child tunnel", "");
    child = ikl_sa_first_child(world_session(&world, INITIATOR)->sa);
    other = ikl_sa_first_child(world_session(&world, RESPONDER)->sa);
    assert_int_equal(ikl_child_spi_in(child), ikl_child_spi_out(other));
    assert_int_equal(ikl_child_spi_out(child), ikl_child_spi_in(other));
    assert_true(ikl_child_spi_in(child) >= 256 && ikl_child_spi_in(other) >= 256);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void traffic_selectors_are_asked_for_and_narrowed(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--ts 0.0.0.0/0,10.0.0.0/8", "--ts 10.7.0.0/16,192.0.2.0-192.0.2.9");
    assert_told(&world, "tunnel, 192.0.2.0-192.0.2.9 with 10.7.0.0/16, ", "10.7.0.0/16 with 192.0.2.0-192.0.2.9, ");
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_child_sa_that_is_refused_leaves_the_ike_sa(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--ts 172.16.0.1,10.0.0.0/8", "--ts 10.7.0.0/16,192.0.2.0/24");
    assert_int_equal(world_count(&world, INITIATOR, "no Child SA: the gateway says TS_UNACCEPTABLE\n"), 1);
    assert_none(&world);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
    start(&world, "--child tunnel", "--child none");
    assert_int_equal(world_count(&world, INITIATOR, "no Child SA: the gateway says NO_PROPOSAL_CHOSEN"), 1);
    assert_none(&world);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void json_tells_of_it_too(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--json --child tunnel", "");
    assert_int_equal(world_count(&world, INITIATOR,
                                 "\"event\":\"child\",\"time\":0.000000,\"peer\":\"192.0.2.2:500\",\"mode\":\"tunnel\","
                                 "\"proposal\":\"ENCR_AES_GCM_16-256\",\"spi_in\":\""),
                     1);
    assert_int_equal(world_count(&world, INITIATOR, "\"ours\":\"192.0.2.1/32\",\"theirs\":\"192.0.2.2/32\"}"), 1);
    (void)world_clear(&world);
    start(&world, "--json --child tunnel", "--child none");
    assert_int_equal(world_count(&world, INITIATOR, "\"event\":\"child_refused\""), 1);
    (void)world_clear(&world);
}

/* How a request for a Child SA is made: each field changes one thing. */
struct wish {
    bool rekey; /* of the Child SA with `spi`, the peer's own */
    uint32_t spi;
    uint16_t proposed_group, ke_group; /* IKL_KE_NONE: none */
    bool bad_public_value, no_nonce, no_selectors;
    uint32_t own_spi;
};

static void add_wish_offer(struct payload_list *list, const struct wish *wish)
{
    uint32_t spi = wish->own_spi != 0 ? wish->own_spi : 0x12345678;

    payload_list_end(list,
                     esp_proposals_write_offer(payload_list_begin(list, IKL_PAYLOAD_SA), spi, wish->proposed_group));
}

static void add_wish_ke(struct payload_list *list, const struct wish *wish)
{
    uint8_t zeros[32] = {0};
    struct dh_key *key;
    struct ikl_ke ke = {.method = wish->ke_group, .data = {zeros, sizeof(zeros)}};

    assert_int_equal(dh_key_new(&key, wish->ke_group), IKL_OK);
    if (!wish->bad_public_value) {
        ke.data = dh_key_public(key);
    }
    init_message_add_ke(list, &ke);
    dh_key_free(key);
}

/* The peer asks for a Child SA. */
static void ask_for_child(struct asked *asked, const struct wish *wish)
{
    struct selectors ends[2] = {{.n = 0}};
    uint8_t nonce[32] = {7}, spi[4];
    struct ikl_writer writer = ikl_writer(spi, sizeof(spi));
    struct ikl_notify rekey = {.type = IKL_NOTIFY_REKEY_SA, .protocol = IKL_PROTOCOL_ESP, .spi = {spi, sizeof(spi)}};
    struct payload_list list;

    payload_list_init(&list);
    ikl_write_u32(&writer, wish->spi);
    if (wish->rekey) {
        payload_list_end(&list, ikl_notify_write(payload_list_begin(&list, IKL_PAYLOAD_NOTIFY), &rekey));
    }
    add_wish_offer(&list, wish);
    if (!wish->no_nonce) {
        init_message_add_nonce(&list, (struct ikl_octets){nonce, sizeof(nonce)});
    }
    if (wish->ke_group != IKL_KE_NONE) {
        add_wish_ke(&list, wish);
    }
    assert_true(selectors_parse(&ends[0], "10.1.0.0/16") && selectors_parse(&ends[1], "10.2.0.0/16"));
    for (size_t i = 0; i < 2 && !wish->no_selectors; i++) {
        payload_list_end(
            &list, selectors_write(payload_list_begin(&list, i == 0 ? IKL_PAYLOAD_TSI : IKL_PAYLOAD_TSR), &ends[i]));
    }
    asked_ask(asked, IKL_CREATE_CHILD_SA, &list);
}

static bool response_has(const struct asked *asked, uint8_t type)
{
    return payload_find(asked->response.first_payload, asked->response.plaintext, type).data != NULL;
}

/* The peer keeps what was accepted, as the session under test does not. */
static struct ikl_child *keep(struct asked *asked, uint32_t own_spi, struct ikl_child *replaces)
{
    struct ikl_octets sa = payload_find(asked->response.first_payload, asked->response.plaintext, IKL_PAYLOAD_SA);
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = own_spi, .replaces = replaces};
    struct ikl_child *child;
    struct esp_choice choice;

    config.user = calloc(1, sizeof(struct child)); /* the peer is an ikeping too, and frees it */
    assert_true(esp_proposals_read_accepted(&choice, sa, IKL_KE_NONE));
    config.spi_out = choice.spi;
    assert_int_equal(ikl_sa_add_child(asked->session->sa, &config, &child), IKL_OK);
    return child;
}

static void a_child_sa_of_the_peers_is_accepted_in_either_role(void **state)
{
    struct asked asked;

    (void)state;
    for (int peer = 0; peer < 2; peer++) {
        asked_start_with(&asked, peer, "", "");
        ask_for_child(&asked, &(struct wish){.spi = 0});
        assert_int_equal(payload_find_error(asked.response.first_payload, asked.response.plaintext), 0);
        assert_true(response_has(&asked, IKL_PAYLOAD_NONCE) && response_has(&asked, IKL_PAYLOAD_TSI) &&
                    response_has(&asked, IKL_PAYLOAD_TSR) && !response_has(&asked, IKL_PAYLOAD_KE));
        assert_int_equal(
            world_count(&asked.world, 1 - peer, "Child SA established: tunnel, 10.2.0.0/16 with 10.1.0.0/16, "), 1);
        asked_assert_goes_on(&asked);
        (void)world_clear(&asked.world);
    }
}

static void a_key_exchange_of_its_own_is_answered(void **state)
{
    struct asked asked;
    struct ikl_ke ke;

    (void)state;
    asked_start(&asked, "", "");
    ask_for_child(&asked, &(struct wish){.proposed_group = DH_X25519, .ke_group = DH_X25519});
    assert_int_equal(
        ikl_ke_read(&ke, payload_find(asked.response.first_payload, asked.response.plaintext, IKL_PAYLOAD_KE)), IKL_OK);
    assert_int_equal(ke.method, DH_X25519);
    assert_int_equal(world_count(&asked.world, RESPONDER, "ENCR_AES_GCM_16-256 Curve25519, SPI"), 1);
    asked_assert_goes_on(&asked);
    (void)world_clear(&asked.world);
}

static void a_key_exchange_that_does_not_fit_is_refused(void **state)
{
    struct asked asked;
    const struct ikl_octets *plaintext = &asked.response.plaintext;

    (void)state;
    asked_start(&asked, "", "");
    ask_for_child(&asked, &(struct wish){.proposed_group = DH_X25519}); /* no KE payload */
    asked_assert_error(&asked, IKL_NOTIFY_INVALID_KE_PAYLOAD);
    assert_int_equal(plaintext->data[plaintext->len - 1], DH_X25519);
    ask_for_child(&asked, &(struct wish){.proposed_group = DH_X25519, .ke_group = DH_X25519, .bad_public_value = true});
    asked_assert_error(&asked, IKL_NOTIFY_NO_PROPOSAL_CHOSEN);
    assert_null(ikl_sa_first_child(world_session(&asked.world, RESPONDER)->sa));
    asked_assert_goes_on(&asked);
    (void)world_clear(&asked.world);
}

static void a_child_sa_that_is_not_wanted_is_refused(void **state)
{
    struct asked asked;

    (void)state;
    asked_start(&asked, "", "--child none");
    ask_for_child(&asked, &(struct wish){.spi = 0});
    asked_assert_error(&asked, IKL_NOTIFY_NO_ADDITIONAL_SAS);
    asked_assert_goes_on(&asked);
    (void)world_clear(&asked.world);
    asked_start(&asked, "", "--ts 10.9.0.0/16,0.0.0.0/0");
    ask_for_child(&asked, &(struct wish){.spi = 0});
    asked_assert_error(&asked, IKL_NOTIFY_TS_UNACCEPTABLE);
    asked_assert_goes_on(&asked);
    (void)world_clear(&asked.world);
}

static void a_request_without_what_it_must_have_ends_the_ike_sa(void **state)
{
    static const struct wish wishes[] = {{.no_nonce = true}, {.no_selectors = true}};
    struct asked asked;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        asked_start(&asked, "", "");
        ask_for_child(&asked, &wishes[i]);
        asked_assert_error(&asked, IKL_NOTIFY_INVALID_SYNTAX);
        assert_int_equal(ikl_endpoint_n_sas(asked.world.ends[RESPONDER].ikeping.endpoint), 0);
        (void)world_clear(&asked.world);
    }
}

static void a_peer_may_have_eight_of_them(void **state)
{
    struct asked asked;

    (void)state;
    asked_start(&asked, "", "");
    for (uint32_t i = 0; i < 8; i++) {
        ask_for_child(&asked, &(struct wish){.own_spi = 1000 + i});
        (void)keep(&asked, 1000 + i, NULL);
    }
    ask_for_child(&asked, &(struct wish){.own_spi = 2000});
    asked_assert_error(&asked, IKL_NOTIFY_NO_ADDITIONAL_SAS);
    /* but each may be rekeyed */
    ask_for_child(&asked, &(struct wish){.rekey = true, .spi = 1003, .own_spi = 2000});
    assert_int_equal(payload_find_error(asked.response.first_payload, asked.response.plaintext), 0);
    asked_assert_goes_on(&asked);
    (void)world_clear(&asked.world);
}

static void an_spi_that_is_taken_is_refused(void **state)
{
    struct asked asked;

    (void)state;
    asked_start(&asked, "", "");
    ask_for_child(&asked, &(struct wish){.own_spi = 1000});
    ask_for_child(&asked, &(struct wish){.own_spi = 1000});
    asked_assert_error(&asked, IKL_NOTIFY_TEMPORARY_FAILURE);
    asked_assert_goes_on(&asked);
    (void)world_clear(&asked.world);
}

static void a_child_sa_is_rekeyed_by_the_peer_who_then_deletes_the_old_one(void **state)
{
    struct asked asked;
    struct ikl_child *old;

    (void)state;
    for (int peer = 0; peer < 2; peer++) {
        asked_start_with(&asked, peer, "--child tunnel", "");
        old = ikl_sa_first_child(asked.session->sa);
        ask_for_child(&asked, &(struct wish){.rekey = true, .spi = ikl_child_spi_in(old), .own_spi = 1000});
        assert_int_equal(payload_find_error(asked.response.first_payload, asked.response.plaintext), 0);
        assert_int_equal(world_count(&asked.world, 1 - peer, "Child SA rekeyed by the peer: tunnel, "), 1);
        (void)keep(&asked, 1000, old);
        assert_int_equal(
            ikl_sa_delete_children(asked.session->sa, &old, 1, ikeping_now(&asked.world.ends[peer].ikeping)), IKL_OK);
        asked_assert_goes_on(&asked);
        assert_int_equal(world_count(&asked.world, 1 - peer, "Child SA down: rekeyed, SPI "), 1);
        assert_null(ikl_sa_next_child(world_session(&asked.world, 1 - peer)->sa,
                                      ikl_sa_first_child(world_session(&asked.world, 1 - peer)->sa)));
        (void)world_clear(&asked.world);
    }
}

static void a_rekey_of_a_child_sa_that_is_not_there_is_told_which(void **state)
{
    struct asked asked;
    struct ikl_notify notify;

    (void)state;
    asked_start(&asked, "--child tunnel", "");
    ask_for_child(&asked, &(struct wish){.rekey = true, .spi = 0x01020304});
    asked_assert_error(&asked, IKL_NOTIFY_CHILD_SA_NOT_FOUND);
    assert_true(payload_find_notification(asked.response.first_payload, asked.response.plaintext,
                                          IKL_NOTIFY_CHILD_SA_NOT_FOUND, &notify));
    assert_int_equal(notify.protocol, IKL_PROTOCOL_ESP);
    assert_memory_equal(notify.spi.data, "\x01\x02\x03\x04", 4);
    asked_assert_goes_on(&asked);
    (void)world_clear(&asked.world);
}

static void a_child_sa_that_the_peer_deletes_is_told_and_the_ike_sa_stays(void **state)
{
    struct asked asked;
    struct ikl_child *child;

    (void)state;
    asked_start_with(&asked, RESPONDER, "--json --child tunnel", "");
    child = ikl_sa_first_child(asked.session->sa);
    assert_int_equal(
        ikl_sa_delete_children(asked.session->sa, &child, 1, ikeping_now(&asked.world.ends[RESPONDER].ikeping)),
        IKL_OK);
    asked_assert_goes_on(&asked);
    assert_int_equal(world_count(&asked.world, INITIATOR, "\"event\":\"child_down\""), 1);
    assert_int_equal(world_count(&asked.world, INITIATOR, "\"reason\":\"deleted by peer\",\"spi_in\":\""), 1);
    assert_null(ikl_sa_first_child(world_session(&asked.world, INITIATOR)->sa));
    assert_int_equal(world_clear(&asked.world), EXIT_ALIVE);
}

TESTS_OF(child)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gateway_that_insists_gets_a_child_sa_and_others_get_none),
        cmocka_unit_test(a_child_sa_has_the_mode_that_was_asked_for_if_the_gateway_agrees),
        cmocka_unit_test(both_ends_know_its_spis),
        cmocka_unit_test(traffic_selectors_are_asked_for_and_narrowed),
        cmocka_unit_test(a_child_sa_that_is_refused_leaves_the_ike_sa),
        cmocka_unit_test(json_tells_of_it_too),
        cmocka_unit_test(a_child_sa_of_the_peers_is_accepted_in_either_role),
        cmocka_unit_test(a_key_exchange_of_its_own_is_answered),
        cmocka_unit_test(a_key_exchange_that_does_not_fit_is_refused),
        cmocka_unit_test(a_child_sa_that_is_not_wanted_is_refused),
        cmocka_unit_test(a_request_without_what_it_must_have_ends_the_ike_sa),
        cmocka_unit_test(a_peer_may_have_eight_of_them),
        cmocka_unit_test(an_spi_that_is_taken_is_refused),
        cmocka_unit_test(a_child_sa_is_rekeyed_by_the_peer_who_then_deletes_the_old_one),
        cmocka_unit_test(a_rekey_of_a_child_sa_that_is_not_there_is_told_which),
        cmocka_unit_test(a_child_sa_that_the_peer_deletes_is_told_and_the_ike_sa_stays),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
