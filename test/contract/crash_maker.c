/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/crash.h> about the maker of tokens, who shows them once it has lost its state, and never the one
 * of an IKE SA that lives (RFC 6290 §4.5, §9.2). */
#include "support/crash.h"
#include "support/grave.h"
#include "support/hex.h"
#include "support/mover.h"
#include "support/providers.h"
#include "support/test.h"

enum { IDLE = 5000, ANSWERS = 100 };

static const char *const suite = CRASH_SUITE;

static const uint64_t SPI_I = 0x0102030405060708, SPI_R = 0x1112131415161718;

/* A message for an IKE SA that nobody knows. */
struct lost {
    struct ikl_header header;
    struct ikl_octets payloads;
};

/* An SK payload of 20 octets, and no more than its look is like one. */
static const uint8_t sk[24] = {0, 0, 0, sizeof(sk), 1, 2, 3};
static const uint8_t first_fragment[24] = {0, 0, 0, sizeof(first_fragment), 0, 1, 0, 2};
static const uint8_t second_fragment[24] = {0, 0, 0, sizeof(second_fragment), 0, 2, 0, 2};

static struct lost lost_request(void)
{
    return (struct lost){{.spi_i = SPI_I,
                          .spi_r = SPI_R,
                          .next_payload = IKL_PAYLOAD_SK,
                          .exchange_type = IKL_INFORMATIONAL,
                          .flags = IKL_FLAG_INITIATOR,
                          .message_id = 7},
                         {sk, sizeof(sk)}};
}

/* The endpoint has just started. */
static void start(struct host *host, endpoint_change change)
{
    host_init(host, "b", 0, change);
}

static struct ikl_path path_here(void)
{
    return (struct ikl_path){.local = {.ip = {192, 0, 2, 2}, .port = 500, .family = 4},
                             .remote = {.ip = {192, 0, 2, 1}, .port = 500, .family = 4}};
}

static int ask(struct host *host, const struct lost *lost)
{
    const struct ikl_path path = path_here();
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_writer writer = ikl_writer(datagram, sizeof(datagram));

    ikl_header_write(&writer, &lost->header);
    ikl_write_octets(&writer, lost->payloads.data, lost->payloads.len);
    ikl_header_patch(&writer, 0, lost->header.next_payload);
    return ikl_endpoint_receive(host->endpoint, &path, datagram, writer.len, host->now);
}

static void assert_silent(struct host *host, const struct lost *lost)
{
    size_t sent = host_count(host, EVENT_SENT);
    uint64_t unmatched = host_counters(host).unmatched;

    assert_int_equal(ask(host, lost), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_count(host, EVENT_SENT), sent);
    assert_int_equal(host_counters(host).unmatched, unmatched + 1);
}

static struct event *assert_shown(struct host *host, const struct lost *lost)
{
    size_t sent = host_count(host, EVENT_SENT);

    assert_int_equal(ask(host, lost), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_count(host, EVENT_SENT), sent + 1);
    assert_null(host_last(host, EVENT_SENT)->sa);
    return host_last(host, EVENT_SENT);
}

static void a_token_is_the_prf_of_the_secret_and_both_spis(void **state)
{
    uint8_t expected[IKL_TOKEN_LEN], token[IKL_MAX_PRF];
    const struct ikl_prf *prf;

    (void)state;
    assert_int_equal(
        hex_decode(expected, sizeof(expected), "bbd32bc92176eb30e0d9a216249228049e6ad9203ecf3faae31a28efa1b28c17"),
        sizeof(expected));
    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_256, &prf), IKL_OK);
    assert_int_equal(ikl_token_make(prf, crash_secrets[0], SPI_I, SPI_R, token), IKL_OK);
    assert_memory_equal(token, expected, sizeof(expected));
    assert_int_equal(ikl_token_make(prf, crash_secrets[0], SPI_R, SPI_I, token), IKL_OK);
    assert_memory_not_equal(token, expected, sizeof(expected));
    assert_int_equal(
        ikl_token_make(prf, (struct ikl_octets){crash_secrets[0].data, IKL_MIN_SECRET - 1}, SPI_I, SPI_R, token),
        IKL_ERR_INVALID);
}

