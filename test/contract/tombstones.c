/* SPDX-License-Identifier: ISC */
/* Promises about a Delete that ended its IKE SA, whose answer was lost and that comes again (RFC 7296 §2.1). */
#include "support/fickle_cipher.h"
#include "support/fragments.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { WAIT = 100000, LIFETIME = 320000, ANSWERS = 10, TOMBSTONES = 64 };

static const uint8_t delete_sa[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};

static struct peer_message delete_of(uint32_t n)
{
    return (struct peer_message){
        .sa = n, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete_sa, sizeof(delete_sa)}};
}

/* A host that has answered its peer's Delete, and the Delete. */
struct grave {
    struct host host;
    struct ikl_path path;
    uint8_t request[HOST_MAX_DATAGRAM];
    size_t len;
    struct event answer;
};

/* The Delete comes, sealed as `message`. What has happened so far is forgotten. */
static void end_by(struct grave *grave, const struct peer_message *message)
{
    struct host *host = &grave->host;

    grave->path = *ikl_sa_path(host->sa);
    grave->len = peer_seal(message, suite, grave->request);
    assert_int_equal(peer_deliver(host, grave->request, grave->len), IKL_OK);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
    grave->answer = *host_last(host, EVENT_SENT);
    host_forget(host);
}

static void dig(struct grave *grave, endpoint_change on_endpoint, sa_change on_sa)
{
    struct peer_message message = delete_of(0);

    host_init(&grave->host, "a", 0, on_endpoint);
    host_sa(&grave->host, suite, true, 1, on_sa);
    end_by(grave, &message);
}

static void fill_in(struct grave *grave)
{
    host_clear(&grave->host);
}

static int repeat_along(struct grave *grave, const struct ikl_path *path)
{
    return ikl_endpoint_receive(grave->host.endpoint, path, grave->request, grave->len, grave->host.now);
}

static int repeat(struct grave *grave)
{
    return repeat_along(grave, &grave->path);
}

/* The answer has gone out `n` times since, and nothing else has happened. */
static void assert_answered(struct grave *grave, size_t n)
{
    struct host *host = &grave->host;

    assert_int_equal(host->n_events, n);
    for (size_t i = 0; i < n; i++) {
        const struct event *sent = host_event(host, EVENT_SENT, i);

        assert_non_null(sent);
        assert_null(sent->sa);
        assert_int_equal(sent->len, grave->answer.len);
        assert_memory_equal(sent->datagram, grave->answer.datagram, sent->len);
        assert_true(ikl_path_same(&sent->path, &grave->path));
    }
}

/* The Delete is as any message for an IKE SA that is not there. */
static void assert_forgotten(struct grave *grave)
{
    struct host *host = &grave->host;

    host_forget(host);
    assert_int_equal(repeat(grave), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host->n_events, 1);
    assert_int_equal(host->events[0].kind, EVENT_UNMATCHED);
    assert_int_equal(host->events[0].len, grave->len);
}

/* In both roles the deleter sends its Delete for the second time after 1 s, and is done. */
static void a_delete_whose_answer_was_lost_is_answered_when_it_comes_again(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pair pair;
        struct host *deleter, *peer;

        pair_init(&pair, suite, 2, NULL, NULL);
        deleter = i == 0 ? &pair.a : &pair.b;
        peer = i == 0 ? &pair.b : &pair.a;
        assert_int_equal(ikl_sa_delete(deleter->sa, WAIT, 0), IKL_OK);
        host_last(deleter, EVENT_SENT)->delivered = true;
        assert_int_equal(host_receive(peer, host_event(deleter, EVENT_SENT, 0)), IKL_OK);
        assert_int_equal(host_last(peer, EVENT_DOWN)->down.reason, IKL_DOWN_PEER_DELETED);
        host_last(peer, EVENT_SENT)->delivered = true; /* lost */
        pair_run(&pair, 200000, 0);
        assert_int_equal(host_count(deleter, EVENT_DOWN), 1);
        assert_int_equal(host_last(deleter, EVENT_DOWN)->down.reason, IKL_DOWN_CLOSED);
        assert_int_equal(host_last(deleter, EVENT_DOWN)->at, 1000);
        assert_int_equal(host_count(deleter, EVENT_SENT), 2);
        assert_int_equal(host_count(peer, EVENT_SENT), 2);
        assert_int_equal(host_count(peer, EVENT_UNMATCHED), 0);
        assert_memory_equal(host_event(peer, EVENT_SENT, 1)->datagram, host_event(peer, EVENT_SENT, 0)->datagram,
                            host_event(peer, EVENT_SENT, 0)->len);
        pair_clear(&pair);
    }
}

