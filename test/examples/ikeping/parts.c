/* SPDX-License-Identifier: ISC */
/* The parts of ikeping that only know octets and text: identities, proposals, the key log, captures, JSON,
 * statistics. */
#define _POSIX_C_SOURCE 200809L
#include "examples/ikeping/identity.h"
#include "examples/ikeping/json.h"
#include "examples/ikeping/keylog.h"
#include "examples/ikeping/pcap.h"
#include "examples/ikeping/proposals.h"
#include "examples/ikeping/tally.h"
#include "examples/support/dh.h"
#include "support/hex.h"
#include "support/test.h"

#include <math.h>
#include <stdio.h>

static void identities_are_told_apart_by_how_they_look(void **state)
{
    static const struct {
        const char *text;
        uint8_t type;
        size_t len;
        const char *shown;
    } rows[] = {
        {"192.0.2.1", IKL_ID_IPV4_ADDR, 4, "192.0.2.1"},
        {"2001:db8::1", IKL_ID_IPV6_ADDR, 16, "2001:db8::1"},
        {"gateway.example", IKL_ID_FQDN, 15, "gateway.example"},
        {"@gateway.example", IKL_ID_FQDN, 15, "gateway.example"},
        {"user@gateway.example", IKL_ID_RFC822_ADDR, 20, "user@gateway.example"},
        {"keyid:some key", IKL_ID_KEY_ID, 8, "ID_KEY_ID:some key"},
        {"192.0.2.256", IKL_ID_FQDN, 11, "192.0.2.256"},
    };
    struct identity identity, read;
    char text[IDENTITY_TEXT_SIZE];
    uint8_t body[64];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_writer writer = ikl_writer(body, sizeof(body));

        assert_true(identity_parse(&identity, rows[i].text));
        assert_int_equal(identity.type, rows[i].type);
        assert_int_equal(identity.len, rows[i].len);
        identity_text(&identity, text, sizeof(text));
        assert_string_equal(text, rows[i].shown);
        assert_int_equal(identity_write(&writer, &identity), IKL_OK);
        assert_true(identity_read(&read, (struct ikl_octets){body, writer.len}));
        assert_true(identity_same(&identity, &read));
    }
}

static void what_is_no_identity_is_refused(void **state)
{
    static const char *const wrong[] = {"", "@", "keyid:", "a\nb", "a\x7f"};
    struct identity identity;
    char long_text[IDENTITY_MAX + 2];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(identity_parse(&identity, wrong[i]));
    }
    memset(long_text, 'a', sizeof(long_text));
    long_text[IDENTITY_MAX + 1] = '\0';
    assert_false(identity_parse(&identity, long_text));
    long_text[IDENTITY_MAX] = '\0';
    assert_true(identity_parse(&identity, long_text));
}

static void names_are_the_same_in_any_case_and_keys_are_not(void **state)
{
    static const char *const pairs[][2] = {
        {"Gateway.Example", "gateway.example"}, {"A@b", "a@B"}, {"keyid:A", "keyid:a"}, {"a", "keyid:a"}, {"a", "ab"}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct identity a, b;

        assert_true(identity_parse(&a, pairs[i][0]) && identity_parse(&b, pairs[i][1]));
        assert_int_equal(identity_same(&a, &b), i < 2);
    }
}

static void what_a_peer_puts_into_its_identity_is_escaped(void **state)
{
    struct identity identity = {.type = IKL_ID_KEY_ID, .len = 6, .data = {'a', 0x1b, '\n', 0xff, '\\', '"'}};
    char text[IDENTITY_TEXT_SIZE];

    (void)state;
    identity_text(&identity, text, sizeof(text));
    assert_string_equal(text, "ID_KEY_ID:a\\x1b\\x0a\\xff\\x5c\"");
    identity.type = 200;
    identity_text(&identity, text, sizeof(text));
    assert_string_equal(text, "ID:a\\x1b\\x0a\\xff\\x5c\"");
    identity.len = IDENTITY_MAX;
    memset(identity.data, 0xff, sizeof(identity.data));
    identity_text(&identity, text, 16);
    assert_int_equal(strlen(text), 15);
}

/* The body of an SA payload from hexadecimal. */
static struct ikl_octets body_of(const char *hex, uint8_t *room, size_t size)
{
    size_t len = hex_decode(room, size, hex);

    assert_int_not_equal(len, SIZE_MAX);
    return (struct ikl_octets){room, len};
}

static struct proposal_list parse(const char *names)
{
    struct proposal_list list;