static int fail_to_compute(const struct ikl_prf_input *input, uint8_t *out)
{
    (void)input;
    memset(out, 0xee, IKL_TOKEN_LEN);
    return IKL_ERR_CRYPTO;
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
    bad.len = IKL_MIN_TOKEN - 1;
    assert_int_equal(ikl_token_make(&bad, crash_secrets[0], SPI_I, SPI_R, token), IKL_ERR_INVALID);
    bad.len = 0;
    assert_int_equal(ikl_token_make(&bad, crash_secrets[0], SPI_I, SPI_R, token), IKL_ERR_INVALID);
    bad = *good;
    bad.compute = fail_to_compute;
    assert_int_equal(ikl_token_make(&bad, crash_secrets[0], SPI_I, SPI_R, token), IKL_ERR_CRYPTO);
    assert_memory_equal(token, zeros, sizeof(zeros));
}

static void a_lost_request_is_answered_with_invalid_ike_spi_and_a_token_of_each_secret(void **state)
{
    static const uint8_t exchanges[] = {IKL_CREATE_CHILD_SA, IKL_INFORMATIONAL, IKL_IKE_FOLLOWUP_KE};
    struct ikl_path path = path_here();
    struct host host;

    (void)state;
    start(&host, crash_with_maker);
    for (size_t i = 0; i < 2 * COUNT_OF(exchanges); i++) {
        struct lost lost = lost_request();
        struct ikl_payload payload;
        const struct event *sent;
        struct ikl_header header;
        struct ikl_chain chain;
        struct ikl_notify notify;

        lost.header.exchange_type = exchanges[i / 2];
        lost.header.flags = i % 2 == 0 ? IKL_FLAG_INITIATOR : 0;
        sent = assert_shown(&host, &lost);
        assert_true(ikl_path_same(&sent->path, &path));
        assert_int_equal(ikl_header_read(&header, sent->datagram, sent->len), IKL_OK);
        assert_true(header.spi_i == SPI_I && header.spi_r == SPI_R);
        assert_int_equal(header.exchange_type, lost.header.exchange_type);
        assert_int_equal(header.message_id, 7);
        assert_int_equal(header.flags, IKL_FLAG_RESPONSE | (i % 2 == 0 ? 0 : IKL_FLAG_INITIATOR));
        chain = ikl_chain(header.next_payload,
                          (struct ikl_octets){sent->datagram + IKL_HEADER_LEN, sent->len - IKL_HEADER_LEN});
        assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
        assert_int_equal(ikl_notify_read(&notify, payload.body), IKL_OK);
        assert_int_equal(notify.type, IKL_NOTIFY_INVALID_IKE_SPI);
        for (size_t which = 0; which < CRASH_SECRETS; which++) {
            uint8_t expected[IKL_TOKEN_LEN];
            struct ikl_octets token;
            const struct ikl_prf *prf;

            assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_256, &prf), IKL_OK);
            assert_int_equal(ikl_token_make(prf, crash_secrets[which], SPI_I, SPI_R, expected), IKL_OK);
            assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
            assert_int_equal(ikl_token_read(&token, payload.body), IKL_OK);
            assert_int_equal(payload.body.data[0], IKL_PROTOCOL_IKE);
            assert_int_equal(token.len, sizeof(expected));
            assert_memory_equal(token.data, expected, sizeof(expected));
        }
        assert_int_equal(ikl_chain_next(&chain, &payload), IKL_ERR_END);
        assert_int_equal(host_counters(&host).tokens_shown, i + 1);
        assert_int_equal(host_count(&host, EVENT_UNMATCHED), i + 1);
    }
    host_clear(&host);
}

