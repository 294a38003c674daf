/* SPDX-License-Identifier: ISC */
/* Scripts of the test kit: what can be said in C can be said in words, and words that mean nothing are refused. */
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

#include <stdio.h>

static int play(struct ikl_sim *sim, const char *script)
{
    struct ikl_sim_script_error error = {0, NULL};
    int result = ikl_sim_play(sim, script, NULL, &error);

    if (error.line != 0) {
        print_message("line %u: %s\n", error.line, error.what);
    }
    return result;
}

static uint64_t hash_of(const char *script)
{
    struct ikl_sim *sim = sim_new(6);
    uint64_t hash;

    assert_int_equal(play(sim, script), IKL_OK);
    hash = ikl_sim_hash(sim);
    sim_free(sim);
    return hash;
}

static const char story[] =
    "# everything that a world has\n"
    "host a tick 0.07 late 0.03\n"
    "host b send-failure 5%\n"
    "link a b loss 2.5% duplication 1% reordering 3% corruption 0.1% delay 0.02 jitter 0.01 "
    "hold 0.5 mtu 1400 encapsulated path-mtu 1300 fates .x\n"
    "nat a b lifetime 60\n"
    "monitor quick interval 1 timeout 0.4 grace 2 threshold 3 recover 2 renew-after 9 damp-changes 1 damp-period 30 "
    "damp-recover 8 need 1 probes-only\n"
    "sa a b suite chacha20poly1305-prfsha512 children 2 schedule 1,2,4 idle 3 window 2 fragmentation monitor quick "
    "trim round-trip-sends\n"
    "at 8 kill-tunnels-one-way b a\n"
    "at 13 mend-tunnels a b\n"
    "at 26 kill-tunnels a b\n"
    "at 29 mend-tunnels a b\n"
    "at 10 stall a 1\n"
    "at 20 sleep b 2\n"
    "at 25 restart a 0.5\n"
    "at 30 fail-sends a 2\n"
    "at 35 block-sends a 2.5\n"
    "at 40 clock b 1.5\n"
    "at 41 clock b -1\n"
    "at 50 rebind a b\n"
    "at 60 cut-one-way a b\n"
    "at 62 restore a b\n"
    "at 70 weather a b delay 0.1\n"
    "at 71 weather-one-way b a delay 0.2 loss 10%\n"
    "at 80 manners a tick 1\n"
    "at 90 note here it ends\n"
    "at 100 cut a b\n"
    "at 150 move b a\n"
    "at 160 reboot b 5\n"
    "at 170 outages a b exponential 0.1 500000 log-normal 2 1.3 400000 holding pareto 3 1.5 300000\n"
    "at 190 outages a b\n"
    "run 200\n";

