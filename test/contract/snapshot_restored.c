/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/snapshot.h> about what is left out of a snapshot, and about IKE SAs that find a host or an
 * endpoint other than the one that they knew. */
#include "support/asking.h"
#include "support/fickle_cipher.h"
#include "support/monitored.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/rekeyed.h"
#include "support/restorer.h"
#include "support/sharing.h"
#include "support/syncing.h"
#include "support/test.h"
#include "support/test_allocator.h"

#include "octets.h"

enum { TEN_MINUTES = 600000, LARGE = 2600, MANY = 70 };

static const char *const suite = RESTORER_SUITE;

static struct restorer restorer;

static struct host *const host = &restorer.host;

static struct test_allocator memory;

static void over_ipv6(struct ikl_sa_config *config)
{
    config->path.local = (struct ikl_address){.ip = {0x20, 1, 0x0d, 0xb8, [15] = 1}, .port = 500, .family = 6};
    config->path.remote = (struct ikl_address){.ip = {0x20, 1, 0x0d, 0xb8, [15] = 2}, .port = 500, .family = 6};
}

static void from_anywhere(struct ikl_sa_config *config)
{
    config->path.local = (struct ikl_address){.family = 0};
}

static void an_ike_sa_over_ipv6_has_its_addresses_again(void **state)
{
    struct ikl_path path;
    size_t len;

    (void)state;
    restorer_begin(&restorer, 0, over_ipv6);
    path = *ikl_sa_path(host->sa);
    assert_int_equal(path.remote.family, 6);
    restorer_take(&restorer);
    len = restorer.len;
    restorer_go_on(&restorer);
    assert_memory_equal(&ikl_sa_path(host->sa)->local, &path.local, sizeof(path.local));
    assert_memory_equal(&ikl_sa_path(host->sa)->remote, &path.remote, sizeof(path.remote));
    restorer_clear(&restorer);
    restorer_begin(&restorer, 0, NULL);
    restorer_take(&restorer);
    assert_int_equal(len, restorer.len + 2 * (16 - 4)); /* each is as long as it is, and no longer */
    restorer_clear(&restorer);
    restorer_begin(&restorer, 0, from_anywhere);
    restorer_take(&restorer);
    assert_int_equal(len, restorer.len + 2 * 16 - 4);
    restorer_clear(&restorer);
}

/* The peer must have had the response to the first one by then, so nobody asks for it again. */
static void a_request_that_is_not_answered_and_has_left_the_window_is_left_out(void **state)
{
    static const uint32_t ids[] = {0, 2, 3};

    (void)state;
    restorer_begin(&restorer, 0, mover_with_windows);
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        struct peer_message request = sharing_request(ids[i]);

        assert_int_equal(peer_send(host, suite, &request), IKL_OK);
    }
    assert_int_equal(host_count(host, EVENT_PEER_REQUEST), 1);
    restorer_go_on(&restorer);
    assert_int_equal(host_info(host).next_expected, 1);
    for (uint32_t id = 1; id <= 3; id++) {
        struct peer_message request = sharing_request(id);

        assert_int_equal(peer_send(host, suite, &request), IKL_OK);
    }
    assert_int_equal(host_count(host, EVENT_PEER_REQUEST), 4);
    restorer_clear(&restorer);
}

static void without_own_blocks(struct ikl_endpoint_config *config)
{
    config->own_blocks = IKL_NO_OWN_BLOCKS;
}

static void quiet_with_windows(struct ikl_sa_config *config)
{
    mover_with_windows(config);
    config->protection.fragmentation = true;
    config->liveness = IKL_LIVENESS_OFF;
}

static void answer_with(uint32_t message_id, size_t len)
{
    static const uint8_t octets[LARGE];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, len}};
    struct peer_message message = {.exchange_type = IKL_CREATE_CHILD_SA, .message_id = message_id};

    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, message_id, &payload, len != 0 ? 1 : 0, host->now), IKL_OK);
}

static int repeat(uint32_t message_id)
{
    return peer_send(host, suite,
                     &(struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA, .message_id = message_id});
}

