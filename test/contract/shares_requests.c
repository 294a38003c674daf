/* SPDX-License-Identifier: ISC */
/* Promises about the table of requests: what one IKE SA can take of it, and what the others then still can do. */
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/peer.h"
#include "support/sharing.h"
#include "support/test.h"
#include "support/test_allocator.h"
#include "support/test_random.h"

#include "sa/ending.h"

enum { TABLE = 64, PART = TABLE / 8, MANY = 100 };

static struct test_allocator memory;

static int ask(struct host *host, struct ikl_sa *sa)
{
    return ikl_sa_request(sa, IKL_INFORMATIONAL, NULL, 0, NULL, host->now, NULL);
}

/* Requests until no more is taken; how many were. */
static uint32_t ask_for_all(struct host *host, struct ikl_sa *sa)
{
    uint32_t n = 0;
    int result;

    while ((result = ask(host, sa)) == IKL_OK) {
        n++;
    }
    assert_int_equal(result, IKL_ERR_NO_BUFFER);
    return n;
}

/* As many IKE SAs as it takes have all that they may have; they are the first ones, and how many is returned. */
static uint32_t fill_table(struct host *host, struct ikl_sa *const *sas, uint32_t n)
{
    uint32_t n_greedy = 0;

    while (n_greedy < n && ask_for_all(host, sas[n_greedy]) != 0) {
        n_greedy++;
    }
    return n_greedy;
}

/* The peer of this IKE SA answers. */
static void answer(struct host *host, uint32_t n, uint32_t message_id)
{
    struct peer_message message = {.sa = n, .response = true, .message_id = message_id};

    assert_int_equal(peer_send(host, SHARING_SUITE, &message), IKL_OK);
}

static void many_requests(struct ikl_endpoint_config *config)
{
    config->max_requests = 160;
}

static void few_requests(struct ikl_endpoint_config *config)
{
    config->max_requests = 16;
}

static void one_ike_sa_has_an_eighth_of_the_table_or_eight_requests_or_as_many_as_the_window_is_wide(void **state)
{
    struct ikl_sa *sa;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    assert_int_equal(ask_for_all(&host, sharing_sa(&host, 0, false, 1)), 8);
    sa = sharing_sa(&host, 1, false, 1);
    ikl_sa_peer_window(sa, IKL_WINDOW_MAX, 0);
    assert_int_equal(ask_for_all(&host, sa), IKL_WINDOW_MAX);
    host_clear(&host);
    host_init(&host, "a", 0, many_requests);
    assert_int_equal(ask_for_all(&host, sharing_sa(&host, 0, false, 1)), 20);
    host_clear(&host);
    host_init(&host, "a", 0, few_requests);
    assert_int_equal(ask_for_all(&host, sharing_sa(&host, 0, false, 1)), 8);
    host_clear(&host);
}

static void a_request_that_ends_makes_room_for_another_of_its_ike_sa(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host.sa = sharing_sa(&host, 0, false, 1);
    (void)ask_for_all(&host, host.sa);
    answer(&host, 0, 0);
    assert_int_equal(ask_for_all(&host, host.sa), 1);
    host_clear(&host);
}

static void who_has_a_request_leaves_the_last_eighth_of_the_table_to_those_that_have_none(void **state)
{
    struct ikl_sa *sas[MANY];
    struct host host;
    uint32_t n_greedy;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host.sa = sas[0] = sharing_sa(&host, 0, false, 1);
    for (uint32_t n = 1; n < MANY; n++) {
        sas[n] = sharing_sa(&host, n, false, 1);
    }
    for (n_greedy = 0; n_greedy < (TABLE - PART) / PART; n_greedy++) {
        assert_int_equal(ask_for_all(&host, sas[n_greedy]), PART);
    }
    for (uint32_t n = n_greedy; n < n_greedy + PART; n++) {
        assert_int_equal(ask_for_all(&host, sas[n]), 1);
    }
    assert_int_equal(ask_for_all(&host, sas[n_greedy + PART]), 0);
    answer(&host, 0, 0);
    assert_int_equal(ask(&host, sas[0]), IKL_ERR_NO_BUFFER);
    assert_int_equal(ask_for_all(&host, sas[n_greedy + PART]), 1);
    host_clear(&host);
}

static void places_for_all(struct ikl_endpoint_config *config)
{
    config->max_requests = 8 * MANY;
}

static void with_eight_places_for_each_ike_sa_every_one_of_them_can_make_a_request(void **state)
{
    struct ikl_sa *sas[MANY];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, places_for_all);
    for (uint32_t n = 0; n < MANY; n++) {
        sas[n] = sharing_sa(&host, n, false, IKL_WINDOW_MAX);
        ikl_sa_peer_window(sas[n], IKL_WINDOW_MAX, 0);
    }
    for (uint32_t n = 0; n < MANY; n++) {
        assert_true(ask_for_all(&host, sas[n]) >= 1);
    }
    host_clear(&host);
}

