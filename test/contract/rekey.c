/* SPDX-License-Identifier: ISC */
/* One IKE SA takes the place of another; Child SAs are replaced (RFC 7296 §1.3.2, §1.3.3, §2.8, §2.25). */
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/host.h"
#include "support/peer.h"
#include "support/test.h"

#include "sa/sa.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum { CHILDREN = 3, WAIT = 10000 };

/* Two peers with an IKE SA and the one that is to replace it; `a` initiated both. */
struct rekeyed {
    struct pair pair;
    struct ikl_sa *new_a, *new_b;
};

static struct ikl_sa *new_sa(struct host *host, bool original_initiator, uint32_t n)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;

    test_sa_config(&config, &keys, suite, original_initiator, n);
    assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_OK);
    return sa;
}

static void begin(struct rekeyed *rekeyed)
{
    pair_init(&rekeyed->pair, suite, CHILDREN, NULL, NULL);
    rekeyed->new_a = new_sa(&rekeyed->pair.a, true, 1);
    rekeyed->new_b = new_sa(&rekeyed->pair.b, false, 1);
}

static size_t count_of_sa(const struct host *host, enum event_kind kind, const struct ikl_sa *sa)
{
    size_t n = 0;

    for (size_t i = 0; i < host->n_events; i++) {
        n += host->events[i].kind == kind && host->events[i].sa == sa ? 1 : 0;
    }
    return n;
}

static const struct event *down_of_sa(const struct host *host, const struct ikl_sa *sa)
{
    for (size_t i = 0; i < host->n_events; i++) {
        if (host->events[i].kind == EVENT_DOWN && host->events[i].sa == sa) {
            return &host->events[i];
        }
    }
    return NULL;
}

static uint32_t count_children(const struct ikl_sa *sa)
{
    uint32_t n = 0;

    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        n++;
    }
    return n;
}

static void child_sas_their_handles_and_evidence_move_to_the_new_ike_sa(void **state)
{
    struct ikl_sa_info info = {.size = sizeof(info)};
    struct rekeyed rekeyed;
    struct host *a = &rekeyed.pair.a;

    (void)state;
    begin(&rekeyed);
    rekeyed.pair.cut = true;
    pair_run(&rekeyed.pair, 3000, 0);
    ikl_child_heard(a->children[1], 2500);
    assert_int_equal(ikl_sa_replace(a->sa, rekeyed.new_a, true, WAIT, 3000), IKL_OK);
    assert_int_equal(ikl_sa_state(a->sa), IKL_SA_REKEYED);
    assert_int_equal(count_children(a->sa), 0);
    assert_int_equal(count_children(rekeyed.new_a), CHILDREN);
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
    begin(&rekeyed);
    assert_int_equal(ikl_sa_replace(pair->b.sa, rekeyed.new_b, false, WAIT, 0), IKL_OK);
    assert_int_equal(host_count(&pair->b, EVENT_SENT), 0);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, true, WAIT, 0), IKL_OK);
    pair_deliver(pair);
    for (size_t i = 0; i < 2; i++) {
        struct host *host = i == 0 ? &pair->a : &pair->b;

        assert_int_equal(host_count(host, EVENT_DOWN), 1);
        assert_int_equal(down_of_sa(host, host->sa)->down.reason, IKL_DOWN_REKEYED);
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
    begin(&rekeyed);
    assert_int_equal(ikl_sa_replace(b->sa, rekeyed.new_b, false, WAIT, 0), IKL_OK);
    rekeyed.pair.cut = true;
    pair_run(&rekeyed.pair, WAIT - 1, 0);
    assert_int_equal(count_of_sa(b, EVENT_SENT, b->sa), 0);
    pair_run(&rekeyed.pair, WAIT, 0);
    assert_int_equal(count_of_sa(b, EVENT_SENT, b->sa), 1);
    assert_int_equal(ikl_sa_state(b->sa), IKL_SA_REKEYED);
    pair_run(&rekeyed.pair, 2 * WAIT, 0);
    assert_int_equal(down_of_sa(b, b->sa)->at, 2 * WAIT);
    assert_int_equal(down_of_sa(b, b->sa)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(ikl_sa_state(rekeyed.new_b), IKL_SA_ESTABLISHED);
    pair_clear(&rekeyed.pair);
}

static int request(struct ikl_sa *sa, void *context)
{
    struct ikl_request_options options = {.size = sizeof(options), .context = context};

    return ikl_sa_request(sa, IKL_INFORMATIONAL, NULL, 0, &options, 0, NULL);
}

static void queued_requests_move_and_sent_ones_finish_on_the_old_ike_sa(void **state)
{
    int sent = 1, queued = 2;
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;
    const struct event *first, *second;

    (void)state;
    begin(&rekeyed);
    assert_int_equal(request(pair->a.sa, &sent), IKL_OK);
    assert_int_equal(request(pair->a.sa, &queued), IKL_OK);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, true, WAIT, 0), IKL_OK);
    /* the queued one goes out on the new IKE SA at once; the Delete waits for the one that was sent */
    assert_int_equal(count_of_sa(&pair->a, EVENT_SENT, pair->a.sa), 1);
    assert_int_equal(count_of_sa(&pair->a, EVENT_SENT, rekeyed.new_a), 1);
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
    assert_non_null(down_of_sa(&pair->a, pair->a.sa));
    pair_clear(pair);
}

