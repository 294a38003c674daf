/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/sync.h> about the side that takes an IKE SA over, and asks (RFC 6311 §5.1). */
#include "support/fickle_cipher.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/syncing.h"
#include "support/test.h"

enum { IDLE = 5000, TOTAL = 319000 };

static int sync_with(struct host *host, const struct ikl_sync_options *options)
{
    return ikl_sa_sync(host->sa, options, host->now);
}

/* The answer of the peer, with our nonce. */
static int answer(struct host *host, uint32_t nonce, uint32_t send, uint32_t receive)
{
    const struct syncing_says says = {.send = send, .receive = receive, .nonce = nonce, .response = true};

    return syncing_give(host, &says);
}

/* A host that has taken over; returns its nonce. */
static uint32_t begin(struct host *host, sa_change change)
{
    struct ikl_message_id_sync said;

    syncing_begin(host, NULL, change);
    assert_int_equal(sync_with(host, NULL), IKL_OK);
    said = syncing_said(host);
    assert_int_equal(said.send, 3);
    assert_int_equal(said.receive, 0);
    return said.nonce;
}

static void assert_under_way(struct host *host)
{
    assert_true(host_info(host).syncing);
    assert_int_equal(host_count(host, EVENT_SYNCED), 0);
    assert_int_equal(host_info(host).outstanding, 1);
    assert_int_equal(host_info(host).outstanding_id, 0);
}

static void it_asks_with_message_id_0_and_skips_what_the_window_of_the_peer_is_wide(void **state)
{
    struct ikl_attempt attempt;
    struct host host;

    (void)state;
    (void)begin(&host, NULL);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    attempt = host_last(&host, EVENT_ATTEMPT)->attempt;
    assert_int_equal(attempt.exchange_type, IKL_INFORMATIONAL);
    assert_int_equal(attempt.message_id, 0);
    assert_false(attempt.liveness);
    assert_under_way(&host);
    host_clear(&host);
}

static void with_windows(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->ids.peer_window = IKL_WINDOW_MAX;
}

static void what_is_unknown_is_skipped_too(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options), .unknown_requests = 100};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, with_windows);
    assert_int_equal(sync_with(&host, &options), IKL_OK);
    assert_int_equal(syncing_said(&host).send, 102);
    host_clear(&host);

    options.unknown_requests = 1;
    syncing_begin(&host, NULL, with_windows);
    assert_int_equal(sync_with(&host, &options), IKL_OK);
    assert_int_equal(syncing_said(&host).send, 2 + IKL_WINDOW_MAX);
    assert_under_way(&host);
    host_clear(&host);
}

static void the_answer_ends_it_and_both_go_on_with_the_highest_numbers(void **state)
{
    struct ikl_synced synced;
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = begin(&host, NULL);
    host_advance(&host, 500);
    assert_int_equal(answer(&host, nonce, 4, 9), IKL_OK);
    synced = host_last(&host, EVENT_SYNCED)->synced;
    assert_false(synced.by_peer);
    assert_int_equal(synced.at, 500);
    assert_int_equal(synced.next_request, 9);
    assert_int_equal(synced.next_expected, 4);
    assert_true(synced.replay.delta == 0);
    assert_false(host_info(&host).syncing);
    assert_int_equal(host_info(&host).outstanding, 0);
    assert_int_equal(host_counters(&host).syncs, 1);
    assert_int_equal(host_counters(&host).answered, 1);
    assert_int_equal(host_info(&host).counters.answered, 1);
    assert_int_equal(host_info(&host).last_message, 500);
    syncing_probe(&host);
    assert_int_equal(host_last(&host, EVENT_ALIVE)->alive.message_id, 9);
    assert_int_equal(syncing_peer_probes(&host, 3), IKL_ERR_STALE);
    assert_int_equal(syncing_peer_probes(&host, 4), IKL_OK);
    host_clear(&host);
}

