/* SPDX-License-Identifier: ISC */
/* Stream links in the simulated world: messages cross in order, until the connection breaks, at whichever octet. */
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

static const struct ikl_sim_link_config a_stream = {.size = sizeof(a_stream), .stream = true};

/* A pair with IKE SAs along a stream link. */
static struct ikl_sim_pair join(struct ikl_sim *sim, const struct ikl_sim_link_config *link, uint32_t window)
{
    const struct ikl_sim_sa_config sa = {.size = sizeof(sa), .window = window};
    const struct ikl_sim_pair_config config = {.size = sizeof(config), .link = link, .sa = &sa};

    return sim_pair(sim, &config);
}

static void ask(struct ikl_sa *sa, uint8_t mark)
{
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {&mark, sizeof(mark)}};

    assert_int_equal(
        ikl_sa_request(sa, IKL_INFORMATIONAL, &payload, 1, NULL, ikl_sim_host_now(ikl_sim_host_of(sa)), NULL), IKL_OK);
}

static size_t count(const struct ikl_sim *sim, enum ikl_sim_event event, const struct ikl_sa *sa)
{
    return ikl_sim_count(sim, event, sa, 0);
}

static void the_paths_of_a_stream_link_are_reliable_and_marked(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = join(sim, &a_stream, 1);

    (void)state;
    assert_true(ikl_sa_path(pair.sa_a)->reliable && ikl_sa_path(pair.sa_a)->encapsulated);
    assert_true(ikl_sa_path(pair.sa_b)->reliable && ikl_sa_path(pair.sa_b)->encapsulated);
    assert_int_equal(ikl_sa_path(pair.sa_a)->remote.port, 4500);
    sim_free(sim);
}

static void bad_weather_makes_messages_later_and_keeps_their_order(void **state)
{
    const struct ikl_sim_link_config link = {.size = sizeof(link),
                                             .stream = true,
                                             .weather = {.loss = IKL_SIM_PERCENT(30),
                                                         .duplication = IKL_SIM_PERCENT(30),
                                                         .reordering = IKL_SIM_PERCENT(30),
                                                         .corruption = IKL_SIM_PERCENT(30),
                                                         .jitter = 50}};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = join(sim, &link, 32);
    uint32_t expected = 0;

    (void)state;
    for (uint8_t i = 0; i < 32; i++) {
        ask(pair.sa_a, i);
    }
    sim_run_until(sim, seconds(4));
    assert_int_equal(count(sim, IKL_SIM_LOST, NULL), 0);
    assert_int_equal(count(sim, IKL_SIM_CORRUPTED, NULL), 0);
    assert_int_equal(count(sim, IKL_SIM_DUPLICATED, NULL), 0);
    assert_true(count(sim, IKL_SIM_HELD, NULL) > 10);
    for (size_t i = 0; ikl_sim_find(sim, IKL_SIM_OUTCOME, pair.sa_a, i) != NULL; i++) {
        assert_int_equal(ikl_sim_find(sim, IKL_SIM_OUTCOME, pair.sa_a, i)->about.outcome.message_id, expected++);
    }
    assert_int_equal(expected, 32);
    sim_free(sim);
}

static void a_cut_that_ends_in_time_loses_nothing(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = join(sim, &a_stream, 1);

    (void)state;
    sim_cut_at(pair.link, seconds(60));
    ikl_sim_restore_at(pair.link, seconds(370));
    sim_run_until(sim, seconds(1000));
    assert_int_equal(count(sim, IKL_SIM_LOST, NULL), 0);
    assert_up(pair.sa_a);
    assert_up(pair.sa_b);
    assert_sends(pair.sa_a, seconds(60), (1000 - 370) / 5 + 1);
    sim_free(sim);
}

static void a_dead_peer_is_given_up_at_the_total_with_one_send(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = join(sim, &a_stream, 1);

    (void)state;
    ikl_sim_sleep_at(pair.b, seconds(60), seconds(10000));
    sim_run_until(sim, seconds(400));
    assert_down(pair.sa_a, IKL_DOWN_TIMEOUT, seconds(60 + 319));
    assert_sends(pair.sa_a, seconds(60), 1);
    sim_free(sim);
}

