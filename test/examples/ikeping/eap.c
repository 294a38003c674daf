/* SPDX-License-Identifier: ISC */
/* EAP as the peer: what is answered, which authenticator is believed, and what is said when it fails. */
#include "examples/ikeping/eap.h"

#include "support/test.h"

#include <ikelive/message.h>
#include <ikelive/registry.h>

#include <stdio.h>
#include <string.h>

enum { SIZE = 512 };

static const struct eap_account account = {{(const uint8_t *)"User", 4}, {(const uint8_t *)"clientPass", 10}, NULL};
static const uint8_t challenge[MSCHAPV2_CHALLENGE_LEN] = {0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e,
                                                          0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28};

/* A dialogue: what was sent last, and what came of it. */
struct dialogue {
    struct eap eap;
    uint8_t octets[SIZE];
    struct ikl_eap response;
};

/* Gives the peer a message, and reads its response if there is one. */
static enum eap_step give(struct dialogue *dialogue, uint8_t code, uint8_t type, const void *data, size_t len)
{
    uint8_t body[SIZE];
    struct ikl_writer writer = ikl_writer(body, sizeof(body));
    struct ikl_writer response = ikl_writer(dialogue->octets, sizeof(dialogue->octets));
    const struct ikl_eap message = {.code = code, .identifier = 7, .type = type, .data = {data, len}};
    enum eap_step step;

    assert_int_equal(ikl_eap_write(&writer, &message), IKL_OK);
    step = eap_take(&dialogue->eap, &account, (struct ikl_octets){body, writer.len}, &response);
    if (step == EAP_ANSWERED) {
        assert_int_equal(ikl_eap_read(&dialogue->response, (struct ikl_octets){dialogue->octets, response.len}),
                         IKL_OK);
        assert_int_equal(dialogue->response.code, IKL_EAP_RESPONSE);
        assert_int_equal(dialogue->response.identifier, 7);
    }
    return step;
}

static enum eap_step give_challenge(struct dialogue *dialogue)
{
    uint8_t data[5 + MSCHAPV2_CHALLENGE_LEN + 3] = {1, 42, 0, sizeof(data), MSCHAPV2_CHALLENGE_LEN};

    memcpy(data + 5, challenge, sizeof(challenge));
    memcpy(data + 5 + sizeof(challenge), "far", 3);
    return give(dialogue, IKL_EAP_REQUEST, 26, data, sizeof(data));
}

static enum eap_step give_success(struct dialogue *dialogue, const char *proof)
{
    char data[4 + 64] = {3, 42, 0, 4 + 42 + 5};

    (void)snprintf(data + 4, sizeof(data) - 4, "%s M=OK", proof);
    return give(dialogue, IKL_EAP_REQUEST, 26, data, 4 + strlen(data + 4));
}

/* The example of RFC 2759 §9.2 and RFC 3079 §3.5.3. */
static void the_example_of_the_rfcs_is_computed(void **state)
{
    static const uint8_t peer_challenge[MSCHAPV2_CHALLENGE_LEN] = {0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a,
                                                                   0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c, 0x7e};
    static const uint8_t response[MSCHAPV2_RESPONSE_LEN] = {0x82, 0x30, 0x9e, 0xcd, 0x8d, 0x70, 0x8b, 0x5e,
                                                            0xa0, 0x8f, 0xaa, 0x39, 0x81, 0xcd, 0x83, 0x54,
                                                            0x42, 0x33, 0x11, 0x4a, 0x3d, 0x85, 0xd6, 0xdf};
    static const uint8_t send_key[] = {0x8b, 0x7c, 0xdc, 0x14, 0x9b, 0x99, 0x3a, 0x1b};
    /* that of the other side: the key it sends with is in the example */
    struct mschapv2 computed;

    (void)state;
    assert_true(mschapv2_compute(&computed, challenge, peer_challenge, account.name, account.password));
    assert_memory_equal(computed.response, response, sizeof(response));
    assert_string_equal(computed.proof, "S=407A5589115FD0D6209F510FE9C04566932CDA56");
    assert_memory_equal(computed.msk + 16, send_key, sizeof(send_key));
}

static void a_password_that_is_not_utf8_is_taken_for_latin1(void **state)
{
    const struct ikl_octets utf8 = {(const uint8_t *)"\xc3\xa4", 2}, latin1 = {(const uint8_t *)"\xe4", 1};
    struct mschapv2 one, other;

    (void)state;
    assert_true(mschapv2_compute(&one, challenge, challenge, account.name, utf8));
    assert_true(mschapv2_compute(&other, challenge, challenge, account.name, latin1));
    assert_memory_equal(one.response, other.response, sizeof(one.response));
}

