/* SPDX-License-Identifier: ISC */
/* ikelive examples: a picture of a timeline, as SVG.
 *
 * Two lifelines, messages as arrows between them, time flowing down. Waits go from a second to more than a minute, so
 * the distance between two events grows with the logarithm of the time between them; every event says its time. */
#include "timeline.h"

#include "xml.h"

#include <stdarg.h>
#include <stdlib.h>

/* Columns. */
#define WIDTH 960
#define TIME_X 92  /* right end of the times */
#define LEFT_X 310 /* the first host's lane */
#define RIGHT_X 760
#define WAIT_X (LEFT_X - 28)
#define LOST_REACH 0.8 /* how far a message comes that is lost on the way */
#define CUT_REACH 0.985
#define NOTE_X (RIGHT_X + 22)

/* Rows. */
#define TOP 118 /* of the lanes */
#define ROW_LEAST 24.0
#define ANSWER_LEAST 34.0 /* its label is below the arrow, the next one above its own */
#define ROW_PER_DOUBLING 9.0
#define SLOPE 6.0 /* how far an arrow falls on its way */
#define LEGEND_HEIGHT 92

#define INK "#1f2933"
#define FAINT "#7b8794"
#define CALM "#2f855a"
#define WAITING "#b7791f"
#define ALARM "#c53030"
#define CUT_FILL "#edf0f3"

/* A line of text in a class of the style sheet. */
static void draw_text(FILE *out, const char *class, double x, double y, const char *format, ...)
{
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    xml_write(out, text);
    fputs("</text>\n", out);
}

static void draw_line(FILE *out, const char *class, double x1, double y1, double x2, double y2)
{
    fprintf(out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class, x1, y1, x2, y2);
}

static void draw_cross(FILE *out, double x, double y)
{
    fprintf(out, "<path class=\"cross\" d=\"M%.1f %.1fl10 10m-10 0l10 -10\"/>\n", x - 5, y - 5);
}

/* An arrow from one lane towards the other; one that does not arrive ends at a cross. */
static void draw_arrow(FILE *out, const char *class, double from, double to, double y, double reach)
{
    double end = from + (to - from) * reach;
    double back = to > from ? -9 : 9;

    draw_line(out, class, from, y, end, y + SLOPE * reach);
    if (reach < 1) {
        draw_cross(out, end, y + SLOPE * reach);
    } else {
        fprintf(out, "<path class=\"%s tip\" d=\"M%.1f %.1fl%.1f -4.5l0 9z\"/>\n", class, end, y + SLOPE, back);
    }
}

/* log2(1 + gap in seconds), linear between the powers of two. */
static double doublings(ikl_time gap)
{
    double left = 1 + (double)gap / 1000;
    double count = 0;

    while (left >= 2) {
        left /= 2;
        count++;
    }
    return count + left - 1;
}

/* The height of each event. */
static double *lay_out(const struct timeline *timeline)
{
    double *y = calloc(timeline->n + 1, sizeof(*y));
    double next = TOP + 34;

    if (y == NULL) {
        perror("timeline");
        exit(EXIT_FAILURE);
    }
    for (size_t i = 0; i < timeline->n; i++) {
        ikl_time gap = i == 0 ? 0 : timeline->events[i].at - timeline->events[i - 1].at;

        y[i] = next += ROW_PER_DOUBLING * doublings(gap);
        next += timeline->events[i].kind == TIMELINE_ANSWER ? ANSWER_LEAST : ROW_LEAST;
    }
    y[timeline->n] = next;
    return y;
}

static void draw_style(FILE *out)
{
    fputs("<style>\n"
          "text{font-family:'DejaVu Sans','Segoe UI',Helvetica,Arial,sans-serif;font-size:12px;fill:" INK "}\n"
          ".title{font-size:19px;font-weight:bold}\n"
          ".faint{fill:" FAINT "}\n"
          ".time{text-anchor:end}\n"
          ".wait{text-anchor:end;font-size:11px;fill:" WAITING "}\n"
          ".head{text-anchor:middle;font-size:14px;font-weight:bold;fill:#fff}\n"
          ".label{text-anchor:middle;font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:3px}\n"
          ".over{stroke:" CUT_FILL "}\n"
          ".down{fill:" ALARM ";font-weight:bold}\n"
          ".back{fill:" CALM ";font-weight:bold}\n"
          ".lane{stroke:" FAINT ";stroke-width:2}\n"
          ".dead{stroke-dasharray:2 5}\n"
          ".up{stroke:" CALM ";stroke-width:6}\n"
          ".suspect{stroke:" WAITING ";stroke-width:6}\n"
          ".request{stroke:" WAITING ";stroke-width:1.6;fill:" WAITING "}\n"
          ".probe{stroke:" INK ";stroke-width:1.6;fill:" INK "}\n"
          ".answer{stroke:" CALM ";stroke-width:1.6;fill:" CALM "}\n"
          ".tip{stroke:none}\n"
          ".bracket{fill:none;stroke:" WAITING ";stroke-width:1;opacity:.7}\n"
          ".cross{fill:none;stroke:" ALARM ";stroke-width:2.4;stroke-linecap:round}\n"
          ".dot{fill:" ALARM "}\n"
          "</style>\n",
          out);
}

