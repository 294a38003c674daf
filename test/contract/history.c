/* SPDX-License-Identifier: ISC */
/* The last events of an IKE SA: why did the tunnel drop? */
#include "support/changing.h"
#include "support/crash.h"
#include "support/peer.h"
#include "support/restorer.h"
#include "support/syncing.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

/* What `down` gave, kept beyond the callback, and how many events `child_down` had before. */
static struct {
    struct ikl_event events[64];
    size_t n, n_for_child;
} told;

static int keep_told(struct host *host, struct event *event)
{
    (void)host;
    if (event->kind == EVENT_CHILD_DOWN) {
        told.n_for_child = event->down.n_events;
    }
    if (event->kind == EVENT_DOWN) {
        told.n = event->down.n_events;
        if (told.n != 0) {
            memcpy(told.events, event->down.events, told.n * sizeof(told.events[0]));
        }
    }
    return IKL_OK;
}

static void down_carries_the_last_events_the_oldest_first(void **state)
{
    static const struct {
        enum ikl_event_kind kind;
        ikl_time at;
    } expected[] = {
        {IKL_EVENT_RETRANSMITTED, 6000},   {IKL_EVENT_REACHABILITY, 6000},    {IKL_EVENT_RETRANSMITTED, 8000},
        {IKL_EVENT_RETRANSMITTED, 12000},  {IKL_EVENT_RETRANSMITTED, 20000},  {IKL_EVENT_RETRANSMITTED, 36000},
        {IKL_EVENT_RETRANSMITTED, 68000},  {IKL_EVENT_RETRANSMITTED, 132000}, {IKL_EVENT_RETRANSMITTED, 196000},
        {IKL_EVENT_RETRANSMITTED, 260000}, {IKL_EVENT_STATE, 324000},         {IKL_EVENT_REACHABILITY, 324000},
        {IKL_EVENT_STATE, 324000},
    };
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    ikl_sa_close(pair.b.sa, 0);
    pair.a.on_event = keep_told;
    pair_run(&pair, 400000, 0);
    assert_int_equal(told.n, 1 + COUNT_OF(expected));
    assert_int_equal(told.n_for_child, told.n - 1); /* before the IKE SA was DEAD */
    assert_int_equal(told.events[0].kind, IKL_EVENT_PROBED);
    assert_int_equal(told.events[0].at, 5000);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(told.events[i + 1].kind, expected[i].kind);
        assert_int_equal(told.events[i + 1].at, expected[i].at);
    }
    assert_int_equal(told.events[COUNT_OF(expected)].detail, IKL_SA_DEAD);
    assert_int_equal(told.events[10].count, 9); /* the ninth retransmission */
    pair_clear(&pair);
}

static void five(struct ikl_endpoint_config *config)
{
    config->history_events = 5;
}

static void a_full_history_forgets_the_oldest_events(void **state)
{
    struct ikl_event events[8];
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, five, NULL);
    ikl_sa_close(pair.b.sa, 0);
    pair.a.on_event = keep_told;
    pair_run(&pair, 100000, 0);
    assert_int_equal(ikl_sa_history(pair.a.sa, events, 8), 5);
    assert_int_equal(events[0].at, 8000);
    assert_int_equal(events[4].at, 68000);
    assert_int_equal(ikl_sa_history(pair.a.sa, events, 2), 2); /* the latest ones */
    assert_int_equal(events[0].at, 36000);
    assert_int_equal(events[1].at, 68000);
    pair_run(&pair, 400000, 0);
    assert_int_equal(told.n, 5);
    assert_int_equal(told.events[0].at, 196000);
    assert_int_equal(told.events[4].kind, IKL_EVENT_STATE);
    /* the same on query, when it is over */
    assert_int_equal(ikl_sa_history(pair.a.sa, events, 8), 5);
    assert_memory_equal(events, told.events, 5 * sizeof(events[0]));
    pair_clear(&pair);
}

static uint32_t room;

static void with_room(struct ikl_endpoint_config *config)
{
    config->history_events = room;
}

