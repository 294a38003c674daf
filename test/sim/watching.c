/* SPDX-License-Identifier: ISC */
/* The laws see what they are there to see: requests, what is sent, what goes down, and how a world ends. */
#include "watching.h"

#include "worlds/scripted.h"

#include "support/monitored.h"
#include "support/test.h"

#include "sa/dues.h"
#include "sa/sa.h"

#include <string.h>

static void a_request_that_was_executed_and_answered_once_is_right(void **state)
{
    struct laws *laws = new_laws();
    uint32_t number = laws_request_made(laws, NULL);

    (void)state;
    laws_request_executed(laws, number);
    laws_request_ended(laws, number, true);
    laws_requests_over(laws);
    assert_null(laws->wrong);
    assert_int_equal(laws_requests_answered(laws), 1);
}

static void a_request_that_is_executed_or_ends_twice_or_never_or_that_nobody_made_is_wrong(void **state)
{
    struct laws *laws = new_laws();

    (void)state;
    (void)laws_request_made(laws, NULL);
    laws_requests_over(laws);
    assert_string_equal(laws->wrong, "a request never ended");
    laws = new_laws();
    (void)laws_request_made(laws, NULL);
    laws_request_executed(laws, 0);
    laws_request_executed(laws, 0);
    assert_string_equal(laws->wrong, "a request was executed twice");
    laws = new_laws();
    (void)laws_request_made(laws, NULL);
    laws_request_ended(laws, 0, false);
    laws_request_ended(laws, 0, false);
    assert_string_equal(laws->wrong, "a request ended twice");
    laws = new_laws();
    (void)laws_request_made(laws, NULL);
    laws_request_ended(laws, 0, true);
    assert_string_equal(laws->wrong, "a request was answered that was not executed");
    laws = new_laws();
    laws_request_executed(laws, 0);
    assert_string_equal(laws->wrong, "a request was executed that nobody made");
    laws = new_laws();
    laws_request_ended(laws, 0, false);
    assert_string_equal(laws->wrong, "a request ended that nobody made");
}

static void who_lost_all_it_had_is_owed_no_outcome(void **state)
{
    static const char one, other;
    struct laws *laws = new_laws();

    (void)state;
    (void)laws_request_made(laws, &one);
    (void)laws_request_made(laws, &other);
    laws_requests_lost(laws, &one);
    laws_requests_lost(laws, &other);
    laws_requests_over(laws);
    assert_null(laws->wrong);
    laws_request_ended(laws, 0, false);
    assert_string_equal(laws->wrong, "a request ended twice");
}

static void a_request_that_is_lost_or_taken_back_is_so_alone(void **state)
{
    struct laws *laws = new_laws();

    (void)state;
    (void)laws_request_made(laws, NULL);
    (void)laws_request_made(laws, NULL);
    laws_request_executed(laws, 0);
    laws_request_forgotten(laws, 0);
    laws_request_executed(laws, 0); /* it came anew */
    laws_request_lost(laws, 0);
    assert_null(laws->wrong);
    laws_requests_over(laws);
    assert_string_equal(laws->wrong, "a request never ended");
    laws = new_laws();
    (void)laws_request_made(laws, NULL);
    laws_request_forgotten(laws, 0);
    assert_string_equal(laws->wrong, "a request is taken back that was not executed once");
}

static void the_number_of_a_request_that_could_not_be_made_is_free_again_and_there_are_so_many(void **state)
{
    struct laws *laws = new_laws();

    (void)state;
    laws_request_refused(laws, laws_request_made(laws, NULL));
    assert_int_equal(laws->n_requests, 0);
    for (uint32_t i = 0; i < LAWS_REQUESTS; i++) {
        assert_int_equal(laws_request_made(laws, NULL), i);
    }
    assert_int_equal(laws_request_made(laws, NULL), UINT32_MAX);
    laws_request_ended(laws, 5, false);
    laws_request_refused(laws, 5);
    assert_string_equal(laws->wrong, "a request that could not be made was executed or ended");
}

static void the_requests_of_a_peer_come_once_and_in_order(void **state)
{
    struct laws *laws = new_laws();
    struct laws_end end = {.host = NULL};

    (void)state;
    laws_peer_request(laws, &end, &(struct ikl_peer_request){.message_id = 0});
    laws_peer_request(laws, &end, &(struct ikl_peer_request){.message_id = 2});
    assert_null(laws->wrong);
    laws_peer_request(laws, &end, &(struct ikl_peer_request){.message_id = 1});
    assert_string_equal(laws->wrong, "a request was delivered twice or out of order");
}

