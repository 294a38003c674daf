/* SPDX-License-Identifier: ISC */
/* What happens in a random world: what hosts do on their own account, in callbacks too, and what befalls them. See
 * random.h. */
#include "random.h"

#include <string.h>

static ikl_time now_of(const struct end *end)
{
    return ikl_sim_host_now(end->host->sim_host);
}

/* One that the host may still use; null when chance names another. */
static struct end *pick_end(struct world *world)
{
    struct end *end = world->n_ends != 0 ? &world->ends[draw(world, world->n_ends)] : NULL;

    return end != NULL && end->sa != NULL ? end : NULL;
}

static struct host *host_of(struct world *world, const struct ikl_sim_host *sim_host)
{
    size_t n = 0;

    while (world->hosts[n].sim_host != sim_host) {
        n++;
    }
    return &world->hosts[n];
}

void guard_keys(const struct end *end)
{
    if (end->host->memory.n_secrets + 2 <= TEST_MAX_SECRETS) {
        test_allocator_guard(&end->host->memory, end->keys.sk_ei, 32);
        test_allocator_guard(&end->host->memory, end->keys.sk_er, 32);
    }
}

static void prepare(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    struct world *world = user;
    struct end *end;

    if (make_anew(world, host, config)) {
        return;
    }
    end = &world->ends[world->n_ends++];
    end->host = host_of(world, host);
    end->law = (struct laws_end){.host = &end->host->law,
                                 .making = true,
                                 .schedule = config->schedule,
                                 .idle = config->idle,
                                 .liveness = config->liveness,
                                 .reliable = config->path.reliable,
                                 .connecting = config->connecting};
    end->spi_i = config->spi_i;
    end->spi_r = config->spi_r;
    end->keys = *config->protection.keys;
    end->changes.suite = config->protection.suite;
    end->changes.fragmentation = config->protection.fragmentation;
    config->user = end;
    config->follow_peer = chance(world, 30) || config->follow_peer;
    config->roaming = true;
    config->path_group = end->group = draw_path_group(world);
    config->trim = end->law.trim = chance(world, 50);
    config->round_trip_sends = end->law.round_trip_sends = chance(world, 50);
    guard_keys(end);
}

bool add_ike_sa(struct world *world, bool connecting)
{
    static const enum ikl_liveness_policy policies[] = {IKL_LIVENESS_PERIODIC, IKL_LIVENESS_PERIODIC,
                                                        IKL_LIVENESS_ON_DEMAND, IKL_LIVENESS_OFF};
    struct ikl_sim_link *link = world->links[draw(world, world->n_links)];
    size_t n_names = 0;
    struct ikl_sim_sa_config config = {.size = sizeof(config), .prepare = prepare, .user = world};
    struct end *ends = &world->ends[world->n_ends];
    int result;

    if (world->n_ends + 2 > MAX_ENDS) {
        return false;
    }
    while (ikl_schedule_name(n_names) != NULL) {
        n_names++;
    }
    config.schedule = ikl_schedule_by_name(ikl_schedule_name(draw(world, n_names)));
    config.idle = stretch_idle(world, 1000 + draw(world, 20000));
    config.liveness = policies[draw(world, 4)];
    config.n_children = (uint32_t)draw(world, 4);
    config.window = (uint32_t)(1 + draw(world, MAX_WINDOW));
    config.fragmentation = chance(world, 50);
    config.syncs = world->has_stores || (world->has_takeovers && !connecting);
    config.connecting = connecting;
    ends[0].peer = &ends[1];
    ends[1].peer = &ends[0];
    result = ikl_sim_add_sa(link, &config, &ends[0].sa, &ends[1].sa);
    for (size_t i = 0; i < 2; i++) {
        if (result == IKL_OK) {
            ends[i].law.making = false;
            laws_children_up(&ends[i].host->law, config.n_children);
            ends[i].syncs = config.syncs;
            begin_keeping(&ends[i]);
        } else {
            ends[i].sa = NULL;
        }
    }
    if (result == IKL_OK && connecting) {
        connect_ends(ends);
    }
    return result == IKL_OK;
}

/* At the endpoint's latest time, which must not depend on when it was last given one: a datagram of no octets tells it,
 * but inside a callback, where it knows. */
static void free_sa(struct end *end)
{
    struct ikl_sa *sa = end->sa;

    CHECK(end->host->world,
          ikl_endpoint_receive(ikl_sa_endpoint(sa), ikl_sa_path(sa), (const uint8_t *)"", 0, now_of(end)) != IKL_OK);
    end->sa = NULL; /* its callbacks know it by its user */
    ikl_sa_free(sa);
}

