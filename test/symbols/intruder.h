/* SPDX-License-Identifier: ISC */
/* Declarations that disagree with what the shared library exports. */
#ifndef INTRUDER_H
#define INTRUDER_H

#include <ikelive/base.h>

IKL_API extern unsigned ikl_intruder_counter;

IKL_API void ikl_intruder_run(void);

int ikl_intruder_without_macro(void);

/* defined nowhere */
IKL_API void ikl_intruder_undefined(void (*callback)(void *user), void *user);

#endif
