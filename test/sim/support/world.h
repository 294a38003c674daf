/* A made-up world with a stack on each host, played from a script, and watched: what must hold in every world is
 * checked with every record of its trace, and once more at the end. SPDX-License-Identifier: ISC
 *
 * What must hold:
 *   1  a request is executed at most once, and ends once for who made it
 *   2  an IKE SA goes down once, a Child SA once, and no Child SA after its IKE SA
 *   3  no initialisation vector is used twice under a key: what has the same one is the same message
 *   4  the hosts agree at the end: each IKE SA that is left is ESTABLISHED, and so is its other end, with the same
 * Child SAs; there are no others 5  everything that was allocated is given back */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "stack.h"

#include "support/test_allocator.h"

enum { WORLD_MAX_HOSTS = 8, WORLD_MAX_WATCHED = 256, WORLD_SEALED_SLOTS = 1 << 16, WORLD_MAX_TIMEOUTS = 4 };

/* An IKE SA or a Child SA that went down. */
struct world_down {
    const struct ikl_sim_host *host;
    uint64_t spi_i, spi_r;
    uint32_t child; /* its inbound SPI; 0: the IKE SA */
};

/* A message that was sealed; a slot of a hash table, which is in use when it is of the present generation. */
struct world_sealed {
    uint32_t generation;
    const struct ikl_sim_host *host;
    uint64_t spi_i, iv;
    uint64_t hash; /* of its octets */
};

struct world {
    struct ikl_sim *sim;
    struct book book;
    struct stack stacks[WORLD_MAX_HOSTS];
    struct test_allocator allocator;
    const char *wrong; /* the first thing that was; null: nothing */
    size_t n_stacks;
    size_t n_downs, n_sealed;
    struct world_down downs[WORLD_MAX_WATCHED];
    uint32_t generation;
    struct world_sealed sealed[WORLD_SEALED_SLOTS];
    uint32_t n_child_downs; /* Child SAs that went down */
    uint32_t n_timeouts;    /* IKE SAs that a timeout took down; the first of them: */
    struct ikl_down timeouts[WORLD_MAX_TIMEOUTS];
};

/* Plays the script, with or without keeping the trace. Returns what ikl_sim_play returns. world_clear is due whatever
 * it is. `world` is large, must not move, and is zero before it is used for the first time. */
int world_play(struct world *world, uint64_t seed, const char *script, bool keep, struct ikl_sim_script_error *error);

/* Looks at one record; for tests of this. */
void world_watch(struct world *world, const struct ikl_sim_record *record);

/* What is wrong with the world now that it has ended, or null. */
const char *world_check(struct world *world);

/* Frees it, and says what is wrong after that: something is still allocated. Or null. */
const char *world_clear(struct world *world);

/* The stack of a host, or null. */
struct stack *world_stack(struct world *world, const char *host);

#endif
