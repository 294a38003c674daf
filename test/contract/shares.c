/* SPDX-License-Identifier: ISC */
/* Promises about the pool: what one peer can take of it, and what the others then still can do. */
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/fragments.h"
#include "support/sharing.h"
#include "support/test.h"
#include "support/test_allocator.h"

#include "sa/sa.h"

/* Fragments of one octet, all but the last; how many were kept. */
static size_t hold_fragments(struct host *host, uint32_t n)
{
    static const uint8_t octet = 0;
    struct peer_message message = {
        .sa = n, .exchange_type = IKL_IKE_AUTH, .plaintext = {&octet, 1}, .fragment_total = 255};
    size_t kept = 0;

    while (++message.fragment_number < message.fragment_total) {
        kept += peer_send(host, SHARING_SUITE, &message) == IKL_OK;
    }
    return kept;
}

static void a_connecting_ike_sa_holds_the_blocks_of_one_largest_message_and_all_of_them_a_quarter(void **state)
{
    enum { N = 10 };
    struct host host;
    struct ikl_sa *sas[N];
    uint32_t held = 0;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host.sa = sharing_sa(&host, 0, false, 1); /* whose path they use */
    for (uint32_t i = 0; i < N; i++) {
        sas[i] = sharing_sa(&host, 1 + i, true, 1);
        assert_int_equal(hold_fragments(&host, 1 + i), SHARING_M);
        assert_int_equal(sas[i]->held, SHARING_M);
    }
    for (uint32_t i = 0; i < N; i++) {
        held += sas[i]->held;
    }
    assert_true(held <= SHARING_COMMON / 4);
    host_clear(&host);
}

static void a_large_message_of_one_that_is_connecting_is_taken_whatever_the_others_hold(void **state)
{
    static uint8_t octets[3000];
    struct peer_message whole = {.sa = 50, .exchange_type = IKL_IKE_AUTH, .first_payload = IKL_PAYLOAD_VENDOR_ID};
    struct ikl_payload large = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, 1500}};
    struct ikl_sa *honest;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host.sa = sharing_sa(&host, 0, false, 1);
    for (uint32_t i = 0; i < 20; i++) {
        (void)sharing_sa(&host, 1 + i, true, 1);
        (void)hold_fragments(&host, 1 + i);
    }
    honest = sharing_sa(&host, 50, true, 1);
    fragments_fill(octets, sizeof(octets));
    whole.plaintext = (struct ikl_octets){octets, sizeof(octets)};
    assert_int_equal(hear_fragments(&host, &whole, 450), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    assert_int_equal(ikl_sa_respond(honest, 0, &large, 1, 0), IKL_OK);
    host_clear(&host);
}

static void without_limit_of_requests(struct ikl_endpoint_config *config)
{
    config->max_requests = 100000;
}

static void an_ike_sa_borrows_an_eighth_of_the_common_pool_at_most(void **state)
{
    struct host host;
    uint32_t kept = 0;

    (void)state;
    host_init(&host, "a", 0, without_limit_of_requests);
    host.sa = sharing_sa(&host, 0, false, 1);
    while (ikl_sa_request(host.sa, IKL_INFORMATIONAL, &sharing_payload, 1, NULL, 0, NULL) == IKL_OK) {
        kept++;
    }
    assert_int_equal(kept, (SHARING_M + SHARING_OWN) / 4);
    assert_true(host.sa->held <= SHARING_M + SHARING_OWN);
    host_clear(&host);
}

/* Requests until there is no room. */
static void ask_for_all(struct ikl_sa *sa)
{
    while (ikl_sa_request(sa, IKL_INFORMATIONAL, &sharing_payload, 1, NULL, 0, NULL) == IKL_OK) {
    }
}

static void come_and_ask(struct host *host, uint32_t n)
{
    struct ikl_sa *sa = sharing_sa(host, n, false, 1);

    assert_true(host->endpoint->pool.blocks.n_free >= host->endpoint->shares.set_aside);
    assert_int_equal(ikl_sa_request(sa, IKL_CREATE_CHILD_SA, &sharing_payload, 1, NULL, 0, NULL), IKL_OK);
}

/* Memory comes in larger pieces than blocks: what is there beyond the common pool is nobody's to borrow. */
static void an_ike_sa_that_comes_when_all_is_borrowed_has_its_own_blocks(void **state)
{
    struct host host;
    uint32_t n = 0;

    (void)state;
    host_init(&host, "a", 0, without_limit_of_requests);
    for (; n < 9; n++) {
        ask_for_all(sharing_sa(&host, n, false, 1));
    }
    for (; n < 60; n++) {
        come_and_ask(&host, n);
    }
    host_clear(&host);
}

