/* SPDX-License-Identifier: ISC */
/* Key derivation keeps the promises of its header, watched through a PRF that writes down what it is asked. */
#include "support/test.h"

#include "support/providers.h"
#include "support/toy_cipher.h"

#include <ikelive/crypto.h>

enum { SPY_LEN = 20, LOG_SIZE = 65536 };

/* What the spying PRF was asked: for each call the key, '|', the parts joined, ';'. */
static struct {
    uint8_t log[LOG_SIZE];
    size_t len;
    size_t calls;
    size_t fail_at; /* which call fails, from 1; 0: none */
} spy;

static void note(const uint8_t *data, size_t len)
{
    assert_true(spy.len + len <= sizeof(spy.log));
    if (len != 0) {
        memcpy(spy.log + spy.len, data, len);
    }
    spy.len += len;
}

/* The output of call n is n, n, n, ... */
static int spy_compute(const struct ikl_prf_input *input, uint8_t *out)
{
    assert_int_equal(input->size, sizeof(*input));
    note(input->key, input->key_len);
    note((const uint8_t *)"|", 1);
    for (size_t i = 0; i < input->n_parts; i++) {
        note(input->parts[i].data, input->parts[i].len);
    }
    note((const uint8_t *)";", 1);
    memset(out, (int)++spy.calls, SPY_LEN);
    return spy.calls == spy.fail_at ? IKL_ERR_CRYPTO : IKL_OK;
}

static const struct ikl_prf spy_prf = {.size = sizeof(spy_prf), .name = "spy", .len = SPY_LEN, .compute = spy_compute};

/* One that RFC 7296 §2.14 treats as AES-XCBC and AES-CMAC. */
static const struct ikl_prf short_prf = {
    .size = sizeof(short_prf), .name = "short", .len = SPY_LEN, .compute = spy_compute, .nonce_len = 8};

static int spy_find_prf(uint16_t id, const struct ikl_prf **out)
{
    if (id != IKL_PRF_HMAC_SHA2_256) {
        return IKL_ERR_UNSUPPORTED;
    }
    *out = &spy_prf;
    return IKL_OK;
}

static int toy_find_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    return toy_provider.cipher(suite, out);
}

static const struct ikl_provider spy_provider = {
    .size = sizeof(spy_provider), .name = "spy", .cipher = toy_find_cipher, .prf = spy_find_prf};

static const struct ikl_suite toy_suite = {IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_256_128, IKL_PRF_HMAC_SHA2_256};

static int reset_spy(void **state)
{
    (void)state;
    memset(&spy, 0, sizeof(spy));
    return 0;
}

static struct ikl_octets text(const char *string)
{
    return (struct ikl_octets){(const uint8_t *)string, strlen(string)};
}

/* The log is the text, in which "\N" in octal stands for an octet; `len` because there may be zeros. */
static void assert_asked(const char *expected, size_t len)
{
    assert_int_equal(spy.len, len);
    assert_memory_equal(spy.log, expected, len);
}

static void assert_all(const uint8_t *data, size_t len, uint8_t value)
{
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(data[i], value);
    }
}

#define NI "ni-0123456789abcdef"
#define NR "nr-fedcba9876543210fedcba"

static const struct ikl_kdf_input with_secret = {
    .size = sizeof(with_secret),
    .ni = {(const uint8_t *)NI, sizeof(NI) - 1},
    .nr = {(const uint8_t *)NR, sizeof(NR) - 1},
    .shared_secret = {(const uint8_t *)"secret", 6},
    .spi_i = UINT64_C(0x3132333435363738),
    .spi_r = UINT64_C(0x4142434445464748),
};
static const struct ikl_kdf_input without_secret = {
    .size = sizeof(without_secret),
    .ni = {(const uint8_t *)NI, sizeof(NI) - 1},
    .nr = {(const uint8_t *)NR, sizeof(NR) - 1},
    .spi_i = UINT64_C(0x3132333435363738),
    .spi_r = UINT64_C(0x4142434445464748),
};

#define T1 "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"
#define T2 "\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2"
#define ASSERT_ASKED(expected) assert_asked(expected, sizeof(expected) - 1)