static void however_many_are_kept_the_latest_are_told_in_order(void **state)
{
    static const uint32_t rooms[] = {64, 7, 6, 5, 4};
    char whole[2048], text[2048];
    struct ikl_event all[64];
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rooms); i++) {
        struct pair pair;

        room = rooms[i];
        pair_init(&pair, suite, 1, with_room, NULL);
        ikl_sa_close(pair.b.sa, 0);
        pair.a.on_event = keep_told;
        pair_run(&pair, 400000, 0);
        (void)ikl_sa_history_text(pair.a.sa, 400000, text, sizeof(text));
        if (i == 0) {
            n = told.n;
            memcpy(all, told.events, sizeof(all));
            memcpy(whole, text, sizeof(whole));
        } else {
            assert_string_equal(text, whole + strlen(whole) - strlen(text));
            assert_int_equal(told.n, room);
            assert_memory_equal(told.events, all + n - room, room * sizeof(all[0]));
        }
        pair_clear(&pair);
    }
    assert_true(n > rooms[1]);
}

static void an_answer_is_an_event_and_then_the_peer_was_heard(void **state)
{
    struct ikl_event events[16];
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, NULL);
    assert_int_equal(ikl_sa_probe(host.sa, 0), IKL_OK);
    host_advance(&host, 1000);
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.response = true}), IKL_OK);
    assert_true(ikl_sa_history(host.sa, events, 16) > 4);
    assert_int_equal(events[3].kind, IKL_EVENT_ANSWERED);
    assert_int_equal(events[3].count, 2);
    assert_int_equal(events[4].kind, IKL_EVENT_HEARD);
    assert_int_equal(events[4].count, 1);
    host_clear(&host);
}

static void chatter_may_come_before_all_else(void **state)
{
    (void)state;
    for (uint32_t hints = 0; hints < 2; hints++) {
        struct ikl_event events[16];
        struct host host;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, 0, NULL);
        if (hints != 0) {
            assert_int_equal(ikl_sa_hint(host.sa, IKL_HINT_TOO_LONG, 0), IKL_ERR_UNSUPPORTED);
        }
        for (uint32_t id = 0; id < 2; id++) {
            assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
        }
        assert_int_equal(ikl_sa_history(host.sa, events, 16), hints + 1);
        assert_int_equal(events[0].kind, hints != 0 ? IKL_EVENT_HINTED : IKL_EVENT_HEARD);
        assert_int_equal(events[hints].kind, IKL_EVENT_HEARD);
        assert_int_equal(events[hints].count, 2);
        host_clear(&host);
    }
}

static void none(struct ikl_endpoint_config *config)
{
    config->history_events = IKL_NO_HISTORY;
}

static void without_history_there_is_nothing_to_tell(void **state)
{
    struct ikl_event event;
    char text[8] = "xxx";
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, none, NULL);
    pair_run(&pair, 6000, 0);
    assert_int_equal(host_info(&pair.a).counters.answered, 1);
    ikl_sa_close(pair.b.sa, 6000);
    pair.a.on_event = keep_told;
    told.n = 77;
    assert_int_equal(peer_send(&pair.a, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    pair_run(&pair, 400000, 0);
    assert_int_equal(told.n, 0);
    assert_int_equal(ikl_sa_history(pair.a.sa, &event, 1), 0);
    assert_int_equal(ikl_sa_history_text(pair.a.sa, 0, text, sizeof(text)), 0);
    assert_string_equal(text, "");
    pair_clear(&pair);
}

/* Many of a kind in a row are one event, so that an attacker cannot drive out what matters. */
static void chatter_is_one_event_with_a_count(void **state)
{
    uint8_t datagram[HOST_MAX_DATAGRAM];
    struct ikl_event events[16];
    struct pair pair;
    size_t n, len;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    ikl_sa_close(pair.b.sa, 0);
    assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_OK);
    len = peer_seal(&(struct peer_message){.response = true}, suite, datagram);
    datagram[len - 1] ^= 1;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(peer_deliver(&pair.a, datagram, len), IKL_ERR_FORGED);
    }
    n = ikl_sa_history(pair.a.sa, events, 16);
    assert_int_equal(n, 2);
    assert_int_equal(events[0].kind, IKL_EVENT_PROBED);
    assert_int_equal(events[1].kind, IKL_EVENT_REFUSED);
    assert_int_equal(events[1].count, 1000);
    assert_int_equal(events[1].detail, IKL_ERR_FORGED);
    pair_clear(&pair);
}

