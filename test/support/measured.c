/* SPDX-License-Identifier: ISC */
#include "measured.h"

#include "peer.h"
#include "test.h"

const char *const measured_suite = "chacha20poly1305-prfsha256";

void measured_begin(struct host *host, sa_change change)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, measured_suite, true, 1, change);
}

void measured_answer(struct host *host, uint32_t message_id)
{
    const struct peer_message message = {.response = true, .message_id = message_id};

    assert_int_equal(peer_send(host, measured_suite, &message), IKL_OK);
}

uint32_t measured_to_check(struct host *host)
{
    host_forget(host);
    while (host_count(host, EVENT_ATTEMPT) == 0) {
        host_advance(host, ikl_endpoint_next_deadline(host->endpoint));
    }
    assert_true(host_event(host, EVENT_ATTEMPT, 0)->attempt.liveness);
    return host_event(host, EVENT_ATTEMPT, 0)->attempt.message_id;
}

void measured_answer_checks(struct host *host, ikl_time ms, int n)
{
    for (; n > 0; n--) {
        uint32_t message_id = measured_to_check(host);

        host_advance(host, host->now + ms);
        measured_answer(host, message_id);
    }
}
