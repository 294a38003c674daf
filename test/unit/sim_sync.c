/* SPDX-License-Identifier: ISC */
/* Hosts of the test kit that are taken over by another member of their cluster. */
#include "support/test.h"

#include <ikelive/sim_cmocka.h>
#include <ikelive/sync.h>

struct heard {
    struct ikl_sa *sa; /* the one that was taken over last */
    unsigned takeovers, synced;
};

static void on_took_over(void *user, struct ikl_sim_host *host, struct ikl_sa *sa, ikl_time now)
{
    struct heard *heard = user;

    assert_ptr_equal(ikl_sim_host_of(sa), host);
    assert_int_equal(now, ikl_sim_host_now(host));
    heard->takeovers++;
    heard->sa = sa;
}

static void on_synced(void *user, struct ikl_sa *sa, const struct ikl_synced *synced)
{
    struct heard *heard = user;

    (void)sa;
    heard->synced += synced->by_peer ? 0 : 1;
}

static struct ikl_sim_pair pair_of(struct ikl_sim *sim, struct heard *heard, bool syncs)
{
    struct ikl_sim_host_config b = {
        .size = sizeof(b),
        .endpoint = {.size = sizeof(b.endpoint),
                     .user = heard,
                     .callbacks = {.size = sizeof(struct ikl_callbacks), .synced = on_synced}},
        .took_over = on_took_over};
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = 2, .syncs = syncs};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .b = &b, .sa = &sa};

    return sim_pair(sim, &config);
}

static struct ikl_sa_info info_of(const struct ikl_sa *sa)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    assert_int_equal(ikl_sa_query(sa, &info), IKL_OK);
    return info;
}

/* Both checked each other ten times. */
static void the_peer_notices_nothing_of_a_takeover_however_old_its_message_ids_are(void **state)
{
    (void)state;
    for (uint32_t behind = 0; behind < 20; behind++) {
        struct ikl_sim *sim = sim_new(1);
        struct heard heard = {.takeovers = 0};
        struct ikl_sim_pair pair = pair_of(sim, &heard, true);

        ikl_sim_take_over_at(pair.b, seconds(51), behind);
        sim_run_until(sim, seconds(100));
        assert_int_equal(heard.takeovers, 1);
        assert_int_equal(heard.synced, 1);
        assert_int_equal(ikl_sim_count(sim, IKL_SIM_SYNCED, pair.sa_a, 0), 1);
        assert_int_equal(ikl_sim_count(sim, IKL_SIM_DOWN, NULL, 0), 0);
        assert_int_equal(ikl_sim_count(sim, IKL_SIM_REACHABILITY, NULL, 0), 0);
        assert_int_equal(info_of(heard.sa).next_expected, info_of(pair.sa_a).next_request);
        assert_int_equal(info_of(heard.sa).n_children, 2);
        sim_free(sim);
    }
}

static void both_ends_may_be_taken_over_again_and_again(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.takeovers = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, true);

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        ikl_sim_take_over_at(pair.a, seconds(10 + 5 * i), i);
        ikl_sim_take_over_at(pair.b, seconds(10 + 3 * i), 10 - i);
    }
    sim_run_until(sim, seconds(100));
    assert_int_equal(heard.takeovers, 10);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_DOWN, NULL, 0), 0);
    sim_free(sim);
}

static void only_what_may_be_synchronised_is_taken_over(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.takeovers = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, false);

    (void)state;
    ikl_sim_take_over_at(pair.b, 1000, 0);
    sim_run_until(sim, seconds(10));
    assert_int_equal(heard.takeovers, 0);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_TAKEN_OVER, NULL, 0), 1);
    sim_free(sim);
}

/* Its keys may have changed since, and the world does not know them. */
static void what_began_connecting_is_not_taken_over(void **state)
{
    const struct ikl_sim_sa_config config = {.size = sizeof(config), .syncs = true, .connecting = true};
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.takeovers = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, false);
    struct ikl_sa *sa;

    (void)state;
    assert_int_equal(ikl_sim_add_sa(pair.link, &config, NULL, &sa), IKL_OK);
    assert_int_equal(ikl_sa_established(sa, 0), IKL_OK);
    ikl_sim_take_over_at(pair.b, 0, 0);
    assert_int_equal(heard.takeovers, 0);
    assert_int_equal(ikl_sa_state(sa), IKL_SA_ESTABLISHED);
    sim_free(sim);
}

