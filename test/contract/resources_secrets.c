/* SPDX-License-Identifier: ISC */
/* Promises about secrets: no key and no plaintext is left in memory that is not needed any more, nor in any text. */
#include "support/hex.h"
#include "support/peer.h"
#include "support/syncing.h"
#include "support/test.h"
#include "support/test_allocator.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { SECRET_LEN = 16 };

static struct test_allocator memory;

/* Messages carry this; longer than what a response is made again from. */
static const uint8_t secret[] = "forty octets that nobody else should see";

static void with_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

static void one_ike_sa(struct host *host, sa_change change)
{
    test_allocator_init(&memory);
    host_init(host, "a", 0, with_memory);
    host_sa(host, suite, true, 1, change);
}

static void guard_keys(const struct ikl_keys *keys)
{
    const uint8_t *const secrets[] = {keys->sk_ei, keys->sk_er, keys->sk_d, keys->sk_pi, keys->sk_pr};

    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        test_allocator_guard(&memory, secrets[i], SECRET_LEN);
        test_allocator_guard(&memory, secrets[i] + SECRET_LEN, SECRET_LEN);
    }
}

static size_t count_keys(const struct ikl_keys *keys)
{
    return test_allocator_find(&memory, keys->sk_ei, SECRET_LEN) +
           test_allocator_find(&memory, keys->sk_er, SECRET_LEN) +
           test_allocator_find(&memory, keys->sk_ei + SECRET_LEN, SECRET_LEN) +
           test_allocator_find(&memory, keys->sk_er + SECRET_LEN, SECRET_LEN);
}

static void keys_are_wiped_when_an_ike_sa_ends(void **state)
{
    struct ikl_keys keys;
    struct host host;

    (void)state;
    test_keys(&keys, suite);
    one_ike_sa(&host, NULL);
    guard_keys(&keys);
    assert_int_equal(count_keys(&keys), 4); /* or the search would not find them */
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    ikl_sa_close(host.sa, 0); /* the handle lives on */
    assert_int_equal(count_keys(&keys), 0);
    host_clear(&host);
    assert_int_equal(memory.betrayed, 0);
}

static void memory_is_given_back_without_keys_whatever_was_going_on(void **state)
{
    struct ikl_keys keys;
    struct host host;

    (void)state;
    test_keys(&keys, suite);
    one_ike_sa(&host, NULL);
    for (uint32_t n = 1; n < 100; n++) { /* all of them have the same keys */
        struct ikl_sa_config config;
        struct ikl_sa *sa;

        test_sa_config(&config, &keys, suite, true, n);
        assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_OK);
    }
    guard_keys(&keys);
    assert_true(count_keys(&keys) >= 4);
    host_advance(&host, 5000);
    host_clear(&host);
    assert_int_equal(memory.betrayed, 0);
    assert_int_equal(memory.outstanding, 0);
}

static void keys_that_the_library_does_not_need_are_not_copied(void **state)
{
    struct ikl_keys keys;
    struct host host;

    (void)state;
    test_keys(&keys, suite);
    one_ike_sa(&host, NULL);
    assert_int_equal(test_allocator_find(&memory, keys.sk_d, SECRET_LEN), 0);
    assert_int_equal(test_allocator_find(&memory, keys.sk_pi, SECRET_LEN), 0);
    assert_int_equal(test_allocator_find(&memory, keys.sk_pr, SECRET_LEN), 0);
    host_clear(&host);
}

/* A request with the secret in it; `tail` octets of another payload behind it. */
static struct peer_message secret_request(uint32_t message_id, uint8_t *inside)
{
    memcpy(inside, (const uint8_t[]){0, 0, 0, 4 + sizeof(secret)}, 4);
    memcpy(inside + 4, secret, sizeof(secret));
    return (struct peer_message){
        .message_id = message_id, .first_payload = IKL_PAYLOAD_VENDOR_ID, .plaintext = {inside, 4 + sizeof(secret)}};
}

static size_t count_secrets(void)
{
    return test_allocator_find(&memory, secret, SECRET_LEN) +
           test_allocator_find(&memory, secret + sizeof(secret) - SECRET_LEN, SECRET_LEN);
}

static int look_for_secret(struct host *host, struct event *event)
{
    if (event->kind == EVENT_PEER_REQUEST) {
        *(size_t *)host->context = count_secrets();
    }
    return IKL_OK;
}

