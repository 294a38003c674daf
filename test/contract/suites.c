/* SPDX-License-Identifier: ISC */
/* Promises about the suites of an endpoint: any number of them, one after the other or at once. */
#include "support/host.h"
#include "support/providers.h"
#include "support/test.h"
#include "support/test_allocator.h"
#include "support/toy_sa.h"

#include "endpoint/shared.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ICV_LEN = 16, MANY = 600 };

/* A host's own provider that has every suite: keys live elsewhere, so its key state has no octets. */
static int init_state(void *state, const struct ikl_cipher_init *keys)
{
    assert_non_null(state);
    assert_int_equal(keys->size, sizeof(*keys));
    assert_non_null(keys->encr_key);
    return IKL_OK;
}

static int seal_text(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    (void)state;
    memset(message + aad_len + 8 + text_len, (int)(text_len & 0xff), ICV_LEN);
    return IKL_OK;
}

static int open_text(const void *state, const uint8_t *message, size_t aad_len, size_t text_len, uint8_t *plaintext)
{
    (void)state;
    for (size_t i = 0; i < ICV_LEN; i++) {
        if (message[aad_len + 8 + text_len + i] != (uint8_t)text_len) {
            return IKL_ERR_FORGED;
        }
    }
    memcpy(plaintext, message + aad_len + 8, text_len);
    return IKL_OK;
}

static void clear_state(void *state)
{
    assert_non_null(state);
}

static const struct ikl_cipher elsewhere = {.size = sizeof(elsewhere),
                                            .name = "elsewhere",
                                            .encr_key_len = 36,
                                            .iv_len = 8,
                                            .icv_len = ICV_LEN,
                                            .block_len = 1,
                                            .counter_iv = true,
                                            .deterministic = true,
                                            .state_size = 0,
                                            .init = init_state,
                                            .seal = seal_text,
                                            .open = open_text,
                                            .clear = clear_state};
static size_t asked; /* for a cipher */

static int find_cipher(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    (void)suite;
    asked++;
    *out = &elsewhere;
    return IKL_OK;
}

static int find_no_prf(uint16_t id, const struct ikl_prf **out)
{
    (void)id;
    (void)out;
    return IKL_ERR_UNSUPPORTED;
}

static const struct ikl_provider provider = {
    .size = sizeof(provider), .name = "elsewhere", .cipher = find_cipher, .prf = find_no_prf};

static struct test_allocator memory;

static void with_every_suite(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *const providers[] = {&provider};

    config->providers = providers;
    config->n_providers = 1;
    config->allocator = &memory.allocator;
}

static struct ikl_sa *make(struct host *host, uint32_t n, uint16_t encr, uint16_t prf)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;

    test_sa_config(&config, &keys, "chacha20poly1305-prfsha256", true, n);
    config.protection.suite.encr = encr;
    config.protection.suite.prf = prf;
    assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_OK);
    return sa;
}

static void host_with_every_suite(struct host *host)
{
    test_allocator_init(&memory);
    asked = 0;
    host_init(host, "a", 0, with_every_suite);
}

static void suites_are_given_back_with_their_last_ike_sa(void **state)
{
    size_t used;
    struct host host;

    (void)state;
    host_with_every_suite(&host);
    ikl_sa_free(make(&host, 0, 1, 1));
    ikl_sa_free(make(&host, 0, 2, 1));
    used = memory.outstanding;
    for (uint16_t encr = 1; encr <= MANY; encr++) {
        ikl_sa_free(make(&host, 0, encr, 1));
    }
    assert_int_equal(memory.outstanding, used);
    host_clear(&host);
}

static void any_number_of_suites_is_in_use_at_once(void **state)
{
    struct ikl_sa *sas[MANY];
    struct host host;
    char text[2048];

    (void)state;
    host_with_every_suite(&host);
    for (uint32_t i = 0; i < MANY; i++) {
        sas[i] = make(&host, i, (uint16_t)(1000 + i), 5);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "encr%u-prfsha256", 1000 + i);
        assert_true(ikl_sa_describe(sas[i], 0, text, sizeof(text)) > 0);
        assert_non_null(strstr(text, name));
        assert_int_equal(ikl_sa_probe(sas[i], 0), IKL_OK);
    }
    host_clear(&host);
}

