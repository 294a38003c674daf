/* SPDX-License-Identifier: ISC */
/* Keys that change while connecting, IntAuth, and keys from IKE_FOLLOWUP_KE are those of an independent derivation
 * (vectors/key_changes.py), whichever provider derives them. */
#include "support/test.h"

#include "support/hex.h"
#include "support/providers.h"

#include <stdio.h>

enum { LINE = 4096, OCTETS = 2000 };

/* The vectors of one suite, read line by line in their order. */
struct vectors {
    FILE *file;
    char line[LINE];
    uint8_t octets[OCTETS];
};

/* What a suite derives as its vectors go on. */
struct chain {
    const struct ikl_provider *provider;
    const struct ikl_prf *prf;
    struct ikl_suite suite;
    struct ikl_kdf_input input;
    struct ikl_keys keys;
    uint8_t ni[IKL_MAX_PRF], nr[IKL_MAX_PRF], secrets[3][32];
    uint8_t int_auth_i[IKL_MAX_PRF], int_auth_r[IKL_MAX_PRF];
};

/* The octets of the next line, which has this name. */
static struct ikl_octets next(struct vectors *vectors, const char *name)
{
    size_t len = strlen(name);

    assert_non_null(fgets(vectors->line, sizeof(vectors->line), vectors->file));
    vectors->line[strcspn(vectors->line, "\n")] = '\0';
    assert_memory_equal(vectors->line, name, len);
    len = hex_decode(vectors->octets, sizeof(vectors->octets), vectors->line + len);
    assert_int_not_equal(len, SIZE_MAX);
    return (struct ikl_octets){vectors->octets, len};
}

static void take(struct vectors *vectors, const char *name, uint8_t *out, struct ikl_octets *view)
{
    struct ikl_octets octets = next(vectors, name);

    memcpy(out, octets.data, octets.len);
    *view = (struct ikl_octets){out, octets.len};
}

static void assert_next(struct vectors *vectors, const char *name, const uint8_t *octets, size_t len)
{
    struct ikl_octets expected = next(vectors, name);

    assert_int_equal(expected.len, len);
    assert_memory_equal(expected.data, octets, len);
}

static void assert_keys(struct vectors *vectors, const struct ikl_keys *keys)
{
    struct ikl_octets expected = next(vectors, "keys");
    const struct ikl_octets parts[] = {
        {keys->sk_d, keys->prf_len},       {keys->sk_ai, keys->integ_key_len}, {keys->sk_ar, keys->integ_key_len},
        {keys->sk_ei, keys->encr_key_len}, {keys->sk_er, keys->encr_key_len},  {keys->sk_pi, keys->prf_len},
        {keys->sk_pr, keys->prf_len},
    };
    size_t at = 0;

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        assert_true(at + parts[i].len <= expected.len);
        assert_memory_equal(expected.data + at, parts[i].data, parts[i].len);
        at += parts[i].len;
    }
    assert_int_equal(at, expected.len);
}

static void begin(struct chain *chain, struct vectors *vectors)
{
    uint8_t skeyseed[IKL_MAX_PRF];
    struct ikl_octets spis;

    assert_int_equal(chain->provider->prf(chain->suite.prf, &chain->prf), IKL_OK);
    chain->input.size = sizeof(chain->input);
    take(vectors, "ni", chain->ni, &chain->input.ni);
    take(vectors, "nr", chain->nr, &chain->input.nr);
    spis = next(vectors, "spis");
    for (size_t i = 0; i < 8; i++) {
        chain->input.spi_i = chain->input.spi_i << 8 | spis.data[i];
        chain->input.spi_r = chain->input.spi_r << 8 | spis.data[8 + i];
    }
    take(vectors, "secret", chain->secrets[0], &chain->input.shared_secret);
    assert_int_equal(ikl_skeyseed(chain->prf, &chain->input, skeyseed), IKL_OK);
    assert_int_equal(ikl_keys_derive(&chain->keys, chain->provider, &chain->suite,
                                     (struct ikl_octets){skeyseed, chain->prf->len}, &chain->input),
                     IKL_OK);
    assert_keys(vectors, &chain->keys);
}