static uint64_t draw_for(void *user, uint64_t n)
{
    return draw(user, n);
}

static struct actor actor_of(const struct end *end)
{
    struct world *world = end->host->world;

    return (struct actor){.laws = world->laws,
                          .law = &end->host->law,
                          .asked = world->asked,
                          .draw = draw_for,
                          .user = world,
                          .now = now_of(end)};
}

static size_t draw_len(struct world *world)
{
    return LAWS_TAG_LEN + (size_t)draw(world, draw(world, 10) != 0 ? 200 : 2500);
}

static struct asked *ask_at_length(struct end *end, uint8_t exchange_type, size_t len)
{
    struct actor actor = actor_of(end);

    return act_ask(&actor, &end->sa, exchange_type, len);
}

bool ask_for(struct end *end, uint8_t exchange_type, uint32_t followups)
{
    struct asked *asked = ask_at_length(end, exchange_type, draw_len(end->host->world));

    if (asked != NULL) {
        asked->followups = followups;
    }
    return asked != NULL;
}

/* While it connects the peer takes nothing else. */
void ask(struct end *end)
{
    struct world *world = end->host->world;
    size_t len = draw_len(world);

    if (ikl_sa_state(end->sa) != IKL_SA_CONNECTING) {
        (void)ask_at_length(end, chance(world, 50) ? IKL_INFORMATIONAL : IKL_CREATE_CHILD_SA, len);
    }
}

/* What a host may do at any time. */
static void act_on_end(struct end *end)
{
    static const enum act usual[] = {ACT_PROBE,     ACT_DELETE_CHILDREN, ACT_ADD_CHILD, ACT_HEAR_CHILDREN, ACT_SENT_ESP,
                                     ACT_HINT_ICMP, ACT_HINT_TOO_LONG,   ACT_RESEND,    ACT_RESEND_ALL};
    enum { USUAL = sizeof(usual) / sizeof(usual[0]), CANCEL = USUAL, DELETE, CLOSE, FREE, MANY = 19 };
    struct world *world = end->host->world;
    struct actor actor = actor_of(end);
    uint64_t what = draw(world, MANY);

    if (what < USUAL) {
        act_on(&actor, &end->sa, usual[what]);
    } else if (what == CANCEL) {
        act_cancel(&actor, (uint32_t)draw(world, world->laws->n_requests + 1));
    } else if (what == DELETE && chance(world, 20)) {
        act_on(&actor, &end->sa, ACT_DELETE);
    } else if (what == CLOSE && chance(world, 10)) {
        act_on(&actor, &end->sa, ACT_CLOSE);
    } else if (what == FREE && chance(world, 10)) {
        free_sa(end);
    } else if (what > FREE) {
        ask(end);
    }
}

void act_in_callback(struct host *host, const struct ikl_sa *sa)
{
    struct world *world = host->world;
    struct end *end;

    if (!world->interferes || world->ended || !chance(world, 3)) {
        return;
    }
    CHECK(world, ikl_endpoint_advance(ikl_sa_endpoint(sa), 0) == IKL_ERR_REENTRANT);
    end = pick_end(world);
    if (end != NULL && end->host == host) {
        world->acting = true;
        act_on_end(end);
    }
}

/* Both ends agree on a new IKE SA in place of this one (RFC 7296 §2.18). */
void rekey(struct end *end)
{
    struct world *world = end->host->world;
    struct end *by = &world->ends[world->n_ends];

    if (end->sa == NULL || end->peer->sa == NULL || !add_ike_sa(world, false)) {
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        struct end *old = end->host == by[i].host ? end : end->peer;

        if (old->host == by[i].host && migrate(&by[i], ikl_sa_endpoint(old->sa)) &&
            laws_replace(world->laws, &old->law, old->sa, &by[i].law, by[i].sa, old == end,
                         (uint32_t)draw(world, 20000), now_of(old)) == IKL_OK) {
            world->counts[COUNT_REKEYS]++;
            keep(old); /* what went to the other must not come back here */
            keep(&by[i]);
        }
    }
}

/* What befalls a host. */

static void block_sends(struct world *world, struct host *host)
{
    ikl_time now = ikl_sim_now(world->sim);
    uint64_t ms = draw(world, chance(world, 90) ? 5000 : 600000);

    host->blocked_until = ikl_time_later(host->blocked_until, now + ms);
    ikl_sim_block_sends_at(host->sim_host, now, ms);
}

