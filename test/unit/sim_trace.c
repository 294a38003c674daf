/* SPDX-License-Identifier: ISC */
/* The trace of a simulated world: its records, its text, and its hash. */
#include "support/test.h"

#include <ikelive/sim_cmocka.h>

#include <ctype.h>

static struct ikl_sim *world(uint64_t seed, const struct ikl_sim_manners *manners, struct ikl_sim_pair *pair)
{
    static const struct ikl_sim_link_config link = {.size = sizeof(link),
                                                    .weather = {.loss = IKL_SIM_PERCENT(20),
                                                                .duplication = IKL_SIM_PERCENT(10),
                                                                .corruption = IKL_SIM_PERCENT(5),
                                                                .delay = 20,
                                                                .jitter = 30}};
    static const struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = 2};
    struct ikl_sim_host_config host = {.size = sizeof(host), .manners = *manners};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .a = &host, .b = &host, .link = &link, .sa = &sa};
    struct ikl_sim *sim = sim_new(seed);

    *pair = sim_pair(sim, &config);
    sim_cut_at(pair->link, seconds(600));
    return sim;
}

static uint64_t hash_of(uint64_t seed, const struct ikl_sim_manners *manners)
{
    struct ikl_sim_pair pair;
    struct ikl_sim *sim = world(seed, manners, &pair);
    uint64_t hash;

    sim_run_until(sim, seconds(1000));
    hash = ikl_sim_hash(sim);
    sim_free(sim);
    return hash;
}

static const struct ikl_sim_manners exact = {.tick = 0};

static void the_same_seed_gives_the_same_hash_and_another_another(void **state)
{
    uint64_t hash = hash_of(1, &exact);

    (void)state;
    assert_true(hash == hash_of(1, &exact));
    assert_true(hash != hash_of(2, &exact));
}

/* The figure is the same wherever this test runs: 32 and 64 bits, either byte order. It changes only when the library
 * does something else in this story, or the hash is made in another way. */
static void the_hash_of_a_fixed_story_is_the_same_on_every_architecture(void **state)
{
    (void)state;
    assert_int_equal(hash_of(1, &exact), UINT64_C(0x2ed38ae156432094));
}

static void the_hash_does_not_depend_on_how_often_hosts_get_the_time(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        assert_true(hash_of(seed, &exact) == hash_of(seed, &(struct ikl_sim_manners){.tick = 1}));
    }
}

static void the_hash_shows_when_they_get_it_late(void **state)
{
    (void)state;
    assert_true(hash_of(1, &exact) != hash_of(1, &(struct ikl_sim_manners){.tick = 70}));
    assert_true(hash_of(1, &exact) != hash_of(1, &(struct ikl_sim_manners){.late = 70}));
}

static void the_hash_does_not_depend_on_how_far_the_world_is_run_at_once(void **state)
{
    struct ikl_sim_pair pair;
    struct ikl_sim *sim = world(1, &exact, &pair);

    (void)state;
    for (ikl_time at = 0; at <= seconds(1000); at += 333) {
        sim_run_until(sim, at);
    }
    while (ikl_sim_now(sim) < seconds(1000) && ikl_sim_step(sim) == IKL_OK) {
    }
    assert_true(ikl_sim_hash(sim) == hash_of(1, &exact));
    sim_free(sim);
}

static void a_single_octet_or_number_changes_the_hash(void **state)
{
    struct ikl_sim *one = sim_new(1), *two = sim_new(1);

    (void)state;
    assert_true(ikl_sim_hash(one) == ikl_sim_hash(two));
    ikl_sim_note(one, NULL, "a line");
    assert_true(ikl_sim_hash(one) != ikl_sim_hash(two));
    ikl_sim_note(two, NULL, "a lime");
    assert_true(ikl_sim_hash(one) != ikl_sim_hash(two));
    sim_free(two);
    two = sim_new(1);
    sim_run_until(two, 1);
    ikl_sim_note(two, NULL, "a line");
    assert_true(ikl_sim_hash(one) != ikl_sim_hash(two));
    sim_free(one);
    sim_free(two);
}

