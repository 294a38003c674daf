/* SPDX-License-Identifier: ISC */
/* Promises about keys that change while connecting: what is refused or fails changes nothing, nothing under other keys
 * is taken, and former keys are wiped. */
#include "support/asking.h"
#include "support/beginning.h"
#include "support/changing.h"
#include "support/fickle_cipher.h"
#include "support/peer.h"
#include "support/sharing.h"
#include "support/test.h"
#include "support/test_allocator.h"

enum { SECRET_LEN = 16, LARGE = 1600 };

static struct test_allocator memory;

static void with_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

static void a_pair(struct pair *pair)
{
    changing_init(pair, NULL, NULL);
}

/* They still have the keys that they had. */
static void assert_goes_on(struct pair *pair)
{
    changing_exchange(pair, 0, 0);
    pair_clear(pair);
}

static void before_an_exchange_has_gone_through_keys_cannot_change(void **state)
{
    struct pair pair;

    (void)state;
    a_pair(&pair);
    assert_int_equal(change_keys(&pair.a, 1), IKL_ERR_STATE);
    assert_int_equal(change_keys(&pair.b, 1), IKL_ERR_STATE);
    changing_step(&pair, 1, 0, 0);
    assert_int_equal(change_keys(&pair.a, 2), IKL_ERR_STATE); /* not twice after one */
    assert_int_equal(change_keys(&pair.b, 2), IKL_ERR_STATE);
    assert_goes_on(&pair);
}

