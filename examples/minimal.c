/* SPDX-License-Identifier: ISC */
/* ikelive example, 217 lines: the smallest host: one IKE SA whose peer never answers.
 *
 * README shows pieces of this file. The peer is a socket that nobody reads, and the keys are random: a real host has
 * both from its IKE_AUTH exchange. Exits with 0 when the IKE SA was taken down by a timeout. */
#include <ikelive/posix.h>

#include "support/options.h"

#include <ikelive/ikelive.h>

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

struct gateway {
    struct ikl_posix_sockets sockets; /* one */
    struct ikl_path path;
    struct ikl_endpoint *endpoint;
    struct ikl_sa *sa;
    bool is_down;
    enum ikl_down_reason reason;
};

static int on_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    randombytes_buf(out, len);
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct gateway *gateway = user;

    (void)sa;
    return ikl_posix_send(&gateway->sockets, path, datagram, len);
}

static void on_attempt(void *user, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    (void)user;
    (void)sa;
    printf("send %u of request %u\n", (unsigned)attempt->retransmission + 1, (unsigned)attempt->message_id);
}

static void on_down(void *user, struct ikl_sa *sa, const struct ikl_down *down)
{
    struct gateway *gateway = user;

    (void)sa;
    gateway->is_down = true;
    gateway->reason = down->reason;
    printf("the IKE SA is down: %s\n", ikl_down_reason_name(down->reason));
}

/* A full socket is tried again by the library, at the latest; a loop that also waits for POLLOUT tries at once. */
static void run(struct gateway *gateway)
{
    struct ikl_endpoint *endpoint = gateway->endpoint;
    struct pollfd readable = {.fd = gateway->sockets.at[0].fd, .events = POLLIN};

    while (!gateway->is_down) {
        ikl_time due = ikl_endpoint_next_deadline(endpoint);

        poll(&readable, 1, ikl_posix_timeout(due, ikl_posix_now()));
        ikl_posix_turn(&gateway->sockets, endpoint, ikl_posix_now);
    }
}

/* The endpoint, for any number of IKE SAs. */
static int make_endpoint(struct gateway *gateway)
{
    struct ikl_endpoint_config config = {
        .size = sizeof(config),
        .callbacks = {.size = sizeof(config.callbacks),
                      .random = on_random,
                      .send = on_send,
                      .attempt = on_attempt,
                      .down = on_down},
        .user = gateway,
    };
    int error;

    config.tick_slack = 10000; /* ms; 100 when not given. So the program sends three times on a busy machine too */
    error = ikl_endpoint_new(&gateway->endpoint, &config, ikl_posix_now());
    if (error == IKL_ERR_INVALID) {
        puts(ikl_endpoint_config_error(&config));
    }
    return error;
}

/* Hands over an IKE SA that we initiated, as soon as there are keys: IKE_SA_INIT took our Message ID 0, nothing has
 * been sealed yet, and the library will protect IKE_AUTH. */
static int hand_over(struct gateway *gateway, uint64_t spi_i, uint64_t spi_r, const struct ikl_suite *suite,
                     const struct ikl_keys *keys, const struct ikl_schedule *schedule)
{
    const struct ikl_protection protection = {
        .suite = *suite,
        .keys = keys,
        .iv_source = IKL_IV_FRESH_KEYS,
    };
    struct ikl_sa_config config = {
        .size = sizeof(config),
        .spi_i = spi_i,
        .spi_r = spi_r,
        .original_initiator = true,
        .connecting = true,
        .path = gateway->path,
        .protection = protection,
        .ids = {.stated = true, .next_request = 1, .unanswered = 1},
        .idle = 200, /* ms; 5000 when not given */
        .schedule = schedule,
    };
    int error = ikl_sa_new(&gateway->sa, gateway->endpoint, &config, ikl_posix_now());
    if (error == IKL_ERR_INVALID) {
        puts(ikl_sa_config_error(gateway->endpoint, &config));
    }
    return error;
}

