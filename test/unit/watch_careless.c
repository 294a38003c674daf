/* SPDX-License-Identifier: ISC */
/* Whatever a careless host tells the watch over an IKE SA, and forgets to tell, the peer is not forgotten. */
#include "support/test.h"

#include "support/test_random.h"

#include <ikelive/watch.h>

enum { SLACK = 100, STEPS = 300, SEEDS = 3000 };

/* A watch of a careless host: facts come in any order, with any times, and some never. */
struct careless {
    struct test_random random;
    struct ikl_watch watch;
    ikl_time origin;
    uint32_t id;
};

static ikl_time any_time(struct careless *host)
{
    switch (test_random_below(&host->random, 12)) {
    case 0:
        return 0;
    case 1:
        return IKL_NEVER - test_random_below(&host->random, 3);
    case 2:
        return test_random_magnitude(&host->random);
    default:
        host->origin += test_random_below(&host->random, 2000);
        return host->origin;
    }
}

static uint32_t any(struct careless *host)
{
    return (uint32_t)test_random(&host->random);
}

static void do_anything(struct careless *host)
{
    struct ikl_watch *watch = &host->watch;
    ikl_time now = any_time(host);

    switch (test_random_below(&host->random, 14)) {
    case 0:
        (void)ikl_watch_answered(watch, host->id, now);
        break;
    case 1:
        (void)ikl_watch_dropped(watch, host->id, now);
        break;
    case 2:
        (void)!ikl_watch_sent(watch, ++host->id, now, any(host), any(host));
        break;
    case 3:
        (void)!ikl_watch_heard(watch, now, any(host));
        break;
    case 4:
        (void)!ikl_watch_moved(watch, any(host) % 2 == 0, now, any(host));
        break;
    case 5:
        (void)!ikl_watch_resend(watch, now);
        break;
    case 6:
        (void)!ikl_watch_held(watch, now);
        break;
    case 7:
        ikl_watch_put_off(watch, now);
        break;
    case 8:
        (void)!ikl_watch_hinted(watch, now);
        break;
    case 9:
        ikl_watch_traffic_heard(watch, any_time(host), now);
        break;
    case 10:
        ikl_watch_traffic_sent(watch, any_time(host), now);
        break;
    case 11:
        (void)!ikl_watch_blocked(watch, now);
        break;
    case 12:
        ikl_watch_left(watch, now);
        break;
    default:
        (void)!ikl_watch_tick(watch, now, any(host), any(host));
        break;
    }
}

static void set_anything(struct careless *host)
{
    struct ikl_watch *watch = &host->watch;

    if (any(host) % 10 == 0) {
        uint32_t interval = any(host) % 4 == 0 ? 1 : any(host) % IKL_IDLE_OFF;

        ikl_watch_set_policy(watch, (enum ikl_liveness_policy)(any(host) % 3), interval, any(host));
    }
    if (any(host) % 10 == 0) {
        ikl_watch_set_schedule(watch, ikl_schedule_by_name(ikl_schedule_name(any(host) % 7)));
    }
    if (any(host) % 10 == 0) {
        ikl_watch_set_round_trip_sends(watch, any(host) % 2 == 0);
    }
}

static void no_fact_and_none_forgotten_leaves_the_policy_without_a_deadline(void **state)
{
    uint32_t off = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct careless host = {.random = {seed}, .origin = seed * 1000};

        ikl_watch_init(&host.watch, any_time(&host));
        for (int i = 0; i < STEPS; i++) {
            do_anything(&host);
            set_anything(&host);
            if (host.watch.idle.policy != IKL_LIVENESS_OFF || ikl_run_is_out(&host.watch.run)) {
                assert_true(ikl_watch_deadline(&host.watch) != IKL_NEVER);
            } else {
                assert_true(ikl_watch_deadline(&host.watch) == IKL_NEVER);
                off++;
            }
        }
    }
    assert_true(off > 0);
}

/* From `now` on the peer is silent, the host tells every check that it sends, and ticks come on time. Returns when the
 * peer is given up. */
TESTS_OF(watch_careless)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_fact_and_none_forgotten_leaves_the_policy_without_a_deadline),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
