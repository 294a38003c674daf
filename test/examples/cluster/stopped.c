/* SPDX-License-Identifier: ISC */
/* A gateway is stopped anywhere in a question to the store, and goes on when another has its shard: it stops nobody,
 * and nothing that it still does counts. Each call below is a place to stop at: the folder's before the kernel is
 * asked, etcd's before the question is sent and after the answer came. The linker puts them in the way of the store's.
 */
#define _GNU_SOURCE
#include "examples/cluster/http.h"
#include "stores.h"

#include <fcntl.h>
#include <unistd.h>

/* What the one in between did and saw, while the other was stopped. */
static struct stopping {
    struct stores *stores; /* null: nobody is to be stopped */
    unsigned left;         /* places until then */
    bool was;
    uint64_t epoch;
    char seen[16]; /* the value of "key" */
} stopping;

static const char *value_of_key(struct stores *stores)
{
    const char *value = stores_get(stores, B, "key");

    return value != NULL ? value : "";
}

static void take_shard(void)
{
    stores_look(stopping.stores, B);
    stores_sleep(LEASE);
    stopping.epoch = stores_look(stopping.stores, B).epoch + 1;
    assert_int_equal(stores_claim(stopping.stores, B, 0), STORE_DONE);
    strcpy(stopping.seen, value_of_key(stopping.stores));
    stopping.was = true;
}

static void place(void)
{
    if (stopping.left > 0 && --stopping.left == 0) {
        take_shard();
    }
}

int __real_openat(int at, const char *name, int flags, ...);
int __wrap_openat(int at, const char *name, int flags, ...);
int __wrap_openat(int at, const char *name, int flags, ...)
{
    place();
    return __real_openat(at, name, flags, 0600);
}

int __real_renameat(int from_at, const char *from, int to_at, const char *to);
int __wrap_renameat(int from_at, const char *from, int to_at, const char *to);
int __wrap_renameat(int from_at, const char *from, int to_at, const char *to)
{
    place();
    return __real_renameat(from_at, from, to_at, to);
}

int __real_unlinkat(int at, const char *name, int flags);
int __wrap_unlinkat(int at, const char *name, int flags);
int __wrap_unlinkat(int at, const char *name, int flags)
{
    place();
    return __real_unlinkat(at, name, flags);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    place();
    return __real_fsync(fd);
}

#ifdef CLUSTER_ETCD
enum http_result __real_http_ask(struct http *http, const char *path, const char *body, const char **answer);
enum http_result __wrap_http_ask(struct http *http, const char *path, const char *body, const char **answer);
enum http_result __wrap_http_ask(struct http *http, const char *path, const char *body, const char **answer)
{
    enum http_result result;

    place();
    result = __real_http_ask(http, path, body, answer);
    place();
    return result;
}
#endif

/* A gateway does something in an epoch. */
typedef enum store_result (*act)(struct stores *stores, uint64_t epoch);

/* Lets gateway A hold the shard, and stops it at one place after another while it does something; `check` is told how
 * that ended. Ends when it got through before the place came. */
static void stop_everywhere(void *const *state, act what, void (*check)(struct stores *, enum store_result))
{
    unsigned places = 0;

    do {
        struct stores stores;
        enum store_result result;
        uint64_t epoch;

        stores_init(&stores, state);
        epoch = stores_hold(&stores, A);
        assert_int_equal(stores_put(&stores, A, epoch, "key", "old"), STORE_DONE);
        stopping = (struct stopping){.stores = &stores, .left = ++places};
        result = what(&stores, epoch);
        stopping.left = 0;
        if (stopping.was) {
            check(&stores, result);
            assert_int_equal(stores_put(&stores, A, epoch, "key", "late"), STORE_REFUSED);
            assert_int_equal(store_renew(stores.at[A], SHARD, epoch, &stores.until), STORE_REFUSED);
            assert_string_equal(value_of_key(&stores), stopping.seen);
            assert_int_equal(stores_put(&stores, B, stopping.epoch, "key", "next"), STORE_DONE);
        } else {
            assert_int_equal(result, STORE_DONE);
        }
        stores_clear(&stores);
    } while (stopping.was);
    assert_true(places > 1);
}