struct observer {
    size_t n;
    ikl_time last;
    uint64_t octets;
};

static void observe(void *user, const struct ikl_sim_record *record)
{
    struct observer *observer = user;

    assert_true(record->at >= observer->last);
    observer->last = record->at;
    observer->octets += record->octets.len;
    observer->n++;
}

static void records_may_be_observed_and_need_not_be_kept(void **state)
{
    struct observer kept = {.n = 0}, forgotten = {.n = 0};
    struct ikl_sim_config config = {.size = sizeof(config), .seed = 4, .observe = observe, .user = &kept};
    struct ikl_sim_pair pair;
    struct ikl_sim *one, *two;

    (void)state;
    assert_int_equal(ikl_sim_new(&one, &config), IKL_OK);
    config.forget = true;
    config.user = &forgotten;
    assert_int_equal(ikl_sim_new(&two, &config), IKL_OK);
    pair = sim_pair(one, NULL);
    sim_cut_at(pair.link, seconds(50));
    pair = sim_pair(two, NULL);
    sim_cut_at(pair.link, seconds(50));
    sim_run_until(one, seconds(500));
    sim_run_until(two, seconds(500));
    assert_true(kept.n > 100);
    assert_int_equal(ikl_sim_n_records(one), kept.n);
    assert_int_equal(ikl_sim_n_records(two), 0);
    assert_null(ikl_sim_record_at(two, 0));
    assert_int_equal(forgotten.n, kept.n);
    assert_int_equal(forgotten.octets, kept.octets);
    assert_true(ikl_sim_hash(one) == ikl_sim_hash(two));
    sim_free(one);
    sim_free(two);
}

static void records_are_found_and_counted_by_event_and_ike_sa(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, NULL);
    struct ikl_sa *sa;

    (void)state;
    assert_int_equal(ikl_sim_add_sa(pair.link, NULL, &sa, NULL), IKL_OK);
    sim_run_until(sim, seconds(20));
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_ALIVE, NULL, 0), 16);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_ALIVE, sa, 0), 4);
    assert_int_equal(ikl_sim_count(sim, IKL_SIM_ALIVE, sa, seconds(15)), 2);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_ALIVE, sa, 3)->at, seconds(20));
    assert_ptr_equal(ikl_sim_find(sim, IKL_SIM_ALIVE, sa, 3)->sa, sa);
    assert_true(ikl_sim_find(sim, IKL_SIM_ALIVE, sa, 3)->spi_i == ikl_sa_spi_i(sa));
    assert_true(ikl_sim_find(sim, IKL_SIM_ALIVE, sa, 3)->spi_r == ikl_sa_spi_r(sa));
    assert_null(ikl_sim_find(sim, IKL_SIM_ALIVE, sa, 4));
    assert_null(ikl_sim_find(sim, IKL_SIM_DOWN, NULL, 0));
    sim_free(sim);
}

static void what_became_of_a_datagram_has_its_number(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, NULL);
    const struct ikl_sim_record *sent, *record;

    (void)state;
    ikl_sim_set_fates(pair.link, NULL, "2");
    sim_run_until(sim, seconds(5));
    sent = ikl_sim_find(sim, IKL_SIM_SENT, NULL, 0);
    assert_int_equal(sent->datagram, 1);
    assert_ptr_equal(sent->host, pair.a);
    assert_null(sent->link);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_DUPLICATED, NULL, 0)->datagram, 1);
    record = ikl_sim_find(sim, IKL_SIM_DELIVERED, NULL, 0);
    assert_int_equal(record->datagram, 1);
    assert_ptr_equal(record->host, pair.b);
    assert_ptr_equal(record->link, pair.link);
    assert_int_equal(record->octets.len, sent->octets.len);
    assert_memory_equal(record->octets.data, sent->octets.data, sent->octets.len);
    assert_int_equal(ikl_sim_find(sim, IKL_SIM_DELIVERED, NULL, 1)->datagram, 1);
    sim_free(sim);
}

