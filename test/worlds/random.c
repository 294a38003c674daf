/* SPDX-License-Identifier: ISC */
/* A random world from its beginning to its end. See random.h. */
#include "random.h"

#include <stdio.h>
#include <string.h>

enum {
    MS_PER_YEAR_E3 = 31557600, /* thousands of ms */
    JUMP = 777,
    KEEPALIVE = 20000,
    ACTS_PER_IDLE = 6,
    TICKS_UNTIL = 20000 /* a world with a tick each millisecond is not run for longer */
};

const struct length long_ones[] = {{"weeks", PACE_WEEKS, 1200}, {"months", PACE_MONTHS, 4800}};

static uint32_t stretch_of(enum pace pace)
{
    for (size_t i = 0; i < N_LONG; i++) {
        if (long_ones[i].pace == pace) {
            return long_ones[i].stretch;
        }
    }
    return 1;
}

const char *const count_names[N_COUNTS] = {[COUNT_STEPS] = "steps",
                                           [COUNT_REQUESTS] = "requests",
                                           [COUNT_CROSSINGS] = "of them crossed another",
                                           [COUNT_LOSSES] = "datagrams lost",
                                           [COUNT_TIMEOUTS] = "timeouts",
                                           [COUNT_REKEYS] = "rekeys",
                                           [COUNT_REBOOTS] = "reboots",
                                           [COUNT_INITS] = "IKE SAs begun",
                                           [COUNT_RESUMPTIONS] = "of them to resume a session",
                                           [COUNT_CONNECTED] = "IKE SAs connected",
                                           [COUNT_KEY_CHANGES] = "key changes of an end",
                                           [COUNT_FOLLOWUPS] = "key exchanges after rekeys",
                                           [COUNT_BREAKS] = "connections broken",
                                           [COUNT_OUTAGES] = "outages of path groups",
                                           [COUNT_TAKEOVERS] = "IKE SAs taken over",
                                           [COUNT_RESTORES] = "IKE SAs restored",
                                           [COUNT_OLD_RESTORES] = "of older snapshots",
                                           [COUNT_MIGRATIONS] = "moves between endpoints",
                                           [COUNT_ATTACKS] = "attacks",
                                           [COUNT_HOSTILE_ACTS] = "hostile acts",
                                           [COUNT_TUNNELS_DOWN] = "tunnels down",
                                           [COUNT_TUNNEL_REKEYS] = "tunnels rekeyed",
                                           [COUNT_TOKENS_SHOWN] = "tokens shown",
                                           [COUNT_CRASHES] = "crashes noticed by one"};

bool count_is_of_faults(enum count count)
{
    switch (count) {
    case COUNT_CROSSINGS:
    case COUNT_LOSSES:
    case COUNT_REBOOTS:
    case COUNT_BREAKS:
    case COUNT_TAKEOVERS:
    case COUNT_RESTORES:
    case COUNT_OLD_RESTORES:
    case COUNT_MIGRATIONS:
    case COUNT_ATTACKS:
    case COUNT_HOSTILE_ACTS:
    case COUNT_TUNNELS_DOWN:
        return true;
    default:
        return false;
    }
}

uint64_t draw(struct world *world, uint64_t n)
{
    return ikl_sim_random(world->sim) % n;
}

bool chance(struct world *world, unsigned percent)
{
    return draw(world, 100) < percent;
}

/* Hours at most: an IKE SA is to be checked more often than it is moved, cut off and rekeyed. */
uint32_t stretch_idle(const struct world *world, uint64_t idle)
{
    return (uint32_t)idle * (world->stretch / ACTS_PER_IDLE + 1);
}

bool draw_kind(const struct world *world, enum kind kind, struct test_random *random)
{
    random->state = world->seed + kind;
    return test_random_below(random, 2) != 0;
}