static void a_queued_request_moves_with_a_schedule_of_its_own_that_is_the_old_ike_sas_too(void **state)
{
    static const struct ikl_schedule slow = {.waits = {30000}, .n_waits = 1, .tries = 3};
    struct ikl_request_options own = {.size = sizeof(own), .schedule = ikl_schedule_default()};
    int sent = 1;
    struct rekeyed rekeyed;
    struct host *a = &rekeyed.pair.a;

    (void)state;
    begin(&rekeyed);
    assert_int_equal(ikl_sa_set_schedule(rekeyed.new_a, &slow), IKL_OK);
    assert_int_equal(request(a->sa, &sent), IKL_OK);
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
    begin(&rekeyed);
    rekeyed.pair.cut = true;
    assert_int_equal(request(a->sa, &sent), IKL_OK);
    assert_int_equal(ikl_sa_replace(a->sa, rekeyed.new_a, true, WAIT, 0), IKL_OK);
    pair_run(&rekeyed.pair, 319000, 0);
    assert_int_equal(count_of_sa(a, EVENT_SENT, a->sa), 10);
    assert_int_equal(down_of_sa(a, a->sa)->at, 319000);
    assert_int_equal(down_of_sa(a, a->sa)->down.reason, IKL_DOWN_REKEYED);
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
    begin(&rekeyed);
    assert_int_equal(ikl_sa_replace(pair->b.sa, rekeyed.new_b, false, 600000, 0), IKL_OK);
    assert_int_equal(ikl_sa_probe(pair->a.sa, 0), IKL_OK);
    pair_deliver(pair);
    assert_int_equal(host_count(&pair->a, EVENT_ALIVE), 1);
    assert_int_equal(ikl_sa_probe(pair->b.sa, 0), IKL_ERR_STATE);
    assert_int_equal(request(pair->b.sa, NULL), IKL_ERR_STATE);
    pair_clear(pair);
}