static void a_name_and_a_password_come_to_a_key(void **state)
{
    struct dialogue dialogue = {.eap = {0}};
    const struct ikl_octets *data = &dialogue.response.data;
    struct mschapv2 expected;

    (void)state;
    assert_int_equal(give(&dialogue, IKL_EAP_REQUEST, 1, NULL, 0), EAP_ANSWERED);
    assert_int_equal(dialogue.response.type, 1);
    assert_int_equal(data->len, 4);
    assert_memory_equal(data->data, "User", 4);
    assert_int_equal(give(&dialogue, IKL_EAP_REQUEST, 2, "hello", 5), EAP_ANSWERED);
    assert_int_equal(dialogue.response.type, 2);
    assert_int_equal(give_challenge(&dialogue), EAP_ANSWERED);
    assert_int_equal(dialogue.response.type, 26);
    assert_int_equal(data->len, 4 + 1 + 49 + 4);
    assert_memory_equal(data->data, "\2\x2a\0\x3a\x31", 5); /* Response, the identifier, the length, 49 octets */
    assert_memory_equal(data->data + 21, "\0\0\0\0\0\0\0\0", 8);
    assert_int_equal(data->data[53], 0);
    assert_memory_equal(data->data + 54, "User", 4);
    assert_true(mschapv2_compute(&expected, challenge, data->data + 5, account.name, account.password));
    assert_memory_equal(data->data + 29, expected.response, sizeof(expected.response));
    assert_int_equal(give_success(&dialogue, expected.proof), EAP_ANSWERED);
    assert_int_equal(data->len, 1);
    assert_int_equal(data->data[0], 3);
    assert_int_equal(give(&dialogue, IKL_EAP_SUCCESS, 0, NULL, 0), EAP_DONE);
    assert_memory_equal(dialogue.eap.msk, expected.msk, sizeof(expected.msk));
}

static void assert_failed(const struct dialogue *dialogue, enum eap_step step, const char *why)
{
    assert_int_equal(step, EAP_FAILED);
    assert_string_equal(dialogue->eap.why, why);
}

static void an_authenticator_that_proves_nothing_is_not_believed(void **state)
{
    static const char ignorant[] = "the gateway does not know our password (EAP-MSCHAPv2)";
    static const char early[] = "the gateway ends EAP before it has proven anything";
    struct dialogue dialogue = {.eap = {0}};

    (void)state;
    assert_failed(&dialogue, give(&dialogue, IKL_EAP_SUCCESS, 0, NULL, 0), early);
    dialogue = (struct dialogue){.eap = {0}};
    assert_int_equal(give_challenge(&dialogue), EAP_ANSWERED);
    assert_failed(&dialogue, give(&dialogue, IKL_EAP_SUCCESS, 0, NULL, 0), early);
    dialogue = (struct dialogue){.eap = {0}};
    assert_failed(&dialogue, give_success(&dialogue, "S=0000000000000000000000000000000000000000"), ignorant);
    for (size_t i = 0; i <= MSCHAPV2_PROOF_LEN; i++) {
        char proof[MSCHAPV2_PROOF_LEN + 1];

        dialogue = (struct dialogue){.eap = {0}};
        assert_int_equal(give_challenge(&dialogue), EAP_ANSWERED);
        memcpy(proof, dialogue.eap.mschapv2.proof, sizeof(proof));
        proof[i] = (char)(i < MSCHAPV2_PROOF_LEN ? proof[i] ^ 1 : '\0');
        if (i < MSCHAPV2_PROOF_LEN) {
            assert_failed(&dialogue, give_success(&dialogue, proof), ignorant);
        } else {
            assert_int_equal(give_success(&dialogue, proof), EAP_ANSWERED);
        }
    }
}

