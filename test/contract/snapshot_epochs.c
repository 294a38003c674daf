/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/snapshot.h> about kept keys, epochs and initialisation vectors. */
#include "support/asking.h"
#include "support/fickle_cipher.h"
#include "support/mover.h"
#include "support/restorer.h"
#include "support/sharing.h"
#include "support/test.h"
#include "support/test_allocator.h"
#include "support/toy_sa.h"

#include "sa/keying.h"

static struct restorer restorer;

static struct test_allocator memory;

static void in_our_memory(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
}

static void before_the_end_of_the_range(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_FIRST;
    config->protection.iv_first = (UINT64_C(1) << 48) - 2;
}

static void in_the_second_range(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_FIRST;
    config->protection.iv_first = UINT64_C(1) << 48;
}

static int an_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    (void)user, (void)sa;
    memset(iv, 0x77, len);
    return IKL_OK;
}

static void with_ivs_of_the_host(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = an_iv;
}

static const struct ikl_keys toy_keys = {.encr_key_len = TOY_ENCR_KEY_LEN,
                                         .integ_key_len = TOY_INTEG_KEY_LEN,
                                         .sk_ei = {1},
                                         .sk_er = {2},
                                         .sk_ai = {3},
                                         .sk_ar = {4}};

static void with_toy_keys(struct ikl_sa_config *config)
{
    config->protection.suite =
        (struct ikl_suite){IKL_ENCR_AES_CBC, 256, IKL_INTEG_HMAC_SHA2_256_128, IKL_PRF_HMAC_SHA2_256};
    config->protection.keys = &toy_keys;
    config->protection.iv_source = IKL_IV_UNSTATED;
}

static void connecting(struct ikl_sa_config *config)
{
    config->connecting = true;
}

static int keep(const char *suite, uint8_t change)
{
    struct ikl_keys keys;

    test_keys(&keys, suite);
    keys.sk_ei[0] ^= change;
    return ikl_sa_keep_keys(restorer.host.sa, &keys, RESTORER_EPOCH);
}

