/* SPDX-License-Identifier: ISC */
/* ikl_sa_migrate refused: the IKE SA is where it was, and lives on as if nobody had asked. */
#include "support/fickle_cipher.h"
#include "support/monitored.h"
#include "support/mover.h"
#include "support/rekeyed.h"
#include "support/sharing.h"
#include "support/story.h"
#include "support/test.h"
#include "support/test_allocator.h"
#include "support/toy_sa.h"
#include "support/twin.h"

static const char *const suite = SHARING_SUITE;

/* In the middle of the story a move to an endpoint that is made by `change` is refused. */
static void refuse(endpoint_change change, int error)
{
    struct host untouched, refused;
    struct ikl_endpoint *other;
    struct ikl_sa *sa = NULL;

    story_begin(&untouched, suite);
    story_begin(&refused, suite);
    other = mover_endpoint(&refused, change);
    assert_int_equal(ikl_sa_migrate(refused.sa, other, refused.now, &sa), error);
    assert_null(sa);
    assert_int_equal(ikl_endpoint_n_sas(other), 0);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    story_end(&untouched, suite);
    story_end(&refused, suite);
    assert_same_events(&untouched, &refused);
    host_clear(&untouched);
    host_clear(&refused);
}

static void with_small_messages(struct ikl_endpoint_config *config)
{
    config->max_message = 4095;
}

static void no_endpoint_is_moved_to_that_takes_only_smaller_messages(void **state)
{
    (void)state;
    refuse(with_small_messages, IKL_ERR_INVALID);
}

static void no_endpoint_is_moved_to_that_has_another_cipher(void **state)
{
    (void)state;
    fickle_reset(true, true);
    refuse(with_fickle_provider, IKL_ERR_UNSUPPORTED);
}

static void no_endpoint_is_moved_to_that_has_not_the_suite(void **state)
{
    (void)state;
    refuse(with_toy_provider, IKL_ERR_UNSUPPORTED);
}

static void with_two_groups(struct ikl_endpoint_config *config)
{
    config->path_groups = 2;
}

static void in_group_1(struct ikl_sa_config *config)
{
    config->path_group = 1;
}

static void no_endpoint_is_moved_to_that_has_not_the_path_group(void **state)
{
    struct host host;
    struct ikl_endpoint *other;
    struct ikl_sa *sa;

    (void)state;
    host_init(&host, "a", 0, with_two_groups);
    host_sa(&host, suite, true, 0, in_group_1);
    other = mover_endpoint(&host, NULL);
    assert_int_equal(ikl_sa_migrate(host.sa, other, 0, &sa), IKL_ERR_INVALID);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    other = mover_endpoint(&host, with_two_groups);
    host_move(&host, &other);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    host_clear(&host);
}

static void it_does_not_move_to_where_it_is_nor_at_no_time(void **state)
{
    struct mover mover;
    struct ikl_sa *sa;

    (void)state;
    mover_init(&mover, NULL);
    host_sa(&mover.host, suite, true, 0, NULL);
    assert_int_equal(ikl_sa_migrate(mover.host.sa, mover.host.endpoint, 0, &sa), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_migrate(mover.host.sa, mover.other, IKL_NEVER, &sa), IKL_ERR_INVALID);
    assert_int_equal(host_counters(&mover.host).clock_refused, 1);
    mover_clear(&mover);
}

static void one_that_is_dead_does_not_move(void **state)
{
    struct mover mover;
    struct ikl_sa *sa;

    (void)state;
    mover_init(&mover, NULL);
    host_sa(&mover.host, suite, true, 0, NULL);
    ikl_sa_close(mover.host.sa, 0);
    assert_int_equal(ikl_sa_migrate(mover.host.sa, mover.other, 0, &sa), IKL_ERR_STATE);
    mover_clear(&mover);
}

