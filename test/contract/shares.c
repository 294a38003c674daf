/* Promises about the pool: what one peer can take of it, and what the others then still can do.
 * SPDX-License-Identifier: ISC */
#include "support/drain.h"
#include "support/fickle_cipher.h"
#include "support/fragments.h"
#include "support/hostile.h"
#include "support/peer.h"
#include "support/test.h"
#include "support/test_allocator.h"

#include "sa/sa.h"

static const char *const suite = "chacha20poly1305-prfsha256";

enum {
    M = 69, /* blocks of one largest message of 4096 octets */
    C = 8 * M,
    OWN = 4,
    OVERHEAD = 28 + 4 + 8 + 1 + 16,
    INSIDE = 480 - OVERHEAD /* payloads of a message of 480 octets */
};

static uint8_t payloads[INSIDE];
static const uint8_t body[INSIDE - IKL_PAYLOAD_HEADER_LEN];
static const struct ikl_payload payload = {.type = IKL_PAYLOAD_NONCE, .body = {body, sizeof(body)}};

static void honest_begins(struct host *host)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, suite, true, 0);
    config.liveness = IKL_LIVENESS_OFF;
    assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &config, host->now), IKL_OK);
}

static void peer_rekeys(struct host *host, uint32_t message_id)
{
    struct peer_message message = {.exchange = IKL_CREATE_CHILD_SA,
                                   .message_id = message_id,
                                   .first_payload = IKL_PAYLOAD_NONCE,
                                   .plaintext = {payloads, sizeof(payloads)}};

    fragments_fill(payloads, sizeof(payloads));
    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, message_id, &payload, 1, host->now), IKL_OK);
}

static void we_ask(struct host *host, uint32_t message_id)
{
    struct peer_message answer = {.response = true, .exchange = IKL_CREATE_CHILD_SA, .message_id = message_id};

    assert_int_equal(ikl_sa_request(host->sa, IKL_CREATE_CHILD_SA, &payload, 1, NULL, host->now, NULL), IKL_OK);
    assert_int_equal(peer_send(host, suite, &answer), IKL_OK);
}

static void we_delete(struct host *host, uint32_t message_id)
{
    struct peer_message answer = {.response = true, .message_id = message_id};

    assert_int_equal(ikl_sa_delete(host->sa, 5000, host->now), IKL_OK);
    assert_int_equal(peer_send(host, suite, &answer), IKL_OK);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
}

/* The honest peer and we do what has to work, and begin anew. */
static void honest_lives(struct host *host)
{
    struct peer_message probe = {.message_id = 1};

    honest_begins(host);
    we_ask(host, 0);
    peer_rekeys(host, 0);
    assert_int_equal(peer_send(host, suite, &probe), IKL_OK);
    we_delete(host, 1);
    ikl_sa_free(host->sa);
    host_forget(host);
}

/* The same with all of it under way at once: only where no authenticated peer is hostile. */
static void honest_lives_in_haste(struct host *host)
{
    honest_begins(host);
    peer_rekeys(host, 0);
    we_ask(host, 0);
    peer_rekeys(host, 1);
    assert_int_equal(ikl_sa_request(host->sa, IKL_CREATE_CHILD_SA, &payload, 1, NULL, host->now, NULL), IKL_OK);
    assert_int_equal(ikl_sa_delete(host->sa, 5000, host->now), IKL_OK);
    ikl_sa_free(host->sa);
    host_forget(host);
}

