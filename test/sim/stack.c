/* SPDX-License-Identifier: ISC */
/* What the stack of the simulated world answers to requests that it does not know, or that come at the wrong time. */
#include "worlds/stack.h"

#include "support/test.h"

/* What its peer got. */
static struct ikl_outcome got;

static void on_outcome(void *user, struct ikl_sa *sa, const struct ikl_outcome *outcome)
{
    (void)user;
    (void)sa;
    got = *outcome;
}

struct talk {
    struct ikl_sim *sim;
    struct ikl_sim_pair pair;
    struct stack stack;
};

static void begin(struct talk *talk)
{
    static struct laws laws;
    const struct ikl_sim_config config = {.size = sizeof(config), .seed = 1};
    const struct ikl_sim_sa_config sa = {.size = sizeof(sa), .n_children = 1};
    struct ikl_sim_host_config a = {.size = sizeof(a)}, b = {.size = sizeof(b)};
    const struct ikl_sim_pair_config hosts = {.size = sizeof(hosts), .a = &a, .b = &b, .sa = &sa};

    memset(talk, 0, sizeof(*talk));
    memset(&got, 0, sizeof(got));
    a.endpoint.size = sizeof(a.endpoint);
    a.endpoint.callbacks.size = sizeof(a.endpoint.callbacks);
    a.endpoint.callbacks.outcome = on_outcome;
    laws_begin(&laws, NULL, NULL);
    stack_init(&talk->stack, &laws, &b);
    assert_int_equal(ikl_sim_new(&talk->sim, &config), IKL_OK);
    assert_int_equal(ikl_sim_add_pair(talk->sim, &hosts, &talk->pair), IKL_OK);
    stack_established(&talk->stack, talk->pair.sa_b, &sa);
}

/* Asks, and gives the error of the response, which is empty or that error alone. */
static uint16_t ask(struct talk *talk, uint8_t exchange_type, const struct ikl_payload *payloads, size_t n)
{
    assert_int_equal(
        ikl_sa_request(talk->pair.sa_a, exchange_type, payloads, n, NULL, ikl_sim_host_now(talk->pair.a), NULL),
        IKL_OK);
    assert_int_equal(ikl_sim_run_for(talk->sim, 1000), IKL_OK);
    assert_int_equal(got.kind, IKL_OUTCOME_ANSWERED);
    assert_int_equal(got.exchange_type, exchange_type);
    return got.error;
}

static void assert_both_stay(struct talk *talk)
{
    assert_int_equal(ikl_sa_state(talk->pair.sa_a), IKL_SA_ESTABLISHED);
    assert_int_equal(ikl_sa_state(talk->pair.sa_b), IKL_SA_ESTABLISHED);
    assert_non_null(ikl_sa_first_child(talk->pair.sa_b));
    ikl_sim_free(talk->sim);
}

static void what_is_announced_gets_an_empty_response(void **state)
{
    static const uint8_t body[4] = {0, 0, 0x40, 0}; /* INITIAL_CONTACT */
    const struct ikl_payload payload = {.type = IKL_PAYLOAD_NOTIFY, .body = {body, sizeof(body)}};
    static struct talk talk;

    (void)state;
    begin(&talk);
    assert_int_equal(ask(&talk, IKL_INFORMATIONAL, &payload, 1), 0);
    assert_int_equal(got.first_payload, IKL_PAYLOAD_NONE);
    assert_both_stay(&talk);
}

static void a_child_sa_that_replaces_none_is_refused_and_the_ike_sa_stays(void **state)
{
    const struct contents contents = {.protocol = IKL_PROTOCOL_ESP, .spi = 0x1234, .has_nonce = true};
    static struct contents_payloads payloads;
    static struct talk talk;

    (void)state;
    begin(&talk);
    contents_write(&payloads, &contents, false, 0);
    assert_int_equal(ask(&talk, IKL_CREATE_CHILD_SA, payloads.list, payloads.n), IKL_NOTIFY_NO_ADDITIONAL_SAS);
    assert_both_stay(&talk);
}

static void an_exchange_that_is_not_known_is_refused_and_the_ike_sa_stays(void **state)
{
    static struct talk talk;

    (void)state;
    begin(&talk);
    assert_int_equal(ask(&talk, IKL_IKE_FOLLOWUP_KE, NULL, 0), IKL_NOTIFY_STATE_NOT_FOUND);
    assert_int_equal(ask(&talk, 240, NULL, 0), 0);
    assert_int_equal(got.first_payload, IKL_PAYLOAD_NONE);
    assert_both_stay(&talk);
}

