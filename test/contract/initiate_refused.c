/* SPDX-License-Identifier: ISC */
/* Promises about what must not happen on the way to ESTABLISHED: forged responses, wrong calls, missing memory. */
#include "support/beginning.h"
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_allocator.h"
#include "support/twin.h"

static const char *const suite = ASKING_SUITE;

static void one_ike_sa(struct host *host)
{
    host_init(host, "a", 0, NULL);
    host_begin(host, NULL);
}

/* Whatever was to be done was refused: no state, event or room in the pool has changed. */
static void assert_nothing_changed(struct host *host, const struct snapshot *before, size_t n_events, size_t room)
{
    struct snapshot after = snapshot_of(host);

    assert_same_state(before, &after);
    assert_int_equal(host->n_events, n_events);
    assert_int_equal(pool_room(host), room);
}

static void assert_forged_is_refused(struct host *host, const struct beginning_message *message, int error)
{
    struct snapshot before = snapshot_of(host);
    size_t n_events = host->n_events, room = pool_room(host);

    assert_int_equal(beginning_hear(host, message), error);
    assert_nothing_changed(host, &before, n_events, room);
}

static const struct ikl_payload unknown_critical[] = {{.type = 200, .critical = true}};

/* Not what was asked for, so not even offered. */
static void what_is_no_response_to_the_request_is_refused(void **state)
{
    static const struct {
        struct beginning_message message;
        int error;
    } cases[] = {{{.request = true}, IKL_ERR_UNSOLICITED},
                 {{.message_id = 1}, IKL_ERR_UNSOLICITED},
                 {{.message_id = UINT32_MAX}, IKL_ERR_UNSOLICITED},
                 {{.exchange_type = IKL_IKE_AUTH}, IKL_ERR_UNSOLICITED},
                 {{.exchange_type = IKL_INFORMATIONAL}, IKL_ERR_UNSOLICITED},
                 {{.flags = IKL_FLAG_INITIATOR}, IKL_ERR_FLAGS},
                 {{.request = true, .flags = IKL_FLAG_INITIATOR}, IKL_ERR_FLAGS},
                 {{.wrong_length = 1}, IKL_ERR_LENGTH},
                 {{.wrong_length = -1}, IKL_ERR_LENGTH},
                 {{.payloads = unknown_critical, .n = 1}, IKL_ERR_CRITICAL}};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)begin(&host, 7);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_forged_is_refused(&host, &cases[i].message, cases[i].error);
    }
    assert_int_equal(beginning_hear(&host, &(struct beginning_message){.spi_i = 5}), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(host_count(&host, EVENT_INIT_RESPONSE), 0);
    assert_int_equal(host_counters(&host).offered, 0);
    host_clear(&host);
}

static void a_malformed_or_protected_response_is_refused(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = beginning_write(&(struct beginning_message){0}, datagram);
    struct peer_message sealed = {.response = true, .exchange_type = IKL_IKE_SA_INIT};
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)begin(&host, 7);
    datagram[IKL_HEADER_LEN + 3]--; /* the payload's length: something is left over */
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_ERR_MALFORMED);
    datagram[IKL_HEADER_LEN + 3] = 3;
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_ERR_MALFORMED);
    datagram[IKL_HEADER_LEN + 3] = 255;
    assert_int_equal(peer_deliver(&host, datagram, len), IKL_ERR_TRUNCATED);
    for (size_t short_len = 0; short_len < IKL_HEADER_LEN; short_len++) {
        assert_int_equal(peer_deliver(&host, datagram, short_len), IKL_ERR_TRUNCATED);
    }
    assert_int_equal(peer_send(&host, suite, &sealed), IKL_ERR_MALFORMED); /* with what keys? */
    assert_int_equal(host_count(&host, EVENT_INIT_RESPONSE), 0);
    assert_int_equal(host_info(&host).outstanding_deadline, 1000);
    host_clear(&host);
}

static void without_init_response(struct ikl_endpoint_config *config)
{
    config->callbacks.init_response = NULL;
}

