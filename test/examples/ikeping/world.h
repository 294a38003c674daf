/* SPDX-License-Identifier: ISC */
/* Two ikepings in virtual time: an initiator and a responder, with a network between them that a test can interfere
 * with. */
#ifndef TEST_IKEPING_WORLD_H
#define TEST_IKEPING_WORLD_H

#include "end.h"

enum { WORLD_MAX_DATAGRAM = 4096, WORLD_MAX_SENT = 512 };

enum { INITIATOR, RESPONDER };

struct world;

/* One datagram. */
struct sent {
    int from;
    struct ikl_path path; /* as the sender has it */
    size_t len;
    uint8_t octets[WORLD_MAX_DATAGRAM];
};

struct world {
    struct end ends[2];
    uint64_t now;      /* ns */
    struct sent *sent; /* every datagram, delivered or not */
    size_t n_sent, n_delivered;
    /* Called for each datagram before it arrives: false loses it; it may be changed. Null: all arrive. */
    bool (*passes)(struct world *world, struct sent *sent);
    bool full[2];    /* the sends of this end would block */
    bool behind_nat; /* the initiator's address is another one on the way */
};

/* Makes both ends, with options as on the command line; the responder has PSK "secret" unless it is changed before
 * world_connect, and so has the initiator. */
void world_init(struct world *world, const char *initiator_options, const char *responder_options);

/* The same, but the initiator has the options alone. */
void world_init_without_credentials(struct world *world, const char *initiator_options, const char *responder_options);

/* The same, but both ends have the options alone; what their files hold is to be read. */
void world_init_with(struct world *world, const char *initiator_options, const char *responder_options);

/* Gives both ends Ed25519 keys that know each other. */
void world_use_ed25519(struct world *world);

/* The initiator connects. */
void world_connect(struct world *world);

/* The same, or once more, with other paths. */
void world_connect_along(struct world *world, const struct ikl_path *plain, const struct ikl_path *encapsulated);

/* The responder as the initiator's gateway: to be changed, and connected to. */
struct gateway_config world_gateway(struct world *world);

/* Lets `ms` pass, from deadline to deadline; datagrams take no time. */
void world_run(struct world *world, uint64_t ms);

/* Delivers what is under way at the present time. */
void world_deliver(struct world *world);

/* Gives an end a datagram as if the other had sent it along `path`, which is the sender's. */
void world_give(struct world *world, int to, const struct ikl_path *path, const uint8_t *octets, size_t len);

/* What the first session of an end has; null when there is none. */
struct session *world_session(struct world *world, int end);

/* What an end has counted. */
const struct tally *world_tally(const struct world *world, int end);

/* How often an end has said something. */
size_t world_count(const struct world *world, int end, const char *text);

/* How many messages of an exchange an end has sent so far. */
size_t world_count_sent(const struct world *world, int from, uint8_t exchange_type);

/* The session of an end sends an INFORMATIONAL request with this notification. */
void world_notify(struct world *world, int from, uint16_t type, struct ikl_octets data);

/* Gives the initiator an IKE_SA_INIT response with a notification alone, which anybody may have made. */
void world_forge(struct world *world, const struct ikl_path *path, uint16_t type, struct ikl_octets data);

/* Ends both, and gives the exit status of the initiator. */
enum exit_status world_clear(struct world *world);

/* The path of the initiator to the responder. */
struct ikl_path world_path(bool encapsulated);

/* And of the responder to the initiator. */
struct ikl_path world_path_back(void);

#endif
