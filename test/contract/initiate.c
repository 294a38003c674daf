/* SPDX-License-Identifier: ISC */
/* Promises about the way from the first packet to ESTABLISHED. */
#include "support/beginning.h"
#include "support/drain.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = ASKING_SUITE;

enum { TRIES = 10, HEADER = IKL_HEADER_LEN };

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_begin(host, NULL);
}

static void assert_init_request(const struct event *sent, uint8_t mark)
{
    struct ikl_header header;
    struct ikl_chain chain;
    struct ikl_payload payload;

    assert_int_equal(ikl_header_read(&header, sent->datagram, sent->len), IKL_OK);
    assert_int_equal(header.spi_i, ikl_sa_spi_i(sent->sa));
    assert_int_equal(header.spi_r, 0);
    assert_int_equal(header.exchange_type, IKL_IKE_SA_INIT);
    assert_int_equal(header.flags, IKL_FLAG_INITIATOR);
    assert_int_equal(header.message_id, 0);
    chain = ikl_chain(header.next_payload, (struct ikl_octets){sent->datagram + HEADER, sent->len - HEADER});
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
    assert_int_equal(payload.type, IKL_PAYLOAD_VENDOR_ID);
    assert_int_equal(payload.body.len, ASKING_LEN);
    assert_int_equal(payload.body.data[0], mark);
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_ERR_END);
}

static void the_first_request_is_unprotected_and_names_no_responder(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_CONNECTING);
    assert_int_equal(ikl_sa_spi_r(host.sa), 0);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    (void)begin(&host, 7);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_init_request(host_event(&host, EVENT_SENT, 0), 7);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.exchange_type, IKL_IKE_SA_INIT);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.message_id, 0);
    assert_int_equal(host_info(&host).outstanding_exchange_type, IKL_IKE_SA_INIT);
    host_clear(&host);
}

static void it_is_retransmitted_until_it_times_out(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)begin(&host, 7);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), TRIES);
    for (size_t i = 1; i < TRIES; i++) {
        const struct event *first = host_event(&host, EVENT_SENT, 0), *again = host_event(&host, EVENT_SENT, i);

        assert_int_equal(again->len, first->len);
        assert_memory_equal(again->datagram, first->datagram, first->len);
    }
    assert_int_equal(outcome_of(&host, 7)->kind, IKL_OUTCOME_TIMED_OUT);
    assert_int_equal(outcome_of(&host, 7)->sends, TRIES);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.at, 319000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.exchange_type, IKL_IKE_SA_INIT);
    assert_int_equal(host_count(&host, EVENT_ALIVE), 0);
    host_clear(&host);
}

/* The host looks at it and does nothing, so nothing happens. */
static void a_response_is_only_offered_and_retransmission_goes_on(void **state)
{
    static const uint8_t body[20] = {1, 2, 3};
    const struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_NONCE, .body = {body, sizeof(body)}},
                                           {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, 3}}};
    struct beginning_message message = {.payloads = payloads, .n = 2, .spi_r = 0x77};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = beginning_write(&message, datagram);
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)begin(&host, 7);
    for (size_t i = 0; i < 3; i++) {
        const struct event *offered;

        host.now = 100 + i;
        assert_int_equal(peer_deliver(&host, datagram, len), IKL_OK);
        offered = host_event(&host, EVENT_INIT_RESPONSE, i);
        assert_int_equal(offered->exchange_type, IKL_IKE_SA_INIT);
        assert_int_equal(offered->message_id, 0);
        assert_int_equal(offered->first_payload, IKL_PAYLOAD_NONCE);
        assert_int_equal(offered->len, len);
        assert_memory_equal(offered->datagram, datagram, len);
        assert_memory_equal(&offered->path, ikl_sa_path(host.sa), sizeof(struct ikl_path));
    }
    assert_int_equal(host_counters(&host).offered, 3);
    assert_int_equal(host_counters(&host).accepted, 0);
    assert_int_equal(host_info(&host).outstanding_deadline, 1000);
    assert_int_equal(host_info(&host).last_message, 0); /* no sign of life */
    assert_int_equal(ikl_sa_spi_r(host.sa), 0);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), TRIES);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.at, 319000);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.last_evidence, 0);
    host_clear(&host);
}