static void only_the_answer_ends_it(void **state)
{
    static const struct ikl_replay_sync replay = {.delta = 1};
    struct syncing_says says = {.send = 4, .receive = 9, .response = true};
    struct host host;

    (void)state;
    says.nonce = begin(&host, NULL);
    assert_int_equal(answer(&host, says.nonce + 1, 4, 9), IKL_ERR_UNSOLICITED); /* another nonce */
    assert_int_equal(answer(&host, says.nonce, 4, 2), IKL_ERR_MALFORMED);       /* below what was asked */
    says.message_id = 1;
    assert_int_equal(syncing_give(&host, &says), IKL_ERR_UNSOLICITED);
    says.message_id = 0;
    says.exchange_type = IKL_CREATE_CHILD_SA;
    assert_int_equal(syncing_give(&host, &says), IKL_ERR_UNSOLICITED);
    says.exchange_type = 0;
    says.replay = &replay;
    assert_int_equal(syncing_give(&host, &says), IKL_ERR_MALFORMED);
    says.replay = NULL;
    assert_under_way(&host);
    assert_int_equal(host_counters(&host).syncs_refused, 3);
    assert_int_equal(syncing_give(&host, &says), IKL_OK);
    assert_int_equal(syncing_give(&host, &says), IKL_ERR_UNSOLICITED); /* the same once more */
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    host_clear(&host);
}

/* The peer expects less than it has sent already. */
static void an_answer_that_takes_a_number_back_is_malformed(void **state)
{
    struct host host;
    uint32_t nonce;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_OK);
    assert_int_equal(sync_with(&host, NULL), IKL_OK);
    nonce = syncing_said(&host).nonce;
    assert_int_equal(syncing_said(&host).receive, 1);
    assert_int_equal(answer(&host, nonce, 0, 3), IKL_ERR_MALFORMED);
    assert_under_way(&host);
    assert_int_equal(answer(&host, nonce, 1, 3), IKL_OK);
    host_clear(&host);
}

/* An answer to the first request after a rekey, which anybody may have recorded. */
static void an_old_answer_with_message_id_0_does_not_end_it(void **state)
{
    static const struct peer_message old = {.response = true};
    struct host host;

    (void)state;
    (void)begin(&host, NULL);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &old), IKL_ERR_UNSOLICITED);
    assert_under_way(&host);
    host_clear(&host);
}

static void until_then_requests_of_ours_wait(void **state)
{
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = begin(&host, NULL);
    (void)syncing_request(&host);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_ERR_BUSY);
    ikl_sa_peer_window(host.sa, IKL_WINDOW_MAX, 0);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, 0), IKL_OK);
    host_advance(&host, 999);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(host_info(&host).queued, 2);
    assert_under_way(&host);
    assert_int_equal(answer(&host, nonce, 0, 9), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 1)->attempt.message_id, 9);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 2)->attempt.message_id, 10);
    host_clear(&host);
}

static void with_the_largest_window(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->ids.own_window = config->ids.peer_window = IKL_WINDOW_MAX;
}

static void so_they_do_with_the_largest_window(void **state)
{
    struct host host;
    uint32_t nonce;

    (void)state;
    syncing_begin(&host, NULL, with_the_largest_window);
    assert_int_equal(sync_with(&host, NULL), IKL_OK);
    nonce = syncing_said(&host).nonce;
    (void)syncing_request(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_under_way(&host);
    assert_int_equal(answer(&host, nonce, 0, 2 + IKL_WINDOW_MAX), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 2 + IKL_WINDOW_MAX);
    host_clear(&host);
}

static void until_then_requests_of_the_peer_are_not_taken(void **state)
{
    static const struct syncing_says create = {.send = 5, .receive = 7, .exchange_type = IKL_CREATE_CHILD_SA};
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = begin(&host, NULL);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_ERR_PENDING);
    assert_int_equal(syncing_peer_probes(&host, 1), IKL_ERR_PENDING);
    assert_int_equal(syncing_give(&host, &create), IKL_ERR_PENDING);
    assert_int_equal(host_counters(&host).pending, 3);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(answer(&host, nonce, 1, 3), IKL_OK);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_ERR_STALE);
    assert_int_equal(syncing_peer_probes(&host, 1), IKL_OK);
    host_clear(&host);
}