static void a_delayed_rekey_answer_does_not_delete_the_new_ike_sa(void **state)
{
    struct ikl_payload nonce = {.type = IKL_PAYLOAD_NONCE, .body = {(const uint8_t *)"0123456789abcdef", 16}};
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;
    const struct event *late;

    (void)state;
    begin(&rekeyed);
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
    assert_non_null(down_of_sa(&pair->a, pair->a.sa));
    assert_int_equal(host_receive(&pair->a, late), IKL_ERR_UNKNOWN_SPI);
    assert_int_equal(ikl_sa_state(rekeyed.new_a), IKL_SA_ESTABLISHED);
    assert_int_equal(ikl_sa_state(rekeyed.new_b), IKL_SA_ESTABLISHED);
    assert_int_equal(count_children(rekeyed.new_a), CHILDREN);
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
    by_a[0] = new_sa(&pair.a, true, 1);
    by_a[1] = new_sa(&pair.b, false, 1);
    by_b[0] = new_sa(&pair.a, false, 2);
    by_b[1] = new_sa(&pair.b, true, 2);
    /* b's wins: both let it take the place of the old one; a deletes the one it made itself */
    assert_int_equal(ikl_sa_replace(pair.a.sa, by_b[0], false, WAIT, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(pair.b.sa, by_b[1], true, WAIT, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete(by_a[0], WAIT, 0), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(down_of_sa(&pair.a, pair.a.sa)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(down_of_sa(&pair.b, pair.b.sa)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(down_of_sa(&pair.a, by_a[0])->down.reason, IKL_DOWN_CLOSED);
    assert_int_equal(down_of_sa(&pair.b, by_a[1])->down.reason, IKL_DOWN_PEER_DELETED);
    assert_int_equal(count_children(by_b[0]), CHILDREN);
    assert_int_equal(count_children(by_b[1]), CHILDREN);
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
    by_b[0] = heir = new_sa(&pair.a, false, 2);
    by_b[1] = new_sa(&pair.b, true, 2);
    assert_int_equal(ikl_sa_request(pair.a.sa, IKL_CREATE_CHILD_SA, NULL, 0, NULL, 0, NULL), IKL_OK);
    host_forget(&pair.a); /* lost */
    assert_int_equal(ikl_sa_replace(pair.b.sa, by_b[1], true, WAIT, 0), IKL_OK);
    pair_deliver(&pair);
    down = down_of_sa(&pair.a, pair.a.sa);
    assert_non_null(down);
    assert_int_equal(down->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(count_of_sa(&pair.a, EVENT_OUTCOME, pair.a.sa), 1);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), 0);
    assert_int_equal(count_children(by_b[0]), CHILDREN);
    assert_int_equal(count_children(by_b[1]), CHILDREN);
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
    assert_int_equal(down_of_sa(&pair.a, pair.a.sa)->down.reason, IKL_DOWN_PEER_DELETED);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), CHILDREN);
    assert_int_equal(host_counters(&pair.a).peer_deletes, 1);
    pair_clear(&pair);
}

static struct ikl_child *add_replacement(struct host *host, struct ikl_child *replaced, uint32_t spi_in,
                                         uint32_t spi_out)
{
    struct ikl_child_config config = {.size = sizeof(config),
                                      .protocol = IKL_PROTOCOL_ESP,
                                      .spi_in = spi_in,
                                      .spi_out = spi_out,
                                      .replaces = replaced};
    struct ikl_child *child;

    assert_int_equal(ikl_sa_add_child(host->sa, &config, &child), IKL_OK);
    return child;
}

static void a_child_sa_that_was_replaced_goes_down_as_rekeyed_on_both_sides(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    add_replacement(&pair.a, pair.a.children[0], 0xa1, 0xb1);
    add_replacement(&pair.b, pair.b.children[0], 0xb1, 0xa1);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), 0);
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, pair.a.children, 1, 0), IKL_OK);
    pair_deliver(&pair);
    for (size_t i = 0; i < 2; i++) {
        struct host *host = i == 0 ? &pair.a : &pair.b;

        assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 1);
        assert_int_equal(host_event(host, EVENT_CHILD_DOWN, 0)->down.reason, IKL_DOWN_REKEYED);
        assert_int_equal(host_info(host).n_children, 1);
    }
    pair_clear(&pair);
}

static const struct event *child_down_of(const struct host *host, uint32_t spi_in)
{
    for (size_t i = 0; i < host->n_events; i++) {
        if (host->events[i].kind == EVENT_CHILD_DOWN && host->events[i].spi_in == spi_in) {
            return &host->events[i];
        }
    }
    return NULL;
}

/* The request that was given up is no business of its. */
static void assert_replaced_down(const struct host *host, enum ikl_down_reason others)
{
    const struct event *replaced = child_down_of(host, 0xa0000001), *successor = child_down_of(host, 0xa1);

    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 2);
    assert_int_equal(replaced->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(replaced->down.exchange_type, 0);
    assert_int_equal(replaced->down.message_id, 0);
    assert_int_equal(replaced->down.sends, 0);
    assert_int_equal(replaced->down.first_sent, 0);
    assert_int_equal(replaced->down.at, successor->down.at);
    assert_int_equal(replaced->down.last_evidence, successor->down.last_evidence);
    assert_int_equal(successor->down.reason, others);
    assert_int_equal(down_of_sa(host, host->sa)->down.reason, others);
}

static void let_it_time_out(struct pair *pair)
{
    pair->cut = true;
    pair_run(pair, 324000, 0);
    assert_int_equal(child_down_of(&pair->a, 0xa1)->down.sends, 10);
}

static void close_it(struct pair *pair)
{
    ikl_sa_close(pair->a.sa, 0);
}

static void delete_it(struct pair *pair)
{
    assert_int_equal(ikl_sa_delete(pair->a.sa, WAIT, 0), IKL_OK);
    pair_deliver(pair);
}

static void let_the_peer_delete_it(struct pair *pair)
{
    assert_int_equal(ikl_sa_delete(pair->b.sa, WAIT, 0), IKL_OK);
    pair_deliver(pair);
}

static void use_up_its_ivs(struct pair *pair)
{
    pair->a.sa->iv.next = pair->a.sa->iv_end; /* as after 2^48 messages */
    pair_run(pair, 5000, 0);
}

static void a_replaced_child_sa_goes_down_as_rekeyed_beside_its_successor_whatever_the_reason(void **state)
{
    static const struct {
        void (*end)(struct pair *pair);
        enum ikl_down_reason reason;
    } ends[] = {{let_it_time_out, IKL_DOWN_TIMEOUT},
                {close_it, IKL_DOWN_CLOSED},
                {delete_it, IKL_DOWN_CLOSED},
                {let_the_peer_delete_it, IKL_DOWN_PEER_DELETED},
                {use_up_its_ivs, IKL_DOWN_EXHAUSTED}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct pair pair;

        pair_init(&pair, suite, 1, NULL, NULL);
        add_replacement(&pair.a, pair.a.children[0], 0xa1, 0xb1);
        ends[i].end(&pair);
        assert_replaced_down(&pair.a, ends[i].reason);
        pair_clear(&pair);
    }
}

