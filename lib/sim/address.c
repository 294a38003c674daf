/* SPDX-License-Identifier: ISC */
/* ikelive sim: who is seen where: addresses, NAT and routes. */
#include "inside.h"

#include <string.h>

int ikl_sim_end_of(const struct ikl_sim_link *link, const struct ikl_sim_host *host)
{
    return link->ends[0].host == host ? 0 : link->ends[1].host == host ? 1 : -1;
}

static bool same_address(const struct ikl_address *a, const struct ikl_address *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

/* This end's address as the other side sees it. */
static const struct ikl_address *seen(const struct ikl_sim_end *end)
{
    return end->natted ? &end->outside : &end->address;
}

struct ikl_sim_link *ikl_sim_route(const struct ikl_sim_host *host, const struct ikl_path *path, int *end)
{
    for (struct ikl_sim_link *link = host->sim->first_link; link != NULL; link = link->next) {
        int at = ikl_sim_end_of(link, host);

        if (at >= 0 && same_address(seen(&link->ends[1 - at]), &path->remote) &&
            (path->local.family == 0 || same_address(&link->ends[at].address, &path->local))) {
            *end = at;
            return link;
        }
    }
    return NULL;
}

static bool is_too_old(const struct ikl_sim_end *end, ikl_time now)
{
    return end->lifetime != 0 && now - end->last_sent > end->lifetime;
}

bool ikl_sim_answers_to(const struct ikl_sim_end *end, const struct ikl_address *address)
{
    return same_address(seen(end), address) && (!end->natted || !is_too_old(end, end->host->sim->now));
}

static void record(struct ikl_sim_link *link, struct ikl_sim_end *end, enum ikl_sim_event event)
{
    struct ikl_sim_record record = ikl_sim_host_record(end->host, event);

    record.link = link;
    record.about.path.local = *seen(end);
    ikl_sim_note_record(link->sim, &record, NULL);
}

/* After the last port comes the first dynamic one. */
static uint16_t next_port(uint16_t port)
{
    return (uint16_t)(port < UINT16_MAX ? port + 1 : 49152);
}

/* With null, takes the next port. */
static void rebind(struct ikl_sim_link *link, struct ikl_sim_end *end, const struct ikl_address *outside)
{
    if (outside != NULL) {
        end->outside = *outside;
    } else {
        end->outside.port = next_port(end->outside.port);
    }
    end->last_sent = link->sim->now;
    record(link, end, IKL_SIM_REBOUND);
}

void ikl_sim_take_next_port(struct ikl_sim_link *link, struct ikl_sim_end *end)
{
    end->address.port = next_port(end->address.port);
    if (end->natted) {
        rebind(link, end, NULL);
    }
}

void ikl_sim_use_nat(struct ikl_sim_link *link, struct ikl_sim_end *end)
{
    if (end->natted && is_too_old(end, link->sim->now)) {
        rebind(link, end, NULL);
    }
    end->last_sent = link->sim->now;
}

void ikl_sim_set_nat(struct ikl_sim_link *link, const struct ikl_sim_host *host, const struct ikl_address *outside,
                     uint64_t lifetime)
{
    int at = ikl_sim_end_of(link, host);

    if (at >= 0) {
        link->ends[at].natted = true;
        link->ends[at].lifetime = lifetime;
        rebind(link, &link->ends[at], outside);
    }
}

struct change {
    struct ikl_sim_job job;
    struct ikl_sim_link *link;
    struct ikl_sim_end *end;
    bool stated;
    struct ikl_address address;
};

static void run_rebind(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct change *change = (struct change *)job;

    (void)sim;
    if (change->end->natted) {
        rebind(change->link, change->end, change->stated ? &change->address : NULL);
    }
}

static void run_move(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct change *change = (struct change *)job;

    (void)sim;
    change->end->address = change->address;
    record(change->link, change->end, IKL_SIM_MOVED);
}

static void queue(struct ikl_sim_link *link, const struct ikl_sim_host *host, ikl_time at,
                  const struct ikl_address *address, void (*run)(struct ikl_sim *sim, struct ikl_sim_job *job))
{
    int end = ikl_sim_end_of(link, host);
    struct change *change = end >= 0 ? ikl_sim_new_job(link->sim, sizeof(*change), run) : NULL;

    if (change != NULL) {
        change->link = link;
        change->end = &link->ends[end];
        change->stated = address != NULL;
        change->address = address != NULL ? *address : (struct ikl_address){.family = 0};
        ikl_sim_queue_job(link->sim, &change->job, at);
    }
}

void ikl_sim_rebind_at(struct ikl_sim_link *link, const struct ikl_sim_host *host, ikl_time at,
                       const struct ikl_address *outside)
{
    queue(link, host, at, outside, run_rebind);
}

void ikl_sim_move_at(struct ikl_sim_link *link, const struct ikl_sim_host *host, ikl_time at,
                     const struct ikl_address *address)
{
    queue(link, host, at, address, run_move);
}

struct ikl_path ikl_sim_path(const struct ikl_sim_link *link, const struct ikl_sim_host *host)
{
    int at = ikl_sim_end_of(link, host);
    struct ikl_path path;

    memset(&path, 0, sizeof(path));
    if (at >= 0) {
        path.local = link->ends[at].address;
        path.remote = *seen(&link->ends[1 - at]);
        path.mtu = link->path_mtu;
        path.encapsulated = link->encapsulated;
        path.reliable = link->connection != NULL;
        path.behind_nat = link->ends[at].natted;
    }
    return path;
}