static void what_was_outstanding_is_skipped_at_once(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, with_windows);
    (void)syncing_request(&host);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, 0), IKL_OK);
    assert_int_equal(sync_with(&host, NULL), IKL_OK);
    assert_int_equal(syncing_said(&host).send, 4 + IKL_WINDOW_MAX);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 1);
    assert_int_equal(host_last(&host, EVENT_OUTCOME)->outcome.kind, IKL_OUTCOME_SKIPPED);
    assert_int_equal(host_info(&host).queued, 1);
    assert_int_equal(answer(&host, syncing_said(&host).nonce, 0, 99), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 99);
    host_clear(&host);

    syncing_begin(&host, NULL, NULL); /* a liveness check */
    host_advance(&host, IDLE);
    assert_int_equal(sync_with(&host, NULL), IKL_OK);
    assert_under_way(&host);
    assert_int_equal(syncing_said(&host).send, 4);
    host_clear(&host);
}

static void it_is_retransmitted_as_the_same_octets_and_runs_out_of_tries(void **state)
{
    struct host host;

    (void)state;
    (void)begin(&host, NULL);
    for (size_t n = 1; n < 10; n++) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
        assert_int_equal(host_count(&host, EVENT_SENT), n + 1);
        syncing_assert_sent_again(&host, 0);
    }
    assert_int_equal(host_last(&host, EVENT_REACHABILITY)->reachability.reachability, IKL_REACHABILITY_SUSPECT);
    host_run_to_the_end(&host);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.at, TOTAL);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.sends, 10);
    assert_int_equal(host_last(&host, EVENT_DOWN)->down.message_id, 0);
    host_clear(&host);
}

static void its_answer_clears_the_suspicion(void **state)
{
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = begin(&host, NULL);
    host_advance(&host, 1000);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_SUSPECT);
    assert_int_equal(answer(&host, nonce, 0, 3), IKL_OK);
    assert_int_equal(host_info(&host).reachability, IKL_REACHABILITY_UP);
    host_clear(&host);
}

static void an_answer_before_the_request_has_left_answers_nothing(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host.send_result = IKL_ERR_BLOCKED;
    assert_int_equal(sync_with(&host, NULL), IKL_OK);
    assert_int_equal(answer(&host, syncing_said(&host).nonce, 0, 3), IKL_ERR_UNSOLICITED);
    host.send_result = IKL_OK;
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 0), IKL_OK);
    syncing_assert_sent_again(&host, 0);
    assert_int_equal(answer(&host, syncing_said(&host).nonce, 0, 3), IKL_OK);
    host_clear(&host);
}

static void the_peer_can_be_asked_to_increment_replay_counters(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options),
                                       .replay = {.delta = UINT64_C(1) << 33, .extended = true}};
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_replay_sync replay;
    struct ikl_payload payload;
    struct ikl_opened opened;
    struct ikl_chain chain;
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(sync_with(&host, &options), IKL_OK);
    opened = peer_open(host_last(&host, EVENT_SENT), SYNCING_SUITE, plaintext);
    chain = ikl_chain(opened.first_payload, opened.plaintext);
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
    assert_int_equal(ikl_replay_sync_read(&replay, payload.body), IKL_OK);
    assert_true(replay.delta == options.replay.delta && replay.extended);
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_ERR_END);
    host_clear(&host);
}

static void wrong_options_are_named_and_nothing_happens(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options), .replay = {.delta = UINT64_C(1) << 32}};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_null(ikl_sync_options_error(NULL));
    assert_string_equal(ikl_sync_options_error(&options), "replay.delta");
    assert_int_equal(sync_with(&host, &options), IKL_ERR_INVALID);
    options.replay.delta--;
    assert_null(ikl_sync_options_error(&options));
    options.size = 3;
    assert_string_equal(ikl_sync_options_error(&options), "size");
    assert_int_equal(sync_with(&host, &options), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_sync(host.sa, NULL, IKL_NEVER), IKL_ERR_INVALID);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    assert_false(host_info(&host).syncing);
    host_clear(&host);
}

