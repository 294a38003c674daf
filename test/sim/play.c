/* ./play [--seed N] [--trace] FILE: plays the script in FILE (ikl_sim_play) and prints the hash of what happened, after
 * the trace of it if asked. What hosts do there, with each of their IKE SAs:
 *
 *     A request OCTETS   an INFORMATIONAL request with that much in it
 *     A create OCTETS    the same with CREATE_CHILD_SA
 *     A probe    A delete    A delete-children    A close
 *
 * SPDX-License-Identifier: ISC */
#include <ikelive/sim.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SAS = 64, MAX_SCRIPT = 65536, MAX_BODY = 3000, MAX_CHILDREN = 8, DELETE_WAIT = 20000 };

struct player {
    struct {
        struct ikl_sim_host *host;
        struct ikl_sa *sa;
    } ends[MAX_SAS]; /* of IKE SAs that the script established, until the host reboots */
    size_t n_ends;
    bool trace;
};

static void forget_host(struct player *player, const struct ikl_sim_host *host)
{
    size_t kept = 0;

    for (size_t i = 0; i < player->n_ends; i++) {
        if (player->ends[i].host != host) {
            player->ends[kept++] = player->ends[i];
        }
    }
    player->n_ends = kept;
}

static void observe(void *user, const struct ikl_sim_record *record)
{
    struct player *player = user;
    char line[256];

    if (record->event == IKL_SIM_REBOOTED) {
        forget_host(player, record->host);
    }
    if (player->trace) {
        (void)ikl_sim_record_text(record, line, sizeof(line));
        puts(line);
    }
}

static void note_established(void *user, struct ikl_sim_host *host, struct ikl_sa *sa,
                             const struct ikl_sim_sa_config *config)
{
    struct player *player = user;

    (void)config;
    if (player->n_ends < MAX_SAS) {
        player->ends[player->n_ends].host = host;
        player->ends[player->n_ends++].sa = sa;
    }
}

/* An error is part of what happens. */
static int request(struct ikl_sa *sa, uint8_t exchange, const char *octets, ikl_time now)
{
    static const uint8_t body[MAX_BODY];
    size_t len = strtoul(octets, NULL, 10);
    struct ikl_payload payload = {.type = IKL_PAYLOAD_VENDOR_ID, .body = {body, len < MAX_BODY ? len : MAX_BODY}};

    return ikl_sa_request(sa, exchange, &payload, 1, NULL, now, NULL);
}

static int delete_children(struct ikl_sa *sa, ikl_time now)
{
    struct ikl_child *children[MAX_CHILDREN];
    size_t n = 0;

    for (struct ikl_child *child = ikl_sa_first_child(sa); child != NULL && n < MAX_CHILDREN;
         child = ikl_sa_next_child(sa, child)) {
        children[n++] = child;
    }
    return ikl_sa_delete_children(sa, children, n, now);
}

/* False when the words mean nothing. */
static bool act_on(struct ikl_sa *sa, const char *const *words, size_t n, ikl_time now, int *result)
{
    *result = IKL_OK;
    if (n == 2 && strcmp(words[0], "request") == 0) {
        *result = request(sa, IKL_INFORMATIONAL, words[1], now);
    } else if (n == 2 && strcmp(words[0], "create") == 0) {
        *result = request(sa, IKL_CREATE_CHILD_SA, words[1], now);
    } else if (n == 1 && strcmp(words[0], "probe") == 0) {
        *result = ikl_sa_probe(sa, now);
    } else if (n == 1 && strcmp(words[0], "delete") == 0) {
        *result = ikl_sa_delete(sa, DELETE_WAIT, now);
    } else if (n == 1 && strcmp(words[0], "delete-children") == 0) {
        *result = delete_children(sa, now);
    } else if (n == 1 && strcmp(words[0], "close") == 0) {
        ikl_sa_close(sa, now);
    } else {
        return false;
    }
    return true;
}

static int act(void *user, struct ikl_sim_host *host, const char *const *words, size_t n)
{
    struct player *player = user;

    for (size_t i = 0; i < player->n_ends; i++) {
        int result;

        if (player->ends[i].host != host) {
            continue;
        }
        if (!act_on(player->ends[i].sa, words, n, ikl_sim_host_now(host), &result)) {
            return IKL_ERR_INVALID;
        }
        ikl_sim_note(ikl_sim_of(host), host, ikl_error_name(result));
    }
    return IKL_OK;
}

static bool read_script(const char *name, char *script, size_t size)
{
    FILE *file = fopen(name, "r");
    size_t len = file != NULL ? fread(script, 1, size, file) : size;

    if (file != NULL) {
        (void)fclose(file);
    }
    if (len >= size) {
        fprintf(stderr, "%s: cannot be read, or is too long\n", name);
        return false;
    }
    script[len] = '\0';
    return true;
}

static int play(struct player *player, const char *script, uint64_t seed)
{
    struct ikl_sim_config world = {
        .size = sizeof(world), .seed = seed, .observe = observe, .user = player, .forget = true};
    struct ikl_sim_play_config config = {
        .size = sizeof(config), .user = player, .established = note_established, .act = act};
    struct ikl_sim_script_error error = {0, NULL};
    struct ikl_sim *sim;
    int result = ikl_sim_new(&sim, &world);

    if (result != IKL_OK) {
        return result;
    }
    result = ikl_sim_play(sim, script, &config, &error);
    if (error.line != 0) {
        fprintf(stderr, "line %u: %s\n", error.line, error.what);
    }
    if (result == IKL_OK) {
        printf("%016" PRIx64 "\n", ikl_sim_hash(sim));
    }
    player->trace = false;
    ikl_sim_free(sim);
    return result;
}

int main(int argc, char **argv)
{
    static char script[MAX_SCRIPT];
    struct player player = {.n_ends = 0};
    const char *name = NULL;
    uint64_t seed = 1;
    int result;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0) {
            player.trace = true;
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            seed = strtoull(argv[++i], NULL, 0);
        } else {
            name = argv[i];
        }
    }
    if (name == NULL) {
        fprintf(stderr, "usage: %s [--seed N] [--trace] FILE\n", argv[0]);
        return 2;
    }
    if (!read_script(name, script, sizeof(script))) {
        return 1;
    }
    result = play(&player, script, seed);
    if (result != IKL_OK) {
        fprintf(stderr, "%s: %s\n", name, ikl_error_name(result));
    }
    return result != IKL_OK;
}
