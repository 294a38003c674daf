/* SPDX-License-Identifier: ISC */
/* ikelive sized: structs that begin with their size, from programs older and newer than the library.
 *
 * A program passes a struct of the size it had when the program was compiled. Fields that an older struct lacks at its
 * end count as zero, the default. Octets that a newer struct has beyond those known here must be zero: then the program
 * asks for nothing that this library lacks. So a struct only grows at its end, zero in a new field means the old
 * behaviour, and a new field never goes where an older version had padding. A struct inside another struct has room to
 * grow there. */
#ifndef IKL_SIZED_H
#define IKL_SIZED_H

#include <ikelive/base.h>

#include <string.h>

/* Where a field ends. */
#define IKL_END_OF(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

enum { IKL_SIZED_MOST = 4096 }; /* no struct will ever be larger: a size above it is wrong */

/* Whether a struct may have this size. `least` is where the fields end that every version has. Every size is a multiple
 * of the alignment of the first field. */
static inline bool ikl_sized_is_size(size_t size, size_t least)
{
    return size >= least && size <= IKL_SIZED_MOST && size % _Alignof(size_t) == 0;
}

static inline size_t ikl_sized_of(const void *from)
{
    size_t size;

    memcpy(&size, from, sizeof(size));
    return size;
}

/* True when the struct at `from` can be taken by a library that knows `known` octets of it. */
static inline bool ikl_sized_fits(const void *from, size_t known, size_t least)
{
    size_t size = ikl_sized_of(from);

    if (!ikl_sized_is_size(size, least)) {
        return false;
    }
    for (size_t i = known; i < size; i++) {
        if (((const uint8_t *)from)[i] != 0) {
            return false;
        }
    }
    return true;
}

/* True when a field that ends `end` octets into the struct is there. */
static inline bool ikl_sized_has(const void *from, size_t end)
{
    return ikl_sized_of(from) >= end;
}

/* Copies as much of it as fits to `to`, which has `known` octets, and fills the rest with zeros; `to` then has the size
 * that is known here. */
static inline void ikl_sized_copy(void *to, size_t known, const void *from)
{
    size_t size = ikl_sized_of(from);

    memset(to, 0, known);
    memcpy(to, from, size < known ? size : known);
    memcpy(to, &known, sizeof(known));
}

/* Checks and copies. False, and nothing written, when the struct cannot be taken. */
static inline bool ikl_sized_take(void *to, size_t known, const void *from, size_t least)
{
    if (!ikl_sized_fits(from, known, least)) {
        return false;
    }
    ikl_sized_copy(to, known, from);
    return true;
}

/* The other way: fills the caller's struct at `to` from one of `known` octets. Writes no octet beyond its size, and
 * zeros to the octets that it has more. Its size stays. */
static inline bool ikl_sized_give(void *to, const void *from, size_t known, size_t least)
{
    size_t size = ikl_sized_of(to);

    if (!ikl_sized_is_size(size, least)) {
        return false;
    }
    memset(to, 0, size);
    memcpy(to, from, size < known ? size : known);
    memcpy(to, &size, sizeof(size));
    return true;
}

#endif
