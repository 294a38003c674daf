/* SPDX-License-Identifier: ISC */
/* ikelive sim: the lines of a script that make something: hosts, links and IKE SAs, with their options. */
#include "play.h"

#include <stddef.h>
#include <string.h>

enum { SUITE_SIZE = 64, FIRST_OUTSIDE_PORT = 40000 };

/* Options of weather, whose members are in a struct at `base`. */
#define WEATHER_OPTIONS(base)                                                                                          \
    {"loss", IKL_SIM_WORD_CHANCE, (base) + offsetof(struct ikl_sim_weather, loss)},                                    \
        {"duplication", IKL_SIM_WORD_CHANCE, (base) + offsetof(struct ikl_sim_weather, duplication)},                  \
        {"reordering", IKL_SIM_WORD_CHANCE, (base) + offsetof(struct ikl_sim_weather, reordering)},                    \
        {"corruption", IKL_SIM_WORD_CHANCE, (base) + offsetof(struct ikl_sim_weather, corruption)},                    \
        {"delay", IKL_SIM_WORD_SECONDS, (base) + offsetof(struct ikl_sim_weather, delay)},                             \
        {"jitter", IKL_SIM_WORD_SECONDS, (base) + offsetof(struct ikl_sim_weather, jitter)},                           \
        {"hold", IKL_SIM_WORD_SECONDS, (base) + offsetof(struct ikl_sim_weather, hold)},                               \
    {                                                                                                                  \
        "mtu", IKL_SIM_WORD_SHORT, (base) + offsetof(struct ikl_sim_weather, mtu)                                      \
    }

static const struct ikl_sim_option weather_options[] = {WEATHER_OPTIONS(0)};

struct host_words {
    struct ikl_sim_manners manners;
    uint32_t clock;
    bool tokens;
};

enum { MANNERS = 3 }; /* of the options; they come first */

static const struct ikl_sim_option host_options[] = {
    {"tick", IKL_SIM_WORD_SECONDS, offsetof(struct host_words, manners.tick)},
    {"late", IKL_SIM_WORD_SECONDS, offsetof(struct host_words, manners.late)},
    {"send-failure", IKL_SIM_WORD_CHANCE, offsetof(struct host_words, manners.send_failure)},
    {"clock", IKL_SIM_WORD_SECONDS, offsetof(struct host_words, clock)},
    {"tokens", IKL_SIM_WORD_FLAG, offsetof(struct host_words, tokens)},
};

const char *ikl_sim_line_host(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    struct ikl_sim_host_config config = {.size = sizeof(config)};
    struct host_words options = {.clock = 0};
    struct ikl_sim_host *host;
    const char *wrong;

    if (n == 0) {
        return "no name";
    }
    wrong = ikl_sim_read_options(host_options, IKL_SIM_COUNT(host_options), words + 1, n - 1, &options);
    if (wrong == NULL) {
        config.name = words[0];
        config.manners = options.manners;
        config.clock = options.clock;
        config.tokens = options.tokens;
        if (play->sim->play.host != NULL) {
            play->sim->play.host(play->sim->play.user, &config);
        }
        play->result = ikl_sim_add_host(play->sim, &config, &host);
    }
    return wrong;
}

const char *ikl_sim_line_manners(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    struct host_words options = {.clock = 0};
    const char *wrong = ikl_sim_read_options(host_options, MANNERS, words, n, &options);

    if (wrong == NULL) {
        ikl_sim_set_manners_at(play->a, play->at, &options.manners);
    }
    return wrong;
}

struct link_words {
    struct ikl_sim_link_config config;
    const char *fates;
};

static const struct ikl_sim_option link_options[] = {
    WEATHER_OPTIONS(offsetof(struct link_words, config.weather)),
    {"encapsulated", IKL_SIM_WORD_FLAG, offsetof(struct link_words, config.encapsulated)},
    {"path-mtu", IKL_SIM_WORD_SHORT, offsetof(struct link_words, config.path_mtu)},
    {"fates", IKL_SIM_WORD_TEXT, offsetof(struct link_words, fates)},
    {"stream", IKL_SIM_WORD_FLAG, offsetof(struct link_words, config.stream)},
    {"reconnect", IKL_SIM_WORD_SECONDS, offsetof(struct link_words, config.reconnect)},
};

const char *ikl_sim_line_link(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    struct link_words options = {.config = {.size = sizeof(options.config)}};
    const char *wrong = ikl_sim_read_options(link_options, IKL_SIM_COUNT(link_options), words, n, &options);
    struct ikl_sim_link *link;

    if (wrong != NULL) {
        return wrong;
    }
    play->result = ikl_sim_add_link(play->a, play->b, &options.config, &link);
    if (play->result == IKL_OK && options.fates != NULL) {
        ikl_sim_set_fates(link, NULL, options.fates);
    }
    return NULL;
}

