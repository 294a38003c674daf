/* SPDX-License-Identifier: ISC */
/* The payload chain keeps the promises of <ikelive/message.h>. */
#include "support/test.h"

#include "support/hex.h"

#include <ikelive/message.h>

enum { ROOM = 256, UNKNOWN = 200 };

/* A chain from hexadecimal text. `octets` points into `memory`. */
struct sample {
    uint8_t memory[ROOM];
    struct ikl_octets octets;
};

static struct ikl_octets sample(struct sample *out, const char *text)
{
    size_t len = hex_decode(out->memory, sizeof(out->memory), text);

    assert_true(len <= sizeof(out->memory));
    out->octets = (struct ikl_octets){out->memory, len};
    return out->octets;
}

static void assert_payload(struct ikl_chain *chain, uint8_t type, bool critical, const uint8_t *body, size_t len)
{
    struct ikl_payload payload;

    assert_int_equal(ikl_chain_next(chain, &payload), IKL_OK);
    assert_int_equal(payload.type, type);
    assert_int_equal(payload.critical, critical);
    assert_int_equal(payload.body.len, len);
    assert_ptr_equal(payload.body.data, body);
}

/* The walk must end with this, now and every time it is asked again, and write nothing. */
static void assert_ends(struct ikl_chain *chain, int status)
{
    for (int i = 0; i < 3; i++) {
        struct ikl_payload payload, before;

        memset(&payload, 0xa5, sizeof(payload));
        memset(&before, 0xa5, sizeof(before));
        assert_int_equal(ikl_chain_next(chain, &payload), status);
        assert_memory_equal(&payload, &before, sizeof(payload));
    }
}

static void payloads_are_given_in_order_as_views(void **state)
{
    struct sample in;
    struct ikl_chain chain = ikl_chain(IKL_PAYLOAD_NOTIFY, sample(&in, "2a000007 aabbcc 28800004 00000006 ddee"));

    (void)state;
    assert_payload(&chain, IKL_PAYLOAD_NOTIFY, false, in.memory + 4, 3);
    assert_payload(&chain, IKL_PAYLOAD_DELETE, true, in.memory + 11, 0);
    assert_payload(&chain, IKL_PAYLOAD_NONCE, false, in.memory + 15, 2);
    assert_ends(&chain, IKL_ERR_END);
}

static void a_walk_gives_payloads_of_any_type(void **state)
{
    (void)state;
    for (unsigned type = 1; type <= UINT8_MAX; type++) {
        struct sample in;
        struct ikl_chain chain = ikl_chain((uint8_t)type, sample(&in, "00000005 aa"));

        assert_payload(&chain, (uint8_t)type, false, in.memory + 4, 1);
        assert_ends(&chain, IKL_ERR_END);
    }
}

static void reserved_bits_of_a_payload_are_ignored(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= UINT8_MAX; bits++) {
        struct sample in;
        struct ikl_chain chain;

        (void)sample(&in, "00000005 aa");
        in.memory[1] = (uint8_t)bits;
        chain = ikl_chain(IKL_PAYLOAD_NOTIFY, in.octets);
        assert_payload(&chain, IKL_PAYLOAD_NOTIFY, bits >= 0x80, in.memory + 4, 1);
    }
}

static void a_chain_without_payloads_ends_at_once(void **state)
{
    struct ikl_chain chain = ikl_chain(IKL_PAYLOAD_NONE, (struct ikl_octets){NULL, 0});

    (void)state;
    assert_ends(&chain, IKL_ERR_END);
}

static void octets_where_no_payload_is_to_follow_are_malformed(void **state)
{
    struct sample in;
    struct ikl_chain chain = ikl_chain(IKL_PAYLOAD_NONE, sample(&in, "00000005 aa"));

    (void)state;
    assert_ends(&chain, IKL_ERR_MALFORMED);
}

static void a_chain_cut_anywhere_is_truncated(void **state)
{
    static const char *const text = "2a000007 aabbcc 28000004 00000006 ddee";
    static const size_t ends[] = {7, 11, 17};
    struct sample in;
    size_t len = sample(&in, text).len;

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = malloc(cut + 1);
        struct ikl_chain chain = ikl_chain(IKL_PAYLOAD_NOTIFY, (struct ikl_octets){copy + 1, cut});
        struct ikl_payload payload;

        assert_non_null(copy);
        memcpy(copy + 1, in.memory, cut);
        for (size_t i = 0; i < COUNT_OF(ends) && ends[i] <= cut; i++) {
            assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
        }
        assert_ends(&chain, IKL_ERR_TRUNCATED);
        free(copy);
    }
}

