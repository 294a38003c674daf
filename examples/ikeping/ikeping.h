/* SPDX-License-Identifier: ISC */
/* ikeping: the host of an endpoint: it establishes IKE SAs, watches them, and reports. It knows no socket and no clock:
 * those are main.c's, and a test has its own. */
#ifndef IKEPING_IKEPING_H
#define IKEPING_IKEPING_H

#include "cookie.h"
#include "credentials.h"
#include "gateway.h"
#include "report.h"
#include "settings.h"

#include <ikelive/endpoint.h>

struct session;

enum { IKEPING_ADDRESS_SIZE = GATEWAY_ADDRESS_SIZE, IKEPING_REASON_SIZE = 160 };

struct ikeping {
    const struct settings *settings;
    const struct credentials *credentials; /* a responder's, and of tokens */
    struct report *report;
    FILE *keylog;      /* or null */
    size_t n_expected; /* gateways that will be connected to; more may be */
    /* Sends a datagram as it is, non-ESP marker included. IKL_OK, or an error as `send` of an endpoint returns. */
    int (*send)(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len);
    /* Gives `config` the paths to a host at a port, which a gateway has named. False when there are none, with the
     * reason in words. Null: there is nobody else. */
    bool (*reach)(void *user, const char *host, uint16_t port, struct gateway_config *config,
                  char why[IKEPING_REASON_SIZE]);
    /* Gives the path from the n-th of our addresses that datagrams to `remote` can leave from now. False when there are
     * not so many. Null: addresses never change. */
    bool (*locate)(void *user, unsigned n, const struct ikl_address *remote, bool encapsulated, struct ikl_path *out);
    void *user;

    struct ikl_endpoint *endpoint;
    struct timers timers;
    struct session *sessions;
    struct session *touched;                 /* those that something has happened to in the running call */
    struct gateway *gateways, *last_gateway; /* the initiator's, in order */
    size_t n_gateways;
    unsigned n_half_open;  /* peers of a responder that are not authenticated yet */
    void *requests;        /* see repeats.h */
    ikl_time next_connect; /* when the next one's IKE SA may begin */
    struct tally tally;    /* of a responder's peers, and of what is not counted for one gateway */
    uint64_t now;          /* ns: the time of the call that is running, or of the last one */
    uint64_t sent;         /* ns: when the last datagram was */
    uint8_t cookie_secret[COOKIE_SECRET_LEN];
    ikl_time ends_at; /* --deadline; IKL_NEVER: not by itself */
    bool closing;     /* no new IKE SAs, and it is over when there are none */
    bool interrupted;
    ikl_time next_table;     /* when the table may be drawn again */
    enum exit_status status; /* but for what the gateways' say */
};

/* All times are in ns of one monotonic clock. */

/* Makes the endpoint. The fields up to `user` are filled in. False, said on stderr, when that fails. */
bool ikeping_open(struct ikeping *ikeping, uint64_t now);

/* Adds a gateway. An IKE SA with the first one begins at once, with another one 2 ms after that with the one before.
 * False when there is no memory. */
bool ikeping_connect(struct ikeping *ikeping, const struct gateway_config *config, uint64_t now);

/* There is no way to a gateway: it has failed, and is shown and counted among the others. */
void ikeping_cannot_connect(struct ikeping *ikeping, const char *host, const char *why, uint64_t now);

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

/* The terminal has another size now. */
void ikeping_redraw(struct ikeping *ikeping, uint64_t now);

/* The user wants to know how it goes. */
void ikeping_show_statistics(struct ikeping *ikeping, uint64_t now);

bool ikeping_is_over(const struct ikeping *ikeping);

/* Ends everything, prints the summary, and says how the program ends. `peer` is who the summary is about where that is
 * not a gateway that was connected to. */
enum exit_status ikeping_close(struct ikeping *ikeping, const char *peer);

/* For the rest of the program. */

/* The present time for the library. */
ikl_time ikeping_now(const struct ikeping *ikeping);

/* How many checks of each gateway must be answered. */
uint64_t ikeping_wanted(const struct ikeping *ikeping);

/* Sends an IKE message that is not protected: with the non-ESP marker where the path has one. */
void ikeping_send_message(struct ikeping *ikeping, const struct ikl_path *path, struct ikl_octets message);

#endif
