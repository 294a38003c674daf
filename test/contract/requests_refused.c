/* SPDX-License-Identifier: ISC */
/* Promises about requests that are not made: an error, and nothing has changed. */
#include "support/asking.h"
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/peer.h"
#include "support/shares_check.h"
#include "support/test.h"
#include "support/twin.h"

static const char *const suite = ASKING_SUITE;

static struct ikl_request *const untouched = (struct ikl_request *)&suite;

static void one_ike_sa(struct host *host, endpoint_change on_endpoint, sa_change on_sa)
{
    host_init(host, "a", 0, on_endpoint);
    host_sa(host, suite, true, 1, on_sa);
}

/* The request is refused; no state, no counter, no event, no room in the pool and no out parameter has changed. */
static void assert_refused(struct host *host, uint8_t exchange_type, const struct ikl_payload *payloads, size_t n,
                           const struct ikl_request_options *options, int error)
{
    struct snapshot before = snapshot_of(host), after;
    struct ikl_request *out = untouched;
    size_t n_events = host->n_events, room = pool_room(host);

    assert_int_equal(ikl_sa_request(host->sa, exchange_type, payloads, n, options, host->now, &out), error);
    after = snapshot_of(host);
    assert_same_state(&before, &after);
    assert_same_counters(&before.counters, &after.counters);
    assert_int_equal(host->n_events, n_events);
    assert_int_equal(pool_room(host), room);
    assert_ptr_equal(out, untouched);
}

static void refuse_empty(struct host *host, int error)
{
    assert_refused(host, IKL_INFORMATIONAL, NULL, 0, NULL, error);
}

static void refuse_nonce(struct host *host, int error)
{
    static const uint8_t octets[32];
    struct ikl_payload nonce = {.type = IKL_PAYLOAD_NONCE, .body = {octets, sizeof(octets)}};

    assert_refused(host, IKL_INFORMATIONAL, &nonce, 1, NULL, error);
}

static void messages_of_2048(struct ikl_endpoint_config *config)
{
    config->max_message = 2048;
}

static void payloads_that_do_not_fit_a_message_are_refused(void **state)
{
    /* around the body: the IKE header, the SK payload with its IV, ICV and Pad Length, and a generic header */
    enum { LARGEST = 2048 - 28 - (4 + 8 + 16 + 1) - 4 };
    static const uint8_t body[2048];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, LARGEST + 1}};
    struct host host;

    (void)state;
    one_ike_sa(&host, messages_of_2048, NULL);
    assert_refused(&host, IKL_INFORMATIONAL, &payload, 1, NULL, IKL_ERR_INVALID);
    (void)ask(&host, 1); /* where it would be queued as well */
    assert_refused(&host, IKL_INFORMATIONAL, &payload, 1, NULL, IKL_ERR_INVALID);
    payload.body.len--;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_SENT, 1)->len, 2048);
    host_clear(&host);
    one_ike_sa(&host, messages_of_2048, with_fragmentation); /* fragments make no message longer than that either */
    payload.body.len = 2048 - 4 + 1;
    assert_refused(&host, IKL_INFORMATIONAL, &payload, 1, NULL, IKL_ERR_INVALID);
    host_clear(&host);
}

static void payloads_that_no_host_writes_are_refused(void **state)
{
    static const uint8_t types[] = {IKL_PAYLOAD_NONE, IKL_PAYLOAD_SK, IKL_PAYLOAD_SKF};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        const struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_VENDOR_ID}, {.type = types[i]}};

        assert_refused(&host, IKL_INFORMATIONAL, payloads, 2, NULL, IKL_ERR_INVALID);
    }
    host_clear(&host);
}

static void a_wrong_schedule_or_size_of_the_options_is_refused(void **state)
{
    struct ikl_schedule schedule = *ikl_schedule_default();
    struct ikl_request_options options = {.size = sizeof(options), .schedule = &schedule};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    schedule.tries = 0;
    assert_refused(&host, IKL_INFORMATIONAL, NULL, 0, &options, IKL_ERR_INVALID);
    schedule = *ikl_schedule_default();
    options.size--;
    assert_refused(&host, IKL_INFORMATIONAL, NULL, 0, &options, IKL_ERR_INVALID);
    options.size++;
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, &options, 0, NULL), IKL_OK);
    host_clear(&host);
}

static void ike_sa_init_and_keys_do_not_go_together(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    assert_refused(&host, IKL_IKE_SA_INIT, NULL, 0, NULL, IKL_ERR_STATE);
    host_clear(&host);
}

static void four_requests_at_most(struct ikl_endpoint_config *config)
{
    config->max_requests = 4;
}