static void only_the_first_fragment_of_a_request_is_answered(void **state)
{
    struct lost lost = lost_request();
    struct host host;

    (void)state;
    start(&host, crash_with_maker);
    lost.header.next_payload = IKL_PAYLOAD_SKF;
    lost.payloads = (struct ikl_octets){first_fragment, sizeof(first_fragment)};
    (void)assert_shown(&host, &lost);
    lost.payloads = (struct ikl_octets){second_fragment, sizeof(second_fragment)};
    assert_silent(&host, &lost);
    lost.payloads = (struct ikl_octets){(const uint8_t[]){0, 0, 0, 5, 0}, 5};
    assert_silent(&host, &lost);
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
    start(&host, crash_with_maker);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        lost = lost_request();
        lost.header.exchange_type = others[i];
        assert_silent(&host, &lost);
    }
    lost = lost_request();
    lost.header.flags |= IKL_FLAG_RESPONSE;
    assert_silent(&host, &lost);
    lost = lost_request();
    lost.header.spi_r = 0;
    assert_silent(&host, &lost);
    lost = lost_request();
    lost.header.next_payload = IKL_PAYLOAD_NOTIFY;
    lost.payloads = (struct ikl_octets){notify, sizeof(notify)};
    assert_silent(&host, &lost);
    lost.payloads = (struct ikl_octets){notify, 0};
    lost.header.next_payload = IKL_PAYLOAD_NONE;
    assert_silent(&host, &lost);
    lost = lost_request();
    lost.payloads.len--;
    assert_silent(&host, &lost);
    lost = lost_request(); /* of a node that knows no IKE SA */
    lost.header.spi_i = 0;
    lost.header.flags = 0;
    lost.header.next_payload = IKL_PAYLOAD_NOTIFY;
    lost.payloads = (struct ikl_octets){invalid_spi, sizeof(invalid_spi)};
    assert_silent(&host, &lost);
    assert_int_equal(host_counters(&host).tokens_shown, 0);
    host_clear(&host);
}

/* What one shows, the other does not answer. */
static void two_makers_do_not_talk_to_each_other(void **state)
{
    struct lost lost = lost_request();
    struct host one, other;

    (void)state;
    start(&one, crash_with_maker);
    start(&other, crash_with_maker);
    assert_int_equal(host_receive(&other, assert_shown(&one, &lost)), IKL_ERR_UNKNOWN_SPI);
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
    start(&host, NULL);
    assert_silent(&host, &lost);
    assert_int_equal(ikl_endpoint_token(host.endpoint, SPI_I, SPI_R, token), IKL_ERR_STATE);
    assert_int_equal(ikl_endpoint_set_token_maker(host.endpoint, &crash_maker), IKL_OK);
    (void)assert_shown(&host, &lost);
    assert_int_equal(ikl_endpoint_token(host.endpoint, SPI_I, SPI_R, token), IKL_OK);
    assert_int_equal(ikl_endpoint_set_token_maker(host.endpoint, NULL), IKL_OK);
    assert_silent(&host, &lost);
    host_clear(&host);
}

/* Whether a host ever sent, unprotected, a token of its IKE SA. */
static void assert_token_never_left(struct host *host)
{
    for (size_t which = 0; which < IKL_MAX_SECRETS; which++) {
        struct crash_token token = crash_token_of(host->sa, which);

        for (size_t n = 0; n < host_count(host, EVENT_SENT); n++) {
            const struct event *sent = host_event(host, EVENT_SENT, n);

            for (size_t at = 0; at + sizeof(token.octets) <= sent->len; at++) {
                assert_memory_not_equal(sent->datagram + at, token.octets, sizeof(token.octets));
            }
        }
    }
}

/* Requests with the SPIs of the host's IKE SA, in both roles, and with one of them. */
static void try_all(struct host *host)
{
    static const uint8_t exchanges[] = {IKL_CREATE_CHILD_SA, IKL_INFORMATIONAL, IKL_IKE_FOLLOWUP_KE};
    const uint64_t spi_i = ikl_sa_spi_i(host->sa), spi_r = ikl_sa_spi_r(host->sa);
    const uint64_t pairs[][2] = {{spi_i, spi_r}, {spi_r, spi_i}, {spi_i, 5}, {5, spi_r}, {spi_r, 5}, {5, spi_i}};
    size_t sent = host_count(host, EVENT_SENT);

    for (size_t i = 0; i < COUNT_OF(pairs) * COUNT_OF(exchanges) * 4; i++) {
        struct lost lost = lost_request();

        lost.header.spi_i = pairs[i % COUNT_OF(pairs)][0];
        lost.header.spi_r = pairs[i % COUNT_OF(pairs)][1];
        lost.header.exchange_type = exchanges[i / COUNT_OF(pairs) % COUNT_OF(exchanges)];
        lost.header.flags = i / (COUNT_OF(pairs) * COUNT_OF(exchanges)) % 2 != 0 ? IKL_FLAG_INITIATOR : 0;
        lost.header.message_id = (uint32_t)(i / (COUNT_OF(pairs) * COUNT_OF(exchanges)) / 2);
        assert_int_not_equal(ask(host, &lost), IKL_OK);
    }
    assert_token_never_left(host);
    assert_int_equal(host_count(host, EVENT_SENT) - sent, host_counters(host).tokens_shown);
}

