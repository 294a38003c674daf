/* SPDX-License-Identifier: ISC */
/* Messages that must not be opened: forged, cut, contradictory. Nothing of them comes out. */
#include "support/test.h"

#include "support/providers.h"
#include "support/sk_bench.h"

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

/* Opening must fail with this error, and leave `out` and, but for zeros, the plaintext alone. The datagram is copied to
 * memory of its own length, so that reading beyond it is noticed. */
static void assert_refused(const struct sk_bench *bench, const uint8_t *message, size_t len, int error)
{
    uint8_t *datagram = malloc(len != 0 ? len : 1);
    uint8_t *plaintext = malloc(SK_ROOM);
    struct ikl_opened before;
    struct ikl_opened opened;

    assert_true(datagram != NULL && plaintext != NULL);
    memcpy(datagram, message, len);
    memset(plaintext, 0xee, SK_ROOM);
    memset(&before, 0xa5, sizeof(before));
    opened = before;
    assert_int_equal(sk_open(bench, datagram, len, plaintext, SK_ROOM, &opened), error);
    assert_memory_equal(&opened, &before, sizeof(opened));
    for (size_t i = 0; i < SK_ROOM; i++) {
        assert_true(plaintext[i] == 0xee || plaintext[i] == 0);
    }
    free(plaintext);
    free(datagram);
}

