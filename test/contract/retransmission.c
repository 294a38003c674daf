/* SPDX-License-Identifier: ISC */
/* Promises about retransmission: the same octets on the schedule that was chosen, and one outcome for each request. */
#include "support/fickle_cipher.h"
#include "support/peer.h"
#include "support/providers.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { TRIES = 10 };

static void one_ike_sa(struct host *host, const char *name, endpoint_change on_endpoint, sa_change on_sa)
{
    host_init(host, "a", 0, on_endpoint);
    host_sa(host, name, true, 2, on_sa);
}

static void encapsulated(struct ikl_sa_config *config)
{
    config->path.encapsulated = true;
}

static void assert_identical_retransmissions(const char *name, endpoint_change on_endpoint, sa_change on_sa)
{
    const struct event *first;
    struct host host;

    one_ike_sa(&host, name, on_endpoint, on_sa);
    host_run_to_the_end(&host);
    first = host_event(&host, EVENT_SENT, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), TRIES);
    for (size_t i = 1; i < TRIES; i++) {
        const struct event *again = host_event(&host, EVENT_SENT, i);

        assert_int_equal(again->len, first->len);
        assert_memory_equal(again->datagram, first->datagram, first->len);
        assert_memory_equal(&again->path, &first->path, sizeof(first->path));
    }
    host_clear(&host);
}

static void a_retransmission_is_bit_identical_to_the_first_send(void **state)
{
    (void)state;
    assert_identical_retransmissions(suite, NULL, NULL);
    assert_identical_retransmissions("chacha20poly1305-prfsha512", NULL, NULL);
    assert_identical_retransmissions(suite, NULL, encapsulated);
}

/* On processors where libsodium has AES-GCM. */
static void a_retransmission_with_aes_gcm_is_bit_identical_to_the_first_send(void **state)
{
    const struct ikl_suite aes = {IKL_ENCR_AES_GCM_16, 256, IKL_INTEG_NONE, IKL_PRF_HMAC_SHA2_256};
    const struct ikl_cipher *cipher;

    (void)state;
    if (test_provider->cipher(&aes, &cipher) != IKL_OK) {
        skip();
    }
    assert_identical_retransmissions("aes256gcm16-prfsha256", NULL, NULL);
}

static void a_retransmission_is_bit_identical_even_where_sealing_is_not(void **state)
{
    (void)state;
    fickle_reset(false, true);
    assert_identical_retransmissions(suite, with_fickle_provider, NULL);
    assert_int_equal(fickle.seals, 1);
}

static void the_peer_accepts_the_first_send_and_every_retransmission(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, suite, NULL, NULL);
    host_run_to_the_end(&host);
    for (size_t i = 0; i < TRIES; i++) {
        uint8_t plaintext[HOST_MAX_DATAGRAM];
        struct ikl_opened opened = peer_open(host_event(&host, EVENT_SENT, i), suite, plaintext);

        assert_int_equal(opened.header.exchange_type, IKL_INFORMATIONAL);
        assert_int_equal(opened.header.flags, IKL_FLAG_INITIATOR);
        assert_int_equal(opened.header.message_id, 0);
        assert_int_equal(opened.first_payload, IKL_PAYLOAD_NONE);
        assert_int_equal(opened.plaintext.len, 0);
    }
    host_clear(&host);
}

static void an_answered_request_ends_once_and_is_never_sent_again(void **state)
{
    struct peer_message answer = {.response = true};
    const struct ikl_alive *alive;
    struct host host;

    (void)state;
    one_ike_sa(&host, suite, NULL, NULL);
    host_advance(&host, 5000);
    host_advance(&host, 6000);
    host.now = 6010;
    assert_int_equal(peer_send(&host, suite, &answer), IKL_OK);
    alive = &host_event(&host, EVENT_ALIVE, 0)->alive;
    assert_int_equal(alive->exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(alive->message_id, 0);
    assert_int_equal(alive->sends, 2);
    assert_int_equal(alive->first_sent, 5000);
    assert_true(alive->liveness);
    assert_int_equal(peer_send(&host, suite, &answer), IKL_ERR_UNSOLICITED);
    host_advance(&host, 11009);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_count(&host, EVENT_ALIVE), 1);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    assert_int_equal(host_info(&host).outstanding, 0);
    assert_int_equal(host_counters(&host).answered, 1);
    assert_int_equal(host_info(&host).counters.answered, 1);
    host_clear(&host);
}

static void a_request_that_timed_out_ends_once_and_cannot_be_answered_any_more(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, suite, NULL, NULL);
    host_run_to_the_end(&host);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_ERR_UNKNOWN_SPI);
    host_advance(&host, 1000000);
    assert_int_equal(host_count(&host, EVENT_ALIVE), 0);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    assert_int_equal(host_count(&host, EVENT_SENT), TRIES);
    assert_int_equal(host_counters(&host).timeouts, 1);
    host_clear(&host);
}

