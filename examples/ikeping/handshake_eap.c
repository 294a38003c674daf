/* SPDX-License-Identifier: ISC */
/* ikeping: IKE_AUTH with EAP, as the initiator. */
#include "handshake_eap.h"

#include "gateway_fault.h"

#include <sodium.h>
#include <string.h>

bool handshake_eap_is_due(const struct session *session)
{
    return session->credentials->own == CREDENTIALS_EAP && session->handshake.eap_stage != HANDSHAKE_EAP_OVER;
}

/* The key of EAP takes the place of a pre-shared key. */
static struct credentials keyed(const struct eap *eap)
{
    struct credentials credentials = {.own = CREDENTIALS_PSK, .peers = CREDENTIALS_PSK, .psk_len = sizeof(eap->msk)};

    memcpy(credentials.psk, eap->msk, sizeof(eap->msk));
    return credentials;
}

/* Our AUTH payload, which vouches for the identity of the first request. */
static void prove(const struct session *session, struct payload_list *list)
{
    struct credentials credentials = keyed(&session->handshake.eap);
    uint8_t body[IDENTITY_MAX + 8];
    struct ikl_writer writer = ikl_writer(body, sizeof(body));
    int error = identity_write(&writer, &session->local);

    handshake_prove(&session->handshake, true, &credentials, (struct ikl_octets){body, writer.len}, list);
    list->error = error != IKL_OK ? error : list->error;
    sodium_memzero(&credentials, sizeof(credentials));
}

static const char *send(struct session *session, const struct payload_list *list)
{
    struct ikl_request_options options = {.size = sizeof(options), .context = session};
    int error = list->error;

    if (error == IKL_OK) {
        error = ikl_sa_request(session->sa, IKL_IKE_AUTH, list->payloads, list->n, &options,
                               ikeping_now(session->ikeping), NULL);
    }
    return error == IKL_OK ? NULL : ikl_error_name(error);
}

static const char *take_message(struct session *session, struct ikl_octets body)
{
    struct eap *eap = &session->handshake.eap;
    const struct eap_account account = {
        .name = {session->local.data, session->local.len},
        .password = {session->credentials->psk, session->credentials->psk_len},
        .certificates = credentials_have_eap_tls(session->credentials) ? session->credentials->certificates : NULL};
    struct payload_list list;
    enum eap_step step;

    payload_list_init(&list);
    step = eap_take(eap, &account, body, payload_list_begin(&list, IKL_PAYLOAD_EAP));
    if (step == EAP_FAILED) {
        return eap->why;
    }
    if (step == EAP_DONE) {
        session->handshake.eap_stage = HANDSHAKE_EAP_OVER;
        prove(session, &list);
    } else {
        payload_list_end(&list, IKL_OK);
    }
    return send(session, &list);
}

const char *handshake_eap_take(struct session *session, const struct ikl_outcome *outcome, char why[HANDSHAKE_WHY_SIZE])
{
    const struct handshake_terms terms = session_terms(session->ikeping, session->remote_id, session->credentials);
    struct ikl_octets body = payload_find(outcome->first_payload, outcome->plaintext, IKL_PAYLOAD_EAP);

    if (session->handshake.eap_stage == HANDSHAKE_EAP_NOT_BEGUN) {
        const struct handshake_judgement judgement = handshake_judge(
            &session->handshake, true, &terms, outcome->first_payload, outcome->plaintext, &session->remote);

        if (judgement.verdict != HANDSHAKE_PROVEN) {
            gateway_fault(&judgement, outcome->first_payload, outcome->plaintext, why, HANDSHAKE_WHY_SIZE);
            return why;
        }
        session->handshake.eap_stage = HANDSHAKE_EAP_BEGUN;
    }
    return body.data != NULL ? take_message(session, body) : "the gateway's IKE_AUTH response lacks EAP";
}

const char *handshake_eap_why(const struct session *session, const char *other)
{
    return session->handshake.eap.why[0] != '\0' ? session->handshake.eap.why : other;
}

struct handshake_judgement handshake_eap_judge(const struct session *session, const struct ikl_outcome *outcome)
{
    struct credentials credentials = keyed(&session->handshake.eap);
    struct handshake_judgement judgement = handshake_judge_key(&session->handshake, &credentials, &session->remote,
                                                               outcome->first_payload, outcome->plaintext);

    sodium_memzero(&credentials, sizeof(credentials));
    return judgement;
}
