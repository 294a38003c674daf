/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/crash.h> about the taker of tokens, whose peer proves that it has lost its state (RFC 6290). */
#include "support/crash.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/poor.h"
#include "support/providers.h"
#include "support/test.h"
#include "support/test_allocator.h"

enum { IDLE = 5000, LOOKS = 8 };

static const char *const suite = CRASH_SUITE;

static int show(struct host *host, const void *token, size_t len)
{
    struct crash_message message = crash_message_for(host->sa);

    crash_add_token(&message, token, len);
    return crash_show(host, &message);
}

static int show_true(struct host *host)
{
    struct crash_token token = crash_token_of(host->sa, 0);

    return show(host, token.octets, sizeof(token.octets));
}

static void assert_crashed(struct host *host, ikl_time at)
{
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(host_last(host, EVENT_CHILD_DOWN)->down.reason, IKL_DOWN_CRASHED);
    assert_int_equal(host_count(host, EVENT_DOWN), 1);
    assert_int_equal(host_last(host, EVENT_DOWN)->down.reason, IKL_DOWN_CRASHED);
    assert_int_equal(host_last(host, EVENT_DOWN)->down.at, at);
    assert_int_equal(host_last(host, EVENT_DOWN)->down.sends, 0);
    assert_int_equal(host_last(host, EVENT_REACHABILITY)->reachability.reachability, IKL_REACHABILITY_DOWN);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
    assert_int_equal(ikl_endpoint_next_deadline(host->endpoint), IKL_NEVER);
    assert_int_equal(host_counters(host).crashes, 1);
}

static void assert_alive(struct host *host, uint64_t refused)
{
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_ESTABLISHED);
    assert_int_equal(host_count(host, EVENT_DOWN), 0);
    assert_int_equal(host_counters(host).tokens_refused, refused);
    assert_int_equal(host_counters(host).crashes, 0);
}

static void the_token_of_the_peer_ends_the_ike_sa_at_once_and_nothing_is_sent(void **state)
{
    struct host host;
    size_t sent;

    (void)state;
    (void)crash_one_sa(&host);
    host_advance(&host, IDLE);
    sent = host_count(&host, EVENT_SENT);
    assert_int_equal(show_true(&host), IKL_OK);
    assert_crashed(&host, IDLE);
    assert_int_equal(host_count(&host, EVENT_SENT), sent);
    host_clear(&host);
}

static void a_peer_that_boots_is_noticed_at_the_next_retransmission(void **state)
{
    struct pair pair;

    (void)state;
    crash_begin(&pair, NULL);
    pair.cut = true;
    pair_run(&pair, IDLE + 2000, 0); /* sent at 5, 6 s, and lost; the next send is at 8 s */
    crash_reboot(&pair.b);
    pair.cut = false;
    pair_run(&pair, IDLE + 200000, 0);
    assert_crashed(&pair.a, IDLE + 3000);
    pair_clear(&pair);
}

static void without_a_token_it_is_noticed_when_the_schedule_ends(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, crash_with_maker, NULL);
    crash_reboot(&pair.b);
    pair_run(&pair, 400000, 0);
    assert_int_equal(host_last(&pair.a, EVENT_DOWN)->down.reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(host_last(&pair.a, EVENT_DOWN)->at, IDLE + 319000);
    pair_clear(&pair);
}

static void the_token_counts_wherever_it_comes_from_and_with_nothing_beside_it(void **state)
{
    struct crash_message message = {.header = {.exchange_type = IKL_INFORMATIONAL, .flags = IKL_FLAG_INITIATOR}};
    struct crash_token token;
    struct ikl_path path;
    struct host host;

    (void)state;
    token = crash_one_sa(&host);
    path = *ikl_sa_path(host.sa);
    path.remote.port++;
    path.remote.ip[3] ^= 0x55;
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 0), IKL_OK);
    message.header.spi_i = ikl_sa_spi_i(host.sa);
    message.header.spi_r = ikl_sa_spi_r(host.sa);
    crash_add_token(&message, token.octets, sizeof(token.octets));
    assert_int_equal(crash_show(&host, &message), IKL_OK);
    assert_crashed(&host, 0);
    host_clear(&host);
}

