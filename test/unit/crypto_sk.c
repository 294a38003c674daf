/* SPDX-License-Identifier: ISC */
/* The SK and SKF payloads keep the promises of their header: what is sealed, and that it is opened again. */
#include "support/test.h"

#include "support/hex.h"
#include "support/providers.h"
#include "support/sk_bench.h"

/* Key state of the key in RFC 7634, appendix B. */
static void init_rfc_7634(const struct ikl_cipher *cipher, struct test_state *key_state)
{
    uint8_t key[36];

    assert_int_equal(
        hex_decode(key, sizeof(key), "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f a0a1a2a3"), 36);
    assert_int_equal(keyed_init(cipher, key_state, key, NULL), IKL_OK);
}

static void check_rfc_7634(const struct ikl_cipher *cipher)
{
    static const char *const expected_text =
        "c0c1c2c3c4c5c6c7 d0d1d2d3d4d5d6d7 2e202500 00000009 00000045 29000029 1011121314151617"
        "610394701f8d017f7c129248896b71bfe25236efd7cdc67066906315b2";
    uint8_t expected[SK_ROOM], iv[8], inside[12], out[SK_ROOM], plaintext[SK_ROOM];
    size_t expected_len = hex_decode(expected, sizeof(expected), expected_text);
    struct ikl_sealing what = {.header = {.spi_i = UINT64_C(0xc0c1c2c3c4c5c6c7),
                                          .spi_r = UINT64_C(0xd0d1d2d3d4d5d6d7),
                                          .exchange_type = IKL_INFORMATIONAL,
                                          .message_id = 9},
                               .first_payload = IKL_PAYLOAD_NOTIFY,
                               .plaintext = {inside, sizeof(inside)},
                               .iv = iv};
    struct test_state key_state;
    struct ikl_opened opened;
    size_t len = 0;

    assert_int_equal(hex_decode(iv, sizeof(iv), "1011121314151617"), 8);
    assert_int_equal(hex_decode(inside, sizeof(inside), "0000000c 00004001 0000000a"), 12);
    init_rfc_7634(cipher, &key_state);
    assert_int_equal(ikl_message_seal(cipher, &key_state, &what, out, sizeof(out), &len), IKL_OK);
    assert_int_equal(len, expected_len);
    assert_memory_equal(out, expected, len);
    assert_int_equal(ikl_message_open(cipher, &key_state, expected, expected_len, plaintext, SK_ROOM, &opened), IKL_OK);
    assert_int_equal(opened.first_payload, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(opened.header.message_id, 9);
    assert_int_equal(opened.plaintext.len, sizeof(inside));
    assert_memory_equal(opened.plaintext.data, inside, sizeof(inside));
    assert_int_equal(opened.padding.len, 0);
    test_state_clear(cipher, &key_state);
}

static void the_message_of_rfc_7634_appendix_b_is_sealed_and_opened(void **state)
{
    const struct ikl_provider *providers[TEST_MAX_PROVIDERS];
    size_t n = test_providers(providers);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        check_rfc_7634(test_find_cipher(providers[i], "chacha20poly1305-prfsha256"));
    }
}