static void what_is_under_way_when_the_connection_breaks_is_lost_and_goes_out_on_the_next(void **state)
{
    const struct ikl_sim_link_config link = {.size = sizeof(link), .stream = true, .weather = {.delay = 50}};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = join(sim, &link, 1);
    const struct ikl_sim_record *again;

    (void)state;
    ikl_sim_break_at(pair.link, 5020);
    sim_run_until(sim, seconds(7));
    assert_int_equal(count(sim, IKL_SIM_LOST, NULL), 2); /* the check of either side */
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_LOST, NULL, 0)->about.loss, IKL_SIM_LOSS_BROKEN);
    assert_true(ikl_sim_find(sim, IKL_SIM_BROKEN, NULL, 0)->at == 5020);
    assert_true(ikl_sim_find(sim, IKL_SIM_RECONNECTED, NULL, 0)->at == 6020);
    again = ikl_sim_find(sim, IKL_SIM_ATTEMPT, pair.sa_a, 1);
    assert_true(again->at == 6020);
    assert_int_equal(again->about.attempt.cause, IKL_ATTEMPT_RECONNECTED);
    assert_int_equal(count(sim, IKL_SIM_ALIVE, pair.sa_a), 1);
    sim_free(sim);
}

static void while_it_is_broken_sends_fail(void **state)
{
    const struct ikl_sim_link_config link = {.size = sizeof(link), .stream = true, .reconnect = 10000};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = join(sim, &link, 1);

    (void)state;
    ikl_sim_break_at(pair.link, 1000);
    ikl_sim_break_at(pair.link, 2000); /* it is broken already */
    sim_run_until(sim, seconds(10));
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SEND_FAILED, pair.sa_a, 0)->result, IKL_ERR_STATE);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_SEND_FAILED, pair.sa_b, 0)->result, IKL_ERR_STATE);
    assert_int_equal(count(sim, IKL_SIM_BROKEN, NULL), 1);
    sim_run_until(sim, seconds(12));
    assert_true(ikl_sim_find(sim, IKL_SIM_RECONNECTED, NULL, 0)->at == 11000);
    assert_int_equal(count(sim, IKL_SIM_ALIVE, pair.sa_a), 1);
    sim_free(sim);
}

static void each_connection_has_the_next_port_and_the_other_host_follows(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = join(sim, &a_stream, 1);

    (void)state;
    for (uint16_t n = 1; n <= 5; n++) {
        ikl_sim_break_at(pair.link, ikl_sim_now(sim));
        sim_run_for(sim, seconds(10));
        assert_int_equal(ikl_sa_path(pair.sa_a)->local.port, 4500 + n);
        assert_int_equal(ikl_sa_path(pair.sa_b)->remote.port, 4500 + n);
    }
    assert_up(pair.sa_a);
    assert_up(pair.sa_b);
    sim_free(sim);
}

static void it_is_opened_anew_only_where_that_can_be(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = join(sim, &a_stream, 1);

    (void)state;
    ikl_sim_break_at(pair.link, seconds(10));
    sim_cut_at(pair.link, seconds(10));
    ikl_sim_restore_at(pair.link, 15500);
    ikl_sim_sleep_at(pair.a, seconds(15), seconds(2));
    ikl_sim_stall_at(pair.b, seconds(16), 1500);
    sim_run_until(sim, seconds(30));
    assert_true(ikl_sim_find(sim, IKL_SIM_RECONNECTED, NULL, 0)->at == seconds(18));
    assert_up(pair.sa_a);
    sim_free(sim);
}

static void it_breaks_when_a_host_reboots(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = join(sim, &a_stream, 1);

    (void)state;
    ikl_sim_reboot_at(pair.a, seconds(10), 2500);
    sim_run_until(sim, seconds(400));
    assert_true(ikl_sim_find(sim, IKL_SIM_BROKEN, NULL, 0)->at == seconds(10));
    assert_true(ikl_sim_find(sim, IKL_SIM_RECONNECTED, NULL, 0)->at == seconds(13));
    assert_down(pair.sa_b, IKL_DOWN_TIMEOUT, seconds(10 + 319)); /* its peer says nothing over the new one */
    sim_free(sim);
}