static void only_the_keys_that_an_ike_sa_has_are_kept_and_only_once(void **state)
{
    struct ikl_keys keys;
    uint64_t epoch;

    (void)state;
    host_init(&restorer.host, "a", 0, NULL);
    host_sa(&restorer.host, RESTORER_SUITE, true, 0, NULL);
    assert_int_equal(ikl_sa_epoch(restorer.host.sa, &epoch), IKL_ERR_NOT_FOUND);
    assert_int_equal(keep(RESTORER_SUITE, 1), IKL_ERR_INVALID);
    test_keys(&keys, RESTORER_SUITE);
    keys.sk_er[0] ^= 1;
    assert_int_equal(ikl_sa_keep_keys(restorer.host.sa, &keys, 1), IKL_ERR_INVALID);
    keys.encr_key_len--;
    assert_int_equal(ikl_sa_keep_keys(restorer.host.sa, &keys, 1), IKL_ERR_INVALID);
    test_keys(&keys, RESTORER_SUITE);
    keys.integ_key_len++;
    assert_int_equal(ikl_sa_keep_keys(restorer.host.sa, &keys, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_snapshot_size(restorer.host.sa), 0);
    assert_int_equal(keep(RESTORER_SUITE, 0), IKL_OK);
    assert_int_equal(keep(RESTORER_SUITE, 0), IKL_ERR_BUSY);
    assert_int_equal(ikl_sa_epoch(restorer.host.sa, &epoch), IKL_OK);
    assert_int_equal(epoch, RESTORER_EPOCH);
    ikl_sa_close(restorer.host.sa, 0);
    assert_int_equal(ikl_sa_epoch(restorer.host.sa, &epoch), IKL_ERR_NOT_FOUND);
    assert_int_equal(keep(RESTORER_SUITE, 0), IKL_ERR_STATE);
    host_clear(&restorer.host);
}

static void a_key_of_a_cipher_with_a_mac_is_known_by_its_plaintext(void **state)
{
    struct ikl_keys keys = toy_keys;

    (void)state;
    host_init(&restorer.host, "a", 0, with_toy_provider);
    host_sa(&restorer.host, RESTORER_SUITE, true, 0, with_toy_keys);
    keys.sk_ei[0] ^= 1;
    assert_int_equal(ikl_sa_keep_keys(restorer.host.sa, &keys, 1), IKL_ERR_INVALID);
    keys.sk_ei[0] ^= 1;
    keys.sk_ar[0] ^= 1;
    assert_int_equal(ikl_sa_keep_keys(restorer.host.sa, &keys, 1), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_keep_keys(restorer.host.sa, &toy_keys, 1), IKL_OK);
    host_clear(&restorer.host);
}

static void keys_of_an_ike_sa_that_connects_are_not_kept(void **state)
{
    uint8_t octets[8];
    size_t len;

    (void)state;
    host_init(&restorer.host, "a", 0, NULL);
    host_sa(&restorer.host, RESTORER_SUITE, true, 0, connecting);
    assert_int_equal(keep(RESTORER_SUITE, 0), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_snapshot(restorer.host.sa, octets, sizeof(octets), &len, 0), IKL_ERR_STATE);
    host_clear(&restorer.host);
}

static void out_of_memory_or_without_a_working_cipher_no_keys_are_kept(void **state)
{
    size_t n = 0;
    int result;

    (void)state;
    test_allocator_init(&memory);
    host_init(&restorer.host, "a", 0, in_our_memory);
    host_sa(&restorer.host, RESTORER_SUITE, true, 0, NULL);
    sharing_fill(&restorer.host); /* so that the keys to compare with take more memory, too */
    do {
        test_allocator_fail(&memory, ++n);
        result = keep(RESTORER_SUITE, 0);
        assert_true(result == IKL_OK || ikl_snapshot_size(restorer.host.sa) == 0);
    } while (result == IKL_ERR_NO_MEMORY);
    assert_int_equal(result, IKL_OK);
    assert_true(n > 3);
    host_clear(&restorer.host);
    assert_int_equal(memory.outstanding, 0);
    fickle_reset(true, true);
    host_init(&restorer.host, "a", 0, with_fickle_provider);
    host_sa(&restorer.host, RESTORER_SUITE, true, 0, NULL);
    fickle.seal_result = IKL_ERR_CRYPTO;
    assert_int_equal(keep(RESTORER_SUITE, 0), IKL_ERR_CRYPTO);
    fickle_reset(true, true);
    fickle.init_result = IKL_ERR_CRYPTO;
    assert_int_equal(keep(RESTORER_SUITE, 0), IKL_ERR_CRYPTO);
    assert_int_equal(ikl_snapshot_size(restorer.host.sa), 0);
    fickle_reset(true, true);
    assert_int_equal(keep(RESTORER_SUITE, 0), IKL_OK);
    host_clear(&restorer.host);
}

static void kept_keys_go_along_when_an_ike_sa_moves(void **state)
{
    uint64_t epoch;

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    assert_int_equal(ikl_sa_migrate(restorer.host.sa, restorer.other, 0, &restorer.host.sa), IKL_OK);
    assert_int_equal(ikl_sa_epoch(restorer.host.sa, &epoch), IKL_OK);
    assert_true(ikl_snapshot_size(restorer.host.sa) > 0);
    restorer_clear(&restorer);
}

static void an_ike_sa_for_whose_kept_keys_there_is_no_memory_elsewhere_stays(void **state)
{
    uint64_t epoch;
    size_t n = 0;
    int result;

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    do {
        assert_int_equal(ikl_endpoint_free(restorer.other), IKL_OK); /* anew: what was reserved there stays */
        test_allocator_init(&memory);
        restorer.other = mover_endpoint(&restorer.host, in_our_memory);
        test_allocator_fail(&memory, ++n);
        result = ikl_sa_migrate(restorer.host.sa, restorer.other, 0, &restorer.host.sa);
        memory.fail_at = 0;
        assert_true(result == IKL_OK || ikl_endpoint_n_sas(restorer.other) == 0);
        assert_int_equal(ikl_sa_epoch(restorer.host.sa, &epoch), IKL_OK);
        assert_int_equal(epoch, RESTORER_EPOCH);
    } while (result == IKL_ERR_NO_MEMORY);
    assert_int_equal(result, IKL_OK);
    assert_true(n > 3);
    restorer_clear(&restorer);
    assert_int_equal(memory.outstanding, 0);
}

static void counted_initialisation_vectors_end_where_the_next_epoch_begins(void **state)
{
    (void)state;
    restorer_begin_with(&restorer, RESTORER_SUITE, 0, NULL, before_the_end_of_the_range);
    assert_int_equal(ikl_sa_request(restorer.host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(answer(&restorer.host, 0), IKL_OK);
    assert_int_equal(ikl_sa_request(restorer.host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(answer(&restorer.host, 1), IKL_OK);
    assert_int_equal(ikl_sa_request(restorer.host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_ERR_EXHAUSTED);
    restorer_clear(&restorer);
}

/* Those of all epochs from the one in which the keys were made. */
static void after_a_restore_they_end_with_its_epoch(void **state)
{
    (void)state;
    for (uint64_t later = 1; later < 4; later++) {
        struct ikl_restore_options options;

        restorer_begin(&restorer, 0, NULL);
        options = restorer_options(&restorer, RESTORER_EPOCH + later);
        restorer_go_on_with(&restorer, &options);
        restorer.host.sa->iv.next = ((later + 1) << 48) - 1;
        assert_int_equal(ikl_sa_request(restorer.host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
        assert_int_equal(answer(&restorer.host, host_last(&restorer.host, EVENT_ATTEMPT)->attempt.message_id), IKL_OK);
        assert_int_equal(ikl_sa_request(restorer.host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL),
                         IKL_ERR_EXHAUSTED);
        restorer_clear(&restorer);
    }
}

static void initialisation_vectors_that_began_beyond_the_first_range_are_refused(void **state)
{
    (void)state;
    host_init(&restorer.host, "a", 0, NULL);
    host_sa(&restorer.host, RESTORER_SUITE, true, 0, in_the_second_range);
    assert_int_equal(keep(RESTORER_SUITE, 0), IKL_ERR_INVALID);
    host_clear(&restorer.host);
}

static int restore_in(uint64_t epoch)
{
    struct ikl_restore_options options = restorer_options(&restorer, epoch);
    struct ikl_sa *sa;
    int result = restorer_try(&restorer, &options, &sa);

    if (result == IKL_OK) {
        ikl_sa_free(sa);
    }
    return result;
}

static void an_epoch_that_is_not_later_is_refused(void **state)
{
    (void)state;
    restorer_begin(&restorer, 0, NULL);
    restorer_take(&restorer);
    assert_int_equal(restore_in(0), IKL_ERR_STALE);
    assert_int_equal(restore_in(RESTORER_EPOCH), IKL_ERR_STALE);
    assert_int_equal(restore_in(RESTORER_EPOCH + 1), IKL_OK);
    restorer_clear(&restorer);
}

static void keys_have_65534_epochs_and_the_last_one_tells_exhaustion(void **state)
{
    struct ikl_restore_options options;

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    restorer_take(&restorer);
    assert_int_equal(restore_in(RESTORER_EPOCH + IKL_MAX_EPOCHS + UINT64_C(1)), IKL_ERR_EXHAUSTED);
    assert_int_equal(restore_in(UINT64_MAX), IKL_ERR_EXHAUSTED);
    assert_int_equal(restore_in(RESTORER_EPOCH + IKL_MAX_EPOCHS - UINT64_C(1)), IKL_OK);
    assert_int_equal(host_count(&restorer.host, EVENT_EXHAUSTION), 0);
    assert_int_equal(restore_in(RESTORER_EPOCH + IKL_MAX_EPOCHS), IKL_OK);
    assert_int_equal(host_count(&restorer.host, EVENT_EXHAUSTION), 1);
    assert_int_equal(host_last(&restorer.host, EVENT_EXHAUSTION)->exhaustion, IKL_EXHAUSTION_IVS);
    options = restorer_options(&restorer, RESTORER_EPOCH + IKL_MAX_EPOCHS);
    restorer_go_on_with(&restorer, &options);
    restorer_take(&restorer); /* which can be read, though not restored in another epoch */
    assert_int_equal(restore_in(RESTORER_EPOCH + IKL_MAX_EPOCHS + UINT64_C(1)), IKL_ERR_EXHAUSTED);
    restorer_clear(&restorer);
}

static void initialisation_vectors_of_the_host_need_its_callback_again_and_a_later_epoch(void **state)
{
    struct ikl_restore_options options;
    struct ikl_sa *sa;

    (void)state;
    restorer_begin_with(&restorer, RESTORER_SUITE, 0, NULL, with_ivs_of_the_host);
    restorer_take(&restorer);
    options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    assert_int_equal(restorer_try(&restorer, &options, &sa), IKL_ERR_INVALID);
    options.next_iv = an_iv;
    options.epoch = RESTORER_EPOCH;
    assert_int_equal(restorer_try(&restorer, &options, &sa), IKL_ERR_STALE);
    options.epoch++;
    restorer_go_on_with(&restorer, &options);
    host_advance(&restorer.host, 5000);
    assert_int_equal(host_last(&restorer.host, EVENT_SENT)->datagram[32], 0x77);
    restorer_clear(&restorer);
}

static void random_initialisation_vectors_need_no_epoch(void **state)
{
    struct ikl_restore_options options;

    (void)state;
    fickle_reset(true, false);
    restorer_begin_with(&restorer, RESTORER_SUITE, 0, with_fickle_provider, NULL);
    options = restorer_options(&restorer, 0);
    restorer_go_on_with(&restorer, &options);
    host_advance(&restorer.host, 5000);
    assert_int_equal(host_count(&restorer.host, EVENT_SENT), 1);
    restorer_clear(&restorer);
    fickle_reset(true, true);
}

/* Theirs are not counted in ranges, so there may be any number of epochs. */
static void epochs_of_initialisation_vectors_that_are_not_counted_never_end(void **state)
{
    static const uint64_t epochs[] = {RESTORER_EPOCH + IKL_MAX_EPOCHS + UINT64_C(1), UINT64_C(1) << 48, UINT64_MAX - 1,
                                      UINT64_MAX};

    (void)state;
    for (int random = 0; random < 2; random++) {
        fickle_reset(true, random == 0);
        restorer_begin_with(&restorer, RESTORER_SUITE, 0, random != 0 ? with_fickle_provider : NULL,
                            random != 0 ? NULL : with_ivs_of_the_host);
        for (size_t i = 0; i < COUNT_OF(epochs); i++) {
            struct ikl_restore_options options = restorer_options(&restorer, epochs[i]);

            options.next_iv = an_iv;
            restorer_go_on_with(&restorer, &options);
            host_forget(&restorer.host);
            host_advance(&restorer.host, restorer.host.now + 400000);
            assert_int_not_equal(host_count(&restorer.host, EVENT_SENT), 0);
        }
        restorer_clear(&restorer);
    }
    fickle_reset(true, true);
}

static void assert_keys_are_there_again(endpoint_change on_endpoints, const struct ikl_keys *keys, sa_change with_keys)
{
    struct ikl_restore_options options;
    struct ikl_sa *sa;

    host_init(&restorer.host, "a", 0, on_endpoints);
    restorer.other = mover_endpoint(&restorer.host, on_endpoints);
    host_sa(&restorer.host, RESTORER_SUITE, true, 0, with_keys);
    assert_int_equal(ikl_sa_keep_keys(restorer.host.sa, keys, RESTORER_EPOCH), IKL_OK);
    restorer_take(&restorer);
    options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    assert_int_equal(restorer_try(&restorer, &options, &sa), IKL_OK);
    assert_memory_equal(ikl_sa_send_key(sa), ikl_sa_send_key(restorer.host.sa), toy_cipher.state_size);
    assert_memory_equal(ikl_sa_receive_key(sa), ikl_sa_receive_key(restorer.host.sa), toy_cipher.state_size);
    restorer_clear(&restorer);
}

static void each_key_of_a_cipher_with_a_mac_is_there_again(void **state)
{
    (void)state;
    assert_keys_are_there_again(with_toy_provider, &toy_keys, with_toy_keys);
}

static int find_longest(const struct ikl_suite *suite, const struct ikl_cipher **out)
{
    static struct ikl_cipher longest;

    (void)suite;
    longest = toy_cipher;
    longest.encr_key_len = IKL_MAX_ENCR_KEY;
    longest.integ_key_len = IKL_MAX_INTEG_KEY;
    *out = &longest;
    return IKL_OK;
}

static void with_longest_provider(struct ikl_endpoint_config *config)
{
    static struct ikl_provider provider;
    static const struct ikl_provider *const providers[] = {&provider};

    provider = toy_provider;
    provider.cipher = find_longest;
    config->providers = providers;
    config->n_providers = COUNT_OF(providers);
}

static const struct ikl_keys longest_keys = {.encr_key_len = IKL_MAX_ENCR_KEY,
                                             .integ_key_len = IKL_MAX_INTEG_KEY,
                                             .sk_ei = {4},
                                             .sk_er = {5},
                                             .sk_ai = {6},
                                             .sk_ar = {7}};

static void with_longest_keys(struct ikl_sa_config *config)
{
    with_toy_keys(config);
    config->protection.keys = &longest_keys;
}

static void so_are_the_longest_keys_that_there_can_be(void **state)
{
    (void)state;
    assert_keys_are_there_again(with_longest_provider, &longest_keys, with_longest_keys);
}

TESTS_OF(snapshot_epochs)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_keys_that_an_ike_sa_has_are_kept_and_only_once),
        cmocka_unit_test(a_key_of_a_cipher_with_a_mac_is_known_by_its_plaintext),
        cmocka_unit_test(each_key_of_a_cipher_with_a_mac_is_there_again),
        cmocka_unit_test(so_are_the_longest_keys_that_there_can_be),
        cmocka_unit_test(keys_of_an_ike_sa_that_connects_are_not_kept),
        cmocka_unit_test(out_of_memory_or_without_a_working_cipher_no_keys_are_kept),
        cmocka_unit_test(kept_keys_go_along_when_an_ike_sa_moves),
        cmocka_unit_test(an_ike_sa_for_whose_kept_keys_there_is_no_memory_elsewhere_stays),
        cmocka_unit_test(counted_initialisation_vectors_end_where_the_next_epoch_begins),
        cmocka_unit_test(after_a_restore_they_end_with_its_epoch),
        cmocka_unit_test(initialisation_vectors_that_began_beyond_the_first_range_are_refused),
        cmocka_unit_test(an_epoch_that_is_not_later_is_refused),
        cmocka_unit_test(keys_have_65534_epochs_and_the_last_one_tells_exhaustion),
        cmocka_unit_test(initialisation_vectors_of_the_host_need_its_callback_again_and_a_later_epoch),
        cmocka_unit_test(random_initialisation_vectors_need_no_epoch),
        cmocka_unit_test(epochs_of_initialisation_vectors_that_are_not_counted_never_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
