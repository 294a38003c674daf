/* SPDX-License-Identifier: ISC */
/* ikelive examples: a host: an endpoint with its UDP socket, and the loop that drives hosts. */
#define _POSIX_C_SOURCE 200809L
#include "host.h"

#include <poll.h>
#include <stdio.h>

#define MAX_HOSTS 8
#define LONGEST_WAY 2000 /* ms of real time that a datagram is under way */

static int random_octets(void *user, uint8_t *out, size_t len)
{
    struct host *host = user;

    randomness_fill(host->randomness, out, len);
    return IKL_OK;
}

static int send_datagram(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram,
                         size_t len)
{
    struct host *host = user;
    int result;

    (void)sa;
    if (host->loses != NULL && host->loses(host)) {
        return IKL_OK; /* a network does not say what it loses */
    }
    result = ikl_posix_send(&host->sockets, path, datagram, len);
    host->sent += result == IKL_OK;
    return result;
}

static ikl_time look_at_clock(const struct clock *clock)
{
    return clock != NULL ? clock_now(clock) : ikl_posix_now();
}

bool host_open(struct host *host, const struct host_config *config)
{
    struct ikl_endpoint_config endpoint = {
        .size = sizeof(endpoint),
        .callbacks = config->callbacks,
        .user = host,
        .tick_slack = config->tick_slack,
        .monitor = config->monitor,
    };
    const struct ikl_address loopback = {.ip = {127, 0, 0, 1}, .family = 4};
    int error;

    *host = (struct host){
        .clock = config->clock,
        .now = look_at_clock(config->clock),
        .user = config->user,
        .randomness = config->randomness,
        .loses = config->loses,
    };
    host->advanced = host->now;
    endpoint.callbacks.size = sizeof(endpoint.callbacks);
    endpoint.callbacks.random = random_octets;
    endpoint.callbacks.send = send_datagram;

    if (ikl_posix_open(&host->sockets, &loopback, 0, false) != IKL_OK) {
        perror("UDP socket on 127.0.0.1");
        return false;
    }
    error = ikl_endpoint_new(&host->endpoint, &endpoint, host->now);
    if (error != IKL_OK) {
        fprintf(stderr, "ikl_endpoint_new: %s\n",
                error == IKL_ERR_INVALID ? ikl_endpoint_config_error(&endpoint) : ikl_error_name(error));
        ikl_posix_close(&host->sockets);
        return false;
    }
    return true;
}

void host_close(struct host *host)
{
    ikl_endpoint_free(host->endpoint);
    ikl_posix_close(&host->sockets);
}

struct ikl_path host_path(struct host *local, const struct host *remote)
{
    return ikl_posix_path(&local->sockets, &remote->sockets.at[0].local, 0, false);
}

static void read_clock(struct host *host, ikl_time until)
{
    host->now = ikl_time_earlier(look_at_clock(host->clock), until);
}

/* Gives the datagrams that are there to the endpoint, a batch at most. True when there was one. */
static bool feed(struct host *host, ikl_time until)
{
    struct ikl_posix_batch batch;

    ikl_posix_read(&batch, &host->sockets.at[0]);
    host->received += (uint32_t)batch.n;
    if (!host->deaf && batch.n > 0) {
        read_clock(host, until);
        (void)ikl_endpoint_receive_batch(host->endpoint, batch.datagrams, batch.n, host->now);
    }
    return batch.n > 0;
}

/* Waits until a datagram is there. False when there was none in time. */
static bool wait_for_datagram(const struct host *hosts, size_t n, int timeout)
{
    struct pollfd sockets[MAX_HOSTS];

    n = n < MAX_HOSTS ? n : MAX_HOSTS;
    for (size_t i = 0; i < n; i++) {
        sockets[i] = (struct pollfd){.fd = hosts[i].sockets.at[0].fd, .events = POLLIN};
        if (ikl_posix_blocked(&hosts[i].sockets)) {
            sockets[i].events |= POLLOUT;
        }
    }
    /* A signal may end the wait early: there is then nothing to do, which is harmless. */
    return poll(sockets, (nfds_t)n, timeout) > 0;
}

static bool is_under_way(const struct host *hosts, size_t n)
{
    uint32_t sent = 0, received = 0;

    for (size_t i = 0; i < n; i++) {
        sent += hosts[i].sent;
        received += hosts[i].received;
    }
    return sent > received;
}

void hosts_settle(struct host *hosts, size_t n, ikl_time until)
{
    bool fed;

    do {
        fed = false;
        for (size_t i = 0; i < n; i++) {
            fed = feed(&hosts[i], until) || fed;
        }
    } while (fed || (is_under_way(hosts, n) && wait_for_datagram(hosts, n, LONGEST_WAY)));
    for (size_t i = 0; i < n; i++) {
        hosts[i].sent = 0; /* what is not there by now was lost */
        hosts[i].received = 0;
    }
}

void hosts_listen(struct host *hosts, size_t n, ikl_time until)
{
    ikl_time deadline = until;

    for (size_t i = 0; i < n; i++) {
        deadline = ikl_time_earlier(deadline, ikl_endpoint_next_deadline(hosts[i].endpoint));
    }
    (void)wait_for_datagram(hosts, n, clock_poll_timeout(hosts->clock, deadline));

    /* Datagrams before time: an answer that is already there must not be too late. */
    hosts_settle(hosts, n, until);
}

void hosts_advance(struct host *hosts, size_t n, ikl_time until)
{
    for (size_t i = 0; i < n; i++) {
        read_clock(&hosts[i], until);
        ikl_posix_writable(&hosts[i].sockets, hosts[i].endpoint, hosts[i].now);
        ikl_endpoint_advance(hosts[i].endpoint, hosts[i].now);
        hosts[i].advanced = hosts[i].now;
    }
}
