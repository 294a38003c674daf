/* SPDX-License-Identifier: ISC */
/* The small stack: its messages. A stand-in for the codec and the cryptography that a stack has; so that it stays
 * small, it is made of the library's here. */
#ifndef PORT_MESSAGE_H
#define PORT_MESSAGE_H

#include <ikelive/crypto.h>

enum { MESSAGE_MAX = 1500 };

/* A message without its protection. */
struct message {
    bool is_response;
    uint8_t exchange_type;
    uint32_t message_id;
    uint8_t first_payload;
    struct ikl_octets payloads;
};

/* What protects the messages of an IKE SA. */
struct keying {
    uint64_t spi_i, spi_r;
    bool is_initiator;
    const struct ikl_cipher *cipher;
    uint64_t states[2][64]; /* of the cipher: for what we send, for what we receive */
    uint64_t sealed;        /* messages so far, which is the next initialisation vector */
};

void keying_open(struct keying *keying, const struct ikl_suite *suite, const struct ikl_keys *keys);
void keying_close(struct keying *keying);

/* Protects a message; `out` has MESSAGE_MAX octets. Returns its length. */
size_t message_seal(struct keying *keying, const struct message *message, uint8_t *out);

/* Opens what the peer has protected, into `plaintext` of MESSAGE_MAX octets. False for anything else. */
bool message_open(const struct keying *keying, const uint8_t *datagram, size_t len, uint8_t *plaintext,
                  struct message *out);

/* A payload that holds a text, and the text of one. */
size_t message_write_text(uint8_t *out, const char *text);
void message_read_text(const struct message *message, char text[32]);

#endif
