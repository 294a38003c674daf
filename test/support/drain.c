/* SPDX-License-Identifier: ISC */
/* Takes all the room that an endpoint's pool has. See drain.h. */
#include "drain.h"

#include "test.h"

#include "endpoint/shared.h"

void drain_pool(struct drain *drain, struct host *host)
{
    drain_pool_to(drain, host, 0);
}

void drain_pool_to(struct drain *drain, struct host *host, size_t blocks)
{
    uint32_t body;

    drain->n = 0;
    host->tampered = true;
    while (pool_room(host) > blocks && (body = ikl_pool_take(&host->endpoint->pool, 1)) != IKL_NONE) {
        assert_true(drain->n < DRAIN_MAX);
        drain->bodies[drain->n++] = body;
    }
}

void refill_pool(const struct drain *drain, struct host *host)
{
    for (size_t i = 0; i < drain->n; i++) {
        ikl_pool_drop(&host->endpoint->pool, drain->bodies[i]);
    }
}

size_t pool_room(const struct host *host)
{
    return host->endpoint->pool.blocks.n_free;
}

bool pool_is_whole(const struct host *host)
{
    return pool_room(host) == host->endpoint->pool.blocks.n_chunks * (size_t)IKL_SLAB_CHUNK;
}