static void what_was_sealed_is_opened_at_every_length(void **state)
{
    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        for (size_t plaintext_len = 0; plaintext_len <= 70; plaintext_len++) {
            struct sk_bench bench;
            struct ikl_opened opened;
            uint8_t out[SK_ROOM], plaintext[SK_ROOM];
            size_t len, iv_len, text_len;

            sk_set_up(&bench, which, plaintext_len);
            iv_len = bench.cipher->iv_len;
            memset(out, 0xee, sizeof(out));
            len = sk_seal(&bench, out, sizeof(out));
            text_len = len - 32 - iv_len - bench.cipher->icv_len;
            assert_int_equal(len, ikl_message_sealed_len(bench.cipher, plaintext_len, false));
            sk_assert_all(out + len, sizeof(out) - len, 0xee);
            assert_int_equal(sk_open(&bench, out, len, plaintext, sizeof(plaintext), &opened), IKL_OK);
            assert_int_equal(opened.header.next_payload, IKL_PAYLOAD_SK);
            assert_int_equal(opened.header.length, len);
            assert_int_equal(opened.first_payload, IKL_PAYLOAD_NOTIFY);
            assert_int_equal(opened.plaintext.len, plaintext_len);
            assert_memory_equal(opened.plaintext.data, bench.plaintext, plaintext_len);
            assert_ptr_equal(opened.plaintext.data, plaintext);
            assert_ptr_equal(opened.iv.data, out + 32);
            assert_int_equal(opened.iv.len, iv_len);
            assert_memory_equal(opened.iv.data, bench.iv, iv_len);
            assert_ptr_equal(opened.icv.data, out + 32 + iv_len + text_len);
            assert_int_equal(opened.icv.len, bench.cipher->icv_len);
            assert_int_equal(opened.fragment_number, 0);
            assert_int_equal(opened.fragment_total, 0);
        }
    }
}

static void the_shortest_padding_is_zeros_up_to_the_block(void **state)
{
    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        for (size_t plaintext_len = 0; plaintext_len <= 70; plaintext_len++) {
            struct sk_bench bench;
            struct ikl_opened opened;
            uint8_t out[SK_ROOM], plaintext[SK_ROOM];
            size_t len;

            sk_set_up(&bench, which, plaintext_len);
            len = sk_seal(&bench, out, sizeof(out));
            assert_int_equal(sk_open(&bench, out, len, plaintext, sizeof(plaintext), &opened), IKL_OK);
            assert_true(opened.padding.len < bench.cipher->block_len);
            assert_int_equal((plaintext_len + opened.padding.len + 1) % bench.cipher->block_len, 0);
            assert_ptr_equal(opened.padding.data, plaintext + plaintext_len);
            sk_assert_all(opened.padding.data, opened.padding.len, 0);
        }
    }
}

/* A cipher that takes a text of any length says that it has blocks. */
static void a_block_of_any_length_is_filled_up(void **state)
{
    struct sk_bench bench;
    struct ikl_cipher cipher;
    uint8_t out[SK_ROOM], plaintext[SK_ROOM];
    struct ikl_opened opened;
    size_t len;

    (void)state;
    sk_set_up(&bench, 1, 0);
    cipher = *bench.cipher;
    bench.cipher = &cipher;
    for (uint8_t block_len = 1; block_len <= 32; block_len++) {
        cipher.block_len = block_len;
        bench.what.padding = NULL;
        bench.what.padding_len = 0;
        for (size_t plaintext_len = 0; plaintext_len <= 64; plaintext_len++) {
            bench.what.plaintext.len = plaintext_len;
            len = sk_seal(&bench, out, sizeof(out));
            assert_int_equal(sk_open(&bench, out, len, plaintext, sizeof(plaintext), &opened), IKL_OK);
            assert_int_equal(opened.plaintext.len, plaintext_len);
            assert_int_equal(opened.padding.len, block_len - 1 - plaintext_len % block_len);
        }
        bench.what.plaintext.len = 0;
        bench.what.padding = sk_zeros;
        bench.what.padding_len = block_len; /* and Pad Length: one octet too many */
        assert_int_equal(ikl_message_seal(&cipher, bench.state, &bench.what, out, sizeof(out), &len),
                         block_len == 1 ? IKL_OK : IKL_ERR_INVALID);
    }
}

