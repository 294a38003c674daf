/* SPDX-License-Identifier: ISC */
/* ikelive sim: scripts: what their lines do. */
#include "play.h"
#include "sized.h"

#include <string.h>

static const uint64_t MOST_TIME = UINT64_MAX / 2;

/* How a line may begin. `run` gets the words after the hosts; it returns null, or what is wrong with them. */
struct verb {
    const char *word;
    unsigned n_hosts;
    bool needs_link;
    bool timed; /* may follow "at S" */
    const char *(*run)(struct ikl_sim_playing *play, const char *const *words, size_t n);
};

static const char nothing_more[] = "more words than this line has";

static const char *run_cut(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    (void)words;
    if (n != 0) {
        return nothing_more;
    }
    ikl_sim_cut_at(play->link, play->at);
    return NULL;
}

static const char *run_cut_one_way(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    (void)words;
    if (n != 0) {
        return nothing_more;
    }
    ikl_sim_cut_one_way_at(play->link, play->a, play->at);
    return NULL;
}

static const char *run_restore(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    (void)words;
    if (n != 0) {
        return nothing_more;
    }
    ikl_sim_restore_at(play->link, play->at);
    return NULL;
}

static const char *run_break(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    (void)words;
    if (n != 0) {
        return nothing_more;
    }
    ikl_sim_break_at(play->link, play->at);
    return NULL;
}

static const char *run_break_after(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    uint64_t octets;

    if (n != 1 || !ikl_sim_read_number(words[0], UINT32_MAX, &octets)) {
        return "no number of octets, or more than that";
    }
    ikl_sim_break_after_at(play->link, play->a, play->at, octets);
    return NULL;
}

static const char *run_kill_tunnels(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    (void)words;
    if (n != 0) {
        return nothing_more;
    }
    ikl_sim_kill_tunnels_at(play->link, play->at);
    return NULL;
}

static const char *run_kill_tunnels_one_way(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    (void)words;
    if (n != 0) {
        return nothing_more;
    }
    ikl_sim_kill_tunnels_one_way_at(play->link, play->a, play->at);
    return NULL;
}

static const char *run_mend_tunnels(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    (void)words;
    if (n != 0) {
        return nothing_more;
    }
    ikl_sim_mend_tunnels_at(play->link, play->at);
    return NULL;
}

static const char *run_rebind(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    (void)words;
    if (n != 0) {
        return nothing_more;
    }
    ikl_sim_rebind_at(play->link, play->a, play->at, NULL);
    return NULL;
}

static const char *run_move(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    struct ikl_address address = play->link->ends[ikl_sim_end_of(play->link, play->a)].address;
    uint32_t number = play->sim->n_addresses + 1;

    (void)words;
    if (n != 0) {
        return nothing_more;
    }
    memset(address.ip, 0, sizeof(address.ip));
    memcpy(address.ip, ((uint8_t[]){198, 18, (uint8_t)(number >> 8), (uint8_t)number}), 4);
    address.family = 4;
    play->sim->n_addresses = number;
    ikl_sim_move_at(play->link, play->a, play->at, &address);
    return NULL;
}

static const char *read_only_seconds(const char *const *words, size_t n, uint64_t *out)
{
    if (n != 1) {
        return n == 0 ? "no seconds" : nothing_more;
    }
    return ikl_sim_read_seconds(words[0], MOST_TIME, out) ? NULL : "seconds that are none";
}

static const char *for_so_long(struct ikl_sim_playing *play, const char *const *words, size_t n,
                               void (*how)(struct ikl_sim_host *host, ikl_time at, uint64_t ms))
{
    uint64_t ms;
    const char *wrong = read_only_seconds(words, n, &ms);

    if (wrong == NULL) {
        how(play->a, play->at, ms);
    }
    return wrong;
}

static const char *run_stall(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    return for_so_long(play, words, n, ikl_sim_stall_at);
}

static const char *run_sleep(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    return for_so_long(play, words, n, ikl_sim_sleep_at);
}

static const char *run_reboot(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    return for_so_long(play, words, n, ikl_sim_reboot_at);
}

static const char *run_restart(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    return for_so_long(play, words, n, ikl_sim_restart_at);
}

static const char *run_block_sends(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    return for_so_long(play, words, n, ikl_sim_block_sends_at);
}

