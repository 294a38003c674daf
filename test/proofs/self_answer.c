/* SPDX-License-Identifier: ISC */
/* Each request of the peer's is answered by the library, or handed to the host, once, whatever is in it and in whatever
 * state the IKE SA is. An empty INFORMATIONAL gets an empty answer, and is counted when that has left. What has an
 * unknown critical payload is refused with its type, and what is malformed as INVALID_SYNTAX: the host sees neither. A
 * Delete, and a synchronisation of replay counters, are taken in INFORMATIONAL alone. All else is the host's if it may
 * be asked, but for IKE_FOLLOWUP_KE over an IKE SA that another took the place of. What it is not asked is refused as
 * RFC 7296 §2.21.2 and §2.25 and RFC 9370 §2.2.4 say, or gets an empty answer: nothing but INVALID_SYNTAX, by which an
 * IKE SA ends, comes from an exchange that is unknown.
 *
 * bounds: none. By contract: what is in a message (see chain_check), answers and what the host is asked (see response),
 * Deletes (see peer_delete)
 * cbmc: -D__OPTIMIZE_SIZE__ --unwind 2
 * fault: lib/sa/self_answer.c s/check == IKL_ERR_CRITICAL/false/
 * fault: lib/sa/self_answer.c s/ && !is_overtaken(sa, message)//
 * fault: lib/sa/self_answer.c s/ikl_sa_is_ours_to_end(sa) ? IKL_NOTIFY_TEMPORARY_FAILURE : //
 * fault: lib/sa/self_answer.c s/if (check != IKL_OK) {/if (false) {/
 * fault: lib/sa/self_answer.c s/sa->state == IKL_SA_CONNECTING ? IKL_NOTIFY_AUTH/true ? IKL_NOTIFY_AUTH/ */
#include "proof.h"

#include "sa/self_answer.c"

static struct ikl_endpoint endpoint;
static struct ikl_sa sa;
static struct ikl_message message;
static ikl_time now;
static int check, answered, synchronised;
static uint8_t critical_type;
static bool has_delete, may_ask;

enum what { NOTHING, EMPTY, REFUSED, ASKED, DELETED, SYNCHRONISED };

static enum what done;
static uint16_t refusal;

static int finish(struct ikl_sa *of, const struct ikl_message *request, ikl_time at, enum what what)
{
    prove(of == &sa && request == &message && at == now && done == NOTHING);
    done = what;
    answered = nondet_int();
    return answered;
}

int ikl_sa_answer_now(struct ikl_sa *of, const struct ikl_message *request, uint8_t first_payload,
                      struct ikl_octets plaintext, ikl_time at)
{
    prove(first_payload == IKL_PAYLOAD_NONE && plaintext.len == 0);
    return finish(of, request, at, EMPTY);
}

int ikl_sa_answer_error(struct ikl_sa *of, const struct ikl_message *request, uint16_t type, struct ikl_octets data,
                        ikl_time at)
{
    if (type == IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD) {
        prove(check == IKL_ERR_CRITICAL && data.len == 1 && data.data[0] == critical_type);
    } else {
        prove(data.len == 0);
    }
    refusal = type;
    return finish(of, request, at, REFUSED);
}

int ikl_sa_ask_host(struct ikl_sa *of, const struct ikl_message *request, struct ikl_octets own, ikl_time at)
{
    prove(own.len == 0);
    return finish(of, request, at, ASKED);
}

int ikl_sa_take_delete(struct ikl_sa *of, const struct ikl_message *request, ikl_time at)
{
    return finish(of, request, at, DELETED);
}

/* As synced proves; what is no such message is not taken. */
int ikl_sa_take_replay_sync(struct ikl_sa *of, const struct ikl_message *request, ikl_time at)
{
    if (synchronised == IKL_ERR_NOT_FOUND) {
        prove(of == &sa && request == &message && at == now && done == NOTHING);
        return IKL_ERR_NOT_FOUND;
    }
    (void)finish(of, request, at, SYNCHRONISED);
    return answered = synchronised;
}

int ikl_sa_check_message(const struct ikl_message *checked, uint8_t *critical)
{
    prove(checked == &message);
    *critical = critical_type;
    return check;
}

bool ikl_chain_has_delete(uint8_t first, struct ikl_octets octets)
{
    prove(first == message.opened.first_payload && octets.data == message.opened.plaintext.data && check == IKL_OK);
    return has_delete;
}

bool ikl_sa_may_ask_host(const struct ikl_sa *of)
{
    prove(of == &sa);
    return may_ask;
}

/* When the host is not asked. */
static enum what refuse(uint8_t exchange_type)
{
    switch (exchange_type) {
    case IKL_CREATE_CHILD_SA:
        prove(refusal == (sa.state == IKL_SA_DELETING || sa.state == IKL_SA_REKEYED ? IKL_NOTIFY_TEMPORARY_FAILURE
                                                                                    : IKL_NOTIFY_NO_ADDITIONAL_SAS));
        return REFUSED;
    case IKL_IKE_FOLLOWUP_KE:
        prove(refusal == IKL_NOTIFY_STATE_NOT_FOUND);
        return REFUSED;
    case IKL_IKE_AUTH:
        prove(sa.state != IKL_SA_CONNECTING || refusal == IKL_NOTIFY_AUTHENTICATION_FAILED);
        return sa.state == IKL_SA_CONNECTING ? REFUSED : EMPTY;
    default:
        return EMPTY;
    }
}

static enum what expect(uint8_t exchange_type, bool is_empty)
{
    bool is_informational = exchange_type == IKL_INFORMATIONAL;

    if (is_informational && is_empty) {
        return EMPTY;
    }
    if (check != IKL_OK) {
        prove(refusal ==
              (check == IKL_ERR_CRITICAL ? IKL_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD : IKL_NOTIFY_INVALID_SYNTAX));
        return REFUSED;
    }
    if (is_informational && has_delete) {
        return DELETED;
    }
    if (is_informational && synchronised != IKL_ERR_NOT_FOUND) {
        return SYNCHRONISED;
    }
    if (may_ask && !(sa.state == IKL_SA_REKEYED && exchange_type == IKL_IKE_FOLLOWUP_KE)) {
        return ASKED;
    }
    return refuse(exchange_type);
}

int main(void)
{
    struct ikl_sa any;
    struct ikl_message any_message;
    uint64_t probes;
    bool is_empty;
    int result;

    sa = any;
    sa.endpoint = &endpoint;
    message = any_message;
    probes = endpoint.counters.peer_probes = nondet_u32();
    now = nondet_u64();
    check = nondet_int();
    synchronised = nondet_int();
    critical_type = nondet_u8();
    has_delete = nondet_bool();
    may_ask = nondet_bool();
    is_empty = message.opened.first_payload == IKL_PAYLOAD_NONE && message.opened.plaintext.len == 0 &&
               message.opened.critical == IKL_PAYLOAD_NONE;
    result = ikl_sa_handle_request(&sa, &message, now);
    prove(done != NOTHING && done == expect(message.opened.header.exchange_type, is_empty) && result == answered);
    prove(endpoint.counters.peer_probes ==
          probes + (message.opened.header.exchange_type == IKL_INFORMATIONAL && is_empty && result == IKL_OK ? 1 : 0));
    return 0;
}
