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
