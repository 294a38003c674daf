/* SPDX-License-Identifier: ISC */
/* Hosts of a random world that keep snapshots of their IKE SAs in a store that outlives them. A host is killed, and
 * goes on elsewhere: with a snapshot of all it had, as if nothing had happened; or with those of a while ago, and then
 * it synchronises its Message IDs. See random.h and <ikelive/snapshot.h>. */
#include "random.h"

#include <ikelive/snapshot.h>
#include <ikelive/sync.h>

#include "sim/inside.h"

#include <string.h>

enum { KEPT_LEN = 1 << 18, MOST_OFF = 60000, MOST_UNKNOWN = 4 };

/* A snapshot, and what was known outside the IKE SA when it was taken. */
struct kept {
    size_t len;       /* 0: there is none */
    ikl_time at;      /* by the world's clock */
    ikl_time at_host; /* and by the host's, which may be set while the host is off */
    enum ikl_sa_state state;
    uint32_t next_request, n_children;
    uint32_t unknown; /* requests that were sent since */
    struct laws_end law;
    uint8_t octets[KEPT_LEN];
};

static struct kept store[MAX_ENDS]; /* large; of the world's ends, in their order */

static uint32_t draw_stores_below(struct world *world, uint32_t n)
{
    return (uint32_t)test_random_below(&world->stores, n);
}

static struct kept *kept_of(const struct end *end)
{
    return &store[end - end->host->world->ends];
}

void draw_stores(struct world *world)
{
    world->has_stores = draw_kind(world, KIND_STORES, &world->stores);
    for (size_t i = 0; i < MAX_ENDS; i++) {
        store[i].len = 0;
    }
}

void forget(const struct end *end)
{
    kept_of(end)->len = 0;
}

void forget_kept(const struct host *host)
{
    for (size_t i = 0; i < host->world->n_ends; i++) {
        if (host->world->ends[i].host == host) {
            store[i].len = 0;
        }
    }
}

static uint32_t next_request_of(struct world *world, const struct ikl_sa *sa)
{
    struct ikl_sa_info info = {.size = sizeof(info)};

    CHECK(world, ikl_sa_query(sa, &info) == IKL_OK);
    return info.next_request;
}

static uint32_t n_children_of(const struct ikl_sa *sa)
{
    uint32_t n = 0;

    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        n++;
    }
    return n;
}

void keep(struct end *end)
{
    struct world *world = end->host->world;
    struct kept *kept = kept_of(end);
    size_t size = world->has_stores ? ikl_snapshot_size(end->sa) : 0;
    int result;

    if (!world->has_stores) {
        return;
    }
    result = ikl_sa_snapshot(end->sa, kept->octets, KEPT_LEN, &kept->len, ikl_sim_host_now(end->host->sim_host));
    laws_hold(world->laws, size == (result == IKL_OK ? kept->len : 0), "a snapshot has not the size that it should");
    if (result != IKL_OK) {
        CHECK(world, result == IKL_ERR_STATE || result == IKL_ERR_NOT_FOUND);
        kept->len = 0;
        return;
    }
    kept->at = ikl_sim_now(world->sim);
    kept->at_host = ikl_sim_host_now(end->host->sim_host);
    kept->state = ikl_sa_state(end->sa);
    kept->next_request = next_request_of(world, end->sa);
    kept->n_children = n_children_of(end->sa);
    kept->unknown = 0;
    kept->law = end->law;
}

/* Where memory runs out for its keys, the IKE SA is lost with its host. */
void begin_keeping(struct end *end)
{
    if (end->host->world->has_stores && ikl_sa_keep_keys(end->sa, &end->keys, end->host->world->epoch) == IKL_OK) {
        keep(end);
    }
}

/* What a snapshot of a while ago is worth: where an IKE SA has begun to go, or has gone on without Message IDs that can
 * be synchronised, nothing. */
static void judge_old(const struct end *end)
{
    struct kept *kept = kept_of(end);
    struct world *world = end->host->world;

    if (kept->state != IKL_SA_ESTABLISHED || ikl_sa_state(end->sa) != IKL_SA_ESTABLISHED || !end->syncs) {
        kept->len = 0;
    } else if (kept->len != 0) {
        /* a host knows only that it was no more than so many */
        kept->unknown = next_request_of(world, end->sa) - kept->next_request + draw_stores_below(world, MOST_UNKNOWN);
    }
}

