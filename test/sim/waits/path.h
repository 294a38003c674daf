/* SPDX-License-Identifier: ISC */
/* Paths between two peers, unlike each other, in populations. */
#ifndef WAITS_PATH_H
#define WAITS_PATH_H

#include <ikelive/sim.h>

enum { N_POPULATIONS = 8, MOST_PATHS = 100000 };

/* The last population is the first one again, on links that hold datagrams during outages. */
enum { POPULATION_FIRST = 0, POPULATION_HELD = N_POPULATIONS - 1 };

/* From `begin` to just before `end` nothing crosses. */
struct path_outage {
    ikl_time begin, end;
};

struct path {
    uint64_t seed;  /* of a world in which it has these outages */
    uint32_t delay; /* ms each way */
    uint32_t loss;  /* chance of each datagram, outages apart */
    struct ikl_sim_outages habit;
    struct path_outage *outages; /* in order, up to the end; then one that never ends */
    size_t n, room;
};

const char *population_name(size_t population);

/* Lists the outages that a path with this seed and habit has until `until`. False when there is no memory. `path` is
 * zero before it is used for the first time. */
bool path_list(struct path *path, ikl_time until);

/* Path `number` of a population, with its outages. */
bool path_make(struct path *path, uint64_t seed, size_t population, size_t number, ikl_time until);

void path_clear(struct path *path);

/* The outage at or after `at` that ends first, looked for from the one with the index `from` on. */
size_t path_next(const struct path *path, size_t from, ikl_time at);

/* When what is sent at `at` comes to the other end; IKL_NEVER when an outage loses it. `from` as for path_next, at a
 * time not after `at`. */
ikl_time path_arrival(const struct path *path, size_t from, ikl_time at);

#endif
