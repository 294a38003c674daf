/* SPDX-License-Identifier: ISC */
/* Two gateways at one store of either kind, in virtual time. */
#ifndef TEST_STORES_H
#define TEST_STORES_H

#include "examples/cluster/store.h"
#include "fake_etcd.h"

#include "support/test.h"

enum { A, B, GATEWAYS, LEASE = 4000, SHARD = 3 };

struct stores {
    bool in_etcd;
    struct fake_etcd *etcd; /* null with a folder */
    char folder[64];
    struct store *at[GATEWAYS];
    ikl_time until; /* of the latest claim or renewal */
};

/* A test of all kinds of stores: its state says with which one. */
#ifdef CLUSTER_ETCD
#define WITH_EVERY_STORE(test)                                                                                         \
    {#test "_in_a_folder", test, NULL, NULL, NULL},                                                                    \
    {                                                                                                                  \
#test "_in_etcd", test, NULL, NULL, stores_in_etcd                                                             \
    }
#else
#define WITH_EVERY_STORE(test)                                                                                         \
    {                                                                                                                  \
#test "_in_a_folder", test, NULL, NULL, NULL                                                                   \
    }
#endif
extern char stores_in_etcd[];

void stores_init(struct stores *stores, void *const *state);
void stores_clear(struct stores *stores);

/* The clock of all stores. */
ikl_time stores_now(void);
void stores_sleep(uint32_t ms);

/* Opens the store of a gateway anew, under another name, as after a crash. */
void stores_restart(struct stores *stores, int gateway);

struct store_shard stores_look(struct stores *stores, int gateway);

/* Looks, and claims the next epoch but `burnt`. */
enum store_result stores_claim(struct stores *stores, int gateway, uint64_t burnt);

/* Claims the shard, which must succeed, and gives its epoch. */
uint64_t stores_hold(struct stores *stores, int gateway);

enum store_result stores_put(struct stores *stores, int gateway, uint64_t epoch, const char *key, const char *value);

/* The value, which is valid until the next call; null when there is none. */
const char *stores_get(struct stores *stores, int gateway, const char *key);

#endif
