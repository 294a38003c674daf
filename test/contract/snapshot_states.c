/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/snapshot.h>: IKE SAs in every state that can be restored, and all that they may have. */
#include "support/asking.h"
#include "support/blocking.h"
#include "support/crash.h"
#include "support/fickle_cipher.h"
#include "support/monitored.h"
#include "support/mover.h"
#include "support/peer.h"
#include "support/rekeyed.h"
#include "support/restorer.h"
#include "support/sharing.h"
#include "support/syncing.h"
#include "support/test.h"

static const char *const suite = RESTORER_SUITE;

static struct restorer restorer;

static struct host *const host = &restorer.host;

static const struct ikl_schedule twice = {.waits = {3000}, .n_waits = 1, .tries = 2};

/* The host has the same contexts again, and a schedule of the request's own. */
static void complete_request(void *context, struct ikl_restored_request *request)
{
    size_t *n = context;

    request->context = (void *)(uintptr_t)request->tag;
    request->schedule = &twice;
    (*n)++;
}

static void complete_child(void *context, struct ikl_restored_child *child)
{
    size_t *n = context;

    child->user = (void *)(uintptr_t)(child->spi_in + child->tag);
    (*n)++;
}

/* Goes on, with a host that completes what is restored; how often it was asked to. */
static size_t go_on(void)
{
    size_t n = 0;
    uint64_t epoch;
    struct ikl_restore_options options;

    assert_int_equal(ikl_sa_epoch(host->sa, &epoch), IKL_OK);
    options = restorer_options(&restorer, epoch + 1);
    options.request = complete_request;
    options.child = complete_child;
    options.context = &n;
    restorer_go_on_with(&restorer, &options);
    return n;
}

static void requests_sent_and_queued_go_on_with_datagrams_contexts_and_schedules(void **state)
{
    (void)state;
    restorer_begin(&restorer, 0, NULL);
    assert_int_equal(
        asking_try(host, &(struct asking){.mark = 1, .len = 300, .schedule = ikl_schedule_default()}, NULL), IKL_OK);
    assert_int_equal(asking_try(host, &(struct asking){.mark = 2, .len = 300}, NULL), IKL_OK);
    assert_int_equal(ikl_sa_request(host->sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    assert_int_equal(go_on(), 3);
    assert_int_equal(host_info(host).queued, 2);
    host_advance(host, 1000);
    assert_memory_equal(host_last(host, EVENT_SENT)->datagram, host_event(host, EVENT_SENT, 0)->datagram,
                        host_event(host, EVENT_SENT, 0)->len);
    assert_int_equal(answer(host, 0), IKL_OK);
    assert_ptr_equal(outcome(host, 0)->context, asking_context(1));
    assert_int_equal(go_on(), 2);
    assert_int_equal(answer(host, 1), IKL_OK);
    assert_ptr_equal(outcome(host, 1)->context, asking_context(2));
    assert_int_equal(go_on(), 1);
    assert_int_equal(answer(host, 2), IKL_OK);
    assert_int_equal(host_count(host, EVENT_OUTCOME), 3);
    restorer_clear(&restorer);
}

static void a_request_with_a_schedule_of_its_own_has_the_one_that_the_host_gives(void **state)
{
    (void)state;
    restorer_begin(&restorer, 0, NULL);
    assert_int_equal(asking_try(host, &(struct asking){.mark = 1, .schedule = ikl_schedule_default()}, NULL), IKL_OK);
    (void)go_on();
    host_run_to_the_end(host);
    assert_int_equal(host_last(host, EVENT_DOWN)->at, 1000 + 3000);
    restorer_clear(&restorer);
}

static void responses_are_repeated_octet_for_octet(void **state)
{
    struct peer_message probe = {.message_id = 0}, request = sharing_request(1);
    uint8_t small[HOST_MAX_DATAGRAM], large[HOST_MAX_DATAGRAM];
    size_t small_len = peer_seal(&probe, suite, small), large_len = peer_seal(&request, suite, large);
    const struct event *first, *second;

    (void)state;
    restorer_begin(&restorer, 0, mover_with_windows);
    assert_int_equal(peer_deliver(host, small, small_len), IKL_OK);
    first = host_last(host, EVENT_SENT);
    assert_int_equal(peer_deliver(host, large, large_len), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, 1, &sharing_payload, 1, 0), IKL_OK);
    second = host_last(host, EVENT_SENT);
    restorer_go_on(&restorer);
    assert_int_equal(peer_deliver(host, small, small_len), IKL_OK);
    assert_memory_equal(host_last(host, EVENT_SENT)->datagram, first->datagram, first->len);
    assert_int_equal(peer_deliver(host, large, large_len), IKL_OK);
    assert_memory_equal(host_last(host, EVENT_SENT)->datagram, second->datagram, second->len);
    assert_int_equal(host_count(host, EVENT_PEER_REQUEST), 1);
    restorer_clear(&restorer);
}

static void a_request_of_the_peers_that_is_not_answered_comes_again(void **state)
{
    struct peer_message requests[] = {sharing_request(0), sharing_request(1), sharing_request(2)};

    (void)state;
    restorer_begin(&restorer, 0, mover_with_windows);
    assert_int_equal(peer_send(host, suite, &requests[0]), IKL_OK);
    assert_int_equal(peer_send(host, suite, &requests[1]), IKL_OK);
    assert_int_equal(peer_send(host, suite, &requests[2]), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, 1, NULL, 0, 0), IKL_OK);
    restorer_go_on(&restorer);
    assert_int_equal(host_info(host).next_expected, 0);
    assert_int_equal(peer_send(host, suite, &requests[1]), IKL_OK); /* is answered as before */
    assert_int_equal(host_count(host, EVENT_PEER_REQUEST), 3);
    assert_int_equal(peer_send(host, suite, &requests[2]), IKL_OK); /* waits for its turn */
    restorer_go_on(&restorer);
    assert_int_equal(peer_send(host, suite, &requests[0]), IKL_OK);
    assert_int_equal(peer_send(host, suite, &requests[2]), IKL_OK);
    assert_int_equal(host_count(host, EVENT_PEER_REQUEST), 5);
    assert_int_equal(host_info(host).next_expected, 3);
    restorer_clear(&restorer);
}