static void the_answer_is_the_same_octet_for_octet_and_counted(void **state)
{
    struct ikl_endpoint_counters before, after;
    struct grave grave;

    (void)state;
    dig(&grave, NULL, NULL);
    before = host_counters(&grave.host);
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 1);
    after = host_counters(&grave.host);
    assert_int_equal(after.received, before.received + 1);
    assert_int_equal(after.accepted, before.accepted);
    assert_int_equal(after.repeated, before.repeated + 1);
    assert_int_equal(after.repeated_deletes, before.repeated_deletes + 1);
    assert_int_equal(after.sent, before.sent + 1);
    assert_int_equal(after.unmatched, 0);
    assert_int_equal(after.peer_deletes, 1);
    fill_in(&grave);
}

static void with_an_outage(struct ikl_endpoint_config *config)
{
    config->outage_after = 1000;
    config->outage_least = 1;
}

static void a_repeated_delete_is_no_sign_of_life(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct grave grave;
    struct ikl_sa *other;

    (void)state;
    dig(&grave, with_an_outage, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&other, grave.host.endpoint, &config, 0), IKL_OK);
    host_advance(&grave.host, 5000);
    host_advance(&grave.host, 6000);
    host_forget(&grave.host);
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 1);
    assert_int_equal(ikl_endpoint_next_deadline(grave.host.endpoint), 8000); /* of the IKE SA that is checked */
    fill_in(&grave);
}

static void it_keeps_no_timer(void **state)
{
    struct grave grave;

    (void)state;
    dig(&grave, NULL, NULL);
    assert_int_equal(ikl_endpoint_next_deadline(grave.host.endpoint), IKL_NEVER);
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(grave.host.endpoint), IKL_NEVER);
    fill_in(&grave);
}

static void it_is_answered_for_320_s(void **state)
{
    struct grave grave;

    (void)state;
    dig(&grave, NULL, NULL);
    grave.host.now = LIFETIME - 1;
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 1);
    grave.host.now = LIFETIME;
    assert_forgotten(&grave);
    fill_in(&grave);
}

static void it_is_answered_ten_times(void **state)
{
    struct grave grave;

    (void)state;
    dig(&grave, NULL, NULL);
    for (size_t i = 1; i <= ANSWERS; i++) {
        assert_int_equal(repeat(&grave), IKL_OK);
        assert_answered(&grave, i);
    }
    assert_forgotten(&grave);
    fill_in(&grave);
}

static void the_time_is_the_endpoints_whatever_the_host_says(void **state)
{
    struct grave grave;

    (void)state;
    dig(&grave, NULL, NULL);
    host_advance(&grave.host, 1000);
    grave.host.now = 5; /* backward: as at 1000 */
    assert_int_equal(repeat(&grave), IKL_OK);
    grave.host.now = IKL_NEVER;
    assert_int_equal(repeat(&grave), IKL_ERR_INVALID);
    assert_answered(&grave, 1);
    host_advance(&grave.host, UINT64_C(1) << 50); /* a leap, which is taken back */
    grave.host.now = 2000;
    assert_forgotten(&grave);
    fill_in(&grave);
}

static void only_the_very_same_delete_is_answered(void **state)
{
    struct peer_message message = delete_of(0), probe = {.message_id = 0};
    struct grave grave;
    size_t len;

    (void)state;
    dig(&grave, NULL, NULL);
    for (size_t i = 0; i < grave.len; i++) {
        grave.request[i] ^= 0x10;
        assert_int_not_equal(repeat(&grave), IKL_OK);
        grave.request[i] ^= 0x10;
    }
    assert_int_equal(host_count(&grave.host, EVENT_SENT), 0);
    host_forget(&grave.host);
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 1);
    len = grave.len;
    grave.len = peer_seal(&message, suite, grave.request); /* authentic, with another IV */
    assert_int_equal(grave.len, len);
    assert_forgotten(&grave);
    grave.len = peer_seal(&probe, suite, grave.request);
    assert_forgotten(&grave);
    fill_in(&grave);
}

