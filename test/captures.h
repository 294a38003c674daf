/* SPDX-License-Identifier: ISC */
/* A recorded session of real peers, being checked. */
#ifndef TEST_CAPTURES_H
#define TEST_CAPTURES_H

#include "support/session_file.h"

#include <ikelive/crypto.h>

#define CAPTURE_MAX_SAS 16

struct capture {
    const char *path;
    struct session session;
    const struct ikl_provider *provider;
    struct ikl_suite suite;
    const struct ikl_cipher *cipher;
    const struct ikl_prf *prf;
    struct ikl_keys keys[CAPTURE_MAX_SAS]; /* re-derived, one for each of session.sas */
    size_t n_protected;                    /* messages with an SK payload */
    size_t n_opened;
    size_t n_resealed;
    size_t n_auth; /* AUTH payloads made with the shared secret */
    size_t n_auth_verified;
    size_t n_answered; /* requests of the peer's that an IKE SA of the library answered as recorded */
    size_t n_made;     /* requests that it made as recorded */
    size_t n_accepted; /* responses that it accepted */
    size_t n_sent;     /* messages that it sent as recorded */
    size_t n_sent_identically;
    size_t n_handed_over; /* points of the session at which an IKE SA was handed over to the library */
    size_t n_mismatches;
};

/* Says on stderr what is wrong in which message (from 1; 0: the session), and counts it. */
void capture_mismatch(struct capture *capture, size_t message, const char *what);

/* Checks the AUTH payload in the IKE_AUTH message number `message` (from 1), whose payloads were opened. */
void capture_check_auth(struct capture *capture, size_t message, const struct ikl_opened *opened);

/* True when `datagram` opens to what was recorded of `message`, its padding aside. */
bool capture_same_but_for_padding(const struct capture *capture, const struct session_message *message,
                                  struct ikl_octets datagram);

/* Puts an IKE SA of the library in the place of either peer, for every IKE SA of the session, and lets it send and
 * receive what was recorded: from the beginning, and again from every point at which it could have been handed over. */
void capture_check_sas(struct capture *capture);

#endif