static void chatter_of_several_kinds_is_one_event_of_each(void **state)
{
    struct ikl_event events[16];
    uint8_t request[HOST_MAX_DATAGRAM], forged[HOST_MAX_DATAGRAM];
    struct pair pair;
    size_t len;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    ikl_sa_close(pair.b.sa, 0);
    assert_int_equal(ikl_sa_probe(pair.a.sa, 0), IKL_OK);
    len = peer_seal(&(struct peer_message){0}, suite, request);
    memcpy(forged, request, len);
    forged[len - 1] ^= 1;
    assert_int_equal(peer_deliver(&pair.a, request, len), IKL_OK);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(peer_deliver(&pair.a, forged, len), IKL_ERR_FORGED);
        assert_int_equal(peer_deliver(&pair.a, request, len), IKL_OK);
    }
    assert_int_equal(peer_deliver(&pair.a, forged, len), IKL_ERR_FORGED);
    assert_int_equal(ikl_sa_history(pair.a.sa, events, 16), 4);
    assert_int_equal(events[0].kind, IKL_EVENT_PROBED);
    assert_int_equal(events[1].kind, IKL_EVENT_HEARD);
    assert_int_equal(events[2].kind, IKL_EVENT_REPEATED);
    assert_int_equal(events[2].count, 9);
    assert_int_equal(events[3].kind, IKL_EVENT_REFUSED);
    assert_int_equal(events[3].count, 10);
    pair_clear(&pair);
}

/* Nobody answers, which is noticed after a millisecond. */
static void monitored(struct ikl_endpoint_config *config)
{
    static const struct ikl_monitor_config monitor = {.interval = 60000, .timeout = 1, .threshold = 1, .recover = 1};

    config->monitor = &monitor;
}

static void trimmed(struct ikl_sa_config *config)
{
    static const struct ikl_schedule twice = {{1000, 64000}, 2, 2, 0, 0};

    config->schedule = &twice;
    config->trim = true;
}

/* First the peer takes over, then we do. */
static void synchronise(struct host *host)
{
    static const struct syncing_says peers = {.send = 9, .receive = 9};
    struct syncing_says answer = {.send = 10, .receive = 20, .response = true};

    syncing_agree(host->sa);
    assert_int_equal(syncing_give(host, &peers), IKL_OK);
    assert_int_equal(ikl_sa_sync(host->sa, NULL, host->now), IKL_OK);
    answer.nonce = syncing_said(host).nonce;
    assert_int_equal(syncing_give(host, &answer), IKL_OK);
}

static void look(const struct ikl_sa *sa, bool *seen)
{
    struct ikl_event events[64];
    size_t n = ikl_sa_history(sa, events, COUNT_OF(events));

    for (size_t i = 0; i < n; i++) {
        seen[events[i].kind] = true;
    }
}

/* Of an IKE SA that connects. */
static void see_a_change_of_keys(bool *seen)
{
    struct pair pair;

    changing_init(&pair, NULL, NULL);
    changing_step(&pair, 1, 0, 0);
    look(pair.a.sa, seen);
    pair_clear(&pair);
}

/* An IKE SA that is restored begins with that. */
static bool a_restored_one_begins_with_an_event(void)
{
    static struct restorer restorer;
    struct ikl_event event = {0};

    restorer_begin(&restorer, 0, NULL);
    restorer_go_on(&restorer);
    assert_int_equal(ikl_sa_history(restorer.host.sa, &event, 1), 1);
    restorer_clear(&restorer);
    return event.kind == IKL_EVENT_RESTORED;
}

