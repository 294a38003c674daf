/* Promises about the pool: whatever hostile peers do, an honest one's rekey, request and Delete succeed.
 * SPDX-License-Identifier: ISC */
#include "support/drain.h"
#include "support/hostile.h"
#include "support/sharing.h"
#include "support/test.h"

#include "sa/sa.h"

static void honest_begins(struct host *host)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, SHARING_SUITE, true, 0);
    config.liveness = IKL_LIVENESS_OFF;
    assert_int_equal(ikl_sa_new(&host->sa, host->endpoint, &config, host->now), IKL_OK);
}

static void peer_rekeys(struct host *host, uint32_t message_id)
{
    struct peer_message message = sharing_request(message_id);

    assert_int_equal(peer_send(host, SHARING_SUITE, &message), IKL_OK);
    assert_int_equal(ikl_sa_respond(host->sa, message_id, &sharing_payload, 1, host->now), IKL_OK);
}

static void we_ask(struct host *host, uint32_t message_id)
{
    struct peer_message answer = {.response = true, .exchange = IKL_CREATE_CHILD_SA, .message_id = message_id};

    assert_int_equal(ikl_sa_request(host->sa, IKL_CREATE_CHILD_SA, &sharing_payload, 1, NULL, host->now, NULL), IKL_OK);
    assert_int_equal(peer_send(host, SHARING_SUITE, &answer), IKL_OK);
}

static void we_delete(struct host *host, uint32_t message_id)
{
    struct peer_message answer = {.response = true, .message_id = message_id};

    assert_int_equal(ikl_sa_delete(host->sa, 5000, host->now), IKL_OK);
    assert_int_equal(peer_send(host, SHARING_SUITE, &answer), IKL_OK);
    assert_int_equal(ikl_sa_state(host->sa), IKL_SA_DEAD);
}

/* The honest peer and we do what has to work, and begin anew. */
static void honest_lives(struct host *host)
{
    struct peer_message probe = {.message_id = 1};

    honest_begins(host);
    we_ask(host, 0);
    peer_rekeys(host, 0);
    assert_int_equal(peer_send(host, SHARING_SUITE, &probe), IKL_OK);
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
    assert_int_equal(ikl_sa_request(host->sa, IKL_CREATE_CHILD_SA, &sharing_payload, 1, NULL, host->now, NULL), IKL_OK);
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

        assert_true(sa->held <= SHARING_M + (sa->state == IKL_SA_CONNECTING ? 0 : SHARING_OWN));
        connecting += sa->state == IKL_SA_CONNECTING ? sa->held : 0;
        owned += gone ? 0 : SHARING_OWN;
        held += sa->held + sa->sealed;
    }
    assert_true(connecting <= SHARING_COMMON / 4);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_peers_without_authentication_do_an_honest_rekey_request_and_delete_succeed),
        cmocka_unit_test(whatever_authenticated_peers_do_an_honest_request_rekey_and_delete_of_480_octets_succeed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
