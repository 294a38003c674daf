/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/sync.h> about the side whose peer was taken over, which answers (RFC 6311 §5). */
#include "support/mover.h"
#include "support/peer.h"
#include "support/syncing.h"
#include "support/test.h"

enum { IDLE = 5000 };

static int give(struct host *host, uint32_t send, uint32_t receive)
{
    const struct syncing_says says = {.send = send, .receive = receive};

    return syncing_give(host, &says);
}

static void assert_said(struct host *host, uint32_t send, uint32_t receive)
{
    struct ikl_message_id_sync said = syncing_said(host);

    assert_int_equal(said.nonce, SYNCING_NONCE);
    assert_int_equal(said.send, send);
    assert_int_equal(said.receive, receive);
}

/* Nothing was sent, told or changed. */
static void assert_refused(struct host *host, int result, int expected)
{
    assert_int_equal(result, expected);
    assert_int_equal(host_count(host, EVENT_SYNCED), 0);
    assert_int_equal(host_counters(host).peer_syncs, 0);
}

/* Liveness checks of the host and its peer, then what the peer says; and what the host says, with which both go on. */
struct row {
    uint32_t ours, peers;
    uint32_t send, receive;
    bool refused;
    uint32_t next_expected, next_request; /* by the host, after that */
};

static void assert_row(const struct row *row)
{
    struct host host;
    size_t sent;

    syncing_begin(&host, NULL, NULL);
    for (uint32_t i = 0; i < row->ours; i++) {
        syncing_probe(&host);
    }
    for (uint32_t i = 0; i < row->peers; i++) {
        assert_int_equal(syncing_peer_probes(&host, i), IKL_OK);
    }
    sent = host_count(&host, EVENT_SENT);
    if (row->refused) {
        assert_refused(&host, give(&host, row->send, row->receive), IKL_ERR_STALE);
        assert_int_equal(host_count(&host, EVENT_SENT), sent);
        assert_int_equal(host_counters(&host).syncs_refused, 1);
    } else {
        assert_int_equal(give(&host, row->send, row->receive), IKL_OK);
        assert_said(&host, row->next_request, row->next_expected);
        assert_int_equal(host_info(&host).next_request, row->next_request);
        assert_int_equal(syncing_peer_probes(&host, row->next_expected), IKL_OK);
        syncing_probe(&host);
        assert_int_equal(host_last(&host, EVENT_ALIVE)->alive.message_id, row->next_request);
    }
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_ESTABLISHED);
    host_clear(&host);
}

static void the_highest_numbers_are_agreed_on_and_lower_ones_refused(void **state)
{
    static const struct row rows[] = {
        {0, 0, 0, 2, false, 0, 2},     {0, 0, 1, 3, false, 1, 3}, {1, 0, 0, 3, false, 0, 3}, {0, 1, 1, 2, false, 1, 2},
        {1, 1, 1, 3, false, 1, 3},     {1, 1, 2, 4, false, 2, 4}, /* what the peer says is as high as it has to be */
        {0, 1, 0, 2, true, 0, 0},      {1, 2, 0, 0, true, 0, 0},  {0, 2, 1, 9, true, 0, 0},  /* it was used before */
        {0, 0, 0, 0, false, 0, 2},     {0, 0, 1, 1, false, 1, 2}, {1, 0, 0, 1, false, 0, 3}, /* we know better */
        {0, 0, 70, 90, false, 70, 90},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_row(&rows[i]);
    }
}

static void the_same_synchronisation_gets_the_same_octets_and_changes_nothing(void **state)
{
    struct host host;
    size_t first;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    first = host_count(&host, EVENT_SENT);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    syncing_probe(&host);
    assert_int_equal(syncing_peer_probes(&host, 5), IKL_OK);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    syncing_assert_sent_again(&host, first);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    assert_int_equal(host_info(&host).next_request, 8);
    assert_int_equal(host_info(&host).next_expected, 6);
    assert_int_equal(host_counters(&host).peer_syncs, 1);
    assert_int_equal(host_counters(&host).repeated, 1);
    assert_int_equal(host_info(&host).counters.repeats, 1);
    host_clear(&host);
}

