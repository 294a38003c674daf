/* SPDX-License-Identifier: ISC */
/* ikelive arena: what of an arena things take. */
#ifndef IKL_ARENA_H
#define IKL_ARENA_H

#include <ikelive/base.h>

/* What a piece of `size` octets takes: pieces follow each other, each aligned for any type. */
static inline uint64_t ikl_arena_piece(uint64_t size)
{
    return (size + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
}

/* How large an arena must be whose pieces take so many octets; SIZE_MAX when no memory is. */
size_t ikl_arena_size(uint64_t pieces);

#endif