static uint64_t hash_of_story_in_c(void)
{
    struct ikl_sim_manners a_manners = {.tick = 70, .late = 30}, b_manners = {.send_failure = IKL_SIM_PERCENT(5)};
    struct ikl_sim_host_config a = {.size = sizeof(a), .manners = a_manners};
    struct ikl_sim_host_config b = {.size = sizeof(b), .manners = b_manners};
    struct ikl_sim_link_config link = {.size = sizeof(link),
                                       .weather = {.loss = 25000,
                                                   .duplication = IKL_SIM_PERCENT(1),
                                                   .reordering = IKL_SIM_PERCENT(3),
                                                   .corruption = 1000,
                                                   .delay = 20,
                                                   .jitter = 10,
                                                   .hold = 500,
                                                   .mtu = 1400},
                                       .encapsulated = true,
                                       .path_mtu = 1300};
    struct ikl_address outside = {.ip = {203, 0, 0, 1}, .port = 40000, .family = 4};
    struct ikl_address moved = {.ip = {198, 18, 0, 1}, .port = 4500, .family = 4};
    struct ikl_sim_outages outages = {.size = sizeof(outages),
                                      .holding = true,
                                      .n = 3,
                                      .kinds = {{IKL_SIM_EXPONENTIAL, 100, 0, 500000},
                                                {IKL_SIM_LOG_NORMAL, 2000, 1300, 400000},
                                                {IKL_SIM_PARETO, 3000, 1500, 300000}}};
    const struct ikl_monitor_config monitor = {.interval = 1000,
                                               .timeout = 400,
                                               .grace = 2000,
                                               .renew_after = 9000,
                                               .threshold = 3,
                                               .recover = 2,
                                               .damp_changes = 1,
                                               .damp_period = 30000,
                                               .damp_recover = 8,
                                               .need = 1,
                                               .probes_only = true};
    struct ikl_schedule schedule;
    struct ikl_sim_sa_config sa = {.size = sizeof(sa),
                                   .suite = "chacha20poly1305-prfsha512",
                                   .n_children = 2,
                                   .schedule = &schedule,
                                   .idle = 3000,
                                   .monitor = &monitor,
                                   .trim = true,
                                   .round_trip_sends = true};
    struct ikl_sim *sim = sim_new(6);
    struct ikl_sim_pair pair;
    uint64_t hash;

    assert_int_equal(ikl_schedule_parse(&schedule, "1,2,4"), IKL_OK);
    assert_int_equal(ikl_sim_add_host(sim, &a, &pair.a), IKL_OK);
    assert_int_equal(ikl_sim_add_host(sim, &b, &pair.b), IKL_OK);
    assert_int_equal(ikl_sim_add_link(pair.a, pair.b, &link, &pair.link), IKL_OK);
    ikl_sim_set_fates(pair.link, NULL, ".x");
    ikl_sim_set_nat(pair.link, pair.a, &outside, 60000);
    assert_int_equal(ikl_sim_add_sa(pair.link, &sa, NULL, NULL), IKL_OK);
    ikl_sim_kill_tunnels_one_way_at(pair.link, pair.b, 8000);
    ikl_sim_mend_tunnels_at(pair.link, 13000);
    ikl_sim_kill_tunnels_at(pair.link, 26000);
    ikl_sim_mend_tunnels_at(pair.link, 29000);
    ikl_sim_stall_at(pair.a, 10000, 1000);
    ikl_sim_sleep_at(pair.b, 20000, 2000);
    ikl_sim_restart_at(pair.a, 25000, 500);
    ikl_sim_fail_sends_at(pair.a, 30000, 2);
    ikl_sim_block_sends_at(pair.a, 35000, 2500);
    ikl_sim_set_clock_at(pair.b, 40000, 1500);
    ikl_sim_set_clock_at(pair.b, 41000, -1000);
    ikl_sim_rebind_at(pair.link, pair.a, 50000, NULL);
    ikl_sim_cut_one_way_at(pair.link, pair.a, 60000);
    ikl_sim_restore_at(pair.link, 62000);
    ikl_sim_set_weather_at(pair.link, NULL, 70000, &(struct ikl_sim_weather){.delay = 100});
    ikl_sim_set_weather_at(pair.link, pair.b, 71000,
                           &(struct ikl_sim_weather){.delay = 200, .loss = IKL_SIM_PERCENT(10)});
    ikl_sim_set_manners_at(pair.a, 80000, &(struct ikl_sim_manners){.tick = 1000});
    sim_run_until(sim, 90000);
    ikl_sim_note(sim, NULL, "here it ends");
    ikl_sim_cut_at(pair.link, 100000);
    ikl_sim_move_at(pair.link, pair.b, 150000, &moved);
    ikl_sim_reboot_at(pair.b, 160000, 5000);
    assert_int_equal(ikl_sim_set_outages_at(pair.link, 170000, &outages), IKL_OK);
    assert_int_equal(ikl_sim_set_outages_at(pair.link, 190000, NULL), IKL_OK);
    sim_run_until(sim, 200000);
    hash = ikl_sim_hash(sim);
    sim_free(sim);
    return hash;
}

static void a_script_does_what_the_calls_do_that_it_stands_for(void **state)
{
    (void)state;
    assert_true(hash_of(story) == hash_of_story_in_c());
}

static void comments_empty_lines_and_spaces_mean_nothing(void **state)
{
    (void)state;
    assert_true(hash_of("host a\nhost b\nlink a b\nsa a b\nrun 30") ==
                hash_of("\n  # a comment\nhost a # the first\r\n\thost   b\n\nlink a b  \nsa a b\nrun 30\n\n"));
}

static void times_are_exact_to_the_millisecond(void **state)
{
    struct ikl_sim *sim = sim_new(1);

    (void)state;
    assert_int_equal(play(sim, "run 1.005\n"), IKL_OK);
    assert_int_equal(ikl_sim_now(sim), 1005);
    assert_int_equal(play(sim, "run 2.5"), IKL_OK);
    assert_int_equal(ikl_sim_now(sim), 2500);
    sim_free(sim);
}

