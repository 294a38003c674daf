/* SPDX-License-Identifier: ISC */
/* ikelive without fragments: nobody announces that we know them, messages go out in one piece, and a fragment of the
 * peer's is refused. */
#ifndef IKL_WITHOUT_FRAGMENTS_H
#define IKL_WITHOUT_FRAGMENTS_H

#include "endpoint/shared.h"

#include "field.h"

struct ikl_packing;

static inline bool ikl_fragments_used(bool announced)
{
    (void)announced;
    return false;
}

static inline struct ikl_fault ikl_fragments_fault(bool announced)
{
    return announced ? (struct ikl_fault){IKL_FIELD("protection.fragmentation"), IKL_ERR_UNSUPPORTED} : IKL_NO_FAULT;
}

static inline ikl_time ikl_sa_reassembly_deadline(const struct ikl_sa *sa)
{
    (void)sa;
    return IKL_NEVER;
}

static inline void ikl_sa_expire_fragments(struct ikl_sa *sa, ikl_time now)
{
    (void)sa;
    (void)now;
}

static inline void ikl_sa_drop_fragments(struct ikl_sa *sa)
{
    (void)sa;
}

static inline void ikl_sa_lose_fragments(struct ikl_sa *sa)
{
    (void)sa;
}

static inline bool ikl_sa_forget_partial(struct ikl_sa *sa)
{
    (void)sa;
    return false;
}

static inline void ikl_sa_keep_partials(struct ikl_sa *sa)
{
    (void)sa;
}

static inline void ikl_sa_carry_fragments(struct ikl_sa *from, struct ikl_sa *to)
{
    (void)from;
    (void)to;
}

static inline int ikl_sa_take_fragment(struct ikl_sa *sa, struct ikl_opened *opened, ikl_time now, bool *complete)
{
    (void)sa;
    (void)opened;
    (void)now;
    *complete = false;
    return IKL_ERR_UNSUPPORTED;
}

static inline int ikl_sa_pack_pieces(const struct ikl_sa *sa, const struct ikl_path *path, size_t plaintext_len,
                                     struct ikl_packing *out)
{
    (void)sa;
    (void)path;
    (void)plaintext_len;
    (void)out;
    return IKL_ERR_UNSUPPORTED;
}

static inline void ikl_sa_refit(struct ikl_sa *sa, const struct ikl_path *path, uint32_t *stored)
{
    (void)sa;
    (void)path;
    (void)stored;
}

#endif