const char *ikl_sim_line_nat(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    static const struct ikl_sim_option options[] = {{"lifetime", IKL_SIM_WORD_SECONDS, 0}};
    uint32_t link = play->link->number + 1, lifetime = 0;
    struct ikl_address outside = {.ip = {203, 0, (uint8_t)(link >> 8), (uint8_t)link},
                                  .port = (uint16_t)(FIRST_OUTSIDE_PORT + ikl_sim_end_of(play->link, play->a)),
                                  .family = 4};
    const char *wrong = ikl_sim_read_options(options, IKL_SIM_COUNT(options), words, n, &lifetime);

    if (wrong == NULL) {
        ikl_sim_set_nat(play->link, play->a, &outside, lifetime);
    }
    return wrong;
}

/* The schedules that scripts state in numbers live as long as the world. */
struct ikl_sim_schedule {
    struct ikl_sim_schedule *next;
    struct ikl_schedule schedule;
};

void ikl_sim_clear_schedules(struct ikl_sim *sim)
{
    while (sim->first_schedule != NULL) {
        struct ikl_sim_schedule *schedule = sim->first_schedule;

        sim->first_schedule = schedule->next;
        ikl_sim_release(sim, schedule, sizeof(*schedule));
    }
}

static const char *read_schedule(struct ikl_sim *sim, const char *word, const struct ikl_schedule **out)
{
    struct ikl_sim_schedule *made;
    struct ikl_schedule parsed;

    *out = ikl_schedule_by_name(word);
    if (*out != NULL) {
        return NULL;
    }
    if (ikl_schedule_parse(&parsed, word) != IKL_OK) {
        return "a schedule that is neither a name nor a list of seconds";
    }
    made = ikl_sim_allocate(sim, sizeof(*made));
    if (made != NULL) {
        made->schedule = parsed;
        made->next = sim->first_schedule;
        sim->first_schedule = made;
        *out = &made->schedule;
    }
    return NULL;
}

static const char *read_liveness(const char *word, enum ikl_liveness_policy *out)
{
    static const char *const names[] = {"periodic", "on-demand", "off"};

    for (size_t i = 0; i < IKL_SIM_COUNT(names); i++) {
        if (strcmp(word, names[i]) == 0) {
            *out = (enum ikl_liveness_policy)i;
            return NULL;
        }
    }
    return "a liveness policy that is none";
}

/* An IKE SA that will be established. */
struct sa_job {
    struct ikl_sim_job job;
    struct ikl_sim_link *link;
    struct ikl_sim_sa_config config;
    char suite[SUITE_SIZE];
};

static void establish(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct sa_job *sa_job = (struct sa_job *)job;
    struct ikl_sa *sas[2];
    int result = ikl_sim_add_sa(sa_job->link, &sa_job->config, &sas[0], &sas[1]);

    if (result != IKL_OK) {
        ikl_sim_fail(sim, result);
        return;
    }
    for (int i = 0; i < 2 && sim->play.established != NULL; i++) {
        sim->play.established(sim->play.user, sa_job->link->ends[i].host, sas[i], &sa_job->config);
    }
}

struct sa_words {
    const char *suite, *schedule, *liveness, *monitor;
    uint32_t children, idle, window;
    bool fragmentation, trim, round_trip_sends, syncs, connecting;
};

static const struct ikl_sim_option sa_options[] = {
    {"suite", IKL_SIM_WORD_TEXT, offsetof(struct sa_words, suite)},
    {"children", IKL_SIM_WORD_NUMBER, offsetof(struct sa_words, children)},
    {"schedule", IKL_SIM_WORD_TEXT, offsetof(struct sa_words, schedule)},
    {"idle", IKL_SIM_WORD_SECONDS, offsetof(struct sa_words, idle)},
    {"liveness", IKL_SIM_WORD_TEXT, offsetof(struct sa_words, liveness)},
    {"window", IKL_SIM_WORD_NUMBER, offsetof(struct sa_words, window)},
    {"fragmentation", IKL_SIM_WORD_FLAG, offsetof(struct sa_words, fragmentation)},
    {"monitor", IKL_SIM_WORD_TEXT, offsetof(struct sa_words, monitor)},
    {"trim", IKL_SIM_WORD_FLAG, offsetof(struct sa_words, trim)},
    {"round-trip-sends", IKL_SIM_WORD_FLAG, offsetof(struct sa_words, round_trip_sends)},
    {"syncs", IKL_SIM_WORD_FLAG, offsetof(struct sa_words, syncs)},
    {"connecting", IKL_SIM_WORD_FLAG, offsetof(struct sa_words, connecting)},
};

