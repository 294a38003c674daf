/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/sync.h> about what becomes of requests when Message IDs are agreed on (RFC 6311 §9). */
#include "support/drain.h"
#include "support/narrow.h"
#include "support/peer.h"
#include "support/shares_check.h"
#include "support/syncing.h"
#include "support/test.h"

enum { IDLE = 5000 };

static void with_windows(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->ids.own_window = config->ids.peer_window = 5;
}

/* The host's latest request has this Message ID, and this first payload. */
static void assert_requested(struct host *host, uint32_t message_id, uint8_t first_payload)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened = peer_open(host_last(host, EVENT_SENT), SYNCING_SUITE, plaintext);

    assert_int_equal(opened.header.flags & IKL_FLAG_RESPONSE, 0);
    assert_int_equal(opened.header.message_id, message_id);
    assert_int_equal(opened.first_payload, first_payload);
}

static int answer(struct host *host, uint32_t message_id)
{
    const struct peer_message empty = {.response = true, .message_id = message_id};

    return peer_send(host, SYNCING_SUITE, &empty);
}

static void requests_of_the_host_that_were_not_answered_are_skipped(void **state)
{
    struct ikl_request *requests[3];
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, with_windows);
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        requests[i] = syncing_request(&host);
    }
    ikl_sa_cancel(host.sa, requests[1], 0);
    assert_int_equal(syncing_give_ids(&host, 0, 3), IKL_OK);
    assert_int_equal(syncing_said(&host).send, 5);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 3);
    for (size_t i = 1; i < 3; i++) {
        const struct ikl_outcome *outcome = &host_event(&host, EVENT_OUTCOME, i)->outcome;

        assert_int_equal(outcome->kind, IKL_OUTCOME_SKIPPED);
        assert_int_equal(outcome->message_id, 2 * i);
        assert_int_equal(outcome->sends, 1);
    }
    assert_string_equal(ikl_outcome_name(IKL_OUTCOME_SKIPPED), "skipped");
    assert_int_equal(host_info(&host).outstanding, 0);
    assert_int_equal(answer(&host, 2), IKL_ERR_UNSOLICITED);
    host_advance(&host, IDLE);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 5);
    host_clear(&host);
}

static int ask_again(struct host *host, struct event *event)
{
    if (event->kind == EVENT_OUTCOME) {
        (void)syncing_request(host);
    }
    return IKL_OK;
}

static void the_host_may_ask_again_inside_the_outcome(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    (void)syncing_request(&host);
    host.on_event = ask_again;
    assert_int_equal(syncing_give_ids(&host, 0, 9), IKL_OK);
    host.on_event = NULL;
    assert_requested(&host, 9, IKL_PAYLOAD_NONE);
    assert_int_equal(host_last(&host, EVENT_SYNCED)->synced.next_request, 10);
    host_clear(&host);
}

static void queued_requests_go_out_with_the_new_message_ids(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    (void)syncing_request(&host);
    (void)syncing_request(&host);
    assert_int_equal(host_info(&host).queued, 1);
    assert_int_equal(syncing_give_ids(&host, 0, 9), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 1);
    assert_requested(&host, 9, IKL_PAYLOAD_NONE);
    assert_int_equal(host_info(&host).next_request, 10);
    host_clear(&host);
}

static void a_liveness_check_just_ends(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host_advance(&host, IDLE);
    assert_int_equal(host_info(&host).outstanding, 1);
    assert_int_equal(syncing_give_ids(&host, 0, 2), IKL_OK);
    assert_int_equal(syncing_said(&host).send, 3);
    assert_int_equal(host_info(&host).outstanding, 0);
    assert_int_equal(answer(&host, 2), IKL_ERR_UNSOLICITED);
    host_advance(&host, 2 * IDLE);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 3);
    host_clear(&host);
}

static void our_delete_of_child_sas_is_sent_again(void **state)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM], again[HOST_MAX_DATAGRAM];
    struct ikl_opened first, second;
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 2, 0), IKL_OK);
    first = peer_open(host_last(&host, EVENT_SENT), SYNCING_SUITE, plaintext);
    assert_int_equal(syncing_give_ids(&host, 0, 9), IKL_OK);
    second = peer_open(host_last(&host, EVENT_SENT), SYNCING_SUITE, again);
    assert_requested(&host, 9, IKL_PAYLOAD_DELETE);
    assert_int_equal(first.plaintext.len, second.plaintext.len);
    assert_memory_equal(plaintext, again, first.plaintext.len);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 0);
    assert_int_equal(answer(&host, 9), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 2);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 0);
    host_clear(&host);
}

