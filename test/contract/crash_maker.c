/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/crash.h> about the maker of tokens, who shows them once it has lost its state, and never the one
 * of an IKE SA that lives (RFC 6290 §4.5, §9.2). */
#include "support/crash.h"
#include "support/hex.h"
#include "support/lost.h"
#include "support/poor.h"
#include "support/providers.h"
#include "support/test.h"

enum { IDLE = 5000, ANSWERS = 100 };

static const char *const suite = CRASH_SUITE;

static void a_token_is_the_prf_of_the_secret_both_spis_and_the_role(void **state)
{
    static const char *const expected[] = {"2dd10b786a787ffb2d658777ae0d5b703b44b2b42e70790715c31248a5fc790f",
                                           "9d9aad0486e4893ec826f630937b2c368aaaebb4e46d2469a5a5cf16da77b8f4"};
    const struct ikl_octets too_short = {crash_secrets[0].data, IKL_MIN_SECRET - 1};
    const struct ikl_prf *prf;

    (void)state;
    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_256, &prf), IKL_OK);
    for (int role = 0; role < 2; role++) {
        uint8_t octets[IKL_TOKEN_LEN], token[IKL_MAX_PRF];

        assert_int_equal(hex_decode(octets, sizeof(octets), expected[role]), sizeof(octets));
        assert_int_equal(ikl_token_make(prf, crash_secrets[0], LOST_SPI_I, LOST_SPI_R, role != 0, token), IKL_OK);
        assert_memory_equal(token, octets, sizeof(octets));
        assert_int_equal(ikl_token_make(prf, crash_secrets[0], LOST_SPI_R, LOST_SPI_I, role != 0, token), IKL_OK);
        assert_memory_not_equal(token, octets, sizeof(octets));
        assert_int_equal(ikl_token_make(prf, too_short, LOST_SPI_I, LOST_SPI_R, role != 0, token), IKL_ERR_INVALID);
    }
}

static void a_prf_that_is_too_short_or_fails_makes_no_token(void **state)
{
    static const uint8_t zeros[IKL_TOKEN_LEN];
    uint8_t token[IKL_TOKEN_LEN];
    const struct ikl_prf *good;
    struct ikl_prf bad;

    (void)state;
    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_256, &good), IKL_OK);
    bad = *good;
    bad.len = IKL_MIN_TOKEN;
    assert_int_equal(ikl_token_make(&bad, crash_secrets[0], LOST_SPI_I, LOST_SPI_R, false, token), IKL_OK);
    bad.len = IKL_MIN_TOKEN - 1;
    assert_int_equal(ikl_token_make(&bad, crash_secrets[0], LOST_SPI_I, LOST_SPI_R, false, token), IKL_ERR_INVALID);
    bad.len = 0;
    assert_int_equal(ikl_token_make(&bad, crash_secrets[0], LOST_SPI_I, LOST_SPI_R, false, token), IKL_ERR_INVALID);
    bad = *good;
    bad.compute = poor_fail;
    assert_int_equal(ikl_token_make(&bad, crash_secrets[0], LOST_SPI_I, LOST_SPI_R, false, token), IKL_ERR_CRYPTO);
    assert_memory_equal(token, zeros, sizeof(zeros));
}

static void a_lost_request_is_answered_with_invalid_ike_spi_and_a_token_of_each_secret(void **state)
{
    static const uint8_t exchanges[] = {IKL_CREATE_CHILD_SA, IKL_INFORMATIONAL, IKL_IKE_FOLLOWUP_KE};
    struct ikl_path path = lost_path();
    struct host host;

    (void)state;
    host_init(&host, "b", 0, crash_with_maker);
    for (size_t i = 0; i < 2 * COUNT_OF(exchanges); i++) {
        struct lost lost = lost_request();
        struct ikl_payload payload;
        const struct event *sent;
        struct ikl_header header;
        struct ikl_chain chain;
        struct ikl_notify notify;

        lost.header.exchange_type = exchanges[i / 2];
        lost.header.flags = i % 2 == 0 ? IKL_FLAG_INITIATOR : 0;
        sent = lost_assert_shown(&host, &lost);
        assert_true(ikl_path_same(&sent->path, &path));
        assert_int_equal(ikl_header_read(&header, sent->datagram, sent->len), IKL_OK);
        assert_true(header.spi_i == LOST_SPI_I && header.spi_r == LOST_SPI_R);
        assert_int_equal(header.exchange_type, lost.header.exchange_type);
        assert_int_equal(header.message_id, 7);
        assert_int_equal(header.flags, IKL_FLAG_RESPONSE | (i % 2 == 0 ? 0 : IKL_FLAG_INITIATOR));
        chain = ikl_chain(header.next_payload,
                          (struct ikl_octets){sent->datagram + IKL_HEADER_LEN, sent->len - IKL_HEADER_LEN});
        assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
        assert_int_equal(ikl_notify_read(&notify, payload.body), IKL_OK);
        assert_int_equal(notify.type, IKL_NOTIFY_INVALID_IKE_SPI);
        for (size_t which = 0; which < CRASH_SECRETS; which++) {
            struct crash_token expected = crash_token_for(LOST_SPI_I, LOST_SPI_R, i % 2 != 0, which);
            struct ikl_octets token;

            assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
            assert_int_equal(ikl_token_read(&token, payload.body), IKL_OK);
            assert_int_equal(payload.body.data[0], IKL_PROTOCOL_IKE);
            assert_int_equal(token.len, sizeof(expected.octets));
            assert_memory_equal(token.data, expected.octets, sizeof(expected.octets));
        }
        assert_int_equal(ikl_chain_next(&chain, &payload), IKL_ERR_END);
        assert_int_equal(host_counters(&host).tokens_shown, i + 1);
        assert_int_equal(host_count(&host, EVENT_UNMATCHED), i + 1);
    }
    host_clear(&host);
}

