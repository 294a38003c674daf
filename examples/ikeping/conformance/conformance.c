/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: makes checks of a peer. */
#include "conformance.h"

#include "checks.h"
#include "traces.h"

#include <stdlib.h>
#include <string.h>

/* So many are made of a peer that has never said anything. */
enum { CHECKS_OF_NOBODY = 3 };

static double seconds_between(ikl_time earlier, ikl_time later)
{
    return (double)(later - earlier) / 1000;
}

/* Keeps what shows the failure, while the tester still has its keys. */
static void show(const struct tester *tester, ikl_time began, struct outcome *out)
{
    for (size_t i = 0; i < 2; i++) {
        const struct traced *traced = tester->finding.shown[i];

        if (traced != NULL) {
            out->shown[i] = (struct shown){
                .sent = traced->sent, .at = seconds_between(began, traced->at), .text = tester_dissect(tester, traced)};
        }
    }
}

/* Whether the user has had enough. */
static bool is_stopped(const struct conformance *conformance)
{
    const struct wire *wire = &conformance->tester->wire;

    return wire->stopped != NULL && wire->stopped(wire->user);
}

void conformance_check(const struct conformance *conformance, size_t area, size_t check, struct outcome *out)
{
    struct tester *tester = conformance->tester;
    ikl_time began = tester->wire.now(tester->wire.user);

    *out = (struct outcome){.check = &check_areas[area]->checks[check], .area = check_areas[area]->title};
    (void)snprintf(out->number, sizeof(out->number), "%zu.%zu", area + 1, check + 1);
    tester_begin(tester);
    out->check->run(tester);
    if (tester->finding.verdict == VERDICT_NONE) {
        (void)tester_give_up(tester, "nothing was found out");
    }
    out->verdict = is_stopped(conformance) ? VERDICT_LEFT_OUT : tester->finding.verdict;
    memcpy(out->why, tester->finding.why, sizeof(out->why));
    out->measured = tester->finding.measured;
    out->seconds = seconds_between(began, tester->wire.now(tester->wire.user));
    show(tester, began, out);
    tester_delete_sas(tester);
    if (out->verdict != VERDICT_LEFT_OUT) {
        traces_write(conformance, out);
    }
    tester_end(tester);
}

static void count(struct outcomes *outcomes, enum verdict verdict)
{
    size_t *counted = verdict == VERDICT_PASS   ? &outcomes->passed
                      : verdict == VERDICT_FAIL ? &outcomes->failed
                                                : &outcomes->unclear;

    ++*counted;
    outcomes->n++;
}

static size_t count_checks(void)
{
    size_t n = 0;

    for (size_t area = 0; area < n_check_areas; area++) {
        n += check_areas[area]->n;
    }
    return n;
}

static double time_of(const struct conformance *conformance, ikl_time began)
{
    const struct wire *wire = &conformance->tester->wire;

    return seconds_between(began, wire->now(wire->user));
}

/* Whether nothing was heard of the peer in so many checks that the others are in vain. */
static bool is_nobody_there(const struct conformance *conformance, const struct outcomes *outcomes)
{
    return outcomes->n >= CHECKS_OF_NOBODY && !conformance->tester->heard;
}

static void check_area(const struct conformance *conformance, size_t area, ikl_time began, struct outcomes *outcomes)
{
    bool json = conformance->tester->settings->json;

    for (size_t check = 0; check < check_areas[area]->n; check++) {
        if (!is_stopped(conformance) && !is_nobody_there(conformance, outcomes) &&
            checks_have(conformance->tester->settings->conformance, area, check)) {
            struct outcome *outcome = &outcomes->each[outcomes->n];

            conformance_check(conformance, area, check, outcome);
            if (outcome->verdict == VERDICT_LEFT_OUT) {
                outcome_clear(outcome);
                continue;
            }
            count(outcomes, outcome->verdict);
            if (json) {
                json_outcome(conformance->out, time_of(conformance, began), conformance->peer, outcome);
            } else {
                text_outcome(conformance->out, outcome);
            }
        }
    }
}

static void free_outcomes(struct outcomes *outcomes)
{
    for (size_t i = 0; i < outcomes->n; i++) {
        outcome_clear(&outcomes->each[i]);
    }
    free(outcomes->each);
}

/* Says why there is less than was asked for. */
static void say_shortfall(const struct conformance *conformance, const struct outcomes *outcomes)
{
    if (is_stopped(conformance)) {
        fprintf(stderr, "ikeping: interrupted: not all checks were made\n");
    } else if (is_nobody_there(conformance, outcomes)) {
        fprintf(stderr, "ikeping: %s: no more checks are made\n",
                conformance->tester->listens ? "no client connects" : "nobody answers");
    } else if (outcomes->n == 0) {
        fprintf(stderr, "ikeping: none of these checks is made of a %s\n",
                conformance->tester->listens ? "client" : "gateway");
    }
}

static enum exit_status find_status(const struct conformance *conformance, const struct outcomes *outcomes)
{
    if (outcomes->failed != 0) {
        return EXIT_DEAD;
    }
    return outcomes->passed != 0 && !is_stopped(conformance) ? EXIT_ALIVE : EXIT_NOT_ESTABLISHED;
}

enum exit_status conformance_run(const struct conformance *conformance)
{
    struct outcomes outcomes = {.peer = conformance->peer, .each = calloc(count_checks(), sizeof(*outcomes.each))};
    const struct wire *wire = &conformance->tester->wire;
    ikl_time began = wire->now(wire->user);
    enum exit_status status;

    if (outcomes.each == NULL) {
        fprintf(stderr, "ikeping: no memory\n");
        return EXIT_NOT_ESTABLISHED;
    }
    for (size_t area = 0; area < n_check_areas; area++) {
        check_area(conformance, area, began, &outcomes);
    }
    if (conformance->tester->settings->json) {
        json_outcomes_end(conformance->out, time_of(conformance, began), &outcomes);
    } else {
        text_end(conformance->out, &outcomes);
    }
    say_shortfall(conformance, &outcomes);
    if (conformance->files->junit != NULL) {
        junit_write(conformance->files->junit, &outcomes);
    }
    status = find_status(conformance, &outcomes);
    free_outcomes(&outcomes);
    return status;
}

void conformance_list(FILE *out)
{
    for (size_t area = 0; area < n_check_areas; area++) {
        fprintf(out, "%zu  %s\n", area + 1, check_areas[area]->title);
        for (size_t i = 0; i < check_areas[area]->n; i++) {
            const struct check *check = &check_areas[area]->checks[i];

            fprintf(out, "  %zu.%zu  %s (%s)\n      %s\n", area + 1, i + 1, check->name, check->section,
                    check->sentence);
        }
    }
}
