/* SPDX-License-Identifier: ISC */
/* Endpoints of a random world that spread what is due over time, as those with many IKE SAs do, gather what they send
 * into batches, and notice outages of path groups. See random.h. */
#include "random.h"

enum {
    MOST_BATCH = 32,
    MOST_WORK = 8,
    LEAST_RATE = 20,
    MOST_RATE = 200,
    MOST_GROUPS = 3,
    MOST_SPREAD = 900,
    AT_ONCE = 256 /* requests that may wait for their turn, those of hostile peers among them */
};

static uint32_t draw_for_pace(struct world *world, uint32_t n)
{
    return (uint32_t)test_random_below(&world->pace, n);
}

/* In half of the cases, else 0. */
static uint32_t perhaps(struct world *world, uint32_t least, uint32_t most)
{
    uint32_t number = least + draw_for_pace(world, most - least + 1);

    return draw_for_pace(world, 2) != 0 ? number : 0;
}

void draw_pace(struct world *world)
{
    world->has_pace = draw_kind(world, KIND_PACE, &world->pace);
    world->path_groups = world->has_pace ? 1 + draw_for_pace(world, MOST_GROUPS) : 1;
}

void pace_endpoint(struct world *world, struct ikl_endpoint_config *config)
{
    if (!world->has_pace) {
        return;
    }
    config->send_batch = perhaps(world, 1, MOST_BATCH);
    config->work_limit = perhaps(world, 1, MOST_WORK);
    config->idle_spread = (uint16_t)perhaps(world, 1, MOST_SPREAD);
    config->probes_per_second = perhaps(world, LEAST_RATE, MOST_RATE);
    config->retransmissions_per_second = perhaps(world, LEAST_RATE, MOST_RATE);
    config->monitor_probes_per_second = perhaps(world, LEAST_RATE, MOST_RATE);
    config->path_groups = world->path_groups;
    config->outage_after = perhaps(world, 1000, 60000);
    config->outage_least = 1 + draw_for_pace(world, 3);
}

static uint32_t longest_queue(uint32_t rate)
{
    return rate != 0 ? AT_ONCE * 1000 / rate : 0;
}

/* What waits for its turn is late. */
void pace_laws(struct laws_host *law, const struct ikl_endpoint_config *config)
{
    law->turn = longest_queue(config->probes_per_second) + longest_queue(config->retransmissions_per_second) +
                longest_queue(config->monitor_probes_per_second) + (config->work_limit != 0 ? AT_ONCE : 0);
    law->lateness += law->turn;
    law->late = law->late || law->turn != 0;
}

uint16_t draw_path_group(struct world *world)
{
    return world->has_pace ? (uint16_t)draw_for_pace(world, world->path_groups) : 0;
}
