/* SPDX-License-Identifier: ISC */
/* Monitors of the tunnels in a random world, and what befalls tunnels while IKE goes on. See random.h. */
#include "random.h"

static uint32_t draw_tunnels(struct world *world, uint32_t n)
{
    return (uint32_t)test_random_below(&world->tunnels, n);
}

/* Long intervals, so that a world is not made of probes. What a probe has come to is there to see for longer than a
 * step of the world takes. */
void draw_monitor(struct world *world)
{
    struct ikl_monitor_config *monitor = &world->monitor;

    world->tunnels.state = world->seed + 29;
    world->has_monitors = draw_tunnels(world, 3) == 0;
    monitor->interval = 5000 + draw_tunnels(world, 60000);
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

void befall_tunnels(struct world *world)
{
    struct ikl_sim_link *link = world->links[draw_tunnels(world, (uint32_t)world->n_links)];
    struct host *host = &world->hosts[draw_tunnels(world, (uint32_t)world->n_hosts)];
    ikl_time now = ikl_sim_now(world->sim);

    switch (draw_tunnels(world, 12)) {
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
    default:
        break;
    }
}
