/* SPDX-License-Identifier: ISC */
/* What an operator reads about an IKE SA. */
#include "support/host.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static const struct ikl_sa_labels labels = {
    .size = sizeof(labels),
    .gateway = "branch-7",
    .gateway_id = 42,
    .local_address = "vpn.example (192.0.2.1)",
    .remote_address = "203.0.113.9",
    .local_identity = "CN=vpn.example",
    .remote_identity = "branch-7@example",
    .authentication = "PSK",
    .proposal = "CHACHA20_POLY1305/PRF_HMAC_SHA2_256/CURVE25519",
    .nat = "we are behind a NAT",
    .serial = 3,
};

static void with_labels(struct ikl_sa_config *config)
{
    config->labels = &labels;
    config->ids = (struct ikl_message_ids){.stated = true, .next_request = 7, .unanswered = 7, .next_expected = 5};
}

static void assert_described(const struct host *host, ikl_time now, const char *expected)
{
    char text[2048];
    int len = ikl_sa_describe(host->sa, now, text, sizeof(text));

    assert_string_equal(text, expected);
    assert_int_equal(len, strlen(expected));
}

/* The line of the description that begins with `name`, its value alone. */
static const char *line(const struct host *host, ikl_time now, const char *name)
{
    static char text[2048];
    char *at = text;

    (void)ikl_sa_describe(host->sa, now, text, sizeof(text));
    while (at != NULL && strncmp(at + strspn(at, " "), name, strlen(name)) != 0) {
        at = strchr(at, '\n');
        at = at == NULL ? NULL : at + 1;
    }
    assert_non_null(at);
    at += strspn(at, " ") + strlen(name);
    at += strspn(at, " ");
    *strchr(at, '\n') = '\0';
    return at;
}

static void everything_an_operator_expects_is_there(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 1000, NULL);
    host_sa(&host, suite, true, 2, with_labels);
    ikl_child_heard(host.children[1], 3500);
    host_advance(&host, 8500);  /* 5 s after that: a probe */
    host_advance(&host, 9500);  /* its first retransmission */
    host_advance(&host, 11500); /* and its second */
    assert_described(&host, 12250,
                     "IKE SA branch-7 (gateway 42, serial 3): ESTABLISHED\n"
                     "  time of report      12.250 s\n"
                     "  established         11.250 s ago\n"
                     "  local               vpn.example (192.0.2.1), identity CN=vpn.example\n"
                     "  remote              203.0.113.9, identity branch-7@example\n"
                     "  SPI                 1111111111110000 initiator, 2222222222220000 responder\n"
                     "  role                initiator\n"
                     "  authentication      PSK\n"
                     "  proposal            CHACHA20_POLY1305/PRF_HMAC_SHA2_256/CURVE25519\n"
                     "  NAT                 we are behind a NAT\n"
                     "  next Message ID     tx 8, rx 5\n"
                     "  liveness            periodic, idle 5.000 s, 10 tries in 319.000 s\n"
                     "  reachability        SUSPECT, generation 1\n"
                     "  last proof of life  8.750 s ago\n"
                     "  last IKE message    11.250 s ago\n"
                     "  last data           8.750 s ago\n"
                     "  outstanding         INFORMATIONAL 7, retransmission 2 of 9, next step in 3.250 s\n"
                     "  Child SAs           2\n"
                     "    ESP SPI in a0000001 out b0000001, last heard never\n"
                     "    ESP SPI in a0000002 out b0000002, last heard 8.750 s ago\n"
                     "  counters            probes 1, retransmissions 2, answered 0, requests 0, repeats 0, dropped 0, "
                     "send failures 0\n");
    host_clear(&host);
}

