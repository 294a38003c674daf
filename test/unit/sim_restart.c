/* SPDX-License-Identifier: ISC */
/* Hosts of the test kit whose process ends with snapshots of its IKE SAs, and goes on with them in a new endpoint. */
#include "support/send_nothing.h"
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

enum { IDLE = 5000, MOST = 4 };

/* A host that goes on, and what it is told. */
struct heard {
    struct ikl_sa *sas[MOST]; /* that were restored, in order */
    unsigned restored, booted, outcomes, requests;
    unsigned restored_before_boot;
    const void *context; /* of the last outcome */
    const struct ikl_sa_labels *labels;
    uint16_t group;
    struct ikl_keys keys;
};

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    struct heard *heard = user;

    (void)sa;
    heard->outcomes++;
    heard->context = outcome->context;
}

static void on_peer_request(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    struct heard *heard = user;
    ikl_time now = ikl_sim_host_now(ikl_sim_host_of(sa));

    heard->requests++;
    assert_int_equal(ikl_sa_respond(sa, request->message_id, NULL, 0, now), IKL_OK);
}

static void on_restoring(void *user, struct ikl_sim_host *host, struct ikl_restore_options *options)
{
    const struct heard *heard = user;

    assert_ptr_equal(ikl_sim_host_user(host), user);
    assert_ptr_equal(options->user, user);
    options->labels = heard->labels;
    options->path_group = heard->group;
}

static void on_restored(void *user, struct ikl_sim_host *host, struct ikl_sa *sa, ikl_time now)
{
    struct heard *heard = user;

    assert_ptr_equal(ikl_sim_host_of(sa), host);
    assert_int_equal(now, ikl_sim_host_now(host));
    heard->sas[heard->restored++ % MOST] = sa;
}

static void on_boot(void *user, struct ikl_sim_host *host, ikl_time now)
{
    struct heard *heard = user;

    (void)host;
    (void)now;
    heard->booted++;
    heard->restored_before_boot = heard->restored;
}

static struct ikl_sim_host_config config_of(struct heard *heard)
{
    return (struct ikl_sim_host_config){.size = sizeof(struct ikl_sim_host_config),
                                        .endpoint = {.size = sizeof(struct ikl_endpoint_config),
                                                     .user = heard,
                                                     .callbacks = {.size = sizeof(struct ikl_callbacks),
                                                                   .outcome = on_outcome,
                                                                   .peer_request = on_peer_request}},
                                        .boot = on_boot,
                                        .restoring = on_restoring,
                                        .restored = on_restored};
}

/* The host is the second of the two. */
static struct ikl_sim_pair pair_of(struct ikl_sim *sim, struct heard *heard, const struct ikl_sim_sa_config *sa)
{
    static const struct ikl_sim_sa_config usual = {.size = sizeof(usual), .n_children = 2};
    struct ikl_sim_host_config b = config_of(heard);
    struct ikl_sim_link_config link = {.size = sizeof(link), .weather = {.delay = 100}};
    struct ikl_sim_pair_config config = {
        .size = sizeof(config), .b = &b, .link = &link, .sa = sa != NULL ? sa : &usual};

    return sim_pair(sim, &config);
}

static struct ikl_sa_info info_of(const struct ikl_sa *sa)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    assert_int_equal(ikl_sa_query(sa, &info), IKL_OK);
    return info;
}

static void the_peer_notices_nothing_of_a_restart_whenever_it_is(void **state)
{
    (void)state;
    for (ikl_time at = 0; at < 2 * IDLE; at += 50) {
        struct ikl_sim *sim = sim_new(1);
        struct heard heard = {.restored = 0};
        struct ikl_sim_pair pair = pair_of(sim, &heard, NULL);

        ikl_sim_restart_at(pair.b, at, 0);
        sim_run_until(sim, seconds(100));
        assert_int_equal(heard.restored, 1);
        assert_int_equal(ikl_sim_count(sim, IKL_SIM_DOWN, NULL, 0), 0);
        assert_int_equal(ikl_sim_count(sim, IKL_SIM_CHILD_DOWN, NULL, 0), 0);
        assert_int_equal(ikl_sim_count(sim, IKL_SIM_REACHABILITY, NULL, 0), 0);
        assert_int_equal(info_of(heard.sas[0]).n_children, 2);
        assert_in_range(info_of(pair.sa_a).next_request, 9, 20);
        sim_free(sim);
    }
}