static void check_int_auth(struct chain *chain, struct vectors *vectors, uint32_t message_id)
{
    static uint8_t inner[OCTETS];
    struct ikl_int_auth message = {.size = sizeof(message),
                                   .header = {.spi_i = chain->input.spi_i,
                                              .spi_r = chain->input.spi_r,
                                              .exchange_type = IKL_IKE_INTERMEDIATE,
                                              .flags = IKL_FLAG_INITIATOR,
                                              .message_id = message_id}};
    size_t before = message_id > 1 ? chain->prf->len : 0;

    take(vectors, "inner", inner, &message.plaintext);
    message.first_payload = message.plaintext.len != 0 ? IKL_PAYLOAD_KE : IKL_PAYLOAD_NONE;
    message.previous = (struct ikl_octets){chain->int_auth_i, before};
    assert_int_equal(
        ikl_int_auth(chain->prf, (struct ikl_octets){chain->keys.sk_pi, chain->prf->len}, &message, chain->int_auth_i),
        IKL_OK);
    assert_next(vectors, "intauth_i", chain->int_auth_i, chain->prf->len);
    message.header.flags = IKL_FLAG_RESPONSE;
    message.previous = (struct ikl_octets){chain->int_auth_r, before};
    assert_int_equal(
        ikl_int_auth(chain->prf, (struct ikl_octets){chain->keys.sk_pr, chain->prf->len}, &message, chain->int_auth_r),
        IKL_OK);
    assert_next(vectors, "intauth_r", chain->int_auth_r, chain->prf->len);
}

static void check_followup(struct chain *chain, struct vectors *vectors)
{
    struct ikl_octets additional[] = {{chain->secrets[1], 32}, {chain->secrets[2], 32}};
    struct ikl_octets sk_d = {chain->keys.sk_d, chain->keys.prf_len};
    uint8_t skeyseed[IKL_MAX_PRF], keymat[100];

    chain->input.shared_secret = (struct ikl_octets){chain->secrets[0], 32};
    chain->input.additional = additional;
    chain->input.n_additional = COUNT_OF(additional);
    assert_int_equal(ikl_skeyseed_rekey(chain->prf, sk_d, &chain->input, skeyseed), IKL_OK);
    assert_next(vectors, "rekey", skeyseed, chain->prf->len);
    assert_int_equal(ikl_child_keymat(chain->prf, sk_d, &chain->input, keymat, sizeof(keymat)), IKL_OK);
    assert_next(vectors, "keymat", keymat, sizeof(keymat));
}

static void check_suite(struct chain *chain, struct vectors *vectors)
{
    begin(chain, vectors);
    for (uint32_t n = 1; n <= 2; n++) {
        check_int_auth(chain, vectors, n);
        take(vectors, "secret", chain->secrets[n], &chain->input.shared_secret);
        assert_int_equal(ikl_keys_change(&chain->keys, chain->provider, &chain->suite, &chain->input), IKL_OK);
        assert_keys(vectors, &chain->keys);
    }
    check_followup(chain, vectors);
}

/* Checks every suite that the provider has, and returns how many that are. */
static size_t check_provider(const struct ikl_provider *provider)
{
    struct vectors vectors = {.file = fopen(VECTORS "/key_changes.txt", "r")};
    size_t n_checked = 0;

    assert_non_null(vectors.file);
    while (fgets(vectors.line, sizeof(vectors.line), vectors.file) != NULL) {
        struct chain chain = {.provider = provider};
        const struct ikl_cipher *cipher;

        vectors.line[strcspn(vectors.line, "\n")] = '\0';
        if (strncmp(vectors.line, "suite ", 6) != 0) {
            continue;
        }
        assert_int_equal(ikl_suite_parse(&chain.suite, vectors.line + 6), IKL_OK);
        if (provider->cipher(&chain.suite, &cipher) == IKL_OK) {
            check_suite(&chain, &vectors);
            n_checked++;
        }
    }
    fclose(vectors.file);
    return n_checked;
}

static void keys_that_change_while_connecting_are_those_of_an_independent_derivation(void **state)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n = test_providers(providers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_in_range(check_provider(providers[i]), 1, 3);
    }
}

static const uint8_t zeros[IKL_MAX_BODY + 1];
static const struct ikl_octets one_secret = {zeros, 32};

static struct ikl_kdf_input plain_input(void)
{
    return (struct ikl_kdf_input){
        .size = sizeof(struct ikl_kdf_input), .ni = {zeros, 32}, .nr = {zeros, 32}, .shared_secret = {zeros, 32}};
}

static struct ikl_suite parsed(const char *name)
{
    struct ikl_suite suite;

    assert_int_equal(ikl_suite_parse(&suite, name), IKL_OK);
    return suite;
}

static struct ikl_keys some_keys(const struct ikl_suite *suite)
{
    struct ikl_kdf_input input = plain_input();
    struct ikl_keys keys;

