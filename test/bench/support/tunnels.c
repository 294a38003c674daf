/* SPDX-License-Identifier: ISC */
/* An endpoint with many monitored Child SAs. */
#include "tunnels.h"

#include "support/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int on_random(void *user, uint8_t *out, size_t len)
{
    (void)user;
    memset(out, 1, len);
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    (void)user;
    (void)sa;
    (void)path;
    (void)datagram;
    (void)len;
    return IKL_OK;
}

static void on_monitor_probe(void *user, struct ikl_sa *sa, struct ikl_child *child, uint16_t probe)
{
    struct tunnels *tunnels = user;

    if (tunnels->n_probes < tunnels->n) {
        tunnels->probes[tunnels->n_probes++] = (struct tunnels_probe){sa, child, probe};
    }
}

/* The first probe of the Child SA is due when it is added. */
static bool add_children(struct tunnels *tunnels, struct ikl_sa *sa, uint32_t n)
{
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = 0x1000, .spi_out = 0x2000};

    for (uint32_t i = 0; i < n; i++, tunnels->now++) {
        if (ikl_sa_add_child(sa, &config, NULL) != IKL_OK ||
            ikl_endpoint_advance(tunnels->endpoint, tunnels->now) != IKL_OK) {
            return false;
        }
        config.spi_in++;
        config.spi_out++;
    }
    return true;
}

static bool add_sas(struct tunnels *tunnels, const char *suite, uint32_t of_one)
{
    struct ikl_sa_config config;

    test_sa_config(&config, &tunnels->keys, suite, true, 0);
    config.liveness = IKL_LIVENESS_OFF;
    for (uint32_t i = 0; i < tunnels->n; i += of_one) {
        struct ikl_sa *sa;

        if (ikl_sa_new(&sa, tunnels->endpoint, &config, tunnels->now) != IKL_OK || !add_children(tunnels, sa, of_one)) {
            return false;
        }
        config.spi_i++;
        config.spi_r++;
    }
    return true;
}

bool tunnels_init(struct tunnels *tunnels, const char *suite, const struct ikl_allocator *allocator, uint32_t n,
                  uint32_t of_one)
{
    struct ikl_endpoint_config config = {.size = sizeof(config),
                                         .callbacks = {.size = sizeof(config.callbacks),
                                                       .random = on_random,
                                                       .send = on_send,
                                                       .monitor_probe = on_monitor_probe},
                                         .user = tunnels,
                                         .allocator = allocator,
                                         .monitor = ikl_monitor_panos(),
                                         .history_events = IKL_NO_HISTORY,
                                         .own_blocks = IKL_NO_OWN_BLOCKS};

    *tunnels = (struct tunnels){.n = n, .probes = calloc(n, sizeof(*tunnels->probes))};
    if (tunnels->probes == NULL || ikl_init() != IKL_OK || ikl_endpoint_new(&tunnels->endpoint, &config, 0) != IKL_OK ||
        !add_sas(tunnels, suite, of_one)) {
        fprintf(stderr, "%u Child SAs with monitors cannot be made\n", (unsigned)n);
        return false;
    }
    tunnels->now = 0;
    tunnels_answer(tunnels);
    return true;
}

void tunnels_clear(struct tunnels *tunnels)
{
    (void)ikl_endpoint_free(tunnels->endpoint);
    free(tunnels->probes);
    ikl_wipe(&tunnels->keys, sizeof(tunnels->keys));
}

void tunnels_probe(struct tunnels *tunnels)
{
    tunnels->now += ikl_monitor_panos()->interval;
    for (uint32_t i = 0; i < tunnels->n; i++) {
        (void)ikl_endpoint_advance(tunnels->endpoint, tunnels->now + i);
    }
}

/* All wait until the last has asked. */
void tunnels_answer(struct tunnels *tunnels)
{
    for (uint32_t i = 0; i < tunnels->n_probes; i++) {
        const struct tunnels_probe *probe = &tunnels->probes[i];

        (void)ikl_child_monitor_answered(probe->sa, probe->child, probe->number, 0, tunnels->now + tunnels->n + i);
    }
    tunnels->n_probes = 0;
}