/* §2.21.3 */
static void a_request_for_an_sa_that_names_none_is_badly_formatted_and_ends_the_ike_sa_at_both_ends(void **state)
{
    static struct talk talk;

    (void)state;
    begin(&talk);
    assert_int_equal(ask(&talk, IKL_CREATE_CHILD_SA, NULL, 0), IKL_NOTIFY_INVALID_SYNTAX);
    assert_null(talk.stack.sa);
    assert_int_equal(ikl_sa_state(talk.pair.sa_a), IKL_SA_DEAD);
    ikl_sim_free(talk.sim);
}

/* One end asks while the other's own request about the same is on its way. */
struct crossing {
    const char *busy; /* what the stack does; null: nothing */
    struct contents asks;
    uint16_t error;
};

static uint16_t ask_across(struct talk *talk, const struct crossing *crossing)
{
    static struct contents_payloads payloads;

    if (crossing->busy != NULL) {
        assert_int_equal(stack_act(&talk->stack, &crossing->busy, 1), IKL_OK);
    }
    contents_write(&payloads, &crossing->asks, false, 0);
    return ask(talk, IKL_CREATE_CHILD_SA, payloads.list, payloads.n);
}

static void temporary_failure_is_answered_where_an_exchange_would_change_what_another_is_changing(void **state)
{
    const struct contents rekey = {.protocol = IKL_PROTOCOL_IKE, .spi = 0x1234, .has_nonce = true};
    const struct contents rekey_child = {
        .protocol = IKL_PROTOCOL_ESP, .spi = 0x1234, .has_nonce = true, .rekeys_child = true};
    const struct crossing crossings[] = {
        {"delete-child", rekey_child, IKL_NOTIFY_TEMPORARY_FAILURE}, /* §2.25.1 */
        {"delete-child", rekey, IKL_NOTIFY_TEMPORARY_FAILURE},       /* §2.25.2 */
        {"rekey-child", rekey, IKL_NOTIFY_TEMPORARY_FAILURE},
        {"rekey", rekey_child, IKL_NOTIFY_TEMPORARY_FAILURE},
        {"rekey-child", rekey_child, 0}, /* both may be made, and one is deleted (§2.8.1) */
        {"rekey", rekey, 0},
        {NULL, rekey_child, 0},
        {NULL, rekey, 0},
    };
    static struct talk talk;

    (void)state;
    for (size_t i = 0; i < sizeof(crossings) / sizeof(crossings[0]); i++) {
        struct crossing crossing = crossings[i];

        begin(&talk);
        crossing.asks.child_spi = ikl_child_spi_in(ikl_sa_first_child(talk.pair.sa_a));
        assert_int_equal(ask_across(&talk, &crossing), crossing.error);
        assert_int_equal(ikl_sa_state(talk.pair.sa_a), IKL_SA_ESTABLISHED);
        ikl_sim_free(talk.sim);
    }
}

static void the_rekey_of_a_child_sa_that_is_not_there_is_told_so(void **state)
{
    const struct crossing crossing = {
        NULL,
        {.protocol = IKL_PROTOCOL_ESP, .spi = 0x1234, .has_nonce = true, .rekeys_child = true, .child_spi = 0xdead},
        0};
    static struct talk talk;

    (void)state;
    begin(&talk);
    assert_int_equal(ask_across(&talk, &crossing), IKL_NOTIFY_CHILD_SA_NOT_FOUND);
    assert_both_stay(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_announced_gets_an_empty_response),
        cmocka_unit_test(a_child_sa_that_replaces_none_is_refused_and_the_ike_sa_stays),
        cmocka_unit_test(an_exchange_that_is_not_known_is_refused_and_the_ike_sa_stays),
        cmocka_unit_test(a_request_for_an_sa_that_names_none_is_badly_formatted_and_ends_the_ike_sa_at_both_ends),
        cmocka_unit_test(temporary_failure_is_answered_where_an_exchange_would_change_what_another_is_changing),
        cmocka_unit_test(the_rekey_of_a_child_sa_that_is_not_there_is_told_so),
    };

    assert_int_equal(ikl_init(), IKL_OK);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
