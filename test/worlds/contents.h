/* SPDX-License-Identifier: ISC */
/* What the stack's requests and responses hold, written and read: requests of the test's with a number, and rekeys of
 * IKE SAs and Child SAs with SPI and nonce (RFC 7296 §1.3.2, §1.3.3). */
#ifndef WORLDS_CONTENTS_H
#define WORLDS_CONTENTS_H

#include <ikelive/ikelive.h>

enum { CONTENTS_NONCE_LEN = 32, CONTENTS_MAX_PAYLOADS = 4, CONTENTS_BODY_SIZE = 4096 };

struct contents {
    bool has_number; /* a Vendor ID payload, which begins with it */
    uint32_t number;
    uint8_t protocol; /* of an SA payload; 0: there is none */
    uint64_t spi;     /* in it */
    bool has_nonce;
    uint8_t nonce[CONTENTS_NONCE_LEN];
    bool rekeys_child;  /* N(REKEY_SA) */
    uint32_t child_spi; /* in it: the sender's inbound SPI of the old Child SA */
    uint16_t error;     /* an error notification; 0: none */
    bool deletes_child; /* a Delete payload for ESP */
    uint32_t deleted;   /* the first SPI in it: the sender's inbound one */
};

/* Payloads, and the octets that they are made of. */
struct contents_payloads {
    struct ikl_payload list[CONTENTS_MAX_PAYLOADS];
    size_t n;
    uint8_t bodies[CONTENTS_MAX_PAYLOADS][CONTENTS_BODY_SIZE];
};

/* Writes what is there. `len`: of the Vendor ID payload's body, at least 4. */
void contents_write(struct contents_payloads *out, const struct contents *contents, bool response, size_t len);

/* Reads a chain that is known to be well-formed. */
struct contents contents_read(uint8_t first_payload, struct ikl_octets plaintext, bool response);

#endif
