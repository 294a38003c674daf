/* SPDX-License-Identifier: ISC */
/* ikelive sa: bodies of messages, taken from the pool. When there is no room, what may be forgotten gives way. */
#include "sa.h"

static bool make_room(struct ikl_sa *sa, uint32_t blocks)
{
    while (!ikl_share_has(sa, blocks)) {
        if (!ikl_sa_forget_old_response(sa) && !ikl_sa_forget_own_response(sa) &&
            (sa->state != IKL_SA_CONNECTING || !ikl_sa_forget_partial(sa))) {
            return false;
        }
    }
    return true;
}

static bool is_allowed(struct ikl_sa *sa, uint32_t blocks)
{
    while (!ikl_share_allows(sa, blocks)) {
        if (!ikl_sa_forget_own_response(sa)) {
            return false;
        }
    }
    return make_room(sa, blocks);
}

uint32_t ikl_sa_take_body(struct ikl_sa *sa, size_t len, enum ikl_body_use use)
{
    if (use == IKL_BODY_OWED || is_allowed(sa, ikl_pool_blocks(len))) {
        return ikl_share_take(sa, len);
    }
    return use == IKL_BODY_SMALL ? ikl_share_take_sealed(sa, len) : IKL_NONE;
}

uint32_t ikl_sa_store_body(struct ikl_sa *sa, const uint8_t *data, size_t len, enum ikl_body_use use)
{
    uint32_t body = ikl_sa_take_body(sa, len, use);

    if (body != IKL_NONE) {
        ikl_pool_write(&sa->endpoint->pool, body, 0, data, len);
    }
    return body;
}
