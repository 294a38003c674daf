/* SPDX-License-Identifier: ISC */
/* ikeping and protected messages with something in them that ikeping itself does not send: INITIAL_CONTACT, REDIRECT,
 * long identities. */
#define _POSIX_C_SOURCE 200809L
#include "sealed.h"
#include "world.h"

#include "support/test.h"

/* What is done to the IKE_AUTH message of one end. */
static struct {
    int from;
    uint16_t notify; /* is added; 0: nothing is */
    struct ikl_octets data;
    size_t id_len;  /* the identity becomes that long; 0: it stays */
    bool drop_auth; /* AUTH and identity are taken out */
    bool child;     /* a Child SA is asked for */
    uint8_t eap;    /* AUTH becomes an EAP request for this method; 0: it stays */
} change;

/* The error in the IKE_AUTH message that was amended last: 0 when there was none. */
static uint16_t error_there;

static int change_nothing(void **state)
{
    (void)state;
    memset(&change, 0, sizeof(change));
    error_there = 0;
    return 0;
}

static void change_payloads(struct payload_list *list, const struct ikl_opened *opened)
{
    struct ikl_chain chain = ikl_chain(opened->first_payload, opened->plaintext);
    struct ikl_payload payload;
    uint8_t long_id[IDENTITY_MAX + 100] = {IKL_ID_KEY_ID};

    payload_list_init(list);
    while (ikl_chain_next(&chain, &payload) == IKL_OK) {
        bool is_id = payload.type == IKL_PAYLOAD_IDI || payload.type == IKL_PAYLOAD_IDR;

        if (change.drop_auth && (is_id || payload.type == IKL_PAYLOAD_AUTH)) {
            continue;
        }
        if (payload.type == IKL_PAYLOAD_AUTH && change.eap != 0) {
            const struct ikl_eap eap = {.code = IKL_EAP_REQUEST, .identifier = 1, .type = change.eap};

            payload_list_end(list, ikl_eap_write(payload_list_begin(list, IKL_PAYLOAD_EAP), &eap));
            continue;
        }
        if (is_id && change.id_len != 0) {
            payload.body = (struct ikl_octets){long_id, 4 + change.id_len};
        }
        ikl_write_octets(payload_list_begin(list, payload.type), payload.body.data, payload.body.len);
        payload_list_end(list, IKL_OK);
    }
    if (change.notify != 0) {
        payload_list_notify(list, change.notify, change.data);
    }
    if (change.child) {
        (void)payload_list_begin(list, IKL_PAYLOAD_SA);
        payload_list_end(list, IKL_OK);
    }
    error_there = payload_find_error(opened->first_payload, opened->plaintext);
    assert_int_equal(list->error, IKL_OK);
}

static void amend(struct world *world, struct sent *sent)
{
    static struct payload_list list;
    const struct handshake *handshake = &world_session(world, INITIATOR)->handshake;
    const struct sealed_with with = {.suite = &handshake->proposal.suite, .keys = &handshake->keys};
    size_t marker = sent->path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    uint8_t opened_octets[WORLD_MAX_DATAGRAM], plaintext[WORLD_MAX_DATAGRAM];
    struct ikl_writer writer = ikl_writer(plaintext, sizeof(plaintext));
    struct ikl_opened opened;
    struct ikl_sealing sealing;

    assert_int_equal(sealed_open(&with, sent->from == INITIATOR,
                                 (struct ikl_octets){sent->octets + marker, sent->len - marker}, opened_octets,
                                 &opened),
                     IKL_OK);
    change_payloads(&list, &opened);
    assert_int_equal(ikl_chain_write(&writer, list.payloads, list.n), IKL_OK);
    sealing = (struct ikl_sealing){.header = opened.header,
                                   .first_payload = ikl_chain_first(list.payloads, list.n),
                                   .plaintext = {plaintext, writer.len}};
    sent->len = marker + sealed_write(&with, sent->from == INITIATOR, &sealing, sent->octets + marker,
                                      sizeof(sent->octets) - marker);
}

static bool amends_auth(struct world *world, struct sent *sent)
{
    size_t marker = sent->path.encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;

    if ((sent->from == change.from || change.child) && sent->octets[marker + 18] == IKL_IKE_AUTH) {
        amend(world, sent);
    }
    return true;
}