/* Queued and outstanding ones together, of all IKE SAs; liveness checks do not count. */
static void a_full_table_of_requests_refuses_more_until_one_ends(void **state)
{
    struct ikl_request *last = NULL;
    struct host host;

    (void)state;
    one_ike_sa(&host, four_requests_at_most, NULL);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    for (uint8_t mark = 0; mark < 4; mark++) {
        last = ask(&host, mark);
    }
    refuse_empty(&host, IKL_ERR_NO_BUFFER);
    ikl_sa_cancel(host.sa, last, 0);
    last = ask(&host, 4);
    refuse_empty(&host, IKL_ERR_NO_BUFFER);
    for (uint32_t id = 0; id < 2; id++) {
        assert_int_equal(answer(&host, id), IKL_OK);
    }
    (void)ask(&host, 5);
    refuse_empty(&host, IKL_ERR_NO_BUFFER);
    ikl_sa_close(host.sa, 0);
    host_sa(&host, suite, true, 0, NULL);
    for (uint8_t mark = 0; mark < 4; mark++) {
        (void)ask(&host, mark);
    }
    refuse_empty(&host, IKL_ERR_NO_BUFFER);
    host_clear(&host);
}

static void a_table_that_our_deletes_of_child_sas_have_filled_is_full_too(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, four_requests_at_most, NULL);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, 0), IKL_OK);
    for (uint8_t mark = 0; mark < 3; mark++) {
        assert_int_equal(asking_try(&host, &(struct asking){.mark = mark, .len = 1}, NULL), IKL_OK);
    }
    refuse_empty(&host, IKL_ERR_NO_BUFFER);
    assert_int_equal(answer(&host, 0), IKL_OK);
    (void)ask(&host, 99);
    host_clear(&host);
}

/* It has no context, and takes the place of a request that has ended. */
static void a_delete_of_ours_is_no_request_of_the_host(void **state)
{
    struct ikl_request *ended;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    ended = ask(&host, 1);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, 0), IKL_OK);
    assert_null(ikl_sa_find_context(host.sa, NULL));
    ikl_sa_cancel(host.sa, ended, 0);
    assert_int_equal(answer(&host, 1), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    host_clear(&host);
}

static void without_room_in_the_pool_a_request_is_refused_and_can_be_made_later(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    drain_pool(&drain, &host);
    refuse_nonce(&host, IKL_ERR_NO_BUFFER);
    refill_pool(&drain, &host);
    (void)ask(&host, 1);
    drain_pool(&drain, &host);
    refuse_nonce(&host, IKL_ERR_NO_BUFFER); /* where it would be queued */
    refill_pool(&drain, &host);
    (void)ask(&host, 2);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(answer(&host, 1), IKL_OK);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

/* Room for the sealed message was set aside with the plaintext. */
static void a_queued_request_needs_no_more_room_when_it_is_sent(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, with_fragmentation);
    host_advance(&host, 5000); /* a liveness check, which keeps nothing in the pool */
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 3, .len = 3000}, NULL), IKL_OK);
    drain_pool(&drain, &host);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1 + 3);
    refill_pool(&drain, &host);
    host_clear(&host);
}

/* Its turn has come, and smaller fragments take more room than was set aside for larger ones. */
static void one_ike_sa_without_room(struct host *host, struct drain *drain)
{
    struct ikl_path path;

    one_ike_sa(host, NULL, with_fragmentation);
    (void)ask(host, 1);
    assert_int_equal(asking_try(host, &(struct asking){.mark = 3, .len = 3000}, NULL), IKL_OK);
    path = *ikl_sa_path(host->sa);
    path.mtu = 200;
    assert_int_equal(ikl_sa_set_path(host->sa, &path, 0), IKL_OK);
    drain_pool(drain, host);
    assert_int_equal(answer(host, 0), IKL_OK);
}

static void a_queued_request_for_which_the_path_became_too_narrow_waits_for_room(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa_without_room(&host, &drain);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_info(&host).queued, 1);
    refill_pool(&drain, &host);
    host_advance(&host, 1000);
    assert_int_equal(host_event(&host, EVENT_SENT, 1)->len, 200 - 28);
    assert_int_equal(host_count(&host, EVENT_SENT), 1 + 28);
    host_clear(&host);
}

/* A queue that does not get on does not keep a dead peer alive: liveness checks need no room. */
static void the_peer_is_watched_while_a_queued_request_waits_for_room(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa_without_room(&host, &drain);
    assert_int_equal(host_info(&host).idle_deadline, 5000);
    for (ikl_time now = 1000; now <= 5000; now += 1000) {
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), now);
        host_advance(&host, now);
    }
    assert_int_equal(host_info(&host).counters.probes, 1);
    assert_int_equal(answer(&host, 1), IKL_OK);
    while (host_info(&host).counters.probes == 1) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    }
    refill_pool(&drain, &host);
    assert_int_equal(host.now, 10000);
    assert_int_equal(host_info(&host).queued, 1);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 10000 + 319000);
    assert_int_equal(outcome_of(&host, 3)->kind, IKL_OUTCOME_SA_GONE);
    host_clear(&host);
}

