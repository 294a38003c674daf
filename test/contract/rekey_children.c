/* SPDX-License-Identifier: ISC */
/* Child SAs are replaced, and Deletes of Child SAs meet the rekey of their IKE SA (RFC 7296 §1.3.3, §2.8, §2.25). */
#include "support/rekeyed.h"
#include "support/test.h"

#include "sa/sa.h"

static const char *const suite = REKEYED_SUITE;

enum { CHILDREN = REKEYED_CHILDREN, WAIT = 10000 };

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
    assert_int_equal(host_down_of_sa(host, host->sa)->down.reason, others);
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
    rekeyed_begin(&rekeyed);
    assert_int_equal(ikl_sa_delete_children(pair->a.sa, pair->a.children, 1, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed.new_a, true, WAIT, 0), IKL_OK);
    assert_int_equal(count_children_of(pair->a.sa), 0);
    assert_int_equal(count_children_of(rekeyed.new_a), CHILDREN);
    assert_int_equal(ikl_sa_delete_children(rekeyed.new_a, pair->a.children, 1, 0), IKL_ERR_BUSY);
    pair_deliver(pair);
    assert_int_equal(host_count(&pair->a, EVENT_CHILD_DOWN), 1);
    assert_ptr_equal(host_event(&pair->a, EVENT_CHILD_DOWN, 0)->sa, rekeyed.new_a);
    assert_int_equal(host_event(&pair->a, EVENT_CHILD_DOWN, 0)->down.reason, IKL_DOWN_CLOSED);
    assert_int_equal(host_down_of_sa(&pair->a, pair->a.sa)->down.reason, IKL_DOWN_REKEYED);
    assert_int_equal(count_children_of(rekeyed.new_a), CHILDREN - 1);
    pair_clear(pair);
}

/* a's Delete of its first `n` Child SAs is sent, and a's IKE SA replaced. */
static void begin_with_a_delete(struct rekeyed *rekeyed, size_t n, uint32_t wait)
{
    struct pair *pair = &rekeyed->pair;

    assert_int_equal(ikl_sa_delete_children(pair->a.sa, pair->a.children, n, 0), IKL_OK);
    host_last(&pair->a, EVENT_SENT)->delivered = true; /* lost */
    assert_int_equal(ikl_sa_replace(pair->a.sa, rekeyed->new_a, false, wait, 0), IKL_OK);
}

/* The same, and `on_event` sees what becomes of it. */
static void begin_watched(struct rekeyed *rekeyed, int (*on_event)(struct host *host, struct event *event))
{
    struct pair *pair = &rekeyed->pair;

    rekeyed_begin(rekeyed);
    begin_with_a_delete(rekeyed, 2, WAIT);
    host_forget(&pair->a);
    pair->a.context = rekeyed->new_a;
    pair->a.on_event = on_event;
}

/* One request went out since, and both IKE SAs are down with all Child SAs. */
static void end_watched(struct rekeyed *rekeyed)
{
    struct pair *pair = &rekeyed->pair;

    assert_int_equal(host_count(&pair->a, EVENT_SENT), 1);
    assert_int_equal(host_count(&pair->a, EVENT_DOWN), 2);
    assert_int_equal(host_count(&pair->a, EVENT_CHILD_DOWN), CHILDREN);
    assert_int_equal(ikl_endpoint_next_deadline(pair->a.endpoint), IKL_NEVER);
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
        rekeyed_begin(&rekeyed);
        begin_with_a_delete(&rekeyed, 2, WAIT);
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
            assert_int_equal(count_children_of(i == 0 ? rekeyed.new_a : rekeyed.new_b), CHILDREN - 2);
        }
        assert_ptr_equal(ikl_sa_first_child(rekeyed.new_a), pair->a.children[2]);
        pair_clear(pair);
    }
}

