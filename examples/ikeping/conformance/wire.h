/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: the way of datagrams to the peer and back. wire_udp.c has one of UDP sockets; tests have one
 * in virtual time. */
#ifndef IKEPING_CONFORMANCE_WIRE_H
#define IKEPING_CONFORMANCE_WIRE_H

#include <ikelive/path.h>

struct net;

struct wire {
    /* Sends a UDP payload. What cannot be sent is lost, as on any network. */
    void (*send)(void *user, const struct ikl_path *path, const uint8_t *octets, size_t len);
    /* Waits for a UDP payload until the time is `deadline`. Gives its length and its path; 0 when none came. */
    size_t (*receive)(void *user, ikl_time deadline, struct ikl_path *path, uint8_t *octets, size_t size);
    /* ms of a monotonic clock. */
    ikl_time (*now)(void *user);
    /* A path as it is from another port of the tester's. */
    struct ikl_path (*elsewhere)(void *user, const struct ikl_path *path);
    void *user;
    struct ikl_path plain, encapsulated; /* to a gateway; a client says itself where it is */
};

/* The wire of sockets of net.h, in two sets, WIRE_NETS, that were opened alike: those of the second are elsewhere. They
 * must outlive it; the paths are to be filled in. */
enum { WIRE_NETS = 2 };
struct wire wire_udp(struct net *nets);

#endif
