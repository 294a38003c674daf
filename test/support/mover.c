/* SPDX-License-Identifier: ISC */
/* A host that has two endpoints. See mover.h. */
#include "mover.h"

#include "shares_check.h"
#include "test.h"

#include "endpoint/shared.h"

struct ikl_endpoint *mover_endpoint(struct host *host, endpoint_change change)
{
    struct ikl_endpoint_config config = host_config(host);
    struct ikl_endpoint *endpoint;

    if (change != NULL) {
        change(&config);
    }
    assert_int_equal(ikl_endpoint_new(&endpoint, &config, host->now), IKL_OK);
    return endpoint;
}

void mover_init(struct mover *mover, endpoint_change change)
{
    host_init(&mover->host, "a", 0, change);
    mover->other = mover_endpoint(&mover->host, change);
}

void mover_clear(struct mover *mover)
{
    mover->host.on_event = NULL;
    assert_int_equal(ikl_endpoint_free(mover->other), IKL_OK);
    host_clear(&mover->host);
}

void host_move(struct host *host, struct ikl_endpoint **other)
{
    struct ikl_endpoint *from = host->endpoint;
    uint32_t n_spis = ikl_spi_table_n_used(&from->spis);
    size_t n = 0;

    assert_int_equal(ikl_sa_migrate(host->sa, *other, host->now, &host->sa), IKL_OK);
    assert_int_equal(ikl_spi_table_n_used(&from->spis), n_spis - 1);
    assert_null(shares_check(from));
    assert_null(shares_check(*other));
    host->endpoint = *other;
    *other = from;
    for (struct ikl_child *child = ikl_sa_first_child(host->sa); child != NULL && n < HOST_MAX_CHILDREN;
         child = ikl_sa_next_child(host->sa, child)) {
        host->children[n++] = child;
    }
}

void mover_move(struct mover *mover)
{
    host_move(&mover->host, &mover->other);
}

void mover_begin(struct mover *mover, uint32_t n_children, sa_change change)
{
    mover_init(mover, NULL);
    host_sa(&mover->host, MOVER_SUITE, true, n_children, change);
}

void mover_with_windows(struct ikl_sa_config *config)
{
    config->ids.own_window = 3;
    config->ids.peer_window = 3;
}
