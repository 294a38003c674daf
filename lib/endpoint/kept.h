/* SPDX-License-Identifier: ISC */
/* ikelive kept: the keys of IKE SAs whose host takes snapshots of them. */
#ifndef IKL_KEPT_H
#define IKL_KEPT_H

#include "beside.h"

#include <ikelive/crypto.h>

struct ikl_kept {
    uint64_t spi;   /* ours, of the IKE SA */
    uint64_t epoch; /* that it lives in */
    uint64_t made;  /* that its keys were made in */
    uint8_t encr_key_len, integ_key_len;
    uint8_t keys[2 * (IKL_MAX_ENCR_KEY + IKL_MAX_INTEG_KEY)]; /* SK_ei, SK_er, SK_ai, SK_ar, one after the other */
};

#endif