/* Counted anew, and within the shares. */
static void check_shares(const struct hostile *hostile)
{
    const struct ikl_endpoint *endpoint = hostile->host->endpoint;
    uint32_t connecting = 0, owned = 0, held = 0;

    for (size_t i = 0; i < hostile->n; i++) {
        const struct ikl_sa *sa = hostile->sas[i];
        bool gone = ikl_sa_is_gone(sa);

        assert_true(sa->held <= M + (sa->state == IKL_SA_CONNECTING ? 0 : OWN));
        connecting += sa->state == IKL_SA_CONNECTING ? sa->held : 0;
        owned += gone ? 0 : OWN;
        held += sa->held + sa->sealed;
    }
    assert_true(connecting <= C / 4);
    assert_int_equal(endpoint->shares.connecting, connecting);
    assert_int_equal(endpoint->shares.owned, owned);
    assert_int_equal(endpoint->pool.blocks.n_chunks * IKL_SLAB_CHUNK - endpoint->pool.blocks.n_free, held);
    assert_true(endpoint->pool.blocks.n_free >= endpoint->shares.set_aside);
}

static void run_hostile(size_t n, bool authenticated, uint64_t seed, void (*live)(struct host *host), size_t steps)
{
    static struct hostile hostile;
    struct host host;

    host_init(&host, "a", 1000, NULL);
    hostile_init(&hostile, &host, n, authenticated, seed);
    for (size_t step = 0; step < steps; step++) {
        hostile_act(&hostile);
        check_shares(&hostile);
        live(&host);
        check_shares(&hostile);
    }
    for (size_t act = 0; act < hostile_n_acts(); act++) {
        assert_true(hostile.acts[act] > 0);
    }
    for (size_t i = 0; i < n; i++) {
        ikl_sa_free(hostile.sas[i]);
    }
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static void whatever_peers_without_authentication_do_an_honest_rekey_request_and_delete_succeed(void **state)
{
    static const size_t numbers[] = {1, 2, 5, 12, HOSTILE_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        for (uint64_t seed = 1; seed <= 2; seed++) {
            run_hostile(numbers[i], false, seed, seed % 2 != 0 ? honest_lives : honest_lives_in_haste, 250);
        }
    }
}

static void whatever_authenticated_peers_do_an_honest_request_rekey_and_delete_of_480_octets_succeed(void **state)
{
    static const size_t numbers[] = {1, 2, 9, HOSTILE_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        for (uint64_t seed = 1; seed <= 2; seed++) {
            run_hostile(numbers[i], true, seed, honest_lives, 250);
        }
    }
}

/* A CONNECTING IKE SA, or one that is ESTABLISHED, with this number. */
static struct ikl_sa *make(struct host *host, uint32_t n, bool connecting, uint32_t window)
{
    struct ikl_sa_config config;
    struct ikl_sa *sa;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, suite, true, n);
    config.connecting = connecting;
    config.protection.fragmentation = true;
    config.liveness = IKL_LIVENESS_OFF;
    config.ids.own_window = window;
    assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_OK);
    return sa;
}

/* Fragments of one octet, all but the last; how many were kept. */
static size_t hold_fragments(struct host *host, uint32_t n)
{
    static const uint8_t octet = 0;
    struct peer_message message = {.sa = n, .exchange = IKL_IKE_AUTH, .plaintext = {&octet, 1}, .fragment_total = 255};
    size_t kept = 0;

    while (++message.fragment_number < message.fragment_total) {
        kept += peer_send(host, suite, &message) == IKL_OK;
    }
    return kept;
}

static void a_connecting_ike_sa_holds_the_blocks_of_one_largest_message_and_all_of_them_a_quarter(void **state)
{
    enum { N = 10 };
    struct host host;
    struct ikl_sa *sas[N];
    uint32_t held = 0;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host.sa = make(&host, 0, false, 1); /* whose path they use */
    for (uint32_t i = 0; i < N; i++) {
        sas[i] = make(&host, 1 + i, true, 1);
        assert_int_equal(hold_fragments(&host, 1 + i), M);
        assert_int_equal(sas[i]->held, M);
    }
    for (uint32_t i = 0; i < N; i++) {
        held += sas[i]->held;
    }
    assert_true(held <= C / 4);
    host_clear(&host);
}

