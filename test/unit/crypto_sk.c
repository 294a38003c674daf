/* The SK and SKF payloads keep the promises of their header, with the AEADs of libsodium and with a host's own cipher.
 * SPDX-License-Identifier: ISC */
#include "support/test.h"

#include "support/hex.h"
#include "support/toy_cipher.h"

#include <ikelive/crypto.h>

enum { ROOM = 2048, MAX_STATE = 64, MAX_PLAIN = 600 };

/* A cipher with key state, and what to seal with it. */
struct bench {
    const struct ikl_cipher *cipher;
    uint64_t state[MAX_STATE / 8];
    uint8_t iv[IKL_MAX_IV];
    uint8_t plaintext[MAX_PLAIN];
    struct ikl_sealing what;
};

static const uint8_t zeros[70000];

static size_t n_ciphers(void)
{
    const struct ikl_suite suite = {IKL_ENCR_AES_GCM_16, 256, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};
    const struct ikl_cipher *cipher;

    return ikl_provider_sodium.cipher(&suite, &cipher) == IKL_OK ? 3 : 2;
}

/* Cipher 0 is the toy, 1 ChaCha20-Poly1305, 2 AES-GCM. */
static void set_up(struct bench *bench, size_t which, size_t plaintext_len)
{
    static const struct ikl_suite suites[] = {{IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_256_128, 5},
                                              {IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_NONE, 5},
                                              {IKL_ENCR_AES_GCM_16, 256, IKL_INTEG_NONE, 5}};
    const struct ikl_provider *provider = which == 0 ? &toy_provider : &ikl_provider_sodium;
    uint8_t key[IKL_MAX_ENCR_KEY];

    for (size_t i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)(i + 1);
    }
    assert_int_equal(provider->cipher(&suites[which], &bench->cipher), IKL_OK);
    assert_true(bench->cipher->state_size <= MAX_STATE);
    assert_int_equal(bench->cipher->init(bench->state, key, key), IKL_OK);
    for (size_t i = 0; i < sizeof(bench->iv); i++) {
        bench->iv[i] = (uint8_t)(0xf0 + i);
    }
    for (size_t i = 0; i < sizeof(bench->plaintext); i++) {
        bench->plaintext[i] = (uint8_t)(i * 5 + 1);
    }
    bench->what = (struct ikl_sealing){
        .header = {.spi_i = 0x1122, .spi_r = 0x3344, .exchange = IKL_INFORMATIONAL, .flags = 8, .message_id = 77},
        .first_payload = IKL_PAYLOAD_NOTIFY,
        .plaintext = {bench->plaintext, plaintext_len},
        .iv = bench->iv,
    };
}

static size_t seal(const struct bench *bench, uint8_t *out, size_t size)
{
    size_t len = 0;

    assert_int_equal(ikl_message_seal(bench->cipher, bench->state, &bench->what, out, size, &len), IKL_OK);
    return len;
}

static int open_message(const struct bench *bench, const uint8_t *datagram, size_t len, uint8_t *plaintext, size_t size,
                        struct ikl_opened *out)
{
    return ikl_message_open(bench->cipher, bench->state, datagram, len, plaintext, size, out);
}

static void put_u16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* Says in the Length field of the header, which for these messages fits its low half, how long the message is. */
static void set_length(uint8_t *message, size_t len)
{
    put_u16(message + 26, len);
}

static void assert_all(const uint8_t *data, size_t len, uint8_t value)
{
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(data[i], value);
    }
}

/* Opening must fail with this error, and leave `out` and, but for zeros, the plaintext alone. The datagram is copied to
 * memory of its own length, so that reading beyond it is noticed. */
static void assert_refused(const struct bench *bench, const uint8_t *message, size_t len, int error)
{
    uint8_t *datagram = malloc(len != 0 ? len : 1);
    uint8_t *plaintext = malloc(ROOM);
    struct ikl_opened before;
    struct ikl_opened opened;

    assert_true(datagram != NULL && plaintext != NULL);
    memcpy(datagram, message, len);
    memset(plaintext, 0xee, ROOM);
    memset(&before, 0xa5, sizeof(before));
    opened = before;
    assert_int_equal(open_message(bench, datagram, len, plaintext, ROOM, &opened), error);
    assert_memory_equal(&opened, &before, sizeof(opened));
    for (size_t i = 0; i < ROOM; i++) {
        assert_true(plaintext[i] == 0xee || plaintext[i] == 0);
    }
    free(plaintext);
    free(datagram);
}

