/* SPDX-License-Identifier: ISC */
/* ikeping: the host of an endpoint: it establishes IKE SAs, watches them, and reports. It knows no socket and no clock:
 * those are main.c's, and a test has its own. */
#ifndef IKEPING_IKEPING_H
#define IKEPING_IKEPING_H

#include "cookie.h"
#include "credentials.h"
#include "report.h"
#include "revival.h"
#include "settings.h"
#include "tally.h"

#include <ikelive/endpoint.h>

struct session;

enum { IKEPING_ADDRESS_SIZE = 64 };

enum exit_status { EXIT_ALIVE = 0, EXIT_DEAD = 1, EXIT_USAGE = 2, EXIT_NOT_ESTABLISHED = 3 };

struct ikeping {
    const struct settings *settings;
    const struct credentials *credentials;
    struct report *report;
    FILE *keylog; /* or null */
    /* Sends a datagram as it is, non-ESP marker included. IKL_OK, or an error as `send` of an endpoint returns. */
    int (*send)(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len);
    void *user;

    struct ikl_endpoint *endpoint;
    struct session *sessions;
    struct tally tally;
    struct ikl_path plain, encapsulated; /* the initiator's: before and after NAT detection */
    struct revival revival;
    uint64_t now;                       /* ns: the time of the call that is running, or of the last one */
    uint64_t sent;                      /* ns: when the last datagram was */
    char gateway[IKEPING_ADDRESS_SIZE]; /* the initiator's: where it is at present, as text */
    uint8_t cookie_secret[COOKIE_SECRET_LEN];
    ikl_time ends_at;        /* --deadline; IKL_NEVER: not by itself */
    bool closing;            /* no new IKE SAs, and it is over when there are none */
    const char *why_closing; /* what is said of a handshake that ends so */
    bool interrupted;
    enum exit_status status;
};

/* All times are in ns of one monotonic clock. */

/* Makes the endpoint. The fields up to `user` are filled in. False, said on stderr, when that fails. */
bool ikeping_open(struct ikeping *ikeping, uint64_t now);

/* Begins an IKE SA with the gateway at the other end of `path`; after NAT detection it goes along `encapsulated`. */
void ikeping_connect(struct ikeping *ikeping, const struct ikl_path *path, const struct ikl_path *encapsulated,
                     uint64_t now);

/* A UDP payload has arrived, or a message over TCP. */
void ikeping_receive(struct ikeping *ikeping, const struct ikl_path *path, const uint8_t *datagram, size_t len,
                     uint64_t now);

/* The network says of a datagram to `remote` that it cannot get there; with `mtu`, because it is longer than that. */
void ikeping_unreachable(struct ikeping *ikeping, const struct ikl_address *remote, const char *why, uint16_t mtu,
                         uint64_t now);

/* The connection of a reliable path is lost; it is there again, as `path`. */
void ikeping_disconnected(struct ikeping *ikeping, const struct ikl_path *path, const char *why, uint64_t now);
void ikeping_reconnected(struct ikeping *ikeping, const struct ikl_path *path, uint64_t now);

/* Sends what waits, after `send` returned IKL_ERR_BLOCKED. */
void ikeping_writable(struct ikeping *ikeping, uint64_t now);

/* Does what is due. Call it when ikeping_deadline has come and after datagrams were given. */
void ikeping_turn(struct ikeping *ikeping, uint64_t now);

/* In ms. */
ikl_time ikeping_deadline(const struct ikeping *ikeping);

/* The user has had enough: IKE SAs are deleted; the second time they are left as they are. */
void ikeping_interrupt(struct ikeping *ikeping, uint64_t now);

/* The user wants to know how it goes. */
void ikeping_show_statistics(struct ikeping *ikeping, uint64_t now);

bool ikeping_is_over(const struct ikeping *ikeping);

/* Ends everything, prints the summary, and says how the program ends. `peer` is who the summary is about where that is
 * not a gateway that was connected to. */
enum exit_status ikeping_close(struct ikeping *ikeping, const char *peer);

/* For the rest of the program. */

/* The present time for the library. */
ikl_time ikeping_now(const struct ikeping *ikeping);

/* The initiator could not establish an IKE SA: that is the end, unless it revives. */
void ikeping_not_established(struct ikeping *ikeping);

/* Sends an IKE message that is not protected: with the non-ESP marker where the path has one. */
void ikeping_send_message(struct ikeping *ikeping, const struct ikl_path *path, struct ikl_octets message);

#endif