static void connecting(struct ikl_sa_config *config)
{
    config->connecting = true;
}

static void with_no_keys_yet(struct ikl_sa_config *config)
{
    config->connecting = true;
    config->protection.keys = NULL;
    config->spi_r = 0;
    config->ids.stated = false;
}

static void with_many_answers(struct ikl_endpoint_config *config)
{
    static const struct ikl_token_maker maker = {
        .size = sizeof(maker), .secrets = crash_secrets, .n_secrets = IKL_MAX_SECRETS, .answers_per_second = 1000};

    config->token_maker = &maker;
}

/* Where only the peer's SPI is the right one, the peer could have two IKE SAs, and one of them be lost. */
static void the_token_of_an_ike_sa_that_lives_never_leaves_whatever_its_state(void **state)
{
    for (int role = 0; role < 2; role++) {
        static const sa_change changes[] = {NULL, connecting, with_no_keys_yet};

        for (size_t i = 0; i < COUNT_OF(changes) + 2; i++) {
            struct host host;

            (void)state;
            if (role == 1 && i == 2) {
                continue; /* who responds has keys */
            }
            start(&host, with_many_answers);
            host_sa(&host, suite, role == 0, 1, i < COUNT_OF(changes) ? changes[i] : NULL);
            if (i == COUNT_OF(changes)) {
                assert_int_equal(ikl_sa_delete(host.sa, 1000000, 0), IKL_OK);
            } else if (i > COUNT_OF(changes)) {
                struct ikl_sa_config config;
                struct ikl_keys keys;
                struct ikl_sa *heir;

                test_sa_config(&config, &keys, suite, role == 0, 1);
                assert_int_equal(ikl_sa_new(&heir, host.endpoint, &config, 0), IKL_OK);
                assert_int_equal(ikl_sa_replace(host.sa, heir, true, 1000000, 0), IKL_OK);
            }
            host_forget(&host);
            try_all(&host);
            assert_int_not_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
            host_clear(&host);
        }
    }
}

static void one_that_is_gone_is_lost(void **state)
{
    struct lost lost = lost_request();
    struct host host;

    (void)state;
    start(&host, crash_with_maker);
    host_sa(&host, suite, false, 1, NULL);
    lost.header.spi_i = ikl_sa_spi_i(host.sa);
    lost.header.spi_r = ikl_sa_spi_r(host.sa);
    ikl_sa_close(host.sa, 0);
    (void)assert_shown(&host, &lost);
    host_clear(&host);
}

static void while_an_answered_delete_may_come_again_nothing_is_shown(void **state)
{
    struct lost lost = lost_request();
    struct grave grave;

    (void)state;
    grave_dig(&grave, crash_with_maker, NULL);
    lost.header.spi_i = ikl_sa_spi_i(grave.host.sa);
    lost.header.spi_r = ikl_sa_spi_r(grave.host.sa);
    lost.header.flags = 0;
    assert_silent(&grave.host, &lost);
    grave.host.now = 320000;
    (void)assert_shown(&grave.host, &lost);
    grave_fill_in(&grave);
}

static void a_forged_initiator_flag_does_not_get_around_a_tombstone(void **state)
{
    struct lost lost = lost_request();
    struct grave grave;
    uint64_t spi_i, spi_r;

    (void)state;
    grave_dig(&grave, crash_with_maker, NULL);
    spi_i = ikl_sa_spi_i(grave.host.sa);
    spi_r = ikl_sa_spi_r(grave.host.sa);
    for (size_t i = 0; i < 4; i++) {
        lost.header.flags = i % 2 != 0 ? IKL_FLAG_INITIATOR : 0;
        lost.header.spi_i = i < 2 ? spi_i : spi_r;
        lost.header.spi_r = i < 2 ? spi_r : spi_i;
        assert_silent(&grave.host, &lost);
    }
    grave_fill_in(&grave);
}

static void with_a_prefix(struct ikl_endpoint_config *config)
{
    crash_with_maker(config);
    config->spi_prefix = 0x11;
    config->spi_prefix_bits = 8;
}

static void our_spi_must_have_the_prefix_of_the_endpoint(void **state)
{
    struct lost lost = lost_request();
    struct host host;

    (void)state;
    start(&host, with_a_prefix);
    (void)assert_shown(&host, &lost);
    lost.header.flags = 0; /* ours is that of the initiator */
    assert_silent(&host, &lost);
    lost.header.spi_i = UINT64_C(0x11) << 56;
    (void)assert_shown(&host, &lost);
    host_clear(&host);
}