/* Seals a text as it is, padding and Pad Length included, behind any octets after the header. */
static size_t seal_raw(const struct bench *bench, const uint8_t *front, size_t front_len, uint8_t next_payload,
                       const uint8_t *text, size_t text_len, uint8_t *out)
{
    size_t aad_len = IKL_HEADER_LEN + front_len;
    size_t len = aad_len + bench->cipher->iv_len + text_len + bench->cipher->icv_len;
    struct ikl_writer writer = ikl_writer(out, ROOM);
    struct ikl_header header = bench->what.header;

    assert_true(len <= ROOM);
    header.next_payload = next_payload;
    header.length = (uint32_t)len;
    ikl_header_write(&writer, &header);
    ikl_write_octets(&writer, front, front_len);
    ikl_write_octets(&writer, bench->iv, bench->cipher->iv_len);
    ikl_write_octets(&writer, text, text_len);
    assert_false(writer.failed);
    assert_int_equal(bench->cipher->seal(bench->state, out, aad_len, text_len), IKL_OK);
    return len;
}

/* The same, in an SK payload alone. */
static size_t seal_text(const struct bench *bench, const uint8_t *text, size_t text_len, uint8_t *out)
{
    uint8_t front[4] = {IKL_PAYLOAD_NOTIFY, 0};

    put_u16(front + 2, 4 + (size_t)bench->cipher->iv_len + text_len + bench->cipher->icv_len);
    return seal_raw(bench, front, sizeof(front), IKL_PAYLOAD_SK, text, text_len, out);
}

static void the_message_of_rfc_7634_appendix_b_is_sealed_and_opened(void **state)
{
    static const char *const expected_text =
        "c0c1c2c3c4c5c6c7 d0d1d2d3d4d5d6d7 2e202500 00000009 00000045 29000029 1011121314151617"
        "610394701f8d017f7c129248896b71bfe25236efd7cdc67066906315b2";
    const struct ikl_suite suite = {IKL_ENCR_CHACHA20_POLY1305, 0, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};
    const struct ikl_cipher *cipher;
    uint8_t expected[ROOM], key[64], key_state[64], iv[8], inside[12], out[ROOM], plaintext[ROOM];
    size_t expected_len = hex_decode(expected, sizeof(expected), expected_text);
    struct ikl_sealing what = {.header = {.spi_i = UINT64_C(0xc0c1c2c3c4c5c6c7),
                                          .spi_r = UINT64_C(0xd0d1d2d3d4d5d6d7),
                                          .exchange = IKL_INFORMATIONAL,
                                          .message_id = 9},
                               .first_payload = IKL_PAYLOAD_NOTIFY,
                               .plaintext = {inside, sizeof(inside)},
                               .iv = iv};
    struct ikl_opened opened;
    size_t len = 0;

    (void)state;
    assert_int_equal(
        hex_decode(key, sizeof(key), "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f a0a1a2a3"), 36);
    assert_int_equal(hex_decode(iv, sizeof(iv), "1011121314151617"), 8);
    assert_int_equal(hex_decode(inside, sizeof(inside), "0000000c 00004001 0000000a"), 12);
    assert_int_equal(ikl_provider_sodium.cipher(&suite, &cipher), IKL_OK);
    assert_int_equal(cipher->init(key_state, key, NULL), IKL_OK);
    assert_int_equal(ikl_message_seal(cipher, key_state, &what, out, sizeof(out), &len), IKL_OK);
    assert_int_equal(len, expected_len);
    assert_memory_equal(out, expected, len);
    assert_int_equal(ikl_message_open(cipher, key_state, expected, expected_len, plaintext, ROOM, &opened), IKL_OK);
    assert_int_equal(opened.first_payload, IKL_PAYLOAD_NOTIFY);
    assert_int_equal(opened.header.message_id, 9);
    assert_int_equal(opened.plaintext.len, sizeof(inside));
    assert_memory_equal(opened.plaintext.data, inside, sizeof(inside));
    assert_int_equal(opened.padding.len, 0);
}