/* As of a maker that keeps the Child SPIs over its boots. */
static void a_token_beside_invalid_spi_counts_as_one_beside_invalid_ike_spi(void **state)
{
    static const uint8_t invalid_spi[] = {0, 0, 0, IKL_NOTIFY_INVALID_SPI, 1, 2, 3, 4};
    struct crash_message message = {.header = {.exchange_type = IKL_INFORMATIONAL}};
    struct crash_token token;
    struct host host;

    (void)state;
    token = crash_one_sa(&host);
    message.header.spi_i = ikl_sa_spi_i(host.sa);
    message.header.spi_r = ikl_sa_spi_r(host.sa);
    crash_add(&message, IKL_PAYLOAD_NOTIFY, invalid_spi, sizeof(invalid_spi));
    crash_add_token(&message, token.octets, sizeof(token.octets));
    assert_int_equal(crash_show(&host, &message), IKL_OK);
    assert_crashed(&host, 0);
    host_clear(&host);
}

static void the_check_that_a_hint_of_lost_esp_causes_is_answered_with_the_token(void **state)
{
    struct pair pair;

    (void)state;
    crash_begin(&pair, NULL);
    crash_reboot(&pair.b);
    pair_run(&pair, 1000, 0);
    assert_int_equal(ikl_sa_hint(pair.a.sa, IKL_HINT_INVALID_SPI, 1000), IKL_OK);
    pair_deliver(&pair);
    assert_crashed(&pair.a, 1000);
    pair_clear(&pair);
}

/* A hint as without the token: the liveness check that it causes is the only thing that happens. */
static void other_tokens_change_nothing_and_are_counted(void **state)
{
    static const size_t lens[] = {0, 1, 15, 16, 31, 33, 64, 128, 129, 255};
    struct crash_token wrong;
    uint8_t longer[256];
    struct host host;

    (void)state;
    wrong = crash_one_sa(&host);
    memset(longer, 0x5a, sizeof(longer));
    memcpy(longer, wrong.octets, sizeof(wrong.octets));
    for (size_t i = 0; i < COUNT_OF(lens); i++) {
        host.now += 1000 * LOOKS;
        assert_int_equal(show(&host, longer, lens[i]), IKL_ERR_UNPROTECTED);
        assert_alive(&host, i + 1);
    }
    for (size_t bit = 0; bit < 8 * sizeof(wrong.octets); bit++) {
        host.now += 1000 * LOOKS;
        wrong.octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(show(&host, wrong.octets, sizeof(wrong.octets)), IKL_ERR_UNPROTECTED);
        wrong.octets[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_alive(&host, COUNT_OF(lens) + 8 * sizeof(wrong.octets));
    assert_int_equal(show_true(&host), IKL_OK);
    assert_crashed(&host, host.now);
    host_clear(&host);
}

static void a_wrong_token_alone_is_no_hint(void **state)
{
    static const uint8_t wrong[IKL_TOKEN_LEN] = {1};
    struct crash_message message = {.header = {.exchange_type = IKL_INFORMATIONAL, .flags = IKL_FLAG_RESPONSE}};
    struct host host;

    (void)state;
    (void)crash_one_sa(&host);
    message.header.spi_i = ikl_sa_spi_i(host.sa);
    message.header.spi_r = ikl_sa_spi_r(host.sa);
    crash_add_token(&message, wrong, sizeof(wrong));
    assert_int_equal(crash_show(&host, &message), IKL_ERR_UNSOLICITED);
    assert_alive(&host, 1);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_int_equal(host_counters(&host).hints, 0);
    host_clear(&host);
}

static void the_token_of_another_ike_sa_proves_nothing(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct crash_token token;
    struct ikl_sa *other;
    struct host host;

    (void)state;
    (void)crash_one_sa(&host);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&other, host.endpoint, &config, 0), IKL_OK);
    token = crash_token_of(other, 0);
    assert_int_equal(crash_give(other, token.octets, sizeof(token.octets), 0), IKL_OK);
    assert_int_equal(show(&host, token.octets, sizeof(token.octets)), IKL_ERR_UNPROTECTED);
    assert_alive(&host, 1);
    host_clear(&host);
}

