/* SPDX-License-Identifier: ISC */
/* ikelive examples: what happened between two hosts, in order, and a picture of it. */
#ifndef EXAMPLES_TIMELINE_H
#define EXAMPLES_TIMELINE_H

#include <ikelive/base.h>

#include <stdio.h>

enum timeline_kind {
    TIMELINE_REQUEST,    /* from the first host to the second */
    TIMELINE_ANSWER,     /* back */
    TIMELINE_CUT,        /* the second host is cut off */
    TIMELINE_RESTORED,   /* the second host is back */
    TIMELINE_CHILD_DOWN, /* at the first host */
    TIMELINE_DOWN,       /* at the first host */
    TIMELINE_UP,         /* the IKE SA is there, or there again; the first event is this one if it was not at first */
    TIMELINE_NOTE        /* anything else at the first host */
};

struct timeline_event {
    enum timeline_kind kind;
    ikl_time at;
    bool lost;               /* TIMELINE_REQUEST, TIMELINE_ANSWER: it did not arrive */
    bool gives_up;           /* TIMELINE_REQUEST: the IKE SA is given up when the wait ends */
    uint32_t message_id;     /* TIMELINE_REQUEST, TIMELINE_ANSWER */
    uint32_t retransmission; /* TIMELINE_REQUEST */
    uint32_t wait;           /* TIMELINE_REQUEST: ms */
    char text[96];           /* what to write beside it; of TIMELINE_ANSWER perhaps nothing */
};

struct timeline {
    struct timeline_event *events;
    size_t n, room;
};

/* Adds an event; the program ends when there is no memory for it. */
void timeline_add(struct timeline *timeline, const struct timeline_event *event);

void timeline_free(struct timeline *timeline);

struct timeline_picture {
    const char *title, *subtitle;
    const char *hosts[2];
    const char *lost; /* what a cross means, in words */
};

/* Draws the events as SVG: a lane for each host, time flowing down. */
void timeline_draw(FILE *out, const struct timeline *timeline, const struct timeline_picture *picture);

#endif