static void keys_change_only_while_connecting(void **state)
{
    struct pair pair;
    struct host host;

    (void)state;
    a_pair(&pair);
    changing_exchange(&pair, 0, 0);
    assert_int_equal(ikl_sa_established(pair.a.sa, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete(pair.b.sa, 1000, 0), IKL_OK);
    assert_int_equal(change_keys(&pair.a, 1), IKL_ERR_STATE);
    assert_int_equal(change_keys(&pair.b, 1), IKL_ERR_STATE);
    ikl_sa_close(pair.a.sa, 0);
    assert_int_equal(change_keys(&pair.a, 1), IKL_ERR_STATE);
    pair_clear(&pair);
    host_init(&host, "a", 0, NULL);
    host_begin(&host, NULL); /* without keys */
    (void)begin(&host, 7);
    assert_int_equal(change_keys(&host, 1), IKL_ERR_STATE);
    host_clear(&host);
}

static void while_a_request_is_outstanding_or_unanswered_keys_cannot_change(void **state)
{
    struct pair pair;

    (void)state;
    a_pair(&pair);
    changing_exchange(&pair, 0, 0);
    changing_ask(&pair, IKL_IKE_INTERMEDIATE, 0);
    assert_int_equal(change_keys(&pair.a, 1), IKL_ERR_BUSY);
    pair_deliver(&pair);
    assert_int_equal(change_keys(&pair.b, 1), IKL_ERR_BUSY);
    assert_int_equal(changing_answer(&pair.b, 2, 0), IKL_OK);
    assert_int_equal(change_keys(&pair.b, 1), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(change_keys(&pair.a, 1), IKL_OK);
    assert_goes_on(&pair);
}

static void with_window_of_four(struct ikl_sa_config *config)
{
    config->ids.own_window = 4;
}

static void while_a_request_waits_for_its_turn_keys_cannot_change(void **state)
{
    static const struct peer_message late = {
        .from_initiator = true, .exchange_type = IKL_IKE_INTERMEDIATE, .message_id = 3};
    struct pair pair;

    (void)state;
    changing_init(&pair, NULL, with_window_of_four);
    changing_exchange(&pair, 0, 0);
    assert_int_equal(peer_send(&pair.b, ASKING_SUITE, &late), IKL_OK);
    assert_int_equal(change_keys(&pair.b, 1), IKL_ERR_BUSY);
    pair_clear(&pair);
}

static void another_suite_or_what_is_not_stated_in_full_is_refused(void **state)
{
    struct ikl_keys keys;
    struct ikl_protection protection;
    struct pair pair;

    (void)state;
    a_pair(&pair);
    changing_exchange(&pair, 0, 0);
    protection = changing_protection(&keys, 1);
    protection.suite.prf = IKL_PRF_HMAC_SHA2_512;
    assert_int_equal(ikl_sa_change_keys(pair.a.sa, &protection, 0), IKL_ERR_INVALID);
    protection = changing_protection(&keys, 1);
    protection.suite.encr = IKL_ENCR_AES_GCM_16;
    assert_int_equal(ikl_sa_change_keys(pair.a.sa, &protection, 0), IKL_ERR_INVALID);
    protection = changing_protection(&keys, 1);
    protection.fragmentation = false;
    assert_int_equal(ikl_sa_change_keys(pair.a.sa, &protection, 0), IKL_ERR_INVALID);
    protection = changing_protection(&keys, 1);
    protection.iv_source = IKL_IV_UNSTATED;
    assert_int_equal(ikl_sa_change_keys(pair.a.sa, &protection, 0), IKL_ERR_INVALID);
    protection = changing_protection(&keys, 1);
    protection.keys = NULL;
    assert_int_equal(ikl_sa_change_keys(pair.a.sa, &protection, 0), IKL_ERR_INVALID);
    protection = changing_protection(&keys, 1);
    assert_int_equal(ikl_sa_change_keys(pair.a.sa, &protection, IKL_NEVER), IKL_ERR_INVALID);
    assert_goes_on(&pair);
}

static void nothing_under_the_keys_before_is_new_after_the_change(void **state)
{
    static const struct peer_message late = {
        .from_initiator = true, .exchange_type = IKL_IKE_INTERMEDIATE, .message_id = 2};
    static const struct peer_message repeated = {
        .from_initiator = true, .exchange_type = IKL_IKE_INTERMEDIATE, .message_id = 1};
    static const struct peer_message answer_late = {
        .response = true, .exchange_type = IKL_IKE_INTERMEDIATE, .message_id = 2};
    struct pair pair;

    (void)state;
    a_pair(&pair);
    changing_step(&pair, 1, 0, 0);
    assert_int_equal(peer_send(&pair.b, ASKING_SUITE, &late), IKL_ERR_FORGED);
    assert_int_equal(peer_send(&pair.b, ASKING_SUITE, &repeated), IKL_OK); /* the keys of then */
    changing_ask(&pair, IKL_IKE_INTERMEDIATE, 0);
    assert_int_equal(peer_send(&pair.a, ASKING_SUITE, &answer_late), IKL_ERR_FORGED);
    pair_deliver(&pair);
    assert_int_equal(peer_send(&pair.b, ASKING_SUITE, &repeated), IKL_ERR_STALE);
    assert_int_equal(changing_answer(&pair.b, 2, 0), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(host_counters(&pair.a).forged, 1);
    assert_int_equal(host_counters(&pair.b).forged, 1);
    assert_goes_on(&pair);
}

static void a_request_from_before_is_not_repeated_under_the_new_keys(void **state)
{
    struct pair pair;
    struct event forged;

    (void)state;
    a_pair(&pair);
    changing_step(&pair, 1, 0, 0);
    changing_ask(&pair, IKL_IKE_INTERMEDIATE, 0);
    forged = *host_last(&pair.a, EVENT_SENT);
    forged.datagram[23] = 1; /* its Message ID */
    assert_int_equal(host_receive(&pair.b, &forged), IKL_ERR_FORGED);
    pair_deliver(&pair);
    assert_int_equal(changing_answer(&pair.b, 2, 0), IKL_OK);
    pair_deliver(&pair);
    assert_goes_on(&pair);
}

/* A peer that sends fragments before the change, and the others after it. */
static void no_message_is_put_together_from_fragments_under_different_keys(void **state)
{
    struct peer_message early = {.from_initiator = true,
                                 .exchange_type = IKL_IKE_INTERMEDIATE,
                                 .message_id = 2,
                                 .fragment_number = 1,
                                 .fragment_total = 2};
    struct pair pair;
    size_t first;

    (void)state;
    a_pair(&pair);
    changing_exchange(&pair, 0, 0);
    assert_int_equal(peer_send(&pair.b, ASKING_SUITE, &early), IKL_OK);
    assert_int_equal(change_keys(&pair.a, 1), IKL_OK);
    assert_int_equal(change_keys(&pair.b, 1), IKL_OK);
    assert_int_equal(host_counters(&pair.b).fragments_dropped, 1);
    first = host_count(&pair.a, EVENT_SENT);
    changing_ask(&pair, IKL_IKE_INTERMEDIATE, LARGE);
    assert_int_equal(host_count(&pair.a, EVENT_SENT), first + 2);
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, first + 1)), IKL_OK);
    assert_int_equal(peer_send(&pair.b, ASKING_SUITE, &early), IKL_ERR_FORGED);
    assert_int_equal(host_count(&pair.b, EVENT_PEER_REQUEST), 1);
    assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, first)), IKL_OK);
    assert_int_equal(host_count(&pair.b, EVENT_PEER_REQUEST), 2);
    pair_clear(&pair);
}

