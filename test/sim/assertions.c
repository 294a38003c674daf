/* SPDX-License-Identifier: ISC */
/* assertions [CASE]: the assertions of <ikelive/sim_cmocka.h>. Without an argument each is tried where it holds; with
 * the name of a case it is tried where it does not, and the program must fail. */
#include <ikelive/sim_cmocka.h>

#include <stdio.h>
#include <string.h>

/* Down by a timeout at 379 s, with two Child SAs, after ten sends from 60 s on. */
static struct ikl_sim_pair dead_pair(void)
{
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = 2};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .sa = &sa};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, &config);

    sim_cut_at(pair.link, seconds(60));
    sim_run_until(sim, seconds(400));
    return pair;
}

static void end(const struct ikl_sim_pair *pair)
{
    sim_free(ikl_sim_of(pair->a));
}

static void what_holds_is_asserted(void **state)
{
    struct ikl_sim_pair pair = dead_pair();
    struct ikl_sim_pair alive = sim_pair(ikl_sim_of(pair.a), NULL);

    (void)state;
    assert_down(pair.sa_a, IKL_DOWN_TIMEOUT, seconds(379));
    assert_down_by(pair.sa_a, IKL_DOWN_TIMEOUT, seconds(379));
    assert_down_by(pair.sa_b, IKL_DOWN_TIMEOUT, seconds(384));
    assert_children_down(pair.sa_a, 2, IKL_DOWN_TIMEOUT);
    assert_children_down(alive.sa_a, 0, IKL_DOWN_TIMEOUT);
    assert_sends(pair.sa_a, seconds(60), 10);
    assert_sends(pair.sa_a, seconds(380), 0);
    assert_up(alive.sa_b);
    assert_int_equal(sim_now(ikl_sim_of(pair.a)), 400000);
    end(&pair);
}

static void a_world_runs_as_far_as_it_is_told(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, NULL);

    (void)state;
    sim_reboot_at(pair.b, seconds(10), 100);
    sim_sleep_at(pair.a, seconds(20), 100);
    sim_stall_at(pair.a, seconds(30), 100);
    sim_restore_at(pair.link, 0);
    sim_run_for(sim, seconds(5));
    sim_run_for(sim, seconds(5));
    assert_int_equal(sim_now(sim), 10000);
    sim_print(sim);
    sim_free(sim);
}

static void too_early(void **state)
{
    struct ikl_sim_pair pair = dead_pair();

    (void)state;
    assert_down(pair.sa_a, IKL_DOWN_TIMEOUT, seconds(380));
    end(&pair);
}

static void too_late(void **state)
{
    struct ikl_sim_pair pair = dead_pair();

    (void)state;
    assert_down_by(pair.sa_a, IKL_DOWN_TIMEOUT, seconds(378));
    end(&pair);
}

static void another_reason(void **state)
{
    struct ikl_sim_pair pair = dead_pair();

    (void)state;
    assert_down(pair.sa_a, IKL_DOWN_CLOSED, seconds(379));
    end(&pair);
}

static void not_down(void **state)
{
    struct ikl_sim_pair pair = sim_pair(sim_new(1), NULL);

    (void)state;
    assert_down_by(pair.sa_a, IKL_DOWN_TIMEOUT, seconds(379));
    end(&pair);
}

static void not_up(void **state)
{
    struct ikl_sim_pair pair = dead_pair();

    (void)state;
    assert_up(pair.sa_a);
    end(&pair);
}

static void fewer_children(void **state)
{
    struct ikl_sim_pair pair = dead_pair();

    (void)state;
    assert_children_down(pair.sa_a, 3, IKL_DOWN_TIMEOUT);
    end(&pair);
}

static void children_for_another_reason(void **state)
{
    struct ikl_sim_pair pair = dead_pair();

    (void)state;
    assert_children_down(pair.sa_a, 2, IKL_DOWN_REKEYED);
    end(&pair);
}

static void more_sends(void **state)
{
    struct ikl_sim_pair pair = dead_pair();

    (void)state;
    assert_sends(pair.sa_a, seconds(61), 10);
    end(&pair);
}

static void stop_world(void *user, struct ikl_sim *sim)
{
    (void)user;
    sim_run_until(sim, 1);
}

static void a_world_that_stops(void **state)
{
    struct ikl_sim *sim = sim_new(1);

    (void)state;
    ikl_sim_call_at(sim, 0, stop_world, NULL);
    sim_free(sim);
}

static void a_pair_that_cannot_be(void **state)
{
    struct ikl_sim_pair_config config = {.size = 0};

    (void)state;
    (void)sim_pair(sim_new(1), &config);
}

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }
static const struct {
    const char *name;
    CMUnitTestFunction test;
} cases[] = {
    CASE(too_early),
    CASE(too_late),
    CASE(another_reason),
    CASE(not_down),
    CASE(not_up),
    CASE(fewer_children),
    CASE(more_sends),
    CASE(children_for_another_reason),
    CASE(a_world_that_stops),
    CASE(a_pair_that_cannot_be),
};

static int run_case(const char *name)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct CMUnitTest test[] = {{cases[i].name, cases[i].test, NULL, NULL, NULL}};

        if (strcmp(cases[i].name, name) == 0) {
            return cmocka_run_group_tests(test, NULL, NULL);
        }
    }
    printf("there is no case %s\n", name);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_is_asserted),
        cmocka_unit_test(a_world_runs_as_far_as_it_is_told),
    };

    return argc > 1 ? run_case(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
