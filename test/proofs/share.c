/* SPDX-License-Identifier: ISC */
/* Whatever IKE SAs hold of the pool: what one may take, as its share is asked, is there; it borrows no more than its
 * part, all of them no more than there is to borrow, and those that are CONNECTING no more than theirs; and the blocks
 * that are set aside stay there. What is taken and given back is counted, for it and for all; what fails changes
 * nothing. The pool does what its own proof says of it.
 *
 * bounds: pools of up to 255 blocks, any bodies, any states
 * each: -DTAKE -DOWED -DSEALED -DGIVE -DROOM
 * fault: lib/sa/share.c s/connecting + wanted > /connecting > /
 * fault: -DGIVE lib/sa/share.c s/sa->held -= blocks - sealed;/sa->held -= blocks;/ */
#include "proof.h"

#include "sa/share.c"

enum { MOST = 255 };

static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static struct ikl_shares others; /* what all but this IKE SA have */
static size_t body_len;

/* A body of as many blocks as it has octets. */
uint32_t ikl_pool_blocks(size_t len)
{
    return len == 0 ? 1 : (uint32_t)len;
}

uint32_t ikl_pool_take(struct ikl_pool *pool, size_t len)
{
    if (ikl_pool_blocks(len) > pool->blocks.n_free) {
        return IKL_NONE;
    }
    pool->blocks.n_free -= ikl_pool_blocks(len);
    body_len = len;
    return 0;
}

size_t ikl_pool_len(const struct ikl_pool *pool, uint32_t body)
{
    (void)pool;
    prove(body == 0);
    return body_len;
}

void ikl_pool_drop(struct ikl_pool *pool, uint32_t body)
{
    prove(body == 0);
    pool->blocks.n_free += ikl_pool_blocks(body_len);
}

static uint32_t n_free(void)
{
    return endpoint.pool.blocks.n_free;
}

/* The sums are those of the others and its own; what is set aside is there; those that are CONNECTING have their part
 * at most. */
static bool is_counted(void)
{
    struct ikl_shares *shares = &endpoint.shares, now = *shares;
    bool is_right;

    ikl_share_leave(&sa);
    is_right = shares->owned == others.owned && shares->set_aside == others.set_aside &&
               shares->borrowed == others.borrowed && shares->connecting == others.connecting;
    *shares = now;
    return is_right && now.set_aside <= n_free() && now.connecting <= now.common / CONNECTING_PART &&
           sa.sealed <= (sa.owns_sealed ? SEALED_BLOCKS : 0);
}

static void suppose_shares(void)
{
    others = (struct ikl_shares){.common = (uint32_t)any_up_to(MOST),
                                 .own = (uint32_t)any_up_to(MOST),
                                 .largest = (uint32_t)any_up_to(MOST),
                                 .owned = (uint32_t)any_up_to(MOST),
                                 .set_aside = (uint32_t)any_up_to(MOST),
                                 .borrowed = (uint32_t)any_up_to(MOST),
                                 .connecting = (uint32_t)any_up_to(MOST)};
    endpoint.shares = others;
    endpoint.pool.blocks.n_free = (uint32_t)any_up_to(MOST);
    sa.endpoint = &endpoint;
    sa.state = nondet_u8() % IKL_SA_STATES;
    sa.sealed = nondet_u8() % (SEALED_BLOCKS + 1);
    sa.owns_sealed = nondet_bool();
    sa.held = (uint32_t)any_up_to(MOST);
    ikl_share_enter(&sa);
    suppose(is_counted());
}

#if defined(TAKE)
static void step(size_t len)
{
    uint32_t blocks = ikl_pool_blocks(len), held = sa.held, borrowed = ikl_sa_borrowed(&sa), free_before = n_free();

    if (!ikl_share_allows(&sa, blocks) || !ikl_share_has(&sa, blocks)) {
        prove(sa.held == held && n_free() == free_before);
        return;
    }
    prove(ikl_share_take(&sa, len) != IKL_NONE);
    prove(sa.held == held + blocks && n_free() == free_before - blocks);
    if (ikl_sa_borrowed(&sa) > borrowed) {
        prove(ikl_sa_borrowed(&sa) <= limit_of(&sa) && endpoint.shares.borrowed <= endpoint.shares.common);
    }
    prove(is_counted());
}
#elif defined(OWED)
/* Nobody asks for the share: the pool may have too little. */
static void step(size_t len)
{
    struct ikl_shares before = endpoint.shares;
    uint32_t held = sa.held, free_before = n_free(), body = ikl_share_take(&sa, len);

    if (body == IKL_NONE) {
        prove(sa.held == held && n_free() == free_before);
        prove(endpoint.shares.borrowed == before.borrowed && endpoint.shares.set_aside == before.set_aside &&
              endpoint.shares.owned == before.owned && endpoint.shares.connecting == before.connecting);
    } else {
        prove(sa.held == held + ikl_pool_blocks(len) && n_free() == free_before - ikl_pool_blocks(len));
        prove(endpoint.shares.borrowed - before.borrowed <= ikl_pool_blocks(len));
    }
}
#elif defined(SEALED)
static void step(size_t len)
{
    uint32_t held = sa.held, sealed = sa.sealed, free_before = n_free(), body;

    suppose(!ikl_sa_is_gone(&sa));
    body = ikl_share_take_sealed(&sa, len);
    prove((body != IKL_NONE) == (sa.owns_sealed && sealed < SEALED_BLOCKS && ikl_pool_blocks(len) == 1));
    prove(sa.held == held && sa.sealed == sealed + (body != IKL_NONE) && n_free() == free_before - (body != IKL_NONE));
    prove(is_counted());
}
#elif defined(GIVE)
static void step(size_t len)
{
    uint32_t blocks = ikl_pool_blocks(len), held = sa.held + sa.sealed, free_before = n_free();

    suppose(blocks <= held);
    body_len = len;
    ikl_sa_drop_body(&sa, 0);
    prove(sa.held + sa.sealed == held - blocks && n_free() == free_before + blocks);
    prove(is_counted());
}
#else
/* Asking changes nothing. */
static void step(size_t len)
{
    uint32_t held = sa.held, freed = (uint32_t)any_up_to(held);
    bool has_room = ikl_sa_has_body_room(&sa, len, freed);

    prove(sa.held == held && is_counted());
    prove(freed != 0 || !has_room ||
          (ikl_share_allows(&sa, ikl_pool_blocks(len)) && ikl_share_has(&sa, ikl_pool_blocks(len))));
}
#endif

int main(void)
{
    suppose_shares();
    step(any_up_to(MOST));
    return 0;
}
