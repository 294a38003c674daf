/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: what a kind of store brings, and what all of them share. */
#ifndef CLUSTER_STORE_KIND_H
#define CLUSTER_STORE_KIND_H

#include "store.h"

struct store_kind {
    enum store_result (*look)(struct store *store, uint32_t shard, struct store_shard *out);
    enum store_result (*claim)(struct store *store, uint32_t shard, const struct store_shard *seen, uint64_t epoch,
                               ikl_time *until);
    enum store_result (*renew)(struct store *store, uint32_t shard, uint64_t epoch, ikl_time *until);
    enum store_result (*release)(struct store *store, uint32_t shard, uint64_t epoch);
    enum store_result (*write)(struct store *store, uint32_t shard, uint64_t epoch, const struct store_change *changes,
                               size_t n);
    enum store_result (*read)(struct store *store, uint32_t shard, store_visit visit, void *context);
    void (*close)(struct store *store);
};

/* The first member of every kind's own struct. */
struct store {
    const struct store_kind *kind;
    struct store_config config;
};

/* An epoch in decimal; 0 when the text is none. */
uint64_t store_epoch(const char *text);

#endif
