/* SPDX-License-Identifier: ISC */
/* ikeping: the algorithms there are. */
#include "providers.h"

#if defined(EXAMPLES_LIBCRYPTO)
#include <ikelive/openssl.h>
#endif

const struct ikl_provider *const providers[] = {
    &ikl_provider_sodium,
#if defined(EXAMPLES_LIBCRYPTO)
    &ikl_provider_openssl,
#endif
};

const size_t n_providers = sizeof(providers) / sizeof(providers[0]);

const struct ikl_provider *providers_find(const struct ikl_suite *suite)
{
    const struct ikl_cipher *cipher;
    const struct ikl_prf *prf;

    for (size_t i = 0; i < n_providers; i++) {
        if (providers[i]->cipher(suite, &cipher) == IKL_OK && providers[i]->prf(suite->prf, &prf) == IKL_OK) {
            return providers[i];
        }
    }
    return NULL;
}

const struct ikl_provider *providers_find_sha1(void)
{
    for (size_t i = 0; i < n_providers; i++) {
        if (providers[i]->sha1 != NULL) {
            return providers[i];
        }
    }
    return NULL;
}

const struct ikl_prf *providers_prf(const struct ikl_suite *suite)
{
    const struct ikl_provider *provider = providers_find(suite);
    const struct ikl_prf *prf = NULL;

    return provider != NULL && provider->prf(suite->prf, &prf) == IKL_OK ? prf : NULL;
}