static void the_header_is_sent_as_ikl_header_write_does_but_for_next_payload_and_length(void **state)
{
    struct sk_bench bench;
    struct ikl_opened opened;
    uint8_t out[SK_ROOM], plaintext[SK_ROOM];
    size_t len;

    (void)state;
    sk_set_up(&bench, 1, 3);
    bench.what.header = (struct ikl_header){.spi_i = UINT64_MAX,
                                            .spi_r = 1,
                                            .next_payload = 99,
                                            .minor = 7,
                                            .exchange_type = 255,
                                            .flags = 0x2f,
                                            .message_id = UINT32_MAX,
                                            .length = 5};
    len = sk_seal(&bench, out, sizeof(out));
    assert_int_equal(sk_open(&bench, out, len, plaintext, sizeof(plaintext), &opened), IKL_OK);
    assert_true(opened.header.spi_i == UINT64_MAX);
    assert_true(opened.header.spi_r == 1);
    assert_int_equal(opened.header.next_payload, IKL_PAYLOAD_SK);
    assert_int_equal(opened.header.minor, 0);
    assert_int_equal(opened.header.exchange_type, 255);
    assert_int_equal(opened.header.flags, IKL_FLAG_INITIATOR | IKL_FLAG_RESPONSE);
    assert_true(opened.header.message_id == UINT32_MAX);
    assert_int_equal(opened.header.length, len);
    assert_int_equal(out[29], 0);
}

static void the_plaintext_may_lie_anywhere_in_the_output_buffer(void **state)
{
    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        struct sk_bench bench;
        uint8_t expected[SK_ROOM];
        size_t expected_len;

        sk_set_up(&bench, which, 50);
        expected_len = sk_seal(&bench, expected, sizeof(expected));
        for (size_t at = 0; at + 50 <= expected_len + 20; at++) {
            uint8_t out[SK_ROOM];

            memset(out, 0xee, sizeof(out));
            memcpy(out + at, bench.plaintext, 50);
            bench.what.plaintext.data = out + at;
            assert_int_equal(sk_seal(&bench, out, sizeof(out)), expected_len);
            assert_memory_equal(out, expected, expected_len);
        }
    }
}

static void rfc_25_padding_of_any_content_up_to_255_octets_is_sealed_and_opened(void **state)
{
    uint8_t padding[255];

    (void)state;
    for (size_t i = 0; i < sizeof(padding); i++) {
        padding[i] = (uint8_t)(200 - i);
    }
    for (size_t which = 0; which < sk_ciphers(); which++) {
        struct sk_bench bench;

        sk_set_up(&bench, which, 32);
        for (size_t padding_len = 0; padding_len <= 255; padding_len++) {
            uint8_t out[SK_ROOM], plaintext[SK_ROOM];
            struct ikl_opened opened;
            size_t len = 1;

            bench.what.padding = padding;
            bench.what.padding_len = (uint8_t)padding_len;
            if ((32 + padding_len + 1) % bench.cipher->block_len != 0) {
                memset(out, 0xee, sizeof(out));
                assert_int_equal(ikl_message_seal(bench.cipher, bench.state, &bench.what, out, sizeof(out), &len),
                                 IKL_ERR_INVALID);
                sk_assert_all(out, sizeof(out), 0);
                assert_int_equal(len, 1);
                continue;
            }
            len = sk_seal(&bench, out, sizeof(out));
            assert_int_equal(sk_open(&bench, out, len, plaintext, sizeof(plaintext), &opened), IKL_OK);
            assert_int_equal(opened.plaintext.len, 32);
            assert_memory_equal(opened.plaintext.data, bench.plaintext, 32);
            assert_int_equal(opened.padding.len, padding_len);
            assert_memory_equal(opened.padding.data, padding, padding_len);
        }
    }
}