static int add_child(struct gateway *gateway, uint32_t spi_in, uint32_t spi_out)
{
    struct ikl_child_config child = {
        .size = sizeof(child),
        .protocol = IKL_PROTOCOL_ESP,
        .spi_in = spi_in,
        .spi_out = spi_out,
    };
    int error = ikl_sa_add_child(gateway->sa, &child, NULL);

    if (error == IKL_ERR_INVALID) {
        puts(ikl_child_config_error(&child));
    }
    return error;
}

/* Does what a real host does after IKE_SA_INIT and after IKE_AUTH; it would send IKE_AUTH with ikl_sa_request in
 * between. */
static int establish(struct gateway *gateway, const struct ikl_schedule *schedule)
{
    struct ikl_suite suite;
    struct ikl_keys keys;
    uint8_t skeyseed[32], nonces[2][32];
    struct ikl_kdf_input input = {
        .size = sizeof(input), .ni = {nonces[0], sizeof(nonces[0])}, .nr = {nonces[1], sizeof(nonces[1])}, .spi_r = 1};
    int error = ikl_suite_parse(&suite, "chacha20poly1305-prfsha256");

    randombytes_buf(skeyseed, sizeof(skeyseed));
    randombytes_buf(nonces, sizeof(nonces));
    if (error == IKL_OK) {
        error = ikl_endpoint_new_spi(gateway->endpoint, &input.spi_i);
    }
    if (error == IKL_OK) {
        error = ikl_keys_derive(&keys, &ikl_provider_sodium, &suite, (struct ikl_octets){skeyseed, sizeof(skeyseed)},
                                &input);
    }
    if (error == IKL_OK) {
        error = hand_over(gateway, input.spi_i, input.spi_r, &suite, &keys, schedule);
    }
    if (error == IKL_OK) {
        error = ikl_sa_established(gateway->sa, ikl_posix_now());
    }
    if (error == IKL_OK) {
        error = add_child(gateway, 0x1001, 0x2002);
    }
    ikl_wipe(&keys, sizeof(keys));
    ikl_wipe(skeyseed, sizeof(skeyseed));
    return error;
}

/* Makes an endpoint and an IKE SA that is watched. */
static int start(struct gateway *gateway, struct ikl_schedule *schedule)
{
    int error = ikl_init();

    if (error == IKL_OK) {
        error = ikl_schedule_parse(schedule, "0.1,0.2,0.4"); /* a hasty one, so that the program ends soon */
    }
    if (error == IKL_OK) {
        error = make_endpoint(gateway);
    }
    if (error == IKL_OK) {
        error = establish(gateway, schedule);
    }
    return error;
}

int main(int argc, char **argv)
{
    const struct ikl_address loopback = {.ip = {127, 0, 0, 1}, .family = 4};
    struct gateway gateway = {.is_down = false};
    struct ikl_posix_sockets peer = {.n = 0};
    struct ikl_schedule schedule;
    int error, status;

    if (options_none("Shows how an IKE SA ends whose peer never answers.", argc, argv, &status)) {
        return status;
    }
    if (ikl_posix_open(&gateway.sockets, &loopback, 0, false) != IKL_OK ||
        ikl_posix_open(&peer, &loopback, 0, false) != IKL_OK) {
        perror("UDP socket on 127.0.0.1");
        return EXIT_FAILURE;
    }
    gateway.path = ikl_posix_path(&gateway.sockets, &peer.at[0].local, 0, false);
    error = start(&gateway, &schedule);
    if (error != IKL_OK) {
        fprintf(stderr, "%s\n", ikl_error_name(error));
        return EXIT_FAILURE;
    }
    run(&gateway);
    ikl_endpoint_free(gateway.endpoint);
    ikl_posix_close(&gateway.sockets);
    ikl_posix_close(&peer);
    return gateway.reason == IKL_DOWN_TIMEOUT ? EXIT_SUCCESS : EXIT_FAILURE;
}
