/* SPDX-License-Identifier: ISC */
/* What liveness does beside the periodic check: on demand, evidence that is pulled, hints, reachability, exhaustion,
 * jitter. */
#include "sa/sa.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

static void on_demand(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_ON_DEMAND;
}

static void on_demand_probes_only_when_we_sent_and_heard_nothing(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, on_demand);
    pair_run(&pair, 60000, 0);
    assert_int_equal(host_counters(&pair.a).probes, 0);
    ikl_sa_sent_esp(pair.a.sa, 61000);
    pair_run(&pair, 64999, 0);
    assert_int_equal(host_counters(&pair.a).probes, 0);
    pair_run(&pair, 65000, 0); /* it looks once every idle interval */
    assert_int_equal(host_counters(&pair.a).probes, 1);
    assert_int_equal(host_count(&pair.a, EVENT_ALIVE), 1);
    /* the answer came after what was sent: nothing more until something is sent again */
    pair_run(&pair, 200000, 0);
    assert_int_equal(host_counters(&pair.a).probes, 1);
    pair_clear(&pair);
}

static void on_demand_traffic_that_is_answered_is_not_probed(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, on_demand);
    for (ikl_time at = 1000; at < 60000; at += 1000) {
        pair_run(&pair, at, 0);
        ikl_sa_sent_esp(pair.a.sa, at);
        ikl_child_heard(pair.a.children[0], at);
    }
    assert_int_equal(host_counters(&pair.a).probes, 0);
    pair_clear(&pair);
}

static void on_demand_each_ms(struct ikl_sa_config *config)
{
    on_demand(config);
    config->idle = 1;
}

static void on_demand_it_looks_as_often_as_the_idle_interval_says(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, on_demand_each_ms);
    for (ikl_time now = 1; now < 10; now++) {
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), now);
        host_advance(&host, now);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    host_clear(&host);
}

