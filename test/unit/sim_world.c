/* SPDX-License-Identifier: ISC */
/* The simulated world: its clock, the order in which things happen, and what becomes of failures. */
#include "support/test.h"
#include "support/test_allocator.h"

#include <ikelive/sim_cmocka.h>

enum { MAX_STEPS = 16 };

/* What happened, in order, as letters. */
struct story {
    char letters[MAX_STEPS + 1];
    size_t n;
    struct ikl_sim_host *host;
    struct ikl_path path;
    int result;
};

static void tell(struct story *story, char letter)
{
    assert_true(story->n < MAX_STEPS);
    story->letters[story->n++] = letter;
}

static void call_first(void *user, struct ikl_sim *sim)
{
    (void)sim;
    tell(user, '1');
}

static void call_second(void *user, struct ikl_sim *sim)
{
    (void)sim;
    tell(user, '2');
}

static int receive_and_tell(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now)
{
    (void)path;
    (void)len;
    (void)now;
    tell(user, (char)datagram[0]);
    return IKL_OK;
}

static int advance_and_tell(void *user, ikl_time now)
{
    (void)now;
    tell(user, 't');
    return IKL_OK;
}

static ikl_time deadline_at_one_second(void *user)
{
    return strchr(((struct story *)user)->letters, 't') == NULL ? 1000 : IKL_NEVER;
}

static struct ikl_sim_host *add_teller(struct ikl_sim *sim, struct story *story)
{
    struct ikl_sim_host_config config = {.size = sizeof(config),
                                         .no_endpoint = true,
                                         .endpoint = {.user = story},
                                         .receive = receive_and_tell,
                                         .advance = advance_and_tell,
                                         .next_deadline = deadline_at_one_second};
    struct ikl_sim_host *host;

    assert_int_equal(ikl_sim_add_host(sim, &config, &host), IKL_OK);
    return host;
}

static struct ikl_sim_link *link_between(struct ikl_sim_host *a, struct ikl_sim_host *b, uint32_t delay)
{
    struct ikl_sim_link_config config = {.size = sizeof(config), .weather = {.delay = delay}};
    struct ikl_sim_link *link;

    assert_int_equal(ikl_sim_add_link(a, b, &config, &link), IKL_OK);
    return link;
}

static void send_letter(struct ikl_sim_host *host, const struct ikl_path *path, char letter)
{
    uint8_t octet = (uint8_t)letter;

    assert_int_equal(ikl_sim_send(host, path, &octet, 1), IKL_OK);
}

static void time_is_what_the_config_says_and_then_what_it_was_run_to(void **state)
{
    struct ikl_sim_config config = {.size = sizeof(config), .start = 123456};
    struct ikl_sim *sim;

    (void)state;
    assert_int_equal(ikl_sim_new(&sim, &config), IKL_OK);
    assert_int_equal(ikl_sim_now(sim), 123456);
    sim_run_until(sim, 200000);
    assert_int_equal(ikl_sim_now(sim), 200000);
    sim_run_for(sim, 1);
    assert_int_equal(ikl_sim_now(sim), 200001);
    sim_run_until(sim, 5);
    assert_int_equal(ikl_sim_now(sim), 200001);
    sim_run_until(sim, IKL_NEVER);
    assert_int_equal(ikl_sim_now(sim), IKL_NEVER - 1);
    ikl_sim_free(sim);
}

static void a_config_of_another_size_or_without_a_beginning_is_refused(void **state)
{
    struct ikl_sim_config config = {.size = sizeof(config) - 1};
    struct ikl_sim *sim;

    (void)state;
    assert_int_equal(ikl_sim_new(&sim, &config), IKL_ERR_INVALID);
    config = (struct ikl_sim_config){.size = sizeof(config), .start = IKL_NEVER};
    assert_int_equal(ikl_sim_new(&sim, &config), IKL_ERR_INVALID);
    ikl_sim_free(NULL);
}

static void in_one_millisecond_schedules_come_first_then_arrivals_then_time(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct story story = {.n = 0};
    struct ikl_sim_host *a = add_teller(sim, &story), *b = add_teller(sim, &story);
    struct ikl_path path;

    (void)state;
    path = ikl_sim_path(link_between(a, b, 1000), a);
    send_letter(a, &path, 'x');
    send_letter(a, &path, 'y');
    ikl_sim_call_at(sim, 1000, call_first, &story);
    ikl_sim_call_at(sim, 1000, call_second, &story);
    sim_run_until(sim, 999);
    assert_string_equal(story.letters, "");
    sim_run_until(sim, 1000);
    assert_string_equal(story.letters, "12xyt");
    ikl_sim_free(sim);
}