    assert_int_equal(ikl_keys_derive(&keys, test_provider, suite, one_secret, &input), IKL_OK);
    return keys;
}

/* What ikl_keys_change answers, having left the keys as they were. */
static int refused(const struct ikl_provider *provider, struct ikl_keys keys, const struct ikl_suite *suite,
                   const struct ikl_kdf_input *input)
{
    struct ikl_keys before = keys;
    int result = ikl_keys_change(&keys, provider, suite, input);

    assert_memory_equal(&keys, &before, sizeof(keys));
    return result;
}

static void keys_that_cannot_change_are_as_before(void **state)
{
    const struct ikl_suite suite = parsed("chacha20poly1305-prfsha256"), longer = parsed("chacha20poly1305-prfsha512");
    struct ikl_suite none = suite, no_cipher = suite;
    struct ikl_keys keys = some_keys(&suite);
    struct ikl_kdf_input input = plain_input();

    (void)state;
    none.prf = 4711;
    no_cipher.encr = 4711;
    assert_int_equal(refused(test_provider, keys, &none, &input), IKL_ERR_UNSUPPORTED);
    assert_int_equal(refused(test_provider, keys, &no_cipher, &input), IKL_ERR_UNSUPPORTED);
    assert_int_equal(refused(test_provider, keys, &longer, &input), IKL_ERR_INVALID);
    input.shared_secret.len = 0;
    assert_int_equal(refused(test_provider, keys, &suite, &input), IKL_ERR_INVALID);
    input = plain_input();
    input.ni.len = 15;
    assert_int_equal(refused(test_provider, keys, &suite, &input), IKL_ERR_INVALID);
    input = plain_input();
    input.size = 1;
    assert_int_equal(refused(test_provider, keys, &suite, &input), IKL_ERR_INVALID);
    input = plain_input();
    keys.encr_key_len--;
    assert_int_equal(refused(test_provider, keys, &suite, &input), IKL_ERR_INVALID);
    keys = some_keys(&suite);
    keys.integ_key_len++;
    assert_int_equal(refused(test_provider, keys, &suite, &input), IKL_ERR_INVALID);
}

static void a_change_of_keys_reads_no_additional_secrets(void **state)
{
    const struct ikl_suite suite = parsed("chacha20poly1305-prfsha256");
    struct ikl_keys keys = some_keys(&suite), other = keys;
    struct ikl_kdf_input input = plain_input();

    (void)state;
    assert_int_equal(ikl_keys_change(&keys, test_provider, &suite, &input), IKL_OK);
    input.additional = &one_secret;
    input.n_additional = 1;
    assert_int_equal(ikl_keys_change(&other, test_provider, &suite, &input), IKL_OK);
    assert_memory_equal(&keys, &other, sizeof(keys));
}

/* What both functions that take additional secrets answer. */
static void assert_both_answer(const struct ikl_kdf_input *input, int answer)
{
    const struct ikl_prf *prf;
    uint8_t out[IKL_MAX_PRF];

    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_256, &prf), IKL_OK);
    assert_int_equal(ikl_skeyseed_rekey(prf, one_secret, input, out), answer);
    assert_int_equal(ikl_child_keymat(prf, one_secret, input, out, 40), answer);
}

static void there_are_at_most_seven_additional_secrets_and_none_is_empty(void **state)
{
    struct ikl_octets secrets[IKL_MAX_ADDITIONAL + 1];
    struct ikl_kdf_input input = plain_input();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        secrets[i] = one_secret;
    }
    input.n_additional = 1;
    assert_both_answer(&input, IKL_ERR_INVALID);
    input.additional = secrets;
    input.n_additional = 7;
    assert_both_answer(&input, IKL_OK);
    input.n_additional = 8;
    assert_both_answer(&input, IKL_ERR_INVALID);
    input.n_additional = 7;
    for (size_t i = 0; i < IKL_MAX_ADDITIONAL; i++) {
        secrets[i].len = 0;
        assert_both_answer(&input, IKL_ERR_INVALID);
        secrets[i].len = one_secret.len;
    }
    secrets[0].len = 0;
    input.size = offsetof(struct ikl_kdf_input, additional); /* from before there was the field */
    assert_both_answer(&input, IKL_OK);
}

