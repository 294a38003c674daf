/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "stores.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

char stores_in_etcd[] = "etcd";

static _Atomic ikl_time now;
static int runs;

ikl_time stores_now(void)
{
    return now;
}

void stores_sleep(uint32_t ms)
{
    now += ms;
}

static struct store *open_store(const struct stores *stores)
{
    struct store_config config = {.lease = LEASE, .patience = 60000, .clock = stores_now};

    (void)snprintf(config.self, sizeof(config.self), "gateway-%d", ++runs);
#ifdef CLUSTER_ETCD
    if (stores->in_etcd) {
        config.where = fake_etcd_url(stores->etcd);
        return store_open_etcd(&config);
    }
#endif
    config.where = stores->folder;
    return store_open_folder(&config);
}

void stores_init(struct stores *stores, void *const *state)
{
    memset(stores, 0, sizeof(*stores));
    now = 1000000;
    stores->in_etcd = *state != NULL;
#ifdef CLUSTER_ETCD
    if (stores->in_etcd) {
        stores->etcd = fake_etcd_new(stores_now);
    }
#endif
    if (!stores->in_etcd) {
        strcpy(stores->folder, "/tmp/stores.XXXXXX");
        assert_non_null(mkdtemp(stores->folder));
    }
    for (int i = 0; i < GATEWAYS; i++) {
        stores->at[i] = open_store(stores);
        assert_non_null(stores->at[i]);
    }
}

static void remove_all(const char *folder)
{
    DIR *all = opendir(folder);
    const struct dirent *entry;
    char path[512];

    assert_non_null(all);
    while ((entry = readdir(all)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
            if (unlink(path) != 0) {
                remove_all(path);
            }
        }
    }
    closedir(all);
    rmdir(folder);
}

void stores_clear(struct stores *stores)
{
    for (int i = 0; i < GATEWAYS; i++) {
        store_close(stores->at[i]);
    }
#ifdef CLUSTER_ETCD
    if (stores->in_etcd) {
        fake_etcd_free(stores->etcd);
        return;
    }
#endif
    remove_all(stores->folder);
}

void stores_restart(struct stores *stores, int gateway)
{
    store_close(stores->at[gateway]);
    stores->at[gateway] = open_store(stores);
    assert_non_null(stores->at[gateway]);
}

struct store_shard stores_look(struct stores *stores, int gateway)
{
    struct store_shard shard;

    assert_int_equal(store_look(stores->at[gateway], SHARD, &shard), STORE_DONE);
    return shard;
}

enum store_result stores_claim(struct stores *stores, int gateway, uint64_t burnt)
{
    struct store_shard seen = stores_look(stores, gateway);
    uint64_t epoch = (seen.epoch > burnt ? seen.epoch : burnt) + 1;

    return store_claim(stores->at[gateway], SHARD, &seen, epoch, &stores->until);
}

uint64_t stores_hold(struct stores *stores, int gateway)
{
    assert_int_equal(stores_claim(stores, gateway, 0), STORE_DONE);
    return stores_look(stores, gateway).epoch;
}

enum store_result stores_put(struct stores *stores, int gateway, uint64_t epoch, const char *key, const char *value)
{
    const struct store_change change = {key, (const uint8_t *)value, value != NULL ? strlen(value) : 0};

    return store_write(stores->at[gateway], SHARD, epoch, &change, 1);
}

struct search {
    const char *key;
    char value[64];
    bool found;
};

static bool visit(void *context, const char *key, const uint8_t *data, size_t len)
{
    struct search *search = context;

    if (strcmp(key, search->key) == 0) {
        assert_true(len < sizeof(search->value));
        memcpy(search->value, data, len);
        search->value[len] = '\0';
        search->found = true;
    }
    return true;
}

const char *stores_get(struct stores *stores, int gateway, const char *key)
{
    static struct search search;

    search = (struct search){.key = key};
    assert_int_equal(store_read(stores->at[gateway], SHARD, visit, &search), STORE_DONE);
    return search.found ? search.value : NULL;
}