static void rfc_43_prf_plus_feeds_each_block_and_its_number_into_the_next(void **state)
{
    const struct ikl_octets seed[] = {text("one"), text(""), text("two")};
    uint8_t out[2 * SPY_LEN + 5 + 1];

    (void)state;
    memset(out, 0xee, sizeof(out));
    assert_int_equal(keyed_prf_plus(&spy_prf, (const uint8_t *)"key", 3, seed, 3, out, sizeof(out) - 1), IKL_OK);
    ASSERT_ASKED("key|onetwo\1;"
                 "key|" T1 "onetwo\2;"
                 "key|" T2 "onetwo\3;");
    assert_all(out, SPY_LEN, 1);
    assert_all(out + SPY_LEN, SPY_LEN, 2);
    assert_all(out + 2 * SPY_LEN, 5, 3);
    assert_int_equal(out[2 * SPY_LEN + 5], 0xee);
}

static void check_prefixes(const struct ikl_prf *prf)
{
    const struct ikl_octets seed[] = {text("a"), text("b"), text("c"), text("d"), text("e"), text("f")};
    uint8_t longest[200];

    assert_int_equal(keyed_prf_plus(prf, (const uint8_t *)"k", 1, seed, 6, longest, sizeof(longest)), IKL_OK);
    for (size_t len = 0; len <= sizeof(longest); len++) {
        uint8_t out[sizeof(longest) + 1];

        memset(out, 0xee, sizeof(out));
        assert_int_equal(keyed_prf_plus(prf, (const uint8_t *)"k", 1, seed, 6, out, len), IKL_OK);
        assert_memory_equal(out, longest, len);
        assert_all(out + len, sizeof(out) - len, 0xee);
    }
}

static void prf_plus_gives_every_length_as_a_prefix_of_the_longer_ones(void **state)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n_providers = test_providers(providers);

    (void)state;
    for (size_t i = 0; i < n_providers; i++) {
        for (uint16_t id = IKL_PRF_HMAC_SHA2_256; id <= IKL_PRF_HMAC_SHA2_512; id++) {
            const struct ikl_prf *prf;

            if (providers[i]->prf(id, &prf) == IKL_OK) {
                check_prefixes(prf);
            }
        }
    }
}

static void prf_plus_ends_after_255_blocks(void **state)
{
    static uint8_t out[255 * SPY_LEN + 1];

    (void)state;
    memset(out, 0xee, sizeof(out));
    assert_int_equal(keyed_prf_plus(&spy_prf, (const uint8_t *)"k", 1, NULL, 0, out, sizeof(out)), IKL_ERR_INVALID);
    assert_all(out, sizeof(out), 0xee);
    assert_int_equal(spy.calls, 0);
    assert_int_equal(keyed_prf_plus(&spy_prf, (const uint8_t *)"k", 1, NULL, 0, out, sizeof(out) - 1), IKL_OK);
    assert_int_equal(spy.calls, 255);
    assert_all(out + 254 * SPY_LEN, SPY_LEN, 255);
    assert_memory_equal(spy.log + spy.len - 2, "\377;", 2);
    assert_int_equal(out[sizeof(out) - 1], 0xee);
}

static void prf_plus_refuses_what_it_has_no_room_for(void **state)
{
    const struct ikl_prf too_long = {
        .size = sizeof(too_long), .name = "long", .len = IKL_MAX_PRF + 1, .compute = spy_compute};
    const struct ikl_prf nothing = {.size = sizeof(nothing), .name = "nothing", .len = 0, .compute = spy_compute};
    const struct ikl_octets seed[7] = {{NULL, 0}};
    uint8_t out[4];

    (void)state;
    memset(out, 0xee, sizeof(out));
    assert_int_equal(keyed_prf_plus(&spy_prf, (const uint8_t *)"k", 1, seed, 7, out, 4), IKL_ERR_INVALID);
    assert_int_equal(keyed_prf_plus(&spy_prf, (const uint8_t *)"k", 1, seed, SIZE_MAX, out, 4), IKL_ERR_INVALID);
    assert_int_equal(keyed_prf_plus(&too_long, (const uint8_t *)"k", 1, seed, 1, out, 4), IKL_ERR_INVALID);
    assert_int_equal(keyed_prf_plus(&nothing, (const uint8_t *)"k", 1, seed, 1, out, 4), IKL_ERR_INVALID);
    assert_int_equal(keyed_prf_plus(&spy_prf, (const uint8_t *)"k", 1, seed, 1, out, SIZE_MAX), IKL_ERR_INVALID);
    assert_int_equal(spy.calls, 0);
    assert_all(out, sizeof(out), 0xee);
}