/* What they owned is borrowed then, beside the common pool. */
static void nor_do_ike_sas_that_were_replaced_take_it(void **state)
{
    struct ikl_sa *sas[40];
    struct host host;
    uint32_t n = 0;

    (void)state;
    host_init(&host, "a", 0, without_limit_of_requests);
    for (; n < 40; n++) {
        sas[n] = sharing_sa(&host, n, false, 1);
    }
    for (size_t i = 0; i < 40; i++) {
        ask_for_all(sas[i]);
        assert_int_equal(ikl_sa_replace(sas[i], sharing_sa(&host, n++, false, 1), true, 1000, 0), IKL_OK);
    }
    for (; n < 140; n++) {
        come_and_ask(&host, n);
    }
    host_clear(&host);
}

/* With a cipher that can make them again, and with one that cannot; `drain` has the whole common pool and all that the
 * IKE SA owns for larger messages. */
static void small_messages_pass(struct host *host)
{
    static const uint8_t delete_child[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 1};
    struct peer_message message = {.message_id = 0};

    assert_int_equal(ikl_sa_request(host->sa, IKL_CREATE_CHILD_SA, &sharing_payload, 1, NULL, host->now, NULL),
                     IKL_ERR_NO_BUFFER);
    assert_int_equal(peer_send(host, SHARING_SUITE, &message), IKL_OK); /* a liveness check of the peer's */
    message = (struct peer_message){.message_id = 1, .exchange_type = 240};
    assert_int_equal(peer_send(host, SHARING_SUITE, &message), IKL_OK); /* an error notification answers it */
    message = (struct peer_message){
        .message_id = 2, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete_child, sizeof(delete_child)}};
    assert_int_equal(peer_send(host, SHARING_SUITE, &message), IKL_OK);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(ikl_sa_delete_children(host->sa, host->children + 1, 1, host->now), IKL_OK);
    assert_int_equal(ikl_sa_delete(host->sa, 5000, host->now), IKL_OK);
    assert_int_equal(host_count(host, EVENT_SENT), 4);
    message = (struct peer_message){.response = true, .message_id = 0};
    assert_int_equal(peer_send(host, SHARING_SUITE, &message), IKL_OK);
    assert_int_equal(host_count(host, EVENT_SENT), 5); /* the Delete of the IKE SA */
    message.message_id = 1;
    assert_int_equal(peer_send(host, SHARING_SUITE, &message), IKL_OK);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
}

static void without_request_callback(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_request = NULL;
}

static void deletes_and_short_answers_do_not_fail_for_want_of_a_block(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, without_request_callback);
    host_sa(&host, SHARING_SUITE, true, 2, NULL);
    drain_pool(&drain, &host);
    small_messages_pass(&host);
    refill_pool(&drain, &host);
    host_clear(&host);
}

static void with_fickle_provider_and_no_own_blocks(struct ikl_endpoint_config *config)
{
    with_fickle_provider(config);
    config->callbacks.peer_request = NULL;
    config->own_blocks = IKL_NO_OWN_BLOCKS;
}

