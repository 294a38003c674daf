/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/sync.h> about the memory that the synchronisation of Message IDs takes. */
#include "support/optional.h"
#include "support/syncing.h"
#include "support/test.h"

static int use(struct ikl_sa *sa)
{
    return ikl_sa_agree_sync(sa, IKL_SYNC_MESSAGE_IDS, 0);
}

static bool is_used(struct host *host)
{
    return host_info(host).may_sync;
}

static void reserve_one(struct ikl_endpoint_config *config)
{
    config->reserve_syncs = 1;
}

static const struct optional synchronisation = {use, is_used, reserve_one};

static void out_of_memory_nothing_is_agreed_on(void **state)
{
    (void)state;
    optional_finds_no_memory(&synchronisation);
}

static void an_endpoint_without_memory_for_what_is_reserved_is_not_made(void **state)
{
    (void)state;
    optional_is_not_reserved(&synchronisation);
}

static void an_ike_sa_for_which_there_is_no_memory_elsewhere_stays(void **state)
{
    (void)state;
    optional_stays(&synchronisation);
}

static void with_a_fixed_budget_as_many_can_be_synchronised_as_were_reserved(void **state)
{
    (void)state;
    optional_has_a_budget(&synchronisation);
}

static void with_a_fixed_budget_as_many_synchronisations_come_from_elsewhere_as_there_is_room_for(void **state)
{
    (void)state;
    optional_comes_within_a_budget(&synchronisation);
}

static void an_ike_sa_without_it_takes_nothing_and_one_with_it_160_octets_at_most(void **state)
{
    (void)state;
    optional_takes_at_most(&synchronisation, 160);
}

static void nothing_of_it_is_left_when_the_ike_sa_ends(void **state)
{
    struct host host;

    (void)state;
    syncing_begin(&host, NULL, NULL);
    assert_int_equal(ikl_sa_sync(host.sa, NULL, 0), IKL_OK);
    ikl_sa_close(host.sa, 0);
    assert_false(host_info(&host).may_sync);
    ikl_sa_free(host.sa);
    host_sa(&host, SYNCING_SUITE, true, 0, NULL); /* the same SPIs */
    assert_false(host_info(&host).may_sync);
    assert_false(host_info(&host).syncing);
    host_clear(&host);
}

TESTS_OF(sync_memory)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_of_memory_nothing_is_agreed_on),
        cmocka_unit_test(an_endpoint_without_memory_for_what_is_reserved_is_not_made),
        cmocka_unit_test(an_ike_sa_for_which_there_is_no_memory_elsewhere_stays),
        cmocka_unit_test(with_a_fixed_budget_as_many_can_be_synchronised_as_were_reserved),
        cmocka_unit_test(with_a_fixed_budget_as_many_synchronisations_come_from_elsewhere_as_there_is_room_for),
        cmocka_unit_test(an_ike_sa_without_it_takes_nothing_and_one_with_it_160_octets_at_most),
        cmocka_unit_test(nothing_of_it_is_left_when_the_ike_sa_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