static void rfc_31_a_fragment_is_sealed_with_its_number_and_total(void **state)
{
    static const uint16_t numbers[][2] = {{1, 1}, {1, 2}, {2, 2}, {65535, 65535}, {258, 772}};

    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        for (size_t i = 0; i < COUNT_OF(numbers); i++) {
            struct sk_bench bench;
            uint8_t out[SK_ROOM], plaintext[SK_ROOM];
            struct ikl_opened opened;
            size_t len;

            sk_set_up(&bench, which, 21);
            bench.what.fragment_number = numbers[i][0];
            bench.what.fragment_total = numbers[i][1];
            bench.what.first_payload = numbers[i][0] == 1 ? IKL_PAYLOAD_NOTIFY : IKL_PAYLOAD_NONE;
            len = sk_seal(&bench, out, sizeof(out));
            assert_int_equal(len, ikl_message_sealed_len(bench.cipher, 21, true));
            assert_int_equal(out[32] << 8 | out[33], numbers[i][0]);
            assert_int_equal(out[34] << 8 | out[35], numbers[i][1]);
            assert_int_equal(sk_open(&bench, out, len, plaintext, SK_ROOM, &opened), IKL_OK);
            assert_int_equal(opened.header.next_payload, IKL_PAYLOAD_SKF);
            assert_int_equal(opened.fragment_number, numbers[i][0]);
            assert_int_equal(opened.fragment_total, numbers[i][1]);
            assert_int_equal(opened.first_payload, bench.what.first_payload);
            assert_int_equal(opened.reserved, 0);
            assert_ptr_equal(opened.iv.data, out + 36);
            assert_int_equal(opened.plaintext.len, 21);
            assert_memory_equal(opened.plaintext.data, bench.plaintext, 21);
        }
    }
}

static void an_sk_payload_has_no_fragment_numbers_whatever_was_opened_before(void **state)
{
    struct sk_bench bench;
    uint8_t whole[SK_ROOM], fragment[SK_ROOM], plaintext[SK_ROOM];
    struct ikl_opened opened;
    size_t whole_len, fragment_len;

    (void)state;
    fragment_len = sk_seal_short(&bench, 1, true, fragment);
    whole_len = sk_seal_short(&bench, 1, false, whole);
    assert_int_equal(sk_open(&bench, fragment, fragment_len, plaintext, SK_ROOM, &opened), IKL_OK);
    assert_int_equal(sk_open(&bench, whole, whole_len, plaintext, SK_ROOM, &opened), IKL_OK);
    assert_int_equal(opened.fragment_number, 0);
    assert_int_equal(opened.fragment_total, 0);
}

/* Sealing must fail with this error, wipe all of `out` and not touch the length. */
static void assert_not_sealed(const struct sk_bench *bench, uint8_t *out, size_t size, int error)
{
    size_t len = 12345;

    assert_int_equal(ikl_message_seal(bench->cipher, bench->state, &bench->what, out, size, &len), error);
    sk_assert_all(out, size, 0);
    assert_int_equal(len, 12345);
}

static void a_buffer_that_is_too_small_is_wiped(void **state)
{
    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        struct sk_bench bench;
        uint8_t out[SK_ROOM];
        size_t len;

        sk_set_up(&bench, which, 10);
        len = sk_seal(&bench, out, sizeof(out));
        for (size_t size = 0; size < len; size++) {
            memset(out, 0xee, sizeof(out));
            if (size >= 10) {
                memcpy(out, bench.plaintext, 10);
                bench.what.plaintext.data = out;
            }
            assert_not_sealed(&bench, out, size, IKL_ERR_NO_BUFFER);
            sk_assert_all(out + size, sizeof(out) - size, 0xee);
            bench.what.plaintext.data = bench.plaintext;
        }
        assert_int_equal(sk_seal(&bench, out, len), len);
    }
}

static void fragment_numbers_that_contradict_each_other_are_not_sealed(void **state)
{
    static const uint16_t wrong[][2] = {{0, 1}, {1, 0}, {2, 1}, {65535, 65534}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct sk_bench bench;
        uint8_t out[SK_ROOM];

        sk_set_up(&bench, 1, 10);
        bench.what.fragment_number = wrong[i][0];
        bench.what.fragment_total = wrong[i][1];
        memset(out, 0xee, sizeof(out));
        assert_not_sealed(&bench, out, sizeof(out), IKL_ERR_INVALID);
    }
}

static void a_padding_length_without_padding_is_not_sealed(void **state)
{
    struct sk_bench bench;
    uint8_t out[SK_ROOM];

    (void)state;
    sk_set_up(&bench, 1, 10);
    bench.what.padding_len = 1;
    memset(out, 0xee, sizeof(out));
    assert_not_sealed(&bench, out, sizeof(out), IKL_ERR_INVALID);
}

