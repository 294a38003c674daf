/* SPDX-License-Identifier: ISC */
/* One IKE SA takes the place of another (RFC 7296 §1.3.2, §2.8, §2.25). */
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/peer.h"
#include "support/rekeyed.h"
#include "support/test.h"
#include "support/toy_sa.h"

#include "sa/sa.h"

static const char *const suite = REKEYED_SUITE;

enum { CHILDREN = REKEYED_CHILDREN, WAIT = 10000 };

static void child_sas_their_handles_and_evidence_move_to_the_new_ike_sa(void **state)
{
    struct ikl_sa_info info = {.size = sizeof(info)};
    struct rekeyed rekeyed;
    struct host *a = &rekeyed.pair.a;

    (void)state;
    rekeyed_begin(&rekeyed);
    rekeyed.pair.cut = true;
    pair_run(&rekeyed.pair, 3000, 0);
    ikl_child_heard(a->children[1], 2500);
    assert_int_equal(ikl_sa_replace(a->sa, rekeyed.new_a, true, WAIT, 3000), IKL_OK);
    assert_int_equal(ikl_sa_state(a->sa), IKL_SA_REKEYED);
    assert_int_equal(count_children_of(a->sa), 0);
    assert_int_equal(count_children_of(rekeyed.new_a), CHILDREN);
    assert_ptr_equal(ikl_sa_first_child(rekeyed.new_a), a->children[0]);
    assert_ptr_equal(ikl_sa_find_child(rekeyed.new_a, IKL_PROTOCOL_ESP, 0xa0000002), a->children[1]);
    assert_int_equal(ikl_sa_query(rekeyed.new_a, &info), IKL_OK);
    assert_int_equal(info.last_evidence, 2500);
    assert_int_equal(host_count(a, EVENT_CHILD_DOWN), 0);
    pair_clear(&rekeyed.pair);
}

static void the_initiator_of_the_rekey_deletes_the_old_ike_sa_and_nothing_goes_down_with_it(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;

    (void)state;
    rekeyed_begin(&rekeyed);
    assert_int_equal(ikl_sa_replace(pair->b.sa, rekeyed.new_b, false, WAIT, 0), IKL_OK);
    assert_int_equal(ikl_endpoint_next_deadline(pair->b.endpoint), 5000); /* the liveness check of the new one */
    assert_int_equal(host_count(&pair->b, EVENT_SENT), 0);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, true, WAIT, 0), IKL_OK);
    pair_deliver(pair);
    for (size_t i = 0; i < 2; i++) {
        struct host *host = i == 0 ? &pair->a : &pair->b;

        assert_int_equal(host_count(host, EVENT_DOWN), 1);
        assert_int_equal(host_down_of_sa(host, host->sa)->down.reason, IKL_DOWN_REKEYED);
        assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 0);
        assert_int_equal(host_count(host, EVENT_REACHABILITY), 0);
        assert_int_equal(host_counters(host).peer_deletes, 0);
    }
    assert_int_equal(ikl_sa_state(rekeyed.new_a), IKL_SA_ESTABLISHED);
    assert_int_equal(ikl_sa_state(rekeyed.new_b), IKL_SA_ESTABLISHED);
    pair_clear(pair);
}

