/* SPDX-License-Identifier: ISC */
/* A host of a random world that has two endpoints: the one of the test kit's making, and a second. IKE SAs move between
 * them, and all laws hold. See random.h. */
#include "random.h"

#include "sim/inside.h"

static struct ikl_endpoint *first_of(const struct host *host)
{
    return ikl_sim_host_endpoint(host->sim_host);
}

/* By the SPIs, as a host does that has many. */
struct ikl_endpoint *host_endpoint_for(const struct host *host, const struct ikl_path *path, struct ikl_octets datagram)
{
    return act_endpoint_for(first_of(host), host->second, laws_without_marker(datagram, path->encapsulated));
}

/* What neither knows may be the Delete of an IKE SA that was on the second one. */
static int on_receive(void *user, const struct ikl_path *path, const uint8_t *datagram, size_t len, ikl_time now)
{
    const struct host *host = user;
    struct ikl_endpoint *endpoint = host_endpoint_for(host, path, (struct ikl_octets){datagram, len});
    int result = ikl_endpoint_receive(endpoint, path, datagram, len, now);

    if (result == IKL_ERR_UNKNOWN_SPI && host->second != NULL && endpoint != host->second) {
        result = ikl_endpoint_receive(host->second, path, datagram, len, now);
    }
    return result;
}

static int on_advance(void *user, ikl_time now)
{
    const struct host *host = user;
    int result = ikl_endpoint_advance(first_of(host), now);

    return host->second != NULL ? ikl_endpoint_advance(host->second, now) : result;
}

static ikl_time on_next_deadline(void *user)
{
    const struct host *host = user;
    ikl_time first = ikl_endpoint_next_deadline(first_of(host));

    return host->second != NULL ? ikl_time_earlier(first, ikl_endpoint_next_deadline(host->second)) : first;
}

void host_handling(struct ikl_sim_host_config *config)
{
    config->receive = on_receive;
    config->advance = on_advance;
    config->next_deadline = on_next_deadline;
}

/* As the test kit makes the first one, so that what it calls back is recorded too. */
struct ikl_endpoint *second_endpoint(struct host *host)
{
    struct ikl_endpoint *first = host->sim_host->endpoint;

    if (host->second == NULL) {
        CHECK(host->world, ikl_sim_make_endpoint(host->sim_host) == IKL_OK);
        host->second = host->sim_host->endpoint;
        host->sim_host->endpoint = first;
    }
    return host->second;
}

bool migrate(struct end *end, struct ikl_endpoint *to)
{
    struct host *host = end->host;
    struct ikl_sa *sa;
    int result;

    if (ikl_sa_endpoint(end->sa) == to) {
        return true;
    }
    result = ikl_sa_migrate(end->sa, to, ikl_sim_host_now(host->sim_host), &sa);
    CHECK(host->world, result == IKL_OK || result == IKL_ERR_STATE || result == IKL_ERR_BUSY ||
                           result == IKL_ERR_NO_BUFFER || (result == IKL_ERR_NO_MEMORY && host->memory.fail_at != 0));
    if (result == IKL_OK) {
        end->sa = sa;
        act_migrated(host->world->laws, host->world->asked, &end->sa);
        host->world->counts[COUNT_MIGRATIONS]++;
    }
    return result == IKL_OK;
}

/* Now and then memory runs out meanwhile. */
void migrate_somebody(struct world *world)
{
    struct end *end = world->n_ends != 0 ? &world->ends[test_random_below(&world->moves, world->n_ends)] : NULL;
    struct host *host = end != NULL ? end->host : NULL;

    if (end == NULL || end->sa == NULL || first_of(host) == NULL) {
        return;
    }
    (void)second_endpoint(host);
    if (test_random_below(&world->moves, 4) == 0) {
        test_allocator_fail(&host->memory, 1 + (size_t)test_random_below(&world->moves, 5));
    }
    (void)migrate(end, ikl_sa_endpoint(end->sa) == host->second ? first_of(host) : host->second);
    host->memory.fail_at = 0;
}

bool come_home(struct host *host)
{
    struct world *world = host->world;
    bool all = true;

    for (size_t i = 0; i < world->n_ends && first_of(host) != NULL; i++) {
        struct end *end = &world->ends[i];

        if (end->host == host && end->sa != NULL && ikl_sa_state(end->sa) != IKL_SA_DEAD) {
            all = migrate(end, first_of(host)) && all;
        }
    }
    return all;
}

void end_second_endpoint(struct host *host)
{
    CHECK(host->world, ikl_endpoint_free(host->second) == IKL_OK);
    host->second = NULL;
}