static void what_is_gone_or_deleted_is_not_taken_over(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.takeovers = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, true);

    (void)state;
    assert_int_equal(ikl_sa_delete(pair.sa_b, 5000, 0), IKL_OK);
    ikl_sim_take_over_at(pair.b, 0, 0);
    ikl_sim_take_over_at(pair.b, seconds(10), 0);
    ikl_sim_reboot_at(pair.b, seconds(20), 5000);
    ikl_sim_take_over_at(pair.b, seconds(21), 0); /* it is off */
    sim_run_until(sim, seconds(30));
    assert_int_equal(heard.takeovers, 0);
    sim_free(sim);
}

struct established {
    unsigned n;
    struct ikl_sa *sa;
};

static void on_established(void *user, struct ikl_sim_host *host, struct ikl_sa *sa,
                           const struct ikl_sim_sa_config *config)
{
    struct established *established = user;

    (void)host;
    assert_true(config->syncs);
    established->n++;
    established->sa = sa;
}

static void a_script_says_it_in_a_line_and_the_trace_shows_it(void **state)
{
    static const char script[] = "host a\nhost b\nlink a b\nsa a b children 1 syncs\nat 20 takeover b 3\nrun 60\n";
    struct established established = {.n = 0};
    struct ikl_sim_play_config config = {.size = sizeof(config), .user = &established, .established = on_established};
    struct ikl_sim *sim = sim_new(1);
    char text[200];

    (void)state;
    assert_int_equal(ikl_sim_play(sim, script, &config, NULL), IKL_OK);
    assert_int_equal(established.n, 3);
    assert_int_equal(info_of(established.sa).state, IKL_SA_ESTABLISHED);
    (void)ikl_sim_record_text(ikl_sim_find(sim, IKL_SIM_TAKEN_OVER, NULL, 0), text, sizeof(text));
    assert_non_null(strstr(text, "taken over    3 requests behind"));
    (void)ikl_sim_record_text(ikl_sim_find(sim, IKL_SIM_SYNCED, NULL, 0), text, sizeof(text));
    assert_non_null(strstr(text, "synced        by the peer, goes on with "));
    (void)ikl_sim_record_text(ikl_sim_find(sim, IKL_SIM_SYNCED, established.sa, 0), text, sizeof(text));
    assert_non_null(strstr(text, "synced        by us, goes on with "));
    sim_free(sim);
}

static void a_line_that_says_it_wrongly_is_refused(void **state)
{
    static const char *const lines[] = {"takeover b\n", "takeover b x\n", "takeover b 1 2\n", "takeover c 1\n"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct ikl_sim *sim = sim_new(1);

        assert_int_equal(ikl_sim_play(sim, "host a\nhost b\n", NULL, NULL), IKL_OK);
        assert_int_equal(ikl_sim_play(sim, lines[i], NULL, NULL), IKL_ERR_INVALID);
        sim_free(sim);
    }
}

/* An end asks the other, by hand, to increment its replay counters. */
static void the_delta_is_in_the_trace(void **state)
{
    const struct ikl_sync_options options = {.size = sizeof(options), .replay = {.delta = 7}};
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.takeovers = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, true);
    char text[200];

    (void)state;
    assert_int_equal(ikl_sa_sync(pair.sa_a, &options, 0), IKL_OK);
    sim_run_until(sim, 1000);
    (void)ikl_sim_record_text(ikl_sim_find(sim, IKL_SIM_SYNCED, pair.sa_b, 0), text, sizeof(text));
    assert_non_null(strstr(text, ", delta 7"));
    sim_free(sim);
}

TESTS_OF(sim_sync)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_peer_notices_nothing_of_a_takeover_however_old_its_message_ids_are),
        cmocka_unit_test(both_ends_may_be_taken_over_again_and_again),
        cmocka_unit_test(only_what_may_be_synchronised_is_taken_over),
        cmocka_unit_test(what_began_connecting_is_not_taken_over),
        cmocka_unit_test(what_is_gone_or_deleted_is_not_taken_over),
        cmocka_unit_test(a_script_says_it_in_a_line_and_the_trace_shows_it),
        cmocka_unit_test(a_line_that_says_it_wrongly_is_refused),
        cmocka_unit_test(the_delta_is_in_the_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
