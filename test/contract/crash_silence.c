/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/crash.h> about the maker of tokens, who shows none of an IKE SA that lives or may live
 * (RFC 6290 §9.2). */
#include "support/crash.h"
#include "support/grave.h"
#include "support/lost.h"
#include "support/mover.h"
#include "support/test.h"
#include "support/test_random.h"

static const char *const suite = CRASH_SUITE;

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
        assert_int_not_equal(lost_ask(host, &lost), IKL_OK);
    }
    crash_assert_never_left(host);
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
            host_init(&host, "b", 0, crash_with_four_secrets);
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
    host_init(&host, "b", 0, crash_with_maker);
    host_sa(&host, suite, false, 1, NULL);
    lost.header.spi_i = ikl_sa_spi_i(host.sa);
    lost.header.spi_r = ikl_sa_spi_r(host.sa);
    ikl_sa_close(host.sa, 0);
    (void)lost_assert_shown(&host, &lost);
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
    lost_assert_silent(&grave.host, &lost);
    grave.host.now = 320000;
    (void)lost_assert_shown(&grave.host, &lost);
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
        lost_assert_silent(&grave.host, &lost);
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
    host_init(&host, "b", 0, with_a_prefix);
    (void)lost_assert_shown(&host, &lost);
    lost.header.flags = 0; /* ours is that of the initiator */
    lost_assert_silent(&host, &lost);
    lost.header.spi_i = UINT64_C(0x11) << 56;
    (void)lost_assert_shown(&host, &lost);
    host_clear(&host);
}

/* Two endpoints with the same secrets, and prefixes of their own. */
static uint64_t own_spi, peer_spi;

static void with_these_spis(struct ikl_sa_config *config)
{
    config->spi_i = config->original_initiator ? own_spi : peer_spi;
    config->spi_r = config->original_initiator ? peer_spi : own_spi;
}

static void with_another_prefix(struct ikl_endpoint_config *config)
{
    with_a_prefix(config);
    config->spi_prefix = 0x22;
}

/* Requests with both SPIs, in either order, and each Initiator flag. */
static void ask_with_every_flag(struct host *host, uint64_t spi_i, uint64_t spi_r)
{
    for (size_t i = 0; i < 4; i++) {
        struct lost lost = lost_request();

        lost.header.spi_i = i / 2 == 0 ? spi_i : spi_r;
        lost.header.spi_r = i / 2 == 0 ? spi_r : spi_i;
        lost.header.flags = i % 2 != 0 ? IKL_FLAG_INITIATOR : 0;
        assert_int_equal(lost_ask(host, &lost), IKL_ERR_UNKNOWN_SPI);
    }
}

/* The peer's SPI begins with the prefix of the other endpoint, which so believes a flipped flag, and shows what it
 * would have made itself: no token that the peer has. */
static void another_endpoint_with_the_same_secret_shows_no_token_of_an_ike_sa_that_lives_whatever_the_flag(void **state)
{
    struct test_random random = {6290};

    (void)state;
    for (unsigned round = 0; round < 64; round++) {
        bool initiator = round % 2 != 0;
        struct crash_token of_the_owner, of_the_other;
        struct host owner, other;
        uint64_t spi_i, spi_r;

        own_spi = UINT64_C(0x11) << 56 | test_random(&random) >> 8;
        peer_spi = UINT64_C(0x22) << 56 | test_random(&random) >> 8;
        host_init(&owner, "b", 0, with_a_prefix);
        host_init(&other, "c", 0, with_another_prefix);
        host_sa(&owner, suite, initiator, 1, with_these_spis);
        spi_i = ikl_sa_spi_i(owner.sa);
        spi_r = ikl_sa_spi_r(owner.sa);
        ask_with_every_flag(&other, spi_i, spi_r);
        for (size_t which = 0; which < CRASH_SECRETS; which++) {
            of_the_owner = crash_token_for(spi_i, spi_r, initiator, which);
            of_the_other = crash_token_for(spi_i, spi_r, !initiator, which);
            assert_false(crash_has_left(&other, &of_the_owner));
            assert_true(crash_has_left(&other, &of_the_other));
        }
        host_clear(&other);
        host_clear(&owner);
    }
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
    host_init(&host, "b", 0, NULL);
    assert_int_equal(ikl_endpoint_set_token_maker(host.endpoint, &who_asks), IKL_OK);
    elsewhere.says = true;
    lost_assert_silent(&host, &lost);
    assert_true(elsewhere.asked == 1 && elsewhere.spi_i == LOST_SPI_I && elsewhere.spi_r == LOST_SPI_R);
    elsewhere.says = false;
    (void)lost_assert_shown(&host, &lost);
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
    (void)lost_assert_shown(&mover.host, &lost);
    mover_move(&mover);
    first = mover.host;
    first.endpoint = mover.other;
    assert_int_equal(lost_ask(&first, &lost), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_counters(&first).tokens_shown, 1);
    assert_int_equal(ikl_endpoint_set_token_maker(first.endpoint, &who_asks), IKL_OK);
    first.endpoint = mover.host.endpoint; /* the leaf looks at the host of the callbacks */
    assert_int_equal(ikl_endpoint_set_token_maker(mover.host.endpoint, NULL), IKL_OK);
    first.endpoint = mover.other;
    ikl_endpoint_set_user(first.endpoint, &first);
    assert_int_equal(lost_ask(&first, &lost), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_counters(&first).tokens_shown, 2);
    ikl_endpoint_set_user(first.endpoint, &mover.host);
    mover.host.n_events = first.n_events;
    mover_clear(&mover);
}

TESTS_OF(crash_silence)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_token_of_an_ike_sa_that_lives_never_leaves_whatever_its_state),
        cmocka_unit_test(one_that_is_gone_is_lost),
        cmocka_unit_test(while_an_answered_delete_may_come_again_nothing_is_shown),
        cmocka_unit_test(a_forged_initiator_flag_does_not_get_around_a_tombstone),
        cmocka_unit_test(our_spi_must_have_the_prefix_of_the_endpoint),
        cmocka_unit_test(
            another_endpoint_with_the_same_secret_shows_no_token_of_an_ike_sa_that_lives_whatever_the_flag),
        cmocka_unit_test(the_host_can_say_that_an_ike_sa_lives_elsewhere),
        cmocka_unit_test(an_endpoint_that_an_ike_sa_has_left_shows_nothing_unless_the_host_says_where_it_lives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