static void a_delete_of_the_peers_that_does_not_come_is_sent_by_us_after_the_wait(void **state)
{
    struct rekeyed rekeyed;
    struct host *b = &rekeyed.pair.b;

    (void)state;
    rekeyed_begin(&rekeyed);
    assert_int_equal(ikl_sa_replace(b->sa, rekeyed.new_b, false, WAIT, 0), IKL_OK);
    rekeyed.pair.cut = true;
    pair_run(&rekeyed.pair, WAIT - 1, 0);
    assert_int_equal(host_count_of_sa(b, EVENT_SENT, b->sa), 0);
    pair_run(&rekeyed.pair, WAIT, 0);
    assert_int_equal(host_count_of_sa(b, EVENT_SENT, b->sa), 1);
    assert_int_equal(ikl_sa_state(b->sa), IKL_SA_REKEYED);
    pair_run(&rekeyed.pair, 2 * WAIT, 0);
    assert_int_equal(host_down_of_sa(b, b->sa)->at, 2 * WAIT);
    assert_int_equal(host_down_of_sa(b, b->sa)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(ikl_sa_state(rekeyed.new_b), IKL_SA_ESTABLISHED);
    pair_clear(&rekeyed.pair);
}

static void queued_requests_move_and_sent_ones_finish_on_the_old_ike_sa(void **state)
{
    int sent = 1, queued = 2;
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;
    const struct event *first, *second;

    (void)state;
    rekeyed_begin(&rekeyed);
    assert_int_equal(rekeyed_request(pair->a.sa, &sent), IKL_OK);
    assert_int_equal(rekeyed_request(pair->a.sa, &queued), IKL_OK);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, true, WAIT, 0), IKL_OK);
    /* the queued one goes out on the new IKE SA at once; the Delete waits for the one that was sent */
    assert_int_equal(host_count_of_sa(&pair->a, EVENT_SENT, pair->a.sa), 1);
    assert_int_equal(host_count_of_sa(&pair->a, EVENT_SENT, rekeyed.new_a), 1);
    pair_deliver(pair);
    first = host_event(&pair->a, EVENT_OUTCOME, 0);
    second = host_event(&pair->a, EVENT_OUTCOME, 1);
    assert_int_equal(host_count(&pair->a, EVENT_OUTCOME), 2);
    assert_ptr_equal(first->outcome.context, &sent);
    assert_ptr_equal(first->sa, pair->a.sa);
    assert_ptr_equal(second->outcome.context, &queued);
    assert_ptr_equal(second->sa, rekeyed.new_a);
    assert_int_equal(second->outcome.message_id, 0);
    assert_int_equal(first->outcome.kind, IKL_OUTCOME_ANSWERED);
    assert_int_equal(second->outcome.kind, IKL_OUTCOME_ANSWERED);
    assert_non_null(host_down_of_sa(&pair->a, pair->a.sa));
    pair_clear(pair);
}

static void with_two_ciphers(struct ikl_endpoint_config *config)
{
    static const struct ikl_provider *const providers[] = {&fickle_provider, &toy_provider};

    config->providers = providers;
    config->n_providers = COUNT_OF(providers);
}

