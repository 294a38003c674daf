/* SPDX-License-Identifier: ISC */
/* replay [--seed N] [--quiet] SCRIPT: plays a script, prints the trace, and says whether all held that must hold in
 * every world. Exits with 0 when it did, 1 when it did not, 2 when it could not be played.
 *
 * What a script may say is in <ikelive/sim.h>; what its hosts may be told to do in worlds/stack.h; what must hold in
 * worlds/laws.h and worlds/scripted.h. */
#include "examples/support/options.h"
#include "worlds/file.h"
#include "worlds/scripted.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *parse_seed(const char *text, void *into)
{
    char *end;
    unsigned long long seed;

    errno = 0;
    seed = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0) {
        return "a whole number from 0 to 18446744073709551615";
    }
    *(uint64_t *)into = seed;
    return NULL;
}

static void print_trace(const struct ikl_sim *sim)
{
    const struct ikl_sim_record *record;
    char line[600];

    for (size_t i = 0; (record = ikl_sim_record_at(sim, i)) != NULL; i++) {
        (void)ikl_sim_record_text(record, line, sizeof(line));
        printf("%s\n", line);
    }
}

static int play(uint64_t seed, const char *name, const char *script, bool quiet)
{
    static struct world world;
    struct ikl_sim_script_error error = {0, NULL};
    int result = world_play(&world, seed, script, !quiet, &error);
    const char *wrong = result == IKL_OK ? world_check(&world) : NULL, *left;

    if (world.sim != NULL) {
        print_trace(world.sim);
        printf("hash %016" PRIx64 "\n", ikl_sim_hash(world.sim));
    }
    left = world_clear(&world);
    if (error.line != 0) {
        fprintf(stderr, "%s:%u: %s\n", name, error.line, error.what);
    } else if (result != IKL_OK) {
        fprintf(stderr, "the world stopped: %s\n", ikl_error_name(result));
    } else if (wrong != NULL || left != NULL) {
        printf("WRONG: %s\n", wrong != NULL ? wrong : left);
        return 1;
    }
    return result == IKL_OK ? 0 : 2;
}

static const char *parse_script(const char *text, void *into)
{
    return *(const char **)into != NULL ? "given once" : options_parse_text(text, into);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1;
    const char *name = NULL;
    bool quiet = false;
    const struct command_option options[] = {
        {"--seed", "N", "what all chance comes from (default 1)", parse_seed, &seed},
        {"--quiet", NULL, "print the hash and the verdict, not the trace", options_parse_flag, &quiet},
        {"SCRIPT", NULL, "file with the script", parse_script, &name}};
    const struct command_line line = {"replay", "Plays a script in a simulated world and prints the trace.", options,
                                      sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);
    char *script;
    int status;

    if (outcome == OPTIONS_RUN && name == NULL) {
        outcome = options_refuse(&line, "a script is needed");
    }
    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    script = file_read(name);
    status = script != NULL ? play(seed, name, script, quiet) : 2;
    free(script);
    return status;
}