static void labels_that_are_missing_are_shown_as_what_is_known_or_as_a_dash(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "b", 0, NULL);
    host_sa(&host, suite, false, 0, NULL);
    assert_described(&host, 2000,
                     "IKE SA - (gateway 0, serial 0): ESTABLISHED\n"
                     "  time of report      2.000 s\n"
                     "  established         2.000 s ago\n"
                     "  local               192.0.2.2:500, identity -\n"
                     "  remote              192.0.2.1:500, identity -\n"
                     "  SPI                 1111111111110000 initiator, 2222222222220000 responder\n"
                     "  role                responder\n"
                     "  authentication      -\n"
                     "  proposal            chacha20poly1305-prfsha256\n"
                     "  NAT                 no UDP encapsulation\n"
                     "  next Message ID     tx 0, rx 0\n"
                     "  liveness            periodic, idle 5.000 s, 10 tries in 319.000 s\n"
                     "  reachability        UP, generation 0\n"
                     "  last proof of life  2.000 s ago\n"
                     "  last IKE message    2.000 s ago\n"
                     "  last data           never\n"
                     "  next probe          in 3.000 s\n"
                     "  outstanding         none\n"
                     "  Child SAs           0\n"
                     "  counters            probes 0, retransmissions 0, answered 0, requests 0, repeats 0, dropped 0, "
                     "send failures 0\n");
    host_clear(&host);
}

static void on_port_4500(struct ikl_sa_config *config)
{
    config->path.encapsulated = true;
    config->liveness = IKL_LIVENESS_OFF;
}

static void encapsulation_and_a_policy_that_is_off_are_said(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, on_port_4500);
    assert_string_equal(line(&host, 0, "NAT"), "UDP encapsulation");
    assert_string_equal(line(&host, 0, "liveness"), "off, idle 5.000 s, 10 tries in 319.000 s");
    host_clear(&host);
}

static void ike_sas_whose_suites_differ_in_the_prf_alone_each_say_their_own(void **state)
{
    static const char *const other = "chacha20poly1305-prfsha512";
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *first;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, NULL);
    first = host.sa;
    test_sa_config(&config, &keys, other, true, 1);
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
    assert_string_equal(line(&host, 0, "proposal"), other);
    host.sa = first;
    assert_string_equal(line(&host, 0, "proposal"), suite);
    host_clear(&host);
}

static void the_last_data_is_that_of_whichever_child_sa_heard_last(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 3, NULL);
    ikl_child_heard(host.children[0], 1000);
    ikl_child_heard(host.children[1], 3000);
    ikl_child_heard(host.children[2], 2000);
    assert_string_equal(line(&host, 4000, "last data"), "1.000 s ago");
    assert_string_equal(line(&host, 3000, "last data"), "0.000 s ago");
    host_clear(&host);
}

static void with_hostile_labels(struct ikl_sa_config *config)
{
    static const struct ikl_sa_labels hostile = {
        .size = sizeof(hostile),
        .gateway = "one\ntwo",
        .remote_identity = "\x1b[2J\\\xc3\xa4 ",
    };

    config->labels = &hostile;
}

static void octets_of_labels_outside_printable_ascii_are_escaped(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, with_hostile_labels);
    assert_string_equal(line(&host, 0, "IKE SA"), "one\\x0atwo (gateway 0, serial 0): ESTABLISHED");
    assert_string_equal(line(&host, 0, "remote"), "192.0.2.2:500, identity \\x1b[2J\\\\\\xc3\\xa4 ");
    host_clear(&host);
}

static void a_buffer_that_is_too_small_is_terminated_and_the_whole_length_returned(void **state)
{
    char whole[2048], part[2048];
    struct host host;
    int len;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, with_labels);
    len = ikl_sa_describe(host.sa, 0, whole, sizeof(whole));
    assert_int_equal(len, strlen(whole));
    for (size_t size = 1; size <= (size_t)len + 1; size++) {
        memset(part, 0x55, sizeof(part));
        assert_int_equal(ikl_sa_describe(host.sa, 0, part, size), len);
        assert_int_equal(strlen(part), size - 1);
        assert_memory_equal(part, whole, size - 1);
        assert_int_equal(part[size], 0x55);
    }
    assert_int_equal(ikl_sa_describe(host.sa, 0, NULL, 0), len);
    host_clear(&host);
}

static void a_time_before_the_latest_counts_as_that(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, NULL);
    host_advance(&host, 3000);
    assert_string_equal(line(&host, 1000, "time of report"), "3.000 s");
    assert_string_equal(line(&host, 1000, "next probe"), "in 2.000 s");
    host_clear(&host);
}

