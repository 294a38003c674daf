/* SPDX-License-Identifier: ISC */
/* ChaCha20-Poly1305 that does as a test says. See fickle_cipher.h. */
#include "fickle_cipher.h"

#include "providers.h"

struct fickle fickle;

static const struct ikl_cipher *honest;
static struct ikl_cipher cipher;

static int init_state(void *state, const struct ikl_cipher_init *keys)
{
    return ++fickle.inits == 2 && fickle.init_result != IKL_OK ? fickle.init_result : honest->init(state, keys);
}

static int seal_text(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    fickle.seals++;
    if (fickle.seal_result != IKL_OK) {
        return fickle.seal_result;
    }
    if (!cipher.deterministic) {
        message[aad_len] = (uint8_t)fickle.seals;
    }
    return cipher.iv_len == honest->iv_len && cipher.icv_len == honest->icv_len
               ? honest->seal(state, message, aad_len, text_len)
               : IKL_OK;
}

static int open_text(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    return fickle.open_result != IKL_OK ? fickle.open_result
                                        : honest->open(state, message, aad_len, text_len, plaintext);
}

static void clear_state(void *state)
{
    (void)state;
    fickle.clears++;
}

static int find_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    if (suite->encr != IKL_ENCR_CHACHA20_POLY1305) {
        return IKL_ERR_UNSUPPORTED;
    }
    *out = &cipher;
    return IKL_OK;
}

static int find_prf(uint16_t id, const struct ikl_prf **out)
{
    return test_provider->prf(id, out);
}

const struct ikl_provider fickle_provider = {
    .size = sizeof(struct ikl_provider),
    .name = "fickle",
    .cipher = find_cipher,
    .prf = find_prf,
};

void with_fickle_provider(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *const providers[] = {&fickle_provider};

    config->providers = providers;
    config->n_providers = 1;
}

void fickle_reset(bool deterministic, bool counter_iv)
{
    const struct ikl_suite suite = {.encr = IKL_ENCR_CHACHA20_POLY1305};

    fickle = (struct fickle){.init_result = IKL_OK};
    (void)test_provider->cipher(&suite, &honest);
    cipher = *honest;
    cipher.name = "fickle";
    cipher.deterministic = deterministic;
    cipher.counter_iv = counter_iv;
    cipher.init = init_state;
    cipher.seal = seal_text;
    cipher.open = open_text;
    cipher.clear = clear_state;
}

void fickle_reset_iv_len(uint8_t iv_len)
{
    fickle_reset(true, true);
    cipher.iv_len = iv_len;
}

void fickle_reset_block_len(uint8_t block_len, bool deterministic)
{
    fickle_reset(deterministic, true);
    cipher.block_len = block_len;
}

void fickle_with_icv_len(uint8_t icv_len)
{
    cipher.icv_len = icv_len;
}

void fickle_without_clear(void)
{
    cipher.clear = NULL;
}
