/* SPDX-License-Identifier: ISC */
/* ikeping --svg: a picture of what happened. */
#include "picture.h"

#include <inttypes.h>

/* Events of a check that was answered at once, and of a stretch of these as it is drawn: the first check, a note that
 * stands for those between, and the last one. */
enum { EVENTS_OF_CHECK = 2, CHECKS_OF_STRETCH = 3 };

/* Adds an event; the last one that there is room for says so. */
static void add(struct picture *picture, const struct timeline_event *event)
{
    const struct timeline_event end = {
        .kind = TIMELINE_NOTE, .at = event->at, .text = "so much has happened that the picture ends here"};

    if (picture->timeline.n < PICTURE_MOST) {
        timeline_add(&picture->timeline, picture->timeline.n == PICTURE_MOST - 1 ? &end : event);
    }
}

static void add_text(struct picture *picture, enum timeline_kind kind, ikl_time at, const char *text)
{
    struct timeline_event event = {.kind = kind, .at = at};

    (void)snprintf(event.text, sizeof(event.text), "%s", text);
    picture->answered = 0;
    add(picture, &event);
}

/* The sends of the outstanding check, but the last `but` of them, brought no answer. */
static void mark_lost(struct picture *picture, size_t but)
{
    struct timeline *timeline = &picture->timeline;
    size_t left = timeline->n < PICTURE_MOST ? picture->outstanding : 0; /* else they may not be there */

    for (size_t i = timeline->n; i > 0 && left > 0; i--) {
        if (timeline->events[i - 1].kind == TIMELINE_REQUEST) {
            timeline->events[i - 1].lost = picture->outstanding - left >= but;
            left--;
        }
    }
    picture->outstanding = 0;
}

void picture_sent(struct picture *picture, ikl_time at, const struct ikl_attempt *attempt, bool last)
{
    if (attempt->retransmission == 0) {
        picture->answered = picture->outstanding == 0 ? picture->answered : 0;
        mark_lost(picture, 0); /* one that was superseded */
    } else {
        picture->answered = 0;
    }
    picture->outstanding++;
    add(picture, &(struct timeline_event){.kind = TIMELINE_REQUEST,
                                          .at = at,
                                          .gives_up = last,
                                          .message_id = attempt->message_id,
                                          .retransmission = attempt->retransmission,
                                          .wait = attempt->wait});
}

/* Of three checks that were answered at once, the one in the middle becomes a note, or part of it. */
static void shorten(struct picture *picture, double ms)
{
    struct timeline *timeline = &picture->timeline;
    struct timeline_event *last = &timeline->events[timeline->n - EVENTS_OF_CHECK];
    struct timeline_event *note =
        last - (picture->answered == CHECKS_OF_STRETCH ? EVENTS_OF_CHECK : EVENTS_OF_CHECK + 1);
    struct timeline_event *end = &timeline->events[timeline->n];

    if (picture->answered == CHECKS_OF_STRETCH) {
        picture->least = picture->most = ms;
    }
    picture->least = ms < picture->least ? ms : picture->least;
    picture->most = ms > picture->most ? ms : picture->most;
    *note = (struct timeline_event){.kind = TIMELINE_NOTE, .at = (last - 1)->at};
    (void)snprintf(note->text, sizeof(note->text), "%" PRIu64 " more answered, in %.3f to %.3f ms",
                   picture->answered - EVENTS_OF_CHECK, picture->least, picture->most);
    for (note++; last < end; last++, note++) {
        *note = *last;
    }
    timeline->n = (size_t)(note - timeline->events);
}

void picture_answered(struct picture *picture, ikl_time at, double ms)
{
    struct timeline_event event = {.kind = TIMELINE_ANSWER, .at = at};
    bool at_once = picture->outstanding == 1;

    (void)snprintf(event.text, sizeof(event.text), "answer, %.3f ms", ms);
    mark_lost(picture, 1);
    add(picture, &event);
    picture->answered = at_once ? picture->answered + 1 : 0;
    if (picture->answered >= CHECKS_OF_STRETCH && picture->timeline.n < PICTURE_MOST) {
        shorten(picture, picture->last_ms);
    }
    picture->last_ms = ms;
}

void picture_up(struct picture *picture, ikl_time at, const char *text)
{
    add_text(picture, TIMELINE_UP, at, text);
}

void picture_down(struct picture *picture, ikl_time at, const char *text)
{
    mark_lost(picture, 0);
    add_text(picture, TIMELINE_DOWN, at, text);
}

void picture_note(struct picture *picture, ikl_time at, const char *text)
{
    add_text(picture, TIMELINE_NOTE, at, text);
}

void picture_draw(const struct picture *picture, FILE *out, const char *title, const char *subtitle)
{
    const struct timeline_picture drawn = {
        .title = title, .subtitle = subtitle, .hosts = {"ikeping", "gateway"}, .lost = "brought no answer"};

    timeline_draw(out, &picture->timeline, &drawn);
}