/* Where each request of the host's is, and that those are lost whose IKE SA is. */
static void find_requests(struct host *host)
{
    struct world *world = host->world;

    for (uint32_t i = 0; i < world->laws->n_requests; i++) {
        struct asked *asked = &world->asked[i];
        struct end *holder = NULL;

        if (asked->by != &host->law || asked->handle == NULL) {
            continue;
        }
        for (size_t j = 0; j < world->n_ends && holder == NULL; j++) {
            struct end *end = &world->ends[j];

            holder = end->host == host && end->sa != NULL && ikl_sa_find_context(end->sa, asked) != NULL ? end : NULL;
        }
        laws_hold(world->laws, holder != NULL, "a request of a host's is on none of its IKE SAs");
        if (holder == NULL || kept_of(holder)->len == 0) {
            laws_request_lost(world->laws, i);
            asked->handle = NULL;
        } else {
            asked->sa = &holder->sa;
        }
    }
}

static void kill_host(struct host *host)
{
    struct world *world = host->world;

    host->restores = draw_stores_below(world, 3) != 0 ? RESTORE_ALL : RESTORE_OLD;
    for (size_t i = 0; i < world->n_ends; i++) {
        struct end *end = &world->ends[i];

        if (end->host != host || end->sa == NULL) {
            continue;
        }
        if (host->restores == RESTORE_ALL) {
            keep(end);
        } else {
            judge_old(end);
        }
    }
    find_requests(host);
    host->sim_host->dying = true; /* nobody is there to hear */
    end_second_endpoint(host);
    host->sim_host->dying = false;
    ikl_sim_reboot_at(host->sim_host, ikl_sim_now(world->sim), draw_stores_below(world, MOST_OFF));
}

static void complete_request(void *context, struct ikl_restored_request *restored)
{
    const struct world *world = context;
    struct asked *asked = (struct asked *)(uintptr_t)restored->tag;

    if (asked == NULL) {
        return; /* it had its outcome before an earlier snapshot, and is sent until it is answered */
    }
    /* one that has its outcome, which a snapshot of a while ago does not know, has nobody who waits for it */
    restored->context = world->laws->requests[asked - world->asked].outcomes == 0 ? asked : NULL;
    asked->was_queued = restored->message_id == IKL_MESSAGE_ID_NONE;
}

/* What was queued in a snapshot of a while ago may have been executed since: it must not go out again. */
static void cancel_queued(struct end *end)
{
    struct world *world = end->host->world;
    ikl_time now = ikl_sim_host_now(end->host->sim_host);
    struct ikl_request *request;

    for (uint32_t i = 0; i < world->laws->n_requests; i++) {
        struct asked *asked = &world->asked[i];

        if (asked->by == &end->host->law && asked->was_queued && asked->sa == &end->sa) {
            request = ikl_sa_find_context(end->sa, asked);
            asked->was_queued = false;
            if (request != NULL) {
                ikl_sa_cancel(end->sa, request, now);
            }
        }
    }
    while ((request = ikl_sa_find_context(end->sa, NULL)) != NULL) {
        ikl_sa_cancel(end->sa, request, now);
    }
}

static void complete_child(void *context, struct ikl_restored_child *restored)
{
    const struct world *world = context;

    if (restored->tag != 0) {
        restored->user = (void *)(uintptr_t)restored->tag;
        restored->monitor = restored->monitor != NULL ? &world->other_monitor : NULL;
    }
}

static struct ikl_sa *restore(struct end *end, struct ikl_endpoint *to)
{
    struct host *host = end->host;
    struct world *world = host->world;
    const struct kept *kept = kept_of(end);
    struct ikl_restore_options options = {.size = sizeof(options),
                                          .epoch = world->epoch,
                                          .user = end,
                                          .schedule = end->law.schedule,
                                          .path_group = end->group,
                                          .request = complete_request,
                                          .child = complete_child,
                                          .context = world};
    ikl_time now = ikl_sim_host_now(host->sim_host);
    struct ikl_sa *sa;
    int result = IKL_ERR_NO_MEMORY;

    options.age = draw_stores_below(world, 4) != 0 ? ikl_sim_now(world->sim) - kept->at : 0;
    if (draw_stores_below(world, 4) == 0) {
        test_allocator_fail(&host->memory, 1 + draw_stores_below(world, 5));
        result = ikl_sa_restore(to, (struct ikl_octets){kept->octets, kept->len}, &options, now, &sa);
        host->memory.fail_at = 0;
    }
    if (result == IKL_ERR_NO_MEMORY) {
        result = ikl_sa_restore(to, (struct ikl_octets){kept->octets, kept->len}, &options, now, &sa);
    }
    laws_hold(world->laws, result == IKL_OK, "an IKE SA could not be restored");
    return sa;
}

