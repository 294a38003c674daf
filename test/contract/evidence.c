/* SPDX-License-Identifier: ISC */
/* Promises about evidence of life: only a fresh authenticated message counts, and ESP of which the host says so. */
#include "support/peer.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { N_CHILDREN = 3, LENGTH = 24, NEXT_PAYLOAD = 16 };

static void one_ike_sa(struct host *host, sa_change change)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, suite, true, N_CHILDREN, change);
}

/* When the next probe goes out if nothing else happens. */
static ikl_time next_probe(struct host *host)
{
    size_t n = host_count(host, EVENT_ATTEMPT);

    while (host_count(host, EVENT_ATTEMPT) == n) {
        host_advance(host, ikl_endpoint_next_deadline(host->endpoint));
    }
    return host->now;
}

static int request(struct host *host, uint32_t message_id)
{
    return peer_send(host, suite, &(struct peer_message){.message_id = message_id});
}

static int answer(struct host *host, uint32_t message_id)
{
    return peer_send(host, suite, &(struct peer_message){.response = true, .message_id = message_id});
}

static void the_hand_over_counts_as_the_first_evidence(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(host_info(&host).last_evidence, 0);
    assert_int_equal(host_info(&host).idle_deadline, 5000);
    assert_int_equal(next_probe(&host), 5000);
    host_clear(&host);
}

static void rfc_13_a_fresh_request_of_the_peers_is_evidence(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host.now = 1234;
    assert_int_equal(request(&host, 0), IKL_OK);
    assert_int_equal(host_info(&host).last_evidence, 1234);
    assert_int_equal(host_info(&host).idle_deadline, 6234);
    assert_int_equal(next_probe(&host), 6234);
    host_clear(&host);
}

static void an_answer_is_evidence(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(next_probe(&host), 5000);
    host.now = 5700;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_info(&host).last_evidence, 5700);
    assert_int_equal(next_probe(&host), 10700);
    host_clear(&host);
}

/* RFC 7296 §2.21.4. */
static void what_a_protected_notification_reports_goes_to_the_host_and_changes_no_sa(void **state)
{
    static const uint16_t types[] = {IKL_NOTIFY_INVALID_IKE_SPI, IKL_NOTIFY_INVALID_SPI, IKL_NOTIFY_INVALID_MESSAGE_ID,
                                     IKL_NOTIFY_INVALID_SELECTORS};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    for (uint32_t i = 0; i < COUNT_OF(types); i++) {
        const uint8_t notify[] = {0, 0, 0, 8, 0, 0, (uint8_t)(types[i] >> 8), (uint8_t)types[i]};
        const struct peer_message message = {
            .message_id = i, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {notify, sizeof(notify)}};

        assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), i + 1);
        assert_int_equal(ikl_sa_respond(host.sa, i, NULL, 0, 0), IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), COUNT_OF(types)); /* the responses */
    assert_int_equal(host_counters(&host).hints, 0);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(host_info(&host).n_children, N_CHILDREN);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    host_clear(&host);
}

/* That it was sealed with the key is the proof; what it says is not. */
static void an_answer_is_evidence_whatever_is_inside(void **state)
{
    static const uint8_t past_the_end[] = {0, 0, 0xff, 0xff};
    struct peer_message message = {
        .response = true, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {past_the_end, sizeof(past_the_end)}};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(next_probe(&host), 5000);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(host_info(&host).outstanding, 0);
    assert_int_equal(next_probe(&host), 10000);
    host_clear(&host);
}

static void evidence_of_one_ike_sa_is_none_for_another(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *other;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&other, host.endpoint, &config, 0), IKL_OK);
    host.now = 3000;
    assert_int_equal(request(&host, 0), IKL_OK);
    assert_int_equal(next_probe(&host), 5000);
    assert_ptr_equal(host_event(&host, EVENT_ATTEMPT, 0)->sa, other);
    host_clear(&host);
}

/* Delivered at 4000 to an IKE SA that was last heard at 2000: the probe must come at 7000 all the same. */
static void assert_no_evidence(const uint8_t *datagram, size_t len, bool encapsulated, int result)
{
    struct ikl_path path;
    struct host host;

    one_ike_sa(&host, NULL);
    host.now = 1000;
    assert_int_equal(request(&host, 0), IKL_OK);
    host.now = 2000;
    assert_int_equal(request(&host, 1), IKL_OK);
    host.now = 4000;
    path = *ikl_sa_path(host.sa);
    path.encapsulated = encapsulated;
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, host.now), result);
    assert_int_equal(host_info(&host).last_evidence, 2000);
    assert_int_equal(host_info(&host).idle_deadline, 7000);
    assert_int_equal(next_probe(&host), 7000);
    host_clear(&host);
}