static void deletes_of_child_sas_take_places_of_their_ike_sa(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SHARING_SUITE, true, 3, NULL);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children, 1, 0), IKL_OK);
    assert_int_equal(ask_for_all(&host, host.sa), PART - 1);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children + 1, 2, 0), IKL_ERR_NO_BUFFER);
    answer(&host, 0, 0);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(ikl_sa_delete_children(host.sa, host.children + 1, 2, 0), IKL_OK);
    host_clear(&host);
}

static void what_a_replacement_takes_over_counts_and_is_not_refused(void **state)
{
    struct ikl_sa *replacement;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host.sa = sharing_sa(&host, 0, false, 1);
    replacement = sharing_sa(&host, 1, false, 1);
    (void)ask_for_all(&host, host.sa);
    (void)ask_for_all(&host, replacement);
    assert_int_equal(ikl_sa_replace(host.sa, replacement, true, 5000, 0), IKL_OK);
    for (uint32_t id = 0; id < PART; id++) {
        assert_int_equal(ask(&host, replacement), IKL_ERR_NO_BUFFER);
        answer(&host, 1, id); /* of 15 there are 7 then */
    }
    assert_int_equal(ask_for_all(&host, replacement), 1);
    host_clear(&host);
}

/* An endpoint with MANY IKE SAs and a full table, which gets no more memory. */
static void full_endpoint(struct host *host, struct ikl_sa **sas, bool fixed)
{
    static struct ikl_suite suites[1];
    struct ikl_endpoint_config config;

    test_allocator_init(&memory);
    host_init(host, "a", 0, NULL);
    assert_int_equal(ikl_endpoint_free(host->endpoint), IKL_OK);
    config = host_config(host);
    assert_int_equal(ikl_suite_parse(&suites[0], SHARING_SUITE), IKL_OK);
    config.allocator = &memory.allocator;
    config.reserve_sas = config.reserve_extras = MANY;
    config.reserve_suites = suites;
    config.n_reserve_suites = 1;
    config.fixed_budget = fixed;
    assert_int_equal(ikl_endpoint_new(&host->endpoint, &config, 0), IKL_OK);
    for (uint32_t n = 0; n < MANY; n++) {
        sas[n] = sharing_sa(host, n, false, 1);
    }
    host->sa = sas[0];
    assert_int_equal(fill_table(host, sas, MANY), (TABLE - PART) / PART + PART);
    test_allocator_fail(&memory, 1);
}

static void delete_all(struct host *host, struct ikl_sa **sas)
{
    for (uint32_t n = 0; n < MANY; n++) {
        assert_int_equal(ikl_sa_delete(sas[n], 5000, host->now), IKL_OK);
        assert_int_equal(ikl_sa_state(sas[n]), IKL_SA_DELETING);
    }
    for (uint32_t n = 0; n < MANY; n++) {
        bool has_request = sas[n]->send_window.next == 1 && ikl_sa_delete_state(sas[n]) == IKL_DELETE_QUEUED;

        host_forget(host);
        answer(host, n, 0);
        if (has_request) {
            assert_int_equal(host_count(host, EVENT_SENT), 1);
            answer(host, n, 1);
        }
        assert_int_equal(ikl_sa_state(sas[n]), IKL_SA_DEAD);
        assert_int_equal(host_last(host, EVENT_DOWN)->down.reason, IKL_DOWN_CLOSED);
    }
    assert_int_equal(host->endpoint->n_requests, 0);
}

static void when_the_table_is_full_and_there_is_no_memory_every_ike_sa_can_be_deleted(void **state)
{
    struct ikl_sa *sas[MANY];
    struct host host;

    (void)state;
    for (int fixed = 0; fixed < 2; fixed++) {
        full_endpoint(&host, sas, fixed != 0);
        delete_all(&host, sas);
        assert_int_equal(memory.fail_at, memory.allocations + 1); /* none was tried */
        host_clear(&host);
    }
}

/* The first half takes the place of the second; of those that had requests all end. */
static void replace_all(struct host *host, struct ikl_sa **sas, bool we_delete)
{
    for (uint32_t n = 0; n < MANY / 2; n++) {
        assert_int_equal(ikl_sa_replace(sas[n], sas[MANY / 2 + n], we_delete, 5000, host->now), IKL_OK);
    }
    for (uint32_t n = 0; n < MANY / 2; n++) {
        bool has_request = ikl_sa_delete_state(sas[n]) == IKL_DELETE_HELD && ikl_sa_is_waiting(sas[n]);

        host_forget(host);
        if (has_request) {
            answer(host, n, 0);
        }
        assert_int_equal(ikl_sa_delete_state(sas[n]), we_delete ? IKL_DELETE_SENT : IKL_DELETE_HELD);
        assert_int_equal(host_count(host, EVENT_SENT), we_delete && has_request ? 1 : 0);
    }
}