/* Seals a text as it is, padding and Pad Length included, behind any octets after the header. */
static size_t seal_raw(const struct sk_bench *bench, const uint8_t *front, size_t front_len, uint8_t next_payload,
                       const uint8_t *text, size_t text_len, uint8_t *out)
{
    size_t aad_len = IKL_HEADER_LEN + front_len;
    size_t len = aad_len + bench->cipher->iv_len + text_len + bench->cipher->icv_len;
    struct ikl_writer writer = ikl_writer(out, SK_ROOM);
    struct ikl_header header = bench->what.header;

    assert_true(len <= SK_ROOM);
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
static size_t seal_text(const struct sk_bench *bench, const uint8_t *text, size_t text_len, uint8_t *out)
{
    uint8_t front[4] = {IKL_PAYLOAD_NOTIFY, 0};

    put_u16(front + 2, 4 + (size_t)bench->cipher->iv_len + text_len + bench->cipher->icv_len);
    return seal_raw(bench, front, sizeof(front), IKL_PAYLOAD_SK, text, text_len, out);
}

static void a_pad_length_larger_than_the_text_is_malformed(void **state)
{
    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        struct sk_bench bench;
        size_t text_len;

        sk_set_up(&bench, which, 0);
        text_len = bench.cipher->block_len;
        for (size_t pad_length = 0; pad_length <= 255; pad_length++) {
            uint8_t text[16], out[SK_ROOM], plaintext[SK_ROOM];
            struct ikl_opened opened;
            size_t len;

            memset(text, 0x77, sizeof(text));
            text[text_len - 1] = (uint8_t)pad_length;
            len = seal_text(&bench, text, text_len, out);
            if (pad_length < text_len) {
                assert_int_equal(sk_open(&bench, out, len, plaintext, SK_ROOM, &opened), IKL_OK);
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
    for (size_t which = 0; which < sk_ciphers(); which++) {
        for (size_t text_len = 1; text_len < 48; text_len++) {
            struct sk_bench bench;
            uint8_t out[SK_ROOM];
            size_t len;

            sk_set_up(&bench, which, 0);
            len = seal_text(&bench, sk_zeros, 48, out);
            len -= 48 - text_len;
            set_length(out, len);
            put_u16(out + 30, len - IKL_HEADER_LEN);
            assert_refused(&bench, out, len,
                           text_len % bench.cipher->block_len == 0 ? IKL_ERR_FORGED : IKL_ERR_MALFORMED);
        }
    }
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
    for (size_t which = 0; which < sk_ciphers(); which++) {
        for (int fragment = 0; fragment <= 1; fragment++) {
            struct sk_bench bench;
            uint8_t out[SK_ROOM], plaintext[SK_ROOM];
            struct ikl_opened opened;
            size_t len;

            len = sk_seal_short(&bench, which, fragment != 0, out);
            for (size_t bit = 0; bit < 8 * len; bit++) {
                out[bit / 8] ^= (uint8_t)(1u << bit % 8);
                if (fails_before_the_check(bit, fragment != 0)) {
                    assert_int_not_equal(sk_open(&bench, out, len, plaintext, SK_ROOM, &opened), IKL_OK);
                } else {
                    assert_refused(&bench, out, len, IKL_ERR_FORGED);
                }
                out[bit / 8] ^= (uint8_t)(1u << bit % 8);
            }
            assert_int_equal(sk_open(&bench, out, len, plaintext, SK_ROOM, &opened), IKL_OK);
        }
    }
}

static void a_message_cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        for (int fragment = 0; fragment <= 1; fragment++) {
            struct sk_bench bench;
            uint8_t out[SK_ROOM];
            size_t len;

            len = sk_seal_short(&bench, which, fragment != 0, out);
            for (size_t cut = 0; cut < len; cut++) {
                assert_refused(&bench, out, cut, cut < IKL_HEADER_LEN ? IKL_ERR_TRUNCATED : IKL_ERR_LENGTH);
            }
        }
    }
}

static void a_message_cut_anywhere_whose_length_fields_agree_is_refused(void **state)
{
    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        for (int fragment = 0; fragment <= 1; fragment++) {
            struct sk_bench bench;
            uint8_t out[SK_ROOM];
            size_t len, around_len;

            len = sk_seal_short(&bench, which, fragment != 0, out);
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
    struct sk_bench bench;
    uint8_t out[SK_ROOM];
    size_t len;

    (void)state;
    len = sk_seal_short(&bench, 1, false, out);
    for (size_t said = 0; said <= len; said++) {
        if (said != len - IKL_HEADER_LEN) {
            put_u16(out + 30, said);
            assert_refused(&bench, out, len, said > len - IKL_HEADER_LEN ? IKL_ERR_TRUNCATED : IKL_ERR_MALFORMED);
        }
    }
}

static void rfc_30_a_message_without_an_sk_payload_even_an_empty_one_is_unprotected(void **state)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0x00};
    struct sk_bench bench;
    uint8_t out[SK_ROOM];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_header header;

    (void)state;
    sk_set_up(&bench, 1, 0);
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
    for (size_t which = 0; which < sk_ciphers(); which++) {
        struct sk_bench bench;
        uint8_t out[SK_ROOM], plaintext[SK_ROOM];
        struct ikl_opened opened;
        size_t len, text_len;

        sk_set_up(&bench, which, 0);
        text_len = bench.cipher->block_len;
        put_u16(front + 10, 4 + (size_t)bench.cipher->iv_len + text_len + bench.cipher->icv_len);
        len = seal_raw(&bench, front, sizeof(front), IKL_PAYLOAD_NOTIFY, sk_zeros, text_len, out);
        assert_int_equal(sk_open(&bench, out, len, plaintext, SK_ROOM, &opened), IKL_OK);
        assert_int_equal(opened.first_payload, IKL_PAYLOAD_DELETE);
        assert_int_equal(opened.header.next_payload, IKL_PAYLOAD_NOTIFY);
        assert_ptr_equal(opened.iv.data, out + IKL_HEADER_LEN + sizeof(front));
        assert_int_equal(opened.plaintext.len, text_len - 1);
        out[IKL_HEADER_LEN + 7] ^= 1;
        assert_refused(&bench, out, len, IKL_ERR_FORGED);
    }
}

static void the_first_unknown_critical_payload_before_sk_is_named(void **state)
{
    uint8_t front[12] = {201, 0x80, 0, 4, IKL_PAYLOAD_SK, 0x80, 0, 4, IKL_PAYLOAD_NONE, 0};

    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        struct sk_bench bench;
        uint8_t out[SK_ROOM], plaintext[SK_ROOM];
        struct ikl_opened opened;
        size_t len, text_len;

        sk_set_up(&bench, which, 0);
        text_len = bench.cipher->block_len;
        put_u16(front + 10, 4 + (size_t)bench.cipher->iv_len + text_len + bench.cipher->icv_len);
        len = seal_raw(&bench, front, sizeof(front), 200, sk_zeros, text_len, out);
        assert_int_equal(sk_open(&bench, out, len, plaintext, SK_ROOM, &opened), IKL_OK);
        assert_int_equal(opened.critical, 200);
    }
}

