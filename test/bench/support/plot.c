/* SPDX-License-Identifier: ISC */
/* Plots of quantities over a number on a logarithmic axis, as SVG. */
#include "plot.h"

#include <math.h>
#include <stdio.h>

enum {
    WIDTH = 800,
    HEIGHT = 330,
    LEFT = 90,
    RIGHT = 590,
    MARGIN = 50, /* between the axis and the first x, and the last x and the right */
    TOP = 50,
    BOTTOM = 270,
    HALF_BAR = 32,
    LABEL_HEIGHT = 17,
    CAPTION_LINE = 18,
    TICKS = 4 /* of a linear axis, at least */
};

static const char style[] =
    "<style>text{font:13px "
    "sans-serif;fill:#222}.title{font-size:16px;font-weight:bold}.middle{text-anchor:middle;stroke:#fff;stroke-width:"
    "3px;paint-order:stroke}"
    ".end{text-anchor:end}.caption{font-size:12px;fill:#555}.inside{text-anchor:middle;fill:#fff}"
    ".grid{stroke:#ddd}.axis{fill:none;stroke:#888}.line{fill:none;stroke-width:2.5}"
    ".reference{fill:none;stroke-width:1.5;stroke-dasharray:7 5}</style>\n";

/* By enum plot_colour. */
static const char *const colours[] = {"#3d5a80", "#1b8a6b", "#c77d1e", "#b23a48"};

/* A plot with its vertical axis, which is of the logarithms in PLOT_LINES. */
struct drawing {
    FILE *out;
    const struct plot_picture *picture;
    const struct plot *plot;
    double low, high, tick;
};

static const char *colour_of(const struct drawing *drawing, size_t series)
{
    return colours[drawing->plot->series[series].colour];
}

static double x_of(const struct plot_picture *picture, size_t i)
{
    double first = log10(picture->x[0]), last = log10(picture->x[picture->n_x - 1]);
    double part = last > first ? (log10(picture->x[i]) - first) / (last - first) : 0.5;

    return LEFT + MARGIN + part * (RIGHT - LEFT - 2 * MARGIN);
}

static double y_of(const struct drawing *drawing, double value)
{
    double at = drawing->plot->kind == PLOT_LINES ? log10(value) : value;

    return BOTTOM - (at - drawing->low) / (drawing->high - drawing->low) * (BOTTOM - TOP);
}

static void write_quantity(FILE *out, enum plot_unit unit, double value)
{
    static const char *const units[][3] = {{"ns", "µs", "ms"}, {"octets", "kB", "MB"}};
    size_t step = value < 1e3 ? 0 : value < 1e6 ? 1 : 2;

    if (value == 0) {
        fputs("0", out);
        return;
    }
    fprintf(out, "%.3g %s", value / pow(1e3, (double)step), units[unit][step]);
}

/* A whole number with a comma before each three digits. */
static void write_count(FILE *out, unsigned long long n)
{
    if (n < 1000) {
        fprintf(out, "%llu", n);
    } else {
        write_count(out, n / 1000);
        fprintf(out, ",%03llu", n % 1000);
    }
}

static void write_label(const struct drawing *drawing, const char *style_of, double x, double y, double value)
{
    fprintf(drawing->out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, style_of);
    write_quantity(drawing->out, drawing->plot->unit, value);
    fputs("</text>\n", drawing->out);
}

static double sum_of(const struct plot *plot, size_t i, size_t n_series)
{
    double sum = 0;

    for (size_t k = 0; k < n_series; k++) {
        sum += plot->series[k].values[i];
    }
    return sum;
}

/* Whole decades around all values. */
static void choose_decades(struct drawing *drawing)
{
    drawing->low = INFINITY;
    drawing->high = -INFINITY;
    for (size_t k = 0; k < drawing->plot->n_series; k++) {
        for (size_t i = 0; i < drawing->picture->n_x; i++) {
            double at = log10(drawing->plot->series[k].values[i]);

            drawing->low = fmin(drawing->low, floor(at));
            drawing->high = fmax(drawing->high, floor(at) + 1);
        }
    }
    drawing->tick = 1;
}

/* From 0 to above the highest bar; ticks at 1, 2 or 5 times a power of ten. */
static void choose_ticks(struct drawing *drawing)
{
    double most = 0, power;

    for (size_t i = 0; i < drawing->picture->n_x; i++) {
        most = fmax(most, sum_of(drawing->plot, i, drawing->plot->n_series));
    }
    power = pow(10, floor(log10(most / TICKS)));
    drawing->tick = most / TICKS >= 5 * power ? 5 * power : most / TICKS >= 2 * power ? 2 * power : power;
    drawing->low = 0;
    drawing->high = (floor(most / drawing->tick) + 1) * drawing->tick;
}

