/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: a store in a folder, for gateways of one machine, or of several on a file system that has
 * locks and O_EXCL.
 *
 *     WHERE/shard-3/lock            locked while a holder acts, for microseconds
 *     WHERE/shard-3/epoch-17        made with O_EXCL by whoever took epoch 17; they stay for ever
 *     WHERE/shard-3/holder          "17 NAME 42": the holder, its epoch, and how often it was heard of
 *     WHERE/shard-3/value-KEY       a value
 *
 * A folder has no clock, so whoever waits for a shard watches `holder` by its own: when it has not changed for a lease,
 * the lease is over. The holder has stopped by then, since it counts from before its last change. A process that is
 * stopped while it holds the lock, rather than killed, stops the shard: etcd has no such weakness. */
#define _GNU_SOURCE
#include "store_kind.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SHARDS = 256, RECORD = 32 + STORE_NAME, NAME = 80 };

/* What is known of a shard from looking at it. */
struct watch {
    char record[RECORD]; /* `holder`, as it was last seen */
    ikl_time changed;    /* when it was first seen like that */
    int folder;          /* its file descriptor; 0: not open */
    ikl_time until;      /* when our own lease ends */
    uint64_t beat;       /* how often we have renewed */
};

struct store_folder {
    struct store store;
    struct watch watches[SHARDS];
};