static void it_has_to_be_agreed_on(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options), .replay = {.delta = 1}};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SYNCING_SUITE, true, 0, syncing_after_auth);
    assert_int_equal(ikl_sa_agree_sync(host.sa, 0, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_agree_sync(host.sa, 4, 0), IKL_ERR_INVALID);
    assert_int_equal(sync_with(&host, NULL), IKL_ERR_UNSUPPORTED);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_MESSAGE_IDS, 0), IKL_OK);
    assert_int_equal(sync_with(&host, &options), IKL_ERR_UNSUPPORTED);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_REPLAY_COUNTERS, 0), IKL_OK);
    assert_int_equal(sync_with(&host, &options), IKL_OK);
    assert_int_equal(sync_with(&host, &options), IKL_ERR_BUSY); /* one at a time */
    ikl_sa_close(host.sa, 0);
    assert_int_equal(sync_with(&host, NULL), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_MESSAGE_IDS, 0), IKL_ERR_STATE);
    host_clear(&host);
}

static void what_the_peer_supports_is_read_from_its_notifications(void **state)
{
    static const uint8_t ids[] = {0, 0, 0x40, 0x24}, counters[] = {0, 0, 0x40, 0x25}, other[] = {0, 0, 0x40, 0x26};
    static const struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_NOTIFY, .body = {other, 4}},
                                                  {.type = IKL_PAYLOAD_NOTIFY, .body = {other, 3}},
                                                  {.type = IKL_PAYLOAD_VENDOR_ID, .body = {counters, 4}},
                                                  {.type = IKL_PAYLOAD_NOTIFY, .body = {ids, 4}},
                                                  {.type = IKL_PAYLOAD_NOTIFY, .body = {counters, 4}}};
    static const unsigned offered[] = {
        0, 0, 0, 0, IKL_SYNC_MESSAGE_IDS, IKL_SYNC_MESSAGE_IDS | IKL_SYNC_REPLAY_COUNTERS};

    (void)state;
    for (size_t n = 0; n <= COUNT_OF(payloads); n++) {
        uint8_t octets[100];
        struct ikl_writer writer = ikl_writer(octets, sizeof(octets));

        assert_int_equal(ikl_chain_write(&writer, payloads, n), IKL_OK);
        assert_int_equal(ikl_sync_offered(ikl_chain_first(payloads, n), (struct ikl_octets){octets, writer.len}),
                         offered[n]);
    }
}

static uint32_t first_id;

static void with_ids(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->ids.next_request = config->ids.unanswered = first_id;
}

static void with_peer_ids(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->ids.next_expected = IKL_MESSAGE_ID_LAST;
}

static void without_message_ids_to_skip_nothing_is_sent(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options), .unknown_requests = 10};
    struct host host;

    (void)state;
    first_id = IKL_MESSAGE_ID_LAST - 9;
    syncing_begin(&host, NULL, with_ids);
    assert_int_equal(sync_with(&host, &options), IKL_ERR_EXHAUSTED);
    options.unknown_requests--;
    assert_int_equal(sync_with(&host, &options), IKL_OK);
    assert_int_equal(syncing_said(&host).send, IKL_MESSAGE_ID_LAST);
    host_clear(&host);

    first_id = IKL_MESSAGE_ID_LAST;
    syncing_begin(&host, NULL, with_ids);
    syncing_probe(&host);
    assert_int_equal(sync_with(&host, NULL), IKL_ERR_EXHAUSTED);
    host_clear(&host);

    syncing_begin(&host, NULL, with_peer_ids);
    assert_int_equal(syncing_peer_probes(&host, IKL_MESSAGE_ID_LAST), IKL_OK);
    assert_int_equal(sync_with(&host, NULL), IKL_ERR_EXHAUSTED);
    host_clear(&host);
}