static void a_request_that_cannot_be_sealed_is_refused(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(true, true);
    one_ike_sa(&host, with_fickle_provider, NULL);
    fickle.seal_result = IKL_ERR_CRYPTO;
    refuse_empty(&host, IKL_ERR_CRYPTO);
    fickle.seal_result = IKL_OK;
    (void)ask(&host, 1);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.message_id, 0);
    host_clear(&host);
}

/* It keeps its place. */
static void a_queued_request_that_cannot_be_sealed_is_tried_again_every_second(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(true, true);
    one_ike_sa(&host, with_fickle_provider, NULL);
    (void)ask(&host, 1);
    (void)ask(&host, 2);
    (void)ask(&host, 3);
    fickle.seal_result = IKL_ERR_CRYPTO;
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_info(&host).queued, 2);
    for (ikl_time now = 1000; now < 20000; now += 1000) {
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), now);
        host_advance(&host, now);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    fickle.seal_result = IKL_OK;
    host_advance(&host, 20000);
    assert_int_equal(asked(&host, 1), 2);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 1)->attempt.message_id, 1);
    assert_int_equal(host_info(&host).queued, 1);
    host_clear(&host);
}

static void near_the_last_message_id(struct ikl_sa_config *config)
{
    config->ids.next_request = config->ids.unanswered = IKL_MESSAGE_ID_LAST;
}

static void before_the_last_message_id(struct ikl_sa_config *config)
{
    config->ids.next_request = config->ids.unanswered = IKL_MESSAGE_ID_LAST - 1;
}

static void rfc_06_message_ids_never_wrap_requests_are_refused(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, near_the_last_message_id);
    (void)ask(&host, 1);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.message_id, IKL_MESSAGE_ID_LAST);
    assert_int_equal(answer(&host, IKL_MESSAGE_ID_LAST), IKL_OK);
    refuse_empty(&host, IKL_ERR_EXHAUSTED);
    host_clear(&host);
}

/* Those that wait end with the IKE SA, which is closed rather than begin again. */
static void rfc_06_message_ids_never_wrap_queued_requests_end(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, before_the_last_message_id);
    for (uint8_t mark = 0; mark < 4; mark++) {
        (void)ask(&host, mark);
    }
    assert_int_equal(answer(&host, IKL_MESSAGE_ID_LAST - 1), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    assert_int_equal(answer(&host, IKL_MESSAGE_ID_LAST), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    for (uint8_t mark = 0; mark < 4; mark++) {
        assert_int_equal(outcome_of(&host, mark)->kind, mark < 2 ? IKL_OUTCOME_ANSWERED : IKL_OUTCOME_SA_GONE);
    }
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_EXHAUSTED);
    host_clear(&host);
}

static void connecting(struct ikl_sa_config *config)
{
    config->connecting = true;
}

static void only_a_connecting_or_established_ike_sa_takes_requests(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *replacement;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, connecting);
    (void)ask(&host, 1);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(ikl_sa_established(host.sa, 0), IKL_OK);
    (void)ask(&host, 2);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&replacement, host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(host.sa, replacement, true, 1000, 0), IKL_OK);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_REKEYED);
    refuse_empty(&host, IKL_ERR_STATE);
    host.sa = replacement;
    assert_int_equal(ikl_sa_delete(host.sa, 1000, 0), IKL_OK);
    refuse_empty(&host, IKL_ERR_STATE);
    ikl_sa_close(host.sa, 0);
    refuse_empty(&host, IKL_ERR_STATE);
    host_clear(&host);
}

static int ask_while_dying(struct host *host, struct event *event)
{
    if (event->kind != EVENT_SENT && event->kind != EVENT_ATTEMPT) {
        assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, host->now, NULL), IKL_ERR_STATE);
    }
    return IKL_OK;
}

static void from_its_first_report_on_a_dying_ike_sa_takes_no_requests(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL, NULL);
    (void)ask(&host, 1);
    (void)ask(&host, 2);
    host.on_event = ask_while_dying;
    ikl_sa_close(host.sa, 0);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 2);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    host_clear(&host);
}

