/* SPDX-License-Identifier: ISC */
/* A host whose IKE SA goes on in another endpoint. See restorer.h. */
#include "restorer.h"

#include "mover.h"
#include "test.h"

#include "octets.h"
#include "sa/snapshot_tape.h"

void host_keep_keys(struct host *host, const char *suite)
{
    struct ikl_keys keys;

    test_keys(&keys, suite);
    assert_int_equal(ikl_sa_keep_keys(host->sa, &keys, RESTORER_EPOCH), IKL_OK);
}

void restorer_begin_with(struct restorer *restorer, const char *suite, uint32_t n_children,
                         endpoint_change on_endpoints, sa_change on_sa)
{
    host_init(&restorer->host, "a", 0, on_endpoints);
    restorer->other = mover_endpoint(&restorer->host, on_endpoints);
    host_sa(&restorer->host, suite, true, n_children, on_sa);
    host_keep_keys(&restorer->host, suite);
}

void restorer_begin(struct restorer *restorer, uint32_t n_children, sa_change change)
{
    restorer_begin_with(restorer, RESTORER_SUITE, n_children, NULL, change);
}

void restorer_clear(struct restorer *restorer)
{
    restorer->host.on_event = NULL;
    assert_int_equal(ikl_endpoint_free(restorer->other), IKL_OK);
    host_clear(&restorer->host);
}

void restorer_take(struct restorer *restorer)
{
    const struct host *host = &restorer->host;

    assert_int_equal(ikl_sa_snapshot(host->sa, restorer->octets, sizeof(restorer->octets), &restorer->len, host->now),
                     IKL_OK);
    assert_int_equal(ikl_snapshot_size(host->sa), restorer->len);
}

struct ikl_restore_options restorer_options(struct restorer *restorer, uint64_t epoch)
{
    return (struct ikl_restore_options){
        .size = sizeof(struct ikl_restore_options), .epoch = epoch, .user = &restorer->host};
}

int restorer_try(struct restorer *restorer, const struct ikl_restore_options *options, struct ikl_sa **out)
{
    struct ikl_restore_options usual;
    uint64_t epoch = 0;

    if (options == NULL) {
        assert_int_equal(ikl_sa_epoch(restorer->host.sa, &epoch), IKL_OK);
        usual = restorer_options(restorer, epoch + 1);
        options = &usual;
    }
    return ikl_sa_restore(restorer->other, (struct ikl_octets){restorer->octets, restorer->len}, options,
                          restorer->host.now, out);
}

/* What ends there is not recorded. */
static void forget_old(struct host *host)
{
    size_t n = host->n_events;
    int (*on_event)(struct host *, struct event *) = host->on_event;

    host->on_event = NULL;
    ikl_sa_free(host->sa);
    host->on_event = on_event;
    host->n_events = n;
}

void restorer_go_on_with(struct restorer *restorer, const struct ikl_restore_options *options)
{
    struct host *host = &restorer->host;
    struct ikl_endpoint *from = host->endpoint;
    struct ikl_sa *sa;
    size_t n = 0;

    restorer_take(restorer);
    assert_int_equal(restorer_try(restorer, options, &sa), IKL_OK);
    forget_old(host);
    host->sa = sa;
    host->endpoint = restorer->other;
    restorer->other = from;
    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL && n < HOST_MAX_CHILDREN;
         child = ikl_sa_next_child(sa, child)) {
        host->children[n++] = child;
    }
}

void restorer_go_on(struct restorer *restorer)
{
    restorer_go_on_with(restorer, NULL);
}

void restorer_repair(struct restorer *restorer)
{
    uint32_t check = ikl_tape_check(0, restorer->octets, 12);

    check = ikl_tape_check(check, restorer->octets + 16, restorer->len - 16);
    ikl_store_u32(restorer->octets + 12, check);
}

size_t restorer_find(const struct restorer *restorer, uint8_t type, size_t n, size_t *len)
{
    size_t at = 16;

    for (;;) {
        assert_true(at < restorer->len);
        *len = 5 + ikl_load_u32(restorer->octets + at + 1);
        if (restorer->octets[at] == type && n-- == 0) {
            return at;
        }
        at += *len;
    }
}

void restorer_add(struct restorer *restorer, const uint8_t *record, size_t len)
{
    if (len != 0) {
        memmove(restorer->octets + restorer->len, record, len);
    }
    restorer->len += len;
    ikl_store_u32(restorer->octets + 8, (uint32_t)restorer->len);
    restorer_repair(restorer);
}
