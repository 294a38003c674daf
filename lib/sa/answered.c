/* SPDX-License-Identifier: ISC */
/* ikelive sa: answers to our requests, and what they end. */
#include "quick.h"

/* As a peer answers a liveness check: with nothing. */
static bool is_plain(const struct ikl_message *message)
{
    return message->first_payload == IKL_PAYLOAD_NONE && message->plaintext.len == 0 &&
           message->critical == IKL_PAYLOAD_NONE;
}

/* What the answer says is in the endpoint's hand until the host was told. Returns the error that it tells of, or 0. */
static uint16_t take_in_hand(struct ikl_sa *sa, const struct ikl_outgoing *outgoing, const struct ikl_message *message)
{
    struct ikl_hand *hand = ikl_sa_take_hand(sa);
    struct ikl_alive *alive = &hand->alive;

    *alive = (struct ikl_alive){.exchange_type = outgoing->exchange_type,
                                .message_id = outgoing->run.message_id,
                                .sends = outgoing->run.sends,
                                .first_sent = outgoing->run.first_sent,
                                .liveness = outgoing->kind == IKL_OUTGOING_PROBE,
                                .first_payload = message->first_payload,
                                .plaintext = message->plaintext};
    if (!is_plain(message)) {
        alive->status = ikl_sa_check_answer(message, outgoing->kind == IKL_OUTGOING_HOST);
        alive->error = ikl_chain_error(message->first_payload, message->plaintext);
    }
    hand->has_alive = true;
    hand->answered = outgoing;
    return alive->error;
}

/* What an answer ends beside the request. */
static void answered(struct ikl_sa *sa, enum ikl_outgoing_kind kind, ikl_time now)
{
    sa->marks.due = true;
    if (kind == IKL_OUTGOING_DELETE_SA) {
        ikl_sa_end(sa, ikl_sa_closing_reason(sa), NULL, now);
        return;
    }
    if (!ikl_sa_has_plans(sa)) {
        return; /* nothing waits for this answer */
    }
    ikl_sa_tick_held(sa, now);
    ikl_sa_pump(sa, now);
    if (ikl_sa_is_waiting(sa)) {
        ikl_outgoing_heard(sa, now);
    }
}

void ikl_sa_answered(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    uint32_t message_id = message->header.message_id;
    struct ikl_outgoing *outgoing = ikl_sa_find_sent(sa, message_id);
    enum ikl_outgoing_kind kind = (enum ikl_outgoing_kind)outgoing->kind;
    uint16_t flaw;

    if (kind == IKL_OUTGOING_DELETE_CHILDREN) {
        ikl_sa_mark_claimed(sa, ikl_own_of(outgoing));
    }
    flaw = take_in_hand(sa, outgoing, message);
    ikl_history_add_counted(sa, IKL_EVENT_ANSWERED, message_id, outgoing->run.sends, now);
    ikl_outgoing_end(sa, outgoing, IKL_OUTCOME_ANSWERED);
    ikl_send_window_answered(&sa->send_window, message_id);
    sa->counters.answered++;
    sa->endpoint->counters.answered++;
    ikl_sa_heard(sa, message_id, now);
    ikl_sa_heard_from(sa, message->path, now);
    if (flaw != IKL_NOTIFY_INVALID_SYNTAX) {
        ikl_sa_set_reachability(sa, IKL_REACHABILITY_UP, now);
    }
    if (kind == IKL_OUTGOING_DELETE_CHILDREN) {
        ikl_sa_marked_down(sa, IKL_DOWN_CLOSED); /* also those of an IKE SA that took this one's place */
    }
    if (flaw == IKL_NOTIFY_INVALID_SYNTAX) {
        ikl_sa_end_on_syntax(sa, now);
    } else {
        answered(sa, kind, now);
    }
}
