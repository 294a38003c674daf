/* SPDX-License-Identifier: ISC */
/* ikelive example: the smallest host: one IKE SA whose peer never answers.
 *
 * README shows pieces of this file. The peer is a socket that nobody reads, and the keys are random: a real host has
 * both from its IKE_AUTH exchange. Exits with 0 when the IKE SA was taken down by a timeout. */
#define _POSIX_C_SOURCE 200809L
#include "support/udp.h"

#include <ikelive/ikelive.h>

#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct gateway {
    int udp; /* the socket */
    struct ikl_path path;
    struct ikl_endpoint *endpoint;
    struct ikl_sa *sa;
    bool is_down;
    enum ikl_down_reason reason;
};

/* Milliseconds on a clock that never goes back. */
static ikl_time now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (ikl_time)time.tv_sec * 1000 + (ikl_time)time.tv_nsec / 1000000;
}

/* The timeout for poll, in ms from now. */
static int ms_until(ikl_time deadline)
{
    ikl_time time = now();

    return deadline == IKL_NEVER ? -1 : deadline <= time ? 0 : (int)ikl_time_earlier(deadline - time, 60000);
}

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
    return udp_send(gateway->udp, &path->remote, datagram, len); /* a full socket is tried again by the library */
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

static void run(struct gateway *gateway)
{
    struct ikl_endpoint *endpoint = gateway->endpoint;
    struct ikl_path path = gateway->path;
    int udp = gateway->udp;
    struct pollfd readable = {.fd = udp, .events = POLLIN};
    uint8_t octets[4096];
    size_t len;

    while (!gateway->is_down) {
        poll(&readable, 1, ms_until(ikl_endpoint_next_deadline(endpoint)));
        while (udp_receive(udp, &path.remote, octets, sizeof(octets), &len)) {
            ikl_endpoint_receive(endpoint, &path, octets, len, now());
        }
        ikl_endpoint_advance(endpoint, now());
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
    error = ikl_endpoint_new(&gateway->endpoint, &config, now());
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
    int error = ikl_sa_new(&gateway->sa, gateway->endpoint, &config, now());
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
        error = ikl_sa_established(gateway->sa, now());
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

int main(void)
{
    struct gateway gateway = {.is_down = false};
    struct ikl_schedule schedule;
    int peer = udp_open(&gateway.path.remote);
    int error;

    gateway.udp = udp_open(&gateway.path.local);
    if (gateway.udp < 0 || peer < 0) {
        perror("UDP socket on 127.0.0.1");
        return EXIT_FAILURE;
    }
    error = start(&gateway, &schedule);
    if (error != IKL_OK) {
        fprintf(stderr, "%s\n", ikl_error_name(error));
        return EXIT_FAILURE;
    }
    run(&gateway);
    ikl_endpoint_free(gateway.endpoint);
    close(gateway.udp);
    close(peer);
    return gateway.reason == IKL_DOWN_TIMEOUT ? EXIT_SUCCESS : EXIT_FAILURE;
}