static void nor_do_they_with_a_cipher_that_is_not_deterministic(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    fickle_reset(false, true);
    host_init(&host, "a", 0, with_fickle_provider_and_no_own_blocks);
    host_sa(&host, SHARING_SUITE, true, 2, NULL);
    drain_pool_to(&drain, &host, host.endpoint->shares.set_aside); /* for its sealed messages */
    small_messages_pass(&host);
    refill_pool(&drain, &host);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static int answer_250(struct host *host, struct event *event)
{
    struct ikl_payload answer = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {sharing_payload.body.data, 250}};

    if (event->kind == EVENT_PEER_REQUEST) {
        assert_int_equal(ikl_sa_respond(event->sa, event->message_id, &answer, 1, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void everybody_is_answered(struct host *host, uint32_t n)
{
    host->on_event = answer_250;
    for (uint32_t i = 0; i < n; i++) {
        struct peer_message message = sharing_request(0);

        message.sa = i;
        host->sa = sharing_sa(host, i, false, 1);
        assert_int_equal(peer_send(host, SHARING_SUITE, &message), IKL_OK);
        host_forget(host);
    }
}

static void the_default_endpoint_carries_the_ike_sas_that_it_has(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    everybody_is_answered(&host, 500);
    assert_int_equal(ikl_sa_request(host.sa, IKL_CREATE_CHILD_SA, &sharing_payload, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_delete(host.sa, 5000, 0), IKL_OK);
    host_clear(&host);
}

static struct test_allocator memory;

static void for_100(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
    config->reserve_sas = 100;
    config->reserve_extras = 100;
    config->fixed_budget = true;
}

static void within_a_fixed_budget_100_ike_sas_have_their_own_blocks_and_nothing_is_allocated(void **state)
{
    static struct ikl_suite suites[1];
    struct ikl_endpoint_config config;
    struct host host = {0};
    size_t allocations;

    (void)state;
    test_allocator_init(&memory);
    config = host_config(&host);
    assert_int_equal(ikl_suite_parse(&suites[0], SHARING_SUITE), IKL_OK);
    for_100(&config);
    config.reserve_suites = suites;
    config.n_reserve_suites = 1;
    host_init(&host, "a", 0, NULL);
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
    allocations = memory.allocations;
    everybody_is_answered(&host, 100);
    assert_true(host.endpoint->pool.blocks.n_free >= host.endpoint->shares.set_aside);
    assert_int_equal(memory.allocations, allocations);
    host_clear(&host);
}

static int answer_all(struct host *host, struct event *event)
{
    if (event->kind == EVENT_PEER_REQUEST) {
        *(int *)host->context = ikl_sa_respond(event->sa, event->message_id, &sharing_payload, 1, host->now);
    }
    return IKL_OK;
}

static void without_own_blocks(struct ikl_endpoint_config *config)
{
    config->own_blocks = IKL_NO_OWN_BLOCKS;
}

/* The next one, and what the host could do with its request. */
static int answer_another(struct host *host, uint32_t n)
{
    struct peer_message message = sharing_request(0);
    int result = IKL_OK;

    message.sa = n;
    host->sa = sharing_sa(host, n, false, 1);
    host->on_event = answer_all;
    host->context = &result;
    assert_int_equal(peer_send(host, SHARING_SUITE, &message), IKL_OK);
    host_forget(host);
    return result;
}

static void a_borrowed_response_may_be_forgotten_after_ten_minutes_and_its_repeat_is_ignored(void **state)
{
    enum { TEN_MINUTES = 600000 };
    struct peer_message first = sharing_request(0);
    uint32_t n = 0;
    struct host host;

    (void)state;
    host_init(&host, "a", 1000, without_own_blocks);
    while (answer_another(&host, n) == IKL_OK) {
        n++;
    }
    assert_in_range(n, SHARING_COMMON / 4, SHARING_COMMON / 4 + 16); /* the pool is full, its last chunk included */
    host_advance(&host, 2000);
    assert_int_equal(peer_send(&host, SHARING_SUITE, &first), IKL_OK);
    host_advance(&host, 1000 + TEN_MINUTES - 1);
    assert_int_equal(answer_another(&host, n + 1), IKL_ERR_NO_BUFFER);
    host_advance(&host, 1000 + TEN_MINUTES);
    assert_int_equal(answer_another(&host, n + 2), IKL_OK);
    assert_int_equal(peer_send(&host, SHARING_SUITE, &first), IKL_OK); /* it was sent again since */
    first.sa = 1;
    assert_int_equal(peer_send(&host, SHARING_SUITE, &first), IKL_ERR_STALE); /* the oldest */
    first.sa = 2;
    assert_int_equal(peer_send(&host, SHARING_SUITE, &first), IKL_OK);
    host_clear(&host);
}

/* It is in its IKE SA's own blocks then, so nobody may forget it for others: it is in no list. */
static void a_response_is_not_borrowed_any_more_when_it_is_repeated_in_own_blocks(void **state)
{
    struct peer_message first = sharing_request(0), second = sharing_request(1);
    int result = IKL_ERR_STATE;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host.sa = sharing_sa(&host, 0, false, 2);
    host.on_event = answer_all;
    host.context = &result;
    assert_int_equal(peer_send(&host, SHARING_SUITE, &first), IKL_OK);
    assert_int_equal(host.endpoint->shares.first_old, IKL_NONE);
    assert_int_equal(peer_send(&host, SHARING_SUITE, &second), IKL_OK);
    assert_int_equal(result, IKL_OK);
    assert_int_not_equal(host.endpoint->shares.first_old, IKL_NONE);
    assert_int_equal(peer_send(&host, SHARING_SUITE, &(struct peer_message){.message_id = 2}), IKL_OK);
    assert_int_equal(peer_send(&host, SHARING_SUITE, &second), IKL_OK); /* repeated */
    assert_int_equal(host.endpoint->shares.first_old, IKL_NONE);
    host_clear(&host);
}

/* Everybody answers a window of requests and has one outstanding, while peers without authentication hold their
 * quarter. */
static void carry(const struct ikl_endpoint_config *load, uint32_t n, size_t len, uint32_t window)
{
    static const uint8_t octets[4096];
    struct ikl_payload large = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, len - IKL_PAYLOAD_HEADER_LEN}};
    struct host host = {0};
    struct ikl_endpoint_config config;

    host_init(&host, "a", 0, NULL);
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    config = host_config(&host);
    config.own_blocks = load->own_blocks;
    config.pool_blocks = ikl_endpoint_pool_blocks(load, n, len, window);
    assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
    host.sa = sharing_sa(&host, 9999, false, 1);
    for (uint32_t i = 0; i < 20; i++) {
        (void)sharing_sa(&host, 5000 + i, true, 1);
        (void)hold_fragments(&host, 5000 + i);
    }
    for (uint32_t i = 0; i < n; i++) {
        host.sa = sharing_sa(&host, i, false, window);
        for (uint32_t id = 0; id < window; id++) {
            struct peer_message message = sharing_request(id);

            message.sa = i;
            assert_int_equal(peer_send(&host, SHARING_SUITE, &message), IKL_OK);
            assert_int_equal(ikl_sa_respond(host.sa, id, &large, 1, 0), IKL_OK);
        }
        assert_int_equal(i < 8 ? ikl_sa_request(host.sa, IKL_CREATE_CHILD_SA, &large, 1, NULL, 0, NULL) : IKL_OK,
                         IKL_OK);
        host_forget(&host);
    }
    host_clear(&host);
}

static void a_pool_of_the_blocks_that_are_computed_carries_the_load(void **state)
{
    static const uint32_t numbers[] = {1, 10, 100}, windows[] = {1, 4}, own[] = {0, IKL_NO_OWN_BLOCKS, 10};
    static const size_t lens[] = {100, 300, 1200, 3500};

    (void)state;
    for (size_t i = 0; i < 3 * 2 * 3 * 4; i++) {
        struct ikl_endpoint_config load = {.size = sizeof(load), .own_blocks = own[i % 3]};

        carry(&load, numbers[i / 3 % 3], lens[i / 9 % 4], windows[i / 36]);
    }
}

static void the_blocks_that_are_computed_are_those_of_the_rule(void **state)
{
    struct ikl_endpoint_config config = {.size = sizeof(config)};

    (void)state;
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 0, 0, 1), SHARING_COMMON);
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 1000, 250, 1), (1000 * (2 * 4 - 4) + SHARING_M) * 4 / 3 + 1);
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 2, 4096, 8), 8 * 9 * 47);
    config.own_blocks = 3; /* of 4, so each borrows one */
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 3000000000, 0, 1), 4000000000 + SHARING_M * 4 / 3 + 1);
    config.own_blocks = IKL_NO_OWN_BLOCKS;
    config.max_message = 1280;
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 300, 250, 2), (300 * 3 * 4 + 22) * 4 / 3 + 1);
    assert_int_equal(ikl_endpoint_pool_blocks(&config, UINT32_MAX, 60000, 32), UINT32_MAX);
    assert_int_equal(ikl_endpoint_pool_blocks(&config, UINT32_MAX, SIZE_MAX, UINT32_MAX), UINT32_MAX);
    config.own_blocks = 100;
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 1000, 250, 1), 8 * 22); /* none is borrowed */
    config.own_blocks = IKL_NO_OWN_BLOCKS;
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 300, 84, 0), (300 * 2 + 22) * 4 / 3 + 1);
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 300, 85, 0), (300 * 3 + 22) * 4 / 3 + 1);
    config.size = 4;
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 1, 250, 1), 0);
}