static void ten_repetitions_are_answered_at_once_and_then_one_each_100_ms(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(give(&host, 5, 7), IKL_OK);
    }
    assert_int_equal(give(&host, 5, 7), IKL_ERR_RATE);
    host_advance(&host, 99);
    assert_int_equal(give(&host, 5, 7), IKL_ERR_RATE);
    host_advance(&host, 100);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    assert_int_equal(give(&host, 5, 7), IKL_ERR_RATE);
    assert_int_equal(host_counters(&host).rate_limited, 3);
    host_clear(&host);
}

static void the_next_synchronisation_has_to_be_higher_than_every_earlier_one(void **state)
{
    static const struct ikl_replay_sync nine = {.delta = 9};
    static const struct syncing_says other_nonce = {.send = 5, .receive = 7, .nonce = 1},
                                     with_delta = {.send = 5, .receive = 7, .replay = &nine},
                                     other_receive = {.send = 5, .receive = 8}, lower = {.send = 4, .receive = 7},
                                     higher = {.send = 6, .receive = 7};
    static const struct ikl_replay_sync extended_nine = {.delta = 9, .extended = true};
    static const struct syncing_says narrow = {.send = 7, .receive = 7, .replay = &nine},
                                     wide = {.send = 7, .receive = 7, .replay = &extended_nine};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    assert_int_equal(syncing_give(&host, &other_nonce), IKL_ERR_STALE);
    assert_int_equal(syncing_give(&host, &with_delta), IKL_ERR_STALE);
    assert_int_equal(syncing_give(&host, &other_receive), IKL_ERR_STALE);
    assert_int_equal(syncing_give(&host, &lower), IKL_ERR_STALE);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    assert_int_equal(host_counters(&host).syncs_refused, 4);
    assert_int_equal(syncing_give(&host, &higher), IKL_OK);
    assert_said(&host, 7, 6);
    assert_int_equal(give(&host, 5, 7), IKL_ERR_STALE); /* the one before is no repetition any more */
    assert_int_equal(syncing_give(&host, &narrow), IKL_OK);
    assert_int_equal(syncing_give(&host, &narrow), IKL_OK);
    assert_int_equal(syncing_give(&host, &wide), IKL_ERR_STALE);
    host_clear(&host);
}

static void a_message_that_holds_anything_else_is_malformed(void **state)
{
    static const uint8_t body[] = {0, 0, 0x40, 0}, wrong_ids[] = {0, 0, 0x40, 0x26, 1},
                         wrong_delta[] = {0, 0, 0x40, 0x27, 1}, ids[16] = {0, 0, 0x40, 0x26},
                         delta[8] = {0, 0, 0x40, 0x27, 1};
    static const struct ikl_payload also[] = {{.type = IKL_PAYLOAD_NOTIFY, .body = {body, sizeof(body)}},
                                              {.type = IKL_PAYLOAD_NOTIFY, .body = {wrong_ids, sizeof(wrong_ids)}},
                                              {.type = IKL_PAYLOAD_NOTIFY, .body = {wrong_delta, sizeof(wrong_delta)}},
                                              {.type = IKL_PAYLOAD_NOTIFY, .body = {ids, sizeof(ids)}},
                                              {.type = IKL_PAYLOAD_NOTIFY, .body = {body, 2}},
                                              {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}}};
    static const struct ikl_payload second = {.type = IKL_PAYLOAD_NOTIFY, .body = {delta, sizeof(delta)}};
    static const struct ikl_replay_sync replay = {.delta = 1};
    struct syncing_says says = {.send = 5, .receive = 7};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    for (size_t i = 0; i < COUNT_OF(also); i++) {
        says.also = &also[i];
        assert_refused(&host, syncing_give(&host, &says), IKL_ERR_MALFORMED);
    }
    says.also = &second; /* a second delta */
    says.replay = &replay;
    assert_refused(&host, syncing_give(&host, &says), IKL_ERR_MALFORMED);
    assert_refused(&host, give(&host, IKL_MESSAGE_ID_NONE, 7), IKL_ERR_MALFORMED);
    assert_refused(&host, give(&host, 5, IKL_MESSAGE_ID_NONE), IKL_ERR_MALFORMED);
    assert_int_equal(host_counters(&host).syncs_refused, COUNT_OF(also) + 3);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    host_clear(&host);
}

