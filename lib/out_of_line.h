/* SPDX-License-Identifier: ISC */
/* ikelive out of line: keeps rarely called functions out of their callers, which then need fewer registers; and puts
 * into its callers what nearly each message passes, where a compiler would find it too long. A build for size decides
 * itself. */
#ifndef IKL_OUT_OF_LINE_H
#define IKL_OUT_OF_LINE_H

#if defined(__GNUC__)
#define IKL_OUT_OF_LINE __attribute__((noinline))
#else
#define IKL_OUT_OF_LINE
#endif

#if defined(__GNUC__) && defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__)
#define IKL_IN_LINE __attribute__((always_inline)) inline
#else
#define IKL_IN_LINE inline
#endif

/* A function of a header that is too long to be copied where size counts. It is declared and defined as IKL_SHARED, or
 * as IKL_SHARED_IN_LINE when nearly each message passes it, and defined only where IKL_DEFINES is true: in each file
 * that includes the header, or, in a build for size, in once.c alone. */
#ifndef __OPTIMIZE_SIZE__
#define IKL_SHARED static inline
#define IKL_SHARED_IN_LINE static IKL_IN_LINE
#define IKL_DEFINES 1
#else
#define IKL_SHARED
#define IKL_SHARED_IN_LINE
#ifdef IKL_ONCE
#define IKL_DEFINES 1
#else
#define IKL_DEFINES 0
#endif
#endif

#endif
