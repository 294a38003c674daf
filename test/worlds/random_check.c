/* SPDX-License-Identifier: ISC */
/* A random world tells the laws what happens in it, and lets attackers try. See random.h and laws.h. */
#include "random.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *length_of(const struct world *world)
{
    for (size_t i = 0; i < N_LONG; i++) {
        if (long_ones[i].stretch == world->stretch) {
            return long_ones[i].name;
        }
    }
    return NULL;
}

static _Noreturn void broken(void *user, const char *law)
{
    const struct world *world = user;
    const char *length = length_of(world);

    printf("This does not hold at %" PRIu64 " ms: %s\nAgain: build/test/sim/campaign --seed %" PRIu64
           " --worlds 1 --trace%s%s\n",
           world->sim != NULL ? ikl_sim_now(world->sim) : 0, law, world->seed, length != NULL ? " --" : "",
           length != NULL ? length : "");
    exit(1);
}

struct end *find_end(struct world *world, const struct ikl_sim_host *host, uint64_t spi_i, uint64_t spi_r)
{
    for (size_t i = 0; i < world->n_ends; i++) {
        struct end *end = &world->ends[i];

        if (end->host->sim_host == host && end->spi_i == spi_i && end->spi_r == spi_r) {
            return end;
        }
    }
    return NULL;
}

static struct laws_end *find_law(void *user, const struct ikl_sim_host *host, uint64_t spi_i, uint64_t spi_r)
{
    struct end *end = find_end(user, host, spi_i, spi_r);

    return end != NULL ? &end->law : NULL;
}

static struct host *host_with(struct world *world, const struct ikl_sim_host *sim_host)
{
    for (size_t i = 0; i < world->n_hosts; i++) {
        if (world->hosts[i].sim_host == sim_host) {
            return &world->hosts[i];
        }
    }
    return NULL;
}

static void capture(struct world *world, const struct ikl_sim_record *record)
{
    size_t n = world->n_captured++ % CAPTURED;

    if (record->octets.len <= CAPTURE_LEN) {
        world->captured[n].path = record->about.path;
        world->captured[n].to = host_with(world, record->host);
        world->captured[n].len = record->octets.len;
        memcpy(world->captured[n].octets, record->octets.data, record->octets.len);
    }
}

static struct laws_host *find_host(void *user, const struct ikl_sim_host *sim_host)
{
    struct host *host = host_with(user, sim_host);

    return host != NULL ? &host->law : NULL;
}

void begin_watching(struct world *world)
{
    static struct laws laws; /* large */

    laws_begin(&laws, broken, world);
    world->laws = &laws;
    world->watch = (struct watch){.laws = &laws, .user = world, .find_end = find_law, .find_host = find_host};
}

static void lose_requests(struct world *world, const struct host *host)
{
    laws_requests_lost(world->laws, &host->law);
    for (size_t i = 0; i < world->laws->n_requests; i++) {
        if (world->asked[i].by == &host->law) {
            world->asked[i].handle = NULL;
        }
    }
}

/* The host's IKE SAs are gone without a word, and so are its requests, but for what it restores. */
static void lose(struct world *world, struct host *host)
{
    for (size_t i = 0; i < world->n_ends; i++) {
        if (world->ends[i].host == host) {
            world->ends[i].sa = NULL;
        }
    }
    hostiles_lose(&host->hostiles);
    forget_outages(host);
    if (host->restores == RESTORE_NOTHING) {
        forget_kept(host);
        lose_requests(world, host);
    }
    host->law.children_up = 0;
}

void observe(void *user, const struct ikl_sim_record *record)
{
    struct world *world = user;
    char line[256];

    if (world->trace) {
        (void)ikl_sim_record_text(record, line, sizeof(line));
        puts(line);
    }
    watch_record(&world->watch, record);
    switch (record->event) {
    case IKL_SIM_SENT:
        world->last_datagram = record->datagram;
        check_shown(world, record);
        break;
    case IKL_SIM_DELIVERED:
        world->last_delivered = record->datagram;
        if (record->link != NULL) { /* else it is an attacker's */
            capture(world, record);
            note_shown(world, record);
        }
        break;
    case IKL_SIM_REFUSED:
        check_refused(world, record);
        break;
    case IKL_SIM_TAKEN_OVER:
        lose_taken_over(world, record->host);
        break;
    case IKL_SIM_OUTAGE:
        note_outage(host_with(world, record->host), &record->about.outage);
        break;
    case IKL_SIM_BROKEN:
        world->counts[COUNT_BREAKS]++;
        break;
    case IKL_SIM_LOST:
        world->counts[COUNT_LOSSES] += record->link != NULL;
        break;
    case IKL_SIM_MONITOR:
        world->counts[COUNT_TUNNELS_DOWN] += record->about.monitor.change.state == IKL_MONITOR_DOWN;
        break;
    case IKL_SIM_REBOOTED:
        lose(world, host_with(world, record->host));
        world->counts[COUNT_REBOOTS]++;
        world->acting = true;
        break;
    case IKL_SIM_AWAKE:
        world->acting = true;
        break;
    default:
        break;
    }
}

