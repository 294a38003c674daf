/* SPDX-License-Identifier: ISC */
/* ikeping's SA payloads for ESP: what is offered, chosen and accepted. */
#include "examples/ikeping/esp_proposals.h"

#include "examples/support/dh.h"
#include "support/test.h"

enum { GROUP_UNKNOWN = 1030 };

/* An SA payload that a test makes: proposals, each with transforms. */
struct made {
    uint8_t octets[512];
    struct ikl_writer writer;
    struct ikl_proposals_writer proposals;
};

static void begin(struct made *made, uint8_t accepted)
{
    made->writer = ikl_writer(made->octets, sizeof(made->octets));
    made->proposals = accepted != 0 ? ikl_accepted_writer(&made->writer, accepted) : ikl_offer_writer(&made->writer);
}

static void propose(struct made *made, uint8_t protocol, uint32_t spi, const struct esp_transform *transforms, size_t n)
{
    uint8_t octets[8] = {0};
    struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

    ikl_write_u32(&writer, spi);
    assert_int_equal(
        ikl_write_proposal(&made->proposals, protocol,
                           (struct ikl_octets){octets, protocol == IKL_PROTOCOL_IKE ? sizeof(octets) : writer.len}),
        IKL_OK);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(
            ikl_write_transform(&made->proposals, transforms[i].type, transforms[i].id, transforms[i].key_bits),
            IKL_OK);
    }
}

static struct ikl_octets body(const struct made *made)
{
    return (struct ikl_octets){made->octets, made->writer.len};
}

static const struct esp_transform gcm = {IKL_TRANSFORM_ENCR, IKL_ENCR_AES_GCM_16, 256};
static const struct esp_transform cbc = {IKL_TRANSFORM_ENCR, IKL_ENCR_AES_CBC, 128};
static const struct esp_transform sha1 = {IKL_TRANSFORM_INTEG, IKL_INTEG_HMAC_SHA1_96, 0};
static const struct esp_transform sn = {IKL_TRANSFORM_SN, IKL_SN_32_SEQUENTIAL, 0};
static const struct esp_transform x25519 = {IKL_TRANSFORM_KE, DH_X25519, 0};

static void what_is_offered_can_be_chosen_and_accepted(void **state)
{
    struct esp_choice choice, accepted;
    uint8_t offer[256], answer[256];
    char text[ESP_PROPOSAL_TEXT_SIZE];
    static const uint16_t groups[] = {IKL_KE_NONE, DH_X25519};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ikl_writer offered = ikl_writer(offer, sizeof(offer)), answered = ikl_writer(answer, sizeof(answer));

        assert_int_equal(esp_proposals_write_offer(&offered, 0x1234, groups[i]), IKL_OK);
        assert_true(esp_proposals_choose(&choice, (struct ikl_octets){offer, offered.len}, groups[i]));
        assert_int_equal(choice.spi, 0x1234);
        assert_int_equal(choice.number, 1);
        assert_int_equal(choice.group, groups[i]);
        assert_int_equal(esp_proposals_write_choice(&answered, &choice, 0x5678), IKL_OK);
        assert_true(esp_proposals_read_accepted(&accepted, (struct ikl_octets){answer, answered.len}, groups[i]));
        assert_int_equal(accepted.spi, 0x5678);
        esp_choice_text(&accepted, text, sizeof(text));
        assert_string_equal(text, i == 0 ? "ENCR_AES_GCM_16-256" : "ENCR_AES_GCM_16-256 Curve25519");
        /* and not as an answer to the other offer */
        assert_false(esp_proposals_read_accepted(&accepted, (struct ikl_octets){answer, answered.len}, groups[1 - i]));
    }
}

static void the_first_proposal_for_esp_is_chosen_whatever_its_algorithms(void **state)
{
    static const struct esp_transform strange[] = {
        {IKL_TRANSFORM_ENCR, 4000, 0}, {IKL_TRANSFORM_ENCR, IKL_ENCR_AES_CBC, 256}, {IKL_TRANSFORM_INTEG, 4001, 0}};
    struct esp_choice choice;
    struct made made;
    char text[ESP_PROPOSAL_TEXT_SIZE];

    (void)state;
    begin(&made, 0);
    propose(&made, IKL_PROTOCOL_IKE, 7, &gcm, 1);
    propose(&made, IKL_PROTOCOL_AH, 8, &sha1, 1);
    propose(&made, IKL_PROTOCOL_ESP, 9, strange, 3);
    propose(&made, IKL_PROTOCOL_ESP, 10, &gcm, 1);
    assert_true(esp_proposals_choose(&choice, body(&made), IKL_KE_NONE));
    assert_int_equal(choice.number, 3);
    assert_int_equal(choice.spi, 9);
    esp_choice_text(&choice, text, sizeof(text));
    assert_string_equal(text, "4000 4001");
}