/* The endpoint's table is put in the place of one with so many, so that there need not be an IKE SA for each. */
static void what_is_more_than_the_numbers_for_suites_is_refused(void **state)
{
    enum { FULL = 32768 };
    struct ikl_keying *many = calloc(FULL, sizeof(*many)), *kept;
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;
    struct host host;
    uint32_t n_kept;

    (void)state;
    assert_non_null(many);
    for (size_t i = 0; i < FULL; i++) {
        many[i].cipher = &elsewhere;
        many[i].holders = 1;
    }
    host_with_every_suite(&host);
    kept = host.endpoint->keyings;
    n_kept = host.endpoint->n_keyings;
    host.endpoint->keyings = many;
    host.endpoint->n_keyings = FULL;
    test_sa_config(&config, &keys, "chacha20poly1305-prfsha256", true, 0);
    assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_ERR_NO_MEMORY);
    assert_int_equal(host.endpoint->n_keyings, FULL);
    host.endpoint->keyings = kept;
    host.endpoint->n_keyings = n_kept;
    free(many);
    (void)make(&host, 0, 28, IKL_PRF_HMAC_SHA2_256);
    host_clear(&host);
}

static void suites_are_told_apart_by_what_chooses_the_cipher_alone(void **state)
{
    struct host host;
    struct ikl_sa *first;
    char text[2048];

    (void)state;
    host_with_every_suite(&host);
    first = make(&host, 0, 28, IKL_PRF_HMAC_SHA2_256);
    for (uint16_t prf = 1; prf < 100; prf++) {
        ikl_sa_free(make(&host, prf, 28, prf));
    }
    assert_int_equal(asked, 1);
    /* each is shown with its own PRF all the same, also when it is DEAD */
    assert_true(ikl_sa_describe(make(&host, 100, 28, IKL_PRF_HMAC_SHA2_512), 0, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "chacha20poly1305-prfsha512"));
    ikl_sa_close(first, 0);
    for (uint16_t encr = 100; encr < 200; encr++) {
        ikl_sa_free(make(&host, 1000u + encr, encr, 1));
    }
    assert_true(ikl_sa_describe(first, 0, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "chacha20poly1305-prfsha256"));
    host_clear(&host);
}

static void an_ike_sa_that_never_had_keys_is_shown_without_a_proposal(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;
    struct host host;
    char text[2048];

    (void)state;
    host_with_every_suite(&host);
    (void)make(&host, 0, 28, IKL_PRF_HMAC_SHA2_256);
    test_sa_config(&config, &keys, "chacha20poly1305-prfsha256", true, 1);
    config.spi_r = 0;
    config.connecting = true;
    config.protection.keys = NULL;
    assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_OK);
    ikl_sa_close(sa, 0);
    assert_true(ikl_sa_describe(sa, 0, text, sizeof(text)) > 0);
    assert_non_null(strstr(text, "proposal            -\n"));
    host_clear(&host);
}

static void with_suite_elsewhere(struct ikl_sa_config *config)
{
    config->protection.suite.encr = 4711;
}

static void keys_that_live_elsewhere_need_no_key_state_and_no_prf(void **state)
{
    struct pair pair;

    (void)state;
    test_allocator_init(&memory);
    pair_init(&pair, "chacha20poly1305-prfsha256", 1, with_every_suite, with_suite_elsewhere);
    pair_run(&pair, 60000, 0);
    assert_true(host_count(&pair.a, EVENT_ALIVE) + host_count(&pair.b, EVENT_ALIVE) >= 10);
    assert_int_equal(host_counters(&pair.a).forged, 0);
    pair_clear(&pair);
}