static void off_never_probes_but_requests_still_time_out(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    test_sa_config(&config, &keys, suite, true, 0);
    config.liveness = IKL_LIVENESS_OFF;
    assert_int_equal(ikl_sa_new(&host.sa, host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    while (ikl_endpoint_next_deadline(host.endpoint) != IKL_NEVER) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    }
    assert_int_equal(host.now, 319000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_TIMEOUT);
    host_clear(&host);
}

/* The host that answers `last_esp`. */
static struct {
    ikl_time heard, sent;
    unsigned asked;
} pulled;

static void last_esp(void *user, struct ikl_sa *sa, struct ikl_child *child, ikl_time *heard, ikl_time *sent)
{
    (void)user;
    (void)sa;
    (void)child;
    assert_int_equal(*heard, IKL_NEVER);
    assert_int_equal(*sent, IKL_NEVER);
    pulled.asked++;
    if (pulled.heard != IKL_NEVER) {
        *heard = pulled.heard;
    }
    if (pulled.sent != IKL_NEVER) {
        *sent = pulled.sent;
    }
}

static void pull(struct ikl_endpoint_config *config)
{
    config->callbacks.last_esp = last_esp;
}

static void evidence_is_pulled_just_before_a_liveness_check_would_go_out(void **state)
{
    struct pair pair;

    (void)state;
    pulled.heard = 4000;
    pulled.sent = IKL_NEVER;
    pulled.asked = 0;
    pair_init(&pair, suite, 1, pull, NULL);
    ikl_sa_close(pair.b.sa, 0);
    host_advance(&pair.a, 4999);
    assert_int_equal(pulled.asked, 0);
    host_advance(&pair.a, 5000);
    assert_int_equal(pulled.asked, 1);
    assert_int_equal(host_counters(&pair.a).probes, 0);
    assert_int_equal(ikl_child_last_heard(pair.a.children[0]), 4000);
    assert_int_equal(ikl_endpoint_next_deadline(pair.a.endpoint), 9000);
    host_advance(&pair.a, 9000); /* nothing newer */
    assert_int_equal(pulled.asked, 2);
    assert_int_equal(host_counters(&pair.a).probes, 1);
    assert_int_equal(host_info(&pair.a).last_evidence, 4000);
    pair_clear(&pair);
}

static void what_was_sent_is_pulled_too_for_on_demand(void **state)
{
    struct pair pair;

    (void)state;
    pulled.heard = IKL_NEVER;
    pulled.sent = IKL_NEVER;
    pair_init(&pair, suite, 1, pull, on_demand);
    ikl_sa_close(pair.b.sa, 0);
    host_advance(&pair.a, 5000);
    assert_int_equal(host_counters(&pair.a).probes, 0);
    pulled.sent = 7000;
    host_advance(&pair.a, 10000);
    assert_int_equal(host_counters(&pair.a).probes, 1);
    pair_clear(&pair);
}

static void ike_alive_and_data_silent_are_told_apart(void **state)
{
    char text[4096];
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    pair_run(&pair, 2000, 0);
    ikl_child_heard(pair.a.children[0], 2000);
    pair_run(&pair, 62000, 0);
    assert_int_equal(host_info(&pair.a).last_message, 60000);
    assert_int_equal(ikl_child_last_heard(pair.a.children[0]), 2000);
    (void)ikl_sa_describe(pair.a.sa, 62000, text, sizeof(text));
    assert_non_null(strstr(text, "last IKE message    2.000 s ago"));
    assert_non_null(strstr(text, "last data           60.000 s ago"));
    pair_clear(&pair);
}

static void a_peer_is_suspect_from_the_first_retransmission_to_the_answer(void **state)
{
    const struct event *suspect, *up;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    ikl_sa_close(pair.b.sa, 0);
    pair_run(&pair, 5999, 0);
    assert_int_equal(host_info(&pair.a).reachability, IKL_REACHABILITY_UP);
    assert_int_equal(host_count(&pair.a, EVENT_REACHABILITY), 0);
    pair_run(&pair, 7000, 0);
    suspect = host_event(&pair.a, EVENT_REACHABILITY, 0);
    assert_int_equal(suspect->reachability.reachability, IKL_REACHABILITY_SUSPECT);
    assert_int_equal(suspect->reachability.generation, 1);
    assert_int_equal(suspect->reachability.at, 6000);
    assert_int_equal(host_counters(&pair.a).suspects, 1);
    assert_int_equal(peer_send(&pair.a, suite, &(struct peer_message){.response = true}), IKL_OK);
    up = host_event(&pair.a, EVENT_REACHABILITY, 1);
    assert_int_equal(up->reachability.reachability, IKL_REACHABILITY_UP);
    assert_int_equal(up->reachability.generation, 2);
    assert_int_equal(host_info(&pair.a).generation, 2);
    pair_clear(&pair);
}

static void a_request_of_the_peers_does_not_end_suspicion(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    ikl_sa_close(pair.b.sa, 0);
    pair_run(&pair, 7000, 0);
    assert_int_equal(peer_send(&pair.a, suite, &(struct peer_message){0}), IKL_OK);
    assert_int_equal(host_info(&pair.a).reachability, IKL_REACHABILITY_SUSPECT);
    pair_clear(&pair);
}

static void third(struct ikl_sa_config *config)
{
    config->suspect_after = 3;
}

static void never(struct ikl_sa_config *config)
{
    config->suspect_after = 255;
}

static void which_retransmission_makes_suspect_is_configured(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, third);
    pair.cut = true;
    pair_run(&pair, 11999, 0);
    assert_int_equal(host_count(&pair.a, EVENT_REACHABILITY), 0);
    pair_run(&pair, 12000, 0);
    assert_int_equal(host_count(&pair.a, EVENT_REACHABILITY), 1);
    pair_clear(&pair);
    pair_init(&pair, suite, 1, NULL, never);
    pair.cut = true;
    pair_run(&pair, 323999, 0);
    assert_int_equal(host_count(&pair.a, EVENT_REACHABILITY), 0);
    pair_clear(&pair);
}

static void down_is_told_once_before_the_child_sas(void **state)
{
    const struct event *down;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 2, NULL, NULL);
    pair.cut = true;
    pair_run(&pair, 400000, 0);
    assert_int_equal(host_count(&pair.a, EVENT_REACHABILITY), 2);
    down = host_event(&pair.a, EVENT_REACHABILITY, 1);
    assert_int_equal(down->reachability.reachability, IKL_REACHABILITY_DOWN);
    assert_int_equal(down->reachability.generation, 2);
    assert_true(down < host_event(&pair.a, EVENT_CHILD_DOWN, 0));
    pair_clear(&pair);
}

