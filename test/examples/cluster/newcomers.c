/* SPDX-License-Identifier: ISC */
/* A peer that has a handshake with the cluster: ikeping, with its own code. */
#define _POSIX_C_SOURCE 200809L
#include "examples/ikeping/session.h"
#include "town.h"

#include <stdio.h>

enum { INIT_SIZE = 1024 };

static const struct ikl_address address = {.ip = {192, 0, 2, 9}, .family = 4, .port = 501};

static struct {
    struct town town;
    struct newcomers_config config;
    struct settings settings;
    struct credentials credentials;
    struct report report;
    struct ikeping ikeping;
    char *text; /* what it has said */
    size_t text_len;
    uint8_t init[INIT_SIZE]; /* its IKE_SA_INIT request */
    size_t init_len;
    struct ikl_header answered; /* the latest answer to it */
    unsigned answers;
} play;

static uint64_t now_ns(void)
{
    return stores_now() * 1000000;
}

static int on_send(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)user;
    if (play.init_len == 0) {
        assert_true(len <= INIT_SIZE);
        memcpy(play.init, datagram, len);
        play.init_len = len;
    }
    town_send(&play.town, &path->local, datagram, len);
    return IKL_OK;
}

static void on_receive(void *user, const uint8_t *datagram, size_t len)
{
    const struct ikl_path path = {.local = address, .remote = greeting_cluster()};

    (void)user;
    assert_int_equal(ikl_header_read(&play.answered, datagram, len), IKL_OK);
    play.answers += play.answered.exchange_type == IKL_IKE_SA_INIT ? 1 : 0;
    ikeping_receive(&play.ikeping, &path, datagram, len, now_ns());
}

static struct credentials secret(const char *text)
{
    struct credentials credentials = {.own = CREDENTIALS_PSK, .peers = CREDENTIALS_PSK, .psk_len = strlen(text)};

    memcpy(credentials.psk, text, credentials.psk_len);
    return credentials;
}

static void begin(void *const *state, const char *suite, const char *key)
{
    char *argv[] = {"ikeping",    "gateway",    "--psk-file",
                    "-",          "--id",       "a.example",
                    "--sync",     "--proposal", (char *)(uintptr_t)suite,
                    "--schedule", "1x8,2,4"};

    memset(&play, 0, sizeof(play));
    assert_int_equal(ikl_init(), IKL_OK);
    play.config.credentials = secret("secret");
    play.config.id = (struct identity){.type = IKL_ID_FQDN, .len = 7, .data = "cluster"};
    proposals_default(&play.config.proposals);
    play.town.newcomers = &play.config;
    town_init(&play.town, state);
    play.town.newcomers = &play.config;
    play.town.guest = (struct town_guest){.address = address, .receive = on_receive};
    assert_int_equal(ikeping_settings_read(&play.settings, COUNT_OF(argv), argv), OPTIONS_RUN);
    play.credentials = secret(key);
    play.report.out = play.report.audible = open_memstream(&play.text, &play.text_len);
    play.ikeping = (struct ikeping){
        .settings = &play.settings, .credentials = &play.credentials, .report = &play.report, .send = on_send};
    assert_true(ikeping_open(&play.ikeping, now_ns()));
    town_run(&play.town, 100);
}

static void connect(void)
{
    const struct ikl_path path = {.local = address, .remote = greeting_cluster()};

    const struct gateway_config gateway = {
        .plain = path, .encapsulated = path, .remote_id = &play.settings.remote_id, .credentials = &play.credentials};

    assert_true(ikeping_connect(&play.ikeping, &gateway, now_ns()));
}

static void run(uint32_t ms)
{
    for (uint32_t i = 0; i < ms; i += 10) {
        ikeping_turn(&play.ikeping, now_ns());
        town_run(&play.town, 10);
    }
}

static unsigned count(const char *text)
{
    unsigned n = 0;

    (void)fflush(play.report.out);
    for (const char *at = play.text; (at = strstr(at, text)) != NULL; at++) {
        n++;
    }
    return n;
}

static void end(void)
{
    (void)ikeping_close(&play.ikeping, NULL);
    (void)fclose(play.report.out);
    free(play.text);
    town_clear(&play.town);
}

/* A gateway ends, and the next one goes on with the IKE SA of a suite. */
static void play_takeover(void *const *state, const char *suite)
{
    uint64_t answered;

    begin(state, suite, "secret");
    connect();
    run(2000);
    assert_int_equal(count("established as a.example with cluster"), 1);
    assert_int_equal(tenure_counts(play.town.tenures[A]).sas, 1);
    answered = play.ikeping.gateways->tally.answered;
    assert_true(answered > 0);
    tenure_free(play.town.tenures[A]);
    play.town.tenures[A] = NULL;
    play.town.stopped[A] = true;
    run(2 * LEASE);
    assert_int_equal(tenure_counts(play.town.tenures[B]).restored, 1);
    assert_int_equal(tenure_counts(play.town.tenures[B]).unsynchronised, 0);
    answered = play.ikeping.gateways->tally.answered;
    run(5000);
    assert_true(play.ikeping.gateways->tally.answered >= answered + 4);
    assert_int_equal(count("established"), 1);
    assert_int_equal(count("down: "), 0);
    end();
}