static void prf_plus_takes_an_input_of_a_newer_program_and_none_whose_size_is_none(void **state)
{
    struct {
        struct ikl_prf_input input;
        uint64_t newer;
    } given = {.input = {.size = sizeof(given), .key = (const uint8_t *)"k", .key_len = 1}};
    uint8_t out[4];

    (void)state;
    assert_int_equal(ikl_prf_plus(&spy_prf, &given.input, out, sizeof(out)), IKL_OK);
    given.newer = 1;
    assert_int_equal(ikl_prf_plus(&spy_prf, &given.input, out, sizeof(out)), IKL_ERR_INVALID);
    given.input.size = 0;
    assert_int_equal(ikl_prf_plus(&spy_prf, &given.input, out, sizeof(out)), IKL_ERR_INVALID);
}

static void prf_plus_wipes_what_it_wrote_when_the_prf_fails(void **state)
{
    uint8_t out[2 * SPY_LEN + 5];

    for (size_t call = 1; call <= 3; call++) {
        reset_spy(state);
        spy.fail_at = call;
        memset(out, 0xee, sizeof(out));
        assert_int_equal(keyed_prf_plus(&spy_prf, (const uint8_t *)"k", 1, NULL, 0, out, sizeof(out)), IKL_ERR_CRYPTO);
        assert_all(out, sizeof(out), 0);
    }
}

static void rfc_43_skeyseed_is_keyed_by_both_nonces(void **state)
{
    uint8_t out[SPY_LEN];

    (void)state;
    assert_int_equal(ikl_skeyseed(&spy_prf, &with_secret, out), IKL_OK);
    ASSERT_ASKED(NI NR "|secret;");
    assert_all(out, sizeof(out), 1);
}

static void rfc_43_skeyseed_is_keyed_by_64_bits_of_each_nonce_where_the_prf_says_so(void **state)
{
    struct ikl_prf changed = short_prf;
    uint8_t out[SPY_LEN];

    (void)state;
    assert_int_equal(ikl_skeyseed(&short_prf, &with_secret, out), IKL_OK);
    changed.nonce_len = 1000; /* more than there is */
    assert_int_equal(ikl_skeyseed(&changed, &with_secret, out), IKL_OK);
    changed.nonce_len = 8;
    changed.size = offsetof(struct ikl_prf, nonce_len); /* from before there was the field */
    assert_int_equal(ikl_skeyseed(&changed, &with_secret, out), IKL_OK);
    assert_int_equal(ikl_skeyseed_rekey(&short_prf, text("old sk_d"), &with_secret, out), IKL_OK);
    ASSERT_ASKED("ni-01234nr-fedcb|secret;" NI NR "|secret;" NI NR "|secret;"
                 "old sk_d|secret" NI NR ";");
}

static void rfc_43_a_rekeyed_ike_sa_derives_from_sk_d(void **state)
{
    uint8_t out[SPY_LEN];

    (void)state;
    assert_int_equal(ikl_skeyseed_rekey(&spy_prf, text("old sk_d"), &with_secret, out), IKL_OK);
    ASSERT_ASKED("old sk_d|secret" NI NR ";");
    assert_all(out, sizeof(out), 1);
}