static void pointers_into_what_callbacks_were_given_are_null(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    struct ikl_sim_pair pair = sim_pair(sim, NULL);
    const struct ikl_sim_record *record;

    (void)state;
    assert_int_equal(ikl_sa_request(pair.sa_a, IKL_CREATE_CHILD_SA, NULL, 0, NULL, 0, NULL), IKL_OK);
    sim_run_until(sim, 0);
    record = ikl_sim_find(sim, IKL_SIM_OUTCOME, pair.sa_a, 0);
    assert_null(record->about.outcome.request);
    assert_null(record->about.outcome.plaintext.data);
    /* NO_ADDITIONAL_SAS in a Notify payload */
    assert_int_equal(record->octets.len, 8);
    assert_memory_equal(record->octets.data, ((uint8_t[]){0, 0, 0, 8, 0, 0, 0, 35}), 8);
    ikl_sa_close(pair.sa_a, 0);
    record = ikl_sim_find(sim, IKL_SIM_DOWN, pair.sa_a, 0);
    assert_null(record->about.down.events);
    assert_int_equal(record->about.down.n_events, 0);
    sim_free(sim);
}

/* A question mark in `expected` stands for any hexadecimal digit: of an SPI. */
static void assert_line(const struct ikl_sim *sim, enum ikl_sim_event event, const char *expected)
{
    const struct ikl_sim_record *record = ikl_sim_find(sim, event, NULL, 0);
    char line[200];

    assert_non_null(record);
    assert_int_equal(ikl_sim_record_text(record, line, sizeof(line)), strlen(expected));
    for (size_t i = 0; i < strlen(expected); i++) {
        line[i] = expected[i] == '?' && isxdigit((unsigned char)line[i]) ? '?' : line[i];
    }
    assert_string_equal(line, expected);
}

static void answer_late(void *user, struct ikl_sa *sa, const struct ikl_peer_request *request)
{
    (void)user;
    (void)sa;
    (void)request;
}

static struct ikl_sim *busy_world(struct ikl_sim_pair *pair)
{
    struct ikl_sim_host_config b = {
        .size = sizeof(b),
        .name = "gateway",
        .endpoint = {.size = sizeof(b.endpoint),
                     .callbacks = {.size = sizeof(b.endpoint.callbacks), .peer_request = answer_late}}};
    struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = 1};
    struct ikl_sim_pair_config config = {.size = sizeof(config), .b = &b, .sa = &sa};
    struct ikl_sim *sim = sim_new(1);

    *pair = sim_pair(sim, &config);
    return sim;
}

static void lines_say_what_crossed(void **state)
{
    struct ikl_sim_pair pair;
    struct ikl_sim *sim = busy_world(&pair);

    (void)state;
    ikl_sim_set_fates(pair.link, NULL, "x2hc");
    ikl_sim_fail_sends_at(pair.a, 1500, 1);
    sim_run_until(sim, 1500);
    assert_int_equal(ikl_sa_probe(pair.sa_a, 1500), IKL_OK);
    sim_run_until(sim, seconds(40));
    assert_line(sim, IKL_SIM_SENDS_FAIL, "     1.500  a            sends fail    the next 1");
    ikl_sim_block_sends_at(pair.a, seconds(40), 250);
    sim_run_until(sim, seconds(41));
    assert_line(sim, IKL_SIM_SENDS_BLOCK, "    40.000  a            sends block   for 0.250 s");
    assert_line(sim, IKL_SIM_WRITABLE, "    40.250  a            writable");
    assert_line(sim, IKL_SIM_SEND_FAILED,
                "     1.500  a      ????  send failed   #1 INFORMATIONAL 0 request, 57 octets: IKL_ERR_NO_BUFFER");
    assert_line(sim, IKL_SIM_SENT, "     2.500  a      ????  sent          #2 INFORMATIONAL 0 request, 57 octets");
    assert_line(sim, IKL_SIM_LOST,
                "     2.500  a > gateway  ????  lost          #2 INFORMATIONAL 0 request, 57 octets: chance");
    assert_line(sim, IKL_SIM_DUPLICATED,
                "     4.500  a > gateway  ????  duplicated    #3 INFORMATIONAL 0 request, 57 octets");
    assert_line(sim, IKL_SIM_DELIVERED,
                "     4.500  a > gateway  ????  delivered     #3 INFORMATIONAL 0 request, 57 octets");
    assert_line(sim, IKL_SIM_HELD,
                "     4.500  gateway > a  ????  held          #4 INFORMATIONAL 0 response, 57 octets");
    assert_non_null(ikl_sim_find(sim, IKL_SIM_CORRUPTED, NULL, 0));
    sim_free(sim);
}