/* Both replace the same Child SA at once (§2.8.1): two new ones, of which the loser's is deleted, and the old one. */
static void a_simultaneous_rekey_of_a_child_sa_leaves_one(void **state)
{
    struct ikl_child *by_a;
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    by_a = add_replacement(&pair.a, pair.a.children[0], 0xa1, 0xb1);
    (void)add_replacement(&pair.b, pair.b.children[0], 0xb1, 0xa1);
    (void)add_replacement(&pair.a, pair.a.children[0], 0xa2, 0xb2);
    (void)add_replacement(&pair.b, pair.b.children[0], 0xb2, 0xa2);
    /* b's won: b deletes the old one, a the one it made itself; the two Deletes cross */
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, &by_a, 1, 0), IKL_OK);
    assert_int_equal(ikl_sa_delete_children(pair.b.sa, pair.b.children, 1, 0), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(host_info(&pair.a).n_children, 1);
    assert_int_equal(host_info(&pair.b).n_children, 1);
    assert_int_equal(ikl_child_spi_in(ikl_sa_first_child(pair.a.sa)), 0xa2);
    assert_int_equal(ikl_child_spi_in(ikl_sa_first_child(pair.b.sa)), 0xb2);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), 2);
    assert_int_equal(host_count(&pair.b, EVENT_CHILD_DOWN), 2);
    pair_clear(&pair);
}

/* The peer deletes the Child SA that we are about to replace (§2.25.1): it goes down once, as rekeyed. */
static void a_delete_of_the_peers_that_crosses_a_rekey_of_the_child_sa_leaves_the_new_one(void **state)
{
    struct pair pair;

    (void)state;
    pair_init(&pair, suite, 1, NULL, NULL);
    assert_int_equal(ikl_sa_delete_children(pair.b.sa, pair.b.children, 1, 0), IKL_OK);
    add_replacement(&pair.a, pair.a.children[0], 0xa1, 0xb1);
    assert_int_equal(ikl_sa_delete_children(pair.a.sa, pair.a.children, 1, 0), IKL_OK);
    pair_deliver(&pair);
    assert_int_equal(host_count(&pair.a, EVENT_CHILD_DOWN), 1);
    assert_int_equal(host_event(&pair.a, EVENT_CHILD_DOWN, 0)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(host_info(&pair.a).n_children, 1);
    assert_int_equal(host_info(&pair.b).n_children, 0);
    pair_clear(&pair);
}

static void a_child_sa_whose_delete_was_sent_moves_and_ends_with_the_answer_on_the_old_ike_sa(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;

    (void)state;
    begin(&rekeyed);
    assert_int_equal(ikl_sa_delete_children(pair->a.sa, pair->a.children, 1, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, true, WAIT, 0), IKL_OK);
    assert_int_equal(count_children(pair->a.sa), 0);
    assert_int_equal(count_children(rekeyed.new_a), CHILDREN);
    assert_int_equal(ikl_sa_delete_children(rekeyed.new_a, pair->a.children, 1, 0), IKL_ERR_BUSY);
    pair_deliver(pair);
    assert_int_equal(host_count(&pair->a, EVENT_CHILD_DOWN), 1);
    assert_ptr_equal(host_event(&pair->a, EVENT_CHILD_DOWN, 0)->sa, rekeyed.new_a);
    assert_int_equal(host_event(&pair->a, EVENT_CHILD_DOWN, 0)->down.reason, IKL_DOWN_CLOSED);
    assert_int_equal(down_of_sa(&pair->a, pair->a.sa)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(count_children(rekeyed.new_a), CHILDREN - 1);
    pair_clear(pair);
}

/* Both replaced the old IKE SA while a's Delete of a Child SA was lost; b's Delete of the old IKE SA, or the end of the
 * wait for it, comes before a's is sent again. */
static void a_delete_that_the_old_ike_sa_took_with_it_is_sent_again_on_the_replacement(void **state)
{
    for (int b_deletes = 0; b_deletes < 2; b_deletes++) {
        struct rekeyed rekeyed;
        struct pair *pair = &rekeyed.pair;

        (void)state;
        begin(&rekeyed);
        assert_int_equal(ikl_sa_delete_children(pair->a.sa, pair->a.children, 2, 0), IKL_OK);
        host_last(&pair->a, EVENT_SENT)->delivered = true; /* lost */
        assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, false, WAIT, 0), IKL_OK);
        assert_int_equal(ikl_sa_replace(pair->b.sa, rekeyed.new_b, b_deletes != 0, WAIT, 0), IKL_OK);
        if (b_deletes == 0) {
            ikl_sa_close(pair->b.sa, 0);
            ikl_sa_close(pair->a.sa, 0);
        }
        pair_deliver(pair);
        assert_int_equal(ikl_sa_state(pair->a.sa), IKL_SA_DEAD);
        for (size_t i = 0; i < 2; i++) {
            struct host *host = i == 0 ? &pair->a : &pair->b;

            assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 2);
            assert_int_equal(host_event(host, EVENT_CHILD_DOWN, 0)->down.reason,
                             i == 0 ? IKL_DOWN_CLOSED : IKL_DOWN_PEER_DELETED);
            assert_int_equal(count_children(i == 0 ? rekeyed.new_a : rekeyed.new_b), CHILDREN - 2);
        }
        assert_ptr_equal(ikl_sa_first_child(rekeyed.new_a), pair->a.children[2]);
        pair_clear(pair);
    }
}

