/* SPDX-License-Identifier: ISC */
/* NAT keepalives (RFC 3948 §4): what keeps the mapping of an IKE SA's path alive, and what does not. */
#include "support/asking.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = ASKING_SUITE;

enum { INTERVAL = 20000, RETRY = 1000 };

static void behind_nat(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_OFF;
    config->path.encapsulated = config->path.behind_nat = true;
    config->path.local.port = config->path.remote.port = 4500;
}

static void one_ike_sa(struct host *host, endpoint_change on_endpoint)
{
    host_init(host, "a", 0, on_endpoint);
    host_sa(host, suite, true, 1, behind_nat);
}

static bool is_keepalive(const struct event *sent)
{
    return sent->len == 1 && sent->datagram[0] == 0xff;
}

/* When the first keepalive goes out, or IKL_NEVER before `until`. */
static ikl_time first_keepalive(struct host *host, ikl_time until)
{
    while (host_counters(host).keepalives_sent == 0 && ikl_endpoint_next_deadline(host->endpoint) < until) {
        host_advance(host, ikl_endpoint_next_deadline(host->endpoint));
    }
    return host_counters(host).keepalives_sent != 0 ? host->now : IKL_NEVER;
}

static void run_until(struct host *host, ikl_time until)
{
    while (ikl_endpoint_next_deadline(host->endpoint) <= until) {
        host_advance(host, ikl_endpoint_next_deadline(host->endpoint));
    }
    host_advance(host, until);
}

static int give(struct host *host, const struct ikl_path *path, const struct peer_message *message)
{
    uint8_t datagram[IKL_NON_ESP_MARKER_LEN + HOST_MAX_DATAGRAM] = {0};
    size_t skip = path->encapsulated ? IKL_NON_ESP_MARKER_LEN : 0;
    size_t len = peer_seal(message, suite, datagram + skip);

    return ikl_endpoint_receive(host->endpoint, path, datagram, skip + len, host->now);
}

/* Ways to be another path. */
static void other_host(struct ikl_path *path)
{
    path->remote.ip[3] = 66;
}

static void other_port(struct ikl_path *path)
{
    path->remote.port = 4501;
}

static void other_local_port(struct ikl_path *path)
{
    path->local.port = 4502;
}

static void other_local_address(struct ikl_path *path)
{
    path->local.ip[3] = 77;
}

static void other_socket(struct ikl_path *path)
{
    path->tag = 3;
}

static void not_encapsulated(struct ikl_path *path)
{
    path->encapsulated = false;
}

static void (*const elsewhere[])(struct ikl_path *path) = {other_host,          other_port,   other_local_port,
                                                           other_local_address, other_socket, not_encapsulated};

static struct ikl_path path_elsewhere(const struct host *host, size_t i)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    elsewhere[i](&path);
    return path;
}

/* What goes out along another path, at 15 s: the response to a fresh request, small or stored or an error; the host's,
 * later; the repetition of each. */
struct sending {
    struct peer_message request;
    bool by_host;
    size_t len; /* octets of the host's */
};

static const struct sending sendings[] = {
    {{.exchange_type = IKL_INFORMATIONAL}, false, 0},
    {{.exchange_type = IKL_CREATE_CHILD_SA}, true, 0},
    {{.exchange_type = IKL_CREATE_CHILD_SA}, true, 300},
    {{.exchange_type = IKL_INFORMATIONAL, .first_payload = 200, .plaintext = {(const uint8_t *)"\0\200\0\4", 4}},
     false,
     0},
};

static void respond(struct host *host, size_t len)
{
    static const uint8_t body[300];
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, len}};

    assert_int_equal(ikl_sa_respond(host->sa, 0, &payload, len != 0 ? 1 : 0, host->now), IKL_OK);
}

