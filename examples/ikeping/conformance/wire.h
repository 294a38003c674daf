/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the way of datagrams to the peer and back. wire_udp.c has one of UDP sockets; tests have one
 * in virtual time. */
#ifndef IKEPING_CONFORMANCE_WIRE_H
#define IKEPING_CONFORMANCE_WIRE_H

#include "../net.h"

struct wire {
    /* Sends a UDP payload. What cannot be sent is lost, as on any network. */
    void (*send)(void *user, const struct ikl_path *path, const uint8_t *octets, size_t len);
    /* Waits for a UDP payload until the time is `deadline`. Gives its length and its path; 0 when none came. */
    size_t (*receive)(void *user, ikl_time deadline, struct ikl_path *path, uint8_t *octets, size_t size);
    /* ms of a monotonic clock. */
    ikl_time (*now)(void *user);
    /* A path as it is from another port of the tester's. */
    struct ikl_path (*elsewhere)(void *user, const struct ikl_path *path);
    /* The user has had enough. From then on nothing is waited for: time leaps to the deadline. Null: never. */
    bool (*stopped)(void *user);
    void *user;
    struct ikl_path plain, encapsulated; /* to a gateway; a client says itself where it is */
};

enum { WIRE_NETS = 2 };

/* A wire of sockets, in two sets that were opened alike: those of the second are elsewhere. */
struct udp_wire {
    struct net nets[WIRE_NETS];
    int signals;      /* see signals.h; SIGINT, SIGTERM and SIGHUP stop it */
    bool stopped;     /* by one of them */
    ikl_time skipped; /* ms that were not waited since */
};

/* Of sockets that are open. `udp` must outlive it; the paths are to be filled in. Takes the signals from now on;
 * wire_udp_close gives nothing back but the descriptors. */
struct wire wire_udp(struct udp_wire *udp);
void wire_udp_close(struct udp_wire *udp);

#endif