/* A chain whose last payload is cut, and one behind an unknown critical payload. */
static void a_chain_that_is_not_whole_is_malformed(void **state)
{
    uint8_t inside[24] = {
        IKL_PAYLOAD_NOTIFY, 0, 0, 20, 0, 0, 0x40, 0x26, 1, 2, 3, 4, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, 9};
    struct peer_message cut = {.first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {inside, sizeof(inside)}};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_refused(&host, peer_send(&host, SYNCING_SUITE, &cut), IKL_ERR_MALFORMED);
    inside[0] = IKL_PAYLOAD_NONE;
    cut.plaintext.len = 20;
    assert_refused(&host, peer_deliver(&host, datagram, peer_seal_behind(&cut, SYNCING_SUITE, 200, true, datagram)),
                   IKL_ERR_MALFORMED);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &cut), IKL_OK);
    host_clear(&host);
}

static void what_is_not_authenticated_changes_nothing(void **state)
{
    static const struct syncing_says says = {.send = 5, .receive = 7},
                                     from_us = {.send = 5, .receive = 7, .from_us = true};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct host host;
    size_t len;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    len = syncing_seal(&host, &says, datagram);
    for (size_t at = IKL_HEADER_LEN + 4; at < len; at++) {
        datagram[at] ^= 1;
        assert_refused(&host, peer_deliver(&host, datagram, len), IKL_ERR_FORGED);
        datagram[at] ^= 1;
    }
    assert_refused(&host, syncing_give(&host, &from_us), IKL_ERR_FLAGS);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_clear(&host);
}

static void what_was_not_agreed_on_is_a_request_like_any_other(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SYNCING_SUITE, true, 0, syncing_after_auth);
    for (int i = 0; i < 2; i++) { /* nothing, and then something else */
        assert_false(host_info(&host).may_sync);
        if (i == 0) {
            assert_int_equal(give(&host, 0, 7), IKL_OK);
            assert_int_equal(host_last(&host, EVENT_PEER_REQUEST)->message_id, 0);
            assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
        } else {
            assert_int_equal(syncing_peer_probes(&host, 1), IKL_OK);
            assert_int_equal(give(&host, 5, 7), IKL_ERR_STALE);
        }
        assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_REPLAY_COUNTERS, 0), IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_SYNCED), 0);
    assert_int_equal(host_counters(&host).syncs_refused, 0);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_MESSAGE_IDS, 0), IKL_OK);
    assert_true(host_info(&host).may_sync);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    host_clear(&host);
}

/* After a rekey Message ID 0 is that of the first request. */
static void an_ordinary_request_with_message_id_0_is_answered_as_ever(void **state)
{
    static const struct syncing_says create = {.send = 5, .receive = 7, .exchange_type = IKL_CREATE_CHILD_SA};
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};
    static const struct peer_message other = {.first_payload = IKL_PAYLOAD_NOTIFY,
                                              .plaintext = {notify, sizeof(notify)}};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_OK);
    assert_int_equal(syncing_peer_probes(&host, 0), IKL_OK); /* its answer is repeated */
    assert_int_equal(host_counters(&host).peer_probes, 1);
    assert_int_equal(host_counters(&host).repeated, 1);
    host_clear(&host);

    syncing_begin(&host, NULL, NULL);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &other), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_PEER_REQUEST)->len, sizeof(notify));
    assert_memory_equal(host_last(&host, EVENT_PEER_REQUEST)->datagram, notify, sizeof(notify));
    host_clear(&host);

    syncing_begin(&host, NULL, NULL);
    assert_int_equal(syncing_give(&host, &create), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_PEER_REQUEST)->exchange_type, IKL_CREATE_CHILD_SA);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 0);
    host_clear(&host);
}

static void with_fragments_after_auth(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    with_fragmentation(config);
}

