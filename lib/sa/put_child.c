/* SPDX-License-Identifier: ISC */
/* ikelive sa: Child SAs that are made like others, which were in another endpoint or in a record. */
#include "monitored.h"

struct ikl_child *ikl_sa_put_child(struct ikl_sa *sa, const struct ikl_child *like,
                                   const struct ikl_monitoring *monitoring)
{
    struct ikl_child *child = ikl_child_take_place(sa->endpoint, like->monitored);
    uint32_t self = child->self;
    bool paired = child->paired;

    *child = *like;
    child->self = self;
    child->paired = paired;
    child->claimed = child->in_order = child->has_turn = child->asked = false;
    if (monitoring != NULL) {
        ikl_monitoring_copy(monitoring, sa, child);
    }
    ikl_sa_attach_child(sa, child);
    return child;
}
