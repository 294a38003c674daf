/* SPDX-License-Identifier: ISC */
/* ikelive examples: what dh.c asks of the library that computes a group. */
#ifndef EXAMPLES_DH_METHOD_H
#define EXAMPLES_DH_METHOD_H

#include "dh.h"

struct dh_method;

struct dh_group {
    uint16_t id;
    const char *name;
    size_t public_len, answer_len; /* of who begins, and of who answers */
    size_t shared_len;
    const struct dh_method *method; /* null when the library is not there */
    /* what libcrypto calls it; the name is null where the type says it all */
    const char *type, *libcrypto_name;
};

struct dh_key {
    const struct dh_group *group;
    union {
        uint8_t x25519[32];
        void *libcrypto; /* EVP_PKEY */
    } secret;
    uint8_t public_value[DH_MAX_LEN];
    size_t public_len;
};

struct dh_method {
    /* Fills in the secret and the public value. False: there is nothing to clear. */
    bool (*generate)(struct dh_key *key);
    /* `peer_public` has the length of an answer, `shared` room for the secret. */
    int (*agree)(const struct dh_key *key, const uint8_t *peer_public, uint8_t *shared);
    void (*clear)(struct dh_key *key);
    /* Whether the library has the group; null: it has. */
    bool (*is_there)(const struct dh_group *group);
    /* Fills in the ciphertext as public value, and no secret; null where an answer is a key pair. */
    int (*answer)(struct dh_key *key, const uint8_t *peer_public, uint8_t *shared);
};

extern const struct dh_method dh_method_x25519, dh_method_libcrypto, dh_method_libcrypto_kem;

#endif