static void a_payload_length_that_runs_past_the_end_is_truncated(void **state)
{
    static const char *const texts[] = {"00000006 aa", "0000ffff aa", "00000100 aa", "29000005 aa 0000000a bb",
                                        "2e000006 aa"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct sample in;
        struct ikl_chain chain = ikl_chain(IKL_PAYLOAD_NOTIFY, sample(&in, texts[i]));

        if (i == 3) {
            assert_payload(&chain, IKL_PAYLOAD_NOTIFY, false, in.memory + 4, 1);
        }
        assert_ends(&chain, IKL_ERR_TRUNCATED);
    }
}

static void a_payload_length_below_4_is_malformed(void **state)
{
    (void)state;
    for (uint8_t length = 0; length < 4; length++) {
        struct sample in;
        struct ikl_chain chain;

        (void)sample(&in, "29000004 00000004");
        in.memory[7] = length;
        chain = ikl_chain(IKL_PAYLOAD_NOTIFY, in.octets);
        assert_payload(&chain, IKL_PAYLOAD_NOTIFY, false, in.memory + 4, 0);
        assert_ends(&chain, IKL_ERR_MALFORMED);
    }
}

static void octets_after_the_last_payload_are_malformed(void **state)
{
    static const char *const texts[] = {"00000005 aa bb", "00000005 aa 00000004"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct sample in;
        struct ikl_chain chain = ikl_chain(IKL_PAYLOAD_NOTIFY, sample(&in, texts[i]));

        assert_ends(&chain, IKL_ERR_MALFORMED);
    }
}

static void an_sk_payload_ends_the_chain_and_names_the_first_payload_inside(void **state)
{
    static const uint8_t types[] = {IKL_PAYLOAD_SK, IKL_PAYLOAD_SKF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        for (unsigned inner = 0; inner <= UINT8_MAX; inner++) {
            struct sample in;
            struct ikl_chain chain;

            (void)sample(&in, "2e000004 00000006 aabb");
            in.memory[0] = types[i];
            in.memory[4] = (uint8_t)inner;
            chain = ikl_chain(IKL_PAYLOAD_NOTIFY, in.octets);
            assert_payload(&chain, IKL_PAYLOAD_NOTIFY, false, in.memory + 4, 0);
            assert_payload(&chain, types[i], false, in.memory + 8, 2);
            assert_int_equal(ikl_chain_inner(&chain), inner);
            assert_ends(&chain, IKL_ERR_END);
            assert_int_equal(ikl_chain_inner(&chain), inner);
        }
    }
}

static void rfc_25_nothing_may_follow_an_sk_payload(void **state)
{
    static const uint8_t types[] = {IKL_PAYLOAD_SK, IKL_PAYLOAD_SKF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct sample in;
        struct ikl_chain chain = ikl_chain(types[i], sample(&in, "29000006 aabb 00000004"));

        assert_ends(&chain, IKL_ERR_MALFORMED);
        chain = ikl_chain(types[i], sample(&in, "00000006 aabb 00"));
        assert_ends(&chain, IKL_ERR_MALFORMED);
    }
}

static bool known(unsigned type)
{
    return (type >= 33 && type <= 48) || type == 53;
}

static void the_payload_types_of_rfc_7296_and_rfc_7383_are_known(void **state)
{
    (void)state;
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        assert_int_equal(ikl_payload_known((uint8_t)type), known(type));
    }
}

/* ikl_chain_check must say this, and touch critical_type only with IKL_ERR_CRITICAL. */
static void assert_check(uint8_t first, const char *text, bool inside_sk, int expected, uint8_t expected_type)
{
    struct sample in;
    struct ikl_octets octets = sample(&in, text);
    uint8_t critical_type = 99;

    assert_int_equal(ikl_chain_check(first, octets, inside_sk, &critical_type), expected);
    assert_int_equal(critical_type, expected == IKL_ERR_CRITICAL ? expected_type : 99);
    assert_int_equal(ikl_chain_check(first, octets, inside_sk, NULL), expected);
}