static void a_request_whose_ike_sa_is_gone_is_neither_sent_again_nor_answered(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, suite, NULL, NULL);
    host_advance(&host, 5000);
    ikl_sa_close(host.sa, 5500);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    host_advance(&host, 1000000);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_count(&host, EVENT_ALIVE), 0);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_CLOSED);
    assert_int_equal(host_counters(&host).timeouts, 0);
    host_clear(&host);
}

static struct ikl_schedule chosen;

static void chosen_for_the_endpoint(struct ikl_endpoint_config *config)
{
    config->schedule = &chosen;
}

static void chosen_for_the_ike_sa(struct ikl_sa_config *config)
{
    config->schedule = &chosen;
}

/* Each send and the end where the waits of `chosen` put them. */
static void assert_schedule_is_kept(endpoint_change on_endpoint, sa_change on_sa)
{
    const struct ikl_down *down;
    ikl_time due = 5000;
    struct host host;

    one_ike_sa(&host, suite, on_endpoint, on_sa);
    host_run_to_the_end(&host);
    down = &host_event(&host, EVENT_DOWN, 0)->down;
    assert_int_equal(host_count(&host, EVENT_SENT), chosen.tries);
    for (uint32_t i = 0; i < chosen.tries; i++) {
        const struct event *attempt = host_event(&host, EVENT_ATTEMPT, i);

        assert_int_equal(host_event(&host, EVENT_SENT, i)->at, due);
        assert_int_equal(attempt->at, due);
        assert_int_equal(attempt->attempt.retransmission, i);
        assert_int_equal(attempt->attempt.wait, ikl_schedule_wait(&chosen, i));
        assert_int_equal(attempt->attempt.message_id, 0);
        assert_int_equal(attempt->attempt.exchange_type, IKL_INFORMATIONAL);
        assert_int_equal(attempt->attempt.send_result, IKL_OK);
        assert_true(attempt->attempt.liveness);
        due += ikl_schedule_wait(&chosen, i);
    }
    assert_int_equal(down->at, due);
    assert_int_equal(down->sends, chosen.tries);
    assert_int_equal(down->first_sent, 5000);
    assert_int_equal(due, ikl_schedule_worst_detect(&chosen, 5000));
    host_clear(&host);
}

static void a_list_of_waits_is_kept_and_its_last_wait_repeated(void **state)
{
    static const uint32_t waits[] = {700, 1300, 2500};

    (void)state;
    assert_int_equal(ikl_schedule_from_list(&chosen, waits, COUNT_OF(waits), 7), IKL_OK);
    assert_schedule_is_kept(chosen_for_the_endpoint, NULL);
    assert_schedule_is_kept(NULL, chosen_for_the_ike_sa);
}

/* 4 s times 1.8 each time, as strongSwan does: the waits in ms are not whole and are rounded up. */
static void a_schedule_by_factor_is_kept_with_each_wait_rounded_up(void **state)
{
    static const uint32_t waits[] = {4000, 7200, 12960, 23328, 41991, 75583};

    (void)state;
    assert_int_equal(ikl_schedule_from_factor(&chosen, 4000, 1800, IKL_SCHEDULE_MAX_WAIT, 6), IKL_OK);
    for (uint32_t i = 0; i < COUNT_OF(waits); i++) {
        assert_int_equal(ikl_schedule_wait(&chosen, i), waits[i]);
    }
    assert_schedule_is_kept(chosen_for_the_endpoint, NULL);
}

static void one_try_means_one_send_and_one_wait(void **state)
{
    static const uint32_t wait = 1;

    (void)state;
    assert_int_equal(ikl_schedule_from_list(&chosen, &wait, 1, 1), IKL_OK);
    assert_schedule_is_kept(chosen_for_the_endpoint, NULL);
}

static void every_named_schedule_is_kept(void **state)
{
    (void)state;
    for (size_t n = 0; ikl_schedule_name(n) != NULL; n++) {
        chosen = *ikl_schedule_by_name(ikl_schedule_name(n));
        assert_schedule_is_kept(chosen_for_the_endpoint, NULL);
    }
}

static void a_failed_send_uses_its_attempt_and_leaves_the_waits_as_they_are(void **state)
{
    struct host host, twin;

    (void)state;
    one_ike_sa(&host, suite, NULL, NULL);
    one_ike_sa(&twin, suite, NULL, NULL);
    host.send_result = -77;
    host_run_to_the_end(&host);
    host_run_to_the_end(&twin);
    assert_int_equal(host_count(&host, EVENT_SENT), TRIES);
    for (size_t i = 0; i < TRIES; i++) {
        const struct event *sent = host_event(&host, EVENT_SENT, i), *as = host_event(&twin, EVENT_SENT, i);

        assert_int_equal(sent->at, as->at);
        assert_memory_equal(sent->datagram, as->datagram, as->len);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, i)->attempt.send_result, -77);
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, i)->attempt.wait,
                         host_event(&twin, EVENT_ATTEMPT, i)->attempt.wait);
    }
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, host_event(&twin, EVENT_DOWN, 0)->at);
    assert_int_equal(host_counters(&host).sent, TRIES);
    assert_int_equal(host_counters(&host).send_failures, TRIES);
    assert_int_equal(host_info(&host).counters.send_failures, TRIES);
    host_clear(&host);
    host_clear(&twin);
}