/* What remains of the Delete: one of its Child SAs was removed meanwhile; and with none there is nothing to send. */
static void only_child_sas_that_are_left_are_in_the_delete_that_is_sent_again(void **state)
{
    for (uint32_t removed = 1; removed <= 2; removed++) {
        struct rekeyed rekeyed;
        struct pair *pair = &rekeyed.pair;

        (void)state;
        begin(&rekeyed);
        assert_int_equal(ikl_sa_delete_children(pair->a.sa, pair->a.children, 2, 0), IKL_OK);
        host_last(&pair->a, EVENT_SENT)->delivered = true; /* lost */
        assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, false, WAIT, 0), IKL_OK);
        assert_int_equal(ikl_sa_replace(pair->b.sa, rekeyed.new_b, true, WAIT, 0), IKL_OK);
        for (uint32_t i = 0; i < removed; i++) {
            assert_int_equal(ikl_sa_remove_child(rekeyed.new_a, pair->a.children[i]), IKL_OK);
        }
        pair_deliver(pair);
        assert_int_equal(host_count(&pair->a, EVENT_CHILD_DOWN), 2 - removed);
        assert_int_equal(count_children(rekeyed.new_a), CHILDREN - 2);
        assert_int_equal(count_children(rekeyed.new_b), CHILDREN - 2 + removed);
        assert_int_equal(count_of_sa(&pair->a, EVENT_SENT, rekeyed.new_a), 2 - removed);
        pair_clear(pair);
    }
}

/* The Delete follows the Child SA as far as it goes: here the replacement was replaced too. And it goes nowhere when
 * all are gone. */
static void a_delete_follows_the_child_sa_over_several_rekeys(void **state)
{
    for (int gone = 0; gone < 2; gone++) {
        struct rekeyed rekeyed;
        struct pair *pair = &rekeyed.pair;
        struct ikl_sa *newest_a, *newest_b;

        (void)state;
        begin(&rekeyed);
        newest_a = new_sa(&pair->a, true, 2);
        newest_b = new_sa(&pair->b, false, 2);
        assert_int_equal(ikl_sa_delete_children(pair->a.sa, pair->a.children, 1, 0), IKL_OK);
        host_last(&pair->a, EVENT_SENT)->delivered = true; /* lost */
        assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, false, WAIT, 0), IKL_OK);
        assert_int_equal(ikl_sa_replace(rekeyed.new_a, newest_a, false, WAIT, 0), IKL_OK);
        assert_int_equal(ikl_sa_replace(pair->b.sa, rekeyed.new_b, true, WAIT, 0), IKL_OK);
        assert_int_equal(ikl_sa_replace(rekeyed.new_b, newest_b, true, WAIT, 0), IKL_OK);
        ikl_sa_close(rekeyed.new_a, 0);
        if (gone != 0) {
            ikl_sa_close(newest_a, 0);
        }
        pair_deliver(pair);
        assert_int_equal(host_count(&pair->a, EVENT_CHILD_DOWN), gone != 0 ? CHILDREN : 1);
        assert_int_equal(count_children(newest_b), gone != 0 ? CHILDREN : CHILDREN - 1);
        assert_int_equal(count_children(newest_a), gone != 0 ? 0 : CHILDREN - 1);
        pair_clear(pair);
    }
}