/* It was sent along a new path before. */
static void a_delete_that_is_sent_again_on_the_replacement_is_a_new_request(void **state)
{
    const struct event *attempt;
    struct rekeyed rekeyed;
    struct host *a = &rekeyed.pair.a;
    struct ikl_path path;

    (void)state;
    rekeyed_begin(&rekeyed);
    begin_with_a_delete(&rekeyed, 2, WAIT);
    path = *ikl_sa_path(a->sa);
    path.remote.port++;
    assert_int_equal(ikl_sa_set_path(a->sa, &path, 0), IKL_OK);
    assert_int_equal(host_last(a, EVENT_ATTEMPT)->attempt.cause, IKL_ATTEMPT_MOVED);
    ikl_sa_close(a->sa, 0);
    attempt = host_last(a, EVENT_ATTEMPT);
    assert_ptr_equal(attempt->sa, rekeyed.new_a);
    assert_int_equal(attempt->attempt.cause, IKL_ATTEMPT_SCHEDULE);
    assert_int_equal(attempt->attempt.retransmission, 0);
    pair_clear(&rekeyed.pair);
}

static int delete_replace_and_close(struct host *host, struct event *event)
{
    if (event->kind == EVENT_ALIVE) {
        host->on_event = NULL;
        assert_int_equal(ikl_sa_delete_children(host->sa, host->children, 2, 0), IKL_OK);
        assert_int_equal(ikl_sa_replace(host->sa, host->context, false, WAIT, 0), IKL_OK);
        ikl_sa_close(host->sa, 0);
        assert_int_equal(rekeyed_request(host->context, NULL), IKL_OK);
    }
    return IKL_OK;
}

/* It waits there for an answer to another request. */
static void no_attempt_is_told_of_a_delete_that_moved_before_it_was_told_of(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;

    (void)state;
    rekeyed_begin(&rekeyed);
    assert_int_equal(ikl_sa_probe(pair->a.sa, 0), IKL_OK);
    assert_int_equal(host_receive(&pair->b, host_event(&pair->a, EVENT_SENT, 0)), IKL_OK);
    pair->a.context = rekeyed.new_a;
    pair->a.on_event = delete_replace_and_close;
    assert_int_equal(host_receive(&pair->a, host_event(&pair->b, EVENT_SENT, 0)), IKL_OK);
    assert_int_equal(host_count_of_sa(&pair->a, EVENT_ATTEMPT, rekeyed.new_a), 1);
    pair_clear(pair);
}

/* What remains of the Delete: one of its Child SAs was removed meanwhile; and with none there is nothing to send. */
static void only_child_sas_that_are_left_are_in_the_delete_that_is_sent_again(void **state)
{
    for (uint32_t removed = 1; removed <= 2; removed++) {
        struct rekeyed rekeyed;
        struct pair *pair = &rekeyed.pair;

        (void)state;
        rekeyed_begin(&rekeyed);
        begin_with_a_delete(&rekeyed, 2, WAIT);
        assert_int_equal(ikl_sa_replace(pair->b.sa, rekeyed.new_b, true, WAIT, 0), IKL_OK);
        for (uint32_t i = 0; i < removed; i++) {
            assert_int_equal(ikl_sa_remove_child(rekeyed.new_a, pair->a.children[i]), IKL_OK);
        }
        pair_deliver(pair);
        assert_int_equal(host_count(&pair->a, EVENT_CHILD_DOWN), 2 - removed);
        assert_int_equal(count_children_of(rekeyed.new_a), CHILDREN - 2);
        assert_int_equal(count_children_of(rekeyed.new_b), CHILDREN - 2 + removed);
        assert_int_equal(host_count_of_sa(&pair->a, EVENT_SENT, rekeyed.new_a), 2 - removed);
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
        rekeyed_begin(&rekeyed);
        newest_a = rekeyed_new_sa(&pair->a, true, 2);
        newest_b = rekeyed_new_sa(&pair->b, false, 2);
        begin_with_a_delete(&rekeyed, 1, WAIT);
        assert_int_equal(ikl_sa_replace(rekeyed.new_a, newest_a, false, WAIT, 0), IKL_OK);
        assert_int_equal(ikl_sa_replace(pair->b.sa, rekeyed.new_b, true, WAIT, 0), IKL_OK);
        assert_int_equal(ikl_sa_replace(rekeyed.new_b, newest_b, true, WAIT, 0), IKL_OK);
        ikl_sa_close(rekeyed.new_a, 0);
        if (gone != 0) {
            ikl_sa_close(newest_a, 0);
        }
        pair_deliver(pair);
        assert_int_equal(host_count(&pair->a, EVENT_CHILD_DOWN), gone != 0 ? CHILDREN : 1);
        assert_int_equal(count_children_of(newest_b), gone != 0 ? CHILDREN : CHILDREN - 1);
        assert_int_equal(count_children_of(newest_a), gone != 0 ? 0 : CHILDREN - 1);
        pair_clear(pair);
    }
}

