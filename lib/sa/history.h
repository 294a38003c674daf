/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the last events of an IKE SA. */
#ifndef IKL_SA_HISTORY_H
#define IKL_SA_HISTORY_H

#include "endpoint/shared.h"

struct ikl_history {
    uint16_t n, next;
    struct ikl_event events[];
};

/* history.c */

size_t ikl_history_size(uint32_t n_events);
void ikl_history_reset(struct ikl_sa *sa);
/* Takes the latest events along, as many as are kept there. */
void ikl_history_carry(struct ikl_sa *from, struct ikl_sa *to);
void ikl_history_add(struct ikl_sa *sa, enum ikl_event_kind kind, uint32_t message_id, int detail, ikl_time now);
/* The detail of an IKL_EVENT_MONITOR. */
static inline int ikl_history_of_monitor(enum ikl_monitor_state state, enum ikl_monitor_finding finding)
{
    return (int)((unsigned)state | (unsigned)finding << 4);
}
/* A request went out once more, for the `n`-th time. */
void ikl_history_add_send(struct ikl_sa *sa, uint32_t message_id, uint32_t n, enum ikl_attempt_cause cause,
                          ikl_time now);
/* `send` returned this, not IKL_OK. */
void ikl_history_add_failure(struct ikl_sa *sa, int result, ikl_time now);
/* The same with this count instead of how many there are in a row. */
void ikl_history_add_counted(struct ikl_sa *sa, enum ikl_event_kind kind, uint32_t message_id, uint32_t count,
                             ikl_time now);
/* All events, the oldest first, until the next one is added. */
const struct ikl_event *ikl_history_in_order(struct ikl_sa *sa, size_t *n);

#endif
