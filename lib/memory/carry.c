/* SPDX-License-Identifier: ISC */
/* ikelive pool: bodies that go to another pool. */
#include "memory/block.h"

#include <string.h>

uint32_t ikl_pool_carry(struct ikl_pool *from, struct ikl_pool *to, uint32_t body)
{
    uint32_t carried = body != IKL_NONE ? ikl_pool_take(to, ikl_pool_len(from, body)) : IKL_NONE;

    for (uint32_t source = body, target = carried; target != IKL_NONE;) {
        memcpy(ikl_block_at(to, target)->data, ikl_block_at(from, source)->data, IKL_BLOCK_DATA);
        source = ikl_block_at(from, source)->next;
        target = ikl_block_at(to, target)->next;
    }
    ikl_pool_drop(from, body);
    return carried;
}

uint32_t ikl_pool_carry_list(struct ikl_pool *from, struct ikl_pool *to, uint32_t first)
{
    uint32_t carried = IKL_NONE, last = IKL_NONE;

    for (uint32_t body = first, next; body != IKL_NONE; body = next) {
        uint32_t here;

        ikl_pool_read(from, body, 0, (uint8_t *)&next, sizeof(next));
        here = ikl_pool_carry(from, to, body);
        if (last == IKL_NONE) {
            carried = here;
        } else {
            ikl_pool_write(to, last, 0, (const uint8_t *)&here, sizeof(here));
        }
        last = here;
    }
    return carried;
}