static void nobody_has_to_look_at_a_response(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, without_init_response);
    host_begin(&host, NULL);
    (void)begin(&host, 7);
    assert_int_equal(beginning_hear(&host, &(struct beginning_message){0}), IKL_OK);
    assert_int_equal(host_info(&host).outstanding, 1);
    host_clear(&host);
}

static void before_the_request_nothing_is_a_response(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_forged_is_refused(&host, &(struct beginning_message){0}, IKL_ERR_UNSOLICITED);
    host_clear(&host);
}

/* A thousand forged responses, and the host is not fooled: what follows is as it would have been without. */
static void forged_responses_change_nothing(void **state)
{
    struct host host, twin;

    (void)state;
    one_ike_sa(&host);
    one_ike_sa(&twin);
    (void)begin(&host, 7);
    (void)begin(&twin, 7);
    for (uint64_t i = 1; i <= 1000; i++) {
        assert_int_equal(beginning_hear(&host, &(struct beginning_message){.spi_r = i}), IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_INIT_RESPONSE), 1000);
    host_forget(&host);
    host_forget(&twin);
    host_run_to_the_end(&host);
    host_run_to_the_end(&twin);
    assert_same_events(&host, &twin);
    host_clear(&host);
    host_clear(&twin);
}

static void without_keys_one_ike_sa_init_request_is_all_there_is(void **state)
{
    struct ikl_request *out = NULL;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(asking_try(&host, &(struct asking){.exchange_type = IKL_IKE_AUTH}, &out), IKL_ERR_STATE);
    assert_int_equal(asking_try(&host, &(struct asking){.exchange_type = IKL_INFORMATIONAL}, &out), IKL_ERR_STATE);
    (void)begin(&host, 7);
    assert_int_equal(asking_try(&host, &(struct asking){.exchange_type = IKL_IKE_SA_INIT}, &out), IKL_ERR_BUSY);
    assert_int_equal(asking_try(&host, &(struct asking){.exchange_type = IKL_IKE_AUTH}, &out), IKL_ERR_STATE);
    assert_null(out);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_respond(host.sa, 0, NULL, 0, 0), IKL_ERR_NOT_FOUND);
    assert_int_equal(ikl_sa_established(host.sa, 0), IKL_ERR_STATE);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static int restart(struct host *host, uint8_t type, size_t len)
{
    static const uint8_t body[5000];
    struct ikl_payload payload = {.type = type, .body = {body, len}};

    return ikl_sa_restart(host->sa, &payload, 1, host->now);
}

static void a_restart_needs_an_outstanding_ike_sa_init_request(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(restart(&host, IKL_PAYLOAD_NONCE, 20), IKL_ERR_NOT_FOUND);
    (void)begin(&host, 7);
    assert_int_equal(beginning_install(&host), IKL_OK);
    assert_int_equal(restart(&host, IKL_PAYLOAD_NONCE, 20), IKL_ERR_NOT_FOUND);
    (void)ask(&host, 8);
    assert_int_equal(restart(&host, IKL_PAYLOAD_NONCE, 20), IKL_ERR_NOT_FOUND);
    assert_int_equal(ikl_sa_established(host.sa, 0), IKL_OK);
    assert_int_equal(restart(&host, IKL_PAYLOAD_NONCE, 20), IKL_ERR_NOT_FOUND);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(restart(&host, IKL_PAYLOAD_NONCE, 20), IKL_ERR_STATE);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    host_clear(&host);
}

