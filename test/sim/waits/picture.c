/* SPDX-License-Identifier: ISC */
/* A picture of how soon and how wrongly. See picture.h. */
#include "picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where things are, in pixels. */
enum { WIDTH = 980, HEIGHT = 660, LEFT = 90, RIGHT = 720, TOP = 84, BOTTOM = 560, LEGEND = 750 };

/* The axes, as logarithms: seconds, false verdicts a year. */
static const double x_from = 0, x_to = 4, y_from = -2, y_to = 4;

static const char *const colours[] = {"#1f2933", "#3d5a80", "#c53030", "#b7791f", "#2f855a", "#6b46c1", "#d53f8c"};

struct drawing {
    FILE *out;
    const struct tally *tally;
};

static double x_of(double s)
{
    return LEFT + (log10(s) - x_from) * (RIGHT - LEFT) / (x_to - x_from);
}

static double y_of(double a_year)
{
    return BOTTOM - (log10(a_year) - y_from) * (BOTTOM - TOP) / (y_to - y_from);
}

/* Where a row is; false when that is beyond the axes. */
static bool find_place(const struct drawing *drawing, const struct row *row, double *x, double *y)
{
    double s = tally_time_in(drawing->tally, &row->detected, POPULATION_FIRST, 50) / 1e3;
    double a_year = tally_false(drawing->tally, row, POPULATION_FIRST);

    *x = x_of(s);
    *y = y_of(a_year);
    return *x >= LEFT && *x <= RIGHT && *y >= TOP && *y <= BOTTOM;
}

static void draw_text(const struct drawing *drawing, const char *class, double x, double y, const char *text)
{
    fprintf(drawing->out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">%s</text>\n", class, x, y, text);
}

static void draw_line(const struct drawing *drawing, const char *class, double x1, double y1, double x2, double y2)
{
    fprintf(drawing->out, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class, x1, y1, x2,
            y2);
}

static void draw_axes(const struct drawing *drawing)
{
    char text[32];

    for (int decade = 0; decade <= x_to; decade++) {
        double x = x_of(pow(10, decade));

        draw_line(drawing, "grid", x, TOP, x, BOTTOM);
        (void)snprintf(text, sizeof(text), "%g s", pow(10, decade));
        draw_text(drawing, "middle", x, BOTTOM + 18, text);
    }
    for (int decade = -2; decade <= y_to; decade++) {
        double y = y_of(pow(10, decade));

        draw_line(drawing, "grid", LEFT, y, RIGHT, y);
        (void)snprintf(text, sizeof(text), "%g", pow(10, decade));
        draw_text(drawing, "end", LEFT - 8, y + 4, text);
    }
    draw_text(drawing, "middle", (LEFT + RIGHT) / 2.0, BOTTOM + 40, "until a dead peer is detected, median");
    draw_text(drawing, "", LEFT, TOP - 14, "false verdicts an IKE SA year");
}

/* The mark of a way: a circle, a square, a diamond, a triangle, a ring. */
static void draw_mark(const struct drawing *drawing, enum way way, double x, double y, const char *colour)
{
    static const char *const shapes[N_WAYS] = {"m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z", "m-4.5 -4.5h9v9h-9z",
                                               "m0 -6.5l6.5 6.5l-6.5 6.5l-6.5 -6.5z", "m0 -6l5.5 10h-11z",
                                               "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z"};

    fprintf(drawing->out, "<path d=\"M%.1f %.1f%s\" fill=\"%s\" stroke=\"%s\"/>\n", x, y, shapes[way],
            way == WAY_TALK ? "#fff" : colour, colour);
}

/* The row with this schedule and way that is the next longer one; null when there is none. */
static const struct row *next_longer(const struct tally *tally, const char *name, enum way way, uint32_t scale)
{
    const struct row *found = NULL;

    for (size_t n = 0; n < tally->n; n++) {
        const struct row *row = &tally->rows[n];

        if (strcmp(row->name, name) == 0 && row->way == way && row->scale > scale &&
            (found == NULL || row->scale < found->scale)) {
            found = row;
        }
    }
    return found;
}

