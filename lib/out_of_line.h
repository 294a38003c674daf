/* SPDX-License-Identifier: ISC */
/* ikelive out of line: keeps rarely called functions out of their callers, which then need fewer registers. */
#ifndef IKL_OUT_OF_LINE_H
#define IKL_OUT_OF_LINE_H

#if defined(__GNUC__)
#define IKL_OUT_OF_LINE __attribute__((noinline))
#else
#define IKL_OUT_OF_LINE
#endif

#endif