/* Whatever ends the old IKE SA, what moved is due by its own schedule from then on. */
static void a_delete_that_moved_is_retransmitted_in_time(void **state)
{
    for (int times_out = 0; times_out < 2; times_out++) {
        struct rekeyed rekeyed;
        struct pair *pair = &rekeyed.pair;
        ikl_time moved;

        (void)state;
        begin(&rekeyed);
        assert_int_equal(ikl_sa_set_liveness(rekeyed.new_a, IKL_LIVENESS_ON_DEMAND, 0, 0, 0), IKL_OK);
        assert_int_equal(ikl_sa_delete_children(pair->a.sa, pair->a.children, 2, 0), IKL_OK);
        assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, false, 1000 * WAIT, 0), IKL_OK);
        if (times_out == 0) {
            ikl_sa_close(pair->a.sa, 0);
        }
        while (count_of_sa(&pair->a, EVENT_SENT, rekeyed.new_a) == 0) {
            host_advance(&pair->a, ikl_endpoint_next_deadline(pair->a.endpoint));
        }
        moved = pair->a.now;
        assert_true(times_out == 0 ? moved == 0 : moved > 0);
        assert_int_equal(ikl_sa_state(pair->a.sa), IKL_SA_DEAD);
        assert_int_equal(ikl_endpoint_next_deadline(pair->a.endpoint), moved + 1000);
        host_advance(&pair->a, moved + 1000);
        assert_int_equal(count_of_sa(&pair->a, EVENT_SENT, rekeyed.new_a), 2);
        pair_clear(pair);
    }
}

static int close_the_heir(struct host *host, struct event *event)
{
    if (event->kind == EVENT_DOWN && event->sa == host->sa) {
        ikl_sa_close(host->context, host->now);
    }
    return IKL_OK;
}

/* The host closes the replacement while it is told that the old one is down. What moved went out before that. */
static void a_delete_that_moved_goes_out_before_the_replacement_is_closed(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;

    (void)state;
    begin(&rekeyed);
    assert_int_equal(ikl_sa_delete_children(pair->a.sa, pair->a.children, 2, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, false, WAIT, 0), IKL_OK);
    host_forget(&pair->a);
    pair->a.context = rekeyed.new_a;
    pair->a.on_event = close_the_heir;
    ikl_sa_close(pair->a.sa, 0);
    assert_int_equal(host_count(&pair->a, EVENT_SENT), 1);
    assert_int_equal(host_count(&pair->a, EVENT_DOWN), 2);
    assert_int_equal(host_count(&pair->a, EVENT_CHILD_DOWN), CHILDREN);
    assert_int_equal(ikl_endpoint_next_deadline(pair->a.endpoint), IKL_NEVER);
    pair_clear(pair);
}

static int close_both(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ATTEMPT && event->sa != host->sa) {
        ikl_sa_close(host->sa, host->now);
        ikl_sa_close(host->context, host->now);
    }
    return IKL_OK;
}

/* The replacement is closed in the same callback as the old one, so nothing is left that the Delete could follow. */
static void a_delete_ends_with_its_ike_sa_when_the_replacement_is_gone_too(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;

    (void)state;
    begin(&rekeyed);
    assert_int_equal(ikl_sa_delete_children(pair->a.sa, pair->a.children, 2, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, false, WAIT, 0), IKL_OK);
    host_forget(&pair->a);
    pair->a.context = rekeyed.new_a;
    pair->a.on_event = close_both;
    assert_int_equal(ikl_sa_probe(rekeyed.new_a, 0), IKL_OK);
    assert_int_equal(host_count(&pair->a, EVENT_SENT), 1); /* the check that was told of */
    assert_int_equal(host_count(&pair->a, EVENT_DOWN), 2);
    assert_int_equal(host_count(&pair->a, EVENT_CHILD_DOWN), CHILDREN);
    assert_int_equal(ikl_endpoint_next_deadline(pair->a.endpoint), IKL_NEVER);
    pair_clear(pair);
}

/* What ends with the old IKE SA does, and only the Delete goes on. */
static void a_request_of_the_hosts_does_not_follow_beside_a_delete_that_moves(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;
    int context = 0;

    (void)state;
    begin(&rekeyed);
    ikl_sa_peer_window(pair->a.sa, 2, 0);
    assert_int_equal(request(pair->a.sa, &context), IKL_OK);
    assert_int_equal(ikl_sa_delete_children(pair->a.sa, pair->a.children, 1, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, false, WAIT, 0), IKL_OK);
    host_forget(&pair->a);
    ikl_sa_close(pair->a.sa, 0);
    assert_int_equal(host_count(&pair->a, EVENT_OUTCOME), 1);
    assert_int_equal(host_event(&pair->a, EVENT_OUTCOME, 0)->outcome.kind, IKL_OUTCOME_SA_GONE);
    assert_int_equal(host_count(&pair->a, EVENT_SENT), 1);
    assert_ptr_equal(host_event(&pair->a, EVENT_SENT, 0)->sa, rekeyed.new_a);
    pair_clear(pair);
}