static void a_proposal_with_an_unknown_part_or_without_a_cipher_or_an_spi_is_passed_over(void **state)
{
    const struct esp_transform unknown[] = {gcm, {IKL_TRANSFORM_ADDKE1, DH_X25519, 0}};
    const struct esp_transform no_cipher[] = {sha1, sn};
    struct esp_choice choice;
    struct made made;

    (void)state;
    begin(&made, 0);
    propose(&made, IKL_PROTOCOL_ESP, 1, unknown, 2);
    propose(&made, IKL_PROTOCOL_ESP, 2, no_cipher, 2);
    propose(&made, IKL_PROTOCOL_ESP, 0, &gcm, 1);
    assert_false(esp_proposals_choose(&choice, body(&made), IKL_KE_NONE));
    propose(&made, IKL_PROTOCOL_ESP, 4, &gcm, 1);
    assert_true(esp_proposals_choose(&choice, body(&made), IKL_KE_NONE));
    assert_int_equal(choice.number, 4);
    made.octets[2]++; /* the first proposal is longer than it is */
    assert_false(esp_proposals_choose(&choice, body(&made), IKL_KE_NONE));
}

static void the_key_exchange_method_of_the_ke_payload_is_preferred_if_there_is_one(void **state)
{
    const struct esp_transform transforms[] = {
        gcm, {IKL_TRANSFORM_KE, GROUP_UNKNOWN, 0}, x25519, {IKL_TRANSFORM_KE, IKL_KE_NONE, 0}};
    struct esp_choice choice;
    struct made made;

    (void)state;
    begin(&made, 0);
    propose(&made, IKL_PROTOCOL_ESP, 1, transforms, 4);
    assert_true(esp_proposals_choose(&choice, body(&made), DH_X25519));
    assert_int_equal(choice.group, DH_X25519);
    assert_true(esp_proposals_choose(&choice, body(&made), IKL_KE_NONE));
    assert_int_equal(choice.group, IKL_KE_NONE);
    /* of a KE payload for something else nothing can be made: the first that this build has */
    assert_true(esp_proposals_choose(&choice, body(&made), GROUP_UNKNOWN));
    assert_int_equal(choice.group, DH_X25519);
    begin(&made, 0);
    propose(&made, IKL_PROTOCOL_ESP, 1, transforms, 2);
    assert_false(esp_proposals_choose(&choice, body(&made), GROUP_UNKNOWN));
}

static void assert_accepted(bool expected, uint8_t number, const struct esp_transform *transforms, size_t n)
{
    struct esp_choice choice;
    struct made made;

    begin(&made, number);
    propose(&made, IKL_PROTOCOL_ESP, 1, transforms, n);
    assert_int_equal(esp_proposals_read_accepted(&choice, body(&made), IKL_KE_NONE), expected);
}

static void only_what_was_offered_is_accepted(void **state)
{
    const struct esp_transform combined[] = {gcm, sn};
    const struct esp_transform no_integ[] = {gcm, sn, {IKL_TRANSFORM_INTEG, IKL_INTEG_NONE, 0}};
    const struct esp_transform separate[] = {cbc, sha1, sn};
    const struct esp_transform bare[] = {cbc, sn};
    const struct esp_transform unprotected[] = {cbc, {IKL_TRANSFORM_INTEG, IKL_INTEG_NONE, 0}, sn};
    const struct esp_transform long_key[] = {{IKL_TRANSFORM_ENCR, IKL_ENCR_AES_CBC, 192}, sha1, sn};
    const struct esp_transform extended[] = {gcm, {IKL_TRANSFORM_SN, IKL_SN_PARTIAL_64_SEQUENTIAL, 0}};
    const struct esp_transform keyed[] = {gcm, sn, x25519};
    struct esp_choice choice;
    struct made made;

    (void)state;
    assert_accepted(true, 1, combined, 2);
    assert_accepted(true, 1, no_integ, 3);
    assert_accepted(true, 2, separate, 3);
    assert_accepted(false, 1, separate, 3);
    assert_accepted(false, 2, combined, 2);
    assert_accepted(false, 2, bare, 2);
    assert_accepted(false, 2, unprotected, 3);
    assert_accepted(false, 2, long_key, 3);
    assert_accepted(false, 1, extended, 2);
    assert_accepted(false, 1, keyed, 3);
    assert_accepted(false, 3, combined, 2);
    begin(&made, 1);
    propose(&made, IKL_PROTOCOL_AH, 1, combined, 2);
    assert_false(esp_proposals_read_accepted(&choice, body(&made), IKL_KE_NONE));
}

TESTS_OF(esp_proposals)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_offered_can_be_chosen_and_accepted),
        cmocka_unit_test(the_first_proposal_for_esp_is_chosen_whatever_its_algorithms),
        cmocka_unit_test(a_proposal_with_an_unknown_part_or_without_a_cipher_or_an_spi_is_passed_over),
        cmocka_unit_test(the_key_exchange_method_of_the_ke_payload_is_preferred_if_there_is_one),
        cmocka_unit_test(only_what_was_offered_is_accepted),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
