/* SPDX-License-Identifier: ISC */
/* Reading SA payloads keeps the promises of its header. */
#include "support/test.h"

#include "support/codec.h"

#include <ikelive/payloads.h>

/* Two proposals: IKE with ChaCha20-Poly1305, PRF and Curve25519; ESP with AES-GCM of 256 bits and an attribute that
 * nobody knows in TLV form. */
#define IKE_PROPOSAL                                                                                                   \
    "01 01 00 03"                                                                                                      \
    "0300 0008 01 00 001c"                                                                                             \
    "0300 0008 02 00 0005"                                                                                             \
    "0000 0008 04 00 001f"
#define ESP_PROPOSAL                                                                                                   \
    "02 03 04 02 c9f0f68f"                                                                                             \
    "0300 0013 01 00 0014 800e 0100 000f 0003 aabbcc"                                                                  \
    "0000 0008 05 00 0001"
#define OFFER "0200 0020" IKE_PROPOSAL "0000 0027" ESP_PROPOSAL
#define ACCEPTED "0000 0020" IKE_PROPOSAL

enum { TRANSFORM_ROOM = 255 };

/* Gives the n-th proposal, and in `transforms` what the walk over its transforms gives. */
static struct ikl_proposal proposal_of(struct ikl_octets body, size_t n, struct ikl_transform *transforms)
{
    struct ikl_proposals proposals = ikl_proposals(body, IKL_SA_OFFER);
    struct ikl_proposal proposal;
    struct ikl_transforms walk;
    struct ikl_transform beyond;

    for (size_t i = 0; i <= n; i++) {
        assert_int_equal(ikl_proposals_next(&proposals, &proposal), IKL_OK);
    }
    walk = ikl_transforms(&proposal);
    for (size_t i = 0; i < proposal.n_transforms; i++) {
        assert_int_equal(walk.left, proposal.n_transforms - i);
        assert_int_equal(ikl_transforms_next(&walk, &transforms[i]), IKL_OK);
    }
    assert_int_equal(ikl_transforms_next(&walk, &beyond), IKL_ERR_END);
    assert_int_equal(ikl_transforms_next(&walk, &beyond), IKL_ERR_END);
    return proposal;
}

static void assert_transform(const struct ikl_transform *transform, uint8_t type, uint16_t id, uint16_t key_bits)
{
    assert_int_equal(transform->type, type);
    assert_int_equal(transform->id, id);
    assert_int_equal(transform->key_bits, key_bits);
}

static void proposals_are_walked_in_order(void **state)
{
    struct ikl_octets body = codec_octets(OFFER);
    struct ikl_transform transforms[TRANSFORM_ROOM];
    struct ikl_proposals proposals = ikl_proposals(body, IKL_SA_OFFER);
    struct ikl_proposal proposal;

    (void)state;
    proposal = proposal_of(body, 0, transforms);
    assert_int_equal(proposal.number, 1);
    assert_int_equal(proposal.protocol, IKL_PROTOCOL_IKE);
    assert_int_equal(proposal.n_transforms, 3);
    assert_int_equal(proposal.spi.len, 0);
    assert_ptr_equal(proposal.transforms.data, body.data + 8);
    assert_int_equal(proposal.transforms.len, 24);
    assert_transform(&transforms[0], IKL_TRANSFORM_ENCR, IKL_ENCR_CHACHA20_POLY1305, 0);
    assert_transform(&transforms[1], IKL_TRANSFORM_PRF, IKL_PRF_HMAC_SHA2_256, 0);
    assert_transform(&transforms[2], IKL_TRANSFORM_KE, IKL_KE_CURVE25519, 0);
    assert_int_equal(transforms[2].attributes.len, 0);

    proposal = proposal_of(body, 1, transforms);
    assert_int_equal(proposal.number, 2);
    assert_int_equal(proposal.protocol, IKL_PROTOCOL_ESP);
    assert_int_equal(proposal.n_transforms, 2);
    codec_assert_octets(proposal.spi, "c9f0f68f");
    assert_ptr_equal(proposal.spi.data, body.data + 32 + 8);
    assert_transform(&transforms[0], IKL_TRANSFORM_ENCR, IKL_ENCR_AES_GCM_16, 256);
    assert_transform(&transforms[1], IKL_TRANSFORM_ESN, IKL_ESN_YES, 0);

    assert_int_equal(ikl_proposals_next(&proposals, &proposal), IKL_OK);
    assert_int_equal(ikl_proposals_next(&proposals, &proposal), IKL_OK);
    assert_int_equal(ikl_proposals_next(&proposals, &proposal), IKL_ERR_END);
    assert_int_equal(ikl_proposals_next(&proposals, &proposal), IKL_ERR_END);
    assert_int_equal(ikl_proposals_check(body, IKL_SA_OFFER), IKL_OK);
}

