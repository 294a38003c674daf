/* SPDX-License-Identifier: ISC */
/* ikeping: identities, IDi and IDr: from the command line, in messages, as text (RFC 7296 §3.5). */
#ifndef IKEPING_IDENTITY_H
#define IKEPING_IDENTITY_H

#include <ikelive/path.h>
#include <ikelive/payloads.h>

enum { IDENTITY_MAX = 255, IDENTITY_TEXT_SIZE = 4 * IDENTITY_MAX + 32 };

struct identity {
    uint8_t type; /* enum ikl_id_type or another number; 0: none */
    size_t len;
    uint8_t data[IDENTITY_MAX];
};

/* Parses "192.0.2.1", "2001:db8::1", "user@example.org", "keyid:TEXT", a distinguished name ("C=DE, CN=gateway"), or a
 * name, which may have an '@' in front ("@gateway.example"). False when it is empty, too long, or holds a control
 * character; also for a distinguished name without libcrypto. */
bool identity_parse(struct identity *out, const char *text);

/* The address as an identity. */
struct identity identity_of_address(const struct ikl_address *address);

/* Reads the body of an Identification payload. False when it is malformed or longer than IDENTITY_MAX. */
bool identity_read(struct identity *out, struct ikl_octets body);

/* Whether the reason is its length. */
bool identity_is_long(struct ikl_octets body);

/* Appends the body of an Identification payload. */
IKL_MUST_USE int identity_write(struct ikl_writer *writer, const struct identity *identity);

/* Names are compared without regard to case, distinguished names as in distinguished_name.h. */
bool identity_same(const struct identity *a, const struct identity *b);

/* Writes it as text of printable ASCII: whatever else a peer put into it is escaped. */
void identity_text(const struct identity *identity, char *text, size_t size);

#endif
