/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: every datagram of a check, in its order. */
#ifndef IKEPING_CONFORMANCE_TRACE_H
#define IKEPING_CONFORMANCE_TRACE_H

#include <ikelive/path.h>

/* One datagram. */
struct traced {
    bool sent; /* by the tester; else by the peer */
    ikl_time at;
    struct ikl_path path; /* the tester's */
    size_t marker;        /* octets of the non-ESP marker in front */
    size_t len;           /* with the marker */
    uint8_t *octets;
    uint8_t *plaintext; /* room for what is inside SK, as long as the datagram */
};

struct trace {
    struct traced **datagrams;
    size_t n;
};

/* Keeps a copy. Null when there is no memory. It stays where it is until trace_clear. */
struct traced *trace_add(struct trace *trace, bool sent, ikl_time at, const struct ikl_path *path,
                         struct ikl_octets datagram);

void trace_clear(struct trace *trace);

/* The message in it, without the non-ESP marker. */
struct ikl_octets traced_message(const struct traced *traced);

#endif
