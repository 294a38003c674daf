/* SPDX-License-Identifier: ISC */
/* ikelive sa: signs of life: fresh authenticated messages, and the traffic of Child SAs (RFC 7296 §2.4). The policy
 * says what they mean. */
#include "evidence.h"

void ikl_sa_pull_evidence_of(struct ikl_sa *sa, struct ikl_child *child)
{
    ikl_time heard = IKL_NEVER, sent = IKL_NEVER;

    sa->endpoint->callbacks.last_esp(sa->endpoint->user, sa, child, &heard, &sent);
    if (heard != IKL_NEVER) {
        ikl_child_heard(child, heard);
    }
    if (sent != IKL_NEVER) {
        ikl_sa_sent_esp(sa, sent);
        ikl_child_sent(sa, child, sent);
    }
}

void ikl_sa_pull_evidence(struct ikl_sa *sa)
{
    if (sa->endpoint->callbacks.last_esp == NULL) {
        return;
    }
    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        ikl_sa_pull_evidence_of(sa, child);
    }
}
