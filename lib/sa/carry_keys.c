/* SPDX-License-Identifier: ISC */
/* ikelive sa: the cipher state that an IKE SA takes along when it moves to another endpoint. */
#include "keying.h"

#include <string.h>

/* Returns where they are now. */
static uint32_t carry(struct ikl_sa *from, const struct ikl_sa *to, uint32_t keys)
{
    struct ikl_slab *states = &ikl_keying_of(from)->states, *there = &ikl_keying_of(to)->states;
    uint32_t carried = ikl_slab_take(there);

    memcpy(ikl_slab_at(there, carried), ikl_slab_at(states, keys), 2 * ikl_sa_cipher(to)->state_size);
    ikl_slab_give(states, keys);
    return carried;
}

void ikl_sa_carry_keys(struct ikl_sa *from, struct ikl_sa *to, uint16_t keying)
{
    if (!ikl_sa_has_keys(from)) {
        return;
    }
    ikl_endpoint_hold_keying(to->endpoint, keying);
    to->keying = keying;
    to->keys = carry(from, to, from->keys);
    from->keys = IKL_NONE;
}

void ikl_sa_carry_other_keys(struct ikl_sa *from, struct ikl_sa *to, struct ikl_other_keys *other)
{
    other->keys = carry(from, to, other->keys);
}