/* Its plaintext waits where its sealed message will be kept, as that cannot be made again. */
static void a_small_request_waits_for_its_turn_with_any_cipher(void **state)
{
    struct host host;

    (void)state;
    fickle_reset(false, true);
    one_ike_sa(&host, with_fickle_provider, NULL);
    (void)ask(&host, 1);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(host_info(&host).queued, 1);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(answer(&host, 1), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 2);
    host_clear(&host);
}

enum { LONG_REQUEST = 30000 };

static void long_messages(struct ikl_endpoint_config *config)
{
    config->max_message = LONG_REQUEST + 5000;
}

static void a_queued_request_that_is_too_many_fragments_waits_for_a_wider_path(void **state)
{
    static const uint8_t body[LONG_REQUEST];
    static const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct ikl_path wide, narrow;
    struct host host;

    (void)state;
    one_ike_sa(&host, long_messages, with_fragmentation);
    (void)ask(&host, 1);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_OK);
    wide = narrow = *ikl_sa_path(host.sa);
    narrow.mtu = 150;
    assert_int_equal(ikl_sa_set_path(host.sa, &narrow, 0), IKL_OK);
    assert_int_equal(answer(&host, 0), IKL_OK);
    assert_int_equal(host_info(&host).queued, 1);
    assert_int_equal(ikl_sa_set_path(host.sa, &wide, 0), IKL_OK);
    host_advance(&host, 1000);
    assert_int_equal(host_info(&host).queued, 0);
    assert_true(host_count(&host, EVENT_SENT) > 2);
    host_clear(&host);
}

/* With blocks of 255 octets no fragment is as short as a path may be narrow. */
static void a_request_none_of_whose_octets_fit_a_fragment_is_refused(void **state)
{
    static const uint8_t body[3000];
    static const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct ikl_path narrow;
    struct host host;

    (void)state;
    fickle_reset_block_len(255, true);
    one_ike_sa(&host, with_fickle_provider, with_fragmentation);
    narrow = *ikl_sa_path(host.sa);
    narrow.mtu = 1;
    assert_int_equal(ikl_sa_set_path(host.sa, &narrow, 0), IKL_OK);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL), IKL_ERR_INVALID);
    host_clear(&host);
}

/* What is set aside for a liveness check is one block of the pool; with blocks of 255 octets it needs more. */
static void a_check_that_needs_more_than_was_set_aside_waits_for_room(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    fickle_reset_block_len(255, false);
    one_ike_sa(&host, with_fickle_provider, NULL);
    drain_pool(&drain, &host);
    host_advance(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    refill_pool(&drain, &host);
    assert_null(shares_check(host.endpoint));
    while (host_count(&host, EVENT_SENT) == 0 && host.now < 60000) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    }
    assert_int_equal(host_info(&host).counters.probes, 1);
    host_clear(&host);
}

TESTS_OF(requests_refused)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_that_do_not_fit_a_message_are_refused),
        cmocka_unit_test(payloads_that_no_host_writes_are_refused),
        cmocka_unit_test(a_wrong_schedule_or_size_of_the_options_is_refused),
        cmocka_unit_test(ike_sa_init_and_keys_do_not_go_together),
        cmocka_unit_test(a_full_table_of_requests_refuses_more_until_one_ends),
        cmocka_unit_test(a_table_that_our_deletes_of_child_sas_have_filled_is_full_too),
        cmocka_unit_test(a_delete_of_ours_is_no_request_of_the_host),
        cmocka_unit_test(without_room_in_the_pool_a_request_is_refused_and_can_be_made_later),
        cmocka_unit_test(a_queued_request_needs_no_more_room_when_it_is_sent),
        cmocka_unit_test(a_queued_request_for_which_the_path_became_too_narrow_waits_for_room),
        cmocka_unit_test(the_peer_is_watched_while_a_queued_request_waits_for_room),
        cmocka_unit_test(a_request_that_cannot_be_sealed_is_refused),
        cmocka_unit_test(a_queued_request_that_cannot_be_sealed_is_tried_again_every_second),
        cmocka_unit_test(rfc_06_message_ids_never_wrap_requests_are_refused),
        cmocka_unit_test(rfc_06_message_ids_never_wrap_queued_requests_end),
        cmocka_unit_test(only_a_connecting_or_established_ike_sa_takes_requests),
        cmocka_unit_test(from_its_first_report_on_a_dying_ike_sa_takes_no_requests),
        cmocka_unit_test(a_small_request_waits_for_its_turn_with_any_cipher),
        cmocka_unit_test(a_request_none_of_whose_octets_fit_a_fragment_is_refused),
        cmocka_unit_test(a_check_that_needs_more_than_was_set_aside_waits_for_room),
        cmocka_unit_test(a_queued_request_that_is_too_many_fragments_waits_for_a_wider_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
