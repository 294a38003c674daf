/* SPDX-License-Identifier: ISC */
/* IKE SAs that have toy_cipher. See toy_sa.h. */
#include "toy_sa.h"

#include "test.h"

void with_toy_provider(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *const providers[] = {&toy_provider};

    config->providers = providers;
    config->n_providers = COUNT_OF(providers);
}

void toy_sa_config(struct ikl_sa_config *config, struct ikl_keys *keys, uint32_t n)
{
    test_sa_config(config, keys, "chacha20poly1305-prfsha256", true, n); /* not every provider has keys for this one */
    config->protection.suite =
        (struct ikl_suite){IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_256_128, IKL_PRF_HMAC_SHA2_256};
    config->protection.iv_source = IKL_IV_UNSTATED;
    keys->encr_key_len = TOY_ENCR_KEY_LEN;
    keys->integ_key_len = TOY_INTEG_KEY_LEN;
}
