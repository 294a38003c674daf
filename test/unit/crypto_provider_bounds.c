/* SPDX-License-Identifier: ISC */
/* What a provider says of itself is checked where it is first used, by every function that takes one. */
#include "support/test.h"

#include "support/keyed.h"
#include "support/send_nothing.h"

#include <ikelive/ikelive.h>

#include <string.h>

static const struct ikl_suite suite = {.encr = IKL_ENCR_CHACHA20_POLY1305, .prf = IKL_PRF_HMAC_SHA2_256};
static const uint8_t octets[32] = {1, 2, 3};
static const struct ikl_octets some = {octets, sizeof(octets)};
static const struct ikl_kdf_input some_input = {
    .size = sizeof(some_input),
    .ni = {octets, sizeof(octets)},
    .nr = {octets, sizeof(octets)},
    .shared_secret = {octets, sizeof(octets)},
};

/* What the provider under test says. */
static struct ikl_cipher cipher;
static struct ikl_prf prf;
static struct ikl_provider provider;
static size_t calls; /* of the functions of a cipher or PRF that is out of bounds */

static int init_state(void *state, const struct ikl_cipher_init *keys)
{
    (void)state;
    (void)keys;
    calls++;
    return IKL_OK;
}

static int seal_text(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    (void)state;
    (void)message;
    (void)aad_len;
    (void)text_len;
    calls++;
    return IKL_OK;
}

static int open_text(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    (void)state;
    memcpy(plaintext, message + aad_len, text_len);
    calls++;
    return IKL_OK;
}

static int compute(const struct ikl_prf_input *input, uint8_t *out)
{
    (void)input;
    memset(out, 0, prf.len);
    calls++;
    return IKL_OK;
}

static int find_cipher(const struct ikl_suite *wanted, const struct ikl_cipher **out)
{
    (void)wanted;
    *out = &cipher;
    return IKL_OK;
}

static int find_no_cipher(const struct ikl_suite *wanted, const struct ikl_cipher **out)
{
    (void)wanted;
    *out = NULL;
    return IKL_OK;
}

/* Only the first time. */
static int find_cipher_once(const struct ikl_suite *wanted, const struct ikl_cipher **out)
{
    return calls++ == 0 ? find_cipher(wanted, out) : IKL_ERR_UNSUPPORTED;
}

static int find_prf(uint16_t id, const struct ikl_prf **out)
{
    (void)id;
    *out = &prf;
    return IKL_OK;
}

static int find_no_prf(uint16_t id, const struct ikl_prf **out)
{
    (void)id;
    *out = NULL;
    return IKL_OK;
}

static int sha1(const struct ikl_octets *parts, size_t n, uint8_t *out)
{
    (void)parts;
    (void)n;
    memset(out, 0, 20);
    return IKL_OK;
}

static void reset(void)
{
    cipher = (struct ikl_cipher){.size = sizeof(cipher),
                                 .name = "cipher",
                                 .encr_key_len = IKL_MAX_ENCR_KEY,
                                 .integ_key_len = IKL_MAX_INTEG_KEY,
                                 .iv_len = IKL_MAX_IV,
                                 .icv_len = IKL_MAX_ICV,
                                 .block_len = 1,
                                 .counter_iv = true,
                                 .deterministic = true,
                                 .state_size = 16,
                                 .init = init_state,
                                 .seal = seal_text,
                                 .open = open_text};
    prf = (struct ikl_prf){.size = sizeof(prf), .name = "prf", .len = IKL_MAX_PRF, .compute = compute};
    provider = (struct ikl_provider){
        .size = sizeof(provider), .name = "provider", .cipher = find_cipher, .prf = find_prf, .sha1 = sha1};
    calls = 0;
}