static void what_was_sealed_is_opened_at_every_length(void **state)
{
    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        for (size_t plaintext_len = 0; plaintext_len <= 70; plaintext_len++) {
            struct bench bench;
            struct ikl_opened opened;
            uint8_t out[ROOM], plaintext[ROOM];
            size_t len, iv_len, text_len;

            set_up(&bench, which, plaintext_len);
            iv_len = bench.cipher->iv_len;
            memset(out, 0xee, sizeof(out));
            len = seal(&bench, out, sizeof(out));
            text_len = len - 32 - iv_len - bench.cipher->icv_len;
            assert_int_equal(len, ikl_message_sealed_len(bench.cipher, plaintext_len, false));
            assert_all(out + len, sizeof(out) - len, 0xee);
            assert_int_equal(open_message(&bench, out, len, plaintext, sizeof(plaintext), &opened), IKL_OK);
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
    for (size_t which = 0; which < n_ciphers(); which++) {
        for (size_t plaintext_len = 0; plaintext_len <= 70; plaintext_len++) {
            struct bench bench;
            struct ikl_opened opened;
            uint8_t out[ROOM], plaintext[ROOM];
            size_t len;

            set_up(&bench, which, plaintext_len);
            len = seal(&bench, out, sizeof(out));
            assert_int_equal(open_message(&bench, out, len, plaintext, sizeof(plaintext), &opened), IKL_OK);
            assert_true(opened.padding.len < bench.cipher->block_len);
            assert_int_equal((plaintext_len + opened.padding.len + 1) % bench.cipher->block_len, 0);
            assert_ptr_equal(opened.padding.data, plaintext + plaintext_len);
            assert_all(opened.padding.data, opened.padding.len, 0);
        }
    }
}

static void the_header_is_sent_as_given_but_for_next_payload_and_length(void **state)
{
    struct bench bench;
    struct ikl_opened opened;
    uint8_t out[ROOM], plaintext[ROOM];
    size_t len;

    (void)state;
    set_up(&bench, 1, 3);
    bench.what.header = (struct ikl_header){.spi_i = UINT64_MAX,
                                            .spi_r = 1,
                                            .next_payload = 99,
                                            .minor = 7,
                                            .exchange = 255,
                                            .flags = 0x2f,
                                            .message_id = UINT32_MAX,
                                            .length = 5};
    len = seal(&bench, out, sizeof(out));
    assert_int_equal(open_message(&bench, out, len, plaintext, sizeof(plaintext), &opened), IKL_OK);
    assert_true(opened.header.spi_i == UINT64_MAX);
    assert_true(opened.header.spi_r == 1);
    assert_int_equal(opened.header.next_payload, IKL_PAYLOAD_SK);
    assert_int_equal(opened.header.minor, 7);
    assert_int_equal(opened.header.exchange, 255);
    assert_int_equal(opened.header.flags, 0x2f);
    assert_true(opened.header.message_id == UINT32_MAX);
    assert_int_equal(opened.header.length, len);
    assert_int_equal(out[29], 0);
}

static void the_plaintext_may_lie_anywhere_in_the_output_buffer(void **state)
{
    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        struct bench bench;
        uint8_t expected[ROOM];
        size_t expected_len;

        set_up(&bench, which, 50);
        expected_len = seal(&bench, expected, sizeof(expected));
        for (size_t at = 0; at + 50 <= expected_len + 20; at++) {
            uint8_t out[ROOM];

            memset(out, 0xee, sizeof(out));
            memcpy(out + at, bench.plaintext, 50);
            bench.what.plaintext.data = out + at;
            assert_int_equal(seal(&bench, out, sizeof(out)), expected_len);
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
    for (size_t which = 0; which < n_ciphers(); which++) {
        struct bench bench;

        set_up(&bench, which, 32);
        for (size_t padding_len = 0; padding_len <= 255; padding_len++) {
            uint8_t out[ROOM], plaintext[ROOM];
            struct ikl_opened opened;
            size_t len = 1;

            bench.what.padding = padding;
            bench.what.padding_len = (uint8_t)padding_len;
            if ((32 + padding_len + 1) % bench.cipher->block_len != 0) {
                memset(out, 0xee, sizeof(out));
                assert_int_equal(ikl_message_seal(bench.cipher, bench.state, &bench.what, out, sizeof(out), &len),
                                 IKL_ERR_INVALID);
                assert_all(out, sizeof(out), 0);
                assert_int_equal(len, 1);
                continue;
            }
            len = seal(&bench, out, sizeof(out));
            assert_int_equal(open_message(&bench, out, len, plaintext, sizeof(plaintext), &opened), IKL_OK);
            assert_int_equal(opened.plaintext.len, 32);
            assert_memory_equal(opened.plaintext.data, bench.plaintext, 32);
            assert_int_equal(opened.padding.len, padding_len);
            assert_memory_equal(opened.padding.data, padding, padding_len);
        }
    }
}

static void a_pad_length_larger_than_the_text_is_malformed(void **state)
{
    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        struct bench bench;
        size_t text_len;

        set_up(&bench, which, 0);
        text_len = bench.cipher->block_len;
        for (size_t pad_length = 0; pad_length <= 255; pad_length++) {
            uint8_t text[16], out[ROOM], plaintext[ROOM];
            struct ikl_opened opened;
            size_t len;

            memset(text, 0x77, sizeof(text));
            text[text_len - 1] = (uint8_t)pad_length;
            len = seal_text(&bench, text, text_len, out);
            if (pad_length < text_len) {
                assert_int_equal(open_message(&bench, out, len, plaintext, ROOM, &opened), IKL_OK);
                assert_int_equal(opened.plaintext.len, text_len - 1 - pad_length);
                assert_int_equal(opened.padding.len, pad_length);
            } else {
                assert_refused(&bench, out, len, IKL_ERR_MALFORMED);
            }
        }
    }
}

static void a_text_that_is_no_multiple_of_the_block_is_malformed(void **state)
{
    (void)state;
    for (size_t text_len = 1; text_len < 48; text_len++) {
        struct bench bench;
        uint8_t out[ROOM];
        size_t len;

        set_up(&bench, 0, 0);
        len = seal_text(&bench, zeros, 48, out);
        len -= 48 - text_len;
        set_length(out, len);
        put_u16(out + 30, len - IKL_HEADER_LEN);
        assert_refused(&bench, out, len, text_len % 16 == 0 ? IKL_ERR_FORGED : IKL_ERR_MALFORMED);
    }
}

static void seal_message(struct bench *bench, size_t which, bool fragment, uint8_t *out, size_t *len)
{
    set_up(bench, which, 6);
    bench->what.fragment_number = fragment ? 2 : 0;
    bench->what.fragment_total = fragment ? 3 : 0;
    *len = seal(bench, out, ROOM);
}

/* What a flipped bit of the header or of the payload's fixed fields does before the integrity check is reached. */
static bool fails_before_the_check(size_t bit, bool fragment)
{
    size_t octet = bit / 8;

    return octet == 16                      /* Next Payload */
           || (octet == 17 && bit % 8 >= 4) /* major version */
           || (octet >= 24 && octet < 28)   /* Length */
           || octet == 30 || octet == 31    /* Payload Length */
           || (fragment && octet >= 32 && octet < 36);
}

static void no_bit_of_a_message_can_be_changed(void **state)
{
    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        for (int fragment = 0; fragment <= 1; fragment++) {
            struct bench bench;
            uint8_t out[ROOM], plaintext[ROOM];
            struct ikl_opened opened;
            size_t len;

            seal_message(&bench, which, fragment != 0, out, &len);
            for (size_t bit = 0; bit < 8 * len; bit++) {
                out[bit / 8] ^= (uint8_t)(1u << bit % 8);
                if (fails_before_the_check(bit, fragment != 0)) {
                    assert_int_not_equal(open_message(&bench, out, len, plaintext, ROOM, &opened), IKL_OK);
                } else {
                    assert_refused(&bench, out, len, IKL_ERR_FORGED);
                }
                out[bit / 8] ^= (uint8_t)(1u << bit % 8);
            }
            assert_int_equal(open_message(&bench, out, len, plaintext, ROOM, &opened), IKL_OK);
        }
    }
}

