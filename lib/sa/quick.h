/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: what each look, send and receipt asks of an IKE SA. In line: a call would take as long as the
 * answer. */
#ifndef IKL_SA_QUICK_H
#define IKL_SA_QUICK_H

#include "sa.h"

static inline struct ikl_keying *ikl_keying_of(const struct ikl_sa *sa)
{
    return &sa->endpoint->keyings[sa->keying];
}

static inline const struct ikl_cipher *ikl_sa_cipher(const struct ikl_sa *sa)
{
    return ikl_keying_of(sa)->cipher;
}

static inline const void *ikl_sa_send_key(const struct ikl_sa *sa)
{
    return ikl_slab_at(&ikl_keying_of(sa)->states, sa->keys);
}

static inline const void *ikl_sa_receive_key(const struct ikl_sa *sa)
{
    return (const uint8_t *)ikl_sa_send_key(sa) + ikl_sa_cipher(sa)->state_size;
}

/* A request in the slab, or null. */
static inline struct ikl_own_request *ikl_sa_request_at(const struct ikl_sa *sa, uint32_t index)
{
    return index != IKL_NONE ? ikl_slab_at(&sa->endpoint->requests, index) : NULL;
}

/* What only some IKE SAs have, or null. */
static inline struct ikl_extra *ikl_sa_extra(const struct ikl_sa *sa)
{
    return sa->extra != IKL_NONE ? ikl_slab_at(&sa->endpoint->extras, sa->extra) : NULL;
}

/* When ESP was sent last, by the host's account; IKL_NEVER: never. */
static inline ikl_time ikl_sa_last_sent_esp(const struct ikl_sa *sa)
{
    const struct ikl_extra *extra = ikl_sa_extra(sa);

    return extra != NULL ? extra->sent_esp : IKL_NEVER;
}

/* When a liveness check that came too early for the endpoint's pace may go out; 0 when none did. */
static inline ikl_time ikl_sa_probe_turn(const struct ikl_sa *sa)
{
    return sa->probe.state == IKL_REQUEST_IDLE ? sa->probe.run.deadline : 0;
}

/* Sends what is in the endpoint's message buffer. */
static inline int ikl_sa_transmit(struct ikl_sa *sa, const struct ikl_path *path, size_t len)
{
    return ikl_endpoint_transmit(sa->endpoint, sa, path, len);
}

/* Notes that there is something to tell. */
static inline void ikl_sa_mark(struct ikl_sa *sa, enum ikl_fact fact)
{
    sa->marks.facts |= (uint16_t)fact;
    if (!sa->marks.listed) {
        ikl_sa_list_to_tell(sa);
    }
}

/* What the peer is to us becomes this. */
static inline void ikl_sa_set_reachability(struct ikl_sa *sa, enum ikl_reachability reachability, ikl_time now)
{
    if (sa->reachability != reachability) {
        ikl_sa_change_reachability(sa, reachability, now);
    }
}

/* Of Message IDs, when this one is the next, few are left; of counted IVs. */
static inline bool ikl_sa_ids_run_out(const struct ikl_sa *sa, uint32_t next)
{
    return IKL_MESSAGE_ID_NONE - next <= sa->endpoint->exhaustion_margin;
}

static inline bool ikl_sa_ivs_run_out(const struct ikl_sa *sa)
{
    return sa->iv_end != 0 && sa->iv_end - sa->iv.next <= sa->endpoint->exhaustion_margin;
}

/* The IKE SA's sequence numbers after one was used: warns when they run out. */
static inline void ikl_sa_watch_exhaustion(struct ikl_sa *sa)
{
    if (ikl_sa_ids_run_out(sa, sa->send_window.next) || ikl_sa_ids_run_out(sa, sa->receive_window.lowest) ||
        ikl_sa_ivs_run_out(sa)) {
        ikl_sa_warn_of_exhaustion(sa);
    }
}

/* The latest evidence of the IKE SA and its Child SAs becomes that of the IKE SA, and is returned. What a Child SA
 * heard in the future it heard at present. */
static inline ikl_time ikl_sa_evidence(struct ikl_sa *sa, ikl_time now)
{
    for (uint32_t index = sa->first_child; index != IKL_NONE;) {
        struct ikl_child *child = ikl_slab_at(&sa->endpoint->children, index);

        if (child->heard != IKL_NEVER && child->heard > sa->idle.heard) {
            ikl_endpoint_keep_past(sa->endpoint, &child->heard, now);
            ikl_idle_heard(&sa->idle, child->heard);
        }
        index = child->in_sa.next;
    }
    return sa->idle.heard;
}

/* The traffic of the Child SAs is a sign of life for the path group too. */
static inline void ikl_sa_tell_group(struct ikl_sa *sa, ikl_time now)
{
    ikl_time evidence = ikl_sa_evidence(sa, now);

    if (evidence > sa->endpoint->groups[sa->group].heard && ikl_group_heard(sa->endpoint, sa->group, evidence)) {
        ikl_sa_mark(sa, IKL_FACT_OUTAGE);
    }
}

/* A fresh authenticated message came along this path. */
static inline void ikl_sa_heard_from(struct ikl_sa *sa, const struct ikl_path *path, ikl_time now)
{
    if (!ikl_path_same(path, &sa->path)) {
        ikl_sa_heard_from_elsewhere(sa, path, now);
    }
}

/* The request with this Message ID that was sent and has not ended, or null: nearly always the probe. */
static inline struct ikl_request *ikl_sa_find_sent(struct ikl_sa *sa, uint32_t message_id)
{
    if (sa->probe.state == IKL_REQUEST_SENT && sa->probe.run.message_id == message_id) {
        return &sa->probe;
    }
    return sa->first_request != IKL_NONE ? ikl_sa_find_sent_in_list(sa, message_id) : NULL;
}

#endif