static void a_check_says_what_the_walk_ends_with(void **state)
{
    (void)state;
    for (int inside_sk = 0; inside_sk <= 1; inside_sk++) {
        assert_check(IKL_PAYLOAD_NONE, "", inside_sk, IKL_OK, 0);
        assert_check(IKL_PAYLOAD_NOTIFY, "2a000007 aabbcc 28000004 00000006 ddee", inside_sk, IKL_OK, 0);
        assert_check(IKL_PAYLOAD_NONE, "00", inside_sk, IKL_ERR_MALFORMED, 0);
        assert_check(IKL_PAYLOAD_NOTIFY, "2a000004 00000003", inside_sk, IKL_ERR_MALFORMED, 0);
        assert_check(IKL_PAYLOAD_NOTIFY, "2a000004 00000004 00", inside_sk, IKL_ERR_MALFORMED, 0);
        assert_check(IKL_PAYLOAD_NOTIFY, "2a000004 000000", inside_sk, IKL_ERR_TRUNCATED, 0);
        assert_check(IKL_PAYLOAD_NOTIFY, "", inside_sk, IKL_ERR_TRUNCATED, 0);
    }
}

static void rfc_25_an_sk_payload_inside_another_is_malformed(void **state)
{
    static const uint8_t types[] = {IKL_PAYLOAD_SK, IKL_PAYLOAD_SKF};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        assert_check(types[i], "29000004", true, IKL_ERR_MALFORMED, 0);
        assert_check(types[i], "29000004", false, IKL_OK, 0);
    }
    assert_check(UNKNOWN, "2e800004 00000004", true, IKL_ERR_MALFORMED, 0);
    assert_check(UNKNOWN, "35800004 00000004", true, IKL_ERR_MALFORMED, 0);
}

static void rfc_22_an_unknown_critical_payload_is_refused_by_its_type(void **state)
{
    (void)state;
    for (unsigned type = 1; type <= UINT8_MAX; type++) {
        if (!known(type)) {
            assert_check((uint8_t)type, "29800004 00000004", true, IKL_ERR_CRITICAL, (uint8_t)type);
            assert_check((uint8_t)type, "29000004 00000004", true, IKL_OK, 0);
        }
    }
    assert_check(IKL_PAYLOAD_NOTIFY, "01000004 ff000004 fe800004 00800004", true, IKL_ERR_CRITICAL, 255);
}

/* The n-th of the 24 orders of four things. */
static void order_of(size_t n, size_t *order)
{
    bool used[4] = {false};

    for (size_t i = 0; i < 4; i++) {
        size_t choices = 4 - i;
        size_t skip = n % choices;
        size_t next = 0;

        n /= choices;
        while (used[next] || skip-- > 0) {
            next++;
        }
        used[next] = true;
        order[i] = next;
    }
}

static void rfc_22_payloads_may_come_in_any_order_unknown_ones_too(void **state)
{
    static const struct ikl_payload payloads[4] = {
        {.type = IKL_PAYLOAD_NONCE}, {.type = UNKNOWN}, {.type = IKL_PAYLOAD_SA}, {.type = IKL_PAYLOAD_NOTIFY}};

    (void)state;
    for (size_t n = 0; n < 24; n++) {
        uint8_t octets[16];
        struct ikl_writer writer = ikl_writer(octets, sizeof(octets));
        struct ikl_payload ordered[4];
        size_t order[4];

        order_of(n, order);
        for (size_t i = 0; i < 4; i++) {
            ordered[i] = payloads[order[i]];
        }
        assert_int_equal(ikl_chain_write(&writer, ordered, 4), IKL_OK);
        assert_int_equal(ikl_chain_check(ordered[0].type, (struct ikl_octets){octets, 16}, true, NULL), IKL_OK);
    }
}

static void rfc_23_the_critical_bit_of_a_known_payload_is_ignored(void **state)
{
    (void)state;
    for (unsigned type = 1; type <= UINT8_MAX; type++) {
        if (known(type)) {
            assert_check((uint8_t)type, "00800004", false, IKL_OK, 0);
        }
    }
}

static void a_malformed_chain_is_malformed_whatever_else_is_wrong_with_it(void **state)
{
    (void)state;
    assert_check(UNKNOWN, "29800004 00000003", true, IKL_ERR_MALFORMED, 0);
    assert_check(UNKNOWN, "29800004 00000005", true, IKL_ERR_TRUNCATED, 0);
}