static void the_plaintext_of_a_request_is_wiped_once_it_is_handled(void **state)
{
    uint8_t inside[4 + sizeof(secret)];
    struct peer_message message = secret_request(0, inside);
    struct host host;
    size_t seen = 0;

    (void)state;
    one_ike_sa(&host, NULL);
    host.on_event = look_for_secret;
    host.context = &seen;
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_true(seen > 0); /* or the search would not find it */
    assert_int_equal(count_secrets(), 0);
    host_clear(&host);
}

static void the_plaintext_of_what_is_refused_or_repeated_is_wiped(void **state)
{
    uint8_t inside[4 + sizeof(secret)], text[4 + sizeof(secret) + 1];
    struct peer_message message = secret_request(0, inside);
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    memcpy(text, inside, sizeof(inside));
    text[sizeof(inside)] = 200; /* a Pad Length larger than all of it */
    message.plaintext = (struct ikl_octets){text, sizeof(text)};
    {
        uint8_t datagram[HOST_MAX_DATAGRAM];
        size_t len = peer_seal_text(&message, suite, datagram);

        assert_int_equal(peer_deliver(&host, datagram, len), IKL_ERR_MALFORMED);
        assert_int_equal(count_secrets(), 0);
    }
    message = secret_request(0, inside);
    inside[3]++; /* a chain that runs past the end is answered with INVALID_SYNTAX */
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(count_secrets(), 0);
    host_clear(&host);
    one_ike_sa(&host, NULL);
    inside[3]--;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(peer_send(&host, suite, &message), i == 0 ? IKL_OK : IKL_ERR_PENDING);
        assert_int_equal(count_secrets(), 0);
    }
    inside[3]++;
    message.response = true; /* nobody asked */
    assert_int_equal(peer_send(&host, suite, &message), IKL_ERR_UNSOLICITED);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(count_secrets(), 0);
    host_clear(&host);
}

/* The whole is longer than the fragment that completes it. */
static void the_plaintext_of_a_fragmented_request_is_wiped_once_it_is_handled(void **state)
{
    uint8_t inside[4 + sizeof(secret)];
    struct peer_message first = secret_request(0, inside), second = first;
    struct host host;
    size_t seen = 0;

    (void)state;
    one_ike_sa(&host, with_fragmentation);
    host.on_event = look_for_secret;
    host.context = &seen;
    first.fragment_total = second.fragment_total = 2;
    first.fragment_number = 1;
    first.plaintext.len -= 5;
    second.fragment_number = 2;
    second.first_payload = IKL_PAYLOAD_NONE;
    second.plaintext = (struct ikl_octets){inside + first.plaintext.len, 5};
    assert_int_equal(peer_send(&host, suite, &first), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &second), IKL_OK);
    assert_true(seen > 0);
    assert_int_equal(count_secrets(), 0);
    host_clear(&host);
}

/* What padding holds is as secret as what it pads. */
static void padding_is_wiped_with_what_it_pads(void **state)
{
    uint8_t text[sizeof(secret) + 1], datagram[HOST_MAX_DATAGRAM];
    struct peer_message message = {.plaintext = {text, sizeof(text)}};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    memcpy(text, secret, sizeof(secret));
    text[sizeof(secret)] = sizeof(secret);
    assert_int_equal(peer_deliver(&host, datagram, peer_seal_text(&message, suite, datagram)), IKL_OK);
    assert_int_equal(count_secrets(), 0);
    host_clear(&host);
}

/* Also of a fragment that is kept, and of a message that synchronises Message IDs. */
static void so_it_is_of_a_fragment_and_where_message_ids_are_synchronised(void **state)
{
    static const uint8_t ids[] = {0, 0, 0, 20, 0, 0, 0x40, 0x26, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 9};
    uint8_t text[sizeof(ids) + sizeof(secret) + 1], datagram[HOST_MAX_DATAGRAM];
    struct peer_message fragment = {.exchange_type = IKL_CREATE_CHILD_SA,
                                    .first_payload = IKL_PAYLOAD_VENDOR_ID,
                                    .plaintext = {text, sizeof(text)},
                                    .fragment_number = 1,
                                    .fragment_total = 2};
    struct peer_message sync = {.first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {text, sizeof(text)}};
    struct host host;

    (void)state;
    memcpy(text, ids, sizeof(ids));
    memcpy(text + sizeof(ids), secret, sizeof(secret));
    text[sizeof(text) - 1] = sizeof(secret);
    one_ike_sa(&host, with_fragmentation);
    syncing_agree(host.sa);
    assert_int_equal(peer_deliver(&host, datagram, peer_seal_text(&fragment, suite, datagram)), IKL_OK);
    assert_int_equal(host_counters(&host).fragments, 1);
    assert_int_equal(count_secrets(), 0);
    assert_int_equal(peer_deliver(&host, datagram, peer_seal_text(&sync, suite, datagram)), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SYNCED), 1);
    assert_int_equal(count_secrets(), 0);
    host_clear(&host);
}