static void behind_a_nat_the_port_outside_is_another(void **state)
{
    const struct ikl_address outside = {.ip = {203, 0, 113, 1}, .port = 30000, .family = 4};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_host *a, *b;
    struct ikl_sim_link *link;
    struct ikl_sa *sa_a, *sa_b;

    (void)state;
    assert_int_equal(ikl_sim_add_host(sim, NULL, &a), IKL_OK);
    assert_int_equal(ikl_sim_add_host(sim, NULL, &b), IKL_OK);
    assert_int_equal(ikl_sim_add_link(a, b, &a_stream, &link), IKL_OK);
    ikl_sim_set_nat(link, a, &outside, 0);
    assert_int_equal(ikl_sim_add_sa(link, NULL, &sa_a, &sa_b), IKL_OK);
    ikl_sim_break_at(link, seconds(1));
    sim_run_until(sim, seconds(100));
    assert_int_equal(ikl_sa_path(sa_b)->remote.port, 30001);
    assert_up(sa_a);
    assert_up(sa_b);
    sim_free(sim);
}

static void took_up(void *user, struct ikl_sim_host *host, const struct ikl_path *path, ikl_time now)
{
    *(uint16_t *)user = path->local.port;
    assert_string_equal(ikl_sim_host_name(host), "a");
    assert_true(now == 2000);
}

static void a_host_that_wants_to_is_told_and_goes_on_itself(void **state)
{
    uint16_t port = 0;
    const struct ikl_sim_host_config a = {
        .size = sizeof(a), .endpoint = {.size = sizeof(a.endpoint), .user = &port}, .reconnected = took_up};
    const struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &a, .link = &a_stream};
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, &config);

    (void)state;
    ikl_sim_break_at(pair.link, 1000);
    sim_run_until(sim, seconds(3));
    assert_int_equal(port, 4501);
    assert_int_equal(ikl_sa_path(pair.sa_a)->local.port, 4500);
    sim_free(sim);
}

static void assert_answered(const struct ikl_sim_record *outcome)
{
    assert_non_null(outcome);
    assert_int_equal(outcome->about.outcome.kind, IKL_OUTCOME_ANSWERED);
}

/* The two hosts ask each other, and after `octets` of what one of them sends the connection breaks. */
static void break_after(uint64_t octets, bool of_a)
{
    struct ikl_sim *sim = sim_new(octets);
    struct ikl_sim_pair pair = join(sim, &a_stream, 4);

    ikl_sim_break_after_at(pair.link, of_a ? pair.a : pair.b, 0, octets);
    for (uint8_t i = 0; i < 3; i++) {
        ask(pair.sa_a, i);
        ask(pair.sa_b, i);
    }
    sim_run_until(sim, seconds(20));
    assert_up(pair.sa_a);
    assert_up(pair.sa_b);
    assert_int_equal(count(sim, IKL_SIM_BROKEN, NULL), 1);
    assert_int_equal(count(sim, IKL_SIM_RECONNECTED, NULL), 1);
    for (size_t i = 0; i < 3; i++) {
        assert_answered(ikl_sim_find(sim, IKL_SIM_OUTCOME, pair.sa_a, i));
        assert_answered(ikl_sim_find(sim, IKL_SIM_OUTCOME, pair.sa_b, i));
    }
    sim_free(sim);
}

/* Three requests of about 70 octets each way; what is not answered by then is asked again. */
static void a_break_at_any_octet_loses_no_request_and_costs_nobody_the_ike_sa(void **state)
{
    (void)state;
    for (uint64_t octets = 0; octets <= 230; octets++) {
        break_after(octets, true);
        break_after(octets, false);
    }
}

