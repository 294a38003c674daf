/* SPDX-License-Identifier: ISC */
/* ikelive without histories: what happens to an IKE SA is not remembered. */
#ifndef IKL_WITHOUT_HISTORY_H
#define IKL_WITHOUT_HISTORY_H

#include <ikelive/report.h>

static inline uint32_t ikl_history_kept(uint32_t n_events)
{
    (void)n_events;
    return 0;
}

static inline size_t ikl_history_size(uint32_t n_events)
{
    (void)n_events;
    return 0;
}

static inline void ikl_history_reset(struct ikl_sa *sa)
{
    (void)sa;
}

static inline void ikl_history_carry(struct ikl_sa *from, struct ikl_sa *to)
{
    (void)from;
    (void)to;
}

static inline void ikl_history_add_chatter(struct ikl_sa *sa, struct ikl_event event)
{
    (void)sa;
    (void)event;
}

static inline void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event)
{
    (void)sa;
    (void)event;
}

static inline void ikl_history_add_answer(struct ikl_sa *sa, uint32_t message_id, uint32_t sends, ikl_time now)
{
    (void)sa;
    (void)message_id;
    (void)sends;
    (void)now;
}

static inline const struct ikl_event *ikl_history_in_order(struct ikl_sa *sa, size_t *n)
{
    (void)sa;
    *n = 0;
    return NULL;
}

#endif