    assert_true(proposals_parse(&list, names));
    return list;
}

static void proposals_have_the_names_that_gateways_use(void **state)
{
    static const char *const wrong[] = {"",
                                        ",",
                                        "x25519",
                                        "chacha20poly1305-prfsha256",
                                        "none-prfsha256-x25519",
                                        "chacha20poly1305-prfsha256-modp1024",
                                        "chacha20poly1305-prfsha256-x25519,",
                                        "chacha20poly1305-prfsha256-x25519 "};
    struct proposal_list list;
    char name[PROPOSAL_NAME_SIZE], many[1024] = "";

    (void)state;
    list = parse("chacha20poly1305-prfsha256-x25519,chacha20poly1305-prfsha512-x25519");
    assert_int_equal(list.n, 2);
    proposal_name(&list.proposals[1], name, sizeof(name));
    assert_string_equal(name, "chacha20poly1305-prfsha512-x25519");
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(proposals_parse(&list, wrong[i]));
    }
    for (size_t i = 0; i <= PROPOSALS_MAX; i++) {
        strcat(many, i == 0 ? "chacha20poly1305-prfsha256-x25519" : ",chacha20poly1305-prfsha256-x25519");
        assert_int_equal(proposals_parse(&list, many), i < PROPOSALS_MAX);
    }
}

/* proposal 1: 3DES, MD5, MODP_1024; proposal 2: ChaCha20-Poly1305, PRF SHA2-256 or SHA1, groups 19, 31, 14 */
static const char two_proposals[] = "0200002c01010004"
                                    "0300000801000003"
                                    "0300000802000001"
                                    "0300000803000001"
                                    "0000000c04000002800e0080"
                                    "0000003802010006"
                                    "030000080100001c"
                                    "0300000802000005"
                                    "0300000802000002"
                                    "0300000804000013"
                                    "030000080400001f"
                                    "000000080400000e";

static void a_responder_chooses_what_both_have(void **state)
{
    struct proposal_list list = parse("chacha20poly1305-prfsha512-x25519,chacha20poly1305-prfsha256-x25519");
    uint8_t room[256], written[128];
    struct ikl_octets offer = body_of(two_proposals, room, sizeof(room));
    struct ikl_writer writer = ikl_writer(written, sizeof(written));
    struct choice choice;
    struct proposal accepted;

    (void)state;
    assert_true(proposals_choose(&choice, &list, offer, DH_X25519, false));
    assert_int_equal(choice.number, 2);
    assert_int_equal(choice.spi, 0);
    assert_int_equal(choice.proposal.suite.prf, IKL_PRF_HMAC_SHA2_256);
    assert_int_equal(choice.proposal.group, DH_X25519);
    /* an offer for a rekey has an SPI in each proposal, and one that has none is no such offer */
    assert_false(proposals_choose(&choice, &list, offer, DH_X25519, true));
    assert_int_equal(proposals_write_choice(&writer, &choice, 0), IKL_OK);
    assert_int_equal(ikl_proposals_check((struct ikl_octets){written, writer.len}, IKL_SA_ACCEPTED), IKL_OK);
    /* with the number it had */
    list = parse("chacha20poly1305-prfsha512-x25519,chacha20poly1305-prfsha256-x25519");
    assert_true(proposals_read_accepted(&accepted, &list, (struct ikl_octets){written, writer.len}));
    assert_int_equal(accepted.suite.prf, IKL_PRF_HMAC_SHA2_256);
}

static void the_group_of_the_ke_payload_is_preferred(void **state)
{
    struct proposal_list list = parse("chacha20poly1305-prfsha256-x25519");
    uint8_t room[256];
    struct ikl_octets offer = body_of(two_proposals, room, sizeof(room));
    struct choice choice;

    (void)state;
    if (dh_group_available(DH_ECP_256)) {
        list = parse("chacha20poly1305-prfsha256-x25519,chacha20poly1305-prfsha256-ecp256");
        assert_true(proposals_choose(&choice, &list, offer, DH_ECP_256, false));
        assert_int_equal(choice.proposal.group, DH_ECP_256);
    }
    /* a KE payload of another group: that is for INVALID_KE_PAYLOAD to say */
    assert_true(proposals_choose(&choice, &list, offer, DH_MODP_1536, false));
    assert_int_equal(choice.proposal.group, DH_X25519);
}

