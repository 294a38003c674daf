/* SPDX-License-Identifier: ISC */
/* Two endpoints that face each other with many IKE SAs. */
#include "facing.h"

#include "support/host.h"
#include "support/test_random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int on_random(void *user, uint8_t *out, size_t len)
{
    struct facing_side *side = user;
    struct test_random random = {side->random};

    for (size_t i = 0; i < len; i++) {
        out[i] = (uint8_t)test_random(&random);
    }
    side->random = random.state;
    return IKL_OK;
}

static int on_send(void *user, struct ikl_sa *sa, const struct ikl_path *path, const uint8_t *datagram, size_t len)
{
    struct facing_side *side = user;
    struct facing_datagram *sent = &side->sent[side->n_sent];

    (void)sa;
    (void)path;
    if (side->n_sent == side->room || len > sizeof(sent->octets)) {
        return IKL_ERR_NO_BUFFER;
    }
    sent->len = len;
    memcpy(sent->octets, datagram, len);
    side->n_sent++;
    return IKL_OK;
}

static bool init_side(struct facing_side *side, const struct facing_config *config,
                      const struct ikl_allocator *allocator, const struct ikl_monitor_config *monitor)
{
    struct ikl_endpoint_config endpoint = {.size = sizeof(endpoint),
                                           .callbacks = {.size = sizeof(endpoint.callbacks),
                                                         .random = on_random,
                                                         .send = on_send,
                                                         .send_batch = config->send_batch},
                                           .user = side,
                                           .allocator = allocator,
                                           .providers = config->provider != NULL ? &config->provider : NULL,
                                           .n_providers = config->provider != NULL ? 1 : 0,
                                           .monitor = monitor,
                                           .reserve_sas = config->reserve,
                                           .work_limit = config->work_limit,
                                           .history_events = config->history_events,
                                           .own_blocks = config->own_blocks ? 0 : IKL_NO_OWN_BLOCKS,
                                           .send_batch = config->batch};

    side->room = config->n;
    side->sent = calloc(config->n, sizeof(*side->sent));
    return side->sent != NULL && ikl_endpoint_new(&side->endpoint, &endpoint, 0) == IKL_OK;
}

static bool add_sas(struct facing *facing, struct facing_side *side, bool probes)
{
    struct ikl_child_config child = {
        .size = sizeof(child), .protocol = IKL_PROTOCOL_ESP, .spi_in = 0x1000, .spi_out = 0x2000};
    struct ikl_sa_config config;

    test_sa_config(&config, &facing->keys, facing->config.suite, probes, 0);
    config.liveness = probes ? IKL_LIVENESS_PERIODIC : IKL_LIVENESS_OFF;
    if (facing->config.batch != 0) {
        config.path = facing->config.paths[probes ? 0 : 1];
    }
    side->path = config.path;
    for (uint32_t i = 0; i < facing->config.n; i++) {
        ikl_time at = facing->config.period != 0 ? facing->config.period * i / facing->config.n
                                                 : (ikl_time)facing->config.spacing * i;
        struct ikl_sa *sa;

        if (ikl_sa_new(&sa, side->endpoint, &config, at) != IKL_OK ||
            ikl_sa_add_child(sa, &child, probes ? &facing->children[i] : NULL) != IKL_OK) {
            return false;
        }
        config.spi_i++;
        config.spi_r++;
    }
    return true;
}

bool facing_init(struct facing *facing, const struct facing_config *config)
{
    *facing = (struct facing){.config = *config, .children = calloc(config->n, sizeof(*facing->children))};
    if (facing->children == NULL || ikl_init() != IKL_OK ||
        !init_side(&facing->prober, config, config->prober_allocator, config->monitor) ||
        !init_side(&facing->peer, config, config->peer_allocator, NULL) || !add_sas(facing, &facing->prober, true) ||
        !add_sas(facing, &facing->peer, false)) {
        fprintf(stderr, "%u IKE SAs with %s cannot be made\n", (unsigned)config->n, config->suite);
        return false;
    }
    return true;
}

void facing_clear(struct facing *facing)
{
    (void)ikl_endpoint_free(facing->prober.endpoint);
    (void)ikl_endpoint_free(facing->peer.endpoint);
    free(facing->prober.sent);
    free(facing->peer.sent);
    free(facing->children);
    ikl_wipe(&facing->keys, sizeof(facing->keys));
}

void facing_advance(struct facing *facing, ikl_time wait)
{
    struct ikl_endpoint *endpoint = facing->prober.endpoint;
    uint32_t spacing = facing->config.spacing;
    uint32_t calls = spacing != 0 ? facing->config.n : 1;
    ikl_time early;

    facing->now += wait;
    while ((early = ikl_endpoint_next_deadline(endpoint)) < facing->now) {
        (void)ikl_endpoint_advance(endpoint, early);
    }
    for (uint32_t i = 0; i < calls; i++) {
        (void)ikl_endpoint_advance(endpoint, facing->now + (ikl_time)spacing * i);
    }
}

/* Each IKE SA waits until all of them have done what came before. */
static void give(struct facing *facing, struct facing_side *from, struct facing_side *to)
{
    uint32_t spacing = facing->config.spacing;

    facing->now += (ikl_time)spacing * facing->config.n;
    for (uint32_t i = 0; i < from->n_sent; i++) {
        (void)ikl_endpoint_receive(to->endpoint, &to->path, from->sent[i].octets, from->sent[i].len,
                                   facing->now + (ikl_time)spacing * i);
    }
    from->n_sent = 0;
}

void facing_answer(struct facing *facing)
{
    give(facing, &facing->prober, &facing->peer);
}

void facing_accept(struct facing *facing)
{
    give(facing, &facing->peer, &facing->prober);
}

void facing_lose(struct facing_side *side)
{
    side->n_sent = 0;
}