static void hosts_may_restart_again_and_again(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.restored = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, NULL);

    (void)state;
    for (unsigned i = 0; i < 10; i++) {
        ikl_sim_restart_at(pair.a, seconds(10 + 5 * i), i);
        ikl_sim_restart_at(pair.b, seconds(10 + 3 * i), seconds(i) / 2);
    }
    sim_run_until(sim, seconds(100));
    assert_int_equal(heard.restored, 7); /* the last four are one */
    assert_int_equal(heard.booted, 7);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_DOWN, NULL, 0), 0);
    assert_up(heard.sas[6 % MOST]);
    sim_free(sim);
}

/* Its Message ID, its tries and its context; what came of them while the host was off is due at once. */
static void a_request_that_is_outstanding_is_sent_again_when_it_would_have_been(void **state)
{
    static const struct {
        ikl_time off, sent;
    } rows[] = {{0, 2000}, {899, 2000}, {1500, 2600}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ikl_sim *sim = sim_new(1);
        struct heard heard = {.restored = 0};
        struct ikl_sim_pair pair = pair_of(sim, &heard, NULL);
        struct ikl_request_options options = {.size = sizeof(options), .context = &options};

        ikl_sim_set_fates(pair.link, pair.b, "x");
        sim_run_until(sim, 1000);
        assert_int_equal(ikl_sa_request(pair.sa_b, IKL_INFORMATIONAL, NULL, 0, &options, 1000, NULL), IKL_OK);
        ikl_sim_restart_at(pair.b, 1100, rows[i].off);
        sim_run_until(sim, 3000);
        assert_int_equal(ikl_sim_find(sim, IKL_SIM_ATTEMPT, heard.sas[0], 0)->at, rows[i].sent);
        assert_int_equal(ikl_sim_find(sim, IKL_SIM_ATTEMPT, heard.sas[0], 0)->about.attempt.message_id, 0);
        assert_int_equal(heard.outcomes, 1);
        assert_ptr_equal(heard.context, &options);
        sim_free(sim);
    }
}

/* The peer asks again for an answer that was lost. */
static void a_request_of_the_peer_s_is_not_executed_again(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.restored = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, NULL);

    (void)state;
    ikl_sim_set_fates(pair.link, pair.b, "x");
    assert_int_equal(ikl_sa_request(pair.sa_a, IKL_CREATE_CHILD_SA, NULL, 0, NULL, 0, NULL), IKL_OK);
    ikl_sim_restart_at(pair.b, 200, 100);
    sim_run_until(sim, 3000);
    assert_int_equal(heard.requests, 1);
    assert_int_equal(heard.restored, 1);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_OUTCOME, pair.sa_a, 0)->at, 1200);
    sim_free(sim);
}

static void child_sas_go_on_with_their_monitors_and_what_belongs_to_them(void **state)
{
    static const struct ikl_monitor_config monitor = {.interval = 1000, .timeout = 500, .threshold = 3, .recover = 2};
    const struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = 2, .monitor = &monitor};
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.restored = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, &sa);
    struct ikl_child *child = ikl_sa_first_child(pair.sa_b);

    (void)state;
    ikl_child_set_user(child, &sim);
    ikl_sim_kill_tunnels_at(pair.link, seconds(5));
    sim_run_until(sim, seconds(20));
    assert_int_equal(ikl_child_monitor(pair.sa_b, child)->state, IKL_MONITOR_DOWN);
    ikl_sim_restart_at(pair.b, 0, 0);
    sim_run_for(sim, 0);
    child = ikl_sa_first_child(heard.sas[0]);
    assert_ptr_equal(ikl_child_user(child), &sim);
    assert_null(ikl_child_user(ikl_sa_next_child(heard.sas[0], child)));
    assert_int_equal(ikl_child_monitor(heard.sas[0], child)->state, IKL_MONITOR_DOWN);
    ikl_sim_mend_tunnels_at(pair.link, seconds(30));
    sim_run_until(sim, seconds(40));
    assert_int_equal(ikl_child_monitor(heard.sas[0], child)->state, IKL_MONITOR_UP);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_MONITOR, heard.sas[0], seconds(20)), 2);
    sim_free(sim);
}