static void draw_heading(FILE *out, const struct timeline_picture *picture)
{
    const double lanes[2] = {LEFT_X, RIGHT_X};

    draw_text(out, "title", 24, 36, "%s", picture->title);
    draw_text(out, "faint", 24, 58, "%s", picture->subtitle);
    draw_text(out, "faint time", TIME_X, TOP - 13, "time");
    draw_text(out, "faint time", LEFT_X - 90, TOP - 13, "waits");
    for (size_t i = 0; i < 2; i++) {
        fprintf(out, "<rect x=\"%.1f\" y=\"%d\" width=\"150\" height=\"30\" rx=\"6\" fill=\"" INK "\"/>\n",
                lanes[i] - 75, TOP - 33);
        draw_text(out, "head", lanes[i], TOP - 13, "%s", picture->hosts[i]);
    }
}

/* The index of the first event of this kind at or after `from`; n when there is none. */
static size_t find(const struct timeline *timeline, enum timeline_kind kind, size_t from)
{
    while (from < timeline->n && timeline->events[from].kind != kind) {
        from++;
    }
    return from;
}

/* What the first host knows of the second. */
enum lane { LANE_ALIVE, LANE_WAITING, LANE_DEAD };

static enum lane next_lane(enum lane lane, const struct timeline_event *event)
{
    switch (event->kind) {
    case TIMELINE_REQUEST:
        return lane == LANE_ALIVE ? LANE_WAITING : lane;
    case TIMELINE_ANSWER:
        return lane == LANE_WAITING && !event->lost ? LANE_ALIVE : lane;
    case TIMELINE_DOWN:
        return LANE_DEAD;
    case TIMELINE_UP:
        return LANE_ALIVE;
    default:
        return lane;
    }
}

static void draw_first_lane(FILE *out, const struct timeline *timeline, const double *y)
{
    static const char *const classes[] = {[LANE_ALIVE] = "up", [LANE_WAITING] = "suspect", [LANE_DEAD] = "lane dead"};
    enum lane lane = timeline->n > 0 && timeline->events[0].kind == TIMELINE_UP ? LANE_DEAD : LANE_ALIVE;
    double since = TOP;

    for (size_t i = 0; i < timeline->n; i++) {
        const struct timeline_event *event = &timeline->events[i];
        enum lane next = next_lane(lane, event);

        if (next != lane) {
            double end = event->kind == TIMELINE_ANSWER ? y[i] + SLOPE : y[i];

            draw_line(out, classes[lane], LEFT_X, since, LEFT_X, end);
            since = end;
            lane = next;
        }
    }
    draw_line(out, classes[lane], LEFT_X, since, LEFT_X, y[timeline->n]);
}

/* The lanes: the first host's coloured by what it knows of the second, the second's broken while it is cut off. */
static void draw_lanes(FILE *out, const struct timeline *timeline, const double *y)
{
    size_t cut = find(timeline, TIMELINE_CUT, 0);
    size_t restored = find(timeline, TIMELINE_RESTORED, cut);

    if (cut < timeline->n) {
        fprintf(out, "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"" CUT_FILL "\"/>\n", LEFT_X, y[cut],
                WIDTH - 24 - LEFT_X, y[restored] - y[cut]);
    }
    draw_line(out, "lane", RIGHT_X, TOP, RIGHT_X, y[cut]);
    draw_line(out, "lane dead", RIGHT_X, y[cut], RIGHT_X, y[restored]);
    draw_line(out, "lane", RIGHT_X, y[restored], RIGHT_X, y[timeline->n]);
    draw_first_lane(out, timeline, y);
}

/* The event that ends the wait of the request at `sent`, unanswered; n when it was answered. */
static size_t wait_end(const struct timeline *timeline, size_t sent)
{
    for (size_t i = sent + 1; i < timeline->n; i++) {
        const struct timeline_event *event = &timeline->events[i];

        if (event->kind == TIMELINE_ANSWER && !event->lost) {
            return timeline->n;
        }
        if (event->kind == TIMELINE_REQUEST || event->kind == TIMELINE_CHILD_DOWN || event->kind == TIMELINE_DOWN) {
            return i;
        }
    }
    return timeline->n;
}