/* An unprotected notification with the SPIs of the IKE SA, as a peer sends it that has lost its state. */
static int give_notification(struct host *host, uint16_t type, uint8_t flags, uint32_t message_id)
{
    uint8_t body[8], datagram[128];
    struct ikl_writer notify = ikl_writer(body, sizeof(body)), writer = ikl_writer(datagram, sizeof(datagram));
    struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY};
    struct ikl_header header = {.spi_i = ikl_sa_spi_i(host->sa),
                                .spi_r = ikl_sa_spi_r(host->sa),
                                .next_payload = IKL_PAYLOAD_NOTIFY,
                                .exchange_type = IKL_INFORMATIONAL,
                                .flags = flags,
                                .message_id = message_id,
                                .length = IKL_HEADER_LEN + 8};

    assert_int_equal(ikl_notify_write(&notify, &(struct ikl_notify){.type = type}), IKL_OK);
    payload.body = (struct ikl_octets){body, notify.len};
    ikl_header_write(&writer, &header);
    assert_int_equal(ikl_chain_write(&writer, &payload, 1), IKL_OK);
    return peer_deliver(host, datagram, writer.len);
}

static void rfc_18_an_unprotected_invalid_ike_spi_causes_one_liveness_check_and_nothing_else(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    pair_run(&pair, 1000, 0);
    assert_int_equal(give_notification(&pair.a, IKL_NOTIFY_INVALID_IKE_SPI, IKL_FLAG_RESPONSE, 0), IKL_ERR_UNPROTECTED);
    assert_int_equal(host_counters(&pair.a).probes, 1);
    assert_int_equal(host_counters(&pair.a).hints, 1);
    /* a second one finds the check outstanding */
    assert_int_equal(give_notification(&pair.a, IKL_NOTIFY_INVALID_SPI, IKL_FLAG_RESPONSE, 0), IKL_ERR_UNPROTECTED);
    assert_int_equal(host_counters(&pair.a).probes, 1);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 1);
    pair_run(&pair, 2000, 0);
    assert_int_equal(host_count(&pair.a, EVENT_ALIVE), 1);
    assert_int_equal(ikl_sa_state(pair.a.sa), IKL_SA_ESTABLISHED);
    pair_clear(&pair);
}

static void a_hint_uses_no_attempt_of_an_outstanding_request(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    pair.cut = true;
    pair_run(&pair, 5500, 0);
    for (int i = 0; i < 100; i++) {
        (void)give_notification(&pair.a, IKL_NOTIFY_INVALID_IKE_SPI, IKL_FLAG_RESPONSE, 0);
        assert_int_equal(ikl_sa_hint(pair.a.sa, IKL_HINT_ICMP, 5500), IKL_ERR_BUSY);
    }
    pair_run(&pair, 323999, 0);
    assert_int_equal(ikl_sa_state(pair.a.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 10);
    pair_run(&pair, 324000, 0);
    assert_int_equal(host_event(&pair.a, EVENT_DOWN, 0)->at, 324000);
    pair_clear(&pair);
}

static void one_a_minute(struct ikl_endpoint_config *config)
{
    config->hints_per_minute = 1;
}

static void rfc_14_liveness_checks_that_hints_cause_are_limited_in_rate(void **state)
{
    struct pair pair;
    unsigned probes = 0;

    (void)state;
    pair_init(&pair, suite, 1, one_a_minute, NULL);
    for (ikl_time at = 0; at < 100; at++) {
        pair_run(&pair, at, 0);
        probes += ikl_sa_hint(pair.a.sa, IKL_HINT_UNREACHABLE, at) == IKL_OK ? 1 : 0;
        pair_deliver(&pair);
    }
    assert_int_equal(probes, 10); /* the burst */
    assert_int_equal(host_counters(&pair.a).hints_limited, 90);
    assert_int_equal(ikl_sa_hint(pair.a.sa, IKL_HINT_ICMP, 100), IKL_ERR_RATE);
    pair_run(&pair, 59999, 0);
    assert_int_equal(ikl_sa_hint(pair.a.sa, IKL_HINT_ICMP, 59999), IKL_ERR_RATE);
    assert_int_equal(ikl_sa_hint(pair.a.sa, IKL_HINT_ICMP, 60000), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(ikl_sa_hint(pair.a.sa, IKL_HINT_ICMP, 60000), IKL_ERR_RATE);
    pair_clear(&pair);
}

static void a_message_with_both_a_notification_and_a_protected_payload_is_no_hint(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM], mixed[HOST_MAX_DATAGRAM];
    struct pair pair;
    size_t len;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    len = peer_seal(&(struct peer_message){0}, suite, datagram);
    memcpy(mixed, datagram, IKL_HEADER_LEN);
    memcpy(mixed + IKL_HEADER_LEN, (const uint8_t[]){IKL_PAYLOAD_SK, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_INVALID_IKE_SPI}, 8);
    memcpy(mixed + IKL_HEADER_LEN + 8, datagram + IKL_HEADER_LEN, len - IKL_HEADER_LEN);
    mixed[16] = IKL_PAYLOAD_NOTIFY;
    mixed[27] = (uint8_t)(len + 8);
    assert_int_equal(peer_deliver(&pair.a, mixed, len + 8), IKL_ERR_FORGED);
    assert_int_equal(host_counters(&pair.a).hints, 0);
    pair_clear(&pair);
}

/* An unprotected INFORMATIONAL of one notification and what follows it. */
static int give_notification_and(struct host *host, uint8_t next, const uint8_t *more, size_t len)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_writer writer = ikl_writer(datagram, sizeof(datagram));
    struct ikl_header header = {.spi_i = ikl_sa_spi_i(host->sa),
                                .spi_r = ikl_sa_spi_r(host->sa),
                                .next_payload = IKL_PAYLOAD_NOTIFY,
                                .exchange_type = IKL_INFORMATIONAL,
                                .length = (uint32_t)(IKL_HEADER_LEN + 8 + len)};

    ikl_header_write(&writer, &header);
    ikl_write_octets(&writer, (const uint8_t[]){next, 0, 0, 8, 0, 0, 0, IKL_NOTIFY_INVALID_IKE_SPI}, 8);
    ikl_write_octets(&writer, more, len);
    return peer_deliver(host, datagram, writer.len);
}