static void rfc_9242_the_lengths_in_intauth_count_no_protection(void **state)
{
    static const uint8_t expected[IKL_INT_AUTH_HEADERS] = {0,  0,    0,  0,    0, 0, 0, 1, 0, 0, 0, 0,   0,  0, 0, 2,
                                                           46, 0x20, 43, 0x28, 0, 0, 0, 3, 0, 0, 4, 212, 34, 0, 4, 184};
    static const uint8_t unusual[] = {0x27, 43, 0xff};
    struct ikl_int_auth message = {.size = sizeof(message),
                                   .header = {.spi_i = 1,
                                              .spi_r = 2,
                                              .next_payload = IKL_PAYLOAD_SKF,
                                              .exchange_type = IKL_IKE_INTERMEDIATE,
                                              .flags = IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE,
                                              .message_id = 3,
                                              .length = 99},
                                   .first_payload = IKL_PAYLOAD_KE,
                                   .plaintext = {zeros, 1204}};
    uint8_t out[IKL_INT_AUTH_HEADERS];

    (void)state;
    assert_int_equal(ikl_int_auth_headers(&message, out), IKL_OK);
    assert_memory_equal(out, expected, sizeof(out));
    /* what nobody sends today goes in as it came */
    message.header.minor = 7;
    message.header.flags = 0xff;
    message.reserved = 0x81;
    message.unprotected = (struct ikl_octets){zeros, 12};
    assert_int_equal(ikl_int_auth_headers(&message, out), IKL_OK);
    assert_int_equal(out[16], IKL_PAYLOAD_SKF);
    assert_memory_equal(out + 17, unusual, sizeof(unusual));
    assert_int_equal(out[27], 212 + 12);
    assert_int_equal(out[29], 0x81);
    assert_int_equal(out[31], 184);
}

static int failing_compute(const struct ikl_prf_input *input, uint8_t *out)
{
    (void)input;
    memset(out, 0xee, 16);
    return IKL_ERR_CRYPTO;
}

static void intauth_is_refused_or_wiped_when_it_cannot_be_made(void **state)
{
    static const struct ikl_prf failing = {
        .size = sizeof(failing), .name = "failing", .len = 16, .compute = failing_compute};
    static const struct ikl_prf wrong = {.size = sizeof(wrong), .name = "wrong", .compute = failing_compute};
    struct ikl_int_auth message = {.size = sizeof(message), .plaintext = {zeros, IKL_MAX_BODY}};
    uint8_t out[IKL_INT_AUTH_HEADERS];

    (void)state;
    assert_int_equal(ikl_int_auth_headers(&message, out), IKL_OK);
    memset(out, 0xee, sizeof(out));
    assert_int_equal(ikl_int_auth(&wrong, one_secret, &message, out), IKL_ERR_INVALID);
    assert_int_equal(ikl_int_auth(&failing, (struct ikl_octets){zeros, 0}, &message, out), IKL_ERR_INVALID);
    assert_int_equal(ikl_int_auth(&failing, (struct ikl_octets){zeros, IKL_MAX_PRF + 1}, &message, out),
                     IKL_ERR_INVALID);
    assert_int_equal(out[0], 0xee);
    assert_int_equal(ikl_int_auth(&failing, one_secret, &message, out), IKL_ERR_CRYPTO);
    assert_memory_equal(out, zeros, 16);
    assert_int_equal(out[16], 0xee);
    message.plaintext.len++;
    assert_int_equal(ikl_int_auth_headers(&message, out), IKL_ERR_INVALID);
    assert_int_equal(ikl_int_auth(&failing, one_secret, &message, out), IKL_ERR_INVALID);
    message.plaintext.len = 0;
    message.unprotected = (struct ikl_octets){zeros, IKL_MAX_BODY};
    assert_int_equal(ikl_int_auth_headers(&message, out), IKL_OK);
    message.unprotected.len++;
    assert_int_equal(ikl_int_auth_headers(&message, out), IKL_ERR_INVALID);
    message.unprotected.len = 0;
    message.size = 0;
    assert_int_equal(ikl_int_auth_headers(&message, out), IKL_ERR_INVALID);
    assert_int_equal(ikl_int_auth(&failing, one_secret, &message, out), IKL_ERR_INVALID);
}

TESTS_OF(crypto_key_changes)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_change_while_connecting_are_those_of_an_independent_derivation),
        cmocka_unit_test(keys_that_cannot_change_are_as_before),
        cmocka_unit_test(a_change_of_keys_reads_no_additional_secrets),
        cmocka_unit_test(there_are_at_most_seven_additional_secrets_and_none_is_empty),
        cmocka_unit_test(rfc_9242_the_lengths_in_intauth_count_no_protection),
        cmocka_unit_test(intauth_is_refused_or_wiped_when_it_cannot_be_made),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
