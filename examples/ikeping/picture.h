/* SPDX-License-Identifier: ISC */
/* ikeping --svg: a picture of what happened with a gateway. Of checks that are answered one after the other only the
 * first and the last are drawn, and it ends after PICTURE_MOST events. */
#ifndef IKEPING_PICTURE_H
#define IKEPING_PICTURE_H

#include "../support/timeline.h"

#include <ikelive/report.h>

enum { PICTURE_MOST = 1000, PICTURE_TEXT_SIZE = 96 };

struct picture {
    struct timeline timeline;
    size_t outstanding; /* of the last events: sends of a check that was not answered yet */
    uint64_t answered;  /* checks that were answered at once, without anything in between */
    double last_ms;     /* round trip of the last check that was answered */
    double least, most; /* ms: of those that are not drawn */
};

/* All times are in ms since the start. */

/* A liveness check went out, for the first time or again. With `last` the IKE SA is given up when its wait ends. */
void picture_sent(struct picture *picture, ikl_time at, const struct ikl_attempt *attempt, bool last);

/* It was answered, `ms` after its first send. */
void picture_answered(struct picture *picture, ikl_time at, double ms);

/* The IKE SA is there; is gone; anything else. */
void picture_up(struct picture *picture, ikl_time at, const char *text);
void picture_down(struct picture *picture, ikl_time at, const char *text);
void picture_note(struct picture *picture, ikl_time at, const char *text);

/* Draws it as SVG. */
void picture_draw(const struct picture *picture, FILE *out, const char *title, const char *subtitle);

#endif