static void lines_say_what_is_wrong_with_an_answer(void **state)
{
    static const uint8_t syntax[] = {0, 0, 0, IKL_NOTIFY_INVALID_SYNTAX};
    static const struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY, .body = {syntax, sizeof(syntax)}};
    struct ikl_sim_pair pair;
    struct ikl_sim *sim = busy_world(&pair);

    (void)state;
    assert_int_equal(ikl_sa_request(pair.sa_a, IKL_CREATE_CHILD_SA, NULL, 0, NULL, 0, NULL), IKL_OK);
    sim_run_until(sim, 0);
    assert_int_equal(ikl_sa_respond(pair.sa_b, 0, &payload, 1, 0), IKL_OK);
    sim_run_until(sim, seconds(1));
    assert_line(
        sim, IKL_SIM_ALIVE,
        "     0.000  a      ????  alive         CREATE_CHILD_SA 0 answered after 1 send, error 7 INVALID_SYNTAX");
    assert_line(sim, IKL_SIM_DOWN, "     0.000  gateway      ????  down          protocol error");
    assert_int_equal(ikl_sa_state(pair.sa_a), IKL_SA_DEAD);
    sim_free(sim);
}

static void lines_say_what_was_called_back(void **state)
{
    struct ikl_sim_pair pair;
    struct ikl_sim *sim = busy_world(&pair);

    (void)state;
    assert_int_equal(ikl_sa_request(pair.sa_a, IKL_CREATE_CHILD_SA, NULL, 0, NULL, 0, NULL), IKL_OK);
    sim_run_until(sim, 0);
    assert_int_equal(ikl_sa_respond(pair.sa_b, 0, NULL, 0, 0), IKL_OK);
    sim_cut_at(pair.link, 1000);
    sim_run_until(sim, seconds(400));
    assert_line(sim, IKL_SIM_PEER_REQUEST,
                "     0.000  gateway      ????  request       CREATE_CHILD_SA 0, 0 octets of payloads");
    assert_line(sim, IKL_SIM_ATTEMPT,
                "     0.000  a      ????  attempt       CREATE_CHILD_SA 0, request, then a wait of 1.000 s");
    assert_line(sim, IKL_SIM_ALIVE, "     0.000  a      ????  alive         CREATE_CHILD_SA 0 answered after 1 send");
    assert_line(sim, IKL_SIM_OUTCOME, "     0.000  a      ????  outcome       CREATE_CHILD_SA 0 answered");
    assert_line(sim, IKL_SIM_REACHABILITY, "     6.000  a      ????  reachability  SUSPECT");
    assert_line(sim, IKL_SIM_CUT, "     1.000  a - gateway        cut");
    assert_line(sim, IKL_SIM_STATE, "   324.000  a      ????  state         DYING");
    assert_line(sim, IKL_SIM_CHILD_DOWN,
                "   324.000  a      ????  child down    ESP a0000001: timeout of INFORMATIONAL 1 after 10 sends");
    assert_line(sim, IKL_SIM_DOWN, "   324.000  a      ????  down          timeout of INFORMATIONAL 1 after 10 sends");
    sim_free(sim);
}

