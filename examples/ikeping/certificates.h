/* SPDX-License-Identifier: ISC */
/* ikeping: certificates, ours and those of the authorities that vouch for peers (RFC 7296 §3.6, §3.7). Where ikeping is
 * built without libcrypto there are none. */
#ifndef IKEPING_CERTIFICATES_H
#define IKEPING_CERTIFICATES_H

#include "identity.h"
#include "payload_list.h"

/* Certificates of a chain, ours or a peer's, at most. */
enum { CERTIFICATES_CHAIN_MAX = 8 };

/* Our certificate with its chain and its key, if we have one; the authorities of the peer's, if it has to have one. */
struct certificates;

/* Whether this build can have any. */
bool certificates_are_available(void);

/* Reads files in PEM: our certificate with those that vouch for it behind it, and its key, which must be private; and
 * the authorities. The first two, or the last, may be null. Null, said on stderr, when a file cannot be read or does
 * not hold what it should. */
struct certificates *certificates_read(const char *own_file, const char *key_file, const char *authorities_file);

/* Null is allowed. */
void certificates_free(struct certificates *certificates);

/* The subject of our certificate as an identity; of type 0 when it is empty or longer than IDENTITY_MAX. */
struct identity certificates_subject(const struct certificates *certificates);

/* Adds our chain as CERT payloads, which are views: it has to outlive the list. */
void certificates_add_chain(const struct certificates *certificates, struct payload_list *list);

/* Adds the CERTREQ payload that names our authorities, in the same way. */
void certificates_add_request(const struct certificates *certificates, struct payload_list *list);

/* A public key: libcrypto's EVP_PKEY. */
struct evp_pkey_st;

/* Finds the certificate of a peer among the payloads of its IKE_AUTH message: null when our authorities vouch for it
 * and it is for this identity; `key` is then to be freed. Else what is wrong, in words. */
const char *certificates_judge(const struct certificates *certificates, uint8_t first, struct ikl_octets payloads,
                               const struct identity *identity, struct evp_pkey_st **key);

/* Null is allowed. */
void certificates_free_key(struct evp_pkey_st *key);

#endif
