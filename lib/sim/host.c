/* SPDX-License-Identifier: ISC */
/* ikelive sim: hosts: found, given the time, datagrams and randomness. */
#include "inside.h"

#include <string.h>

struct ikl_endpoint *ikl_sim_host_endpoint(const struct ikl_sim_host *host)
{
    return host->endpoint;
}

struct ikl_sim_host *ikl_sim_find_host(const struct ikl_sim *sim, const char *name)
{
    struct ikl_sim_host *host = sim->first_host;

    while (host != NULL && strcmp(host->name, name) != 0) {
        host = host->next;
    }
    return host;
}

struct ikl_sim_host *ikl_sim_host_of(const struct ikl_sa *sa)
{
    return ikl_endpoint_user(ikl_sa_endpoint(sa));
}

struct ikl_sim *ikl_sim_of(const struct ikl_sim_host *host)
{
    return host->sim;
}

void *ikl_sim_host_user(const struct ikl_sim_host *host)
{
    return host->config.endpoint.user;
}

const char *ikl_sim_host_name(const struct ikl_sim_host *host)
{
    return host->name;
}

ikl_time ikl_sim_host_now(const struct ikl_sim_host *host)
{
    ikl_time now = host->sim->now;

    if (host->clock >= 0) {
        return ikl_time_after(now, (uint64_t)host->clock);
    }
    return now - ikl_time_earlier(now, 0 - (uint64_t)host->clock);
}

/* The world's time when the host's clock will show `time`. */
static ikl_time in_world(const struct ikl_sim_host *host, ikl_time time)
{
    if (time == IKL_NEVER || host->clock < 0) {
        return ikl_time_after(time, 0 - (uint64_t)host->clock);
    }
    return time - ikl_time_earlier(time, (uint64_t)host->clock);
}

static ikl_time deadline_of(const struct ikl_sim_host *host)
{
    if (host->config.next_deadline != NULL) {
        return host->config.next_deadline(host->config.endpoint.user);
    }
    return host->endpoint != NULL ? ikl_endpoint_next_deadline(host->endpoint) : IKL_NEVER;
}

ikl_time ikl_sim_host_due(const struct ikl_sim_host *host)
{
    uint32_t tick = host->manners.tick;
    ikl_time due;

    if (host->absence != IKL_SIM_PRESENT) {
        return IKL_NEVER;
    }
    due = tick != 0 ? ikl_time_after(host->ticked - host->ticked % tick, tick) : in_world(host, deadline_of(host));
    due = ikl_time_later(due, ikl_time_after(host->ticked, 1));
    return ikl_time_later(ikl_time_after(due, host->lateness), host->sim->now);
}

void ikl_sim_tick_host(struct ikl_sim_host *host)
{
    ikl_time now = ikl_sim_host_now(host);

    host->ticked = host->sim->now;
    host->lateness = (uint32_t)ikl_sim_draw_to(&host->chance, host->manners.late);
    if (host->config.advance != NULL) {
        (void)host->config.advance(host->config.endpoint.user, now);
    } else if (host->endpoint != NULL) {
        (void)ikl_endpoint_advance(host->endpoint, now);
    }
}

static int receive(struct ikl_sim_host *host, const struct ikl_path *path, const uint8_t *octets, size_t len)
{
    ikl_time now = ikl_sim_host_now(host);

    if (host->config.receive != NULL) {
        return host->config.receive(host->config.endpoint.user, path, octets, len, now);
    }
    return ikl_endpoint_receive(host->endpoint, path, octets, len, now);
}

void ikl_sim_give(struct ikl_sim_host *host, const struct ikl_sim_link *link, const struct ikl_path *path,
                  struct ikl_sim_datagram *datagram)
{
    struct ikl_sim_record record = ikl_sim_host_record(host, IKL_SIM_DELIVERED);
    int result;

    record.link = link;
    record.datagram = datagram->number;
    record.about.path = *path;
    ikl_sim_note_record(host->sim, &record, datagram);
    result = receive(host, path, datagram->octets, datagram->len);
    if (result != IKL_OK) {
        record.event = IKL_SIM_REFUSED;
        record.result = result;
        ikl_sim_note_record(host->sim, &record, datagram);
    }
}

void ikl_sim_host_random(struct ikl_sim_host *host, uint8_t *out, size_t len)
{
    ikl_sim_draw_octets(&host->random, out, len);
}