static void a_large_message_of_one_that_is_connecting_is_taken_whatever_the_others_hold(void **state)
{
    static uint8_t octets[3000];
    struct peer_message whole = {.sa = 50, .exchange = IKL_IKE_AUTH, .first_payload = IKL_PAYLOAD_VENDOR_ID};
    struct ikl_payload large = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, 1500}};
    struct ikl_sa *honest;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host.sa = make(&host, 0, false, 1);
    for (uint32_t i = 0; i < 20; i++) {
        (void)make(&host, 1 + i, true, 1);
        (void)hold_fragments(&host, 1 + i);
    }
    honest = make(&host, 50, true, 1);
    fragments_fill(octets, sizeof(octets));
    whole.plaintext = (struct ikl_octets){octets, sizeof(octets)};
    assert_int_equal(hear_fragments(&host, &whole, 450), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_REQUEST), 1);
    assert_int_equal(ikl_sa_respond(honest, 0, &large, 1, 0), IKL_OK);
    host_clear(&host);
}

static void an_ike_sa_borrows_an_eighth_of_the_common_pool_at_most(void **state)
{
    struct host host;
    uint32_t kept = 0;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host.sa = make(&host, 0, false, 1);
    while (ikl_sa_request(host.sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL) == IKL_OK) {
        kept++;
    }
    assert_int_equal(kept, (M + OWN) / 4);
    assert_true(host.sa->held <= M + OWN);
    host_clear(&host);
}

/* Requests until there is no room. */
static void ask_for_all(struct ikl_sa *sa)
{
    while (ikl_sa_request(sa, IKL_INFORMATIONAL, &payload, 1, NULL, 0, NULL) == IKL_OK) {
    }
}

static void without_limit_of_requests(struct ikl_endpoint_config *config)
{
    config->max_requests = 100000;
}

/* Memory comes in larger pieces than blocks: what is there beyond the common pool is nobody's to borrow. */
static void an_ike_sa_that_comes_when_all_is_borrowed_has_its_own_blocks(void **state)
{
    struct host host;
    uint32_t n = 0;

    (void)state;
    host_init(&host, "a", 0, without_limit_of_requests);
    for (; n < 9; n++) {
        ask_for_all(make(&host, n, false, 1));
    }
    for (; n < 60; n++) {
        struct ikl_sa *sa = make(&host, n, false, 1);

        assert_true(host.endpoint->pool.blocks.n_free >= host.endpoint->shares.set_aside);
        assert_int_equal(ikl_sa_request(sa, IKL_CREATE_CHILD_SA, &payload, 1, NULL, 0, NULL), IKL_OK);
    }
    host_clear(&host);
}

/* What they owned is borrowed then, beside the common pool. */
static void nor_do_ike_sas_that_were_replaced_take_it(void **state)
{
    struct ikl_sa *sas[40];
    struct host host;
    uint32_t n = 0;

    (void)state;
    host_init(&host, "a", 0, without_limit_of_requests);
    for (; n < 40; n++) {
        sas[n] = make(&host, n, false, 1);
    }
    for (size_t i = 0; i < 40; i++) {
        ask_for_all(sas[i]);
        assert_int_equal(ikl_sa_replace(sas[i], make(&host, n++, false, 1), true, 1000, 0), IKL_OK);
    }
    for (; n < 140; n++) {
        struct ikl_sa *sa = make(&host, n, false, 1);

        assert_true(host.endpoint->pool.blocks.n_free >= host.endpoint->shares.set_aside);
        assert_int_equal(ikl_sa_request(sa, IKL_CREATE_CHILD_SA, &payload, 1, NULL, 0, NULL), IKL_OK);
    }
    host_clear(&host);
}

static void with_3000_ms(struct ikl_endpoint_config *config)
{
    config->reassembly_time = 3000;
}

static struct peer_message request_of(uint32_t message_id)
{
    return (struct peer_message){.exchange = IKL_CREATE_CHILD_SA,
                                 .message_id = message_id,
                                 .first_payload = IKL_PAYLOAD_NONCE,
                                 .plaintext = {payloads, sizeof(payloads)}};
}

