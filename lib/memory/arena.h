/* SPDX-License-Identifier: ISC */
/* ikelive arena: what of an arena things take. */
#ifndef IKL_ARENA_H
#define IKL_ARENA_H

#include <ikelive/base.h>

/* The alignment of any type; C99, in which depth 1 compiles too, cannot ask for it. */
#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
enum { IKL_ANY_ALIGNMENT = _Alignof(max_align_t) };
#else
struct ikl_any_aligned {
    char octet;
    union {
        uint64_t number;
        long double real;
        void *object;
        void (*function)(void);
    } any;
};

enum { IKL_ANY_ALIGNMENT = offsetof(struct ikl_any_aligned, any) };
#endif

/* What a piece of `size` octets takes: pieces follow each other, each aligned for any type. */
static inline uint64_t ikl_arena_piece(uint64_t size)
{
    return (size + IKL_ANY_ALIGNMENT - 1) / IKL_ANY_ALIGNMENT * IKL_ANY_ALIGNMENT;
}

/* How large an arena must be whose pieces take so many octets; SIZE_MAX when no memory is. */
size_t ikl_arena_size(uint64_t pieces);

#endif