static void a_change_that_finds_no_memory_changes_nothing(void **state)
{
    struct pair pair;
    size_t failed = 0;
    int result = IKL_ERR_NO_MEMORY;

    (void)state;
    test_allocator_init(&memory);
    changing_init(&pair, with_memory, NULL);
    sharing_fill(&pair.b); /* so that the new keys take more memory, too */
    changing_exchange(&pair, 0, 0);
    for (size_t n = 1; result == IKL_ERR_NO_MEMORY; n++) {
        test_allocator_fail(&memory, n);
        result = change_keys(&pair.b, 1);
        failed += result == IKL_ERR_NO_MEMORY ? 1 : 0;
        assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 0)), IKL_OK);
    }
    memory.fail_at = 0;
    assert_int_equal(result, IKL_OK);
    assert_true(failed > 2);
    assert_int_equal(change_keys(&pair.a, 1), IKL_OK);
    changing_step(&pair, 2, 0, 0);
    assert_goes_on(&pair);
    assert_int_equal(memory.outstanding, 0);
}

static void one_whose_keys_have_changed_moves_whole_or_not_at_all(void **state)
{
    struct pair pair;
    struct host other;
    size_t n = 0;
    int result;

    (void)state;
    a_pair(&pair);
    changing_step(&pair, 1, 0, 0);
    do {
        test_allocator_init(&memory);
        host_init(&other, "other", 0, with_memory);
        other.sa = NULL;
        test_allocator_fail(&memory, ++n);
        pair.b.now += 1000; /* repeats are limited in rate */
        result = ikl_sa_migrate(pair.b.sa, other.endpoint, pair.b.now, &other.sa);
        memory.fail_at = 0;
        if (result != IKL_OK) {
            assert_int_equal(result, IKL_ERR_NO_MEMORY);
            assert_int_equal(host_receive(&pair.b, host_event(&pair.a, EVENT_SENT, 0)), IKL_OK);
            host_clear(&other);
        }
    } while (result != IKL_OK);
    assert_true(n > 3);
    ikl_sa_set_user(other.sa, &other);
    other.now = pair.b.now;
    assert_int_equal(host_receive(&other, host_event(&pair.a, EVENT_SENT, 0)), IKL_OK);
    host_clear(&other);
    assert_int_equal(memory.outstanding, 0);
    pair.b.sa = NULL;
    pair_clear(&pair);
}

static void a_change_whose_keys_cannot_be_made_changes_nothing(void **state)
{
    struct pair pair;

    (void)state;
    fickle_reset(true, true);
    changing_init(&pair, with_fickle_provider, NULL);
    changing_step(&pair, 1, 0, 0);
    changing_exchange(&pair, 0, 0);
    fickle.inits = 0;
    fickle.init_result = IKL_ERR_CRYPTO;
    assert_int_equal(change_keys(&pair.b, 2), IKL_ERR_CRYPTO);
    fickle.init_result = IKL_OK;
    assert_int_equal(host_counters(&pair.b).key_changes, 1);
    assert_goes_on(&pair);
    assert_int_equal(fickle.clears, 4 + 4 + 1); /* each state once, and that of the pair that was made */
}

static void with_reserve(struct ikl_endpoint_config *config)
{
    static struct ikl_suite suite;

    assert_int_equal(ikl_suite_parse(&suite, ASKING_SUITE), IKL_OK);
    config->fixed_budget = true;
    config->reserve_sas = config->reserve_extras = 64;
    config->reserve_key_changes = 64;
    config->reserve_suites = &suite;
    config->n_reserve_suites = 1;
}

static void without_reserve(struct ikl_endpoint_config *config)
{
    with_reserve(config);
    config->reserve_key_changes = 0;
}

