/* SPDX-License-Identifier: ISC */
/* ikelive sa: answers requests without the host: empty INFORMATIONALs, Deletes, requests that no peer should send, and
 * everything else for a host that does not want to be asked, so that no peer is ever stalled (RFC 7296 §1.4, §2.5,
 * §2.21.3, §2.25). */
#include "ending.h"
#include "syncing.h"

#include "out_of_line.h"

static const struct ikl_octets none = {NULL, 0};

/* The error that refuses a request without ending the IKE SA; 0: there is none. No error says "unknown exchange type":
 * INVALID_SYNTAX would end the IKE SA of a peer that has done nothing wrong (§2.21.3), and silence would make it give
 * us up (§2.4). An empty response lacks whatever the exchange needs, so it fails alone. */
static uint16_t refusal_of(const struct ikl_sa *sa, uint8_t exchange_type)
{
    switch (exchange_type) {
    case IKL_CREATE_CHILD_SA:
        return ikl_sa_is_ours_to_end(sa) ? IKL_NOTIFY_TEMPORARY_FAILURE : IKL_NOTIFY_NO_ADDITIONAL_SAS;
    case IKL_IKE_FOLLOWUP_KE:
        return IKL_NOTIFY_STATE_NOT_FOUND; /* RFC 9370 §2.2.4: no exchange of ours that it could follow */
    case IKL_IKE_AUTH:
        return sa->state == IKL_SA_CONNECTING ? IKL_NOTIFY_AUTHENTICATION_FAILED : 0; /* §2.21.2 */
    default:
        return 0;
    }
}

/* Answers when the host is not asked. */
static int answer_by_default(struct ikl_sa *sa, const struct ikl_message *request, ikl_time now)
{
    uint16_t refusal = refusal_of(sa, request->opened.header.exchange_type);

    if (refusal != 0) {
        return ikl_sa_answer_error(sa, request, refusal, none, now);
    }
    return ikl_sa_answer_now(sa, request, IKL_PAYLOAD_NONE, none, now);
}

static int answer_probe(struct ikl_sa *sa, const struct ikl_message *request, ikl_time now)
{
    int result = ikl_sa_answer_now(sa, request, IKL_PAYLOAD_NONE, none, now);

    if (result == IKL_OK) {
        sa->endpoint->counters.peer_probes++;
    }
    return result;
}

/* Whether the request would go on with a rekey or a Child SA that was begun before another IKE SA took the place of
 * this one: its keys would be derived from those of an IKE SA that is going (RFC 9370 §2.2.4). */
static bool is_overtaken(const struct ikl_sa *sa, const struct ikl_message *message)
{
    return sa->state == IKL_SA_REKEYED && message->opened.header.exchange_type == IKL_IKE_FOLLOWUP_KE;
}

IKL_OUT_OF_LINE static int answer_other(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    uint8_t critical = 0;
    int check = ikl_sa_check_message(message, &critical);

    if (check == IKL_ERR_CRITICAL) {
        return ikl_sa_answer_error(sa, message, IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
                                   (struct ikl_octets){&critical, 1}, now);
    }
    if (check != IKL_OK) {
        return ikl_sa_answer_error(sa, message, IKL_NOTIFY_INVALID_SYNTAX, none, now);
    }
    if (message->opened.header.exchange_type == IKL_INFORMATIONAL &&
        ikl_chain_has_delete(message->opened.first_payload, message->opened.plaintext)) {
        return ikl_sa_take_delete(sa, message, now);
    }
    check = message->opened.header.exchange_type == IKL_INFORMATIONAL ? ikl_sa_take_replay_sync(sa, message, now)
                                                                      : IKL_ERR_NOT_FOUND;
    if (check != IKL_ERR_NOT_FOUND) {
        return check;
    }
    return ikl_sa_may_ask_host(sa) && !is_overtaken(sa, message) ? ikl_sa_ask_host(sa, message, none, now)
                                                                 : answer_by_default(sa, message, now);
}

int ikl_sa_handle_request(struct ikl_sa *sa, const struct ikl_message *message, ikl_time now)
{
    bool is_probe = message->opened.header.exchange_type == IKL_INFORMATIONAL && ikl_message_is_empty(message);

    return is_probe ? answer_probe(sa, message, now) : answer_other(sa, message, now);
}
