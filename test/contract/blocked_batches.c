/* SPDX-License-Identifier: ISC */
/* Promises about sends in batches that would block. */
#include "support/asking.h"
#include "support/blocking.h"
#include "support/fragments.h"
#include "support/peer.h"
#include "support/test.h"

static const char *const suite = ASKING_SUITE;

enum { TRIES = 10, TOTAL = 319000, LONG = 3000 };

static struct {
    size_t calls, n, room;
    uint8_t first[HOST_MAX_DATAGRAM];
    size_t first_len;
    bool same;
} batch;

static void on_batch(void *user, struct ikl_outbound *datagrams, size_t n)
{
    (void)user;
    batch.calls++;
    for (size_t i = 0; i < n; i++) {
        if (batch.n++ == 0) {
            memcpy(batch.first, datagrams[i].datagram, datagrams[i].len);
            batch.first_len = datagrams[i].len;
            batch.same = true;
        }
        batch.same = batch.same && datagrams[i].len == batch.first_len &&
                     memcmp(batch.first, datagrams[i].datagram, batch.first_len) == 0;
        datagrams[i].result = batch.room != 0 ? IKL_OK : IKL_ERR_BLOCKED;
        batch.room -= batch.room != 0 ? 1 : 0;
    }
}

static uint32_t batch_size;

static void in_batches(struct ikl_endpoint_config *config)
{
    config->callbacks.send = NULL;
    config->callbacks.send_batch = on_batch;
    config->send_batch = batch_size;
}

static void one_in_batches(struct host *host, uint32_t size, sa_change change)
{
    memset(&batch, 0, sizeof(batch));
    batch_size = size;
    host_init(host, "a", 0, in_batches);
    host_sa(host, suite, true, 1, change);
}

static void encapsulated(struct ikl_sa_config *config)
{
    config->path.encapsulated = true;
}

/* IVs that do not begin with zeros alone. */
static void other_ivs(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_FIRST;
    config->protection.iv_first = UINT64_C(1) << 48;
}

static void assert_batches(struct host *host, uint32_t size, sa_change change)
{
    one_in_batches(host, size, change);
    host_run_until(host, 5000);
    assert_int_equal(batch.n, 1);
    assert_int_equal(host_count(host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_counters(host).blocked, 1);
    assert_true(ikl_endpoint_next_deadline(host->endpoint) == 6000);
    host_run_until(host, 8000);
    assert_int_equal(batch.n, 3);
    batch.room = 1;
    host->now = 9000;
    assert_int_equal(ikl_endpoint_writable(host->endpoint, 9000), IKL_OK);
    assert_int_equal(batch.n, 4);
    assert_true(batch.same);
    assert_true(ikl_endpoint_next_deadline(host->endpoint) == 10000);
    assert_int_equal(host_count(host, EVENT_ATTEMPT), 1);
    assert_int_equal(host_counters(host).probes, 1);
    assert_int_equal(host_counters(host).retransmissions, 0);
    batch.room = SIZE_MAX;
    host_run_to_the_end(host);
    assert_int_equal(host_event(host, EVENT_DOWN, 0)->at, 9000 + TOTAL);
    assert_true(host_event(host, EVENT_DOWN, 0)->down.first_sent == 9000);
    assert_int_equal(host_count(host, EVENT_ATTEMPT), TRIES);
    assert_int_equal(host_counters(host).retransmissions, TRIES - 1);
    host_clear(host);
}

static void what_a_batch_did_not_take_counts_as_blocked_and_its_attempt_is_told_once(void **state)
{
    struct host host;

    (void)state;
    assert_batches(&host, 1, NULL); /* full before its attempt is told */
    assert_batches(&host, 16, NULL);
    assert_batches(&host, 16, encapsulated);
    assert_batches(&host, 16, other_ivs);
}

/* Its first send, which a batch did not take, was told then. */
static void what_is_sent_again_after_that_is_told_whatever_the_cause(void **state)
{
    size_t told;
    struct host host;

    (void)state;
    one_in_batches(&host, 16, NULL);
    (void)ask(&host, 1);
    batch.room = SIZE_MAX;
    host_run_until(&host, 40000);
    told = host_count(&host, EVENT_ATTEMPT);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), told + 1);
    assert_int_equal(host_last(&host, EVENT_ATTEMPT)->attempt.cause, IKL_ATTEMPT_EVIDENCE);
    while (host_info(&host).outstanding_retransmissions < TRIES) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    }
    told = host_count(&host, EVENT_ATTEMPT);
    host_advance(&host, ikl_endpoint_next_deadline(host.endpoint) + 100000); /* too late for a verdict */
    assert_int_equal(host_count(&host, EVENT_DOWN), 0);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), told + 1);
    host_clear(&host);
}

static void batches_that_are_never_taken_end_within_twice_the_schedule_too(void **state)
{
    struct host host;

    (void)state;
    for (uint32_t size = 1; size < 4; size += 2) {
        one_in_batches(&host, size, with_fragmentation);
        assert_int_equal(asking_try(&host, &(struct asking){.mark = 5, .len = LONG}, NULL), IKL_OK);
        while (host_count(&host, EVENT_DOWN) == 0) {
            host_advance(&host, ikl_time_earlier(ikl_endpoint_next_deadline(host.endpoint), host.now + 700));
            assert_int_equal(ikl_endpoint_writable(host.endpoint, host.now), IKL_OK);
        }
        assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 2 * TOTAL);
        assert_int_equal(host_count(&host, EVENT_ATTEMPT), TRIES);
        host_clear(&host);
    }
}