static void requests_waiting_for_a_lower_message_id_expire_like_fragments_and_are_taken_when_they_come_again(
    void **state)
{
    struct peer_message probe = {.message_id = 0};
    struct host host;

    (void)state;
    fragments_fill(payloads, sizeof(payloads));
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = make(&host, 0, false, 4);
    host.now = 100;
    for (uint32_t id = 1; id < 4; id++) {
        struct peer_message message = request_of(id);

        assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    }
    assert_int_equal(ikl_endpoint_next_deadline(host.endpoint), 3100);
    host_advance(&host, 3099);
    assert_false(pool_is_whole(&host));
    host_advance(&host, 3100);
    assert_true(pool_is_whole(&host));
    assert_int_equal(peer_send(&host, suite, &probe), IKL_OK); /* the one that was missing */
    assert_int_equal(host_count(&host, EVENT_REQUEST), 0);
    for (uint32_t id = 4; id-- > 1;) {
        struct peer_message message = request_of(id);

        assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    }
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(host_event(&host, EVENT_REQUEST, i)->message_id, 1 + i);
    }
    host_clear(&host);
}

static void a_request_that_waited_too_long_is_no_sign_of_life_when_it_comes_again(void **state)
{
    struct peer_message message = request_of(1);
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = make(&host, 0, false, 4);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    host_advance(&host, 3000);
    host.now = 9000;
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(host_info(&host).last_evidence, 0);
    host_clear(&host);
}

/* Anybody who recorded it can bring it again, in the last wait too. */
static void nor_does_it_then_put_off_a_verdict_or_count_as_fresh(void **state)
{
    struct peer_message message = request_of(1);
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = make(&host, 0, false, 4);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(ikl_sa_request(host.sa, IKL_INFORMATIONAL, NULL, 0, NULL, 0, NULL), IKL_OK);
    while (host.now < 260000) {
        host_advance(&host, ikl_endpoint_next_deadline(host.endpoint) < 260000
                                ? ikl_endpoint_next_deadline(host.endpoint)
                                : 260000);
    }
    host_forget(&host);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_ATTEMPT), 0);
    assert_int_equal(host_counters(&host).evidence_resends, 0);
    assert_int_equal(host_info(&host).counters.requests, 1);
    host_run_to_the_end(&host);
    assert_int_equal(host_event(&host, EVENT_DOWN, 0)->at, 319000);
    host_clear(&host);
}