/* An old response in between was forgotten, and its place taken. */
static void a_response_that_the_peer_may_not_ask_for_any_more_is_left_out(void **state)
{
    (void)state;
    restorer_begin_with(&restorer, suite, 0, without_own_blocks, quiet_with_windows);
    answer_with(0, 0);
    answer_with(1, LARGE);
    answer_with(2, LARGE);
    host_advance(host, TEN_MINUTES);
    assert_int_equal(asking_try(host, &(struct asking){.mark = 1, .len = LARGE}, NULL), IKL_OK);
    assert_int_equal(repeat(1), IKL_ERR_STALE);
    answer_with(3, 0);
    restorer_go_on(&restorer);
    assert_int_equal(repeat(0), IKL_ERR_STALE);
    assert_int_equal(repeat(2), IKL_OK);
    assert_int_equal(repeat(3), IKL_OK);
    restorer_clear(&restorer);
}

static void same_context(void *context, struct ikl_restored_request *restored)
{
    (void)context;
    restored->context = (void *)(uintptr_t)restored->tag;
}

/* The peer may have had it from the host that has the IKE SA no more. */
static void a_request_that_was_queued_goes_out_unless_it_is_cancelled(void **state)
{
    struct ikl_restore_options options = restorer_options(&restorer, RESTORER_EPOCH + 1);

    (void)state;
    options.request = same_context;
    for (size_t cancelled = 0; cancelled < 2; cancelled++) {
        restorer_begin(&restorer, 0, NULL);
        (void)ask(host, 1);
        (void)ask(host, 2);
        restorer_go_on_with(&restorer, &options);
        if (cancelled != 0) {
            ikl_sa_cancel(host->sa, ikl_sa_find_context(host->sa, asking_context(2)), host->now);
        }
        host_forget(host);
        assert_int_equal(answer(host, 0), IKL_OK);
        assert_int_equal(host_count(host, EVENT_SENT), 1 - cancelled);
        restorer_clear(&restorer);
    }
}

/* What was sealed cannot be sealed again, so the peer is answered anew. */
static void an_answer_about_message_ids_that_cannot_be_made_again_is_made_anew(void **state)
{
    const struct syncing_says asked = {.send = 9, .receive = 9};

    (void)state;
    fickle_reset(false, true);
    restorer_begin_with(&restorer, suite, 0, with_fickle_provider, NULL);
    syncing_agree(host->sa);
    assert_int_equal(syncing_give(host, &asked), IKL_OK);
    assert_int_equal(host_count(host, EVENT_SYNCED), 1);
    restorer_go_on(&restorer);
    assert_int_equal(syncing_give(host, &asked), IKL_OK);
    assert_int_equal(host_count(host, EVENT_SENT), 2);
    assert_int_equal(host_count(host, EVENT_SYNCED), 2);
    assert_int_equal(host_info(host).next_expected, 9);
    assert_int_equal(syncing_give(host, &(struct syncing_says){.send = 8, .receive = 9}), IKL_ERR_STALE);
    restorer_clear(&restorer);
    fickle_reset(true, true);
}

static void give_monitor(void *context, struct ikl_restored_child *child)
{
    assert_ptr_equal(child->monitor, &monitored_usual);
    child->monitor = context;
}

static void a_child_sa_whose_config_is_wrong_is_monitored_no_more(void **state)
{
    struct ikl_monitor_config wrong = monitored_usual, other = monitored_usual;
    struct ikl_monitor_config *const given[] = {&wrong, &other};

    (void)state;
    wrong.threshold = 0;
    wrong.interval = 0;
    assert_non_null(ikl_monitor_config_error(&wrong));
    for (size_t i = 0; i < COUNT_OF(given); i++) {
        struct ikl_restore_options options;

        monitored_begin(host, 1);
        restorer.other = mover_endpoint(host, monitored_endpoint);
        host_keep_keys(host, suite);
        options = restorer_options(&restorer, RESTORER_EPOCH + 1);
        options.child = give_monitor;
        options.context = given[i];
        restorer_go_on_with(&restorer, &options);
        assert_int_equal(ikl_child_monitor(host->sa, host->children[0]) != NULL, given[i] == &other);
        restorer_clear(&restorer);
    }
}

static const struct ikl_schedule twice = {.waits = {3000}, .n_waits = 1, .tries = 2}, never = {.tries = 1};

static void give_schedule(void *context, struct ikl_restored_request *request)
{
    request->schedule = context;
}

