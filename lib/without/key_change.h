/* SPDX-License-Identifier: ISC */
/* ikelive without key changes: an IKE SA never has former keys. */
#ifndef IKL_WITHOUT_KEY_CHANGE_H
#define IKL_WITHOUT_KEY_CHANGE_H

#include "endpoint/shared.h"

static inline bool ikl_key_change_is_before(const struct ikl_sa *sa, uint32_t message_id)
{
    (void)sa;
    (void)message_id;
    return false;
}

static inline void ikl_key_change_swap(struct ikl_sa *sa)
{
    (void)sa;
}

static inline void ikl_key_change_went_on(struct ikl_sa *sa)
{
    (void)sa;
}

static inline void ikl_key_change_end(struct ikl_sa *sa)
{
    (void)sa;
}

static inline uint32_t ikl_key_changes(const struct ikl_sa *sa)
{
    (void)sa;
    return 0;
}

static inline int ikl_key_change_reserve(const struct ikl_sa *sa, struct ikl_endpoint *to, uint16_t keying)
{
    (void)sa;
    (void)to;
    (void)keying;
    return IKL_OK;
}

static inline void ikl_key_change_carry(struct ikl_sa *from, struct ikl_sa *to)
{
    (void)from;
    (void)to;
}

#endif