/* Tokens are those of 40 octets each that follow a header of 28 octets and INVALID_IKE_SPI of 8. */
static void an_answer_has_as_many_tokens_as_fit_in_three_times_the_request_the_newest_first(void **state)
{
    uint8_t sk[200] = {0};
    struct lost lost = lost_request();
    struct host host;

    (void)state;
    host_init(&host, "b", 0, crash_with_four_secrets);
    for (size_t len = IKL_PAYLOAD_HEADER_LEN; len <= sizeof(sk); len++) {
        size_t asked = IKL_HEADER_LEN + len, n = (3 * asked - 36) / 40;
        const struct event *sent;

        sk[3] = (uint8_t)len;
        lost.payloads = (struct ikl_octets){sk, len};
        sent = lost_assert_shown(&host, &lost);
        n = n < IKL_MAX_SECRETS ? n : IKL_MAX_SECRETS;
        assert_true(n >= 1);
        assert_int_equal(sent->len, 36 + 40 * n);
        for (size_t i = 0; i < n; i++) {
            struct crash_token token = crash_token_for(LOST_SPI_I, LOST_SPI_R, false, i);

            assert_memory_equal(sent->datagram + 36 + 40 * i + 8, token.octets, sizeof(token.octets));
        }
    }
    host_clear(&host);
}

static const uint8_t first_fragment[24] = {0, 0, 0, sizeof(first_fragment), 0, 1, 0, 2};
static const uint8_t second_fragment[24] = {0, 0, 0, sizeof(second_fragment), 0, 2, 0, 2};

static void only_the_first_fragment_of_a_request_is_answered(void **state)
{
    struct lost lost = lost_request();
    struct host host;

    (void)state;
    host_init(&host, "b", 0, crash_with_maker);
    lost.header.next_payload = IKL_PAYLOAD_SKF;
    lost.payloads = (struct ikl_octets){first_fragment, sizeof(first_fragment)};
    (void)lost_assert_shown(&host, &lost);
    lost.payloads = (struct ikl_octets){(const uint8_t[]){0, 0, 0, 6, 0, 1}, 6};
    (void)lost_assert_shown(&host, &lost);
    lost.header.spi_i = lost.header.spi_r = 1; /* SPIs like any other */
    (void)lost_assert_shown(&host, &lost);
    lost.payloads = (struct ikl_octets){second_fragment, sizeof(second_fragment)};
    lost_assert_silent(&host, &lost);
    lost.payloads = (struct ikl_octets){(const uint8_t[]){0, 0, 0, 5, 0}, 5};
    lost_assert_silent(&host, &lost);
    host_clear(&host);
}

