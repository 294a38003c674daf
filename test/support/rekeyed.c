/* SPDX-License-Identifier: ISC */
/* Two peers with an IKE SA and the one that is to replace it. See rekeyed.h. */
#include "rekeyed.h"

#include "test.h"

struct ikl_sa *rekeyed_new_sa(struct host *host, bool original_initiator, uint32_t n)
{
    struct ikl_sa_config config;
    struct ikl_keys keys;
    struct ikl_sa *sa;

    test_sa_config(&config, &keys, REKEYED_SUITE, original_initiator, n);
    assert_int_equal(ikl_sa_new(&sa, host->endpoint, &config, host->now), IKL_OK);
    return sa;
}

void rekeyed_begin(struct rekeyed *rekeyed)
{
    pair_init(&rekeyed->pair, REKEYED_SUITE, REKEYED_CHILDREN, NULL, NULL);
    rekeyed->new_a = rekeyed_new_sa(&rekeyed->pair.a, true, 1);
    rekeyed->new_b = rekeyed_new_sa(&rekeyed->pair.b, false, 1);
}

int rekeyed_request(struct ikl_sa *sa, void *context)
{
    struct ikl_request_options options = {.size = sizeof(options), .context = context};

    return ikl_sa_request(sa, IKL_INFORMATIONAL, NULL, 0, &options, 0, NULL);
}

size_t host_count_of_sa(const struct host *host, enum event_kind kind, const struct ikl_sa *sa)
{
    size_t n = 0;

    for (size_t i = 0; i < host->n_events; i++) {
        n += host->kinds[i] == kind && host->events[i].sa == sa ? 1 : 0;
    }
    return n;
}

const struct event *host_down_of_sa(const struct host *host, const struct ikl_sa *sa)
{
    for (size_t i = 0; i < host->n_events; i++) {
        if (host->kinds[i] == EVENT_DOWN && host->events[i].sa == sa) {
            return &host->events[i];
        }
    }
    return NULL;
}

uint32_t count_children_of(const struct ikl_sa *sa)
{
    uint32_t n = 0;

    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        n++;
    }
    return n;
}