static void start(struct world *world, const char *initiator_options, const char *responder_options)
{
    world_init(world, initiator_options, responder_options);
    world->passes = amends_auth;
    world_connect(world);
    world_run(world, 100);
}

/* The same client once more, from another port, as after it was started anew. */
static void connect_again(struct world *world)
{
    struct ikl_path other = world_path(false), encapsulated = world_path(true);

    other.local.port = 501;
    world_connect_along(world, &other, &encapsulated);
    world_run(world, 100);
}

static void assert_established_and_down(struct world *world, size_t n_established, size_t n_down)
{
    assert_int_equal(world_count(world, RESPONDER, "established"), n_established);
    assert_int_equal(world_count(world, RESPONDER, "down: "), n_down);
}

static const char ended[] = "down: closed, the peer says INITIAL_CONTACT: it has a new IKE SA and no other\n";

static void initial_contact_of_an_authenticated_peer_ends_its_older_ike_sa(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--interval 60", "");
    change.notify = IKL_NOTIFY_INITIAL_CONTACT;
    connect_again(&world);
    assert_established_and_down(&world, 2, 1);
    assert_int_equal(world_count(&world, RESPONDER, ended), 1);
    /* the newer one is left */
    assert_int_equal(ikl_endpoint_n_sas(world.ends[RESPONDER].ikeping.endpoint), 1);
    assert_int_equal(ikl_sa_path(world_session(&world, RESPONDER)->sa)->remote.port, 501);
    /* it ends without a word to a peer that has forgotten it */
    assert_int_equal(world_count(&world, INITIATOR, "down: "), 0);
    assert_int_equal(world.ends[RESPONDER].ikeping.status, EXIT_ALIVE);
    (void)world_clear(&world);
}

static void who_is_told_to_say_initial_contact_does(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--interval 60 --initial-contact", "");
    connect_again(&world);
    assert_int_equal(world_count(&world, RESPONDER, ended), 1);
    assert_int_equal(ikl_endpoint_n_sas(world.ends[RESPONDER].ikeping.endpoint), 1);
    (void)world_clear(&world);
}

static void without_initial_contact_both_ike_sas_stay(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--interval 60", "");
    connect_again(&world);
    assert_int_equal(ikl_endpoint_n_sas(world.ends[RESPONDER].ikeping.endpoint), 2);
    (void)world_clear(&world);
}

/* It speaks of the IKE SAs between two identities (RFC 7296 §2.4): of the peer's, and of ours. */
static void initial_contact_ends_no_ike_sa_between_other_identities(void **state)
{
    (void)state;
    change.notify = IKL_NOTIFY_INITIAL_CONTACT;
    for (int who = 0; who < 2; who++) {
        struct world world;

        start(&world, "--interval 60", "");
        assert_true(identity_parse(&world.ends[who].settings.id, "c.example"));
        world.ends[1 - who].settings.remote_id = world.ends[who].settings.id;
        connect_again(&world);
        assert_established_and_down(&world, 2, 0);
        (void)world_clear(&world);
    }
}

static void initial_contact_of_a_peer_that_proves_nothing_ends_nothing(void **state)
{
    struct world world;

    (void)state;
    start(&world, "--interval 60", "");
    change.notify = IKL_NOTIFY_INITIAL_CONTACT;
    world.ends[INITIATOR].credentials.psk[0] ^= 1;
    connect_again(&world);
    assert_int_equal(world_count(&world, RESPONDER, "refused: AUTHENTICATION_FAILED"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "down: "), 0);
    assert_int_equal(ikl_sa_state(world_session(&world, RESPONDER)->next->sa), IKL_SA_ESTABLISHED);
    (void)world_clear(&world);
}

static void initial_contact_of_a_first_ike_sa_ends_nothing(void **state)
{
    struct world world;

    (void)state;
    change.notify = IKL_NOTIFY_INITIAL_CONTACT;
    start(&world, "--interval 60", "");
    assert_established_and_down(&world, 1, 0);
    /* nor does the gateway's end anything here */
    change.from = RESPONDER;
    connect_again(&world);
    assert_int_equal(world_count(&world, INITIATOR, "down: "), 0);
    (void)world_clear(&world);
}