/* The table of lengths in crypto.h. */
static const struct {
    uint16_t encr, key_bits, integ;
    uint8_t encr_key_len, integ_key_len;
} ciphers[] = {
    {IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_NONE, 32 + 4, 0},
    {IKL_ENCR_AES_GCM_16, 128, IKL_INTEG_NONE, 16 + 4, 0},
    {IKL_ENCR_AES_GCM_16, 192, IKL_INTEG_NONE, 24 + 4, 0},
    {IKL_ENCR_AES_GCM_16, 256, IKL_INTEG_NONE, 32 + 4, 0},
    {IKL_ENCR_AES_GCM_12, 128, IKL_INTEG_NONE, 16 + 4, 0},
    {IKL_ENCR_AES_GCM_12, 192, IKL_INTEG_NONE, 24 + 4, 0},
    {IKL_ENCR_AES_GCM_12, 256, IKL_INTEG_NONE, 32 + 4, 0},
    {IKL_ENCR_AES_CCM_16, 128, IKL_INTEG_NONE, 16 + 3, 0},
    {IKL_ENCR_AES_CCM_16, 192, IKL_INTEG_NONE, 24 + 3, 0},
    {IKL_ENCR_AES_CCM_16, 256, IKL_INTEG_NONE, 32 + 3, 0},
    {IKL_ENCR_AES_CCM_12, 128, IKL_INTEG_NONE, 16 + 3, 0},
    {IKL_ENCR_AES_CCM_12, 192, IKL_INTEG_NONE, 24 + 3, 0},
    {IKL_ENCR_AES_CCM_12, 256, IKL_INTEG_NONE, 32 + 3, 0},
    {IKL_ENCR_AES_CCM_8, 128, IKL_INTEG_NONE, 16 + 3, 0},
    {IKL_ENCR_AES_CCM_8, 192, IKL_INTEG_NONE, 24 + 3, 0},
    {IKL_ENCR_AES_CCM_8, 256, IKL_INTEG_NONE, 32 + 3, 0},
    {IKL_ENCR_AES_CBC, 128, IKL_INTEG_HMAC_SHA1_96, 16, 20},
    {IKL_ENCR_AES_CBC, 128, IKL_INTEG_HMAC_SHA2_256_128, 16, 32},
    {IKL_ENCR_AES_CBC, 128, IKL_INTEG_HMAC_SHA2_384_192, 16, 48},
    {IKL_ENCR_AES_CBC, 128, IKL_INTEG_HMAC_SHA2_512_256, 16, 64},
    {IKL_ENCR_AES_CBC, 192, IKL_INTEG_HMAC_SHA1_96, 24, 20},
    {IKL_ENCR_AES_CBC, 192, IKL_INTEG_HMAC_SHA2_256_128, 24, 32},
    {IKL_ENCR_AES_CBC, 192, IKL_INTEG_HMAC_SHA2_384_192, 24, 48},
    {IKL_ENCR_AES_CBC, 192, IKL_INTEG_HMAC_SHA2_512_256, 24, 64},
    {IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA1_96, 32, 20},
    {IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_256_128, 32, 32},
    {IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_384_192, 32, 48},
    {IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_512_256, 32, 64},
};
static const struct {
    uint16_t id;
    uint8_t len;
} prfs[] = {{IKL_PRF_HMAC_SHA1, 20},
            {IKL_PRF_HMAC_SHA2_256, 32},
            {IKL_PRF_HMAC_SHA2_384, 48},
            {IKL_PRF_HMAC_SHA2_512, 64},
            {IKL_PRF_AES128_CMAC, 16}};

static void assert_takes_only(const struct ikl_endpoint *endpoint, const struct ikl_protection *protection,
                              uint8_t *len, const char *field)
{
    uint8_t right = *len;

    for (int other = 0; other <= UINT8_MAX; other++) {
        *len = (uint8_t)other;
        if (other == right) {
            assert_null(ikl_protection_error(endpoint, protection));
        } else {
            assert_string_equal(ikl_protection_error(endpoint, protection), field);
        }
    }
    *len = right;
}