static struct ikl_init_response seen;

static void look_at(void *user, struct ikl_sa *sa, const struct ikl_init_response *response)
{
    struct ikl_chain chain = ikl_chain(response->header.next_payload, response->payloads);
    struct ikl_payload payload;

    (void)sa;
    seen = *response;
    assert_int_equal(response->request.len, host_last(user, EVENT_SENT)->len);
    assert_memory_equal(response->request.data, host_last(user, EVENT_SENT)->datagram, response->request.len);
    assert_int_equal(ikl_chain_next(&chain, &payload), IKL_OK);
    assert_int_equal(payload.type, IKL_PAYLOAD_NONCE);
    assert_ptr_equal(response->payloads.data, response->datagram.data + HEADER);
    assert_int_equal(response->payloads.len, response->datagram.len - HEADER);
}

static void with_look_at(struct ikl_endpoint_config *config)
{
    config->callbacks.init_response = look_at;
}

static void follows(struct ikl_sa_config *config)
{
    config->follow_peer = true;
}

/* Anybody may have made it, so the path stays, whatever the host allows authenticated messages. */
static void a_response_is_offered_with_the_request_and_where_it_came_from(void **state)
{
    static const uint8_t body[500];
    const struct ikl_payload longer = {.type = IKL_PAYLOAD_NONCE, .body = {body, sizeof(body)}};
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = beginning_write(&(struct beginning_message){.spi_r = 0x99}, datagram);
    struct ikl_path elsewhere;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_look_at);
    host_begin(&host, follows);
    (void)begin(&host, 7);
    elsewhere = *ikl_sa_path(host.sa);
    elsewhere.remote.port = 4500;
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &elsewhere, datagram, len, 0), IKL_OK);
    assert_int_equal(ikl_sa_restart(host.sa, &longer, 1, 0), IKL_OK);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &elsewhere, datagram, len, 0), IKL_OK);
    assert_int_equal(seen.header.spi_r, 0x99);
    assert_ptr_equal(seen.path, &elsewhere);
    assert_false(ikl_path_same(ikl_sa_path(host.sa), &elsewhere));
    assert_int_equal(host_count(&host, EVENT_ADDRESS), 0);
    host_clear(&host);
}

/* What the tests' host does with an IKE_SA_INIT response. */
static int restart_once(struct host *host, struct event *event)
{
    static const uint8_t body[ASKING_LEN] = {0xcc};
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};

    if (event->kind == EVENT_INIT_RESPONSE) {
        assert_int_equal(ikl_sa_restart(host->sa, &payload, 1, host->now), IKL_OK);
    }
    return IKL_OK;
}

/* As after COOKIE or INVALID_KE_PAYLOAD. */
static void a_restart_replaces_the_request_with_the_same_spi_and_message_id_0(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)begin(&host, 7);
    host_advance(&host, 1000);
    host.now = 2500;
    host.on_event = restart_once;
    assert_int_equal(beginning_hear(&host, &(struct beginning_message){0}), IKL_OK);
    host.on_event = NULL;
    assert_int_equal(host_count(&host, EVENT_SENT), 3); /* at once */
    assert_init_request(host_event(&host, EVENT_SENT, 1), 7);
    assert_init_request(host_event(&host, EVENT_SENT, 2), 0xcc);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 2)->attempt.retransmission, 0);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 2)->attempt.wait, 1000);
    assert_int_equal(host_info(&host).outstanding_deadline, 3500); /* its schedule from the beginning */
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 0);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 2 + TRIES);
    for (size_t i = 2; i < 2 + TRIES; i++) {
        assert_memory_equal(host_event(&host, EVENT_SENT, i)->datagram, host_event(&host, EVENT_SENT, 2)->datagram,
                            host_event(&host, EVENT_SENT, 2)->len);
    }
    assert_int_equal(outcome_of(&host, 7)->kind, IKL_OUTCOME_TIMED_OUT); /* of the one request that there was */
    assert_int_equal(outcome_of(&host, 7)->sends, TRIES);
    assert_int_equal(outcome_of(&host, 7)->first_sent, 2500);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static void a_request_can_be_restarted_again_and_again(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)begin(&host, 7);
    host.on_event = restart_once;
    for (size_t i = 0; i < 200; i++) {
        assert_int_equal(beginning_hear(&host, &(struct beginning_message){0}), IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 201);
    host_clear(&host);
}

