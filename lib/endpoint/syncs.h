/* SPDX-License-Identifier: ISC */
/* ikelive syncs: of IKE SAs whose Message IDs can be synchronised, what was agreed on and what is under way (RFC 6311).
 */
#ifndef IKL_SYNCS_H
#define IKL_SYNCS_H

#include "beside.h"

#include <ikelive/crypto.h>
#include <ikelive/sync.h>

/* What a message of this exchange says. */
struct ikl_sync_content {
    struct ikl_message_id_sync ids;
    struct ikl_replay_sync replay; /* a delta of 0: nothing */
};

struct ikl_sync {
    uint64_t spi;                      /* see struct ikl_beside */
    ikl_time full_at;                  /* see limit.h; of repeated answers */
    ikl_time told_at;                  /* when Message IDs were synchronised, while that is yet to be told */
    struct ikl_replay_sync told;       /* what else is yet to be told */
    struct ikl_sync_content ours;      /* while our request is under way */
    struct ikl_sync_content peers;     /* the peer's latest request, once there was one */
    struct ikl_message_id_sync answer; /* our answer to that */
    uint32_t stored;                   /* it, sealed, in the pool; or IKL_NONE: it is made again from its IV */
    uint32_t least;                    /* the lowest Message ID with which the peer may go on after another request */
    uint8_t iv[IKL_MAX_IV];
    uint8_t agreed; /* IKL_SYNC_MESSAGE_IDS and the like */
    bool answered;  /* there is an answer */
    bool by_peer;   /* what is yet to be told */
};

#endif
