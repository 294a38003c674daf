/* SPDX-License-Identifier: ISC */
/* ikeping: many gateways in a table on a terminal. */
#define _POSIX_C_SOURCE 200809L
#include "table.h"

#include "ikeping.h"
#include "status_line.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

/* Rows that are no gateway's: two above, one that says how many are not shown. */
enum { ROWS_ABOVE = 2, ROWS_BELOW = 1, LINE_SIZE = 512, DOING_SIZE = 160 };

/* What a terminal does: VT100, and xterm's other screen. */
static const char other_screen[] = "\033[?1049h\033[?25l", first_screen[] = "\033[?25h\033[?1049l";
static const char home[] = "\033[H", erase_rest_of_line[] = "\033[K", erase_below[] = "\033[J";

void table_begin(FILE *out)
{
    fputs(other_screen, out);
    fflush(out);
}

void table_end(FILE *out)
{
    fputs(first_screen, out);
    fflush(out);
}

/* A line, cut where the terminal ends; `first` is the one that no line is before. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static void
draw_line(FILE *out, struct terminal_size size, bool first, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    fprintf(out, "%s%.*s%s", first ? home : "\n", size.columns - 1, line, erase_rest_of_line);
}

static void draw_heading(FILE *out, const struct ikeping *ikeping, struct terminal_size size)
{
    size_t n[GATEWAY_ENDED + 1] = {0};
    uint64_t seconds = (ikeping->now - ikeping->report->started) / 1000000000;

    for (const struct gateway *gateway = ikeping->gateways; gateway != NULL; gateway = gateway->next) {
        n[gateway_state(gateway)]++;
    }
    draw_line(out, size, true,
              "%zu gateways, %" PRIu64 " s: %zu failed, %zu down, %zu lost, %zu connecting, %zu up, %zu ended",
              ikeping->n_gateways, seconds, n[GATEWAY_FAILED], n[GATEWAY_DOWN], n[GATEWAY_LOST], n[GATEWAY_CONNECTING],
              n[GATEWAY_UP], n[GATEWAY_ENDED]);
    draw_line(out, size, false, "%-21s %-10s %8s %6s %9s %9s %9s", "gateway", "state", "checks", "lost %", "avg ms",
              "p95 ms", "max ms");
}

/* What there is to say of it, beside figures. */
static void describe(const struct gateway *gateway, char *text, size_t size)
{
    enum gateway_state state = gateway_state(gateway);

    text[0] = '\0';
    if (state == GATEWAY_LOST || (state == GATEWAY_DOWN && !gateway->closing)) {
        status_line_describe(gateway, text, size);
    }
    if (text[0] == '\0' && state != GATEWAY_UP) {
        (void)snprintf(text, size, "%s", gateway->why);
    }
}

static double share_lost(const struct gateway *gateway)
{
    return gateway->tally.sent != 0 ? (double)gateway_unanswered(gateway) / (double)gateway->tally.sent : 0;
}

static void draw_gateway(FILE *out, const struct gateway *gateway, struct terminal_size size)
{
    const struct tally *tally = &gateway->tally;
    char doing[DOING_SIZE];

    describe(gateway, doing, sizeof(doing));
    draw_line(out, size, false, "%-21s %-10s %8" PRIu64 " %6.1f %9.3f %9.3f %9.3f  %s", gateway->address,
              gateway_state_name(gateway_state(gateway)), tally->sent, 100 * share_lost(gateway), tally->mean,
              tally_percentile(tally, 95), tally->most, doing);
}

void table_draw(FILE *out, const struct ikeping *ikeping, struct terminal_size size)
{
    const struct gateway **ranked = gateway_rank(ikeping);
    size_t room = size.rows > ROWS_ABOVE + ROWS_BELOW ? (size_t)(size.rows - ROWS_ABOVE - ROWS_BELOW) : 0;
    size_t n = ranked == NULL ? 0 : ikeping->n_gateways < room ? ikeping->n_gateways : room;

    draw_heading(out, ikeping, size);
    for (size_t i = 0; i < n; i++) {
        draw_gateway(out, ranked[i], size);
    }
    if (n < ikeping->n_gateways) {
        draw_line(out, size, false, "and %zu more", ikeping->n_gateways - n);
    }
    fputs(erase_below, out);
    fflush(out);
    free(ranked);
}
