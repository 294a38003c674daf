/* ikelive sim: hosts: made, found, given the time, datagrams and randomness.
 * SPDX-License-Identifier: ISC */
#include "world.h"

#include <stdio.h>
#include <string.h>

enum { N_LETTERS = 26 };

static void take_name(struct ikl_sim_host *host, const char *name)
{
    if (name != NULL) {
        (void)snprintf(host->name, sizeof(host->name), "%s", name);
    } else if (host->number < N_LETTERS) {
        host->name[0] = (char)('a' + host->number);
    } else {
        (void)snprintf(host->name, sizeof(host->name), "h%u", (unsigned)host->number);
    }
}

static void take_address(struct ikl_sim_host *host, const struct ikl_address *address)
{
    uint32_t n = host->number + 1;

    host->address = *address;
    if (address->family == 0) {
        host->address =
            (struct ikl_address){.ip = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}, .port = 0, .family = 4};
    }
}

static int check_config(const struct ikl_sim_host_config *config)
{
    if (config->size != sizeof(*config) || (config->no_endpoint && config->receive == NULL)) {
        return IKL_ERR_INVALID;
    }
    return IKL_OK;
}

int ikl_sim_make_endpoint(struct ikl_sim_host *host)
{
    struct ikl_endpoint_config config = host->config.endpoint;

    if (host->config.no_endpoint) {
        return IKL_OK;
    }
    if (config.size == 0) {
        config.size = sizeof(config);
    }
    if (config.callbacks.size != 0 && config.callbacks.size != sizeof(config.callbacks)) {
        return IKL_ERR_INVALID;
    }
    config.callbacks = ikl_sim_callbacks(&config.callbacks);
    config.user = host;
    if (config.allocator == NULL) {
        config.allocator = &host->sim->allocator;
    }
    return ikl_endpoint_new(&host->endpoint, &config, ikl_sim_host_now(host));
}

static struct ikl_sim_host **end_of_list(struct ikl_sim *sim)
{
    struct ikl_sim_host **link = &sim->first_host;

    while (*link != NULL) {
        link = &(*link)->next;
    }
    return link;
}

static void fill(struct ikl_sim_host *host, const struct ikl_sim_host_config *config)
{
    struct ikl_sim *sim = host->sim;

    host->number = sim->n_hosts;
    host->config = *config;
    host->manners = config->manners;
    host->clock = (int64_t)config->clock;
    host->random = ikl_sim_stream(sim->seed, IKL_SIM_FOR_HOST, host->number);
    host->chance = ikl_sim_stream(sim->seed, IKL_SIM_FOR_MANNERS, host->number);
    host->ticked = sim->now;
    host->lateness = (uint32_t)ikl_sim_draw_to(&host->chance, host->manners.late);
    take_name(host, config->name);
    take_address(host, &config->address);
}

int ikl_sim_add_host(struct ikl_sim *sim, const struct ikl_sim_host_config *config, struct ikl_sim_host **out)
{
    static const struct ikl_sim_host_config defaults = {.size = sizeof(defaults)};
    struct ikl_sim_host *host;
    int result;

    config = config != NULL ? config : &defaults;
    result = sim->depth != 0 ? IKL_ERR_REENTRANT : check_config(config);
    if (result != IKL_OK) {
        return result;
    }
    host = ikl_sim_allocate(sim, sizeof(*host));
    if (host == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    host->sim = sim;
    fill(host, config);
    result = ikl_sim_find_host(sim, host->name) != NULL ? IKL_ERR_BUSY : ikl_sim_make_endpoint(host);
    if (result != IKL_OK) {
        ikl_sim_release(sim, host, sizeof(*host));
        return result;
    }
    *end_of_list(sim) = host;
    sim->n_hosts++;
    *out = host;
    return IKL_OK;
}

void ikl_sim_clear_hosts(struct ikl_sim *sim)
{
    /* All endpoints before any host: what one reports at its end may look at another. */
    for (struct ikl_sim_host *host = sim->first_host; host != NULL; host = host->next) {
        (void)ikl_endpoint_free(host->endpoint);
        host->endpoint = NULL;
    }
    while (sim->first_host != NULL) {
        struct ikl_sim_host *host = sim->first_host;

        sim->first_host = host->next;
        ikl_sim_release(sim, host, sizeof(*host));
    }
}

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

struct ikl_sim_record ikl_sim_host_record(const struct ikl_sim_host *host, enum ikl_sim_event event)
{
    struct ikl_sim_record record;

    /* all of the union */
    memset(&record, 0, sizeof(record));
    record.event = event;
    record.host = host;
    return record;
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

/* Whether this send fails by the host's manners. */
static bool is_failing(struct ikl_sim_host *host)
{
    bool failing = ikl_sim_draw_chance(&host->chance, host->manners.send_failure);

    if (host->failing != 0) {
        host->failing--;
        failing = true;
    }
    return failing;
}

int ikl_sim_host_send(struct ikl_sim_host *host, struct ikl_sa *sa, const struct ikl_path *path,
                      struct ikl_octets octets, int result)
{
    struct ikl_sim *sim = host->sim;
    struct ikl_sim_datagram *datagram = ikl_sim_datagram(sim, ++sim->n_datagrams, octets.data, octets.len);
    struct ikl_sim_record record = ikl_sim_host_record(host, IKL_SIM_SENT);

    if (is_failing(host) && result == IKL_OK) {
        result = IKL_ERR_NO_BUFFER;
    }
    if (datagram == NULL) {
        return result;
    }
    record.event = result == IKL_OK ? IKL_SIM_SENT : IKL_SIM_SEND_FAILED;
    record.sa = sa;
    record.spi_i = sa != NULL ? ikl_sa_spi_i(sa) : 0;
    record.spi_r = sa != NULL ? ikl_sa_spi_r(sa) : 0;
    record.result = result;
    record.datagram = datagram->number;
    record.about.path = *path;
    ikl_sim_note_record(sim, &record, datagram);
    if (result == IKL_OK) {
        ikl_sim_carry(host, path, datagram);
    }
    ikl_sim_drop_datagram(sim, datagram);
    return result;
}

int ikl_sim_send(struct ikl_sim_host *host, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    return ikl_sim_host_send(host, NULL, path, (struct ikl_octets){datagram, len}, IKL_OK);
}

void ikl_sim_host_random(struct ikl_sim_host *host, uint8_t *out, size_t len)
{
    ikl_sim_draw_octets(&host->random, out, len);
}