/* What the words mean, but for the suite. */
static const char *take_sa_words(struct ikl_sim *sim, const struct sa_words *words, struct ikl_sim_sa_config *config)
{
    const char *wrong = read_liveness(words->liveness, &config->liveness);

    if (wrong == NULL && words->schedule != NULL) {
        wrong = read_schedule(sim, words->schedule, &config->schedule);
    }
    if (words->monitor != NULL) {
        config->monitor = ikl_sim_find_monitor(sim, words->monitor);
        wrong = wrong == NULL && config->monitor == NULL ? "a monitor that there is not" : wrong;
    }
    config->n_children = words->children;
    config->idle = words->idle;
    config->window = words->window;
    config->fragmentation = words->fragmentation;
    config->trim = words->trim;
    config->round_trip_sends = words->round_trip_sends;
    config->syncs = words->syncs;
    config->connecting = words->connecting;
    return wrong == NULL && strlen(words->suite) >= SUITE_SIZE ? "a suite that is none" : wrong;
}

const char *ikl_sim_line_sa(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    struct sa_words options = {.suite = "chacha20poly1305-prfsha256", .liveness = "periodic"};
    struct ikl_sim_sa_config config = {.size = sizeof(config)};
    const char *wrong = ikl_sim_read_options(sa_options, IKL_SIM_COUNT(sa_options), words, n, &options);
    struct sa_job *job;

    if (wrong == NULL) {
        wrong = take_sa_words(play->sim, &options, &config);
    }
    job = wrong == NULL ? ikl_sim_new_job(play->sim, sizeof(*job), establish) : NULL;
    if (job != NULL) {
        memcpy(job->suite, options.suite, strlen(options.suite));
        config.suite = job->suite;
        job->link = play->link;
        job->config = config;
        ikl_sim_queue_job(play->sim, &job->job, play->at);
    }
    return wrong;
}

static const char *set_weather(struct ikl_sim_playing *play, const struct ikl_sim_host *from, const char *const *words,
                               size_t n)
{
    struct ikl_sim_weather weather = {.delay = 0};
    const char *wrong = ikl_sim_read_options(weather_options, IKL_SIM_COUNT(weather_options), words, n, &weather);

    if (wrong == NULL) {
        ikl_sim_set_weather_at(play->link, from, play->at, &weather);
    }
    return wrong;
}

const char *ikl_sim_line_weather(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    return set_weather(play, NULL, words, n);
}

const char *ikl_sim_line_weather_one_way(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    return set_weather(play, play->a, words, n);
}

/* A number with three decimals, in thousandths. */
static bool read_thousandths(const char *word, uint32_t *out)
{
    uint64_t number;

    if (!ikl_sim_read_seconds(word, UINT32_MAX, &number)) {
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

/* Reads the kind that begins with `words`. How many words that are; 0 when it is none. */
static size_t read_outage_kind(const char *const *words, size_t n, struct ikl_sim_outage_kind *out)
{
    static const char *const names[] = {"exponential", "log-normal", "pareto"};
    size_t spread = 0, at = 1;
    uint64_t a_year;

    while (spread < IKL_SIM_COUNT(names) && strcmp(words[0], names[spread]) != 0) {
        spread++;
    }
    if (spread == IKL_SIM_COUNT(names) || n < (spread == IKL_SIM_EXPONENTIAL ? 3u : 4u)) {
        return 0;
    }
    *out = (struct ikl_sim_outage_kind){.spread = (enum ikl_sim_spread)spread};
    if (!read_thousandths(words[at++], &out->mean) ||
        (spread != IKL_SIM_EXPONENTIAL && !read_thousandths(words[at++], &out->shape)) ||
        !ikl_sim_read_number(words[at++], UINT32_MAX, &a_year)) {
        return 0;
    }
    out->a_year = (uint32_t)a_year;
    return at;
}

const char *ikl_sim_line_outages(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    struct ikl_sim_outages outages = {.size = sizeof(outages)};

    for (size_t i = 0, taken; i < n; i += taken) {
        if (strcmp(words[i], "holding") == 0) {
            outages.holding = true;
            taken = 1;
            continue;
        }
        if (outages.n == IKL_SIM_OUTAGE_KINDS) {
            return "more kinds of outages than a link can have";
        }
        taken = read_outage_kind(words + i, n - i, &outages.kinds[outages.n++]);
        if (taken == 0) {
            return "outages of no kind";
        }
    }
    play->result = ikl_sim_set_outages_at(play->link, play->at, &outages);
    return play->result == IKL_ERR_INVALID ? "outages that cannot be" : NULL;
}