/* The endpoint's own monitor stays too. */
static void child_sas_with_the_endpoint_s_monitor_go_on_with_it(void **state)
{
    static const struct ikl_monitor_config monitor = {.interval = 1000, .timeout = 500, .threshold = 3, .recover = 2};
    const struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = 1};
    struct heard heard = {.restored = 0};
    struct ikl_sim_host_config b = config_of(&heard);
    struct ikl_sim_pair_config config = {.size = sizeof(config), .b = &b, .sa = &sa};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair;

    (void)state;
    b.endpoint.monitor = &monitor;
    pair = sim_pair(sim, &config);
    ikl_sim_restart_at(pair.b, seconds(10), 0);
    sim_run_until(sim, seconds(20));
    assert_true(ikl_sim_count(sim, IKL_SIM_MONITOR_PROBE, heard.sas[0], 0) > 5);
    sim_free(sim);
}

/* They have the same schedule, and the later one is the earlier one's heir. */
static void a_rekeyed_ike_sa_goes_on_with_its_heir(void **state)
{
    struct ikl_schedule once;
    const struct ikl_sim_sa_config config = {.size = sizeof(config), .schedule = &once};
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.restored = 0};
    struct ikl_sim_pair pair;
    struct ikl_sa *heir;

    (void)state;
    assert_int_equal(ikl_schedule_parse(&once, "1"), IKL_OK);
    pair = pair_of(sim, &heard, &config);
    assert_int_equal(ikl_sim_add_sa(pair.link, &config, NULL, &heir), IKL_OK);
    assert_int_equal(ikl_sa_replace(pair.sa_b, heir, false, 60000, 0), IKL_OK);
    ikl_sim_restart_at(pair.b, 0, 10);
    sim_run_until(sim, 10);
    assert_int_equal(heard.restored, 2);
    assert_int_equal(heard.restored_before_boot, 2);
    assert_int_equal(heard.booted, 1);
    assert_int_equal(ikl_sa_state(heard.sas[0]), IKL_SA_ESTABLISHED);
    assert_int_equal(ikl_sa_state(heard.sas[1]), IKL_SA_REKEYED);
    sim_cut_at(pair.link, seconds(7));
    sim_run_until(sim, seconds(20));
    assert_down(heard.sas[0], IKL_DOWN_TIMEOUT, 11200);
    sim_free(sim);
}

static void an_ike_sa_that_is_being_deleted_goes_on_with_that(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.restored = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, NULL);

    (void)state;
    ikl_sim_set_fates(pair.link, pair.a, "x");
    assert_int_equal(ikl_sa_delete(pair.sa_b, 5000, 0), IKL_OK);
    ikl_sim_restart_at(pair.b, 300, 0);
    sim_run_until(sim, seconds(10));
    assert_down(heard.sas[0], IKL_DOWN_CLOSED, 1200);
    sim_free(sim);
}

static void what_began_connecting_or_was_taken_over_or_is_gone_is_lost(void **state)
{
    const struct ikl_sim_sa_config connecting = {.size = sizeof(connecting), .connecting = true};
    const struct ikl_sim_sa_config syncs = {.size = sizeof(syncs), .syncs = true};
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.restored = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, NULL);
    struct ikl_sa *sa;

    (void)state;
    assert_int_equal(ikl_sim_add_sa(pair.link, &syncs, NULL, NULL), IKL_OK);
    assert_int_equal(ikl_sim_add_sa(pair.link, &connecting, NULL, &sa), IKL_OK);
    assert_int_equal(ikl_sa_established(sa, 0), IKL_OK);
    ikl_sim_take_over_at(pair.b, 0, 0);
    ikl_sa_close(pair.sa_b, 0);
    ikl_sim_restart_at(pair.b, 0, 0);
    sim_run_for(sim, 0);
    assert_int_equal(heard.restored, 0);
    assert_int_equal(heard.booted, 1);
    assert_int_equal(ikl_endpoint_n_sas(ikl_sim_host_endpoint(pair.b)), 0);
    sim_free(sim);
}

static int no_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    memset(out, 0, len);
    return IKL_OK;
}

static void what_is_on_another_endpoint_stays_there(void **state)
{
    const struct ikl_endpoint_config config = {
        .size = sizeof(config),
        .callbacks = {.size = sizeof(struct ikl_callbacks), .random = no_random, .send = send_nothing}};
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.restored = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, NULL);
    struct ikl_endpoint *other;
    struct ikl_sa *sa;

    (void)state;
    assert_int_equal(ikl_endpoint_new(&other, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_migrate(pair.sa_b, other, 0, &sa), IKL_OK);
    ikl_sim_restart_at(pair.b, 0, 0);
    sim_run_for(sim, 0);
    assert_int_equal(heard.booted, 1);
    assert_int_equal(heard.restored, 0);
    assert_int_equal(ikl_sa_state(sa), IKL_SA_ESTABLISHED);
    assert_int_equal(ikl_endpoint_free(other), IKL_OK);
    sim_free(sim);
}