static void answer_elsewhere(struct host *host, const struct sending *sending, size_t i)
{
    struct ikl_path path = path_elsewhere(host, i);
    size_t before = host_count(host, EVENT_SENT);

    assert_int_equal(give(host, &path, &sending->request), IKL_OK);
    if (sending->by_host) {
        respond(host, sending->len);
    }
    assert_int_equal(give(host, &path, &sending->request), IKL_OK); /* once more */
    assert_int_equal(host_count(host, EVENT_SENT), before + 2);
    assert_true(ikl_path_same(&host_last(host, EVENT_SENT)->path, &path));
}

static void rfc_38_only_what_was_sent_along_the_very_path_puts_the_keepalive_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(elsewhere) * COUNT_OF(sendings); i++) {
        struct host host;

        one_ike_sa(&host, NULL);
        host_advance(&host, 15000);
        answer_elsewhere(&host, &sendings[i / COUNT_OF(elsewhere)], i % COUNT_OF(elsewhere));
        assert_int_equal(first_keepalive(&host, 100000), INTERVAL);
        host_clear(&host);
    }
}

/* By somebody who once saw a request, from anywhere, for ever. */
static void answered_replays_from_elsewhere_do_not_keep_keepalives_from_going_out(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(give(&host, ikl_sa_path(host.sa), &(struct peer_message){0}), IKL_OK);
    path = path_elsewhere(&host, 0);
    for (ikl_time now = 15000; now <= 240000; now += 15000) {
        run_until(&host, now);
        assert_int_equal(give(&host, &path, &(struct peer_message){0}), IKL_OK);
    }
    assert_int_equal(host_counters(&host).keepalives_sent, 12);
    host_clear(&host);
}

/* The very same, from the IKE SA's own address: those do go along the path. */
static void what_is_repeated_along_the_path_puts_the_keepalive_off(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 7000);
    assert_int_equal(give(&host, ikl_sa_path(host.sa), &(struct peer_message){0}), IKL_OK);
    host_advance(&host, 15000);
    assert_int_equal(give(&host, ikl_sa_path(host.sa), &(struct peer_message){0}), IKL_OK);
    assert_int_equal(first_keepalive(&host, 100000), 15000 + INTERVAL);
    host_clear(&host);
}

static void what_could_not_be_sent_does_not_put_the_keepalive_off(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 15000);
    host.send_result = IKL_ERR_NO_BUFFER;
    assert_int_equal(ikl_sa_probe(host.sa, 15000), IKL_OK);
    host_advance(&host, 18000); /* and its retransmissions */
    host.send_result = IKL_OK;
    assert_int_equal(give(&host, ikl_sa_path(host.sa), &(struct peer_message){.response = true}), IKL_OK);
    assert_int_equal(first_keepalive(&host, 100000), INTERVAL);
    host_clear(&host);
}

static void a_keepalive_that_could_not_be_sent_is_tried_again_after_a_second(void **state)
{
    struct ikl_event event;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host.send_result = IKL_ERR_NO_BUFFER;
    host_advance(&host, INTERVAL);
    assert_int_equal(ikl_sa_history(host.sa, &event, 1), 1);
    assert_int_equal(event.kind, IKL_EVENT_SEND_FAILED);
    for (ikl_time i = 1; i <= 5; i++) {
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), INTERVAL + i * RETRY);
        host_advance(&host, INTERVAL + i * RETRY);
    }
    assert_int_equal(host_counters(&host).keepalives_sent, 6);
    host.send_result = IKL_OK;
    host_advance(&host, INTERVAL + 6 * RETRY);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), INTERVAL + 6 * RETRY + INTERVAL);
    host_clear(&host);
}

static void every_half_second(struct ikl_endpoint_config *config)
{
    config->keepalive = 500;
}

static void a_shorter_interval_is_no_longer_for_a_keepalive_that_could_not_be_sent(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, every_half_second);
    host.send_result = IKL_ERR_NO_BUFFER;
    host_advance(&host, 500);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 1000);
    host_clear(&host);
}

static int batch_result;

static void on_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    (void)user;
    for (size_t i = 0; i < n; i++) {
        datagrams[i].result = batch_result;
    }
}

static void in_batches(struct ikl_endpoint_config *config)
{
    batch_result = IKL_OK;
    config->callbacks.send = NULL;
    config->callbacks.send_batch = on_batch;
    config->send_batch = 4;
}