static void without_randomness_nothing_is_sent(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host.random_result = IKL_ERR_CRYPTO;
    assert_int_equal(sync_with(&host, NULL), IKL_ERR_CRYPTO);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host.random_result = IKL_OK;
    assert_int_equal(sync_with(&host, NULL), IKL_OK);
    host_clear(&host);
}

static int sync_inside(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT) {
        assert_int_equal(sync_with(host, NULL), IKL_ERR_REENTRANT);
        assert_int_equal(ikl_sa_agree_sync(host->sa, IKL_SYNC_MESSAGE_IDS, host->now), IKL_ERR_REENTRANT);
    } else if (event->kind == EVENT_ATTEMPT && event->attempt.message_id == 0) {
        assert_int_equal(sync_with(host, NULL), IKL_ERR_BUSY);
    } else if (event->kind == EVENT_ALIVE) {
        assert_int_equal(ikl_sa_probe(host->sa, host->now), IKL_OK);
        assert_int_equal(sync_with(host, NULL), IKL_ERR_BUSY); /* the attempt is yet to be told */
    } else if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(sync_with(host, NULL), IKL_OK);
        assert_int_equal(ikl_sa_respond(host->sa, event->message_id, NULL, 0, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void it_may_begin_inside_a_callback_but_not_inside_a_leaf(void **state)
{
    static const struct syncing_says create = {.exchange_type = IKL_CREATE_CHILD_SA};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host.on_event = sync_inside;
    syncing_probe(&host);
    assert_false(host_info(&host).syncing);
    assert_int_equal(syncing_give(&host, &create), IKL_OK);
    host.on_event = NULL;
    assert_under_way(&host);
    assert_int_equal(host_counters(&host).reentrant, 2 * host_count(&host, EVENT_SENT));
    host_clear(&host);
}

static void it_goes_along_when_the_ike_sa_moves_to_another_endpoint(void **state)
{
    struct ikl_endpoint *other;
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = begin(&host, NULL);
    other = mover_endpoint(&host, NULL);
    host_move(&host, &other);
    assert_under_way(&host);
    host_advance(&host, 1000);
    syncing_assert_sent_again(&host, 0);
    assert_int_equal(answer(&host, nonce, 0, 3), IKL_OK);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    host_clear(&host);
}

static void our_delete_of_the_ike_sa_waits_for_its_end(void **state)
{
    struct host host;
    uint32_t nonce;

    (void)state;
    nonce = begin(&host, NULL);
    assert_int_equal(ikl_sa_delete(host.sa, 60000, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(answer(&host, nonce, 0, 3), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 3);
    assert_int_equal(sync_with(&host, NULL), IKL_ERR_STATE);
    host_clear(&host);
}

static void an_operator_sees_that_it_is_under_way_and_was_done(void **state)
{
    struct ikl_event events[16];
    char text[4096];
    struct host host;
    uint32_t nonce;
    size_t n;

    (void)state;
    nonce = begin(&host, NULL);
    (void)ikl_sa_describe(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "\n  Message ID sync     under way\n"));
    assert_int_equal(answer(&host, nonce, 0, 3), IKL_OK);
    n = ikl_sa_history(host.sa, events, COUNT_OF(events));
    assert_int_equal(events[n - 1].kind, IKL_EVENT_SYNCED);
    (void)ikl_sa_history_text(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "Message IDs synchronised"));
    host_clear(&host);
}

static void agree(struct pair *pair)
{
    syncing_agree(pair->a.sa);
    syncing_agree(pair->b.sa);
}

static uint32_t behind;

/* The side that takes over knows the Message IDs as they were a while ago. */
static void with_old_ids(struct ikl_sa_config *config)
{
    uint32_t known = 10 - (config->original_initiator ? 0 : behind);

    test_sealed_before(config);
    config->ids.next_request = config->ids.unanswered = known;
    config->ids.next_expected = known;
    test_sealed_before(config);
}

static void begin_pair(struct pair *pair)
{
    pair_init(pair, SYNCING_SUITE, 1, NULL, with_old_ids);
    agree(pair);
}

static void an_ike_sa_survives_a_takeover_with_old_message_ids(void **state)
{
    struct ikl_sync_options options = {.size = sizeof(options)};

    (void)state;
    for (behind = 0; behind <= 10; behind++) {
        struct pair pair;

        begin_pair(&pair);
        (void)syncing_request(&pair.a);
        options.unknown_requests = behind;
        assert_int_equal(sync_with(&pair.b, &options), IKL_OK);
        pair_deliver(&pair);
        assert_int_equal(host_last(&pair.a, EVENT_OUTCOME)->outcome.kind, IKL_OUTCOME_SKIPPED);
        assert_int_equal(host_count(&pair.b, EVENT_SYNCED), 1);
        assert_int_equal(host_info(&pair.b).next_expected, host_info(&pair.a).next_request);
        assert_int_equal(host_info(&pair.a).next_expected, host_info(&pair.b).next_request);
        pair_run(&pair, 60000, 0);
        assert_int_equal(host_count(&pair.a, EVENT_DOWN) + host_count(&pair.b, EVENT_DOWN), 0);
        assert_int_equal(host_info(&pair.a).reachability, IKL_REACHABILITY_UP);
        pair_clear(&pair);
    }
}

/* What both ask crosses, and both go on with what is highest (appendix A.4). */
static void both_sides_may_be_taken_over_at_once(void **state)
{
    struct pair pair;

    (void)state;
    behind = 1;
    begin_pair(&pair);
    assert_int_equal(sync_with(&pair.a, NULL), IKL_OK);
    assert_int_equal(sync_with(&pair.b, NULL), IKL_OK);
    (void)syncing_request(&pair.a);
    pair_deliver(&pair);
    assert_int_equal(host_count(&pair.a, EVENT_SYNCED), 2);
    assert_int_equal(host_count(&pair.b, EVENT_SYNCED), 2);
    assert_int_equal(host_info(&pair.b).next_expected, host_info(&pair.a).next_request);
    assert_int_equal(host_info(&pair.a).next_expected, host_info(&pair.b).next_request);
    pair_run(&pair, 60000, 0);
    assert_int_equal(host_count(&pair.a, EVENT_DOWN) + host_count(&pair.b, EVENT_DOWN), 0);
    pair_clear(&pair);
}

/* It is lower than what this side knows, which need not be what the peer has used. */
static void while_ours_is_under_way_that_of_the_peer_is_answered_if_it_is_no_old_one(void **state)
{
    static const struct syncing_says peers = {.send = 0, .receive = 1}, old = {.send = 0, .receive = 9};
    struct ikl_message_id_sync said;
    struct host host;
    uint32_t nonce;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_OK);
    assert_int_equal(sync_with(&host, NULL), IKL_OK);
    nonce = syncing_said(&host).nonce;
    assert_int_equal(syncing_give(&host, &peers), IKL_OK);
    said = syncing_said(&host);
    assert_int_equal(said.send, 3);
    assert_int_equal(said.receive, 1);
    assert_true(host_info(&host).syncing); /* only the answer ends it */
    assert_int_equal(syncing_give(&host, &old), IKL_ERR_STALE);
    assert_int_equal(syncing_peer_probes(&host, 1), IKL_ERR_PENDING);
    assert_int_equal(answer(&host, nonce, 1, 3), IKL_OK);
    assert_false(host_info(&host).syncing);
    host_clear(&host);
}

static void with_a_cipher_of_our_own(struct ikl_endpoint_config *config)
{
    with_fickle_provider(config);
}

/* What cannot be made again is kept. */
static void requests_and_answers_of_a_cipher_that_never_seals_alike_are_sent_again_too(void **state)
{
    static const struct syncing_says peers = {.send = 5, .receive = 7};
    struct host host;

    (void)state;
    fickle_reset(false, true);
    syncing_begin(&host, with_a_cipher_of_our_own, NULL);
    assert_int_equal(sync_with(&host, NULL), IKL_OK);
    host_advance(&host, 1000);
    syncing_assert_sent_again(&host, 0);
    host_clear(&host);

    fickle_reset(false, true);
    syncing_begin(&host, with_a_cipher_of_our_own, NULL);
    assert_int_equal(syncing_give(&host, &peers), IKL_OK);
    assert_int_equal(syncing_give(&host, &peers), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    syncing_assert_sent_again(&host, 0);
    host_clear(&host);
}

static void when_sealing_fails_nothing_changes(void **state)
{
    static const struct syncing_says peers = {.send = 5, .receive = 7};
    struct host host;

    (void)state;
    fickle_reset(true, true);
    syncing_begin(&host, with_a_cipher_of_our_own, NULL);
    assert_int_equal(syncing_give(&host, &peers), IKL_OK);
    fickle.seal_result = IKL_ERR_CRYPTO;
    assert_int_equal(syncing_give(&host, &peers), IKL_ERR_CRYPTO); /* the same answer again */
    assert_int_equal(sync_with(&host, NULL), IKL_ERR_CRYPTO);
    assert_false(host_info(&host).syncing);
    assert_int_equal(host_info(&host).next_request, 7);
    fickle.seal_result = IKL_OK;
    assert_int_equal(sync_with(&host, NULL), IKL_OK);
    host_clear(&host);
}

TESTS_OF(sync_taker)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_asks_with_message_id_0_and_skips_what_the_window_of_the_peer_is_wide),
        cmocka_unit_test(what_is_unknown_is_skipped_too),
        cmocka_unit_test(the_answer_ends_it_and_both_go_on_with_the_highest_numbers),
        cmocka_unit_test(only_the_answer_ends_it),
        cmocka_unit_test(an_answer_that_takes_a_number_back_is_malformed),
        cmocka_unit_test(an_old_answer_with_message_id_0_does_not_end_it),
        cmocka_unit_test(until_then_requests_of_ours_wait),
        cmocka_unit_test(so_they_do_with_the_largest_window),
        cmocka_unit_test(until_then_requests_of_the_peer_are_not_taken),
        cmocka_unit_test(what_was_outstanding_is_skipped_at_once),
        cmocka_unit_test(it_is_retransmitted_as_the_same_octets_and_runs_out_of_tries),
        cmocka_unit_test(its_answer_clears_the_suspicion),
        cmocka_unit_test(an_answer_before_the_request_has_left_answers_nothing),
        cmocka_unit_test(the_peer_can_be_asked_to_increment_replay_counters),
        cmocka_unit_test(wrong_options_are_named_and_nothing_happens),
        cmocka_unit_test(it_has_to_be_agreed_on),
        cmocka_unit_test(what_the_peer_supports_is_read_from_its_notifications),
        cmocka_unit_test(without_message_ids_to_skip_nothing_is_sent),
        cmocka_unit_test(without_randomness_nothing_is_sent),
        cmocka_unit_test(it_may_begin_inside_a_callback_but_not_inside_a_leaf),
        cmocka_unit_test(it_goes_along_when_the_ike_sa_moves_to_another_endpoint),
        cmocka_unit_test(our_delete_of_the_ike_sa_waits_for_its_end),
        cmocka_unit_test(an_operator_sees_that_it_is_under_way_and_was_done),
        cmocka_unit_test(an_ike_sa_survives_a_takeover_with_old_message_ids),
        cmocka_unit_test(both_sides_may_be_taken_over_at_once),
        cmocka_unit_test(while_ours_is_under_way_that_of_the_peer_is_answered_if_it_is_no_old_one),
        cmocka_unit_test(requests_and_answers_of_a_cipher_that_never_seals_alike_are_sent_again_too),
        cmocka_unit_test(when_sealing_fails_nothing_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