static void policies_and_named_schedules_are_known(void **state)
{
    struct ikl_sim *sim = sim_new(1);

    (void)state;
    assert_int_equal(play(sim, "host a\nhost b\nlink a b\nsa a b schedule android liveness periodic\n"
                               "sa a b liveness off\ncut a b\nrun 100\n"),
                     IKL_OK);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_DOWN, NULL, 0), 2);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_DOWN, NULL, 0)->at, 20500);
    sim_free(sim);
}

/* How often the first host was asked for probes through the Child SA with this number. */
static size_t probes_of(const struct ikl_sim *sim, uint32_t number)
{
    const struct ikl_sim_record *record;
    size_t n = 0;

    for (size_t i = 0; (record = ikl_sim_find(sim, IKL_SIM_MONITOR_PROBE, NULL, i)) != NULL; i++) {
        n += record->about.monitor.spi_in == 0xa0000001u + number;
    }
    return n;
}

/* The second "m" is the one that counts from its line on. */
static void child_sas_get_the_monitor_that_their_line_names(void **state)
{
    struct ikl_sim *sim = sim_new(1);

    (void)state;
    assert_int_equal(play(sim, "host a\nhost b\nlink a b\nmonitor m interval 2 timeout 1\n"
                               "sa a b children 1 monitor m\nmonitor m interval 5 timeout 1\n"
                               "sa a b children 1 monitor m\nsa a b children 1 monitor panos\nsa a b children 1\n"
                               "run 10\n"),
                     IKL_OK);
    assert_int_equal(probes_of(sim, 0), 6);
    assert_int_equal(probes_of(sim, 1), 3);
    assert_int_equal(probes_of(sim, 2), 4);
    assert_int_equal(probes_of(sim, 3), 0);
    sim_free(sim);
}