static void window_of_16(struct ikl_sa_config *config)
{
    config->ids.own_window = 16;
}

/* The host has not answered the second; another has come before its turn. */
static void what_is_taken_back_with_a_request_takes_no_other_along(void **state)
{
    struct peer_message pending = sharing_request(1);

    (void)state;
    restorer_begin(&restorer, 0, window_of_16);
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(peer_send(host, suite, &pending), IKL_OK);
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = 2}), IKL_OK);
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = 8}), IKL_OK);
    restorer_go_on(&restorer);
    assert_int_equal(host_info(host).next_expected, 1);
    assert_int_equal(peer_send(host, suite, &pending), IKL_OK);
    host_forget(host);
    for (uint32_t id = 3; id <= 8; id++) {
        assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
        assert_int_equal(host_count(host, EVENT_SENT), id - 2);
        assert_int_equal(host_info(host).next_expected, id + 1);
    }
    restorer_clear(&restorer);
}

/* Its attempt was told though a batch did not take it. */
static void what_is_known_of_a_blocked_send_is_there_again(void **state)
{
    enum { REQUEST = 4, RECORD_HEADER = 5, FLAGS = 4, COUNTED = 8 };
    struct ikl_sa *sa;
    size_t len;

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    (void)ask(host, 1);
    restorer_take(&restorer);
    restorer.octets[restorer_find(&restorer, REQUEST, 0, &len) + RECORD_HEADER + FLAGS + 1] |= COUNTED;
    restorer_repair(&restorer);
    assert_int_equal(restorer_try(&restorer, NULL, &sa), IKL_OK);
    restorer_assert_same(&restorer, sa);
    restorer_clear(&restorer);
}

static void child_sas_are_there_in_order_with_evidence_and_those_that_are_deleted(void **state)
{
    (void)state;
    restorer_begin(&restorer, 3, NULL);
    ikl_child_heard(host->children[1], 0);
    ikl_child_set_user(host->children[0], (void *)(uintptr_t)5);
    assert_int_equal(ikl_sa_delete_children(host->sa, &host->children[1], 2, 0), IKL_OK);
    assert_int_equal(go_on(), 3);
    assert_ptr_equal(ikl_child_user(host->children[0]), (void *)(uintptr_t)(0xa0000001u + 5));
    assert_int_equal(ikl_child_spi_in(host->children[2]), 0xa0000003u);
    assert_int_equal(ikl_child_spi_out(host->children[2]), 0xb0000003u);
    assert_int_equal(ikl_child_last_heard(host->children[1]), 0);
    assert_int_equal(ikl_child_last_heard(host->children[0]), IKL_NEVER);
    assert_int_equal(ikl_sa_delete_children(host->sa, &host->children[1], 1, 0), IKL_ERR_BUSY);
    assert_int_equal(answer(host, 0), IKL_OK);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 2);
    assert_int_equal(host_info(host).n_children, 1);
    restorer_clear(&restorer);
}