static void what_is_scheduled_for_the_past_is_done_at_once(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct story story = {.n = 0};

    (void)state;
    sim_run_until(sim, 1000);
    ikl_sim_call_at(sim, 0, call_first, &story);
    assert_string_equal(story.letters, "1");
    ikl_sim_call_at(sim, 1000, call_second, &story);
    assert_string_equal(story.letters, "12");
    ikl_sim_free(sim);
}

static void call_and_schedule(void *user, struct ikl_sim *sim)
{
    ikl_sim_call_at(sim, 0, call_second, user);
    tell(user, 'a');
}

static void what_is_scheduled_inside_a_call_is_done_after_it(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct story story = {.n = 0};

    (void)state;
    ikl_sim_call_at(sim, 10, call_and_schedule, &story);
    ikl_sim_call_at(sim, 10, call_first, &story);
    sim_run_until(sim, 10);
    assert_string_equal(story.letters, "a12");
    ikl_sim_free(sim);
}

static void call_what_is_not_allowed(void *user, struct ikl_sim *sim)
{
    struct story *story = user;
    struct ikl_sim_host *host;

    assert_int_equal(ikl_sim_run_until(sim, 20), IKL_ERR_REENTRANT);
    assert_int_equal(ikl_sim_run_for(sim, 20), IKL_ERR_REENTRANT);
    assert_int_equal(ikl_sim_step(sim), IKL_ERR_REENTRANT);
    assert_int_equal(ikl_sim_add_host(sim, NULL, &host), IKL_ERR_REENTRANT);
    ikl_sim_free(sim);
    tell(story, 'r');
}

static void running_and_freeing_are_refused_inside_a_call(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct story story = {.n = 0};

    (void)state;
    ikl_sim_call_at(sim, 10, call_what_is_not_allowed, &story);
    sim_run_until(sim, 10);
    assert_string_equal(story.letters, "r");
    ikl_sim_free(sim);
}

static void a_step_goes_to_the_next_thing_that_happens(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct story story = {.n = 0};

    (void)state;
    assert_int_equal(ikl_sim_step(sim), IKL_ERR_END);
    ikl_sim_call_at(sim, 70, call_second, &story);
    ikl_sim_call_at(sim, 30, call_first, &story);
    assert_int_equal(ikl_sim_step(sim), IKL_OK);
    assert_int_equal(ikl_sim_now(sim), 30);
    assert_string_equal(story.letters, "1");
    assert_int_equal(ikl_sim_step(sim), IKL_OK);
    assert_int_equal(ikl_sim_now(sim), 70);
    assert_string_equal(story.letters, "12");
    assert_int_equal(ikl_sim_step(sim), IKL_ERR_END);
    ikl_sim_free(sim);
}

static int answer_at_once(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now)
{
    struct story *story = user;

    (void)now;
    return ikl_sim_send(story->host, &(struct ikl_path){.local = path->local, .remote = path->remote}, datagram, len);
}

static struct ikl_sim_host *add_answerer(struct ikl_sim *sim, struct story *story)
{
    struct ikl_sim_host_config config = {
        .size = sizeof(config), .no_endpoint = true, .endpoint = {.user = story}, .receive = answer_at_once};

    assert_int_equal(ikl_sim_add_host(sim, &config, &story->host), IKL_OK);
    return story->host;
}

static void hosts_that_answer_each_other_without_end_stop_the_world(void **state)
{
    struct ikl_sim_config config = {.size = sizeof(config), .forget = true};
    struct story a = {.n = 0}, b = {.n = 0};
    struct ikl_sim *sim;
    struct ikl_path path;

    (void)state;
    assert_int_equal(ikl_sim_new(&sim, &config), IKL_OK);
    (void)add_answerer(sim, &a);
    path = ikl_sim_path(link_between(a.host, add_answerer(sim, &b), 0), a.host);
    send_letter(a.host, &path, '!');
    assert_int_equal(ikl_sim_run_until(sim, 10), IKL_ERR_BUSY);
    assert_int_equal(ikl_sim_run_until(sim, 20), IKL_ERR_BUSY);
    ikl_sim_free(sim);
}

static void with_any_delay_they_do_not(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct story a = {.n = 0}, b = {.n = 0};
    struct ikl_path path;

    (void)state;
    (void)add_answerer(sim, &a);
    path = ikl_sim_path(link_between(a.host, add_answerer(sim, &b), 1), a.host);
    send_letter(a.host, &path, '!');
    sim_run_until(sim, 1000);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_DELIVERED, NULL, 0), 1000);
    ikl_sim_free(sim);
}