static void nothing_but_a_protected_request_of_an_authenticated_peer_is_answered(void **state)
{
    static const uint8_t others[] = {IKL_IKE_SA_INIT,        IKL_IKE_AUTH, IKL_IKE_INTERMEDIATE,
                                     IKL_IKE_SESSION_RESUME, IKL_GSA_AUTH, 200};
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_INVALID_IKE_SPI};
    static const uint8_t invalid_spi[] = {0, 0, 0, 12, 0, 0, 0, IKL_NOTIFY_INVALID_SPI, 1, 2, 3, 4};
    struct lost lost;
    struct host host;

    (void)state;
    host_init(&host, "b", 0, crash_with_maker);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        lost = lost_request();
        lost.header.exchange_type = others[i];
        lost_assert_silent(&host, &lost);
    }
    lost = lost_request();
    lost.header.flags |= IKL_FLAG_RESPONSE;
    lost_assert_silent(&host, &lost);
    lost = lost_request();
    lost.header.spi_r = 0;
    lost_assert_silent(&host, &lost);
    lost = lost_request();
    lost.header.next_payload = IKL_PAYLOAD_NOTIFY;
    lost.payloads = (struct ikl_octets){notify, sizeof(notify)};
    lost_assert_silent(&host, &lost);
    lost.payloads = (struct ikl_octets){notify, 0};
    lost.header.next_payload = IKL_PAYLOAD_NONE;
    lost_assert_silent(&host, &lost);
    lost = lost_request();
    lost.payloads.len--;
    lost_assert_silent(&host, &lost);
    lost = lost_request(); /* of a node that knows no IKE SA */
    lost.header.spi_i = 0;
    lost.header.flags = 0;
    lost.header.next_payload = IKL_PAYLOAD_NOTIFY;
    lost.payloads = (struct ikl_octets){invalid_spi, sizeof(invalid_spi)};
    lost_assert_silent(&host, &lost);
    assert_int_equal(host_counters(&host).tokens_shown, 0);
    host_clear(&host);
}

/* What one shows, the other does not answer. */
static void two_makers_do_not_talk_to_each_other(void **state)
{
    struct lost lost = lost_request();
    struct host one, other;

    (void)state;
    host_init(&one, "b", 0, crash_with_maker);
    host_init(&other, "b", 0, crash_with_maker);
    assert_int_equal(host_receive(&other, lost_assert_shown(&one, &lost)), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_count(&other, EVENT_SENT), 0);
    host_clear(&one);
    host_clear(&other);
}

static void without_a_maker_nothing_is_shown(void **state)
{
    uint8_t token[IKL_TOKEN_LEN];
    struct lost lost = lost_request();
    struct host host;

    (void)state;
    host_init(&host, "b", 0, NULL);
    lost_assert_silent(&host, &lost);
    assert_int_equal(ikl_endpoint_token(host.endpoint, LOST_SPI_I, LOST_SPI_R, false, token), IKL_ERR_STATE);
    assert_int_equal(ikl_endpoint_set_token_maker(host.endpoint, &crash_maker), IKL_OK);
    (void)lost_assert_shown(&host, &lost);
    assert_int_equal(ikl_endpoint_token(host.endpoint, LOST_SPI_I, LOST_SPI_R, false, token), IKL_OK);
    assert_int_equal(ikl_endpoint_set_token_maker(host.endpoint, NULL), IKL_OK);
    lost_assert_silent(&host, &lost);
    host_clear(&host);
}

static void no_more_answers_go_out_than_a_second_allows(void **state)
{
    struct lost lost = lost_request();
    struct host host;

    (void)state;
    host_init(&host, "b", 0, crash_with_maker);
    for (size_t i = 0; i < ANSWERS; i++) {
        (void)lost_assert_shown(&host, &lost);
    }
    lost_assert_silent(&host, &lost);
    host.now = 9;
    lost_assert_silent(&host, &lost);
    assert_int_equal(host_counters(&host).tokens_limited, 2);
    host.now = 10;
    (void)lost_assert_shown(&host, &lost);
    lost_assert_silent(&host, &lost);
    assert_int_equal(host_counters(&host).tokens_shown, ANSWERS + 1);
    host_clear(&host);
}

static void the_time_from_one_answer_to_the_next_is_rounded_up(void **state)
{
    struct lost lost = lost_request();
    struct ikl_token_maker maker = crash_maker;
    struct host host;

    (void)state;
    host_init(&host, "b", 0, NULL);
    maker.answers_per_second = 3;
    assert_int_equal(ikl_endpoint_set_token_maker(host.endpoint, &maker), IKL_OK);
    for (size_t i = 0; i < 3; i++) {
        (void)lost_assert_shown(&host, &lost);
    }
    host.now = 333;
    lost_assert_silent(&host, &lost);
    host.now = 334;
    (void)lost_assert_shown(&host, &lost);
    host_clear(&host);
}

static void a_peer_that_had_the_token_of_an_older_secret_is_told(void **state)
{
    struct crash_token older;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, crash_with_maker, NULL);
    older = crash_token_of(pair.b.sa, 1);
    assert_int_equal(crash_give(pair.a.sa, older.octets, sizeof(older.octets), 0), IKL_OK);
    crash_reboot(&pair.b);
    pair_run(&pair, IDLE, 0);
    assert_int_equal(host_last(&pair.a, EVENT_DOWN)->down.reason, IKL_DOWN_CRASHED);
    assert_int_equal(host_last(&pair.a, EVENT_DOWN)->at, IDLE);
    pair_clear(&pair);
}