static void our_delete_goes_on(void **state)
{
    (void)state;
    restorer_begin(&restorer, 1, NULL);
    (void)ask(host, 1);
    assert_int_equal(ikl_sa_delete(host->sa, 9000, 0), IKL_OK);
    restorer_go_on(&restorer);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DELETING);
    assert_int_equal(answer(host, 0), IKL_OK);
    assert_int_equal(host_count(host, EVENT_SENT), 2);
    restorer_go_on(&restorer);
    host_advance(host, 1000);
    assert_memory_equal(host_last(host, EVENT_SENT)->datagram, host_event(host, EVENT_SENT, 1)->datagram,
                        host_event(host, EVENT_SENT, 1)->len);
    assert_int_equal(answer(host, 1), IKL_OK);
    assert_int_equal(host_last(host, EVENT_DOWN)->down.reason, IKL_DOWN_CLOSED);
    restorer_clear(&restorer);
}

/* Of a cipher that would seal it otherwise a second time. */
static void a_liveness_check_is_repeated_octet_for_octet(void **state)
{
    const struct event *first, *repeated;

    (void)state;
    fickle_reset(false, true);
    restorer_begin_with(&restorer, suite, 0, with_fickle_provider, NULL);
    assert_int_equal(ikl_sa_probe(host->sa, 0), IKL_OK);
    restorer_go_on(&restorer);
    host_advance(host, 3000);
    assert_int_equal(host_count(host, EVENT_SENT), 2);
    first = host_event(host, EVENT_SENT, 0);
    repeated = host_event(host, EVENT_SENT, 1);
    assert_int_equal(repeated->len, first->len);
    assert_memory_equal(repeated->datagram, first->datagram, first->len);
    restorer_clear(&restorer);
}

/* The host has this one from now on, which is in the other endpoint. */
static void have(struct ikl_sa *restored)
{
    struct ikl_endpoint *from = host->endpoint;

    ikl_sa_free(host->sa);
    host_forget(host);
    host->sa = restored;
    ikl_sa_set_user(restored, host);
    host->endpoint = restorer.other;
    restorer.other = from;
}

/* A rekeyed IKE SA and what took its place, in the second endpoint; with the heir first or last. */
static void restore_pair(bool heir_first)
{
    static uint8_t heirs[RESTORER_MAX];
    struct ikl_keys keys;
    struct ikl_sa *heir, *old, *restored;
    struct ikl_restore_options options;
    size_t len;

    restorer_begin(&restorer, 2, NULL);
    heir = rekeyed_new_sa(host, true, 1);
    test_keys(&keys, suite);
    assert_int_equal(ikl_sa_keep_keys(heir, &keys, RESTORER_EPOCH), IKL_OK);
    assert_int_equal(ikl_sa_delete_children(host->sa, &host->children[1], 1, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(host->sa, heir, false, 9000, 0), IKL_OK);
    assert_int_equal(ikl_sa_snapshot(heir, heirs, sizeof(heirs), &len, 0), IKL_OK);
    restorer_take(&restorer);
    options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    if (heir_first) {
        assert_int_equal(ikl_sa_restore(restorer.other, (struct ikl_octets){heirs, len}, &options, 0, &restored),
                         IKL_OK);
        assert_int_equal(count_children_of(restored), 2);
    }
    assert_int_equal(restorer_try(&restorer, NULL, &old), IKL_OK);
    assert_int_equal(ikl_sa_state(old), IKL_SA_REKEYED);
    restorer_assert_known(&restorer, 389, 0x4f954de5);
    if (heir_first) {
        restorer_assert_same(&restorer, old);
    }
    ikl_sa_free(heir);
    have(old);
}

static void a_rekeyed_ike_sa_has_its_heir_again_and_the_child_sas_there(void **state)
{
    (void)state;
    restore_pair(true);
    assert_int_equal(answer(host, 0), IKL_OK);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 1);
    host_advance(host, 9000);
    assert_int_equal(host_count(host, EVENT_SENT), 2); /* its Delete, and the liveness check of the heir */
    restorer_clear(&restorer);
}