static void rfc_13_a_retransmission_of_the_peers_is_no_evidence(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];

    (void)state;
    assert_no_evidence(datagram, peer_seal(&(struct peer_message){.message_id = 1}, suite, datagram), false, IKL_OK);
}

static void rfc_13_a_replay_is_no_evidence(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.message_id = 0}, suite, datagram);

    (void)state;
    assert_no_evidence(datagram, len, false, IKL_ERR_STALE);
}

static void a_forged_message_is_no_evidence(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.message_id = 2}, suite, datagram);

    (void)state;
    datagram[len - 1] ^= 1;
    assert_no_evidence(datagram, len, false, IKL_ERR_FORGED);
}

static void an_unprotected_message_is_no_evidence(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];

    (void)state;
    (void)peer_seal(&(struct peer_message){.message_id = 2}, suite, datagram);
    datagram[NEXT_PAYLOAD] = IKL_PAYLOAD_NONE;
    datagram[LENGTH + 3] = IKL_HEADER_LEN;
    assert_no_evidence(datagram, IKL_HEADER_LEN, false, IKL_ERR_UNPROTECTED);
}

static void a_nat_keepalive_is_no_evidence(void **state)
{
    static const uint8_t keepalive = 0xff;

    (void)state;
    assert_no_evidence(&keepalive, 1, true, IKL_ERR_KEEPALIVE);
}

static void esp_that_nobody_vouches_for_is_no_evidence(void **state)
{
    static const uint8_t esp[40] = {0xa0, 0, 0, 1};

    (void)state;
    assert_no_evidence(esp, sizeof(esp), true, IKL_ERR_NOT_IKE);
}

static void a_response_nobody_asked_for_is_no_evidence(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&(struct peer_message){.response = true}, suite, datagram);

    (void)state;
    assert_no_evidence(datagram, len, false, IKL_ERR_UNSOLICITED);
}

static void rfc_13_esp_of_any_child_sa_is_evidence_when_the_host_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_CHILDREN; i++) {
        struct host host;

        one_ike_sa(&host, NULL);
        for (size_t j = 0; j < N_CHILDREN; j++) {
            assert_int_equal(ikl_child_last_heard(host.children[j]), IKL_NEVER);
        }
        ikl_child_heard(host.children[i], 3000);
        for (size_t j = 0; j < N_CHILDREN; j++) {
            assert_int_equal(ikl_child_last_heard(host.children[j]), i == j ? 3000 : IKL_NEVER);
        }
        assert_int_equal(next_probe(&host), 8000);
        host_clear(&host);
    }
}

static void the_latest_evidence_counts_wherever_it_comes_from(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    ikl_child_heard(host.children[0], 2500);
    ikl_child_heard(host.children[1], 3100);
    ikl_child_heard(host.children[2], 900);
    host.now = 2000;
    assert_int_equal(request(&host, 0), IKL_OK);
    assert_int_equal(next_probe(&host), 8100);
    assert_int_equal(host_info(&host).last_evidence, 3100);
    host_clear(&host);
}

static void an_older_time_than_the_latest_known_is_ignored(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    ikl_child_heard(host.children[0], 3000);
    ikl_child_heard(host.children[0], 2999);
    ikl_child_heard(host.children[0], 0);
    assert_int_equal(ikl_child_last_heard(host.children[0]), 3000);
    assert_int_equal(next_probe(&host), 8000);
    host_clear(&host);
}

static void a_time_in_the_future_becomes_the_time_of_the_look_and_is_counted(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    ikl_child_heard(host.children[0], 7000);
    assert_int_equal(ikl_child_last_heard(host.children[0]), 7000);
    host_advance(&host, 4000);
    assert_int_equal(host_info(&host).last_evidence, 4000);
    host_advance(&host, 5000); /* the timer looks: heard at 5000 */
    assert_int_equal(host.n_events, 0);
    assert_int_equal(host_counters(&host).future_times, 1);
    assert_int_equal(ikl_child_last_heard(host.children[0]), 5000);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 10000);
    ikl_child_heard(host.children[0], 5600); /* a true one counts again */
    assert_int_equal(next_probe(&host), 10600);
    assert_int_equal(host_counters(&host).future_times, 1);
    host_clear(&host);
}

static void what_a_removed_child_sa_heard_stays_evidence(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 3500);
    ikl_child_heard(host.children[1], 3000);
    assert_int_equal(ikl_sa_remove_child(host.sa, host.children[1]), IKL_OK);
    assert_int_equal(host_info(&host).last_evidence, 3000);
    assert_int_equal(next_probe(&host), 8000);
    host_clear(&host);
}

/* The whole schedule runs in spite of what came before the last send, as in a twin that heard nothing; the reason for
 * the end tells of it. */
