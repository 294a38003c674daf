/* SPDX-License-Identifier: ISC */
/* An endpoint with many monitored Child SAs. */
#include "tunnels.h"

#include "support/host.h"
#include "support/send_nothing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int on_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    memset(out, 1, len);
    return IKL_OK;
}

static void on_monitor_probe(void *user, struct ikl_sa *sa, struct ikl_child *child, uint16_t probe)
{
    struct tunnels *tunnels = user;

    if (tunnels->n_probes < tunnels->config.n) {
        tunnels->probes[tunnels->n_probes++] = (struct tunnels_probe){sa, child, probe};
    }
}

static const struct ikl_monitor_config *monitor_of(const struct tunnels_config *config)
{
    static const struct ikl_monitor_config each_second = {
        .interval = 1000, .timeout = 1000, .threshold = 5, .recover = 1};

    return config->tick != 0 ? &each_second : ikl_monitor_panos();
}

/* How many ms after Child SA 0 this one does everything. */
static uint32_t later_by(const struct tunnels_config *config, uint32_t i)
{
    return config->tick != 0 ? (uint32_t)((uint64_t)i * monitor_of(config)->interval / config->n) : i;
}

static bool add_sas(struct tunnels *tunnels)
{
    struct ikl_sa_config config;

    test_sa_config(&config, &tunnels->keys, tunnels->config.suite, true, 0);
    config.liveness = IKL_LIVENESS_OFF;
    for (uint32_t i = 0; i < tunnels->config.n / tunnels->config.of_one; i++) {
        if (ikl_sa_new(&tunnels->sas[i], tunnels->endpoint, &config, 0) != IKL_OK) {
            return false;
        }
        config.spi_i++;
        config.spi_r++;
    }
    return true;
}

/* The first probe of a Child SA is due when it is added. One after the other the Child SAs of an IKE SA follow each
 * other, else each IKE SA gets its first, then each its second one. */
static bool add_children(struct tunnels *tunnels)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 0x1000, .spi_out = 0x2000};
    uint32_t of_one = tunnels->config.of_one, n_sas = tunnels->config.n / of_one;

    for (uint32_t i = 0; i < n_sas * of_one; i++) {
        struct ikl_sa *sa = tunnels->sas[tunnels->config.tick != 0 ? i % n_sas : i / of_one];
        ikl_time now = later_by(&tunnels->config, i);

        if (ikl_endpoint_advance(tunnels->endpoint, now) != IKL_OK || ikl_sa_add_child(sa, &config, NULL) != IKL_OK ||
            ikl_endpoint_advance(tunnels->endpoint, now) != IKL_OK) {
            return false;
        }
        config.spi_in++;
        config.spi_out++;
    }
    return ikl_endpoint_advance(tunnels->endpoint, monitor_of(&tunnels->config)->interval - 1) == IKL_OK;
}

bool tunnels_init(struct tunnels *tunnels, const struct tunnels_config *given)
{
    struct ikl_endpoint_config config = {.size = sizeof(config),
                                         .callbacks = {.size = sizeof(config.callbacks),
                                                       .random = on_random,
                                                       .send = send_nothing,
                                                       .monitor_probe = on_monitor_probe},
                                         .user = tunnels,
                                         .allocator = given->allocator,
                                         .monitor = monitor_of(given),
                                         .history_events = IKL_NO_HISTORY,
                                         .own_blocks = IKL_NO_OWN_BLOCKS};

    *tunnels = (struct tunnels){.config = *given,
                                .sas = calloc(given->n / given->of_one, sizeof(struct ikl_sa *)),
                                .probes = calloc(given->n, sizeof(*tunnels->probes))};
    if (tunnels->sas == NULL || tunnels->probes == NULL || ikl_init() != IKL_OK ||
        ikl_endpoint_new(&tunnels->endpoint, &config, 0) != IKL_OK || !add_sas(tunnels) || !add_children(tunnels)) {
        fprintf(stderr, "%u Child SAs with monitors cannot be made\n", (unsigned)given->n);
        return false;
    }
    tunnels_answer(tunnels);
    return true;
}

void tunnels_clear(struct tunnels *tunnels)
{
    (void)ikl_endpoint_free(tunnels->endpoint);
    free(tunnels->sas);
    free(tunnels->probes);
    ikl_wipe(&tunnels->keys, sizeof(tunnels->keys));
}

void tunnels_probe(struct tunnels *tunnels)
{
    const struct tunnels_config *config = &tunnels->config;
    uint32_t tick = config->tick != 0 ? config->tick : 1;
    uint32_t until = config->tick != 0 ? monitor_of(config)->interval : config->n;

    tunnels->now += monitor_of(config)->interval;
    for (uint32_t ms = tick - 1; ms < until; ms += tick) {
        (void)ikl_endpoint_advance(tunnels->endpoint, tunnels->now + ms);
    }
}

/* All wait until the last has asked. */
void tunnels_answer(struct tunnels *tunnels)
{
    const struct tunnels_config *config = &tunnels->config;
    ikl_time last = tunnels->now + (config->tick != 0 ? monitor_of(config)->interval - 1 : config->n);

    for (uint32_t i = 0; i < tunnels->n_probes; i++) {
        const struct tunnels_probe *probe = &tunnels->probes[i];

        (void)ikl_child_monitor_answered(probe->sa, probe->child, probe->number, 0,
                                         config->tick != 0 ? last : last + i);
    }
    tunnels->n_probes = 0;
}
