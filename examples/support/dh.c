/* SPDX-License-Identifier: ISC */
/* ikelive examples: key exchange methods: which there are, and the lengths of what is exchanged. */
#include "dh_method.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#if defined(EXAMPLES_LIBCRYPTO)
#define LIBCRYPTO &dh_method_libcrypto
#else
#define LIBCRYPTO NULL
#endif

#if defined(EXAMPLES_LIBCRYPTO)
#define LIBCRYPTO_KEM &dh_method_libcrypto_kem
#else
#define LIBCRYPTO_KEM NULL
#endif

static const struct dh_group groups[] = {
    {DH_MODP_1536, "modp1536", 192, 192, 192, LIBCRYPTO, "DH", "modp_1536"},
    {DH_MODP_2048, "modp2048", 256, 256, 256, LIBCRYPTO, "DH", "modp_2048"},
    {DH_MODP_3072, "modp3072", 384, 384, 384, LIBCRYPTO, "DH", "modp_3072"},
    {DH_MODP_4096, "modp4096", 512, 512, 512, LIBCRYPTO, "DH", "modp_4096"},
    {DH_ECP_256, "ecp256", 64, 64, 32, LIBCRYPTO, "EC", "P-256"},
    {DH_ECP_384, "ecp384", 96, 96, 48, LIBCRYPTO, "EC", "P-384"},
    {DH_ECP_521, "ecp521", 132, 132, 66, LIBCRYPTO, "EC", "P-521"},
    {DH_X25519, "x25519", 32, 32, 32, &dh_method_x25519, NULL, NULL},
    {DH_X448, "x448", 56, 56, 56, LIBCRYPTO, "X448", NULL},
    {DH_ML_KEM_512, "mlkem512", 800, 768, 32, LIBCRYPTO_KEM, "ML-KEM-512", NULL},
    {DH_ML_KEM_768, "mlkem768", 1184, 1088, 32, LIBCRYPTO_KEM, "ML-KEM-768", NULL},
    {DH_ML_KEM_1024, "mlkem1024", 1568, 1568, 32, LIBCRYPTO_KEM, "ML-KEM-1024", NULL},
};

static const struct dh_group *find(uint16_t id)
{
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        if (groups[i].id == id) {
            return &groups[i];
        }
    }
    return NULL;
}

uint16_t dh_group_by_name(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        if (strcmp(groups[i].name, name) == 0) {
            return groups[i].id;
        }
    }
    return 0;
}

const char *dh_group_name(uint16_t group)
{
    const struct dh_group *found = find(group);

    return found != NULL ? found->name : NULL;
}

bool dh_group_available(uint16_t group)
{
    const struct dh_group *found = find(group);

    return found != NULL && found->method != NULL &&
           (found->method->is_there == NULL || found->method->is_there(found));
}

bool dh_group_is_kem(uint16_t group)
{
    const struct dh_group *found = find(group);

    return found != NULL && found->method != NULL && found->method->answer != NULL;
}

static struct dh_key *make(uint16_t group)
{
    struct dh_key *key = calloc(1, sizeof(*key));

    if (key != NULL) {
        key->group = find(group);
        key->public_len = key->group->public_len;
    }
    return key;
}

int dh_key_new(struct dh_key **out, uint16_t group)
{
    struct dh_key *key;

    if (!dh_group_available(group)) {
        return IKL_ERR_UNSUPPORTED;
    }
    key = make(group);
    if (key == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    if (!key->group->method->generate(key)) {
        free(key);
        return IKL_ERR_CRYPTO;
    }
    *out = key;
    return IKL_OK;
}

void dh_key_free(struct dh_key *key)
{
    if (key != NULL) {
        key->group->method->clear(key);
        sodium_memzero(key, sizeof(*key));
        free(key);
    }
}

uint16_t dh_key_group(const struct dh_key *key)
{
    return key->group->id;
}

struct ikl_octets dh_key_public(const struct dh_key *key)
{
    return (struct ikl_octets){.data = key->public_value, .len = key->public_len};
}

int dh_key_agree(const struct dh_key *key, struct ikl_octets peer_public, uint8_t *shared, size_t *len)
{
    int result;

    if (peer_public.len != key->group->answer_len) {
        return IKL_ERR_MALFORMED;
    }
    result = key->group->method->agree(key, peer_public.data, shared);
    if (result != IKL_OK) {
        sodium_memzero(shared, key->group->shared_len);
        return result;
    }
    *len = key->group->shared_len;
    return IKL_OK;
}

/* What takes the place of our public value, and the secret. */
static int encapsulate(struct dh_key *key, struct ikl_octets peer_public, uint8_t *shared, size_t *len)
{
    int result = IKL_ERR_MALFORMED;

    key->public_len = key->group->answer_len;
    if (peer_public.len == key->group->public_len) {
        result = key->group->method->answer(key, peer_public.data, shared);
    }
    *len = result == IKL_OK ? key->group->shared_len : *len;
    return result;
}

int dh_key_answer(struct dh_key **out, uint16_t group, struct ikl_octets peer_public, uint8_t *shared, size_t *len)
{
    struct dh_key *key = NULL;
    int result;

    *out = NULL;
    if (dh_group_available(group) && dh_group_is_kem(group)) {
        key = make(group);
        result = key != NULL ? encapsulate(key, peer_public, shared, len) : IKL_ERR_NO_MEMORY;
    } else {
        result = dh_key_new(&key, group);
        if (result == IKL_OK) {
            result = dh_key_agree(key, peer_public, shared, len);
        }
    }
    if (result != IKL_OK) {
        dh_key_free(key);
        return result;
    }
    *out = key;
    return IKL_OK;
}
