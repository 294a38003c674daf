/* SPDX-License-Identifier: ISC */
/* Takes all the room that an endpoint's pool for message bodies has, and gives it back. */
#ifndef TEST_DRAIN_H
#define TEST_DRAIN_H

#include "host.h"

enum { DRAIN_MAX = 1024 };

struct drain {
    size_t n;
    uint32_t bodies[DRAIN_MAX];
};

void drain_pool(struct drain *drain, struct host *host);
void drain_pool_to(struct drain *drain, struct host *host, size_t blocks); /* that many stay free */
void refill_pool(const struct drain *drain, struct host *host);

/* How many blocks of the pool are free; and whether nothing is kept in it. */
size_t pool_room(const struct host *host);
bool pool_is_whole(const struct host *host);

#endif