static void every_kind_of_event_comes_about(void **state)
{
    bool seen[IKL_EVENT_RESTORED + 1] = {false};
    struct crash_message shown;
    struct crash_token token;
    struct ikl_path path;
    struct pair pair;
    uint8_t datagram[HOST_MAX_DATAGRAM];
    size_t len;

    (void)state;
    pair_init(&pair, suite, 1, monitored, trimmed);
    ikl_sa_close(pair.b.sa, 0);
    host_advance(&pair.a, 0);
    host_advance(&pair.a, 1);
    pair.a.send_result = IKL_ERR_NO_BUFFER;
    assert_int_equal(ikl_sa_request(pair.a.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    pair.a.send_result = IKL_ERR_BLOCKED;
    assert_int_equal(ikl_sa_resend(pair.a.sa, 0), IKL_OK);
    pair.a.send_result = IKL_OK;
    assert_int_equal(ikl_sa_request(pair.a.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_hint(pair.a.sa, IKL_HINT_ICMP, 0), IKL_ERR_BUSY);
    host_advance(&pair.a, 1000);
    assert_int_equal(peer_send(&pair.a, suite, &(struct peer_message){.response = true}), IKL_OK);
    len = peer_seal(&(struct peer_message){0}, suite, datagram);
    assert_int_equal(peer_deliver(&pair.a, datagram, len), IKL_OK);
    assert_int_equal(peer_deliver(&pair.a, datagram, len), IKL_OK);
    datagram[len - 1] ^= 1;
    assert_int_equal(peer_deliver(&pair.a, datagram, len), IKL_ERR_FORGED);
    path = *ikl_sa_path(pair.a.sa);
    path.tag++;
    assert_int_equal(ikl_sa_set_path(pair.a.sa, &path, 1000), IKL_OK);
    look(pair.a.sa, seen);
    assert_int_equal(peer_send(&pair.a, suite, &(struct peer_message){.response = true, .message_id = 1}), IKL_OK);
    path.reliable = true;
    assert_int_equal(ikl_sa_set_path(pair.a.sa, &path, 1000), IKL_OK);
    assert_int_equal(ikl_sa_reconnected(pair.a.sa, &path, 1000), IKL_OK);
    path.reliable = false;
    assert_int_equal(ikl_sa_set_path(pair.a.sa, &path, 1000), IKL_OK);
    assert_int_equal(ikl_sa_probe(pair.a.sa, 1000), IKL_OK);
    assert_int_equal(peer_send(&pair.a, suite, &(struct peer_message){.response = true, .message_id = 2}), IKL_OK);
    host_advance(&pair.a, 6000);
    host_advance(&pair.a, 7000);
    look(pair.a.sa, seen);
    synchronise(&pair.a);
    token = crash_token_of(pair.a.sa, 0);
    shown = crash_message_for(pair.a.sa);
    crash_add_token(&shown, token.octets, sizeof(token.octets));
    assert_int_equal(crash_give(pair.a.sa, token.octets, sizeof(token.octets), 7000), IKL_OK);
    assert_int_equal(crash_show(&pair.a, &shown), IKL_OK);
    look(pair.a.sa, seen);
    see_a_change_of_keys(seen);
    seen[IKL_EVENT_RESTORED] = a_restored_one_begins_with_an_event();
    for (size_t kind = 0; kind < COUNT_OF(seen); kind++) {
        assert_true(seen[kind]);
        assert_string_not_equal(ikl_event_name((enum ikl_event_kind)kind), "?");
    }
    assert_string_equal(ikl_event_name((enum ikl_event_kind)(IKL_EVENT_RESTORED + 1)), "?");
    pair_clear(&pair);
}

enum way { BY_HINT, BY_MTU, BY_NOTIFICATION };

static void give_hint(struct host *host, enum way way, enum ikl_hint hint)
{
    struct crash_message notification = crash_message_for(host->sa); /* INVALID_IKE_SPI */

    if (way == BY_HINT) {
        (void)ikl_sa_hint(host->sa, hint, host->now);
    } else if (way == BY_MTU) {
        (void)ikl_sa_hint_mtu(host->sa, 1400, host->now);
    } else {
        notification.octets[7] = hint == IKL_HINT_INVALID_SPI ? IKL_NOTIFY_INVALID_SPI : IKL_NOTIFY_INVALID_IKE_SPI;
        assert_int_equal(crash_show(host, &notification), IKL_ERR_UNPROTECTED);
    }
}

static void a_hint_is_an_event_of_its_kind_and_causes_a_check_unless_it_is_about_lengths(void **state)
{
    static const struct {
        enum way way;
        enum ikl_hint hint;
    } cases[] = {{BY_HINT, IKL_HINT_INVALID_IKE_SPI},
                 {BY_HINT, IKL_HINT_INVALID_SPI},
                 {BY_HINT, IKL_HINT_ICMP},
                 {BY_HINT, IKL_HINT_UNREACHABLE},
                 {BY_HINT, IKL_HINT_TOO_LONG},
                 {BY_MTU, IKL_HINT_TOO_LONG},
                 {BY_NOTIFICATION, IKL_HINT_INVALID_IKE_SPI},
                 {BY_NOTIFICATION, IKL_HINT_INVALID_SPI}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct ikl_event events[4] = {{0}};
        struct host host;
        size_t n;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, CRASH_SUITE, true, 0, NULL);
        give_hint(&host, cases[i].way, cases[i].hint);
        assert_int_equal(host_counters(&host).hints, 1);
        assert_int_equal(host_counters(&host).probes, cases[i].hint != IKL_HINT_TOO_LONG ? 1 : 0);
        n = ikl_sa_history(host.sa, events, COUNT_OF(events));
        while (n > 0 && events[n - 1].kind != IKL_EVENT_HINTED) { /* the check came after it */
            n--;
        }
        assert_true(n > 0);
        assert_int_equal(events[n - 1].detail, cases[i].hint);
        host_clear(&host);
    }
}

static void the_text_has_a_line_for_each_event(void **state)
{
    char text[2048], cut[32];
    struct pair pair;
    int len;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    ikl_sa_close(pair.b.sa, 0);
    pair_run(&pair, 7000, 0);
    len = ikl_sa_history_text(pair.a.sa, 7000, text, sizeof(text));
    assert_string_equal(text, "  2.000 s ago: probed, Message ID 0\n"
                              "  1.000 s ago: retransmitted, Message ID 0, number 1\n"
                              "  1.000 s ago: reachability, SUSPECT\n");
    assert_int_equal(len, strlen(text));
    assert_int_equal(ikl_sa_history_text(pair.a.sa, 7000, cut, sizeof(cut)), len);
    assert_int_equal(strlen(cut), sizeof(cut) - 1);
    assert_memory_equal(cut, text, sizeof(cut) - 1);
    assert_int_equal(ikl_sa_history_text(pair.a.sa, 7000, NULL, 0), len);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(peer_send(&pair.a, suite, &(struct peer_message){.message_id = 9}), IKL_ERR_WINDOW);
    }
    ikl_sa_close(pair.a.sa, 7000);
    (void)ikl_sa_history_text(pair.a.sa, 7000, text, sizeof(text));
    assert_string_equal(text + len, "  0.000 s ago: refused, Message ID 9, IKL_ERR_WINDOW, 2 times\n"
                                    "  0.000 s ago: state, DYING\n"
                                    "  0.000 s ago: reachability, DOWN\n"
                                    "  0.000 s ago: state, DEAD\n");
    pair_clear(&pair);
}

static void a_response_that_is_not_sent_is_an_event(void **state)
{
    static const struct {
        int result;
        enum ikl_event_kind kind;
    } sends[] = {{-1, IKL_EVENT_SEND_FAILED}, {IKL_ERR_BLOCKED, IKL_EVENT_BLOCKED}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sends); i++) {
        struct ikl_event events[16];
        struct host host;
        size_t n;

        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, 1, NULL);
        host.send_result = sends[i].result;
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
        n = ikl_sa_history(host.sa, events, COUNT_OF(events));
        assert_int_not_equal(n, 0);
        assert_int_equal(events[n - 1].kind, sends[i].kind);
        host_clear(&host);
    }
}