/* Whether the provider has the suite: then its keys are derived with these lengths, and taken with no other. */
static size_t check_lengths(const struct ikl_provider *from, size_t cipher, size_t prf)
{
    static const uint8_t octets[IKL_MAX_PRF] = {1};
    const struct ikl_octets nonce = {octets, 32};
    const struct ikl_kdf_input input = {.size = sizeof(input), .ni = nonce, .nr = nonce, .spi_i = 1, .spi_r = 2};
    struct ikl_keys keys;
    struct ikl_protection protection = {.suite = {.encr = ciphers[cipher].encr,
                                                  .key_bits = ciphers[cipher].key_bits,
                                                  .integ = ciphers[cipher].integ,
                                                  .prf = prfs[prf].id},
                                        .keys = &keys,
                                        .iv_source = IKL_IV_FRESH_KEYS};
    struct ikl_endpoint_config config;
    struct ikl_endpoint *endpoint;
    struct host host;

    if (ikl_keys_derive(&keys, from, &protection.suite, (struct ikl_octets){octets, prfs[prf].len}, &input) != IKL_OK) {
        return 0;
    }
    assert_int_equal(keys.encr_key_len, ciphers[cipher].encr_key_len);
    assert_int_equal(keys.integ_key_len, ciphers[cipher].integ_key_len);
    assert_int_equal(keys.prf_len, prfs[prf].len);
    host_init(&host, "a", 0, NULL);
    config = host_config(&host);
    config.providers = &from;
    config.n_providers = 1;
    assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_OK);
    assert_takes_only(endpoint, &protection, &keys.encr_key_len, "protection.keys.encr_key_len");
    assert_takes_only(endpoint, &protection, &keys.integ_key_len, "protection.keys.integ_key_len");
    assert_int_equal(ikl_endpoint_free(endpoint), IKL_OK);
    host_clear(&host);
    return 1;
}

static void the_keys_of_each_suite_are_as_long_as_the_table_says(void **state)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n_providers = test_providers(providers);
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < n_providers * COUNT_OF(ciphers) * COUNT_OF(prfs); i++) {
        n += check_lengths(providers[i / COUNT_OF(prfs) / COUNT_OF(ciphers)], i / COUNT_OF(prfs) % COUNT_OF(ciphers),
                           i % COUNT_OF(prfs));
    }
    /* those of libsodium always have ChaCha20-Poly1305 and two PRFs, the one of libcrypto has all there are */
#ifdef TEST_OPENSSL
    assert_in_range(n, 2 * (n_providers - 1) + COUNT_OF(ciphers) * COUNT_OF(prfs),
                    n_providers * COUNT_OF(ciphers) * COUNT_OF(prfs));
#else
    assert_in_range(n, 2 * n_providers, n_providers * COUNT_OF(ciphers) * COUNT_OF(prfs));
#endif
}

static void with_toy_keys(struct ikl_sa_config *config)
{
    static const struct ikl_keys keys = {.encr_key_len = TOY_ENCR_KEY_LEN, .integ_key_len = TOY_INTEG_KEY_LEN};

    config->protection.suite =
        (struct ikl_suite){IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_256_128, IKL_PRF_HMAC_SHA2_256};
    config->protection.keys = &keys;
    config->protection.iv_source = IKL_IV_UNSTATED;
}

/* It is made again with its IV, with which anything else would be another message. */
static void a_block_cipher_repeats_an_empty_response_in_place_of_a_longer_one_octet_for_octet(void **state)
{
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID};
    const struct event *first, *again;
    struct pair pair;

    (void)state;
    pair_init(&pair, "chacha20poly1305-prfsha256", 0, with_toy_provider, with_toy_keys);
    assert_int_equal(ikl_sa_request(pair.a.sa, IKL_CREATE_CHILD_SA, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 0)), IKL_OK);
    assert_int_equal(ikl_sa_respond(pair.b.sa, 0, &payload, 1, 0), IKL_OK);
    assert_int_equal(host_receive(&pair.a, host_event(&pair.b, EVENT_SENT, 0)), IKL_OK);
    assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_OK);
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 1)), IKL_OK);
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 1)), IKL_OK);
    first = host_event(&pair.b, EVENT_SENT, 1);
    again = host_event(&pair.b, EVENT_SENT, 2);
    assert_int_equal(again->len, first->len);
    assert_memory_equal(again->datagram, first->datagram, first->len);
    pair_clear(&pair);
}

TESTS_OF(suites)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suites_are_given_back_with_their_last_ike_sa),
        cmocka_unit_test(any_number_of_suites_is_in_use_at_once),
        cmocka_unit_test(what_is_more_than_the_numbers_for_suites_is_refused),
        cmocka_unit_test(suites_are_told_apart_by_what_chooses_the_cipher_alone),
        cmocka_unit_test(an_ike_sa_that_never_had_keys_is_shown_without_a_proposal),
        cmocka_unit_test(keys_that_live_elsewhere_need_no_key_state_and_no_prf),
        cmocka_unit_test(the_keys_of_each_suite_are_as_long_as_the_table_says),
        cmocka_unit_test(a_block_cipher_repeats_an_empty_response_in_place_of_a_longer_one_octet_for_octet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
