/* SPDX-License-Identifier: ISC */
/* ikelive without warnings of exhaustion: sequence numbers run out all of a sudden. */
#ifndef IKL_WITHOUT_EXHAUSTION_H
#define IKL_WITHOUT_EXHAUSTION_H

#include "sa/sa.h"

static inline void ikl_sa_watch_exhaustion(struct ikl_sa *sa)
{
    (void)sa;
}

static inline bool ikl_sa_take_exhaustion(struct ikl_sa *sa, enum ikl_exhaustion what)
{
    (void)sa;
    (void)what;
    return false;
}

static inline void ikl_sa_warn_of_last_epoch(struct ikl_sa *sa)
{
    (void)sa;
}

#endif