static void the_longest_sk_payload_is_sealed_and_one_octet_more_is_not(void **state)
{
    static uint8_t out[70000], plaintext[70000];

    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        for (int fragment = 0; fragment <= 1; fragment++) {
            struct sk_bench bench;
            struct ikl_opened opened;
            size_t fixed_len = fragment ? 8 : 4;
            size_t text_len, len;

            sk_set_up(&bench, which, 0);
            bench.what.fragment_number = bench.what.fragment_total = fragment ? 1 : 0;
            text_len = 65535 - fixed_len - bench.cipher->iv_len - bench.cipher->icv_len;
            text_len -= text_len % bench.cipher->block_len;
            bench.what.plaintext = (struct ikl_octets){sk_zeros, text_len - 1};
            len = sk_seal(&bench, out, sizeof(out));
            assert_int_equal(len, ikl_message_sealed_len(bench.cipher, text_len - 1, fragment != 0));
            assert_int_equal(sk_open(&bench, out, len, plaintext, text_len, &opened), IKL_OK);
            assert_int_equal(opened.plaintext.len, text_len - 1);

            bench.what.plaintext.len = text_len;
            assert_true(ikl_message_sealed_len(bench.cipher, text_len, fragment != 0) == SIZE_MAX);
            assert_not_sealed(&bench, out, sizeof(out), IKL_ERR_INVALID);
        }
    }
}

static void a_length_near_the_largest_number_does_not_wrap(void **state)
{
    static uint8_t out[64];

    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        for (size_t less = 0; less < 300; less++) {
            struct sk_bench bench;

            sk_set_up(&bench, which, SIZE_MAX - less);
            assert_true(ikl_message_sealed_len(bench.cipher, SIZE_MAX - less, false) == SIZE_MAX);
            assert_not_sealed(&bench, out, sizeof(out), IKL_ERR_INVALID);
        }
    }
}

static int fail_to_seal(const void *state, uint8_t *message, size_t aad_len, size_t text_len)
{
    (void)state;
    (void)message;
    (void)aad_len;
    (void)text_len;
    return IKL_ERR_EXHAUSTED;
}

static void a_message_that_the_cipher_fails_to_seal_is_wiped(void **state)
{
    struct sk_bench bench;
    struct ikl_cipher broken;
    uint8_t out[SK_ROOM];

    (void)state;
    sk_set_up(&bench, 1, 10);
    broken = *bench.cipher;
    broken.seal = fail_to_seal;
    bench.cipher = &broken;
    memset(out, 0xee, sizeof(out));
    assert_not_sealed(&bench, out, sizeof(out), IKL_ERR_EXHAUSTED);
}

TESTS_OF(crypto_sk)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_message_of_rfc_7634_appendix_b_is_sealed_and_opened),
        cmocka_unit_test(what_was_sealed_is_opened_at_every_length),
        cmocka_unit_test(the_shortest_padding_is_zeros_up_to_the_block),
        cmocka_unit_test(a_block_of_any_length_is_filled_up),
        cmocka_unit_test(the_header_is_sent_as_ikl_header_write_does_but_for_next_payload_and_length),
        cmocka_unit_test(the_plaintext_may_lie_anywhere_in_the_output_buffer),
        cmocka_unit_test(rfc_25_padding_of_any_content_up_to_255_octets_is_sealed_and_opened),
        cmocka_unit_test(rfc_31_a_fragment_is_sealed_with_its_number_and_total),
        cmocka_unit_test(an_sk_payload_has_no_fragment_numbers_whatever_was_opened_before),
        cmocka_unit_test(a_buffer_that_is_too_small_is_wiped),
        cmocka_unit_test(fragment_numbers_that_contradict_each_other_are_not_sealed),
        cmocka_unit_test(a_padding_length_without_padding_is_not_sealed),
        cmocka_unit_test(the_longest_sk_payload_is_sealed_and_one_octet_more_is_not),
        cmocka_unit_test(a_length_near_the_largest_number_does_not_wrap),
        cmocka_unit_test(a_message_that_the_cipher_fails_to_seal_is_wiped),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
