/* SPDX-License-Identifier: ISC */
/* Endpoints of a random world that spread what is due over time, as those with many IKE SAs do, gather what they send
 * into batches, and notice outages of path groups. See random.h. */
#include "random.h"

#include <string.h>

enum {
    MOST_BATCH = 32,
    MOST_WORK = 8,
    LEAST_RATE = 20,
    MOST_RATE = 200,
    MOST_HOLD = 120000,
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
    world->path_groups = world->has_pace ? 1 + draw_for_pace(world, MAX_GROUPS) : 1;
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
    config->outage_hold = perhaps(world, 1000, MOST_HOLD);
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

/* After the hold what is outstanding waits once more. */
static uint32_t longest_last_wait(void)
{
    uint32_t longest = 0;
    const char *name;

    for (size_t i = 0; (name = ikl_schedule_name(i)) != NULL; i++) {
        uint32_t wait = ikl_schedule_wait_again(ikl_schedule_by_name(name), 0);

        longest = wait > longest ? wait : longest;
    }
    return longest;
}

void note_outage(struct host *host, const struct ikl_outage *outage)
{
    host->outages[outage->group].is_out = !outage->over;
    host->outages[outage->group].since = ikl_sim_host_now(host->sim_host);
    if (!outage->over) {
        host->world->counts[COUNT_OUTAGES]++;
        host->law.allowance += host->outage_hold != 0 ? host->outage_hold + longest_last_wait() : 0;
    }
}

void forget_outages(struct host *host)
{
    memset(host->outages, 0, sizeof(host->outages));
}

/* With two endpoints it is not known whose outage it is. */
void check_held(const struct end *end)
{
    const struct host *host = end->host;

    laws_hold(host->world->laws,
              host->second != NULL || !host->outages[end->group].is_out ||
                  ikl_sim_host_now(host->sim_host) >= host->outages[end->group].since + host->outage_hold,
              "an IKE SA was given up in an outage that holds verdicts");
}