/* The request goes on with the payloads it had. */
static void a_refused_restart_changes_nothing(void **state)
{
    struct snapshot before;
    struct drain drain;
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)begin(&host, 7);
    host_advance(&host, 1000);
    before = snapshot_of(&host);
    assert_int_equal(restart(&host, IKL_PAYLOAD_SK, 20), IKL_ERR_INVALID);
    assert_int_equal(restart(&host, IKL_PAYLOAD_NONCE, 5000), IKL_ERR_INVALID);
    assert_int_equal(restart(&host, IKL_PAYLOAD_NONCE, 4096 - IKL_HEADER_LEN - 4 + 1), IKL_ERR_INVALID);
    drain_pool(&drain, &host);
    assert_int_equal(restart(&host, IKL_PAYLOAD_NONCE, 20), IKL_ERR_NO_BUFFER);
    refill_pool(&drain, &host);
    assert_nothing_changed(&host, &before, 4, pool_room(&host));
    host_advance(&host, 3000);
    assert_memory_equal(host_event(&host, EVENT_SENT, 2)->datagram, host_event(&host, EVENT_SENT, 0)->datagram,
                        host_event(&host, EVENT_SENT, 0)->len);
    host_clear(&host);
}

/* Not fragmented, whatever the path can carry: RFC 7383 §1. */
static void an_ike_sa_init_request_is_one_datagram_however_long(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    (void)begin(&host, 7);
    assert_int_equal(restart(&host, IKL_PAYLOAD_NONCE, 4096 - IKL_HEADER_LEN - 4), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_int_equal(host_event(&host, EVENT_SENT, 1)->len, 4096);
    host_clear(&host);
}

/* One thing wrong about ikl_sa_install_keys. */
static int install_spoiled(struct host *host, size_t n)
{
    struct ikl_keys keys;
    struct ikl_protection protection = beginning_protection(&keys);
    uint64_t spi_r = 0x2222;

    switch (n) {
    case 0:
        spi_r = 0;
        break;
    case 1:
        protection.keys = NULL;
        break;
    case 2:
        protection.iv_source = IKL_IV_UNSTATED;
        break;
    case 3:
        protection.iv_source = IKL_IV_CALLBACK;
        break;
    case 4:
        keys.encr_key_len--;
        break;
    case 5:
        protection.suite.encr = 999;
        break;
    default:
        return IKL_OK;
    }
    return ikl_sa_install_keys(host->sa, spi_r, &protection, host->now);
}

static void keys_that_are_not_stated_in_full_are_refused_and_nothing_changes(void **state)
{
    struct snapshot before;
    struct host host;
    size_t n = 0;
    int result;

    (void)state;
    one_ike_sa(&host);
    (void)begin(&host, 7);
    before = snapshot_of(&host);
    while ((result = install_spoiled(&host, n)) != IKL_OK) {
        assert_int_equal(result, n == 5 ? IKL_ERR_UNSUPPORTED : IKL_ERR_INVALID);
        assert_nothing_changed(&host, &before, 2, pool_room(&host));
        assert_int_equal(ikl_sa_spi_r(host.sa), 0);
        n++;
    }
    assert_int_equal(n, 6);
    assert_int_equal(beginning_hear(&host, &(struct beginning_message){0}), IKL_OK); /* still without keys */
    assert_int_equal(beginning_install(&host), IKL_OK);
    host_clear(&host);
}

static void keys_are_installed_once_and_only_after_a_request(void **state)
{
    struct host host;

    (void)state;
    one_ike_sa(&host);
    assert_int_equal(beginning_install(&host), IKL_ERR_STATE);
    (void)begin(&host, 7);
    assert_int_equal(beginning_install(&host), IKL_OK);
    assert_int_equal(beginning_install(&host), IKL_ERR_STATE);
    (void)ask(&host, 8);
    assert_int_equal(beginning_install(&host), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_established(host.sa, 0), IKL_OK);
    assert_int_equal(ikl_sa_established(host.sa, 0), IKL_ERR_STATE);
    assert_int_equal(beginning_install(&host), IKL_ERR_STATE);
    ikl_sa_close(host.sa, 0);
    assert_int_equal(beginning_install(&host), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_established(host.sa, 0), IKL_ERR_STATE);
    host_clear(&host);
}

/* Its keys are wiped already, and yet it is no IKE SA that begins. */
static int try_to_begin_again(struct host *host, struct event *event)
{
    if (event->kind == EVENT_OUTCOME) {
        assert_int_equal(beginning_install(host), IKL_ERR_STATE);
        assert_int_equal(restart(host, IKL_PAYLOAD_NONCE, 20), IKL_ERR_STATE);
        assert_int_equal(ikl_sa_established(host->sa, host->now), IKL_ERR_STATE);
    }
    return IKL_OK;
}

static void a_dying_ike_sa_does_not_begin_again(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, NULL);
    ikl_sa_peer_window(host.sa, 3, 0);
    for (uint8_t mark = 0; mark < 3; mark++) {
        (void)ask(&host, mark);
    }
    host.on_event = try_to_begin_again;
    ikl_sa_close(host.sa, 0);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 3);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    host_clear(&host);
}

