/* SPDX-License-Identifier: ISC */
/* Promises about resources: memory is taken at set-up only, and nothing is lost when there is none. */
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/offer.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_allocator.h"
#include "support/twin.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { CHUNK = 64 }; /* things of a kind are allocated so many at once */

static struct test_allocator memory;

static void with_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

static void with_memory_for_100(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
    config->reserve_sas = 100;
}

static int make_sa(struct host *host, uint32_t n, struct ikl_sa **out)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, suite, true, n);
    return ikl_sa_new(out, host->endpoint, &config, host->now);
}

static int add_child(struct ikl_sa *sa, uint32_t n)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 0x1000 + n, .spi_out = 0x2000 + n};

    return ikl_sa_add_child(sa, &config, NULL);
}

static struct peer_message notify_request(uint32_t message_id)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x40, 0};

    return (struct peer_message){
        .message_id = message_id, .first_payload = IKL_PAYLOAD_NOTIFY, .plaintext = {notify, sizeof(notify)}};
}

/* Probes, answers, retransmissions, requests of all kinds, large responses, repeats, a Delete, and an outage. */
static void live(struct host *host)
{
    static const uint8_t delete[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 1};
    static const uint8_t body[1000];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct peer_message last = {
        .message_id = 50, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete, sizeof(delete)}};

    for (uint32_t id = 0; id < 50; id++) {
        struct peer_message answer = {.response = true, .message_id = id};

        assert_int_equal(ikl_sa_probe(host->sa, host->now), IKL_OK);
        host_advance(host, host->now + 1000);
        assert_int_equal(peer_send(host, suite, &answer), IKL_OK);
        last = notify_request(id);
        assert_int_equal(peer_send(host, suite, &last), IKL_OK);
        assert_int_equal(ikl_sa_respond(host->sa, id, &payload, 1, host->now), IKL_OK);
        assert_int_equal(peer_send(host, suite, &last), IKL_OK);
        answer.response = false;
        assert_int_equal(peer_send(host, suite, &answer), IKL_OK);
    }
    last = (struct peer_message){
        .message_id = 50, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete, sizeof(delete)}};
    assert_int_equal(peer_send(host, suite, &last), IKL_OK);
    host_run_to_the_end(host);
    assert_int_equal(host_count(host, EVENT_DOWN), 1);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 3);
}

static void after_set_up_nothing_is_allocated_or_released(void **state)
{
    size_t allocations, outstanding;
    struct host host;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, with_memory);
    host_sa(&host, suite, true, 3, NULL);
    allocations = memory.allocations;
    outstanding = memory.outstanding;
    live(&host);
    assert_int_equal(memory.allocations, allocations);
    assert_int_equal(memory.outstanding, outstanding);
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

static void what_ended_is_used_again_for_what_is_new(void **state)
{
    size_t outstanding = 0;
    struct host host;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, with_memory);
    for (size_t i = 0; i < 1000; i++) {
        host_sa(&host, suite, true, 2, NULL);
        ikl_sa_free(host.sa);
        host_forget(&host);
        if (i == 0) {
            outstanding = memory.outstanding;
        }
    }
    assert_int_equal(memory.outstanding, outstanding);
    host_clear(&host);
}

static void with_an_extra(struct ikl_sa_config *config)
{
    config->protection.fragmentation = true;
    config->path.encapsulated = config->path.behind_nat = true;
}

/* What only some IKE SAs have too. However it ends, and when it moved behind a NAT again and again. */
static void what_some_ike_sas_have_is_used_again_too(void **state)
{
    size_t outstanding = 0;
    struct host host;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, with_memory);
    for (size_t i = 0; i < 10 * CHUNK; i++) {
        struct ikl_path path;

        host_sa(&host, suite, true, 0, i % 2 == 0 ? with_an_extra : NULL);
        path = *ikl_sa_path(host.sa);
        path.encapsulated = path.behind_nat = true;
        for (uint16_t n = 0; n < 3; n++) {
            path.remote.port++;
            assert_int_equal(ikl_sa_set_path(host.sa, &path, host.now), IKL_OK);
        }
        ikl_sa_free(host.sa);
        host_forget(&host);
        if (i == 0) {
            outstanding = memory.outstanding;
        }
    }
    assert_int_equal(memory.outstanding, outstanding);
    host_clear(&host);
}