static void what_goes_down_twice_or_in_the_wrong_order_is_wrong(void **state)
{
    const struct ikl_down closed = {.reason = IKL_DOWN_CLOSED};
    struct laws *laws = new_laws();
    struct laws_host host = {.children_up = 0};
    struct laws_end end = {.host = &host}, other = {.host = &host};

    (void)state;
    laws_children_up(&host, 1);
    laws_child_down(laws, &end);
    laws_down(laws, &end, &closed, 0);
    assert_null(laws->wrong);
    laws_down(laws, &end, &closed, 0);
    assert_string_equal(laws->wrong, "an IKE SA went down twice");
    laws = new_laws();
    laws_children_up(&host, 1);
    laws_child_down(laws, &end);
    assert_string_equal(laws->wrong, "a Child SA went down after its IKE SA");
    laws = new_laws();
    laws_child_down(laws, &other);
    assert_string_equal(laws->wrong, "a Child SA went down twice");
    laws = new_laws();
    laws_check_children(laws, &(struct laws_host){.children_up = 1});
    assert_string_equal(laws->wrong, "a Child SA never went down");
    laws = new_laws();
    laws_state(laws, &end, IKL_SA_DEAD);
    assert_null(laws->wrong);
    laws_state(laws, &end, IKL_SA_ESTABLISHED);
    assert_string_equal(laws->wrong, "an IKE SA came back after it went down");
}

static void a_request_that_is_overdue_where_nothing_is_measured_is_wrong(void **state)
{
    const struct ikl_attempt overdue = {
        .message_id = 7, .wait = 1000, .liveness = true, .cause = IKL_ATTEMPT_OVERDUE, .retransmission = 1};
    struct laws *laws = new_laws();
    struct laws_end end = {.round_trip_sends = true};

    (void)state;
    laws_attempt(laws, &end, &(struct ikl_attempt){.message_id = 7, .wait = 1000, .liveness = true}, 0);
    laws_attempt(laws, &end, &overdue, 100);
    assert_null(laws->wrong);
    end.round_trip_sends = false;
    laws_attempt(laws, &end, &overdue, 300);
    assert_string_equal(laws->wrong, "a request was overdue that nobody measures");
}

/* What the laws say when a sends `first`, again, and then `then`. */
static const char *send_both(const uint8_t *first, const uint8_t *then, size_t len)
{
    struct laws *laws = new_laws();

    laws_sent(laws, (struct ikl_octets){first, len}, false);
    laws_sent(laws, (struct ikl_octets){first, len}, false);
    laws_sent(laws, (struct ikl_octets){then, len}, false);
    return laws->wrong;
}

static void two_messages_with_one_initialisation_vector_or_one_message_id_are_wrong(void **state)
{
    uint8_t first[] = {1, [16] = IKL_PAYLOAD_SK, 0x20, IKL_INFORMATIONAL, 8, [27] = 57, [31] = 29, [39] = 5, [56] = 0};
    uint8_t second[sizeof(first)];

    (void)state;
    memcpy(second, first, sizeof(first));
    second[39] = 6;
    second[23] = 1; /* the next Message ID */
    assert_null(send_both(first, second, sizeof(first)));
    second[39] = 5;
    assert_string_equal(send_both(first, second, sizeof(first)), "two messages have one initialisation vector");
    memcpy(second, first, sizeof(first));
    second[39] = 6;
    assert_string_equal(send_both(first, second, sizeof(first)), "a message that was sent again is not the same");
}

static void what_is_sent_without_protection_is_wrong(void **state)
{
    uint8_t plain[] = {1, [16] = IKL_PAYLOAD_NOTIFY, 0x20, IKL_INFORMATIONAL, 8, [27] = 32, [31] = 4};
    struct laws *laws = new_laws();

    (void)state;
    laws_sent(laws, (struct ikl_octets){(const uint8_t *)"\xff", 1}, false);
    assert_null(laws->wrong);
    laws_sent(laws, (struct ikl_octets){plain, sizeof(plain)}, false);
    assert_string_equal(laws->wrong, "a message was sent without protection");
    laws = new_laws();
    laws_sent(laws, (struct ikl_octets){plain, 1}, false);
    assert_string_equal(laws->wrong, "what was sent is neither IKE nor a NAT keepalive");
}