/* b's Delete comes on the old IKE SA when a has replaced it, once or twice, and whether or not what was between is
 * still there; the answer names the paired SPI, so that b knows that it went. */
static void a_delete_that_arrives_on_a_rekeyed_ike_sa_finds_the_child_sa_wherever_it_moved(void **state)
{
    for (int moves = 1; moves <= 3; moves++) {
        struct rekeyed rekeyed;
        struct pair *pair = &rekeyed.pair;
        struct ikl_sa *last, *newest;
        const struct event *answer;

        (void)state;
        begin(&rekeyed);
        newest = new_sa(&pair->a, true, 2);
        assert_int_equal(ikl_sa_delete_children(pair->b.sa, pair->b.children + 1, 1, 0), IKL_OK);
        assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, false, WAIT, 0), IKL_OK);
        if (moves > 1) {
            assert_int_equal(ikl_sa_replace(rekeyed.new_a, newest, false, WAIT, 0), IKL_OK);
        }
        if (moves > 2) {
            ikl_sa_close(rekeyed.new_a, 0);
        }
        last = moves > 1 ? newest : rekeyed.new_a;
        pair_deliver(pair);
        assert_int_equal(host_count(&pair->a, EVENT_CHILD_DOWN), 1);
        assert_ptr_equal(host_event(&pair->a, EVENT_CHILD_DOWN, 0)->sa, last);
        assert_int_equal(host_event(&pair->a, EVENT_CHILD_DOWN, 0)->spi_in, 0xa0000002);
        assert_int_equal(host_event(&pair->a, EVENT_CHILD_DOWN, 0)->down.reason, IKL_DOWN_PEER_DELETED);
        assert_int_equal(host_count(&pair->a, EVENT_PEER_REQUEST), 0);
        assert_int_equal(count_children(last), CHILDREN - 1);
        answer = host_last(&pair->a, EVENT_SENT);
        assert_ptr_equal(answer->sa, pair->a.sa);
        assert_int_equal(answer->len, host_event(&pair->b, EVENT_SENT, 0)->len); /* one SPI each */
        assert_int_equal(host_count(&pair->b, EVENT_CHILD_DOWN), 1);
        pair_clear(pair);
    }
}

static void replacing_refuses_what_does_not_go_together(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;

    (void)state;
    begin(&rekeyed);
    assert_int_equal(ikl_sa_replace(pair->a.sa, pair->a.sa, true, WAIT, 0), IKL_ERR_INVALID);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_b, true, WAIT, 0), IKL_ERR_INVALID);
    ikl_sa_close(rekeyed.new_a, 0);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, true, WAIT, 0), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_replace(rekeyed.new_a, pair->a.sa, true, WAIT, 0), IKL_ERR_STATE);
    assert_int_equal(ikl_sa_state(pair->a.sa), IKL_SA_ESTABLISHED);
    assert_int_equal(count_children(pair->a.sa), CHILDREN);
    pair_clear(pair);
}

static void nonces_are_compared_octet_by_octet_and_a_prefix_is_lower(void **state)
{
    static const uint8_t octets[] = {5, 5, 5, 0, 9};
    struct ikl_octets longer = {octets, 3}, prefix = {octets, 2}, lowest = {octets + 3, 2}, higher = {octets + 4, 1};

    (void)state;
    assert_true(ikl_nonces_lose(prefix, higher, longer, higher));
    assert_false(ikl_nonces_lose(longer, higher, prefix, higher));
    assert_true(ikl_nonces_lose(higher, lowest, prefix, prefix));
    assert_false(ikl_nonces_lose(prefix, prefix, higher, lowest));
    assert_false(ikl_nonces_lose(longer, longer, longer, longer));
}

