/* SPDX-License-Identifier: ISC */
/* ikelive wheel, inside: how much memory one takes. */
#ifndef IKL_WHEEL_MEMORY_H
#define IKL_WHEEL_MEMORY_H

#include <ikelive/wheel.h>

/* What ikl_wheel_new takes of an arena. */
uint64_t ikl_wheel_octets(uint32_t capacity);

#endif