static struct {
    bool says;
    uint64_t spi_i, spi_r;
    unsigned asked;
} elsewhere;

static bool lives_elsewhere(void *user, uint64_t spi_i, uint64_t spi_r)
{
    struct host *host = user;

    assert_int_equal(ikl_endpoint_set_token_maker(host->endpoint, NULL), IKL_ERR_REENTRANT);
    elsewhere.spi_i = spi_i;
    elsewhere.spi_r = spi_r;
    elsewhere.asked++;
    return elsewhere.says;
}

static const struct ikl_token_maker who_asks = {
    .size = sizeof(who_asks), .secrets = crash_secrets, .n_secrets = 1, .lives_elsewhere = lives_elsewhere};

static void the_host_can_say_that_an_ike_sa_lives_elsewhere(void **state)
{
    struct lost lost = lost_request();
    struct host host;

    (void)state;
    memset(&elsewhere, 0, sizeof(elsewhere));
    start(&host, NULL);
    assert_int_equal(ikl_endpoint_set_token_maker(host.endpoint, &who_asks), IKL_OK);
    elsewhere.says = true;
    assert_silent(&host, &lost);
    assert_true(elsewhere.asked == 1 && elsewhere.spi_i == SPI_I && elsewhere.spi_r == SPI_R);
    elsewhere.says = false;
    (void)assert_shown(&host, &lost);
    host_clear(&host);
}

static void an_endpoint_that_an_ike_sa_has_left_shows_nothing_unless_the_host_says_where_it_lives(void **state)
{
    struct lost lost = lost_request();
    struct mover mover;
    struct host first;

    (void)state;
    memset(&elsewhere, 0, sizeof(elsewhere));
    mover_init(&mover, crash_with_maker);
    host_sa(&mover.host, suite, true, 1, NULL);
    (void)assert_shown(&mover.host, &lost);
    mover_move(&mover);
    first = mover.host;
    first.endpoint = mover.other;
    assert_int_equal(ask(&first, &lost), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_counters(&first).tokens_shown, 1);
    assert_int_equal(ikl_endpoint_set_token_maker(first.endpoint, &who_asks), IKL_OK);
    first.endpoint = mover.host.endpoint; /* the leaf looks at the host of the callbacks */
    assert_int_equal(ikl_endpoint_set_token_maker(mover.host.endpoint, NULL), IKL_OK);
    first.endpoint = mover.other;
    ikl_endpoint_set_user(first.endpoint, &first);
    assert_int_equal(ask(&first, &lost), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_counters(&first).tokens_shown, 2);
    ikl_endpoint_set_user(first.endpoint, &mover.host);
    mover.host.n_events = first.n_events;
    mover_clear(&mover);
}

