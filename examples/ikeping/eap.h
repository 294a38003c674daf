/* SPDX-License-Identifier: ISC */
/* ikeping: EAP, as the peer of a gateway that is the authenticator (RFC 3748): EAP-MSCHAPv2, by name and password. */
#ifndef IKEPING_EAP_H
#define IKEPING_EAP_H

#include "mschapv2.h"

#include <ikelive/payloads.h>

/* Messages of the gateway at most. */
enum { EAP_MESSAGES_MAX = 32, EAP_WHY_SIZE = 128 };

struct eap {
    unsigned n_messages;
    bool answered; /* a challenge */
    bool proven;   /* the authenticator knows the password */
    struct mschapv2 mschapv2;
    char why[EAP_WHY_SIZE]; /* it will fail; empty: nothing is known of that */
};

/* Who we are for it. */
struct eap_account {
    struct ikl_octets name;
    struct ikl_octets password;
};

enum eap_step {
    EAP_ANSWERED, /* there is a response to send */
    EAP_DONE,     /* the gateway says Success, and eap->mschapv2.msk is the key */
    EAP_FAILED    /* eap->why says why */
};

/* Takes the body of an EAP payload, and appends that of the response if there is one. */
enum eap_step eap_take(struct eap *eap, const struct eap_account *account, struct ikl_octets body,
                       struct ikl_writer *writer);

/* The name of an EAP method type; null when it is not known here. */
const char *eap_method_name(uint8_t type);

#endif