static void a_proposal_that_asks_for_more_than_is_known_is_not_chosen(void **state)
{
    static const char *const wrong[] = {
        /* transform type 6 besides: an additional key exchange */
        "0000003001010005 030000080100001c 0300000802000005 030000080400001f 030000080600001f 00000008fa000001",
        /* an integrity algorithm besides that is not NONE */
        "0000002801010004 030000080100001c 0300000802000005 030000080300000c 000000080400001f",
        /* no PRF */
        "0000001801010002 030000080100001c 000000080400001f",
        /* with a Key Length, which ChaCha20-Poly1305 does not have */
        "0000002401010003 0300000c0100001c800e0100 0300000802000005 000000080400001f",
        /* for ESP */
        "0000002001030403 11223344 0300000801 00001c 03000008 02000005 00000008 0400001f",
        /* malformed: a transform too few */
        "0000002001010004 030000080100001c 0300000802000005 000000080400001f", ""};
    struct proposal_list list = parse("chacha20poly1305-prfsha256-x25519");
    uint8_t room[256];
    struct choice choice;

    (void)state;
    assert_true(proposals_choose(
        &choice, &list,
        body_of("0000002001010003 030000080100001c 0300000802000005 000000080400001f", room, sizeof(room)), DH_X25519,
        false));
    /* NONE may be said of an AEAD's integrity algorithm */
    assert_true(
        proposals_choose(&choice, &list,
                         body_of("0000002801010004 030000080100001c 0300000802000005 0300000803000000 000000080400001f",
                                 room, sizeof(room)),
                         DH_X25519, false));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(proposals_choose(&choice, &list, body_of(wrong[i], room, sizeof(room)), DH_X25519, false));
    }
}

static void only_what_was_offered_can_be_accepted(void **state)
{
    static const char *const wrong[] = {
        /* number 2 of one */
        "0000002002010003 030000080100001c 0300000802000005 000000080400001f",
        /* two PRFs, of which one would do */
        "0000002801010004 030000080100001c 0300000802000005 0300000802000007 000000080400001f",
        /* another group */
        "0000002001010003 030000080100001c 0300000802000005 000000080400000e",
        /* with an SPI */
        "0000002801010803 1122334455667788 030000080100001c 0300000802000005 000000080400001f"};
    struct proposal_list list = parse("chacha20poly1305-prfsha256-x25519");
    struct proposal accepted;
    uint8_t room[256];

    (void)state;
    assert_true(proposals_read_accepted(
        &accepted, &list,
        body_of("0000002001010003 030000080100001c 0300000802000005 000000080400001f", room, sizeof(room))));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(proposals_read_accepted(&accepted, &list, body_of(wrong[i], room, sizeof(room))));
    }
}

static void additional_key_exchanges_are_named_once_each(void **state)
{
    static const char *const wrong[] = {"", ",", "x25519,", "x25519 ", "x25519,x25519", "modp1024", "none", "mlkem768"};
    struct proposal_list list = parse("chacha20poly1305-prfsha256-x25519");
    struct proposal with;
    char name[PROPOSAL_NAME_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(proposals_parse_additional(&with, wrong[i]));
    }
    assert_true(proposals_parse_additional(&with, "x25519"));
    assert_int_equal(with.n_additional, 1);
    assert_int_equal(with.additional[0], DH_X25519);
    /* no method twice: neither beside itself nor beside others */
    list.proposals[1] = list.proposals[0];
    list.proposals[1].group = DH_ECP_256;
    list.n = 2;
    proposals_add(&list, &with);
    assert_int_equal(list.n, 1);
    proposal_name(&list.proposals[0], name, sizeof(name));
    assert_string_equal(name, "chacha20poly1305-prfsha256-ecp256-ke1_x25519");
    with.n_additional = 0;
    proposals_add(&list, &with);
    assert_int_equal(list.n, 1);
    assert_int_equal(list.proposals[0].n_additional, 0);
    if (dh_group_available(DH_X448)) {
        assert_true(proposals_parse_additional(&with, "x25519,x448,ecp256,ecp384,ecp521,modp1536,modp2048"));
        assert_int_equal(with.n_additional, IKL_MAX_ADDITIONAL);
        assert_false(proposals_parse_additional(&with, "x25519,x448,ecp256,ecp384,ecp521,modp1536,modp2048,modp3072"));
    }
}