static void a_rekeyed_ike_sa_that_is_closed_goes_down_as_rekeyed(void **state)
{
    struct rekeyed rekeyed;
    struct host *a = &rekeyed.pair.a;

    (void)state;
    begin(&rekeyed);
    assert_int_equal(ikl_sa_replace(a->sa, rekeyed.new_a, false, WAIT, 0), IKL_OK);
    ikl_sa_close(a->sa, 0);
    assert_int_equal(down_of_sa(a, a->sa)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(count_children(rekeyed.new_a), CHILDREN);
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
        replacement = new_sa(&host, true, 1);
        assert_int_equal(ikl_sa_replace(host.sa, replacement, we_delete != 0, WAIT, 0), IKL_OK);
        for (ikl_time now = 0; now <= 2 * WAIT; now += 500) {
            host_advance(&host, now);
        }
        assert_int_equal(ikl_sa_state(host.sa), IKL_SA_DEAD);
        assert_int_equal(count_of_sa(&host, EVENT_SENT, host.sa), 0);
        assert_int_equal(down_of_sa(&host, host.sa)->down.reason, IKL_DOWN_REKEYED);
        assert_int_equal(down_of_sa(&host, host.sa)->at, we_delete != 0 ? WAIT : 2 * WAIT);
        assert_int_equal(host_counters(&host).other, WAIT / 1000);
        assert_int_equal(ivs, WAIT / 1000 + 1);
        assert_int_equal(count_children(replacement), CHILDREN);
        host_clear(&host);
    }
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
    assert_int_equal(ikl_sa_replace(host.sa, new_sa(&host, true, 1), true, WAIT, 0), IKL_OK);
    host_advance(&host, 1000);
    host_advance(&host, 2000);
    host_advance(&host, 2999);
    assert_int_equal(count_of_sa(&host, EVENT_SENT, host.sa), 0);
    host_advance(&host, 3000);
    assert_int_equal(count_of_sa(&host, EVENT_SENT, host.sa), 1);
    host_advance(&host, WAIT - 1);
    assert_null(down_of_sa(&host, host.sa));
    host_advance(&host, WAIT);
    assert_int_equal(down_of_sa(&host, host.sa)->down.reason, IKL_DOWN_REKEYED);
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
    replacement = new_sa(&host, true, 1);
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

TESTS_OF(rekey)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_sas_their_handles_and_evidence_move_to_the_new_ike_sa),
        cmocka_unit_test(the_initiator_of_the_rekey_deletes_the_old_ike_sa_and_nothing_goes_down_with_it),
        cmocka_unit_test(a_delete_of_the_peers_that_does_not_come_is_sent_by_us_after_the_wait),
        cmocka_unit_test(queued_requests_move_and_sent_ones_finish_on_the_old_ike_sa),
        cmocka_unit_test(a_queued_request_moves_with_a_schedule_of_its_own_that_is_the_old_ike_sas_too),
        cmocka_unit_test(the_old_ike_sa_is_no_longer_probed_and_its_time_out_ends_only_itself),
        cmocka_unit_test(a_rekeyed_ike_sa_still_answers_the_peer),
        cmocka_unit_test(a_delayed_rekey_answer_does_not_delete_the_new_ike_sa),
        cmocka_unit_test(a_simultaneous_rekey_leaves_one_ike_sa_with_all_child_sas),
        cmocka_unit_test(a_delete_of_the_peers_that_tells_the_outcome_of_a_simultaneous_rekey_saves_the_child_sas),
        cmocka_unit_test(without_an_heir_the_peers_delete_takes_everything_down),
        cmocka_unit_test(a_child_sa_that_was_replaced_goes_down_as_rekeyed_on_both_sides),
        cmocka_unit_test(a_replaced_child_sa_goes_down_as_rekeyed_beside_its_successor_whatever_the_reason),
        cmocka_unit_test(a_simultaneous_rekey_of_a_child_sa_leaves_one),
        cmocka_unit_test(a_delete_of_the_peers_that_crosses_a_rekey_of_the_child_sa_leaves_the_new_one),
        cmocka_unit_test(a_child_sa_whose_delete_was_sent_moves_and_ends_with_the_answer_on_the_old_ike_sa),
        cmocka_unit_test(a_delete_that_the_old_ike_sa_took_with_it_is_sent_again_on_the_replacement),
        cmocka_unit_test(only_child_sas_that_are_left_are_in_the_delete_that_is_sent_again),
        cmocka_unit_test(a_delete_follows_the_child_sa_over_several_rekeys),
        cmocka_unit_test(a_delete_that_moved_is_retransmitted_in_time),
        cmocka_unit_test(a_delete_that_moved_goes_out_before_the_replacement_is_closed),
        cmocka_unit_test(a_delete_ends_with_its_ike_sa_when_the_replacement_is_gone_too),
        cmocka_unit_test(a_request_of_the_hosts_does_not_follow_beside_a_delete_that_moves),
        cmocka_unit_test(a_delete_that_arrives_on_a_rekeyed_ike_sa_finds_the_child_sa_wherever_it_moved),
        cmocka_unit_test(replacing_refuses_what_does_not_go_together),
        cmocka_unit_test(nonces_are_compared_octet_by_octet_and_a_prefix_is_lower),
        cmocka_unit_test(a_rekeyed_ike_sa_that_is_closed_goes_down_as_rekeyed),
        cmocka_unit_test(a_replaced_ike_sa_whose_delete_cannot_be_made_goes_down_as_rekeyed),
        cmocka_unit_test(
            a_delete_that_could_not_be_made_is_tried_again_every_second_while_its_answer_would_be_waited_for),
        cmocka_unit_test(a_delete_for_which_no_block_is_free_is_sent_when_one_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