/* The old IKE SA's cipher does not seal it to the same octets again; it goes out like a request made there. */
static void a_queued_request_moves_to_a_cipher_that_need_not_keep_it_sealed(void **state)
{
    struct ikl_sa_config config;
    const struct event *event;
    struct ikl_sa *replacement;
    struct ikl_keys keys;
    struct host host;

    (void)state;
    fickle_reset(false, true);
    host_init(&host, "a", 0, with_two_ciphers);
    host_sa(&host, suite, true, 0, NULL);
    toy_sa_config(&config, &keys, 1);
    config.ids.peer_window = 2;
    assert_int_equal(ikl_sa_new(&replacement, host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(rekeyed_request(replacement, NULL), IKL_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rekeyed_request(host.sa, NULL), IKL_OK);
    }
    assert_int_equal(ikl_sa_replace(host.sa, replacement, true, WAIT, 0), IKL_OK);
    event = host_last(&host, EVENT_SENT);
    assert_ptr_equal(event->sa, replacement);
    assert_int_equal(event->len, host_event(&host, EVENT_SENT, 0)->len);
    assert_int_equal(event->datagram[23], 1); /* the Message ID */
    host_clear(&host);
}

static void what_was_heard_on_the_old_ike_sa_puts_off_the_liveness_check_of_the_new_one(void **state)
{
    struct rekeyed rekeyed;
    struct host *a = &rekeyed.pair.a;

    (void)state;
    rekeyed_begin(&rekeyed);
    host_advance(a, 3000);
    assert_int_equal(peer_send(a, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    assert_int_equal(ikl_sa_replace(a->sa, rekeyed.new_a, true, WAIT, 3000), IKL_OK);
    host_run_until(a, 7999);
    assert_int_equal(host_count_of_sa(a, EVENT_SENT, rekeyed.new_a), 0);
    host_run_until(a, 8000);
    assert_int_equal(host_count_of_sa(a, EVENT_SENT, rekeyed.new_a), 1);
    pair_clear(&rekeyed.pair);
}

static void a_queued_request_moves_with_a_schedule_of_its_own_that_is_the_old_ike_sas_too(void **state)
{
    static const struct ikl_schedule slow = {.waits = {30000}, .n_waits = 1, .tries = 3};
    struct ikl_request_options own = {.size = sizeof(own), .schedule = ikl_schedule_default()};
    int sent = 1;
    struct rekeyed rekeyed;
    struct host *a = &rekeyed.pair.a;

    (void)state;
    rekeyed_begin(&rekeyed);
    assert_int_equal(ikl_sa_set_schedule(rekeyed.new_a, &slow), IKL_OK);
    assert_int_equal(rekeyed_request(a->sa, &sent), IKL_OK);
    assert_int_equal(ikl_sa_request(a->sa, IKL_INFORMATIONAL, NULL, 0, &own, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_replace(a->sa, rekeyed.new_a, true, WAIT, 0), IKL_OK);
    assert_ptr_equal(host_last(a, EVENT_ATTEMPT)->sa, rekeyed.new_a);
    assert_int_equal(host_last(a, EVENT_ATTEMPT)->attempt.wait, 1000);
    pair_clear(&rekeyed.pair);
}

static void the_old_ike_sa_is_no_longer_probed_and_its_time_out_ends_only_itself(void **state)
{
    int sent = 1;
    struct rekeyed rekeyed;
    struct host *a = &rekeyed.pair.a;

    (void)state;
    rekeyed_begin(&rekeyed);
    rekeyed.pair.cut = true;
    assert_int_equal(rekeyed_request(a->sa, &sent), IKL_OK);
    assert_int_equal(ikl_sa_replace(a->sa, rekeyed.new_a, true, WAIT, 0), IKL_OK);
    pair_run(&rekeyed.pair, 319000, 0);
    assert_int_equal(host_count_of_sa(a, EVENT_SENT, a->sa), 10);
    assert_int_equal(host_down_of_sa(a, a->sa)->at, 319000);
    assert_int_equal(host_down_of_sa(a, a->sa)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(host_event(a, EVENT_OUTCOME, 0)->outcome.kind, IKL_OUTCOME_TIMED_OUT);
    assert_int_equal(host_count(a, EVENT_CHILD_DOWN), 0);
    assert_int_equal(ikl_sa_state(rekeyed.new_a), IKL_SA_ESTABLISHED);
    pair_clear(&rekeyed.pair);
}

static void a_rekeyed_ike_sa_still_answers_the_peer(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;

    (void)state;
    rekeyed_begin(&rekeyed);
    assert_int_equal(ikl_sa_replace(pair->b.sa, rekeyed.new_b, false, 600000, 0), IKL_OK);
    assert_int_equal(ikl_sa_probe(pair->a.sa, 0), IKL_OK);
    pair_deliver(pair);
    assert_int_equal(host_count(&pair->a, EVENT_ALIVE), 1);
    assert_int_equal(ikl_sa_probe(pair->b.sa, 0), IKL_ERR_STATE);
    assert_int_equal(rekeyed_request(pair->b.sa, NULL), IKL_ERR_STATE);
    pair_clear(pair);
}

static void a_rekeyed_ike_sa_goes_on_with_no_exchange_that_ike_followup_ke_follows(void **state)
{
    static const uint8_t exchanges[] = {IKL_IKE_FOLLOWUP_KE, IKL_CREATE_CHILD_SA};
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(exchanges); i++) {
        bool answered = exchanges[i] == IKL_IKE_FOLLOWUP_KE; /* of the other the host is asked */

        rekeyed_begin(&rekeyed);
        assert_int_equal(ikl_sa_replace(pair->b.sa, rekeyed.new_b, false, 600000, 0), IKL_OK);
        assert_int_equal(ikl_sa_request(pair->a.sa, exchanges[i], NULL, 0, NULL, 0, NULL), IKL_OK);
        pair_deliver(pair);
        assert_int_equal(host_count(&pair->b, EVENT_PEER_REQUEST), answered ? 0 : 1);
        assert_int_equal(host_count(&pair->a, EVENT_OUTCOME), answered ? 1 : 0);
        if (answered) {
            assert_int_equal(host_last(&pair->a, EVENT_OUTCOME)->outcome.error, IKL_NOTIFY_STATE_NOT_FOUND);
        }
        pair_clear(pair);
    }
}

static void a_delayed_rekey_answer_does_not_delete_the_new_ike_sa(void **state)
{
    struct ikl_payload nonce = {.type = IKL_PAYLOAD_NONCE, .body = {(const uint8_t *)"0123456789abcdef", 16}};
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;
    const struct event *late;

    (void)state;
    rekeyed_begin(&rekeyed);
    assert_int_equal(ikl_sa_request(pair->a.sa, IKL_CREATE_CHILD_SA, &nonce, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(host_receive(&pair->b, host_event(&pair->a, EVENT_SENT, 0)), IKL_OK);
    assert_int_equal(ikl_sa_respond(pair->b.sa, 0, &nonce, 1, 0), IKL_OK);
    late = host_event(&pair->b, EVENT_SENT, 0);
    assert_int_equal(ikl_sa_replace(pair->b.sa, rekeyed.new_b, false, WAIT, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, true, WAIT, 0), IKL_OK);
    pair->a.now = pair->b.now = 100;
    host_event(&pair->a, EVENT_SENT, 0)->delivered = true;
    host_event(&pair->b, EVENT_SENT, 0)->delivered = true;
    pair_run(pair, 4000, 0); /* the request is sent again, answered again, and the old IKE SA deleted */
    assert_non_null(host_down_of_sa(&pair->a, pair->a.sa));
    assert_int_equal(host_receive(&pair->a, late), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(ikl_sa_state(rekeyed.new_a), IKL_SA_ESTABLISHED);
    assert_int_equal(ikl_sa_state(rekeyed.new_b), IKL_SA_ESTABLISHED);
    assert_int_equal(count_children_of(rekeyed.new_a), CHILDREN);
    pair_clear(pair);
}

/* Both rekey at once (§2.8.2): the one with the lowest nonce loses, and whoever made it deletes it. `n` numbers the IKE
 * SA, its initiator's side is `by_a`. */
static void a_simultaneous_rekey_leaves_one_ike_sa_with_all_child_sas(void **state)
{
    static const uint8_t low[16] = {1}, high[16] = {2}, higher[16] = {3}, highest[16] = {4};
    struct ikl_octets a_i = {low, 16}, a_r = {highest, 16}, b_i = {high, 16}, b_r = {higher, 16};
    struct pair pair;
    struct ikl_sa *by_a[2], *by_b[2];

    (void)state;
    assert_true(ikl_nonces_lose(a_i, a_r, b_i, b_r));
    assert_false(ikl_nonces_lose(b_i, b_r, a_i, a_r));
    pair_init(&pair, suite, CHILDREN, NULL, NULL);
    by_a[0] = rekeyed_new_sa(&pair.a, true, 1);
    by_a[1] = rekeyed_new_sa(&pair.b, false, 1);
    by_b[0] = rekeyed_new_sa(&pair.a, false, 2);
    by_b[1] = rekeyed_new_sa(&pair.b, true, 2);
    /* b's wins: both let it take the place of the old one; a deletes the one it made itself */
    assert_int_equal(ikl_sa_replace(pair.a.sa, by_b[0], false, WAIT, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(pair.b.sa, by_b[1], true, WAIT, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete(by_a[0], WAIT, 0), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(host_down_of_sa(&pair.a, pair.a.sa)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(host_down_of_sa(&pair.b, pair.b.sa)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(host_down_of_sa(&pair.a, by_a[0])->down.reason, IKL_DOWN_CLOSED);
    assert_int_equal(host_down_of_sa(&pair.b, by_a[1])->down.reason, IKL_DOWN_PEER_DELETED);
    assert_int_equal(count_children_of(by_b[0]), CHILDREN);
    assert_int_equal(count_children_of(by_b[1]), CHILDREN);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN) + host_count(&pair.b, EVENT_CHILD_DOWN), 0);
    assert_int_equal(ikl_endpoint_n_sas(pair.a.endpoint), 1);
    assert_int_equal(ikl_endpoint_n_sas(pair.b.endpoint), 1);
    pair_clear(&pair);
}

static struct ikl_sa *heir;

static void let_heir_take_over(void *user, struct ikl_sa *sa)
{
    struct host *host = user;

    assert_int_equal(ikl_sa_state(sa), IKL_SA_ESTABLISHED);
    if (heir != NULL) {
        assert_int_equal(ikl_sa_replace(sa, heir, false, WAIT, host->now), IKL_OK);
    }
}

static void hear_of_deletes(struct ikl_endpoint_config *config)
{
    config->callbacks.peer_deletes = let_heir_take_over;
}

/* Both rekey at once, and b's wins. The response to a's own was lost, so a does not know yet when b deletes the old IKE
 * SA; what it has of b's rekey inherits. */
static void a_delete_of_the_peers_that_tells_the_outcome_of_a_simultaneous_rekey_saves_the_child_sas(void **state)
{
    struct pair pair;
    struct ikl_sa *by_b[2];
    const struct event *down;

    (void)state;
    pair_init(&pair, suite, CHILDREN, hear_of_deletes, NULL);
    by_b[0] = heir = rekeyed_new_sa(&pair.a, false, 2);
    by_b[1] = rekeyed_new_sa(&pair.b, true, 2);
    assert_int_equal(ikl_sa_request(pair.a.sa, IKL_CREATE_CHILD_SA, NULL, 0, NULL, 0, NULL), IKL_OK);
    host_forget(&pair.a); /* lost */
    assert_int_equal(ikl_sa_replace(pair.b.sa, by_b[1], true, WAIT, 0), IKL_OK);
    pair_deliver(&pair);
    down = host_down_of_sa(&pair.a, pair.a.sa);
    assert_non_null(down);
    assert_int_equal(down->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(host_count_of_sa(&pair.a, EVENT_OUTCOME, pair.a.sa), 1);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), 0);
    assert_int_equal(count_children_of(by_b[0]), CHILDREN);
    assert_int_equal(count_children_of(by_b[1]), CHILDREN);
    assert_int_equal(host_counters(&pair.a).peer_deletes, 0);
    pair_clear(&pair);
}

static void without_an_heir_the_peers_delete_takes_everything_down(void **state)
{
    struct pair pair;

    (void)state;
    heir = NULL;
    pair_init(&pair, suite, CHILDREN, hear_of_deletes, NULL);
    assert_int_equal(ikl_sa_delete(pair.b.sa, WAIT, 0), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(host_down_of_sa(&pair.a, pair.a.sa)->down.reason, IKL_DOWN_PEER_DELETED);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), CHILDREN);
    assert_int_equal(host_counters(&pair.a).peer_deletes, 1);
    pair_clear(&pair);
}

static void replacing_refuses_what_does_not_go_together(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;

    (void)state;
    rekeyed_begin(&rekeyed);
    assert_int_equal(ikl_sa_replace(pair->a.sa, pair->a.sa, true, WAIT, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_b, true, WAIT, 0), IKL_ERR_INVALID);
    ikl_sa_close(rekeyed.new_a, 0);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, true, WAIT, 0), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_replace(rekeyed.new_a, pair->a.sa, true, WAIT, 0), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_state(pair->a.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(count_children_of(pair->a.sa), CHILDREN);
    pair_clear(pair);
}

static void nonces_are_compared_octet_by_octet_and_a_prefix_is_lower(void **state)
{
    static const uint8_t octets[] = {5, 5, 5, 0, 9};
    struct ikl_octets longer = {octets, 3}, prefix = {octets, 2}, lowest = {octets + 3, 2}, higher = {octets + 4, 1};

    (void)state;
    assert_true(ikl_nonces_lose(prefix, higher, longer, higher));
    assert_false(ikl_nonces_lose(longer, higher, prefix, higher));
    assert_true(ikl_nonces_lose((struct ikl_octets){NULL, 0}, higher, prefix, higher)); /* the prefix of all */
    assert_true(ikl_nonces_lose(higher, lowest, prefix, prefix));
    assert_true(ikl_nonces_lose(longer, prefix, (struct ikl_octets){octets + 1, 3}, higher)); /* it is between them */
    assert_false(ikl_nonces_lose(prefix, prefix, higher, lowest));
    assert_false(ikl_nonces_lose(longer, longer, longer, longer));
}

static void a_rekeyed_ike_sa_that_is_closed_goes_down_as_rekeyed(void **state)
{
    struct rekeyed rekeyed;
    struct host *a = &rekeyed.pair.a;

    (void)state;
    rekeyed_begin(&rekeyed);
    assert_int_equal(ikl_sa_replace(a->sa, rekeyed.new_a, false, WAIT, 0), IKL_OK);
    ikl_sa_close(a->sa, 0);
    assert_int_equal(host_down_of_sa(a, a->sa)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(count_children_of(rekeyed.new_a), CHILDREN);
    pair_clear(&rekeyed.pair);
}

static unsigned ivs, failing_ivs;

static int all_but_the_first_ivs(void *user, struct ikl_sa *sa, uint8_t *iv, size_t len)
{
    (void)user, (void)sa;
    memset(iv, 0, len);
    iv[0] = (uint8_t)ivs;
    return ivs++ < failing_ivs ? IKL_ERR_CRYPTO : IKL_OK;
}

static void with_first_ivs_that_fail(struct ikl_sa_config *config)
{
    config->protection.iv_source = IKL_IV_CALLBACK;
    config->protection.next_iv = all_but_the_first_ivs;
}

/* At once, and when an answer or a wait ends what its Delete waited for: nothing is sealed once its keys are gone. */
static void a_replaced_ike_sa_whose_delete_cannot_be_made_goes_down_as_rekeyed(void **state)
{
    (void)state;
    for (int we_delete = 0; we_delete < 2; we_delete++) {
        struct host host;
        struct ikl_sa *replacement;

        ivs = 0;
        failing_ivs = 1000000;
        host_init(&host, "a", 0, NULL);
        host_sa(&host, suite, true, CHILDREN, with_first_ivs_that_fail);
        replacement = rekeyed_new_sa(&host, true, 1);
        assert_int_equal(ikl_sa_replace(host.sa, replacement, we_delete != 0, WAIT, 0), IKL_OK);
        for (ikl_time now = 0; now <= 2 * WAIT; now += 500) {
            host_advance(&host, now);
        }
        assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
        assert_int_equal(host_count_of_sa(&host, EVENT_SENT, host.sa), 0);
        assert_int_equal(host_down_of_sa(&host, host.sa)->down.reason, IKL_DOWN_REKEYED);
        assert_int_equal(host_down_of_sa(&host, host.sa)->at, we_delete != 0 ? WAIT : 2 * WAIT);
        assert_int_equal(host_counters(&host).other, WAIT / 1000);
        assert_int_equal(ivs, WAIT / 1000 + 1);
        assert_int_equal(count_children_of(replacement), CHILDREN);
        host_clear(&host);
    }
}

static void a_queued_request_that_cannot_be_made_on_the_new_ike_sa_is_tried_again_a_second_later(void **state)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *replacement;
    struct host host;

    (void)state;
    ivs = 0;
    failing_ivs = 1;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, NULL);
    test_sa_config(&config, &keys, suite, true, 1);
    with_first_ivs_that_fail(&config);
    assert_int_equal(ikl_sa_new(&replacement, host.endpoint, &config, 0), IKL_OK);
    assert_int_equal(rekeyed_request(host.sa, NULL), IKL_OK);
    assert_int_equal(rekeyed_request(host.sa, NULL), IKL_OK);
    assert_int_equal(ikl_sa_replace(host.sa, replacement, true, WAIT, 0), IKL_OK);
    host_run_until(&host, 999);
    assert_int_equal(host_count_of_sa(&host, EVENT_SENT, replacement), 0);
    host_run_until(&host, 1000);
    assert_int_equal(host_count_of_sa(&host, EVENT_SENT, replacement), 1);
    host_clear(&host);
}

static void a_delete_that_could_not_be_made_is_tried_again_every_second_while_its_answer_would_be_waited_for(
    void **state)
{
    struct host host;

    (void)state;
    ivs = 0;
    failing_ivs = 3;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, with_first_ivs_that_fail);
    assert_int_equal(ikl_sa_replace(host.sa, rekeyed_new_sa(&host, true, 1), true, WAIT, 0), IKL_OK);
    host_advance(&host, 1000);
    host_advance(&host, 2000);
    host_advance(&host, 2999);
    assert_int_equal(host_count_of_sa(&host, EVENT_SENT, host.sa), 0);
    host_advance(&host, 3000);
    assert_int_equal(host_count_of_sa(&host, EVENT_SENT, host.sa), 1);
    host_advance(&host, WAIT - 1);
    assert_null(host_down_of_sa(&host, host.sa));
    host_advance(&host, WAIT);
    assert_int_equal(host_down_of_sa(&host, host.sa)->down.reason, IKL_DOWN_REKEYED);
    host_clear(&host);
}

static void with_fickle_provider_and_no_own_blocks(struct ikl_endpoint_config *config)
{
    with_fickle_provider(config);
    config->callbacks.peer_request = NULL;
    config->own_blocks = IKL_NO_OWN_BLOCKS;
}

static void with_a_window_of_3(struct ikl_sa_config *config)
{
    config->ids.own_window = 3;
}

/* Three answers have taken the blocks that it owns for what must be kept sealed. */
static void a_delete_for_which_no_block_is_free_is_sent_when_one_is(void **state)
{
    struct drain drain;
    struct host host;
    struct ikl_sa *replacement;

    (void)state;
    fickle_reset(false, true);
    host_init(&host, "a", 0, with_fickle_provider_and_no_own_blocks);
    host_sa(&host, suite, true, 0, with_a_window_of_3);
    replacement = rekeyed_new_sa(&host, true, 1);
    drain_pool_to(&drain, &host, host.endpoint->shares.set_aside);
    for (uint32_t id = 0; id < 3; id++) {
        assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = id}), IKL_OK);
    }
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    assert_int_equal(ikl_sa_replace(host.sa, replacement, true, WAIT, 0), IKL_OK);
    host_advance(&host, 1000);
    assert_int_equal(ikl_sa_state(host.sa), IKL_SA_REKEYED);
    assert_int_equal(host_count(&host, EVENT_SENT), 3);
    refill_pool(&drain, &host);
    host_advance(&host, 2000);
    assert_int_equal(host_count(&host, EVENT_SENT), 4);
    assert_int_equal(host_counters(&host).other, 2);
    host_clear(&host);
}

static void the_last_try_of_a_delete_is_when_the_wait_for_its_answer_ends(void **state)
{
    struct host host;

    (void)state;
    ivs = 0;
    failing_ivs = 1000000;
    host_init(&host, "a", 0, NULL);
    host_sa(&host, suite, true, 0, with_first_ivs_that_fail);
    assert_int_equal(ikl_sa_replace(host.sa, rekeyed_new_sa(&host, true, 1), true, 1500, 0), IKL_OK);
    host_advance(&host, 1000);
    host_advance(&host, 1499);
    assert_int_equal(ivs, 2);
    host_advance(&host, 1500);
    assert_int_equal(ivs, 3);
    assert_int_equal(host_down_of_sa(&host, host.sa)->down.reason, IKL_DOWN_REKEYED);
    host_clear(&host);
}

TESTS_OF(rekey)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_sas_their_handles_and_evidence_move_to_the_new_ike_sa),
        cmocka_unit_test(the_initiator_of_the_rekey_deletes_the_old_ike_sa_and_nothing_goes_down_with_it),
        cmocka_unit_test(a_delete_of_the_peers_that_does_not_come_is_sent_by_us_after_the_wait),
        cmocka_unit_test(queued_requests_move_and_sent_ones_finish_on_the_old_ike_sa),
        cmocka_unit_test(a_queued_request_moves_to_a_cipher_that_need_not_keep_it_sealed),
        cmocka_unit_test(what_was_heard_on_the_old_ike_sa_puts_off_the_liveness_check_of_the_new_one),
        cmocka_unit_test(a_queued_request_that_cannot_be_made_on_the_new_ike_sa_is_tried_again_a_second_later),
        cmocka_unit_test(a_queued_request_moves_with_a_schedule_of_its_own_that_is_the_old_ike_sas_too),
        cmocka_unit_test(the_old_ike_sa_is_no_longer_probed_and_its_time_out_ends_only_itself),
        cmocka_unit_test(a_rekeyed_ike_sa_still_answers_the_peer),
        cmocka_unit_test(a_rekeyed_ike_sa_goes_on_with_no_exchange_that_ike_followup_ke_follows),
        cmocka_unit_test(a_delayed_rekey_answer_does_not_delete_the_new_ike_sa),
        cmocka_unit_test(a_simultaneous_rekey_leaves_one_ike_sa_with_all_child_sas),
        cmocka_unit_test(a_delete_of_the_peers_that_tells_the_outcome_of_a_simultaneous_rekey_saves_the_child_sas),
        cmocka_unit_test(without_an_heir_the_peers_delete_takes_everything_down),
        cmocka_unit_test(replacing_refuses_what_does_not_go_together),
        cmocka_unit_test(nonces_are_compared_octet_by_octet_and_a_prefix_is_lower),
        cmocka_unit_test(a_rekeyed_ike_sa_that_is_closed_goes_down_as_rekeyed),
        cmocka_unit_test(a_replaced_ike_sa_whose_delete_cannot_be_made_goes_down_as_rekeyed),
        cmocka_unit_test(
            a_delete_that_could_not_be_made_is_tried_again_every_second_while_its_answer_would_be_waited_for),
        cmocka_unit_test(a_delete_for_which_no_block_is_free_is_sent_when_one_is),
        cmocka_unit_test(the_last_try_of_a_delete_is_when_the_wait_for_its_answer_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
