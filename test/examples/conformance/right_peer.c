/* SPDX-License-Identifier: ISC */
/* The deliberately wrong peer, where nothing has reached its fault: an IKE SA with ikeping is established, and each
 * side checks the other. */
#include "../ikeping/end.h"
#include "wrong_peer.h"

#include "support/test.h"

static const uint64_t NS_IN_MS = 1000000;

/* An ikeping as the tester. */
struct tester {
    struct end end;
    struct wrong_peer *peer;
    uint64_t now; /* ms */
    bool hears;   /* what the peer sends arrives */
    unsigned n_from_peer;
};

static int on_send(void *user, const struct ikl_path *path, const uint8_t *octets, size_t len)
{
    struct tester *tester = ((struct end *)user)->owner;

    wrong_peer_receive(tester->peer, tester->now, path, octets, len);
    return IKL_OK;
}

static void begin(struct tester *tester, const struct wrong_fault *fault, const char *more_options)
{
    struct gateway_config gateway = {
        .plain = {.local = {.ip = {192, 0, 2, 1}, .family = 4, .port = 500},
                  .remote = {.ip = {192, 0, 2, 2}, .family = 4, .port = 500}},
    };
    char options[256];

    gateway.encapsulated = gateway.plain;
    gateway.encapsulated.local.port = gateway.encapsulated.remote.port = 4500;
    gateway.encapsulated.encapsulated = true;
    *tester = (struct tester){.peer = wrong_peer_new(WRONG_GATEWAY, fault, false), .hears = true};
    (void)snprintf(options, sizeof(options),
                   "gateway --psk-file - --id " WRONG_TESTER_ID " --remote-id " WRONG_PEER_ID " %s", more_options);
    end_init(&tester->end, options, WRONG_PSK, 0, on_send);
    tester->end.owner = tester;
    assert_true(ikeping_open(&tester->end.ikeping, 0));
    gateway.remote_id = &tester->end.settings.remote_id;
    gateway.credentials = &tester->end.credentials;
    assert_true(ikeping_connect(&tester->end.ikeping, &gateway, 0));
}

static void deliver(struct tester *tester)
{
    struct ikl_path path;
    uint8_t octets[WRONG_MAX_DATAGRAM];
    size_t len;

    while ((len = wrong_peer_take(tester->peer, &path, octets)) > 0) {
        tester->n_from_peer++;
        if (tester->hears) {
            ikeping_receive(&tester->end.ikeping, &path, octets, len, tester->now * NS_IN_MS);
        }
    }
}

/* Lets time pass, until `until` ms. */
static void run(struct tester *tester, uint64_t until)
{
    deliver(tester);
    while (tester->now < until) {
        uint64_t next = ikl_time_earlier(ikeping_deadline(&tester->end.ikeping), wrong_peer_deadline(tester->peer));

        tester->now = ikl_time_later(tester->now, ikl_time_earlier(next, until));
        wrong_peer_tick(tester->peer, tester->now);
        ikeping_turn(&tester->end.ikeping, tester->now * NS_IN_MS);
        deliver(tester);
    }
}

static enum exit_status end(struct tester *tester)
{
    enum exit_status status = end_close(&tester->end, "gateway");

    wrong_peer_free(tester->peer);
    return status;
}

static void whatever_its_fault_the_peer_establishes_an_ike_sa_and_answers_checks(void **state)
{
    const struct wrong_fault *fault;
    struct tester tester;
    size_t n = 0;

    (void)state;
    do {
        fault = wrong_fault_at(n++); /* the last one is none */
        begin(&tester, fault, "--count 3");
        run(&tester, 10000);
        assert_true(ikeping_is_over(&tester.end.ikeping));
        assert_int_equal(end(&tester), EXIT_ALIVE);
    } while (fault != NULL);
}

static void the_peer_checks_after_silence_and_gives_up_after_its_schedule(void **state)
{
    struct tester tester;

    (void)state;
    begin(&tester, NULL, "--interval 1000");
    run(&tester, 1);
    tester.hears = false;
    tester.n_from_peer = 0;
    run(&tester, WRONG_SILENCE + WRONG_WAITS - 1);
    assert_int_equal(tester.n_from_peer, 3);
    run(&tester, WRONG_SILENCE + WRONG_WAITS + 1000);
    assert_int_equal(tester.n_from_peer, 3);
    (void)end(&tester);
}

TESTS_OF(right_peer)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_its_fault_the_peer_establishes_an_ike_sa_and_answers_checks),
        cmocka_unit_test(the_peer_checks_after_silence_and_gives_up_after_its_schedule),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