/* The peer can have that done as often as it likes. */
static void nothing_is_kept_of_a_request_that_waited_too_long_when_the_ike_sa_moves(void **state)
{
    struct peer_message message = request_of(1);
    struct host host;
    struct ikl_path path;

    (void)state;
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = make(&host, 0, false, 4);
    path = *ikl_sa_path(host.sa);
    for (uint32_t i = 1; i < 20; i++) {
        assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
        host_advance(&host, host.now + 3000);
        assert_int_equal(host.sa->held, 0);
        path.remote.port++;
        assert_int_equal(ikl_sa_set_path(host.sa, &path, host.now), IKL_OK);
        assert_int_equal(host.sa->held, 0);
    }
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    ikl_sa_close(host.sa, host.now);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

/* What it says is done all the same. */
static void a_delete_that_waited_too_long_ends_a_child_sa_and_is_no_evidence(void **state)
{
    static const uint8_t delete_child[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 1};
    struct peer_message message = {
        .message_id = 1, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete_child, sizeof(delete_child)}};
    struct host host;

    (void)state;
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = make(&host, 0, false, 4);
    host_add_children(&host, true, 1);
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    host_advance(&host, 3000);
    host.now = 5000;
    assert_int_equal(peer_send(&host, suite, &(struct peer_message){.message_id = 0}), IKL_OK);
    host.now = 9000;
    assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
    assert_int_equal(host_count(&host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->down.at, 9000);
    assert_int_equal(host_event(&host, EVENT_CHILD_DOWN, 0)->down.last_evidence, 5000);
    host_clear(&host);
}

static void a_request_in_fragments_that_waited_too_long_is_taken_when_it_comes_again(void **state)
{
    static uint8_t octets[1500];
    struct peer_message whole = {
        .exchange = IKL_CREATE_CHILD_SA, .message_id = 1, .first_payload = IKL_PAYLOAD_VENDOR_ID};
    struct peer_message probe = {.message_id = 0};
    struct host host;

    (void)state;
    fragments_fill(octets, sizeof(octets));
    whole.plaintext = (struct ikl_octets){octets, sizeof(octets)};
    host_init(&host, "a", 0, with_3000_ms);
    host.sa = make(&host, 0, false, 4);
    assert_int_equal(hear_fragments(&host, &whole, 400), IKL_OK);
    host_advance(&host, 3000);
    assert_true(pool_is_whole(&host));
    assert_int_equal(peer_send(&host, suite, &probe), IKL_OK);
    assert_int_equal(hear_fragments(&host, &whole, 400), IKL_OK);
    assert_int_equal(host_event(&host, EVENT_REQUEST, 0)->len, sizeof(octets));
    host_clear(&host);
}

/* With a cipher that can make them again, and with one that cannot; `drain` has the whole common pool and all that the
 * IKE SA owns for larger messages. */
static void small_messages_pass(struct host *host)
{
    static const uint8_t delete_child[] = {0, 0, 0, 12, IKL_PROTOCOL_ESP, 4, 0, 1, 0xb0, 0, 0, 1};
    struct peer_message message = {.message_id = 0};

    assert_int_equal(ikl_sa_request(host->sa, IKL_CREATE_CHILD_SA, &payload, 1, NULL, host->now, NULL),
                     IKL_ERR_NO_BUFFER);
    assert_int_equal(peer_send(host, suite, &message), IKL_OK); /* a liveness check of the peer's */
    message = (struct peer_message){.message_id = 1, .exchange = 240};
    assert_int_equal(peer_send(host, suite, &message), IKL_OK); /* an error notification answers it */
    message = (struct peer_message){
        .message_id = 2, .first_payload = IKL_PAYLOAD_DELETE, .plaintext = {delete_child, sizeof(delete_child)}};
    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
    assert_int_equal(host_count(host, EVENT_CHILD_DOWN), 1);
    assert_int_equal(ikl_sa_delete_children(host->sa, host->children + 1, 1, host->now), IKL_OK);
    assert_int_equal(ikl_sa_delete(host->sa, 5000, host->now), IKL_OK);
    assert_int_equal(host_count(host, EVENT_SENT), 4);
    message = (struct peer_message){.response = true, .message_id = 0};
    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
    assert_int_equal(host_count(host, EVENT_SENT), 5); /* the Delete of the IKE SA */
    message.message_id = 1;
    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
}

static void without_request_callback(struct ikl_endpoint_config *config)
{
    config->callbacks.request = NULL;
}

static void deletes_and_short_answers_do_not_fail_for_want_of_a_block(void **state)
{
    struct drain drain;
    struct host host;

    (void)state;
    host_init(&host, "a", 0, without_request_callback);
    host_sa(&host, suite, true, 2, NULL);
    drain_pool(&drain, &host);
    small_messages_pass(&host);
    refill_pool(&drain, &host);
    host_clear(&host);
}

static void with_fickle_provider_and_no_own_blocks(struct ikl_endpoint_config *config)
{
    with_fickle_provider(config);
    config->callbacks.request = NULL;
    config->own_blocks = IKL_NO_OWN_BLOCKS;
}

static void nor_do_they_with_a_cipher_that_is_not_deterministic(void **state)
{
    enum { SEALED = 3 };
    struct drain drain;
    struct host host;

    (void)state;
    fickle_reset(false, true);
    host_init(&host, "a", 0, with_fickle_provider_and_no_own_blocks);
    host_sa(&host, suite, true, 2, NULL);
    drain_pool_to(&drain, &host, SEALED);
    small_messages_pass(&host);
    refill_pool(&drain, &host);
    assert_true(pool_is_whole(&host));
    host_clear(&host);
}

static int answer_250(struct host *host, struct event *event)
{
    struct ikl_payload answer = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, 250}};

    if (event->kind == EVENT_REQUEST) {
        assert_int_equal(ikl_sa_respond(event->sa, event->message_id, &answer, 1, host->now), IKL_OK);
    }
    return IKL_OK;
}

