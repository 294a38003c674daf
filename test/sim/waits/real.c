/* SPDX-License-Identifier: ISC */
/* A path lived twice. See real.h. */
#include "real.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list of octets that grows. */
struct octets {
    char *at;
    size_t n, room;
};

static void append(struct octets *octets, const void *what, size_t len)
{
    if (octets->n + len > octets->room) {
        octets->room = 2 * octets->room + 4096;
        octets->at = realloc(octets->at, octets->room);
        if (octets->at == NULL) {
            perror("waits");
            exit(EXIT_FAILURE);
        }
    }
    memcpy(octets->at + octets->n, what, len);
    octets->n += len;
}

struct event {
    ikl_time at;
    uint64_t what;
};

/* The life at the depth of the policy: its events, and the fate of each datagram of both ends. */
struct plan {
    struct octets events, fates[2];
};

static void note_event(void *user, enum life_event what, ikl_time at)
{
    struct plan *plan = user;
    struct event event = {at, what};

    append(&plan->events, &event, sizeof(event));
}

static void note_datagram(void *user, int end, bool lost)
{
    struct plan *plan = user;

    append(&plan->fates[end], lost ? "x" : ".", 1);
}

/* The same by real IKE SAs. */
struct real {
    struct plan *plan;
    struct ikl_sim *sim;
    struct ikl_sim_pair pair;
    size_t n_events;
    bool down, agrees;
};

static void compare(struct real *real, enum life_event what, ikl_time at)
{
    size_t n = real->plan->events.n / sizeof(struct event);
    struct event expected = {IKL_NEVER, 0};

    if (real->n_events < n) {
        memcpy(&expected, real->plan->events.at + real->n_events * sizeof(expected), sizeof(expected));
    }
    if (real->agrees && (expected.at != at || expected.what != what)) {
        fprintf(stderr, "waits: event %zu: %d at %" PRIu64 ", expected %d at %" PRIu64 "\n", real->n_events, (int)what,
                at, (int)expected.what, expected.at);
        real->agrees = false;
    }
    real->n_events++;
}

static void observe(void *user, const struct ikl_sim_record *record)
{
    struct real *real = user;

    if (record->host == NULL || record->host != real->pair.a) {
        return;
    }
    if (record->event == IKL_SIM_ATTEMPT) {
        compare(real, LIFE_SENT, record->at);
    } else if (record->event == IKL_SIM_ALIVE) {
        compare(real, LIFE_ANSWERED, record->at);
    } else if (record->event == IKL_SIM_DOWN && record->about.down.reason == IKL_DOWN_TIMEOUT) {
        compare(real, LIFE_DOWN, record->at);
        real->down = true;
    }
}

/* Only the first host checks. */
static void prepare(void *user, struct ikl_sim_host *host, struct ikl_sa_config *config)
{
    struct real *real = user;

    if (host == real->pair.b) {
        config->liveness = IKL_LIVENESS_OFF;
    }
}

static bool establish(struct real *real, const struct ikl_schedule *schedule)
{
    struct ikl_sim_sa_config config = {
        .size = sizeof(config), .schedule = schedule, .idle = LIFE_IDLE, .prepare = prepare, .user = real};

    real->down = false;
    return ikl_sim_add_sa(real->pair.link, &config, &real->pair.sa_a, &real->pair.sa_b) == IKL_OK;
}

static bool make_world(struct real *real, const struct path *path)
{
    struct ikl_sim_config world = {
        .size = sizeof(world), .seed = path->seed, .observe = observe, .user = real, .forget = true};
    struct ikl_sim_link_config link = {.size = sizeof(link), .weather = {.delay = path->delay}};
    struct ikl_sim_pair *pair = &real->pair;

    if (ikl_sim_new(&real->sim, &world) != IKL_OK || ikl_sim_add_host(real->sim, NULL, &pair->a) != IKL_OK ||
        ikl_sim_add_host(real->sim, NULL, &pair->b) != IKL_OK ||
        ikl_sim_add_link(pair->a, pair->b, &link, &pair->link) != IKL_OK) {
        return false;
    }
    for (int end = 0; end < 2; end++) {
        append(&real->plan->fates[end], "", 1);
        ikl_sim_set_fates(pair->link, end == 0 ? pair->a : pair->b, real->plan->fates[end].at);
    }
    return ikl_sim_set_outages_at(pair->link, 0, &path->habit) == IKL_OK;
}

/* When the next IKE SA is made, as in a life. */
static ikl_time setup_time(const struct path *path, ikl_time down)
{
    const struct path_outage *outage = &path->outages[path_next(path, 0, down)];

    return (outage->begin <= down ? outage->end : down) + LIFE_SETUP;
}

static bool live(struct real *real, const struct path *path, const struct ikl_schedule *schedule, ikl_time until)
{
    bool lives = make_world(real, path) && establish(real, schedule);

    while (lives && ikl_sim_now(real->sim) < until) {
        lives = ikl_sim_step(real->sim) == IKL_OK;
        if (lives && real->down) {
            ikl_time again = setup_time(path, ikl_sim_now(real->sim));

            lives = ikl_sim_run_until(real->sim, again) == IKL_OK;
            (void)ikl_sa_free(real->pair.sa_a);
            (void)ikl_sa_free(real->pair.sa_b);
            lives = lives && establish(real, schedule);
        }
    }
    return lives;
}

size_t real_agrees(const struct path *path, const struct ikl_schedule *schedule, uint64_t seed, ikl_time until)
{
    struct plan plan = {.events = {NULL, 0, 0}};
    struct life_listener listener = {note_event, note_datagram, &plan};
    struct real real = {.plan = &plan, .agrees = true};
    struct life life;
    bool lived;

    life_begin(&life, path, schedule, false, seed, &listener);
    life_until(&life, until + IKL_SCHEDULE_MAX_WAIT); /* beyond, so that no fate is missing */
    lived = live(&real, path, schedule, until);
    ikl_sim_free(real.sim);
    free(plan.events.at);
    free(plan.fates[0].at);
    free(plan.fates[1].at);
    return lived && real.agrees ? real.n_events : 0;
}

static void ignore_event(void *user, enum life_event event, ikl_time at)
{
    (void)user;
    (void)event;
    (void)at;
}

static void ignore_datagram(void *user, int end, bool lost)
{
    (void)user;
    (void)end;
    (void)lost;
}

bool real_skips_exactly(const struct path *path, const struct ikl_schedule *schedule, bool talks, uint64_t seed,
                        ikl_time until)
{
    static const struct life_listener listener = {ignore_event, ignore_datagram, NULL};
    struct life whole, life;

    life_begin(&whole, path, schedule, talks, seed, &listener);
    life_begin(&life, path, schedule, talks, seed, NULL);
    life_until(&whole, until);
    life_until(&life, until);
    if (life.downs != whole.downs || life.lived != whole.lived || life.datagrams != whole.datagrams ||
        life.watch.idle.heard != whole.watch.idle.heard) {
        fprintf(stderr, "waits: what is left out makes a difference: %" PRIu32 " verdicts and not %" PRIu32 "\n",
                life.downs, whole.downs);
        return false;
    }
    return true;
}
