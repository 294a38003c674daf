/* SPDX-License-Identifier: ISC */
/* See blocking.h. */
#include "blocking.h"

#include "asking.h"
#include "test.h"

void blocking_begin(struct host *host, sa_change change)
{
    host_init(host, "a", 0, NULL);
    host_sa(host, ASKING_SUITE, true, 1, change);
}

void blocking_window_of_4(struct ikl_sa_config *config)
{
    config->ids.peer_window = config->ids.own_window = 4;
}

void blocking_nat(struct ikl_sa_config *config)
{
    config->liveness = IKL_LIVENESS_OFF;
    config->path.encapsulated = config->path.behind_nat = true;
}

void blocking_start(struct host *host)
{
    host->send_result = IKL_ERR_BLOCKED;
}

void blocking_end(struct host *host, ikl_time now)
{
    host->now = now;
    host->send_result = IKL_OK;
    assert_int_equal(ikl_endpoint_writable(host->endpoint, now), IKL_OK);
}

void blocking_check(struct host *host)
{
    blocking_begin(host, NULL);
    blocking_start(host);
    host_run_until(host, 5000);
}

void blocking_assert_attempt(struct host *host, size_t n, ikl_time at, uint32_t retransmission)
{
    const struct event *attempt = host_event(host, EVENT_ATTEMPT, n);

    assert_non_null(attempt);
    assert_true(attempt->at == at);
    assert_int_equal(attempt->attempt.retransmission, retransmission);
    assert_int_equal(attempt->attempt.send_result, IKL_OK);
}
