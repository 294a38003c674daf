/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: what happens is added to the history. */
#ifndef IKL_SA_EVENT_H
#define IKL_SA_EVENT_H

#include "history.h"

/* Adds an event of either sort: in line, because it is nearly always known which. */
static inline void ikl_history_add(struct ikl_sa *sa, enum ikl_event_kind kind, uint32_t message_id, int detail,
                                   ikl_time now)
{
    struct ikl_event event = {
        .at = now, .message_id = message_id, .count = 1, .kind = (uint8_t)kind, .detail = (int8_t)detail};

    if (ikl_event_is_chatter(event.kind)) {
        ikl_history_add_chatter(sa, event);
    } else {
        ikl_history_add_event(sa, event);
    }
}

/* A request went out once more, for the `n`-th time. */
static inline void ikl_history_add_send(struct ikl_sa *sa, uint32_t message_id, uint32_t n,
                                        enum ikl_attempt_cause cause, ikl_time now)
{
    ikl_history_add_event(sa, (struct ikl_event){.at = now,
                                                 .message_id = message_id,
                                                 .count = ikl_event_count(n),
                                                 .kind = IKL_EVENT_RETRANSMITTED,
                                                 .detail = (int8_t)cause});
}

/* What is not chatter happened so many times. */
static inline void ikl_history_add_counted(struct ikl_sa *sa, enum ikl_event_kind kind, uint32_t message_id,
                                           uint32_t count, ikl_time now)
{
    ikl_history_add_event(
        sa, (struct ikl_event){
                .at = now, .message_id = message_id, .count = ikl_event_count(count), .kind = (uint8_t)kind});
}

/* `send` returned this, not IKL_OK. */
static inline void ikl_history_add_failure(struct ikl_sa *sa, int result, ikl_time now)
{
    ikl_history_add(sa, result == IKL_ERR_BLOCKED ? IKL_EVENT_BLOCKED : IKL_EVENT_SEND_FAILED, IKL_MESSAGE_ID_NONE, 0,
                    now);
}

#endif