/* The answer to the second send is as good as one to the first. */
static void a_failed_send_is_made_up_for_by_the_next(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, suite, NULL, NULL);
    host.send_result = -1;
    assert_int_equal(ikl_sa_probe(host.sa, 1000), IKL_OK); /* a failed send is no error of the probe's */
    host.send_result = IKL_OK;
    host_advance(&host, 2000);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 1)->attempt.send_result, IKL_OK);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_ALIVE, 0)->alive.sends, 2);
    host_clear(&host);
}

static void a_retransmission_that_cannot_be_sealed_uses_its_attempt(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(true, true);
    one_ike_sa(&host, suite, with_fickle_provider, NULL);
    host_advance(&host, 5000);
    fickle.seal_result = IKL_ERR_CRYPTO;
    host_advance(&host, 6000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 1)->attempt.send_result, IKL_ERR_CRYPTO);
    fickle.seal_result = IKL_OK;
    host_advance(&host, 8000);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_memory_equal(host_event(&host, EVENT_SENT, 1)->datagram, host_event(&host, EVENT_SENT, 0)->datagram,
                        host_event(&host, EVENT_SENT, 0)->len);
    host_clear(&host);
}

/* Neither pushed away by a wait nor by an error; the next second brings another try. */
static void a_liveness_check_that_cannot_be_made_is_tried_again(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(true, true);
    one_ike_sa(&host, suite, with_fickle_provider, NULL);
    fickle.seal_result = IKL_ERR_CRYPTO;
    host_advance(&host, 5000);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(host_info(&host).next_request, 0);
    assert_int_equal(ikl_sa_probe(host.sa, 5000), IKL_ERR_CRYPTO);
    fickle.seal_result = IKL_OK;
    host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_event(&host, EVENT_SENT, 0)->at, 6000);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.message_id, 0);
    host_clear(&host);
}

/* Its turn comes with the answer to the one before, but it cannot be sealed then. */
static void a_queued_request_that_cannot_be_made_is_tried_again(void **state)
{
    static const uint8_t body[40];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct host host;

    (void)state;
    fickle_reset(true, true);
    one_ike_sa(&host, suite, with_fickle_provider, NULL);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    }
    host.now = 500;
    fickle.seal_result = IKL_ERR_CRYPTO;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_info(&host).queued, 1);
    fickle.seal_result = IKL_OK;
    host_advance(&host, 1499);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_advance(&host, 1500);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 1)->attempt.message_id, 1);
    assert_int_equal(host_info(&host).queued, 0);
    host_clear(&host);
}

static void what_is_sent_is_counted(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, suite, NULL, NULL);
    host_advance(&host, 5000);
    host_advance(&host, 6000);
    host_advance(&host, 8000);
    assert_int_equal(host_counters(&host).sent, 3);
    assert_int_equal(host_counters(&host).send_failures, 0);
    assert_int_equal(host_counters(&host).probes, 1);
    assert_int_equal(host_counters(&host).retransmissions, 2);
    assert_int_equal(host_info(&host).counters.probes, 1);
    assert_int_equal(host_info(&host).counters.retransmissions, 2);
    assert_int_equal(host_info(&host).outstanding, 1);
    assert_int_equal(host_info(&host).outstanding_exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(host_info(&host).outstanding_id, 0);
    assert_int_equal(host_info(&host).outstanding_retransmissions, 2);
    assert_int_equal(host_info(&host).outstanding_deadline, 12000);
    assert_int_equal(host_info(&host).idle_deadline, IKL_NEVER);
    host_clear(&host);
}

TESTS_OF(retransmission)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_retransmission_is_bit_identical_to_the_first_send),
        cmocka_unit_test(a_retransmission_with_aes_gcm_is_bit_identical_to_the_first_send),
        cmocka_unit_test(a_retransmission_is_bit_identical_even_where_sealing_is_not),
        cmocka_unit_test(the_peer_accepts_the_first_send_and_every_retransmission),
        cmocka_unit_test(an_answered_request_ends_once_and_is_never_sent_again),
        cmocka_unit_test(a_request_that_timed_out_ends_once_and_cannot_be_answered_any_more),
        cmocka_unit_test(a_request_whose_ike_sa_is_gone_is_neither_sent_again_nor_answered),
        cmocka_unit_test(a_list_of_waits_is_kept_and_its_last_wait_repeated),
        cmocka_unit_test(a_schedule_by_factor_is_kept_with_each_wait_rounded_up),
        cmocka_unit_test(one_try_means_one_send_and_one_wait),
        cmocka_unit_test(every_named_schedule_is_kept),
        cmocka_unit_test(a_failed_send_uses_its_attempt_and_leaves_the_waits_as_they_are),
        cmocka_unit_test(a_failed_send_is_made_up_for_by_the_next),
        cmocka_unit_test(a_retransmission_that_cannot_be_sealed_uses_its_attempt),
        cmocka_unit_test(a_liveness_check_that_cannot_be_made_is_tried_again),
        cmocka_unit_test(a_queued_request_that_cannot_be_made_is_tried_again),
        cmocka_unit_test(what_is_sent_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