/* A bracket beside the lane, from a send to the end of its wait, and the wait's length. */
static void draw_wait(FILE *out, const struct timeline_event *event, double from, double to)
{
    fprintf(out, "<path class=\"bracket\" d=\"M%d %.1fh-8V%.1fh8\"/>\n", LEFT_X - 10, from + 3, to - 3);
    draw_text(out, "wait", WAIT_X, (from + to) / 2 + 4, "%s%.10g s", event->gives_up ? "give up in " : "",
              (double)event->wait / 1000);
}

static void draw_request(FILE *out, const struct timeline_event *event, double y, bool cut)
{
    const char *label = cut ? "label over" : "label";

    draw_arrow(out, event->retransmission == 0 ? "probe" : "request", LEFT_X, RIGHT_X, y,
               !event->lost ? 1
               : cut        ? CUT_REACH
                            : LOST_REACH);
    if (event->retransmission == 0) {
        draw_text(out, label, (LEFT_X + RIGHT_X) / 2.0, y - 3, "liveness check, Message ID %u",
                  (unsigned)event->message_id);
    } else {
        draw_text(out, label, (LEFT_X + RIGHT_X) / 2.0, y - 3, "retransmission %u, Message ID %u",
                  (unsigned)event->retransmission, (unsigned)event->message_id);
    }
}

static void draw_event(FILE *out, const struct timeline_event *event, double y, bool cut)
{
    draw_text(out, "time", TIME_X, y + 4, "%.1f s", (double)event->at / 1000);
    switch (event->kind) {
    case TIMELINE_REQUEST:
        draw_request(out, event, y, cut);
        break;
    case TIMELINE_ANSWER:
        draw_arrow(out, "answer", RIGHT_X, LEFT_X, y, event->lost ? LOST_REACH : 1);
        draw_text(out, "label", (LEFT_X + RIGHT_X) / 2.0, y + 15, "%s",
                  event->text[0] != '\0' ? event->text
                  : event->lost          ? "answer lost"
                                         : "answer");
        break;
    case TIMELINE_CUT:
        draw_cross(out, RIGHT_X, y);
        draw_text(out, "down", NOTE_X, y + 4, "cut off");
        break;
    case TIMELINE_RESTORED:
        draw_text(out, "back", NOTE_X, y + 4, "back again");
        break;
    case TIMELINE_CHILD_DOWN:
    case TIMELINE_DOWN:
        fprintf(out, "<circle class=\"dot\" cx=\"%d\" cy=\"%.1f\" r=\"%d\"/>\n", LEFT_X, y,
                event->kind == TIMELINE_DOWN ? 8 : 5);
        draw_text(out, "down", LEFT_X + 18, y + 4, "%s", event->text);
        break;
    case TIMELINE_UP:
        draw_text(out, "back", LEFT_X + 18, y + 4, "%s", event->text);
        break;
    case TIMELINE_NOTE:
        draw_text(out, "faint", LEFT_X + 18, y + 4, "%s", event->text);
        break;
    }
}

static void draw_legend(FILE *out, const struct timeline_picture *picture, double y)
{
    draw_line(out, "up", 28, y + 6, 28, y + 22);
    draw_text(out, "", 42, y + 18, "the peer is known to be alive");
    draw_line(out, "suspect", 268, y + 6, 268, y + 22);
    draw_text(out, "", 282, y + 18, "a request is outstanding");
    draw_cross(out, 480, y + 14);
    draw_text(out, "", 494, y + 18, "%s", picture->lost);
    fprintf(out, "<circle class=\"dot\" cx=\"624\" cy=\"%.1f\" r=\"5\"/>\n", y + 14);
    draw_text(out, "", 638, y + 18, "down");
    draw_text(out, "faint", 24, y + 50,
              "Time flows down. Distances grow with the logarithm of the time between two events.");
}

void timeline_draw(FILE *out, const struct timeline *timeline, const struct timeline_picture *picture)
{
    double *y = lay_out(timeline);
    double height = y[timeline->n] + LEGEND_HEIGHT;
    bool cut = false;

    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            WIDTH, height, WIDTH, height);
    draw_style(out);
    draw_lanes(out, timeline, y);
    for (size_t i = 0; i < timeline->n; i++) {
        cut = (cut || timeline->events[i].kind == TIMELINE_CUT) && timeline->events[i].kind != TIMELINE_RESTORED;
        draw_event(out, &timeline->events[i], y[i], cut);
        if (timeline->events[i].kind == TIMELINE_REQUEST && wait_end(timeline, i) < timeline->n) {
            draw_wait(out, &timeline->events[i], y[i], y[wait_end(timeline, i)]);
        }
    }
    draw_heading(out, picture);
    draw_legend(out, picture, y[timeline->n] + 10);
    fputs("</svg>\n", out);
    free(y);
}