static struct test_allocator memory;

static void with_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

static int install_with_everything(struct host *host)
{
    struct ikl_keys keys;
    struct ikl_protection protection = beginning_protection(&keys);

    protection.fragmentation = true;
    return ikl_sa_install_keys(host->sa, 0x2222222222220000u, &protection, host->now);
}

/* Each allocation that it makes fails once. */
static void without_memory_no_keys_are_installed_and_nothing_changes(void **state)
{
    size_t n = 0;
    int result;

    (void)state;
    do {
        struct snapshot before;
        struct host host;

        test_allocator_init(&memory);
        host_init(&host, "a", 0, with_memory);
        host_begin(&host, NULL);
        (void)begin(&host, 7);
        before = snapshot_of(&host);
        test_allocator_fail(&memory, ++n);
        result = install_with_everything(&host);
        if (result != IKL_OK) {
            assert_int_equal(result, IKL_ERR_NO_MEMORY);
            assert_nothing_changed(&host, &before, 2, pool_room(&host));
            assert_int_equal(install_with_everything(&host), IKL_OK);
        }
        (void)ask(&host, 8);
        assert_int_equal(asked(&host, 1), 8);
        host_clear(&host);
        assert_int_equal(memory.outstanding, 0);
    } while (result != IKL_OK);
    assert_in_range(n, 5, 20); /* two pieces for the keys, two for fragments: those were tried */
}

static void roaming(struct ikl_sa_config *config)
{
    config->roaming = true;
}

/* It was set aside when the IKE SA was made. */
static void an_ike_sa_that_was_made_roaming_needs_no_more_memory_for_fragments(void **state)
{
    size_t allocations;
    struct host host;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, with_memory);
    host_sa(&host, suite, true, 0, NULL); /* so that there is room for keys */
    ikl_sa_free(host.sa);
    host_begin(&host, roaming);
    (void)begin(&host, 7);
    allocations = memory.allocations;
    assert_int_equal(install_with_everything(&host), IKL_OK);
    assert_int_equal(memory.allocations, allocations);
    assert_int_equal(asking_try(&host, &(struct asking){.mark = 8, .len = 3000}, NULL), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 1 + 7);
    host_clear(&host);
}

static void the_error_of_the_ciphers_init_is_returned_and_nothing_changes(void **state)
{
    struct snapshot before;
    struct host host;

    (void)state;
    fickle_reset(true, true);
    host_init(&host, "a", 0, with_fickle_provider);
    host_begin(&host, NULL);
    (void)begin(&host, 7);
    before = snapshot_of(&host);
    fickle.init_result = IKL_ERR_CRYPTO;
    assert_int_equal(install_with_everything(&host), IKL_ERR_CRYPTO);
    assert_int_equal(fickle.inits, fickle.clears + 1); /* the one that failed acquired nothing */
    assert_nothing_changed(&host, &before, 2, pool_room(&host));
    fickle_reset(true, true);
    assert_int_equal(install_with_everything(&host), IKL_OK);
    host_clear(&host);
}