/* What is wrong with the world of a script. */
static const char *check_script(const char *script)
{
    static struct world world;
    const char *wrong;

    assert_int_equal(world_play(&world, 1, script, false, NULL), IKL_OK);
    wrong = world_check(&world);
    assert_null(world_clear(&world));
    return wrong;
}

/* Without a monitor that the laws could look at. */
static const struct ikl_child some_child = {.spi_in = 1};

static void tell_monitor(struct laws *laws, struct laws_end *end, enum ikl_monitor_state monitor, uint32_t generation,
                         bool renew)
{
    const struct ikl_monitor_change change = {.state = monitor, .generation = generation, .renew = renew};

    laws_monitor(laws, end, NULL, &some_child, &change, 1);
}

static void a_monitor_that_judges_without_an_answer_or_asks_for_keys_twice_is_wrong(void **state)
{
    struct laws_host of = {.late = true};
    struct laws_end end = {.host = &of};
    struct laws *laws = new_laws();

    (void)state;
    tell_monitor(laws, &end, IKL_MONITOR_UP, 1, false);
    tell_monitor(laws, &end, IKL_MONITOR_DOWN, 3, true);
    tell_monitor(laws, &end, IKL_MONITOR_UP, 4, false);
    tell_monitor(laws, &end, IKL_MONITOR_DOWN, 6, false);
    tell_monitor(laws, &end, IKL_MONITOR_DOWN, 6, true);
    tell_monitor(laws, &end, IKL_MONITOR_UNPROVEN, 0, false); /* another, in its place */
    assert_null(laws->wrong);
    tell_monitor(laws, &end, IKL_MONITOR_DOWN, 1, false);
    assert_string_equal(laws->wrong, "a monitor that never heard an answer gave a verdict");
    laws = new_laws();
    tell_monitor(laws, &end, IKL_MONITOR_SUSPECT, 0, false);
    assert_string_equal(laws->wrong, "a monitor is not UNPROVEN until it changes");
    laws = new_laws();
    tell_monitor(laws, &end, IKL_MONITOR_DOWN, 3, true);
    tell_monitor(laws, &end, IKL_MONITOR_DOWN, 3, true);
    assert_string_equal(laws->wrong, "new keys were asked for twice in one DOWN");
    laws = new_laws();
    tell_monitor(laws, &end, IKL_MONITOR_UP, 4, true);
    assert_string_equal(laws->wrong, "new keys were asked for without a DOWN");
}

/* An IKE SA whose Child SA is monitored; its first probe was answered at once. */
static struct ikl_sa *begin_monitored(struct host *host)
{
    monitored_begin(host, 1);
    monitored_run(host, 0);
    monitored_tunnel = TUNNEL_DEAD;
    return host->sa;
}

static void a_monitor_whose_verdict_is_late_or_whose_deadline_is_lost_is_wrong(void **state)
{
    struct laws_host of = {.ticks_exactly = true};
    struct laws_end end = {.host = &of};
    struct laws *laws = new_laws();
    struct host host;
    struct ikl_sa *sa = begin_monitored(&host);

    (void)state;
    laws_check_monitors(laws, &end, sa, host.now);
    monitored_run(&host, 900); /* the probe after the answer is not out yet */
    end.monitors[0].answered = host.now - MONITORED_WORST;
    ((struct ikl_monitor *)ikl_child_monitor(sa, host.children[0]))->credited = false;
    laws_check_monitors(laws, &end, sa, host.now);
    assert_null(laws->wrong);
    end.monitors[0].answered--;
    laws_check_monitors(laws, &end, sa, host.now);
    assert_string_equal(laws->wrong, "a monitor gave its verdict too late");
    laws = new_laws();
    of.late = true; /* then nothing is said of when */
    laws_check_monitors(laws, &end, sa, host.now);
    assert_null(laws->wrong);
    host.endpoint->dues->run = host.endpoint->dues->rest = IKL_NEVER;
    laws_check_monitors(laws, &end, sa, host.now);
    assert_string_equal(laws->wrong, "the next deadline is later than that of a monitor");
    host_clear(&host);
}

