/* SPDX-License-Identifier: ISC */
/* A simulated world with a stack on each host, played from a script, and watched: the laws (laws.h) are held against
 * every record of its trace, and once more at the end. *
 * What must hold at the end beside them: the hosts agree. Each IKE SA that is left is ESTABLISHED, and so is its other
 * end, with the same Child SAs; there are no others. */
#ifndef WORLDS_SCRIPTED_H
#define WORLDS_SCRIPTED_H

#include "stack.h"
#include "watch.h"

#include "support/test_allocator.h"

enum { WORLD_MAX_HOSTS = 8, WORLD_MAX_TIMEOUTS = 4 };

struct world {
    struct ikl_sim *sim;
    struct laws laws;
    struct watch watch;
    struct stack stacks[WORLD_MAX_HOSTS];
    struct test_allocator allocator;
    const char *wrong; /* the first thing that was; null: nothing */
    size_t n_stacks;
    uint32_t n_downs;       /* IKE SAs and Child SAs that went down */
    ikl_time last_down;     /* when the last of them did */
    uint32_t n_child_downs; /* Child SAs among them */
    uint32_t n_timeouts;    /* IKE SAs that a timeout took down; the first of them: */
    struct ikl_down timeouts[WORLD_MAX_TIMEOUTS];
};

/* Plays the script, with or without keeping the trace. Returns what ikl_sim_play returns. world_clear is due whatever
 * it is. `world` is large, must not move, and is zero before it is used for the first time. */
int world_play(struct world *world, uint64_t seed, const char *script, bool keep, struct ikl_sim_script_error *error);

/* What is wrong with the world now that it has ended, or null. */
const char *world_check(struct world *world);

/* Frees it, and says what is wrong after that: something is still allocated. Or null. */
const char *world_clear(struct world *world);

/* The stack of a host, or null. */
struct stack *world_stack(struct world *world, const char *host);

#endif
