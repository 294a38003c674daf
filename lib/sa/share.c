/* SPDX-License-Identifier: ISC */
/* ikelive sa: counts what an IKE SA takes of the pool. See share.h. */
#include "share.h"

#include "ending.h"
#include "sized.h"

enum {
    DEFAULT_OWN_BLOCKS = 4,
    SEALED_BLOCKS = 3,    /* of an IKE SA whose cipher is not deterministic */
    LARGEST_MESSAGES = 8, /* that the common pool holds at least */
    AUTHENTICATED_PART = 8,
    CONNECTING_PART = 4,
    OVERHEAD = 128 /* more octets than headers, IV, padding and ICV of a message take */
};

/* Blocks of one largest message. */
static uint32_t largest_in(uint32_t max_message)
{
    return ikl_pool_blocks((size_t)2 * max_message);
}

static uint32_t own_in(const struct ikl_endpoint_config *config)
{
    if (config->own_blocks == IKL_NO_OWN_BLOCKS) {
        return 0;
    }
    return config->own_blocks != 0 ? config->own_blocks : DEFAULT_OWN_BLOCKS;
}

static uint64_t at_least(uint64_t value, uint64_t least)
{
    return value > least ? value : least;
}

uint32_t ikl_endpoint_pool_blocks(const struct ikl_endpoint_config *given, uint32_t n_sas, size_t len, uint32_t window)
{
    struct ikl_endpoint_config config;
    size_t most = len < UINT16_MAX ? len : UINT16_MAX; /* no message has more */
    uint64_t each = (window + UINT64_C(1)) * ikl_pool_blocks(most + OVERHEAD + most / 3);
    uint64_t largest, borrowed, blocks;

    if (!ikl_sized_take(&config, sizeof(config), given, IKL_END_OF(struct ikl_endpoint_config, user))) {
        return 0;
    }
    largest = largest_in(config.max_message != 0 ? config.max_message : IKL_DEFAULT_MAX_MESSAGE);
    borrowed = each > own_in(&config) ? each - own_in(&config) : 0;
    /* Where the first has more than 64 bits, the second has more than 32. */
    blocks = at_least((n_sas * borrowed + largest) * CONNECTING_PART / (CONNECTING_PART - 1) + 1,
                      AUTHENTICATED_PART * at_least(each, largest));
    return blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX;
}

static uint32_t common_in(const struct ikl_endpoint_config *config)
{
    return (uint32_t)at_least(config->pool_blocks, (uint64_t)LARGEST_MESSAGES * largest_in(config->max_message));
}

void ikl_share_configure(struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config)
{
    struct ikl_shares *shares = &endpoint->shares;

    shares->largest = largest_in(config->max_message);
    shares->own = own_in(config);
    shares->common = common_in(config);
    shares->first_old = shares->last_old = IKL_NONE;
    shares->first_partial = shares->last_partial = IKL_NONE;
}

/* Allocates until this many blocks exist. */
static int grow(struct ikl_endpoint *endpoint, uint64_t blocks)
{
    uint64_t chunks = ikl_slab_chunks_for(blocks);

    return chunks < IKL_NONE / IKL_SLAB_CHUNK ? ikl_slab_match(&endpoint->pool.blocks, (uint32_t)chunks)
                                              : IKL_ERR_NO_MEMORY;
}

/* More blocks that an IKE SA with this cipher owns. */
static uint32_t sealed_in(const struct ikl_cipher *cipher)
{
    return cipher != NULL && !cipher->deterministic ? SEALED_BLOCKS : 0;
}

uint64_t ikl_share_octets(const struct ikl_endpoint_config *config, uint64_t blocks)
{
    return ikl_pool_octets(blocks + common_in(config));
}

uint32_t ikl_share_planned(const struct ikl_endpoint_config *config, const struct ikl_cipher *cipher)
{
    return own_in(config) + sealed_in(cipher);
}

uint32_t ikl_share_of(const struct ikl_endpoint *endpoint, const struct ikl_cipher *cipher)
{
    return endpoint->shares.own + sealed_in(cipher);
}

/* More than the common pool is borrowed when IKE SAs are replaced: what they owned then counts as borrowed. */
int ikl_share_reserve(struct ikl_endpoint *endpoint, uint64_t blocks)
{
    const struct ikl_shares *shares = &endpoint->shares;

    return grow(endpoint, blocks + at_least(shares->borrowed, shares->common) + shares->owned);
}

int ikl_share_reserve_bodies(struct ikl_endpoint *endpoint, uint32_t own, size_t len, uint32_t n)
{
    return ikl_pool_reserve(&endpoint->pool, len, n + own + endpoint->shares.set_aside);
}

/* An IKE SA that is DYING owns nothing any more. */
static bool may_own(const struct ikl_sa *sa)
{
    return !ikl_sa_is_gone(sa);
}

/* What it may use as its own now. */
static uint32_t own_of(const struct ikl_sa *sa)
{
    return sa->state == IKL_SA_ESTABLISHED || sa->state == IKL_SA_DELETING ? sa->endpoint->shares.own : 0;
}

/* What it owns, once it is authenticated. */
static uint32_t owned_by(const struct ikl_sa *sa)
{
    if (!may_own(sa)) {
        return 0;
    }
    return (sa->state != IKL_SA_REKEYED ? sa->endpoint->shares.own : 0) + (sa->owns_sealed ? SEALED_BLOCKS : 0u);
}

static uint32_t difference(uint32_t a, uint32_t b)
{
    return a > b ? a - b : 0;
}