static void a_token_for_an_ike_sa_that_has_none_is_counted(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    assert_int_equal(show_true(&host), IKL_ERR_UNPROTECTED);
    assert_alive(&host, 1);
    host_clear(&host);
}

static int show_behind(struct host *host, size_t n_wrong)
{
    static const uint8_t wrong[IKL_TOKEN_LEN] = {1};
    struct crash_message message = crash_message_for(host->sa);
    struct crash_token token = crash_token_of(host->sa, 0);

    for (size_t i = 0; i < n_wrong; i++) {
        crash_add_token(&message, wrong, sizeof(wrong));
    }
    crash_add_token(&message, token.octets, sizeof(token.octets));
    return crash_show(host, &message);
}

static void four_tokens_of_a_message_are_compared_and_no_more(void **state)
{
    struct host host;

    (void)state;
    (void)crash_one_sa(&host);
    assert_int_equal(show_behind(&host, 4), IKL_ERR_UNPROTECTED);
    assert_alive(&host, 1);
    assert_int_equal(show_behind(&host, 3), IKL_OK);
    assert_crashed(&host, 0);
    host_clear(&host);
}

static void eight_messages_are_looked_at_and_then_one_a_second(void **state)
{
    static const uint8_t wrong[IKL_TOKEN_LEN] = {1};
    struct host host;

    (void)state;
    (void)crash_one_sa(&host);
    for (size_t i = 0; i < LOOKS - 1; i++) {
        assert_int_equal(show(&host, wrong, sizeof(wrong)), IKL_ERR_UNPROTECTED);
    }
    assert_int_equal(show_true(&host), IKL_OK);
    assert_crashed(&host, 0);
    host_clear(&host);

    (void)crash_one_sa(&host);
    for (size_t i = 0; i < LOOKS; i++) {
        assert_int_equal(show(&host, wrong, sizeof(wrong)), IKL_ERR_UNPROTECTED);
    }
    assert_int_equal(show_true(&host), IKL_ERR_UNPROTECTED);
    host.now = 999;
    assert_int_equal(show_true(&host), IKL_ERR_UNPROTECTED);
    assert_alive(&host, LOOKS + 2);
    host.now = 1000;
    assert_int_equal(show_true(&host), IKL_OK);
    assert_crashed(&host, 1000);
    host_clear(&host);
}

static void what_could_be_authenticated_or_is_no_whole_message_proves_nothing(void **state)
{
    static const uint8_t unknown[] = {0};
    struct crash_token token;
    struct host host;

    (void)state;
    token = crash_one_sa(&host);
    for (unsigned how = 0; how < 4; how++) {
        struct crash_message message = crash_message_for(host.sa);

        crash_add_token(&message, token.octets, sizeof(token.octets));
        if (how == 0) {
            crash_add(&message, IKL_PAYLOAD_SK, unknown, sizeof(unknown));
        } else if (how == 1) {
            crash_add(&message, IKL_PAYLOAD_SKF, unknown, sizeof(unknown));
        } else if (how == 2) {
            crash_add(&message, 255, unknown, sizeof(unknown));
            message.octets[message.len - 4] = 0x80; /* critical */
        } else {
            message.len--;
        }
        assert_int_not_equal(crash_show(&host, &message), IKL_OK);
    }
    assert_alive(&host, 0);
    host_clear(&host);
}

static void an_ike_sa_that_was_to_end_ends_for_the_reason_that_it_had(void **state)
{
    struct host host;

    (void)state;
    (void)crash_one_sa(&host);
    assert_int_equal(ikl_sa_delete(host.sa, 100000, 0), IKL_OK);
    assert_int_equal(show_true(&host), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.reason, IKL_DOWN_CLOSED);
    assert_int_equal(host_counters(&host).crashes, 1);
    host_clear(&host);
}

