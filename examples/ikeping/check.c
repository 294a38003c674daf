/* SPDX-License-Identifier: ISC */
/* ikeping: liveness checks of a session. */
#include "check.h"

static const uint64_t NS_IN_MS = 1000000;

/* When the check after the last one is due. */
static ikl_time next_due(const struct session *session)
{
    ikl_time due = session->check_sent / NS_IN_MS + session->ikeping->settings->interval;

    return ikl_time_later(due, ikeping_now(session->ikeping));
}

static void supersede(struct session *session, const char *by)
{
    session->check_sa = NULL;
    session->tally->superseded++;
    report_superseded(session->ikeping->report, session->peer, session->checks, by);
}

void check_give_up(struct session *session, const char *by)
{
    if (session->check_sa != NULL) {
        supersede(session, by);
    }
}

/* A check was sent for the first time. One that is outstanding is another IKE SA's, which was replaced. */
static void begin(struct session *session, struct ikl_sa *sa)
{
    check_give_up(session, "a rekey");
    session->tally->sent++;
    session->tally->sends++;
    session->checks++;
    session->check_sent = session->ikeping->sent;
    session->check_sa = sa;
}

/* Sends that evidence of life or a move has caused begin the schedule again, or are none of its tries; nor are those of
 * what is overdue. */
static bool is_last_try(const struct session *session, const struct ikl_attempt *attempt)
{
    return !session->off_schedule && attempt->retransmission + 1 >= session->schedule->tries + session->overdue;
}

static void count_off_schedule(struct session *session, enum ikl_attempt_cause cause)
{
    session->overdue += cause == IKL_ATTEMPT_OVERDUE ? 1 : 0;
    session->off_schedule = session->off_schedule || (cause != IKL_ATTEMPT_SCHEDULE && cause != IKL_ATTEMPT_OVERDUE);
}

void check_take_attempt(struct session *session, struct ikl_sa *sa, const struct ikl_attempt *attempt)
{
    struct ikeping *ikeping = session->ikeping;
    bool superseded = attempt->liveness && session->check_sa != sa; /* unless it is a new one */

    if (attempt->retransmission == 0) {
        session->off_schedule = false;
        session->overdue = 0;
        if (attempt->liveness) {
            begin(session, sa);
            report_sent(ikeping->report, attempt, is_last_try(session, attempt));
        }
    } else if (!superseded) {
        count_off_schedule(session, attempt->cause);
        session->tally->retransmissions++;
        session->tally->sends += attempt->liveness ? 1 : 0;
        report_retransmission(ikeping->report, session->peer, attempt->liveness ? session->checks : 0, attempt,
                              is_last_try(session, attempt));
    }
}

void check_take_answer(struct session *session, struct ikl_sa *sa, const struct ikl_alive *alive)
{
    struct ikeping *ikeping = session->ikeping;
    double ms = (double)(ikeping->now - session->check_sent) / (double)NS_IN_MS;

    if (!alive->liveness || session->check_sa != sa) {
        return; /* it is no check, or one that was superseded */
    }
    session->check_sa = NULL;
    session->tally->answered++;
    if (alive->sends == 1) {
        tally_add_round_trip(session->tally, ms);
    }
    report_answered(ikeping->report, session->peer, session->checks, alive, ms);
    if (session->initiator && session->phase == SESSION_ESTABLISHED) {
        session->next_check = next_due(session);
    }
}

void check_rekeyed(struct session *session)
{
    if (session->initiator && session->check_sa != NULL && session->phase == SESSION_ESTABLISHED) {
        session->next_check = next_due(session);
    }
}

void check_synced(struct session *session, const struct ikl_sa *sa)
{
    if (session->check_sa == sa) {
        supersede(session, "a takeover");
        session->next_check =
            session->initiator && session->phase == SESSION_ESTABLISHED ? next_due(session) : session->next_check;
    }
}

void check_sa_down(struct session *session, const struct ikl_sa *sa)
{
    bool replaced = session->sa != NULL && session->check_sa != session->sa;

    if (session->check_sa == NULL || (sa != session->sa && sa != session->check_sa)) {
        return;
    }
    if (!replaced) {
        session->check_sa = NULL;
        return;
    }
    supersede(session, "a rekey");
    if (sa != session->sa && session->initiator && session->phase == SESSION_ESTABLISHED) {
        session->next_check = ikeping_now(session->ikeping);
    }
}