static void rfc_43_child_keymat_has_the_shared_secret_first_if_there_is_one(void **state)
{
    uint8_t out[SPY_LEN + 1];

    assert_int_equal(ikl_child_keymat(&spy_prf, text("sk_d"), &with_secret, out, sizeof(out)), IKL_OK);
    ASSERT_ASKED("sk_d|secret" NI NR "\1;"
                 "sk_d|" T1 "secret" NI NR "\2;");
    reset_spy(state);
    assert_int_equal(ikl_child_keymat(&spy_prf, text("sk_d"), &without_secret, out, SPY_LEN), IKL_OK);
    ASSERT_ASKED("sk_d|" NI NR "\1;");
}

static int derive(struct ikl_keys *keys, struct ikl_octets skeyseed)
{
    return ikl_keys_derive(keys, &spy_provider, &toy_suite, skeyseed, &without_secret);
}

static void rfc_43_keys_are_taken_in_the_order_d_ai_ar_ei_er_pi_pr(void **state)
{
    static const char first[] = "seed|" NI NR "12345678ABCDEFGH\1;seed|" T1 NI NR "12345678ABCDEFGH\2;";
    struct ikl_keys keys;
    uint8_t expected[3 * SPY_LEN + 2 * TOY_INTEG_KEY_LEN + 2 * TOY_ENCR_KEY_LEN];
    const uint8_t *at = expected;
    const struct {
        const uint8_t *key;
        size_t len, room;
    } order[] = {
        {keys.sk_d, SPY_LEN, sizeof(keys.sk_d)},
        {keys.sk_ai, TOY_INTEG_KEY_LEN, sizeof(keys.sk_ai)},
        {keys.sk_ar, TOY_INTEG_KEY_LEN, sizeof(keys.sk_ar)},
        {keys.sk_ei, TOY_ENCR_KEY_LEN, sizeof(keys.sk_ei)},
        {keys.sk_er, TOY_ENCR_KEY_LEN, sizeof(keys.sk_er)},
        {keys.sk_pi, SPY_LEN, sizeof(keys.sk_pi)},
        {keys.sk_pr, SPY_LEN, sizeof(keys.sk_pr)},
    };

    (void)state;
    memset(&keys, 0xee, sizeof(keys));
    assert_int_equal(derive(&keys, text("seed")), IKL_OK);
    assert_true(spy.len > sizeof(first) - 1);
    assert_memory_equal(spy.log, first, sizeof(first) - 1);
    assert_int_equal(keys.prf_len, SPY_LEN);
    assert_int_equal(keys.integ_key_len, TOY_INTEG_KEY_LEN);
    assert_int_equal(keys.encr_key_len, TOY_ENCR_KEY_LEN);
    for (size_t i = 0; i < sizeof(expected); i++) {
        expected[i] = (uint8_t)(1 + i / SPY_LEN);
    }
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        assert_memory_equal(order[i].key, at, order[i].len);
        assert_all(order[i].key + order[i].len, order[i].room - order[i].len, 0);
        at += order[i].len;
    }
}

static int derive_with(struct ikl_keys *keys, const struct test_cipher *with)
{
    struct ikl_suite suite;

    memset(keys, 0xee, sizeof(*keys));
    assert_int_equal(ikl_suite_parse(&suite, with->suite), IKL_OK);
    return ikl_keys_derive(keys, with->provider, &suite, text("skeyseed"), &without_secret);
}

static void keys_are_as_long_as_the_cipher_says_so_an_aead_has_no_integrity_keys(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const struct ikl_cipher *cipher = ciphers[i].cipher;
        struct ikl_keys keys;

        assert_int_equal(derive_with(&keys, &ciphers[i]), IKL_OK);
        assert_int_equal(keys.integ_key_len, cipher->integ_key_len);
        assert_int_equal(keys.encr_key_len, cipher->encr_key_len);
        assert_all(keys.sk_ai + cipher->integ_key_len, sizeof(keys.sk_ai) - cipher->integ_key_len, 0);
        assert_all(keys.sk_ar + cipher->integ_key_len, sizeof(keys.sk_ar) - cipher->integ_key_len, 0);
        assert_all(keys.sk_er + cipher->encr_key_len, sizeof(keys.sk_er) - cipher->encr_key_len, 0);
        assert_memory_not_equal(keys.sk_ei, keys.sk_er, cipher->encr_key_len);
    }
}