/* What is in fragments is no message of this exchange. */
static void a_fragment_with_message_id_0_is_taken_as_ever(void **state)
{
    static const struct peer_message fragment = {.fragment_number = 1, .fragment_total = 2};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, with_fragments_after_auth);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &fragment), IKL_OK);
    assert_int_equal(host_counters(&host).fragments, 1);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    host_clear(&host);
}

static void an_answer_to_nothing_changes_nothing(void **state)
{
    static const struct syncing_says answer = {.send = 5, .receive = 7, .response = true};
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_refused(&host, syncing_give(&host, &answer), IKL_ERR_UNSOLICITED);
    host_clear(&host);
}

static void before_the_peer_is_authenticated_there_is_no_synchronisation(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    test_sa_config(&config, &keys, SYNCING_SUITE, true, 0);
    config.connecting = true;
    config.ids.next_request = config.ids.unanswered = 1;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
    syncing_agree(host.sa);
    assert_refused(&host, give(&host, 0, 2), IKL_ERR_EARLY);
    assert_int_equal(ikl_sa_established(host.sa, 0), IKL_OK);
    assert_int_equal(give(&host, 0, 2), IKL_OK);
    host_clear(&host);
}

static void the_host_is_told_by_how_much_to_increment_replay_counters(void **state)
{
    static const struct ikl_replay_sync plain = {.delta = UINT32_C(1) << 30},
                                        extended = {.delta = UINT64_C(1) << 40, .extended = true};
    struct syncing_says says = {.send = 5, .receive = 7, .replay = &plain};
    const struct event *told;
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host_advance(&host, 1000);
    assert_int_equal(syncing_give(&host, &says), IKL_OK);
    told = host_last(&host, EVENT_SYNCED);
    assert_true(told->synced.by_peer);
    assert_int_equal(told->synced.at, 1000);
    assert_int_equal(told->synced.next_request, 7);
    assert_int_equal(told->synced.next_expected, 5);
    assert_true(told->synced.replay.delta == plain.delta);
    assert_false(told->synced.replay.extended);
    says = (struct syncing_says){.send = 6, .receive = 7, .replay = &extended};
    assert_int_equal(syncing_give(&host, &says), IKL_OK);
    told = host_last(&host, EVENT_SYNCED);
    assert_true(told->synced.replay.delta == extended.delta);
    assert_true(told->synced.replay.extended);
    assert_int_equal(give(&host, 7, 7), IKL_OK);
    assert_true(host_last(&host, EVENT_SYNCED)->synced.replay.delta == 0);
    host_clear(&host);
}

static int no_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    (void)user;
    (void)sa;
    (void)iv;
    (void)len;
    return IKL_ERR_CRYPTO;
}

static void without_ivs(struct ikl_sa_config *config)
{
    syncing_after_auth(config);
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = no_iv;
}

/* Only IPSEC_REPLAY_COUNTER_SYNC, in an ordinary request, with something else behind it or not. */
static int give_delta_alone(struct host *host, uint32_t message_id, uint8_t exchange_type, size_t len)
{
    static const uint8_t inside[] = {0, 0, 0, 12, 0, 0, 0x40, 0x27, 0, 0, 0, 9},
                         more[] = {41, 0, 0, 12, 0, 0, 0x40, 0x27, 0, 0, 0, 9, 0, 0, 0, 8, 0, 0, 0x40, 0};
    const struct peer_message message = {.message_id = message_id,
                                         .exchange_type = exchange_type,
                                         .first_payload = IKL_PAYLOAD_NOTIFY,
                                         .plaintext = {len == sizeof(inside) ? inside : more, len}};

    return peer_send(host, SYNCING_SUITE, &message);
}

