/* SPDX-License-Identifier: ISC */
/* See connected.h. */
#include "connected.h"

#include "test.h"

void connected(struct ikl_sa_config *config)
{
    config->path.reliable = true;
    config->protection.fragmentation = true;
    config->roaming = true;
}

void connected_begin(struct host *host, endpoint_change on_endpoint, sa_change on_sa)
{
    host_init(host, "a", 0, on_endpoint);
    host_sa(host, CONNECTED_SUITE, true, 1, on_sa);
}

struct ikl_path connected_path(const struct host *host, uint16_t tag, bool reliable)
{
    struct ikl_path path = *ikl_sa_path(host->sa);

    path.tag = tag;
    path.reliable = reliable;
    return path;
}

void connected_again(struct host *host, uint16_t tag)
{
    struct ikl_path path = connected_path(host, tag, true);

    assert_int_equal(ikl_sa_reconnected(host->sa, &path, host->now), IKL_OK);
}

void connected_assert_down(struct host *host, ikl_time at, uint32_t sends)
{
    host_run_to_the_end(host);
    assert_int_equal(host_count(host, EVENT_DOWN), 1);
    assert_int_equal(host_event(host, EVENT_DOWN, 0)->at, at);
    assert_int_equal(host_event(host, EVENT_DOWN, 0)->down.reason, IKL_DOWN_TIMEOUT);
    assert_int_equal(host_event(host, EVENT_DOWN, 0)->down.sends, sends);
    assert_int_equal(host_count(host, EVENT_SENT), sends);
}
