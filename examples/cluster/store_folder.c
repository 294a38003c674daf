/* SPDX-License-Identifier: ISC */
/* ikelive examples, cluster: a store in a folder, for gateways of one machine.
 *
 *     WHERE/shard-3/epoch-17                   made with O_EXCL by whoever took epoch 17; they stay for ever
 *     WHERE/shard-3/held-17-42-NAME            a folder: NAME holds the shard in epoch 17, and has renewed 42 times
 *     WHERE/shard-3/held-17-42-NAME/value-KEY  a value
 *     WHERE/shard-3/new-NAME-5                 a value that NAME is about to put into its place
 *
 * Who holds the shard is in the name of the folder with its values. To claim, to renew and to release is to rename that
 * folder: it is done at once, and only by one who knows its present name. Each value is put into its place by a path
 * with that name, so that nothing can be written by one who was succeeded. There is no lock: a process may be stopped
 * anywhere, for as long as you like.
 *
 * A folder has no clock, so whoever waits for a shard watches the name by its own: when it has not changed for a lease,
 * the lease is over. The holder has stopped by then, since it counts from before its last change. */
#define _GNU_SOURCE
#include "store_kind.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHARDS = 256, LOOKS = 100, NAME = 2 * STORE_NAME, PATH = NAME + 8 + STORE_KEY };

/* What is known of a shard from looking at it, and what we do with it. */
struct watch {
    int folder;       /* its file descriptor; 0: not open */
    char held[NAME];  /* the folder of its values, as it was called when we looked; empty: we never did */
    uint64_t epoch;   /* the highest then */
    ikl_time changed; /* when it was first seen like that */
    ikl_time until;   /* when our own lease ends */
    uint64_t beat;    /* how often we have renewed it */
};

struct store_folder {
    struct store store;
    struct watch watches[SHARDS];
};

/* "" is nobody. */
static void name_held(char name[NAME], uint64_t epoch, uint64_t beat, const char *holder)
{
    snprintf(name, NAME, "held-%" PRIu64 "-%" PRIu64 "-%s", epoch, beat, holder);
}

/* The folder of the values, as it is called while we hold the shard. */
static void name_ours(char name[NAME], const struct store *store, const struct watch *watch, uint64_t epoch)
{
    name_held(name, epoch, watch->beat, store->config.self);
}

/* Makes the folder of a shard, with that of its values in it, at once. Another gateway may be first. */
static void make_shard(const struct store *store, int all, const char *name)
{
    char new[NAME], inner[PATH];

    snprintf(new, sizeof(new), "new-%s", store->config.self);
    snprintf(inner, sizeof(inner), "%s/held-0-0-", new);
    if (mkdirat(all, new, 0700) == 0 && mkdirat(all, inner, 0700) == 0 && renameat(all, new, all, name) != 0) {
        (void)unlinkat(all, inner, AT_REMOVEDIR);
        (void)unlinkat(all, new, AT_REMOVEDIR);
    }
}