/* Long worlds look at what one host holds after a step, at the next one's after the next: a wrong sum stays wrong. */
static bool is_looked_at(const struct world *world, size_t host)
{
    return world->stretch == 1 || world->counts[COUNT_STEPS] % world->n_hosts == host;
}

void check_step(struct world *world)
{
    check_crashes(world);
    for (size_t i = 0; i < world->n_ends; i++) {
        struct end *end = &world->ends[i];

        if (end->sa == NULL || end->law.down) {
            continue;
        }
        laws_check_end(world->laws, &end->law, end->sa, ikl_sim_host_now(end->host->sim_host));
        laws_check_monitors(world->laws, &end->law, end->sa, ikl_sim_host_now(end->host->sim_host));
        if (end->peer->sa != NULL && !end->peer->law.down && !end->law.syncing && !end->peer->law.syncing) {
            laws_check_windows(world->laws, end->sa, end->peer->sa, MAX_WINDOW);
        }
    }
    for (size_t i = 0; i < world->n_hosts; i++) {
        laws_check_allocations(world->laws, &world->hosts[i].law, &world->hosts[i].memory, world->acting);
        if (is_looked_at(world, i)) {
            laws_check_shares(world->laws, ikl_sim_host_endpoint(world->hosts[i].sim_host));
            laws_check_shares(world->laws, world->hosts[i].second);
        }
    }
    world->acting = false;
}

void check_end(struct world *world)
{
    for (size_t i = 0; i < world->n_hosts; i++) {
        if (world->hosts[i].restores != RESTORE_NOTHING) {
            lose_requests(world, &world->hosts[i]); /* the world ended while it was off: it restores nothing any more */
        }
    }
    laws_requests_over(world->laws);
    for (size_t i = 0; i < world->n_hosts; i++) {
        laws_check_children(world->laws, &world->hosts[i].law);
        laws_check_memory(world->laws, &world->hosts[i].memory);
    }
}

static struct laws_sas sas_of(const struct host *host, struct ikl_endpoint *endpoint)
{
    struct laws_sas sas = {.endpoint = endpoint};

    for (size_t i = 0; i < host->world->n_ends; i++) {
        if (host->world->ends[i].host == host) {
            sas.sas[sas.n++] = &host->world->ends[i].sa;
        }
    }
    return sas;
}

/* What nobody protects proves nothing, and there is no law for it but those that hold everywhere. */
static bool is_first(const struct ikl_path *path, struct ikl_octets datagram)
{
    struct ikl_octets message = laws_without_marker(datagram, path->encapsulated);
    struct ikl_header header;

    return ikl_header_read(&header, message.data, message.len) == IKL_OK && laws_is_first(header.exchange_type);
}

/* A datagram that an attacker has, as it was or not. */
static void inject(struct world *world, struct host *host, const struct ikl_path *path, struct ikl_octets datagram,
                   bool forged)
{
    struct laws_sas sas = sas_of(host, host_endpoint_for(host, path, datagram));
    ikl_time now = ikl_sim_host_now(host->sim_host);
    bool interferes = world->interferes;

    if (is_first(path, datagram)) {
        (void)ikl_endpoint_receive(sas.endpoint, path, datagram.data, datagram.len, now);
        return;
    }

    world->interferes = false;
    (forged ? laws_receive_forged : laws_receive_again)(world->laws, &sas, path, datagram, now);
    world->interferes = interferes;
}

void attack(struct world *world)
{
    size_t n = draw(world, CAPTURED);
    struct host *host = world->captured[n].to;
    struct ikl_path path = world->captured[n].path;
    size_t len = world->captured[n].len;
    uint8_t octets[CAPTURE_LEN];

    if (host == NULL || ikl_sim_host_endpoint(host->sim_host) == NULL || len <= IKL_HEADER_LEN + 4) {
        return;
    }
    world->counts[COUNT_ATTACKS]++;
    memcpy(octets, world->captured[n].octets, len);
    path.remote.port = chance(world, 50) ? path.remote.port : (uint16_t)(1 + draw(world, 60000));
    switch (draw(world, 4)) {
    case 0: /* replayed */
        inject(world, host, &path, (struct ikl_octets){octets, len}, false);
        return;
    case 1: /* made up, but for a header */
        for (size_t i = IKL_HEADER_LEN + 4; i < len; i++) {
            octets[i] = (uint8_t)draw(world, 256);
        }
        break;
    case 2: /* cut off */
        len = draw(world, len);
        break;
    default: /* changed */
        octets[draw(world, len)] ^= (uint8_t)(1 + draw(world, 255));
        break;
    }
    inject(world, host, &path, (struct ikl_octets){octets, len}, true);
}
