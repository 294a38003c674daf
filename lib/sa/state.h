/* SPDX-License-Identifier: ISC */
/* ikelive sa, inside: the states of an IKE SA, as a table. */
#ifndef IKL_SA_STATE_H
#define IKL_SA_STATE_H

#include <ikelive/sa.h>

/* What may happen to an IKE SA; then what may be asked of it, which leaves its state as it is. */
enum ikl_sa_input {
    IKL_SA_ESTABLISH, /* IKE_AUTH is done */
    IKL_SA_REPLACE,   /* another IKE SA takes its place */
    IKL_SA_DELETE,    /* our Delete is queued or sent */
    IKL_SA_END,       /* a verdict, an answered Delete, the peer's Delete, the host's word */
    IKL_SA_FINISH,    /* the host was told of all that ended */
    IKL_SA_MAY_CONNECT,
    IKL_SA_MAY_REQUEST,
    IKL_SA_MAY_PROBE,
    IKL_SA_MAY_ADD_CHILD,
    IKL_SA_MAY_DELETE_CHILDREN,
    IKL_SA_MAY_ACT /* whatever ends only with the IKE SA */
};

enum { IKL_SA_INPUTS = IKL_SA_MAY_ACT + 1, IKL_SA_STATES = IKL_SA_DEAD + 1 };

/* The state that follows, or an error: IKL_ERR_STATE. */
int ikl_sa_next_state(enum ikl_sa_state state, enum ikl_sa_input input);

#endif
