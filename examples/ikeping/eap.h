/* SPDX-License-Identifier: ISC */
/* ikeping: EAP, as the peer of a gateway that is the authenticator (RFC 3748): EAP-MSCHAPv2, by name and password,
 * or EAP-TLS. */
#ifndef IKEPING_EAP_H
#define IKEPING_EAP_H

#include "eap_tls.h"
#include "mschapv2.h"

#include <ikelive/payloads.h>

/* Messages of the gateway at most. */
enum { EAP_MESSAGES_MAX = 32, EAP_WHY_SIZE = 128 };

struct eap {
    unsigned n_messages;
    bool answered; /* a challenge */
    bool proven;   /* the authenticator knows the password */
    struct mschapv2 mschapv2;
    struct eap_tls *tls; /* null: not begun */
    uint8_t msk[MSCHAPV2_MSK_LEN];
    char why[EAP_WHY_SIZE]; /* it will fail; empty: nothing is known of that */
};

/* Who we are for it. */
struct eap_account {
    struct ikl_octets name;
    struct ikl_octets password;
    const struct certificates *certificates; /* for EAP-TLS; null: EAP-MSCHAPv2 */
};

_Static_assert((int)MSCHAPV2_MSK_LEN == (int)EAP_TLS_MSK_LEN, "a key of EAP has 64 octets");

enum eap_step {
    EAP_ANSWERED, /* there is a response to send */
    EAP_DONE,     /* the gateway says Success, and eap->msk is the key */
    EAP_FAILED    /* eap->why says why */
};

/* Frees what it has, and wipes it. */
void eap_clear(struct eap *eap);

/* Takes the body of an EAP payload, and appends that of the response if there is one. */
enum eap_step eap_take(struct eap *eap, const struct eap_account *account, struct ikl_octets body,
                       struct ikl_writer *writer);

/* The name of an EAP method type; null when it is not known here. */
const char *eap_method_name(uint8_t type);

#endif
