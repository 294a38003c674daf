/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: the store that gateways share. It says which gateway has which shard, and keeps what the
 * next one needs to go on. One interface; store_folder.c and store_etcd.c implement it.
 *
 * A shard has an epoch, which only grows, and a holder with a lease. Whoever claims the shard takes an epoch that
 * nobody ever had: that is what keeps initialisation vectors from repeating, whatever happens to leases. What a holder
 * writes counts only as long as the shard is still its own. */
#ifndef CLUSTER_STORE_H
#define CLUSTER_STORE_H

#include <ikelive/base.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STORE_NAME = 64,     /* longest name of a gateway, with its final zero */
    STORE_KEY = 64,      /* longest key, likewise */
    STORE_VALUE = 65536, /* longest value */
    STORE_CHANGES = 100  /* changes in one store_write */
};

enum store_result {
    STORE_DONE,
    STORE_REFUSED, /* not done: the shard is not what the caller took it for */
    STORE_UNKNOWN, /* perhaps done, perhaps yet to be done, perhaps never: no answer came in time */
    STORE_FAILED   /* not done: the store could not be asked, or could not do it */
};

/* True when this can be a name or key of at most size - 1 characters: letters, digits, and '-'. */
bool store_word(const char *text, size_t size);

struct store_config {
    const char *where;       /* a folder, or the URLs of etcd, "http://HOST:PORT", with commas between them */
    char self[STORE_NAME];   /* this gateway, at this run: no other has had this name. Letters, digits, '-' */
    uint32_t lease;          /* ms; etcd rounds it up to whole seconds, at least 2 */
    uint32_t patience;       /* ms that one call may take */
    ikl_time (*clock)(void); /* ms, monotonic, going on while the machine sleeps */
};

/* What is known of a shard. */
struct store_shard {
    uint64_t epoch;          /* the highest that was taken; 0: none */
    bool held;               /* its holder's lease may be in force */
    bool by_us;              /* by a claim of ours, though it may be one whose answer we never got */
    char holder[STORE_NAME]; /* if held */
};

struct store_change {
    const char *key;     /* lower-case letters and digits */
    const uint8_t *data; /* null: the key goes */
    size_t len;
};

/* Told of each value by store_read; false when it wants no more of them. */
typedef bool (*store_visit)(void *context, const char *key, const uint8_t *data, size_t len);

struct store;

/* Null, with a reason on stderr, when there can be no such store. Nothing is asked of it yet. */
struct store *store_open_folder(const struct store_config *config);
struct store *store_open_etcd(const struct store_config *config);
void store_close(struct store *store);

/* How long a lease is: its holder counts on a sixteenth less than the store does, in case its clock is slow. */
uint32_t store_lease(const struct store *store);

/* Looks at a shard. STORE_DONE or STORE_FAILED. A folder knows no time: there a shard is held until its holder was not
 * seen to do anything for a lease, however often it was looked at meanwhile. */
enum store_result store_look(struct store *store, uint32_t shard, struct store_shard *out);

/* Takes the shard, if it is as it was seen, and has no holder but ourselves: its epoch becomes `epoch`, which must be
 * higher. *until is when our lease ends, counted from before anything was sent. After STORE_UNKNOWN the epoch is burnt:
 * it may be ours in the store's eyes, but must not be used. Look again, and try a higher one than was ever tried. */
enum store_result store_claim(struct store *store, uint32_t shard, const struct store_shard *seen, uint64_t epoch,
                              ikl_time *until);

/* Prolongs our lease of the shard; *until is set only with STORE_DONE, and counts from before the request was sent.
 * STORE_REFUSED when the lease has run out, even if nobody has claimed the shard since. */
enum store_result store_renew(struct store *store, uint32_t shard, uint64_t epoch, ikl_time *until);

/* Gives the shard up, so that the next holder need not wait. */
enum store_result store_release(struct store *store, uint32_t shard, uint64_t epoch);

/* Makes all these changes, at most STORE_CHANGES, if the shard is ours with this epoch and our lease is in force. They
 * are on the disk when this is STORE_DONE. After STORE_UNKNOWN they may be written again. Only etcd never shows a part
 * of them. */
enum store_result store_write(struct store *store, uint32_t shard, uint64_t epoch, const struct store_change *changes,
                              size_t n);

/* Reads all values of a shard. STORE_DONE when all of them were told; STORE_REFUSED when the visitor had enough;
 * STORE_FAILED. */
enum store_result store_read(struct store *store, uint32_t shard, store_visit visit, void *context);

#endif
