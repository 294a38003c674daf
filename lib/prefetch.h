/* SPDX-License-Identifier: ISC */
/* ikelive prefetch: a hint that memory will be needed soon. */
#ifndef IKL_PREFETCH_H
#define IKL_PREFETCH_H

/* Lets the processor fetch what is at `address`, to be written to, while other work goes on. Any address is allowed. */
static inline void ikl_prefetch(const void *address)
{
#if defined(__GNUC__)
    __builtin_prefetch(address, 1);
#else
    (void)address;
#endif
}

#endif