static void the_token_of_a_retired_secret_is_not_shown(void **state)
{
    struct crash_token retired;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, crash_with_maker, NULL);
    retired = crash_token_of(pair.b.sa, CRASH_SECRETS);
    assert_int_equal(crash_give(pair.a.sa, retired.octets, sizeof(retired.octets), 0), IKL_OK);
    crash_reboot(&pair.b);
    pair_run(&pair, IDLE, 0);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN), 0);
    assert_int_equal(host_counters(&pair.a).tokens_refused, 1);
    pair_clear(&pair);
}

static void the_token_to_give_is_of_the_first_secret_and_is_sent_inside_sk(void **state)
{
    uint8_t token[IKL_TOKEN_LEN];
    const struct event *told;
    struct crash_token first;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, crash_with_maker, NULL);
    first = crash_token_of(pair.b.sa, 0);
    assert_int_equal(
        ikl_endpoint_token(pair.b.endpoint, ikl_sa_spi_i(pair.b.sa), ikl_sa_spi_r(pair.b.sa), false, token), IKL_OK);
    assert_memory_equal(token, first.octets, sizeof(token));
    assert_int_equal(ikl_sa_send_token(pair.b.sa, NULL, 0, NULL), IKL_OK);
    pair_deliver(&pair);
    crash_assert_never_left(&pair.b);
    told = host_last(&pair.a, EVENT_PEER_REQUEST);
    assert_int_equal(told->exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(
        ikl_sa_take_token(pair.a.sa, told->first_payload, (struct ikl_octets){told->datagram, told->len}, 0), IKL_OK);
    crash_reboot(&pair.b);
    pair_run(&pair, IDLE, 0);
    assert_int_equal(host_last(&pair.a, EVENT_DOWN)->down.reason, IKL_DOWN_CRASHED);
    pair_clear(&pair);
}

static void without_a_maker_there_is_no_token_to_send(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "b", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(ikl_sa_send_token(host.sa, NULL, 0, NULL), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_send_token(host.sa, NULL, IKL_NEVER, NULL), IKL_ERR_INVALID);
    assert_int_equal(ikl_endpoint_set_token_maker(host.endpoint, &crash_maker), IKL_OK);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(ikl_sa_send_token(host.sa, NULL, 0, NULL), IKL_ERR_STATE);
    host_clear(&host);
}

static void assert_refused(struct host *host, const struct ikl_token_maker *maker, const char *field)
{
    struct ikl_endpoint_config config = host_config(host);

    assert_string_equal(ikl_token_maker_error(maker), field);
    assert_int_equal(ikl_endpoint_set_token_maker(host->endpoint, maker), IKL_ERR_INVALID);
    config.token_maker = maker;
    assert_string_equal(ikl_endpoint_config_error(&config), "token_maker");
}

static void a_wrong_maker_is_refused_and_the_one_before_stays(void **state)
{
    const struct ikl_octets missing[] = {{NULL, IKL_MIN_SECRET}},
                            too_short[] = {crash_secrets[0], {crash_secrets[1].data, IKL_MIN_SECRET - 1}};
    struct lost lost = lost_request();
    struct ikl_token_maker maker;
    struct host host, other;

    (void)state;
    host_init(&host, "b", 0, crash_with_maker);
    host_init(&other, "c", 0, NULL);
    assert_null(ikl_token_maker_error(&crash_maker));
    maker = crash_maker;
    maker.size = 3;
    assert_refused(&host, &maker, "size");
    maker = crash_maker;
    maker.secrets = NULL;
    assert_refused(&host, &maker, "secrets");
    maker = crash_maker;
    maker.n_secrets = 0;
    assert_refused(&host, &maker, "secrets");
    maker.n_secrets = IKL_MAX_SECRETS + 1;
    assert_refused(&host, &maker, "secrets");
    maker.n_secrets = 1;
    maker.secrets = missing;
    assert_refused(&host, &maker, "secrets");
    maker.n_secrets = COUNT_OF(too_short);
    maker.secrets = too_short;
    assert_refused(&host, &maker, "secrets");
    maker = crash_maker;
    maker.answers_per_second = 1001;
    assert_refused(&host, &maker, "answers_per_second");
    (void)lost_assert_shown(&host, &lost);
    host_clear(&host);
    host_clear(&other);
}

