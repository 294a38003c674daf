/* SPDX-License-Identifier: ISC */
/* ikelive examples: what happened between two hosts, in order. */
#include "timeline.h"

#include <stdlib.h>

void timeline_add(struct timeline *timeline, const struct timeline_event *event)
{
    struct timeline_event *grown;

    if (timeline->n == timeline->room) {
        timeline->room = timeline->room != 0 ? 2 * timeline->room : 64;
        grown = realloc(timeline->events, timeline->room * sizeof(*grown));
        if (grown == NULL) {
            perror("timeline");
            exit(EXIT_FAILURE);
        }
        timeline->events = grown;
    }
    timeline->events[timeline->n++] = *event;
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->events);
    *timeline = (struct timeline){0};
}