static void add_host(struct world *world, bool exact, enum pace pace)
{
    struct host *host = &world->hosts[world->n_hosts++];
    struct ikl_sim_host_config config = {.size = sizeof(config)};

    host->world = world;
    host->hostile_end = (struct end){.host = host, .hostile = true, .law.host = &host->law};
    host->hostiles = (struct hostiles){.user = &host->hostile_end, .n = HOSTILES, .kind = HOSTILE_BOTH};
    host->hostiles.random.state = world->seed + world->n_hosts;
    host->hostiles.last_spi = (uint64_t)world->n_hosts << 32;
    test_allocator_init(&host->memory);
    config.endpoint.size = sizeof(config.endpoint);
    host_callbacks(&config.endpoint.callbacks);
    config.endpoint.user = host;
    config.tokens = world->has_tokens;
    config.endpoint.monitor = world->has_monitors ? &world->monitor : NULL;
    config.endpoint.allocator = &host->memory.allocator;
    config.endpoint.pool_blocks = (uint32_t)(8 + draw(world, 200));
    config.endpoint.history_events = (uint32_t)draw(world, 20);
    config.endpoint.keepalive = world->stretch != 1 ? KEEPALIVE * world->stretch : 0;
    if (!exact) {
        config.manners.tick = (uint32_t)(chance(world, 50) ? 0 : 50 + draw(world, 250)) * (world->stretch == 1);
        config.manners.late = (uint32_t)draw(world, 300);
        config.manners.send_failure = (uint32_t)draw(world, IKL_SIM_PERCENT(10));
    }
    pace_endpoint(world, &config.endpoint);
    host->outage_hold = config.endpoint.outage_hold;
    host_handling(&config);
    restoring(&config);
    reconnecting(&config);
    taking_over(&config);
    watch_host(&host->law, &config.manners);
    pace_laws(&host->law, &config.endpoint);
    if (pace == PACE_TICKS) {
        config.manners.tick = 1;
    }
    CHECK(world, ikl_sim_add_host(world->sim, &config, &host->sim_host) == IKL_OK);
}

static void add_link(struct world *world, struct ikl_sim_host *a, struct ikl_sim_host *b)
{
    struct ikl_sim_link_config config = {.size = sizeof(config)};
    struct ikl_address outside = {.ip = {203, 0, 113, (uint8_t)(1 + world->n_links)}, .port = 40000, .family = 4};

    config.weather.delay = (uint32_t)draw(world, 100);
    config.weather.loss = (uint32_t)draw(world, IKL_SIM_PERCENT(10));
    config.encapsulated = chance(world, 30);
    draw_stream(world, &config);
    CHECK(world, ikl_sim_add_link(a, b, &config, &world->links[world->n_links]) == IKL_OK);
    if (config.encapsulated && chance(world, 50) && !config.stream) {
        ikl_sim_set_nat(world->links[world->n_links], a, &outside, draw(world, 120000));
    }
    world->n_links++;
}

/* True when all ticks are on time. `compared`: with the same world when its hosts tick otherwise. */
static bool begin(struct world *world, uint64_t seed, bool trace, enum pace pace, bool compared)
{
    struct ikl_sim_config config = {
        .size = sizeof(config), .seed = seed, .observe = observe, .user = world, .forget = true};
    bool exact;

    memset(world, 0, sizeof(*world));
    world->seed = seed;
    world->trace = trace;
    world->stretch = stretch_of(pace);
    world->migrates = draw_kind(world, KIND_MOVES, &world->moves);
    begin_watching(world);
    draw_tokens(world);
    draw_monitor(world);
    draw_stores(world);
    draw_takeovers(world);
    draw_streams(world);
    draw_changes(world);
    draw_inits(world);
    draw_pace(world);
    /* a Child SA that is added is monitored from the latest time that the host gave: that depends on its ticks */
    world->has_monitors = world->has_monitors && !compared;
    CHECK(world, ikl_sim_new(&world->sim, &config) == IKL_OK);
    exact = chance(world, 50);
    world->has_hostiles = chance(world, 50);
    world->interferes = chance(world, 50);
    for (uint64_t n = 2 + draw(world, 2); n > 0; n--) {
        add_host(world, exact, pace);
    }
    for (size_t i = 0; i + 1 < world->n_hosts; i++) {
        add_link(world, world->hosts[i].sim_host, world->hosts[i + 1].sim_host);
    }
    for (uint64_t n = 1 + draw(world, 3); n > 0; n--) {
        (void)add_ike_sa(world, draw_connecting(world));
    }
    world->acting = true;
    return exact;
}