/* The folder of a shard is on the disk before anything in it is. */
static bool open_shard(const struct store_folder *self, uint32_t shard, struct watch *watch)
{
    char name[NAME];
    int all = open(self->store.config.where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    snprintf(name, sizeof(name), "shard-%" PRIu32, shard);
    if (all >= 0 && (mkdirat(all, name, 0700) == 0 || errno == EEXIST) && fsync(all) == 0) {
        watch->folder = openat(all, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
    if (all >= 0) {
        close(all);
    }
    return watch->folder > 0;
}

/* The shard's watch with its folder open, or null. */
static struct watch *watch_of(struct store *store, uint32_t shard)
{
    struct store_folder *self = (struct store_folder *)store;
    struct watch *watch = &self->watches[shard % SHARDS];

    return shard < SHARDS && (watch->folder > 0 || open_shard(self, shard, watch)) ? watch : NULL;
}

/* The lock's file descriptor, to be closed; -1 when nobody lets go of it in time. */
static int lock(const struct store *store, const struct watch *watch)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    int fd = openat(watch->folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    for (uint32_t ms = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0; ms++) {
        if (ms >= store->config.patience) {
            close(fd);
            return -1;
        }
        nanosleep(&pause, NULL);
    }
    return fd;
}

/* Reads a whole file. -1 when there is none or it is longer. */
static ssize_t read_file(int folder, const char *name, void *out, size_t size)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t got = 1;

    while (fd >= 0 && len < size && got > 0) {
        got = read(fd, (uint8_t *)out + len, size - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0 && got == 0 ? (ssize_t)len : -1;
}

/* Writes a file and has it on the disk before this returns, if it is to be `durable`. */
static bool write_file(int folder, const char *name, int flags, const void *data, size_t len, bool durable)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    bool done = fd >= 0 && write(fd, data, len) == (ssize_t)len && (!durable || fsync(fd) == 0);

    return (fd < 0 || close(fd) == 0) && done;
}

static void read_record(const struct watch *watch, char record[RECORD])
{
    ssize_t len = read_file(watch->folder, "holder", record, RECORD);

    record[len > 0 && len < RECORD ? len : 0] = '\0';
}

static void make_record(const struct store *store, uint64_t epoch, uint64_t beat, char record[RECORD])
{
    snprintf(record, RECORD, "%" PRIu64 " %s %" PRIu64, epoch, store->config.self, beat);
}

/* Replaces `holder` in one go. It need not be on the disk: after a crash of the machine all holders are gone. */
static bool write_record(const struct watch *watch, const char *record)
{
    return write_file(watch->folder, "holder-new", O_TRUNC, record, strlen(record), false) &&
           renameat(watch->folder, "holder-new", watch->folder, "holder") == 0;
}

/* Calls `each` with the rest of every name that begins with `prefix`, until it says false. */
static bool each_file(const struct watch *watch, const char *prefix, bool (*each)(void *context, const char *rest),
                      void *context)
{
    int fd = openat(watch->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    bool more = true;

    if (folder == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    while (more && (entry = readdir(folder)) != NULL) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0) {
            more = each(context, entry->d_name + strlen(prefix));
        }
    }
    closedir(folder);
    return more;
}

static bool note_highest(void *context, const char *rest)
{
    uint64_t epoch = store_epoch(rest), *highest = context;

    *highest = epoch > *highest ? epoch : *highest;
    return true;
}

static enum store_result look(struct store *store, uint32_t shard, struct store_shard *out)
{
    struct watch *watch = watch_of(store, shard);
    char record[RECORD], format[32];
    ikl_time now;

    if (watch == NULL || !each_file(watch, "epoch-", note_highest, &out->epoch)) {
        return STORE_FAILED;
    }
    read_record(watch, record);
    now = store->config.clock(); /* after it was read: a lease must not seem to have begun too early */
    if (strcmp(record, watch->record) != 0) {
        memcpy(watch->record, record, sizeof(record));
        watch->changed = now;
    }
    snprintf(format, sizeof(format), "%%*[0-9] %%%d[-0-9A-Za-z]", STORE_NAME - 1);
    out->held = now - watch->changed < store->config.lease && sscanf(record, format, out->holder) == 1;
    return STORE_DONE;
}

/* With the lock: is the shard still as it was seen? */
static bool is_as_seen(const struct watch *watch, const struct store_shard *seen)
{
    char record[RECORD];
    uint64_t highest = 0;

    read_record(watch, record);
    return strcmp(record, watch->record) == 0 && each_file(watch, "epoch-", note_highest, &highest) &&
           highest == seen->epoch;
}

/* With the lock: takes the epoch for ever, before anything else says that it is taken. */
static enum store_result take(struct store *store, struct watch *watch, uint64_t epoch)
{
    char name[NAME];

    snprintf(name, sizeof(name), "epoch-%" PRIu64, epoch);
    if (!write_file(watch->folder, name, O_EXCL, store->config.self, strlen(store->config.self), true) ||
        fsync(watch->folder) != 0) {
        return STORE_UNKNOWN;
    }
    watch->beat = 0;
    make_record(store, epoch, watch->beat, watch->record);
    return write_record(watch, watch->record) ? STORE_DONE : STORE_UNKNOWN;
}

static enum store_result claim(struct store *store, uint32_t shard, const struct store_shard *seen, uint64_t epoch,
                               ikl_time *until)
{
    struct watch *watch = watch_of(store, shard);
    ikl_time before = store->config.clock();
    int locked = watch != NULL ? lock(store, watch) : -1;
    enum store_result result;

    if (locked < 0) {
        return STORE_FAILED;
    }
    result = is_as_seen(watch, seen) ? take(store, watch, epoch) : STORE_REFUSED;
    close(locked);
    if (result == STORE_DONE) {
        watch->changed = before;
        watch->until = before + store_lease(store);
        *until = watch->until;
    }
    return result;
}

/* With the lock: is the shard ours with this epoch, and our lease in force? */
static bool is_ours(const struct store *store, const struct watch *watch, uint64_t epoch)
{
    char record[RECORD], ours[RECORD];

    read_record(watch, record);
    make_record(store, epoch, watch->beat, ours);
    return strcmp(record, ours) == 0 && store->config.clock() < watch->until;
}

static enum store_result renew(struct store *store, uint32_t shard, uint64_t epoch, ikl_time *until)
{
    struct watch *watch = watch_of(store, shard);
    ikl_time before = store->config.clock();
    int locked = watch != NULL ? lock(store, watch) : -1;
    enum store_result result = STORE_REFUSED;
    char record[RECORD];

    if (locked < 0) {
        return STORE_FAILED;
    }
    if (is_ours(store, watch, epoch)) {
        make_record(store, epoch, watch->beat + 1, record);
        result = write_record(watch, record) ? STORE_DONE : STORE_FAILED;
    }
    close(locked);
    if (result == STORE_DONE) {
        watch->beat++;
        watch->until = before + store_lease(store);
        *until = watch->until;
    }
    return result;
}

static enum store_result release(struct store *store, uint32_t shard, uint64_t epoch)
{
    struct watch *watch = watch_of(store, shard);
    int locked = watch != NULL ? lock(store, watch) : -1;
    enum store_result result = STORE_REFUSED;

    if (locked < 0) {
        return STORE_FAILED;
    }
    if (is_ours(store, watch, epoch)) {
        watch->until = 0;
        result = unlinkat(watch->folder, "holder", 0) == 0 ? STORE_DONE : STORE_FAILED;
    }
    close(locked);
    return result;
}

/* Values are prepared under names of our own, since another gateway may prepare the same. */
static void prepared_name(const struct store *store, size_t i, char name[2 * NAME])
{
    snprintf(name, 2 * (size_t)NAME, "new-%s-%zu", store->config.self, i);
}

static void value_name(const char *key, char name[NAME])
{
    snprintf(name, NAME, "value-%s", key);
}

static bool prepare(const struct store *store, const struct watch *watch, const struct store_change *changes, size_t n)
{
    char name[2 * NAME];

    for (size_t i = 0; i < n; i++) {
        prepared_name(store, i, name);
        if (changes[i].data != NULL &&
            !write_file(watch->folder, name, O_TRUNC, changes[i].data, changes[i].len, true)) {
            return false;
        }
    }
    return true;
}

static bool put_in_place(const struct store *store, const struct watch *watch, const struct store_change *changes,
                         size_t n)
{
    char from[2 * NAME], to[NAME];
    bool done = true;

    for (size_t i = 0; i < n && done; i++) {
        prepared_name(store, i, from);
        value_name(changes[i].key, to);
        done = changes[i].data != NULL ? renameat(watch->folder, from, watch->folder, to) == 0
                                       : unlinkat(watch->folder, to, 0) == 0 || errno == ENOENT;
    }
    return done;
}

static enum store_result write_values(struct store *store, uint32_t shard, uint64_t epoch,
                                      const struct store_change *changes, size_t n)
{
    struct watch *watch = watch_of(store, shard);
    enum store_result result = STORE_REFUSED;
    int locked;

    if (watch == NULL || !prepare(store, watch, changes, n)) {
        return STORE_FAILED;
    }
    locked = lock(store, watch);
    if (locked < 0) {
        return STORE_FAILED;
    }
    if (is_ours(store, watch, epoch)) {
        result = put_in_place(store, watch, changes, n) ? STORE_DONE : STORE_UNKNOWN;
    }
    close(locked);
    return result == STORE_DONE && fsync(watch->folder) != 0 ? STORE_UNKNOWN : result;
}

/* Who wants to see the values. */
struct reading {
    const struct watch *watch;
    store_visit visit;
    void *context;
    uint8_t *buffer; /* STORE_VALUE + 1 octets */
    bool failed;
};

static bool read_value(void *context, const char *key)
{
    struct reading *reading = context;
    char name[NAME];
    ssize_t len;

    value_name(key, name);
    len = read_file(reading->watch->folder, name, reading->buffer, STORE_VALUE + 1);
    reading->failed = len < 0;
    return len >= 0 && reading->visit(reading->context, key, reading->buffer, (size_t)len);
}

static enum store_result read_values(struct store *store, uint32_t shard, store_visit visit, void *context)
{
    struct reading reading = {.watch = watch_of(store, shard), .visit = visit, .context = context};
    enum store_result result = STORE_FAILED;

    reading.buffer = malloc(STORE_VALUE + 1);
    if (reading.watch != NULL && reading.buffer != NULL) {
        if (each_file(reading.watch, "value-", read_value, &reading)) {
            result = STORE_DONE;
        } else {
            result = reading.failed ? STORE_FAILED : STORE_REFUSED;
        }
    }
    free(reading.buffer);
    return result;
}

static void close_folder(struct store *store)
{
    struct store_folder *self = (struct store_folder *)store;

    for (size_t i = 0; i < SHARDS; i++) {
        if (self->watches[i].folder > 0) {
            close(self->watches[i].folder);
        }
    }
    free(self);
}

/* Makes the folder, if it is not there. False, with errno, when there can be no store in it. */
static bool make_folder(const struct store_config *config)
{
    int fd;
    bool done;

    if (mkdir(config->where, 0700) != 0 && errno != EEXIST) {
        return false;
    }
    fd = open(config->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    done = fd >= 0 && faccessat(fd, ".", W_OK | X_OK, 0) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

struct store *store_open_folder(const struct store_config *config)
{
    static const struct store_kind kind = {
        .look = look,
        .claim = claim,
        .renew = renew,
        .release = release,
        .write = write_values,
        .read = read_values,
        .close = close_folder,
    };
    struct store_folder *self = calloc(1, sizeof(*self));

    if (self == NULL || !store_word(config->self, STORE_NAME) || !make_folder(config)) {
        fprintf(stderr, "%s: %s\n", config->where, strerror(errno));
        free(self);
        return NULL;
    }
    self->store = (struct store){&kind, *config};
    return &self->store;
}
