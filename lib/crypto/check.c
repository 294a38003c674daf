/* SPDX-License-Identifier: ISC */
/* ikelive crypto: checks what a provider says about itself before the library relies on it. A provider belongs to the
 * host or to a third party: a number out of range would make the library write beyond its buffers. */
#include "check.h"

#include "field.h"
#include "sized.h"

/* The fields that every version has: all except those at the end that may be null. */
enum {
    LEAST_CIPHER = IKL_END_OF(struct ikl_cipher, open),
    LEAST_PRF = IKL_END_OF(struct ikl_prf, compute),
    LEAST_PROVIDER = IKL_END_OF(struct ikl_provider, cipher)
};

const char *ikl_cipher_error(const struct ikl_cipher *cipher)
{
    if (!ikl_sized_fits(cipher, sizeof(*cipher), LEAST_CIPHER)) {
        return IKL_FIELD("size");
    }
    if (cipher->name == NULL) {
        return IKL_FIELD("name");
    }
    if (cipher->encr_key_len > IKL_MAX_ENCR_KEY) {
        return IKL_FIELD("encr_key_len");
    }
    if (cipher->integ_key_len > IKL_MAX_INTEG_KEY) {
        return IKL_FIELD("integ_key_len");
    }
    if (cipher->iv_len > IKL_MAX_IV) {
        return IKL_FIELD("iv_len");
    }
    if (cipher->icv_len == 0 || cipher->icv_len > IKL_MAX_ICV) {
        return IKL_FIELD("icv_len");
    }
    if (cipher->block_len == 0) {
        return IKL_FIELD("block_len");
    }
    if (cipher->state_size > IKL_MAX_CIPHER_STATE) {
        return IKL_FIELD("state_size");
    }
    if (cipher->init == NULL) {
        return IKL_FIELD("init");
    }
    if (cipher->seal == NULL) {
        return IKL_FIELD("seal");
    }
    if (cipher->open == NULL) {
        return IKL_FIELD("open");
    }
    return NULL;
}

const char *ikl_prf_error(const struct ikl_prf *prf)
{
    if (!ikl_sized_fits(prf, sizeof(*prf), LEAST_PRF)) {
        return IKL_FIELD("size");
    }
    return prf->name == NULL                         ? IKL_FIELD("name")
           : prf->len == 0 || prf->len > IKL_MAX_PRF ? IKL_FIELD("len")
           : prf->compute == NULL                    ? IKL_FIELD("compute")
                                                     : NULL;
}

const char *ikl_provider_error(const struct ikl_provider *provider)
{
    if (!ikl_sized_fits(provider, sizeof(*provider), LEAST_PROVIDER)) {
        return IKL_FIELD("size");
    }
    return provider->name == NULL ? IKL_FIELD("name") : provider->cipher == NULL ? IKL_FIELD("cipher") : NULL;
}

int ikl_cipher_check(const struct ikl_cipher *cipher)
{
    return cipher != NULL && ikl_cipher_error(cipher) == NULL ? IKL_OK : IKL_ERR_INVALID;
}

int ikl_prf_check(const struct ikl_prf *prf)
{
    return prf != NULL && ikl_prf_error(prf) == NULL ? IKL_OK : IKL_ERR_INVALID;
}

int ikl_provider_check(const struct ikl_provider *provider)
{
    return provider != NULL && ikl_provider_error(provider) == NULL ? IKL_OK : IKL_ERR_INVALID;
}

int ikl_provider_cipher(const struct ikl_provider *provider, const struct ikl_suite *suite,
                        const struct ikl_cipher **out)
{
    const struct ikl_cipher *cipher = NULL;
    int result = ikl_provider_check(provider);

    if (result == IKL_OK) {
        result = provider->cipher(suite, &cipher);
    }
    if (result == IKL_OK) {
        result = ikl_cipher_check(cipher);
    }
    if (result == IKL_OK) {
        *out = cipher;
    }
    return result;
}

static bool has_prfs(const struct ikl_provider *provider)
{
    return ikl_sized_has(provider, IKL_END_OF(struct ikl_provider, prf)) && provider->prf != NULL;
}

int ikl_provider_prf(const struct ikl_provider *provider, uint16_t id, const struct ikl_prf **out)
{
    const struct ikl_prf *prf = NULL;
    int result = has_prfs(provider) ? provider->prf(id, &prf) : IKL_ERR_INVALID;

    if (result == IKL_OK) {
        result = ikl_prf_check(prf);
    }
    if (result == IKL_OK) {
        *out = prf;
    }
    return result;
}

ikl_cipher_clear ikl_cipher_clear_of(const struct ikl_cipher *cipher)
{
    return ikl_sized_has(cipher, IKL_END_OF(struct ikl_cipher, clear)) ? cipher->clear : NULL;
}

ikl_provider_sha1 ikl_provider_sha1_of(const struct ikl_provider *provider)
{
    return ikl_sized_has(provider, IKL_END_OF(struct ikl_provider, sha1)) ? provider->sha1 : NULL;
}