static void a_notification_in_whatever_chain_is_a_hint_only_if_the_chain_is_whole_and_unprotected(void **state)
{
    static const uint8_t vendor_id[] = {0, 0, 0, 6, 'i', 'd'}, cut_off[] = {0, 0, 0, 7, 'i', 'd'};
    static const uint8_t fragment[] = {0, 0, 0, 9, 0, 1, 0, 2, 0};
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    assert_int_not_equal(give_notification_and(&pair.a, IKL_PAYLOAD_VENDOR_ID, cut_off, sizeof(cut_off)), IKL_OK);
    assert_int_not_equal(give_notification_and(&pair.a, IKL_PAYLOAD_SKF, fragment, sizeof(fragment)), IKL_OK);
    assert_int_equal(host_counters(&pair.a).hints, 0);
    assert_int_equal(give_notification_and(&pair.a, IKL_PAYLOAD_VENDOR_ID, vendor_id, sizeof(vendor_id)),
                     IKL_ERR_UNPROTECTED);
    assert_int_equal(host_counters(&pair.a).hints, 1);
    assert_int_equal(host_counters(&pair.a).probes, 1);
    pair_clear(&pair);
}

static void one_probe_a_second(struct ikl_endpoint_config *config)
{
    config->probes_per_second = 1;
}

static void hints_cause_no_more_liveness_checks_than_the_pace_of_the_endpoint_allows(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, one_probe_a_second, NULL);
    assert_int_equal(ikl_sa_hint(pair.a.sa, IKL_HINT_ICMP, 0), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(ikl_sa_hint(pair.a.sa, IKL_HINT_ICMP, 999), IKL_ERR_RATE);
    assert_int_equal(ikl_sa_hint(pair.a.sa, IKL_HINT_ICMP, 1000), IKL_OK);
    assert_int_equal(host_counters(&pair.a).hints_limited, 1);
    assert_int_equal(host_counters(&pair.a).probes, 2);
    pair_clear(&pair);
}

static void near_the_end(struct ikl_sa_config *config)
{
    config->ids.next_request = config->ids.unanswered = IKL_MESSAGE_ID_LAST - 3;
    config->ids.next_expected = IKL_MESSAGE_ID_LAST - 3;
}

static void margin_of_3(struct ikl_endpoint_config *config)
{
    config->exhaustion_margin = 3;
}

