/* SPDX-License-Identifier: ISC */
/* ikeping --conformance --json: what it says to programs. */
#include "outcome.h"

#include "checks.h"

#include "../json.h"

#include <stdlib.h>

static void begin(FILE *out, const char *event, double time, const char *peer)
{
    json_begin(out, event);
    json_decimal(out, "time", time, 3);
    json_string(out, "peer", peer);
}

static void add_shown(FILE *out, const char *name, const struct shown *shown)
{
    char *text = outcome_shown(shown);

    if (text != NULL) {
        json_string(out, name, text);
    }
    free(text);
}

static void add_measured(FILE *out, const struct measured *measured)
{
    if (measured->n_waits != 0) {
        json_milliseconds(out, "peer_waits", measured->waits, measured->n_waits);
    }
    if (measured->verdict != 0) {
        json_decimal(out, "peer_gives_up_after", (double)measured->verdict / 1000, 3);
    }
}

void json_outcome(FILE *out, double time, const char *peer, const struct outcome *outcome)
{
    begin(out, "check", time, peer);
    json_string(out, "number", outcome->number);
    json_string(out, "name", outcome->check->name);
    json_string(out, "sentence", outcome->check->sentence);
    json_string(out, "section", outcome->check->section);
    json_string(out, "verdict", outcome_word(outcome->verdict));
    json_decimal(out, "seconds", outcome->seconds, 3);
    if (outcome->verdict != VERDICT_PASS) {
        json_string(out, "why", outcome->why);
    }
    add_measured(out, &outcome->measured);
    add_shown(out, "first_datagram", &outcome->shown[0]);
    add_shown(out, "second_datagram", &outcome->shown[1]);
    json_end(out);
}

void json_outcomes_end(FILE *out, double time, const struct outcomes *outcomes)
{
    begin(out, "conformance", time, outcomes->peer);
    json_whole(out, "checks", outcomes->n);
    json_whole(out, "passed", outcomes->passed);
    json_whole(out, "failed", outcomes->failed);
    json_whole(out, "unclear", outcomes->unclear);
    json_end(out);
}