/* Neither uses an initialisation vector of the other's again. */
static void what_was_restored_may_be_taken_over(void **state)
{
    const struct ikl_sim_sa_config syncs = {.size = sizeof(syncs), .syncs = true};
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.restored = 0};
    struct ikl_sim_pair pair = pair_of(sim, &heard, &syncs);
    static const uint8_t epochs[] = {0, 1, 2};
    size_t n = 0;

    (void)state;
    ikl_sim_restart_at(pair.b, seconds(7), 0);
    ikl_sim_take_over_at(pair.b, seconds(13), 1);
    sim_run_until(sim, seconds(100));
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_DOWN, NULL, 0), 0);
    for (size_t i = 0; i < ikl_sim_n_records(sim); i++) {
        const struct ikl_sim_record *record = ikl_sim_record_at(sim, i);

        if (record->event == IKL_SIM_SENT && record->host == pair.b && n < COUNT_OF(epochs)) {
            ikl_time since = n == 0 ? 0 : n == 1 ? seconds(7) : seconds(13);

            if (record->at >= since) {
                /* an IV of 8 octets behind header and payload header */
                assert_int_equal(record->octets.data[IKL_HEADER_LEN + IKL_PAYLOAD_HEADER_LEN + 1], epochs[n]);
                n++;
            }
        }
    }
    assert_int_equal(n, COUNT_OF(epochs));
    sim_free(sim);
}

static void a_reboot_meanwhile_loses_all_and_another_restart_does_not(void **state)
{
    (void)state;
    for (int reboots = 0; reboots < 2; reboots++) {
        struct ikl_sim *sim = sim_new(1);
        struct heard heard = {.restored = 0};
        struct ikl_sim_pair pair = pair_of(sim, &heard, NULL);

        ikl_sim_restart_at(pair.b, 1000, 3000);
        if (reboots != 0) {
            ikl_sim_reboot_at(pair.b, 2000, 1000);
        } else {
            ikl_sim_restart_at(pair.b, 2000, 5000);
        }
        sim_run_until(sim, 3999);
        assert_null(ikl_sim_host_endpoint(pair.b));
        sim_run_until(sim, 10000);
        assert_int_equal(heard.restored, 1 - reboots);
        assert_int_equal(heard.booted, 1);
        assert_int_equal(ikl_sim_find(sim, IKL_SIM_AWAKE, NULL, 0)->at, reboots != 0 ? 4000 : 7000);
        sim_free(sim);
    }
}

static void the_host_completes_what_a_snapshot_does_not_have(void **state)
{
    const struct ikl_sa_labels labels = {.size = sizeof(labels), .gateway = "the far one"};
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.labels = &labels};
    struct ikl_sim_pair pair = pair_of(sim, &heard, NULL);
    char text[2000];

    (void)state;
    ikl_sim_restart_at(pair.b, 0, 0);
    sim_run_for(sim, 0);
    assert_ptr_equal(ikl_sa_user(heard.sas[0]), &heard);
    (void)ikl_sa_describe(heard.sas[0], 0, text, sizeof(text));
    assert_non_null(strstr(text, "the far one"));
    sim_free(sim);
}

static void what_cannot_be_restored_stops_the_world(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct heard heard = {.group = 9};
    struct ikl_sim_pair pair = pair_of(sim, &heard, NULL);

    (void)state;
    ikl_sim_restart_at(pair.b, 1000, 0);
    assert_int_equal(ikl_sim_run_until(sim, 2000), IKL_ERR_INVALID);
    assert_int_equal(heard.restored, 0);
    sim_free(sim);
}

static void take_keys(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    if (strcmp(ikl_sim_host_name(host), "b") == 0) {
        *(struct ikl_keys *)user = *config->protection.keys;
    }
}