static void one_that_is_rekeyed_leaves_its_child_sas_where_they_are(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *heir;
    struct host host;

    (void)state;
    (void)crash_one_sa(&host);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&heir, host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(host.sa, heir, false, 100000, 0), IKL_OK);
    assert_int_equal(show_true(&host), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    assert_int_equal(ikl_sa_state(heir), IKL_SA_ESTABLISHED);
    host_clear(&host);
}

static void a_newer_token_takes_the_place_of_an_older_one(void **state)
{
    struct crash_token newer;
    struct host host;

    (void)state;
    (void)crash_one_sa(&host);
    newer = crash_token_of(host.sa, 1);
    assert_int_equal(crash_give(host.sa, newer.octets, sizeof(newer.octets), 0), IKL_OK);
    assert_int_equal(show_true(&host), IKL_ERR_UNPROTECTED);
    assert_alive(&host, 1);
    assert_int_equal(show(&host, newer.octets, sizeof(newer.octets)), IKL_OK);
    assert_crashed(&host, 0);
    host_clear(&host);
}

static void of_several_tokens_the_last_one_is_kept(void **state)
{
    static const uint8_t other[IKL_MAX_TOKEN] = {1};
    struct crash_message inside = {.header = {0}};
    struct crash_token token;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    token = crash_token_of(host.sa, 0);
    crash_add_token(&inside, other, sizeof(other));
    crash_add_token(&inside, token.octets, sizeof(token.octets));
    crash_add(&inside, IKL_PAYLOAD_VENDOR_ID, other, 4);
    assert_int_equal(ikl_sa_take_token(host.sa, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){inside.octets, inside.len}, 0),
                     IKL_OK);
    assert_int_equal(show(&host, other, sizeof(other)), IKL_ERR_UNPROTECTED);
    assert_int_equal(show_true(&host), IKL_OK);
    assert_crashed(&host, 0);
    host_clear(&host);
}

static void tokens_of_16_to_128_octets_are_kept(void **state)
{
    uint8_t token[IKL_MAX_TOKEN];

    (void)state;
    memset(token, 0x77, sizeof(token));
    for (size_t len = IKL_MIN_TOKEN; len <= IKL_MAX_TOKEN; len++) {
        struct host host;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, 1, NULL);
        assert_int_equal(crash_give(host.sa, token, len, 0), IKL_OK);
        assert_int_equal(show(&host, token, len == IKL_MIN_TOKEN ? len + 1 : len - 1), IKL_ERR_UNPROTECTED);
        assert_int_equal(show(&host, token, len), IKL_OK);
        assert_crashed(&host, 0);
        host_clear(&host);
    }
}

/* After each of these errors the token that it had still counts. */
static void what_is_no_token_is_refused_and_an_earlier_one_stays(void **state)
{
    static const uint8_t octets[IKL_MAX_TOKEN + 1] = {1};
    struct crash_message inside = {.header = {0}};
    struct host host;

    (void)state;
    (void)crash_one_sa(&host);
    assert_int_equal(ikl_sa_take_token(host.sa, IKL_PAYLOAD_NONE, (struct ikl_octets){NULL, 0}, 0), IKL_ERR_NOT_FOUND);
    crash_add(&inside, IKL_PAYLOAD_NOTIFY, (const uint8_t[]){0, 0, 0x40, 0}, 4);
    crash_add(&inside, IKL_PAYLOAD_NONCE, octets, 16);
    assert_int_equal(ikl_sa_take_token(host.sa, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){inside.octets, inside.len}, 0),
                     IKL_ERR_NOT_FOUND);
    assert_int_equal(crash_give(host.sa, octets, IKL_MIN_TOKEN - 1, 0), IKL_ERR_MALFORMED);
    assert_int_equal(crash_give(host.sa, octets, IKL_MAX_TOKEN + 1, 0), IKL_ERR_MALFORMED);
    crash_add_token(&inside, octets, IKL_TOKEN_LEN);
    assert_int_equal(
        ikl_sa_take_token(host.sa, IKL_PAYLOAD_NOTIFY, (struct ikl_octets){inside.octets, inside.len - 1}, 0),
        IKL_ERR_MALFORMED);
    assert_int_equal(crash_give(host.sa, octets, IKL_TOKEN_LEN, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(show_true(&host), IKL_OK);
    assert_crashed(&host, 0);
    assert_int_equal(crash_give(host.sa, octets, IKL_TOKEN_LEN, 0), IKL_ERR_STATE);
    host_clear(&host);
}

static void without_keys(struct ikl_sa_config *config)
{
    config->connecting = true;
    config->protection.keys = NULL;
    config->spi_r = 0;
    config->ids.stated = false;
}

static void an_ike_sa_without_keys_takes_no_token(void **state)
{
    static const uint8_t token[IKL_TOKEN_LEN] = {1};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, without_keys);
    assert_int_equal(crash_give(host.sa, token, sizeof(token), 0), IKL_ERR_STATE);
    assert_int_equal(show_true(&host), IKL_ERR_UNSOLICITED);
    host_clear(&host);
}