static void tell_loss(struct laws *laws, const struct host *host, enum ikl_monitor_state state, ikl_time probed,
                      ikl_time now)
{
    struct laws_host of = {.ticks_exactly = true};
    struct laws_end end = {.host = &of};
    struct ikl_monitor_change change = {.state = IKL_MONITOR_SUSPECT, .generation = 2};

    laws_monitor_probe(laws, &end, host->children[0], 1, 1000);
    laws_monitor_probe(laws, &end, host->children[0], 2, probed);
    if (state == IKL_MONITOR_DOWN) {
        laws_monitor(laws, &end, host->sa, host->children[0], &change, probed + monitored_usual.timeout);
    }
    change = (struct ikl_monitor_change){.state = state, .generation = 3};
    laws_monitor(laws, &end, host->sa, host->children[0], &change, now);
}

/* A probe each second, answered within 400 ms; DOWN after three. */
static void a_monitor_that_gives_up_earlier_or_later_than_it_promised_is_wrong(void **state)
{
    struct laws *laws = new_laws();
    struct host host;

    (void)state;
    (void)begin_monitored(&host);
    tell_loss(laws, &host, IKL_MONITOR_SUSPECT, 2000, 2400);
    tell_loss(laws, &host, IKL_MONITOR_DOWN, 2000, 1000 + MONITORED_WORST);
    assert_null(laws->wrong);
    for (ikl_time off = 0; off <= 2; off += 2) {
        laws = new_laws();
        tell_loss(laws, &host, IKL_MONITOR_SUSPECT, 2000, 2399 + off);
        assert_string_equal(laws->wrong, "a probe was given up at another time than it should be");
        laws = new_laws();
        tell_loss(laws, &host, IKL_MONITOR_DOWN, 2000, 999 + MONITORED_WORST + off);
        assert_string_equal(laws->wrong, "a monitor gave its verdict at another time than it promised");
    }
    host_clear(&host);
}

/* The monitor that changes by a mistake while a Child SA is added, or null. */
static struct ikl_monitor *mistaken;

static int random_with_a_mistake(void *user, uint8_t *out, size_t len)
{
    (void)user;
    memset(out, 0, len);
    if (mistaken != NULL) {
        mistaken->row++;
    }
    return IKL_OK;
}

static void with_mistakes(struct ikl_endpoint_config *config)
{
    monitored_endpoint(config);
    config->callbacks.random = random_with_a_mistake;
    config->idle_spread = 1;
}

static struct ikl_child *replace(struct laws *laws, struct laws_end *end, struct host *host, struct ikl_child *old,
                                 uint32_t spi)
{
    const struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = spi, .spi_out = spi, .replaces = old};

    assert_int_equal(laws_replace_child(laws, end, host->sa, &config, host->now), IKL_OK);
    return ikl_sa_find_child(host->sa, IKL_PROTOCOL_ESP, spi);
}

static void a_monitor_that_is_handed_on_and_is_not_what_it_was_is_wrong(void **state)
{
    const struct ikl_monitor_change before = {.state = IKL_MONITOR_UP, .generation = 0};
    const struct ikl_monitor_change after = {.state = IKL_MONITOR_UP, .generation = 3};
    struct laws_host of = {.ticks_exactly = true};
    struct laws_end end = {.host = &of};
    struct laws *laws = new_laws();
    struct ikl_child *child;
    struct host host;

    (void)state;
    monitored_begin_with(&host, with_mistakes, 1, monitored_quiet);
    monitored_run(&host, 1);
    child = replace(laws, &end, &host, host.children[0], 77);
    laws_monitor_probe(laws, &end, child, 2, host.now);
    laws_monitor(laws, &end, host.sa, child, &after, host.now);
    assert_null(laws->wrong);
    laws_monitor_probe(laws, &end, child, 2, host.now);
    assert_string_equal(laws->wrong, "a probe of a monitor that was handed on has the wrong number");
    laws = new_laws();
    laws_monitor(laws, &end, host.sa, child, &before, host.now);
    assert_string_equal(laws->wrong, "a monitor that was handed on began anew");
    laws = new_laws();
    mistaken = (struct ikl_monitor *)ikl_child_monitor(host.sa, child);
    host.tampered = true;
    (void)replace(laws, &end, &host, child, 78);
    mistaken = NULL;
    assert_string_equal(laws->wrong, "a Child SA does not go on with the monitor of the one that it replaces");
    host_clear(&host);
}