static int open_folder(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The folder of a shard is on the disk before anything in it is. */
static bool open_shard(const struct store *store, uint32_t shard, struct watch *watch)
{
    char name[NAME];
    int all = open_folder(AT_FDCWD, store->config.where);

    snprintf(name, sizeof(name), "shard-%" PRIu32, shard);
    if (all >= 0) {
        if (faccessat(all, name, F_OK, 0) != 0) {
            make_shard(store, all, name);
        }
        watch->folder = fsync(all) == 0 ? open_folder(all, name) : -1;
        close(all);
    }
    return watch->folder > 0;
}

/* The shard's watch with its folder open, or null. */
static struct watch *watch_of(struct store *store, uint32_t shard)
{
    struct store_folder *self = (struct store_folder *)store;
    struct watch *watch = &self->watches[shard % SHARDS];

    return shard < SHARDS && (watch->folder > 0 || open_shard(store, shard, watch)) ? watch : NULL;
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

/* Writes a file and has it on the disk before this returns. */
static bool write_file(int folder, const char *name, int flags, const void *data, size_t len)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    bool done = fd >= 0 && write(fd, data, len) == (ssize_t)len && fsync(fd) == 0;

    return (fd < 0 || close(fd) == 0) && done;
}

/* Calls `each` with the rest of every name that begins with `prefix`, until it says false. */
static bool each_file(int at, const char *prefix, bool (*each)(void *context, const char *rest), void *context)
{
    int fd = open_folder(at, ".");
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

struct search {
    char held[NAME];
    unsigned found;
};

static bool note_held(void *context, const char *rest)
{
    struct search *search = context;

    snprintf(search->held, NAME, "held-%s", rest);
    search->found++;
    return true;
}

/* What the folder of the values is called now. While it is renamed, a look may show none or both of its names. */
static bool find_held(const struct watch *watch, char held[NAME])
{
    struct search search = {.found = 0};

    for (int i = 0; i < LOOKS && search.found != 1; i++) {
        search.found = 0;
        if (!each_file(watch->folder, "held-", note_held, &search)) {
            return false;
        }
    }
    memcpy(held, search.held, NAME);
    return search.found == 1;
}

static enum store_result look(struct store *store, uint32_t shard, struct store_shard *out)
{
    struct watch *watch = watch_of(store, shard);
    char held[NAME], format[48];
    ikl_time now;

    if (watch == NULL || !find_held(watch, held) || !each_file(watch->folder, "epoch-", note_highest, &out->epoch)) {
        return STORE_FAILED;
    }
    now = store->config.clock(); /* after it was read: a lease must not seem to have begun too early */
    if (strcmp(held, watch->held) != 0) {
        memcpy(watch->held, held, NAME);
        watch->changed = now;
    }
    watch->epoch = out->epoch;
    snprintf(format, sizeof(format), "held-%%*[0-9]-%%*[0-9]-%%%d[-0-9A-Za-z]", STORE_NAME - 1);
    out->held = now - watch->changed < store->config.lease && sscanf(held, format, out->holder) == 1;
    return STORE_DONE;
}

/* What came of a call that names the folder of the values: without it, somebody else has the shard. */
static enum store_result result_of(bool done)
{
    return done ? STORE_DONE : errno == ENOENT ? STORE_REFUSED : STORE_UNKNOWN;
}

/* Takes the epoch for ever, before anything says that it is taken. */
static enum store_result take(const struct store *store, const struct watch *watch, uint64_t epoch)
{
    char name[NAME];

    snprintf(name, sizeof(name), "epoch-%" PRIu64, epoch);
    if (write_file(watch->folder, name, O_EXCL, store->config.self, strlen(store->config.self))) {
        return fsync(watch->folder) == 0 ? STORE_DONE : STORE_UNKNOWN;
    }
    return errno == EEXIST ? STORE_REFUSED : STORE_UNKNOWN;
}

static bool remove_new(void *context, const char *rest)
{
    const struct watch *watch = context;
    char name[PATH];

    snprintf(name, sizeof(name), "new-%s", rest);
    (void)unlinkat(watch->folder, name, 0);
    return true;
}

static enum store_result claim(struct store *store, uint32_t shard, const struct store_shard *seen, uint64_t epoch,
                               ikl_time *until)
{
    struct watch *watch = watch_of(store, shard);
    ikl_time before = store->config.clock();
    enum store_result result;
    char ours[NAME];

    if (watch == NULL) {
        return STORE_FAILED;
    }
    if (seen->epoch != watch->epoch || faccessat(watch->folder, watch->held, F_OK, 0) != 0) {
        return STORE_REFUSED;
    }
    result = take(store, watch, epoch);
    if (result != STORE_DONE) {
        return result;
    }
    name_held(ours, epoch, 0, store->config.self);
    result = result_of(renameat(watch->folder, watch->held, watch->folder, ours) == 0 && fsync(watch->folder) == 0);
    if (result == STORE_DONE) {
        watch->beat = 0;
        watch->until = before + store_lease(store);
        *until = watch->until;
        (void)each_file(watch->folder, "new-", remove_new, watch); /* of those before us */
    }
    return result;
}

/* Gives the folder of the values another name, if it has ours and our lease is in force. It need not be on the disk:
 * after a crash of the machine all holders are gone. */
static enum store_result rename_ours(const struct store *store, const struct watch *watch, uint64_t epoch,
                                     const char *name)
{
    char ours[NAME];

    if (store->config.clock() >= watch->until) {
        return STORE_REFUSED;
    }
    name_ours(ours, store, watch, epoch);
    return result_of(renameat(watch->folder, ours, watch->folder, name) == 0);
}

static enum store_result renew(struct store *store, uint32_t shard, uint64_t epoch, ikl_time *until)
{
    struct watch *watch = watch_of(store, shard);
    ikl_time before = store->config.clock();
    enum store_result result;
    char name[NAME];

    if (watch == NULL) {
        return STORE_FAILED;
    }
    name_held(name, epoch, watch->beat + 1, store->config.self);
    result = rename_ours(store, watch, epoch, name);
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
    enum store_result result;
    char name[NAME];

    if (watch == NULL) {
        return STORE_FAILED;
    }
    name_held(name, epoch, watch->beat, "");
    result = rename_ours(store, watch, epoch, name);
    watch->until = result == STORE_DONE ? 0 : watch->until;
    return result;
}

/* Values are prepared under names of our own, since another gateway may prepare the same. */
static void prepared_name(const struct store *store, size_t i, char name[NAME])
{
    snprintf(name, NAME, "new-%s-%zu", store->config.self, i);
}

static bool prepare(const struct store *store, const struct watch *watch, const struct store_change *changes, size_t n)
{
    char name[NAME];

    for (size_t i = 0; i < n; i++) {
        prepared_name(store, i, name);
        if (changes[i].data != NULL && !write_file(watch->folder, name, O_TRUNC, changes[i].data, changes[i].len)) {
            return false;
        }
    }
    return true;
}

static bool put_in_place(const struct store *store, const struct watch *watch, const char *ours,
                         const struct store_change *changes, size_t n)
{
    char from[NAME], to[PATH];
    bool done = true;

    for (size_t i = 0; i < n && done; i++) {
        prepared_name(store, i, from);
        snprintf(to, sizeof(to), "%s/value-%s", ours, changes[i].key);
        done = changes[i].data != NULL ? renameat(watch->folder, from, watch->folder, to) == 0
                                       : unlinkat(watch->folder, to, 0) == 0 || errno == ENOENT;
    }
    return done;
}

/* What was put into place is on the disk, and nobody has claimed the shard before it was there. */
static bool sync_values(const struct watch *watch, const char *ours)
{
    int fd = open_folder(watch->folder, ours);
    bool done = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) {
        close(fd);
    }
    return done;
}

static enum store_result write_values(struct store *store, uint32_t shard, uint64_t epoch,
                                      const struct store_change *changes, size_t n)
{
    struct watch *watch = watch_of(store, shard);
    char ours[NAME];

    if (watch != NULL && store->config.clock() >= watch->until) {
        return STORE_REFUSED;
    }
    if (watch == NULL || !prepare(store, watch, changes, n)) {
        return STORE_FAILED;
    }
    name_ours(ours, store, watch, epoch);
    return result_of(put_in_place(store, watch, ours, changes, n) && sync_values(watch, ours));
}

/* Who wants to see the values. */
struct reading {
    int folder;
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

    snprintf(name, sizeof(name), "value-%s", key);
    len = read_file(reading->folder, name, reading->buffer, STORE_VALUE + 1);
    reading->failed = len < 0;
    return len >= 0 && reading->visit(reading->context, key, reading->buffer, (size_t)len);
}

static enum store_result read_values(struct store *store, uint32_t shard, store_visit visit, void *context)
{
    const struct watch *watch = watch_of(store, shard);
    struct reading reading = {.visit = visit, .context = context, .folder = -1};
    enum store_result result = STORE_FAILED;
    char held[NAME];

    if (watch != NULL && find_held(watch, held)) {
        reading.folder = open_folder(watch->folder, held);
    }
    reading.buffer = malloc(STORE_VALUE + 1);
    if (reading.folder >= 0 && reading.buffer != NULL) {
        if (each_file(reading.folder, "value-", read_value, &reading)) {
            result = STORE_DONE;
        } else {
            result = reading.failed ? STORE_FAILED : STORE_REFUSED;
        }
    }
    if (reading.folder >= 0) {
        close(reading.folder);
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
    fd = open_folder(AT_FDCWD, config->where);
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