static void a_larger_total_takes_the_room_of_what_it_replaces(void **state)
{
    static uint8_t octets[1500];
    struct peer_message whole = {.exchange_type = IKL_CREATE_CHILD_SA, .first_payload = IKL_PAYLOAD_VENDOR_ID};
    struct drain drain;
    struct host host;

    (void)state;
    fragments_fill(octets, sizeof(octets));
    whole.plaintext = (struct ikl_octets){octets, sizeof(octets)};
    host_init(&host, "a", 0, NULL);
    host.sa = sharing_sa(&host, 0, false, 1);
    assert_int_equal(hear_fragment(&host, &whole, 400, 1), IKL_OK);
    drain_pool(&drain, &host);
    assert_int_equal(hear_fragment(&host, &whole, 400, 2), IKL_ERR_NO_BUFFER);
    assert_int_equal(hear_fragment(&host, &whole, 200, 2), IKL_OK);
    assert_int_equal(hear_fragment(&host, &whole, 400, 3), IKL_ERR_FRAGMENT);
    refill_pool(&drain, &host);
    host_clear(&host);
}

static void a_larger_total_takes_the_room_of_what_it_replaces_with_what_is_free(void **state)
{
    static uint8_t octets[1400];
    struct peer_message whole = {.exchange_type = IKL_CREATE_CHILD_SA, .first_payload = IKL_PAYLOAD_VENDOR_ID};
    struct drain drain;
    struct host host;

    (void)state;
    fragments_fill(octets, sizeof(octets));
    host_init(&host, "a", 0, NULL);
    host.sa = sharing_sa(&host, 0, false, 1);
    whole.plaintext = (struct ikl_octets){octets, 700};
    assert_int_equal(hear_fragment(&host, &whole, 400, 1), IKL_OK);
    drain_pool_to(&drain, &host, 4);
    whole.plaintext.len = 1400;
    assert_int_equal(hear_fragment(&host, &whole, 600, 1), IKL_OK);
    refill_pool(&drain, &host);
    host_clear(&host);
}