static void a_rekeyed_ike_sa_whose_heir_is_not_there_ends_as_ever(void **state)
{
    (void)state;
    restore_pair(false);
    assert_int_equal(answer(host, 0), IKL_OK);
    host_run_to_the_end(host);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 0);
    assert_int_equal(host_last(host, EVENT_DOWN)->down.reason, IKL_DOWN_REKEYED);
    restorer_clear(&restorer);
}

static void monitors_go_on_as_they_were(void **state)
{
    static struct host stayed;

    (void)state;
    monitored_tunnel = TUNNEL_ANSWERS;
    monitored_begin(&stayed, 2);
    monitored_begin(host, 2);
    restorer.other = mover_endpoint(host, monitored_endpoint);
    host_keep_keys(host, suite);
    assert_int_equal(monitored_add_child(&stayed, stayed.children[0], 0xc0000001u, &stayed.children[2]), IKL_OK);
    assert_int_equal(monitored_add_child(host, host->children[0], 0xc0000001u, &host->children[2]), IKL_OK);
    monitored_run(&stayed, 3500);
    monitored_run(host, 3500);
    assert_int_equal(ikl_child_monitor_answered(host->sa, host->children[1], 1, 0, host->now), IKL_OK);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ikl_child_monitor_answered(host->sa, host->children[1], 77, 0, host->now), IKL_OK);
    }
    restorer_go_on(&restorer);
    restorer_assert_known(&restorer, 484, 0xfb107ee7);
    assert_int_equal(ikl_child_monitor(host->sa, host->children[1])->late, 1);
    assert_int_equal(ikl_child_monitor(host->sa, host->children[1])->foreign, 2);
    assert_int_equal(host_count(host, EVENT_MONITOR), host_count(&stayed, EVENT_MONITOR));
    assert_int_equal(monitored_state(host, host->children[1]), IKL_MONITOR_UP);
    monitored_tunnel = TUNNEL_DEAD;
    monitored_run(&stayed, 9000);
    monitored_run(host, 9000);
    assert_int_equal(monitored_count(&stayed, IKL_MONITOR_DOWN), 2);
    assert_int_equal(monitored_count(host, IKL_MONITOR_DOWN), 2);
    assert_int_equal(host_last(host, EVENT_MONITOR)->at, host_last(&stayed, EVENT_MONITOR)->at);
    assert_int_equal(host_count(host, EVENT_MONITOR_PROBE), host_count(&stayed, EVENT_MONITOR_PROBE));
    host_clear(&stayed);
    restorer_clear(&restorer);
}

/* Whoever took the monitor over is gone; another takes the same place without a config. */
static void a_child_sa_that_handed_its_monitor_on_has_its_config_for_the_next(void **state)
{
    struct ikl_child *next;

    (void)state;
    monitored_begin(host, 1);
    restorer.other = mover_endpoint(host, monitored_endpoint);
    host_keep_keys(host, suite);
    assert_int_equal(monitored_add_child(host, host->children[0], 0xc0000001u, &host->children[1]), IKL_OK);
    restorer_go_on(&restorer);
    assert_int_equal(ikl_sa_remove_child(host->sa, host->children[1]), IKL_OK);
    assert_int_equal(monitored_add_child(host, host->children[0], 0xd0000001u, &next), IKL_OK);
    monitored_run(host, 3000);
    assert_int_equal(ikl_child_monitor(host->sa, next)->probe, 1 + 3000 / monitored_usual.interval);
    restorer_clear(&restorer);
}

static void a_monitored_child_sa_without_a_config_is_monitored_no_more(void **state)
{
    (void)state;
    monitored_begin(host, 1);
    restorer.other = mover_endpoint(host, NULL);
    host_keep_keys(host, suite);
    (void)go_on();
    assert_null(ikl_child_monitor(host->sa, host->children[0]));
    restorer_clear(&restorer);
}