static void no_name(void)
{
    cipher.name = NULL;
}
static void long_encr_key(void)
{
    cipher.encr_key_len = IKL_MAX_ENCR_KEY + 1;
}
static void long_integ_key(void)
{
    cipher.integ_key_len = IKL_MAX_INTEG_KEY + 1;
}
static void long_iv(void)
{
    cipher.iv_len = IKL_MAX_IV + 1;
}
static void no_icv(void)
{
    cipher.icv_len = 0;
}
static void long_icv(void)
{
    cipher.icv_len = IKL_MAX_ICV + 1;
}
static void no_block(void)
{
    cipher.block_len = 0;
}
static void large_state(void)
{
    cipher.state_size = IKL_MAX_CIPHER_STATE + 1;
}
static void state_that_wraps(void)
{
    cipher.state_size = SIZE_MAX / 2 + 1;
}
static void no_init(void)
{
    cipher.init = NULL;
}
static void no_seal(void)
{
    cipher.seal = NULL;
}
static void no_open(void)
{
    cipher.open = NULL;
}
static void cipher_without_size(void)
{
    cipher.size = 0;
}
static void cipher_of_a_short_size(void)
{
    cipher.size = offsetof(struct ikl_cipher, open);
}
static void cipher_of_an_odd_size(void)
{
    cipher.size++;
}
static void cipher_of_no_size(void)
{
    cipher.size = SIZE_MAX;
}

static const struct {
    void (*change)(void);
    const char *name;
} ciphers[] = {{no_name, "name"},
               {long_encr_key, "encr_key_len"},
               {long_integ_key, "integ_key_len"},
               {long_iv, "iv_len"},
               {no_icv, "icv_len"},
               {long_icv, "icv_len"},
               {no_block, "block_len"},
               {large_state, "state_size"},
               {state_that_wraps, "state_size"},
               {no_init, "init"},
               {no_seal, "seal"},
               {no_open, "open"},
               {cipher_without_size, "size"},
               {cipher_of_a_short_size, "size"},
               {cipher_of_an_odd_size, "size"},
               {cipher_of_no_size, "size"}};

static void no_prf_name(void)
{
    prf.name = NULL;
}
static void empty_prf(void)
{
    prf.len = 0;
}
static void long_prf(void)
{
    prf.len = IKL_MAX_PRF + 1;
}
static void no_compute(void)
{
    prf.compute = NULL;
}
static void prf_without_size(void)
{
    prf.size = 0;
}
static void prf_of_a_short_size(void)
{
    prf.size = offsetof(struct ikl_prf, compute);
}

static const struct {
    void (*change)(void);
    const char *name;
} prfs[] = {{no_prf_name, "name"},   {empty_prf, "len"},         {long_prf, "len"},
            {no_compute, "compute"}, {prf_without_size, "size"}, {prf_of_a_short_size, "size"}};

static void no_provider_name(void)
{
    provider.name = NULL;
}
static void no_find_cipher(void)
{
    provider.cipher = NULL;
}
static void provider_without_size(void)
{
    provider.size = 0;
}

static const struct {
    void (*change)(void);
    const char *name;
} providers[] = {{no_provider_name, "name"}, {no_find_cipher, "cipher"}, {provider_without_size, "size"}};

static int derive(struct ikl_keys *keys)
{
    return ikl_keys_derive(keys, &provider, &suite, some, &some_input);
}

static int random_octets(void *user, uint8_t *out, size_t len)
{
    (void)user;
    memset(out, 7, len);
    return IKL_OK;
}

/* An endpoint with this provider alone, and an IKE SA of it: what the first of them that fails returns. */
static int hand_over(void)
{
    static const struct ikl_provider *const list[] = {&provider};
    struct ikl_endpoint_config config = {
        .size = sizeof(config),
        .callbacks = {.size = sizeof(config.callbacks), .random = random_octets, .send = send_nothing},
        .providers = list,
        .n_providers = 1};
    struct ikl_keys keys = {.encr_key_len = (uint8_t)cipher.encr_key_len,
                            .integ_key_len = (uint8_t)cipher.integ_key_len};
    struct ikl_sa_config sa_config = {.size = sizeof(sa_config),
                                      .spi_i = 1,
                                      .spi_r = 2,
                                      .original_initiator = true,
                                      .protection = {.suite = suite, .keys = &keys, .iv_source = IKL_IV_FRESH_KEYS},
                                      .ids = {.stated = true}};
    struct ikl_endpoint *endpoint;
    struct ikl_sa *sa;
    int result = ikl_endpoint_new(&endpoint, &config, 0);

    if (result == IKL_OK) {
        result = ikl_sa_new(&sa, endpoint, &sa_config, 0);
        assert_int_equal(ikl_endpoint_free(endpoint), IKL_OK);
    }
    return result;
}