static int find_cipher(const struct ikl_suite *wanted, const struct ikl_cipher **out)
{
    return test_provider->cipher(wanted, out);
}

static const struct ikl_provider without_prfs = {
    .size = sizeof(without_prfs), .name = "without PRFs", .cipher = find_cipher};

static const struct ikl_provider *const poor_ones[] = {&without_prfs, &poor_provider};

static void with_poor_ones(struct ikl_endpoint_config *config)
{
    config->providers = poor_ones;
    config->n_providers = COUNT_OF(poor_ones);
}

static void a_provider_without_the_prf_keeps_no_token(void **state)
{
    static const uint8_t token[IKL_TOKEN_LEN] = {1};
    const struct ikl_prf *good;
    struct host host;

    (void)state;
    assert_int_equal(test_provider->prf(IKL_PRF_HMAC_SHA2_256, &good), IKL_OK);
    host_init(&host, "a", 0, with_poor_ones);
    host_sa(&host, suite, true, 1, NULL);
    poor_result = IKL_ERR_UNSUPPORTED;
    assert_int_equal(crash_give(host.sa, token, sizeof(token), 0), IKL_ERR_UNSUPPORTED);
    poor_result = IKL_OK;
    poor_prf = *good;
    poor_prf.len = IKL_TOKEN_LEN / 2;
    assert_int_equal(crash_give(host.sa, token, sizeof(token), 0), IKL_ERR_INVALID);
    poor_prf = *good;
    poor_prf.compute = poor_fail;
    assert_int_equal(crash_give(host.sa, token, sizeof(token), 0), IKL_ERR_CRYPTO);
    poor_prf = *good;
    assert_int_equal(crash_give(host.sa, token, sizeof(token), 0), IKL_OK);
    poor_prf.compute = poor_fail;
    assert_int_equal(show(&host, token, sizeof(token)), IKL_ERR_UNPROTECTED);
    assert_alive(&host, 1);
    host_clear(&host);
}

static void the_token_goes_along_when_the_ike_sa_moves_to_another_endpoint(void **state)
{
    struct crash_token token;
    struct mover mover;

    (void)state;
    mover_begin(&mover, 1, NULL);
    token = crash_token_of(mover.host.sa, 0);
    assert_int_equal(crash_give(mover.host.sa, token.octets, sizeof(token.octets), 0), IKL_OK);
    mover_move(&mover);
    assert_true(host_info(&mover.host).has_token);
    assert_int_equal(show_true(&mover.host), IKL_OK);
    assert_crashed(&mover.host, 0);
    mover_clear(&mover);
}

