/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the last events of an IKE SA. */
#ifndef IKL_SA_HISTORY_H
#define IKL_SA_HISTORY_H

#include "endpoint/shared.h"

struct ikl_history {
    uint16_t n, next;
    struct ikl_event events[];
};

#ifdef IKL_WITHOUT_HISTORY
#include "without/history.h"
#else
/* history.c */

/* How many are kept where the host asks for so many. */
static inline uint32_t ikl_history_kept(uint32_t n_events)
{
    return n_events;
}
size_t ikl_history_size(uint32_t n_events);
void ikl_history_reset(struct ikl_sa *sa);
/* Takes the latest events along, as many as are kept there. */
void ikl_history_carry(struct ikl_sa *from, struct ikl_sa *to);
/* Adds an event that is chatter; that is not. */
void ikl_history_add_chatter(struct ikl_sa *sa, struct ikl_event event);
void ikl_history_add_event(struct ikl_sa *sa, struct ikl_event event);
/* A request of ours was answered, after so many sends, so the peer was heard. */
void ikl_history_add_answer(struct ikl_sa *sa, uint32_t message_id, uint32_t sends, ikl_time now);
/* All events, the oldest first, until the next one is added. */
const struct ikl_event *ikl_history_in_order(struct ikl_sa *sa, size_t *n);
#endif

/* The detail of an IKL_EVENT_MONITOR. */
static inline int ikl_history_of_monitor(enum ikl_monitor_state state, enum ikl_monitor_finding finding)
{
    return (int)((unsigned)state | (unsigned)finding << 4);
}
/* Chatter: kinds that anybody can cause. Many of a kind, with only chatter between them, are one event with a count, so
 * they do not drive out what matters. */
static inline bool ikl_event_is_chatter(uint8_t kind)
{
    return kind == IKL_EVENT_HEARD || kind == IKL_EVENT_SEND_FAILED || kind == IKL_EVENT_BLOCKED ||
           kind == IKL_EVENT_REPEATED || kind == IKL_EVENT_REFUSED || kind == IKL_EVENT_HINTED;
}
static inline uint16_t ikl_event_count(uint32_t count)
{
    return count < UINT16_MAX ? (uint16_t)count : UINT16_MAX;
}
#endif