static void with_a_fixed_budget_keys_change_within_what_is_reserved(void **state)
{
    struct pair pair;

    (void)state;
    changing_init(&pair, with_reserve, NULL);
    changing_step(&pair, 1, 0, 0);
    assert_goes_on(&pair);
    changing_init(&pair, without_reserve, NULL);
    changing_exchange(&pair, 0, 0);
    assert_int_equal(change_keys(&pair.a, 1), IKL_ERR_NO_MEMORY);
    assert_goes_on(&pair);
}

static size_t count_keys(const struct ikl_keys *keys)
{
    return test_allocator_find(&memory, keys->sk_ei, SECRET_LEN) +
           test_allocator_find(&memory, keys->sk_er, SECRET_LEN);
}

static void former_keys_are_wiped_when_nothing_needs_them(void **state)
{
    struct ikl_keys keys;
    struct pair pair;

    (void)state;
    (void)changing_protection(&keys, 0);
    test_allocator_init(&memory);
    changing_init(&pair, with_memory, NULL);
    assert_int_equal(count_keys(&keys), 4);
    changing_exchange(&pair, 0, 0);
    assert_int_equal(change_keys(&pair.a, 1), IKL_OK);
    assert_int_equal(count_keys(&keys), 2); /* the initiator has nothing to repeat */
    assert_int_equal(change_keys(&pair.b, 1), IKL_OK);
    assert_int_equal(count_keys(&keys), 2);
    changing_exchange(&pair, 0, 0);
    assert_int_equal(count_keys(&keys), 0);
    (void)changing_protection(&keys, 1);
    assert_int_equal(count_keys(&keys), 4);
    assert_int_equal(change_keys(&pair.b, 2), IKL_OK);
    ikl_sa_close(pair.a.sa, 0);
    ikl_sa_close(pair.b.sa, 0);
    assert_int_equal(count_keys(&keys), 0);
    pair_clear(&pair);
    assert_int_equal(memory.outstanding, 0);
}

static void with_early_requests(struct ikl_sa_config *config)
{
    config->early_requests = true;
}

static void former_keys_are_wiped_when_the_answer_to_a_delete_ends_the_ike_sa(void **state)
{
    struct ikl_keys keys;
    struct pair pair;

    (void)state;
    (void)changing_protection(&keys, 0);
    test_allocator_init(&memory);
    changing_init(&pair, with_memory, with_early_requests);
    changing_step(&pair, 1, 0, 0);
    assert_int_equal(count_keys(&keys), 2);
    assert_int_equal(ikl_sa_delete(pair.b.sa, 1000, 0), IKL_OK);
    assert_int_equal(count_keys(&keys), 2);
    pair_deliver(&pair);
    assert_int_equal(host_info(&pair.b).state, IKL_SA_DEAD);
    assert_int_equal(count_keys(&keys), 0);
    pair_clear(&pair);
    assert_int_equal(memory.outstanding, 0);
}

TESTS_OF(key_changes_refused)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_an_exchange_has_gone_through_keys_cannot_change),
        cmocka_unit_test(keys_change_only_while_connecting),
        cmocka_unit_test(while_a_request_is_outstanding_or_unanswered_keys_cannot_change),
        cmocka_unit_test(while_a_request_waits_for_its_turn_keys_cannot_change),
        cmocka_unit_test(another_suite_or_what_is_not_stated_in_full_is_refused),
        cmocka_unit_test(nothing_under_the_keys_before_is_new_after_the_change),
        cmocka_unit_test(a_request_from_before_is_not_repeated_under_the_new_keys),
        cmocka_unit_test(no_message_is_put_together_from_fragments_under_different_keys),
        cmocka_unit_test(a_change_that_finds_no_memory_changes_nothing),
        cmocka_unit_test(one_whose_keys_have_changed_moves_whole_or_not_at_all),
        cmocka_unit_test(a_change_whose_keys_cannot_be_made_changes_nothing),
        cmocka_unit_test(with_a_fixed_budget_keys_change_within_what_is_reserved),
        cmocka_unit_test(former_keys_are_wiped_when_nothing_needs_them),
        cmocka_unit_test(former_keys_are_wiped_when_the_answer_to_a_delete_ends_the_ike_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