static void a_host_may_have_kept_the_keys_itself(void **state)
{
    struct heard heard = {.restored = 0};
    const struct ikl_sim_sa_config sa = {.size = sizeof(sa), .prepare = take_keys, .user = &heard.keys};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = pair_of(sim, &heard, &sa);
    uint64_t epoch = 7;

    (void)state;
    assert_int_equal(ikl_sa_keep_keys(pair.sa_b, &heard.keys, 0), IKL_OK);
    ikl_sim_restart_at(pair.b, seconds(7), 0);
    sim_run_until(sim, seconds(100));
    assert_int_equal(ikl_sa_epoch(heard.sas[0], &epoch), IKL_OK);
    assert_int_equal(epoch, 1);
    assert_up(heard.sas[0]);
    sim_free(sim);
}

static int refuse(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now)
{
    (void)user;
    (void)path;
    (void)datagram;
    (void)len;
    (void)now;
    return IKL_ERR_STATE;
}

static void a_host_whose_endpoint_the_world_did_not_make_sleeps_and_boots(void **state)
{
    struct heard heard = {.restored = 0};
    struct ikl_sim_host_config config = config_of(&heard);
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_host *host;

    (void)state;
    config.no_endpoint = true;
    config.receive = refuse;
    assert_int_equal(ikl_sim_add_host(sim, &config, &host), IKL_OK);
    ikl_sim_restart_at(host, 1000, 500);
    sim_run_until(sim, 1499);
    assert_int_equal(heard.booted, 0);
    sim_run_until(sim, 1500);
    assert_int_equal(heard.booted, 1);
    sim_free(sim);
}

static void over_a_stream_the_ike_sa_survives_too(void **state)
{
    const struct ikl_sim_link_config stream = {.size = sizeof(stream), .stream = true, .encapsulated = true};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .link = &stream};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, &config);

    (void)state;
    ikl_sim_restart_at(pair.a, seconds(10), 2500);
    sim_run_until(sim, seconds(400));
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_RECONNECTED, NULL, 0)->at, seconds(13));
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_DOWN, NULL, 0), 0);
    assert_up(pair.sa_b);
    sim_free(sim);
}

static void a_script_says_it_in_a_line_and_the_trace_shows_it(void **state)
{
    static const char script[] = "host a\nhost b\nlink a b\nsa a b children 1\nat 20 restart b 2.5\nrun 60\n";
    struct ikl_sim *sim = sim_new(1);
    char text[200];

    (void)state;
    assert_int_equal(ikl_sim_play(sim, script, NULL, NULL), IKL_OK);
    (void)ikl_sim_record_text(ikl_sim_find(sim, IKL_SIM_RESTARTED, NULL, 0), text, sizeof(text));
    assert_string_equal(text, "    20.000  b            restarted     for 2.500 s");
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_DOWN, NULL, 0), 0);
    assert_int_equal(ikl_endpoint_n_sas(ikl_sim_host_endpoint(ikl_sim_find_host(sim, "b"))), 1);
    sim_free(sim);
}

TESTS_OF(sim_restart)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_peer_notices_nothing_of_a_restart_whenever_it_is),
        cmocka_unit_test(hosts_may_restart_again_and_again),
        cmocka_unit_test(a_request_that_is_outstanding_is_sent_again_when_it_would_have_been),
        cmocka_unit_test(a_request_of_the_peer_s_is_not_executed_again),
        cmocka_unit_test(child_sas_go_on_with_their_monitors_and_what_belongs_to_them),
        cmocka_unit_test(child_sas_with_the_endpoint_s_monitor_go_on_with_it),
        cmocka_unit_test(a_rekeyed_ike_sa_goes_on_with_its_heir),
        cmocka_unit_test(an_ike_sa_that_is_being_deleted_goes_on_with_that),
        cmocka_unit_test(what_began_connecting_or_was_taken_over_or_is_gone_is_lost),
        cmocka_unit_test(what_is_on_another_endpoint_stays_there),
        cmocka_unit_test(what_was_restored_may_be_taken_over),
        cmocka_unit_test(a_reboot_meanwhile_loses_all_and_another_restart_does_not),
        cmocka_unit_test(the_host_completes_what_a_snapshot_does_not_have),
        cmocka_unit_test(what_cannot_be_restored_stops_the_world),
        cmocka_unit_test(a_host_may_have_kept_the_keys_itself),
        cmocka_unit_test(a_host_whose_endpoint_the_world_did_not_make_sleeps_and_boots),
        cmocka_unit_test(over_a_stream_the_ike_sa_survives_too),
        cmocka_unit_test(a_script_says_it_in_a_line_and_the_trace_shows_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