/* Each follows "host a", "host b", "link a b", "host c". */
static const struct {
    const char *line, *what;
} wrong_lines[] = {
    {"hosts", "neither a word nor a host that is known"},
    {"host", "no name"},
    {"host d tick", "an option without a value"},
    {"host d tick x", "a value that is no such value, or too large"},
    {"host d tick 1.2345", "a value that is no such value, or too large"},
    {"host d tick .5", "a value that is no such value, or too large"},
    {"host d tick 5.", "a value that is no such value, or too large"},
    {"host d tick 1s", "a value that is no such value, or too large"},
    {"host d tick 4294967.296", "a value that is no such value, or too large"},
    {"host d tick 99999999999999999999999", "a value that is no such value, or too large"},
    {"host d tick 1844674407370955161.5", "a value that is no such value, or too large"},
    {"host d tick 184467440737095516", "a value that is no such value, or too large"},
    {"host d tick 18446744073709551615", "a value that is no such value, or too large"},
    {"host d tick 1.2.3", "a value that is no such value, or too large"},
    {"host d send-failure 5", "a value that is no such value, or too large"},
    {"host d send-failure 101%", "a value that is no such value, or too large"},
    {"host d speed 5", "an option that this line does not have"},
    {"link a", "a host is missing"},
    {"link a x", "a host that there is not"},
    {"link x a", "a host that there is not"},
    {"link a c mtu 65536", "a value that is no such value, or too large"},
    {"nat a c", "no link between these hosts"},
    {"nat a b lifetime", "an option without a value"},
    {"sa a c", "no link between these hosts"},
    {"sa a b schedule 1,2,x", "a schedule that is neither a name nor a list of seconds"},
    {"sa a b liveness always", "a liveness policy that is none"},
    {"sa a b suite xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "a suite that is none"},
    {"monitor", "no name"},
    {"monitor xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "a name that is too long"},
    {"monitor m threshold 256", "a value that is no such value, or too large"},
    {"monitor m threshold 0", "a monitor that cannot be"},
    {"monitor m interval 2", "a monitor that cannot be"}, /* its timeout is 3 s */
    {"monitor m suite rot13", "an option that this line does not have"},
    {"at 5 monitor m", "this cannot be put off"},
    {"sa a b monitor m", "a monitor that there is not"},
    {"sa a b liveness always monitor panos", "a liveness policy that is none"},
    {"kill-tunnels a c", "no link between these hosts"},
    {"kill-tunnels a b now", "more words than this line has"},
    {"kill-tunnels-one-way a b now", "more words than this line has"},
    {"mend-tunnels a b now", "more words than this line has"},
    {"sa a b children -1", "a value that is no such value, or too large"},
    {"cut a", "a host is missing"},
    {"cut a c", "no link between these hosts"},
    {"cut a b now", "more words than this line has"},
    {"cut-one-way a b now", "more words than this line has"},
    {"restore a b now", "more words than this line has"},
    {"rebind a b now", "more words than this line has"},
    {"move a b now", "more words than this line has"},
    {"weather a b sunny", "an option that this line does not have"},
    {"outages a b rain 1 2", "outages of no kind"},
    {"outages a b exponential 1", "outages of no kind"},
    {"outages a b pareto 1 1.5", "outages of no kind"},
    {"outages a b exponential x 1", "outages of no kind"},
    {"outages a b log-normal 1 x 1", "outages of no kind"},
    {"outages a b exponential 1 1.5", "outages of no kind"},
    {"outages a b exponential 1 1 holding exponential", "outages of no kind"},
    {"outages a b pareto 1 1 1", "outages that cannot be"},
    {"outages a b exponential 1 1 exponential 1 1 exponential 1 1 exponential 1 1 exponential 1 1 exponential 1 1 "
     "exponential 1 1 exponential 1 1 exponential 1 1",
     "more kinds of outages than a link can have"},
    {"manners a clock 1", "an option that this line does not have"},
    {"stall a", "no seconds"},
    {"sleep a 1 2", "more words than this line has"},
    {"reboot a never", "seconds that are none"},
    {"restart a", "no seconds"},
    {"block-sends a", "no seconds"},
    {"fail-sends a", "no number of sends, or more than that"},
    {"fail-sends a 1.5", "no number of sends, or more than that"},
    {"clock a", "no seconds"},
    {"clock a --1", "seconds that are none"},
    {"a request", "nobody who would act"},
    {"at 5", "no time, or nothing to do then"},
    {"at noon cut a b", "no time, or nothing to do then"},
    {"at 5 run 6", "this cannot be put off"},
    {"at 5 host d", "this cannot be put off"},
    {"at 5 at 6 cut a b", "neither a word nor a host that is known"},
    {"run", "no seconds"},
    {"run -1", "seconds that are none"},
};

static void a_line_that_is_wrong_is_named_with_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong_lines); i++) {
        struct ikl_sim_script_error error = {0, NULL};
        struct ikl_sim *sim = sim_new(1);
        char script[300];

        (void)snprintf(script, sizeof(script), "host a\nhost b\nlink a b\nhost c\n%s\nhost d\n", wrong_lines[i].line);
        assert_int_equal(ikl_sim_play(sim, script, NULL, &error), IKL_ERR_INVALID);
        assert_int_equal(error.line, 5);
        assert_string_equal(error.what, wrong_lines[i].what);
        assert_non_null(ikl_sim_find_host(sim, "c"));
        assert_null(ikl_sim_find_host(sim, "d"));
        assert_int_equal(ikl_sim_play(sim, wrong_lines[i].line, NULL, NULL), IKL_ERR_INVALID);
        sim_free(sim);
    }
}

static void lines_have_500_octets_and_40_words_at_most(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    char line[600];

    (void)state;
    memset(line, 'x', sizeof(line));
    memcpy(line, "note ", 5);
    line[500] = '\0';
    assert_int_equal(play(sim, line), IKL_OK);
    assert_int_equal(ikl_sim_record_at(sim, 0)->octets.len, 495);
    line[500] = 'x';
    line[501] = '\0';
    assert_int_equal(play(sim, line), IKL_ERR_INVALID);
    for (size_t i = 4; i < 100; i++) {
        line[i] = i % 2 == 0 ? ' ' : 'w';
    }
    line[4 + 2 * 39] = '\0';
    assert_int_equal(play(sim, line), IKL_OK);
    line[4 + 2 * 39] = ' ';
    line[4 + 2 * 40] = '\0';
    assert_int_equal(play(sim, line), IKL_ERR_INVALID);
    sim_free(sim);
}

