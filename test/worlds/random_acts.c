/* What happens in a random world: what hosts do on their own account, in callbacks too, and what befalls them. See
 * random.h.
 * SPDX-License-Identifier: ISC */
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

static void prepare(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    struct world *world = user;
    struct end *end = &world->ends[world->n_ends++];

    end->host = host_of(world, host);
    end->law = (struct laws_end){.host = &end->host->law,
                                 .making = true,
                                 .schedule = config->schedule,
                                 .idle = config->idle,
                                 .liveness = config->liveness};
    end->spi_i = config->spi_i;
    end->spi_r = config->spi_r;
    end->keys = *config->protection.keys;
    config->user = end;
    config->follow_peer = chance(world, 30);
    config->roaming = true;
    if (end->host->memory.n_secrets + 2 <= TEST_MAX_SECRETS) {
        test_allocator_guard(&end->host->memory, end->keys.sk_ei, 32);
        test_allocator_guard(&end->host->memory, end->keys.sk_er, 32);
    }
}

bool add_ike_sa(struct world *world)
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
    config.idle = (uint32_t)(1000 + draw(world, 20000));
    config.liveness = policies[draw(world, 4)];
    config.n_children = (uint32_t)draw(world, 4);
    config.window = (uint32_t)(1 + draw(world, MAX_WINDOW));
    config.fragmentation = chance(world, 50);
    ends[0].peer = &ends[1];
    ends[1].peer = &ends[0];
    result = ikl_sim_add_sa(link, &config, &ends[0].sa, &ends[1].sa);
    for (size_t i = 0; i < 2; i++) {
        if (result == IKL_OK) {
            ends[i].law.making = false;
            laws_children_up(&ends[i].host->law, config.n_children);
        } else {
            ends[i].sa = NULL;
        }
    }
    return result == IKL_OK;
}

/* What its host does with an IKE SA. */

static void delete_children(struct end *end)
{
    struct ikl_child *children[4];
    size_t n = 0;

    for (struct ikl_child *child = ikl_sa_first_child(end->sa); child != NULL && n < 4;
         child = ikl_sa_next_child(end->sa, child)) {
        children[n++] = child;
    }
    (void)!ikl_sa_delete_children(end->sa, children, n, now_of(end));
}

static void hear_children(struct end *end)
{
    for (struct ikl_child *child = ikl_sa_first_child(end->sa); child != NULL;
         child = ikl_sa_next_child(end->sa, child)) {
        ikl_child_heard(child, now_of(end) + draw(end->host->world, 3));
    }
}

static void add_child(struct end *end)
{
    uint32_t spi = (uint32_t)(1 + draw(end->host->world, 7));
    struct ikl_child_config config = {
        .size = sizeof(config), .protocol = IKL_PROTOCOL_ESP, .spi_in = spi, .spi_out = spi};

    if (ikl_sa_add_child(end->sa, &config, NULL) == IKL_OK) {
        laws_children_up(&end->host->law, 1);
    }
}

static void cancel(struct host *host)
{
    struct world *world = host->world;
    struct request *request =
        world->laws->n_requests != 0 ? &world->requests[draw(world, world->laws->n_requests)] : NULL;

    if (request != NULL && request->host == host && request->handle != NULL && request->end->sa != NULL) {
        /* a queued one may have moved to the IKE SA that replaced its own: then nothing happens */
        ikl_sa_cancel(request->end->sa, request->handle, ikl_sim_host_now(host->sim_host));
    }
}

/* At the endpoint's latest time, which must not depend on when it was last given one: a datagram of no octets tells it,
 * but inside a callback, where it knows. */
static void free_sa(struct end *end)
{
    struct ikl_sa *sa = end->sa;

    CHECK(end->host->world, ikl_endpoint_receive(ikl_sim_host_endpoint(end->host->sim_host), ikl_sa_path(sa),
                                                 (const uint8_t *)"", 0, now_of(end)) != IKL_OK);
    end->sa = NULL; /* its callbacks know it by its user */
    ikl_sa_free(sa);
}

/* What a host may do at any time. */
static void act_on(struct end *end)
{
    struct world *world = end->host->world;
    struct ikl_sa *sa = end->sa;

    switch (draw(world, 16)) {
    case 0:
        (void)!ikl_sa_probe(sa, now_of(end));
        break;
    case 1:
        delete_children(end);
        break;
    case 2:
        add_child(end);
        break;
    case 3:
        hear_children(end);
        break;
    case 4:
        ikl_sa_sent_esp(sa, now_of(end));
        break;
    case 5:
        (void)ikl_sa_hint(sa, chance(world, 50) ? IKL_HINT_ICMP : IKL_HINT_TOO_LONG, now_of(end));
        break;
    case 6:
        cancel(end->host);
        break;
    case 7:
        if (chance(world, 20)) {
            (void)!ikl_sa_delete(sa, (uint32_t)draw(world, 20000), now_of(end));
        }
        break;
    case 8:
        if (chance(world, 10)) {
            ikl_sa_close(sa, now_of(end));
        }
        break;
    case 9:
        if (chance(world, 10)) {
            free_sa(end);
        }
        break;
    default:
        make_request(end, draw(world, 10) != 0 ? draw(world, 200) : draw(world, 2500));
        break;
    }
}

void act_in_callback(struct host *host)
{
    struct world *world = host->world;
    struct end *end;

    if (!world->interferes || world->ended || !chance(world, 3)) {
        return;
    }
    CHECK(world, ikl_endpoint_advance(ikl_sim_host_endpoint(host->sim_host), 0) == IKL_ERR_REENTRANT);
    end = pick_end(world);
    if (end != NULL && end->host == host) {
        world->acting = true;
        act_on(end);
    }
}

/* Both ends agree on a new IKE SA in place of this one (RFC 7296 §2.18). */
static void rekey(struct world *world)
{
    struct end *end = pick_end(world);
    struct end *by = &world->ends[world->n_ends];

    if (end == NULL || end->peer->sa == NULL || !add_ike_sa(world)) {
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        struct end *old = end->host == by[i].host ? end : end->peer;

        if (old->host == by[i].host) {
            world->rekeys +=
                ikl_sa_replace(old->sa, by[i].sa, old == end, (uint32_t)draw(world, 20000), now_of(old)) == IKL_OK;
        }
    }
}

/* What befalls a host. */

static void befall_host(struct world *world)
{
    struct host *host = &world->hosts[draw(world, world->n_hosts)];
    ikl_time now = ikl_sim_now(world->sim);

    switch (draw(world, 5)) {
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
    default:
        if (chance(world, 10)) {
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
    } else if (chance(world, 70)) {
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
    (void)add_ike_sa(world);
    host->memory.fail_at = 0;
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
            act_on(end);
        }
    } else if (what < 70) {
        attack(world);
    } else if (what < 80) {
        befall_link(world);
    } else if (what < 88) {
        befall_host(world);
    } else if (what < 92) {
        rekey(world);
    } else if (what < 95) {
        set_up_without_memory(world);
    } else {
        (void)add_ike_sa(world);
    }
}