static void the_peers_token_and_what_was_agreed_on_are_there_again(void **state)
{
    static const uint8_t token[IKL_TOKEN_LEN] = {1};
    struct crash_message shown;
    struct syncing_says peers = {.send = 9, .receive = 9};

    (void)state;
    restorer_begin(&restorer, 0, NULL);
    syncing_agree(host->sa);
    assert_int_equal(crash_give(host->sa, token, sizeof(token), 0), IKL_OK);
    assert_int_equal(syncing_give(host, &peers), IKL_OK);
    restorer_go_on(&restorer);
    assert_true(host_info(host).may_sync);
    assert_true(host_info(host).has_token);
    assert_int_equal(syncing_give(host, &(struct syncing_says){.send = 8, .receive = 9}), IKL_ERR_STALE);
    assert_int_equal(ikl_sa_sync(host->sa, NULL, 0), IKL_OK);
    restorer_go_on(&restorer);
    assert_false(host_info(host).syncing); /* whoever restores it asks anew */
    assert_int_equal(ikl_sa_sync(host->sa, NULL, 0), IKL_OK);
    shown = crash_message_for(host->sa);
    crash_add_token(&shown, token, sizeof(token));
    assert_int_equal(crash_show(host, &shown), IKL_OK);
    assert_int_equal(host_last(host, EVENT_DOWN)->down.reason, IKL_DOWN_CRASHED);
    restorer_clear(&restorer);
}

static void behind_a_nat(struct ikl_sa_config *config)
{
    config->path.encapsulated = config->path.behind_nat = true;
}

static void another_clock_and_the_age_of_a_snapshot_move_all_times(void **state)
{
    struct ikl_restore_options options;
    struct ikl_sa *sa;
    struct ikl_sa_info info = {.size = sizeof(info)};

    (void)state;
    restorer_begin(&restorer, 0, behind_a_nat);
    host_advance(host, 4000);
    restorer_take(&restorer);
    options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    options.age = 500;
    host->now = 1000000;
    assert_int_equal(restorer_try(&restorer, &options, &sa), IKL_OK);
    assert_int_equal(ikl_sa_query(sa, &info), IKL_OK);
    assert_int_equal(info.established, 1000000 - 4500);
    assert_int_equal(info.idle_deadline, 1000000 + 500);
    ikl_sa_free(sa);
    options.age = UINT64_MAX;
    assert_int_equal(restorer_try(&restorer, &options, &sa), IKL_OK);
    assert_int_equal(ikl_sa_query(sa, &info), IKL_OK);
    assert_int_equal(info.established, 0);
    restorer_clear(&restorer);
}

/* Goes on at the first time of another clock, with one try. */
static void go_on_at_0(void)
{
    static const struct ikl_schedule once = {.waits = {3000}, .n_waits = 1, .tries = 1};
    struct ikl_restore_options options = restorer_options(&restorer, RESTORER_EPOCH + 1);
    struct ikl_sa *sa;

    options.schedule = &once;
    restorer_take(&restorer);
    host->now = 0;
    assert_int_equal(restorer_try(&restorer, &options, &sa), IKL_OK);
    have(sa);
}

/* What is heard after that clock began was heard after the send, so there is no verdict yet. */
static void a_request_that_was_sent_before_the_clock_began_was_sent_before_all_that_is_heard(void **state)
{
    (void)state;
    restorer_begin(&restorer, 0, NULL);
    (void)ask(host, 1);
    host_advance(host, 900);
    go_on_at_0();
    host_advance(host, 50);
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    host_advance(host, 100);
    assert_int_equal(host_count(host, EVENT_DOWN), 0);
    assert_int_equal(host_last(host, EVENT_ATTEMPT)->attempt.message_id, 0);
    restorer_clear(&restorer);
}

/* The rest of its wait was 100 ms. */
static void a_request_that_was_blocked_before_the_clock_began_waits_in_full_when_it_leaves(void **state)
{
    (void)state;
    restorer_begin(&restorer, 0, NULL);
    blocking_start(host);
    (void)ask(host, 1);
    host_advance(host, 900);
    go_on_at_0();
    blocking_end(host, 50);
    assert_int_equal(host_count(host, EVENT_SENT), 1);
    host_run_until(host, 1049);
    assert_int_equal(host_count(host, EVENT_DOWN), 0);
    host_run_until(host, 1050);
    assert_int_equal(host_count(host, EVENT_DOWN), 1);
    restorer_clear(&restorer);
}

static void roaming_with_windows(struct ikl_sa_config *config)
{
    mover_with_windows(config);
    config->roaming = true;
    config->protection.fragmentation = true;
    config->round_trip_sends = true;
}

/* Requests small and large, sent, cancelled and queued, one of them our Delete of Child SAs; responses that are made
 * again, that are kept sealed and about Message IDs; a token; what only few IKE SAs have. */
