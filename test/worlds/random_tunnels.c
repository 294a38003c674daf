/* SPDX-License-Identifier: ISC */
/* Monitors of the tunnels in a random world, and what befalls tunnels while IKE goes on. See random.h. */
#include "random.h"

enum { FIRST_SPI_ESP = 0x100, FIRST_SPI_AH = 0x200, SPIS = 8 }; /* of those that take the place of others */

static uint32_t draw_tunnels(struct world *world, uint32_t n)
{
    return (uint32_t)test_random_below(&world->tunnels, n);
}

/* Long intervals, so that a world is not made of probes. What a probe has come to is there to see for longer than a
 * step of the world takes. */
static void draw_config(struct world *world, struct ikl_monitor_config *monitor)
{
    uint32_t interval = (5000 + draw_tunnels(world, 60000)) * world->stretch;

    monitor->interval = interval < IKL_MONITOR_MAX_TIME ? interval : IKL_MONITOR_MAX_TIME;
    monitor->timeout = 1 + draw_tunnels(world, monitor->interval / 2);
    monitor->grace = draw_tunnels(world, 2) * draw_tunnels(world, 60000);
    monitor->renew_after = draw_tunnels(world, 2) * draw_tunnels(world, 600000);
    monitor->threshold = (uint8_t)(1 + draw_tunnels(world, 6));
    monitor->recover = (uint8_t)(1 + draw_tunnels(world, 4));
    monitor->damp_changes = (uint8_t)draw_tunnels(world, 3);
    monitor->damp_period = draw_tunnels(world, 600000);
    monitor->damp_recover = (uint8_t)(monitor->recover + draw_tunnels(world, 20));
    monitor->probes_only = draw_tunnels(world, 3) == 0;
    CHECK(world, ikl_monitor_config_error(monitor) == NULL);
}

void draw_monitor(struct world *world)
{
    world->tunnels.state = world->seed + 29;
    world->has_monitors = draw_tunnels(world, 3) == 0;
    draw_config(world, &world->monitor);
    draw_config(world, &world->other_monitor);
}

/* A Child SA takes the place of another, with its monitor, and mostly with its config. */
static void rekey_tunnel(struct end *end, struct ikl_child *old)
{
    struct world *world = end->host->world;
    ikl_time now = ikl_sim_host_now(end->host->sim_host);
    uint32_t first = ikl_child_protocol(old) == IKL_PROTOCOL_ESP ? FIRST_SPI_ESP : FIRST_SPI_AH;
    uint32_t spi = first + draw_tunnels(world, SPIS);
    struct ikl_child_config config = {.size = sizeof(config),
                                      .protocol = ikl_child_protocol(old),
                                      .spi_in = spi,
                                      .spi_out = spi,
                                      .replaces = old,
                                      .unmonitored = draw_tunnels(world, 16) == 0};

    config.monitor = draw_tunnels(world, 4) == 0 ? &world->other_monitor : NULL;
    config.user = config.monitor != NULL ? &world->other_monitor : ikl_child_user(old); /* so a restored one has it */
    world->acting = true;
    if (laws_replace_child(world->laws, &end->law, end->sa, &config, now) != IKL_OK) {
        return;
    }
    world->counts[COUNT_TUNNEL_REKEYS]++;
    if (draw_tunnels(world, 4) != 0) {
        (void)!ikl_sa_delete_children(end->sa, &old, 1, now);
    }
}

static void rekey_one_of(struct end *end)
{
    struct ikl_child *child = end->sa != NULL ? ikl_sa_first_child(end->sa) : NULL;

    for (uint32_t n = draw_tunnels(end->host->world, 4); n > 0 && child != NULL; n--) {
        child = ikl_sa_next_child(end->sa, child);
    }
    if (child != NULL) {
        rekey_tunnel(end, child);
    }
}

void act_on_monitor(struct end *end, struct ikl_child *child, const struct ikl_monitor_change *change)
{
    if (end->hostile || end->sa == NULL) {
        return;
    }
    if (change->renew) {
        rekey_tunnel(end, child);
    } else if (draw_tunnels(end->host->world, 8) == 0) {
        rekey_one_of(end);
    }
}

void befall_tunnels(struct world *world)
{
    struct ikl_sim_link *link = world->links[draw_tunnels(world, (uint32_t)world->n_links)];
    struct host *host = &world->hosts[draw_tunnels(world, (uint32_t)world->n_hosts)];
    ikl_time now = ikl_sim_now(world->sim);

    switch (draw_tunnels(world, 16)) {
    case 0:
        ikl_sim_kill_tunnels_at(link, now);
        break;
    case 1:
        ikl_sim_kill_tunnels_one_way_at(link, host->sim_host, now); /* nothing, where it is no end of the link */
        break;
    case 2:
    case 3:
    case 4:
        ikl_sim_mend_tunnels_at(link, now);
        break;
    case 5:
    case 6:
    case 7:
    case 8:
        if (world->n_ends != 0) {
            rekey_one_of(&world->ends[draw_tunnels(world, (uint32_t)world->n_ends)]);
        }
        break;
    default:
        break;
    }
}