static void assert_address(const struct ikl_address *address, const char *expected)
{
    char text[64];

    assert_int_equal(ikl_address_text(address, text, sizeof(text)), strlen(expected));
    assert_string_equal(text, expected);
}

static void an_ipv6_address_is_written_as_rfc_5952_says(void **state)
{
    static const struct {
        uint8_t ip[16];
        const char *text;
    } cases[] = {
        {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}, "[2001:db8::1]:4500"},
        {{0}, "[::]:4500"},
        {{[15] = 1}, "[::1]:4500"},
        {{0xfe, 0x80}, "[fe80::]:4500"},
        /* one group alone is not shortened; the first of two equal runs is, the longer of two others */
        {{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}, "[2001:db8:0:1:1:1:1:1]:4500"},
        {{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1}, "[2001:db8::1:0:0:1]:4500"},
        {{0x20, 0x01, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, "[2001:0:0:1::1]:4500"},
        {{0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89},
         "[abcd:ef01:2345:6789:abcd:ef01:2345:6789]:4500"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ikl_address address = {.family = 6, .port = 4500};

        memcpy(address.ip, cases[i].ip, sizeof(address.ip));
        assert_address(&address, cases[i].text);
    }
}

static void other_addresses_are_written_in_full_or_as_a_dash(void **state)
{
    char text[8];
    const struct ikl_address ipv4 = {.family = 4, .port = 500, .ip = {192, 0, 2, 255}};

    (void)state;
    assert_address(&ipv4, "192.0.2.255:500");
    assert_address(&(struct ikl_address){.family = 0, .port = 500}, "-");
    assert_int_equal(ikl_address_text(&ipv4, text, sizeof(text)), strlen("192.0.2.255:500"));
    assert_string_equal(text, "192.0.2");
}

static void the_policy_is_said_with_its_intervals(void **state)
{
    static const struct {
        enum ikl_liveness_policy policy;
        uint32_t idle, at_least;
        const char *text;
    } rows[] = {
        {IKL_LIVENESS_PERIODIC, 700, 9000, "periodic, idle 0.700 s, 10 tries in 319.000 s"},
        {IKL_LIVENESS_ON_DEMAND, 700, 0, "on demand, idle 0.700 s, 10 tries in 319.000 s"},
        {IKL_LIVENESS_ON_DEMAND, 700, 1500, "on demand, idle 0.700 s, at least every 1.400 s, 10 tries in 319.000 s"},
        {IKL_LIVENESS_OFF, 700, 1500, "off, idle 0.700 s, 10 tries in 319.000 s"},
        {IKL_LIVENESS_PERIODIC, IKL_IDLE_OFF, 0, "off, 10 tries in 319.000 s"},
    };
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(ikl_sa_set_liveness(host.sa, rows[i].policy, rows[i].idle, rows[i].at_least, 0), IKL_OK);
        assert_string_equal(line(&host, 0, "liveness"), rows[i].text);
    }
    host_clear(&host);
}

TESTS_OF(describing)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_an_operator_expects_is_there),
        cmocka_unit_test(labels_that_are_missing_are_shown_as_what_is_known_or_as_a_dash),
        cmocka_unit_test(encapsulation_and_a_policy_that_is_off_are_said),
        cmocka_unit_test(the_policy_is_said_with_its_intervals),
        cmocka_unit_test(ike_sas_whose_suites_differ_in_the_prf_alone_each_say_their_own),
        cmocka_unit_test(the_last_data_is_that_of_whichever_child_sa_heard_last),
        cmocka_unit_test(octets_of_labels_outside_printable_ascii_are_escaped),
        cmocka_unit_test(a_buffer_that_is_too_small_is_terminated_and_the_whole_length_returned),
        cmocka_unit_test(a_time_before_the_latest_counts_as_that),
        cmocka_unit_test(an_ipv6_address_is_written_as_rfc_5952_says),
        cmocka_unit_test(other_addresses_are_written_in_full_or_as_a_dash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