static void providers_that_share_a_suite_derive_the_same_keys(void **state)
{
    struct test_cipher ciphers[TEST_MAX_CIPHERS];
    size_t n = test_ciphers(ciphers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            struct ikl_keys keys[2];

            if (strcmp(ciphers[i].suite, ciphers[j].suite) == 0) {
                assert_int_equal(derive_with(&keys[0], &ciphers[i]), IKL_OK);
                assert_int_equal(derive_with(&keys[1], &ciphers[j]), IKL_OK);
                assert_memory_equal(&keys[0], &keys[1], sizeof(keys[0]));
            }
        }
    }
}

static int big_cipher_answer;
static struct ikl_cipher big_cipher;
static struct ikl_prf big_prf;

static int big_find_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    (void)suite;
    *out = &big_cipher;
    return big_cipher_answer;
}

static int big_find_prf(uint16_t id, const struct ikl_prf **out)
{
    (void)id;
    *out = &big_prf;
    return IKL_OK;
}

static const struct ikl_provider big_provider = {
    .size = sizeof(big_provider), .name = "big", .cipher = big_find_cipher, .prf = big_find_prf};

static int derive_big(struct ikl_keys *keys)
{
    memset(keys, 0xee, sizeof(*keys));
    return ikl_keys_derive(keys, &big_provider, &toy_suite, text("seed"), &without_secret);
}

static void the_upper_bounds_hold_for_every_provider(void **state)
{
    const struct ikl_prf *sha512;
    struct ikl_keys keys;

    (void)state;
    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_512, &sha512), IKL_OK);
    big_cipher = toy_cipher;
    big_cipher.encr_key_len = IKL_MAX_ENCR_KEY;
    big_cipher.integ_key_len = IKL_MAX_INTEG_KEY;
    big_prf = *sha512;
    big_cipher_answer = IKL_OK;
    assert_int_equal(derive_big(&keys), IKL_OK);

    big_cipher.encr_key_len = IKL_MAX_ENCR_KEY + 1;
    assert_int_equal(derive_big(&keys), IKL_ERR_INVALID);
    assert_all((const uint8_t *)&keys, sizeof(keys), 0);
    big_cipher = toy_cipher;
    big_cipher.encr_key_len = IKL_MAX_ENCR_KEY;
    big_cipher.integ_key_len = IKL_MAX_INTEG_KEY;
    big_cipher.integ_key_len = IKL_MAX_INTEG_KEY + 1;
    assert_int_equal(derive_big(&keys), IKL_ERR_INVALID);
    assert_all((const uint8_t *)&keys, sizeof(keys), 0);
    big_cipher = toy_cipher;
    big_cipher.encr_key_len = IKL_MAX_ENCR_KEY;
    big_cipher.integ_key_len = IKL_MAX_INTEG_KEY;
    big_prf.len = IKL_MAX_PRF + 1;
    assert_int_equal(derive_big(&keys), IKL_ERR_INVALID);
    assert_all((const uint8_t *)&keys, sizeof(keys), 0);
    big_prf = *sha512;
    big_cipher_answer = IKL_ERR_NO_AES;
    assert_int_equal(derive_big(&keys), IKL_ERR_NO_AES);
    assert_all((const uint8_t *)&keys, sizeof(keys), 0);
}

static void a_skeyseed_may_be_as_long_as_the_longest_prf_and_no_longer(void **state)
{
    static const uint8_t longest[IKL_MAX_PRF];
    const struct ikl_octets sk_d = {longest, sizeof(longest)};
    const struct ikl_prf *sha512;
    uint8_t out[IKL_MAX_PRF + 1], before[sizeof(out)];

    (void)state;
    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_512, &sha512), IKL_OK);
    big_prf = *sha512;
    assert_int_equal(big_prf.len, IKL_MAX_PRF);
    assert_int_equal(ikl_skeyseed(&big_prf, &with_secret, out), IKL_OK);
    assert_int_equal(ikl_skeyseed_rekey(&big_prf, sk_d, &with_secret, out), IKL_OK);
    memset(out, 0xee, sizeof(out));
    memset(before, 0xee, sizeof(before));
    big_prf.len++;
    assert_int_equal(ikl_skeyseed(&big_prf, &with_secret, out), IKL_ERR_INVALID);
    assert_int_equal(ikl_skeyseed_rekey(&big_prf, sk_d, &with_secret, out), IKL_ERR_INVALID);
    assert_memory_equal(out, before, sizeof(out));
}