/* Inside the world, so that it does not matter how it is run. */
static void act_and_go_on(void *user, struct ikl_sim *sim)
{
    struct world *world = user;
    ikl_time next = ikl_sim_now(sim) + 1 + draw(world, 60000 * (uint64_t)world->stretch);

    if (world->migrates) {
        migrate_somebody(world);
    }
    if (world->has_monitors) {
        befall_tunnels(world);
    }
    act(world); /* a host that reboots now has all IKE SAs on the endpoint that it loses */
    if (world->has_changes) {
        befall_changes(world);
    }
    if (world->has_inits) {
        begin_inits(world);
    }
    if (world->has_streams) {
        befall_streams(world);
    }
    if (world->has_stores) {
        befall_stores(world); /* at the end: nobody does anything between a snapshot and the end of its host */
    }
    if (world->has_takeovers) {
        befall_takeovers(world);
    }
    if (next <= world->until) {
        ikl_sim_call_at(sim, next, act_and_go_on, world);
    }
}

static void end(void *user, struct ikl_sim *sim)
{
    (void)user;
    (void)sim;
}

/* IKE SAs that one end at least has. */
static uint64_t count_living(const struct world *world)
{
    uint64_t n = 0;

    for (size_t i = 0; i + 1 < world->n_ends; i += 2) {
        const struct end *ends = &world->ends[i];

        n += (ends[0].sa != NULL && !ends[0].law.down) || (ends[1].sa != NULL && !ends[1].law.down) ? 1 : 0;
    }
    return n;
}

/* Until the world's end; a step is what happens in one millisecond. */
static void go_on(struct world *world, enum pace pace)
{
    ikl_time now = ikl_sim_now(world->sim);

    while (now < world->until) {
        ikl_time then = ikl_time_earlier(now + JUMP, world->until);
        uint64_t n = count_living(world);

        CHECK(world, (pace == PACE_JUMPS ? ikl_sim_run_until(world->sim, then) : ikl_sim_step(world->sim)) == IKL_OK);
        check_step(world);
        world->lived += n * (ikl_sim_now(world->sim) - now);
        now = ikl_sim_now(world->sim);
        world->counts[COUNT_STEPS]++;
    }
}

static uint64_t run(struct world *world, enum pace pace, struct tally *tally)
{
    uint64_t hash;

    ikl_sim_call_at(world->sim, 1000 + draw(world, 10000), act_and_go_on, world);
    ikl_sim_call_at(world->sim, world->until, end, world); /* so that a step ends there */
    go_on(world, pace);
    world->counts[COUNT_REQUESTS] = world->laws->n_requests;
    tally->worlds++;
    tally->sa_years += (double)world->lived / 1000 / MS_PER_YEAR_E3;
    for (size_t i = 0; i < N_COUNTS; i++) {
        tally->counts[i] += world->counts[i];
    }
    hash = ikl_sim_hash(world->sim);
    world->trace = false;
    world->ended = true;
    for (size_t i = 0; i < world->n_hosts; i++) {
        end_second_endpoint(&world->hosts[i]);
    }
    ikl_sim_free(world->sim);
    check_end(world);
    return hash;
}

static struct world the_world; /* large */

uint64_t run_world(uint64_t seed, bool trace, enum pace pace, struct tally *tally)
{
    (void)begin(&the_world, seed, trace, pace, false);
    the_world.until = (600000 + draw(&the_world, 20000000)) * the_world.stretch;
    return run(&the_world, pace, tally);
}

bool ticks_do_not_matter(uint64_t seed)
{
    struct tally unused = {0};
    uint64_t hashes[2];

    for (size_t i = 0; i < 2; i++) {
        bool exact = begin(&the_world, seed, false, i == 0 ? PACE_STEPS : PACE_TICKS, true);

        /* set back, a clock counts as the latest time that the host gave: that depends on its ticks */
        the_world.clocks_go_forward = true;
        the_world.until = exact ? TICKS_UNTIL : 0;
        hashes[i] = run(&the_world, i == 0 ? PACE_STEPS : PACE_TICKS, &unused);
    }
    return hashes[0] == hashes[1];
}
