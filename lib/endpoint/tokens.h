/* SPDX-License-Identifier: ISC */
/* ikelive tokens: what the peers of some IKE SAs will show when they have lost their state (RFC 6290). */
#ifndef IKL_TOKENS_H
#define IKL_TOKENS_H

#include "beside.h"

#include <ikelive/crash.h>

/* The token of one IKE SA's peer. */
struct ikl_token {
    uint64_t spi;                  /* ours, of the IKE SA */
    ikl_time full_at;              /* see limit.h */
    uint8_t digest[IKL_TOKEN_LEN]; /* of the token, so that it cannot be read here */
};

#endif
