/* SPDX-License-Identifier: ISC */
/* What is 0 in an endpoint's config becomes what <ikelive/endpoint.h> says. */
#include "support/host.h"
#include "support/test.h"

#include "endpoint/shared.h"

static struct ikl_endpoint_config taken_from(const struct ikl_endpoint_config *given)
{
    struct ikl_endpoint_config taken;

    assert_null(ikl_endpoint_take_config(&taken, given).field);
    return taken;
}

static void what_is_0_becomes_the_default(void **state)
{
    struct host host = {.name = "a"};
    struct ikl_endpoint_config given = host_config(&host), taken = taken_from(&given);

    (void)state;
#ifdef TEST_SODIUM
    assert_ptr_equal(taken.providers[0], &ikl_provider_sodium);
#endif
    assert_int_equal(taken.n_providers, 1);
    assert_ptr_equal(taken.schedule, ikl_schedule_default());
    assert_int_equal(taken.idle, IKL_LIVENESS_DEFAULT_IDLE);
    assert_int_equal(taken.tick_slack, 100);
    assert_int_equal(taken.max_message, 4096);
    assert_int_equal(taken.max_requests, 64);
    assert_int_equal(taken.hints_per_minute, 60);
    assert_int_equal(taken.keepalive, 20000);
    assert_int_equal(taken.reassembly_time, 15000);
    assert_int_equal(taken.path_groups, 1);
    assert_int_equal(taken.outage_least, 8);
    assert_int_equal(taken.exhaustion_margin, 65536);
    assert_int_equal(taken.max_key_changes, 7);
    assert_int_equal(taken.reserve_children, 0);
    given.reserve_sas = 3;
    assert_int_equal(taken_from(&given).reserve_children, 3);
}

static void what_is_given_stays(void **state)
{
    struct host host = {.name = "a"};
    struct ikl_endpoint_config given = host_config(&host), taken;

    (void)state;
    given.idle = given.tick_slack = given.hints_per_minute = given.keepalive = given.reassembly_time = 1;
    given.max_requests = given.outage_least = given.exhaustion_margin = given.max_key_changes = 1;
    given.max_message = 1280;
    given.reserve_sas = given.path_groups = 3;
    given.reserve_children = 2;
    taken = taken_from(&given);
    assert_int_equal(taken.idle + taken.tick_slack + taken.hints_per_minute + taken.keepalive, 4);
    assert_int_equal(taken.reassembly_time + taken.max_requests + taken.outage_least, 3);
    assert_int_equal(taken.exhaustion_margin + taken.max_key_changes, 2);
    assert_int_equal(taken.max_message, 1280);
    assert_int_equal(taken.path_groups, 3);
    assert_int_equal(taken.reserve_children, 2);
}

TESTS_OF(endpoint_config)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_0_becomes_the_default),
        cmocka_unit_test(what_is_given_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
