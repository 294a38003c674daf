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

#endif
