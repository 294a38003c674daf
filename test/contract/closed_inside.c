/* SPDX-License-Identifier: ISC */
/* Promises about a host that ends an IKE SA inside a callback: whatever the callback and whatever is under way, nothing
 * more is sent on it, and its end is told once and in order. */
#include "support/peer.h"
#include "support/syncing.h"
#include "support/test.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { N_CHILDREN = 2, OUT = 0xb0, WAIT = 10000, REFUSED = -99 };

/* Something that happens to an IKE SA. It goes on when the IKE SA is gone, as a peer would. */
struct scene {
    const char *name;
    endpoint_change on_endpoint;
    sa_change on_sa;
    void (*play)(struct host *host);
};

/* What the host does in one of the callbacks that it is told something in. */
struct ending {
    size_t n, nth; /* callbacks so far; the one to end it in */
    bool freed;    /* its handle too */
    bool done;
    size_t n_events; /* when it was done */
};

static struct ending ending;

static int end_in_the_nth(struct host *host, struct event *event)
{
    if (event != NULL && event->kind == EVENT_SENT) { /* inside it nothing can be ended */
        return IKL_OK;
    }
    if (ending.n++ == ending.nth && ikl_sa_state(host->sa) < IKL_SA_DYING) {
        ending.done = true;
        ending.n_events = host->n_events;
        ikl_sa_close(host->sa, host->now);
        if (ending.freed) {
            ikl_sa_free(host->sa);
        }
    }
    return IKL_OK;
}

static void on_peer_deletes(void *user, struct ikl_sa *sa)
{
    assert_true(ikl_sa_state(sa) < IKL_SA_DYING);
    (void)end_in_the_nth(user, NULL);
}

static void on_outage(void *user, const struct ikl_outage *outage)
{
    (void)outage;
    (void)end_in_the_nth(user, NULL);
}

static void hear_all(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_deletes = on_peer_deletes;
    config->callbacks.outage = on_outage;
}

static bool is_up(struct host *host)
{
    return !(ending.done && ending.freed) && ikl_sa_state(host->sa) < IKL_SA_DYING;
}

static void hear(struct host *host, const struct peer_message *message)
{
    if (is_up(host)) {
        (void)peer_send(host, suite, message);
    }
}

static void request(struct host *host)
{
    if (is_up(host)) {
        assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, host->now, NULL), IKL_OK);
    }
}

static void near_the_end(struct ikl_sa_config *config)
{
    config->ids.next_request = config->ids.unanswered = IKL_MESSAGE_ID_LAST - 3;
    config->ids.next_expected = IKL_MESSAGE_ID_LAST - 2;
}

static void margin_of_3(struct ikl_endpoint_config *config)
{
    hear_all(config);
    config->exhaustion_margin = 3;
}

/* Both ends of the Message IDs come near at once. */
static void play_exhaustion(struct host *host)
{
    request(host);
    request(host);
    hear(host, &(struct peer_message){.message_id = IKL_MESSAGE_ID_LAST - 2});
    hear(host, &(struct peer_message){.response = true, .message_id = IKL_MESSAGE_ID_LAST - 3});
}

static void play_deletes(struct host *host)
{
    static const uint8_t of_child[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, OUT, 0, 0, 2};
    static const uint8_t of_sa[] = {0, 0, 0, 8, IKL_PROTOCOL_IKE, 0, 0, 0};

    request(host);
    hear(host, &(struct peer_message){.first_payload = IKL_PAYLOAD_DELETE, .plaintext = {of_child, sizeof(of_child)}});
    hear(host, &(struct peer_message){
                   .message_id = 1, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {of_sa, sizeof(of_sa)}});
}

static void behind_nat(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_OFF;
    config->path.encapsulated = config->path.behind_nat = true;
}

static void play_keepalives(struct host *host)
{
    request(host);
    host_advance(host, 20000);
    host_advance(host, 40000);
}

static int iv_result;

static int next_iv(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    static uint8_t n;

    (void)user;
    (void)sa;
    memset(iv, 0, len);
    iv[0] = ++n;
    return iv_result;
}

static void ivs_from_callback(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = next_iv;
}

/* A queued request that cannot be sealed at first is tried again in its own time. */
static void play_queue(struct host *host)
{
    iv_result = IKL_OK;
    request(host);
    request(host);
    iv_result = REFUSED;
    hear(host, &(struct peer_message){.response = true});
    iv_result = IKL_OK;
    host_advance(host, 1000);
    hear(host, &(struct peer_message){.response = true, .message_id = 1});
}

static void play_rekey(struct host *host)
{
    struct ikl_sa_config config;
    struct ikl_sa *heir;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, suite, true, 1);
    assert_int_equal(ikl_sa_new(&heir, host->endpoint, &config, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(host->sa, heir, false, WAIT, 0), IKL_OK);
    host_advance(host, WAIT);
    if (is_up(host)) {
        host_advance(host, 2 * WAIT);
    }
    ikl_sa_close(heir, host->now);
}

/* The Delete waits for an answer to the request. */
static void play_delete(struct host *host)
{
    request(host);
    if (is_up(host)) {
        assert_int_equal(ikl_sa_delete(host->sa, WAIT, host->now), IKL_OK);
    }
}

/* The first request is skipped, and the second goes out. */
static void play_sync(struct host *host)
{
    static const struct syncing_says peers = {.send = 9, .receive = 9};

    syncing_agree(host->sa);
    request(host);
    request(host);
    if (is_up(host)) {
        assert_int_equal(syncing_give(host, &peers), IKL_OK);
    }
}

