/* SPDX-License-Identifier: ISC */
/* Two hosts that connect and change their keys on the way. See changing.h. */
#include "changing.h"

#include "asking.h"
#include "test.h"

enum { LONGEST = 3500 };

static sa_change also;

static void connecting(struct ikl_sa_config *config)
{
    config->connecting = true;
    config->ids.next_request = config->ids.unanswered = config->original_initiator ? 1 : 0;
    config->ids.next_expected = config->original_initiator ? 0 : 1;
    with_fragmentation(config);
    if (also != NULL) {
        also(config);
    }
}

void changing_init(struct pair *pair, endpoint_change on_endpoints, sa_change on_sas)
{
    also = on_sas;
    pair_init(pair, ASKING_SUITE, 0, on_endpoints, connecting);
}

static void turn(uint8_t *octets, size_t len, unsigned n)
{
    for (size_t i = 0; i < len; i++) {
        octets[i] ^= (uint8_t)n;
    }
}

struct ikl_protection changing_protection(struct ikl_keys *keys, unsigned n)
{
    struct ikl_sa_config config;

    test_sa_config(&config, keys, ASKING_SUITE, true, 0);
    turn(keys->sk_ei, keys->encr_key_len, n);
    turn(keys->sk_er, keys->encr_key_len, n);
    config.protection.fragmentation = true;
    return config.protection;
}

int change_keys(struct host *host, unsigned n)
{
    struct ikl_keys keys;
    struct ikl_protection protection = changing_protection(&keys, n);

    return ikl_sa_change_keys(host->sa, &protection, host->now);
}

static struct ikl_payload payload_of(size_t len)
{
    static const uint8_t octets[LONGEST] = {0, IKL_KE_ML_KEM_768};

    assert_true(len <= sizeof(octets));
    return (struct ikl_payload){.type = IKL_PAYLOAD_KE, .body = {octets, len}};
}

void changing_ask(struct pair *pair, uint8_t exchange_type, size_t len)
{
    struct ikl_payload payload = payload_of(len);

    assert_int_equal(ikl_sa_request(pair->a.sa, exchange_type, &payload, len != 0 ? 1 : 0, NULL, pair->a.now, NULL),
                     IKL_OK);
}

int changing_answer(struct host *host, uint32_t message_id, size_t len)
{
    struct ikl_payload payload = payload_of(len);

    return ikl_sa_respond(host->sa, message_id, &payload, len != 0 ? 1 : 0, host->now);
}

void changing_exchange(struct pair *pair, size_t request_len, size_t response_len)
{
    uint32_t message_id = host_info(&pair->a).next_request;
    size_t n = host_count(&pair->a, EVENT_OUTCOME);

    changing_ask(pair, IKL_IKE_INTERMEDIATE, request_len);
    pair_deliver(pair);
    assert_int_equal(changing_answer(&pair->b, message_id, response_len), IKL_OK);
    pair_deliver(pair);
    assert_int_equal(host_count(&pair->a, EVENT_OUTCOME), n + 1);
    assert_int_equal(host_last(&pair->a, EVENT_OUTCOME)->outcome.kind, IKL_OUTCOME_ANSWERED);
    assert_int_equal(host_last(&pair->a, EVENT_OUTCOME)->outcome.message_id, message_id);
}

void changing_step(struct pair *pair, unsigned n, size_t request_len, size_t response_len)
{
    changing_exchange(pair, request_len, response_len);
    assert_int_equal(change_keys(&pair->b, n), IKL_OK);
    assert_int_equal(change_keys(&pair->a, n), IKL_OK);
}