static void a_larger_total_without_room_takes_no_place_of_what_is_there(void **state)
{
    static uint8_t octets[3000];
    struct peer_message whole = {.exchange_type = IKL_CREATE_CHILD_SA, .first_payload = IKL_PAYLOAD_VENDOR_ID}, longer;
    struct drain drain;
    struct host host;

    (void)state;
    fragments_fill(octets, sizeof(octets));
    longer = whole;
    longer.plaintext = (struct ikl_octets){octets, sizeof(octets)};
    whole.plaintext = (struct ikl_octets){octets, 1200};
    host_init(&host, "a", 0, NULL);
    host.sa = sharing_sa(&host, 0, false, 1);
    assert_int_equal(hear_fragment(&host, &whole, 400, 1), IKL_OK);
    drain_pool(&drain, &host);
    assert_int_equal(hear_fragment(&host, &longer, 600, 2), IKL_ERR_NO_BUFFER);
    refill_pool(&drain, &host);
    assert_int_equal(hear_fragment(&host, &whole, 400, 1), IKL_ERR_FRAGMENT); /* it is still there */
    host_clear(&host);
}

TESTS_OF(shares)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connecting_ike_sa_holds_the_blocks_of_one_largest_message_and_all_of_them_a_quarter),
        cmocka_unit_test(a_large_message_of_one_that_is_connecting_is_taken_whatever_the_others_hold),
        cmocka_unit_test(an_ike_sa_borrows_an_eighth_of_the_common_pool_at_most),
        cmocka_unit_test(an_ike_sa_that_comes_when_all_is_borrowed_has_its_own_blocks),
        cmocka_unit_test(nor_do_ike_sas_that_were_replaced_take_it),
        cmocka_unit_test(deletes_and_short_answers_do_not_fail_for_want_of_a_block),
        cmocka_unit_test(nor_do_they_with_a_cipher_that_is_not_deterministic),
        cmocka_unit_test(the_default_endpoint_carries_the_ike_sas_that_it_has),
        cmocka_unit_test(within_a_fixed_budget_100_ike_sas_have_their_own_blocks_and_nothing_is_allocated),
        cmocka_unit_test(a_borrowed_response_may_be_forgotten_after_ten_minutes_and_its_repeat_is_ignored),
        cmocka_unit_test(a_response_is_not_borrowed_any_more_when_it_is_repeated_in_own_blocks),
        cmocka_unit_test(a_pool_of_the_blocks_that_are_computed_carries_the_load),
        cmocka_unit_test(the_blocks_that_are_computed_are_those_of_the_rule),
        cmocka_unit_test(a_larger_total_takes_the_room_of_what_it_replaces),
        cmocka_unit_test(a_larger_total_takes_the_room_of_what_it_replaces_with_what_is_free),
        cmocka_unit_test(a_larger_total_without_room_takes_no_place_of_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