static void a_chain_is_written_with_its_generic_headers(void **state)
{
    static const uint8_t body[] = {0xaa, 0xbb, 0xcc};
    const struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_NOTIFY, .body = {body, 3}},
                                           {.type = UNKNOWN, .critical = true},
                                           {.type = UNKNOWN + 1, .body = {body, 1}}};
    struct sample expected;
    uint8_t out[ROOM];
    struct ikl_writer writer = ikl_writer(out, sizeof(out));

    (void)state;
    (void)sample(&expected, "c8000007 aabbcc c9800004 00000005 aa");
    assert_int_equal(ikl_chain_write(&writer, payloads, 3), IKL_OK);
    assert_int_equal(writer.len, expected.octets.len);
    assert_memory_equal(out, expected.memory, expected.octets.len);
    assert_int_equal(ikl_chain_first(payloads, 3), IKL_PAYLOAD_NOTIFY);
}

static void a_chain_of_no_payloads_is_nothing_and_begins_with_none(void **state)
{
    struct ikl_writer writer = ikl_writer(NULL, 0);

    (void)state;
    assert_int_equal(ikl_chain_write(&writer, NULL, 0), IKL_OK);
    assert_int_equal(writer.len, 0);
    assert_int_equal(ikl_chain_first(NULL, 0), IKL_PAYLOAD_NONE);
}

static void rfc_23_the_critical_bit_is_written_as_0_for_known_types_only(void **state)
{
    (void)state;
    for (unsigned type = 1; type <= UINT8_MAX; type++) {
        const struct ikl_payload payload = {.type = (uint8_t)type, .critical = true};
        uint8_t out[ROOM];
        struct ikl_writer writer = ikl_writer(out, sizeof(out));

        if (type == IKL_PAYLOAD_SK || type == IKL_PAYLOAD_SKF) {
            continue;
        }
        assert_int_equal(ikl_chain_write(&writer, &payload, 1), IKL_OK);
        assert_int_equal(out[1], known(type) ? 0 : 0x80);
    }
}

static void the_chain_that_was_written_is_walked_again(void **state)
{
    uint8_t body[40], out[4 * (4 + 40)];
    struct ikl_payload payloads[4];

    (void)state;
    for (size_t i = 0; i < sizeof(body); i++) {
        body[i] = (uint8_t)(3 * i);
    }
    for (size_t n = 0; n <= COUNT_OF(payloads); n++) {
        struct ikl_writer writer = ikl_writer(out, sizeof(out));
        struct ikl_chain chain;
        size_t at = 0;

        for (size_t i = 0; i < n; i++) {
            payloads[i] = (struct ikl_payload){(uint8_t)(UNKNOWN + i), i == 2, {body + i, 11 * i}};
        }
        assert_int_equal(ikl_chain_write(&writer, payloads, n), IKL_OK);
        chain = ikl_chain(ikl_chain_first(payloads, n), (struct ikl_octets){out, writer.len});
        for (size_t i = 0; i < n; i++) {
            assert_payload(&chain, payloads[i].type, i == 2, out + at + 4, 11 * i);
            assert_memory_equal(out + at + 4, body + i, 11 * i);
            at += 4 + 11 * i;
        }
        assert_ends(&chain, IKL_ERR_END);
    }
}

static void the_longest_body_is_written_and_read_and_one_octet_more_is_not(void **state)
{
    static uint8_t body[65532], out[70000];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY, .body = {body, 65531}};
    struct ikl_writer writer = ikl_writer(out, sizeof(out));
    struct ikl_chain chain;

    (void)state;
    assert_int_equal(ikl_chain_write(&writer, &payload, 1), IKL_OK);
    assert_int_equal(writer.len, 65535);
    chain = ikl_chain(IKL_PAYLOAD_NOTIFY, (struct ikl_octets){out, writer.len});
    assert_payload(&chain, IKL_PAYLOAD_NOTIFY, false, out + 4, 65531);
    payload.body.len = 65532;
    assert_int_equal(ikl_chain_write(&writer, &payload, 1), IKL_ERR_INVALID);
    payload.body.len = SIZE_MAX;
    assert_int_equal(ikl_chain_write(&writer, &payload, 1), IKL_ERR_INVALID);
    assert_int_equal(writer.len, 65535);
    assert_false(writer.failed);
}