static void our_delete_of_the_ike_sa_is_sent_again(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(ikl_sa_delete(host.sa, 60000, 0), IKL_OK);
    assert_int_equal(syncing_give_ids(&host, 0, 9), IKL_OK);
    assert_requested(&host, 9, IKL_PAYLOAD_DELETE);
    host_advance(&host, 1);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DELETING);
    assert_int_equal(answer(&host, 2), IKL_ERR_UNSOLICITED);
    assert_int_equal(answer(&host, 9), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.reason, IKL_DOWN_CLOSED);
    host_clear(&host);
}

/* A second IKE SA takes the place of the first, which the peer deletes within a minute, or else we do. */
static struct ikl_sa *replace(struct host *host, bool we_delete)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *heir;

    test_sa_config(&config, &keys, SYNCING_SUITE, true, 1);
    assert_int_equal(ikl_sa_new(&heir, host->endpoint, &config, host->now), IKL_OK);
    assert_int_equal(ikl_sa_replace(host->sa, heir, we_delete, 60000, host->now), IKL_OK);
    return heir;
}

static void so_is_that_of_a_rekeyed_ike_sa(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    (void)replace(&host, true);
    host_advance(&host, 1);
    assert_requested(&host, 2, IKL_PAYLOAD_DELETE);
    assert_int_equal(syncing_give_ids(&host, 0, 9), IKL_OK);
    assert_requested(&host, 9, IKL_PAYLOAD_DELETE);
    assert_int_equal(answer(&host, 9), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.reason, IKL_DOWN_REKEYED);
    host_clear(&host);
}

/* The Delete that is sent again names Child SAs that the new IKE SA has; then that of the IKE SA follows. */
static void so_is_that_of_child_sas_that_have_moved(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 2, 0), IKL_OK);
    (void)replace(&host, true);
    assert_int_equal(syncing_give_ids(&host, 0, 9), IKL_OK);
    assert_requested(&host, 9, IKL_PAYLOAD_DELETE);
    assert_int_equal(answer(&host, 9), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 2);
    assert_requested(&host, 10, IKL_PAYLOAD_DELETE);
    assert_int_equal(answer(&host, 10), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.reason, IKL_DOWN_REKEYED);
    host_clear(&host);
}

static void a_rekeyed_ike_sa_whose_liveness_check_ends_waits_for_the_peers_delete_as_before(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host_advance(&host, IDLE);
    (void)replace(&host, false);
    assert_int_equal(syncing_give_ids(&host, 0, 9), IKL_OK);
    host_forget(&host);
    host_run_until(&host, IDLE + 59999);
    for (size_t i = 0; i < host_count(&host, EVENT_SENT); i++) {
        assert_ptr_not_equal(host_event(&host, EVENT_SENT, i)->sa, host.sa);
    }
    host_run_until(&host, IDLE + 60000);
    assert_ptr_equal(host_last(&host, EVENT_SENT)->sa, host.sa);
    assert_requested(&host, 9, IKL_PAYLOAD_DELETE);
    host_clear(&host);
}

static unsigned n_ivs; /* that are left */

static int next_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    (void)user;
    (void)sa;
    if (n_ivs == 0) {
        return IKL_ERR_CRYPTO;
    }
    memset(iv, (int)n_ivs, len);
    n_ivs--;
    return IKL_OK;
}

static void with_two_ivs(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = next_iv;
    n_ivs = 2;
}

/* It could not be sent again yet when its IKE SA ends, and goes nowhere, for the heir is deleted too. */
static void that_of_child_sas_ends_with_its_ike_sa_before_it_is_sent_again(void **state)
{
    struct host host;
    struct ikl_sa *heir;

    (void)state;
    syncing_begin(&host, NULL, with_two_ivs);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 2, 0), IKL_OK);
    heir = replace(&host, true);
    assert_int_equal(syncing_give_ids(&host, 0, 9), IKL_OK);
    assert_int_equal(ikl_sa_delete(heir, 60000, 0), IKL_OK);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
    assert_null(shares_check(host.endpoint));
    host_clear(&host);
}

