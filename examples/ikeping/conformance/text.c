/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: what it says to people. */
#include "outcome.h"

#include "checks.h"

#include <string.h>

static void print_indented(FILE *out, const char *text)
{
    for (size_t len = 0; *text != '\0'; text += len + (text[len] == '\n' ? 1 : 0)) {
        len = strcspn(text, "\n");
        fprintf(out, "          %.*s\n", (int)len, text);
    }
}

static void print_measured(FILE *out, const struct measured *measured)
{
    if (measured->n_waits == 0) {
        return;
    }
    fprintf(out, "      measured: sent %zu times, waits", measured->n_waits + 1);
    for (size_t i = 0; i < measured->n_waits; i++) {
        fprintf(out, " %.1f", (double)measured->waits[i] / 1000);
    }
    fputs(" s", out);
    if (measured->verdict != 0) {
        fprintf(out, ", given up after %.2f s", (double)measured->verdict / 1000);
    }
    fputc('\n', out);
}

void text_outcome(FILE *out, const struct outcome *outcome)
{
    static const char *const words[] = {[VERDICT_PASS] = "pass", [VERDICT_FAIL] = "FAIL", [VERDICT_UNCLEAR] = "?"};

    fprintf(out, "%-4s  %-5s %s [%s, %s]\n", words[outcome->verdict], outcome->number, outcome->check->sentence,
            outcome->check->name, outcome->check->section);
    if (outcome->verdict == VERDICT_FAIL) {
        fprintf(out, "      %s\n", outcome->why);
    } else if (outcome->verdict == VERDICT_UNCLEAR) {
        fprintf(out, "      cannot tell: %s\n", outcome->why);
    }
    print_measured(out, &outcome->measured);
    for (size_t i = 0; i < 2; i++) {
        if (outcome->shown[i].text != NULL) {
            fprintf(out, "        %s at %.3f s:\n", outcome->shown[i].sent ? "sent" : "received", outcome->shown[i].at);
            print_indented(out, outcome->shown[i].text);
        }
    }
    (void)fflush(out);
}

void text_end(FILE *out, const struct outcomes *outcomes)
{
    fprintf(out, "%s: %zu of %zu checks passed, %zu failed, %zu cannot tell\n", outcomes->peer, outcomes->passed,
            outcomes->n, outcomes->failed, outcomes->unclear);
}