static void the_default_endpoint_carries_the_ike_sas_that_it_has(void **state)
{
    enum { N = 500 };
    struct host host;

    (void)state;
    host_init(&host, "a", 0, NULL);
    host.on_event = answer_250;
    for (uint32_t n = 0; n < N; n++) {
        struct peer_message message = request_of(0);

        message.sa = n;
        host.sa = make(&host, n, false, 1);
        assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
        host_forget(&host);
    }
    assert_int_equal(ikl_sa_request(host.sa, IKL_CREATE_CHILD_SA, &payload, 1, NULL, 0, NULL), IKL_OK);
    assert_int_equal(ikl_sa_delete(host.sa, 5000, 0), IKL_OK);
    host_clear(&host);
}

static struct test_allocator memory;

static void for_100(struct ikl_endpoint_config *config)
{
    config->allocator = &memory.allocator;
    config->reserve_sas = 100;
    config->reserve_extras = 100;
    config->fixed_budget = true;
}

static void within_a_fixed_budget_100_ike_sas_have_their_own_blocks_and_nothing_is_allocated(void **state)
{
    static struct ikl_suite suites[1];
    struct ikl_endpoint_config config;
    struct host host = {0};
    size_t allocations;

    (void)state;
    test_allocator_init(&memory);
    config = host_config(&host);
    assert_int_equal(ikl_suite_parse(&suites[0], suite), IKL_OK);
    for_100(&config);
    config.reserve_suites = suites;
    config.n_reserve_suites = 1;
    host_init(&host, "a", 0, NULL);
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
    allocations = memory.allocations;
    host.on_event = answer_250;
    for (uint32_t n = 0; n < 100; n++) {
        struct peer_message message = request_of(0);

        message.sa = n;
        host.sa = make(&host, n, false, 1);
        assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
        host_forget(&host);
    }
    assert_true(host.endpoint->pool.blocks.n_free >= host.endpoint->shares.set_aside);
    assert_int_equal(memory.allocations, allocations);
    host_clear(&host);
}

static int answer_all(struct host *host, struct event *event)
{
    if (event->kind == EVENT_REQUEST) {
        *(int *)host->context = ikl_sa_respond(event->sa, event->message_id, &payload, 1, host->now);
    }
    return IKL_OK;
}

static void without_own_blocks(struct ikl_endpoint_config *config)
{
    config->own_blocks = IKL_NO_OWN_BLOCKS;
}

/* The next one, and what the host could do with its request. */
static int answer_another(struct host *host, uint32_t n)
{
    struct peer_message message = request_of(0);
    int result = IKL_OK;

    message.sa = n;
    host->sa = make(host, n, false, 1);
    host->on_event = answer_all;
    host->context = &result;
    assert_int_equal(peer_send(host, suite, &message), IKL_OK);
    host_forget(host);
    return result;
}