static void befall_host(struct world *world)
{
    struct host *host = &world->hosts[draw(world, world->n_hosts)];
    ikl_time now = ikl_sim_now(world->sim);

    switch (draw(world, 6)) {
    case 0:
        ikl_sim_stall_at(host->sim_host, now, draw(world, 30000));
        break;
    case 1:
        ikl_sim_sleep_at(host->sim_host, now, draw(world, 100000));
        break;
    case 2:
        ikl_sim_fail_sends_at(host->sim_host, now, (uint32_t)draw(world, 10));
        break;
    case 3:
        ikl_sim_set_clock_at(host->sim_host, now, (int64_t)draw(world, 20000) - (world->clocks_go_forward ? 0 : 10000));
        break;
    case 4:
        block_sends(world, host);
        break;
    default:
        if (chance(world, 10) && come_home(host)) { /* it loses what is on that endpoint */
            ikl_sim_reboot_at(host->sim_host, now, draw(world, 60000));
        }
        break;
    }
}

/* One after the other: the order in which an initialiser draws is not defined. */
static struct ikl_sim_weather draw_weather(struct world *world)
{
    struct ikl_sim_weather weather = {0};

    weather.loss = (uint32_t)draw(world, IKL_SIM_PERCENT(40));
    weather.duplication = (uint32_t)draw(world, IKL_SIM_PERCENT(10));
    weather.reordering = (uint32_t)draw(world, IKL_SIM_PERCENT(10));
    weather.corruption = (uint32_t)draw(world, IKL_SIM_PERCENT(5));
    weather.delay = (uint32_t)draw(world, 300);
    weather.jitter = (uint32_t)draw(world, 300);
    weather.hold = (uint32_t)draw(world, 5000);
    return weather;
}

static void befall_link(struct world *world)
{
    struct ikl_sim_link *link = world->links[draw(world, world->n_links)];
    struct ikl_sim_weather weather = draw_weather(world);
    ikl_time now = ikl_sim_now(world->sim);

    if (chance(world, 50)) {
        ikl_sim_set_weather_at(link, NULL, now, &weather);
    } else if (chance(world, 70) ||
               world->stretch != 1) { /* what waits on a connection looks each second whether it goes on */
        ikl_sim_cut_at(link, now);
        ikl_sim_restore_at(link, now + draw(world, 600000));
    } else {
        ikl_sim_cut_at(link, now);
    }
}

/* Memory runs out while something is set up. */
static void set_up_without_memory(struct world *world)
{
    struct host *host = &world->hosts[draw(world, world->n_hosts)];

    test_allocator_fail(&host->memory, 1 + draw(world, 5));
    (void)add_ike_sa(world, draw_connecting(world));
    host->memory.fail_at = 0;
}

/* Many at once, or what they take is given up before it adds up; an honest peer has to succeed after each. */
static void act_hostile(struct world *world)
{
    struct host *host = &world->hosts[draw(world, world->n_hosts)];
    struct hostiles *hostiles = &host->hostiles;
    const struct ikl_path *path = NULL;
    bool interferes = world->interferes;

    for (size_t i = 0; i < world->n_ends; i++) {
        path = world->ends[i].host == host && world->ends[i].sa != NULL ? ikl_sa_path(world->ends[i].sa) : path;
    }
    if (path == NULL || ikl_sim_now(world->sim) < host->blocked_until) {
        return; /* none to go along, or nothing goes */
    }
    hostiles->endpoint = ikl_sim_host_endpoint(host->sim_host);
    hostiles->path = *path;
    hostiles->now = ikl_sim_host_now(host->sim_host);
    world->interferes = false; /* what has to succeed is the host's own doing */
    for (uint64_t n = draw(world, BURST); n > 0; n--) {
        hostiles_act(hostiles);
        world->counts[COUNT_HOSTILE_ACTS]++;
        laws_hold(world->laws, honest_peer_lives(hostiles) == NULL, "an honest peer's rekey, request or Delete fails");
    }
    world->interferes = interferes;
}

void act(struct world *world)
{
    struct end *end = pick_end(world);
    uint64_t what = draw(world, 100);

    world->acting = true;
    if (world->has_hostiles) {
        act_hostile(world);
    }
    if (what < 60) {
        if (end != NULL) {
            act_on_end(end);
        }
    } else if (what < 70) {
        attack(world);
    } else if (what < 80) {
        befall_link(world);
    } else if (what < 88) {
        befall_host(world);
    } else if (what < 92) {
        end = pick_end(world);
        if (end != NULL) {
            rekey(end);
        }
    } else if (what < 95) {
        set_up_without_memory(world);
    } else {
        (void)add_ike_sa(world, draw_connecting(world));
    }
}
