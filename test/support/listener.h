/* SPDX-License-Identifier: ISC */
/* Hosts of the simulated world that only listen, and two of them at a link. */
#ifndef TEST_LISTENER_H
#define TEST_LISTENER_H

#include <ikelive/sim.h>

enum { MAX_HEARD = 64 };

/* A host that only listens, and remembers. */
struct listener {
    struct ikl_sim_host *host;
    size_t n;
    struct {
        ikl_time at;
        struct ikl_path path;
        size_t len;
        uint8_t first, second;
    } heard[MAX_HEARD];
};

/* Two of them and a link between them. */
struct ends {
    struct ikl_sim *sim;
    struct listener a, b;
    struct ikl_sim_link *link;
};

void listener_add(struct ikl_sim *sim, struct listener *listener);

/* The world has these two alone. To be freed with sim_free(ends->sim). */
void ends_begin_with(struct ends *ends, const struct ikl_sim_link_config *config);
void ends_begin(struct ends *ends, const struct ikl_sim_weather *weather);

/* Sends a datagram of two octets, `number` and 0, to the other end. */
void ends_send(const struct ends *ends, const struct listener *from, uint8_t number);

#endif
