/* SPDX-License-Identifier: ISC */
/* exhaustive [OPTION VALUE]...: every fate of the first messages between two peers, in each of several stories.
 *
 * The first messages that either host sends arrive, are lost, arrive twice, or are held back so that later ones
 * overtake them: each combination is a run, all in virtual time, with real cryptography. What must hold in every world
 * is checked in each (worlds/scripted.h), and how the story must end. Of a story in which fewer messages are sent than
 * have a fate no run is made twice. Prints the number of runs. When something is wrong, the script of that run is
 * written to a file and the command printed that repeats it. */
#include "exhaustive_scenarios.h"

#include "examples/support/options.h"
#include "worlds/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FATES = 16, DEFAULT_FATES = 9, SCRIPT_SIZE = 2048, SEED = 1 };

/* The fates that ikl_sim_set_fates takes. */
static const struct {
    char letter;
    const char *what;
} known_fates[] = {{'.', "arrives"},
                   {'x', "is lost"},
                   {'2', "arrives twice"},
                   {'h', "is held back, so that later ones overtake it"},
                   {'+', "arrives, and again later"},
                   {'c', "is changed by a bit"},
                   {'b', "breaks the connection of a stream"}};

enum { N_FATES = sizeof(known_fates) / sizeof(known_fates[0]), HELP_SIZE = 512 };

struct settings {
    const char *letters; /* the fates, as ikl_sim_set_fates takes them */
    size_t fates;
    const char *only; /* name of a scenario; null: all */
    bool list;        /* the names alone */
};

static struct world world;

/* The fates of one run: letters. */
struct fates {
    const char *letters;
    char text[MAX_FATES + 1];
    size_t n;
};

/* Goes on to the next combination, of which the first `used` letters made a difference. False after the last. */
static bool next_fates(struct fates *fates, size_t used)
{
    for (size_t i = used < fates->n ? used : fates->n; i-- > 0;) {
        const char *letter = strchr(fates->letters, fates->text[i]);

        if (letter[1] != '\0') {
            fates->text[i] = letter[1];
            memset(fates->text + i + 1, fates->letters[0], fates->n - i - 1);
            return true;
        }
    }
    return false;
}

/* Plays one run. Null, or what was wrong. */
static const char *run(const struct scenario *scenario, const char *script, size_t *used)
{
    int result = world_play(&world, SEED, script, false, NULL);
    const char *wrong = result != IKL_OK ? ikl_error_name(result) : world_check(&world), *left;

    if (wrong == NULL && scenario->check != NULL) {
        wrong = scenario->check(&world);
    }
    if (result == IKL_OK) {
        *used =
            ikl_sim_fates_used(ikl_sim_find_link(ikl_sim_find_host(world.sim, "a"), ikl_sim_find_host(world.sim, "b")));
    }
    left = world_clear(&world);
    return wrong != NULL ? wrong : left;
}

static void report(const struct scenario *scenario, const struct fates *fates, const char *script, const char *wrong)
{
    char name[100];

    (void)snprintf(name, sizeof(name), "%s-%s.script", scenario->name, fates->text);
    printf("%s with fates %s: %s\n", scenario->name, fates->text, wrong);
    if (file_write(name, script)) {
        printf("    build/test/sim/replay --seed %d %s\n", SEED, name);
    }
}

/* All runs of a scenario, up to the first that is wrong. False when one is. */
static bool try_scenario(const struct scenario *scenario, const struct settings *settings, unsigned long *runs)
{
    struct fates fates = {.letters = settings->letters, .n = settings->fates};
    char script[SCRIPT_SIZE];
    size_t used = 0;

    memset(fates.text, fates.letters[0], fates.n);
    *runs = 0;
    do {
        const char *wrong;

        (void)snprintf(script, sizeof(script), scenario->script, fates.text);
        wrong = run(scenario, script, &used);
        (*runs)++;
        if (wrong != NULL) {
            report(scenario, &fates, script, wrong);
            return false;
        }
    } while (next_fates(&fates, used));
    return true;
}

static bool is_scenario(const char *name)
{
    for (size_t i = 0; i < n_scenarios; i++) {
        if (strcmp(scenarios[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool try_all(const struct settings *settings)
{
    unsigned long all = 0;
    bool right = true;

    for (size_t i = 0; i < n_scenarios; i++) {
        const struct scenario *scenario = &scenarios[i];
        unsigned long runs;

        if (settings->only == NULL || strcmp(settings->only, scenario->name) == 0) {
            right = try_scenario(scenario, settings, &runs) && right;
            printf("%-26s %9lu runs\n", scenario->name, runs);
            fflush(stdout);
            all += runs;
        }
    }
    if (settings->only == NULL) {
        printf("%-26s %9lu runs, every fate (%zu) of the first %zu messages\n", "all", all, strlen(settings->letters),
               settings->fates);
    }
    return right;
}

static int list(void)
{
    for (size_t i = 0; i < n_scenarios; i++) {
        puts(scenarios[i].name);
    }
    return 0;
}

static const char *parse_letters(const char *text, void *into)
{
    char letters[N_FATES + 1] = {0};

    for (size_t i = 0; i < N_FATES; i++) {
        letters[i] = known_fates[i].letter;
    }
    if (*text == '\0' || strspn(text, letters) != strlen(text)) {
        return "some of the letters that --help names";
    }
    *(const char **)into = text;
    return NULL;
}

static const char *help_with_letters(void)
{
    static char help[HELP_SIZE] = "the fates of a message (default .x2h); it";

    for (size_t i = 0; i < N_FATES; i++) {
        size_t len = strlen(help);

        (void)snprintf(help + len, sizeof(help) - len, "\n  %c  %s", known_fates[i].letter, known_fates[i].what);
    }
    return help;
}

int main(int argc, char **argv)
{
    struct options_count fates = {.value = DEFAULT_FATES, .least = 1, .most = MAX_FATES};
    struct settings settings = {.letters = ".x2h"};
    const struct command_option options[] = {
        {"--messages", "N", "how many messages have every fate, 1 to 16 (default 9)", options_parse_count, &fates},
        {"--letters", "LETTERS", help_with_letters(), parse_letters, &settings.letters},
        {"--scenario", "NAME", "this one alone", options_parse_text, &settings.only},
        {"--list", NULL, "prints the names of the scenarios", options_parse_flag, &settings.list}};
    const struct command_line line = {"exhaustive", "Tries every fate of the first messages between two peers.",
                                      options, sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    if (settings.list) {
        return list();
    }
    if (settings.only != NULL && !is_scenario(settings.only)) {
        (void)options_refuse(&line, "there is no such scenario: --list names them");
        return 2;
    }
    settings.fates = fates.value;
    return try_all(&settings) ? 0 : 1;
}