static void take_one_that_has_all(void)
{
    static const uint8_t token[IKL_TOKEN_LEN] = {1}, octets[8] = {2};
    static const struct ikl_payload longest_that_is_made_again = {.type = IKL_PAYLOAD_VENDOR_ID,
                                                                  .body = {octets, sizeof(octets)}};
    struct peer_message request = sharing_request(10);
    struct ikl_child *child;

    restorer_begin(&restorer, 3, roaming_with_windows);
    syncing_agree(host->sa);
    assert_int_equal(crash_give(host->sa, token, sizeof(token), 0), IKL_OK);
    host_advance(host, 700);
    assert_int_equal(syncing_give(host, &(struct syncing_says){.send = 9, .receive = 9}), IKL_OK);
    ikl_sa_sent_esp(host->sa, 650);
    child = host->children[1];
    for (uint8_t i = 0; i < 2; i++) {
        assert_int_equal(asking_try(host, &(struct asking){.mark = (uint8_t)(2 * i + 1), .len = 5}, NULL), IKL_OK);
        assert_int_equal(asking_try(host, &(struct asking){.mark = (uint8_t)(2 * i + 2), .len = 300}, NULL), IKL_OK);
        assert_int_equal(ikl_sa_delete_children(host->sa, &child, 1, host->now), IKL_OK);
        child = host->children[2];
    }
    assert_int_equal(peer_send(host, suite, &(struct peer_message){.message_id = 9}), IKL_OK);
    assert_int_equal(peer_send(host, suite, &request), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, 10, &sharing_payload, 1, host->now), IKL_OK);
    request.message_id = 11;
    assert_int_equal(peer_send(host, suite, &request), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, 11, &longest_that_is_made_again, 1, host->now), IKL_OK);
    ikl_sa_cancel(host->sa, ikl_sa_find_context(host->sa, asking_context(1)), host->now);
    host_advance(host, 2000);
    restorer_take(&restorer);
}

static void all_that_an_ike_sa_may_have_is_written_as_ever_and_is_there_again(void **state)
{
    struct ikl_path path;

    (void)state;
    take_one_that_has_all();
    restorer_assert_known(&restorer, 2346, 0x30794038);
    restorer_go_on(&restorer);
    restorer_clear(&restorer);
    restorer_begin(&restorer, 0, behind_a_nat);
    host_advance(host, 4000);
    restorer_go_on(&restorer);
    path = *ikl_sa_path(host->sa);
    path.local.port++;
    assert_int_equal(ikl_sa_set_path(host->sa, &path, 4000), IKL_OK);
    restorer_go_on(&restorer);
    restorer_clear(&restorer);
}

TESTS_OF(snapshot_states)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_sent_and_queued_go_on_with_datagrams_contexts_and_schedules),
        cmocka_unit_test(a_request_with_a_schedule_of_its_own_has_the_one_that_the_host_gives),
        cmocka_unit_test(responses_are_repeated_octet_for_octet),
        cmocka_unit_test(a_request_of_the_peers_that_is_not_answered_comes_again),
        cmocka_unit_test(what_is_taken_back_with_a_request_takes_no_other_along),
        cmocka_unit_test(what_is_known_of_a_blocked_send_is_there_again),
        cmocka_unit_test(child_sas_are_there_in_order_with_evidence_and_those_that_are_deleted),
        cmocka_unit_test(our_delete_goes_on),
        cmocka_unit_test(a_liveness_check_is_repeated_octet_for_octet),
        cmocka_unit_test(a_rekeyed_ike_sa_has_its_heir_again_and_the_child_sas_there),
        cmocka_unit_test(a_rekeyed_ike_sa_whose_heir_is_not_there_ends_as_ever),
        cmocka_unit_test(monitors_go_on_as_they_were),
        cmocka_unit_test(a_child_sa_that_handed_its_monitor_on_has_its_config_for_the_next),
        cmocka_unit_test(a_monitored_child_sa_without_a_config_is_monitored_no_more),
        cmocka_unit_test(the_peers_token_and_what_was_agreed_on_are_there_again),
        cmocka_unit_test(all_that_an_ike_sa_may_have_is_written_as_ever_and_is_there_again),
        cmocka_unit_test(another_clock_and_the_age_of_a_snapshot_move_all_times),
        cmocka_unit_test(a_request_that_was_sent_before_the_clock_began_was_sent_before_all_that_is_heard),
        cmocka_unit_test(a_request_that_was_blocked_before_the_clock_began_waits_in_full_when_it_leaves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