static void and_replaced_and_its_delete_goes_out_when_it_is_time(void **state)
{
    struct ikl_sa *sas[MANY];
    struct host host;

    (void)state;
    for (int fixed = 0; fixed < 2; fixed++) {
        for (int we_delete = 0; we_delete < 2; we_delete++) {
            full_endpoint(&host, sas, fixed != 0);
            replace_all(&host, sas, we_delete != 0);
            host_advance(&host, 5000);
            for (uint32_t n = 0; n < MANY / 2; n++) {
                assert_int_equal(ikl_sa_state(sas[n]), we_delete ? IKL_SA_DEAD : IKL_SA_REKEYED);
                assert_int_equal(ikl_sa_delete_state(sas[n]), we_delete ? IKL_DELETE_NONE : IKL_DELETE_SENT);
            }
            host_advance(&host, 10000);
            for (uint32_t n = 0; n < MANY / 2; n++) {
                assert_int_equal(ikl_sa_state(sas[n]), IKL_SA_DEAD);
            }
            assert_int_equal(memory.fail_at, memory.allocations + 1);
            host_clear(&host);
        }
    }
}

/* It has the place of the liveness check. */
static void our_delete_goes_out_when_a_liveness_check_is_answered_also_where_the_window_has_room(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SHARING_SUITE, true, 0, NULL);
    ikl_sa_peer_window(host.sa, 4, 0);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete(host.sa, 5000, 0), IKL_OK);
    assert_int_equal(host_info(&host).queued, 1);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    answer(&host, 0, 0);
    assert_int_equal(host_info(&host).queued, 0);
    assert_int_equal(host_count(&host, EVENT_SENT), 2);
    assert_false(host_last(&host, EVENT_ATTEMPT)->attempt.liveness);
    answer(&host, 0, 1);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
    host_clear(&host);
}

static void or_never_when_that_is_not_answered_in_time(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SHARING_SUITE, true, 0, NULL);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete(host.sa, 500, 0), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 500);
    host_advance(&host, 500);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    host_clear(&host);
}

static void our_delete_is_the_last_of_what_is_outstanding_in_the_order_of_message_ids(void **state)
{
    enum { N = 3 };
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SHARING_SUITE, true, 0, NULL);
    ikl_sa_peer_window(host.sa, 8, 0);
    for (uint32_t n = 0; n < N; n++) {
        assert_int_equal(ask(&host, host.sa), IKL_OK);
    }
    assert_int_equal(ikl_sa_delete(host.sa, 60000, 0), IKL_OK);
    assert_int_equal(host_info(&host).outstanding_id, 0);
    host_forget(&host);
    host_advance(&host, ikl_endpoint_next_deadline(host.endpoint));
    for (uint32_t id = 0; id <= N; id++) {
        assert_int_equal(host_event(&host, EVENT_ATTEMPT, id)->attempt.message_id, id);
    }
    for (uint32_t id = 0; id < N; id++) {
        answer(&host, 0, id);
    }
    assert_int_equal(host_info(&host).outstanding_id, N);
    host_clear(&host);
}

static void without_initialisation_vectors_our_delete_that_waited_ends_the_ike_sa(void **state)
{
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, SHARING_SUITE, true, 0, NULL);
    assert_int_equal(ask(&host, host.sa), IKL_OK);
    assert_int_equal(ikl_sa_delete(host.sa, 5000, 0), IKL_OK);
    host.sa->iv.next = host.sa->iv_end;
    answer(&host, 0, 0);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_EXHAUSTED);
    host_clear(&host);
}

static void with_fickle_cipher(struct ikl_endpoint_config *config)
{
    with_fickle_provider(config);
    config->own_blocks = IKL_NO_OWN_BLOCKS;
}

/* Even the blocks that an IKE SA has for sealed messages are taken. */
static void our_delete_waits_for_a_block_when_it_must_be_kept_sealed_and_there_is_none(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    fickle_reset(false, true);
    host_init(&host, "a", 0, with_fickle_cipher);
    host_sa(&host, SHARING_SUITE, true, 0, NULL);
    drain_pool(&drain, &host);
    host.endpoint->shares.set_aside = 0;
    host.sa->owns_sealed = false;
    assert_int_equal(ikl_sa_delete(host.sa, 5000, 0), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_SENT), 0);
    refill_pool(&drain, &host);
    host_advance(&host, 1000);
    assert_int_equal(host_count(&host, EVENT_SENT), 1);
    answer(&host, 0, 0);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
    host_clear(&host);
}