static void an_ike_sa_that_does_not_go_on_with_the_round_trips_of_the_one_that_it_replaced_is_wrong(void **state)
{
    struct laws_end end = {.trim = true}, to = {.trim = true};
    struct laws *laws = new_laws();
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *heir;
    struct host host;

    (void)state;
    monitored_begin(&host, 0);
    test_sa_config(&config, &keys, "chacha20poly1305-prfsha256", true, 1);
    config.trim = true;
    assert_int_equal(ikl_sa_new(&heir, host.endpoint, &config, host.now), IKL_OK);
    ikl_round_trip_sample(&end.round_trip, 5); /* it says; but the IKE SA has measured nothing */
    assert_int_equal(laws_replace(laws, &end, host.sa, &to, heir, true, 1000, host.now), IKL_OK);
    assert_string_equal(laws->wrong, "an IKE SA does not know the round trips of the one that it replaced");
    host_clear(&host);
}

static void hosts_that_do_not_agree_at_the_end_are_wrong(void **state)
{
    (void)state;
    assert_null(check_script("host a\nhost b\nlink a b\nsa a b children 1\nrun 60\n"));
    assert_string_equal(check_script("host a\nhost b\nlink a b\nsa a b\nat 1 a close\nrun 2\n"),
                        "an IKE SA is left at one end only");
    assert_string_equal(check_script("host a\nhost b\nlink a b\nsa a b\nat 1 cut a b\nat 1 a delete\nrun 2\n"),
                        "an IKE SA is left that is not ESTABLISHED");
    assert_string_equal(
        check_script("host a\nhost b\nlink a b delay 0.5\nsa a b children 1\nat 1 a delete-child\nrun 1.7\n"),
        "the ends of an IKE SA have different Child SAs");
}

static void what_an_endpoint_holds_and_has_not_counted_is_wrong(void **state)
{
    static struct world world;
    struct ikl_endpoint *endpoint;
    struct stack *stack;

    (void)state;
    assert_int_equal(world_play(&world, 1, "host a\nhost b\nlink a b\nsa a b\nrun 1\n", false, NULL), IKL_OK);
    stack = world_stack(&world, "a");
    endpoint = ikl_sim_host_endpoint(stack->host);
    laws_check_shares(&world.laws, endpoint);
    assert_null(world.laws.wrong);
    endpoint->shares.borrowed++;
    laws_check_shares(&world.laws, endpoint);
    assert_string_equal(world.laws.wrong, "the shares are not the sums of what IKE SAs own and borrow");
    endpoint->shares.borrowed--;
    world.laws.wrong = NULL;
    stack->sa->held++;
    laws_check_shares(&world.laws, endpoint);
    assert_string_equal(world.laws.wrong, "an IKE SA holds other blocks than were counted");
    stack->sa->held--;
    assert_null(world_clear(&world));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_was_executed_and_answered_once_is_right),
        cmocka_unit_test(a_request_that_is_executed_or_ends_twice_or_never_or_that_nobody_made_is_wrong),
        cmocka_unit_test(who_lost_all_it_had_is_owed_no_outcome),
        cmocka_unit_test(a_request_that_is_lost_or_taken_back_is_so_alone),
        cmocka_unit_test(the_number_of_a_request_that_could_not_be_made_is_free_again_and_there_are_so_many),
        cmocka_unit_test(the_requests_of_a_peer_come_once_and_in_order),
        cmocka_unit_test(what_goes_down_twice_or_in_the_wrong_order_is_wrong),
        cmocka_unit_test(a_request_that_is_overdue_where_nothing_is_measured_is_wrong),
        cmocka_unit_test(two_messages_with_one_initialisation_vector_or_one_message_id_are_wrong),
        cmocka_unit_test(what_is_sent_without_protection_is_wrong),
        cmocka_unit_test(a_monitor_that_judges_without_an_answer_or_asks_for_keys_twice_is_wrong),
        cmocka_unit_test(a_monitor_whose_verdict_is_late_or_whose_deadline_is_lost_is_wrong),
        cmocka_unit_test(a_monitor_that_gives_up_earlier_or_later_than_it_promised_is_wrong),
        cmocka_unit_test(a_monitor_that_is_handed_on_and_is_not_what_it_was_is_wrong),
        cmocka_unit_test(an_ike_sa_that_does_not_go_on_with_the_round_trips_of_the_one_that_it_replaced_is_wrong),
        cmocka_unit_test(hosts_that_do_not_agree_at_the_end_are_wrong),
        cmocka_unit_test(what_an_endpoint_holds_and_has_not_counted_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