static void sixteen_events_are_kept_where_the_host_says_nothing(void **state)
{
    struct ikl_event events[32];
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    for (ikl_time now = 0; now < 40; now++) {
        assert_int_equal(ikl_sa_probe(pair.a.sa, now), IKL_OK);
        pair_deliver(&pair);
    }
    assert_int_equal(ikl_sa_history(pair.a.sa, events, COUNT_OF(events)), 16);
    pair_clear(&pair);
}

TESTS_OF(history)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(down_carries_the_last_events_the_oldest_first),
        cmocka_unit_test(a_full_history_forgets_the_oldest_events),
        cmocka_unit_test(a_response_that_is_not_sent_is_an_event),
        cmocka_unit_test(sixteen_events_are_kept_where_the_host_says_nothing),
        cmocka_unit_test(without_history_there_is_nothing_to_tell),
        cmocka_unit_test(chatter_is_one_event_with_a_count),
        cmocka_unit_test(chatter_of_several_kinds_is_one_event_of_each),
        cmocka_unit_test(every_kind_of_event_comes_about),
        cmocka_unit_test(a_hint_is_an_event_of_its_kind_and_causes_a_check_unless_it_is_about_lengths),
        cmocka_unit_test(the_text_has_a_line_for_each_event),
        cmocka_unit_test(however_many_are_kept_the_latest_are_told_in_order),
        cmocka_unit_test(an_answer_is_an_event_and_then_the_peer_was_heard),
        cmocka_unit_test(chatter_may_come_before_all_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
