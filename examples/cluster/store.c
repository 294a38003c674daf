/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: the store, whatever its kind. */
#include "store_kind.h"

#include <ctype.h>
#include <string.h>

bool store_word(const char *text, size_t size)
{
    size_t len = 0;

    while (len < size && (isalnum((unsigned char)text[len]) || text[len] == '-')) {
        len++;
    }
    return len > 0 && len < size && text[len] == '\0';
}

uint64_t store_epoch(const char *text)
{
    uint64_t epoch = 0;

    while (isdigit((unsigned char)*text) && epoch < UINT64_MAX / 10) {
        epoch = epoch * 10 + (uint64_t)(*text++ - '0');
    }
    return *text == '\0' ? epoch : 0;
}

uint32_t store_lease(const struct store *store)
{
    return store->config.lease - store->config.lease / 16;
}

enum store_result store_look(struct store *store, uint32_t shard, struct store_shard *out)
{
    enum store_result result;

    memset(out, 0, sizeof(*out));
    result = store->kind->look(store, shard, out);
    out->by_us = out->held && strcmp(out->holder, store->config.self) == 0;
    return result;
}

enum store_result store_claim(struct store *store, uint32_t shard, const struct store_shard *seen, uint64_t epoch,
                              ikl_time *until)
{
    if (epoch <= seen->epoch || (seen->held && !seen->by_us)) {
        return STORE_REFUSED;
    }
    return store->kind->claim(store, shard, seen, epoch, until);
}

enum store_result store_renew(struct store *store, uint32_t shard, uint64_t epoch, ikl_time *until)
{
    return store->kind->renew(store, shard, epoch, until);
}

enum store_result store_release(struct store *store, uint32_t shard, uint64_t epoch)
{
    return store->kind->release(store, shard, epoch);
}

static bool can_be_written(const struct store_change *change)
{
    return store_word(change->key, STORE_KEY) && (change->data == NULL || change->len <= STORE_VALUE);
}

enum store_result store_write(struct store *store, uint32_t shard, uint64_t epoch, const struct store_change *changes,
                              size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!can_be_written(&changes[i])) {
            return STORE_FAILED;
        }
    }
    return n <= STORE_CHANGES ? store->kind->write(store, shard, epoch, changes, n) : STORE_FAILED;
}

enum store_result store_read(struct store *store, uint32_t shard, store_visit visit, void *context)
{
    return store->kind->read(store, shard, visit, context);
}

void store_close(struct store *store)
{
    if (store != NULL) {
        store->kind->close(store);
    }
}
