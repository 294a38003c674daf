/* SPDX-License-Identifier: ISC */
/* ikelive examples: what dh.c asks of the library that computes a group. */
#ifndef EXAMPLES_DH_METHOD_H
#define EXAMPLES_DH_METHOD_H

#include "dh.h"

struct dh_method;

struct dh_group {
    uint16_t id;
    const char *name;
    size_t public_len, shared_len;
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
};

struct dh_method {
    /* Fills in the secret and the public value. False: there is nothing to clear. */
    bool (*generate)(struct dh_key *key);
    /* `peer_public` has the group's length, `shared` room for it. */
    int (*agree)(const struct dh_key *key, const uint8_t *peer_public, uint8_t *shared);
    void (*clear)(struct dh_key *key);
};

extern const struct dh_method dh_method_x25519, dh_method_libcrypto;

#endif