static uint32_t set_aside_for(const struct ikl_sa *sa)
{
    uint32_t sealed = sa->owns_sealed ? (uint32_t)(SEALED_BLOCKS - sa->sealed) : 0;

    if (!may_own(sa)) {
        return 0;
    }
    return sealed + (sa->state == IKL_SA_CONNECTING ? sa->endpoint->shares.own : difference(own_of(sa), sa->held));
}

void ikl_share_leave(struct ikl_sa *sa)
{
    struct ikl_shares *shares = &sa->endpoint->shares;

    shares->owned -= owned_by(sa);
    shares->set_aside -= set_aside_for(sa);
    shares->borrowed -= ikl_sa_borrowed(sa);
    shares->connecting -= sa->state == IKL_SA_CONNECTING ? sa->held : 0;
}

void ikl_share_enter(struct ikl_sa *sa)
{
    struct ikl_shares *shares = &sa->endpoint->shares;

    shares->owned += owned_by(sa);
    shares->set_aside += set_aside_for(sa);
    shares->borrowed += ikl_sa_borrowed(sa);
    shares->connecting += sa->state == IKL_SA_CONNECTING ? sa->held : 0;
}

uint32_t ikl_sa_borrowed(const struct ikl_sa *sa)
{
    return difference(sa->held, own_of(sa));
}

/* How much it may borrow. The common pool has room for LARGEST_MESSAGES of the largest messages, so a part is never
 * less than one. */
static uint32_t limit_of(const struct ikl_sa *sa)
{
    const struct ikl_shares *shares = &sa->endpoint->shares;

    return sa->state == IKL_SA_CONNECTING ? shares->largest : shares->common / AUTHENTICATED_PART;
}

/* How much more it would borrow for this many blocks. */
static uint32_t to_borrow(const struct ikl_sa *sa, uint32_t blocks)
{
    return difference(blocks, difference(own_of(sa), sa->held));
}

bool ikl_share_allows(const struct ikl_sa *sa, uint32_t blocks)
{
    uint64_t borrowed = (uint64_t)ikl_sa_borrowed(sa) + to_borrow(sa, blocks);

    return to_borrow(sa, blocks) == 0 || borrowed <= limit_of(sa);
}

/* Whether this many blocks are there, and not taken or set aside by others. */
static bool is_there(const struct ikl_sa *sa, uint32_t blocks, uint32_t freed)
{
    const struct ikl_shares *shares = &sa->endpoint->shares;
    uint32_t n_free = ikl_slab_n_free(&sa->endpoint->pool.blocks) + freed;
    uint32_t wanted = to_borrow(sa, blocks);

    if (sa->state == IKL_SA_CONNECTING && (uint64_t)shares->connecting + wanted > shares->common / CONNECTING_PART) {
        return false;
    }
    if (wanted != 0 && (uint64_t)shares->borrowed + wanted > shares->common) {
        return false; /* there may be more blocks, but IKE SAs to come will own them */
    }
    return wanted <= difference(n_free, shares->set_aside) && blocks <= n_free;
}

bool ikl_share_has(const struct ikl_sa *sa, uint32_t blocks)
{
    return is_there(sa, blocks, 0);
}

static void hold(struct ikl_sa *sa, uint32_t blocks)
{
    ikl_share_leave(sa);
    sa->held += blocks;
    ikl_share_enter(sa);
}

uint32_t ikl_share_take(struct ikl_sa *sa, size_t len)
{
    uint32_t body = ikl_pool_take(&sa->endpoint->pool, len);

    if (body != IKL_NONE) {
        hold(sa, ikl_pool_blocks(len));
    }
    return body;
}

/* Gives blocks back; those that were borrowed for something sealed go first. */
static void release(struct ikl_sa *sa, uint32_t blocks)
{
    uint32_t sealed = blocks < sa->sealed ? blocks : sa->sealed;

    ikl_share_leave(sa);
    sa->sealed = (sa->sealed - sealed) & 3;
    sa->held -= blocks - sealed;
    ikl_share_enter(sa);
}

/* Takes one of the blocks for what must be kept sealed. */
uint32_t ikl_share_take_sealed(struct ikl_sa *sa, size_t len)
{
    if (!sa->owns_sealed || sa->sealed == SEALED_BLOCKS || ikl_pool_blocks(len) != 1) {
        return IKL_NONE;
    }
    ikl_share_leave(sa);
    sa->sealed++;
    ikl_share_enter(sa);
    return ikl_pool_take(&sa->endpoint->pool, len);
}

uint32_t ikl_sa_body_blocks(const struct ikl_sa *sa, uint32_t body)
{
    return body != IKL_NONE ? ikl_pool_blocks(ikl_pool_len(&sa->endpoint->pool, body)) : 0;
}

void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body)
{
    if (body != IKL_NONE) {
        release(sa, ikl_sa_body_blocks(sa, body));
        ikl_pool_drop(&sa->endpoint->pool, body);
    }
}

bool ikl_sa_has_body_room(struct ikl_sa *sa, size_t len, uint32_t freed)
{
    uint32_t blocks = ikl_pool_blocks(len);
    uint32_t held = sa->held;
    bool room;

    if (blocks <= freed) {
        return true;
    }
    ikl_share_leave(sa);
    sa->held -= freed < held ? freed : held;
    ikl_share_enter(sa);
    room = ikl_share_allows(sa, blocks) && is_there(sa, blocks, freed);
    ikl_share_leave(sa);
    sa->held = held;
    ikl_share_enter(sa);
    return room;
}

void ikl_sa_move_body(struct ikl_sa *from, struct ikl_sa *to, uint32_t body)
{
    uint32_t blocks = ikl_sa_body_blocks(from, body);

    release(from, blocks);
    hold(to, blocks);
}