static void it_is_answered_along_the_path_that_it_came_along(void **state)
{
    struct grave grave;

    (void)state;
    dig(&grave, NULL, NULL);
    grave.path.remote.port = 4500;
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 1);
    fill_in(&grave);
}

static void the_non_esp_marker_is_taken_off_and_put_before(void **state)
{
    static const uint8_t marker[IKL_NON_ESP_MARKER_LEN];
    struct grave grave;

    (void)state;
    dig(&grave, NULL, NULL);
    memmove(grave.request + sizeof(marker), grave.request, grave.len);
    memcpy(grave.request, marker, sizeof(marker));
    grave.len += sizeof(marker);
    memmove(grave.answer.datagram + sizeof(marker), grave.answer.datagram, grave.answer.len);
    memcpy(grave.answer.datagram, marker, sizeof(marker));
    grave.answer.len += sizeof(marker);
    grave.path.encapsulated = true;
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 1);
    fill_in(&grave);
}

static void what_cannot_be_sent_is_counted_and_tried_when_it_comes_again(void **state)
{
    struct grave grave;

    (void)state;
    dig(&grave, NULL, NULL);
    grave.host.send_result = IKL_ERR_NO_BUFFER;
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_int_equal(host_counters(&grave.host).send_failures, 1);
    grave.host.send_result = IKL_OK;
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 2);
    assert_int_equal(host_counters(&grave.host).send_failures, 1);
    fill_in(&grave);
}

/* What the last batch was, and what becomes of it. */
static struct {
    size_t n;
    struct ikl_outbound last;
    uint8_t octets[HOST_MAX_DATAGRAM];
    int result;
} batch;

static void on_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    (void)user;
    batch.n = n;
    batch.last = datagrams[n - 1];
    memcpy(batch.octets, batch.last.datagram, batch.last.len);
    datagrams[n - 1].result = batch.result;
}

static void in_batches(struct ikl_endpoint_config *config)
{
    config->callbacks.send = NULL;
    config->callbacks.send_batch = on_batch;
    config->send_batch = 4;
}

static void it_is_answered_in_batches_too(void **state)
{
    struct peer_message message = delete_of(0);
    struct grave grave;
    uint8_t answer[HOST_MAX_DATAGRAM];
    size_t len;

    (void)state;
    memset(&batch, 0, sizeof(batch));
    host_init(&grave.host, "a", 0, in_batches);
    host_sa(&grave.host, suite, true, 0, NULL);
    grave.path = *ikl_sa_path(grave.host.sa);
    grave.len = peer_seal(&message, suite, grave.request);
    assert_int_equal(repeat(&grave), IKL_OK);
    len = batch.last.len;
    memcpy(answer, batch.octets, len);
    ikl_sa_free(grave.host.sa);
    for (int i = 0; i < 2; i++) {
        batch.result = i == 0 ? IKL_OK : IKL_ERR_NO_BUFFER;
        assert_int_equal(repeat(&grave), IKL_OK);
        assert_int_equal(batch.n, 1);
        assert_null(batch.last.sa);
        assert_int_equal(batch.last.len, len);
        assert_memory_equal(batch.octets, answer, len);
        assert_int_equal(host_counters(&grave.host).send_failures, i);
    }
    assert_int_equal(host_counters(&grave.host).repeated_deletes, 2);
    fill_in(&grave);
}