static void it_does_not_move_to_where_its_spi_is_taken(void **state)
{
    struct mover mover;
    struct ikl_sa *first, *sa;

    (void)state;
    mover_init(&mover, NULL);
    host_sa(&mover.host, suite, true, 0, NULL);
    mover_move(&mover);
    first = mover.host.sa;
    mover.host.endpoint = mover.other;
    mover.other = ikl_sa_endpoint(first);
    host_sa(&mover.host, suite, true, 0, NULL);
    assert_int_equal(ikl_sa_migrate(mover.host.sa, mover.other, 0, &sa), IKL_ERR_BUSY);
    ikl_sa_free(first);
    mover_move(&mover);
    mover_clear(&mover);
}

static void one_of_two_that_were_replaced_does_not_move_while_both_live(void **state)
{
    struct mover mover;
    struct host *host = &mover.host;
    struct ikl_sa *old, *sa;

    (void)state;
    mover_init(&mover, NULL);
    host_sa(host, suite, true, 1, NULL);
    old = host->sa;
    host->sa = sharing_sa(host, 1, false, 1);
    assert_int_equal(ikl_sa_replace(old, host->sa, true, 10000, 0), IKL_OK);
    assert_int_equal(ikl_sa_migrate(old, mover.other, 0, &sa), IKL_ERR_BUSY);
    assert_int_equal(ikl_sa_migrate(host->sa, mover.other, 0, &sa), IKL_ERR_BUSY);
    ikl_sa_close(old, 0);
    mover_move(&mover);
    assert_non_null(ikl_sa_first_child(host->sa));
    mover_clear(&mover);
}

static void without_own_blocks(struct ikl_endpoint_config *config)
{
    config->own_blocks = IKL_NO_OWN_BLOCKS;
}

/* Requests of 17 or 18 blocks each; one is sent, the others are queued. */
static int borrow(struct host *host, struct ikl_sa *sa, uint32_t n)
{
    static const uint8_t body[1900];
    static const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, sizeof(body)}};
    int result = IKL_OK;

    for (uint32_t i = 0; i < n && result == IKL_OK; i++) {
        result = ikl_sa_request(sa, IKL_INFORMATIONAL, &payload, 1, NULL, host->now, NULL);
    }
    return result;
}

static void one_that_borrows_more_than_there_is_to_borrow_does_not_move(void **state)
{
    enum { EACH = 3 };
    struct mover mover;
    struct host *host = &mover.host;
    struct ikl_endpoint *from;
    struct ikl_sa *sa;
    uint32_t n = 1;

    (void)state;
    mover_init(&mover, without_own_blocks);
    host_sa(host, suite, true, 0, NULL);
    assert_int_equal(borrow(host, host->sa, EACH), IKL_OK);
    from = host->endpoint;
    host->endpoint = mover.other;
    while (borrow(host, sharing_sa(host, n, false, 1), EACH) == IKL_OK) {
        n++;
    }
    assert_in_range(n, 8, 11);
    host->endpoint = from;
    assert_int_equal(ikl_sa_migrate(host->sa, mover.other, 0, &sa), IKL_ERR_NO_BUFFER);
    assert_int_equal(host_info(host).queued, EACH - 1);
    ikl_sa_free(ikl_endpoint_find(mover.other, ikl_sa_spi_i(host->sa) + 1));
    mover_move(&mover);
    assert_int_equal(host_info(host).queued, EACH - 1);
    mover_clear(&mover);
}

static void with_a_large_pool(struct ikl_endpoint_config *config)
{
    config->pool_blocks = 3 * SHARING_COMMON;
}

static void one_that_borrows_more_than_one_may_there_does_not_move(void **state)
{
    struct ikl_endpoint *other;
    struct ikl_sa *sa;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_a_large_pool);
    host_sa(&host, suite, true, 0, NULL);
    other = mover_endpoint(&host, NULL);
    assert_int_equal(borrow(&host, host.sa, 5), IKL_OK);
    assert_int_equal(ikl_sa_migrate(host.sa, other, 0, &sa), IKL_ERR_NO_BUFFER);
    assert_int_equal(host_info(&host).queued, 4);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    host_clear(&host);
}