static void rfc_06_the_end_of_message_ids_is_told_before_and_then_the_ike_sa_closes(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, margin_of_3, near_the_end);
    ikl_sa_close(pair.b.sa, 0);
    for (uint32_t n = 0; n < 4; n++) {
        assert_int_equal(host_count(&pair.a, EVENT_EXHAUSTION), n >= 1 ? 1 : 0); /* told when 3 were left */
        assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_OK);
        assert_int_equal(peer_send(&pair.a, suite,
                                   &(struct peer_message){.response = true, .message_id = IKL_MESSAGE_ID_LAST - 3 + n}),
                         IKL_OK);
    }
    assert_int_equal(host_event(&pair.a, EVENT_EXHAUSTION, 0)->exhaustion, IKL_EXHAUSTION_MESSAGE_IDS);
    assert_int_equal(ikl_sa_state(pair.a.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_ERR_EXHAUSTED);
    assert_int_equal(ikl_sa_request(pair.a.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_ERR_EXHAUSTED);
    host_advance(&pair.a, 5000);
    assert_int_equal(host_event(&pair.a, EVENT_DOWN, 0)->down.reason, IKL_DOWN_EXHAUSTED);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 4);
    pair_clear(&pair);
}

static void rfc_06_the_end_of_the_peers_message_ids_is_told_too(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, margin_of_3, near_the_end);
    for (uint32_t n = 0; n < 4; n++) {
        struct peer_message request = {.message_id = IKL_MESSAGE_ID_LAST - 3 + n};

        assert_int_equal(peer_send(&pair.a, suite, &request), IKL_OK);
    }
    assert_int_equal(host_count(&pair.a, EVENT_EXHAUSTION), 1);
    assert_int_equal(host_event(&pair.a, EVENT_EXHAUSTION, 0)->exhaustion, IKL_EXHAUSTION_PEER_MESSAGE_IDS);
    assert_int_equal(peer_send(&pair.a, suite, &(struct peer_message){.message_id = IKL_MESSAGE_ID_NONE}),
                     IKL_ERR_WINDOW);
    pair_clear(&pair);
}

static void what_has_run_out_is_not_told_again_with_what_does_later(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, margin_of_3, near_the_end);
    assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_OK);
    assert_int_equal(host_count(&pair.a, EVENT_EXHAUSTION), 1);
    assert_int_equal(peer_send(&pair.a, suite, &(struct peer_message){.message_id = IKL_MESSAGE_ID_LAST - 3}), IKL_OK);
    assert_int_equal(host_count(&pair.a, EVENT_EXHAUSTION), 2);
    assert_int_equal(host_event(&pair.a, EVENT_EXHAUSTION, 1)->exhaustion, IKL_EXHAUSTION_PEER_MESSAGE_IDS);
    pair_clear(&pair);
}

static void an_ike_sa_that_ends_is_not_told_to_run_out_of_message_ids(void **state)
{
    static const uint8_t cut_off[] = {0, 0, 0, 7, IKL_PROTOCOL_ESP, 4, 0};
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 0, margin_of_3, near_the_end);
    assert_int_equal(peer_send(&pair.a, suite,
                               &(struct peer_message){.message_id = IKL_MESSAGE_ID_LAST - 3,
                                                      .first_payload = IKL_PAYLOAD_DELETE,
                                                      .plaintext = {cut_off, sizeof(cut_off)}}),
                     IKL_OK);
    assert_int_equal(host_event(&pair.a, EVENT_DOWN, 0)->down.reason, IKL_DOWN_PROTOCOL);
    assert_int_equal(host_count(&pair.a, EVENT_EXHAUSTION), 0);
    pair_clear(&pair);
}

static void rfc_41_the_end_of_ivs_is_told_before_and_then_the_ike_sa_closes(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, margin_of_3);
    host_sa(&host, suite, true, 1, NULL);
    host.sa->iv.next = host.sa->iv_end - 4;
    for (uint32_t n = 0; n < 4; n++) {
        assert_int_equal(host_count(&host, EVENT_EXHAUSTION), n >= 1 ? 1 : 0); /* told when 3 were left */
        assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true, .message_id = n}), IKL_OK);
    }
    assert_int_equal(host_event(&host, EVENT_EXHAUSTION, 0)->exhaustion, IKL_EXHAUSTION_IVS);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_ERR_EXHAUSTED);
    host_advance(&host, 5000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_EXHAUSTED);
    assert_int_equal(host_count(&host, EVENT_SENT), 4);
    host_clear(&host);
}