static void no_more_answers_go_out_than_a_second_allows(void **state)
{
    struct lost lost = lost_request();
    struct host host;

    (void)state;
    start(&host, crash_with_maker);
    for (size_t i = 0; i < ANSWERS; i++) {
        (void)assert_shown(&host, &lost);
    }
    assert_silent(&host, &lost);
    host.now = 9;
    assert_silent(&host, &lost);
    assert_int_equal(host_counters(&host).tokens_limited, 2);
    host.now = 10;
    (void)assert_shown(&host, &lost);
    assert_silent(&host, &lost);
    assert_int_equal(host_counters(&host).tokens_shown, ANSWERS + 1);
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
    crash_reboot(&pair);
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
    crash_reboot(&pair);
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
    assert_int_equal(ikl_endpoint_token(pair.b.endpoint, ikl_sa_spi_i(pair.b.sa), ikl_sa_spi_r(pair.b.sa), token),
                     IKL_OK);
    assert_memory_equal(token, first.octets, sizeof(token));
    assert_int_equal(ikl_sa_send_token(pair.b.sa, NULL, 0, NULL), IKL_OK);
    pair_deliver(&pair);
    assert_token_never_left(&pair.b);
    told = host_last(&pair.a, EVENT_PEER_REQUEST);
    assert_int_equal(told->exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(
        ikl_sa_take_token(pair.a.sa, told->first_payload, (struct ikl_octets){told->datagram, told->len}, 0), IKL_OK);
    crash_reboot(&pair);
    pair_run(&pair, IDLE, 0);
    assert_int_equal(host_last(&pair.a, EVENT_DOWN)->down.reason, IKL_DOWN_CRASHED);
    pair_clear(&pair);
}

static void without_a_maker_there_is_no_token_to_send(void **state)
{
    struct host host;

    (void)state;
    start(&host, NULL);
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
    start(&host, crash_with_maker);
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
    (void)assert_shown(&host, &lost);
    host_clear(&host);
    host_clear(&other);
}

static struct ikl_prf prf;
static int prf_result;

static int find_cipher(const struct ikl_suite *wanted, const struct ikl_cipher **out)
{
    return test_provider->cipher(wanted, out);
}

static int find_prf(uint16_t id, const struct ikl_prf **out)
{
    (void)id;
    *out = &prf;
    return prf_result;
}

static const struct ikl_provider poor = {.size = sizeof(poor), .name = "poor", .cipher = find_cipher, .prf = find_prf};

static void a_provider_that_fails_shows_nothing(void **state)
{
    static const struct ikl_provider *const providers[] = {&poor};
    struct lost lost = lost_request();
    struct ikl_endpoint_config config;
    struct ikl_endpoint *endpoint;
    uint8_t token[IKL_TOKEN_LEN];
    const struct ikl_prf *good;
    struct host host;

    (void)state;
    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_256, &good), IKL_OK);
    prf = *good;
    host_init(&host, "b", 0, NULL);
    config = host_config(&host);
    config.providers = providers;
    config.n_providers = 1;
    config.token_maker = &crash_maker;
    prf_result = IKL_ERR_UNSUPPORTED;
    assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_ERR_UNSUPPORTED);
    assert_string_equal(ikl_endpoint_config_error(&config), "token_maker");
    prf_result = IKL_OK;
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
    (void)assert_shown(&host, &lost);
    prf.compute = fail_to_compute;
    assert_silent(&host, &lost);
    assert_int_equal(ikl_endpoint_token(host.endpoint, SPI_I, SPI_R, token), IKL_ERR_CRYPTO);
    prf_result = IKL_ERR_UNSUPPORTED;
    assert_silent(&host, &lost);
    assert_int_equal(ikl_endpoint_set_token_maker(host.endpoint, &crash_maker), IKL_ERR_UNSUPPORTED);
    assert_int_equal(host_counters(&host).tokens_shown, 1);
    host_clear(&host);
}

TESTS_OF(crash_maker)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_the_prf_of_the_secret_and_both_spis),
        cmocka_unit_test(a_prf_that_is_too_short_or_fails_makes_no_token),
        cmocka_unit_test(a_lost_request_is_answered_with_invalid_ike_spi_and_a_token_of_each_secret),
        cmocka_unit_test(only_the_first_fragment_of_a_request_is_answered),
        cmocka_unit_test(nothing_but_a_protected_request_of_an_authenticated_peer_is_answered),
        cmocka_unit_test(two_makers_do_not_talk_to_each_other),
        cmocka_unit_test(without_a_maker_nothing_is_shown),
        cmocka_unit_test(the_token_of_an_ike_sa_that_lives_never_leaves_whatever_its_state),
        cmocka_unit_test(one_that_is_gone_is_lost),
        cmocka_unit_test(while_an_answered_delete_may_come_again_nothing_is_shown),
        cmocka_unit_test(a_forged_initiator_flag_does_not_get_around_a_tombstone),
        cmocka_unit_test(our_spi_must_have_the_prefix_of_the_endpoint),
        cmocka_unit_test(the_host_can_say_that_an_ike_sa_lives_elsewhere),
        cmocka_unit_test(an_endpoint_that_an_ike_sa_has_left_shows_nothing_unless_the_host_says_where_it_lives),
        cmocka_unit_test(no_more_answers_go_out_than_a_second_allows),
        cmocka_unit_test(a_peer_that_had_the_token_of_an_older_secret_is_told),
        cmocka_unit_test(the_token_of_a_retired_secret_is_not_shown),
        cmocka_unit_test(the_token_to_give_is_of_the_first_secret_and_is_sent_inside_sk),
        cmocka_unit_test(without_a_maker_there_is_no_token_to_send),
        cmocka_unit_test(a_wrong_maker_is_refused_and_the_one_before_stays),
        cmocka_unit_test(a_provider_that_fails_shows_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
