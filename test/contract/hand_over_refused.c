/* SPDX-License-Identifier: ISC */
/* Hand-over refused: a config that contradicts itself or cannot be served leaves nothing behind. */
#include "support/fickle_cipher.h"
#include "support/offer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { SPI_I = 0, SPI_R = 8, VERSION = 17, FLAGS = 19, MESSAGE_ID = 20 };

/* Each of these makes one thing about the offer wrong. */
static void spoil_config(struct offer *offer, size_t n)
{
    static const struct ikl_schedule no_schedule = {.n_waits = 0};
    static const struct ikl_sa_labels wrong_labels = {.size = 1};
    struct ikl_sa_config *config = &offer->config;

    switch (n) {
    case 0:
        config->size--;
        break;
    case 1:
        config->spi_i = 0;
        break;
    case 2:
        config->spi_r = 0;
        break;
    case 3:
        config->protection.keys = NULL;
        break;
    case 4:
        offer->keys.encr_key_len--;
        break;
    case 5:
        offer->keys.integ_key_len++;
        break;
    case 6:
        config->protection.iv_source = IKL_IV_UNSTATED;
        break;
    case 7:
        config->liveness = (enum ikl_liveness_policy)9;
        break;
    case 8:
        config->schedule = &no_schedule; /* with nothing outstanding that would show it */
        config->ids.unanswered = config->ids.next_request;
        config->n_outstanding = 0;
        break;
    default:
        config->labels = &wrong_labels;
    }
}

static void spoil_ids(struct offer *offer, size_t n)
{
    struct ikl_message_ids *ids = &offer->config.ids;

    switch (n) {
    case 0:
        ids->stated = false;
        break;
    case 1:
        ids->peer_window = OFFER_OUTSTANDING - 1;
        break;
    case 2:
        ids->peer_window = IKL_WINDOW_MAX + 1;
        break;
    case 3:
        ids->next_request++;
        break;
    case 4:
        ids->next_request--;
        break;
    case 5:
        ids->unanswered--;
        break;
    case 6:
        ids->unanswered = ids->next_request + 1;
        break;
    case 7:
        ids->next_request = IKL_MESSAGE_ID_NONE;
        break;
    default:
        ids->next_expected = IKL_MESSAGE_ID_NONE;
    }
}

static void spoil_outstanding(struct offer *offer, size_t n)
{
    struct ikl_outstanding_request *request = &offer->outstanding[1];

    switch (n) {
    case 0:
        offer->config.n_outstanding = 0;
        break;
    case 1:
        offer->config.n_outstanding--;
        break;
    case 2:
        request->message_id++;
        break;
    case 3:
        offer->outstanding[2] = *request;
        break; /* one twice */
    case 4:
        request->attempt = 10;
        break; /* the schedule has ended */
    default:
        request->deadline = IKL_NEVER;
    }
}

/* `datagram` is one of those that come along. */
static void spoil_datagram(struct ikl_octets *datagram, uint8_t *octets, size_t n)
{
    switch (n) {
    case 0:
        datagram->len = 0;
        break;
    case 1:
        datagram->len--;
        break;
    case 2:
        octets[SPI_I] ^= 1;
        break;
    case 3:
        octets[SPI_R + 7] ^= 1;
        break;
    case 4:
        octets[VERSION] = 0x10;
        break;
    case 5:
        octets[FLAGS] ^= IKL_FLAG_INITIATOR;
        break;
    case 6:
        octets[FLAGS] ^= IKL_FLAG_RESPONSE;
        break;
    default:
        octets[MESSAGE_ID + 3]++;
    }
}

static void spoil_request(struct offer *offer, size_t n)
{
    spoil_datagram(&offer->outstanding[1].datagram, offer->requests[1], n);
}

static void spoil_response(struct offer *offer, size_t n)
{
    spoil_datagram(&offer->remembered[0].datagram, offer->response, n);
}

static void spoil_remembered_id(struct offer *offer, size_t n)
{
    offer->remembered[0].message_id += n == 0 ? 1u : -1u;
}

static void assert_refused(struct host *host, const struct offer *offer)
{
    struct ikl_sa *sa = (struct ikl_sa *)host; /* must be left alone */

    assert_int_equal(ikl_sa_new(&sa, host->endpoint, &offer->config, host->now), IKL_ERR_INVALID);
    assert_ptr_equal(sa, host);
    assert_int_equal(ikl_endpoint_n_sas(host->endpoint), 0);
    assert_null(ikl_endpoint_find(host->endpoint, offer->config.spi_i));
    assert_int_equal(ikl_endpoint_next_deadline(host->endpoint), IKL_NEVER);
    assert_int_equal(host->n_events, 0);
}

static void a_config_that_is_wrong_in_one_thing_is_refused_and_leaves_nothing_behind(void **state)
{
    static const struct {
        void (*spoil)(struct offer *offer, size_t n);
        size_t ways;
    } spoils[] = {{spoil_config, 10}, {spoil_ids, 9},      {spoil_outstanding, 6},
                  {spoil_request, 8}, {spoil_response, 8}, {spoil_remembered_id, 2}};
    struct host host;

    (void)state;
    host_init(&host, "a", 100000, NULL);
    for (size_t i = 0; i < COUNT_OF(spoils); i++) {
        for (size_t n = 0; n < spoils[i].ways; n++) {
            struct offer offer;

            offer_fill(&offer, suite);
            spoils[i].spoil(&offer, n);
            assert_refused(&host, &offer);
        }
    }
    host_clear(&host);
}

