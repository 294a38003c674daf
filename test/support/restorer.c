/* SPDX-License-Identifier: ISC */
/* A host whose IKE SA goes on in another endpoint. See restorer.h. */
#include "restorer.h"

#include "mover.h"
#include "snapshot_fields.h"
#include "test.h"

#include "octets.h"
#include "sa/snapshot_layout.h"

#include <stdlib.h>

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

/* Puts zeros where the host may say something else when it restores: for the epoch, and for its tags; and for what the
 * first payload is of a response that is kept sealed. */
static void leave_out(uint8_t *octets, size_t len)
{
    static const struct {
        uint8_t at, len;
    } left_out[] = {[IKL_RECORD_SA] = {SA_EPOCH, 8},
                    [IKL_RECORD_CHILD] = {CHILD_TAG, 8},
                    [IKL_RECORD_REQUEST] = {REQUEST_TAG, 8},
                    [IKL_RECORD_RESPONSE] = {RESPONSE_FIRST_PAYLOAD, 1}};

    memset(octets + IKL_SNAPSHOT_CHECK_AT, 0, 4);
    for (size_t at = IKL_SNAPSHOT_HEADER_LEN; at < len; at += 5 + ikl_load_u32(octets + at + 1)) {
        uint8_t *record = octets + at + 5;
        bool is_made_again = octets[at] == IKL_RECORD_RESPONSE && record[0] != 0;

        if (octets[at] < COUNT_OF(left_out) && !is_made_again) {
            memset(record + left_out[octets[at]].at, 0, left_out[octets[at]].len);
        }
    }
}

/* A copy to free. */
static uint8_t *copy_what_counts(const struct restorer *restorer)
{
    uint8_t *copy = malloc(restorer->len);

    assert_non_null(copy);
    memcpy(copy, restorer->octets, restorer->len);
    leave_out(copy, restorer->len);
    return copy;
}

void restorer_assert_same(const struct restorer *restorer, struct ikl_sa *sa)
{
    uint8_t *before = copy_what_counts(restorer), *after = malloc(restorer->len);
    size_t len;

    assert_non_null(after);
    assert_int_equal(ikl_sa_snapshot(sa, after, restorer->len, &len, restorer->host.now), IKL_OK);
    assert_int_equal(len, restorer->len);
    leave_out(after, len);
    assert_memory_equal(after, before, len);
    free(after);
    free(before);
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
    if (options == NULL) {
        restorer_assert_same(restorer, sa);
    }
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

void restorer_assert_known(const struct restorer *restorer, size_t len, uint32_t check)
{
    assert_int_equal(restorer->len, len);
#if defined(TEST_SODIUM)
    uint8_t *octets = copy_what_counts(restorer);

    assert_int_equal(ikl_tape_check(0, octets, len), check);
    free(octets);
#else
    (void)check; /* what is kept sealed has other octets with another cipher */
#endif
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