static void a_message_cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        for (int fragment = 0; fragment <= 1; fragment++) {
            struct bench bench;
            uint8_t out[ROOM];
            size_t len;

            seal_message(&bench, which, fragment != 0, out, &len);
            for (size_t cut = 0; cut < len; cut++) {
                assert_refused(&bench, out, cut, cut < IKL_HEADER_LEN ? IKL_ERR_TRUNCATED : IKL_ERR_LENGTH);
            }
        }
    }
}

static void a_message_cut_anywhere_whose_length_fields_agree_is_refused(void **state)
{
    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        for (int fragment = 0; fragment <= 1; fragment++) {
            struct bench bench;
            uint8_t out[ROOM];
            size_t len, around_len;

            seal_message(&bench, which, fragment != 0, out, &len);
            around_len = 32 + (fragment ? 4u : 0u) + bench.cipher->iv_len + bench.cipher->icv_len;
            for (size_t cut = 32; cut < len; cut++) {
                set_length(out, cut);
                put_u16(out + 30, cut - IKL_HEADER_LEN);
                assert_refused(&bench, out, cut,
                               cut <= around_len || (cut - around_len) % bench.cipher->block_len != 0
                                   ? IKL_ERR_MALFORMED
                                   : IKL_ERR_FORGED);
            }
        }
    }
}

