/* SPDX-License-Identifier: ISC */
/* What the peer of a test IKE SA could send if it wanted to: messages sealed with the keys of test_keys, honest or
 * not. */
#ifndef TEST_PEER_H
#define TEST_PEER_H

#include "host.h"

/* The message of one end of a test IKE SA. Zero: an empty INFORMATIONAL request of the responder's of IKE SA 0 with
 * Message ID 0. */
struct peer_message {
    uint32_t sa; /* its number */
    bool from_initiator;
    bool response;
    uint8_t wrong_flags;   /* flags that are turned round */
    uint8_t exchange_type; /* 0: INFORMATIONAL */
    uint32_t message_id;
    uint8_t first_payload;
    struct ikl_octets plaintext;
    uint16_t fragment_number, fragment_total; /* 0: in one piece */
};

/* Seals the message into `out`, which has room for HOST_MAX_DATAGRAM octets; returns its length. Every call has an IV
 * of its own, far from those that hosts count. The suite must be an AEAD of test_provider's. */
size_t peer_seal(const struct peer_message *message, const char *suite, uint8_t *out);
size_t peer_seal_into(const struct peer_message *message, const char *suite, uint8_t *out, size_t size);

/* The same around `plaintext` as it is, its last octet taken for the Pad Length. */
size_t peer_seal_text(const struct peer_message *message, const char *suite, uint8_t *out);

/* The same as peer_seal with an empty payload of this type in front of SK or SKF. */
size_t peer_seal_behind(const struct peer_message *message, const char *suite, uint8_t type, bool critical,
                        uint8_t *out);

/* Changes what is authenticated but not encrypted of such a message, and seals it again; there are `before` octets of
 * payloads in front of SK or SKF. */
void peer_alter(const struct peer_message *message, const char *suite, size_t before, void (*alter)(uint8_t *front),
                uint8_t *datagram, size_t len);

/* Gives a host a datagram as if it came from its peer, at the host's present time. */
int peer_deliver(struct host *to, const uint8_t *datagram, size_t len);

/* Seals and delivers. */
int peer_send(struct host *to, const char *suite, const struct peer_message *message);

/* Opens what a host sent; `plaintext` has room for HOST_MAX_DATAGRAM octets. */
struct ikl_opened peer_open(const struct event *sent, const char *suite, uint8_t *plaintext);

#endif