static const char *run_fail_sends(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    uint64_t sends;

    if (n != 1 || !ikl_sim_read_number(words[0], UINT32_MAX, &sends)) {
        return "no number of sends, or more than that";
    }
    ikl_sim_fail_sends_at(play->a, play->at, (uint32_t)sends);
    return NULL;
}

static const char *run_takeover(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    uint64_t behind;

    if (n != 1 || !ikl_sim_read_number(words[0], UINT32_MAX, &behind)) {
        return "no number of requests, or more than that";
    }
    ikl_sim_take_over_at(play->a, play->at, (uint32_t)behind);
    return NULL;
}

static const char *run_clock(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    bool back = n != 0 && words[0][0] == '-';
    const char *word = n != 0 ? words[0] + (back ? 1 : 0) : NULL;
    uint64_t ms;
    const char *wrong = read_only_seconds(&word, n, &ms);

    if (wrong == NULL) {
        ikl_sim_set_clock_at(play->a, play->at, back ? -(int64_t)ms : (int64_t)ms);
    }
    return wrong;
}

static const char *run_until(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    uint64_t until;
    const char *wrong = read_only_seconds(words, n, &until);

    if (wrong == NULL) {
        play->result = ikl_sim_run_until(play->sim, until);
    }
    return wrong;
}

/* Words that wait for their time. */
struct words_job {
    struct ikl_sim_job job;
    struct ikl_sim_host *host;
    struct ikl_sim_line line;
    size_t first;
};

static void act(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct words_job *words = (struct words_job *)job;
    int result =
        sim->play.act(sim->play.user, words->host, words->line.words + words->first, words->line.n - words->first);

    if (result != IKL_OK) {
        ikl_sim_fail(sim, result);
    }
}

static void note(struct ikl_sim *sim, struct ikl_sim_job *job)
{
    struct words_job *words = (struct words_job *)job;
    const struct ikl_sim_line *line = &words->line;
    char text[IKL_SIM_LINE_SIZE] = "";
    size_t len = 0;

    for (size_t i = words->first; i < line->n; i++) {
        size_t word_len = strlen(line->words[i]);

        memcpy(text + len, line->words[i], word_len + 1);
        len += word_len;
        text[len] = i + 1 < line->n ? ' ' : '\0';
        len++;
    }
    ikl_sim_note(sim, NULL, text);
}

static void queue_words(struct ikl_sim_playing *play, struct ikl_sim_host *host, const char *const *words,
                        void (*run)(struct ikl_sim *sim, struct ikl_sim_job *job))
{
    struct words_job *job = ikl_sim_new_job(play->sim, sizeof(*job), run);
    const struct ikl_sim_line *line = play->line;

    if (job == NULL) {
        return;
    }
    job->host = host;
    job->line = *line;
    for (size_t i = 0; i < line->n; i++) {
        job->line.words[i] = job->line.text + (line->words[i] - line->text);
    }
    job->first = (size_t)(words - line->words);
    ikl_sim_queue_job(play->sim, &job->job, play->at);
}

static const char *run_note(struct ikl_sim_playing *play, const char *const *words, size_t n)
{
    (void)n;
    queue_words(play, NULL, words, note);
    return NULL;
}

static const struct verb verbs[] = {
    {"host", 0, false, false, ikl_sim_line_host},
    {"link", 2, false, false, ikl_sim_line_link},
    {"nat", 2, true, false, ikl_sim_line_nat},
    {"monitor", 0, false, false, ikl_sim_line_monitor},
    {"sa", 2, true, true, ikl_sim_line_sa},
    {"cut", 2, true, true, run_cut},
    {"cut-one-way", 2, true, true, run_cut_one_way},
    {"restore", 2, true, true, run_restore},
    {"break", 2, true, true, run_break},
    {"break-after", 2, true, true, run_break_after},
    {"kill-tunnels", 2, true, true, run_kill_tunnels},
    {"kill-tunnels-one-way", 2, true, true, run_kill_tunnels_one_way},
    {"mend-tunnels", 2, true, true, run_mend_tunnels},
    {"weather", 2, true, true, ikl_sim_line_weather},
    {"weather-one-way", 2, true, true, ikl_sim_line_weather_one_way},
    {"outages", 2, true, true, ikl_sim_line_outages},
    {"rebind", 2, true, true, run_rebind},
    {"move", 2, true, true, run_move},
    {"manners", 1, false, true, ikl_sim_line_manners},
    {"stall", 1, false, true, run_stall},
    {"sleep", 1, false, true, run_sleep},
    {"reboot", 1, false, true, run_reboot},
    {"restart", 1, false, true, run_restart},
    {"takeover", 1, false, true, run_takeover},
    {"fail-sends", 1, false, true, run_fail_sends},
    {"block-sends", 1, false, true, run_block_sends},
    {"clock", 1, false, true, run_clock},
    {"note", 0, false, true, run_note},
    {"run", 0, false, false, run_until},
};