static void the_latest_ike_sas_are_known(void **state)
{
    struct grave grave;
    uint8_t first[HOST_MAX_DATAGRAM];

    (void)state;
    dig(&grave, NULL, NULL);
    memcpy(first, grave.request, grave.len);
    for (uint32_t n = 1; n <= TOMBSTONES; n++) {
        struct peer_message message = delete_of(n);
        struct ikl_sa_config config;
        struct ikl_keys keys;

        if (n == TOMBSTONES) {
            assert_int_equal(ikl_endpoint_receive(grave.host.endpoint, &grave.path, first, grave.len, 0), IKL_OK);
        }
        test_sa_config(&config, &keys, suite, true, n);
        assert_int_equal(ikl_sa_new(&grave.host.sa, grave.host.endpoint, &config, 0), IKL_OK);
        end_by(&grave, &message);
        assert_int_equal(repeat(&grave), IKL_OK);
        assert_answered(&grave, 1);
    }
    memcpy(grave.request, first, grave.len);
    assert_forgotten(&grave);
    fill_in(&grave);
}

static void an_ike_sa_with_the_same_spi_takes_its_place(void **state)
{
    struct grave grave;

    (void)state;
    dig(&grave, NULL, NULL);
    host_sa(&grave.host, suite, true, 0, NULL);
    ikl_sa_free(grave.host.sa);
    assert_forgotten(&grave);
    fill_in(&grave);
}

static void an_ike_sa_that_was_deleted_otherwise_is_not_known(void **state)
{
    static const uint8_t malformed[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 4, 0, 1};
    struct peer_message message = delete_of(0);
    struct grave grave;

    (void)state;
    message.plaintext.data = malformed;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 0, NULL);
    end_by(&grave, &message); /* by INVALID_SYNTAX */
    assert_forgotten(&grave);
    /* the next IKE SA in its place */
    host_sa(&grave.host, suite, true, 0, NULL);
    ikl_sa_close(grave.host.sa, 0);
    assert_forgotten(&grave);
    fill_in(&grave);
}

static void a_delete_that_came_in_fragments_is_not_known(void **state)
{
    struct peer_message whole = delete_of(0), fragment;
    struct grave grave;

    (void)state;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 0, with_fragmentation);
    assert_int_equal(hear_fragment(&grave.host, &whole, 4, 1), IKL_OK);
    fragment = fragment_of(&whole, 4, 2);
    end_by(&grave, &fragment);
    assert_forgotten(&grave);
    fill_in(&grave);
}

/* What the host answers to a Delete that holds more. */
static struct {
    size_t len; /* of the body of a Vendor ID payload */
    uint16_t notify;
    bool close;
} reply;

static int reply_to_it(struct host *host, struct event *event)
{
    static const uint8_t body[HOST_MAX_DATAGRAM];
    const uint8_t notify[] = {0, 0, (uint8_t)(reply.notify >> 8), (uint8_t)reply.notify};
    struct ikl_payload vendor = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, reply.len}};
    struct ikl_payload error = {.type = IKL_PAYLOAD_NOTIFY, .body = {notify, sizeof(notify)}};

    if (event->kind == EVENT_PEER_REQUEST && reply.close) {
        ikl_sa_close(host->sa, host->now);
    } else if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(
            ikl_sa_respond(host->sa, event->message_id, reply.notify != 0 ? &error : &vendor, 1, host->now), IKL_OK);
    }
    return IKL_OK;
}