static void draw_axes(const struct drawing *drawing)
{
    const struct plot_picture *picture = drawing->picture;
    FILE *out = drawing->out;

    for (double at = drawing->low; at < drawing->high + drawing->tick / 2; at += drawing->tick) {
        double value = drawing->plot->kind == PLOT_LINES ? pow(10, at) : at;
        double y = y_of(drawing, value);

        fprintf(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>\n", LEFT, y, RIGHT);
        write_label(drawing, "end", LEFT - 8, y + 4, value);
    }
    fprintf(out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n", LEFT, TOP, BOTTOM, RIGHT);
    for (size_t i = 0; i < picture->n_x; i++) {
        fprintf(out, "<text x=\"%.1f\" y=\"%d\" class=\"middle\">", x_of(picture, i), BOTTOM + 18);
        write_count(out, (unsigned long long)picture->x[i]);
        fputs("</text>\n", out);
    }
    fprintf(out, "<text x=\"%d\" y=\"%d\" class=\"middle\">%s</text>\n", (LEFT + RIGHT) / 2, BOTTOM + 38,
            picture->x_name);
}

/* The names of the series beside their last values, each above the one before. */
static void draw_names(const struct drawing *drawing)
{
    const struct plot *plot = drawing->plot;
    size_t last = drawing->picture->n_x - 1;
    double below = BOTTOM + LABEL_HEIGHT;

    for (size_t k = 0; k < plot->n_series; k++) {
        double value = plot->series[k].values[last];
        double y = y_of(drawing, plot->kind == PLOT_LINES ? value : sum_of(plot, last, k) + value / 2) + 4;

        below = fmin(y, below - LABEL_HEIGHT);
        fprintf(drawing->out, "<text x=\"%d\" y=\"%.1f\" style=\"fill:%s\">%s", RIGHT + 8, below, colour_of(drawing, k),
                plot->series[k].name);
        if (plot->series[k].reference) {
            fputs(": ", drawing->out);
            write_quantity(drawing->out, plot->unit, value);
        }
        fputs("</text>\n", drawing->out);
    }
}

static void draw_reference(const struct drawing *drawing, size_t k)
{
    const struct plot_series *series = &drawing->plot->series[k];
    size_t last = drawing->picture->n_x - 1;

    fprintf(drawing->out, "<path class=\"reference\" style=\"stroke:%s\" d=\"M%d %.1fL%d %.1f\"/>\n",
            colour_of(drawing, k), LEFT, y_of(drawing, series->values[0]), RIGHT, y_of(drawing, series->values[last]));
}

static void draw_line(const struct drawing *drawing, size_t k)
{
    const struct plot_picture *picture = drawing->picture;
    const double *values = drawing->plot->series[k].values;

    fprintf(drawing->out, "<polyline class=\"line\" style=\"stroke:%s\" points=\"", colour_of(drawing, k));
    for (size_t i = 0; i < picture->n_x; i++) {
        fprintf(drawing->out, "%.1f,%.1f ", x_of(picture, i), y_of(drawing, values[i]));
    }
    fputs("\"/>\n", drawing->out);
    for (size_t i = 0; i < picture->n_x; i++) {
        double x = x_of(picture, i), y = y_of(drawing, values[i]);

        fprintf(drawing->out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" style=\"fill:%s\"/>\n", x, y,
                colour_of(drawing, k));
        write_label(drawing, "middle", x, y - 10, values[i]);
    }
}

static void draw_lines(const struct drawing *drawing)
{
    for (size_t k = 0; k < drawing->plot->n_series; k++) {
        if (drawing->plot->series[k].reference) {
            draw_reference(drawing, k);
        } else {
            draw_line(drawing, k);
        }
    }
}

/* A share that is too thin has no number in it. */
static void draw_share(const struct drawing *drawing, size_t i, size_t k)
{
    double value = drawing->plot->series[k].values[i], below = sum_of(drawing->plot, i, k);
    double x = x_of(drawing->picture, i), y = y_of(drawing, below + value), height = y_of(drawing, below) - y;

    fprintf(drawing->out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" style=\"fill:%s\"/>\n",
            x - HALF_BAR, y, 2 * HALF_BAR, height, colour_of(drawing, k));
    if (height >= LABEL_HEIGHT) {
        write_label(drawing, "inside", x, y + height / 2 + 4, value);
    }
}

static void draw_bars(const struct drawing *drawing)
{
    size_t n = drawing->plot->n_series;

    for (size_t i = 0; i < drawing->picture->n_x; i++) {
        double sum = sum_of(drawing->plot, i, n);

        for (size_t k = 0; k < n; k++) {
            draw_share(drawing, i, k);
        }
        write_label(drawing, "middle", x_of(drawing->picture, i), y_of(drawing, sum) - 7, sum);
    }
}

static void draw_plot(FILE *out, const struct plot_picture *picture, const struct plot *plot)
{
    struct drawing drawing = {.out = out, .picture = picture, .plot = plot};

    fprintf(out, "<text x=\"%d\" y=\"28\" class=\"title\">%s</text>\n", LEFT, plot->title);
    if (plot->kind == PLOT_LINES) {
        choose_decades(&drawing);
        draw_axes(&drawing);
        draw_lines(&drawing);
    } else {
        choose_ticks(&drawing);
        draw_axes(&drawing);
        draw_bars(&drawing);
    }
    draw_names(&drawing);
}

static void draw_all(FILE *out, const struct plot_picture *picture)
{
    size_t height = picture->n_plots * HEIGHT + (picture->n_caption + 1) * CAPTION_LINE;

    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\" viewBox=\"0 0 %d %zu\">\n%s"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            WIDTH, height, WIDTH, height, style);
    for (size_t i = 0; i < picture->n_plots; i++) {
        fprintf(out, "<g transform=\"translate(0 %zu)\">\n", i * HEIGHT);
        draw_plot(out, picture, &picture->plots[i]);
        fputs("</g>\n", out);
    }
    for (size_t i = 0; i < picture->n_caption; i++) {
        fprintf(out, "<text x=\"%d\" y=\"%zu\" class=\"caption\">%s</text>\n", LEFT / 2,
                picture->n_plots * HEIGHT + (i + 1) * CAPTION_LINE, picture->caption[i]);
    }
    fputs("</svg>\n", out);
}

bool plot_draw(const char *path, const struct plot_picture *picture)
{
    FILE *out = fopen(path, "w");
    bool written;

    if (out == NULL) {
        perror(path);
        return false;
    }
    draw_all(out, picture);
    written = ferror(out) == 0;
    written = fclose(out) == 0 && written;
    if (!written) {
        perror(path);
    }
    return written;
}
