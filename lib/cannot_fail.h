/* SPDX-License-Identifier: ISC */
/* ikelive inside: results of which a caller knows beforehand that they are IKL_OK. */
#ifndef IKL_CANNOT_FAIL_H
#define IKL_CANNOT_FAIL_H

static inline void ikl_cannot_fail(int result)
{
    (void)result;
}

#endif
