/* SPDX-License-Identifier: ISC */
/* What a liveness check costs, against the AEAD operations of libsodium that it contains.
 *
 *     cmake -S . -B build -G Ninja && cmake --build build && build/test/bench/sa
 *
 * 64 IKE SAs face those of a peer, warm. In each round every IKE SA does five things in turn, and just before each the
 * AEAD operations that it contains are done alone: on octets as the messages have them (57, of which 32 are
 * authenticated and 1 encrypted), with the same keys, in the same loop. So the two halves of a ratio are microseconds
 * apart, and a machine whose speed drifts hardly shows. A ratio is the median over the rounds of the ratio in each.
 * From one run to the next it moves by up to 0.04, with where code and stack happen to lie. */
#include "examples/support/options.h"
#include "support/bare.h"
#include "support/facing.h"
#include "support/measure.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SAS = 64, WARM_UP = 50, DEFAULT_ROUNDS = 4000, MAX_ROUNDS = 100000 };

struct bench {
    struct facing facing;
    const struct bare_aead *aead;
    struct bare_message requests[SAS], responses[SAS];
    int failures; /* of the AEAD operations alone */
};

static void seal_requests(struct bench *bench)
{
    for (size_t i = 0; i < SAS; i++) {
        bench->failures += bare_seal(bench->aead, &bench->requests[i]) != 0;
    }
}

static void open_requests_and_seal_responses(struct bench *bench)
{
    for (size_t i = 0; i < SAS; i++) {
        bench->failures += bare_open(bench->aead, &bench->requests[i]) != 0;
        bench->failures += bare_seal(bench->aead, &bench->responses[i]) != 0;
    }
}

static void open_responses(struct bench *bench)
{
    for (size_t i = 0; i < SAS; i++) {
        bench->failures += bare_open(bench->aead, &bench->responses[i]) != 0;
    }
}

static void probe(struct bench *bench)
{
    facing_advance(&bench->facing, IKL_LIVENESS_DEFAULT_IDLE);
}

static void lose_probe(struct bench *bench)
{
    facing_lose(&bench->facing.prober);
}

static void probe_again(struct bench *bench)
{
    facing_advance(&bench->facing, ikl_schedule_wait(ikl_schedule_default(), 0));
}

static void answer_probe(struct bench *bench)
{
    facing_answer(&bench->facing);
}

static void lose_answer(struct bench *bench)
{
    facing_lose(&bench->facing.peer);
    facing_advance(&bench->facing, ikl_schedule_wait(ikl_schedule_default(), 1));
}

static void accept_answer(struct bench *bench)
{
    facing_accept(&bench->facing);
}

/* In the order of a round. */
static const struct operation {
    const char *name;
    const char *whole_is;
    const char *alone_is;
    double target;                  /* for the ratio; 0: none */
    void (*before)(struct bench *); /* not measured; null: nothing */
    void (*alone)(struct bench *);  /* the AEAD operations of all IKE SAs */
    void (*whole)(struct bench *);  /* the library's work for all of them */
} operations[] = {
    {.name = "build a probe",
     .whole_is = "one ikl_endpoint_advance with one IKE SA due, the `send` callback included",
     .alone_is = "seal",
     .target = 1.3,
     .alone = seal_requests,
     .whole = probe},
    {.name = "send a probe again",
     .whole_is = "the same, with a retransmission due",
     .alone_is = "seal",
     .before = lose_probe,
     .alone = seal_requests,
     .whole = probe_again},
    {.name = "answer a probe",
     .whole_is = "one ikl_endpoint_receive of a probe, the `send` callback included",
     .alone_is = "open, seal",
     .target = 1.3,
     .alone = open_requests_and_seal_responses,
     .whole = answer_probe},
    {.name = "answer it again",
     .whole_is = "the same, of a repeated probe",
     .alone_is = "open, seal",
     .before = lose_answer,
     .alone = open_requests_and_seal_responses,
     .whole = answer_probe},
    {.name = "accept an answer",
     .whole_is = "one ikl_endpoint_receive of a fresh answer",
     .alone_is = "open",
     .target = 1.3,
     .alone = open_responses,
     .whole = accept_answer},
};

enum { N_OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

/* By round. */
struct results {
    double alone_ns[N_OPERATIONS][MAX_ROUNDS];
    double whole_ns[N_OPERATIONS][MAX_ROUNDS];
    double ratio[N_OPERATIONS][MAX_ROUNDS];
};

/* ns an IKE SA */
static double time_of(void (*work)(struct bench *), struct bench *bench)
{
    uint64_t begin = bench_clock();

    work(bench);
    return (double)(bench_clock() - begin) / SAS;
}

static void run_round(struct bench *bench, struct results *results, size_t round)
{
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        const struct operation *operation = &operations[i];

        if (operation->before != NULL) {
            operation->before(bench);
        }
        results->alone_ns[i][round] = time_of(operation->alone, bench);
        results->whole_ns[i][round] = time_of(operation->whole, bench);
        results->ratio[i][round] = results->whole_ns[i][round] / results->alone_ns[i][round];
    }
}

/* True when libsodium alone makes the same octets again. */
static bool take_message(const struct bare_aead *aead, struct bare_message *message, const struct facing_datagram *sent,
                         const uint8_t *key)
{
    if (sent->len != BARE_MESSAGE_LEN) {
        return false;
    }
    memcpy(message->octets, sent->octets, BARE_MESSAGE_LEN);
    memcpy(message->nonce, key + BARE_KEY_LEN, BARE_SALT_LEN);
    memcpy(message->nonce + BARE_SALT_LEN, sent->octets + BARE_AAD_LEN, BARE_IV_LEN);
    memcpy(message->key, key, BARE_KEY_LEN);
    memset(message->octets + BARE_TEXT_AT, 0, BARE_TEXT_LEN + BARE_ICV_LEN);
    return bare_seal(aead, message) == 0 && memcmp(message->octets, sent->octets, BARE_MESSAGE_LEN) == 0;
}