/* Both IKE SAs that the newest one replaced have a Delete under way: when the one ends, that of the other can follow
 * still. */
static void each_delete_follows_from_the_ike_sa_that_has_it_whichever_ends_first(void **state)
{
    for (size_t first = 0; first < 2; first++) {
        struct rekeyed rekeyed;
        struct pair *pair = &rekeyed.pair;
        struct ikl_sa *newest, *old[2];

        (void)state;
        rekeyed_begin(&rekeyed);
        newest = rekeyed_new_sa(&pair->a, true, 2);
        old[0] = pair->a.sa;
        old[1] = rekeyed.new_a;
        begin_with_a_delete(&rekeyed, 1, WAIT);
        assert_int_equal(ikl_sa_delete_children(rekeyed.new_a, pair->a.children + 1, 1, 0), IKL_OK);
        assert_int_equal(ikl_sa_replace(rekeyed.new_a, newest, false, WAIT, 0), IKL_OK);
        ikl_sa_peer_window(newest, 2, 0);
        ikl_sa_close(old[first], 0);
        assert_int_equal(host_count_of_sa(&pair->a, EVENT_SENT, newest), 1);
        ikl_sa_close(old[1 - first], 0);
        assert_int_equal(host_count_of_sa(&pair->a, EVENT_SENT, newest), 2);
        pair_clear(pair);
    }
}

/* Its Child SAs go with the replacement, so there is nothing that a Delete of them could change. */
static void a_delete_does_not_follow_to_an_ike_sa_that_is_deleted_itself(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;

    (void)state;
    rekeyed_begin(&rekeyed);
    ikl_sa_peer_window(rekeyed.new_a, 2, 0);
    begin_with_a_delete(&rekeyed, 2, WAIT);
    assert_int_equal(ikl_sa_delete(rekeyed.new_a, WAIT, 0), IKL_OK);
    ikl_sa_close(pair->a.sa, 0);
    assert_int_equal(host_count_of_sa(&pair->a, EVENT_SENT, rekeyed.new_a), 1);
    assert_int_equal(count_children_of(rekeyed.new_a), CHILDREN);
    pair_clear(pair);
}

