/* SPDX-License-Identifier: ISC */
/* ikelive sim: links: making, finding and cutting them, and their weather. */
#include "inside.h"
#include "sized.h"

#include <string.h>

enum { PORT = 500, PORT_ENCAPSULATED = 4500 };

static struct ikl_address address_for(const struct ikl_sim_host *host, const struct ikl_address *stated,
                                      bool encapsulated)
{
    struct ikl_address address = stated->family != 0 ? *stated : host->address;

    if (address.port == 0) {
        address.port = encapsulated ? PORT_ENCAPSULATED : PORT;
    }
    return address;
}

static void fill_end(struct ikl_sim_end *end, struct ikl_sim_host *host, const struct ikl_sim_link_config *config,
                     const struct ikl_address *stated, uint64_t stream)
{
    end->host = host;
    end->address = address_for(host, stated, config->encapsulated);
    end->weather = config->weather;
    end->chance = ikl_sim_stream(host->sim->seed, IKL_SIM_FOR_LINK, stream);
}

static bool is_taken(const struct ikl_sim_link *new_one)
{
    const struct ikl_sim_end *ends = new_one->ends;
    struct ikl_path path = {.local = ends[0].address, .remote = ends[1].address};
    int end;

    return ikl_sim_route(ends[0].host, &path, &end) != NULL;
}

static struct ikl_sim_link **end_of_list(struct ikl_sim *sim)
{
    struct ikl_sim_link **link = &sim->first_link;

    while (*link != NULL) {
        link = &(*link)->next;
    }
    return link;
}

int ikl_sim_add_link(struct ikl_sim_host *a, struct ikl_sim_host *b, const struct ikl_sim_link_config *config,
                     struct ikl_sim_link **out)
{
    static const struct ikl_sim_link_config defaults = {.size = sizeof(defaults)};
    struct ikl_sim_link_config taken;
    struct ikl_sim *sim = a->sim;
    struct ikl_sim_link *link;

    if (!ikl_sized_take(&taken, sizeof(taken), config != NULL ? config : &defaults,
                        IKL_END_OF(struct ikl_sim_link_config, weather)) ||
        a == b || b->sim != sim) {
        return IKL_ERR_INVALID;
    }
    taken.encapsulated |= taken.stream;
    config = &taken;
    link = ikl_sim_allocate(sim, sizeof(*link));
    if (link == NULL) {
        return IKL_ERR_NO_MEMORY;
    }
    link->sim = sim;
    link->number = sim->n_links;
    link->encapsulated = config->encapsulated;
    link->path_mtu = config->path_mtu;
    link->habit.chance = ikl_sim_stream(sim->seed, IKL_SIM_FOR_OUTAGES, link->number);
    fill_end(&link->ends[0], a, config, &config->address_a, 2 * (uint64_t)link->number);
    fill_end(&link->ends[1], b, config, &config->address_b, 2 * (uint64_t)link->number + 1);
    if (is_taken(link)) {
        ikl_sim_release(sim, link, sizeof(*link));
        return IKL_ERR_BUSY;
    }
    if (config->stream && ikl_sim_connect(link, config->reconnect) != IKL_OK) {
        ikl_sim_release(sim, link, sizeof(*link));
        return IKL_ERR_NO_MEMORY;
    }
    *end_of_list(sim) = link;
    sim->n_links++;
    *out = link;
    return IKL_OK;
}

static void clear_fates(struct ikl_sim *sim, struct ikl_sim_fates *fates)
{
    ikl_sim_release(sim, fates->letters, fates->n);
    *fates = (struct ikl_sim_fates){.letters = NULL};
}

void ikl_sim_clear_links(struct ikl_sim *sim)
{
    while (sim->first_link != NULL) {
        struct ikl_sim_link *link = sim->first_link;

        sim->first_link = link->next;
        clear_fates(sim, &link->fates);
        clear_fates(sim, &link->ends[0].fates);
        clear_fates(sim, &link->ends[1].fates);
        ikl_sim_clear_connection(link);
        ikl_sim_release(sim, link, sizeof(*link));
    }
}