/* Or the test above would show nothing. */
static void the_same_config_is_accepted_when_nothing_is_wrong(void **state)
{
    struct offer offer;
    struct host host;

    (void)state;
    host_init(&host, "a", 100000, NULL);
    offer_fill(&offer, suite);
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &offer.config, host.now), IKL_OK);
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 1);
    host_clear(&host);
}

static void a_datagram_longer_than_the_endpoint_handles_is_refused(void **state)
{
    static uint8_t longer[4097];
    struct offer offer;
    struct host host;

    (void)state;
    host_init(&host, "a", 100000, NULL);
    offer_fill(&offer, suite);
    memcpy(longer, offer.requests[0], offer.outstanding[0].datagram.len);
    longer[26] = sizeof(longer) >> 8;
    longer[27] = sizeof(longer) & 0xff;
    offer.outstanding[0].datagram = (struct ikl_octets){longer, sizeof(longer)};
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &offer.config, host.now), IKL_ERR_INVALID);
    host_clear(&host);
}

static void an_spi_of_ours_that_is_taken_is_refused_until_its_ike_sa_is_down(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, NULL);
    test_sa_config(&config, &keys, suite, true, 0);
    config.spi_r++; /* another SPI of the peer's makes no difference */
    assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_ERR_BUSY);
    config.spi_r--;
    config.spi_i++; /* nor does it matter that the peer uses its SPI twice */
    assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_OK);
    config.spi_i--;
    ikl_sa_close(host.sa, 0);
    assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 2);
    host_clear(&host);
}

static int only_without_aes(const struct ikl_suite *wanted, const struct ikl_cipher **out)
{
    (void)out;
    return wanted->encr == IKL_ENCR_AES_GCM_16 ? IKL_ERR_NO_AES : IKL_ERR_UNSUPPORTED;
}

static void two_providers(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider no_aes = {.size = sizeof(no_aes), .name = "none", .cipher = only_without_aes};
    static const struct ikl_provider *const providers[] = {&no_aes, &fickle_provider};

    config->providers = providers;
    config->n_providers = COUNT_OF(providers);
}

static int offer_suite(struct host *host, uint16_t encr, uint16_t key_bits)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, suite, true, 0);
    config.protection.suite.encr = encr;
    config.protection.suite.key_bits = key_bits;
    return ikl_sa_new(&host->sa, host->endpoint, &config, 0);
}

static void providers_are_asked_in_order_and_a_suite_that_none_has_is_refused(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(true, true);
    host_init(&host, "a", 0, two_providers);
    assert_int_equal(offer_suite(&host, IKL_ENCR_AES_GCM_16, 256), IKL_ERR_NO_AES);
    assert_int_equal(offer_suite(&host, IKL_ENCR_AES_CBC, 256), IKL_ERR_UNSUPPORTED);
    assert_int_equal(offer_suite(&host, IKL_ENCR_CHACHA20_POLY1305, 0), IKL_OK);
    assert_int_equal(fickle.inits, 2);
    host_clear(&host);
}

static void the_error_of_the_ciphers_init_is_returned_and_what_it_had_acquired_is_cleared(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(true, true);
    fickle.init_result = -123;
    host_init(&host, "a", 0, two_providers);
    assert_int_equal(offer_suite(&host, IKL_ENCR_CHACHA20_POLY1305, 0), -123);
    assert_int_equal(fickle.clears, 1); /* of two, the second of which failed */
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 0);
    assert_int_equal(offer_suite(&host, IKL_ENCR_CHACHA20_POLY1305, 0), IKL_OK);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(fickle.clears, 3);
    host_clear(&host);
    assert_int_equal(fickle.clears, 3);
}

static void the_error_of_an_init_that_acquires_nothing_is_returned_too(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(true, true);
    fickle_without_clear();
    fickle.init_result = -123;
    host_init(&host, "a", 0, two_providers);
    assert_int_equal(offer_suite(&host, IKL_ENCR_CHACHA20_POLY1305, 0), -123);
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 0);
    assert_int_equal(offer_suite(&host, IKL_ENCR_CHACHA20_POLY1305, 0), IKL_OK);
    host_clear(&host);
    assert_int_equal(fickle.clears, 0);
}

TESTS_OF(hand_over_refused)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_config_that_is_wrong_in_one_thing_is_refused_and_leaves_nothing_behind),
        cmocka_unit_test(the_same_config_is_accepted_when_nothing_is_wrong),
        cmocka_unit_test(a_datagram_longer_than_the_endpoint_handles_is_refused),
        cmocka_unit_test(an_spi_of_ours_that_is_taken_is_refused_until_its_ike_sa_is_down),
        cmocka_unit_test(providers_are_asked_in_order_and_a_suite_that_none_has_is_refused),
        cmocka_unit_test(the_error_of_the_ciphers_init_is_returned_and_what_it_had_acquired_is_cleared),
        cmocka_unit_test(the_error_of_an_init_that_acquires_nothing_is_returned_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
