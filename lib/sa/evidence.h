/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: signs of life, in line, because each look at a due IKE SA asks for them. */
#ifndef IKL_SA_EVIDENCE_H
#define IKL_SA_EVIDENCE_H

#include "endpoint/group.h"
#include "event.h"
#include "sa.h"

#include "out_of_line.h"

/* Makes the latest evidence of the IKE SA and its Child SAs that of the IKE SA, and returns it. If a Child SA heard
 * something in the future, that becomes the present. */
IKL_SHARED ikl_time ikl_sa_evidence(struct ikl_sa *sa, ikl_time now);

/* The traffic of the Child SAs is a sign of life for the path group too. */
IKL_SHARED void ikl_sa_tell_group(struct ikl_sa *sa, ikl_time now);

/* A fresh authenticated message was accepted, as the history says. */
IKL_SHARED void ikl_sa_heard(struct ikl_sa *sa, ikl_time now);

/* evidence.c */

/* Asks the host about the traffic of each Child SA, or of one, if the host has `last_esp`. */
void ikl_sa_pull_evidence(struct ikl_sa *sa);
void ikl_sa_pull_evidence_of(struct ikl_sa *sa, struct ikl_child *child);

/* query.c */

/* The latest evidence of the IKE SA and its Child SAs; changes nothing. */
ikl_time ikl_sa_latest_evidence(const struct ikl_sa *sa, ikl_time now);

#if IKL_DEFINES
IKL_SHARED ikl_time ikl_sa_evidence(struct ikl_sa *sa, ikl_time now)
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

IKL_SHARED void ikl_sa_tell_group(struct ikl_sa *sa, ikl_time now)
{
    ikl_time evidence = ikl_sa_evidence(sa, now);

    if (ikl_group_heard_at(sa->endpoint, sa->group, evidence)) {
        ikl_sa_mark(sa, IKL_FACT_OUTAGE);
    }
}

IKL_SHARED void ikl_sa_heard(struct ikl_sa *sa, ikl_time now)
{
    sa->last_message = now;
    ikl_idle_heard(&sa->idle, now);
    if (ikl_group_heard(sa->endpoint, sa->group, now)) {
        ikl_sa_mark(sa, IKL_FACT_OUTAGE);
    }
}
#endif

#endif
