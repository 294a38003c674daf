/* SPDX-License-Identifier: ISC */
/* The small stack, 211 lines: its exchanges in the test kit. A host of the world is the stack itself here: it gets
 * datagrams and the time through its own functions. The same file tests depth 1 and depth 2. */
#include "exchange.h"

#include <ikelive/sim_cmocka.h>
#include <stdlib.h>

enum { N_REQUESTS = 5 };

struct daemon {
    struct ikl_sim_host *host;
    struct ikl_path path;
    struct exchange *exchange;
    unsigned executed, answered;
    bool peer_is_dead;
    ikl_time died;
};

void daemon_send(struct daemon *daemon, const uint8_t *datagram, size_t len)
{
    (void)!ikl_sim_send(daemon->host, &daemon->path, datagram, len);
}

size_t daemon_execute(struct daemon *daemon, const struct message *request, uint8_t *out, uint8_t *first_payload)
{
    char text[32];

    message_read_text(request, text);
    *first_payload = text[0] != '\0' ? IKL_PAYLOAD_VENDOR_ID : IKL_PAYLOAD_NONE;
    daemon->executed += text[0] != '\0' ? 1 : 0;
    return text[0] != '\0' ? message_write_text(out, text) : 0;
}

void daemon_answered(struct daemon *daemon, const struct message *response)
{
    daemon->answered += response->payloads.len != 0 ? 1 : 0;
}

void daemon_peer_is_dead(struct daemon *daemon)
{
    daemon->peer_is_dead = true;
    daemon->died = ikl_sim_host_now(daemon->host);
}

static int on_receive(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now)
{
    struct daemon *daemon = user;

    (void)path;
    exchange_receive(daemon->exchange, datagram, len, now);
    return IKL_OK;
}

static int on_advance(void *user, ikl_time now)
{
    struct daemon *daemon = user;

    exchange_tick(daemon->exchange, now);
    return IKL_OK;
}

static ikl_time on_next_deadline(void *user)
{
    const struct daemon *daemon = user;

    return daemon->peer_is_dead ? IKL_NEVER : exchange_deadline(daemon->exchange);
}

static void add_host(struct ikl_sim *sim, struct daemon *daemon)
{
    struct ikl_sim_host_config config = {
        .size = sizeof(config),
        .endpoint = {.user = daemon},
        .no_endpoint = true,
        .receive = on_receive,
        .advance = on_advance,
        .next_deadline = on_next_deadline,
    };

    assert_int_equal(ikl_sim_add_host(sim, &config, &daemon->host), IKL_OK);
}

/* What a key exchange and IKE_AUTH would leave; the first daemon checks that the second is alive. */
static void open_exchanges(struct daemon *daemons)
{
    static const uint8_t secret[32] = "a secret";
    struct exchange_setup setup = {.spi_i = 0x1111, .spi_r = 0x2222};
    const struct ikl_kdf_input input = {
        .size = sizeof(input), .ni = {secret, 32}, .nr = {secret, 32}, .spi_i = setup.spi_i, .spi_r = setup.spi_r};
    struct ikl_keys keys;

    assert_int_equal(ikl_suite_parse(&setup.suite, "chacha20poly1305-prfsha256"), IKL_OK);
    assert_int_equal(
        ikl_keys_derive(&keys, &ikl_provider_sodium, &setup.suite, (struct ikl_octets){secret, 32}, &input), IKL_OK);
    setup.keys = &keys;
    for (size_t i = 0; i < 2; i++) {
        setup.daemon = &daemons[i];
        setup.is_initiator = setup.checks = i == 0;
        daemons[i].exchange = exchange_open(&setup, ikl_sim_host_now(daemons[i].host));
    }
}

/* A world with two daemons, and the link between them. */
static struct ikl_sim_link *set_up(struct ikl_sim *sim, struct daemon *daemons)
{
    const struct ikl_sim_link_config config = {.size = sizeof(config), .weather = {.delay = 10}};
    struct ikl_sim_link *link;

    add_host(sim, &daemons[0]);
    add_host(sim, &daemons[1]);
    assert_int_equal(ikl_sim_add_link(daemons[0].host, daemons[1].host, &config, &link), IKL_OK);
    for (size_t i = 0; i < 2; i++) {
        daemons[i].path = ikl_sim_path(link, daemons[i].host);
    }
    open_exchanges(daemons);
    return link;
}

static void clear(struct ikl_sim *sim, struct daemon *daemons)
{
    sim_free(sim);
    exchange_close(daemons[0].exchange);
    exchange_close(daemons[1].exchange);
}

static void ask(struct daemon *daemon)
{
    uint8_t payloads[MESSAGE_MAX];

    for (size_t i = 0; i < N_REQUESTS; i++) {
        size_t len = message_write_text(payloads, "do this once");

        exchange_request(daemon->exchange, IKL_INFORMATIONAL, IKL_PAYLOAD_VENDOR_ID, (struct ikl_octets){payloads, len},
                         ikl_sim_host_now(daemon->host));
    }
}

static void each_request_is_carried_out_once_whatever_the_link_does(void **state)
{
    const struct ikl_sim_weather bad = {.loss = IKL_SIM_PERCENT(30), .duplication = IKL_SIM_PERCENT(30), .delay = 10};

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct ikl_sim *sim = sim_new(seed);
        struct daemon daemons[2] = {{0}};
        struct ikl_sim_link *link = set_up(sim, daemons);

        ikl_sim_set_weather_at(link, NULL, 0, &bad);
        ask(&daemons[0]);
        sim_run_until(sim, seconds(900));
        assert_int_equal(daemons[1].executed, N_REQUESTS);
        assert_int_equal(daemons[0].answered, N_REQUESTS);
        clear(sim, daemons);
    }
}

static void a_silent_peer_is_found_dead(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct daemon daemons[2] = {{0}};
    struct ikl_sim_link *link = set_up(sim, daemons);

    (void)state;
    sim_cut_at(link, seconds(60));
    sim_run_until(sim, seconds(400));
    assert_true(daemons[0].peer_is_dead);
    assert_in_range(daemons[0].died, seconds(60 + 319), seconds(60 + 5 + 319));
    clear(sim, daemons);
}

static void a_peer_is_not_found_dead_because_we_slept(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct daemon daemons[2] = {{0}};
    struct ikl_sim_link *link = set_up(sim, daemons);

    (void)state;
    sim_cut_at(link, seconds(60));
    sim_sleep_at(daemons[0].host, seconds(100), 3600 * 1000);
    sim_restore_at(link, seconds(1000));
    sim_run_until(sim, seconds(8000));
    assert_false(daemons[0].peer_is_dead);
    clear(sim, daemons);
}

static void what_was_changed_on_the_way_is_no_sign_of_life(void **state)
{
    const struct ikl_sim_weather changed = {.corruption = IKL_SIM_PERCENT(100), .delay = 10};
    struct ikl_sim *sim = sim_new(1);
    struct daemon daemons[2] = {{0}};
    struct ikl_sim_link *link = set_up(sim, daemons);

    (void)state;
    ikl_sim_set_weather_at(link, daemons[1].host, seconds(60), &changed);
    sim_run_until(sim, seconds(400));
    assert_true(daemons[0].peer_is_dead);
    clear(sim, daemons);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_is_carried_out_once_whatever_the_link_does),
        cmocka_unit_test(a_silent_peer_is_found_dead),
        cmocka_unit_test(a_peer_is_not_found_dead_because_we_slept),
        cmocka_unit_test(what_was_changed_on_the_way_is_no_sign_of_life),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
