/* SPDX-License-Identifier: ISC */
/* Promises about memory for what not every IKE SA does: fragments, wide windows, NAT, deletes, rekeys. Each allocation
 * of every function that may allocate fails once, and all others allocate nothing. */
#include "support/asking.h"
#include "support/drain.h"
#include "support/fragments.h"
#include "support/offer.h"
#include "support/test.h"
#include "support/test_allocator.h"
#include "support/twin.h"

static const char *const suite = ASKING_SUITE;

enum { TABLE = 64, LONG = 1500, PIECE = 400 }; /* so many Child SAs are allocated at once */

static struct test_allocator memory;

static void with_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
    config->pool_blocks = 1600; /* an eighth of them is for the one IKE SA */
}

static void everything_at_once(struct offer *offer)
{
    offer_fill(offer, suite);
    offer->config.protection.fragmentation = true;
    offer->config.path.behind_nat = true;
    offer->config.path.encapsulated = true;
    offer->config.roaming = true;
    offer->config.liveness = IKL_LIVENESS_ON_DEMAND;
    offer->config.ids.own_window = IKL_WINDOW_MAX;
}

static void an_ike_sa_with_everything_is_made_or_not_made_and_nothing_is_left_behind(void **state)
{
    static struct offer offer;
    int result;
    size_t n = 0;

    (void)state;
    do {
        struct ikl_sa *sa = NULL;
        struct host host;

        test_allocator_init(&memory);
        host_init(&host, "a", 100000, with_memory);
        everything_at_once(&offer);
        test_allocator_fail(&memory, ++n);
        result = ikl_sa_new(&sa, host.endpoint, &offer.config, host.now);
        if (result != IKL_OK) {
            assert_int_equal(result, IKL_ERR_NO_MEMORY);
            assert_null(sa);
            assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 0);
            assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), IKL_NEVER);
            assert_true(pool_is_whole(&host));
            assert_int_equal(ikl_sa_new(&sa, host.endpoint, &offer.config, host.now), IKL_OK);
        }
        host.sa = sa;
        assert_int_equal(host_info(&host).outstanding, OFFER_OUTSTANDING);
        host_clear(&host);
        assert_int_equal(memory.outstanding, 0);
    } while (result != IKL_OK);
    assert_in_range(n, 10, 40); /* so many allocations were tried */
}

static int move_behind_nat(struct host *host)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.behind_nat = path.encapsulated = true;
    path.remote.port = 4500;
    return ikl_sa_set_path(host->sa, &path, host->now);
}

static int add_child(struct host *host)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_AH, .spi_in = 1, .spi_out = 2, .replaces = host->children[0]};

    return ikl_sa_add_child(host->sa, &config, NULL);
}

/* An IKE SA where nothing is free any more that was allocated for Child SAs. */
static void one_ike_sa_full_up(struct host *host)
{
    struct ikl_sa_config config;
    struct ikl_sa *another;
    struct ikl_keys keys;

    test_allocator_init(&memory);
    host_init(host, "a", 0, with_memory);
    host_sa(host, suite, true, 2, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&another, host->endpoint, &config, 0), IKL_OK);
    for (uint32_t i = 2; i < TABLE; i++) {
        struct ikl_child_config child = {
            .size = sizeof(child), .protocol = IKL_PROTOCOL_ESP, .spi_in = 0x100 + i, .spi_out = 0x200 + i};

        assert_int_equal(ikl_sa_add_child(another, &child, NULL), IKL_OK);
    }
}

static void whatever_finds_no_memory_is_not_done_and_can_be_done_later(void **state)
{
    static int (*const acts[])(struct host *) = {move_behind_nat, add_child};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        int result;
        size_t n = 0;

        do {
            struct snapshot before, after;
            struct ikl_path path;
            struct host host;
            size_t n_events, room;

            one_ike_sa_full_up(&host);
            before = snapshot_of(&host);
            path = *ikl_sa_path(host.sa);
            n_events = host.n_events;
            room = pool_room(&host);
            test_allocator_fail(&memory, ++n);
            result = acts[i](&host);
            if (result != IKL_OK) {
                assert_int_equal(result, IKL_ERR_NO_MEMORY);
                after = snapshot_of(&host);
                assert_same_state(&before, &after);
                assert_int_equal(host.n_events, n_events);
                assert_int_equal(pool_room(&host), room);
                assert_memory_equal(ikl_sa_path(host.sa), &path, sizeof(path));
                assert_int_equal(acts[i](&host), IKL_OK);
            }
            host_clear(&host);
            assert_int_equal(memory.outstanding, 0);
        } while (result != IKL_OK);
        assert_in_range(n, 2, 5); /* it did allocate */
    }
}