static int iv_result;

static int next_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    static uint8_t count;

    (void)user;
    (void)sa;
    memset(iv, count++, len);
    return iv_result;
}

static void with_ivs_on_demand(struct ikl_sa_config *config)
{
    iv_result = IKL_OK;
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = next_iv;
}

static int respond(struct host *host, const struct ikl_payload *second)
{
    struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_VENDOR_ID, .body = {secret, sizeof(secret)}}, *second};

    return ikl_sa_respond(host->sa, 0, payloads, 2, host->now);
}

static void the_plaintext_of_a_response_is_wiped_whether_it_was_sent_or_not(void **state)
{
    static const uint8_t long_body[4096];
    struct ikl_payload nothing = {.type = IKL_PAYLOAD_VENDOR_ID}, too_long = nothing;
    struct host host;

    (void)state;
    one_ike_sa(&host, with_ivs_on_demand);
    too_long.body = (struct ikl_octets){long_body, sizeof(long_body)};
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}), IKL_OK);
    assert_int_equal(respond(&host, &too_long), IKL_ERR_INVALID);
    assert_int_equal(count_secrets(), 0);
    iv_result = IKL_ERR_CRYPTO;
    assert_int_equal(respond(&host, &nothing), IKL_ERR_CRYPTO);
    assert_int_equal(count_secrets(), 0);
    iv_result = IKL_OK;
    assert_int_equal(respond(&host, &nothing), IKL_OK);
    assert_int_equal(count_secrets(), 0);
    host_clear(&host);
}

/* The first is sent, the second waits for the answer to it in the pool. */
static void the_plaintext_of_a_request_of_ours_is_wiped_once_it_is_sent(void **state)
{
    static const uint8_t long_body[4096];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {secret, sizeof(secret)}}, too_long = payload;
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    too_long.body = (struct ikl_octets){long_body, sizeof(long_body)};
    for (size_t i = 0; i < 2; i++) {
        struct ikl_payload payloads[] = {payload, too_long};

        assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, payloads, 2, NULL, 0, NULL), IKL_ERR_INVALID);
        assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, payloads, 1, NULL, 0, NULL), IKL_OK);
        assert_int_equal(host_info(&host).queued, i);
        assert_int_equal(count_secrets() != 0, i != 0);
    }
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_int_equal(host_info(&host).queued, 0);
    assert_int_equal(count_secrets(), 0);
    host_clear(&host);
}

/* The longest request that there can be, whose last octets are secret: opened to be fragmented for a narrower path. */
static void the_plaintext_of_what_is_fragmented_anew_is_wiped_to_its_last_octet(void **state)
{
    static const uint8_t long_body[4096];
    struct ikl_payload payloads[] = {{.type = IKL_PAYLOAD_VENDOR_ID, .body = {long_body, sizeof(long_body)}},
                                     {.type = IKL_PAYLOAD_VENDOR_ID, .body = {secret, sizeof(secret)}}};
    struct ikl_path narrower;
    struct host host;
    size_t sent;

    (void)state;
    one_ike_sa(&host, with_fragmentation);
    while (ikl_sa_request(host.sa, IKL_INFORMATIONAL, payloads, 2, NULL, 0, NULL) == IKL_ERR_INVALID) {
        payloads[0].body.len--;
    }
    sent = host_count(&host, EVENT_SENT);
    narrower = *ikl_sa_path(host.sa);
    narrower.tag = 1;
    narrower.mtu = 576;
    assert_int_equal(ikl_sa_set_path(host.sa, &narrower, 0), IKL_OK);
    assert_true(host_count(&host, EVENT_SENT) > 2 * sent);
    assert_int_equal(count_secrets(), 0);
    host_clear(&host);
}

