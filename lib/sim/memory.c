/* SPDX-License-Identifier: ISC */
/* ikelive sim: the memory of a world, and its failures. */
#include "inside.h"

#include <string.h>

void *ikl_sim_allocate(struct ikl_sim *sim, size_t size)
{
    void *memory = sim->allocator.allocate(sim->allocator.user, size);

    if (memory == NULL) {
        ikl_sim_fail(sim, IKL_ERR_NO_MEMORY);
        return NULL;
    }
    return memset(memory, 0, size);
}

void ikl_sim_release(struct ikl_sim *sim, void *memory, size_t size)
{
    if (memory != NULL) {
        sim->allocator.release(sim->allocator.user, memory, size);
    }
}

void ikl_sim_fail(struct ikl_sim *sim, int error)
{
    if (sim->failure == IKL_OK) {
        sim->failure = error;
    }
}
