/* SPDX-License-Identifier: ISC */
/* ikelive wheel, inside: how much memory one takes. */
#ifndef IKL_WHEEL_MEMORY_H
#define IKL_WHEEL_MEMORY_H

#include <ikelive/wheel.h>

/* What ikl_wheel_new takes of an arena. */
uint64_t ikl_wheel_octets(uint32_t capacity);

static inline bool ikl_wheel_is_width(uint32_t width)
{
    return width >= IKL_WHEEL_MIN_WIDTH && width <= IKL_WHEEL_MAX_WIDTH && (width & (width - 1)) == 0;
}

/* Adds at least an eighth: then many small raises do not each copy the timers. */
static inline uint32_t ikl_wheel_grown_capacity(uint32_t current, uint32_t wanted)
{
    uint32_t grown = current + current / 8;

    if (grown > IKL_WHEEL_MAX_TIMERS) {
        grown = IKL_WHEEL_MAX_TIMERS;
    }
    return grown > wanted ? grown : wanted;
}

#endif
