/* SPDX-License-Identifier: ISC */
/* Run with valgrind: secrets count as undefined, so memcheck reports each branch and each address that depends on one.
 * Of every cipher and PRF here: keys, shared secrets and plaintext. What is public in the end is declared so: a message
 * that was sealed, and whether one could be opened. */
#include "support/providers.h"
#include "support/test.h"

#include <valgrind/memcheck.h>

enum { TEXT = 40, ROOM = 300 };

static void make_secret(void *octets, size_t len, uint8_t value)
{
    memset(octets, value, len);
    (void)VALGRIND_MAKE_MEM_UNDEFINED(octets, len);
}

static void make_public(void *octets, size_t len)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(octets, len);
}

static void expect(int result, int expected)
{
    make_public(&result, sizeof(result));
    assert_int_equal(result, expected);
}

/* A cipher that is `real_cipher`, but whose outcome and plaintext are public once it has opened a message: what is
 * inside may then decide what happens. */
static const struct ikl_cipher *real_cipher;

static int open_to_the_public(const void *state, const uint8_t *message, size_t aad_len, size_t text_len,
                              uint8_t *plaintext)
{
    int result = real_cipher->open(state, message, aad_len, text_len, plaintext);

    make_public(&result, sizeof(result));
    make_public(plaintext, text_len);
    return result;
}

static struct ikl_cipher that_opens_to_the_public(const struct ikl_cipher *cipher)
{
    struct ikl_cipher open = *cipher;

    real_cipher = cipher;
    open.open = open_to_the_public;
    return open;
}

static void seal_and_open(const struct test_cipher *of)
{
    uint8_t encr_key[IKL_MAX_ENCR_KEY], integ_key[IKL_MAX_INTEG_KEY], text[TEXT], iv[IKL_MAX_IV] = {7};
    uint8_t message[ROOM], plaintext[ROOM];
    const struct ikl_sealing what = {
        .header = {.spi_i = 1, .spi_r = 2, .exchange_type = IKL_INFORMATIONAL, .message_id = 3},
        .first_payload = IKL_PAYLOAD_NOTIFY,
        .plaintext = {text, TEXT},
        .iv = iv,
    };
    const struct ikl_cipher cipher = that_opens_to_the_public(of->cipher);
    struct test_state state;
    struct ikl_opened opened;
    size_t len;

    make_secret(encr_key, sizeof(encr_key), 0x5a);
    make_secret(integ_key, sizeof(integ_key), 0xa7);
    make_secret(text, sizeof(text), 0x33);
    expect(keyed_init(of->cipher, &state, encr_key, integ_key), IKL_OK);
    expect(ikl_message_seal(&cipher, &state, &what, message, sizeof(message), &len), IKL_OK);
    make_public(message, sizeof(message));
    assert_int_equal(ikl_message_open(&cipher, &state, message, len, plaintext, sizeof(plaintext), &opened), IKL_OK);
    message[len - 1] ^= 1;
    assert_int_equal(ikl_message_open(&cipher, &state, message, len, plaintext, sizeof(plaintext), &opened),
                     IKL_ERR_FORGED);
    make_public(&state, sizeof(state));
    test_state_clear(of->cipher, &state);
}

static void no_branch_of_a_cipher_depends_on_a_key_or_on_plaintext(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        VALGRIND_PRINTF("%s of %s\n", ciphers[i].suite, ciphers[i].provider->name);
        seal_and_open(&ciphers[i]);
    }
}

static void derive_all(const struct ikl_provider *provider, const char *name)
{
    uint8_t shared[32], seed[IKL_MAX_PRF], nonce[32] = {1}, keymat[100], zeros[IKL_MAX_ENCR_KEY] = {0};
    struct ikl_kdf_input input = {.size = sizeof(input),
                                  .shared_secret = {shared, sizeof(shared)},
                                  .ni = {nonce, sizeof(nonce)},
                                  .nr = {nonce, sizeof(nonce)},
                                  .spi_i = 1,
                                  .spi_r = 2};
    const struct ikl_prf *prf;
    struct ikl_suite suite;
    struct ikl_keys keys;
    int same;

    assert_int_equal(ikl_suite_parse(&suite, name), IKL_OK);
    if (provider->prf(suite.prf, &prf) != IKL_OK) {
        return;
    }
    VALGRIND_PRINTF("%s of %s\n", name, provider->name);
    make_secret(shared, sizeof(shared), 9);
    expect(ikl_skeyseed(prf, &input, seed), IKL_OK);
    expect(ikl_keys_derive(&keys, provider, &suite, (struct ikl_octets){seed, prf->len}, &input), IKL_OK);
    expect(ikl_child_keymat(prf, (struct ikl_octets){keys.sk_d, keys.prf_len}, &input, keymat, sizeof(keymat)), IKL_OK);
    expect(ikl_skeyseed_rekey(prf, (struct ikl_octets){keys.sk_d, keys.prf_len}, &input, seed), IKL_OK);
    same = ikl_equal(keys.sk_ei, zeros, keys.encr_key_len);
    expect(same, false);
    ikl_wipe(&keys, sizeof(keys));
}

static void no_branch_of_a_derivation_depends_on_a_secret(void **state)
{
    static const char *const suites[] = {"chacha20poly1305-prfsha256", "chacha20poly1305-prfsha512",
                                         "chacha20poly1305-prfsha1", "chacha20poly1305-prfsha384"};
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n = test_providers(providers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < sizeof(suites) / sizeof(suites[0]); j++) {
            derive_all(providers[i], suites[j]);
        }
    }
}

/* What must be noticed. */
static void betray(void **state)
{
    uint8_t key[IKL_MAX_ENCR_KEY], other[IKL_MAX_ENCR_KEY] = {0};

    (void)state;
    make_secret(key, sizeof(key), 0x5a);
    assert_true(memcmp(key, other, sizeof(key)) != 0);
}

/* With --betray the test must fail. */
int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_branch_of_a_cipher_depends_on_a_key_or_on_plaintext),
        cmocka_unit_test(no_branch_of_a_derivation_depends_on_a_secret),
    };
    const struct CMUnitTest traitors[] = {cmocka_unit_test(betray)};

    if (ikl_init() != IKL_OK) {
        return 1;
    }
    return argc == 2 && strcmp(argv[1], "--betray") == 0 ? cmocka_run_group_tests(traitors, NULL, NULL)
                                                         : cmocka_run_group_tests(tests, NULL, NULL);
}