/* A Delete with a Vendor ID payload. */
static void dig_with_more(struct grave *grave, int (*on_event)(struct host *host, struct event *event))
{
    static const uint8_t both[] = {IKL_PAYLOAD_VENDOR_ID, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0, 0, 0, 0, 5, 1};
    struct peer_message message = delete_of(0);

    message.plaintext = (struct ikl_octets){both, sizeof(both)};
    host_init(&grave->host, "a", 0, NULL);
    host_sa(&grave->host, suite, true, 0, NULL);
    assert_int_equal(ikl_sa_request(grave->host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    grave->host.on_event = on_event;
    end_by(grave, &message);
}

static void an_answer_of_the_hosts_is_known_up_to_96_octets(void **state)
{
    (void)state;
    for (size_t len = 0; len < 50; len++) {
        struct grave grave;

        reply.len = len;
        dig_with_more(&grave, reply_to_it);
        if (grave.answer.len <= 96) {
            assert_int_equal(repeat(&grave), IKL_OK);
            assert_answered(&grave, 1);
        } else {
            assert_forgotten(&grave);
        }
        fill_in(&grave);
    }
    reply.len = 0;
}

static void an_answer_that_the_host_leaves_to_the_library_is_known(void **state)
{
    struct grave grave;

    (void)state;
    dig_with_more(&grave, NULL);
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 1);
    fill_in(&grave);
}

static void what_was_not_answered_or_by_invalid_syntax_is_not_known(void **state)
{
    struct grave grave;

    (void)state;
    reply.close = true;
    dig_with_more(&grave, reply_to_it);
    assert_forgotten(&grave);
    fill_in(&grave);
    reply.close = false;
    reply.notify = IKL_NOTIFY_INVALID_SYNTAX;
    dig_with_more(&grave, reply_to_it);
    assert_forgotten(&grave);
    fill_in(&grave);
    reply.notify = 0;
}

static void with_window_2(struct ikl_sa_config *config)
{
    config->ids.own_window = 2;
}

static void with_window_2_and_fragmentation(struct ikl_sa_config *config)
{
    with_fragmentation(config);
    with_window_2(config);
}

static void a_delete_that_waited_for_its_turn_is_known(void **state)
{
    struct peer_message message = delete_of(0), probe = {.message_id = 0};
    struct grave grave;

    (void)state;
    message.message_id = 1;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 0, with_window_2);
    grave.path = *ikl_sa_path(grave.host.sa);
    grave.len = peer_seal(&message, suite, grave.request);
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_int_equal(ikl_sa_state(grave.host.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(peer_send(&grave.host, suite, &probe), IKL_OK);
    assert_int_equal(ikl_sa_state(grave.host.sa), IKL_SA_DEAD);
    grave.answer = *host_last(&grave.host, EVENT_SENT);
    host_forget(&grave.host);
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 1);
    fill_in(&grave);
}

static void a_delete_that_waited_and_came_in_fragments_is_not_known(void **state)
{
    struct peer_message whole = delete_of(0), probe = {.message_id = 0};
    struct grave grave;

    (void)state;
    whole.message_id = 1;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 0, with_window_2_and_fragmentation);
    assert_int_equal(hear_fragments(&grave.host, &whole, 4), IKL_OK);
    end_by(&grave, &probe);
    assert_forgotten(&grave);
    fill_in(&grave);
}

static void a_rekeyed_ike_sa_that_the_peer_deletes_is_known(void **state)
{
    struct peer_message message = delete_of(0);
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *heir;
    struct grave grave;

    (void)state;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 1, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&heir, grave.host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(grave.host.sa, heir, false, WAIT, 0), IKL_OK);
    end_by(&grave, &message);
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 1);
    fill_in(&grave);
}

static void an_ike_sa_that_both_delete_is_known(void **state)
{
    struct peer_message message = delete_of(0);
    struct grave grave;

    (void)state;
    host_init(&grave.host, "a", 0, NULL);
    host_sa(&grave.host, suite, true, 1, NULL);
    assert_int_equal(ikl_sa_delete(grave.host.sa, WAIT, 0), IKL_OK);
    end_by(&grave, &message);
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 1);
    fill_in(&grave);
}

static void close_at_once(void *user, struct ikl_sa *sa)
{
    (void)user;
    ikl_sa_free(sa);
}

static void who_closes_in_peer_deletes(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_deletes = close_at_once;
}

static void a_host_that_frees_the_ike_sa_in_peer_deletes_changes_nothing(void **state)
{
    struct peer_message message = delete_of(0);
    struct grave grave;

    (void)state;
    host_init(&grave.host, "a", 0, who_closes_in_peer_deletes);
    host_sa(&grave.host, suite, true, 1, NULL);
    grave.path = *ikl_sa_path(grave.host.sa);
    grave.len = peer_seal(&message, suite, grave.request);
    assert_int_equal(repeat(&grave), IKL_OK);
    grave.answer = *host_last(&grave.host, EVENT_SENT);
    host_forget(&grave.host);
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_answered(&grave, 1);
    fill_in(&grave);
}

/* Where the cipher is not deterministic the answer is not made again but kept. */
static void the_answer_of_any_cipher_is_known(void **state)
{
    struct grave grave;

    (void)state;
    for (int deterministic = 0; deterministic < 2; deterministic++) {
        fickle_reset(deterministic != 0, true);
        dig(&grave, with_fickle_provider, NULL);
        assert_int_equal(repeat(&grave), IKL_OK);
        assert_answered(&grave, 1);
        fill_in(&grave);
    }
}

