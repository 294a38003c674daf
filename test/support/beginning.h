/* SPDX-License-Identifier: ISC */
/* The beginning of an IKE SA: unprotected messages, then the keys of ASKING_SUITE. */
#ifndef TEST_BEGINNING_H
#define TEST_BEGINNING_H

#include "asking.h"

/* An unprotected message of the responder's. Zero: an IKE_SA_INIT response with one Nonce payload. */
struct beginning_message {
    bool request;
    uint8_t flags; /* in addition */
    uint8_t exchange_type;
    uint32_t message_id;
    uint64_t spi_i, spi_r; /* 0: those of test IKE SA 0 */
    const struct ikl_payload *payloads;
    size_t n;
    int8_t wrong_length; /* added to the Length field */
};

/* Writes it into `out`, which has room for HOST_MAX_DATAGRAM octets; returns its length. */
size_t beginning_write(const struct beginning_message *message, uint8_t *out);

/* Gives it to a host as if it came from its peer. */
int beginning_hear(struct host *host, const struct beginning_message *message);

/* Test IKE SA 0 as the original initiator has it before the first packet. */
void beginning_config(struct ikl_sa_config *config);
void host_begin(struct host *host, sa_change change);

/* IKE_SA_INIT with the payload that asking_try makes. */
struct ikl_request *begin(struct host *host, uint8_t mark);

/* The protection that the keys of test IKE SA 0 give. `keys` must live as long. */
struct ikl_protection beginning_protection(struct ikl_keys *keys);
/* Installs them. */
int beginning_install(struct host *host);

#endif