static void a_request_whose_schedule_is_wrong_or_missing_has_that_of_the_ike_sa(void **state)
{
    static const struct ikl_schedule *const given[] = {NULL, &never};

    (void)state;
    assert_int_not_equal(ikl_schedule_check(&never), IKL_OK);
    for (size_t i = 0; i < COUNT_OF(given); i++) {
        struct ikl_restore_options options;

        restorer_begin(&restorer, 0, NULL);
        assert_int_equal(asking_try(host, &(struct asking){.mark = 1, .schedule = ikl_schedule_default()}, NULL),
                         IKL_OK);
        options = restorer_options(&restorer, RESTORER_EPOCH + 1);
        options.schedule = &twice;
        options.request = give_schedule;
        options.context = (void *)(uintptr_t)given[i];
        restorer_go_on_with(&restorer, &options);
        host_run_to_the_end(host);
        assert_int_equal(host_last(host, EVENT_DOWN)->at, 1000 + 3000);
        restorer_clear(&restorer);
    }
}

/* An IKE SA with two Child SAs, of which it deletes the second, and its heir, both kept; the snapshot of the heir. */
static void begin_rekeyed(uint8_t *octets, size_t *len)
{
    struct ikl_keys keys;
    struct ikl_sa *heir;

    restorer_begin(&restorer, 2, NULL);
    heir = rekeyed_new_sa(host, true, 1);
    test_keys(&keys, suite);
    assert_int_equal(ikl_sa_keep_keys(heir, &keys, RESTORER_EPOCH), IKL_OK);
    assert_int_equal(ikl_sa_delete_children(host->sa, &host->children[1], 1, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(host->sa, heir, false, 9000, 0), IKL_OK);
    assert_int_equal(ikl_sa_snapshot(heir, octets, RESTORER_MAX, len, 0), IKL_OK);
    restorer_take(&restorer);
}

static void a_child_sa_that_the_heir_deletes_already_is_its_alone(void **state)
{
    static uint8_t octets[RESTORER_MAX];
    struct peer_message response = {.response = true};
    struct ikl_restore_options options;
    struct ikl_sa *heir, *old;
    struct ikl_child *child;
    struct ikl_endpoint *from;
    size_t len;

    (void)state;
    begin_rekeyed(octets, &len);
    options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    assert_int_equal(ikl_sa_restore(restorer.other, (struct ikl_octets){octets, len}, &options, 0, &heir), IKL_OK);
    child = ikl_sa_next_child(heir, ikl_sa_first_child(heir));
    assert_int_equal(ikl_sa_delete_children(heir, &child, 1, 0), IKL_OK);
    assert_int_equal(restorer_try(&restorer, &options, &old), IKL_OK);
    host_forget(host);
    from = host->endpoint;
    host->endpoint = restorer.other;
    assert_int_equal(peer_send(host, suite, &response), IKL_OK);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 0);
    assert_int_equal(count_children_of(heir), 2);
    response.sa = 1;
    assert_int_equal(peer_send(host, suite, &response), IKL_OK);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(count_children_of(heir), 1);
    host->endpoint = from;
    restorer_clear(&restorer);
}

/* The SPI of the heir is the last field of the first record, our own the first one. */
static void an_ike_sa_that_says_that_it_is_its_own_heir_has_none(void **state)
{
    static uint8_t octets[RESTORER_MAX];
    struct ikl_endpoint *from;
    struct ikl_sa *sa;
    size_t len, heir_at;

    (void)state;
    begin_rekeyed(octets, &len);
    heir_at = 16 + 5 + ikl_load_u32(restorer.octets + 16 + 1) - 8;
    memcpy(restorer.octets + heir_at, restorer.octets + 16 + 5, 8);
    restorer_repair(&restorer);
    assert_int_equal(restorer_try(&restorer, NULL, &sa), IKL_OK);
    assert_int_equal(ikl_sa_state(sa), IKL_SA_REKEYED);
    assert_int_equal(ikl_sa_snapshot(sa, octets, sizeof(octets), &len, 0), IKL_OK);
    assert_int_equal(ikl_load_u64(octets + heir_at), 0);
    host_forget(host);
    from = host->endpoint;
    host->endpoint = restorer.other;
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.response = true}), IKL_OK);
    host_run_to_the_end(host);
    assert_int_equal(host_count(host, EVENT_DOWN), 1);
    assert_int_equal(host_last(host, EVENT_DOWN)->down.reason, IKL_DOWN_REKEYED);
    host->endpoint = from;
    restorer_clear(&restorer);
}