/* Goes through one liveness check, whose messages are those that the AEAD operations alone are done on. */
static bool take_messages(struct bench *bench)
{
    struct facing *facing = &bench->facing;
    bool same = true;

    facing_advance(facing, IKL_LIVENESS_DEFAULT_IDLE);
    for (size_t i = 0; i < SAS; i++) {
        same = same && take_message(bench->aead, &bench->requests[i], &facing->prober.sent[i], facing->keys.sk_ei);
    }
    facing_answer(facing);
    for (size_t i = 0; i < SAS; i++) {
        same = same && take_message(bench->aead, &bench->responses[i], &facing->peer.sent[i], facing->keys.sk_er);
    }
    facing_accept(facing);
    return same;
}

/* True when every IKE SA has done in every round what was measured. */
static bool all_was_done(const struct bench *bench, uint64_t rounds)
{
    struct ikl_endpoint_counters prober = {.size = sizeof(prober)}, peer = {.size = sizeof(peer)};

    return ikl_endpoint_query(bench->facing.prober.endpoint, &prober) == IKL_OK &&
           ikl_endpoint_query(bench->facing.peer.endpoint, &peer) == IKL_OK && bench->failures == 0 &&
           prober.probes == SAS * (rounds + 1) && prober.answered == prober.probes &&
           prober.retransmissions == 2 * SAS * rounds && peer.repeated == SAS * rounds &&
           peer.accepted == prober.probes && prober.send_failures == 0 && peer.send_failures == 0;
}

static void print_results(const struct bare_aead *aead, const char *name, struct results *results, size_t rounds)
{
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        double ratio = bench_median(results->ratio[i], rounds);

        printf("%-27s %-19s %-10s %7.0f %8.0f %7.2f  %5.2f to %5.2f", name, operations[i].name, operations[i].alone_is,
               bench_median(results->alone_ns[i], rounds), bench_median(results->whole_ns[i], rounds), ratio,
               results->ratio[i][rounds / 10], results->ratio[i][rounds - 1 - rounds / 10]);
        if (operations[i].target != 0 && aead == bare_aeads) {
            printf("  <= %.1f", operations[i].target);
        }
        printf("\n");
    }
}

static bool measure(const struct bare_aead *aead, const char *name, const struct ikl_provider *provider, size_t rounds)
{
    struct facing_config config = {.suite = aead->suite, .provider = provider, .n = SAS, .spacing = 1};
    struct results *results = malloc(sizeof(*results));
    struct bench bench = {.aead = aead};
    bool done = false;

    if (results != NULL && facing_init(&bench.facing, &config) && take_messages(&bench)) {
        for (size_t i = 0; i < WARM_UP; i++) {
            run_round(&bench, results, 0);
        }
        for (size_t i = 0; i < rounds; i++) {
            run_round(&bench, results, i);
        }
        done = all_was_done(&bench, WARM_UP + rounds);
    }
    if (done) {
        print_results(aead, name, results, rounds);
    } else {
        fprintf(stderr, "%s: the messages were not made, or not those that were to be measured\n", aead->suite);
    }
    facing_clear(&bench.facing);
    free(results);
    return done;
}

static void print_legend(size_t rounds)
{
    printf(
        "\nalone: the named AEAD operations of libsodium on 57 octets, nothing else; library: all that the library\n"
        "does, nothing subtracted. ns for one IKE SA of %d, medians over %zu rounds; the ratio is the median of the\n"
        "ratios in each round, and 80 in 100 of these lie in the range beside it.\n",
        SAS, rounds);
    for (size_t i = 0; i < N_OPERATIONS; i++) {
        printf("%-19s %s\n", operations[i].name, operations[i].whole_is);
    }
}

int main(int argc, char **argv)
{
    struct options_count rounds = {.value = DEFAULT_ROUNDS, .least = 1, .most = MAX_ROUNDS};
    const struct command_option options[] = {
        {"--rounds", "N", "rounds to take medians over, 1 to 100000 (default 4000)", options_parse_count, &rounds}};
    const struct command_line line = {"sa", "Measures what a liveness check costs, against bare AEAD operations.",
                                      options, sizeof(options) / sizeof(options[0])};
    enum options_outcome outcome = options_parse(&line, argc, argv);

    if (outcome != OPTIONS_RUN) {
        return outcome == OPTIONS_HELP ? 0 : 2;
    }
    if (ikl_init() != IKL_OK) {
        return 1;
    }
    printf("%-27s %-19s %-10s %7s %8s %7s  %14s  %s\n", "suite", "operation", "contains", "alone", "library", "ratio",
           "80 in 100", "target");
    for (size_t i = 0; i < BARE_AEADS; i++) {
        if (i == 1 && crypto_aead_aes256gcm_is_available() == 0) {
            printf("%-27s not available on this processor\n", bare_aeads[i].suite);
        } else if (!measure(&bare_aeads[i], bare_aeads[i].suite, NULL, rounds.value) ||
                   (i == 1 &&
                    !measure(&bare_aeads[i], "the same, keys expanded", &ikl_provider_sodium_expanded, rounds.value))) {
            return 1;
        }
    }
    print_legend(rounds.value);
    return 0;
}