/* Of a response that the host gives later, too. */
static void rfc_41_responses_use_up_ivs_and_the_end_of_those_is_told(void **state)
{
    static const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID};
    struct host host;

    (void)state;
    for (int later = 0; later < 2; later++) {
        struct peer_message request = {.exchange_type = later ? IKL_CREATE_CHILD_SA : IKL_INFORMATIONAL};

        host_init(&host, "a", 0, margin_of_3);
        host_sa(&host, suite, true, 1, NULL);
        host.sa->iv.next = host.sa->iv_end - 4;
        assert_int_equal(peer_send(&host, suite, &request), IKL_OK);
        if (later) {
            assert_int_equal(host_count(&host, EVENT_EXHAUSTION), 0);
            assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_OK);
        }
        assert_int_equal(host_count(&host, EVENT_EXHAUSTION), 1);
        assert_int_equal(host_event(&host, EVENT_EXHAUSTION, 0)->exhaustion, IKL_EXHAUSTION_IVS);
        host_clear(&host);
    }
}

static struct ikl_schedule jittered;

static void jitter(struct ikl_sa_config *config)
{
    jittered = *ikl_schedule_default();
    jittered.jitter = 500;
    config->schedule = &jittered;
}

static void jitter_only_shortens_and_differs_from_wait_to_wait(void **state)
{
    ikl_time total = 0;
    bool differs = false;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, jitter);
    pair.a.random = 77;
    pair.cut = true;
    pair_run(&pair, 400000, 0);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), 10);
    for (size_t i = 0; i < 10; i++) {
        const struct event *end = i < 9 ? host_event(&pair.a, EVENT_SENT, i + 1) : host_event(&pair.a, EVENT_DOWN, 0);
        uint32_t full = ikl_schedule_wait(&jittered, (uint32_t)i);
        ikl_time wait = end->at - host_event(&pair.a, EVENT_SENT, i)->at;

        assert_in_range(wait, full / 2, full);
        assert_int_equal(host_event(&pair.a, EVENT_ATTEMPT, i)->attempt.wait, wait);
        differs = differs || wait != full;
        total += wait;
    }
    assert_true(differs);
    assert_true(total <= 319000);
    pair_clear(&pair);
}

TESTS_OF(policies)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_demand_probes_only_when_we_sent_and_heard_nothing),
        cmocka_unit_test(on_demand_traffic_that_is_answered_is_not_probed),
        cmocka_unit_test(on_demand_it_looks_as_often_as_the_idle_interval_says),
        cmocka_unit_test(off_never_probes_but_requests_still_time_out),
        cmocka_unit_test(evidence_is_pulled_just_before_a_liveness_check_would_go_out),
        cmocka_unit_test(what_was_sent_is_pulled_too_for_on_demand),
        cmocka_unit_test(ike_alive_and_data_silent_are_told_apart),
        cmocka_unit_test(a_peer_is_suspect_from_the_first_retransmission_to_the_answer),
        cmocka_unit_test(a_request_of_the_peers_does_not_end_suspicion),
        cmocka_unit_test(which_retransmission_makes_suspect_is_configured),
        cmocka_unit_test(down_is_told_once_before_the_child_sas),
        cmocka_unit_test(rfc_18_an_unprotected_invalid_ike_spi_causes_one_liveness_check_and_nothing_else),
        cmocka_unit_test(a_hint_uses_no_attempt_of_an_outstanding_request),
        cmocka_unit_test(rfc_14_liveness_checks_that_hints_cause_are_limited_in_rate),
        cmocka_unit_test(a_message_with_both_a_notification_and_a_protected_payload_is_no_hint),
        cmocka_unit_test(a_notification_in_whatever_chain_is_a_hint_only_if_the_chain_is_whole_and_unprotected),
        cmocka_unit_test(hints_cause_no_more_liveness_checks_than_the_pace_of_the_endpoint_allows),
        cmocka_unit_test(rfc_06_the_end_of_message_ids_is_told_before_and_then_the_ike_sa_closes),
        cmocka_unit_test(rfc_06_the_end_of_the_peers_message_ids_is_told_too),
        cmocka_unit_test(rfc_41_the_end_of_ivs_is_told_before_and_then_the_ike_sa_closes),
        cmocka_unit_test(rfc_41_responses_use_up_ivs_and_the_end_of_those_is_told),
        cmocka_unit_test(jitter_only_shortens_and_differs_from_wait_to_wait),
        cmocka_unit_test(what_has_run_out_is_not_told_again_with_what_does_later),
        cmocka_unit_test(an_ike_sa_that_ends_is_not_told_to_run_out_of_message_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