static void what_the_functions_behind_a_line_return_is_returned(void **state)
{
    struct ikl_sim *sim = sim_new(1);

    (void)state;
    assert_int_equal(play(sim, "host a\nhost a\n"), IKL_ERR_BUSY);
    assert_int_equal(play(sim, "host b\nlink a b\nsa a b suite aes256-sha256\n"), IKL_ERR_UNSUPPORTED);
    sim_free(sim);
    sim = sim_new(1);
    assert_int_equal(play(sim, "host a\nhost b\nlink a b\nat 5 sa a b suite rot13\nrun 4\n"), IKL_OK);
    assert_int_equal(play(sim, "run 5"), IKL_ERR_INVALID);
    sim_free(sim);
}

struct player {
    struct ikl_sim *sim;
    unsigned hosts, established, acts;
    ikl_time acted_at;
    char said[100];
    int result;
};

static void make_host(void *user, struct ikl_sim_host_config *config)
{
    struct player *player = user;

    player->hosts++;
    config->endpoint.user = player;
    config->clock = strcmp(config->name, "b") == 0 ? 100 : 0;
}

static void note_established(void *user, struct ikl_sim_host *host, struct ikl_sa *sa,
                             const struct ikl_sim_sa_config *config)
{
    struct player *player = user;

    assert_ptr_equal(ikl_sim_host_user(host), player);
    assert_ptr_equal(ikl_sim_host_of(sa), host);
    assert_int_equal(config->n_children, 2);
    player->established++;
}

static int do_act(void *user, struct ikl_sim_host *host, const char *const *words, size_t n)
{
    struct player *player = user;

    player->acts++;
    player->acted_at = ikl_sim_now(player->sim);
    (void)snprintf(player->said, sizeof(player->said), "%s: %s, %zu words", ikl_sim_host_name(host), words[n - 1], n);
    return player->result;
}

static void a_script_s_hosts_ike_sas_and_acts_are_the_test_s(void **state)
{
    struct player player = {.sim = sim_new(1)};
    struct ikl_sim_play_config config = {
        .size = sizeof(config), .user = &player, .host = make_host, .established = note_established, .act = do_act};

    (void)state;
    assert_int_equal(ikl_sim_play(player.sim,
                                  "host a\nhost b\nlink a b\nsa a b children 2\na sing loudly\nat 8 b dance\nrun 7",
                                  &config, NULL),
                     IKL_OK);
    assert_int_equal(player.hosts, 2);
    assert_int_equal(player.established, 2);
    assert_int_equal(player.acts, 1);
    assert_string_equal(player.said, "a: loudly, 2 words");
    assert_int_equal(ikl_sim_host_now(ikl_sim_find_host(player.sim, "b")), 7100);
    sim_run_until(player.sim, 9000);
    assert_string_equal(player.said, "b: dance, 1 words");
    assert_int_equal(player.acted_at, 8000);
    player.result = IKL_ERR_NOT_FOUND;
    assert_int_equal(ikl_sim_play(player.sim, "a sulk\nrun 10", &config, NULL), IKL_ERR_NOT_FOUND);
    assert_int_equal(ikl_sim_now(player.sim), 9000);
    sim_free(player.sim);
}

static void call_play(void *user, struct ikl_sim *sim)
{
    *(int *)user = ikl_sim_play(sim, "host a", NULL, NULL);
}

static void a_script_is_refused_inside_a_call_and_with_a_config_of_another_size(void **state)
{
    struct ikl_sim_play_config config = {.size = 1};
    struct ikl_sim *sim = sim_new(1);
    int result = IKL_OK;

    (void)state;
    ikl_sim_call_at(sim, 0, call_play, &result);
    assert_int_equal(result, IKL_ERR_REENTRANT);
    assert_int_equal(ikl_sim_play(sim, "host a", &config, NULL), IKL_ERR_INVALID);
    sim_free(sim);
}

TESTS_OF(sim_script)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_does_what_the_calls_do_that_it_stands_for),
        cmocka_unit_test(comments_empty_lines_and_spaces_mean_nothing),
        cmocka_unit_test(times_are_exact_to_the_millisecond),
        cmocka_unit_test(policies_and_named_schedules_are_known),
        cmocka_unit_test(child_sas_get_the_monitor_that_their_line_names),
        cmocka_unit_test(a_line_that_is_wrong_is_named_with_what_is_wrong),
        cmocka_unit_test(lines_have_500_octets_and_40_words_at_most),
        cmocka_unit_test(what_the_functions_behind_a_line_return_is_returned),
        cmocka_unit_test(a_script_s_hosts_ike_sas_and_acts_are_the_test_s),
        cmocka_unit_test(a_script_is_refused_inside_a_call_and_with_a_config_of_another_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