static enum store_result put(struct stores *stores, uint64_t epoch)
{
    return stores_put(stores, A, epoch, "key", "new");
}

static void check_put(struct stores *stores, enum store_result result)
{
    (void)stores;
    assert_true(result != STORE_DONE || strcmp(stopping.seen, "new") == 0);
}

static void whoever_is_stopped_while_it_writes_has_not_written_what_its_successor_does_not_see(void **state)
{
    stop_everywhere(state, put, check_put);
}

static enum store_result remove_two(struct stores *stores, uint64_t epoch)
{
    const struct store_change changes[] = {{"other", NULL, 0}, {"key", NULL, 0}};

    return store_write(stores->at[A], SHARD, epoch, changes, COUNT_OF(changes));
}

static void check_removal(struct stores *stores, enum store_result result)
{
    (void)stores;
    assert_true(result != STORE_DONE || strcmp(stopping.seen, "") == 0);
}

static void whoever_is_stopped_while_it_removes_has_not_removed_what_its_successor_sees(void **state)
{
    stop_everywhere(state, remove_two, check_removal);
}

static enum store_result renew(struct stores *stores, uint64_t epoch)
{
    return store_renew(stores->at[A], SHARD, epoch, &stores->until);
}

static void check_renewal(struct stores *stores, enum store_result result)
{
    (void)result;
    assert_int_equal(stores_look(stores, B).epoch, stopping.epoch);
    assert_true(stores_look(stores, B).by_us);
}

static void whoever_is_stopped_while_it_renews_has_no_lease_afterwards(void **state)
{
    stop_everywhere(state, renew, check_renewal);
}

static enum store_result release(struct stores *stores, uint64_t epoch)
{
    return store_release(stores->at[A], SHARD, epoch);
}

static void whoever_is_stopped_while_it_releases_does_not_release_its_successors_lease(void **state)
{
    stop_everywhere(state, release, check_renewal);
}

static void whoever_is_stopped_while_it_claims_shares_no_epoch(void **state)
{
    unsigned places = 0;

    do {
        struct stores stores;
        struct store_shard seen;
        enum store_result result;

        stores_init(&stores, state);
        stopping = (struct stopping){.stores = &stores, .left = ++places};
        seen = stores_look(&stores, A);
        result = store_claim(stores.at[A], SHARD, &seen, 1, &stores.until);
        stopping.left = 0;
        if (stopping.was) {
            assert_true(stores_look(&stores, B).by_us);
            assert_true(result != STORE_DONE || stopping.epoch == 2);
            assert_int_equal(stores_put(&stores, A, 1, "key", "late"), STORE_REFUSED);
            assert_int_equal(stores_put(&stores, B, stopping.epoch, "key", "next"), STORE_DONE);
        } else {
            assert_int_equal(result, STORE_DONE);
        }
        stores_clear(&stores);
    } while (stopping.was);
    assert_true(places > 1);
}

TESTS_OF(stopped)
{
    const struct CMUnitTest tests[] = {
        WITH_EVERY_STORE(whoever_is_stopped_while_it_writes_has_not_written_what_its_successor_does_not_see),
        WITH_EVERY_STORE(whoever_is_stopped_while_it_removes_has_not_removed_what_its_successor_sees),
        WITH_EVERY_STORE(whoever_is_stopped_while_it_renews_has_no_lease_afterwards),
        WITH_EVERY_STORE(whoever_is_stopped_while_it_releases_does_not_release_its_successors_lease),
        WITH_EVERY_STORE(whoever_is_stopped_while_it_claims_shares_no_epoch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
