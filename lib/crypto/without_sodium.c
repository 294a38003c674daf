/* SPDX-License-Identifier: ISC */
/* ikelive without libsodium: what the library otherwise needs from it, and providers that have nothing. In the place of
 * sodium.c when the library is built with IKELIVE_SODIUM=OFF. */
#include <ikelive/crypto.h>

int ikl_init(void)
{
    return IKL_OK;
}

/* Each store is to a volatile octet, so none can be left out. */
void ikl_wipe(void *memory, size_t len)
{
    volatile uint8_t *octets = memory;

    for (size_t i = 0; i < len; i++) {
        octets[i] = 0;
    }
}

bool ikl_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
    volatile uint8_t differ = 0;

    for (size_t i = 0; i < len; i++) {
        differ = (uint8_t)(differ | (a[i] ^ b[i]));
    }
    return differ == 0;
}

static int find_no_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    (void)suite;
    (void)out;
    return IKL_ERR_UNSUPPORTED;
}

static int find_no_prf(uint16_t id, const struct ikl_prf **out)
{
    (void)id;
    (void)out;
    return IKL_ERR_UNSUPPORTED;
}

const struct ikl_provider ikl_provider_sodium = {
    .size = sizeof(struct ikl_provider), .name = "libsodium", .cipher = find_no_cipher, .prf = find_no_prf};

const struct ikl_provider ikl_provider_sodium_expanded = {.size = sizeof(struct ikl_provider),
                                                          .name = "libsodium, AES keys expanded",
                                                          .cipher = find_no_cipher,
                                                          .prf = find_no_prf};
