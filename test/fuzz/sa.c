/* SPDX-License-Identifier: ISC */
/* Fuzz target: IKE SAs between two hosts. The input says what happens, octet by octet: datagrams arrive, are lost, come
 * twice or changed; time passes; the hosts do whatever the library lets them do, in callbacks too; sends and
 * allocations fail. What must hold all the time is in worlds/laws.h. */
#include "worlds/octets.h"

#include "support/check.h"

enum { MAX_INPUT = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world world;

    if (size > MAX_INPUT) {
        return 0;
    }
    CHECK(ikl_init() == IKL_OK);
    world_begin(&world, data, size);
    while (world.stream.left != 0) {
        world_step(&world);
    }
    world_end(&world);
    return 0;
}