static void an_operator_sees_that_a_token_is_kept_and_what_it_proved(void **state)
{
    struct ikl_event events[16];
    char text[4096];
    struct host host;
    size_t n;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    assert_false(host_info(&host).has_token);
    (void)ikl_sa_describe(host.sa, 0, text, sizeof(text));
    assert_null(strstr(text, "crash token"));
    host_clear(&host);

    (void)crash_one_sa(&host);
    assert_true(host_info(&host).has_token);
    (void)ikl_sa_describe(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "\n  crash token         kept\n"));
    assert_int_equal(show_true(&host), IKL_OK);
    n = ikl_sa_history(host.sa, events, COUNT_OF(events));
    assert_int_equal(events[0].kind, IKL_EVENT_TOKEN_KEPT);
    assert_int_equal(events[1].kind, IKL_EVENT_CRASHED);
    assert_true(n > 2);
    (void)ikl_sa_history_text(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "token kept\n"));
    assert_non_null(strstr(text, "peer crashed\n"));
    assert_string_equal(ikl_down_reason_name(IKL_DOWN_CRASHED), "peer crashed");
    host_clear(&host);
}

static int inside_send(struct host *host, struct event *event)
{
    static const uint8_t token[IKL_TOKEN_LEN] = {1};

    if (event->kind == EVENT_SENT) {
        assert_int_equal(crash_give(host->sa, token, sizeof(token), 0), IKL_ERR_REENTRANT);
        assert_int_equal(ikl_sa_send_token(host->sa, NULL, 0, NULL), IKL_ERR_REENTRANT);
        assert_int_equal(ikl_endpoint_set_token_maker(host->endpoint, NULL), IKL_ERR_REENTRANT);
    }
    return IKL_OK;
}

static void inside_a_leaf_nothing_about_tokens_changes(void **state)
{
    struct host host;

    (void)state;
    (void)crash_one_sa(&host);
    host.on_event = inside_send;
    host_advance(&host, IDLE);
    assert_int_equal(host_counters(&host).reentrant, 3);
    host.on_event = NULL;
    assert_int_equal(show_true(&host), IKL_OK);
    assert_crashed(&host, IDLE);
    host_clear(&host);
}

TESTS_OF(crash)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_token_of_the_peer_ends_the_ike_sa_at_once_and_nothing_is_sent),
        cmocka_unit_test(a_peer_that_boots_is_noticed_at_the_next_retransmission),
        cmocka_unit_test(without_a_token_it_is_noticed_when_the_schedule_ends),
        cmocka_unit_test(the_token_counts_wherever_it_comes_from_and_with_nothing_beside_it),
        cmocka_unit_test(a_token_beside_invalid_spi_counts_as_one_beside_invalid_ike_spi),
        cmocka_unit_test(the_check_that_a_hint_of_lost_esp_causes_is_answered_with_the_token),
        cmocka_unit_test(other_tokens_change_nothing_and_are_counted),
        cmocka_unit_test(a_wrong_token_alone_is_no_hint),
        cmocka_unit_test(the_token_of_another_ike_sa_proves_nothing),
        cmocka_unit_test(a_token_for_an_ike_sa_that_has_none_is_counted),
        cmocka_unit_test(four_tokens_of_a_message_are_compared_and_no_more),
        cmocka_unit_test(eight_messages_are_looked_at_and_then_one_a_second),
        cmocka_unit_test(what_could_be_authenticated_or_is_no_whole_message_proves_nothing),
        cmocka_unit_test(an_ike_sa_that_was_to_end_ends_for_the_reason_that_it_had),
        cmocka_unit_test(one_that_is_rekeyed_leaves_its_child_sas_where_they_are),
        cmocka_unit_test(a_newer_token_takes_the_place_of_an_older_one),
        cmocka_unit_test(of_several_tokens_the_last_one_is_kept),
        cmocka_unit_test(tokens_of_16_to_128_octets_are_kept),
        cmocka_unit_test(what_is_no_token_is_refused_and_an_earlier_one_stays),
        cmocka_unit_test(an_ike_sa_without_keys_takes_no_token),
        cmocka_unit_test(a_provider_without_the_prf_keeps_no_token),
        cmocka_unit_test(the_token_goes_along_when_the_ike_sa_moves_to_another_endpoint),
        cmocka_unit_test(an_operator_sees_that_a_token_is_kept_and_what_it_proved),
        cmocka_unit_test(inside_a_leaf_nothing_about_tokens_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