/* An IKE SA that begins has no past. */
static void a_beginning_that_states_a_past_is_refused(void **state)
{
    struct ikl_sa_config config;
    struct ikl_sa *sa = NULL;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    for (size_t i = 0; i < 7; i++) {
        beginning_config(&config);
        config.spi_i = i == 0 ? 0 : config.spi_i;
        config.spi_r = i == 1 ? 5 : 0;
        config.original_initiator = i != 2;
        config.ids.next_request = i == 3 || i == 4 ? 1 : 0;
        config.ids.unanswered = i == 3 ? 1 : 0;
        config.ids.next_expected = i == 5 ? 1 : 0;
        config.connecting = i != 6;
        assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_ERR_INVALID);
    }
    assert_null(sa);
    beginning_config(&config);
    assert_int_equal(ikl_sa_new(&sa, host.endpoint, &config, 0), IKL_OK);
    host_clear(&host);
}

static void one_with_keys(struct host *host)
{
    one_ike_sa(host);
    (void)begin(host, 7);
    assert_int_equal(beginning_install(host), IKL_OK);
    assert_int_equal(asking_try(host, &(struct asking){.mark = 8, .exchange_type = IKL_IKE_AUTH}, NULL), IKL_OK);
}

/* The same story twice; in one run unprotected messages of every kind come in between. */
static void rfc_30_with_keys_unprotected_messages_are_dropped_without_any_effect(void **state)
{
    static const uint8_t exchanges[] = {IKL_IKE_SA_INIT, IKL_IKE_AUTH, IKL_CREATE_CHILD_SA, IKL_INFORMATIONAL};
    static const struct ikl_payload nothing[1];
    struct host host, twin;

    (void)state;
    one_with_keys(&host);
    one_with_keys(&twin);
    for (size_t i = 0; i < COUNT_OF(exchanges) * 16; i++) {
        struct snapshot before = snapshot_of(&host);
        size_t n_events = host.n_events;
        struct beginning_message message = {.exchange_type = exchanges[i / 16],
                                            .request = i % 2 != 0,
                                            .message_id = i / 2 % 4,
                                            .payloads = i / 8 % 2 != 0 ? nothing : NULL};
        int result = beginning_hear(&host, &message);

        assert_true(result == IKL_ERR_UNPROTECTED || result == IKL_ERR_UNSOLICITED || result == IKL_ERR_WINDOW ||
                    result == IKL_ERR_MALFORMED || result == IKL_ERR_EARLY);
        assert_nothing_changed(&host, &before, n_events, pool_room(&twin));
    }
    assert_int_equal(host_count(&host, EVENT_INIT_RESPONSE), 0);
    host_run_to_the_end(&host);
    host_run_to_the_end(&twin);
    assert_same_events(&host, &twin);
    host_clear(&host);
    host_clear(&twin);
}

TESTS_OF(initiate_refused)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_response_to_the_request_is_refused),
        cmocka_unit_test(a_malformed_or_protected_response_is_refused),
        cmocka_unit_test(nobody_has_to_look_at_a_response),
        cmocka_unit_test(before_the_request_nothing_is_a_response),
        cmocka_unit_test(forged_responses_change_nothing),
        cmocka_unit_test(without_keys_one_ike_sa_init_request_is_all_there_is),
        cmocka_unit_test(a_restart_needs_an_outstanding_ike_sa_init_request),
        cmocka_unit_test(a_refused_restart_changes_nothing),
        cmocka_unit_test(an_ike_sa_init_request_is_one_datagram_however_long),
        cmocka_unit_test(keys_that_are_not_stated_in_full_are_refused_and_nothing_changes),
        cmocka_unit_test(keys_are_installed_once_and_only_after_a_request),
        cmocka_unit_test(a_dying_ike_sa_does_not_begin_again),
        cmocka_unit_test(without_memory_no_keys_are_installed_and_nothing_changes),
        cmocka_unit_test(an_ike_sa_that_was_made_roaming_needs_no_more_memory_for_fragments),
        cmocka_unit_test(the_error_of_the_ciphers_init_is_returned_and_nothing_changes),
        cmocka_unit_test(a_beginning_that_states_a_past_is_refused),
        cmocka_unit_test(rfc_30_with_keys_unprotected_messages_are_dropped_without_any_effect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