static void keys_are_wiped_when_deriving_them_fails(void **state)
{
    struct ikl_suite other_prf = toy_suite;
    struct ikl_suite other_cipher = toy_suite;
    struct ikl_keys keys;

    (void)state;
    for (size_t call = 1; call <= 9; call++) {
        reset_spy(state);
        spy.fail_at = call;
        memset(&keys, 0xee, sizeof(keys));
        assert_int_equal(derive(&keys, text("seed")), IKL_ERR_CRYPTO);
        assert_all((const uint8_t *)&keys, sizeof(keys), 0);
    }
    other_prf.prf = IKL_PRF_HMAC_SHA2_384;
    other_cipher.encr = 11;
    memset(&keys, 0xee, sizeof(keys));
    assert_int_equal(ikl_keys_derive(&keys, &spy_provider, &other_prf, text("seed"), &without_secret),
                     IKL_ERR_UNSUPPORTED);
    assert_all((const uint8_t *)&keys, sizeof(keys), 0);
    memset(&keys, 0xee, sizeof(keys));
    assert_int_equal(ikl_keys_derive(&keys, &spy_provider, &other_cipher, text("seed"), &without_secret),
                     IKL_ERR_UNSUPPORTED);
    assert_all((const uint8_t *)&keys, sizeof(keys), 0);
}

static void a_seed_that_is_empty_or_too_long_for_any_prf_is_refused(void **state)
{
    static const uint8_t zeros[IKL_MAX_PRF + 1];
    struct ikl_keys keys;
    uint8_t out[SPY_LEN];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ikl_octets seed = {i == 0 ? NULL : zeros, i == 0 ? 0 : sizeof(zeros)};

        memset(&keys, 0xee, sizeof(keys));
        assert_int_equal(derive(&keys, seed), IKL_ERR_INVALID);
        assert_all((const uint8_t *)&keys, sizeof(keys), 0);
        assert_int_equal(ikl_skeyseed_rekey(&spy_prf, seed, &with_secret, out), IKL_ERR_INVALID);
        assert_int_equal(ikl_child_keymat(&spy_prf, seed, &without_secret, out, 4), IKL_ERR_INVALID);
    }
    assert_int_equal(ikl_skeyseed(&spy_prf, &without_secret, out), IKL_ERR_INVALID);
    assert_int_equal(ikl_skeyseed_rekey(&spy_prf, text("sk_d"), &without_secret, out), IKL_ERR_INVALID);
    assert_int_equal(spy.calls, 0);
    assert_int_equal(derive(&keys, (struct ikl_octets){zeros, IKL_MAX_PRF}), IKL_OK);
}

/* What all four functions answer to an input. */
static void assert_all_answer(const struct ikl_kdf_input *input, int answer)
{
    struct ikl_keys keys;
    uint8_t out[SPY_LEN];

    assert_int_equal(ikl_skeyseed(&spy_prf, input, out), answer);
    assert_int_equal(ikl_skeyseed_rekey(&spy_prf, text("sk_d"), input, out), answer);
    assert_int_equal(ikl_child_keymat(&spy_prf, text("sk_d"), input, out, 4), answer);
    assert_int_equal(ikl_keys_derive(&keys, &spy_provider, &toy_suite, text("seed"), input), answer);
}

static void rfc_27_nonces_have_16_to_256_octets(void **state)
{
    static const uint8_t zeros[257];
    static const struct {
        size_t ni, nr;
        int answer;
    } cases[] = {
        {16, 256, IKL_OK},          {256, 16, IKL_OK},         {256, 256, IKL_OK},
        {15, 32, IKL_ERR_INVALID},  {32, 15, IKL_ERR_INVALID}, {257, 32, IKL_ERR_INVALID},
        {32, 257, IKL_ERR_INVALID}, {0, 32, IKL_ERR_INVALID},  {32, SIZE_MAX, IKL_ERR_INVALID},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ikl_kdf_input input = with_secret;

        reset_spy(state);
        input.ni = (struct ikl_octets){zeros, cases[i].ni};
        input.nr = (struct ikl_octets){zeros, cases[i].nr};
        assert_all_answer(&input, cases[i].answer);
    }
}