static void attributes_are_walked_in_either_form(void **state)
{
    struct ikl_transform transforms[TRANSFORM_ROOM];
    struct ikl_attributes attributes;
    struct ikl_attribute attribute;

    (void)state;
    (void)proposal_of(codec_octets(OFFER), 1, transforms);
    attributes = ikl_attributes(&transforms[0]);
    assert_int_equal(ikl_attributes_next(&attributes, &attribute), IKL_OK);
    assert_int_equal(attribute.type, IKL_ATTRIBUTE_KEY_LENGTH);
    assert_true(attribute.fixed);
    assert_int_equal(attribute.value, 256);
    assert_int_equal(attribute.data.len, 0);
    assert_int_equal(ikl_attributes_next(&attributes, &attribute), IKL_OK);
    assert_int_equal(attribute.type, 15);
    assert_false(attribute.fixed);
    assert_int_equal(attribute.value, 0);
    codec_assert_octets(attribute.data, "aabbcc");
    assert_ptr_equal(attribute.data.data, transforms[0].attributes.data + 8);
    assert_int_equal(ikl_attributes_next(&attributes, &attribute), IKL_ERR_END);
    assert_int_equal(ikl_attributes_next(&attributes, &attribute), IKL_ERR_END);

    attributes = ikl_attributes(&transforms[1]);
    assert_int_equal(ikl_attributes_next(&attributes, &attribute), IKL_ERR_END);
}

static int check_offer(struct ikl_octets body)
{
    return ikl_proposals_check(body, IKL_SA_OFFER);
}

static int check_accepted(struct ikl_octets body)
{
    return ikl_proposals_check(body, IKL_SA_ACCEPTED);
}

