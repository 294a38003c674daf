/* SPDX-License-Identifier: ISC */
/* ikelive sa: what an IKE SA may take of the pool, so that no peer takes it away from the others.
 *
 * Each IKE SA owns some blocks (config.own_blocks) and borrows the others from the common pool:
 *
 *   CONNECTING                owns none yet; borrows M, all of these together a quarter of the common pool
 *   ESTABLISHED, DELETING     borrows an eighth of the common pool, M at least
 *   REKEYED                   owns none any more; borrows likewise
 *
 * M is what a message of max_message octets needs, in small fragments too; the numbers are in endpoint.h. Blocks that
 * an IKE SA owns and does not use are set aside: nobody borrows them. An IKE SA whose cipher is not deterministic owns
 * three blocks more. They hold what other IKE SAs make again from its IV: a liveness check, our Delete, a short answer.
 * Every block that an IKE SA keeps in the pool is taken and given back here. */
#ifndef IKL_SHARE_H
#define IKL_SHARE_H

#include <ikelive/endpoint.h>

/* What a body is for. */
enum ikl_body_use {
    IKL_BODY,       /* within the IKE SA's share */
    IKL_BODY_SMALL, /* what must not fail for lack of a block; one block long */
    IKL_BODY_OWED   /* it was promised or reserved; shares are not asked */
};

/* Sets the sizes of the endpoint's pool, from its config with all defaults. */
void ikl_share_configure(struct ikl_endpoint *endpoint, const struct ikl_endpoint_config *config);
/* What an IKE SA with this cipher owns, or null: what each owns. */
uint32_t ikl_share_of(const struct ikl_endpoint *endpoint, const struct ikl_cipher *cipher);
/* Allocates this many blocks besides the common pool and those that IKE SAs own already. */
int ikl_share_reserve(struct ikl_endpoint *endpoint, uint64_t blocks);
/* The same of an endpoint that is yet to be made, from its config with all defaults: what an IKE SA with this cipher
 * will own, and what this many blocks take of an arena besides the common pool. */
uint32_t ikl_share_planned(const struct ikl_endpoint_config *config, const struct ikl_cipher *cipher);
uint64_t ikl_share_octets(const struct ikl_endpoint_config *config, uint64_t blocks);
/* Allocates until bodies of `len` octets in all, in `n` pieces, have room beside what will be set aside. */
int ikl_share_reserve_bodies(struct ikl_endpoint *endpoint, uint32_t own, size_t len, uint32_t n);

/* Called around every change of what a share depends on: the state, the cipher. */
void ikl_share_leave(struct ikl_sa *sa);
void ikl_share_enter(struct ikl_sa *sa);

/* Whether it may hold this many more blocks; whether they are there. */
bool ikl_share_allows(const struct ikl_sa *sa, uint32_t blocks);
bool ikl_share_has(const struct ikl_sa *sa, uint32_t blocks);
/* A body of the pool, whatever the share; or one of the blocks for what must be kept sealed. IKL_NONE: there is
 * none. */
uint32_t ikl_share_take(struct ikl_sa *sa, size_t len);
uint32_t ikl_share_take_sealed(struct ikl_sa *sa, size_t len);

void ikl_sa_drop_body(struct ikl_sa *sa, uint32_t body);
/* Whether a body would find room, without anything being forgotten, once `freed` blocks are given back. */
bool ikl_sa_has_body_room(struct ikl_sa *sa, size_t len, uint32_t freed);
/* How many a body takes; 0 for IKL_NONE. */
uint32_t ikl_sa_body_blocks(const struct ikl_sa *sa, uint32_t body);
/* The body belongs to another IKE SA from now on. */
void ikl_sa_move_body(struct ikl_sa *from, struct ikl_sa *to, uint32_t body);
/* Blocks that it borrows. */
uint32_t ikl_sa_borrowed(const struct ikl_sa *sa);

/* bodies.c: as the pool's functions do; IKL_NONE also when the share does not allow it. When there is no room,
 * responses older than ten minutes are forgotten (RFC 7296 §2.1: "several minutes"), and of CONNECTING IKE SAs what has
 * come of fragmented messages, the oldest first. */
uint32_t ikl_sa_take_body(struct ikl_sa *sa, size_t len, enum ikl_body_use use);
uint32_t ikl_sa_store_body(struct ikl_sa *sa, const uint8_t *data, size_t len, enum ikl_body_use use);

#endif
