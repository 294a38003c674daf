/* SPDX-License-Identifier: ISC */
/* ikelive sim: what is inside the tunnels between two hosts: probes of monitors, their answers, and failures of that
 * alone. */
#include "inside.h"

/* A probe on its way through a tunnel, or its answer on the way back. */
struct echo {
    struct ikl_sim_job job;
    struct ikl_sim_link *link;
    int end; /* the asker's */
    uint64_t spi_i, spi_r;
    uint32_t spi_in;
    uint16_t probe;
    uint8_t protocol;
    bool is_answer;
};

static bool is_open(const struct ikl_sim_end *end)
{
    return !end->cut && !end->tunnels_dead;
}

static void run_echo(struct ikl_sim *sim, struct ikl_sim_job *job);

/* What `echo` says crosses the link, sent from `end`, unless it is lost. */
static void cross(struct ikl_sim *sim, const struct echo *echo, int end)
{
    const struct ikl_sim_end *from = &echo->link->ends[end];
    struct echo *copy = is_open(from) ? ikl_sim_new_job(sim, sizeof(*copy), run_echo) : NULL;
    struct ikl_sim_job job;

    if (copy != NULL) {
        job = copy->job;
        *copy = *echo;
        copy->job = job;
        ikl_sim_queue_arrival(sim, &copy->job, ikl_time_after(sim->now, from->weather.delay));
    }
}

static struct ikl_sa *asker_of(const struct echo *echo)
{
    const struct ikl_sim_host *host = echo->link->ends[echo->end].host;
    const uint64_t spis[] = {echo->spi_i, echo->spi_r};

    for (int i = 0; i < 2 && host->endpoint != NULL; i++) {
        struct ikl_sa *sa = ikl_endpoint_find(host->endpoint, spis[i]);

        if (sa != NULL && ikl_sa_spi_i(sa) == echo->spi_i && ikl_sa_spi_r(sa) == echo->spi_r) {
            return sa;
        }
    }
    return NULL;
}

static void give_answer(const struct echo *echo)
{
    const struct ikl_sim_host *host = echo->link->ends[echo->end].host;
    struct ikl_sa *sa = host->absence == IKL_SIM_PRESENT ? asker_of(echo) : NULL;
    struct ikl_child *child = sa != NULL ? ikl_sa_find_child(sa, echo->protocol, echo->spi_in) : NULL;

    if (child != NULL) {
        (void)ikl_child_monitor_answered(sa, child, echo->probe, 0, ikl_sim_host_now(host));
    }
}

/* At the other end it is answered; back here it is an answer. What is on its way when the tunnel dies is lost. */
static void run_echo(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct echo *echo = (struct echo *)job;
    int from = echo->is_answer ? 1 - echo->end : echo->end;

    if (!is_open(&echo->link->ends[from])) {
        return;
    }
    if (echo->is_answer) {
        give_answer(echo);
    } else if (echo->link->ends[1 - from].host->absence == IKL_SIM_PRESENT) {
        echo->is_answer = true;
        cross(sim, echo, 1 - from);
    }
}

void ikl_sim_echo(const struct ikl_sim_host *host, const struct ikl_sa *sa, const struct ikl_child *child,
                  uint16_t probe)
{
    struct echo echo = {.spi_i = ikl_sa_spi_i(sa),
                        .spi_r = ikl_sa_spi_r(sa),
                        .spi_in = ikl_child_spi_in(child),
                        .probe = probe,
                        .protocol = ikl_child_protocol(child)};

    echo.link = ikl_sim_route(host, ikl_sa_path(sa), &echo.end);
    if (echo.link != NULL) {
        cross(host->sim, &echo, echo.end);
    }
}

/* What will happen to the tunnels. */
struct change {
    struct ikl_sim_job job;
    struct ikl_sim_link *link;
    int end; /* what it sends; -1: both */
    bool dead;
};

static void run_change(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    const struct change *change = (struct change *)job;
    struct ikl_sim_record record = ikl_sim_host_record(change->end >= 0 ? change->link->ends[change->end].host : NULL,
                                                       change->dead ? IKL_SIM_TUNNELS_DEAD : IKL_SIM_TUNNELS_ALIVE);

    record.link = change->link;
    ikl_sim_note_record(sim, &record, NULL);
    for (int end = 0; end < 2; end++) {
        if (change->end < 0 || change->end == end) {
            change->link->ends[end].tunnels_dead = change->dead;
        }
    }
}

static void queue(struct ikl_sim_link *link, int end, ikl_time at, bool dead)
{
    struct change *change = ikl_sim_new_job(link->sim, sizeof(*change), run_change);

    if (change != NULL) {
        change->link = link;
        change->end = end;
        change->dead = dead;
        ikl_sim_queue_job(link->sim, &change->job, at);
    }
}

void ikl_sim_kill_tunnels_at(struct ikl_sim_link *link, ikl_time at)
{
    queue(link, -1, at, true);
}

void ikl_sim_kill_tunnels_one_way_at(struct ikl_sim_link *link, const struct ikl_sim_host *from, ikl_time at)
{
    int end = ikl_sim_end_of(link, from);

    if (end >= 0) {
        queue(link, end, at, true);
    }
}

void ikl_sim_mend_tunnels_at(struct ikl_sim_link *link, ikl_time at)
{
    queue(link, -1, at, false);
}