static int install_and_authenticate(struct host *host, struct event *event)
{
    if (event->kind == EVENT_INIT_RESPONSE) {
        assert_int_equal(beginning_install(host), IKL_OK);
        assert_int_equal(asking_try(host, &(struct asking){.mark = 8, .exchange_type = IKL_IKE_AUTH}, NULL), IKL_OK);
    }
    return IKL_OK;
}

static void one_that_authenticates(struct host *host)
{
    one_ike_sa(host);
    (void)begin(host, 7);
    host_advance(host, 1000);
    host->now = 1200;
    host->on_event = install_and_authenticate;
    assert_int_equal(beginning_hear(host, &(struct beginning_message){0}), IKL_OK);
    host->on_event = NULL;
}

static void with_keys_the_request_is_answered_and_everything_is_protected(void **state)
{
    uint8_t plaintext[HOST_MAX_DATAGRAM];
    struct ikl_opened opened;
    struct ikl_event events[16];
    struct host host;
    size_t n;

    (void)state;
    one_that_authenticates(&host);
    assert_int_equal(outcome_of(&host, 7)->kind, IKL_OUTCOME_ANSWERED);
    assert_int_equal(outcome_of(&host, 7)->exchange_type, IKL_IKE_SA_INIT);
    assert_int_equal(outcome_of(&host, 7)->message_id, 0);
    assert_int_equal(outcome_of(&host, 7)->sends, 2);
    assert_int_equal(outcome_of(&host, 7)->first_sent, 0);
    assert_int_equal(host_count(&host, EVENT_ALIVE), 0); /* nothing was authenticated yet */
    assert_int_equal(host_info(&host).counters.answered, 1);
    assert_int_equal(host_counters(&host).answered, 1);
    n = ikl_sa_history(host.sa, events, COUNT_OF(events));
    assert_int_equal(events[n - 2].kind, IKL_EVENT_ANSWERED);
    assert_int_equal(events[n - 2].count, 2);
    assert_int_not_equal(ikl_sa_spi_r(host.sa), 0);
    opened = peer_open(host_event(&host, EVENT_SENT, 2), suite, plaintext);
    assert_int_equal(opened.header.exchange_type, IKL_IKE_AUTH);
    assert_int_equal(opened.header.message_id, 1);
    assert_int_equal(opened.header.spi_i, ikl_sa_spi_i(host.sa));
    assert_int_equal(opened.header.spi_r, ikl_sa_spi_r(host.sa));
    host_advance(&host, 2200);
    assert_int_equal(asked(&host, 3), 8); /* that is what is retransmitted now */
    host_clear(&host);
}

static int authenticate(struct host *host, uint32_t message_id)
{
    return peer_send(host, suite,
                     &(struct peer_message){.response = true, .exchange_type = IKL_IKE_AUTH, .message_id = message_id});
}