static void replay_counters_alone_are_synchronised_in_an_ordinary_request(void **state)
{
    static const uint8_t initial_contact[] = {0, 0, 0, 8, 0, 0, 0x40, 0};
    static const struct peer_message other = {
        .message_id = 5, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {initial_contact, sizeof(initial_contact)}};
    static const struct syncing_says ids = {.send = 9, .receive = 9, .message_id = 4};
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_synced synced;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SYNCING_SUITE, true, 0, syncing_after_auth);
    assert_int_equal(give_delta_alone(&host, 0, 0, 12), IKL_OK); /* it is not agreed on */
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_OK);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_MESSAGE_IDS, 0), IKL_OK);
    assert_int_equal(give_delta_alone(&host, 1, 0, 12), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 1, NULL, 0, 0), IKL_OK);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_REPLAY_COUNTERS, 0), IKL_OK);
    assert_int_equal(give_delta_alone(&host, 2, 0, 20), IKL_OK); /* it says more */
    assert_int_equal(ikl_sa_respond(host.sa, 2, NULL, 0, 0), IKL_OK);
    assert_int_equal(give_delta_alone(&host, 3, IKL_CREATE_CHILD_SA, 12), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 3, NULL, 0, 0), IKL_OK);
    assert_int_equal(syncing_give(&host, &ids), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 4, NULL, 0, 0), IKL_OK);
    assert_int_equal(peer_send(&host, SYNCING_SUITE, &other), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 5, NULL, 0, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 6);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 0);
    assert_int_equal(give_delta_alone(&host, 6, 0, 12), IKL_OK);
    assert_int_equal(peer_open(host_last(&host, EVENT_SENT), SYNCING_SUITE, plaintext).plaintext.len, 0);
    synced = host_last(&host, EVENT_SYNCED)->synced;
    assert_true(synced.by_peer && synced.replay.delta == 9);
    assert_int_equal(synced.next_request, 2);
    assert_int_equal(synced.next_expected, 7);
    assert_int_equal(give_delta_alone(&host, 6, 0, 12), IKL_OK); /* repeated: the same answer, and no more */
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    assert_int_equal(host_counters(&host).peer_syncs, 1);
    host_clear(&host);
}

static void a_delta_alone_that_cannot_be_answered_counts_for_nothing(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, without_ivs);
    assert_int_equal(give_delta_alone(&host, 0, 0, 12), IKL_ERR_CRYPTO);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 0);
    host_clear(&host);
}

static void replay_counters_are_left_alone_unless_that_was_agreed_on(void **state)
{
    static const struct ikl_replay_sync replay = {.delta = 1000};
    static const struct syncing_says says = {.send = 5, .receive = 7, .replay = &replay};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SYNCING_SUITE, true, 0, syncing_after_auth);
    assert_int_equal(ikl_sa_agree_sync(host.sa, IKL_SYNC_MESSAGE_IDS, 0), IKL_OK);
    assert_int_equal(syncing_give(&host, &says), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    assert_true(host_last(&host, EVENT_SYNCED)->synced.replay.delta == 0);
    host_clear(&host);
}

static void without_the_callback(struct ikl_endpoint_config *config)
{
    config->callbacks.synced = NULL;
}

static void a_host_need_not_want_to_know(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, without_the_callback, NULL);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    assert_int_equal(host_info(&host).next_request, 7);
    host_clear(&host);
}

static void it_is_a_sign_of_life_and_its_repetition_is_none(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host_advance(&host, 3000);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    host_advance(&host, 4000);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    assert_int_equal(host_info(&host).last_message, 3000);
    host_advance(&host, 3000 + IDLE - 1);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    host_advance(&host, 3000 + IDLE);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.message_id, 7);
    host_clear(&host);
}

static void the_answer_goes_back_to_where_the_request_came_from(void **state)
{
    static const struct syncing_says says = {.send = 5, .receive = 7};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_path path;
    struct host host;
    size_t len;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    path = *ikl_sa_path(host.sa);
    path.remote.ip[3] = 99;
    len = syncing_seal(&host, &says, datagram);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 0), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_SENT)->path.remote.ip[3], 99);
    assert_int_equal(host_last(&host, EVENT_ADDRESS)->path.remote.ip[3], 99);
    path.remote.ip[3] = 98;
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &path, datagram, len, 0), IKL_OK);
    assert_int_equal(host_last(&host, EVENT_SENT)->path.remote.ip[3], 98);
    assert_int_equal(host_count(&host, EVENT_ADDRESS), 1);
    host_clear(&host);
}

