/* SPDX-License-Identifier: ISC */
/* ikelive examples: a host: an endpoint with its UDP socket, and the loop that drives hosts.
 *
 * This is what a program must bring along for the library: datagrams in and out, time, randomness. */
#ifndef EXAMPLES_HOST_H
#define EXAMPLES_HOST_H

#include "clock.h"
#include "randomness.h"

#include <ikelive/posix.h>

struct host {
    struct ikl_endpoint *endpoint;
    struct ikl_posix_sockets sockets; /* one */
    const struct clock *clock;

    ikl_time now;      /* the time given to the library in the call that is running, or in the last one */
    ikl_time advanced; /* the time of the last ikl_endpoint_advance that has returned */

    bool deaf;               /* reads datagrams only to discard them, as if it were cut off */
    uint32_t sent, received; /* datagrams since the hosts last settled */

    void *user;
    struct randomness *randomness;
    bool (*loses)(struct host *host);
};

struct host_config {
    const struct clock *clock; /* null: ikl_posix_now */
    struct randomness *randomness;
    /* What the program wants to hear of. `user` of each is the struct host; `send` and `random` are the host's own. */
    struct ikl_callbacks callbacks;
    /* Called for each datagram before it is sent: true loses it on the way. May be null. */
    bool (*loses)(struct host *host);
    void *user; /* the program's, kept in struct host */
    uint32_t tick_slack;
    const struct ikl_monitor_config *monitor; /* of its Child SAs; may be null */
};

/* Opens the socket and makes the endpoint. False, said on stderr, when that fails: there is then nothing to close. */
IKL_MUST_USE bool host_open(struct host *host, const struct host_config *config);

/* Ends the endpoint with its IKE SAs, and the socket. */
void host_close(struct host *host);

/* The path from one host to another. */
struct ikl_path host_path(struct host *local, const struct host *remote);

/* The two halves of a turn of the loop. However late they are, for the library it is never later than `until`, so that
 * what the program does at that time comes before what is due after. The hosts talk to each other alone. */

/* Waits for a datagram, a deadline or `until`; then settles. */
void hosts_listen(struct host *hosts, size_t n, ikl_time until);

/* Lets each endpoint do what is due. */
void hosts_advance(struct host *hosts, size_t n, ikl_time until);

/* Feeds every datagram that is there or under way, and what is sent in return, until there is none. On a busy machine a
 * datagram may take a millisecond from one socket to the other; on a clock that runs a thousand times as fast that
 * would be as long as an outage. */
void hosts_settle(struct host *hosts, size_t n, ikl_time until);

#endif
