/* SPDX-License-Identifier: ISC */
/* A host's own provider: ChaCha20-Poly1305 that does as a test says. It fails when it should, seals the same message to
 * different octets, wants IVs of another kind, and counts what was initialised and cleared. */
#ifndef TEST_FICKLE_CIPHER_H
#define TEST_FICKLE_CIPHER_H

#include <ikelive/endpoint.h>

/* Set by tests after fickle_reset. */
struct fickle {
    int init_result; /* what the second `init` from the reset on returns */
    int seal_result;
    int open_result;
    size_t inits, clears; /* calls so far, failed ones included */
    size_t seals;
};

extern struct fickle fickle;

/* Has one cipher, for the suites of ChaCha20-Poly1305, and the PRFs of test_provider. */
extern const struct ikl_provider fickle_provider;

/* Makes it the one provider of an endpoint. */
void with_fickle_provider(struct ikl_endpoint_config *config);

/* Everything works from here on. `deterministic` and `counter_iv` are what the cipher says of itself; one that is not
 * deterministic puts a number of its own into each IV. */
void fickle_reset(bool deterministic, bool counter_iv);

/* The same with IVs of another length. Sealing then leaves the message as it is, and nothing can be opened. */
void fickle_reset_iv_len(uint8_t iv_len);

/* As fickle_reset, with counters as IVs and blocks of this length: what is padded to them is longer than with any
 * library's cipher. */
void fickle_reset_block_len(uint8_t block_len, bool deterministic);

/* From here on its checksums are longer: octets without meaning follow those of ChaCha20-Poly1305. */
void fickle_with_icv_len(uint8_t icv_len);

/* From here on its key state has nothing that must be cleared. */
void fickle_without_clear(void);

#endif