static void draw_curve(const struct drawing *drawing, const char *name, enum way way, const char *colour)
{
    const struct row *row = next_longer(drawing->tally, name, way, 0);
    char command = 'M';
    double x, y;

    fprintf(drawing->out, "<path class=\"%s\" stroke=\"%s\" d=\"",
            way == WAY_TRIMMED ? "curve trimmed"
            : way == WAY_SENDS ? "curve sends"
                               : "curve",
            colour);
    for (; row != NULL; row = next_longer(drawing->tally, name, way, row->scale)) {
        if (find_place(drawing, row, &x, &y)) {
            fprintf(drawing->out, "%c%.1f %.1f", command, x, y);
            command = 'L';
        }
    }
    fputs("\"/>\n", drawing->out);
}

static void draw_schedule(const struct drawing *drawing, const char *name, const char *colour)
{
    double x, y;

    draw_curve(drawing, name, WAY_LISTED, colour);
    draw_curve(drawing, name, WAY_TRIMMED, colour);
    draw_curve(drawing, name, WAY_SENDS, colour);
    for (size_t n = 0; n < drawing->tally->n; n++) {
        const struct row *row = &drawing->tally->rows[n];

        if (row->scale == 1000 && strcmp(row->name, name) == 0 && find_place(drawing, row, &x, &y)) {
            draw_mark(drawing, row->way, x, y, colour);
        }
    }
}

static void draw_legend(const struct drawing *drawing)
{
    double y = TOP + 10;

    for (size_t n = 0; ikl_schedule_name(n) != NULL; n++, y += 22) {
        draw_mark(drawing, WAY_LISTED, LEGEND, y, colours[n]);
        draw_text(drawing, "", LEGEND + 16, y + 4, ikl_schedule_name(n));
    }
    y += 16;
    for (int way = 0; way < N_WAYS; way++, y += 22) {
        draw_mark(drawing, (enum way)way, LEGEND, y, "#7b8794");
        draw_text(drawing, "", LEGEND + 16, y + 4, way_name((enum way)way));
    }
    y += 10;
    draw_line(drawing, "curve shown", LEGEND - 8, y, LEGEND + 12, y);
    draw_text(drawing, "", LEGEND + 20, y + 4, "each wait 1/8 to 4 times");
    y += 22;
    draw_line(drawing, "curve shown trimmed", LEGEND - 8, y, LEGEND + 12, y);
    draw_text(drawing, "", LEGEND + 20, y + 4, "as long, then trimmed");
    y += 22;
    draw_line(drawing, "curve shown sends", LEGEND - 8, y, LEGEND + 12, y);
    draw_text(drawing, "", LEGEND + 20, y + 4, "as long, with round-trip sends");
}

static void draw(const struct drawing *drawing)
{
    fprintf(drawing->out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
            "<style>\n"
            "text{font-family:'DejaVu Sans','Segoe UI',Helvetica,Arial,sans-serif;font-size:12px;fill:#1f2933}\n"
            ".title{font-size:19px;font-weight:bold}\n"
            ".middle{text-anchor:middle}\n"
            ".end{text-anchor:end}\n"
            ".grid{stroke:#dde3e9}\n"
            ".curve{fill:none;stroke-width:1.6}\n"
            ".shown{stroke:#7b8794}\n"
            ".trimmed{stroke-dasharray:5 4}\n"
            ".sends{stroke-dasharray:1 5;stroke-width:3}\n"
            "</style>\n",
            (int)WIDTH, (int)HEIGHT, (int)WIDTH, (int)HEIGHT);
    draw_text(drawing, "title", 24, 36, "How soon, and how wrongly");
    draw_text(drawing, "", 24, 56,
              "Further to the left is sooner, further down is more seldom wrong. Paths of the population log-normal.");
    draw_axes(drawing);
    for (size_t n = 0; ikl_schedule_name(n) != NULL; n++) {
        draw_schedule(drawing, ikl_schedule_name(n), colours[n]);
    }
    draw_legend(drawing);
    fputs("</svg>\n", drawing->out);
}

bool picture_draw(const char *path, const struct tally *tally)
{
    struct drawing drawing = {fopen(path, "w"), tally};

    if (drawing.out == NULL) {
        perror(path);
        return false;
    }
    draw(&drawing);
    if (ferror(drawing.out) != 0 || fclose(drawing.out) != 0) {
        perror(path);
        return false;
    }
    return true;
}