static void the_test_s_own_numbers_follow_from_the_seed_alone(void **state)
{
    struct ikl_sim *one = sim_new(7), *same = sim_new(7), *other = sim_new(8);
    size_t equal = 0;

    (void)state;
    (void)sim_pair(same, NULL);
    sim_run_until(same, 100000);
    for (int i = 0; i < 100; i++) {
        uint64_t number = ikl_sim_random(one);

        assert_true(ikl_sim_random(same) == number);
        equal += ikl_sim_random(other) == number ? 1 : 0;
    }
    assert_int_equal(equal, 0);
    ikl_sim_free(one);
    ikl_sim_free(same);
    ikl_sim_free(other);
}

static void do_nothing(void *user, struct ikl_sim *sim)
{
    (void)user;
    (void)sim;
}

static int run_with(struct test_allocator *allocator)
{
    struct ikl_sim_config config = {.size = sizeof(config), .seed = 3, .allocator = &allocator->allocator};
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = 2};
    struct ikl_sim_pair_config two = {.size = sizeof(two), .sa = &sa};
    struct ikl_sim_pair pair;
    struct ikl_sim *sim;
    int result = ikl_sim_new(&sim, &config);

    if (result != IKL_OK) {
        return result;
    }
    result = ikl_sim_add_pair(sim, &two, &pair);
    if (result == IKL_OK) {
        ikl_sim_set_fates(pair.link, NULL, ".x2h+c");
        ikl_sim_stall_at(pair.b, 6000, 3000);
        ikl_sim_restart_at(pair.a, 2000, 500);
        ikl_sim_reboot_at(pair.b, 30000, 1000);
        ikl_sim_cut_at(pair.link, 40000);
        ikl_sim_move_at(pair.link, pair.a, 50000, &(struct ikl_address){.family = 4, .port = 500});
        ikl_sim_restart_at(pair.b, 300000, 200000); /* it is off when the world ends */
        ikl_sim_note(sim, pair.a, "a line");
        ikl_sim_set_manners_at(pair.b, 1000, &(struct ikl_sim_manners){.tick = 70});
        ikl_sim_set_weather_at(pair.link, NULL, 1000, &(struct ikl_sim_weather){.delay = 5});
        ikl_sim_inject_at(pair.a, 1000, &(struct ikl_path){.tag = 0}, (const uint8_t *)"xy", 2);
        ikl_sim_call_at(sim, 1000, do_nothing, NULL);
        result = ikl_sim_play(sim,
                              "at 2 note in words\nmonitor m\nat 3 sa a b schedule 1,2,3 children 1 monitor m\noutages "
                              "a b exponential 0.1 1000000\nrun 400\n",
                              NULL, NULL);
    }
    ikl_sim_free(sim);
    return result;
}

static void when_memory_runs_out_the_world_says_so_and_nothing_is_lost(void **state)
{
    struct test_allocator allocator;
    size_t needed;

    (void)state;
    test_allocator_init(&allocator);
    assert_int_equal(run_with(&allocator), IKL_OK);
    assert_int_equal(allocator.outstanding, 0);
    needed = allocator.allocations;
    assert_true(needed > 100);
    for (size_t n = 1; n <= needed; n++) {
        test_allocator_init(&allocator);
        test_allocator_fail(&allocator, n);
        assert_int_equal(run_with(&allocator), IKL_ERR_NO_MEMORY);
        assert_int_equal(allocator.outstanding, 0);
    }
}

TESTS_OF(sim_world)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_is_what_the_config_says_and_then_what_it_was_run_to),
        cmocka_unit_test(a_config_of_another_size_or_without_a_beginning_is_refused),
        cmocka_unit_test(in_one_millisecond_schedules_come_first_then_arrivals_then_time),
        cmocka_unit_test(what_is_scheduled_for_the_past_is_done_at_once),
        cmocka_unit_test(what_is_scheduled_inside_a_call_is_done_after_it),
        cmocka_unit_test(running_and_freeing_are_refused_inside_a_call),
        cmocka_unit_test(a_step_goes_to_the_next_thing_that_happens),
        cmocka_unit_test(hosts_that_answer_each_other_without_end_stop_the_world),
        cmocka_unit_test(with_any_delay_they_do_not),
        cmocka_unit_test(the_test_s_own_numbers_follow_from_the_seed_alone),
        cmocka_unit_test(when_memory_runs_out_the_world_says_so_and_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