static void a_provider_within_the_bounds_is_taken(void **state)
{
    struct ikl_keys keys;

    (void)state;
    reset();
    assert_null(ikl_cipher_error(&cipher));
    assert_null(ikl_prf_error(&prf));
    assert_null(ikl_provider_error(&provider));
    assert_int_equal(derive(&keys), IKL_OK);
    assert_int_equal(hand_over(), IKL_OK);
}

static void every_number_and_function_of_a_cipher_is_checked_at_first_use(void **state)
{
    uint8_t message[256] = {0}, plaintext[256], iv[64] = {0};
    struct ikl_opened opened;
    struct ikl_keys keys;
    size_t len;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ciphers); i++) {
        const struct ikl_sealing what = {.plaintext = some, .iv = iv};

        reset();
        ciphers[i].change();
        assert_string_equal(ikl_cipher_error(&cipher), ciphers[i].name);
        assert_int_equal(derive(&keys), IKL_ERR_INVALID);
        calls = 0;
        assert_int_equal(hand_over(), IKL_ERR_INVALID);
        assert_true(ikl_message_sealed_len(&cipher, 1, false) == SIZE_MAX);
        memset(message, 0xaa, sizeof(message));
        assert_int_equal(ikl_message_seal(&cipher, octets, &what, message, sizeof(message), &len), IKL_ERR_INVALID);
        assert_int_equal(message[0] | message[sizeof(message) - 1], 0);
        assert_int_equal(
            ikl_message_open(&cipher, octets, message, sizeof(message), plaintext, sizeof(plaintext), &opened),
            IKL_ERR_INVALID);
        assert_int_equal(calls, 0);
    }
    reset();
    provider.cipher = find_no_cipher;
    assert_int_equal(derive(&keys), IKL_ERR_INVALID);
    assert_int_equal(hand_over(), IKL_ERR_INVALID);
}

static void every_number_and_function_of_a_prf_is_checked_by_all_that_take_one(void **state)
{
    struct ikl_keys keys;
    uint8_t out[512];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(prfs); i++) {
        reset();
        prfs[i].change();
        assert_string_equal(ikl_prf_error(&prf), prfs[i].name);
        assert_int_equal(derive(&keys), IKL_ERR_INVALID);
        assert_int_equal(keyed_prf_plus(&prf, octets, sizeof(octets), &some, 1, out, 1), IKL_ERR_INVALID);
        assert_int_equal(keyed_prf_plus(&prf, octets, sizeof(octets), &some, 1, out, 0), IKL_ERR_INVALID);
        assert_int_equal(ikl_skeyseed(&prf, &some_input, out), IKL_ERR_INVALID);
        assert_int_equal(ikl_skeyseed_rekey(&prf, some, &some_input, out), IKL_ERR_INVALID);
        assert_int_equal(ikl_child_keymat(&prf, some, &some_input, out, 8), IKL_ERR_INVALID);
        assert_int_equal(calls, 0);
        assert_int_equal(hand_over(), IKL_OK); /* an IKE SA needs no PRF */
    }
    reset();
    provider.prf = find_no_prf;
    assert_int_equal(derive(&keys), IKL_ERR_INVALID);
    provider.size = offsetof(struct ikl_provider, prf); /* it has ciphers alone */
    assert_int_equal(derive(&keys), IKL_ERR_INVALID);
    assert_int_equal(hand_over(), IKL_OK);
    provider.size = sizeof(provider);
    provider.prf = NULL; /* and says so */
    assert_int_equal(derive(&keys), IKL_ERR_INVALID);
    assert_int_equal(hand_over(), IKL_OK);
}

