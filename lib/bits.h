/* SPDX-License-Identifier: ISC */
/* ikelive bits: the highest and the lowest bit that is set.
 *
 * Both forms are always compiled, so that the tests can compare them; C11 itself has neither. */
#ifndef IKL_BITS_H
#define IKL_BITS_H

#include <stdint.h>

/* The number of the highest bit that is set; `bits` is not 0. */
static inline unsigned ikl_highest_bit_portable(uint64_t bits)
{
    unsigned highest = 0;

    for (unsigned half = 32; half != 0; half /= 2) {
        if (bits >> half != 0) {
            bits >>= half;
            highest += half;
        }
    }
    return highest;
}

/* The number of the lowest bit that is set; `bits` is not 0. */
static inline unsigned ikl_lowest_bit_portable(uint64_t bits)
{
    return ikl_highest_bit_portable(bits & (~bits + 1));
}

static inline unsigned ikl_highest_bit(uint64_t bits)
{
#if defined(__GNUC__)
    return 63 - (unsigned)__builtin_clzll(bits);
#else
    return ikl_highest_bit_portable(bits);
#endif
}

static inline unsigned ikl_lowest_bit(uint64_t bits)
{
#if defined(__GNUC__)
#if UINTPTR_MAX > UINT32_MAX
    return (unsigned)__builtin_ctzll(bits);
#else /* some processors have no instruction for more, and a library would do it */
    uint32_t low = (uint32_t)bits;

    return (unsigned)(low != 0 ? __builtin_ctz(low) : 32 + __builtin_ctz((uint32_t)(bits >> 32)));
#endif
#else
    return ikl_lowest_bit_portable(bits);
#endif
}

#endif