static int fail_to_seal(struct host *host, struct event *event)
{
    (void)host;
    if (event->kind == EVENT_SENT) {
        fickle.seal_result = IKL_ERR_CRYPTO; /* from now on */
    }
    return IKL_OK;
}

static void an_answer_that_cannot_be_made_again_is_not_known(void **state)
{
    struct peer_message message = delete_of(0);
    struct grave grave;

    (void)state;
    fickle_reset(true, true);
    host_init(&grave.host, "a", 0, with_fickle_provider);
    host_sa(&grave.host, suite, true, 0, NULL);
    grave.host.on_event = fail_to_seal;
    end_by(&grave, &message);
    fickle.seal_result = IKL_OK;
    assert_forgotten(&grave);
    fill_in(&grave);
}

static struct {
    size_t refused;
    int last;
} inside;

static int call_inside(struct host *host, struct event *event)
{
    if (event->kind == EVENT_SENT) {
        struct ikl_sa *sa;
        struct ikl_sa_config config;
        struct ikl_keys keys;

        test_sa_config(&config, &keys, suite, true, 0);
        inside.refused++;
        inside.last = ikl_sa_new(&sa, host->endpoint, &config, host->now);
    }
    return IKL_OK;
}

static void its_send_is_a_leaf_like_any(void **state)
{
    struct grave grave;

    (void)state;
    memset(&inside, 0, sizeof(inside));
    dig(&grave, NULL, NULL);
    grave.host.on_event = call_inside;
    assert_int_equal(repeat(&grave), IKL_OK);
    assert_int_equal(inside.refused, 1);
    assert_int_equal(inside.last, IKL_ERR_REENTRANT);
    assert_answered(&grave, 1);
    fill_in(&grave);
}

TESTS_OF(tombstones)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delete_whose_answer_was_lost_is_answered_when_it_comes_again),
        cmocka_unit_test(the_answer_is_the_same_octet_for_octet_and_counted),
        cmocka_unit_test(a_repeated_delete_is_no_sign_of_life),
        cmocka_unit_test(it_keeps_no_timer),
        cmocka_unit_test(it_is_answered_for_320_s),
        cmocka_unit_test(it_is_answered_ten_times),
        cmocka_unit_test(the_time_is_the_endpoints_whatever_the_host_says),
        cmocka_unit_test(only_the_very_same_delete_is_answered),
        cmocka_unit_test(it_is_answered_along_the_path_that_it_came_along),
        cmocka_unit_test(the_non_esp_marker_is_taken_off_and_put_before),
        cmocka_unit_test(what_cannot_be_sent_is_counted_and_tried_when_it_comes_again),
        cmocka_unit_test(it_is_answered_in_batches_too),
        cmocka_unit_test(the_latest_ike_sas_are_known),
        cmocka_unit_test(an_ike_sa_with_the_same_spi_takes_its_place),
        cmocka_unit_test(an_ike_sa_that_was_deleted_otherwise_is_not_known),
        cmocka_unit_test(a_delete_that_came_in_fragments_is_not_known),
        cmocka_unit_test(an_answer_of_the_hosts_is_known_up_to_96_octets),
        cmocka_unit_test(an_answer_that_the_host_leaves_to_the_library_is_known),
        cmocka_unit_test(what_was_not_answered_or_by_invalid_syntax_is_not_known),
        cmocka_unit_test(a_delete_that_waited_for_its_turn_is_known),
        cmocka_unit_test(a_delete_that_waited_and_came_in_fragments_is_not_known),
        cmocka_unit_test(a_rekeyed_ike_sa_that_the_peer_deletes_is_known),
        cmocka_unit_test(an_ike_sa_that_both_delete_is_known),
        cmocka_unit_test(a_host_that_frees_the_ike_sa_in_peer_deletes_changes_nothing),
        cmocka_unit_test(the_answer_of_any_cipher_is_known),
        cmocka_unit_test(an_answer_that_cannot_be_made_again_is_not_known),
        cmocka_unit_test(its_send_is_a_leaf_like_any),
    };

    return ikl_init() == IKL_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