/* Made again for a path that has become narrower it would take more room than it had. */
static void that_of_child_sas_is_skipped_without_room_to_send_it_again(void **state)
{
    enum { MANY = 300 };
    struct ikl_child *children[MANY];
    struct drain drain;
    struct host host;

    (void)state;
    narrow_sa(&host, 1500, with_more_room);
    syncing_agree(host.sa);
    for (uint32_t i = 0; i < MANY; i++) {
        const struct ikl_child_config config = {
            .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 0x1000 + i, .spi_out = 0x2000 + i};

        assert_int_equal(ikl_sa_add_child(host.sa, &config, &children[i]), IKL_OK);
    }
    assert_int_equal(ikl_sa_delete_children(host.sa, children, MANY, 0), IKL_OK);
    drain_pool(&drain, &host);
    narrow_move(&host, 576);
    assert_int_equal(syncing_give_ids(&host, 0, 9), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), MANY);
    assert_int_equal(host_last(&host, EVENT_CHILD_DOWN)->down.reason, IKL_DOWN_CLOSED);
    assert_int_equal(host_info(&host).outstanding, 0);
    assert_int_equal(host_info(&host).queued, 0);
    refill_pool(&drain, &host);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static struct peer_message host_request(uint32_t message_id)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};

    return (struct peer_message){
        .message_id = message_id, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {notify, sizeof(notify)}};
}

static void requests_of_the_peer_that_were_not_answered_are_forgotten(void **state)
{
    struct peer_message request = host_request(0);
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &request), IKL_OK);
    assert_int_equal(syncing_give_ids(&host, 1, 2), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_ERR_NOT_FOUND);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &request), IKL_ERR_STALE);
    request = host_request(1);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &request), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 1, NULL, 0, 0), IKL_OK);
    host_clear(&host);
}

/* The window is 0 to 4; of these 0 is missing (§9). */
static void requests_that_wait_for_a_lower_message_id_are_forgotten(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, with_windows);
    for (uint32_t id = 1; id < 5; id++) {
        assert_int_equal(syncing_peer_probes(&host, id), IKL_OK);
    }
    assert_int_equal(syncing_give_ids(&host, 4, 2), IKL_ERR_STALE);
    assert_int_equal(syncing_give_ids(&host, 5, 2), IKL_OK);
    assert_int_equal(syncing_said(&host).receive, 5);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_ERR_STALE);
    assert_int_equal(syncing_peer_probes(&host, 4), IKL_ERR_STALE);
    assert_int_equal(host_counters(&host).peer_probes, 0);
    assert_int_equal(syncing_peer_probes(&host, 5), IKL_OK);
    assert_int_equal(host_counters(&host).peer_probes, 1);
    host_clear(&host);
}

static void remembered_responses_are_forgotten(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_OK);
    assert_int_equal(syncing_give_ids(&host, 1, 2), IKL_OK);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_ERR_STALE);
    assert_int_equal(host_counters(&host).repeated, 0);
    host_clear(&host);
}

static void when_no_message_id_is_left_the_ike_sa_goes_down_with_its_next_request(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_give_ids(&host, 0, IKL_MESSAGE_ID_LAST), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_EXHAUSTION)->exhaustion, IKL_EXHAUSTION_MESSAGE_IDS);
    syncing_probe(&host);
    assert_int_equal(host_last(&host, EVENT_ALIVE)->alive.message_id, IKL_MESSAGE_ID_LAST);
    host_advance(&host, IDLE);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.reason, IKL_DOWN_EXHAUSTED);
    host_clear(&host);
}

TESTS_OF(sync_outcomes)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_of_the_host_that_were_not_answered_are_skipped),
        cmocka_unit_test(the_host_may_ask_again_inside_the_outcome),
        cmocka_unit_test(queued_requests_go_out_with_the_new_message_ids),
        cmocka_unit_test(a_liveness_check_just_ends),
        cmocka_unit_test(our_delete_of_child_sas_is_sent_again),
        cmocka_unit_test(our_delete_of_the_ike_sa_is_sent_again),
        cmocka_unit_test(so_is_that_of_a_rekeyed_ike_sa),
        cmocka_unit_test(so_is_that_of_child_sas_that_have_moved),
        cmocka_unit_test(a_rekeyed_ike_sa_whose_liveness_check_ends_waits_for_the_peers_delete_as_before),
        cmocka_unit_test(that_of_child_sas_ends_with_its_ike_sa_before_it_is_sent_again),
        cmocka_unit_test(that_of_child_sas_is_skipped_without_room_to_send_it_again),
        cmocka_unit_test(requests_of_the_peer_that_were_not_answered_are_forgotten),
        cmocka_unit_test(requests_that_wait_for_a_lower_message_id_are_forgotten),
        cmocka_unit_test(remembered_responses_are_forgotten),
        cmocka_unit_test(when_no_message_id_is_left_the_ike_sa_goes_down_with_its_next_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