static void an_answer_that_cannot_be_sent_is_lost_like_any_other(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    host.send_result = IKL_ERR_INVALID;
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    assert_int_equal(host_info(&host).counters.send_failures, 1);
    host.send_result = IKL_OK;
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    host_clear(&host);
}

static void without_an_initialisation_vector_nothing_changes(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, without_ivs);
    assert_refused(&host, give(&host, 5, 7), IKL_ERR_CRYPTO);
    assert_int_equal(host_info(&host).next_request, 2);
    assert_int_equal(host_info(&host).next_expected, 0);
    host_clear(&host);
}

static void the_exchange_goes_on_when_the_ike_sa_moves_to_another_endpoint(void **state)
{
    struct ikl_endpoint *other;
    struct host host;
    size_t first;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    other = mover_endpoint(&host, NULL);
    first = host_count(&host, EVENT_SENT);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    host_move(&host, &other);
    assert_true(host_info(&host).may_sync);
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    syncing_assert_sent_again(&host, first);
    assert_int_equal(give(&host, 6, 7), IKL_OK);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    host_clear(&host);
}

static void an_operator_sees_that_it_is_agreed_on_and_was_done(void **state)
{
    struct ikl_event events[16];
    char text[4096];
    struct host host;
    size_t n;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SYNCING_SUITE, true, 0, syncing_after_auth);
    (void)ikl_sa_describe(host.sa, 0, text, sizeof(text));
    assert_null(strstr(text, "Message ID sync"));
    syncing_agree(host.sa);
    (void)ikl_sa_describe(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "\n  Message ID sync     agreed\n"));
    assert_int_equal(give(&host, 5, 7), IKL_OK);
    n = ikl_sa_history(host.sa, events, COUNT_OF(events));
    assert_int_equal(n, 1);
    assert_int_equal(events[0].kind, IKL_EVENT_TAKEN_OVER);
    (void)ikl_sa_history_text(host.sa, 0, text, sizeof(text));
    assert_non_null(strstr(text, "peer taken over"));
    host_clear(&host);
}

TESTS_OF(sync)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_numbers_are_agreed_on_and_lower_ones_refused),
        cmocka_unit_test(the_same_synchronisation_gets_the_same_octets_and_changes_nothing),
        cmocka_unit_test(ten_repetitions_are_answered_at_once_and_then_one_each_100_ms),
        cmocka_unit_test(the_next_synchronisation_has_to_be_higher_than_every_earlier_one),
        cmocka_unit_test(a_message_that_holds_anything_else_is_malformed),
        cmocka_unit_test(a_chain_that_is_not_whole_is_malformed),
        cmocka_unit_test(what_is_not_authenticated_changes_nothing),
        cmocka_unit_test(what_was_not_agreed_on_is_a_request_like_any_other),
        cmocka_unit_test(an_ordinary_request_with_message_id_0_is_answered_as_ever),
        cmocka_unit_test(a_fragment_with_message_id_0_is_taken_as_ever),
        cmocka_unit_test(an_answer_to_nothing_changes_nothing),
        cmocka_unit_test(before_the_peer_is_authenticated_there_is_no_synchronisation),
        cmocka_unit_test(the_host_is_told_by_how_much_to_increment_replay_counters),
        cmocka_unit_test(replay_counters_alone_are_synchronised_in_an_ordinary_request),
        cmocka_unit_test(a_delta_alone_that_cannot_be_answered_counts_for_nothing),
        cmocka_unit_test(replay_counters_are_left_alone_unless_that_was_agreed_on),
        cmocka_unit_test(a_host_need_not_want_to_know),
        cmocka_unit_test(it_is_a_sign_of_life_and_its_repetition_is_none),
        cmocka_unit_test(the_answer_goes_back_to_where_the_request_came_from),
        cmocka_unit_test(an_answer_that_cannot_be_sent_is_lost_like_any_other),
        cmocka_unit_test(without_an_initialisation_vector_nothing_changes),
        cmocka_unit_test(the_exchange_goes_on_when_the_ike_sa_moves_to_another_endpoint),
        cmocka_unit_test(an_operator_sees_that_it_is_agreed_on_and_was_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
