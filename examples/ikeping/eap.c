/* SPDX-License-Identifier: ISC */
/* ikeping: EAP. */
#include "eap.h"

#include <ikelive/crypto.h>
#include <ikelive/message.h>
#include <ikelive/registry.h>

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Method types (RFC 3748 §5, and the registry of EAP). */
enum { IDENTITY = 1, NOTIFICATION = 2, NAK = 3, TLS = 13, MSCHAPV2 = 26 };

/* Of EAP-MSCHAPv2: an octet says what it is, then follow an identifier and a length, and what is to be said. */
enum { CHALLENGE = 1, RESPONSE = 2, SUCCESS = 3, FAILURE = 4 };
enum { NAME_MAX_LEN = 256, RESPONSE_VALUE_LEN = 49, RESERVED_LEN = 8, HEAD_LEN = 4 };

static const struct {
    uint8_t type;
    const char *name;
} methods[] = {
    {1, "Identity"},      {4, "MD5-Challenge"}, {6, "Generic Token Card"}, {13, "EAP-TLS"},
    {18, "EAP-SIM"},      {21, "EAP-TTLS"},     {23, "EAP-AKA"},           {25, "PEAP"},
    {26, "EAP-MSCHAPv2"}, {50, "EAP-AKA'"},
};

const char *eap_method_name(uint8_t type)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (methods[i].type == type) {
            return methods[i].name;
        }
    }
    return NULL;
}

static enum eap_step fail(struct eap *eap, const char *why)
{
    if (eap->why[0] == '\0') {
        (void)snprintf(eap->why, sizeof(eap->why), "%s", why);
    }
    return EAP_FAILED;
}

static enum eap_step answer(struct eap *eap, const struct ikl_eap *request, uint8_t type, struct ikl_octets data,
                            struct ikl_writer *writer)
{
    const struct ikl_eap response = {
        .code = IKL_EAP_RESPONSE, .identifier = request->identifier, .type = type, .data = data};

    return ikl_eap_write(writer, &response) == IKL_OK ? EAP_ANSWERED : fail(eap, "an EAP response could not be made");
}

static enum eap_step take_challenge(struct eap *eap, const struct eap_account *account, const struct ikl_eap *request,
                                    struct ikl_reader *reader, uint8_t identifier, struct ikl_writer *writer)
{
    uint8_t peer_challenge[MSCHAPV2_CHALLENGE_LEN], data[HEAD_LEN + 1 + RESPONSE_VALUE_LEN + NAME_MAX_LEN];
    static const uint8_t zeros[RESERVED_LEN];
    struct ikl_writer response = ikl_writer(data, sizeof(data));
    uint8_t len = ikl_read_u8(reader);
    const uint8_t *challenge = ikl_read_octets(reader, MSCHAPV2_CHALLENGE_LEN).data;

    if (len != MSCHAPV2_CHALLENGE_LEN || challenge == NULL || eap->answered) {
        return fail(eap, "the gateway's EAP-MSCHAPv2 challenge is malformed, or a second one");
    }
    randombytes_buf(peer_challenge, sizeof(peer_challenge));
    if (!mschapv2_compute(&eap->mschapv2, challenge, peer_challenge, account->name, account->password)) {
        return fail(eap, "libcrypto makes no EAP-MSCHAPv2 response");
    }
    eap->answered = true;
    ikl_write_u8(&response, RESPONSE);
    ikl_write_u8(&response, identifier);
    ikl_write_u16(&response, (uint16_t)(HEAD_LEN + 1 + RESPONSE_VALUE_LEN + account->name.len));
    ikl_write_u8(&response, RESPONSE_VALUE_LEN);
    ikl_write_octets(&response, peer_challenge, sizeof(peer_challenge));
    ikl_write_octets(&response, zeros, sizeof(zeros));
    ikl_write_octets(&response, eap->mschapv2.response, sizeof(eap->mschapv2.response));
    ikl_write_u8(&response, 0); /* flags */
    ikl_write_octets(&response, account->name.data, account->name.len);
    return answer(eap, request, MSCHAPV2, (struct ikl_octets){data, response.len}, writer);
}

/* The gateway says that it knows us; it has to know the password too. */
static enum eap_step take_success(struct eap *eap, const struct ikl_eap *request, struct ikl_reader *reader,
                                  struct ikl_writer *writer)
{
    static const uint8_t success = SUCCESS;
    const uint8_t *proof = ikl_read_octets(reader, MSCHAPV2_PROOF_LEN).data;

    if (!eap->answered || proof == NULL ||
        !ikl_equal(proof, (const uint8_t *)eap->mschapv2.proof, MSCHAPV2_PROOF_LEN)) {
        return fail(eap, "the gateway does not know our password (EAP-MSCHAPv2)");
    }
    eap->proven = true;
    return answer(eap, request, MSCHAPV2, (struct ikl_octets){&success, 1}, writer);
}

