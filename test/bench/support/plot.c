/* Small plots as SVG.
 * SPDX-License-Identifier: ISC */
#include "plot.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 640, HEIGHT = 220, LEFT = 70, RIGHT = 610, TOP = 50, BOTTOM = 170 };

static double x_of(const struct plot *plot, double x)
{
    double first = log10(plot->points[0].x), last = log10(plot->points[plot->n - 1].x);

    return last > first ? LEFT + (log10(x) - first) / (last - first) * (RIGHT - LEFT) : (LEFT + RIGHT) / 2.0;
}

static double highest(const struct plot *plot)
{
    double most = 0;

    for (size_t i = 0; i < plot->n; i++) {
        most = plot->points[i].y > most ? plot->points[i].y : most;
    }
    return most * 1.25;
}

static double y_of(const struct plot *plot, double y)
{
    return BOTTOM - y / highest(plot) * (BOTTOM - TOP);
}

static void draw_one(FILE *out, const char *x_name, const struct plot *plot)
{
    fprintf(out, "<text x=\"%d\" y=\"28\" class=\"title\">%s</text>\n", LEFT, plot->title);
    fprintf(out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n<polyline class=\"line\" points=\"", LEFT, TOP, BOTTOM,
            RIGHT);
    for (size_t i = 0; i < plot->n; i++) {
        fprintf(out, "%.1f,%.1f ", x_of(plot, plot->points[i].x), y_of(plot, plot->points[i].y));
    }
    fputs("\"/>\n", out);
    for (size_t i = 0; i < plot->n; i++) {
        double x = x_of(plot, plot->points[i].x), y = y_of(plot, plot->points[i].y);

        fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n", x, y);
        fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"value\">%.0f</text>\n", x, y - 10, plot->points[i].y);
        fprintf(out, "<text x=\"%.1f\" y=\"%d\" class=\"value\">%.0f</text>\n", x, BOTTOM + 18, plot->points[i].x);
    }
    fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"value\">%s</text>\n", (LEFT + RIGHT) / 2, BOTTOM + 36, x_name);
}

bool plot_draw(const char *path, const char *x_name, const struct plot *plots, size_t n)
{
    FILE *out = fopen(path, "w");

    if (out == NULL) {
        perror(path);
        return false;
    }
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\" viewBox=\"0 0 %d %zu\">\n"
            "<style>text{font:13px sans-serif;fill:#222}.title{font-size:15px}.value{text-anchor:middle}"
            ".axis{fill:none;stroke:#888}.line{fill:none;stroke:#1668a8;stroke-width:2}circle{fill:#1668a8}</style>\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            WIDTH, n * HEIGHT, WIDTH, n * HEIGHT);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "<g transform=\"translate(0 %zu)\">\n", i * HEIGHT);
        draw_one(out, x_name, &plots[i]);
        fputs("</g>\n", out);
    }
    fputs("</svg>\n", out);
    if (ferror(out) != 0 || fclose(out) != 0) {
        perror(path);
        return false;
    }
    return true;
}