static void a_skeyseed_is_wiped_when_the_prf_fails(void **state)
{
    uint8_t out[SPY_LEN];

    (void)state;
    spy.fail_at = 1;
    memset(out, 0xee, sizeof(out));
    assert_int_equal(ikl_skeyseed(&spy_prf, &with_secret, out), IKL_ERR_CRYPTO);
    assert_all(out, sizeof(out), 0);
    spy.fail_at = 2;
    memset(out, 0xee, sizeof(out));
    assert_int_equal(ikl_skeyseed_rekey(&spy_prf, text("sk_d"), &with_secret, out), IKL_ERR_CRYPTO);
    assert_all(out, sizeof(out), 0);
}

static void keys_are_derived_from_the_input_of_a_newer_program_but_from_none_of_a_wrong_size(void **state)
{
    struct {
        struct ikl_kdf_input input;
        uint64_t newer;
    } given = {.input = with_secret};

    (void)state;
    given.input.size = sizeof(given);
    assert_all_answer(&given.input, IKL_OK);
    given.newer = 1;
    assert_all_answer(&given.input, IKL_ERR_INVALID);
    given.input.size = 0;
    assert_all_answer(&given.input, IKL_ERR_INVALID);
}

TESTS_OF(crypto_kdf)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(rfc_43_prf_plus_feeds_each_block_and_its_number_into_the_next, reset_spy),
        cmocka_unit_test_setup(prf_plus_gives_every_length_as_a_prefix_of_the_longer_ones, reset_spy),
        cmocka_unit_test_setup(prf_plus_ends_after_255_blocks, reset_spy),
        cmocka_unit_test_setup(prf_plus_refuses_what_it_has_no_room_for, reset_spy),
        cmocka_unit_test_setup(prf_plus_takes_an_input_of_a_newer_program_and_none_whose_size_is_none, reset_spy),
        cmocka_unit_test_setup(prf_plus_wipes_what_it_wrote_when_the_prf_fails, reset_spy),
        cmocka_unit_test_setup(rfc_43_skeyseed_is_keyed_by_both_nonces, reset_spy),
        cmocka_unit_test_setup(rfc_43_skeyseed_is_keyed_by_64_bits_of_each_nonce_where_the_prf_says_so, reset_spy),
        cmocka_unit_test_setup(rfc_43_a_rekeyed_ike_sa_derives_from_sk_d, reset_spy),
        cmocka_unit_test_setup(rfc_43_child_keymat_has_the_shared_secret_first_if_there_is_one, reset_spy),
        cmocka_unit_test_setup(rfc_43_keys_are_taken_in_the_order_d_ai_ar_ei_er_pi_pr, reset_spy),
        cmocka_unit_test(keys_are_as_long_as_the_cipher_says_so_an_aead_has_no_integrity_keys),
        cmocka_unit_test(providers_that_share_a_suite_derive_the_same_keys),
        cmocka_unit_test_setup(the_upper_bounds_hold_for_every_provider, reset_spy),
        cmocka_unit_test(a_skeyseed_may_be_as_long_as_the_longest_prf_and_no_longer),
        cmocka_unit_test_setup(keys_are_wiped_when_deriving_them_fails, reset_spy),
        cmocka_unit_test_setup(a_seed_that_is_empty_or_too_long_for_any_prf_is_refused, reset_spy),
        cmocka_unit_test_setup(rfc_27_nonces_have_16_to_256_octets, reset_spy),
        cmocka_unit_test_setup(a_skeyseed_is_wiped_when_the_prf_fails, reset_spy),
        cmocka_unit_test_setup(keys_are_derived_from_the_input_of_a_newer_program_but_from_none_of_a_wrong_size,
                               reset_spy),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