/* ChaCha20-Poly1305, PRF SHA2-256, group 31, and more. */
static void additional_key_exchanges_have_to_be_those_that_are_wanted(void **state)
{
    static const char right[] = "0000002801010004 030000080100001c 0300000802000005 030000080400001f 0000000806000013";
    static const char *const wrong[] = {
        /* none */
        "0000002001010003 030000080100001c 0300000802000005 000000080400001f",
        /* another method */
        "0000002801010004 030000080100001c 0300000802000005 030000080400001f 0000000806000014",
        /* the second instead of the first */
        "0000002801010004 030000080100001c 0300000802000005 030000080400001f 0000000807000013",
        /* one more */
        "0000003001010005 030000080100001c 0300000802000005 030000080400001f 0300000806000013 0000000807000014"};
    struct proposal_list list = parse("chacha20poly1305-prfsha256-x25519");
    struct proposal accepted;
    uint8_t room[256];
    struct choice choice;

    (void)state;
    list.proposals[0].additional[0] = DH_ECP_256;
    list.proposals[0].n_additional = 1;
    assert_true(proposals_choose(&choice, &list, body_of(right, room, sizeof(room)), DH_X25519, false));
    assert_int_equal(choice.proposal.n_additional, 1);
    assert_true(proposals_read_accepted(&accepted, &list, body_of(right, room, sizeof(room))));
    assert_int_equal(accepted.additional[0], DH_ECP_256);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(proposals_choose(&choice, &list, body_of(wrong[i], room, sizeof(room)), DH_X25519, false));
        assert_false(proposals_read_accepted(&accepted, &list, body_of(wrong[i], room, sizeof(room))));
    }
}

static char *written;
static size_t written_len;

static FILE *open_text(void)
{
    return open_memstream(&written, &written_len);
}

static void the_key_log_is_what_wireshark_reads(void **state)
{
    struct ikl_suite suite;
    struct ikl_keys keys = {.encr_key_len = 36,
                            .integ_key_len = 0,
                            .sk_ei = {0x01, 0x02},
                            .sk_er = {0xfe},
                            .sk_ai = {0xaa},
                            .sk_ar = {0xbb}};
    FILE *out = open_text();

    (void)state;
    assert_int_equal(ikl_suite_parse(&suite, "aes256gcm16-prfsha256"), IKL_OK);
    assert_true(keylog_write(out, 0x1122334455667788, 0xff, &suite, &keys));
    keys.encr_key_len = 2;
    keys.integ_key_len = 1;
    assert_int_equal(ikl_suite_parse(&suite, "aes128-sha512"), IKL_OK);
    assert_true(keylog_write(out, 1, 2, &suite, &keys));
    assert_int_equal(ikl_suite_parse(&suite, "chacha20poly1305-prfsha256"), IKL_OK);
    keys.integ_key_len = 0;
    assert_true(keylog_write(out, 1, 2, &suite, &keys));
    fclose(out);
    assert_string_equal(
        written,
        "1122334455667788,00000000000000ff,"
        "010200000000000000000000000000000000000000000000000000000000000000000000,"
        "fe0000000000000000000000000000000000000000000000000000000000000000000000,"
        "\"AES-GCM-256 with 16 octet ICV [RFC5282]\",,,\"NONE [RFC4306]\"\n"
        "0000000000000001,0000000000000002,0102,fe00,\"AES-CBC-128 [RFC3602]\",aa,bb,"
        "\"HMAC_SHA2_512_256 [RFC4868]\"\n"
        "# unknown to Wireshark: 0000000000000001,0000000000000002,0102,fe00,\"chacha20poly1305-prfsha256\",,,\"\"\n");
    free(written);
}