static void a_borrowed_response_may_be_forgotten_after_ten_minutes_and_its_repeat_is_ignored(void **state)
{
    enum { TEN_MINUTES = 600000 };
    struct peer_message first = request_of(0);
    uint32_t n = 0;
    struct host host;

    (void)state;
    fragments_fill(payloads, sizeof(payloads));
    host_init(&host, "a", 1000, without_own_blocks);
    while (answer_another(&host, n) == IKL_OK) {
        n++;
    }
    assert_in_range(n, C / 4, C / 4 + 16); /* the pool is full, its last chunk included */
    host_advance(&host, 2000);
    assert_int_equal(peer_send(&host, suite, &first), IKL_OK);
    host_advance(&host, 1000 + TEN_MINUTES - 1);
    assert_int_equal(answer_another(&host, n + 1), IKL_ERR_NO_BUFFER);
    host_advance(&host, 1000 + TEN_MINUTES);
    assert_int_equal(answer_another(&host, n + 2), IKL_OK);
    assert_int_equal(peer_send(&host, suite, &first), IKL_OK); /* it was sent again since */
    first.sa = 1;
    assert_int_equal(peer_send(&host, suite, &first), IKL_ERR_STALE); /* the oldest */
    first.sa = 2;
    assert_int_equal(peer_send(&host, suite, &first), IKL_OK);
    host_clear(&host);
}

/* Everybody answers a window of requests and has one outstanding, while peers without authentication hold their
 * quarter. */
static void carry(const struct ikl_endpoint_config *load, uint32_t n, size_t len, uint32_t window)
{
    static const uint8_t octets[4096];
    struct ikl_payload large = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {octets, len - IKL_PAYLOAD_HEADER_LEN}};
    struct host host = {0};
    struct ikl_endpoint_config config;

    host_init(&host, "a", 0, NULL);
    assert_int_equal(ikl_endpoint_free(host.endpoint), IKL_OK);
    config = host_config(&host);
    config.own_blocks = load->own_blocks;
    config.pool_blocks = ikl_endpoint_pool_blocks(load, n, len, window);
    assert_int_equal(ikl_endpoint_new(&host.endpoint, &config, 0), IKL_OK);
    host.sa = make(&host, 9999, false, 1);
    for (uint32_t i = 0; i < 20; i++) {
        (void)make(&host, 5000 + i, true, 1);
        (void)hold_fragments(&host, 5000 + i);
    }
    for (uint32_t i = 0; i < n; i++) {
        host.sa = make(&host, i, false, window);
        for (uint32_t id = 0; id < window; id++) {
            struct peer_message message = request_of(id);

            message.sa = i;
            assert_int_equal(peer_send(&host, suite, &message), IKL_OK);
            assert_int_equal(ikl_sa_respond(host.sa, id, &large, 1, 0), IKL_OK);
        }
        assert_int_equal(i < 8 ? ikl_sa_request(host.sa, IKL_CREATE_CHILD_SA, &large, 1, NULL, 0, NULL) : IKL_OK,
                         IKL_OK);
        host_forget(&host);
    }
    host_clear(&host);
}

static void a_pool_of_the_blocks_that_are_computed_carries_the_load(void **state)
{
    static const uint32_t numbers[] = {1, 10, 100}, windows[] = {1, 4}, own[] = {0, IKL_NO_OWN_BLOCKS, 10};
    static const size_t lens[] = {100, 300, 1200, 3500};

    (void)state;
    for (size_t i = 0; i < 3 * 2 * 3 * 4; i++) {
        struct ikl_endpoint_config load = {.size = sizeof(load), .own_blocks = own[i % 3]};

        carry(&load, numbers[i / 3 % 3], lens[i / 9 % 4], windows[i / 36]);
    }
}

static void the_blocks_that_are_computed_are_those_of_the_rule(void **state)
{
    struct ikl_endpoint_config config = {.size = sizeof(config)};

    (void)state;
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 0, 0, 1), C);
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 1000, 250, 1), (1000 * (2 * 4 - 4) + M) * 4 / 3 + 1);
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 2, 4096, 8), 8 * 9 * 47);
    config.own_blocks = IKL_NO_OWN_BLOCKS;
    config.max_message = 1280;
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 300, 250, 2), (300 * 3 * 4 + 22) * 4 / 3 + 1);
    assert_int_equal(ikl_endpoint_pool_blocks(&config, UINT32_MAX, 60000, 32), UINT32_MAX);
    assert_int_equal(ikl_endpoint_pool_blocks(&config, UINT32_MAX, SIZE_MAX, UINT32_MAX), UINT32_MAX);
    config.size = 4;
    assert_int_equal(ikl_endpoint_pool_blocks(&config, 1, 250, 1), 0);
}