static void why_it_fails_is_said(void **state)
{
    static const char refused[] = "the gateway does not accept our name or our password (EAP-MSCHAPv2)";
    struct dialogue dialogue = {.eap = {0}};

    (void)state;
    assert_int_equal(give_challenge(&dialogue), EAP_ANSWERED);
    assert_int_equal(give(&dialogue, IKL_EAP_REQUEST, 26,
                          "\4\x2a\0\x0f"
                          "E=691 R=0",
                          13),
                     EAP_ANSWERED);
    assert_int_equal(dialogue.response.data.len, 1);
    assert_int_equal(dialogue.response.data.data[0], 4);
    assert_failed(&dialogue, give(&dialogue, IKL_EAP_FAILURE, 0, NULL, 0), refused);
    dialogue = (struct dialogue){.eap = {0}};
    assert_failed(&dialogue, give(&dialogue, IKL_EAP_FAILURE, 0, NULL, 0), "the gateway ends EAP without success");
    dialogue = (struct dialogue){.eap = {0}};
    assert_int_equal(give_challenge(&dialogue), EAP_ANSWERED);
    assert_failed(&dialogue, give_challenge(&dialogue),
                  "the gateway's EAP-MSCHAPv2 challenge is malformed, or a second one");
}

static void a_method_that_we_do_not_have_is_named(void **state)
{
    static const struct {
        uint8_t type;
        const char *why;
    } rows[] = {{13, "the gateway wants EAP (EAP-TLS), which ikeping does not have"},
                {4, "the gateway wants EAP (MD5-Challenge), which ikeping does not have"},
                {200, "the gateway wants EAP (type 200), which ikeping does not have"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct dialogue dialogue = {.eap = {0}};

        assert_int_equal(give(&dialogue, IKL_EAP_REQUEST, rows[i].type, "x", 1), EAP_ANSWERED);
        assert_int_equal(dialogue.response.type, 3);
        assert_int_equal(dialogue.response.data.len, 1);
        assert_int_equal(dialogue.response.data.data[0], 26);
        assert_failed(&dialogue, give(&dialogue, IKL_EAP_FAILURE, 0, NULL, 0), rows[i].why);
    }
}

static void a_gateway_that_takes_our_method_after_all_is_answered(void **state)
{
    struct dialogue dialogue = {.eap = {0}};

    (void)state;
    assert_int_equal(give(&dialogue, IKL_EAP_REQUEST, 13, "x", 1), EAP_ANSWERED);
    assert_int_equal(give_challenge(&dialogue), EAP_ANSWERED);
    assert_int_equal(dialogue.response.type, 26);
    assert_string_equal(dialogue.eap.why, "");
}

static void malformed_messages_are_refused(void **state)
{
    static const uint8_t whole[] = {1,    42,   0,    24,   16,   0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f,
                                    0x2f, 0x3e, 0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28};
    struct dialogue dialogue;
    struct ikl_writer writer;

    (void)state;
    for (size_t len = 0; len < sizeof(whole); len++) {
        dialogue = (struct dialogue){.eap = {0}};
        assert_int_equal(give(&dialogue, IKL_EAP_REQUEST, 26, whole, len), EAP_FAILED);
    }
    dialogue = (struct dialogue){.eap = {0}};
    assert_int_equal(give(&dialogue, IKL_EAP_REQUEST, 26, whole, sizeof(whole)), EAP_ANSWERED);
    dialogue = (struct dialogue){.eap = {0}};
    writer = ikl_writer(dialogue.octets, sizeof(dialogue.octets));
    assert_int_equal(
        eap_take(&dialogue.eap, &account, (struct ikl_octets){(const uint8_t *)"\1\1\0\x09\1", 5}, &writer),
        EAP_FAILED);
    assert_string_equal(dialogue.eap.why, "the gateway's EAP message is malformed");
}

static void it_comes_to_an_end(void **state)
{
    struct dialogue dialogue = {.eap = {0}};

    (void)state;
    for (unsigned i = 0; i < EAP_MESSAGES_MAX; i++) {
        assert_int_equal(give(&dialogue, IKL_EAP_REQUEST, 1, NULL, 0), EAP_ANSWERED);
    }
    assert_failed(&dialogue, give(&dialogue, IKL_EAP_REQUEST, 1, NULL, 0), "the gateway's EAP does not come to an end");
}

TESTS_OF(eap)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfcs_is_computed),
        cmocka_unit_test(a_password_that_is_not_utf8_is_taken_for_latin1),
        cmocka_unit_test(a_name_and_a_password_come_to_a_key),
        cmocka_unit_test(an_authenticator_that_proves_nothing_is_not_believed),
        cmocka_unit_test(why_it_fails_is_said),
        cmocka_unit_test(a_method_that_we_do_not_have_is_named),
        cmocka_unit_test(a_gateway_that_takes_our_method_after_all_is_answered),
        cmocka_unit_test(malformed_messages_are_refused),
        cmocka_unit_test(it_comes_to_an_end),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