/* No liveness check before, however long it takes; then the idle interval begins. */
static void once_established_the_idle_interval_begins(void **state)
{
    struct host host;

    (void)state;
    one_that_authenticates(&host);
    host.now = 2000;
    assert_int_equal(authenticate(&host, 1), IKL_OK);
    assert_int_equal(outcome_of(&host, 8)->kind, IKL_OUTCOME_ANSWERED);
    host_advance(&host, 60000);
    assert_int_equal(host_info(&host).counters.probes, 0);
    assert_int_equal(host_info(&host).idle_deadline, IKL_NEVER);
    assert_int_equal(ikl_sa_probe(host.sa, 60000), IKL_ERR_STATE);
    host_forget(&host);
    assert_int_equal(ikl_sa_established(host.sa, 60500), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_STATE), 1);
    assert_int_equal(host_event(&host, EVENT_STATE, 0)->state, IKL_SA_ESTABLISHED);
    assert_int_equal(host_info(&host).established, 60500);
    assert_int_equal(host_info(&host).last_evidence, 60500);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 65500);
    host_advance(&host, 65500);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.message_id, 2);
    assert_true(host_event(&host, EVENT_ATTEMPT, 0)->attempt.liveness);
    assert_int_equal(answer(&host, 2), IKL_OK);
    host_clear(&host);
}

static void a_request_after_the_keys_times_out_like_any_other(void **state)
{
    struct host host;

    (void)state;
    one_that_authenticates(&host);
    host_run_to_the_end(&host);
    assert_int_equal(outcome_of(&host, 8)->kind, IKL_OUTCOME_TIMED_OUT);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.exchange_type, IKL_IKE_AUTH);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.at, 1200 + 319000);
    assert_int_equal(host_count(&host, EVENT_REACHABILITY), 1); /* DOWN: nothing was up, so nothing was suspect */
    host_clear(&host);
}

/* EAP: several IKE_AUTH exchanges, one after another, and more to come than fits the window. */
static void requests_are_queued_while_connecting_too(void **state)
{
    struct host host;

    (void)state;
    one_that_authenticates(&host);
    for (uint8_t mark = 9; mark < 12; mark++) {
        assert_int_equal(asking_try(&host, &(struct asking){.mark = mark, .exchange_type = IKL_IKE_AUTH}, NULL),
                         IKL_OK);
    }
    for (uint32_t id = 1; id < 5; id++) {
        assert_int_equal(authenticate(&host, id), IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 6);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 5);
    host_clear(&host);
}

static void behind_a_nat(struct ikl_sa_config *config)
{
    config->roaming = true;
}

static void the_exchange_moves_to_port_4500_when_there_is_a_nat(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_begin(&host, behind_a_nat);
    (void)begin(&host, 7);
    assert_int_equal(beginning_install(&host), IKL_OK);
    path = *ikl_sa_path(host.sa);
    path.remote.port = path.local.port = 4500;
    path.encapsulated = path.behind_nat = true;
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 0), IKL_OK);
    (void)ask(&host, 8);
    assert_int_equal(host_event(&host, EVENT_SENT, 1)->path.remote.port, 4500);
    assert_memory_equal(host_event(&host, EVENT_SENT, 1)->datagram, "\0\0\0\0", 4);
    assert_int_equal(asked(&host, 1), 8);
    host_clear(&host);
}

static void a_cancelled_ike_sa_init_request_is_silenced_for_good(void **state)
{
    struct ikl_request *request;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    request = begin(&host, 7);
    ikl_sa_cancel(host.sa, request, 0);
    assert_int_equal(outcome_of(&host, 7)->kind, IKL_OUTCOME_CANCELLED);
    host_advance(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(beginning_install(&host), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 1);
    host_clear(&host);
}

static void deleting_an_ike_sa_without_keys_closes_it_at_once(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)begin(&host, 7);
    assert_int_equal(ikl_sa_delete(host.sa, 5000, 0), IKL_OK);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    assert_int_equal(outcome_of(&host, 7)->kind, IKL_OUTCOME_SA_GONE);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_CLOSED);
    host_clear(&host);
}

static bool early_requests;

static void one_that_responds(struct host *host)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    host_init(host, "b", 0, NULL);
    test_sa_config(&config, &keys, suite, false, 0);
    config.connecting = true;
    config.early_requests = early_requests;
    config.ids.next_expected = 1;
    assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &config, 0), IKL_OK);
}

static int initiator_says(struct host *host, uint8_t exchange_type, uint32_t message_id)
{
    return peer_send(
        host, suite,
        &(struct peer_message){.from_initiator = true, .exchange_type = exchange_type, .message_id = message_id});
}