static void a_batch_counts_for_the_path_when_it_was_sent(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, in_batches);
    host_advance(&host, 10000);
    assert_int_equal(give(&host, ikl_sa_path(host.sa), &(struct peer_message){0}), IKL_OK);
    host_advance(&host, 15000);
    path = path_elsewhere(&host, 0);
    assert_int_equal(give(&host, &path, &(struct peer_message){.message_id = 1}), IKL_OK);
    host_advance(&host, 25000);
    batch_result = IKL_ERR_NO_BUFFER;
    assert_int_equal(give(&host, ikl_sa_path(host.sa), &(struct peer_message){.message_id = 2}), IKL_OK);
    assert_int_equal(first_keepalive(&host, 100000), 10000 + INTERVAL);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), host.now + RETRY);
    batch_result = IKL_OK;
    host_advance(&host, host.now + RETRY);
    assert_int_equal(host_counters(&host).keepalives_sent, 2);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), host.now + INTERVAL);
    host_clear(&host);
}

/* The mapping of the new path is not there before something goes out along it. */
static void after_a_move_a_keepalive_goes_out_with_the_next_advance(void **state)
{
    (void)state;
    for (size_t i = 0; i + 1 < COUNT_OF(elsewhere); i++) { /* the last one has no keepalives */
        struct ikl_path path;
        struct host host;

        one_ike_sa(&host, NULL);
        host_advance(&host, 15000);
        path = path_elsewhere(&host, i);
        assert_int_equal(ikl_sa_set_path(host.sa, &path, 15000), IKL_OK);
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 15000);
        host_advance(&host, 15000);
        assert_int_equal(host_count(&host, EVENT_SENT), 1);
        assert_true(is_keepalive(host_event(&host, EVENT_SENT, 0)));
        assert_true(ikl_path_same(&host_event(&host, EVENT_SENT, 0)->path, &path));
        assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 15000 + INTERVAL);
        host_clear(&host);
    }
}

static void after_a_move_what_the_host_sends_at_once_saves_the_keepalive(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 15000);
    path = path_elsewhere(&host, 0);
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 15000), IKL_OK);
    assert_int_equal(ikl_sa_probe(host.sa, 15000), IKL_OK);
    assert_int_equal(give(&host, &path, &(struct peer_message){.response = true}), IKL_OK);
    assert_int_equal(first_keepalive(&host, 100000), 15000 + INTERVAL);
    host_clear(&host);
}

/* A request that came along the old path is answered there. */
static void after_a_move_what_still_goes_along_the_old_path_does_not_count(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    assert_int_equal(give(&host, ikl_sa_path(host.sa), &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}),
                     IKL_OK);
    path = path_elsewhere(&host, 0);
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 0), IKL_OK);
    host_advance(&host, 0);
    host_advance(&host, 15000);
    respond(&host, 0);
    assert_false(ikl_path_same(&host_last(&host, EVENT_SENT)->path, &path));
    host_advance(&host, INTERVAL);
    assert_int_equal(host_counters(&host).keepalives_sent, 2);
    host_clear(&host);
}

static void another_mtu_is_no_other_path(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 15000);
    path = *ikl_sa_path(host.sa);
    path.mtu = 1400;
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 15000), IKL_OK);
    assert_int_equal(first_keepalive(&host, 100000), INTERVAL);
    host_clear(&host);
}

static int move_when_asked(struct host *host, struct event *event)
{
    struct ikl_path path;

    if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(ikl_sa_respond(host->sa, event->message_id, NULL, 0, host->now), IKL_OK);
        path = path_elsewhere(host, 0);
        assert_int_equal(ikl_sa_set_path(host->sa, &path, host->now), IKL_OK);
    }
    return IKL_OK;
}

