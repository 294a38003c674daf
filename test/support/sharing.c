/* SPDX-License-Identifier: ISC */
/* IKE SAs that share the pool. See sharing.h. */
#include "sharing.h"

#include "fragments.h"
#include "test.h"

enum { OVERHEAD = 28 + 4 + 8 + 1 + 16, INSIDE = 480 - OVERHEAD, AT_ONCE = 64 };

static const uint8_t body[INSIDE - IKL_PAYLOAD_HEADER_LEN];

const struct ikl_payload sharing_payload = {.type = IKL_PAYLOAD_NONCE, .body = {body, sizeof(body)}};

struct peer_message sharing_request(uint32_t message_id)
{
    static uint8_t payloads[INSIDE];

    fragments_fill(payloads, sizeof(payloads));
    return (struct peer_message){.exchange_type = IKL_CREATE_CHILD_SA,
                                 .message_id = message_id,
                                 .first_payload = IKL_PAYLOAD_NONCE,
                                 .plaintext = {payloads, sizeof(payloads)}};
}

struct ikl_sa *sharing_sa(struct host *host, uint32_t n, bool connecting, uint32_t window)
{
    struct ikl_sa_config config;
    struct ikl_sa *sa;
    struct ikl_keys keys;

    test_sa_config(&config, &keys, SHARING_SUITE, true, n);
    config.connecting = connecting;
    config.protection.fragmentation = true;
    config.liveness = IKL_LIVENESS_OFF;
    config.ids.own_window = window;
    assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_OK);
    return sa;
}

void sharing_fill(struct host *host)
{
    for (uint32_t n = 1; n < AT_ONCE; n++) {
        (void)sharing_sa(host, n, false, 1);
    }
}