static enum eap_step take_mschapv2(struct eap *eap, const struct eap_account *account, const struct ikl_eap *request,
                                   struct ikl_writer *writer)
{
    static const uint8_t failure = FAILURE;
    struct ikl_reader reader = ikl_reader(request->data.data, request->data.len);
    uint8_t code = ikl_read_u8(&reader), identifier = ikl_read_u8(&reader);

    (void)ikl_read_u16(&reader); /* the length is that of the message */
    switch (code) {
    case CHALLENGE:
        return take_challenge(eap, account, request, &reader, identifier, writer);
    case SUCCESS:
        return take_success(eap, request, &reader, writer);
    case FAILURE:
        (void)fail(eap, "the gateway does not accept our name or our password (EAP-MSCHAPv2)");
        return answer(eap, request, MSCHAPV2, (struct ikl_octets){&failure, 1}, writer);
    default:
        return fail(eap, "the gateway's EAP-MSCHAPv2 message is none that is known");
    }
}

/* Another method than ours: we say which one we have, and if that does not help, what the gateway wanted. */
static enum eap_step refuse_method(struct eap *eap, const struct eap_account *account, const struct ikl_eap *request,
                                   struct ikl_writer *writer)
{
    const uint8_t ours = account->certificates != NULL ? TLS : MSCHAPV2;
    const char *name = eap_method_name(request->type);
    char number[16];

    (void)snprintf(number, sizeof(number), "type %u", (unsigned)request->type);
    (void)snprintf(eap->why, sizeof(eap->why), "the gateway wants EAP (%s), which ikeping does not have",
                   name != NULL ? name : number);
    return answer(eap, request, NAK, (struct ikl_octets){&ours, 1}, writer);
}

static enum eap_step take_tls(struct eap *eap, const struct eap_account *account, const struct ikl_eap *request,
                              struct ikl_writer *writer)
{
    uint8_t data[EAP_TLS_DATA_MAX];
    size_t len = 0;
    const char *fault;

    if (eap->tls == NULL) {
        eap->tls = eap_tls_new(account->certificates);
    }
    fault = eap->tls != NULL ? eap_tls_take(eap->tls, request->data, data, &len) : "there is no memory for EAP-TLS";
    if (fault != NULL) {
        (void)snprintf(eap->why, sizeof(eap->why), "EAP-TLS fails: %s", fault);
        return EAP_FAILED;
    }
    return answer(eap, request, TLS, (struct ikl_octets){data, len}, writer);
}

/* The gateway says Success: whether we have a key then. */
static enum eap_step take_end(struct eap *eap)
{
    if (eap->tls != NULL ? !eap_tls_key(eap->tls, eap->msk) : !eap->proven) {
        return fail(eap, "the gateway ends EAP before it has proven anything");
    }
    if (eap->tls == NULL) {
        memcpy(eap->msk, eap->mschapv2.msk, sizeof(eap->msk));
    }
    return EAP_DONE;
}

static enum eap_step take_request(struct eap *eap, const struct eap_account *account, const struct ikl_eap *request,
                                  struct ikl_writer *writer)
{
    switch (request->type) {
    case IDENTITY:
        return answer(eap, request, IDENTITY, account->name, writer);
    case NOTIFICATION:
        return answer(eap, request, NOTIFICATION, (struct ikl_octets){NULL, 0}, writer);
    default:
        break;
    }
    if (request->type != (account->certificates != NULL ? TLS : MSCHAPV2)) {
        return refuse_method(eap, account, request, writer);
    }
    eap->why[0] = '\0';
    return account->certificates != NULL ? take_tls(eap, account, request, writer)
                                         : take_mschapv2(eap, account, request, writer);
}

void eap_clear(struct eap *eap)
{
    eap_tls_free(eap->tls);
    sodium_memzero(eap, sizeof(*eap));
}

enum eap_step eap_take(struct eap *eap, const struct eap_account *account, struct ikl_octets body,
                       struct ikl_writer *writer)
{
    struct ikl_eap message;

    if (ikl_eap_read(&message, body) != IKL_OK || account->name.len > NAME_MAX_LEN) {
        return fail(eap, "the gateway's EAP message is malformed");
    }
    if (++eap->n_messages > EAP_MESSAGES_MAX) {
        return fail(eap, "the gateway's EAP does not come to an end");
    }
    switch (message.code) {
    case IKL_EAP_REQUEST:
        return take_request(eap, account, &message, writer);
    case IKL_EAP_SUCCESS:
        return take_end(eap);
    default:
        return fail(eap, "the gateway ends EAP without success");
    }
}
