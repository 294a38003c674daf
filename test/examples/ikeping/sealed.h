/* SPDX-License-Identifier: ISC */
/* Protected messages, opened and made by whoever has the keys. */
#ifndef TEST_IKEPING_SEALED_H
#define TEST_IKEPING_SEALED_H

#include <ikelive/crypto.h>

/* The keys of an IKE SA. */
struct sealed_with {
    const struct ikl_suite *suite;
    const struct ikl_keys *keys;
};

/* Opens a message, one of the original initiator's or one of the original responder's. `plaintext` has room for `len`
 * octets. Errors: those of ikl_message_open. */
IKL_MUST_USE int sealed_open(const struct sealed_with *with, bool by_initiator, struct ikl_octets message,
                             uint8_t *plaintext, struct ikl_opened *out);

/* Makes a message of one of the two; draws its IV. Gives its length. */
size_t sealed_write(const struct sealed_with *with, bool by_initiator, const struct ikl_sealing *what, uint8_t *out,
                    size_t size);

#endif