struct ikl_sim_link *ikl_sim_find_link(const struct ikl_sim_host *a, const struct ikl_sim_host *b)
{
    struct ikl_sim_link *link = a->sim->first_link;

    while (link != NULL && (a == b || ikl_sim_end_of(link, a) < 0 || ikl_sim_end_of(link, b) < 0)) {
        link = link->next;
    }
    return link;
}

void ikl_sim_set_fates(struct ikl_sim_link *link, const struct ikl_sim_host *from, const char *letters)
{
    int end = from != NULL ? ikl_sim_end_of(link, from) : 0;
    struct ikl_sim_fates *fates = from != NULL ? &link->ends[end < 0 ? 0 : end].fates : &link->fates;
    size_t len = strlen(letters);

    if (end < 0) {
        return;
    }
    clear_fates(link->sim, fates);
    if (len != 0) {
        fates->letters = ikl_sim_allocate(link->sim, len);
    }
    if (fates->letters != NULL) {
        memcpy(fates->letters, letters, len);
        fates->n = len;
    }
}

size_t ikl_sim_fates_used(const struct ikl_sim_link *link)
{
    return link->fates.used;
}

/* What will happen to one or both ends of a link. */
struct change {
    struct ikl_sim_job job;
    struct ikl_sim_link *link;
    int end; /* -1: both */
    struct ikl_sim_weather weather;
};

static struct change *change_of(struct ikl_sim_link *link, const struct ikl_sim_host *from,
                                void (*run)(struct ikl_sim *sim, struct ikl_sim_job *job))
{
    struct change *change = ikl_sim_new_job(link->sim, sizeof(*change), run);

    if (change != NULL) {
        change->link = link;
        change->end = from != NULL ? ikl_sim_end_of(link, from) : -1;
    }
    return change;
}

static void record(const struct change *change, enum ikl_sim_event event)
{
    struct ikl_sim_host *host = change->end >= 0 ? change->link->ends[change->end].host : NULL;
    struct ikl_sim_record record = ikl_sim_host_record(host, event);

    record.link = change->link;
    ikl_sim_note_record(change->link->sim, &record, NULL);
}

static bool concerns(const struct change *change, int end)
{
    return change->end < 0 || change->end == end;
}

static void run_cut(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct change *change = (struct change *)job;

    (void)sim;
    record(change, IKL_SIM_CUT);
    for (int end = 0; end < 2; end++) {
        change->link->ends[end].cut = change->link->ends[end].cut || concerns(change, end);
    }
}

static void run_restore(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct change *change = (struct change *)job;

    (void)sim;
    record(change, IKL_SIM_RESTORED);
    change->link->ends[0].cut = false;
    change->link->ends[1].cut = false;
}

static void run_weather(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct change *change = (struct change *)job;

    (void)sim;
    record(change, IKL_SIM_WEATHER);
    for (int end = 0; end < 2; end++) {
        if (concerns(change, end)) {
            change->link->ends[end].weather = change->weather;
        }
    }
}

static void queue(struct change *change, ikl_time at)
{
    if (change != NULL) {
        ikl_sim_queue_job(change->link->sim, &change->job, at);
    }
}

void ikl_sim_cut_at(struct ikl_sim_link *link, ikl_time at)
{
    queue(change_of(link, NULL, run_cut), at);
}

void ikl_sim_cut_one_way_at(struct ikl_sim_link *link, const struct ikl_sim_host *from, ikl_time at)
{
    if (ikl_sim_end_of(link, from) >= 0) {
        queue(change_of(link, from, run_cut), at);
    }
}

void ikl_sim_restore_at(struct ikl_sim_link *link, ikl_time at)
{
    queue(change_of(link, NULL, run_restore), at);
}

void ikl_sim_set_weather_at(struct ikl_sim_link *link, const struct ikl_sim_host *from, ikl_time at,
                            const struct ikl_sim_weather *weather)
{
    struct change *change = change_of(link, from, run_weather);

    if (change != NULL) {
        change->weather = *weather;
        queue(change, at);
    }
}