static void cancel_queued(struct host *host, struct ikl_request *queued)
{
    ikl_sa_cancel(host->sa, queued, host->now);
}

static void close_with_queued(struct host *host, struct ikl_request *queued)
{
    (void)queued;
    ikl_sa_close(host->sa, host->now);
}

/* The first is sent, and the answer to it is there; but the second cannot be sealed yet. */
static void the_plaintext_of_a_queued_request_is_kept_once_and_wiped_when_it_ends(void **state)
{
    static void (*const ends[])(struct host * host, struct ikl_request * queued) = {cancel_queued, close_with_queued};
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {secret, sizeof(secret)}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct ikl_request *queued;
        struct host host;
        size_t kept;

        one_ike_sa(&host, with_ivs_on_demand);
        assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
        assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, &queued), IKL_OK);
        kept = count_secrets();
        assert_int_not_equal(kept, 0);
        iv_result = IKL_ERR_CRYPTO;
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
        assert_int_equal(host_info(&host).queued, 1);
        assert_int_equal(count_secrets(), kept);
        ends[i](&host, queued);
        assert_int_equal(count_secrets(), 0);
        host_clear(&host);
    }
}

/* A short response is made again from its plaintext, which is kept no longer than the IKE SA. */
static void the_plaintext_that_a_response_is_made_again_from_goes_with_the_ike_sa(void **state)
{
    static const uint8_t body[] = "12 octets, ";
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct host host;

    (void)state;
    one_ike_sa(&host, NULL);
    test_allocator_guard(&memory, body, sizeof(body));
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA}), IKL_OK);
    assert_int_equal(ikl_sa_respond(host.sa, 0, &payload, 1, 0), IKL_OK);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(test_allocator_find(&memory, body, sizeof(body)), 0);
    host_clear(&host);
    assert_int_equal(memory.betrayed, 0);
}

static void assert_not_in_text(const char *text, size_t size, const uint8_t *key)
{
    char digits[2 * SECRET_LEN + 1];

    hex_encode(digits, key, SECRET_LEN);
    assert_null(strstr(text, digits));
    for (size_t i = 0; i + SECRET_LEN <= size; i++) {
        assert_memory_not_equal(text + i, key, SECRET_LEN);
    }
}

static void text_never_contains_keys(void **state)
{
    struct ikl_keys keys;
    char text[4096] = {0};
    struct host host;

    (void)state;
    test_keys(&keys, suite);
    one_ike_sa(&host, NULL);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_true(ikl_sa_describe(host.sa, 0, text, sizeof(text)) > 0);
    assert_not_in_text(text, sizeof(text), keys.sk_ei);
    assert_not_in_text(text, sizeof(text), keys.sk_er);
    assert_not_in_text(text, sizeof(text), keys.sk_d);
    host_clear(&host);
}

TESTS_OF(resources_secrets)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_wiped_when_an_ike_sa_ends),
        cmocka_unit_test(memory_is_given_back_without_keys_whatever_was_going_on),
        cmocka_unit_test(keys_that_the_library_does_not_need_are_not_copied),
        cmocka_unit_test(the_plaintext_of_a_request_is_wiped_once_it_is_handled),
        cmocka_unit_test(the_plaintext_of_what_is_refused_or_repeated_is_wiped),
        cmocka_unit_test(the_plaintext_of_a_fragmented_request_is_wiped_once_it_is_handled),
        cmocka_unit_test(padding_is_wiped_with_what_it_pads),
        cmocka_unit_test(so_it_is_of_a_fragment_and_where_message_ids_are_synchronised),
        cmocka_unit_test(the_plaintext_of_a_response_is_wiped_whether_it_was_sent_or_not),
        cmocka_unit_test(the_plaintext_of_a_request_of_ours_is_wiped_once_it_is_sent),
        cmocka_unit_test(the_plaintext_of_what_is_fragmented_anew_is_wiped_to_its_last_octet),
        cmocka_unit_test(the_plaintext_of_a_queued_request_is_kept_once_and_wiped_when_it_ends),
        cmocka_unit_test(the_plaintext_that_a_response_is_made_again_from_goes_with_the_ike_sa),
        cmocka_unit_test(text_never_contains_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