static struct {
    struct ikl_sa *sa;
    struct ikl_endpoint *other;
    unsigned calls, refused;
} inside;

static int move_inside(struct host *host, struct event *event)
{
    struct ikl_sa *sa;
    int result = ikl_sa_migrate(inside.sa, inside.other, host->now, &sa);

    (void)event;
    inside.calls++;
    inside.refused += result == IKL_ERR_REENTRANT ? 1 : 0;
    return IKL_OK;
}

static void it_does_not_move_inside_a_callback_of_the_endpoint_that_it_is_on(void **state)
{
    struct host untouched, refused;

    (void)state;
    story_begin(&untouched, suite);
    story_begin(&refused, suite);
    memset(&inside, 0, sizeof(inside));
    inside.sa = refused.sa;
    inside.other = mover_endpoint(&refused, NULL);
    refused.on_event = move_inside;
    story_end(&untouched, suite);
    story_end(&refused, suite);
    assert_same_events(&untouched, &refused);
    assert_true(inside.calls > 20);
    assert_int_equal(inside.refused, inside.calls);
    assert_int_equal(ikl_endpoint_free(inside.other), IKL_OK);
    host_clear(&untouched);
    host_clear(&refused);
}

static void it_does_not_move_inside_a_callback_of_the_endpoint_that_it_would_go_to(void **state)
{
    struct host host, untouched, busy;

    (void)state;
    host_init(&host, "b", 0, NULL);
    host_sa(&host, suite, true, 0, NULL);
    story_begin(&untouched, suite);
    story_begin(&busy, suite);
    memset(&inside, 0, sizeof(inside));
    inside.sa = host.sa;
    inside.other = busy.endpoint;
    busy.on_event = move_inside;
    story_end(&untouched, suite);
    story_end(&busy, suite);
    assert_same_events(&untouched, &busy);
    assert_true(inside.calls > 20);
    assert_int_equal(inside.refused, inside.calls);
    assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 1);
    host_clear(&host);
    host_clear(&untouched);
    host_clear(&busy);
}

static struct test_allocator memory;

static void with_counted_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

enum { SMALL_REQUESTS = 70 };

static void with_many_requests(struct ikl_endpoint_config *config)
{
    config->max_requests = 16 * SMALL_REQUESTS; /* an IKE SA may have only a part of them */
}

static void add_children(const struct host *host, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(ikl_sa_add_child(host->sa,
                                          &(struct ikl_child_config){.size = sizeof(struct ikl_child_config),
                                                                     .protocol = IKL_PROTOCOL_AH,
                                                                     .spi_in = i + 1,
                                                                     .spi_out = i + 1},
                                          NULL),
                         IKL_OK);
    }
}

/* More of everything than an endpoint that reserves nothing has room for. */
static void fill(struct host *host)
{
    host_sa(host, suite, true, HOST_MAX_CHILDREN, with_fragmentation);
    add_children(host, 70);
    assert_int_equal(borrow(host, host->sa, 3), IKL_OK);
    for (uint32_t n = 0; n < SMALL_REQUESTS; n++) {
        assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, host->now, NULL), IKL_OK);
    }
}

