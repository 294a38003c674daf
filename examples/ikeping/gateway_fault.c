/* SPDX-License-Identifier: ISC */
/* ikeping: what is wrong with a gateway. */
#include "gateway_fault.h"

#include "eap.h"

#include <ikelive/registry.h>

#include <stdio.h>

static void explain_no_proof(uint8_t first, struct ikl_octets payloads, char *text, size_t size)
{
    struct ikl_octets body = payload_find(first, payloads, IKL_PAYLOAD_EAP);
    struct ikl_eap eap;
    const char *name;

    if (body.data == NULL || ikl_eap_read(&eap, body) != IKL_OK) {
        (void)snprintf(text, size, "the gateway's IKE_AUTH response lacks a proof of its identity");
        return;
    }
    name = eap_method_name(eap.type);
    if (name != NULL) {
        (void)snprintf(text, size, "the gateway wants EAP (%s), which ikeping does not have", name);
    } else {
        (void)snprintf(text, size, "the gateway wants EAP (type %u), which ikeping does not have", (unsigned)eap.type);
    }
}

static void explain_other_proof(uint8_t first, struct ikl_octets payloads, char *text, size_t size)
{
    struct ikl_auth auth;
    const char *name = ikl_auth_read(&auth, payload_find(first, payloads, IKL_PAYLOAD_AUTH)) == IKL_OK
                           ? ikl_auth_name(auth.method)
                           : NULL;

    (void)snprintf(text, size, "the gateway proves its identity in another way than it has to%s%s",
                   name != NULL ? ": by " : "", name != NULL ? name : "");
}

void gateway_fault(const struct handshake_judgement *judgement, uint8_t first, struct ikl_octets payloads, char *text,
                   size_t size)
{
    char identity[IDENTITY_TEXT_SIZE];
    const char *words = "";

    switch (judgement->verdict) {
    case HANDSHAKE_NO_PROOF:
        explain_no_proof(first, payloads, text, size);
        return;
    case HANDSHAKE_OTHER_PROOF:
        explain_other_proof(first, payloads, text, size);
        return;
    case HANDSHAKE_WRONG_CERTIFICATE:
        (void)snprintf(text, size, "AUTHENTICATION_FAILED: the gateway's certificate is not accepted: %s",
                       judgement->why);
        return;
    case HANDSHAKE_NO_IDENTITY:
        words = "the gateway's IKE_AUTH response lacks its identity";
        break;
    case HANDSHAKE_WRONG_IDENTITY:
        words = "the gateway's identity is empty or malformed";
        break;
    case HANDSHAKE_LONG_IDENTITY:
        words = "the gateway's identity has more than 255 octets, which is too long for ikeping";
        break;
    case HANDSHAKE_WRONG_PROOF:
        words = "AUTHENTICATION_FAILED: the gateway cannot prove its identity, its key is not the one we expect";
        break;
    case HANDSHAKE_OTHER_IDENTITY:
        identity_text(judgement->other, identity, sizeof(identity));
        (void)snprintf(text, size, "the gateway has another identity than --remote-id: %.160s", identity);
        return;
    case HANDSHAKE_PROVEN:
        break;
    }
    (void)snprintf(text, size, "%s", words);
}