static void evidence_before_the_last_send_of_a_request_neither_ends_nor_extends_it(void **state)
{
    struct host host, twin;

    (void)state;
    one_ike_sa(&host, NULL);
    one_ike_sa(&twin, NULL);
    while (ikl_endpoint_next_deadline(host.endpoint) != IKL_NEVER) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
        host_advance(&twin, host.now);
        if (host.now < 260000 && host.now >= 5000) {
            ikl_child_heard(host.children[2], host.now + 10);
        }
    }
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.last_evidence, 196010);
    for (size_t i = 0; i < host.n_events; i++) {
        host.events[i].down.last_evidence = 0;
        twin.events[i].down.last_evidence = 0;
    }
    assert_same_events(&host, &twin);
    host_clear(&host);
    host_clear(&twin);
}

static void a_request_of_the_peers_neither_ends_nor_extends_ours(void **state)
{
    struct ikl_sa_info before, after;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(next_probe(&host), 5000);
    before = host_info(&host);
    host.now = 5500;
    assert_int_equal(request(&host, 0), IKL_OK);
    after = host_info(&host);
    assert_int_equal(after.outstanding, 1);
    assert_int_equal(after.outstanding_deadline, before.outstanding_deadline);
    assert_int_equal(after.last_evidence, 5500);
    assert_int_equal(after.idle_deadline, IKL_NEVER);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 324000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.last_evidence, 5500);
    host_clear(&host);
}

/* After the answer the newer evidence that came meanwhile is what the idle interval counts from. */
static void evidence_that_came_meanwhile_counts_once_the_request_is_answered(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(next_probe(&host), 5000);
    ikl_child_heard(host.children[0], 5900);
    host.now = 5300;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(next_probe(&host), 10900);
    host_clear(&host);
}

static void policy_off(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_OFF;
}

static void with_the_policy_off_nothing_is_probed_but_a_probe_on_demand_still_times_out(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, policy_off);
    host_advance(&host, 1000000);
    assert_int_equal(host.n_events, 0);
    assert_int_equal(ikl_sa_probe(host.sa, 1000000), IKL_OK);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 1319000);
    host_clear(&host);
}

static void a_probe_on_demand_goes_out_at_once_unless_a_request_is_outstanding(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    ikl_child_heard(host.children[0], 100); /* whatever the idle time */
    assert_int_equal(ikl_sa_probe(host.sa, 101), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_true(host_event(&host, EVENT_ATTEMPT, 0)->attempt.liveness);
    assert_int_equal(ikl_sa_probe(host.sa, 102), IKL_ERR_BUSY);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host.now = 200;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(ikl_sa_probe(host.sa, 201), IKL_OK);
    ikl_sa_close(host.sa, 202);
    assert_int_equal(ikl_sa_probe(host.sa, 203), IKL_ERR_STATE);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    host_clear(&host);
}

TESTS_OF(evidence)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hand_over_counts_as_the_first_evidence),
        cmocka_unit_test(rfc_13_a_fresh_request_of_the_peers_is_evidence),
        cmocka_unit_test(an_answer_is_evidence),
        cmocka_unit_test(what_a_protected_notification_reports_goes_to_the_host_and_changes_no_sa),
        cmocka_unit_test(an_answer_is_evidence_whatever_is_inside),
        cmocka_unit_test(evidence_of_one_ike_sa_is_none_for_another),
        cmocka_unit_test(rfc_13_a_retransmission_of_the_peers_is_no_evidence),
        cmocka_unit_test(rfc_13_a_replay_is_no_evidence),
        cmocka_unit_test(a_forged_message_is_no_evidence),
        cmocka_unit_test(an_unprotected_message_is_no_evidence),
        cmocka_unit_test(a_nat_keepalive_is_no_evidence),
        cmocka_unit_test(esp_that_nobody_vouches_for_is_no_evidence),
        cmocka_unit_test(a_response_nobody_asked_for_is_no_evidence),
        cmocka_unit_test(rfc_13_esp_of_any_child_sa_is_evidence_when_the_host_says_so),
        cmocka_unit_test(the_latest_evidence_counts_wherever_it_comes_from),
        cmocka_unit_test(an_older_time_than_the_latest_known_is_ignored),
        cmocka_unit_test(a_time_in_the_future_becomes_the_time_of_the_look_and_is_counted),
        cmocka_unit_test(what_a_removed_child_sa_heard_stays_evidence),
        cmocka_unit_test(evidence_before_the_last_send_of_a_request_neither_ends_nor_extends_it),
        cmocka_unit_test(a_request_of_the_peers_neither_ends_nor_extends_ours),
        cmocka_unit_test(evidence_that_came_meanwhile_counts_once_the_request_is_answered),
        cmocka_unit_test(with_the_policy_off_nothing_is_probed_but_a_probe_on_demand_still_times_out),
        cmocka_unit_test(a_probe_on_demand_goes_out_at_once_unless_a_request_is_outstanding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
