/* SPDX-License-Identifier: ISC */
/* Promises of <ikelive/crash.h> about rekeys: the new IKE SA has new SPIs, and so a token of its own (RFC 6290
 * §4.3). */
#include "support/crash.h"
#include "support/rekeyed.h"
#include "support/test.h"

enum { IDLE = 5000, WAIT = 10000 };

/* Both make tokens. Each has that of the old IKE SA. */
static void begin(struct rekeyed *rekeyed)
{
    struct host *hosts[] = {&rekeyed->pair.a, &rekeyed->pair.b};

    rekeyed_begin(rekeyed);
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        struct ikl_sa *sa = hosts[i]->sa;
        struct crash_token token = crash_token_for(ikl_sa_spi_i(sa), ikl_sa_spi_r(sa), i != 0, 0);

        assert_int_equal(ikl_endpoint_set_token_maker(hosts[i]->endpoint, &crash_maker), IKL_OK);
        assert_int_equal(crash_give(sa, token.octets, sizeof(token.octets), 0), IKL_OK);
    }
}

static void replace_both(struct rekeyed *rekeyed)
{
    assert_int_equal(ikl_sa_replace(rekeyed->pair.b.sa, rekeyed->new_b, false, WAIT, 0), IKL_OK);
    assert_int_equal(ikl_sa_replace(rekeyed->pair.a.sa, rekeyed->new_a, true, WAIT, 0), IKL_OK);
    pair_deliver(&rekeyed->pair);
}

/* What came inside SK has the token of the new IKE SA, which takes it. */
static void take(struct ikl_sa *sa, uint8_t first_payload, const struct event *told)
{
    assert_int_equal(ikl_sa_take_token(sa, first_payload, (struct ikl_octets){told->datagram, told->len}, 0), IKL_OK);
}

static void assert_crashed_at(const struct host *host, const struct ikl_sa *sa, ikl_time at)
{
    const struct event *down = host_down_of_sa(host, sa);

    assert_non_null(down);
    assert_int_equal(down->down.reason, IKL_DOWN_CRASHED);
    assert_int_equal(down->at, at);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), REKEYED_CHILDREN);
}

static void assert_left(struct host *host, const struct ikl_sa *sa, bool original_initiator, bool left)
{
    struct crash_token token = crash_token_for(ikl_sa_spi_i(sa), ikl_sa_spi_r(sa), original_initiator, 0);

    assert_int_equal(crash_has_left(host, &token), left);
}

/* The response of the maker, to whom the new IKE SA is not known yet. */
static void respond_with_token(struct rekeyed *rekeyed)
{
    const struct ikl_sa *sa = rekeyed->new_b;
    const struct event *told = host_last(&rekeyed->pair.b, EVENT_PEER_REQUEST);
    uint8_t body[4 + IKL_TOKEN_LEN], token[IKL_TOKEN_LEN];
    struct ikl_writer writer = ikl_writer(body, sizeof(body));
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY, .body = {body, sizeof(body)}};

    assert_int_equal(ikl_endpoint_token(rekeyed->pair.b.endpoint, ikl_sa_spi_i(sa), ikl_sa_spi_r(sa), false, token),
                     IKL_OK);
    assert_int_equal(ikl_token_write(&writer, (struct ikl_octets){token, sizeof(token)}), IKL_OK);
    assert_int_equal(told->exchange_type, IKL_CREATE_CHILD_SA);
    assert_int_equal(ikl_sa_respond(rekeyed->pair.b.sa, told->message_id, &payload, 1, 0), IKL_OK);
}

static void a_rekey_that_the_peer_of_the_maker_began_brings_the_token_in_the_response(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;
    const struct event *told;

    (void)state;
    begin(&rekeyed);
    assert_int_equal(ikl_sa_request(pair->a.sa, IKL_CREATE_CHILD_SA, NULL, 0, NULL, 0, NULL), IKL_OK);
    pair_deliver(pair);
    respond_with_token(&rekeyed);
    pair_deliver(pair);
    told = host_last(&pair->a, EVENT_OUTCOME);
    take(rekeyed.new_a, told->outcome.first_payload, told);
    replace_both(&rekeyed);
    assert_left(&pair->b, rekeyed.new_b, false, false);
    crash_reboot(&pair->b);
    pair_run(pair, IDLE, 0);
    assert_left(&pair->b, rekeyed.new_a, false, true);
    assert_crashed_at(&pair->a, rekeyed.new_a, IDLE);
    pair_clear(pair);
}

static void a_rekey_that_the_maker_began_brings_it_in_an_informational_on_the_new_ike_sa(void **state)
{
    struct rekeyed rekeyed;
    struct pair *pair = &rekeyed.pair;
    const struct event *told;

    (void)state;
    begin(&rekeyed);
    replace_both(&rekeyed);
    assert_int_equal(ikl_sa_send_token(rekeyed.new_a, NULL, 0, NULL), IKL_OK);
    pair_deliver(pair);
    told = host_last(&pair->b, EVENT_PEER_REQUEST);
    assert_int_equal(told->exchange_type, IKL_INFORMATIONAL);
    assert_ptr_equal(told->sa, rekeyed.new_b);
    take(rekeyed.new_b, told->first_payload, told);
    assert_left(&pair->a, rekeyed.new_a, true, false);
    crash_reboot(&pair->a);
    pair_run(pair, IDLE, 0);
    assert_left(&pair->a, rekeyed.new_b, true, true);
    assert_crashed_at(&pair->b, rekeyed.new_b, IDLE);
    pair_clear(pair);
}

static void the_token_of_the_old_ike_sa_proves_nothing_about_the_new_one(void **state)
{
    struct rekeyed rekeyed;
    struct host *a = &rekeyed.pair.a;
    struct crash_token old, new;
    struct crash_message message;

    (void)state;
    begin(&rekeyed);
    old = crash_token_of(a->sa, 0);
    new = crash_token_of(rekeyed.new_a, 0);
    assert_int_equal(crash_give(rekeyed.new_a, new.octets, sizeof(new.octets), 0), IKL_OK);
    replace_both(&rekeyed);
    a->sa = rekeyed.new_a;
    message = crash_message_for(a->sa);
    crash_add_token(&message, old.octets, sizeof(old.octets));
    assert_int_equal(crash_show(a, &message), IKL_ERR_UNPROTECTED);
    assert_int_equal(host_counters(a).tokens_refused, 1);
    assert_int_equal(ikl_sa_state(a->sa), IKL_SA_ESTABLISHED);
    crash_add_token(&message, new.octets, sizeof(new.octets));
    assert_int_equal(crash_show(a, &message), IKL_OK);
    assert_crashed_at(a, rekeyed.new_a, 0);
    pair_clear(&rekeyed.pair);
}

TESTS_OF(crash_rekey)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rekey_that_the_peer_of_the_maker_began_brings_the_token_in_the_response),
        cmocka_unit_test(a_rekey_that_the_maker_began_brings_it_in_an_informational_on_the_new_ike_sa),
        cmocka_unit_test(the_token_of_the_old_ike_sa_proves_nothing_about_the_new_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