static void live_through_an_outage(struct ikl_sim *sim, struct ikl_sim_link *link)
{
    struct ikl_sim_outages outages = {
        .size = sizeof(outages), .n = 1, .kinds = {{IKL_SIM_LOG_NORMAL, 10000, 0, 1000000}}};

    assert_int_equal(ikl_sim_set_outages_at(link, ikl_sim_now(sim), &outages), IKL_OK);
    while (ikl_sim_count(sim, IKL_SIM_LINK_BACK, NULL, 0) == 0) {
        assert_int_equal(ikl_sim_step(sim), IKL_OK);
    }
}

static void lines_say_what_befell_hosts_and_links(void **state)
{
    static const struct ikl_address outside = {.ip = {203, 0, 113, 7}, .port = 40000, .family = 4};
    struct ikl_sim_pair pair;
    struct ikl_sim *sim = busy_world(&pair);

    (void)state;
    ikl_sim_note(sim, NULL, "the story\nbegins");
    sim_stall_at(pair.a, 0, 1000);
    sim_sleep_at(pair.b, 0, 1500);
    sim_reboot_at(pair.b, seconds(2), 0);
    ikl_sim_set_clock_at(pair.a, seconds(3), -2500);
    ikl_sim_set_clock_at(pair.a, seconds(4), 500);
    ikl_sim_set_nat(pair.link, pair.a, &outside, 0);
    ikl_sim_move_at(pair.link, pair.b, seconds(3), &outside);
    sim_restore_at(pair.link, seconds(3));
    ikl_sim_set_weather_at(pair.link, pair.a, seconds(3), &(struct ikl_sim_weather){.delay = 1});
    ikl_sim_set_manners_at(pair.a, seconds(3), &exact);
    sim_run_until(sim, seconds(8));
    live_through_an_outage(sim, pair.link);
    assert_line(sim, IKL_SIM_LINK_OUT, "    74.955  a - gateway        link out      for 10.000 s");
    assert_line(sim, IKL_SIM_LINK_BACK, "    84.955  a - gateway        link back");
    assert_line(sim, IKL_SIM_NOTE, "     0.000               note          the story\\x0abegins");
    assert_line(sim, IKL_SIM_STALLED, "     0.000  a            stalled       for 1.000 s");
    assert_line(sim, IKL_SIM_SLEPT, "     0.000  gateway            slept         for 1.500 s");
    assert_line(sim, IKL_SIM_AWAKE, "     1.000  a            awake");
    assert_line(sim, IKL_SIM_REBOOTED, "     2.000  gateway            rebooted      for 0.000 s");
    assert_line(sim, IKL_SIM_CLOCK_SET, "     3.000  a            clock set     back by 2.500 s");
    assert_line(sim, IKL_SIM_REBOUND, "     0.000  a > gateway        rebound       to 203.0.113.7:40000");
    assert_line(sim, IKL_SIM_MOVED, "     3.000  gateway > a        moved         to 203.0.113.7:40000");
    assert_line(sim, IKL_SIM_RESTORED, "     3.000  a - gateway        restored");
    assert_line(sim, IKL_SIM_WEATHER, "     3.000  a > gateway        weather");
    assert_line(sim, IKL_SIM_MANNERS, "     3.000  a            manners");
    assert_line(sim, IKL_SIM_LOST,
                "     7.000  a      ????  lost          #1 INFORMATIONAL 0 request, 57 octets: no route");
    sim_free(sim);
}

