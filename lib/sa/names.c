/* SPDX-License-Identifier: ISC */
/* ikelive sa: the names of states, reasons and outcomes. */
#include "sa.h"

const char *ikl_sa_state_name(enum ikl_sa_state state)
{
    switch (state) {
    case IKL_SA_CONNECTING:
        return "CONNECTING";
    case IKL_SA_ESTABLISHED:
        return "ESTABLISHED";
    case IKL_SA_REKEYED:
        return "REKEYED";
    case IKL_SA_DELETING:
        return "DELETING";
    case IKL_SA_DYING:
        return "DYING";
    case IKL_SA_DEAD:
        return "DEAD";
    }
    return "?";
}

const char *ikl_down_reason_name(enum ikl_down_reason reason)
{
    switch (reason) {
    case IKL_DOWN_TIMEOUT:
        return "timeout";
    case IKL_DOWN_PEER_DELETED:
        return "deleted by peer";
    case IKL_DOWN_CLOSED:
        return "closed";
    case IKL_DOWN_EXHAUSTED:
        return "exhausted";
    case IKL_DOWN_REKEYED:
        return "rekeyed";
    case IKL_DOWN_PROTOCOL:
        return "protocol error";
    case IKL_DOWN_CRASHED:
        return "peer crashed";
    }
    return "?";
}

const char *ikl_outcome_name(enum ikl_outcome_kind kind)
{
    switch (kind) {
    case IKL_OUTCOME_ANSWERED:
        return "answered";
    case IKL_OUTCOME_TIMED_OUT:
        return "timed out";
    case IKL_OUTCOME_CANCELLED:
        return "cancelled";
    case IKL_OUTCOME_SA_GONE:
        return "IKE SA gone";
    case IKL_OUTCOME_SKIPPED:
        return "skipped";
    }
    return "?";
}

const char *ikl_reachability_name(enum ikl_reachability reachability)
{
    switch (reachability) {
    case IKL_REACHABILITY_UP:
        return "UP";
    case IKL_REACHABILITY_SUSPECT:
        return "SUSPECT";
    case IKL_REACHABILITY_DOWN:
        return "DOWN";
    }
    return "?";
}