static void a_payload_length_that_contradicts_the_message_is_refused(void **state)
{
    struct bench bench;
    uint8_t out[ROOM];
    size_t len;

    (void)state;
    seal_message(&bench, 1, false, out, &len);
    for (size_t said = 0; said <= len; said++) {
        if (said != len - IKL_HEADER_LEN) {
            put_u16(out + 30, said);
            assert_refused(&bench, out, len, said > len - IKL_HEADER_LEN ? IKL_ERR_TRUNCATED : IKL_ERR_MALFORMED);
        }
    }
}

static void a_message_without_an_sk_payload_is_unprotected(void **state)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0x00};
    struct bench bench;
    uint8_t out[ROOM];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_header header;

    (void)state;
    set_up(&bench, 1, 0);
    header = bench.what.header;
    header.length = IKL_HEADER_LEN;
    ikl_header_write(&writer, &header);
    assert_refused(&bench, out, IKL_HEADER_LEN, IKL_ERR_UNPROTECTED);

    writer = ikl_writer(out, sizeof(out));
    header.next_payload = IKL_PAYLOAD_NOTIFY;
    header.length = IKL_HEADER_LEN + sizeof(notify);
    ikl_header_write(&writer, &header);
    ikl_write_octets(&writer, notify, sizeof(notify));
    assert_refused(&bench, out, writer.len, IKL_ERR_UNPROTECTED);
}

static void payloads_before_the_sk_payload_are_authenticated_and_ignored(void **state)
{
    uint8_t front[12] = {IKL_PAYLOAD_SK, 0, 0, 8, 0, 0, 0x40, 0x00, IKL_PAYLOAD_DELETE, 0};

    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        struct bench bench;
        uint8_t out[ROOM], plaintext[ROOM];
        struct ikl_opened opened;
        size_t len, text_len;

        set_up(&bench, which, 0);
        text_len = bench.cipher->block_len;
        put_u16(front + 10, 4 + (size_t)bench.cipher->iv_len + text_len + bench.cipher->icv_len);
        len = seal_raw(&bench, front, sizeof(front), IKL_PAYLOAD_NOTIFY, zeros, text_len, out);
        assert_int_equal(open_message(&bench, out, len, plaintext, ROOM, &opened), IKL_OK);
        assert_int_equal(opened.first_payload, IKL_PAYLOAD_DELETE);
        assert_int_equal(opened.header.next_payload, IKL_PAYLOAD_NOTIFY);
        assert_ptr_equal(opened.iv.data, out + IKL_HEADER_LEN + sizeof(front));
        assert_int_equal(opened.plaintext.len, text_len - 1);
        out[IKL_HEADER_LEN + 7] ^= 1;
        assert_refused(&bench, out, len, IKL_ERR_FORGED);
    }
}