/* What was waiting to be sent when the IKE SA moved goes along the old path. */
static void a_move_before_a_batch_is_sent_leaves_the_new_path_without_anything_sent(void **state)
{
    static const int results[] = {IKL_OK, IKL_ERR_NO_BUFFER};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(results); i++) {
        struct peer_message asks = {.exchange_type = IKL_CREATE_CHILD_SA};
        struct host host;

        one_ike_sa(&host, in_batches);
        host_advance(&host, 15000);
        batch_result = results[i];
        host.on_event = move_when_asked;
        assert_int_equal(give(&host, ikl_sa_path(host.sa), &asks), IKL_OK);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
        assert_int_equal(host_counters(&host).send_failures, i);
        batch_result = IKL_OK;
        assert_int_equal(first_keepalive(&host, 100000), 15000);
        host_clear(&host);
    }
}

static void esp_from_before_the_move_saves_no_keepalive(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 15000);
    path = path_elsewhere(&host, 0);
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 15000), IKL_OK);
    ikl_sa_sent_esp(host.sa, 14999);
    assert_int_equal(first_keepalive(&host, 100000), 15000);
    ikl_sa_sent_esp(host.sa, 25000);
    host_advance(&host, 44999);
    assert_int_equal(host_counters(&host).keepalives_sent, 1);
    host_advance(&host, 45000);
    assert_int_equal(host_counters(&host).keepalives_sent, 2);
    host_clear(&host);
}

static void esp_of_the_future_counts_as_sent_when_that_is_looked_at(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 15000);
    ikl_sa_sent_esp(host.sa, IKL_NEVER - 1);
    assert_int_equal(first_keepalive(&host, 1000000), 2 * INTERVAL);
    host_advance(&host, 3 * INTERVAL);
    assert_int_equal(host_counters(&host).keepalives_sent, 2);
    host_clear(&host);

    one_ike_sa(&host, NULL);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK); /* sent at 31 s, too, and then at 63 s */
    ikl_sa_sent_esp(host.sa, 500000);
    assert_int_equal(first_keepalive(&host, 1000000), 31000 + INTERVAL);
    host_clear(&host);
}

/* Whatever the host's clock says, that did not go along the new path. */
static void esp_that_was_to_come_before_a_move_saves_no_keepalive_after_it(void **state)
{
    struct ikl_path path;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    host_advance(&host, 15000);
    path = path_elsewhere(&host, 0);
    ikl_sa_sent_esp(host.sa, 15001);
    assert_int_equal(ikl_sa_set_path(host.sa, &path, 15000), IKL_OK);
    assert_int_equal(host_counters(&host).future_times, 1);
    assert_int_equal(first_keepalive(&host, 100000), 15000);
    host_clear(&host);
}

TESTS_OF(keepalives)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_38_only_what_was_sent_along_the_very_path_puts_the_keepalive_off),
        cmocka_unit_test(answered_replays_from_elsewhere_do_not_keep_keepalives_from_going_out),
        cmocka_unit_test(what_is_repeated_along_the_path_puts_the_keepalive_off),
        cmocka_unit_test(what_could_not_be_sent_does_not_put_the_keepalive_off),
        cmocka_unit_test(a_keepalive_that_could_not_be_sent_is_tried_again_after_a_second),
        cmocka_unit_test(a_shorter_interval_is_no_longer_for_a_keepalive_that_could_not_be_sent),
        cmocka_unit_test(a_batch_counts_for_the_path_when_it_was_sent),
        cmocka_unit_test(after_a_move_a_keepalive_goes_out_with_the_next_advance),
        cmocka_unit_test(after_a_move_what_the_host_sends_at_once_saves_the_keepalive),
        cmocka_unit_test(after_a_move_what_still_goes_along_the_old_path_does_not_count),
        cmocka_unit_test(another_mtu_is_no_other_path),
        cmocka_unit_test(a_move_before_a_batch_is_sent_leaves_the_new_path_without_anything_sent),
        cmocka_unit_test(esp_from_before_the_move_saves_no_keepalive),
        cmocka_unit_test(esp_of_the_future_counts_as_sent_when_that_is_looked_at),
        cmocka_unit_test(esp_that_was_to_come_before_a_move_saves_no_keepalive_after_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
