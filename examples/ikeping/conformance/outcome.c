/* SPDX-License-Identifier: ISC */
/* ikeping --conformance: what came of each check. */
#include "outcome.h"

#include <stdlib.h>

void outcome_clear(struct outcome *outcome)
{
    for (size_t i = 0; i < 2; i++) {
        free(outcome->shown[i].text);
        outcome->shown[i].text = NULL;
    }
}

const char *outcome_word(enum verdict verdict)
{
    return verdict == VERDICT_PASS ? "pass" : verdict == VERDICT_FAIL ? "fail" : "unclear";
}

char *outcome_shown(const struct shown *shown)
{
    static const char form[] = "%s at %.3f s:\n%s";
    const char *word = shown->sent ? "sent" : "received";
    int len = shown->text != NULL ? snprintf(NULL, 0, form, word, shown->at, shown->text) : -1;
    char *text = len >= 0 ? malloc((size_t)len + 1) : NULL;

    if (text != NULL) {
        (void)snprintf(text, (size_t)len + 1, form, word, shown->at, shown->text);
    }
    return text;
}