static void an_endpoint_without_memory_is_not_made_and_leaves_nothing_behind(void **state)
{
    struct ikl_endpoint *endpoint = NULL;
    struct ikl_endpoint_config config;
    struct host host;
    size_t needed;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, with_memory_for_100);
    needed = memory.allocations;
    config = host_config(&host);
    host_clear(&host);
    assert_in_range(needed, 10, 100);
    with_memory_for_100(&config);
    for (size_t n = 1; n <= needed; n++) {
        test_allocator_fail(&memory, n);
        assert_int_equal(ikl_endpoint_new(&endpoint, &config, 0), IKL_ERR_NO_MEMORY);
        assert_null(endpoint);
        assert_int_equal(memory.outstanding, 0);
    }
}

static int make_request(struct ikl_sa *sa, ikl_time now)
{
    return ikl_sa_request(sa, IKL_INFORMATIONAL, NULL, 0, NULL, now, NULL);
}

/* With as many IKE SAs, Child SAs and requests as there is room for, so that the next one of each needs all kinds of
 * memory. */
static void fill_up(struct host *host, uint32_t n)
{
    test_allocator_init(&memory);
    host_init(host, "a", 100000, with_memory);
    assert_int_equal(make_sa(host, 1, &host->sa), IKL_OK);
    assert_int_equal(add_child(host->sa, 0), IKL_OK);
    for (uint32_t i = 1; i < n; i++) {
        struct ikl_sa *sa;

        assert_int_equal(make_sa(host, 1 + i, &sa), IKL_OK);
        assert_int_equal(add_child(host->sa, i), IKL_OK);
        assert_int_equal(make_request(sa, host->now), i <= CHUNK ? IKL_OK : IKL_ERR_NO_BUFFER);
    }
}

/* What is due next is done. */
static void assert_usable(struct host *host)
{
    host_forget(host);
    host_advance(host, ikl_endpoint_next_deadline(host->endpoint));
    assert_true(host_count(host, EVENT_SENT) > 0);
}

/* One more than `n`. */
static void make_without_memory(uint32_t n)
{
    size_t failures = 0;

    for (int result = IKL_ERR_NO_MEMORY; result != IKL_OK;) {
        struct snapshot before, after;
        struct ikl_sa *sa = NULL;
        struct offer offer;
        struct host host;

        fill_up(&host, n);
        offer_fill(&offer, suite); /* what is outstanding and remembered needs memory as well */
        before = snapshot_of(&host);
        test_allocator_fail(&memory, failures + 1);
        result = ikl_sa_new(&sa, host.endpoint, &offer.config, host.now);
        if (result != IKL_OK) {
            failures++;
            after = snapshot_of(&host);
            assert_int_equal(result, IKL_ERR_NO_MEMORY);
            assert_null(sa);
            assert_same_state(&before, &after);
            assert_null(ikl_endpoint_find(host.endpoint, offer.config.spi_i));
            assert_usable(&host);
            assert_int_equal(ikl_sa_new(&sa, host.endpoint, &offer.config, host.now), IKL_OK);
        }
        assert_usable(&host);
        host_clear(&host);
        assert_int_equal(memory.outstanding, 0);
    }
    assert_in_range(failures, 2, 20);
}

static void an_ike_sa_without_memory_is_not_made_and_the_endpoint_stays_usable(void **state)
{
    (void)state;
    make_without_memory(3 * CHUNK);
    make_without_memory(7 * CHUNK / 4); /* where the table of SPIs becomes larger */
}

static void a_child_sa_without_memory_is_not_added_and_the_ike_sa_stays_usable(void **state)
{
    struct snapshot before, after;
    struct host host;

    (void)state;
    fill_up(&host, 4 * CHUNK); /* a chunk more needs a longer list of chunks, too */
    before = snapshot_of(&host);
    for (size_t n = 1; n <= 2; n++) {
        test_allocator_fail(&memory, n);
        assert_int_equal(add_child(host.sa, 1000), IKL_ERR_NO_MEMORY);
        after = snapshot_of(&host);
        assert_same_state(&before, &after);
    }
    assert_usable(&host);
    assert_int_equal(add_child(host.sa, 1000), IKL_OK);
    assert_int_equal(host_info(&host).n_children, 4 * CHUNK + 1);
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

/* Only the state of keys, whose size is not known before, is allocated later. */
static void reserved_ike_sas_with_a_child_sa_each_are_made_from_what_is_there(void **state)
{
    struct ikl_sa *sas[100];
    size_t allocations;
    struct host host;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, with_memory_for_100);
    assert_int_equal(make_sa(&host, 0, &sas[0]), IKL_OK);
    allocations = memory.allocations;
    for (uint32_t i = 1; i < 100; i++) {
        assert_int_equal(make_sa(&host, i, &sas[i]), IKL_OK);
    }
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(add_child(sas[i], i), IKL_OK);
    }
    assert_in_range(memory.allocations - allocations, 0, 1);
    host_clear(&host);
}

