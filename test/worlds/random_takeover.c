/* SPDX-License-Identifier: ISC */
/* Clusters in a random world: another member takes the IKE SAs of a host over, with Message IDs as they were a while
 * ago. See random.h and <ikelive/sync.h>. */
#include "random.h"

#include <string.h>

enum { MOST_BEHIND = 6 };

static uint32_t draw_takeover(struct world *world, uint32_t n)
{
    return (uint32_t)test_random_below(&world->takeovers, n);
}

/* Who takes over counts initialisation vectors as the epochs of a store do: a world has one of both. */
void draw_takeovers(struct world *world)
{
    world->has_takeovers = draw_kind(world, KIND_TAKEOVERS, &world->takeovers) && !world->has_stores;
}

/* Its requests are lost with it. */
static void lose_end(struct end *end)
{
    struct world *world = end->host->world;

    for (uint32_t i = 0; i < world->laws->n_requests; i++) {
        struct asked *asked = &world->asked[i];

        if (asked->by == &end->host->law && asked->handle != NULL && ikl_sa_find_context(end->sa, asked) != NULL) {
            laws_request_lost(world->laws, i);
            asked->handle = NULL;
        }
    }
    for (const struct ikl_child *child = ikl_sa_first_child(end->sa); child != NULL;
         child = ikl_sa_next_child(end->sa, child)) {
        laws_child_removed(world->laws, &end->host->law);
    }
    end->sa = NULL;
}

void lose_taken_over(struct world *world, const struct ikl_sim_host *sim_host)
{
    world->acting = true;
    for (size_t i = 0; i < world->n_ends; i++) {
        struct end *end = &world->ends[i];

        if (end->host->sim_host == sim_host && end->sa != NULL && end->syncs &&
            ikl_sa_endpoint(end->sa) == ikl_sim_host_endpoint(sim_host) &&
            ikl_sa_state(end->sa) == IKL_SA_ESTABLISHED) {
            lose_end(end);
        }
    }
}

bool make_anew(struct world *world, const struct ikl_sim_host *sim_host, struct ikl_sa_config *config)
{
    struct end *end = find_end(world, sim_host, config->spi_i, config->spi_r);

    if (end == NULL) {
        return false;
    }
    config->user = end;
    config->roaming = true;
    config->path_group = end->group;
    config->trim = end->law.trim;
    config->round_trip_sends = end->law.round_trip_sends;
    end->law = (struct laws_end){.host = &end->host->law,
                                 .schedule = config->schedule,
                                 .idle = config->idle,
                                 .liveness = config->liveness,
                                 .reliable = config->path.reliable,
                                 .trim = config->trim,
                                 .round_trip_sends = config->round_trip_sends,
                                 .requests_taken = end->law.requests_taken};
    end->before = world->last_datagram;
    laws_syncs(world->laws, &end->law);
    return true;
}

static void took_over(void *user, struct ikl_sim_host *sim_host, struct ikl_sa *sa, ikl_time now)
{
    struct host *host = user;
    struct end *end = ikl_sa_user(sa);

    (void)sim_host;
    (void)now;
    end->sa = sa;
    for (const struct ikl_child *child = ikl_sa_first_child(sa); child != NULL; child = ikl_sa_next_child(sa, child)) {
        laws_children_up(&host->law, 1);
    }
    host->world->counts[COUNT_TAKEOVERS]++;
}

void taking_over(struct ikl_sim_host_config *config)
{
    config->took_over = took_over;
}

void check_refused(struct world *world, const struct ikl_sim_record *record)
{
    struct ikl_octets message = laws_without_marker(record->octets, record->about.path.encapsulated);
    struct ikl_header header;
    const struct end *end;

    if (record->link == NULL || record->result != IKL_ERR_STALE || is_corrupted(world, record->datagram) ||
        ikl_header_read(&header, message.data, message.len) != IKL_OK || header.message_id != 0 ||
        (header.flags & IKL_FLAG_RESPONSE) != 0) {
        return;
    }
    end = find_end(world, record->host, header.spi_i, header.spi_r);
    laws_hold(world->laws, end == NULL || !end->peer->law.syncing || record->datagram <= end->peer->before,
              "who takes over was taken for one who did so before");
}

void befall_takeovers(struct world *world)
{
    struct host *host = &world->hosts[draw_takeover(world, (uint32_t)world->n_hosts)];

    for (size_t i = 0; i < world->n_ends; i++) {
        for (uint32_t n = draw_takeover(world, 6); n > 3 && world->ends[i].sa != NULL; n--) {
            ask(&world->ends[i]); /* so that there is what the other member does not know of */
        }
    }
    if (draw_takeover(world, 20) == 0) {
        ikl_sim_take_over_at(host->sim_host, ikl_sim_now(world->sim), draw_takeover(world, MOST_BEHIND));
    }
}