static void a_larger_total_takes_the_room_of_what_it_replaces(void **state)
{
    static uint8_t octets[1500];
    struct peer_message whole = {.exchange = IKL_CREATE_CHILD_SA, .first_payload = IKL_PAYLOAD_VENDOR_ID};
    struct drain drain;
    struct host host;

    (void)state;
    fragments_fill(octets, sizeof(octets));
    whole.plaintext = (struct ikl_octets){octets, sizeof(octets)};
    host_init(&host, "a", 0, NULL);
    host.sa = make(&host, 0, false, 1);
    assert_int_equal(hear_fragment(&host, &whole, 400, 1), IKL_OK);
    drain_pool(&drain, &host);
    assert_int_equal(hear_fragment(&host, &whole, 400, 2), IKL_ERR_NO_BUFFER);
    assert_int_equal(hear_fragment(&host, &whole, 200, 2), IKL_OK);
    assert_int_equal(hear_fragment(&host, &whole, 400, 3), IKL_ERR_FRAGMENT);
    refill_pool(&drain, &host);
    host_clear(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_peers_without_authentication_do_an_honest_rekey_request_and_delete_succeed),
        cmocka_unit_test(whatever_authenticated_peers_do_an_honest_request_rekey_and_delete_of_480_octets_succeed),
        cmocka_unit_test(a_connecting_ike_sa_holds_the_blocks_of_one_largest_message_and_all_of_them_a_quarter),
        cmocka_unit_test(a_large_message_of_one_that_is_connecting_is_taken_whatever_the_others_hold),
        cmocka_unit_test(an_ike_sa_borrows_an_eighth_of_the_common_pool_at_most),
        cmocka_unit_test(an_ike_sa_that_comes_when_all_is_borrowed_has_its_own_blocks),
        cmocka_unit_test(nor_do_ike_sas_that_were_replaced_take_it),
        cmocka_unit_test(
            requests_waiting_for_a_lower_message_id_expire_like_fragments_and_are_taken_when_they_come_again),
        cmocka_unit_test(a_request_that_waited_too_long_is_no_sign_of_life_when_it_comes_again),
        cmocka_unit_test(nor_does_it_then_put_off_a_verdict_or_count_as_fresh),
        cmocka_unit_test(nothing_is_kept_of_a_request_that_waited_too_long_when_the_ike_sa_moves),
        cmocka_unit_test(a_delete_that_waited_too_long_ends_a_child_sa_and_is_no_evidence),
        cmocka_unit_test(a_request_in_fragments_that_waited_too_long_is_taken_when_it_comes_again),
        cmocka_unit_test(deletes_and_short_answers_do_not_fail_for_want_of_a_block),
        cmocka_unit_test(nor_do_they_with_a_cipher_that_is_not_deterministic),
        cmocka_unit_test(the_default_endpoint_carries_the_ike_sas_that_it_has),
        cmocka_unit_test(within_a_fixed_budget_100_ike_sas_have_their_own_blocks_and_nothing_is_allocated),
        cmocka_unit_test(a_borrowed_response_may_be_forgotten_after_ten_minutes_and_its_repeat_is_ignored),
        cmocka_unit_test(a_pool_of_the_blocks_that_are_computed_carries_the_load),
        cmocka_unit_test(the_blocks_that_are_computed_are_those_of_the_rule),
        cmocka_unit_test(a_larger_total_takes_the_room_of_what_it_replaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
