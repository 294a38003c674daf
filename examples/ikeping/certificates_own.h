/* SPDX-License-Identifier: ISC */
/* ikeping: what certificates.h keeps to itself: for the files that know libcrypto. */
#ifndef IKEPING_CERTIFICATES_OWN_H
#define IKEPING_CERTIFICATES_OWN_H

#include "certificates.h"

#include <openssl/x509.h>

struct certificates {
    X509 *chain[CERTIFICATES_CHAIN_MAX];     /* ours first */
    uint8_t *bodies[CERTIFICATES_CHAIN_MAX]; /* of CERT payloads, by libcrypto's allocator */
    size_t body_lens[CERTIFICATES_CHAIN_MAX];
    size_t n_chain;
    EVP_PKEY *key;
    X509_STORE *authorities; /* null: the peer needs no certificate */
    uint8_t *request;        /* body of the CERTREQ payload */
    size_t request_len;
};

#endif