static void rfc_26_lengths_and_last_markers_agree(void **state)
{
    static const struct codec_row rows[] = {
        /* one proposal of one transform */
        {"0000 0010 01 01 00 01 0000 0008 02 00 0005", IKL_OK},
        /* last-marker of the proposal */
        {"0200 0010 01 01 00 01 0000 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0100 0010 01 01 00 01 0000 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0300 0010 01 01 00 01 0000 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"ff00 0010 01 01 00 01 0000 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0000 0010 01 01 00 01 0000 0008 02 00 0005 0000 0010 02 01 00 01 0000 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0300 0010 01 01 00 01 0000 0008 02 00 0005 0000 0010 02 01 00 01 0000 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0200 0010 01 01 00 01 0000 0008 02 00 0005 0000 0010 02 01 00 01 0000 0008 02 00 0005", IKL_OK},
        /* octets after the last one */
        {"0000 0010 01 01 00 01 0000 0008 02 00 0005 00", IKL_ERR_MALFORMED},
        {"0200 0010 01 01 00 01 0000 0008 02 00 0005 00", IKL_ERR_TRUNCATED},
        /* length of the proposal */
        {"0000 0011 01 01 00 01 0000 0008 02 00 0005", IKL_ERR_TRUNCATED},
        {"0000 ffff 01 01 00 01 0000 0008 02 00 0005", IKL_ERR_TRUNCATED},
        {"0000 000f 01 01 00 01 0000 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0000 0000 01 01 00 01 0000 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0000 0003 01 01 00 01 0000 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0000 0004", IKL_ERR_MALFORMED},
        {"0000 0007 01 01 00", IKL_ERR_MALFORMED},
        /* last-marker of the transform */
        {"0000 0010 01 01 00 01 0300 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0000 0010 01 01 00 01 0200 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0000 0018 01 01 00 02 0000 0008 02 00 0005 0000 0008 02 00 0006", IKL_ERR_MALFORMED},
        {"0000 0018 01 01 00 02 0200 0008 02 00 0005 0000 0008 02 00 0006", IKL_ERR_MALFORMED},
        {"0000 0018 01 01 00 02 0300 0008 02 00 0005 0000 0008 02 00 0006", IKL_OK},
        /* length of the transform */
        {"0000 0010 01 01 00 01 0000 0009 02 00 0005", IKL_ERR_TRUNCATED},
        {"0000 0010 01 01 00 01 0000 ffff 02 00 0005", IKL_ERR_TRUNCATED},
        {"0000 0010 01 01 00 01 0000 0007 02 00 0005", IKL_ERR_MALFORMED},
        {"0000 0010 01 01 00 01 0000 0003 02 00 0005", IKL_ERR_MALFORMED},
        {"0000 000c 01 01 00 01 0000 0004", IKL_ERR_MALFORMED},
        {"0000 000f 01 01 00 01 0000 0007 02 00 00", IKL_ERR_MALFORMED},
        {"0000 000b 01 01 00 01 0000 00", IKL_ERR_TRUNCATED},
    };

    (void)state;
    codec_assert_rows(check_offer, rows, COUNT_OF(rows));
}

static void rfc_26_the_number_of_transforms_agrees(void **state)
{
    static const struct codec_row rows[] = {
        {"0000 0008 01 01 00 00", IKL_ERR_MALFORMED},
        {"0000 0008 01 01 00 01", IKL_ERR_TRUNCATED},
        {"0000 0010 01 01 00 00 0000 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0000 0010 01 01 00 02 0000 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0000 0010 01 01 00 ff 0300 0008 02 00 0005", IKL_ERR_MALFORMED},
        {"0000 0018 01 01 00 01 0300 0008 02 00 0005 0000 0008 02 00 0006", IKL_ERR_MALFORMED},
        {"0000 0018 01 01 00 01 0000 0008 02 00 0005 0000 0008 02 00 0006", IKL_ERR_MALFORMED},
        {"0000 0011 01 01 00 01 0300 0008 02 00 0005 00", IKL_ERR_MALFORMED},
        {"0000 0011 01 01 00 02 0300 0008 02 00 0005 00", IKL_ERR_TRUNCATED},
        {"0000 0018 01 01 00 03 0300 0008 02 00 0005 0000 0008 02 00 0006", IKL_ERR_MALFORMED},
        {"0000 0018 01 01 00 03 0300 0008 02 00 0005 0300 0008 02 00 0006", IKL_ERR_MALFORMED},
    };

    (void)state;
    codec_assert_rows(check_offer, rows, COUNT_OF(rows));
}

/* An offer of `n` proposals of which number `n` (from 1) says `last`. */
static struct ikl_octets numbered_offer(size_t n, uint8_t last)
{
    static const uint8_t proposal[] = {2, 0, 0, 16, 0, 1, 0, 1, 0, 0, 0, 8, 2, 0, 0, 5};
    struct ikl_octets offer = codec_fill(n * sizeof(proposal), 0);
    uint8_t *at = (uint8_t *)offer.data;

    for (size_t i = 1; i <= n; i++, at += sizeof(proposal)) {
        memcpy(at, proposal, sizeof(proposal));
        at[0] = i < n ? 2 : 0;
        at[4] = i < n ? (uint8_t)i : last;
    }
    return offer;
}

static void rfc_26_proposals_of_an_offer_are_numbered_from_1_without_gaps(void **state)
{
    (void)state;
    for (unsigned last = 0; last <= UINT8_MAX; last++) {
        for (size_t n = 1; n <= 3; n++) {
            assert_int_equal(check_offer(numbered_offer(n, (uint8_t)last)), last == n ? IKL_OK : IKL_ERR_MALFORMED);
        }
    }
    assert_int_equal(check_offer(numbered_offer(255, 255)), IKL_OK);
    for (unsigned last = 0; last <= UINT8_MAX; last++) {
        assert_int_equal(check_offer(numbered_offer(256, (uint8_t)last)), IKL_ERR_MALFORMED);
    }
}

static void rfc_26_an_accepted_proposal_is_alone_and_has_any_number_but_0(void **state)
{
    (void)state;
    for (unsigned number = 0; number <= UINT8_MAX; number++) {
        assert_int_equal(check_accepted(numbered_offer(1, (uint8_t)number)), number != 0 ? IKL_OK : IKL_ERR_MALFORMED);
        assert_int_equal(check_accepted(numbered_offer(2, (uint8_t)number)), IKL_ERR_MALFORMED);
    }
    assert_int_equal(check_accepted(codec_octets(ACCEPTED)), IKL_OK);
}

static void an_accepted_proposal_has_one_transform_of_a_type(void **state)
{
    static const struct codec_row rows[] = {
        {"0000 0018 01 01 00 02 0300 0008 02 00 0005 0000 0008 03 00 0005", IKL_OK},
        {"0000 0018 01 01 00 02 0300 0008 02 00 0005 0000 0008 02 00 0006", IKL_ERR_MALFORMED},
        {"0000 0018 01 01 00 02 0300 0008 22 00 0005 0000 0008 02 00 0005", IKL_OK},
        {"0000 0018 01 01 00 02 0300 0008 ff 00 0005 0000 0008 ff 00 0005", IKL_ERR_MALFORMED},
        {"0000 0020 01 01 00 03 0300 0008 00 00 0005 0300 0008 1f 00 0000 0000 0008 00 00 0005", IKL_ERR_MALFORMED},
    };

    (void)state;
    codec_assert_rows(check_accepted, rows, COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(check_offer(codec_octets(rows[i].hex)), IKL_OK);
    }
}

static void the_spi_has_a_length_of_its_protocol(void **state)
{
    (void)state;
    for (unsigned protocol = 0; protocol <= UINT8_MAX; protocol++) {
        for (size_t spi_len = 0; spi_len <= UINT8_MAX; spi_len++) {
            struct ikl_octets body = codec_fill(16 + spi_len, 0);
            uint8_t *at = (uint8_t *)body.data;
            bool fits = protocol == IKL_PROTOCOL_IKE                                  ? spi_len == 0 || spi_len == 8
                        : protocol == IKL_PROTOCOL_AH || protocol == IKL_PROTOCOL_ESP ? spi_len == 4
                                                                                      : true;

            at[2] = (uint8_t)(body.len >> 8);
            at[3] = (uint8_t)body.len;
            at[4] = 1;
            at[5] = (uint8_t)protocol;
            at[6] = (uint8_t)spi_len;
            at[7] = 1;
            at[8 + spi_len + 3] = 8;
            assert_int_equal(check_offer(body), fits ? IKL_OK : IKL_ERR_MALFORMED);
        }
        codec_free(NULL);
    }
}

static void an_spi_that_runs_past_its_proposal_is_truncated(void **state)
{
    static const struct codec_row rows[] = {
        {"0000 0008 01 01 08 01", IKL_ERR_TRUNCATED},
        {"0000 000f 01 01 08 01 00000000000000", IKL_ERR_TRUNCATED},
        {"0000 0010 01 fa ff 01 0000000000000000", IKL_ERR_TRUNCATED},
    };

    (void)state;
    codec_assert_rows(check_offer, rows, COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_proposals proposals = ikl_proposals(codec_octets(rows[i].hex), IKL_SA_OFFER);
        struct ikl_proposal proposal;

        assert_int_equal(ikl_proposals_next(&proposals, &proposal), IKL_ERR_TRUNCATED);
    }
}

static void a_length_below_the_fixed_fields_is_refused_whatever_was_read_before(void **state)
{
    struct ikl_proposal one = {.n_transforms = 1, .transforms = codec_octets("0000 0003")};
    struct ikl_proposal two = {.n_transforms = 2, .transforms = codec_octets("0000 0008 02 00 0005")};
    struct ikl_transforms before = ikl_transforms(&two), after = ikl_transforms(&one);
    struct ikl_transform transform;
    /* one right after the other, since what the first leaves on the stack is soon overwritten */
    int results[] = {ikl_transforms_next(&before, &transform), ikl_transforms_next(&after, &transform)};

    (void)state;
    assert_int_equal(results[0], IKL_ERR_MALFORMED);
    assert_int_equal(results[1], IKL_ERR_MALFORMED);
}

static void an_sa_payload_cut_anywhere_is_not_accepted(void **state)
{
    struct ikl_octets whole = codec_octets(OFFER);

    (void)state;
    assert_int_equal(check_accepted((struct ikl_octets){NULL, 0}), IKL_ERR_TRUNCATED);
    for (size_t len = 0; len < whole.len; len++) {
        struct ikl_octets cut = codec_copy((struct ikl_octets){whole.data, len});
        int result = check_offer(cut);

        /* at the end of the first proposal it says that another one follows */
        assert_int_equal(result, len == 32 ? IKL_ERR_MALFORMED : IKL_ERR_TRUNCATED);
    }
}

static void an_attribute_that_runs_past_its_transform_is_truncated(void **state)
{
    static const struct codec_row rows[] = {
        {"0000 0014 01 01 00 01 0000 000c 01 00 000c 800e 0100", IKL_OK},
        {"0000 0014 01 01 00 01 0000 000c 01 00 000c 000f 0000", IKL_OK},
        {"0000 0013 01 01 00 01 0000 000b 01 00 000c 800e 01", IKL_ERR_TRUNCATED},
        {"0000 0011 01 01 00 01 0000 0009 01 00 000c 80", IKL_ERR_TRUNCATED},
        {"0000 0014 01 01 00 01 0000 000c 01 00 000c 000f 0001", IKL_ERR_TRUNCATED},
        {"0000 0016 01 01 00 01 0000 000e 01 00 000c 000f 0003 aabb", IKL_ERR_TRUNCATED},
        {"0000 0016 01 01 00 01 0000 000e 01 00 000c 000f ffff aabb", IKL_ERR_TRUNCATED},
        {"0000 0015 01 01 00 01 0000 000d 01 00 000c 800e 0100 00", IKL_ERR_TRUNCATED},
        {"0000 0016 01 01 00 01 0000 000e 01 00 000c 800e 0100 000f", IKL_ERR_TRUNCATED},
    };

    (void)state;
    codec_assert_rows(check_offer, rows, COUNT_OF(rows));
}

static void a_key_length_is_fixed_and_alone(void **state)
{
    static const struct codec_row rows[] = {
        {"0000 0016 01 01 00 01 0000 000e 01 00 000c 000e 0002 0100", IKL_ERR_MALFORMED},
        {"0000 0014 01 01 00 01 0000 000c 01 00 000c 000e 0000", IKL_ERR_MALFORMED},
        {"0000 0018 01 01 00 01 0000 0010 01 00 000c 800e 0100 800e 0100", IKL_ERR_MALFORMED},
        {"0000 0018 01 01 00 01 0000 0010 01 00 000c 800e 0000 800e 0100", IKL_ERR_MALFORMED},
        {"0000 0018 01 01 00 01 0000 0010 01 00 000c 8011 0100 8011 0100", IKL_OK},
        {"0000 0018 01 01 00 01 0000 0010 01 00 000c 8011 0100 800e 0100", IKL_OK},
    };

    (void)state;
    codec_assert_rows(check_offer, rows, COUNT_OF(rows));
}

static void walks_write_nothing_and_stay_where_they_are_after_an_error(void **state)
{
    struct ikl_octets body =
        codec_octets("0200 0018 01 01 00 01 0000 0010 02 00 0005 8011 0001 000e 0001 0000 0008 03 00 00 00");
    struct ikl_proposals proposals = ikl_proposals(body, IKL_SA_OFFER);
    struct ikl_proposal proposal, proposal_before;
    struct ikl_transform transform, transform_before;
    struct ikl_attribute attribute, attribute_before;
    struct ikl_transforms transforms;
    struct ikl_attributes attributes;

    (void)state;
    memset(&transform, 0xa5, sizeof(transform));
    memset(&attribute, 0xa5, sizeof(attribute));
    transform_before = transform;
    assert_int_equal(ikl_proposals_next(&proposals, &proposal), IKL_OK);
    transforms = ikl_transforms(&proposal);
    for (int again = 0; again <= 1; again++) {
        assert_int_equal(ikl_transforms_next(&transforms, &transform), IKL_ERR_TRUNCATED);
        assert_memory_equal(&transform, &transform_before, sizeof(transform));
    }
    transform.attributes = (struct ikl_octets){body.data + 16, 8};
    attributes = ikl_attributes(&transform);
    assert_int_equal(ikl_attributes_next(&attributes, &attribute), IKL_OK);
    attribute_before = attribute;
    for (int again = 0; again <= 1; again++) {
        assert_int_equal(ikl_attributes_next(&attributes, &attribute), IKL_ERR_TRUNCATED);
        assert_memory_equal(&attribute, &attribute_before, sizeof(attribute));
    }
    proposal_before = proposal;
    for (int again = 0; again <= 1; again++) {
        assert_int_equal(ikl_proposals_next(&proposals, &proposal), IKL_ERR_MALFORMED);
        assert_memory_equal(&proposal, &proposal_before, sizeof(proposal));
    }
}

static void rfc_21_reserved_fields_of_an_sa_payload_are_ignored(void **state)
{
    static const struct codec_row row = {"00ff 0010 01 01 00 01 00ff 0008 02 ff 0005", IKL_OK};

    (void)state;
    codec_assert_rows(check_offer, &row, 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, codec_free)

TESTS_OF(message_proposals)
{
    const struct CMUnitTest tests[] = {
        TEST(proposals_are_walked_in_order),
        TEST(attributes_are_walked_in_either_form),
        TEST(rfc_26_lengths_and_last_markers_agree),
        TEST(rfc_26_the_number_of_transforms_agrees),
        TEST(rfc_26_proposals_of_an_offer_are_numbered_from_1_without_gaps),
        TEST(rfc_26_an_accepted_proposal_is_alone_and_has_any_number_but_0),
        TEST(an_accepted_proposal_has_one_transform_of_a_type),
        TEST(the_spi_has_a_length_of_its_protocol),
        TEST(an_spi_that_runs_past_its_proposal_is_truncated),
        TEST(a_length_below_the_fixed_fields_is_refused_whatever_was_read_before),
        TEST(an_sa_payload_cut_anywhere_is_not_accepted),
        TEST(an_attribute_that_runs_past_its_transform_is_truncated),
        TEST(a_key_length_is_fixed_and_alone),
        TEST(walks_write_nothing_and_stay_where_they_are_after_an_error),
        TEST(rfc_21_reserved_fields_of_an_sa_payload_are_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