static void a_chain_with_a_type_that_is_not_written_leaves_the_writer_alone(void **state)
{
    static const uint8_t types[] = {IKL_PAYLOAD_NONE, IKL_PAYLOAD_SK, IKL_PAYLOAD_SKF};
    uint8_t out[ROOM], before[ROOM];

    (void)state;
    memset(out, 0xa5, sizeof(out));
    memcpy(before, out, sizeof(before));
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        for (size_t at = 0; at < 3; at++) {
            struct ikl_payload payloads[] = {{.type = 41}, {.type = 42}, {.type = 43}};
            struct ikl_writer writer = ikl_writer(out, sizeof(out));

            payloads[at].type = types[i];
            assert_int_equal(ikl_chain_write(&writer, payloads, 3), IKL_ERR_INVALID);
            assert_int_equal(writer.len, 0);
            assert_false(writer.failed);
            assert_memory_equal(out, before, sizeof(out));
        }
    }
}

static void a_chain_without_room_here_or_before_is_an_error(void **state)
{
    static const uint8_t body[] = {0xaa, 0xbb, 0xcc};
    const struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_NOTIFY, .body = {body, 3}}, {.type = UNKNOWN}};
    uint8_t out[ROOM];
    struct ikl_writer writer = ikl_writer(NULL, 0);

    (void)state;
    assert_int_equal(ikl_chain_write(&writer, payloads, 2), IKL_OK);
    assert_int_equal(writer.len, 11);
    for (size_t size = 0; size <= 11; size++) {
        writer = ikl_writer(out, size);
        assert_int_equal(ikl_chain_write(&writer, payloads, 2), size < 11 ? IKL_ERR_NO_BUFFER : IKL_OK);
        assert_int_equal(writer.len, 11);
    }
    writer = ikl_writer(out, 2);
    ikl_write_u32(&writer, 0);
    assert_int_equal(ikl_chain_write(&writer, NULL, 0), IKL_ERR_NO_BUFFER);
}

TESTS_OF(message_chain)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_are_given_in_order_as_views),
        cmocka_unit_test(a_walk_gives_payloads_of_any_type),
        cmocka_unit_test(reserved_bits_of_a_payload_are_ignored),
        cmocka_unit_test(a_chain_without_payloads_ends_at_once),
        cmocka_unit_test(octets_where_no_payload_is_to_follow_are_malformed),
        cmocka_unit_test(a_chain_cut_anywhere_is_truncated),
        cmocka_unit_test(a_payload_length_that_runs_past_the_end_is_truncated),
        cmocka_unit_test(a_payload_length_below_4_is_malformed),
        cmocka_unit_test(octets_after_the_last_payload_are_malformed),
        cmocka_unit_test(an_sk_payload_ends_the_chain_and_names_the_first_payload_inside),
        cmocka_unit_test(rfc_25_nothing_may_follow_an_sk_payload),
        cmocka_unit_test(the_payload_types_of_rfc_7296_and_rfc_7383_are_known),
        cmocka_unit_test(a_check_says_what_the_walk_ends_with),
        cmocka_unit_test(rfc_25_an_sk_payload_inside_another_is_malformed),
        cmocka_unit_test(rfc_22_an_unknown_critical_payload_is_refused_by_its_type),
        cmocka_unit_test(rfc_22_payloads_may_come_in_any_order_unknown_ones_too),
        cmocka_unit_test(rfc_23_the_critical_bit_of_a_known_payload_is_ignored),
        cmocka_unit_test(a_malformed_chain_is_malformed_whatever_else_is_wrong_with_it),
        cmocka_unit_test(a_chain_is_written_with_its_generic_headers),
        cmocka_unit_test(a_chain_of_no_payloads_is_nothing_and_begins_with_none),
        cmocka_unit_test(rfc_23_the_critical_bit_is_written_as_0_for_known_types_only),
        cmocka_unit_test(the_chain_that_was_written_is_walked_again),
        cmocka_unit_test(the_longest_body_is_written_and_read_and_one_octet_more_is_not),
        cmocka_unit_test(a_chain_with_a_type_that_is_not_written_leaves_the_writer_alone),
        cmocka_unit_test(a_chain_without_room_here_or_before_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