static void a_provider_that_fails_shows_nothing(void **state)
{
    const struct ikl_provider *const providers[] = {&poor_provider, test_provider}; /* the second one is not named */
    struct lost lost = lost_request();
    struct ikl_endpoint_config config;
    struct ikl_endpoint *endpoint;
    uint8_t token[IKL_TOKEN_LEN];
    const struct ikl_prf *good;
    struct host host;

    (void)state;
    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_256, &good), IKL_OK);
    poor_prf = *good;
    host_init(&host, "b", 0, NULL);
    config = host_config(&host);
    config.providers = providers;
    config.n_providers = 1;
    config.token_maker = &crash_maker;
    poor_result = IKL_ERR_UNSUPPORTED;
    assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_ERR_UNSUPPORTED);
    assert_string_equal(ikl_endpoint_config_error(&config), "token_maker");
    poor_result = IKL_OK;
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
    (void)lost_assert_shown(&host, &lost);
    poor_prf.compute = poor_fail;
    lost_assert_silent(&host, &lost);
    assert_int_equal(ikl_endpoint_token(host.endpoint, LOST_SPI_I, LOST_SPI_R, false, token), IKL_ERR_CRYPTO);
    poor_result = IKL_ERR_UNSUPPORTED;
    lost_assert_silent(&host, &lost);
    assert_int_equal(ikl_endpoint_set_token_maker(host.endpoint, &crash_maker), IKL_ERR_UNSUPPORTED);
    assert_int_equal(host_counters(&host).tokens_shown, 1);
    host_clear(&host);
}

static void with_prefix(struct ikl_endpoint_config *config)
{
    crash_with_maker(config);
    config->spi_prefix = LOST_SPI_R >> (64 - 12);
    config->spi_prefix_bits = 12;
}

static void only_a_request_with_all_bits_of_the_prefix_of_our_spis_is_answered(void **state)
{
    struct lost lost = lost_request();
    struct host host;

    (void)state;
    host_init(&host, "b", 0, with_prefix);
    (void)lost_assert_shown(&host, &lost);
    for (unsigned bit = 52; bit < 64; bit++) {
        lost.header.spi_r = LOST_SPI_R ^ UINT64_C(1) << bit;
        lost_assert_silent(&host, &lost);
    }
    lost.header.spi_r = LOST_SPI_R ^ UINT64_C(1) << 51;
    (void)lost_assert_shown(&host, &lost);
    host_clear(&host);
}

static void a_request_with_an_spi_of_an_ike_sa_that_lives_here_is_not_answered(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 2; which++) {
        struct lost lost = lost_request();
        struct host host;

        host_init(&host, "b", 0, crash_with_maker);
        host_sa(&host, suite, true, 0, NULL);
        (void)lost_assert_shown(&host, &lost);
        *(which != 0 ? &lost.header.spi_r : &lost.header.spi_i) = ikl_sa_spi_i(host.sa);
        lost_assert_silent(&host, &lost);
        host_clear(&host);
    }
}

TESTS_OF(crash_maker)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_the_prf_of_the_secret_both_spis_and_the_role),
        cmocka_unit_test(a_prf_that_is_too_short_or_fails_makes_no_token),
        cmocka_unit_test(a_lost_request_is_answered_with_invalid_ike_spi_and_a_token_of_each_secret),
        cmocka_unit_test(an_answer_has_as_many_tokens_as_fit_in_three_times_the_request_the_newest_first),
        cmocka_unit_test(only_the_first_fragment_of_a_request_is_answered),
        cmocka_unit_test(nothing_but_a_protected_request_of_an_authenticated_peer_is_answered),
        cmocka_unit_test(two_makers_do_not_talk_to_each_other),
        cmocka_unit_test(without_a_maker_nothing_is_shown),
        cmocka_unit_test(only_a_request_with_all_bits_of_the_prefix_of_our_spis_is_answered),
        cmocka_unit_test(a_request_with_an_spi_of_an_ike_sa_that_lives_here_is_not_answered),
        cmocka_unit_test(no_more_answers_go_out_than_a_second_allows),
        cmocka_unit_test(the_time_from_one_answer_to_the_next_is_rounded_up),
        cmocka_unit_test(a_peer_that_had_the_token_of_an_older_secret_is_told),
        cmocka_unit_test(the_token_of_a_retired_secret_is_not_shown),
        cmocka_unit_test(the_token_to_give_is_of_the_first_secret_and_is_sent_inside_sk),
        cmocka_unit_test(without_a_maker_there_is_no_token_to_send),
        cmocka_unit_test(a_wrong_maker_is_refused_and_the_one_before_stays),
        cmocka_unit_test(a_provider_that_fails_shows_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