static void rfc_25_nothing_may_follow_the_sk_payload(void **state)
{
    struct bench bench;
    uint8_t out[ROOM];
    size_t len;

    (void)state;
    seal_message(&bench, 1, false, out, &len);
    memcpy(out + len, "\0\0\0\4", 4);
    set_length(out, len + 4);
    assert_refused(&bench, out, len + 4, IKL_ERR_MALFORMED);
}

static void rfc_31_a_fragment_is_sealed_with_its_number_and_total(void **state)
{
    static const uint16_t numbers[][2] = {{1, 1}, {1, 2}, {2, 2}, {65535, 65535}, {258, 772}};

    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        for (size_t i = 0; i < COUNT_OF(numbers); i++) {
            struct bench bench;
            uint8_t out[ROOM], plaintext[ROOM];
            struct ikl_opened opened;
            size_t len;

            set_up(&bench, which, 21);
            bench.what.fragment_number = numbers[i][0];
            bench.what.fragment_total = numbers[i][1];
            bench.what.first_payload = numbers[i][0] == 1 ? IKL_PAYLOAD_NOTIFY : IKL_PAYLOAD_NONE;
            len = seal(&bench, out, sizeof(out));
            assert_int_equal(len, ikl_message_sealed_len(bench.cipher, 21, true));
            assert_int_equal(out[32] << 8 | out[33], numbers[i][0]);
            assert_int_equal(out[34] << 8 | out[35], numbers[i][1]);
            assert_int_equal(open_message(&bench, out, len, plaintext, ROOM, &opened), IKL_OK);
            assert_int_equal(opened.header.next_payload, IKL_PAYLOAD_SKF);
            assert_int_equal(opened.fragment_number, numbers[i][0]);
            assert_int_equal(opened.fragment_total, numbers[i][1]);
            assert_int_equal(opened.first_payload, bench.what.first_payload);
            assert_ptr_equal(opened.iv.data, out + 36);
            assert_int_equal(opened.plaintext.len, 21);
            assert_memory_equal(opened.plaintext.data, bench.plaintext, 21);
        }
    }
}

static void an_sk_payload_has_no_fragment_numbers_whatever_was_opened_before(void **state)
{
    struct bench bench;
    uint8_t whole[ROOM], fragment[ROOM], plaintext[ROOM];
    struct ikl_opened opened;
    size_t whole_len, fragment_len;

    (void)state;
    seal_message(&bench, 1, true, fragment, &fragment_len);
    seal_message(&bench, 1, false, whole, &whole_len);
    assert_int_equal(open_message(&bench, fragment, fragment_len, plaintext, ROOM, &opened), IKL_OK);
    assert_int_equal(open_message(&bench, whole, whole_len, plaintext, ROOM, &opened), IKL_OK);
    assert_int_equal(opened.fragment_number, 0);
    assert_int_equal(opened.fragment_total, 0);
}

static void rfc_31_the_fragment_fields_are_authenticated(void **state)
{
    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        struct bench bench;
        uint8_t out[ROOM];
        size_t len;

        seal_message(&bench, which, true, out, &len);
        out[33] = 1;
        assert_refused(&bench, out, len, IKL_ERR_FORGED);
        out[33] = 2;
        out[35] = 4;
        assert_refused(&bench, out, len, IKL_ERR_FORGED);
    }
}

