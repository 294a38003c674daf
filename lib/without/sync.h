/* SPDX-License-Identifier: ISC */
/* ikelive without RFC 6311: no Message IDs are synchronised, and a message that asks for it is one like any other. */
#ifndef IKL_WITHOUT_SYNC_H
#define IKL_WITHOUT_SYNC_H

#include "sa/sa.h"

static inline bool ikl_sa_is_syncing(const struct ikl_sa *sa)
{
    (void)sa;
    return false;
}

static inline bool ikl_sa_may_be_sync(const struct ikl_sa *sa, const struct ikl_header *header)
{
    (void)sa;
    (void)header;
    return false;
}

static inline const struct ikl_sync *ikl_sa_sync_of(const struct ikl_sa *sa)
{
    (void)sa;
    return NULL;
}

static inline bool ikl_sa_may_sync(const struct ikl_sa *sa)
{
    (void)sa;
    return false;
}

static inline int ikl_endpoint_reserve_syncs(struct ikl_endpoint *endpoint, uint32_t n)
{
    (void)endpoint;
    (void)n;
    return IKL_OK;
}

static inline void ikl_sa_restore_sync(struct ikl_sa *sa, const struct ikl_sync *like)
{
    (void)sa;
    (void)like;
}

static inline void ikl_sa_forget_sync(struct ikl_sa *sa)
{
    (void)sa;
}

static inline int ikl_sa_reserve_sync(const struct ikl_sa *sa, struct ikl_endpoint *to)
{
    (void)sa;
    (void)to;
    return IKL_OK;
}

static inline void ikl_sa_carry_sync(struct ikl_sa *from, struct ikl_sa *to)
{
    (void)from;
    (void)to;
}

static inline struct ikl_synced ikl_sa_synced(const struct ikl_sa *sa)
{
    (void)sa;
    return (struct ikl_synced){.at = 0};
}

static inline int ikl_sa_make_sync_again(struct ikl_sa *sa, size_t *len)
{
    (void)sa;
    (void)len;
    return IKL_ERR_UNSUPPORTED;
}

static inline int ikl_sa_take_replay_sync(struct ikl_sa *sa, const struct ikl_message *request, ikl_time now)
{
    (void)sa;
    (void)request;
    (void)now;
    return IKL_ERR_NOT_FOUND;
}

static inline int ikl_sa_judge_sync(const struct ikl_sa *sa, const struct ikl_message *message)
{
    (void)sa;
    (void)message;
    return IKL_ERR_NOT_FOUND;
}

static inline int ikl_sa_take_sync(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    (void)sa;
    (void)message;
    (void)now;
    return IKL_ERR_NOT_FOUND;
}

#endif