/* One of RFC 7296 §1.2's list: some peers take another, like NO_ADDITIONAL_SAS, for a fault of the response. */
static void a_child_sa_in_ike_auth_is_refused_with_an_error_that_leaves_the_ike_sa(void **state)
{
    struct world world;

    (void)state;
    change.from = INITIATOR;
    change.child = true;
    start(&world, "", "");
    assert_int_equal(world_count(&world, RESPONDER, "established"), 1);
    assert_int_equal(error_there, IKL_NOTIFY_NO_PROPOSAL_CHOSEN);
    (void)world_clear(&world);
}

static void an_identity_above_255_octets_has_words_of_its_own(void **state)
{
    static const char long_words[] = "identity has more than 255 octets, which is too long for ikeping\n";
    struct world world;

    (void)state;
    change.id_len = IDENTITY_MAX + 1;
    start(&world, "", "");
    assert_int_equal(world_count(&world, RESPONDER, long_words), 1);
    assert_int_equal(world_count(&world, RESPONDER, "refused: AUTHENTICATION_FAILED: the peer's identity"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
    change.from = RESPONDER;
    start(&world, "", "");
    assert_int_equal(world_count(&world, INITIATOR, long_words), 1);
    assert_int_equal(world_count(&world, INITIATOR, "could not establish an IKE SA: the gateway's identity"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
    /* that length would do, but it is not what was vouched for */
    change.id_len = IDENTITY_MAX;
    start(&world, "", "");
    assert_int_equal(world_count(&world, INITIATOR, "the gateway cannot prove its identity"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void a_redirect_in_ike_auth_is_told_and_the_ike_sa_deleted(void **state)
{
    static const uint8_t where[] = {1, 4, 192, 0, 2, 9};
    struct world world;

    (void)state;
    change.from = RESPONDER;
    change.notify = IKL_NOTIFY_REDIRECT;
    change.data = (struct ikl_octets){where, sizeof(where)};
    start(&world, "", "");
    assert_int_equal(
        world_count(&world, INITIATOR, "could not establish an IKE SA: the gateway redirects us to 192.0.2.9 "), 1);
    assert_int_equal(world_count(&world, RESPONDER, "down: deleted by peer"), 1);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
    /* one that proves nothing is told, too */
    change.drop_auth = true;
    start(&world, "", "");
    assert_int_equal(world_count(&world, INITIATOR, "the gateway redirects us to 192.0.2.9 "), 1);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

/* Every other gateway is the same one at another address. */
static bool reach(void *user, const char *host, uint16_t port, struct gateway_config *config,
                  char why[IKEPING_REASON_SIZE])
{
    (void)user;
    (void)why;
    assert_string_equal(host, "192.0.2.9");
    assert_int_equal(port, 500);
    config->plain.remote.ip[3] = config->encapsulated.remote.ip[3] = 9;
    change.notify = 0;
    return true;
}

static void a_redirect_in_ike_auth_is_followed_and_the_ike_sa_deleted(void **state)
{
    static const uint8_t where[] = {1, 4, 192, 0, 2, 9};
    struct world world;

    (void)state;
    for (unsigned proven = 0; proven < 2; proven++) {
        change.from = RESPONDER;
        change.notify = IKL_NOTIFY_REDIRECT;
        change.data = (struct ikl_octets){where, sizeof(where)};
        change.drop_auth = proven == 0;
        world_init(&world, "--follow-redirect", "");
        world.passes = amends_auth;
        world.ends[INITIATOR].ikeping.reach = reach;
        world_connect(&world);
        world_run(&world, 2500);
        assert_int_equal(world_count(&world, INITIATOR, "established as"), proven);
        assert_int_equal(world_count(&world, INITIATOR, "redirects us to 192.0.2.9 (REDIRECT, RFC 5685): we go there"),
                         proven);
        assert_int_equal(world_count(&world, INITIATOR, "the gateway redirects us, and has not proven who it is"),
                         1 - proven);
        assert_int_equal(world_count(&world, RESPONDER, "down: deleted by peer"), proven);
        assert_int_equal(world_clear(&world), proven != 0 ? EXIT_ALIVE : EXIT_NOT_ESTABLISHED);
    }
}

static void a_peer_that_forbids_nats_is_refused_behind_one(void **state)
{
    static const uint8_t ends[] = {192, 0, 2, 99, 192, 0, 2, 2, 1, 244, 1, 244};
    struct world world;

    (void)state;
    change.from = INITIATOR;
    change.notify = IKL_NOTIFY_NO_NATS_ALLOWED;
    change.data = (struct ikl_octets){ends, sizeof(ends)};
    start(&world, "", "--mobike");
    assert_int_equal(world_count(&world, INITIATOR, "the gateway says UNEXPECTED_NAT_DETECTED: there is a NAT"), 1);
    assert_int_equal(world_count(&world, RESPONDER, "refused: UNEXPECTED_NAT_DETECTED: there is a NAT"), 1);
    assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
}

static void a_gateway_that_wants_eap_is_told_with_the_method(void **state)
{
    static const struct {
        uint8_t type;
        const char *words;
    } rows[] = {
        {1, "the gateway wants EAP (Identity), which ikeping does not have\n"},
        {26, "the gateway wants EAP (EAP-MSCHAPv2), which ikeping does not have\n"},
        {200, "the gateway wants EAP (type 200), which ikeping does not have\n"},
    };
    struct world world;

    (void)state;
    change.from = RESPONDER;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        change.eap = rows[i].type;
        start(&world, "", "");
        assert_int_equal(world_count(&world, INITIATOR, rows[i].words), 1);
        assert_int_equal(world_clear(&world), EXIT_NOT_ESTABLISHED);
    }
}

static void a_redirect_later_on_is_told_and_checks_go_on(void **state)
{
    static const uint8_t where[] = {3, 9, 'f', 'a', 'r', '.', 'e', 'x', 'a', 'm', 'p'};
    struct world world;

    (void)state;
    start(&world, "", "");
    world_notify(&world, RESPONDER, IKL_NOTIFY_REDIRECT, (struct ikl_octets){where, sizeof(where)});
    world_run(&world, 3000);
    assert_int_equal(world_count(&world, INITIATOR, "the peer redirects us to far.examp (REDIRECT, RFC 5685)"), 1);
    assert_int_equal(world_count(&world, INITIATOR, "check 4 answered"), 1);
    assert_int_equal(world_clear(&world), EXIT_ALIVE);
}

static void a_gateway_that_does_not_accept_us_after_all_makes_the_exit_status_1(void **state)
{
    struct world world;

    (void)state;
    start(&world, "", "");
    world_notify(&world, RESPONDER, IKL_NOTIFY_AUTHENTICATION_FAILED, (struct ikl_octets){NULL, 0});
    world_run(&world, 0);
    assert_int_equal(world_count(&world, INITIATOR, "down: closed, the peer does not accept us\n"), 1);
    assert_true(ikeping_is_over(&world.ends[INITIATOR].ikeping));
    assert_int_equal(world_clear(&world), EXIT_DEAD);
}

TESTS_OF(amended)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(initial_contact_of_an_authenticated_peer_ends_its_older_ike_sa, change_nothing),
        cmocka_unit_test_setup(who_is_told_to_say_initial_contact_does, change_nothing),
        cmocka_unit_test_setup(without_initial_contact_both_ike_sas_stay, change_nothing),
        cmocka_unit_test_setup(initial_contact_ends_no_ike_sa_between_other_identities, change_nothing),
        cmocka_unit_test_setup(initial_contact_of_a_peer_that_proves_nothing_ends_nothing, change_nothing),
        cmocka_unit_test_setup(initial_contact_of_a_first_ike_sa_ends_nothing, change_nothing),
        cmocka_unit_test_setup(a_child_sa_in_ike_auth_is_refused_with_an_error_that_leaves_the_ike_sa, change_nothing),
        cmocka_unit_test_setup(an_identity_above_255_octets_has_words_of_its_own, change_nothing),
        cmocka_unit_test_setup(a_redirect_in_ike_auth_is_told_and_the_ike_sa_deleted, change_nothing),
        cmocka_unit_test_setup(a_gateway_that_wants_eap_is_told_with_the_method, change_nothing),
        cmocka_unit_test_setup(a_redirect_in_ike_auth_is_followed_and_the_ike_sa_deleted, change_nothing),
        cmocka_unit_test_setup(a_peer_that_forbids_nats_is_refused_behind_one, change_nothing),
        cmocka_unit_test_setup(a_redirect_later_on_is_told_and_checks_go_on, change_nothing),
        cmocka_unit_test_setup(a_gateway_that_does_not_accept_us_after_all_makes_the_exit_status_1, change_nothing),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