/* The peer's requests that were not answered come anew. */
static void take_back(struct end *end)
{
    struct laws *laws = end->host->world->laws;

    for (size_t i = 0; i < MAX_WINDOW; i++) {
        if (end->unanswered[i].is_one) {
            laws_request_forgotten(laws, end->unanswered[i].number);
            if (end->unanswered[i].message_id < end->law.requests_taken) {
                end->law.requests_taken = end->unanswered[i].message_id;
            }
        }
    }
    memset(end->unanswered, 0, sizeof(end->unanswered));
}

static void synchronise(struct end *end)
{
    struct kept *kept = kept_of(end);
    const struct ikl_sync_options options = {.size = sizeof(options), .unknown_requests = kept->unknown};
    uint32_t taken = end->law.requests_taken;

    end->law = kept->law;
    end->law.requests_taken = taken;
    end->before = end->host->world->last_datagram;
    cancel_queued(end);
    laws_syncs(end->host->world->laws, &end->law);
    CHECK(end->host->world, ikl_sa_sync(end->sa, &options, ikl_sim_host_now(end->host->sim_host)) == IKL_OK);
}

static ikl_time moved(ikl_time time, int64_t ms)
{
    return ms < 0 && time < (ikl_time)-ms ? 0 : time + (ikl_time)ms;
}

/* What is restored lies as far back as it does, whatever the host's clock shows now. */
static void move_times(struct laws_end *law, int64_t ms)
{
    for (size_t i = 0; i < LAWS_SENT; i++) {
        law->sent[i].first_sent = moved(law->sent[i].first_sent, ms);
        law->sent[i].last_sent = moved(law->sent[i].last_sent, ms);
    }
}

static void go_on(struct end *end, struct ikl_endpoint *to)
{
    struct host *host = end->host;
    struct world *world = host->world;
    const struct kept *kept = kept_of(end);

    host->law.late = true;
    host->law.allowance += ikl_sim_now(world->sim) - kept->at;
    move_times(&end->law, (int64_t)(ikl_sim_host_now(host->sim_host) - kept->at_host) -
                              (int64_t)(ikl_sim_now(world->sim) - kept->at));
    end->sa = restore(end, to);
    laws_hold(world->laws, n_children_of(end->sa) == kept->n_children, "a Child SA is gone that was in a snapshot");
    laws_children_up(&host->law, kept->n_children);
    if (host->restores == RESTORE_ALL) {
        take_back(end);
        world->counts[COUNT_RESTORES]++;
    } else {
        synchronise(end);
        world->counts[COUNT_OLD_RESTORES]++;
    }
}

/* Requests that are there again; one that was made since the snapshot is lost. */
static void find_again(struct host *host)
{
    struct world *world = host->world;

    for (uint32_t i = 0; i < world->laws->n_requests; i++) {
        struct asked *asked = &world->asked[i];

        if (asked->by != &host->law || asked->handle == NULL) {
            continue;
        }
        asked->handle = ikl_sa_find_context(*asked->sa, asked);
        if (asked->handle == NULL) {
            laws_hold(world->laws, host->restores == RESTORE_OLD, "a request is gone that was in a snapshot");
            laws_request_lost(world->laws, i);
        }
    }
}

/* A heir is younger than what it replaced: it is restored before. */
static void boot(void *user, struct ikl_sim_host *sim_host, ikl_time now)
{
    struct host *host = user;
    struct world *world = host->world;
    struct ikl_endpoint *to;

    (void)now;
    if (host->restores == RESTORE_NOTHING) {
        return;
    }
    world->epoch++;
    world->acting = true;
    to = draw_stores_below(world, 2) != 0 ? ikl_sim_host_endpoint(sim_host) : second_endpoint(host);
    for (size_t i = world->n_ends; i-- > 0;) {
        if (world->ends[i].host == host && store[i].len != 0) {
            go_on(&world->ends[i], to);
        }
    }
    find_again(host);
    host->restores = RESTORE_NOTHING;
    for (size_t i = 0; i < world->n_ends; i++) {
        if (world->ends[i].host == host && world->ends[i].sa != NULL) {
            keep(&world->ends[i]);
        }
    }
}

void restoring(struct ikl_sim_host_config *config)
{
    config->boot = boot;
}

void befall_stores(struct world *world)
{
    struct host *host = &world->hosts[draw_stores_below(world, (uint32_t)world->n_hosts)];

    for (size_t i = 0; i < world->n_ends; i++) {
        struct end *end = &world->ends[i];

        if (end->sa != NULL && draw_stores_below(world, 8) == 0) {
            keep(end);
        }
        for (uint32_t n = draw_stores_below(world, 6); n > 3 && end->sa != NULL; n--) {
            ask(end); /* so that something is outstanding, and more is queued */
        }
    }
    if (ikl_sim_host_endpoint(host->sim_host) != NULL && draw_stores_below(world, 30) == 0) {
        kill_host(host);
    }
}