/* The host answered IKE_SA_INIT itself; from IKE_AUTH on the exchanges are the IKE SA's. */
static void a_responder_is_connecting_until_the_host_has_authenticated_the_peer(void **state)
{
    struct host host;

    (void)state;
    one_that_responds(&host);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_CONNECTING);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
    assert_int_equal(initiator_says(&host, IKL_IKE_AUTH, 0), IKL_ERR_STALE);
    assert_int_equal(initiator_says(&host, IKL_IKE_AUTH, 1), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->exchange_type, IKL_IKE_AUTH);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 0)->message_id, 1);
    assert_int_equal(initiator_says(&host, IKL_IKE_AUTH, 1), IKL_ERR_PENDING);
    host_advance(&host, 30000);
    assert_int_equal(ikl_sa_established(host.sa, 30000), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 1, NULL, 0, 30000), IKL_OK);
    assert_int_equal(initiator_says(&host, IKL_IKE_AUTH, 1), IKL_OK); /* it gets the same again */
    assert_memory_equal(host_event(&host, EVENT_SENT, 1)->datagram, host_event(&host, EVENT_SENT, 0)->datagram,
                        host_event(&host, EVENT_SENT, 0)->len);
    assert_int_equal(host_info(&host).counters.probes, 0);
    host_advance(&host, 35000);
    assert_int_equal(host_info(&host).counters.probes, 1);
    assert_int_equal(host_event(&host, EVENT_ATTEMPT, 0)->attempt.message_id, 0);
    host_clear(&host);
}

static const uint8_t too_early[] = {IKL_INFORMATIONAL,
                                    IKL_CREATE_CHILD_SA,
                                    IKL_IKE_FOLLOWUP_KE,
                                    IKL_IKE_SA_INIT,
                                    IKL_IKE_SESSION_RESUME,
                                    IKL_GSA_REKEY,
                                    200};

static void informational_and_what_else_is_too_early_uses_up_no_message_id_of_ike_auth(void **state)
{
    static const uint8_t delete_sa[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};
    struct peer_message deletes = {.from_initiator = true,
                                   .message_id = 1,
                                   .first_payload = IKL_PAYLOAD_DELETE,
                                   .plaintext = {delete_sa, sizeof(delete_sa)}};
    struct host host;

    (void)state;
    one_that_responds(&host);
    for (size_t i = 0; i < COUNT_OF(too_early); i++) {
        assert_int_equal(initiator_says(&host, too_early[i], 1), IKL_ERR_EARLY);
    }
    assert_int_equal(peer_send(&host, suite, &deletes), IKL_ERR_EARLY);
    assert_int_equal(host_counters(&host).early, COUNT_OF(too_early) + 1);
    assert_int_equal(host_info(&host).counters.dropped, COUNT_OF(too_early) + 1);
    assert_int_equal(host_count(&host, EVENT_SENT) + host_count(&host, EVENT_PEER_REQUEST), 0);
    assert_int_equal(host_info(&host).next_expected, 1);
    assert_int_equal(initiator_says(&host, IKL_IKE_INTERMEDIATE, 1), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 1, NULL, 0, 0), IKL_OK);
    assert_int_equal(initiator_says(&host, IKL_INFORMATIONAL, 1), IKL_ERR_EARLY); /* not even as a repetition */
    assert_int_equal(initiator_says(&host, IKL_GSA_AUTH, 2), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 2, NULL, 0, 0), IKL_OK);
    assert_int_equal(initiator_says(&host, IKL_IKE_AUTH, 3), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_PEER_REQUEST, 2)->exchange_type, IKL_IKE_AUTH);
    assert_int_equal(ikl_sa_established(host.sa, 0), IKL_OK);
    assert_int_equal(initiator_says(&host, IKL_INFORMATIONAL, 4), IKL_OK);
    host_clear(&host);
}

