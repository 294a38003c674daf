/* SPDX-License-Identifier: ISC */
/* Plots of quantities over a number on a logarithmic axis, as SVG. */
#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include <stdbool.h>
#include <stddef.h>

enum plot_kind {
    PLOT_LINES,  /* a line for each series, on a logarithmic axis */
    PLOT_STACKED /* a bar at each x, the series in it one on top of the other, on a linear axis */
};

enum plot_unit { PLOT_NANOSECONDS, PLOT_OCTETS };

enum plot_colour { PLOT_BLUE, PLOT_GREEN, PLOT_ORANGE, PLOT_RED };

struct plot_series {
    const char *name;
    enum plot_colour colour;
    const double *values; /* one for each x, above 0 in PLOT_LINES */
    bool reference;       /* a dashed line without points; the last value stands beside its name */
};

struct plot {
    const char *title;
    enum plot_kind kind;
    enum plot_unit unit;
    const struct plot_series *series; /* from the lowest up */
    size_t n_series;
};

struct plot_picture {
    const char *x_name;
    const double *x; /* ascending, the same for all plots */
    size_t n_x;
    const struct plot *plots; /* one below the other */
    size_t n_plots;
    const char *const *caption; /* lines */
    size_t n_caption;
};

/* False, and a word on stderr, when the file cannot be written. */
bool plot_draw(const char *path, const struct plot_picture *picture);

#endif
