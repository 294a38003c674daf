/* SPDX-License-Identifier: ISC */
/* The key exchange of revive_real.c: X25519 (RFC 8031), and the keys that follow from it (RFC 7296 §2.14). */
#ifndef SIM_REVIVE_KEYS_H
#define SIM_REVIVE_KEYS_H

#include <ikelive/ikelive.h>

enum { REVIVE_KEY_LEN = 32, REVIVE_KE_LEN = 4 + REVIVE_KEY_LEN, REVIVE_NONCE_LEN = 32 };

/* One side's part, and the payloads that tell it. */
struct revive_offer {
    uint8_t secret[REVIVE_KEY_LEN];
    uint8_t ke[REVIVE_KE_LEN]; /* the body of the payload */
    uint8_t nonce[REVIVE_NONCE_LEN];
    struct ikl_payload payloads[2];
};

/* `offer` must not move: its payloads are views of it. */
void revive_offer(struct revive_offer *offer, uint64_t *seed);

/* What both sides get from their own part and the other's payloads; `initiates`: whose part `offer` is. */
struct ikl_protection revive_protection(struct ikl_keys *keys, const struct revive_offer *offer, bool initiates,
                                        struct ikl_chain other, uint64_t spi_i, uint64_t spi_r);

#endif