/* The Internet checksum of octets that include one is 0. */
static uint16_t fold(const uint8_t *octets, size_t len, uint32_t sum)
{
    for (size_t i = 0; i < len; i++) {
        sum += i % 2 == 0 ? (uint32_t)octets[i] << 8 : octets[i];
    }
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static void a_capture_holds_packets_with_right_headers(void **state)
{
    struct ikl_address a = {.family = 4, .ip = {192, 0, 2, 1}, .port = 500};
    struct ikl_address b = {.family = 4, .ip = {192, 0, 2, 2}, .port = 4500};
    static const uint8_t payload[] = {1, 2, 3, 4, 5};
    const uint8_t *packet;
    FILE *out = open_text();

    (void)state;
    pcap_begin(out);
    assert_true(pcap_write(out, &a, &b, payload, sizeof(payload), 1500000000123456789));
    a.family = b.family = 6;
    assert_true(pcap_write(out, &a, &b, payload, sizeof(payload), 0));
    assert_false(pcap_write(out, &a, &b, payload, 65500, 0)); /* no packet is so long */
    fclose(out);
    assert_int_equal(written_len, 24 + 16 + 20 + 8 + 5 + 16 + 40 + 8 + 5);
    packet = (const uint8_t *)written + 24 + 16;
    assert_int_equal(packet[0], 0x45);
    assert_int_equal(packet[3], 33);
    assert_int_equal(fold(packet, 20, 0), 0);
    /* pseudo header: addresses, protocol, length */
    assert_int_equal(fold(packet + 12, 8 + 8 + 5, 17 + 13), 0);
    assert_int_equal(packet[20] << 8 | packet[21], 500);
    assert_int_equal(packet[22] << 8 | packet[23], 4500);
    assert_memory_equal(packet + 28, payload, sizeof(payload));
    packet += 33 + 16;
    assert_int_equal(packet[0], 0x60);
    assert_int_equal(packet[5], 13);
    assert_int_equal(packet[6], 17);
    assert_int_equal(fold(packet + 8, 32 + 8 + 5, 17 + 13), 0);
    free(written);
}

static void json_escapes_what_json_wants_escaped(void **state)
{
    FILE *out = open_text();

    (void)state;
    json_begin(out, "an \"event\"");
    json_string(out, "s", "a\\b\"c\nd\xff");
    json_whole(out, "n", UINT64_MAX);
    json_decimal(out, "d", 1.0 / 3, 3);
    json_milliseconds(out, "m", (const uint32_t[]){500, 1001}, 2);
    json_bool(out, "t", true);
    json_bool(out, "f", false);
    json_end(out);
    fclose(out);
    assert_string_equal(written,
                        "{\"event\":\"an \\\"event\\\"\",\"s\":\"a\\\\b\\\"c\\u000ad\\u00ff\","
                        "\"n\":18446744073709551615,\"d\":0.333,\"m\":[0.500,1.001],\"t\":true,\"f\":false}\n");
    free(written);
}

static void json_has_characters_of_utf_8_and_octets_that_are_none(void **state)
{
    FILE *out = open_text();

    (void)state;
    json_begin(out, "\xc2\xa7 \xe2\x82\xac \xf0\x9f\x98\x80");
    json_string(out, "cut", "\xc2 \xe2\x82");
    json_string(out, "none", "\xc0\x80 \xed\xa0\x80 \xf4\x90\x80\x80 \xf8");
    json_end(out);
    fclose(out);
    assert_string_equal(written,
                        "{\"event\":\"\\u00a7 \\u20ac \\ud83d\\ude00\",\"cut\":\"\\u00c2 \\u00e2\\u0082\","
                        "\"none\":\"\\u00c0\\u0080 \\u00ed\\u00a0\\u0080 \\u00f4\\u0090\\u0080\\u0080 \\u00f8\"}\n");
    free(written);
}

static void round_trips_are_summed_up(void **state)
{
    static const double times[] = {2, 4, 4, 4, 5, 5, 7, 9};
    struct tally tally = {.n = 0};

    (void)state;
    assert_true(tally_deviation(&tally) == 0);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        tally_add_round_trip(&tally, times[i]);
    }
    assert_true(tally.least == 2 && tally.most == 9);
    assert_true(fabs(tally.mean - 5) < 1e-9);
    assert_true(fabs(tally_deviation(&tally) - 2) < 1e-9);
}

TESTS_OF(parts)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_are_told_apart_by_how_they_look),
        cmocka_unit_test(what_is_no_identity_is_refused),
        cmocka_unit_test(names_are_the_same_in_any_case_and_keys_are_not),
        cmocka_unit_test(what_a_peer_puts_into_its_identity_is_escaped),
        cmocka_unit_test(proposals_have_the_names_that_gateways_use),
        cmocka_unit_test(a_responder_chooses_what_both_have),
        cmocka_unit_test(the_group_of_the_ke_payload_is_preferred),
        cmocka_unit_test(a_proposal_that_asks_for_more_than_is_known_is_not_chosen),
        cmocka_unit_test(only_what_was_offered_can_be_accepted),
        cmocka_unit_test(additional_key_exchanges_are_named_once_each),
        cmocka_unit_test(additional_key_exchanges_have_to_be_those_that_are_wanted),
        cmocka_unit_test(the_key_log_is_what_wireshark_reads),
        cmocka_unit_test(a_capture_holds_packets_with_right_headers),
        cmocka_unit_test(json_escapes_what_json_wants_escaped),
        cmocka_unit_test(json_has_characters_of_utf_8_and_octets_that_are_none),
        cmocka_unit_test(round_trips_are_summed_up),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