static void impossible_fragment_numbers_are_malformed(void **state)
{
    static const uint8_t impossible[][4] = {{0, 0, 0, 0}, {0, 0, 0, 3}, {0, 1, 0, 0}, {0, 4, 0, 3}, {1, 0, 0, 255}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(impossible); i++) {
        struct bench bench;
        uint8_t front[8] = {0};
        uint8_t out[ROOM];
        size_t len;

        set_up(&bench, 1, 0);
        put_u16(front + 2, 8 + 8 + 1 + 16);
        memcpy(front + 4, impossible[i], 4);
        len = seal_raw(&bench, front, sizeof(front), IKL_PAYLOAD_SKF, zeros, 1, out);
        assert_refused(&bench, out, len, IKL_ERR_MALFORMED);
    }
}

/* Sealing must fail with this error, wipe all of `out` and not touch the length. */
static void assert_not_sealed(const struct bench *bench, uint8_t *out, size_t size, int error)
{
    size_t len = 12345;

    assert_int_equal(ikl_message_seal(bench->cipher, bench->state, &bench->what, out, size, &len), error);
    assert_all(out, size, 0);
    assert_int_equal(len, 12345);
}

static void a_buffer_that_is_too_small_is_wiped(void **state)
{
    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        struct bench bench;
        uint8_t out[ROOM];
        size_t len;

        set_up(&bench, which, 10);
        len = seal(&bench, out, sizeof(out));
        for (size_t size = 0; size < len; size++) {
            memset(out, 0xee, sizeof(out));
            if (size >= 10) {
                memcpy(out, bench.plaintext, 10);
                bench.what.plaintext.data = out;
            }
            assert_not_sealed(&bench, out, size, IKL_ERR_NO_BUFFER);
            assert_all(out + size, sizeof(out) - size, 0xee);
            bench.what.plaintext.data = bench.plaintext;
        }
        assert_int_equal(seal(&bench, out, len), len);
    }
}

static void fragment_numbers_that_contradict_each_other_are_not_sealed(void **state)
{
    static const uint16_t wrong[][2] = {{0, 1}, {1, 0}, {2, 1}, {65535, 65534}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct bench bench;
        uint8_t out[ROOM];

        set_up(&bench, 1, 10);
        bench.what.fragment_number = wrong[i][0];
        bench.what.fragment_total = wrong[i][1];
        memset(out, 0xee, sizeof(out));
        assert_not_sealed(&bench, out, sizeof(out), IKL_ERR_INVALID);
    }
}

static void a_padding_length_without_padding_is_not_sealed(void **state)
{
    struct bench bench;
    uint8_t out[ROOM];

    (void)state;
    set_up(&bench, 1, 10);
    bench.what.padding_len = 1;
    memset(out, 0xee, sizeof(out));
    assert_not_sealed(&bench, out, sizeof(out), IKL_ERR_INVALID);
}