static void of_fragments_in_batches_the_last_one_decides(void **state)
{
    struct host host;

    (void)state;
    for (uint32_t size = 1; size < 6; size++) {
        one_in_batches(&host, size, with_fragmentation);
        batch.room = 2;
        assert_int_equal(asking_try(&host, &(struct asking){.mark = 5, .len = LONG}, NULL), IKL_OK);
        assert_int_equal(batch.n, 3);
        batch.room = 3;
        host.now = 600;
        assert_int_equal(ikl_endpoint_writable(host.endpoint, 600), IKL_OK);
        assert_int_equal(batch.n, 6);
        assert_int_equal(ikl_endpoint_writable(host.endpoint, 700), IKL_OK);
        host_run_until(&host, 1599);
        assert_int_equal(batch.n, 6);
        host_run_until(&host, 1600);
        assert_int_equal(batch.n, 9);
        host_clear(&host);
    }
}

static void responses_and_keepalives_in_a_batch_that_blocks_are_lost(void **state)
{
    struct host host;

    (void)state;
    one_in_batches(&host, 16, blocking_nat);
    host_run_until(&host, 20000);
    assert_int_equal(host_counters(&host).blocked, 1);
    batch.room = 5;
    host.now = 20100;
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 20100), IKL_OK);
    assert_int_equal(batch.n, 1);
    host_run_until(&host, 21000);
    assert_int_equal(batch.n, 2);
    host_clear(&host);
    one_in_batches(&host, 16, NULL);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 100), IKL_OK);
    assert_int_equal(batch.n, 1);
    batch.room = 5;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(batch.n, 2);
    assert_true(batch.same);
    host_clear(&host);
}

static void what_one_endpoint_told_of_by_a_batch_another_does_not_tell_again(void **state)
{
    struct host host, other;

    (void)state;
    one_in_batches(&host, 16, NULL);
    host_run_until(&host, 5000);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 1);
    host_init(&other, "b", 5000, NULL);
    assert_int_equal(ikl_sa_migrate(host.sa, other.endpoint, 5100, &other.sa), IKL_OK);
    blocking_end(&other, 5200);
    assert_int_equal(host_count(&other, EVENT_SENT), 1);
    assert_int_equal(host_count(&other, EVENT_ATTEMPT), 0);
    assert_true(ikl_endpoint_next_deadline(other.endpoint) == 6200);
    host_run_until(&other, 6200);
    blocking_assert_attempt(&other, 0, 6200, 1);
    blocking_start(&other);
    host_run_until(&other, 8300);
    blocking_end(&other, 8300); /* which no batch has told of */
    blocking_assert_attempt(&other, 1, 8300, 2);
    host_clear(&other);
    host_clear(&host);
}

static void and_what_none_told_of_is_told_by_a_batch(void **state)
{
    struct host host, other;

    (void)state;
    blocking_check(&host);
    memset(&batch, 0, sizeof(batch));
    batch_size = 16;
    host_init(&other, "b", 5000, in_batches);
    assert_int_equal(ikl_sa_migrate(host.sa, other.endpoint, 5100, &other.sa), IKL_OK);
    batch.room = 1;
    blocking_end(&other, 5200);
    blocking_assert_attempt(&other, 0, 5200, 0);
    assert_int_equal(host_counters(&other).probes, 1);
    host_run_until(&other, 6199);
    assert_int_equal(batch.n, 1);
    host_run_until(&other, 6200);
    assert_int_equal(batch.n, 2);
    host_clear(&other);
    host_clear(&host);
}

static void a_response_that_blocks_says_nothing_of_our_request_with_its_message_id(void **state)
{
    struct host host;

    (void)state;
    one_in_batches(&host, 1, NULL);
    batch.room = 1;
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(host_counters(&host).blocked, 0);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(batch.n, 2);
    batch.room = 5;
    assert_int_equal(ikl_endpoint_writable(host.endpoint, 0), IKL_OK);
    assert_int_equal(batch.n, 2); /* the liveness check has left */
    host_clear(&host);
}

TESTS_OF(blocked_batches)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_batch_did_not_take_counts_as_blocked_and_its_attempt_is_told_once),
        cmocka_unit_test(what_is_sent_again_after_that_is_told_whatever_the_cause),
        cmocka_unit_test(batches_that_are_never_taken_end_within_twice_the_schedule_too),
        cmocka_unit_test(of_fragments_in_batches_the_last_one_decides),
        cmocka_unit_test(responses_and_keepalives_in_a_batch_that_blocks_are_lost),
        cmocka_unit_test(a_response_that_blocks_says_nothing_of_our_request_with_its_message_id),
        cmocka_unit_test(what_one_endpoint_told_of_by_a_batch_another_does_not_tell_again),
        cmocka_unit_test(and_what_none_told_of_is_told_by_a_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
