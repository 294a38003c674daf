/* SPDX-License-Identifier: ISC */
/* ikeping: EAP-TLS with our certificate (RFC 5216; with TLS 1.3, RFC 9190). The TLS is libssl's. */
#ifndef IKEPING_EAP_TLS_H
#define IKEPING_EAP_TLS_H

#include "certificates.h"

/* Octets of data in an EAP-TLS message of ours at most, and of the key. */
enum { EAP_TLS_DATA_MAX = 1029, EAP_TLS_MSK_LEN = 64 };

struct eap_tls;

/* Whether this build has libssl. */
bool eap_tls_is_available(void);

/* Begins, with our certificate and its key; the server's has to be of our authorities too. Null: no memory. The
 * certificates have to outlive it. */
struct eap_tls *eap_tls_new(const struct certificates *certificates);

/* Null is allowed. */
void eap_tls_free(struct eap_tls *tls);

/* Takes the data of a request and gives those of the response. Null, or in words why it cannot go on. */
const char *eap_tls_take(struct eap_tls *tls, struct ikl_octets request, uint8_t response[EAP_TLS_DATA_MAX],
                         size_t *len);

/* Gives the MSK. False while TLS is not established. */
bool eap_tls_key(struct eap_tls *tls, uint8_t msk[EAP_TLS_MSK_LEN]);

#endif