static void a_peer_with_a_handshake_is_taken_over(void **state)
{
    play_takeover(state, "chacha20poly1305-prfsha256-x25519");
}

#ifdef EXAMPLES_LIBCRYPTO
static void a_peer_with_algorithms_of_libcrypto_is_taken_over(void **state)
{
    play_takeover(state, "aes256-sha256-modp2048");
}
#endif

static void whoever_has_another_key_is_refused(void **state)
{
    begin(state, "chacha20poly1305-prfsha256-x25519", "guess");
    connect();
    run(1000);
    assert_int_equal(count("AUTHENTICATION_FAILED"), 1);
    assert_int_equal(tenure_counts(play.town.tenures[A]).sas, 0);
    end();
}

static void whoever_cannot_be_taken_over_is_refused(void **state)
{
    begin(state, "chacha20poly1305-prfsha256-x25519", "secret");
    play.settings.sync = false;
    connect();
    run(1000);
    assert_int_equal(count("AUTHENTICATION_FAILED"), 1);
    assert_int_equal(tenure_counts(play.town.tenures[A]).sas, 0);
    end();
}

static void without_a_key_for_them_newcomers_are_not_answered(void **state)
{
    begin(state, "chacha20poly1305-prfsha256-x25519", "secret");
    play.town.newcomers = NULL;
    tenure_free(play.town.tenures[A]);
    play.town.tenures[A] = NULL;
    play.town.stopped[A] = true;
    town_wait_for(&play.town, B);
    connect();
    run(1000);
    assert_int_equal(play.answers, 0);
    end();
}

/* The request as another peer's, whose SPI differs from its own in two octets. */
static void send_init_as(uint8_t number)
{
    uint8_t init[sizeof(play.init)];

    memcpy(init, play.init, play.init_len);
    init[6] ^= 0xff;
    init[7] = number;
    town_send(&play.town, &address, init, play.init_len);
    town_run(&play.town, 20);
}

static void a_request_that_comes_again_gets_the_same_answer(void **state)
{
    uint64_t spi_r;

    begin(state, "chacha20poly1305-prfsha256-x25519", "secret");
    connect();
    run(20);
    send_init_as(1);
    spi_r = play.answered.spi_r;
    assert_int_not_equal(spi_r, 0);
    send_init_as(2);
    assert_true(play.answered.spi_r != spi_r);
    send_init_as(1);
    assert_true(play.answered.spi_r == spi_r);
    end();
}

static void many_that_are_not_authenticated_are_asked_for_cookies_for_a_while(void **state)
{
    begin(state, "chacha20poly1305-prfsha256-x25519", "secret");
    play.settings.sync = false; /* its own is refused, and stays too */
    connect();
    run(20);
    for (uint8_t i = 1; i < HALF_OPEN_FREE; i++) {
        send_init_as(i);
        assert_true(play.answered.spi_r != 0);
    }
    send_init_as(HALF_OPEN_FREE);
    assert_true(play.answered.spi_r == 0);
    town_run(&play.town, HALF_OPEN_TIME);
    send_init_as(HALF_OPEN_FREE);
    assert_true(play.answered.spi_r != 0);
    end();
}

#ifdef CLUSTER_ETCD
static void a_newcomer_hears_of_its_ike_sa_only_when_the_store_has_it(void **state)
{
    begin(state, "chacha20poly1305-prfsha256-x25519", "secret");
    fake_etcd_set_fate(play.town.stores.etcd, "/txn", FAKE_ETCD_LOSES_QUESTIONS);
    connect();
    run(1000);
    assert_int_equal(tenure_counts(play.town.tenures[A]).sas, 1);
    assert_int_equal(count("established"), 0);
    fake_etcd_set_fate(play.town.stores.etcd, "", FAKE_ETCD_ANSWERS);
    run(200);
    assert_int_equal(count("established"), 1);
    end();
}
#endif

TESTS_OF(newcomers)
{
    const struct CMUnitTest tests[] = {
        WITH_EVERY_STORE(a_peer_with_a_handshake_is_taken_over),
#ifdef EXAMPLES_LIBCRYPTO
        WITH_EVERY_STORE(a_peer_with_algorithms_of_libcrypto_is_taken_over),
#endif
        cmocka_unit_test(whoever_has_another_key_is_refused),
        cmocka_unit_test(whoever_cannot_be_taken_over_is_refused),
        cmocka_unit_test(without_a_key_for_them_newcomers_are_not_answered),
        cmocka_unit_test(a_request_that_comes_again_gets_the_same_answer),
        cmocka_unit_test(many_that_are_not_authenticated_are_asked_for_cookies_for_a_while),
#ifdef CLUSTER_ETCD
        cmocka_unit_test_prestate(a_newcomer_hears_of_its_ike_sa_only_when_the_store_has_it, stores_in_etcd),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