static void without_room_in_the_pool_no_request_is_made_and_nothing_changes(void **state)
{
    static const uint8_t body[40];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    struct ikl_request *handle = NULL;
    struct snapshot before, after;
    struct drain drain;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    drain_pool(&drain, &host);
    before = snapshot_of(&host);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, &handle), IKL_ERR_NO_BUFFER);
    after = snapshot_of(&host);
    assert_same_state(&before, &after);
    assert_null(handle);
    assert_int_equal(host.n_events, 0);
    refill_pool(&drain, &host);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, &handle), IKL_OK);
    assert_non_null(handle);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static size_t room_in_the_pool(struct host *host)
{
    struct drain drain;

    drain_pool(&drain, host);
    refill_pool(&drain, host);
    return drain.n;
}

/* With a cipher that makes everything be kept: liveness checks and responses, answered or not. */
static void what_was_kept_in_the_pool_is_given_back_once(void **state)
{
    struct host host;
    size_t room;

    (void)state;
    fickle_reset(false, true);
    host_init(&host, "a", 0, with_fickle_provider);
    room = room_in_the_pool(&host);
    for (size_t i = 0; i < 2; i++) {
        host_sa(&host, suite, true, 1, NULL);
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
        assert_int_equal(ikl_sa_probe(host.sa, host.now), IKL_OK);
        assert_int_equal(room_in_the_pool(&host), room - 2);
        if (i == 0) {
            assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
            assert_int_equal(room_in_the_pool(&host), room - 1);
        }
        ikl_sa_free(host.sa);
        assert_int_equal(room_in_the_pool(&host), room);
    }
    host_clear(&host);
}

static void a_request_that_cannot_be_kept_for_the_host_is_as_if_it_had_not_come(void **state)
{
    struct peer_message request = notify_request(0);
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len = peer_seal(&request, suite, datagram);
    struct snapshot before, after;
    struct ikl_path elsewhere;
    struct drain drain;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 1, NULL);
    elsewhere = *ikl_sa_path(host.sa);
    elsewhere.tag++; /* where the answer must go has to be kept */
    drain_pool(&drain, &host);
    before = snapshot_of(&host);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &elsewhere, datagram, len, 0), IKL_ERR_NO_BUFFER);
    after = snapshot_of(&host);
    assert_same_state(&before, &after);
    assert_int_equal(after.counters.no_buffer, 1);
    assert_int_equal(host.n_events, 0);
    refill_pool(&drain, &host);
    assert_int_equal(ikl_endpoint_receive(host.endpoint, &elsewhere, datagram, len, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 1);
    host_clear(&host);
}

TESTS_OF(resources)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_set_up_nothing_is_allocated_or_released),
        cmocka_unit_test(what_ended_is_used_again_for_what_is_new),
        cmocka_unit_test(what_some_ike_sas_have_is_used_again_too),
        cmocka_unit_test(an_endpoint_without_memory_is_not_made_and_leaves_nothing_behind),
        cmocka_unit_test(an_ike_sa_without_memory_is_not_made_and_the_endpoint_stays_usable),
        cmocka_unit_test(a_child_sa_without_memory_is_not_added_and_the_ike_sa_stays_usable),
        cmocka_unit_test(reserved_ike_sas_with_a_child_sa_each_are_made_from_what_is_there),
        cmocka_unit_test(without_room_in_the_pool_no_request_is_made_and_nothing_changes),
        cmocka_unit_test(what_was_kept_in_the_pool_is_given_back_once),
        cmocka_unit_test(a_request_that_cannot_be_kept_for_the_host_is_as_if_it_had_not_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