/* Hosts that do for one IKE SA whatever they can, and one that is modest. */
struct greed {
    struct host host;
    struct test_random random;
    struct ikl_sa *sas[PART];
    uint32_t next; /* number of the next IKE SA */
};

static void act_greedily(struct greed *greed)
{
    uint32_t n = (uint32_t)test_random_below(&greed->random, PART - 1);
    struct ikl_sa *sa = greed->sas[n];

    switch (test_random_below(&greed->random, 4)) {
    case 0:
        if (sa->send_window.unanswered != sa->send_window.next) {
            answer(&greed->host, n, sa->send_window.unanswered);
        }
        break;
    case 1:
        (void)ask(&greed->host, sa);
        break;
    case 2:
        ikl_sa_peer_window(sa, 1 + (uint32_t)test_random_below(&greed->random, PART), greed->host.now);
        break;
    default:
        (void)ask_for_all(&greed->host, sa);
    }
}

static void live_modestly(struct greed *greed)
{
    uint32_t n = greed->next++;
    struct ikl_sa *sa = sharing_sa(&greed->host, n, false, 1);

    assert_int_equal(ask(&greed->host, sa), IKL_OK);
    assert_int_equal(ikl_sa_delete(sa, 5000, greed->host.now), IKL_OK);
    answer(&greed->host, n, 0);
    answer(&greed->host, n, 1);
    assert_int_equal(ikl_sa_state(sa), IKL_SA_DEAD);
    ikl_sa_free(sa);
    host_forget(&greed->host);
}

/* Counted anew. */
static void check_table(const struct greed *greed)
{
    const struct ikl_endpoint *endpoint = greed->host.endpoint;
    uint32_t all = 0;

    for (uint32_t n = 0; n < PART - 1; n++) {
        uint32_t own = 0;

        for (uint32_t i = greed->sas[n]->first_request; i != IKL_NONE; i = ikl_request_at(endpoint, i)->next) {
            own++;
        }
        assert_true(own <= PART);
        all += own;
    }
    assert_int_equal(endpoint->n_requests, all);
    assert_int_equal(endpoint->requests.n_free + all, TABLE);
}

static void whatever_the_hosts_of_seven_ike_sas_queue_another_makes_a_request_and_deletes(void **state)
{
    static struct greed greed;

    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        memset(&greed, 0, sizeof(greed));
        greed.random.state = seed;
        host_init(&greed.host, "a", 0, NULL);
        for (; greed.next < PART - 1; greed.next++) {
            greed.sas[greed.next] = sharing_sa(&greed.host, greed.next, false, 1);
        }
        greed.host.sa = greed.sas[0];
        for (size_t step = 0; step < 500; step++) {
            act_greedily(&greed);
            live_modestly(&greed);
            check_table(&greed);
        }
        host_clear(&greed.host);
    }
}

TESTS_OF(shares_requests)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_ike_sa_has_an_eighth_of_the_table_or_eight_requests_or_as_many_as_the_window_is_wide),
        cmocka_unit_test(a_request_that_ends_makes_room_for_another_of_its_ike_sa),
        cmocka_unit_test(who_has_a_request_leaves_the_last_eighth_of_the_table_to_those_that_have_none),
        cmocka_unit_test(with_eight_places_for_each_ike_sa_every_one_of_them_can_make_a_request),
        cmocka_unit_test(deletes_of_child_sas_take_places_of_their_ike_sa),
        cmocka_unit_test(what_a_replacement_takes_over_counts_and_is_not_refused),
        cmocka_unit_test(when_the_table_is_full_and_there_is_no_memory_every_ike_sa_can_be_deleted),
        cmocka_unit_test(and_replaced_and_its_delete_goes_out_when_it_is_time),
        cmocka_unit_test(our_delete_goes_out_when_a_liveness_check_is_answered_also_where_the_window_has_room),
        cmocka_unit_test(or_never_when_that_is_not_answered_in_time),
        cmocka_unit_test(our_delete_is_the_last_of_what_is_outstanding_in_the_order_of_message_ids),
        cmocka_unit_test(without_initialisation_vectors_our_delete_that_waited_ends_the_ike_sa),
        cmocka_unit_test(our_delete_waits_for_a_block_when_it_must_be_kept_sealed_and_there_is_none),
        cmocka_unit_test(whatever_the_hosts_of_seven_ike_sas_queue_another_makes_a_request_and_deletes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
