/* SPDX-License-Identifier: ISC */
/* Links of a random world that are connections, as those of TCP. They break between two messages or after any octet of
 * one, and are opened again. See random.h. */
#include "random.h"

#include <string.h>

enum { MOST_WAIT = 20000, MOST_OCTETS = 1500 };

static uint32_t draw_for_streams(struct world *world, uint32_t n)
{
    return (uint32_t)test_random_below(&world->streams, n);
}

void draw_streams(struct world *world)
{
    world->has_streams = draw_kind(world, KIND_STREAMS, &world->streams);
}

void draw_stream(struct world *world, struct ikl_sim_link_config *config)
{
    if (world->has_streams) {
        config->stream = draw_for_streams(world, 2) != 0;
        config->reconnect = 1 + draw_for_streams(world, draw_for_streams(world, 2) != 0 ? 100 : MOST_WAIT);
    }
}

/* This end's path was the connection before, from another port. */
static bool is_along(const struct end *end, const struct ikl_path *path)
{
    const struct ikl_path *own = ikl_sa_path(end->sa);

    return own->reliable && memcmp(own->remote.ip, path->remote.ip, sizeof(path->remote.ip)) == 0;
}

/* The host may have IKE SAs on either endpoint, and some that the test kit has not made. */
static void reconnected(void *user, struct ikl_sim_host *sim_host, const struct ikl_path *path, ikl_time now)
{
    struct host *host = user;

    (void)sim_host;
    for (size_t i = 0; i < host->world->n_ends; i++) {
        struct end *end = &host->world->ends[i];

        if (end->host == host && end->sa != NULL && ikl_sa_state(end->sa) != IKL_SA_DEAD && is_along(end, path)) {
            CHECK(host->world, ikl_sa_reconnected(end->sa, path, now) == IKL_OK);
        }
    }
}

void reconnecting(struct ikl_sim_host_config *config)
{
    config->reconnected = reconnected;
}

void befall_streams(struct world *world)
{
    struct ikl_sim_link *link = world->links[draw_for_streams(world, (uint32_t)world->n_links)];
    struct host *host = &world->hosts[draw_for_streams(world, (uint32_t)world->n_hosts)];
    ikl_time now = ikl_sim_now(world->sim);

    switch (draw_for_streams(world, 8)) {
    case 0:
        ikl_sim_break_at(link, now);
        break;
    case 1:
    case 2: /* in the middle of what comes next; nothing, where the host is no end of the link */
        ikl_sim_break_after_at(link, host->sim_host, now, draw_for_streams(world, MOST_OCTETS));
        break;
    default:
        break;
    }
}