static void lines_say_what_was_refused_and_what_is_no_ike(void **state)
{
    struct ikl_sim_pair pair;
    struct ikl_sim *sim = busy_world(&pair);
    struct ikl_path path = ikl_sim_path(pair.link, pair.b);

    (void)state;
    ikl_sim_inject_at(pair.b, 0, &path, (const uint8_t[IKL_HEADER_LEN]){1, [17] = 0x20, [27] = IKL_HEADER_LEN},
                      IKL_HEADER_LEN);
    assert_line(sim, IKL_SIM_DELIVERED,
                "     0.000  ? > gateway  0000  delivered     #1 exchange 0 0 request, 28 octets");
    assert_line(sim, IKL_SIM_UNMATCHED, "     0.000  gateway      0000  unmatched     from 10.0.0.1:500");
    assert_line(sim, IKL_SIM_REFUSED,
                "     0.000  ? > gateway  0000  refused       #1 exchange 0 0 request, 28 octets: IKL_ERR_UNKNOWN_SPI");
    sim_free(sim);
    sim = busy_world(&pair);
    ikl_sim_inject_at(pair.b, 0, &path, (const uint8_t *)"\xff", 1);
    assert_line(sim, IKL_SIM_DELIVERED, "     0.000  ? > gateway        delivered     #1 NAT keepalive, 1 octets");
    sim_free(sim);
    sim = busy_world(&pair);
    ikl_sim_inject_at(pair.b, 0, &path, (const uint8_t *)"not IKE", 7);
    assert_line(sim, IKL_SIM_DELIVERED, "     0.000  ? > gateway        delivered     #1 not IKE, 7 octets");
    sim_free(sim);
}

static void a_line_that_does_not_fit_is_cut_and_its_whole_length_returned(void **state)
{
    struct ikl_sim *sim = sim_new(1);
    char line[12];

    (void)state;
    ikl_sim_note(sim, NULL, "a line");
    assert_int_equal(ikl_sim_record_text(ikl_sim_record_at(sim, 0), line, sizeof(line)), 45);
    assert_string_equal(line, "     0.000 ");
    assert_int_equal(ikl_sim_record_text(ikl_sim_record_at(sim, 0), NULL, 0), 45);
    sim_free(sim);
}

static void every_event_and_loss_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i <= IKL_SIM_RESTARTED; i++) {
        assert_string_not_equal(ikl_sim_event_name((enum ikl_sim_event)i), "?");
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(ikl_sim_event_name((enum ikl_sim_event)i),
                                    ikl_sim_event_name((enum ikl_sim_event)j));
        }
    }
    assert_string_equal(ikl_sim_event_name((enum ikl_sim_event)(IKL_SIM_RESTARTED + 1)), "?");
    assert_string_equal(ikl_sim_event_name(IKL_SIM_AWAKE), "awake");
    assert_string_equal(ikl_sim_event_name(IKL_SIM_DOWN), "down");
    assert_string_equal(ikl_sim_loss_name(IKL_SIM_LOSS_CHANCE), "chance");
    assert_string_equal(ikl_sim_loss_name(IKL_SIM_LOSS_ABSENT), "absent");
    assert_string_equal(ikl_sim_loss_name(IKL_SIM_LOSS_OUTAGE), "outage");
    assert_string_equal(ikl_sim_loss_name((enum ikl_sim_loss)(IKL_SIM_LOSS_BROKEN + 1)), "?");
}

TESTS_OF(sim_trace)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_hash_and_another_another),
        cmocka_unit_test(the_hash_of_a_fixed_story_is_the_same_on_every_architecture),
        cmocka_unit_test(the_hash_does_not_depend_on_how_often_hosts_get_the_time),
        cmocka_unit_test(the_hash_shows_when_they_get_it_late),
        cmocka_unit_test(the_hash_does_not_depend_on_how_far_the_world_is_run_at_once),
        cmocka_unit_test(a_single_octet_or_number_changes_the_hash),
        cmocka_unit_test(records_may_be_observed_and_need_not_be_kept),
        cmocka_unit_test(records_are_found_and_counted_by_event_and_ike_sa),
        cmocka_unit_test(what_became_of_a_datagram_has_its_number),
        cmocka_unit_test(pointers_into_what_callbacks_were_given_are_null),
        cmocka_unit_test(lines_say_what_crossed),
        cmocka_unit_test(lines_say_what_is_wrong_with_an_answer),
        cmocka_unit_test(lines_say_what_was_called_back),
        cmocka_unit_test(lines_say_what_befell_hosts_and_links),
        cmocka_unit_test(lines_say_what_was_refused_and_what_is_no_ike),
        cmocka_unit_test(a_line_that_does_not_fit_is_cut_and_its_whole_length_returned),
        cmocka_unit_test(every_event_and_loss_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