static void the_longest_sk_payload_is_sealed_and_one_octet_more_is_not(void **state)
{
    static uint8_t out[70000], plaintext[70000];

    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        for (int fragment = 0; fragment <= 1; fragment++) {
            struct bench bench;
            struct ikl_opened opened;
            size_t fixed_len = fragment ? 8 : 4;
            size_t text_len, len;

            set_up(&bench, which, 0);
            bench.what.fragment_number = bench.what.fragment_total = fragment ? 1 : 0;
            text_len = 65535 - fixed_len - bench.cipher->iv_len - bench.cipher->icv_len;
            text_len -= text_len % bench.cipher->block_len;
            bench.what.plaintext = (struct ikl_octets){zeros, text_len - 1};
            len = seal(&bench, out, sizeof(out));
            assert_int_equal(len, ikl_message_sealed_len(bench.cipher, text_len - 1, fragment != 0));
            assert_int_equal(open_message(&bench, out, len, plaintext, text_len, &opened), IKL_OK);
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
    for (size_t which = 0; which < n_ciphers(); which++) {
        for (size_t less = 0; less < 300; less++) {
            struct bench bench;

            set_up(&bench, which, SIZE_MAX - less);
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
    struct bench bench;
    struct ikl_cipher broken;
    uint8_t out[ROOM];

    (void)state;
    set_up(&bench, 1, 10);
    broken = *bench.cipher;
    broken.seal = fail_to_seal;
    bench.cipher = &broken;
    memset(out, 0xee, sizeof(out));
    assert_not_sealed(&bench, out, sizeof(out), IKL_ERR_EXHAUSTED);
}

static void the_plaintext_needs_room_for_the_padding_and_its_length(void **state)
{
    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        struct bench bench;
        uint8_t out[ROOM], plaintext[ROOM];
        struct ikl_opened opened;
        size_t len, text_len;

        set_up(&bench, which, 20);
        len = seal(&bench, out, sizeof(out));
        text_len = len - 32 - bench.cipher->iv_len - bench.cipher->icv_len;
        for (size_t size = 0; size < text_len; size++) {
            memset(plaintext, 0xee, sizeof(plaintext));
            assert_int_equal(open_message(&bench, out, len, plaintext, size, &opened), IKL_ERR_NO_BUFFER);
            assert_all(plaintext, sizeof(plaintext), 0xee);
        }
        memset(plaintext, 0xee, sizeof(plaintext));
        assert_int_equal(open_message(&bench, out, len, plaintext, text_len, &opened), IKL_OK);
        assert_all(plaintext + text_len, sizeof(plaintext) - text_len, 0xee);
    }
}

static void another_key_does_not_open_a_message(void **state)
{
    (void)state;
    for (size_t which = 0; which < n_ciphers(); which++) {
        struct bench bench;
        uint8_t out[ROOM], key[IKL_MAX_ENCR_KEY] = {1};
        size_t len;

        set_up(&bench, which, 20);
        len = seal(&bench, out, sizeof(out));
        assert_int_equal(bench.cipher->init(bench.state, key, key), IKL_OK);
        assert_refused(&bench, out, len, IKL_ERR_FORGED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_message_of_rfc_7634_appendix_b_is_sealed_and_opened),
        cmocka_unit_test(what_was_sealed_is_opened_at_every_length),
        cmocka_unit_test(the_shortest_padding_is_zeros_up_to_the_block),
        cmocka_unit_test(the_header_is_sent_as_given_but_for_next_payload_and_length),
        cmocka_unit_test(the_plaintext_may_lie_anywhere_in_the_output_buffer),
        cmocka_unit_test(rfc_25_padding_of_any_content_up_to_255_octets_is_sealed_and_opened),
        cmocka_unit_test(a_pad_length_larger_than_the_text_is_malformed),
        cmocka_unit_test(a_text_that_is_no_multiple_of_the_block_is_malformed),
        cmocka_unit_test(no_bit_of_a_message_can_be_changed),
        cmocka_unit_test(a_message_cut_anywhere_is_refused),
        cmocka_unit_test(a_message_cut_anywhere_whose_length_fields_agree_is_refused),
        cmocka_unit_test(a_payload_length_that_contradicts_the_message_is_refused),
        cmocka_unit_test(a_message_without_an_sk_payload_is_unprotected),
        cmocka_unit_test(payloads_before_the_sk_payload_are_authenticated_and_ignored),
        cmocka_unit_test(rfc_25_nothing_may_follow_the_sk_payload),
        cmocka_unit_test(rfc_31_a_fragment_is_sealed_with_its_number_and_total),
        cmocka_unit_test(an_sk_payload_has_no_fragment_numbers_whatever_was_opened_before),
        cmocka_unit_test(rfc_31_the_fragment_fields_are_authenticated),
        cmocka_unit_test(impossible_fragment_numbers_are_malformed),
        cmocka_unit_test(a_buffer_that_is_too_small_is_wiped),
        cmocka_unit_test(fragment_numbers_that_contradict_each_other_are_not_sealed),
        cmocka_unit_test(a_padding_length_without_padding_is_not_sealed),
        cmocka_unit_test(the_longest_sk_payload_is_sealed_and_one_octet_more_is_not),
        cmocka_unit_test(a_length_near_the_largest_number_does_not_wrap),
        cmocka_unit_test(a_message_that_the_cipher_fails_to_seal_is_wiped),
        cmocka_unit_test(the_plaintext_needs_room_for_the_padding_and_its_length),
        cmocka_unit_test(another_key_does_not_open_a_message),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