/* Whatever ends the old IKE SA, what moved is due by its own schedule from then on. */
static void a_delete_that_moved_is_retransmitted_in_time(void **state)
{
    for (int times_out = 0; times_out < 2; times_out++) {
        struct rekeyed rekeyed;
        struct pair *pair = &rekeyed.pair;
        ikl_time moved;

        (void)state;
        rekeyed_begin(&rekeyed);
        assert_int_equal(ikl_sa_set_liveness(rekeyed.new_a, IKL_LIVENESS_ON_DEMAND, 0, 0, 0), IKL_OK);
        begin_with_a_delete(&rekeyed, 2, 1000 * WAIT);
        if (times_out == 0) {
            ikl_sa_close(pair->a.sa, 0);
        }
        while (host_count_of_sa(&pair->a, EVENT_SENT, rekeyed.new_a) == 0) {
            host_advance(&pair->a, ikl_endpoint_next_deadline(pair->a.endpoint));
        }
        moved = pair->a.now;
        assert_true(times_out == 0 ? moved == 0 : moved > 0);
        assert_int_equal(ikl_sa_state(pair->a.sa), IKL_SA_DEAD);
        assert_int_equal(ikl_endpoint_next_deadline(pair->a.endpoint), moved + 1000);
        host_advance(&pair->a, moved + 1000);
        assert_int_equal(host_count_of_sa(&pair->a, EVENT_SENT, rekeyed.new_a), 2);
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

    (void)state;
    begin_watched(&rekeyed, close_the_heir);
    ikl_sa_close(rekeyed.pair.a.sa, 0);
    end_watched(&rekeyed);
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

    (void)state;
    begin_watched(&rekeyed, close_both);
    assert_int_equal(ikl_sa_probe(rekeyed.new_a, 0), IKL_OK); /* what went out is the check, which was told of */
    end_watched(&rekeyed);
}

/* What ends with the old IKE SA does, and only the Delete goes on. */
static void a_request_of_the_hosts_does_not_follow_beside_a_delete_that_moves(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;
    int context = 0;

    (void)state;
    rekeyed_begin(&rekeyed);
    ikl_sa_peer_window(pair->a.sa, 2, 0);
    assert_int_equal(rekeyed_request(pair->a.sa, &context), IKL_OK);
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
        rekeyed_begin(&rekeyed);
        newest = rekeyed_new_sa(&pair->a, true, 2);
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
        assert_int_equal(count_children_of(last), CHILDREN - 1);
        answer = host_last(&pair->a, EVENT_SENT);
        assert_ptr_equal(answer->sa, pair->a.sa);
        assert_int_equal(answer->len, host_event(&pair->b, EVENT_SENT, 0)->len); /* one SPI each */
        assert_int_equal(host_count(&pair->b, EVENT_CHILD_DOWN), 1);
        pair_clear(pair);
    }
}

TESTS_OF(rekey_children)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_sa_that_was_replaced_goes_down_as_rekeyed_on_both_sides),
        cmocka_unit_test(a_replaced_child_sa_goes_down_as_rekeyed_beside_its_successor_whatever_the_reason),
        cmocka_unit_test(a_simultaneous_rekey_of_a_child_sa_leaves_one),
        cmocka_unit_test(a_delete_of_the_peers_that_crosses_a_rekey_of_the_child_sa_leaves_the_new_one),
        cmocka_unit_test(a_child_sa_whose_delete_was_sent_moves_and_ends_with_the_answer_on_the_old_ike_sa),
        cmocka_unit_test(a_delete_that_the_old_ike_sa_took_with_it_is_sent_again_on_the_replacement),
        cmocka_unit_test(a_delete_that_is_sent_again_on_the_replacement_is_a_new_request),
        cmocka_unit_test(no_attempt_is_told_of_a_delete_that_moved_before_it_was_told_of),
        cmocka_unit_test(only_child_sas_that_are_left_are_in_the_delete_that_is_sent_again),
        cmocka_unit_test(a_delete_follows_the_child_sa_over_several_rekeys),
        cmocka_unit_test(each_delete_follows_from_the_ike_sa_that_has_it_whichever_ends_first),
        cmocka_unit_test(a_delete_does_not_follow_to_an_ike_sa_that_is_deleted_itself),
        cmocka_unit_test(a_delete_that_moved_is_retransmitted_in_time),
        cmocka_unit_test(a_delete_that_moved_goes_out_before_the_replacement_is_closed),
        cmocka_unit_test(a_delete_ends_with_its_ike_sa_when_the_replacement_is_gone_too),
        cmocka_unit_test(a_request_of_the_hosts_does_not_follow_beside_a_delete_that_moves),
        cmocka_unit_test(a_delete_that_arrives_on_a_rekeyed_ike_sa_finds_the_child_sa_wherever_it_moved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