static void with_everything(struct ikl_sa_config *config)
{
    config->protection.fragmentation = true;
    config->path.behind_nat = config->path.encapsulated = true;
    config->follow_peer = true;
    config->liveness = IKL_LIVENESS_ON_DEMAND;
    config->ids.own_window = config->ids.peer_window = 4;
}

static struct peer_message long_message(bool response, uint32_t message_id)
{
    static uint8_t octets[LONG];

    fragments_fill(octets, LONG);
    return (struct peer_message){.response = response,
                                 .exchange_type = response ? IKL_INFORMATIONAL : IKL_CREATE_CHILD_SA,
                                 .message_id = message_id,
                                 .first_payload = IKL_PAYLOAD_VENDOR_ID,
                                 .plaintext = {octets, LONG}};
}

/* The peer's datagrams carry the marker on this path. */
static void hear(struct host *host, const struct peer_message *message, uint16_t port)
{
    uint8_t datagram[4 + HOST_MAX_DATAGRAM] = {0};
    struct ikl_path path = *ikl_sa_path(host->sa);
    size_t len = peer_seal(message, suite, datagram + 4);

    path.remote.port = port;
    (void)ikl_endpoint_receive(host->endpoint, &path, datagram, len + 4, host->now);
}

static void hear_in_fragments(struct host *host, const struct peer_message *whole, uint16_t port)
{
    for (uint16_t number = fragments_total(whole, PIECE); number > 0; number--) {
        struct peer_message fragment = fragment_of(whole, PIECE, number);

        hear(host, &fragment, port);
    }
}

static int answer_all(struct host *host, struct event *event)
{
    static const uint8_t body[LONG];
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};

    if (event->kind == EVENT_PEER_REQUEST) {
        (void)(ikl_sa_respond(host->sa, event->message_id, &payload, 1, host->now) == IKL_OK);
    }
    return IKL_OK;
}

/* Requests sent, queued, cancelled, in fragments; the peer's out of order, in fragments, from elsewhere, repeated; time
 * running out; a new path; keepalives. */
static void live_for_a_while(struct host *host, uint32_t round)
{
    struct peer_message request = long_message(false, 4 * round), response = long_message(true, 6 * round);
    struct ikl_request *last = NULL;

    for (uint8_t mark = 0; mark < 7; mark++) {
        (void)(asking_try(host, &(struct asking){.mark = mark, .len = mark == 0 ? LONG : 20}, &last) == IKL_OK);
    }
    ikl_sa_cancel(host->sa, last, host->now);
    host_advance(host, host->now + 1000);
    for (uint32_t id = 4; id-- > 0;) {
        request.message_id = 4 * round + id;
        hear_in_fragments(host, &request, (uint16_t)(4500 + id));
        hear_in_fragments(host, &request, 4500);
        hear(host, &request, 4500);
    }
    for (uint32_t id = 0; id < 6; id++) {
        response.message_id = 6 * round + id;
        hear_in_fragments(host, &response, 4500);
    }
    hear(host, &(struct peer_message){.fragment_number = 1, .fragment_total = 2, .message_id = 4 * round + 4}, 4500);
    assert_int_equal(move_behind_nat(host), IKL_OK);
    ikl_sa_sent_esp(host->sa, host->now);
    host_advance(host, host->now + 20000);
}

static void whatever_goes_on_nothing_is_allocated_or_released_any_more(void **state)
{
    size_t allocations, outstanding;
    struct host host;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, with_memory);
    host_sa(&host, suite, true, 3, with_everything);
    host.on_event = answer_all;
    allocations = memory.allocations;
    outstanding = memory.outstanding;
    for (uint32_t round = 0; round < 10; round++) {
        live_for_a_while(&host, round);
        assert_int_equal(host_count(&host, EVENT_PEER_REQUEST), 4);
        assert_int_equal(host_count(&host, EVENT_OUTCOME), 7);
        assert_true(host_count(&host, EVENT_ADDRESS) > 0);
        host_forget(&host);
    }
    assert_true(host_counters(&host).keepalives_sent > 0);
    assert_int_equal(host_counters(&host).reassembled, 100);
    (void)ask(&host, 9);
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_DOWN), 1);
    assert_int_equal(memory.allocations, allocations);
    assert_int_equal(memory.outstanding, outstanding);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

TESTS_OF(resources_features)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_sa_with_everything_is_made_or_not_made_and_nothing_is_left_behind),
        cmocka_unit_test(whatever_finds_no_memory_is_not_done_and_can_be_done_later),
        cmocka_unit_test(whatever_goes_on_nothing_is_allocated_or_released_any_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