static void a_fate_breaks_it_in_the_middle_of_a_message(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = join(sim, &a_stream, 1);

    (void)state;
    ikl_sim_set_fates(pair.link, pair.b, ".b");
    sim_run_until(sim, seconds(20));
    assert_int_equal(count(sim, IKL_SIM_BROKEN, NULL), 1);
    assert_true(count(sim, IKL_SIM_LOST, NULL) >= 1);
    assert_up(pair.sa_a);
    sim_free(sim);
}

static void other_links_do_not_break(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, NULL);

    (void)state;
    ikl_sim_break_at(pair.link, 0);
    ikl_sim_break_after_at(pair.link, pair.a, 0, 0);
    ikl_sim_set_fates(pair.link, NULL, "b");
    sim_run_until(sim, seconds(20));
    assert_int_equal(count(sim, IKL_SIM_BROKEN, NULL), 0);
    assert_int_equal(count(sim, IKL_SIM_LOST, NULL), 0);
    sim_free(sim);
}

static int play(struct ikl_sim *sim, const char *script)
{
    return ikl_sim_play(sim, script, NULL, NULL);
}

static void a_script_can_say_all_that(void **state)
{
    struct ikl_sim *in_words = sim_new(1), *in_c = sim_new(1);
    const struct ikl_sim_link_config link = {.size = sizeof(link), .stream = true, .reconnect = 2500};
    struct ikl_sim_pair pair = join(in_c, &link, 1);

    (void)state;
    assert_int_equal(play(in_words, "host a\nhost b\nlink a b stream reconnect 2.5\nsa a b\nat 10 break a b\n"
                                    "at 20 break-after b a 100\nrun 60\n"),
                     IKL_OK);
    ikl_sim_break_at(pair.link, seconds(10));
    ikl_sim_break_after_at(pair.link, pair.b, seconds(20), 100);
    sim_run_until(in_c, seconds(60));
    assert_true(ikl_sim_hash(in_words) == ikl_sim_hash(in_c));
    assert_int_equal(count(in_c, IKL_SIM_RECONNECTED, NULL), 2);
    sim_free(in_words);
    sim_free(in_c);
}

static void lines_of_a_script_that_are_wrong_are_refused(void **state)
{
    static const char *const wrong[] = {"break a b 1", "break-after a b", "break-after a b x", "break-after a b 1 2"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct ikl_sim *sim = sim_new(1);

        assert_int_equal(play(sim, "host a\nhost b\nlink a b stream\n"), IKL_OK);
        assert_int_equal(play(sim, wrong[i]), IKL_ERR_INVALID);
        sim_free(sim);
    }
}

TESTS_OF(sim_stream)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_paths_of_a_stream_link_are_reliable_and_marked),
        cmocka_unit_test(bad_weather_makes_messages_later_and_keeps_their_order),
        cmocka_unit_test(a_cut_that_ends_in_time_loses_nothing),
        cmocka_unit_test(a_dead_peer_is_given_up_at_the_total_with_one_send),
        cmocka_unit_test(what_is_under_way_when_the_connection_breaks_is_lost_and_goes_out_on_the_next),
        cmocka_unit_test(while_it_is_broken_sends_fail),
        cmocka_unit_test(each_connection_has_the_next_port_and_the_other_host_follows),
        cmocka_unit_test(it_is_opened_anew_only_where_that_can_be),
        cmocka_unit_test(it_breaks_when_a_host_reboots),
        cmocka_unit_test(behind_a_nat_the_port_outside_is_another),
        cmocka_unit_test(a_host_that_wants_to_is_told_and_goes_on_itself),
        cmocka_unit_test(a_break_at_any_octet_loses_no_request_and_costs_nobody_the_ike_sa),
        cmocka_unit_test(a_fate_breaks_it_in_the_middle_of_a_message),
        cmocka_unit_test(other_links_do_not_break),
        cmocka_unit_test(a_script_can_say_all_that),
        cmocka_unit_test(lines_of_a_script_that_are_wrong_are_refused),
    };

    return cmocka_run_group_tests_name("sim_stream", tests, NULL, NULL);
}