static void rfc_25_nothing_may_follow_the_sk_payload(void **state)
{
    struct sk_bench bench;
    uint8_t out[SK_ROOM];
    size_t len;

    (void)state;
    len = sk_seal_short(&bench, 1, false, out);
    memcpy(out + len, "\0\0\0\4", 4);
    set_length(out, len + 4);
    assert_refused(&bench, out, len + 4, IKL_ERR_MALFORMED);
}

static void rfc_31_the_fragment_fields_are_authenticated(void **state)
{
    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        struct sk_bench bench;
        uint8_t out[SK_ROOM];
        size_t len;

        len = sk_seal_short(&bench, which, true, out);
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
        struct sk_bench bench;
        uint8_t front[8] = {0};
        uint8_t out[SK_ROOM];
        size_t len;

        sk_set_up(&bench, 1, 0);
        put_u16(front + 2, 8 + 8 + 1 + 16);
        memcpy(front + 4, impossible[i], 4);
        len = seal_raw(&bench, front, sizeof(front), IKL_PAYLOAD_SKF, sk_zeros, 1, out);
        assert_refused(&bench, out, len, IKL_ERR_MALFORMED);
    }
}

static void the_plaintext_needs_room_for_the_padding_and_its_length(void **state)
{
    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        struct sk_bench bench;
        uint8_t out[SK_ROOM], plaintext[SK_ROOM];
        struct ikl_opened opened;
        size_t len, text_len;

        sk_set_up(&bench, which, 20);
        len = sk_seal(&bench, out, sizeof(out));
        text_len = len - 32 - bench.cipher->iv_len - bench.cipher->icv_len;
        for (size_t size = 0; size < text_len; size++) {
            memset(plaintext, 0xee, sizeof(plaintext));
            assert_int_equal(sk_open(&bench, out, len, plaintext, size, &opened), IKL_ERR_NO_BUFFER);
            sk_assert_all(plaintext, sizeof(plaintext), 0xee);
        }
        memset(plaintext, 0xee, sizeof(plaintext));
        assert_int_equal(sk_open(&bench, out, len, plaintext, text_len, &opened), IKL_OK);
        sk_assert_all(plaintext + text_len, sizeof(plaintext) - text_len, 0xee);
    }
}

static void another_key_does_not_open_a_message(void **state)
{
    (void)state;
    for (size_t which = 0; which < sk_ciphers(); which++) {
        struct sk_bench bench;
        struct test_state other;
        uint8_t out[SK_ROOM];
        size_t len;

        sk_set_up(&bench, which, 20);
        len = sk_seal(&bench, out, sizeof(out));
        test_state_init(bench.cipher, &other, 99);
        bench.state = &other;
        assert_refused(&bench, out, len, IKL_ERR_FORGED);
        test_state_clear(bench.cipher, &other);
    }
}

TESTS_OF(crypto_sk_refused)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pad_length_larger_than_the_text_is_malformed),
        cmocka_unit_test(a_text_that_is_no_multiple_of_the_block_is_malformed),
        cmocka_unit_test(no_bit_of_a_message_can_be_changed),
        cmocka_unit_test(a_message_cut_anywhere_is_refused),
        cmocka_unit_test(a_message_cut_anywhere_whose_length_fields_agree_is_refused),
        cmocka_unit_test(a_payload_length_that_contradicts_the_message_is_refused),
        cmocka_unit_test(rfc_30_a_message_without_an_sk_payload_even_an_empty_one_is_unprotected),
        cmocka_unit_test(payloads_before_the_sk_payload_are_authenticated_and_ignored),
        cmocka_unit_test(the_first_unknown_critical_payload_before_sk_is_named),
        cmocka_unit_test(rfc_25_nothing_may_follow_the_sk_payload),
        cmocka_unit_test(rfc_31_the_fragment_fields_are_authenticated),
        cmocka_unit_test(impossible_fragment_numbers_are_malformed),
        cmocka_unit_test(the_plaintext_needs_room_for_the_padding_and_its_length),
        cmocka_unit_test(another_key_does_not_open_a_message),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