/* One with that SPI that has no keys yet. It would send what it inherits without protection. */
static void an_ike_sa_that_connects_is_nobodys_heir(void **state)
{
    static uint8_t octets[RESTORER_MAX];
    struct ikl_endpoint *from;
    struct ikl_sa *sa, *young;
    struct ikl_sa_config config;
    struct ikl_keys keys;
    size_t len;

    (void)state;
    begin_rekeyed(octets, &len);
    test_sa_config(&config, &keys, suite, true, 1);
    config.connecting = true;
    config.protection.keys = NULL;
    config.spi_r = 0;
    assert_int_equal(ikl_sa_new(&young, restorer.other, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_add_child(young,
                                      &(struct ikl_child_config){.size = sizeof(struct ikl_child_config),
                                                                 .protocol = ikl_child_protocol(host->children[1]),
                                                                 .spi_in = ikl_child_spi_in(host->children[1]),
                                                                 .spi_out = ikl_child_spi_out(host->children[1])},
                                      NULL),
                     IKL_OK);
    assert_int_equal(restorer_try(&restorer, NULL, &sa), IKL_OK);
    host_forget(host);
    from = host->endpoint;
    host->endpoint = restorer.other;
    host_run_to_the_end(host);
    assert_int_equal(ikl_sa_state(sa), IKL_SA_DEAD);
    assert_int_equal(ikl_sa_state(young), IKL_SA_CONNECTING);
    for (size_t i = 0; i < host_count(host, EVENT_SENT); i++) {
        assert_ptr_equal(host_event(host, EVENT_SENT, i)->sa, sa);
    }
    host->endpoint = from;
    restorer_clear(&restorer);
}

static void with_many_requests(struct ikl_endpoint_config *config)
{
    config->max_requests = 8 * (MANY + 1);
}

/* With more requests than an endpoint has places for at first, and an agreement about Message IDs. */
static void out_of_memory_for_what_few_ike_sas_have_no_ike_sa_is_made(void **state)
{
    struct ikl_endpoint_config config;
    struct ikl_sa *sa;
    size_t n = 0;
    int result;

    (void)state;
    restorer_begin_with(&restorer, suite, 0, with_many_requests, NULL);
    syncing_agree(host->sa);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    }
    restorer_take(&restorer);
    config = host_config(host);
    config.allocator = &memory.allocator;
    assert_int_equal(ikl_endpoint_free(restorer.other), IKL_OK);
    for (;;) {
        test_allocator_init(&memory);
        assert_int_equal(ikl_endpoint_new(&restorer.other, &config, 0), IKL_OK);
        test_allocator_fail(&memory, ++n);
        result = restorer_try(&restorer, NULL, &sa);
        if (result == IKL_OK) {
            break;
        }
        assert_int_equal(result, IKL_ERR_NO_MEMORY);
        assert_int_equal(ikl_endpoint_n_sas(restorer.other), 0);
        assert_int_equal(ikl_endpoint_free(restorer.other), IKL_OK);
        assert_int_equal(memory.outstanding, 0);
    }
    assert_true(n > 8);
    restorer_clear(&restorer);
}

TESTS_OF(snapshot_restored)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_sa_over_ipv6_has_its_addresses_again),
        cmocka_unit_test(a_request_that_is_not_answered_and_has_left_the_window_is_left_out),
        cmocka_unit_test(a_response_that_the_peer_may_not_ask_for_any_more_is_left_out),
        cmocka_unit_test(a_request_that_was_queued_goes_out_unless_it_is_cancelled),
        cmocka_unit_test(an_answer_about_message_ids_that_cannot_be_made_again_is_made_anew),
        cmocka_unit_test(a_child_sa_whose_config_is_wrong_is_monitored_no_more),
        cmocka_unit_test(a_request_whose_schedule_is_wrong_or_missing_has_that_of_the_ike_sa),
        cmocka_unit_test(a_child_sa_that_the_heir_deletes_already_is_its_alone),
        cmocka_unit_test(an_ike_sa_that_says_that_it_is_its_own_heir_has_none),
        cmocka_unit_test(an_ike_sa_that_connects_is_nobodys_heir),
        cmocka_unit_test(out_of_memory_for_what_few_ike_sas_have_no_ike_sa_is_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