static const char *find_hosts(struct ikl_sim_playing *play, const struct verb *verb, const char *const *words, size_t n)
{
    if (n < verb->n_hosts) {
        return "a host is missing";
    }
    play->a = verb->n_hosts > 0 ? ikl_sim_find_host(play->sim, words[0]) : NULL;
    play->b = verb->n_hosts > 1 ? ikl_sim_find_host(play->sim, words[1]) : NULL;
    if ((verb->n_hosts > 0 && play->a == NULL) || (verb->n_hosts > 1 && play->b == NULL)) {
        return "a host that there is not";
    }
    play->link = verb->needs_link ? ikl_sim_find_link(play->a, play->b) : NULL;
    return verb->needs_link && play->link == NULL ? "no link between these hosts" : NULL;
}

static const char *run_verb(struct ikl_sim_playing *play, const struct verb *verb, const char *const *words, size_t n)
{
    const char *wrong = find_hosts(play, verb, words, n);

    return wrong == NULL ? verb->run(play, words + verb->n_hosts, n - verb->n_hosts) : wrong;
}

/* A line that begins with a host is for the test. */
static const char *run_act(struct ikl_sim_playing *play, const char *const *words)
{
    struct ikl_sim_host *host = ikl_sim_find_host(play->sim, words[0]);

    if (host == NULL || play->sim->play.act == NULL) {
        return host == NULL ? "neither a word nor a host that is known" : "nobody who would act";
    }
    queue_words(play, host, words + 1, act);
    return NULL;
}

static const char *run_words(struct ikl_sim_playing *play, const char *const *words, size_t n, bool timed)
{
    for (size_t i = 0; i < IKL_SIM_COUNT(verbs); i++) {
        if (strcmp(verbs[i].word, words[0]) == 0) {
            return timed && !verbs[i].timed ? "this cannot be put off" : run_verb(play, &verbs[i], words + 1, n - 1);
        }
    }
    return run_act(play, words);
}

static const char *run_line(struct ikl_sim_playing *play, const struct ikl_sim_line *line)
{
    play->line = line;
    play->at = play->sim->now;
    if (line->n == 0) {
        return NULL;
    }
    if (strcmp(line->words[0], "at") != 0) {
        return run_words(play, line->words, line->n, false);
    }
    if (line->n < 3 || !ikl_sim_read_seconds(line->words[1], MOST_TIME, &play->at)) {
        return "no time, or nothing to do then";
    }
    return run_words(play, line->words + 2, line->n - 2, true);
}

/* The first failure: the line's, or else the world's. */
static int outcome(const struct ikl_sim_playing *play)
{
    return play->result != IKL_OK ? play->result : play->sim->failure;
}

int ikl_sim_play(struct ikl_sim *sim, const char *script, const struct ikl_sim_play_config *config,
                 struct ikl_sim_script_error *error)
{
    struct ikl_sim_playing play = {.sim = sim, .number = 1};
    struct ikl_sim_play_config taken = {.size = sizeof(taken)};
    struct ikl_sim_line line;

    if (sim->depth != 0) {
        return IKL_ERR_REENTRANT;
    }
    if (config != NULL &&
        !ikl_sized_take(&taken, sizeof(taken), config, IKL_END_OF(struct ikl_sim_play_config, user))) {
        return IKL_ERR_INVALID;
    }
    sim->play = taken;
    for (; *script != '\0' && outcome(&play) == IKL_OK; play.number++) {
        const char *wrong = ikl_sim_take_line(&script, &line) ? run_line(&play, &line) : "too long, or too many words";

        if (wrong != NULL) {
            if (error != NULL) {
                *error = (struct ikl_sim_script_error){play.number, wrong};
            }
            return IKL_ERR_INVALID;
        }
    }
    return outcome(&play);
}