static void a_provider_without_a_function_or_name_is_refused_by_all_that_take_one(void **state)
{
    const struct ikl_address address = {.family = 4};
    struct ikl_keys keys;
    uint8_t hash[20];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(providers); i++) {
        reset();
        providers[i].change();
        assert_string_equal(ikl_provider_error(&provider), providers[i].name);
        assert_int_equal(derive(&keys), IKL_ERR_INVALID);
        assert_int_equal(ikl_nat_detection(&provider, 1, 2, &address, hash), IKL_ERR_INVALID);
        assert_int_equal(hand_over(), IKL_ERR_INVALID);
    }
}

/* Asked once whether it has the suite, and again when room is made for it. */
static void a_provider_that_does_not_stand_by_its_cipher_makes_no_endpoint(void **state)
{
    static const struct ikl_provider *const list[] = {&provider};
    struct ikl_endpoint_config config = {
        .size = sizeof(config),
        .callbacks = {.size = sizeof(config.callbacks), .random = random_octets, .send = send_nothing},
        .providers = list,
        .n_providers = 1,
        .reserve_sas = 1,
        .reserve_suites = &suite,
        .n_reserve_suites = 1};
    struct ikl_endpoint *endpoint;

    (void)state;
    reset();
    provider.cipher = find_cipher_once;
    assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_ERR_UNSUPPORTED);
    assert_true(calls > 1);
}

static void a_provider_older_than_clear_and_sha1_is_taken_without_them(void **state)
{
    const struct ikl_address address = {.family = 4};
    uint8_t hash[20];

    (void)state;
    reset();
    provider.size = offsetof(struct ikl_provider, sha1);
    cipher.size = offsetof(struct ikl_cipher, clear);
    cipher.clear = (void (*)(void *))(uintptr_t)1; /* behind its end: not for us */
    assert_int_equal(ikl_nat_detection(&provider, 1, 2, &address, hash), IKL_ERR_UNSUPPORTED);
    assert_int_equal(hand_over(), IKL_OK);
}

/* One of these of a newer program's, with octets behind what the library knows of it. */
union newer {
    size_t size;
    struct ikl_cipher cipher;
    struct ikl_prf prf;
    struct ikl_provider provider;
    uint8_t octets[256];
};

static const char *error_of_cipher(const union newer *it)
{
    return ikl_cipher_error(&it->cipher);
}

static const char *error_of_prf(const union newer *it)
{
    return ikl_prf_error(&it->prf);
}

static const char *error_of_provider(const union newer *it)
{
    return ikl_provider_error(&it->provider);
}

static void a_newer_provider_is_taken_when_it_asks_for_nothing_new(void **state)
{
    const struct {
        const void *known;
        size_t size;
        const char *(*error)(const union newer *it);
    } rows[] = {{&cipher, sizeof(cipher), error_of_cipher},
                {&prf, sizeof(prf), error_of_prf},
                {&provider, sizeof(provider), error_of_provider}};

    (void)state;
    reset();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        union newer it = {.octets = {0}};

        memcpy(&it, rows[i].known, rows[i].size);
        it.size = rows[i].size + 16;
        assert_null(rows[i].error(&it));
        it.octets[rows[i].size + 15] = 1;
        assert_string_equal(rows[i].error(&it), "size");
    }
}

TESTS_OF(crypto_provider_bounds)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_provider_within_the_bounds_is_taken),
        cmocka_unit_test(every_number_and_function_of_a_cipher_is_checked_at_first_use),
        cmocka_unit_test(every_number_and_function_of_a_prf_is_checked_by_all_that_take_one),
        cmocka_unit_test(a_provider_without_a_function_or_name_is_refused_by_all_that_take_one),
        cmocka_unit_test(a_provider_that_does_not_stand_by_its_cipher_makes_no_endpoint),
        cmocka_unit_test(a_provider_older_than_clear_and_sha1_is_taken_without_them),
        cmocka_unit_test(a_newer_provider_is_taken_when_it_asks_for_nothing_new),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
