/* SPDX-License-Identifier: ISC */
/* ikelive sim: a host ends with snapshots of its IKE SAs, and goes on with them in a new endpoint. */
#include "inside.h"

#include <ikelive/snapshot.h>

enum { FIRST_EPOCH = 0 }; /* that of all keys: the world's, which only grows, is later */

struct ikl_sim_snapshot {
    struct ikl_sim_snapshot *next;
    struct ikl_sim_agreement *agreement;
    void *user; /* of the IKE SA */
    ikl_time taken;
    size_t len;
    uint8_t octets[];
};

static void drop(struct ikl_sim *sim, struct ikl_sim_snapshot *snapshot)
{
    ikl_wipe(snapshot->octets, snapshot->len);
    ikl_sim_release(sim, snapshot, sizeof(*snapshot) + snapshot->len);
}

void ikl_sim_drop_snapshots(struct ikl_sim_host *host)
{
    while (host->first_snapshot != NULL) {
        struct ikl_sim_snapshot *snapshot = host->first_snapshot;

        host->first_snapshot = snapshot->next;
        drop(host->sim, snapshot);
    }
}

void ikl_sim_clear_snapshots(struct ikl_sim *sim)
{
    for (struct ikl_sim_host *host = sim->first_host; host != NULL; host = host->next) {
        ikl_sim_drop_snapshots(host);
    }
}

/* Whether there can be a snapshot of the IKE SA. The host may have kept its keys already. */
static bool keep_keys(struct ikl_sim *sim, const struct ikl_sim_agreement *agreement, struct ikl_sa *sa)
{
    int result = ikl_sa_keep_keys(sa, &agreement->keys, FIRST_EPOCH);

    if (result == IKL_ERR_NO_MEMORY) {
        ikl_sim_fail(sim, result);
    }
    return result == IKL_OK || result == IKL_ERR_BUSY;
}

/* It has kept keys and is past CONNECTING: memory alone can be missing. */
static void take(struct ikl_sim_host *host, struct ikl_sim_agreement *agreement, struct ikl_sa *sa)
{
    size_t size = ikl_snapshot_size(sa);
    struct ikl_sim_snapshot *snapshot = ikl_sim_allocate(host->sim, sizeof(*snapshot) + size);

    if (snapshot != NULL) {
        (void)!ikl_sa_snapshot(sa, snapshot->octets, size, &snapshot->len, ikl_sim_host_now(host));
        snapshot->agreement = agreement;
        snapshot->user = ikl_sa_user(sa);
        snapshot->taken = host->sim->now;
        snapshot->next = host->first_snapshot;
        host->first_snapshot = snapshot;
    }
}

/* The latest IKE SA comes first in the list, since it may be the heir of an earlier one. */
void ikl_sim_take_snapshots(struct ikl_sim_host *host)
{
    for (struct ikl_sim_agreement *agreement = host->sim->first_agreement; agreement != NULL;
         agreement = agreement->next) {
        struct ikl_sa *sa = ikl_sim_agreed_sa(agreement, host);

        if (sa != NULL && keep_keys(host->sim, agreement, sa)) {
            take(host, agreement, sa);
        }
    }
}

/* What the host was given stays where it was. */
static void complete_request(void *context, struct ikl_restored_request *request)
{
    (void)context;
    request->context = (void *)(uintptr_t)request->tag;
}

static void complete_child(void *context, struct ikl_restored_child *child)
{
    const struct ikl_sim_sa_config *config = context;

    child->user = (void *)(uintptr_t)child->tag;
    child->monitor = config->monitor != NULL ? config->monitor : child->monitor;
}

static int restore(struct ikl_sim_host *host, const struct ikl_sim_snapshot *snapshot, struct ikl_sa **out)
{
    struct ikl_restore_options options = {.size = sizeof(options),
                                          .epoch = host->sim->epoch,
                                          .age = host->sim->now - snapshot->taken,
                                          .user = snapshot->user,
                                          .schedule = snapshot->agreement->config.schedule,
                                          .request = complete_request,
                                          .child = complete_child,
                                          .context = &snapshot->agreement->config};

    if (host->config.restoring != NULL) {
        host->config.restoring(host->config.endpoint.user, host, &options);
    }
    return ikl_sa_restore(host->endpoint, (struct ikl_octets){snapshot->octets, snapshot->len}, &options,
                          ikl_sim_host_now(host), out);
}

static void go_on(struct ikl_sim_host *host, const struct ikl_sim_snapshot *snapshot)
{
    struct ikl_sa *sa;
    int result = restore(host, snapshot, &sa);

    if (result != IKL_OK) {
        ikl_sim_fail(host->sim, result);
    } else if (host->config.restored != NULL) {
        host->config.restored(host->config.endpoint.user, host, sa, ikl_sim_host_now(host));
    }
}

void ikl_sim_restore_snapshots(struct ikl_sim_host *host)
{
    host->sim->epoch++;
    for (const struct ikl_sim_snapshot *snapshot = host->first_snapshot; snapshot != NULL; snapshot = snapshot->next) {
        go_on(host, snapshot);
    }
    ikl_sim_drop_snapshots(host);
}
