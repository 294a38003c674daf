/* Small plots: values over a number on a logarithmic axis, as SVG.
 * SPDX-License-Identifier: ISC */
#ifndef BENCH_PLOT_H
#define BENCH_PLOT_H

#include <stdbool.h>
#include <stddef.h>

struct plot_point {
    double x, y;
};

struct plot {
    const char *title;
    const struct plot_point *points;
    size_t n;
};

/* Draws the plots one below the other. False, and a word on stderr, when the file cannot be written. */
bool plot_draw(const char *path, const char *x_name, const struct plot *plots, size_t n);

#endif