/* The responder may use the IKE SA before its IKE_AUTH response has arrived, which comes too early as well (§1.4). */
static void a_request_that_overtakes_the_response_to_ike_auth_is_for_the_peer_to_repeat(void **state)
{
    struct peer_message check = {.exchange_type = IKL_INFORMATIONAL, .message_id = 0};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)begin(&host, 7);
    assert_int_equal(beginning_install(&host), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &check), IKL_ERR_EARLY);
    assert_int_equal(ikl_sa_established(host.sa, 0), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &check), IKL_OK);
    host_clear(&host);
}

static void a_host_that_asks_for_early_requests_gets_them(void **state)
{
    struct host host;

    (void)state;
    early_requests = true;
    one_that_responds(&host);
    early_requests = false;
    assert_int_equal(initiator_says(&host, IKL_INFORMATIONAL, 1), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1); /* answered by the library itself */
    assert_int_equal(initiator_says(&host, IKL_CREATE_CHILD_SA, 2), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    assert_int_equal(initiator_says(&host, IKL_INFORMATIONAL, 4), IKL_ERR_WINDOW);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_CONNECTING);
    host_clear(&host);
}

/* It names no responder, so it belongs to no IKE SA: the host, who answered it, answers it again. */
static void a_repeated_ike_sa_init_request_is_the_hosts(void **state)
{
    struct host initiator, host;

    (void)state;
    one_ike_sa(&initiator);
    (void)begin(&initiator, 7);
    one_that_responds(&host);
    assert_int_equal(host_receive(&host, host_event(&initiator, EVENT_SENT, 0)), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_count(&host, EVENT_UNMATCHED), 1);
    assert_int_equal(host_event(&host, EVENT_UNMATCHED, 0)->exchange_type, IKL_IKE_SA_INIT);
    assert_int_equal(host.n_events, 1);
    host_clear(&host);
    host_clear(&initiator);
}

static void on_a_connection(struct ikl_sa_config *config)
{
    config->path.reliable = true;
}

static void what_replaces_a_request_on_a_reliable_path_is_sent_once(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_begin(&host, on_a_connection);
    (void)begin(&host, 7);
    host.on_event = restart_once;
    assert_int_equal(beginning_hear(&host, &(struct beginning_message){0}), IKL_OK);
    host.on_event = NULL;
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.at, 319000);
    host_clear(&host);
}

TESTS_OF(initiate)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_request_is_unprotected_and_names_no_responder),
        cmocka_unit_test(it_is_retransmitted_until_it_times_out),
        cmocka_unit_test(a_response_is_only_offered_and_retransmission_goes_on),
        cmocka_unit_test(a_response_is_offered_with_the_request_and_where_it_came_from),
        cmocka_unit_test(a_restart_replaces_the_request_with_the_same_spi_and_message_id_0),
        cmocka_unit_test(what_replaces_a_request_on_a_reliable_path_is_sent_once),
        cmocka_unit_test(a_request_can_be_restarted_again_and_again),
        cmocka_unit_test(with_keys_the_request_is_answered_and_everything_is_protected),
        cmocka_unit_test(once_established_the_idle_interval_begins),
        cmocka_unit_test(a_request_after_the_keys_times_out_like_any_other),
        cmocka_unit_test(requests_are_queued_while_connecting_too),
        cmocka_unit_test(the_exchange_moves_to_port_4500_when_there_is_a_nat),
        cmocka_unit_test(a_cancelled_ike_sa_init_request_is_silenced_for_good),
        cmocka_unit_test(deleting_an_ike_sa_without_keys_closes_it_at_once),
        cmocka_unit_test(a_responder_is_connecting_until_the_host_has_authenticated_the_peer),
        cmocka_unit_test(informational_and_what_else_is_too_early_uses_up_no_message_id_of_ike_auth),
        cmocka_unit_test(a_request_that_overtakes_the_response_to_ike_auth_is_for_the_peer_to_repeat),
        cmocka_unit_test(a_host_that_asks_for_early_requests_gets_them),
        cmocka_unit_test(a_repeated_ike_sa_init_request_is_the_hosts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