static void outage_after_7_s(struct ikl_endpoint_config *config)
{
    hear_all(config);
    config->outage_after = 7000;
    config->outage_least = 1;
}

static void play_outage(struct host *host)
{
    for (ikl_time at = 5000; at <= 13000; at += 1000) {
        host_advance(host, at);
    }
    hear(host, &(struct peer_message){.response = true});
    host_advance(host, 13500);
    request(host);
    host_advance(host, 400000);
}

static const struct scene scenes[] = {
    {"exhaustion", margin_of_3, near_the_end, play_exhaustion},
    {"deletes", hear_all, NULL, play_deletes},
    {"keepalives", hear_all, behind_nat, play_keepalives},
    {"queue", hear_all, ivs_from_callback, play_queue},
    {"rekey", hear_all, NULL, play_rekey},
    {"delete", hear_all, NULL, play_delete},
    {"sync", hear_all, NULL, play_sync},
    {"outage", outage_after_7_s, NULL, play_outage},
};

/* What may still be told of an IKE SA that was ended inside a callback: what had happened to it before, and what became
 * of the rest of it. What the host could only act upon while the IKE SA was there is not told any more. */
static bool is_an_end(enum event_kind kind)
{
    return kind == EVENT_ATTEMPT || kind == EVENT_ALIVE || kind == EVENT_OUTCOME || kind == EVENT_STATE ||
           kind == EVENT_REACHABILITY || kind == EVENT_CHILD_DOWN || kind == EVENT_DOWN || kind == EVENT_UNMATCHED;
}

static size_t count_of(const struct host *host, const struct ikl_sa *sa, enum event_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < host->n_events; i++) {
        n += host->events[i].kind == kind && host->events[i].sa == sa ? 1 : 0;
    }
    return n;
}

/* The place of what is told of the end that the host made, from 0; -1: it is told of something else. */
static int place_in_the_end(const struct event *event)
{
    switch (event->kind) {
    case EVENT_OUTCOME:
        return event->outcome.kind == IKL_OUTCOME_SA_GONE ? 0 : -1;
    case EVENT_STATE:
        return event->state == IKL_SA_DYING ? 1 : event->state == IKL_SA_DEAD ? 4 : -1;
    case EVENT_REACHABILITY:
        return event->reachability.reachability == IKL_REACHABILITY_DOWN ? 2 : -1;
    case EVENT_CHILD_DOWN:
        return event->down.reason == IKL_DOWN_CLOSED ? 3 : -1;
    case EVENT_DOWN:
        return 5;
    default:
        return -1;
    }
}

enum { N_PLACES = 6 };

/* Each of these once, but that what was REKEYED cannot be reached is not told. */
static void assert_end_is_whole(const size_t *told, bool rekeyed)
{
    assert_int_equal(told[1], 1);
    assert_int_equal(told[2], rekeyed ? 0 : 1);
    assert_int_equal(told[4], 1);
    assert_int_equal(told[5], 1);
}

static void assert_end_in_order(const struct host *host, const struct ikl_sa *sa, const char *scene, size_t nth)
{
    size_t told[N_PLACES] = {0};
    bool rekeyed = false;
    int last = 0;

    for (size_t i = 0; i < ending.n_events; i++) {
        rekeyed = rekeyed || (host->events[i].kind == EVENT_STATE && host->events[i].state == IKL_SA_REKEYED);
    }
    for (size_t i = ending.n_events; i < host->n_events; i++) {
        int place = host->events[i].sa == sa ? place_in_the_end(&host->events[i]) : -1;

        if (place >= 0 && place < last) {
            fail_msg("%s: after callback %zu: place %d behind %d", scene, nth, place, last);
        }
        if (place >= 0) {
            last = place;
            told[place]++;
        }
    }
    assert_end_is_whole(told, rekeyed);
}

/* Plays the scene with the IKE SA ended in the nth callback; false when there are not so many. */
static bool play(const struct scene *scene, size_t nth, bool freed)
{
    const struct ikl_sa *sa;
    struct host host;

    ending = (struct ending){.nth = nth, .freed = freed};
    host_init(&host, "a", 0, scene->on_endpoint);
    host_sa(&host, suite, true, N_CHILDREN, scene->on_sa);
    sa = host.sa;
    host.on_event = end_in_the_nth;
    scene->play(&host);
    for (size_t i = ending.n_events; ending.done && i < host.n_events; i++) {
        if (host.events[i].sa == sa && !is_an_end(host.events[i].kind)) {
            fail_msg("%s: after callback %zu, %s: event %d", scene->name, nth, freed ? "freed" : "closed",
                     (int)host.events[i].kind);
        }
    }
    if (ending.done) {
        assert_end_in_order(&host, sa, scene->name, nth);
        assert_int_equal(count_of(&host, sa, EVENT_DOWN), 1);
        assert_int_equal(ikl_endpoint_n_sas(host.endpoint), 0);
    }
    host_clear(&host);
    return ending.n > nth;
}

static void an_ike_sa_ended_inside_any_callback_sends_nothing_more_and_its_end_is_told_once_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scenes); i++) {
        size_t nth = 0;

        while (play(&scenes[i], nth, false)) {
            assert_true(play(&scenes[i], nth, true));
            nth++;
        }
        assert_true(nth > 1);
    }
}

TESTS_OF(closed_inside)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_sa_ended_inside_any_callback_sends_nothing_more_and_its_end_is_told_once_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