static void when_memory_is_lacking_nothing_has_moved(void **state)
{
    struct host host;
    struct ikl_endpoint *other;
    struct ikl_sa *sa;
    size_t n = 0;
    int result;

    (void)state;
    test_allocator_init(&memory);
    host_init(&host, "a", 0, with_many_requests);
    fill(&host);
    do {
        struct snapshot before = snapshot_of(&host), after;

        other = mover_endpoint(&host, with_counted_memory);
        test_allocator_fail(&memory, ++n);
        result = ikl_sa_migrate(host.sa, other, 0, &sa);
        memory.fail_at = 0;
        if (result != IKL_OK) {
            assert_int_equal(result, IKL_ERR_NO_MEMORY);
            assert_int_equal(ikl_endpoint_n_sas(other), 0);
            after = snapshot_of(&host);
            assert_same_state(&before, &after);
            if (n % 2 != 0) { /* what was set aside in vain is not in the way */
                assert_int_equal(ikl_sa_migrate(host.sa, other, 0, &host.sa), IKL_OK);
                assert_int_equal(ikl_sa_migrate(host.sa, host.endpoint, 0, &host.sa), IKL_OK);
            }
            assert_int_equal(ikl_endpoint_free(other), IKL_OK);
            assert_int_equal(memory.outstanding, 0);
        }
    } while (result != IKL_OK);
    assert_true(n > 10);
    host.sa = sa;
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    host.endpoint = other;
    host_run_to_the_end(&host);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), HOST_MAX_CHILDREN + 70);
    assert_int_equal(host_count(&host, EVENT_OUTCOME), 3 + SMALL_REQUESTS);
    host_clear(&host);
    assert_int_equal(memory.outstanding, 0);
}

/* When memory is lacking for their own places: the 32 that are made for one with a monitor. */
static void child_sas_without_a_monitor_move_to_the_places_of_others_if_all_have_one(void **state)
{
    (void)state;
    for (uint32_t n_children = 31; n_children <= 32; n_children++) {
        bool failed = true;
        size_t spared = 0;
        struct host host;

        test_allocator_init(&memory);
        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, 0, NULL);
        add_children(&host, n_children);
        (void)monitored_add_own(&host, NULL, 1, &monitored_usual);
        for (size_t n = 1; failed; n++) {
            struct ikl_endpoint *other = mover_endpoint(&host, with_counted_memory);

            test_allocator_fail(&memory, n);
            if (ikl_sa_migrate(host.sa, other, 0, &host.sa) == IKL_OK) {
                failed = memory.allocations >= memory.fail_at;
                spared += failed ? 1 : 0;
                memory.fail_at = 0;
                assert_int_equal(ikl_sa_migrate(host.sa, host.endpoint, 0, &host.sa), IKL_OK);
            }
            memory.fail_at = 0;
            assert_int_equal(count_children_of(host.sa), n_children + 1);
            assert_int_equal(ikl_endpoint_free(other), IKL_OK);
        }
        assert_int_equal(spared, n_children == 31 ? 1 : 0);
        host_clear(&host);
    }
}

TESTS_OF(migrate_refused)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_endpoint_is_moved_to_that_takes_only_smaller_messages),
        cmocka_unit_test(no_endpoint_is_moved_to_that_has_another_cipher),
        cmocka_unit_test(no_endpoint_is_moved_to_that_has_not_the_suite),
        cmocka_unit_test(no_endpoint_is_moved_to_that_has_not_the_path_group),
        cmocka_unit_test(it_does_not_move_to_where_it_is_nor_at_no_time),
        cmocka_unit_test(one_that_is_dead_does_not_move),
        cmocka_unit_test(it_does_not_move_to_where_its_spi_is_taken),
        cmocka_unit_test(one_of_two_that_were_replaced_does_not_move_while_both_live),
        cmocka_unit_test(one_that_borrows_more_than_one_may_there_does_not_move),
        cmocka_unit_test(one_that_borrows_more_than_there_is_to_borrow_does_not_move),
        cmocka_unit_test(it_does_not_move_inside_a_callback_of_the_endpoint_that_it_is_on),
        cmocka_unit_test(it_does_not_move_inside_a_callback_of_the_endpoint_that_it_would_go_to),
        cmocka_unit_test(when_memory_is_lacking_nothing_has_moved),
        cmocka_unit_test(child_sas_without_a_monitor_move_to_the_places_of_others_if_all_have_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
